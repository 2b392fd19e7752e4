-- Options tables: their keys and types, and the errors that name them. And the
-- first argument of methods.

local core = require "asyncio.core"

local options = {}

--- pcall(fn, ...) as a question: no memory is no answer.
function options.ask(fn, ...)
  local ok, result = pcall(fn, ...)
  if not ok and result == "not enough memory" then error(result, 0) end
  return ok, result
end

--- Raises unless the object, the first argument of the method, has the class (a
--- metatable): it was called with a dot in place of the colon.
function options.check_self(object, class, method)
  local mt = debug.getmetatable(object)
  if mt == class then return end
  local name = type(mt) == "table" and rawget(mt, "__name")
  error(("bad argument #1 to '%s' (%s expected, got %s)")
        :format(method, class.__name,
                type(name) == "string" and name or type(object)), 3)
end

local function has_write(v) return v.write ~= nil end

-- Something to write to: a file, or an object with a method `write`.
local function is_file(v)
  if io.type(v) then return true end
  if type(v) ~= "table" and type(v) ~= "userdata" then return false end
  local ok, has = options.ask(has_write, v)
  return ok and has
end

options.is_file = is_file

local checks = {
  integer = function(v) return math.type(v) == "integer" end,
  file = is_file,
  Loop = function(v) return debug.getmetatable(v) == core.classes.Loop end,
}

local articles = {integer = "an integer", file = "a file", Loop = "a Loop"}

--- Returns opts, a table or nil, as a table; raises for keys that `types` does
--- not have and for values of another type. `level` is who called.
function options.check(opts, fname, types, level)
  if opts == nil then return {} end
  if type(opts) ~= "table" then
    error(("options of '%s' must be a table, not %s"):format(fname, type(opts)),
          level + 1)
  end
  for key, value in pairs(opts) do
    local expected = types[key]
    if not expected then
      error(("unknown option '%s' of '%s'"):format(tostring(key), fname),
            level + 1)
    elseif not checks[expected](value) then
      error(("option '%s' of '%s' must be %s, not %s")
            :format(key, fname, articles[expected], type(value)), level + 1)
    end
  end
  return opts
end

return options
