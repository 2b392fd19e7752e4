-- The part of CPython's test_tasks that is about run_coroutine_threadsafe: a
-- thread of the loop's own executor has a coroutine run in the loop.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep

-- In the loop: a + b, after 0.05 seconds.
local function add(a, b, opts)
  await(sleep(0.05))
  if opts.fail then error(asyncio.Exception("Fail!")) end
  if opts.cancel then
    asyncio.current_task():cancel()
    await(sleep(0))
  end
  return a + b
end

-- In the thread: has the loop run `add`.
local function target(loop, opts)
  local future = asyncio.run_coroutine_threadsafe(add, loop, 1, 2, opts)
  local _ <close> = setmetatable({}, {__close = function()
    if not future:done() then future:cancel() end
  end})
  return future:result(opts.timeout)
end

describe("test_tasks RunCoroutineThreadsafeTests", function()
  local loop

  before_each(function()
    loop = support.new_loop()
    asyncio.set_event_loop(loop)
  end)
  after_each(support.close_loops)

  local function call_target(opts)
    return loop:run_in_executor(nil, target, loop, opts)
  end

  it("test_run_coroutine_threadsafe", function()
    assert.equal(3, loop:run_until_complete(call_target {}))
  end)

  it("test_run_coroutine_threadsafe_with_exception", function()
    local future = call_target {fail = true}
    local err = support.raises(asyncio.Exception, loop.run_until_complete, loop, future)
    assert.equal("Fail!", err.message)
  end)

  it("test_run_coroutine_threadsafe_with_timeout", function()
    local future = call_target {timeout = 0}
    support.raises(asyncio.TimeoutError, loop.run_until_complete, loop, future)
    support.run_briefly(loop)
    -- No task is left: `add` was cancelled.
    assert.equal(0, #asyncio.all_tasks(loop))
  end)

  it("test_run_coroutine_threadsafe_task_cancelled", function()
    local future = call_target {cancel = true}
    support.raises(asyncio.CancelledError, loop.run_until_complete, loop, future)
  end)

  it("test_run_coroutine_threadsafe_task_factory_exception", function()
    local reports = support.record_reports(loop)
    local NameError = asyncio.Exception:subclass("NameError")
    local future = call_target {}
    loop:set_task_factory(function() error(NameError("no task")) end)
    local err = support.raises(NameError, loop.run_until_complete, loop, future)
    assert.equal("no task", err.message)
    assert.equal(1, #reports)
    assert.is_true(asyncio.isinstance(reports[1].exception, NameError))
    assert.equal("no task", reports[1].exception.message)
  end)
end)
