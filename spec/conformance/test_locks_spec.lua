-- CPython's test_locks in Lua, on the virtual clock. What CPython's tests read
-- from private fields, numbers of waiters, is here read from what tostring says.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep, create_task = asyncio.await, asyncio.sleep, asyncio.create_task
local raises, isinstance = support.raises, asyncio.isinstance
local CancelledError, TimeoutError = asyncio.CancelledError, asyncio.TimeoutError
local BrokenBarrierError = asyncio.BrokenBarrierError

-- The body of a test, run as the main task of a loop of its own. It gets the
-- loop; it leaves no task behind.
local function in_loop(body)
  return function()
    local loop = support.new_loop()
    local reports = support.record_reports(loop)
    loop:run_until_complete(function()
      body(loop)
      assert.equal(1, #asyncio.all_tasks())
    end)
    assert.same({}, reports)
  end
end

-- The name of the class and what stands in brackets at the end of the text.
local function text_of(obj)
  local class, state = tostring(obj):match("^<(%a+) object at %S+ %[(.*)%]>$")
  assert(class, tostring(obj))
  return class .. " " .. state
end

local function waiters(obj)
  return tonumber(text_of(obj):match(", waiters:(%d+)$")) or 0
end

-- A task that appends n to the list when what `wait` makes has been awaited,
-- which must be true, and then calls `after`.
local function appender(result, n, wait, after)
  return create_task(function()
    if await(wait()) then result[#result + 1] = n end
    if after then after() end
    return true
  end)
end

local function assert_all_true(tasks)
  for i, task in ipairs(tasks) do
    assert.is_true(task:done(), i)
    assert.is_true(task:result(), i)
  end
end

describe("test_locks LockTests", function()
  after_each(support.close_loops)

  it("test_repr says whether it is locked", in_loop(function()
    local lock = asyncio.Lock()
    assert.equal("Lock unlocked", text_of(lock))
    await(lock:acquire())
    assert.equal("Lock locked", text_of(lock))
    local waiting = create_task(lock:acquire())
    await(sleep(0))
    assert.equal("Lock locked, waiters:1", text_of(lock))
    lock:release()
    assert.equal("Lock unlocked, waiters:1", text_of(lock))
    await(waiting)
    assert.equal("Lock locked", text_of(lock))
  end))

  it("test_acquire goes to one waiter for each release", in_loop(function()
    local lock = asyncio.Lock()
    local result = {}
    local function acquire() return lock:acquire() end
    assert.is_true(rawequal(lock, await(lock:acquire())))

    local t1 = appender(result, 1, acquire)
    local t2 = appender(result, 2, acquire)
    await(sleep(0))
    assert.same({}, result)

    lock:release()
    await(sleep(0))
    assert.same({1}, result)
    await(sleep(0))
    assert.same({1}, result)

    local t3 = appender(result, 3, acquire)
    lock:release()
    await(sleep(0))
    assert.same({1, 2}, result)

    lock:release()
    await(sleep(0))
    assert.same({1, 2, 3}, result)
    assert_all_true {t1, t2, t3}
  end))

  it("test_acquire_cancel leaves no waiter", in_loop(function(loop)
    local lock = asyncio.Lock()
    assert.is_true(rawequal(lock, await(lock:acquire())))
    local task = create_task(lock:acquire())
    loop:call_soon(task.cancel, task)
    raises(CancelledError, await, task)
    assert.equal(0, waiters(lock))
    assert.is_true(lock:locked())
  end))

  it("test_cancel_race: a release goes past a waiter that is cancelled",
    in_loop(function(loop)
      local lock = asyncio.Lock()
      local function lockit(blocker)
        return create_task(function()
          local _ <close> = await(lock:acquire())
          if blocker then await(blocker) end
        end)
      end

      local fa = loop:create_future()
      local ta = lockit(fa)
      await(sleep(0))
      assert.is_true(lock:locked())
      local tb = lockit()
      await(sleep(0))
      assert.equal(1, waiters(lock))
      local tc = lockit()
      await(sleep(0))
      assert.equal(2, waiters(lock))

      fa:set_result()
      tb:cancel()
      await(sleep(0))
      assert.is_false(lock:locked())
      assert.is_true(ta:done())
      assert.is_true(tb:cancelled())
      await(tc)
      assert.is_false(lock:locked())
    end))

  it("test_cancel_release_race: one lock is taken", in_loop(function(loop)
    local lock = asyncio.Lock()
    local lock_count, call_count = 0, 0
    local function lockit()
      call_count = call_count + 1
      await(lock:acquire())
      lock_count = lock_count + 1
    end

    await(lock:acquire())
    local t1, t2, t3 = create_task(lockit), create_task(lockit), create_task(lockit)
    await(sleep(0))
    loop:call_soon(function()
      t1:cancel()
      lock:release()
    end)
    raises(CancelledError, await, t1)

    assert.equal(1, lock_count)
    assert.equal(3, call_count)
    assert.is_true(t1:cancelled())
    assert.is_true(t2:done())

    t3:cancel()
    await(sleep(0))
    assert.is_true(t3:cancelled())
  end))

  it("test_finished_waiter_cancelled passes the lock on", in_loop(function()
    local lock = asyncio.Lock()
    await(lock:acquire())
    assert.is_true(lock:locked())

    local tb = create_task(lock:acquire())
    await(sleep(0))
    assert.equal(1, waiters(lock))

    local tc = create_task(lock:acquire())
    tb:cancel()
    lock:release()
    await(sleep(0))
    assert.is_true(lock:locked())
    assert.is_true(tb:cancelled())
    assert.is_true(rawequal(lock, await(tc)))
  end))

  it("test_release_not_acquired is an error", in_loop(function()
    local lock = asyncio.Lock()
    raises("Lock is not acquired%.$", lock.release, lock)
  end))

  it("test_release_no_waiters unlocks it", in_loop(function()
    local lock = asyncio.Lock()
    await(lock:acquire())
    assert.is_true(lock:locked())
    lock:release()
    assert.is_false(lock:locked())
  end))

  it("test_context_manager holds the lock for a block", in_loop(function()
    local lock = asyncio.Lock()
    assert.is_false(lock:locked())
    do
      local _ <close> = await(lock:acquire())
      assert.is_true(lock:locked())
    end
    assert.is_false(lock:locked())
    asyncio.with(lock, function() assert.is_true(lock:locked()) end)
    assert.is_false(lock:locked())
  end))
end)

describe("test_locks EventTests", function()
  after_each(support.close_loops)

  it("test_repr says whether it is set", in_loop(function()
    local ev = asyncio.Event()
    assert.equal("Event unset", text_of(ev))
    local waiting = create_task(ev:wait())
    await(sleep(0))
    assert.equal("Event unset, waiters:1", text_of(ev))
    ev:set()
    await(waiting)
    assert.equal("Event set", text_of(ev))
  end))

  it("test_wait: who comes when it is set does not wait", in_loop(function()
    local ev = asyncio.Event()
    assert.is_false(ev:is_set())
    local result = {}
    local function wait() return ev:wait() end

    local t1 = appender(result, 1, wait)
    local t2 = appender(result, 2, wait)
    await(sleep(0))
    assert.same({}, result)

    local t3 = appender(result, 3, wait)
    ev:set()
    await(sleep(0))
    assert.same({3, 1, 2}, result)
    assert_all_true {t1, t2, t3}
  end))

  it("test_wait_on_set returns true", in_loop(function()
    local ev = asyncio.Event()
    ev:set()
    assert.is_true(await(ev:wait()))
  end))

  it("test_wait_cancel leaves no waiter", in_loop(function(loop)
    local ev = asyncio.Event()
    local waiting = create_task(ev:wait())
    loop:call_soon(waiting.cancel, waiting)
    raises(CancelledError, await, waiting)
    assert.equal(0, waiters(ev))
  end))

  it("test_clear resets the flag", in_loop(function()
    local ev = asyncio.Event()
    assert.is_false(ev:is_set())
    ev:set()
    assert.is_true(ev:is_set())
    ev:clear()
    assert.is_false(ev:is_set())
  end))

  it("test_clear_with_waiters: they were woken nevertheless", in_loop(function()
    local ev = asyncio.Event()
    local result = {}
    local t = appender(result, 1, function() return ev:wait() end)
    await(sleep(0))
    assert.same({}, result)

    ev:set()
    ev:clear()
    assert.is_false(ev:is_set())

    ev:set()
    ev:set()
    assert.equal(1, waiters(ev))

    await(sleep(0))
    assert.same({1}, result)
    assert.equal(0, waiters(ev))
    assert_all_true {t}
  end))
end)

describe("test_locks ConditionTests", function()
  after_each(support.close_loops)

  -- A task that acquires, waits, and appends n when it was notified.
  local function waiter(cond, result, n, after)
    return create_task(function()
      await(cond:acquire())
      if await(cond:wait()) then
        result[#result + 1] = n
        if after then after() end
      end
      return true
    end)
  end

  it("test_wait: who is notified still waits for the lock", in_loop(function()
    local cond = asyncio.Condition()
    local result = {}
    local t1, t2, t3 = waiter(cond, result, 1), waiter(cond, result, 2),
      waiter(cond, result, 3)

    await(sleep(0))
    assert.same({}, result)
    assert.is_false(cond:locked())

    assert.is_true(rawequal(cond, await(cond:acquire())))
    cond:notify()
    await(sleep(0))
    assert.same({}, result)
    assert.is_true(cond:locked())

    cond:release()
    await(sleep(0))
    assert.same({1}, result)
    assert.is_true(cond:locked())

    cond:notify(2)
    await(sleep(0))
    assert.same({1}, result)
    assert.is_true(cond:locked())

    cond:release()
    await(sleep(0))
    assert.same({1, 2}, result)
    assert.is_true(cond:locked())

    cond:release()
    await(sleep(0))
    assert.same({1, 2, 3}, result)
    assert.is_true(cond:locked())
    assert_all_true {t1, t2, t3}
  end))

  it("test_wait_cancel has the lock again", in_loop(function(loop)
    local cond = asyncio.Condition()
    await(cond:acquire())
    local wait = create_task(cond:wait())
    loop:call_soon(wait.cancel, wait)
    raises(CancelledError, await, wait)
    assert.equal(0, waiters(cond))
    assert.is_true(cond:locked())
  end))

  it("test_wait_cancel_contested has the lock again", in_loop(function(loop)
    local cond = asyncio.Condition()
    await(cond:acquire())
    assert.is_true(cond:locked())

    local wait = create_task(cond:wait())
    await(sleep(0))
    assert.is_false(cond:locked())

    await(cond:acquire())
    assert.is_true(cond:locked())
    cond:notify()
    loop:call_soon(wait.cancel, wait)
    loop:call_soon(cond.release, cond)

    raises(CancelledError, await, wait)
    assert.is_true(cond:locked())
  end))

  it("test_wait_cancel_after_notify raises once it has the lock", in_loop(function()
    local cond = asyncio.Condition()
    local waited = false
    local waiting = create_task(function()
      local _ <close> = await(cond:acquire())
      waited = true
      await(cond:wait())
    end)
    await(sleep(0)) -- it waits

    await(cond:acquire())
    cond:notify()
    await(sleep(0)) -- it acquires
    waiting:cancel()
    await(sleep(0)) -- it is interrupted
    assert.is_false(waiting:done())
    cond:release()
    await(sleep(0)) -- it has the lock

    assert.is_true(waiting:cancelled())
    assert.is_true(waited)
    assert.is_false(cond:locked())
  end))

  it("test_wait_unacquired is an error", in_loop(function()
    local cond = asyncio.Condition()
    raises("cannot wait on un%-acquired lock$", await, cond:wait())
  end))

  it("test_wait_for asks again after each notification", in_loop(function()
    local cond = asyncio.Condition()
    local presult = false
    local result = {}
    local t = create_task(function()
      await(cond:acquire())
      if await(cond:wait_for(function() return presult end)) then
        result[#result + 1] = 1
        cond:release()
      end
      return true
    end)

    await(sleep(0))
    assert.same({}, result)

    await(cond:acquire())
    cond:notify()
    cond:release()
    await(sleep(0))
    assert.same({}, result)

    presult = true
    await(cond:acquire())
    cond:notify()
    cond:release()
    await(sleep(0))
    assert.same({1}, result)
    assert_all_true {t}
  end))

  it("test_wait_for_unacquired is an error if it has to wait", in_loop(function()
    local cond = asyncio.Condition()
    local value = {1, 2, 3}
    local res = await(cond:wait_for(function() return value end))
    assert.is_true(rawequal(value, res))
    raises("cannot wait on un%-acquired lock$", await,
      cond:wait_for(function() return false end))
  end))

  it("test_notify wakes so many", in_loop(function()
    local cond = asyncio.Condition()
    local result = {}
    local function release() cond:release() end
    local t1, t2, t3 = waiter(cond, result, 1, release),
      waiter(cond, result, 2, release), waiter(cond, result, 3, release)

    await(sleep(0))
    assert.same({}, result)

    await(cond:acquire())
    cond:notify(1)
    cond:release()
    await(sleep(0))
    assert.same({1}, result)

    await(cond:acquire())
    cond:notify(1)
    cond:notify(2048)
    cond:release()
    await(sleep(0))
    assert.same({1, 2, 3}, result)
    assert_all_true {t1, t2, t3}
  end))

  it("test_notify_all wakes all in order", in_loop(function()
    local cond = asyncio.Condition()
    local result = {}
    local function release() cond:release() end
    local t1, t2 = waiter(cond, result, 1, release), waiter(cond, result, 2, release)

    await(sleep(0))
    assert.same({}, result)

    await(cond:acquire())
    cond:notify_all()
    cond:release()
    await(sleep(0))
    assert.same({1, 2}, result)
    assert_all_true {t1, t2}
  end))

  it("test_notify_unacquired is an error", function()
    local cond = asyncio.Condition()
    raises("cannot notify on un%-acquired lock$", cond.notify, cond)
  end)

  it("test_notify_all_unacquired is an error", function()
    local cond = asyncio.Condition()
    raises("cannot notify on un%-acquired lock$", cond.notify_all, cond)
  end)

  it("test_repr says whether it is locked, and how many wait", in_loop(function()
    local cond = asyncio.Condition()
    assert.equal("Condition unlocked", text_of(cond))
    await(cond:acquire())
    assert.equal("Condition locked", text_of(cond))
    cond:release()

    local tasks = {}
    for i = 1, 2 do
      tasks[i] = create_task(function()
        local _ <close> = await(cond:acquire())
        await(cond:wait())
      end)
      await(sleep(0))
      assert.equal("Condition unlocked, waiters:" .. i, text_of(cond))
    end

    do
      local _ <close> = await(cond:acquire())
      assert.equal("Condition locked, waiters:2", text_of(cond))
      cond:notify_all()
    end
    await(asyncio.gather(tasks))
    assert.equal("Condition unlocked", text_of(cond))
  end))

  it("test_context_manager holds the lock for a block", in_loop(function()
    local cond = asyncio.Condition()
    assert.is_false(cond:locked())
    do
      local _ <close> = await(cond:acquire())
      assert.is_true(cond:locked())
    end
    assert.is_false(cond:locked())
    asyncio.with(cond, function() assert.is_true(cond:locked()) end)
    assert.is_false(cond:locked())
  end))

  it("test_explicit_lock is the one it has", in_loop(function()
    local function check(lock, cond)
      lock = lock or asyncio.Lock()
      cond = cond or asyncio.Condition(lock)
      for _, held in ipairs {lock, cond} do
        assert.is_false(lock:locked())
        assert.is_false(cond:locked())
        do
          local _ <close> = await(held:acquire())
          assert.is_true(lock:locked())
          assert.is_true(cond:locked())
        end
        assert.is_false(lock:locked())
        assert.is_false(cond:locked())
      end
    end

    check()
    check(asyncio.Lock())
    local lock = asyncio.Lock()
    check(lock, asyncio.Condition(lock))
  end))

  it("test_ambiguous_loops are an error", function()
    local lock, held = asyncio.Lock(), asyncio.Lock()
    local cond = asyncio.Condition(held)

    -- A use that has to wait binds each of them to the loop.
    support.new_loop():run_until_complete(function()
      await(lock:acquire())
      raises(TimeoutError, await, asyncio.wait_for(lock:acquire(), 1))
      lock:release()
      local _ <close> = await(held:acquire())
      raises(TimeoutError, await, asyncio.wait_for(cond:wait(), 1))
    end)

    in_loop(function()
      do
        -- Taken at once: no loop takes part in it.
        local _ <close> = await(lock:acquire())
        local other = asyncio.Condition(lock)
        raises("Lock.* is bound to a different event loop$", await, other:acquire())
      end
      assert.is_false(lock:locked())

      local _ <close> = await(held:acquire())
      raises("Condition.* is bound to a different event loop$", await, cond:wait())
      assert.is_true(held:locked())
    end)()
  end)

  it("test_timeout_in_block leaves the lock held", in_loop(function(loop)
    local cond = asyncio.Condition()
    local begin = loop:time()
    do
      local _ <close> = await(cond:acquire())
      raises(TimeoutError, await, asyncio.wait_for(cond:wait(), 0.5))
      assert.is_true(cond:locked())
    end
    assert.is_false(cond:locked())
    assert.near(0.5, loop:time() - begin, 1e-6)
  end))

  -- A task that waits for the predicate in a block, and lets the error through
  -- that it gets there; a table that will hold this error.
  local function waits_for(cond, pred)
    local seen = {}
    local task = create_task(function()
      local _ <close> = await(cond:acquire())
      seen.err = raises(CancelledError, await, cond:wait_for(pred))
      error(seen.err, 0)
    end)
    return task, seen
  end

  it("test_cancelled_error_wakeup arrives as it was raised", in_loop(function()
    local cond = asyncio.Condition()
    local task, seen = waits_for(cond, function() return false end)
    await(sleep(0))
    task:cancel("foo")
    local err = raises(CancelledError, await, task)
    assert.equal("foo", err.message)
    assert.is_true(rawequal(seen.err, err))
  end))

  it("test_cancelled_error_re_aquire arrives as it was raised", in_loop(function()
    local cond = asyncio.Condition()
    local wake = false
    local task, seen = waits_for(cond, function() return wake end)
    await(sleep(0))
    await(cond:acquire())
    wake = true
    cond:notify()
    await(sleep(0))
    -- It acquires the lock again.
    task:cancel("foo")
    cond:release()
    local err = raises(CancelledError, await, task)
    assert.equal("foo", err.message)
    assert.is_true(rawequal(seen.err, err))
  end))

  -- Two consumers wait for items; the first is notified of one and cancelled,
  -- after `ticks` ticks: the second consumes it.
  local function check_cancelled_wakeup(ticks)
    local cond = asyncio.Condition()
    local state = 0
    local function consumer()
      local _ <close> = await(cond:acquire())
      while true do
        await(cond:wait_for(function() return state ~= 0 end))
        if state < 0 then return end
        state = state - 1
      end
    end

    local c1, c2 = create_task(consumer), create_task(consumer)
    await(sleep(0))
    do
      local _ <close> = await(cond:acquire())
      state = state + 1
      cond:notify(1)
      for _ = 1, ticks do await(sleep(0)) end
      c1:cancel()

      -- Nobody notifies of that, so it may well time out.
      local ok, err = pcall(function()
        local _ <close> = asyncio.timeout(0.01)
        await(cond:wait_for(function() return state == 0 end))
      end)
      assert.is_true(ok or isinstance(err, TimeoutError), err)
      assert.equal(0, state)

      state = -1
      cond:notify_all()
    end
    await(c2)
    assert.is_true(c1:cancelled())
    assert.is_false(cond:locked())
  end

  it("test_cancelled_wakeup is passed on", in_loop(function()
    check_cancelled_wakeup(0)
  end))

  it("test_cancelled_wakeup_relock is passed on", in_loop(function()
    check_cancelled_wakeup(1)
  end))
end)

describe("test_locks SemaphoreTests", function()
  after_each(support.close_loops)

  it("test_initial_value_zero is locked", function()
    assert.is_true(asyncio.Semaphore(0):locked())
  end)

  it("test_repr has the value, and how many wait", in_loop(function()
    local sem = asyncio.Semaphore()
    assert.equal("Semaphore unlocked, value:1", text_of(sem))
    await(sem:acquire())
    assert.equal("Semaphore locked", text_of(sem))

    local t1 = create_task(sem:acquire())
    await(sleep(0))
    assert.equal("Semaphore locked, waiters:1", text_of(sem))
    local t2 = create_task(sem:acquire())
    await(sleep(0))
    assert.equal("Semaphore locked, waiters:2", text_of(sem))

    sem:release()
    sem:release()
    await(asyncio.gather(t1, t2))
    assert.equal("Semaphore locked", text_of(sem))
    sem:release()
    assert.equal("Semaphore unlocked, value:1", text_of(sem))
  end))

  it("test_semaphore_value is not negative", function()
    raises("Semaphore initial value must be >= 0$", asyncio.Semaphore, -1)
  end)

  it("test_acquire in order", in_loop(function()
    local sem = asyncio.Semaphore(3)
    local result = {}
    local function acquire() return sem:acquire() end

    assert.is_true(rawequal(sem, await(sem:acquire())))
    assert.is_true(rawequal(sem, await(sem:acquire())))
    assert.is_false(sem:locked())

    local t1 = appender(result, 1, acquire)
    local t2 = appender(result, 2, acquire)
    local t3 = appender(result, 3, acquire)
    await(sleep(0))
    assert.same({1}, result)
    assert.is_true(sem:locked())
    assert.equal("Semaphore locked, waiters:2", text_of(sem))

    local t4 = appender(result, 4, acquire)
    sem:release()
    sem:release()
    assert.is_true(sem:locked())

    await(sleep(0))
    assert.same({1, 2, 3}, result)
    assert.equal("Semaphore locked, waiters:1", text_of(sem))
    assert_all_true {t1, t2, t3}
    assert.is_false(t4:done())

    sem:release()
    await(asyncio.gather(t2, t3, t4))
    assert.same({1, 2, 3, 4}, result)
  end))

  it("test_acquire_cancel leaves no waiter", in_loop(function(loop)
    local sem = asyncio.Semaphore()
    await(sem:acquire())
    local acquire = create_task(sem:acquire())
    loop:call_soon(acquire.cancel, acquire)
    raises(CancelledError, await, acquire)
    assert.equal(0, waiters(sem))
  end))

  it("test_acquire_cancel_before_awoken goes past who is cancelled",
    in_loop(function()
      local sem = asyncio.Semaphore(0)
      local t = {}
      for i = 1, 4 do t[i] = create_task(sem:acquire()) end
      await(sleep(0))
      t[1]:cancel()
      t[2]:cancel()
      sem:release()

      await(sleep(0))
      await(sleep(0))
      assert.is_true(t[3]:done())
      assert.is_false(t[4]:done())

      t[3]:cancel()
      t[4]:cancel()
      await(sleep(0))
      assert.is_true(t[4]:cancelled())
      assert.equal("Semaphore locked", text_of(sem))
    end))

  it("test_acquire_hang: the next one has it", in_loop(function()
    local sem = asyncio.Semaphore(0)
    local t1, t2 = create_task(sem:acquire()), create_task(sem:acquire())
    await(sleep(0))
    t1:cancel()
    sem:release()
    await(sleep(0))
    await(sleep(0))
    assert.is_true(sem:locked())
    assert.is_true(t2:done())
    assert.is_true(t1:cancelled())
  end))

  it("test_acquire_no_hang: who is cancelled gives it back", in_loop(function()
    local sem = asyncio.Semaphore(1)
    local t2, entered
    local t1 = create_task(function()
      do
        local _ <close> = await(sem:acquire())
        await(sleep(0))
      end
      t2:cancel()
    end)
    t2 = create_task(function()
      local _ <close> = await(sem:acquire())
      entered = true
    end)

    local r = await(asyncio.gather(t1, t2, {return_exceptions = true}))
    assert.is_nil(r[1])
    assert.is_true(isinstance(r[2], CancelledError))
    assert.is_nil(entered)
    assert.is_true(rawequal(sem, await(asyncio.wait_for(sem:acquire(), 1))))
  end))

  it("test_release_not_acquired of a bounded one is an error", function()
    local sem = asyncio.BoundedSemaphore()
    raises("BoundedSemaphore released too many times$", sem.release, sem)
  end)

  it("test_release_no_waiters unlocks it", in_loop(function()
    local sem = asyncio.Semaphore()
    await(sem:acquire())
    assert.is_true(sem:locked())
    sem:release()
    assert.is_false(sem:locked())
  end))

  it("test_acquire_fifo_order: who releases it does not have it again at once",
    in_loop(function()
      local sem = asyncio.Semaphore(1)
      local result = {}
      local function coro(tag)
        for i = 1, 2 do
          await(sem:acquire())
          result[#result + 1] = tag .. "_" .. i
          await(sleep(0.01))
          sem:release()
        end
      end

      asyncio.with(asyncio.TaskGroup(), function(tg)
        for _, tag in ipairs {"c1", "c2", "c3"} do tg:spawn(coro, tag) end
      end)
      assert.same({"c1_1", "c2_1", "c3_1", "c1_2", "c2_2", "c3_2"}, result)
    end))

  it("test_acquire_fifo_order_2: the second time it is the last", in_loop(function()
    local sem = asyncio.Semaphore(1)
    local result = {}
    local function acquire() return sem:acquire() end
    local t1 = appender(result, 1, acquire)
    local t2 = appender(result, 2, acquire, function()
      sem:release()
      await(sem:acquire())
      result[#result + 1] = 4
    end)
    local t3 = appender(result, 3, acquire)

    await(sleep(0))
    sem:release()
    sem:release()
    await(asyncio.gather(t1, t2, t3))
    assert.same({1, 2, 3, 4}, result)
  end))

  it("test_acquire_fifo_order_3: a cancelled one has no turn", in_loop(function()
    local sem = asyncio.Semaphore(0)
    local result = {}
    local function acquire() return sem:acquire() end
    local t1 = appender(result, 1, acquire)
    local t2 = appender(result, 2, acquire)
    local t3 = appender(result, 3, acquire)

    await(sleep(0))
    t1:cancel()
    await(sleep(0))
    sem:release()
    sem:release()
    await(asyncio.gather(t1, t2, t3, {return_exceptions = true}))
    assert.same({2, 3}, result)
  end))

  it("test_acquire_fifo_order_4: the first one wakes the others too",
    in_loop(function()
      local sem = asyncio.Semaphore(0)
      local result = {}
      local function acquire() return sem:acquire() end
      local t4

      local t1 = appender(result, 1, acquire, function()
        -- The others have been woken: this one runs after them.
        t4 = create_task(function() result[#result + 1] = 4 end)
      end)
      local t2 = create_task(function()
        sem:release()
        sem:release()
        sem:release()
        -- t1 has not run yet.
        assert.is_true(sem:locked())
        await(sem:acquire())
        result[#result + 1] = 2
      end)
      local t3 = create_task(function()
        await(sem:acquire())
        assert.is_true(sem:locked())
        result[#result + 1] = 3
      end)

      await(sleep(0))
      assert.equal("Semaphore locked, waiters:3", text_of(sem))
      await(sleep(0))
      await(asyncio.gather(t1, t2, t3, t4))
      assert.same({1, 2, 3, 4}, result)
      assert.equal("Semaphore locked", text_of(sem))
    end))
end)

describe("test_locks BarrierTests", function()
  after_each(support.close_loops)

  local N = 5

  local function make_tasks(n, fn)
    local tasks = {}
    for i = 1, n do tasks[i] = create_task(fn) end
    return tasks
  end

  local function gather_tasks(n, fn)
    return await(asyncio.gather(make_tasks(n, fn)))
  end

  local function trues(n)
    local list = {}
    for i = 1, n do list[i] = true end
    return list
  end

  local function assert_is_filling(barrier)
    assert.equal(0, barrier.n_waiting)
    assert.is_false(barrier.broken)
    assert.equal(("Barrier filling, waiters:0/%d"):format(barrier.parties),
      text_of(barrier))
  end

  -- Is it broken rather than passed?
  local function breaks(barrier)
    local ok, err = pcall(await, barrier:wait())
    if ok then return false end
    assert.is_true(isinstance(err, BrokenBarrierError), err)
    return true
  end

  it("test_barrier is filling to begin with", in_loop(function()
    local barrier = asyncio.Barrier(N)
    assert_is_filling(barrier)
    raises("an awaitable is required, got <", await, barrier)
    assert_is_filling(barrier)
  end))

  it("test_repr has the state, and how many wait", in_loop(function()
    local barrier = asyncio.Barrier(N)
    assert.equal("Barrier filling, waiters:0/5", text_of(barrier))
    local tasks = {}
    local function more(n)
      for _ = 1, n do
        tasks[#tasks + 1] = create_task(function() await(barrier:wait()) end)
      end
      await(sleep(0))
    end

    more(2)
    assert.equal("Barrier filling, waiters:2/5", text_of(barrier))

    more(barrier.parties - barrier.n_waiting)
    assert.equal("Barrier draining, waiters:0/5", text_of(barrier))

    more(2)
    await(barrier:reset())
    assert.equal("Barrier resetting, waiters:0/5", text_of(barrier))

    more(2)
    await(barrier:abort())
    assert.equal("Barrier broken", text_of(barrier))
    assert.is_true(barrier.broken)

    await(asyncio.gather(tasks, {return_exceptions = true}))
  end))

  it("test_barrier_parties are one at least", function()
    raises("parties must be > 0$", asyncio.Barrier, 0)
    raises("parties must be > 0$", asyncio.Barrier, -4)
    assert.equal(N, asyncio.Barrier(N).parties)
  end)

  it("test_context_manager gives each its index", in_loop(function()
    local barrier = asyncio.Barrier(3)
    local results = {}
    gather_tasks(3, function()
      asyncio.with(barrier, function(i) results[#results + 1] = i end)
    end)
    table.sort(results)
    assert.same({0, 1, 2}, results)
    assert_is_filling(barrier)
  end))

  it("test_filling_one_task does not wait", in_loop(function()
    local barrier = asyncio.Barrier(1)
    local ret = await(function()
      return asyncio.with(barrier, function() return true end)
    end)
    assert.is_true(ret)
    assert_is_filling(barrier)
  end))

  it("test_filling_one_task_twice gives the same index", in_loop(function()
    local barrier = asyncio.Barrier(1)
    local t1 = create_task(barrier:wait())
    await(sleep(0))
    assert.equal(0, barrier.n_waiting)

    local t2 = create_task(barrier:wait())
    await(sleep(0))
    assert.is_true(t1:done())
    assert.is_true(t2:done())
    assert.equal(0, t1:result())
    assert.equal(0, t2:result())
    assert_is_filling(barrier)
  end))

  it("test_filling_task_by_task", in_loop(function()
    local barrier = asyncio.Barrier(3)
    local t1 = create_task(barrier:wait())
    await(sleep(0))
    assert.equal(1, barrier.n_waiting)
    assert.matches("^Barrier filling", text_of(barrier))

    local t2 = create_task(barrier:wait())
    await(sleep(0))
    assert.equal(2, barrier.n_waiting)
    assert.matches("^Barrier filling", text_of(barrier))

    local t3 = create_task(barrier:wait())
    await(sleep(0))
    await(asyncio.wait {t1, t2, t3})
    assert_is_filling(barrier)
  end))

  it("test_filling_tasks_wait_twice in one another", in_loop(function()
    local barrier = asyncio.Barrier(N)
    local count = {outer = 0, inner = 0}
    gather_tasks(N, function()
      asyncio.with(barrier, function()
        count.outer = count.outer + 1
        asyncio.with(barrier, function() count.inner = count.inner + 1 end)
      end)
    end)
    assert.same({outer = N, inner = N}, count)
    assert_is_filling(barrier)
  end))

  it("test_filling_tasks_check_return_value", in_loop(function()
    local barrier = asyncio.Barrier(N)
    local results1, results2 = {}, {}
    local res = gather_tasks(N, function()
      return asyncio.with(barrier, function()
        results1[#results1 + 1] = true
        return asyncio.with(barrier, function(i)
          results2[#results2 + 1] = true
          return i
        end)
      end)
    end)
    assert.same(trues(N), results1)
    assert.same(trues(N), results2)
    local indexes = {table.unpack(res)}
    table.sort(indexes)
    assert.same({0, 1, 2, 3, 4}, indexes)
    assert_is_filling(barrier)
  end))

  it("test_draining_state until the last one has left", in_loop(function()
    local barrier = asyncio.Barrier(N)
    local results = {}
    gather_tasks(N, function()
      asyncio.with(barrier, function()
        results[#results + 1] = text_of(barrier):match("^Barrier (%a+)")
      end)
    end)
    assert.same({"draining", "draining", "draining", "draining", "filling"}, results)
    assert_is_filling(barrier)
  end))

  it("test_blocking_tasks_while_draining wait for the next filling",
    in_loop(function()
      local rewait = 2
      local barrier = asyncio.Barrier(N)
      local nowaiting = asyncio.Barrier(N - rewait)
      local passed = 0
      gather_tasks(N, function()
        await(barrier:wait())
        if rewait > 0 then
          rewait = rewait - 1
        else
          await(nowaiting:wait())
          passed = passed + 1
        end
        await(barrier:wait())
      end)
      assert.equal(3, passed)
      assert_is_filling(barrier)
      assert_is_filling(nowaiting)
    end))

  it("test_filling_tasks_cancel_one: it does not count any more", in_loop(function()
    local barrier = asyncio.Barrier(3)
    local results = {}
    local function start()
      return create_task(function()
        await(barrier:wait())
        results[#results + 1] = true
      end)
    end

    local t1 = start()
    await(sleep(0))
    assert.equal(1, barrier.n_waiting)
    local t2 = start()
    await(sleep(0))
    assert.equal(2, barrier.n_waiting)

    t1:cancel()
    await(sleep(0))
    assert.equal(1, barrier.n_waiting)
    raises(CancelledError, await, t1)
    assert.is_true(t1:cancelled())

    local t3 = start()
    await(sleep(0))
    assert.equal(2, barrier.n_waiting)

    await(asyncio.gather(t2, t3, start()))
    assert.same(trues(3), results)
    assert_is_filling(barrier)
  end))

  it("test_reset_barrier that nobody waits at", in_loop(function()
    local barrier = asyncio.Barrier(1)
    local task = create_task(barrier:reset())
    await(sleep(0))
    assert.is_true(task:done())
    assert_is_filling(barrier)
  end))

  it("test_reset_barrier_while_tasks_waiting breaks it for them", in_loop(function()
    local barrier = asyncio.Barrier(N)
    local results = {}
    local tasks = make_tasks(N - 1, function()
      if breaks(barrier) then results[#results + 1] = true end
    end)
    await(sleep(0))
    create_task(barrier:reset())
    await(asyncio.gather(tasks))
    assert.same(trues(N - 1), results)
    assert_is_filling(barrier)
  end))

  it("test_reset_barrier_when_tasks_half_draining breaks it for the other half",
    in_loop(function()
      local barrier = asyncio.Barrier(N)
      local results1 = {}
      local rest_of_tasks = N // 2
      local inside = N
      gather_tasks(N, function()
        if breaks(barrier) then
          results1[#results1 + 1] = true
        else
          inside = inside - 1
          if inside == rest_of_tasks then await(barrier:reset()) end
        end
      end)
      assert.same(trues(rest_of_tasks), results1)
      assert_is_filling(barrier)
    end))

  it("test_reset_barrier_when_tasks_half_draining_half_blocking",
    in_loop(function()
      local barrier = asyncio.Barrier(N)
      local results1, results2 = {}, {}
      local blocking_tasks = N // 2
      local count = 0
      gather_tasks(N, function()
        if breaks(barrier) then
          results1[#results1 + 1] = true
          await(barrier:wait())
          return
        end
        count = count + 1
        if count > blocking_tasks then
          await(barrier:reset())
          await(barrier:wait())
        elseif breaks(barrier) then
          results2[#results2 + 1] = true
        end
      end)
      assert.same(trues(blocking_tasks), results1)
      assert.same({}, results2)
      assert_is_filling(barrier)
    end))

  it("test_reset_barrier_while_tasks_waiting_and_waiting_again", in_loop(function()
    local barrier = asyncio.Barrier(N)
    local results1, results2 = {}, {}
    local tasks = make_tasks(N - 1, function()
      if breaks(barrier) then results1[#results1 + 1] = true end
      await(barrier:wait())
      results2[#results2 + 1] = true
    end)

    create_task(barrier:reset())
    await(sleep(0))
    create_task(function()
      asyncio.with(barrier, function() results2[#results2 + 1] = true end)
    end)
    await(asyncio.gather(tasks))

    assert.same(trues(N - 1), results1)
    assert.same(trues(N), results2)
    assert_is_filling(barrier)
  end))

  it("test_reset_barrier_while_tasks_draining by the last one", in_loop(function()
    local barrier = asyncio.Barrier(N)
    local results1, results2, results3 = {}, {}, {}
    local count = 0
    gather_tasks(N, function()
      await(barrier:wait())
      count = count + 1
      if count == N then
        await(barrier:reset())
        await(barrier:wait())
      elseif breaks(barrier) then
        results2[#results2 + 1] = true
      else
        results1[#results1 + 1] = true
      end
      await(barrier:wait())
      results3[#results3 + 1] = true
    end)
    assert.same(trues(N - 1), results1)
    assert.same({}, results2)
    assert.same(trues(N), results3)
    assert_is_filling(barrier)
  end))

  it("test_abort_barrier breaks it", in_loop(function()
    local barrier = asyncio.Barrier(1)
    create_task(barrier:abort())
    await(sleep(0))
    assert.equal(0, barrier.n_waiting)
    assert.is_true(barrier.broken)
  end))

  it("test_abort_barrier_when_tasks_half_draining_half_blocking", in_loop(function()
    local barrier = asyncio.Barrier(N)
    local results1, results2 = {}, {}
    local blocking_tasks = N // 2
    local count = 0
    gather_tasks(N, function()
      if breaks(barrier) then
        results1[#results1 + 1] = true
        return
      end
      count = count + 1
      if count > blocking_tasks then
        await(barrier:abort())
      elseif breaks(barrier) then
        results2[#results2 + 1] = true
      end
    end)
    assert.is_true(barrier.broken)
    assert.same(trues(blocking_tasks), results1)
    assert.same(trues(N - blocking_tasks - 1), results2)
    assert.equal(0, barrier.n_waiting)
    assert.equal("Barrier broken", text_of(barrier))
  end))

  it("test_abort_barrier_when_exception ends one of them", in_loop(function()
    local barrier = asyncio.Barrier(N)
    local results1, results2 = {}, {}
    local aborted = 0
    gather_tasks(N, function()
      local ok, err = pcall(function()
        asyncio.with(barrier, function(i)
          if i == N // 2 then error("enough", 0) end
        end)
        asyncio.with(barrier, function() results1[#results1 + 1] = true end)
      end)
      assert.is_false(ok)
      if err == "enough" then
        aborted = aborted + 1
        await(barrier:abort())
      else
        assert.is_true(isinstance(err, BrokenBarrierError), err)
        results2[#results2 + 1] = true
      end
    end)
    assert.equal(1, aborted)
    assert.is_true(barrier.broken)
    assert.same({}, results1)
    assert.same(trues(N - 1), results2)
    assert.equal(0, barrier.n_waiting)
  end))

  it("test_abort_barrier_when_exception_then_resetting makes it usable again",
    in_loop(function()
      local barrier1, barrier2 = asyncio.Barrier(N), asyncio.Barrier(N)
      local results1, results2, results3 = {}, {}, {}
      gather_tasks(N, function()
        local ok, err = pcall(function()
          if await(barrier1:wait()) == N // 2 then error("enough", 0) end
          await(barrier1:wait())
          results1[#results1 + 1] = true
        end)
        assert.is_false(ok)
        if err == "enough" then
          await(barrier1:abort())
        else
          assert.is_true(isinstance(err, BrokenBarrierError), err)
          results2[#results2 + 1] = true
        end

        -- One resets it after all have left it and before any comes again.
        if await(barrier2:wait()) == N // 2 then await(barrier1:reset()) end
        await(barrier2:wait())
        await(barrier1:wait())
        results3[#results3 + 1] = true
      end)
      assert.same({}, results1)
      assert.same(trues(N - 1), results2)
      assert.same(trues(N), results3)
      assert_is_filling(barrier1)
    end))
end)
