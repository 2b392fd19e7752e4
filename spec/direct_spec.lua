-- asyncio.direct: the names of asyncio, awaiting on the spot.
local asyncio = require "asyncio"
local aio = require "asyncio.direct"
local busted = require "asyncio.busted"
local support = require "spec.support"
local threads = require "spec.support.threads"

local await, get_running_loop = asyncio.await, asyncio.get_running_loop
local raises = support.raises

describe("asyncio.direct", function()
  before_each(threads.reset)
  after_each(busted.plain(support.close_loops))

  it("has every name of asyncio", function()
    for name in pairs(asyncio) do assert.is_not_nil(aio[name], name) end
    for name in pairs(aio) do assert.is_not_nil(asyncio[name], name) end
  end)

  it("sleeps, and returns the values given", function()
    local loop = get_running_loop()
    local start = loop:time()
    assert.same({n = 3, 1, nil, "x"}, table.pack(aio.sleep(2, 1, nil, "x")))
    assert.near(2, loop:time() - start, 1e-9)
    assert.equal(0, select("#", aio.sleep(0)))
    assert.near(2, loop:time() - start, 1e-9)
  end)

  it("takes one turn of the loop for sleep(0), as sleep does", function()
    local log = {}
    local function spinner(name, sleep)
      return asyncio.spawn(function()
        for i = 1, 3 do
          log[#log + 1] = name .. i
          sleep(0)
        end
      end)
    end
    local a = spinner("a", aio.sleep)
    local b = spinner("b", function(delay) await(asyncio.sleep(delay)) end)
    aio.wait({a, b})
    assert.same({"a1", "b1", "a2", "b2", "a3", "b3"}, log)
  end)

  it("is cancelled while it sleeps", function()
    local loop = get_running_loop()
    local start, closed = loop:time(), false
    local task = asyncio.spawn(function()
      local _ <close> = setmetatable({}, {__close = function() closed = true end})
      aio.sleep(100)
    end)
    aio.sleep(1)
    task:cancel("enough")
    local err = raises(asyncio.CancelledError, await, task)
    assert.equal("enough", err.message)
    assert.is_true(closed)
    assert.near(1, loop:time() - start, 1e-9)
  end)

  it("raises the cancellation that was asked for before it sleeps", function()
    local task = asyncio.spawn(function()
      asyncio.current_task():cancel()
      aio.sleep(1)
    end)
    raises(asyncio.CancelledError, await, task)
  end)

  it("gathers, shields, waits", function()
    local r = aio.gather(function() return aio.sleep(1, "a") end,
                         function() return aio.sleep(2, "b") end)
    assert.same({"a", "b"}, {r[1], r[2]})
    assert.equal(7, aio.shield(function() return 7 end))
    assert.equal(8, aio.wait_for(function() return 8 end, 1))
    raises(asyncio.TimeoutError, aio.wait_for, asyncio.sleep(5), 1)
    local task = asyncio.spawn(function() return 9 end)
    local done, pending = aio.wait({task})
    assert.is_true(done[task])
    assert.equal(0, #pending)
  end)

  it("raises what is raised", function()
    local err = asyncio.Exception("mine")
    local function fail() error(err) end
    assert.is_true(rawequal(err, raises(nil, aio.gather, fail)))
    assert.is_true(rawequal(err, raises(nil, aio.shield, fail)))
  end)

  it("runs in a thread", function()
    local add = function(a, b) return a + b, "done" end
    assert.same({5, "done"}, {aio.to_thread(add, 2, 3)})
  end)

  it("cannot work outside a task, nor inside a stock coroutine", busted.plain(function()
    raises("outside a task", aio.sleep, 1)
    raises("outside a task", aio.wait_for, asyncio.sleep(1), 1)
    support.new_loop():run_until_complete(function()
      local co = coroutine.wrap(function() aio.sleep(1) end)
      raises("asyncio.coroutine.wrap", co)
    end)
  end))

  it("names its arguments", function()
    raises("bad argument #1 to", aio.sleep, "soon")
    raises("NaN", aio.sleep, 0 / 0)
  end)
end)
