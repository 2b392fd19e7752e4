package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local aio = require "luvaio"

local spawn, sleep, gather = aio.spawn, aio.sleep, aio.gather
local now, cpu = aio.now, bench.cpu
local n, rounds = bench.size(10000), 20

local function child() sleep(0) end

aio.run(function()
  local t0, c0 = now(), cpu()
  for _ = 1, rounds do
    local tasks = {}
    for i = 1, n do tasks[i] = spawn(child) end
    gather(tasks)
  end
  bench.report("W2", n * rounds, now() - t0, "cpu=%.4f", cpu() - c0)
end)
