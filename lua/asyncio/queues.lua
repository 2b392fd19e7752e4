-- Queue, LifoQueue, PriorityQueue. After CPython's asyncio.queues; nil is an item
-- like any other.

local core = require "asyncio.core"
local repr = require "asyncio.repr"
local waiters = require "asyncio.waiters"

local exceptions = core.exceptions

-- Index 1 of a queue: what it holds, and how many items are unfinished; made by
-- core.queue_store, in csrc/queue.c.
local STORE <const> = 1

-- The two lines of waiters, as the store knows them. While it expects somebody in a
-- line, put, or get, comes here to wake the next; else the core does it alone.
local GETTERS <const>, PUTTERS <const> = 0, 1

-- The class ----------------------------------------------------------------

local Queue = {}

local function check(self, method)
  local mt = debug.getmetatable(self)
  if type(mt) ~= "table" or rawget(mt, "put_nowait") ~= Queue.put_nowait then
    error(("bad argument #1 to '%s' (Queue expected, got %s)")
          :format(method, type(self)), 3)
  end
end

local function wake_getter(self)
  if self._getters:wake_out() then self[STORE]:expect(GETTERS) end
end

local function wake_putter(self)
  if self._putters:wake_out() then self[STORE]:expect(PUTTERS) end
end

local function has_room(self) return not self[STORE]:is_full() end
local function has_items(self) return self[STORE]:count() > 0 end

-- Waits in the line; whoever wakes takes out. `is_open()`: what was given to one
-- that is cancelled is for the next.
local function stand_in(self, line, is_open, wake)
  local ok, err, is_woken = waiters.wait(self, line)
  if ok then return end
  if is_woken and is_open(self) then wake(self) end
  error(err, 0)
end

-- Calls a method of the store, put or take. A comparator that raises has changed
-- nothing: whoever is next in the line may.
local function ask(self, method, wake, item)
  local store = self[STORE]
  if not self._compares then return store[method](store, item) end
  local ok, is_done, flag, result = pcall(store[method], store, item)
  if ok then return is_done, flag, result end
  wake(self)
  error(is_done, 0)
end

-- Puts the item in and wakes a getter. Has it?, or is the queue shut down?
local function add(self, item)
  local is_put, flag = ask(self, "put", wake_putter, item)
  if is_put and flag then wake_getter(self) end
  return is_put, flag
end

-- Takes an item and wakes a putter. Has it?, or is the queue shut down?, the item.
local function take(self)
  local is_taken, flag, item = ask(self, "take", wake_getter)
  if is_taken and flag then wake_putter(self) end
  return is_taken, flag, item
end

local function put(self, item)
  local is_put, is_shut_down = add(self, item)
  while not is_put do
    if is_shut_down then error(exceptions.QueueShutDown(), 0) end
    stand_in(self, self._putters, has_room, wake_putter)
    is_put, is_shut_down = add(self, item)
  end
end

local function get(self)
  local is_taken, is_shut_down, item = take(self)
  while not is_taken do
    if is_shut_down then error(exceptions.QueueShutDown(), 0) end
    stand_in(self, self._getters, has_items, wake_getter)
    is_taken, is_shut_down, item = take(self)
  end
  return item
end

--- Puts it in at once, or raises QueueFull.
function Queue:put_nowait(item)
  check(self, "put_nowait")
  local is_put, is_shut_down = add(self, item)
  if is_put then return end
  error(is_shut_down and exceptions.QueueShutDown() or exceptions.QueueFull(), 0)
end

--- The next item at once, or raises QueueEmpty.
function Queue:get_nowait()
  check(self, "get_nowait")
  local is_taken, is_shut_down, item = take(self)
  if is_taken then return item end
  error(is_shut_down and exceptions.QueueShutDown() or exceptions.QueueEmpty(), 0)
end

--- How many items are in it?
function Queue:qsize()
  check(self, "qsize")
  return self[STORE]:count()
end

function Queue:empty()
  check(self, "empty")
  return self[STORE]:count() == 0
end

--- Has it as many items as maxsize?
function Queue:full()
  check(self, "full")
  return self[STORE]:is_full()
end

-- False if none was unfinished.
local function finish(self)
  local left = self[STORE]:finish()
  if left == 0 then self._joiners:wake(nil, math.huge) end
  return left ~= nil
end

--- An item that was taken is done with; `join` waits for as many as were put.
function Queue:task_done()
  check(self, "task_done")
  if not finish(self) then error("task_done() called too many times", 2) end
end

local function join(self)
  if self[STORE]:unfinished() == 0 then return end
  local ok, err = waiters.wait(self, self._joiners)
  if not ok then error(err, 0) end
end

--- From now on put raises QueueShutDown, and get when the queue is empty; who
--- waits learns it. `immediate`: what is in the queue is dropped.
function Queue:shutdown(immediate)
  check(self, "shutdown")
  local store = self[STORE]
  store:shut_down()
  while immediate and store:take() do finish(self) end
  while self._getters:wake_out() do end -- luacheck: ignore
  while self._putters:wake_out() do end -- luacheck: ignore
end

local function next_item(self)
  local store = self[STORE]
  while store:count() == 0 do
    if store:is_shut_down() then return nil end
    store:expect(GETTERS)
    stand_in(self, self._getters, has_items, wake_getter)
  end
  if store:peek() == nil then
    wake_getter(self) -- it is for somebody else
    error("Queue:iter cannot give an item that is nil: take it with get", 0)
  end
  local _, _, item = take(self)
  return item
end

--- An iterator over the items, which ends when the queue is shut down and empty.
--- A nil would end a `for` early: it stays in the queue, and is an error.
function Queue:iter()
  check(self, "iter")
  return function()
    if not core.is_loop_running() or not core.current_task() then
      error("Queue:iter outside a task: start one with asyncio.run or "
            .. "asyncio.create_task", 2)
    end
    return next_item(self)
  end
end

-- As CPython's: what is 0 is left out.
local function format(self)
  local words = {"maxsize=" .. self.maxsize}
  local store = self[STORE]
  if store:count() > 0 then
    local list, texts = store:items(), {}
    for i = 1, list.n do texts[i] = repr.value(list[i]) end
    words[#words + 1] = "_queue=[" .. table.concat(texts, ", ") .. "]"
  end
  for _, name in ipairs {"_getters", "_putters"} do
    local n = self[name]:count()
    if n > 0 then words[#words + 1] = ("%s[%d]"):format(name, n) end
  end
  if store:unfinished() > 0 then
    words[#words + 1] = "tasks=" .. store:unfinished()
  end
  if store:is_shut_down() then words[#words + 1] = "shutdown" end
  return table.concat(words, " ")
end

-- Making -------------------------------------------------------------------

local function check_maxsize(maxsize, name)
  if maxsize == nil then return 0 end
  if type(maxsize) ~= "number" then
    error(("bad argument #1 to '%s' (number expected, got %s)")
          :format(name, type(maxsize)), 4)
  elseif maxsize ~= maxsize then
    error(("bad argument #1 to '%s' (NaN)"):format(name), 4)
  end
  return maxsize
end

local function new_queue(class, maxsize, lt)
  return setmetatable({
    [STORE] = core.queue_store(class._order, maxsize, lt), maxsize = maxsize,
    _compares = class._order == "priority", _getters = core.waiters(),
    _putters = core.waiters(), _joiners = core.waiters()}, class)
end

-- Public, by core.method:
--   put(item), puts the item in; waits while the queue is full
--   get(), an awaitable of the next item; waits while the queue is empty
--   join(), waits until each item that was put is done with
local function queue_class(name, order)
  local class = {__name = name, _order = order}
  class.__index = class
  for key, value in pairs(Queue) do class[key] = value end
  class.put = core.queue_method(put, class, "put")
  class.get = core.queue_method(get, class, "get")
  class.join = core.method(join, class, "join")
  function class:__tostring()
    return ("<%s at %p %s>"):format(name, self, format(self))
  end
  return class
end

local Fifo, Lifo = queue_class("Queue", "fifo"), queue_class("LifoQueue", "lifo")
local Priority = queue_class("PriorityQueue", "priority")

local function new_priority_queue(maxsize, opts)
  if opts ~= nil and type(opts) ~= "table" then
    error("options of 'PriorityQueue' must be a table, not " .. type(opts), 3)
  end
  for key, value in pairs(opts or {}) do
    if key ~= "lt" then
      error(("unknown option '%s' of 'PriorityQueue'"):format(tostring(key)), 3)
    elseif type(value) ~= "function" then
      error(("option 'lt' of 'PriorityQueue' must be a function, not %s")
            :format(type(value)), 3)
    end
  end
  return new_queue(Priority, check_maxsize(maxsize, "PriorityQueue"),
                   opts and opts.lt)
end

return {
  Queue = waiters.export(Fifo, function(maxsize)
    return new_queue(Fifo, check_maxsize(maxsize, "Queue"))
  end),
  LifoQueue = waiters.export(Lifo, function(maxsize)
    return new_queue(Lifo, check_maxsize(maxsize, "LifoQueue"))
  end),
  PriorityQueue = waiters.export(Priority, new_priority_queue),
}
