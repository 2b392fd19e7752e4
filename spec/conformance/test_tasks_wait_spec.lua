-- wait, as_completed and sleep.
local asyncio = require "asyncio"
local support = require "spec.support"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep
local run_briefly, raises = support.run_briefly, support.raises

local function new_task(loop, coro)
  return asyncio.Task(coro, {loop = loop, name = "TestTask"})
end

-- The members of a set that wait() returned, in its order; what it lists it
-- must also have as a key, and nothing else.
local function members(set)
  local list, keys = {}, 0
  for i, f in ipairs(set) do
    list[i] = f
    assert.is_true(set[f])
  end
  for k in pairs(set) do
    if math.type(k) ~= "integer" then keys = keys + 1 end
  end
  assert.equal(#list, keys)
  return list
end

local function results_of(list)
  local results = {}
  for i, f in ipairs(list) do results[i] = f:result() end
  return results
end

describe("test_tasks BaseTaskTests", function()
  local loop, start

  local function assert_elapsed(seconds)
    assert.near(seconds, loop:time() - start, 1e-8)
  end

  local function renew()
    loop = support.new_loop()
    start = loop:time()
  end

  -- Nothing is left that could wake the loop, not even a timer.
  local function assert_idle(fut)
    local now = loop:time()
    raises(asyncio.DeadlockError, loop.run_until_complete, loop,
      fut or loop:create_future())
    assert.equal(now, loop:time())
  end

  before_each(renew)
  after_each(support.close_loops)

  it("test_wait", function()
    local a = new_task(loop, sleep(0.1))
    local b = new_task(loop, sleep(0.15))
    local foo = async(function()
      local done, pending = await(asyncio.wait({b, a}))
      assert.same({b, a}, members(done))
      assert.same({}, members(pending))
      return 42
    end)
    assert.equal(42, loop:run_until_complete(new_task(loop, foo())))
    assert_elapsed(0.15)

    assert.equal(42, loop:run_until_complete(new_task(loop, foo())))
    assert_elapsed(0.15)
  end)

  it("test_wait_duplicate_coroutines", function()
    local coro = async(function(s) return s end)
    local c = loop:create_task(coro("test"))
    local task = new_task(loop, asyncio.wait({c, c, loop:create_task(coro("spam"))}))
    local done, pending = loop:run_until_complete(task)
    assert.same({}, members(pending))
    assert.same({"test", "spam"}, results_of(members(done)))
  end)

  it("test_wait_errors", function()
    raises("Set of Tasks/Futures is empty%.$", function()
      loop:run_until_complete(asyncio.wait({}))
    end)
    raises("Invalid return_when value: %-1", function()
      loop:run_until_complete(asyncio.wait({sleep(10)}, {return_when = -1}))
    end)
  end)

  it("test_wait_first_completed", function()
    local a = new_task(loop, sleep(10))
    local b = new_task(loop, sleep(0.1))
    local task = new_task(loop,
      asyncio.wait({b, a}, {return_when = asyncio.FIRST_COMPLETED}))
    local done, pending = loop:run_until_complete(task)
    assert.same({b}, members(done))
    assert.same({a}, members(pending))
    assert.is_false(a:done())
    assert.is_true(b:done())
    assert.is_nil(b:result())
    assert_elapsed(0.1)

    loop:run_until_complete(asyncio.wait({a, b}))
    assert_elapsed(10)
    assert.is_false(a:cancelled())
  end)

  it("test_wait_really_done", function()
    local a = new_task(loop, async(function() await(sleep(0)) end)())
    local b = new_task(loop, async(function()
      await(sleep(0))
      await(sleep(0))
    end)())
    local task = new_task(loop,
      asyncio.wait({b, a}, {return_when = asyncio.FIRST_COMPLETED}))
    local done, pending = loop:run_until_complete(task)
    assert.same({b, a}, members(done))
    assert.same({}, members(pending))
    assert.is_true(a:done())
    assert.is_nil(a:result())
    assert.is_true(b:done())
    assert.is_nil(b:result())
  end)

  it("test_wait_first_exception", function()
    local a = new_task(loop, sleep(10))
    local b = new_task(loop, async(function() error(asyncio.Exception("err")) end)())
    local task = new_task(loop,
      asyncio.wait({b, a}, {return_when = asyncio.FIRST_EXCEPTION}))
    local done, pending = loop:run_until_complete(task)
    assert.same({b}, members(done))
    assert.same({a}, members(pending))
    assert_elapsed(0)

    loop:run_until_complete(asyncio.wait({a, b}))
    assert_elapsed(10)
  end)

  it("test_wait_first_exception_in_wait", function()
    local a = new_task(loop, sleep(10))
    local b = new_task(loop, async(function()
      await(sleep(0.01))
      error(asyncio.Exception("err"))
    end)())
    local done, pending = loop:run_until_complete(
      asyncio.wait({b, a}, {return_when = asyncio.FIRST_EXCEPTION}))
    assert.same({b}, members(done))
    assert.same({a}, members(pending))
    assert_elapsed(0.01)

    loop:run_until_complete(asyncio.wait({a, b}))
    assert_elapsed(10)
  end)

  it("test_wait_with_exception", function()
    local a = new_task(loop, sleep(0.1))
    local b = new_task(loop, async(function()
      await(sleep(0.15))
      error(asyncio.Exception("really"))
    end)())
    local foo = async(function()
      local done, pending = await(asyncio.wait({b, a}))
      assert.same({b, a}, members(done))
      assert.same({}, members(pending))
      assert.equal("really", b:exception().message)
      assert.is_nil(a:exception())
      return "checked"
    end)
    for _ = 1, 2 do
      assert.equal("checked", loop:run_until_complete(new_task(loop, foo())))
      assert_elapsed(0.15)
    end
  end)

  it("test_wait_with_timeout", function()
    local a = new_task(loop, sleep(0.1))
    local b = new_task(loop, sleep(0.15))
    local foo = async(function()
      local done, pending = await(asyncio.wait({b, a}, {timeout = 0.11}))
      assert.same({a}, members(done))
      assert.same({b}, members(pending))
      assert.equal(0, b:cancelling())
    end)
    loop:run_until_complete(new_task(loop, foo()))
    assert_elapsed(0.11)

    loop:run_until_complete(asyncio.wait({a, b}))
    assert_elapsed(0.15)
    assert.is_false(b:cancelled())
  end)

  it("test_wait_concurrent_complete", function()
    local a = new_task(loop, sleep(0.1))
    local b = new_task(loop, sleep(0.15))
    local done, pending = loop:run_until_complete(
      asyncio.wait({b, a}, {timeout = 0.1}))
    assert.same({a}, members(done))
    assert.same({b}, members(pending))
    assert_elapsed(0.1)

    loop:run_until_complete(asyncio.wait({a, b}))
    assert_elapsed(0.15)
  end)

  it("test_wait_with_iterator_of_tasks (adapted)", function()
    local a = new_task(loop, sleep(0.1))
    local b = new_task(loop, sleep(0.15))
    local foo = async(function()
      local done, pending = await(asyncio.wait({[b] = true, [a] = true}))
      assert.equal(2, #members(done))
      assert.is_true(done[a])
      assert.is_true(done[b])
      assert.same({}, members(pending))
      return 42
    end)
    assert.equal(42, loop:run_until_complete(new_task(loop, foo())))
    assert_elapsed(0.15)
  end)

  it("test_wait_generator (adapted)", function()
    local func = async(function(i) return i end)
    local checked = loop:run_until_complete(function()
      local tasks = {}
      for i = 1, 10 do tasks[i] = new_task(loop, func(i)) end
      local done, pending = await(
        asyncio.wait(tasks, {return_when = asyncio.ALL_COMPLETED}))
      assert.same(tasks, members(done))
      assert.same({}, members(pending))
      -- What wait() returns is something wait() takes.
      done, pending = await(asyncio.wait(done))
      assert.same(tasks, members(done))
      assert.same({}, members(pending))
      return true
    end)
    assert.is_true(checked)
  end)

  -- Both ways to go through as_completed, by the name CPython's tests use.
  local STYLES = {
    {
      name = "the plain iteration",
      loop_over = function(awaitables, opts, body)
        for co in asyncio.as_completed(awaitables, opts) do body(co) end
      end,
    },
    {
      name = "the iteration of futures",
      loop_over = function(awaitables, opts, body)
        for fut in asyncio.as_completed(awaitables, opts):futures() do body(fut) end
      end,
    },
  }

  for _, style in ipairs(STYLES) do
    it("test_as_completed by " .. style.name, function()
      local finished = {}
      local sleeper = async(function(dt, x)
        await(sleep(dt))
        finished[#finished + 1] = x
        return x
      end)
      local a, b, c = sleeper(0.01, "a"), sleeper(0.01, "b"), sleeper(0.15, "c")
      local values, times = {}, {}
      loop:run_until_complete(function()
        style.loop_over({b, c, a}, nil, function(f)
          values[#values + 1] = await(f)
          times[#times + 1] = math.floor((loop:time() - start) * 1000 + 0.5)
        end)
      end)
      assert.same({"b", "a", "c"}, finished)
      assert.same({"b", "a", "c"}, values)
      assert.same({10, 10, 150}, times)
      assert_elapsed(0.15)
    end)

    it("test_as_completed_with_timeout by " .. style.name, function()
      local a = loop:create_task(sleep(0.1, "a"))
      local b = loop:create_task(sleep(0.15, "b"))
      local res = {}
      loop:run_until_complete(function()
        local ok, err = pcall(style.loop_over, {a, b}, {timeout = 0.12}, function(f)
          res[#res + 1] = await(f)
        end)
        res[#res + 1] = not ok and asyncio.isinstance(err, asyncio.TimeoutError)
      end)
      assert.same({"a", true}, res)
      assert_elapsed(0.12)

      loop:run_until_complete(asyncio.wait({a, b}))
      assert_elapsed(0.15)
      assert.equal("b", b:result())
    end)

    it("test_as_completed_with_unused_timeout by " .. style.name, function()
      local values = {}
      loop:run_until_complete(function()
        style.loop_over({sleep(0.01, "a")}, {timeout = 1}, function(f)
          values[#values + 1] = await(f)
        end)
      end)
      assert.same({"a"}, values)
      assert_elapsed(0.01)
      assert_idle()
    end)

    it("test_as_completed_concurrent by " .. style.name, function()
      local a, b = sleep(0.05, "a"), sleep(0.05, "b")
      local results = loop:run_until_complete(function()
        local tasks = {}
        style.loop_over({a, b}, nil, function(f)
          tasks[#tasks + 1] = asyncio.ensure_future(f)
        end)
        assert.equal(2, #tasks)
        local done = await(asyncio.wait(tasks))
        return results_of(members(done))
      end)
      assert.same({"a", "b"}, results)
      assert_elapsed(0.05)
    end)

    it("test_as_completed_duplicate_coroutines by " .. style.name, function()
      local runs = {}
      local coro = async(function(s)
        runs[#runs + 1] = s
        return s
      end)
      local result = {}
      loop:run_until_complete(function()
        local c = coro("ham")
        style.loop_over({c, c, coro("spam")}, nil, function(f)
          result[#result + 1] = await(f)
        end)
      end)
      assert.same({"ham", "spam"}, result)
      assert.same({"ham", "spam"}, runs)
    end)
  end

  it("test_as_completed_same_tasks_in_as_out", function()
    local coro = async(function(i) return i end)
    local function out_of(awaitables)
      return loop:run_until_complete(function()
        local out = {}
        for fut in asyncio.as_completed(awaitables):futures() do
          assert.is_true(fut:done())
          out[#out + 1] = fut
        end
        return out
      end)
    end

    local coros = {coro(0), coro(1), coro(2), coro(3)}
    local out = out_of(coros)
    assert.equal(4, #out)
    for i = 1, 4 do
      assert.is_true(asyncio.isfuture(out[i]))
      assert.equal(i - 1, out[i]:result())
    end

    -- The two tasks exist before the two coroutines get theirs.
    local a, b, c, d = coro("a"), loop:create_task(coro("b")), coro("c"),
      loop:create_task(coro("d"))
    out = out_of({a, b, c, d})
    assert.same({"b", "d", "a", "c"}, results_of(out))
    assert.is_true(rawequal(b, out[1]))
    assert.is_true(rawequal(d, out[2]))
  end)

  it("test_as_completed_resume_iterator", function()
    local coro = async(function(i) return i end)
    local function awaitables() return {coro(0), coro(1), coro(2), coro(3)} end
    local collected = loop:run_until_complete(function()
      local iterator, list = asyncio.as_completed(awaitables()), {}
      for co in iterator do
        list[#list + 1] = await(co)
        if #list == 2 then break end
      end
      assert.equal(2, #list)
      for co in iterator do list[#list + 1] = await(co) end
      return list
    end)
    assert.same({0, 1, 2, 3}, collected)

    collected = loop:run_until_complete(function()
      local iterator, list = asyncio.as_completed(awaitables()), {}
      for fut in iterator:futures() do
        list[#list + 1] = await(fut)
        if #list == 2 then break end
      end
      assert.equal(2, #list)
      for fut in iterator:futures() do list[#list + 1] = await(fut) end
      return list
    end)
    assert.same({0, 1, 2, 3}, collected)
  end)

  it("test_as_completed_reverse_wait", function()
    local a, b = sleep(0.05, "a"), sleep(0.10, "b")
    local checked = loop:run_until_complete(function()
      local futs = {}
      for co in asyncio.as_completed({a, b}) do futs[#futs + 1] = co end
      assert.equal(2, #futs)
      assert.equal("a", (await(futs[2])))
      assert_elapsed(0.05)
      assert.equal("b", (await(futs[1])))
      assert_elapsed(0.10)
      return true
    end)
    assert.is_true(checked)
  end)

  it("test_as_completed_coroutine_without_loop", function()
    local coro = async(function() return 42 end)
    raises("no current event loop", asyncio.as_completed, {coro()})
  end)

  it("test_as_completed_coroutine_use_running_loop", function()
    local coro = async(function() return 42 end)
    local value = loop:run_until_complete(function()
      local futs = {}
      for co in asyncio.as_completed({coro()}) do futs[#futs + 1] = co end
      assert.equal(1, #futs)
      return await(futs[1])
    end)
    assert.equal(42, value)
  end)

  it("test_sleep", function()
    local times = {}
    local t = new_task(loop, async(function()
      await(sleep(0.05))
      times[1] = loop:time() - start
      local res = await(sleep(0.05, "yeah"))
      times[2] = loop:time() - start
      return res
    end)())
    loop:run_until_complete(t)
    assert.is_true(t:done())
    assert.equal("yeah", t:result())
    assert.near(0.05, times[1], 1e-8)
    assert.near(0.1, times[2], 1e-8)
    assert_elapsed(0.1)
  end)

  it("test_sleep_when_delay_is_nan", function()
    local t = new_task(loop, async(function() await(sleep(0 / 0)) end)())
    raises("Invalid delay: NaN %(not a number%)", loop.run_until_complete, loop, t)
  end)

  it("test_sleep_cancel", function()
    local t = new_task(loop, sleep(10, "yeah"))
    run_briefly(loop)
    assert.is_false(t:done())
    t:cancel()
    run_briefly(loop)
    assert.is_true(t:cancelled())
    assert_idle()
    assert_elapsed(0)
  end)

  it("test_as_completed_invalid_args", function()
    local coro = async(function() end)
    local text = "expects an iterable of awaitables, not"
    raises(text, asyncio.as_completed, loop:create_future())
    raises(text, asyncio.as_completed, coro())
    for _, make in ipairs {function() return loop:create_future() end, coro} do
      raises(text, loop.run_until_complete, loop, function()
        for _ in asyncio.as_completed(make()):futures() do error("iterated") end
      end)
    end
  end)

  it("test_wait_invalid_args", function()
    local coro = async(function() end)
    raises("expect a list of futures, not", function()
      loop:run_until_complete(asyncio.wait(loop:create_future()))
    end)
    raises("expect a list of futures, not", function()
      loop:run_until_complete(asyncio.wait(coro()))
    end)
    raises("Set of Tasks/Futures is empty%.$", function()
      loop:run_until_complete(asyncio.wait({}))
    end)
  end)
end)

describe("test_tasks SleepTests", function()
  after_each(support.close_loops)

  it("test_sleep_zero", function()
    local loop = support.new_loop()
    local start = loop:time()
    local result = 0
    local events = {}
    local function inc_result(num)
      result = result + num
      events[#events + 1] = result
    end
    loop:run_until_complete(function()
      loop:call_soon(inc_result, 1)
      assert.equal(0, result)
      local num = await(sleep(0, 10))
      assert.equal(1, result)
      inc_result(num)
    end)
    assert.same({1, 11}, events)
    assert.equal(start, loop:time())
  end)
end)
