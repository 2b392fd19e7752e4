-- CPython's tests of debug mode, in Lua: who remembers where it was made, what
-- is slow, what another thread may not do, the variable of the environment.
-- Those of test_events, which the inventory does not list, lack the "test_".
local asyncio = require "asyncio"
local support = require "spec.support"
local threads = require "spec.support.threads"

local async, await = asyncio.async, asyncio.await

local SRC = debug.getinfo(1, "S").short_src

-- The line it is called from.
local function here() return debug.getinfo(2, "l").currentline end

-- Where the loop says that the object was made: the first line of Lua in it.
local function origin(loop, field, object)
  local source
  loop:set_exception_handler(function(_, context)
    source = context.source_traceback
  end)
  loop:call_exception_handler {message = "a report", [field] = object}
  loop:set_exception_handler(nil)
  return source and source:match("\n\t([^%[%s]%S*:%d+): in ")
end

local function place(line) return SRC .. ":" .. line end

local loop

local function new_loop()
  threads.reset()
  loop = support.new_loop()
end

-- Runs a program with the variable set so; nil: not set. Returns its output.
local function output_with(value, chunk)
  local status, output = threads.program(([[
    if not os.getenv("AGAIN") then
      local first = 0
      while arg[first - 1] do first = first - 1 end
      os.execute(("env -u ASYNCIO_DEBUG AGAIN=1 %s '%%s' '%%s'"):format(
        arg[first], arg[0]))
      return
    end
    %s
  ]]):format(value and ("ASYNCIO_DEBUG='%s'"):format(value) or "", chunk))
  assert.equal(0, status, output)
  return output
end

describe("test_futures BaseFutureTests", function()
  before_each(new_loop)
  after_each(support.close_loops)

  it("test_future_source_traceback (adapted) is in the reports", function()
    loop:set_debug(true)
    local future = asyncio.Future {loop = loop}
    assert.equal(place(here() - 1), origin(loop, "future", future))

    loop:set_debug(false)
    assert.is_nil(origin(loop, "future", asyncio.Future {loop = loop}))
  end)
end)

describe("test_tasks BaseTaskTests", function()
  before_each(new_loop)
  after_each(support.close_loops)

  it("test_task_source_traceback (adapted) is in the reports", function()
    loop:set_debug(true)
    local task = asyncio.Task(function() end, {loop = loop})
    assert.equal(place(here() - 1), origin(loop, "task", task))
    loop:run_until_complete(task)
  end)
end)

describe("test_tasks GatherTestsBase", function()
  it("test_env_var_debug (adapted) is read when a loop is made", function()
    local chunk = [[
      asyncio.run(function()
        print(asyncio.get_running_loop():get_debug())
      end)
    ]]
    assert.equal("false\n", output_with(nil, chunk))
    assert.equal("false\n", output_with("", chunk))
    assert.equal("true\n", output_with("1", chunk))
  end)
end)

describe("test_base_events BaseEventLoopTests", function()
  before_each(new_loop)
  after_each(support.close_loops)

  it("test_check_thread (adapted) refuses in every mode", function()
    local function check_in_thread(there, creates_loop)
      local own = creates_loop and asyncio.new_event_loop()
      local refused = {}
      for _, call in ipairs {
        function() there:call_soon(print) end,
        function() there:call_later(60, print) end,
        function() there:call_at(60, print) end,
      } do
        local ok, err = pcall(call)
        refused[#refused + 1] = not ok and err
      end
      if own then own:close() end
      return refused
    end

    for _, debugging in ipairs {true, false} do
      for _, creates_loop in ipairs {false, true} do
        loop:set_debug(debugging)
        local refused = loop:run_until_complete(
          asyncio.to_thread(check_in_thread, loop, creates_loop))
        assert.equal(3, #refused)
        for _, err in ipairs(refused) do
          assert.matches("Loop of another thread", err)
        end
      end
    end
  end)

  it("test_env_var_debug (adapted)", function()
    local chunk = [[
      local loop = asyncio.new_event_loop()
      print(loop:get_debug())
      loop:close()
    ]]
    assert.equal("false\n", output_with(nil, chunk))
    assert.equal("false\n", output_with("", chunk))
    assert.equal("true\n", output_with("1", chunk))
    assert.equal("false\n", output_with("0", chunk))
  end)
end)

describe("test_base_events BaseEventLoopWithSelectorTests", function()
  before_each(new_loop)
  after_each(support.close_loops)

  it("test_log_slow_callbacks reports callbacks and steps of tasks", function()
    local messages
    local function stop_loop_cb(lp) lp:stop() end
    local stop_loop_coro = async(function(lp) lp:stop() end)

    loop:set_debug(true)
    loop.slow_callback_duration = 0.0
    loop:set_exception_handler(function(_, context)
      messages[#messages + 1] = context.message
    end)

    messages = {}
    loop:call_soon(stop_loop_cb, loop)
    loop:run_forever()
    assert.equal(1, #messages)
    assert.matches("^Executing <Handle.*stop_loop_cb.*> took .* seconds: ", messages[1])

    messages = {}
    asyncio.ensure_future(stop_loop_coro(loop), {loop = loop})
    loop:run_forever()
    assert.equal(1, #messages)
    assert.matches("^Executing <Task.*stop_loop_coro.*> took .* seconds: ", messages[1])
  end)
end)

describe("test_events HandleTests", function()
  before_each(new_loop)
  after_each(support.close_loops)

  local function noop() end

  it("callback_with_exception (adapted) has the source in its report", function()
    loop:set_debug(true)
    local reports = support.record_reports(loop)
    local err = asyncio.Exception("of the callback")
    local h = loop:call_soon(function() error(err) end)
    local line = here() - 1
    support.run_once(loop)
    assert.equal(1, #reports)
    assert.matches("^Exception in callback ", reports[1].message)
    assert.equal(err, reports[1].exception)
    assert.equal(h, reports[1].handle)
    assert.matches("^stack traceback:\n\t" .. place(line):gsub("%p", "%%%0") .. ": in ",
      reports[1].source_traceback)
  end)

  it("handle_source_traceback (adapted)", function()
    loop:set_debug(true)
    local function check_source_traceback(h)
      local line = debug.getinfo(2, "l").currentline - 1
      assert.equal(place(line), origin(loop, "handle", h))
    end

    local h = loop:call_soon(noop)
    check_source_traceback(h)
    h = loop:call_soon_threadsafe(noop)
    check_source_traceback(h)
    h = loop:call_later(0, noop)
    check_source_traceback(h)
    h = loop:call_at(0, noop)
    check_source_traceback(h)
  end)
end)

-- What the interpreter of CPython warns of: its tests of that are not among those
-- of asyncio.
describe("coroutine objects in debug mode", function()
  before_each(new_loop)
  after_each(support.close_loops)

  local function messages_of(main)
    local reports = support.record_reports(loop)
    loop:run_until_complete(main)
    support.gc_collect()
    support.run_once(loop)
    return reports
  end

  it("are reported with name and place when nobody awaits them", function()
    loop:set_debug(true)
    loop.slow_callback_duration = 3600
    local line
    local corofn = async(function() end)
    local reports = messages_of(function()
      corofn()
      line = here() - 1
    end)
    assert.equal(1, #reports)
    assert.matches("^<coroutine object corofn at %S+> was never awaited", reports[1].message)
    assert.matches("^stack traceback:\n\t" .. place(line):gsub("%p", "%%%0") .. ": in ",
      reports[1].source_traceback)
  end)

  it("leave no report when they are awaited", function()
    loop:set_debug(true)
    loop.slow_callback_duration = 3600
    local foo = async(function() return "spam" end)
    local reports = messages_of(function()
      assert.equal("spam", await(foo()))
      assert.equal("spam", await(asyncio.create_task(foo())))
    end)
    assert.same({}, reports)
  end)
end)
