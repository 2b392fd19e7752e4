-- Coroutines as such: the predicates, awaiting one, awaiting one twice.
local asyncio = require "asyncio"
local support = require "spec.support"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep

describe("test_pep492 LockTests", function()
  after_each(support.close_loops)

  it("test_context_manager_async_with: a lock is a <close> value", function()
    local loop = support.new_loop()
    for _, class in ipairs {"Lock", "Condition", "Semaphore", "BoundedSemaphore"} do
      local lock = asyncio[class]()
      loop:run_until_complete(function()
        await(sleep(0.01))
        assert.is_false(lock:locked())
        do
          local held <close> = await(lock:acquire())
          assert.is_true(rawequal(lock, held))
          assert.is_true(lock:locked())
          await(sleep(0.01))
          assert.is_true(lock:locked())
        end
        assert.is_false(lock:locked())
      end)
      assert.is_false(lock:locked())
    end
  end)
end)

describe("test_pep492 CoroutineTests", function()
  local loop

  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  it("test_iscoroutine (adapted)", function()
    local foo = async(function() end)
    assert.is_true(asyncio.iscoroutine(foo()))
    assert.is_true(asyncio.iscoroutine(sleep(0)))
    assert.is_true(asyncio.iscoroutine(coroutine.create(function() end)))
    assert.is_false(asyncio.iscoroutine(foo))
    assert.is_false(asyncio.iscoroutine(function() end))
    assert.is_false(asyncio.iscoroutine(loop:create_future()))
    assert.is_false(asyncio.iscoroutine({}))
    assert.is_false(asyncio.iscoroutine(nil))
  end)

  it("test_iscoroutinefunction (adapted)", function()
    assert.is_true(asyncio.iscoroutinefunction(async(function() end)))
  end)

  it("test_async_def_coroutines", function()
    local bar = async(function() return "spam" end)
    local foo = async(function() return await(bar()) end)
    assert.equal("spam", loop:run_until_complete(foo()))

    loop:set_debug(true)
    assert.equal("spam", loop:run_until_complete(foo()))
  end)

  it("test_double_await (adapted)", function()
    local afunc = async(function()
      await(sleep(0.1))
      return "finished"
    end)
    local t
    local start = loop:time()
    local runner = async(function()
      local coro = afunc()
      t = loop:create_task(coro)
      await(sleep(0))
      local ok, err = pcall(await, coro)
      t:cancel()
      assert.is_false(ok)
      return err
    end)
    local err = loop:run_until_complete(runner())
    assert.matches("coroutine is being awaited already", err)
    support.raises(asyncio.CancelledError, loop.run_until_complete, loop, t)
    assert.near(0, loop:time() - start, 1e-8)
  end)
end)
