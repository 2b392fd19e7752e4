-- CPython's own tests of asynchronous generators, in Lua. Its `finally` is a
-- to-be-closed variable here, or a protected call where it yields; the end of a
-- generator is "no values" where CPython raises StopAsyncIteration.
-- luacheck: ignore 512 (loops here are often left in their first round)
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep
local generator = asyncio.generator
local raises = support.raises

local function finally(fn) return setmetatable({}, {__close = function() fn() end}) end

local function to_list(source)
  local list = {}
  for v in source do list[#list + 1] = v end
  return list
end

-- Awaits it, and checks that it gives no values.
local function ends(aw) assert.equal(0, select("#", await(aw))) end

local ZeroDivisionError = asyncio.Exception:subclass("ZeroDivisionError")

local function divide() error(ZeroDivisionError()) end

local function is_division(err) return asyncio.isinstance(err, ZeroDivisionError) end

local loop

local function new_loop() loop = support.new_loop() end

local function run(main) return loop:run_until_complete(main) end

describe("test_asyncgen AsyncGenTest", function()
  before_each(new_loop)
  after_each(support.close_loops)

  local AwaitException = asyncio.Exception:subclass("AwaitException")

  -- Awaits something, which may fail.
  local function awaitable(opts)
    await(sleep(0))
    if opts and opts.throw then error(AwaitException()) end
  end

  -- What there is to see of the function as an ordinary generator, resumed from
  -- outside a task, and as an asynchronous one.
  local function compare_generators(sync, async)
    local expected, got = {}, {}
    local co = coroutine.create(function() sync(coroutine.yield) end)
    while coroutine.status(co) ~= "dead" do
      local ok, v = coroutine.resume(co)
      expected[#expected + 1] = ok and (v or "STOP") or "error"
    end
    if expected[#expected] == "error" then expected[#expected + 1] = "STOP" end
    run(function()
      local g = generator(async)()
      repeat
        local ok, v = pcall(await, g:next())
        got[#got + 1] = ok and (v or "STOP") or "error"
      until got[#got] == "STOP"
    end)
    assert.same(expected, got)
    return got
  end

  it("test_async_gen_iteration_01", function()
    local gen = generator(function(yield)
      awaitable()
      assert.is_nil(yield(123))
      awaitable()
      yield(456)
      awaitable()
      yield(789)
    end)
    assert.same({123, 456, 789}, run(function() return to_list(gen()) end))
  end)

  it("test_async_gen_iteration_02 (adapted)", function()
    run(function()
      local turns = 0
      local function tick()
        turns = turns + 1
        loop:call_soon(tick)
      end
      tick()
      local g = generator(function(yield)
        awaitable()
        yield(123)
        awaitable()
      end)()
      assert.equal(1, turns)
      assert.equal(123, await(g:next()))
      assert.equal(2, turns)
      ends(g:next())
      assert.equal(3, turns)
      loop:stop()
    end)
  end)

  it("test_async_gen_exception_03", function()
    local gen = generator(function(yield)
      awaitable()
      yield(123)
      awaitable {throw = true}
      yield(456)
    end)
    raises(AwaitException, run, function() to_list(gen()) end)
  end)

  it("test_async_gen_exception_04 (adapted)", function()
    run(function()
      local g = generator(function(yield)
        awaitable()
        yield(123)
        divide()
      end)()
      assert.equal(123, await(g:next()))
      assert.is_true(is_division(raises(nil, await, g:next())))
    end)
  end)

  it("test_async_gen_exception_07 (adapted)", function()
    local function body(yield)
      local ok, err = pcall(function()
        yield(1)
        divide()
      end)
      yield(2)
      yield(3)
      if not ok then error(err, 0) end
      yield(100)
    end
    assert.same({1, 2, 3, "error", "STOP"}, compare_generators(body, body))
  end)

  it("test_async_gen_exception_08 (adapted)", function()
    local function body(await_something)
      return function(yield)
        local ok, err = pcall(function()
          yield(1)
          await_something()
        end)
        await_something()
        yield(2)
        divide()
        yield(3)
        if not ok then error(err, 0) end
        yield(100)
      end
    end
    assert.same({1, 2, "error", "STOP"},
                compare_generators(body(function() end), body(awaitable)))
  end)

  it("test_async_gen_exception_09 (adapted)", function()
    local function body(await_something)
      return function(yield)
        local ok, err = pcall(function()
          await_something()
          yield(1)
          divide()
        end)
        yield(2)
        await_something()
        yield(3)
        if not ok then error(err, 0) end
        yield(100)
      end
    end
    assert.same({1, 2, 3, "error", "STOP"},
                compare_generators(body(function() end), body(awaitable)))
  end)

  it("test_async_gen_exception_11 (adapted)", function()
    local inner = generator(function(yield)
      yield(10)
      yield(20)
    end)
    local outer = generator(function(yield)
      yield(1)
      local g = inner()
      await(g:next())
      local thrown = asyncio.CancelledError()
      local ok, err = pcall(await, g:athrow(thrown))
      if not ok and rawequal(err, thrown) then yield(2) end
      yield(3)
    end)
    assert.same({1, 2, 3}, run(function() return to_list(outer()) end))
  end)

  it("test_async_gen_exception_12 (adapted)", function()
    run(function()
      local me
      me = generator(function(yield)
        await(me:next())
        yield(123)
      end)()
      local an = me:next()
      raises("next%(%): asynchronous generator is already running", await, an)
      raises("cannot reuse already awaited coroutine", await, an)
    end)
  end)

  -- Runs it with the generator busy: what `first` makes of it is awaited by
  -- another task, after `before` values. What `second` makes is refused.
  local function check_concurrent(body, before, first, second, text)
    run(function()
      local agen = generator(body)()
      for _ = 1, before do await(agen:next()) end
      local task = asyncio.create_task(first(agen))
      await(sleep(0))
      local refused = second(agen)
      raises(text, await, refused)
      raises("cannot reuse already awaited coroutine", await, refused)
      task:cancel()
      raises(asyncio.CancelledError, await, task)
    end)
  end

  local function next_of(agen) return agen:next() end
  local function throw_into(agen) return agen:athrow("an error") end
  local function waits() await(sleep(1000)) end
  local function waits_once_thrown_into(yield)
    pcall(yield)
    waits()
  end

  it("test_async_gen_asend_throw_concurrent_with_send (adapted)", function()
    check_concurrent(waits, 0, next_of, next_of,
                     "^next%(%): asynchronous generator is already running")
  end)

  it("test_async_gen_athrow_throw_concurrent_with_send (adapted)", function()
    check_concurrent(waits, 0, next_of, throw_into,
                     "^athrow%(%): asynchronous generator is already running")
  end)

  it("test_async_gen_asend_throw_concurrent_with_throw (adapted)", function()
    check_concurrent(waits_once_thrown_into, 1, throw_into, next_of,
                     "^next%(%): asynchronous generator is already running")
  end)

  it("test_async_gen_athrow_throw_concurrent_with_throw (adapted)", function()
    check_concurrent(waits_once_thrown_into, 1, throw_into, throw_into,
                     "^athrow%(%): asynchronous generator is already running")
  end)

  it("test_async_gen_api_01 (adapted)", function()
    local g = generator(function(yield) yield(123) end)()
    assert.matches("^<async generator function%(%) at %S*test_asyncgen_spec.lua:%d+>$",
                   tostring(g))
    assert.is_true(asyncio.isawaitable(g:next()))
    assert.is_true(asyncio.isawaitable(g:aclose()))
    assert.is_true(asyncio.isawaitable(g:athrow("an error")))
  end)
end)

describe("test_asyncgen AsyncGenAsyncioTest", function()
  before_each(new_loop)
  after_each(support.close_loops)

  local DONE
  before_each(function() DONE = 0 end)

  -- What the generators of most tests do on their way out.
  local function finish()
    await(sleep(0.01))
    await(sleep(0.01))
    DONE = DONE + 1
  end

  local function one_two(yield)
    yield(1)
    yield(2)
  end

  it("test_async_generator_anext (adapted)", function()
    local agen = generator(one_two)
    run(function()
      local g = agen()
      assert.equal(1, await(g:next()))
      assert.equal(2, await(g:next()))
      assert.equal("buckle my shoe", await(g:next()) or "buckle my shoe")
      ends(g:next())
      ends(g:next())
    end)
  end)

  it("test_async_gen_aiter (adapted)", function()
    local g = generator(one_two)()
    assert.same({1, 2}, run(function() return to_list(g) end))
  end)

  it("test_async_gen_asyncio_01", function()
    local gen = generator(function(yield)
      yield(1)
      await(sleep(0.01))
      yield(2)
      await(sleep(0.01))
      do return end
      yield(3) -- luacheck: ignore 511
    end)
    assert.same({1, 2}, run(function() return to_list(gen()) end))
  end)

  it("test_async_gen_asyncio_02", function()
    local gen = generator(function(yield)
      yield(1)
      await(sleep(0.01))
      yield(2)
      divide()
      yield(3)
    end)
    assert.is_true(is_division(raises(nil, run, function() to_list(gen()) end)))
  end)

  it("test_async_gen_asyncio_03 (adapted)", function()
    local object = {first = 1, second = 2}
    object.iterate = generator(function(yield, self)
      yield(self.first)
      await(sleep(0.01))
      yield(self.second)
    end)
    assert.same({1, 2}, run(function() return to_list(object:iterate()) end))
  end)

  it("test_async_gen_asyncio_anext_04 (adapted)", function()
    local foo = generator(function(yield)
      yield(1)
      await(sleep(0.01))
      local ok = pcall(function()
        yield(2)
        yield(3)
      end)
      if not ok then yield(1000) end
      await(sleep(0.01))
      yield(4)
    end)
    run(function()
      local it = foo()
      for v = 1, 4 do assert.equal(v, await(it:next())) end
      ends(it:next())
      ends(it:next())
    end)
    run(function()
      local it = foo()
      assert.equal(1, await(it:next()))
      assert.equal(2, await(it:next()))
      assert.equal(1000, await(it:athrow("an error")))
      assert.equal(4, await(it:next()))
      ends(it:next())
    end)
  end)

  it("test_async_gen_asyncio_anext_06", function()
    run(function()
      local g = generator(function(yield)
        pcall(yield, 1)
        DONE = 1
      end)()
      await(g:next())
      ends(g:next())
      DONE = DONE + 10
    end)
    assert.equal(11, DONE)
  end)

  it("test_async_gen_asyncio_anext_tuple (adapted)", function()
    run(function()
      local it = generator(function(yield) if not pcall(yield, {1}) then yield({2}) end end)()
      assert.same({1}, await(it:next()))
      assert.same({2}, await(it:athrow("an error")))
      ends(it:next())
    end)
  end)

  it("test_async_gen_asyncio_anext_stopiteration (adapted)", function()
    -- An exception object is a value as any other.
    run(function()
      local first, second = asyncio.CancelledError("1"), asyncio.CancelledError("3")
      local it = generator(function(yield) if not pcall(yield, first) then yield(second) end end)()
      assert.is_true(rawequal(first, await(it:next())))
      assert.is_true(rawequal(second, await(it:athrow("an error"))))
      ends(it:next())
    end)
  end)

  it("test_async_gen_asyncio_aclose_06", function()
    raises("async generator ignored GeneratorExit", run, function()
      local gen = generator(function(yield)
        local _ <close> = finally(function()
          await(sleep(0.01))
          yield(12)
        end)
        yield(1)
        divide()
      end)()
      await(gen:next())
      await(gen:aclose())
    end)
  end)

  it("test_async_gen_asyncio_aclose_07", function()
    run(function()
      local gen = generator(function(yield)
        do
          local _ <close> = finally(finish)
          yield(1)
          divide()
        end
        DONE = DONE + 1000
      end)()
      await(gen:next())
      await(gen:aclose())
    end)
    assert.equal(1, DONE)
  end)

  it("test_async_gen_asyncio_aclose_08", function()
    local fut = asyncio.Future({loop = loop})
    run(function()
      local gen = generator(function(yield)
        do
          local _ <close> = finally(finish)
          yield(1)
          await(fut)
          DONE = DONE + 1000
          yield(2)
        end
        DONE = DONE + 1000
      end)()
      assert.equal(1, await(gen:next()))
      await(gen:aclose())
    end)
    assert.equal(1, DONE)
    assert.is_false(fut:done())
  end)

  it("test_async_gen_asyncio_gc_aclose_09", function()
    run(function()
      local function begin()
        local g = generator(function(yield)
          local _ <close> = finally(function()
            await(sleep(0))
            DONE = 1
          end)
          while true do yield(1) end
        end)()
        await(g:next())
        await(g:next())
      end
      begin()
      support.gc_collect()
      assert.equal(0, DONE)
      await(sleep(0)) -- makes the task
      await(sleep(0)) -- for the sleep of the clean-up
    end)
    assert.equal(1, DONE)
  end)

  it("test_async_gen_asyncio_aclose_10", function()
    run(function()
      local g = generator(function(yield)
        pcall(yield)
        DONE = 1
      end)()
      await(g:next())
      await(g:aclose())
      DONE = DONE + 10
    end)
    assert.equal(11, DONE)
  end)

  it("test_async_gen_asyncio_aclose_11", function()
    run(function()
      local g = generator(function(yield)
        pcall(yield)
        yield()
        DONE = DONE + 1
      end)()
      await(g:next())
      raises("ignored GeneratorExit", await, g:aclose())
      DONE = DONE + 10
    end)
    assert.equal(10, DONE)
  end)

  it("test_async_gen_asyncio_aclose_12", function()
    run(function()
      local gen = generator(function(yield)
        local task = asyncio.create_task(function()
          await(sleep(0.01))
          divide()
        end)
        local _ <close> = finally(function()
          if is_division(raises(nil, await, task)) then DONE = 1 end
        end)
        yield(1)
      end)()
      await(gen:next())
      await(gen:aclose())
    end)
    assert.equal(1, DONE)
  end)

  -- A sleep that is cancelled in the middle.
  local function sleep_n_crash(delay)
    local fut = asyncio.ensure_future(sleep(delay), {loop = loop})
    loop:call_later(delay / 2, fut.cancel, fut)
    return await(fut)
  end

  it("test_async_gen_asyncio_asend_02 (adapted)", function()
    local err = raises(nil, run, function()
      local g = generator(function(yield)
        local _ <close> = finally(finish)
        await(sleep(0.01))
        yield(1)
        await(sleep(0.01))
        divide()
        DONE = DONE + 1000
        yield(2)
      end)()
      assert.equal(1, await(g:next()))
      await(g:next())
    end)
    assert.is_true(is_division(err))
    assert.equal(1, DONE)
  end)

  it("test_async_gen_asyncio_asend_03 (adapted)", function()
    raises(asyncio.CancelledError, run, function()
      local g = generator(function(yield)
        local _ <close> = finally(finish)
        await(sleep(0.01))
        yield(1)
        sleep_n_crash(0.01)
        DONE = DONE + 1000
        yield(2)
      end)()
      assert.equal(1, await(g:next()))
      await(g:next())
    end)
    assert.equal(1, DONE)
  end)

  it("test_async_gen_asyncio_athrow_01 (adapted)", function()
    local FooEr = asyncio.Exception:subclass("FooEr")
    run(function()
      local g = generator(function(yield)
        local _ <close> = finally(finish)
        await(sleep(0.01))
        local v
        local ok, err = pcall(yield, 1)
        if not ok then
          assert.is_true(asyncio.isinstance(err, FooEr))
          await(sleep(0.01))
          v = 1000
        end
        yield(v * 2)
        await(sleep(0.01))
      end)()
      assert.equal(1, await(g:next()))
      assert.equal(2000, await(g:athrow(FooEr())))
      ends(g:next())
    end)
    assert.equal(1, DONE)
  end)

  it("test_async_gen_asyncio_athrow_02 (adapted)", function()
    raises(asyncio.CancelledError, run, function()
      local g = generator(function(yield)
        local _ <close> = finally(finish)
        await(sleep(0.01))
        if not pcall(yield, 1) then sleep_n_crash(0.01) end
        yield(2)
        await(sleep(0.01))
      end)()
      assert.equal(1, await(g:next()))
      local err = raises(asyncio.CancelledError, await, g:athrow("an error"))
      assert.equal(1, DONE)
      error(err)
    end)
    assert.equal(1, DONE)
  end)

  it("test_async_gen_asyncio_athrow_03 (adapted)", function()
    run(function()
      local g = generator(function(yield)
        pcall(yield)
        DONE = 1
      end)()
      await(g:next())
      ends(g:athrow("an error"))
      DONE = DONE + 10
    end)
    assert.equal(11, DONE)
  end)

  it("test_async_gen_asyncio_athrow_tuple (adapted)", function()
    run(function()
      local g = generator(function(yield) if not pcall(yield, 1) then yield({2}) end end)()
      assert.equal(1, await(g:next()))
      assert.same({2}, await(g:athrow("an error")))
      ends(g:next())
    end)
  end)

  it("test_async_gen_asyncio_athrow_stopiteration (adapted)", function()
    run(function()
      local value = asyncio.CancelledError("2")
      local g = generator(function(yield) if not pcall(yield, 1) then yield(value) end end)()
      assert.equal(1, await(g:next()))
      assert.is_true(rawequal(value, await(g:athrow("an error"))))
      ends(g:next())
    end)
  end)

  it("test_async_gen_asyncio_shutdown_01 (adapted)", function()
    -- Its generators wait when their tasks are cancelled: here that is where
    -- they are finalized. One more has yielded, and is left to the loop.
    local finalized = 0
    local waiter = generator(function(yield, timeout)
      local _ <close> = finally(function()
        await(sleep(0))
        finalized = finalized + 1
      end)
      await(sleep(timeout))
      yield(1)
    end)
    local function wait() for _ in waiter(1) do error("not reached") end end
    local t1, t2 = loop:create_task(wait), loop:create_task(wait)
    local left = waiter(0.05)
    assert.equal(1, run(left:next()))
    run(sleep(0.05))
    t1:cancel()
    t2:cancel()
    raises(asyncio.CancelledError, run, t1)
    raises(asyncio.CancelledError, run, t2)
    assert.equal(2, finalized)
    run(loop:shutdown_asyncgens())
    assert.equal(3, finalized)
  end)

  -- asyncio.run of the body, and what was reported meanwhile.
  local function messages_of(body)
    local messages = {}
    asyncio.run(function()
      asyncio.get_running_loop():set_exception_handler(function(_, context)
        messages[#messages + 1] = context
      end)
      body()
    end)
    return messages
  end

  it("test_async_gen_asyncio_shutdown_02", function()
    local it = generator(one_two)()
    assert.same({}, messages_of(function() for _ in it do break end end))
  end)

  it("test_async_gen_asyncio_shutdown_exception_01", function()
    local it = generator(function(yield)
      local _ <close> = finally(divide)
      one_two(yield)
    end)()
    local messages = messages_of(function() for _ in it do break end end)
    assert.equal(1, #messages)
    assert.is_true(rawequal(it, messages[1].asyncgen))
    assert.is_true(is_division(messages[1].exception))
    assert.matches("an error occurred during closing of asynchronous generator",
                   messages[1].message)
  end)

  it("test_async_gen_asyncio_shutdown_exception_02 (adapted)", function()
    -- The generator is garbage when the run ends.
    local messages = messages_of(function()
      local function iterate()
        local it = generator(function(yield)
          local _ <close> = finally(divide)
          one_two(yield)
        end)()
        for _ in it do break end
      end
      iterate()
      support.gc_collect()
    end)
    assert.equal(1, #messages)
    assert.is_true(is_division(messages[1].exception))
  end)

  it("test_async_gen_expression_01 (adapted)", function()
    local arange = generator(function(yield, n)
      for i = 0, n - 1 do
        await(sleep(0.01))
        yield(i)
      end
    end)
    local doubled = generator(function(yield, n) for i in arange(n) do yield(i * 2) end end)
    assert.same({0, 2, 4, 6, 8, 10, 12, 14, 16, 18},
                run(function() return to_list(doubled(10)) end))
  end)

  it("test_async_gen_expression_02 (adapted)", function()
    local function wrap(n) return await(sleep(0.01, n)) end
    local doubled = generator(function(yield, n)
      for i = 0, n - 1 do if wrap(i) ~= 0 then yield(i * 2) end end
    end)
    assert.same({2, 4, 6, 8, 10, 12, 14, 16, 18}, run(function() return to_list(doubled(10)) end))
  end)

  it("test_asyncgen_nonstarted_hooks_are_cancellable", function()
    local messages = messages_of(function() for _ in generator(one_two)() do break end end)
    assert.same({}, messages)
    support.gc_collect()
  end)

  it("test_async_gen_await_same_anext_coro_twice (adapted)", function()
    run(function()
      local it = generator(one_two)()
      local nxt = it:next()
      assert.equal(1, await(nxt))
      raises("cannot reuse already awaited coroutine", await, nxt)
      await(it:aclose())
    end)
  end)

  it("test_async_gen_await_same_aclose_coro_twice (adapted)", function()
    run(function()
      local nxt = generator(one_two)():aclose()
      await(nxt)
      raises("cannot reuse already awaited coroutine", await, nxt)
    end)
  end)

  it("test_async_gen_aclose_twice_with_different_coros", function()
    run(function()
      local it = generator(one_two)()
      await(it:aclose())
      await(it:aclose())
      ends(it:next())
    end)
  end)

  it("test_async_gen_aclose_after_exhaustion", function()
    run(function()
      local it = generator(one_two)()
      assert.same({1, 2}, to_list(it))
      await(it:aclose())
      ends(it:next())
    end)
  end)

  it("test_async_gen_aclose_compatible_with_get_stack", function()
    run(function()
      asyncio.create_task(generator(one_two)():aclose())
      local tasks = asyncio.all_tasks()
      assert.equal(2, #tasks)
      for _, task in ipairs(tasks) do assert.is_table(task:get_stack()) end
    end)
  end)
end)

describe("test_asyncgen TestUnawaitedWarnings", function()
  local reports

  before_each(function()
    new_loop()
    loop:set_debug(true)
    loop.slow_callback_duration = math.huge
    reports = support.record_reports(loop)
  end)
  after_each(support.close_loops)

  -- What is reported, in debug mode, of what `make` returns and nobody awaits.
  local function check_unawaited(make)
    run(function()
      local function drop() make(generator(function(yield) yield(1) end)()) end
      drop()
      support.gc_collect()
      await(sleep(1))
    end)
    assert.equal(1, #reports)
    assert.matches("was never awaited", reports[1].message)
  end

  it("test_asend (adapted)", function()
    check_unawaited(function(g) return g:next() end)
  end)

  it("test_athrow (adapted)", function()
    check_unawaited(function(g) return g:athrow("an error") end)
  end)

  it("test_aclose (adapted)", function()
    check_unawaited(function(g) return g:aclose() end)
  end)

  -- What was awaited while the generator was running was awaited.
  local function check_running(make, text)
    run(function()
      local agen = generator(function() await(sleep(1000)) end)()
      local task = asyncio.create_task(agen:next())
      await(sleep(0))
      raises(text, await, make(agen))
      support.gc_collect()
      await(sleep(1))
      task:cancel()
      raises(asyncio.CancelledError, await, task)
    end)
    assert.same({}, reports)
  end

  it("test_asend_send_already_running (adapted)", function()
    check_running(function(agen) return agen:next() end,
                  "^next%(%): asynchronous generator is already running")
  end)

  it("test_athrow_send_already_running (adapted)", function()
    check_running(function(agen) return agen:athrow("an error") end,
                  "^athrow%(%): asynchronous generator is already running")
  end)
end)

describe("test_base_events BaseEventLoopTests", function()
  before_each(new_loop)
  after_each(support.close_loops)

  it("test_asyncgen_finalization_by_gc", function()
    collectgarbage("stop")
    local _ <close> = finally(function() collectgarbage("restart") end)
    local status = {}
    local function leave_unfinalized_asyncgen()
      local ag = generator(function(yield)
        status.started = true
        local _ <close> = finally(function() status.finalized = true end)
        for _, item in ipairs {"ZERO", "ONE", "TWO", "THREE", "FOUR"} do yield(item) end
      end)()
      local function iter_one()
        if await(ag:next()) == "THREE" then
          status.stopped = true
          return
        end
        asyncio.create_task(iter_one)
      end
      asyncio.create_task(iter_one)
    end
    run(leave_unfinalized_asyncgen)
    while not status.stopped do support.run_briefly(loop) end
    assert.same({started = true, stopped = true}, status)
    support.gc_collect()
    support.run_briefly(loop)
    support.run_briefly(loop)
    assert.is_true(status.finalized)
  end)
end)
