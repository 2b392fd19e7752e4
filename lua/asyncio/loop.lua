-- The Lua side of the loop: running until a result, reports of errors, the
-- task factory, closing. Adds its methods to the core's class Loop.

local core = require "asyncio.core"
local options = require "asyncio.options"
local repr = require "asyncio.repr"
local source = require "asyncio.source"

local exceptions = core.exceptions
local isinstance = exceptions.isinstance

local Loop = core.classes.Loop.__methods
local check_self, LOOP = options.check_self, core.classes.Loop

local function is_fatal(err)
  return isinstance(err, exceptions.KeyboardInterrupt)
    or isinstance(err, exceptions.SystemExit)
end

-- Running ------------------------------------------------------------------

local function check_can_run(loop)
  if loop:is_closed() then error("Event loop is closed", 3) end
  if loop:is_running() then
    error("This event loop is already running", 3)
  end
  if core.is_loop_running() then
    error("Cannot run the event loop while another loop is running", 3)
  end
end

local MAX_LISTED = 50

local function deadlock_error(loop)
  local lines = {"nothing can wake the loop; waiting are:"}
  local tasks = core.all_tasks(loop)
  for i, task in ipairs(tasks) do
    if i > MAX_LISTED then
      lines[#lines + 1] = ("  ... and %d more"):format(#tasks - MAX_LISTED)
      break
    end
    lines[#lines + 1] = ("  %s"):format(task)
  end
  return exceptions.DeadlockError(table.concat(lines, "\n"))
end

-- Runs until the future is done; raises what left the loop instead.
local function run_until_done(loop, fut, is_new)
  local ok, live = pcall(loop._run_until, loop, fut)
  if not ok then
    if is_new and fut:done() and not fut:cancelled() then fut:exception() end
    error(live, 0)
  end
  if not live then error(deadlock_error(loop), 0) end
end

--- Runs until the awaitable is done; returns its results or raises its error.
--- Raises DeadlockError when nothing can ever complete it.
function Loop:run_until_complete(aw)
  check_self(self, LOOP, "run_until_complete")
  check_can_run(self)
  if aw == nil or not core.isawaitable(aw) then
    error("An asyncio.Future, a coroutine or an awaitable is required, got "
          .. repr.value(aw), 2)
  end
  local is_new = not core.isfuture(aw)
  local ok, fut = pcall(core.ensure_future, aw, {loop = self})
  if not ok then error(fut, 2) end
  if is_new then fut:_quiet() end
  run_until_done(self, fut, is_new)
  if not fut:done() then
    error("Event loop stopped before Future completed.", 2)
  end
  return fut:result()
end

-- Reports ------------------------------------------------------------------

local function sorted_keys(context)
  local keys = {}
  for key in pairs(context) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  return keys
end

local SPECIAL = {message = true, exception = true, traceback = true,
                 context = true, source_traceback = true}

local function append_exception(lines, context)
  local err = context.exception
  if err == nil then return end
  local is_ours = isinstance(err, exceptions.Exception)
  lines[#lines + 1] = is_ours and source.with_names(exceptions.describe(err))
    or type(err) == "string" and err or repr.value(err)
  if is_ours and rawget(err, "notes") then
    for _, note in ipairs(err.notes) do lines[#lines + 1] = tostring(note) end
  end
  local traceback = context.traceback or is_ours and rawget(err, "traceback")
  if type(traceback) == "string" then
    lines[#lines + 1] = source.with_names(traceback)
  end
end

local function check_report(context, method)
  if type(context) ~= "table" then
    error(("bad argument #1 to '%s' (table expected, got %s)")
          :format(method, type(context)), 3)
  end
end

--- Writes a report to stderr: the message, what else the context has, the
--- exception and its traceback.
function Loop:default_exception_handler(context)
  check_self(self, LOOP, "default_exception_handler")
  check_report(context, "default_exception_handler")
  local lines = {context.message or "Unhandled exception in event loop"}
  for _, key in ipairs(sorted_keys(context)) do
    if not SPECIAL[key] then
      local value = context[key]
      lines[#lines + 1] = key .. ": " ..
        (type(value) == "userdata" and tostring(value) or repr.value(value))
    end
  end
  if context.source_traceback then
    lines[#lines + 1] = "Object created at (most recent call first):"
    lines[#lines + 1] = context.source_traceback
  end
  if context.exception == nil and type(context.traceback) == "string" then
    lines[#lines + 1] = "While it ran:"
    lines[#lines + 1] = context.traceback
  end
  append_exception(lines, context)
  local original = context.context
  if type(original) == "table" then
    lines[#lines + 1] = "while it handled: "
      .. (type(original.message) == "string" and original.message or "an error")
    append_exception(lines, original)
  end
  io.stderr:write(table.concat(lines, "\n"), "\n")
end

local function call_default(loop, context, complaint)
  local ok, err = pcall(loop.default_exception_handler, loop, context)
  if ok then return end
  if is_fatal(err) then error(err, 0) end
  io.stderr:write(complaint, ": ", repr.value(err), "\n")
end

local OURS = {[core.classes.Future] = true, [core.classes.Task] = true,
              [core.classes.Handle] = true}

-- The task, future or handle of a report, if it is one.
local function owner_of(context)
  local owner = context.task or context.future or context.handle
  return type(owner) == "userdata" and OURS[debug.getmetatable(owner)] and owner
end

-- In the context of what failed.
local function call_handler(handler, loop, context)
  local owner = core.has_contexts() and owner_of(context)
  if owner and owner.get_context then
    local place = owner:get_context()
    return pcall(place.run, place, handler, loop, context)
  end
  return pcall(handler, loop, context)
end

-- Where it was made, which is known in debug mode.
local function add_source(context)
  local owner = owner_of(context)
  if owner and context.source_traceback == nil then
    context.source_traceback = owner:_source()
  end
end

--- Reports an error: context has message, and where known exception,
--- traceback, task, future, handle.
function Loop:call_exception_handler(context)
  check_self(self, LOOP, "call_exception_handler")
  check_report(context, "call_exception_handler")
  add_source(context)
  local handler = self:_state().exception_handler
  if not handler then
    return call_default(self, context,
                        "Exception in default exception handler")
  end
  local ok, err = call_handler(handler, self, context)
  if ok then return end
  if is_fatal(err) then error(err, 0) end
  call_default(self, {message = "Unhandled error in exception handler",
                      exception = err, context = context},
               "Exception in default exception handler while handling an "
               .. "unexpected error in custom exception handler")
end

local function is_callable(v)
  if type(v) == "function" then return true end
  local mt = getmetatable(v)
  return type(mt) == "table" and mt.__call ~= nil
end

--- `handler(loop, context)` gets the reports from now on; nil: the default.
function Loop:set_exception_handler(handler)
  check_self(self, LOOP, "set_exception_handler")
  if handler ~= nil and not is_callable(handler) then
    error("A callable object or nil is expected, got " .. repr.value(handler),
          2)
  end
  self:_state().exception_handler = handler
end

function Loop:get_exception_handler()
  check_self(self, LOOP, "get_exception_handler")
  return self:_state().exception_handler
end

-- Tasks --------------------------------------------------------------------

--- `factory(loop, coro, opts)` makes the tasks from now on; nil: the default.
function Loop:set_task_factory(factory)
  check_self(self, LOOP, "set_task_factory")
  if factory ~= nil and not is_callable(factory) then
    error("task factory must be a callable or nil", 2)
  end
  self:_state().task_factory = factory
  self:_set_has_factory(factory ~= nil)
end

function Loop:get_task_factory()
  check_self(self, LOOP, "get_task_factory")
  return self:_state().task_factory
end

--- Debug mode: see the reference. `loop.slow_callback_duration` is how long,
--- in seconds, a callback or a step of a task may take (0.1).
function Loop:set_debug(enabled)
  check_self(self, LOOP, "set_debug")
  self:_state().debug = not not enabled
  self:_set_debug(not not enabled)
end

function Loop:get_debug()
  check_self(self, LOOP, "get_debug")
  return self:_state().debug or false
end

-- Closing ------------------------------------------------------------------

local function abandon(loop, task)
  if not task:_is_quiet() then
    loop:call_exception_handler {
      message = "Task was destroyed but it is pending!", task = task}
  end
  for _, err in ipairs(task:_abandon()) do
    loop:call_exception_handler {
      message = "error while a pending task was destroyed", exception = err,
      task = task}
  end
end

-- What the to-be-closed variables of one task start is abandoned in turn.
local function abandon_tasks(loop)
  local seen = {}
  for _ = 1, 100 do
    local found = false
    for _, task in ipairs(core.all_tasks(loop)) do
      if not seen[task] then
        seen[task], found = true, true
        abandon(loop, task)
      end
    end
    if not found then return end
  end
end

-- What the collector has found, and not finalized yet, is in no weak table: it
-- ends its work first.
local function report_unretrieved(loop)
  if loop:_has_failures() then collectgarbage() end
  local reports, numbers = loop:_unretrieved(), {}
  for number in pairs(reports) do numbers[#numbers + 1] = number end
  table.sort(numbers)
  for _, number in ipairs(numbers) do
    loop:call_exception_handler(reports[number])
  end
end

--- Closes the loop: what is still pending, and errors that nobody has seen,
--- are reported. Does nothing the second time.
function Loop:close()
  check_self(self, LOOP, "close")
  if self:is_running() then error("Cannot close a running event loop", 2) end
  if self:is_closed() then return end
  local executor = self:_state().default_executor
  if executor then executor:shutdown {wait = false} end
  local ok, err = pcall(function()
    abandon_tasks(self)
    report_unretrieved(self)
  end)
  self:_close()
  if not ok then error(err, 0) end
end

-- Texts --------------------------------------------------------------------

function core.classes.Task.__methods:traceback()
  check_self(self, core.classes.Task, "traceback")
  return repr.traceback(self)
end

core.classes.Loop.__tostring = repr.loop
core.classes.Future.__tostring = repr.future
core.classes.Task.__tostring = repr.task
core.classes.Coroutine.__tostring = repr.coroutine
core.classes.Handle.__tostring = repr.handle

local loop = {}

--- A new loop; opts.clock = "virtual": time jumps to the next deadline
--- whenever nothing else can run.
function loop.new_event_loop(opts)
  local clock
  if opts ~= nil then
    if type(opts) ~= "table" then
      error("options of 'new_event_loop' must be a table, not "
            .. type(opts), 2)
    end
    for key, value in pairs(opts) do
      if key ~= "clock" then
        error(("unknown option '%s' of 'new_event_loop'"):format(key), 2)
      end
      clock = value
    end
    if clock ~= nil and clock ~= "virtual" and clock ~= "real" then
      error("option 'clock' of 'new_event_loop' must be \"real\" or \"virtual\"",
            2)
    end
  end
  local new = core.new_loop(clock == "virtual")
  local debug_env = os.getenv("ASYNCIO_DEBUG")
  new:set_debug(debug_env ~= nil and debug_env ~= "" and debug_env ~= "0")
  return new
end

return loop
