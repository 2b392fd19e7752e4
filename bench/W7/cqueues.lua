package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cq = require "cq"
local condition = require "cqueues.condition"

local now, cpu = cq.now, bench.cpu
local n = bench.size(200000)

cq.run(function()
  local for_a, for_b, turn = condition.new(), condition.new(), "a"
  local t0, c0 = now(), cpu()
  cq.gather {
    function()
      for _ = 1, n do
        turn = "b"
        for_b:signal()
        while turn ~= "a" do for_a:wait() end
      end
    end,
    function()
      for _ = 1, n do
        while turn ~= "b" do for_b:wait() end
        turn = "a"
        for_a:signal()
      end
    end,
  }
  bench.report("W7", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
