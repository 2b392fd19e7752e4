-- run, main and Runner: a program from its first task to the closed loop.

local core = require "asyncio.core"
local check_self = require("asyncio.options").check_self
local new_event_loop = require("asyncio.loop").new_event_loop
local repr = require "asyncio.repr"
local source = require "asyncio.source"
local generators = require "asyncio.generators"
require "asyncio.threads"

local exceptions = core.exceptions
local isinstance = exceptions.isinstance

local runner = {}

local OPTIONS = {debug = "boolean", loop_factory = "function",
                 clock = "string"}

local function has_type(value, expected)
  local mt = getmetatable(value)
  return type(value) == expected
    or expected == "function" and type(mt) == "table" and mt.__call ~= nil
end

local function check_options(opts, fname, level)
  if opts == nil then return {} end
  if type(opts) ~= "table" then
    error(("options of '%s' must be a table, not %s"):format(fname, type(opts)),
          level)
  end
  for key, value in pairs(opts) do
    local expected = OPTIONS[key]
    if not expected then
      error(("unknown option '%s' of '%s'"):format(key, fname), level)
    elseif not has_type(value, expected) then
      error(("option '%s' of '%s' must be a %s, not %s")
            :format(key, fname, expected, type(value)), level)
    elseif key == "clock" and value ~= "real" and value ~= "virtual" then
      error(("option 'clock' of '%s' must be \"real\" or \"virtual\"")
            :format(fname), level)
    end
  end
  return opts
end

-- Runner -------------------------------------------------------------------

local Runner = {}
Runner.__index = Runner
Runner.__name = "Runner"

local function new_runner(opts)
  return setmetatable({_debug = opts.debug, _clock = opts.clock,
                       _factory = opts.loop_factory, _phase = "created"},
                      Runner)
end

local function is_loop(v)
  return type(v) == "userdata"
    and debug.getmetatable(v) == core.classes.Loop
end

local function lazy_init(self, level)
  if self._phase == "closed" then error("Runner is closed", level) end
  if self._phase == "initialized" then return end
  if self._factory then
    local loop = self._factory()
    if not is_loop(loop) then
      error("loop_factory must return a Loop, not " .. type(loop), level)
    end
    self._loop = loop
  else
    self._loop = new_event_loop {clock = self._clock}
    core.set_event_loop(self._loop)
    self._set_event_loop = true
  end
  if self._debug ~= nil then self._loop:set_debug(self._debug) end
  if self._keeps or core.has_contexts() then self._context = core.copy_context() end
  self._phase = "initialized"
end

--- The runner's loop, which is made at first use.
function Runner:get_loop()
  check_self(self, Runner, "get_loop")
  lazy_init(self, 3)
  return self._loop
end

-- The first Ctrl-C cancels the main task, the next one interrupts.
local function on_sigint(self, count)
  local task = self._main
  if count == 0 or not task then return end
  if not self._interrupted and not task:done() then
    self._interrupted = true
    task:cancel()
    return
  end
  error(exceptions.KeyboardInterrupt(), 0)
end

local function start_interrupt(self)
  if not self._interrupt then
    self._interrupt = core.new_interrupt(self._loop, function(count)
      on_sigint(self, count)
    end)
  end
  self._interrupt:start()
end

local function check_main(main, level)
  if core.isfuture(main) or main == nil or not core.isawaitable(main) then
    error("a coroutine was expected, got " .. repr.value(main), level)
  end
end

-- Runs the main task; returns as pcall does. Its task stays in self._main.
local function run_main(self, main, context)
  self._main = self._loop:create_task(main, context and {context = context})
  self._interrupted = false
  start_interrupt(self)
  local res = table.pack(pcall(self._loop.run_until_complete, self._loop,
                               self._main))
  local signals = self._interrupt:stop()
  if not res[1] and signals > 0 and not self._interrupted then
    res[2] = exceptions.KeyboardInterrupt() -- no memory to say so in time
  end
  if not res[1] and self._main:done() and not self._main:cancelled() then
    self._main:exception() -- it is seen: it goes to the caller
  end
  if not res[1] and self._interrupted
      and isinstance(res[2], exceptions.CancelledError)
      and self._main:uncancel() == 0 then
    res[2] = exceptions.KeyboardInterrupt()
  end
  return res
end

local function run(self, main, caller, level, context)
  if core.is_loop_running() then
    error(caller .. " cannot be called from a running event loop", level + 1)
  end
  check_main(main, level + 1)
  lazy_init(self, level + 1)
  return run_main(self, main, context or self._context)
end

--- Runs the awaitable in the runner's loop; returns its results. The variables
--- it sets persist until the next run; opts.context is another Context to run
--- in.
function Runner:run(main, opts)
  check_self(self, Runner, "run")
  if opts ~= nil and type(opts) ~= "table" then
    error("options of 'Runner.run' must be a table, not " .. type(opts), 2)
  end
  for key in pairs(opts or {}) do
    if key ~= "context" then
      error(("unknown option '%s' of 'Runner.run'"):format(tostring(key)), 2)
    end
  end
  local res = run(self, main, "Runner.run()", 3, opts and opts.context)
  if not res[1] then error(res[2], 0) end
  return table.unpack(res, 2, res.n)
end

local ROUNDS = 100 -- of cancelling, for tasks that start others meanwhile

local function report_failures(loop, tasks)
  for _, task in ipairs(tasks) do
    if task:done() and not task:cancelled() then
      local err = task:exception()
      if err ~= nil then
        loop:call_exception_handler {
          message = "unhandled exception during asyncio.run() shutdown",
          exception = err, traceback = task:_traceback(), task = task}
      end
    end
  end
end

local function cancel_all_tasks(loop)
  for _ = 1, ROUNDS do
    local tasks = core.all_tasks(loop)
    if #tasks == 0 then return end
    for _, task in ipairs(tasks) do task:cancel() end
    loop:run_until_complete(core.gather(tasks, {return_exceptions = true}))
    report_failures(loop, tasks)
  end
end

local THREAD_JOIN_TIMEOUT = 300 -- seconds

-- As the main task, so that Ctrl-C ends the wait.
local function shutdown_executor(self, loop)
  if not loop:_state().default_executor then return end
  local res = run_main(self, loop:shutdown_default_executor(
    THREAD_JOIN_TIMEOUT))
  if not res[1] then error(res[2], 0) end
end

-- Debug mode: what was never awaited is reported now, if it is garbage.
local function collect(loop)
  collectgarbage()
  loop:run_until_complete(function() end)
end

--- Cancels what is left, waits for it and for the threads, reports errors,
--- closes the loop.
function Runner:close()
  check_self(self, Runner, "close")
  if self._phase ~= "initialized" then
    self._phase = "closed"
    return
  end
  local loop = self._loop
  local main = self._main
  local ok, err = pcall(cancel_all_tasks, loop)
  if not ok and isinstance(err, exceptions.DeadlockError) then
    loop:call_exception_handler {
      message = "deadlock during asyncio.run() shutdown", exception = err}
    ok = true
  end
  if ok and loop:get_debug() then ok, err = pcall(collect, loop) end
  if ok and generators.has_open(loop) then
    ok, err = pcall(loop.run_until_complete, loop, loop:shutdown_asyncgens())
  end
  if ok then ok, err = pcall(shutdown_executor, self, loop) end
  self._main = main
  if self._set_event_loop then core.set_event_loop(nil) end
  self._phase, self._loop, self._interrupt = "closed", nil, nil
  loop:close()
  if not ok then error(err, 0) end
end

Runner.__close = Runner.close

-- Its context lives from run to run, from the first variable on.
runner.Runner = setmetatable(Runner, {__call = function(_, opts)
  local self = new_runner(check_options(opts, "Runner", 3))
  self._keeps = true
  return self
end})

-- run, main ----------------------------------------------------------------

-- Runs and closes; returns as pcall does, and the main task.
local function run_and_close(main, opts, fname)
  local self = new_runner(check_options(opts, fname, 4))
  if core.is_loop_running() then
    error("asyncio." .. fname .. "() cannot be called from a running event loop",
          3)
  end
  check_main(main, 4)
  local started, res = pcall(run, self, main, fname, 1)
  local closed, err = pcall(self.close, self)
  if not started then error(res, 0) end
  if res[1] and not closed then error(err, 0) end
  return res, self._main
end

--- Runs the awaitable in a new loop, ends what it has left, and returns its
--- results. opts: debug, loop_factory, clock = "virtual".
function runner.run(main, opts)
  local res = run_and_close(main, opts, "run")
  if not res[1] then error(res[2], 0) end
  return table.unpack(res, 2, res.n)
end

local function print_error(err, task)
  local traceback = task and task:_traceback()
  if isinstance(err, exceptions.Exception) then
    io.stderr:write(source.with_names(exceptions.describe(err)), "\n")
    for _, note in ipairs(rawget(err, "notes") or {}) do
      io.stderr:write(tostring(note), "\n")
    end
    traceback = traceback or rawget(err, "traceback")
  else
    io.stderr:write(type(err) == "string" and err or repr.value(err), "\n")
  end
  if traceback then
    io.stderr:write(source.with_names(traceback), "\n")
  end
end

-- As Python's: an integer is the status, any other message is printed.
local function exit_with(message)
  if message == nil then os.exit(0, true) end
  if math.type(message) == "integer" then os.exit(message, true) end
  io.stderr:write(tostring(message), "\n")
  os.exit(1, true)
end

local INTERRUPTED = 130 -- as a shell says it of Ctrl-C

--- For scripts: as `run`, but an error that nobody caught is printed with its
--- traceback, and the process exits with status 1; after Ctrl-C with 130.
function runner.main(main, opts)
  local res, task = run_and_close(main, opts, "main")
  if res[1] then return table.unpack(res, 2, res.n) end
  local err = res[2]
  io.stdout:flush()
  if isinstance(err, exceptions.KeyboardInterrupt) then
    os.exit(INTERRUPTED, true)
  elseif isinstance(err, exceptions.SystemExit) then
    exit_with(err.message)
  end
  print_error(err, task)
  os.exit(1, true)
end

return runner
