-- What there is to call: every public function, class and method of the modules,
-- read from the modules themselves, so that a new one is called unasked.

local surface = {}

-- Names that are not called, and why.
surface.EXCLUDED = {
  ["asyncio.install_dump_signal"] = "it changes what signals do to the process",
  ["asyncio.direct.install_dump_signal"] = "the same",
}

-- A name that begins with one underscore is private; with two, a metamethod,
-- which anybody reaches by getmetatable.
local function is_public(name)
  return type(name) == "string" and not name:find("^_[^_]")
end

local function is_callable(v)
  if type(v) == "function" then return true end
  local mt = getmetatable(v)
  return type(mt) == "table" and rawget(mt, "__call") ~= nil
end

local function by_name(a, b) return a.name < b.name end

-- Adds the functions of the table, each name once.
local function append_functions(entries, seen, prefix, t)
  for key, value in next, t do
    if is_public(key) and type(value) == "function" and not seen[key] then
      seen[key] = true
      entries[#entries + 1] = {name = prefix .. key, fn = value}
    end
  end
end

-- The table, what it inherits, and what these have for methods; its metamethods
-- unless they are hidden.
local function append_class(entries, prefix, class)
  local seen, visited = {}, {}
  if rawget(class, "__metatable") ~= nil then class = {__index = class.__methods} end
  while type(class) == "table" and not visited[class] do
    visited[class] = true
    append_functions(entries, seen, prefix, class)
    for _, key in ipairs {"__methods", "__index"} do
      local inner = rawget(class, key)
      if type(inner) == "table" and inner ~= class then
        append_functions(entries, seen, prefix, inner)
      end
    end
    local mt = getmetatable(class)
    class = type(mt) == "table" and rawget(mt, "__index")
  end
end

local function append_export(entries, name, value)
  if surface.EXCLUDED[name] then return end
  if is_callable(value) then
    entries[#entries + 1] = {name = name, fn = value}
  end
  if type(value) == "table" then append_class(entries, name .. ".", value) end
end

local function append_module(entries, prefix, module)
  for key, value in pairs(module) do
    if is_public(key) then append_export(entries, prefix .. key, value) end
  end
end

--- All that is exported: a list of {name=, fn=}, in the order of the names.
function surface.exports(modules)
  local entries = {}
  for prefix, module in pairs(modules) do
    append_module(entries, prefix .. ".", module)
  end
  table.sort(entries, by_name)
  return entries
end

--- Those that are no methods of a class: among them the classes themselves.
function surface.makers(entries)
  local makers = {}
  for _, entry in ipairs(entries) do
    if not entry.name:find "%u[%w]*%.[%w_]+$" then makers[#makers + 1] = entry end
  end
  return makers
end

local NO_METHODS = {}
local known = setmetatable({[NO_METHODS] = NO_METHODS}, {__mode = "k"})

local function list_methods(mt)
  local entries = {}
  local name = rawget(mt, "__name") or rawget(mt, "name") or "?"
  append_class(entries, name .. ":", mt)
  table.sort(entries, by_name)
  return entries
end

--- The methods and metamethods of a value, in the order of their names.
function surface.methods_of(value)
  local mt = debug.getmetatable(value)
  if type(mt) ~= "table" or rawget(mt, "hostile") or type(value) == "string"
     or io.type(value) then
    return NO_METHODS
  end
  if not known[mt] then known[mt] = list_methods(mt) end
  return known[mt]
end

local function walk(seen, value)
  if seen[value] or value == nil then return end
  local kind = type(value)
  if kind ~= "table" and kind ~= "function" and kind ~= "userdata" then return end
  seen[value] = true
  if kind == "table" then
    for key, inner in next, value do
      walk(seen, key)
      walk(seen, inner)
    end
  end
  walk(seen, debug.getmetatable(value))
end

--- The set of all that the loaded modules hold: it outlives every program.
function surface.permanent()
  local seen = {[_G] = true, [coroutine.running()] = true}
  for name, module in pairs(package.loaded) do
    if name ~= "_G" then walk(seen, module) end
  end
  return setmetatable(seen, {__mode = "k"})
end

return surface
