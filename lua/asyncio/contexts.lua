-- Context variables: ContextVar, Token, and what the class Context has beside
-- the core's part. After PEP 567.

local core = require "asyncio.core"
local check_self = require("asyncio.options").check_self
local repr = require "asyncio.repr"

local contexts = {}

-- Variables ----------------------------------------------------------------

-- A variable is the same one in every thread. Its [2] marks it as somebody
-- that is found by name if it is a field of a module.
local ContextVar = {__name = "ContextVar"}
ContextVar.__index = ContextVar
contexts.ContextVar = ContextVar

local Token = {__name = "Token"}
Token.__index = Token
contexts.Token = Token

--- Stands for the value of a variable that was not set.
Token.MISSING = setmetatable({}, {__name = "Token.MISSING",
                                  __tostring = function()
                                    return "<Token.MISSING>"
                                  end})

-- In a worker thread, the value of a variable whose own could not cross.
local Missed = {__name = "Missed"}
Missed.__index = Missed
contexts.Missed = Missed

local function open(value)
  if type(value) == "table" and getmetatable(value) == Missed then
    error(value.message, 3)
  end
  return value
end

local function missed(what, var, err)
  return setmetatable({
    message = ("the %s of %s did not come along to this thread: %s")
      :format(what, var, err)}, Missed)
end

-- The defaults that cannot go to a thread, by variable; what goes there instead
-- of one says so.
local kept = setmetatable({}, {__mode = "k"})

local function keep_default(var)
  local ok, err = pcall(core.can_cross, var._default)
  if ok then return end
  kept[var] = var._default
  var._default = missed("default", ("<ContextVar name='%s'>"):format(var.name),
                        err)
end

local function default_of(var)
  local default = kept[var]
  if default ~= nil then return default end
  return var._default
end

local function new_variable(_, name, opts)
  if type(name) ~= "string" then
    error("context variable name must be a str", 2)
  end
  if opts ~= nil and type(opts) ~= "table" then
    error("options of 'ContextVar' must be a table, not " .. type(opts), 2)
  end
  for key in pairs(opts or {}) do
    if key ~= "default" then
      error(("unknown option '%s' of 'ContextVar'"):format(tostring(key)), 2)
    end
  end
  core.use_contexts()
  local var = {false, true, name = name, _default = opts and opts.default}
  keep_default(var)
  var._number = core.identify(var)
  return setmetatable(var, ContextVar)
end

setmetatable(ContextVar, {
  __call = new_variable,
  __tostring = function() return "<class 'ContextVar'>" end,
})

--- The value in the current context; if it is not set there, the argument, or
--- else the variable's default, or else an error.
function ContextVar:get(...)
  check_self(self, ContextVar, "get")
  local is_set, value = core.context_get(self._number)
  if not is_set and select("#", ...) > 0 then return (...) end
  if not is_set then value = default_of(self) end
  value = open(value)
  if is_set or value ~= nil then return value end
  error(("%s has no value in this context, and no default"):format(self), 2)
end

--- Sets it in the current context; returns a Token for `reset`.
function ContextVar:set(value)
  check_self(self, ContextVar, "set")
  local was_set, old_value = core.context_get(self._number)
  if not was_set then old_value = Token.MISSING end
  local context = core.context_set(self._number, self, value)
  return setmetatable({var = self, old_value = old_value, _context = context},
                      Token)
end

--- Makes it what it was before the `set` that returned the token.
function ContextVar:reset(token)
  check_self(self, ContextVar, "reset")
  if type(token) ~= "table" or getmetatable(token) ~= Token then
    error("expected an instance of Token, got " .. repr.value(token), 2)
  end
  if token._used then
    error(("%s has already been used once"):format(token), 2)
  elseif token.var ~= self then
    error(("%s was created by a different ContextVar"):format(token), 2)
  elseif token._context ~= core.current_context() then
    error(("%s was created in a different Context"):format(token), 2)
  end
  token._used = true
  if rawequal(token.old_value, Token.MISSING) then
    core.context_set(self._number, self)
  else
    core.context_set(self._number, self, token.old_value)
  end
end

function ContextVar:__tostring()
  local default = default_of(self)
  if default == nil then return ("<ContextVar name='%s'>"):format(self.name) end
  return ("<ContextVar name='%s' default=%s>"):format(self.name,
                                                      repr.value(default))
end

function Token:__tostring()
  return ("<Token%s var=%s>"):format(self._used and " used" or "",
                                     tostring(self.var))
end

-- Contexts -----------------------------------------------------------------

-- Loaded anew, the class has what it got the first time.
local methods = core.context_class.__methods or core.context_class.__index
core.context_class.__methods = methods

--- The variable's value in this context, or else the second argument.
function methods:get(var, default)
  check_self(var, ContextVar, "get")
  local is_set, value = self:_get(var._number)
  value = open(value)
  if is_set then return value end
  return default
end

function core.context_class.__index(context, key)
  if type(key) == "table" and getmetatable(key) == ContextVar then
    return methods.get(context, key)
  end
  return methods[key]
end

function core.context_class.__newindex(_, key)
  error(("a Context cannot be written to (%s): use ContextVar:set")
        :format(repr.value(key)), 2)
end

-- To other threads ---------------------------------------------------------

-- A value that cannot cross is replaced by what says so when it is asked for. A
-- variable that cannot (of this module loaded anew) nobody there can ask for.
core.on_portable(function(list)
  if pcall(core.can_cross, list) then return list end
  local portable = {}
  for i = 1, #list, 2 do
    local var, value = list[i], list[i + 1]
    if pcall(core.can_cross, var) then
      local ok, err = pcall(core.can_cross, value)
      portable[#portable + 1] = var
      portable[#portable + 1] = ok and value or missed("value", var, err)
    end
  end
  return portable
end)

return contexts
