-- What the asyncio documents promise of threads: the name of each test begins
-- with the row of the behaviour reference that it pins.
local asyncio = require "asyncio"
local support = require "spec.support"
local threads = require "spec.support.threads"

local await, sleep, to_thread = asyncio.await, asyncio.sleep, asyncio.to_thread
local raises = support.raises

local function run(main)
  return asyncio.run(main, {clock = "virtual"})
end

before_each(threads.reset)
after_each(support.close_loops)

describe("to_thread", function()
  it("S058 passes the arguments through and returns a coroutine of the result", function()
    local calls = to_thread(function(...) return "ran", ... end, 1, "two", {3})
    assert.is_true(asyncio.iscoroutine(calls))
    assert.same({n = 4, "ran", 1, "two", {3}}, table.pack(run(calls)))
  end)

  it("S058 runs in another thread, with globals of its own", function()
    rawset(_G, "only_here", true)
    local home = support.new_loop()
    local seen, mine = run(to_thread(function()
      return tostring(home), rawget(_G, "only_here")
    end))
    rawset(_G, "only_here", nil)
    assert.equal("<Loop of another thread>", seen)
    assert.is_nil(mine)
  end)

  it("S059 the thread sees the caller's context variables, as a copy", function()
    local color = asyncio.ContextVar("color", {default = "none"})
    run(function()
      color:set("red")
      local seen = await(to_thread(function()
        local before = color:get()
        color:set("blue")
        return {before = before, after = color:get()}
      end))
      assert.same({before = "red", after = "blue"}, seen)
      assert.equal("red", color:get())
    end)
  end)

  it("S060 the example: what a thread blocks does not block the loop", function()
    local status, output = threads.program [[
      local function blocking_io()
        print("start blocking_io")
        -- Blocks its thread, and nothing else.
        asyncio.run(function() await(sleep(0.05)) end)
        print("blocking_io complete")
      end
      asyncio.run(function()
        local loop = asyncio.get_running_loop()
        local start = loop:time()
        print("started main")
        await(asyncio.gather(asyncio.to_thread(blocking_io), sleep(1)))
        print("finished main after " .. loop:time() - start)
      end, {clock = "virtual"})]]
    assert.equal("started main\nstart blocking_io\nblocking_io complete\n"
                 .. "finished main after 1.0\n", output)
    assert.equal(0, status)
  end)

  it("S061 threads compute at the same time, beside the loop", function()
    local gate = threads.gate()
    local function compute(loop, name)
      threads.tell(loop, name)
      local rounds = 0
      repeat rounds = rounds + 1 until gate:is_closed()
      return rounds
    end
    run(function()
      local loop = asyncio.get_running_loop()
      local begun = {threads.signal("first"), threads.signal("second")}
      local computed = asyncio.gather(to_thread(compute, loop, "first"),
                                      to_thread(compute, loop, "second"))
      await(asyncio.gather(begun))
      assert.is_false(computed:done())
      threads.open(gate)
      local rounds = await(computed)
      assert.is_true(rounds[1] >= 1 and rounds[2] >= 1)
    end)
  end)
end)

describe("run_coroutine_threadsafe", function()
  -- Calls fn(loop) in a thread of the loop.
  local function in_thread(fn)
    return run(function() return await(to_thread(fn, asyncio.get_running_loop())) end)
  end

  it("S062 the example: a coroutine of sleep, its result in the thread", function()
    assert.equal("waited", in_thread(function(loop)
      local timeout = 10
      -- Create a coroutine
      local coro = asyncio.sleep(1, 3)
      -- Submit the coroutine to a given loop
      local future = asyncio.run_coroutine_threadsafe(coro, loop)
      -- Wait for the result with an optional timeout argument
      assert(future:result(timeout) == 3)
      return "waited"
    end))
  end)

  it("S062 requires a coroutine and a loop", function()
    local loop = support.new_loop()
    for _, wrong in ipairs {42, "x", false, loop, loop:create_future()} do
      raises("A coroutine object is required", asyncio.run_coroutine_threadsafe, wrong, loop)
    end
    raises("Loop expected", asyncio.run_coroutine_threadsafe, sleep(1), 42)
    raises("bad argument #2", asyncio.run_coroutine_threadsafe, sleep(1))
  end)

  it("S062 returns a ConcurrentFuture at once", function()
    in_thread(function(loop)
      local future = asyncio.run_coroutine_threadsafe(asyncio.sleep(1000), loop)
      assert(tostring(future) == "<ConcurrentFuture pending>")
      assert(not asyncio.isfuture(future) and not future:done())
      future:cancel()
    end)
  end)

  it("S063 result blocks the thread only", function()
    run(function()
      local loop, ticks = asyncio.get_running_loop(), 0
      asyncio.create_task(function()
        while true do
          await(sleep(1))
          ticks = ticks + 1
        end
      end)
      local waited = await(to_thread(function(there)
        return asyncio.run_coroutine_threadsafe(asyncio.sleep(5, "five"), there):result()
      end, loop))
      assert.equal("five", waited)
      assert.equal(5, ticks)
    end)
  end)

  it("S063 an exception in the coroutine arrives in the thread", function()
    local Trouble = asyncio.Exception:subclass("Trouble")
    local text, err = in_thread(function(loop)
      local future = asyncio.run_coroutine_threadsafe(function()
        error(Trouble("in the coroutine"))
      end, loop)
      local ok, result = pcall(future.result, future, 10)
      assert(not ok and rawequal(result, future:exception()))
      return "The coroutine raised an exception: " .. tostring(result), result
    end)
    assert.equal("The coroutine raised an exception: Trouble: in the coroutine", text)
    assert.is_true(asyncio.isinstance(err, Trouble))
  end)

  it("S064 cancel cancels the task in the loop", function()
    run(function()
      local loop = asyncio.get_running_loop()
      local begun, ended = threads.signal("begun"), threads.signal("ended")
      local thread = asyncio.create_task(to_thread(function(there)
        local future = asyncio.run_coroutine_threadsafe(function()
          threads.signals.begun:set_result()
          local ok, err = pcall(await, sleep(1000))
          threads.signals.ended:set_result(not ok and err.name)
          error(err, 0)
        end, there)
        threads.wait(there, "begun")
        local cancelled = future:cancel()
        local ok, err = pcall(future.result, future)
        return cancelled, future:cancelled(), not ok and err.name
      end, loop))
      await(begun)
      assert.equal("CancelledError", await(ended))
      assert.same({true, true, "CancelledError"}, {await(thread)})
      assert.equal(0, loop:time())
    end)
  end)

  it("S065 a result that is late raises TimeoutError; the task goes on", function()
    run(function()
      local loop = asyncio.get_running_loop()
      threads.signal("go")
      local thread = asyncio.create_task(to_thread(function(there)
        local future = asyncio.run_coroutine_threadsafe(function()
          return await(threads.signals.go)
        end, there)
        local ok, err = pcall(future.result, future, 0.001)
        local is_late = not ok and asyncio.isinstance(err, asyncio.TimeoutError)
        there:call_soon_threadsafe(function() threads.signals.go:set_result("went on") end)
        return is_late, future:result()
      end, loop))
      assert.same({true, "went on"}, {await(thread)})
    end)
  end)

  it("S065 the example: too long, cancelling the task", function()
    local said = in_thread(function(loop)
      local future = asyncio.run_coroutine_threadsafe(function()
        await(asyncio.get_running_loop():create_future())
      end, loop)
      local ok, result = pcall(future.result, future, 0.001)
      if ok then return "The coroutine returned: " .. tostring(result) end
      if not asyncio.isinstance(result, asyncio.TimeoutError) then
        return "The coroutine raised an exception: " .. tostring(result)
      end
      future:cancel()
      return "The coroutine took too long, cancelling the task..."
    end)
    assert.equal("The coroutine took too long, cancelling the task...", said)
  end)
end)

describe("the rows of the documents", function()
  it("about threads each have a test here", function()
    local file = assert(io.open((debug.getinfo(1, "S").source:match("^@(.*)$"))))
    local text = file:read("a")
    file:close()
    for i = 58, 65 do
      assert.is_truthy(text:find(('it("S%03d '):format(i), 1, true))
    end
  end)
end)
