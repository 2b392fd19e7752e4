-- Queue, LifoQueue, PriorityQueue. After CPython's asyncio.queues; nil is an item
-- like any other.

local core = require "asyncio.core"
local repr = require "asyncio.repr"
local waiters = require "asyncio.waiters"

local exceptions = core.exceptions
local await = core.await
local loop_of = waiters.loop_of

-- What a queue holds -------------------------------------------------------
-- Each store has push(self, item), pop(self), peek(self), what pop would return,
-- and items(self), a list with n; the queue counts its items in _count.

local fifo = {}

function fifo.push(self, item)
  local last = self._last + 1
  self._last, self._items[last] = last, item
end

function fifo.pop(self)
  local first, items = self._first, self._items
  local item = items[first]
  items[first], self._first = nil, first + 1
  if first == self._last then self._first, self._last = 1, 0 end
  return item
end

function fifo.peek(self) return self._items[self._first] end

function fifo.items(self)
  local n = self._last - self._first + 1
  return table.move(self._items, self._first, self._last, 1, {n = n})
end

local lifo = {items = fifo.items, push = fifo.push}

function lifo.peek(self) return self._items[self._last] end

function lifo.pop(self)
  local last, items = self._last, self._items
  local item = items[last]
  items[last], self._last = nil, last - 1
  return item
end

-- A binary heap, in the order of heapq's: nothing moves before all comparisons
-- are done, so that one that fails loses nothing.
local heap = {items = fifo.items, peek = fifo.peek}

function heap.push(self, item)
  local items, lt, place = self._items, self._lt, self._last + 1
  local path = {}
  while place > 1 and lt(item, items[place // 2]) do
    path[#path + 1] = place
    place = place // 2
  end
  for _, hole in ipairs(path) do items[hole] = items[hole // 2] end
  items[place] = item
  self._last = self._last + 1
end

-- The places from the root down, each time to the smaller child.
local function descend(items, n, lt)
  local path, place = {1}, 1
  while 2 * place <= n do
    local child = 2 * place
    if child < n and not lt(items[child], items[child + 1]) then
      child = child + 1
    end
    path[#path + 1] = child
    place = child
  end
  return path
end

function heap.pop(self)
  local items, lt, n = self._items, self._lt, self._last - 1
  local top, item = items[1], items[n + 1]
  if n > 0 then
    local path = descend(items, n, lt)
    local depth = #path
    while depth > 1 and lt(item, items[path[depth]]) do depth = depth - 1 end
    for i = 1, depth - 1 do items[path[i]] = items[path[i + 1]] end
    items[path[depth]] = item
  end
  items[n + 1], self._last = nil, n
  return top
end

-- The class ----------------------------------------------------------------

local Queue = {}

local function check(self, method)
  local mt = debug.getmetatable(self)
  if type(mt) ~= "table" or rawget(mt, "put_nowait") ~= Queue.put_nowait then
    error(("bad argument #1 to '%s' (Queue expected, got %s)")
          :format(method, type(self)), 3)
  end
end

local function wake_next(line)
  local first, last = line.first, line.last
  while first <= last do
    local fut = line[first]
    line:remove(first)
    if fut and not fut:done() then
      fut:set_result()
      return
    end
    first, last = line.first, line.last
  end
end

-- Waits in the line; whoever wakes takes the future out. `is_open()`: what was
-- given to one that is cancelled is for the next.
local function stand_in(self, line, is_open)
  local fut, place = line:add(loop_of(self))
  local ok, err = pcall(await, fut)
  if ok then return end
  fut:cancel()
  if line[place] == fut then line:remove(place) end
  if is_open(self) and not fut:cancelled() then wake_next(line) end
  error(err, 0)
end

local function is_full(self)
  return self.maxsize > 0 and self._count >= self.maxsize
end

local function has_room(self) return not is_full(self) end
local function has_items(self) return self._count > 0 end

local function add(self, item)
  self._push(self, item)
  self._count = self._count + 1
  self._unfinished = self._unfinished + 1
  local getters = self._getters
  if getters.first <= getters.last then wake_next(getters) end
end

local function take(self)
  local item = self._pop(self)
  self._count = self._count - 1
  local putters = self._putters
  if putters.first <= putters.last then wake_next(putters) end
  return item
end

local function shut_down() error(exceptions.QueueShutDown(), 0) end

local function put(self, item)
  while is_full(self) do
    if self._is_shutdown then shut_down() end
    stand_in(self, self._putters, has_room)
  end
  if self._is_shutdown then shut_down() end
  add(self, item)
end

local function get(self)
  while self._count == 0 do
    if self._is_shutdown then shut_down() end
    stand_in(self, self._getters, has_items)
  end
  return take(self)
end

--- Puts it in at once, or raises QueueFull.
function Queue:put_nowait(item)
  check(self, "put_nowait")
  if self._is_shutdown then shut_down() end
  if is_full(self) then error(exceptions.QueueFull(), 0) end
  add(self, item)
end

--- The next item at once, or raises QueueEmpty.
function Queue:get_nowait()
  check(self, "get_nowait")
  if self._count == 0 then
    if self._is_shutdown then shut_down() end
    error(exceptions.QueueEmpty(), 0)
  end
  return take(self)
end

--- How many items are in it?
function Queue:qsize()
  check(self, "qsize")
  return self._count
end

function Queue:empty()
  check(self, "empty")
  return self._count == 0
end

--- Has it as many items as maxsize?
function Queue:full()
  check(self, "full")
  return is_full(self)
end

local function finish(self)
  self._unfinished = self._unfinished - 1
  if self._unfinished == 0 then self._joiners:wake_some(math.huge) end
end

--- An item that was taken is done with; `join` waits for as many as were put.
function Queue:task_done()
  check(self, "task_done")
  if self._unfinished <= 0 then
    error("task_done() called too many times", 2)
  end
  finish(self)
end

local function join(self)
  if self._unfinished == 0 then return end
  local fut, place = self._joiners:add(loop_of(self))
  local ok, err = pcall(await, fut)
  self._joiners:remove(place)
  if not ok then error(err, 0) end
end

--- From now on put raises QueueShutDown, and get when the queue is empty; who
--- waits learns it. `immediate`: what is in the queue is dropped.
function Queue:shutdown(immediate)
  check(self, "shutdown")
  self._is_shutdown = true
  while immediate and self._count > 0 do
    self._pop(self)
    self._count = self._count - 1
    if self._unfinished > 0 then finish(self) end
  end
  while self._getters.first <= self._getters.last do wake_next(self._getters) end
  while self._putters.first <= self._putters.last do wake_next(self._putters) end
end

local function next_item(self)
  while self._count == 0 do
    if self._is_shutdown then return nil end
    stand_in(self, self._getters, has_items)
  end
  if self._peek(self) == nil then
    wake_next(self._getters) -- it is for somebody else
    error("Queue:iter cannot give an item that is nil: take it with get", 0)
  end
  return take(self)
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
  if self._count > 0 then
    local list, texts = self._list(self), {}
    for i = 1, list.n do texts[i] = repr.value(list[i]) end
    words[#words + 1] = "_queue=[" .. table.concat(texts, ", ") .. "]"
  end
  for _, name in ipairs {"_getters", "_putters"} do
    local n = self[name]:count()
    if n > 0 then words[#words + 1] = ("%s[%d]"):format(name, n) end
  end
  if self._unfinished > 0 then
    words[#words + 1] = "tasks=" .. self._unfinished
  end
  if self._is_shutdown then words[#words + 1] = "shutdown" end
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

local function new_queue(class, maxsize)
  return setmetatable({
    maxsize = maxsize, _items = {}, _first = 1,
    _last = 0, _count = 0, _unfinished = 0, _getters = waiters.new(),
    _putters = waiters.new(), _joiners = waiters.new()}, class)
end

-- Public, by core.method:
--   put(item), puts the item in; waits while the queue is full
--   get(), an awaitable of the next item; waits while the queue is empty
--   join(), waits until each item that was put is done with
local function queue_class(name, store)
  local class = {__name = name, _push = store.push, _pop = store.pop,
                 _peek = store.peek, _list = store.items}
  class.__index = class
  for key, value in pairs(Queue) do class[key] = value end
  class.put = core.method(put, class, "put")
  class.get = core.method(get, class, "get")
  class.join = core.method(join, class, "join")
  function class:__tostring()
    return ("<%s at %p %s>"):format(name, self, format(self))
  end
  return class
end

local Fifo, Lifo = queue_class("Queue", fifo), queue_class("LifoQueue", lifo)

-- A comparator that raises has put nothing in and taken nothing out: whoever is
-- next in the line may.
local function guarded(act, line)
  return function(self, item)
    local ok, result = pcall(act, self, item)
    if ok then return result end
    wake_next(self[line])
    error(result, 0)
  end
end

local Priority = queue_class("PriorityQueue", {
  push = guarded(heap.push, "_putters"), pop = guarded(heap.pop, "_getters"),
  peek = heap.peek, items = heap.items})

local function less(a, b) return a < b end

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
  local self = new_queue(Priority, check_maxsize(maxsize, "PriorityQueue"))
  self._lt = opts and opts.lt or less
  return self
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
