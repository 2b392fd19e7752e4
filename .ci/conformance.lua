-- Writes docs/conformance.md: what became of each test of CPython 3.13. The list
-- of tests is spec/conformance/inventory.lua, the specs are those beside it: a
-- spec stands for a test when the words before its name are the test's file and
-- class, and its name begins with the test's.
--
--   lua5.4 .ci/conformance.lua           writes the page
--   lua5.4 .ci/conformance.lua --check   fails if the page is out of date, if a
--     test of a built part has neither a spec nor a reason, if one has both, or
--     if a spec names no test of the list
--
-- Runs in the root of the project, and does not need the module to be built.

local PAGE = "docs/conformance.md"
local SPECS = "spec/conformance"
local NOT_BUILT = "not built yet$"

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- What a spec file may ask of the module while it is loaded: anything.
local anything = {}
do
  local function itself() return anything end
  local function nothing() return "" end
  setmetatable(anything, {
    __index = function(_, key)
      if type(key) ~= "number" then return anything end
    end,
    __newindex = function() end,
    __call = itself, __concat = nothing, __tostring = nothing,
    __add = itself, __sub = itself, __mul = itself, __div = itself,
    __unm = itself, __lt = function() return false end,
    __le = function() return false end,
  })
end

--- Loads the spec and calls found(file, class, test) for each test in it.
local function scan(path, found)
  local around = {}
  local env = setmetatable({}, {__index = function(_, name)
    local value = _G[name]
    if value == nil then return anything end
    return value
  end})
  function env.require() return anything end
  env.assert = anything
  function env.describe(name, body)
    around[#around + 1] = name
    body()
    around[#around] = nil
  end
  function env.it(name)
    local test = name:match("^test_[%w_]*")
    if not test then return end
    local words = table.concat(around, " ")
    local file, class = words:match("^(test_[%w_]+) ([%w_]+)")
    found(file or words, class or "?", test)
  end
  assert(loadfile(path, "t", env))()
end

--- The specs there are: set["file class test"] = path.
local function specs()
  local set = {}
  local list = assert(io.popen("ls " .. SPECS .. "/*_spec.lua"))
  for path in list:lines() do
    scan(path, function(file, class, test)
      set[file .. " " .. class .. " " .. test] = path
    end)
  end
  list:close()
  return set
end

--- The state of a test, and the reason for it where there is one.
local function state_of(mark, reason, spec)
  if spec then return mark == "P" and "ported" or "adapted" end
  if mark == "X" or reason and not reason:find(NOT_BUILT) then
    return "no counterpart", reason
  end
  return "open", reason
end

--- The path of the spec of a test: under the name of its class, or else of every
--- subclass that runs it.
local function spec_of(found, file, class, test, known)
  local path
  for _, name in ipairs(class.runs or {class[1]}) do
    local key = table.concat({file, name, test}, " ")
    known[key] = true
    path = found[key]
    if not path then return nil end
  end
  return path
end

local function escaped(text)
  return (text:gsub("_", "\\_"))
end

local STATES = {"ported", "adapted", "no counterpart", "open"}

local function row(cells)
  return "| " .. table.concat(cells, " | ") .. " |\n"
end

--- The page, and a list of what is wrong.
local function report(inventory, found)
  local summary, details, wrong = {}, {}, {}
  local total = {tests = 0}
  local known = {}
  for _, file in ipairs(inventory) do
    local count, out = {tests = 0}, {}
    for i = 2, #file do
      local class = file[i]
      for j = 2, #class do
        local test, mark, own = table.unpack(class[j], 1, 3)
        local key = table.concat({file[1], class[1], test}, " ")
        local spec = spec_of(found, file[1], class, test, known)
        local state, reason = state_of(mark, own or file.reason, spec)
        count[state] = (count[state] or 0) + 1
        count.tests = count.tests + 1
        out[#out + 1] = row {class[1], "`" .. test .. "`",
          state .. (reason and ": " .. escaped(reason) or "")}
        if spec and own and mark ~= "X" then
          wrong[#wrong + 1] = key .. ": has a spec, and a reason for none: " .. own
        elseif state == "open" and not reason and file.built then
          wrong[#wrong + 1] = key .. ": has neither a spec nor a reason"
        elseif mark == "X" and not reason and not spec then
          wrong[#wrong + 1] = key .. ": needs a reason"
        end
      end
    end
    local cells = {file[1]}
    for _, state in ipairs(STATES) do
      cells[#cells + 1] = tostring(count[state] or 0)
      total[state] = (total[state] or 0) + (count[state] or 0)
    end
    cells[#cells + 1] = tostring(count.tests)
    total.tests = total.tests + count.tests
    summary[#summary + 1] = row(cells)
    details[#details + 1] = ("\n## %s\n\n"):format(file[1])
      .. row {"class", "test", "state"} .. row {"---", "---", "---"}
      .. table.concat(out)
  end
  for key, path in pairs(found) do
    if not known[key] then wrong[#wrong + 1] = path .. ": no such test: " .. key end
  end
  table.sort(wrong)
  local sums = {"**all**"}
  for _, state in ipairs(STATES) do sums[#sums + 1] = tostring(total[state] or 0) end
  sums[#sums + 1] = tostring(total.tests)
  return table.concat {
    "# Conformance\n\n",
    "What became of CPython 3.13's own tests of asyncio. *Ported*: a spec of the\n",
    "same name in `spec/conformance` asserts the same. *Adapted*: a spec asserts\n",
    "what corresponds to it in Lua. *No counterpart*: there is nothing in Lua to\n",
    "assert it of. *Open*: a spec is still to be written, mostly because the part\n",
    "is not built yet.\n\n",
    "Made by `lua5.4 .ci/conformance.lua` from `spec/conformance`; not to be edited.\n\n",
    row {"file", "ported", "adapted", "no counterpart", "open", "tests"},
    row {"---", "--:", "--:", "--:", "--:", "--:"},
    table.concat(summary), row(sums), table.concat(details),
  }, wrong
end

local function main(option)
  local page, wrong = report(dofile(SPECS .. "/inventory.lua"), specs())
  if option == "--check" then
    if read(PAGE) ~= page then
      table.insert(wrong, 1, PAGE .. ": out of date; run lua5.4 .ci/conformance.lua")
    end
  else
    local file = assert(io.open(PAGE, "w"))
    file:write(page)
    assert(file:close())
  end
  for _, text in ipairs(wrong) do io.stderr:write(text, "\n") end
  if option == "--check" and #wrong > 0 then os.exit(1) end
end

main(...)
