-- What CPython's test_futures and test_base_events assert of executors: wrapping
-- the future of a call in a thread, and a loop's default executor.
local asyncio = require "asyncio"
local support = require "spec.support"
local threads = require "spec.support.threads"

local await, raises = asyncio.await, support.raises

-- A new executor of one thread.
local function executor()
  return asyncio.ThreadPoolExecutor {max_workers = 1}
end

-- In a thread: what it was given, and a global of the thread's own state.
local function run(arg)
  in_thread = true -- luacheck: ignore 111
  return arg, rawget(_G, "in_thread")
end

describe("test_futures DuckTests", function()
  it("test_wrap_future (adapted) gives a task, a kind of Future, back", function()
    local loop = support.new_loop()
    local f = loop:create_task(asyncio.sleep(1))
    assert.is_true(rawequal(f, asyncio.wrap_future(f)))
    loop:run_until_complete(f)
    support.close_loops()
  end)
end)

describe("test_futures BaseFutureTests", function()
  local loop

  before_each(function()
    threads.reset()
    loop = support.new_loop()
  end)
  after_each(support.close_loops)

  it("test_wrap_future", function()
    local ex <close> = executor()
    local f2 = asyncio.wrap_future(ex:submit(run, "oi"), {loop = loop})
    assert.is_true(asyncio.isfuture(f2))
    local res, there = loop:run_until_complete(f2)
    assert.equal("oi", res)
    assert.is_true(there)
    assert.is_nil(rawget(_G, "in_thread"))
  end)

  it("test_wrap_future_future", function()
    local f1 = loop:create_future()
    assert.is_true(rawequal(f1, asyncio.wrap_future(f1)))
  end)

  it("test_wrap_future_without_loop", function()
    local ex <close> = executor()
    raises("no current event loop", asyncio.wrap_future, ex:submit(run, "oi"))
  end)

  it("test_wrap_future_use_running_loop", function()
    local ex <close> = executor()
    local f1 = ex:submit(run, "oi")
    local f2 = loop:run_until_complete(function()
      return asyncio.wrap_future(f1)
    end)
    assert.is_true(rawequal(loop, f2:get_loop()))
    assert.equal("oi", (loop:run_until_complete(f2)))
  end)

  it("test_wrap_future_use_global_loop", function()
    local ex <close> = executor()
    asyncio.set_event_loop(loop)
    local f2 = asyncio.wrap_future(ex:submit(run, "oi"))
    assert.is_true(rawequal(loop, f2:get_loop()))
    assert.equal("oi", (loop:run_until_complete(f2)))
  end)

  -- A future of concurrent.futures that nobody runs yet is here one whose call
  -- waits behind another.
  local function queued(ex, gate, fn, ...)
    ex:submit(threads.pass, gate)
    threads.await_arrivals(gate, 1)
    return ex:submit(fn, ...)
  end

  it("test_wrap_future_cancel", function()
    local gate = threads.gate()
    local ex <close> = executor()
    local f1 = queued(ex, gate, run, "oi")
    local f2 = asyncio.wrap_future(f1, {loop = loop})
    f2:cancel()
    support.run_briefly(loop)
    assert.is_true(f1:cancelled())
    assert.is_true(f2:cancelled())
    threads.open(gate)
  end)

  it("test_wrap_future_cancel2", function()
    local gate = threads.gate()
    local ex <close> = executor()
    local f1 = queued(ex, gate, function() return 42 end)
    local f2 = asyncio.wrap_future(f1, {loop = loop})
    threads.open(gate)
    assert.equal(42, f1:result())
    f2:cancel()
    support.run_briefly(loop)
    assert.is_false(f1:cancelled())
    assert.equal(42, f1:result())
    assert.is_true(f2:cancelled())
  end)
end)

describe("test_base_events BaseEventLoopTests", function()
  local loop

  before_each(function()
    threads.reset()
    loop = support.new_loop()
  end)
  after_each(support.close_loops)

  it("test_set_default_executor (adapted) gets the calls without executor", function()
    local ex <close> = asyncio.ThreadPoolExecutor {thread_name_prefix = "mine"}
    loop:set_default_executor(ex)
    local task = loop:create_task(function()
      await(loop:run_in_executor(nil, function() error("which thread?") end))
    end)
    raises("which thread", loop.run_until_complete, loop, task)
    assert.matches("[in thread mine_0]", task:traceback(), 1, true)
  end)

  it("test_set_default_executor_error (adapted) leaves the default alone", function()
    for _, wrong in ipairs {{}, {submit = function() end}, 1, "x", print, false} do
      raises("executor must be ThreadPoolExecutor instance",
             loop.set_default_executor, loop, wrong)
    end
    raises("executor must be ThreadPoolExecutor instance",
           loop.set_default_executor, loop, nil)
    assert.equal(1, loop:run_until_complete(
      loop:run_in_executor(nil, function() return 1 end)))
  end)

  it("test_shutdown_default_executor_timeout (adapted) reports what runs on", function()
    local reports = support.record_reports(loop)
    local gate = threads.gate()
    local ex <close> = executor()
    loop:set_default_executor(ex)
    loop:run_in_executor(nil, threads.pass, gate)
    threads.await_arrivals(gate, 1)
    loop:run_until_complete(loop:shutdown_default_executor(0.01))
    assert.equal(1, #reports)
    assert.equal("The executor did not finish joining its threads within 0.01 "
                 .. "seconds; a thread still runs", reports[1].message)
    threads.open(gate)
  end)
end)
