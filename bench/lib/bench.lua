-- What the Lua programs share: sizes and names from the environment, the
-- memory of the process, statistics, and the one line each of them prints.
local bench = {}

--- Names the row; an ending "-inc" or "-gen" asks for that collector.
bench.peer = os.getenv "PEER" or "lua"

if bench.peer:find "%-inc$" then
  collectgarbage "incremental"
elseif bench.peer:find "%-gen$" then
  collectgarbage "generational"
end

--- The size of the workload: `N` of the environment, or what is given.
function bench.size(default)
  return math.floor(tonumber(os.getenv "N" or default))
end

local function proc(name, pattern)
  local file <close> = assert(io.open("/proc/self/" .. name))
  return tonumber(file:read "a":match(pattern))
end

--- Resident memory now, and at its highest, in kB.
function bench.rss() return proc("statm", "^%d+ (%d+)") * 4 end
function bench.peak() return proc("status", "VmHWM:%s+(%d+)") end

--- User and system time of this process, in seconds.
bench.cpu = os.clock

--- The same sequence of 1..1000 in every language.
function bench.lcg()
  local x = 12345
  return function()
    x = (x * 16807) % 2147483647
    return 1 + x % 1000
  end
end

function bench.percentile(list, p)
  table.sort(list)
  return list[math.min(math.floor(#list * p) + 1, #list)]
end

--- Lateness in ms of a list of seconds.
function bench.late(list)
  return ("late_p50_ms=%.3f late_p99_ms=%.3f late_min_ms=%.3f"):format(
    bench.percentile(list, .5) * 1e3, bench.percentile(list, .99) * 1e3,
    bench.percentile(list, 0) * 1e3)
end

--- workload peer operations seconds ns-per-operation peak-kB key=value...
function bench.report(workload, n, seconds, ...)
  local extra = select("#", ...) > 0 and string.format(...) or ""
  print(("%s %s %d %.6f %.1f %d %s"):format(workload, bench.peer, n, seconds,
    seconds * 1e9 / n, bench.peak(), extra))
  io.stdout:flush()
end

return bench
