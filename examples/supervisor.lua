-- A supervisor: services run side by side, and one that fails is started again
-- after a pause that doubles. When one fails too often its error leaves the
-- supervisor, which stops the others first; each of them cleans up.
--
-- The time is virtual: the program ends at once. With the real clock it takes
-- seven seconds.
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local started

local function say(text, ...)
  local seconds = asyncio.get_running_loop():time() - started
  print(("%4.1f s  %s"):format(seconds, text:format(...)))
end

--- A value to hold in a <close> variable: calls fn when its block is left.
local function finally(fn)
  return setmetatable({}, {__close = fn})
end

-- Runs the service until it returns, or has been started again so many times.
-- Cancellation passes through asyncio.pcall.
local function keep_running(service, restarts)
  local pause = 0.5
  for left = restarts, 0, -1 do
    local ok, err = asyncio.pcall(service.run)
    if ok then return end
    if left == 0 then
      error(("%s failed too often: %s"):format(service.name, err), 0)
    end
    say("%s: %s; again in %g s", service.name, err, pause)
    await(sleep(pause))
    pause = 2 * pause
  end
end

--- Runs the services, and returns when all have returned. Raises an
--- ExceptionGroup with the error of the one that failed too often.
local function supervise(services, restarts)
  local group <close> = asyncio.TaskGroup()
  for _, service in ipairs(services) do
    group:spawn(keep_running, service, restarts)
  end
end

-- ---- the services -----------------------------------------------------------

local function clock()
  local _ <close> = finally(function()
    await(sleep(0.2)) -- cleaning up may take time
    say("clock: stopped")
  end)
  while true do
    say("clock: tick")
    await(sleep(2))
  end
end

local function mailer()
  await(sleep(0.7))
  error("connection lost", 0)
end

local function migration()
  await(sleep(1.2))
  say("migration: done")
end

asyncio.run(function()
  started = asyncio.get_running_loop():time()
  local ok, err = asyncio.pcall(supervise, {
    {name = "clock", run = clock},
    {name = "mailer", run = mailer},
    {name = "migration", run = migration},
  }, 3)
  say("the supervisor has ended: %s", ok and "all is done" or err.exceptions[1])
end, {clock = "virtual"})
