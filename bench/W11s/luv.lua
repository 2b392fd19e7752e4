package.path = "bench/lib/?.lua;" .. package.path
local uv = require "luv"
local bench = require "bench"
local aio = require "luvaio"

local now, cpu = aio.now, bench.cpu
local n = bench.size(1000)

local waiting
local work = uv.new_work(function(text) return text end, function(text)
  waiting:set_result(text)
end)

local function to_thread(text)
  waiting = aio.future()
  work:queue(text)
  return aio.await(waiting)
end

aio.run(function()
  local text = ("x"):rep(1000000)
  to_thread(text)
  local t0, c0 = now(), cpu()
  for _ = 1, n do assert(#to_thread(text) == #text) end
  bench.report("W11s", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
