package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cop = require "cop"

local now, cpu, pause = cop.now, bench.cpu, cop.pause
local tasks, turns = 100, bench.size(10000)

local function child()
  for _ = 1, turns do pause(0) end
end

cop.run(function()
  local fns = {}
  for i = 1, tasks do fns[i] = child end
  local t0, c0 = now(), cpu()
  cop.gather(fns)
  bench.report("W3", tasks * turns, now() - t0, "cpu=%.4f", cpu() - c0)
end)
