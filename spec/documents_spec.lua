-- What the asyncio documents promise, row by row: the name of each test begins
-- with the row of the behaviour reference that it pins. The last test checks
-- that no row is left out.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep, create_task = asyncio.await, asyncio.sleep, asyncio.create_task
local raises = support.raises

local function run(main, opts)
  opts = opts or {}
  opts.clock = "virtual"
  return asyncio.run(main, opts)
end

local function now()
  return asyncio.get_running_loop():time()
end

--- The error that fn(...) raises, which must be one.
local function failure(fn, ...)
  return raises(nil, fn, ...)
end

local function near(expected, actual)
  assert.is_near(expected, actual, 1e-6)
end

after_each(support.close_loops)

describe("coroutines and awaitables", function()
  it("S001 calling a coroutine function makes an object and runs nothing", function()
    local ran = false
    local nested = asyncio.async(function() ran = true end)
    local co = nested()
    assert.is_true(asyncio.iscoroutine(co))
    run(function() await(sleep(1)) end)
    assert.is_false(ran)
  end)

  it("S002 a coroutine runs by run, by await, and as a task", function()
    local log = {}
    local step = asyncio.async(function(name)
      log[#log + 1] = name
      return name
    end)
    assert.equal("run", run(step("run")))
    run(function()
      assert.equal("await", await(step("await")))
      assert.equal("task", await(create_task(step("task"))))
    end)
    assert.same({"run", "await", "task"}, log)
  end)

  it("S003 two coroutines awaited one after the other take the sum", function()
    local log, seconds = {}, nil
    local say_after = asyncio.async(function(delay, what)
      await(sleep(delay))
      log[#log + 1] = what
    end)
    run(function()
      local start = now()
      log[#log + 1] = "started"
      await(say_after(1, "hello"))
      await(say_after(2, "world"))
      log[#log + 1] = "finished"
      seconds = now() - start
    end)
    assert.same({"started", "hello", "world", "finished"}, log)
    near(3, seconds)
  end)

  it("S004 two tasks made first and awaited then run side by side", function()
    local log, seconds = {}, nil
    local say_after = asyncio.async(function(delay, what)
      await(sleep(delay))
      log[#log + 1] = what
    end)
    run(function()
      local task1 = create_task(say_after(1, "hello"))
      local task2 = create_task(say_after(2, "world"))
      local start = now()
      log[#log + 1] = "started"
      await(task1)
      await(task2)
      log[#log + 1] = "finished"
      seconds = now() - start
    end)
    assert.same({"started", "hello", "world", "finished"}, log)
    near(2, seconds)
  end)

  it("S005 coroutines, tasks, futures and more can be awaited", function()
    local answer = asyncio.async(function() return "coroutine" end)
    run(function()
      local fut = asyncio.Future()
      fut:set_result("future")
      local object = setmetatable({}, {
        __await = function() return await(sleep(0, "object")) end,
      })
      assert.equal("coroutine", await(answer()))
      assert.equal("thread", await(coroutine.create(function() return "thread" end)))
      assert.equal("function", await(function() return "function" end))
      assert.equal("task", await(create_task(function() return "task" end)))
      assert.equal("future", await(fut))
      assert.equal("object", await(object))
      for _, v in ipairs {answer(), coroutine.create(print), print, fut, object} do
        assert.is_true(asyncio.isawaitable(v))
      end
      assert.is_false(asyncio.isawaitable(42))
      assert.is_false(asyncio.isawaitable("text"))
      assert.is_false(asyncio.isawaitable({}))
    end)
  end)

  it("S005 gather, shield, wait_for and as_completed take any awaitable", function()
    run(function()
      local object = setmetatable({}, {
        __await = function() return await(sleep(1, "object")) end,
      })
      local function fn() return await(sleep(1, "function")) end
      local r = await(asyncio.gather(object, fn))
      assert.equal("object", r[1])
      assert.equal("function", r[2])
      assert.equal("object", await(asyncio.shield(object)))
      assert.equal("object", await(asyncio.wait_for(object, 2)))
      for co in asyncio.as_completed {object} do
        assert.equal("object", await(co))
      end
    end)
  end)

  it("S006 await returns what the coroutine returned, all of it", function()
    local nested = asyncio.async(function() return 42 end)
    local several = asyncio.async(function() return 1, nil, 3, nil end)
    run(function()
      assert.equal(42, await(nested()))
      assert.same({1, nil, 3, nil, n = 4}, table.pack(await(several())))
      assert.equal(0, select("#", await(function() end)))
    end)
  end)

  it("S007 a task is scheduled soon, and can be awaited or cancelled", function()
    run(function()
      local log = {}
      local task = create_task(function()
        log[#log + 1] = "task"
        return 42
      end)
      log[#log + 1] = "main"
      assert.equal(42, await(task))
      assert.same({"main", "task"}, log)

      local other = create_task(sleep(3600))
      assert.is_true(other:cancel())
      raises(asyncio.CancelledError, await, other)
      assert.is_true(other:cancelled())
    end)
  end)

  it("S008 awaiting a future waits until it is resolved elsewhere", function()
    run(function()
      local loop = asyncio.get_running_loop()
      local start = loop:time()
      local fut = loop:create_future()
      loop:call_later(5, fut.set_result, fut, "resolved")
      assert.equal("resolved", await(fut))
      near(5, loop:time() - start)
    end)
  end)

  it("S009 gather mixes futures and coroutines", function()
    local some_coroutine = asyncio.async(function() return "coroutine" end)
    run(function()
      local loop = asyncio.get_running_loop()
      local fut = loop:create_future()
      loop:call_soon(fut.set_result, fut, "future")
      local r = await(asyncio.gather(fut, some_coroutine()))
      assert.equal(2, r.n)
      assert.equal("future", r[1])
      assert.equal("coroutine", r[2])
    end)
  end)

  it("S010 a plain Lua coroutine is a coroutine object", function()
    local co = coroutine.create(function()
      await(sleep(1))
      return "old style"
    end)
    assert.is_true(asyncio.iscoroutine(co))
    assert.equal("old style", run(function() return await(co) end))
  end)
end)

describe("run", function()
  it("S011 executes the coroutine and returns its results", function()
    assert.same({1, nil, "x", n = 3}, table.pack(run(function()
      await(sleep(1))
      return 1, nil, "x"
    end)))
    local err = {"an error"}
    assert.equal(err, failure(run, function() error(err) end))
  end)

  it("S012 makes a new loop and closes it", function()
    local first, second
    run(function() first = asyncio.get_running_loop() end)
    run(function()
      second = asyncio.get_running_loop()
      assert.is_false(second:is_closed())
    end)
    assert.is_true(first ~= second)
    assert.is_true(first:is_closed())
    assert.is_true(second:is_closed())
    raises("no running event loop", asyncio.get_running_loop)
  end)

  it("S012 closes its loop also when the program fails", function()
    local loop
    failure(run, function()
      loop = asyncio.get_running_loop()
      error("broken")
    end)
    assert.is_true(loop:is_closed())
  end)

  it("S013 cannot be called while a loop runs in the thread", function()
    local inner = false
    run(function()
      raises("asyncio%.run%(%) cannot be called from a running event loop",
        asyncio.run, function() inner = true end)
    end)
    assert.is_false(inner)
  end)

  it("S014 sets the debug mode of its loop", function()
    local function debug() return asyncio.get_running_loop():get_debug() end
    assert.is_true(run(debug, {debug = true}))
    assert.is_false(run(debug, {debug = false}))
  end)
end)

describe("create_task", function()
  it("S015 schedules the coroutine in the running loop", function()
    run(function()
      local ran = false
      local task = create_task(function() ran = true end)
      assert.is_true(asyncio.isfuture(task))
      assert.is_false(ran)
      assert.is_false(task:done())
      assert.equal(asyncio.get_running_loop(), task:get_loop())
      await(task)
      assert.is_true(ran)
    end)
  end)

  it("S015 is an error without a running loop", function()
    local loop = support.new_loop()
    asyncio.set_event_loop(loop)
    raises("no running event loop", create_task, function() end)
  end)

  it("S016 sets the name", function()
    run(function()
      local named = create_task(function() end, {name = "reader"})
      assert.equal("reader", named:get_name())
      assert.matches("^Task%-%d+$", create_task(function() end):get_name())
    end)
  end)

  it("S018 the loop keeps a task that nobody holds", function()
    run(function()
      local finished = {}
      for i = 1, 3 do
        create_task(function()
          support.gc_collect()
          await(sleep(i))
          support.gc_collect()
          finished[#finished + 1] = i
        end)
      end
      await(sleep(0))
      support.gc_collect()
      await(sleep(5))
      assert.same({1, 2, 3}, finished)
    end)
  end)

  it("S018 a done callback can take the task out of a set", function()
    run(function()
      local background_tasks, count = {}, 0
      for i = 1, 10 do
        local task = create_task(sleep(i))
        background_tasks[task] = true
        task:add_done_callback(function(t)
          background_tasks[t] = nil
          count = count + 1
        end)
      end
      await(sleep(11))
      assert.is_nil(next(background_tasks))
      assert.equal(10, count)
    end)
  end)

  it("S019 ensure_future makes a task as well", function()
    run(function()
      local task = asyncio.ensure_future(function() return await(sleep(1, "x")) end)
      assert.equal("x", await(task))
      assert.equal(task, asyncio.ensure_future(task))
    end)
  end)
end)

describe("sleep", function()
  it("S020 waits for the delay and returns what follows it", function()
    run(function()
      local start = now()
      assert.equal("result", await(sleep(2.5, "result")))
      near(2.5, now() - start)
      assert.same({nil, 2, nil, n = 3}, table.pack(await(sleep(1, nil, 2, nil))))
      assert.equal(0, select("#", await(sleep(1))))
    end)
  end)

  it("S021 suspends always, so that others run", function()
    for _, delay in ipairs {1, 0, -1} do
      run(function()
        local log = {}
        create_task(function() log[#log + 1] = "other" end)
        await(sleep(delay))
        log[#log + 1] = "main"
        assert.same({"other", "main"}, log)
      end)
    end
  end)

  it("S022 a delay of 0 takes turns and no time", function()
    run(function()
      local log, start = {}, now()
      local function counter(name)
        return create_task(function()
          for i = 1, 3 do
            log[#log + 1] = name .. i
            await(sleep(0))
          end
        end)
      end
      local a, b = counter("a"), counter("b")
      await(a)
      await(b)
      assert.same({"a1", "b1", "a2", "b2", "a3", "b3"}, log)
      assert.equal(start, now())
    end)
  end)

  it("S023 has no loop option: what follows the delay is the result", function()
    run(function()
      local value = {loop = asyncio.get_running_loop()}
      assert.equal(value, await(sleep(0, value)))
    end)
  end)

  it("S024 shows the date every second for five seconds", function()
    local dates = {}
    run(function()
      local loop = asyncio.get_running_loop()
      local start = loop:time()
      local end_time = start + 5.0
      while true do
        dates[#dates + 1] = loop:time() - start
        if loop:time() + 1.0 >= end_time then break end
        await(sleep(1))
      end
    end)
    assert.equal(5, #dates)
    for i, seconds in ipairs(dates) do near(i - 1, seconds) end
  end)
end)

describe("gather", function()
  it("S025 makes tasks of coroutines and runs them side by side", function()
    run(function()
      local tasks = {}
      local function work()
        tasks[#tasks + 1] = asyncio.current_task()
        await(sleep(1))
      end
      local start = now()
      await(asyncio.gather(work, work, work))
      near(1, now() - start)
      assert.equal(3, #tasks)
      assert.is_true(tasks[1] ~= tasks[2] and tasks[2] ~= tasks[3])
      assert.is_true(tasks[1] ~= asyncio.current_task())
    end)
  end)

  it("S026 returns the values in the order of its arguments", function()
    run(function()
      local r = await(asyncio.gather(sleep(3, "a"), sleep(1, nil), sleep(2, "c")))
      assert.equal(3, r.n)
      assert.equal("a", r[1])
      assert.is_nil(r[2])
      assert.equal("c", r[3])
      local list = await(asyncio.gather {sleep(2, "x"), sleep(1, "y")})
      assert.equal(2, list.n)
      assert.equal("x", list[1])
      assert.equal("y", list[2])
    end)
  end)

  it("S027 passes the first error on and lets the others continue", function()
    run(function()
      local err, start = {"first"}, now()
      local slow = create_task(sleep(5, "slow"))
      local g = asyncio.gather(
        slow,
        function() await(sleep(1)); error(err) end,
        function() await(sleep(2)); error("second") end)
      assert.equal(err, failure(await, g))
      near(1, now() - start)
      assert.is_false(slow:done())
      assert.equal("slow", await(slow))
    end)
  end)

  it("S028 returns errors like results with return_exceptions", function()
    run(function()
      local err = asyncio.Exception("broken")
      local r = await(asyncio.gather(
        sleep(1, "one"),
        function() error(err) end,
        sleep(2, "three"),
        {return_exceptions = true}))
      assert.equal(3, r.n)
      assert.equal("one", r[1])
      assert.equal(err, r[2])
      assert.equal("three", r[3])
      assert.is_nil(r.exceptions[1])
      assert.equal(err, r.exceptions[2])
      assert.is_nil(r.exceptions[3])
    end)
  end)

  it("S029 a cancelled gather cancels what is not complete", function()
    run(function()
      local quick = create_task(sleep(1, "quick"))
      local slow, slower = create_task(sleep(5)), create_task(sleep(6))
      local g = asyncio.gather(quick, slow, slower)
      await(sleep(2))
      assert.is_true(g:cancel())
      raises(asyncio.CancelledError, await, g)
      await(sleep(0))
      assert.equal("quick", quick:result())
      assert.is_true(slow:cancelled())
      assert.is_true(slower:cancelled())
    end)
  end)

  it("S030 a cancelled child is an error of that child, not of gather", function()
    run(function()
      local child, other = create_task(sleep(5)), create_task(sleep(3, "other"))
      local g = asyncio.gather(child, other)
      await(sleep(1))
      child:cancel()
      raises(asyncio.CancelledError, await, g)
      assert.is_false(g:cancelled())
      assert.is_true(asyncio.isinstance(g:exception(), asyncio.CancelledError))
      assert.is_false(other:done())
      assert.equal("other", await(other))
      assert.equal(0, asyncio.current_task():cancelling())
    end)
  end)

  it("S031 cancelling a gather that is done cancels no child", function()
    run(function()
      local other = create_task(sleep(3, "other"))
      local g = asyncio.gather(function() error("broken") end, other)
      raises("broken", await, g)
      assert.is_false(g:cancel())
      assert.equal("other", await(other))
    end)
  end)

  it("S032 passes its cancellation on, with return_exceptions too", function()
    for _, return_exceptions in ipairs {false, true} do
      run(function()
        local a, b = create_task(sleep(5)), create_task(sleep(6))
        local waiting = create_task(function()
          await(asyncio.gather(a, b, {return_exceptions = return_exceptions}))
        end)
        await(sleep(1))
        waiting:cancel()
        raises(asyncio.CancelledError, await, waiting)
        assert.is_true(waiting:cancelled())
        assert.is_true(a:cancelled())
        assert.is_true(b:cancelled())
      end)
    end
  end)

  it("S033 needs a current loop unless it is given futures", function()
    raises("no current event loop", asyncio.gather)
    raises("no current event loop", asyncio.gather, function() end)
    local loop = support.new_loop()
    local fut = loop:create_future()
    assert.equal(loop, asyncio.gather(fut):get_loop())
    asyncio.set_event_loop(loop)
    assert.equal(loop, asyncio.gather():get_loop())
    assert.equal(0, asyncio.gather():result().n)
  end)

  it("S034 the three factorials take turns", function()
    local log = {}
    local factorial = asyncio.async(function(name, number)
      local f = 1
      for i = 2, number do
        log[#log + 1] = name .. i
        await(sleep(1))
        f = f * i
      end
      log[#log + 1] = name .. " done"
      return f
    end)
    local results = run(function()
      return await(asyncio.gather(
        factorial("A", 2), factorial("B", 3), factorial("C", 4)))
    end)
    assert.same({
      "A2", "B2", "C2",
      "A done", "B3", "C3",
      "B done", "C4",
      "C done",
    }, log)
    assert.same({2, 6, 24}, {table.unpack(results, 1, results.n)})
  end)
end)

describe("shield", function()
  it("S035 makes a task of a coroutine and passes its result on", function()
    run(function()
      local inner
      local r = await(asyncio.shield(function()
        inner = asyncio.current_task()
        return await(sleep(1, "done"))
      end))
      assert.equal("done", r)
      assert.is_true(inner ~= asyncio.current_task())
      assert.equal("done", inner:result())
    end)
  end)

  it("S036 the caller is cancelled, the task inside is not", function()
    run(function()
      local something = create_task(sleep(3, "something"))
      local caller = create_task(function() return await(asyncio.shield(something)) end)
      await(sleep(1))
      caller:cancel()
      raises(asyncio.CancelledError, await, caller)
      assert.is_true(caller:cancelled())
      assert.is_false(something:done())
      assert.equal(0, something:cancelling())
      assert.equal("something", await(something))
    end)
  end)

  it("S036 without cancellation shield changes nothing", function()
    run(function()
      assert.same({1, nil, 3, n = 3}, table.pack(await(asyncio.shield(sleep(1, 1, nil, 3)))))
      local err = {}
      assert.equal(err, failure(await, asyncio.shield(function() error(err) end)))
    end)
  end)

  it("S037 cancelling the task inside cancels the shield", function()
    run(function()
      local something = create_task(sleep(3))
      local outer = asyncio.shield(something)
      await(sleep(1))
      something:cancel()
      raises(asyncio.CancelledError, await, outer)
      assert.is_true(outer:cancelled())
    end)
  end)

  it("S038 pcall around a shield ignores cancellation", function()
    run(function()
      local task = create_task(sleep(3, "result"))
      local caller = create_task(function()
        local ok, res = pcall(await, asyncio.shield(task))
        if not ok and asyncio.isinstance(res, asyncio.CancelledError) then
          res = nil
        end
        return "went on", res
      end)
      await(sleep(1))
      caller:cancel()
      assert.same({"went on", nil, n = 2}, table.pack(await(caller)))
      assert.is_false(caller:cancelled())
      assert.equal("result", await(task))
    end)
  end)

  it("S039 a shielded task that nobody holds runs to its end", function()
    run(function()
      local finished = false
      local caller = create_task(function()
        await(asyncio.shield(function()
          await(sleep(3))
          finished = true
        end))
      end)
      await(sleep(1))
      caller:cancel()
      raises(asyncio.CancelledError, await, caller)
      caller = nil -- luacheck: ignore
      support.gc_collect()
      await(sleep(5))
      assert.is_true(finished)
    end)
  end)

  it("S040 needs a current loop unless it is given a future", function()
    raises("no current event loop", asyncio.shield, function() end)
    local loop = support.new_loop()
    local fut = loop:create_future()
    assert.equal(loop, asyncio.shield(fut):get_loop())
  end)
end)

describe("wait_for", function()
  it("S041 awaits a coroutine in the task that calls it", function()
    run(function()
      local task
      local value = await(asyncio.wait_for(function()
        task = asyncio.current_task()
        return await(sleep(1, "value"))
      end, 2))
      assert.equal("value", value)
      assert.equal(asyncio.current_task(), task)
    end)
  end)

  it("S042 takes nil, an integer or a float as its limit", function()
    run(function()
      local start = now()
      assert.equal("x", await(asyncio.wait_for(sleep(1e6, "x"), nil)))
      near(1e6, now() - start)
      start = now()
      raises(asyncio.TimeoutError, await, asyncio.wait_for(sleep(10), 2))
      near(2, now() - start)
      raises(asyncio.TimeoutError, await, asyncio.wait_for(sleep(10), 0.5))
      near(2.5, now() - start)
      assert.equal("y", await(asyncio.wait_for(sleep(10, "y"), math.huge)))
    end)
  end)

  it("S043 cancels the task and raises TimeoutError", function()
    run(function()
      local task = create_task(sleep(10))
      local err = failure(await, asyncio.wait_for(task, 1))
      assert.is_true(asyncio.isinstance(err, asyncio.TimeoutError))
      assert.is_false(asyncio.isinstance(err, asyncio.CancelledError))
      assert.is_true(asyncio.isinstance(err, asyncio.Exception))
      assert.is_true(task:cancelled())
      assert.equal(0, asyncio.current_task():cancelling())
    end)
  end)

  it("S044 shield keeps the task from being cancelled", function()
    run(function()
      local task = create_task(sleep(3, "kept"))
      raises(asyncio.TimeoutError, await, asyncio.wait_for(asyncio.shield(task), 1))
      assert.is_false(task:done())
      assert.equal("kept", await(task))
    end)
  end)

  it("S045 waits until the cancellation is over", function()
    run(function()
      local start, cleaned = now(), false
      local task = create_task(function()
        local ok, err = pcall(await, sleep(10))
        await(sleep(2))
        cleaned = true
        if not ok then error(err, 0) end
      end)
      raises(asyncio.TimeoutError, await, asyncio.wait_for(task, 1))
      assert.is_true(cleaned)
      near(3, now() - start)
    end)
  end)

  it("S045 passes an error of the clean-up on", function()
    run(function()
      local err = {"clean-up"}
      local task = create_task(function()
        pcall(await, sleep(10))
        error(err)
      end)
      assert.equal(err, failure(await, asyncio.wait_for(task, 1)))
    end)
  end)

  it("S046 cancelling the wait cancels what it waits for", function()
    run(function()
      local inner = create_task(sleep(10))
      local waiting = create_task(asyncio.wait_for(inner, 5))
      await(sleep(1))
      waiting:cancel()
      raises(asyncio.CancelledError, await, waiting)
      assert.is_true(inner:cancelled())
    end)
  end)

  it("S047 eternity times out", function()
    local log = {}
    local eternity = asyncio.async(function()
      await(sleep(3600))
      log[#log + 1] = "yay!"
    end)
    run(function()
      local ok, err = asyncio.pcall(await, asyncio.wait_for(eternity(), 1.0))
      if not ok and asyncio.isinstance(err, asyncio.TimeoutError) then
        log[#log + 1] = "timeout!"
      end
    end)
    assert.same({"timeout!"}, log)
  end)
end)

describe("wait", function()
  it("S048 returns the sets done and pending", function()
    run(function()
      local a, b = create_task(sleep(2)), create_task(sleep(1))
      local start = now()
      local done, pending = await(asyncio.wait {a, b})
      near(2, now() - start)
      assert.equal(2, #done)
      assert.equal(a, done[1])
      assert.equal(b, done[2])
      assert.is_true(done[a])
      assert.is_true(done[b])
      assert.equal(0, #pending)
      assert.is_nil(pending[a])
    end)
  end)

  it("S048 takes a list, a set and what it returned itself", function()
    run(function()
      local a, b = create_task(sleep(2)), create_task(sleep(1))
      local done, pending = await(asyncio.wait({[a] = true, [b] = true},
        {return_when = asyncio.FIRST_COMPLETED}))
      assert.is_true(done[b])
      assert.equal(1, #done)
      assert.is_true(pending[a])
      assert.equal(1, #pending)
      done, pending = await(asyncio.wait(pending))
      assert.is_true(done[a])
      assert.equal(1, #done)
      assert.equal(0, #pending)
    end)
  end)

  it("S049 refuses coroutines and functions", function()
    local foo = asyncio.async(function() return 42 end)
    run(function()
      local text = "Passing coroutines is forbidden, use tasks explicitly%."
      raises(text, function() await(asyncio.wait {foo()}) end)
      raises(text, function() await(asyncio.wait {function() end}) end)
      raises(text, function() await(asyncio.wait {coroutine.create(print)}) end)
      local task = create_task(foo())
      local done = await(asyncio.wait {task})
      assert.is_true(done[task])
      assert.equal(42, task:result())
    end)
  end)

  it("S050 refuses an empty set", function()
    run(function()
      raises("Set of Tasks/Futures is empty%.", function() await(asyncio.wait {}) end)
    end)
  end)

  it("S051 a timeout raises nothing and cancels nothing", function()
    run(function()
      local quick, slow = create_task(sleep(1)), create_task(sleep(5, "slow"))
      local start = now()
      local done, pending = await(asyncio.wait({quick, slow}, {timeout = 2}))
      near(2, now() - start)
      assert.is_true(done[quick])
      assert.equal(1, #done)
      assert.is_true(pending[slow])
      assert.equal(1, #pending)
      assert.equal("slow", await(slow))
    end)
  end)

  it("S052 FIRST_COMPLETED: any end is enough, cancellation too", function()
    run(function()
      local opts = {return_when = asyncio.FIRST_COMPLETED}
      local quick, slow = create_task(sleep(1)), create_task(sleep(5))
      local done, pending = await(asyncio.wait({quick, slow}, opts))
      assert.is_true(done[quick])
      assert.is_true(pending[slow])

      local other = create_task(sleep(9))
      asyncio.get_running_loop():call_later(1, slow.cancel, slow)
      done, pending = await(asyncio.wait({other, slow}, opts))
      assert.is_true(done[slow])
      assert.is_true(pending[other])
    end)
  end)

  it("S053 FIRST_EXCEPTION: an error is enough, a cancellation is not", function()
    run(function()
      local opts = {return_when = asyncio.FIRST_EXCEPTION}
      local start = now()
      local value, slow = create_task(sleep(1)), create_task(sleep(9))
      local cancelled = create_task(sleep(9))
      local failing = create_task(function() await(sleep(3)); error("broken") end)
      asyncio.get_running_loop():call_later(2, cancelled.cancel, cancelled)
      local done, pending = await(asyncio.wait({value, slow, cancelled, failing}, opts))
      near(3, now() - start)
      assert.is_true(done[value] and done[cancelled] and done[failing])
      assert.equal(3, #done)
      assert.is_true(pending[slow])

      done, pending = await(asyncio.wait({value, slow, cancelled}, opts))
      near(9, now() - start)
      assert.equal(3, #done)
      assert.equal(0, #pending)
    end)
  end)

  it("S054 ALL_COMPLETED: every one, however it ends", function()
    run(function()
      local start = now()
      local value, cancelled = create_task(sleep(1)), create_task(sleep(9))
      local failing = create_task(function() await(sleep(3)); error("broken") end)
      asyncio.get_running_loop():call_later(4, cancelled.cancel, cancelled)
      local done, pending = await(asyncio.wait({value, cancelled, failing},
        {return_when = asyncio.ALL_COMPLETED}))
      near(4, now() - start)
      assert.equal(3, #done)
      assert.equal(0, #pending)
      raises("broken", failing.result, failing)
    end)
  end)
end)

describe("as_completed", function()
  it("S055 gives the earliest next result, one by one", function()
    run(function()
      local got, start = {}, now()
      for co in asyncio.as_completed {sleep(3, "c"), sleep(1, "a"), sleep(2, "b")} do
        got[#got + 1] = await(co)
        near(#got, now() - start)
      end
      assert.same({"a", "b", "c"}, got)
    end)
  end)

  it("S055 also gives the tasks themselves as they finish", function()
    run(function()
      local slow, quick = create_task(sleep(2)), create_task(sleep(1))
      local got = {}
      for task in asyncio.as_completed({slow, quick}):futures() do
        assert.is_true(task:done())
        got[#got + 1] = task
      end
      assert.equal(2, #got)
      assert.equal(quick, got[1])
      assert.equal(slow, got[2])
    end)
  end)

  it("S056 raises TimeoutError for what is late, and cancels nothing", function()
    run(function()
      local slow = create_task(sleep(5, "slow"))
      local got, start = {}, now()
      for co in asyncio.as_completed({sleep(1, "quick"), slow}, {timeout = 2}) do
        local ok, value = asyncio.pcall(await, co)
        got[#got + 1] = ok and value or value.name
      end
      assert.same({"quick", "TimeoutError"}, got)
      near(2, now() - start)
      assert.equal("slow", await(slow))
    end)
  end)

  it("S057 needs a current loop", function()
    raises("no current event loop", asyncio.as_completed, {function() end})
  end)
end)

describe("introspection", function()
  it("S066 current_task is the running task, or nil", function()
    run(function()
      local loop, seen = asyncio.get_running_loop(), {}
      local inner
      local task = create_task(function() inner = asyncio.current_task() end)
      await(task)
      assert.equal(task, inner)
      assert.equal(asyncio.current_task(), asyncio.current_task(loop))
      loop:call_soon(function() seen[1] = asyncio.current_task() == nil end)
      await(sleep(0))
      assert.is_true(seen[1])
    end)
    assert.is_nil(asyncio.current_task(support.new_loop()))
    raises("no running event loop", asyncio.current_task)
  end)

  it("S067 all_tasks is the set of tasks that are not finished", function()
    run(function()
      local main = asyncio.current_task()
      local quick, slow = create_task(sleep(1)), create_task(sleep(5))
      local all = asyncio.all_tasks()
      assert.equal(3, #all)
      assert.is_true(all[main] and all[quick] and all[slow])
      await(sleep(2))
      all = asyncio.all_tasks(asyncio.get_running_loop())
      assert.equal(2, #all)
      assert.equal(main, all[1])
      assert.equal(slow, all[2])
    end)
    raises("no running event loop", asyncio.all_tasks)
  end)

  it("S068 finished tasks are in no registry", function()
    run(function()
      local task = create_task(function() end)
      assert.is_true(asyncio.all_tasks()[task])
      await(task)
      assert.is_nil(asyncio.all_tasks()[task])
    end)
  end)
end)

describe("Task", function()
  it("S069 is a future that runs a coroutine", function()
    local loop = support.new_loop()
    local task = asyncio.Task(coroutine.create(function() return 42 end),
      {loop = loop, name = "mine"})
    assert.is_true(asyncio.isfuture(task))
    assert.equal("mine", task:get_name())
    assert.equal(loop, task:get_loop())
    assert.equal(42, loop:run_until_complete(task))
  end)

  it("S070 is suspended by a pending future and resumed by its outcome", function()
    run(function()
      local loop = asyncio.get_running_loop()
      local good, bad, log = loop:create_future(), loop:create_future(), {}
      local err = {"bad"}
      local task = create_task(function()
        log[#log + 1] = await(good)
        log[#log + 1] = failure(await, bad)
      end)
      await(sleep(1))
      assert.same({}, log)
      good:set_result("good")
      await(sleep(1))
      assert.same({"good"}, log)
      bad:set_exception(err)
      await(task)
      assert.equal(err, log[2])
    end)
  end)

  it("S071 one task runs at a time; while it waits others and callbacks run", function()
    run(function()
      local running, most, log = 0, 0, {}
      local function work(name)
        return create_task(function()
          for _ = 1, 3 do
            running = running + 1
            most = math.max(most, running)
            log[#log + 1] = name
            running = running - 1
            await(sleep(0))
          end
        end)
      end
      local a, b = work("a"), work("b")
      asyncio.get_running_loop():call_soon(function() log[#log + 1] = "callback" end)
      await(a)
      await(b)
      assert.equal(1, most)
      assert.same({"a", "b", "callback", "a", "b", "a", "b"}, log)
    end)
  end)

  it("S072 cancel raises CancelledError in it and cancels its future", function()
    run(function()
      local fut, caught = asyncio.Future(), nil
      local task = create_task(function()
        local ok, err = pcall(await, fut)
        caught = not ok and err
        error(err, 0)
      end)
      await(sleep(0))
      assert.is_true(task:cancel())
      assert.is_true(fut:cancelled())
      assert.is_nil(caught)
      raises(asyncio.CancelledError, await, task)
      assert.is_true(asyncio.isinstance(caught, asyncio.CancelledError))
    end)
  end)

  it("S073 is cancelled only when the error left the coroutine", function()
    run(function()
      local suppressing = create_task(function()
        pcall(await, sleep(10))
        return "went on"
      end)
      local obeying = create_task(function() await(sleep(10)) end)
      await(sleep(0))
      suppressing:cancel()
      obeying:cancel()
      await(sleep(1))
      assert.is_false(suppressing:cancelled())
      assert.equal("went on", suppressing:result())
      assert.equal(1, suppressing:cancelling())
      assert.is_true(obeying:cancelled())
    end)
  end)

  it("S074 has the methods of a future, but takes no outcome", function()
    run(function()
      local task = create_task(sleep(1, "own"))
      raises("Task does not support set_result operation", task.set_result, task, 1)
      raises("Task does not support set_exception operation",
        task.set_exception, task, "x")
      for _, name in ipairs {"result", "exception", "done", "cancelled", "cancel",
                             "add_done_callback", "remove_done_callback", "get_loop",
                             "await"} do
        assert.is_function(task[name])
      end
      assert.equal("own", task:await())
    end)
  end)

  it("S076 takes the loop option, or else the current loop", function()
    raises("no current event loop", asyncio.Task, coroutine.create(print))
    local loop, other = support.new_loop(), support.new_loop()
    asyncio.set_event_loop(loop)
    local function nothing() end
    local a = asyncio.Task(coroutine.create(nothing))
    local b = asyncio.Task(coroutine.create(nothing), {loop = other})
    assert.equal(loop, a:get_loop())
    assert.equal(other, b:get_loop())
    loop:run_until_complete(a)
    other:run_until_complete(b)
  end)

  it("S077 a task that is pending when its loop closes is reported", function()
    local loop = support.new_loop()
    local reports = support.record_reports(loop)
    local task = loop:create_task(sleep(10), {name = "forgotten"})
    support.run_briefly(loop)
    loop:close()
    support.gc_collect()
    assert.equal(1, #reports)
    assert.equal("Task was destroyed but it is pending!", reports[1].message)
    assert.equal(task, reports[1].task)
  end)

  it("S078 cancel acts on the next cycle and lets the coroutine clean up", function()
    run(function()
      local log = {}
      local task = create_task(function()
        local ok, err = pcall(await, sleep(10))
        log[#log + 1] = "cancelled"
        await(sleep(1))
        log[#log + 1] = "cleaned up"
        if not ok then error(err, 0) end
      end)
      await(sleep(0))
      task:cancel()
      assert.same({}, log)
      raises(asyncio.CancelledError, await, task)
      assert.same({"cancelled", "cleaned up"}, log)
    end)
  end)

  it("S078 a <close> variable cleans up, and may await", function()
    run(function()
      local log, start = {}, now()
      local task = create_task(function()
        local guard <close> = setmetatable({}, {__close = function(_, err)
          log[#log + 1] = err.name
          await(sleep(2))
          log[#log + 1] = "closed"
        end})
        assert.is_table(guard)
        await(sleep(10))
      end)
      await(sleep(1))
      task:cancel()
      raises(asyncio.CancelledError, await, task)
      assert.same({"CancelledError", "closed"}, log)
      near(3, now() - start)
    end)
  end)

  it("S079 the coroutine may deny, return a value or raise another error", function()
    run(function()
      local err = {"another"}
      local denying = create_task(function()
        pcall(await, sleep(10))
        await(sleep(1))
        return "value"
      end)
      local raising = create_task(function()
        pcall(await, sleep(10))
        error(err)
      end)
      await(sleep(0))
      assert.is_true(denying:cancel())
      assert.is_true(raising:cancel())
      assert.equal("value", await(denying))
      assert.equal(err, failure(await, raising))
      assert.is_false(denying:cancelled())
      assert.is_false(raising:cancelled())
    end)
  end)

  it("S080 cancel takes a message", function()
    run(function()
      local message
      local task = create_task(function()
        local _, err = pcall(await, sleep(10))
        message = err.message
        error(err, 0)
      end)
      await(sleep(0))
      task:cancel("because")
      failure(await, task)
      assert.equal("because", message)

      local plain = create_task(sleep(10))
      await(sleep(0))
      plain:cancel()
      assert.is_nil(failure(await, plain).message)
    end)
  end)

  it("S081 the message reaches every awaiter", function()
    run(function()
      local task = create_task(sleep(10))
      local function awaiter() return create_task(function() await(task) end) end
      local first, second = awaiter(), awaiter()
      await(sleep(1))
      task:cancel("because")
      assert.equal("because", failure(await, task).message)
      assert.equal("because", failure(await, first).message)
      assert.equal("because", failure(await, second).message)
      assert.equal("because", failure(task.result, task).message)
      assert.equal("because", failure(task.exception, task).message)
    end)
  end)

  it("S082 is not cancelled at once", function()
    run(function()
      local task = create_task(sleep(10))
      await(sleep(0))
      task:cancel()
      assert.is_false(task:cancelled())
      assert.is_false(task:done())
      raises(asyncio.CancelledError, await, task)
      assert.is_true(task:cancelled())
      assert.is_false(task:cancel())
      assert.is_true(task:cancelled())
    end)
  end)

  it("S082 is cancelled when the coroutine raises CancelledError itself", function()
    run(function()
      local task = create_task(function() error(asyncio.CancelledError()) end)
      raises(asyncio.CancelledError, await, task)
      assert.is_true(task:cancelled())
      assert.equal(0, task:cancelling())
    end)
  end)

  it("S083 cancel_me sees the request and passes it on", function()
    local log = {}
    local cancel_me = asyncio.async(function()
      log[#log + 1] = "cancel_me(): before sleep"
      local ok, err = pcall(await, sleep(3600))
      if asyncio.isinstance(err, asyncio.CancelledError) then
        log[#log + 1] = "cancel_me(): cancel sleep"
      end
      log[#log + 1] = "cancel_me(): after sleep"
      if not ok then error(err, 0) end
    end)
    run(function()
      local task = create_task(cancel_me())
      await(sleep(1))
      task:cancel()
      local _, err = pcall(await, task)
      if asyncio.isinstance(err, asyncio.CancelledError) then
        log[#log + 1] = "main(): cancel_me is cancelled now"
      end
    end)
    assert.same({
      "cancel_me(): before sleep",
      "cancel_me(): cancel sleep",
      "cancel_me(): after sleep",
      "main(): cancel_me is cancelled now",
    }, log)
  end)

  it("S084 cancelled() tells a cancelled task from the others", function()
    run(function()
      local returned = create_task(function() end)
      local failed = create_task(function() error("broken") end)
      local pending, cancelled = create_task(sleep(10)), create_task(sleep(10))
      cancelled:cancel()
      await(sleep(1))
      assert.is_false(returned:cancelled())
      assert.is_false(failed:cancelled())
      assert.is_false(pending:cancelled())
      assert.is_true(cancelled:cancelled())
      raises("broken", failed.result, failed)
    end)
  end)

  it("S085 done() is true after a value, an error and a cancellation", function()
    run(function()
      local returned = create_task(function() end)
      local failed = create_task(function() error("broken") end)
      local pending, cancelled = create_task(sleep(10)), create_task(sleep(10))
      cancelled:cancel()
      for _, t in ipairs {returned, failed, pending, cancelled} do
        assert.is_false(t:done())
      end
      await(sleep(1))
      assert.is_true(returned:done())
      assert.is_true(failed:done())
      assert.is_false(pending:done())
      assert.is_true(cancelled:done())
      raises("broken", failed.result, failed)
    end)
  end)

  it("S086 result() returns, raises the error, or says why not", function()
    run(function()
      local err = {"broken"}
      local returned = create_task(function() return 1, nil, 3 end)
      local failed = create_task(function() error(err) end)
      local pending, cancelled = create_task(sleep(10)), create_task(sleep(10))
      cancelled:cancel()
      await(sleep(1))
      assert.same({1, nil, 3, n = 3}, table.pack(returned:result()))
      assert.equal(err, failure(failed.result, failed))
      assert.equal(err, failure(failed.result, failed))
      raises(asyncio.InvalidStateError, pending.result, pending)
      raises(asyncio.CancelledError, cancelled.result, cancelled)
    end)
  end)

  it("S087 exception() returns the error or nil, or says why not", function()
    run(function()
      local err = {"broken"}
      local returned = create_task(function() return 1 end)
      local failed = create_task(function() error(err) end)
      local pending, cancelled = create_task(sleep(10)), create_task(sleep(10))
      cancelled:cancel()
      await(sleep(1))
      assert.is_nil(returned:exception())
      assert.equal(err, failed:exception())
      raises(asyncio.InvalidStateError, pending.exception, pending)
      raises(asyncio.CancelledError, cancelled.exception, cancelled)
    end)
  end)

  it("S088 a done callback gets the task, and never runs at once", function()
    run(function()
      local log = {}
      local task = create_task(function() return 42 end)
      task:add_done_callback(function(t) log[#log + 1] = t:result() end)
      await(sleep(0))
      assert.is_true(task:done())
      assert.same({}, log)
      await(sleep(0))
      assert.same({42}, log)
      task:add_done_callback(function(t) log[#log + 1] = t == task end)
      assert.same({42}, log)
      await(sleep(0))
      assert.same({42, true}, log)
    end)
  end)

  it("S089 remove_done_callback removes every equal one and counts them", function()
    run(function()
      local log = {}
      local function unwanted() log[#log + 1] = "unwanted" end
      local task = create_task(function() end)
      task:add_done_callback(unwanted)
      task:add_done_callback(function() log[#log + 1] = "wanted" end)
      task:add_done_callback(unwanted)
      assert.equal(2, task:remove_done_callback(unwanted))
      assert.equal(0, task:remove_done_callback(unwanted))
      await(sleep(1))
      assert.same({"wanted"}, log)
    end)
  end)

  it("S094 get_coro is the coroutine it runs", function()
    run(function()
      local co = coroutine.create(function() return coroutine.running() end)
      local task = create_task(co)
      assert.equal(co, task:get_coro())
      assert.equal(co, (await(task)))

      local named = asyncio.async(function() return (coroutine.running()) end)
      task = create_task(named())
      local outside = task:get_coro()
      assert.equal("thread", type(outside))
      assert.equal(outside, await(task))
      assert.equal(outside, task:get_coro())
    end)
  end)

  it("S095 get_name is the given name, or one made from a counter", function()
    run(function()
      local function nothing() end
      assert.equal("given", create_task(nothing, {name = "given"}):get_name())
      local first = create_task(nothing):get_name()
      create_task(nothing, {name = "does not count"})
      local second = create_task(nothing):get_name()
      local n = tonumber(first:match("^Task%-(%d+)$"))
      assert.equal("Task-" .. n + 1, second)
    end)
  end)

  it("S096 set_name takes any value, as text, and shows it", function()
    run(function()
      local task = create_task(function() end)
      task:set_name("reader")
      assert.equal("reader", task:get_name())
      assert.matches("name='reader'", tostring(task), 1, true)
      task:set_name(123)
      assert.equal("123", task:get_name())
      task:set_name(setmetatable({}, {__tostring = function() return "an object" end}))
      assert.equal("an object", task:get_name())
    end)
  end)

  it("S097 ensure_future and loop:create_task make tasks", function()
    local loop = support.new_loop()
    local a = asyncio.ensure_future(function() return "a" end, {loop = loop})
    local b = loop:create_task(function() return "b" end)
    assert.equal("a", loop:run_until_complete(a))
    assert.equal("b", loop:run_until_complete(b))
  end)
end)

describe("old-style coroutines and predicates", function()
  it("S098 asyncio.coroutine marks a coroutine function", function()
    local old_style_coroutine = asyncio.coroutine(function(value)
      await(sleep(1))
      return value
    end)
    assert.equal("x", run(function() return await(old_style_coroutine("x")) end))
  end)

  it("S099 iscoroutine knows coroutine objects", function()
    local fn = asyncio.async(function() end)
    assert.is_true(asyncio.iscoroutine(fn()))
    assert.is_true(asyncio.iscoroutine(sleep(0)))
    assert.is_true(asyncio.iscoroutine(coroutine.create(print)))
    assert.is_false(asyncio.iscoroutine(fn))
    assert.is_false(asyncio.iscoroutine(support.new_loop():create_future()))
    assert.is_false(asyncio.iscoroutine(42))
    assert.is_false(asyncio.iscoroutine(nil))
  end)

  it("S100 iscoroutinefunction knows what makes them", function()
    assert.is_true(asyncio.iscoroutinefunction(asyncio.async(function() end)))
    assert.is_true(asyncio.iscoroutinefunction(asyncio.coroutine(function() end)))
    assert.is_true(asyncio.iscoroutinefunction(sleep))
    assert.is_false(asyncio.iscoroutinefunction(asyncio.async(function() end)()))
    assert.is_false(asyncio.iscoroutinefunction(42))
    assert.is_false(asyncio.iscoroutinefunction(nil))
  end)
end)

describe("the rows of the documents", function()
  -- Rows that stand elsewhere: threads, stacks, and context variables.
  local elsewhere = {
    S017 = "context variables", S075 = "context variables",
    S058 = "threads", S059 = "threads", S060 = "threads", S061 = "threads",
    S062 = "threads", S063 = "threads", S064 = "threads", S065 = "threads",
    S090 = "stacks", S091 = "stacks", S092 = "stacks", S093 = "stacks",
  }

  it("each have a test here, or a place elsewhere", function()
    local source = debug.getinfo(1, "S").source:match("^@(.*)$")
    local file = assert(io.open(source))
    local text = file:read("a")
    file:close()
    local missing = {}
    for i = 1, 100 do
      local row = ("S%03d"):format(i)
      local tested = text:find('it("' .. row .. " ", 1, true) ~= nil
      if tested == (elsewhere[row] ~= nil) then missing[#missing + 1] = row end
    end
    assert.same({}, missing)
  end)
end)
