-- copas.queue has no bound: that of 100 comes from a semaphore.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cop = require "cop"
local copas = require "copas"

local now, cpu = cop.now, bench.cpu
local n = bench.size(500000)

cop.run(function()
  local queue = copas.queue.new()
  local slots = copas.semaphore.new(100, 100, math.huge)
  local sum = 0
  local t0, c0 = now(), cpu()
  cop.gather {
    function()
      for i = 0, n - 1 do
        slots:take(1)
        queue:push(i)
      end
    end,
    function()
      for _ = 1, n do
        sum = sum + queue:pop(math.huge)
        slots:give(1)
      end
    end,
  }
  assert(sum == n * (n - 1) // 2)
  bench.report("W8", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
