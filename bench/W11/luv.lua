-- Each work function runs in libuv's pool, in a state that luv keeps.
package.path = "bench/lib/?.lua;" .. package.path
local uv = require "luv"
local bench = require "bench"
local aio = require "luvaio"

local now, cpu = aio.now, bench.cpu
local per = bench.size(50000) // 64

local function burn(k)
  local x = 0
  for i = 1, k do x = (x + i * 3) & 0xffffffff end
  return x
end

local waiting, id = {}, 0

local work = uv.new_work(function(number, k)
  local x = 0
  for i = 1, k do x = (x + i * 3) & 0xffffffff end
  return number, x
end, function(number, x)
  local future = waiting[number]
  waiting[number] = nil
  future:set_result(x)
end)

local function to_thread(k)
  id = id + 1
  local future = aio.future()
  waiting[id] = future
  work:queue(id, k)
  return aio.await(future)
end

local function spawn_all(n, fn)
  local tasks = {}
  for i = 1, n do tasks[i] = aio.spawn(fn) end
  return tasks
end

aio.run(function()
  local t0, c0 = now(), cpu()
  aio.gather(spawn_all(64, function()
    for _ = 1, per do to_thread(0) end
  end))
  local t, c = now() - t0, cpu() - c0

  local k = 20000000
  t0 = now()
  burn(k)
  k = math.floor(k * 0.2 / (now() - t0))
  t0 = now()
  for _ = 1, 8 do burn(k) end
  local serial = now() - t0
  t0 = now()
  aio.gather(spawn_all(8, function() to_thread(k) end))
  local threads = now() - t0
  bench.report("W11", per * 64, t,
    "cpu=%.4f serial=%.3f threads=%.3f speedup=%.3f", c, serial, threads,
    serial / threads)
end)
