-- asyncio.testing: when everything waits, time that passes on demand, and what
-- a loop has left.
local asyncio = require "asyncio"
local busted = require "asyncio.busted"
local support = require "spec.support"
local testing = require "asyncio.testing"

local await, sleep = asyncio.await, asyncio.sleep
local get_running_loop = asyncio.get_running_loop
local raises, plain = support.raises, busted.plain

describe("asyncio.testing", function()
  after_each(plain(support.close_loops))

  it("waits until every other task waits", function()
    local log = {}
    local event = asyncio.Event()
    asyncio.spawn(function()
      for i = 1, 5 do
        log[i] = i
        await(sleep(0))
      end
      await(event:wait())
      log[#log + 1] = "woken"
    end)
    await(testing.wait_until_blocked())
    assert.same({1, 2, 3, 4, 5}, log)
    event:set()
    await(testing.wait_until_blocked())
    assert.same({1, 2, 3, 4, 5, "woken"}, log)
  end)

  it("does not wait for time", function()
    local loop = get_running_loop()
    local before, done = loop:time(), false
    local task = asyncio.spawn(function()
      await(sleep(1))
      done = true
    end)
    await(testing.wait_until_blocked())
    assert.is_false(done)
    assert.equal(before, loop:time())
    await(task)
  end)

  it("returns at once where nobody else is", function()
    await(testing.wait_until_blocked())
    await(testing.wait_until_blocked())
  end)

  it("does not wait for another that waits so", function()
    local log = {}
    local function waiter(name)
      return function()
        await(testing.wait_until_blocked())
        log[#log + 1] = name
      end
    end
    await(asyncio.gather(waiter("a"), waiter("b"), waiter("c")))
    table.sort(log)
    assert.same({"a", "b", "c"}, log)
  end)

  it("may be cancelled while it waits, which others do not notice", function()
    local spinning = asyncio.spawn(function() while true do await(sleep(0)) end end)
    local waiting = asyncio.create_task(testing.wait_until_blocked())
    await(sleep(0))
    waiting:cancel()
    raises(asyncio.CancelledError, await, waiting)
    spinning:cancel()
    raises(asyncio.CancelledError, await, spinning)
    await(testing.wait_until_blocked())
  end)

  it("advances the virtual clock, with all that is due meanwhile", function()
    local loop = get_running_loop()
    local start, log = loop:time(), {}
    for _, delay in ipairs {3, 1, 2, 2.5} do
      asyncio.spawn(function()
        await(sleep(delay))
        log[#log + 1] = delay
        await(sleep(0))
        log[#log + 1] = -delay
      end)
    end
    await(testing.advance(2))
    assert.near(2, loop:time() - start, 1e-9)
    assert.same({1, -1, 2, -2}, log)
    await(testing.advance(0))
    assert.near(2, loop:time() - start, 1e-9)
    await(testing.advance(10))
    assert.near(12, loop:time() - start, 1e-9)
    assert.same({1, -1, 2, -2, 2.5, -2.5, 3, -3}, log)
  end)

  it("names what is wrong with a time", function()
    raises("bad argument #1 to 'advance' %(seconds expected, got nil%)", testing.advance)
    raises("bad argument #1 to 'advance' %(seconds expected, got %-1%)", testing.advance, -1)
    raises("bad argument #1 to 'advance'", testing.advance, 0 / 0)
    raises("bad argument #1 to 'advance'", testing.advance, math.huge)
  end)

  it("does not advance a real clock", plain(function()
    local loop = support.new_loop {clock = "real"}
    loop:run_until_complete(function()
      raises("clock is real", testing.advance, 1)
    end)
  end))

  it("counts what a loop has left", plain(function()
    local loop = support.new_loop()
    assert.same({tasks = 0, timers = 0, ready = 0, retained = 0}, testing.counters(loop))
    local handle = loop:call_later(5, function() end)
    assert.same({tasks = 0, timers = 1, ready = 0, retained = 1}, testing.counters(loop))
    handle:cancel()
    assert.equal(0, testing.counters(loop).timers)
    local task = loop:create_task(function() await(sleep(1)) end)
    assert.same({tasks = 1, timers = 0, ready = 1, retained = 1}, testing.counters(loop))
    loop:run_until_complete(task)
    assert.same({tasks = 0, timers = 0, ready = 0, retained = 0}, testing.counters(loop))
  end))

  it("says where it was called outside of a loop", plain(function()
    local place = "testing_spec%.lua:%d+: no running event loop$"
    raises(place, function() return (testing.counters()) end)
    raises(place, function() return (testing.advance(1)) end)
  end))

  it("counts the caller in a task", plain(function()
    support.new_loop():run_until_complete(function()
      assert.same({tasks = 1, timers = 0, ready = 0, retained = 1}, testing.counters())
    end)
  end))
end)
