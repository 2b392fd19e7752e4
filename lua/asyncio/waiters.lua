-- A line of futures, first come, first served: what tasks wait in for a lock, an
-- event or a queue. And the rule that such a thing belongs to one loop.

local core = require "asyncio.core"
local repr = require "asyncio.repr"

local get_running_loop = core.get_running_loop

-- [first .. last] are the futures, with holes where one left the line. Before
-- the place `pending` none waits, and before `wanted` all were cancelled.
local Waiters = {}
Waiters.__index = Waiters

local waiters = {}

function waiters.new()
  return setmetatable({first = 1, last = 0, pending = 1, wanted = 1}, Waiters)
end

--- Puts a new future at the end; returns it and its place.
function Waiters:add(loop)
  local place = self.last + 1
  local fut = loop:create_future()
  self.last, self[place] = place, fut
  return fut, place
end

--- Takes what is at the place out.
function Waiters:remove(place)
  local first, last = self.first, self.last
  self[place] = nil
  if place ~= first then return end
  while first <= last and not self[first] do first = first + 1 end
  if first > last then
    first, self.last, self.pending, self.wanted = 1, 0, 1, 1
  end
  self.first = first
end

-- The first future from the place self[cursor] on that is not `gone`. One that is
-- stays so, and the cursor goes past it: each is looked at once.
local function find(self, cursor, gone)
  local place, last = self[cursor], self.last
  if place < self.first then place = self.first end
  while place <= last and (not self[place] or gone(self[place])) do
    place = place + 1
  end
  self[cursor] = place
  return self[place]
end

local function is_done(fut) return fut:done() end
local function is_cancelled(fut) return fut:cancelled() end

--- Gives the value to the first that still waits; false if none does.
function Waiters:wake(value)
  local fut = find(self, "pending", is_done)
  if fut then fut:set_result(value) end
  return fut ~= nil
end

--- Gives the value to the first n that still wait.
function Waiters:wake_some(n, value)
  while n > 0 and self:wake(value) do n = n - 1 end
end

--- Is there one that was not cancelled?
function Waiters:is_wanted()
  return self.first <= self.last
    and find(self, "wanted", is_cancelled) ~= nil
end

function Waiters:count()
  local n = 0
  for place = self.first, self.last do if self[place] then n = n + 1 end end
  return n
end

--- The running loop, to which the object belongs from its first wait on.
function waiters.loop_of(object)
  local loop = get_running_loop()
  if object._loop == nil then object._loop = loop end
  if object._loop ~= loop then
    error(("%s is bound to a different event loop"):format(object), 0)
  end
  return loop
end

-- Is the function at this level of the caller one of this package?
local function is_own(level)
  local info = debug.getinfo(level + 1, "S")
  return info ~= nil and repr.is_own(info)
end

--- Raises the message at the line where the package was called.
function waiters.raise(message)
  local level = 2
  while is_own(level) do level = level + 1 end
  error(message, level)
end

--- A class whose tostring is its name, address and `state(self)`.
function waiters.class(name, state)
  local class = {__name = name}
  class.__index = class
  function class:__tostring()
    return ("<%s object at %p [%s]>"):format(name, self, state(self))
  end
  return class
end

--- What the module exports of a class: called, it makes an object.
function waiters.export(class, construct)
  return setmetatable({}, {
    __index = class,
    __call = function(_, ...)
      local object = construct(...) -- no tail call: errors count levels
      return object
    end,
    __tostring = function() return "<class '" .. class.__name .. "'>" end,
  })
end

--- For state texts: ", waiters:N", or nothing.
function waiters.suffix(line)
  local n = line:count()
  return n > 0 and (", waiters:%d"):format(n) or ""
end

return waiters
