-- A coroutine that would take an hour gets one second.
local asyncio = require "asyncio"
local await = asyncio.await

local eternity = asyncio.async(function()
  -- Sleep for one hour
  await(asyncio.sleep(3600))
  print("yay!")
end)

local function main()
  -- Wait for at most 1 second
  local ok, err = asyncio.pcall(await, asyncio.wait_for(eternity(), 1.0))
  if asyncio.isinstance(err, asyncio.TimeoutError) then
    print("timeout!")
  else
    assert(ok, err)
  end
end

asyncio.run(main)
