-- W8: producer and consumer over a queue of 100; per item.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, create_task = asyncio.await, asyncio.create_task
local n, cpu = bench.size(500000), bench.cpu

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local queue = asyncio.Queue(100)
  local t0, c0 = loop:time(), cpu()
  local producer = create_task(function()
    for i = 0, n - 1 do await(queue:put(i)) end
  end)
  local consumer = create_task(function()
    local sum = 0
    for _ = 1, n do sum = sum + await(queue:get()) end
    return sum
  end)
  await(producer)
  assert(await(consumer) == n * (n - 1) // 2)
  bench.report("W8", n, loop:time() - t0, "cpu=%.4f", cpu() - c0)
end)
