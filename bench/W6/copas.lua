package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cop = require "cop"
local copas = require "copas"
local future = require "copas.future"

local now = cop.now
local n = bench.size(100000)

cop.run(function()
  local fut = future.addthread(function() copas.pauseforever() end)
  collectgarbage()
  collectgarbage()
  local r0, t0 = bench.rss(), now()
  local tasks = {}
  for i = 1, n do tasks[i] = copas.addthread(function() fut:get() end) end
  cop.pause(0)
  cop.pause(0)
  local t = now() - t0
  collectgarbage()
  local r1 = bench.rss()
  assert(#tasks == n)
  bench.report("W6", n, t, "bytes=%d", (r1 - r0) * 1024 // n)
  os.exit(0)
end)
