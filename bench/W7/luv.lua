package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local aio = require "luvaio"

local await, spawn, future = aio.await, aio.spawn, aio.future
local now, cpu = aio.now, bench.cpu
local n = bench.size(200000)

aio.run(function()
  local for_a, for_b = future(), future()
  local t0, c0 = now(), cpu()
  local b = spawn(function()
    for _ = 1, n do
      await(for_b)
      for_b = future()
      for_a:set_result(true)
    end
  end)
  local a = spawn(function()
    for _ = 1, n do
      local fut = future()
      for_a = fut
      for_b:set_result(true)
      await(fut)
    end
  end)
  await(a)
  await(b)
  bench.report("W7", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
