-- W7: two tasks hand futures to and fro; per round trip.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, create_task = asyncio.await, asyncio.create_task
local n, cpu = bench.size(200000), bench.cpu

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local for_a, for_b = loop:create_future(), loop:create_future()
  local t0, c0 = loop:time(), cpu()
  local b = create_task(function()
    for _ = 1, n do
      await(for_b)
      for_b = loop:create_future()
      for_a:set_result(true)
    end
  end)
  local a = create_task(function()
    for _ = 1, n do
      local fut = loop:create_future()
      for_a = fut
      for_b:set_result(true)
      await(fut)
    end
  end)
  await(a)
  await(b)
  bench.report("W7", n, loop:time() - t0, "cpu=%.4f", cpu() - c0)
end)
