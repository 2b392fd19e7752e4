package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local aio = require "luvaio"

local now, cpu, sleep = aio.now, bench.cpu, aio.sleep
local depth, n = 100, bench.size(20000)

local function nest(d)
  if d == 0 then
    for _ = 1, n do sleep(0) end
    return 0
  end
  return nest(d - 1) + 1
end

aio.run(function()
  local t0, c0 = now(), cpu()
  nest(depth)
  bench.report("W4b", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
