-- The call graph of a future: its stack, and what waits for it, after CPython
-- 3.14's asyncio.graph.

local core = require "asyncio.core"
local options = require "asyncio.options"
local repr = require "asyncio.repr"
local source = require "asyncio.source"
local stack = require "asyncio.stack"

local graph = {}

local function is_task(fut)
  return debug.getmetatable(fut) == core.classes.Task
end

-- Who waits ------------------------------------------------------------------

-- Appends to `list` what is not in it yet.
local function add(list, fut)
  if not list[fut] then
    list[fut] = true
    list[#list + 1] = fut
  end
end

-- Between a future and the task that waits for it there may be futures that a
-- gather, shield, wait ... has made. They are followed to the tasks, and count
-- themselves only if nobody waits for them.
local function join(waiters, known)
  local list = {}
  for _, waiter in ipairs(waiters) do
    local beyond = known[waiter]
    if is_task(waiter) or not beyond or #beyond == 0 then
      add(list, waiter)
    else
      for _, task in ipairs(beyond) do add(list, task) end
    end
  end
  return list
end

--- A function that returns the list of what waits for a future, in order. It
--- remembers what it has found, so it holds for one moment.
function graph.observer()
  local direct, known = {}, {}
  return function(fut)
    local path = {fut}
    while #path > 0 do
      local at = path[#path]
      if known[at] then
        path[#path] = nil
      else
        local is_first = direct[at] == nil
        direct[at] = direct[at] or at:_waiters()
        if is_first then
          for _, waiter in ipairs(direct[at]) do
            if not is_task(waiter) and not direct[waiter] then
              path[#path + 1] = waiter
            end
          end
        end
        if path[#path] == at then known[at] = join(direct[at], known) end
      end
    end
    return known[fut]
  end
end

-- Capturing ------------------------------------------------------------------

-- The frames as entries, innermost first. Of a positive limit the outermost
-- remain, of a negative one the innermost, as in CPython.
local function entries(frames, first, limit)
  local last = #frames
  if limit and limit >= 0 then first = math.max(first, last - limit + 1) end
  if limit and limit < 0 then last = math.min(last, first - limit - 1) end
  local list = {}
  for i = first, last do list[#list + 1] = {frame = frames[i]} end
  return list
end

local function new_node(fut, first, limit)
  local node = {future = fut, call_stack = {}, awaited_by = {}}
  if is_task(fut) and not fut:done() and limit ~= 0 then
    local max = limit and limit < 0 and first - limit - 1 or nil
    node.call_stack = entries(stack.frames(fut, max), first, limit)
  end
  return node
end

-- The graph from a future up. What is reached twice is one node, so the size
-- is that of the program's waits; what waits for itself in a circle is a node
-- with `cycle`, and nothing above.
local function build(root, first, limit)
  local waiters_of = graph.observer()
  local nodes, on_path = {[root] = new_node(root, first, limit)}, {}
  local path = {{node = nodes[root], waiters = waiters_of(root), at = 0}}
  on_path[root] = true
  while #path > 0 do
    local top = path[#path]
    top.at = top.at + 1
    local waiter = top.waiters[top.at]
    if waiter == nil then
      on_path[top.node.future] = nil
      path[#path] = nil
    else
      local node = nodes[waiter]
      if on_path[waiter] then
        node = {future = waiter, call_stack = {}, awaited_by = {}, cycle = true}
      elseif not node then
        node = new_node(waiter, 1, limit)
        nodes[waiter] = node
        on_path[waiter] = true
        path[#path + 1] = {node = node, waiters = waiters_of(waiter), at = 0}
      end
      table.insert(top.node.awaited_by, node)
    end
  end
  return nodes[root]
end

-- The future to start from, and its options, from f([fut,] [opts]).
local function arguments(fut, opts, fname, types)
  if opts == nil and type(fut) == "table" then fut, opts = nil, fut end
  opts = options.check(opts, fname, types, 3)
  if opts.depth and opts.depth < 1 then
    error(("option 'depth' of '%s' must be 1 or more"):format(fname), 3)
  end
  if fut == nil then
    if not core.is_loop_running() then
      error(fname .. "() is called outside of a running event loop and no "
            .. "future to introspect was provided", 3)
    end
    fut = core.current_task()
  elseif not core.isfuture(fut) then
    error(repr.value(fut) .. " object does not appear to be compatible with "
          .. "asyncio.Future", 3)
  end
  return fut, opts
end

local function is_current(fut)
  return core.is_loop_running() and fut == core.current_task()
end

local function capture(fut, opts)
  if fut == nil then return nil end
  return build(fut, is_current(fut) and opts.depth or 1, opts.limit)
end

local CAPTURE = {depth = "integer", limit = "integer"}
local PRINT = {depth = "integer", limit = "integer", file = "file"}

--- The graph of a future, or of the current task: {future=, call_stack=,
--- awaited_by=}; nil where no task runs. call_stack is a list of {frame=},
--- innermost first; awaited_by a list of graphs. opts.depth: how many frames
--- of the current task to leave out, plus one; opts.limit: how many frames to
--- keep of each stack, the outermost, or the innermost if it is negative.
function graph.capture_call_graph(fut, opts)
  local from
  from, opts = arguments(fut, opts, "capture_call_graph", CAPTURE)
  return capture(from, opts)
end

-- Formatting -----------------------------------------------------------------

local INDENT = "    "
local MAX_INDENT = 40 -- levels; deeper ones say their number

--- What stands before the lines of a level of a tree, from 0, and the mark of
--- a level that is not indented as it should be.
function graph.indent(level, unit)
  if level <= MAX_INDENT then return unit:rep(level), "" end
  return unit:rep(MAX_INDENT), (" [level %d]"):format(level)
end

local function title(fut)
  local id = ("%p"):format(fut)
  if is_task(fut) then
    return ("Task(name=%s, id=%s)"):format(repr.value(fut:get_name()), id)
  end
  return ("Future(id=%s)"):format(id)
end

local function frame_line(frame)
  local label = stack.label(frame)
  if frame.name and frame.what ~= "main" then label = label .. "()" end
  if frame.kind then label = frame.kind .. " " .. label end
  return ("  |   File '%s', line %d, in %s"):format(
    source.place(frame), frame.currentline, label)
end

-- What stands above in full is not repeated, but for its stack.
local function append_node(lines, node, level, is_known)
  local before, mark = graph.indent(level, INDENT)
  if node.cycle then mark = mark .. " [waits in a circle: see above]" end
  lines[#lines + 1] = before .. "* " .. title(node.future) .. mark
  if #node.call_stack > 0 then
    lines[#lines + 1] = before .. "  + Call stack:"
    for _, entry in ipairs(node.call_stack) do
      lines[#lines + 1] = before .. frame_line(entry.frame)
    end
  end
  if #node.awaited_by > 0 then
    lines[#lines + 1] = before .. "  + Awaited by:"
      .. (is_known and " see above" or "")
  end
end

local function format(root)
  local lines, known = {}, {}
  local path = {{node = root, level = 0}} -- to be written, the next one last
  while #path > 0 do
    local top = table.remove(path)
    append_node(lines, top.node, top.level, known[top.node])
    if not known[top.node] then
      known[top.node] = true
      for i = #top.node.awaited_by, 1, -1 do
        path[#path + 1] = {node = top.node.awaited_by[i], level = top.level + 1}
      end
    end
  end
  return table.concat(lines, "\n")
end

local function text_of(fut, opts)
  local captured = capture(fut, opts)
  return captured and format(captured) or ""
end

--- The graph as a text, "" where no task runs.
function graph.format_call_graph(fut, opts)
  local from
  from, opts = arguments(fut, opts, "format_call_graph", CAPTURE)
  return text_of(from, opts)
end

--- Writes the graph to opts.file, or to stdout.
function graph.print_call_graph(fut, opts)
  local from
  from, opts = arguments(fut, opts, "print_call_graph", PRINT);
  (opts.file or io.stdout):write(text_of(from, opts), "\n")
end

return graph
