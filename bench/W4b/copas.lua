package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cop = require "cop"

local now, cpu, sleep = cop.now, bench.cpu, cop.pause
local depth, n = 100, bench.size(20000)

local function nest(d)
  if d == 0 then
    for _ = 1, n do sleep(0) end
    return 0
  end
  return nest(d - 1) + 1
end

cop.run(function()
  local t0, c0 = now(), cpu()
  nest(depth)
  bench.report("W4b", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
