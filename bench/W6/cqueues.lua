package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cq = require "cq"
local cqueues = require "cqueues"
local condition = require "cqueues.condition"

local now = cq.now
local n = bench.size(100000)

cq.run(function()
  local cond, queue = condition.new(), cqueues.running()
  collectgarbage()
  collectgarbage()
  local r0, t0 = bench.rss(), now()
  for _ = 1, n do queue:wrap(function() cond:wait() end) end
  cq.sleep(0)
  cq.sleep(0)
  local t = now() - t0
  collectgarbage()
  local r1 = bench.rss()
  bench.report("W6", n, t, "bytes=%d", (r1 - r0) * 1024 // n)
  os.exit(0)
end)
