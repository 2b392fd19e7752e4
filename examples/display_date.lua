-- Displays the current date every second for five seconds.
local asyncio = require "asyncio"
local await = asyncio.await

local function display_date()
  local loop = asyncio.get_running_loop()
  local end_time = loop:time() + 5.0
  while true do
    print(os.date("%Y-%m-%d %H:%M:%S"))
    if loop:time() + 1.0 >= end_time then
      break
    end
    await(asyncio.sleep(1))
  end
end

asyncio.run(display_date)
