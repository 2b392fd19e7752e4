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

-- Kilobytes that may come and go, by what is measured.
local TOLERANCE = {memory = 200, rss = 6000, threads = 0, descriptors = 0}

--- False, and says what has grown, if anything has.
function process.compare(before, after, stderr)
  local ok = true
  for what, tolerance in pairs(TOLERANCE) do
    if what ~= "rss" or not is_sanitized() then
      local grown = after[what] - before[what]
      if grown > tolerance then
        stderr:write(("fault: %s grew from %.0f to %.0f\n")
          :format(what, before[what], after[what]))
        ok = false
      end
    end
  end
  return ok
end

return process
