-- CPython's test_runners in Lua: what run and Runner return, refuse, cancel and
-- report, and what Ctrl-C does. Programs that get a signal run in a process of
-- their own, so that only they are interrupted.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep
local VIRTUAL = {clock = "virtual"}

-- The interpreter that runs the specs.
local function interpreter()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return first < 0 and arg[first] or "lua5.4"
end

local function quote(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

-- What every program begins with. `interrupt_self` returns when the signal has
-- been sent; os.execute would not do, since it ignores SIGINT while it waits.
local PRELUDE = [[
  local asyncio = require "asyncio"
  local await, sleep = asyncio.await, asyncio.sleep
  local shell = assert(io.popen("echo $PPID"))
  local pid = shell:read("n")
  shell:close()
  local function interrupt_self()
    assert(io.popen("kill -INT " .. pid)):close()
  end
  local function outcome(ok, ...)
    if ok then return print("returned", ...) end
    local err = ...
    for _, name in ipairs {"KeyboardInterrupt", "CancelledError"} do
      if asyncio.isinstance(err, asyncio[name]) then
        return print("raised", name)
      end
    end
    print("raised", tostring(err))
  end
]]

-- Runs a program; returns the lines it printed, with its errors, and at the end
-- one line that says how it ended.
local function lines_of(program, env)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write(PRELUDE, program)
  file:close()
  local command = ("LUA_PATH_5_4=%s LUA_CPATH_5_4=%s %s %s %s 2>&1"):format(
    quote(package.path), quote(package.cpath), env or "",
    quote(interpreter()), quote(name))
  local pipe = assert(io.popen(command))
  local lines = {}
  for line in pipe:lines() do
    lines[#lines + 1] = line
  end
  local _, how, code = pipe:close()
  os.remove(name)
  lines[#lines + 1] = how .. " " .. code
  return lines
end

describe("test_runners RunTests", function()
  local ran

  -- Notes the loop of a run, which must be closed when the test is over.
  local function note_loop()
    ran = asyncio.get_running_loop()
    return ran
  end

  before_each(function() ran = nil end)
  after_each(function()
    if ran then assert.is_true(ran:is_closed()) end
    support.close_loops()
  end)

  it("test_asyncio_run_return gives back what main returns", function()
    local main = asyncio.async(function(...)
      note_loop()
      await(sleep(0))
      return ...
    end)
    assert.equal(42, asyncio.run(main(42)))
    assert.same({42, nil, "x", nil, n = 4},
      table.pack(asyncio.run(main(42, nil, "x", nil))))
    assert.equal(0, select("#", asyncio.run(main())))
  end)

  it("test_asyncio_run_raises what main raises", function()
    local exc = asyncio.Exception("spam")
    local function main()
      note_loop()
      await(sleep(0))
      error(exc)
    end
    assert.is_true(rawequal(exc, support.raises(asyncio.Exception, asyncio.run, main)))

    support.raises("spam", asyncio.run, function()
      note_loop()
      await(sleep(0))
      error("spam")
    end)
  end)

  it("test_asyncio_run_only_coro refuses what cannot be awaited", function()
    for _, value in ipairs {1, "main", {}, true, io.stdout} do
      support.raises("a coroutine was expected", asyncio.run, value)
    end
    support.raises("a coroutine was expected", asyncio.run, nil)
    support.raises("a coroutine was expected", asyncio.run)
  end)

  it("test_asyncio_run_debug sets the mode of the loop", function()
    local function main()
      return note_loop():get_debug()
    end
    assert.is_false(asyncio.run(main, {debug = false}))
    assert.is_true(asyncio.run(main, {debug = true}))

    local program = [[
      local function main() return asyncio.get_running_loop():get_debug() end
      print(asyncio.run(main), asyncio.run(main, {debug = false}),
        asyncio.run(main, {debug = true}))
    ]]
    assert.same({"true\tfalse\ttrue", "exit 0"}, lines_of(program, "ASYNCIO_DEBUG=1"))
    assert.same({"false\tfalse\ttrue", "exit 0"}, lines_of(program, "ASYNCIO_DEBUG="))
  end)

  it("test_asyncio_run_from_running_loop is an error", function()
    local inner_ran = false
    support.raises("asyncio%.run%(%) cannot be called from a running event loop",
      asyncio.run, function()
        note_loop()
        asyncio.run(function() inner_ran = true end)
      end)
    assert.is_false(inner_ran)
  end)

  it("test_asyncio_run_cancels_hanging_tasks and waits for them", function()
    local events = {}
    local leftover
    local begin, done
    local res = asyncio.run(function()
      local loop = note_loop()
      begin = loop:time()
      leftover = asyncio.create_task(function()
        events[#events + 1] = "leftover begins"
        local _, err = pcall(await, sleep(0.1))
        events[#events + 1] = "leftover " .. tostring(err)
        await(sleep(5))
        events[#events + 1] = "leftover cleaned up"
        done = loop:time()
        error(err, 0)
      end)
      events[#events + 1] = "main returns"
      return 123
    end, VIRTUAL)
    events[#events + 1] = "run returns"
    assert.equal(123, res)
    assert.is_true(leftover:done())
    assert.is_true(leftover:cancelled())
    assert.same({
      "main returns", "leftover begins", "leftover CancelledError",
      "leftover cleaned up", "run returns",
    }, events)
    assert.near(5, done - begin, 1e-6)
  end)

  it("test_asyncio_run_closes_gens_after_hanging_tasks_errors", function()
    local exc = asyncio.Exception("of main")
    local events, reports = {}, {}
    local fidget = asyncio.generator(function(yield)
      local _ <close> = setmetatable({}, {__close = function()
        events[#events + 1] = "generator ends"
      end})
      while true do
        yield(1)
        await(sleep(1))
      end
    end)
    local spinner, lazyboy
    local err = support.raises(asyncio.Exception, asyncio.run, function()
      note_loop():set_exception_handler(function(_, context)
        reports[#reports + 1] = context
      end)
      spinner = fidget()
      lazyboy = asyncio.create_task(function()
        await(spinner:next())
        support.raises(asyncio.CancelledError, await, sleep(1))
        events[#events + 1] = "task fails"
        error("division by zero", 0)
      end)
      await(sleep(0))
      error(exc)
    end, VIRTUAL)
    assert.is_true(rawequal(exc, err))
    assert.is_true(lazyboy:done())
    assert.equal("division by zero", reports[1].exception)
    assert.same({"task fails", "generator ends"}, events)
    assert.matches(" done>$", tostring(spinner))
  end)

  it("test_asyncio_run_reports_hanging_tasks_errors when all are done", function()
    local exc = asyncio.Exception("in the clean-up")
    local events, reports = {}, {}
    local held = {}
    local res = asyncio.run(function()
      note_loop():set_exception_handler(function(_, context)
        events[#events + 1] = "report"
        reports[#reports + 1] = context
      end)
      held.leftover = asyncio.create_task(function()
        support.raises(asyncio.CancelledError, await, sleep(0.1))
        events[#events + 1] = "leftover fails"
        error(exc)
      end)
      asyncio.create_task(function()
        support.raises(asyncio.CancelledError, await, sleep(0.1))
        await(sleep(1))
        events[#events + 1] = "other ends"
      end)
      return 123
    end, VIRTUAL)
    events[#events + 1] = "run returns"
    assert.equal(123, res)
    assert.is_true(held.leftover:done())
    assert.same({"leftover fails", "other ends", "report", "run returns"}, events)
    assert.equal("unhandled exception during asyncio.run() shutdown", reports[1].message)
    assert.is_true(rawequal(held.leftover, reports[1].task))
    assert.is_true(rawequal(exc, reports[1].exception))
    held.leftover, reports[1] = nil, "seen"
    support.gc_collect()
    assert.same({"seen"}, reports)
  end)

  it("test_asyncio_run_loop_factory is called once for the loop that runs", function()
    local made
    local calls = {}
    local function factory(...)
      calls[#calls + 1] = select("#", ...)
      made = asyncio.new_event_loop(VIRTUAL)
      return made
    end
    asyncio.run(function()
      assert.is_true(rawequal(made, note_loop()))
    end, {loop_factory = factory})
    assert.same({0}, calls)
    assert.is_true(made:is_closed())
  end)

  it("test_loop_factory_default_event_loop (adapted) may be the class of loops", function()
    local loop = asyncio.run(note_loop, {loop_factory = asyncio.EventLoop})
    assert.is_true(rawequal(ran, loop))
    assert.is_true(loop:is_closed())
  end)
end)

describe("test_runners RunnerTests", function()
  after_each(support.close_loops)

  it("test_non_debug makes a loop without debug mode", function()
    local runner <close> = asyncio.Runner({debug = false})
    assert.is_false(runner:get_loop():get_debug())
  end)

  it("test_debug makes a loop in debug mode", function()
    local runner <close> = asyncio.Runner({debug = true})
    assert.is_true(runner:get_loop():get_debug())
  end)

  it("test_custom_factory gives the factory's loop", function()
    local loop = support.new_loop()
    do
      local runner <close> = asyncio.Runner({loop_factory = function() return loop end})
      assert.is_true(rawequal(loop, runner:get_loop()))
      assert.is_true(rawequal(loop, runner:get_loop()))
    end
    assert.is_true(loop:is_closed())
  end)

  it("test_run gives the result and leaves the loop closed", function()
    local function f()
      await(sleep(0))
      return "done", asyncio.get_running_loop()
    end

    local runner = asyncio.Runner()
    local loop
    do
      local scope <close> = runner
      local result, ran_in = scope:run(f)
      assert.equal("done", result)
      loop = scope:get_loop()
      assert.is_true(rawequal(loop, ran_in))
      assert.is_false(loop:is_closed())
    end
    support.raises("Runner is closed", runner.get_loop, runner)
    support.raises("Runner is closed", runner.run, runner, f)
    assert.is_true(loop:is_closed())
  end)

  it("test_run_non_coro is an error", function()
    local runner <close> = asyncio.Runner()
    support.raises("a coroutine was expected", runner.run, runner, 123)
    assert.equal("after", runner:run(function() return "after" end))
  end)

  it("test_run_future is an error", function()
    local runner <close> = asyncio.Runner()
    local fut = runner:get_loop():create_future()
    support.raises("a coroutine was expected", runner.run, runner, fut)
    assert.is_false(fut:done())
    assert.equal("after", runner:run(function() return "after" end))
  end)

  it("test_explicit_close closes the loop", function()
    local runner = asyncio.Runner()
    local loop = runner:get_loop()
    runner:close()
    support.raises("Runner is closed", runner.get_loop, runner)
    assert.is_true(loop:is_closed())
  end)

  it("test_double_close does nothing the second time", function()
    local runner = asyncio.Runner()
    local loop = runner:get_loop()
    runner:close()
    assert.is_true(loop:is_closed())
    runner:close()
    assert.is_true(loop:is_closed())
  end)

  it("test_second_with_block_raises and runs nothing", function()
    local ret = {}
    local f = asyncio.async(function(value) ret[#ret + 1] = value end)

    local runner = asyncio.Runner()
    do
      local scope <close> = runner
      scope:run(f(1))
    end
    support.raises("Runner is closed", function()
      local scope <close> = runner
      scope:run(f(2))
    end)
    assert.same({1}, ret)
  end)

  it("test_recursive_run is an error inside", function()
    local inner_ran = false
    local runner <close> = asyncio.Runner()
    support.raises("Runner%.run%(%) cannot be called from a running event loop",
      runner.run, runner, function()
        runner:run(function() inner_ran = true end)
      end)
    assert.is_false(inner_ran)
    assert.equal("after", runner:run(function() return "after" end))
  end)

  it("test_interrupt_call_soon (adapted) cancels a main task that never waits", function()
    assert.same({"main CancelledError", "raised\tKeyboardInterrupt", "exit 0"},
      lines_of [[
        local function coro()
          local ok, err
          repeat ok, err = pcall(await, sleep(0)) until not ok
          print("main " .. tostring(err))
          error(asyncio.CancelledError())
        end

        local runner <close> = asyncio.Runner()
        runner:get_loop():call_later(0.02, interrupt_self)
        outcome(pcall(runner.run, runner, coro))
      ]])
  end)

  it("test_interrupt_wait (adapted) cancels the main task and what it awaits", function()
    assert.same({
      "main CancelledError", "raised\tKeyboardInterrupt", "cancelled\ttrue", "exit 0",
    }, lines_of [[
      local runner <close> = asyncio.Runner()
      local fut = runner:get_loop():create_future()
      runner:get_loop():call_later(0.02, interrupt_self)
      outcome(pcall(runner.run, runner, function()
        local _, err = pcall(await, fut)
        print("main " .. tostring(err))
        error(asyncio.CancelledError())
      end))
      print("cancelled", fut:cancelled())
    ]])
  end)

  it("test_interrupt_cancelled_task (adapted) is no KeyboardInterrupt", function()
    assert.same({"interrupted", "raised\tCancelledError", "exit 0"}, lines_of [[
      local runner <close> = asyncio.Runner()
      outcome(pcall(runner.run, runner, function()
        local main = asyncio.current_task()
        asyncio.create_task(function()
          await(sleep(0))
          main:cancel()
          interrupt_self()
          print("interrupted")
        end)
        await(sleep(10))
      end))
    ]])
  end)

  it("test_no_repr_is_call_on_the_task_result by run", function()
    local asked = 0
    local result = setmetatable({}, {__tostring = function()
      asked = asked + 1
      return "result"
    end})
    do
      local runner <close> = asyncio.Runner()
      assert.is_true(rawequal(result, runner:run(function() return result end)))
    end
    assert.equal(0, asked)
  end)
end)
