package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cop = require "cop"
local copas = require "copas"

local now, cpu = cop.now, bench.cpu
local n = bench.size(200000)

cop.run(function()
  local a, b
  local turn = "a"
  local t0, c0 = now(), cpu()
  cop.gather {
    function()
      a = coroutine.running()
      cop.pause(0)
      for _ = 1, n do
        turn = "b"
        copas.wakeup(b)
        while turn ~= "a" do copas.pauseforever() end
      end
    end,
    function()
      b = coroutine.running()
      for _ = 1, n do
        while turn ~= "b" do copas.pauseforever() end
        turn = "a"
        copas.wakeup(a)
      end
    end,
  }
  bench.report("W7", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
