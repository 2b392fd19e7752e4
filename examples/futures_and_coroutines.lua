-- Futures and coroutines are awaited alike, and go together into gather.
local asyncio = require "asyncio"
local await = asyncio.await

local function function_that_returns_a_future_object()
  local loop = asyncio.get_running_loop()
  local future = loop:create_future()
  loop:call_later(0.1, future.set_result, future, "from the future")
  return future
end

local some_lua_coroutine = asyncio.async(function()
  await(asyncio.sleep(0.1))
  return "from the coroutine"
end)

local function main()
  print(await(function_that_returns_a_future_object()))

  -- this is also valid:
  local results = await(asyncio.gather(
    function_that_returns_a_future_object(),
    some_lua_coroutine()
  ))
  print(results[1])
  print(results[2])
end

asyncio.run(main)
