-- What the fault driver runs with one allocation failing: every constructor
-- and every operation of the module, each in a small function of its own.
-- A scenario is right when it ends in a memory error, or in success with all
-- its assertions met; its loop has to work and to close afterwards.
package.path = "lua/?.lua;lua/?/init.lua;./?.lua;" .. package.path

local support = require "spec.fault.support"
local is_memory, raises = support.is_memory, support.raises
local outside, inside, threaded = support.outside, support.inside, support.threaded
local scenarios = support.scenarios

-- ---- the module and loops -------------------------------------------------

-- The functions of the module's Lua files, loaded already: whether Lua can load
-- them is not the question, and it asks for memory thousands of times.
local function preload()
  require "asyncio"
  local load_chunk = package.searchers[2]
  for name in pairs(package.loaded) do
    if name:find("^asyncio") then
      package.preload[name] = package.preload[name] or load_chunk(name)
    end
  end
end

-- The core, which is C, stays in package.preload.
local function unload(is_preloaded)
  for name in pairs(package.loaded) do
    if name:find("^asyncio") then package.loaded[name] = nil end
  end
  if is_preloaded then return end
  for name in pairs(package.preload) do
    if name ~= "asyncio.core" then package.preload[name] = nil end
  end
end

scenarios[#scenarios + 1] = {
  name = "require",
  prepare = function()
    preload()
    unload(true)
    return {memory_reports = 0}
  end,
  run = function() require "asyncio" end,
  finish = function(state, ok, err)
    unload(false)
    local later = support.prepare()
    later.memory_reports = state.memory_reports
    support.finish(later, ok, err)
  end,
}

outside("new_event_loop", function(asyncio)
  local loop = asyncio.new_event_loop()
  assert(not loop:is_closed() and not loop:is_running())
  assert(tostring(loop))
  loop:close()
end)

outside("a loop collected unclosed", function(asyncio)
  do
    local loop = asyncio.new_event_loop({clock = "virtual"})
    loop:call_soon(print)
    loop:call_later(1, print)
    loop:create_task(function() asyncio.await(asyncio.sleep(1)) end)
  end
  collectgarbage()
end)

outside("a loop closed with everything pending", function(asyncio)
  local loop = asyncio.new_event_loop({clock = "virtual"})
  loop:set_exception_handler(function() end)
  local future = loop:create_future()
  local function waits() return asyncio.await(future) end
  local first = loop:create_task(waits)
  local second = loop:create_task(waits)
  asyncio.gather(first, second)
  asyncio.shield(first)
  loop:create_task(asyncio.wait_for(future, 5))
  loop:create_task(asyncio.wait({first, second}, {timeout = 5}))
  loop:call_later(5, print)
  loop:call_soon(loop.stop, loop)
  loop:run_forever()
  loop:close()
end)

-- Options for a loop that `run` makes, whose reports count as well.
local function options(asyncio, loop, clock)
  return {loop_factory = function()
    local new = asyncio.new_event_loop({clock = clock or "virtual"})
    new:set_exception_handler(loop:get_exception_handler())
    return new
  end}
end

outside("asyncio.run", function(asyncio, loop)
  local ran = asyncio.run(function()
    asyncio.create_task(function() asyncio.await(asyncio.sleep(100)) end)
    return asyncio.await(asyncio.sleep(1, "ran"))
  end, options(asyncio, loop))
  assert(ran == "ran")
end)

outside("asyncio.run, main fails", function(asyncio, loop)
  raises("boom", asyncio.run, function()
    asyncio.create_task(function() asyncio.await(asyncio.sleep(100)) end)
    asyncio.await(asyncio.sleep(1))
    error("boom")
  end, options(asyncio, loop))
end)

outside("asyncio.run, real clock", function(asyncio, loop)
  assert(asyncio.run(function()
    return asyncio.await(asyncio.sleep(0.001, 1))
  end, options(asyncio, loop, "real")) == 1)
end)

outside("asyncio.run, interrupted", function(asyncio, loop)
  raises(asyncio.KeyboardInterrupt, asyncio.run, function()
    _G.interrupt()
    asyncio.await(asyncio.sleep(0.05))
  end, options(asyncio, loop, "real"))
end)

outside("asyncio.main", function(asyncio, loop)
  local exit, status = os.exit, nil
  os.exit = function(code) -- luacheck: ignore
    status = code
    error("exits", 0)
  end
  local ok, err = pcall(asyncio.main, function()
    asyncio.await(asyncio.sleep(1))
    error("boom")
  end, options(asyncio, loop))
  os.exit = exit -- luacheck: ignore
  if is_memory(err) then error(err, 0) end
  assert(not ok and err == "exits" and status == 1, tostring(err))
end)

outside("Runner", function(asyncio, loop)
  local runner <close> = asyncio.Runner(options(asyncio, loop))
  assert(runner:run(function() return 1 end) == 1)
  assert(runner:run(asyncio.sleep(1, 2)) == 2)
  raises("boom", runner.run, runner, function() error("boom", 0) end)
  assert(runner:get_loop())
  runner:close()
end)

outside("set_event_loop", function(asyncio, loop)
  asyncio.set_event_loop(loop)
  assert(asyncio.get_event_loop() == loop)
  assert(asyncio.Future():get_loop() == loop)
  asyncio.set_event_loop(nil)
end)

outside("run_forever, stop", function(_, loop)
  loop:call_soon(loop.stop, loop)
  loop:run_forever()
  loop:stop()
  loop:run_forever()
  assert(loop:time() >= 0)
end)

outside("run_until_complete of a future", function(_, loop)
  local future = loop:create_future()
  loop:call_later(1, future.set_result, future, 1, nil, 3)
  local a, b, c = loop:run_until_complete(future)
  assert(a == 1 and b == nil and c == 3)
end)

outside("run_until_complete, stopped", function(_, loop)
  local future = loop:create_future()
  loop:call_soon(loop.stop, loop)
  raises("Event loop stopped before Future completed", loop.run_until_complete,
    loop, future)
end)

outside("a deadlock", function(asyncio, loop)
  local future = loop:create_future()
  local err = raises(asyncio.DeadlockError, loop.run_until_complete, loop,
    function() asyncio.await(future) end)
  assert(tostring(err))
end)

outside("nested run", function(asyncio, loop)
  loop:run_until_complete(function()
    raises("cannot be called from a running event loop", asyncio.run,
      function() end)
    raises("already running", loop.run_forever, loop)
  end)
end)

-- ---- callbacks ------------------------------------------------------------

outside("call_soon", function(_, loop)
  local sum = 0
  local function add(a, b) sum = sum + a + (b or 0) end
  local handle = loop:call_soon(add, 1, 2)
  local cancelled = loop:call_soon(add, 100)
  cancelled:cancel()
  assert(cancelled:cancelled() and not handle:cancelled())
  assert(tostring(handle) and tostring(cancelled))
  loop:call_soon(loop.stop, loop)
  loop:run_forever()
  assert(sum == 3)
end)

outside("call_later, call_at", function(_, loop)
  local order = ""
  local function mark(letter) order = order .. letter end
  loop:call_later(2, mark, "b")
  local first = loop:call_later(1, mark, "a")
  assert(first:when() and tostring(first))
  local gone = loop:call_at(loop:time() + 3, mark, "x")
  loop:call_at(loop:time() + 4, mark, "c")
  gone:cancel()
  loop:call_later(5, loop.stop, loop)
  loop:run_forever()
  assert(order == "abc", order)
end)

outside("many timers", function(_, loop)
  local count = 0
  local function tick() count = count + 1 end
  local handles = {}
  for i = 1, 40 do handles[i] = loop:call_later(i % 7, tick) end
  for i = 1, 40, 2 do handles[i]:cancel() end
  loop:call_later(10, loop.stop, loop)
  loop:run_forever()
  assert(count == 20)
end)

outside("a callback fails", function(_, loop)
  local reports = 0
  local handler = loop:get_exception_handler()
  loop:set_exception_handler(function(...)
    reports = reports + 1
    return handler(...)
  end)
  loop:call_soon(error, "boom")
  loop:call_soon(error, {})
  loop:call_later(1, loop.stop, loop)
  loop:run_forever()
  assert(reports >= 2)
end)

outside("the default exception handler", function(_, loop)
  loop:call_exception_handler({message = "seen"})
  loop:set_exception_handler(nil)
  loop:call_soon(error, "boom")
  loop:call_exception_handler({message = "said", exception = "an error"})
  loop:default_exception_handler({})
  loop:call_soon(loop.stop, loop)
  loop:run_forever()
end)

outside("an exception handler fails", function(_, loop)
  loop:set_exception_handler(function() error("worse") end)
  loop:call_soon(error, "boom")
  loop:call_soon(loop.stop, loop)
  loop:run_forever()
end)

-- ---- futures --------------------------------------------------------------

outside("Future", function(asyncio, loop)
  local future = asyncio.Future({loop = loop})
  assert(not future:done() and not future:cancelled())
  raises(asyncio.InvalidStateError, future.result, future)
  raises(asyncio.InvalidStateError, future.exception, future)
  assert(tostring(future) and future:get_loop() == loop)
  future:set_result(1, nil, 3)
  local a, b, c = future:result()
  assert(a == 1 and b == nil and c == 3 and future:exception() == nil)
  raises(asyncio.InvalidStateError, future.set_result, future, 2)
  assert(tostring(future) and not future:cancel())
end)

outside("Future:set_exception", function(asyncio, loop)
  local future = loop:create_future()
  future:set_exception(asyncio.TimeoutError)
  raises(asyncio.TimeoutError, future.result, future)
  local second = loop:create_future()
  second:set_exception("text")
  assert(second:exception() == "text" and tostring(second))
end)

outside("Future:cancel", function(asyncio, loop)
  local future = loop:create_future()
  assert(future:cancel("enough") and future:cancelled())
  local err = raises(asyncio.CancelledError, future.result, future)
  assert(err.message == "enough" and tostring(future))
end)

outside("done callbacks", function(_, loop)
  local future = loop:create_future()
  local count = 0
  local function on_done(done)
    assert(done == future)
    count = count + 1
    if count == 3 then loop:stop() end
  end
  local function never() error("removed") end
  for _ = 1, 3 do
    future:add_done_callback(on_done)
    future:add_done_callback(never)
  end
  assert(tostring(future))
  assert(future:remove_done_callback(never) == 3)
  future:set_result()
  loop:run_forever()
  future:add_done_callback(on_done)
  loop:call_soon(loop.stop, loop)
  loop:run_forever()
  assert(count == 4)
end)

outside("failures nobody retrieved", function(_, loop)
  do
    local future = loop:create_future()
    future:set_exception("lost")
    loop:create_task(function() error("lost too") end)
    loop:call_soon(loop.stop, loop)
    loop:run_forever()
  end
  collectgarbage()
  collectgarbage()
  loop:call_soon(loop.stop, loop)
  loop:run_forever()
end)

inside("two await one future", function(asyncio, loop)
  local future = loop:create_future()
  local function waits() return asyncio.await(future) end
  local a, b = asyncio.create_task(waits), asyncio.create_task(waits)
  loop:call_later(1, future.set_result, future, 7)
  assert(future:await() == 7)
  assert(asyncio.await(a) == 7 and asyncio.await(b) == 7)
end)

-- ---- awaitables -----------------------------------------------------------

inside("await", function(asyncio)
  local await = asyncio.await
  local function pair(x) return x, nil, 3 end
  local a, b, c = await(asyncio.async(pair)(1))
  assert(a == 1 and b == nil and c == 3)
  assert(await(function() return 2 end) == 2)
  assert(await(coroutine.create(function() return 3 end)) == 3)
  local object = setmetatable({}, {__await = function() return 4 end})
  assert(await(object) == 4)
  assert(asyncio.async(pair)(5):await() == 5)
  raises("boom", await, function() error("boom", 0) end)
end)

inside("predicates", function(asyncio)
  local fn = asyncio.async(function() end)
  local object = fn()
  assert(asyncio.iscoroutinefunction(fn) and asyncio.iscoroutine(object))
  assert(asyncio.isawaitable(object) and not asyncio.isfuture(object))
  assert(asyncio.iscoroutine(asyncio.sleep(1)))
  assert(asyncio.isfuture(asyncio.current_task()))
  assert(asyncio.coroutine(function() end))
  assert(tostring(object))
  asyncio.await(object)
  raises("cannot reuse already awaited coroutine", asyncio.await, object)
end)

inside("pawait, pcall, xpcall", function(asyncio)
  local function fails() error("boom", 0) end
  local ok, err = asyncio.pawait(fails)
  if is_memory(err) then error(err, 0) end
  assert(not ok and err == "boom")
  assert(select(2, asyncio.pawait(function() return 1 end)) == 1)
  ok, err = asyncio.pcall(fails)
  if is_memory(err) then error(err, 0) end
  assert(not ok and err == "boom")
  local cancelled = asyncio.CancelledError("c")
  raises(cancelled, asyncio.pcall, error, cancelled)
  raises(cancelled, asyncio.pawait, function() error(cancelled) end)
  ok, err = asyncio.xpcall(fails, function(e) return e .. "!" end)
  if is_memory(err) then error(err, 0) end
  assert(not ok and err == "boom!")
end)

inside("await in the wrong place", function(asyncio)
  local await, sleep = asyncio.await, asyncio.sleep
  local wrapped = coroutine.wrap(function() await(sleep(1)) end)
  raises("coroutine", wrapped)
  raises("", table.sort, {3, 2, 1}, function(a, b) await(sleep(1)) return a < b end)
  raises("", string.gsub, "abc", ".", function() await(sleep(1)) end)
  raises("awaitable", await, 5)
end)

inside("nested awaits", function(asyncio)
  local down
  down = asyncio.async(function(n)
    if n == 0 then return asyncio.await(asyncio.sleep(1, 0)) end
    return asyncio.await(down(n - 1)) + 1
  end)
  assert(asyncio.await(down(20)) == 20)
end)

inside("deeply nested awaits", function(asyncio)
  local function down(n)
    if n == 0 then return asyncio.await(asyncio.sleep(0, 0)) end
    return asyncio.await(function() return down(n - 1) end) + 1
  end
  assert(down(220) == 220)
end)

inside("nested awaits fail", function(asyncio)
  local function down(n)
    if n == 0 then
      asyncio.await(asyncio.sleep(0))
      error("bottom", 0)
    end
    return asyncio.await(function() return down(n - 1) end)
  end
  raises("bottom", down, 20)
end)

inside("a bad yield", function(asyncio)
  raises("Task got bad yield", function()
    asyncio.await(asyncio.create_task(function() coroutine.yield(5) end))
  end)
  asyncio.await(asyncio.create_task(function() coroutine.yield() end))
end)

-- ---- tasks ----------------------------------------------------------------

inside("create_task", function(asyncio, loop)
  local await = asyncio.await
  local task = asyncio.create_task(function() return 1, nil, 3 end, {name = "named"})
  assert(task:get_name() == "named" and tostring(task))
  local a, b, c = await(task)
  assert(a == 1 and b == nil and c == 3 and tostring(task))
  assert(await(asyncio.spawn(function(x) return x end, 2)) == 2)
  assert(await(loop:create_task(asyncio.sleep(1, 3))) == 3)
  assert(await(asyncio.Task(coroutine.create(function() return 4 end), {loop = loop})) == 4)
  assert(await(asyncio.create_task(function() return 5 end, {eager_start = true})) == 5)
end)

inside("ensure_future", function(asyncio, loop)
  local future = loop:create_future()
  assert(asyncio.ensure_future(future) == future)
  local task = asyncio.ensure_future(function() return 1 end)
  assert(asyncio.await(task) == 1)
  local object = setmetatable({}, {__await = function() return 2 end})
  assert(asyncio.await(asyncio.ensure_future(object)) == 2)
  raises("required", asyncio.ensure_future, 5)
end)

inside("the methods of a task", function(asyncio)
  local task = asyncio.create_task(function()
    asyncio.await(asyncio.sleep(10))
  end)
  assert(type(task:get_coro()) == "thread")
  task:set_name(12)
  assert(task:get_name() == "12")
  asyncio.await(asyncio.sleep(0))
  assert(tostring(task) and tostring(asyncio.current_task()))
  assert(#asyncio.all_tasks() == 2 and asyncio.all_tasks()[task])
  raises("does not support", task.set_result, task, 1)
  assert(task:cancel("m") and task:cancelling() == 1 and tostring(task))
  assert(task:uncancel() == 0)
  raises(asyncio.CancelledError, asyncio.await, task)
  assert(task:cancelled() and not task:cancel())
end)

inside("a task fails", function(asyncio)
  local task = asyncio.create_task(function()
    asyncio.await(asyncio.sleep(1))
    error("boom")
  end)
  raises("boom", asyncio.await, task)
  assert(task:exception() and tostring(task))
end)

inside("a task cancelled before it starts", function(asyncio)
  local task = asyncio.create_task(function() error("ran") end)
  task:cancel()
  raises(asyncio.CancelledError, asyncio.await, task)
end)

inside("cancellation runs clean-up", function(asyncio)
  local cleaned, failure = 0, nil
  local task = asyncio.create_task(function()
    local guard <close> = setmetatable({}, {__close = function(_, err)
      failure = err
      asyncio.await(asyncio.sleep(1))
      cleaned = cleaned + 1
    end})
    local ok, err = pcall(asyncio.await, asyncio.sleep(100))
    asyncio.await(asyncio.sleep(1))
    if not ok then error(err, 0) end
    return guard
  end)
  asyncio.await(asyncio.sleep(1))
  task:cancel("stop")
  local err = raises(asyncio.CancelledError, asyncio.await, task)
  if is_memory(failure) then error(failure, 0) end -- the cancellation took its place
  assert(err.message == "stop" and cleaned == 1)
end)

inside("a chain of tasks cancelled", function(asyncio, loop)
  local last = loop:create_future()
  for _ = 1, 12 do
    local previous = last
    last = asyncio.create_task(function() return asyncio.await(previous) end)
  end
  asyncio.await(asyncio.sleep(1))
  last:cancel("all")
  raises(asyncio.CancelledError, asyncio.await, last)
end)

inside("task factories", function(asyncio, loop)
  loop:set_task_factory(function(on, coro, opts)
    opts = opts or {}
    opts.loop = on
    return asyncio.Task(coro, opts)
  end)
  assert(loop:get_task_factory())
  assert(asyncio.await(asyncio.create_task(function() return 1 end, {name = "n"})) == 1)
  loop:set_task_factory(asyncio.eager_task_factory)
  local eager = asyncio.create_task(function() return 2 end)
  assert(eager:done() and eager:result() == 2)
  local waits = asyncio.create_task(function() return asyncio.await(asyncio.sleep(1, 3)) end)
  assert(asyncio.await(waits) == 3)
  loop:set_task_factory(nil)
end)

-- ---- waiting --------------------------------------------------------------

inside("sleep", function(asyncio)
  local a, b = asyncio.await(asyncio.sleep(1, "a", "b"))
  assert(a == "a" and b == "b")
  asyncio.await(asyncio.sleep(0))
  asyncio.await(asyncio.sleep(-1))
  local task = asyncio.create_task(asyncio.sleep(5))
  asyncio.await(asyncio.sleep(1))
  task:cancel()
  raises(asyncio.CancelledError, asyncio.await, task)
end)

inside("gather", function(asyncio)
  local sleep = asyncio.sleep
  local again = asyncio.create_task(sleep(1, "again"))
  local r = asyncio.await(asyncio.gather(sleep(2, "a"), again, function() end, again))
  assert(r.n == 4 and r[1] == "a" and r[2] == "again" and r[3] == nil and r[4] == "again")
  r = asyncio.await(asyncio.gather({sleep(0, 1), sleep(0, 2)}))
  assert(r[1] == 1 and r[2] == 2)
  local done = asyncio.gather()
  assert(done:done() and done:result().n == 0 and tostring(done))
end)

inside("gather, a child fails", function(asyncio)
  local function fails() error("boom", 0) end
  raises("boom", asyncio.await, asyncio.gather(fails, asyncio.sleep(1), fails))
  asyncio.await(asyncio.sleep(2))
end)

inside("gather, return_exceptions", function(asyncio)
  local function fails() error("boom", 0) end
  local r = asyncio.await(asyncio.gather(fails, function() return 2 end,
    {return_exceptions = true}))
  if is_memory(r[1]) then error(r[1], 0) end
  if is_memory(r[2]) then error(r[2], 0) end
  assert(r[1] == "boom" and r.exceptions[1] == "boom" and r[2] == 2)
  assert(r.exceptions[2] == nil)
end)

inside("gather, cancelled", function(asyncio)
  local task = asyncio.create_task(function()
    return asyncio.await(asyncio.gather(asyncio.sleep(5), asyncio.sleep(6)))
  end)
  asyncio.await(asyncio.sleep(1))
  task:cancel()
  raises(asyncio.CancelledError, asyncio.await, task)
end)

inside("shield", function(asyncio)
  assert(asyncio.await(asyncio.shield(asyncio.sleep(1, "s"))) == "s")
  raises("boom", asyncio.await, asyncio.shield(function()
    asyncio.await(asyncio.sleep(1))
    error("boom", 0)
  end))
  local inner = asyncio.create_task(asyncio.sleep(2, "in"))
  local outer = asyncio.create_task(function() return asyncio.await(asyncio.shield(inner)) end)
  asyncio.await(asyncio.sleep(1))
  outer:cancel()
  raises(asyncio.CancelledError, asyncio.await, outer)
  assert(asyncio.await(inner) == "in")
end)

inside("wait_for", function(asyncio)
  local await, sleep, wait_for = asyncio.await, asyncio.sleep, asyncio.wait_for
  assert(await(wait_for(sleep(1, "w"), 5)) == "w")
  assert(await(wait_for(sleep(1, "w"), nil)) == "w")
  assert(await(wait_for(function() return 1 end, 5)) == 1)
  assert(await(wait_for(asyncio.create_task(sleep(1, "t")), 5)) == "t")
end)

inside("wait_for, timed out", function(asyncio)
  local await, sleep, wait_for = asyncio.await, asyncio.sleep, asyncio.wait_for
  raises(asyncio.TimeoutError, await, wait_for(sleep(5), 1))
  raises(asyncio.TimeoutError, await, wait_for(sleep(5), 0))
  raises(asyncio.TimeoutError, await, wait_for(asyncio.create_task(sleep(5)), 1))
end)

inside("wait", function(asyncio, loop)
  local a = asyncio.create_task(asyncio.sleep(1, "a"))
  local b = asyncio.create_task(asyncio.sleep(2, "b"))
  local done, pending = asyncio.await(asyncio.wait({a, b},
    {return_when = asyncio.FIRST_COMPLETED}))
  assert(done[1] == a and done[a] and #done == 1 and pending[b] and #pending == 1)
  done, pending = asyncio.await(asyncio.wait({a, b}))
  assert(#done == 2 and #pending == 0)
  done, pending = asyncio.await(asyncio.wait({loop:create_future()}, {timeout = 1}))
  assert(#done == 0 and #pending == 1)
  local function fails() error("boom", 0) end
  local c = asyncio.create_task(fails)
  done = asyncio.await(asyncio.wait({c}, {return_when = asyncio.FIRST_EXCEPTION}))
  assert(done[c])
  raises("boom", c.result, c)
  raises("is empty", function() asyncio.await(asyncio.wait({})) end)
end)

inside("wait, cancelled", function(asyncio)
  local inner = asyncio.create_task(asyncio.sleep(5, "in"))
  local task = asyncio.create_task(asyncio.wait({inner}, {timeout = 4}))
  asyncio.await(asyncio.sleep(1))
  task:cancel()
  raises(asyncio.CancelledError, asyncio.await, task)
  assert(asyncio.await(inner) == "in")
end)

inside("as_completed", function(asyncio)
  local sleep, seen = asyncio.sleep, ""
  for co in asyncio.as_completed({sleep(2, "b"), sleep(1, "a")}) do
    seen = seen .. asyncio.await(co)
  end
  assert(seen == "ab")
end)

inside("as_completed, futures", function(asyncio)
  local a = asyncio.create_task(asyncio.sleep(2, "a"))
  local b = asyncio.create_task(asyncio.sleep(1, "b"))
  local seen = {}
  for task in asyncio.as_completed({a, b}):futures() do seen[#seen + 1] = task end
  assert(seen[1] == b and seen[2] == a and #seen == 2)
end)

inside("as_completed, timed out", function(asyncio)
  raises(asyncio.TimeoutError, function()
    for co in asyncio.as_completed({asyncio.sleep(5)}, {timeout = 1}) do
      asyncio.await(co)
    end
  end)
end)

-- ---- exceptions -----------------------------------------------------------

outside("exceptions", function(asyncio)
  local Mine = asyncio.TimeoutError:subclass("Mine")
  local err = Mine("too slow")
  assert(tostring(err) == "Mine: too slow" and err.message == "too slow")
  assert(asyncio.isinstance(err, asyncio.TimeoutError))
  assert(not asyncio.isinstance(5, Mine) and tostring(Mine))
  assert(tostring(asyncio.CancelledError()) == "CancelledError")
  raises(err, error, err)
end)

inside("error(nil)", function(asyncio)
  local task = asyncio.create_task(function() error() end)
  local err = raises(asyncio.Exception, asyncio.await, task)
  assert(err.message == "nil")
end)

-- ---- threads --------------------------------------------------------------

local function add(a, b) return a + b end

threaded("submit, tables and functions", function(_, _, executor)
  local list = {1, {2, name = "two"}, add}
  list.self = list
  local r = executor:submit(function(t) return t, t.self[3](1, 2) end, list):result()
  assert(r.self == r and r[2].name == "two")
end)

threaded("to_thread", function(asyncio, loop, executor)
  loop:set_default_executor(executor)
  local value = loop:run_until_complete(function()
    return asyncio.await(asyncio.to_thread(add, 1, 2))
  end)
  assert(value == 3)
end)

threaded("wrap_future, cancelled", function(asyncio, loop, executor)
  local future = asyncio.wrap_future(executor:submit(add, 1, 2), {loop = loop})
  future:cancel()
  assert(future:cancelled())
end)

threaded("a thread calls the loop", function(asyncio, loop, executor)
  loop:set_default_executor(executor)
  local function reply(x) return x + 1 end
  local value = loop:run_until_complete(function()
    return asyncio.await(asyncio.to_thread(function(home)
      return require("asyncio").run_coroutine_threadsafe(reply, home, 1):result()
    end, loop))
  end)
  assert(value == 2)
end)

outside("run_coroutine_threadsafe, in its own thread", function(asyncio, loop)
  local cf = asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "done"), loop)
  local value = loop:run_until_complete(function()
    return asyncio.await(asyncio.wrap_future(cf))
  end)
  assert(value == "done")
end)

-- ---- contexts, generators, coroutines -------------------------------------

inside("context variables", function(asyncio)
  local var = asyncio.ContextVar("v", {default = 0})
  local token = var:set(1)
  local task = asyncio.create_task(function() var:set(2) return var:get() end)
  assert(asyncio.await(task) == 2 and var:get() == 1)
  var:reset(token)
  local context = asyncio.copy_context()
  assert(context:run(function() var:set(3) return var:get() end) == 3)
  assert(var:get() == 0 and context[var] == 3)
end)

inside("generators", function(asyncio)
  local gen = asyncio.generator(function(yield, n)
    for i = 1, n do
      asyncio.await(asyncio.sleep(1))
      yield(i)
    end
  end)
  local sum = 0
  for i in gen(5) do
    sum = sum + i
    if i == 3 then break end
  end
  assert(sum == 6)
end)

inside("coroutines", function(asyncio)
  local co = asyncio.coroutine
  local next_value = co.wrap(function()
    asyncio.await(asyncio.sleep(1))
    co.yield("a")
    return "b"
  end)
  assert(next_value() == "a" and next_value() == "b")
end)

-- ---- scopes, locks, queues -------------------------------------------------

-- Calls fn; of a group that has failed raises the first error, if it is another
-- than the one expected.
local function ungrouped(asyncio, expected, fn)
  local ok, err = pcall(fn)
  if asyncio.isinstance(err, asyncio.ExceptionGroup) then
    err = err.exceptions[1]
  end
  if not ok and err ~= expected then error(err, 0) end
  return ok
end

inside("a task group", function(asyncio)
  local sum = 0
  ungrouped(asyncio, nil, function()
    local tg <close> = asyncio.TaskGroup()
    for i = 1, 3 do
      tg:spawn(function()
        asyncio.await(asyncio.sleep(i))
        sum = sum + i
      end)
    end
  end)
  assert(sum == 6)
end)

inside("a task group that fails", function(asyncio)
  local ok = ungrouped(asyncio, "mine", function()
    asyncio.with(asyncio.TaskGroup(), function(tg)
      tg:spawn(function() error("mine", 0) end)
      asyncio.await(asyncio.sleep(1))
    end)
  end)
  assert(not ok)
end)

inside("a timeout", function(asyncio)
  local ok, err = pcall(function()
    local _ <close> = asyncio.timeout(1)
    asyncio.await(asyncio.sleep(2))
  end)
  if not asyncio.isinstance(err, asyncio.TimeoutError) then error(err, 0) end
  assert(not ok)
  assert(asyncio.move_on_after(2, asyncio.await, asyncio.sleep(3)) == false)
end)

inside("locks", function(asyncio)
  local lock, event, log = asyncio.Lock(), asyncio.Event(), {}
  local function worker(name)
    asyncio.await(event:wait())
    local _ <close> = asyncio.await(lock:acquire())
    asyncio.await(asyncio.sleep(1))
    log[#log + 1] = name
  end
  local a, b = asyncio.spawn(worker, "a"), asyncio.spawn(worker, "b")
  asyncio.await(asyncio.sleep(0))
  event:set()
  asyncio.await(asyncio.gather(a, b))
  assert(log[1] == "a" and log[2] == "b" and not lock:locked())
end)

inside("a condition, a semaphore, a barrier", function(asyncio)
  local cond, sem, barrier = asyncio.Condition(), asyncio.Semaphore(1),
                             asyncio.Barrier(2)
  local ready = false
  local waiting = asyncio.spawn(function()
    asyncio.await(barrier:wait())
    local _ <close> = asyncio.await(cond:acquire())
    asyncio.await(cond:wait_for(function() return ready end))
    asyncio.await(sem:acquire())
    sem:release()
  end)
  asyncio.await(barrier:wait())
  asyncio.await(asyncio.sleep(0))
  asyncio.with(cond, function()
    ready = true
    cond:notify_all()
  end)
  asyncio.await(waiting)
  assert(not sem:locked() and not cond:locked())
end)

inside("queues", function(asyncio)
  local queue, sum = asyncio.Queue(1), 0
  local consumer = asyncio.spawn(function()
    for item in queue:iter() do
      sum = sum + item
      queue:task_done()
    end
  end)
  for i = 1, 3 do asyncio.await(queue:put(i)) end
  asyncio.await(queue:join())
  queue:shutdown()
  asyncio.await(consumer)
  assert(sum == 6)
end)

inside("the direct style", function(asyncio)
  local aio = require "asyncio.direct"
  assert(aio.sleep(1, "x") == "x")
  assert(aio.gather(function() return asyncio.current_task() ~= nil end)[1])
end)

inside("stacks and graphs", function(asyncio)
  local task = asyncio.create_task(asyncio.sleep(1))
  local outer = asyncio.gather(task)
  asyncio.await(asyncio.sleep(0))
  assert(#asyncio.format_call_graph(task) > 0 and task:get_stack())
  asyncio.await(outer)
end)

require "spec.fault.methods"

return scenarios
