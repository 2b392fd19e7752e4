-- The module exports one symbol: lua5.4 .ci/check_symbols.lua build/.../core.so
local file = assert(arg[1], "which file?")
local names = {}
for line in io.popen("nm -D --defined-only '" .. file .. "'"):lines() do
  names[#names + 1] = line:match("%S+$")
end
if #names ~= 1 or names[1] ~= "luaopen_asyncio_core" then
  io.stderr:write(file, " exports ", table.concat(names, ", "), "\n")
  os.exit(1)
end
print("symbols: " .. names[1] .. " alone")
