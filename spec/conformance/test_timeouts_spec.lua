-- CPython's test_timeouts in Lua, on the virtual clock. Lua has no chains of
-- errors other than `cause`; on this clock no time passes while a task runs, so
-- a busy loop is one where two deadlines are met in one tick.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep
local timeout, timeout_at = asyncio.timeout, asyncio.timeout_at
local raises = support.raises
local CancelledError, TimeoutError = asyncio.CancelledError, asyncio.TimeoutError
local isinstance = asyncio.isinstance

local MyError = asyncio.Exception:subclass("MyError")

-- The body of a test, run as the main task of a loop of its own. It gets the
-- loop and a function that says how much time has passed. `cancelling` is the
-- count of requests that it leaves behind.
local function in_loop(body, cancelling)
  return function()
    local loop = support.new_loop()
    local reports = support.record_reports(loop)
    local begin = loop:time()
    loop:run_until_complete(function()
      body(loop, function() return loop:time() - begin end)
      assert.equal(cancelling or 0, asyncio.current_task():cancelling())
      await(sleep(1000))
    end)
    assert.same({}, reports)
  end
end

-- Something to clean up, as `finally` does.
local function finally(fn)
  return setmetatable({}, {__close = fn})
end

local function assert_time(expected, actual)
  assert.near(expected, actual, 1e-6)
end

-- The function must raise TimeoutError, and for a cancellation.
local function times_out(fn, ...)
  local err = raises(TimeoutError, fn, ...)
  assert.is_true(isinstance(err.cause, CancelledError))
  return err
end

describe("test_timeouts TimeoutTests", function()
  after_each(support.close_loops)

  it("test_timeout_basic raises when the time is up", in_loop(function(_, elapsed)
    local cm
    times_out(function()
      local t <close> = timeout(0.01)
      cm = t
      assert.is_false(t:expired())
      await(sleep(10))
    end)
    assert.is_true(cm:expired())
    assert_time(0.01, elapsed())
  end))

  it("test_timeout_at_basic raises at the deadline", in_loop(function(loop, elapsed)
    await(sleep(5))
    local deadline = loop:time() + 0.01
    local cm
    times_out(function()
      local t <close> = timeout_at(deadline)
      cm = t
      await(sleep(10))
    end)
    assert.is_true(cm:expired())
    assert.equal(deadline, cm:when())
    assert_time(5.01, elapsed())
  end))

  it("test_nested_timeouts of one deadline: the outermost raises",
    in_loop(function(loop)
      local deadline = loop:time() + 0.01
      local cancelled = false
      local cm1, cm2
      times_out(function()
        local t1 <close> = timeout_at(deadline)
        cm1 = t1
        local err = raises(CancelledError, function()
          local t2 <close> = timeout_at(deadline)
          cm2 = t2
          await(sleep(10))
        end)
        cancelled = true
        error(err, 0)
      end)
      assert.is_true(cancelled)
      assert.is_true(cm1:expired())
      assert.is_true(cm2:expired())
    end))

  it("test_waiter_cancelled sees a cancellation in the body", in_loop(function()
    local cancelled = false
    times_out(function()
      local _ <close> = timeout(0.01)
      local err = raises(CancelledError, await, sleep(10))
      cancelled = true
      error(err, 0)
    end)
    assert.is_true(cancelled)
  end))

  it("test_timeout_not_called leaves a body that ends in time",
    in_loop(function(loop, elapsed)
      local cm
      do
        local t <close> = timeout(10)
        cm = t
        await(sleep(0.01))
      end
      assert.is_false(cm:expired())
      assert.is_true(cm:when() > loop:time())
      assert_time(0.01, elapsed())
    end))

  for _, case in ipairs {
    {name = "test_timeout_disabled never raises without a limit", make = timeout},
    {name = "test_timeout_at_disabled never raises without a deadline", make = timeout_at},
  } do
    it(case.name, in_loop(function(_, elapsed)
      local cm
      do
        local t <close> = case.make(nil)
        cm = t
        await(sleep(0.01))
      end
      assert.is_false(cm:expired())
      assert.is_nil(cm:when())
      assert_time(0.01, elapsed())
    end))
  end

  for _, case in ipairs {
    {name = "test_timeout_zero raises for a long sleep", delay = 0, sleep = 10},
    {name = "test_timeout_zero_sleep_zero raises for a sleep of 0", delay = 0, sleep = 0},
    {name = "test_timeout_in_the_past_sleep_zero raises for a sleep of 0",
     delay = -11, sleep = 0},
  } do
    it(case.name, in_loop(function(loop, elapsed)
      await(sleep(100))
      local t0 = loop:time()
      local cm
      times_out(function()
        local t <close> = timeout(case.delay)
        cm = t
        await(sleep(case.sleep))
      end)
      assert.is_true(cm:expired())
      assert_time(t0 + case.delay, cm:when())
      assert_time(100, elapsed())
    end))
  end

  it("test_foreign_exception_passed and stops the clock", in_loop(function()
    local cm
    local raised = MyError("mine")
    local err = raises(MyError, function()
      local t <close> = timeout(0.01)
      cm = t
      error(raised, 0)
    end)
    assert.is_true(rawequal(raised, err))
    assert.is_false(cm:expired())
  end))

  it("test_timeout_exception_context (adapted): the cause is the cancellation",
    in_loop(function(_, elapsed)
      local seen
      local err = times_out(function()
        local _ <close> = timeout(0.01)
        local _ <close> = finally(function(_, err)
          seen = err
          await(sleep(1))
        end)
        error(MyError("first"), 0)
      end)
      assert.is_true(isinstance(seen, MyError))
      assert.is_nil(err.cause.cause)
      assert_time(0.01, elapsed())
    end))

  it("test_foreign_exception_on_timeout (adapted) passes as it is", in_loop(function()
    local raised = MyError("in cleanup")
    local cm, seen
    local err = raises(MyError, function()
      local t <close> = timeout(0.01)
      cm = t
      local _ <close> = finally(function(_, err)
        seen = err
        error(raised, 0)
      end)
      await(sleep(1))
    end)
    assert.is_true(rawequal(raised, err))
    assert.is_true(isinstance(seen, CancelledError))
    assert.is_nil(err.cause)
    assert.is_true(cm:expired())
  end))

  it("test_foreign_exception_on_timeout_2 (adapted) passes through every clean-up",
    in_loop(function()
      local classes = {}
      local function noted(fn)
        return finally(function(_, err)
          classes[#classes + 1] = err.name
          fn()
        end)
      end
      local raised = MyError("last")
      local err = raises(MyError, function()
        local _ <close> = timeout(0.01)
        local _ <close> = noted(function() error(raised, 0) end)
        local _ <close> = noted(function() error(asyncio.QueueFull(), 0) end)
        local _ <close> = noted(function() await(sleep(1)) end)
        error(asyncio.QueueEmpty(), 0)
      end)
      assert.is_true(rawequal(raised, err))
      assert.same({"QueueEmpty", "CancelledError", "QueueFull"}, classes)
    end))

  it("test_foreign_cancel_doesnt_timeout_if_not_expired", in_loop(function()
    local cm
    raises(CancelledError, function()
      local t <close> = timeout(10)
      cm = t
      asyncio.current_task():cancel()
      await(sleep(10))
    end)
    assert.is_false(cm:expired())
  end, 1))

  it("test_outer_task_is_not_cancelled", in_loop(function()
    local task = asyncio.create_task(function()
      times_out(function()
        local _ <close> = timeout(0.001)
        await(sleep(10))
      end)
    end)
    await(task)
    assert.is_false(task:cancelled())
    assert.is_true(task:done())
    assert.equal(0, task:cancelling())
  end))

  it("test_nested_timeouts_concurrent: the outer one ends first",
    in_loop(function(_, elapsed)
      local inner
      times_out(function()
        local _ <close> = timeout(0.002)
        local err = raises(CancelledError, function()
          local t <close> = timeout(0.1)
          inner = t
          await(sleep(1))
        end)
        error(err, 0)
      end)
      assert.is_false(inner:expired())
      assert_time(0.002, elapsed())
    end))

  it("test_nested_timeouts_loop_busy: the inner one ends first",
    in_loop(function(_, elapsed)
      local at
      times_out(function()
        local _ <close> = timeout(0.1)
        times_out(function()
          local _ <close> = timeout(0.01)
          await(sleep(1))
        end)
        at = elapsed()
        await(sleep(10))
      end)
      assert_time(0.01, at)
      assert_time(0.1, elapsed())
    end))

  it("test_nested_timeouts_loop_busy: both end in one tick, the inner one first",
    in_loop(function(loop, elapsed)
      local inner
      times_out(function()
        local outer <close> = timeout(nil)
        local err = raises(CancelledError, function()
          local t <close> = timeout_at(loop:time() + 0.1)
          inner = t
          outer:reschedule(t:when())
          await(sleep(1))
        end)
        assert.is_true(inner:expired())
        error(err, 0)
      end)
      assert_time(0.1, elapsed())
    end))

  it("test_reschedule moves the deadline, or takes it away",
    in_loop(function(loop, elapsed)
      local fut = loop:create_future()
      local deadline1 = loop:time() + 10
      local deadline2 = deadline1 + 20

      local task = asyncio.create_task(function()
        local t <close> = timeout_at(deadline1)
        fut:set_result(t)
        await(sleep(50))
      end)
      local cm = await(fut)

      assert.equal(deadline1, cm:when())
      cm:reschedule(deadline2)
      assert.equal(deadline2, cm:when())
      await(sleep(25))
      assert.is_false(task:done())
      cm:reschedule(nil)
      assert.is_nil(cm:when())
      await(sleep(10))
      task:cancel()

      raises(CancelledError, await, task)
      assert.is_false(cm:expired())
      assert_time(35, elapsed())
    end))

  it("test_repr_active", in_loop(function()
    local t <close> = timeout(10)
    assert.matches("^<Timeout %[active%] when=%d+%.%d*>$", tostring(t))
  end))

  it("test_repr_expired", in_loop(function()
    local cm
    times_out(function()
      local t <close> = timeout(0.01)
      cm = t
      await(sleep(10))
    end)
    assert.equal("<Timeout [expired]>", tostring(cm))
  end))

  it("test_repr_finished", in_loop(function()
    local cm
    do
      local t <close> = timeout(10)
      cm = t
      await(sleep(0))
    end
    assert.equal("<Timeout [finished]>", tostring(cm))
  end))

  it("test_repr_disabled", in_loop(function()
    local t <close> = timeout(nil)
    assert.matches("^<Timeout %[active%] when=[Nn]%w+>$", tostring(t))
  end))

  it("test_nested_timeout_in_finally (adapted): each has a cause of its own",
    in_loop(function(_, elapsed)
      local inner, seen
      local outer = times_out(function()
        local _ <close> = timeout(0.01)
        local _ <close> = finally(function(_, err)
          seen = err
          inner = times_out(function()
            local _ <close> = timeout(0.01)
            await(sleep(10))
          end)
        end)
        await(sleep(1))
      end)
      assert.is_true(rawequal(seen, outer.cause))
      assert.is_nil(outer.cause.cause)
      assert.is_nil(inner.cause.cause)
      assert.is_false(rawequal(inner.cause, outer.cause))
      assert_time(0.02, elapsed())
    end))

  it("test_timeout_after_cancellation works in the clean-up", in_loop(function()
    asyncio.current_task():cancel()
    raises(CancelledError, await, sleep(1))
    times_out(function()
      local _ <close> = timeout(0.0)
      await(sleep(1))
    end)
  end, 1))

  it("test_cancel_in_timeout_after_cancellation raises CancelledError",
    in_loop(function(_, elapsed)
      asyncio.current_task():cancel()
      raises(CancelledError, await, sleep(1))
      raises(CancelledError, function()
        local _ <close> = timeout(1.0)
        asyncio.current_task():cancel()
        await(sleep(2))
      end)
      assert_time(0, elapsed())
    end, 2))

  it("test_timeout_already_entered raises", in_loop(function()
    local ran = false
    asyncio.with(timeout(0.01), function(t)
      raises("Timeout has already been entered", asyncio.with, t,
             function() ran = true end)
    end)
    assert.is_false(ran)
  end))

  it("test_timeout_double_enter raises", in_loop(function()
    local ran = false
    local t = timeout(0.01)
    asyncio.with(t, function() end)
    raises("Timeout has already been entered", asyncio.with, t,
           function() ran = true end)
    assert.is_false(ran)
  end))

  it("test_timeout_finished cannot be moved", in_loop(function()
    local cm
    do
      local t <close> = timeout(0.01)
      cm = t
    end
    raises("Cannot change state of finished Timeout$", cm.reschedule, cm, 0.02)
  end))

  it("test_timeout_expired cannot be moved", in_loop(function()
    local cm
    times_out(function()
      local t <close> = timeout(0.01)
      cm = t
      await(sleep(1))
    end)
    raises("Cannot change state of expired Timeout$", cm.reschedule, cm, 0.02)
  end))

  it("test_timeout_expiring cannot be moved, nor raises for what was stopped",
    in_loop(function()
      local cm
      do
        local t <close> = timeout(0.01)
        cm = t
        raises(CancelledError, await, sleep(1))
        raises("Cannot change state of expiring Timeout$", t.reschedule, t, 0.02)
        assert.equal("<Timeout [expiring]>", tostring(t))
        assert.is_true(t:expired())
      end
      assert.is_true(cm:expired())
    end))

  it("test_timeout_without_task raises", in_loop(function(loop)
    local errors = {}
    for i, make in ipairs {timeout, timeout_at} do
      loop:call_soon(function() errors[i] = select(2, pcall(make, 0.01)) end)
    end
    await(sleep(0))
    for i = 1, 2 do
      assert.matches("Timeout should be used inside a task", errors[i])
    end
  end))

  it("test_timeout_taskgroup (adapted): a group inside raises what failed",
    in_loop(function(_, elapsed)
      local cm, seen
      local raised = MyError("crash in cleanup")
      local group = raises(asyncio.ExceptionGroup, function()
        local t <close> = timeout(0.01)
        cm = t
        local tg <close> = asyncio.TaskGroup()
        tg:create_task(function()
          local _ <close> = finally(function() error(raised, 0) end)
          await(sleep(2))
        end)
        local _ <close> = finally(function(_, err)
          seen = err
          await(sleep(1))
        end)
        error(asyncio.QueueEmpty(), 0)
      end)
      assert.is_true(isinstance(seen, asyncio.QueueEmpty))
      assert.equal(1, #group.exceptions)
      assert.is_true(rawequal(raised, group.exceptions[1]))
      assert.is_nil(raised.cause)
      assert.is_true(cm:expired())
      assert_time(0.01, elapsed())
    end))
end)
