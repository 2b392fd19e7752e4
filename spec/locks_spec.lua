-- Lock, Event, Condition, Semaphore, Barrier: fairness, cancellation at every
-- moment, blocks and how they end, misuse. What CPython's own tests say is in
-- spec/conformance.
local asyncio = require "asyncio"
local busted = require "asyncio.busted"
local core = require "asyncio.core"
local support = require "spec.support"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep
local create_task, current_task = asyncio.create_task, asyncio.current_task
local get_running_loop = asyncio.get_running_loop
local raises, isinstance = support.raises, asyncio.isinstance
local plain = busted.plain
local CancelledError, TimeoutError = asyncio.CancelledError, asyncio.TimeoutError
local BrokenBarrierError = asyncio.BrokenBarrierError
local Lock, Event, Condition = asyncio.Lock, asyncio.Event, asyncio.Condition
local Semaphore, BoundedSemaphore = asyncio.Semaphore, asyncio.BoundedSemaphore
local Barrier = asyncio.Barrier

local MyError = asyncio.Exception:subclass("MyError")

local NOT_ACQUIRED = "Lock is not acquired%.$"

-- What can be held, by one at a time. `free` is what its text says then, `again`
-- the error of releasing what is free, if it is one.
local KINDS = {
  {name = "Lock", make = Lock, free = "unlocked", again = NOT_ACQUIRED},
  {name = "Condition", make = function() return Condition() end, free = "unlocked",
   again = NOT_ACQUIRED},
  {name = "Semaphore", make = function() return Semaphore(1) end,
   free = "unlocked, value:1"},
  {name = "BoundedSemaphore", make = function() return BoundedSemaphore(1) end,
   free = "unlocked, value:1", again = "BoundedSemaphore released too many times$"},
}

-- Both ways of holding it for a block.
local FORMS = {
  {
    name = "as a <close> variable",
    run = function(lock, fn, ...)
      local held <close> = await(lock:acquire())
      return fn(held, ...)
    end,
  },
  {
    name = "by asyncio.with",
    run = function(lock, fn, ...) return asyncio.with(lock, fn, ...) end,
  },
}

-- Runs the body as the main task of a loop of its own, in which it leaves nothing.
local function run(body)
  local loop = support.new_loop()
  local reports = support.record_reports(loop)
  loop:run_until_complete(function()
    body()
    assert.equal(0, current_task():cancelling())
    assert.equal(1, #asyncio.all_tasks())
  end)
  loop:close()
  assert.same({}, reports)
end

-- How much time has passed in the test.
local function elapsed() return get_running_loop():time() end

-- What stands in brackets at the end of the text.
local function state_of(obj)
  local state = tostring(obj):match("^<%a+ object at %S+ %[([^%[%]]*)%]>$")
  assert(state, tostring(obj))
  return state
end

local function ticks(n)
  for _ = 1, n do await(sleep(0)) end
end

-- Runs fn as a task of its own, so that it can be cancelled.
local function start(fn, ...) return create_task(async(fn)(...)) end

-- A task that acquires, notes its name, and has it for `delay` seconds.
local function holder(lock, log, name, delay)
  return start(function()
    local _ <close> = await(lock:acquire())
    log[#log + 1] = name
    if delay then await(sleep(delay)) end
  end)
end

-- How many instructions of Lua fn takes, in steps of 100.
local function instructions(fn)
  local n = 0
  debug.sethook(function() n = n + 100 end, "", 100)
  fn()
  debug.sethook()
  return n
end

-- Whole numbers below n, the same for the same seed, in any build of Lua.
local function random(seed)
  return function(n)
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n
  end
end

for _, kind in ipairs(KINDS) do
  describe(kind.name, function()
    after_each(plain(support.close_loops))

    it("returns itself when it is acquired", function()
      local lock = kind.make()
      local res = table.pack(await(lock:acquire()))
      assert.equal(1, res.n)
      assert.is_true(rawequal(lock, res[1]))
      lock:release()

      local task = create_task(lock:acquire())
      assert.is_true(rawequal(lock, await(task)))
      lock:release()
      assert.is_true(rawequal(lock, await(asyncio.wait_for(lock:acquire(), 1))))
      lock:release()
      assert.is_true(rawequal(lock, await(asyncio.gather(lock:acquire()))[1]))
      assert.equal("locked", state_of(lock))
    end)

    it("is acquired when it is awaited, and once", function()
      local lock = kind.make()
      local co = lock:acquire()
      assert.is_true(asyncio.iscoroutine(co))
      assert.is_true(asyncio.isawaitable(co))
      ticks(2)
      assert.is_false(lock:locked())
      await(co)
      assert.is_true(lock:locked())
      raises("cannot reuse already awaited coroutine", await, co)
      lock:release()
    end)

    it("is acquired without a tick if it is free", function()
      local loop = get_running_loop()
      local lock = kind.make()
      local ticked = false
      loop:call_soon(function() ticked = true end)
      for _ = 1, 10 do
        await(lock:acquire())
        lock:release()
      end
      assert.is_false(ticked)
    end)

    it("goes to those who wait in order", function()
      local lock = kind.make()
      local log, want, tasks = {}, {}, {}
      await(lock:acquire())
      for i = 1, 100 do
        tasks[i] = holder(lock, log, i, i % 3 == 0 and 0 or nil)
        want[i] = i
      end
      ticks(1)
      -- Of a condition those who wait for a notification are counted.
      assert.equal("locked" .. (kind.name == "Condition" and "" or ", waiters:100"),
        state_of(lock))
      lock:release()
      await(asyncio.gather(tasks))
      assert.same(want, log)
      assert.equal(kind.free, state_of(lock))
    end)

    it("is not had again by who releases it while others wait", function()
      local lock = kind.make()
      local log, tasks = {}, {}
      for i = 1, 3 do
        tasks[i] = start(function()
          for round = 1, 3 do
            await(lock:acquire())
            log[#log + 1] = i .. "." .. round
            await(sleep(1))
            lock:release()
          end
        end)
      end
      await(asyncio.gather(tasks))
      assert.same({"1.1", "2.1", "3.1", "1.2", "2.2", "3.2", "1.3", "2.3", "3.3"}, log)
    end)

    it("is not had by who comes between the release and the turn of the first", function()
      local lock = kind.make()
      local log = {}
      await(lock:acquire())
      local first = holder(lock, log, "first")
      ticks(1)
      local newcomer = holder(lock, log, "newcomer") -- runs before the first
      lock:release()
      await(lock:acquire())
      log[#log + 1] = "who released it"
      lock:release()
      await(asyncio.gather(first, newcomer))
      assert.same({"first", "who released it", "newcomer"}, log)
    end)

    for _, form in ipairs(FORMS) do
      describe("for a block, " .. form.name .. ",", function()
        it("gives what the block returns", function()
          local lock = kind.make()
          local res = table.pack(form.run(lock, function(held, ...)
            assert.is_true(rawequal(lock, held))
            assert.is_true(lock:locked())
            ticks(1)
            return nil, select("#", ...), ...
          end, nil, 2, nil))
          assert.same({nil, 3, nil, 2, nil, n = 5}, res)
          assert.equal(kind.free, state_of(lock))
        end)

        it("raises what the block raises", function()
          local lock = kind.make()
          for _, value in ipairs {MyError("here"), "a string", {}, 5, false} do
            local ok, err = pcall(form.run, lock, function() error(value, 0) end)
            assert.is_false(ok)
            assert.is_true(rawequal(value, err))
            assert.equal(kind.free, state_of(lock))
            ok, err = pcall(form.run, lock, function()
              ticks(1)
              error(value, 0)
            end)
            assert.is_false(ok)
            assert.is_true(rawequal(value, err))
            assert.equal(kind.free, state_of(lock))
          end
        end)

        it("releases when it is cancelled", function()
          local lock = kind.make()
          local log = {}
          local task = start(form.run, lock, function() await(sleep(100)) end)
          local next_one = holder(lock, log, "next")
          ticks(1)
          task:cancel("enough")
          local err = raises(CancelledError, await, task)
          assert.equal("enough", err.message)
          await(next_one)
          assert.same({"next"}, log)
          assert.equal(kind.free, state_of(lock))
        end)

        it("releases when time is up", function()
          local lock = kind.make()
          raises(TimeoutError, function()
            local _ <close> = asyncio.timeout(1)
            form.run(lock, function() await(sleep(100)) end)
          end)
          assert.equal(0, current_task():cancelling())
          assert.equal(1, elapsed())
          assert.equal(kind.free, state_of(lock))
        end)

        it("does not begin when it is cancelled before", function()
          local lock = kind.make()
          local begun = false
          await(lock:acquire())
          local unborn = start(form.run, lock, function() begun = true end)
          unborn:cancel()
          local waits = start(form.run, lock, function() begun = true end)
          ticks(2)
          waits:cancel("enough")
          raises(CancelledError, await, unborn)
          assert.equal("enough", raises(CancelledError, await, waits).message)
          assert.equal("locked", state_of(lock))
          lock:release()
          assert.is_false(begun)
          assert.equal(kind.free, state_of(lock))
        end)

        it("nests", function()
          local a, b = kind.make(), kind.make()
          form.run(a, function()
            form.run(b, function()
              assert.is_true(a:locked())
              assert.is_true(b:locked())
            end)
            assert.is_true(a:locked())
            assert.is_false(b:locked())
          end)
          assert.is_false(a:locked())
        end)

        if kind.again then
          it("fails at its end when it was released before", function()
            local lock = kind.make()
            raises(kind.again, form.run, lock, function() lock:release() end)
            assert.equal(kind.free, state_of(lock))
          end)

          it("raises what the block raises also when it was released before", function()
            local lock = kind.make()
            local err = MyError("here")
            assert.is_true(rawequal(err, raises(MyError, form.run, lock, function()
              lock:release()
              error(err, 0)
            end)))
            assert.equal(kind.free, state_of(lock))
          end)
        end
      end)
    end

    if kind.again then
      it("says where the block was whose end it has nothing to release at", function()
        local lock = kind.make()
        local place = "^%S*locks_spec%.lua:" .. debug.getinfo(1, "l").currentline + 3 .. ": "
        local err = raises(kind.again, function()
          local _ <close> = lock
        end)
        assert.matches(place, err)
        err = raises(kind.again, function()
          return (asyncio.with(lock, function() lock:release() end))
        end)
        assert.matches("^%S*locks_spec%.lua:%d+: ", err)
        assert.equal(kind.free, state_of(lock))
      end)
    end

    it("is released by break and goto", function()
      local lock = kind.make()
      for i = 1, 2 do
        local _ <close> = await(lock:acquire())
        if i == 1 then break end
      end
      assert.is_false(lock:locked())
      do
        local _ <close> = await(lock:acquire())
        goto out
      end
      ::out::
      assert.is_false(lock:locked())
    end)

    it("may be released by another task, and by a callback", function()
      local loop = get_running_loop()
      local lock = kind.make()
      await(lock:acquire())
      start(function() lock:release() end)
      await(lock:acquire())
      loop:call_soon(lock.release, lock)
      await(lock:acquire())
      lock:release()
      assert.equal(kind.free, state_of(lock))
    end)

    if kind.again then
      it("cannot be released twice", function()
        local lock = kind.make()
        local err = raises(kind.again, function()
          lock:release()
          return nil
        end)
        assert.matches("locks_spec%.lua:%d+: ", err)
        await(lock:acquire())
        lock:release()
        raises(kind.again, lock.release, lock)
        assert.equal(kind.free, state_of(lock))
        await(lock:acquire())
        assert.equal("locked", state_of(lock))
      end)
    end

    -- Moments of a cancel and the grant that it meets; the grant must go on.
    local MEETINGS = {
      {"just after the grant", function(lock, task)
        lock:release()
        task:cancel()
      end},
      {"just before the grant", function(lock, task)
        task:cancel()
        lock:release()
      end},
      {"a tick before the grant", function(lock, task)
        task:cancel()
        ticks(1)
        lock:release()
      end},
      {"in the next callback", function(lock, task, loop)
        lock:release()
        loop:call_soon(task.cancel, task)
      end},
      {"in the callback before", function(lock, task, loop)
        loop:call_soon(task.cancel, task)
        loop:call_soon(lock.release, lock)
        ticks(1)
      end},
      {"twice", function(lock, task)
        lock:release()
        task:cancel()
        task:cancel()
      end},
    }

    for _, meeting in ipairs(MEETINGS) do
      it("goes on to the next when a waiter is cancelled " .. meeting[1], function()
        local loop = get_running_loop()
        local lock = kind.make()
        local log = {}
        await(lock:acquire())
        local gone = holder(lock, log, "gone")
        local second = holder(lock, log, "second")
        local third = holder(lock, log, "third")
        ticks(1)
        meeting[2](lock, gone, loop)
        await(asyncio.gather(second, third))
        assert.is_true(gone:done())
        if gone:cancelled() then
          assert.same({"second", "third"}, log)
        else
          -- It had its turn before the cancel came.
          assert.equal("in the next callback", meeting[1])
          assert.same({"gone", "second", "third"}, log)
        end
        assert.equal(kind.free, state_of(lock))
      end)

      it("is free when the only waiter is cancelled " .. meeting[1], function()
        local loop = get_running_loop()
        local lock = kind.make()
        await(lock:acquire())
        local gone = holder(lock, {}, "gone")
        ticks(1)
        meeting[2](lock, gone, loop)
        await(asyncio.wait {gone})
        assert.equal(kind.free, state_of(lock))
        await(asyncio.wait_for(lock:acquire(), 1))
        assert.equal("locked", state_of(lock))
      end)
    end

    it("goes past any number of waiters that are cancelled as they get it", function()
      local lock = kind.make()
      local log, gone = {}, {}
      await(lock:acquire())
      for i = 1, 20 do gone[i] = holder(lock, log, i) end
      local last = holder(lock, log, "last")
      ticks(1)
      lock:release()
      for _, task in ipairs(gone) do task:cancel() end
      await(last)
      assert.same({"last"}, log)
      for _, task in ipairs(gone) do assert.is_true(task:cancelled()) end
      assert.equal(kind.free, state_of(lock))
    end)

    it("goes on when each is cancelled just as it has it", function()
      local lock = kind.make()
      local log, gone = {}, {}
      await(lock:acquire())
      for i = 1, 20 do gone[i] = holder(lock, log, i) end
      local last = holder(lock, log, "last")
      ticks(1)
      lock:release()
      for _, task in ipairs(gone) do
        task:cancel()
        ticks(1)
      end
      await(last)
      assert.same({"last"}, log)
      assert.equal(kind.free, state_of(lock))
    end)

    it("is held or not when wait_for has no time left at the release", function()
      local loop = get_running_loop()
      for _, release_first in ipairs {true, false} do
        local lock = kind.make()
        local log = {}
        await(lock:acquire())
        local deadline = loop:time() + 1
        if release_first then loop:call_at(deadline, lock.release, lock) end
        local waiting = start(function()
          await(asyncio.wait_for(lock:acquire(), 1))
          log[#log + 1] = "first"
          lock:release()
        end)
        ticks(1)
        if not release_first then loop:call_at(deadline, lock.release, lock) end
        local second = holder(lock, log, "second")
        await(second)
        await(asyncio.wait {waiting})
        if waiting:exception() then
          assert.is_true(isinstance(waiting:exception(), TimeoutError))
          assert.same({"second"}, log)
        else
          assert.same({"first", "second"}, log)
        end
        assert.equal(kind.free, state_of(lock))
      end
    end)

    it("is not lost when a shielded wait gets it", function()
      local lock = kind.make()
      await(lock:acquire())
      local waiting = create_task(lock:acquire())
      raises(TimeoutError, await, asyncio.wait_for(asyncio.shield(waiting), 1))
      lock:release()
      assert.is_true(rawequal(lock, await(waiting)))
      assert.equal("locked", state_of(lock))
    end)

    it("does not keep a waiter that was cancelled", function()
      local lock = kind.make()
      local seen = setmetatable({}, {__mode = "k"})
      await(lock:acquire())
      for _ = 1, 10 do
        local task = create_task(lock:acquire())
        seen[task] = true
        ticks(1)
        task:cancel()
        ticks(2)
      end
      support.gc_collect()
      -- The last one may be on the stack.
      local n = 0
      for _ in pairs(seen) do n = n + 1 end
      assert.is_true(n <= 1)
      assert.equal("locked", state_of(lock))
    end)

    it("raises a deadlock when nobody can release it", plain(function()
      local loop = support.new_loop()
      support.record_reports(loop)
      local task = loop:create_task(function()
        local lock = kind.make()
        await(lock:acquire())
        await(lock:acquire())
      end, {name = "stuck"})
      local err = raises(asyncio.DeadlockError, loop.run_until_complete, loop, task)
      assert.matches("<Task pending name='stuck'", tostring(err), 1, true)
      assert.matches("running at %S*locks_spec%.lua:%d+> ", tostring(err))
    end))

    it("cannot be awaited", function()
      local lock = kind.make()
      raises("an awaitable is required, got <", await, lock)
      assert.is_false(asyncio.isawaitable(lock))
      assert.is_false(lock:locked())
    end)

    it("is not acquired outside a task", plain(function()
      local lock = kind.make()
      raises("outside a task", await, lock:acquire())
      raises("outside a task", asyncio.with, lock, function() end)
      assert.is_false(lock:locked())

      local loop = support.new_loop()
      local reports = support.record_reports(loop)
      loop:call_soon(function() await(lock:acquire()) end)
      support.run_briefly(loop)
      assert.equal(1, #reports)
      assert.matches("outside a task", tostring(reports[1].exception))
      assert.is_false(lock:locked())
    end))

    it("may be made, and released, outside a loop", plain(function()
      local lock = kind.make()
      local log = {}
      local loop = support.new_loop()
      assert.is_true(rawequal(lock, loop:run_until_complete(lock:acquire())))
      local task = loop:create_task(async(function()
        await(lock:acquire())
        log[#log + 1] = "acquired"
      end)())
      support.run_briefly(loop)
      assert.is_false(task:done())
      lock:release()
      assert.same({}, log)
      loop:run_until_complete(task)
      assert.same({"acquired"}, log)
      lock:release()
      assert.equal(kind.free, state_of(lock))
    end))

    it("belongs to the loop in which somebody waited", plain(function()
      local lock = kind.make()
      -- Free in both: no loop takes part in it.
      for _ = 1, 2 do
        run(function() asyncio.with(lock, function() ticks(1) end) end)
      end
      run(function()
        await(lock:acquire())
        raises(TimeoutError, await, asyncio.wait_for(lock:acquire(), 1))
      end)
      run(function()
        raises("is bound to a different event loop$", await, lock:acquire())
        raises("is bound to a different event loop$", asyncio.with, lock, function() end)
        assert.equal("locked", state_of(lock))
        lock:release()
        assert.equal(kind.free, state_of(lock))
      end)
    end))

    it("has one holder, in order, whoever of 1000 is cancelled", plain(function()
      local function program(seed)
        local next_random = random(seed)
        local lock = kind.make()
        local log = {}
        local count = {held = 0, released = 0, cancelled = 0, timeout = 0}
        run(function()
          local tasks, arrivals, last, holding = {}, 0, 0, 0

          local function work(number)
            holding = holding + 1
            count.held = count.held + 1
            assert.equal(1, holding)
            assert.is_true(number > last)
            assert.is_true(lock:locked())
            last = number
            log[#log + 1] = number
            local _ <close> = setmetatable({}, {__close = function()
              holding = holding - 1
              count.released = count.released + 1
            end})
            local r = next_random(4)
            if r == 1 then ticks(1)
            elseif r == 2 then await(sleep(next_random(5) / 100)) end
          end

          local function live()
            await(sleep(next_random(200) / 100))
            local form = next_random(3)
            arrivals = arrivals + 1
            local number = arrivals
            if form == 2 then
              await(asyncio.wait_for(lock:acquire(), next_random(300) / 100))
              local _ <close> = lock
              work(number)
            else
              FORMS[form + 1].run(lock, function() work(number) end)
            end
            -- At once, those who have just been woken too.
            if next_random(3) == 0 then tasks[next_random(#tasks) + 1]:cancel() end
          end

          for i = 1, 1000 do tasks[i] = start(live) end
          local killer = start(function()
            for _ = 1, 200 do
              await(sleep(next_random(5) / 100))
              for _ = 1, next_random(4) do tasks[next_random(#tasks) + 1]:cancel() end
            end
          end)
          for _, task in ipairs(tasks) do
            local ok, err = pcall(await, task)
            if not ok then
              local what = isinstance(err, CancelledError) and "cancelled"
                or isinstance(err, TimeoutError) and "timeout"
              assert(what, tostring(err))
              count[what] = count[what] + 1
            end
          end
          await(killer)
          assert.equal(0, holding)
        end)
        assert.equal(kind.free, state_of(lock))
        assert.equal(count.held, count.released)
        assert.is_true(count.held > 100)
        assert.is_true(count.cancelled > 100)
        assert.is_true(count.timeout > 10)
        return log
      end

      for seed = 1, 3 do assert.same(program(seed), program(seed)) end
    end))
  end)
end

describe("Lock", function()
  after_each(plain(support.close_loops))

  it("is locked for all who ask between a release and the next turn", function()
    local lock = Lock()
    await(lock:acquire())
    local waiting = create_task(lock:acquire())
    ticks(1)
    lock:release()
    assert.is_false(lock:locked())
    assert.equal("unlocked, waiters:1", state_of(lock))
    raises(NOT_ACQUIRED, lock.release, lock)
    await(waiting)
    assert.equal("locked", state_of(lock))
  end)
end)

describe("Semaphore", function()
  after_each(plain(support.close_loops))

  it("wakes thousands without going through all of them for each", function()
    local sem, tasks = Semaphore(0), {}
    for i = 1, 5000 do tasks[i] = create_task(sem:acquire()) end
    ticks(1)
    assert.is_true(instructions(function()
      for _ = 1, 5000 do sem:release() end
    end) < 5000 * 200)
    await(asyncio.gather(tasks))
    assert.equal("locked", state_of(sem))
  end)

  it("looks past thousands who were cancelled once, not for each who comes", function()
    local sem, tasks = Semaphore(1), {}
    await(sem:acquire())
    for i = 1, 5000 do tasks[i] = create_task(sem:acquire()) end
    ticks(1)
    for i = 1, 5000 do tasks[i]:cancel() end
    assert.is_true(instructions(function()
      sem:release()
      for _ = 1, 5000 do
        await(sem:acquire())
        sem:release()
      end
    end) < 5000 * 200)
    await(asyncio.wait(tasks))
    assert.equal("unlocked, value:1", state_of(sem))
  end)

  it("has a value of 1 unless another is given", function()
    assert.equal("unlocked, value:1", state_of(Semaphore()))
    assert.equal("unlocked, value:1", state_of(Semaphore(nil)))
    assert.equal("unlocked, value:7", state_of(Semaphore(7)))
    assert.equal("unlocked, value:1", state_of(BoundedSemaphore()))
    assert.equal("locked", state_of(BoundedSemaphore(0)))
    assert.is_false(Semaphore(1):locked())
    raises("Semaphore initial value must be >= 0$", BoundedSemaphore, -1)
  end)

  it("is held by so many", function()
    local sem = Semaphore(3)
    local active, most, tasks = 0, 0, {}
    for i = 1, 10 do
      tasks[i] = start(function()
        local _ <close> = await(sem:acquire())
        active = active + 1
        most = math.max(most, active)
        await(sleep(1))
        active = active - 1
      end)
    end
    await(asyncio.gather(tasks))
    assert.equal(3, most)
    assert.equal(4, elapsed())
    assert.equal("unlocked, value:3", state_of(sem))
  end)

  it("counts up past its first value", function()
    local sem = Semaphore(1)
    sem:release()
    sem:release()
    assert.equal("unlocked, value:3", state_of(sem))
    for _ = 1, 3 do await(sem:acquire()) end
    assert.is_true(sem:locked())
  end)

  it("wakes as many as it is released", function()
    local sem = Semaphore(0)
    local log, tasks = {}, {}
    for i = 1, 4 do
      tasks[i] = start(function()
        await(sem:acquire())
        log[#log + 1] = i
      end)
    end
    ticks(1)
    for _ = 1, 3 do sem:release() end
    ticks(1)
    assert.same({1, 2, 3}, log)
    assert.equal("locked, waiters:1", state_of(sem))
    sem:release()
    sem:release()
    await(asyncio.gather(tasks))
    assert.same({1, 2, 3, 4}, log)
    assert.equal("unlocked, value:1", state_of(sem))
  end)

  it("gives back what several cancelled waiters were granted", function()
    local sem = Semaphore(0)
    local log, tasks = {}, {}
    for i = 1, 6 do
      tasks[i] = start(function()
        await(sem:acquire())
        log[#log + 1] = i
      end)
    end
    ticks(1)
    for _ = 1, 3 do sem:release() end
    tasks[1]:cancel()
    tasks[3]:cancel()
    ticks(3)
    assert.same({2, 4, 5}, log)
    tasks[6]:cancel()
    ticks(1)
    sem:release()
    assert.equal("unlocked, value:1", state_of(sem))
  end)

  it("of any value is held by so many, whoever of 1000 is cancelled", plain(function()
    for seed = 1, 5 do
      local next_random = random(seed)
      local size = 2 + next_random(6)
      local sem = seed % 2 == 0 and Semaphore(size) or BoundedSemaphore(size)
      local active, most, acquired, cancelled = 0, 0, 0, 0
      run(function()
        local tasks = {}
        local function live()
          await(sleep(next_random(100) / 100))
          local _ <close> = await(sem:acquire())
          acquired = acquired + 1
          active = active + 1
          most = math.max(most, active)
          local _ <close> = setmetatable({}, {__close = function()
            active = active - 1
          end})
          if next_random(2) == 0 then tasks[next_random(#tasks) + 1]:cancel() end
          await(sleep(next_random(3) / 100))
          if next_random(2) == 0 then tasks[next_random(#tasks) + 1]:cancel() end
        end
        for i = 1, 1000 do tasks[i] = start(live) end
        for _, task in ipairs(tasks) do
          local ok, err = pcall(await, task)
          if not ok then
            assert.is_true(isinstance(err, CancelledError), err)
            cancelled = cancelled + 1
          end
        end
      end)
      assert.equal(0, active)
      assert.equal(size, most)
      assert.is_true(acquired > 100)
      assert.is_true(cancelled > 100)
      assert.equal("unlocked, value:" .. size, state_of(sem))
    end
  end))
end)

describe("what a finalizer does while somebody begins to wait", function()
  after_each(plain(support.close_loops))
  local wait = debug.getmetatable(core.waiters()).__index.wait
  local mode
  before_each(function() mode = collectgarbage("generational") end)
  after_each(function() collectgarbage(mode) end)

  for _, kind in ipairs(KINDS) do
    it("is that it releases a " .. kind.name, function()
      local lock, held = kind.make(), 0
      await(lock:acquire())
      support.finalize_within(wait, function() lock:release() end)
      await(lock:acquire())
      assert.is_true(lock:locked())
      local others = {}
      for i = 1, 3 do
        others[i] = start(function()
          await(lock:acquire())
          held = held + 1
          assert.equal(1, held)
          await(sleep(1))
          held = held - 1
          lock:release()
        end)
      end
      ticks(2)
      assert.equal(0, held)
      lock:release()
      await(asyncio.gather(others))
      assert.equal(kind.free, state_of(lock))
    end)

    it("is that it gives a " .. kind.name .. " to who waits already", function()
      local lock, log = kind.make(), {}
      await(lock:acquire())
      local first = start(function()
        await(lock:acquire())
        log[#log + 1] = "first"
        await(sleep(1))
        lock:release()
      end)
      ticks(1)
      support.finalize_within(wait, function() lock:release() end)
      await(lock:acquire())
      log[#log + 1] = "second"
      assert.same({"first", "second"}, log)
      lock:release()
      await(first)
      assert.equal(kind.free, state_of(lock))
    end)
  end

  it("is that it sets an event", function()
    for _, n in ipairs {0, 2} do
      local ev, others = Event(), {}
      for i = 1, n do others[i] = start(function() return await(ev:wait()) end) end
      ticks(1)
      support.finalize_within(wait, function() ev:set() end)
      assert.is_true(await(ev:wait()))
      await(asyncio.gather(others))
    end
  end)

  it("is that it notifies a condition", function()
    for _, n in ipairs {0, 2} do
      local cond, others = Condition(), {}
      for i = 1, n do
        others[i] = start(function()
          local _ <close> = await(cond:acquire())
          return await(cond:wait())
        end)
      end
      ticks(2 * n + 1)
      do
        local _ <close> = await(cond:acquire())
        support.finalize_within(wait, function()
          start(function()
            local _ <close> = await(cond:acquire())
            cond:notify_all()
          end)
        end)
        assert.is_true(await(cond:wait()))
      end
      await(asyncio.gather(others))
    end
  end)
end)

describe("Event", function()
  after_each(plain(support.close_loops))

  it("wakes all in order", function()
    local ev = Event()
    local log, want, tasks = {}, {}, {}
    for i = 1, 100 do
      want[i] = i
      tasks[i] = start(function()
        assert.is_true(await(ev:wait()))
        log[#log + 1] = i
      end)
    end
    ticks(1)
    assert.equal("unset, waiters:100", state_of(ev))
    ev:set()
    assert.same({}, log)
    await(asyncio.gather(tasks))
    assert.same(want, log)
    assert.equal("set", state_of(ev))
  end)

  it("wakes thousands without going through all of them for each", function()
    local ev = Event()
    local tasks = {}
    for i = 1, 5000 do tasks[i] = create_task(ev:wait()) end
    ticks(1)
    assert.is_true(instructions(function() ev:set() end) < 5000 * 100)
    await(asyncio.gather(tasks))
    assert.equal("set", state_of(ev))
  end)

  it("does not wait, nor tick, when it is set", function()
    local loop = get_running_loop()
    local ev = Event()
    ev:set()
    local ticked = false
    loop:call_soon(function() ticked = true end)
    for _ = 1, 10 do assert.is_true(await(ev:wait())) end
    assert.is_false(ticked)
  end)

  it("makes those wait who come after it was cleared", function()
    local ev = Event()
    local first = create_task(ev:wait())
    ticks(1)
    ev:set()
    ev:clear()
    local second = create_task(ev:wait())
    ticks(2)
    assert.is_true(first:result())
    assert.is_false(second:done())
    assert.equal("unset, waiters:1", state_of(ev))
    ev:set()
    assert.is_true(await(second))
  end)

  it("wakes the others when one is cancelled in the tick of it", function()
    for _, set_first in ipairs {true, false} do
      local ev = Event()
      local tasks = {}
      for i = 1, 3 do tasks[i] = create_task(ev:wait()) end
      ticks(1)
      if set_first then ev:set() end
      tasks[2]:cancel()
      if not set_first then ev:set() end
      ticks(2)
      assert.is_true(tasks[1]:result())
      assert.is_true(tasks[2]:cancelled())
      assert.is_true(tasks[3]:result())
      assert.equal("set", state_of(ev))
    end
  end)

  it("may be set by a waiter, a callback, and outside the loop", plain(function()
    local ev = Event()
    local loop = support.new_loop()
    local task = loop:create_task(ev:wait())
    support.run_briefly(loop)
    ev:set()
    assert.is_false(task:done())
    assert.is_true(loop:run_until_complete(task))

    ev:clear()
    loop:call_later(1, ev.set, ev)
    assert.is_true(loop:run_until_complete(ev:wait()))

    local other = Event()
    ev:clear()
    loop:call_soon(ev.set, ev)
    loop:run_until_complete(function()
      local waiting = create_task(other:wait())
      await(ev:wait())
      other:set()
      assert.is_true(await(waiting))
    end)
  end))

  it("leaves no waiter behind when time is up", function()
    local ev = Event()
    for _ = 1, 3 do raises(TimeoutError, await, asyncio.wait_for(ev:wait(), 1)) end
    assert.equal("unset", state_of(ev))
    assert.equal(3, elapsed())
  end)

  it("belongs to the loop in which somebody waited", plain(function()
    local ev = Event()
    run(function()
      raises(TimeoutError, await, asyncio.wait_for(ev:wait(), 1))
    end)
    run(function()
      raises("Event.* is bound to a different event loop$", await, ev:wait())
      assert.equal("unset", state_of(ev))
      ev:set()
      assert.is_true(await(ev:wait()))
    end)
  end))

  it("is not awaited outside a task", plain(function()
    local ev = Event()
    raises("outside a task", await, ev:wait())
    ev:set()
    raises("outside a task", await, ev:wait())
  end))
end)

describe("Condition", function()
  after_each(plain(support.close_loops))

  -- Tasks that wait, and append their numbers when they are notified.
  local function waiters(cond, n)
    local log, tasks = {}, {}
    for i = 1, n do
      tasks[i] = start(function()
        local _ <close> = await(cond:acquire())
        assert.is_true(await(cond:wait()))
        assert.is_true(cond:locked())
        log[#log + 1] = i
      end)
    end
    ticks(1)
    return log, tasks
  end

  it("wakes so many as are notified, in order", function()
    local cond = Condition()
    local log, tasks = waiters(cond, 10)
    assert.equal("unlocked, waiters:10", state_of(cond))
    asyncio.with(cond, function() cond:notify() end)
    ticks(20)
    assert.same({1}, log)
    asyncio.with(cond, function() cond:notify(0) end)
    ticks(20)
    assert.same({1}, log)
    asyncio.with(cond, function() cond:notify(3) end)
    ticks(20)
    assert.same({1, 2, 3, 4}, log)
    asyncio.with(cond, function() cond:notify_all() end)
    await(asyncio.gather(tasks))
    assert.same({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, log)
    assert.equal("unlocked", state_of(cond))
    asyncio.with(cond, function() cond:notify_all() end)
  end)

  it("wakes thousands without going through all of them for each", function()
    local cond = Condition()
    local log, tasks = waiters(cond, 5000)
    local _ <close> = await(cond:acquire())
    assert.is_true(instructions(function() cond:notify_all() end) < 5000 * 100)
    cond:release()
    await(asyncio.gather(tasks))
    assert.equal(5000, #log)
    await(cond:acquire())
  end)

  it("wakes thousands one by one without going through all of them for each", function()
    local cond = Condition()
    local log, tasks = waiters(cond, 5000)
    local _ <close> = await(cond:acquire())
    assert.is_true(instructions(function()
      for _ = 1, 5000 do cond:notify() end
    end) < 5000 * 200)
    cond:release()
    await(asyncio.gather(tasks))
    assert.equal(5000, #log)
    await(cond:acquire())
  end)

  it("says nothing of its lock when the loop is closed while somebody waits",
    plain(function()
      local cond = Condition()
      local loop = support.new_loop()
      local reports = support.record_reports(loop)
      local task = loop:create_task(asyncio.async(function()
        local _ <close> = await(cond:acquire())
        await(cond:wait())
      end)())
      support.run_briefly(loop)
      loop:close()
      assert.equal(1, #reports)
      assert.equal("Task was destroyed but it is pending!", reports[1].message)
      assert.is_true(rawequal(task, reports[1].task))
    end))

  it("does not wake who waits after the notification", function()
    local cond = Condition()
    asyncio.with(cond, function()
      cond:notify_all()
      raises(TimeoutError, await, asyncio.wait_for(cond:wait(), 1))
    end)
    assert.equal("unlocked", state_of(cond))
  end)

  it("passes a notification on when who has it is cancelled", function()
    for delay = 0, 2 do
      local cond = Condition()
      local log, tasks = waiters(cond, 3)
      do
        local _ <close> = await(cond:acquire())
        cond:notify(1)
        -- 0: it has not run yet; later: it waits for the lock.
        ticks(delay)
        tasks[1]:cancel()
        ticks(1)
      end
      await(asyncio.wait {tasks[1], tasks[2]})
      assert.is_true(tasks[1]:cancelled())
      assert.same({2}, log)
      asyncio.with(cond, function() cond:notify_all() end)
      await(tasks[3])
      assert.equal("unlocked", state_of(cond))
    end
  end)

  it("raises the last of several cancellations, with the lock held", function()
    local cond = Condition()
    local locked
    local task = start(function()
      local _ <close> = await(cond:acquire())
      local err = raises(CancelledError, await, cond:wait())
      locked = cond:locked()
      error(err, 0)
    end)
    ticks(1)
    do
      local _ <close> = await(cond:acquire())
      for i = 1, 3 do
        task:cancel("request " .. i)
        ticks(1)
        assert.is_false(task:done())
      end
    end
    assert.equal("request 3", raises(CancelledError, await, task).message)
    assert.is_true(locked)
    assert.equal("unlocked", state_of(cond))
  end)

  it("has its lock again before wait_for times out", function()
    local loop = get_running_loop()
    local cond = Condition()
    await(cond:acquire())
    start(function()
      await(cond:acquire())
      loop:call_later(5, cond.release, cond)
    end)
    raises(TimeoutError, await, asyncio.wait_for(cond:wait(), 1))
    assert.equal(5, elapsed())
    assert.equal("locked", state_of(cond))
    cond:release()
  end)

  it("gives the value of the predicate", function()
    local cond = Condition()
    local value
    local task = start(function()
      local _ <close> = await(cond:acquire())
      return await(cond:wait_for(function() return value end))
    end)
    ticks(1)
    for _, v in ipairs {false, "yes"} do
      asyncio.with(cond, function()
        value = v
        cond:notify()
      end)
      ticks(2)
    end
    assert.equal("yes", await(task))
    assert.equal(0, await(cond:wait_for(function() return 0 end)))
    assert.equal("unlocked", state_of(cond))
  end)

  it("raises what the predicate raises, with the lock held", function()
    local cond = Condition()
    local err = MyError("in the predicate")
    asyncio.with(cond, function()
      assert.is_true(rawequal(err, raises(MyError, await, cond:wait_for(function()
        error(err, 0)
      end))))
      assert.is_true(cond:locked())
    end)
    -- Also when it has waited.
    local calls = 0
    local task = start(asyncio.with, cond, function()
      await(cond:wait_for(function()
        calls = calls + 1
        if calls > 1 then error(err, 0) end
      end))
    end)
    ticks(1)
    asyncio.with(cond, function() cond:notify() end)
    assert.is_true(rawequal(err, raises(MyError, await, task)))
    assert.equal("unlocked", state_of(cond))
  end)

  it("may share its lock with others", function()
    local lock = Lock()
    local not_empty, not_full = Condition(lock), Condition(lock)
    local buffer, got = {}, {}
    local consumer = start(function()
      for _ = 1, 20 do
        local _ <close> = await(lock:acquire())
        await(not_empty:wait_for(function() return #buffer > 0 end))
        got[#got + 1] = table.remove(buffer, 1)
        not_full:notify()
      end
    end)
    for i = 1, 20 do
      local _ <close> = await(not_full:acquire())
      assert.is_true(lock:locked())
      assert.is_true(not_empty:locked())
      await(not_full:wait_for(function() return #buffer < 2 end))
      buffer[#buffer + 1] = i
      not_empty:notify()
    end
    await(consumer)
    local want = {}
    for i = 1, 20 do want[i] = i end
    assert.same(want, got)
    assert.is_false(lock:locked())
  end)

  it("is not awaited outside a task", plain(function()
    local cond = Condition()
    raises("outside a task", await, cond:wait())
    raises("outside a task", await, cond:wait_for(function() return true end))
  end))

  it("loses no notification, whoever of 1000 is cancelled", plain(function()
    for seed = 1, 3 do
      local next_random = random(seed)
      local cond = Condition()
      local items, consumed, produced, cancelled = 0, 0, 0, 0
      run(function()
        local tasks, line, first = {}, {}, 1
        local function consumer()
          await(sleep(next_random(100) / 100))
          local _ <close> = await(cond:acquire())
          while items == 0 do
            line[#line + 1] = current_task()
            await(cond:wait())
          end
          items = items - 1
          consumed = consumed + 1
          if next_random(3) == 0 then await(sleep(next_random(2) / 100)) end
        end
        for i = 1, 1000 do tasks[i] = start(consumer) end

        -- Anyone, or who has waited longest and so has been notified.
        local function cancel_one()
          while line[first] and line[first]:done() do first = first + 1 end
          local task = next_random(3) == 0 and line[first]
            or tasks[next_random(#tasks) + 1]
          task:cancel()
        end

        local producer = start(function()
          for _ = 1, 300 do
            await(sleep(next_random(3) / 100))
            do
              local _ <close> = await(cond:acquire())
              items = items + 1
              produced = produced + 1
              cond:notify()
              if next_random(4) == 0 then
                ticks(next_random(3))
                cancel_one()
              end
            end
            for _ = 1, next_random(3) do cancel_one() end
            ticks(next_random(3))
            cancel_one()
          end
          -- Nobody waits for what is there.
          await(sleep(10))
          assert.is_true(items == 0 or state_of(cond) == "unlocked")
          -- Enough for all who are left, one notification for each.
          for _ = 1, 1000 do
            local _ <close> = await(cond:acquire())
            items = items + 1
            produced = produced + 1
            cond:notify()
          end
        end)

        for _, task in ipairs(tasks) do
          local ok, err = pcall(await, task)
          if not ok then
            assert.is_true(isinstance(err, CancelledError), err)
            cancelled = cancelled + 1
          end
        end
        await(producer)
      end)
      assert.equal(1300, produced)
      assert.equal(produced, consumed + items)
      assert.is_true(cancelled > 100)
      assert.is_true(consumed > 100)
      assert.equal("unlocked", state_of(cond))
    end
  end))
end)

describe("Barrier", function()
  after_each(plain(support.close_loops))

  local function waiters(barrier, n)
    local tasks = {}
    for i = 1, n do tasks[i] = create_task(barrier:wait()) end
    return tasks
  end

  it("gives indexes in order of arrival", function()
    local barrier = Barrier(5)
    local res = await(asyncio.gather(waiters(barrier, 5)))
    assert.same({0, 1, 2, 3, 4}, {table.unpack(res)})
    assert.equal("filling, waiters:0/5", state_of(barrier))
  end)

  it("lets all go in the order in which they came", function()
    local barrier = Barrier(5)
    local log, tasks = {}, {}
    for i = 1, 5 do
      tasks[i] = start(function()
        await(barrier:wait())
        log[#log + 1] = i
      end)
    end
    await(asyncio.gather(tasks))
    -- The last one does not wait.
    assert.same({5, 1, 2, 3, 4}, log)
  end)

  it("is used again and again", function()
    local barrier = Barrier(3)
    local rounds, tasks = {0, 0, 0}, {}
    for i = 1, 3 do
      tasks[i] = start(function()
        for round = 1, 50 do
          if i == 1 then await(sleep(0.01)) end
          await(barrier:wait())
          rounds[i] = round
          for j = 1, 3 do assert.is_true(math.abs(rounds[j] - round) <= 1) end
        end
      end)
    end
    await(asyncio.gather(tasks))
    assert.same({50, 50, 50}, rounds)
    assert.equal("filling, waiters:0/3", state_of(barrier))
  end)

  it("calls the body with the index and what is given", function()
    local barrier = Barrier(1)
    local res = table.pack(asyncio.with(barrier, function(...)
      return select("#", ...), ...
    end, nil, "x", nil))
    assert.same({4, 0, nil, "x", nil, n = 5}, res)
  end)

  it("is not broken by an error of the body, nor by its end", function()
    local barrier = Barrier(1)
    local err = MyError("here")
    assert.is_true(rawequal(err, raises(MyError, asyncio.with, barrier, function()
      error(err, 0)
    end)))
    assert.is_false(barrier.broken)
    local task = start(asyncio.with, barrier, function() await(sleep(100)) end)
    ticks(1)
    task:cancel()
    raises(CancelledError, await, task)
    assert.equal("filling, waiters:0/1", state_of(barrier))
    assert.equal(0, await(barrier:wait()))
  end)

  it("does not count who has stopped to wait", function()
    local barrier = Barrier(2)
    for _ = 1, 3 do
      raises(TimeoutError, await, asyncio.wait_for(barrier:wait(), 1))
      assert.equal(0, barrier.n_waiting)
      assert.equal("filling, waiters:0/2", state_of(barrier))
    end
    local tasks = waiters(barrier, 2)
    local res = await(asyncio.gather(tasks))
    assert.same({0, 1}, {table.unpack(res)})
  end)

  it("lets the others go when one is cancelled as they are let go", function()
    for gone = 1, 3 do
      local barrier = Barrier(4)
      local tasks = waiters(barrier, 3)
      ticks(1)
      assert.equal(3, barrier.n_waiting)
      local last = create_task(barrier:wait())
      ticks(1)
      tasks[gone]:cancel()
      for i, task in ipairs(tasks) do
        if i == gone then
          raises(CancelledError, await, task)
        else
          assert.equal(i - 1, await(task))
        end
      end
      assert.equal(3, await(last))
      assert.equal("filling, waiters:0/4", state_of(barrier))
      local res = await(asyncio.gather(waiters(barrier, 4)))
      assert.same({0, 1, 2, 3}, {table.unpack(res)})
    end
  end)

  it("says why it is broken", function()
    local barrier = Barrier(3)
    local tasks = waiters(barrier, 2)
    ticks(1)
    assert.is_nil(await(barrier:abort()))
    for _, task in ipairs(tasks) do
      assert.equal("BrokenBarrierError: Abort or reset of barrier",
        tostring(raises(BrokenBarrierError, await, task)))
    end
    assert.equal("BrokenBarrierError: Barrier aborted",
      tostring(raises(BrokenBarrierError, await, barrier:wait())))
    assert.is_true(barrier.broken)
    assert.equal("broken", state_of(barrier))

    assert.is_nil(await(barrier:reset()))
    assert.is_false(barrier.broken)
    assert.equal("filling, waiters:0/3", state_of(barrier))
    await(asyncio.gather(waiters(barrier, 3)))
  end)

  it("has its numbers as fields", function()
    local barrier = Barrier(3)
    assert.equal(3, barrier.parties)
    assert.equal(0, barrier.n_waiting)
    assert.is_false(barrier.broken)
  end)

  it("belongs to no loop as long as nobody has waited", plain(function()
    local barrier = Barrier(1)
    for _ = 1, 2 do
      run(function()
        assert.equal(0, await(barrier:wait()))
        await(barrier:abort())
        await(barrier:reset())
      end)
    end
  end))

  it("belongs to the loop in which somebody waited", plain(function()
    local barrier = Barrier(2)
    run(function()
      raises(TimeoutError, await, asyncio.wait_for(barrier:wait(), 1))
    end)
    run(function()
      raises("is bound to a different event loop$", await, barrier:wait())
      assert.equal(0, barrier.n_waiting)
      assert.equal("filling, waiters:0/2", state_of(barrier))
    end)
  end))

  it("is not awaited outside a task", plain(function()
    local barrier = Barrier(1)
    raises("outside a task", await, barrier:wait())
    raises("outside a task", asyncio.with, barrier, function() end)
    raises("outside a task", await, barrier:reset())
    raises("outside a task", await, barrier:abort())
    assert.equal("filling, waiters:0/1", state_of(barrier))
  end))

  it("counts nobody in the end, whoever of 1000 is cancelled", plain(function()
    for seed = 1, 3 do
      local next_random = random(seed)
      local barrier = Barrier(7)
      local count = {passed = 0, cancelled = 0, broken = 0}
      run(function()
        local tasks = {}
        local function live()
          await(sleep(next_random(100) / 100))
          local index = await(barrier:wait())
          assert.is_true(index >= 0 and index < 7)
          if next_random(2) == 0 then tasks[next_random(#tasks) + 1]:cancel() end
        end
        for i = 1, 1000 do tasks[i] = start(live) end
        start(function()
          for _ = 1, 50 do
            await(sleep(0.02))
            tasks[next_random(#tasks) + 1]:cancel()
            if next_random(10) == 0 then await(barrier:reset()) end
            ticks(next_random(3))
            tasks[next_random(#tasks) + 1]:cancel()
          end
        end)
        await(sleep(2))
        local left = barrier.n_waiting
        assert.is_true(left < 7)
        if left > 0 then
          await(asyncio.gather(waiters(barrier, 7 - left)))
        end
        for _, task in ipairs(tasks) do
          local ok, err = pcall(await, task)
          local what = ok and "passed"
            or isinstance(err, CancelledError) and "cancelled"
            or isinstance(err, BrokenBarrierError) and "broken"
          assert(what, tostring(err))
          count[what] = count[what] + 1
        end
      end)
      assert.equal("filling, waiters:0/7", state_of(barrier))
      assert.is_true(count.passed > 100)
      assert.is_true(count.cancelled > 50)
      assert.is_true(count.broken > 0)
      assert.equal(1000, count.passed + count.cancelled + count.broken)
    end
  end))
end)

describe("locks", function()
  after_each(plain(support.close_loops))

  it("say what they are", function()
    local states = {
      {Lock(), "Lock", "unlocked"},
      {Event(), "Event", "unset"},
      {Condition(), "Condition", "unlocked"},
      {Semaphore(3), "Semaphore", "unlocked, value:3"},
      {BoundedSemaphore(2), "BoundedSemaphore", "unlocked, value:2"},
      {Barrier(2), "Barrier", "filling, waiters:0/2"},
    }
    for _, case in ipairs(states) do
      local class, state = tostring(case[1]):match("^<(%a+) object at %S+ %[(.*)%]>$")
      assert.equal(case[2], class)
      assert.equal(case[3], state)
    end
    assert.not_equal(tostring(states[1][1]), tostring(Lock()))
  end)

  it("name the argument that is wrong", function()
    local function at(want, fn)
      local line = debug.getinfo(fn, "S").linedefined + 1
      local err = raises(want, fn)
      assert.matches(("^.*locks_spec%%.lua:%d: "):format(line), err)
    end
    at("bad argument #1 to 'Semaphore' %(.*got string%)", function()
      local _ = Semaphore("x")
    end)
    at("bad argument #1 to 'BoundedSemaphore' %(.*got table%)", function()
      local _ = BoundedSemaphore({})
    end)
    at("bad argument #1 to 'Barrier' %(.*got nil%)", function()
      local _ = Barrier(nil)
    end)
    at("bad argument #1 to 'Barrier' %(.*got string%)", function()
      local _ = Barrier("many")
    end)
    at("bad argument #1 to 'Condition' %(Lock expected, got number%)", function()
      local _ = Condition(5)
    end)
    at("bad argument #1 to 'Condition' %(Lock expected, got table%)", function()
      local _ = Condition({})
    end)
    local cond = Condition()
    await(cond:acquire())
    at("bad argument #1 to 'notify' %(.*got string%)", function()
      cond:notify("all")
    end)
    at("bad argument #1 to 'wait_for' %(function expected, got nil%)", function()
      await(cond:wait_for())
    end)
    at("bad argument #1 to 'wait_for' %(function expected, got boolean%)", function()
      await(cond:wait_for(true))
    end)
    at("Semaphore initial value must be >= 0$", function()
      local _ = Semaphore(-1)
    end)
    at("parties must be > 0$", function()
      local _ = Barrier(0)
    end)
    at(NOT_ACQUIRED, function()
      Lock():release()
    end)
    at("BoundedSemaphore released too many times$", function()
      BoundedSemaphore():release()
    end)
    at("cannot notify on un%-acquired lock$", function()
      Condition():notify()
    end)
    at("cannot notify on un%-acquired lock$", function()
      Condition():notify_all()
    end)
  end)

  it("name the method that is called without its object", function()
    local methods = {
      {Lock(), "acquire", "release", "locked"},
      {Event(), "wait", "set", "clear", "is_set"},
      {Condition(), "acquire", "release", "locked", "wait", "wait_for", "notify",
       "notify_all"},
      {Semaphore(), "acquire", "release", "locked"},
      {BoundedSemaphore(), "acquire", "release", "locked"},
      {Barrier(1), "wait", "reset", "abort"},
    }
    for _, case in ipairs(methods) do
      for i = 2, #case do
        local name = case[i]
        local want = ("bad argument #1 to '%s'"):format(name)
        for _, args in ipairs {{n = 0}, {42, n = 1}, {{}, n = 1}} do
          raises(want, function()
            await(case[1][name](table.unpack(args, 1, args.n)))
          end)
        end
      end
    end
  end)

  it("make coroutine objects of what may wait", function()
    local lock, ev, cond, sem = Lock(), Event(), Condition(), Semaphore()
    local barrier = Barrier(1)
    for _, co in ipairs {
      lock:acquire(), ev:wait(), cond:acquire(), cond:wait(),
      cond:wait_for(function() return true end), sem:acquire(), barrier:wait(),
      barrier:reset(), barrier:abort(),
    } do
      assert.is_true(asyncio.iscoroutine(co))
    end
    ticks(2)
    assert.is_false(lock:locked())
    assert.is_false(cond:locked())
    assert.is_false(sem:locked())
    assert.is_false(barrier.broken)
  end)

  it("work in eager tasks", function()
    local loop = get_running_loop()
    loop:set_task_factory(asyncio.eager_task_factory)
    local lock, ev, log = Lock(), Event(), {}
    local tasks = {}
    for i = 1, 3 do
      tasks[i] = start(function()
        local _ <close> = await(lock:acquire())
        log[#log + 1] = i
        await(ev:wait())
      end)
    end
    assert.same({1}, log)
    assert.equal("locked, waiters:2", state_of(lock))
    tasks[2]:cancel()
    ev:set()
    await(asyncio.gather(tasks[1], tasks[3]))
    assert.same({1, 3}, log)
    assert.is_true(tasks[2]:cancelled())
    assert.is_false(lock:locked())
    loop:set_task_factory(nil)
  end)

  it("work in what asyncio.coroutine has made", function()
    local lock = Lock()
    local log = {}
    await(lock:acquire())
    local gen = asyncio.coroutine.wrap(function()
      for i = 1, 2 do
        local _ <close> = await(lock:acquire())
        asyncio.coroutine.yield(i)
      end
    end)
    asyncio.get_running_loop():call_later(1, lock.release, lock)
    for i in gen do log[#log + 1] = i end
    assert.same({1, 2}, log)
    assert.is_false(lock:locked())
  end)
end)
