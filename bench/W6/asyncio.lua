-- W6: 100,000 tasks waiting on one future; resident bytes per task.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, create_task = asyncio.await, asyncio.create_task
local n = bench.size(100000)

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local fut = loop:create_future()
  collectgarbage()
  collectgarbage()
  local r0, t0 = bench.rss(), loop:time()
  local tasks = {}
  for i = 1, n do tasks[i] = create_task(function() await(fut) end) end
  await(asyncio.sleep(0))
  await(asyncio.sleep(0))
  local t = loop:time() - t0
  collectgarbage()
  local r1 = bench.rss()
  assert(#tasks == n)
  bench.report("W6", n, t, "bytes=%d", (r1 - r0) * 1024 // n)
  os.exit(0)
end)
