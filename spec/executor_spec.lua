-- Executors and ConcurrentFutures without a loop: their methods block the
-- thread that calls them. And how a program ends that has threads.
local asyncio = require "asyncio"
local core = require "asyncio.core"
local support = require "spec.support"
local threads = require "spec.support.threads"

local await, sleep = asyncio.await, asyncio.sleep
local raises = support.raises

-- In a thread: what it is given.
local function same(...) return ... end

-- In a thread: blocks it for a moment.
local function pause(seconds)
  asyncio.run(function() await(sleep(seconds or 0.02)) end)
end

before_each(threads.reset)
after_each(support.close_loops)

describe("ThreadPoolExecutor", function()
  local ex, gate

  -- Of one thread: what is submitted behind a call at the gate waits.
  before_each(function()
    gate = threads.gate()
    ex = asyncio.ThreadPoolExecutor {max_workers = 1}
  end)
  after_each(function()
    if not gate:is_closed() then threads.open(gate) end
    ex:shutdown()
  end)

  -- Keeps the executor's thread at the gate.
  local function occupy()
    local future = ex:submit(threads.pass, gate)
    threads.await_arrivals(gate, 1)
    return future
  end

  describe("is made", function()
    it("of as many threads as there are processors, and four", function()
      local _ <close> = asyncio.ThreadPoolExecutor()
      local size = math.min(32, core.available_parallelism() + 4)
      assert.equal(("<ThreadPoolExecutor max_workers=%d threads=0 queued=0>"):format(size),
                   tostring(_))
      assert.equal("<class 'ThreadPoolExecutor'>", tostring(asyncio.ThreadPoolExecutor))
    end)

    it("with options of the right name and type", function()
      for want, opts in pairs {
        ["options of 'ThreadPoolExecutor' must be a table, not number"] = 4,
        ["unknown option 'workers' of 'ThreadPoolExecutor'"] = {workers = 1},
        ["max_workers must be greater than 0"] = {max_workers = 0},
        ["max_workers must be 10000 at most"] = {max_workers = 10001},
        ["option 'max_workers' of 'ThreadPoolExecutor' must be an? integer, not float"] =
          {max_workers = 1.5},
        ["option 'thread_name_prefix' of 'ThreadPoolExecutor' must be a string, not integer"] =
          {thread_name_prefix = 1},
        ["option 'initializer' of 'ThreadPoolExecutor' must be a function, not string"] =
          {initializer = "x"},
      } do
        raises("executor_spec.lua:%d+: " .. want, function() asyncio.ThreadPoolExecutor(opts) end)
      end
    end)

    it("as package was then, preload too", function()
      local path, name = package.path, "spec.support.only_preloaded"
      package.preload[name] = function(...) return {name = ..., answer = 42} end
      package.path = "./no/such/folder/?.lua;" .. path
      local _ <close> = asyncio.ThreadPoolExecutor()
      package.preload[name], package.path = nil, path
      assert.same({"./no/such/folder/?.lua;" .. path, name, 42}, {_:submit(function()
        local module = require(name)
        return package.path, module.name, module.answer
      end):result()})
      assert.is_nil(package.loaded[name])
    end)
  end)

  describe("submit", function()
    it("returns a ConcurrentFuture of all results", function()
      assert.same({n = 0}, table.pack(ex:submit(same):result()))
      assert.same({n = 4, nil, 1, nil, nil},
                  table.pack(ex:submit(same, nil, 1, nil, nil):result()))
    end)

    it("runs what was submitted in order", function()
      occupy()
      local futures = {}
      for i = 1, 100 do
        futures[i] = ex:submit(function()
          rawset(_G, "count", (rawget(_G, "count") or 0) + 1)
          return rawget(_G, "count")
        end)
      end
      assert.matches("threads=1 queued=100", tostring(ex))
      threads.open(gate)
      for i = 1, 100 do assert.equal(i, futures[i]:result()) end
      assert.matches("queued=0", tostring(ex))
    end)

    it("starts threads on demand, and no more than max_workers", function()
      local wide <close> = asyncio.ThreadPoolExecutor {max_workers = 3}
      assert.matches("threads=0", tostring(wide))
      local _ <close> = setmetatable({}, {__close = function() threads.open(gate) end})
      for i = 1, 3 do
        wide:submit(threads.pass, gate)
        threads.await_arrivals(gate, i)
        assert.matches("threads=" .. i .. " queued=0", tostring(wide))
      end
      for i = 1, 3 do
        wide:submit(threads.pass, gate)
        assert.matches("threads=3 queued=" .. i, tostring(wide))
      end
    end)

    it("refuses at the call what cannot cross, the function being argument 1", function()
      local file = io.stdout
      raises("^cannot pass a FILE%* to a thread %(argument #2, field 'x'%)$", ex.submit, ex,
             same, {x = file})
      raises("argument #1, upvalue 'file'", ex.submit, ex, function() return file end)
      raises("a callable object was expected by submit%(%), got 42", ex.submit, ex, 42)
      raises("a callable object was expected by submit", ex.submit, ex)
      assert.matches("threads=0 queued=0", tostring(ex))
    end)

    it("keeps errors, their class and their traceback", function()
      local Mine = asyncio.Exception:subclass("Mine")
      local future = ex:submit(function() error(Mine("spilt")) end)
      local err = raises(Mine, future.result, future)
      assert.is_true(rawequal(Mine, getmetatable(err)))
      assert.is_true(rawequal(err, future:exception()))
      assert.matches("[in thread ThreadPoolExecutor-", err.traceback, 1, true)
      future = ex:submit(error, "spilt", 0)
      assert.equal("spilt", raises("spilt", future.result, future))
      future = ex:submit(os.exit, 3)
      assert.equal(3, raises(asyncio.SystemExit, future.result, future).message)
      assert.equal("still there", ex:submit(same, "still there"):result())
    end)

    it("loses and doubles none of 20,000 calls from many threads", function()
      local wide <close> = asyncio.ThreadPoolExecutor {max_workers = 8}
      local futures = {}
      for i = 1, 20000 do futures[i] = wide:submit(same, i) end
      for i = 1, 20000 do
        if futures[i]:result() ~= i then error("call " .. i) end
      end
      assert.matches("queued=0", tostring(wide))
    end)

    it("can be done in a thread, of an executor made there", function()
      assert.equal(42, ex:submit(function()
        local inner <close> = asyncio.ThreadPoolExecutor()
        return inner:submit(math.max, 41, 42):result()
      end):result())
    end)
  end)

  describe("with an initializer", function()
    it("has called it once in each thread, before all calls", function()
      local ready <close> = asyncio.ThreadPoolExecutor {
        max_workers = 1,
        initializer = function() rawset(_G, "ready", (rawget(_G, "ready") or 0) + 1) end,
      }
      for _ = 1, 3 do
        assert.equal(1, ready:submit(function() return rawget(_G, "ready") end):result())
      end
    end)

    it("that fails is broken for those who wait and for later ones", function()
      local broken <close> = asyncio.ThreadPoolExecutor {max_workers = 1, initializer = function()
        threads.pass(gate)
        error("no database", 0)
      end}
      local first, second = broken:submit(same, 1), broken:submit(same, 2)
      threads.await_arrivals(gate, 1)
      threads.open(gate)
      for _, future in ipairs {first, second} do
        local err = raises(asyncio.BrokenThreadPool, future.result, future)
        assert.equal("no database", err.cause)
        assert.matches("no database", err.message)
        assert.matches("[in thread ThreadPoolExecutor-", err.traceback, 1, true)
        assert.is_true(asyncio.isinstance(err, asyncio.Exception))
      end
      local err = raises(asyncio.BrokenThreadPool, broken.submit, broken, same)
      assert.equal("no database", err.cause)
      local loop = support.new_loop()
      raises(asyncio.BrokenThreadPool, loop.run_in_executor, loop, broken, same)
      assert.matches("queued=0", tostring(broken))
    end)

    it("that calls os.exit is broken by SystemExit", function()
      local broken <close> = asyncio.ThreadPoolExecutor {initializer = function() os.exit(3) end}
      local future = broken:submit(same)
      local err = raises(asyncio.BrokenThreadPool, future.result, future)
      assert.is_true(asyncio.isinstance(err.cause, asyncio.SystemExit))
      assert.equal(3, err.cause.message)
    end)

    it("that cannot cross is not made", function()
      local file = io.stdout
      raises("executor_spec.lua:%d+: cannot pass a FILE%* to a thread "
             .. "%(option 'initializer', upvalue 'file'%)", function()
        asyncio.ThreadPoolExecutor {initializer = function() file:write("x") end}
      end)
    end)
  end)

  describe("map", function()
    local function collect(...)
      local list = {}
      for v in ... do list[#list + 1] = v end
      return list
    end

    local wide
    before_each(function() wide = asyncio.ThreadPoolExecutor {max_workers = 4} end)
    after_each(function() wide:shutdown() end)

    it("returns the results in order", function()
      local list, squares = {}, {}
      for i = 1, 100 do list[i], squares[i] = i, i * i end
      local got = {}
      for v in wide:map(function(x) return x * x end, list) do got[#got + 1] = v end
      assert.same(squares, got)
      assert.same({}, collect(wide:map(same, {})))
      assert.same({false, "x"}, collect(wide:map(same, {false, "x"})))
    end)

    it("runs them at the same time", function()
      local here = support.new_loop()
      -- Each goes on only when all three have arrived.
      local function meet(i)
        here:call_soon_threadsafe(function()
          threads.arrived = threads.arrived + 1
          if threads.arrived == 3 then threads.signals.all:set_result() end
        end)
        threads.wait(here, "all")
        return i
      end
      here:run_until_complete(function()
        threads.signal("all")
        assert.same({1, 2, 3}, collect(wide:map(meet, {1, 2, 3})))
      end)
    end)

    it("suspends the task, in a task", function()
      local here = support.new_loop()
      here:run_until_complete(function()
        local other = asyncio.create_task(function() threads.log[1] = "ran meanwhile" end)
        for v in wide:map(function(x) return x end, {1}) do
          assert.equal(1, v)
          assert.same({"ran meanwhile"}, threads.log)
        end
        await(other)
      end)
    end)

    it("raises the error in its place", function()
      local got = {}
      local err = raises("^two$", function()
        for v in wide:map(function(x)
          if x == 2 then error("two", 0) end
          return x
        end, {1, 2, 3}) do
          got[#got + 1] = v
        end
      end)
      assert.equal("two", err)
      assert.same({1}, got)
    end)

    it("refuses a result of nil, which would end the loop", function()
      raises("executor_spec.lua:%d+: .*the result for item 2 is nil", function()
        for _ in wide:map(function(x) if x ~= 2 then return x end end, {1, 2, 3}) do
          threads.log[#threads.log + 1] = "result"
        end
      end)
      assert.same({"result"}, threads.log)
    end)

    it("cancels what has not begun when the loop is left early", function()
      local here = support.new_loop {clock = "real"}
      for v in ex:map(function(i) -- luacheck: ignore 512
        if i > 1 then threads.pass(gate) end
        threads.note(here, i)
        return i
      end, {1, 2, 3, 4}) do
        assert.equal(1, v)
        threads.await_arrivals(gate, 1)
        assert.matches("queued=2", tostring(ex))
        break
      end
      assert.matches("queued=0", tostring(ex))
      threads.open(gate)
      ex:shutdown()
      support.run_briefly(here)
      assert.same({1, 2}, threads.log)
    end)

    it("is an error at the call for what cannot cross, and runs no part", function()
      occupy()
      raises("executor_spec.lua:%d+: .*cannot pass a FILE%* to a thread %(argument #2", function()
        ex:map(same, {1, 2, io.stdout})
      end)
      assert.matches("queued=0", tostring(ex))
      raises("table expected, got nil", ex.map, ex, same)
      raises("a callable object was expected", ex.map, ex, 42, {1})
    end)

    it("is refused after the shutdown", function()
      ex:shutdown()
      raises("cannot schedule new futures after shutdown", ex.map, ex, same, {1})
    end)
  end)

  describe("shutdown", function()
    it("waits for what was submitted, and refuses more", function()
      local future = ex:submit(function()
        pause()
        return "done"
      end)
      ex:shutdown()
      assert.is_true(future:done())
      assert.equal("done", future:result())
      assert.matches("threads=0 queued=0", tostring(ex))
      raises("cannot schedule new futures after shutdown", ex.submit, ex, same)
      ex:shutdown()
      ex:shutdown {wait = true, cancel_futures = true}
    end)

    it("without wait returns at once, and all is done nevertheless", function()
      local first = occupy()
      local second = ex:submit(same, 2)
      ex:shutdown {wait = false}
      assert.is_false(first:done())
      assert.is_false(second:done())
      raises("cannot schedule new futures after shutdown", ex.submit, ex, same)
      threads.open(gate)
      assert.equal(2, second:result())
    end)

    it("cancels what has not begun, if asked", function()
      local first = occupy()
      local second, third = ex:submit(same, 2), ex:submit(same, 3)
      local called
      second:add_done_callback(function(future) called = future end)
      ex:shutdown {wait = false, cancel_futures = true}
      assert.is_true(second:cancelled())
      assert.is_true(third:cancelled())
      assert.is_true(first:running())
      raises(asyncio.CancelledError, third.result, third)
      assert.is_true(rawequal(second, called))
      threads.open(gate)
      assert.is_nil(first:exception())
    end)

    it("wakes a loop that waits for what is cancelled", function()
      occupy()
      local loop = support.new_loop()
      raises(asyncio.CancelledError, loop.run_until_complete, loop, function()
        local future = loop:run_in_executor(ex, same)
        loop:call_soon(ex.shutdown, ex, {wait = false, cancel_futures = true})
        await(future)
      end)
    end)

    it("is what the end of a scope does", function()
      local future
      do
        local scoped <close> = asyncio.ThreadPoolExecutor()
        future = scoped:submit(pause)
      end
      assert.is_true(future:done())
      local kept
      raises("^spilt$", function()
        local scoped <close> = asyncio.ThreadPoolExecutor()
        kept = scoped
        future = scoped:submit(pause)
        error("spilt", 0)
      end)
      assert.is_true(future:done())
      raises("cannot schedule new futures after shutdown", kept.submit, kept, same)
    end)

    it("checks its options", function()
      raises("options of 'shutdown' must be a table, not number", ex.shutdown, ex, 1)
      raises("unknown option 'wiat' of 'shutdown'", ex.shutdown, ex, {wiat = true})
      raises("option 'wait' of 'shutdown' must be a boolean", ex.shutdown, ex, {wait = 1})
      assert.equal(1, ex:submit(same, 1):result())
    end)

    it("of an executor that has done nothing is nothing", function()
      local _ <close> = asyncio.ThreadPoolExecutor()
      _:shutdown()
      assert.matches("threads=0 queued=0", tostring(_))
    end)
  end)

  it("that is garbage does what it was given", function()
    local futures = {}
    do
      local lost = asyncio.ThreadPoolExecutor {max_workers = 1}
      futures[1] = lost:submit(threads.pass, gate)
      threads.await_arrivals(gate, 1)
      futures[2] = lost:submit(same, "kept")
    end
    support.gc_collect()
    assert.is_false(futures[2]:done())
    threads.open(gate)
    assert.equal("kept", futures[2]:result())
  end)

  it("refuses a wrong self", function()
    for _, wrong in ipairs {{}, 1, "x", io.stdout, asyncio.sleep(1), ex:submit(same)} do
      for _, name in ipairs {"submit", "shutdown", "map"} do
        assert.is_false(pcall(ex[name], wrong, same, {1}), name)
      end
    end
  end)
end)

describe("ConcurrentFuture", function()
  local ex, gate

  before_each(function()
    gate = threads.gate()
    ex = asyncio.ThreadPoolExecutor {max_workers = 1}
  end)
  after_each(function()
    if not gate:is_closed() then threads.open(gate) end
    ex:shutdown()
  end)

  local function occupy()
    local future = ex:submit(threads.pass, gate)
    threads.await_arrivals(gate, 1)
    return future
  end

  it("tells its state", function()
    local running = occupy()
    local pending, cancelled = ex:submit(same), ex:submit(same)
    cancelled:cancel()
    local failed = ex:submit(error, "x")
    local function states(future)
      return {future:running(), future:done(), future:cancelled(), tostring(future)}
    end
    assert.same({true, false, false, "<ConcurrentFuture running>"}, states(running))
    assert.same({false, false, false, "<ConcurrentFuture pending>"}, states(pending))
    assert.same({false, true, true, "<ConcurrentFuture cancelled>"}, states(cancelled))
    threads.open(gate)
    ex:shutdown()
    assert.same({false, true, false, "<ConcurrentFuture finished>"}, states(running))
    assert.same({false, true, false, "<ConcurrentFuture finished>"}, states(pending))
    assert.same({false, true, true, "<ConcurrentFuture cancelled>"}, states(cancelled))
    assert.same({false, true, false, "<ConcurrentFuture finished with an error>"},
                states(failed))
  end)

  it("has one result, the same each time", function()
    local future = ex:submit(function() return {}, nil, 3, nil end)
    local first = table.pack(future:result())
    assert.same({n = 4, {}, nil, 3, nil}, first)
    assert.is_true(rawequal(first[1], (future:result(0))))
    assert.is_nil(future:exception())
    assert.is_nil(future:exception(0))
  end)

  it("has one error, the same each time", function()
    local future = ex:submit(error, {})
    local err = raises(nil, future.result, future)
    assert.is_true(rawequal(err, raises(nil, future.result, future, 0)))
    assert.is_true(rawequal(err, future:exception()))
    assert.same({}, err)
  end)

  it("raises TimeoutError for what takes too long, which goes on", function()
    local future = occupy()
    raises(asyncio.TimeoutError, future.result, future, 0)
    raises(asyncio.TimeoutError, future.result, future, -1)
    raises(asyncio.TimeoutError, future.result, future, 0.001)
    raises(asyncio.TimeoutError, future.exception, future, 0.001)
    assert.is_true(future:running())
    threads.open(gate)
    assert.equal(0, select("#", future:result(math.huge)))
  end)

  it("waits as long as it takes without a timeout", function()
    assert.equal(1, ex:submit(function()
      pause(0.15)
      return 1
    end):result())
    assert.equal(2, ex:submit(function()
      pause(0.15)
      return 2
    end):result(100))
  end)

  it("refuses timeouts that are none", function()
    local future = ex:submit(same)
    raises("number expected, got string", future.result, future, "soon")
    raises("NaN", future.result, future, 0 / 0)
    raises("number expected, got table", future.exception, future, {})
  end)

  it("can be cancelled until it begins", function()
    local running, pending = occupy(), ex:submit(same)
    assert.is_false(running:cancel())
    assert.is_true(pending:cancel())
    assert.is_true(pending:cancel())
    raises(asyncio.CancelledError, pending.result, pending)
    raises(asyncio.CancelledError, pending.exception, pending, 0)
    threads.open(gate)
    running:result()
    assert.is_false(running:cancel())
    assert.is_false(running:cancelled())
  end)

  it("needs nobody to hold it", function()
    local here = support.new_loop()
    do
      ex:submit(threads.note, here, "ran")
    end
    support.gc_collect()
    ex:shutdown()
    support.run_briefly(here)
    assert.same({"ran"}, threads.log)
  end)

  it("refuses a wrong self", function()
    local future = ex:submit(same)
    for _, wrong in ipairs {{}, 1, "x", io.stdout, ex, asyncio.sleep(1)} do
      for _, name in ipairs {"result", "exception", "cancel", "cancelled", "done", "running",
                             "add_done_callback"} do
        assert.is_false(pcall(future[name], wrong, print), name)
      end
    end
  end)

  describe("calls back", function()
    local events
    before_each(function() events = {} end)

    local function noter(name)
      return function(...) events[#events + 1] = {name, ...} end
    end

    it("at once, when it is done and no loop runs here", function()
      local future = ex:submit(same)
      future:result()
      future:add_done_callback(noter("first"))
      assert.equal(1, #events)
      assert.equal(2, #events[1])
      assert.is_true(rawequal(future, events[1][2]))
    end)

    it("in order, when somebody asks for a result", function()
      local first, second = occupy(), ex:submit(same)
      for i = 1, 3 do second:add_done_callback(noter(i)) end
      threads.open(gate)
      assert.same({}, events)
      second:exception()
      assert.same({1, 2, 3}, {events[1][1], events[2][1], events[3][1]})
      first:result()
      assert.equal(3, #events)
    end)

    it("when another future is asked for its result", function()
      local first, second = occupy(), ex:submit(same)
      first:add_done_callback(noter("first"))
      threads.open(gate)
      second:result()
      assert.equal("first", events[1][1])
    end)

    it("when an executor is shut down, after cancelling too", function()
      local first, second = occupy(), ex:submit(same)
      first:add_done_callback(noter("done"))
      second:add_done_callback(noter("cancelled"))
      second:cancel()
      threads.open(gate)
      ex:shutdown()
      table.sort(events, function(a, b) return a[1] < b[1] end)
      assert.equal("cancelled", events[1][1])
      assert.equal("done", events[2][1])
    end)

    it("from the loop that runs here", function()
      local here = support.new_loop()
      here:run_until_complete(function()
        local future = ex:submit(threads.pass, gate)
        local called = here:create_future()
        future:add_done_callback(noter("first"))
        future:add_done_callback(function(done)
          called:set_result(rawequal(done, future), asyncio.get_running_loop())
        end)
        assert.same({}, events)
        here:call_later(1, threads.open, gate)
        local is_same, loop = await(called)
        assert.is_true(is_same)
        assert.is_true(rawequal(here, loop))
        assert.equal("first", events[1][1])
        -- One that is done already is called back from the loop as well.
        local late = here:create_future()
        future:add_done_callback(function() late:set_result("late") end)
        assert.is_false(late:done())
        assert.equal("late", await(late))
      end)
    end)

    it("what is callable, and refuses the rest", function()
      local future = ex:submit(same)
      future:result()
      future:add_done_callback(setmetatable({}, {__call = function(self, done)
        events[1] = {self, done}
      end}))
      assert.is_true(rawequal(future, events[1][2]))
      for _, wrong in ipairs {42, "x", {}} do
        raises("a callable object was expected by add_done_callback%(%)",
               future.add_done_callback, future, wrong)
      end
    end)

    it("the others, when one fails, and prints the error", function()
      local status, output = threads.program [[
        local ex <close> = asyncio.ThreadPoolExecutor()
        local future = ex:submit(math.max, 1)
        future:result()
        future:add_done_callback(function() error("spilt") end)
        future:add_done_callback(function() print("called") end)
        print(future:result())]]
      assert.matches("exception calling callback: [^\n]*: spilt\nstack traceback:", output)
      assert.matches("called\n1\n$", output)
      assert.equal(0, status)
    end)

    it("while it is called back", function()
      local future = ex:submit(same, "x")
      future:result()
      future:add_done_callback(function(done)
        noter("outer")()
        done:add_done_callback(noter("inner"))
        assert.equal("x", done:result())
      end)
      assert.same({{"outer"}}, {events[1]})
      assert.equal("inner", events[2][1])
    end)
  end)
end)

describe("a program with threads", function()
  local SLOW = [[
    local function slow()
      asyncio.run(function() await(sleep(0.05)) end)
      io.write("done\n")
    end
    local function endless() while true do end end
  ]]

  local function ends(status, output, chunk)
    assert.same({status, output}, {threads.program(SLOW .. chunk)})
  end

  it("does what was submitted before it ends", function()
    ends(0, "done\n", "local ex = asyncio.ThreadPoolExecutor() ex:submit(slow)")
    ends(0, "done\ndone\n", [[
      ex = asyncio.ThreadPoolExecutor {max_workers = 1}
      ex:submit(slow)
      ex:submit(slow)]])
  end)

  it("does it for an executor that is garbage", function()
    ends(0, "done\n", [[
      asyncio.ThreadPoolExecutor():submit(slow)
      collectgarbage()
      collectgarbage()]])
  end)

  it("does it after os.exit that closes the state, and after an error", function()
    ends(3, "done\n", [[
      ex = asyncio.ThreadPoolExecutor()
      ex:submit(slow)
      os.exit(3, true)]])
    local status, output = threads.program(SLOW .. [[
      ex = asyncio.ThreadPoolExecutor()
      ex:submit(slow)
      error("the script failed")]])
    assert.equal(1, status)
    assert.matches("the script failed", output)
    assert.matches("done\n", output)
  end)

  it("does not wait after os.exit that leaves the state alone", function()
    ends(3, "", [[
      asyncio.ThreadPoolExecutor():submit(endless)
      os.exit(3, false)]])
  end)

  it("does not wait for what was shut down without wait", function()
    ends(0, "", [[
      local ex = asyncio.ThreadPoolExecutor()
      ex:submit(endless)
      ex:shutdown {wait = false}]])
  end)

  it("drops what was cancelled", function()
    ends(0, "done\n", [[
      local ex = asyncio.ThreadPoolExecutor {max_workers = 1}
      local first = ex:submit(slow)
      for _ = 1, 100 do ex:submit(slow) end
      repeat until first:running()
      ex:shutdown {cancel_futures = true}]])
  end)

  it("ends in a task, in a thread's own loop, and in a callback", function()
    ends(4, "done\n", [[
      asyncio.run(function()
        asyncio.get_running_loop():run_in_executor(nil, slow)
        os.exit(4, true)
      end)]])
    ends(5, "done\n", [[
      ex = asyncio.ThreadPoolExecutor()
      ex:submit(function()
        local inner = asyncio.ThreadPoolExecutor()
        inner:submit(slow)
      end)
      os.exit(5, true)]])
    ends(6, "", [[
      local ex = asyncio.ThreadPoolExecutor()
      local future = ex:submit(math.max, 1)
      future:result()
      future:add_done_callback(function() os.exit(6, true) end)]])
  end)

  it("ends while loops, futures and executors are held by globals", function()
    ends(0, "done\n", [[
      loop = asyncio.new_event_loop()
      ex = asyncio.ThreadPoolExecutor()
      cf = ex:submit(slow)
      wrapped = asyncio.wrap_future(cf, {loop = loop})
      called = ex:submit(function() return loop end)
      asked = asyncio.run_coroutine_threadsafe(sleep(1), loop)
      task = loop:create_task(asyncio.to_thread(slow))
      cf:add_done_callback(print)]])
  end)

  it("is interrupted by Ctrl-C while it waits for a result", function()
    local status, output = threads.program [[
      local ex = asyncio.ThreadPoolExecutor()
      local future = ex:submit(function()
        io.popen("kill -INT $PPID"):close()
        asyncio.run(function() await(sleep(0.5)) end)
      end)
      future:result()
      print("not reached")]]
    assert.matches("interrupted!", output)
    assert.not_matches("not reached", output)
    assert.not_equal(0, status)
  end)
end)
