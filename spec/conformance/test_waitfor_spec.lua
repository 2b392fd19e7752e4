-- CPython's test_waitfor in Lua, on the virtual clock: what a wait with a
-- limit returns, raises and cancels, and when.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep, wait_for = asyncio.await, asyncio.sleep, asyncio.wait_for
local CancelledError, TimeoutError = asyncio.CancelledError, asyncio.TimeoutError

local EPSILON = 0.0001
local LONG = 300

-- The body of a test, run as the main task of a loop of its own. It gets the
-- loop and a function that says how much time has passed.
local function in_loop(body)
  return function()
    local loop = support.new_loop()
    local reports = support.record_reports(loop)
    local begin = loop:time()
    loop:run_until_complete(function()
      body(loop, function() return loop:time() - begin end)
    end)
    assert.same({}, reports)
  end
end

local function assert_time(expected, actual)
  assert.near(expected, actual, 1e-6)
end

-- Something to clean up, as `finally` does.
local function finally(fn)
  return setmetatable({}, {__close = fn})
end

-- A task body that takes its time and ignores every request to stop.
local TASK_TIMEOUT = 0.2

local function slow_task(loop)
  local self = {exited = false, refused = 0}
  function self.run()
    local exit_at = loop:time() + TASK_TIMEOUT
    while true do
      local to_sleep = exit_at - loop:time()
      if to_sleep <= 0 then break end
      local ok, err = pcall(await, sleep(to_sleep))
      if not ok then
        if not asyncio.isinstance(err, CancelledError) then error(err, 0) end
        self.refused = self.refused + 1
      end
    end
    self.exited = true
    return "slow"
  end
  return self
end

describe("test_waitfor AsyncioWaitForTest", function()
  after_each(support.close_loops)

  it("test_asyncio_wait_for_cancelled waits for a task that ignores it",
    in_loop(function(loop, elapsed)
      local slow = slow_task(loop)
      local waiting = asyncio.create_task(wait_for(slow.run, TASK_TIMEOUT * 2))
      await(sleep(0))
      waiting:cancel()
      await(asyncio.wait({waiting}))

      assert.is_true(slow.exited)
      assert.equal(1, slow.refused)
      assert_time(TASK_TIMEOUT, elapsed())
      assert.is_false(waiting:cancelled())
      assert.equal("slow", waiting:result())
      assert.equal(1, waiting:cancelling())
    end))

  it("test_asyncio_wait_for_timeout waits for a task that ignores it",
    in_loop(function(loop, elapsed)
      local slow = slow_task(loop)
      assert.equal("slow", await(wait_for(slow.run, TASK_TIMEOUT / 2)))
      assert.is_true(slow.exited)
      assert.equal(1, slow.refused)
      assert_time(TASK_TIMEOUT, elapsed())
      assert.equal(0, asyncio.current_task():cancelling())
    end))

  it("test_wait_for_timeout_less_then_0_or_0_future_done returns the result",
    in_loop(function(loop, elapsed)
      for _, timeout in ipairs {0, -1} do
        local events = {}
        local fut = loop:create_future()
        fut:set_result("done", nil, 3)
        loop:call_soon(function() events[#events + 1] = "tick" end)
        local ret = table.pack(await(wait_for(fut, timeout)))
        events[#events + 1] = "returned"
        assert.same({"done", nil, 3, n = 3}, ret)
        assert.is_true(fut:done())
        await(sleep(0))
        assert.same({"returned", "tick"}, events)
      end
      assert_time(0, elapsed())
    end))

  it("test_wait_for_timeout_less_then_0_or_0_coroutine_do_not_started",
    in_loop(function()
      for _, timeout in ipairs {0, -1} do
        local foo_started = false
        local function foo() foo_started = true end
        support.raises(TimeoutError, await, wait_for(foo, timeout))
        await(sleep(0))
        assert.is_false(foo_started)
      end
    end))

  it("test_wait_for_timeout_less_then_0_or_0 cancels first and then raises",
    in_loop(function(loop, elapsed)
      for _, timeout in ipairs {0, -1} do
        local events = {}
        local foo_running
        local started = loop:create_future()

        local function foo()
          foo_running = true
          started:set_result()
          local _ <close> = finally(function()
            foo_running = false
            events[#events + 1] = "finally"
          end)
          await(sleep(10))
          return "done"
        end

        local fut = asyncio.create_task(foo)
        await(started)
        assert.is_true(foo_running)
        support.raises(TimeoutError, await, wait_for(fut, timeout))
        events[#events + 1] = "timeout"

        assert.is_true(fut:done())
        assert.is_true(fut:cancelled())
        assert.is_false(foo_running)
        assert.same({"finally", "timeout"}, events)
      end
      assert_time(0, elapsed())
    end))

  it("test_wait_for cancels the task when the time is up",
    in_loop(function(_, elapsed)
      local events = {}
      local foo_running

      local function foo()
        foo_running = true
        events[#events + 1] = "begin"
        local _ <close> = finally(function()
          foo_running = false
          events[#events + 1] = "finally"
        end)
        await(sleep(LONG))
        return "done"
      end

      local fut = asyncio.create_task(foo)
      support.raises(TimeoutError, await, wait_for(fut, 0.1))
      events[#events + 1] = "timeout"
      assert.is_true(fut:done())
      assert.is_true(fut:cancelled())
      assert.is_false(foo_running)
      assert.same({"begin", "finally", "timeout"}, events)
      assert_time(0.1, elapsed())
      assert.equal(0, asyncio.current_task():cancelling())
    end))

  it("test_wait_for_blocking has no limit with a timeout of nil",
    in_loop(function(_, elapsed)
      local function coro() return "done" end
      assert.equal("done", await(wait_for(coro, nil)))
      assert.equal("done", await(wait_for(coro, math.huge)))
      local bound = asyncio.async(function(...)
        await(sleep(LONG))
        return "done", ...
      end)
      assert.same({"done", nil, 2, n = 3},
        table.pack(await(wait_for(bound(nil, 2), nil))))
      assert_time(LONG, elapsed())
    end))

  it("test_wait_for_race_condition returns a result set in time",
    in_loop(function(loop, elapsed)
      local fut = loop:create_future()
      local waiting = wait_for(fut, 0.2)
      loop:call_soon(fut.set_result, fut, "ok")
      assert.equal("ok", await(waiting))
      assert_time(0, elapsed())
      await(sleep(1))
      assert.is_false(fut:cancelled())
    end))

  it("test_wait_for_cancellation_race_condition returns what swallowed the cancel",
    in_loop(function(_, elapsed)
      local function inner()
        support.raises(CancelledError, await, sleep(1))
        return 1
      end
      assert.equal(1, await(wait_for(inner, 0.01)))
      assert_time(0.01, elapsed())
      assert.equal(0, asyncio.current_task():cancelling())
    end))

  it("test_wait_for_waits_for_task_cancellation and its slow clean-up",
    in_loop(function(_, elapsed)
      local events = {}

      local function inner()
        local _ <close> = finally(function()
          events[#events + 1] = "finally"
        end)
        local err = support.raises(CancelledError, await, sleep(10))
        events[#events + 1] = "cancelled"
        await(sleep(EPSILON))
        error(err, 0)
      end

      local inner_task = asyncio.create_task(inner)
      local err = support.raises(TimeoutError, await, wait_for(inner_task, EPSILON))
      events[#events + 1] = "timeout"
      assert.same({"cancelled", "finally", "timeout"}, events)
      assert.is_true(asyncio.isinstance(err.cause, CancelledError))
      assert.is_true(inner_task:cancelled())
      assert_time(2 * EPSILON, elapsed())
    end))

  it("test_wait_for_waits_for_task_cancellation_w_timeout_0 and its slow clean-up",
    in_loop(function(_, elapsed)
      local events = {}

      local function foo()
        local function inner()
          local _ <close> = finally(function()
            events[#events + 1] = "finally"
          end)
          local err = support.raises(CancelledError, await, sleep(10))
          events[#events + 1] = "cancelled"
          await(sleep(EPSILON))
          error(err, 0)
        end

        local inner_task = asyncio.create_task(inner)
        await(sleep(EPSILON))
        await(wait_for(inner_task, 0))
      end

      local err = support.raises(TimeoutError, await, foo)
      events[#events + 1] = "timeout"
      assert.same({"cancelled", "finally", "timeout"}, events)
      assert.is_true(asyncio.isinstance(err.cause, CancelledError))
      assert_time(2 * EPSILON, elapsed())
    end))

  it("test_wait_for_reraises_exception_during_cancellation instead of TimeoutError",
    in_loop(function(_, elapsed)
      local FooException = asyncio.Exception:subclass("FooException")
      local raised = FooException("foo")

      local function foo()
        local function inner()
          local _ <close> = finally(function() error(raised, 0) end)
          await(sleep(0.2))
        end
        await(wait_for(asyncio.create_task(inner), EPSILON))
      end

      assert.is_true(rawequal(raised, support.raises(FooException, await, foo)))
      assert_time(EPSILON, elapsed())
      assert.equal(0, asyncio.current_task():cancelling())
    end))

  local function check_cancel_wait_for(timeout)
    return in_loop(function(loop, elapsed)
      local events = {}
      local function noted(name, aw)
        return function()
          events[#events + 1] = name .. " begins"
          local _, err = pcall(await, aw)
          events[#events + 1] = name .. " " .. tostring(err)
          error(err, 0)
        end
      end

      local never = loop:create_future()
      local task = asyncio.create_task(noted("task", never))
      local waiting = asyncio.create_task(noted("wait", wait_for(task, timeout)))
      loop:call_soon(function()
        events[#events + 1] = "cancel"
        waiting:cancel("enough")
      end)

      support.raises(CancelledError, await, waiting)
      events[#events + 1] = "main"
      assert.is_true(task:cancelled())
      assert.is_true(waiting:cancelled())
      assert.is_true(never:cancelled())
      assert.same({
        "task begins", "wait begins", "cancel",
        "task CancelledError: enough", "wait CancelledError: enough", "main",
      }, events)
      assert_time(0, elapsed())
    end)
  end

  it("test_cancel_blocking_wait_for cancels the task", check_cancel_wait_for(nil))

  it("test_cancel_wait_for cancels the task", check_cancel_wait_for(60.0))

  it("test_wait_for_cancel_suppressed returns the value of the inner body",
    in_loop(function(_, elapsed)
      local function return_42()
        support.raises(CancelledError, await, sleep(10))
        return 42
      end
      assert.equal(42, await(wait_for(return_42, 0.1)))
      assert_time(0.1, elapsed())
    end))

  it("test_wait_for_issue86296 does not swallow a cancel in the tick of the result",
    in_loop(function(_, elapsed)
      local events = {}

      local inner_task = asyncio.create_task(function()
        events[#events + 1] = "inner"
        return "done"
      end)

      local task = asyncio.create_task(function()
        events[#events + 1] = "wait_for"
        await(wait_for(inner_task, 100))
        events[#events + 1] = "after wait_for"
        await(sleep(1))
        events[#events + 1] = "end"
      end)
      assert.is_false(task:done())
      await(sleep(0))
      events[#events + 1] = "cancel"
      assert.is_true(inner_task:done())
      assert.is_true(task:cancel())
      support.raises(CancelledError, await, task)
      events[#events + 1] = "main"
      assert.is_true(task:cancelled())
      assert.is_true(inner_task:done())
      assert.equal("done", await(inner_task))
      assert.same({"inner", "wait_for", "after wait_for", "cancel", "main"}, events)
      assert_time(0, elapsed())
    end))
end)

describe("test_waitfor WaitForShieldTests", function()
  after_each(support.close_loops)

  it("test_zero_timeout cancels the shield and not what it shields",
    in_loop(function(_, elapsed)
      local events = {}
      local task = asyncio.create_task(function()
        events[#events + 1] = "begin"
        await(sleep(0.01))
        events[#events + 1] = "end"
        return "done"
      end)
      local shielded = asyncio.shield(task)
      support.raises(TimeoutError, await, wait_for(shielded, 0))
      events[#events + 1] = "timeout"

      assert.is_false(task:done())
      assert.is_false(task:cancelled())
      assert.is_true(shielded:cancelled())
      assert_time(0, elapsed())

      await(sleep(0.1))
      assert.is_true(task:done())
      assert.equal("done", task:result())
      assert.same({"begin", "timeout", "end"}, events)
    end))

  it("test_none_timeout lets the shielded task finish",
    in_loop(function(_, elapsed)
      local task = asyncio.create_task(function()
        await(sleep(0.1))
        return "done"
      end)
      assert.equal("done", await(wait_for(asyncio.shield(task), nil)))
      assert.is_true(task:done())
      assert.equal("done", await(task))
      assert_time(0.1, elapsed())
    end))

  it("test_shielded_timeout leaves the inner task running",
    in_loop(function(_, elapsed)
      local task = asyncio.create_task(function()
        await(sleep(0.1))
        return "done"
      end)
      support.raises(TimeoutError, await, wait_for(asyncio.shield(task), 0.01))
      assert_time(0.01, elapsed())
      assert.is_false(task:done())
      assert.is_false(task:cancelled())
      assert.equal("done", await(task))
      assert_time(0.1, elapsed())
    end))
end)
