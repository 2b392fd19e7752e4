-- W2 with coroutine objects, given to gather as they are.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, gather, sleep = asyncio.await, asyncio.gather, asyncio.sleep
local n, rounds, cpu = bench.size(10000), 20, bench.cpu

local child = asyncio.async(function() await(sleep(0)) end)

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local t0, c0 = loop:time(), cpu()
  for _ = 1, rounds do
    local list = {}
    for i = 1, n do list[i] = child() end
    await(gather(list))
  end
  bench.report("W2o", n * rounds, loop:time() - t0, "cpu=%.4f", cpu() - c0)
end)
