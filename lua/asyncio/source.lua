-- The text of a chunk: its lines, and what a definition calls its function,
-- since Lua's functions have no names.

local source = {}

local chunks = setmetatable({}, {__mode = "v"}) -- source -> its lines
local names = {} -- "source:line" -> name of the function defined there, or false

local function read_file(name)
  local lines, file = {}, io.open(name)
  if not file then return lines end
  pcall(function() -- a folder can be opened, but not read
    for line in file:lines() do lines[#lines + 1] = line end
  end)
  file:close()
  return lines
end

local function split(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line end
  return lines
end

local function lines_of(chunk)
  local lines = chunks[chunk]
  if not lines then
    local mark = chunk:sub(1, 1)
    lines = mark == "@" and read_file(chunk:sub(2)) or mark == "=" and {}
      or split(chunk)
    chunks[chunk] = lines
  end
  return lines
end

--- The line of a chunk with this source, as debug.getinfo calls it; nil if it
--- cannot be read.
function source.line(chunk, number) return lines_of(chunk)[number] end

-- Of two functions on a line it cannot be told which one is meant.
local function defined_name(line)
  local _, count = line:gsub("%f[%w_]function%f[^%w_]", "")
  if count ~= 1 then return false end
  return line:match("function%s+([%w_.:]+)%s*%(")
    or line:match("([%w_.]+)%s*=%s*function%s*%(")
    or line:match("([%w_.]+)%s*=%s*[%w_.]*async%s*%(%s*function%s*%(")
    or false
end

--- The name that a definition gives to its function, or nil.
function source.function_name(chunk, linedefined)
  local key = chunk .. ":" .. linedefined
  local name = names[key]
  if name == nil then
    name = defined_name(source.line(chunk, linedefined) or "")
    names[key] = name
  end
  return name or nil
end

--- The source of a chunk of which only the short form is known, if that tells.
function source.of_short(short_src)
  if short_src:find("^%[") or short_src:find("^%.%.%.") then
    return "=" .. short_src
  end
  return "@" .. short_src
end

--- Where a chunk is: its file as Lua was given it, or its short form.
function source.place(frame)
  local chunk = frame.source
  return chunk:sub(1, 1) == "@" and chunk:sub(2) or frame.short_src
end

--- A traceback with names for the functions that Lua calls by the place of
--- their definition only.
function source.with_names(traceback)
  return (traceback:gsub("(: in function )(<(.-):(%d+)>)",
    function(before, place, short_src, linedefined)
      local name = source.function_name(source.of_short(short_src),
                                        math.tointeger(linedefined))
      return name and ("%s'%s' %s"):format(before, name, place)
    end))
end

return source
