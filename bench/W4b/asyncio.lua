-- W4b: the cost of one suspension 100 calls deep.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, sleep = asyncio.await, asyncio.sleep
local depth, n, cpu = 100, bench.size(20000), bench.cpu

local function nest(d)
  if d == 0 then
    for _ = 1, n do await(sleep(0)) end
    return 0
  end
  return nest(d - 1) + 1
end

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local t0, c0 = loop:time(), cpu()
  nest(depth)
  bench.report("W4b", n, loop:time() - t0, "cpu=%.4f", cpu() - c0)
end)
