---@meta asyncio
-- What editors and type checkers are to know of the module. No program loads
-- this file. docs/reference.md says the same at length, with examples.
-- luacheck: ignore 211 212 241

-- All times are seconds, integer or float; nil and math.huge mean "no limit",
-- NaN is an error. Unless said otherwise, wrong arguments raise an error
-- string that begins with the caller's position.

---@class asyncio
local asyncio = {}

--- What can be awaited or made a Task: a Future or Task, a coroutine object, a
--- Lua coroutine that has not started, a function (called without arguments),
--- or a value whose metatable has `__await`.
---@alias asyncio.Awaitable asyncio.Future|asyncio.Coroutine|thread|function|table

--- Calling it runs nothing and returns a coroutine object, which has the
--- arguments bound.
---@alias asyncio.CoroutineFunction fun(...: any): asyncio.Coroutine

--- What `wait` and `all_tasks` return: a list (`t[1]` to `t[#t]`) and a set
--- (`t[task] == true`) in one table. Iterate with ipairs.
---@class asyncio.FutureSet
---@field [integer] asyncio.Future
---@field [asyncio.Future] true

--- What the exception handler of a loop is given.
---@class asyncio.Report
---@field message string what has happened
---@field exception? any the value that was raised
---@field traceback? string where it was raised
---@field task? asyncio.Task the task it is about
---@field future? asyncio.Future the future it is about
---@field handle? asyncio.Handle the callback it is about

---@alias asyncio.Loop asyncio.EventLoop
---@alias asyncio.ExceptionHandler fun(loop: asyncio.Loop, context: asyncio.Report)
---@alias asyncio.MakeTask fun(coro: asyncio.Awaitable, opts: asyncio.TaskOptions): asyncio.Task

--- Makes the tasks of a loop; what it returns must be a Task or Future.
---@alias asyncio.TaskFactory fun(loop: asyncio.Loop, coro: any, opts: table): asyncio.Task

-- Options ------------------------------------------------------------------

---@class asyncio.LoopOptions
---@field clock? "real"|"virtual" virtual: time jumps to the next deadline when nothing else can run

---@class asyncio.RunOptions: asyncio.LoopOptions
---@field debug? boolean debug mode; as ASYNCIO_DEBUG says when nil
---@field loop_factory? fun(): asyncio.EventLoop makes the loop; `clock` is then not used

---@class asyncio.TaskOptions
---@field name? any its name, made a string; "Task-N" when nil
---@field eager_start? boolean take the first step at once
---@field loop? asyncio.EventLoop only for asyncio.Task: its loop

---@class asyncio.FutureOptions
---@field loop? asyncio.EventLoop its loop; the running one, or that of set_event_loop, when nil

---@class asyncio.GatherOptions
---@field return_exceptions? boolean put errors among the results instead of raising the first

---@class asyncio.WaitOptions
---@field timeout? number in seconds
---@field return_when? "ALL_COMPLETED"|"FIRST_COMPLETED"|"FIRST_EXCEPTION"

---@class asyncio.AsCompletedOptions
---@field timeout? number in seconds, from the call of as_completed

---@class asyncio.ExecutorOptions
---@field max_workers? integer most threads; the cores plus 4, at most 32, when nil
---@field thread_name_prefix? string of the threads' names in tracebacks
---@field initializer? fun() called in each thread when it starts; a copy of it

---@class asyncio.ShutdownOptions
---@field wait? boolean block until all has ended; true when nil
---@field cancel_futures? boolean cancel what has not begun

-- Running a program --------------------------------------------------------

--- Runs the awaitable in a new loop and returns its results or raises its
--- error. At the end it cancels the tasks that are left, waits for them,
--- reports their errors and closes the loop, as CPython 3.13's asyncio.run.
---
--- Raises "asyncio.run() cannot be called from a running event loop",
--- "a coroutine was expected, got ...", DeadlockError when nothing can wake the
--- loop any more, KeyboardInterrupt after Ctrl-C.
---@param main asyncio.Awaitable not a Future or Task
---@param opts? asyncio.RunOptions
---@return any ... results of main
function asyncio.run(main, opts) end

--- For scripts: as `run`, but an error that nobody caught is printed to stderr
--- with its traceback, and the process exits: with status 1, after Ctrl-C with
--- 130, for SystemExit with its message if that is an integer.
---@param main asyncio.Awaitable not a Future or Task
---@param opts? asyncio.RunOptions
---@return any ... results of main
function asyncio.main(main, opts) end

--- Several runs in one loop, as CPython 3.13's asyncio.Runner. A `<close>`
--- value. The loop is made at first use.
---@class asyncio.Runner
---@overload fun(opts?: asyncio.RunOptions): asyncio.Runner
local Runner = {}
asyncio.Runner = Runner

--- Runs the awaitable in the runner's loop. Raises its error, "Runner is
--- closed", or "Runner.run() cannot be called from a running event loop".
---@param main asyncio.Awaitable not a Future or Task
---@return any ... results of main
function Runner:run(main) end

--- The runner's loop. Raises "Runner is closed".
---@return asyncio.EventLoop
function Runner:get_loop() end

--- Ends what is left, as `run` does at its end, and closes the loop. Does
--- nothing the second time.
function Runner:close() end

-- Awaitables and coroutines --------------------------------------------------

--- A call of a coroutine function that has not begun. It runs when it is
--- awaited or made a Task, once.
---@class asyncio.Coroutine
local Coroutine = {}

--- The same as asyncio.await(self).
---@async
---@return any ... results
function Coroutine:await() end

--- Waits for the awaitable; returns all its results or raises its error, the
--- very value that was raised. A finished Future is no suspension. Coroutine
--- objects and functions run in the current task, with no extra turn of the
--- loop, to any depth.
---
--- Raises CancelledError when the task is cancelled meanwhile; an error string
--- for what is no awaitable ("An asyncio.Future, a coroutine or an awaitable is
--- required, got ..."), for a coroutine object awaited before ("cannot reuse
--- already awaited coroutine", "coroutine is being awaited already"), outside a
--- task, inside another Lua coroutine, and across a C call.
---@async
---@param aw asyncio.Awaitable
---@return any ... results
function asyncio.await(aw) end

--- Protected await: true and the results, or false and the error.
--- CancelledError, KeyboardInterrupt and SystemExit are raised nevertheless.
---@async
---@param aw asyncio.Awaitable
---@return boolean ok
---@return any ... results, or the error
function asyncio.pawait(aw) end

--- As Lua's pcall, but CancelledError, KeyboardInterrupt and SystemExit are
--- raised nevertheless. The function may await.
---@async
---@param f function
---@param ... any arguments
---@return boolean ok
---@return any ... results, or the error
function asyncio.pcall(f, ...) end

--- As Lua's xpcall, but CancelledError, KeyboardInterrupt and SystemExit are
--- raised nevertheless, without a call of the handler.
---@async
---@param f function
---@param handler fun(err: any): any
---@param ... any arguments
---@return boolean ok
---@return any ... results, or what the handler returned
function asyncio.xpcall(f, handler, ...) end

--- Makes a coroutine function.
---@param fn function
---@return asyncio.CoroutineFunction
function asyncio.async(fn) end

--- The same as asyncio.async.
---@param fn function
---@return asyncio.CoroutineFunction
function asyncio.coroutine(fn) end

--- Is it a coroutine object or a Lua coroutine?
---@param v any
---@return boolean
function asyncio.iscoroutine(v) end

--- Is it one of asyncio.async, or one of the module's own (sleep, wait,
--- wait_for, to_thread)?
---@param v any
---@return boolean
function asyncio.iscoroutinefunction(v) end

--- Is it a Future or Task?
---@param v any
---@return boolean
function asyncio.isfuture(v) end

--- Can it be awaited?
---@param v any
---@return boolean
function asyncio.isawaitable(v) end

-- Tasks ----------------------------------------------------------------------

--- Makes a Task in the running loop, as CPython 3.13's asyncio.create_task: its
--- first step is in the next turn of the loop.
---
--- Raises "no running event loop", "a coroutine was expected, got ...".
---@param aw asyncio.Awaitable not a Future or Task
---@param opts? asyncio.TaskOptions name, eager_start
---@return asyncio.Task
function asyncio.create_task(aw, opts) end

--- Makes a Task that runs fn(...). Raises "no running event loop". To run a
--- coroutine function, give its call to create_task.
---@param fn function
---@param ... any arguments
---@return asyncio.Task
function asyncio.spawn(fn, ...) end

--- The Future itself, or a new Task of the awaitable, as CPython 3.13's
--- asyncio.ensure_future.
---
--- Raises "The future belongs to a different loop than the one specified as the
--- loop argument", "An asyncio.Future, a coroutine or an awaitable is required,
--- got ...", "There is no current event loop".
---@param aw asyncio.Awaitable
---@param opts? asyncio.FutureOptions
---@return asyncio.Future
function asyncio.ensure_future(aw, opts) end

--- The task that runs now; nil in a callback. Raises "no running event loop"
--- unless a loop is given.
---@param loop? asyncio.EventLoop
---@return asyncio.Task?
function asyncio.current_task(loop) end

--- The unfinished tasks, in order of creation. Raises "no running event loop"
--- unless a loop is given.
---@param loop? asyncio.EventLoop
---@return asyncio.FutureSet
function asyncio.all_tasks(loop) end

--- Takes the first step of each new task at once, as CPython's: for
--- loop:set_task_factory.
---@param loop asyncio.EventLoop
---@param coro asyncio.Awaitable
---@param opts? asyncio.TaskOptions
---@return asyncio.Task
function asyncio.eager_task_factory(loop, coro, opts) end

--- Such a factory, which makes its tasks with the constructor.
---@param constructor asyncio.MakeTask such as asyncio.Task
---@return asyncio.TaskFactory
function asyncio.create_eager_task_factory(constructor) end

-- Waiting --------------------------------------------------------------------

--- A coroutine object: awaited, it suspends the task for the delay and returns
--- the values given. The delay begins when it is awaited. With 0 or less it is
--- one turn of the loop, and always the same object when there are no values.
---@param delay number in seconds
---@param ... any results
---@return asyncio.Coroutine
function asyncio.sleep(delay, ...) end

--- Runs the awaitables side by side; the result is the list of their first
--- values in the order of the arguments, with `n`, and `exceptions`, a table of
--- the errors by place. The first error is raised and the others run on, unless
--- `return_exceptions`; as CPython 3.13's asyncio.gather. A function given twice
--- runs twice, every other awaitable once.
---
--- Raises "bad argument #N to 'gather' (awaitable expected, got ...)",
--- "There is no current event loop", and for a future of another loop as
--- ensure_future.
---@param ... asyncio.Awaitable|asyncio.GatherOptions awaitables, or one list of them; then options
---@return asyncio.Future
---@overload fun(aws: asyncio.Awaitable[], opts?: asyncio.GatherOptions): asyncio.Future
function asyncio.gather(...) end

--- A future with the outcome of the awaitable; cancelling it leaves that alone,
--- as CPython 3.13's asyncio.shield. A finished Future is returned itself.
---@param aw asyncio.Awaitable
---@return asyncio.Future
function asyncio.shield(aw) end

--- A coroutine object: awaits the awaitable in the current task, for so long.
--- Then it cancels it, waits until it has ended, and raises TimeoutError, whose
--- `cause` is the CancelledError; as CPython 3.13's asyncio.wait_for. The time
--- begins when it is awaited. With 0 or less, what is not done is cancelled.
---@param aw asyncio.Awaitable
---@param timeout? number in seconds
---@return asyncio.Coroutine
function asyncio.wait_for(aw, timeout) end

--- A coroutine object: suspends until enough of the futures are done or the
--- time is over, and returns those that are done and the others. It raises none
--- of their errors and cancels none, as CPython 3.13's asyncio.wait.
---
--- Raises "Passing coroutines is forbidden, use tasks explicitly.", "Set of
--- Tasks/Futures is empty.", "Invalid return_when value: ...", "expect a list of
--- futures, not ...".
---@param futures asyncio.Future[]|asyncio.FutureSet|fun(): asyncio.Future? list, set or iterator
---@param opts? asyncio.WaitOptions
---@return asyncio.Coroutine # results: done, pending, both of class asyncio.FutureSet
function asyncio.wait(futures, opts) end

--- Iterates over the awaitables as they finish, as CPython 3.13's
--- asyncio.as_completed. It is called by `for`; what it gives is to be awaited.
---@class asyncio.AsCompleted
---@overload fun(): asyncio.Coroutine?
local AsCompleted = {}

--- For `for`: the Futures themselves, each when it is done; the `for` suspends
--- the task, and raises TimeoutError when the time is over.
---@return async fun(): asyncio.Future?
function AsCompleted:futures() end

--- Makes Futures of the awaitables and returns an iterator of coroutine
--- objects: each returns or raises the outcome of the next that finishes, or
--- raises TimeoutError when the time is over. Nothing is cancelled.
---
--- Raises "expects an iterable of awaitables, not ...", "There is no current
--- event loop".
---@param aws asyncio.Awaitable[]|asyncio.FutureSet list or set
---@param opts? asyncio.AsCompletedOptions
---@return asyncio.AsCompleted
function asyncio.as_completed(aws, opts) end

--- `return_when`: all are done. The default.
asyncio.ALL_COMPLETED = "ALL_COMPLETED"
--- `return_when`: one is done.
asyncio.FIRST_COMPLETED = "FIRST_COMPLETED"
--- `return_when`: one has failed (not: was cancelled), or all are done.
asyncio.FIRST_EXCEPTION = "FIRST_EXCEPTION"

-- Groups and timeouts ----------------------------------------------------------

-- A scope is open from its call on, and belongs to the current task. It is the
-- value of a `<close>` variable, or is given to asyncio.with. Left out of order,
-- or by another task, it raises an error.

--- Calls fn(scope, ...) in a scope, leaves that, and returns fn's results;
--- nothing if TaskGroup:cancel interrupted fn. A Lock, Semaphore or Condition is
--- acquired and released; a Barrier is waited for, and fn gets the index; any
--- other value with `__close` is closed.
---
--- Raises what the scope raises; "bad argument #1 to 'with' (scope expected, got
--- ...)", "... has already been entered".
---@async
---@generic T
---@param scope T
---@param fn fun(scope: T, ...: any): ...: any
---@param ... any arguments of fn, after the scope
---@return any ... results of fn
function asyncio.with(scope, fn, ...) end

--- A scope that waits for the tasks started in it, as CPython 3.13's
--- asyncio.TaskGroup. If one fails, or the body, the others are cancelled, and
--- leaving it raises an ExceptionGroup, with `tracebacks`.
---
--- Raises "no running event loop", "TaskGroup <TaskGroup> cannot determine the
--- parent task".
---@class asyncio.TaskGroup
---@overload fun(): asyncio.TaskGroup
local TaskGroup = {}
asyncio.TaskGroup = TaskGroup

--- Starts the awaitable as a task of the group. Raises "TaskGroup ... is
--- finished", "TaskGroup ... is shutting down", and as asyncio.create_task.
---@param aw asyncio.Awaitable not a Future or Task
---@param opts? asyncio.TaskOptions name, eager_start
---@return asyncio.Task
function TaskGroup:create_task(aw, opts) end

--- Starts fn(...) as a task of the group. Raises as create_task.
---@param fn function
---@param ... any arguments
---@return asyncio.Task
function TaskGroup:spawn(fn, ...) end

--- The tasks that are not done, in order of creation.
---@return asyncio.Task[]
function TaskGroup:tasks() end

--- Ends the group without an error, as CPython 3.15's: cancels its tasks, and the
--- body where it awaits. A body in a `<close>` scope that is interrupted so ends
--- with an error: use asyncio.with.
function TaskGroup:cancel() end

--- A scope with a time limit, of asyncio.timeout and timeout_at.
---@class asyncio.Timeout
local Timeout = {}

--- The deadline in seconds of loop:time(); nil for none.
---@return number?
function Timeout:when() end

--- Another deadline, nil for none. Raises "Cannot change state of ... Timeout".
---@param when? number in seconds of loop:time()
function Timeout:reschedule(when) end

--- Has the time run out while the scope was open?
---@return boolean
function Timeout:expired() end

--- Limits what the current task does in the scope, as CPython 3.13's
--- asyncio.timeout: when the time is over the task is cancelled, and leaving the
--- scope raises TimeoutError, whose `cause` is the CancelledError.
---
--- Raises "no running event loop", "Timeout should be used inside a task".
---@param delay? number in seconds
---@return asyncio.Timeout
function asyncio.timeout(delay) end

--- The same with a deadline.
---@param when? number in seconds of loop:time()
---@return asyncio.Timeout
function asyncio.timeout_at(when) end

--- Calls fn(...) for at most so many seconds: true and its results, or false if
--- the time ran out. Raises other errors of fn.
---@async
---@param delay? number in seconds
---@param fn function
---@param ... any arguments
---@return boolean ok
---@return any ... results of fn
function asyncio.move_on_after(delay, fn, ...) end

-- Locks, events, semaphores ----------------------------------------------------

-- Each belongs to one loop from the first wait on: "... is bound to a different
-- event loop". Whoever waits is served in the order of coming. They are not for
-- threads.

--- For one task at a time, as CPython 3.13's asyncio.Lock.
---@class asyncio.Lock
---@overload fun(): asyncio.Lock
local Lock = {}
asyncio.Lock = Lock

--- Awaitable: the lock, once it is held, a `<close>` value that releases it.
---@return asyncio.Coroutine # result: the lock
function Lock:acquire() end

--- Lets go of it. Raises "Lock is not acquired."
function Lock:release() end

--- Is it held?
---@return boolean
function Lock:locked() end

--- Wakes all that wait when it is set, as CPython 3.13's asyncio.Event.
---@class asyncio.Event
---@overload fun(): asyncio.Event
local Event = {}
asyncio.Event = Event

--- Awaitable: true, once it is set.
---@return asyncio.Coroutine # result: true
function Event:wait() end

--- All that wait go on.
function Event:set() end

--- Who waits from now on waits for the next `set`.
function Event:clear() end

---@return boolean
function Event:is_set() end

--- A lock, and tasks that wait for a change, as CPython 3.13's
--- asyncio.Condition. Without a lock it makes its own.
---@class asyncio.Condition
---@overload fun(lock?: asyncio.Lock): asyncio.Condition
local Condition = {}
asyncio.Condition = Condition

--- Awaitable: the condition, once its lock is held, a `<close>` value that
--- releases it.
---@return asyncio.Coroutine # result: the condition
function Condition:acquire() end

--- Lets go of its lock. Raises "Lock is not acquired."
function Condition:release() end

--- Is its lock held?
---@return boolean
function Condition:locked() end

--- Awaitable: lets go of the lock, waits for a notification, acquires it again.
--- Raises "cannot wait on un-acquired lock".
---@return asyncio.Coroutine # result: true
function Condition:wait() end

--- Awaitable: waits until predicate() is true.
---@param predicate fun(): any
---@return asyncio.Coroutine # result: what the predicate returned
function Condition:wait_for(predicate) end

--- Wakes n tasks that wait. Raises "cannot notify on un-acquired lock".
---@param n? integer 1 when nil
function Condition:notify(n) end

--- Wakes all tasks that wait. Raises "cannot notify on un-acquired lock".
function Condition:notify_all() end

--- For so many tasks at a time (1), as CPython 3.13's asyncio.Semaphore. Raises
--- "Semaphore initial value must be >= 0".
---@class asyncio.Semaphore
---@overload fun(value?: integer): asyncio.Semaphore
local Semaphore = {}
asyncio.Semaphore = Semaphore

--- Awaitable: the semaphore, once it has a place, a `<close>` value that releases
--- it.
---@return asyncio.Coroutine # result: the semaphore
function Semaphore:acquire() end

--- Gives a place back. A BoundedSemaphore raises "BoundedSemaphore released too
--- many times".
function Semaphore:release() end

--- Would acquire wait?
---@return boolean
function Semaphore:locked() end

--- A Semaphore that never has more places than at the beginning.
---@class asyncio.BoundedSemaphore: asyncio.Semaphore
---@overload fun(value?: integer): asyncio.BoundedSemaphore
asyncio.BoundedSemaphore = {}

--- Where so many tasks wait for one another, as CPython 3.13's asyncio.Barrier.
--- asyncio.with calls fn(index, ...) once all are there. Raises "parties must be
--- > 0".
---@class asyncio.Barrier
---@field parties integer
---@field n_waiting integer how many wait now
---@field broken boolean was it aborted, and not reset?
---@overload fun(parties: integer): asyncio.Barrier
local Barrier = {}
asyncio.Barrier = Barrier

--- Awaitable: the order of arrival, from 0, once all are there. Raises
--- BrokenBarrierError.
---@return asyncio.Coroutine # result: integer
function Barrier:wait() end

--- Awaitable: empties it; who waits gets BrokenBarrierError.
---@return asyncio.Coroutine
function Barrier:reset() end

--- Awaitable: breaks it until `reset`; who waits, and who comes, gets
--- BrokenBarrierError.
---@return asyncio.Coroutine
function Barrier:abort() end

-- Queues -----------------------------------------------------------------------

---@class asyncio.PriorityQueueOptions
---@field lt? fun(a: any, b: any): boolean does a come before b? `<` when nil

--- First in, first out, as CPython 3.13's asyncio.Queue; of any values, nil too.
--- It belongs to one loop from the first wait on.
---@class asyncio.Queue
---@field maxsize number 0 or less: as many as there are
---@overload fun(maxsize?: number): asyncio.Queue
local Queue = {}
asyncio.Queue = Queue

--- Awaitable: puts the item in, once there is room. Raises QueueShutDown.
---@param item any
---@return asyncio.Coroutine
function Queue:put(item) end

--- Awaitable: the next item, once there is one. Raises QueueShutDown.
---@return asyncio.Coroutine # result: the item
function Queue:get() end

--- Raises QueueFull, QueueShutDown.
---@param item any
function Queue:put_nowait(item) end

--- Raises QueueEmpty, QueueShutDown.
---@return any item
function Queue:get_nowait() end

--- For `for`: takes the items out; ends when the queue is shut down and empty.
--- Raises "Queue:iter cannot give an item that is nil: take it with get", and
--- "Queue:iter outside a task: ...".
---@return async fun(): any
function Queue:iter() end

--- How many items are in it.
---@return integer
function Queue:qsize() end

---@return boolean
function Queue:empty() end

--- Has it as many items as maxsize?
---@return boolean
function Queue:full() end

--- An item that was taken is done with. Raises "task_done() called too many
--- times".
function Queue:task_done() end

--- Awaitable: waits until every item that was put is done with.
---@return asyncio.Coroutine
function Queue:join() end

--- From now on put raises QueueShutDown, and get when there is no item.
---@param immediate? boolean drop what is in it
function Queue:shutdown(immediate) end

--- The last in is the first out.
---@class asyncio.LifoQueue: asyncio.Queue
---@overload fun(maxsize?: number): asyncio.LifoQueue
asyncio.LifoQueue = {}

--- The least is the first out. Raises "unknown option '...' of 'PriorityQueue'".
---@class asyncio.PriorityQueue: asyncio.Queue
---@overload fun(maxsize?: number, opts?: asyncio.PriorityQueueOptions): asyncio.PriorityQueue
asyncio.PriorityQueue = {}

-- Threads --------------------------------------------------------------------

--- A coroutine object: awaited, it runs fn(...) in another thread, in parallel,
--- and returns its results or raises its error; as CPython 3.13's
--- asyncio.to_thread. The function, with its upvalues, and the arguments are
--- copied now. Cancelling drops a call that has not begun; one that runs goes
--- on, and its outcome is dropped.
---
--- Raises "cannot pass a FILE* to a thread (argument #2, field 'log.out')" and
--- the like for what cannot cross; awaited, "Executor shutdown has been called",
--- "cannot pass a FILE* to another thread (result #1)".
---@param fn function argument #1
---@param ... any arguments
---@return asyncio.Coroutine # results: those of fn, as copies
function asyncio.to_thread(fn, ...) end

--- Threads that run Lua functions, each in a Lua state of its own; after CPython
--- 3.13's concurrent.futures.ThreadPoolExecutor. Threads start on demand. A
--- `<close>` value: its end waits for all calls, and blocks the thread.
---
--- Raises "max_workers must be greater than 0", "unknown option '...' of
--- 'ThreadPoolExecutor'", "cannot pass a ... to a thread (option 'initializer',
--- ...)".
---@class asyncio.ThreadPoolExecutor
---@overload fun(opts?: asyncio.ExecutorOptions): asyncio.ThreadPoolExecutor
local ThreadPoolExecutor = {}
asyncio.ThreadPoolExecutor = ThreadPoolExecutor

--- Runs fn(...) in a thread. Raises "cannot schedule new futures after
--- shutdown", BrokenThreadPool, and as to_thread for what cannot cross.
---@param fn function argument #1
---@param ... any arguments
---@return asyncio.ConcurrentFuture
function ThreadPoolExecutor:submit(fn, ...) end

--- Runs fn(item) for all items of the list; for `for`: the first result of each,
--- in order. In a task the `for` suspends the task, elsewhere it blocks. Leaving
--- it early cancels what has not begun. Raises as submit; the iterator raises
--- the error of a call, and an error for a result of nil.
---@param fn fun(item: any): any
---@param list any[]
---@return async fun(): any
function ThreadPoolExecutor:map(fn, list) end

--- Refuses new calls, and blocks the thread until all have ended, unless
--- `wait = false`.
---@param opts? asyncio.ShutdownOptions
function ThreadPoolExecutor:shutdown(opts) end

--- What another thread does for this one: from ThreadPoolExecutor:submit and
--- run_coroutine_threadsafe. After CPython 3.13's concurrent.futures.Future. Its
--- methods block the thread, not a task: await asyncio.wrap_future of it.
---@class asyncio.ConcurrentFuture
local ConcurrentFuture = {}

--- Blocks until it is done; the results. Raises its error, CancelledError,
--- TimeoutError, and an error where this thread would wait for itself.
---@param timeout? number in seconds
---@return any ... results
function ConcurrentFuture:result(timeout) end

--- Blocks until it is done; its error, nil if there is none. Raises
--- CancelledError, TimeoutError.
---@param timeout? number in seconds
---@return any
function ConcurrentFuture:exception(timeout) end

--- Cancels a call that has not begun, or the task of run_coroutine_threadsafe.
--- False if it runs or has ended.
---@return boolean
function ConcurrentFuture:cancel() end

--- Was it cancelled?
---@return boolean
function ConcurrentFuture:cancelled() end

--- Does a thread of an executor run it now?
---@return boolean
function ConcurrentFuture:running() end

--- Has it ended, or was it cancelled?
---@return boolean
function ConcurrentFuture:done() end

--- Calls fn(self) when it is done, in this thread: from the loop that runs here;
--- if none does, when a ConcurrentFuture is asked for its outcome or an executor
--- is shut down, or at once.
---@param fn fun(future: asyncio.ConcurrentFuture)
function ConcurrentFuture:add_done_callback(fn) end

--- A Future that ends as the ConcurrentFuture does; cancelling one cancels the
--- other, as CPython 3.13's asyncio.wrap_future. A Future is returned itself.
---
--- Raises "There is no current event loop".
---@param future asyncio.ConcurrentFuture|asyncio.Future
---@param opts? asyncio.FutureOptions
---@return asyncio.Future
function asyncio.wrap_future(future, opts) end

--- Has a loop run a coroutine as a task, from another thread; as CPython 3.13's
--- asyncio.run_coroutine_threadsafe, with a function and its arguments in place
--- of the coroutine object. A coroutine object that has not begun and that was
--- made of what can cross will do too. From the loop's own thread it takes any
--- coroutine object, and copies nothing.
---
--- Raises "A coroutine object is required", "Event loop is closed", and as
--- to_thread for what cannot cross; the first value after `loop` is argument #3.
---@param coro function|asyncio.Coroutine
---@param loop asyncio.EventLoop
---@param ... any arguments
---@return asyncio.ConcurrentFuture
function asyncio.run_coroutine_threadsafe(coro, loop, ...) end

-- Future ---------------------------------------------------------------------

--- A result to come, as CPython 3.13's asyncio.Future.
---@class asyncio.Future
---@overload fun(opts?: asyncio.FutureOptions): asyncio.Future
local Future = {}
asyncio.Future = Future

--- The same as asyncio.await(self).
---@async
---@return any ... results
function Future:await() end

--- Is it finished or cancelled?
---@return boolean
function Future:done() end

--- Was it cancelled?
---@return boolean
function Future:cancelled() end

--- The results. Raises its error, CancelledError, or InvalidStateError "Result
--- is not set."
---@return any ... results
function Future:result() end

--- The error, nil if there is none. Raises CancelledError, or InvalidStateError
--- "Exception is not set."
---@return any
function Future:exception() end

--- Finishes it with these results. Raises InvalidStateError "invalid state" if
--- it is done.
---@param ... any results
function Future:set_result(...) end

--- Finishes it with an error: any value but nil; a class of exceptions is
--- called first. Raises InvalidStateError "invalid state" if it is done.
---@param err any
function Future:set_exception(err) end

--- Cancels it, with a message for all that await it. False if it was done.
---@param msg? any
---@return boolean
function Future:cancel(msg) end

--- Has the loop call fn(future) when it is done, or soon if it is.
---@param fn fun(future: asyncio.Future)
function Future:add_done_callback(fn) end

--- Takes the function off the callbacks. Returns how often it was there.
---@param fn fun(future: asyncio.Future)
---@return integer
function Future:remove_done_callback(fn) end

---@return asyncio.EventLoop
function Future:get_loop() end

-- Task -----------------------------------------------------------------------

--- A Future that runs a coroutine, as CPython 3.13's asyncio.Task. Programs use
--- create_task or spawn. Its loop keeps it alive until it is done.
---@class asyncio.Task: asyncio.Future
---@overload fun(coro: asyncio.Awaitable, opts?: asyncio.TaskOptions): asyncio.Task
local Task = {}
asyncio.Task = Task

--- The same as asyncio.await(self).
---@async
---@return any ... results
function Task:await() end

--- Has the coroutine ended, in whichever way?
---@return boolean
function Task:done() end

--- Did it end with a CancelledError?
---@return boolean
function Task:cancelled() end

--- The results. Raises its error, CancelledError, or InvalidStateError "Result
--- is not set."
---@return any ... results
function Task:result() end

--- The error, nil if there is none. Raises CancelledError, or InvalidStateError
--- "Exception is not set."
---@return any
function Task:exception() end

--- Raises "Task does not support set_result operation".
function Task:set_result() end

--- Raises "Task does not support set_exception operation".
function Task:set_exception() end

--- Asks for CancelledError to be raised where the task waits, in the next turn
--- of the loop. The task may clean up, or catch it and go on. Cancelled before
--- its first step, it never runs. False if it was done.
---@param msg? any the message of the CancelledError
---@return boolean
function Task:cancel(msg) end

--- How many requests of cancellation there were, less those taken back.
---@return integer
function Task:cancelling() end

--- Takes one request of cancellation back. Returns how many remain.
---@return integer
function Task:uncancel() end

--- Its Lua coroutine. Nil once the task is done, unless somebody asked for it
--- before or the coroutine was the user's own.
---@return thread?
function Task:get_coro() end

---@return string
function Task:get_name() end

--- Any value, which is made a string.
---@param name any
function Task:set_name(name) end

--- Where a pending task waits, or the traceback of a failed one; nil for
--- others.
---@return string?
function Task:traceback() end

--- The frames of the task, oldest first: every Lua frame where it waits, those
--- of its error if it failed, else none.
---@param opts? asyncio.StackOptions
---@return asyncio.Frame[]
function Task:get_stack(opts) end

--- The context it runs in.
---@return asyncio.Context
function Task:get_context() end

--- Prints what get_stack returns, as CPython's Task.print_stack.
---@param opts? asyncio.PrintStackOptions
function Task:print_stack(opts) end

--- Has the loop call fn(task) when it is done, or soon if it is.
---@param fn fun(task: asyncio.Task)
function Task:add_done_callback(fn) end

--- Takes the function off the callbacks. Returns how often it was there.
---@param fn fun(task: asyncio.Task)
---@return integer
function Task:remove_done_callback(fn) end

---@return asyncio.EventLoop
function Task:get_loop() end

-- Handles --------------------------------------------------------------------

--- A callback that was scheduled.
---@class asyncio.Handle
local Handle = {}

--- It will not be called. Lets go of the function and its arguments.
function Handle:cancel() end

---@return boolean
function Handle:cancelled() end

--- The context the callback runs in.
---@return asyncio.Context
function Handle:get_context() end

--- Raises "this Handle has no time".
---@return number
function Handle:when() end

--- A callback that was scheduled for a time.
---@class asyncio.TimerHandle: asyncio.Handle
local TimerHandle = {}

--- It will not be called. Lets go of the function and its arguments.
function TimerHandle:cancel() end

---@return boolean
function TimerHandle:cancelled() end

--- When it is due: seconds on the loop's clock.
---@return number
function TimerHandle:when() end

--- The context the callback runs in.
---@return asyncio.Context
function TimerHandle:get_context() end

-- The event loop -------------------------------------------------------------

--- The loop that runs. Raises "no running event loop".
---@return asyncio.EventLoop
function asyncio.get_running_loop() end

--- The loop that runs, or else that of set_event_loop. Raises "There is no
--- current event loop".
---@return asyncio.EventLoop
function asyncio.get_event_loop() end

--- Sets the loop that get_event_loop returns while none runs.
---@param loop? asyncio.EventLoop
function asyncio.set_event_loop(loop) end

--- A new loop. It is to be closed.
---@param opts? asyncio.LoopOptions
---@return asyncio.EventLoop
function asyncio.new_event_loop(opts) end

--- The event loop, after CPython 3.13's asyncio.EventLoop.
---@class asyncio.EventLoop
---@overload fun(opts?: asyncio.LoopOptions): asyncio.EventLoop
local EventLoop = {}
asyncio.EventLoop = EventLoop

--- Runs until `stop` is called. Raises "Event loop is closed", "This event loop
--- is already running", "Cannot run the event loop while another loop is
--- running".
function EventLoop:run_forever() end

--- Runs until the awaitable is done; returns its results or raises its error.
--- Raises as run_forever, DeadlockError, or "Event loop stopped before Future
--- completed."
---@param aw asyncio.Awaitable
---@return any ... results
function EventLoop:run_until_complete(aw) end

--- Ends run_forever after the current turn; before it, after its first turn.
function EventLoop:stop() end

---@return boolean
function EventLoop:is_running() end

---@return boolean
function EventLoop:is_closed() end

--- Reports what is still pending and the errors that nobody has seen, and frees
--- the loop. Does nothing the second time. Raises "Cannot close a running event
--- loop".
function EventLoop:close() end

--- Seconds on the loop's clock, which never goes back and has no fixed origin.
--- The virtual clock begins at 0.
---@return number
function EventLoop:time() end

--- Calls fn(...) in the next turn of the loop. Raises "Event loop is closed".
---@param fn function
---@param ... any arguments
---@return asyncio.Handle
function EventLoop:call_soon(fn, ...) end

--- Calls fn(...) after a delay. Raises "Event loop is closed", "delay must not
--- be None".
---@param delay number in seconds
---@param fn function
---@param ... any arguments
---@return asyncio.TimerHandle
function EventLoop:call_later(delay, fn, ...) end

--- Calls fn(...) at a time of the loop's clock. Raises "Event loop is closed",
--- "when cannot be None".
---@param when number in seconds, as of `time`
---@param fn function
---@param ... any arguments
---@return asyncio.TimerHandle
function EventLoop:call_at(when, fn, ...) end

--- From another thread: has the loop call fn(...) in its next turn, of copies
--- of them, and wakes it. Returns nothing then; in the loop's own thread it is
--- call_soon. In another thread a loop is a handle: of its methods this one and
--- is_closed can be called there. Raises "Event loop is closed", and as
--- asyncio.to_thread for what cannot cross.
---@param fn function
---@param ... any arguments
---@return asyncio.Handle? # nil in another thread
function EventLoop:call_soon_threadsafe(fn, ...) end

--- Runs fn(...) in a thread of the executor; nil: the loop's default executor.
--- It may be any object whose method `submit` returns a ConcurrentFuture.
--- Raises as asyncio.to_thread, where fn is argument #2; "Event loop is closed",
--- "cannot schedule new futures after shutdown", "Executor shutdown has been
--- called", BrokenThreadPool.
---@param executor? asyncio.ThreadPoolExecutor|table
---@param fn function
---@param ... any arguments
---@return asyncio.Future
function EventLoop:run_in_executor(executor, fn, ...) end

--- What to_thread and run_in_executor(nil, ...) use from now on. Raises "executor
--- must be ThreadPoolExecutor instance".
---@param executor asyncio.ThreadPoolExecutor
function EventLoop:set_default_executor(executor) end

--- A coroutine object: awaited, it refuses new calls and waits for those of the
--- default executor, for so long. What takes longer is reported and left to
--- itself.
---@param timeout? number in seconds
---@return asyncio.Coroutine
function EventLoop:shutdown_default_executor(timeout) end

---@return asyncio.Future
function EventLoop:create_future() end

--- As asyncio.create_task, in this loop, which need not run yet. Raises "Event
--- loop is closed".
---@param aw asyncio.Awaitable not a Future or Task
---@param opts? asyncio.TaskOptions name, eager_start
---@return asyncio.Task
function EventLoop:create_task(aw, opts) end

--- factory(loop, coro, opts) makes the tasks from now on; nil: asyncio.Task.
---@param factory? asyncio.TaskFactory
function EventLoop:set_task_factory(factory) end

---@return asyncio.TaskFactory?
function EventLoop:get_task_factory() end

--- handler(loop, context) gets the reports from now on; nil: the default.
---@param handler? asyncio.ExceptionHandler
function EventLoop:set_exception_handler(handler) end

---@return asyncio.ExceptionHandler?
function EventLoop:get_exception_handler() end

--- Writes a report to stderr.
---@param context asyncio.Report
function EventLoop:default_exception_handler(context) end

--- Gives a report to the handler that is set, or to the default one.
---@param context asyncio.Report
function EventLoop:call_exception_handler(context) end

---@param enabled boolean
function EventLoop:set_debug(enabled) end

--- Ends the generators that were begun in this loop and not ended; a coroutine
--- object. `run` does it.
---@async
---@return asyncio.Coroutine
function EventLoop:shutdown_asyncgens() end

---@return boolean
function EventLoop:get_debug() end

-- Exceptions -----------------------------------------------------------------

--- Is the value an instance of the class or of a subclass? Any value will do.
---@param v any
---@param class asyncio.Exception
---@return boolean
function asyncio.isinstance(v, class) end

--- The root of all exceptions. A class is called to make an instance; tostring
--- of that is "Name: message", or "Name" without a message.
---@class asyncio.Exception
---@field name string of the class
---@field message any nil when there is none
---@field cause any what was raised before and led to this
---@field traceback? string where it was raised, when known
---@field notes? string[] printed below the message in reports
---@overload fun(message?: any): asyncio.Exception
local Exception = {}
asyncio.Exception = Exception

--- Makes a subclass.
---@param name string
---@return asyncio.Exception
function Exception:subclass(name) end

--- Appends a note.
---@param note string
function Exception:add_note(note) end

--- Raised in a task that was cancelled, and in all that await it.
---@class asyncio.CancelledError: asyncio.Exception
---@overload fun(message?: any): asyncio.CancelledError
asyncio.CancelledError = {}

--- A time limit is over.
---@class asyncio.TimeoutError: asyncio.Exception
---@overload fun(message?: any): asyncio.TimeoutError
asyncio.TimeoutError = {}

--- A Future is not in the state that the operation needs.
---@class asyncio.InvalidStateError: asyncio.Exception
---@overload fun(message?: any): asyncio.InvalidStateError
asyncio.InvalidStateError = {}

--- Nothing can wake the loop any more; the message lists the waiting tasks.
---@class asyncio.DeadlockError: asyncio.Exception
---@overload fun(message?: any): asyncio.DeadlockError
asyncio.DeadlockError = {}

--- Ctrl-C. Leaves the loop at once.
---@class asyncio.KeyboardInterrupt: asyncio.Exception
---@overload fun(message?: any): asyncio.KeyboardInterrupt
asyncio.KeyboardInterrupt = {}

--- Raise it to end a program run by asyncio.main: its message is the status.
--- Leaves the loop at once.
---@class asyncio.SystemExit: asyncio.Exception
---@overload fun(status?: integer): asyncio.SystemExit
asyncio.SystemExit = {}

--- The initializer of a ThreadPoolExecutor failed; `cause` is its error.
---@class asyncio.BrokenThreadPool: asyncio.Exception
---@overload fun(message?: any): asyncio.BrokenThreadPool
asyncio.BrokenThreadPool = {}

--- A queue has nothing to give.
---@class asyncio.QueueEmpty: asyncio.Exception
---@overload fun(message?: any): asyncio.QueueEmpty
asyncio.QueueEmpty = {}

--- A queue has no room.
---@class asyncio.QueueFull: asyncio.Exception
---@overload fun(message?: any): asyncio.QueueFull
asyncio.QueueFull = {}

--- A queue was shut down.
---@class asyncio.QueueShutDown: asyncio.Exception
---@overload fun(message?: any): asyncio.QueueShutDown
asyncio.QueueShutDown = {}

--- A barrier was reset or aborted.
---@class asyncio.BrokenBarrierError: asyncio.Exception
---@overload fun(message?: any): asyncio.BrokenBarrierError
asyncio.BrokenBarrierError = {}

--- The end of the data came too early.
---@class asyncio.IncompleteReadError: asyncio.Exception
---@field partial string what was read
---@field expected? integer how many bytes were wanted
---@overload fun(partial: string, expected?: integer): asyncio.IncompleteReadError
asyncio.IncompleteReadError = {}

--- No separator was found within the limit.
---@class asyncio.LimitOverrunError: asyncio.Exception
---@field consumed integer how many bytes can be taken
---@overload fun(message: any, consumed: integer): asyncio.LimitOverrunError
asyncio.LimitOverrunError = {}

--- An operation of the system failed.
---@class asyncio.OSError: asyncio.Exception
---@field code? string such as "ECONNREFUSED"
---@overload fun(message: any, code?: string): asyncio.OSError
asyncio.OSError = {}

--- Several errors as one, as CPython's ExceptionGroup; tostring is a tree. Raises
--- "ExceptionGroup: a non-empty list of exceptions is required".
---@class asyncio.ExceptionGroup: asyncio.Exception
---@field exceptions any[] any values, groups among them
---@field tracebacks? (string|false)[] of a TaskGroup's: their tracebacks
---@overload fun(message: string, exceptions: any[]): asyncio.ExceptionGroup
local ExceptionGroup = {}
asyncio.ExceptionGroup = ExceptionGroup

--- Two groups of the same shape: the leaves that match, and the rest; nil for
--- none.
---@param pred asyncio.Exception|fun(err: any): boolean a class or a function
---@return asyncio.ExceptionGroup? matching
---@return asyncio.ExceptionGroup? rest
function ExceptionGroup:split(pred) end

--- The first result of `split`.
---@param pred asyncio.Exception|fun(err: any): boolean a class or a function
---@return asyncio.ExceptionGroup?
function ExceptionGroup:subgroup(pred) end

--- A group of the same class, message, cause, notes and traceback.
---@param exceptions any[]
---@return asyncio.ExceptionGroup
function ExceptionGroup:derive(exceptions) end

--- The errors in it and in its subgroups, as one list, in order.
---@return any[]
function ExceptionGroup:leaves() end

--- A frame of a task's stack, as debug.getinfo tells it.
---@class asyncio.Frame
---@field short_src string
---@field source string
---@field currentline integer
---@field linedefined? integer
---@field what "Lua"|"main"
---@field name? string what the definition calls the function, or its caller
---@field func? function nil in frames of a traceback
---@field kind? "async"|"generator"|"async generator" how it came to run; nil: it was called

--- What dump and print_stack write to.
---@alias asyncio.Writer file*|{write: fun(self: any, ...: string)}

---@class asyncio.StackOptions
---@field limit? integer how many frames: the newest of a stack, the oldest of a traceback

---@class asyncio.PrintStackOptions: asyncio.StackOptions
---@field file? asyncio.Writer stderr when nil

---@class asyncio.CallGraphOptions
---@field depth? integer leave out so many innermost frames of the current task, less one (1)
---@field limit? integer keep so many frames of each stack: the outermost, the innermost if negative

---@class asyncio.PrintCallGraphOptions: asyncio.CallGraphOptions
---@field file? asyncio.Writer stdout when nil

---@class asyncio.CallGraphEntry
---@field frame asyncio.Frame

---@class asyncio.CallGraph
---@field future asyncio.Future
---@field call_stack asyncio.CallGraphEntry[] the innermost first
---@field awaited_by asyncio.CallGraph[]
---@field cycle? boolean it waits for itself in a circle

---@class asyncio.DumpOptions
---@field loop? asyncio.EventLoop the running one, or that of set_event_loop, when nil

-- Seeing what a program does ---------------------------------------------------

--- The stack of a future or of the current task, and what waits for it, as
--- CPython 3.14's asyncio.capture_call_graph; nil where no task runs. Raises
--- outside of a loop if no future is given.
---@param fut? asyncio.Future
---@param opts? asyncio.CallGraphOptions
---@return asyncio.CallGraph?
function asyncio.capture_call_graph(fut, opts) end

--- The same as a text, "" where no task runs.
---@param fut? asyncio.Future
---@param opts? asyncio.CallGraphOptions
---@return string
function asyncio.format_call_graph(fut, opts) end

--- Writes that text.
---@param fut? asyncio.Future
---@param opts? asyncio.PrintCallGraphOptions
function asyncio.print_call_graph(fut, opts) end

--- Writes the tree of all unfinished tasks, with where each waits.
---@param file? asyncio.Writer stderr when nil
---@param opts? asyncio.DumpOptions
---@overload fun(opts: asyncio.DumpOptions)
function asyncio.dump(file, opts) end

--- From now on loops write their dump to stderr when the process gets the
--- signal, and tasks note since when they wait.
---@param name "SIGUSR1"|"SIGUSR2"|"SIGHUP"|"SIGQUIT"|"SIGTERM"|string
function asyncio.install_dump_signal(name) end

-- Generators -------------------------------------------------------------------

--- An async generator; in a `for` it is its own iterator.
---@class asyncio.Generator
---@operator call: any
local Generator = {}

--- Awaitable: the next values it yields, nothing at its end. Raises what its
--- body does; "next(): asynchronous generator is already running".
---@async
---@return asyncio.Coroutine
function Generator:next() end

--- Awaitable: ends it where it has yielded; its clean-up may await.
---@async
---@return asyncio.Coroutine
function Generator:aclose() end

--- Awaitable: raises the error where it has yielded; the next values.
---@async
---@param err any
---@return asyncio.Coroutine
function Generator:athrow(err) end

--- Makes a generator function of fn(yield, ...), which may await. What it
--- returns can be used in `for v in ... do`, and is ended however that is left.
---@param fn fun(yield: fun(...: any): any, ...: any)
---@return fun(...: any): asyncio.Generator
function asyncio.generator(fn) end

-- Context variables ------------------------------------------------------------

--- A value for each context.
---@class asyncio.ContextVar
---@field name string
local ContextVar = {}

--- What ContextVar:set returns, for reset.
---@class asyncio.Token
---@field var asyncio.ContextVar
---@field old_value any Token.MISSING if it was not set
---@field MISSING any
asyncio.Token = {}

--- The values of variables: a task runs in one.
---@class asyncio.Context
local Context = {}

--- Makes a variable; `default` is what get returns where it is not set.
---@param name string
---@param opts? {default: any}
---@return asyncio.ContextVar
function asyncio.ContextVar(name, opts) end

--- The value in the current context, else the argument, else the default; else
--- an error.
---@param default? any
---@return any
function ContextVar:get(default) end

--- Sets it in the current context.
---@param value any
---@return asyncio.Token
function ContextVar:set(value) end

--- Makes it what it was before the set that returned the token. Raises for
--- one used before, of another variable, or of another context.
---@param token asyncio.Token
function ContextVar:reset(token) end

--- A copy of the current context; costs the same however many variables.
---@return asyncio.Context
function asyncio.copy_context() end

--- An empty context.
---@return asyncio.Context
function asyncio.Context() end

--- Calls fn in the context, which cannot await. Raises "cannot enter context:
--- ... is already entered".
---@param fn function
---@param ... any
---@return any ...
function Context:run(fn, ...) end

--- Another one with the same values.
---@return asyncio.Context
function Context:copy() end

--- The variable's value there, or else the default given here.
---@param var asyncio.ContextVar
---@param default? any
---@return any
function Context:get(var, default) end

-- Modules of their own: require "asyncio.testing" and so on ---------------------

---@class asyncio.Counters
---@field tasks integer tasks that are not done, the one that asks too
---@field timers integer timers that will fire
---@field ready integer what is about to run
---@field retained integer all that the loop keeps alive

---@class asyncio.testing
local testing = {}

--- Awaitable: the moment when every other task waits. No time passes.
---@return asyncio.Coroutine
function testing.wait_until_blocked() end

--- Awaitable: lets time pass on the virtual clock, with all that is due in it,
--- until every other task waits again. Raises "advance: the loop's clock is real;
--- run with {clock = "virtual"}".
---@param seconds number
---@return asyncio.Coroutine
function testing.advance(seconds) end

--- What the loop has left.
---@param loop? asyncio.EventLoop the running one when nil
---@return asyncio.Counters
function testing.counters(loop) end

---@class asyncio.BustedOptions
---@field clock? "real"|"virtual" of the loops; "virtual" by default
---@field timeout? number seconds of real time that a body may take; 60 by default
---@field virtual_timeout? number on the virtual clock; a day by default

---@class asyncio.busted
local busted = {}

--- Settings for the file or the describe that calls it; in a helper, for all.
---@param opts asyncio.BustedOptions
function busted.configure(opts) end

--- Marks a body that is not to be a task.
---@param fn function
---@return function fn
function busted.plain(fn) end

--- The names of asyncio; those below await on the spot.
---@class asyncio.direct: asyncio
local direct = {}

---@async
---@param delay number in seconds
---@param ... any results
---@return any ... the values given
function direct.sleep(delay, ...) end

---@async
---@param ... asyncio.Awaitable|asyncio.GatherOptions awaitables, or one list of them; then options
---@return table results as of asyncio.gather
function direct.gather(...) end

---@async
---@param aw asyncio.Awaitable
---@return any ... results
function direct.shield(aw) end

---@async
---@param aw asyncio.Awaitable
---@param timeout? number in seconds
---@return any ... results
function direct.wait_for(aw, timeout) end

---@async
---@param futures asyncio.Future[]|asyncio.FutureSet|fun(): asyncio.Future? list, set or iterator
---@param opts? asyncio.WaitOptions
---@return asyncio.FutureSet done
---@return asyncio.FutureSet pending
function direct.wait(futures, opts) end

---@async
---@param fn function argument #1
---@param ... any arguments
---@return any ... results of fn, as copies
function direct.to_thread(fn, ...) end

return asyncio
