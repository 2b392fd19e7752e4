-- Values to call things with: of right and wrong types, numbers at the edges,
-- tables whose metamethods act, functions that act, coroutines in every state.
-- `p` is the program (api.lua), `r(n)` draws a number from 1 to n.

local asyncio = require "asyncio"
local portable = require "portable"

local asyncio_errors = {asyncio.Exception, asyncio.CancelledError,
                        asyncio.TimeoutError, asyncio.OSError}

local values = {}

local huge = math.huge

local NUMBERS = {
  0, 1, 2, 3, 4, 0.5, 1.5, -1, -0.0, 1e-9, 10, 100, 1e9, 65536, 1e15, 2^53,
  2^63, -2^63, 1e308, -1e308, huge, -huge, 0/0, math.maxinteger,
  math.mininteger,
}

local STRINGS = {
  "", "x", "name", "\0", "%s%d%n", "é\xff", ("long "):rep(2000), "real",
  "virtual", "FIRST_COMPLETED", "ALL_COMPLETED", "nil", "12", "__index",
}

local OPTIONS = {
  "name", "context", "loop", "timeout", "return_when", "return_exceptions",
  "max_workers", "clock", "debug", "limit", "depth", "file", "default", "wait",
  "cancel_futures", "eager_start", "thread_name_prefix", "initializer",
  "loop_factory", "lt", "no such option",
}

local METAMETHODS = {
  "__index", "__newindex", "__call", "__close", "__gc", "__tostring", "__eq",
  "__lt", "__le", "__len", "__pairs", "__await", "__concat", "__add", "__unm",
  "__name", "__mode", "__metatable", "write", "submit",
}

local function pick(r, list) return list[r(#list)] end

-- Functions ------------------------------------------------------------------

local function some(p, r, most)
  local list = {n = r(most + 1) - 1}
  for i = 1, list.n do list[i] = values.any(p, r) end
  return list
end

--- What stands for a value in a table: nil and NaN are no keys.
function values.key_of(value)
  if value == nil or value ~= value then return "no key" end
  return value
end

-- An error that this program may meet again.
local function raise(p, value)
  p.raised[values.key_of(value)] = true
  error(value, 0)
end

local function finish(p, r)
  local how = r(10)
  if how <= 2 then return raise(p, pick(r, p.errors)) end
  if how == 3 then return raise(p, values.any(p, r)) end
  local results = how <= 7 and {n = 1, values.any(p, r)} or some(p, r, 4)
  return table.unpack(results, 1, results.n)
end

--- A function that acts a few times and then returns something or raises. It
--- draws from numbers of its own, so that when it is called does not matter.
function values.actor(p, r)
  local own, acts = p.random(r(1 << 30)), r(4) - 1
  local function act(...)
    if p.steps <= 0 then return end
    p.steps = p.steps - 1
    for i = 1, math.min(select("#", ...), 3) do p:keep((select(i, ...))) end
    for _ = 1, acts do p:act(own) end
    return finish(p, own)
  end
  p.actors[act] = true
  return act
end

--- An actor, or where there are threads, a function that can cross.
function values.callable(p, r)
  if p.has_threads and r(2) == 1 then return pick(r, portable) end
  return values.actor(p, r)
end

-- One that raises strings only, which say that it is deliberate: errors in
-- finalizers are warnings, and the host of the tests fails for others.
local function finalizer(p, r)
  local act = values.actor(p, r)
  return function(self)
    if not pcall(act, self) then error("deliberate", 0) end
  end
end

-- Tables -------------------------------------------------------------------

local function metamethod(p, r, event)
  if event == "__gc" then return finalizer(p, r) end
  if event == "__mode" then return pick(r, {"k", "v", "kv", 1}) end
  if event == "__len" and r(2) == 1 and not p.left_out.long_lists then
    local length = pick(r, NUMBERS)
    return function() return length end
  end
  if event == "__metatable" or r(12) == 1 then return values.any(p, r) end
  if r(6) == 1 then return pick(r, p.exports).fn end
  return values.actor(p, r)
end

local function hostile(p, r)
  local mt = {hostile = true}
  for _ = 1, r(5) do
    local event = pick(r, METAMETHODS)
    mt[event] = metamethod(p, r, event)
  end
  return setmetatable(some(p, r, 3), mt)
end

local function list(p, r)
  local items = some(p, r, 4)
  if r(8) == 1 then items[#items + 1] = items end
  items.n = r(3) == 1 and items.n or nil
  return items
end

local function options(p, r)
  local opts = {}
  for _ = 1, r(2) do opts[pick(r, OPTIONS)] = values.any(p, r) end
  return opts
end

-- A table that says it is of the class of another value.
local function forged(p, r)
  local mt = getmetatable(p:recall(r))
  if type(mt) ~= "table" or rawget(mt, "__metatable") ~= nil
     or rawget(mt, "__gc") then
    return {}
  end
  return setmetatable({}, mt)
end

-- Coroutines and userdata --------------------------------------------------

local function fresh(p, r) return coroutine.create(values.actor(p, r)) end

local COROUTINES = {
  fresh,
  function() return (coroutine.running()) end,
  function(p, r) return (asyncio.coroutine.create(values.actor(p, r))) end,
  function() -- suspended
    local co = coroutine.create(coroutine.yield)
    coroutine.resume(co)
    return co
  end,
  function() -- dead
    local co = coroutine.create(function() end)
    coroutine.resume(co)
    return co
  end,
  function() -- failed, not yet closed
    local co = coroutine.create(error)
    coroutine.resume(co, "deliberate")
    return co
  end,
  function(p) -- normal, while its inside acts
    return p.normal or (coroutine.running())
  end,
  function(p, r) -- closed
    local co = fresh(p, r)
    coroutine.close(co)
    return co
  end,
}

local function file(p, r)
  return pick(r, {p.null, p.closed_file})
end

local function light() return debug.upvalueid(pick, 1) end

-- Of the module ------------------------------------------------------------

-- What is remembered and is an object of the core: a future, a loop ...
local function object(p, r)
  for _ = 1, 8 do
    local value = p:recall(r)
    if type(value) == "userdata" then return value end
  end
end

local function class(p, r)
  for _ = 1, 8 do
    local value = pick(r, p.exports).fn
    if type(value) == "table" then return value end
  end
end

-- Any of them ----------------------------------------------------------------

local function number(_, r) return pick(r, NUMBERS) end

local KINDS = {
  {30, function(p, r) return p:recall(r) end},
  {18, values.callable},
  {6, object},
  {4, class},
  {2, function(_, r) return pick(r, asyncio_errors)() end},
  {8, number},
  {5, function(_, r) return r(4) - 1 end},
  {8, options},
  {5, function(_, r) return pick(r, STRINGS) end},
  {4, function() return nil end},
  {3, function(_, r) return r(2) == 1 end},
  {6, hostile},
  {6, list},
  {4, function(p, r) return pick(r, p.exports).fn end},
  {4, function(p, r) return pick(r, COROUTINES)(p, r) end},
  {2, file},
  {1, light},
  {1, forged},
  {1, function(_, r) return pick(r, portable) end},
}

local TOTAL = 0
for _, kind in ipairs(KINDS) do TOTAL = TOTAL + kind[1] end

local MAX_DEPTH = 4

--- A value of any kind; plain where values are nested too deeply.
function values.any(p, r)
  if p.value_depth >= MAX_DEPTH then return number(p, r) end
  local place = r(TOTAL)
  for _, kind in ipairs(KINDS) do
    place = place - kind[1]
    if place <= 0 then
      p.value_depth = p.value_depth + 1
      local value = kind[2](p, r)
      p.value_depth = p.value_depth - 1
      return value
    end
  end
end

-- A userdata has 65534 user values at most.
local MANY = {65531, 65532, 65533, 65534, 65535, 65536, 65537, 70000}

local function many_arguments(p, r)
  local many = {n = pick(r, MANY)}
  for i = 1, many.n do many[i] = i end
  for i = 1, 3 do many[i] = values.any(p, r) end
  return many
end

--- Arguments for a call: a list with n.
function values.arguments(p, r)
  if r(1000) == 1 and not p.left_out.many_arguments then
    return many_arguments(p, r)
  end
  return some(p, r, 4)
end

return values
