-- W4 with coroutine objects: 100 nested awaits, as a coroutine of Python's
-- does it.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, sleep = asyncio.await, asyncio.sleep
local depth, n, cpu = 100, bench.size(2000), bench.cpu

local nest
nest = asyncio.async(function(d)
  if d == 0 then
    await(sleep(0))
    return 0
  end
  return await(nest(d - 1)) + 1
end)

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local t0, c0 = loop:time(), cpu()
  for _ = 1, n do await(nest(depth)) end
  bench.report("W4o", n, loop:time() - t0, "cpu=%.4f", cpu() - c0)
end)
