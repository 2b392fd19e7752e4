-- W1: spawn a task that returns at once and await it, one after the other.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, create_task = asyncio.await, asyncio.create_task
local n, cpu = bench.size(200000), bench.cpu

local function child() return 1 end

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local t0, c0 = loop:time(), cpu()
  for _ = 1, n do await(create_task(child)) end
  bench.report("W1", n, loop:time() - t0, "cpu=%.4f", cpu() - c0)
end)
