-- 100,000 suspended threads; resident bytes per thread.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local bare = require "bare"

local n, cpu = bench.size(100000), bench.cpu
local yield = bare.yield

collectgarbage()
collectgarbage()
local r0, c0 = bench.rss(), cpu()
local threads = {}
for i = 1, n do
  threads[i] = bare.start(function() yield() end)
end
local c = cpu() - c0
collectgarbage()
local r1 = bench.rss()
assert(#threads == n)
bench.report("W6", n, c, "bytes=%d", (r1 - r0) * 1024 // n)
os.exit(0)
