-- W11: to_thread of an empty function, 64 in flight; per call. Then eight
-- pieces of work one after the other, and at once in threads: the speed-up.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, gather, to_thread = asyncio.await, asyncio.gather, asyncio.to_thread
local cpu, per = bench.cpu, bench.size(50000) // 64

local function empty() end

local function burn(k)
  local x = 0
  for i = 1, k do x = (x + i * 3) & 0xffffffff end
  return x
end

local function call_often()
  for _ = 1, per do await(to_thread(empty)) end
end

local function repeated(n, value)
  local list = {}
  for i = 1, n do list[i] = value end
  return list
end

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local t0, c0 = loop:time(), cpu()
  await(gather(repeated(64, call_often)))
  local t, c = loop:time() - t0, cpu() - c0

  local k = 20000000
  t0 = loop:time()
  burn(k)
  k = math.floor(k * 0.2 / (loop:time() - t0))
  t0 = loop:time()
  for _ = 1, 8 do burn(k) end
  local serial = loop:time() - t0
  t0 = loop:time()
  await(gather(repeated(8, function() return await(to_thread(burn, k)) end)))
  local threads = loop:time() - t0
  bench.report("W11", per * 64, t,
    "cpu=%.4f serial=%.3f threads=%.3f speedup=%.3f", c, serial, threads,
    serial / threads)
end)
