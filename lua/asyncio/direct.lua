-- The direct style: `local aio = require "asyncio.direct"` has the names of
-- asyncio, and what would return something to await awaits it on the spot:
-- aio.sleep(1) is await(asyncio.sleep(1)). The methods of objects are the same.

local asyncio = require "asyncio"
local core = require "asyncio.core"

local await = core.await

local direct = {}
for name, value in pairs(asyncio) do direct[name] = value end

local function awaiting(fn)
  return function(...) return await(fn(...)) end
end

--- Suspends for `delay` seconds; returns the values given after it.
direct.sleep = core.sleep_now

-- Waits for what asyncio's function of the name returns; gives its results.
for _, name in ipairs {"gather", "shield", "wait_for", "wait", "to_thread"} do
  direct[name] = awaiting(asyncio[name])
end

return direct
