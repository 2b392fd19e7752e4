-- Lock, Event, Condition, Semaphore, Barrier: first come, first served, and a
-- waiter that is cancelled passes on what it was given. After CPython's
-- asyncio.locks.

local core = require "asyncio.core"
local options = require "asyncio.options"
local waiters = require "asyncio.waiters"

local exceptions = core.exceptions
local await = core.await
local isinstance, CancelledError = exceptions.isinstance,
                                   exceptions.CancelledError
local new_line, wait = core.waiters, waiters.wait
local check = options.check_self

local locks = {}

-- The integer that the number is, or an error.
local function check_integer(value, name, level)
  local n = type(value) == "number" and math.tointeger(value)
  if n then return n end
  error(("bad argument #1 to '%s' (integer expected, got %s)")
        :format(name, math.type(value) or type(value)), level)
end

-- What acquires is a scope: asyncio.with(lock, fn) acquires it first. Of what is
-- not held any more `complaint(self)` says so; then an error that is on its way
-- stays the one, and a loop that closes goes on.
local function make_scope(class, complaint)
  function class._enter(self) return await(self:acquire()) end
  function class:__close(err)
    local message = complaint(self)
    if not message then
      self:release()
    elseif err == nil and core.is_loop_running() then
      waiters.raise(message)
    end
  end
end

-- Lock ---------------------------------------------------------------------

local Lock = waiters.class("Lock", function(self)
  return (self._is_locked and "locked" or "unlocked")
    .. waiters.suffix(self._waiters)
end)

local NOT_ACQUIRED = "Lock is not acquired."

-- Of a Lock or a Condition.
local function is_free(self)
  return not self:locked() and NOT_ACQUIRED or nil
end

make_scope(Lock, is_free)

local function new_lock()
  return setmetatable({_is_locked = false, _waiters = new_line()}, Lock)
end

local function acquire(self)
  local line = self._waiters
  if not self._is_locked and not line:is_wanted() then
    self._is_locked = true
    return self
  end
  local ok, err = wait(self, line)
  if not ok then
    if isinstance(err, CancelledError) and not self._is_locked then
      line:wake_first(true)
    end
    error(err, 0)
  end
  self._is_locked = true
  return self
end

--- An awaitable of the lock itself, once it is held: a <close> value that
--- releases it.
Lock.acquire = core.method(acquire, Lock, "acquire")

--- Is it held?
function Lock:locked()
  check(self, Lock, "locked")
  return self._is_locked
end

local function release(self, level)
  if not self._is_locked then error(NOT_ACQUIRED, level + 1) end
  self._is_locked = false
  self._waiters:wake_first(true)
end

--- Lets go of it; the first who waits gets it.
function Lock:release()
  check(self, Lock, "release")
  release(self, 2)
end

locks.Lock = waiters.export(Lock, new_lock)

-- Event --------------------------------------------------------------------

local Event = waiters.class("Event", function(self)
  return (self._is_set and "set" or "unset") .. waiters.suffix(self._waiters)
end)

--- Is it set?
function Event:is_set()
  check(self, Event, "is_set")
  return self._is_set
end

--- Sets it: all who wait go on, and who waits later does not wait.
function Event:set()
  check(self, Event, "set")
  if self._is_set then return end
  self._is_set = true
  self._waiters:wake(true, math.huge)
end

--- Who waits from now on waits for the next `set`.
function Event:clear()
  check(self, Event, "clear")
  self._is_set = false
end

--- An awaitable of true, once the event is set.
Event.wait = core.method(function(self)
  if self._is_set then return true end
  local ok, err = wait(self, self._waiters)
  if not ok then error(err, 0) end
  return true
end, Event, "wait")

locks.Event = waiters.export(Event, function()
  return setmetatable({_is_set = false, _waiters = new_line()}, Event)
end)

-- Condition ----------------------------------------------------------------

local Condition = waiters.class("Condition", function(self)
  return (self._lock:locked() and "locked" or "unlocked")
    .. waiters.suffix(self._waiters)
end)
make_scope(Condition, is_free)

local function new_condition(lock)
  if lock == nil then
    lock = new_lock()
  elseif getmetatable(lock) ~= Lock then
    error(("bad argument #1 to 'Condition' (Lock expected, got %s)")
          :format(type(lock)), 3)
  end
  return setmetatable({_lock = lock, _waiters = new_line()}, Condition)
end

--- An awaitable of the condition itself, once its lock is held.
Condition.acquire = core.method(function(self)
  acquire(self._lock)
  return self
end, Condition, "acquire")

--- Is its lock held?
function Condition:locked()
  check(self, Condition, "locked")
  return self._lock:locked()
end

--- Lets go of its lock.
function Condition:release()
  check(self, Condition, "release")
  release(self._lock, 2)
end

local function notify(self, n)
  self._waiters:wake(false, n)
end

-- Until the lock is held, cancellation or not; returns the last CancelledError.
local function reacquire(self)
  local cancelled
  repeat
    local ok, err = pcall(acquire, self._lock)
    if not ok and not isinstance(err, CancelledError) then error(err, 0) end
    if not ok then cancelled = err end
  until ok
  return cancelled
end

local function cond_wait(self)
  if not self._lock:locked() then error("cannot wait on un-acquired lock", 0) end
  waiters.bind(self)
  release(self._lock, 1)
  local can_wait, ok, err = pcall(self._waiters.wait, self._waiters)
  if not can_wait then ok, err = false, ok end
  local reacquired, cancelled = pcall(reacquire, self)
  if ok and reacquired and cancelled == nil then return true end
  notify(self, 1) -- it may have been for this one: somebody else looks
  error(cancelled or err, 0)
end

local function cond_wait_for(self, predicate)
  local result = predicate()
  while not result do
    cond_wait(self)
    result = predicate()
  end
  return result
end

--- Lets go of the lock, waits for a notification, takes the lock again; an
--- awaitable of true.
Condition.wait = core.method(cond_wait, Condition, "wait")

local wait_for_of = core.async(cond_wait_for)

--- Waits until predicate() is true; an awaitable of what it returned.
function Condition:wait_for(predicate)
  check(self, Condition, "wait_for")
  if type(predicate) ~= "function" then
    error(("bad argument #1 to 'wait_for' (function expected, got %s)")
          :format(type(predicate)), 2)
  end
  return wait_for_of(self, predicate)
end

local function check_notify(self)
  if not self._lock:locked() then error("cannot notify on un-acquired lock", 3) end
end

--- Wakes n tasks that wait (1).
function Condition:notify(n)
  check(self, Condition, "notify")
  if n == nil then n = 1 end
  n = check_integer(n, "notify", 3)
  check_notify(self)
  notify(self, n)
end

--- Wakes all tasks that wait.
function Condition:notify_all()
  check(self, Condition, "notify_all")
  check_notify(self)
  notify(self, math.huge)
end

locks.Condition = waiters.export(Condition, new_condition)

-- Semaphore ----------------------------------------------------------------

local function semaphore_state(self)
  return (self:locked() and "locked" or ("unlocked, value:%d")
          :format(self._value)) .. waiters.suffix(self._waiters)
end

-- The first in the line has its share from now on.
local function grant(self)
  if not self._waiters:wake(true) then return false end
  self._value = self._value - 1
  return true
end

local function acquire_share(self)
  if not self:locked() then
    self._value = self._value - 1
    return self
  end
  local ok, err, is_granted = wait(self, self._waiters)
  if is_granted then self._value = self._value + 1 end
  if ok and err then self._value = self._value - 1 end -- released meanwhile
  while self._value > 0 and grant(self) do end -- luacheck: ignore
  if not ok then error(err, 0) end
  return self
end

local function semaphore_class(name, is_bounded)
  local Semaphore = waiters.class(name, semaphore_state)

  local function is_whole(self)
    return is_bounded and self._value >= self._bound
      and "BoundedSemaphore released too many times" or nil
  end

  make_scope(Semaphore, is_whole)

  --- Would acquire wait?
  function Semaphore:locked()
    check(self, Semaphore, "locked")
    return self._value == 0 or self._waiters:is_wanted()
  end

  --- An awaitable of the semaphore itself, once it is held: a <close> value that
  --- releases it.
  Semaphore.acquire = core.method(acquire_share, Semaphore, "acquire")

  --- Gives one back; the first who waits gets it. A BoundedSemaphore refuses to
  --- have more than at the beginning.
  function Semaphore:release()
    check(self, Semaphore, "release")
    local message = is_whole(self)
    if message then error(message, 2) end
    self._value = self._value + 1
    grant(self)
  end

  return waiters.export(Semaphore, function(value)
    value = check_integer(value == nil and 1 or value, name, 4)
    if value < 0 then
      error("Semaphore initial value must be >= 0", 3)
    end
    return setmetatable({_value = value, _bound = value,
                         _waiters = new_line()}, Semaphore)
  end)
end

locks.Semaphore = semaphore_class("Semaphore", false)
locks.BoundedSemaphore = semaphore_class("BoundedSemaphore", true)

-- Barrier ------------------------------------------------------------------

local FILLING, DRAINING, RESETTING, BROKEN = "filling", "draining", "resetting",
                                             "broken"

local Barrier = waiters.class("Barrier", function(self)
  if self._state == BROKEN then return BROKEN end
  return ("%s, waiters:%d/%d"):format(self._state, self.n_waiting, self.parties)
end)

-- Fields: parties, n_waiting, broken.
function Barrier:__index(key)
  if key == "broken" then return self._state == BROKEN end
  if key == "n_waiting" then
    return self._state == FILLING and self._count or 0
  end
  return Barrier[key]
end

local function new_barrier(parties)
  parties = check_integer(parties, "Barrier", 4)
  if parties < 1 then error("parties must be > 0", 3) end
  return setmetatable({parties = parties, _count = 0, _state = FILLING,
                       _cond = new_condition()}, Barrier)
end

local function broken(message)
  error(exceptions.BrokenBarrierError(message), 0)
end

-- Calls fn(self) with the barrier's lock held.
local function locked(self, fn)
  local _ <close> = await(self._cond:acquire())
  return fn(self)
end

local function pass(self)
  if self._count == self.parties then
    self._state = DRAINING
    notify(self._cond, math.huge)
    return
  end
  cond_wait_for(self._cond, function() return self._state ~= FILLING end)
  if self._state ~= DRAINING then broken("Abort or reset of barrier") end
end

local function leave(self)
  self._count = self._count - 1
  if self._count > 0 then return end
  if self._state ~= BROKEN then self._state = FILLING end
  notify(self._cond, math.huge)
end

local function wait_locked(self)
  cond_wait_for(self._cond, function()
    return self._state ~= DRAINING and self._state ~= RESETTING
  end)
  if self._state == BROKEN then broken("Barrier aborted") end
  local index = self._count
  self._count = index + 1
  local ok, err = pcall(pass, self)
  leave(self)
  if not ok then error(err, 0) end
  return index
end

--- An awaitable of the task's number (from 0, in order of arrival), once all
--- parties wait.
Barrier.wait = core.method(function(self)
  return locked(self, wait_locked)
end, Barrier, "wait")

--- Empties it: who waits gets BrokenBarrierError.
Barrier.reset = core.method(function(self)
  locked(self, function()
    self._state = self._count > 0 and RESETTING or FILLING
    notify(self._cond, math.huge)
  end)
end, Barrier, "reset")

--- Breaks it until `reset`: who waits, and who comes, gets BrokenBarrierError.
Barrier.abort = core.method(function(self)
  locked(self, function()
    self._state = BROKEN
    notify(self._cond, math.huge)
  end)
end, Barrier, "abort")

function Barrier._enter(self) return await(self:wait()) end
function Barrier.__close() end

locks.Barrier = waiters.export(Barrier, new_barrier)

return locks
