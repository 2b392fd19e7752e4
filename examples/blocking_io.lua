-- What blocks runs in a thread, and the loop goes on: one second in all.
local asyncio = require "asyncio"
local await = asyncio.await

local function blocking_io()
  print("start blocking_io at " .. os.date("%X"))
  -- Note that the command can be replaced with any blocking operation, such as
  -- the reading of a file.
  os.execute("sleep 1")
  print("blocking_io complete at " .. os.date("%X"))
end

local function main()
  print("started main at " .. os.date("%X"))

  await(asyncio.gather(
    asyncio.to_thread(blocking_io),
    asyncio.sleep(1)
  ))

  print("finished main at " .. os.date("%X"))
end

asyncio.run(main)
