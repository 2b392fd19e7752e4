-- W4: 100 nested calls with one sleep(0) at the bottom; per chain.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, sleep = asyncio.await, asyncio.sleep
local depth, n, cpu = 100, bench.size(2000), bench.cpu

local function nest(d)
  if d == 0 then
    await(sleep(0))
    return 0
  end
  return nest(d - 1) + 1
end

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local t0, c0 = loop:time(), cpu()
  for _ = 1, n do nest(depth) end
  bench.report("W4", n, loop:time() - t0, "cpu=%.4f", cpu() - c0)
end)
