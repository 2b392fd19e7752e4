-- What the driver reads once, with all the memory there is: the names of the
-- scenarios, the public names and what is excluded of them, and every Lua file,
-- compiled. The one argument is the script with the scenarios.

local script = ...

package.path = "lua/?.lua;lua/?/init.lua;./?.lua;" .. package.path

local problems = {}

local function problem(...) problems[#problems + 1] = string.format(...) end

local function names_of(list)
  local result = {}
  for i, entry in ipairs(list) do result[i] = entry.name end
  return result
end

-- A class that lua/asyncio/meta.lua gives methods needs an object in names.lua.
local function check_classes(names)
  local _, declared = dofile(".ci/annotations.lua").read("lua/asyncio/meta.lua")
  local classes = names.classes()
  for class, entry in pairs(declared) do
    local name = class:match("^asyncio%.(.*)$")
    if name and next(entry.methods) and not names.tables[class]
        and not classes[name] then
      problem("%s: spec/fault/names.lua has no object of this class", class)
    end
  end
end

local function check_excluded(names, public)
  local known = {}
  for _, name in ipairs(public) do known[name] = true end
  for name in pairs(names.excluded) do
    if not known[name] then problem("%s: is excluded, but not public", name) end
  end
end

-- "=" keeps the module from reading the file for the names of its functions,
-- line after line, in every scenario; one is about that: spec/fault/named.lua.
local function chunk_name(path)
  local has_names = not path:find("spec/fault/", 1, true)
    or path:find("/named.lua", 1, true)
  return (has_names and "@" or "=") .. path
end

local function compile(path)
  local file <close> = assert(io.open(path))
  return string.dump(assert(load(file:read("a"), chunk_name(path))))
end

-- Of all modules that were loaded here, and of the script.
local function compile_all()
  local chunks = {[script] = compile(script)}
  for name in pairs(package.loaded) do
    local path = package.searchpath(name, package.path)
    if path then chunks[name] = compile(path) end
  end
  return chunks
end

local scenarios = names_of(dofile(script))
local names = require "spec.fault.names"
require "spec.fault.named"
local public = names_of(names.public())
check_classes(names)
check_excluded(names, public)

return {scenarios = scenarios, public = public, excluded = names.excluded,
        problems = problems, chunks = compile_all()}
