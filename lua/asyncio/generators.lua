-- Async generators: generator(fn), where fn(yield, ...) may await and yield.
-- After PEP 525; a generator runs in the task that asks it for a value.

local core = require "asyncio.core"
local options = require "asyncio.options"
local repr = require "asyncio.repr"

local exceptions = core.exceptions
local isinstance = exceptions.isinstance
local coroutines = core.coroutines
local unpack = table.unpack

local Loop = core.classes.Loop.__methods

local generators = {}

-- Raised where the generator has yielded, to end it. Like a cancellation it
-- passes asyncio.pcall.
local GeneratorExit = exceptions.CancelledError:subclass("GeneratorExit")

local Generator = {__name = "generator"}
Generator.__index = Generator

-- What a resume brings to the yield it comes back to.
local SEND, THROW = 1, 2

local function accept(action, ...)
  if action == THROW then error((...), 0) end
  return ...
end

local function make_yield(gen)
  return function(...)
    if coroutine.running() ~= gen._co then
      error("yield of an async generator called outside of it", 2)
    end
    return accept(coroutine.yield(...))
  end
end

-- The body runs protected, so that its to-be-closed variables may await; the
-- coroutine itself never fails.
local function make_coroutine(gen, fn, ...)
  local args, yield = table.pack(...), make_yield(gen)
  return coroutines.create(function(action, ...)
    if action == THROW then return false, (...) end
    return xpcall(fn, core.keep_traceback, yield, unpack(args, 1, args.n))
  end)
end

-- Advancing ----------------------------------------------------------------

-- Loop -> set of the generators that it has to finalize; both weak.
local opened = setmetatable({}, {__mode = "k"})

-- Loop -> set of those that are garbage, until they have ended.
local dropped = setmetatable({}, {__mode = "k"})

local function set_of(loop)
  local set = opened[loop]
  if not set then
    set = setmetatable({}, {__mode = "k"})
    opened[loop] = set
  end
  return set
end

local function begin(gen)
  if gen._begun then return end
  gen._begun = true
  if core.is_loop_running() then
    gen._loop = core.get_running_loop()
    set_of(gen._loop)[gen] = true
  end
end

local function finish(gen)
  gen._done = true
  if not gen._loop then return end
  set_of(gen._loop)[gen] = nil
  if dropped[gen._loop] then dropped[gen._loop][gen] = nil end
end

-- Runs it to its next yield: true, values; or to its end: false, true or
-- false, error. What resume lets pass is an error of its own.
local function advance(gen, ...)
  begin(gen)
  local res = table.pack(pcall(coroutines.resume, gen._co, ...))
  local is_over = coroutines.status(gen._co) == "dead"
  if is_over then finish(gen) end
  if not res[1] then return {false, false, res[2], n = 3} end -- no memory
  if not is_over then return {n = res.n - 1, unpack(res, 2, res.n)} end
  if not res[2] then return {false, false, res[3], n = 3} end -- no memory
  return {false, res[3], res[4], n = 3}
end

local function check_free(gen, what, level)
  local status = coroutines.status(gen._co)
  if status ~= "suspended" and status ~= "dead" then
    error(what .. "(): asynchronous generator is already running", level + 1)
  end
end

-- The yielded values, nothing at the end; or raises the body's error.
local function step(gen, what, ...)
  check_free(gen, what, 3)
  if gen._done then return end
  local res = advance(gen, ...)
  if res[1] then return unpack(res, 2, res.n) end
  if not res[2] then
    core.raise_again(res[3])
  end
end

-- Ends it where it has yielded. Meanwhile `_closer` is the task that does it.
local function exit(gen)
  gen._closer = core.is_loop_running() and core.current_task() or true
  local res = advance(gen, THROW, GeneratorExit())
  gen._closer = nil
  for _, waiter in ipairs(gen._waiters or {}) do
    if not waiter:done() then waiter:set_result() end
  end
  gen._waiters = nil
  return res
end

local function close(gen)
  if coroutines.status(gen._co) == "dead" then return finish(gen) end
  check_free(gen, "aclose", 3)
  if gen._done then return end
  if not gen._begun then return finish(gen) end
  local res = exit(gen)
  if res[1] then
    error("async generator ignored GeneratorExit", 0)
  elseif not res[2] and not isinstance(res[3], GeneratorExit) then
    core.raise_again(res[3])
  end
end

-- The same where two may do it: in a pipeline that is dropped, or left open at
-- the end of a run, the loop ends a generator, and so does the one that uses it.
local function finalize(gen)
  local closer = gen._closer
  if not closer or not core.is_loop_running()
     or closer == core.current_task() then
    return close(gen)
  end
  local waiter = core.get_running_loop():create_future()
  gen._waiters = gen._waiters or {}
  table.insert(gen._waiters, waiter)
  core.await(waiter)
end

-- The object ---------------------------------------------------------------

local next_of = core.async(function(gen) return step(gen, "next", SEND) end)
local throw_into = core.async(function(gen, err)
  if gen._done then return end
  if not gen._begun then
    finish(gen)
    error(err, 0)
  end
  return step(gen, "athrow", THROW, err)
end)
local close_of = core.async(close)
local finalize_of = core.async(finalize)

--- An awaitable of the next values that it yields, of nothing at its end.
function Generator:next() return next_of(self) end

--- Ends it where it has yielded: its to-be-closed variables and what it does
--- on the way out may await.
function Generator:aclose() return close_of(self) end

--- Raises the error where it has yielded; an awaitable of the next values.
function Generator:athrow(err)
  if err == nil then
    error("bad argument #1 to 'athrow' (error expected, got nil)", 2)
  end
  if type(err) == "table" and rawget(err, 2) == true and err.__index == err then
    err = err() -- an exception class
  end
  return throw_into(self, err)
end

-- A step of a `for` loop suspends the task on the spot.
function Generator:__call() return step(self, "next", SEND) end

-- The loop was left.
function Generator:__close() finalize(self) end

function Generator:__tostring()
  return ("<async generator %s%s>"):format(self._name,
                                           self._done and " done" or "")
end

-- Nobody can ask it any more: it is finalized by a task of its own.
function Generator:__gc()
  local loop = self._loop
  if not loop or self._done or loop:is_closed() then return end
  dropped[loop] = dropped[loop] or {}
  dropped[loop][self] = true
  pcall(loop.call_soon, loop, function()
    core.create_task(finalize_of(self), {name = "aclose of " .. tostring(self)})
  end)
end

local function is_callable(v)
  local mt = getmetatable(v)
  return type(v) == "function" or type(mt) == "table" and mt.__call ~= nil
end

--- Makes a generator function of fn(yield, ...). What it returns is a
--- generator, and can be used in `for v in ... do`.
function generators.generator(fn)
  if not is_callable(fn) then
    error("a callable object was expected by generator(), got "
          .. repr.value(fn), 2)
  end
  return function(...)
    local gen = {_done = false, _begun = false,
                 _name = repr.callback(fn)}
    gen._co = make_coroutine(gen, fn, ...)
    setmetatable(gen, Generator)
    return gen, nil, nil, gen
  end
end

-- At the end of a run ------------------------------------------------------

--- Has the loop generators to end?
function generators.has_open(loop)
  return opened[loop] ~= nil and next(opened[loop]) ~= nil
    or dropped[loop] ~= nil and next(dropped[loop]) ~= nil
end

local function end_all(loop)
  local held = dropped[loop] or {}
  for gen in pairs(set_of(loop)) do held[gen] = true end
  opened[loop], dropped[loop] = nil, nil
  local closing, gens = {}, {}
  for gen in pairs(held) do
    if coroutines.status(gen._co) == "suspended" then
      gens[#gens + 1] = gen
      closing[#closing + 1] = finalize_of(gen)
    end
  end
  if #closing == 0 then return end
  local results = core.await(core.gather(closing, {return_exceptions = true}))
  for i, err in pairs(results.exceptions) do
    loop:call_exception_handler {
      message = "an error occurred during closing of asynchronous generator "
        .. tostring(gens[i]), exception = err, asyncgen = gens[i]}
  end
end

local shutdown = core.async(function(loop)
  repeat end_all(loop) until not generators.has_open(loop)
end)

--- Ends every generator that was begun in this loop and not ended.
function Loop:shutdown_asyncgens()
  options.check_self(self, core.classes.Loop, "shutdown_asyncgens")
  return shutdown(self)
end

return generators
