package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local aio = require "luvaio"

local spawn, sleep, now, cpu = aio.spawn, aio.sleep, aio.now, bench.cpu
local n = bench.size(100000)

aio.run(function()
  local t0, c0 = now(), cpu()
  local tasks = {}
  for i = 1, n do tasks[i] = spawn(function() sleep(3600) end) end
  sleep(0)
  local t1 = now()
  for i = 1, n do aio.cancel(tasks[i]) end
  local r = aio.gather(tasks, true)
  local t2, c = now(), cpu() - c0
  for i = 1, n do assert(r[i] == aio.CANCEL) end
  bench.report("W10", n, t2 - t0, "create_ns=%.0f cancel_ns=%.0f cpu=%.4f",
    (t1 - t0) * 1e9 / n, (t2 - t1) * 1e9 / n, c)
end)
