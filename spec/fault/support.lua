-- What the scenarios have in common: a loop on the virtual clock, on which errors
-- of missing memory are told from others, and what has to be true after a run.

local support = {}

--- The list of all scenarios.
support.scenarios = {}

local MEMORY = "not enough memory"

local function has_memory_text(text)
  return type(text) == "string" and text:find(MEMORY, 1, true) ~= nil
end

--- Does the error say that there was no memory? luaL_checkstack then says
--- "stack overflow".
function support.is_memory(err)
  if type(err) == "string" then
    return has_memory_text(err) or err:find("stack overflow", 1, true) ~= nil
  end
  local asyncio = package.loaded["asyncio"]
  if not asyncio or not asyncio.isinstance(err, asyncio.Exception) then
    return false
  elseif asyncio.isinstance(err, asyncio.OSError) then
    return err.code == "ENOMEM"
  elseif asyncio.isinstance(err, asyncio.ExceptionGroup) then
    for _, inner in ipairs(err.exceptions) do
      if support.is_memory(inner) then return true end
    end
  end
  return has_memory_text(err.message)
end

local is_memory = support.is_memory

--- pcall(fn, ...) has to fail with the error wanted: a value, a class, or a part
--- of the text. Returns the error.
function support.raises(want, fn, ...)
  local ok, err, inner = pcall(fn, ...)
  if is_memory(err) then error(err, 0) end
  if ok and is_memory(inner) then error(inner, 0) end -- fn was a pcall of ours
  if ok then error("no error", 2) end
  if rawequal(err, want) then return err end
  if type(want) == "string" then
    if type(err) == "string" and err:find(want, 1, true) then return err end
  elseif require("asyncio").isinstance(err, want) then
    return err
  end
  error(err, 0)
end

--- A new loop on the virtual clock, and what its handler counts.
function support.prepare()
  local asyncio = require "asyncio"
  local state = {asyncio = asyncio, memory_reports = 0}
  state.loop = asyncio.new_event_loop({clock = "virtual"})
  -- Allocates nothing, so that it can be called when there is no memory.
  state.loop:set_exception_handler(function(_, context)
    if is_memory(context.exception) then
      state.memory_reports = state.memory_reports + 1
    end
  end)
  return state
end

-- The loop works still, however often a `stop` that is left ends it first.
local function is_alive(asyncio, loop)
  for _ = 1, 10 do
    local ok, value = pcall(loop.run_until_complete, loop, asyncio.sleep(1, "alive"))
    if ok then return value == "alive" end
    if not tostring(value):find("Event loop stopped", 1, true) then error(value, 0) end
  end
end

--- The loop works and closes, and an error was one of memory.
function support.finish(state, ok, err)
  local asyncio, loop = state.asyncio, state.loop
  assert(is_alive(asyncio, loop))
  loop:close()
  assert(loop:is_closed())
  collectgarbage()
  collectgarbage()
  if ok or is_memory(err) or state.memory_reports > 0 then return end
  error("ended in: " .. tostring(err), 0)
end

local function nothing() end

local function new_scenario(name, prepare, run, check)
  table.insert(support.scenarios, {
    name = name,
    prepare = prepare,
    run = function(state) return run(state.asyncio, state.loop) end,
    finish = function(state, ok, err)
      (check or nothing)(state.asyncio, state.loop)
      return support.finish(state, ok, err)
    end,
  })
end

--- Adds a scenario: run(asyncio, loop) outside of any task. `module` is loaded
--- before; check(asyncio, loop), with all the memory there is, comes after.
function support.outside(name, run, module, check)
  new_scenario(name, function()
    local state = support.prepare()
    if module then require(module) end
    return state
  end, run, check)
end

--- Adds a scenario: run(asyncio, loop) as the main task of the loop.
function support.inside(name, run, module)
  support.outside(name, function(asyncio, loop)
    return loop:run_until_complete(function() return run(asyncio, loop) end)
  end, module)
end

-- The first executor makes a table of all that can cross to a thread by name, with
-- some hundred allocations, which are left to the scenario of the executor.
local function prepare_threads()
  local state = support.prepare()
  state.asyncio.ThreadPoolExecutor({max_workers = 1}):shutdown()
  return state
end

--- Adds a scenario: run(asyncio, loop, executor), which has ended before anything
--- else goes on.
function support.threaded(name, run)
  new_scenario(name, prepare_threads, function(asyncio, loop)
    local executor = asyncio.ThreadPoolExecutor {max_workers = 1}
    local res = table.pack(pcall(run, asyncio, loop, executor))
    while not pcall(executor.shutdown, executor) do end
    if not res[1] then error(res[2], 0) end
  end)
end

return support
