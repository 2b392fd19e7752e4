-- What locks, events and queues have in common: they belong to one loop, and are
-- classes with a text. Their lines of waiters are core.waiters, csrc/waiters.c.

local core = require "asyncio.core"
local repr = require "asyncio.repr"

local get_running_loop = core.get_running_loop

local waiters = {}

--- The object belongs to the running loop from its first wait on; raises in another.
function waiters.bind(object)
  local loop = get_running_loop()
  if object._loop == nil then object._loop = loop end
  if object._loop ~= loop then
    error(("%s is bound to a different event loop"):format(object), 0)
  end
end

--- Waits in a line of the object's; returns what the line's `wait` does.
function waiters.wait(object, line)
  waiters.bind(object)
  return line:wait()
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
