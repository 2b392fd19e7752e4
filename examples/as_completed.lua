-- The earliest next result, one by one.
local asyncio = require "asyncio"
local await = asyncio.await

local fetch = asyncio.async(function(name, delay)
  await(asyncio.sleep(delay))
  return name
end)

local function main()
  local aws = {fetch("slow", 0.3), fetch("quick", 0.1), fetch("medium", 0.2)}
  for coro in asyncio.as_completed(aws) do
    local earliest_result = await(coro)
    print(earliest_result)
  end
end

asyncio.run(main)
