-- 100 nested calls with one yield at the bottom.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local bare = require "bare"

local depth, n, cpu = 100, bench.size(2000), bench.cpu
local yield = bare.yield

local function nest(d)
  if d == 0 then
    yield()
    return 0
  end
  return nest(d - 1) + 1
end

local c0 = cpu()
bare.call(function()
  for _ = 1, n do nest(depth) end
end)
bench.report("W4", n, cpu() - c0, "cpu=%.4f", cpu() - c0)
