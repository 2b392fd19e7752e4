-- timeout, timeout_at, move_on_after: scopes with a time limit. On expiry the
-- task is cancelled; leaving the scope makes a TimeoutError of that.
-- After CPython's timeouts.Timeout.

local core = require "asyncio.core"
local scopes = require "asyncio.scopes"
local check = require("asyncio.options").check_self

local exceptions = core.exceptions
local isinstance = exceptions.isinstance

local timeouts = {}

local Timeout = {__name = "Timeout", __close = scopes.close, _name = "Timeout"}
Timeout.__index = Timeout

-- Seconds, or nil for no limit.
local function check_seconds(value, fname)
  if value == nil or value == math.huge then return nil end
  if type(value) ~= "number" then
    error(("bad argument #1 to '%s' (number expected, got %s)")
          :format(fname, type(value)), 3)
  elseif value ~= value then
    error(("bad argument #1 to '%s' (Invalid delay: NaN (not a number))")
          :format(fname), 3)
  end
  return value
end

local function expire(self)
  self._handle, self._state = nil, "expiring"
  self._was_due = self._was_due and self._task:_is_due_to_raise()
  self._task:cancel()
end

local function disarm(self)
  if self._handle then self._handle:cancel() end
  self._handle = nil
end

local function arm(self, when)
  local loop = self._loop
  disarm(self)
  self._when = when
  if when == nil then return end
  if when <= loop:time() then
    self._handle = loop:call_soon(expire, self)
  else
    self._handle = loop:call_at(when, expire, self)
  end
end

-- A cancellation that is due already stays one (gh-134471): _was_due.
local function open(when, delay, level)
  local loop, task = scopes.place(level + 1)
  if not task then error("Timeout should be used inside a task", level + 1) end
  if delay then when = loop:time() + delay end
  local self = setmetatable({_loop = loop, _state = "active",
                             _was_due = task:_is_due_to_raise(),
                             _requests = task:cancelling()}, Timeout)
  arm(self, when)
  scopes.open(self, task)
  return self
end

--- Limits what the current task does in the scope to `delay` seconds (nil: no
--- limit). Leaving it then raises TimeoutError.
function timeouts.timeout(delay)
  local scope = open(nil, check_seconds(delay, "timeout"), 2)
  return scope -- no tail call: errors count levels
end

--- The same with a deadline, in the time of loop:time().
function timeouts.timeout_at(when)
  local scope = open(check_seconds(when, "timeout_at"), nil, 2)
  return scope
end

--- The deadline, or nil.
function Timeout:when()
  check(self, Timeout, "when")
  return self._when
end

--- Has the time run out, while the scope was open?
function Timeout:expired()
  check(self, Timeout, "expired")
  return self._state == "expiring" or self._state == "expired"
end

--- Another deadline, or nil for none.
function Timeout:reschedule(when)
  check(self, Timeout, "reschedule")
  when = check_seconds(when, "reschedule")
  if self._state ~= "active" then
    error(("Cannot change state of %s Timeout"):format(self._state), 2)
  end
  arm(self, when)
end

function Timeout:_drop()
  disarm(self)
  self._state = "finished"
end

function Timeout:_exit(failed, err)
  disarm(self)
  if self._state == "expiring" then
    self._state = "expired"
    if self._task:uncancel() <= self._requests and failed
        and not self._was_due
        and isinstance(err, exceptions.CancelledError) then
      self._error = exceptions.TimeoutError()
      self._error.cause = err
      return "raise", self._error
    end
  else
    self._state = "finished"
  end
  if failed then return "raise", err end
end

function Timeout:__tostring()
  if self._state ~= "active" then return "<Timeout [" .. self._state .. "]>" end
  local when = self._when
  return ("<Timeout [active] when=%s>"):format(when and ("%.3f"):format(when))
end

local function finished(scope, ok, ...)
  if ok then return ... end
  local err = ...
  if rawequal(err, scope._error) then return false end
  error(err, 0)
end

-- The results of scopes.finish begin with true, as those of move_on_after.
local function finish(scope, ...)
  return finished(scope, pcall(scopes.finish, scope, ...))
end

--- Calls fn(...) for at most so many seconds. Returns true and its results, or
--- false if the time ran out.
function timeouts.move_on_after(delay, fn, ...)
  delay = check_seconds(delay, "move_on_after")
  if type(fn) ~= "function" then
    error(("bad argument #2 to 'move_on_after' (function expected, got %s)")
          :format(type(fn)), 2)
  end
  local scope = open(nil, delay, 2)
  return finish(scope, xpcall(fn, scopes.handler, ...))
end

return timeouts
