-- shield: the caller is cancelled, the task inside is not.
local asyncio = require "asyncio"
local await = asyncio.await

local something = asyncio.async(function()
  await(asyncio.sleep(0.2))
  print("something() is complete")
  return "result"
end)

local function main()
  local task = asyncio.create_task(something())
  local caller = asyncio.create_task(function()
    local res = await(asyncio.shield(task))
    print("never printed: " .. res)
  end)

  await(asyncio.sleep(0.1))
  caller:cancel()
  await(asyncio.wait {caller})
  print("the caller is cancelled: " .. tostring(caller:cancelled()))

  print("the task returned: " .. await(task))
end

asyncio.run(main)
