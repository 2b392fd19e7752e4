-- Stacks of tasks: the frames where one waits or runs, or those of the
-- traceback of its failure, and how they are printed. The methods get_stack
-- and print_stack of tasks.

local core = require "asyncio.core"
local options = require "asyncio.options"
local repr = require "asyncio.repr"
local source = require "asyncio.source"

local stack = {}

-- Frames --------------------------------------------------------------------

local package_folder = debug.getinfo(1, "S").source:match("^@.*[/\\]")

local function is_own(info)
  return package_folder ~= nil
    and info.source:sub(1, #package_folder) == package_folder
end

local awaits = {
  [core.await] = true, [core.pawait] = true,
  [core.classes.Coroutine.__methods.await] = true,
}

local function name_of(info)
  if info.what == "main" then return "main chunk" end
  return source.function_name(info.source, info.linedefined) or info.name
end

local function new_frame(info)
  return {
    short_src = info.short_src, source = info.source, what = info.what,
    currentline = info.currentline, linedefined = info.linedefined,
    name = name_of(info), func = info.func,
  }
end

-- Appends the frames of a thread, innermost first, `max` of them in all at
-- most. The kind of a frame is how it was called: "async" if it was awaited,
-- nil if it was just called; that of the outermost is the thread's.
local function append_thread(frames, thread, kind, max)
  local level, last, is_new = 0, nil, false
  while true do
    local info = debug.getinfo(thread, level, "Slnf")
    if not info then break end
    if info.what == "C" then
      if is_new and awaits[info.func] then last.kind = "async" end
      is_new = false
    elseif is_own(info) then
      is_new = false
    else
      if #frames >= max then return end
      last, is_new = new_frame(info), true
      frames[#frames + 1] = last
    end
    level = level + 1
  end
  if last then last.kind = kind end
end

local function outermost(thread)
  local level, found = 0, nil
  while true do
    local info = debug.getinfo(thread, level, "S")
    if not info then return found end
    level, found = level + 1, info
  end
end

-- What the i-th thread of a task is: awaited, or resumed as a generator.
local function kind_of(threads, i)
  if i == 1 then return "async" end
  local caller = debug.getinfo(threads[i - 1], 0, "f")
  if caller and awaits[caller.func] then return "async" end
  local base = outermost(threads[i])
  return base and base.what ~= "C" and is_own(base) and "async generator"
    or "generator"
end

-- A task that has not begun is where its function is defined.
local function unstarted_frame(task)
  local fn = task:_function()
  local info = type(fn) == "function" and debug.getinfo(fn, "Sf")
  if not info or info.what == "C" or is_own(info) then return nil end
  info.currentline = info.linedefined
  local frame = new_frame(info)
  frame.kind = "async"
  return frame
end

-- The coroutine that runs now, if the task runs and has resumed it by itself.
local function inner_thread(task, threads)
  if core.current_task(task:get_loop()) ~= task then return nil end
  local running = coroutine.running()
  for _, thread in ipairs(threads) do
    if thread == running then return nil end
  end
  return running
end

--- The frames of a task that is not done, innermost first, of Lua functions
--- that are not this package's; `max` of them at most.
function stack.frames(task, max)
  local frames, threads = {}, task:_coroutines()
  max = max or math.huge
  local inner = inner_thread(task, threads)
  if inner then append_thread(frames, inner, "generator", max) end
  for i = #threads, 1, -1 do
    if #frames >= max then return frames end
    append_thread(frames, threads[i], kind_of(threads, i), max)
  end
  if #frames == 0 and max > 0 then frames[1] = unstarted_frame(task) end
  return frames
end

-- Tracebacks ----------------------------------------------------------------

-- Of a long path a traceback has the end only.
local function is_own_text(frame)
  if is_own(frame) then return true end
  local folder = frame.short_src:match("^%.%.%.(.*[/\\])")
  return folder ~= nil and package_folder ~= nil
    and package_folder:sub(-#folder) == folder
end

-- A line of a traceback, of a Lua function.
local function parse(line)
  local short_src, currentline, where = line:match("^\t(.-):(%d+): in (.*)$")
  if not short_src then return nil end
  local frame = {
    short_src = short_src, source = source.of_short(short_src),
    currentline = math.tointeger(currentline), what = "Lua",
    name = where:match("'(.*)'"),
  }
  if is_own_text(frame) then return nil end
  if where == "main chunk" then
    frame.what, frame.name = "main", where
  end
  frame.linedefined = math.tointeger(where:match(":(%d+)>$"))
  if frame.linedefined and not frame.name then
    frame.name = source.function_name(frame.source, frame.linedefined)
  end
  return frame
end

-- Oldest first.
local function traceback_frames(text)
  local found, frames = {}, {}
  for line in (text .. "\n"):gmatch("(.-)\n") do
    found[#found + 1] = parse(line)
  end
  for i = #found, 1, -1 do frames[#frames + 1] = found[i] end
  return frames
end

-- get_stack -----------------------------------------------------------------

local Task = core.classes.Task.__methods
local check_self = options.check_self

local function failure(task)
  if not task:done() or task:cancelled() then return nil end
  local ok, err = task:_peek()
  if not ok then return err end
end

local function reversed(list, max)
  local out = {}
  for i = math.min(#list, max), 1, -1 do out[#out + 1] = list[i] end
  return out
end

local function get_stack(task, limit)
  limit = limit or math.huge
  if not task:done() then return reversed(stack.frames(task, limit), limit) end
  local err = failure(task)
  local traceback = err ~= nil and task:_traceback()
  if not traceback then return {} end
  local frames = traceback_frames(traceback)
  return table.move(frames, 1, math.min(#frames, math.max(limit, 0)), 1, {})
end

--- The frames of the task, oldest first: where it waits or runs; of one that
--- failed those of its error; else none. opts.limit: the newest so many of
--- those where it waits, the oldest of an error's.
function Task:get_stack(opts)
  check_self(self, core.classes.Task, "get_stack")
  opts = options.check(opts, "get_stack", {limit = "integer"}, 2)
  return get_stack(self, opts.limit)
end

-- print_stack ---------------------------------------------------------------

--- "name" or "function <file:line>" of a frame.
function stack.label(frame)
  if frame.name then return frame.name end
  if not frame.linedefined then return "function" end
  return ("function <%s:%d>"):format(frame.short_src, frame.linedefined)
end

local function append_frame(lines, frame)
  lines[#lines + 1] = ('  File "%s", line %d, in %s'):format(
    source.place(frame), frame.currentline, stack.label(frame))
  local text = source.line(frame.source, frame.currentline)
  text = text and text:match("^%s*(.-)%s*$")
  if text and text ~= "" then lines[#lines + 1] = "    " .. text end
end

local function error_text(err)
  local is_ours = core.exceptions.isinstance(err, core.exceptions.Exception)
  if is_ours or type(err) == "string" then return tostring(err) end
  return repr.value(err)
end

--- Writes the stack or the traceback of the task, as get_stack returns it, to
--- opts.file, or to stderr. opts.limit is as in get_stack.
function Task:print_stack(opts)
  check_self(self, core.classes.Task, "print_stack")
  opts = options.check(opts, "print_stack",
                       {limit = "integer", file = "file"}, 2)
  local frames, err = get_stack(self, opts.limit), failure(self)
  local lines = {}
  if err ~= nil then
    lines[1] = ("Traceback for %s (most recent call last):"):format(self)
  elseif #frames > 0 then
    lines[1] = ("Stack for %s (most recent call last):"):format(self)
  else
    lines[1] = ("No stack for %s"):format(self)
  end
  for _, frame in ipairs(frames) do append_frame(lines, frame) end
  if err ~= nil then lines[#lines + 1] = error_text(err) end
  (opts.file or io.stderr):write(table.concat(lines, "\n"), "\n")
end

return stack
