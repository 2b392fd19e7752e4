-- Coroutines awaited one after the other: three seconds in all.
local asyncio = require "asyncio"
local await = asyncio.await

local say_after = asyncio.async(function(delay, what)
  await(asyncio.sleep(delay))
  print(what)
end)

local function main()
  print("started at " .. os.date("%X"))

  await(say_after(1, "hello"))
  await(say_after(2, "world"))

  print("finished at " .. os.date("%X"))
end

asyncio.run(main)
