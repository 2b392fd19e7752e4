-- Yields 100 calls deep.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local bare = require "bare"

local depth, n, cpu = 100, bench.size(20000), bench.cpu
local yield = bare.yield

local function nest(d)
  if d == 0 then
    for _ = 1, n do yield() end
    return 0
  end
  return nest(d - 1) + 1
end

local c0 = cpu()
bare.call(function() nest(depth) end)
bench.report("W4b", n, cpu() - c0, "cpu=%.4f", cpu() - c0)
