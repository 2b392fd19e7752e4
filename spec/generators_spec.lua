-- asyncio.generator: functions that await and yield, in `for` and by hand, and
-- how they end: where they are left, collected, or open at the end of a run.
-- luacheck: ignore 512 (loops here are often left in their first round)
local asyncio = require "asyncio"
local busted = require "asyncio.busted"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep
local generator, get_running_loop = asyncio.generator, asyncio.get_running_loop
local raises = support.raises

-- A value whose variable calls fn(err) when it is closed.
local function closer(fn)
  return setmetatable({}, {__close = function(_, err) fn(err) end})
end

describe("asyncio.generator", function()
  local loop, log

  -- The loop is for the tests that run one by themselves.
  before_each(busted.plain(function()
    loop = support.new_loop()
    log = {}
  end))
  after_each(busted.plain(support.close_loops))

  local function run(main, ...) return loop:run_until_complete(main, ...) end

  local function note(...)
    local words = table.pack(...)
    for i = 1, words.n do words[i] = tostring(words[i]) end
    log[#log + 1] = table.concat(words, " ")
  end

  -- Notes its end, which takes a second.
  local function slow_closer(name)
    return closer(function(err)
      note(name .. " closing", err)
      await(sleep(1))
      note(name .. " closed at", get_running_loop():time())
    end)
  end

  -- Yields 1 .. n, a second before each, and cleans up slowly.
  local count = generator(function(yield, n, name)
    local _ <close> = slow_closer(name or "count")
    for i = 1, n do
      await(sleep(1))
      yield(i)
    end
  end)

  -- The same without any await.
  local plain = generator(function(yield, n)
    local _ <close> = closer(function(err) note("plain closing", err) end)
    for i = 1, n do yield(i) end
  end)

  local function is_cancelled(err) return asyncio.isinstance(err, asyncio.CancelledError) end

  describe("makes a function that", function()
    it("runs nothing of the body when it is called", function()
      local g = generator(function() note("ran") end)()
      assert.same({}, log)
      assert.not_nil(g)
    end)

    it("passes its arguments on, nils included", function()
      for _ in generator(function(yield, ...)
        note(select("#", ...), ...)
        yield(1)
      end)(nil, "a", nil) do note("body") end
      assert.same({"3 nil a nil", "body"}, log)
    end)

    it("makes another generator each time", function()
      local first, second = plain(2), plain(2)
      note(await(first:next()), await(first:next()), await(second:next()))
      assert.equal("1 2 1", log[1])
    end)

    it("is made of whatever can be called, and of nothing else", function()
      local callable = setmetatable({}, {__call = function(_, yield, v) yield(v) end})
      for v in generator(callable)(5) do note(v) end
      assert.same({"5"}, log)
      raises("callable object was expected by generator%(%), got nil", generator)
      raises("callable object was expected by generator%(%), got 3", generator, 3)
      raises("^%S*generators_spec.lua:%d+: ", function() generator("text") end)
    end)

    it("is no coroutine function, and makes nothing that can be awaited", busted.plain(function()
      local g = plain(1)
      assert.is_false(asyncio.iscoroutinefunction(plain))
      assert.is_false(asyncio.iscoroutine(g))
      assert.is_false(asyncio.isawaitable(g))
      run(function() raises("awaitable is required", await, g) end)
    end))
  end)

  describe("in a for loop", function()
    it("gives its values, several at a time, and awaits between them", function()
      for i, square in generator(function(yield)
        for i = 1, 3 do
          await(sleep(1))
          yield(i, i * i)
        end
      end)() do note(i, square, get_running_loop():time()) end
      assert.same({"1 1 1.0", "2 4 2.0", "3 9 3.0"}, log)
    end)

    it("lets other tasks run while it awaits", function()
      local other = asyncio.create_task(function()
        await(sleep(1.5))
        note("other")
      end)
      for v in count(2) do note(v) end
      await(other)
      assert.same({"1", "other", "2", "count closing nil", "count closed at 3.0"}, log)
    end)

    it("takes no turn of the loop where it does not await", function()
      get_running_loop():call_soon(note, "callback")
      for v in plain(2) do note(v) end
      note("after")
      await(sleep(0))
      assert.same({"1", "2", "plain closing nil", "after", "callback"}, log)
    end)

    it("may yield nothing at all", function()
      for _ in generator(function() await(sleep(1)) end)() do note("body") end
      note(get_running_loop():time())
      assert.same({"1.0"}, log)
    end)

    it("what the body returns is no value", function()
      for v in generator(function(yield)
        yield(1)
        return 2
      end)() do note(v) end
      local g = generator(function() return 5 end)()
      note(select("#", await(g:next())))
      assert.same({"1", "0"}, log)
    end)

    it("a nil ends the loop, and the generator with it", function()
      for _ in generator(function(yield)
        local _ <close> = slow_closer("it")
        yield(nil, 2)
      end)() do note("body") end
      assert.same({"it closing GeneratorExit", "it closed at 1.0"}, log)
    end)

    it("yield returns nothing", function()
      for _ in generator(function(yield) note(select("#", yield(1, 2, 3))) end)() do
        note("body")
      end
      assert.same({"body", "0"}, log)
    end)

    it("is the object itself, which may be kept", function()
      local g = plain(3)
      for v in g do
        note(v)
        if v == 1 then break end
      end
      note("left")
      for v in g do note(v) end
      -- A plain variable is not closed by `break`: it goes on.
      assert.same({"1", "left", "2", "3", "plain closing nil"}, log)
    end)

    it("a to-be-closed variable of it is closed", function()
      do
        local g <close> = count(3)
        note(await(g:next()))
      end
      note("after")
      assert.same({"1", "count closing GeneratorExit", "count closed at 2.0", "after"}, log)
    end)

    it("an error of the body comes out where the loop is", busted.plain(function()
      local err = {}
      local task = loop:create_task(function()
        for v in generator(function(yield)
          yield(1)
          await(sleep(1))
          error(err)
        end)() do note(v) end
      end)
      assert.is_true(rawequal(err, raises(nil, run, task)))
      assert.same({"1"}, log)
    end))

    it("works where the functions it calls yield, and those they await", function()
      local function twice(yield, v)
        yield(v)
        await(function()
          await(sleep(1))
          yield(v)
        end)
      end
      for v in generator(function(yield) for i = 1, 2 do twice(yield, i) end end)() do
        note(v, get_running_loop():time())
      end
      assert.same({"1 0.0", "1 1.0", "2 1.0", "2 2.0"}, log)
    end)

    it("yield crosses pcall and metamethods", function()
      for v in generator(function(yield)
        local t = setmetatable({}, {__index = function(_, key)
          yield(key)
          return key
        end})
        local ok, err = pcall(function()
          yield(t.field)
          error("caught", 0)
        end)
        yield(ok, err)
        yield(err)
      end)() do note(v) end
      assert.same({"field", "field", "false", "caught"}, log)
    end)

    it("works in a coroutine of asyncio.coroutine", function()
      for v in asyncio.coroutine.wrap(function()
        for v in count(2) do asyncio.coroutine.yield(v * 10) end
      end) do note(v) end
      assert.same({"10", "20", "count closing nil", "count closed at 3.0"}, log)
    end)

    it("in Lua's own coroutine it cannot await", function()
      local ok, err = pcall(coroutine.wrap(function() for _ in count(1) do note("body") end end))
      note(ok, err:match("asyncio%.coroutine%.wrap"))
      note(table.unpack({coroutine.wrap(function()
        for v in plain(1) do coroutine.yield(v) end
      end)()}))
      assert.equal("false asyncio.coroutine.wrap", log[#log - 1])
      assert.equal("1", log[#log])
    end)
  end)

  describe("is finalized, its clean-up awaited, by", function()
    it("break", function()
      for v in count(9) do
        note(v)
        if v == 2 then break end
      end
      note("after")
      assert.same({"1", "2", "count closing GeneratorExit", "count closed at 3.0", "after"}, log)
    end)

    it("return, whose values are kept", function()
      local function first()
        for v in count(9) do return v, nil, "values" end
      end
      note(first())
      assert.same({"count closing GeneratorExit", "count closed at 2.0", "1 nil values"}, log)
    end)

    it("goto", function()
      for v in count(9) do
        if v == 2 then goto out end
        note(v)
      end
      ::out::
      note("after")
      assert.same({"1", "count closing GeneratorExit", "count closed at 3.0", "after"}, log)
    end)

    it("an error in the body of the loop", function()
      local err = {}
      local ok, got = pcall(function() for _ in count(9) do error(err) end end)
      note(ok, rawequal(got, err))
      assert.same({"count closing GeneratorExit", "count closed at 2.0", "false true"}, log)
    end)

    it("a cancellation in the body of the loop", busted.plain(function()
      local task = loop:create_task(function()
        for v in count(9) do
          note(v)
          await(sleep(10))
        end
      end)
      loop:call_later(2, task.cancel, task, "message")
      assert.equal("message", raises(asyncio.CancelledError, run, task).message)
      assert.is_true(task:cancelled())
      assert.same({"1", "count closing GeneratorExit", "count closed at 3.0"}, log)
    end))

    it("a cancellation where it awaits", busted.plain(function()
      local task = loop:create_task(function() for v in count(9) do note(v) end end)
      loop:call_later(1.5, task.cancel, task, "message")
      assert.equal("message", raises(asyncio.CancelledError, run, task).message)
      assert.is_true(task:cancelled())
      assert.same({"1", "count closing CancelledError: message", "count closed at 2.5"}, log)
    end))

    it("a timeout around the loop", function()
      local ok, err = asyncio.pawait(asyncio.wait_for(function()
        for v in count(9) do note(v) end
      end, 2.5))
      note(ok, err)
      assert.same({"1", "2", "count closing CancelledError", "count closed at 3.5",
        "false TimeoutError"}, log)
    end)

    it("its own error", function()
      local ok, err = pcall(function()
        for _ in generator(function(yield)
          local _ <close> = slow_closer("it")
          yield(1)
          error("boo", 0)
        end)() do note("body") end
      end)
      note(ok, err)
      assert.same({"body", "it closing boo", "it closed at 1.0", "false boo"}, log)
    end)

    it("leaving several loops, from the inside out", function()
      for _ in count(9, "outer") do
        for _ in count(9, "inner") do goto out end
      end
      ::out::
      note("after")
      assert.same({"inner closing GeneratorExit", "inner closed at 3.0",
        "outer closing GeneratorExit", "outer closed at 4.0", "after"}, log)
    end)

    it("only once", busted.plain(function()
      run(function()
        local g, a, b, c = count(9)
        for _ in g, a, b, c do break end
        for _ in g, a, b, c do note("not reached") end
        await(g:aclose())
      end)
      support.gc_collect()
      run(sleep(1))
      assert.same({"count closing GeneratorExit", "count closed at 2.0"}, log)
    end))
  end)

  describe("when its clean-up", function()
    it("fails, the error comes out of the loop that was left", function()
      local err = {}
      local ok, got = pcall(function()
        for _ in generator(function(yield)
          local _ <close> = closer(function()
            await(sleep(1))
            error(err)
          end)
          yield(1)
        end)() do break end
      end)
      note(ok, rawequal(got, err))
      assert.same({"false true"}, log)
    end)

    it("fails, the error replaces that of the body, as Lua does", function()
      note(pcall(function()
        for _ in generator(function(yield)
          local _ <close> = closer(function() error("of the clean-up", 0) end)
          yield(1)
        end)() do error("of the body", 0) end
      end))
      assert.same({"false of the clean-up"}, log)
    end)

    it("is cancelled, the cancellation comes out", busted.plain(function()
      local task = loop:create_task(function() for _ in count(9) do break end end)
      loop:call_later(1.5, task.cancel, task)
      raises(asyncio.CancelledError, run, task)
      assert.is_true(task:cancelled())
      assert.same({"count closing GeneratorExit"}, log)
    end))

    it("yields, that is an error", function()
      note(pcall(function()
        for _ in generator(function(yield)
          local _ <close> = closer(function() yield(2) end)
          yield(1)
        end)() do break end
      end))
      assert.same({"false async generator ignored GeneratorExit"}, log)
    end)

    it("iterates over another generator, all is well", function()
      for _ in generator(function(yield)
        local _ <close> = closer(function() for v in count(2) do note("cleaning", v) end end)
        yield(1)
      end)() do break end
      note("after")
      assert.same({"cleaning 1", "cleaning 2", "count closing nil", "count closed at 3.0",
        "after"}, log)
    end)
  end)

  describe("next", function()
    it("returns an awaitable of the next values, of nothing at the end", function()
      local g = generator(function(yield)
        yield(1, nil)
        yield()
        yield(nil)
      end)()
      local function values(...) note(select("#", ...), ...) end
      values(await(g:next()))
      values(await(g:next()))
      values(await(g:next()))
      values(await(g:next()))
      values(await(g:next()))
      assert.same({"2 1 nil", "0", "1 nil", "0", "0"}, log)
    end)

    it("does nothing until it is awaited, once", function()
      local g = plain(3)
      local unused, used = g:next(), g:next()
      assert.is_true(asyncio.iscoroutine(unused))
      note(await(used))
      raises("cannot reuse already awaited coroutine", await, used)
      note(await(g:next()))
      assert.same({"1", "2"}, log)
    end)

    it("may be a task, in gather, under a timeout", function()
      local g, other = count(9), count(9, "other")
      note(await(asyncio.create_task(g:next())))
      note(table.unpack(await(asyncio.gather(g:next(), other:next()))))
      note(await(asyncio.wait_for(g:next(), 5)))
      await(asyncio.gather(g:aclose(), other:aclose()))
      assert.same({"1", "2 1", "3", "count closing GeneratorExit", "other closing GeneratorExit",
        "count closed at 4.0", "other closed at 4.0"}, log)
    end)

    it("is ended by a timeout, and the generator with it", function()
      local g = count(9)
      local ok, err = asyncio.pawait(asyncio.wait_for(g:next(), 0.5))
      note(ok, err)
      note(select("#", await(g:next())))
      assert.same({"count closing CancelledError", "count closed at 1.5", "false TimeoutError",
        "0"}, log)
    end)

    it("a generator that catches the cancellation goes on", function()
      local g = generator(function(yield)
        for i = 1, 2 do
          note(i, is_cancelled(select(2, pcall(await, sleep(5)))))
          yield(i)
        end
      end)()
      local task = asyncio.create_task(g:next())
      await(sleep(1))
      task:cancel()
      note(await(task))
      note(await(g:next()))
      assert.same({"1 true", "1", "2 false", "2"}, log)
    end)

    it("after an error there is nothing more", function()
      local g = generator(function(yield)
        yield(1)
        error("boo", 0)
      end)()
      await(g:next())
      note(pcall(await, g:next()))
      note(select("#", await(g:next())))
      assert.same({"false boo", "0"}, log)
    end)

    it("error(nil) arrives as an exception", function()
      local g = generator(function() error(nil) end)()
      local ok, err = pcall(await, g:next())
      note(ok, asyncio.isinstance(err, asyncio.Exception), err)
      assert.same({"false true Exception: nil"}, log)
    end)
  end)

  describe("aclose", function()
    it("ends it where it has yielded, and awaits its clean-up", function()
      local g = count(9)
      await(g:next())
      note(select("#", await(g:aclose())))
      note(select("#", await(g:next())))
      assert.same({"count closing GeneratorExit", "count closed at 2.0", "0", "0"}, log)
    end)

    it("twice is the same as once", function()
      local g = count(9)
      await(g:next())
      await(g:aclose())
      await(g:aclose())
      assert.same({"count closing GeneratorExit", "count closed at 2.0"}, log)
    end)

    it("before the first value: the body never runs", function()
      local g = generator(function() note("ran") end)()
      await(g:aclose())
      note(select("#", await(g:next())))
      assert.same({"0"}, log)
    end)

    it("after the end does nothing", function()
      local g = plain(1)
      for v in g do note(v) end
      await(g:aclose())
      assert.same({"1", "plain closing nil"}, log)
    end)

    it("a body that returns then is well", function()
      local g = generator(function(yield)
        note(is_cancelled(select(2, pcall(yield, 1))))
        await(sleep(1))
        note("returns")
      end)()
      await(g:next())
      await(g:aclose())
      note(select("#", await(g:next())))
      assert.same({"true", "returns", "0"}, log)
    end)

    it("a body that fails then fails it", function()
      local g = generator(function(yield)
        pcall(yield, 1)
        error("instead", 0)
      end)()
      await(g:next())
      note(pcall(await, g:aclose()))
      note(pcall(await, g:aclose()))
      assert.same({"false instead", "true"}, log)
    end)

    it("asyncio.pcall lets its error pass", function()
      local g = generator(function(yield)
        for i = 1, 9 do note(asyncio.pcall(yield, i)) end
      end)()
      await(g:next())
      await(g:aclose())
      note("closed")
      assert.same({"closed"}, log)
    end)

    it("a body that yields all the same is an error", function()
      local g = generator(function(yield)
        for i = 1, 3 do pcall(yield, i) end
      end)()
      note(await(g:next()))
      note(pcall(await, g:aclose()))
      -- It was not ended, and goes on.
      note(await(g:next()))
      note(select("#", await(g:next())))
      assert.same({"1", "false async generator ignored GeneratorExit", "3", "0"}, log)
    end)

    it("may be cancelled itself", function()
      local g = count(9)
      await(g:next())
      local task = asyncio.create_task(g:aclose())
      await(sleep(0.5))
      task:cancel()
      note(is_cancelled(select(2, pcall(await, task))))
      await(g:aclose())
      assert.same({"count closing GeneratorExit", "true"}, log)
    end)
  end)

  describe("athrow", function()
    it("raises where it has yielded, and awaits the next values", function()
      local err = {}
      local g = generator(function(yield)
        local ok, got = pcall(yield, 1)
        note(ok, rawequal(got, err))
        await(sleep(1))
        yield("after", nil)
      end)()
      note(await(g:next()))
      note(await(g:athrow(err)))
      note(select("#", await(g:next())))
      assert.same({"1", "false true", "after nil", "0"}, log)
    end)

    it("an error that is not caught comes back", function()
      local err = {}
      local g = count(9)
      await(g:next())
      note(rawequal(err, select(2, pcall(await, g:athrow(err)))))
      note(select("#", await(g:next())))
      assert.matches("count closing table", log[1])
      assert.same({"count closed at 2.0", "true", "0"}, {table.unpack(log, 2)})
    end)

    it("a body that catches it and ends gives nothing", function()
      local g = generator(function(yield) pcall(yield, 1) end)()
      await(g:next())
      note(select("#", await(g:athrow("error"))))
      assert.same({"0"}, log)
    end)

    it("before the first value: comes back, and the body never runs", function()
      local g = generator(function() note("ran") end)()
      note(pcall(await, g:athrow("error")))
      note(select("#", await(g:next())))
      assert.same({"false error", "0"}, log)
    end)

    it("after the end gives nothing", function()
      local g = plain(0)
      await(g:next())
      note(select("#", await(g:athrow("error"))))
      assert.same({"plain closing nil", "0"}, log)
    end)

    it("of nil is refused", function()
      raises("bad argument #1 to 'athrow' %(error expected, got nil%)", function()
        plain(1):athrow()
      end)
    end)

    it("of an exception class raises an instance", function()
      local g = generator(function(yield)
        local _, err = pcall(yield, 1)
        note(asyncio.isinstance(err, asyncio.TimeoutError), err)
        yield(2)
      end)()
      await(g:next())
      note(await(g:athrow(asyncio.TimeoutError)))
      await(g:aclose())
      g = plain(1)
      note(asyncio.isinstance(select(2, pcall(await, g:athrow(asyncio.TimeoutError))),
                              asyncio.TimeoutError))
      assert.same({"true TimeoutError", "2", "true"}, log)
    end)
  end)

  describe("while it runs", function()
    it("nobody else can ask it, and nothing is lost", function()
      local g = count(2)
      local first = asyncio.create_task(g:next())
      await(sleep(0.5))
      raises("next%(%): asynchronous generator is already running", await, g:next())
      raises("aclose%(%): asynchronous generator is already running", await, g:aclose())
      raises("athrow%(%): asynchronous generator is already running", await, g:athrow("error"))
      raises("asynchronous generator is already running", function()
        for _ in g do note("not reached") end
      end)
      note(await(first))
      note(await(g:next()))
      note(select("#", await(g:next())))
      assert.same({"1", "2", "count closing nil", "count closed at 3.0", "0"}, log)
    end)

    it("two tasks that ask at once: the second gets the error", function()
      local g = count(9)
      local res = await(asyncio.gather(g:next(), g:next(), {return_exceptions = true}))
      note(res[1], res.exceptions[1])
      assert.matches("already running", res.exceptions[2])
      await(g:aclose())
      assert.equal("1 nil", log[1])
    end)

    it("it cannot ask itself", function()
      local g
      g = generator(function(yield)
        raises("already running", await, g:next())
        raises("already running", await, g:aclose())
        raises("already running", function() for _ in g do note("not reached") end end)
        yield("went on")
      end)()
      note(await(g:next()))
      assert.same({"went on"}, log)
    end)

    it("its clean-up counts as running", function()
      local g = count(9)
      await(g:next())
      local closing = asyncio.create_task(g:aclose())
      await(sleep(0.5))
      raises("next%(%): asynchronous generator is already running", await, g:next())
      raises("aclose%(%): asynchronous generator is already running", await, g:aclose())
      await(closing)
      assert.same({"count closing GeneratorExit", "count closed at 2.0"}, log)
    end)
  end)

  describe("yield", function()
    it("cannot be called outside of the generator", function()
      local kept
      local g = generator(function(yield)
        kept = yield
        raises("yield of an async generator called outside of it",
               coroutine.wrap(function() yield(1) end))
        raises("yield of an async generator called outside of it",
               asyncio.coroutine.wrap(function() yield(1) end))
        raises("yield of an async generator called outside of it", await,
               asyncio.create_task(function() yield(1) end))
        yield("inside")
      end)()
      note(await(g:next()))
      raises("^%S*generators_spec.lua:%d+: yield of an async generator called outside of it",
             function() kept(1) end)
      await(g:next())
      raises("yield of an async generator called outside of it", kept, 1)
      assert.same({"inside"}, log)
    end)

    it("of one generator does not yield from another", function()
      local outer = generator(function(yield)
        for v in generator(function(inner)
          inner(1)
          raises("outside of it", yield, 2)
          inner(3)
        end)() do yield(v) end
      end)
      for v in outer() do note(v) end
      assert.same({"1", "3"}, log)
    end)

    it("does not cross a C function", function()
      for v in generator(function(yield)
        raises("C%-call boundary", table.sort, {1, 2}, function() yield(1) end)
        yield("after")
      end)() do note(v) end
      assert.same({"after"}, log)
    end)
  end)

  describe("in a pipeline", function()
    local naturals = generator(function(yield)
      local _ <close> = slow_closer("naturals")
      local i = 0
      while true do
        await(sleep(1))
        i = i + 1
        yield(i)
      end
    end)
    local even = generator(function(yield, source)
      local _ <close> = slow_closer("even")
      for v in source() do
        if v % 2 == 0 then yield(v) end
      end
    end)
    local take = generator(function(yield, n, source)
      for v in source() do
        yield(v)
        n = n - 1
        if n == 0 then return end
      end
    end)

    it("each stage awaits for itself, and an early end ends all", function()
      for v in take(2, function() return even(naturals) end) do note(v) end
      note("after", get_running_loop():time())
      assert.same({"2", "4", "naturals closing GeneratorExit", "naturals closed at 5.0",
        "even closing GeneratorExit", "even closed at 6.0", "after 6.0"}, log)
    end)

    it("an error in the middle passes outwards, and ends the rest", function()
      local failing = generator(function(yield, source)
        for v in source() do
          if v == 3 then error("three", 0) end
          yield(v)
        end
      end)
      note(pcall(function() for v in failing(naturals) do note(v) end end))
      assert.same({"1", "2", "naturals closing GeneratorExit", "naturals closed at 4.0",
        "false three"}, log)
    end)

    it("a cancellation at the source passes outwards", busted.plain(function()
      local task = loop:create_task(function() for v in even(naturals) do note(v) end end)
      loop:call_later(2.5, task.cancel, task)
      raises(asyncio.CancelledError, run, task)
      assert.same({"2", "naturals closing CancelledError", "naturals closed at 3.5",
        "even closing CancelledError", "even closed at 4.5"}, log)
    end))

    it("two at once do not mix", function()
      await(asyncio.gather(
        function() for v in take(2, naturals) do note("a", v) end end,
        function()
          await(sleep(0.5))
          for v in take(2, naturals) do note("b", v) end
        end))
      assert.same({"a 1", "b 1", "a 2", "naturals closing GeneratorExit", "b 2",
        "naturals closing GeneratorExit", "naturals closed at 3.0", "naturals closed at 3.5"}, log)
    end)

    it("a thousand deep: values, an early end, an error", function()
      local closed = 0
      local tower
      tower = generator(function(yield, n)
        local _ <close> = closer(function() closed = closed + 1 end)
        if n == 0 then
          for i = 1, 3 do
            await(sleep(1))
            yield(i)
          end
          error("from the bottom", 0)
        end
        for v in tower(n - 1) do yield(v) end
      end)
      local sum = 0
      note(pcall(function() for v in tower(1000) do sum = sum + v end end))
      note(sum, closed)
      for v in tower(1000) do if v == 2 then break end end
      note(closed)
      assert.same({"false from the bottom", "6 1001", "2002"}, log)
    end)

    it("a thousand deep: a cancellation", busted.plain(function()
      local closed = 0
      local tower
      tower = generator(function(yield, n)
        local _ <close> = closer(function(err)
          if is_cancelled(err) then closed = closed + 1 end
        end)
        if n == 0 then await(sleep(10)) end
        for v in tower(n - 1) do yield(v) end
      end)
      local task = loop:create_task(function() for _ in tower(1000) do note("body") end end)
      loop:call_later(1, task.cancel, task)
      raises(asyncio.CancelledError, run, task)
      assert.equal(1001, closed)
      assert.equal(1, loop:time())
    end))
  end)

  describe("and coroutines of asyncio.coroutine, one in the other", function()
    local co = asyncio.coroutine

    -- Notes its end with the error, and lets the loop turn.
    local function closing(name)
      return closer(function(err)
        note(name, err)
        await(sleep(1))
      end)
    end

    -- A generator over a wrapped coroutine over a generator; `finish` runs in
    -- the innermost after its first value.
    local function sandwich(finish)
      local inner = generator(function(yield)
        local _ <close> = closing("inner")
        await(sleep(1))
        yield(1)
        finish()
      end)
      return generator(function(yield)
        local _ <close> = closing("outer")
        for v in co.wrap(function()
          local _ <close> = closing("wrapped")
          for v in inner() do co.yield(v) end
        end) do yield(v) end
      end)
    end

    it("values and ends pass all of them", busted.plain(function()
      run(function()
        for v in sandwich(function() end)() do note(v) end
      end)
      assert.same({"1", "inner nil", "wrapped nil", "outer nil"}, log)
      assert.equal(4, loop:time())
    end))

    it("an error passes all of them, closing each", busted.plain(function()
      run(function()
        note(pcall(function()
          for v in sandwich(function() error({}, 0) end)() do note(v) end
        end))
      end)
      for i, line in ipairs(log) do log[i] = line:gsub("table: %S+", "table") end
      assert.same({"1", "inner table", "wrapped table", "outer table", "false table"}, log)
      assert.equal(4, loop:time())
    end))

    it("a cancellation passes all of them, closing each", busted.plain(function()
      local task = loop:create_task(function()
        for v in sandwich(function() await(sleep(10)) end)() do note(v) end
      end)
      loop:call_later(2, task.cancel, task, "stop")
      raises(asyncio.CancelledError, run, task)
      assert.is_true(task:cancelled())
      assert.same({"1", "inner CancelledError: stop", "wrapped CancelledError: stop",
        "outer CancelledError: stop"}, log)
      assert.equal(5, loop:time())
    end))
  end)

  describe("belongs to the task that asks", function()
    it("which is the current one in it", function()
      local g = generator(function(yield)
        while true do
          await(sleep(1))
          yield(asyncio.current_task():get_name())
        end
      end)()
      for _, name in ipairs {"first", "second"} do
        note(await(asyncio.create_task(g:next(), {name = name})))
      end
      await(g:aclose())
      assert.same({"first", "second"}, log)
    end)

    it("whose context variables it sees and sets", function()
      local var = asyncio.ContextVar("var")
      var:set("main")
      local g = generator(function(yield)
        local _ <close> = closer(function() note("closing", var:get()) end)
        yield(var:get())
        await(sleep(1))
        yield(var:get())
        var:set("set inside")
        yield()
      end)()
      note(await(g:next()))
      await(asyncio.create_task(function()
        var:set("task")
        note(await(g:next()))
      end))
      await(g:next())
      note(var:get())
      await(g:aclose())
      assert.same({"main", "task", "set inside", "closing set inside"}, log)
    end)

    it("and may outlive it", function()
      local g
      await(asyncio.create_task(function()
        g = count(9)
        note(await(g:next()))
      end))
      support.gc_collect()
      note(await(g:next()))
      await(asyncio.create_task(g:aclose()))
      note(select("#", await(g:next())))
      assert.same({"1", "2", "count closing GeneratorExit", "count closed at 3.0", "0"}, log)
    end)

    it("and may go on in another loop", busted.plain(function()
      local g = plain(3)
      note(run(g:next()))
      local other = support.new_loop()
      note(other:run_until_complete(g:next()))
      note(run(g:next()))
      assert.same({"1", "2", "3"}, log)
    end))
  end)

  describe("outside a task", function()
    it("works where it does not await", busted.plain(function()
      for v in plain(2) do note(v) end
      assert.same({"1", "2", "plain closing nil"}, log)
    end))

    it("is finalized when it is left", busted.plain(function()
      for _ in plain(2) do break end
      raises("boo", function() for _ in plain(2) do error("boo") end end)
      assert.same({"plain closing GeneratorExit", "plain closing GeneratorExit"}, log)
    end))

    it("cannot await", busted.plain(function()
      raises("await outside a task", function()
        for _ in generator(function() await(sleep(0)) end)() do note("body") end
      end)
      assert.same({}, log)
    end))

    it("goes on in a task", busted.plain(function()
      local g = generator(function(yield)
        yield("outside")
        yield(await(sleep(1, "inside")))
        yield("outside again")
      end)()
      note(g())
      run(function() note(await(g:next())) end)
      note(g())
      assert.same({"outside", "inside", "outside again"}, log)
    end))

    it("works in a callback of the loop", busted.plain(function()
      loop:call_soon(function() for v in plain(2) do note(v) end end)
      support.run_once(loop)
      assert.same({"1", "2", "plain closing nil"}, log)
    end))
  end)

  describe("as garbage", function()
    local reports

    before_each(busted.plain(function()
      reports = support.record_reports(loop)
    end))

    -- Begins what make returns, and drops it.
    local function drop(make)
      local function begin()
        local g = make()
        note(await(g:next()))
      end
      begin()
      support.gc_collect()
    end

    it("is finalized by the loop", busted.plain(function()
      run(function()
        drop(function() return count(9) end)
        await(sleep(2))
      end)
      support.gc_collect()
      assert.same({"1", "count closing GeneratorExit", "count closed at 2.0"}, log)
      assert.same({}, reports)
    end))

    it("is finalized in a task of its own, with a name", busted.plain(function()
      run(function()
        drop(function()
          return generator(function(yield)
            local _ <close> = closer(function() note(asyncio.current_task():get_name()) end)
            yield(1)
          end)()
        end)
        await(sleep(1))
      end)
      assert.matches("^aclose of <async generator function%(%) at %S+>$", log[2])
    end))

    it("is not finalized when it has not begun, or has ended", busted.plain(function()
      run(function()
        count(9)
        for _ in plain(1) do note("body") end
        support.gc_collect()
        await(sleep(1))
        assert.equal(1, #asyncio.all_tasks())
      end)
      assert.same({"body", "plain closing nil"}, log)
    end))

    it("is finalized when its loop runs again", busted.plain(function()
      run(function() drop(function() return count(9) end) end)
      run(sleep(2))
      assert.same({"1", "count closing GeneratorExit", "count closed at 2.0"}, log)
    end))

    it("is let go when its loop is closed", busted.plain(function()
      local weak = setmetatable({}, {__mode = "v"})
      local function begin()
        local g = count(9)
        weak[1] = g
        run(g:next())
      end
      begin()
      loop:close()
      support.gc_collect()
      assert.is_nil(weak[1])
      assert.same({}, log)
    end))

    it("an error of its clean-up is reported", busted.plain(function()
      run(function()
        drop(function()
          return generator(function(yield)
            local _ <close> = closer(function() error("in the clean-up", 0) end)
            yield(1)
          end)()
        end)
        await(sleep(1))
        support.gc_collect()
        await(sleep(1))
      end)
      assert.equal(1, #reports)
      assert.equal("in the clean-up", reports[1].exception)
    end))

    it("a pipeline is finalized once, without reports", busted.plain(function()
      local pipe = generator(function(yield)
        local _ <close> = slow_closer("outer")
        for v in count(9, "inner") do yield(v) end
      end)
      run(function()
        drop(pipe)
        await(sleep(5))
        support.gc_collect()
        await(sleep(1))
      end)
      assert.same({"1", "inner closing GeneratorExit", "inner closed at 2.0",
        "outer closing GeneratorExit", "outer closed at 3.0"}, log)
      assert.same({}, reports)
    end))

    it("is kept by the task that awaits its next value", busted.plain(function()
      run(function()
        local function begin() return asyncio.create_task(count(9):next()) end
        local task = begin()
        await(sleep(0.5))
        support.gc_collect()
        note(await(task))
      end)
      assert.equal("1", log[1])
    end))
  end)

  describe("open at the end of a run", function()
    local reports

    -- What is held is not garbage.
    local held
    before_each(busted.plain(function() reports, held = {}, {} end))

    -- asyncio.run, with its reports noted. The body's loop is `loop`.
    local function run_all(body)
      return asyncio.run(function()
        loop = asyncio.get_running_loop()
        loop:set_exception_handler(function(_, context) reports[#reports + 1] = context end)
        return body()
      end, {clock = "virtual"})
    end

    local function hold(g)
      held[#held + 1] = g
      return await(g:next())
    end

    it("is finalized before run returns", busted.plain(function()
      local res = run_all(function()
        hold(count(9))
        note("main ends")
        return "result"
      end)
      assert.equal("result", res)
      assert.same({"main ends", "count closing GeneratorExit", "count closed at 2.0"}, log)
      assert.same({}, reports)
      assert.equal(0, select("#", asyncio.run(held[1]:next())))
    end))

    it("several are finalized at the same time", busted.plain(function()
      run_all(function()
        for i = 1, 3 do hold(count(9, "gen " .. i)) end
      end)
      table.sort(log)
      assert.same({"gen 1 closed at 4.0", "gen 1 closing GeneratorExit", "gen 2 closed at 4.0",
        "gen 2 closing GeneratorExit", "gen 3 closed at 4.0", "gen 3 closing GeneratorExit"}, log)
    end))

    it("an error of its clean-up is reported, and nothing else is lost", busted.plain(function()
      local err = {}
      local res = run_all(function()
        hold(generator(function(yield)
          local _ <close> = closer(function()
            await(sleep(1))
            error(err)
          end)
          yield(1)
        end)())
        hold(count(9))
        return "result"
      end)
      assert.equal("result", res)
      assert.equal(1, #reports)
      assert.matches("an error occurred during closing of asynchronous generator",
                     reports[1].message)
      assert.is_true(rawequal(err, reports[1].exception))
      assert.is_true(rawequal(held[1], reports[1].asyncgen))
      assert.same({"count closing GeneratorExit", "count closed at 2.0"}, log)
    end))

    it("one that yields once more is reported", busted.plain(function()
      run_all(function()
        hold(generator(function(yield) for i = 1, 3 do pcall(yield, i) end end)())
      end)
      assert.equal(1, #reports)
      assert.matches("async generator ignored GeneratorExit", reports[1].exception)
    end))

    it("a failing main does not hinder it", busted.plain(function()
      raises("boo", run_all, function()
        hold(count(9))
        error("boo")
      end)
      assert.same({"count closing GeneratorExit", "count closed at 2.0"}, log)
    end))

    it("one whose task is cancelled is finalized once", busted.plain(function()
      run_all(function()
        asyncio.create_task(function()
          held[1] = count(9)
          for _ in held[1], nil, nil, held[1] do await(sleep(100)) end
        end)
        await(sleep(2))
      end)
      assert.same({"count closing GeneratorExit", "count closed at 3.0"}, log)
      assert.same({}, reports)
    end))

    it("a pipeline is finalized once, without reports", busted.plain(function()
      local pipe = generator(function(yield)
        local _ <close> = slow_closer("outer")
        for v in count(9, "inner") do yield(v) end
      end)
      run_all(function() hold(pipe()) end)
      assert.same({"inner closing GeneratorExit", "inner closed at 2.0",
        "outer closing GeneratorExit", "outer closed at 3.0"}, log)
      assert.same({}, reports)
    end))

    it("one that was not begun is not touched", busted.plain(function()
      local g = plain(2)
      run_all(function() held[1] = g end)
      assert.same({}, log)
      for v in g do note(v) end
      assert.same({"1", "2", "plain closing nil"}, log)
    end))

    it("one that is begun by a clean-up is finalized", busted.plain(function()
      run_all(function()
        hold(generator(function(yield)
          local _ <close> = closer(function() note(hold(count(9, "late"))) end)
          yield(1)
        end)())
      end)
      assert.same({"1", "late closing GeneratorExit", "late closed at 2.0"}, log)
    end))

    it("one that is begun and collected before is finalized as well", busted.plain(function()
      run_all(function()
        local function begin() note(await(count(9):next())) end
        begin()
        support.gc_collect()
      end)
      assert.same({"1", "count closing GeneratorExit", "count closed at 2.0"}, log)
      assert.same({}, reports)
    end))

    it("a Runner keeps it open between its runs", busted.plain(function()
      do
        local runner <close> = asyncio.Runner {clock = "virtual"}
        local g = count(9)
        loop = runner:get_loop()
        note(runner:run(g:next()))
        note(runner:run(g:next()))
      end
      assert.same({"1", "2", "count closing GeneratorExit", "count closed at 3.0"}, log)
    end))

    it("loop:shutdown_asyncgens() ends it, twice is the same as once", busted.plain(function()
      run(function()
        hold(count(9))
        await(loop:shutdown_asyncgens())
        note("ended")
        await(loop:shutdown_asyncgens())
        note(select("#", await(held[1]:next())))
      end)
      assert.same({"count closing GeneratorExit", "count closed at 2.0", "ended", "0"}, log)
    end))

    it("loop:shutdown_asyncgens() without any takes no turn", busted.plain(function()
      run(function()
        loop:call_soon(note, "callback")
        await(loop:shutdown_asyncgens())
        note("ended")
        await(sleep(0))
      end)
      assert.same({"ended", "callback"}, log)
    end))

    it("a loop that is just closed leaves it as it is", busted.plain(function()
      run(function() hold(count(9)) end)
      loop:close()
      support.gc_collect()
      assert.same({}, log)
      raises("Event loop is closed", loop.run_until_complete, loop, held[1]:next())
    end))
  end)

  describe("for whoever looks", function()
    it("tostring tells its function and whether it has ended", function()
      local g = plain(0)
      assert.matches("^<async generator function%(%) at %S*generators_spec.lua:%d+>$", tostring(g))
      for _ in g do note("body") end
      assert.matches("^<async generator function%(%) at %S*generators_spec.lua:%d+ done>$",
                     tostring(g))
    end)

    it("the traceback of a failure shows its frames and those of who asked", function()
      local function fails() error("boo") end
      local g = generator(function(yield)
        yield(1)
        await(sleep(1))
        fails()
      end)
      local function asks() for _ in g() do note("body") end end
      local task = asyncio.create_task(asks)
      asyncio.pawait(task)
      local text = task:traceback()
      note(text:match("in upvalue 'fails'"), text:match("%[awaited from%]"))
      local line = debug.getinfo(asks, "S").linedefined
      note(text:find("generators_spec.lua:" .. line, 1, true) ~= nil)
      assert.same({"body", "in upvalue 'fails' [awaited from]", "true"}, log)
    end)

    it("the stack of a waiting task shows it", function()
      local function body(yield)
        await(sleep(10))
        yield(1)
      end
      local function asks() for _ in generator(body)() do note("body") end end
      local task = asyncio.create_task(asks)
      await(sleep(1))
      local at, text = {}, task:traceback()
      for i, frame in ipairs(task:get_stack()) do at[frame.func] = i end
      note(at[asks] < at[body])
      local line = debug.getinfo(body, "S").linedefined + 1
      note(text:find("generators_spec.lua:" .. line .. ":", 1, true) ~= nil)
      task:cancel()
      assert.same({"true", "true"}, log)
    end)
  end)
end)
