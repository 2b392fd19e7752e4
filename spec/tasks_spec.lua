-- What the core adds to asyncio's tasks: functions as coroutines, factories
-- that are wrong, reports of reports.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep
local raises = support.raises

describe("tasks", function()
  local loop

  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  describe("a coroutine function that is given without a call", function()
    local fetch = asyncio.async(function(...) return select("#", ...), "ran" end)

    it("runs without arguments, by run, await and create_task", function()
      assert.same({0, "ran"}, {asyncio.run(fetch, {clock = "virtual"})})
      loop:run_until_complete(function()
        assert.same({0, "ran"}, {await(fetch)})
        assert.same({0, "ran"}, {await(asyncio.create_task(fetch))})
      end)
    end)

    it("gets the arguments of spawn, and so does one of the module", function()
      loop:run_until_complete(function()
        assert.same({3, "ran"}, {await(asyncio.spawn(fetch, 1, nil, 3))})
        assert.equal("slept", await(asyncio.spawn(sleep, 1, "slept")))
        assert.equal(1, loop:time())
      end)
    end)
  end)

  describe("a task factory", function()
    it("that returns no future is an error wherever tasks are made", function()
      loop:set_task_factory(function() return 42 end)
      local function body() end
      for _, make in ipairs {
        function() return asyncio.ensure_future(body, {loop = loop}) end,
        function() return asyncio.gather(body) end,
        function() return asyncio.shield(body) end,
        function() return asyncio.as_completed {body} end,
        function() return loop:run_until_complete(body) end,
      } do
        asyncio.set_event_loop(loop)
        raises("task factory must return a Task or Future, not number", make)
      end
    end)

    it("gets the options of create_task, and an empty table from spawn", function()
      local seen = {}
      loop:set_task_factory(function(on, coro, opts)
        seen[#seen + 1] = opts
        return asyncio.Task(coro, {loop = on, name = opts.name})
      end)
      loop:run_until_complete(function()
        assert.equal("x", asyncio.create_task(sleep(0), {name = "x"}):get_name())
        await(asyncio.spawn(function() end))
      end)
      assert.same({{}, {name = "x"}, {}}, seen)
    end)
  end)

  it("sleep(0) counts each time, though it is one object", function()
    loop:run_until_complete(function()
      local n = 0
      for item in asyncio.as_completed {sleep(0), sleep(0)} do
        await(item)
        n = n + 1
      end
      assert.equal(2, n)
      assert.equal(2, await(asyncio.gather(sleep(0), sleep(0))).n)
    end)
  end)

  it("error(nil) is an Exception for pawait, in the same task too", function()
    loop:run_until_complete(function()
      local ok, err = asyncio.pawait(function() error(nil) end)
      assert.is_false(ok)
      assert.is_true(asyncio.isinstance(err, asyncio.Exception))
      assert.equal("nil", err.message)
    end)
  end)

  it("uncancel takes nothing back from a sleep that was cancelled", function()
    loop:run_until_complete(function()
      local task = asyncio.create_task(sleep(10))
      await(sleep(0))
      task:cancel("why")
      assert.equal(0, task:uncancel())
      local err = raises(asyncio.CancelledError, await, task)
      assert.equal("why", err.message)
    end)
  end)

  it("a task that has ended leaves a dead coroutine", function()
    local co = coroutine.create(function() await(sleep(1)) end)
    loop:run_until_complete(co)
    assert.equal("dead", coroutine.status(co))
  end)

  it("an error of the exception handler is reported with the first", function()
    local written = {}
    local stderr = io.stderr
    io.stderr = {write = function(_, ...) -- luacheck: ignore
      written[#written + 1] = table.concat({...})
    end}
    loop:set_exception_handler(function() error("handler broke") end)
    loop:call_soon(function() error("first") end)
    local ok, err = pcall(support.run_once, loop)
    io.stderr = stderr -- luacheck: ignore
    assert(ok, err)
    local text = table.concat(written)
    assert.matches("handler broke", text, 1, true)
    assert.matches("first", text, 1, true)
  end)

  it("traceback shows every coroutine of a waiting task", function()
    local inner = coroutine.create(function() await(sleep(1)) end)
    local task = loop:create_task(function() await(inner) end)
    support.run_once(loop)
    local _, frames = task:traceback():gsub("tasks_spec.lua:%d+", "")
    assert.equal(2, frames // 2)
    loop:run_until_complete(task)
    assert.is_nil(task:traceback())
  end)

  describe("the traceback of a failure", function()
    local function boom() error("boom", 0) end

    local function count(text, pattern)
      return select(2, text:gsub(pattern, ""))
    end

    it("is not joined with another failure of the same text", function()
      loop:run_until_complete(function()
        local first, second = asyncio.spawn(boom), asyncio.spawn(boom)
        await(asyncio.wait {first, second})
        assert.equal(0, count(second:traceback(), "awaited from"))
        assert.equal(first:traceback(), second:traceback())
        assert.equal("boom", first:exception())
        assert.equal("boom", second:exception())
      end)
    end)

    it("goes on through awaits, gather, shield and wait_for", function()
      local defined = ("tasks_spec.lua:%d:"):format(
        debug.getinfo(boom, "S").linedefined)
      loop:run_until_complete(function()
        for _, wrap in ipairs {
          function(t) return t end,
          function(t) return asyncio.gather(t) end,
          function(t) return asyncio.shield(t) end,
          function(t) return asyncio.wait_for(t, 5) end,
          function(t) return coroutine.create(function() await(t) end) end,
        } do
          local outer = asyncio.spawn(function()
            await(wrap(asyncio.spawn(boom)))
          end)
          await(asyncio.wait {outer})
          assert.equal("boom", outer:exception())
          local text = outer:traceback()
          assert.is_true(count(text, "%[awaited from%]") >= 1, text)
          assert.matches(defined, text, 1, true)
        end
      end)
    end)
  end)
end)
