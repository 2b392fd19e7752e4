-- W3: 100 tasks, 10,000 sleep(0) each; per switch.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, create_task = asyncio.await, asyncio.create_task
local gather, sleep = asyncio.gather, asyncio.sleep
local tasks, turns, cpu = 100, bench.size(10000), bench.cpu

local function child()
  for _ = 1, turns do await(sleep(0)) end
end

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local t0, c0 = loop:time(), cpu()
  local list = {}
  for i = 1, tasks do list[i] = create_task(child) end
  await(gather(list))
  bench.report("W3", tasks * turns, loop:time() - t0, "cpu=%.4f", cpu() - c0)
end)
