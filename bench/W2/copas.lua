package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cop = require "cop"

local now, cpu, pause = cop.now, bench.cpu, cop.pause
local n, rounds = bench.size(10000), 20

local function child() pause(0) end

cop.run(function()
  local fns = {}
  for i = 1, n do fns[i] = child end
  local t0, c0 = now(), cpu()
  for _ = 1, rounds do cop.gather(fns) end
  bench.report("W2", n * rounds, now() - t0, "cpu=%.4f", cpu() - c0)
end)
