-- W1 while 100,000 other tasks are suspended, and its worst stall: the
-- longest single spawn and await.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, create_task = asyncio.await, asyncio.create_task
local n, cpu = bench.size(200000), bench.cpu

local function child() return 1 end

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local gate = loop:create_future()
  for _ = 1, 100000 do create_task(function() await(gate) end) end
  await(asyncio.sleep(0))
  local worst = 0
  local t0, c0 = loop:time(), cpu()
  local last = t0
  for _ = 1, n do
    await(create_task(child))
    local t = loop:time()
    if t - last > worst then worst = t - last end
    last = t
  end
  bench.report("W1s", n, last - t0, "cpu=%.4f stall_ms=%.3f", cpu() - c0,
    worst * 1e3)
  os.exit(0)
end)
