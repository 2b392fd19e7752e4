-- The factorials as older editions of the documents have them: no results.
local asyncio = require "asyncio"
local await = asyncio.await

local factorial = asyncio.async(function(name, number)
  local f = 1
  for i = 2, number do
    print(("Task %s: Compute factorial(%d)..."):format(name, i))
    await(asyncio.sleep(1))
    f = f * i
  end
  print(("Task %s: factorial(%d) = %d"):format(name, number, f))
end)

local function main()
  -- Schedule three calls concurrently:
  await(asyncio.gather(
    factorial("A", 2),
    factorial("B", 3),
    factorial("C", 4)
  ))
end

asyncio.run(main)
