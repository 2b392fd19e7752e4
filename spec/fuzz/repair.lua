-- A call that was refused is made again with what its error asked for: so right
-- arguments come about without a list of who takes what.

local asyncio = require "asyncio"

local KINDS = {
  number = function(_, r) return r(5) / 2 - 0.5 end,
  integer = function(_, r) return r(3) end,
  string = function() return "name" end,
  name = function() return "name" end,
  table = function() return {} end,
  ["function"] = function(p, r) return p:make_function(r) end,
  callable = function(p, r) return p:make_function(r) end,
  coroutine = function(p, r) return coroutine.create(p:make_function(r)) end,
  awaitable = function(p, r) return asyncio.create_task(p:make_function(r)) end,
  futures = function(p, r) return {asyncio.create_task(p:make_function(r))} end,
  Loop = function()
    local ok, loop = pcall(asyncio.get_running_loop)
    return ok and loop or asyncio.new_event_loop()
  end,
}

local function class_of(value)
  local mt = debug.getmetatable(value)
  return type(mt) == "table" and (rawget(mt, "__name") or rawget(mt, "name"))
end

-- One of the class that the program has, or a new one.
local function instance(p, class)
  for _, value in ipairs(p.pool) do
    if class_of(value) == class then return value end
  end
  local ok, value = pcall(asyncio[class], 1)
  return ok and value or nil
end

local function make(p, r, kind)
  for word in kind:gmatch "[%w_]+" do
    if KINDS[word] then
      local ok, value = pcall(KINDS[word], p, r)
      return ok and value or nil
    elseif rawget(asyncio, word) then
      return instance(p, word)
    end
  end
end

-- What the error's text says about the arguments; false when it says nothing.
local function mend(p, r, args, err)
  local place, kind = err:match "bad argument #(%d+) to .-%((.-) expected"
  if place then
    place = math.min(math.tointeger(place), args.n + 1)
    args[place] = make(p, r, kind)
    args.n = math.max(args.n, place)
    return true
  elseif err:find "option" then
    args.n = math.max(args.n - 1, 0)
    return true
  end
  kind = err:match "callable" or err:match "coroutine" or err:match "list of futures"
  if not kind then return false end
  place = r(math.min(args.n + 1, 3))
  args[place] = make(p, r, kind)
  args.n = math.max(args.n, place)
  return true
end

--- Changes the arguments as the error asks for; false if it cannot be told how.
return function(p, r, args, err)
  return type(err) == "string" and args.n < 100 and mend(p, r, args, err)
end
