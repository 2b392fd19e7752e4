-- asyncio.coroutine: Lua's coroutine library, whose coroutines may await inside a
-- task. The first part runs the same programs with Lua's own library and with
-- ours, and compares what they note; the rest is what only ours can do.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep
local co = asyncio.coroutine
local raises = support.raises

-- What can be compared between two runs of a program. Strings keep their
-- positions; things made by the run are known by their type only.
local function show(v)
  local kind = type(v)
  if kind == "string" then
    -- Lua's own words for it changed in 5.4.6.
    return ("%q"):format((v:gsub("%(thread expected", "(coroutine expected")))
  end
  if kind == "number" or kind == "boolean" or kind == "nil" then return tostring(v) end
  return kind
end

local function recorder()
  local log = {}
  return log, function(...)
    local words = table.pack(...)
    for i = 1, words.n do words[i] = show(words[i]) end
    log[#log + 1] = table.concat(words, " ")
  end
end

-- A value whose variable calls fn(err) when it is closed.
local function closer(fn)
  return setmetatable({}, {__close = function(_, err) fn(err) end})
end

-- ---- the drop-in ------------------------------------------------------------

-- Programs that use nothing but a coroutine library `lib`.
local programs = {}

programs["a coroutine has four states"] = function(lib, note)
  local outer, inner
  inner = lib.create(function()
    note("in inner", lib.status(inner), lib.status(outer))
    lib.yield()
    note("inner again", lib.status(inner), lib.status(outer))
  end)
  outer = lib.create(function()
    note("in outer", lib.status(outer), lib.status(inner))
    lib.resume(inner)
    note("outer again", lib.status(outer), lib.status(inner))
    lib.yield()
    lib.resume(inner)
    note("outer ends", lib.status(outer), lib.status(inner))
  end)
  note(lib.status(outer), lib.status(inner))
  lib.resume(outer)
  note(lib.status(outer), lib.status(inner))
  lib.resume(outer)
  note(lib.status(outer), lib.status(inner))
end

programs["all values go in and out, nils included"] = function(lib, note)
  local c = lib.create(function(...)
    note(select("#", ...), ...)
    note(lib.yield(nil, 1, nil))
    note(select("#", lib.yield()))
    note(lib.yield(nil))
    return nil, false, nil
  end)
  note(lib.resume(c, nil, "a", nil))
  note(lib.resume(c, nil, nil))
  note(lib.resume(c))
  note(lib.resume(c, 1, nil))
  note(lib.resume(c))
end

programs["ten thousand values go in and out"] = function(lib, note)
  local many = {}
  for i = 1, 10000 do many[i] = i end
  local c = lib.create(function(...)
    local n, last = select("#", ...), select(-1, ...)
    local back = table.pack(lib.yield(n, last, ...))
    return table.unpack(back, 1, back.n)
  end)
  local res = table.pack(lib.resume(c, table.unpack(many)))
  note(res.n, res[1], res[2], res[3], res[res.n])
  res = table.pack(lib.resume(c, table.unpack(many)))
  note(res.n, res[1], res[2], res[res.n], lib.status(c))
end

programs["wrap passes values, and errors once it is dead"] = function(lib, note)
  local f = lib.wrap(function(...)
    note(...)
    note(lib.yield(1, nil))
    return "end", nil
  end)
  note(f("a", nil))
  note(f("b"))
  note(pcall(f))
  note(pcall(function() f() end))
end

programs["wrap adds the position of its caller to a string"] = function(lib, note)
  local function try(body)
    local f = lib.wrap(body)
    note(pcall(function() f() end))
    note(pcall(function() local v = f() return v end))
    note(pcall(f))
  end
  try(function() error("level 1") end)
  try(function() error("level 2", 2) end)
  try(function() error("level 0", 0) end)
  try(function() local x = nil; return x.field end)
  try(function() error() end)
  try(function() error(nil) end)
  try(function() error(42) end)
  try(function() error(4.5, 0) end)
  try(function() error({}) end)
  try(function() error(print) end)
end

programs["an error object arrives as it is"] = function(lib, note)
  local err = setmetatable({}, {__tostring = function() return "an object" end})
  local _, got = pcall(lib.wrap(function() error(err) end))
  note(rawequal(got, err))
  local c = lib.create(function() error(err) end)
  note(rawequal(select(2, lib.resume(c)), err), lib.status(c))
  note(rawequal(select(2, lib.close(c)), err))
end

programs["resume refuses the dead, the running and the normal"] = function(lib, note)
  local c
  c = lib.create(function()
    note(lib.resume(c))
    note(lib.resume(lib.running()))
    local inner = lib.create(function() return lib.resume(c) end)
    note(lib.resume(inner))
    local f = lib.wrap(function() return lib.resume(c) end)
    note(f())
  end)
  note(lib.resume(c))
  note(lib.resume(c))
  note(lib.status(c))
  local f
  f = lib.wrap(function() f() end)
  note(pcall(f))
  note(pcall(f))
end

programs["an error ends a coroutine"] = function(lib, note)
  local c = lib.create(function()
    lib.yield(1)
    error("boo")
  end)
  note(lib.resume(c))
  note(lib.resume(c))
  note(lib.status(c), lib.resume(c))
  note(lib.close(c))
  note(lib.close(c))
  note(lib.status(c), lib.resume(c))
end

programs["wrong arguments are refused"] = function(lib, note)
  note(pcall(function() lib.create() end))
  note(pcall(function() lib.create(1) end))
  note(pcall(function() lib.create(setmetatable({}, {__call = print})) end))
  note(pcall(function() lib.wrap("f") end))
  note(pcall(function() lib.resume() end))
  note(pcall(function() lib.resume(print) end))
  note(pcall(function() lib.status({}) end))
  note(pcall(function() lib.close(nil) end))
  note(pcall(function() lib.isyieldable(1) end))
end

programs["a C function can be the body"] = function(lib, note)
  note(lib.resume(lib.create(math.max), 3, 7, 5))
  note(lib.wrap(select)("#", nil, nil))
  note(lib.resume(lib.create(error), "text", 0))
  local c = lib.create(pcall)
  note(lib.resume(c, function() return lib.yield("from pcall") end))
  note(lib.resume(c, "back"))
  local y = lib.create(lib.yield)
  note(lib.resume(y, 1, 2))
  note(lib.resume(y, 3, 4))
  note(lib.status(y))
end

programs["close runs what is to be closed, in order"] = function(lib, note)
  local c = lib.create(function()
    local _ <close> = closer(function(err) note("first", err) end)
    local _ <close> = closer(function(err) note("second", err) end)
    for _ in pairs {1}, nil, nil, closer(function(err) note("third", err) end) do
      lib.yield("held")
    end
  end)
  note(lib.resume(c))
  note(lib.close(c))
  note(lib.status(c), lib.resume(c))
end

programs["an error of closing is the result of close"] = function(lib, note)
  local c = lib.create(function()
    local _ <close> = closer(function(err) note("outer", err) end)
    local _ <close> = closer(function() error("in close", 0) end)
    lib.yield()
  end)
  lib.resume(c)
  note(lib.close(c))
  note(lib.status(c), lib.close(c))
end

programs["close takes the suspended and the dead only"] = function(lib, note)
  note(lib.close(lib.create(print)))
  local c
  c = lib.create(function()
    note(pcall(lib.close, c))
    local inner = lib.create(function() lib.close(c) end)
    note(lib.resume(inner))
  end)
  note(lib.resume(c))
  note(lib.close(c))
end

programs["what failed keeps its variables until it is closed"] = function(lib, note)
  local function body()
    local _ <close> = closer(function(err) note("closed", err) end)
    error("boo", 0)
  end
  local c = lib.create(body)
  note(lib.resume(c))
  note("not yet")
  note(lib.close(c))
  note(pcall(lib.wrap(body)))
  note(pcall(lib.wrap(function()
    local _ <close> = closer(function() error("in close", 0) end)
    error("boo", 0)
  end)))
end

programs["to-be-closed variables may yield"] = function(lib, note)
  local f = lib.wrap(function()
    for i = 1, 2 do
      local _ <close> = closer(function() note(lib.yield("closing", i)) end)
      if i == 2 then break end
    end
    local _ <close> = closer(function() note(lib.yield("at the end")) end)
    return "result", nil
  end)
  for i = 1, 4 do note(f(i)) end
end

programs["a failing protected call closes, and may yield there"] = function(lib, note)
  local f = lib.wrap(function()
    return pcall(function()
      local _ <close> = closer(function(err) note(lib.yield("closing", err)) end)
      error("boo", 0)
    end)
  end)
  note(f())
  note(f("go on"))
end

programs["yield crosses pcall and xpcall"] = function(lib, note)
  local c = lib.create(function()
    note(pcall(function()
      note(lib.yield("in pcall"))
      error("caught", 0)
    end))
    note(xpcall(function(...)
      note(...)
      lib.yield("in xpcall")
      error("handled", 0)
    end, function(err) return "handler of " .. err end, "arg"))
    note(pcall(pcall, pcall, function() return lib.yield("three deep") end))
    return "end"
  end)
  for i = 1, 5 do note(lib.resume(c, i)) end
end

programs["yield crosses metamethods and iterators"] = function(lib, note)
  local function through(what) return function(_, v) return lib.yield(what, v) end end
  local mt = {__index = through "index", __add = through "add", __eq = through "eq",
    __lt = through "lt", __le = through "le", __concat = through "concat",
    __len = through "len", __unm = through "unm", __call = through "call",
    __newindex = through "newindex"}
  local c = lib.create(function()
    local a, b = setmetatable({}, mt), setmetatable({}, mt)
    note(a.field, a + 1, a == b, a < b, a <= b, a .. "x", #a, -a, a(5))
    a.field = 7
    for v in function(_, last) return lib.yield("iterator", last) end do note("body", v) end
    return "end"
  end)
  local res = table.pack(lib.resume(c))
  local n = 0
  while lib.status(c) == "suspended" do
    note(table.unpack(res, 1, res.n))
    n = n + 1
    res = table.pack(lib.resume(c, n < 13 and n or nil))
  end
  note(table.unpack(res, 1, res.n))
end

programs["yield does not cross C functions"] = function(lib, note)
  local f = lib.wrap(function()
    note(lib.isyieldable())
    table.sort({1, 2}, function(a, b)
      note(lib.isyieldable())
      note(pcall(lib.yield, "in sort"))
      return a < b
    end)
    return ("x"):gsub("x", function() note(pcall(lib.yield)) end)
  end)
  note(f())
end

programs["running and isyieldable inside of one"] = function(lib, note)
  local c
  c = lib.create(function()
    local me, is_main = lib.running()
    note(rawequal(me, c), is_main, lib.isyieldable())
    local inner
    inner = lib.create(function()
      note(rawequal(lib.running(), inner), rawequal(lib.running(), c))
      note(lib.isyieldable(inner), lib.isyieldable(c))
    end)
    note(lib.isyieldable(inner))
    note(lib.resume(inner))
  end)
  note(lib.isyieldable(c))
  note(lib.resume(c))
end

programs["a generator in a for loop"] = function(lib, note)
  local function range(n)
    return lib.wrap(function() for i = 1, n do lib.yield(i, i * i) end end)
  end
  for i, square in range(3) do note(i, square) end
  for i in range(3) do
    if i == 2 then break end
    note(i)
  end
  for i in range(3) do
    if i == 2 then goto continue end
    note("odd", i)
    ::continue::
  end
end

programs["permutations"] = function(lib, note)
  local function permute(list, n)
    if n == 1 then return lib.yield(table.concat(list)) end
    for i = 1, n do
      list[n], list[i] = list[i], list[n]
      permute(list, n - 1)
      list[n], list[i] = list[i], list[n]
    end
  end
  for word in lib.wrap(function() permute({"a", "b", "c"}, 3) end) do note(word) end
end

programs["a tree is walked by generators of generators"] = function(lib, note)
  local function walk(tree)
    return lib.wrap(function()
      if not tree then return end
      for v in walk(tree.left) do lib.yield(v) end
      lib.yield(tree.value)
      for v in walk(tree.right) do lib.yield(v) end
    end)
  end
  local leaf = {value = 2, left = {value = 1}, right = {value = 3}}
  for v in walk {value = 4, left = leaf, right = {value = 5}} do note(v) end
end

programs["producer, filter and consumer"] = function(lib, note)
  local function receive(from) return select(2, lib.resume(from)) end
  local producer = lib.create(function()
    for _, line in ipairs {"one", "two"} do lib.yield(line) end
  end)
  local filter = lib.create(function()
    local n = 0
    for line in receive, producer do
      n = n + 1
      lib.yield(("%d %s"):format(n, line))
    end
  end)
  for line in receive, filter do note(line) end
  note(lib.status(producer), lib.status(filter))
end

programs["one coroutine resumed by several others"] = function(lib, note)
  local shared = lib.create(function(...)
    local got = {...}
    while got[1] do got = {lib.yield("got " .. got[1])} end
    return "end"
  end)
  local first = lib.wrap(function()
    for _ = 1, 2 do
      note(lib.resume(shared, "first"))
      lib.yield()
    end
  end)
  local second = lib.wrap(function()
    for _ = 1, 2 do
      note(lib.resume(shared, "second"))
      lib.yield()
    end
    note(lib.resume(shared))
  end)
  first() second() first() second() second()
  note(lib.status(shared))
end

programs["in the middle of a C function"] = function(lib, note)
  local list = {3, 1, 2}
  table.sort(list, function(a, b)
    local f = lib.wrap(function()
      lib.yield("ignored")
      return a < b
    end)
    f()
    return f()
  end)
  note(table.unpack(list))
  local words = lib.wrap(function() for _, w in ipairs {"x", "y", "z"} do lib.yield(w) end end)
  note(("1 2 3"):gsub("%d", function() return words() end))
  note(pcall(table.sort, {2, 1}, lib.wrap(function() error("in sort", 0) end)))
  note(load(lib.wrap(function()
    lib.yield("return ")
    lib.yield("1 + 1")
  end))())
end

programs["fifty deep"] = function(lib, note)
  local function deep(n)
    if n == 0 then
      lib.yield("bottom")
      error("from the bottom", 0)
    end
    local c = lib.create(deep)
    local res = table.pack(lib.resume(c, n - 1))
    lib.yield(table.unpack(res, 2, res.n))
    note(n, lib.resume(c))
    if n % 2 == 0 then error("again", 0) end
    return n
  end
  local c = lib.create(deep)
  note(lib.resume(c, 50))
  note(lib.resume(c))
  note(lib.status(c))
end

programs["what debug tells of a suspended one"] = function(lib, note)
  local function helper(a)
    local b = a + 1
    lib.yield(b)
  end
  local c = lib.create(function(x)
    helper(x)
    return x
  end)
  note(debug.traceback(c))
  lib.resume(c, 5)
  note(debug.getinfo(c, 1, "l").currentline, debug.getinfo(c, 2, "l").currentline)
  note(debug.getlocal(c, 1, 2))
  note(debug.traceback(c, "message"):match("message.-in upvalue 'helper'") ~= nil)
  note(select(2, debug.traceback(c):gsub("\n", "")))
  lib.resume(c)
  note(debug.traceback(c))
end

programs["what debug tells of one that failed"] = function(lib, note)
  local function helper() error("boo") end
  local c = lib.create(function()
    helper()
    return 1
  end)
  note(lib.resume(c))
  note(debug.traceback(c):match("'helper'"))
  note(debug.getinfo(c, 1, "l").currentline, debug.getinfo(c, 2, "l").currentline)
end

programs["what debug tells inside of one"] = function(lib, note)
  local c = lib.create(function()
    note(select(2, debug.traceback():gsub("\n", "")))
    note(debug.getinfo(2) == nil)
  end)
  note(lib.resume(c))
end

programs["a stack overflow is an error of the coroutine"] = function(lib, note)
  local function endless() return 1 + endless() end
  local c = lib.create(endless)
  local ok, err = lib.resume(c)
  note(ok, err:match("stack overflow"), lib.status(c))
  local mirror = setmetatable({}, {__index = function(t, key) return t[key] end})
  ok, err = pcall(lib.wrap(function() return mirror.field end))
  note(ok, err:match("stack overflow"))
end

programs["one that holds itself is collected"] = function(lib, note)
  local weak = setmetatable({}, {__mode = "v"})
  do
    local c
    c = lib.create(function()
      local hold = c
      lib.yield(hold)
    end)
    lib.resume(c)
    weak[1] = c
  end
  support.gc_collect()
  note(weak[1])
end

local names = {}
for name in pairs(programs) do names[#names + 1] = name end
table.sort(names)

-- Inside a task that goes on when the program has ended.
local function in_task(program, note)
  asyncio.run(function()
    program(co, note)
    await(sleep(1))
    note("the task goes on")
  end, {clock = "virtual"})
end

describe("asyncio.coroutine against Lua's own:", function()
  for _, name in ipairs(names) do
    local program = programs[name]

    describe(name, function()
      local want

      setup(function()
        local note
        want, note = recorder()
        program(coroutine, note)
      end)

      it("outside a task", function()
        local log, note = recorder()
        program(co, note)
        assert.same(want, log)
      end)

      it("inside a task", function()
        local log, note = recorder()
        in_task(program, note)
        assert.equal('"the task goes on"', table.remove(log))
        assert.same(want, log)
      end)

      it("inside a coroutine inside a task", function()
        local log, note = recorder()
        in_task(function(lib, noting) lib.wrap(function() program(lib, noting) end)() end, note)
        assert.equal('"the task goes on"', table.remove(log))
        assert.same(want, log)
      end)

      it("inside Lua's own coroutine inside a task", function()
        local log, note = recorder()
        in_task(function(lib, noting)
          coroutine.wrap(function() program(lib, noting) end)()
        end, note)
        assert.equal('"the task goes on"', table.remove(log))
        assert.same(want, log)
      end)

      it("in a callback of the loop", function()
        local log, note = recorder()
        local loop = support.new_loop()
        local reports = support.record_reports(loop)
        loop:call_soon(program, co, note)
        support.run_once(loop)
        support.close_loops()
        assert.same({}, reports)
        assert.same(want, log)
      end)
    end)
  end

  it("the two libraries have the same functions", function()
    for name in pairs(coroutine) do assert.is_function(co[name], name) end
    for name in pairs(co) do assert.is_function(coroutine[name], name) end
  end)

  it("Lua's own is not replaced", function()
    assert.are_not.equal(co.wrap, coroutine.wrap)
    assert.are_not.equal(co.resume, coroutine.resume)
    assert.equal("C", debug.getinfo(coroutine.wrap, "S").what)
  end)

  it("the two can be mixed", function()
    local log, note = recorder()
    local ours = co.create(function() note(coroutine.yield(1)) end)
    note(coroutine.resume(ours))
    note(coroutine.status(ours), co.status(ours))
    note(co.resume(ours, "back"))
    local lua = coroutine.create(function() note(co.yield(2)) end)
    note(co.resume(lua))
    note(coroutine.resume(lua, "back"))
    note(coroutine.status(lua), co.status(lua))
    assert.same({"true 1", '"suspended" "suspended"', '"back"', "true", "true 2", '"back"',
      "true", '"dead" "dead"'}, log)
  end)

  it("called, it is async", function()
    local fn = co(function(a) return a end)
    assert.is_true(asyncio.iscoroutinefunction(fn))
    assert.is_true(asyncio.iscoroutine(fn(1)))
  end)

  it("outside a task an await is refused as anywhere", function()
    raises("await outside a task", co.wrap(function() await(sleep(0)) end))
    local c = co.create(function() await(sleep(0)) end)
    local ok, err = co.resume(c)
    assert.is_false(ok)
    assert.matches("await outside a task", err)
    assert.equal("dead", co.status(c))
  end)
end)

-- ---- inside a task ----------------------------------------------------------

describe("asyncio.coroutine inside a task", function()
  local loop, log, note

  before_each(function()
    loop = support.new_loop()
    log, note = recorder()
  end)
  after_each(support.close_loops)

  local function run(main) return loop:run_until_complete(main) end

  describe("awaiting", function()
    it("an await suspends the task, a yield goes to who resumed", function()
      local squares = co.wrap(function(n)
        for i = 1, n do
          await(sleep(1))
          note("at", loop:time())
          co.yield(i, i * i)
        end
        await(sleep(1))
        return "end", nil
      end)
      local res = run(function()
        note(squares(2))
        note(squares())
        return table.pack(squares())
      end)
      assert.same({"end", n = 2}, res)
      assert.same({'"at" 1.0', "1 1", '"at" 2.0', "2 4"}, log)
      assert.equal(3, loop:time())
    end)

    it("values go in through resume and yield around the awaits", function()
      run(function()
        local c = co.create(function(...)
          note("begun", ...)
          await(sleep(0))
          note("sent", co.yield(nil, "first", nil))
          note("awaited", await(sleep(1, nil, "slept", nil)))
          return nil
        end)
        note(co.resume(c, nil, "a", nil))
        note(co.resume(c, "b", nil))
        note(co.status(c))
      end)
      assert.same({'"begun" nil "a" nil', 'true nil "first" nil', '"sent" "b" nil',
        '"awaited" nil "slept" nil', "true nil", '"dead"'}, log)
    end)

    it("an iterator gives its values while other tasks run", function()
      run(function()
        local other = asyncio.create_task(function()
          for i = 1, 3 do
            await(sleep(1))
            note("other", i)
          end
        end)
        await(sleep(0.5))
        for v in co.wrap(function()
          for i = 1, 3 do
            await(sleep(1))
            co.yield(i)
          end
        end) do note("value", v) end
        await(other)
      end)
      assert.same({'"other" 1', '"value" 1', '"other" 2', '"value" 2', '"other" 3', '"value" 3'},
                  log)
    end)

    it("an iterator may be left in the middle", function()
      run(function()
        for v in co.wrap(function()
          for i = 1, 9 do
            await(sleep(1))
            co.yield(i)
          end
        end) do
          note(v)
          if v == 2 then break end
        end
        await(sleep(1))
      end)
      assert.same({"1", "2"}, log)
      assert.equal(3, loop:time())
    end)

    it("what is done already is awaited without a turn of the loop", function()
      local done = loop:create_future()
      done:set_result(1, nil)
      run(function()
        loop:call_soon(note, "callback")
        local f = co.wrap(function()
          co.yield(await(done))
          co.yield(await(function() return 2 end))
        end)
        note(f())
        note(f())
        await(sleep(0))
      end)
      assert.same({"1 nil", "2", '"callback"'}, log)
    end)

    it("resuming takes no turn of the loop", function()
      run(function()
        loop:call_soon(note, "callback")
        local f = co.wrap(function() for i = 1, 100 do co.yield(i) end end)
        for _ = 1, 100 do f() end
        note("done")
        await(sleep(0))
      end)
      assert.same({'"done"', '"callback"'}, log)
    end)

    it("futures, tasks, coroutine objects and functions", function()
      local res = run(function()
        local future = loop:create_future()
        loop:call_later(1, future.set_result, future, "future")
        local task = asyncio.create_task(function()
          await(sleep(2))
          return "task"
        end)
        local f = co.wrap(function()
          co.yield(await(future))
          co.yield(task:await())
          co.yield(await(asyncio.async(function(v)
            await(sleep(1))
            return v
          end)("object")))
          co.yield(await(coroutine.create(function()
            await(sleep(1))
            return "thread"
          end)))
          co.yield(await(setmetatable({}, {
            __await = function() return await(sleep(1, "__await")) end,
          })))
        end)
        return {f(), f(), f(), f(), f()}
      end)
      assert.same({"future", "task", "object", "thread", "__await"}, res)
    end)

    it("gather, wait and as_completed", function()
      local res = run(function()
        local f = co.wrap(function()
          local list = await(asyncio.gather(sleep(1, "a"), sleep(2, "b")))
          co.yield(table.concat(list, " ", 1, list.n))
          local slow = asyncio.create_task(sleep(9))
          local done, pending = await(asyncio.wait({asyncio.create_task(sleep(1)), slow},
            {return_when = asyncio.FIRST_COMPLETED}))
          slow:cancel()
          co.yield(#done + #pending)
          local seen = {}
          for c in asyncio.as_completed {sleep(2, "late"), sleep(1, "early")} do
            seen[#seen + 1] = await(c)
          end
          co.yield(table.concat(seen, " "))
        end)
        return {f(), f(), f()}
      end)
      assert.same({"a b", 2, "early late"}, res)
    end)

    it("coroutines side by side in gather", function()
      local function counter(name, pause)
        return function()
          local n = 0
          for i in co.wrap(function()
            for i = 1, 3 do
              await(sleep(pause))
              co.yield(i)
            end
          end) do
            note(name, i)
            n = n + i
          end
          return n
        end
      end
      local res = run(function() return await(asyncio.gather(counter("a", 2), counter("b", 3))) end)
      assert.same({6, 6, n = 2, exceptions = {}}, {res[1], res[2], n = res.n,
        exceptions = res.exceptions})
      assert.same({'"a" 1', '"b" 1', '"a" 2', '"b" 2', '"a" 3', '"b" 3'}, log)
    end)

    it("one thousand deep, the await at the bottom", function()
      local function tower(n)
        return co.wrap(function()
          if n == 0 then
            for i = 1, 3 do
              await(sleep(1))
              co.yield(i)
            end
          else
            for v in tower(n - 1) do co.yield(v) end
          end
        end)
      end
      local sum = run(function()
        local sum = 0
        for v in tower(1000) do sum = sum + v end
        return sum
      end)
      assert.equal(6, sum)
      assert.equal(3, loop:time())
    end)

    it("an await at each of a thousand levels", function()
      local function deep(n)
        await(sleep(0))
        if n == 0 then return "bottom" end
        local res = co.wrap(deep)(n - 1)
        await(sleep(0))
        return res
      end
      assert.equal("bottom", run(function() return deep(1000) end))
    end)

    it("an error passes a thousand levels", function()
      local err = {}
      local function deep(n)
        if n == 0 then
          await(sleep(1))
          error(err)
        end
        return co.wrap(deep)(n - 1)
      end
      assert.is_true(rawequal(err, raises(nil, run, function() deep(1000) end)))
    end)

    it("coroutines and awaits in turns, a thousand deep", function()
      local function deep(n)
        if n == 0 then return await(sleep(1, "bottom")) end
        if n % 2 == 0 then return co.wrap(deep)(n - 1) end
        return await(function() return deep(n - 1) end)
      end
      assert.equal("bottom", run(function() return deep(1000) end))
    end)

    it("one is awaited as a coroutine object is", function()
      local c = co.create(function(...)
        note(...)
        return await(sleep(1, "result"))
      end)
      assert.equal("result", run(c))
      assert.equal("dead", co.status(c))
    end)

    it("one that has begun cannot be awaited", function()
      run(function()
        local c = co.create(function() co.yield(1) end)
        co.resume(c)
        note((select(2, pcall(await, c))))
        note(co.resume(c))
        note((select(2, pcall(await, c))))
      end)
      assert.matches("coroutine is being awaited already", log[1])
      assert.equal("true", log[2])
      assert.matches("cannot reuse already awaited coroutine", log[3])
    end)
  end)

  describe("status, running and isyieldable", function()
    it("one that awaits is normal", function()
      run(function()
        local c = co.create(function() await(sleep(2)) end)
        local task = asyncio.create_task(function() return co.resume(c) end)
        note(co.status(c))
        await(sleep(1))
        note(co.status(c), co.resume(c))
        note(pcall(co.close, c))
        await(task)
        note(co.status(c), co.close(c))
      end)
      assert.same({'"suspended"', '"normal" false "cannot resume non-suspended coroutine"',
        'false "cannot close a normal coroutine"', '"dead" true'}, log)
    end)

    it("all that wait for one that awaits are normal", function()
      run(function()
        local outer, inner
        inner = co.create(function()
          note("in inner", co.status(inner), co.status(outer))
          await(sleep(2))
          note("in inner", co.status(inner), co.status(outer))
          co.yield()
        end)
        outer = co.create(function()
          co.resume(inner)
          note("in outer", co.status(inner), co.status(outer))
          co.yield()
        end)
        local task = asyncio.create_task(function() co.resume(outer) end)
        await(sleep(1))
        note("meanwhile", co.status(inner), co.status(outer))
        await(task)
        note("after", co.status(inner), co.status(outer))
      end)
      assert.same({'"in inner" "running" "normal"', '"meanwhile" "normal" "normal"',
        '"in inner" "running" "normal"', '"in outer" "suspended" "running"',
        '"after" "suspended" "suspended"'}, log)
    end)

    it("the task's own coroutine is running, normal while it has resumed one", function()
      run(function()
        local own = co.running()
        note(co.status(own), co.resume(own))
        note(pcall(co.close, own))
        co.wrap(function()
          note(co.status(own), co.resume(own))
          note(pcall(co.close, own))
        end)()
        asyncio.create_task(function() note(co.status(own), co.resume(own)) end)
        await(sleep(1))
      end)
      assert.same({'"running" false "cannot resume non-suspended coroutine"',
        'false "cannot close a running coroutine"',
        '"normal" false "cannot resume non-suspended coroutine"',
        'false "cannot close a normal coroutine"',
        '"normal" false "cannot resume non-suspended coroutine"'}, log)
    end)

    it("running and isyieldable tell the truth before and after an await", function()
      run(function()
        local c
        c = co.create(function()
          for _ = 1, 2 do
            local me, is_main = co.running()
            note(rawequal(me, c), is_main, co.isyieldable(), co.status(me))
            await(sleep(1))
          end
        end)
        note(co.resume(c))
        local _, is_main = co.running()
        note(is_main, co.isyieldable())
      end)
      assert.same({'true false true "running"', 'true false true "running"', "true",
        "false true"}, log)
    end)

    it("the task is the current one in all its coroutines", function()
      run(function()
        local task = asyncio.current_task()
        local f = co.wrap(function()
          for _ = 1, 2 do
            co.yield(rawequal(asyncio.current_task(), task))
            await(sleep(1))
          end
          return co.wrap(function() return rawequal(asyncio.current_task(), task) end)()
        end)
        note(f(), f(), f())
      end)
      assert.same({"true true true"}, log)
    end)

    it("a coroutine that a task will run is not to be resumed", function()
      run(function()
        local c = co.create(function() return await(sleep(1, "result")) end)
        local task = asyncio.create_task(c)
        note(co.resume(c))
        note(pcall(co.close, c))
        note(await(task))
      end)
      assert.same({'false "cannot resume non-suspended coroutine"',
        'false "cannot close a normal coroutine"', '"result"'}, log)
    end)

    it("a coroutine that a task runs is not to be resumed", function()
      run(function()
        local task = asyncio.create_task(function() return await(sleep(2, "result")) end)
        local c = task:get_coro()
        await(sleep(1))
        note(co.status(c), co.resume(c))
        note(pcall(co.close, c))
        note(await(task))
      end)
      assert.same({'"normal" false "cannot resume non-suspended coroutine"',
        'false "cannot close a normal coroutine"', '"result"'}, log)
    end)
  end)

  describe("from task to task", function()
    it("one outlives its task and goes on in another", function()
      local c = co.create(function()
        for i = 1, 3 do
          note(i, asyncio.current_task():get_name(), await(sleep(1, "slept")))
          co.yield(i)
        end
      end)
      run(function()
        for i = 1, 3 do
          await(asyncio.create_task(function() note(co.resume(c)) end, {name = "task " .. i}))
        end
        note(co.resume(c))
        note(co.status(c))
      end)
      assert.same({'1 "task 1" "slept"', "true 1", '2 "task 2" "slept"', "true 2",
        '3 "task 3" "slept"', "true 3", "true", '"dead"'}, log)
    end)

    it("one outlives its loop and goes on in another", function()
      local f = co.wrap(function()
        for i = 1, 2 do co.yield(await(sleep(1, i))) end
      end)
      assert.equal(1, run(f))
      loop:close()
      loop = support.new_loop()
      assert.equal(2, run(function() return f() end))
    end)

    it("one begun outside a task awaits in it", function()
      local f = co.wrap(function()
        co.yield("outside")
        co.yield(await(sleep(1, "inside")))
        return "outside again"
      end)
      assert.equal("outside", f())
      assert.equal("inside", run(function() return f() end))
      assert.equal("outside again", f())
    end)

    it("one begun across a C call awaits outside of it", function()
      run(function()
        local f = co.wrap(function()
          co.yield("in sort")
          co.yield(await(sleep(1, "in the task")))
        end)
        table.sort({2, 1}, function(a, b)
          note(f())
          return a < b
        end)
        note(f())
      end)
      assert.same({'"in sort"', '"in the task"'}, log)
    end)

    it("one that awaits is not resumed by another task, and loses nothing", function()
      local f = co.wrap(function(...)
        note("begun", ...)
        note("awaited", await(sleep(2, "slept")))
        note("sent", co.yield("yielded"))
      end)
      run(function()
        local first = asyncio.create_task(function() return f("first") end)
        local second = asyncio.create_task(function()
          await(sleep(1))
          f("second")
        end)
        local res = await(asyncio.gather(first, second, {return_exceptions = true}))
        note(res[1])
        assert.matches("cannot resume non%-suspended coroutine", res.exceptions[2])
        f("third")
      end)
      assert.same({'"begun" "first"', '"awaited" "slept"', '"yielded"', '"sent" "third"'}, log)
    end)

    it("two tasks take turns with one", function()
      local f = co.wrap(function(who)
        while true do
          await(sleep(1))
          who = co.yield(who)
        end
      end)
      run(function()
        local function worker(name, pause)
          return function()
            for _ = 1, 2 do
              await(sleep(pause))
              note(name, f(name))
            end
          end
        end
        await(asyncio.gather(worker("a", 2), worker("b", 3.5)))
      end)
      assert.same({'"a" "a"', '"b" "b"', '"a" "a"', '"b" "b"'}, log)
    end)

    it("one sees the context variables of the task that resumed it", function()
      local var = asyncio.ContextVar("var")
      local f = co.wrap(function()
        for _ = 1, 2 do
          local before = var:get()
          await(sleep(1))
          co.yield(before, var:get())
        end
        var:set("set inside")
      end)
      run(function()
        var:set("main")
        note(f())
        await(asyncio.create_task(function()
          var:set("task")
          note(f())
        end))
        f()
        note(var:get())
      end)
      assert.same({'"main" "main"', '"task" "task"', '"set inside"'}, log)
    end)
  end)

  describe("errors", function()
    it("of an await are raised in the coroutine", function()
      local err = {}
      local res = run(function()
        local future = loop:create_future()
        loop:call_later(1, future.set_exception, future, err)
        return co.wrap(function()
          local ok, got = pcall(await, future)
          co.yield(not ok and rawequal(got, err))
        end)()
      end)
      assert.is_true(res)
    end)

    it("of the coroutine come out of resume as results", function()
      run(function()
        local err = {}
        local c = co.create(function()
          await(sleep(1))
          error(err)
        end)
        local ok, got = co.resume(c)
        note(ok, rawequal(got, err), co.status(c))
        note(co.resume(c))
        note(rawequal(select(2, co.close(c)), err))
      end)
      assert.same({"false true \"dead\"", 'false "cannot resume dead coroutine"', "true"}, log)
    end)

    it("of nil, and of numbers", function()
      run(function()
        note(co.resume(co.create(function()
          await(sleep(0))
          error(nil)
        end)))
        note(co.resume(co.create(function()
          await(sleep(0))
          error(42)
        end)))
        note(pcall(co.wrap(function()
          await(sleep(0))
          error()
        end)))
      end)
      assert.same({"false nil", "false 42", "false nil"}, log)
    end)

    it("of a wrapped one have the position of the error and of the call", function()
      local err = run(function()
        local f = co.wrap(function()
          await(sleep(1))
          error("boo")
        end)
        return select(2, pcall(function() f() end))
      end)
      assert.matches("^%S*coroutines_spec.lua:%d+: %S*coroutines_spec.lua:%d+: boo$", err)
    end)

    it("pass both levels, closing what is to be closed in each", function()
      local err = raises("boo", run, function()
        local _ <close> = closer(function(e) note("task", e ~= nil) end)
        co.wrap(function()
          local _ <close> = closer(function(e) note("coroutine", e ~= nil) end)
          await(sleep(1))
          error("boo")
        end)()
      end)
      assert.matches("boo", err)
      assert.same({'"coroutine" true', '"task" true'}, log)
    end)

    it("a second coroutine catches what a third raised", function()
      local res = run(function()
        return co.wrap(function()
          local ok, err = pcall(co.wrap(function()
            await(sleep(1))
            error("inner", 0)
          end))
          await(sleep(1))
          co.yield(ok, err)
        end)()
      end)
      assert.is_false(res)
      assert.equal(2, loop:time())
    end)

    it("a bare yield of the task itself is a turn of the loop", function()
      run(function()
        asyncio.create_task(function() note("other") end)
        co.yield()
        note("task")
      end)
      assert.same({'"other"', '"task"'}, log)
    end)

    it("debug.traceback shows where one has failed", function()
      local task = loop:create_task(function()
        local function in_coroutine()
          await(sleep(1))
          error("boo")
        end
        local c = co.create(in_coroutine)
        local ok, err = co.resume(c)
        note(ok, debug.traceback(c):match("function <%S*coroutines_spec.lua:%d+>") ~= nil)
        error(err, 0)
      end)
      raises("boo", run, task)
      assert.same({"false true"}, log)
    end)

    it("debug.traceback shows where a suspended one has yielded or awaits", function()
      run(function()
        local function yields() co.yield() end
        local function awaits()
          await(sleep(2))
        end
        local c = co.create(function()
          yields()
          awaits()
        end)
        co.resume(c)
        note(debug.traceback(c):match("in upvalue 'yields'"))
        local task = asyncio.create_task(function() co.resume(c) end)
        await(sleep(1))
        note(debug.traceback(c):match("in upvalue 'awaits'"))
        await(task)
        note((debug.traceback(c):match("awaits")))
      end)
      assert.same({'"in upvalue \'yields\'"', '"in upvalue \'awaits\'"', "nil"}, log)
    end)
  end)

  describe("cancellation", function()
    it("is raised where the coroutine awaits", function()
      run(function()
        local f = co.wrap(function()
          local ok, err = pcall(await, sleep(10))
          co.yield(ok, asyncio.isinstance(err, asyncio.CancelledError))
        end)
        local task = asyncio.create_task(function()
          note(f())
          return "went on"
        end)
        await(sleep(1))
        task:cancel()
        note(await(task))
      end)
      assert.same({"false true", '"went on"'}, log)
      assert.equal(1, loop:time())
    end)

    it("passes resume and wrap, with its message", function()
      for _, call in ipairs {function(f) return co.resume(co.create(f)) end,
                             function(f) return co.wrap(f)() end} do
        local task = loop:create_task(function()
          call(function() await(sleep(10)) end)
          note("not reached")
        end)
        loop:call_later(1, task.cancel, task, "the message")
        local err = raises(asyncio.CancelledError, run, task)
        assert.equal("the message", err.message)
        assert.is_true(task:cancelled())
      end
      assert.same({}, log)
    end)

    it("passes a thousand levels", function()
      local function deep(n)
        if n == 0 then return await(sleep(10)) end
        return co.resume(co.create(deep), n - 1)
      end
      local task = loop:create_task(function() deep(1000) end)
      loop:call_later(1, task.cancel, task)
      raises(asyncio.CancelledError, run, task)
      assert.equal(1, loop:time())
    end)

    it("closes what is to be closed in a wrapped coroutine and in the task", function()
      local task = loop:create_task(function()
        local _ <close> = closer(function(e) note("task", tostring(e)) end)
        co.wrap(function()
          local _ <close> = closer(function(e) note("coroutine", tostring(e)) end)
          await(sleep(10))
        end)()
      end)
      loop:call_later(1, task.cancel, task)
      raises(asyncio.CancelledError, run, task)
      assert.same({'"coroutine" "CancelledError"', '"task" "CancelledError"'}, log)
    end)

    it("closes what is to be closed in a resumed coroutine", function()
      local task = loop:create_task(function()
        local _ <close> = closer(function(e) note("task", tostring(e)) end)
        co.resume(co.create(function()
          local _ <close> = closer(function(e) note("coroutine", tostring(e)) end)
          await(sleep(10))
        end))
      end)
      loop:call_later(1, task.cancel, task)
      raises(asyncio.CancelledError, run, task)
      assert.same({'"coroutine" "CancelledError"', '"task" "CancelledError"'}, log)
    end)

    it("what is closed by it in a wrapped coroutine may await", function()
      local task = loop:create_task(function()
        co.wrap(function()
          local _ <close> = closer(function() note(await(sleep(1, "cleaned up"))) end)
          await(sleep(10))
        end)()
      end)
      loop:call_later(1, task.cancel, task)
      raises(asyncio.CancelledError, run, task)
      assert.is_true(task:cancelled())
      assert.same({'"cleaned up"'}, log)
    end)

    it("what is closed by it in a resumed coroutine cannot await, as in close", function()
      local task = loop:create_task(function()
        co.resume(co.create(function()
          local _ <close> = closer(function() await(sleep(1)) end)
          await(sleep(10))
        end))
      end)
      loop:call_later(1, task.cancel, task)
      raises("await across a C call", run, task)
      assert.equal(1, loop:time())
    end)

    it("passes wrapped coroutines, one in the other, closing each", function()
      local function closing(name)
        return closer(function(err)
          note(name, tostring(err))
          await(sleep(1))
        end)
      end
      local task = loop:create_task(function()
        local _ <close> = closing("task")
        for _ in co.wrap(function()
          local _ <close> = closing("outer")
          for v in co.wrap(function()
            local _ <close> = closing("inner")
            co.yield(1)
            await(sleep(10))
          end) do co.yield(v) end
        end) do note("body") end
      end)
      loop:call_later(1, task.cancel, task, "stop")
      raises(asyncio.CancelledError, run, task)
      assert.same({'"body"', '"inner" "CancelledError: stop"', '"outer" "CancelledError: stop"',
        '"task" "CancelledError: stop"'}, log)
      assert.equal(4, loop:time())
    end)

    it("what is closed by an error in a wrapped coroutine may await", function()
      raises("boo", run, function()
        co.wrap(function()
          local _ <close> = closer(function() note(await(sleep(1, "cleaned up"))) end)
          await(sleep(1))
          error("boo")
        end)()
      end)
      assert.same({'"cleaned up"'}, log)
    end)

    it("what is closed at the end of a coroutine may await", function()
      run(function()
        note(co.resume(co.create(function()
          local _ <close> = closer(function() note(await(sleep(1, "cleaned up"))) end)
          await(sleep(1))
          return "result"
        end)))
        for v in co.wrap(function()
          for i = 1, 2 do
            local _ <close> = closer(function() note(await(sleep(1, "cleaned up"))) end)
            co.yield(i)
          end
        end) do note(v) end
      end)
      assert.same({'"cleaned up"', 'true "result"', "1", '"cleaned up"', "2", '"cleaned up"'},
                  log)
    end)

    it("before the first step of the task nothing of the coroutine runs", function()
      local c = co.create(function() note("ran") end)
      run(function()
        local task = asyncio.create_task(function() co.resume(c) end)
        task:cancel()
        note(pcall(await, task))
        note(co.status(c))
        note(co.resume(c))
      end)
      assert.same({"false table", '"suspended"', '"ran"', "true"}, log)
    end)

    it("wait_for ends an await in a coroutine", function()
      run(function()
        local closed
        local c = co.wrap(function()
          local _ <close> = closer(function() closed = loop:time() end)
          co.yield("first")
          await(sleep(10))
        end)
        note(c())
        local ok, err = asyncio.pawait(asyncio.wait_for(function() return c() end, 1))
        note(ok, asyncio.isinstance(err, asyncio.TimeoutError), closed)
        note(pcall(c))
      end)
      assert.equal('"first"', log[1])
      assert.equal("false true 1.0", log[2])
      assert.matches("cannot resume dead coroutine", log[3])
    end)

    it("wait_for inside a coroutine leaves it going", function()
      run(function()
        local f = co.wrap(function()
          for i = 1, 2 do
            local ok, err = asyncio.pawait(asyncio.wait_for(sleep(10), i))
            co.yield(ok, asyncio.isinstance(err, asyncio.TimeoutError), loop:time())
          end
        end)
        note(f())
        note(f())
      end)
      assert.same({"false true 1.0", "false true 3.0"}, log)
    end)

    it("shield inside a coroutine", function()
      run(function()
        local inner = asyncio.create_task(sleep(2, "kept"))
        local task = asyncio.create_task(function()
          return co.wrap(function() co.yield(await(asyncio.shield(inner))) end)()
        end)
        await(sleep(1))
        task:cancel()
        note(asyncio.isinstance(select(2, pcall(await, task)), asyncio.CancelledError))
        note(await(inner))
      end)
      assert.same({"true", '"kept"'}, log)
    end)
  end)

  describe("close", function()
    it("of a suspended one runs what is to be closed", function()
      run(function()
        local c = co.create(function()
          local _ <close> = closer(function() note("closed") end)
          await(sleep(1))
          co.yield()
        end)
        co.resume(c)
        note(co.status(c), co.close(c))
        note(co.status(c))
      end)
      assert.same({'"closed"', '"suspended" true', '"dead"'}, log)
    end)

    it("what it closes cannot await, as it cannot yield", function()
      run(function()
        local c = co.create(function()
          local _ <close> = closer(function() await(sleep(0)) end)
          co.yield()
        end)
        co.resume(c)
        local ok, err = co.close(c)
        note(ok, err:match("C call"), co.status(c))
        note(await(sleep(1, "the task goes on")))
      end)
      assert.same({'false "C call" "dead"', '"the task goes on"'}, log)
    end)
  end)

  describe("where an await cannot work", function()
    it("Lua's own wrap and resume refuse it, and name what will do", function()
      run(function()
        local err = raises(nil, coroutine.wrap(function() await(sleep(0)) end))
        assert.matches("asyncio.coroutine.wrap", err)
        local ok, text = coroutine.resume(coroutine.create(function() await(sleep(0)) end))
        note(ok, text:match("asyncio%.coroutine%.wrap"))
        note(await(sleep(1, "the task goes on")))
      end)
      assert.same({'false "asyncio.coroutine.wrap"', '"the task goes on"'}, log)
    end)

    it("Lua's own between two of ours refuses it", function()
      run(function()
        co.wrap(function()
          local ok, err = pcall(coroutine.wrap(function()
            co.wrap(function() await(sleep(0)) end)()
          end))
          note(ok, err:match("asyncio%.coroutine%.wrap"))
          co.yield(await(sleep(1)))
        end)()
      end)
      assert.same({'false "asyncio.coroutine.wrap"'}, log)
    end)

    it("across a C call the text says so", function()
      run(function()
        local ok, err = pcall(table.sort, {2, 1}, function(a, b)
          return co.wrap(function()
            await(sleep(0))
            return a < b
          end)()
        end)
        note(ok, err:match("C call"))
        ok, err = pcall(string.gsub, "x", "x", co.wrap(function() await(sleep(0)) end))
        note(ok, err:match("C call"))
        co.wrap(function()
          local good, text = pcall(table.sort, {2, 1}, function() await(sleep(0)) end)
          note(good, text:match("C call"))
        end)()
        note(await(sleep(1, "the task goes on")))
      end)
      assert.same({'false "C call"', 'false "C call"', 'false "C call"', '"the task goes on"'},
                  log)
    end)
  end)

  describe("what an outsider does with Lua's own library", function()
    -- A coroutine c that awaits the future in a task.
    local function awaiting()
      local future = loop:create_future()
      local c = co.create(function() return await(future) end)
      local task = asyncio.create_task(function() return co.resume(c) end)
      await(sleep(0))
      return c, task, future
    end

    it("resuming one that awaits is an error there, and of the resume in the task", function()
      run(function()
        local c, task, future = awaiting()
        local ok, err = coroutine.resume(c)
        note(ok, err:match("await wasn't used with future"))
        future:set_result(1)
        note(await(task))
      end)
      assert.same({"false \"await wasn't used with future\"",
        'false "cannot resume dead coroutine"'}, log)
    end)

    it("closing one that awaits is an error of the resume in the task", function()
      run(function()
        local c, task, future = awaiting()
        note(coroutine.close(c))
        future:set_result(1)
        note(await(task))
      end)
      assert.same({"true", 'false "cannot resume dead coroutine"'}, log)
    end)

    it("closing one that awaits leaves the task cancellable", function()
      run(function()
        local c, task = awaiting()
        note(coroutine.close(c))
        task:cancel()
        note(asyncio.isinstance(select(2, pcall(await, task)), asyncio.CancelledError))
      end)
      assert.same({"true", "true"}, log)
    end)

    it("closing one that waits for another is an error of its resume", function()
      run(function()
        local future = loop:create_future()
        local inner = co.create(function() return await(future) end)
        local outer = co.create(function() return co.resume(inner) end)
        local task = asyncio.create_task(function() return co.resume(outer) end)
        await(sleep(0))
        note(coroutine.close(outer))
        future:set_result(1)
        note(await(task))
        note(co.status(inner), co.status(outer))
      end)
      assert.same({"true", 'false "cannot resume dead coroutine"', '"dead" "dead"'}, log)
    end)
  end)

  describe("garbage", function()
    it("a suspended one that nobody holds is collected", function()
      run(function()
        local weak = setmetatable({}, {__mode = "v"})
        do
          local c = co.create(function()
            local big = {}
            weak.big = big
            await(sleep(1))
            co.yield(big)
          end)
          co.resume(c)
          weak.co = c
          note(weak.co, weak.big)
        end
        support.gc_collect()
        note(weak.co, weak.big)
      end)
      assert.same({"thread table", "nil nil"}, log)
    end)

    it("one that ended is collected while its task goes on", function()
      run(function()
        local weak = setmetatable({}, {__mode = "v"})
        local function use()
          local c = co.create(function()
            co.wrap(function() await(sleep(1)) end)()
          end)
          weak[1] = c
          note(co.resume(c))
        end
        use()
        support.gc_collect()
        note(weak[1])
      end)
      assert.same({"true", "nil"}, log)
    end)

    it("one that awaits is kept by its task", function()
      run(function()
        local task = asyncio.create_task(function()
          return co.wrap(function() co.yield(await(sleep(2, "kept"))) end)()
        end)
        await(sleep(1))
        support.gc_collect()
        note(await(task))
      end)
      assert.same({'"kept"'}, log)
    end)

    it("collecting all the while changes nothing", function()
      local res = run(function()
        local function tower(n)
          return co.wrap(function()
            if n == 0 then
              for i = 1, 3 do
                collectgarbage("step", 0)
                await(sleep(1))
                support.gc_collect()
                co.yield(i)
              end
            else
              for v in tower(n - 1) do co.yield(v) end
            end
          end)
        end
        local sum = 0
        for v in tower(20) do sum = sum + v end
        return sum
      end)
      assert.equal(6, res)
    end)

    it("a loop that closes while one awaits leaves a dead coroutine", function()
      local c = co.create(function() await(sleep(1)) end)
      local task = loop:create_task(function() co.resume(c) end)
      support.run_once(loop)
      assert.equal("normal", co.status(c))
      loop:set_exception_handler(function() end)
      loop:close()
      assert.equal("dead", co.status(c))
      assert.is_true((co.close(c)))
      assert.is_false(task:done())
    end)
  end)

  it("an eager task runs its coroutines at once", function()
    run(function()
      local f = co.wrap(function()
        co.yield("at once")
        co.yield(await(sleep(1, "later")))
      end)
      local task = asyncio.Task(function()
        note(f())
        note(f())
      end, {loop = loop, eager_start = true})
      note("created")
      await(task)
    end)
    assert.same({'"at once"', '"created"', '"later"'}, log)
  end)

  it("an eager task may be made in a coroutine", function()
    run(function()
      local f = co.wrap(function()
        local task = asyncio.Task(function()
          note(co.wrap(function() co.yield(await(sleep(1, "inner"))) end)())
        end, {loop = loop, eager_start = true})
        co.yield("made")
        await(task)
        co.yield("awaited")
      end)
      note(f())
      note(f())
    end)
    assert.same({'"made"', '"inner"', '"awaited"'}, log)
  end)

  it("a bare yield after an eager task has begun to wait is a turn of the loop", function()
    run(function()
      local task = asyncio.Task(function() await(sleep(1)) end, {loop = loop, eager_start = true})
      loop:call_soon(note, "callback")
      co.yield()
      note("task", task:done())
      await(task)
    end)
    assert.same({'"callback"', '"task" false'}, log)
  end)

  it("get_stack and traceback of a task show the coroutine that awaits", function()
    run(function()
      local function in_coroutine()
        await(sleep(2))
      end
      local task = asyncio.create_task(function() co.wrap(in_coroutine)() end)
      await(sleep(1))
      local lines = {}
      for _, frame in ipairs(task:get_stack()) do lines[#lines + 1] = frame.currentline end
      local line = debug.getinfo(in_coroutine, "S").linedefined + 1
      note(lines[#lines] == line)
      note(task:traceback():match("coroutines_spec.lua:" .. line .. ":") ~= nil)
      task:cancel()
    end)
    assert.same({"true", "true"}, log)
  end)
end)
