-- The Lua side of threads: making executors, map, a loop's default executor,
-- wrap_future, callbacks of ConcurrentFutures.

local core = require "asyncio.core"
local options = require "asyncio.options"
local repr = require "asyncio.repr"

local exceptions = core.exceptions
local isinstance = exceptions.isinstance

local Loop = core.classes.Loop.__methods
local Executor = core.ThreadPoolExecutor.__index
local ConcurrentFuture = core.ConcurrentFuture.__index

local threads = {}

-- Executors ----------------------------------------------------------------

local OPTIONS = {max_workers = "integer", thread_name_prefix = "string",
                 initializer = "function"}

local ARTICLE = {integer = "an integer", string = "a string",
                 ["function"] = "a function"}

local function type_of(v) return math.type(v) or type(v) end

local function check_options(opts)
  if opts == nil then return {} end
  if type(opts) ~= "table" then
    error("options of 'ThreadPoolExecutor' must be a table, not "
          .. type(opts), 3)
  end
  for key, value in pairs(opts) do
    local expected = OPTIONS[key]
    if not expected then
      error(("unknown option '%s' of 'ThreadPoolExecutor'"):format(key), 3)
    elseif type_of(value) ~= expected then
      error(("option '%s' of 'ThreadPoolExecutor' must be %s, not %s")
            :format(key, ARTICLE[expected], type_of(value)), 3)
    end
  end
  local n = opts.max_workers
  if n and n <= 0 then error("max_workers must be greater than 0", 3) end
  if n and n > 10000 then error("max_workers must be 10000 at most", 3) end
  return opts
end

-- What is found in package.preload is found in the workers too: C functions by
-- their address, and Lua functions that can cross.
local function preloaded()
  local entries = {}
  for name, loader in pairs(package.preload) do
    if type(name) == "string" then
      local address = core.c_function(loader)
      if address then
        entries[name] = address
      elseif options.ask(core.can_cross, loader) then
        entries[name] = loader
      end
    end
  end
  return entries
end

local executors = 0 -- made so far

-- A core that is part of the program has no file.
local function keep_core_loaded()
  local path = package.searchpath("asyncio.core", package.cpath)
  if path then core.stay(path) end
end

local function new_executor(_, opts)
  opts = check_options(opts)
  local prefix = opts.thread_name_prefix
  if not prefix then
    prefix = "ThreadPoolExecutor-" .. executors
    executors = executors + 1
  end
  keep_core_loaded()
  local size = opts.max_workers
    or math.min(32, core.available_parallelism() + 4)
  local ok, executor = pcall(core.new_executor, size, prefix, package.path,
                             package.cpath, preloaded(), opts.initializer)
  if not ok then error(executor, 2) end
  return executor
end

--- A pool of worker threads. opts: max_workers, thread_name_prefix,
--- initializer, a function that each worker calls when it starts.
threads.ThreadPoolExecutor = setmetatable({}, {
  __index = Executor,
  __call = new_executor,
  __tostring = function() return "<class 'ThreadPoolExecutor'>" end,
})

local function in_task()
  return core.is_loop_running() and core.current_task() ~= nil
end

local function result_of(cf)
  if in_task() then
    return core.await(core.wrap_future(cf, core.get_running_loop()))
  end
  return cf:result()
end

local function cancel_all(futures)
  for _, cf in ipairs(futures) do cf:cancel() end
end

--- Calls fn(item) in the workers for each item of the list, all at once;
--- returns an iterator over the results, in order. In a task it suspends the
--- task, elsewhere it blocks. Leaving the loop early cancels what has not
--- begun.
function Executor:map(fn, list)
  if type(list) ~= "table" then
    error("bad argument #2 to 'map' (table expected, got " .. type(list)
          .. ")", 2)
  end
  local futures = {}
  for i = 1, #list do
    local item = list[i]
    if item == nil then
      cancel_all(futures)
      error(("bad argument #2 to 'map' (item %d is nil)"):format(i), 2)
    end
    local ok, cf = pcall(self.submit, self, fn, item)
    if not ok then
      cancel_all(futures)
      error(cf, 2)
    end
    futures[i] = cf
  end
  local i = 0
  local function next_result()
    i = i + 1
    if not futures[i] then return nil end
    local result = result_of(futures[i])
    if result == nil then
      error(("ThreadPoolExecutor:map: the result for item %d is nil, which "
             .. "would end the iteration; return a value, or use submit")
            :format(i), 2)
    end
    return result
  end
  local rest = setmetatable({}, {__close = function() cancel_all(futures) end})
  return next_result, nil, nil, rest
end

-- The default executor of a loop -------------------------------------------

core.on_default_executor(function(loop)
  local state = loop:_state()
  if state.executor_shutdown then
    error("Executor shutdown has been called", 0)
  end
  state.default_executor = new_executor(nil, {thread_name_prefix = "asyncio"})
  return state.default_executor
end)

--- The executor that to_thread and run_in_executor(nil, ...) use from now on.
function Loop:set_default_executor(executor)
  options.check_self(self, core.classes.Loop, "set_default_executor")
  if not core.is_executor(executor) then
    error("executor must be ThreadPoolExecutor instance", 2)
  end
  self:_state().default_executor = executor
end

-- Refuses new calls from now on; returns the executor, if there is one.
local function retire_executor(loop)
  local state = loop:_state()
  local executor = state.default_executor
  state.executor_shutdown, state.default_executor = true, nil
  if executor then executor:shutdown {wait = false} end
  return executor
end

local shutdown = core.async(function(loop, timeout)
  local executor = retire_executor(loop)
  if not executor then return end
  local ended = core.when_ended(executor:_ended(), loop)
  local ok, err = core.pcall(core.await, core.wait_for(ended, timeout))
  if ok then
    executor:shutdown() -- its threads have left: they are joined at once
  elseif isinstance(err, exceptions.TimeoutError) then
    loop:call_exception_handler {
      message = ("The executor did not finish joining its threads within %s "
                 .. "seconds; a thread still runs"):format(timeout)}
  else
    error(err, 0)
  end
end)

--- Waits for the end of what the default executor runs, for `timeout` seconds
--- at most; what takes longer is reported, and left to itself. to_thread is an
--- error from then on.
function Loop:shutdown_default_executor(timeout)
  options.check_self(self, core.classes.Loop, "shutdown_default_executor")
  if timeout ~= nil and type(timeout) ~= "number" then
    error("bad argument #1 to 'shutdown_default_executor' (number expected, "
          .. "got " .. type(timeout) .. ")", 2)
  end
  return shutdown(self, timeout)
end

threads.retire_executor = retire_executor

-- ConcurrentFutures --------------------------------------------------------

local function is_callable(v)
  if type(v) == "function" then return true end
  local mt = getmetatable(v)
  return type(mt) == "table" and mt.__call ~= nil
end

--- Calls fn(self) when it is done, in this thread: from the loop that runs
--- here; when none runs, as soon as a future is asked for its result or an
--- executor is shut down.
function ConcurrentFuture:add_done_callback(fn)
  if not is_callable(fn) then
    error("a callable object was expected by add_done_callback(), got "
          .. repr.value(fn), 2)
  end
  if not core.is_loop_running() then return self:_add_callback(fn) end
  local ended = core.when_ended(self, core.get_running_loop())
  ended:add_done_callback(function() fn(self) end)
end

--- A Future of the running loop, or of opts.loop, that ends as the
--- ConcurrentFuture does; cancelling one cancels the other.
function threads.wrap_future(future, opts)
  if core.isfuture(future) then return future end
  if not core.is_concurrent_future(future) then
    error("bad argument #1 to 'wrap_future' (Future or ConcurrentFuture "
          .. "expected, got " .. type(future) .. ")", 2)
  end
  local loop
  if opts ~= nil then
    if type(opts) ~= "table" then
      error("options of 'wrap_future' must be a table, not " .. type(opts), 2)
    end
    for key, value in pairs(opts) do
      if key ~= "loop" then
        error(("unknown option '%s' of 'wrap_future'"):format(key), 2)
      end
      loop = value
    end
  end
  local ok, wrapped = true, loop
  if loop == nil then ok, wrapped = pcall(core.get_event_loop) end
  if ok then ok, wrapped = pcall(core.wrap_future, future, wrapped) end
  if not ok then error(wrapped, 2) end
  return wrapped
end

return threads
