package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local aio = require "luvaio"

local await, spawn, now, cpu = aio.await, aio.spawn, aio.now, bench.cpu
local n = bench.size(200000)

local function child() return 1 end

aio.run(function()
  local gate = aio.future()
  for _ = 1, 100000 do spawn(function() await(gate) end) end
  aio.sleep(0)
  local worst = 0
  local t0, c0 = now(), cpu()
  local last = t0
  for _ = 1, n do
    await(spawn(child))
    local t = now()
    if t - last > worst then worst = t - last end
    last = t
  end
  bench.report("W1s", n, last - t0, "cpu=%.4f stall_ms=%.3f", cpu() - c0,
    worst * 1e3)
  os.exit(0)
end)
