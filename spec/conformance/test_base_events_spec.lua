-- The loop: callbacks and timers, running and stopping, exception handlers and
-- task factories.
local asyncio = require "asyncio"
local support = require "spec.support"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep
local run_briefly, run_once, raises = support.run_briefly, support.run_once, support.raises

local function noop() end

-- A callback that notes its first argument in `events`.
local function noter(events)
  return function(what) events[#events + 1] = what end
end

-- Runs fn with a file in place of io.stderr; returns what was written.
local function stderr_of(fn)
  local file, saved = assert(io.tmpfile()), io.stderr
  rawset(io, "stderr", file)
  local ok, err = pcall(fn)
  rawset(io, "stderr", saved)
  file:seek("set")
  local text = file:read("a")
  file:close()
  if not ok then error(err, 0) end
  return text
end

describe("test_base_events BaseEventLoopTests", function()
  local loop, start

  local function assert_elapsed(seconds)
    assert.near(seconds, loop:time() - start, 1e-8)
  end

  before_each(function()
    loop = support.new_loop()
    start = loop:time()
  end)
  after_each(support.close_loops)

  it("test_close", function()
    assert.is_false(loop:is_closed())
    loop:close()
    assert.is_true(loop:is_closed())

    loop:close()
    loop:close()
    assert.is_true(loop:is_closed())

    local f = loop:create_future()
    raises("Event loop is closed", loop.run_forever, loop)
    raises("Event loop is closed", loop.run_until_complete, loop, f)
    raises("Event loop is closed", loop.call_soon, loop, noop)
    raises("Event loop is closed", loop.call_later, loop, 1, noop)
    raises("Event loop is closed", loop.call_at, loop, 1, noop)
  end)

  it("test__add_callback_handle", function()
    local events = {}
    local note = noter(events)
    loop:call_later(0.001, note, "timer")
    loop:call_soon(note, "ready")
    run_once(loop)
    assert.same({"ready"}, events)
    assert_elapsed(0)
    loop:run_until_complete(sleep(0.01))
    assert.same({"ready", "timer"}, events)
  end)

  it("test__add_callback_cancelled_handle", function()
    local events = {}
    local note = noter(events)
    local h = loop:call_soon(note, "cancelled before")
    h:cancel()
    assert.is_true(h:cancelled())
    local later
    loop:call_soon(function() later:cancel() end)
    later = loop:call_soon(note, "cancelled in the same tick")
    loop:call_soon(note, "kept")
    run_once(loop)
    run_once(loop)
    assert.same({"kept"}, events)
    h:cancel()
    assert.is_true(h:cancelled())
  end)

  it("test_call_soon", function()
    local got
    local h = loop:call_soon(function(...) got = table.pack(...) end, 1, nil, "x", nil)
    assert.matches("^<Handle ", tostring(h))
    assert.is_false(h:cancelled())
    assert.is_nil(got)
    run_once(loop)
    assert.same({1, nil, "x", nil, n = 4}, got)
    got = nil
    run_once(loop)
    assert.is_nil(got)
  end)

  it("test_call_soon_non_callable", function()
    raises("a callable object was expected by call_soon%(%), got 1",
      loop.call_soon, loop, 1)
    raises("a callable object was expected by call_later%(%), got 1",
      loop.call_later, loop, 60, 1)
    raises("a callable object was expected by call_at%(%), got 1",
      loop.call_at, loop, start + 60, 1)
  end)

  it("test_call_later", function()
    local events = {}
    local h = loop:call_later(10, noter(events), "timer")
    assert.matches("^<TimerHandle ", tostring(h))
    assert.near(start + 10, h:when(), 1e-8)
    assert.is_false(h:cancelled())
    run_once(loop)
    assert.same({}, events)
    loop:run_until_complete(sleep(9.5))
    assert.same({}, events)
    loop:run_until_complete(sleep(1))
    assert.same({"timer"}, events)
    raises("delay must not be None", loop.call_later, loop, nil, noop)
    raises("number expected, got string", loop.call_later, loop, "soon", noop)
    raises("NaN", loop.call_later, loop, 0 / 0, noop)
  end)

  it("test_call_later_negative_delays", function()
    local events = {}
    local note = noter(events)
    loop:call_later(-1, note, "a")
    loop:call_later(-2, note, "b")
    run_briefly(loop)
    assert.same({"b", "a"}, events)
    assert_elapsed(0)
  end)

  it("test_time_and_call_at", function()
    local real = support.new_loop({clock = "real"})
    local t0 = real:time()
    local h = real:call_at(t0 + 0.02, real.stop, real)
    assert.near(t0 + 0.02, h:when(), 1e-6)
    real:run_forever()
    local dt = real:time() - t0
    assert.is_true(dt >= 0.02)
    assert.is_true(dt < 5)
    raises("when cannot be None", real.call_at, real, nil, noop)
    raises("number expected, got string", real.call_at, real, "noon", noop)
  end)

  it("test__run_once", function()
    local h1 = loop:call_later(5, function() error("cancelled") end)
    loop:call_later(10, loop.stop, loop)
    h1:cancel()
    local ticks = 0
    local fut = loop:create_future()
    loop:call_later(7, function()
      ticks = ticks + 1
      fut:set_result(loop:time() - start)
    end)
    assert.near(7, loop:run_until_complete(fut), 1e-8)
    loop:run_forever()
    assert_elapsed(10)
    assert.equal(1, ticks)
  end)

  it("test_set_debug", function()
    loop:set_debug(true)
    assert.is_true(loop:get_debug())
    loop:set_debug(false)
    assert.is_false(loop:get_debug())
  end)

  it("test__run_once_schedule_handle", function()
    local events = {}
    local note = noter(events)
    loop:call_later(-1, function()
      note("timer")
      loop:call_soon(note, "scheduled by the timer")
    end)
    loop:call_soon(note, "ready")
    run_once(loop)
    assert.same({"ready", "timer"}, events)
    run_once(loop)
    assert.same({"ready", "timer", "scheduled by the timer"}, events)
  end)

  it("test__run_once_cancelled_event_cleanup", function()
    -- A timer that stays ahead of the cancelled ones keeps them off the top.
    local events = {}
    local note = noter(events)
    loop:call_later(3000, note, "first")
    local alive = setmetatable({}, {__mode = "k"})
    local function cancelled_timer(delay)
      local function callback() note("cancelled") end
      alive[callback] = true
      loop:call_later(delay, callback):cancel()
    end
    for _ = 1, 2 do cancelled_timer(3600) end
    for _ = 1, 2 do cancelled_timer(100) end
    for _ = 1, 49 do loop:call_later(3600, note, "kept") end
    for _ = 1, 200 do cancelled_timer(3600) end
    run_once(loop)
    support.gc_collect()
    assert.is_nil(next(alive))

    loop:run_until_complete(sleep(4000))
    local want = {"first"}
    for i = 2, 50 do want[i] = "kept" end
    assert.same(want, events)
    assert_elapsed(4000)
  end)

  it("test_run_until_complete_type_error", function()
    raises("An asyncio.Future, a coroutine or an awaitable is required",
      loop.run_until_complete, loop, "blah")
    assert.is_false(loop:is_running())
  end)

  it("test_run_until_complete_loop", function()
    local fut = loop:create_future()
    local other = support.new_loop()
    raises("The future belongs to a different loop than the one specified " ..
      "as the loop argument", other.run_until_complete, other, fut)
  end)

  it("test_run_until_complete_loop_orphan_future_close_loop (adapted)", function()
    local stopper = asyncio.SystemExit("stop the show")
    local foo = async(function(delay)
      await(sleep(delay))
      return delay
    end)
    loop:call_soon(function() error(stopper) end)
    local err = raises(asyncio.SystemExit, loop.run_until_complete, loop, foo(0.1))
    assert.is_true(rawequal(stopper, err))
    assert.is_false(loop:is_running())
    -- The abandoned foo(0.1) ends first, and must not stop the loop.
    assert.equal(0.2, loop:run_until_complete(foo(0.2)))
    assert_elapsed(0.2)
  end)

  -- A callback that fails, having told `fut` that it ran.
  local function zero_error(fut)
    fut:set_result(true)
    error("divided by zero")
  end

  it("test_default_exc_handler_callback", function()
    for _, schedule in ipairs {
      function(...) return loop:call_soon(...) end,
      function(...) return loop:call_later(0.01, ...) end,
    } do
      local fut = loop:create_future()
      local text = stderr_of(function()
        schedule(zero_error, fut)
        fut:add_done_callback(function() loop:stop() end)
        loop:run_forever()
      end)
      assert.is_true(fut:result())
      assert.matches("Exception in callback", text, 1, true)
      assert.matches("divided by zero", text, 1, true)
      local _, count = text:gsub("Exception in callback", "")
      assert.equal(1, count)
    end
  end)

  it("test_default_exc_handler_coro", function()
    local zero_error_coro = async(function()
      await(sleep(0.01))
      error("divided by zero")
    end)
    local function start_it()
      local fut = asyncio.ensure_future(zero_error_coro(), {loop = loop})
      fut:add_done_callback(function() loop:stop() end)
    end
    local text = stderr_of(function()
      start_it()
      loop:run_forever()
      support.gc_collect()
      run_briefly(loop)
    end)
    assert.matches("Task exception was never retrieved", text, 1, true)
    assert.matches("divided by zero", text, 1, true)
  end)

  it("test_set_exc_handler_invalid", function()
    raises("A callable object or %w+ is expected, got 'spam'",
      loop.set_exception_handler, loop, "spam")
    assert.is_nil(loop:get_exception_handler())
  end)

  it("test_set_exc_handler_custom", function()
    local function failing() error("divided by zero") end
    local function run_loop()
      local handle = loop:call_soon(failing)
      run_once(loop)
      return handle
    end

    assert.is_nil(loop:get_exception_handler())
    local calls = {}
    local function handler(...) calls[#calls + 1] = table.pack(...) end
    loop:set_exception_handler(handler)
    assert.equal(handler, loop:get_exception_handler())
    local handle = run_loop()
    assert.equal(1, #calls)
    assert.equal(2, calls[1].n)
    assert.equal(loop, calls[1][1])
    local context = calls[1][2]
    assert.matches("^Exception in callback ", context.message)
    assert.matches("divided by zero", context.exception, 1, true)
    assert.equal(handle, context.handle)

    loop:set_exception_handler(nil)
    assert.is_nil(loop:get_exception_handler())
    local text = stderr_of(run_loop)
    assert.matches("Exception in callback", text, 1, true)
    assert.matches("divided by zero", text, 1, true)
    assert.equal(1, #calls)
  end)

  it("test_set_exc_handler_broken", function()
    local ran = false
    loop:set_exception_handler(function() error("spam") end)
    local text = stderr_of(function()
      loop:call_soon(function() error("divided by zero") end)
      loop:call_soon(function() ran = true end)
      run_once(loop)
    end)
    assert.matches("Unhandled error in exception handler", text, 1, true)
    assert.matches("spam", text, 1, true)
    assert.is_true(ran)
  end)

  it("test_default_exc_handler_broken (adapted)", function()
    -- An error whose text cannot be had breaks the default handler.
    local broken = asyncio.Exception(
      setmetatable({}, {__tostring = function() error("ham") end}))
    local function run_loop()
      local ran = false
      local text = stderr_of(function()
        loop:call_soon(function() error(broken) end)
        loop:call_soon(function() ran = true end)
        run_once(loop)
      end)
      assert.is_true(ran)
      return text
    end
    assert.matches("Exception in default exception handler", run_loop(), 1, true)

    local seen
    loop:set_exception_handler(function(_, context)
      seen = context.exception
      error(broken)
    end)
    assert.matches("Exception in default exception handler while handling " ..
      "an unexpected error in custom exception handler", run_loop(), 1, true)
    assert.is_true(rawequal(broken, seen))
  end)

  it("test_set_task_factory_invalid", function()
    raises("task factory must be a callable or %w+", loop.set_task_factory, loop, 1)
    assert.is_nil(loop:get_task_factory())
  end)

  -- A task factory that makes tasks on its own and lists them.
  local function listing_factory(made)
    return function(l, coro, opts)
      local task = asyncio.Task(coro, {loop = l, name = opts and opts.name})
      made[#made + 1] = task
      return task
    end
  end

  it("test_set_task_factory", function()
    local coro = async(noop)
    local made = {}
    local factory = listing_factory(made)

    assert.is_nil(loop:get_task_factory())
    loop:set_task_factory(factory)
    assert.equal(factory, loop:get_task_factory())
    local task = loop:create_task(coro())
    assert.same({task}, made)
    loop:run_until_complete(task)

    loop:set_task_factory(nil)
    assert.is_nil(loop:get_task_factory())
    task = loop:create_task(coro())
    assert.is_true(asyncio.isfuture(task))
    assert.equal(1, #made)
    loop:run_until_complete(task)
  end)

  it("test_create_task", function()
    local made = {}
    loop:set_task_factory(listing_factory(made))
    local task = asyncio.ensure_future(async(noop)(), {loop = loop})
    assert.same({task}, made)
    loop:run_until_complete(task)
  end)

  it("test_create_task_error_closes_coro", function()
    local other = support.new_loop()
    local reports = support.record_reports(other)
    other:close()
    local co = coroutine.create(noop)
    raises("Event loop is closed", asyncio.ensure_future, co, {loop = other})
    assert.equal("dead", coroutine.status(co))
    support.gc_collect()
    assert.same({}, reports)
  end)

  it("test_create_named_task_with_default_factory", function()
    local task = loop:create_task(async(noop)(), {name = "test_task"})
    assert.equal("test_task", task:get_name())
    loop:run_until_complete(task)
  end)

  it("test_create_named_task_with_custom_factory", function()
    local made = {}
    loop:set_task_factory(listing_factory(made))
    local task = loop:create_task(async(noop)(), {name = "test_task"})
    assert.same({task}, made)
    assert.equal("test_task", task:get_name())
    loop:run_until_complete(task)
  end)

  it("test_run_forever_keyboard_interrupt (adapted)", function()
    local reports = support.record_reports(loop)
    local interrupt = asyncio.KeyboardInterrupt()
    local coro = async(function() error(interrupt) end)
    local err = raises(asyncio.KeyboardInterrupt, loop.run_until_complete, loop, coro())
    assert.is_true(rawequal(interrupt, err))
    loop:close()
    support.gc_collect()
    assert.same({}, reports)
  end)

  it("test_run_until_complete_baseexception (adapted)", function()
    local coro = async(function() error(asyncio.KeyboardInterrupt()) end)
    raises(asyncio.KeyboardInterrupt, loop.run_until_complete, loop, coro())

    local called = false
    local function func()
      loop:stop()
      called = true
    end
    loop:call_soon(loop.call_soon, loop, func)
    loop:run_forever()
    assert.is_true(called)
  end)

  it("test_run_once", function()
    local count = 0
    loop:call_soon(function() count = count + 1 end)
    run_once(loop)
    assert.equal(1, count)
  end)

  it("test_run_forever_pre_stopped", function()
    local events = {}
    local note = noter(events)
    loop:call_later(60, note, "timer")
    loop:call_soon(function()
      note("ready")
      loop:call_soon(note, "one tick later")
    end)
    loop:stop()
    loop:run_forever()
    assert.same({"ready"}, events)
    assert_elapsed(0)

    loop:run_until_complete(sleep(100))
    assert.same({"ready", "one tick later", "timer"}, events)
    assert_elapsed(100)
  end)
end)

describe("test_base_events BaseEventLoopWithSelectorTests", function()
  after_each(support.close_loops)

  it("test_call_coroutine (adapted)", function()
    -- Objects only: that a coroutine function is refused is for debug mode.
    local loop = support.new_loop()
    for _, coro in ipairs {async(noop)(), sleep(0), coroutine.create(noop)} do
      raises("call_soon%(%)", loop.call_soon, loop, coro)
      raises("call_later%(%)", loop.call_later, loop, 60, coro)
      raises("call_at%(%)", loop.call_at, loop, loop:time() + 60, coro)
    end
  end)
end)

describe("test_base_events RunningLoopTests", function()
  after_each(support.close_loops)

  it("test_running_loop_within_a_loop", function()
    local loop, outer = support.new_loop(), support.new_loop()
    local runner = async(function(inner) inner:run_forever() end)
    raises("Cannot run the event loop while another loop is running",
      outer.run_until_complete, outer, runner(loop))
    assert.is_false(loop:is_running())
    assert.is_false(outer:is_running())
  end)
end)
