-- Runs the workloads, ours and those of each peer that is installed, in turn
-- RUNS times, and prints the medians, at the end as a table in Markdown. Run it
-- from the project's root, with LUA_PATH and LUA_CPATH set so that
-- `require "asyncio"` finds the module.
--
--   RUNS=5             how often each program runs
--   ONLY="W1 W3"       these workloads; without it all that are not extra
--   PEERS="luv py"     these peers; "" for none, without it all there are; the
--                      peer "bare" is Lua's threads alone, without a loop
--   OURS="asyncio"     our own rows
--   N=1000             the size of the workload, for every program
--   SCALE=0.1          or a share of its usual size
--   BY=cpu             compare by CPU time, for a machine that is busy
--   PYTHON=python3.13  the interpreter of the rows py and uvloop
--   NODE=node
--
-- A row's name may end in "-inc" or "-gen" (the collector, for rows in Lua),
-- "node-micro" lets node resolve promises without a trip through its loop.

local lua = arg[-1] or "lua5.4"
local env = os.getenv

-- `size` is what N is when nothing is said. `must` and `stretch` are the
-- project's targets, and `reference` the medians of the peers, on the machine
-- where the targets were set: absolute figures do not travel, ratios do.
local workloads = {
  {id = "W1", size = 200000, must = 500, stretch = 350,
    title = "spawn a task that returns at once, await it",
    reference = {luv = 1921, cqueues = 3489, copas = 12528, py = 7577,
      uvloop = 4047, node = 1792, ["node-micro"] = 102, go = 329}},
  {id = "W2", size = 10000, must = 800, stretch = 650,
    title = "gather of 10,000 tasks with one sleep(0) each; per task",
    reference = {luv = 2436, cqueues = 3562, copas = 5468, py = 8971,
      uvloop = 7367, node = 1895, ["node-micro"] = 438, go = 380}},
  {id = "W3", size = 10000, must = 130, stretch = 105,
    title = "100 tasks, 10,000 sleep(0) each; per switch",
    reference = {luv = 323, cqueues = 424, copas = 485, py = 1654,
      uvloop = 826, node = 241, ["node-micro"] = 72, go = 94}},
  {id = "W4", size = 2000, must = 3000, stretch = 2500,
    title = "100 nested calls, one sleep(0) at the bottom; per chain",
    reference = {luv = 2574, cqueues = 3107, copas = 6309, py = 15685,
      uvloop = 18537, node = 18872, ["node-micro"] = 12145, go = 441}},
  {id = "W4o", dir = "W4", file = "objects.lua", size = 2000,
    must = 20000, stretch = 15000,
    title = "the same with 100 nested awaits of coroutine objects",
    reference = {py = 15685, uvloop = 18537, node = 18872,
      ["node-micro"] = 12145}},
  {id = "W4b", size = 20000, must = 250, stretch = 130,
    title = "one suspension 100 calls deep",
    reference = {luv = 434, cqueues = 925, copas = 2900, py = 4266,
      uvloop = 5397, node = 2378, go = 50}},
  {id = "W5", size = 100000, must = 4000, stretch = 3200,
    title = "100,000 concurrent sleeps of 1 to 1000 ms; CPU per sleep",
    note = "late_p99_ms",
    reference = {luv = 9422, cqueues = 7145, copas = 14418, py = 22688,
      uvloop = 21594, node = 9838, go = 7335}},
  {id = "W6", size = 100000, must = 1450, stretch = 1350, unit = "bytes",
    title = "100,000 tasks waiting on one future; resident bytes per task",
    reference = {luv = 1503, cqueues = 1665, copas = 1784, py = 807,
      node = 726, go = 2740}},
  {id = "W7", size = 200000, must = 600, stretch = 450,
    title = "two tasks hand futures to and fro; per round trip",
    reference = {luv = 2110, cqueues = 1946, copas = 6609, py = 7797,
      uvloop = 2848, node = 257, go = 285}},
  {id = "W8", size = 500000, must = 200, stretch = 125,
    title = "producer and consumer over a queue of 100; per item",
    reference = {luv = 296, cqueues = 296, copas = 819, py = 1005,
      uvloop = 949, node = 209, go = 49}},
  {id = "W9", size = 100000, must = 250, stretch = 160,
    title = "wait_for something quick, 10 s",
    reference = {luv = 1258, cqueues = 3513, copas = 12835, py = 3714,
      uvloop = 7761, node = 926, go = 1338}},
  {id = "W10", size = 100000, must = 2600, stretch = 2000,
    title = "create, cancel and collect 100,000 sleeping tasks; per task",
    reference = {luv = 6343, cqueues = 6943, copas = 16362, py = 22154,
      uvloop = 22489, node = 48382, go = 4913}},
  {id = "W11", size = 50000, must = 3000, stretch = 1500, note = "speedup",
    title = "to_thread of an empty function, 64 in flight; per call",
    reference = {luv = 4759, py = 42341, uvloop = 18412, node = 6954,
      go = 184}},
  {id = "W11s", size = 1000,
    title = "a string of 1 MB to a thread and back; per round trip"},
  -- Extra: only when named in ONLY.
  {id = "W1o", dir = "W1", file = "objects.lua", size = 200000, extra = true,
    title = "W1 with coroutine objects"},
  {id = "W1s", size = 200000, extra = true, note = "stall_ms",
    title = "W1 with 100,000 tasks suspended, and the worst stall"},
  {id = "W2o", dir = "W2", file = "objects.lua", size = 10000, extra = true,
    title = "W2 with coroutine objects"},
  {id = "W4bo", dir = "W4b", file = "objects.lua", size = 20000, extra = true,
    title = "one suspension 100 awaits of coroutine objects deep"},
  {id = "W9o", dir = "W9", file = "objects.lua", size = 100000, extra = true,
    title = "W9 with coroutine objects"},
}

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

--- The output of a command, or nil when it fails or prints nothing.
local function capture(command)
  local pipe <close> = assert(io.popen(command .. " 2>/dev/null"))
  local text = pipe:read "a"
  return pipe:close() and text:match "%S" and text or nil
end

local function exists(path)
  local file = io.open(path)
  return file ~= nil and file:close()
end

local function words(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = word end
  return list
end

local function python_version(python, condition)
  local text = capture(quote(python) .. " -c " .. quote(condition ..
    "; import sys, asyncio; print('%d.%d.%d' % sys.version_info[:3])"))
  local major, minor, micro = (text or ""):match "^(%d+)%.(%d+)%.(%d+)"
  if not major then return nil end
  return major * 1000000 + minor * 1000 + micro,
    ("%d.%d.%d"):format(major, minor, micro)
end

-- The newest Python for which `condition` runs; PYTHON goes first.
local function newest_python(condition)
  local best, best_version, best_name
  local candidates = {"python3"}
  for minor = 15, 8, -1 do
    candidates[#candidates + 1] = "python3." .. minor
  end
  candidates[#candidates + 1] = "/usr/bin/python3"
  if env "PYTHON" then table.insert(candidates, 1, env "PYTHON") end
  for _, python in ipairs(candidates) do
    local version, name = python_version(python, condition)
    if version and python == env "PYTHON" then return python, name end
    if version and (not best or version > best_version) then
      best, best_version, best_name = python, version, name
    end
  end
  return best, best_name
end

local function lua_has(module)
  return capture(quote(lua) .. " -e " ..
    quote(("require '%s' print 'yes'"):format(module)))
end

local node = env "NODE" or "node"

-- Each finds out whether the peer is there: the command to run its programs
-- with, and what to say of it; or nil.
local detect = {
  luv = function() return lua_has "luv" and quote(lua), "luv" end,
  cqueues = function()
    return lua_has "cqueues.promise" and quote(lua), "cqueues"
  end,
  go = function()
    local version = capture "go version"
    return version and "sh bench/lib/go.sh",
      "Go " .. (version or ""):match "go(%d[%d.]*)"
  end,
  bare = function() return lua_has "bare" and quote(lua), "bare threads" end,
  copas = function()
    return lua_has "copas.future" and quote(lua), "copas"
  end,
  py = function()
    local python, version = newest_python "0"
    return python and quote(python), "CPython " .. tostring(version)
  end,
  uvloop = function()
    local python, version = newest_python "import uvloop"
    return python and quote(python),
      "uvloop on CPython " .. tostring(version)
  end,
  node = function()
    local version = capture(quote(node) .. " --version")
    return version and quote(node) .. " --expose-gc",
      "node " .. tostring(version):gsub("%s", "")
  end,
}

local programs = {
  asyncio = "asyncio.lua", luv = "luv.lua", cqueues = "cqueues.lua",
  bare = "bare.lua", copas = "copas.lua", py = "py.py", uvloop = "py.py",
  node = "node.js", go = "go.go",
}

local function family(name) return (name:match "^[^-]+") end

-- The rows to run: {name =, command =}, ours first.
local function find_rows()
  local rows, said = {}, {}
  for _, name in ipairs(words(env "OURS" or "asyncio asyncio-inc")) do
    rows[#rows + 1] = {name = name, command = quote(lua), ours = true}
  end
  local peers = env "PEERS" or "bare luv cqueues copas py uvloop node go"
  for _, name in ipairs(words(peers)) do
    local find = detect[family(name)]
    if not find then error("no such peer: " .. name, 0) end
    local command, what = find()
    if command then
      rows[#rows + 1] = {name = name, command = command}
      said[#said + 1] = what
    else
      said[#said + 1] = name .. " (not installed)"
    end
  end
  return rows, #said > 0 and "beside " .. table.concat(said, ", ") or "alone"
end

local function median(list)
  if #list == 0 then return nil end
  table.sort(list)
  local mid = #list // 2
  if #list % 2 == 1 then return list[mid + 1] end
  return (list[mid] + list[mid + 1]) / 2
end

local function program_of(workload, row)
  local name = row.ours and workload.file or programs[family(row.name)]
  local path = ("bench/%s/%s"):format(workload.dir or workload.id, name)
  -- A workload of coroutine objects is compared with languages that have them.
  if workload.file and not row.ours and name:find "%.lua$" then return nil end
  return exists(path) and path or nil
end

-- Runs one program once: a table of its figures, or nil and its last line.
local function run_once(workload, row, size)
  local command = ("PEER=%s N=%d timeout 300 %s %s 2>&1"):format(
    quote(row.name), size, row.command, quote(program_of(workload, row)))
  local pipe <close> = assert(io.popen(command))
  local text = pipe:read "a"
  local ok = pipe:close()
  local n, ns, peak, rest =
    text:match "W%w+ %S+ (%d+) [%d.]+ ([%d.]+) (%d+) ?([^\n]*)"
  if not ok or not n then
    return nil, text:match "[^\n]+" or "no output"
  end
  local figures = {peak = tonumber(peak) / 1024}
  for key, value in rest:gmatch "([%w_]+)=([%d.eE+-]+)" do
    figures[key] = tonumber(value)
  end
  if figures.cpu then figures.cpu = figures.cpu * 1e9 / n end
  figures.value = workload.unit and figures[workload.unit] or tonumber(ns)
  if env "BY" == "cpu" and not workload.unit then
    figures.wall, figures.value = figures.value, figures.cpu or figures.value
  end
  return figures
end

local function number(value, format)
  return value and (format or "%.0f"):format(value) or ""
end

local function measure(workload, rows, runs)
  local size = math.floor(tonumber(env "N")
    or workload.size * tonumber(env "SCALE" or 1))
  local samples, failures = {}, {}
  for _ = 1, runs do
    for _, row in ipairs(rows) do
      if program_of(workload, row) and not failures[row.name] then
        local figures, problem = run_once(workload, row, size)
        failures[row.name] = problem
        local sample = samples[row.name] or {}
        samples[row.name] = sample
        for key, value in pairs(figures or {}) do
          sample[key] = sample[key] or {}
          table.insert(sample[key], value)
        end
      end
    end
  end
  local result = {failures = failures}
  for name, sample in pairs(samples) do
    local medians = {}
    for key, list in pairs(sample) do medians[key] = median(list) end
    result[name] = medians
  end
  return result
end

local function print_workload(workload, rows, result)
  print(("\n%s  %s"):format(workload.id, workload.title))
  local unit = workload.unit == "bytes" and "bytes" or "ns"
  print((("  %-14s %10s %10s %9s %9s %9s %8s  %s"):format("", unit, "cpu ns",
    "peer/ours", "must", "stretch", "peak MB", workload.note or "")
    :gsub("%s+$", "")))
  local ours = rows[1].ours and result[rows[1].name]
  for _, row in ipairs(rows) do
    local medians = result[row.name]
    local problem = result.failures[row.name]
    if problem then
      print(("  %-14s failed: %s"):format(row.name, problem))
    elseif medians and medians.value then
      local ratio, must, stretch
      if row.ours then
        must, stretch = workload.must, workload.stretch
      else
        -- What the targets ask for, as a ratio to this peer.
        local reference = (workload.reference or {})[row.name]
        must = reference and reference / workload.must
        stretch = reference and reference / workload.stretch
        ratio = ours and ours.value and medians.value / ours.value
      end
      local form = row.ours and "%.0f" or "%.2f"
      print((("  %-14s %10.0f %10s %9s %9s %9s %8s  %s"):format(row.name,
        medians.value, number(medians.cpu), number(ratio, "%.2f"),
        number(must, form), number(stretch, form), number(medians.peak),
        number(workload.note and medians[workload.note], "%.2f"))
        :gsub("%s+$", "")))
    end
  end
end

-- The first line of a command's output, or "unknown".
local function line_of(command)
  return (capture(command) or "unknown"):match "^%s*([^\n]-)%s*\n"
    or "unknown"
end

local function machine()
  local cpu = line_of "sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | uniq"
  if cpu == "unknown" then
    cpu = line_of "sysctl -n machdep.cpu.brand_string"
  end
  return ("%s cores, %s, %s"):format(line_of "getconf _NPROCESSORS_ONLN", cpu,
    line_of "uname -sr")
end

local function versions()
  local version = line_of(quote(lua) .. " -v"):match "^Lua [%d.]+"
  return ("%s, libuv %s"):format(version, line_of
    "pkg-config --modversion libuv")
end

-- One line of the table: what it cost us, and each row's figure as a ratio.
local function summary_line(workload, rows, result)
  local ours = rows[1].ours and (result[rows[1].name] or {}).value
  local cells = {}
  for i, row in ipairs(rows) do
    local value = (result[row.name] or {}).value
    local ratio = not row.ours and ours and value and value / ours
    cells[i] = ratio and ("%.0f (%.2f)"):format(value, ratio)
      or number(value)
  end
  return ("| %s | %s | %s | %s |"):format(workload.id, workload.title,
    table.concat(cells, " | "), number(workload.must))
end

-- The same figures as a table in Markdown, with what they depend on.
local function print_summary(rows, lines, said, runs)
  local names, rules = {}, {}
  for i, row in ipairs(rows) do names[i], rules[i] = row.name, "---:" end
  print(("\n%s; %s; %s; %s; medians of %d runs of %s.\n"):format(
    os.date "%Y-%m-%d", machine(), versions(), said, runs,
    env "BY" == "cpu" and "processor time" or "time"))
  print("Nanoseconds per operation (W6: bytes per task); in brackets the ratio "
    .. "to " .. rows[1].name .. ".\n")
  print(("| | workload | %s | must |"):format(table.concat(names, " | ")))
  print(("|---|---|%s|---:|"):format(table.concat(rules, "|")))
  for _, line in ipairs(lines) do print(line) end
end

local function main()
  local runs = tonumber(env "RUNS" or 5)
  local rows, said = find_rows()
  print(said)
  local chosen = {}
  local only = env "ONLY"
  for _, workload in ipairs(workloads) do
    if only then
      for _, id in ipairs(words(only)) do
        if id:lower() == workload.id:lower() then
          chosen[#chosen + 1] = workload
        end
      end
    elseif not workload.extra then
      chosen[#chosen + 1] = workload
    end
  end
  if #rows == 0 or #chosen == 0 then error("nothing to run", 0) end
  print(([[
Medians of %d runs each, in turn. `must` and `stretch` beside our rows are the
targets in absolute figures, as they were set on another machine; beside a
peer, the ratio to it that they stand for, which is what travels.]]):format(
    runs))
  local failed, lines = false, {}
  for _, workload in ipairs(chosen) do
    local result = measure(workload, rows, runs)
    print_workload(workload, rows, result)
    lines[#lines + 1] = summary_line(workload, rows, result)
    io.stdout:flush()
    for _, row in ipairs(rows) do
      failed = failed or row.ours and result.failures[row.name] ~= nil
    end
  end
  print_summary(rows, lines, said, runs)
  return not failed
end

os.exit(main())
