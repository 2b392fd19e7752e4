-- 10,000 threads with one yield each, 20 times.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local bare = require "bare"

local n, rounds, cpu = bench.size(10000), 20, bench.cpu
local yield = bare.yield

local function child() yield() end

local c0 = cpu()
for _ = 1, rounds do
  local threads = {}
  for i = 1, n do threads[i] = bare.start(child) end
  bare.ring(threads)
end
bench.report("W2", n * rounds, cpu() - c0, "cpu=%.4f", cpu() - c0)
