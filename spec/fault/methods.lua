-- Scenarios of what scenario.lua leaves out: each public function and method is
-- called in one of them at least, with as few allocations as it takes.

local support = require "spec.fault.support"
local raises = support.raises
local outside, inside, threaded = support.outside, support.inside, support.threaded

local function nothing() end

-- ---- loops and tasks --------------------------------------------------------

outside("EventLoop, its fields", function(asyncio)
  local loop = asyncio.EventLoop({clock = "virtual"})
  loop.slow_callback_duration = 1
  assert(loop.slow_callback_duration == 1 and not loop:get_debug())
  loop:close()
end)

outside("call_soon_threadsafe", function(_, loop)
  loop:call_soon_threadsafe(loop.stop, loop)
  loop:run_forever()
end)

-- A finalizer that has no memory reports nothing.
inside("debug mode", function(asyncio, loop)
  local reports, handler = 0, loop:get_exception_handler()
  loop:set_exception_handler(function(on, context)
    handler(on, context)
    reports = reports + 1
  end)
  loop.slow_callback_duration = 1000
  loop:set_debug(true)
  assert(loop:get_debug())
  asyncio.async(nothing)() -- never awaited
  collectgarbage()
  asyncio.await(asyncio.sleep(1))
  assert(reports <= 1)
end)

inside("the stacks of a task", function(asyncio)
  local task = asyncio.create_task(asyncio.sleep(1, "slept"))
  asyncio.await(asyncio.sleep(0))
  local file <close> = io.tmpfile()
  task:print_stack {file = file}
  assert(task:traceback())
  raises("does not support", task.set_exception, task, "boom")
  assert(task:await() == "slept")
end)

inside("the callbacks of a task", function(asyncio, loop)
  local task = asyncio.create_task(asyncio.sleep(1))
  local function never() error("removed") end
  task:add_done_callback(never)
  assert(task:remove_done_callback(never) == 1)
  assert(task:get_context() and task:get_loop() == loop)
  assert(loop:call_soon(nothing):get_context())
  asyncio.await(task)
end)

inside("an eager task factory of one's own", function(asyncio, loop)
  loop:set_task_factory(asyncio.create_eager_task_factory(asyncio.Task))
  local task = asyncio.create_task(function() return 1 end)
  assert(task:done() and task:result() == 1)
end)

inside("coroutines, closed", function(asyncio)
  local co = asyncio.coroutine
  local thread = co.create(function()
    assert(co.isyieldable())
    co.yield(1)
  end)
  local ok, value = co.resume(thread)
  if not ok then error(value, 0) end
  assert(value == 1 and co.close(thread) and co.status(thread) == "dead")
end)

-- ---- what the program does --------------------------------------------------

inside("dump", function(asyncio)
  local task = asyncio.create_task(asyncio.sleep(1))
  asyncio.await(asyncio.sleep(0))
  local file <close> = io.tmpfile()
  asyncio.dump(file)
  asyncio.await(task)
end)

inside("call graphs", function(asyncio)
  local task = asyncio.create_task(asyncio.sleep(1))
  local graph = asyncio.capture_call_graph(task)
  assert(graph.future == task and #graph.awaited_by == 0)
  local file <close> = io.tmpfile()
  asyncio.print_call_graph(task, {file = file})
  asyncio.await(task)
end)

inside("an object to write to", function(asyncio)
  local size = 0
  local object = {write = function(_, text) size = size + #text end}
  asyncio.dump(object)
  asyncio.print_call_graph({file = object})
  asyncio.current_task():print_stack {file = object}
  assert(size > 0)
end)

outside("the name of a function, from its file", function(_, loop)
  local task = loop:create_task(require "spec.fault.named")
  assert(tostring(task))
  loop:run_until_complete(task)
end, "spec.fault.named")

outside("install_dump_signal", function(asyncio, loop)
  asyncio.install_dump_signal("SIGUSR1")
  loop:run_until_complete(asyncio.sleep(1))
end)

-- ---- scopes ------------------------------------------------------------------

inside("the methods of a task group", function(asyncio)
  local result = asyncio.with(asyncio.TaskGroup(), function(group)
    local task = group:create_task(asyncio.sleep(5), {name = "sleeps"})
    assert(group:tasks()[1] == task and tostring(group))
    asyncio.await(asyncio.sleep(1))
    group:cancel()
    asyncio.await(asyncio.sleep(1))
    return "not reached"
  end)
  assert(result == nil)
end)

inside("the methods of a timeout", function(asyncio, loop)
  local scope <close> = asyncio.timeout_at(loop:time() + 5)
  assert(scope:when() == loop:time() + 5)
  scope:reschedule(loop:time() + 6)
  assert(not scope:expired() and tostring(scope))
end)

-- ---- locks, queues -----------------------------------------------------------

outside("the texts of locks and queues", function(asyncio)
  for _, object in ipairs {
    asyncio.Lock(), asyncio.Event(), asyncio.Condition(), asyncio.Semaphore(2),
    asyncio.BoundedSemaphore(2), asyncio.Barrier(2), asyncio.Queue(),
    asyncio.LifoQueue(), asyncio.PriorityQueue(),
  } do
    assert(tostring(object))
  end
end)

outside("Event:clear", function(asyncio)
  local event = asyncio.Event()
  event:set()
  assert(event:is_set())
  event:clear()
  assert(not event:is_set())
end)

inside("Condition:wait, notify", function(asyncio)
  local cond, is_woken = asyncio.Condition(), false
  local task = asyncio.spawn(function()
    asyncio.await(cond:acquire())
    asyncio.await(cond:wait())
    is_woken = true
    cond:release()
  end)
  asyncio.await(asyncio.sleep(0))
  asyncio.await(cond:acquire())
  cond:notify(1)
  cond:release()
  asyncio.await(task)
  assert(is_woken and not cond:locked())
end)

inside("semaphores as scopes", function(asyncio)
  for _, class in ipairs {asyncio.Semaphore, asyncio.BoundedSemaphore} do
    local sem = class(1)
    asyncio.with(sem, function(held) assert(held:locked()) end)
    assert(not sem:locked())
  end
end)

inside("BoundedSemaphore:release", function(asyncio)
  local sem = asyncio.BoundedSemaphore(1)
  asyncio.await(sem:acquire())
  sem:release()
  raises("released too many times", sem.release, sem)
end)

inside("a barrier, passed, broken, reset", function(asyncio)
  local barrier = asyncio.Barrier(1)
  asyncio.with(barrier, function(number) assert(number == 0) end)
  asyncio.await(barrier:abort())
  assert(barrier.broken)
  raises(asyncio.BrokenBarrierError, asyncio.await, barrier:wait())
  asyncio.await(barrier:reset())
  assert(not barrier.broken and barrier.n_waiting == 0)
end)

-- Two tasks hold the object in turn. Whether or not there was the memory, it is
-- locked in the end if one has got it and has not given it back; of one that has
-- failed in `release` nothing is known.
local function held_in_turn(class)
  local object, holders, is_unsure = nil, 0, false
  local function hold(asyncio)
    asyncio.await(object:acquire())
    holders = holders + 1
    asyncio.await(asyncio.sleep(1))
    is_unsure = true
    object:release()
    holders, is_unsure = holders - 1, false
  end
  outside(class .. ", held in turn", function(asyncio, loop)
    object = asyncio[class]()
    local first = loop:create_task(asyncio.async(hold)(asyncio))
    local second = loop:create_task(asyncio.async(hold)(asyncio))
    loop:run_until_complete(asyncio.wait({first, second}, {timeout = 9}))
    first:result()
    second:result()
  end, nil, function(asyncio, loop)
    for _, task in ipairs(asyncio.all_tasks(loop)) do task:cancel() end
    loop:run_until_complete(asyncio.sleep(9))
    assert(not object or is_unsure or object:locked() == (holders > 0),
           holders .. " hold it, but " .. tostring(object))
  end)
end

for _, class in ipairs {"Lock", "Condition", "Semaphore"} do held_in_turn(class) end

-- Of each kind: which of the two items put in comes out first.
for _, kind in ipairs {{"Queue", 1}, {"LifoQueue", 2}, {"PriorityQueue", 1}} do
  local class, first = kind[1], kind[2]

  inside(class .. ", at once", function(asyncio)
    local queue = asyncio[class](2)
    queue:put_nowait(1)
    queue:put_nowait(2)
    assert(queue:full() and queue:qsize() == 2)
    raises(asyncio.QueueFull, queue.put_nowait, queue, 3)
    assert(queue:get_nowait() == first and queue:get_nowait() == 3 - first)
    assert(queue:empty())
    raises(asyncio.QueueEmpty, queue.get_nowait, queue)
  end)

  inside(class .. ", with waiting", function(asyncio)
    local queue = asyncio[class](1)
    local task = asyncio.spawn(function()
      local item = asyncio.await(queue:get())
      queue:task_done()
      return item
    end)
    asyncio.await(queue:put("item"))
    asyncio.await(queue:join())
    assert(asyncio.await(task) == "item")
    queue:shutdown()
    raises(asyncio.QueueShutDown, queue.put_nowait, queue, 1)
  end)
end

-- Each item that was put in has come out or is still there; of one whose `put` has
-- failed nothing is known.
local function no_item_lost()
  local queue, put, got, is_unsure = nil, 0, 0, false
  local function produce(asyncio)
    for i = 1, 2 do
      is_unsure = true
      asyncio.await(queue:put(i))
      put, is_unsure = put + 1, false
    end
  end
  local function consume(asyncio)
    for _ = 1, 2 do
      asyncio.await(queue:get())
      got = got + 1
    end
  end
  outside("Queue, no item lost", function(asyncio, loop)
    queue = asyncio.Queue(1)
    local first = loop:create_task(asyncio.async(produce)(asyncio))
    local second = loop:create_task(asyncio.async(consume)(asyncio))
    loop:run_until_complete(asyncio.wait({first, second}, {timeout = 9}))
    first:result()
    second:result()
  end, nil, function(asyncio, loop)
    loop:run_until_complete(asyncio.sleep(9))
    assert(not queue or is_unsure or put == got + queue:qsize(),
           ("put in %d, came out %d: %s"):format(put, got, queue))
  end)
end

no_item_lost()

-- ---- threads -----------------------------------------------------------------

local function add(a, b) return a + b end

local function double(n) return 2 * n end

threaded("ThreadPoolExecutor:map", function(_, _, executor)
  local sum = 0
  for value in executor:map(double, {1, 2}) do sum = sum + value end
  assert(sum == 6)
end)

outside("ThreadPoolExecutor, closed", function(asyncio)
  local executor <close> = asyncio.ThreadPoolExecutor {max_workers = 1}
  assert(tostring(executor))
end)

threaded("ConcurrentFuture", function(_, _, executor)
  local future, is_called = executor:submit(add, 1, 2), false
  future:add_done_callback(function() is_called = true end)
  assert(future:result() == 3 and future:exception() == nil)
  assert(future:done() and not future:running())
  assert(not future:cancel() and not future:cancelled())
  assert(tostring(future) and is_called)
end)

threaded("run_in_executor", function(_, loop, executor)
  assert(loop:run_until_complete(loop:run_in_executor(executor, add, 1, 2)) == 3)
end)

threaded("a context variable in a thread", function(asyncio, loop, executor)
  local var = asyncio.ContextVar("name")
  loop:set_default_executor(executor)
  var:set("value")
  local function main()
    return asyncio.await(asyncio.to_thread(function() return var:get() end))
  end
  assert(loop:run_until_complete(main) == "value")
end)

threaded("a preloaded module in a thread", function(asyncio)
  package.preload.mine = function() return "preloaded" end
  local executor <close> = asyncio.ThreadPoolExecutor {max_workers = 1}
  local future = executor:submit(function() return require "mine" end)
  assert(future:result() == "preloaded")
end)

threaded("shutdown_default_executor", function(asyncio, loop, executor)
  loop:set_default_executor(executor)
  loop:run_until_complete(loop:shutdown_default_executor())
  raises("shutdown", loop.run_in_executor, loop, nil, add, 1, 2)
  assert(asyncio.Task)
end)

-- ---- contexts, generators, exceptions ------------------------------------------

outside("Context", function(asyncio)
  local var = asyncio.ContextVar("name", {default = 0})
  local context = asyncio.Context()
  assert(#context == 0 and tostring(var))
  local token = context:run(var.set, var, 1)
  assert(tostring(token) and context:copy():get(var) == 1)
  for key, value in pairs(context) do assert(key == var and value == 1) end
  raises("cannot be written to", function() context.field = 1 end)
end)

inside("the methods of a generator", function(asyncio, loop)
  local await = asyncio.await
  local count = asyncio.generator(function(yield)
    for i = 1, 3 do yield(i) end
  end)
  local gen = count()
  assert(await(gen:next()) == 1 and tostring(gen))
  raises("boom", await, gen:athrow("boom"))
  gen = count()
  assert(await(gen:next()) == 1)
  await(gen:aclose())
  assert(await(gen:next()) == nil)
  gen = count()
  assert(await(gen:next()) == 1)
  await(loop:shutdown_asyncgens())
  assert(await(gen:next()) == nil)
end)

outside("every class of exceptions", function(asyncio)
  for _, name in ipairs {
    "Exception", "CancelledError", "TimeoutError", "InvalidStateError",
    "DeadlockError", "KeyboardInterrupt", "SystemExit", "BrokenThreadPool",
    "QueueEmpty", "QueueFull", "QueueShutDown", "BrokenBarrierError",
  } do
    assert(asyncio[name]("m").message == "m")
  end
  assert(asyncio.IncompleteReadError("ab", 3).partial == "ab")
  assert(asyncio.LimitOverrunError("m", 3).consumed == 3)
  assert(asyncio.OSError("m", "EPIPE").code == "EPIPE")
end)

outside("Exception:add_note", function(asyncio)
  local err = asyncio.Exception("m")
  err:add_note("n")
  assert(err.notes[1] == "n")
end)

outside("ExceptionGroup", function(asyncio)
  local inner = asyncio.ExceptionGroup("inner", {asyncio.TimeoutError(), "b"})
  local group = asyncio.ExceptionGroup("outer", {"a", inner})
  assert(tostring(group) and #group:leaves() == 3)
  local yes, no = group:split(asyncio.TimeoutError)
  assert(#yes:leaves() == 1 and #no:leaves() == 2)
  assert(#group:subgroup(function(err) return err == "a" end).exceptions == 1)
  assert(group:derive({1, 2}).message == "outer")
end)

-- ---- the direct style, tests -------------------------------------------------

inside("the direct style, waiting", function(asyncio)
  local aio = require "asyncio.direct"
  assert(aio.shield(asyncio.sleep(1, "s")) == "s")
  assert(aio.wait_for(asyncio.sleep(1, "w"), 2) == "w")
  local task = asyncio.create_task(asyncio.sleep(1))
  assert(aio.wait({task})[1] == task)
end, "asyncio.direct")

threaded("the direct style, threads", function(_, loop, executor)
  local aio = require "asyncio.direct"
  loop:set_default_executor(executor)
  local function main() return aio.to_thread(add, 1, 2) end
  assert(loop:run_until_complete(main) == 3)
end)

inside("asyncio.testing", function(asyncio, loop)
  local testing = require "asyncio.testing"
  local task = asyncio.create_task(asyncio.sleep(1))
  asyncio.await(testing.wait_until_blocked())
  assert(testing.counters(loop).tasks == 2 and not task:done())
  asyncio.await(testing.advance(1))
  assert(task:done())
end, "asyncio.testing")
