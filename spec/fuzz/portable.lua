-- Functions that can cross to a worker thread: their only upvalue is the
-- environment. Their errors are 1 and "deliberate".

return {
  function(...) return ... end,
  function() error("deliberate") end,
  function() error(1) end,
  function()
    local asyncio = require "asyncio"
    return asyncio.run(function() return asyncio.await(asyncio.sleep(0, 1)) end)
  end,
  function(loop)
    local asyncio = require "asyncio"
    return asyncio.run_coroutine_threadsafe(asyncio.sleep, loop, 0):result(0.01)
  end,
  function(loop) loop:call_soon_threadsafe(function() end) end,
}
