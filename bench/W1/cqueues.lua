package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cq = require "cq"
local promise = require "cqueues.promise"

local now, cpu = cq.now, bench.cpu
local n = bench.size(200000)

local function child() return 1 end

cq.run(function()
  local new = promise.new
  local t0, c0 = now(), cpu()
  for _ = 1, n do new(child):get() end
  bench.report("W1", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
