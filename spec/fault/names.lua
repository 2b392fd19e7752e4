-- The public functions, each of which a scenario has to call: those of the
-- module, the methods and metamethods of every class, and what the direct style
-- and asyncio.testing have of their own.

local names = {}

-- What no scenario calls, and why.
names.excluded = {
  ["asyncio.ALL_COMPLETED"] = "a constant",
  ["asyncio.FIRST_COMPLETED"] = "a constant",
  ["asyncio.FIRST_EXCEPTION"] = "a constant",
  ["asyncio.Token"] = "a class to compare with, which cannot be called",
}

-- The package's modules with functions of their own.
local modules = {"asyncio", "asyncio.direct", "asyncio.testing"}

-- What lua/asyncio/meta.lua declares like a class and is none: the modules, and
-- the table asyncio.coroutine. asyncio.busted needs busted, and has its own spec.
names.tables = {
  ["asyncio"] = true, ["asyncio.direct"] = true, ["asyncio.testing"] = true,
  ["asyncio.busted"] = true, ["asyncio.CoroutineLibrary"] = true,
}

-- An object of each class with methods.
local function objects(asyncio, loop)
  local scope <close> = asyncio.TaskGroup()
  local timeout <close> = asyncio.timeout(nil)
  local task = asyncio.create_task(function() end)
  local coroutine_object = asyncio.sleep(0)
  asyncio.await(coroutine_object)
  return {
    AsCompleted = asyncio.as_completed({task}),
    Barrier = asyncio.Barrier(1),
    BoundedSemaphore = asyncio.BoundedSemaphore(1),
    ConcurrentFuture = asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop),
    Condition = asyncio.Condition(),
    Context = asyncio.Context(),
    ContextVar = asyncio.ContextVar("name"),
    Coroutine = coroutine_object,
    Event = asyncio.Event(),
    EventLoop = loop,
    Exception = asyncio.Exception("message"),
    ExceptionGroup = asyncio.ExceptionGroup("message", {1}),
    Future = loop:create_future(),
    Generator = (asyncio.generator(function() end)()),
    Handle = loop:call_soon(function() end),
    LifoQueue = asyncio.LifoQueue(),
    Lock = asyncio.Lock(),
    PriorityQueue = asyncio.PriorityQueue(),
    Queue = asyncio.Queue(),
    Runner = asyncio.Runner(),
    Semaphore = asyncio.Semaphore(),
    Task = task,
    TaskGroup = scope,
    ThreadPoolExecutor = asyncio.ThreadPoolExecutor {max_workers = 1},
    Timeout = timeout,
    TimerHandle = loop:call_later(1, function() end),
    Token = asyncio.ContextVar("name"):set(1),
  }
end

--- Class -> its metatable.
function names.classes()
  local asyncio = require "asyncio"
  local loop = asyncio.new_event_loop {clock = "virtual"}
  local classes = {}
  loop:run_until_complete(function()
    for name, object in pairs(objects(asyncio, loop)) do
      classes[name] = debug.getmetatable(object)
    end
    asyncio.await(asyncio.sleep(1))
  end)
  loop:close()
  return classes
end

-- Appends a value that can be called: a function, or a table with __call, which
-- several tables may have in common.
local function add(list, name, value)
  local mt = type(value) == "table" and debug.getmetatable(value)
  local call = mt and rawget(mt, "__call")
  if call then
    list[#list + 1] = {name = name, fn = call, self = value}
  else
    list[#list + 1] = {name = name, fn = value}
  end
end

local function is_public(name)
  return type(name) == "string" and not name:find("^_")
end

-- What the direct style has from asyncio is asyncio's.
local function add_module(list, module)
  local asyncio, exported = require "asyncio", require(module)
  for name, value in pairs(exported) do
    if is_public(name) and (exported == asyncio or asyncio[name] ~= value) then
      add(list, module .. "." .. name, value)
    end
  end
end

-- The table with the methods of a class: of one whose __index is a function, the
-- metatable is it.
local function methods_of(mt)
  local index = rawget(mt, "__methods") or rawget(mt, "__index")
  return type(index) == "table" and index or mt
end

-- The hook of calls is off while a finalizer runs: __gc is not counted.
local function is_metamethod(name)
  return type(name) == "string" and name:find("^__") and name ~= "__gc"
end

local function add_class(list, class, mt)
  for name, value in pairs(methods_of(mt)) do
    if is_public(name) and type(value) == "function" then
      add(list, class .. ":" .. name, value)
    end
  end
  for name, value in pairs(mt) do
    if is_metamethod(name) and type(value) == "function" then
      add(list, class .. "." .. name, value)
    end
  end
end

--- A list of {name=, fn=, self=}, ordered by name. `self`: only calls with this
--- as the first argument count.
function names.public()
  local list = {}
  for _, module in ipairs(modules) do add_module(list, module) end
  for name, value in pairs(require("asyncio").coroutine) do
    add(list, "asyncio.coroutine." .. name, value)
  end
  for class, mt in pairs(names.classes()) do add_class(list, class, mt) end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- The functions that were called, and the values with __call. Nothing here keeps
-- alive what the program would let go.
local seen = setmetatable({}, {__mode = "k"})

--- Is to be told of every call: the function and its first argument.
function names.note(fn, first)
  seen[fn] = true
  local mt = type(first) == "table" and debug.getmetatable(first)
  if mt and rawget(mt, "__call") == fn then seen[first] = true end
end

--- Passes the numbers, in the list of names, of those that were called to mark.
function names.report(mark)
  local called = {}
  for value in pairs(seen) do called[value] = true end
  for number, entry in ipairs(names.public()) do
    if called[entry.fn] and (entry.self == nil or called[entry.self]) then
      mark(number)
    end
  end
end

return names
