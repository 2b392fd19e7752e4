-- Two threads that yield in turn; per round.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local bare = require "bare"

local n, cpu = bench.size(200000), bench.cpu
local yield = bare.yield

local function child()
  for _ = 1, n do yield() end
end

local threads = {bare.start(child), bare.start(child)}
local c0 = cpu()
bare.ring(threads)
bench.report("W7", n, cpu() - c0, "cpu=%.4f", cpu() - c0)
