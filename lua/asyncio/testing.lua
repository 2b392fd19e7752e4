-- For tests: to know when everything waits, to let virtual time pass, to see
-- what is left.

local core = require "asyncio.core"

local await, sleep = core.await, core.sleep
local get_running_loop = core.get_running_loop

-- The running loop, for a function that the user calls.
local function running_loop()
  if not core.is_loop_running() then error("no running event loop", 3) end
  return get_running_loop()
end

local testing = {}

-- Loop -> how many tasks are in wait_until_blocked.
local waiting = setmetatable({}, {__mode = "k"})

-- Until only tasks that do the same are ready.
local function wait_until_blocked()
  local loop = get_running_loop()
  waiting[loop] = (waiting[loop] or 0) + 1
  local _ <close> = setmetatable({}, {__close = function()
    waiting[loop] = waiting[loop] - 1
  end})
  repeat await(sleep(0)) until loop:_counts() < waiting[loop]
end

--- An awaitable of the moment when every other task waits: nothing but time, or
--- a thread, or the caller can go on.
testing.wait_until_blocked = core.async(wait_until_blocked)

local advance = core.async(function(seconds)
  await(sleep(seconds))
  wait_until_blocked()
end)

--- Lets so many seconds pass on the virtual clock, with all that is due in them;
--- an awaitable of the moment when all waits again.
function testing.advance(seconds)
  if type(seconds) ~= "number" or seconds ~= seconds or seconds < 0
      or seconds == math.huge then
    error(("bad argument #1 to 'advance' (seconds expected, got %s)")
          :format(type(seconds) == "number" and seconds or type(seconds)), 2)
  end
  if not select(4, running_loop():_counts()) then
    error("advance: the loop's clock is real; run with {clock = \"virtual\"}",
          2)
  end
  return advance(seconds)
end

--- What the loop (the running one) has left: {tasks, timers, ready, retained},
--- numbers of unfinished tasks, of timers that will fire, of what is about to
--- run, of all that the loop keeps alive. In a task, it counts itself.
function testing.counters(loop)
  loop = loop or running_loop()
  local ready, timers, retained = loop:_counts()
  return {tasks = #core.all_tasks(loop), timers = timers, ready = ready,
          retained = retained}
end

return testing
