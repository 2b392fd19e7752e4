-- Threads and loops: to_thread, run_in_executor, wrap_future, what threads send
-- back into a loop, and how all of it ends. What crosses is in transfer_spec.
local asyncio = require "asyncio"
local support = require "spec.support"
local threads = require "spec.support.threads"

local await, sleep, to_thread = asyncio.await, asyncio.sleep, asyncio.to_thread
local raises = support.raises

-- In a thread: blocks it for a moment.
local function pause(seconds)
  asyncio.run(function() await(sleep(seconds or 0.02)) end)
end

describe("threads:", function()
  local loop, reports

  before_each(function()
    threads.reset()
    loop = support.new_loop()
    reports = support.record_reports(loop)
  end)
  after_each(support.close_loops)

  -- The test's body is a task of the loop, which must report nothing.
  local function task(body)
    return function()
      loop:run_until_complete(body)
      assert.same({}, reports)
    end
  end

  -- Awaits the call of fn(...) in a thread.
  local function call(fn, ...) return await(to_thread(fn, ...)) end

  -- The error and the traceback of a task that awaits the call.
  local function failure(fn, ...)
    local failing = asyncio.create_task(to_thread(fn, ...))
    local err = raises(nil, await, failing)
    return err, failing:traceback()
  end

  -- A new call in a thread that has begun, and waits for the signal "go".
  local function begin(fn, ex)
    local begun = threads.signal("begun")
    threads.signal("go")
    local future = loop:run_in_executor(ex, function(there)
      threads.tell(there, "begun")
      threads.wait(there, "go")
      if fn then return fn(there) end
    end, loop)
    await(begun)
    return future
  end

  describe("to_thread", function()
    it("returns all results, nil holes among them", task(function()
      assert.same({n = 0}, table.pack(call(function() end)))
      assert.same({n = 4, nil, 1, nil, nil},
                  table.pack(call(function(...) return ... end, nil, 1, nil, nil)))
    end))

    it("takes 250 arguments", task(function()
      local list = {}
      for i = 1, 250 do list[i] = i end
      assert.same(list, {call(function(...) return ... end, table.unpack(list))})
    end))

    it("copies the arguments when it is called, and runs when it is awaited", task(function()
      local t, n = {1}, 1
      local calls = to_thread(function(x) return x[1], n end, t)
      t[1], n = 2, 2
      assert.same({1, 1}, {await(calls)})
      assert.equal(2, n)
    end))

    it("does nothing that is not awaited", function()
      loop:run_until_complete(function()
        to_thread(threads.note, loop, "ran")
        await(sleep(1))
        call(function() end)
      end)
      assert.same({}, threads.log)
    end)

    it("is awaited once", task(function()
      local calls = to_thread(function() return 1 end)
      assert.equal(1, await(calls))
      raises("cannot reuse already awaited coroutine", await, calls)
    end))

    it("is a coroutine function", task(function()
      assert.is_true(asyncio.iscoroutinefunction(to_thread))
      assert.equal(3, await(asyncio.spawn(to_thread, math.max, 1, 3)))
      assert.equal("late", await(asyncio.wait_for(to_thread(function() return "late" end), 10)))
    end))

    it("refuses at the call what cannot cross, with its place", task(function()
      local file = io.stdout
      raises("^cannot pass a FILE%* to a thread %(argument #2, field 'log%.out'%)$",
             to_thread, print, {log = {out = file}})
      raises("^cannot pass a FILE%* to a thread %(argument #1, upvalue 'file'%)$",
             to_thread, function() return file end)
      raises("^cannot pass a coroutine to a thread %(argument #3%)$",
             to_thread, print, 1, coroutine.create(print))
      raises("Task", to_thread, print, asyncio.current_task())
      raises("a callable object was expected by to_thread%(%), got 42", to_thread, 42)
      raises("a callable object was expected by to_thread%(%)", to_thread)
    end))

    it("calls what has a __call", task(function()
      local double = setmetatable({by = 2}, {__call = function(self, x) return self.by * x end})
      assert.equal(42, call(double, 21))
    end))

    it("finds a required module by its name", task(function()
      local same, log = call(function()
        threads.log[1] = "in the thread's module"
        return threads == package.loaded["spec.support.threads"], #threads.log
      end)
      assert.is_true(same)
      assert.equal(1, log)
      assert.same({}, threads.log)
    end))

    it("sends recursive functions, and functions that share an upvalue", task(function()
      local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
      assert.equal(55, call(fib, 10))
      local n = 0
      local counter = {inc = function() n = n + 1 end, get = function() return n end}
      assert.equal(2, call(function(c)
        c.inc()
        c.inc()
        return c.get()
      end, counter))
      assert.equal(0, n)
    end))

    it("brings functions back", task(function()
      local greet = call(function(name) return function() return "hello " .. name end end, "you")
      assert.equal("hello you", greet())
    end))

    it("keeps the thread's state, and gives each call fresh upvalues", task(function()
      local ex <close> = asyncio.ThreadPoolExecutor {max_workers = 1}
      local n = 0
      local function count()
        n = n + 1
        rawset(_G, "calls", (rawget(_G, "calls") or 0) + 1)
        return n, rawget(_G, "calls")
      end
      for i = 1, 3 do
        assert.same({1, i}, {await(loop:run_in_executor(ex, count))})
      end
      assert.is_nil(rawget(_G, "calls"))
    end))

    it("runs calls at the same time", task(function()
      for _, name in ipairs {"first", "second"} do threads.signal(name) end
      -- Each goes on only when the other has begun.
      local function meet(there, mine, other)
        threads.tell(there, mine, mine)
        return threads.wait(there, other)
      end
      local met = await(asyncio.gather(to_thread(meet, loop, "first", "second"),
                                       to_thread(meet, loop, "second", "first")))
      assert.same({"second", "first"}, {met[1], met[2]})
    end))

    it("awaits a thousand calls at once", task(function()
      local calls = {}
      for i = 1, 1000 do calls[i] = to_thread(function(x) return 2 * x end, i) end
      local results = await(asyncio.gather(calls))
      for i = 1, 1000 do assert.equal(2 * i, results[i]) end
    end))

    it("runs loops of its own, with threads of their own", task(function()
      assert.same({1, 2, "inner"}, call(function()
        return asyncio.run(function()
          local results = await(asyncio.gather(sleep(0.001, 1), sleep(0, 2), to_thread(function()
            return "inner"
          end)))
          return {table.unpack(results)}
        end)
      end))
    end))
  end)

  describe("an error in a thread", function()
    it("is the same value, with the position in the thread", task(function()
      local err = failure(function() error("spilt") end)
      assert.matches("threads_spec.lua:%d+: spilt$", err)
      assert.equal("bare", (failure(error, "bare", 0)))
      assert.equal(42, (failure(error, 42)))
      assert.same({code = 1}, (failure(error, {code = 1})))
    end))

    it("has the thread's traceback, joined to that of the task", task(function()
      local function deeper() error("spilt") end
      local info = debug.getinfo(deeper, "S")
      local _, traceback = failure(function()
        deeper()
      end)
      assert.matches("^%[in thread asyncio_%d+%]\nstack traceback:\n", traceback)
      assert.matches(("%s:%d:"):format(info.short_src, info.linedefined), traceback, 1, true)
      local waits = asyncio.create_task(function()
        call(deeper)
        return "not a tail call"
      end)
      raises("spilt", await, waits)
      assert.matches("^%[in thread asyncio_%d+%]\n.*\n%[awaited from%]\n.*threads_spec",
                     waits:traceback())
    end))

    it("keeps an exception's class, one that only a test knows too", task(function()
      local Mine = asyncio.Exception:subclass("Mine")
      local err = failure(function()
        local mine = Mine("of my own")
        mine.cause, mine.detail = asyncio.TimeoutError("before"), {1, 2}
        mine:add_note("a note")
        error(mine)
      end)
      assert.is_true(rawequal(Mine, getmetatable(err)))
      assert.equal("Mine: of my own", tostring(err))
      assert.is_true(rawequal(asyncio.TimeoutError, getmetatable(err.cause)))
      assert.same({1, 2}, err.detail)
      assert.same({"a note"}, err.notes)
      assert.matches("[in thread asyncio_", err.traceback, 1, true)
    end))

    it("of nil is an Exception", task(function()
      local err = failure(error)
      assert.is_true(rawequal(asyncio.Exception, getmetatable(err)))
      assert.equal("nil", err.message)
    end))

    it("that cannot cross is replaced by a text that says so", task(function()
      local err = failure(function() error(io.stdout) end)
      assert.matches("^cannot pass a FILE%* to another thread %(error value%): file %(", err)
    end))

    it("is also a result that cannot cross", task(function()
      local err = failure(function() return 1, {out = io.stdout} end)
      assert.equal("cannot pass a FILE* to another thread (result #2, field 'out')", err)
      assert.equal("cannot pass a coroutine to another thread (result #1)",
                   (failure(coroutine.create, print)))
    end))

    it("is too deep a recursion", task(function()
      local function endless(n) return 1 + endless(n + 1) end
      assert.matches("stack overflow", (failure(endless, 0)))
      assert.equal(1, call(function() return 1 end))
    end))

    it("is memory that there is not, and the thread goes on", task(function()
      local ex <close> = asyncio.ThreadPoolExecutor {max_workers = 1}
      local function greedy()
        rawset(_G, "survived", true)
        return io.tmpfile():read(0x40000000F0000000) -- also of 32 bits
      end
      raises("^not enough memory$", await, loop:run_in_executor(ex, greedy))
      assert.is_true(await(loop:run_in_executor(ex, function()
        return rawget(_G, "survived")
      end)))
    end))

    it("leaves the to-be-closed variables of the thread closed", task(function()
      local err = failure(function(there)
        local _ <close> = setmetatable({}, {__close = function(_, e)
          threads.note(there, e)
        end})
        error("spilt", 0)
      end, loop)
      assert.equal("spilt", err)
      assert.same({"spilt"}, threads.log)
    end))

    it("can be caught in the task that awaits", task(function()
      assert.same({false, "spilt"}, {pcall(call, error, "spilt", 0)})
      assert.same({false, "spilt"}, {asyncio.pawait(to_thread(error, "spilt", 0))})
      local both = await(asyncio.gather(to_thread(error, "spilt", 0), to_thread(math.max, 1, 2),
                                        {return_exceptions = true}))
      assert.same({"spilt", 2}, {both[1], both[2]})
      assert.equal("spilt", both.exceptions[1])
    end))

    it("that nobody awaits is reported once", function()
      loop:run_until_complete(function()
        local ended = threads.signal("ended")
        loop:run_in_executor(nil, function(there)
          threads.tell(there, "ended")
          error("unseen", 0)
        end, loop)
        await(ended)
        await(loop:shutdown_default_executor())
      end)
      loop:close()
      support.gc_collect()
      assert.equal(1, #reports)
      assert.equal("Future exception was never retrieved", reports[1].message)
      assert.equal("unseen", reports[1].exception)
      assert.matches("[in thread asyncio_0]", reports[1].traceback, 1, true)
    end)
  end)

  describe("os.exit in a thread", function()
    it("is SystemExit, which leaves the awaiting loop", function()
      for given, status in pairs {[3] = 3, [true] = 0, [false] = 1} do
        local err = raises(asyncio.SystemExit, loop.run_until_complete, loop, function()
          pcall(call, os.exit, given)
          asyncio.pawait(to_thread(os.exit, given))
        end)
        assert.equal(status, err.message)
      end
    end)

    it("ends the program by asyncio.main", function()
      local status, output = threads.program [[
        asyncio.main(function()
          await(asyncio.to_thread(function() os.exit(7) end))
        end)]]
      assert.equal("", output)
      assert.equal(7, status)
    end)
  end)

  describe("run_in_executor", function()
    it("returns a Future of the loop, which need not run yet", function()
      local future = loop:run_in_executor(nil, math.max, 1, 2)
      assert.is_true(asyncio.isfuture(future))
      assert.is_true(rawequal(loop, future:get_loop()))
      assert.equal(2, loop:run_until_complete(future))
    end)

    it("uses the executor it is given", task(function()
      local ex <close> = asyncio.ThreadPoolExecutor {thread_name_prefix = "mine"}
      local failing = asyncio.create_task(function()
        return (await(loop:run_in_executor(ex, error, "x", 0)))
      end)
      raises("x", await, failing)
      assert.matches("[in thread mine_0]", failing:traceback(), 1, true)
    end))

    it("takes any object whose submit returns a ConcurrentFuture", task(function()
      local ex <close> = asyncio.ThreadPoolExecutor()
      local mine = {calls = 0}
      function mine:submit(fn, ...)
        self.calls = self.calls + 1
        return ex:submit(fn, ...)
      end
      assert.equal(3, await(loop:run_in_executor(mine, math.max, 1, 3)))
      assert.equal(1, mine.calls)
      raises("ConcurrentFuture expected, got number", loop.run_in_executor, loop,
             {submit = function() return 42 end}, print)
    end))

    it("counts the function as argument 2 where something cannot cross", task(function()
      local file = io.stdout
      raises("argument #3, field 'x'", loop.run_in_executor, loop, nil, print, {x = file})
      raises("argument #2, upvalue 'file'", loop.run_in_executor, loop, nil, function()
        return file
      end)
    end))

    it("refuses other executors and functions", task(function()
      raises("executor expected, got number", loop.run_in_executor, loop, 42, print)
      raises("a callable object was expected by run_in_executor", loop.run_in_executor, loop)
      raises("a callable object was expected by run_in_executor", loop.run_in_executor, loop,
             nil, 42)
    end))

    it("refuses when the executor was shut down", task(function()
      local ex = asyncio.ThreadPoolExecutor()
      ex:shutdown()
      raises("cannot schedule new futures after shutdown", loop.run_in_executor, loop, ex, print)
    end))

    it("refuses on a closed loop", function()
      loop:close()
      raises("Event loop is closed", loop.run_in_executor, loop, nil, print)
    end)
  end)

  describe("the default executor", function()
    it("is made at first use, and named asyncio", task(function()
      local _, traceback = failure(error, "x")
      assert.matches("[in thread asyncio_0]", traceback, 1, true)
    end))

    it("is not there any more after its shutdown", task(function()
      assert.equal(1, call(function() return 1 end))
      await(loop:shutdown_default_executor())
      raises("Executor shutdown has been called", call, print)
      raises("Executor shutdown has been called", loop.run_in_executor, loop, nil, print)
      await(loop:shutdown_default_executor(1))
    end))

    it("does what it was given before it is shut down", task(function()
      local future = begin(function() return "done" end)
      local queued = loop:run_in_executor(nil, math.max, 1, 2)
      local down = asyncio.create_task(loop:shutdown_default_executor())
      await(sleep(0))
      raises("Executor shutdown has been called", loop.run_in_executor, loop, nil, print)
      threads.signals.go:set_result()
      await(down)
      assert.equal("done", await(future))
      assert.equal(2, await(queued))
    end))

    it("is refused a shutdown of no time", function()
      raises("number expected, got string", loop.shutdown_default_executor, loop, "soon")
    end)

    it("is waited for when run ends", function()
      local path = os.tmpname()
      asyncio.run(function()
        asyncio.get_running_loop():run_in_executor(nil, function()
          pause()
          local file = assert(io.open(path, "w"))
          file:write("done")
          file:close()
        end)
      end, {clock = "virtual"})
      local file = assert(io.open(path))
      local text = file:read("a")
      file:close()
      os.remove(path)
      assert.equal("done", text)
    end)

    it("is left alone when a thread never ends, with a report", function()
      local status, output = threads.program [[
        local loop = asyncio.new_event_loop()
        loop:run_in_executor(nil, function() while true do end end)
        loop:run_until_complete(loop:shutdown_default_executor(0.01))
        loop:close()
        os.exit(5, true)]]
      assert.matches("The executor did not finish joining its threads within 0.01 seconds; "
                     .. "a thread still runs", output, 1, true)
      assert.equal(5, status)
    end)

    it("is not waited for by close", function()
      local gate = threads.gate()
      loop:run_in_executor(nil, threads.pass, gate)
      threads.await_arrivals(gate, 1)
      loop:close()
      assert.is_false(gate:is_closed())
      threads.open(gate)
    end)
  end)

  describe("a call that is cancelled", function()
    it("is taken out of the queue when it has not begun", task(function()
      local ex <close> = asyncio.ThreadPoolExecutor {max_workers = 1}
      local running = begin(nil, ex)
      local queued = loop:run_in_executor(ex, threads.note, loop, "ran")
      local waits = asyncio.create_task(function()
        await(loop:run_in_executor(ex, threads.note, loop, "ran"))
      end)
      await(sleep(0))
      assert.matches("queued=2", tostring(ex))
      assert.is_true(queued:cancel())
      assert.is_true(waits:cancel("enough"))
      assert.matches("queued=0", tostring(ex))
      raises(asyncio.CancelledError, await, queued)
      assert.equal("enough", raises(asyncio.CancelledError, await, waits).message)
      threads.signals.go:set_result()
      await(running)
      await(loop:run_in_executor(ex, math.max, 1))
      assert.same({}, threads.log)
    end))

    it("goes on when it has begun, and its late result is dropped", task(function()
      local future = begin(function(there)
        threads.note(there, "went on")
        return "late"
      end)
      assert.is_true(future:cancel())
      assert.is_true(future:cancelled())
      raises(asyncio.CancelledError, await, future)
      threads.signals.go:set_result()
      await(loop:shutdown_default_executor())
      assert.same({"went on"}, threads.log)
      assert.is_true(future:cancelled())
    end))

    it("drops a late error, which is not reported", function()
      loop:run_until_complete(function()
        begin(function() error("late") end):cancel()
        threads.signals.go:set_result()
        await(loop:shutdown_default_executor())
      end)
      loop:close()
      support.gc_collect()
      assert.same({}, reports)
    end)

    it("by wait_for runs out of time", task(function()
      local gate = threads.gate()
      local start = loop:time()
      raises(asyncio.TimeoutError, await, asyncio.wait_for(to_thread(threads.pass, gate), 0.05))
      assert.near(0.05, loop:time() - start, 1e-9)
      threads.open(gate)
    end))

    it("before its task's first step never begins", task(function()
      local unbegun = asyncio.create_task(to_thread(threads.note, loop, "ran"))
      unbegun:cancel()
      raises(asyncio.CancelledError, await, unbegun)
      call(math.max, 1)
      assert.same({}, threads.log)
    end))

    it("inside a gather is cancelled with it", task(function()
      local ex <close> = asyncio.ThreadPoolExecutor {max_workers = 1}
      local running = begin(nil, ex)
      local all = asyncio.gather(loop:run_in_executor(ex, threads.note, loop, 1),
                                 loop:run_in_executor(ex, threads.note, loop, 2))
      all:cancel()
      assert.matches("queued=0", tostring(ex))
      raises(asyncio.CancelledError, await, all)
      threads.signals.go:set_result()
      await(running)
    end))
  end)

  describe("on the virtual clock", function()
    it("time stands still while a thread works", task(function()
      local start = loop:time()
      await(asyncio.gather(function()
        call(pause)
        assert.equal(start, loop:time())
      end, sleep(1000)))
      assert.equal(start + 1000, loop:time())
    end))

    it("time goes on while a thread waits for the loop", task(function()
      local start = loop:time()
      assert.equal("slept", call(function(there)
        return asyncio.run_coroutine_threadsafe(sleep(100000, "slept"), there):result()
      end, loop))
      assert.equal(start + 100000, loop:time())
    end))

    it("a program takes the same course each time", task(function()
      local start = loop:time()
      local function steps(there, name)
        for i = 1, 5 do
          asyncio.run_coroutine_threadsafe(sleep(i), there):result()
          threads.note(there, name .. i)
        end
      end
      local thread = asyncio.create_task(to_thread(steps, loop, "a"))
      local log = threads.log
      for i = 1, 14 do
        await(sleep(1))
        log[#log + 1] = i
      end
      await(thread)
      assert.equal(start + 15, loop:time())
      assert.same({1, "a1", 2, 3, "a2", 4, 5, 6, "a3", 7, 8, 9, 10, "a4", 11, 12, 13, 14, "a5"},
                  log)
    end))
  end)

  describe("a loop that waits", function()
    it("can be woken by a thread at work", task(function()
      local set = threads.signal("set")
      loop:run_in_executor(nil, function(there)
        pause()
        threads.tell(there, "set", "by a thread")
      end, loop)
      assert.equal("by a thread", await(set))
    end))

    it("can be woken by a thread that is not its own", task(function()
      local ex <close> = asyncio.ThreadPoolExecutor()
      local set = threads.signal("set")
      ex:submit(function(there)
        pause()
        threads.tell(there, "set", "by a thread")
      end, loop)
      assert.equal("by a thread", await(set))
    end))

    it("is at an end when the threads have let go of it", function()
      local err = raises(asyncio.DeadlockError, loop.run_until_complete, loop, function()
        call(function(there) return there:is_closed() end, loop)
        await(loop:create_future())
      end)
      assert.matches("nothing can wake the loop", err.message)
    end)

    it("is at an end when a thread of nobody's has let go of it", function()
      local ex <close> = asyncio.ThreadPoolExecutor()
      ex:submit(function(there)
        pause()
        return there:is_closed()
      end, loop)
      raises(asyncio.DeadlockError, loop.run_until_complete, loop, loop:create_future())
    end)

    it("is not at an end while its thread waits for another thread", task(function()
      assert.equal("from below", call(function()
        local ex <close> = asyncio.ThreadPoolExecutor()
        return ex:submit(function()
          pause()
          return "from below"
        end):result()
      end))
    end))

    it("is not at an end while its thread waits for the shutdown of others", task(function()
      assert.equal("shut down", call(function()
        local ex = asyncio.ThreadPoolExecutor()
        ex:submit(pause)
        ex:shutdown()
        return "shut down"
      end))
    end))

    it("is not at an end while its thread waits for another loop", function()
      local gate = threads.gate()
      local ex <close> = asyncio.ThreadPoolExecutor {max_workers = 1}
      -- Another loop, which runs in a thread that knows nothing of this one.
      local other = ex:submit(function()
        rawset(_G, "other", asyncio.new_event_loop())
        return rawget(_G, "other")
      end):result()
      ex:submit(function()
        rawget(_G, "other"):run_until_complete(function()
          while not gate:is_closed() do await(sleep(0.001)) end
        end)
      end)
      local results = {pcall(loop.run_until_complete, loop, to_thread(function()
        return asyncio.run_coroutine_threadsafe(sleep(0.02, "from the other"), other):result()
      end))}
      threads.open(gate)
      assert.same({true, "from the other"}, results)
    end)
  end)

  describe("call_soon_threadsafe", function()
    it("in the loop's own thread is call_soon", function()
      local events = {}
      local function note(...) events[#events + 1] = table.concat({...}, " ") end
      local first = loop:call_soon_threadsafe(note, "first", 1)
      local second = loop:call_soon(note, "second")
      local third = loop:call_soon_threadsafe(note, "third")
      assert.matches("^<Handle ", tostring(first))
      third:cancel()
      assert.is_true(third:cancelled())
      assert.is_false(second:cancelled())
      support.run_once(loop)
      assert.same({"first 1", "second"}, events)
    end)

    it("from another thread calls fn(...) in the loop, and returns nothing", task(function()
      local came = threads.signal("came")
      local returned = call(function(there)
        return select("#", there:call_soon_threadsafe(function(...)
          threads.signals.came:set_result(rawequal(there, asyncio.get_running_loop()), ...)
        end, 1, nil, {"two"}, nil))
      end, loop)
      assert.equal(0, returned)
      assert.same({n = 5, true, 1, nil, {"two"}, nil}, table.pack(await(came)))
    end))

    it("wakes a loop that is blocked in its poll", function()
      local real = support.new_loop {clock = "real"}
      local ex <close> = asyncio.ThreadPoolExecutor()
      ex:submit(function()
        pause()
        real:call_soon_threadsafe(real.stop, real)
      end)
      real:run_forever()
      real:call_later(100, print)
      ex:submit(function()
        pause()
        real:call_soon_threadsafe(real.stop, real)
      end)
      real:run_forever()
      assert.is_false(real:is_running())
    end)

    it("keeps the order in which one thread sends", task(function()
      call(function(there)
        for i = 1, 1000 do threads.note(there, i) end
      end, loop)
      assert.equal(1000, #threads.log)
      for i = 1, 1000 do assert.equal(i, threads.log[i]) end
    end))

    it("loses nothing of what eight threads send", task(function()
      local calls = {}
      for t = 1, 8 do
        calls[t] = to_thread(function(there)
          for i = 1, 500 do threads.note(there, {t, i}) end
        end, loop)
      end
      await(asyncio.gather(calls))
      local last = {0, 0, 0, 0, 0, 0, 0, 0}
      for _, pair in ipairs(threads.log) do
        assert.equal(last[pair[1]] + 1, pair[2])
        last[pair[1]] = pair[2]
      end
      assert.same({500, 500, 500, 500, 500, 500, 500, 500}, last)
    end))

    it("reports an error of the callback", function()
      loop:run_until_complete(function()
        call(function(there)
          there:call_soon_threadsafe(error, "spilt", 0)
        end, loop)
      end)
      assert.equal(1, #reports)
      assert.equal("Exception in callback from another thread", reports[1].message)
      assert.equal("spilt", reports[1].exception)
    end)

    it("refuses what cannot cross and what is not callable", task(function()
      local err = failure(function(there) there:call_soon_threadsafe(print, {x = io.stdout}) end,
                          loop)
      assert.matches("cannot pass a FILE* to another thread (argument #2, field 'x')", err, 1, true)
      err = failure(function(there) there:call_soon_threadsafe(42) end, loop)
      assert.matches("callable object was expected by call_soon_threadsafe(), got 42", err, 1,
                     true)
      raises("a callable object was expected", loop.call_soon_threadsafe, loop, 42)
    end))

    it("stops the loop from a thread", function()
      local ex <close> = asyncio.ThreadPoolExecutor()
      ex:submit(function(there) there:call_soon_threadsafe(there.stop, there) end, loop)
      loop:run_forever()
      assert.is_false(loop:is_running())
    end)
  end)

  describe("a loop in another thread", function()
    it("is a handle, the same one each time, and itself at home", task(function()
      local text, closed, same = call(function(a, b)
        return tostring(a), a:is_closed(), rawequal(a, b) and rawequal(a, loop)
      end, loop, loop)
      assert.equal("<Loop of another thread>", text)
      assert.is_false(closed)
      assert.is_true(same)
      assert.is_true(rawequal(loop, call(function(there) return there end, loop)))
    end))

    it("has methods to be sent, which refuse to be called", task(function()
      for _, name in ipairs {"call_soon", "call_later", "call_at", "time", "stop", "close",
                             "create_future", "create_task", "run_forever",
                             "run_until_complete", "run_in_executor", "set_debug",
                             "is_running", "shutdown_default_executor"} do
        local err = failure(function(there)
          return there[name](there)
        end, loop)
        assert.matches("Loop of another thread", err)
      end
    end))

    it("is no loop for what is made there", task(function()
      for _, fn in ipairs {
        function(there) asyncio.set_event_loop(there) end,
        function(there) asyncio.all_tasks(there) end,
        function(there) asyncio.Future {loop = there} end,
        function(there) asyncio.ensure_future(print, {loop = there}) end,
      } do
        assert.matches("Loop", (failure(fn, loop)))
      end
    end))

    it("is closed there when it is closed here", function()
      local ex <close> = asyncio.ThreadPoolExecutor {max_workers = 1}
      local function look() return tostring(loop), loop:is_closed() end
      assert.same({"<Loop of another thread>", false}, {ex:submit(look):result()})
      loop:close()
      assert.same({"<Loop of another thread, closed>", true}, {ex:submit(look):result()})
      assert.same({false, "Event loop is closed"}, {ex:submit(function()
        local ok, err = pcall(loop.call_soon_threadsafe, loop, print)
        return ok, err:match("Event loop is closed$")
      end):result()})
    end)

    it("is closed when it was collected", function()
      local ex <close> = asyncio.ThreadPoolExecutor {max_workers = 1}
      do
        local lost = asyncio.new_event_loop()
        ex:submit(rawset, {}, 1, lost):result()
        ex:submit(function() rawset(_G, "held", lost) end):result()
      end
      support.gc_collect()
      assert.is_true(ex:submit(function() return rawget(_G, "held"):is_closed() end):result())
    end)
  end)

  describe("run_coroutine_threadsafe", function()
    -- The outcome of fn, called in a thread with the loop.
    local function there(fn) return call(fn, loop) end

    it("runs functions, coroutine functions, and light coroutine objects", task(function()
      assert.same({3, 42, 21, 3, "light", "bound"}, there(function(home)
        local function add(a, b)
          await(sleep(1))
          return a + b
        end
        local async_double = asyncio.async(function(x) return 2 * x end)
        local submit = asyncio.run_coroutine_threadsafe
        return {
          submit(add, home, 1, 2):result(),
          submit(async_double, home, 21):result(),
          submit(function() return 21 end, home):result(),
          submit(asyncio.sleep, home, 1, 3):result(),
          submit(asyncio.sleep(1, "light"), home):result(),
          submit(asyncio.async(function(x) return x end)("bound"), home):result(),
        }
      end))
    end))

    it("returns all results, nil holes among them", task(function()
      assert.same({n = 4, nil, 1, nil, nil}, there(function(home)
        return table.pack(asyncio.run_coroutine_threadsafe(function(...)
          return ...
        end, home, nil, 1, nil, nil):result())
      end))
    end))

    it("refuses what cannot leave its thread", task(function()
      for want, fn in pairs {
        ["A coroutine object is required"] = function() return 42 end,
        ["this coroutine cannot leave its thread; pass a function and its arguments"] =
          function() return asyncio.wait_for(sleep(1), 1) end,
        ["a coroutine object takes no arguments"] = function() return sleep(1), true end,
        ["cannot pass a FILE* to another thread (argument #1, upvalue 'file')"] = function()
          local file = io.stdout
          return function() return file end
        end,
        ["cannot pass a FILE* to another thread (argument #3)"] = function()
          return function() end, io.stdout
        end,
      } do
        local err = failure(function(home)
          local coro, argument = fn()
          if argument == nil then return asyncio.run_coroutine_threadsafe(coro, home) end
          asyncio.run_coroutine_threadsafe(coro, home, argument)
        end, loop)
        assert.matches(want, err, 1, true)
      end
    end))

    it("raises a result that cannot cross, and error(nil)", task(function()
      assert.matches("cannot pass a FILE* to another thread (result #2)", there(function(home)
        return select(2, pcall(function()
          asyncio.run_coroutine_threadsafe(function() return 1, io.stdout end, home):result()
        end))
      end), 1, true)
      local err = there(function(home)
        return asyncio.run_coroutine_threadsafe(error, home):exception()
      end)
      assert.equal("Exception: nil", tostring(err))
    end))

    it("has the traceback of the loop and of the thread", task(function()
      local err = failure(function(home)
        local function in_loop()
          await(sleep(0))
          error(asyncio.Exception("spilt"))
        end
        asyncio.run_coroutine_threadsafe(in_loop, home):result()
      end, loop)
      assert.matches("^stack traceback:.*'error'.*\n%[in thread asyncio_%d+%]\n.*'result'"
                     .. ".*\n%[awaited from%]\n", err.traceback)
    end))

    it("cancels a call that has not begun, so that it never does", function()
      local gate = threads.gate()
      local ex <close> = asyncio.ThreadPoolExecutor()
      local calls = ex:submit(function(home)
        local future = asyncio.run_coroutine_threadsafe(threads.note, home, home, "ran")
        local cancelled = future:cancel()
        threads.pass(gate)
        return cancelled, future:cancelled(), future:cancel()
      end, loop)
      threads.await_arrivals(gate, 1)
      support.run_briefly(loop)
      threads.open(gate)
      assert.same({true, true, true}, {calls:result()})
      assert.same({}, threads.log)
      assert.same({}, reports)
    end)

    it("cancels no call that has ended", task(function()
      assert.same({"result", false, false}, there(function(home)
        local future = asyncio.run_coroutine_threadsafe(sleep(1, "result"), home)
        return {future:result(), future:cancel(), future:cancelled()}
      end))
    end))

    it("is cancelled when its task is", task(function()
      assert.same({true, "CancelledError"}, there(function(home)
        local future = asyncio.run_coroutine_threadsafe(function()
          asyncio.current_task():cancel()
          await(sleep(1))
        end, home)
        local _, err = pcall(future.result, future)
        return {future:cancelled(), err.name}
      end))
    end))

    it("fails when the loop closes while it waits", function()
      local ex <close> = asyncio.ThreadPoolExecutor()
      threads.signals = {begun = loop:create_future(), go = loop:create_future()}
      local calls = ex:submit(function(home)
        threads.tell(home, "begun")
        local ok, err = pcall(threads.wait, home, "go")
        local _, late = pcall(asyncio.run_coroutine_threadsafe, sleep(0), home)
        return ok, err, late
      end, loop)
      loop:run_until_complete(threads.signals.begun)
      loop:close()
      local ok, err, late = calls:result()
      assert.is_false(ok)
      assert.matches("Event loop is closed$", err)
      assert.matches("Event loop is closed$", late)
    end)

    it("fails when the loop closes before it has seen the call", function()
      local gate = threads.gate()
      local ex <close> = asyncio.ThreadPoolExecutor()
      local calls = ex:submit(function(home)
        local future = asyncio.run_coroutine_threadsafe(threads.note, home, home, "ran")
        threads.pass(gate)
        local ok, err = pcall(future.result, future)
        return ok, err, tostring(future)
      end, loop)
      threads.await_arrivals(gate, 1)
      loop:close()
      threads.open(gate)
      local ok, err, text = calls:result()
      assert.is_false(ok)
      assert.equal("Event loop is closed", err)
      assert.equal("<ConcurrentFuture finished with an error>", text)
      assert.same({}, threads.log)
      assert.same({}, reports)
    end)

    describe("in the loop's own thread", function()
      it("takes any coroutine object, and values that cannot cross", task(function()
        local submit = asyncio.run_coroutine_threadsafe
        local file, t = io.stdout, {}
        local results = {await(asyncio.wrap_future(submit(function(...)
          await(sleep(1))
          return ...
        end, loop, file, t)))}
        assert.is_true(rawequal(file, results[1]) and rawequal(t, results[2]))
        for _, coro in ipairs {
          sleep(1, "done"),
          coroutine.create(function() return "done" end),
          asyncio.wait_for(sleep(1, "done"), 5),
          asyncio.async(function() return "done" end)(),
        } do
          assert.equal("done", await(asyncio.wrap_future(submit(coro, loop))))
        end
        raises("a coroutine object takes no arguments", submit, sleep(1), loop, 1)
      end))

      it("raises the very error", task(function()
        local value = {}
        local future = asyncio.run_coroutine_threadsafe(function() error(value) end, loop)
        assert.is_true(rawequal(value, raises(nil, await, asyncio.wrap_future(future))))
        assert.is_true(rawequal(value, future:exception()))
      end))

      it("refuses to wait for itself", task(function()
        local future = asyncio.run_coroutine_threadsafe(sleep(1, 5), loop)
        raises("ConcurrentFuture:result would wait for this thread's own loop", future.result,
               future)
        raises("ConcurrentFuture:exception would wait", future.exception, future, 1)
        assert.equal(5, await(asyncio.wrap_future(future)))
        assert.equal(5, future:result())
        assert.is_nil(future:exception(0))
      end))

      it("cancels the task", task(function()
        local future = asyncio.run_coroutine_threadsafe(function()
          local _ <close> = setmetatable({}, {__close = function(_, err)
            threads.log[1] = err.name
          end})
          await(sleep(1000))
        end, loop)
        await(sleep(1))
        assert.is_true(future:cancel())
        await(sleep(1))
        assert.same({"CancelledError"}, threads.log)
        assert.equal(1, #asyncio.all_tasks())
      end))

      it("begins one pass later than the call, and reports nothing", task(function()
        local events = {}
        local future = asyncio.run_coroutine_threadsafe(function() events[1] = "ran" end, loop)
        assert.same({}, events)
        await(asyncio.wrap_future(future))
        assert.same({"ran"}, events)
      end))
    end)
  end)

  describe("wrap_future", function()
    local ex

    before_each(function() ex = asyncio.ThreadPoolExecutor {max_workers = 1} end)
    after_each(function() ex:shutdown() end)

    it("has the results, of a call that has ended too", task(function()
      local future = ex:submit(function(...) return ... end, 1, nil, 3)
      assert.same({n = 3, 1, nil, 3}, table.pack(await(asyncio.wrap_future(future))))
      assert.is_true(future:done())
      assert.same({n = 3, 1, nil, 3}, table.pack(await(asyncio.wrap_future(future))))
    end))

    it("has the error and the traceback", task(function()
      local future = ex:submit(error, asyncio.TimeoutError("late"))
      local failing = asyncio.create_task(function()
        return (await(asyncio.wrap_future(future)))
      end)
      local err = raises(asyncio.TimeoutError, await, failing)
      assert.equal("late", err.message)
      assert.matches("[in thread ThreadPoolExecutor-", failing:traceback(), 1, true)
    end))

    it("is cancelled with the call, and the call with it", task(function()
      local running = begin(nil, ex)
      local first, second = ex:submit(math.max, 1), ex:submit(math.max, 2)
      local one, other = asyncio.wrap_future(first), asyncio.wrap_future(second)
      assert.is_true(first:cancel())
      raises(asyncio.CancelledError, await, one)
      assert.is_true(other:cancel())
      assert.is_true(second:cancelled())
      threads.signals.go:set_result()
      await(running)
    end))

    it("of one call twice is two futures", task(function()
      local running = begin(nil, ex)
      local future = ex:submit(function() return {} end)
      local one, other = asyncio.wrap_future(future), asyncio.wrap_future(future, {loop = loop})
      assert.is_false(rawequal(one, other))
      threads.signals.go:set_result()
      await(running)
      assert.same({}, await(one))
      assert.same({}, await(other))
    end))

    it("refuses what is neither", task(function()
      raises("ConcurrentFuture expected, got number", asyncio.wrap_future, 42)
      raises("ConcurrentFuture expected", asyncio.wrap_future, nil)
      local future = ex:submit(math.max, 1)
      raises("options of 'wrap_future' must be a table, not number", asyncio.wrap_future, future, 1)
      raises("unknown option 'lop' of 'wrap_future'", asyncio.wrap_future, future, {lop = loop})
      raises("Loop expected, got number", asyncio.wrap_future, future, {loop = 1})
    end))

    it("refuses a closed loop", function()
      loop:close()
      raises("Event loop is closed", asyncio.wrap_future, ex:submit(math.max, 1), {loop = loop})
    end)
  end)

  describe("two loops in two threads", function()
    it("call each other", task(function()
      assert.equal(111, call(function(home)
        return asyncio.run(function()
          local here = asyncio.get_running_loop()
          -- In the first loop, which asks this one in between.
          local function ask(back)
            await(sleep(0))
            local answer = asyncio.run_coroutine_threadsafe(function()
              await(sleep(0.001))
              return rawequal(here, asyncio.get_running_loop()) and 10
            end, back)
            return await(asyncio.wrap_future(answer)) + 1
          end
          local asked = asyncio.run_coroutine_threadsafe(ask, home, here)
          return 100 + await(asyncio.wrap_future(asked))
        end)
      end, loop))
    end))

    it("pass a call to and fro a hundred times", task(function()
      local function bounce(n, here, other)
        if n == 0 then return 0 end
        local back = asyncio.run_coroutine_threadsafe(bounce, other, n - 1, other, here)
        return 1 + await(asyncio.wrap_future(back))
      end
      assert.equal(100, call(function(home)
        return asyncio.run(function()
          return bounce(100, asyncio.get_running_loop(), home)
        end)
      end, loop))
    end))

    it("cancel each other's tasks", task(function()
      threads.signal("begun")
      assert.same({false, "CancelledError", true}, {call(function(home)
        return asyncio.run(function()
          local future = asyncio.run_coroutine_threadsafe(function()
            threads.signals.begun:set_result()
            await(asyncio.get_running_loop():create_future())
          end, home)
          local wrapped = asyncio.wrap_future(future)
          await(asyncio.wrap_future(asyncio.run_coroutine_threadsafe(function()
            await(threads.signals.begun)
          end, home)))
          wrapped:cancel()
          local ok, err = pcall(await, wrapped)
          return ok, err.name, future:cancelled()
        end)
      end, loop)})
      assert.equal(1, #asyncio.all_tasks())
    end))
  end)

  describe("Ctrl-C", function()
    it("while a thread works ends the run, which waits for the thread", function()
      local status, output = threads.program [[
        asyncio.main(function()
          await(asyncio.to_thread(function()
            io.popen("kill -INT $PPID"):close()
            asyncio.run(function() await(sleep(0.05)) end)
            io.write("the thread has ended\n")
          end))
        end)]]
      assert.equal("the thread has ended\n", output)
      assert.equal(130, status)
    end)
  end)
end)
