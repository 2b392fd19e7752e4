-- What crosses between Lua states: each value goes there and back in the same
-- state (copy), and to another state and home again (into).
require "asyncio"
local core = require "asyncio.core"
local exceptions = require "asyncio.exceptions"
local support = require "spec.support"
local values = require "spec.fuzz.values"

local raises = support.raises

-- The modules that a test wrote; their files are gone after it.
local written, saved_path = {}, package.path

-- Loads a new module with this text, in a place where others find it.
local function write_module(text)
  local file = os.tmpname()
  local dir, name = file:match("^(.*[/\\])([^/\\]*)$")
  local out = assert(io.open(file, "w"))
  out:write(text)
  out:close()
  written[#written + 1] = {file = file, name = name}
  package.path = dir .. "?;" .. saved_path
  return require(name), name
end

local function remove_modules()
  package.path = saved_path
  for _, module in ipairs(written) do
    os.remove(module.file)
    package.loaded[module.name] = nil
  end
  written = {}
end

-- Each test for both ways.
local function both(describe_with)
  for name, cross in pairs {copy = core._transfer_copy, into = core._transfer_into} do
    describe(("transfer (%s)"):format(name), function()
      after_each(remove_modules)
      describe_with(cross)
    end)
  end
end

both(function(cross)
  -- Plain values -----------------------------------------------------------

  it("keeps nothing, and nil holes", function()
    assert.equal(0, select("#", cross()))
    assert.same({n = 4, nil, 1, nil, nil}, table.pack(cross(nil, 1, nil, nil)))
  end)

  it("keeps 250 arguments, and 10,000", function()
    for _, n in ipairs {250, 10000} do
      local list = {}
      for i = 1, n do list[i] = i % 7 ~= 0 and i or nil end
      local copies = table.pack(cross(table.unpack(list, 1, n)))
      assert.equal(n, copies.n)
      for i = 1, n do assert.equal(list[i], copies[i]) end
    end
  end)

  it("keeps integers and floats apart", function()
    for _, n in ipairs {0, 255, 256, -1, math.maxinteger, math.mininteger} do
      assert.equal("integer", math.type((cross(n))))
      assert.equal(n, (cross(n)))
    end
    for _, x in ipairs {0.0, 1.0, 2^53, 1e308, 5e-324, math.huge, -math.huge} do
      assert.equal("float", math.type((cross(x))))
      assert.equal(x, (cross(x)))
    end
  end)

  it("keeps every bit of -0.0 and of a NaN", function()
    for _, bits in ipairs {math.mininteger, 0x7ff8000000000000, 0x7ff8dead0000beef} do
      local x = string.unpack("d", string.pack("j", bits))
      assert.equal(string.pack("d", x), string.pack("d", (cross(x))))
    end
  end)

  it("keeps strings with zeros, of every length", function()
    for _, length in ipairs {0, 1, 40, 41, 255, 256, 65535, 65536, 2^20 + 1} do
      local s = ("\0a\255"):rep(length // 3 + 1):sub(1, length)
      assert.is_true(cross(s) == s)
    end
  end)

  it("keeps a string of 100 MB", function()
    local s = ("0123456789"):rep(10 * 2^20)
    assert.is_true(cross(s) == s)
    collectgarbage()
  end)

  it("keeps light userdata", function()
    local hold = debug.upvalueid(function() return cross end, 1)
    assert.equal("userdata", type(hold))
    assert.equal(hold, (cross(hold)))
  end)

  -- Tables -----------------------------------------------------------------

  it("copies tables", function()
    local t = {1, 2, nil, 4, a = {b = {c = true}}, [0.5] = "half", [false] = 0}
    local u = cross(t)
    assert.same(t, u)
    assert.not_equal(t, u)
    assert.not_equal(t.a, u.a)
  end)

  it("keeps shared and cyclic references, among the arguments too", function()
    local shared = {}
    local t = {a = shared, b = {shared}}
    t.self, shared.up = t, t
    local u, s = cross(t, shared)
    assert.equal(u, u.self)
    assert.equal(s, u.a)
    assert.equal(s, u.b[1])
    assert.equal(u, s.up)
  end)

  it("keeps tables and functions as keys", function()
    local key, fn = {}, function() return "fn" end
    local t = {[key] = "table", [fn] = "function", key = key, fn = fn}
    t[t] = "self"
    local u = cross(t)
    assert.equal("table", u[u.key])
    assert.equal("function", u[u.fn])
    assert.equal("self", u[u])
  end)

  it("reads tables raw", function()
    local function never() error("a metamethod was called") end
    local mt = {__index = never, __newindex = never, __pairs = never, __len = never}
    local u = cross(setmetatable({1, a = 2}, mt))
    assert.equal(1, rawget(u, 1))
    assert.equal(2, rawget(u, "a"))
    assert.equal("function", type(getmetatable(u).__pairs))
  end)

  it("keeps a list nested 1,000,000 deep", function()
    local n = support.many(1000000)
    local list, depth = nil, 0
    for i = 1, n do list = {i, list} end
    local at = cross(list)
    while at do
      at, depth = at[2], depth + 1
    end
    assert.equal(n, depth)
  end)

  it("keeps a chain of 100,000 functions", function()
    local n = support.many(100000)
    local f = function() return 0 end
    for _ = 1, n do
      local inner = f
      f = function() return inner end
    end
    local g, depth = cross(f), 0
    while g ~= 0 do g, depth = g(), depth + 1 end
    assert.equal(n + 1, depth)
  end)

  -- Metatables -------------------------------------------------------------

  it("copies a metatable that has no name", function()
    local Point = {}
    Point.__index = Point
    function Point.norm(p) return math.abs(p.x) + math.abs(p.y) end
    local p, q = cross(setmetatable({x = 3, y = -4}, Point), setmetatable({}, Point))
    assert.equal(7, p:norm())
    assert.not_equal(Point, getmetatable(p))
    assert.equal(getmetatable(p), getmetatable(q))
  end)

  it("takes a class of a module from the module", function()
    local module = write_module [[
      local M = {Point = {}, classes = {Named = {__name = "Named"}}}
      M.Point.__index = M.Point
      M.__index = M
      return M]]
    local named = module.classes.Named
    local a, b, c = cross(setmetatable({1}, module.Point), setmetatable({2}, module),
                          setmetatable({3}, named))
    assert.same({1, 2, 3}, {a[1], b[1], c[1]})
    assert.equal(module.Point, getmetatable(a))
    assert.equal(module, getmetatable(b))
    assert.equal(named, getmetatable(c))
  end)

  it("takes a metatable of luaL_newmetatable from the registry", function()
    local mt = debug.getregistry()["FILE*"]
    assert.equal(mt, (cross(mt)))
  end)

  it("does not let a copied __gc act", function()
    local mt = {}
    mt.__gc = function() mt.count = (mt.count or 0) + 1 end
    local copy = cross {mt, setmetatable({}, mt)}
    local copied = copy[1]
    assert.equal(copied, getmetatable(copy[2]))
    copy = nil -- luacheck: ignore
    collectgarbage()
    assert.is_nil(copied.count)
  end)

  -- Functions --------------------------------------------------------------

  it("sends functions with their upvalues", function()
    local n, s, t = 1, "two", {3}
    local f = cross(function(x) return n, s, t[1], x end)
    assert.same({1, "two", 3, 4}, {f(4)})
  end)

  it("sends a function that calls itself", function()
    local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
    assert.equal(55, cross(fib)(10))
  end)

  it("keeps an upvalue shared by two functions, in one parcel", function()
    local n = 0
    local function inc() n = n + 1 end
    local function get() return n end
    local inc2, list = cross(inc, {get})
    inc2()
    inc2()
    assert.equal(2, list[1]())
    assert.equal(0, n)
    local get2 = cross(get)
    inc2()
    assert.equal(0, get2())
  end)

  it("keeps functions that call each other", function()
    local is_odd
    local function is_even(n) return n == 0 or is_odd(n - 1) end
    function is_odd(n) return n ~= 0 and is_even(n - 1) end
    assert.is_true(cross(is_even)(100))
  end)

  it("keeps one function one, and two functions of one code two", function()
    local function make() return function() return 1 end end
    local f, g = make(), make()
    local f1, f2, g1 = cross(f, f, g)
    assert.equal(f1, f2)
    assert.not_equal(f1, g1)
  end)

  it("keeps a shared upvalue that is the globals table", function()
    local globals = _G
    local a, b = cross(function() return globals end, function(v) globals = v end)
    assert.equal(_G, a())
    b(5)
    assert.equal(5, a())
  end)

  it("binds _ENV to the receiver's globals, whatever it was", function()
    local f = load("return select('#', ...), _G", "=chunk", "t", {select = 0})
    local n, globals = cross(f)(1, 2)
    assert.equal(2, n)
    assert.equal(_G, globals)
    assert.equal(_G, (cross(_G)))
  end)

  it("sends a stripped function", function()
    local f = load(string.dump(load("return tostring(...)"), true))
    assert.equal("7", cross(f)(7))
  end)

  it("keeps where a function was written", function()
    local f = cross(function() error("here") end)
    local _, message = pcall(f)
    assert.matches("transfer_spec.lua:%d+: here", message)
  end)

  it("does not mix the upvalues of two that were sent", function()
    local function counter(n) return function() n = n + 1 return n end end
    local a, b = counter(10), counter(20)
    a, b = cross(a), cross(b)
    assert.same({11, 12, 21}, {a(), a(), b()})
  end)

  it("sends 255 upvalues", function()
    local text = {}
    for i = 1, 254 do text[#text + 1] = ("local v%d = %d\n"):format(i % 190, i) end
    local names = {}
    for i = 0, 189 do names[#names + 1] = "v" .. i end
    local code = "local v0\n" .. table.concat(text, "", 1, 189)
                 .. "return function() return _G, " .. table.concat(names, ",") .. " end"
    local f = assert(load(code))()
    assert.same({select(2, f())}, {select(2, cross(f)())})
  end)

  -- Names ------------------------------------------------------------------

  it("finds modules and C functions by their names", function()
    local insert, dump = table.insert, string.dump
    local t = {string, insert, dump, print, coroutine.wrap, io.stdout.write and io.write}
    local u = cross(t)
    for i = 1, #t do assert.equal(t[i], u[i]) end
    local list = {}
    cross(function(...) insert(...) end)(list, "x")
    assert.same({"x"}, list)
  end)

  it("finds a module that the function required", function()
    local module, name = write_module "return {answer = 42, print = print}"
    local f = cross(function() return module.answer, module end)
    local answer, found = f()
    assert.equal(42, answer)
    assert.equal(module, found)
    assert.equal(require(name), found)
  end)

  it("sees a module that was loaded again", function()
    local module, name = write_module "return {}"
    assert.equal(module, (cross(module)))
    package.loaded[name] = nil
    local again = require(name)
    assert.equal(again, (cross(again)))
    assert.not_equal(again, (cross(module)))
  end)

  it("copies a module that cannot be required elsewhere", function()
    package.loaded["no.such.file"] = {1, 2}
    local copy = cross(package.loaded["no.such.file"])
    assert.same({1, 2}, copy)
    assert.not_equal(package.loaded["no.such.file"], copy)
    package.loaded["no.such.file"] = nil
  end)

  it("looks for a C function that came later", function()
    local module = write_module "return {}"
    local wrapped = coroutine.wrap(print)
    raises("it is not a field of a loaded module", cross, wrapped)
    module.wrapped = wrapped
    assert.equal(wrapped, (core._transfer_copy(wrapped)))
    module.wrapped = nil
    raises("it is not a field of a loaded module", cross, wrapped)
  end)

  it("says when others cannot require the module of a C function", function()
    package.loaded["no.such.file"] = {wrapped = coroutine.wrap(print)}
    local wrapped = package.loaded["no.such.file"].wrapped
    local _, message = pcall(cross, wrapped)
    package.loaded["no.such.file"] = nil
    assert.matches("another thread cannot require 'no.such.file'", message)
  end)

  -- Exceptions and other identities ----------------------------------------

  it("keeps the class and the fields of an exception", function()
    local err = exceptions.OSError("no", "ECONNREFUSED")
    err.notes, err.cause = {"a note"}, exceptions.TimeoutError()
    local copy = cross(err)
    assert.equal(exceptions.OSError, getmetatable(copy))
    assert.equal("OSError: no", tostring(copy))
    assert.equal("ECONNREFUSED", copy.code)
    assert.same({"a note"}, copy.notes)
    assert.equal(exceptions.TimeoutError, getmetatable(copy.cause))
  end)

  it("brings an exception class of a script home again", function()
    local Mine = exceptions.TimeoutError:subclass("Mine")
    function Mine.shout(err) return err.message:upper() end
    local Sub = Mine:subclass("Sub")
    local err, class = cross(Sub("quiet"), Mine)
    assert.equal(Mine, class)
    assert.equal(Sub, getmetatable(err))
    assert.equal("QUIET", err:shout())
    assert.is_true(exceptions.isinstance(err, exceptions.TimeoutError))
  end)

  it("does not take a circle for an exception class", function()
    local class = {false, true, name = "Circle"}
    class[1] = class
    local copy = cross(class)
    assert.equal(copy, copy[1])
    assert.not_equal(class, copy)
  end)

  -- What is refused ----------------------------------------------------------

  it("says what cannot cross, and where", function()
    local file, thread = io.stdout, coroutine.create(print)
    local wrapped = coroutine.wrap(print)
    local function nested() return function() return wrapped end end
    local cases = {
      {"a FILE%* to a thread %(argument #2, field 'log%.out'%)", 1, {log = {out = file}}},
      {"a FILE%* to a thread %(argument #1%)", file},
      {"a coroutine to a thread %(argument #3%)", nil, nil, thread},
      {"a coroutine to a thread %(argument #1, field '%[3%]'%)", {1, 2, thread}},
      {"%(argument #1, field 'a%[true%]%[\"b c\"%]%[1%.5%]'%)",
       {a = {[true] = {["b c"] = {[1.5] = thread}}}}},
      {"%(a key of argument #1, field 'x'%)", {x = {[thread] = 1}}},
      {"%(argument #1, a key, field 'y'%)", {[{y = thread}] = 1}},
      {"%(argument #1, metatable, field '__index%.f'%)",
       setmetatable({}, {__index = {f = file}})},
      {"%(argument #1, upvalue 'thread'%)", function() return thread end},
      {"a C function to a thread %(argument #1, upvalue 'wrapped'%): it is not a "
       .. "field of a loaded module", nested()},
      {"%(argument #1, field 'f', upvalue 'file'%)", {f = function() return file end}},
      {"%(argument #1, field 'value'%)", {[print] = {}, value = thread}},
      {"%(argument #1, field '%[function%]'%)", {[print] = thread}},
    }
    for _, case in ipairs(cases) do
      raises("cannot pass .*" .. case[1] .. ".*", cross, table.unpack(case, 2, 4))
    end
  end)

  it("says it with the caller's position", function()
    local function call() return (cross(io.stdout)) end
    raises("^[^ ]*transfer_spec.lua:%d+: cannot pass a FILE%* to a thread", call)
  end)

  it("shows the end of a long way", function()
    local t = {io.stdout}
    for _ = 1, 100 do t = {x = t} end
    raises("field '%.%.%.x%.x[x.]*%[1%]'%)$", cross, t)
  end)

  it("works after a refusal", function()
    for _ = 1, 20 do
      raises("cannot pass", cross, {1, 2, {}, {{}, function() end}, print, io.stdout})
      assert.same({{1}, 2}, {cross({1}, 2)})
    end
  end)

  it("refuses objects of this module that belong to a loop", function()
    local asyncio = require "asyncio"
    local loop = support.new_loop()
    loop:set_exception_handler(function() end)
    local future = loop:create_future()
    raises("cannot pass a Future to a thread %(argument #1, field 'f'%)", cross, {f = future})
    raises("cannot pass a Task", cross, loop:create_task(asyncio.sleep(0)))
    support.close_loops()
  end)

  it("says which module the receiver lacks", function()
    local module, name = write_module "return {}"
    local function get() return module end
    assert.equal(module, cross(get)())
    os.remove(written[1].file)
    if cross == core._transfer_into then
      raises("cannot find '" .. name .. "' in this thread: .*not found", cross, get)
    end
  end)

  -- At odd moments -----------------------------------------------------------

  it("may be used by a finalizer while it works", function()
    local count, stop = 0, false
    local mt = {}
    function mt.__gc()
      count = count + 1
      local t = {count}
      local f = core._transfer_copy(function() return t[1] end)
      if f() ~= count then error("a finalizer got " .. f()) end
      if not stop then setmetatable({}, mt) end
    end
    setmetatable({}, mt)
    collectgarbage("setpause", 0)
    collectgarbage("setstepmul", 1000)
    for round = 1, 40 do
      local list = {}
      for i = 1, 30 do list[i] = {round, i, {}, function() return list[i] end} end
      local copy = cross(list)
      assert.equal(30, #copy)
      assert.equal(copy[30], copy[30][4]())
    end
    stop = true
    collectgarbage("setpause", 200)
    collectgarbage("setstepmul", 100)
    collectgarbage()
    assert.is_true(count > 0)
  end)

  it("gives back equal values, whatever they are", function()
    local seed = tonumber(os.getenv("SEED")) or os.time()
    math.randomseed(seed)
    for round = 1, cross == core._transfer_copy and 1500 or 300 do
      local list = values.make(math.random)
      local ok, err = pcall(function()
        values.compare(list, table.pack(cross(table.unpack(list, 1, list.n))))
      end)
      if not ok then error(("SEED=%d, round %d: %s"):format(seed, round, err)) end
    end
  end)
end)

describe("the bytes of a parcel", function()
  local bytes_of, decode = core._transfer_bytes, core._transfer_decode
  local n = 0
  local input = {1, 2.5, "text", {a = {}}, function() n = n + 1 end, print,
                 exceptions.TimeoutError("x"), exceptions.Exception:subclass("E")}

  it("give an error, or values, where they are cut off", function()
    local bytes = bytes_of(input)
    for size = 0, #bytes - 1 do
      raises("corrupt parcel", decode, bytes:sub(1, size), table.unpack(input))
    end
  end)

  it("give an error, or values, where one is another", function()
    local bytes = bytes_of(input)
    for place = 1, #bytes do
      for _, byte in ipairs {0, 1, 11, 127, 255} do
        local other = bytes:sub(1, place - 1) .. string.char(byte) .. bytes:sub(place + 1)
        pcall(decode, other, table.unpack(input))
      end
    end
    collectgarbage()
  end)

  it("cannot make Lua load what it did not compile", function()
    assert.is_nil(bytes_of(function() return "secret" end):find("secret", 1, true))
    assert.is_nil(bytes_of(function() end):find("\27Lua", 1, true))
  end)

  it("are few", function()
    assert.is_true(#bytes_of(function() end) <= 40)
    assert.is_true(#bytes_of(1, 2, 3, true) <= 24)
  end)
end)
