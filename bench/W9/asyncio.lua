-- W9: wait_for something quick, 10 s: the timer is set and cancelled.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, wait_for = asyncio.await, asyncio.wait_for
local n, cpu = bench.size(100000), bench.cpu

local function fast() return 1 end

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local t0, c0 = loop:time(), cpu()
  for _ = 1, n do await(wait_for(fast, 10)) end
  bench.report("W9", n, loop:time() - t0, "cpu=%.4f", cpu() - c0)
end)
