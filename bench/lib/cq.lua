-- What the cqueues programs share: a loop, a clock, and gather.
local cqueues = require "cqueues"
local condition = require "cqueues.condition"

local cq = {now = cqueues.monotime, sleep = cqueues.sleep}

function cq.run(fn)
  local queue = cqueues.new()
  queue:wrap(fn)
  assert(queue:loop())
end

function cq.gather(fns)
  local queue, left, done = cqueues.running(), #fns, condition.new()
  for i = 1, #fns do
    local fn = fns[i]
    queue:wrap(function()
      fn(i)
      left = left - 1
      if left == 0 then done:signal() end
    end)
  end
  done:wait()
end

return cq
