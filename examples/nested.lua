-- A coroutine awaits another one.
local asyncio = require "asyncio"
local await = asyncio.await

local nested = asyncio.async(function()
  return 42
end)

local function main()
  -- Nothing happens if we just call nested(): a coroutine object is made but
  -- not awaited, so it won't run at all.
  nested()

  -- Let's do it differently now and await it:
  print(await(nested())) -- prints 42
end

asyncio.run(main)
