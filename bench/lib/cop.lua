-- What the copas programs share: a loop, a clock, and gather.
local copas = require "copas"

local cop = {now = copas.gettime, pause = copas.pause, run = copas.loop}

function cop.gather(fns)
  local me, left = coroutine.running(), #fns
  for i = 1, #fns do
    local fn = fns[i]
    copas.addthread(function()
      fn(i)
      left = left - 1
      if left == 0 then copas.wakeup(me) end
    end)
  end
  copas.pauseforever()
end

return cop
