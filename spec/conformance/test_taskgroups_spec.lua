-- CPython's test_taskgroups in Lua, on the virtual clock, with tasks that begin
-- later and with tasks that begin at once; then what CPython 3.14 and 3.15 add.
local asyncio = require "asyncio"
local support = require "spec.support"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep
local TaskGroup, create_task = asyncio.TaskGroup, asyncio.create_task
local raises = support.raises
local CancelledError = asyncio.CancelledError
local ExceptionGroup = asyncio.ExceptionGroup

local MyExc = asyncio.Exception:subclass("MyExc")
local ValueError = asyncio.Exception:subclass("ValueError")

local FACTORIES = {
  {class = "TestTaskGroup", begins = "later"},
  {class = "TestEagerTaskTaskGroup", begins = "at once", is_eager = true},
}

-- The body of a test, run as the main task of a loop of its own. It gets the
-- loop and a function that says how much time has passed.
local function in_loop_with(factory)
  return function(body)
    return function()
      local loop = support.new_loop()
      if factory.is_eager then
        loop:set_task_factory(asyncio.eager_task_factory)
      end
      local reports = support.record_reports(loop)
      local begin = loop:time()
      loop:run_until_complete(function()
        body(loop, function() return loop:time() - begin end)
        local task = asyncio.current_task()
        assert.equal(0, task:cancelling())
        assert.same({task}, {table.unpack(asyncio.all_tasks())})
      end)
      support.gc_collect()
      support.run_once(loop)
      assert.same({}, reports)
    end
  end
end

-- Something to clean up, as `finally` does.
local function finally(fn)
  return setmetatable({}, {__close = fn})
end

local function divide(n) return 1 // n end

local function crash() return divide(0) end

local DIVISION_ERROR = select(2, pcall(crash))

local function type_of(err)
  if asyncio.isinstance(err, asyncio.Exception) then return err.name end
  return err == DIVISION_ERROR and "ZeroDivisionError" or tostring(err)
end

-- The names of what is in the group, in order.
local function types(group)
  local names = {}
  for i, err in ipairs(group.exceptions) do names[i] = type_of(err) end
  return names
end

-- Calls fn(...), which must raise a group of these; returns the group.
local function raises_group(names, fn, ...)
  local group = raises(ExceptionGroup, fn, ...)
  assert.equal("unhandled errors in a TaskGroup", group.message)
  assert.same(names, types(group))
  return group
end

local function returns_after(delay, ...)
  local values = table.pack(...)
  return function()
    await(sleep(delay))
    return table.unpack(values, 1, values.n)
  end
end

local function raises_after(delay, class)
  return function()
    await(sleep(delay))
    error(class(delay), 0)
  end
end

-- Waits; notes in `seen` that it was cancelled there, and lets that pass.
local function noting(seen, what, delay)
  return function()
    local ok, err = pcall(await, sleep(delay))
    if ok then return end
    assert.is_true(asyncio.isinstance(err, CancelledError))
    seen[#seen + 1] = what
    error(err, 0)
  end
end

local function crashes_in_cleanup()
  local _ <close> = finally(crash)
  await(sleep(10))
end

for _, factory in ipairs(FACTORIES) do
  local in_loop = in_loop_with(factory)

  describe("test_taskgroups " .. factory.class, function()
    after_each(support.close_loops)

    it("test_taskgroup_01 waits for its tasks", in_loop(function(_, elapsed)
      local t1, t2
      do
        local g <close> = TaskGroup()
        t1 = g:create_task(returns_after(0.1, 42))
        t2 = g:create_task(returns_after(0.2, 11, nil))
      end
      assert.equal(42, t1:result())
      assert.same({11, nil, n = 2}, table.pack(t2:result()))
      assert.near(0.2, elapsed(), 1e-6)
    end))

    it("test_taskgroup_02 takes tasks at any time", in_loop(function(_, elapsed)
      local t1, t2
      do
        local g <close> = TaskGroup()
        t1 = g:create_task(returns_after(0.1, 42))
        await(sleep(0.15))
        assert.is_true(t1:done())
        t2 = g:create_task(returns_after(0.2, 11))
      end
      assert.equal(42, t1:result())
      assert.equal(11, t2:result())
      assert.near(0.35, elapsed(), 1e-6)
    end))

    it("test_taskgroup_03 does not mind a task that is cancelled",
      in_loop(function(_, elapsed)
        local t1, t2
        do
          local g <close> = TaskGroup()
          t1 = g:create_task(returns_after(1, 42))
          await(sleep(0.15))
          t1:cancel()
          t2 = g:create_task(returns_after(0.2, 11))
        end
        assert.is_true(t1:cancelled())
        assert.equal(11, t2:result())
        assert.near(0.35, elapsed(), 1e-6)
      end))

    it("test_taskgroup_04 cancels the others when a task fails",
      in_loop(function(_, elapsed)
        local seen, num, t2 = {}, 0, nil

        local runner = create_task(function()
          do
            local g <close> = TaskGroup()
            g:create_task(function()
              await(sleep(0.1))
              crash()
            end)
            t2 = g:create_task(function()
              noting(seen, "t2", 1)()
              num = num + 1
            end)
          end
          num = num + 10
        end)

        raises_group({"ZeroDivisionError"}, await, runner)
        assert.equal(0, num)
        assert.same({"t2"}, seen)
        assert.is_true(t2:cancelled())
        assert.near(0.1, elapsed(), 1e-6)
      end))

    it("test_cancel_children_on_child_error cancels the body too",
      in_loop(function(_, elapsed)
        local seen, num = {}, 0

        local function foo1()
          await(sleep(0.1))
          crash()
        end

        local runner = create_task(function()
          do
            local g <close> = TaskGroup()
            g:create_task(foo1)
            g:create_task(foo1)
            g:create_task(foo1)
            g:create_task(function()
              noting(seen, "t2", 5)()
              num = num + 1
            end)
            noting(seen, "body", 10)()
          end
          num = num + 10
        end)

        raises_group({"ZeroDivisionError", "ZeroDivisionError", "ZeroDivisionError"},
                     await, runner)
        assert.equal(0, num)
        assert.same({"t2", "body"}, seen)
        assert.near(0.1, elapsed(), 1e-6)
      end))

    it("test_cancellation from outside while it waits at the end",
      in_loop(function(_, elapsed)
        local seen = {}
        local runner = create_task(function()
          local g <close> = TaskGroup()
          for i = 1, 5 do g:create_task(noting(seen, i, 5)) end
        end)
        await(sleep(0.1))
        assert.is_false(runner:done())
        runner:cancel("enough")
        local err = raises(CancelledError, await, runner)
        assert.equal("enough", err.message)
        assert.same({1, 2, 3, 4, 5}, seen)
        assert.is_true(runner:cancelled())
        assert.equal(1, runner:cancelling())
        assert.near(0.1, elapsed(), 1e-6)
      end))

    it("test_taskgroup_07 is cancelled from outside in its body",
      in_loop(function(_, elapsed)
        local seen = {}
        local runner = create_task(function()
          local g <close> = TaskGroup()
          for i = 1, 5 do g:create_task(noting(seen, i, 5)) end
          noting(seen, "body", 10)()
        end)
        await(sleep(0.1))
        assert.is_false(runner:done())
        runner:cancel()
        raises(CancelledError, await, runner)
        assert.same({"body", 1, 2, 3, 4, 5}, seen)
        assert.near(0.1, elapsed(), 1e-6)
      end))

    it("test_taskgroup_08 raises what its tasks raise when it is cancelled",
      in_loop(function()
        local runner = create_task(function()
          local g <close> = TaskGroup()
          for _ = 1, 5 do g:create_task(crashes_in_cleanup) end
          await(sleep(10))
        end)
        await(sleep(0.1))
        assert.is_false(runner:done())
        runner:cancel()
        local five = {}
        for i = 1, 5 do five[i] = "ZeroDivisionError" end
        raises_group(five, await, runner)
        assert.is_false(runner:cancelled())
      end))

    for _, case in ipairs {
      {name = "test_taskgroup_09 cancels its tasks when the body fails", delay = 0.1},
      {name = "test_taskgroup_10 cancels its tasks when the body fails at once"},
    } do
      it(case.name, in_loop(function(_, elapsed)
        local t1, t2
        raises_group({"ZeroDivisionError"}, function()
          local g <close> = TaskGroup()
          t1 = g:create_task(returns_after(1, 42))
          t2 = g:create_task(returns_after(2, 11))
          if case.delay then await(sleep(case.delay)) end
          crash()
        end)
        assert.is_true(t1:cancelled())
        assert.is_true(t2:cancelled())
        assert.near(case.delay or 0, elapsed(), 1e-6)
      end))
    end

    local FIVE = {"ZeroDivisionError", "ZeroDivisionError", "ZeroDivisionError",
                  "ZeroDivisionError", "ZeroDivisionError"}

    local function check_nested(in_outer)
      return in_loop(function()
        local runner = create_task(function()
          local g1 <close> = TaskGroup()
          in_outer(g1)
          local g2 <close> = TaskGroup()
          for _ = 1, 5 do g2:create_task(crashes_in_cleanup) end
          await(sleep(10))
        end)
        await(sleep(0.1))
        assert.is_false(runner:done())
        runner:cancel()
        local group = raises_group({"ExceptionGroup"}, await, runner)
        assert.same(FIVE, types(group.exceptions[1]))
      end)
    end

    it("test_taskgroup_11 raises a group in a group", check_nested(function() end))

    it("test_taskgroup_12 raises a group in a group that has tasks",
      check_nested(function(g1) g1:create_task(sleep(10)) end))

    it("test_taskgroup_13 cancels an inner group when an outer task fails",
      in_loop(function(_, elapsed)
        local runner = create_task(function()
          local g1 <close> = TaskGroup()
          g1:create_task(raises_after(0.1, ValueError))
          local g2 <close> = TaskGroup()
          g2:create_task(raises_after(10, ValueError))
        end)
        raises_group({"ValueError"}, await, runner)
        assert.near(0.1, elapsed(), 1e-6)
      end))

    it("test_taskgroup_14 raises the group of an inner task in a group",
      in_loop(function(_, elapsed)
        local runner = create_task(function()
          local g1 <close> = TaskGroup()
          g1:create_task(raises_after(10, ValueError))
          local g2 <close> = TaskGroup()
          g2:create_task(raises_after(0.1, ValueError))
        end)
        local group = raises_group({"ExceptionGroup"}, await, runner)
        assert.same({"ValueError"}, types(group.exceptions[1]))
        assert.near(0.1, elapsed(), 1e-6)
      end))

    -- A body that is slow to stop, while a task fails.
    local function slow_to_stop()
      local g1 <close> = TaskGroup()
      g1:create_task(function()
        await(sleep(0.3))
        crash()
      end)
      local err = raises(CancelledError, await, sleep(10))
      await(sleep(0.5))
      error(err, 0)
    end

    for _, case in ipairs {
      {name = "test_taskgroup_15 raises the error of a task that fails while the body stops",
       run = slow_to_stop},
      {name = "test_taskgroup_16 raises it through another task",
       run = function() await(create_task(slow_to_stop)) end},
    } do
      it(case.name, in_loop(function(_, elapsed)
        local runner = create_task(case.run)
        await(sleep(0.1))
        assert.is_false(runner:done())
        runner:cancel()
        raises_group({"ZeroDivisionError"}, await, runner)
        assert.near(0.3, elapsed(), 1e-6)
      end))
    end

    it("test_taskgroup_17 is cancelled from outside without any task",
      in_loop(function()
        local seen = {}
        local runner = create_task(function()
          local _ <close> = TaskGroup()
          noting(seen, "body", 10)()
        end)
        await(sleep(0.1))
        assert.is_false(runner:done())
        runner:cancel()
        raises(CancelledError, await, runner)
        assert.same({"body"}, seen)
      end))

    it("test_taskgroup_18 raises what the body makes of a cancellation",
      in_loop(function()
        local runner = create_task(function()
          local _ <close> = TaskGroup()
          raises(CancelledError, await, sleep(10))
          error(MyExc(), 0)
        end)
        await(sleep(0.1))
        assert.is_false(runner:done())
        runner:cancel()
        raises_group({"MyExc"}, await, runner)
      end))

    -- A task fails, and so does the body when it is cancelled for that: with what
    -- each raises.
    local function both_fail(of_task, of_body)
      local g <close> = TaskGroup()
      g:create_task(function()
        await(sleep(0.1))
        of_task()
      end)
      local _ <close> = finally(of_body)
      await(sleep(10))
    end

    local function raiser(class)
      return function() error(class(), 0) end
    end

    it("test_taskgroup_19 raises the errors of body and task", in_loop(function()
      local runner = create_task(function() both_fail(crash, raiser(MyExc)) end)
      raises_group({"ZeroDivisionError", "MyExc"}, await, runner)
    end))

    it("test_taskgroup_20a (adapted) raises any class of the body in a group",
      in_loop(function()
        raises_group({"ZeroDivisionError", "SomeError"}, both_fail, crash,
                     raiser(asyncio.Exception:subclass("SomeError")))
      end))

    it("test_taskgroup_21a (adapted) raises any class of a task in a group",
      in_loop(function()
        raises_group({"SomeError", "attempt to call a nil value"}, both_fail,
                     raiser(asyncio.Exception:subclass("SomeError")),
                     function() error("attempt to call a nil value", 0) end)
      end))

    it("test_taskgroup_22 is cancelled before its tasks have ended", in_loop(function()
      local t1, t2
      local runner = create_task(function()
        local g <close> = TaskGroup()
        t1 = g:create_task(returns_after(1, 42))
        t2 = g:create_task(returns_after(2, 11))
      end)
      await(sleep(0.05))
      runner:cancel()
      raises(CancelledError, await, runner)
      assert.is_true(t1:cancelled())
      assert.is_true(t2:cancelled())
    end))

    it("test_taskgroup_23 forgets the tasks that have ended", in_loop(function()
      local g <close> = TaskGroup()
      for count = 0, 9 do
        await(sleep(0.1))
        g:create_task(sleep(0.3))
        if count == 5 then assert.is_true(#g:tasks() < 5) end
      end
      assert.is_true(#g:tasks() > 0)
      await(sleep(1.35))
      assert.equal(0, #g:tasks())
    end))

    it("test_taskgroup_24 takes tasks from its tasks", in_loop(function(_, elapsed)
      local ended = {}
      local coro1 = async(function(g, delay)
        await(sleep(delay))
        ended[#ended + 1] = {delay, of = #g:tasks()}
      end)
      do
        local g <close> = TaskGroup()
        g:create_task(function()
          await(sleep(0.1))
          g:create_task(coro1(g, 0.1))
          g:create_task(coro1(g, 0.2))
        end)
      end
      assert.same({{0.1, of = 2}, {0.2, of = 1}}, ended)
      assert.near(0.3, elapsed(), 1e-6)
    end))

    it("test_taskgroup_25 is stopped by an error however fast it grows",
      in_loop(function(_, elapsed)
        local count = 0
        local hydra
        hydra = async(function(g)
          count = count + 1
          await(sleep(0.01))
          g:create_task(hydra(g))
          g:create_task(hydra(g))
        end)
        raises_group({"ZeroDivisionError"}, function()
          local g <close> = TaskGroup()
          g:create_task(hydra(g))
          g:create_task(function()
            while count < 10 do await(sleep(0.015)) end
            crash()
          end)
        end)
        assert.is_true(count >= 10)
        assert.is_true(elapsed() <= 0.045 + 1e-6)
      end))

    it("test_taskgroup_task_name is that of the option", in_loop(function()
      local g <close> = TaskGroup()
      local t = g:create_task(sleep(0), {name = "yolo"})
      assert.equal("yolo", t:get_name())
    end))

    it("test_taskgroup_task_context is that of the option", in_loop(function()
      local cvar = asyncio.ContextVar("cvar")
      local coro = async(function(value)
        await(sleep(0))
        cvar:set(value)
      end)
      local g <close> = TaskGroup()
      local ctx = asyncio.copy_context()
      assert.is_nil(ctx:get(cvar))
      for value = 1, 2 do
        await(g:create_task(coro(value), {context = ctx}))
        assert.equal(value, ctx:get(cvar))
      end
      assert.is_nil(cvar:get(nil))
    end))

    it("test_taskgroup_no_create_task_after_failure refuses tasks", in_loop(function()
      local ran = false
      raises_group({"ZeroDivisionError"}, function()
        local g <close> = TaskGroup()
        g:create_task(function()
          await(sleep(0.001))
          crash()
        end)
        g:create_task(function()
          raises(CancelledError, await, sleep(1))
          raises("TaskGroup <TaskGroup .*cancelling> is shutting down$", function()
            g:create_task(function() ran = true end)
          end)
        end)
      end)
      assert.is_false(ran)
    end))

    it("test_taskgroup_context_manager_exit_raises has both errors", in_loop(function()
      local task = create_task(function()
        local group = raises_group({"MyExc", "MyExc"}, function()
          local tg <close> = TaskGroup()
          local _ <close> = finally(raiser(MyExc))
          tg:create_task(raiser(MyExc))
          await(sleep(1))
        end)
        assert.is_false(rawequal(group.exceptions[1], group.exceptions[2]))
        assert.equal(0, asyncio.current_task():cancelling())
      end)
      await(task)
    end))

    it("test_taskgroup_finished refuses tasks, which are not missed then",
      in_loop(function(loop)
        loop:set_debug(true)
        loop.slow_callback_duration = 3600
        local tg = TaskGroup()
        asyncio.with(tg, function() end)
        local coro = async(function() end)()
        raises("TaskGroup <TaskGroup entered> is finished$", function()
          tg:create_task(coro)
        end)
        raises("cannot reuse already awaited coroutine", await, coro)
      end))

    it("test_coro_closed_when_tg_closed (adapted) closes a coroutine that it refuses",
      in_loop(function()
        local tg
        do
          local g <close> = TaskGroup()
          tg = g
        end
        local ran = false
        for _, make in ipairs {
          function(fn) return async(fn)() end,
          coroutine.create,
        } do
          local coro = make(function() ran = true end)
          raises("is finished", tg.create_task, tg, coro)
          raises("cannot reuse already awaited coroutine", await, coro)
        end
        raises("is finished", tg.spawn, tg, function() ran = true end)
        await(sleep(0))
        assert.is_false(ran)
      end))

    it("test_taskgroup_without_parent_task raises", in_loop(function(loop)
      local err
      loop:call_soon(function() err = select(2, pcall(TaskGroup)) end)
      await(sleep(0))
      assert.matches("TaskGroup.* cannot determine the parent task", err)
    end))

    it("test_taskgroup_already_entered raises", in_loop(function()
      local ran = false
      asyncio.with(TaskGroup(), function(tg)
        raises("has already been entered", asyncio.with, tg, function() ran = true end)
        tg:create_task(sleep(0))
      end)
      assert.is_false(ran)
    end))

    it("test_taskgroup_double_enter raises", in_loop(function()
      local ran = false
      local tg = TaskGroup()
      asyncio.with(tg, function() end)
      raises("has already been entered", asyncio.with, tg, function() ran = true end)
      assert.is_false(ran)
    end))

    it("test_cancelling_level_preserved takes back its own request", in_loop(function()
      raises_group({"ValueError"}, function()
        local tg <close> = TaskGroup()
        tg:create_task(raises_after(0.0, ValueError))
      end)
      assert.equal(0, asyncio.current_task():cancelling())
      await(sleep(0))
    end))

    it("test_nested_groups_both_cancelled ends with the right count", in_loop(function()
      local task = asyncio.current_task()
      local levels = {}
      raises_group({"ValueError"}, function()
        local outer <close> = TaskGroup()
        raises_group({"MyExc"}, function()
          local inner <close> = TaskGroup()
          inner:create_task(raises_after(0, MyExc))
          outer:create_task(raises_after(0, ValueError))
        end)
        levels[1] = task:cancelling()
      end)
      levels[2] = task:cancelling()
      assert.same({1, 0}, levels)
      await(sleep(0))
    end))

    it("test_error_and_cancel raises the error first and is cancelled next",
      in_loop(function()
        local event = asyncio.Event()
        local seen = {}

        local t = create_task(function()
          local task = asyncio.current_task()
          raises_group({"MyExc"}, function()
            local tg <close> = TaskGroup()
            tg:create_task(function()
              event:set()
              await(sleep(0))
              error(MyExc(), 0)
            end)
            await(sleep(1))
            seen[#seen + 1] = "went on in the group"
          end)
          seen[#seen + 1] = task:cancelling()
          await(sleep(1))
          seen[#seen + 1] = "went on after the group"
        end)
        await(event:wait())
        assert.equal(0, t:cancelling())
        t:cancel()
        assert.equal(1, t:cancelling())
        raises(CancelledError, await, t)
        assert.is_true(t:cancelled())
        assert.same({1}, seen)
      end))

    it("test_taskgroup_20 (adapted) lets KeyboardInterrupt of the body pass",
      function()
        local loop = support.new_loop()
        if factory.is_eager then
          loop:set_task_factory(asyncio.eager_task_factory)
        end
        local reports = support.record_reports(loop) -- of the task's error, or none
        loop:run_until_complete(function()
          local interrupt = asyncio.KeyboardInterrupt()
          local err = raises(asyncio.KeyboardInterrupt, both_fail, crash,
                             function() error(interrupt, 0) end)
          assert.is_true(rawequal(interrupt, err))
        end)
        assert.is_nil(reports[2])
        assert.is_true(#reports == 0 or reports[1].exception == DIVISION_ERROR)
      end)
  end)

  describe("CPython 3.14: TaskGroup of tasks that begin " .. factory.begins, function()
    after_each(support.close_loops)

    it("name is there from the first step", in_loop(function()
      local name
      do
        local tg <close> = TaskGroup()
        tg:create_task(function() name = asyncio.current_task():get_name() end,
                       {name = "example name"})
      end
      assert.equal("example name", name)
    end))

    it("cancels_task_if_created_during_creation", in_loop(function()
      local ran = false
      raises_group({"MyExc"}, function()
        local tg <close> = TaskGroup()
        tg:create_task(function()
          tg:create_task(function() error(MyExc("third"), 0) end)
          raises(CancelledError, function()
            await(sleep(0))
            await(sleep(0))
          end)
          ran = true
        end)
      end)
      assert.is_true(ran)
    end))

    it("cancellation_does_not_leak_out_of_tg", in_loop(function()
      raises_group({"MyExc"}, function()
        local tg <close> = TaskGroup()
        tg:create_task(function() error(MyExc(), 0) end)
      end)
      await(sleep(0))
      await(sleep(0))
    end))

    it("cancels the body at its next await, not in create_task", in_loop(function()
      local task = asyncio.current_task()
      local seen = {}
      raises_group({"MyExc"}, function()
        local tg <close> = TaskGroup()
        local t = tg:create_task(function() error(MyExc(), 0) end, {eager_start = true})
        seen[1] = t:done()
        seen[2] = task:cancelling()
        tg:create_task(function() seen[3] = "a second task" end, {eager_start = true})
        await(sleep(1))
        seen[4] = "the body goes on"
      end)
      assert.same({true, 0, "a second task"}, seen)
    end))
  end)

  -- Lua cannot stop an error in a to-be-closed variable; where the body is
  -- interrupted these tests use the other form of a scope.
  describe("CPython 3.15: TaskGroup.cancel, tasks that begin " .. factory.begins,
    function()
      after_each(support.close_loops)

      it("taskgroup_cancel_children", in_loop(function(_, elapsed)
        local t1, t2
        do
          local tg <close> = TaskGroup()
          t1 = tg:create_task(sleep(10))
          t2 = tg:create_task(sleep(10))
          await(sleep(0))
          tg:cancel()
        end
        assert.is_true(t1:cancelled())
        assert.is_true(t2:cancelled())
        assert.equal(0, elapsed())
        await(sleep(0))
      end))

      for times, name in ipairs {"taskgroup_cancel_body", "taskgroup_cancel_idempotent"} do
        it(name, in_loop(function()
          local count = 0
          local task = asyncio.current_task()
          local n = select("#", asyncio.with(TaskGroup(), function(tg)
            for _ = 1, times do tg:cancel() end
            assert.equal(1, task:cancelling())
            count = count + 1
            await(sleep(0))
            count = count + 1
          end))
          assert.equal(0, n)
          assert.equal(1, count)
          assert.equal(0, task:cancelling())
          await(sleep(0))
        end))
      end

      it("taskgroup_cancel_after_exit", in_loop(function()
        local tg = TaskGroup()
        asyncio.with(tg, function() await(sleep(0)) end)
        tg:cancel()
        assert.equal(0, asyncio.current_task():cancelling())
        await(sleep(0))
      end))

      it("taskgroup_cancel_before_enter (adapted): before the body begins", in_loop(function()
        local tg = TaskGroup()
        tg:cancel()
        local count = 0
        asyncio.with(tg, function()
          count = count + 1
          await(sleep(0))
          count = count + 1
        end)
        assert.equal(1, count)
      end))

      it("taskgroup_cancel_before_create_task", in_loop(function()
        local coro = sleep(1)
        asyncio.with(TaskGroup(), function(tg)
          tg:cancel()
          raises("is shutting down", tg.create_task, tg, coro)
        end)
        raises("cannot reuse already awaited coroutine", await, coro)
      end))

      local function cancels_first(tg)
        tg:cancel()
        error(MyExc(), 0)
      end

      local function cancels_then(tg)
        local _ <close> = finally(function() tg:cancel() end)
        error(MyExc(), 0)
      end

      for name, of_task in pairs {before = cancels_first, after = cancels_then} do
        it("taskgroup_cancel_" .. name .. "_exception", in_loop(function(_, elapsed)
          raises_group({"MyExc"}, function()
            local tg <close> = TaskGroup()
            tg:create_task(async(of_task)(tg))
            await(sleep(1))
          end)
          assert.equal(0, elapsed())
          await(sleep(0))
        end))
      end

      for name, body in pairs {before = cancels_first, after = cancels_then} do
        it("taskgroup_body_cancel_" .. name .. "_exception", in_loop(function()
          raises_group({"MyExc"}, function()
            local tg <close> = TaskGroup()
            body(tg)
          end)
          assert.equal(0, asyncio.current_task():cancelling())
          await(sleep(0))
        end))
      end

      it("taskgroup_cancel_one_winner", in_loop(function()
        local record = {}
        local event = asyncio.Event()

        local function race(...)
          local outcome
          do
            local tg <close> = TaskGroup()
            for _, fn in ipairs {...} do
              tg:create_task(function()
                outcome = fn()
                tg:cancel()
              end)
            end
          end
          return outcome
        end

        local function entrant(number, wait)
          return function()
            record[#record + 1] = number .. " started"
            wait()
            record[#record + 1] = number .. " finished"
            return number
          end
        end

        local function wait_for_event() await(event:wait()) end

        assert.equal(1, race(
          entrant(1, wait_for_event),
          entrant(2, wait_for_event),
          entrant(3, function()
            event:set()
            await(sleep(10))
          end)))
        assert.same({"1 started", "2 started", "3 started", "1 finished"}, record)
      end))
    end)
end
