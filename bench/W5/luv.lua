package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local aio = require "luvaio"

local await, spawn, sleep = aio.await, aio.spawn, aio.sleep
local now, cpu = aio.now, bench.cpu
local n, random = bench.size(100000), bench.lcg()

local late, delays = {}, {}
for i = 1, n do delays[i] = random() / 1000 end

aio.run(function()
  local t0, c0 = now(), cpu()
  local tasks = {}
  for i = 1, n do
    local delay = delays[i]
    tasks[i] = spawn(function()
      local due = now() + delay
      sleep(delay)
      late[#late + 1] = now() - due
    end)
  end
  for i = 1, n do await(tasks[i]) end
  local c, wall = cpu() - c0, now() - t0
  assert(#late == n)
  bench.report("W5", n, c, "wall=%.4f %s", wall, bench.late(late))
end)
