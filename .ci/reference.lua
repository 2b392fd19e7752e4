-- Writes docs/reference.md from lua/asyncio/meta.lua, whose head says how that
-- is written.
--
--   lua5.4 .ci/reference.lua           writes the page
--   lua5.4 .ci/reference.lua --check   fails if the page is out of date
--
-- Both fail if a link of the page, or one from another page to it, leads
-- nowhere. Runs in the root of the project, and does not need the module to be
-- built.

local annotations = dofile(".ci/annotations.lua")

local SOURCE = "lua/asyncio/meta.lua"
local PAGE = "docs/reference.md"
local FOLDER = "docs/"

local entries, classes = annotations.read(SOURCE)

local failures = 0
local function fail(...)
  failures = failures + 1
  io.stderr:write(string.format(...), "\n")
end

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- ---- types, as a reader says them ----------------------------------------

local aliases = {}
for _, entry in ipairs(entries) do
  if entry.kind == "alias" then aliases[entry.name] = entry.type end
end

local WORDS = {
  ["asyncio.Awaitable"] = "awaitable",
  ["asyncio.Coroutine"] = "coroutine object",
  ["asyncio.CoroutineFunction"] = "coroutine function",
  ["asyncio.FutureSet"] = "list and set",
  ["asyncio.GeneratorFunction"] = "generator function",
  ["T"] = "any",
  ["thread"] = "Lua coroutine",
  ["file*"] = "file",
}

--- The class of options that the type is, if it is one.
local function is_options(kind)
  local class = classes[kind]
  return class and not class.var and kind:find("Options$") and class
end

local type_words

--- One type of a union. A class that the page describes becomes a link where
--- `link` is true.
local function say_type(name, link)
  local inside = name:match("^%((.*)%)$")
  if inside then return type_words(inside, link) end
  if WORDS[name] then return WORDS[name] end
  local item = name:match("^(.*)%[%]$")
  if item then return "list of " .. say_type(item, link) end
  if name:find("^async fun%(%)") then return "iterator" end
  if name:find("^fun%(") or name:find("^async fun%(") then return "function" end
  if name:find("^{") then return "table" end
  if name:find('^"') then return "`" .. name .. "`" end
  local short = name:match("^asyncio%.(.*)$")
  if not short then return name end
  if aliases[name] then return type_words(aliases[name], link) end
  return link and ("[%s](#type:%s)"):format(short, name) or short
end

--- The members of a union, "T?" being the union of T and nil.
local function members_of(kind)
  local list, from, depth = {}, 1, 0
  for i = 1, #kind do
    local c = kind:sub(i, i)
    if c:find("[%({<]") then depth = depth + 1 end
    if c:find("[%)}>]") then depth = depth - 1 end
    if c == "|" and depth == 0 then
      list[#list + 1], from = kind:sub(from, i - 1), i + 1
    end
  end
  list[#list + 1] = kind:sub(from)
  return list
end

--- "asyncio.Task?" -> "Task or nil"
function type_words(kind, link)
  local words, seen = {}, {}
  local may_be_nil = kind:find("%?$") and not kind:find("^%l* ?fun%(")
  if may_be_nil then kind = kind:sub(1, -2) end
  for _, member in ipairs(members_of(kind)) do
    local word = say_type(member, link)
    if not seen[word] and not is_options(member) then words[#words + 1] = word end
    seen[word] = true
  end
  if may_be_nil then words[#words + 1] = "nil" end
  return table.concat(words, " or ")
end

-- ---- signatures ------------------------------------------------------------

--- (main[, opts])
local function parameter_list(params)
  local list, can_end = {}, true
  for i = #params, 1, -1 do
    local param = params[i]
    can_end = can_end and param.is_optional
    local name = (i > 1 and ", " or "") .. param.name
    list[i] = can_end and "[" .. name .. "]" or name
  end
  return "(" .. table.concat(list) .. ")"
end

--- A function and its overloads, or the constructors of a class: a list.
local function signatures_of(entry)
  local list = {}
  if entry.kind == "function" then
    list[1] = entry.name .. parameter_list(entry.params)
  end
  for _, overload in ipairs(entry.overloads) do
    if entry.kind == "function" or entry.name and overload.result == entry.class then
      list[#list + 1] = entry.name .. parameter_list(overload.params)
    end
  end
  if not list[1] then list[1] = entry.name or entry.class:match("[^.]+$") end
  return list
end

--- What an awaitable gives stands in its type's comment: "# result: the lock".
local function results_of(entry, awaited)
  local list = {}
  for i, result in ipairs(entry.returns) do
    list[i] = awaited and result.text:match("^results?: (.*)$")
      or not awaited and (result.name or type_words(result.type, false)) or nil
  end
  return table.concat(list, ", ")
end

--- The signature with its results, as it stands in a heading or a row. A method
--- whose result is to be awaited is shown so.
local function title_of(entry)
  local first = entry.returns[1]
  local awaited = entry.kind == "function" and entry.class
    and entry.class.class ~= "asyncio" and first
    and first.type == "asyncio.Coroutine"
  local list = signatures_of(entry)
  for i, signature in ipairs(list) do
    list[i] = "`" .. (awaited and "await(" .. signature .. ")" or signature) .. "`"
  end
  local results = results_of(entry, awaited)
  return table.concat(list, ", ") .. (results ~= "" and " → " .. results or "")
end

-- ---- text --------------------------------------------------------------------

--- The paragraphs of an entry: the first, and the others as one text.
local function split_doc(entry)
  local text = table.concat(entry.doc, "\n"):gsub("^%s+", ""):gsub("%s+$", "")
  local first, rest = text:match("^(.-)\n%s*\n(.*)$")
  return first or text, rest
end

--- A paragraph as the inside of a table's cell.
local function cell(text)
  return (text:gsub("%s*\n%s*", " "))
end

local function row(...)
  return ("| " .. table.concat({...}, " | ") .. " |"):gsub("%s+|", " |")
end

local function fields_of(class)
  local list = class.parent and is_options(class.parent)
    and fields_of(classes[class.parent]) or {}
  for _, field in ipairs(class.fields) do list[#list + 1] = field end
  return list
end

--- One row for each option of the class, or the row of the parameter itself.
local function argument_rows(rows, param)
  local options = is_options(param.type)
  if not options then
    rows[#rows + 1] = row("`" .. param.name .. "`", type_words(param.type, true),
                          param.text)
    return
  end
  for _, field in ipairs(fields_of(options)) do
    rows[#rows + 1] = row(("`%s.%s`"):format(param.name, field.name),
                          type_words(field.type, true), field.text)
  end
end

local function has_param(entry, name)
  for _, param in ipairs(entry.params) do
    if param.name == name then return true end
  end
  return false
end

--- What the page's conventions say enough of.
local CONVENTIONAL = {aw = true, fn = true, ["..."] = true}

--- The table of the arguments of a function; of a class or of another way to call
--- the function, the options only. Nil if there is nothing to say.
local function arguments_of(entry)
  local rows = {"| argument | type | meaning |", "|---|---|---|"}
  local is_plain = true
  for _, param in ipairs(entry.params) do
    is_plain = is_plain and CONVENTIONAL[param.name]
      and (param.text == "" or param.text == "arguments")
  end
  for _, param in ipairs(is_plain and {} or entry.params) do
    argument_rows(rows, param)
  end
  local first = entry.overloads[1] or entry
  for _, param in ipairs(first.params) do
    if is_options(param.type) and not has_param(entry, param.name) then
      argument_rows(rows, param)
    end
  end
  return rows[3] and table.concat(rows, "\n")
end

--- One row for each field, with its type if the table has three columns.
local function field_rows(class, columns)
  local rows = {}
  for i, field in ipairs(class.fields) do
    local name = class.var and class.var .. "." .. field.name or field.name
    local kind = columns == 3 and type_words(field.type, true) or nil
    rows[i] = kind and row("`" .. name .. "`", kind, field.text)
      or row("`" .. name .. "`", field.text)
  end
  return table.concat(rows, "\n")
end

-- ---- the page ----------------------------------------------------------------

local blocks = {}      -- what is written so far
local columns = nil    -- of the table that is open, in which items are rows
local is_empty = false -- has that table no row yet?
local anchor = nil     -- of the last heading
local anchors = {}     -- anchor -> true; name -> anchor of the heading above it
local sections = {}    -- headings of the second level
local names = {}       -- the public names, for the index

--- The anchor that GitHub gives to a heading.
local function anchor_of(heading)
  local text = heading:gsub("%[(.-)%]%b()", "%1"):lower()
  return (text:gsub("[%z\1-\127\xC2-\xF4][\x80-\xBF]*", function(c)
    if c == " " then return "-" end
    return c:find("^[%w_%-]$") and c or ""
  end))
end

local function see_heading(level, text)
  anchor = anchor_of(text)
  if anchors[anchor] then fail("two headings are called %s", text) end
  anchors[anchor] = true
  if level == "##" then sections[#sections + 1] = text end
end

local function see_headings(text)
  local is_code = false
  for line in text:gmatch("[^\n]+") do
    if line:find("^```") then is_code = not is_code end
    local level, heading = line:match("^(##+) (.*)$")
    if level and not is_code then see_heading(level, heading) end
  end
end

--- Adds a block, or what continues the open table.
local function emit(text, continues)
  if continues then
    blocks[#blocks] = blocks[#blocks] .. "\n" .. text
  else
    blocks[#blocks + 1] = text
  end
end

--- How many columns the table has whose head ends the text.
local function open_table(text)
  local last = text:match("[^\n]*$")
  if not last:find("^|[%-|]+|$") then return nil end
  return select(2, last:gsub("%-+", ""))
end

--- A text. One that begins with a row, and not with the head of another table, goes
--- on with the open table, which it ends if it is more than rows.
local function emit_text(entry)
  local text = entry.text:gsub("^\n+", ""):gsub("%s+$", "")
  local continues = columns and text:find("^|") and not text:find("^[^\n]*\n|%-")
  see_headings(text)
  emit(text, continues)
  if not continues or ("\n" .. text):find("\n[^|]") or text:find("\n\n") then
    columns = open_table(text)
  end
  is_empty = columns and open_table(text) ~= nil
end

local function note_name(entry)
  if not entry.name then return end
  anchors[entry.name] = anchors[entry.name] or anchor
  if entry.name:find("^asyncio%.[%w_]+$") then names[#names + 1] = entry.name end
end

local function emit_row(entry, text)
  emit(row(title_of(entry), cell(text)), true)
  is_empty = false
end

local function emit_section(entry, first, rest)
  columns = nil
  local title = title_of(entry)
  see_heading("###", title)
  emit("### " .. title)
  emit(first)
  local arguments = arguments_of(entry)
  if arguments then emit(arguments) end
  if rest then emit(rest) end
  if entry.kind == "class" and entry.fields[1] then
    emit("| field | type | meaning |\n|---|---|---|\n" .. field_rows(entry, 3))
  end
end

--- What has no text. A class so is not described, but for its fields right below
--- the head of a table.
local function emit_silent(entry)
  if entry.kind ~= "class" then
    fail("%s:%d: %s has no text", SOURCE, entry.line, entry.name)
  elseif is_empty then
    emit(field_rows(entry, columns), true)
  end
end

--- A function, a class or a value: below the head of a table its row, else a
--- section.
local function emit_item(entry)
  local first, rest = split_doc(entry)
  if first == "" then
    emit_silent(entry)
  elseif columns and not rest and entry.name and not entry.var then
    emit_row(entry, first)
  else
    emit_section(entry, first, rest)
    if entry.kind == "class" then anchors["type:" .. entry.class] = anchor end
  end
  note_name(entry)
end

local function contents()
  local list = {}
  for i, section in ipairs(sections) do
    list[i] = ("- [%s](#%s)"):format(section, anchor_of(section))
  end
  return table.concat(list, "\n")
end

local function index()
  table.sort(names, function(a, b) return a:lower() < b:lower() end)
  for i, name in ipairs(names) do
    names[i] = ("[`%s`](#%s)"):format(name:match("[^.]+$"), name)
  end
  return table.concat(names, ",\n")
end

--- Links to names become links to where these are described.
local function resolve(text)
  return (text:gsub("%[([^%[%]]*)%]%(#([^)]*)%)", function(label, target)
    local found = anchors[target] or anchors[target:gsub("^type:", "", 1)]
    if not found and target:find("^type:") then return label end
    if not found then fail("%s: no such place: #%s", PAGE, target) end
    return ("[%s](#%s)"):format(label, found == true and target or tostring(found))
  end))
end

local NOTE = "<!-- Written by .ci/reference.lua from " .. SOURCE .. ". -->"

local function page()
  for _, entry in ipairs(entries) do
    if entry.kind == "text" then
      emit_text(entry)
    elseif entry.kind ~= "alias" then
      emit_item(entry)
    end
  end
  see_heading("##", "Index")
  emit("## Index\n\nThe names of `require \"asyncio\"`:\n\n" .. index() .. ".")
  table.insert(blocks, 1, NOTE)
  table.insert(blocks, 3, contents())
  return resolve(table.concat(blocks, "\n\n")) .. "\n"
end

-- ---- the links of the pages ----------------------------------------------

--- The anchors of another page.
local function anchors_of(text)
  local found = {}
  for heading in ("\n" .. text):gmatch("\n##* ([^\n]*)") do
    found[anchor_of(heading)] = true
  end
  return found
end

--- Links from the reference to other pages.
local function check_links(text)
  for target in text:gmatch("%]%(([^)#:]+%.md[^)]*)%)") do
    local file, place = target:match("^([^#]+)#?(.*)$")
    local other = read(FOLDER .. file)
    if not other or place ~= "" and not anchors_of(other)[place] then
      fail("%s: no such place: %s", PAGE, target)
    end
  end
end

--- Links from the other pages to the reference.
local function check_links_from(path)
  for place in read(path):gmatch("%]%([^)#]*reference%.md#([^)]+)%)") do
    if anchors[place] ~= true then
      fail("%s: no such place: reference.md#%s", path, place)
    end
  end
end

local function check_pages(text)
  check_links(text)
  local pages = assert(io.popen("ls README.md CHANGELOG.md docs/*.md"))
  for path in pages:lines() do
    if path ~= PAGE then check_links_from(path) end
  end
  pages:close()
end

local text = page()
check_pages(text)
if arg[1] == "--check" then
  if text ~= read(PAGE) then
    fail("%s is out of date: run `make docs`", PAGE)
  end
else
  local file = assert(io.open(PAGE, "w"))
  file:write(text)
  file:close()
end
if failures > 0 then os.exit(1) end
print(("reference: %d public names in %d sections"):format(#names, #sections))
