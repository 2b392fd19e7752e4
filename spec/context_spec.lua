-- Context variables: what a copy costs, who copies and who shares, what a
-- program sees that makes its first variable late, and what crosses to threads.
local asyncio = require "asyncio"
local support = require "spec.support"
local threads = require "spec.support.threads"

local await, sleep = asyncio.await, asyncio.sleep
local ContextVar, Token = asyncio.ContextVar, asyncio.Token
local Context, copy_context = asyncio.Context, asyncio.copy_context
local raises, program = support.raises, threads.program

-- Is the variable set in the context? Its value may be nil.
local function has(ctx, var)
  for key in pairs(ctx) do
    if rawequal(key, var) then return true end
  end
  return false
end

-- Sets so many new variables in the current context.
local function set_many(n)
  for i = 1, n do ContextVar("many" .. i):set(i) end
end

describe("context variables:", function()
  local loop, reports, var

  before_each(function()
    threads.reset()
    loop = support.new_loop()
    reports = support.record_reports(loop)
    var = ContextVar("var", {default = "unset"})
  end)
  after_each(support.close_loops)

  -- The test's body is a task of the loop, which must report nothing. The
  -- context of the specs stays as it is.
  local function task(body)
    return function()
      loop:run_until_complete(body)
      assert.same({}, reports)
      assert.equal("unset", var:get())
    end
  end

  -- Runs the body in a context of its own.
  local function isolated(body)
    return function() Context():run(body) end
  end

  -- In a task: sets the variable, and returns what it is after a while.
  local setter = asyncio.async(function(value)
    var:set(value)
    await(sleep(0.1))
    return var:get()
  end)

  describe("a variable", function()
    it("can be nil, false or NaN, and is set all the same", isolated(function()
      for _, value in ipairs {false, 0, "", 0 / 0} do
        local token = var:set(value)
        local got = var:get("argument")
        assert.is_true(rawequal(value, got) or value ~= value and got ~= got)
        assert.equal(1, #copy_context())
        var:reset(token)
      end
      local token = var:set(nil)
      assert.is_nil(var:get())
      assert.is_nil(var:get("argument"))
      assert.is_nil(copy_context():get(var, "argument"))
      assert.is_nil(copy_context()[var])
      assert.is_true(has(copy_context(), var))
      assert.equal(1, #copy_context())

      local inner = var:set(1)
      assert.is_nil(inner.old_value)
      var:reset(inner)
      assert.is_nil(var:get("argument"))
      var:reset(token)
      assert.equal("argument", var:get("argument"))
      assert.is_false(has(copy_context(), var))
    end))

    it("is set with no argument, and got with an argument of nil", isolated(function()
      assert.is_nil(var:get(nil))
      assert.equal(1, select("#", var:get(nil)))
      var:set()
      assert.is_nil(var:get())
    end))

    it("may have false as its default, and has none when that is nil", function()
      assert.is_false(ContextVar("v", {default = false}):get())
      assert.is_false(ContextVar("v", {default = false}):get() or false)
      local none = ContextVar("v", {default = nil})
      raises("has no value in this context, and no default", none.get, none)
      assert.equal("<ContextVar name='v' default=false>",
                   tostring(ContextVar("v", {default = false})))
    end)

    it("prefers the argument of get to its default", isolated(function()
      assert.equal("argument", var:get("argument"))
      assert.equal("unset", var:get())
      var:set("set")
      assert.equal("set", var:get("argument"))
    end))

    it("refuses wrong use, where it is used", function()
      local function at(want, fn)
        local line = debug.getinfo(fn, "S").linedefined + 1
        local err = raises(want, fn)
        assert.matches(("^.*context_spec%%.lua:%d: "):format(line), err)
      end
      at("context variable name must be a str", function()
        local _ = ContextVar(1)
      end)
      at("unknown option 'defualt' of 'ContextVar'", function()
        local _ = ContextVar("v", {defualt = 1})
      end)
      at("options of 'ContextVar' must be a table, not number", function()
        local _ = ContextVar("v", 1)
      end)
      at("bad argument #1 to 'get' %(ContextVar expected, got string%)", function()
        local _ = var.get("var")
      end)
      at("bad argument #1 to 'set' %(ContextVar expected, got nil%)", function()
        local _ = var.set()
      end)
      at("expected an instance of Token, got 1", function()
        var:reset(1)
      end)
      at("expected an instance of Token, got nil", function()
        var:reset()
      end)
      local none = ContextVar("none")
      at("<ContextVar name='none'> has no value in this context, and no default", function()
        local _ = none:get()
      end)
    end)

    it("is reset to what it was, tokens nested or not", isolated(function()
      local first, second, third = var:set(1), var:set(2), var:set(3)
      assert.same({1, 2}, {second.old_value, third.old_value})
      var:reset(second)
      assert.equal(1, var:get())
      var:reset(third)
      assert.equal(2, var:get())
      var:reset(first)
      assert.equal("unset", var:get())
    end))

    it("keeps a token that was refused", isolated(function()
      local token = var:set(1)
      raises("different Context", Context().run, Context(), var.reset, var, token)
      raises("different ContextVar", ContextVar("v").reset, ContextVar("v"), token)
      assert.equal("<Token var=<ContextVar name='var' default='unset'>>", tostring(token))
      var:reset(token)
      assert.equal("unset", var:get())
    end))

    it("may hold Token.MISSING", isolated(function()
      var:set(Token.MISSING)
      assert.is_true(rawequal(Token.MISSING, var:get()))
      assert.equal("<Token.MISSING>", tostring(Token.MISSING))
    end))

    it("is let go with the contexts it is set in", function()
      local weak = setmetatable({}, {__mode = "k"})
      do
        local ctx, lost, value = Context(), ContextVar("lost"), {}
        ctx:run(lost.set, lost, value)
        weak[ctx], weak[lost], weak[value] = true, true, true
      end
      support.gc_collect()
      assert.is_nil(next(weak))
    end)

    it("lets its value go when it is reset, and its copies are gone", isolated(function()
      local weak = setmetatable({}, {__mode = "k"})
      do
        local value = {}
        weak[value] = true
        local token = var:set(value)
        local copy = copy_context()
        var:reset(token)
        assert.is_true(rawequal(value, copy[var]))
      end
      support.gc_collect()
      assert.is_nil(next(weak))
    end))
  end)

  describe("a context", function()
    it("is left by an error, which passes as it is", isolated(function()
      local ctx, err = Context(), setmetatable({}, {})
      local ok, got = pcall(ctx.run, ctx, function()
        var:set("inside")
        error(err)
      end)
      assert.is_false(ok)
      assert.is_true(rawequal(err, got))
      assert.equal("unset", var:get())
      assert.equal("inside", ctx[var])
      assert.equal("inside", ctx:run(var.get, var))
      assert.is_false((pcall(ctx.run, ctx, error, nil)))
      assert.equal("unset", var:get())
    end))

    it("is nested in others", isolated(function()
      local log = {}
      local function note() log[#log + 1] = var:get() end
      local a, b = Context(), Context()
      a:run(function()
        var:set("a")
        b:run(function()
          note()
          var:set("b")
          note()
          pcall(Context().run, Context(), function()
            note()
            var:set("c")
            error("")
          end)
          note()
        end)
        note()
      end)
      note()
      assert.same({"unset", "b", "unset", "b", "a", "unset"}, log)
    end))

    it("that is entered further out cannot be entered again", isolated(function()
      local a, b = Context(), Context()
      a:run(b.run, b, function()
        raises("cannot enter context: .* is already entered", a.run, a, print)
        raises("cannot enter context: .* is already entered", b.run, b, print)
      end)
      assert.equal(1, a:run(b.run, b, function() return 1 end))
    end))

    it("is nested a hundred deep", isolated(function()
      local function nest(n)
        var:set(n)
        if n == 100 then return n end
        local deepest = Context():run(nest, n + 1)
        assert.equal(n, var:get())
        return deepest
      end
      assert.equal(100, nest(1))
    end))

    it("is the one that runs: a copy is not", isolated(function()
      local ctx = copy_context()
      var:set("later")
      assert.equal(0, #ctx)
      ctx:run(function()
        local same, other = copy_context(), ctx:copy()
        var:set("mine")
        assert.equal("mine", ctx[var])
        assert.is_nil(same[var])
        assert.is_nil(other[var])
      end)
      assert.equal("later", var:get())
    end))

    it("is gone through as it was when pairs was called", isolated(function()
      local ctx = Context()
      ctx:run(function()
        local a, b = ContextVar("a"), ContextVar("b")
        a:set(1)
        b:set(2)
        local sum = 0
        for key, value in pairs(ctx) do
          sum = sum + value
          key:set(10 * value)
          ContextVar("another"):set(100)
        end
        assert.equal(3, sum)
        assert.equal(4, #ctx)
        assert.same({10, 20}, {a:get(), b:get()})
      end)
    end))

    it("has variables before methods", isolated(function()
      local run = ContextVar("run")
      run:set("value")
      assert.equal("value", copy_context()[run])
      assert.is_function(copy_context().run)
      assert.is_nil(copy_context().nothing)
    end))

    it("cannot be written to, and refuses what is none", function()
      local ctx = Context()
      raises("a Context cannot be written to %('x'%): use ContextVar:set", function()
        ctx.x = 1
      end)
      raises("Context expected", ctx.run, io.stdout, print)
      raises("Context expected", ctx.copy)
      raises("got nil", ctx.get, ctx)
    end)

    it("does not await in run, and says so", task(function()
      local ctx = Context()
      raises("await across a C call", ctx.run, ctx, function()
        var:set("inside")
        await(sleep(1))
      end)
      assert.equal("unset", var:get())
      assert.equal("inside", ctx[var])
      assert.equal("done", await(asyncio.create_task(sleep(1, "done"), {context = ctx})))
    end))

    it("runs a loop", isolated(function()
      local ctx = Context()
      ctx:run(function()
        var:set("outer")
        assert.equal("outer", asyncio.run(function()
          local seen = var:get()
          var:set("main")
          return seen
        end))
        assert.equal("outer", var:get())
      end)
      assert.equal("unset", var:get())
    end))

    it("is left when the loop in it fails", isolated(function()
      local ctx = Context()
      raises("failed", ctx.run, ctx, function()
        var:set("outer")
        asyncio.run(function() error("failed") end)
      end)
      assert.equal("unset", var:get())
    end))

    it("keeps the traceback of what failed in it", task(function()
      local function culprit() error(asyncio.Exception("failed")) end
      local failing = asyncio.spawn(function()
        copy_context():run(culprit)
      end)
      raises(asyncio.Exception, await, failing)
      assert.matches("culprit", failing:traceback())
    end))
  end)

  describe("cost:", function()
    -- How many bytes a call of fn takes, of 1000 that are all kept.
    local function bytes_of(fn)
      local kept = {}
      for i = 1, 1000 do kept[i] = false end
      support.gc_collect()
      collectgarbage("stop")
      local before = collectgarbage("count")
      for i = 1, 1000 do kept[i] = fn() end
      local after = collectgarbage("count")
      collectgarbage("restart")
      assert.equal(1000, #kept)
      return (after - before) * 1024 / 1000
    end

    it("a copy of 10,000 variables takes what one of none does", isolated(function()
      local none = bytes_of(copy_context)
      set_many(10000)
      local many = bytes_of(copy_context)
      assert.equal(10000, #copy_context())
      assert.is_near(none, many, 1)
      assert.is_true(many < 100)
      local ctx = copy_context()
      assert.is_near(none, bytes_of(function() return ctx:copy() end), 1)
    end))

    it("a task and a callback take no more with 10,000 variables", task(function()
      local function nothing() end
      local function new_task() return asyncio.create_task(nothing) end
      local function new_callback() return loop:call_soon(nothing) end
      var:set(1)
      bytes_of(new_task) -- the loop's tables grow
      bytes_of(new_callback)
      await(sleep(0))
      local task_bytes = bytes_of(new_task)
      local callback_bytes = bytes_of(new_callback)
      await(sleep(0))
      set_many(10000)
      assert.is_near(task_bytes, bytes_of(new_task), 1)
      assert.is_near(callback_bytes, bytes_of(new_callback), 1)
      await(sleep(1))
    end))

    it("a variable more takes one path, not a copy of 10,000", isolated(function()
      set_many(10000)
      local fresh = {}
      for i = 1, 1000 do fresh[i] = ContextVar("fresh") end
      local ctx, n = copy_context(), 0
      -- Each in a copy of its own: nothing is there yet.
      assert.is_true(bytes_of(function()
        n = n + 1
        local copy = ctx:copy()
        copy:run(fresh[n].set, fresh[n], n)
        return copy
      end) < 4096)
      assert.equal(10000, #ctx)
    end))
  end)

  describe("tasks:", function()
    it("a thousand do not see one another", task(function()
      local wrong, tasks = 0, {}
      var:set("main")
      for i = 1, 1000 do
        tasks[i] = asyncio.create_task(function()
          if var:get() ~= "main" then wrong = wrong + 1 end
          for step = 1, 5 do
            local value = i * 10 + step
            var:set(value)
            await(sleep((i * 7919 + step) % 13 / 10))
            if var:get() ~= value then wrong = wrong + 1 end
          end
          return var:get()
        end)
      end
      local results = await(asyncio.gather(tasks))
      for i = 1, 1000 do
        assert.equal(i * 10 + 5, results[i])
        assert.equal(i * 10 + 5, tasks[i]:get_context()[var])
      end
      assert.equal(0, wrong)
      assert.equal("main", var:get())
    end))

    it("every way to make one copies, when it is called", task(function()
      local function get()
        local seen = var:get()
        var:set("mine")
        return seen
      end
      local made = {}
      var:set("then")
      made[1] = asyncio.create_task(get)
      made[2] = asyncio.spawn(get)
      made[3] = asyncio.ensure_future(get)
      made[4] = asyncio.Task(coroutine.create(get))
      made[5] = loop:create_task(get)
      made[6] = asyncio.shield(asyncio.async(get)())
      made[7] = asyncio.create_task(get, {eager_start = true})
      local gathered = asyncio.gather(get, get)
      var:set("now")
      for i, made_task in ipairs(made) do
        assert.equal("then", await(made_task), "way " .. i)
      end
      assert.same({"then", "then"}, {table.unpack(await(gathered))})
      assert.equal("now", var:get())
    end))

    it("what is awaited without a task shares", task(function()
      assert.equal("a", await(setter("a")))
      assert.equal("a", var:get())
      await(function() var:set("b") end)
      assert.equal("b", var:get())
      await(asyncio.wait_for(setter("c"), 10))
      assert.equal("c", var:get())
      await(setmetatable({}, {__await = function() var:set("d") end}))
      assert.equal("d", var:get())
      await(coroutine.create(function() var:set("e") end))
      assert.equal("e", var:get())
      asyncio.pawait(function()
        var:set("f")
        error("failed")
      end)
      assert.equal("f", var:get())
    end))

    it("wait_for of a task, gather, shield, as_completed and wait copy", task(function()
      var:set("main")
      assert.equal("a", await(asyncio.wait_for(asyncio.create_task(setter("a")), 10)))
      assert.equal("main", var:get())
      assert.same({"b", "c"},
                  {table.unpack(await(asyncio.gather(setter("b"), setter("c"))))})
      assert.equal("main", var:get())
      assert.equal("d", await(asyncio.shield(setter("d"))))
      assert.equal("main", var:get())
      for co in asyncio.as_completed {setter("e")} do assert.equal("e", await(co)) end
      assert.equal("main", var:get())
      await(asyncio.wait {asyncio.create_task(setter("f"))})
      assert.equal("main", var:get())
    end))

    it("clean up in their own context, when cancelled or timed out", task(function()
      local seen = {}
      local function stubborn()
        local _ <close> = setmetatable({}, {__close = function()
          await(sleep(1))
          seen[#seen + 1] = var:get()
          var:set("cleaned up")
        end})
        var:set("mine")
        await(sleep(100))
      end
      local cancelled = asyncio.create_task(stubborn)
      await(sleep(1))
      cancelled:cancel()
      await(asyncio.wait {cancelled})
      assert.is_true(cancelled:cancelled())
      assert.same({"mine"}, seen)
      assert.equal("cleaned up", cancelled:get_context()[var])
      assert.equal("unset", var:get())

      -- Timed out in this very task.
      assert.is_false((asyncio.pawait(asyncio.wait_for(stubborn, 1))))
      assert.same({"mine", "mine"}, seen)
      assert.equal("cleaned up", var:get())
    end))

    it("give their context, before, while and after they run", task(function()
      var:set("main")
      local inside
      local child = asyncio.create_task(function()
        inside = asyncio.current_task():get_context()
        var:set("child")
        await(sleep(1))
        var:set("later")
      end)
      local ctx = child:get_context()
      assert.equal("main", ctx[var])
      await(sleep(0))
      assert.is_true(rawequal(ctx, inside))
      assert.is_true(rawequal(ctx, child:get_context()))
      assert.equal("child", ctx[var])
      await(child)
      assert.equal("later", ctx[var])
      assert.is_true(rawequal(ctx, child:get_context()))
      assert.are_not.equal(ctx, asyncio.current_task():get_context())
    end))

    it("can be given a value from outside", task(function()
      local child = asyncio.create_task(function()
        local before = var:get()
        await(sleep(1))
        return before, var:get()
      end)
      await(sleep(0))
      child:get_context():run(var.set, var, "from outside")
      assert.same({"unset", "from outside"}, {await(child)})
    end))

    it("get a context that is not their own, and share it", task(function()
      local ctx = Context()
      local log = {}
      local function append(name)
        return function()
          log[#log + 1] = name .. " sees " .. var:get()
          var:set(name)
          await(sleep(0))
          log[#log + 1] = name .. " sees " .. var:get()
        end
      end
      local opts = {context = ctx}
      local a = asyncio.create_task(append("a"), opts)
      local b = asyncio.create_task(append("b"), opts)
      assert.is_true(rawequal(ctx, a:get_context()))
      assert.is_true(rawequal(ctx, b:get_context()))
      await(asyncio.wait {a, b})
      assert.same({"a sees unset", "b sees a", "a sees b", "b sees b"}, log)
      assert.equal("b", ctx[var])
      assert.equal("unset", var:get())
    end))

    it("refuse a context that is none", task(function()
      local function nothing() end
      raises("option 'context' of 'create_task' must be a Context, not number",
             asyncio.create_task, nothing, {context = 1})
      raises("option 'context' of 'create_task' must be a Context, not table",
             loop.create_task, loop, nothing, {context = {}})
      raises("option 'context' of 'Task' must be a Context, not boolean",
             asyncio.Task, coroutine.create(nothing), {context = false})
      raises("option 'context' of 'add_done_callback' must be a Context, not string",
             loop:create_future().add_done_callback, loop:create_future(), print,
             {context = "x"})
    end))

    it("reset what they set, also after awaits", task(function()
      local token = var:set("mine")
      await(sleep(1))
      local child = asyncio.create_task(function()
        raises("was created in a different Context", var.reset, var, token)
        return var:get()
      end)
      assert.equal("mine", await(child))
      var:reset(token)
      assert.equal("unset", var:get())
    end))

    it("in a chain 100,000 deep share", task(function()
      local function deep(n)
        if n == 0 then
          var:set("bottom")
          await(sleep(0))
          return
        end
        await(asyncio.async(deep)(n - 1))
      end
      deep(100000)
      assert.equal("bottom", var:get())
    end))

    it("share with their generators", task(function()
      local numbers = asyncio.coroutine.wrap(function()
        for i = 1, 3 do
          local seen = var:get()
          var:set("inner " .. i)
          await(sleep(1))
          asyncio.coroutine.yield(seen)
        end
      end)
      assert.equal("unset", numbers())
      assert.equal("inner 1", var:get())
      var:set("outer")
      assert.equal("outer", numbers())
      assert.equal("inner 2", var:get())
      assert.equal("inner 2", numbers())
    end))
  end)

  describe("eager tasks", function()
    it("run their first step in a copy", task(function()
      var:set("main")
      local seen
      local eager = asyncio.create_task(function()
        seen = var:get()
        var:set("eager")
        await(sleep(1))
        return var:get()
      end, {eager_start = true})
      assert.equal("main", seen)
      assert.equal("main", var:get())
      assert.equal("eager", eager:get_context()[var])
      assert.equal("eager", await(eager))
    end))

    it("leave it when they end or fail at once", task(function()
      var:set("main")
      for _, fails in ipairs {false, true} do
        local eager = asyncio.create_task(function()
          var:set("eager")
          if fails then error("failed") end
        end, {eager_start = true})
        assert.is_true(eager:done())
        assert.equal("main", var:get())
        assert.equal("eager", eager:get_context()[var])
        assert.equal(fails, eager:exception() ~= nil)
      end
    end))

    it("nest", task(function()
      local log = {}
      local function nest(n)
        log[#log + 1] = var:get()
        var:set(n)
        if n < 5 then
          asyncio.create_task(function() nest(n + 1) end, {eager_start = true})
        end
        log[#log + 1] = var:get()
      end
      nest(1)
      assert.same({"unset", 1, 2, 3, 4, 5, 4, 3, 2, 1}, log)
    end))

    it("take a context, by option and through a factory", task(function()
      local ctx = Context()
      local function set()
        var:set("eager")
        await(sleep(0))
      end
      local eager = asyncio.create_task(set, {eager_start = true, context = ctx})
      assert.equal("eager", ctx[var])
      await(eager)

      loop:set_task_factory(asyncio.eager_task_factory)
      local other = Context()
      eager = asyncio.create_task(set, {context = other})
      assert.equal("eager", other[var])
      assert.is_true(rawequal(other, eager:get_context()))
      await(eager)
      loop:set_task_factory(nil)
    end))
  end)

  describe("callbacks", function()
    local function recorder()
      local log = {}
      return log, function(what)
        log[#log + 1] = (type(what) == "string" and what or "done") .. ": " .. var:get()
      end
    end

    it("run in the context of their registration", task(function()
      local log, note = recorder()
      local future = loop:create_future()
      var:set("registered")
      loop:call_soon(note, "soon")
      loop:call_later(1, note, "later")
      loop:call_at(loop:time() + 2, note, "at")
      loop:call_soon_threadsafe(note, "threadsafe")
      future:add_done_callback(note)
      var:set("run")
      await(sleep(3))
      future:set_result(1)
      future:add_done_callback(note)
      var:set("afterwards")
      await(sleep(0))
      assert.same({"soon: registered", "threadsafe: registered", "later: registered",
                   "at: registered", "done: registered", "done: run"}, log)
    end))

    it("do not see one another's changes, nor does the task", task(function()
      local log, note = recorder()
      for i = 1, 3 do
        loop:call_soon(function()
          note(tostring(i))
          var:set(i)
        end)
      end
      await(sleep(0))
      note("task")
      assert.same({"1: unset", "2: unset", "3: unset", "task: unset"}, log)
    end))

    it("pass their context on", task(function()
      local log, note = recorder()
      loop:call_soon(function()
        var:set("first")
        loop:call_soon(note, "second")
        asyncio.create_task(function() note("task") end)
        var:set("changed")
      end)
      await(sleep(1))
      assert.same({"second: first", "task: first"}, log)
    end))

    it("get another context by option", task(function()
      local log, note = recorder()
      local ctx = Context()
      local future = loop:create_future()
      ctx:run(var.set, var, "given")
      future:add_done_callback(note, {context = ctx})
      future:add_done_callback(function() var:set("changed") end, {context = ctx})
      future:add_done_callback(note, {context = ctx})
      future:add_done_callback(note, {context = Context()})
      future:set_result(nil)
      future:add_done_callback(note, {context = ctx})
      await(sleep(0))
      assert.same({"done: given", "done: changed", "done: unset", "done: changed"}, log)
      assert.equal("changed", ctx[var])
    end))

    it("get another context by its run", task(function()
      local log, note = recorder()
      local ctx = Context()
      ctx:run(var.set, var, "given")
      loop:call_soon(ctx.run, ctx, note, "soon")
      await(sleep(0))
      assert.same({"soon: given"}, log)
    end))

    it("are removed whatever their context", task(function()
      local log, note = recorder()
      local future = loop:create_future()
      future:add_done_callback(note)
      var:set("x")
      future:add_done_callback(note, {context = Context()})
      assert.equal(2, future:remove_done_callback(note))
      future:set_result(nil)
      await(sleep(0))
      assert.same({}, log)
    end))

    it("give their context, before and after they run", task(function()
      var:set("registered")
      local timer = loop:call_later(1, function() var:set("run") end)
      var:set("task")
      local ctx = timer:get_context()
      assert.equal("registered", ctx[var])
      assert.is_true(rawequal(ctx, timer:get_context()))
      await(sleep(2))
      assert.equal("run", ctx[var])
      assert.is_true(rawequal(ctx, timer:get_context()))
    end))

    it("give what they have changed, to who asks afterwards", task(function()
      local handle = loop:call_soon(function() var:set("run") end)
      await(sleep(0))
      assert.equal("run", handle:get_context()[var])
    end))

    it("can be given a value from outside", task(function()
      local log, note = recorder()
      local handle = loop:call_soon(note, "soon")
      handle:get_context():run(var.set, var, "from outside")
      await(sleep(0))
      assert.same({"soon: from outside"}, log)
    end))
  end)

  describe("the exception handler", function()
    local seen

    before_each(function()
      seen = {}
      loop:set_exception_handler(function(_, report)
        seen[#seen + 1] = report.message:match("^%S+ %S+ %S+") .. ": " .. var:get()
        var:set("changed by the handler")
      end)
    end)

    it("runs in the context of the task that nobody awaited", function()
      loop:run_until_complete(function()
        asyncio.create_task(function()
          await(sleep(1))
          var:set("in the task")
          error("failed")
        end)
        await(sleep(2))
        support.gc_collect()
        assert.equal("unset", var:get())
      end)
      assert.same({"Task exception was: in the task"}, seen)
    end)

    it("runs in the context of the callback", function()
      local handle
      loop:run_until_complete(function()
        var:set("registered")
        handle = loop:call_later(1, error, "failed")
        var:set("task")
        await(sleep(2))
        assert.equal("task", var:get())
      end)
      assert.same({"Exception in callback: registered"}, seen)
      assert.equal("changed by the handler", handle:get_context()[var])
    end)

    it("runs in the given context of a callback", function()
      local ctx = Context()
      loop:run_until_complete(function()
        local future = loop:create_future()
        ctx:run(var.set, var, "given")
        future:add_done_callback(function() error("failed") end, {context = ctx})
        future:set_result(nil)
        await(sleep(0))
      end)
      assert.same({"Exception in callback: given"}, seen)
      assert.equal("changed by the handler", ctx[var])
    end)

    it("runs in the current context for a report of the program's own", function()
      loop:run_until_complete(function()
        var:set("task")
        loop:call_exception_handler {message = "one two three"}
        assert.equal("changed by the handler", var:get())
        local child = asyncio.create_task(setter("child"))
        await(child)
        loop:call_exception_handler {message = "four five six", task = child}
      end)
      assert.same({"one two three: task", "four five six: child"}, seen)
    end)

    it("that fails leaves its context", function()
      local status, output = program([[
        local var = asyncio.ContextVar("var", {default = "unset"})
        asyncio.run(function()
          local loop = asyncio.get_running_loop()
          loop:set_exception_handler(function()
            var:set("handler")
            error("the handler failed")
          end)
          loop:call_soon(error, "failed")
          await(sleep(0))
          io.stderr:write(var:get(), "\n")
        end)]])
      assert.equal(0, status)
      assert.matches("Unhandled error in exception handler", output, 1, true)
      assert.matches("the handler failed", output, 1, true)
      assert.matches("\nunset\n$", output)
    end)
  end)

  describe("runners", function()
    it("keep what their runs set, and leave the caller's as it is", isolated(function()
      var:set("caller")
      local runner <close> = asyncio.Runner {clock = "virtual"}
      local function swap(value)
        return function()
          local old = var:get()
          var:set(value)
          return old
        end
      end
      assert.equal("caller", runner:run(swap(1)))
      var:set("changed")
      assert.equal(1, runner:run(swap(2)))
      local ctx = Context()
      assert.equal("unset", runner:run(swap(3), {context = ctx}))
      assert.equal(3, ctx[var])
      assert.equal(2, runner:run(swap(4)))
      assert.equal("changed", var:get())
    end))

    it("copy when their loop is made, not when they are", isolated(function()
      local runner <close> = asyncio.Runner()
      var:set("before the loop")
      runner:get_loop()
      var:set("after it")
      assert.equal("before the loop", runner:run(function() return var:get() end))
    end))

    it("refuse a context that is none", function()
      local runner <close> = asyncio.Runner()
      raises("option 'context' of '[%w._:]+' must be a Context, not number",
             runner.run, runner, function() end, {context = 1})
      raises("unknown option 'ctx' of 'Runner.run'",
             runner.run, runner, function() end, {ctx = Context()})
      assert.equal(1, runner:run(function() return 1 end))
    end)

    it("run copies the caller's", isolated(function()
      var:set("caller")
      assert.equal("caller", asyncio.run(function()
        local seen = var:get()
        var:set("main")
        return seen
      end))
      assert.equal("caller", var:get())
    end))

    it("end in the caller's context after a fatal error", isolated(function()
      var:set("caller")
      raises(asyncio.SystemExit, asyncio.run, function()
        var:set("main")
        error(asyncio.SystemExit(3))
      end)
      assert.equal("caller", var:get())
      raises(asyncio.SystemExit, asyncio.run, function()
        asyncio.get_running_loop():call_soon(function()
          var:set("callback")
          error(asyncio.SystemExit(3))
        end)
        await(sleep(1))
      end)
      assert.equal("caller", var:get())
      raises("Deadlock", asyncio.run, function()
        var:set("main")
        await(asyncio.Future())
      end)
      assert.equal("caller", var:get())
    end))
  end)

  -- Programs of their own: in this one there have been variables for long.
  describe("the first variable of a program", function()
    -- Runs it, and compares what it prints with the lines.
    local function prints(lines, chunk)
      local status, output = program(chunk)
      assert.equal(table.concat(lines, "\n") .. "\n", output)
      assert.equal(0, status)
    end

    it("may be made in a task", function()
      prints({"other\tunset", "maker\tset\tset", "main\tunset"}, [[
        local var
        asyncio.run(function()
          local maker = asyncio.create_task(function()
            var = asyncio.ContextVar("var", {default = "unset"})
            var:set("set")
            await(sleep(1))
            print("maker", var:get(), asyncio.current_task():get_context()[var])
          end)
          local other = asyncio.create_task(function()
            await(sleep(0.5))
            print("other", var:get())
            var:set("other")
          end)
          await(other)
          await(maker)
          print("main", var:get())
        end, {clock = "virtual"})]])
    end)

    it("may be made in a task's own child, which copies", function()
      prints({"set", "child\tset", "main\tagain"}, [[
        asyncio.run(function()
          local var = asyncio.ContextVar("var")
          var:set("set")
          local child = asyncio.create_task(function()
            print("child", var:get())
            var:set("child")
          end)
          print(var:get())
          var:set("again")
          await(child)
          print("main", var:get())
        end)]])
    end)

    it("may be made in an eager task", function()
      prints({"main\tunset", "eager\tset", "main\tunset"}, [[
        asyncio.run(function()
          local var
          local eager = asyncio.create_task(function()
            var = asyncio.ContextVar("var", {default = "unset"})
            var:set("set")
            await(sleep(1))
            print("eager", var:get())
          end, {eager_start = true})
          print("main", var:get())
          await(eager)
          print("main", var:get())
        end, {clock = "virtual"})]])
    end)

    it("may be made in a callback", function()
      prints({"soon\tunset", "later\tunset", "main\tunset"}, [[
        asyncio.run(function()
          local var
          local loop = asyncio.get_running_loop()
          loop:call_soon(function()
            var = asyncio.ContextVar("var", {default = "unset"})
            var:set("set")
          end)
          loop:call_soon(function() print("soon", var:get()) end)
          loop:call_later(1, function() print("later", var:get()) end)
          await(sleep(2))
          print("main", var:get())
        end, {clock = "virtual"})]])
    end)

    it("may be made in a run, and is kept for the next", function()
      prints({"set", "nil"}, [[
        local var
        local runner = asyncio.Runner()
        runner:run(function()
          var = asyncio.ContextVar("var")
          var:set("set")
        end)
        print(runner:run(function() return var:get("lost") end))
        print(var:get(nil))
        runner:close()]])
    end)

    it("may be made before anything runs", function()
      prints({"set", "set", "again"}, [[
        local var = asyncio.ContextVar("var")
        local loop = asyncio.new_event_loop()
        loop:run_until_complete(function() end)
        var:set("set")
        print(asyncio.run(function() return var:get() end))
        print(loop:run_until_complete(function()
          await(sleep(0))
          return var:get()
        end))
        var:set("again")
        print(loop:run_until_complete(function() return var:get() end))
        loop:close()]])
    end)

    it("need not be: contexts are empty, and stay the same", function()
      prints({"0", "true", "0", "0"}, [[
        asyncio.run(function()
          local task = asyncio.current_task()
          local handle = asyncio.get_running_loop():call_soon(function() end)
          print(#task:get_context())
          print(task:get_context() == task:get_context())
          print(#handle:get_context())
          print(#asyncio.copy_context())
        end)]])
    end)
  end)

  describe("to a thread", function()
    local function call(...) return await(asyncio.to_thread(...)) end

    -- The default executor has one thread: what is left there would be seen.
    before_each(function()
      loop:set_default_executor(asyncio.ThreadPoolExecutor {max_workers = 1})
    end)

    it("go copies, as they are when to_thread is called", task(function()
      local other = ContextVar("other")
      var:set("then")
      other:set({1, {2}})
      local calls = asyncio.to_thread(function()
        local seen, list = var:get(), other:get()
        var:set("changed in the thread")
        table.insert(list, 3)
        return seen, list
      end)
      var:set("now")
      assert.same({"then", {1, {2}, 3}}, {await(calls)})
      assert.equal("now", var:get())
      assert.same({1, {2}}, other:get())
    end))

    it("go nil and false, and what is unset is unset there", task(function()
      local a, b, c = ContextVar("a"), ContextVar("b"), ContextVar("c")
      a:set(nil)
      b:set(false)
      local got = table.pack(call(function()
        return a:get("lost"), b:get("lost"), c:get("unset"), #asyncio.copy_context(),
               var:get()
      end))
      assert.same({n = 5, nil, false, "unset", 2, "unset"}, got)
    end))

    it("go thousands", task(function()
      local vars = {}
      for i = 1, 2000 do
        vars[i] = ContextVar("v" .. i)
        vars[i]:set(i)
      end
      local last = vars[2000]
      assert.same({2000, 2000}, {call(function()
        return #asyncio.copy_context(), last:get()
      end)})
    end))

    it("goes the variable itself, and comes back as the same", task(function()
      var:set("mine")
      local same, value = call(function(v) return v, v:get() end, var)
      assert.is_true(rawequal(var, same))
      assert.equal("mine", value)
    end))

    it("comes a variable that was made there", task(function()
      local made = call(function()
        local made = asyncio.ContextVar("made", {default = 1})
        made:set("there")
        return made
      end)
      assert.equal("<ContextVar name='made' default=1>", tostring(made))
      assert.equal(1, made:get())
      made:set("here")
      assert.equal("here", call(function() return made:get() end))
      assert.equal("unset", var:get())
    end))

    it("goes a variable of a required module, which is read there by name", task(function()
      local module = require "spec.support.variables"
      module.request:set("r1")
      assert.equal("r1", call(function()
        return require("spec.support.variables").request:get()
      end))
      assert.equal("r1", call(function() return module.request:get() end))
      assert.equal("r1", call(module.get_request))
      module.request:set("r2")
      assert.equal("r2", call(function() return module.get_request() end))
    end))

    it("does not go what cannot: it is missed only by who asks for it", task(function()
      local text = ContextVar("text")
      var:set(io.stdout)
      text:set("fine")
      assert.equal("fine", call(function() return text:get() end))
      local function missed(fn)
        local err = raises("the value of <ContextVar name='var' default='unset'> did not "
                           .. "come along to this thread: cannot pass a FILE%* to a thread",
                           call, fn)
        assert.matches("^[^\n]*context_spec%.lua:%d+: ", err)
      end
      missed(function()
        local got = var:get()
        return got
      end)
      missed(function()
        local got = var:get("argument")
        return got
      end)
      missed(function()
        local got = asyncio.copy_context():get(var)
        return got
      end)
      missed(function()
        local got = asyncio.copy_context()[var]
        return got
      end)
      assert.equal("set there", call(function()
        var:set("set there")
        return var:get()
      end))
      assert.is_true(rawequal(io.stdout, var:get()))
      var:set("clean")
    end))

    it("does not go what is deep in a value, either", task(function()
      var:set({log = {out = io.stdout}})
      assert.equal("went", call(function() return "went" end))
      raises("did not come along", call, function() return var:get() end)
      var:set("clean")
    end))

    it("goes a variable whose default cannot", task(function()
      local out = ContextVar("out", {default = io.stdout})
      out:set("text")
      assert.equal("went", call(function() return "went" end))
    end))

    it("stays no value behind", task(function()
      call(function() var:set("left behind") end)
      assert.equal("unset", call(function() return var:get() end))
      var:set("mine")
      call(function() var:set("left behind") end)
      assert.equal("mine", call(function() return var:get() end))
      asyncio.pawait(asyncio.to_thread(function()
        var:set("left behind")
        error("failed")
      end))
      assert.equal("mine", call(function() return var:get() end))
      assert.equal("unset", await(loop:run_in_executor(nil, function()
        return var:get()
      end)))
    end))

    it("goes nothing by run_in_executor", task(function()
      var:set("mine")
      assert.equal("unset", await(loop:run_in_executor(nil, function()
        return var:get()
      end)))
    end))

    it("keeps what run_in_executor sets there, as a thread's own", task(function()
      local function run(fn) return await(loop:run_in_executor(nil, fn)) end
      run(function() var:set("the thread's") end)
      assert.equal("the thread's", run(function() return var:get() end))
      var:set("mine")
      assert.equal("mine", call(function() return var:get() end))
      assert.equal("the thread's", run(function() return var:get() end))
    end))

    it("goes on into a loop that runs there", task(function()
      var:set("mine")
      assert.same({"mine", "mine", "inner"}, {call(function()
        return asyncio.run(function()
          local child = asyncio.create_task(function()
            local seen = var:get()
            var:set("child")
            return seen
          end)
          local seen = var:get()
          var:set("inner")
          return seen, await(child), var:get()
        end)
      end)})
    end))
  end)

  describe("from a thread", function()
    local function call(...) return await(asyncio.to_thread(...)) end
    local function run(...) return await(loop:run_in_executor(nil, ...)) end

    it("come copies with call_soon_threadsafe", task(function()
      local got = threads.signal("got")
      local here = ContextVar("here")
      here:set("mine")
      call(function(there)
        var:set("the thread's")
        there:call_soon_threadsafe(function()
          local seen = {var:get(), here:get()}
          var:set("the callback's")
          threads.signals.got:set_result(seen)
        end)
        var:set("later")
      end, loop)
      assert.same({"the thread's", "mine"}, await(got))
      assert.equal("unset", var:get())
    end))

    it("come copies with run_coroutine_threadsafe", task(function()
      var:set("mine")
      local seen, after = call(function(there)
        var:set("the thread's")
        local call_there = asyncio.run_coroutine_threadsafe(function()
          local seen = var:get()
          var:set("the coroutine's")
          await(sleep(0))
          return seen
        end, there)
        var:set("later")
        return call_there:result(), var:get()
      end, loop)
      assert.same({"the thread's", "later"}, {seen, after})
      assert.equal("mine", var:get())
    end))

    it("comes none, where the thread has none", function()
      Context():run(function()
        var:set("around the loop")
        loop:run_until_complete(function()
          local got = threads.signal("got")
          run(function(there)
            there:call_soon_threadsafe(function()
              local seen = var:get()
              var:set("the callback's")
              threads.signals.got:set_result(seen)
            end)
          end, loop)
          assert.equal("unset", await(got))
          assert.equal("unset", run(function(there)
            return asyncio.run_coroutine_threadsafe(function()
              return var:get()
            end, there):result()
          end, loop))
          assert.equal("around the loop", var:get())
        end)
        assert.equal("around the loop", var:get())
        assert.same({}, reports)
      end)
    end)

    it("comes the caller's copy in the loop's own thread", task(function()
      var:set("then")
      local done = asyncio.run_coroutine_threadsafe(function()
        local seen = var:get()
        var:set("changed")
        return seen
      end, loop)
      var:set("now")
      assert.equal("then", await(asyncio.wrap_future(done)))
      assert.equal("now", var:get())
    end))

    it("comes an error, which changes nothing here", task(function()
      local seen, reported = {}, loop:create_future()
      loop:set_exception_handler(function(_, report)
        seen[#seen + 1] = report.message
        reported:set_result(nil)
      end)
      var:set("mine")
      call(function(there)
        there:call_soon_threadsafe(function()
          var:set("the callback's")
          error("failed")
        end)
      end, loop)
      await(reported)
      assert.same({"Exception in callback from another thread"}, seen)
      assert.equal("mine", var:get())
    end))

    it("crosses no Context and no Token", task(function()
      raises("cannot pass a Context to a thread %(argument #2%)",
             asyncio.to_thread, print, copy_context())
      raises("cannot pass a Context to a thread", asyncio.to_thread, print, var:set(1))
    end))
  end)
end)
