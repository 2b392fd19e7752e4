-- Runs the examples and compares what they print with examples/expected.
--
--   lua5.4 .ci/run_examples.lua [name ...]
--
-- All run at the same time, each under a time limit, with the interpreter that
-- runs this file and the LUA_PATH and LUA_CPATH of the environment. A line of an
-- expected file is literal, unless it begins with `~`: then the rest is a Lua
-- pattern that the whole line must match. Runs in the root of the project.

local LIMIT = 20 -- seconds

local function interpreter()
  local i = 0
  while arg[i - 1] do i = i - 1 end
  return i < 0 and arg[i] or "lua5.4"
end

local function quote(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

local function lines_of(file)
  local lines = {}
  for line in file:lines() do lines[#lines + 1] = line end
  return lines
end

local function names(given)
  if #given > 0 then return given end
  local list = {}
  local ls = assert(io.popen("ls examples/*.lua"))
  for path in ls:lines() do list[#list + 1] = path:match("([^/]+)%.lua$") end
  ls:close()
  return list
end

local function start(name)
  local command = ("timeout %d %s examples/%s.lua 2>&1"):format(
    LIMIT, quote(interpreter()), name)
  return assert(io.popen(command))
end

local function matches(expected, line)
  if not expected or not line then return expected == line end
  if expected:sub(1, 1) ~= "~" then return expected == line end
  return line:find("^" .. expected:sub(2) .. "$") ~= nil
end

--- What is wrong with an example's output, or nil.
local function fault(name, lines, code)
  if code == 124 then return "takes longer than " .. LIMIT .. " seconds" end
  if code ~= 0 then
    return "exits with status " .. tostring(code) .. ":\n" .. table.concat(lines, "\n")
  end
  local file = io.open("examples/expected/" .. name .. ".txt")
  if not file then return "has no expected output" end
  local expected = lines_of(file)
  file:close()
  for i = 1, math.max(#expected, #lines) do
    if not matches(expected[i], lines[i]) then
      return ("line %d:\n  expected: %s\n  printed:  %s"):format(
        i, expected[i] or "(the end)", lines[i] or "(the end)")
    end
  end
end

local running = {}
for _, name in ipairs(names {...}) do
  running[#running + 1] = {name = name, pipe = start(name)}
end

local passed, failed = 0, 0
for _, example in ipairs(running) do
  local lines = lines_of(example.pipe)
  local _, how, code = example.pipe:close()
  if how == "signal" then code = 128 + code end
  local what = fault(example.name, lines, code)
  if what then
    failed = failed + 1
    print(("examples/%s.lua: %s"):format(example.name, what))
  else
    passed = passed + 1
  end
end
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and passed > 0)
