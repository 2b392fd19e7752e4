-- create_task, and the older way to make a task.
local asyncio = require "asyncio"
local await = asyncio.await

local coro = asyncio.async(function(how)
  print("made by " .. how)
end)

local function main()
  local task = asyncio.create_task(coro("create_task"))
  await(task)

  -- Works with any awaitable, but is less readable:
  task = asyncio.ensure_future(coro("ensure_future"))
  await(task)
end

asyncio.run(main)
