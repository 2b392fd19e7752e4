-- wait takes tasks: those that are done can then be looked up in its result.
local asyncio = require "asyncio"
local await = asyncio.await

local foo = asyncio.async(function()
  return 42
end)

local function main()
  local task = asyncio.create_task(foo())
  local done, pending = await(asyncio.wait {task})

  if done[task] then
    -- Everything works as expected now.
    print("done: " .. task:result() .. ", still pending: " .. #pending)
  end
end

asyncio.run(main)
