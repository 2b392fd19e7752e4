-- W2: gather of 10,000 tasks with one sleep(0) each, 20 times; per task.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, create_task = asyncio.await, asyncio.create_task
local gather, sleep = asyncio.gather, asyncio.sleep
local n, rounds, cpu = bench.size(10000), 20, bench.cpu

local function child() await(sleep(0)) end

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local t0, c0 = loop:time(), cpu()
  for _ = 1, rounds do
    local tasks = {}
    for i = 1, n do tasks[i] = create_task(child) end
    await(gather(tasks))
  end
  bench.report("W2", n * rounds, loop:time() - t0, "cpu=%.4f", cpu() - c0)
end)
