-- A thread that yields once, and 100,000 of them alive.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local bare = require "bare"

local n, cpu = bench.size(100000), bench.cpu
local yield = bare.yield

local c0 = cpu()
local threads = {}
for i = 1, n do
  threads[i] = bare.start(function() yield() end)
end
bare.ring(threads)
bench.report("W5", n, cpu() - c0, "cpu=%.4f", cpu() - c0)
