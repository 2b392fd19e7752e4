-- CPython's test_futures2 in Lua: tracebacks that do not grow, and texts of
-- futures that hold themselves.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep

local function count(text, plain)
  local n, from = 0, 1
  while true do
    local first, last = text:find(plain, from, true)
    if not first then return n end
    n, from = n + 1, last + 1
  end
end

describe("test_futures2 FutureTests", function()
  local loop

  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  it("test_future_traceback (adapted) stays the same however often it is awaited", function()
    local made
    local function raise_exc()
      await(sleep(0))
      made = asyncio.Exception("42")
      error(made)
    end
    local info = debug.getinfo(raise_exc, "S")
    local frame = ("<%s:%d>"):format(info.short_src, info.linedefined)

    loop:run_until_complete(function()
      local future = asyncio.Task(coroutine.create(raise_exc))
      local first
      for _ = 1, 5 do
        local err = support.raises(asyncio.Exception, await, future)
        assert.is_true(rawequal(made, err))
        assert.equal(1, count(err.traceback, frame))
        first = first or err.traceback
        assert.equal(first, err.traceback)
        assert.equal(1, count(future:traceback(), frame))
      end
    end)
  end)
end)

describe("test_futures2 FutureReprTests", function()
  local loop

  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  it("test_recursive_repr_for_pending_tasks is cut with dots", function()
    loop:run_until_complete(function()
      local task
      task = asyncio.Task(coroutine.create(function()
        return task
      end))
      local result = await(asyncio.wait_for(task, 10))
      assert.is_true(rawequal(task, result))
      local text = tostring(task)
      assert.matches("^<Task finished name=.* result=.*>$", text)
      assert.matches("...", text, 1, true)

      local one, other = loop:create_future(), loop:create_future()
      one:set_result(other)
      other:set_result(one)
      assert.equal("<Future finished result=<Future finished result=...>>", tostring(one))
      assert.equal(tostring(one), tostring(other))

      -- What CPython's test builds: the result is the set of all tasks, the
      -- finished one among them.
      local waiter = asyncio.Task(coroutine.create(asyncio.all_tasks))
      local all = await(asyncio.wait_for(waiter, 10))
      assert.is_true(all[waiter])
      assert.matches("^<Task finished ", tostring(waiter))
    end)
  end)
end)
