package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cq = require "cq"

local now, cpu, sleep = cq.now, bench.cpu, cq.sleep
local depth, n = 100, bench.size(2000)

local function nest(d)
  if d == 0 then
    sleep(0)
    return 0
  end
  return nest(d - 1) + 1
end

cq.run(function()
  local t0, c0 = now(), cpu()
  for _ = 1, n do nest(depth) end
  bench.report("W4", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
