-- CPython's test_eager_task_factory in Lua: tasks whose first step runs inside
-- create_task, and how many tasks a program makes.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep

describe("test_eager_task_factory EagerTaskFactoryLoopTests", function()
  local loop, eager_task_factory, made

  -- A constructor that is the module's own and notes what it makes.
  local function new_task(coro, opts)
    local task = asyncio.Task(coro, opts)
    made[#made + 1] = task
    return task
  end

  before_each(function()
    made = {}
    loop = support.new_loop()
    eager_task_factory = asyncio.create_eager_task_factory(new_task)
    loop:set_task_factory(eager_task_factory)
  end)
  after_each(support.close_loops)

  it("test_eager_task_factory_set makes tasks with the given constructor", function()
    assert.is_function(eager_task_factory)
    assert.is_true(rawequal(eager_task_factory, loop:get_task_factory()))

    loop:run_until_complete(function()
      local before = #made
      local task = loop:create_task(function() end)
      assert.equal(before + 1, #made)
      assert.is_true(rawequal(task, made[#made]))
      assert.matches("^<Task finished ", tostring(task))
      await(task)
    end)

    loop:set_task_factory(asyncio.eager_task_factory)
    assert.is_true(rawequal(asyncio.eager_task_factory, loop:get_task_factory()))
    loop:run_until_complete(function()
      assert.is_true(loop:create_task(function() end):done())
    end)
    loop:set_task_factory(nil)
    assert.is_nil(loop:get_task_factory())
    loop:run_until_complete(function()
      assert.is_false(loop:create_task(function() end):done())
    end)
  end)

  it("test_await_future_during_eager_step completes a future inside create_task", function()
    local set_result = asyncio.async(function(fut, ...) fut:set_result(...) end)

    local res = table.pack(loop:run_until_complete(function()
      local fut = loop:create_future()
      local task = loop:create_task(set_result(fut, "my message", nil, 3))
      assert.is_true(task:done())
      assert.is_true(fut:done())
      return await(fut)
    end))
    assert.same({"my message", nil, 3, n = 3}, res)
  end)

  it("test_eager_completion is done on return", function()
    local events = {}
    local res = loop:run_until_complete(function()
      events[#events + 1] = "create"
      local task = loop:create_task(function()
        events[#events + 1] = "body"
        return "hello"
      end)
      events[#events + 1] = "created"
      assert.is_true(task:done())
      loop:call_soon(function() events[#events + 1] = "tick" end)
      local value = await(task)
      events[#events + 1] = "awaited"
      return value
    end)
    assert.equal("hello", res)
    assert.same({"create", "body", "created", "awaited", "tick"}, events)
  end)

  it("test_block_after_eager_step goes on later", function()
    local events = {}
    local begin = loop:time()
    local res = loop:run_until_complete(function()
      local task = loop:create_task(function()
        events[#events + 1] = "body"
        await(sleep(0.1))
        events[#events + 1] = "slept"
        return "finished after blocking"
      end)
      events[#events + 1] = "created"
      assert.is_false(task:done())
      local value = await(task)
      events[#events + 1] = "awaited"
      assert.is_true(task:done())
      return value
    end)
    assert.equal("finished after blocking", res)
    assert.same({"body", "created", "slept", "awaited"}, events)
    assert.near(0.1, loop:time() - begin, 1e-6)
  end)

  it("test_cancellation_after_eager_completion has no effect", function()
    local res = loop:run_until_complete(function()
      local task = loop:create_task(function() return "finished without blocking" end)
      assert.is_false(task:cancel())
      assert.equal(0, task:cancelling())
      local value = await(task)
      assert.is_false(task:cancelled())
      return value
    end)
    assert.equal("finished without blocking", res)
  end)

  it("test_cancellation_after_eager_step_blocks cancels with the message", function()
    local events = {}
    local task
    local err = support.raises(asyncio.CancelledError, loop.run_until_complete, loop,
      function()
        task = loop:create_task(function()
          events[#events + 1] = "body"
          local _, err = pcall(await, sleep(0.1))
          events[#events + 1] = tostring(err)
          error(err, 0)
        end)
        assert.is_true(task:cancel("cancellation message"))
        assert.equal(1, task:cancelling())
        events[#events + 1] = "cancelled"
        await(task)
      end)
    assert.equal("cancellation message", err.message)
    assert.is_true(task:cancelled())
    assert.same({"body", "cancelled", "CancelledError: cancellation message"}, events)
  end)

  it("test_current_task is the new task during the eager step and later", function()
    local first, later
    loop:run_until_complete(function()
      local parent = asyncio.current_task()
      local task = loop:create_task(function()
        first = asyncio.current_task()
        await(sleep(0.1))
        later = asyncio.current_task()
      end)
      assert.is_true(rawequal(task, first))
      assert.is_true(rawequal(parent, asyncio.current_task()))
      assert.is_nil(later)
      await(task)
      assert.is_true(rawequal(task, later))
      assert.is_true(rawequal(parent, asyncio.current_task()))
    end)
  end)

  it("test_all_tasks_with_eager_completion holds the task during and not after", function()
    local during
    loop:run_until_complete(function()
      local parent = asyncio.current_task()
      local task = loop:create_task(function() during = asyncio.all_tasks() end)
      assert.same({parent, task}, {table.unpack(during)})
      assert.is_true(during[task])
      assert.is_true(during[parent])
      local after = asyncio.all_tasks()
      assert.is_nil(after[task])
      assert.equal(1, #after)
      assert.is_true(rawequal(parent, after[1]))
    end)
  end)

  it("test_all_tasks_with_blocking holds the task until it is done", function()
    local during
    loop:run_until_complete(function()
      local fut1, fut2 = loop:create_future(), loop:create_future()
      local task = loop:create_task(function()
        during = asyncio.all_tasks()
        await(fut1)
        fut2:set_result()
      end)
      assert.is_true(during[task])
      assert.is_true(asyncio.all_tasks()[task])
      fut1:set_result()
      await(fut2)
      assert.is_nil(asyncio.all_tasks()[task])
    end)
  end)
end)

describe("test_eager_task_factory CEagerTaskFactoryLoopTests", function()
  after_each(support.close_loops)

  it("test_issue122332 (adapted) has no coroutine after an eager completion", function()
    local loop = support.new_loop()
    loop:set_task_factory(asyncio.eager_task_factory)
    loop:run_until_complete(function()
      local task = loop:create_task(function() end)
      assert.is_nil(task:get_coro())
      await(task)
      assert.is_nil(task:get_coro())

      task = loop:create_task(function() await(sleep(0)) end)
      assert.is_thread(task:get_coro())
      await(task)
    end)
  end)
end)

local awaitable_chain
awaitable_chain = asyncio.async(function(depth)
  if depth == 0 then return 0 end
  return 1 + await(awaitable_chain(depth - 1))
end)

local recursive_gather
recursive_gather = asyncio.async(function(width, depth)
  if depth == 0 then return end
  local children = {}
  for i = 1, width do
    children[i] = recursive_gather(width, depth - 1)
  end
  await(asyncio.gather(table.unpack(children)))
end)

local recursive_taskgroups
recursive_taskgroups = asyncio.async(function(width, depth)
  if depth == 0 then return end
  local tg <close> = asyncio.TaskGroup()
  for _ = 1, width do tg:create_task(recursive_taskgroups(width, depth - 1)) end
end)

-- The tests of BaseTaskCountingTests, which the classes below run lazily and
-- eagerly. Only the tasks that do not begin at once are counted.
local function count_tasks(class, eager, expected_chain, expected_gather)
  describe("test_eager_task_factory " .. class, function()
    local loop, scheduled

    local function counting_task(coro, opts)
      if not opts.eager_start then
        scheduled = scheduled + 1
      end
      return asyncio.Task(coro, opts)
    end

    local function lazy_factory(of, coro, opts)
      local with_loop = {loop = of}
      for key, value in pairs(opts or {}) do
        with_loop[key] = value
      end
      return counting_task(coro, with_loop)
    end

    before_each(function()
      scheduled = 0
      loop = support.new_loop()
      loop:set_task_factory(eager and asyncio.create_eager_task_factory(counting_task)
        or lazy_factory)
    end)
    after_each(support.close_loops)

    it("test_awaitables_chain makes no task for what is awaited", function()
      assert.equal(100, loop:run_until_complete(awaitable_chain(100)))
      assert.equal(expected_chain, scheduled)
    end)

    it("test_recursive_taskgroups makes one task for each coroutine", function()
      loop:run_until_complete(recursive_taskgroups(5, 4))
      assert.equal(expected_gather, scheduled)
    end)

    it("test_recursive_gather makes one task for each coroutine", function()
      loop:run_until_complete(recursive_gather(5, 4))
      assert.equal(expected_gather, scheduled)
    end)
  end)
end

count_tasks("NonEagerTests", false, 1, 781) -- 1 + 5 + 25 + 125 + 625
count_tasks("EagerTests", true, 0, 0)
