package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local aio = require "luvaio"

local wait_for, now, cpu = aio.wait_for, aio.now, bench.cpu
local n = bench.size(100000)

local function fast() return 1 end

aio.run(function()
  local t0, c0 = now(), cpu()
  for _ = 1, n do wait_for(fast, 10) end
  bench.report("W9", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
