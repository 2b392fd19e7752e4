package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local aio = require "luvaio"

local spawn, sleep, gather = aio.spawn, aio.sleep, aio.gather
local now, cpu = aio.now, bench.cpu
local tasks, turns = 100, bench.size(10000)

local function child()
  for _ = 1, turns do sleep(0) end
end

aio.run(function()
  local t0, c0 = now(), cpu()
  local list = {}
  for i = 1, tasks do list[i] = spawn(child) end
  gather(list)
  bench.report("W3", tasks * turns, now() - t0, "cpu=%.4f", cpu() - c0)
end)
