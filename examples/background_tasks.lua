-- Tasks that run in the background. The loop keeps unfinished tasks, so that
-- none disappears; a set of them is for those who want to know what still runs.
local asyncio = require "asyncio"
local await = asyncio.await

local some_coro = asyncio.async(function(param)
  await(asyncio.sleep(0.1))
  print("background task " .. param)
end)

local function main()
  local background_tasks = {}

  for i = 1, 10 do
    local task = asyncio.create_task(some_coro(i))

    -- Add the task to the set.
    background_tasks[task] = true

    -- Make each task remove itself from the set after completion:
    task:add_done_callback(function(done) background_tasks[done] = nil end)
  end

  await(asyncio.sleep(0.2))
  print("left: " .. tostring(next(background_tasks)))
end

asyncio.run(main)
