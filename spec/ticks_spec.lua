-- How many iterations of the loop each operation takes: the cheat sheet of the
-- behaviour reference, row by row. A callback that schedules itself again counts
-- the iterations; `t+n` in a name is the number it must show. Where a timer is
-- due the count starts with a timer of the same deadline: `T+n`.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep, create_task = asyncio.await, asyncio.sleep, asyncio.create_task
local raises = support.raises

--- A function that counts iterations of `loop` once it has been started.
local function counter(loop)
  local n = 0
  local function count()
    n = n + 1
    if n < 1000 then loop:call_soon(count) end
  end
  local function start() loop:call_soon(count) end
  return start, function() return n end
end

--- Runs main(tick, loop) in a task; tick() is the number of the iteration.
local function ticking(main)
  local loop = support.new_loop()
  local start, tick = counter(loop)
  start()
  return loop:run_until_complete(function() return main(tick, loop) end)
end

--- Iterations until await(make(loop)) has its outcome.
local function ticks_of(make)
  return ticking(function(tick, loop)
    local aw = make(loop)
    local before = tick()
    pcall(await, aw)
    return tick() - before
  end)
end

--- Iterations from the one in which a timer of one second is due until
--- await(make(loop)) has its outcome.
local function ticks_after_timer(make)
  local loop = support.new_loop()
  local start, tick = counter(loop)
  return loop:run_until_complete(function()
    loop:call_later(1, start)
    pcall(await, make(loop))
    return tick()
  end)
end

local function immediate(...) return ... end

local function finished(loop)
  local fut = loop:create_future()
  fut:set_result("finished")
  return fut
end

--- A coroutine that awaits aw and notes under `name` when it is cancelled.
local function noting(log, name, tick, aw)
  return function()
    local ok, err = pcall(await, aw)
    if not ok then
      log[name] = tick()
      error(err, 0)
    end
  end
end

after_each(support.close_loops)

describe("create_task", function()
  it("runs the first step at t+1, never at once", function()
    ticking(function(tick)
      local t, first = tick(), nil
      local task = create_task(function() first = tick() - t end)
      assert.is_nil(first)
      await(task)
      assert.equal(1, first)
    end)
  end)

  it("runs first steps in the order of creation, in one tick", function()
    ticking(function(tick)
      local t, log = tick(), {}
      for i = 1, 3 do
        create_task(function() log[#log + 1] = i .. " at t+" .. tick() - t end)
      end
      await(sleep(0))
      assert.same({"1 at t+1", "2 at t+1", "3 at t+1"}, log)
    end)
  end)

  it("eager: runs the first step at t+0", function()
    ticking(function(tick)
      local t, log = tick(), {}
      local task = create_task(function()
        log[1] = tick() - t
        await(sleep(0))
        log[2] = tick() - t
      end, {eager_start = true})
      assert.same({0}, log)
      await(task)
      assert.same({0, 1}, log)
    end)
  end)

  it("eager: a task that is finished at once is awaited at t+0", function()
    ticking(function(tick)
      local task = create_task(immediate, {eager_start = true})
      assert.is_true(task:done())
      local t = tick()
      await(task)
      assert.equal(t, tick())
    end)
  end)

  it("awaited: the child at t+1, the parent at t+2", function()
    assert.equal(2, ticks_of(function() return create_task(immediate) end))
    assert.equal(2, ticks_of(function() return create_task(coroutine.create(immediate)) end))
    assert.equal(2, ticks_of(function() return create_task(asyncio.async(immediate)()) end))
    assert.equal(2, ticks_of(function() return asyncio.ensure_future(immediate) end))
    assert.equal(2, ticks_of(function()
      return create_task(function() error("broken") end)
    end))
  end)

  it("of a sleep(0): awaited at t+3", function()
    assert.equal(3, ticks_of(function() return create_task(sleep(0)) end))
  end)
end)

describe("a task that ends at t", function()
  it("runs its callbacks and resumes its awaiters at t+1, first come first", function()
    ticking(function(tick)
      local log, ended = {}, nil
      local function note(name) log[#log + 1] = name .. " t+" .. tick() - ended end
      local child = create_task(function()
        await(sleep(0))
        ended = tick()
      end)
      child:add_done_callback(function() note("first callback") end)
      local other = create_task(function() await(child); note("other") end)
      await(sleep(0))
      child:add_done_callback(function() note("second callback") end)
      await(child)
      note("parent")
      await(other)
      assert.same({
        "first callback t+1", "other t+1", "second callback t+1", "parent t+1",
      }, log)
    end)
  end)

  it("runs a callback that is added later at the next tick", function()
    ticking(function(tick)
      local task = create_task(immediate)
      await(task)
      local t, ran = tick(), nil
      task:add_done_callback(function() ran = tick() - t end)
      await(sleep(0))
      await(sleep(0))
      assert.equal(1, ran)
    end)
  end)
end)

describe("await", function()
  it("of a coroutine takes no tick, and stays in the task", function()
    assert.equal(0, ticks_of(function() return immediate end))
    assert.equal(0, ticks_of(function() return coroutine.create(immediate) end))
    assert.equal(0, ticks_of(function() return asyncio.async(immediate)() end))
    assert.equal(0, ticks_of(function()
      return function() return await(function() return await(immediate) end) end
    end))
    assert.equal(0, ticks_of(function() return function() error("broken") end end))
    ticking(function()
      local task = asyncio.current_task()
      assert.equal(task, (await(function() return asyncio.current_task() end)))
    end)
  end)

  it("of an object with __await takes no tick of its own", function()
    assert.equal(0, ticks_of(function()
      return setmetatable({}, {__await = function() return 1 end})
    end))
    assert.equal(1, ticks_of(function()
      return setmetatable({}, {__await = function() return await(sleep(0)) end})
    end))
  end)

  it("of a finished future or task takes no tick", function()
    assert.equal(0, ticks_of(finished))
    assert.equal(0, ticks_of(function(loop)
      local fut = loop:create_future()
      fut:set_exception("broken")
      return fut
    end))
    assert.equal(0, ticks_of(function(loop)
      local fut = loop:create_future()
      fut:cancel()
      return fut
    end))
    assert.equal(0, ticks_of(function()
      local task = create_task(immediate)
      await(task)
      return task
    end))
  end)

  it("of a finished future is no point of cancellation", function()
    ticking(function(tick, loop)
      local task = asyncio.current_task()
      local t = tick()
      task:cancel()
      assert.equal("finished", await(finished(loop)))
      assert.equal(t, tick())
      raises(asyncio.CancelledError, await, loop:create_future())
      assert.equal(t + 1, tick())
    end)
  end)

  it("of a pending future resumes one tick after it is set", function()
    ticking(function(tick, loop)
      local fut, set = loop:create_future(), nil
      loop:call_soon(function()
        set = tick()
        fut:set_result()
      end)
      await(fut)
      assert.equal(set + 1, tick())
    end)
  end)

  it("of itself, or of another loop's future, raises at t+1", function()
    assert.equal(1, ticks_of(function() return asyncio.current_task() end))
    assert.equal(1, ticks_of(function() return support.new_loop():create_future() end))
  end)

  it("never is: a yield with values raises at t+1", function()
    ticking(function(tick)
      local t = tick()
      raises("Task got bad yield", function() coroutine.yield(42) end)
      assert.equal(t + 1, tick())
    end)
  end)
end)

describe("sleep", function()
  it("of nothing, or less, takes one tick", function()
    assert.equal(1, ticks_of(function() return sleep(0) end))
    assert.equal(1, ticks_of(function() return sleep(0.0) end))
    assert.equal(1, ticks_of(function() return sleep(-1) end))
  end)

  it("in the form of a bare yield takes one tick", function()
    ticking(function(tick)
      local t = tick()
      assert.equal(0, select("#", coroutine.yield()))
      assert.equal(t + 1, tick())
    end)
  end)

  it("resumes at T+1", function()
    assert.equal(1, ticks_after_timer(function() return sleep(1) end))
    assert.equal(2, ticks_after_timer(function() return create_task(sleep(1)) end))
  end)
end)

describe("gather", function()
  it("of coroutines: children t+1, done t+2, the awaiter t+3", function()
    ticking(function(tick, loop)
      local t, log = tick(), {}
      local function child() log[#log + 1] = "child t+" .. tick() - t end
      local g = asyncio.gather(child, child)
      local function watch()
        if g:done() then
          log[#log + 1] = "done t+" .. tick() - t
        else
          loop:call_soon(watch)
        end
      end
      watch()
      g:add_done_callback(function() log[#log + 1] = "callback t+" .. tick() - t end)
      await(g)
      log[#log + 1] = "awaiter t+" .. tick() - t
      assert.same({
        "child t+1", "child t+1", "done t+2", "callback t+3", "awaiter t+3",
      }, log)
    end)
  end)

  it("of nothing, or of finished futures, is done on return", function()
    ticking(function(tick, loop)
      local t = tick()
      for _, g in ipairs {
        asyncio.gather(), asyncio.gather(finished(loop)),
        asyncio.gather(finished(loop), finished(loop), {return_exceptions = true}),
      } do
        assert.is_true(g:done())
        await(g)
        assert.equal(t, tick())
      end
    end)
  end)

  it("passes an error on at t+3", function()
    assert.equal(3, ticks_of(function()
      return asyncio.gather(function() error("broken") end, sleep(0))
    end))
  end)

  it("of sleeps, of gathers and of shields takes one tick more for each", function()
    assert.equal(4, ticks_of(function() return asyncio.gather(sleep(0), sleep(0)) end))
    assert.equal(4, ticks_of(function()
      return asyncio.gather(asyncio.gather(immediate), immediate)
    end))
    assert.equal(4, ticks_of(function() return asyncio.gather(asyncio.shield(immediate)) end))
    assert.equal(3, ticks_after_timer(function()
      return asyncio.gather(sleep(1), sleep(1))
    end))
  end)

  it("of futures, cancelled: the awaiter at t+2", function()
    assert.equal(2, ticks_of(function(loop)
      local g = asyncio.gather(loop:create_future(), loop:create_future())
      g:cancel()
      return g
    end))
  end)

  it("of tasks, cancelled: children t+1, the awaiter t+3", function()
    ticking(function(tick, loop)
      local log = {}
      local a = create_task(noting(log, "a", tick, loop:create_future()))
      local b = create_task(noting(log, "b", tick, loop:create_future()))
      local g = asyncio.gather(a, b)
      await(sleep(0))
      local t = tick()
      g:cancel()
      raises(asyncio.CancelledError, await, g)
      assert.equal(t + 1, log.a)
      assert.equal(t + 1, log.b)
      assert.equal(t + 3, tick())
    end)
  end)
end)

describe("shield", function()
  it("of a coroutine: the child t+1, the awaiter t+3", function()
    ticking(function(tick)
      local t, child = tick(), nil
      await(asyncio.shield(function() child = tick() - t end))
      assert.equal(1, child)
      assert.equal(t + 3, tick())
    end)
  end)

  it("of a finished future is that very future", function()
    ticking(function(_, loop)
      local fut = finished(loop)
      assert.equal(fut, asyncio.shield(fut))
    end)
  end)

  it("whose inner is cancelled resumes its awaiter at t+2", function()
    assert.equal(2, ticks_of(function(loop)
      local inner = loop:create_future()
      local outer = asyncio.shield(inner)
      inner:cancel()
      return outer
    end))
  end)

  it("is cancelled at once; its task at t+1, the awaiter at t+2", function()
    ticking(function(tick, loop)
      local log = {}
      local outer = asyncio.shield(loop:create_future())
      local task = create_task(noting(log, "task", tick, outer))
      await(sleep(0))
      local t = tick()
      task:cancel()
      assert.is_true(outer:cancelled())
      raises(asyncio.CancelledError, await, task)
      assert.equal(t + 1, log.task)
      assert.equal(t + 2, tick())
    end)
  end)

  it("of a gather takes the ticks of both", function()
    assert.equal(4, ticks_of(function()
      return asyncio.shield(asyncio.gather(immediate))
    end))
    assert.equal(4, ticks_of(function() return asyncio.shield(sleep(0)) end))
    assert.equal(3, ticks_after_timer(function() return asyncio.shield(sleep(1)) end))
  end)
end)

describe("wait", function()
  it("for tasks that finish at t+1 resumes at t+3", function()
    assert.equal(3, ticks_of(function()
      return asyncio.wait {create_task(immediate), create_task(immediate)}
    end))
    assert.equal(3, ticks_of(function(loop)
      return asyncio.wait({create_task(immediate), loop:create_future()},
        {return_when = asyncio.FIRST_COMPLETED})
    end))
    assert.equal(3, ticks_of(function(loop)
      return asyncio.wait({create_task(function() error("broken") end),
        loop:create_future()}, {return_when = asyncio.FIRST_EXCEPTION})
    end))
  end)

  it("for what is done already takes two ticks, with a timeout of 0 too", function()
    assert.equal(2, ticks_of(function(loop) return asyncio.wait {finished(loop)} end))
    assert.equal(2, ticks_of(function(loop)
      return asyncio.wait({finished(loop)}, {timeout = 0})
    end))
    assert.equal(2, ticks_of(function(loop)
      return asyncio.wait({loop:create_future(), finished(loop)},
        {return_when = asyncio.FIRST_COMPLETED})
    end))
  end)

  it("for what is pending, with a timeout of 0 or less, takes two ticks", function()
    for _, timeout in ipairs {0, -1} do
      assert.equal(2, ticks_of(function(loop)
        return asyncio.wait({loop:create_future()}, {timeout = timeout})
      end))
    end
  end)

  it("resumes one tick after its timeout", function()
    assert.equal(1, ticks_after_timer(function(loop)
      return asyncio.wait({loop:create_future()}, {timeout = 1})
    end))
    assert.equal(3, ticks_after_timer(function()
      return asyncio.wait {create_task(sleep(1))}
    end))
  end)

  it("in a task takes the two ticks of a task more", function()
    assert.equal(5, ticks_of(function()
      return create_task(asyncio.wait {create_task(sleep(0))})
    end))
  end)

  it("cancelled: its task at t+1, the awaiter at t+2", function()
    ticking(function(tick, loop)
      local log = {}
      local fut = loop:create_future()
      local task = create_task(noting(log, "task", tick, asyncio.wait {fut}))
      await(sleep(0))
      local t = tick()
      task:cancel()
      raises(asyncio.CancelledError, await, task)
      assert.equal(t + 1, log.task)
      assert.equal(t + 2, tick())
      assert.is_false(fut:done())
    end)
  end)
end)

describe("wait_for", function()
  it("of a coroutine adds no tick", function()
    for _, timeout in ipairs {1, 0.5, math.huge} do
      assert.equal(0, ticks_of(function() return asyncio.wait_for(immediate, timeout) end))
      assert.equal(1, ticks_of(function() return asyncio.wait_for(sleep(0), timeout) end))
      assert.equal(3, ticks_of(function()
        return asyncio.wait_for(asyncio.gather(immediate), timeout)
      end))
    end
    assert.equal(0, ticks_of(function() return asyncio.wait_for(immediate, nil) end))
    assert.equal(1, ticks_of(function() return asyncio.wait_for(sleep(0), nil) end))
    assert.equal(3, ticks_of(function() return create_task(asyncio.wait_for(sleep(0), 1)) end))
    assert.equal(1, ticks_after_timer(function() return asyncio.wait_for(sleep(1), 2) end))
  end)

  it("of a finished future takes no tick, whatever the timeout", function()
    assert.equal(0, ticks_of(function(loop) return asyncio.wait_for(finished(loop), nil) end))
    for _, timeout in ipairs {1, 0, -1} do
      assert.equal(0, ticks_of(function(loop)
        return asyncio.wait_for(finished(loop), timeout)
      end))
    end
  end)

  it("of a pending future with timeout 0: cancelled now, TimeoutError at t+2", function()
    for _, timeout in ipairs {0, -1} do
      ticking(function(tick, loop)
        local fut, t = loop:create_future(), tick()
        raises(asyncio.TimeoutError, await, asyncio.wait_for(fut, timeout))
        assert.equal(t + 2, tick())
        assert.is_true(fut:cancelled())
      end)
    end
    assert.equal(2, ticks_of(function(loop)
      return asyncio.wait_for(asyncio.shield(loop:create_future()), 0)
    end))
  end)

  it("of a task, coroutine or gather with timeout 0: TimeoutError at t+3", function()
    local started = false
    for _, make in ipairs {
      function()
        local task = create_task(sleep(10))
        await(sleep(0))
        return task
      end,
      function() return function() started = true end end,
      function() return asyncio.async(function() started = true end)() end,
      function(loop) return asyncio.gather(loop:create_future()) end,
    } do
      ticking(function(tick, loop)
        local aw = make(loop)
        local t = tick()
        raises(asyncio.TimeoutError, await, asyncio.wait_for(aw, 0))
        assert.equal(t + 3, tick())
      end)
    end
    assert.is_false(started)
  end)

  it("cancels at T; the coroutine and its caller go on at T+1", function()
    local loop = support.new_loop()
    local start, tick = counter(loop)
    loop:run_until_complete(function()
      local log = {}
      local body = noting(log, "body", tick, loop:create_future())
      loop:call_later(1, start)
      raises(asyncio.TimeoutError, await, asyncio.wait_for(body, 1))
      assert.equal(1, log.body)
      assert.equal(1, tick())
    end)
  end)

  it("of a task cancels at T: the task at T+1, TimeoutError at T+2", function()
    local loop = support.new_loop()
    local start, tick = counter(loop)
    loop:run_until_complete(function()
      local log = {}
      local task = create_task(noting(log, "task", tick, loop:create_future()))
      loop:call_later(1, start)
      raises(asyncio.TimeoutError, await, asyncio.wait_for(task, 1))
      assert.equal(1, log.task)
      assert.equal(2, tick())
    end)
  end)

  it("cancelled: with a future t+1 and t+2, with a task one more", function()
    ticking(function(tick, loop)
      local log = {}
      local fut = loop:create_future()
      local task = create_task(noting(log, "task", tick, asyncio.wait_for(fut, 10)))
      await(sleep(0))
      local t = tick()
      task:cancel()
      assert.is_true(fut:cancelled())
      raises(asyncio.CancelledError, await, task)
      assert.equal(t + 1, log.task)
      assert.equal(t + 2, tick())

      local inner = create_task(sleep(10))
      task = create_task(noting(log, "task", tick, asyncio.wait_for(inner, 10)))
      await(sleep(0))
      t = tick()
      task:cancel()
      raises(asyncio.CancelledError, await, task)
      assert.equal(t + 2, log.task)
      assert.equal(t + 3, tick())
    end)
  end)
end)

describe("as_completed", function()
  local function ticks_of_items(make)
    return ticking(function(tick, loop)
      local t, log = tick(), {}
      for co in make(loop) do
        pcall(await, co)
        log[#log + 1] = tick() - t
      end
      return log
    end)
  end

  it("of coroutines gives its items at t+3", function()
    assert.same({3, 3}, ticks_of_items(function()
      return asyncio.as_completed {immediate, coroutine.create(immediate)}
    end))
    assert.same({4}, ticks_of_items(function() return asyncio.as_completed {sleep(0)} end))
  end)

  it("of a finished future gives its item at t+2", function()
    assert.same({2}, ticks_of_items(function(loop)
      return asyncio.as_completed {finished(loop)}
    end))
  end)

  it("iterates futures in the same ticks", function()
    ticking(function(tick, loop)
      local t, log = tick(), {}
      local futures = {finished(loop), create_task(immediate)}
      for fut in asyncio.as_completed(futures):futures() do
        assert.is_true(fut:done())
        log[#log + 1] = tick() - t
      end
      assert.same({2, 2}, log)
    end)
  end)

  it("with a timeout of 0 raises TimeoutError at t+2", function()
    assert.same({2}, ticks_of_items(function(loop)
      return asyncio.as_completed({loop:create_future()}, {timeout = 0})
    end))
    assert.same({2}, ticks_of_items(function()
      return asyncio.as_completed({immediate}, {timeout = 0})
    end))
  end)

  it("raises TimeoutError one tick after its timeout", function()
    assert.equal(1, ticks_after_timer(function(loop)
      local iterate, state, first = asyncio.as_completed({loop:create_future()}, {timeout = 1})
      return (iterate(state, first))
    end))
  end)
end)

describe("cancel", function()
  it("of a task that waits on a future: t+1, its awaiter t+2", function()
    ticking(function(tick, loop)
      local log = {}
      local fut = loop:create_future()
      local task = create_task(noting(log, "task", tick, fut))
      await(sleep(0))
      local t = tick()
      task:cancel()
      assert.is_true(fut:cancelled())
      raises(asyncio.CancelledError, await, task)
      assert.equal(t + 1, log.task)
      assert.equal(t + 2, tick())
    end)
  end)

  it("of a chain: the inner task t+1, the outer t+2, main t+3", function()
    ticking(function(tick, loop)
      local log = {}
      local inner = create_task(noting(log, "inner", tick, loop:create_future()))
      local outer = create_task(noting(log, "outer", tick, inner))
      await(sleep(0))
      await(sleep(0))
      local t = tick()
      outer:cancel()
      raises(asyncio.CancelledError, await, outer)
      assert.equal(t + 1, log.inner)
      assert.equal(t + 2, log.outer)
      assert.equal(t + 3, tick())
    end)
  end)

  it("of a longer chain: one tick for each task", function()
    ticking(function(tick, loop)
      local log = {}
      local last = loop:create_future()
      for i = 1, 10 do
        last = create_task(noting(log, i, tick, last))
        await(sleep(0))
      end
      local t = tick()
      last:cancel()
      raises(asyncio.CancelledError, await, last)
      for i = 1, 10 do assert.equal(t + i, log[i]) end
      assert.equal(t + 11, tick())
    end)
  end)

  it("of a task that has not started: it ends at t+1, its awaiter at t+2", function()
    ticking(function(tick)
      local started, t, called = false, tick(), nil
      local task = create_task(function() started = true end)
      task:add_done_callback(function() called = tick() - t end)
      task:cancel()
      raises(asyncio.CancelledError, await, task)
      assert.equal(2, called)
      assert.equal(t + 2, tick())
      assert.is_false(started)
    end)
  end)

  it("of a task in sleep(0) or sleep: t+1, its awaiter t+2", function()
    for _, delay in ipairs {0, 10} do
      ticking(function(tick)
        local log = {}
        local task = create_task(noting(log, "task", tick, sleep(delay)))
        await(sleep(0))
        local t = tick()
        task:cancel()
        raises(asyncio.CancelledError, await, task)
        assert.equal(t + 1, log.task)
        assert.equal(t + 2, tick())
      end)
    end
  end)

  it("of a gather that holds a task twice: as if it held it once", function()
    ticking(function(tick)
      local log = {}
      local inner = create_task(noting(log, "inner", tick, sleep(10)))
      local task = create_task(noting(log, "task", tick, asyncio.gather(inner)))
      await(sleep(0))
      local g = asyncio.gather(task, task)
      local t = tick()
      g:cancel()
      raises(asyncio.CancelledError, await, g)
      assert.equal(t + 1, log.inner)
      assert.equal(t + 3, log.task)
      assert.equal(t + 5, tick())
    end)
  end)

  it("of a task in a gather of a task: four ticks to its awaiter", function()
    ticking(function(tick)
      local log = {}
      local inner = create_task(noting(log, "inner", tick, sleep(10)))
      local task = create_task(noting(log, "task", tick, asyncio.gather(inner)))
      await(sleep(0))
      local t = tick()
      task:cancel()
      raises(asyncio.CancelledError, await, task)
      assert.equal(t + 1, log.inner)
      assert.equal(t + 3, log.task)
      assert.equal(t + 4, tick())
    end)
  end)
end)

describe("the loop", function()
  it("leaves run_until_complete at the end of the tick after the last", function()
    local loop = support.new_loop()
    support.record_reports(loop)
    local log = {}
    loop:run_until_complete(function()
      log[#log + 1] = "main"
      loop:create_task(function()
        log[#log + 1] = "first step"
        await(sleep(0))
        log[#log + 1] = "second step"
      end)
    end)
    assert.same({"main", "first step"}, log)
  end)

  it("runs two ticks for an empty coroutine, one for stop", function()
    local loop = support.new_loop()
    local start, tick = counter(loop)
    start()
    support.run_briefly(loop)
    assert.equal(2, tick())
    support.run_once(loop)
    assert.equal(3, tick())
  end)

  it("runs what a tick schedules in the next one", function()
    local loop = support.new_loop()
    local log = {}
    loop:call_soon(function()
      log[#log + 1] = "a"
      loop:call_soon(function() log[#log + 1] = "c" end)
    end)
    loop:call_soon(function() log[#log + 1] = "b" end)
    support.run_once(loop)
    assert.same({"a", "b"}, log)
    support.run_once(loop)
    assert.same({"a", "b", "c"}, log)
  end)

  it("puts due timers behind what is ready, in the same tick", function()
    local loop = support.new_loop()
    local log = {}
    local function note(name) return function() log[#log + 1] = name end end
    loop:call_soon(note "a")
    loop:call_later(0, note "b")
    loop:call_soon(note "c")
    support.run_once(loop)
    assert.same({"a", "c", "b"}, log)
  end)
end)
