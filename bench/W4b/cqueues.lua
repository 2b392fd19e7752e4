package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cq = require "cq"

local now, cpu, sleep = cq.now, bench.cpu, cq.sleep
local depth, n = 100, bench.size(20000)

local function nest(d)
  if d == 0 then
    for _ = 1, n do sleep(0) end
    return 0
  end
  return nest(d - 1) + 1
end

cq.run(function()
  local t0, c0 = now(), cpu()
  nest(depth)
  bench.report("W4b", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
