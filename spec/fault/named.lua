-- A function whose name the module reads from this file.
local function named() end

return named
