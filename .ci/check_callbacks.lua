-- Lua runs only under the loop: a function that libuv or the system calls
-- (given to uv_*, sigaction, signal ...) is named on_*, and neither it nor
-- any function of csrc/ it calls, however far down, calls Lua's API. The same
-- for what destroys a thing that threads share.
local TAKES_CALLBACKS = {
  "^uv_", "^sigaction$", "^signal$", "^pthread_create$", "^atexit$",
}
-- These take functions that are no callbacks of the loop.
local EXEMPT = {
  uv_replace_allocator = true,
  uv_thread_create = true, -- a thread's main function, with a state of its own
}
-- Made for signal handlers.
local HARMLESS = {lua_sethook = true}

local KEYWORDS = {}
for word in ("if while for switch return sizeof do else case"):gmatch("%a+") do
  KEYWORDS[word] = true
end

-- The text with comments, strings and preprocessor lines blanked, lines kept.
local function bare(text)
  local function blank(s) return (s:gsub("[^\n]", " ")) end
  text = text:gsub("\\\n", " \n")
  text = text:gsub("/%*.-%*/", blank):gsub("//[^\n]*", blank)
  text = text:gsub('\\["\'\\]', "  ")
  text = text:gsub('"[^"\n]*"', blank):gsub("'[^'\n]*'", blank)
  return (("\n" .. text):gsub("\n%s*#[^\n]*", blank):sub(2))
end

-- name -> list of {file=, line=, body=, is_static=}: names of static functions
-- may be used again in another file.
local functions = {}
local count = 0
local files = {}

-- A definition begins in column 0 and its body ends with a } in column 0.
local function read_functions(file)
  local handle = assert(io.open(file))
  local text = bare(handle:read("a"))
  handle:close()
  files[file] = text
  local pattern = "()\n([%a_][%w_%s%*]-)([%a_][%w_]*)%b()%s*(%b{})"
  for place, kind, name, body in ("\n" .. text):gmatch(pattern) do
    local _, line = text:sub(1, place):gsub("\n", "")
    if not KEYWORDS[name] then
      functions[name] = functions[name] or {}
      table.insert(functions[name], {file = file, line = line + 1, body = body,
        is_static = kind:find("%f[%w_]static%f[^%w_]") ~= nil})
      count = count + 1
    end
  end
end

-- What the name means in the file: its own function, or another's.
local function find_function(name, file)
  local found
  for _, fn in ipairs(functions[name] or {}) do
    if fn.file == file then return fn end
    if not fn.is_static then found = fn end
  end
  return found
end

local failures = 0
local function fail(...)
  failures = failures + 1
  io.stderr:write(string.format(...), "\n")
end

local function calls_of(fn)
  local calls = {}
  for name in fn.body:gmatch("([%a_][%w_]*)%s*%(") do calls[#calls + 1] = name end
  return calls
end

-- Follows the calls of a callback down; `path` is how we came here.
local function check_calls(fn, path, seen)
  if seen[fn] then return end
  seen[fn] = true
  for _, name in ipairs(calls_of(fn)) do
    local called = find_function(name, fn.file)
    if called then
      check_calls(called, path .. " > " .. name, seen)
    elseif not HARMLESS[name] and (name:find("^lua_") or name:find("^luaL_")) then
      fail("%s:%d: %s calls %s", fn.file, fn.line, path, name)
    end
  end
end

local function takes_callbacks(name)
  if EXEMPT[name] then return false end
  for _, pattern in ipairs(TAKES_CALLBACKS) do
    if name:find(pattern) then return true end
  end
  return false
end

local function check_name(file, word, by)
  if find_function(word, file) and not word:find("^on_") then
    fail("%s: %s, given to %s, is not named on_*", file, word, by)
  end
end

-- The functions given away in a file, as arguments or to sa_handler.
local function check_given(file, text)
  for name, args in text:gmatch("%f[%w_]([%a_][%w_]*)%s*(%b())") do
    if takes_callbacks(name) then
      for arg in args:sub(2, -2):gmatch("[^,]+") do
        -- A name alone, or behind a cast.
        local word = arg:gsub("^%s*%b()", ""):match("^%s*&?%s*([%a_][%w_]*)%s*$")
        if word then check_name(file, word, name) end
      end
    end
  end
  for field, word in text:gmatch("(sa_%w+)%s*=%s*([%a_][%w_]*)") do
    check_name(file, word, field)
  end
end

for file in io.popen("ls csrc/*.c csrc/*.h"):lines() do read_functions(file) end
local callbacks = 0
for name, list in pairs(functions) do
  for _, fn in ipairs(name:find("^on_") and list or {}) do
    callbacks = callbacks + 1
    check_calls(fn, name, {})
  end
end
for file, text in pairs(files) do check_given(file, text) end
-- What is shared by threads is destroyed in any of them.
for file, text in pairs(files) do
  for name in text:gmatch("SharedKind%s+[%w_]+%s*=%s*{%s*([%w_]+)") do
    callbacks = callbacks + 1
    check_calls(find_function(name, file), name, {})
  end
end
if failures > 0 then os.exit(1) end
print(("callbacks: %d of %d functions, none calls Lua"):format(callbacks, count))
