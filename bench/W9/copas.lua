package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cop = require "cop"
local copas = require "copas"
local future = require "copas.future"

local now, cpu = cop.now, bench.cpu
local n = bench.size(100000)

local function fast() return 1 end
local function on_timeout() error "timeout" end

cop.run(function()
  local t0, c0 = now(), cpu()
  for _ = 1, n do
    copas.timeout(10, on_timeout)
    future.addthread(fast):get()
    copas.timeout(0)
  end
  bench.report("W9", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
