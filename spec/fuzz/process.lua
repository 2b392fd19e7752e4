-- What the process uses: memory, threads, descriptors. It is the same after many
-- programs as after few.

local process = {}

local function status(field)
  for line in io.lines "/proc/self/status" do
    local n = line:match("^" .. field .. ":%s+(%d+)")
    if n then return tonumber(n) end
  end
end

local function is_sanitized()
  for line in io.lines "/proc/self/maps" do
    if line:find "asan" then return true end
  end
  return false
end

local function descriptors()
  local n = 0
  for fd = 0, 300 do
    local info = io.open("/proc/self/fdinfo/" .. fd)
    if info then
      info:close()
      n = n + 1
    end
  end
  return n
end

--- Everything is collected before.
function process.measure()
  for _ = 1, 2 do collectgarbage() end
  return {memory = collectgarbage "count", rss = status "VmRSS",
          threads = status "Threads", descriptors = descriptors()}
end

-- By what is measured: kilobytes that may come and go.
local TOLERANCE = {memory = 60, rss = 2500, threads = 0, descriptors = 0}

-- What math.max or math.min says of the samples from the place to the other.
local function extreme(samples, what, choose, first, last)
  local value = samples[first][what]
  for i = first + 1, last do value = choose(value, samples[i][what]) end
  return value
end

--- Has anything grown, by samples that were taken in equal distances? Then false,
--- and says what. What leaks is even at its least late more than at its most early;
--- a single sample says little of the resident memory, which the C library gives
--- back when it likes.
function process.compare(samples, stderr)
  local n, ok = #samples, true
  if n < 8 then return true end
  for what, tolerance in pairs(TOLERANCE) do
    if what ~= "rss" or not is_sanitized() then
      local before = extreme(samples, what, math.max, n // 4, n // 2)
      local after = extreme(samples, what, math.min, 3 * n // 4, n)
      if after - before > tolerance then
        stderr:write(("fault: %s grew from %.0f to %.0f\n")
          :format(what, before, after))
        ok = false
      end
    end
  end
  return ok
end

return process
