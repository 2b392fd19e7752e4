-- Every name that `require "asyncio"` returns is described in the types of
-- lua/asyncio/meta.lua and in docs/reference.md, and they describe no other.
-- The same for the methods of each class that meta.lua declares.
local asyncio = require "asyncio"

local failures = 0
local function fail(...)
  failures = failures + 1
  io.stderr:write(string.format(...), "\n")
end

local function read(file)
  local handle = assert(io.open(file))
  local text = handle:read("a")
  handle:close()
  return text
end

local function compare(exported, described, what, where)
  for name in pairs(exported) do
    if not described[name] then fail("%s%s is not in %s", what, name, where) end
  end
  for name in pairs(described) do
    if not exported[name] then fail("%s has %s%s, which does not exist", where, what, name) end
  end
end

local exported, count = {}, 0
for name in pairs(asyncio) do
  if not name:find("^_") then
    exported[name] = true
    count = count + 1
  end
end

local meta = read("lua/asyncio/meta.lua")
local typed = {}
for line in meta:gmatch("[^\n]+") do
  local name = line:match("^function asyncio%.([%w_]+)%s*%(")
    or line:match("^asyncio%.([%w_]+)%s*=")
  if name then typed[name] = true end
end
compare(exported, typed, "asyncio.", "lua/asyncio/meta.lua")

-- In the reference a name is described where it stands in a heading, a table
-- or a paragraph as code: `asyncio.name`.
local described = {}
for code in read("docs/reference.md"):gmatch("`([^`\n]+)`") do
  for name in code:gmatch("asyncio%.([%a][%w_]*)") do described[name] = true end
end
-- Parts of the package that are modules of their own.
for part in pairs(described) do
  local name = "asyncio." .. part
  if not exported[part] and package.searchpath(name, package.path) then
    described[part] = nil
  end
end
compare(exported, described, "asyncio.", "docs/reference.md")

-- The methods of objects.
local function methods_of(object)
  local names, class = {}, debug.getmetatable(object)
  local index = class.__methods or class.__index
  if type(index) ~= "table" then return nil end
  for name in pairs(index) do
    if type(name) == "string" and not name:find("^_") then names[name] = true end
  end
  return names
end

local loop = asyncio.new_event_loop({clock = "virtual"})
loop:set_exception_handler(function() end)
local objects = {
  EventLoop = loop,
  Future = loop:create_future(),
  Task = loop:create_task(function() end),
  Handle = loop:call_soon(print),
  TimerHandle = loop:call_later(1, print),
}
for class, object in pairs(objects) do
  local names = {}
  for name in meta:gmatch("\nfunction " .. class .. "[:.]([%w_]+)%s*%(") do names[name] = true end
  local methods = methods_of(object)
  if methods then compare(methods, names, class .. ":", "lua/asyncio/meta.lua") end
end
loop:close()
if failures > 0 then os.exit(1) end
print(("exports: %d names, each with its type and its description"):format(count))
