-- What a program should not do with scopes, locks and queues, and does: none of
-- it may crash, hang, lose a waiter or leave anything behind in the loop.
-- Where there are many, what takes them one by one for each would never end.
local asyncio = require "asyncio"
local aio = require "asyncio.direct"
local support = require "spec.support"
local testing = require "asyncio.testing"
local threads = require "spec.support.threads"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep
local create_task, spawn = asyncio.create_task, asyncio.spawn
local raises, isinstance = support.raises, asyncio.isinstance
local CancelledError = asyncio.CancelledError
local PENDING = "Task was destroyed but it is pending!"

-- How many wait at once.
local MANY = support.many(100000)
local SOME = support.many(10000)

-- What is waited for. `make` makes one for which everybody waits but `first`, who
-- comes first if there is one; `wait` is in a task; `wake`, which needs no task,
-- lets one go on at least, and all when it is called for each.
local WAITS = {
  {name = "a lock", make = asyncio.Lock,
   first = function(lock) await(lock:acquire()) end,
   wait = function(lock) await(lock:acquire()) end,
   wake = function(lock) lock:release() end},
  {name = "a semaphore", make = function() return asyncio.Semaphore(0) end,
   wait = function(sem) await(sem:acquire()) end,
   wake = function(sem) sem:release() end},
  {name = "a bounded semaphore",
   make = function() return asyncio.BoundedSemaphore(1) end,
   first = function(sem) await(sem:acquire()) end,
   wait = function(sem) await(sem:acquire()) end,
   wake = function(sem) sem:release() end},
  {name = "an event", make = asyncio.Event,
   wait = function(event) await(event:wait()) end,
   wake = function(event) event:set() end},
  {name = "an item", make = function() return asyncio.Queue() end,
   wait = function(queue) await(queue:get()) end,
   wake = function(queue) queue:put_nowait(1) end},
  {name = "the next item of an iteration",
   make = function() return asyncio.LifoQueue() end,
   wait = function(queue) queue:iter()() end,
   wake = function(queue) queue:put_nowait(1) end},
  {name = "room", make = function() return asyncio.PriorityQueue(1) end,
   first = function(queue) await(queue:put(0)) end,
   wait = function(queue) await(queue:put(1)) end,
   wake = function(queue) queue:get_nowait() end},
  {name = "what was put", make = function() return asyncio.Queue() end,
   first = function(queue) await(queue:put(0)) end,
   wait = function(queue) await(queue:join()) end,
   wake = function(queue) queue:task_done() end, is_for_all = true},
}
WAITS[4].is_for_all = true

-- What has a lock of its own around the wait.
local CONDITION = {
  name = "a condition", make = asyncio.Condition,
  wait = function(cond)
    local _ <close> = await(cond:acquire())
    await(cond:wait())
  end,
}
local BARRIER = {
  name = "a barrier", make = function() return asyncio.Barrier(MANY + 1) end,
  wait = function(barrier) await(barrier:wait()) end,
}

local ALL = {table.unpack(WAITS)}
ALL[#ALL + 1], ALL[#ALL + 2] = CONDITION, BARRIER

-- Every value that can be raised, by its type.
local function raisable()
  return {
    string = "text", number = 5, float = 0 / 0, boolean = false, table = {},
    ["function"] = print, thread = coroutine.create(print), userdata = io.stdout,
    exception = asyncio.Exception("mine"), class = asyncio.TimeoutError,
    hostile = setmetatable({}, {__tostring = function() error("no text") end,
                                __eq = function() error("no comparison") end}),
  }
end

-- Large frames, so that few of them are too many: a traceback goes through all.
local function deep_in_lua(...)
  if select("#", ...) == 0 then return deep_in_lua(table.unpack({}, 1, 200)) end
  return 1 + deep_in_lua(...)
end

local function deep_in_c() return (("x"):gsub("x", deep_in_c)) end

local function without_address(object)
  return (tostring(object):gsub("0x%x+", "0x"))
end

local function same(a, b) return rawequal(a, b) or a ~= a and b ~= b end

-- A value whose variable calls fn(err) when it is closed.
local function closer(fn)
  return setmetatable({}, {__close = function(_, err) fn(err) end})
end

local loop

-- Nothing is left in the loop.
local function assert_empty(which)
  assert.same({tasks = 0, timers = 0, ready = 0, retained = 0},
              testing.counters(which or loop))
end

local function run(body, ...) return loop:run_until_complete(async(body)(...)) end

-- n tasks of the loop that wait for the object.
local function waiters(kind, object, n, opts)
  local tasks = {}
  for i = 1, n do
    tasks[i] = loop:create_task(function() kind.wait(object) end, opts)
  end
  support.run_once(loop)
  return tasks
end

-- One of the kind, which whoever comes next has to wait for.
local function busy(kind)
  local object = kind.make()
  if kind.first then run(kind.first, object) end
  return object
end

describe("hostile scopes and locks:", function()
  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  for _, kind in ipairs(ALL) do
    describe("tasks that wait for " .. kind.name, function()
      it("are 100,000, and all are cancelled", function()
        local object = busy(kind)
        local before = without_address(object)
        local tasks = waiters(kind, object, MANY)
        for i = 1, MANY do tasks[i]:cancel() end
        run(function() await(asyncio.wait(tasks)) end)
        for i = 1, MANY, 999 do assert.is_true(tasks[i]:cancelled()) end
        assert.equal(before, without_address(object))
        assert_empty()
      end)

      it("lose their loop, which is closed", function()
        local reports = support.record_reports(loop)
        local object = busy(kind)
        local tasks = waiters(kind, object, 3)
        loop:close()
        assert.equal(3, #reports)
        for i, report in ipairs(reports) do
          assert.equal(PENDING, report.message)
          assert.is_true(rawequal(tasks[i], report.task))
          assert.is_false(tasks[i]:done())
        end
        local other = support.new_loop()
        raises("is bound to a different event loop$", other.run_until_complete, other,
               function() kind.wait(object) end)
        assert_empty(other)
        if kind.wake then kind.wake(object) end
        support.gc_collect()
        for _, task in ipairs(tasks) do assert.is_false(task:done()) end
      end)

      it("are of another loop than the next one", function()
        local object = busy(kind)
        local first = waiters(kind, object, 2)
        local other = support.new_loop()
        local err = raises("is bound to a different event loop$", other.run_until_complete,
                           other, function() kind.wait(object) end)
        assert.equal("string", type(err))
        assert_empty(other)
        assert.is_false(first[1]:done())
        for _, task in ipairs(first) do task:cancel() end
        run(function() await(asyncio.wait(first)) end)
        assert_empty()
      end)

      it("are alone with it: a deadlock, and garbage when the loop is", function()
        local weak = setmetatable({}, {__mode = "k"})
        local function begin()
          support.record_reports(loop)
          local object = busy(kind)
          weak[object] = true
          local task = waiters(kind, object, 2)[1]
          local err = raises(asyncio.DeadlockError, loop.run_until_complete, loop, task)
          assert.matches("<Task pending name='Task%-%d+' coro=<.*<Task pending", tostring(err))
          loop:close()
        end
        begin()
        support.close_loops()
        loop = nil
        support.gc_collect()
        assert.is_nil(next(weak))
      end)

      it("wait in no task", function()
        local object = busy(kind)
        local before = without_address(object)
        raises("outside a task", kind.wait, object)
        raises("outside a task", coroutine.wrap(function() kind.wait(object) end))
        local reports = support.record_reports(loop)
        loop:call_soon(kind.wait, object)
        support.run_once(loop)
        assert.equal(1, #reports)
        assert.matches("outside a task", reports[1].exception)
        run(function()
          raises("asyncio.coroutine.wrap", coroutine.wrap(function() kind.wait(object) end))
          raises("table.sort", table.sort, {2, 1}, function() kind.wait(object) end)
        end)
        assert.equal(before, without_address(object))
        assert_empty()
      end)

      it("wait in a finalizer", function()
        local object, err = busy(kind), nil
        local before = without_address(object)
        run(function()
          setmetatable({}, {__gc = function() err = raises(nil, kind.wait, object) end})
          support.gc_collect()
        end)
        assert.equal("string", type(err))
        assert.equal(before, without_address(object))
        assert_empty()
      end)

      it("are eager", function()
        local object = busy(kind)
        local before = without_address(object)
        local tasks = {}
        run(function()
          for i = 1, 100 do
            tasks[i] = create_task(function() kind.wait(object) end, {eager_start = true})
          end
          for i = 1, 100 do tasks[i]:cancel() end
        end)
        run(function() await(asyncio.wait(tasks)) end)
        for i = 1, 100 do assert.is_true(tasks[i]:cancelled()) end
        assert.equal(before, without_address(object))
        assert_empty()
      end)

      it("are cancelled in a clean-up, and cancel themselves there", function()
        local object, log = busy(kind), {}
        local task
        task = loop:create_task(function()
          local _ <close> = closer(function(err)
            log[#log + 1] = tostring(err)
            task:cancel("again")
            log[#log + 1] = tostring(raises(CancelledError, kind.wait, object))
          end)
          kind.wait(object)
        end)
        support.run_once(loop)
        task:cancel("once")
        raises(CancelledError, loop.run_until_complete, loop, task)
        assert.same({"CancelledError: once", "CancelledError: again"}, log)
        assert_empty()
      end)
    end)
  end

  for _, kind in ipairs(WAITS) do
    describe("who waits for " .. kind.name, function()
      local function wake_all(object, n)
        for _ = 1, kind.is_for_all and 1 or n do kind.wake(object) end
      end

      it("is woken in a finalizer, in callbacks, and outside of a loop", function()
        local object = busy(kind)
        local tasks = waiters(kind, object, 3)
        local function collected()
          setmetatable({}, {__gc = function() kind.wake(object) end})
        end
        collected()
        support.gc_collect()
        support.run_briefly(loop)
        assert.is_true(tasks[1]:done())
        if not kind.is_for_all then
          loop:call_soon(kind.wake, object)
          run(function() await(tasks[2]) end)
          kind.wake(object)
        end
        run(function() await(asyncio.gather(tasks)) end)
        assert_empty()
      end)

      it("is one of 10,000, of whom every second is cancelled as all are woken", function()
        local object = busy(kind)
        local tasks = waiters(kind, object, SOME)
        local left = 0
        for i = 1, #tasks, 2 do tasks[i]:cancel() end
        if kind.name:find("lock") or kind.name:find("bounded") then
          -- One has it at a time.
          for _, task in ipairs(tasks) do
            task:add_done_callback(function()
              if not task:cancelled() then kind.wake(object) end
            end)
          end
          kind.wake(object)
        elseif kind.name == "room" then
          for _, task in ipairs(tasks) do
            task:add_done_callback(function()
              if not task:cancelled() then kind.wake(object) end
            end)
          end
          kind.wake(object)
        else
          wake_all(object, #tasks // 2)
        end
        run(function() await(asyncio.wait(tasks)) end)
        for i, task in ipairs(tasks) do
          if i % 2 == 1 and task:cancelled() then left = left + 1 end
          if i % 2 == 0 then assert(not task:cancelled()) end
        end
        assert.equal(#tasks // 2, left)
        assert_empty()
      end)
    end)
  end

  -- Scopes: `make` in a task; what comes out of a body that raises err.
  local function acquire(lock) return lock:acquire() end

  local SCOPES = {
    {name = "a group", make = asyncio.TaskGroup, unwrap = function(err)
      assert(isinstance(err, asyncio.ExceptionGroup))
      assert.equal(1, #err.exceptions)
      return err.exceptions[1]
    end},
    {name = "a timeout", make = function() return asyncio.timeout(1) end},
    {name = "a timeout without end", make = function() return asyncio.timeout_at(nil) end},
    {name = "a lock", make = asyncio.Lock, enter = acquire},
    {name = "a condition", make = asyncio.Condition, enter = acquire},
    {name = "a semaphore", make = function() return asyncio.Semaphore(1) end, enter = acquire},
    {name = "a bounded semaphore", make = function() return asyncio.BoundedSemaphore(1) end,
     enter = acquire},
    {name = "a barrier", make = function() return asyncio.Barrier(1) end,
     enter = function(barrier) return barrier:wait() end},
  }

  -- Both forms of holding a scope for a block.
  local FORMS = {
    {name = "as a variable", hold = function(kind, fn)
      local scope <close> = kind.make()
      if kind.enter then await(kind.enter(scope)) end
      return fn(scope)
    end},
    {name = "by asyncio.with", hold = function(kind, fn)
      return asyncio.with(kind.make(), fn)
    end},
  }

  for _, kind in ipairs(SCOPES) do
    for _, form in ipairs(FORMS) do
      describe(kind.name .. " " .. form.name, function()
        local hold = form.hold
        local unwrap = kind.unwrap or function(err) return err end

        it("lets errors of any type out", function()
          for name, value in pairs(raisable()) do
            local ok, err = run(function()
              return pcall(hold, kind, function() error(value, 0) end)
            end)
            assert.is_false(ok, name)
            assert.is_true(same(value, unwrap(err)), name)
            ok, err = run(function()
              return pcall(hold, kind, function()
                await(sleep(0))
                error(value, 0)
              end)
            end)
            assert.is_false(ok, name)
            assert.is_true(same(value, unwrap(err)), name)
          end
          assert_empty()
        end)

        it("lets an error of nil out", function()
          local task = loop:create_task(function() hold(kind, function() error() end) end)
          local err = unwrap(raises(asyncio.Exception, loop.run_until_complete, loop, task))
          assert.equal("nil", err.message)
          assert_empty()
        end)

        it("ends when the stack overflows in its body", function()
          for _, deep in ipairs {deep_in_lua, deep_in_c} do
            local task = loop:create_task(function()
              hold(kind, function()
                await(sleep(0))
                return deep()
              end)
            end)
            local err = unwrap(raises(nil, loop.run_until_complete, loop, task))
            assert.matches("stack overflow", tostring(err))
          end
          assert_empty()
        end)

        it("ends when its task is cancelled in a clean-up inside", function()
          local task
          task = loop:create_task(function()
            hold(kind, function()
              local _ <close> = closer(function()
                task:cancel("inside")
                await(sleep(0.1))
              end)
              await(sleep(0.1))
            end)
          end)
          raises(CancelledError, loop.run_until_complete, loop, task)
          assert.is_true(task:cancelled())
          assert_empty()
        end)

        it("is abandoned with its loop", function()
          local reports = support.record_reports(loop)
          local ended = false
          local task = loop:create_task(function()
            hold(kind, function()
              local _ <close> = closer(function() ended = true end)
              await(sleep(100))
            end)
          end)
          support.run_once(loop)
          loop:close()
          assert.is_true(ended)
          assert.equal(PENDING, reports[1].message)
          assert.is_true(rawequal(task, reports[1].task))
          for i = 2, #reports do
            assert.equal("error while a pending task was destroyed", reports[i].message)
          end
        end)

        it("is nested a hundred deep, and an error goes through all of it", function()
          local function nest(n)
            if n == 0 then error("deep", 0) end
            return hold(kind, function() return nest(n - 1) end)
          end
          local task = loop:create_task(function() nest(100) end)
          local err = raises(nil, loop.run_until_complete, loop, task)
          for _ = 1, 100 do err = unwrap(err) end
          assert.equal("deep", err)
          assert_empty()
        end)
      end)
    end
  end

  describe("a scope", function()
    local OPEN = {SCOPES[1], SCOPES[2], SCOPES[3]}

    for _, kind in ipairs(OPEN) do
      it("that is " .. kind.name .. " is closed twice, and by hand", function()
        run(function()
          local scope = kind.make()
          local close = getmetatable(scope).__close
          close(scope)
          raises("has already been left$", close, scope)
          raises("has already been left$", close, scope, "err")
          raises("has already been entered$", asyncio.with, scope, print)
          asyncio.with(kind.make(), function(inner)
            raises("has already been entered$", asyncio.with, inner, print)
          end)
        end)
        assert_empty()
      end)

      it("that is " .. kind.name .. " is left by others", function()
        run(function()
          local scope <close> = kind.make()
          local close = getmetatable(scope).__close
          local errors = {}
          local function try() errors[#errors + 1] = raises(nil, close, scope) end
          await(spawn(try))
          await(create_task(try, {eager_start = true}))
          asyncio.get_running_loop():call_soon(try)
          await(sleep(0))
          setmetatable({}, {__gc = function()
            errors[#errors + 1] = raises(nil, coroutine.wrap(function()
              return spawn(try) and error("spawned", 0)
            end))
          end})
          support.gc_collect()
          await(sleep(0))
          assert.equal("spawned", table.remove(errors, 4))
          assert.equal(4, #errors)
          for _, err in ipairs(errors) do
            assert.matches("was opened in another task, which has to leave it$", err)
          end
        end)
        assert_empty()
      end)

      it("that is " .. kind.name .. " is left after its loop was closed", function()
        support.record_reports(loop)
        local scope
        local task = loop:create_task(function()
          scope = kind.make()
          await(sleep(100))
        end)
        support.run_once(loop)
        loop:close()
        local close = getmetatable(scope).__close
        raises("was opened in another task", close, scope)
        local other = support.new_loop()
        raises("was opened in another task", other.run_until_complete, other,
               function() close(scope) end)
        assert.is_false(task:done())
        assert_empty(other)
        assert.matches("^<T", tostring(scope))
      end)

      it("that is " .. kind.name .. " is made, dropped, and never left", function()
        local weak = setmetatable({}, {__mode = "k"})
        run(function()
          for _ = 1, 100 do weak[kind.make()] = true end
          -- Those stay open: an inner one can be left all the same.
          asyncio.with(kind.make(), function() await(sleep(0)) end)
        end)
        support.run_once(loop)
        support.gc_collect()
        run(function() await(sleep(10)) end)
        support.gc_collect()
        assert.is_nil(next(weak))
        assert_empty()
      end)
    end

    it("is left out of order, each time an error, and nothing acts later", function()
      run(function()
        for _, outer in ipairs(OPEN) do
          for _, inner in ipairs(OPEN) do
            local a = outer.make()
            local b = inner.make()
            raises("is left out of order", getmetatable(a).__close, a)
            getmetatable(b).__close(b)
            raises("has already been left$", getmetatable(a).__close, a)
          end
        end
        await(sleep(10))
      end)
      assert_empty()
    end)

    it("is nested ten thousand deep, and left in order", function()
      run(function()
        local open = {}
        for i = 1, SOME do open[i] = OPEN[i % 3 + 1].make() end
        for i = SOME, 1, -1 do getmetatable(open[i]).__close(open[i]) end
      end)
      assert_empty()
    end)

    it("is left out of order a thousand times", function()
      run(function()
        local open = {}
        for i = 1, 1000 do open[i] = asyncio.timeout(1) end
        for i = 1, 999 do
          raises("is left out of order", getmetatable(open[i]).__close, open[i])
        end
        getmetatable(open[1000]).__close(open[1000])
      end)
      assert_empty()
    end)
  end)

  describe("a group", function()
    it("has 100,000 tasks, which are cancelled", function()
      local ended = 0
      run(function()
        asyncio.with(asyncio.TaskGroup(), function(tg)
          for _ = 1, MANY do
            tg:spawn(function()
              local _ <close> = closer(function() ended = ended + 1 end)
              await(sleep(100))
            end)
          end
          await(sleep(0))
          tg:cancel()
        end)
      end)
      assert.equal(MANY, ended)
      assert_empty()
    end)

    it("has 10,000 tasks, which all fail", function()
      local task = loop:create_task(function()
        local tg <close> = asyncio.TaskGroup()
        for i = 1, SOME do
          tg:spawn(function()
            local _ <close> = closer(function() error(i, 0) end)
            await(sleep(100))
          end)
        end
        await(sleep(0))
        error(0, 0)
      end)
      local group = raises(asyncio.ExceptionGroup, loop.run_until_complete, loop, task)
      assert.equal(SOME + 1, #group.exceptions)
      assert_empty()
    end)

    it("has tasks that have groups, 10,000 deep, and is cancelled", function()
      local depth = 0
      local function nest(n)
        local tg <close> = asyncio.TaskGroup()
        depth = depth + 1
        if n > 1 then tg:spawn(nest, n - 1) end
        await(sleep(100))
      end
      local task = loop:create_task(async(nest)(SOME))
      run(function() await(sleep(1)) end)
      assert.equal(SOME, depth)
      task:cancel()
      raises(CancelledError, loop.run_until_complete, loop, task)
      assert_empty()
    end)

    it("refuses tasks when it has ended, and closes what it was given", function()
      local group
      run(function() asyncio.with(asyncio.TaskGroup(), function(tg) group = tg end) end)
      local co = coroutine.create(print)
      raises("is finished$", group.create_task, group, co)
      raises("is finished$", group.spawn, group, print)
      assert.equal("dead", coroutine.status(co))
      group:cancel()
      assert.same({}, group:tasks())
      loop:close()
      raises("is finished$", group.spawn, group, print)
    end)

    it("is given tasks from outside: another task, a callback, a finalizer", function()
      local log = {}
      run(function()
        asyncio.with(asyncio.TaskGroup(), function(tg)
          local function add(name)
            return tg:spawn(function()
              await(sleep(1))
              log[#log + 1] = name
            end)
          end
          await(spawn(add, "task"))
          asyncio.get_running_loop():call_soon(add, "callback")
          setmetatable({}, {__gc = function() add("finalizer") end})
          support.gc_collect()
        end)
      end)
      assert.same({"task", "finalizer", "callback"}, log)
      assert_empty()
    end)

    it("is given tasks while another loop runs", function()
      local other, group, added = support.new_loop(), nil, nil
      local task = loop:create_task(function()
        asyncio.with(asyncio.TaskGroup(), function(tg)
          group = tg
          await(sleep(1))
        end)
      end)
      support.run_once(loop)
      other:run_until_complete(function()
        added = group:spawn(function() return asyncio.get_running_loop() end)
        await(sleep(1))
      end)
      assert_empty(other)
      assert.is_false(added:done())
      loop:run_until_complete(task)
      assert.is_true(rawequal(loop, added:result()))
      assert_empty()
    end)

    it("is cancelled by its eager tasks, and by those that end it", function()
      local log = {}
      run(function()
        asyncio.with(asyncio.TaskGroup(), function(tg)
          tg:create_task(function()
            tg:cancel()
            log[#log + 1] = "first"
          end, {eager_start = true})
          raises("is shutting down$", tg.spawn, tg, print)
          await(sleep(100))
          log[#log + 1] = "not reached"
        end)
        log[#log + 1] = "after"
        assert.equal(0, asyncio.current_task():cancelling())
      end)
      assert.same({"first", "after"}, log)
      assert_empty()
    end)

    it("has an eager task that fails before it is returned", function()
      local task = loop:create_task(function()
        local tg <close> = asyncio.TaskGroup()
        tg:create_task(function() error("eager", 0) end, {eager_start = true})
        await(sleep(100))
      end)
      local group = raises(asyncio.ExceptionGroup, loop.run_until_complete, loop, task)
      assert.same({"eager"}, group.exceptions)
      assert_empty()
    end)

    it("awaits itself by its tasks: a deadlock, cancelled or not", function()
      local reports = support.record_reports(loop)
      local main
      main = loop:create_task(function()
        local tg <close> = asyncio.TaskGroup()
        tg:spawn(function() await(main) end)
      end)
      raises(asyncio.DeadlockError, loop.run_until_complete, loop, main)
      main:cancel()
      raises(asyncio.DeadlockError, loop.run_until_complete, loop, main)
      loop:close()
      assert.equal(2, #reports)
      assert.equal(PENDING, reports[1].message)
      assert.equal(PENDING, reports[2].message)
    end)
  end)

  describe("a timeout", function()
    it("takes any number of seconds", function()
      run(function()
        for _, delay in ipairs {math.huge, 1e300, math.maxinteger, 1} do
          assert.equal(7, asyncio.with(asyncio.timeout(delay), function() return 7 end))
          assert.is_true(asyncio.move_on_after(delay, function() end))
        end
        for _, delay in ipairs {0, -1, -1e300, -math.huge, math.mininteger, -0.0} do
          raises(asyncio.TimeoutError, asyncio.with, asyncio.timeout(delay),
                 function() await(sleep(5)) end)
          assert.is_false(asyncio.move_on_after(delay, function() await(sleep(5)) end))
          assert.equal(7, asyncio.with(asyncio.timeout(delay), function() return 7 end))
        end
      end)
      assert_empty()
    end)

    it("is rescheduled by anybody, at any time", function()
      run(function()
        local running = asyncio.get_running_loop()
        local limit
        asyncio.with(asyncio.timeout(1), function(t)
          limit = t
          for i = 1, SOME do t:reschedule(running:time() + i) end
          await(spawn(function() t:reschedule(nil) end))
          running:call_soon(t.reschedule, t, running:time() + 50)
          await(sleep(40))
        end)
        raises("Cannot change state of finished Timeout$", limit.reschedule, limit, 1)
        raises(asyncio.TimeoutError, asyncio.with, asyncio.timeout(0), function(t)
          limit = t
          await(sleep(5))
        end)
        raises("Cannot change state of expired Timeout$", limit.reschedule, limit, nil)
      end)
      assert_empty()
    end)

    it("expires 10,000 times at once in one task", function()
      run(function()
        local open, expired = {}, 0
        for i = 1, SOME do open[i] = asyncio.timeout(1) end
        local ok, err = pcall(await, sleep(5))
        assert.is_false(ok)
        for i = SOME, 1, -1 do
          -- A __close that returns lets its error go on.
          local replaced = table.pack(pcall(getmetatable(open[i]).__close, open[i], err))
          if not replaced[1] then err = replaced[2] end
          if open[i]:expired() then expired = expired + 1 end
        end
        assert.is_true(isinstance(err, asyncio.TimeoutError))
        assert.equal(SOME, expired)
        assert.equal(0, asyncio.current_task():cancelling())
      end)
      assert_empty()
    end)
  end)

  describe("what has the wrong type", function()
    local WRONG = {0, "text", true, {}, print, io.stdout, coroutine.create(print)}

    local function methods()
      local list = {}
      run(function()
        for name, object in pairs {
          TaskGroup = asyncio.TaskGroup(), Timeout = asyncio.timeout(1),
          Lock = asyncio.Lock(), Event = asyncio.Event(), Condition = asyncio.Condition(),
          Semaphore = asyncio.Semaphore(), BoundedSemaphore = asyncio.BoundedSemaphore(),
          Barrier = asyncio.Barrier(1), Queue = asyncio.Queue(),
          LifoQueue = asyncio.LifoQueue(), PriorityQueue = asyncio.PriorityQueue(),
        } do
          for key, fn in pairs(getmetatable(object)) do
            if type(key) == "string" and not key:find("^_") and type(fn) == "function" then
              list[name .. ":" .. key] = {fn = fn, object = object}
            end
          end
        end
      end)
      return list
    end

    it("is no self of any method", function()
      local n = 0
      for name, method in pairs(methods()) do
        for i = 0, #WRONG do
          local err = raises(nil, method.fn, WRONG[i])
          assert.equal("string", type(err), name)
          assert.matches("expected, got ", err, nil, nil, name)
          n = n + 1
        end
      end
      assert.is_true(n > 300)
      run(function() await(sleep(10)) end)
      assert_empty()
    end)

    it("is no self of a method of another class", function()
      local list = methods()
      local stranger = list["Lock:release"].object
      for name, method in pairs(list) do
        if not rawequal(method.object, stranger) then
          assert.matches("expected, got %a+%)$", raises(nil, method.fn, stranger), nil, nil, name)
        end
      end
    end)

    it("is nothing that scopes, locks and queues are made of", function()
      run(function()
        for _, v in ipairs(WRONG) do
          if v ~= 0 then
            raises("expected, got ", asyncio.timeout, v)
            raises("expected, got ", asyncio.timeout_at, v)
            raises("expected, got ", asyncio.move_on_after, v, print)
            raises("expected, got ", asyncio.Semaphore, v)
            raises("expected, got ", asyncio.BoundedSemaphore, v)
            raises("expected, got ", asyncio.Barrier, v)
            raises("expected, got ", asyncio.Queue, v)
            raises("expected, got ", asyncio.PriorityQueue, v)
          end
          raises("expected, got ", asyncio.Condition, v)
          if type(v) ~= "userdata" then
            raises("scope expected, got ", asyncio.with, v, print)
          end
          if type(v) ~= "function" then
            raises("function expected, got ", asyncio.with, asyncio.Lock(), v)
            raises("function expected, got ", asyncio.move_on_after, 1, v)
            raises("function expected, got ", asyncio.TaskGroup().spawn, asyncio.TaskGroup(), v)
          end
        end
        raises("scope expected, got nil", asyncio.with)
        raises("function expected, got nil", asyncio.with, asyncio.Lock())
        raises("awaitable expected, got nil", asyncio.TaskGroup().create_task,
               asyncio.TaskGroup())
        for _, n in ipairs {-1, 0.5, 0 / 0, math.huge, -math.huge} do
          raises(nil, asyncio.Semaphore, n)
          raises(nil, asyncio.Barrier, n)
        end
        raises("NaN", asyncio.timeout, 0 / 0)
        raises("NaN", asyncio.Queue, 0 / 0)
      end)
      assert_empty()
    end)

    it("makes no harm as a queue's items and comparator", function()
      run(function()
        local q = asyncio.PriorityQueue()
        for _, v in ipairs(WRONG) do
          pcall(q.put_nowait, q, v)
        end
        local n = q:qsize()
        assert.is_true(n >= 1)
        for _, lt in ipairs {error, coroutine.yield, function() end,
                             function() return true end,
                             function() await(sleep(1)) end} do
          q = asyncio.PriorityQueue(0, {lt = lt})
          for i = 1, 5 do pcall(q.put_nowait, q, i) end
          n = q:qsize()
          for _ = 1, 5 do
            local before = q:qsize()
            if pcall(q.get_nowait, q) then before = before - 1 end
            assert.equal(before, q:qsize())
          end
          assert.is_true(n >= 1)
        end
      end)
      assert_empty()
    end)
  end)

  describe("eager tasks", function()
    it("start one another, deeper than the C stack", function()
      local depth = 0
      local function nest()
        depth = depth + 1
        if depth < 1000 then await(create_task(nest, {eager_start = true})) end
      end
      local task = loop:create_task(nest)
      loop:run_until_complete(task)
      assert.equal(1000, depth)
      assert_empty()
    end)

    it("are started in a callback, in a finalizer, and after the loop was closed", function()
      local log = {}
      local function note(name)
        return function()
          log[#log + 1] = name
          await(sleep(1))
          log[#log + 1] = name .. " ended"
        end
      end
      loop:call_soon(function()
        asyncio.Task(async(note("callback"))(), {loop = loop, eager_start = true})
      end)
      run(function()
        setmetatable({}, {__gc = function()
          asyncio.Task(async(note("finalizer"))(), {loop = loop, eager_start = true})
        end})
        support.gc_collect()
        await(sleep(5))
      end)
      assert.same({"callback", "finalizer", "callback ended", "finalizer ended"}, log)
      assert_empty()
      loop:close()
      raises("Event loop is closed", asyncio.Task, async(note("never"))(),
             {loop = loop, eager_start = true})
      assert.equal(4, #log)
    end)

    it("raise any value, and overflow the stack, in their first step", function()
      local reports = support.record_reports(loop)
      run(function()
        for _, value in pairs(raisable()) do
          local task = create_task(function() error(value, 0) end, {eager_start = true})
          assert.is_true(task:done())
          assert.is_true(same(value, task:exception()))
        end
        for _, deep in ipairs {deep_in_lua, deep_in_c} do
          local task = create_task(deep, {eager_start = true})
          assert.matches("stack overflow", tostring(task:exception()))
        end
      end)
      assert.same({}, reports)
      assert_empty()
    end)

    it("have a factory that raises, or returns no task", function()
      loop:set_task_factory(function() error("of the factory", 0) end)
      local co = coroutine.create(print)
      assert.equal("of the factory", raises(nil, loop.create_task, loop, co))
      for _, value in ipairs {5, "text", false} do
        loop:set_task_factory(function() return value end)
        assert.equal(value, loop:create_task(async(print)()))
        raises(nil, loop.run_until_complete, loop, async(print)())
      end
      loop:set_task_factory(nil)
      assert_empty()
    end)
  end)

  describe("the direct style", function()
    local CALLS = {
      {"sleep", function() aio.sleep(1) end},
      {"gather", function() aio.gather(sleep(1)) end},
      {"wait_for", function() aio.wait_for(sleep(1), 2) end},
      {"shield", function() aio.shield(sleep(1)) end},
    }

    for _, entry in ipairs(CALLS) do
      local name, call = table.unpack(entry)
      it("has " .. name .. " where there is no task", function()
        assert.equal("string", type(raises(nil, call)))
        assert.equal("string", type(raises(nil, coroutine.wrap(call))))
        local reports = support.record_reports(loop)
        loop:call_soon(call)
        support.run_once(loop)
        assert.equal(1, #reports)
        run(function() await(sleep(5)) end)
        loop:close()
        assert.equal("string", type(raises(nil, call)))
      end)

      it("has " .. name .. " in C calls, stock coroutines and finalizers", function()
        local err
        run(function()
          raises("table.sort", table.sort, {2, 1}, call)
          raises("asyncio.coroutine.wrap", coroutine.wrap(call))
          setmetatable({}, {__gc = function() err = raises(nil, call) end})
          support.gc_collect()
          await(sleep(5))
        end)
        assert.equal("string", type(err))
        assert_empty()
      end)
    end

    it("sleeps in 100,000 tasks, which are cancelled", function()
      local tasks = {}
      for i = 1, MANY do tasks[i] = loop:create_task(function() aio.sleep(100) end) end
      support.run_once(loop)
      for i = 1, MANY do tasks[i]:cancel() end
      run(function() aio.wait(tasks) end)
      assert_empty()
    end)
  end)

  describe("a program ends", function()
    local HELD = [[
      local function hold(fn)
        asyncio.with(asyncio.TaskGroup(), function(tg)
          local lock, queue, cond = asyncio.Lock(), asyncio.Queue(1), asyncio.Condition()
          for _ = 1, 3 do
            tg:spawn(function() asyncio.with(lock, function() await(sleep(50)) end) end)
            tg:spawn(function() for _ = 1, 2 do await(queue:put(1)) end end)
            tg:spawn(function() asyncio.with(cond, function() await(cond:wait()) end) end)
          end
          local limit <close> = asyncio.timeout(60)
          await(sleep(0))
          fn()
        end)
      end
    ]]

    for _, closes in ipairs {true, false} do
      it("by os.exit in the body of scopes, the state " .. (closes and "closed" or "left"),
        function()
          local status, output = threads.program(HELD .. ([[
            asyncio.run(function() hold(function() os.exit(3, %s) end) end)]]):format(closes))
          assert.equal("", output)
          assert.equal(3, status)
        end)
    end

    it("with a loop that was stopped in the body of scopes, and never closed", function()
      local status, output = threads.program(HELD .. [[
        loop = asyncio.new_event_loop {clock = "virtual"}
        loop:set_exception_handler(function() end)
        loop:create_task(function() hold(function() loop:stop() await(sleep(9)) end) end)
        loop:run_forever()]])
      assert.equal("", output)
      assert.equal(0, status)
    end)

    it("by SystemExit in a group, which ends the others first", function()
      local status, output = threads.program(HELD .. [[
        asyncio.main(function()
          hold(function() error(asyncio.SystemExit(4)) end)
        end, {clock = "virtual"})]])
      assert.equal("", output)
      assert.equal(4, status)
    end)
  end)
end)
