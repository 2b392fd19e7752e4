-- Prints, waits a second, and prints again. Making a coroutine does not run it.
local asyncio = require "asyncio"
local await = asyncio.await

local main = asyncio.async(function()
  print("hello")
  await(asyncio.sleep(1))
  print("world")
end)

local unused = main() -- a coroutine object: it would run when awaited
assert(asyncio.iscoroutine(unused))

asyncio.run(main())
