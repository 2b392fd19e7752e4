package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cq = require "cq"
local promise = require "cqueues.promise"

local now, cpu = cq.now, bench.cpu
local n = bench.size(100000)

local function fast() return 1 end

cq.run(function()
  local t0, c0 = now(), cpu()
  for _ = 1, n do assert(promise.new(fast):wait(10)) end
  bench.report("W9", n, now() - t0, "cpu=%.4f", cpu() - c0)
end)
