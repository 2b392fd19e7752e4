-- Runs busted in the Lua that runs this file, whatever `lua` and `busted` on
-- the search path are; the sanitized host and LuaRocks run the specs by it.
-- Where busted is not among this Lua's modules, the command `busted` has to do.
local found, runner = pcall(require, "busted.runner")
if found then
  table.insert(arg, 1, "--ignore-lua") -- of the .busted file
  runner({standalone = false})
else
  local words = {"busted"}
  for i = 1, #arg do words[i + 1] = "'" .. arg[i]:gsub("'", "'\\''") .. "'" end
  local ok, _, code = os.execute(table.concat(words, " "))
  os.exit(ok or code, true)
end
