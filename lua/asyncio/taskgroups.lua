-- TaskGroup: a scope that waits for the tasks started in it; one that fails
-- cancels the others. After CPython's taskgroups.TaskGroup, with the `cancel` of
-- 3.15.

local core = require "asyncio.core"
local check_self = require("asyncio.options").check_self
local scopes = require "asyncio.scopes"

local exceptions = core.exceptions
local isinstance = exceptions.isinstance

-- _index has the unfinished tasks with their order of creation; _count of them.
local TaskGroup = {__name = "TaskGroup", __close = scopes.close}
TaskGroup.__index = TaskGroup

local function new_group()
  local loop, task = scopes.place(2)
  if not task then
    error("TaskGroup <TaskGroup> cannot determine the parent task", 2)
  end
  local self = setmetatable({_loop = loop, _index = {}, _count = 0, _made = 0,
                             _errors = {}, _tracebacks = {}}, TaskGroup)
  scopes.open(self, task)
  return self
end

--- The unfinished tasks, in order of creation.
function TaskGroup:tasks()
  check_self(self, TaskGroup, "tasks")
  local list = {}
  for task in pairs(self._index) do
    if not task:done() then list[#list + 1] = task end
  end
  table.sort(list, function(a, b) return self._index[a] < self._index[b] end)
  return list
end

local function abort(self)
  self._is_aborting = true
  for _, task in ipairs(self:tasks()) do task:cancel() end
end

-- Cancels the tasks, and the body.
local function interrupt(self)
  abort(self)
  if self._has_cancelled or self._task:done() then return end
  self._has_cancelled = true
  self._task:cancel()
end

local function add_error(self, err, traceback)
  local n = #self._errors + 1
  self._errors[n], self._tracebacks[n] = err, traceback or false
  if not self._fatal and scopes.is_fatal(err) then self._fatal = err end
end

local function on_task_done(self, task)
  if not self._index[task] then return end
  self._index[task] = nil
  self._count = self._count - 1
  local completed = self._completed
  if completed and self._count == 0 and not completed:done() then
    completed:set_result(true)
  end
  if task:cancelled() then return end
  local err = task:exception()
  if err == nil then return end
  if self._task:done() then
    self._loop:call_exception_handler {
      message = ("Task %s has errored out but its parent task %s is already "
                 .. "completed"):format(task, self._task),
      exception = err, traceback = task:_traceback(), task = task}
    return
  end
  add_error(self, err, task:_traceback())
  if not self._is_aborting and not self._has_cancelled then interrupt(self) end
end

local function refuse(self, aw, why)
  core.close_awaitable(aw)
  error(("TaskGroup %s is %s"):format(self, why), 3)
end

-- From now on the group waits for the task.
local function adopt(self, task)
  if not self._on_done then
    self._on_done = function(done) on_task_done(self, done) end
  end
  self._made = self._made + 1
  self._index[task] = self._made
  task:add_done_callback(self._on_done)
  self._count = self._count + 1
end

local function create_task(self, aw, opts)
  if self._is_exiting and self._count == 0 then refuse(self, aw, "finished") end
  if self._is_aborting then refuse(self, aw, "shutting down") end
  local task = self._loop:create_task(aw, opts)
  local ok, err = pcall(adopt, self, task)
  if not ok then -- no memory
    self._index[task] = nil
    task:cancel()
    error(err, 0)
  end
  if self._is_aborting and not task:done() then task:cancel() end -- eager
  return task
end

--- Starts the awaitable as a task of the group; opts as asyncio.create_task's.
function TaskGroup:create_task(aw, opts)
  check_self(self, TaskGroup, "create_task")
  if aw == nil or not core.isawaitable(aw) then
    error(("bad argument #1 to 'create_task' (awaitable expected, got %s)")
          :format(type(aw)), 2)
  end
  return create_task(self, aw, opts)
end

--- Starts fn(...) as a task of the group.
function TaskGroup:spawn(fn, ...)
  check_self(self, TaskGroup, "spawn")
  if type(fn) ~= "function" then
    error(("bad argument #1 to 'spawn' (function expected, got %s)")
          :format(type(fn)), 2)
  end
  return create_task(self, core.async(fn)(...))
end

--- Ends the group without an error: its tasks are cancelled, and the body if it
--- still runs.
function TaskGroup:cancel()
  check_self(self, TaskGroup, "cancel")
  if self._is_exiting and self._count == 0 then return end
  if not self._is_aborting then interrupt(self) end
end

function TaskGroup:_drop() abort(self) end

-- Waits for the tasks. Returns what cancelled the body meanwhile: the error that
-- is to go on, and the last one.
local function join(self, propagate)
  local last
  while self._count > 0 do
    self._completed = self._completed or self._loop:create_future()
    local ok, err = pcall(core.await, self._completed)
    if not ok then
      if not isinstance(err, exceptions.CancelledError) then
        abort(self)
        error(err, 0)
      end
      last = err
      if not self._is_aborting then
        propagate = err
        abort(self)
      end
    end
    self._completed = nil
  end
  return propagate, last
end

local function make_error(self)
  local task = self._task
  if task:cancelling() > 0 then -- it is due at the next await
    task:uncancel()
    task:cancel()
  end
  local group = exceptions.ExceptionGroup("unhandled errors in a TaskGroup",
                                          self._errors)
  group.tracebacks = self._tracebacks
  self._errors = {}
  return group
end

function TaskGroup:_exit(failed, err)
  local is_cancel = failed and isinstance(err, exceptions.CancelledError)
  self._is_exiting = true
  if failed and not self._fatal and scopes.is_fatal(err) then
    self._fatal = err
  end
  if failed and not self._is_aborting then abort(self) end
  local propagate, last = join(self, is_cancel and err or nil)
  if self._fatal then return "raise", self._fatal end
  if self._has_cancelled then
    if self._task:uncancel() == 0 then
      propagate = nil
    else
      propagate = propagate or last
    end
  end
  if failed and not is_cancel then add_error(self, err) end
  if propagate and #self._errors == 0 then return "raise", propagate end
  if #self._errors > 0 then return "raise", make_error(self) end
  if failed then return "suppress" end
end

function TaskGroup:__tostring()
  local words = {"<TaskGroup"}
  if self._count > 0 then words[#words + 1] = "tasks=" .. self._count end
  if #self._errors > 0 then words[#words + 1] = "errors=" .. #self._errors end
  words[#words + 1] = self._is_aborting and "cancelling" or "entered"
  return table.concat(words, " ") .. ">"
end

return {TaskGroup = setmetatable({}, {
  __call = new_group,
  __index = TaskGroup,
  __tostring = function() return "<class 'TaskGroup'>" end,
})}
