package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cop = require "cop"
local future = require "copas.future"

local now, cpu = cop.now, bench.cpu
local n = bench.size(200000)

local function child() return 1 end

cop.run(function()
  local t0, c0 = now(), cpu()
  for _ = 1, n do future.addthread(child):get() end
  bench.report("W1", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
