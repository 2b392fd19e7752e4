-- The programs in the documents run, and print what stands below them: every
-- block marked `lua` that contains `require "asyncio"` must exit with status 0;
-- if a block marked `text` follows, its standard output must be equal to that.

local LIMIT = 20 -- seconds for one program

-- The words that started the program that runs these specs.
local function interpreter()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return first < 0 and arg[first] or "lua5.4"
end

local function quote(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

local function read_lines(path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  return lines
end

--- The fenced blocks of a page: lists of {mark, text, line}, where `line` is
--- that of the opening fence, and `follows` tells that only blank lines stand
--- between it and the block before.
local function blocks_of(path)
  local blocks, open, is_near = {}, nil, false
  for number, line in ipairs(read_lines(path)) do
    local mark = line:match("^```%s*([%w_]*)%s*$")
    if open then
      if mark then
        open.text = table.concat(open.lines, "\n", 1, #open.lines)
        blocks[#blocks + 1], open, is_near = open, nil, true
      else
        open.lines[#open.lines + 1] = line
      end
    elseif mark then
      open = {mark = mark, line = number, lines = {}, follows = is_near}
    elseif line:find("%S") then
      is_near = false
    end
  end
  assert(not open, path .. ": the last block does not end")
  return blocks
end

--- The programs of a page: {text, line, expected or nil}.
local function programs_of(path)
  local programs, blocks = {}, blocks_of(path)
  for i, block in ipairs(blocks) do
    if block.mark == "lua" and block.text:find('require "asyncio"', 1, true) then
      local below = blocks[i + 1]
      if below and not (below.mark == "text" and below.follows) then below = nil end
      programs[#programs + 1] = {text = block.text, line = block.line,
                                 expected = below and below.text .. "\n"}
    end
  end
  return programs
end

local function read_all(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

--- Runs the chunk as a program of its own: its status, and what it wrote to
--- standard output and to standard error.
local function run(text)
  local script, errors = os.tmpname(), os.tmpname()
  local file = assert(io.open(script, "w"))
  file:write(text, "\n")
  file:close()
  local path, cpath = quote(package.path), quote(package.cpath)
  local pipe = assert(io.popen(
    ("LUA_PATH=%s LUA_PATH_5_4=%s LUA_CPATH=%s LUA_CPATH_5_4=%s timeout %d %s %s 2>%s")
      :format(path, path, cpath, cpath, LIMIT, quote(interpreter()), quote(script),
              quote(errors))))
  local output = pipe:read("a")
  local _, how, status = pipe:close()
  local complaints = read_all(errors)
  os.remove(script)
  os.remove(errors)
  return how .. " " .. status, output, complaints
end

local function pages()
  local list = {}
  local ls = assert(io.popen("ls README.md docs/*.md 2>/dev/null"))
  for path in ls:lines() do list[#list + 1] = path end
  ls:close()
  return list
end

describe("the documents", function()
  it("have programs in the reference", function()
    assert.is_true(#programs_of("docs/reference.md") > 20)
  end)

  for _, path in ipairs(pages()) do
    for _, program in ipairs(programs_of(path)) do
      it(("%s, line %d: the program runs"):format(path, program.line), function()
        local ending, output, complaints = run(program.text)
        assert.equal("exit 0", ending, output .. complaints)
        if program.expected then
          assert.equal(program.expected, output, complaints)
        end
      end)
    end
  end
end)
