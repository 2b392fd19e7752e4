-- What scopes have in common: a task's open ones form a stack, each is left by
-- the task that opened it, the innermost first. And `with`, the callback form
-- of every scope.
--
-- A scope has _task, _outer, _is_open, and the methods
--   _exit(failed, err) -> "raise", error to raise instead; "suppress", the
--     error was the scope's own business; or nothing: all is well
--   _drop(), it was left out of order and must not act any more

local core = require "asyncio.core"

local exceptions = core.exceptions
local isinstance = exceptions.isinstance

local scopes = {}

-- Task -> its innermost open scope.
local innermost = setmetatable({}, {__mode = "k"})

--- The running loop and the current task, where a scope is made; without a loop
--- an error, at the level.
function scopes.place(level)
  if not core.is_loop_running() then
    error("no running event loop", level + 1)
  end
  return core.get_running_loop(), core.current_task()
end

--- Opens the scope in the current task.
function scopes.open(scope, task)
  scope._task, scope._outer, scope._is_open = task, innermost[task], true
  innermost[task] = scope
end

local function take_out(scope)
  local task, inner = scope._task, innermost[scope._task]
  if inner == scope then
    innermost[task] = scope._outer
    return
  end
  while inner._outer ~= scope do inner = inner._outer end
  inner._outer = scope._outer
end

-- Raises unless the current task may leave the scope now.
local function leave(scope)
  if not scope._is_open then
    error(("%s has already been left"):format(scope), 0)
  end
  local task = core.is_loop_running() and core.current_task() or nil
  if task ~= scope._task then
    error(("%s was opened in another task, which has to leave it")
          :format(scope), 0)
  end
  scope._is_open = false
  local is_inner = innermost[task] == scope
  take_out(scope)
  if is_inner then return end
  scope:_drop()
  error(("%s is left out of order: a scope that was opened later is still "
         .. "open; make each a <close> variable of its own block, or use "
         .. "asyncio.with"):format(scope), 0)
end

--- __close of every scope. Lua cannot stop an error there, but replace it.
function scopes.close(scope, err)
  leave(scope)
  local what, other = scope:_exit(err ~= nil, err)
  if what == "raise" and not rawequal(other, err) then error(other, 0) end
  if what == "suppress" then
    error(("%s: cancel() interrupted the body of a <close> scope, which Lua "
           .. "cannot leave without an error: use asyncio.with"):format(scope),
          0)
  end
end

--- Leaves the scope after xpcall(fn, scopes.handler, ...), whose results these
--- are, and raises what the scope raises. Returns whether it ended well, and the
--- results. Nothing is allocated before the scope is left.
function scopes.finish(scope, ok, ...)
  local err
  leave(scope)
  if not ok then err = ... end
  if not ok and err == nil then err = exceptions.Exception("nil") end
  local what, other = scope:_exit(not ok, err)
  if what == "raise" then error(other, 0) end
  return what ~= "suppress", ...
end

--- Keeps the traceback of an error that will be raised again.
scopes.handler = core.keep_traceback

-- with ---------------------------------------------------------------------

local function metafield(v, name)
  local mt = debug.getmetatable(v)
  return type(mt) == "table" and rawget(mt, name) or nil
end

-- What xpcall can call and `enter` can be found in.
local function is_callable(v)
  return type(v) == "function" or metafield(v, "__call") ~= nil
end

-- Other closable values: a lock that was acquired, a generator, a file.
local function with_value(value, fn, ...)
  local _ <close> = value
  return fn(...)
end

local function results(ended_well, ...)
  if ended_well then return ... end
end

-- A scope knows how to enter itself (Lock, Barrier), was entered when it was
-- made (TaskGroup, Timeout), or is any value with __close.
local function with(scope, fn, ...)
  if not metafield(scope, "__close") then
    error(("bad argument #1 to 'with' (scope expected, got %s)")
          :format(type(scope)), 2)
  elseif not is_callable(fn) then
    error(("bad argument #2 to 'with' (function expected, got %s)")
          :format(type(fn)), 2)
  end
  local enter = metafield(scope, "_enter")
  if enter then return with_value(scope, fn, enter(scope), ...) end
  if not metafield(scope, "_exit") then
    return with_value(scope, fn, scope, ...)
  end
  if scope._is_used or not scope._is_open then
    error(("%s has already been entered"):format(scope._name or scope), 2)
  end
  scope._is_used = true
  return results(scopes.finish(scope, xpcall(fn, scopes.handler, scope, ...)))
end

scopes.with = with

--- Is it an error that must leave the loop at once?
function scopes.is_fatal(err)
  return isinstance(err, exceptions.KeyboardInterrupt)
    or isinstance(err, exceptions.SystemExit)
end

return scopes
