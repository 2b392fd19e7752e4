-- 100 threads that yield in turn.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local bare = require "bare"

local tasks, turns, cpu = 100, bench.size(10000), bench.cpu
local yield = bare.yield

local function child()
  for _ = 1, turns do yield() end
end

local threads = {}
for i = 1, tasks do threads[i] = bare.start(child) end
local c0 = cpu()
bare.ring(threads)
bench.report("W3", tasks * turns, cpu() - c0, "cpu=%.4f", cpu() - c0)
