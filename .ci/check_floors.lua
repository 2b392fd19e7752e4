-- The floors of csrc/: a file includes its own floor or lower ones; the files
-- of floor 3 do not know one another, nor floor 4 them; floor 0 knows neither
-- Lua nor libuv, and what makes parcels of values not the loop.
-- Every file has its place in this table, by its name without .c or .h.
local FLOORS = {
  [0] = {"list", "heap", "map", "mem", "shared", "parcel", "buffer"},
  [1] = {"glue", "errors", "context"},
  [2] = {"mailbox", "loop", "loops", "callback", "future", "futures", "cancel",
         "unretrieved", "unawaited", "coroutine", "task", "stack", "watchdog",
         "extras", "step", "tasks", "await", "coroutines", "interrupt",
         "signals"},
  [3] = {"gather", "wait", "as_completed", "shield", "timeout", "queue",
         "waiters"},
  [4] = {"format", "identity", "names", "requirable", "chunk", "encoder",
         "refuse", "encode", "decode", "transfer",
         "call", "outcome", "worker", "executor",
         "concurrent", "call_future", "remote", "perform", "executors"},
  [5] = {"module"},
}
local APART = 3 -- whose files do not include one another
-- These know neither libuv nor the loop: they include floor 0, and each other.
local TRANSFER = {}
for name in ("names chunk identity requirable format encoder encode refuse decode transfer")
    :gmatch("%a+") do
  TRANSFER[name] = true
end

local floor_of = {}
for floor, names in pairs(FLOORS) do
  for _, name in ipairs(names) do floor_of[name] = floor end
end

local failures = 0
local function fail(...)
  failures = failures + 1
  io.stderr:write(string.format(...), "\n")
end

local function check_include(file, name, included)
  local floor, other = floor_of[name], included:match("^([%w_]+)%.h$")
  if other and floor_of[other] then
    if floor_of[other] > floor then
      fail("%s (floor %d) includes %s (floor %d)", file, floor, included, floor_of[other])
    elseif floor_of[other] == APART and other ~= name and floor <= APART + 1 then
      fail("%s includes %s: the files of floor %d stand apart", file, included, APART)
    elseif TRANSFER[name] and not TRANSFER[other] and floor_of[other] > 0 then
      fail("%s includes %s, and should know neither libuv nor the loop", file, included)
    end
  elseif included:find("^uv") and (floor == 0 or TRANSFER[name])
      or floor == 0 and (included:find("^lua") or included:find("^lauxlib")) then
    fail("%s (floor %d) includes %s", file, floor, included)
  end
end

local function check_file(file)
  local name = file:match("([%w_]+)%.[ch]$")
  if not floor_of[name] then
    return fail("%s has no floor in .ci/check_floors.lua", file)
  end
  for line in io.lines(file) do
    local form, included = line:match('^%s*#%s*include%s*(["<])([^">]+)')
    if included then check_include(file, name, included) end
    if form == '"' and not floor_of[included:match("^([%w_]+)%.h$") or ""] then
      fail("%s includes %s, which has no floor", file, included)
    end
  end
end

local count, there = 0, {}
for file in io.popen("ls csrc/*.c csrc/*.h"):lines() do
  check_file(file)
  there[file:match("([%w_]+)%.[ch]$")] = true
  count = count + 1
end
for name, floor in pairs(floor_of) do
  if not there[name] then fail("floor %d names %s, which is not there", floor, name) end
end
if failures > 0 then os.exit(1) end
print(("floors: %d files in order"):format(count))
