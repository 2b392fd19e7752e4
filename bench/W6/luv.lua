package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local aio = require "luvaio"

local await, spawn, now = aio.await, aio.spawn, aio.now
local n = bench.size(100000)

aio.run(function()
  local fut = aio.future()
  collectgarbage()
  collectgarbage()
  local r0, t0 = bench.rss(), now()
  local tasks = {}
  for i = 1, n do tasks[i] = spawn(function() await(fut) end) end
  aio.sleep(0)
  aio.sleep(0)
  local t = now() - t0
  collectgarbage()
  local r1 = bench.rss()
  assert(#tasks == n)
  bench.report("W6", n, t, "bytes=%d", (r1 - r0) * 1024 // n)
  os.exit(0)
end)
