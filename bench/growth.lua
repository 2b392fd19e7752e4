-- Does the cost of an operation stay the same when there are ten times as
-- many? Runs each workload at its usual size and at GROW times it, in turn,
-- and prints the medians of nanoseconds per operation and their ratio; beside
-- it the same of bare threads, where a growth is the collector's and the
-- memory's. LUA_PATH and LUA_CPATH are as run.lua needs them.
--
--   RUNS=5        how often each program runs
--   GROW=10
--   ONLY="W1 W3"

local lua = arg[-1] or "lua5.4"
local runs = tonumber(os.getenv "RUNS" or 5)
local grow = tonumber(os.getenv "GROW" or 10)
local only = os.getenv "ONLY"

-- Programs with the sizes that they start from.
local WORKLOADS = {
  {"W1", 200000}, {"W2", 10000}, {"W3", 10000}, {"W4", 20000}, {"W5", 100000},
  {"W6", 100000}, {"W7", 200000},
}

local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

--- What one run of the program needs per operation in ns of processor time,
--- or its resident bytes per operation; nil where there is no such program.
local function run(program, n)
  local command = ("N=%d '%s' bench/%s.lua 2>&1"):format(n, lua, program)
  local pipe <close> = assert(io.popen(command))
  local text = pipe:read "a"
  local operations, seconds = text:match "^W%w+ %S+ (%d+) ([%d.]+)"
  if not operations then return nil, text end
  local bytes = text:match "bytes=(%d+)"
  if bytes then return tonumber(bytes) end
  return (tonumber(text:match " cpu=([%d.]+)") or tonumber(seconds)) * 1e9
    / tonumber(operations)
end

--- The medians at both sizes.
local function measure(program, size)
  local small, large = {}, {}
  for i = 1, runs do
    small[i] = assert(run(program, size))
    large[i] = assert(run(program, size * grow))
  end
  return median(small), median(large)
end

local function cells(program, size)
  local small, large = measure(program, size)
  return ("%.0f | %.0f | %.2f"):format(small, large, large / small)
end

print(("| | size | asyncio | at %d times | ratio | bare | at %d times | ratio |")
  :format(grow, grow))
print "|---|---:|---:|---:|---:|---:|---:|---:|"
for _, workload in ipairs(WORKLOADS) do
  local id, size = workload[1], workload[2]
  if not only or (" " .. only .. " "):find(" " .. id .. " ", 1, true) then
    print(("| %s | %d | %s | %s |"):format(id, size,
      cells(id .. "/asyncio", size), cells(id .. "/bare", size)))
    io.stdout:flush()
  end
end
