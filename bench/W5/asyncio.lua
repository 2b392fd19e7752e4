-- W5: 100,000 concurrent sleeps of 1 to 1000 ms; CPU per sleep, task included.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, create_task = asyncio.await, asyncio.create_task
local sleep, cpu = asyncio.sleep, bench.cpu
local n, random = bench.size(100000), bench.lcg()

local late, delays = {}, {}
for i = 1, n do delays[i] = random() / 1000 end

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local t0, c0 = loop:time(), cpu()
  local tasks = {}
  for i = 1, n do
    local delay = delays[i]
    tasks[i] = create_task(function()
      local due = loop:time() + delay
      await(sleep(delay))
      late[#late + 1] = loop:time() - due
    end)
  end
  for i = 1, n do await(tasks[i]) end
  local c, wall = cpu() - c0, loop:time() - t0
  assert(#late == n)
  bench.report("W5", n, c, "wall=%.4f %s", wall, bench.late(late))
end)
