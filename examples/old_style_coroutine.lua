-- asyncio.coroutine marks a coroutine function, as asyncio.async does.
local asyncio = require "asyncio"
local await = asyncio.await

local old_style_coroutine = asyncio.coroutine(function()
  await(asyncio.sleep(1))
  return "old style"
end)

local function main()
  print(await(old_style_coroutine()))
end

asyncio.run(main)
