-- CPython's test_threads in Lua: to_thread. What Python passes as keywords is
-- one options table here.
local asyncio = require "asyncio"
local support = require "spec.support"
local threads = require "spec.support.threads"

local await, to_thread = asyncio.await, asyncio.to_thread

local function sum(list)
  local total = 0
  for _, n in ipairs(list) do total = total + n end
  return total
end

describe("test_threads ToThreadTests", function()
  local loop

  before_each(function()
    threads.reset()
    loop = support.new_loop()
  end)
  after_each(support.close_loops)

  -- The test's body is a task.
  local function task(body)
    return function() loop:run_until_complete(body) end
  end

  it("test_to_thread", task(function()
    assert.equal(42, await(to_thread(sum, {40, 2})))
  end))

  it("test_to_thread_exception", task(function()
    local function raise_runtime() error(asyncio.Exception("test")) end
    local err = support.raises(asyncio.Exception, await, to_thread(raise_runtime))
    assert.equal("test", err.message)
  end))

  it("test_to_thread_once calls the function exactly once", task(function()
    local here = asyncio.get_running_loop()
    await(to_thread(function() threads.note(here, "called") end))
    assert.same({"called"}, threads.log)
  end))

  it("test_to_thread_concurrent", task(function()
    local here = asyncio.get_running_loop()
    local function func() threads.note(here, 1) end
    local calls = {}
    for i = 1, 10 do calls[i] = to_thread(func) end
    await(asyncio.gather(calls))
    assert.equal(10, sum(threads.log))
  end))

  it("test_to_thread_args_kwargs", task(function()
    local function func(...) return table.pack(...) end
    local got = await(to_thread(func, "test", {something = true}))
    assert.same({n = 2, "test", {something = true}}, got)
  end))

  it("test_to_thread_contextvars", task(function()
    local test_ctx = asyncio.ContextVar("test_ctx")
    local function get_ctx() return test_ctx:get() end
    test_ctx:set("parrot")
    assert.equal("parrot", await(to_thread(get_ctx)))
  end))
end)
