-- What tostring says of futures, tasks, coroutine objects, handles and loops:
-- CPython's forms. Never calls a __tostring of the user's.

local source = require "asyncio.source"

local repr = {}

local MAX_STRING = 30

-- Functions ----------------------------------------------------------------

-- "name()" of a function, and "file:line" of its definition.
local function function_label(fn)
  if type(fn) ~= "function" then return repr.value(fn) .. "()" end
  local info = debug.getinfo(fn, "S")
  if info.what == "C" then
    for _, module in ipairs {"asyncio"} do
      for name, value in pairs(package.loaded[module] or {}) do
        if rawequal(value, fn) then return name .. "()" end
      end
    end
    return "[C]()"
  end
  local name = info.what == "main" and "main chunk"
    or source.function_name(info.source, info.linedefined) or "function"
  return name .. "()", info.short_src .. ":" .. info.linedefined
end

local function callback_label(fn)
  local name, where = function_label(fn)
  return where and name .. " at " .. where or name
end

repr.callback = callback_label

-- Values -------------------------------------------------------------------

local function string_repr(s)
  if #s > MAX_STRING then s = s:sub(1, 12) .. "..." .. s:sub(-13) end
  return "'" .. s:gsub("[%c'\\]", function(c)
    if c == "'" or c == "\\" then return "\\" .. c end
    if c == "\n" then return "\\n" end
    return ("\\x%02x"):format(c:byte())
  end) .. "'"
end

--- A short text for any value.
function repr.value(v)
  local t = type(v)
  if t == "string" then return string_repr(v) end
  if t == "number" or t == "boolean" or t == "nil" then return tostring(v) end
  local core = require "asyncio.core"
  if core.isfuture(v) then return tostring(v) end
  if core.exceptions.isinstance(v, core.exceptions.Exception) then
    local message = rawget(v, "message")
    return v.name .. "(" .. (message ~= nil and repr.value(message) or "") .. ")"
  end
  return ("%s: %p"):format(t, v)
end

-- Futures ------------------------------------------------------------------

local active = {} -- those whose text is being made: a circle ends in "..."

local function callbacks_repr(fut)
  local labels = {}
  for _, fn in ipairs(fut:_callbacks()) do
    if fn then labels[#labels + 1] = callback_label(fn) end
  end
  local n = #labels
  if n == 0 then return nil end
  if n <= 2 then return "cb=[" .. table.concat(labels, ", ") .. "]" end
  return ("cb=[%s, <%d more>, %s]"):format(labels[1], n - 2, labels[n])
end

local function results_repr(...)
  local n = select("#", ...)
  if n <= 1 then return repr.value((...)) end
  local texts = {}
  for i = 1, n do texts[i] = repr.value((select(i, ...))) end
  return "(" .. table.concat(texts, ", ") .. ")"
end

-- state, outcome and callbacks, as a list of words
local function future_words(fut)
  local state = fut:_state()
  local words = {state}
  if state == "finished" then
    local ok, err = fut:_peek()
    if ok then
      words[2] = "result=" .. results_repr(select(2, fut:_peek()))
    else
      words[2] = "exception=" .. repr.value(err)
    end
  end
  words[#words + 1] = callbacks_repr(fut)
  return words
end

local function guarded(make, fut)
  if active[fut] then return "..." end
  active[fut] = true
  local ok, text = pcall(make, fut)
  active[fut] = nil
  if not ok then error(text, 0) end
  return text
end

local function future_text(fut)
  return "<" .. fut:_class() .. " " .. table.concat(future_words(fut), " ") .. ">"
end

function repr.future(fut) return guarded(future_text, fut) end

-- Tasks --------------------------------------------------------------------

local package_folder = debug.getinfo(1, "S").source:match("^@.*[/\\]")

--- Is the function, as debug.getinfo's "S" describes it, one of this package?
function repr.is_own(info)
  return package_folder ~= nil
    and info.source:sub(1, #package_folder) == package_folder
end

local is_own = repr.is_own

-- The innermost frame of Lua code that is not this package's; if there is none,
-- the innermost that is.
local function innermost_frame(thread)
  local level, own = 0, nil
  while true do
    local info = debug.getinfo(thread, level, "Sl")
    if not info then return own end
    if info.what ~= "C" then
      if not is_own(info) then return info end
      own = own or info
    end
    level = level + 1
  end
end

local function outermost_function(thread)
  local level, found = 0, nil
  while true do
    local info = debug.getinfo(thread, level, "Sf")
    if not info then return found end
    if info.what ~= "C" then found = info.func end
    level = level + 1
  end
end

--- Where a task is: "file:line" of the innermost frame of Lua code, or nil.
function repr.where(task)
  local threads = task:_coroutines()
  local own
  for i = #threads, 1, -1 do
    local info = innermost_frame(threads[i])
    if info and not is_own(info) then
      return info.short_src .. ":" .. info.currentline
    end
    own = own or info
  end
  return own and own.short_src .. ":" .. own.currentline
end

--- The frames of a pending task, innermost coroutine first, or the traceback
--- of a failed one; nil for others.
function repr.traceback(task)
  if task:done() then
    local text = task:_traceback()
    return text and source.with_names(text)
  end
  local threads, texts = task:_coroutines(), {}
  for i = #threads, 1, -1 do
    texts[#texts + 1] = debug.traceback(threads[i])
  end
  return source.with_names(table.concat(texts, "\n[awaited from]\n"))
end

local function coro_repr(task)
  local threads = task:_coroutines()
  local fn = task:_function()
  if fn == nil and threads[1] then fn = outermost_function(threads[1]) end
  if fn == nil then return nil end
  local name, defined = function_label(fn)
  if task:done() then
    return defined and ("coro=<%s done, defined at %s>"):format(name, defined)
      or ("coro=<%s done>"):format(name)
  end
  local where = repr.where(task) or defined
  return where and ("coro=<%s running at %s>"):format(name, where)
    or ("coro=<%s running>"):format(name)
end

local function task_text(task)
  local words = future_words(task)
  if not task:done() and task:cancelling() > 0 then words[1] = "cancelling" end
  local at = 2
  local function insert(word)
    if word then
      table.insert(words, at, word)
      at = at + 1
    end
  end
  insert("name=" .. repr.value(task:get_name()))
  insert(coro_repr(task))
  local waiter, sleeping = task:_fut_waiter()
  if waiter then
    insert("wait_for=" .. tostring(waiter))
  elseif sleeping then
    insert("wait_for=<Future pending>")
  end
  return "<Task " .. table.concat(words, " ") .. ">"
end

function repr.task(task) return guarded(task_text, task) end

-- The others ---------------------------------------------------------------

function repr.coroutine(coro)
  local what = coro:_describe()
  if type(what) == "string" then
    return ("<coroutine object %s at %p>"):format(what, coro)
  end
  local name = function_label(what)
  return ("<coroutine object %s at %p>"):format(name:gsub("%(%)$", ""), coro)
end

function repr.handle(handle)
  local fn, timed = handle:_describe()
  local words = {timed and "TimerHandle" or "Handle"}
  if handle:cancelled() then words[#words + 1] = "cancelled" end
  if timed then words[#words + 1] = "when=" .. handle:when() end
  if fn ~= nil then words[#words + 1] = callback_label(fn) end
  return "<" .. table.concat(words, " ") .. ">"
end

function repr.loop(loop)
  return ("<EventLoop running=%s closed=%s debug=%s>"):format(
    loop:is_running(), loop:is_closed(), loop:get_debug())
end

return repr
