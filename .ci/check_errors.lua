-- Every message that the sources raise, report or print is in a table of
-- docs/errors.md, and that page has no message which no source has.
--
-- A message of the page is what stands as code in the first column of a table
-- whose header begins with "message". Those of the sources are the literals of
-- two words or more in the calls listed below. On both sides "…" stands for
-- what is filled in: in the sources for %s and %d, and for an operand of `..`.
-- Two texts agree if one is found in the other, where a "…" stands for anything.
local PAGE = "docs/errors.md"

-- The functions whose literals are messages, as patterns.
local CALLS = {
  c = {"luaL_error", "luaL_argerror", "luaL_checkstack", "exception_raise",
       "lua_warning", "lua_writestringerror", "lua_pushliteral",
       "lua_pushfstring", "push_list_of", "check_time", "call_end"},
  lua = {"error", "stderr:write", "exceptions%.%a+", "raise", "broken", "missed",
         "give_up", "over", "call_default"},
}

-- What these make of their literals.
local FORMS = {
  luaL_argerror = "bad argument #… to '…' (%s)",
  luaL_checkstack = "stack overflow (%s)",
}

-- The code before a literal that is assigned and used as a message elsewhere.
local ASSIGNED = {
  c = {"%f[%w]reason = $", "#define [%u_]+ $"},
  lua = {"%f[%w]message = %(*$", "%f[%w]text = $", "%f[%w]lines = {$",
         "local %u[%u_]+ = $", "%f[%w]message or $"},
}

-- Literals in such places which are pieces of messages, or none.
local OTHERS = {
  ["Invalid delay: NaN (not a number)"] = true, -- in the form of luaL_argerror
  ["[awaited from] "] = true, ["……[in thread …] …"] = true, -- in tracebacks
  ["Loop of another thread"] = true, -- a __name
  ["a key of "] = true, ["no value"] = true, ["and still is: … "] = true,
}

local failures = 0
local function fail(...)
  failures = failures + 1
  io.stderr:write(string.format(...), "\n")
end

local function read(file)
  local handle = assert(io.open(file))
  local text = handle:read("a")
  handle:close()
  return text
end

-- Sources --------------------------------------------------------------------

local COMMENT = {c = "^/%*.-%*/()", lua = "^%-%-[^\n]*()"}
local QUOTE = {c = "^[\"']", lua = "^[\"']"}

-- The place behind the literal that begins at `first`.
local function end_of_literal(source, first)
  local quote, at = source:sub(first, first), first + 1
  while source:sub(at, at) ~= quote do
    at = at + (source:sub(at, at) == "\\" and 2 or 1)
  end
  return at + 1
end

-- The code, which is the source with its comments and what is in its literals
-- blanked, and the literals: {first, last, text}.
local function scan(source, kind)
  local parts, literals, at = {}, {}, 1
  while at <= #source do
    local behind = source:match(COMMENT[kind], at)
    if not behind and source:find(QUOTE[kind], at) then
      behind = end_of_literal(source, at)
      literals[#literals + 1] = {first = at, last = behind - 1,
                                 text = source:sub(at + 1, behind - 2)}
    end
    local piece = source:sub(at, (behind or at + 1) - 1)
    parts[#parts + 1] = behind and piece:gsub("[^\n]", " ") or piece
    at = behind or at + 1
  end
  return table.concat(parts), literals
end

-- What is between two literals of one text: "", or "…" for an operand of `..`;
-- nil if they are two texts.
local function glue(code, kind)
  if kind == "c" then return code:find("^%s*$") and "" or nil end
  if code:find("^%s*%.%.%s*$") then return "" end
  local operand = code:match("^%s*%.%.%s*(.-)%s*%.%.%s*$")
  return operand and not operand:find("[,;=]") and "…" or nil
end

local function normal(text)
  text = text:gsub("\\n", " "):gsub("\\(.)", "%1")
  return (text:gsub("%%[%d.]*%a", "…"):gsub("^%s+", ""))
end

-- The texts of a source: literals that belong together are one.
local function texts_of(code, literals, kind)
  local texts, last = {}, nil
  for _, literal in ipairs(literals) do
    local between = last and glue(code:sub(last.last + 1, literal.first - 1), kind)
    if between then
      last.text, last.last = last.text .. between .. literal.text, literal.last
    else
      last = literal
      local before = code:sub(math.max(1, literal.first - 10), literal.first - 1)
      if before:find("%.%.%s*$") then literal.text = "…" .. literal.text end
      texts[#texts + 1] = literal
    end
  end
  for _, text in ipairs(texts) do text.text = normal(text.text) end
  return texts
end

-- The places of the arguments of the calls: a list of {first, last}.
local function spans_of(code, kind)
  local spans = {}
  for _, name in ipairs(CALLS[kind]) do
    for first, last in code:gmatch("%f[%w_]" .. name .. "%s*()%b()()") do
      spans[#spans + 1] = {first = first, last = last, form = FORMS[name]}
    end
  end
  return spans
end

local function has_words(text)
  local bare = text:gsub("…", "")
  return bare:find("%a%a+[^%a].*%a%a") and bare:find("%s") and not text:find("^<")
end

-- The text as it is raised or printed; nil if it is not.
local function message_of(text, code, spans, kind)
  if not has_words(text.text) or OTHERS[text.text] then return nil end
  for _, span in ipairs(spans) do
    if text.first > span.first and text.first < span.last then
      return span.form and span.form:format(text.text) or text.text
    end
  end
  local before = code:sub(math.max(1, text.first - 60), text.first - 1)
  before = before:gsub("%s+", " ")
  for _, pattern in ipairs(ASSIGNED[kind]) do
    if before:find(pattern) then return text.text end
  end
end

local function line_of(source, place)
  return select(2, source:sub(1, place):gsub("\n", "")) + 1
end

-- Appends the texts of a file to the list; those that are messages have
-- `message`.
local function read_source(file, list)
  local kind = file:find("%.lua$") and "lua" or "c"
  local source = read(file)
  local code, literals = scan(source, kind)
  local spans = spans_of(code, kind)
  for _, text in ipairs(texts_of(code, literals, kind)) do
    text.file, text.line = file, line_of(source, text.first)
    text.message = message_of(text, code, spans, kind)
    list[#list + 1] = text
  end
end

local function read_sources()
  local list = {}
  local pipe = assert(io.popen("ls csrc/*.c csrc/*.h lua/asyncio/*.lua"))
  for file in pipe:lines() do
    if not file:find("/meta%.lua$") then read_source(file, list) end
  end
  pipe:close()
  return list
end

-- The page -------------------------------------------------------------------

local function read_page()
  local messages, number, in_table = {}, 0, false
  for line in io.lines(PAGE) do
    number = number + 1
    local cell = line:match("^|%s*(.-)%s*|")
    in_table = cell ~= nil and (in_table or cell == "message")
    for text in (in_table and cell or ""):gmatch("`([^`]+)`") do
      messages[#messages + 1] = {text = text, line = number}
    end
  end
  return messages
end

-- Comparing ------------------------------------------------------------------

-- A text that begins with a letter has to stand at the beginning.
local function pattern_of(text)
  local pattern = text:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"):gsub("…", ".-")
  return (text:find("^%a") and "^" or "") .. pattern
end

local function is_in(text, other)
  return other:find(pattern_of(text)) ~= nil
end

-- The page may say the class of an exception in front.
local function without_class(text)
  return text:match("^%u%a+: (.+)$") or text
end

local function agree(source, message)
  local bare = without_class(message)
  return is_in(source, message) or is_in(source, bare) or is_in(bare, source)
    or is_in(message, source)
end

local texts, messages, count = read_sources(), read_page(), 0

local function is_described(message)
  for _, described in ipairs(messages) do
    if agree(message, described.text) then return true end
  end
end

local function is_real(message)
  for _, text in ipairs(texts) do
    if text.message and agree(text.message, message)
        or is_in(without_class(message), text.text) then
      return true
    end
  end
end

for _, text in ipairs(texts) do
  if text.message then
    count = count + 1
    if not is_described(text.message) then
      fail("%s:%d: not in %s: %s", text.file, text.line, PAGE, text.message)
    end
  end
end
for _, message in ipairs(messages) do
  if not is_real(message.text) then
    fail("%s:%d: in no source: %s", PAGE, message.line, message.text)
  end
end
if failures > 0 then os.exit(1) end
print(("errors: %d places that raise or report, %d messages in %s")
      :format(count, #messages, PAGE))
