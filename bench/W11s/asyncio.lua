-- W11s: to_thread of a function that returns the string of 1 MB it was given;
-- one after the other; per call.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local asyncio = require "asyncio"

local await, to_thread = asyncio.await, asyncio.to_thread
local n, cpu = bench.size(1000), bench.cpu

local function same(text) return text end

asyncio.run(function()
  local loop, text = asyncio.get_running_loop(), ("x"):rep(1000000)
  await(to_thread(same, text))
  local t0, c0 = loop:time(), cpu()
  for _ = 1, n do assert(#await(to_thread(same, text)) == #text) end
  bench.report("W11s", n, loop:time() - t0, "cpu=%.4f", cpu() - c0)
end)
