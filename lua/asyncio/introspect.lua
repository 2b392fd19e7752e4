-- A running program shows its tasks: dump, and the signal that asks for it.

local core = require "asyncio.core"
local graph = require "asyncio.graph"
local options = require "asyncio.options"
local repr = require "asyncio.repr"
local source = require "asyncio.source"
local stack = require "asyncio.stack"

local introspect = {}

-- A task ---------------------------------------------------------------------

local FRAMES = 3 -- of each task

local function plural(n, what)
  return ("%d %s%s"):format(n, what, n == 1 and "" or "s")
end

-- running, ready, sleeping or waiting; and the future it waits for
local function state_of(task)
  if core.current_task(task:get_loop()) == task then return "running" end
  local awaited, is_sleeping = task:_fut_waiter()
  if awaited and not awaited:done() then return "waiting", awaited end
  return not awaited and is_sleeping and "sleeping" or "ready"
end

local function time_text(task)
  local seconds = task:_since()
  return seconds and (" for %.1f s"):format(seconds) or ""
end

local function place_text(task)
  local texts = {}
  for _, frame in ipairs(stack.frames(task, FRAMES)) do
    texts[#texts + 1] = ("%s:%d in %s"):format(
      source.place(frame), frame.currentline, stack.label(frame))
  end
  return #texts > 0 and " at " .. table.concat(texts, ", from ") or ""
end

local function name_text(task)
  return (task:get_name():gsub("%c", function(c)
    return ("\\x%02x"):format(c:byte())
  end))
end

-- What it waits for is said if it is no task: tasks stand below.
local function task_text(task, children)
  local state, awaited = state_of(task)
  local text = name_text(task) .. ": " .. state
  if awaited and #children == 0 then text = text .. " on a future" end
  if state == "waiting" or state == "sleeping" then
    text = text .. time_text(task)
  end
  if task:cancelling() > 0 then text = text .. ", cancelling," end
  return text .. place_text(task)
end

-- The tree -------------------------------------------------------------------

-- The tasks that each task waits for, and those that nobody waits for.
local function sort_out(tasks)
  local waiters_of, children, roots = graph.observer(), {}, {}
  for _, task in ipairs(tasks) do children[task] = {} end
  for _, task in ipairs(tasks) do
    local is_root = true
    for _, waiter in ipairs(waiters_of(task)) do
      if children[waiter] then
        table.insert(children[waiter], task)
        is_root = false
      end
    end
    if is_root then roots[#roots + 1] = task end
  end
  return children, roots
end

-- Appends the tree below a task. `shown`: true, or "open" while what is below
-- it is being written.
local function append_tree(lines, root, children, shown)
  local path = {{task = root, level = 0}} -- to be written, the next one last
  while #path > 0 do
    local top = table.remove(path)
    local task = top.task
    if top.is_end then
      shown[task] = true
    else
      local before, mark = graph.indent(top.level, "  ")
      before = before .. "* "
      if shown[task] then
        mark = mark .. (shown[task] == "open"
                        and ", waits in a circle, see above" or ", see above")
        lines[#lines + 1] = before .. name_text(task) .. mark
      else
        lines[#lines + 1] = before .. task_text(task, children[task]) .. mark
        shown[task] = "open"
        path[#path + 1] = {task = task, is_end = true}
        for i = #children[task], 1, -1 do
          path[#path + 1] = {task = children[task][i], level = top.level + 1}
        end
      end
    end
  end
end

local function dump_text(loop)
  local tasks = core.all_tasks(loop)
  local children, roots = sort_out(tasks)
  local lines = {("%s of %s"):format(plural(#tasks, "task"), repr.loop(loop))}
  local shown = {}
  for _, task in ipairs(roots) do append_tree(lines, task, children, shown) end
  for _, task in ipairs(tasks) do -- those that wait in circles have no root
    if not shown[task] then append_tree(lines, task, children, shown) end
  end
  return table.concat(lines, "\n") .. "\n"
end

local function dump(loop, file) file:write(dump_text(loop)) end

--- Writes the tree of all tasks to the file, or to stderr: those that nobody
--- waits for first, under each the tasks it waits for, with where each is and
--- since when. opts.loop: of this loop, not the running one or that of
--- get_event_loop.
function introspect.dump(file, opts)
  if opts == nil and type(file) == "table" and not options.is_file(file) then
    file, opts = nil, file
  end
  if file ~= nil and not options.is_file(file) then
    error(("bad argument #1 to 'dump' (file expected, got %s)")
          :format(type(file)), 2)
  end
  opts = options.check(opts, "dump", {loop = "Loop"}, 2)
  local ok, loop = pcall(core.get_event_loop)
  if not ok and not opts.loop then error(loop, 2) end
  dump(opts.loop or loop, file or io.stderr)
end

-- The signal -----------------------------------------------------------------

local signals = {} -- numbers of those that were installed

--- A loop is about to run: the installed signals are watched from now on,
--- until it closes.
function introspect.on_run(loop)
  if #signals == 0 or loop:is_closed() then return end
  local state = loop:_state()
  local watched = state.dump_signals or {}
  state.dump_signals = watched
  for _, number in ipairs(signals) do
    if not watched[number] then
      watched[number] = core.watch_signal(loop, number, function()
        dump(loop, io.stderr)
      end)
    end
  end
end

local Loop = core.classes.Loop.__methods
local is_hooked = false

-- From now on each way to run a loop begins with on_run.
local function hook()
  if is_hooked then return end
  is_hooked = true
  local run_until, run_forever = Loop._run_until, Loop.run_forever
  function Loop:_run_until(fut)
    introspect.on_run(self)
    return run_until(self, fut)
  end
  function Loop:run_forever()
    local ok, is_closed = pcall(Loop.is_closed, self)
    if not ok or is_closed or core.is_loop_running() then
      local _, message = pcall(run_forever, self) -- says what is wrong
      error((message:gsub("'%?'", "'run_forever'")), 2)
    end
    introspect.on_run(self)
    return run_forever(self)
  end
end

--- From now on the signal ("SIGUSR1") makes the loop that runs print what dump
--- prints to stderr, and tasks know since when they wait.
function introspect.install_dump_signal(name)
  if type(name) ~= "string" then
    error(("bad argument #1 to 'install_dump_signal' (name of a signal "
           .. "expected, got %s)"):format(type(name)), 2)
  end
  local number = core.signal_number(name)
  if not number then
    error(("unknown or unsupported signal '%s'"):format(name), 2)
  end
  core.keep_time()
  for _, known in ipairs(signals) do
    if known == number then return end
  end
  signals[#signals + 1] = number
  hook()
  if core.is_loop_running() then introspect.on_run(core.get_running_loop()) end
end

return introspect
