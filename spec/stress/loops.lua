-- Loops that are opened and closed, time and again, in eight threads at once: each
-- with tasks, timers, a thread of its own, and calls to and from the loops of the
-- others, some of which close meanwhile. Then a hundred that are open at the same
-- time. After each round threads, descriptors and memory are as before.
--   STRESS_SCALE=1   100 loops in each thread, 20 rounds
--   STRESS_SEED=1    the choices
--   MALLOC_ARENA_MAX=1   for glibc: memory can be measured more closely
-- Run it from the project's root.
-- luacheck: globals peers holding faults told
package.path = "lua/?.lua;lua/?/init.lua;./?.lua;" .. package.path

local asyncio = require "asyncio"
local support = require "spec.stress.support"

local await, sleep = asyncio.await, asyncio.sleep
local check, equal, say, count = support.check, support.equal, support.say, support.count

local THREADS, PATIENCE = 8, 60
local CLOSED = "Event loop is closed"
local AT_ONCE = 100
local LOOPS = support.scaled(100, 3)
local ROUNDS, WARM_UP = support.scaled(20, 8), 8

-- At full scale 13,500 loops with a thread each lie between the quarters that are
-- compared: one that left 80 bytes behind would make it more than that. With an
-- arena for each thread, as glibc has them, how these are filled differs by
-- megabytes from round to round: MALLOC_ARENA_MAX=1 is what shows the most.
local LUA_SLACK = 4 * 1024
local RSS_SLACK = os.getenv "MALLOC_ARENA_MAX" == "1" and support.MB or 8 * support.MB

-- What is done where -------------------------------------------------------
-- Globals, so that a function that comes from a thread finds them where it runs.

-- In a thread: what its loops have reported, and of how many left tasks.
local function watch(loop)
  faults, told = faults or {}, told or 0
  loop:set_exception_handler(function(_, context)
    if context.message == "Task was destroyed but it is pending!" then
      told = told + 1
    else
      faults[#faults + 1] = ("%s: %s"):format(context.message, context.exception)
    end
  end)
end

-- In the loop of the program: thread -> its loop, `peers`. Another one's, or nil.
local function meet(thread, loop)
  peers[thread] = loop
  local peer = peers[math.random(THREADS)]
  return peer ~= loop and peer or nil
end

-- In any loop, for another thread.
local function reply(id)
  await(sleep(0))
  return id + 1
end

local function square(x) return x * x end

-- What came of a call to another loop, which may close.
local function outcome(id, ok, value)
  if ok and value == id + 1 then return "answered" end
  if not ok and tostring(value):find(CLOSED .. "$") then return "refused" end
  if not ok and asyncio.isinstance(value, asyncio.CancelledError) then return "cancelled" end
  error(("a call to another loop: %s"):format(value), 0)
end

-- In a task: asks a loop that runs, or that closes soon.
local function ask(loop, id)
  return outcome(id, pcall(function()
    return await(asyncio.wrap_future(asyncio.run_coroutine_threadsafe(reply, loop, id)))
  end))
end

-- Several things at once, each with its result.
local function work(home, id)
  local res = await(asyncio.gather(
    asyncio.to_thread(square, id),
    asyncio.wait_for(sleep(0.0005, "slept"), PATIENCE),
    asyncio.async(ask)(home, id),
    function()
      local group <close> = asyncio.TaskGroup()
      for _ = 1, 5 do group:create_task(sleep(0)) end
      return "grouped"
    end))
  if res[1] ~= id * id or res[2] ~= "slept" or res[3] ~= "answered" or res[4] ~= "grouped" then
    error(("results: %s %s %s %s"):format(table.unpack(res, 1, 4)))
  end
end

-- The program of a loop. Leaves a timer and a task. Returns another thread's loop
-- or nil.
local function program(home, thread, id)
  local loop = asyncio.get_running_loop()
  watch(loop)
  loop:call_later(1000, error, "a timer of a closed loop")
  asyncio.create_task(sleep(1000))
  local peer = await(asyncio.wrap_future(
    asyncio.run_coroutine_threadsafe(meet, home, thread, loop)))
  work(home, id)
  return peer
end

-- Opens a loop, runs main in it, closes it; in three ways. Returns main's result,
-- and how many tasks it has left for `close` to find.
local ways = {
  function(main) return asyncio.run(main), 0 end,
  function(main)
    local runner <close> = asyncio.Runner {clock = "virtual"}
    runner:run(function() return "begun" end)
    return runner:run(main), 0
  end,
  function(main)
    local loop = asyncio.new_event_loop()
    local result = loop:run_until_complete(main)
    loop:run_until_complete(loop:shutdown_default_executor(PATIENCE))
    loop:close()
    loop:close()
    return result, 1
  end,
}

-- In a thread: n loops, one after the other. Returns how often which result came,
-- and what was wrong.
local function open_and_close(home, thread, n, seed)
  math.randomseed(seed)
  local results, left = {}, 0
  faults, told = {}, 0
  for id = 1, n do
    local result, tasks = ways[math.random(#ways)](function()
      local peer = program(home, thread, id)
      return peer and ask(peer, id) or "alone"
    end)
    results[result] = (results[result] or 0) + 1
    left = left + tasks
  end
  -- What others ask of a loop that closes is a task that is destroyed, too.
  if told < left then faults[#faults + 1] = "a task that was left is not reported" end
  return results, faults
end

-- In the loop of the program: until all threads hold their loops.
local function hold(n)
  holding.loops, holding.threads = holding.loops + n, holding.threads + 1
  if holding.threads == THREADS then
    holding.descriptors = support.descriptors()
    holding.event:set()
  end
  await(holding.event:wait())
end

-- Closes the loops in any order; some run once more.
local function close_all(loops)
  while #loops > 0 do
    local loop = table.remove(loops, math.random(#loops))
    if math.random(2) == 1 then loop:run_until_complete(sleep(0)) end
    loop:close()
  end
end

-- In a thread: n loops that are open at once. What they are asked meanwhile they
-- answer when they run again, or never.
local function open_many(home, thread, n, seed)
  math.randomseed(seed)
  local loops, asked, results = {}, {}, {open = n}
  faults, told = {}, 0
  for i = 1, n do
    loops[i] = asyncio.new_event_loop()
    local peer = loops[i]:run_until_complete(function() return program(home, thread, i) end)
    if peer then asked[i] = asyncio.run_coroutine_threadsafe(reply, peer, i) end
  end
  asyncio.run_coroutine_threadsafe(hold, home, n):result(PATIENCE)
  close_all(loops)
  for i, cf in pairs(asked) do
    local result = outcome(i, pcall(cf.result, cf, PATIENCE))
    results[result] = (results[result] or 0) + 1
  end
  if told < n then faults[#faults + 1] = "a task that was left is not reported" end
  return results, faults
end

-- Rounds -------------------------------------------------------------------

local function add_results(sums, results, wrong)
  for name, n in pairs(results) do sums[name] = (sums[name] or 0) + n end
  check(#wrong == 0, "in a thread: %s", wrong[1])
end

-- Calls fn(home, thread, n, seed) in eight threads at once; adds up what they
-- return.
local function in_threads(sums, fn, n)
  local home = asyncio.new_event_loop()
  home:set_exception_handler(support.no_reports)
  peers = {}
  do
    local executor <close> = asyncio.ThreadPoolExecutor {max_workers = THREADS}
    local calls, ends = {}, {}
    for thread = 1, THREADS do
      calls[thread] = executor:submit(fn, home, thread, n, math.random(0))
      ends[thread] = asyncio.wrap_future(calls[thread], {loop = home})
    end
    local _, late = home:run_until_complete(asyncio.wait(ends, {timeout = 5 * PATIENCE}))
    if #late > 0 then support.abort("%d of %d threads do not end", #late, THREADS) end
    for thread = 1, THREADS do add_results(sums, calls[thread]:result(PATIENCE)) end
  end
  peers = nil
  home:close()
end

local function new_holding()
  return {loops = 0, threads = 0, event = asyncio.Event()}
end

-- Returns the descriptors while a hundred loops were open.
local function run_round(sums)
  in_threads(sums, open_and_close, LOOPS)
  holding = new_holding()
  in_threads(sums, open_many, (AT_ONCE + THREADS - 1) // THREADS)
  local at_once = holding.descriptors
  check(holding.loops >= AT_ONCE, "only %d loops were open at once", holding.loops)
  holding = nil
  return at_once
end

-- One round more, after which there are as many threads and descriptors as before.
local function measured_round(sums, threads, descriptors)
  local at_once = run_round(sums)
  support.wait_for_threads(threads)
  equal(support.descriptors(), descriptors, "descriptors after a round")
  check(not at_once or at_once >= descriptors + AT_ONCE,
    "a hundred loops had only %s descriptors", at_once)
  return at_once
end

local function say_sums(sums, rounds)
  say("loops", "%s opened and closed in %d threads, %d of them at once; calls to others: %s "
    .. "answered, %s refused, %s cancelled", count(rounds * LOOPS * THREADS + sums.open),
    THREADS, AT_ONCE, count(sums.answered or 0), count(sums.refused or 0),
    count(sums.cancelled or 0))
end

local function main()
  local sums, samples, at_once = {}, support.new_samples(ROUNDS), nil
  run_round({})
  local threads, descriptors = support.threads(), support.descriptors()
  for _ = 1, WARM_UP do measured_round(sums, threads, descriptors) end
  for round = 1, ROUNDS do
    at_once = measured_round(sums, threads, descriptors)
    support.sample(samples, round)
  end
  say_sums(sums, WARM_UP + ROUNDS)
  say("left", "%s descriptors of %s, %s threads; Lua's memory grew by %d bytes, resident by "
    .. "%.0f KB in %d rounds%s", descriptors or "?", at_once or "?", threads or "?",
    support.check_flat(samples.lua, LUA_SLACK, "Lua's memory"),
    support.check_flat(samples.rss, RSS_SLACK, "the process") / 1024, ROUNDS,
    #samples.rss > 0 and "" or " (resident: not measured, nobody tells)")
end

support.main("loops", main)
