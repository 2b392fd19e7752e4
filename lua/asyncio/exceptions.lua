-- The exception classes. A class is the metatable of its instances; class[1]
-- is the parent, class[2] tells that it is a class (the C core reads both).
-- Instances are tables: message, cause, traceback, notes.

local exceptions = {}

local function class_tostring(class) return "<class '" .. class.name .. "'>" end

local function instance_tostring(err)
  local message = err.message
  if message == nil then return err.name end
  return err.name .. ": " .. tostring(message)
end

-- Each constructor fills in what its class has beyond the message.
local function init_message(err, message) err.message = message end

local function construct(class, ...)
  local err = setmetatable({}, class)
  class._init(err, ...)
  return err
end

local function new_class(parent, name, init)
  local class = {parent or false, true, name = name,
                 __name = name,
                 __tostring = parent and parent.__tostring or instance_tostring,
                 _init = init or parent and parent._init}
  class.__index = class
  return setmetatable(class, {__index = parent, __call = construct,
                              __tostring = class_tostring})
end

local Exception = new_class(nil, "Exception", init_message)

--- Makes a subclass: `local MyError = asyncio.Exception:subclass("MyError")`.
function Exception:subclass(name)
  if type(name) ~= "string" then
    error("bad argument #1 to 'subclass' (name expected, got "
          .. type(name) .. ")", 2)
  end
  return new_class(self, name)
end

--- Is the value an instance of the class, or of a subclass? Any value is safe.
function exceptions.isinstance(value, class)
  if type(class) ~= "table" or rawget(class, 2) ~= true then
    error("bad argument #2 to 'isinstance' (class expected, got "
          .. type(class) .. ")", 2)
  end
  if type(value) ~= "table" then return false end
  local mt = getmetatable(value)
  while type(mt) == "table" do
    if rawequal(mt, class) then return true end
    mt = rawget(mt, 1)
  end
  return false
end

-- Raises unless the error, of which the method was called, has the class.
local function check(err, class, method)
  if not exceptions.isinstance(err, class) then
    error(("bad argument #1 to '%s' (%s expected, got %s)")
          :format(method, class.name, type(err)), 3)
  end
end

--- Appends a note, which is printed below the message in reports.
function Exception:add_note(note)
  check(self, Exception, "add_note")
  local notes = rawget(self, "notes")
  if not notes then
    notes = {}
    self.notes = notes
  end
  notes[#notes + 1] = note
end

local isinstance = exceptions.isinstance

exceptions.Exception = Exception
exceptions.CancelledError = Exception:subclass("CancelledError")
exceptions.TimeoutError = Exception:subclass("TimeoutError")
exceptions.InvalidStateError = Exception:subclass("InvalidStateError")
exceptions.KeyboardInterrupt = Exception:subclass("KeyboardInterrupt")
exceptions.SystemExit = Exception:subclass("SystemExit")
exceptions.DeadlockError = Exception:subclass("DeadlockError")
exceptions.BrokenThreadPool = Exception:subclass("BrokenThreadPool")
exceptions.QueueEmpty = Exception:subclass("QueueEmpty")
exceptions.QueueFull = Exception:subclass("QueueFull")
exceptions.QueueShutDown = Exception:subclass("QueueShutDown")
exceptions.BrokenBarrierError = Exception:subclass("BrokenBarrierError")

exceptions.IncompleteReadError = new_class(Exception, "IncompleteReadError",
  function(err, partial, expected)
    err.partial, err.expected = partial, expected
    err.message = ("%d bytes read on a total of %s expected bytes")
      :format(#partial, expected == nil and "undefined" or expected)
  end)

exceptions.LimitOverrunError = new_class(Exception, "LimitOverrunError",
  function(err, message, consumed)
    err.message, err.consumed = message, consumed
  end)

exceptions.OSError = new_class(Exception, "OSError",
  function(err, message, code)
    err.message, err.code = message, code
  end)

-- ExceptionGroup ----------------------------------------------------------

local function init_group(group, message, list)
  if type(list) ~= "table" or #list == 0 then
    error("ExceptionGroup: a non-empty list of exceptions is required", 3)
  end
  local copy = {}
  for i = 1, #list do
    if list[i] == nil then
      error(("ExceptionGroup: item %d of the list is nil"):format(i), 3)
    end
    copy[i] = list[i]
  end
  group.message, group.exceptions = message, copy
end

local ExceptionGroup = new_class(Exception, "ExceptionGroup", init_group)
exceptions.ExceptionGroup = ExceptionGroup

local MAX_DEPTH = 20 -- of a group's text

local function headline(group)
  local n = #group.exceptions
  return ("%s: %s (%d sub-exception%s)"):format(group.name, group.message, n,
                                                n == 1 and "" or "s")
end

local function leaf_text(err)
  local ok, text = pcall(tostring, err)
  return ok and text or type(err)
end

-- Appends the group's lines, each with the prefix.
local function append_tree(lines, group, prefix, depth, has_tracebacks)
  local n = #group.exceptions
  local tracebacks = has_tracebacks and rawget(group, "tracebacks") or {}
  for i, err in ipairs(group.exceptions) do
    local below = prefix .. (i < n and "|  " or "   ")
    local is_group = isinstance(err, ExceptionGroup)
    local text = is_group and headline(err) or leaf_text(err)
    if tracebacks[i] then text = text .. "\n" .. tracebacks[i] end
    lines[#lines + 1] = prefix .. "+- " .. text:gsub("\n", "\n" .. below)
    if is_group and depth < MAX_DEPTH then
      append_tree(lines, err, below, depth + 1, has_tracebacks)
    elseif is_group then
      lines[#lines + 1] = below .. "..."
    end
  end
end

local function tree(group, has_tracebacks)
  local lines = {headline(group)}
  append_tree(lines, group, "", 1, has_tracebacks)
  return table.concat(lines, "\n")
end

--- Its message and, as a tree, those of what is in it.
function ExceptionGroup.__tostring(group) return tree(group) end

--- The text of an error for a report: a group's with the tracebacks known.
function exceptions.describe(err)
  if isinstance(err, ExceptionGroup) then return tree(err, true) end
  return tostring(err)
end

--- A group of the same class, message, cause, notes and traceback.
function ExceptionGroup:derive(list)
  check(self, ExceptionGroup, "derive")
  local group = setmetatable({}, getmetatable(self))
  init_group(group, self.message, list)
  local notes = rawget(self, "notes")
  group.cause = rawget(self, "cause")
  group.notes = notes and table.move(notes, 1, #notes, 1, {})
  group.traceback = rawget(self, "traceback")
  return group
end

local function matcher(pred, name)
  if type(pred) == "table" and rawget(pred, 2) == true then
    return function(err) return isinstance(err, pred) end
  elseif type(pred) == "function" then
    return pred
  end
  error(("bad argument #1 to '%s' (class or function expected, got %s)")
        :format(name, type(pred)), 3)
end

local function derive(group, list)
  if #list == 0 then return nil end
  if #list == #group.exceptions then
    local same = true
    for i, err in ipairs(list) do
      same = same and rawequal(err, group.exceptions[i])
    end
    if same then return group end
  end
  return group:derive(list)
end

local function split(group, matches)
  if matches(group) then return group, nil end
  local yes, no = {}, {}
  for _, err in ipairs(group.exceptions) do
    if isinstance(err, ExceptionGroup) then
      yes[#yes + 1], no[#no + 1] = split(err, matches)
    elseif matches(err) then
      yes[#yes + 1] = err
    else
      no[#no + 1] = err
    end
  end
  return derive(group, yes), derive(group, no)
end

--- Two groups of the same shape, of the leaves that match and of the rest;
--- nil for none. `pred` is a class or a function.
function ExceptionGroup:split(pred)
  check(self, ExceptionGroup, "split")
  return split(self, matcher(pred, "split"))
end

--- The first half of `split`.
function ExceptionGroup:subgroup(pred)
  check(self, ExceptionGroup, "subgroup")
  return (split(self, matcher(pred, "subgroup")))
end

local function append_leaves(group, leaves)
  for _, err in ipairs(group.exceptions) do
    if isinstance(err, ExceptionGroup) then
      append_leaves(err, leaves)
    else
      leaves[#leaves + 1] = err
    end
  end
  return leaves
end

--- All the exceptions in it and in its subgroups, in order, as one list.
function ExceptionGroup:leaves()
  check(self, ExceptionGroup, "leaves")
  return append_leaves(self, {})
end

-- In the order of ExceptionClass in csrc/errors.h.
exceptions.core_classes = {
  exceptions.Exception, exceptions.CancelledError, exceptions.TimeoutError,
  exceptions.InvalidStateError, exceptions.KeyboardInterrupt,
  exceptions.SystemExit,
}

return exceptions
