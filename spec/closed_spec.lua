-- Futures, tasks and combinators that outlive their loop: each call is either
-- an answer or a clear error, and touches nothing that is gone.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep
local raises = support.raises

-- A loop that was closed while all these were pending.
local function leftovers()
  local loop = asyncio.new_event_loop {clock = "virtual"}
  loop:set_exception_handler(function() end)
  local left = {loop = loop, future = loop:create_future()}
  left.future:add_done_callback(print)
  left.waiting = loop:create_task(function() await(left.future) end)
  left.sleeping = loop:create_task(function() await(sleep(10)) end)
  left.limited = loop:create_task(function()
    await(asyncio.wait_for(left.future, 10))
  end)
  left.waits = loop:create_task(function()
    await(asyncio.wait({left.sleeping, left.future}, {timeout = 5}))
  end)
  left.each = loop:create_task(function()
    for item in asyncio.as_completed({left.future}, {timeout = 5}) do
      await(item)
    end
  end)
  left.timer = loop:call_later(5, print)
  support.run_briefly(loop)
  left.gathered = asyncio.gather(left.sleeping, left.future)
  left.shielded = asyncio.shield(left.future)
  left.unstarted = loop:create_task(function() end)
  loop:close()
  support.gc_collect()
  return left
end

local PENDING = {"waiting", "sleeping", "limited", "waits", "each", "unstarted",
                 "gathered", "shielded", "future"}

describe("after its loop has closed", function()
  for _, name in ipairs(PENDING) do
    it("what is " .. name .. " can be cancelled, once", function()
      local left = leftovers()
      assert.is_true(left[name]:cancel("late"))
      assert.is_true(left[name]:done())
      assert.is_false(left[name]:cancel())
      local err = raises(asyncio.CancelledError, left[name].result, left[name])
      assert.equal("late", err.message)
      support.gc_collect()
    end)
  end

  it("all can be cancelled, in either order", function()
    local left = leftovers()
    for i = 1, #PENDING do left[PENDING[i]]:cancel() end
    left = leftovers()
    for i = #PENDING, 1, -1 do left[PENDING[i]]:cancel() end
    support.gc_collect()
    assert.is_true(left.future:cancelled())
  end)

  it("a future takes a result, and no callbacks", function()
    local left = leftovers()
    assert.equal(0, left.future:remove_done_callback(print))
    left.future:set_result(1)
    assert.equal(1, left.future:result())
    raises("Event loop is closed", left.future.add_done_callback, left.future,
           print)
  end)

  it("nothing new is made of what is left", function()
    local left = leftovers()
    raises("Event loop is closed", asyncio.gather, left.future)
    raises("Event loop is closed", asyncio.shield, left.future)
    asyncio.set_event_loop(left.loop)
    raises("Event loop is closed", asyncio.as_completed, {left.future})
    asyncio.set_event_loop(nil)
    raises("Event loop is closed", left.loop.call_soon, left.loop, print)
    raises("Event loop is closed", left.loop.create_task, left.loop, sleep(1))
    left.timer:cancel()
    assert.is_true(left.timer:cancelled())
  end)

  it("another loop refuses to wait for it", function()
    local left = leftovers()
    asyncio.run(function()
      raises("different loop", await, left.future)
      raises("different loop", await, left.waiting)
      raises("different loop", await, asyncio.wait {left.future})
      raises("different loop", asyncio.as_completed, {left.future})
      raises("different loop", await, asyncio.wait_for(left.future, 1))
      raises("different loop", await, asyncio.wait_for(left.future, 0))
    end, {clock = "virtual"})
  end)

  it("texts are still made", function()
    local left = leftovers()
    for _, name in ipairs(PENDING) do
      assert.matches("pending", tostring(left[name]))
    end
    assert.matches("closed=true", tostring(left.loop))
    assert.equal(0, #asyncio.all_tasks(left.loop))
  end)
end)
