-- CPython's tests of asyncio with context variables in Lua: what tasks, callbacks
-- and exception handlers see of them. to_thread's is in test_threads_spec.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep
local ContextVar, copy_context = asyncio.ContextVar, asyncio.copy_context

describe("test_context DecimalContextTest", function()
  it("test_asyncio_task_decimal_context (adapted): digits in a variable", function()
    local digits = ContextVar("digits")

    local function quotient(x, y)
      return ("%." .. digits:get() .. "g"):format(x / y)
    end

    local fractions = asyncio.async(function(t, precision, x, y)
      local token = digits:set(precision)
      local a = quotient(x, y)
      await(sleep(t))
      local b = quotient(x, y ^ 2)
      digits:reset(token)
      return {a, b}
    end)

    local results = asyncio.run(function()
      return await(asyncio.gather(fractions(0.1, 3, 1, 3), fractions(0.2, 6, 1, 3)))
    end, {clock = "virtual"})
    assert.same({"0.333", "0.111"}, results[1])
    assert.same({"0.333333", "0.111111"}, results[2])
    assert.is_nil(digits:get(nil))
  end)
end)

describe("test_tasks BaseTaskTests", function()
  local loop

  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  local function new_task(fn, opts)
    opts = opts or {}
    opts.loop = loop
    return asyncio.Task(coroutine.create(fn), opts)
  end

  it("test_context_1", function()
    local cvar = ContextVar("cvar", {default = "nope"})
    local ended = false

    local function sub()
      await(sleep(0.01))
      assert.equal("nope", cvar:get())
      cvar:set("something else")
      ended = true
    end

    loop:run_until_complete(new_task(function()
      assert.equal("nope", cvar:get())
      local subtask = new_task(sub)
      cvar:set("yes")
      assert.equal("yes", cvar:get())
      await(subtask)
      assert.equal("yes", cvar:get())
    end))
    assert.is_true(ended)
  end)

  it("test_context_2", function()
    local cvar = ContextVar("cvar", {default = "nope"})
    local calls = 0
    -- This must not change the context of the task.
    local function fut_on_done()
      calls = calls + 1
      cvar:set("something else")
    end

    loop:run_until_complete(new_task(function()
      assert.equal("nope", cvar:get())
      for j = 0, 1 do
        local fut = loop:create_future()
        fut:add_done_callback(fut_on_done)
        cvar:set("yes" .. j)
        loop:call_soon(fut.set_result, fut, nil)
        await(fut)
        assert.equal("yes" .. j, cvar:get())

        for i = 0, 2 do
          -- The task waits for the sleep in its own context.
          local value = ("yes%d-%d"):format(i, j)
          cvar:set(value)
          await(sleep(0.001))
          assert.equal(value, cvar:get())
        end
      end
    end))
    assert.equal(2, calls)
    assert.equal("nope", cvar:get())
  end)

  it("test_context_3", function()
    local cvar = ContextVar("cvar", {default = -1})
    local steps = 0

    local function sub(num)
      for i = 0, 9 do
        cvar:set(num + i)
        await(sleep((num * 7 + i * 3) % 50 / 1000 + 0.001))
        assert.equal(num + i, cvar:get())
        steps = steps + 1
      end
    end

    loop:run_until_complete(function()
      local tasks = {}
      for i = 1, 100 do
        tasks[i] = loop:create_task(function() sub(i % 11) end)
      end
      await(asyncio.gather(tasks))
    end)
    assert.equal(1000, steps)
    assert.equal(-1, cvar:get())
  end)

  -- Two tasks, one after the other, in one context.
  local function shared(create)
    local cvar = ContextVar("cvar")
    local seen = table.pack(loop:run_until_complete(new_task(function()
      local ctx = copy_context()
      local function coro(value)
        return function()
          await(sleep(0))
          cvar:set(value)
        end
      end
      local before = ctx:get(cvar)
      await(create(coro(1), {context = ctx}))
      local between = ctx:get(cvar)
      await(create(coro(2), {context = ctx}))
      return before, between, ctx:get(cvar)
    end)))
    assert.same({n = 3, nil, 1, 2}, seen)
  end

  it("test_context_4 shares a context by Task{context=}", function()
    shared(new_task)
  end)

  it("test_context_5 shares a context by asyncio.create_task{context=}", function()
    shared(asyncio.create_task)
  end)

  it("test_context_6 shares a context by loop:create_task{context=}", function()
    shared(function(fn, opts) return loop:create_task(fn, opts) end)
  end)

  it("test_get_context", function()
    local context = copy_context()
    local task = new_task(function() return "ok" end, {context = context})
    assert.is_true(rawequal(context, task:get_context()))
    loop:run_until_complete(task)
    assert.is_true(rawequal(context, task:get_context()))
  end)
end)

describe("test_futures2 FutureTests", function()
  local loop

  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  -- Runs the body in a task; returns what the exception handler finds in name.
  local function seen_by_handler(name, body)
    local seen = {}
    loop:set_exception_handler(function(_, report)
      seen[#seen + 1] = name:get()
      assert.matches("1 / 0", report.exception)
    end)
    loop:run_until_complete(function()
      body()
      await(sleep(0))
      support.gc_collect()
    end)
    return seen
  end

  it("test_task_exc_handler_correct_context", function()
    local name = ContextVar("name", {default = "foo"})
    assert.same({"bar"}, seen_by_handler(name, function()
      asyncio.Task(coroutine.create(function()
        name:set("bar")
        error("1 / 0")
      end))
    end))
  end)

  it("test_handle_exc_handler_correct_context", function()
    local name = ContextVar("name", {default = "foo"})
    assert.same({"bar"}, seen_by_handler(name, function()
      loop:call_soon(function()
        name:set("bar")
        error("1 / 0")
      end)
    end))
  end)
end)

describe("test_runners RunnerTests", function()
  it("test_run_keeps_context", function()
    local cvar = ContextVar("cvar", {default = -1})
    local f = asyncio.async(function(value)
      local old = cvar:get()
      await(sleep(0))
      cvar:set(value)
      return old
    end)

    local runner <close> = asyncio.Runner()
    assert.equal(-1, runner:run(f(1)))
    assert.equal(1, runner:run(f(2)))
    assert.equal(2, runner:run(copy_context):get(cvar))
    assert.equal(-1, cvar:get())
  end)
end)

describe("test_eager_task_factory EagerTaskFactoryLoopTests", function()
  local loop

  before_each(function()
    loop = support.new_loop()
    loop:set_task_factory(asyncio.eager_task_factory)
  end)
  after_each(support.close_loops)

  it("test_context_vars", function()
    local cv = ContextVar("cv", {default = 0})
    local steps = 0

    local function coro()
      assert.equal(1, cv:get())
      cv:set(2)
      assert.equal(2, cv:get())
      steps = 1
      await(sleep(0.1))
      assert.equal(2, cv:get())
      cv:set(3)
      assert.equal(3, cv:get())
      steps = 2
    end

    loop:run_until_complete(function()
      cv:set(1)
      local task = loop:create_task(coro)
      assert.equal(1, steps)
      assert.equal(1, cv:get())
      await(task)
      assert.equal(2, steps)
      assert.equal(1, cv:get())
    end)
  end)
end)
