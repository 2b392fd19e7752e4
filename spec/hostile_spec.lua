-- What a program should not do, and does: none of it may crash, hang, leak or
-- take the loop along.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep
local raises = support.raises

-- The program that runs these specs: the words before the script.
local function interpreter()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end

-- Runs the chunk as a program of its own; returns its status and its output.
local function program(chunk)
  local file = os.tmpname()
  local out = assert(io.open(file, "w"))
  out:write("local asyncio = require 'asyncio'\n",
    "local await, sleep = asyncio.await, asyncio.sleep\n", chunk)
  out:close()
  local pipe = io.popen(("LUA_PATH='%s' LUA_CPATH='%s' '%s' %s 2>&1"):format(
    package.path, package.cpath, interpreter(), file))
  local output = pipe:read("a")
  local _, how, status = pipe:close()
  os.remove(file)
  assert.equal("exit", how, output)
  return status, output
end

local DEEP = support.many(100000)

-- Everything that can be pending, for a chunk to put in front.
local EVERYTHING = [[
  local function everything(loop)
    local future = loop:create_future()
    future:add_done_callback(print)
    local function waits() return await(future) end
    local first, second = loop:create_task(waits), loop:create_task(waits)
    local guard = setmetatable({}, {__close = function() await(sleep(1)) end})
    kept = {
      future, first, second,
      loop:create_task(function()
        local held <close> = guard
        await(asyncio.gather(first, second, sleep(50), {return_exceptions = true}))
      end),
      loop:create_task(function() await(asyncio.shield(first)) end),
      loop:create_task(asyncio.wait_for(second, 60)),
      loop:create_task(asyncio.wait({first, second}, {timeout = 60})),
      loop:create_task(function()
        for co in asyncio.as_completed({first, second}, {timeout = 60}) do await(co) end
      end),
      loop:create_task(coroutine.create(function() await(sleep(70)) end)),
      loop:call_later(50, print),
      asyncio.sleep(1),
    }
  end
]]

describe("a hostile program", function()
  local loop
  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  describe("ends", function()
    it("by os.exit inside a task, the state closed with everything pending", function()
      local status, output = program(EVERYTHING .. [[
        asyncio.run(function()
          everything(asyncio.get_running_loop())
          await(sleep(0.001))
          os.exit(3, true)
        end)]])
      assert.equal("", output)
      assert.equal(3, status)
    end)

    it("by os.exit inside a task, the state left alone", function()
      local status, output = program(EVERYTHING .. [[
        asyncio.run(function()
          everything(asyncio.get_running_loop())
          await(sleep(0.001))
          os.exit(4, false)
        end)]])
      assert.equal("", output)
      assert.equal(4, status)
    end)

    it("by os.exit inside a callback", function()
      local status, output = program(EVERYTHING .. [[
        local loop = asyncio.new_event_loop()
        everything(loop)
        loop:call_soon(os.exit, 5, true)
        loop:run_forever()]])
      assert.equal("", output)
      assert.equal(5, status)
    end)

    it("with a loop never run, everything pending and held by globals", function()
      local status, output = program(EVERYTHING .. [[
        loop = asyncio.new_event_loop()
        everything(loop)
        asyncio.set_event_loop(loop)]])
      assert.equal("", output)
      assert.equal(0, status)
    end)

    it("with a loop stopped half way, everything pending", function()
      local status, output = program(EVERYTHING .. [[
        loop = asyncio.new_event_loop()
        loop:set_exception_handler(function() end)
        everything(loop)
        loop:call_later(0.001, loop.stop, loop)
        loop:run_forever()
        tables = setmetatable({}, {__gc = function()
          pcall(loop.close, loop)
          pcall(kept[1].cancel, kept[1])
          pcall(kept[2].cancel, kept[2])
          pcall(tostring, kept[2])
        end})]])
      assert.equal("", output)
      assert.equal(0, status)
    end)

    it("while a coroutine runs the loop", function()
      local status, output = program(EVERYTHING .. [[
        coroutine.wrap(function()
          local loop = asyncio.new_event_loop()
          everything(loop)
          loop:call_soon(os.exit, 6, true)
          loop:run_forever()
        end)()]])
      assert.equal("", output)
      assert.equal(6, status)
    end)

    it("by an error in main with sleepers pending, which are cancelled", function()
      local events = {}
      local err = raises("main failed", asyncio.run, function()
        for i = 1, 3 do
          asyncio.create_task(function()
            local _ <close> = setmetatable({}, {__close = function(_, e)
              await(sleep(1))
              events[#events + 1] = i .. " " .. tostring(e)
            end})
            await(sleep(1000))
          end)
        end
        await(sleep(0))
        error("main failed", 0)
      end, {clock = "virtual"})
      assert.equal("main failed", err)
      assert.same({"1 CancelledError", "2 CancelledError", "3 CancelledError"}, events)
    end)
  end)

  describe("runs a loop", function()
    it("inside a loop", function()
      asyncio.run(function()
        raises("asyncio.run%(%) cannot be called from a running event loop",
          asyncio.run, function() end)
        raises("Cannot run the event loop while another loop is running",
          loop.run_forever, loop)
        local running = asyncio.get_running_loop()
        raises("This event loop is already running", running.run_forever, running)
        raises("Cannot close a running event loop", running.close, running)
        assert.is_true(running:is_running())
      end, {clock = "virtual"})
    end)

    it("inside a stock coroutine inside a task", function()
      asyncio.run(function()
        local inner = coroutine.wrap(function()
          raises("cannot be called from a running event loop", asyncio.run, function() end)
          return "said so"
        end)
        assert.equal("said so", inner())
      end, {clock = "virtual"})
    end)

    it("inside a coroutine, which is gone when the loop runs again", function()
      do
        local first = coroutine.wrap(function()
          return loop:run_until_complete(sleep(1, "first"))
        end)
        assert.equal("first", first())
      end
      support.gc_collect()
      assert.equal("second", loop:run_until_complete(sleep(1, "second")))
    end)

    it("inside a coroutine that yields out of it in a callback", function()
      local ran = false
      local co = coroutine.create(function()
        loop:call_soon(coroutine.yield, "out")
        loop:call_soon(function() ran = true end)
        loop:call_soon(loop.stop, loop)
        support.record_reports(loop)
        loop:run_forever()
        return "returned"
      end)
      local ok, value = coroutine.resume(co)
      assert.is_true(ok, value)
      assert.equal("returned", value)
      assert.is_true(ran)
      assert.is_false(loop:is_running())
    end)

    it("inside a callback of the collector", function()
      local result
      do
        local other = support.new_loop()
        setmetatable({}, {__gc = function()
          result = other:run_until_complete(sleep(1, "collected"))
        end})
      end
      support.gc_collect()
      assert.equal("collected", result)
    end)
  end)

  describe("loads the module again", function()
    local saved
    before_each(function()
      saved = {}
      for name, module in pairs(package.loaded) do
        if name:find("^asyncio") then saved[name] = module end
      end
      for name in pairs(saved) do package.loaded[name] = nil end
    end)
    after_each(function()
      for name in pairs(package.loaded) do
        if name:find("^asyncio") then package.loaded[name] = nil end
      end
      for name, module in pairs(saved) do package.loaded[name] = module end
    end)

    it("and both work", function()
      local again = require "asyncio"
      assert.not_equal(asyncio, again)
      local function main(module)
        return module.run(function()
          return module.await(module.gather(module.sleep(1, 1), module.sleep(2, 2)))
        end, {clock = "virtual"})
      end
      assert.same({1, 2, n = 2, exceptions = {}}, main(again))
      assert.same({1, 2, n = 2, exceptions = {}}, main(asyncio))
    end)

    it("and what is left of the first is collected without harm", function()
      local future = loop:create_future()
      loop:create_task(function() await(future) end)
      local again = require "asyncio"
      support.gc_collect()
      assert.equal(1, again.run(again.async(function() return 1 end)(), {clock = "virtual"}))
      loop:call_soon(future.set_result, future)
      support.run_briefly(loop)
    end)

    it("and mixes the two", function()
      local again = require "asyncio"
      local future = loop:create_future()
      assert.is_false(pcall(again.run, function() return again.await(future) end,
        {clock = "virtual"}))
      assert.is_false(future:done())
    end)
  end)

  describe("forgets a loop", function()
    it("unclosed, with callbacks, timers and tasks pending", function()
      local weak = setmetatable({}, {__mode = "k"})
      do
        local forgotten = asyncio.new_event_loop({clock = "virtual"})
        weak[forgotten] = true
        forgotten:set_exception_handler(function() end)
        forgotten:call_soon(print)
        forgotten:call_later(1, print)
        local future = forgotten:create_future()
        forgotten:create_task(function() await(future) end)
        forgotten:create_task(sleep(10))
        support.run_once(forgotten)
        forgotten:create_task(sleep(20))
      end
      support.gc_collect()
      assert.is_nil(next(weak))
    end)

    it("and keeps a task, a future, a handle and a timer of it", function()
      local task, future, handle, timer
      do
        local forgotten = asyncio.new_event_loop({clock = "virtual"})
        forgotten:set_exception_handler(function() end)
        future = forgotten:create_future()
        task = forgotten:create_task(function() await(future) end)
        handle = forgotten:call_soon(print)
        timer = forgotten:call_later(1, print)
        support.run_once(forgotten)
        forgotten:close()
      end
      support.gc_collect()
      handle:cancel()
      timer:cancel()
      pcall(task.cancel, task)
      pcall(future.set_result, future, 1)
      pcall(future.add_done_callback, future, print)
      assert.matches("^<Task", tostring(task))
      assert.matches("^<Future", tostring(future))
      assert.is_true(timer:cancelled())
    end)

    it("and finalizes it twice by hand", function()
      local forgotten = asyncio.new_event_loop({clock = "virtual"})
      forgotten:call_later(1, print)
      local mt = debug.getmetatable(forgotten)
      for _ = 1, 2 do mt.__gc(forgotten) end
      raises("Event loop is closed", forgotten.call_soon, forgotten, print)
      forgotten:close()
    end)
  end)

  describe("awaits", function()
    it("itself", function()
      local task
      task = loop:create_task(function() return await(task) end)
      local err = raises("Task cannot await on itself: <Task", loop.run_until_complete, loop, task)
      assert.equal("string", type(err))
      assert.is_false(task:cancelled())
    end)

    it("a task that awaits it", function()
      local a, b
      a = loop:create_task(function() return await(b) end)
      b = loop:create_task(function() return await(a) end)
      raises(asyncio.DeadlockError, loop.run_until_complete, loop, a)
      a:cancel()
      raises(asyncio.CancelledError, loop.run_until_complete, loop, a)
      assert.is_true(b:cancelled())
    end)

    it("inside table.sort and string.gsub", function()
      loop:run_until_complete(function()
        raises("table.sort", table.sort, {3, 1, 2}, function(a, b)
          await(sleep(1))
          return a < b
        end)
        raises("string.gsub", string.gsub, "abc", "%w", function()
          return await(sleep(1, "x"))
        end)
        assert.equal("fine", await(sleep(1, "fine")))
      end)
    end)

    it("inside a stock coroutine nested in a task", function()
      loop:run_until_complete(function()
        raises("asyncio.coroutine.wrap", coroutine.wrap(function() await(sleep(1)) end))
        local co = coroutine.create(function() await(sleep(1)) end)
        local ok, err = coroutine.resume(co)
        assert.is_false(ok)
        assert.matches("asyncio.coroutine.wrap", err, 1, true)
        assert.equal("fine", await(sleep(1, "fine")))
      end)
    end)

    it("outside of any task", function()
      raises("task", await, sleep(1))
      raises("task", coroutine.wrap(function() await(sleep(1)) end))
      local reports = support.record_reports(loop)
      loop:call_soon(await, loop:create_future())
      support.run_once(loop)
      assert.equal(1, #reports)
      assert.matches("task", reports[1].exception)
    end)

    it("in a finalizer", function()
      local err
      loop:run_until_complete(function()
        setmetatable({}, {__gc = function()
          local _
          _, err = pcall(await, sleep(1))
        end})
        support.gc_collect()
        assert.equal("fine", await(sleep(1, "fine")))
      end)
      assert.equal("string", type(err))
    end)

    it("one future in two tasks", function()
      local future = loop:create_future()
      local events = {}
      for i = 1, 2 do
        loop:create_task(function()
          local value = {}
          value.same = await(future) == await(future)
          events[#events + 1] = i .. tostring(value.same)
        end)
      end
      loop:call_later(1, future.set_result, future, {})
      loop:run_until_complete(future)
      support.run_briefly(loop)
      assert.same({"1true", "2true"}, events)
    end)

    it("what is no awaitable", function()
      loop:run_until_complete(function()
        for _, value in ipairs({1, "x", true, {}, io.stdout, loop}) do
          assert.is_false(pcall(await, value))
        end
        assert.is_false(pcall(await))
        assert.is_false(pcall(await, nil))
        assert.is_false(pcall(await, coroutine.running()))
      end)
    end)

    it("100,000 coroutine objects, one inside the other", function()
      local down
      down = asyncio.async(function(n)
        if n == 0 then return await(sleep(1, 0)) end
        return await(down(n - 1)) + 1
      end)
      assert.equal(DEEP, loop:run_until_complete(down(DEEP)))
    end)

    it("100,000 functions, one inside the other", function()
      local function down(n)
        if n == 0 then return await(sleep(1, 0)) end
        return await(function() return down(n - 1) end) + 1
      end
      assert.equal(DEEP, loop:run_until_complete(function() return down(DEEP) end))
    end)

    it("a deep chain that fails at the bottom", function()
      local failure = {}
      local down
      down = asyncio.async(function(n)
        if n == 0 then
          await(sleep(1))
          error(failure)
        end
        return await(down(n - 1))
      end)
      local ok, err = pcall(loop.run_until_complete, loop, down(DEEP))
      assert.is_false(ok)
      assert.is_true(rawequal(failure, err))
    end)

    it("a deep chain that is cancelled", function()
      local closed = 0
      local guard = setmetatable({}, {__close = function() closed = closed + 1 end})
      local down
      down = asyncio.async(function(n)
        local _ <close> = guard
        if n == 0 then return await(sleep(1000)) end
        return await(down(n - 1))
      end)
      local task = loop:create_task(down(DEEP // 2))
      loop:call_later(1, task.cancel, task, "enough")
      local err = raises(asyncio.CancelledError, loop.run_until_complete, loop, task)
      assert.equal("enough", err.message)
      assert.equal(DEEP // 2 + 1, closed)
    end)
  end)

  describe("makes very many", function()
    -- The last of n tasks, each awaiting the one before it, and `first`.
    local function chain(n, first)
      local last = first
      for _ = 1, n do
        local previous = last
        last = loop:create_task(function() return await(previous) end)
      end
      return last
    end

    it("tasks that await one another, and cancels the last", function()
      local first = loop:create_future()
      local last = chain(DEEP, first)
      support.run_briefly(loop)
      assert.is_true(last:cancel("storm"))
      assert.is_true(first:cancelled())
      local err = raises(asyncio.CancelledError, loop.run_until_complete, loop, last)
      assert.equal("storm", err.message)
      assert.equal(0, #asyncio.all_tasks(loop))
    end)

    it("cancel requests for one chain", function()
      local first = loop:create_future()
      local last = chain(1000, first)
      support.run_briefly(loop)
      for _ = 1, 100 do last:cancel() end
      assert.equal(100, last:cancelling())
      raises(asyncio.CancelledError, loop.run_until_complete, loop, last)
    end)

    it("tasks that await one another, and completes the first", function()
      local first = loop:create_future()
      local last = chain(DEEP, first)
      loop:call_later(1, first.set_result, first, "through", nil, 3)
      assert.same({"through", nil, 3, n = 3},
        table.pack(loop:run_until_complete(last)))
    end)

    it("tasks that await one another, and fails the first", function()
      local first, failure = loop:create_future(), {}
      local last = chain(DEEP // 5, first)
      loop:call_later(1, first.set_exception, first, failure)
      local ok, err = pcall(loop.run_until_complete, loop, last)
      assert.is_false(ok)
      assert.is_true(rawequal(failure, err))
    end)

    it("gathers inside gathers, and cancels the outermost", function()
      local last = loop:create_future()
      for _ = 1, DEEP // 5 do last = asyncio.gather(last) end
      local task = loop:create_task(function() return await(last) end)
      support.run_briefly(loop)
      assert.is_true(task:cancel())
      raises(asyncio.CancelledError, loop.run_until_complete, loop, task)
    end)

    it("callbacks on one future", function()
      local future, count = loop:create_future(), 0
      for _ = 1, DEEP do
        future:add_done_callback(function() count = count + 1 end)
      end
      future:set_result()
      support.run_briefly(loop)
      assert.equal(DEEP, count)
    end)

    it("timers: a million, half of them cancelled", function()
      local n, count, last = support.many(1000000), 0, -1
      local function tick(when)
        assert(when >= last)
        last = when
        count = count + 1
      end
      local cancelled = {}
      for i = 1, n do
        local when = (i * 7919) % 1000
        local handle = loop:call_at(when, tick, when)
        if i % 2 == 0 then cancelled[#cancelled + 1] = handle end
      end
      for _, handle in ipairs(cancelled) do handle:cancel() end
      loop:call_at(1001, loop.stop, loop)
      loop:run_forever()
      assert.equal(n // 2, count)
    end)

    it("sleepers, cancelled at once", function()
      local tasks = {}
      for i = 1, 20000 do tasks[i] = loop:create_task(sleep(i)) end
      support.run_briefly(loop)
      for i = #tasks, 1, -1 do tasks[i]:cancel() end
      support.run_briefly(loop)
      for i = 1, #tasks do assert(tasks[i]:cancelled()) end
      assert.equal(0, #asyncio.all_tasks(loop))
    end)
  end)

  describe("has a callback that", function()
    it("cancels its own future", function()
      local reports = support.record_reports(loop)
      local future, events = loop:create_future(), {}
      future:add_done_callback(function(done)
        events[#events + 1] = tostring(done:cancel())
        events[#events + 1] = tostring(done:cancelled())
      end)
      future:set_result(1)
      support.run_once(loop)
      assert.same({"false", "false"}, events)
      assert.equal(1, future:result())
      assert.same({}, reports)
    end)

    it("cancels the task whose end it hears", function()
      local task = loop:create_task(function() return 1 end)
      local said
      task:add_done_callback(function(done) said = done:cancel() end)
      assert.equal(1, loop:run_until_complete(task))
      support.run_once(loop)
      assert.is_false(said)
    end)

    it("completes its future again", function()
      local reports = support.record_reports(loop)
      local future = loop:create_future()
      future:add_done_callback(function(done) done:set_result(2) end)
      future:set_result(1)
      support.run_once(loop)
      assert.equal(1, #reports)
      assert.is_true(asyncio.isinstance(reports[1].exception, asyncio.InvalidStateError))
      assert.equal(1, future:result())
    end)

    it("adds and removes callbacks while they run", function()
      local future, events = loop:create_future(), {}
      local function second() events[#events + 1] = "second" end
      future:add_done_callback(function(done)
        events[#events + 1] = "first"
        assert.equal(0, done:remove_done_callback(second))
        done:add_done_callback(second)
      end)
      future:add_done_callback(second)
      future:set_result()
      support.run_once(loop)
      assert.same({"first", "second"}, events)
      support.run_once(loop)
      assert.same({"first", "second", "second"}, events)
    end)

    it("stops, cancels itself and schedules itself", function()
      local count, handle = 0, nil
      local function again()
        count = count + 1
        handle:cancel()
        loop:stop()
        handle = loop:call_soon(again)
      end
      handle = loop:call_soon(again)
      for i = 1, 3 do
        loop:run_forever()
        assert.equal(i, count)
      end
    end)

    it("collects all garbage, in the middle of a pass", function()
      local count = 0
      for i = 1, 20 do
        loop:call_soon(function()
          support.gc_collect()
          count = count + 1
        end)
        loop:create_task(function() await(sleep(i % 3)) end)
      end
      loop:call_later(10, loop.stop, loop)
      loop:run_forever()
      assert.equal(20, count)
    end)
  end)

  describe("raises", function()
    local VALUES = {
      number = 42, boolean = false, table = {}, ["function"] = print,
      thread = coroutine.create(print), userdata = io.stdout, string = "text",
    }

    for kind, value in pairs(VALUES) do
      it("a " .. kind .. ", which arrives as it is", function()
        local function fails() error(value, 0) end
        local task = loop:create_task(fails)
        local ok, err = pcall(loop.run_until_complete, loop, task)
        assert.is_false(ok)
        assert.is_true(rawequal(value, err))
        assert.is_true(rawequal(value, task:exception()))
        loop:run_until_complete(function()
          ok, err = pcall(await, fails)
          assert.is_false(ok)
          assert.is_true(rawequal(value, err))
          ok, err = asyncio.pawait(loop:create_task(fails))
          assert.is_false(ok)
          assert.is_true(rawequal(value, err))
          local r = await(asyncio.gather(fails, {return_exceptions = true}))
          assert.is_true(rawequal(value, r[1]))
          assert.is_true(rawequal(value, r.exceptions[1]))
        end)
      end)

      it("a " .. kind .. " in a callback, which is reported", function()
        local reports = support.record_reports(loop)
        loop:call_soon(error, value, 0)
        support.run_once(loop)
        assert.equal(1, #reports)
        assert.is_true(rawequal(value, reports[1].exception))
      end)
    end

    it("nil, which arrives as an Exception", function()
      local function fails() error(nil) end
      local err = raises(asyncio.Exception, loop.run_until_complete, loop, fails)
      assert.equal("nil", err.message)
      loop:run_until_complete(function()
        local ok, why = asyncio.pawait(loop:create_task(fails))
        assert.is_false(ok)
        assert.equal("nil", why.message)
      end)
      local reports = support.record_reports(loop)
      loop:call_soon(error)
      support.run_once(loop)
      assert.equal(1, #reports)
      assert.is_true(asyncio.isinstance(reports[1].exception, asyncio.Exception))
    end)

    it("a value that cannot be printed, and nobody looks at it", function()
      local status, output = program([[
        local nasty = setmetatable({}, {
          __tostring = function() error("no text") end,
          __name = "nasty",
        })
        local loop = asyncio.new_event_loop({clock = "virtual"})
        loop:create_task(function() error(nasty) end)
        loop:call_soon(error, nasty)
        loop:call_soon(error, setmetatable({}, {__tostring = function() return 5 end}))
        loop:call_later(1, loop.stop, loop)
        loop:run_forever()
        collectgarbage()
        collectgarbage()
        loop:call_later(1, loop.stop, loop)
        loop:run_forever()
        loop:close()
        print("still here")]])
      assert.matches("still here\n$", output)
      assert.matches("Task exception was never retrieved", output, 1, true)
      assert.equal(0, status)
    end)

    -- A finalizer that runs with no stack left fails: let none be due.
    it("by a stack overflow in a task", function()
      support.gc_collect()
      local function deep() return 1 + deep() end
      raises("stack overflow", loop.run_until_complete, loop, deep)
      assert.equal("fine", loop:run_until_complete(sleep(1, "fine")))
    end)

    it("by a C stack overflow in a task", function()
      support.gc_collect()
      local function deep() return (string.gsub("a", "a", deep)) end
      raises("C stack overflow", loop.run_until_complete, loop, deep)
      local function nest(n)
        if n > 0 then return coroutine.wrap(nest)(n - 1) end
      end
      raises("C stack overflow", loop.run_until_complete, loop, function() nest(1000) end)
      assert.equal("fine", loop:run_until_complete(sleep(1, "fine")))
    end)

    it("by a stack overflow in a callback", function()
      support.gc_collect()
      local reports = support.record_reports(loop)
      local function deep() return 1 + deep() end
      loop:call_soon(deep)
      support.run_once(loop)
      assert.equal(1, #reports)
      assert.matches("stack overflow", reports[1].exception)
    end)

    it("in its exception handler", function()
      local status, output = program([[
        local loop = asyncio.new_event_loop({clock = "virtual"})
        loop:set_exception_handler(function() error("worse") end)
        for _ = 1, 3 do loop:call_soon(error, "bad") end
        loop:call_later(1, loop.stop, loop)
        loop:run_forever()
        loop:close()
        print("still here")]])
      assert.matches("still here\n$", output)
      assert.matches("worse", output)
      assert.equal(0, status)
    end)

    it("in a finalizer, while tasks run", function()
      warn("@off")
      local collected = 0
      loop:run_until_complete(function()
        for _ = 1, 10 do
          setmetatable({}, {__gc = function()
            collected = collected + 1
            error("deliberate")
          end})
          support.gc_collect()
          await(sleep(1))
        end
      end)
      assert.equal(10, collected)
    end)

    it("in a <close> handler, instead of what was raised before", function()
      local task = loop:create_task(function()
        local _ <close> = setmetatable({}, {__close = function(_, err)
          await(sleep(1))
          error("close after " .. tostring(err), 0)
        end})
        error("body", 0)
      end)
      raises("^close after body$", loop.run_until_complete, loop, task)
    end)
  end)

  describe("works on a task's coroutine from outside", function()
    -- A task that waits for a future which only its coroutine holds.
    local function waiting()
      local task = loop:create_task(function()
        local future = loop:create_future()
        loop:call_later(10, future.set_result, future, "late")
        return await(future)
      end)
      support.run_briefly(loop)
      return task
    end

    it("and closes it", function()
      local reports = support.record_reports(loop)
      local task = waiting()
      coroutine.close(task:get_coro())
      support.gc_collect()
      loop:run_until_complete(sleep(20))
      assert.is_true(task:done())
      assert.is_false(task:cancelled())
      assert.equal("string", type(task:exception()))
      assert.same({}, reports)
    end)

    it("and closes it, then cancels the task", function()
      local task = loop:create_task(function() await(loop:create_future()) end)
      support.run_briefly(loop)
      coroutine.close(task:get_coro())
      support.gc_collect()
      task:cancel()
      support.gc_collect()
      assert.equal("fine", loop:run_until_complete(sleep(20, "fine")))
      support.gc_collect()
      assert.is_true(task:done())
    end)

    it("and closes it while it sleeps, then forgets the task", function()
      do
        local task = loop:create_task(sleep(10))
        support.run_briefly(loop)
        coroutine.close(task:get_coro())
      end
      local reports = support.record_reports(loop)
      support.gc_collect()
      assert.equal("fine", loop:run_until_complete(sleep(20, "fine")))
      support.gc_collect()
      support.run_briefly(loop)
      assert.is_true(#reports <= 1)
    end)

    it("and closes it before it has started", function()
      local ran = false
      local task = loop:create_task(function() ran = true end)
      coroutine.close(task:get_coro())
      assert.is_false(pcall(loop.run_until_complete, loop, task))
      assert.is_false(ran)
      assert.is_true(task:done())
    end)

    it("and resumes it", function()
      local task = waiting()
      pcall(coroutine.resume, task:get_coro(), "stolen")
      support.gc_collect()
      assert.equal("fine", loop:run_until_complete(sleep(20, "fine")))
      assert.is_true(task:done())
      assert.not_nil(task:exception())
    end)

    it("and resumes it again and again", function()
      local task = loop:create_task(function()
        for _ = 1, 100 do pcall(await, sleep(1)) end
      end)
      support.run_briefly(loop)
      local co = task:get_coro()
      for _ = 1, 5 do
        pcall(coroutine.resume, co)
        support.gc_collect()
      end
      assert.equal("fine", loop:run_until_complete(sleep(5, "fine")))
      task:cancel()
      support.run_briefly(loop)
      coroutine.close(co)
      assert.equal("fine", loop:run_until_complete(sleep(5, "fine")))
    end)

    it("and resumes it before it has started", function()
      local count = 0
      local task = loop:create_task(function() count = count + 1 end)
      pcall(coroutine.resume, task:get_coro())
      pcall(loop.run_until_complete, loop, task)
      assert.is_true(task:done())
      assert.is_true(count <= 1)
    end)

    it("and resumes the one that is running", function()
      loop:run_until_complete(function()
        local co = asyncio.current_task():get_coro()
        assert.is_false((coroutine.resume(co)))
        assert.is_false((pcall(coroutine.close, co)))
        assert.equal("fine", await(sleep(1, "fine")))
      end)
    end)

    it("and gives it to another task", function()
      local task = waiting()
      assert.is_false(pcall(loop.run_until_complete, loop,
        function() return await(task:get_coro()) end))
      assert.equal("late", loop:run_until_complete(task))
    end)

    it("and makes two tasks of one coroutine", function()
      local co = coroutine.create(function() await(sleep(1)) return "once" end)
      local first = loop:create_task(co)
      local ok, second = pcall(loop.create_task, loop, co)
      assert.equal("once", loop:run_until_complete(first))
      if ok then
        assert.is_false(pcall(loop.run_until_complete, loop, second))
      end
    end)
  end)

  describe("yields", function()
    it("values in a task", function()
      local task = loop:create_task(function()
        return pcall(function() coroutine.yield(1, 2) end)
      end)
      local ok, err = loop:run_until_complete(task)
      assert.is_false(ok)
      assert.matches("Task got bad yield", err)
    end)

    it("futures in a task, by hand", function()
      local task = loop:create_task(function()
        coroutine.yield(loop:create_future())
      end)
      raises("Task got bad yield", loop.run_until_complete, loop, task)
    end)

    it("inside a <close> handler of a task that was cancelled", function()
      local task = loop:create_task(function()
        local _ <close> = setmetatable({}, {__close = function() coroutine.yield() end})
        await(sleep(100))
      end)
      support.run_briefly(loop)
      task:cancel()
      raises(asyncio.CancelledError, loop.run_until_complete, loop, task)
    end)
  end)

  describe("gives a method", function()
    it("the wrong self", function()
      support.record_reports(loop)
      local future, task = loop:create_future(), loop:create_task(sleep(1))
      local handle = loop:call_soon(function() end)
      local objects = {loop, future, task, handle, io.stdout, {}, 1, "x", false}
      for _, owner in ipairs({loop, future, task, handle}) do
        for _, name in ipairs({"result", "cancel", "cancelling", "close", "time", "when",
                               "set_name", "get_coro", "call_soon", "stop", "await"}) do
          local method = owner[name]
          if method then
            for _, object in ipairs(objects) do
              local futures = asyncio.isfuture(owner) and asyncio.isfuture(object)
              if object ~= owner and not (futures and object[name]) then
                assert.is_false(pcall(method, object), name)
              end
            end
            assert.is_false(pcall(method), name)
          end
        end
      end
    end)

    it("times that are none", function()
      local nan = 0 / 0
      assert.is_false(pcall(loop.call_later, loop, nan, print))
      assert.is_false(pcall(loop.call_at, loop, nan, print))
      assert.is_false(pcall(loop.call_later, loop, nil, print))
      loop:run_until_complete(function()
        assert.is_false(pcall(function() await(sleep(nan)) end))
        assert.is_false(pcall(function() await(sleep("soon")) end))
      end)
    end)

    it("times at the end of time", function()
      local fired = 0
      local function fire() fired = fired + 1 end
      loop:call_later(math.huge, fire)
      loop:call_later(1e300, fire)
      loop:call_later(-math.huge, fire)
      loop:call_at(-1e300, fire)
      loop:call_later(1, loop.stop, loop)
      loop:run_forever()
      assert.equal(2, fired)
    end)

    it("unknown options, by name", function()
      loop:run_until_complete(function()
        raises("colour", asyncio.create_task, function() end, {colour = 1})
        raises("colour", asyncio.gather, loop:create_future(), {colour = 1})
        raises("colour", asyncio.Future, {colour = 1})
      end)
    end)
  end)
end)

describe("a method called with a dot", function()
  it("says whose it is, at the line of the call", function()
    local core = require "asyncio.core"
    local n = 0
    for class, mt in pairs(core.classes) do
      for name, method in pairs(mt.__methods) do
        if not name:find "^_" and name ~= "send" and name ~= "throw" then
          for _, wrong in ipairs {false, 5, {}, print, io.stdout, asyncio.Lock()} do
            local ok, err = pcall(function() method(wrong or nil) end)
            assert.is_false(ok, name)
            assert.matches("^[^:]*hostile_spec%.lua:%d+: ", err)
            assert.matches("%a+ expected, got ", err, nil, nil, class .. ":" .. name)
            n = n + 1
          end
        end
      end
    end
    assert.is_true(n > 300)
  end)
end)

describe("a hostile thread", function()
  local ex
  before_each(function() ex = asyncio.ThreadPoolExecutor {max_workers = 1} end)
  after_each(function() ex:shutdown() end)

  -- Calls fn in the thread.
  local function there(fn, ...) return ex:submit(fn, ...):result() end

  it("raises what has no text", function()
    local err = raises(nil, there, function()
      error(setmetatable({1}, {__tostring = function() error("no text") end}))
    end)
    assert.equal(1, err[1])
    raises("cannot pass a FILE%* to another thread %(error value, field 'f'%)", there, function()
      error(setmetatable({f = io.stdout}, {__tostring = function() error("no text") end}))
    end)
  end)

  it("returns a table whose metamethods all fail", function()
    local t = there(function()
      local function fail() error("hands off") end
      return setmetatable({1}, {__index = fail, __newindex = fail, __pairs = fail, __len = fail,
                                __eq = fail, __gc = fail, __metatable = "locked"})
    end)
    assert.equal(1, rawget(t, 1))
    assert.equal("locked", getmetatable(t))
  end)

  it("yields outside a coroutine", function()
    raises("attempt to yield from outside a coroutine", there, coroutine.yield, 1)
    raises("await outside a task", there, function() await(sleep(0)) end)
    assert.equal(1, there(function() return 1 end))
  end)

  it("takes away its own globals and modules", function()
    there(function()
      for _, name in ipairs {"string", "table", "os", "io", "require", "pcall", "error"} do
        rawset(_G, name, nil)
      end
    end)
    assert.equal(3, there(function(a, b) return a + b end, 1, 2))
    assert.is_nil(there(function() return rawget(_G, "require") end))
    ex:shutdown()
    ex = asyncio.ThreadPoolExecutor {max_workers = 1}
    there(function()
      local exit = os.exit
      rawset(_G, "exit", function()
        rawset(_G, "require", nil)
        exit(1)
      end)
    end)
    raises(nil, there, function() rawget(_G, "exit")() end)
    assert.equal(1, there(function() return 1 end))
  end)

  it("makes threads of threads, ten deep", function()
    local function deeper(n)
      if n == 0 then return "bottom" end
      local inner <close> = asyncio.ThreadPoolExecutor()
      return inner:submit(deeper, n - 1):result()
    end
    assert.equal("bottom", there(deeper, 10))
  end)

  it("leaves a hook that raises", function()
    raises("hooked", there, function()
      debug.sethook(function() error("hooked", 0) end, "", 1)
    end)
    raises("hooked", there, function() return 1 end)
  end)

  it("leaves garbage whose finalizers raise, and use what is gone", function()
    local status, output = program [[
      local ex = asyncio.ThreadPoolExecutor {max_workers = 1}
      local loop = asyncio.new_event_loop()
      ex:submit(function()
        local inner = asyncio.ThreadPoolExecutor()
        local done = inner:submit(math.max, 1)
        rawset(_G, "kept", setmetatable({}, {__gc = function()
          for _, fn in ipairs {
            function() loop:call_soon_threadsafe(print, "too late") end,
            function() tostring(inner) end,
            function() done:result(1) end,
            function() inner:shutdown() end,
            function() os.exit(1) end,
          } do pcall(fn) end
          io.write("finalized\n")
          error("in a finalizer")
        end}))
      end):result()
      loop:close()
      ex:shutdown()
      io.write("shut down\n")]]
    assert.equal("finalized\nshut down\n", output)
    assert.equal(0, status)
  end)

  -- What can be done with what a program has left behind. Lua finalizes nothing
  -- that is made while the state closes, so nothing is.
  local MISUSE = [[
    local function misuse(loop, ex, done, asked, future)
      return {
        function() done:result() end,
        function() done:add_done_callback(tostring) end,
        function() done:cancel() end,
        function() tostring(done) tostring(ex) tostring(future) tostring(loop) end,
        function() loop:call_soon_threadsafe(print) end,
        function() asked:result(0) end,
        function() asked:cancel() end,
        function() asyncio.wrap_future(done, {loop = loop}) end,
        function() future:cancel() end,
        function() ex:shutdown() end,
        function() loop:close() end,
      }
    end
    local function made()
      local loop, ex = asyncio.new_event_loop(), asyncio.ThreadPoolExecutor()
      loop:set_exception_handler(function() end)
      local done = ex:submit(math.max, 1)
      done:result()
      return loop, ex, done, asyncio.run_coroutine_threadsafe(sleep(1), loop),
        asyncio.wrap_future(done, {loop = loop})
    end
  ]]

  it("leaves what finalizers use while the state closes", function()
    local status, output = program(MISUSE .. [[
      local all = table.pack(made())
      kept = setmetatable({}, {__gc = function()
        for _, fn in ipairs(misuse(table.unpack(all))) do pcall(fn) end
        io.write("finalized\n")
      end})]])
    assert.equal("finalized\n", output)
    assert.equal(0, status)
  end)

  it("leaves what finalizers use after it was finalized", function()
    local status, output = program(MISUSE .. [[
      -- What is made first is finalized last.
      local list = setmetatable({}, {__gc = function(list)
        for _, fn in ipairs(list) do pcall(fn) end
        io.write("finalized\n")
      end})
      for i, fn in ipairs(misuse(made())) do list[i] = fn end]])
    assert.equal("finalized\n", output)
    assert.equal(0, status)
  end)
end)

describe("a circle of tasks", function()
  it("through a gather is broken by cancelling", function()
    local a, b
    local loop = support.new_loop()
    support.record_reports(loop)
    a = loop:create_task(function() await(b) end)
    b = loop:create_task(function() await(asyncio.gather(a)) end)
    support.run_briefly(loop)
    assert.is_true(a:cancel())
    for _ = 1, 4 do support.run_once(loop) end
    assert.is_true(a:cancelled())
    assert.is_true(b:cancelled())
    support.close_loops()
  end)
end)

describe("a loop that closes", function()
  it("ends generators that its tasks iterate over", function()
    local loop = support.new_loop()
    local reports = support.record_reports(loop)
    local log = {}
    local gen = asyncio.generator(function(yield)
      local _ <close> = setmetatable({}, {__close = function()
        log[#log + 1] = "closed"
      end})
      yield(1)
      await(asyncio.sleep(100))
    end)
    local task = loop:create_task(function() for _ in gen() do log[#log + 1] = "item" end end)
    support.run_briefly(loop)
    loop:close()
    assert.same({"item", "closed"}, log)
    assert.equal(1, #reports)
    assert.equal(task, reports[1].task)
  end)
end)
