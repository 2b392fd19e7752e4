-- A coroutine in a task runs soon, side by side with main. Prints nothing.
local asyncio = require "asyncio"
local await = asyncio.await

local nested = asyncio.async(function()
  return 42
end)

local function main()
  -- Schedule nested() to run soon, concurrently with main().
  local task = asyncio.create_task(nested())

  -- The task can now be used to cancel nested(), or can simply be awaited to
  -- wait until it is complete:
  await(task)
end

asyncio.run(main)
