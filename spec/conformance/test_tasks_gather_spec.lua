-- gather, of futures and of coroutines.
local asyncio = require "asyncio"
local support = require "spec.support"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep
local run_briefly, raises = support.run_briefly, support.raises
local CancelledError = asyncio.CancelledError

-- Until nothing is ready: more ticks than the longest chain here needs.
local function run_loop(loop)
  for _ = 1, 5 do run_briefly(loop) end
end

local function list_of(res)
  return {table.unpack(res, 1, res.n)}
end

-- A done callback that counts its calls and checks whom it is called for.
local function counter(fut)
  local calls = {}
  fut:add_done_callback(function(...)
    assert.equal(1, select("#", ...))
    calls[#calls + 1] = rawequal(fut, (...)) and "the gather" or "another"
  end)
  return calls
end

local function futures(loop, n)
  local list = {}
  for i = 1, n do list[i] = loop:create_future() end
  return list
end

describe("test_tasks BaseTaskTests", function()
  local loop

  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  it("test_cancel_gather_1", function()
    local fut = loop:create_future()
    local gathering = loop:run_until_complete(function()
      return asyncio.ensure_future(asyncio.gather(function() return await(fut) end))
    end)
    local cancel_result, was_done
    fut:add_done_callback(function()
      was_done = gathering:done()
      cancel_result = gathering:cancel()
    end)
    fut:set_result(42)

    local res = loop:run_until_complete(gathering)
    assert.is_false(was_done)
    assert.is_false(cancel_result)
    assert.is_false(gathering:cancelled())
    assert.same({42}, list_of(res))
    assert.same({42}, list_of(gathering:result()))
  end)

  for _, case in ipairs {
    {name = "nothing", args = {n = 0}},
    {name = "nil", args = {n = 1}},
    {name = "a string", args = {"my message", n = 1}, want = "my message"},
    {name = "a number", args = {5, n = 1}, want = 5},
  } do
    it("test_cancel_gather_2 with " .. case.name, function()
      local rounds = 0
      local start = loop:time()
      local main = async(function()
        local worker = asyncio.create_task(function()
          while rounds < 20 do
            await(asyncio.gather(sleep(0.05), {return_exceptions = true}))
            rounds = rounds + 1
          end
        end)
        await(sleep(0.22))
        worker:cancel(table.unpack(case.args, 1, case.args.n))
        await(worker)
      end)
      local err = raises(CancelledError, loop.run_until_complete, loop, main())
      assert.equal(case.want, err.message)
      assert.equal(4, rounds)
      assert.near(0.22, loop:time() - start, 1e-8)
    end)
  end
end)

local KINDS = {
  {
    name = "futures",
    gather = function(_, children, opts)
      local args = {table.unpack(children)}
      args[#args + 1] = opts
      return asyncio.gather(table.unpack(args))
    end,
  },
  {
    name = "coroutines",
    gather = function(loop, children, opts)
      local args = {}
      for i, fut in ipairs(children) do
        args[i] = async(function() return await(fut) end)()
      end
      args[#args + 1] = opts
      return loop:run_until_complete(function()
        return asyncio.gather(table.unpack(args))
      end)
    end,
  },
}

describe("test_tasks GatherTestsBase", function()
  local loop, reports

  before_each(function()
    loop = support.new_loop()
    reports = support.record_reports(loop)
    asyncio.set_event_loop(loop)
  end)
  after_each(support.close_loops)

  for _, kind in ipairs(KINDS) do
    local function check_success(opts)
      local children = futures(loop, 3)
      local a, b, c = table.unpack(children)
      local fut = kind.gather(loop, children, opts)
      local calls = counter(fut)
      b:set_result(1)
      a:set_result(2)
      run_loop(loop)
      assert.same({}, calls)
      assert.is_false(fut:done())
      c:set_result(3)
      run_loop(loop)
      assert.same({"the gather"}, calls)
      local res = fut:result()
      assert.equal(3, res.n)
      assert.same({2, 1, 3}, list_of(res))
    end

    it("test_success of " .. kind.name, function()
      check_success()
      check_success({return_exceptions = false})
    end)

    it("test_result_exception_success of " .. kind.name, function()
      check_success({return_exceptions = true})
    end)

    it("test_one_exception of " .. kind.name, function()
      local function check()
        local children = futures(loop, 5)
        local a, b, c, d, e = table.unpack(children)
        local fut = kind.gather(loop, children)
        local calls = counter(fut)
        local exc = asyncio.Exception("first")
        a:set_result(1)
        b:set_exception(exc)
        run_loop(loop)
        assert.is_true(fut:done())
        assert.same({"the gather"}, calls)
        assert.is_true(rawequal(exc, fut:exception()))

        c:set_result(3)
        d:cancel()
        e:set_exception(asyncio.Exception("late"))
        run_loop(loop)
        assert.same({"the gather"}, calls)
        assert.is_true(rawequal(exc, fut:exception()))
      end
      check()
      support.gc_collect()
      loop:close()
      assert.same({}, reports)
    end)

    it("test_return_exceptions of " .. kind.name, function()
      local children = futures(loop, 4)
      local a, b, c, d = table.unpack(children)
      local fut = kind.gather(loop, children, {return_exceptions = true})
      local calls = counter(fut)
      local exc, exc2 = asyncio.Exception("one"), asyncio.Exception("two")
      b:set_result(1)
      c:set_exception(exc)
      a:set_result(3)
      run_loop(loop)
      assert.is_false(fut:done())
      d:set_exception(exc2)
      run_loop(loop)
      assert.is_true(fut:done())
      assert.same({"the gather"}, calls)
      local res = fut:result()
      assert.equal(4, res.n)
      assert.same({3, 1}, {res[1], res[2]})
      assert.is_true(rawequal(exc, res[3]))
      assert.is_true(rawequal(exc2, res[4]))
      assert.is_nil(res.exceptions[1])
      assert.is_nil(res.exceptions[2])
      assert.is_true(rawequal(exc, res.exceptions[3]))
      assert.is_true(rawequal(exc2, res.exceptions[4]))
    end)
  end
end)

describe("test_tasks FutureGatherTests", function()
  local loop, other

  before_each(function()
    loop, other = support.new_loop(), support.new_loop()
    asyncio.set_event_loop(nil)
  end)
  after_each(support.close_loops)

  it("test_constructor_empty_sequence_without_loop", function()
    raises("no current event loop", asyncio.gather)
  end)

  local function check_empty(fut)
    assert.is_true(asyncio.isfuture(fut))
    assert.equal(loop, fut:get_loop())
    assert.is_true(fut:done())
    assert.equal(0, fut:result().n)
    assert.equal(0, #fut:result())
  end

  it("test_constructor_empty_sequence_use_running_loop", function()
    check_empty(loop:run_until_complete(function() return asyncio.gather() end))
    check_empty(loop:run_until_complete(function() return asyncio.gather({}) end))
  end)

  it("test_constructor_empty_sequence_use_global_loop", function()
    asyncio.set_event_loop(loop)
    check_empty(asyncio.gather())
  end)

  it("test_constructor_heterogenous_futures", function()
    local fut1, fut2 = loop:create_future(), other:create_future()
    raises("different loop", asyncio.gather, fut1, fut2)
  end)

  it("test_constructor_homogenous_futures", function()
    local children = futures(other, 3)
    for _ = 1, 2 do
      local fut = asyncio.gather(table.unpack(children))
      assert.equal(other, fut:get_loop())
      run_loop(other)
      assert.is_false(fut:done())
    end
  end)

  it("test_one_cancellation", function()
    local children = futures(loop, 5)
    local a, b, c, d, e = table.unpack(children)
    local fut = asyncio.gather(a, b, c, d, e)
    local calls = counter(fut)
    a:set_result(1)
    b:cancel("why")
    run_loop(loop)
    assert.is_true(fut:done())
    assert.same({"the gather"}, calls)
    assert.is_false(fut:cancelled())
    assert.is_true(asyncio.isinstance(fut:exception(), CancelledError))
    assert.equal("why", fut:exception().message)
    c:set_result(3)
    d:cancel()
    e:set_exception(asyncio.Exception("late"))
    run_loop(loop)
    assert.same({"the gather"}, calls)
    assert.is_true(asyncio.isinstance(fut:exception(), CancelledError))
  end)

  it("test_result_exception_one_cancellation", function()
    local children = futures(loop, 6)
    local a, b, c, d, e, f = table.unpack(children)
    local fut = asyncio.gather(a, b, c, d, e, f, {return_exceptions = true})
    local calls = counter(fut)
    local first, second = asyncio.Exception("first"), asyncio.Exception("second")
    a:set_result(1)
    b:set_exception(first)
    c:cancel()
    run_loop(loop)
    assert.is_false(fut:done())
    d:set_result(3)
    e:cancel("why")
    f:set_exception(second)
    local res = loop:run_until_complete(fut)
    assert.equal(6, res.n)
    assert.equal(1, res[1])
    assert.is_true(rawequal(first, res[2]))
    assert.is_true(asyncio.isinstance(res[3], CancelledError))
    assert.is_nil(res[3].message)
    assert.equal(3, res[4])
    assert.is_true(asyncio.isinstance(res[5], CancelledError))
    assert.equal("why", res[5].message)
    assert.is_true(rawequal(second, res[6]))
    for i = 1, 6 do
      local failed = i ~= 1 and i ~= 4
      assert.is_true(rawequal(failed and res[i] or nil, res.exceptions[i]))
    end
    assert.same({"the gather"}, calls)
  end)
end)

describe("test_tasks CoroutineGatherTests", function()
  local loop, other

  before_each(function()
    loop, other = support.new_loop(), support.new_loop()
    asyncio.set_event_loop(nil)
  end)
  after_each(support.close_loops)

  local coro = async(function() return "abc" end)

  it("test_constructor_without_loop", function()
    raises("no current event loop", asyncio.gather, coro(), coro())
  end)

  it("test_constructor_use_running_loop", function()
    local gen1, gen2 = coro(), coro()
    local fut = loop:run_until_complete(function()
      return asyncio.gather(gen1, gen2)
    end)
    assert.equal(loop, fut:get_loop())
    assert.same({"abc", "abc"}, list_of(loop:run_until_complete(fut)))
  end)

  it("test_constructor_use_global_loop", function()
    asyncio.set_event_loop(other)
    local fut = asyncio.gather(coro(), coro())
    assert.equal(other, fut:get_loop())
    assert.same({"abc", "abc"}, list_of(other:run_until_complete(fut)))
  end)

  it("test_duplicate_coroutines", function()
    local runs = {}
    local make = async(function(s)
      runs[#runs + 1] = s
      return s
    end)
    local c = make("abc")
    local fut = loop:run_until_complete(function()
      return asyncio.gather(c, c, make("def"), c)
    end)
    run_loop(loop)
    local res = fut:result()
    assert.equal(4, res.n)
    assert.same({"abc", "abc", "def", "abc"}, list_of(res))
    assert.same({"abc", "def"}, runs)
  end)

  it("test_cancellation_broadcast", function()
    local waiter = loop:create_future()
    local events = {}
    local inner = async(function()
      await(waiter)
      events[#events + 1] = "inner"
    end)
    local child1 = asyncio.ensure_future(inner(), {loop = loop})
    local child2 = asyncio.ensure_future(inner(), {loop = loop})
    local gatherer
    local f = asyncio.ensure_future(async(function()
      gatherer = asyncio.gather(child1, child2)
      await(gatherer)
      events[#events + 1] = "outer"
    end)(), {loop = loop})
    run_briefly(loop)
    assert.is_true(f:cancel())
    raises(CancelledError, loop.run_until_complete, loop, f)
    assert.is_false(gatherer:cancel())
    assert.is_true(waiter:cancelled())
    assert.is_true(child1:cancelled())
    assert.is_true(child2:cancelled())
    run_briefly(loop)
    assert.same({}, events)
  end)

  it("test_exception_marking", function()
    local reports = support.record_reports(loop)
    local inner = async(function(f)
      await(f)
      error("should not be ignored")
    end)
    local a, b = loop:create_future(), loop:create_future()
    local f = asyncio.ensure_future(async(function()
      await(asyncio.gather(inner(a), inner(b)))
    end)(), {loop = loop})
    run_briefly(loop)
    a:set_result(nil)
    run_briefly(loop)
    b:set_result(nil)
    run_briefly(loop)
    assert.matches("should not be ignored", f:exception())
    run_loop(loop)
    support.gc_collect()
    loop:close()
    assert.same({}, reports)
  end)

  it("test_issue46672", function()
    local reports = support.record_reports(loop)
    local c = coro()
    raises("bad argument #2 to 'gather' %(awaitable expected, got number%)",
      loop.run_until_complete, loop, function() return asyncio.gather(c, 5) end)
    run_loop(loop)
    assert.same({}, reports)
  end)
end)
