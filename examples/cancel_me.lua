-- A coroutine intercepts the request to cancel it, and passes it on.
local asyncio = require "asyncio"
local await = asyncio.await

local function finally(fn)
  return setmetatable({}, {__close = fn})
end

local cancel_me = asyncio.async(function()
  print("cancel_me(): before sleep")

  local _ <close> = finally(function()
    print("cancel_me(): after sleep")
  end)

  -- Wait for 1 hour
  local ok, err = pcall(await, asyncio.sleep(3600))
  if asyncio.isinstance(err, asyncio.CancelledError) then
    print("cancel_me(): cancel sleep")
  end
  if not ok then
    error(err, 0)
  end
end)

local function main()
  -- Create a "cancel_me" task
  local task = asyncio.create_task(cancel_me())

  -- Wait for 1 second
  await(asyncio.sleep(1))

  task:cancel()
  local _, err = pcall(await, task)
  if asyncio.isinstance(err, asyncio.CancelledError) then
    print("main(): cancel_me is cancelled now")
  end
end

asyncio.run(main)
