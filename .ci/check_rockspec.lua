-- The rockspec names the files there are, no more and no less.
local spec = {}
assert(loadfile("rockspec/asyncio-uv-scm-1.rockspec", "t", spec))()

local failures = 0
local function compare(what, listed, pattern)
  local there = {}
  for file in io.popen("ls " .. pattern):lines() do there[file] = true end
  for _, file in ipairs(listed) do
    if not there[file] then
      failures = failures + 1
      io.stderr:write("the rockspec names ", file, ", which is not there\n")
    end
    there[file] = nil
  end
  for file in pairs(there) do
    failures = failures + 1
    io.stderr:write("the rockspec lacks ", file, " among its ", what, "\n")
  end
end

local modules, lua_files = spec.build.modules, {}
for name, module in pairs(modules) do
  if type(module) == "string" then
    local place = module:match("^lua/(.*)%.lua$"):gsub("/init$", ""):gsub("/", ".")
    if place ~= name then
      failures = failures + 1
      io.stderr:write(module, " is not the place of module ", name, "\n")
    end
    lua_files[#lua_files + 1] = module
  end
end
compare("sources", modules["asyncio.core"].sources, "csrc/*.c")
compare("modules", lua_files, "lua/asyncio/*.lua")
if failures > 0 then os.exit(1) end
print(("rockspec: %d C and %d Lua files"):format(#modules["asyncio.core"].sources, #lua_files))
