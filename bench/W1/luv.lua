package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local aio = require "luvaio"

local await, spawn, now, cpu = aio.await, aio.spawn, aio.now, bench.cpu
local n = bench.size(200000)

local function child() return 1 end

aio.run(function()
  local t0, c0 = now(), cpu()
  for _ = 1, n do await(spawn(child)) end
  bench.report("W1", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
