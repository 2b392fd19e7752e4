-- A thread that returns at once, one after the other.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local bare = require "bare"

local n, cpu = bench.size(200000), bench.cpu

local function child() return 1 end

local c0 = cpu()
for _ = 1, n do bare.call(child) end
bench.report("W1", n, cpu() - c0, "cpu=%.4f", cpu() - c0)
