-- cqueues cannot cancel a coroutine: a condition for each, polled together
-- with the timeout, stands in for it.
package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cq = require "cq"
local cqueues = require "cqueues"
local condition = require "cqueues.condition"

local now, cpu = cq.now, bench.cpu
local n = bench.size(100000)

cq.run(function()
  local conds, flag, errs = {}, {}, {}
  local queue, done = cqueues.running(), condition.new()
  local left, started = n, 0
  local t0, c0 = now(), cpu()
  for i = 1, n do
    conds[i] = condition.new()
    queue:wrap(function()
      started = started + 1
      local _, err = pcall(function()
        cqueues.poll(conds[i], 3600)
        if flag[i] then error("cancelled", 0) end
      end)
      errs[i] = err
      left = left - 1
      if left == 0 then done:signal() end
    end)
  end
  while started < n do cq.sleep(0) end
  local t1 = now()
  for i = 1, n do
    flag[i] = true
    conds[i]:signal()
  end
  done:wait()
  local t2, c = now(), cpu() - c0
  for i = 1, n do assert(errs[i] == "cancelled") end
  bench.report("W10", n, t2 - t0, "create_ns=%.0f cancel_ns=%.0f cpu=%.4f",
    (t1 - t0) * 1e9 / n, (t2 - t1) * 1e9 / n, c)
end)
