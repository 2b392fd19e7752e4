-- A module with a context variable, which threads find by its name.
local asyncio = require "asyncio"

local variables = {request = asyncio.ContextVar("request")}

function variables.get_request() return variables.request:get() end

return variables
