---@meta asyncio
-- The one source of what is written about the module: editors and type checkers
-- read it as it is, and .ci/reference.lua writes docs/reference.md from it. No
-- program loads it. The page has, in the order of this file:
--
--   a comment in long brackets   as it stands; headings are `##` and `###`
--   a function, class or value   a heading of its signature, then its text: the
--                                lines with three dashes, in Markdown. Below the
--                                first paragraph comes the table of its arguments;
--                                of one called `...Options`, each of its fields
--   the same, below the head of  a row of that table. So are the methods of most
--   a table (its last line is    classes. What has several paragraphs, or is a
--   `|---|---|`)                 class with methods and a text, ends the table
--   a class without a text       nothing; below the head of a table, a row for
--                                each of its fields
--
-- Editors show the text of the three dashes, so the examples are in long
-- brackets. A link to a name, as [run](#asyncio.run), leads to where the page
-- describes it. What is called `local lock` here is what the page calls an object
-- of the class. An alias and a comment with two dashes are not on the page.
--
-- luacheck: ignore 211 212 213 241 4 621
-- luacheck: no max comment line length

---@class asyncio
local asyncio = {}

--[[
# Reference

Every function, class and method of `require "asyncio"`, and of its modules for
[tests](#tests) and for the [direct style](#the-direct-style). The [guide](guide.md)
is the place to begin; this page is the place to look things up.

Every example on this page is a whole program. Where a block of plain text
follows, it is exactly what the program prints. Many examples run on the
[virtual clock](#the-virtual-clock), so that their sleeps take no time.
]]

-- What can be awaited or made a Task: a Future or Task, a coroutine object, a Lua
-- coroutine that has not started, a function (called without arguments), or a
-- value whose metatable has `__await`.
---@alias asyncio.Awaitable asyncio.Future|asyncio.Coroutine|thread|function|table

-- Calling it runs nothing and returns a coroutine object.
---@alias asyncio.CoroutineFunction fun(...: any): asyncio.Coroutine

-- Calling it runs nothing and returns a generator.
---@alias asyncio.GeneratorFunction fun(...: any): asyncio.Generator

---@alias asyncio.ExceptionHandler fun(loop: asyncio.EventLoop, context: asyncio.Report)

---@alias asyncio.MakeTask fun(coro: asyncio.Awaitable, opts: asyncio.NewTaskOptions): asyncio.Task

---@alias asyncio.TaskFactory fun(loop: asyncio.EventLoop, coro: any, opts: table): asyncio.Task

-- What dump and print_stack write to.
---@alias asyncio.Writer file*|{write: fun(self: any, ...: string)}

---@class asyncio.FutureSet
---@field [integer] asyncio.Future
---@field [asyncio.Future] true

---@class asyncio.ContextOptions
---@field context? asyncio.Context the context to run in; by default a copy of the current one

--[[
## Read this first

These rules hold everywhere. Each of them surprises somebody.

1. **`await` of a finished future does not yield.** It returns at once, and no
   other task runs. To let others run, use `await(sleep(0))`.
2. **A function or coroutine object that is awaited runs in the same task.**
   Nothing runs beside it, as in a plain call. To run things side by side, make
   tasks of them: `asyncio.create_task`, `asyncio.spawn`, `asyncio.gather`.
3. **A call of a coroutine function runs nothing.** `sleep(1)` makes an object.
   `await(sleep(1))` sleeps.
4. **Any value can be raised**: strings, tables, numbers. It arrives at the
   awaiting side as the very same value. Only nil cannot, since nil means "no
   error": `error(nil)` becomes an `asyncio.Exception` with the message `"nil"`
   when it ends a task.
5. **Lua's `pcall` catches a cancellation, `asyncio.pcall` lets it pass.** A
   task that catches CancelledError with `pcall` goes on as if nothing had
   happened.
6. **`gather` of the same plain function twice runs it twice. Of the same
   coroutine object twice, it runs once**, and its result stands in both places.
7. **All calls of `sleep(0)` return the same object.** It may be awaited any
   number of times. Other coroutine objects can be awaited once.
8. **A pending task is kept alive by its loop.** You need not hold it. The
   price: a task that nothing can ever end lives until its loop closes.
9. **`task:get_coro()` is nil after the end of the task**, unless somebody asked
   for it before, or the coroutine was made by the user.
10. **A deadlock is an error.** When nothing can wake the loop any more, `run`
    raises [DeadlockError](#exception-classes), which lists the waiting tasks.
11. **No error is lost.** An error that nobody looks at is [reported](#reports)
    once: when its future is collected, or at the latest when its loop closes.
12. **`task:traceback()` tells where a task waits**, or where it failed.
13. **Threads share nothing.** Arguments, results and functions are
    [copied](#what-crosses). Each worker has its own globals and its own modules.
14. **`asyncio.TaskGroup()` and `asyncio.timeout(...)` are open at once.** Give
    them to a `<close>` variable or to `asyncio.with` where you make them. A scope
    left out of order, or in another task, is an error.
15. **`TimeoutError` is raised by leaving the scope.** Inside a `timeout` the task
    sees CancelledError.
]]

--[[
## Conventions
]]

--[[
### Names

All examples begin like this:

    local asyncio = require "asyncio"
    local await, sleep = asyncio.await, asyncio.sleep

`require "asyncio"` sets no global variable and replaces no standard function.

In signatures `aw` stands for any [awaitable](#awaitables-and-coroutines), `fn`
for a function (or a value that can be called), and square brackets enclose what
may be left out.
]]

--[[
### Time

All times are **seconds**, integer or float. `nil` and `math.huge` both mean "no
limit". NaN is an error.
]]

--[[
### Options

Named arguments are one table, always the last argument:
`asyncio.create_task(aw, {name = "x"})`. A key that the function does not know
is an error, and so is a value of the wrong type:

| error | when |
|---|---|
| `unknown option 'nmae' of 'create_task'` | no such key |
| `option 'timeout' of 'wait' must be a number, not string` | wrong type |
| `options of 'run' must be a table, not number` | no table |
]]

--[[
### Values

A task, a future, a coroutine object may have **several results**, nils
included. `await` returns all of them. Where there is room for one value only (a
place in the list of `gather`), it is the first.
]]

--[[
### Lists that are sets

`asyncio.wait` and `asyncio.all_tasks` return tables that are list and set in
one. `ipairs(t)` goes through them in a fixed order, `#t` counts them, and
`t[task] == true` tells that `task` is one of them. Do not use `pairs`: it finds
both halves.
]]

--[[
### Errors

* **Misuse** (a wrong type, state or place) raises a plain string that begins
  with the position of the caller, as Lua's own errors do. The texts on this
  page are without position. CPython's RuntimeError, TypeError and ValueError
  are strings here, with CPython's text.
* **What a program may want to handle** is an object of an [exception
  class](#exceptions): `asyncio.isinstance(err, asyncio.TimeoutError)`.
]]

--[[
### The virtual clock

A loop has one of two clocks. The real one goes with the time of the machine.
The **virtual** one begins at 0 and stands still while anything can run. When
nothing can, it jumps to the next deadline. Choose it with `{clock = "virtual"}`
in `asyncio.run`, `asyncio.main`, `asyncio.Runner` or `asyncio.new_event_loop`.
The order of events is the same on both clocks.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  for _ = 1, 365 do await(sleep(24 * 3600)) end
  print(loop:time())
end, {clock = "virtual"})
```

```text
31536000.0
```
]]

--[[
## Running a program
]]

---@class asyncio.LoopOptions
---@field clock? "real"|"virtual" the [clock](#the-virtual-clock) of the loop; real by default

---@class asyncio.RunOptions: asyncio.LoopOptions
---@field loop_factory? fun(): asyncio.EventLoop is called without arguments and returns the loop; `clock` has no effect then
---@field debug? boolean switches [debug mode](#debug-mode) on or off; nil: as `ASYNCIO_DEBUG` says

--- Makes a loop, runs the awaitable `main` in it as a task, and closes the loop.
--- Returns all results of `main`, or raises its error.
---
--- | raises | when |
--- |---|---|
--- | `asyncio.run() cannot be called from a running event loop` | a loop runs already |
--- | `a coroutine was expected, got ...` | `main` is no awaitable, or a Future or Task |
--- | DeadlockError | nothing can wake the loop, and `main` has not ended |
--- | KeyboardInterrupt | after Ctrl-C |
---
--- `main` is mostly a function. A coroutine function may be called first, to give
--- it arguments: `asyncio.run(main(1, 2))`; uncalled, it runs without arguments.
---@param main asyncio.Awaitable not a Future or Task
---@param opts? asyncio.RunOptions
---@return any ... results of main
function asyncio.run(main, opts) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local function main()
  await(sleep(0.01))
  return "several", nil, "results"
end

print(asyncio.run(main))
print(pcall(asyncio.run, function() error({code = 5}) end))
```

The second line it prints is `false` and a table.

**What happens at the end**, step by step:

1. `main` ends. The loop finishes the pass in which it notices: a task made by
   the last statement of `main` still takes its first step.
2. All tasks that are left are cancelled, the oldest first.
3. The loop runs until all of them have ended. Their clean-up may await. There
   is no time limit.
4. Their errors, other than CancelledError, are [reported](#reports), one by
   one: `unhandled exception during asyncio.run() shutdown`.
5. If there are tasks again, because some were started meanwhile, steps 2 to 4
   are repeated, up to 100 times.
6. It waits for the [calls in threads](#threads) that its default executor has
   begun or is to begin, for at most 300 seconds. What takes longer is
   [reported](#reports) and left to itself. Ctrl-C ends the wait.
7. Tasks that still have not ended are reported
   (`Task was destroyed but it is pending!`), and so is a deadlock among them
   (`deadlock during asyncio.run() shutdown`). Their coroutines are closed:
   to-be-closed variables run, but cannot await.
8. Errors that nobody has looked at are reported, in the order in which they
   happened.
9. The loop is closed. `run` returns or raises.

**Ctrl-C.** The first one cancels the main task: CancelledError is raised where
it waits, and its clean-up runs. If the task ends by that, `run` raises
KeyboardInterrupt. If the task catches it and returns, `run` returns its
results. The second Ctrl-C raises KeyboardInterrupt at once, also in Lua code
that does not await; `run` then ends the tasks as above and raises it. A process
has one Ctrl-C: the first loop that runs in it gets it.
]]

--- For scripts. The same as `asyncio.run` with the same options, but an error that
--- nobody caught ends the process.
---
--- | the program | prints to stderr | exit status |
--- |---|---|---|
--- | returns | nothing; `main` returns its results | |
--- | raises an error | the error, its notes and its whole traceback, with the chain of tasks that awaited | 1 |
--- | is ended by Ctrl-C | nothing | 130 |
--- | raises `asyncio.SystemExit(n)` | `n`, unless it is an integer or nil | `n` if it is an integer, 0 for nil, else 1 |
---@param main asyncio.Awaitable not a Future or Task
---@param opts? asyncio.RunOptions
---@return any ... results of main
function asyncio.main(main, opts) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.main(function()
  await(sleep(0.01))
  print("bye")
end)
```

```text
bye
```
]]

--- Runs several awaitables in one loop, one after the other. Options as for
--- `asyncio.run`. The loop is made when it is first needed. A Runner is a `<close>`
--- value.
---@class asyncio.Runner
---@overload fun(opts?: asyncio.RunOptions): asyncio.Runner
local runner = {}
asyncio.Runner = runner

--[[
| method | |
|---|---|
]]

--- Runs `main` as a task in the loop; its results, or its error. Option
--- `context`: the Context it runs in. Raises
--- `Runner.run() cannot be called from a running event loop`, `Runner is
--- closed`, `a coroutine was expected, got ...`.
---@param main asyncio.Awaitable not a Future or Task
---@param opts? asyncio.ContextOptions
---@return any ... results of main
function runner:run(main, opts) end

--- The loop. Raises `Runner is closed`.
---@return asyncio.EventLoop
function runner:get_loop() end

--- Steps 2 to 9 of what [`run` does at the end](#asyncio.run). Does
--- nothing the second time.
function runner:close() end

--[[
Tasks that are left after a `run` stay pending and go on in the next one.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local runner <close> = asyncio.Runner {clock = "virtual"}
local task = runner:run(function()
  return asyncio.create_task(sleep(1, "made in the first run"))
end)
print(runner:run(function() return await(task) end))
print(runner:get_loop():time())
```

```text
made in the first run
1.0
```
]]

--[[
## Awaitables and coroutines

An **awaitable** is one of these:

| awaitable | awaiting it |
|---|---|
| [Future](#futures) or [Task](#tasks) | waits until it is done |
| coroutine object: a call of a coroutine function | runs it in the current task, once |
| Lua coroutine that has not started (`coroutine.create(fn)`) | the same |
| function | calls it without arguments, in the current task, every time |
| value whose metatable has `__await` | calls `__await(value)` in the current task; it may await, and what it returns is the result |

A **coroutine function** returns a coroutine object when it is called, and runs
nothing. `asyncio.async` makes them; `asyncio.sleep`, `asyncio.wait` and
`asyncio.wait_for` are some. An ordinary function that awaits need not be one:
it is called in the ordinary way.
]]

--- Waits for the awaitable. Returns all its results, or raises its error.
---
--- It suspends the task only if it has to wait: for a future that is not done, or
--- for something of the kind inside the function or coroutine. Functions and
--- coroutines may await one another to any depth; 100,000 is no problem.
---
--- | raises | when |
--- |---|---|
--- | the error of the awaitable | it failed |
--- | CancelledError | the awaitable was cancelled, or the task was, while it waited |
--- | `An asyncio.Future, a coroutine or an awaitable is required, got ...` | it is no awaitable |
--- | `cannot reuse already awaited coroutine` | the coroutine object has ended |
--- | `coroutine is being awaited already` | it has begun, or a task was made of it |
--- | `Task cannot await on itself: ...` | |
--- | `Task ... got Future ... attached to a different loop` | the future belongs to another loop |
--- | `await outside a task: start one with asyncio.run or asyncio.create_task` | no task runs: in a callback, or without a loop |
--- | `await inside a coroutine that is not the task's own: ...` | inside a stock `coroutine.wrap` or `coroutine.resume` |
--- | `await across a C call (table.sort, string.gsub, require, a metamethod of a C function ...), which cannot be suspended` | Lua cannot suspend what C code has called |
--- | `Task got bad yield: ...` | not of `await`: the task called `coroutine.yield` with values |
---
--- A bare `coroutine.yield()` in a task is one pass of the loop, as
--- `await(sleep(0))`.
---@async
---@param aw asyncio.Awaitable
---@return any ... results
function asyncio.await(aw) end

--- Protected await: true and the results, or false and the error. CancelledError,
--- KeyboardInterrupt and SystemExit are raised nevertheless.
---@async
---@param aw asyncio.Awaitable
---@return boolean ok
---@return any ... results, or the error
function asyncio.pawait(aw) end

--- As Lua's `pcall`, but CancelledError, KeyboardInterrupt and SystemExit are
--- raised nevertheless. `f` may await. It also works outside a task.
---@async
---@param f function
---@param ... any arguments
---@return boolean ok
---@return any ... results, or the error
function asyncio.pcall(f, ...) end

--- As Lua's `xpcall`, but CancelledError, KeyboardInterrupt and SystemExit are
--- raised nevertheless; the handler is not called for them. `f` may await. It also
--- works outside a task.
---@async
---@param f function
---@param handler fun(err: any): any
---@param ... any arguments
---@return boolean ok
---@return any ... results, or what the handler returned
function asyncio.xpcall(f, handler, ...) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  print(asyncio.pawait(sleep(1, "a", "b")))
  print(asyncio.pawait(function() error("no", 0) end))
  print(asyncio.pcall(function(x) await(sleep(1)) return x end, "c"))
  print(asyncio.xpcall(error, function(err) return "seen: " .. err end, "d"))
end, {clock = "virtual"})
```

```text
true	a	b
false	no
true	c
false	seen: d
```
]]

--- Makes a coroutine function of `fn`. Its call makes a coroutine object with the
--- arguments bound. It does nothing until it is awaited or made a task, and it can
--- be awaited once.
---
--- Raises `a callable object was expected by async(), got ...`.
--- `asyncio.coroutine(fn)` does the same.
---@param fn function
---@return asyncio.CoroutineFunction
function asyncio.async(fn) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local twice = asyncio.async(function(x)
  await(sleep(1))
  return 2 * x
end)

asyncio.run(function()
  local co = twice(21)
  print(asyncio.iscoroutine(co), await(co))
  local ok, err = asyncio.pawait(co)
  print(ok, err:match("cannot .*"))

  local ten = setmetatable({}, {__await = function() return await(twice(5)) end})
  print(await(ten))
  print(await(coroutine.create(function() return "a Lua coroutine" end)))
end, {clock = "virtual"})
```

```text
true	42
false	cannot reuse already awaited coroutine
10
a Lua coroutine
```
]]

--- A call of a coroutine function that has not begun. It runs when it is awaited or
--- made a task, once.
---@class asyncio.Coroutine
local co = {}

--[[
| method | |
|---|---|
]]

--- The same as `asyncio.await(co)`. Futures and Tasks have it too; Lua coroutines
--- have no methods.
---@async
---@return any ... results
function co:await() end

--[[
### Predicates

| function | |
|---|---|
]]

--- True for coroutine objects and Lua coroutines.
---@param v any
---@return boolean
function asyncio.iscoroutine(v) end

--- True for what `asyncio.async` has made, and for the module's own: `sleep`,
--- `wait`, `wait_for`, `to_thread`.
---@param v any
---@return boolean
function asyncio.iscoroutinefunction(v) end

--- True for Futures and Tasks.
---@param v any
---@return boolean
function asyncio.isfuture(v) end

--- True for all that can be awaited, functions included.
---@param v any
---@return boolean
function asyncio.isawaitable(v) end

--[[
## Tasks

A task runs an awaitable beside the others. It is a [Future](#futures): it can
be awaited by any number of tasks, any number of times, and it keeps its
results.

Tasks run in turn, in one thread. Between two awaits nothing else runs.
]]

---@class asyncio.TaskOptions
---@field name? any its name, made a string; `Task-1`, `Task-2` ... by default
---@field context? asyncio.Context the context it runs in; by default a copy of the current one
---@field eager_start? boolean take the first step at once, before the task is returned

--- Makes a task of an awaitable, in the running loop. Its first step is in the next
--- pass of the loop, after the current task has suspended.
---
--- Raises `no running event loop`, and `a coroutine was expected, got ...` for a
--- Future or Task and for what is no awaitable. The function or coroutine may raise
--- what it likes: its error stays in the task.
---
--- A task that starts eagerly and does not suspend is done when `create_task`
--- returns. Eager starts inside eager starts are limited to 20; beyond, the first
--- step is in the next pass.
---@param aw asyncio.Awaitable not a Future or Task
---@param opts? asyncio.TaskOptions
---@return asyncio.Task
function asyncio.create_task(aw, opts) end

--- Makes a task that runs `fn(...)`: a plain function or a coroutine function.
---
--- Raises `no running event loop`, and
--- `a callable object was expected by spawn(), got ...`.
---@param fn function
---@param ... any arguments
---@return asyncio.Task
function asyncio.spawn(fn, ...) end

---@class asyncio.FutureOptions
---@field loop? asyncio.EventLoop its loop; by default the running one, or else that of `asyncio.set_event_loop`

--- Returns a Future or Task itself, and makes a task of other awaitables.
---
--- | raises | when |
--- |---|---|
--- | `An asyncio.Future, a coroutine or an awaitable is required, got ...` | it is no awaitable |
--- | `The future belongs to a different loop than the one specified as the loop argument` | |
--- | `There is no current event loop` | there is none, and no option |
---@param aw asyncio.Awaitable
---@param opts? asyncio.FutureOptions
---@return asyncio.Future
function asyncio.ensure_future(aw, opts) end

--- The task that runs now. Nil in a callback. Raises `no running event loop` when
--- no loop is given and none runs.
---@param loop? asyncio.EventLoop the running one when nil
---@return asyncio.Task?
function asyncio.current_task(loop) end

--- The tasks of the loop that have not ended, those that have not begun included,
--- in the order in which they were made. Raises as `current_task`.
---@param loop? asyncio.EventLoop the running one when nil
---@return asyncio.FutureSet
function asyncio.all_tasks(loop) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local tea = asyncio.spawn(function(seconds)
    print("tea begun by " .. asyncio.current_task():get_name())
    await(sleep(seconds))
    return "tea"
  end, 3)
  tea:set_name("kettle")
  local milk = asyncio.create_task(sleep(1, "milk"), {name = "fridge"})

  for i, task in ipairs(asyncio.all_tasks()) do print(i, task:get_name()) end
  print(asyncio.all_tasks()[tea])
  print(await(tea), await(milk), tea:done())
end, {clock = "virtual"})
```

```text
1	Task-1
2	kettle
3	fridge
true
tea begun by kettle
tea	milk	true
```
]]

---@class asyncio.NewTaskOptions: asyncio.TaskOptions
---@field loop? asyncio.EventLoop its loop; by default the running one

--- The class of tasks. Called, it makes a task as `create_task` does, with one more
--- option: `loop`. It is meant for task factories.
---
--- A task has the methods of a [Future](#asyncio.Future), and these:
---@class asyncio.Task: asyncio.Future
---@overload fun(coro: asyncio.Awaitable, opts?: asyncio.NewTaskOptions): asyncio.Task
local task = {}
asyncio.Task = task

--[[
| method | |
|---|---|
]]

--- Asks for [cancellation](#cancellation); false if the task was done, else
--- true.
---@param msg? any the message of the CancelledError
---@return boolean
function task:cancel(msg) end

--- Did it end with CancelledError?
---@return boolean
function task:cancelled() end

--- How many times it was asked to cancel, less `uncancel`.
---@return integer
function task:cancelling() end

--- Takes one request back; how many remain. At 0, a cancellation that has not
--- been raised yet is dropped.
---@return integer
function task:uncancel() end

--- Its name, a string.
---@return string
function task:get_name() end

--- Gives it a name: any value, made a string.
---@param name any
function task:set_name(name) end

--- Its Lua coroutine; see [rule 9](#read-this-first).
---@return thread?
function task:get_coro() end

--- The [context](#context-variables) it runs in.
---@return asyncio.Context
function task:get_context() end

--- Of a pending task the stack where it waits, innermost first. Of a failed one the traceback of
--- its error, with `[awaited from]` between one task and the one that awaited
--- it. Else nil.
---@return string?
function task:traceback() end

--- Raises `Task does not support set_result operation`.
---@param ... any
function task:set_result(...) end

--- Raises `Task does not support set_exception operation`.
---@param err any
function task:set_exception(err) end

--[[
| `tostring(task)` | See below |

`tostring(task)` has the state, the name, the function and where it is, what the
task waits for, its outcome and its callbacks:

    <Task pending name='Task-1' coro=<main() running at file.lua:12> wait_for=<Future pending>>
    <Task finished name='Task-2' coro=<f() done, defined at file.lua:3> result=42>
    <Task cancelled name='Task-3' coro=<f() done, defined at file.lua:3>>

The state is `pending`, `cancelling` (asked to cancel), `finished` (returned or
failed) or `cancelled`.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local function fetch() await(sleep(1)) error("no answer", 0) end

asyncio.run(function()
  local task = asyncio.create_task(fetch, {name = "fetcher"})
  await(sleep(0))
  print((tostring(task):gsub(" coro=<.->", "")))
  print(task:traceback():match(":4: in function") ~= nil)
  print(asyncio.pawait(task))
  print((tostring(task):gsub(" coro=<.->", "")))
end, {clock = "virtual"})
```

```text
<Task pending name='fetcher' wait_for=<Future pending>>
true
false	no answer
<Task finished name='fetcher' exception='no answer'>
```
]]

--[[
## Cancellation

`task:cancel(msg)` asks a task to end. It raises CancelledError in the task,
where it waits, in the next pass. What happens then is up to the task:

* it lets the error pass: the task ends, `task:cancelled()` is true, and all
  that await it get CancelledError with the same message;
* it cleans up and raises the error again: the same;
* it catches the error and goes on: `cancelled()` is false, and `cancelling()`
  stays at 1 until `uncancel()`;
* it raises another error: the task has failed with that.

A to-be-closed variable (`<close>`) runs however the task ends: by return, by
error, by cancellation. Its handler may await.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local function connect()
  print("connected")
  return setmetatable({}, {__close = function(_, err)
    await(sleep(1))
    print("disconnected after:", err)
  end})
end

asyncio.run(function()
  local task = asyncio.create_task(function()
    local connection <close> = connect()
    await(sleep(3600))
  end)
  await(sleep(1))
  print(task:cancel("enough"))
  print(pcall(await, task))
  print(task:cancelled(), task:cancelling(), task:cancel())
end, {clock = "virtual"})
```

```text
connected
true
disconnected after:	CancelledError: enough
false	CancelledError: enough
true	1	false
```

What `task:cancel()` does, by what the task does at that moment:

| the task | what happens |
|---|---|
| has not begun | it never runs, not even its clean-up; it is cancelled |
| waits for a future | the future is cancelled at once, CancelledError in the next pass |
| waits for another task | that task is cancelled; whoever else awaits it gets CancelledError too |
| waits for a `gather` | all its children are cancelled |
| waits for a `shield` | only the shield is cancelled, not what it protects |
| sleeps | CancelledError in the next pass |
| waits for a future that is done, but has not gone on yet | CancelledError; the result is lost to this task |
| runs (it cancels itself) | CancelledError at its next await that has to wait. If it returns before, it is cancelled all the same; if it raises another error, it has failed with that |
| is done | nothing; `cancel` returns false |

Two calls of `cancel` in the same pass raise one CancelledError. A call while
the task cleans up interrupts the clean-up.

A coroutine that raises CancelledError by itself ends as cancelled too.

To catch errors but not cancellations, use `asyncio.pcall` or `asyncio.pawait`.
If you catch CancelledError, clean up and raise it again with `error(err, 0)`.
`asyncio.isinstance(err, asyncio.CancelledError)` tells it from other errors.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  for _, protect in ipairs {pcall, asyncio.pcall} do
    local task = asyncio.spawn(function()
      local ok, err = protect(await, sleep(3600))
      return "went on", ok, err
    end)
    await(sleep(1))
    task:cancel()
    print(pcall(await, task))
  end
end, {clock = "virtual"})
```

```text
true	went on	false	CancelledError
false	CancelledError
```
]]

--[[
## Waiting
]]

--- Awaited, it suspends the task for `delay` seconds and returns the other
--- arguments. It always suspends. The delay begins when it is awaited, not when
--- `sleep` is called. With a delay of 0 or less it is one pass of the loop: every
--- other task that is ready gets a turn. It never returns early.
---
--- Raises `bad argument #1 to 'sleep' (number expected, got ...)`, or
--- `Invalid delay: NaN (not a number)` in the same form.
---
--- `sleep(math.huge)` ends only by cancellation. Where it is all that is left, it
--- is a deadlock.
---@param delay number in seconds
---@param ... any what it returns
---@return asyncio.Coroutine
function asyncio.sleep(delay, ...) end

---@class asyncio.GatherOptions
---@field return_exceptions? boolean wait for all, and put errors among the results, instead of raising the first

--- Runs the awaitables side by side and collects their results. Functions and
--- coroutines become tasks, in the order of the arguments. It returns a future at
--- once; await that. A table without `__await` in first place is the list of the
--- awaitables, and as last argument it is the options.
---
--- The result is a list `r` in the order of the arguments, whichever ended first.
--- `r[i]` is the first value of the i-th, `r.n` the number of places.
---
--- * Without the option, the first error is raised at once. The others **run on**;
---   their errors count as seen.
--- * With it, `r[i]` is the error of the i-th, and `r.exceptions[i]` is too.
---   `r.exceptions` has only the places that failed or were cancelled: so a string
---   that was raised can be told from a string that was returned. Without failures
---   it is an empty table.
--- * A child that is cancelled counts as one that raised CancelledError. The gather
---   itself is not cancelled by that.
--- * Cancelling the gather, or the task that awaits it, cancels all children that
---   are not done. With `return_exceptions` it then waits for all of them. The
---   gather ends with CancelledError as its error; `cancelled()` is false.
--- * The same coroutine object, Lua coroutine or future given twice runs once. A
---   function given twice runs twice.
--- * Without awaitables, or if all are done, the result is there at once.
---
--- Raises `bad argument #2 to 'gather' (awaitable expected, got number)` before it
--- starts any; `There is no current event loop`; and as `ensure_future` for a
--- future of another loop.
---@param ... asyncio.Awaitable|asyncio.GatherOptions or one list of them; then options
---@return asyncio.Future
---@overload fun(aws: asyncio.Awaitable[], opts?: asyncio.GatherOptions): asyncio.Future
function asyncio.gather(...) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local function fail() error("broken", 0) end

asyncio.run(function()
  local r = await(asyncio.gather(sleep(2, "a"), sleep(1, "b"), function() end))
  print(r.n, r[1], r[2], r[3])

  r = await(asyncio.gather({sleep(1, "broken"), fail}, {return_exceptions = true}))
  for i = 1, r.n do print(r[i], r.exceptions[i]) end

  local slow = asyncio.create_task(sleep(1, "still there"))
  print(asyncio.pawait(asyncio.gather(slow, fail)))
  print(await(slow))

  local runs = 0
  local function count() runs = runs + 1 return runs end
  local once = asyncio.async(count)()
  r = await(asyncio.gather(count, count, once, once))
  print(table.unpack(r))
end, {clock = "virtual"})
```

```text
3	a	b	nil
broken	nil
broken	broken
false	broken
still there
1	2	3	3
```
]]

--- A future with the outcome of the awaitable, which becomes a task if it is a
--- function or coroutine. Cancelling that future, or the task that awaits it, does
--- not cancel the awaitable. If the awaitable is cancelled by others, so is the
--- shield. A Future that is done is returned itself.
---
--- If the awaitable fails after the shield was cancelled, and nobody awaits it, its
--- error is reported. At the end of `run` shielded tasks are cancelled like all
--- others. Raises as `ensure_future`.
---@param aw asyncio.Awaitable
---@return asyncio.Future
function asyncio.shield(aw) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local saving = asyncio.create_task(sleep(2, "saved"))
  local guest = asyncio.spawn(function() await(asyncio.shield(saving)) end)
  await(sleep(1))
  guest:cancel()
  print(pcall(await, guest))
  print(await(saving))
end, {clock = "virtual"})
```

```text
false	CancelledError
saved
```
]]

--- Awaited, it awaits `aw` for at most `timeout` seconds and returns its results or
--- raises its error. The time begins when `wait_for` is awaited. A function or
--- coroutine runs in the current task, without an extra pass.
---
--- When the time is over, it cancels the awaitable and waits until that has ended,
--- clean-up included. Then it raises TimeoutError; `err.cause` is the
--- CancelledError. If the awaitable catches the cancellation and returns,
--- `wait_for` returns its results. If it raises another error, `wait_for` raises
--- that.
---
--- With a timeout of 0 or less, a future that is done gives its outcome; everything
--- else is cancelled, and a function or coroutine never begins.
---
--- If the task is cancelled while it waits, the awaitable is too. To protect it,
--- use `asyncio.wait_for(asyncio.shield(aw), timeout)`.
---
--- Raises `bad argument #1 to 'wait_for' (awaitable expected, got ...)`,
--- `bad argument #2 to 'wait_for' (number expected, got ...)`.
---@param aw asyncio.Awaitable
---@param timeout? number in seconds; nil: no limit
---@return asyncio.Coroutine
function asyncio.wait_for(aw, timeout) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  print(await(asyncio.wait_for(sleep(1, "in time"), 2)))

  local ok, err = asyncio.pawait(asyncio.wait_for(sleep(3600), 2))
  print(ok, err, asyncio.isinstance(err, asyncio.TimeoutError), err.cause)
  print(asyncio.get_running_loop():time())
end, {clock = "virtual"})
```

```text
in time
false	TimeoutError	true	CancelledError
3.0
```
]]

---@class asyncio.WaitOptions
---@field timeout? number in seconds: return after this time, with what is done
---@field return_when? "ALL_COMPLETED"|"FIRST_COMPLETED"|"FIRST_EXCEPTION" what to wait for, see below; `ALL_COMPLETED` by default

--- Awaited, it suspends the task until enough of the futures are done, and returns
--- two tables: those that are done, and those that are pending. Each is [list and
--- set](#lists-that-are-sets), in the order of the argument (of a set: in any
--- order). It raises none of their errors and cancels none, not even when the time
--- is over.
---
--- `futures` is one of:
---
--- | argument | example |
--- |---|---|
--- | a list of Futures and Tasks | `{t1, t2}` |
--- | a set of them, if it has no list part | `{[t1] = true, [t2] = true}` |
--- | a function that returns one at each call, and nil at the end | `coroutine.wrap(function() ... end)` |
---
--- The same future twice counts once.
---
--- | raises | when |
--- |---|---|
--- | `Passing coroutines is forbidden, use tasks explicitly.` | there is a function or coroutine among them |
--- | `Set of Tasks/Futures is empty.` | |
--- | `Invalid return_when value: ...` | |
--- | `expect a list of futures, not ...` | the argument is none of the above |
--- | `bad argument #1 to 'wait' (futures expected, got a ...)` | something else is among them |
---
--- These are raised by the call, before it is awaited.
---@param futures asyncio.Future[]|asyncio.FutureSet|(fun(): asyncio.Future?) list, set or iterator
---@param opts? asyncio.WaitOptions
---@return asyncio.Coroutine # results: done, pending
function asyncio.wait(futures, opts) end

--[[
| `return_when` | `wait` returns |
|---|---|
]]

--- When all are done. The default.
asyncio.ALL_COMPLETED = "ALL_COMPLETED"

--- When one is done.
asyncio.FIRST_COMPLETED = "FIRST_COMPLETED"

--- When one has failed, or all are done. Being cancelled is not failing.
asyncio.FIRST_EXCEPTION = "FIRST_EXCEPTION"

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local fast = asyncio.create_task(sleep(1, "fast"))
  local slow = asyncio.create_task(sleep(3, "slow"))

  local done, pending = await(asyncio.wait({slow, fast},
    {return_when = asyncio.FIRST_COMPLETED}))
  print(#done, done[1]:result(), done[fast], pending[slow])

  done, pending = await(asyncio.wait({slow}, {timeout = 1}))
  print(#done, #pending)

  done = await(asyncio.wait({[fast] = true, [slow] = true}))
  print(#done)
end, {clock = "virtual"})
```

```text
1	fast	true	true
0	1
2
```
]]

---@class asyncio.AsCompletedOptions
---@field timeout? number in seconds, from the call of `as_completed`; what is not done by then is a TimeoutError

--- Goes through awaitables in the order in which they finish. `aws` is a list or a
--- set of awaitables; functions and coroutines become tasks at once. Nothing is
--- ever cancelled by it. What is given twice counts once, except functions.
---
--- `for co in asyncio.as_completed(aws) do ... await(co) ... end`: one coroutine
--- object for each awaitable. Awaited, it returns or raises the outcome of the next
--- that finishes, or raises TimeoutError. A loop that was left with `break` can be
--- continued with the same iterator.
---
--- Raises `expects an iterable of awaitables, not ...`,
--- `There is no current event loop`, and as `ensure_future`.
---@param aws asyncio.Awaitable[]|asyncio.FutureSet list or set
---@param opts? asyncio.AsCompletedOptions
---@return asyncio.AsCompleted
function asyncio.as_completed(aws, opts) end

--- What `as_completed` returns, for `for`.
---@class asyncio.AsCompleted
---@overload fun(): asyncio.Coroutine?
local iterator = {}

--[[
| method | |
|---|---|
]]

--- `for future in asyncio.as_completed(aws):futures() do ... end`: the futures
--- themselves, each when it is done; the `for` suspends the task, and raises
--- TimeoutError. Tasks that you passed are the very same ones.
---@return async fun(): asyncio.Future?
function iterator:futures() end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  for co in asyncio.as_completed {sleep(2, "soup"), sleep(1, "salad")} do
    print(await(co))
  end

  local cook = asyncio.create_task(sleep(1, "cake"), {name = "cook"})
  for task in asyncio.as_completed({cook}):futures() do
    print(task:get_name(), task:result())
  end

  for co in asyncio.as_completed({sleep(1, "tea"), sleep(9)}, {timeout = 2}) do
    print(asyncio.pawait(co))
  end
end, {clock = "virtual"})
```

```text
salad
soup
cook	cake
true	tea
false	TimeoutError
```
]]

--[[
## Groups and timeouts

A **scope** belongs to the task that made it, and is open from the call on. It is
either the value of a `<close>` variable, or is given to `asyncio.with`; both
leave it however the block ends. What it raises then takes the place of the
block's own error.

| raises, as the scope is left | when |
|---|---|
| `... is left out of order: a scope that was opened later is still open; ...` | an inner scope is still open. The scope does not act any more: its timer is stopped, its tasks are cancelled |
| `... was opened in another task, which has to leave it` | another task leaves it. It stays open |
| `... has already been left` | the second time |

Make one `<close>` variable of each scope, in the task that uses it, and these
never come.
]]

--- Calls `fn` in the scope, leaves the scope, and returns what `fn` returned.
---
--- `scope` is one of:
---
--- | scope | what happens |
--- |---|---|
--- | TaskGroup, Timeout, just made | `fn(scope, ...)` |
--- | Lock, Semaphore, BoundedSemaphore, Condition | is acquired; `fn(scope, ...)`; is released |
--- | Barrier | is waited for; `fn(index, ...)` |
--- | any other value with `__close` | `fn(value, ...)`; is closed |
---
--- It returns nothing if [`group:cancel()`](#asyncio.TaskGroup) interrupted `fn`.
---
--- Raises `bad argument #1 to 'with' (scope expected, got ...)`,
--- `bad argument #2 to 'with' (function expected, got ...)`, and
--- `... has already been entered` for a TaskGroup or Timeout used before.
---@async
---@generic T
---@param scope T
---@param fn fun(scope: T, ...: any): ...: any
---@param ... any arguments of fn, after the scope
---@return any ... results of fn
function asyncio.with(scope, fn, ...) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  print(asyncio.with(asyncio.TaskGroup(), function(group, name)
    local task = group:create_task(sleep(2, "done"))
    return name, await(task)
  end, "job"))

  print(asyncio.pcall(asyncio.with, asyncio.timeout(2), function()
    await(sleep(3600))
  end))

  local lock = asyncio.Lock()
  print(asyncio.with(lock, function(l) return l == lock, l:locked() end))
  print(lock:locked())
end, {clock = "virtual"})
```

```text
job	done
false	TimeoutError
true	true
false
```
]]

--- A scope that waits for the tasks started in it. It takes no arguments. Raises
--- `no running event loop`, and
--- `TaskGroup <TaskGroup> cannot determine the parent task` in a callback.
---@class asyncio.TaskGroup
---@overload fun(): asyncio.TaskGroup
local group = {}
asyncio.TaskGroup = group

--[[
| method | |
|---|---|
]]

--- As [`asyncio.create_task`](#asyncio.create_task), for the group
--- to wait for.
---@param aw asyncio.Awaitable not a Future or Task
---@param opts? asyncio.TaskOptions
---@return asyncio.Task
function group:create_task(aw, opts) end

--- A task of the group that runs `fn(...)`.
---@param fn function
---@param ... any arguments
---@return asyncio.Task
function group:spawn(fn, ...) end

--- Its tasks that are not done, in the order in which they were made.
---@return asyncio.Task[]
function group:tasks() end

--- Ends the group without an error: cancels its tasks, and the body if that has
--- not ended. CPython 3.15 has it.
function group:cancel() end

--[[
| `tostring(group)` | `<TaskGroup tasks=2 entered>`, `<TaskGroup tasks=1 errors=1 cancelling>` |

Leaving it waits until all its tasks are done; they may start others in it
meanwhile. What then happens:

| what ended it | |
|---|---|
| nothing failed | the block goes on |
| a task failed | at that moment the others and the body are cancelled. When all have ended, an [ExceptionGroup](#asyncio.ExceptionGroup) is raised: `unhandled errors in a TaskGroup` |
| the body failed | its tasks are cancelled; the same group, with the body's error last |
| a task was cancelled by itself | nothing: that is no failure |
| the task with the group is cancelled from outside | its tasks are cancelled. CancelledError goes on, or the ExceptionGroup if a task or the body fails |
| `group:cancel()` | its tasks are cancelled. No error, but an ExceptionGroup if a task fails in its clean-up |
| KeyboardInterrupt or SystemExit in a task or in the body | the others are cancelled; this error is raised, not a group |

The ExceptionGroup has the errors in the order in which they came, in
`exceptions`. `tracebacks[i]` is the traceback of `exceptions[i]`, or false where
there is none, as of the body's error.

`create_task` and `spawn` raise `TaskGroup ... is shutting down` once it is being
cancelled, and `TaskGroup ... is finished` after its end. The awaitable is not
run then.

**`group:cancel()` and `<close>`.** It interrupts the body at its next await. Lua
cannot stop an error in a `__close` handler, only replace it. So if the body of a
`<close>` group is interrupted by the group's own `cancel()`, leaving it raises
`...: cancel() interrupted the body of a <close> scope, which Lua cannot leave
without an error: use asyncio.with`. With `asyncio.with` there is no error. A
body that has ended, or that ends without another await, is not interrupted; then
both forms do.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local function load(name, seconds)
  await(sleep(seconds))
  if name == "b" then error("no b", 0) end
  return name
end

asyncio.run(function()
  local a, c
  do
    local group <close> = asyncio.TaskGroup()
    a = group:spawn(load, "a", 1)
    c = group:create_task(sleep(2, "c"), {name = "slow"})
    print(group, #group:tasks())
  end
  print(a:result(), c:result())

  local ok, err = asyncio.pcall(function()
    local group <close> = asyncio.TaskGroup()
    a = group:spawn(load, "a", 3600)
    group:spawn(load, "b", 1)
    await(sleep(3600))
    print("never printed")
  end)
  print(ok, err)
  print(a:cancelled(), err.exceptions[1], type(err.tracebacks[1]))

  print(asyncio.with(asyncio.TaskGroup(), function(group)
    group:spawn(function()
      await(sleep(1))
      group:cancel()
    end)
    await(sleep(3600))
    return "never returned"
  end))
  print(asyncio.get_running_loop():time())
end, {clock = "virtual"})
```

```text
<TaskGroup tasks=2 entered>	2
a	c
false	ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
+- no b
true	no b	string

4.0
```
]]

--- A scope with a time limit: `delay` seconds from now. `nil` and `math.huge`: no
--- limit, for now.
---
--- When the time is over, the task is cancelled. Its CancelledError goes up to the
--- scope, and leaving that makes a TimeoutError of it; `err.cause` is the
--- CancelledError. So TimeoutError is seen outside of the block, not in it. With a
--- delay of 0 or less, or a moment that is past, it is the next await that has to
--- wait which is interrupted.
---
--- If the body catches the CancelledError, or raises another error, that stays as it
--- is, and `expired()` is true. If the task is cancelled by others too, CancelledError
--- goes on. Of nested scopes, the one whose time is over raises the error.
---
--- Raises `no running event loop`, `Timeout should be used inside a task`,
--- `bad argument #1 to 'timeout' (number expected, got ...)`.
---@param delay? number in seconds
---@return asyncio.Timeout
function asyncio.timeout(delay) end

--- The same, with a moment of `loop:time()` as its limit.
---@param when? number in seconds of `loop:time()`
---@return asyncio.Timeout
function asyncio.timeout_at(when) end

--- The scope that `asyncio.timeout` and `asyncio.timeout_at` open.
---@class asyncio.Timeout
local timeout = {}

--[[
| method | |
|---|---|
]]

--- The deadline in seconds of `loop:time()`; nil for none.
---@return number?
function timeout:when() end

--- Another deadline, nil for none. Raises `Cannot change state of expired
--- Timeout` (or `finished`, `expiring`).
---@param when? number in seconds of loop:time()
function timeout:reschedule(when) end

--- Has the time run out while the scope was open?
---@return boolean
function timeout:expired() end

--[[
| `tostring(timeout)` | `<Timeout [active] when=3.000>`, `<Timeout [expired]>`, `<Timeout [finished]>` |

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local ok, err = asyncio.pcall(function()
    local limit <close> = asyncio.timeout(2)
    await(sleep(1))
    limit:reschedule(limit:when() + 3)
    print(limit)
    await(sleep(3600))
  end)
  print(ok, err, err.cause, loop:time())

  local limit = asyncio.timeout_at(loop:time() + 1)
  local result = asyncio.with(limit, function()
    local _, interrupted = pcall(await, sleep(3600))
    return interrupted
  end)
  print(result, limit:expired(), limit)
end, {clock = "virtual"})
```

```text
<Timeout [active] when=5.000>
false	TimeoutError	CancelledError	5.0
CancelledError	true	<Timeout [expired]>
```
]]

--- Calls `fn(...)` for at most `delay` seconds. Returns true and its results, or
--- false if the time ran out. Other errors of `fn` are raised. `fn` runs in the
--- current task, and when its time is over CancelledError is raised where it waits,
--- as in the body of a `timeout`.
---
--- Raises `bad argument #2 to 'move_on_after' (function expected, got ...)`, and as
--- `timeout`.
---@async
---@param delay? number in seconds
---@param fn function
---@param ... any arguments
---@return boolean ok
---@return any ... results of fn
function asyncio.move_on_after(delay, fn, ...) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local function ask(seconds)
  await(sleep(seconds))
  return "an answer", seconds
end

asyncio.run(function()
  print(asyncio.move_on_after(5, ask, 1))
  print(asyncio.move_on_after(5, ask, 3600))
end, {clock = "virtual"})
```

```text
true	an answer	1
false
```
]]

--[[
## Locks, events, semaphores

For the tasks of one loop; none of them is for threads. Whoever waits is served
in the order of coming. If a task that waits is cancelled, what it was about to
get goes to the next.

They are made anywhere, without a loop too. The first one that has to wait makes
the object one of that loop; a wait in another loop raises
`<Lock object at 0x... [locked]> is bound to a different event loop`.

`tostring` tells the state and how many wait:
`<Lock object at 0x... [locked, waiters:2]>`.

Between two awaits nothing else runs, so a lock is needed only around code that
awaits.
]]

--- For one task at a time. The task that holds it and acquires it again waits for
--- itself: it is no recursive lock.
---@class asyncio.Lock
---@overload fun(): asyncio.Lock
local lock = {}
asyncio.Lock = lock

--[[
| method | |
|---|---|
]]

--- Waits until it is free, and takes it. The result is the lock, a `<close>`
--- value that releases it.
---@return asyncio.Coroutine # result: lock
function lock:acquire() end

--- Lets go of it; the first who waits gets it. Raises `Lock is not acquired.`
--- Any task may release it.
function lock:release() end

--- Is it held?
---@return boolean
function lock:locked() end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local lock = asyncio.Lock()
  local balance = 100
  local function withdraw(amount)
    local held <close> = await(lock:acquire())
    local before = balance
    await(sleep(1))                       -- without the lock: both see 100
    balance = before - amount
    print(held == lock, balance)
  end
  await(asyncio.gather(function() withdraw(30) end, function() withdraw(20) end))
  print(lock:locked())
end, {clock = "virtual"})
```

```text
true	70
true	50
false
```
]]

--- Wakes all that wait when it is set. They go on even if `clear` follows at once.
---@class asyncio.Event
---@overload fun(): asyncio.Event
local event = {}
asyncio.Event = event

--[[
| method | |
|---|---|
]]

--- Waits until it is set. If it is, it returns at once.
---@return asyncio.Coroutine # result: true
function event:wait() end

--- Sets it: all that wait go on.
function event:set() end

--- Who waits from now on waits for the next `set`.
function event:clear() end

--- Is it set?
---@return boolean
function event:is_set() end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local ready = asyncio.Event()
  local guest = asyncio.spawn(function()
    print("waits", ready:is_set())
    return await(ready:wait())
  end)
  await(sleep(1))
  ready:set()
  print(await(guest), ready:is_set(), await(ready:wait()))
end, {clock = "virtual"})
```

```text
waits	false
true	true	true
```
]]

--- A lock, and a line of tasks that wait until something changes. `lock` is a Lock
--- that it shares with others; a new one by default. Raises
--- `bad argument #1 to 'Condition' (Lock expected, got ...)`.
---@class asyncio.Condition
---@overload fun(lock?: asyncio.Lock): asyncio.Condition
local cond = {}
asyncio.Condition = cond

--[[
| method | |
|---|---|
]]

--- Acquires the lock. The result is the condition, a `<close>` value that
--- releases it.
---@return asyncio.Coroutine # result: cond
function cond:acquire() end

--- Lets go of the lock, as `lock:release()`.
function cond:release() end

--- Is the lock held?
---@return boolean
function cond:locked() end

--- Lets go of the lock, waits for a notification, acquires it again. Raises
--- `cannot wait on un-acquired lock`.
---@return asyncio.Coroutine # result: true
function cond:wait() end

--- Waits until `pred()` is neither nil nor false, and returns that value. It is
--- called at once, and after each notification.
---@param pred fun(): any
---@return asyncio.Coroutine # result: value
function cond:wait_for(pred) end

--- Wakes `n` tasks that wait, by default 1. Raises `cannot notify on
--- un-acquired lock`.
---@param n? integer 1 when nil
function cond:notify(n) end

--- Wakes all. Raises the same.
function cond:notify_all() end

--[[
A task that was woken goes on when the lock is free. `wait` ends with the lock
held, also when it raises CancelledError; a notification that was for a cancelled
task goes to another.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local cond, stock = asyncio.Condition(), 0
  local buyer = asyncio.spawn(function()
    local held <close> = await(cond:acquire())
    print("in stock", await(cond:wait_for(function() return stock >= 2 and stock end)))
  end)
  for _ = 1, 2 do
    await(sleep(1))
    local held <close> = await(cond:acquire())
    stock = stock + 1
    print("delivered")
    cond:notify()
  end
  await(buyer)
end, {clock = "virtual"})
```

```text
delivered
delivered
in stock	2
```
]]

--- For `n` tasks at a time, 1 by default. Raises
--- `Semaphore initial value must be >= 0`, and
--- `bad argument #1 to 'Semaphore' (integer expected, got ...)`.
---@class asyncio.Semaphore
---@overload fun(n?: integer): asyncio.Semaphore
local sem = {}
asyncio.Semaphore = sem

--[[
| method | |
|---|---|
]]

--- Waits for a place and takes it. The result is the semaphore, a `<close>`
--- value that gives the place back.
---@return asyncio.Coroutine # result: sem
function sem:acquire() end

--- Gives one back; the first who waits gets it. So there may be more of them than
--- at the beginning.
function sem:release() end

--- Would `acquire` wait?
---@return boolean
function sem:locked() end

--- A Semaphore that never has more places than at the beginning: `release` raises
--- `BoundedSemaphore released too many times` where there would be more than `n`.
---
--- It has the methods of a Semaphore.
---@class asyncio.BoundedSemaphore: asyncio.Semaphore
---@overload fun(n?: integer): asyncio.BoundedSemaphore
asyncio.BoundedSemaphore = {}

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local places = asyncio.BoundedSemaphore(2)
  local now, most = 0, 0
  local group = asyncio.TaskGroup()
  asyncio.with(group, function()
    for _ = 1, 6 do
      group:spawn(asyncio.with, places, function()
        now = now + 1
        most = math.max(most, now)
        await(sleep(1))
        now = now - 1
      end)
    end
  end)
  print("at most", most, asyncio.get_running_loop():time())
  print(select(2, pcall(places.release, places)))
end, {clock = "virtual"})
```

```text
at most	2	3.0
BoundedSemaphore released too many times
```
]]

--- Where `parties` tasks wait for one another. When all are there, all go on, and the
--- barrier can be used again. Raises `parties must be > 0`, and
--- `bad argument #1 to 'Barrier' (integer expected, got ...)`.
---@class asyncio.Barrier
---@field parties integer how many it is for
---@field n_waiting integer how many wait now
---@field broken boolean was it aborted, and not reset?
---@overload fun(parties: integer): asyncio.Barrier
local barrier = {}
asyncio.Barrier = barrier

--[[
| method | |
|---|---|
]]

--- Waits for the others. The result is the order of arrival, from **0** to
--- `parties - 1`. Raises BrokenBarrierError.
---@return asyncio.Coroutine # result: index
function barrier:wait() end

--- Empties it: who waits gets BrokenBarrierError. It is as new then.
---@return asyncio.Coroutine
function barrier:reset() end

--- Breaks it, until `reset`: who waits, and who comes, gets BrokenBarrierError.
---@return asyncio.Coroutine
function barrier:abort() end

--[[
`asyncio.with(barrier, fn, ...)` waits, then calls `fn(index, ...)`. A barrier is
not the value of a `<close>` variable. A task that is cancelled while it waits
leaves; the others wait for one more.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local barrier = asyncio.Barrier(3)
  local function run(name, seconds)
    await(sleep(seconds))
    local index = await(barrier:wait())
    if index == 0 then print(name, "was first", asyncio.get_running_loop():time()) end
  end
  local group = asyncio.TaskGroup()
  asyncio.with(group, function()
    group:spawn(run, "anna", 2)
    group:spawn(run, "bert", 1)
    group:spawn(run, "carl", 3)
  end)

  local lonely = asyncio.create_task(barrier:wait())
  await(sleep(1))
  print(barrier.n_waiting, barrier.parties, barrier.broken)
  await(barrier:abort())
  print(asyncio.pawait(lonely))
  print(barrier.broken)
end, {clock = "virtual"})
```

```text
bert	was first	3.0
1	3	false
false	BrokenBarrierError: Abort or reset of barrier
true
```
]]

--[[
## Queues
]]

--- Items come out in the order in which they were put in. `maxsize` is how many it
--- holds; nil, 0 or less: as many as there are. Any value is an item, nil too.
---
--- Who waits is served in the order of coming. A `put` or `get` that is cancelled
--- puts nothing and takes nothing. A queue belongs to one loop from its first wait
--- on: a wait in another raises `... is bound to a different event loop`. To give
--- something to a queue from another thread, use `loop:call_soon_threadsafe`.
---
--- Raises `bad argument #1 to 'Queue' (number expected, got ...)`.
---@class asyncio.Queue
---@field maxsize number to be read: 0 by default
---@overload fun(maxsize?: number): asyncio.Queue
local queue = {}
asyncio.Queue = queue

--[[
| method | |
|---|---|
]]

--- Puts it in; waits while the queue is full. Raises QueueShutDown.
---@param item any
---@return asyncio.Coroutine
function queue:put(item) end

--- Takes the next out; waits while the queue is empty. Raises QueueShutDown
--- when it is shut down and empty.
---@return asyncio.Coroutine # result: item
function queue:get() end

--- The same without waiting. Raises QueueFull, QueueShutDown.
---@param item any
function queue:put_nowait(item) end

--- The same without waiting. Raises QueueEmpty, QueueShutDown.
---@return any item
function queue:get_nowait() end

--- `for item in queue:iter() do` takes the items out one by one; the `for` suspends
--- the task. It ends when the queue is shut down and empty.
---@return async fun(): any
function queue:iter() end

--- An item that was taken is done with. Raises `task_done() called too many
--- times`.
function queue:task_done() end

--- Waits until every item that was put is done with.
---@return asyncio.Coroutine
function queue:join() end

--- Nothing more can be put; who waits for room gets QueueShutDown, who waits
--- for an item too. With `immediate` true the items in it are dropped, and
--- count as done with.
---@param immediate? boolean drop what is in it
function queue:shutdown(immediate) end

--- How many items there are.
---@return integer
function queue:qsize() end

--- Is there none?
---@return boolean
function queue:empty() end

--- Are there `maxsize`?
---@return boolean
function queue:full() end

--[[
| `tostring(queue)` | `<Queue at 0x... maxsize=2 _queue=['a'] tasks=1>` |

`iter` cannot give nil, which would end the `for`. It raises
`Queue:iter cannot give an item that is nil: take it with get`, and the nil stays
in the queue. It does not call `task_done`. Outside of a task it raises
`Queue:iter outside a task: ...`.
]]

--- A Queue of which the last item comes out first.
---
--- It has the methods of a Queue.
---@class asyncio.LifoQueue: asyncio.Queue
---@overload fun(maxsize?: number): asyncio.LifoQueue
asyncio.LifoQueue = {}

---@class asyncio.PriorityQueueOptions
---@field lt? fun(a: any, b: any): boolean does the first item come before the second? By default they are compared by `<`

--- A Queue of which the least item comes out first.
---
--- It has the methods of a Queue. `lt` must neither await nor change the queue. Equal
--- items come in no certain order. An item must be something that can be compared, so
--- nil is none. An error of a comparison is raised by `put` or `get`, and the queue is
--- as before.
---
--- Raises `unknown option '...' of 'PriorityQueue'`.
---@class asyncio.PriorityQueue: asyncio.Queue
---@overload fun(maxsize?: number, opts?: asyncio.PriorityQueueOptions): asyncio.PriorityQueue
asyncio.PriorityQueue = {}

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local queue = asyncio.Queue(2)
  local worker = asyncio.spawn(function()
    for item in queue:iter() do
      await(sleep(1))
      print(item, queue:qsize(), queue:full())
      queue:task_done()
    end
    return "shut down"
  end)
  for i = 1, 4 do await(queue:put("item " .. i)) end
  print(pcall(queue.put_nowait, queue, "one more"))
  await(queue:join())
  queue:shutdown()
  print(await(worker))
  print(asyncio.pawait(queue:get()))

  local tasks = asyncio.PriorityQueue(nil, {
    lt = function(a, b) return a.urgency > b.urgency end})
  for i, name in ipairs {"sweep", "pay", "put out the fire"} do
    tasks:put_nowait {name = name, urgency = i}
  end
  print(tasks:get_nowait().name, await(tasks:get()).name)

  local stack = asyncio.LifoQueue()
  stack:put_nowait("first")
  stack:put_nowait(nil)
  print(stack:qsize(), stack:get_nowait(), stack:get_nowait(), stack:empty())
end, {clock = "virtual"})
```

```text
item 1	2	true
false	QueueFull
item 2	2	true
item 3	1	false
item 4	0	false
shut down
false	QueueShutDown
put out the fire	pay
2	nil	first	true
```
]]

--[[
## Futures

A future is a result to come. Somebody sets it, others await it. Programs need
futures to join code that calls back to code that awaits.
]]

--- Makes a future, as `loop:create_future()` does. Raises
--- `There is no current event loop`.
---@class asyncio.Future
---@overload fun(opts?: asyncio.FutureOptions): asyncio.Future
local future = {}
asyncio.Future = future

--[[
| method | |
|---|---|
]]

--- As `asyncio.await(future)`.
---@async
---@return any ... results
function future:await() end

--- Is it finished or cancelled?
---@return boolean
function future:done() end

--- Was it cancelled?
---@return boolean
function future:cancelled() end

--- Its results. Raises its error; CancelledError; InvalidStateError `Result is
--- not set.` while it is pending.
---@return any ... results
function future:result() end

--- Its error, nil if it has none. Raises CancelledError; InvalidStateError
--- `Exception is not set.`
---@return any
function future:exception() end

--- Finishes it with these results. Raises InvalidStateError `invalid state` if
--- it is done.
---@param ... any results
function future:set_result(...) end

--- Finishes it with this error, any value but nil. A class of exceptions is
--- called first, so that `set_exception(asyncio.TimeoutError)` works. Raises
--- InvalidStateError `invalid state`.
---@param err any
function future:set_exception(err) end

--- Cancels it; false if it was done. All that await it get CancelledError with
--- the message.
---@param msg? any
---@return boolean
function future:cancel(msg) end

--- Calls `fn(future)` when it is done, in the order of adding. If it is done
--- already, in the next pass. Option `context`: the Context to call it in. Raises
--- `a callable object was expected by add_done_callback(), got ...`,
--- `Event loop is closed`.
---@param fn fun(future: asyncio.Future)
---@param opts? asyncio.ContextOptions
function future:add_done_callback(fn, opts) end

--- Takes off every `fn`; how many there were. What is scheduled already is not
--- removed.
---@param fn fun(future: asyncio.Future)
---@return integer
function future:remove_done_callback(fn) end

--- Its loop.
---@return asyncio.EventLoop
function future:get_loop() end

--[[
| `tostring(future)` | `<Future pending>`, `<Future finished result=42>`, `<Future finished exception='no'>`, `<Future cancelled>`, with its callbacks |

Callbacks never run inside `set_result`, `set_exception` or `cancel`: they run
in the next pass, each by itself. An error in one is reported, and the others
run. Callbacks are not tasks: they cannot await.

```lua
local asyncio = require "asyncio"
local await = asyncio.await

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local future = loop:create_future()
  future:add_done_callback(function(f) print("callback", f:result()) end)
  loop:call_later(1, future.set_result, future, "an", "answer")

  print(future:done(), pcall(future.result, future))
  print(await(future))
  print(future:done(), future:exception(), future:cancel())

  local bad = asyncio.Future()
  bad:set_exception(asyncio.TimeoutError)
  print(asyncio.pawait(bad))
end, {clock = "virtual"})
```

```text
false	false	InvalidStateError: Result is not set.
callback	an	answer
an	answer
true	nil	false
false	TimeoutError
```
]]

--[[
## The event loop

A program with `asyncio.run` needs of this only `asyncio.get_running_loop()`.

| function | |
|---|---|
]]

--- The loop that runs. Raises `no running event loop`.
---@return asyncio.EventLoop
function asyncio.get_running_loop() end

--- The loop that runs, or else that of `set_event_loop`. Raises `There is no
--- current event loop`.
---@return asyncio.EventLoop
function asyncio.get_event_loop() end

--- Sets it, or removes it with nil.
---@param loop? asyncio.EventLoop
function asyncio.set_event_loop(loop) end

--- A new loop; option `clock`: `"real"` or `"virtual"`. It has to be closed.
---@param opts? asyncio.LoopOptions
---@return asyncio.EventLoop
function asyncio.new_event_loop(opts) end

--- The class of loops. Called, it makes one as `asyncio.new_event_loop` does. It can
--- be a `loop_factory`.
---@class asyncio.EventLoop
---@field slow_callback_duration number in seconds: what takes longer is slow, in [debug mode](#debug-mode); 0.1
---@overload fun(opts?: asyncio.LoopOptions): asyncio.EventLoop
local loop = {}
asyncio.EventLoop = loop

--[[
### Running

| method | |
|---|---|
]]

--- Runs until the awaitable is done; its results, or its error. Functions and
--- coroutines become tasks.
---@param aw asyncio.Awaitable
---@return any ... results
function loop:run_until_complete(aw) end

--- Runs until `stop`. Waiting for ever is no deadlock here.
function loop:run_forever() end

--- Ends the run after the current pass. Called before `run_forever`, that runs
--- one pass.
function loop:stop() end

--- Does it run?
---@return boolean
function loop:is_running() end

--- Has it been closed?
---@return boolean
function loop:is_closed() end

--- [Reports](#reports) what is pending and the errors that nobody has seen, and
--- frees everything. Does nothing the second time.
function loop:close() end

--- Seconds on the loop's clock, a float. The real clock never goes back, and
--- its origin is arbitrary; it is not the time of day.
---@return number
function loop:time() end

--[[
| raises | when |
|---|---|
| `Event loop is closed` | also by `call_soon` and the others below |
| `This event loop is already running` | by `run_forever`, `run_until_complete` |
| `Cannot run the event loop while another loop is running` | the same, in a task or callback of another loop |
| `Event loop stopped before Future completed.` | by `run_until_complete`, after `stop` |
| `Cannot close a running event loop` | by `close` |
| DeadlockError | by `run_until_complete`: there is no callback, no timer and nothing else that could wake the loop |

Ctrl-C is handled by `run`, `main` and `Runner`, not by these. A loop that is
collected without having been closed is a Lua warning (`unclosed event loop`;
`lua -W` shows it).
]]

--[[
### Callbacks

| method | |
|---|---|
]]

--- Calls `fn(...)` in the next pass, in the order of the calls.
---@param fn function
---@param ... any arguments
---@return asyncio.Handle
function loop:call_soon(fn, ...) end

--- After `delay` seconds.
---@param delay number in seconds
---@param fn function
---@param ... any arguments
---@return asyncio.TimerHandle
function loop:call_later(delay, fn, ...) end

--- At a moment of `loop:time()`.
---@param when number in seconds, as of `time`
---@param fn function
---@param ... any arguments
---@return asyncio.TimerHandle
function loop:call_at(when, fn, ...) end

--[[
Callbacks with the same time are called in the order in which they were
scheduled. None is called early. An error in a callback is [reported](#reports),
and the loop goes on.

Raises `a callable object was expected by call_soon(), got ...`,
`delay must not be None`, `when cannot be None`.

```lua
local asyncio = require "asyncio"

local loop = asyncio.new_event_loop {clock = "virtual"}
loop:call_later(2, function()
  print("two", loop:time())
  loop:stop()
end)
loop:call_later(1, print, "one")
local handle = loop:call_at(1.5, print, "never")
print(handle:when(), handle:cancelled())
handle:cancel()
loop:call_soon(print, "soon")
loop:run_forever()
loop:close()
```

```text
1.5	false
soon
one
two	2.0
```
]]

--- A callback that was scheduled.
---@class asyncio.Handle
local handle = {}

--[[
| method | |
|---|---|
]]

--- The callback will not be called. Function and arguments are let go.
function handle:cancel() end

--- Was it cancelled?
---@return boolean
function handle:cancelled() end

--- The [context](#context-variables) the callback runs in.
---@return asyncio.Context
function handle:get_context() end

--- Raises `this Handle has no time`.
---@return number
function handle:when() end

--- A callback that was scheduled for a time. It has the methods of a Handle, with
--- this one:
---@class asyncio.TimerHandle: asyncio.Handle
local timer_handle = {}

--[[
| method | |
|---|---|
]]

--- When it is due, in seconds of `loop:time()`.
---@return number
function timer_handle:when() end

--[[
### Futures and tasks of a loop

| method or function | |
|---|---|
]]

--- A new Future.
---@return asyncio.Future
function loop:create_future() end

--- As `asyncio.create_task`; the loop need not run yet. Raises `Event loop is
--- closed`.
---@param aw asyncio.Awaitable not a Future or Task
---@param opts? asyncio.TaskOptions
---@return asyncio.Task
function loop:create_task(aw, opts) end

--- `factory(loop, aw, opts)` makes all tasks from now on; nil: the default. It
--- must return a Task (or Future). Raises `task factory must be a callable or
--- nil`.
---@param factory? asyncio.TaskFactory
function loop:set_task_factory(factory) end

--- The factory, or nil.
---@return asyncio.TaskFactory?
function loop:get_task_factory() end

--- Switches [debug mode](#debug-mode) on or off. It is on from the start if the
--- environment variable `ASYNCIO_DEBUG` is set, not empty and not `0`.
---@param enabled boolean
function loop:set_debug(enabled) end

--- Is it on?
---@return boolean
function loop:get_debug() end

--- Ends the generators that were left open.
---@return asyncio.Coroutine
function loop:shutdown_asyncgens() end

--- A factory whose tasks take their first step at once: for
--- `loop:set_task_factory`.
---@param loop asyncio.EventLoop
---@param coro asyncio.Awaitable
---@param opts? asyncio.TaskOptions
---@return asyncio.Task
function asyncio.eager_task_factory(loop, coro, opts) end

--- Makes such a factory of a constructor that takes the arguments of
--- `asyncio.Task`.
---@param constructor asyncio.MakeTask
---@return asyncio.TaskFactory
function asyncio.create_eager_task_factory(constructor) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  loop:set_task_factory(asyncio.eager_task_factory)
  local cached = asyncio.create_task(function() return "from the cache" end)
  print(cached:done(), cached:result())

  loop:set_task_factory(function(lp, aw, opts)
    print("a task is made", opts.name)
    return asyncio.Task(aw, {loop = lp, name = opts.name})
  end)
  await(asyncio.create_task(sleep(1), {name = "sleeper"}))
end, {clock = "virtual"})
```

```text
true	from the cache
a task is made	sleeper
```
]]

--[[
## Threads

A **worker** is a thread with a Lua state of its own. It runs functions in
parallel with the loop and with other workers. Nothing is shared: a function,
its arguments and its results are copied from one state to the other ([what
crosses](#what-crosses)). So there are no data races and no locks, and a big
table costs the time to copy it.
]]

--- Awaited, it runs `fn(...)` in a worker of the loop's [default
--- executor](#executors-of-a-loop), and returns its results or raises its error.
---
--- The function and the arguments are copied when `to_thread` is called. What
--- cannot cross is refused then, and a later change of a table is not seen. Nothing
--- runs before it is awaited or made a task.
---
--- If the task is cancelled: a call that has not begun never runs; one that runs
--- goes on to its end, and its outcome is dropped. A running call cannot be
--- interrupted.
---
--- | raises | when |
--- |---|---|
--- | the error of `fn` | it failed: the same value, [with both tracebacks](#errors-from-a-thread) |
--- | `a callable object was expected by to_thread(), got ...` | by the call |
--- | `cannot pass a FILE* to a thread (argument #2, field 'log.out')` | by the call; `fn` is argument 1 |
--- | `cannot pass a FILE* to another thread (result #1)` | by the await: a result cannot cross |
--- | `Executor shutdown has been called` | by the await, after `loop:shutdown_default_executor` |
--- | `cannot start a new thread` | by the await: the system has none left |
---@param fn function
---@param ... any arguments
---@return asyncio.Coroutine # results: those of `fn`, as copies
function asyncio.to_thread(fn, ...) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep, to_thread = asyncio.await, asyncio.sleep, asyncio.to_thread

local function sum(list)
  local total = 0
  for _, x in ipairs(list) do total = total + x end
  return total, #list
end

asyncio.run(function()
  print(await(to_thread(sum, {1, 2, 3})))

  local r = await(asyncio.gather(to_thread(sum, {1, 2}), to_thread(sum, {3, 4}),
    sleep(0.01, "meanwhile")))
  print(r[1], r[2], r[3])

  local ok, err = asyncio.pawait(to_thread(error, {code = 5}))
  print(ok, err.code)
  print(pcall(to_thread, sum, {1, 2, out = io.stdout}))
end)
```

```text
6	3
3	7	meanwhile
false	5
false	cannot pass a FILE* to a thread (argument #2, field 'out')
```
]]

--[[
### What crosses

| value | on the other side |
|---|---|
| nil, booleans, integers, floats, strings | the same, to the last bit |
| light userdata | the same address |
| table | a copy, read raw, deep. References to the same table are one table again, circles too, within one call: among all arguments, or all results |
| metatable | if it is a class of a module (a table in it that has `__index` or `__name`), or of a C library: the one there. Else a copy, like any table |
| Lua function | a copy of its code, with its upvalues; two functions with an upvalue in common share it there too. `_ENV` is the globals there |
| module, as `require` returned it | the module there; it is required if need be |
| C function in a module, such as `table.insert` | the one of the module there |
| coroutine function | one made of the copy of its function |
| [exception object](#exceptions) | a copy with its fields. Its class is the same, also a class of your own |
| loop | [a handle](#a-loop-in-another-thread); and back in its own thread, the loop itself |

All else is refused, with its place: files and other userdata, coroutines and
coroutine objects, Tasks, Futures, executors, ConcurrentFutures, C functions
that are in no module, such as an iterator of `string.gmatch`. Depth and size
are bounded by memory only.

What follows from that:

* **A copy is another table.** `t == copy` is false, and so is a comparison of
  metatables that are not in a module. Only exception classes, modules and their
  classes, and loops keep their identity.
* **Each worker has its own globals and its own modules.** A function that is
  global in your script is nil there; a local one, as an upvalue, goes along. A
  module has its state once in each worker.
* **A Lua function of a module is copied like any other**, its upvalues
  included: after `local add = require("stats").add`, a call gets a copy of what
  `add` knows at this moment. `local stats = require "stats"` and `stats.add`
  use the module of the worker.
* **Each call has upvalues of its own**: a counter in an upvalue begins anew at
  each call. What shall last belongs in a global or in a module of the worker.
* **The code of a function crosses once for each worker** if its upvalues are
  only modules, C functions and itself: it is loaded once, and its calls share
  it. A function with other upvalues is loaded at each call.
* **`__gc` of a copied metatable does not run for copies**: the finalizer
  belongs to the original. `__close` and all other metamethods work.
* **Never for the outside**: what is sent includes compiled functions, which Lua
  runs unchecked. So it stays in the memory of the process; there is no way to
  write it to a file or a socket, and there will be none.

```lua
local asyncio = require "asyncio"
local await, to_thread = asyncio.await, asyncio.to_thread
local insert = table.insert

local Missing = asyncio.Exception:subclass("Missing")

local function fib(n)
  return n < 2 and n or fib(n - 1) + fib(n - 2)
end

asyncio.run(function()
  print(await(to_thread(fib, 20)))

  local tree = {name = "root"}
  tree.self = tree
  local same, copy = await(to_thread(function(t)
    insert(t, "added there")
    return t.self == t, t
  end, tree))
  print(same, copy[1], tree[1], copy == tree)

  local twice = await(to_thread(function(k)
    return function(x) return k * x end
  end, 2))
  print(twice(21))

  local ok, err = asyncio.pawait(to_thread(function() error(Missing("key")) end))
  print(ok, err, asyncio.isinstance(err, Missing))

  global_here = true
  print(await(to_thread(function() return global_here end)))
end)
```

```text
6765
true	added there	nil	false
42
false	Missing: key	true
nil
```
]]

--[[
### Workers

A worker is started when there is a call and no idle worker, as long as the
executor has fewer than `max_workers`. It stays until the executor is shut down,
and keeps its globals and modules from call to call. It has the standard
libraries, and `package.path`, `package.cpath` and `package.preload` as they
were where and when the executor was made. `LUA_INIT` is not run, `arg` is not
set. `require "asyncio"` works, and so does `asyncio.run` in a call.

What is one for the whole process is shared all the same: standard output, the
current directory, the environment, `os.setlocale`, and whatever a C library
keeps in static variables. A line that is written by one `io.write` stays in one
piece; `print` may be mixed with that of others.

What can go wrong in a call:

| | |
|---|---|
| it raises an error | the awaiting side gets it. The worker goes on |
| it calls `os.exit(code)` | that raises `asyncio.SystemExit(code)`, which the awaiting side gets: it leaves the loop, and `asyncio.main` exits with the code. The process does not end there and then, and a `pcall` in the call catches it |
| there is no memory left | the error `not enough memory` at the awaiting side. The worker goes on |
| it never ends | it occupies its worker for ever. `run` waits for 300 seconds, [reports](#reports) it and goes on |
| a C library crashes | the process crashes |
]]

--[[
### Errors from a thread

The value is the same: a string, a table, an exception object with its class and
its fields. A value that cannot cross is replaced by a string that says so,
`cannot pass a FILE* to another thread (error value): file (0x...)`;
`error(nil)` arrives as an `asyncio.Exception` with the message `"nil"`.

The traceback of the worker comes first, with the name of the thread, and then
that of the task that awaited it. `asyncio.main` and the [reports](#reports)
print it so; `task:traceback()` and, of an exception object, `err.traceback`
have it:

    parse.lua:4: attempt to index a nil value (local 'line')
    [in thread asyncio_0]
    stack traceback:
    	parse.lua:4: in function <parse.lua:3>
    	[C]: in ?
    [awaited from]
    stack traceback:
    	[C]: in function 'asyncio.await'
    	parse.lua:8: in function <parse.lua:7>
    	[C]: in ?
]]

---@class asyncio.ExecutorOptions
---@field max_workers? integer how many threads at most; 1 to 10000. By default the number of cores plus 4, at most 32
---@field thread_name_prefix? string the threads are called `prefix_0`, `prefix_1` ... in tracebacks; `ThreadPoolExecutor-0` by default, and so on
---@field initializer? fun() is called without arguments in each worker when it starts. It is copied when the executor is made

---@class asyncio.ShutdownOptions
---@field wait? boolean block until all has ended; true when nil
---@field cancel_futures? boolean cancel what has not begun

--- A pool of workers. It needs no loop, and any thread may make some.
---@class asyncio.ThreadPoolExecutor
---@overload fun(opts?: asyncio.ExecutorOptions): asyncio.ThreadPoolExecutor
local executor = {}
asyncio.ThreadPoolExecutor = executor

--[[
| method | |
|---|---|
]]

--- Runs `fn(...)` in a worker; copied at once, as by `to_thread`. Calls begin
--- in the order in which they were submitted.
---@param fn function
---@param ... any arguments
---@return asyncio.ConcurrentFuture
function executor:submit(fn, ...) end

--- Submits `fn(item)` for all items, `list[1]` to `list[#list]`. The iterator
--- returns the first result of each, in the order of the list, or raises its
--- error.
---@param fn fun(item: any): any
---@param list any[]
---@return async fun(): any
function executor:map(fn, list) end

--- Refuses new calls. Waits until all have ended and the threads are gone, or
--- returns at once with `{wait = false}`. `{cancel_futures = true}` cancels
--- what has not begun.
---@param opts? asyncio.ShutdownOptions
function executor:shutdown(opts) end

--[[
| `local executor <close> = ...` | `shutdown()` at the end of the block |
]]

--[[
| `tostring(executor)` | `<ThreadPoolExecutor max_workers=6 threads=2 queued=0>` |

`map` is for `for v in executor:map(fn, list) do`. In a task the `for` suspends
the task, elsewhere it blocks the thread. Leaving it early cancels what has not
begun. A result of nil is an error, since it would end the `for` unnoticed.

`shutdown` and the end of a block **block the thread**, the loop included. In a
task await the calls first, or use `{wait = false}`.

An executor that nobody holds any more performs what was submitted. So does a
program that ends: it waits for the threads, except those of executors that were
shut down with `{wait = false}` or whose shutdown took too long. When it waits
for more than 5 seconds it says so on stderr. `os.exit(code)` ends the process
without waiting, `os.exit(code, true)` waits.

| raises | when |
|---|---|
| `max_workers must be greater than 0`, `max_workers must be 10000 at most` | |
| `cannot schedule new futures after shutdown` | by `submit`, `map`, `run_in_executor` |
| `asyncio.BrokenThreadPool` | by the same: an initializer failed |
| `cannot pass a FILE* to a thread (option 'initializer', upvalue 'out')` | by the constructor |
| `ThreadPoolExecutor:map: the result for item 3 is nil, ...` | by the iterator of `map` |
| `cannot start a new thread` | by `submit`, when there is no worker at all |

If the initializer raises an error, the executor is broken: every call that
waits fails with `asyncio.BrokenThreadPool`, and later ones raise it at once.
Its `cause` is the error of the initializer.

```lua
local asyncio = require "asyncio"

local function prepare() greeting = "hello" end
local function greet(name) return greeting .. ", " .. name end

do
  local pool <close> = asyncio.ThreadPoolExecutor {max_workers = 2,
    initializer = prepare}
  for text in pool:map(greet, {"Ada", "Grace"}) do print(text) end
  print(pool:submit(greet, "Mary"):result())
end

local pool = asyncio.ThreadPoolExecutor {initializer = function()
  error("no licence", 0)
end}
local ok, err = pcall(function() return pool:submit(greet, "Ada"):result() end)
print(ok, err.name, err.cause)
```

```text
hello, Ada
hello, Grace
hello, Mary
false	BrokenThreadPool	no licence
```
]]

--- What `executor:submit` and `asyncio.run_coroutine_threadsafe` return: a result
--- that another thread will have. Its methods block the thread that calls them;
--- they do not suspend a task. To await it, use
--- [`asyncio.wrap_future`](#asyncio.wrap_future).
---@class asyncio.ConcurrentFuture
local cf = {}

--[[
| method | |
|---|---|
]]

--- Waits for the results, at most `timeout` seconds. Raises the error of the
--- call, CancelledError, or TimeoutError: then the call goes on.
---@param timeout? number in seconds
---@return any ... results
function cf:result(timeout) end

--- Waits, and returns the error, or nil. Raises CancelledError, TimeoutError.
---@param timeout? number in seconds
---@return any
function cf:exception(timeout) end

--- A call that has not begun will not run. False if it runs or has ended; true
--- when it was cancelled, now or before. Of `run_coroutine_threadsafe`: cancels
--- the task in its loop.
---@return boolean
function cf:cancel() end

--- Was it cancelled?
---@return boolean
function cf:cancelled() end

--- Does a worker run it now?
---@return boolean
function cf:running() end

--- Has it ended or been cancelled?
---@return boolean
function cf:done() end

--- Calls `fn(cf)` when it is done, in **this** thread: from the loop that runs
--- here. If none runs here, then when any ConcurrentFuture is asked for its
--- result or error here, or an executor is shut down; at once if it is done.
---@param fn fun(future: asyncio.ConcurrentFuture)
function cf:add_done_callback(fn) end

--[[
| `tostring(cf)` | `<ConcurrentFuture pending>`, `running`, `cancelled`, `finished`, `finished with an error` |

Results and errors are copied once: each `result()` returns the same values. The
error of a ConcurrentFuture that nobody asks for is **not** reported.

`result` in the loop's own thread for something that this loop would have to run
can never end, and is an error:
`ConcurrentFuture:result would wait for this thread's own loop for ever; await
asyncio.wrap_future of it`. Other circles of waiting are not noticed
([guide](guide.md#waiting-in-a-circle)).

There is no constructor and no way to set its result. A ConcurrentFuture does
not cross to other threads.
]]

--- A Future that ends as the ConcurrentFuture does, to await it. Cancelling it
--- cancels the call, if that has not begun. A Future is returned as it is.
---
--- Raises `There is no current event loop`, and
--- `ConcurrentFuture expected, got ...` with the number of the argument.
---@param cf asyncio.ConcurrentFuture|asyncio.Future
---@param opts? asyncio.FutureOptions
---@return asyncio.Future
function asyncio.wrap_future(cf, opts) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local pool <close> = asyncio.ThreadPoolExecutor()

local function nap(seconds)
  return asyncio.run(sleep(seconds, "rested"))  -- occupies the worker
end

local first = pool:submit(nap, 0.3)
print(pcall(first.result, first, 0.01))
print(first:result())
print(first, first:exception())

asyncio.run(function()
  local second = pool:submit(nap, 0.01)
  second:add_done_callback(function(cf) print("callback", cf:result()) end)
  print(await(asyncio.wrap_future(second)))
end)
```

```text
false	TimeoutError
rested
<ConcurrentFuture finished>	nil
callback	rested
rested
```
]]

--[[
### Executors of a loop

| method | |
|---|---|
]]

--- Runs `fn(...)` in the executor; nil: in the loop's default executor. The
--- Future is made and the call submitted at once. In messages of what cannot
--- cross, `fn` is argument 2.
---@param executor? asyncio.ThreadPoolExecutor|table
---@param fn function
---@param ... any arguments
---@return asyncio.Future
function loop:run_in_executor(executor, fn, ...) end

--- What `to_thread` and `run_in_executor(nil, ...)` use from now on. Raises
--- `executor must be ThreadPoolExecutor instance`.
---@param executor asyncio.ThreadPoolExecutor
function loop:set_default_executor(executor) end

--- Awaited, it refuses new calls and waits for those that were submitted, at
--- most `timeout` seconds. What takes longer is [reported](#reports) and left
--- to itself.
---@param timeout? number in seconds
---@return asyncio.Coroutine
function loop:shutdown_default_executor(timeout) end

--[[
A loop makes its default executor at the first use, with threads called
`asyncio_0`, `asyncio_1` and so on. `asyncio.run` shuts it down at its end;
`loop:close()` does so without waiting. Executors that you make and pass to
`run_in_executor` are yours to shut down.

`executor` may also be an object of your own with a method
`submit(self, fn, ...)` that returns a ConcurrentFuture.

The error of such a Future that nobody looks at is reported, as with all
Futures.
]]

--- Runs a coroutine as a task of a loop, from another thread, and returns at once.
--- `loop` came to this thread as an argument or an upvalue.
---
--- `coro` is one of these:
---
--- * a function, or a coroutine function; the values after `loop` are its
---   arguments;
--- * a coroutine object that has not begun and whose parts can cross:
---   `sleep(1, 3)`, or a call of a function made by `asyncio.async`. It is taken
---   apart here, and made anew in the loop's thread.
---
--- Everything is copied, the results too. `cf:cancel()` cancels the task, and
--- `cf:result()` waits in this thread only.
---
--- From the loop's own thread any coroutine object may be given, nothing is copied,
--- and the result is to be awaited with `wrap_future`.
---
--- | raises | when |
--- |---|---|
--- | `A coroutine object is required` | `coro` is nothing of the kind |
--- | `this coroutine cannot leave its thread; pass a function and its arguments` | for instance a Lua coroutine, a `to_thread` |
--- | `a coroutine object takes no arguments` | values after `loop`, with a coroutine object |
--- | `cannot pass a FILE* to another thread (argument #3)` | the values after `loop` are arguments 3 and on |
--- | `Event loop is closed` | the loop has been closed |
---
--- If the loop closes while the call waits, the ConcurrentFuture fails with the
--- string `Event loop is closed`.
---@param coro function|asyncio.Coroutine
---@param loop asyncio.EventLoop
---@param ... any arguments
---@return asyncio.ConcurrentFuture
function asyncio.run_coroutine_threadsafe(coro, loop, ...) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local function in_a_thread(loop)
  local three = asyncio.run_coroutine_threadsafe(sleep(0.01, 3), loop)
  print(three)
  print(three:result(10))

  local name = asyncio.run_coroutine_threadsafe(function(prefix)
    await(sleep(0.01))
    return prefix .. asyncio.current_task():get_name()
  end, loop, "run by ")
  print(name:result())

  local never = asyncio.run_coroutine_threadsafe(sleep(3600), loop)
  print(pcall(never.result, never, 0.05))
  print(never:cancel(), never:cancelled())
end

asyncio.run(function()
  await(asyncio.to_thread(in_a_thread, asyncio.get_running_loop()))
end)
```

```text
<ConcurrentFuture pending>
3
run by Task-3
false	TimeoutError
true	true
```
]]

--[[
### A loop in another thread

In another thread a loop is a handle, `<Loop of another thread>`. It has two
methods that can be called:

| method | |
|---|---|
]]

--- Has the loop call `fn(...)`, in its own thread, in its next pass, and wakes
--- it if it sleeps. Function and arguments are copied; returns nothing. What
--- one thread sends is called in the order of sending. Raises `Event loop is
--- closed`, and as `to_thread` for what cannot cross.
---@param fn function
---@param ... any arguments
---@return asyncio.Handle? handle nil in another thread
function loop:call_soon_threadsafe(fn, ...) end

--[[
| `loop:is_closed()` → boolean | Has it been closed? |

Its other methods are there to be sent:
`loop:call_soon_threadsafe(loop.stop, loop)`. Called in this thread they raise
`calling 'stop' on bad self (Loop expected, got Loop of another thread)`.

In its own thread `loop:call_soon_threadsafe(fn, ...)` is
`loop:call_soon(fn, ...)` and returns a Handle.

A function that is sent to a loop is a copy too: its upvalues are not those of
your script. It finds the loop's data by its globals and modules. An error in it
is reported: `Exception in callback from another thread`.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

progress = {}

local function work(loop, n)
  for i = 1, n do
    loop:call_soon_threadsafe(function(done)
      progress[#progress + 1] = done
    end, i)
  end
  return tostring(loop)
end

asyncio.run(function()
  print(await(asyncio.to_thread(work, asyncio.get_running_loop(), 3)))
  await(sleep(0))
  print(table.concat(progress, " "))
end)
```

```text
<Loop of another thread>
1 2 3
```
]]

--[[
### Loops in several threads

A worker may run a loop of its own, with `asyncio.run`; the default executor of
that loop has workers of its own. Loops in two threads may call each other by
`run_coroutine_threadsafe` and `wrap_future`, and neither blocks.

While calls are at work for a loop, or another thread has a handle of it, the
loop can still be woken and waits: that is no [deadlock](#exception-classes). A
handle that is garbage does not count. A handle in a global of a worker does.

On the [virtual clock](#the-virtual-clock) time stands still while threads work
for the loop, so a program takes the same course each time. A worker that waits
in `cf:result()` does not count as working. If the threads take longer than the
jump would take in real time, the clock jumps nevertheless: a thread that never
ends cannot stop a timeout.
]]

--[[
## Generators and the user's own coroutines
]]

--- `fn(yield, ...)` may await, and yields by calling `yield(v, ...)`. A call of the
--- generator function runs nothing; it returns a generator.
---@param fn fun(yield: fun(...: any): any, ...: any)
---@return asyncio.GeneratorFunction
function asyncio.generator(fn) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local ticks = asyncio.generator(function(yield, n)
  local _ <close> = setmetatable({}, {__close = function()
    await(sleep(0.01)) -- clean-up may await
    print("closed")
  end})
  for i = 1, n do
    await(sleep(0.01))
    yield(i, i * i)
  end
end)

asyncio.run(function()
  for i, square in ticks(10) do
    print(i, square)
    if i == 2 then break end
  end
end)
```

```text
1	1
2	4
closed
```

In a `for` each step suspends the task that iterates, and the loop may be left
in any way (`break`, `return`, `goto`, an error, a cancellation): the generator
is ended then. It runs in the task, and in the context, of whoever asks it for
the next values. Outside a task a generator works that does not await.
]]

--- What a generator function returns. In a `for` it is its own iterator.
---@class asyncio.Generator
---@overload async fun(): any
local gen = {}

--[[
| method | |
|---|---|
]]

--- The next values; nothing at the end.
---@return asyncio.Coroutine # results: ...
function gen:next() end

--- Ends it. Where it has yielded, a `GeneratorExit` (a subclass of
--- CancelledError, which asyncio.pcall lets pass) is raised; its clean-up may
--- await. An error if it yields again: `async generator ignored GeneratorExit`.
---@return asyncio.Coroutine
function gen:aclose() end

--- Raises `err` where it has yielded; the next values.
---@param err any
---@return asyncio.Coroutine # results: ...
function gen:athrow(err) end

--[[
A `for` that is given a generator in a variable does not end it when it is left:
it goes on at the next `for`. Where it is to be ended, make it a to-be-closed
variable: `local _ <close> = gen`. Lua's `for` ends at a first value that is nil.

While it runs nobody else can ask: `next(): asynchronous generator is already
running`. `yield` works in the generator it belongs to, however deep its calls:
`yield of an async generator called outside of it`. A generator that was begun
and is garbage is ended by a task of its own; one that is left open is ended when
`run` ends, or by `loop:shutdown_asyncgens()`, an awaitable.
]]

--- Called, `asyncio.coroutine(fn)`, it is `asyncio.async`. Its fields are Lua's
--- coroutine library, function by function. In a task a coroutine that is resumed by
--- it may await: the whole task waits, and what the coroutine yields goes to who
--- resumed it. Elsewhere, and across a C call such as `table.sort`, it is Lua's own.
--- Generators may be nested as deep as memory goes.
---
--- What differs from Lua's: `resume` lets CancelledError pass instead of returning
--- it, and a coroutine that awaits has the status "normal": nobody else can resume
--- or close it. As in Lua, the to-be-closed variables of a coroutine that failed
--- wait for `close`, which cannot await.
---@class asyncio.CoroutineLibrary
---@overload fun(fn: function): asyncio.CoroutineFunction
asyncio.coroutine = {}

--[[
| function | |
|---|---|
]]

--- A new coroutine of the function.
---@param fn function
---@return thread
function asyncio.coroutine.create(fn) end

--- Runs it up to its next `yield`: true and what that gives, or false and its
--- error.
---@async
---@param co thread
---@param ... any
---@return boolean ok
---@return any ...
function asyncio.coroutine.resume(co, ...) end

--- Gives the values to who has resumed the coroutine.
---@async
---@param ... any
---@return any ...
function asyncio.coroutine.yield(...) end

--- A function that resumes a new coroutine, and raises its error.
---@param fn function
---@return async fun(...: any): ...: any
function asyncio.coroutine.wrap(fn) end

--- Its status.
---@param co thread
---@return "suspended"|"running"|"normal"|"dead" status
function asyncio.coroutine.status(co) end

--- Closes its to-be-closed variables.
---@param co thread
---@return boolean ok
---@return any err
function asyncio.coroutine.close(co) end

--- Can it yield? By default, the running coroutine.
---@param co? thread
---@return boolean
function asyncio.coroutine.isyieldable(co) end

--- The running coroutine, and whether it is the main one.
---@return thread co
---@return boolean is_main
function asyncio.coroutine.running() end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep, coroutine = asyncio.await, asyncio.sleep, asyncio.coroutine

local function lines()
  return coroutine.wrap(function()
    for _, line in ipairs {"one", "two"} do
      await(sleep(0.01)) -- read it from somewhere
      coroutine.yield(line)
    end
  end)
end

asyncio.run(function()
  for line in lines() do print(line) end
end)
```

```text
one
two
```
]]

--[[
## Context variables
]]

---@class asyncio.ContextVarOptions
---@field default? any what `get` returns where it is not set

--- A value for each context: each task runs in a copy of the context it was made
--- in, each callback in a copy of the one it was registered in. So what a task sets
--- is seen by what it calls and by the tasks it makes from then on, and by no other.
---@class asyncio.ContextVar
---@field name string its name
---@overload fun(name: string, opts?: asyncio.ContextVarOptions): asyncio.ContextVar
local var = {}
asyncio.ContextVar = var

--[[
| method | |
|---|---|
]]

--- Its value; else the argument, else the variable's default, else an error.
---@param default? any
---@return any
function var:get(default) end

--- Sets it in the current context; nil is a value.
---@param value any
---@return asyncio.Token
function var:set(value) end

--- Makes it what it was before that `set`. Each token once, in its own context.
---@param token asyncio.Token
function var:reset(token) end

--- What `var:set` returns.
---@class asyncio.Token
---@field var asyncio.ContextVar the variable
---@field old_value any what it was before; `asyncio.Token.MISSING` if it was not set
---@field MISSING any stands for no value
local token = {}
asyncio.Token = token

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local request_id = asyncio.ContextVar("request_id", {default = "-"})
local function log(text) print(request_id:get(), text) end

local function handle(id)
  request_id:set(id)
  log("begins")
  await(sleep(0.2 * id))
  log("in a thread: " .. await(asyncio.to_thread(function()
    return request_id:get()
  end)))
end

asyncio.run(function()
  await(asyncio.gather(asyncio.async(handle)(1), asyncio.async(handle)(2)))
  log("done")
end)
```

```text
1	begins
2	begins
1	in a thread: 1
2	in a thread: 2
-	done
```

| error | when |
|---|---|
| `context variable name must be a str` | no name |
| `<ContextVar name='id'> has no value in this context, and no default` | `get` without an argument |
| `<Token used var=...> has already been used once` | `reset` twice |
| `<Token var=...> was created by a different ContextVar` | `reset` of another one's token |
| `<Token var=...> was created in a different Context` | `reset` in another task, or inside another `ctx:run` |
| `expected an instance of Token, got 1` | `reset` without a token |

Who gets a copy of the current context, made at that moment, and who shares it:

| a copy | the same |
|---|---|
| `create_task`, `spawn`, `ensure_future`, `Task`, eager ones too | a function, coroutine object or `__await` that is awaited |
| what `gather`, `shield`, `as_completed` and `run` make tasks of | `wait_for(aw, t)`, unless `aw` is a task |
| `call_soon`, `call_later`, `call_at`, `add_done_callback`: at registration | generators, and coroutines of `asyncio.coroutine` |
| `to_thread`, `call_soon_threadsafe`, `run_coroutine_threadsafe`: at the call | the runs of one `Runner` |

`to_thread`, `call_soon_threadsafe` and `run_coroutine_threadsafe` take a copy
along; `run_in_executor` and `submit` do not. In the other thread a variable is
the caller's if it came as an upvalue or an argument, or is a field of a module
that both require. A value that cannot cross raises where it is asked for.
]]

--- A copy of the current context. It costs the same however many variables are set.
---@return asyncio.Context
function asyncio.copy_context() end

--- An empty context. In a context the variables have their values; a task runs in
--- one.
---@return asyncio.Context
function asyncio.Context() end

---@class asyncio.Context
local ctx = {}

--[[
| method | |
|---|---|
]]

--- Calls fn in the context; what it sets stays there. It cannot await. An error
--- if the context is entered already.
---@param fn function
---@param ... any
---@return any ...
function ctx:run(fn, ...) end

--- Another with the same values.
---@return asyncio.Context
function ctx:copy() end

--- The value there, or else the argument. `ctx[var]` is the same.
---@param var asyncio.ContextVar
---@param default? any
---@return any
function ctx:get(var, default) end

--[[
| `#ctx`, `pairs(ctx)` | how many variables; variables and values |

`create_task(aw, {context = ctx})`, `asyncio.Task`, `add_done_callback(fn,
{context = ctx})` and `runner:run(aw, {context = ctx})` run in the context itself.
`task:get_context()` and `handle:get_context()` return theirs. Runs of one Runner
share a context. An exception handler runs in the context of the task or handle
that failed. For the callbacks that have no option: `loop:call_soon(ctx.run, ctx,
fn, ...)`.

| error | when |
|---|---|
| `cannot enter context: ... is already entered` | `ctx:run` inside itself |
| `await across a C call ...` | `fn` of `ctx:run` awaits: make a task with `{context = ctx}` |
| `option 'context' of 'create_task' must be a Context, not table` | no Context |
| `a Context cannot be written to ('x'): use ContextVar:set` | `ctx.x = 1` |
]]

--[[
## Reports

What goes wrong where nobody can catch it is reported to the loop's exception
handler, once. Without a handler of your own, a report is written to stderr,
with the traceback of what failed.

| method | |
|---|---|
]]

--- `handler(loop, context)` gets the reports from now on; nil: the default.
--- Raises `A callable object or nil is expected, got ...`.
---@param handler? asyncio.ExceptionHandler
function loop:set_exception_handler(handler) end

--- The handler, or nil.
---@return asyncio.ExceptionHandler?
function loop:get_exception_handler() end

--- Reports something of your own.
---@param context asyncio.Report
function loop:call_exception_handler(context) end

--- Writes the report to stderr.
---@param context asyncio.Report
function loop:default_exception_handler(context) end

--- The `context` that a handler is given: a table.
---@class asyncio.Report
---@field message string what has happened, see below
---@field exception? any the value that was raised
---@field traceback? string where it was raised, where known
---@field task? asyncio.Task what it is about
---@field future? asyncio.Future what it is about
---@field handle? asyncio.Handle what it is about
---@field coroutine? asyncio.Coroutine what it is about
---@field asyncgen? asyncio.Generator what it is about
---@field source_traceback? string in [debug mode](#debug-mode): where that was made

--[[
| message | reported |
|---|---|
| `Exception in callback <Handle ...>` | when a callback raises an error |
| `Task exception was never retrieved`, `Future exception was never retrieved` (of a gather: `_GatheringFuture`) | in a pass after the failed future was collected, or when its loop closes |
| `Exception in callback from another thread` | when what `call_soon_threadsafe` sent raises an error |
| `Exception in callback run_coroutine_threadsafe()` | when no task could be made of what another thread sent |
| `unhandled exception during asyncio.run() shutdown` | at the end of `run`: a task that was cancelled failed with something else |
| `The executor did not finish joining its threads within 300 seconds; a thread still runs` | at the end of `run`, or by `shutdown_default_executor` with its own limit |
| `deadlock during asyncio.run() shutdown` | at the end of `run`: the tasks can never end |
| `an error occurred during closing of asynchronous generator <...>` | when a generator that was left open fails as `run` or `shutdown_asyncgens` ends it |
| `Task was destroyed but it is pending!` | when a loop closes before the task has ended |
| `error while a pending task was destroyed` | then, by a to-be-closed variable of such a task |

An error counts as seen (retrieved) when somebody awaited the future, called its
`result()`, `exception()` or `cancel()`, or gave it to `gather`; with
`FIRST_EXCEPTION` also `wait`.

An error in the handler itself is reported by the default handler:
`Unhandled error in exception handler`. KeyboardInterrupt and SystemExit leave
the loop.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  loop:set_exception_handler(function(_, context)
    print(context.message:match("^%w+ %w+ %w+"), context.exception)
  end)
  loop:call_soon(function() error("in a callback", 0) end)
  asyncio.create_task(function() error("nobody asks", 0) end)
  await(sleep(1))
  print("main ends")
end, {clock = "virtual"})
```

```text
Exception in callback	in a callback
main ends
Task exception was	nobody asks
```
]]

--[[
## Seeing what a program does
]]

---@class asyncio.StackOptions
---@field limit? integer how many frames; the newest of a stack, the oldest of a traceback

--- The frames of the task's Lua functions, the oldest first.
---
--- | the task | its frames |
--- |---|---|
--- | waits, sleeps, or is ready | **every** frame where it is suspended, through all that it awaits, generators and coroutines of `asyncio.coroutine` included |
--- | runs | those up to the caller |
--- | has not begun | one, where its function is defined |
--- | failed | those of the traceback of its error |
--- | returned, or was cancelled | none |
---
--- C functions and the functions of this package are left out. CPython's returns one
--- frame of a suspended task.
---@param opts? asyncio.StackOptions
---@return asyncio.Frame[]
function task:get_stack(opts) end

--- A table with fields as of `debug.getinfo`.
---@class asyncio.Frame
---@field short_src string the file
---@field source string the file, as Lua names it
---@field currentline integer the line
---@field linedefined? integer the line where the function begins
---@field what "Lua"|"main" a function or the main chunk
---@field name? string what the definition calls the function, or else its caller; nil if neither tells
---@field func? function nil in frames of a traceback, which are read from its text
---@field kind? "async"|"generator"|"async generator" in a graph: "async" if it was awaited or is a task's body; nil if it was just called

---@class asyncio.PrintStackOptions: asyncio.StackOptions
---@field file? asyncio.Writer anything with a method `write`; stderr when nil

--- Writes the same to a file.
---
--- Of a failed task it begins with `Traceback for ...` and ends with the error; of
--- one without frames it is `No stack for ...`.
---@param opts? asyncio.PrintStackOptions
function task:print_stack(opts) end

--[[
```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local function query() await(sleep(1)) end
local function fetch() await(query) end

asyncio.run(function()
  local task = asyncio.create_task(fetch, {name = "fetcher"})
  await(sleep(0))
  for _, frame in ipairs(task:get_stack()) do
    print(frame.name, frame.currentline)
  end
  task:print_stack({file = io.stdout})
end)
```

```
fetch	5
query	4
Stack for <Task pending name='fetcher' coro=<fetch() running at stack.lua:4> wait_for=<Future pending>> (most recent call last):
  File "stack.lua", line 5, in fetch
    local function fetch() await(query) end
  File "stack.lua", line 4, in query
    local function query() await(sleep(1)) end
```
]]

---@class asyncio.CallGraphOptions
---@field depth? integer of the current task, how many of the innermost frames to leave out, plus one; 1 by default
---@field limit? integer how many frames of each stack to keep, the outermost; the innermost if it is negative; no frames if it is 0

--- What waits for a future or task, as CPython 3.14's. Without a future: of the
--- current task; nil where no task runs, an error outside of a loop.
---
--- Whoever waits is there, by whatever means: await, gather, shield, wait, wait_for,
--- as_completed. The futures that these make are left out, unless nobody waits for
--- them. What is reached by two ways is one and the same table; a task that waits
--- for itself in a circle is there a second time with `cycle = true` and nothing
--- above it.
---@param fut? asyncio.Future
---@param opts? asyncio.CallGraphOptions
---@return asyncio.CallGraph?
function asyncio.capture_call_graph(fut, opts) end

--- A graph, as `capture_call_graph` returns it.
---@class asyncio.CallGraph
---@field future asyncio.Future the Future or Task
---@field call_stack asyncio.CallGraphEntry[] list of `{frame = ...}`, the **innermost first**
---@field awaited_by asyncio.CallGraph[] in the order in which they came to wait
---@field cycle? boolean it waits for itself in a circle

---@class asyncio.CallGraphEntry
---@field frame asyncio.Frame

--- The graph as a text, "" where no task runs. What stands above is referred to;
--- levels beyond 40 are not indented any more, and say their number.
---@param fut? asyncio.Future
---@param opts? asyncio.CallGraphOptions
---@return string
function asyncio.format_call_graph(fut, opts) end

---@class asyncio.PrintCallGraphOptions: asyncio.CallGraphOptions
---@field file? asyncio.Writer anything with a method `write`; stdout when nil

--- Writes that text to a file.
---@param fut? asyncio.Future
---@param opts? asyncio.PrintCallGraphOptions
function asyncio.print_call_graph(fut, opts) end

--[[
```lua
local asyncio = require "asyncio"
local await = asyncio.await

local function test() asyncio.print_call_graph() end
local function child() test() end
local function main() await(asyncio.create_task(child, {name = "child"})) end

asyncio.run(main)
```

```
* Task(name='child', id=0x557111708a68)
  + Call stack:
  |   File 'graph.lua', line 4, in test()
  |   File 'graph.lua', line 5, in async child()
  + Awaited by:
    * Task(name='Task-1', id=0x557111715908)
      + Call stack:
      |   File 'graph.lua', line 6, in async main()
```
]]

---@class asyncio.DumpOptions
---@field loop? asyncio.EventLoop another loop

--- Writes the tree of all tasks that are not done to the file, or to stderr: first
--- those that nobody waits for, under each the tasks that it waits for. Each with
--- its name, its state, and its three innermost frames. A task that several wait
--- for stands under the first of them, and is referred to by the others. It is of
--- the running loop, or else that of `get_event_loop`.
---
--- | state | |
--- |---|---|
--- | `running` | it calls `dump` |
--- | `ready` | it runs in the next turns of the loop; it may not have begun |
--- | `sleeping` | in `asyncio.sleep` |
--- | `waiting` | for the tasks below it, or `waiting on a future` |
---
--- `for 1.2 s`: since when it waits, if times are kept, which they are after
--- `install_dump_signal`.
---@param file? asyncio.Writer stderr when nil
---@param opts? asyncio.DumpOptions
---@overload fun(opts: asyncio.DumpOptions)
function asyncio.dump(file, opts) end

--- From now on a loop that runs writes its dump to stderr when the process gets the
--- signal: "SIGUSR1", "SIGUSR2", "SIGHUP", "SIGQUIT", "SIGTERM", as far as the
--- system has them; others are an error. It holds for every loop of this Lua state,
--- from its next run until it is closed, and keeps none alive. While there is no
--- such loop the signal does what it did before: SIGUSR1 ends the process. From now
--- on tasks note when they begin to wait, which costs a little at each wait. A loop
--- that is blocked prints when it is not any more.
---@param name "SIGUSR1"|"SIGUSR2"|"SIGHUP"|"SIGQUIT"|"SIGTERM"
function asyncio.install_dump_signal(name) end

--[[
## Debug mode

`asyncio.run(main, {debug = true})`, `loop:set_debug(true)`, or the environment
variable `ASYNCIO_DEBUG=1`. It is for development: it costs time at each step.
Then these go to the exception handler too:

| message | when |
|---|---|
| `Executing <Task ...> took 0.12... seconds: ...` | a callback, or a step of a task, took longer than `loop.slow_callback_duration` (0.1 s). `traceback` is where it was while it was slow: it is taken then, not after. A call of C is seen when it returns |
| `<coroutine object ...> was never awaited: ...` | a coroutine object was collected without |
| `Task swallowed a cancellation: ...` | a task that was cancelled returned all the same, without `uncancel` |

What blocks the loop for 1, 2, 4 ... seconds is said on stderr at once, with its
traceback, so that an endless loop is found. Futures, tasks and handles remember
where they were made: `source_traceback` in reports. `call_soon`, `call_later`
and `call_at` from another thread than the loop's raise. A debug hook of the
program's own is left alone; its coroutine is not watched then. When debug mode
is off nothing of this is done.

`{debug = false}` switches it off where `ASYNCIO_DEBUG` says otherwise.
`loop.slow_callback_duration` may be `math.huge`: nothing is slow then. Time is
that of the machine, also with `clock = "virtual"`; an exception handler is not
counted with the callback it reports. `run` collects garbage at its end, to find
the last coroutine objects that nobody awaited.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local save = asyncio.async(function() await(sleep(0.01)) end)

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  loop.slow_callback_duration = math.huge
  loop:set_exception_handler(function(_, context)
    print(context.message:match("was never awaited"),
          context.source_traceback:match(":(%d+): in"))
  end)
  save()
end, {debug = true})
```

```text
was never awaited	13
```
]]

---@class asyncio.direct: asyncio
local aio = {}

--[[
## The direct style

The module `asyncio.direct` has every name of `require "asyncio"`. Those that would
give something to await in nearly every use await it on the spot, and return its
results or raise its error:

| `aio` is `require("asyncio.direct")` | the same as |
|---|---|
]]

--- `await(asyncio.sleep(delay, ...))`, without the object in between.
---@async
---@param delay number in seconds
---@param ... any results
---@return any ... the values given
function aio.sleep(delay, ...) end

--- `await(asyncio.gather(...))`.
---@async
---@param ... asyncio.Awaitable|asyncio.GatherOptions or one list of them; then options
---@return table results as of asyncio.gather
function aio.gather(...) end

--- `await(asyncio.wait_for(aw, timeout))`.
---@async
---@param aw asyncio.Awaitable
---@param timeout? number in seconds
---@return any ... results
function aio.wait_for(aw, timeout) end

--- `await(asyncio.wait(futures, opts))`.
---@async
---@param futures asyncio.Future[]|asyncio.FutureSet|(fun(): asyncio.Future?) list, set or iterator
---@param opts? asyncio.WaitOptions
---@return asyncio.FutureSet done
---@return asyncio.FutureSet pending
function aio.wait(futures, opts) end

--- `await(asyncio.shield(aw))`.
---@async
---@param aw asyncio.Awaitable
---@return any ... results
function aio.shield(aw) end

--- `await(asyncio.to_thread(fn, ...))`.
---@async
---@param fn function
---@param ... any arguments
---@return any ... results of fn, as copies
function aio.to_thread(fn, ...) end

--[[
The other names are the very same values, and so are all objects: a lock is still
acquired by `await(lock:acquire())`. To run something beside, give `aio.spawn` or
`aio.gather` functions: `aio.gather(function() aio.sleep(1) end, f)`. Both styles
may be mixed in one program.

```lua
local asyncio = require "asyncio"
local aio = require "asyncio.direct"

local function brew(what, seconds)
  return aio.sleep(seconds, what)
end

asyncio.run(function()
  local r = aio.gather(function() return brew("tea", 2) end,
    function() return brew("coffee", 1) end)
  print(r[1], r[2])
  print(aio.pcall(aio.wait_for, function() return brew("stew", 3600) end, 5))
  print(aio.await(aio.spawn(brew, "milk", 1)))
end, {clock = "virtual"})
```

```text
tea	coffee
false	TimeoutError
milk
```
]]

--[[
## Tests
]]

---@class asyncio.testing
local testing = {}

--[[
### `asyncio.testing`

```
local testing = require "asyncio.testing"
```

| function | |
|---|---|
]]

--- Returns when every other task waits: for another, for a time, for a thread,
--- for what the caller will do. It lets no time pass. Several tasks that are in
--- it do not wait for one another.
---@return asyncio.Coroutine
function testing.wait_until_blocked() end

--- Lets so much time pass on the virtual clock, with all that is due in it, and
--- returns when every other task waits again.
---@param seconds number
---@return asyncio.Coroutine
function testing.advance(seconds) end

--- What the loop has left, by default the running one: a table, see below.
---@param loop? asyncio.EventLoop
---@return asyncio.Counters
function testing.counters(loop) end

--[[
| field | how many |
|---|---|
]]

---@class asyncio.Counters
---@field tasks integer tasks that are not done. In a task, it counts itself
---@field timers integer timers that will fire, those of sleeping tasks too
---@field ready integer callbacks and steps of tasks that are about to run
---@field retained integer all that the loop keeps alive

--[[
A task that never stops being ready, such as one that calls `sleep(0)` in an
endless loop, makes `wait_until_blocked` wait for ever.

Raises `bad argument #1 to 'advance' (seconds expected, got ...)`,
`advance: the loop's clock is real; run with {clock = "virtual"}`,
`no running event loop`.

```lua
local asyncio = require "asyncio"
local testing = require "asyncio.testing"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local log = {}
  local event = asyncio.Event()
  asyncio.spawn(function()
    log[#log + 1] = "waits"
    await(event:wait())
    log[#log + 1] = "sleeps"
    await(sleep(60))
    log[#log + 1] = "ends"
  end)
  await(testing.wait_until_blocked())
  print(table.concat(log, ", "))
  event:set()
  await(testing.wait_until_blocked())
  print(table.concat(log, ", "))
  local left = testing.counters()
  print(left.tasks, left.timers, left.ready)
  await(testing.advance(60))
  print(table.concat(log, ", "))
  print(testing.counters().tasks, asyncio.get_running_loop():time())
end, {clock = "virtual"})
```

```text
waits
waits, sleeps
2	1	0
waits, sleeps, ends
1	60.0
```
]]

---@class asyncio.busted
local busted = {}

--[[
### `asyncio.busted`

For [busted](https://lunarmodules.github.io/busted/): the bodies of tests run as
tasks, and a test that leaves something behind fails. For all specs of a run:

```
busted --lua=lua5.4 --helper=asyncio.busted
```

or for one file, with `require "asyncio.busted"` at its head.

* `it`, `before_each`, `after_each` and `finally` of one test run as tasks of one
  loop, one after the other, in one context; each test has a new loop. `setup`,
  `teardown`, and their lazy and strict forms, run as tasks too, each in a loop of
  its own.
* The clock is virtual, unless `configure` says otherwise.
* Each body has a time limit. When it is over, or when nothing can wake the loop
  any more, the body is cancelled, so that its clean-up runs, and the test is an
  error: `time limit: it took more than 60 s`, `deadlock: ...`. One that ignores
  the cancellation is left where it is.
* A test is an error, at its line, if it leaves a task running (`left a task
  running: <Task ...>`, with where that waits), or if something was reported to
  the loop's exception handler, such as the error of a task that nobody awaited.
  Tasks that were cancelled may take their time to end. When a test has failed by
  itself, what it leaves is no further error; what was reported is then printed.
* `describe` is not a task: it only declares.

Real time is looked at every 1000 instructions of a body, and of what runs when
Lua collects garbage; a body that goes on without letting time pass is cancelled
after `timeout`, and interrupted by an error if the loop gets no turn. Another
task that spins without making garbage while the body waits is not stopped.

| function of `require("asyncio.busted")` | |
|---|---|
]]

--- Settings for the file or the `describe` in which it is called; in a helper,
--- for all.
---@param opts asyncio.BustedOptions
function busted.configure(opts) end

--- Marks a body that is called outside of any loop, as busted does it: for one
--- that calls `asyncio.run` itself.
---@param fn function
---@return function fn
function busted.plain(fn) end

--[[
| option of `configure` | type | meaning |
|---|---|---|
]]

---@class asyncio.BustedOptions
---@field clock? "real"|"virtual" of the loops; virtual by default
---@field timeout? number seconds of real time that a body may take; 60
---@field virtual_timeout? number seconds that it may take on the virtual clock; a day

--[[
Raises `unknown option '...' of 'configure'`,
`configure: call it in a file or a describe, not in the body of it`, and
`asyncio.busted: busted does not run here: ...` where there is no busted.

```lua
local asyncio = require("asyncio")
local busted = require("asyncio.busted")
local testing = require("asyncio.testing")
local await, sleep = asyncio.await, asyncio.sleep

busted.configure {timeout = 10}

describe("a worker", function()
  local queue, worker

  before_each(function()
    queue = asyncio.Queue()
    worker = asyncio.spawn(function()
      local total = 0
      for n in queue:iter() do
        await(sleep(60))
        total = total + n
      end
      return total
    end)
  end)

  after_each(function() queue:shutdown(true) end)

  it("adds what it is given", function()
    queue:put_nowait(1)
    queue:put_nowait(2)
    queue:shutdown()
    assert.equal(3, await(worker))
  end)

  it("takes a minute for each", function()
    queue:put_nowait(1)
    queue:put_nowait(2)
    await(testing.advance(60))
    assert.equal(0, queue:qsize())
    queue:shutdown()
    await(worker)
    assert.near(120, asyncio.get_running_loop():time(), 1e-6)
  end)

  it("has nothing to do with loops", busted.plain(function()
    assert.is_false(pcall(asyncio.get_running_loop))
  end))
end)
```
]]

--[[
## Exceptions
]]

--- An exception class is called to make an instance:
--- `error(asyncio.TimeoutError("too slow"))`. This is the root of all; `error(nil)`
--- in a task raises one.
---
--- `asyncio.Exception:subclass(name)` makes a new class, and every class has
--- `subclass`.
---@class asyncio.Exception
---@field name string name of the class
---@field message any any value; nil when there is none
---@field cause any the error that led to this one, if any
---@field traceback? string where it was raised, when known
---@field notes? string[] nil when there are none
---@overload fun(message?: any): asyncio.Exception
local err = {}
asyncio.Exception = err

--[[
| method | |
|---|---|
]]

--- Of a class: makes a subclass.
---@param name string
---@return asyncio.Exception class
function err:subclass(name) end

--- Appends a note; reports print notes below the message.
---@param note string
function err:add_note(note) end

--[[
| `tostring(err)` | `TimeoutError: too slow`, or `TimeoutError` without a message |
]]

--- Is `v` an instance of the class or of a subclass? Any value will do for `v`.
---
--- Raises `bad argument #2 to 'isinstance' (class expected, got ...)`.
---@param v any
---@param class asyncio.Exception
---@return boolean
function asyncio.isinstance(v, class) end

--[[
### Exception classes

| class | |
|---|---|
]]

--- Raised in a cancelled task, and in all that await it; by `result` and `exception`
--- of a cancelled ConcurrentFuture.
---@class asyncio.CancelledError: asyncio.Exception
---@overload fun(message?: any): asyncio.CancelledError
asyncio.CancelledError = {}

--- Raised by `wait_for`, `as_completed`, by leaving a
--- [`timeout`](#asyncio.timeout), and `result` and `exception` of
--- a ConcurrentFuture.
---@class asyncio.TimeoutError: asyncio.Exception
---@overload fun(message?: any): asyncio.TimeoutError
asyncio.TimeoutError = {}

--- Raised by `result`, `exception`, `set_result`, `set_exception` of a future in the
--- wrong state.
---@class asyncio.InvalidStateError: asyncio.Exception
---@overload fun(message?: any): asyncio.InvalidStateError
asyncio.InvalidStateError = {}

--- Raised by `run` and `run_until_complete`; the message lists up to 50 waiting tasks.
---@class asyncio.DeadlockError: asyncio.Exception
---@overload fun(message?: any): asyncio.DeadlockError
asyncio.DeadlockError = {}

--- Raised by Ctrl-C. It leaves the loop at once.
---@class asyncio.KeyboardInterrupt: asyncio.Exception
---@overload fun(message?: any): asyncio.KeyboardInterrupt
asyncio.KeyboardInterrupt = {}

--- Raised by programs, and by `os.exit` in a [worker](#workers); `asyncio.main` exits
--- with its message. It leaves the loop at once.
---@class asyncio.SystemExit: asyncio.Exception
---@overload fun(status?: integer): asyncio.SystemExit
asyncio.SystemExit = {}

--- Raised by a [ThreadPoolExecutor](#asyncio.ThreadPoolExecutor) whose initializer
--- failed; `cause` is the error.
---@class asyncio.BrokenThreadPool: asyncio.Exception
---@overload fun(message?: any): asyncio.BrokenThreadPool
asyncio.BrokenThreadPool = {}

--- Raised by `get_nowait` of a [queue](#queues).
---@class asyncio.QueueEmpty: asyncio.Exception
---@overload fun(message?: any): asyncio.QueueEmpty
asyncio.QueueEmpty = {}

--- Raised by `put_nowait` of a [queue](#queues).
---@class asyncio.QueueFull: asyncio.Exception
---@overload fun(message?: any): asyncio.QueueFull
asyncio.QueueFull = {}

--- Raised by the methods of a queue that was shut down.
---@class asyncio.QueueShutDown: asyncio.Exception
---@overload fun(message?: any): asyncio.QueueShutDown
asyncio.QueueShutDown = {}

--- Raised by `wait` of a [Barrier](#asyncio.Barrier) that was reset or aborted.
---@class asyncio.BrokenBarrierError: asyncio.Exception
---@overload fun(message?: any): asyncio.BrokenBarrierError
asyncio.BrokenBarrierError = {}

--- For streams: the data ended too early. Fields `partial`, what was read, and
--- `expected`, how many bytes were wanted.
---@class asyncio.IncompleteReadError: asyncio.Exception
---@field partial string what was read
---@field expected? integer how many bytes were wanted
---@overload fun(partial: string, expected?: integer): asyncio.IncompleteReadError
asyncio.IncompleteReadError = {}

--- For streams: no separator within the limit. Field `consumed`, how many bytes can
--- be taken.
---@class asyncio.LimitOverrunError: asyncio.Exception
---@field consumed integer how many bytes can be taken
---@overload fun(message: any, consumed: integer): asyncio.LimitOverrunError
asyncio.LimitOverrunError = {}

--- For operations of the system that failed; field `code`, such as `"ECONNREFUSED"`.
---@class asyncio.OSError: asyncio.Exception
---@field code? string such as "ECONNREFUSED"
---@overload fun(message: any, code?: string): asyncio.OSError
asyncio.OSError = {}

--[[
| [`asyncio.ExceptionGroup`](#asyncio.ExceptionGroup) | Several errors as one: raised by leaving a [TaskGroup](#asyncio.TaskGroup) |

Nothing in the module raises those marked "for" yet; they are there for
programs. CancelledError is a subclass of Exception too: test for it first.

```lua
local asyncio = require "asyncio"

local HttpError = asyncio.Exception:subclass("HttpError")
local NotFound = HttpError:subclass("NotFound")

local ok, err = pcall(asyncio.run, function() error(NotFound("/index.html")) end)
print(ok, err, err.name, err.message)
print(asyncio.isinstance(err, HttpError), asyncio.isinstance("text", HttpError))
```

```text
false	NotFound: /index.html	NotFound	/index.html
true	false
```
]]

--- Several errors as one: `exceptions` holds any values, groups among them. Raises
--- `ExceptionGroup: a non-empty list of exceptions is required`.
---
--- Reports print a group as the same tree as `tostring`, with the tracebacks.
---@class asyncio.ExceptionGroup: asyncio.Exception
---@field exceptions any[] the list
---@field tracebacks? (string|false)[] of a TaskGroup's: list of their tracebacks, in the same order, false where there is none. Else nil
---@overload fun(message: string, exceptions: any[]): asyncio.ExceptionGroup
local group = {}
asyncio.ExceptionGroup = group

--[[
`pred` is an exception class, or a function of an error that returns a boolean.

| method | |
|---|---|
]]

--[[
| `tostring(group)` | a tree: its class and message, and below it each of its errors. Groups deeper than 20 are `...` |
]]

--- Two groups of the same shape: the errors that match, and the others; nil for
--- none.
---@param pred asyncio.Exception|fun(err: any): boolean a class or a function
---@return asyncio.ExceptionGroup? matching
---@return asyncio.ExceptionGroup? rest
function group:split(pred) end

--- The first of the groups that `split` gives.
---@param pred asyncio.Exception|fun(err: any): boolean a class or a function
---@return asyncio.ExceptionGroup?
function group:subgroup(pred) end

--- A group of the same class, message, cause, notes and traceback.
---@param exceptions any[]
---@return asyncio.ExceptionGroup
function group:derive(exceptions) end

--- All errors in it and in its subgroups, as one list.
---@return any[]
function group:leaves() end

--[[
```lua
local asyncio = require "asyncio"

local group = asyncio.ExceptionGroup("two errors", {
  asyncio.TimeoutError("too slow"),
  asyncio.ExceptionGroup("inner", {"a string"}),
})
print(group)
local slow, rest = group:split(asyncio.TimeoutError)
print(slow.exceptions[1], #rest:leaves(), rest:leaves()[1])
```

```text
ExceptionGroup: two errors (2 sub-exceptions)
+- TimeoutError: too slow
+- ExceptionGroup: inner (1 sub-exception)
   +- a string
TimeoutError: too slow	1	a string
```
]]

--[[
## The order of events

The loop runs in **passes**. In a pass it does, in this order:

1. what was made ready before: callbacks of `call_soon`, done-callbacks, steps
   of tasks, in the order in which they became ready;
2. what came from the system and from other threads;
3. timers that are due, by time, those of equal time in the order of their
   making.

What these make ready belongs to the next pass.

When the task goes on that awaits something in pass *t*:

| awaited | goes on in pass |
|---|---|
| function, coroutine object, Lua coroutine | *t*: it is a call |
| future or task that is done | *t*: no suspension |
| future that is finished in pass *u* | *u* + 1 |
| call in a thread, of whose end the loop learns in pass *u* | *u* + 1 |
| `sleep(0)` | *t* + 1 |
| `sleep(d)`, due in pass *u* | *u* + 1 |
| task just made, whose function returns at once | *t* + 2: its first step is in *t* + 1 |
| `gather` of functions that return at once | *t* + 3 |
| `gather` of nothing, or of finished futures only | *t* |
| `shield` of a function that returns at once | *t* + 3 |
| `wait` of tasks just made that return at once | *t* + 3 |
| `wait` of finished futures | *t* + 2 |
| `wait_for(aw, timeout)`, in time | as `aw` itself |
| `wait_for(future, 0)`, pending | *t* + 2; of a function or coroutine *t* + 3 |
| first item of `as_completed` of functions that return at once | *t* + 3; of a finished future *t* + 2 |
| future or `sleep`, and is cancelled in pass *u* | *u* + 1 |
| lock that is free, event that is set, queue with an item or room | *t*: no suspension |
| lock, event, queue, and gets it in pass *u* | *u* + 1 |
| end of a `TaskGroup` without tasks | *t* |
| end of a `TaskGroup` whose last task ends in pass *u* | *u* + 2 |

Tasks that await the same future go on in the order in which they began to wait.

```lua
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

asyncio.run(function()
  local function say(name)
    for i = 1, 2 do
      print(name, i)
      await(sleep(0))
    end
  end
  local a, b = asyncio.spawn(say, "a"), asyncio.spawn(say, "b")
  asyncio.get_running_loop():call_soon(print, "callback")
  print("main waits")
  await(asyncio.gather(a, b))
end)
```

```text
main waits
a	1
b	1
callback
a	2
b	2
```
]]

--[[
## Differences from CPython

The module behaves as CPython 3.13's asyncio, to the order of events. What is
missing stands at the [end of the guide](guide.md#not-there-yet). This is
different:

| here | in CPython |
|---|---|
| functions, Lua coroutines and values with `__await` are awaitables | coroutine objects and `__await__` |
| `asyncio.run` takes any awaitable but a Future or Task | a coroutine object |
| any value can be raised; errors of misuse are strings | exceptions only; RuntimeError, TypeError, ValueError |
| several results | one |
| CancelledError is a subclass of Exception; `asyncio.pcall` and `asyncio.pawait` let it pass, `pcall` does not | a BaseException that `except Exception` lets pass |
| the loop keeps pending tasks alive; `Task was destroyed but it is pending!` comes when it closes | weak references; when the task is collected |
| equal timers, `wait`, `as_completed`, the cancelling at the end of `run`: in the order of making or of the arguments | no defined order |
| the message of `cancel` reaches every awaiter of a task | the first only |
| the end of `run` cancels tasks that were started meanwhile as well | they stay pending |
| a deadlock raises DeadlockError | waits for ever |
| a shielded task that fails unseen is reported when it is collected, or when the loop closes | partly lost |
| `wait` and `all_tasks` return a list that is a set | a set |
| `TaskGroup()` and `timeout(...)` are entered as they are made, and left by `<close>` or `asyncio.with` | `async with` |
| the body of a `<close>` TaskGroup interrupted by its own `cancel()` ends with an error; with `asyncio.with` it does not | 3.15: the block ends without an error |
| what a scope left out of order or in another task does: an error | not checked |
| an ExceptionGroup holds any values, and a TaskGroup's has their tracebacks beside it | exceptions, each with its own |
| `await(lock:acquire())` returns the lock, which a `<close>` variable releases; so for Semaphore and Condition | True; `async with` |
| `queue:iter()` ends on shutdown; PriorityQueue takes `lt` | no such iterator; `__lt__` |
| `gather` has `r.n` and `r.exceptions`; the same function twice runs twice | a list |
| `get_coro()` of a finished task is nil, mostly | the coroutine |
| `get_event_loop()` raises when no loop was set | makes one, with a warning |
| threads have states of their own, run in parallel, and values are copied, when `to_thread` is called | one interpreter, objects are shared |
| `os.exit` in a worker raises SystemExit where the call is awaited | `sys.exit` does |
| `run_coroutine_threadsafe(fn, loop, ...)` takes a function and its arguments | a coroutine object |
| `call_soon_threadsafe` from another thread returns nothing | a Handle |
| callbacks of a ConcurrentFuture are called in the thread that added them | in the thread that ended it |
| `map` takes one list, has no `timeout`, and refuses a result of nil | several iterables |
| a program that ends leaves executors alone that were shut down with `{wait = false}` | waits for all |
| reports go to stderr | to the logger `asyncio` |
| more: `asyncio.main`, `asyncio.spawn`, `asyncio.pawait`, `asyncio.pcall`, `asyncio.xpcall`, `asyncio.isinstance`, `asyncio.with`, `asyncio.move_on_after`, the modules for tests and the direct style, the virtual clock, `task:traceback()`, `Exception:subclass` | |
]]

return asyncio
