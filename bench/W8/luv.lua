package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local aio = require "luvaio"

local await, spawn = aio.await, aio.spawn
local now, cpu = aio.now, bench.cpu
local n = bench.size(500000)

aio.run(function()
  local queue = aio.queue(100)
  local t0, c0 = now(), cpu()
  local producer = spawn(function()
    for i = 0, n - 1 do queue:put(i) end
  end)
  local consumer = spawn(function()
    local sum = 0
    for _ = 1, n do sum = sum + queue:get() end
    return sum
  end)
  await(producer)
  assert(await(consumer) == n * (n - 1) // 2)
  bench.report("W8", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
