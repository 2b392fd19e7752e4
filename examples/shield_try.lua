-- Ignores cancellation altogether (not recommended): shield within a pcall.
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
    -- Lua's own pcall catches CancelledError, asyncio.pcall lets it pass.
    local ok, res = pcall(await, asyncio.shield(task))
    if asyncio.isinstance(res, asyncio.CancelledError) then
      res = nil
    else
      assert(ok, res)
    end
    print("the caller goes on with " .. tostring(res))
  end)

  await(asyncio.sleep(0.1))
  caller:cancel()
  await(caller)
  await(task)
end

asyncio.run(main)
