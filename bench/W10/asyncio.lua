-- W10: create, cancel and collect 100,000 sleeping tasks; per task.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, create_task = asyncio.await, asyncio.create_task
local gather, sleep = asyncio.gather, asyncio.sleep
local n, cpu = bench.size(100000), bench.cpu

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local t0, c0 = loop:time(), cpu()
  local tasks = {}
  for i = 1, n do
    tasks[i] = create_task(function() await(sleep(3600)) end)
  end
  await(sleep(0))
  local t1 = loop:time()
  for i = 1, n do tasks[i]:cancel() end
  local r = await(gather(tasks, {return_exceptions = true}))
  local t2, c = loop:time(), cpu() - c0
  for i = 1, n do
    assert(asyncio.isinstance(r[i], asyncio.CancelledError))
  end
  bench.report("W10", n, t2 - t0, "create_ns=%.0f cancel_ns=%.0f cpu=%.4f",
    (t1 - t0) * 1e9 / n, (t2 - t1) * 1e9 / n, c)
end)
