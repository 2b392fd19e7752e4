package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cq = require "cq"
local condition = require "cqueues.condition"

local now, cpu = cq.now, bench.cpu
local n = bench.size(500000)
local MAX = 100

cq.run(function()
  local items, first, last = {}, 1, 0
  local has_room, has_items = condition.new(), condition.new()
  local sum = 0
  local t0, c0 = now(), cpu()
  cq.gather {
    function()
      for i = 0, n - 1 do
        while last - first + 1 >= MAX do has_room:wait() end
        last = last + 1
        items[last] = i
        has_items:signal(1)
      end
    end,
    function()
      for _ = 1, n do
        while last < first do has_items:wait() end
        sum = sum + items[first]
        items[first], first = nil, first + 1
        has_room:signal(1)
      end
    end,
  }
  assert(sum == n * (n - 1) // 2)
  bench.report("W8", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
