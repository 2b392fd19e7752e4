-- Cancellation of tasks.
local asyncio = require "asyncio"
local support = require "spec.support"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep
local run_briefly, raises = support.run_briefly, support.raises
local CancelledError = asyncio.CancelledError

local function new_task(loop, coro, name)
  return asyncio.Task(coro, {loop = loop, name = name or "TestTask"})
end

local function says_cancelling(task)
  return tostring(task):find(" cancelling ", 1, true) ~= nil
end

local function waits(task)
  return tostring(task):find(" wait_for=<Future pending", 1, true) ~= nil
end

-- What cancel() is called with, and the message that must arrive.
local MESSAGES = {
  {name = "nothing", args = {n = 0}},
  {name = "nil", args = {n = 1}},
  {name = "a string", args = {"my message", n = 1}, want = "my message"},
  {name = "a number", args = {5, n = 1}, want = 5},
}

describe("test_tasks BaseTaskTests", function()
  local loop, start

  local function assert_elapsed(seconds)
    assert.near(seconds, loop:time() - start, 1e-8)
  end

  before_each(function()
    loop = support.new_loop()
    start = loop:time()
  end)
  after_each(support.close_loops)

  it("test_task_cancel_message_getter", function()
    local ran = false
    local t = new_task(loop, async(function() ran = true end)())
    t:cancel("my message")
    local err = raises(CancelledError, loop.run_until_complete, loop, t)
    assert.equal("my message", err.message)
    assert.is_false(ran)
  end)

  it("test_task_cancel_message_setter (adapted)", function()
    local t = new_task(loop, async(function() end)())
    t:cancel("my message")
    t:cancel("my new message")
    local err = raises(CancelledError, loop.run_until_complete, loop, t)
    assert.equal("my new message", err.message)
  end)

  it("test_cancelling", function()
    local t = new_task(loop, async(function() await(sleep(10)) end)())
    assert.equal(0, t:cancelling())
    assert.is_false(says_cancelling(t))
    assert.is_true(t:cancel())
    assert.equal(1, t:cancelling())
    assert.is_true(says_cancelling(t))
    assert.is_true(t:cancel())
    assert.equal(2, t:cancelling())

    raises(CancelledError, loop.run_until_complete, loop, t)
    assert.equal(2, t:cancelling())
    assert.is_false(t:cancel())
    assert.equal(2, t:cancelling())
    assert_elapsed(0)
  end)

  it("test_uncancel_basic", function()
    local events = {}
    local t = new_task(loop, async(function()
      local ok, err = pcall(await, sleep(10))
      events[#events + 1] = not ok and asyncio.isinstance(err, CancelledError)
      events[#events + 1] = asyncio.current_task():uncancel()
      await(sleep(10))
    end)())
    loop:run_until_complete(sleep(0.01))

    assert.is_true(t:cancel())
    assert.is_true(says_cancelling(t))
    assert.equal(1, t:cancelling())
    assert.is_false(t:cancelled())
    loop:run_until_complete(sleep(0.01))

    assert.is_false(says_cancelling(t))
    assert.equal(0, t:cancelling())
    assert.is_false(t:cancelled())
    assert.same({true, 0}, events)

    assert.is_true(t:cancel())
    assert.equal(1, t:cancelling())
    assert.is_false(t:cancelled())
    raises(CancelledError, loop.run_until_complete, loop, t)
    assert.is_true(t:cancelled())
    assert.is_true(t:done())

    assert.equal(0, t:uncancel())
    assert.equal(0, t:uncancel())
    assert.is_true(t:cancelled())
    assert.is_true(t:done())
    assert_elapsed(0.02)
  end)

  it("test_uncancel_structured_blocks", function()
    -- A hand-written timeout: it takes back its own request only, however the
    -- block ended, and swallows nothing but the CancelledError it asked for.
    local with_timeout = async(function(delay, timeout)
      local task = asyncio.current_task()
      local timed_out, finished = false, false
      local handle = task:get_loop():call_later(timeout, function()
        timed_out = true
        task:cancel()
      end)
      local ok, err = pcall(function()
        await(sleep(delay))
        finished = true
      end)
      handle:cancel()
      local ours = timed_out and task:uncancel() == 0 and
        asyncio.isinstance(err, CancelledError)
      if not ok and not ours then error(err, 0) end
      local before = loop:time()
      await(sleep(0))
      return timed_out, finished, before - start
    end)

    local t1 = new_task(loop, with_timeout(10, 0.1))
    local timed_out, finished, left_at = loop:run_until_complete(t1)
    assert.is_true(timed_out)
    assert.is_false(finished)
    assert.near(0.1, left_at, 1e-8)
    assert.equal(0, t1:cancelling())

    local t2 = new_task(loop, with_timeout(0, 10))
    timed_out, finished, left_at = loop:run_until_complete(t2)
    assert.is_false(timed_out)
    assert.is_true(finished)
    assert.near(0.1, left_at, 1e-8)
    assert.equal(0, t2:cancelling())
  end)

  it("test_uncancel_resets_must_cancel", function()
    local fut = loop:create_future()
    local task = new_task(loop, async(function()
      await(fut)
      return 42
    end)())
    loop:run_until_complete(sleep(0))
    fut:set_result(nil)
    task:cancel()
    assert.equal(1, task:cancelling())
    assert.equal(0, task:uncancel())
    assert.equal(0, task:cancelling())
    assert.equal(42, loop:run_until_complete(task))
  end)

  it("test_cancel", function()
    local t = new_task(loop, async(function()
      await(sleep(10))
      return 12
    end)())
    loop:call_soon(t.cancel, t)
    raises(CancelledError, loop.run_until_complete, loop, t)
    assert.is_true(t:done())
    assert.is_true(t:cancelled())
    assert.is_false(t:cancel())
    assert_elapsed(0)
  end)

  -- Cancels a sleeping task as `args` says, waits for it and has `read` ask it
  -- how it ended; the error must carry `want`, alone.
  local function message_round_trip(args, want, read, started)
    local inner
    local outer = new_task(loop, async(function()
      inner = new_task(loop, async(function() await(sleep(10)) end)())
      if started then await(sleep(0)) end
      inner:cancel(table.unpack(args, 1, args.n))
      await(asyncio.wait({inner}))
      inner[read](inner)
    end)())
    local err = raises(CancelledError, loop.run_until_complete, loop, outer)
    assert.equal(want, err.message)
    assert.is_nil(err.cause)
    assert.is_true(inner:cancelled())
    assert.is_true(outer:cancelled())
    assert.equal(0, outer:cancelling())
  end

  for _, case in ipairs(MESSAGES) do
    it("test_cancel_with_message_then_future_result with " .. case.name, function()
      message_round_trip(case.args, case.want, "result", true)
    end)

    it("test_cancel_with_message_then_future_exception with " .. case.name, function()
      message_round_trip(case.args, case.want, "exception", true)
    end)
  end

  it("test_cancel_with_message_before_starting_task", function()
    message_round_trip({"my message", n = 1}, "my message", "exception", false)
  end)

  it("test_cancellation_exception_context (adapted)", function()
    local fut = loop:create_future()
    local task = new_task(loop, async(function()
      local inner = new_task(loop, async(function()
        fut:set_result(nil)
        await(sleep(10))
      end)())
      await(fut)
      loop:call_soon(inner.cancel, inner, "msg")
      local ok, err = pcall(await, inner)
      assert.is_false(ok)
      local failure = asyncio.Exception("cancelled")
      failure.cause = err
      error(failure)
    end)())
    local err = raises(asyncio.Exception, loop.run_until_complete, loop, task)
    assert.equal("cancelled", err.message)
    assert.is_true(asyncio.isinstance(err.cause, CancelledError))
    assert.equal("msg", err.cause.message)
    assert.is_nil(err.cause.cause)
  end)

  it("test_cancel_yield", function()
    local steps = 0
    local t = new_task(loop, async(function()
      steps = 1
      await(sleep(0))
      steps = 2
      await(sleep(0))
      steps = 3
      return 12
    end)())
    run_briefly(loop)
    t:cancel()
    raises(CancelledError, loop.run_until_complete, loop, t)
    assert.is_true(t:done())
    assert.is_true(t:cancelled())
    assert.is_false(t:cancel())
    assert.equal(2, steps)
  end)

  it("test_cancel_inner_future", function()
    local f = loop:create_future()
    local t = new_task(loop, async(function()
      await(f)
      return 12
    end)())
    run_briefly(loop)
    f:cancel()
    raises(CancelledError, loop.run_until_complete, loop, t)
    assert.is_true(f:cancelled())
    assert.is_true(t:cancelled())
    assert.equal(0, t:cancelling())
  end)

  it("test_cancel_both_task_and_inner_future", function()
    local f = loop:create_future()
    local caught = 0
    local t = new_task(loop, async(function()
      local ok, err = pcall(await, f)
      caught = caught + 1
      assert.is_false(ok)
      error(err, 0)
    end)())
    run_briefly(loop)
    f:cancel()
    t:cancel()
    raises(CancelledError, loop.run_until_complete, loop, t)
    assert.equal(1, caught)
    assert.is_true(t:done())
    assert.is_true(f:cancelled())
    assert.is_true(t:cancelled())
  end)

  it("test_cancel_task_catching", function()
    local fut1, fut2 = loop:create_future(), loop:create_future()
    local t = new_task(loop, async(function()
      await(fut1)
      local ok, err = pcall(await, fut2)
      if not ok and asyncio.isinstance(err, CancelledError) then return 42 end
    end)())
    run_briefly(loop)
    assert.is_true(waits(t))
    fut1:set_result(nil)
    run_briefly(loop)
    assert.is_true(waits(t))
    t:cancel()
    assert.is_true(fut2:cancelled())
    assert.equal(42, loop:run_until_complete(t))
    assert.is_false(t:cancelled())
    assert.equal(1, t:cancelling())
  end)

  it("test_cancel_task_ignoring", function()
    local fut1, fut2, fut3 = loop:create_future(), loop:create_future(), loop:create_future()
    local events = {}
    local t = new_task(loop, async(function()
      await(fut1)
      events[#events + 1] = "fut1"
      local ok, err = pcall(await, fut2)
      events[#events + 1] = not ok and asyncio.isinstance(err, CancelledError) and "cancelled"
      return await(fut3)
    end)())
    run_briefly(loop)
    assert.same({}, events)
    fut1:set_result(nil)
    run_briefly(loop)
    assert.same({"fut1"}, events)
    t:cancel()
    assert.is_true(fut2:cancelled())
    run_briefly(loop)
    assert.same({"fut1", "cancelled"}, events)
    assert.is_true(waits(t))
    fut3:set_result(42)
    assert.equal(42, loop:run_until_complete(t))
    assert.is_false(fut3:cancelled())
    assert.is_false(t:cancelled())
  end)

  it("test_cancel_current_task", function()
    local t
    t = new_task(loop, async(function()
      t:cancel()
      assert.is_true(says_cancelling(t))
      await(sleep(100))
      return 12
    end)())
    assert.is_false(t:cancelled())
    raises(CancelledError, loop.run_until_complete, loop, t)
    assert.is_true(t:done())
    assert.is_true(t:cancelled())
    assert.is_false(t:cancel())
    assert_elapsed(0)
  end)

  it("test_cancel_at_end", function()
    local t
    t = new_task(loop, async(function()
      t:cancel("at the end")
      return 12
    end)())
    assert.is_false(t:cancelled())
    local err = raises(CancelledError, loop.run_until_complete, loop, t)
    assert.equal("at the end", err.message)
    assert.is_true(t:done())
    assert.is_true(t:cancelled())
    assert.is_false(t:cancel())
  end)

  it("test_cancel_awaited_task", function()
    local fut = loop:create_future()
    local task, nested
    local at_once
    task = new_task(loop, async(function()
      nested = new_task(loop, async(function() await(fut) end)())
      await(sleep(0))
      task:cancel()
      loop:call_soon(function() at_once = fut:cancelled() end)
      await(nested)
    end)())
    raises(CancelledError, loop.run_until_complete, loop, task)
    assert.is_true(at_once)
    assert.is_true(task:cancelled())
    assert.is_true(nested:cancelled())
    assert.is_true(fut:cancelled())
  end)

  it("test_task_cancel_sleeping_task", function()
    local doer = async(function()
      local sleeper = new_task(loop, async(function() await(sleep(5000)) end)())
      loop:call_later(0.1, sleeper.cancel, sleeper)
      local ok, err = pcall(await, sleeper)
      if ok then return "slept in" end
      return asyncio.isinstance(err, CancelledError) and "cancelled"
    end)
    assert.equal("cancelled", loop:run_until_complete(doer()))
    assert_elapsed(0.1)
  end)

  it("test_task_cancel_waiter_future", function()
    local fut = loop:create_future()
    local task = new_task(loop, async(function() await(fut) end)())
    run_briefly(loop)
    assert.is_true(waits(task))

    task:cancel()
    assert.is_true(fut:cancelled())
    run_briefly(loop)
    raises(CancelledError, loop.run_until_complete, loop, task)
    assert.is_nil(tostring(task):find("wait_for", 1, true))
    assert.is_true(fut:cancelled())
  end)

  it("test_baseexception_during_cancel (adapted)", function()
    local base = asyncio.SystemExit()
    local sleeper = async(function() await(sleep(10)) end)
    local task = new_task(loop, async(function()
      local ok, err = pcall(await, sleeper())
      if not ok and asyncio.isinstance(err, CancelledError) then error(base) end
    end)())
    run_briefly(loop)

    task:cancel()
    assert.is_false(task:done())
    local err = raises(asyncio.SystemExit, run_briefly, loop)
    assert.is_true(rawequal(base, err))
    assert.is_true(task:done())
    assert.is_false(task:cancelled())
    assert.is_true(rawequal(base, task:exception()))
    assert.is_false(loop:is_running())
    assert_elapsed(0)
  end)

  it("test_yield_future_passes_cancel", function()
    local waiter = loop:create_future()
    local events = {}
    local function note(where, err)
      events[#events + 1] = where .. (asyncio.isinstance(err, CancelledError) and
        " cancelled" or " something else")
    end
    local inner = async(function()
      local ok, err = pcall(await, waiter)
      assert.is_false(ok)
      note("inner", err)
      error(err, 0)
    end)
    local outer = async(function()
      local ok, err = pcall(await, inner())
      assert.is_false(ok)
      note("outer", err)
    end)
    local f = asyncio.ensure_future(outer(), {loop = loop})
    run_briefly(loop)
    f:cancel()
    loop:run_until_complete(f)
    assert.same({"inner cancelled", "outer cancelled"}, events)
    assert.is_true(waiter:cancelled())
    assert.is_false(f:cancelled())
  end)

  it("test_yield_wait_does_not_shield_cancel", function()
    local waiter = loop:create_future()
    local events = {}
    local child
    local inner = async(function()
      await(waiter)
      events[#events + 1] = "inner"
    end)
    local f = asyncio.ensure_future(async(function()
      child = asyncio.create_task(inner())
      await(asyncio.wait({child}))
      events[#events + 1] = "outer"
    end)(), {loop = loop})
    run_briefly(loop)
    f:cancel()
    raises(CancelledError, loop.run_until_complete, loop, f)
    assert.is_false(child:done())
    assert.equal(0, child:cancelling())
    waiter:set_result(nil)
    run_briefly(loop)
    assert.same({"inner"}, events)
    assert.is_true(child:done())
  end)

  it("test_tb_logger_not_called_after_cancel", function()
    local reports = support.record_reports(loop)
    local fail = async(function() error(asyncio.Exception("broken")) end)
    loop:run_until_complete(function()
      local task = new_task(loop, fail())
      await(sleep(0.05))
      assert.is_true(task:done())
      assert.is_false(task:cancel())
    end)
    support.gc_collect()
    loop:close()
    assert.same({}, reports)
  end)
end)
