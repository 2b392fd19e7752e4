-- What lua/asyncio/meta.lua declares is what the module has: the names that
-- `require "asyncio"` returns, those of its parts, the methods and fields of its
-- objects; nothing more and nothing less. Its parameters are named in order, and
-- it says rightly what returns a coroutine object. docs/reference.md, which is
-- written from it, speaks of no other names.
local asyncio = require "asyncio"
local annotations = dofile(".ci/annotations.lua")

local META, PAGE = "lua/asyncio/meta.lua", "docs/reference.md"
local entries, classes = annotations.read(META)

local failures = 0
local function fail(...)
  failures = failures + 1
  io.stderr:write(string.format(...), "\n")
end

local function keys_of(t, keys)
  for name in pairs(t) do
    if type(name) == "string" and not name:find("^_") then keys[name] = true end
  end
  return keys
end

--- Fails for each name that is in one of the sets only.
local function compare(found, declared, prefix)
  for name in pairs(found) do
    if not declared[name] then fail("%s%s is not in %s", prefix, name, META) end
  end
  for name in pairs(declared) do
    if not found[name] then fail("%s has %s%s, which does not exist", META, prefix, name) end
  end
end

-- ---- the names of modules ------------------------------------------------

local declared = {}
for _, entry in ipairs(entries) do
  local name = entry.name and entry.kind ~= "alias"
    and entry.name:match("^asyncio%.([%w_]+)$")
  if name then declared[name] = true end
end
local exported = keys_of(asyncio, {})
compare(exported, declared, "asyncio.")

compare(keys_of(asyncio.coroutine, {}),
        keys_of(classes["asyncio.CoroutineLibrary"].methods, {}),
        "asyncio.coroutine.")

compare(keys_of(require "asyncio.testing", {}),
        keys_of(classes["asyncio.testing"].methods, {}), "asyncio.testing.")

-- The direct style declares only what differs from asyncio.
local direct = {}
for name, value in pairs(require "asyncio.direct") do
  if asyncio[name] ~= value then direct[name] = true end
end
compare(direct, keys_of(classes["asyncio.direct"].methods, {}), "asyncio.direct.")

-- It loads in busted only.
local in_busted = {}
for line in io.lines("lua/asyncio/busted.lua") do
  local name = line:match("^function busted%.([%w_]+)")
  if name then in_busted[name] = true end
end
compare(in_busted, keys_of(classes["asyncio.busted"].methods, {}), "asyncio.busted.")

-- ---- the methods and fields of objects -----------------------------------

--- One object of each class.
local function make_objects()
  local loop = asyncio.get_running_loop()
  local pool = asyncio.ThreadPoolExecutor {max_workers = 1}
  local var = asyncio.ContextVar "var"
  local call = pool:submit(math.abs, 1)
  pool:shutdown()
  return {
    EventLoop = loop, Future = loop:create_future(),
    Task = asyncio.current_task(), Handle = loop:call_soon(math.abs, 1),
    TimerHandle = loop:call_later(1, math.abs, 1), Coroutine = asyncio.sleep(1),
    Runner = asyncio.Runner(), Lock = asyncio.Lock(), Event = asyncio.Event(),
    Condition = asyncio.Condition(), Semaphore = asyncio.Semaphore(),
    BoundedSemaphore = asyncio.BoundedSemaphore(), Barrier = asyncio.Barrier(1),
    Queue = asyncio.Queue(), LifoQueue = asyncio.LifoQueue(),
    PriorityQueue = asyncio.PriorityQueue(), ThreadPoolExecutor = pool,
    ConcurrentFuture = call, AsCompleted = asyncio.as_completed {},
    Generator = asyncio.generator(math.abs)(), ContextVar = var,
    Token = var:set(1), Context = asyncio.Context(),
    Exception = asyncio.Exception "message",
    ExceptionGroup = asyncio.ExceptionGroup("message", {1}),
    IncompleteReadError = asyncio.IncompleteReadError("partial", 9),
    LimitOverrunError = asyncio.LimitOverrunError("message", 1),
    OSError = asyncio.OSError("message", "EPIPE"),
  }
end

--- The scopes, which are left in order.
local function make_scopes(check)
  local group <close> = asyncio.TaskGroup()
  check("TaskGroup", group)
  local timeout <close> = asyncio.timeout(1)
  check("Timeout", timeout)
end

--- What is declared of the class and of those above it: name -> entry or field.
local function members_of(class)
  local members = class.parent and members_of(classes[class.parent]) or {}
  for _, field in ipairs(class.fields) do members[field.name] = field end
  for name, method in pairs(class.methods) do members[name] = method end
  return members
end

--- The public names that the class of an object has.
local function names_of(object)
  local class = debug.getmetatable(object)
  local names = keys_of(class.__methods or {}, {})
  if class.__methods then return names end
  return keys_of(type(class.__index) == "table" and class.__index or class, names)
end

local checked = {}

local function check_object(short, object)
  local class = classes["asyncio." .. short]
  checked[class] = true
  local members = members_of(class)
  for name in pairs(names_of(object)) do
    if not members[name] then fail("%s:%s is not in %s", short, name, META) end
  end
  for name, member in pairs(members) do
    local is_there = object[name] ~= nil
    if not is_there and not member.is_optional and member.type ~= "any" then
      fail("%s has %s.%s, which does not exist", META, short, name)
    end
  end
end

asyncio.run(function()
  for short, object in pairs(make_objects()) do check_object(short, object) end
  make_scopes(check_object)
end)

--- Classes with methods of which no object is made: the modules above.
local MODULES = {["asyncio.busted"] = true, ["asyncio.direct"] = true,
                 ["asyncio.testing"] = true, ["asyncio"] = true,
                 ["asyncio.CoroutineLibrary"] = true}
for name, class in pairs(classes) do
  if next(class.methods) and not checked[class] and not MODULES[name] then
    fail("%s: no object of the class %s is checked", META, name)
  end
end

-- ---- what is declared of each function -----------------------------------

local function check_parameters(entry)
  local list = {}
  for i, param in ipairs(entry.params) do list[i] = param.name end
  list = table.concat(list, ", ")
  if list ~= entry.names then
    fail("%s:%d: %s(%s) has the parameters %s", META, entry.line, entry.name,
         entry.names, list)
  end
end

--- A coroutine function returns a coroutine object and does not suspend itself.
local function check_result(entry, fn)
  local first = entry.returns[1]
  local returns = first ~= nil and first.type == "asyncio.Coroutine"
  if asyncio.iscoroutinefunction(fn) and not returns then
    fail("%s:%d: %s returns a coroutine object", META, entry.line, entry.name)
  end
  if returns and entry.is_async then
    fail("%s:%d: %s does not suspend, but what it returns", META, entry.line,
         entry.name)
  end
end

for _, entry in ipairs(entries) do
  if entry.kind == "function" then
    check_parameters(entry)
    check_result(entry, asyncio[entry.name:match("^asyncio%.([%w_]+)$")])
  end
end

-- ---- the names in the text -----------------------------------------------

--- The classes whose objects the page calls so: `group` is two.
local by_var = {}
for _, class in pairs(classes) do
  if class.var then
    by_var[class.var] = by_var[class.var] or {}
    table.insert(by_var[class.var], members_of(class))
  end
end

local function is_known(var, name)
  if var == "asyncio" then
    return exported[name] or package.searchpath("asyncio." .. name, package.path)
  end
  for _, members in ipairs(by_var[var] or {}) do
    if members[name] then return true end
  end
  return not by_var[var]
end

-- In code between backquotes; what is assigned need not exist.
local page = assert(io.open(PAGE)):read("a"):gsub("\n```.-\n```", "")
for code in page:gmatch("`([^`\n]+)`") do
  for var, name, after in code:gmatch("%f[%w_]([%a_]+)[.:]([%a_][%w_]*)()") do
    local is_assigned = code:find("^ = ", after) ~= nil
    if not is_known(var, name) and not is_assigned then
      fail("%s speaks of %s.%s, which does not exist: `%s`", PAGE, var, name, code)
    end
  end
end

if failures > 0 then os.exit(1) end
local count = 0
for _ in pairs(exported) do count = count + 1 end
print(("exports: %d names, each with its type and its description"):format(count))
