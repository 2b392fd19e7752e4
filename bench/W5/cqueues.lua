package.path = "bench/lib/?.lua;" .. package.path
local bench = require "bench"
local cq = require "cq"

local now, cpu, sleep = cq.now, bench.cpu, cq.sleep
local n, random = bench.size(100000), bench.lcg()

local late, delays = {}, {}
for i = 1, n do delays[i] = random() / 1000 end

cq.run(function()
  local t0, c0 = now(), cpu()
  local fns = {}
  for i = 1, n do
    local delay = delays[i]
    fns[i] = function()
      local due = now() + delay
      sleep(delay)
      late[#late + 1] = now() - due
    end
  end
  cq.gather(fns)
  local c, wall = cpu() - c0, now() - t0
  assert(#late == n)
  bench.report("W5", n, c, "wall=%.4f %s", wall, bench.late(late))
end)
