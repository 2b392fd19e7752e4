package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cq = require "cq"

local now, cpu, sleep = cq.now, bench.cpu, cq.sleep
local tasks, turns = 100, bench.size(10000)

local function child()
  for _ = 1, turns do sleep(0) end
end

cq.run(function()
  local fns = {}
  for i = 1, tasks do fns[i] = child end
  local t0, c0 = now(), cpu()
  cq.gather(fns)
  bench.report("W3", tasks * turns, now() - t0, "cpu=%.4f", cpu() - c0)
end)
