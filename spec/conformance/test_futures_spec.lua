-- CPython's test_futures in Lua: states, callbacks, texts and reports of a
-- Future. Every test keeps its CPython name; the classes of the original are
-- the `describe` blocks.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, isinstance = asyncio.await, asyncio.isinstance
local CancelledError = asyncio.CancelledError
local InvalidStateError = asyncio.InvalidStateError

local loop

local function new_future()
  return asyncio.Future({loop = loop})
end

-- Runs fn in a call of its own, so that nothing it made stays reachable from
-- the test's own variables, then collects and lets the loop run.
local function drop(fn)
  fn()
  support.gc_collect()
  support.run_briefly(loop)
  support.gc_collect()
  support.run_briefly(loop)
end

-- Where a function is defined, as a text of a future shows it.
local function place(fn)
  local info = debug.getinfo(fn, "S")
  return info.short_src .. ":" .. info.linedefined
end

local function fakefunc() end

local function first_cb() end

local function last_cb() end

describe("test_futures DuckTests", function()
  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  it("test_ensure_future (adapted) wraps what only looks like a future", function()
    local duck = setmetatable({}, {__await = function() return "quack", nil, 2 end})
    assert.is_false(asyncio.isfuture(duck))
    assert.is_true(asyncio.isawaitable(duck))
    local fut = asyncio.ensure_future(duck, {loop = loop})
    assert.is_true(asyncio.isfuture(fut))
    assert.is_false(rawequal(fut, duck))
    assert.equal(fut, asyncio.ensure_future(fut))
    local res = table.pack(loop:run_until_complete(fut))
    assert.same({"quack", nil, 2, n = 3}, res)
  end)
end)

describe("test_futures BaseFutureTests", function()
  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  it("test_isfuture tells instances from classes and other values", function()
    local marked = setmetatable({_asyncio_future_blocking = false}, {})
    assert.is_false(asyncio.isfuture(asyncio.Future))
    assert.is_false(asyncio.isfuture(asyncio.Task))
    assert.is_false(asyncio.isfuture(1))
    assert.is_false(asyncio.isfuture(nil))
    assert.is_false(asyncio.isfuture(marked))
    assert.is_false(asyncio.isfuture(loop))
    assert.is_false(asyncio.isfuture(coroutine.create(fakefunc)))
    local fut = new_future()
    assert.is_true(asyncio.isfuture(fut))
    assert.is_false(asyncio.isfuture(getmetatable(fut)))
    fut:cancel()
    assert.is_true(asyncio.isfuture(fut))
  end)

  it("test_initial_state is neither done nor cancelled", function()
    local fut = new_future()
    assert.is_false(fut:cancelled())
    assert.is_false(fut:done())
    fut:cancel()
    assert.is_true(fut:cancelled())
    assert.is_true(fut:done())
  end)

  it("test_constructor_without_loop is an error", function()
    support.raises("no current event loop", asyncio.Future)
    support.raises("no current event loop", asyncio.Future, {})
  end)

  it("test_constructor_use_running_loop binds to the loop that runs", function()
    local fut = loop:run_until_complete(function()
      return asyncio.Future()
    end)
    assert.is_true(rawequal(fut:get_loop(), loop))
  end)

  it("test_constructor_use_global_loop binds to the installed loop", function()
    asyncio.set_event_loop(loop)
    local fut = asyncio.Future()
    assert.is_true(rawequal(fut:get_loop(), loop))
  end)

  it("test_constructor_positional (adapted) takes one options table and checks it", function()
    local function refused(value, text)
      local err = support.raises(text, function()
        local fut = asyncio.Future(value)
        return fut
      end)
      assert.matches("^[^:]*test_futures_spec%.lua:%d+: ", err)
    end
    refused(42, "options of 'Future' must be a table, not number")
    refused(loop, "options of 'Future' must be a table, not userdata")
    refused({positional = 42}, "unknown option 'positional' of 'Future'")
    refused({loop = 42}, "option 'loop' of 'Future'")
  end)

  it("test_future_cancel_message_getter keeps the message of cancel", function()
    local silent = new_future()
    silent:cancel()
    local err = support.raises(CancelledError, silent.result, silent)
    assert.is_nil(err.message)

    local fut = new_future()
    fut:cancel("my message")
    err = support.raises(CancelledError, loop.run_until_complete, loop, fut)
    assert.equal("my message", err.message)
    for _, method in ipairs {"result", "exception"} do
      err = support.raises(CancelledError, fut[method], fut)
      assert.equal("my message", err.message)
    end
  end)

  it("test_future_cancel_message_setter (adapted) has no way to change the message", function()
    local fut = new_future()
    assert.is_true(fut:cancel("my message"))
    assert.is_false(fut:cancel("my new message"))
    local err = support.raises(CancelledError, loop.run_until_complete, loop, fut)
    assert.equal("my message", err.message)
  end)

  it("test_cancel ends the future once and for all", function()
    local fut = new_future()
    assert.is_true(fut:cancel())
    assert.is_true(fut:cancelled())
    assert.is_true(fut:done())
    support.raises(CancelledError, fut.result, fut)
    support.raises(CancelledError, fut.exception, fut)
    support.raises(InvalidStateError, fut.set_result, fut, nil)
    support.raises(InvalidStateError, fut.set_exception, fut, asyncio.Exception("late"))
    assert.is_false(fut:cancel())
    assert.is_true(fut:cancelled())
  end)

  it("test_result is an error while pending and fixed when set", function()
    local fut = new_future()
    support.raises(InvalidStateError, fut.result, fut)

    fut:set_result(42)
    assert.is_false(fut:cancelled())
    assert.is_true(fut:done())
    assert.equal(42, fut:result())
    assert.is_nil(fut:exception())
    support.raises(InvalidStateError, fut.set_result, fut, nil)
    support.raises(InvalidStateError, fut.set_exception, fut, asyncio.Exception("late"))
    assert.is_false(fut:cancel())
    assert.equal(42, fut:result())
    assert.is_false(fut:cancelled())
  end)

  it("test_exception is an error while pending and fixed when set", function()
    local exc = asyncio.Exception("spam")
    local fut = new_future()
    support.raises(InvalidStateError, fut.exception, fut)

    fut:set_exception(exc)
    assert.is_false(fut:cancelled())
    assert.is_true(fut:done())
    assert.is_true(rawequal(exc, support.raises(asyncio.Exception, fut.result, fut)))
    assert.is_true(rawequal(exc, fut:exception()))
    support.raises(InvalidStateError, fut.set_result, fut, nil)
    support.raises(InvalidStateError, fut.set_exception, fut, asyncio.Exception("late"))
    assert.is_false(fut:cancel())
    assert.is_true(rawequal(exc, fut:exception()))
  end)

  it("test_exception_class makes an instance of the class", function()
    local fut = new_future()
    fut:set_exception(asyncio.TimeoutError)
    local err = fut:exception()
    assert.is_true(isinstance(err, asyncio.TimeoutError))
    assert.is_false(rawequal(err, asyncio.TimeoutError))
    assert.is_true(rawequal(err, support.raises(asyncio.TimeoutError, fut.result, fut)))
  end)

  it("test_yield_from_twice (adapted) awaits a finished future without a pause", function()
    local fut = new_future()
    local events = {}
    local function note(what)
      events[#events + 1] = what
    end
    local task = loop:create_task(function()
      note("A")
      note("B " .. await(fut))
      loop:call_soon(note, "tick")
      note("C " .. await(fut))
      note("D " .. fut:await())
    end)
    support.run_briefly(loop)
    note("pending")
    fut:set_result(42)
    loop:run_until_complete(task)
    assert.same({"A", "pending", "B 42", "C 42", "D 42", "tick"}, events)
  end)

  it("test_future_repr (adapted) shows state, outcome and callbacks", function()
    local pending = new_future()
    assert.equal("<Future pending>", tostring(pending))
    pending:cancel()
    assert.equal("<Future cancelled>", tostring(pending))

    local finished = new_future()
    finished:set_result(4)
    assert.equal("<Future finished result=4>", tostring(finished))
    assert.equal(4, finished:result())

    local failed = new_future()
    local exc = asyncio.TimeoutError("too slow")
    failed:set_exception(exc)
    local text = tostring(failed)
    assert.matches("^<Future finished exception=.*TimeoutError.*>$", text)
    assert.matches("too slow", text, 1, true)
    assert.is_true(rawequal(exc, failed:exception()))

    -- A Lua function has no name of its own: the text around its place is free.
    local function quoted(fn)
      return "[^,%[%]]* at " .. place(fn):gsub("%p", "%%%0")
    end

    local one = new_future()
    one:add_done_callback(fakefunc)
    assert.matches("^<Future pending cb=%[" .. quoted(fakefunc) .. "%]>$", tostring(one))
    one:cancel()
    assert.equal("<Future cancelled>", tostring(one))

    local two = new_future()
    two:add_done_callback(first_cb)
    two:add_done_callback(last_cb)
    assert.matches("^<Future pending cb=%[" .. quoted(first_cb) .. ", "
      .. quoted(last_cb) .. "%]>$", tostring(two))

    local many = new_future()
    many:add_done_callback(first_cb)
    for _ = 1, 8 do
      many:add_done_callback(fakefunc)
    end
    many:add_done_callback(last_cb)
    assert.matches("^<Future pending cb=%[" .. quoted(first_cb) .. ", <8 more>, "
      .. quoted(last_cb) .. "%]>$", tostring(many))
    many:cancel()
    assert.equal("<Future cancelled>", tostring(many))
  end)

  it("test_copy_state (adapted) copies every kind of outcome through shield", function()
    loop:run_until_complete(function()
      local from = loop:create_future()
      local to = asyncio.shield(from)
      assert.is_false(rawequal(from, to))
      from:set_result(10, nil, 30)
      assert.is_false(to:done())
      await(asyncio.sleep(0))
      assert.is_true(to:done())
      assert.same({10, nil, 30, n = 3}, table.pack(to:result()))

      local exc = asyncio.Exception("spam")
      from = loop:create_future()
      to = asyncio.shield(from)
      from:set_exception(exc)
      await(asyncio.sleep(0))
      assert.is_true(to:done())
      assert.is_false(to:cancelled())
      assert.is_true(rawequal(exc, to:exception()))

      from = loop:create_future()
      to = asyncio.shield(from)
      from:cancel()
      await(asyncio.sleep(0))
      assert.is_true(to:cancelled())
    end)
  end)

  it("test_iter refuses to go on before the future is done", function()
    local fut = new_future()
    local got
    local stray = coroutine.create(function()
      got = table.pack(pcall(await, fut))
    end)
    coroutine.resume(stray)
    assert.is_false(got[1])
    assert.equal("dead", coroutine.status(stray))

    local events = {}
    local task = loop:create_task(function()
      local ok, err = pcall(await, fut)
      events[#events + 1] = ok
      events[#events + 1] = err
    end)
    support.run_once(loop)
    assert.same({}, events)
    coroutine.resume(task:get_coro())
    assert.equal(2, #events)
    assert.is_false(events[1])
    assert.matches("await wasn't used with future", events[2], 1, true)

    -- Its body is over, so the task must not wait for ever.
    fut:set_result(1)
    support.run_briefly(loop)
    assert.is_true(task:done())
    support.raises(nil, task.result, task)
    assert.equal(2, #events)
  end)

  describe("reports", function()
    local reports

    before_each(function() reports = support.record_reports(loop) end)

    it("test_tb_logger_abandoned reports nothing", function()
      drop(function() new_future() end)
      assert.same({}, reports)
      loop:close()
      assert.same({}, reports)
    end)

    it("test_tb_logger_not_called_after_cancel reports nothing", function()
      drop(function()
        local fut = new_future()
        fut:set_exception(asyncio.Exception("boom"))
        assert.is_false(fut:cancel())
      end)
      assert.same({}, reports)
      loop:close()
      assert.same({}, reports)
    end)

    it("test_tb_logger_result_unretrieved reports nothing", function()
      drop(function()
        local fut = new_future()
        fut:set_result(42)
      end)
      assert.same({}, reports)
      loop:close()
      assert.same({}, reports)
    end)

    it("test_tb_logger_result_retrieved reports nothing", function()
      drop(function()
        local fut = new_future()
        fut:set_result(42)
        fut:result()
      end)
      assert.same({}, reports)
      loop:close()
      assert.same({}, reports)
    end)

    it("test_tb_logger_exception_unretrieved reports on collection", function()
      drop(function()
        local fut = new_future()
        fut:set_exception(asyncio.Exception("boom"))
      end)
      assert.equal(1, #reports)
      loop:close()
      assert.equal(1, #reports)
    end)

    it("test_tb_logger_exception_retrieved reports nothing", function()
      drop(function()
        local fut = new_future()
        fut:set_exception(asyncio.Exception("boom"))
        fut:exception()
      end)
      assert.same({}, reports)
      loop:close()
      assert.same({}, reports)
    end)

    it("test_tb_logger_exception_result_retrieved reports nothing", function()
      drop(function()
        local fut = new_future()
        fut:set_exception(asyncio.Exception("boom"))
        support.raises(asyncio.Exception, fut.result, fut)
      end)
      assert.same({}, reports)
      loop:close()
      assert.same({}, reports)
    end)

    local function check_never_retrieved(debugging)
      loop:set_debug(debugging)
      local exc = asyncio.Exception("out of memory")
      drop(function()
        local fut = new_future()
        fut:set_exception(exc)
      end)
      assert.equal(1, #reports)
      assert.equal("Future exception was never retrieved", reports[1].message)
      assert.is_true(rawequal(exc, reports[1].exception))
      loop:close()
      assert.equal(1, #reports)
    end

    it("test_future_exception_never_retrieved reports once, with the exception", function()
      check_never_retrieved(false)
    end)

    it("test_future_exception_never_retrieved_debug reports the same in debug mode", function()
      check_never_retrieved(true)
    end)

    it("test_set_result_unless_cancelled (adapted) lets a sleep end cancelled", function()
      -- Both timers are due in one tick: the cancellation comes first, and the
      -- sleep's own timer finds its future cancelled.
      local events = {}
      local task
      loop:run_until_complete(function()
        loop:call_later(1, function()
          events[#events + 1] = "cancel " .. tostring(task:cancel())
        end)
        task = asyncio.create_task(function()
          return await(asyncio.sleep(1, 2))
        end)
        local err = support.raises(CancelledError, await, task)
        events[#events + 1] = tostring(isinstance(err, CancelledError))
      end)
      assert.is_true(task:cancelled())
      assert.same({"cancel true", "true"}, events)
      assert.same({}, reports)
    end)
  end)

  it("test_future_del_collect (adapted) survives a collection inside a finalizer", function()
    local collected = 0
    local evil = {__gc = function()
      collected = collected + 1
      collectgarbage()
    end}
    for i = 1, 100 do
      local fut = new_future()
      fut:set_result(setmetatable({i}, evil))
      assert.equal(i, fut:result()[1])
    end
    support.gc_collect()
    support.run_briefly(loop)
    support.gc_collect()
    assert.equal(100, collected)
  end)
end)

describe("test_futures BaseFutureDoneCallbackTests", function()
  local bag, fut, cb1, cb2, cb3

  local function make_callback(thing)
    return function() bag[#bag + 1] = thing end
  end

  before_each(function()
    loop = support.new_loop()
    bag = {}
    fut = new_future()
    cb1, cb2, cb3 = make_callback(42), make_callback(17), make_callback(100)
  end)
  after_each(support.close_loops)

  it("test_callbacks_remove_first_callback leaves the rest in order", function()
    fut:add_done_callback(cb1)
    fut:add_done_callback(cb2)
    fut:add_done_callback(cb3)
    assert.equal(1, fut:remove_done_callback(cb1))
    assert.equal(0, fut:remove_done_callback(cb1))

    assert.same({}, bag)
    fut:set_result("foo")
    assert.same({}, bag)
    support.run_briefly(loop)
    assert.same({17, 100}, bag)
    assert.equal("foo", fut:result())
  end)

  it("test_callbacks_remove_first_and_second_callback leaves the third", function()
    fut:add_done_callback(cb1)
    fut:add_done_callback(cb2)
    fut:add_done_callback(cb3)
    assert.equal(1, fut:remove_done_callback(cb1))
    assert.equal(1, fut:remove_done_callback(cb2))
    assert.equal(0, fut:remove_done_callback(cb1))

    assert.same({}, bag)
    fut:set_result("foo")
    assert.same({}, bag)
    support.run_briefly(loop)
    assert.same({100}, bag)
    assert.equal("foo", fut:result())
  end)

  it("test_callbacks_remove_third_callback leaves the first two in order", function()
    fut:add_done_callback(cb1)
    fut:add_done_callback(cb2)
    fut:add_done_callback(cb3)
    assert.equal(1, fut:remove_done_callback(cb3))
    assert.equal(0, fut:remove_done_callback(cb3))

    assert.same({}, bag)
    fut:set_result("foo")
    assert.same({}, bag)
    support.run_briefly(loop)
    assert.same({42, 17}, bag)
    assert.equal("foo", fut:result())
  end)

  it("test_callbacks_invoked_on_set_result runs them later, in order", function()
    local seen
    fut:add_done_callback(cb1)
    fut:add_done_callback(cb2)
    fut:add_done_callback(function(...) seen = table.pack(...) end)

    assert.same({}, bag)
    fut:set_result("foo")
    assert.same({}, bag)
    support.run_once(loop)
    assert.same({42, 17}, bag)
    assert.equal("foo", fut:result())
    assert.equal(1, seen.n)
    assert.is_true(rawequal(fut, seen[1]))
  end)

  it("test_callbacks_invoked_on_set_exception runs them later", function()
    fut:add_done_callback(cb3)

    assert.same({}, bag)
    local exc = asyncio.Exception("spam")
    fut:set_exception(exc)
    assert.same({}, bag)
    support.run_once(loop)
    assert.same({100}, bag)
    assert.is_true(rawequal(exc, fut:exception()))
  end)

  it("test_remove_done_callback removes all equal entries and counts them", function()
    fut:add_done_callback(cb1)
    fut:add_done_callback(cb2)
    assert.equal(1, fut:remove_done_callback(cb2))
    assert.equal(0, fut:remove_done_callback(cb3))

    fut:add_done_callback(cb2)
    for _ = 1, 5 do
      fut:add_done_callback(cb1)
    end
    assert.equal(6, fut:remove_done_callback(cb1))

    assert.same({}, bag)
    fut:set_result("foo")
    assert.same({}, bag)
    support.run_briefly(loop)
    assert.same({17}, bag)
    assert.equal("foo", fut:result())
  end)

  -- Callbacks are compared as rawequal does it: a metamethod that would change
  -- the list meanwhile has no say.
  local function check_evil(mutate)
    local function callable(name)
      return setmetatable({}, {__call = function() bag[#bag + 1] = name end})
    end
    local first, other = callable("first"), callable("other")
    local asked = 0
    local evil = setmetatable({}, {
      __call = function() bag[#bag + 1] = "evil" end,
      __eq = function(_, entry)
        asked = asked + 1
        return mutate(entry, other)
      end,
    })
    fut:add_done_callback(first)
    for _ = 1, 63 do
      fut:add_done_callback(other)
    end

    assert.equal(0, fut:remove_done_callback(evil))
    assert.equal(0, asked)
    fut:add_done_callback(evil)
    assert.equal(63, fut:remove_done_callback(other))
    assert.equal(0, asked)
    fut:set_result("foo")
    support.run_once(loop)
    assert.same({"first", "evil"}, bag)
  end

  it("test_remove_done_callbacks_list_mutation (adapted) asks no metamethod", function()
    check_evil(function(_, other)
      fut:remove_done_callback(other)
      return false
    end)
  end)

  it("test_remove_done_callbacks_list_clear (adapted) asks no metamethod", function()
    check_evil(function(entry)
      fut:remove_done_callback(entry)
    end)
  end)

  it("test_schedule_callbacks_list_mutation_1 cannot stop what is scheduled", function()
    fut:add_done_callback(function(f)
      bag[#bag + 1] = "removed " .. f:remove_done_callback(cb2)
    end)
    fut:add_done_callback(cb2)
    fut:add_done_callback(cb2)
    fut:set_result(1)
    support.run_once(loop)
    assert.same({"removed 0", 17, 17}, bag)
    support.run_briefly(loop)
    assert.same({"removed 0", 17, 17}, bag)
  end)

  it("test_schedule_callbacks_list_mutation_2 (adapted) asks no metamethod", function()
    local extra = 0
    check_evil(function(_, other)
      extra = extra + 1
      if extra < 100 then fut:add_done_callback(other) end
      return false
    end)
  end)
end)
