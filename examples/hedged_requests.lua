-- Happy eyeballs: a host has several addresses; the next one is tried when the
-- last has failed, or has not answered within a moment. The first connection
-- wins, the other attempts are cancelled. The same hedges requests to replicas.
--
-- The time is virtual: the program ends at once. With the real clock it takes
-- three seconds.
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local started

local function say(text, ...)
  local seconds = asyncio.get_running_loop():time() - started
  print(("%5.2f s  %s"):format(seconds, text:format(...)))
end

--- Calls the functions, each `delay` seconds after the one before, or as soon as
--- that has failed. Returns the first result; raises the last error if all fail.
local function first_of(delay, attempts)
  local result, last_error
  do
    local race <close> = asyncio.TaskGroup()

    local function try(i)
      local has_failed = asyncio.Event()
      if attempts[i + 1] then
        race:spawn(function()
          asyncio.move_on_after(delay, await, has_failed:wait())
          try(i + 1)
        end)
      end
      race:spawn(function()
        local ok, value = asyncio.pcall(attempts[i])
        if ok then
          result = value
          race:cancel() -- ends the group, without an error
        else
          last_error = value
          has_failed:set()
        end
      end)
    end

    try(1)
  end
  return result or error(last_error, 0)
end

-- In place of a connection: an address answers after so many seconds.
local function connect(address, seconds, err)
  return function()
    say("%s: connecting", address)
    local _ <close> = setmetatable({}, {__close = function(_, why)
      say("%s: %s", address, why or "connected")
    end})
    await(sleep(seconds))
    if err then error(err, 0) end
    return address
  end
end

local function open(host, addresses)
  say("%s", host)
  local _ <close> = asyncio.timeout(2)
  return first_of(0.25, addresses)
end

asyncio.run(function()
  started = asyncio.get_running_loop():time()
  say("using %s", open("fast.example", {
    connect("2001:db8::1", 60), connect("2001:db8::2", 0.05, "refused"),
    connect("192.0.2.1", 0.4), connect("192.0.2.2", 0.3),
  }))
  local ok, err = asyncio.pcall(open, "dead.example", {
    connect("192.0.2.3", 60), connect("192.0.2.4", 0.1, "refused"),
  })
  say("%s", ok and "connected" or err)
end, {clock = "virtual"})
