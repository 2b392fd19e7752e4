-- A million tasks alive at once, ten million switches, a million timers: all of
-- them end, each once and in order, and memory comes back.
--   STRESS_SCALE=1   1,000,000 tasks, 10,000,000 switches, 1,000,000 timers
--   STRESS_SEED=1    which of them are cancelled, and when
-- Run it from the project's root.
package.path = "lua/?.lua;lua/?/init.lua;./?.lua;" .. package.path

local asyncio = require "asyncio"
local support = require "spec.stress.support"

local await, sleep = asyncio.await, asyncio.sleep
local check, equal, say, count = support.check, support.equal, support.say, support.count

-- What is left when nothing should be: caches of Lua itself.
local SLACK = 16 * 1024

local function new_loop()
  local loop = asyncio.new_event_loop {clock = "virtual"}
  loop:set_exception_handler(support.no_reports)
  return loop
end

-- Runs main(loop) in a loop of its own, which has nothing left then.
local function in_loop(main)
  local loop = new_loop()
  loop:run_until_complete(function() return main(loop) end)
  local ready, timers, retained = loop:_counts()
  equal(ready, 0, "jobs ready at the end")
  equal(timers, 0, "timers at the end")
  equal(retained, 0, "objects that the loop keeps at the end")
  loop:close()
end

-- Tasks --------------------------------------------------------------------
-- A quarter of them each sleeps, waits for a future of its own, for a shield of
-- one future of all, for an event. One in ten is cancelled.

local HOUR = 3600

local function new_world(loop)
  return {loop = loop, tasks = {}, own = {}, gate = loop:create_future(),
          event = asyncio.Event(), is_cancelled = {}, bytes = {}}
end

local KINDS = {
  {"sleep", function() await(sleep(HOUR + math.random() * HOUR)) end},
  {"future", function(world, i)
    world.own[i] = world.loop:create_future()
    await(world.own[i])
  end},
  {"shield", function(world) await(asyncio.shield(world.gate)) end},
  {"event", function(world) await(world.event:wait()) end},
}

-- Starts n tasks of a kind; notes how many bytes of Lua's each takes.
local function start(world, n, name, wait)
  local before, tasks = support.lua_memory(), world.tasks
  local function body(i)
    wait(world, i)
    return i
  end
  for _ = 1, n do
    local i = #tasks + 1
    tasks[i] = asyncio.spawn(body, i)
  end
  await(sleep(1)) -- they all wait
  local bytes = (support.lua_memory() - before) / n
  world.bytes[#world.bytes + 1] = ("%s %.0f"):format(name, bytes)
end

local function cancel_some(world, n)
  local tasks, cancelled = world.tasks, 0
  for _ = 1, n do
    local i = math.random(#tasks)
    local is_first = tasks[i]:cancel() and not world.is_cancelled[i]
    if is_first then cancelled = cancelled + 1 end
    world.is_cancelled[i] = true
  end
  return cancelled
end

local function wake_all(world)
  world.gate:set_result(true)
  world.event:set()
  for _, fut in pairs(world.own) do
    if not fut:done() then fut:set_result(true) end
  end
end

local function check_ends(world, cancelled)
  local ended = 0
  for i, task in ipairs(world.tasks) do
    check(task:done(), "task %d has not ended", i)
    check(task:cancelled() == (world.is_cancelled[i] or false),
      "task %d is cancelled: %s", i, task:cancelled())
    if not task:cancelled() then
      equal(task:result(), i, "the result of task %d", i)
      ended = ended + 1
    end
  end
  equal(ended + cancelled, #world.tasks, "tasks that have ended")
end

-- Returns the bytes per task, by kind, and of the process.
local function tasks_round(n)
  local bytes, resident, cancelled
  in_loop(function(loop)
    local world, rss = new_world(loop), support.rss()
    for _, kind in ipairs(KINDS) do start(world, n // #KINDS, kind[1], kind[2]) end
    n = #world.tasks
    equal(#asyncio.all_tasks(), n + 1, "tasks alive")
    bytes, resident = world.bytes, rss and (support.rss() - rss) / n
    cancelled = cancel_some(world, n // 10)
    await(sleep(1))
    wake_all(world)
    local done, pending = await(asyncio.wait(world.tasks, {timeout = 3 * HOUR}))
    equal(#done, n, "tasks done")
    equal(#pending, 0, "tasks pending")
    check_ends(world, cancelled)
  end)
  return bytes, resident, n, cancelled
end

-- Twice: what the first has given back is enough for the second, wherever it lies.
local function test_tasks()
  local n, before = support.scaled(1000000, 400), support.lua_memory()
  local peaks = {}
  for round = 1, 2 do
    local bytes, resident, alive, cancelled = tasks_round(n)
    say("tasks", "%s alive at once, %s cancelled; bytes each: %s; resident %s",
      count(alive), count(cancelled), table.concat(bytes, ", "),
      round == 1 and resident and ("%.0f"):format(resident) or "as before")
    local left = support.lua_memory() - before
    check(left <= SLACK, "%d bytes are left of the tasks", left)
    peaks[round] = support.peak_rss() or 0
    say("tasks", "%d bytes of Lua's left, the process had %s at most", left,
      support.mb(support.peak_rss()))
  end
  check(peaks[2] <= peaks[1] * 1.05 + support.MB, "the second million takes %s more",
    support.mb(peaks[2] - peaks[1]))
end

-- Switches -----------------------------------------------------------------

local TASKS, SAMPLES = 100, 10

-- Nobody is overtaken: in turn t of a task, t - 1 turns of all are over.
local function switch_often(world, turns)
  for turn = 1, turns do
    world.turns = world.turns + 1
    if (world.turns - 1) // TASKS + 1 ~= turn then error("a task was overtaken") end
    await(sleep(0))
  end
end

-- What is in use without any collection, every so many turns. The collector is
-- off: a switch allocates nothing, so there is nothing to collect.
local function sample_memory(world, turns)
  local samples = {}
  for _ = 1, SAMPLES do
    for _ = 1, turns // SAMPLES do await(sleep(0)) end
    samples[#samples + 1] = collectgarbage "count" * 1024
  end
  world.growth = samples[#samples] - samples[1]
  world.rss = support.rss()
end

local function test_switches()
  local turns, world = support.scaled(100000, 100), {turns = 0}
  in_loop(function()
    local tasks = {}
    for i = 1, TASKS do tasks[i] = asyncio.spawn(switch_often, world, turns) end
    support.lua_memory()
    collectgarbage "stop"
    local rss, began = support.rss(), os.clock()
    sample_memory(world, turns)
    await(asyncio.gather(tasks))
    world.time = os.clock() - began
    collectgarbage "restart"
    world.resident = rss and world.rss - rss
  end)
  equal(world.turns, turns * TASKS, "switches")
  check(world.growth <= 1024, "memory has grown by %d bytes", world.growth)
  check((world.resident or 0) <= support.MB, "the process has grown by %d bytes",
    world.resident or 0)
  say("switches", "%s, %.0f ns each; memory grew by %d bytes, resident by %s",
    count(world.turns), world.time / world.turns * 1e9, world.growth,
    support.mb(world.resident))
end

-- Timers -------------------------------------------------------------------
-- A third is cancelled before any is due, and each that fires may cancel another.

local PENDING, FIRED, CANCELLED = 0, 1, 2
local NS = 1e-9 -- the loop counts in these

local function cancel_timer(world, i)
  if world.state[i] ~= PENDING then return end
  world.state[i] = CANCELLED
  world.cancelled = world.cancelled + 1
  world.handles[i]:cancel()
end

local function fire(world, i)
  equal(world.state[i], PENDING, "the state of timer %d that fires", i)
  local due, last = world.due[i], world.last
  check(world.loop:time() >= world.begin + due / 1000 - NS, "timer %d is early", i)
  check(not last or due > world.due[last] or due == world.due[last] and i > last,
    "timer %d comes after timer %s", i, last)
  world.state[i], world.last = FIRED, i
  world.fired = world.fired + 1
  if math.random(4) == 1 then cancel_timer(world, math.random(#world.due)) end
end

local function start_timers(world, n)
  local loop = world.loop
  for i = 1, n do
    local ms = math.random(1, HOUR * 1000)
    world.due[i], world.state[i] = ms, PENDING
    world.handles[i] = loop:call_at(world.begin + ms / 1000, fire, world, i)
  end
end

local function test_timers()
  local n, before = support.scaled(1000000, 1000), support.lua_memory()
  local world = {handles = {}, due = {}, state = {}, fired = 0, cancelled = 0}
  in_loop(function(loop)
    world.loop, world.begin = loop, loop:time()
    start_timers(world, n)
    world.bytes = (support.lua_memory() - before) / n
    for _ = 1, n // 3 do cancel_timer(world, math.random(n)) end
    equal(select(2, loop:_counts()), n - world.cancelled, "timers that will fire")
    await(sleep(HOUR + 1))
  end)
  equal(world.fired + world.cancelled, n, "timers that fired or were cancelled")
  local fired, cancelled, bytes = world.fired, world.cancelled, world.bytes
  world = nil
  local left = support.lua_memory() - before
  say("timers", "%s alive at once, %s fired in order, %s cancelled; %.0f bytes each",
    count(n), count(fired), count(cancelled), bytes)
  check(left <= SLACK, "%d bytes are left of the timers", left)
end

support.main("million", function()
  test_tasks()
  test_switches()
  test_timers()
end)
