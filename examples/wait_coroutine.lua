-- wait takes no coroutines: what it returned would not be what it was given.
local asyncio = require "asyncio"
local await = asyncio.await

local foo = asyncio.async(function()
  return 42
end)

local function main()
  local coro = foo()
  local ok, err = asyncio.pcall(function() return await(asyncio.wait {coro}) end)
  if not ok then
    print(err)
  end
end

asyncio.run(main)
