-- CPython's test_queues in Lua, on the virtual clock. What CPython's tests read
-- from private fields is here read from what tostring says.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep, create_task = asyncio.await, asyncio.sleep, asyncio.create_task
local raises, isinstance = support.raises, asyncio.isinstance
local CancelledError, TimeoutError = asyncio.CancelledError, asyncio.TimeoutError
local QueueEmpty, QueueFull = asyncio.QueueEmpty, asyncio.QueueFull
local QueueShutDown = asyncio.QueueShutDown

local CLASSES = {"Queue", "LifoQueue", "PriorityQueue"}

-- The body of a test, run as the main task of a loop of its own. It gets the
-- loop; it leaves no task behind.
local function in_loop(body)
  return function()
    local loop = support.new_loop()
    local reports = support.record_reports(loop)
    loop:run_until_complete(function()
      body(loop)
      assert.equal(1, #asyncio.all_tasks())
    end)
    assert.same({}, reports)
  end
end

-- What tostring says after the name of the class and the address.
local function format_of(q)
  local format = tostring(q):match("^<%a+ at %S+ (.+)>$")
  assert(format, tostring(q))
  return format
end

-- How many tasks wait in get ("getters") or put ("putters").
local function waiting(q, kind)
  return tonumber(format_of(q):match("_" .. kind .. "%[(%d+)%]")) or 0
end

local function get_all(q, n)
  local items = {}
  for i = 1, n do items[i] = await(q:get()) end
  return items
end

describe("test_queues QueueBasicTests", function()
  after_each(support.close_loops)

  it("test_repr has what is in it and how many wait", in_loop(function()
    assert.matches("^<Queue .*>$", tostring(asyncio.Queue()))

    local q = asyncio.Queue()
    asyncio.with(asyncio.TaskGroup(), function(tg)
      local getter = tg:create_task(q:get())
      await(sleep(0))
      assert.equal("maxsize=0 _getters[1]", format_of(q))
      q:put_nowait(0)
      assert.equal(0, await(getter))
    end)

    q = asyncio.Queue(1)
    asyncio.with(asyncio.TaskGroup(), function(tg)
      q:put_nowait(1)
      local putter = tg:create_task(q:put(2))
      await(sleep(0))
      assert.equal("maxsize=1 _queue=[1] _putters[1] tasks=1", format_of(q))
      q:get_nowait()
      await(putter)
    end)
    assert.equal("maxsize=1 _queue=[2] tasks=2", format_of(q))

    q = asyncio.Queue()
    q:put_nowait(1)
    q:put_nowait("a")
    assert.equal("maxsize=0 _queue=[1, 'a'] tasks=2", format_of(q))
  end))

  it("test_empty", in_loop(function()
    local q = asyncio.Queue()
    assert.is_true(q:empty())
    await(q:put(1))
    assert.is_false(q:empty())
    assert.equal(1, await(q:get()))
    assert.is_true(q:empty())
  end))

  it("test_full", in_loop(function()
    local q = asyncio.Queue()
    assert.is_false(q:full())
    q = asyncio.Queue(1)
    assert.is_false(q:full())
    await(q:put(1))
    assert.is_true(q:full())
  end))

  it("test_order is that of the puts", in_loop(function()
    local q = asyncio.Queue()
    for _, item in ipairs {1, 3, 2} do await(q:put(item)) end
    assert.same({1, 3, 2}, get_all(q, 3))
  end))

  it("test_maxsize: a put waits while it is full", in_loop(function()
    local q = asyncio.Queue(2)
    assert.equal(2, q.maxsize)
    local have_been_put = {}
    local t = create_task(function()
      for i = 0, 2 do
        await(q:put(i))
        have_been_put[#have_been_put + 1] = i
      end
      return true
    end)
    for _ = 1, 2 do await(sleep(0)) end

    assert.same({0, 1}, have_been_put)
    assert.equal(0, await(q:get()))

    await(sleep(0))
    assert.same({0, 1, 2}, have_been_put)
    assert.same({1, 2}, get_all(q, 2))
    assert.is_true(t:done())
    assert.is_true(t:result())
  end))
end)

describe("test_queues QueueGetTests", function()
  after_each(support.close_loops)

  it("test_blocking_get does not wait for what is there", in_loop(function()
    local q = asyncio.Queue()
    q:put_nowait(1)
    assert.equal(1, await(q:get()))
  end))

  it("test_get_with_putters wakes one", in_loop(function()
    local q = asyncio.Queue(1)
    await(q:put(1))
    local putter = create_task(q:put(2))
    await(sleep(0))
    assert.is_false(putter:done())

    assert.equal(1, await(q:get()))
    await(sleep(0))
    assert.is_true(putter:done())
    assert.is_nil(putter:result())
  end))

  it("test_blocking_get_wait waits for a later put", in_loop(function(loop)
    local q = asyncio.Queue()
    local started = asyncio.Event()
    local finished = false
    local getting = create_task(function()
      started:set()
      local res = await(q:get())
      finished = true
      return res
    end)
    await(started:wait())
    assert.is_false(finished)
    loop:call_later(0.01, q.put_nowait, q, 1)
    local begin = loop:time()
    assert.equal(1, await(getting))
    assert.is_true(finished)
    assert.near(0.01, loop:time() - begin, 1e-6)
  end))

  it("test_nonblocking_get", function()
    local q = asyncio.Queue()
    q:put_nowait(1)
    assert.equal(1, q:get_nowait())
  end)

  it("test_nonblocking_get_exception", function()
    local q = asyncio.Queue()
    raises(QueueEmpty, q.get_nowait, q)
  end)

  it("test_get_cancelled_race: the item is for the other one", in_loop(function()
    local q = asyncio.Queue()
    local t1, t2 = create_task(q:get()), create_task(q:get())
    await(sleep(0))
    t1:cancel()
    await(sleep(0))
    assert.is_true(t1:done())
    await(q:put("a"))
    await(sleep(0))
    assert.is_true(t2:done())
    assert.equal("a", await(t2))
  end))

  it("test_get_with_waiting_putters", in_loop(function()
    local q = asyncio.Queue(1)
    create_task(q:put("a"))
    create_task(q:put("b"))
    assert.equal("a", await(q:get()))
    assert.equal("b", await(q:get()))
  end))

  it("test_why_are_getters_waiting: they have all items", in_loop(function()
    local q = asyncio.Queue(1)
    local items = {}
    asyncio.with(asyncio.TaskGroup(), function(tg)
      tg:spawn(function()
        for i = 1, 5 do await(q:put(i)) end
      end)
      tg:spawn(function()
        for i = 1, 5 do items[i] = await(q:get()) end
      end)
    end)
    assert.same({1, 2, 3, 4, 5}, items)
  end))

  it("test_cancelled_getters_not_being_held_in_self_getters", in_loop(function()
    local q = asyncio.Queue(5)
    raises(TimeoutError, await, asyncio.wait_for(q:get(), 0.1))
    assert.equal(0, waiting(q, "getters"))
  end))
end)

describe("test_queues QueuePutTests", function()
  after_each(support.close_loops)

  it("test_blocking_put does not wait without a limit", in_loop(function()
    local q = asyncio.Queue()
    await(q:put(1))
    assert.equal(1, await(q:get()))
  end))

  it("test_blocking_put_wait waits for a get", in_loop(function(loop)
    local q = asyncio.Queue(1)
    local started = asyncio.Event()
    local finished = false
    local begin = loop:time()
    loop:call_later(0.01, q.get_nowait, q)
    local putting = create_task(function()
      started:set()
      await(q:put(1))
      await(q:put(2))
      finished = true
    end)
    await(started:wait())
    assert.is_false(finished)
    await(putting)
    assert.is_true(finished)
    assert.near(0.01, loop:time() - begin, 1e-6)
  end))

  it("test_nonblocking_put", function()
    local q = asyncio.Queue()
    q:put_nowait(1)
    assert.equal(1, q:get_nowait())
  end)

  it("test_get_cancel_drop_one_pending_reader drops no item", in_loop(function()
    local q = asyncio.Queue()
    local reader = create_task(q:get())
    await(sleep(0))
    q:put_nowait(1)
    q:put_nowait(2)
    reader:cancel()

    raises(CancelledError, await, reader)
    assert.equal(1, await(q:get()))
    assert.equal(2, await(q:get()))
  end))

  it("test_get_cancel_drop_many_pending_readers drops no item", in_loop(function()
    local q = asyncio.Queue()
    local reader2, reader3
    asyncio.with(asyncio.TaskGroup(), function(tg)
      local reader1 = tg:create_task(q:get())
      reader2, reader3 = tg:create_task(q:get()), tg:create_task(q:get())
      await(sleep(0))

      q:put_nowait(1)
      q:put_nowait(2)
      reader1:cancel()
      raises(CancelledError, await, reader1)
      await(reader3)
    end)
    local items = {reader2:result(), reader3:result()}
    table.sort(items)
    assert.same({1, 2}, items)
  end))

  it("test_put_cancel_drop puts nothing", in_loop(function()
    local q = asyncio.Queue(1)
    q:put_nowait(1)
    local writer = create_task(q:put(2))
    await(sleep(0))
    assert.equal(1, q:get_nowait())

    writer:cancel()
    raises(CancelledError, await, writer)
    await(q:put(2))
    assert.equal(2, q:get_nowait())
    assert.equal(0, q:qsize())
  end))

  it("test_nonblocking_put_exception", function()
    local q = asyncio.Queue(1)
    q:put_nowait(1)
    raises(QueueFull, q.put_nowait, q, 2)
  end)

  it("test_float_maxsize of 1.3 has room for two", in_loop(function()
    local q = asyncio.Queue(1.3)
    q:put_nowait(1)
    q:put_nowait(2)
    assert.is_true(q:full())
    raises(QueueFull, q.put_nowait, q, 3)

    q = asyncio.Queue(1.3)
    await(q:put(1))
    assert.is_false(q:full())
    await(q:put(2))
    assert.is_true(q:full())
  end))

  it("test_put_cancelled: a put that is done is done", in_loop(function()
    local q = asyncio.Queue()
    local t = create_task(function()
      await(q:put(1))
      return true
    end)
    assert.equal(1, await(q:get()))
    assert.is_true(t:done())
    assert.is_true(t:result())
    assert.is_false(t:cancel())
  end))

  it("test_put_cancelled_race: the others keep their places", in_loop(function()
    local q = asyncio.Queue(1)
    local put_a, put_b = create_task(q:put("a")), create_task(q:put("b"))
    local put_c = create_task(q:put("X"))
    await(sleep(0))
    assert.is_true(put_a:done())
    assert.is_false(put_b:done())

    put_c:cancel()
    await(sleep(0))
    assert.is_true(put_c:done())
    assert.equal("a", q:get_nowait())
    await(sleep(0))
    assert.equal("b", q:get_nowait())
    assert.is_true(put_b:done())
    assert.is_nil(await(put_b))
    assert.is_true(q:empty())
  end))

  it("test_put_with_waiting_getters wakes one", in_loop(function()
    local q = asyncio.Queue()
    local t = create_task(q:get())
    await(sleep(0))
    await(q:put("a"))
    assert.equal("a", await(t))
  end))

  it("test_why_are_putters_waiting: all of them have their turn", in_loop(function()
    local q = asyncio.Queue(2)
    local taken = {}
    asyncio.with(asyncio.TaskGroup(), function(tg)
      tg:spawn(function()
        await(sleep(0))
        for _ = 1, q:qsize() do taken[#taken + 1] = q:get_nowait() end
      end)
      for i = 0, 3 do tg:spawn(function() await(q:put(i)) end) end
    end)
    assert.same({0, 1}, taken)
    assert.same({2, 3}, get_all(q, 2))
  end))

  it("test_cancelled_puts_not_being_held_in_self_putters", in_loop(function()
    local q = asyncio.Queue(1)
    q:put_nowait(1)
    local putting = create_task(q:put(1))
    await(sleep(0))
    assert.equal(1, waiting(q, "putters"))
    putting:cancel()
    raises(CancelledError, await, putting)
    assert.equal(0, waiting(q, "putters"))
  end))

  it("test_cancelled_put_silence_value_error_exception: it was woken before",
    in_loop(function()
      local q = asyncio.Queue(1)
      q:put_nowait(1)
      local putting = create_task(q:put(1))
      await(sleep(0))
      assert.equal(1, q:get_nowait())
      putting:cancel()
      raises(CancelledError, await, putting)
      assert.is_true(q:empty())
    end))
end)

describe("test_queues LifoQueueTests", function()
  after_each(support.close_loops)

  it("test_order is the last one first", in_loop(function()
    local q = asyncio.LifoQueue()
    for _, item in ipairs {1, 3, 2} do await(q:put(item)) end
    assert.same({2, 3, 1}, get_all(q, 3))
  end))
end)

describe("test_queues PriorityQueueTests", function()
  after_each(support.close_loops)

  it("test_order is the least one first", in_loop(function()
    local q = asyncio.PriorityQueue()
    for _, item in ipairs {1, 3, 2} do await(q:put(item)) end
    assert.same({1, 2, 3}, get_all(q, 3))
  end))
end)

describe("test_queues _QueueJoinTestMixin", function()
  after_each(support.close_loops)

  for _, class in ipairs(CLASSES) do
    it("test_task_done_underflow of " .. class, function()
      local q = asyncio[class]()
      raises("task_done%(%) called too many times$", q.task_done, q)
    end)

    it("test_task_done of " .. class, in_loop(function()
      local q = asyncio[class]()
      for i = 0, 99 do q:put_nowait(i) end
      local accumulator = 0
      local running = true

      local function worker()
        while running do
          accumulator = accumulator + await(q:get())
          q:task_done()
        end
      end

      asyncio.with(asyncio.TaskGroup(), function(tg)
        local tasks = {tg:spawn(worker), tg:spawn(worker)}
        await(q:join())
        assert.equal(4950, accumulator)

        running = false
        for _ = 1, #tasks do q:put_nowait(0) end
      end)
      assert.equal(4950, accumulator)
      assert.is_true(q:empty())
    end))

    it("test_join_empty_queue of " .. class, in_loop(function(loop)
      local q = asyncio[class]()
      local ticked = false
      loop:call_soon(function() ticked = true end)
      await(q:join())
      await(q:join())
      assert.is_false(ticked)
    end))

    it("test_format of " .. class, function()
      local q = asyncio[class]()
      assert.equal("maxsize=0", format_of(q))
      assert.matches("^<" .. class .. " ", tostring(q))
      for i = 1, 2 do q:put_nowait(i) end
      for _ = 1, 2 do q:get_nowait() end
      assert.equal("maxsize=0 tasks=2", format_of(q))
    end)
  end
end)

describe("test_queues _QueueShutdownTestMixin", function()
  after_each(support.close_loops)

  local function assert_ends_puts(q)
    raises(QueueShutDown, await, q:put("data"))
    raises(QueueShutDown, q.put_nowait, q, "data")
  end

  local function assert_ends_gets(q)
    raises(QueueShutDown, await, q:get())
    raises(QueueShutDown, q.get_nowait, q)
  end

  local function assert_all_done(q)
    raises("task_done%(%) called too many times$", q.task_done, q)
  end

  -- One tick later the task has failed so.
  local function assert_shut_down(task)
    await(sleep(0))
    assert.is_true(task:done())
    assert.is_true(isinstance(task:exception(), QueueShutDown))
  end

  local function assert_ends_join(task)
    await(sleep(0))
    assert.is_true(task:done())
    assert.is_nil(await(task))
  end

  for _, class in ipairs(CLASSES) do
    it("test_format of " .. class, function()
      local q = asyncio[class]()
      q:shutdown()
      assert.equal("maxsize=0 shutdown", format_of(q))
    end)

    it("test_shutdown_empty of " .. class, in_loop(function(loop)
      local q = asyncio[class]()
      local getting = loop:create_task(q:get())
      await(sleep(0))
      q:shutdown(false)

      assert.equal(0, q:qsize())
      await(q:join())
      assert_shut_down(getting)
      assert_ends_puts(q)
      assert_ends_gets(q)
    end))

    it("test_shutdown_nonempty of " .. class, in_loop(function(loop)
      local q = asyncio[class](1)
      q:put_nowait("data")
      local joining = loop:create_task(q:join())
      local putting = loop:create_task(q:put("data2"))
      await(sleep(0))
      assert.is_false(putting:done())

      q:shutdown(false)
      assert.equal(1, q:qsize())
      assert_shut_down(putting)

      assert.equal("data", await(q:get()))
      await(sleep(0))
      assert.is_false(joining:done())
      assert_ends_puts(q)
      assert_ends_gets(q)

      q:task_done()
      assert_ends_join(joining)
      assert_all_done(q)
    end))

    it("test_shutdown_immediate of " .. class, in_loop(function(loop)
      local q = asyncio[class]()
      q:put_nowait("data")
      local joining = loop:create_task(q:join())
      q:shutdown(true)

      assert.equal(0, q:qsize())
      assert_ends_join(joining)
      assert_ends_puts(q)
      assert_ends_gets(q)
      assert_all_done(q)
    end))

    it("test_shutdown_immediate_with_unfinished of " .. class, in_loop(function(loop)
      local q = asyncio[class]()
      q:put_nowait("data")
      q:put_nowait("data")
      local joining = loop:create_task(q:join())
      assert.equal("data", await(q:get()))

      q:shutdown(true)
      assert.equal(0, q:qsize())
      await(sleep(0))
      assert.is_false(joining:done())
      assert_ends_puts(q)
      assert_ends_gets(q)

      q:task_done()
      assert_all_done(q)
      assert_ends_join(joining)
    end))
  end
end)
