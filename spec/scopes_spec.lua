-- Scopes: TaskGroup, timeout, move_on_after, in both forms and under every
-- ending; what is left out of order or in another task; ExceptionGroup. What
-- CPython's own tests say is in spec/conformance.
local asyncio = require "asyncio"
local support = require "spec.support"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep
local create_task, current_task = asyncio.create_task, asyncio.current_task
local TaskGroup, timeout, timeout_at = asyncio.TaskGroup, asyncio.timeout, asyncio.timeout_at
local ExceptionGroup, isinstance = asyncio.ExceptionGroup, asyncio.isinstance
local CancelledError, TimeoutError = asyncio.CancelledError, asyncio.TimeoutError
local raises = support.raises

local MyError = asyncio.Exception:subclass("MyError")
local OtherError = asyncio.Exception:subclass("OtherError")

-- Both forms of a scope: what the value is given to.
local FORMS = {
  {
    name = "as a <close> variable",
    is_close = true,
    run = function(scope, fn, ...)
      local s <close> = scope
      return fn(s, ...)
    end,
  },
  {
    name = "by asyncio.with",
    run = function(scope, fn, ...) return asyncio.with(scope, fn, ...) end,
  },
}

-- The body of a test, run as the main task of a loop of its own. It gets the
-- loop and a function that says how much time has passed. Afterwards no task but
-- the main one is left, nothing is reported, no timer or request of a scope
-- interrupts, and `cancelling` requests are left: by default none.
local function in_loop(body, cancelling)
  return function()
    local loop = support.new_loop()
    local reports = support.record_reports(loop)
    local begin = loop:time()
    loop:run_until_complete(function()
      body(loop, function() return loop:time() - begin end)
      local task = current_task()
      assert.equal(cancelling or 0, task:cancelling())
      assert.same({task}, {table.unpack(asyncio.all_tasks())})
      await(sleep(1000))
    end)
    support.finalize()
    support.run_once(loop)
    assert.same({}, reports)
  end
end

-- Runs fn as a task of its own, so that it can be cancelled.
local function start(fn, ...) return create_task(async(fn)(...)) end

-- Something to clean up, as `finally` does.
local function finally(fn)
  return setmetatable({}, {__close = fn})
end

local function fails_after(delay, err)
  return function()
    if delay then await(sleep(delay)) end
    error(err, 0)
  end
end

-- Waits; when it is cancelled it notes so, takes its time, and stops; or raises
-- `err` instead.
local function stoppable(log, name, opts)
  opts = opts or {}
  return function()
    local ok, err = pcall(await, sleep(opts.delay or 100))
    if ok then
      log[#log + 1] = name .. " ended"
      return
    end
    assert.is_true(isinstance(err, CancelledError))
    log[#log + 1] = name
    if opts.cleanup then
      await(sleep(opts.cleanup))
      log[#log + 1] = name .. " cleaned up"
    end
    error(opts.err or err, 0)
  end
end

local function assert_time(expected, actual)
  assert.near(expected, actual, 1e-6)
end

-- Calls fn(...), which must raise a group of just these values, in this order.
local function raises_group(errors, fn, ...)
  local group = raises(ExceptionGroup, fn, ...)
  assert.equal("unhandled errors in a TaskGroup", group.message)
  assert.equal(#errors, #group.exceptions)
  for i, err in ipairs(errors) do
    assert.is_true(rawequal(err, group.exceptions[i]))
  end
  return group
end

-- Calls fn(...), which must raise a group of one thing; returns that.
local function raises_group_of_one(class, fn, ...)
  local group = raises(ExceptionGroup, fn, ...)
  assert.equal(1, #group.exceptions)
  local inner = group.exceptions[1]
  assert.is_true(isinstance(inner, class))
  return inner
end

-- Calls fn(...), which must raise this very value.
local function raises_value(err, fn, ...)
  local res = table.pack(pcall(fn, ...))
  assert.is_false(res[1])
  assert.is_true(rawequal(err, res[2]))
end

after_each(support.close_loops)

for _, form in ipairs(FORMS) do
  local scope = form.run

  describe("a group " .. form.name, function()
    it("gives the body the group and its arguments, and returns its results",
      in_loop(function(_, elapsed)
        local group
        local tg = TaskGroup()
        local res = table.pack(scope(tg, function(...)
          local args = table.pack(...)
          group = args[1]
          group:create_task(sleep(1))
          return args.n, args[2], nil, args[4], nil
        end, "a", nil, "c"))
        assert.is_true(rawequal(tg, group))
        assert.same({4, "a", nil, "c", nil, n = 5}, res)
        assert_time(1, elapsed())
      end))

    it("ends with its tasks when nothing fails", in_loop(function(_, elapsed)
      local log = {}
      scope(TaskGroup(), function(tg)
        tg:create_task(stoppable(log, "a", {delay = 2}))
        tg:create_task(stoppable(log, "b", {delay = 1}))
        await(sleep(0.5))
        log[#log + 1] = "body ended"
      end)
      assert.same({"body ended", "b ended", "a ended"}, log)
      assert_time(2, elapsed())
    end))

    it("raises an error of its body, and never runs what has not begun",
      in_loop(function(_, elapsed)
        local err, log = MyError("body"), {}
        local task
        raises_group({err}, scope, TaskGroup(), function(tg)
          task = tg:create_task(stoppable(log, "a"))
          error(err, 0)
        end)
        assert.is_true(task:cancelled())
        assert.same({}, log)
        assert_time(0, elapsed())
      end))

    it("raises an error of its body when what has begun has stopped",
      in_loop(function(_, elapsed)
        local err, log = MyError("body"), {}
        raises_group({err}, scope, TaskGroup(), function(tg)
          tg:create_task(stoppable(log, "a"))
          tg:create_task(stoppable(log, "b", {cleanup = 2}))
          await(sleep(1))
          error(err, 0)
        end)
        assert.same({"a", "b", "b cleaned up"}, log)
        assert_time(3, elapsed())
      end))

    it("raises an error of a task, and interrupts its body", in_loop(function(_, elapsed)
      local err, log = MyError("task"), {}
      raises_group({err}, scope, TaskGroup(), function(tg)
        tg:create_task(stoppable(log, "a"))
        tg:create_task(fails_after(1, err))
        stoppable(log, "body")()
      end)
      assert.same({"a", "body"}, log)
      assert_time(1, elapsed())
    end))

    it("raises an error of a task after the end of its body", in_loop(function(_, elapsed)
      local err, log = MyError("task"), {}
      raises_group({err}, scope, TaskGroup(), function(tg)
        tg:create_task(stoppable(log, "a", {cleanup = 1}))
        tg:create_task(fails_after(1, err))
      end)
      assert.same({"a", "a cleaned up"}, log)
      assert_time(2, elapsed())
    end))

    it("raises errors of tasks in the order of failure, that of its body last",
      in_loop(function()
        local e = {}
        for i = 1, 4 do e[i] = MyError(i) end
        raises_group({e[1], e[2], e[3], e[4]}, scope, TaskGroup(), function(tg)
          tg:create_task(stoppable({}, "late", {cleanup = 1, err = e[3]}))
          tg:create_task(fails_after(1, e[1]))
          tg:create_task(fails_after(1, e[2]))
          stoppable({}, "body", {err = e[4]})()
        end)
      end))

    it("cancels what would fail a tick later", in_loop(function()
      local first, second = MyError(1), MyError(2)
      local late
      raises_group({first}, scope, TaskGroup(), function(tg)
        tg:create_task(fails_after(1, first))
        late = tg:create_task(function()
          await(sleep(1))
          await(sleep(0))
          await(sleep(0))
          error(second, 0)
        end)
      end)
      assert.is_true(late:cancelled())
    end))

    it("keeps every value that can be raised", in_loop(function()
      local values = {"a string", false, 42, {}, print, setmetatable({}, {
        __tostring = function() error("no text") end,
        __eq = function() error("no comparing") end,
      })}
      raises_group(values, scope, TaskGroup(), function(tg)
        for i = 1, #values - 1 do tg:create_task(fails_after(1, values[i])) end
        pcall(await, sleep(10))
        error(values[#values], 0)
      end)
      for _, value in ipairs(values) do
        raises_group({value}, scope, TaskGroup(), function() error(value, 0) end)
      end
    end))

    it("has an exception for a task that raises nil", in_loop(function()
      local err = raises_group_of_one(asyncio.Exception, scope, TaskGroup(), function(tg)
        tg:create_task(fails_after(1, nil))
      end)
      assert.equal("nil", err.message)
    end))

    it("adds the position of an error in its body, as error does", in_loop(function()
      local group = raises(ExceptionGroup, scope, TaskGroup(), function() error("oops") end)
      assert.matches("scopes_spec.lua:%d+: oops$", group.exceptions[1])
    end))

    it("does not mind a task that is cancelled, or that awaits what is cancelled",
      in_loop(function(loop, elapsed)
        local t1, t2, t3
        scope(TaskGroup(), function(tg)
          t1 = tg:create_task(sleep(10))
          local fut = loop:create_future()
          t2 = tg:create_task(function() await(fut) end)
          t3 = tg:create_task(sleep(2))
          await(sleep(1))
          t1:cancel()
          fut:cancel()
        end)
        assert.is_true(t1:cancelled())
        assert.is_true(t2:cancelled())
        assert.is_false(t3:cancelled())
        assert_time(2, elapsed())
      end))

    it("keeps the result of a task that stopped its cancellation", in_loop(function()
      local task
      raises(ExceptionGroup, scope, TaskGroup(), function(tg)
        task = tg:create_task(function()
          pcall(await, sleep(10))
          return "kept", nil
        end)
        tg:create_task(fails_after(1, MyError()))
      end)
      assert.same({"kept", nil, n = 2}, table.pack(task:result()))
    end))

    it("waits for what its tasks add while it waits", in_loop(function(_, elapsed)
      local log = {}
      scope(TaskGroup(), function(tg)
        tg:create_task(function()
          await(sleep(1))
          tg:spawn(function(delay)
            await(sleep(delay))
            tg:create_task(stoppable(log, "last", {delay = 1}))
          end, 1)
        end)
      end)
      assert.same({"last ended"}, log)
      assert_time(3, elapsed())
    end))

    it("goes on when its body stops the cancellation, and raises at the end",
      in_loop(function(_, elapsed)
        local err, log = MyError(), {}
        local task = current_task()
        raises_group({err}, scope, TaskGroup(), function(tg)
          tg:create_task(fails_after(1, err))
          raises(CancelledError, await, sleep(10))
          log[1] = task:cancelling()
          raises("is shutting down$", tg.create_task, tg, sleep(1))
          await(sleep(5))
          log[2] = task:cancelling()
        end)
        assert.same({1, 1}, log)
        assert_time(6, elapsed())
      end))

    it("never begins in a task that was cancelled before", in_loop(function()
      local log = {}
      local runner = start(function()
        log[1] = "began"
        scope(TaskGroup(), function() end)
      end)
      runner:cancel()
      raises(CancelledError, await, runner)
      assert.same({}, log)
    end))

    it("is cancelled by a request made before it", in_loop(function(_, elapsed)
      local log = {}
      local child
      local runner = start(function()
        current_task():cancel("before")
        scope(TaskGroup(), function(tg)
          child = tg:create_task(stoppable(log, "child"))
          stoppable(log, "body")()
        end)
      end)
      local err = raises(CancelledError, await, runner)
      assert.equal("before", err.message)
      assert.same({"body", "child"}, log)
      assert.is_true(child:cancelled())
      assert.equal(1, runner:cancelling())
      assert_time(0, elapsed())
    end))

    it("is cancelled by a request made before it, at its end", in_loop(function(_, elapsed)
      local log = {}
      local runner = start(function()
        current_task():cancel("before")
        scope(TaskGroup(), function(tg)
          tg:create_task(stoppable(log, "child", {cleanup = 1}))
          log[1] = "body"
        end)
      end)
      local err = raises(CancelledError, await, runner)
      assert.equal("before", err.message)
      assert.same({"body", "child", "child cleaned up"}, log)
      assert_time(1, elapsed())
    end))

    it("is cancelled in its body", in_loop(function(_, elapsed)
      local log = {}
      local runner = start(function()
        scope(TaskGroup(), function(tg)
          tg:create_task(stoppable(log, "child", {cleanup = 1}))
          stoppable(log, "body", {cleanup = 2})()
        end)
      end)
      await(sleep(1))
      runner:cancel("enough")
      local err = raises(CancelledError, await, runner)
      assert.equal("enough", err.message)
      assert.same({"body", "body cleaned up", "child", "child cleaned up"}, log)
      assert.is_true(runner:cancelled())
      assert.equal(1, runner:cancelling())
      assert_time(4, elapsed())
    end))

    it("is cancelled while it waits, and waits on", in_loop(function(_, elapsed)
      local log = {}
      local runner = start(function()
        scope(TaskGroup(), function(tg)
          tg:create_task(stoppable(log, "a", {cleanup = 2}))
          tg:create_task(stoppable(log, "b"))
        end)
      end)
      await(sleep(1))
      runner:cancel("enough")
      local err = raises(CancelledError, await, runner)
      assert.equal("enough", err.message)
      assert.same({"a", "b", "a cleaned up"}, log)
      assert.equal(1, runner:cancelling())
      assert_time(3, elapsed())
    end))

    it("cancels its tasks once, however often it is cancelled", in_loop(function(_, elapsed)
      local log = {}
      local child
      local runner = start(function()
        scope(TaskGroup(), function(tg)
          child = tg:create_task(stoppable(log, "child", {cleanup = 5}))
        end)
      end)
      for _ = 1, 3 do
        await(sleep(1))
        runner:cancel()
      end
      raises(CancelledError, await, runner)
      assert.same({"child", "child cleaned up"}, log)
      assert.equal(1, child:cancelling())
      assert.equal(3, runner:cancelling())
      assert_time(6, elapsed())
    end))

    it("cancels its tasks once, whatever fails while they stop", in_loop(function(_, elapsed)
      for _, ending in ipairs {"error of a task", "error of the body", "cancel"} do
        local err, log = MyError("cleanup"), {}
        local child
        local runner = start(function()
          scope(TaskGroup(), function(tg)
            tg:create_task(stoppable({}, "fails", {cleanup = 1, err = err}))
            child = tg:create_task(stoppable(log, "child", {cleanup = 2}))
            if ending == "error of a task" then tg:create_task(fails_after(1, err)) end
            await(sleep(ending == "error of the body" and 1 or 100))
            error(err, 0)
          end)
        end)
        await(sleep(1))
        if ending == "cancel" then runner:cancel() end
        local group = raises(ExceptionGroup, await, runner)
        assert.equal(ending == "cancel" and 1 or 2, #group.exceptions)
        assert.same({"child", "child cleaned up"}, log)
        assert.equal(1, child:cancelling())
      end
      assert_time(9, elapsed())
    end))

    it("is not touched by a request made after it", in_loop(function()
      local log = {}
      local tg
      local runner = start(function()
        scope(TaskGroup(), function(g)
          tg = g
          g:create_task(stoppable(log, "child", {delay = 1}))
        end)
        stoppable(log, "runner")()
      end)
      await(sleep(2))
      runner:cancel()
      raises(CancelledError, await, runner)
      assert.same({"child ended", "runner"}, log)
      assert.equal("<TaskGroup entered>", tostring(tg))
    end))

    it("raises what fails in a cancellation, which goes on at the next await",
      in_loop(function(_, elapsed)
        local err, log = MyError("cleanup"), {}
        local runner = start(function()
          raises_group({err}, scope, TaskGroup(), function(tg)
            tg:create_task(stoppable(log, "child", {cleanup = 1, err = err}))
            await(sleep(100))
          end)
          log[#log + 1] = current_task():cancelling()
          stoppable(log, "runner")()
        end)
        await(sleep(1))
        runner:cancel()
        raises(CancelledError, await, runner)
        assert.same({"child", "child cleaned up", 1, "runner"}, log)
        assert.equal(1, runner:cancelling())
        assert_time(2, elapsed())
      end))

    it("raises what its body makes of a cancellation, which goes on", in_loop(function()
      local err, log = MyError("cleanup"), {}
      local runner = start(function()
        raises_group({err}, scope, TaskGroup(), function()
          stoppable(log, "body", {err = err})()
        end)
        stoppable(log, "runner")()
      end)
      await(sleep(1))
      runner:cancel()
      raises(CancelledError, await, runner)
      assert.same({"body", "runner"}, log)
    end))

    for _, order in ipairs {"before", "after"} do
      it("is cancelled in the tick of an error, " .. order .. " that", in_loop(function()
        local err, log = MyError(), {}
        local runner
        local function cancel()
          if order == "after" then
            await(sleep(0))
            await(sleep(0))
          end
          await(sleep(1))
          log[#log + 1] = "cancel"
          runner:cancel()
        end
        local function body()
          raises_group({err}, scope, TaskGroup(), function(tg)
            tg:create_task(function()
              await(sleep(1))
              log[#log + 1] = "error"
              error(err, 0)
            end)
            await(sleep(100))
          end)
          log[#log + 1] = current_task():cancelling()
          stoppable(log, "runner")()
        end
        if order == "before" then start(cancel) end
        runner = start(body)
        if order == "after" then start(cancel) end
        raises(CancelledError, await, runner)
        assert.same(order == "before" and {"cancel", "error", 1, "runner"}
                    or {"error", "cancel", 1, "runner"}, log)
      end))
    end

    it("lets a cancellation pass that nobody asked for", in_loop(function(loop)
      local log = {}
      local fut = loop:create_future()
      fut:cancel("of the future")
      local err = raises(CancelledError, scope, TaskGroup(), function(tg)
        tg:create_task(stoppable(log, "child"))
        await(sleep(1))
        await(fut)
      end)
      assert.equal("of the future", err.message)
      assert.same({"child"}, log)
    end))

    it("works in a task that was cancelled and goes on", in_loop(function()
      local err = MyError()
      local task = current_task()
      task:cancel()
      raises(CancelledError, await, sleep(1))
      scope(TaskGroup(), function(tg) tg:create_task(sleep(1)) end)
      assert.equal(1, task:cancelling())
      task:uncancel()
      raises_group({err}, scope, TaskGroup(), function(tg)
        tg:create_task(fails_after(1, err))
        await(sleep(10))
      end)
    end))
  end)

  describe("groups in groups " .. form.name, function()
    it("raise one in the other", in_loop(function(_, elapsed)
      local err, log = MyError(), {}
      local inner = raises_group_of_one(ExceptionGroup, scope, TaskGroup(), function(g1)
        g1:create_task(stoppable(log, "outer"))
        scope(TaskGroup(), function(g2)
          g2:create_task(stoppable(log, "inner"))
          g2:create_task(fails_after(1, err))
          stoppable(log, "body")()
        end)
      end)
      assert.is_true(rawequal(err, inner.exceptions[1]))
      assert.same({"inner", "body", "outer"}, log)
      assert_time(1, elapsed())
    end))

    it("go on outside when the error of the inner one is caught",
      in_loop(function(_, elapsed)
        local err, log = MyError(), {}
        scope(TaskGroup(), function(g1)
          g1:create_task(stoppable(log, "outer", {delay = 3}))
          raises_group({err}, scope, TaskGroup(), function(g2)
            g2:create_task(fails_after(1, err))
            await(sleep(10))
          end)
          await(sleep(1))
          log[#log + 1] = "body ended"
        end)
        assert.same({"body ended", "outer ended"}, log)
        assert_time(3, elapsed())
      end))

    it("end inside without an error when a task of the outer one fails",
      in_loop(function(_, elapsed)
        local err, log = MyError(), {}
        raises_group({err}, scope, TaskGroup(), function(g1)
          g1:create_task(fails_after(1, err))
          scope(TaskGroup(), function(g2)
            g2:create_task(stoppable(log, "inner", {cleanup = 1}))
          end)
          log[#log + 1] = "never"
        end)
        assert.same({"inner", "inner cleaned up"}, log)
        assert_time(2, elapsed())
      end))

    it("raise both when both fail, the inner one last", in_loop(function()
      local outer, inner = MyError("outer"), MyError("inner")
      local group = raises(ExceptionGroup, scope, TaskGroup(), function(g1)
        g1:create_task(fails_after(1, outer))
        scope(TaskGroup(), function(g2)
          g2:create_task(stoppable({}, "child", {cleanup = 1, err = inner}))
        end)
      end)
      assert.equal(2, #group.exceptions)
      assert.is_true(rawequal(outer, group.exceptions[1]))
      assert.is_true(rawequal(inner, group.exceptions[2].exceptions[1]))
      assert.is_nil(group.exceptions[2].exceptions[2])
    end))

    it("are cancelled from the inside out", in_loop(function(_, elapsed)
      local log = {}
      local function nest(depth)
        scope(TaskGroup(), function(tg)
          tg:create_task(stoppable(log, "task " .. depth, {cleanup = 1}))
          if depth < 3 then return nest(depth + 1) end
          stoppable(log, "body")()
        end)
        log[#log + 1] = "never"
      end
      local runner = start(nest, 1)
      await(sleep(1))
      runner:cancel()
      raises(CancelledError, await, runner)
      assert.same({
        "body", "task 3", "task 3 cleaned up", "task 2", "task 2 cleaned up",
        "task 1", "task 1 cleaned up",
      }, log)
      assert.equal(1, runner:cancelling())
      assert_time(4, elapsed())
    end))

    it("raise through the task of another group", in_loop(function()
      local errors, log = {MyError(1), MyError(2)}, {}
      local group = raises(ExceptionGroup, scope, TaskGroup(), function(g1)
        for i = 1, 2 do
          g1:spawn(function()
            scope(TaskGroup(), function(g2)
              g2:create_task(fails_after(1, errors[i]))
              g2:create_task(stoppable(log, "child " .. i))
            end)
          end)
        end
      end)
      assert.equal(2, #group.exceptions)
      assert.same({"child 1", "child 2"}, log)
      for i, leaf in ipairs(group:leaves()) do
        assert.is_true(rawequal(errors[i], leaf))
      end
    end))
  end)

  describe("timeouts " .. form.name, function()
    it("return the results of a body that ends in time", in_loop(function(_, elapsed)
      local t = timeout(5)
      local res = table.pack(scope(t, function(...)
        await(sleep(1))
        return select("#", ...), rawequal(t, (...)), nil
      end, nil, nil))
      assert.same({3, true, nil, n = 3}, res)
      assert.is_false(t:expired())
      assert_time(1, elapsed())
    end))

    it("stop at once what has passed its time", in_loop(function(loop, elapsed)
      await(sleep(10))
      for _, make in ipairs {
        function() return timeout(0) end,
        function() return timeout(-5) end,
        function() return timeout_at(loop:time()) end,
        function() return timeout_at(3) end,
      } do
        local ran = false
        raises(TimeoutError, scope, make(), function()
          ran = true
          await(sleep(1))
        end)
        assert.is_true(ran)
      end
      assert_time(10, elapsed())
    end))

    it("leave a body that never awaits, and one that awaits what is there",
      in_loop(function(loop)
        local fut = loop:create_future()
        fut:set_result("there")
        local t = timeout(0)
        assert.equal("there", scope(t, function() return await(fut) end))
        assert.is_false(t:expired())
      end))

    it("have no end with nil and with math.huge", in_loop(function(_, elapsed)
      for _, make in ipairs {timeout, timeout_at} do
        scope(make(nil), function() await(sleep(1e6)) end)
        scope(make(math.huge), function() await(sleep(1e6)) end)
      end
      assert_time(4e6, elapsed())
    end))

    it("return the results of a body that stops the cancellation", in_loop(function()
      local t = timeout(1)
      local res = table.pack(scope(t, function()
        pcall(await, sleep(10))
        assert.equal(1, current_task():cancelling())
        await(sleep(5))
        return "late", nil
      end))
      assert.same({"late", nil, n = 2}, res)
      assert.is_true(t:expired())
    end))

    it("raise an error of the body as it is", in_loop(function()
      for _, value in ipairs {"a string", false, MyError(), {}, TimeoutError("mine")} do
        raises_value(value, scope, timeout(1), function() error(value, 0) end)
        local t = timeout(1)
        raises_value(value, scope, t, function()
          pcall(await, sleep(10))
          error(value, 0)
        end)
        assert.is_true(t:expired())
      end
      local cancelled = CancelledError("mine")
      raises_value(cancelled, scope, timeout(1), function() error(cancelled, 0) end)
    end))

    for _, order in ipairs {"before", "after"} do
      it("give way to a request from outside in the same tick, " .. order .. " them",
        in_loop(function(loop, elapsed)
          local t
          local runner
          local function cancel() runner:cancel("outside") end
          local function body()
            t = timeout_at(1)
            scope(t, function() await(sleep(10)) end)
          end
          if order == "before" then loop:call_at(1, cancel) end
          runner = start(body)
          await(sleep(0))
          if order == "after" then loop:call_at(1, cancel) end
          raises(CancelledError, await, runner)
          assert.is_true(t:expired())
          assert.equal(1, runner:cancelling())
          assert_time(1, elapsed())
        end))
    end

    it("are cancelled in their bodies", in_loop(function(_, elapsed)
      local t
      local runner = start(function()
        t = timeout(10)
        scope(t, function() await(sleep(20)) end)
      end)
      await(sleep(1))
      runner:cancel("enough")
      local err = raises(CancelledError, await, runner)
      assert.equal("enough", err.message)
      assert.is_false(t:expired())
      assert_time(1, elapsed())
    end))

    it("let a cancellation pass that does not come from them",
      in_loop(function(loop)
        local fut = loop:create_future()
        fut:cancel()
        local t = timeout(10)
        raises(CancelledError, scope, t, function() await(fut) end)
        assert.is_false(t:expired())
      end))

    it("can be moved from elsewhere", in_loop(function(loop, elapsed)
      local t = timeout(nil)
      loop:call_later(2, function() t:reschedule(loop:time() + 3) end)
      raises(TimeoutError, scope, t, function() await(sleep(100)) end)
      assert_time(5, elapsed())
      t = timeout(1)
      loop:call_later(0.5, function() t:reschedule(0) end)
      raises(TimeoutError, scope, t, function() await(sleep(100)) end)
      assert_time(5.5, elapsed())
    end))

    it("of the same task end independently", in_loop(function(_, elapsed)
      local at = {}
      raises(TimeoutError, scope, timeout(5), function()
        for _ = 1, 3 do
          raises(TimeoutError, scope, timeout(1), function() await(sleep(100)) end)
          at[#at + 1] = elapsed()
        end
        await(sleep(100))
      end)
      assert.same({1, 2, 3}, at)
      assert_time(5, elapsed())
    end))
  end)

  describe("timeouts and groups " .. form.name, function()
    it("end a group from around it", in_loop(function(_, elapsed)
      local log = {}
      local t = timeout(1)
      raises(TimeoutError, scope, t, function()
        scope(TaskGroup(), function(tg)
          tg:create_task(stoppable(log, "child", {cleanup = 1}))
          stoppable(log, "body")()
        end)
      end)
      assert.is_true(t:expired())
      assert.same({"body", "child", "child cleaned up"}, log)
      assert_time(2, elapsed())
    end))

    it("end a group that waits for its tasks", in_loop(function(_, elapsed)
      local log = {}
      raises(TimeoutError, scope, timeout(1), function()
        scope(TaskGroup(), function(tg)
          tg:create_task(stoppable(log, "child", {cleanup = 1}))
        end)
      end)
      assert.same({"child", "child cleaned up"}, log)
      assert_time(2, elapsed())
    end))

    it("raise what fails when they end a group", in_loop(function(_, elapsed)
      local err = MyError()
      local t = timeout(1)
      raises_group({err}, scope, t, function()
        scope(TaskGroup(), function(tg)
          tg:create_task(stoppable({}, "child", {cleanup = 1, err = err}))
        end)
      end)
      assert.is_true(t:expired())
      assert.equal(0, current_task():cancelling())
      assert_time(2, elapsed())
    end))

    it("are errors of the body of a group around them", in_loop(function(_, elapsed)
      local log = {}
      raises_group_of_one(TimeoutError, scope, TaskGroup(), function(tg)
        tg:create_task(stoppable(log, "child"))
        scope(timeout(1), function() await(sleep(100)) end)
      end)
      assert.same({"child"}, log)
      assert_time(1, elapsed())
    end))

    it("are errors of a task in a group around it", in_loop(function(_, elapsed)
      local log = {}
      raises_group_of_one(TimeoutError, scope, TaskGroup(), function(tg)
        tg:spawn(function()
          scope(timeout(1), function() await(sleep(100)) end)
        end)
        stoppable(log, "body")()
      end)
      assert.same({"body"}, log)
      assert_time(1, elapsed())
    end))

    it("are not taken one for the other: the inner one of three scopes ends",
      in_loop(function(_, elapsed)
        local outer = timeout(10)
        raises_group_of_one(TimeoutError, scope, outer, function()
          scope(TaskGroup(), function(tg)
            tg:create_task(sleep(100))
            scope(timeout(1), function() await(sleep(100)) end)
          end)
        end)
        assert.is_false(outer:expired())
        assert_time(1, elapsed())
      end))

    it("are not taken one for the other: the outer one of three scopes ends",
      in_loop(function(_, elapsed)
        local log = {}
        local inner
        raises(TimeoutError, scope, timeout(1), function()
          scope(TaskGroup(), function(tg)
            tg:create_task(stoppable(log, "child"))
            inner = timeout(10)
            scope(inner, function() stoppable(log, "body")() end)
          end)
        end)
        assert.is_false(inner:expired())
        assert.same({"body", "child"}, log)
        assert_time(1, elapsed())
      end))

    it("of one deadline: the outermost of three scopes ends", in_loop(function(_, elapsed)
      local inner, child
      raises(TimeoutError, scope, timeout(1), function()
        scope(TaskGroup(), function(tg)
          child = tg:spawn(function()
            scope(timeout(1), function() await(sleep(100)) end)
          end)
          inner = timeout_at(1)
          scope(inner, function() await(sleep(100)) end)
        end)
      end)
      assert.is_true(inner:expired())
      assert.is_true(child:cancelled())
      assert_time(1, elapsed())
    end))

    it("give way to a failure in a group around them", in_loop(function(_, elapsed)
      local err = MyError()
      local t
      raises_group({err}, scope, TaskGroup(), function(tg)
        tg:create_task(fails_after(1, err))
        t = timeout(10)
        scope(t, function() await(sleep(100)) end)
      end)
      assert.is_false(t:expired())
      assert_time(1, elapsed())
    end))

    it("are raised beside a failure in the tick of their deadline", in_loop(function()
      local err = MyError()
      local group = raises(ExceptionGroup, scope, TaskGroup(), function(tg)
        tg:create_task(fails_after(1, err))
        await(sleep(0))
        scope(timeout_at(1), function() await(sleep(100)) end)
      end)
      assert.equal(2, #group.exceptions)
      assert.is_true(rawequal(err, group.exceptions[1]))
      assert.is_true(isinstance(group.exceptions[2], TimeoutError))
    end))

    it("end a clean-up that takes too long", in_loop(function(_, elapsed)
      local err = MyError()
      local log = {}
      raises_group({err}, scope, TaskGroup(), function(tg)
        tg:spawn(function()
          local _ <close> = finally(function()
            raises(TimeoutError, scope, timeout(2), function() await(sleep(100)) end)
            log[1] = elapsed()
          end)
          await(sleep(100))
        end)
        tg:create_task(fails_after(1, err))
      end)
      assert.same({3}, log)
    end))
  end)

  describe("TaskGroup.cancel " .. form.name, function()
    it("ends a group whose body has ended, without an error", in_loop(function(_, elapsed)
      local log = {}
      local res = table.pack(scope(TaskGroup(), function(tg)
        tg:create_task(stoppable(log, "child", {cleanup = 1}))
        tg:spawn(function()
          await(sleep(1))
          tg:cancel()
          tg:cancel()
        end)
        return "result", nil
      end))
      assert.same({"result", nil, n = 2}, res)
      assert.same({"child", "child cleaned up"}, log)
      assert_time(2, elapsed())
    end))

    it("may come from a callback", in_loop(function(loop, elapsed)
      scope(TaskGroup(), function(tg)
        tg:create_task(sleep(100))
        loop:call_later(1, tg.cancel, tg)
      end)
      assert_time(1, elapsed())
    end))

    it("may be the last thing a body does", in_loop(function(_, elapsed)
      local log = {}
      scope(TaskGroup(), function(tg)
        tg:create_task(stoppable(log, "child"))
        await(sleep(0))
        tg:cancel()
        assert.equal(1, current_task():cancelling())
      end)
      scope(TaskGroup(), function(tg) tg:cancel() end)
      assert.same({"child"}, log)
      assert_time(0, elapsed())
    end))

    it("does nothing after the end", in_loop(function()
      local tg = TaskGroup()
      scope(tg, function() end)
      tg:cancel()
      assert.equal("<TaskGroup entered>", tostring(tg))
    end))

    it("ends without an error when the body stops the cancellation",
      in_loop(function(_, elapsed)
        local res = table.pack(scope(TaskGroup(), function(tg)
          tg:cancel()
          pcall(await, sleep(100))
          raises("is shutting down", tg.create_task, tg, sleep(1))
          await(sleep(1))
          return "stopped"
        end))
        assert.same({"stopped", n = 1}, res)
        assert_time(1, elapsed())
      end))

    it("raises what fails", in_loop(function()
      local child, body = MyError("child"), MyError("body")
      raises_group({child}, scope, TaskGroup(), function(tg)
        tg:create_task(stoppable({}, "child", {err = child}))
        await(sleep(1))
        tg:cancel()
        await(sleep(1))
      end)
      raises_group({child, body}, scope, TaskGroup(), function(tg)
        tg:create_task(stoppable({}, "child", {err = child}))
        await(sleep(1))
        tg:cancel()
        error(body, 0)
      end)
    end))

    it("gives way to a request from outside", in_loop(function(_, elapsed)
      local log = {}
      for i, first in ipairs {"group", "task"} do
        local tg
        local runner = start(function()
          scope(TaskGroup(), function(g)
            tg = g
            g:create_task(stoppable(log, first, {cleanup = 1}))
            await(sleep(100))
          end)
        end)
        await(sleep(1))
        if first == "group" then tg:cancel() end
        runner:cancel()
        if first == "task" then tg:cancel() end
        raises(CancelledError, await, runner)
        assert.is_true(runner:cancelled())
        assert.equal(1, runner:cancelling())
        assert.same(first .. " cleaned up", log[2 * i])
      end
      assert_time(4, elapsed())
    end))

    it("gives way to a request from outside that comes while it waits",
      in_loop(function(_, elapsed)
        local tg
        local runner = start(function()
          scope(TaskGroup(), function(g)
            tg = g
            g:create_task(stoppable({}, "child", {cleanup = 2}))
          end)
        end)
        await(sleep(1))
        tg:cancel()
        await(sleep(1))
        runner:cancel("outside")
        raises(CancelledError, await, runner)
        assert.equal(1, runner:cancelling())
        assert_time(3, elapsed())
      end))

    it("is not the end of a timeout around it", in_loop(function(_, elapsed)
      local t = timeout(10)
      scope(t, function()
        scope(TaskGroup(), function(tg)
          tg:create_task(sleep(100))
          tg:spawn(function()
            await(sleep(1))
            tg:cancel()
          end)
        end)
        await(sleep(1))
      end)
      assert.is_false(t:expired())
      assert_time(2, elapsed())
    end))

    it("cancels a task that began at once and is not in the group yet",
      in_loop(function(loop)
        local log = {}
        loop:set_task_factory(asyncio.eager_task_factory)
        scope(TaskGroup(), function(tg)
          local task = tg:create_task(function()
            tg:cancel()
            stoppable(log, "child")()
          end)
          assert.equal(1, task:cancelling())
        end)
        assert.same({"child"}, log)
      end))
  end)

  describe("scopes out of place " .. form.name, function()
    -- Each kind of scope, and how to open one.
    local KINDS = {
      {name = "a group", make = TaskGroup},
      {name = "a timeout", make = function() return timeout(10) end},
    }

    for _, kind in ipairs(KINDS) do
      for _, other in ipairs(KINDS) do
        it(("are errors: %s that is left before %s in it"):format(kind.name, other.name),
          in_loop(function()
            local outer = kind.make()
            local inner <close> = other.make() -- luacheck: ignore
            raises("order", scope, outer, function() end)
          end))
      end

      it("are errors: " .. kind.name .. " that another task leaves", in_loop(function(loop)
        local tell, go_on = loop:create_future(), loop:create_future()
        local opener = create_task(function()
          local s <close> = kind.make()
          tell:set_result(s)
          await(go_on)
          return "ended well"
        end)
        local s = await(tell)
        raises("task", scope, s, function() end)
        assert.is_false(opener:done())
        go_on:set_result()
        assert.equal("ended well", await(opener))
      end))

      it("are errors: " .. kind.name .. " that is left outside of any task",
        in_loop(function(loop)
          local s <close> = kind.make()
          local ok, err
          loop:call_soon(function() ok, err = pcall(scope, s, function() end) end)
          await(sleep(0))
          assert.is_false(ok)
          assert.matches("task", err)
        end))

      it("are errors: " .. kind.name .. " that a generator opened and leaves too late",
        in_loop(function()
          local function values(yield)
            local _ <close> = kind.make()
            yield(1)
          end
          raises("order", function()
            local next_value = asyncio.coroutine.wrap(function()
              values(asyncio.coroutine.yield)
            end)
            assert.equal(1, next_value())
            local inner <close> = timeout(10) -- luacheck: ignore
            next_value()
          end)
        end))

      it(kind.name .. " in a generator is left in order", in_loop(function()
        local gen = asyncio.generator(function(yield)
          local _ <close> = kind.make()
          yield(1)
          await(sleep(1))
          yield(2)
        end)
        local list = {}
        for v in gen() do list[#list + 1] = v end
        for v in gen() do -- luacheck: ignore 512
          list[#list + 1] = v
          break
        end
        assert.same({1, 2, 1}, list)
      end))
    end
  end)
end

describe("TaskGroup.cancel of a body that is interrupted", function()
  it("ends asyncio.with without an error and without results", in_loop(function(_, elapsed)
    local log = {}
    local n = select("#", asyncio.with(TaskGroup(), function(tg)
      tg:create_task(stoppable(log, "child", {cleanup = 1}))
      tg:spawn(function()
        await(sleep(1))
        tg:cancel()
      end)
      stoppable(log, "body")()
      return "never"
    end))
    assert.equal(0, n)
    assert.same({"child", "body", "child cleaned up"}, log)
    assert_time(2, elapsed())
  end))

  it("is an error that tells so in a <close> variable", in_loop(function(_, elapsed)
    local log = {}
    local res = table.pack(pcall(function()
      local tg <close> = TaskGroup()
      tg:create_task(stoppable(log, "child", {cleanup = 1}))
      tg:spawn(function()
        await(sleep(1))
        tg:cancel()
      end)
      stoppable(log, "body")()
    end))
    assert.is_false(res[1])
    assert.equal("string", type(res[2]))
    assert.matches("use asyncio.with", res[2], 1, true)
    assert.same({"child", "body", "child cleaned up"}, log)
    assert_time(2, elapsed())
  end))

  it("ends the group it is called of, and the groups in that", in_loop(function(_, elapsed)
    local log = {}
    asyncio.with(TaskGroup(), function(outer)
      asyncio.with(TaskGroup(), function(middle)
        asyncio.with(TaskGroup(), function(inner)
          inner:create_task(stoppable(log, "inner"))
          outer:create_task(stoppable(log, "outer", {delay = 2}))
          inner:spawn(function()
            await(sleep(1))
            middle:cancel()
          end)
          stoppable(log, "body")()
        end)
        log[#log + 1] = "never"
      end)
      log[#log + 1] = "on in the outer one"
    end)
    assert.same({"body", "inner", "on in the outer one", "outer ended"}, log)
    assert_time(2, elapsed())
  end))

  for _, form in ipairs(FORMS) do
    for _, order in ipairs {"before", "after"} do
      it(("gives way to a timeout in the tick of it, %s that, %s"):format(order, form.name),
        in_loop(function(loop, elapsed)
          raises(TimeoutError, form.run, timeout(nil), function(t)
            if order == "after" then t:reschedule(1) end
            form.run(TaskGroup(), function(tg)
              loop:call_at(1, tg.cancel, tg)
              if order == "before" then t:reschedule(1) end
              await(sleep(100))
            end)
          end)
          assert_time(1, elapsed())
        end))
    end
  end
end)

describe("outside of a loop, or of a task,", function()
  local MAKERS = {
    {name = "TaskGroup", make = function() return (TaskGroup()) end,
     err = "cannot determine the parent task$"},
    {name = "timeout", make = function() return (timeout(1)) end,
     err = "should be used inside a task$"},
    {name = "timeout_at", make = function() return (timeout_at(1)) end,
     err = "should be used inside a task$"},
    {name = "move_on_after", make = function() return (asyncio.move_on_after(1, print)) end,
     err = "should be used inside a task$"},
  }
  local HERE = "^%S*scopes_spec%.lua:%d+: "

  for _, maker in ipairs(MAKERS) do
    it(maker.name .. " is an error where it was called", function()
      assert.matches(HERE .. "no running event loop$", raises(nil, maker.make))
      local loop = support.new_loop()
      local err
      loop:call_soon(function() err = raises(nil, maker.make) end)
      support.run_once(loop)
      assert.matches(HERE .. ".*" .. maker.err, err)
      assert.equal(0, (loop:_counts()))
    end)
  end
end)

describe("asyncio.with", function()
  it("names the argument that is wrong", in_loop(function()
    raises("bad argument #1 to 'with' %(.*got number%)", asyncio.with, 42, function() end)
    raises("bad argument #1 to 'with' %(.*got nil%)", asyncio.with, nil, function() end)
    raises("bad argument #1 to 'with'", asyncio.with, {}, function() end)
    local t <close> = timeout(10)
    raises("bad argument #2 to 'with' %(function expected, got nil%)", asyncio.with, t)
    raises("bad argument #2 to 'with' %(function expected, got number%)",
           asyncio.with, t, 42)
  end))

  it("keeps an error of nil apart from an end", in_loop(function()
    local err = raises_group_of_one(asyncio.Exception, asyncio.with, TaskGroup(),
                                    function() error(nil) end)
    assert.equal("nil", err.message)
  end))

  it("has the traceback of an error in the body", in_loop(function()
    local function where_it_failed() error(MyError("here")) end
    local group = raises(ExceptionGroup, asyncio.with, TaskGroup(), function()
      where_it_failed()
    end)
    assert.matches("where_it_failed", group.exceptions[1].traceback)
  end))
end)

describe("move_on_after", function()
  it("returns true and the results of a body that ends in time", in_loop(function(_, elapsed)
    local res = table.pack(asyncio.move_on_after(5, function(...)
      await(sleep(1))
      return select("#", ...), ..., nil
    end, "a"))
    assert.same({true, 1, "a", nil, n = 4}, res)
    assert.same({true, n = 1}, table.pack(asyncio.move_on_after(5, function() end)))
    assert_time(1, elapsed())
  end))

  it("returns false when the time is up", in_loop(function(_, elapsed)
    local log = {}
    local res = table.pack(asyncio.move_on_after(1, function()
      stoppable(log, "body", {cleanup = 1})()
      return "never"
    end))
    assert.same({false, n = 1}, res)
    assert.same({"body", "body cleaned up"}, log)
    assert_time(2, elapsed())
    assert.same({false, n = 1}, table.pack(asyncio.move_on_after(0, function()
      await(sleep(1))
    end)))
  end))

  it("has no end with nil and with math.huge", in_loop(function(_, elapsed)
    local function body()
      await(sleep(1e6))
      return "ended"
    end
    assert.same({true, "ended"}, {asyncio.move_on_after(nil, body)})
    assert.same({true, "ended"}, {asyncio.move_on_after(math.huge, body)})
    assert_time(2e6, elapsed())
  end))

  it("returns the results of a body that stops the cancellation", in_loop(function()
    local res = table.pack(asyncio.move_on_after(1, function()
      pcall(await, sleep(10))
      return "late"
    end))
    assert.same({true, "late", n = 2}, res)
  end))

  it("raises what the body raises, a TimeoutError too", in_loop(function()
    for _, value in ipairs {MyError(), TimeoutError("mine"), "text", false} do
      raises_value(value, asyncio.move_on_after, 5, function() error(value, 0) end)
      raises_value(value, asyncio.move_on_after, 1, function()
        pcall(await, sleep(10))
        error(value, 0)
      end)
    end
    raises(TimeoutError, asyncio.move_on_after, 5, function()
      local _ <close> = timeout(1)
      await(sleep(10))
    end)
    raises(TimeoutError, asyncio.move_on_after, 5, function()
      await(asyncio.wait_for(sleep(10), 1))
    end)
  end))

  it("is cancelled from outside, in the tick of its end too", in_loop(function(loop)
    for _, delay in ipairs {1, 2} do
      local runner = start(asyncio.move_on_after, 2, function() await(sleep(10)) end)
      loop:call_later(delay, runner.cancel, runner, "outside")
      raises(CancelledError, await, runner)
      assert.equal(1, runner:cancelling())
    end
  end))

  it("returns false only for itself when several are nested", in_loop(function(_, elapsed)
    local log = {}
    local res = table.pack(asyncio.move_on_after(2, function()
      log[1] = asyncio.move_on_after(1, function() await(sleep(10)) end)
      log[2] = asyncio.move_on_after(5, function() await(sleep(10)) end)
    end))
    assert.same({false, n = 1}, res)
    assert.same({false}, log)
    assert_time(2, elapsed())
  end))

  it("ends a group, and raises what fails in it then", in_loop(function()
    local err, log = MyError(), {}
    assert.is_false(asyncio.move_on_after(1, function()
      local tg <close> = TaskGroup()
      tg:create_task(stoppable(log, "child"))
      await(sleep(100))
    end))
    assert.same({"child"}, log)
    raises_group({err}, asyncio.move_on_after, 1, function()
      local tg <close> = TaskGroup()
      tg:create_task(stoppable(log, "child", {err = err}))
    end)
  end))

  it("names what is wrong", in_loop(function()
    raises("bad argument #1 to 'move_on_after'", asyncio.move_on_after, "x", function() end)
    raises("NaN", asyncio.move_on_after, 0 / 0, function() end)
    raises("bad argument #2 to 'move_on_after' %(function expected, got nil%)",
           asyncio.move_on_after, 1)
  end))
end)

describe("a group's interface", function()
  it("lists the tasks that have not ended, oldest first", in_loop(function()
    local tg <close> = TaskGroup()
    assert.same({}, {table.unpack(tg:tasks())})
    local made = {}
    for i = 1, 20 do made[i] = tg:create_task(sleep(i % 2 == 0 and 1 or 2)) end
    local list = tg:tasks()
    assert.equal(20, #list)
    for i, task in ipairs(list) do assert.is_true(rawequal(made[i], task)) end
    await(sleep(1.5))
    list = tg:tasks()
    assert.equal(10, #list)
    for i, task in ipairs(list) do assert.is_true(rawequal(made[2 * i - 1], task)) end
    await(sleep(1))
    assert.equal(0, #tg:tasks())
  end))

  it("gives a list that is the caller's own", in_loop(function()
    local tg <close> = TaskGroup()
    local task = tg:create_task(sleep(1))
    local list = tg:tasks()
    list[1] = nil
    assert.is_true(rawequal(task, tg:tasks()[1]))
  end))

  it("spawns a function with arguments", in_loop(function()
    local task
    do
      local tg <close> = TaskGroup()
      task = tg:spawn(function(...)
        await(sleep(1))
        return select("#", ...), ...
      end, nil, 2, nil)
      assert.is_true(rawequal(task, tg:tasks()[1]))
    end
    assert.same({3, nil, 2, nil, n = 4}, table.pack(task:result()))
  end))

  it("makes tasks of every kind of awaitable", in_loop(function(_, elapsed)
    local tasks
    do
      local tg <close> = TaskGroup()
      local list = {
        async(function() return 1 end)(),
        function() return 2 end,
        coroutine.create(function() return 3 end),
        sleep(1, 4),
        setmetatable({}, {__await = function()
          await(sleep(1))
          return 5
        end}),
      }
      for i, aw in ipairs(list) do list[i] = tg:create_task(aw) end
      tasks = list
    end
    for i, task in ipairs(tasks) do assert.equal(i, task:result()) end
    assert_time(1, elapsed())
  end))

  it("shows its state", in_loop(function(_, elapsed)
    local tg
    raises(ExceptionGroup, function()
      local g <close> = TaskGroup()
      tg = g
      assert.equal("<TaskGroup entered>", tostring(g))
      for _ = 1, 2 do g:create_task(stoppable({}, "child", {cleanup = 1})) end
      assert.equal("<TaskGroup tasks=2 entered>", tostring(g))
      g:create_task(fails_after(1, MyError()))
      raises(CancelledError, await, sleep(10))
      assert.equal("<TaskGroup tasks=2 errors=1 cancelling>", tostring(g))
    end)
    assert.matches("^<TaskGroup .*cancelling>$", tostring(tg))
    assert_time(2, elapsed())
  end))

  it("names what is wrong, and goes on", in_loop(function()
    local tg <close> = TaskGroup()
    raises("bad argument #1 to 'create_task'", tg.create_task, tg, 42)
    raises("bad argument #1 to 'create_task'", tg.create_task, tg)
    raises("nme", tg.create_task, tg, function() end, {nme = "x"})
    raises("bad argument #1 to 'spawn'", tg.spawn, tg, 42)
    raises("TaskGroup", tg.create_task, {}, function() end)
    assert.equal(0, #tg:tasks())
    assert.equal("<TaskGroup entered>", tostring(tg))
  end))

  it("cannot be made outside a task", function()
    for _, make in ipairs {
      TaskGroup, function() return timeout(1) end, function() return timeout_at(1) end,
      function() return asyncio.move_on_after(1, function() end) end,
    } do
      local err = raises(nil, make)
      assert.equal("string", type(err))
    end
  end)

  it("says so when a task fails whose group was never left", function()
    local loop = support.new_loop()
    local reports = support.record_reports(loop)
    local err = MyError()
    loop:run_until_complete(function()
      await(create_task(function()
        local tg = TaskGroup()
        tg:create_task(fails_after(1, err))
      end))
      await(sleep(2))
    end)
    support.gc_collect()
    support.run_once(loop)
    local found = 0
    for _, report in ipairs(reports) do
      if rawequal(err, report.exception) then found = found + 1 end
    end
    assert.equal(1, found)
  end)

  it("takes no values that make no sense as a time", in_loop(function(loop)
    raises("bad argument #1 to 'timeout'", timeout, "soon")
    raises("bad argument #1 to 'timeout_at'", timeout_at, {})
    raises("NaN", timeout, 0 / 0)
    raises("NaN", timeout_at, 0 / 0)
    local t <close> = timeout(10)
    raises("bad argument #1 to 'reschedule'", t.reschedule, t, "later")
    raises("NaN", t.reschedule, t, 0 / 0)
    assert_time(loop:time() + 10, t:when())
  end))
end)

describe("the decided deviations", function()
  it("cancel the tasks of a group in the order in which they were made",
    in_loop(function()
      local order, want = {}, {}
      raises(ExceptionGroup, function()
        local tg <close> = TaskGroup()
        for i = 1, 50 do
          want[i] = "task " .. i
          tg:create_task(stoppable(order, want[i]))
        end
        await(sleep(1))
        error(MyError(), 0)
      end)
      assert.same(want, order)
    end))

  for _, form in ipairs(FORMS) do
    it("do not lose a request for a timeout of 0 " .. form.name,
      in_loop(function(_, elapsed)
        local task = current_task()
        task:cancel("mine")
        local err = raises(CancelledError, form.run, timeout(0), function()
          await(sleep(1))
        end)
        assert.equal("mine", err.message)
        assert.equal(1, task:cancelling())
        assert_time(0, elapsed())
      end, 1))
  end

  it("do not lose a request for a move_on_after of 0", in_loop(function()
    current_task():cancel()
    raises(CancelledError, asyncio.move_on_after, 0, function() await(sleep(1)) end)
  end, 1))

  it("do not cancel a group's body inside create_task", in_loop(function(loop)
    loop:set_task_factory(asyncio.eager_task_factory)
    local err, log = MyError(), {}
    raises_group({err}, function()
      local tg <close> = TaskGroup()
      local task = tg:create_task(fails_after(nil, err))
      log[1] = {task:done(), current_task():cancelling(), #tg:tasks()}
      local other = tg:create_task(function() return "as well" end)
      log[2] = other:result()
      await(sleep(1))
      log[3] = "never"
    end)
    assert.same({{true, 0, 0}, "as well"}, log)
  end))
end)

describe("ticks of scopes", function()
  -- Runs main(tick) in a task; tick() is the number of the iteration.
  local function ticking(main)
    return in_loop(function(loop)
      local n, is_over = 0, false
      local function count()
        n = n + 1
        if not is_over then loop:call_soon(count) end
      end
      loop:call_soon(count)
      await(sleep(0))
      main(function() return n end, loop)
      is_over = true
    end)
  end

  for _, form in ipairs(FORMS) do
    local scope = form.run
    local function it_takes(what, body)
      it(what .. " " .. form.name, ticking(body))
    end

    it_takes("opening and leaving take none", function(tick)
      local t = tick()
      scope(TaskGroup(), function() end)
      scope(timeout(1), function() end)
      asyncio.move_on_after(1, function() end)
      assert.equal(t, tick())
    end)

    it_takes("a group of tasks that end at t+1 ends at t+3", function(tick)
      local t = tick()
      scope(TaskGroup(), function(tg)
        tg:create_task(function() end)
        tg:create_task(function() end)
      end)
      assert.equal(t + 3, tick())
    end)

    it_takes("a group whose tasks have ended and told so ends at once", function(tick)
      local t = tick()
      scope(TaskGroup(), function(tg)
        tg:create_task(function() end)
        await(sleep(0))
        await(sleep(0))
        assert.equal(t + 2, tick())
      end)
      assert.equal(t + 2, tick())
    end)

    it_takes("a group with an error at t ends at t+4", function(tick)
      local at = {}
      local t
      raises(ExceptionGroup, scope, TaskGroup(), function(tg)
        tg:create_task(function()
          pcall(await, sleep(100))
          at.sibling = tick() - t
          await(sleep(0))
        end)
        tg:create_task(function()
          await(sleep(0))
          t = tick()
          error(MyError(), 0)
        end)
        local ok, err = pcall(await, sleep(100))
        assert.is_false(ok)
        at.body = tick() - t
        error(err, 0)
      end)
      at.group = tick() - t
      -- one more than t+4: the sibling awaits once more
      assert.same({sibling = 2, body = 2, group = 5}, at)
    end)

    it_takes("a group with an error at t ends at t+4, the others stopping at once",
      function(tick)
        local t
        raises(ExceptionGroup, scope, TaskGroup(), function(tg)
          tg:create_task(sleep(100))
          tg:create_task(function()
            await(sleep(0))
            t = tick()
            error(MyError(), 0)
          end)
          await(sleep(100))
        end)
        assert.equal(4, tick() - t)
      end)

    it_takes("a timeout of 0 at t ends at t+2", function(tick)
      local t, body = tick(), nil
      raises(TimeoutError, scope, timeout(0), function()
        local _ <close> = finally(function() body = tick() end)
        await(sleep(100))
      end)
      assert.equal(t + 2, body)
      assert.equal(body, tick())
    end)
  end
end)

describe("ExceptionGroup", function()
  local function group(...) return ExceptionGroup("errors", {...}) end

  -- A tree of groups as nested lists.
  local function shape(err)
    if err == nil then return nil end
    if not isinstance(err, ExceptionGroup) then return err end
    local list = {}
    for i, inner in ipairs(err.exceptions) do list[i] = shape(inner) end
    return list
  end

  local mine, other, timed = MyError("mine"), OtherError("other"), TimeoutError("late")

  it("keeps a list of its own", function()
    local list = {mine, "text", false}
    local eg = ExceptionGroup("errors", list)
    list[1] = nil
    assert.equal("errors", eg.message)
    assert.is_true(rawequal(mine, eg.exceptions[1]))
    assert.equal("text", eg.exceptions[2])
    assert.is_false(eg.exceptions[3])
    assert.is_true(isinstance(eg, asyncio.Exception))
  end)

  it("is never empty", function()
    raises("non%-empty", ExceptionGroup, "errors", {})
    raises("list", ExceptionGroup, "errors")
  end)

  it("splits by a class, and keeps the shape", function()
    local eg = group(mine, group(other, group(mine, timed)), other, "text")
    local yes, no = eg:split(MyError)
    assert.same({mine, {{mine}}}, shape(yes))
    assert.same({{other, {timed}}, other, "text"}, shape(no))
    assert.equal("errors", yes.message)
    assert.equal("errors", no.exceptions[1].message)
    assert.same({mine, {other, {mine, timed}}, other, "text"}, shape(eg))
  end)

  it("splits by a class and its subclasses", function()
    local Special = MyError:subclass("Special")
    local special = Special()
    local yes, no = group(special, other, mine):split(MyError)
    assert.same({special, mine}, shape(yes))
    assert.same({other}, shape(no))
    assert.is_true(rawequal(special, yes.exceptions[1]))
  end)

  it("splits by a function of any value", function()
    local value = {}
    local eg = group("a", group(value, false), 3)
    local yes, no = eg:split(function(err) return type(err) == "table" and err == value end)
    assert.same({{value}}, shape(yes))
    assert.same({"a", {false}, 3}, shape(no))
    yes, no = eg:split(function(err) return err == false end)
    assert.same({{false}}, shape(yes))
    assert.same({"a", {value}, 3}, shape(no))
  end)

  it("is nil where a half is empty", function()
    local eg = group(mine, group(mine))
    local yes, no = eg:split(MyError)
    assert.same({mine, {mine}}, shape(yes))
    assert.is_nil(no)
    yes, no = eg:split(OtherError)
    assert.is_nil(yes)
    assert.same({mine, {mine}}, shape(no))
    assert.is_nil(eg:subgroup(OtherError))
    assert.equal(1, select("#", eg:subgroup(MyError)))
  end)

  it("asks the predicate of the group itself first, and of its groups", function()
    local inner = group(mine)
    local eg = group(inner, other)
    local yes, no = eg:split(ExceptionGroup)
    assert.is_true(rawequal(eg, yes))
    assert.is_nil(no)
    yes, no = eg:split(function(err) return rawequal(err, inner) end)
    assert.is_true(rawequal(inner, yes.exceptions[1]))
    assert.same({other}, shape(no))
  end)

  it("gives a half as a subgroup", function()
    local eg = group(mine, group(other, timed))
    assert.same({{timed}}, shape(eg:subgroup(TimeoutError)))
    assert.same({mine, {timed}}, shape(eg:subgroup(function(err)
      return isinstance(err, MyError) or isinstance(err, TimeoutError)
    end)))
  end)

  it("derives groups of its class, with what it knows", function()
    local Mine = ExceptionGroup:subclass("Mine")
    local eg = Mine("mine", {mine, other})
    eg.cause = timed
    eg:add_note("a note")
    local derived = eg:derive({other})
    assert.is_true(isinstance(derived, Mine))
    assert.equal("mine", derived.message)
    assert.same({other}, shape(derived))
    local half = eg:subgroup(MyError)
    assert.is_true(isinstance(half, Mine))
    assert.is_true(rawequal(timed, half.cause))
    assert.same({"a note"}, half.notes)
    half:add_note("another")
    assert.same({"a note"}, eg.notes)
  end)

  it("splits by the derive of a subclass", function()
    local Coded = ExceptionGroup:subclass("Coded")
    function Coded:derive(list)
      local derived = Coded(self.message, list)
      derived.code = self.code
      return derived
    end
    local eg = Coded("coded", {mine, other})
    eg.code = 7
    local yes, no = eg:split(MyError)
    assert.equal(7, yes.code)
    assert.equal(7, no.code)
  end)

  it("names what is wrong", function()
    local eg = group(mine)
    raises("bad argument #1 to 'split' %(class or function expected, got string%)",
           eg.split, eg, "x")
    raises("bad argument #1 to 'subgroup' %(class or function expected, got nil%)",
           eg.subgroup, eg)
    raises("non%-empty", eg.derive, eg, {})
  end)

  it("lists its leaves", function()
    local leaves = group(1, group(2, group(3, false)), group(5)):leaves()
    assert.same({1, 2, 3, false, 5}, leaves)
  end)

  describe("as text", function()
    -- The lines of the text.
    local function lines_of(err)
      local lines = {}
      for line in (tostring(err) .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line end
      return lines
    end

    -- The number of the one line that has the text, and the column of it there.
    local function find(lines, text)
      local found, column
      for i, line in ipairs(lines) do
        local at = line:find(text, 1, true)
        if at then
          assert.is_nil(found, text .. " stands twice")
          found, column = i, at
        end
      end
      assert.is_truthy(found, text .. " is missing in\n" .. table.concat(lines, "\n"))
      return found, column
    end

    it("begins with the message and the count", function()
      local first = "unhandled errors in a TaskGroup"
      assert.matches(first .. " %(2 sub%-exceptions%)$",
                     lines_of(ExceptionGroup(first, {mine, other}))[1])
      assert.matches(first .. " %(1 sub%-exception%)$",
                     lines_of(ExceptionGroup(first, {mine}))[1])
    end)

    it("is a tree", function()
      local lines = lines_of(ExceptionGroup("outer", {
        mine,
        ExceptionGroup("inner", {other, ExceptionGroup("deep", {timed})}),
        "text",
      }))
      local names = {"ExceptionGroup: outer (3 sub-exceptions)", "MyError: mine",
                     "ExceptionGroup: inner (2 sub-exceptions)", "OtherError: other",
                     "ExceptionGroup: deep (1 sub-exception)", "TimeoutError: late", "text"}
      local columns, last = {}, 0
      for i, name in ipairs(names) do
        local line
        line, columns[i] = find(lines, name)
        assert.is_true(line > last)
        last = line
      end
      local outer, first, inner, second, deep, third, text = table.unpack(columns)
      assert.is_true(outer < first)
      assert.equal(first, text)
      assert.is_true(first < second)
      assert.is_true(second < third)
      assert.is_true(inner < deep)
    end)

    it("keeps a leaf of several lines under its branch", function()
      local lines = lines_of(group("first line\nsecond line", "other"))
      local one, at_one = find(lines, "first line")
      local two, at_two = find(lines, "second line")
      assert.equal(one + 1, two)
      assert.is_true(at_two >= at_one)
      assert.is_true(find(lines, "other") > two)
    end)

    it("can be made of any leaves", function()
      local hostile = setmetatable({}, {__tostring = function() error("no text") end})
      local lines = lines_of(group(hostile, false, "<42>", print, {}, asyncio.CancelledError(),
                                   setmetatable({}, {__tostring = function() return 1 end})))
      assert.matches("%(7 sub%-exceptions%)$", lines[1])
      find(lines, "CancelledError")
      find(lines, "<42>")
    end)

    it("can be made of a deep group", function()
      local eg = group("the leaf")
      for _ = 1, 1000 do eg = group(eg) end
      assert.matches("^%S*:? ?errors %(1 sub%-exception%)", tostring(eg))
      assert.same({"the leaf"}, eg:leaves())
      local yes, no = eg:split(function(err) return err == "the leaf" end)
      assert.is_nil(no)
      assert.same({"the leaf"}, yes:leaves())
    end)

    it("can be made of a group that is in itself", function()
      local eg = group("leaf", "replaced")
      eg.exceptions[2] = eg
      assert.matches("leaf", tostring(eg))
    end)
  end)
end)
