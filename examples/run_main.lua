-- The main entry point of a program.
local asyncio = require "asyncio"
local await = asyncio.await

local function main()
  await(asyncio.sleep(1))
  print("hello")
end

asyncio.run(main)
