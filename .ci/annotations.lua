-- Reads lua/asyncio/meta.lua for the checks and for the reference: what is
-- declared there, in order, with its types and its text.
--
-- An entry is a table with `kind` and `line`, and of
--   text      text: the inside of a comment in long brackets
--   function  name (`asyncio.run`, `lock:acquire`), class (of the variable in
--             front of the name), params, returns, overloads, is_async
--   class     class (`asyncio.Lock`), parent, var (`lock`), name (`asyncio.Lock`,
--             where it is exported), fields, overloads, methods by name
--   value     name
--   alias     name, type
-- and, except of the first, `doc`: the lines of its text.

local annotations = {}

local CLOSING = {["("] = ")", ["{"] = "}", ["["] = "]", ["<"] = ">"}

--- Where the type that begins at `from` ends: before a space, or a comma or
--- closing bracket, that is in no brackets.
local function end_of_type(s, from)
  local i, depth = from, 0
  while i <= #s do
    local c = s:sub(i, i)
    if CLOSING[c] then
      depth = depth + 1
    elseif c:find("[%)%}%]>]") then
      if depth == 0 then break end
      depth = depth - 1
    elseif c == '"' then
      i = s:find('"', i + 1, true)
    elseif depth == 0 and c == "," then
      break
    elseif depth == 0 and c == " " and s:sub(i - 1, i - 1) ~= ":"
        and s:sub(i - 5, i - 1) ~= "async" then
      break
    end
    i = i + 1
  end
  return i - 1
end

--- "integer how many" -> "integer", "how many"
local function take_type(s)
  local last = end_of_type(s, 1)
  return s:sub(1, last), (s:sub(last + 1):gsub("^%s+", ""))
end

--- "timeout? number in seconds" -> {name, type, text, is_optional}
local function take_field(s)
  local name, optional, rest = s:match("^(%[.-%])(%??)%s+(.*)$")
  if not name then name, optional, rest = s:match("^([%w_%.]+)(%??)%s+(.*)$") end
  local kind, text = take_type(rest)
  return {name = name, type = kind, text = text, is_optional = optional == "?"}
end

--- "boolean ok" -> {type, name, text}; "asyncio.Task # of it" has no name.
local function take_return(s)
  local kind, rest = take_type(s)
  local text = rest:match("^#%s*(.*)$")
  if text then return {type = kind, text = text} end
  local name
  name, text = rest:match("^(%S+)%s*(.*)$")
  return {type = kind, name = name, text = text or ""}
end

--- "fun(a: any, b?: integer): any" -> list of {name, type, is_optional}, "any"
local function take_function(s)
  local inside, result = s:match("^fun(%b()):?%s*(.*)$")
  local params, from = {}, 2
  while from < #inside do
    local name, optional, at = inside:match("^%s*([%w_%.]+)(%??):%s*()", from)
    local last = end_of_type(inside, at)
    params[#params + 1] = {name = name, type = inside:sub(at, last),
                           is_optional = optional == "?", text = ""}
    from = last + 2
  end
  return params, result
end

--- What to do with the tags of an entry.
local tags = {}

function tags.param(entry, rest)
  table.insert(entry.params, take_field(rest))
end

function tags.field(entry, rest)
  table.insert(entry.fields, take_field(rest))
end

tags["return"] = function(entry, rest)
  table.insert(entry.returns, take_return(rest))
end

function tags.overload(entry, rest)
  local params, result = take_function((rest:gsub("^async ", "")))
  table.insert(entry.overloads, {params = params, result = result})
end

function tags.class(entry, rest)
  local class, parent = rest:match("^([%w_%.]+):?%s*([%w_%.]*)")
  entry.kind, entry.class, entry.parent = "class", class, parent:match("%S+")
  entry.methods = {}
end

function tags.alias(entry, rest)
  entry.kind, entry.name, entry.type = "alias", rest:match("^(%S+)%s*(.*)$")
end

function tags.async(entry) entry.is_async = true end

--- A line of code: which name it declares.
local function read_code(entry, line, classes)
  local name, list = line:match("^function ([%w_%.:]+)%((.-)%) end$")
  if name then
    entry.kind, entry.name, entry.names = "function", name, list
    entry.class = classes[name:match("^(.*)[%.:]")]
  elseif entry.kind == "class" then
    local var = line:match("^local ([%w_]+) =")
    if var then
      entry.var, classes[var] = var, entry
    else
      entry.name = line:match("^([%w_%.]+) =")
      classes[entry.name] = entry
    end
  elseif line:find("^asyncio%.[%w_%.]+ =") then
    entry.kind, entry.name = "value", line:match("^(%S+) =")
    entry.class = classes[entry.name:match("^(.*)%.")]
  end
end

local function read_line(entry, line, classes)
  local tag, rest = line:match("^%-%-%-@(%l+)%s*(.*)$")
  if tag then
    if tags[tag] then tags[tag](entry, rest) end
  elseif line:find("^%-%-%-") then
    table.insert(entry.doc, (line:gsub("^%-%-%- ?", "")))
  elseif not line:find("^%-%-") then
    read_code(entry, line, classes)
  end
end

--- The lines from `first` on, up to one that is blank.
local function read_entry(lines, first, classes)
  local entry = {line = first, doc = {}, params = {}, returns = {}, fields = {},
                 overloads = {}}
  local i = first
  while lines[i] and lines[i]:find("%S") do
    read_line(entry, lines[i], classes)
    i = i + 1
  end
  if entry.class and entry.kind ~= "class" then
    entry.class.methods[entry.name:match("[%w_]+$")] = entry
  end
  return entry, i
end

--- The comment in long brackets that begins in the line `first`.
local function read_text(lines, first, level)
  local text, i = {}, first + 1
  while lines[i] ~= "]" .. level .. "]" do
    text[#text + 1] = assert(lines[i], "a comment that does not end")
    i = i + 1
  end
  return {kind = "text", text = table.concat(text, "\n"), line = first}, i + 1
end

local function read_lines(path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  return lines
end

--- Reads the file: the list of its entries, and its classes by name.
function annotations.read(path)
  local lines, entries, classes = read_lines(path), {}, {}
  local by_name, i = {}, 1
  while i <= #lines do
    local level = lines[i]:match("^%-%-%[(=*)%[$")
    local read = level and read_text or read_entry
    local entry, after = read(lines, i, level or classes)
    i = math.max(after, i + 1)
    if entry.kind then entries[#entries + 1] = entry end
    if entry.kind == "class" then by_name[entry.class] = entry end
  end
  return entries, by_name
end

return annotations
