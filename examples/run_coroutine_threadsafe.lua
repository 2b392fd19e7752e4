-- A thread has the loop run coroutines, and waits for their results.
local asyncio = require "asyncio"
local await = asyncio.await

local fail = asyncio.async(function()
  error("out of order", 0)
end)

local function report(future, timeout)
  local ok, result = pcall(future.result, future, timeout)
  if ok then
    print("The coroutine returned: " .. result)
  elseif asyncio.isinstance(result, asyncio.TimeoutError) then
    print("The coroutine took too long, cancelling the task...")
    future:cancel()
  else
    print("The coroutine raised an exception: " .. result)
  end
end

local function in_a_thread(loop)
  local timeout = 10

  -- Create a coroutine
  local coro = asyncio.sleep(1, 3)

  -- Submit the coroutine to a given loop
  local future = asyncio.run_coroutine_threadsafe(coro, loop)

  -- Wait for the result with an optional timeout argument
  assert(future:result(timeout) == 3)

  report(asyncio.run_coroutine_threadsafe(asyncio.sleep(1, 3), loop), timeout)
  report(asyncio.run_coroutine_threadsafe(asyncio.sleep(3600), loop), 0.1)
  report(asyncio.run_coroutine_threadsafe(fail(), loop), timeout)
end

local function main()
  await(asyncio.to_thread(in_a_thread, asyncio.get_running_loop()))
end

asyncio.run(main)
