-- Random values of every kind that crosses between states, and the comparison
-- of a value with its copy. Who makes them brings `pick(n)`, which chooses one
-- of 1 .. n: a seeded generator in a spec, the fuzzer's bytes in `make fuzz`.
local values = {}

-- Values -------------------------------------------------------------------

local NUMBERS = {
  0, 1, -1, 255, 256, -256, 65536, math.maxinteger, math.mininteger,
  0.0, -0.0, 1.0, 0.5, -1e308, 5e-324, math.pi, 2^53, 1 / 0, -1 / 0, 0 / 0,
  -(0 / 0), (string.unpack("d", string.pack("j", 0x7ff8dead0000beef))),
}
local LENGTHS = {0, 1, 2, 39, 40, 41, 254, 255, 256, 257, 5000, 70000}
local NAMES = {print, string, table.insert, math, string.format, io.write, _G}
local FIELDS = {"x", "y", "id", "name", "__index", "__name", "__call", "", "a b"}

local function make_string(pick)
  local length = LENGTHS[pick(#LENGTHS)]
  return string.char(pick(256) - 1, pick(256) - 1):rep(length):sub(1, length)
end

local function make_key(pick, objects)
  local kind = pick(6)
  if kind == 1 then return FIELDS[pick(#FIELDS)] end
  if kind == 2 then return pick(2) == 1 end
  if kind == 3 and #objects > 0 then return objects[pick(#objects)] end
  if kind == 4 then return make_string(pick) end
  if kind == 5 then return pick(20) + 0.5 end
  return pick(20) - 5
end

local function make_value(pick, objects)
  local kind = pick(8)
  if kind == 1 then return nil end
  if kind == 2 then return pick(2) == 1 end
  if kind == 3 then return NUMBERS[pick(#NUMBERS)] end
  if kind == 4 then return make_string(pick) end
  if kind == 5 then return NAMES[pick(#NAMES)] end
  if #objects > 0 then return objects[pick(#objects)] end
  return pick(256)
end

-- The objects that are keys are told apart by their upvalue or field `id`.
local MAKERS = {
  function(id) return {id = id} end,
  function(id) return {id, id, nil, id, id = id} end,
  function(id, a, b) return function() return id, a, b end end,
  function(id, a) -- two that share a cell
    return function() return id, a end, function(v) id, a = id + 0, v end
  end,
  function(id, a) -- one that calls itself
    local function loop(n) return n == 0 and a or loop(n - 1), id end
    return loop
  end,
  function(id) -- globals, and nothing that changes
    local insert = table.insert
    return function(...) return insert, select("#", ...), tostring(id) end
  end,
  function(id, a)
    local list = {id = id}
    for i = 1, 30 do list = {list, i, id = id + i / 100, up = a} end
    return list
  end,
}

local function add_objects(objects, ...)
  for i = 1, select("#", ...) do objects[#objects + 1] = (select(i, ...)) end
end

local function change(pick, objects)
  local object = objects[pick(#objects)]
  if type(object) ~= "table" then return end
  if pick(8) == 1 then
    local meta = objects[pick(#objects)]
    if type(meta) == "table" then setmetatable(object, meta) end
  else
    local key = make_key(pick, objects)
    if key ~= "id" then rawset(object, key, make_value(pick, objects)) end
  end
end

--- A list of values with field n.
function values.make(pick)
  local objects, list = {}, {n = pick(8) - 1}
  for id = 1, pick(12) do
    local maker = MAKERS[pick(#MAKERS)]
    add_objects(objects, maker(id, make_value(pick, objects),
                               make_value(pick, objects)))
  end
  for _ = 1, pick(40) do change(pick, objects) end
  for i = 1, list.n do list[i] = make_value(pick, objects) end
  return list
end

-- Comparing ------------------------------------------------------------------

local is_named = {}
for _, named in ipairs(NAMES) do is_named[named] = true end

local function fail(...) error(string.format(...), 0) end

local function is_object(v) return type(v) == "table" or type(v) == "function" end

local function compare_plain(a, b)
  if math.type(a) ~= math.type(b) then fail("%s became %s", a, b) end
  if type(a) == "number" then
    local as = math.type(a) == "integer" and "j" or "d"
    if string.pack(as, a) ~= string.pack(as, b) then fail("%s became %s", a, b) end
  elseif a ~= b then
    fail("%q became %q", tostring(a):sub(1, 100), tostring(b):sub(1, 100))
  end
end

-- Notes that b is a's copy; work is what is left to be looked into.
local function compare(work, a, b)
  if type(a) ~= type(b) then fail("%s became %s", type(a), type(b)) end
  if not is_object(a) then return compare_plain(a, b) end
  if is_named[a] then
    if not rawequal(a, b) then fail("what has a name became another") end
  elseif work.copy[a] == nil and work.original[b] == nil then
    work.copy[a], work.original[b] = b, a
    work[#work + 1] = a
  elseif work.copy[a] ~= b or work.original[b] ~= a then
    fail("what was shared is not, or the reverse")
  end
end

local function id_of(object)
  if type(object) == "table" then return rawget(object, "id") end
  for i = 1, 255 do
    local name, value = debug.getupvalue(object, i)
    if name == nil then return nil end
    if name == "id" then return value end
  end
end

-- How a key of the copy is found: objects by kind and id.
local function label(key)
  if not is_object(key) or is_named[key] then return key end
  local dump = type(key) == "function" and string.dump(key) or ""
  return ("%s %s %s"):format(type(key), id_of(key), dump)
end

local function compare_tables(work, a, b)
  local keys, count = {}, 0
  for key in next, b do
    keys[label(key)] = key
    count = count + 1
  end
  for key, value in next, a do
    local other = keys[label(key)]
    if other == nil then fail("key %s is missing", tostring(key)) end
    compare(work, key, other)
    compare(work, value, rawget(b, other))
    count = count - 1
  end
  if count ~= 0 then fail("%d keys too many", count) end
  compare(work, debug.getmetatable(a), debug.getmetatable(b))
end

-- That upvalues are shared as they were.
local function compare_cells(work, a, b, i)
  local cell, other = debug.upvalueid(a, i), debug.upvalueid(b, i)
  local known, back = work.cells[cell], work.cells_back[other]
  if known ~= back and (known ~= other or back ~= cell) then
    fail("upvalue %d is shared with others than before", i)
  end
  work.cells[cell], work.cells_back[other] = other, cell
end

local function compare_functions(work, a, b)
  if string.dump(a) ~= string.dump(b) then fail("another function") end
  for i = 1, 255 do
    local name, value = debug.getupvalue(a, i)
    local other_name, other = debug.getupvalue(b, i)
    if name ~= other_name then fail("upvalue %s became %s", name, other_name) end
    if name == nil then return end
    if name ~= "_ENV" then
      compare_cells(work, a, b, i)
      compare(work, value, other)
    end
  end
end

--- Raises unless the values of the second list are copies of the first's.
function values.compare(list, copies)
  local work = {copy = {}, original = {}, cells = {}, cells_back = {}}
  if list.n ~= copies.n then fail("%d values became %d", list.n, copies.n) end
  for i = 1, list.n do compare(work, list[i], copies[i]) end
  while #work > 0 do
    local a = table.remove(work)
    local b = work.copy[a]
    if type(a) == "table" then
      compare_tables(work, a, b)
    else
      compare_functions(work, a, b)
    end
  end
end

--- A `pick` that reads a string of bytes, and picks 1 at its end.
function values.picker(bytes)
  local at = 0
  return function(n)
    at = at + 1
    return (bytes:byte(at) or 0) % n + 1
  end
end

return values
