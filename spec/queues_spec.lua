-- Queue, LifoQueue, PriorityQueue: nil as an item, fairness, cancellation at
-- every moment, iteration, shutdown, comparators, misuse. What CPython's own
-- tests say is in spec/conformance.
local asyncio = require "asyncio"
local busted = require "asyncio.busted"
local core = require "asyncio.core"
local support = require "spec.support"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep
local create_task, current_task = asyncio.create_task, asyncio.current_task
local get_running_loop = asyncio.get_running_loop
local raises, isinstance = support.raises, asyncio.isinstance
local plain = busted.plain
local CancelledError, TimeoutError = asyncio.CancelledError, asyncio.TimeoutError
local QueueEmpty, QueueFull = asyncio.QueueEmpty, asyncio.QueueFull
local QueueShutDown = asyncio.QueueShutDown
local Queue, LifoQueue, PriorityQueue =
  asyncio.Queue, asyncio.LifoQueue, asyncio.PriorityQueue

local MyError = asyncio.Exception:subclass("MyError")

-- An order in which any value has a place: nil is the least.
local function any_less(a, b)
  if a == nil or b == nil then return a == nil and b ~= nil end
  return tostring(a) < tostring(b)
end

-- `make` takes the size; `any` makes one for items of any type.
local CLASSES = {
  {name = "Queue", make = Queue, any = Queue},
  {name = "LifoQueue", make = LifoQueue, any = LifoQueue},
  {name = "PriorityQueue", make = PriorityQueue,
   any = function(size) return PriorityQueue(size, {lt = any_less}) end},
}

-- Runs the body as the main task of a loop of its own, in which it leaves nothing.
local function run(body)
  local loop = support.new_loop()
  local reports = support.record_reports(loop)
  loop:run_until_complete(function()
    body()
    assert.equal(0, current_task():cancelling())
    assert.equal(1, #asyncio.all_tasks())
  end)
  loop:close()
  assert.same({}, reports)
end

-- How much time has passed in the test.
local function elapsed() return get_running_loop():time() end

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

local function ticks(n)
  for _ = 1, n do await(sleep(0)) end
end

-- Runs fn as a task of its own, so that it can be cancelled.
local function start(fn, ...) return create_task(async(fn)(...)) end

local function getters(q, log, n)
  local tasks = {}
  for i = 1, n do
    tasks[i] = start(function()
      local item = await(q:get())
      log[#log + 1] = i .. ":" .. tostring(item)
    end)
  end
  ticks(1)
  return tasks
end

local function drain(q)
  local items = {}
  while not q:empty() do items[#items + 1] = q:get_nowait() end
  return items
end

local function iota(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

-- Whole numbers below n, the same for the same seed, in any build of Lua.
local function random(seed)
  return function(n)
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n
  end
end

-- Moments of a cancel and the call of `grant` that wakes the task.
local MEETINGS = {
  {"just after it was woken", function(grant, task)
    grant()
    task:cancel()
  end},
  {"just before it would be woken", function(grant, task)
    task:cancel()
    grant()
  end},
  {"a tick before it would be woken", function(grant, task)
    task:cancel()
    ticks(1)
    grant()
  end},
  {"and woken in the next callback", function(grant, task, loop)
    loop:call_soon(task.cancel, task)
    loop:call_soon(grant)
    ticks(1)
  end},
  {"twice", function(grant, task)
    grant()
    task:cancel()
    task:cancel()
  end},
}

for _, class in ipairs(CLASSES) do
  describe(class.name, function()
    after_each(plain(support.close_loops))

    it("carries nil and false", function()
      local q = class.any(5)
      q:put_nowait(nil)
      assert.equal(1, q:qsize())
      assert.is_false(q:empty())
      local res = table.pack(q:get_nowait())
      assert.same({n = 1}, res)
      assert.is_true(q:empty())

      await(q:put(nil))
      await(q:put())
      await(q:put(false))
      assert.equal(3, q:qsize())
      local nils, falses = 0, 0
      for _ = 1, 3 do
        res = table.pack(await(q:get()))
        assert.equal(1, res.n)
        if res[1] == nil then nils = nils + 1 end
        if res[1] == false then falses = falses + 1 end
      end
      assert.equal(2, nils)
      assert.equal(1, falses)
      assert.equal("maxsize=5 tasks=4", format_of(q))
    end)

    it("hands nil to who waits", function()
      local q = class.any()
      local task = start(function() return select("#", await(q:get())), "got" end)
      ticks(1)
      q:put_nowait(nil)
      local n, got = await(task)
      assert.equal(1, n)
      assert.equal("got", got)
    end)

    it("is full of nils too", function()
      local q = class.any(2)
      q:put_nowait(nil)
      q:put_nowait(nil)
      assert.is_true(q:full())
      raises(QueueFull, q.put_nowait, q, nil)
      local putting = create_task(q:put(nil))
      ticks(1)
      assert.is_false(putting:done())
      q:shutdown(true)
      raises(QueueShutDown, await, putting)
      assert.equal(0, q:qsize())
      await(q:join())
    end)

    it("has no limit unless one is given", function()
      for _, size in ipairs {0, -1, math.huge} do
        local q = class.make(size)
        assert.equal(size, q.maxsize)
        for i = 1, 100 do await(q:put(i)) end
        assert.is_false(q:full())
        assert.equal(100, q:qsize())
      end
      assert.equal(0, class.make().maxsize)
      assert.equal(0, class.make(nil).maxsize)
      assert.equal(3, class.make(3).maxsize)
    end)

    it("says what it is, and what is in it", function()
      assert.matches("^<" .. class.name .. " .*maxsize=0>$", tostring(class.make()))
      local q = class.any(3)
      q:put_nowait(nil)
      q:put_nowait("x")
      assert.equal("maxsize=3 _queue=[nil, 'x'] tasks=2", format_of(q))
      drain(q)
      q:task_done()
      local log = {}
      local tasks = getters(q, log, 2)
      assert.equal("maxsize=3 _getters[2] tasks=1", format_of(q))
      q:shutdown()
      assert.equal("maxsize=3 tasks=1 shutdown", format_of(q))
      await(asyncio.gather(tasks, {return_exceptions = true}))
      assert.same({}, log)
    end)

    it("does something when it is awaited, and once", function()
      local q = class.make(1)
      local put, get = q:put(1), q:get()
      assert.is_true(asyncio.iscoroutine(put))
      assert.is_true(asyncio.iscoroutine(get))
      assert.is_true(asyncio.iscoroutine(q:join()))
      ticks(2)
      assert.is_true(q:empty())
      await(put)
      assert.equal(1, q:qsize())
      assert.equal(1, await(get))
      raises("cannot reuse already awaited coroutine", await, put)
      raises("cannot reuse already awaited coroutine", await, get)
      assert.is_true(q:empty())
    end)

    it("does not tick when it need not wait", function()
      local loop = get_running_loop()
      local q = class.make(1)
      local ticked = false
      loop:call_soon(function() ticked = true end)
      for i = 1, 10 do
        await(q:put(i))
        assert.equal(i, await(q:get()))
        q:task_done()
        await(q:join())
      end
      assert.is_false(ticked)
    end)

    it("serves those who wait to get in order", function()
      local q = class.make()
      local log = {}
      local tasks = getters(q, log, 5)
      for i = 1, 5 do
        q:put_nowait(i)
        ticks(1)
      end
      await(asyncio.gather(tasks))
      assert.same({"1:1", "2:2", "3:3", "4:4", "5:5"}, log)
    end)

    it("serves those who wait to put in order", function()
      local q = class.make(1)
      local log, tasks = {}, {}
      q:put_nowait(0)
      for i = 1, 5 do
        tasks[i] = start(function()
          await(q:put(i))
          log[#log + 1] = i
        end)
      end
      ticks(1)
      assert.equal("maxsize=1 _queue=[0] _putters[5] tasks=1", format_of(q))
      for i = 0, 5 do
        assert.equal(i, q:get_nowait())
        ticks(1)
      end
      await(asyncio.gather(tasks))
      assert.same({1, 2, 3, 4, 5}, log)
    end)

    for _, meeting in ipairs(MEETINGS) do
      it("loses no item when a get is cancelled " .. meeting[1], function()
        local loop = get_running_loop()
        local q = class.make()
        local log = {}
        local tasks = getters(q, log, 3)
        meeting[2](function() q:put_nowait("item") end, tasks[1], loop)
        await(tasks[2])
        assert.same({"2:item"}, log)
        assert.is_true(tasks[1]:cancelled())
        assert.equal(1, waiting(q, "getters"))
        q:put_nowait("another")
        await(tasks[3])
        assert.same({"2:item", "3:another"}, log)
        assert.equal("maxsize=0 tasks=2", format_of(q))
      end)

      it("keeps the item when the only get is cancelled " .. meeting[1], function()
        local loop = get_running_loop()
        local q = class.make()
        local task = getters(q, {}, 1)[1]
        meeting[2](function() q:put_nowait("item") end, task, loop)
        await(asyncio.wait {task})
        assert.is_true(task:cancelled())
        assert.equal("maxsize=0 _queue=['item'] tasks=1", format_of(q))
      end)

      it("gives the room to the next when a put is cancelled " .. meeting[1], function()
        local loop = get_running_loop()
        local q = class.make(1)
        q:put_nowait(0)
        local tasks = {}
        for i = 1, 3 do tasks[i] = create_task(q:put(i)) end
        ticks(1)
        meeting[2](function() q:get_nowait() end, tasks[1], loop)
        await(tasks[2])
        assert.is_true(tasks[1]:cancelled())
        assert.equal("maxsize=1 _queue=[2] _putters[1] tasks=2", format_of(q))
        assert.equal(2, q:get_nowait())
        await(tasks[3])
        assert.same({3}, drain(q))
        assert.equal("maxsize=1 tasks=3", format_of(q))
      end)

      it("puts nothing when the only put is cancelled " .. meeting[1], function()
        local loop = get_running_loop()
        local q = class.make(1)
        q:put_nowait(0)
        local task = create_task(q:put(1))
        ticks(1)
        meeting[2](function() q:get_nowait() end, task, loop)
        await(asyncio.wait {task})
        assert.is_true(task:cancelled())
        assert.equal("maxsize=1 tasks=1", format_of(q))
      end)
    end

    it("goes past any number of waiters that are cancelled as they are woken", function()
      local q = class.make()
      local log = {}
      local tasks = getters(q, log, 21)
      q:put_nowait("item")
      for i = 1, 20 do tasks[i]:cancel() end
      await(tasks[21])
      assert.same({"21:item"}, log)

      q = class.make(1)
      q:put_nowait(0)
      for i = 1, 21 do tasks[i] = create_task(q:put(i)) end
      ticks(1)
      q:get_nowait()
      for i = 1, 20 do
        tasks[i]:cancel()
        ticks(1)
      end
      await(tasks[21])
      assert.same({21}, drain(q))
    end)

    it("loses nothing when time is up as the item comes", function()
      local loop = get_running_loop()
      for _, put_first in ipairs {true, false} do
        local q = class.make()
        local deadline = loop:time() + 1
        if put_first then loop:call_at(deadline, q.put_nowait, q, "item") end
        local task = create_task(asyncio.wait_for(q:get(), 1))
        ticks(1)
        if not put_first then loop:call_at(deadline, q.put_nowait, q, "item") end
        await(asyncio.wait {task})
        ticks(2)
        if task:exception() then
          assert.is_true(isinstance(task:exception(), TimeoutError))
          assert.same({"item"}, drain(q))
        else
          assert.equal("item", task:result())
          assert.is_true(q:empty())
        end
        assert.equal(0, waiting(q, "getters"))
      end
    end)

    it("keeps no waiters whose time was up", function()
      local q = class.make(1)
      for _ = 1, 50 do
        raises(TimeoutError, await, asyncio.wait_for(q:get(), 1))
      end
      q:put_nowait(1)
      for _ = 1, 50 do
        raises(TimeoutError, await, asyncio.wait_for(q:put(2), 1))
      end
      assert.equal(100, elapsed())
      assert.equal("maxsize=1 _queue=[1] tasks=1", format_of(q))
    end)

    it("keeps no item that was taken", function()
      local q = class.any()
      local seen = setmetatable({}, {__mode = "k"})
      for round = 1, 2 do
        for _ = 1, 10 do
          local item = {}
          seen[item] = true
          q:put_nowait(item)
        end
        if round == 1 then
          for _ = 1, 10 do q:get_nowait() end
        else
          q:shutdown(true)
        end
        support.gc_collect()
        local n = 0
        for _ in pairs(seen) do n = n + 1 end
        assert.is_true(n <= 1) -- the last one may be on the stack
      end
    end)

    it("does not grow when items only go through it", function()
      local q = class.make(10)
      for i = 1, 5 do q:put_nowait(i) end
      local function through(n)
        for i = 1, n do
          await(q:put(i))
          await(q:get())
          q:task_done()
        end
        support.gc_collect()
        return collectgarbage("count")
      end
      local before = through(1000)
      assert.is_true(through(20000) - before < 20)
    end)

    it("ends all waits when it is shut down", function()
      local q = class.make(1)
      local log = {}
      local tasks = getters(q, log, 10)
      q:shutdown()
      ticks(1)
      for _, task in ipairs(tasks) do
        assert.is_true(isinstance(task:exception(), QueueShutDown))
      end

      q = class.make(1)
      q:put_nowait(0)
      for i = 1, 10 do tasks[i] = create_task(q:put(i)) end
      ticks(1)
      q:shutdown()
      ticks(1)
      for _, task in ipairs(tasks) do
        assert.is_true(isinstance(task:exception(), QueueShutDown))
      end
      assert.equal("maxsize=1 _queue=[0] tasks=1 shutdown", format_of(q))
      assert.same({}, log)
    end)

    it("gives what is in it after it was shut down", function()
      local q = class.make()
      for i = 1, 3 do q:put_nowait(i) end
      assert.is_nil(q:shutdown())
      q:shutdown()
      local items = {await(q:get()), await(q:get()), q:get_nowait()}
      table.sort(items)
      assert.same({1, 2, 3}, items)
      raises(QueueShutDown, await, q:get())
      raises(QueueShutDown, q.get_nowait, q)
      raises(QueueShutDown, await, q:put(4))
      raises(QueueShutDown, q.put_nowait, q, 4)
    end)

    it("gives an item to who waited when it is shut down after", function()
      local q = class.make()
      local log = {}
      local tasks = getters(q, log, 2)
      q:put_nowait("item")
      q:shutdown()
      ticks(1)
      assert.same({"1:item"}, log)
      assert.is_nil(tasks[1]:exception())
      assert.is_true(isinstance(tasks[2]:exception(), QueueShutDown))
    end)

    it("drops what is in it when it is shut down at once", function()
      local q = class.make()
      for i = 1, 3 do q:put_nowait(i) end
      local log = {}
      local joining = create_task(q:join())
      q:get_nowait()
      ticks(1)
      q:shutdown()
      q:shutdown(true)
      assert.equal("maxsize=0 tasks=1 shutdown", format_of(q))
      ticks(2)
      assert.is_false(joining:done())
      q:task_done()
      await(joining)
      raises("task_done%(%) called too many times$", q.task_done, q)
      raises(QueueShutDown, await, q:get())
      assert.same({}, log)
    end)

    it("is joined when all items are done", function()
      local q = class.make()
      local log, tasks = {}, {}
      for i = 1, 3 do q:put_nowait(i) end
      for i = 1, 3 do
        tasks[i] = start(function()
          await(q:join())
          log[#log + 1] = i
        end)
      end
      tasks[4] = create_task(q:join())
      ticks(1)
      tasks[4]:cancel()
      for _ = 1, 3 do
        assert.same({}, log)
        q:get_nowait()
        q:task_done()
      end
      await(asyncio.gather(tasks, {return_exceptions = true}))
      assert.same({1, 2, 3}, log)
      assert.is_true(tasks[4]:cancelled())

      q:put_nowait(1)
      local again = create_task(q:join())
      ticks(2)
      assert.is_false(again:done())
      q:task_done() -- before the item is taken: items are counted, not told apart
      await(again)
      assert.equal(1, q:qsize())
    end)

    it("is iterated over until it is shut down", function()
      local q = class.make()
      local got = {}
      local task = start(function()
        for item in q:iter() do got[#got + 1] = item end
        return "ended"
      end)
      for i = 1, 5 do
        await(q:put(i))
        ticks(1)
      end
      assert.same(iota(5), got)
      assert.is_false(task:done())
      q:shutdown()
      assert.equal("ended", await(task))
      for _ in q:iter() do error("shut down") end
      assert.equal("maxsize=0 tasks=5 shutdown", format_of(q))
    end)

    it("is iterated over to the end of what is in it", function()
      local q = class.make()
      for i = 1, 5 do q:put_nowait(i) end
      q:shutdown()
      local got = {}
      for item in q:iter() do got[#got + 1] = item end
      table.sort(got)
      assert.same(iota(5), got)

      q = class.make()
      for i = 1, 5 do q:put_nowait(i) end
      local n = 0
      for _ in q:iter() do
        n = n + 1
        q:shutdown(true)
      end
      assert.equal(1, n)
    end)

    it("is iterated over by several, each item once", function()
      local q = class.make(3)
      local got = {}
      local by = {0, 0, 0, 0}
      asyncio.with(asyncio.TaskGroup(), function(tg)
        for i = 1, 4 do
          tg:spawn(function()
            for item in q:iter() do
              by[i] = by[i] + 1
              await(sleep(1))
              got[#got + 1] = item
              q:task_done()
            end
          end)
        end
        for i = 1, 40 do await(q:put(i)) end
        await(q:join())
        q:shutdown()
      end)
      table.sort(got)
      assert.same(iota(40), got)
      assert.same({10, 10, 10, 10}, by)
      assert.equal(10, elapsed())
      assert.equal("maxsize=3 shutdown", format_of(q))
    end)

    it("keeps the rest when its iteration is left", function()
      local q = class.make()
      for i = 1, 3 do q:put_nowait(i) end
      for item in q:iter() do
        if item then break end
      end
      assert.equal(2, q:qsize())
      local err = MyError("here")
      assert.is_true(rawequal(err, raises(MyError, function()
        for _ in q:iter() do error(err, 0) end
      end)))
      assert.equal(1, q:qsize())
      for _ in q:iter() do q:shutdown() end
      assert.equal(0, q:qsize())
    end)

    it("does not end its iteration for a cancellation", function()
      local q = class.make()
      local ended = false
      local task = start(function()
        for _ in q:iter() do error("there is no item") end
        ended = true
      end)
      ticks(1)
      task:cancel("enough")
      assert.equal("enough", raises(CancelledError, await, task).message)
      assert.is_false(ended)
      assert.equal("maxsize=0", format_of(q))
    end)

    it("does not end its iteration for an item of nil without a word", function()
      local q = class.any()
      q:put_nowait(nil)
      q:shutdown()
      raises("Queue:iter.* nil", function()
        for _ in q:iter() do error("an item", 0) end
      end)
      assert.equal("maxsize=0 _queue=[nil] tasks=1 shutdown", format_of(q))
      assert.is_nil(await(q:get()))
      for _ in q:iter() do error("an item", 0) end
    end)

    it("leaves an item of nil that its iteration cannot give to the next who waits", function()
      local q = class.any()
      local iterating = start(function()
        for _ in q:iter() do error("an item", 0) end
      end)
      local getting = start(function() return select("#", await(q:get())) end)
      ticks(1)
      q:put_nowait(nil)
      raises("Queue:iter.* nil", await, iterating)
      assert.equal(1, await(getting))
      assert.equal("maxsize=0 tasks=1", format_of(q))
    end)

    it("iterates over false", function()
      local q = class.any()
      q:put_nowait(false)
      q:shutdown()
      local n = 0
      for item in q:iter() do
        assert.is_false(item)
        n = n + 1
      end
      assert.equal(1, n)
    end)

    it("is not awaited outside a task", plain(function()
      local q = class.make(1)
      raises("outside a task", await, q:put(1))
      assert.is_true(q:empty())
      q:put_nowait(1)
      raises("outside a task", await, q:get())
      assert.equal(1, q:qsize())
      raises("outside a task", await, q:join())
      raises("outside a task", function()
        for _ in q:iter() do error("an item", 0) end
      end)
      assert.equal("maxsize=1 _queue=[1] tasks=1", format_of(q))
      q:task_done()
      q:shutdown(true)
      assert.equal("maxsize=1 shutdown", format_of(q))
    end))

    it("wakes from outside the loop, and from callbacks", plain(function()
      local q = class.make(1)
      local loop = support.new_loop()
      local getting = loop:create_task(q:get())
      support.run_briefly(loop)
      q:put_nowait("item")
      assert.is_false(getting:done())
      assert.equal("item", loop:run_until_complete(getting))

      loop:call_later(1, q.put_nowait, q, "another")
      assert.equal("another", loop:run_until_complete(q:get()))
      q:put_nowait(1)
      loop:call_later(1, q.get_nowait, q)
      loop:run_until_complete(q:put(2))
      assert.equal("maxsize=1 _queue=[2] tasks=4", format_of(q))
    end))

    it("belongs to the loop in which somebody waited", plain(function()
      local q = class.make(1)
      for _ = 1, 2 do
        run(function()
          await(q:put(1))
          assert.equal(1, await(q:get()))
          q:task_done()
          await(q:join())
        end)
      end
      run(function()
        raises(TimeoutError, await, asyncio.wait_for(q:get(), 1))
      end)
      run(function()
        raises("Queue.* is bound to a different event loop$", await, q:get())
        raises("Queue.* is bound to a different event loop$", function()
          for _ in q:iter() do error("an item", 0) end
        end)
        assert.equal("maxsize=1", format_of(q))
        await(q:put(1))
        raises("Queue.* is bound to a different event loop$", await, q:put(2))
        assert.equal(1, await(q:get()))
        assert.equal("maxsize=1 tasks=1", format_of(q))
      end)
    end))

    it("raises a deadlock when nobody will put", plain(function()
      local loop = support.new_loop()
      support.record_reports(loop)
      local q = class.make()
      local task = loop:create_task(q:get(), {name = "stuck"})
      local err = raises(asyncio.DeadlockError, loop.run_until_complete, loop, task)
      assert.matches("<Task pending name='stuck'", tostring(err), 1, true)
    end))

    it("loses and doubles nothing, whichever of 1000 are cancelled", plain(function()
      local function program(seed)
        local next_random = random(seed)
        local size = next_random(5)
        local q = class.make(size)
        local log, put, got = {}, {}, {}
        local puts, gets, cancelled, late = 0, 0, 0, 0
        run(function()
          local tasks = {}

          -- Either at once or with a limit.
          local function limited(aw)
            if next_random(3) > 0 then return await(aw) end
            return await(asyncio.wait_for(aw, next_random(50) / 100))
          end

          local function note(item)
            gets = gets + 1
            assert.is_nil(got[item])
            got[item] = true
            log[#log + 1] = item
          end

          local function live(id)
            await(sleep(next_random(100) / 100))
            for i = 1, 3 do
              if id % 2 == 0 then
                local item = id * 10 + i
                limited(q:put(item))
                put[item] = true
                puts = puts + 1
              else
                note(limited(q:get()))
                q:task_done()
              end
              -- At once, those who have just been woken too.
              if next_random(4) == 0 then tasks[next_random(#tasks) + 1]:cancel() end
              if next_random(3) == 0 then await(sleep(next_random(3) / 100)) end
            end
          end

          for i = 1, 1000 do tasks[i] = start(live, i) end
          local killer = start(function()
            for _ = 1, 100 do
              await(sleep(next_random(3) / 100))
              for _ = 1, next_random(4) do tasks[next_random(#tasks) + 1]:cancel() end
            end
          end)
          await(killer)
          await(sleep(100))
          -- Nobody waits for what is there.
          assert.is_true(q:empty() or waiting(q, "getters") == 0)
          assert.is_true(q:full() or waiting(q, "putters") == 0)

          while waiting(q, "putters") > 0 do
            note(q:get_nowait())
            q:task_done()
            ticks(2)
          end
          q:shutdown()
          for item in q:iter() do
            note(item)
            q:task_done()
          end
          await(q:join())

          for _, task in ipairs(tasks) do
            local ok, err = pcall(await, task)
            if not ok then
              if isinstance(err, CancelledError) then
                cancelled = cancelled + 1
              elseif isinstance(err, TimeoutError) then
                late = late + 1
              else
                assert.is_true(isinstance(err, QueueShutDown), tostring(err))
              end
            end
          end
        end)
        assert.same(put, got)
        assert.equal(puts, gets)
        assert.equal(("maxsize=%d shutdown"):format(size), format_of(q))
        assert.is_true(puts > 300)
        assert.is_true(cancelled > 100)
        assert.is_true(late > 10)
        return log
      end

      for seed = 1, 4 do assert.same(program(seed), program(seed)) end
    end))
  end)
end

describe("Queue", function()
  after_each(plain(support.close_loops))

  it("keeps the order of items, whoever is cancelled", function()
    local next_random = random(11)
    local q = Queue(4)
    local got, tasks = {}, {}
    local function consumer()
      for item in q:iter() do
        got[#got + 1] = item
        if next_random(4) == 0 then ticks(next_random(3)) end
      end
    end
    for i = 1, 10 do tasks[i] = start(consumer) end
    local producer = start(function()
      for i = 1, 1000 do
        await(q:put(i))
        if next_random(4) == 0 then ticks(1) end
        if next_random(4) == 0 then
          local victim = next_random(10) + 1
          tasks[victim]:cancel()
          tasks[victim] = start(consumer)
        end
      end
      q:shutdown()
    end)
    await(producer)
    await(asyncio.gather(tasks))
    assert.same(iota(1000), got)
    assert.equal("maxsize=4 tasks=1000 shutdown", format_of(q))
  end)

  it("keeps nils in their places", function()
    local q = Queue()
    for i = 1, 9 do
      if i % 3 == 0 then q:put_nowait(i) else q:put_nowait(nil) end
    end
    for i = 1, 9 do
      if i % 3 == 0 then
        assert.equal(i, await(q:get()))
      else
        assert.is_nil(await(q:get()))
      end
    end
    assert.is_true(q:empty())
  end)
end)

describe("LifoQueue", function()
  after_each(plain(support.close_loops))

  it("keeps nils in their places", function()
    local q = LifoQueue()
    q:put_nowait(1)
    q:put_nowait(nil)
    q:put_nowait(2)
    q:put_nowait(nil)
    assert.equal("maxsize=0 _queue=[1, nil, 2, nil] tasks=4", format_of(q))
    assert.is_nil(q:get_nowait())
    assert.equal(2, q:get_nowait())
    assert.is_nil(q:get_nowait())
    assert.equal(1, q:get_nowait())
    assert.is_true(q:empty())
  end)

  it("puts what waited on top", function()
    local q = LifoQueue(2)
    for i = 1, 2 do q:put_nowait(i) end
    local task = create_task(q:put(3))
    ticks(1)
    assert.equal(2, await(q:get()))
    await(task)
    assert.same({3, 1}, drain(q))
  end)
end)

describe("PriorityQueue", function()
  after_each(plain(support.close_loops))

  it("gives the least of whatever can be compared", function()
    local next_random = random(3)
    local q = PriorityQueue()
    local want = {}
    for i = 1, 1000 do
      want[i] = next_random(5000)
      await(q:put(want[i]))
    end
    table.sort(want)
    assert.same(want, drain(q))

    for _, word in ipairs {"pear", "apple", "fig"} do q:put_nowait(word) end
    assert.same({"apple", "fig", "pear"}, drain(q))

    local mt = {__lt = function(a, b) return a.n < b.n end}
    for _, n in ipairs {2, 3, 1} do q:put_nowait(setmetatable({n = n}, mt)) end
    for n = 1, 3 do assert.equal(n, q:get_nowait().n) end
  end)

  it("takes a comparator", function()
    local function more(a, b) return a > b end
    for _, size in ipairs {0, 3} do
      local q = PriorityQueue(size, {lt = more})
      assert.equal(size, q.maxsize)
      for _, i in ipairs {1, 3, 2} do await(q:put(i)) end
      assert.equal(size == 3, q:full())
      assert.same({3, 2, 1}, drain(q))
    end
    local q = PriorityQueue(nil, {lt = more})
    assert.equal(0, q.maxsize)
    q = PriorityQueue(nil, {lt = function(a, b) return a.when < b.when end})
    for _, when in ipairs {5, 1, 3} do q:put_nowait {when = when} end
    local log = {}
    for _ = 1, 3 do log[#log + 1] = q:get_nowait().when end
    assert.same({1, 3, 5}, log)
    assert.matches("^<PriorityQueue ", tostring(q))
  end)

  it("puts nil where the comparator wants it", function()
    local q = PriorityQueue(0, {lt = any_less})
    for _, item in ipairs {"b", "a"} do q:put_nowait(item) end
    q:put_nowait(nil)
    q:put_nowait("c")
    q:put_nowait(nil)
    assert.is_nil(q:get_nowait())
    assert.is_nil(q:get_nowait())
    assert.same({"a", "b", "c"}, drain(q))
  end)

  -- The order of CPython's heapq: not that of the puts, but a fixed one.
  it("has a fixed order for what is equal", function()
    local function lt(a, b) return a[1] < b[1] end
    local function tags(q, n)
      local list = {}
      for i = 1, n do list[i] = q:get_nowait()[2] end
      assert.is_true(q:empty())
      return list
    end

    local q = PriorityQueue(0, {lt = lt})
    for i = 1, 10 do q:put_nowait {0, i} end
    assert.same({1, 3, 7, 10, 9, 6, 8, 5, 2, 4}, tags(q, 10))

    for i = 1, 20 do q:put_nowait {i % 3, i} end
    assert.same({3, 6, 15, 12, 9, 18, 7, 13, 19, 1, 10, 4, 16, 20, 2, 14, 8, 5, 11, 17},
      tags(q, 20))

    local next_random, out, tag = random(7), {}, 0
    for _ = 1, 60 do
      if next_random(3) < 2 or q:empty() then
        tag = tag + 1
        q:put_nowait {next_random(4), tag}
      else
        out[#out + 1] = q:get_nowait()[2]
      end
    end
    table.move(tags(q, q:qsize()), 1, tag, #out + 1, out)
    assert.same({
      2, 1, 3, 4, 6, 8, 14, 12, 13, 9, 18, 15, 17, 24, 29, 25, 26, 32, 27, 33, 38, 20,
      30, 39, 36, 21, 28, 34, 19, 5, 16, 10, 31, 35, 37, 7, 23, 11, 22,
    }, out)
  end)

  it("shows its items as they are kept", function()
    local q = PriorityQueue()
    for _, item in ipairs {3, 2, 1} do q:put_nowait(item) end
    assert.equal("maxsize=0 _queue=[1, 3, 2] tasks=3", format_of(q))
  end)

  it("raises what the comparison raises", function()
    local q = PriorityQueue()
    q:put_nowait(1)
    raises("attempt to compare", q.put_nowait, q, "x")

    local err = MyError("not comparable")
    local bad = false
    q = PriorityQueue(0, {lt = function(a, b)
      if bad then error(err, 0) end
      return a < b
    end})
    q:put_nowait(1)
    bad = true
    assert.is_true(rawequal(err, raises(MyError, await, q:put(2))))
    bad = false
    assert.equal(1, await(q:get()))
  end)

  it("gives the room to the next when a comparison fails", function()
    local q = PriorityQueue(2)
    for i = 1, 2 do q:put_nowait(i) end
    local bad, good = create_task(q:put("x")), create_task(q:put(3))
    ticks(1)
    assert.equal(1, q:get_nowait())
    raises("attempt to compare", await, bad)
    await(good)
    assert.equal("maxsize=2 _queue=[2, 3] tasks=3", format_of(q))
  end)

  it("gives the item to the next when a comparison fails", function()
    local bad = 0
    local q = PriorityQueue(0, {lt = function(a, b)
      bad = bad - 1
      if bad == 0 then error("not comparable", 0) end
      return a < b
    end})
    local first, log = create_task(q:get()), {}
    ticks(1)
    local others = getters(q, log, 3)
    for i = 1, 3 do q:put_nowait(i) end
    bad = 1
    raises("not comparable", await, first)
    await(asyncio.gather(others))
    assert.same({"1:1", "2:2", "3:3"}, log)
    assert.equal("maxsize=0 tasks=3", format_of(q))
  end)

  it("keeps all items when a comparison fails", function()
    local countdown = -1
    local q = PriorityQueue(0, {lt = function(a, b)
      countdown = countdown - 1
      if countdown == 0 then error("not comparable", 0) end
      return a < b
    end})
    local next_random, want = random(5), {}
    for _ = 1, 300 do
      countdown = next_random(5)
      local item = next_random(1000)
      if pcall(q.put_nowait, q, item) then want[#want + 1] = item end
    end
    assert.is_true(#want > 100 and #want < 300)
    table.sort(want)
    local got, failed = {}, 0
    while not q:empty() do
      countdown = next_random(20)
      local ok, item = pcall(q.get_nowait, q)
      if ok then got[#got + 1] = item else failed = failed + 1 end
    end
    assert.is_true(failed > 10)
    assert.same(want, got)
  end)

  it("refuses to be changed by a comparison", function()
    local q, act
    q = PriorityQueue(0, {lt = function(a, b)
      if act then act() end
      return a < b
    end})
    for i = 1, 8 do q:put_nowait(i) end -- the next put needs more room
    for _, change in ipairs {
      function() q:put_nowait(0) end, function() q:get_nowait() end,
      function() q:shutdown(true) end,
    } do
      local function once()
        act = nil
        change()
      end
      act = once
      raises("PriorityQueue changed while its items were compared", q.put_nowait, q, 9)
      act = once
      if q:empty() then break end
      raises("PriorityQueue changed while its items were compared", q.get_nowait, q)
    end
    assert.equal("maxsize=0 tasks=2 shutdown", format_of(q)) -- the two that were got
  end)

  it("refuses a comparison that awaits", function()
    local q = PriorityQueue(0, {lt = function(a, b)
      await(sleep(0))
      return a < b
    end})
    await(q:put(1))
    raises("await across a C call", await, q:put(2))
    assert.equal("maxsize=0 _queue=[1] tasks=1", format_of(q))
  end)

  it("gives the least to who waited first", function()
    local q = PriorityQueue()
    local log = {}
    local tasks = getters(q, log, 3)
    for _, item in ipairs {3, 1, 2} do q:put_nowait(item) end
    await(asyncio.gather(tasks))
    assert.same({"1:1", "2:2", "3:3"}, log)
  end)
end)

describe("queues", function()
  after_each(plain(support.close_loops))

  it("raise exceptions that a program can tell apart", function()
    local q = Queue(1)
    assert.equal("QueueEmpty", tostring(raises(QueueEmpty, q.get_nowait, q)))
    q:put_nowait(1)
    assert.equal("QueueFull", tostring(raises(QueueFull, q.put_nowait, q, 2)))
    q:shutdown(true)
    assert.equal("QueueShutDown", tostring(raises(QueueShutDown, q.get_nowait, q)))
    assert.equal("QueueShutDown", tostring(raises(QueueShutDown, q.put_nowait, q, 2)))
    assert.is_true(isinstance(raises(QueueShutDown, q.get_nowait, q), asyncio.Exception))
  end)

  it("name the argument that is wrong", function()
    local function at(want, fn)
      local line = debug.getinfo(fn, "S").linedefined + 1
      local err = raises(want, fn)
      assert.matches(("^.*queues_spec%%.lua:%d: "):format(line), err)
    end
    at("bad argument #1 to 'Queue' %(number expected, got string%)", function()
      local _ = Queue("10")
    end)
    at("bad argument #1 to 'LifoQueue' %(number expected, got boolean%)", function()
      local _ = LifoQueue(true)
    end)
    at("bad argument #1 to 'PriorityQueue' %(number expected, got function%)", function()
      local _ = PriorityQueue(print)
    end)
    at("unknown option 'gt' of 'PriorityQueue'", function()
      local _ = PriorityQueue(0, {gt = function() end})
    end)
    at("option 'lt' of 'PriorityQueue' must be a function, not number", function()
      local _ = PriorityQueue(0, {lt = 5})
    end)
    at("options of 'PriorityQueue' must be a table, not function", function()
      local _ = PriorityQueue(0, function(a, b) return a < b end)
    end)
    at("task_done%(%) called too many times$", function()
      Queue():task_done()
    end)
  end)

  it("name the method that is called without its object", function()
    local methods = {"put", "get", "put_nowait", "get_nowait", "qsize", "empty", "full",
                     "task_done", "join", "shutdown", "iter"}
    for _, class in ipairs(CLASSES) do
      local q = class.make()
      for _, name in ipairs(methods) do
        local want = ("bad argument #1 to '%s'"):format(name)
        for _, args in ipairs {{n = 0}, {42, n = 1}, {{}, n = 1}} do
          raises(want, function()
            await(q[name](table.unpack(args, 1, args.n)))
          end)
        end
      end
      assert.equal("maxsize=0", format_of(q))
    end
  end)

  -- What each class does with a list in the order of coming.
  local MODELS = {
    Queue = function(list) return table.remove(list, 1) end,
    LifoQueue = function(list) return table.remove(list) end,
    PriorityQueue = function(list)
      local least = 1
      for i, item in ipairs(list) do if item < list[least] then least = i end end
      return table.remove(list, least)
    end,
  }

  it("give items in their order, however many come and go", function()
    for _, class in ipairs(CLASSES) do
      local next_random, take = random(11), MODELS[class.name]
      local q, model, item = class.make(), {}, 0
      for _ = 1, support.many(3000) do
        local growing = next_random(40) > 1 and 2 or 0
        if next_random(3) <= growing then
          item = item + 1
          local value = class.name == "PriorityQueue" and next_random(10000) or item
          model[#model + 1] = value
          if next_random(2) == 1 then await(q:put(value)) else q:put_nowait(value) end
        elseif #model > 0 then
          local got
          if next_random(2) == 1 then got = await(q:get()) else got = q:get_nowait() end
          assert.equal(take(model), got)
        end
        assert.equal(#model, q:qsize())
      end
      while #model > 0 do assert.equal(take(model), await(q:get())) end
      assert.is_true(q:empty())
    end
  end)

  it("keep no room of a burst", function()
    for _, class in ipairs(CLASSES) do
      local q = class.make()
      collectgarbage()
      local before = collectgarbage("count")
      for i = 1, 20000 do q:put_nowait(i) end
      for i = 1, 20000 do if i % 2 == 0 then q:get_nowait() else await(q:get()) end end
      collectgarbage()
      assert.is_true(collectgarbage("count") - before < 64, class.name)
    end
  end)

  -- Items go in among garbage whose finalizer puts one in too, or takes one out.
  -- Returns how many there should be.
  local function with_finalizers(q, puts)
    local count = 0
    local function finalize()
      if puts then
        q:put_nowait(0)
        count = count + 1
      elseif not q:empty() then
        q:get_nowait()
        count = count - 1
      end
    end
    for i = 1, 70 do
      for _ = 1, 3 do setmetatable({}, {__gc = finalize}) end
      q:put_nowait(i)
      count = count + 1
    end
    return count
  end

  it("lose nothing when finalizers use them while they grow", function()
    local mode = collectgarbage("generational", 1, 100)
    for i = 1, 300 do
      local q = Queue()
      local count = with_finalizers(q, i % 2 == 0)
      collectgarbage("stop")
      assert(q:qsize() == count)
      for _ = 1, count do assert(q:get_nowait() ~= nil) end
      collectgarbage("restart")
    end
    collectgarbage("generational", 20, 100)
    collectgarbage(mode)
  end)

  it("give what a finalizer does while somebody begins to wait", function()
    local wait = debug.getmetatable(core.waiters()).__index.wait
    for _, class in ipairs(CLASSES) do
      local q = class.make(1)
      local mode = support.finalize_within(wait, function() q:put_nowait(1) end)
      assert.equal(1, await(q:get()))
      q:put_nowait(2)
      support.finalize_within(wait, function() q:get_nowait() end)
      await(q:put(3))
      assert.equal(3, q:get_nowait())
      support.finalize_within(wait, function() for _ = 1, 3 do q:task_done() end end)
      await(q:join())
      support.finalize_within(wait, function() q:shutdown() end)
      raises(QueueShutDown, await, q:get())
      collectgarbage(mode)
    end
  end)

  it("hold on to no item that was taken", function()
    for _, class in ipairs {CLASSES[1], CLASSES[2]} do
      local q, seen = class.make(), setmetatable({}, {__mode = "v"})
      for i = 1, 5 do
        seen[i] = {}
        await(q:put(seen[i]))
      end
      for _ = 1, 5 do await(q:get()) end
      collectgarbage()
      assert.is_nil(next(seen))
    end
  end)

  it("fail with an error when their insides are overwritten", function()
    for _, value in ipairs {false, 1, {}, io.stdout} do
      local q = Queue()
      local put = q:put(1)
      q[1] = value
      assert.is_false(pcall(await, put))
      assert.is_false(pcall(await, q:get()))
      assert.is_false(pcall(q.put_nowait, q, 1))
    end
  end)

  it("cannot be awaited", function()
    local q = Queue()
    raises("an awaitable is required, got <", await, q)
    assert.is_false(asyncio.isawaitable(q))
  end)

  it("work in eager tasks", function()
    local loop = get_running_loop()
    loop:set_task_factory(asyncio.eager_task_factory)
    local q = Queue(1)
    local got = {}
    local consumer = start(function()
      for item in q:iter() do got[#got + 1] = item end
    end)
    local first, second = create_task(q:put(1)), create_task(q:put(2))
    assert.is_true(first:done())
    assert.is_false(second:done())
    await(second)
    q:shutdown()
    await(consumer)
    assert.same({1, 2}, got)
    loop:set_task_factory(nil)
  end)
end)
