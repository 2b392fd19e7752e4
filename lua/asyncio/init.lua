-- asyncio for Lua: the public module. Every exported name is listed here.

require "asyncio.exceptions"
local core = require "asyncio.core"
local exceptions = core.exceptions
local contexts = require "asyncio.contexts"
local generators = require "asyncio.generators"
local graph = require "asyncio.graph"
local introspect = require "asyncio.introspect"
local locks = require "asyncio.locks"
local loop = require "asyncio.loop"
local queues = require "asyncio.queues"
local runner = require "asyncio.runner"
local scopes = require "asyncio.scopes"
local taskgroups = require "asyncio.taskgroups"
local threads = require "asyncio.threads"
local timeouts = require "asyncio.timeouts"

-- A class that is called to make an object; its fields are the methods.
local function class(name, construct)
  return setmetatable({}, {
    __index = core.classes[name].__methods,
    __call = construct,
    __tostring = function() return "<class '" .. name .. "'>" end,
  })
end

-- Lua's coroutine library for coroutines that may await; and, called, `async`.
local coroutine_library = setmetatable({
  create = core.coroutines.create,
  resume = core.coroutines.resume,
  status = core.coroutines.status,
  wrap = core.coroutines.wrap,
  close = core.coroutines.close,
  yield = coroutine.yield,
  running = coroutine.running,
  isyieldable = coroutine.isyieldable,
}, {
  __call = function(_, fn) return core.async(fn) end,
})

local asyncio = {
  -- running a program
  run = runner.run,
  main = runner.main,
  Runner = runner.Runner,

  -- awaitables and coroutines
  await = core.await,
  pawait = core.pawait,
  pcall = core.pcall,
  xpcall = core.xpcall,
  async = core.async,
  coroutine = coroutine_library,
  generator = generators.generator,
  iscoroutine = core.iscoroutine,
  iscoroutinefunction = core.iscoroutinefunction,
  isfuture = core.isfuture,
  isawaitable = core.isawaitable,

  -- tasks
  create_task = core.create_task,
  spawn = core.spawn,
  ensure_future = core.ensure_future,
  current_task = core.current_task,
  all_tasks = core.all_tasks,
  Task = class("Task", core.Task),

  -- waiting
  sleep = core.sleep,
  gather = core.gather,
  shield = core.shield,
  wait_for = core.wait_for,
  wait = core.wait,
  as_completed = core.as_completed,
  ALL_COMPLETED = core.ALL_COMPLETED,
  FIRST_COMPLETED = core.FIRST_COMPLETED,
  FIRST_EXCEPTION = core.FIRST_EXCEPTION,

  -- scopes
  with = scopes.with,
  TaskGroup = taskgroups.TaskGroup,
  timeout = timeouts.timeout,
  timeout_at = timeouts.timeout_at,
  move_on_after = timeouts.move_on_after,

  -- synchronisation, queues
  Lock = locks.Lock,
  Event = locks.Event,
  Condition = locks.Condition,
  Semaphore = locks.Semaphore,
  BoundedSemaphore = locks.BoundedSemaphore,
  Barrier = locks.Barrier,
  Queue = queues.Queue,
  LifoQueue = queues.LifoQueue,
  PriorityQueue = queues.PriorityQueue,

  -- seeing what the program does
  capture_call_graph = graph.capture_call_graph,
  format_call_graph = graph.format_call_graph,
  print_call_graph = graph.print_call_graph,
  dump = introspect.dump,
  install_dump_signal = introspect.install_dump_signal,

  -- threads
  to_thread = core.to_thread,
  ThreadPoolExecutor = threads.ThreadPoolExecutor,
  run_coroutine_threadsafe = core.run_coroutine_threadsafe,
  wrap_future = threads.wrap_future,

  -- context variables
  ContextVar = contexts.ContextVar,
  Token = contexts.Token,
  Context = core.Context,
  copy_context = core.copy_context,

  -- futures and loops
  Future = class("Future", core.Future),
  EventLoop = class("Loop", function(_, opts)
    return loop.new_event_loop(opts)
  end),
  new_event_loop = loop.new_event_loop,
  get_running_loop = core.get_running_loop,
  get_event_loop = core.get_event_loop,
  set_event_loop = core.set_event_loop,

  -- exceptions
  isinstance = exceptions.isinstance,
  Exception = exceptions.Exception,
  CancelledError = exceptions.CancelledError,
  TimeoutError = exceptions.TimeoutError,
  InvalidStateError = exceptions.InvalidStateError,
  DeadlockError = exceptions.DeadlockError,
  KeyboardInterrupt = exceptions.KeyboardInterrupt,
  SystemExit = exceptions.SystemExit,
  BrokenThreadPool = exceptions.BrokenThreadPool,
  QueueEmpty = exceptions.QueueEmpty,
  QueueFull = exceptions.QueueFull,
  QueueShutDown = exceptions.QueueShutDown,
  BrokenBarrierError = exceptions.BrokenBarrierError,
  IncompleteReadError = exceptions.IncompleteReadError,
  LimitOverrunError = exceptions.LimitOverrunError,
  OSError = exceptions.OSError,
  ExceptionGroup = exceptions.ExceptionGroup,
}

--- Makes a task factory of a constructor such as asyncio.Task: its tasks take
--- their first step at once.
function asyncio.create_eager_task_factory(constructor)
  return function(event_loop, coro, opts)
    local options = {}
    for key, value in pairs(opts or {}) do options[key] = value end
    options.loop = event_loop
    if options.eager_start == nil then options.eager_start = true end
    return constructor(coro, options)
  end
end

asyncio.eager_task_factory = asyncio.create_eager_task_factory(asyncio.Task)

return asyncio
