-- Hashes files in parallel: threads read and compute, and meanwhile the loop
-- shows how far they are.
--
--   lua5.4 examples/hash_files.lua [file ...]
--
-- Without arguments it makes some files of its own, and removes them at the end.
-- A call in a thread cannot be interrupted, so each hashes one part of a file
-- only: after Ctrl-C those that run end soon, and no other begins. The status is
-- then 130; it is 1 if a file could not be read.
local asyncio = require "asyncio"
local await, sleep, to_thread = asyncio.await, asyncio.sleep, asyncio.to_thread

local PART = 1 << 20 -- bytes that a thread hashes in one call
local AT_ONCE = 4    -- files at the same time; more than cores is no use

-- ---- in the threads ---------------------------------------------------------

--- Reads a part of a file and takes it into the hash, which is FNV-1a with 64
--- bits. Returns the new hash and the size of the part.
local function hash_part(path, offset, size, hash)
  local file <close>, err = io.open(path, "rb")
  if not file then error(err, 0) end
  assert(file:seek("set", offset))
  local part, problem = file:read(size)
  if problem then error(path .. ": " .. problem, 0) end
  part = part or "" -- the end of the file
  for i = 1, #part do
    hash = (hash ~ part:byte(i)) * 0x100000001b3
  end
  return hash, #part
end

-- ---- in the loop ------------------------------------------------------------

--- Returns the hash and the size of the file.
local function hash_file(path, progress)
  local hash, offset = 0xcbf29ce484222325, 0
  repeat
    local size
    hash, size = await(to_thread(hash_part, path, offset, PART, hash))
    offset = offset + size
    progress.bytes = progress.bytes + size
  until size < PART
  return hash, offset
end

local function show(progress)
  io.stderr:write(("\r%d of %d files, %.1f MB"):format(
    progress.files, progress.of, progress.bytes / 1e6))
end

--- Shows the progress, until what is returned is closed.
local function display(progress)
  local task = asyncio.spawn(function()
    while true do
      show(progress)
      await(sleep(0.1))
    end
  end)
  return setmetatable({}, {__close = function(_, err)
    task:cancel()
    show(progress)
    io.stderr:write(err and ", given up\n" or "\n")
  end})
end

--- Hashes the files, some of them at a time. Returns a list of results: each
--- has a hash and a size, or an error.
local function hash_files(paths)
  local results, progress = {}, {files = 0, of = #paths, bytes = 0}
  local _ <close> = display(progress)

  -- Takes one path after the other, for as long as there are any.
  local begun = 0
  local function work()
    while begun < #paths do
      begun = begun + 1
      local i = begun
      local ok, hash, size = asyncio.pcall(hash_file, paths[i], progress)
      results[i] = ok and {hash = hash, size = size} or {error = hash}
      progress.files = progress.files + 1
    end
  end

  local workers = {}
  for i = 1, math.min(AT_ONCE, #paths) do workers[i] = work end
  await(asyncio.gather(workers))
  return results
end

-- ---- the program ------------------------------------------------------------

--- A list of paths of new files, which are removed when it is closed.
local function make_files()
  local function remove(paths)
    for _, path in ipairs(paths) do os.remove(path) end
  end
  local paths = setmetatable({}, {__close = remove})
  for i = 1, 9 do
    paths[i] = os.tmpname()
    local file <close> = assert(io.open(paths[i], "wb"))
    file:write((("this is file %d\n"):format(i)):rep(i * 20000))
  end
  return paths
end

asyncio.main(function()
  local paths <close> = #arg == 0 and make_files() or nil
  local results, failed = hash_files(paths or arg), 0
  for i, path in ipairs(paths or arg) do
    local result = results[i]
    if result.error then
      failed = failed + 1
      print("error: " .. result.error)
    else
      print(("%016x %9d  %s"):format(result.hash, result.size, path))
    end
  end
  if failed > 0 then error(asyncio.SystemExit(1)) end
end)
