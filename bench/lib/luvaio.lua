-- Tasks, futures, sleep, gather and wait_for in plain Lua over luv: what a
-- careful user of luv would write for want of a library.
local uv = require "luv"

local create, resume = coroutine.create, coroutine.resume
local yield, status = coroutine.yield, coroutine.status

local aio = {}
local ready, head, tail = {}, 1, 0
local current

local CANCEL = setmetatable({}, {
  __tostring = function() return "CancelledError" end,
})
aio.CANCEL = CANCEL

function aio.now() return uv.hrtime() / 1e9 end

local function push(task)
  tail = tail + 1
  ready[tail] = task
end

local Future = {}
Future.__index = Future

function aio.future() return setmetatable({done = false}, Future) end

-- A waiter is a task, to be made ready, or a function, to be called.
local function wake(waiter, future)
  if type(waiter) == "table" then push(waiter) else waiter(future) end
end

local function finish(future)
  future.done = true
  local waiter = future.waiter
  if waiter then
    future.waiter = nil
    wake(waiter, future)
  end
  local more = future.more
  if more then
    future.more = nil
    for i = 1, #more do wake(more[i], future) end
  end
end

function Future:set_result(value)
  self.res = value
  finish(self)
end

function Future:add(waiter)
  if not self.waiter then
    self.waiter = waiter
  else
    local more = self.more
    if not more then
      more = {}
      self.more = more
    end
    more[#more + 1] = waiter
  end
end

function Future:remove(waiter)
  if self.waiter == waiter then
    self.waiter = nil
    return
  end
  local more = self.more
  for i = 1, more and #more or 0 do
    if more[i] == waiter then
      table.remove(more, i)
      return
    end
  end
end

local function step(task)
  current = task
  local ok, value = resume(task.co, task.fn)
  current = nil
  if status(task.co) == "dead" then
    if ok then task.res = value else task.err = value end
    finish(task)
  end
end

local function body(fn) return fn() end

function aio.spawn(fn)
  local task = setmetatable({done = false, co = create(body), fn = fn}, Future)
  push(task)
  return task
end

local function raise_if_cancelled(task)
  if task.throw then
    task.throw = nil
    error(CANCEL, 0)
  end
end

function aio.await(future)
  if not future.done then
    local task = current
    future:add(task)
    task.waiting = future
    yield()
    task.waiting = nil
    raise_if_cancelled(task)
  end
  if future.err ~= nil then error(future.err, 0) end
  return future.res
end

function aio.sleep(seconds)
  local task = current
  if seconds <= 0 then
    push(task)
    yield()
    raise_if_cancelled(task)
    return
  end
  local timer = uv.new_timer()
  task.timer = timer
  uv.update_time() -- a stale clock would fire the timer early
  timer:start(math.floor(seconds * 1000), 0, function()
    timer:close()
    task.timer = nil
    push(task)
    uv.stop()
  end)
  yield()
  raise_if_cancelled(task)
end

function aio.cancel(task)
  if task.done then return false end
  task.throw = true
  if task.timer then
    task.timer:stop()
    task.timer:close()
    task.timer = nil
    push(task)
  elseif task.waiting then
    task.waiting:remove(task)
    push(task)
  end
  return true
end

function aio.gather(tasks, return_exceptions)
  local n = #tasks
  local all, left = aio.future(), n
  local function child_done()
    left = left - 1
    if left == 0 then all:set_result(tasks) end
  end
  for i = 1, n do
    local task = tasks[i]
    if task.done then child_done() else task:add(child_done) end
  end
  aio.await(all)
  local out = {}
  for i = 1, n do
    local task = tasks[i]
    if task.err == nil then
      out[i] = task.res
    elseif return_exceptions then
      out[i] = task.err
    else
      error(task.err, 0)
    end
  end
  return out
end

-- Runs fn in the current task; the timer cancels that task.
function aio.wait_for(fn, seconds)
  local task, timer, fired = current, uv.new_timer(), false
  timer:start(math.floor(seconds * 1000), 0, function()
    fired = true
    aio.cancel(task)
  end)
  local ok, value = pcall(fn)
  timer:stop()
  timer:close()
  if not ok then error(fired and "timeout" or value, 0) end
  return value
end

-- A bounded queue in the simplest way: no cancellation, no shutdown.
local Queue = {}
Queue.__index = Queue

function aio.queue(max)
  return setmetatable({max = max, count = 0, first = 1, last = 0,
                       getters = {first = 1, last = 0},
                       putters = {first = 1, last = 0}}, Queue)
end

local function wait_in(line)
  local fut = aio.future()
  line.last = line.last + 1
  line[line.last] = fut
  aio.await(fut)
end

local function wake_first(line)
  if line.first > line.last then return end
  local fut = line[line.first]
  line[line.first], line.first = nil, line.first + 1
  fut:set_result(true)
end

function Queue:put(item)
  while self.count >= self.max do wait_in(self.putters) end
  self.last = self.last + 1
  self[self.last], self.count = item, self.count + 1
  wake_first(self.getters)
end

function Queue:get()
  while self.count == 0 do wait_in(self.getters) end
  local item = self[self.first]
  self[self.first], self.first = nil, self.first + 1
  self.count = self.count - 1
  wake_first(self.putters)
  return item
end

function aio.run(fn)
  local main = aio.spawn(fn)
  while not main.done do
    local last = tail
    while head <= last do
      local task = ready[head]
      ready[head] = nil
      head = head + 1
      step(task)
    end
    if head <= tail then
      uv.run "nowait"
    else
      head, tail = 1, 0
      if not main.done then uv.run "once" end
    end
  end
  uv.run "nowait" -- luv crashes at exit when handles are still closing
  if main.err ~= nil then error(main.err, 0) end
  return main.res
end

return aio
