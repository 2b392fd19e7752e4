-- What the stress programs have in common: scale and seed, figures of memory,
-- one line per check, the end.
--   STRESS_SCALE=1   the full figures; less is less of everything
--   STRESS_SEED=1    the same seed, the same choices
--   STRESS_RSS=0     what the process takes is not looked at: a sanitizer keeps what
--                    was freed
local support = {}

local MB = 2 ^ 20

support.MB = MB
support.scale = tonumber(os.getenv "STRESS_SCALE" or 1)
support.seed = tonumber(os.getenv "STRESS_SEED" or 1)

--- So many at full scale; a part of them, but `least`, at a smaller one.
function support.scaled(n, least)
  return math.max(least or 1, math.floor(n * support.scale))
end

--- Raises the message unless the condition holds.
function support.check(condition, ...)
  if not condition then error(string.format(...), 2) end
end

--- Says so and ends the process at once, without waiting for its threads.
function support.abort(...)
  io.stdout:flush()
  io.stderr:write("stress: ", string.format(...), "\n")
  os.exit(1, false)
end

--- Raises unless the two are equal.
function support.equal(got, expected, what, ...)
  if got == expected then return end
  error(("%s: %s, not %s"):format(what:format(...), got, expected), 2)
end

-- Figures ------------------------------------------------------------------

local function field_of(path, pattern)
  local file = io.open(path)
  if not file then return nil end
  local value = file:read("a"):match(pattern)
  file:close()
  return tonumber(value)
end

--- Bytes that Lua has in use after a full collection, finalizers included.
function support.lua_memory()
  for _ = 1, 3 do collectgarbage() end
  return math.floor(collectgarbage "count" * 1024)
end

local is_measured = os.getenv "STRESS_RSS" ~= "0"

--- Bytes of the process that are in memory; nil where nobody tells.
function support.rss()
  if not is_measured then return nil end
  local kb = field_of("/proc/self/smaps_rollup", "\nRss:%s*(%d+) kB")
    or field_of("/proc/self/status", "\nVmRSS:%s*(%d+) kB")
  return kb and kb * 1024
end

--- The most that it was; nil where nobody tells.
function support.peak_rss()
  local kb = is_measured and field_of("/proc/self/status", "\nVmHWM:%s*(%d+) kB")
  return kb and kb * 1024
end

--- How many threads the process has; nil where nobody tells.
function support.threads() return field_of("/proc/self/status", "\nThreads:%s*(%d+)") end

--- Raises unless the process comes to have so many threads: one that was joined
--- may be counted for a moment longer.
function support.wait_for_threads(n)
  local deadline = os.time() + 60
  while support.threads() ~= n and os.time() < deadline do end
  support.equal(support.threads(), n, "threads")
end

--- How many file descriptors are open; nil where nobody tells. The one that
--- looks is not there yet when it does.
function support.descriptors()
  local size = field_of("/proc/self/status", "\nFDSize:%s*(%d+)")
  if not size then return nil end
  local n = 0
  for fd = 0, size - 1 do
    local file = io.open("/proc/self/fdinfo/" .. fd)
    if file then
      n = n + 1
      file:close()
    end
  end
  return n > 0 and n or nil
end

--- Places for what is measured after each of n rounds: {lua = list, rss = list or
--- {}}. They are there from the beginning, so that they do not count as growth.
function support.new_samples(n)
  local samples = {lua = {}, rss = {}}
  for i = 1, n do
    samples.lua[i] = 0
    if support.rss() then samples.rss[i] = 0 end
  end
  return samples
end

--- Measures after round i.
function support.sample(samples, i)
  samples.lua[i] = support.lua_memory()
  if samples.rss[i] then samples.rss[i] = support.rss() end
end

local function least(list, from, to)
  local min = list[from]
  for i = from, to do min = math.min(min, list[i]) end
  return min
end

--- Raises if what was measured after each round has grown by more than the
--- tolerance, from the least of the first quarter to the least of the last: what
--- leaks raises the least too, what an allocator keeps for a while does not.
--- Returns the growth. An empty list, where nothing could be measured, is flat.
function support.check_flat(list, tolerance, what)
  if #list == 0 then return 0 end
  local quarter = (#list + 3) // 4
  local first = least(list, 1, quarter)
  local last = least(list, #list - quarter + 1, #list)
  support.check(last - first <= tolerance, "%s has grown in %d rounds from %s to %s", what,
    #list, support.count(first), support.count(last))
  return last - first
end

-- Texts --------------------------------------------------------------------

--- 1234567 -> "1,234,567"
function support.count(n)
  local text = ("%.0f"):format(n):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^(-?),", "%1"))
end

--- Bytes -> "12.3 MB"; nil -> "unknown".
function support.mb(bytes)
  return bytes and ("%.1f MB"):format(bytes / MB) or "unknown"
end

local last = os.clock()

--- Prints the line of a check that has passed, with the CPU time since the last.
function support.say(what, ...)
  local now = os.clock()
  print(("  %-10s %s (%.1f s)"):format(what, string.format(...), now - last))
  io.stdout:flush()
  last = now
end

-- The program --------------------------------------------------------------

--- Reports of a loop are faults: for set_exception_handler.
function support.no_reports(_, context)
  support.abort("an unexpected report: %s\n%s\n%s", context.message, context.exception,
    context.traceback)
end

--- Runs the program; ends the process, with status 1 if it has failed.
function support.main(name, program)
  math.randomseed(support.seed)
  print(("%s: STRESS_SCALE=%g STRESS_SEED=%d"):format(name, support.scale, support.seed))
  local ok, err = xpcall(program, debug.traceback)
  if not ok then
    support.abort("%s has failed with STRESS_SCALE=%g STRESS_SEED=%d: %s", name,
      support.scale, support.seed, err)
  end
  print(("%s: passed in %.1f s of CPU time, %s at most"):format(name, os.clock(),
    support.mb(support.peak_rss())))
end

return support
