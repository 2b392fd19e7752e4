package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cop = require "cop"
local future = require "copas.future"

local now, cpu, pause = cop.now, bench.cpu, cop.pause
local n = bench.size(100000)

cop.run(function()
  local t0, c0 = now(), cpu()
  local futs = {}
  for i = 1, n do futs[i] = future.addthread(function() pause(3600) end) end
  pause(0)
  pause(0)
  local t1 = now()
  for i = 1, n do futs[i]:cancel() end
  for i = 1, n do
    local _, err = futs[i]:get()
    assert(err == "cancelled")
  end
  local t2, c = now(), cpu() - c0
  bench.report("W10", n, t2 - t0, "create_ns=%.0f cancel_ns=%.0f cpu=%.4f",
    (t1 - t0) * 1e9 / n, (t2 - t1) * 1e9 / n, c)
  os.exit(0)
end)
