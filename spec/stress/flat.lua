-- Round after round a little of everything there is: tasks, combinators, scopes,
-- locks, queues, generators, coroutines, contexts, callbacks, threads, executors,
-- loops; done, failed, cancelled, timed out, abandoned. After each round nothing is
-- counted as alive, and after a hundred memory is where it was.
--   STRESS_SCALE=1   100 rounds, in each of them everything 50 times
--   MALLOC_ARENA_MAX=1   for glibc: memory can be measured more closely
-- Run it from the project's root.
package.path = "lua/?.lua;lua/?/init.lua;./?.lua;" .. package.path

local asyncio = require "asyncio"
local direct = require "asyncio.direct"
local testing = require "asyncio.testing"
local support = require "spec.stress.support"

local await, sleep, pawait = asyncio.await, asyncio.sleep, asyncio.pawait
local create_task, isinstance = asyncio.create_task, asyncio.isinstance
local check, equal, say, count = support.check, support.equal, support.say, support.count

local ROUNDS, WARM_UP = support.scaled(100, 20), 10
local TIMES = support.scaled(50, 5)

-- Each part is done 3,750 times between the quarters that are compared: one that
-- left 2 bytes in Lua each time, or 280 in the process, would make it more than that.
-- With an arena for each thread, as glibc has them, the process varies by more.
local LUA_SLACK = 4 * 1024
local RSS_SLACK = os.getenv "MALLOC_ARENA_MAX" == "1" and support.MB or 4 * support.MB

local Failure = asyncio.Exception:subclass("Failure")

local function fail() error(Failure "on purpose", 0) end

-- pcall(fn, ...) that must raise an error of the class.
local function raises(class, fn, ...)
  local ok, err = pcall(fn, ...)
  check(not ok and isinstance(err, class), "%s instead of %s", err, class.name)
  return err
end

local function never() return asyncio.get_running_loop():create_future() end
local function hang() await(never()) end

-- Starts fn as a task, lets it begin, cancels it.
local function cancel(fn)
  local task = create_task(fn)
  await(sleep(0))
  task:cancel("enough")
  raises(asyncio.CancelledError, await, task)
end

-- In a task, on the virtual clock ------------------------------------------

local parts = {}

function parts.tasks()
  local task = asyncio.spawn(function(...) return ... end, 1, nil, 3)
  equal(select("#", await(task)), 3, "results")
  raises(Failure, await, create_task(fail, {name = "fails"}))
  equal(await(create_task(sleep(1, "eager"), {eager_start = true})), "eager", "an eager task")
  cancel(sleep(1000))
  cancel(hang)
  local unborn = create_task(fail)
  unborn:cancel()
  raises(asyncio.CancelledError, await, unborn)
end

function parts.uncancelled()
  local task = create_task(function()
    pcall(await, sleep(1000))
    asyncio.current_task():uncancel()
    return await(sleep(1, "goes on"))
  end)
  await(sleep(0))
  task:cancel()
  equal(await(task), "goes on", "a task that was cancelled")
end

function parts.gather()
  local task = create_task(sleep(1, "twice"))
  local res = await(asyncio.gather(task, task, sleep(2, "once")))
  equal(res[2] .. res[3], "twiceonce", "results")
  res = await(asyncio.gather({fail, sleep(1)}, {return_exceptions = true}))
  check(isinstance(res.exceptions[1], Failure), "no error of a gather")
  raises(Failure, await, asyncio.gather(fail, sleep(1)))
  cancel(function() await(asyncio.gather(sleep(1000), never())) end)
end

function parts.wait()
  local tasks = {create_task(sleep(1)), create_task(sleep(2)), create_task(sleep(3))}
  local done = await(asyncio.wait(tasks, {return_when = asyncio.FIRST_COMPLETED}))
  equal(#done, 1, "tasks done")
  local _, pending = await(asyncio.wait(tasks, {timeout = 1.5}))
  equal(#pending, 1, "tasks pending")
  await(asyncio.wait(tasks, {return_when = asyncio.FIRST_EXCEPTION}))
  cancel(asyncio.wait({create_task(sleep(5))}))
end

function parts.wait_for()
  equal(await(asyncio.wait_for(sleep(1, "in time"), 5)), "in time", "wait_for")
  raises(asyncio.TimeoutError, await, asyncio.wait_for(sleep(10), 1))
  raises(asyncio.TimeoutError, await, asyncio.wait_for(sleep(10), 0))
  cancel(asyncio.wait_for(never(), 1000))
end

function parts.shield()
  local inner = create_task(sleep(2, "safe"))
  cancel(function() await(asyncio.shield(inner)) end)
  equal(await(asyncio.shield(inner)), "safe", "what was shielded")
  raises(Failure, await, asyncio.shield(create_task(fail)))
end

function parts.as_completed()
  local order = {}
  for co in asyncio.as_completed {sleep(2, "b"), sleep(1, "a")} do
    order[#order + 1] = await(co)
  end
  for task in asyncio.as_completed({create_task(sleep(1, "c"))}):futures() do
    order[#order + 1] = task:result()
  end
  equal(table.concat(order), "abc", "the order")
  for co in asyncio.as_completed({sleep(2)}, {timeout = 1}) do
    raises(asyncio.TimeoutError, await, co)
  end
  await(sleep(5))
end

function parts.groups()
  do
    local group <close> = asyncio.TaskGroup()
    group:spawn(sleep, 1)
    group:create_task(sleep(2))
  end
  raises(asyncio.ExceptionGroup, asyncio.with, asyncio.TaskGroup(), function(group)
    group:spawn(fail)
    await(never())
  end)
  asyncio.with(asyncio.TaskGroup(), function(group)
    group:spawn(hang)
    group:cancel()
  end)
  cancel(function()
    local group <close> = asyncio.TaskGroup()
    group:create_task(hang)
    group:create_task(function() pcall(await, never()) end)
  end)
end

function parts.timeouts()
  local now = asyncio.get_running_loop():time()
  raises(asyncio.TimeoutError, asyncio.with, asyncio.timeout(1), function(scope)
    scope:reschedule(now + 2)
    await(never())
  end)
  do
    local _ <close> = asyncio.timeout_at(now + 100)
    check(not asyncio.move_on_after(1, hang), "it moved on")
    check(asyncio.move_on_after(5, function() await(sleep(1)) end), "it was done")
  end
  cancel(function()
    local _ <close> = asyncio.timeout(50)
    await(never())
  end)
end

-- All of them, where one holds and others wait, one of whom is cancelled.
function parts.locks()
  for _, lock in ipairs {asyncio.Lock(), asyncio.Semaphore(1), asyncio.BoundedSemaphore(1),
      asyncio.Condition()} do
    local function hold()
      local _ <close> = await(lock:acquire())
      await(sleep(1))
    end
    local tasks = {create_task(hold), create_task(hold), create_task(hold)}
    await(sleep(0.5))
    tasks[2]:cancel()
    await(asyncio.wait(tasks))
    check(not lock:locked(), "%s", lock)
  end
end

function parts.conditions()
  local condition, event, value = asyncio.Condition(), asyncio.Event(), nil
  local task = create_task(function()
    local _ <close> = await(condition:acquire())
    await(condition:wait_for(function() return value end))
    event:set()
  end)
  cancel(event:wait())
  value = true
  asyncio.with(condition, function() condition:notify_all() end)
  await(event:wait())
  await(task)
end

function parts.barriers()
  local barrier = asyncio.Barrier(3)
  local res = await(asyncio.gather(barrier:wait(), barrier:wait(), barrier:wait()))
  equal(res[1] + res[2] + res[3], 3, "places at a barrier")
  local task = create_task(barrier:wait())
  await(sleep(0))
  await(barrier:abort())
  raises(asyncio.BrokenBarrierError, await, task)
end

function parts.queues()
  for _, class in ipairs {asyncio.Queue, asyncio.LifoQueue, asyncio.PriorityQueue} do
    local queue, sum = class(2), 0
    local consumer = create_task(function()
      for item in queue:iter() do
        sum = sum + item
        queue:task_done()
      end
    end)
    cancel(queue:get())
    for i = 1, 10 do await(queue:put(i)) end
    await(queue:join())
    queue:shutdown()
    await(consumer)
    equal(sum, 55, "the sum of a queue")
    raises(asyncio.QueueShutDown, await, queue:get())
  end
end

function parts.full_queues()
  local queue = asyncio.Queue(1)
  raises(asyncio.QueueEmpty, queue.get_nowait, queue)
  queue:put_nowait(nil)
  raises(asyncio.QueueFull, queue.put_nowait, queue, 1)
  cancel(queue:put(1))
  local putter = create_task(queue:put(2))
  await(sleep(0))
  queue:shutdown(true)
  raises(asyncio.QueueShutDown, await, putter)
end

-- Generators, coroutines ---------------------------------------------------

local numbers = asyncio.generator(function(yield, n)
  local _ <close> = setmetatable({}, {__close = function() await(sleep(0.5)) end})
  for i = 1, n do
    await(sleep(0.1))
    yield(i)
  end
end)

function parts.generators()
  local sum = 0
  for i in numbers(4) do sum = sum + i end
  for i in numbers(4) do
    sum = sum + i
    if i == 2 then break end
  end
  equal(sum, 13, "the sum of generators")
  local gen = numbers(3)
  await(gen:next())
  raises(Failure, function() await(gen:athrow(Failure "thrown")) end)
  gen = numbers(3)
  await(gen:next())
  await(gen:aclose())
  await(numbers(3):next()) -- and no more
end

function parts.coroutines()
  local each = asyncio.coroutine.wrap(function()
    for i = 1, 3 do
      await(sleep(0.1))
      coroutine.yield(i)
    end
  end)
  equal(each() + each() + each(), 6, "the sum of a coroutine")
  local co = asyncio.coroutine.create(function() await(sleep(1)) coroutine.yield() end)
  asyncio.coroutine.resume(co)
  asyncio.coroutine.close(co)
  await(coroutine.create(function() coroutine.yield() end))
  sleep(1, "is never awaited")
  asyncio.async(fail)("is never awaited")
end

function parts.deep()
  local function deeper(n)
    if n == 0 then return await(sleep(0.1, "deep")) end
    return (await(asyncio.async(deeper)(n - 1)))
  end
  equal(deeper(100), "deep", "the innermost result")
end

function parts.errors()
  local ok, err = pawait(fail)
  check(not ok and isinstance(err, Failure), "%s", err)
  ok, err = asyncio.pcall(error, {}, 0)
  check(not ok and type(err) == "table", "%s", err)
  asyncio.xpcall(error, tostring, "text")
  local group = asyncio.ExceptionGroup("some", {Failure "one", asyncio.TimeoutError()})
  local mine, rest = group:split(Failure)
  equal(#mine.exceptions + #rest.exceptions, #group:leaves(), "leaves")
end

-- The loop -----------------------------------------------------------------

function parts.callbacks()
  local loop, calls = asyncio.get_running_loop(), 0
  local function call() calls = calls + 1 end
  loop:call_soon(call)
  loop:call_soon(call):cancel()
  loop:call_later(1, call)
  loop:call_later(1000, call):cancel()
  loop:call_at(loop:time() + 2, call)
  loop:call_soon_threadsafe(call)
  local fut = loop:create_future()
  fut:add_done_callback(call)
  fut:add_done_callback(fail)
  fut:remove_done_callback(fail)
  fut:set_result(1)
  await(sleep(3))
  equal(calls, 5, "calls")
end

local variable = asyncio.ContextVar("flat", {default = 0})

function parts.contexts()
  local token = variable:set(1)
  await(create_task(function()
    variable:set(2)
    await(sleep(1))
    equal(variable:get(), 2, "the task's own value")
  end))
  asyncio.copy_context():run(variable.set, variable, 3)
  asyncio.Context():run(function() equal(variable:get(), 0, "the default") end)
  equal(variable:get(), 1, "the value")
  variable:reset(token)
  asyncio.ContextVar("short-lived"):set("value")
end

function parts.looking()
  local task = create_task(function() await(sleep(1)) end, {name = "looked at"})
  await(sleep(0))
  check(#tostring(task) > 0 and #task:traceback() > 0 and #task:get_stack() > 0, "no stack")
  check(#asyncio.format_call_graph(task) > 0 and asyncio.capture_call_graph(task), "no graph")
  check(#asyncio.all_tasks() >= 2, "no tasks")
  await(task)
end

function parts.direct()
  equal(direct.sleep(0.5, "direct"), "direct", "sleep")
  equal(direct.gather(sleep(0.5, 1), sleep(0.5, 2)).n, 2, "results")
  equal(direct.wait_for(function() return 3 end, 1), 3, "wait_for")
end

-- The reports that the round has to bring.
local expected

-- Failures that nobody looks at are reported when they are collected.
function parts.forgotten()
  create_task(fail)
  asyncio.get_running_loop():create_future():set_exception(Failure "forgotten")
  asyncio.get_running_loop():call_soon(fail)
  expected = expected + 3
  await(sleep(0))
end

-- Threads, loops -----------------------------------------------------------

local function triple(x) return x, x, x end

local function double(x) return 2 * x end

local function back(loop, x)
  return asyncio.run_coroutine_threadsafe(double, loop, x):result()
end

function parts.threads()
  local loop = asyncio.get_running_loop()
  local list = {1, {2}, "three"}
  list.self = list
  local copy = await(asyncio.to_thread(triple, list))
  check(copy.self == copy and copy[2][1] == 2, "a table from a thread")
  equal(await(asyncio.to_thread(back, loop, 21)), 42, "through a thread and back")
  check(not pawait(asyncio.to_thread(fail)), "a thread that fails")
  check(not pcall(asyncio.to_thread, triple, io.stdout), "a file went to a thread")
  local task = create_task(asyncio.to_thread(triple, 1))
  task:cancel()
  raises(asyncio.CancelledError, await, task)
end

local function use_executor()
  local executor <close> = asyncio.ThreadPoolExecutor {max_workers = 3}
  local calls = {}
  for i = 1, TIMES do calls[i] = executor:submit(triple, i) end
  for i = 1, TIMES, 5 do calls[i]:cancel() end
  for i, cf in ipairs(calls) do
    check(cf:cancelled() or cf:result() == i, "the result of another call")
  end
  local sum = 0
  for x in executor:map(triple, {1, 2, 3}) do sum = sum + x end
  equal(sum, 6, "the sum of a map")
  check(not executor:submit(fail):exception(60) == false, "no error of a thread")
end

-- A loop in a thread that ends while it is asked.
local function run_loop()
  return asyncio.run(function()
    create_task(sleep(1000))
    return await(asyncio.to_thread(function(x) return x + 1 end, 1))
  end)
end

local function use_loops()
  for i = 1, 3 do
    local loop = asyncio.new_event_loop {clock = i < 3 and "virtual" or "real"}
    local reports = 0
    loop:set_exception_handler(function() reports = reports + 1 end)
    loop:set_debug(i == 2)
    local left = loop:create_task(sleep(1000))
    loop:call_later(1000, fail)
    equal(loop:run_until_complete(sleep(0.001, "once")), "once", "the result of a loop")
    loop:close()
    equal(reports, 1, "reports of a task that was left")
    check(left:done() == false, "a task that was left")
  end
  raises(asyncio.DeadlockError, asyncio.run, hang)
  raises(Failure, asyncio.run, fail)
  local runner <close> = asyncio.Runner {clock = "virtual"}
  runner:run(sleep(5))
  equal(runner:run(sleep(5, "again")), "again", "the result of a runner")
end

-- A round ------------------------------------------------------------------

local function all_parts()
  local names = {}
  for name in pairs(parts) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- Everything so many times, one after the other and side by side; and the rest.
local function mix(names)
  for _ = 1, TIMES // 2 do
    for _, name in ipairs(names) do parts[name]() end
  end
  for _ = 1, TIMES - TIMES // 2 do
    local group <close> = asyncio.TaskGroup()
    for _, name in ipairs(names) do group:spawn(parts[name]) end
  end
  await(testing.advance(2000))
  support.lua_memory() -- what is forgotten is found
  await(testing.advance(10))
end

local function check_loop(loop)
  local left = testing.counters(loop)
  for name, n in pairs(left) do equal(n, 0, "%s that are left", name) end
end

local function check_report(context, reports)
  if not isinstance(context.exception, Failure) then support.no_reports(nil, context) end
  reports.n = reports.n + 1
end

local function run_round(names)
  local loop, reports = asyncio.new_event_loop {clock = "virtual"}, {n = 0}
  expected = 0
  loop:set_exception_handler(function(_, context) check_report(context, reports) end)
  loop:run_until_complete(function() mix(names) end)
  loop:run_until_complete(loop:shutdown_asyncgens())
  loop:run_until_complete(loop:shutdown_default_executor())
  equal(reports.n, expected, "reports")
  check_loop(loop)
  loop:close()
  equal(reports.n, expected, "reports when the loop is closed")
  use_executor()
  use_loops()
  local executor <close> = asyncio.ThreadPoolExecutor {max_workers = 2}
  equal(executor:submit(run_loop):result(60), 2, "the result of a loop in a thread")
end

support.main("flat", function()
  local names, samples = all_parts(), support.new_samples(ROUNDS)
  for _ = 1, WARM_UP do run_round(names) end
  local threads = support.threads()
  for round = 1, ROUNDS do
    run_round(names)
    support.sample(samples, round)
  end
  say("rounds", "%d of %d parts, each %s times; Lua's memory grew by %d bytes to %s", ROUNDS,
    #names, count(TIMES * ROUNDS),
    support.check_flat(samples.lua, LUA_SLACK, "Lua's memory"),
    support.mb(samples.lua[ROUNDS]))
  say("resident", #samples.rss > 0 and "grew by %.0f KB to %s" or "not measured: nobody tells",
    support.check_flat(samples.rss, RSS_SLACK, "the process") / 1024,
    support.mb(samples.rss[ROUNDS]))
  support.wait_for_threads(threads)
end)
