package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cq = require "cq"

local now, cpu, sleep = cq.now, bench.cpu, cq.sleep
local n, rounds = bench.size(10000), 20

local function child() sleep(0) end

cq.run(function()
  local fns = {}
  for i = 1, n do fns[i] = child end
  local t0, c0 = now(), cpu()
  for _ = 1, rounds do cq.gather(fns) end
  bench.report("W2", n * rounds, now() - t0, "cpu=%.4f", cpu() - c0)
end)
