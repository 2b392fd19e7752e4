-- The same coroutines as tasks, side by side: two seconds in all.
local asyncio = require "asyncio"
local await = asyncio.await

local say_after = asyncio.async(function(delay, what)
  await(asyncio.sleep(delay))
  print(what)
end)

local function main()
  local task1 = asyncio.create_task(say_after(1, "hello"))
  local task2 = asyncio.create_task(say_after(2, "world"))

  print("started at " .. os.date("%X"))

  -- Wait until both tasks are completed (should take around 2 seconds.)
  await(task1)
  await(task2)

  print("finished at " .. os.date("%X"))
end

asyncio.run(main)
