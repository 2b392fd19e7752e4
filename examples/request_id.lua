-- A request id in a context variable. It is set once, where a request arrives;
-- every log line shows it, and no function passes it on: tasks, callbacks, threads
-- and what threads send back get it along.
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local request_id = asyncio.ContextVar("request_id", {default = "-"})

local function log(text, ...)
  print(("[%s] "):format(request_id:get()) .. text:format(...))
end

-- ---- what knows nothing of requests -----------------------------------------

local function look_up(name, seconds)
  log("looking up %s", name)
  await(sleep(seconds))
  return name .. ".png"
end

--- Runs in a thread. The loop is given to it as an argument.
local function shrink(loop, picture)
  log("a thread shrinks %s", picture)
  loop:call_soon_threadsafe(log, "the loop hears of it from the thread")
  return 1000 // #picture
end

--- A callback. When it fails, the loop's exception handler is called, in the
--- context of the callback.
local function count(picture)
  if picture:find("^c") then error("no counter for " .. picture, 0) end
  log("counted %s", picture)
end

-- ---- requests ---------------------------------------------------------------

local function handle(id, name, seconds)
  request_id:set(id) -- for this task, and all that comes of it
  log("request for %s", name)
  local loop = asyncio.get_running_loop()
  local picture = look_up(name, seconds)
  local size = await(asyncio.to_thread(shrink, loop, picture))
  loop:call_soon(count, picture)
  log("answered with %d bytes", size)
end

local function main()
  asyncio.get_running_loop():set_exception_handler(function(_, report)
    log("error: %s", report.exception)
  end)
  log("serving")

  -- Three requests at the same time: each is a task, with a context of its own.
  local requests = {}
  for i, name in ipairs {"apple", "banana", "cherry"} do
    requests[i] = asyncio.spawn(handle, "r" .. i, name, 0.55 - 0.15 * i)
  end
  await(asyncio.gather(requests))

  log("done; the first one was %s", requests[1]:get_context()[request_id])
end

asyncio.main(main)
