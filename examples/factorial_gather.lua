-- Three calls run side by side; their results come in the order of the calls.
local asyncio = require "asyncio"
local await = asyncio.await

local factorial = asyncio.async(function(name, number)
  local f = 1
  for i = 2, number do
    print(("Task %s: Compute factorial(%d), currently i=%d..."):format(name, number, i))
    await(asyncio.sleep(1))
    f = f * i
  end
  print(("Task %s: factorial(%d) = %d"):format(name, number, f))
  return f
end)

local function main()
  -- Schedule three calls concurrently:
  local L = await(asyncio.gather(
    factorial("A", 2),
    factorial("B", 3),
    factorial("C", 4)
  ))
  print("[" .. table.concat(L, ", ") .. "]")
end

asyncio.run(main)
