-- What a program can see of itself: the stacks of its tasks, what waits for
-- what, and the tree of all tasks, on request or on a signal.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep
local raises = support.raises

local SRC = debug.getinfo(1, "S").source:sub(2)

-- The line it is called from.
local function here() return debug.getinfo(2, "l").currentline end

-- Collects what is written to it.
local function new_file()
  local file = {text = ""}
  function file:write(...) self.text = self.text .. table.concat({...}) end
  return file
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("[^\n]*") do lines[#lines + 1] = line end
  if lines[#lines] == "" then lines[#lines] = nil end
  return lines
end

local function names_of(frames)
  local names = {}
  for i, frame in ipairs(frames) do names[i] = frame.name or "function" end
  return names
end

describe("introspection", function()
  local loop
  before_each(function()
    loop = support.new_loop()
    loop:set_exception_handler(function() end) -- many tasks are left pending
  end)
  after_each(support.close_loops)

  -- A task that is suspended in three functions.
  local line_of_query
  local function query()
    line_of_query = here() + 1
    await(sleep(60))
  end
  local function fetch() query() end
  local function handle() await(fetch) end

  describe("get_stack", function()
    it("has every frame of a suspended task, oldest first", function()
      local task = loop:create_task(handle)
      support.run_briefly(loop)
      local frames = task:get_stack()
      assert.same({"handle", "fetch", "query"}, names_of(frames))
      local last = frames[3]
      assert.equal(SRC, last.short_src)
      assert.equal("@" .. SRC, last.source)
      assert.equal(line_of_query, last.currentline)
      assert.equal("Lua", last.what)
      assert.equal(query, last.func)
    end)

    it("keeps the newest frames with a limit", function()
      local task = loop:create_task(handle)
      support.run_briefly(loop)
      assert.same({"fetch", "query"}, names_of(task:get_stack {limit = 2}))
      assert.same({"handle", "fetch", "query"}, names_of(task:get_stack {limit = 9}))
      assert.same({}, task:get_stack {limit = 0})
      assert.same({}, task:get_stack {limit = -1})
    end)

    it("follows awaits of any depth through the threads of the task", function()
      local function descend(n)
        if n == 0 then return await(sleep(60)) end
        await(function() descend(n - 1) end)
      end
      local task = loop:create_task(function() descend(500) end)
      support.run_briefly(loop)
      assert.equal(1002, #task:get_stack())
      assert.equal(3, #task:get_stack {limit = 3})
    end)

    it("goes through generators, without the frames of the package", function()
      local function numbers(yield)
        yield(1)
        await(sleep(60))
      end
      local function reads()
        for _ in asyncio.generator(numbers)() do await(sleep(0)) end
      end
      local function body() asyncio.coroutine.wrap(reads)() end
      local task = loop:create_task(body)
      for _ = 1, 5 do support.run_briefly(loop) end
      assert.same({"body", "reads", "numbers"}, names_of(task:get_stack()))
    end)

    it("is where the function is defined, of a task that has not begun", function()
      local line = here() + 1
      local function begins() await(sleep(1)) end
      local plain = loop:create_task(begins)
      local bound = loop:create_task(asyncio.async(begins)())
      local made = loop:create_task(coroutine.create(begins))
      for _, task in ipairs {plain, bound, made} do
        local frames = task:get_stack()
        assert.same({"begins"}, names_of(frames))
        assert.equal(line, frames[1].currentline)
      end
      assert.same({}, loop:create_task(sleep(1)):get_stack())
    end)

    it("goes up to the caller, of the running task", function()
      local frames, in_coroutine
      local function inner() frames = asyncio.current_task():get_stack() end
      local function plain()
        in_coroutine = asyncio.current_task():get_stack()
      end
      local function outer()
        await(inner)
        coroutine.wrap(plain)()
      end
      loop:run_until_complete(outer)
      assert.same({"outer", "inner"}, names_of(frames))
      assert.same({"outer", "plain"}, names_of(in_coroutine))
    end)

    it("is empty when the task returned or was cancelled", function()
      local ok = loop:create_task(function() return 1 end)
      local cancelled = loop:create_task(handle)
      cancelled:cancel()
      support.run_briefly(loop)
      assert.is_true(ok:done() and cancelled:cancelled())
      assert.same({}, ok:get_stack())
      assert.same({}, cancelled:get_stack())
    end)

    it("is the traceback of a failed task, of which a limit keeps the oldest", function()
      local line
      local function breaks()
        line = here() + 1
        local broken = nil + 1
        return broken
      end
      local function calls() await(breaks) end
      local task = loop:create_task(calls)
      raises("arithmetic", loop.run_until_complete, loop, task)
      local frames = task:get_stack()
      assert.same({"calls", "breaks"}, names_of(frames))
      assert.equal(line, frames[2].currentline)
      assert.equal(SRC, frames[2].short_src)
      assert.is_nil(frames[2].func)
      assert.same({"calls"}, names_of(task:get_stack {limit = 1}))
      assert.same({}, task:get_stack {limit = 0})
      assert.same({}, task:get_stack {limit = -1})
    end)

    it("refuses other options", function()
      local task = loop:create_task(handle)
      local at = "^" .. SRC:gsub("%p", "%%%0") .. ":%d+: "
      raises(at .. "option 'limit' of 'get_stack' must be an integer, not string",
        function() task:get_stack {limit = "1"} end)
      raises(at .. "unknown option 'lines' of 'get_stack'",
        function() task:get_stack {lines = 1} end)
      raises(at .. "options of 'get_stack' must be a table, not number",
        function() task:get_stack(1) end)
      raises(at .. "option 'file' of 'print_stack' must be a file, not number",
        function() task:print_stack {file = 1} end)
      raises(at .. "bad argument #1 to 'get_stack' %(Task expected, got nil%)",
        function() task.get_stack() end)
    end)
  end)

  describe("print_stack", function()
    local function printed(task, opts)
      local file = new_file()
      opts = opts or {}
      opts.file = file
      task:print_stack(opts)
      return lines_of(file.text)
    end

    it("prints where a task waits, with the text of the lines", function()
      local task = loop:create_task(handle, {name = "T"})
      support.run_briefly(loop)
      local lines = printed(task, {limit = 2})
      assert.same({
        ("Stack for %s (most recent call last):"):format(task),
        ('  File "%s", line %d, in fetch'):format(SRC, line_of_query + 2),
        "    local function fetch() query() end",
        ('  File "%s", line %d, in query'):format(SRC, line_of_query),
        "    await(sleep(60))",
      }, lines)
    end)

    it("prints the traceback of a failure, and the error at the end", function()
      local task = loop:create_task(load("error('broken', 0)", "=made up"))
      local other = loop:create_task(function() error(asyncio.TimeoutError("too late")) end)
      raises("broken", loop.run_until_complete, loop, task)
      raises(asyncio.TimeoutError, loop.run_until_complete, loop, other)
      assert.same({
        ("Traceback for %s (most recent call last):"):format(task),
        '  File "made up", line 1, in main chunk',
        "broken",
      }, printed(task))
      local lines = printed(other)
      assert.equal("TimeoutError: too late", lines[#lines])
      assert.same({
        ("Traceback for %s (most recent call last):"):format(task), "broken",
      }, printed(task, {limit = 0}))
    end)

    it("prints the text of a chunk that was no file", function()
      local chunk = load("local await, sleep = ...\nlocal x = 1\n  await(sleep(x)) -- here\n")
      local task = loop:create_task(asyncio.async(chunk)(await, sleep))
      support.run_briefly(loop)
      local lines = printed(task)
      assert.matches("line 3, in main chunk$", lines[2])
      assert.equal("    await(sleep(x)) -- here", lines[3])
    end)

    it("says that there is none", function()
      local task = loop:create_task(function() end)
      loop:run_until_complete(task)
      assert.same({("No stack for %s"):format(task)}, printed(task))
    end)

    it("prints to stderr unless told otherwise", function()
      local task, real, file = loop:create_task(function() end), io.stderr, new_file()
      loop:run_until_complete(task)
      io.stderr = file -- luacheck: ignore 122
      task:print_stack()
      io.stderr = real -- luacheck: ignore 122
      assert.equal(("No stack for %s\n"):format(task), file.text)
    end)
  end)

  it("names the functions of a failure three tasks deep", function()
    local lines = {}
    local function read_config()
      await(sleep(0.1))
      lines[1] = here() + 1
      error(asyncio.Exception("no such user"))
    end
    local function load_user()
      lines[2] = here() + 1
      return (await(asyncio.create_task(read_config, {name = "reader"})))
    end
    local function handle_request()
      lines[3] = here() + 1
      return (await(asyncio.create_task(load_user, {name = "loader"})))
    end
    local task = loop:create_task(handle_request, {name = "handler"})
    raises(asyncio.Exception, loop.run_until_complete, loop, task)

    local frames = task:get_stack()
    assert.same({"handle_request", "load_user", "read_config"}, names_of(frames))
    for i, frame in ipairs(frames) do assert.equal(lines[4 - i], frame.currentline) end

    -- each task's part of the traceback, innermost first
    local parts = {}
    for part in (task:traceback() .. "\n[awaited from]\n"):gmatch("(.-)\n%[awaited from%]\n") do
      parts[#parts + 1] = part
    end
    assert.equal(3, #parts)
    for i, part in ipairs(parts) do
      assert.matches(("%s:%d: in function "):format(SRC, lines[i]), part, 1, true)
    end

    local source = require "asyncio.source"
    local named = source.with_names(task:traceback())
    for _, name in ipairs {"read_config", "load_user", "handle_request"} do
      assert.matches(("in function '%s' <%s:"):format(name, SRC), named, 1, true)
    end
  end)

  it("does not guess the names of functions", function()
    local source = require "asyncio.source"
    local chunk = table.concat({
      "local function one() end",
      "function M.two() end",
      "three = function() end",
      "t.four = asyncio.async(function() end)",
      "spawn(function() end)",
      "local function five() return function() end end",
      "functional()",
    }, "\n")
    local names = {}
    for line = 1, 8 do names[line] = source.function_name(chunk, line) or false end
    assert.same({"one", "M.two", "three", "t.four", false, false, false, false}, names)
    assert.is_nil(source.function_name("@/no/such/file.lua", 1))
    assert.is_nil(source.function_name("@/", 1))
    assert.is_nil(source.function_name("=[C]", 1))
  end)

  describe("the call graph", function()
    -- The names of the tasks that await it, to the depth there is.
    local function awaited_by(fut)
      local function walk(node)
        local names = {}
        for i, above in ipairs(node.awaited_by) do
          names[i] = {above.future.get_name and above.future:get_name() or "Future",
            table.unpack(walk(above))}
        end
        return names
      end
      return walk(asyncio.capture_call_graph(fut))
    end

    local function waits_for(name, make)
      return loop:create_task(function() return await(make()) end, {name = name})
    end

    it("has whoever waits, by whatever means, in the order they came", function()
      local inner = loop:create_task(handle)
      waits_for("await", function() return inner end)
      waits_for("gather", function() return asyncio.gather(inner, inner) end)
      waits_for("nested", function()
        return asyncio.gather(asyncio.gather(asyncio.shield(inner)))
      end)
      waits_for("shield", function() return asyncio.shield(inner) end)
      waits_for("wait", function() return asyncio.wait({inner}) end)
      waits_for("wait with timeout", function() return asyncio.wait({inner}, {timeout = 9}) end)
      waits_for("wait_for", function() return asyncio.wait_for(inner, 9) end)
      loop:create_task(function()
        for item in asyncio.as_completed({inner}) do await(item) end
      end, {name = "as_completed"})
      loop:create_task(function() asyncio.pawait(inner) end, {name = "pawait"})
      loop:create_task(function() inner:await() end, {name = "method"})
      support.run_briefly(loop)
      assert.same({
        {"await"}, {"gather"}, {"nested"}, {"shield"}, {"wait"}, {"wait with timeout"},
        {"wait_for"}, {"as_completed"}, {"pawait"}, {"method"},
      }, awaited_by(inner))
      inner:cancel()
      support.run_briefly(loop)
      assert.same({}, awaited_by(inner))
    end)

    it("has wait_for without time while it waits for the end of the cancelled", function()
      local inner = loop:create_task(function()
        pcall(await, sleep(60))
        await(sleep(60))
      end)
      support.run_briefly(loop)
      waits_for("wait_for", function() return asyncio.wait_for(inner, 0) end)
      support.run_briefly(loop)
      assert.is_false(inner:done())
      assert.same({{"wait_for"}}, awaited_by(inner))
    end)

    it("forgets who was cancelled or timed out", function()
      local inner = loop:create_future()
      local cancelled = waits_for("cancelled", function() return inner end)
      local late = waits_for("late", function() return asyncio.wait({inner}, {timeout = 1}) end)
      support.run_briefly(loop)
      assert.same({{"cancelled"}, {"late"}}, awaited_by(inner))
      loop:run_until_complete(late)
      assert.same({{"cancelled"}}, awaited_by(inner))
      inner = loop:create_future()
      cancelled:cancel()
      support.run_briefly(loop)
      assert.same({}, awaited_by(inner))
    end)

    it("has a gather that nobody waits for as a future", function()
      local inner = loop:create_task(handle)
      local group = loop:run_until_complete(function()
        return asyncio.gather(inner, sleep(1))
      end)
      local graph = asyncio.capture_call_graph(inner)
      assert.equal(1, #graph.awaited_by)
      assert.is_true(rawequal(group, graph.awaited_by[1].future))
    end)

    it("is printed as CPython does it", function()
      local inner = loop:create_task(handle, {name = "inner"})
      local outer = waits_for("outer", function() return inner end)
      local top = waits_for("top\n", function() return asyncio.gather(outer) end)
      support.run_briefly(loop)
      local line = debug.getinfo(waits_for, "S").linedefined + 1
      local function stack_of_waiter(indent)
        return {
          indent .. "  + Call stack:",
          ("%s  |   File '%s', line %d, in async function <%s:%d>"):format(
            indent, SRC, line, SRC, line),
        }
      end
      local a, b = stack_of_waiter("    "), stack_of_waiter("        ")
      local want = {
        ("* Task(name='inner', id=%p)"):format(inner),
        "  + Call stack:",
        ("  |   File '%s', line %d, in query()"):format(SRC, line_of_query),
        ("  |   File '%s', line %d, in async fetch()"):format(SRC, line_of_query + 2),
        ("  |   File '%s', line %d, in async handle()"):format(SRC, line_of_query + 3),
        "  + Awaited by:",
        ("    * Task(name='outer', id=%p)"):format(outer), a[1], a[2],
        "      + Awaited by:",
        ("        * Task(name='top\\n', id=%p)"):format(top), b[1], b[2],
      }
      local text = asyncio.format_call_graph(inner)
      assert.same(want, lines_of(text))
      local file = new_file()
      asyncio.print_call_graph(inner, {file = file})
      assert.equal(text .. "\n", file.text)
    end)

    it("goes to stdout unless told otherwise", function()
      local future, real, file = loop:create_future(), io.stdout, new_file()
      io.stdout = file -- luacheck: ignore 122
      asyncio.print_call_graph(future)
      io.stdout = real -- luacheck: ignore 122
      assert.equal(("* Future(id=%p)\n"):format(future), file.text)
    end)

    it("leaves out frames of the running task with depth", function()
      local stacks = {}
      local function inner()
        for depth = 1, 4 do
          local names = {}
          local graph = asyncio.capture_call_graph({depth = depth})
          for i, entry in ipairs(graph.call_stack) do names[i] = entry.frame.name end
          stacks[depth] = names
        end
      end
      local function outer() inner() end
      loop:run_until_complete(outer)
      assert.same({{"inner", "outer"}, {"outer"}, {}, {}}, stacks)
      raises("option 'depth' of 'capture_call_graph' must be 1 or more",
        asyncio.capture_call_graph, loop:create_future(), {depth = 0})
      raises("unknown option 'file' of 'format_call_graph'",
        asyncio.format_call_graph, loop:create_future(), {file = io.stdout})
    end)

    it("says that tasks wait in a circle", function()
      local a, b
      a = loop:create_task(function() await(b) end, {name = "a"})
      b = loop:create_task(function() await(a) end, {name = "b"})
      support.run_briefly(loop)
      local graph = asyncio.capture_call_graph(a)
      local again = graph.awaited_by[1].awaited_by[1]
      assert.is_true(rawequal(a, again.future))
      assert.is_true(again.cycle)
      assert.same({}, again.awaited_by)
      assert.matches(("        * Task(name='a', id=%p) [waits in a circle: see above]")
        :format(a), asyncio.format_call_graph(a), 1, true)
      local file = new_file()
      asyncio.dump(file, {loop = loop})
      assert.matches("* a: waiting at ", file.text, 1, true)
      assert.matches("\n  * b: waiting at ", file.text, 1, true)
      assert.matches("\n    * a, waits in a circle, see above\n", file.text, 1, true)
      a:cancel()
      b:cancel()
      support.run_briefly(loop)
    end)

    -- A chain of n tasks, each of which waits for the one before; the first.
    local function chain(n)
      local last, first = loop:create_future(), nil
      for _ = 1, n do
        local awaited = last
        last = loop:create_task(function() return await(awaited) end)
        first = first or last
      end
      support.run_briefly(loop)
      return first
    end

    it("may have ten thousand levels", function()
      local levels = support.many(10000)
      local first = chain(levels)
      local graph, n = asyncio.capture_call_graph(first), 0
      while graph do
        graph, n = graph.awaited_by[1], n + 1
      end
      assert.equal(levels, n)
      assert.truthy(asyncio.format_call_graph(first):find("\n" .. (" "):rep(160)
        .. "%* Task%(name='Task%-%d+', id=0x%x+%) %[level " .. levels - 1 .. "%]\n"))
      local file = new_file()
      asyncio.dump(file, {loop = loop})
      assert.truthy(file.text:find("\n" .. (" "):rep(80)
        .. "%* Task%-%d+: waiting on a future at [^\n]* %[level " .. levels - 1 .. "%]\n"))
    end)

    -- What the call costs: hundreds of instructions of Lua, bytes allocated.
    local function cost_of(fn)
      local hook, mask, every = debug.gethook()
      local steps = 0
      support.gc_collect()
      collectgarbage("stop")
      local before = collectgarbage("count")
      debug.sethook(function() steps = steps + 1 end, "", 100)
      local ok, err = pcall(fn)
      debug.sethook(hook, mask, every)
      local after = collectgarbage("count")
      collectgarbage("restart")
      assert(ok, err)
      return steps, (after - before) * 1024
    end

    it("costs in proportion to its size", function()
      local nowhere = {write = function() end}
      local function costs(n)
        local first = chain(n)
        local list = {
          {cost_of(function() asyncio.capture_call_graph(first) end)},
          {cost_of(function() asyncio.format_call_graph(first) end)},
          {cost_of(function() asyncio.dump(nowhere, {loop = loop}) end)},
        }
        loop:close()
        loop = support.new_loop()
        loop:set_exception_handler(function() end)
        return list
      end
      costs(10) -- what is made once
      local small, large = costs(500), costs(2000)
      for i, cost in ipairs(large) do -- four times as large
        assert.is_true(small[i][1] > 50)
        assert.is_true(cost[1] < 6 * small[i][1])
        assert.is_true(cost[2] < 6 * small[i][2])
      end
    end)

    it("is no larger than the program's waits", function()
      -- thirty diamonds, one on the other: 2^30 paths
      local last = loop:create_task(handle)
      for _ = 1, 30 do
        local below = last
        local left = waits_for("left", function() return below end)
        local right = waits_for("right", function() return below end)
        last = waits_for("both", function() return asyncio.gather(left, right) end)
      end
      local bottom = asyncio.all_tasks(loop)[1]
      support.run_briefly(loop)
      local lines = lines_of(asyncio.format_call_graph(bottom))
      assert.is_true(#lines < 1000)
      local known = 0
      for _, line in ipairs(lines) do
        if line:find("+ Awaited by: see above", 1, true) then known = known + 1 end
      end
      assert.equal(29, known)
    end)
  end)

  describe("dump", function()
    local function dump(opts)
      local file = new_file()
      asyncio.dump(file, opts or {loop = loop})
      return lines_of(file.text)
    end

    it("shows the tasks as a tree, with states and places", function()
      local future = loop:create_future()
      local a = loop:create_task(handle, {name = "a"})
      local b = loop:create_task(function() await(future) end, {name = "b"})
      local line = here() + 1
      local sum = loop:create_task(function() await(asyncio.gather(a, b)) end, {name = "sum"})
      loop:create_task(function() await(asyncio.shield(sum)) end, {name = "other"})
      loop:create_task(function() await(a) end, {name = "late"})
      support.run_briefly(loop)
      loop:create_task(handle, {name = "new\n"})
      local function at(n, name)
        return (" at %s:%d in %s"):format(SRC, n, name or ("function <%s:%d>"):format(SRC, n))
      end
      assert.same({
        "6 tasks of <EventLoop running=false closed=false debug=false>",
        "* other: waiting" .. at(line + 1),
        "  * sum: waiting" .. at(line),
        "    * a: sleeping" .. at(line_of_query, "query") .. ", from"
          .. at(line_of_query + 2, "fetch"):gsub("^ at", "") .. ", from"
          .. at(line_of_query + 3, "handle"):gsub("^ at", ""),
        "    * b: waiting on a future" .. at(line - 2),
        "* late: waiting" .. at(line + 2),
        "  * a, see above",
        "* new\\x0a: ready" .. at(line_of_query + 3, "handle"),
      }, dump())
    end)

    it("is of the running loop, and marks what runs and what is cancelled", function()
      local lines
      local task = loop:create_task(handle, {name = "slow"})
      loop:run_until_complete(function()
        await(sleep(0))
        task:cancel()
        local file = new_file()
        asyncio.dump(file)
        lines = lines_of(file.text)
      end)
      assert.matches("^2 tasks of <EventLoop running=true ", lines[1])
      assert.matches("^%* slow: ready, cancelling, at ", lines[2])
      assert.matches("^%* Task%-%d+: running at ", lines[3])
    end)

    it("tells a task that has been woken from one that waits", function()
      local future = loop:create_future()
      loop:create_task(function() await(future) end, {name = "T"})
      support.run_briefly(loop)
      assert.matches("^%* T: waiting on a future at ", dump()[2])
      future:set_result()
      assert.matches("^%* T: ready at ", dump()[2])
    end)

    it("takes the loop of set_event_loop where none runs, or that of the options", function()
      raises("There is no current event loop", asyncio.dump)
      asyncio.set_event_loop(loop)
      loop:create_task(handle)
      local file, real = new_file(), io.stderr
      io.stderr = file -- luacheck: ignore 122
      asyncio.dump()
      asyncio.dump {loop = support.new_loop()}
      io.stderr = real -- luacheck: ignore 122
      local lines = lines_of(file.text)
      assert.matches("^1 task of ", lines[1])
      assert.matches("^0 tasks of ", lines[3])
      assert.equal(3, #lines)
      loop:close()
      assert.matches("^0 tasks of <EventLoop running=false closed=true ", dump()[1])
    end)

    it("refuses what it cannot use", function()
      raises("bad argument #1 to 'dump' %(file expected, got number%)", asyncio.dump, 3)
      raises("option 'loop' of 'dump' must be a Loop, not string", asyncio.dump, {loop = "x"})
      raises("unknown option 'file' of 'dump'", asyncio.dump, {file = io.stderr})
    end)
  end)

  describe("install_dump_signal", function()
    local function interpreter()
      local first = 0
      while arg[first - 1] do first = first - 1 end
      return first < 0 and arg[first] or "lua5.4"
    end

    local function quote(text) return "'" .. text:gsub("'", [['\'']]) .. "'" end

    -- Its stderr tells when a dump is written: `dumped` is a future of that.
    local PRELUDE = [[
      local asyncio = require "asyncio"
      local await, sleep = asyncio.await, asyncio.sleep
      local dumped
      local real = io.stderr
      io.stderr = {write = function(_, ...)
        real:write(...)
        if dumped and not dumped:done() then dumped:set_result() end
        return true
      end}
      io.stdout:setvbuf("line")
      local shell = assert(io.popen("echo $PPID"))
      local pid = shell:read("n")
      shell:close()
      local function ask()
        dumped = asyncio.get_event_loop():create_future()
        print("kill " .. pid)
        return dumped
      end
    ]]

    -- Runs a program; sends it the signal at each line "kill <pid>". Returns the
    -- other lines, of both outputs.
    local function run(program, signal)
      local name = os.tmpname()
      local file = assert(io.open(name, "w"))
      file:write(PRELUDE, program)
      file:close()
      local pipe = assert(io.popen(("LUA_PATH_5_4=%s LUA_CPATH_5_4=%s %s %s 2>&1"):format(
        quote(package.path), quote(package.cpath), quote(interpreter()), quote(name))))
      local lines = {}
      for line in pipe:lines() do
        local pid = line:match("^kill (%d+)$")
        if pid then
          assert.is_true(os.execute(("kill -%s %s"):format(signal or "USR1", pid)))
        else
          lines[#lines + 1] = (line:gsub(name:gsub("%p", "%%%0"), "program"))
        end
      end
      pipe:close()
      os.remove(name)
      return lines
    end

    it("prints the tree of tasks when the process gets the signal", function()
      local lines = run [[
        asyncio.install_dump_signal("SIGUSR1")
        local function fetch() await(sleep(60)) end
        asyncio.run(function()
          local task = asyncio.create_task(fetch, {name = "fetcher"})
          local waiter = asyncio.create_task(function() await(task) end, {name = "waiter"})
          await(sleep(0.06))
          await(asyncio.wait_for(ask(), 60))
          print("went on")
        end)
        print("ended")
      ]]
      assert.equal(6, #lines, table.concat(lines, "\n"))
      assert.equal("3 tasks of <EventLoop running=true closed=false debug=false>", lines[1])
      assert.matches("^%* Task%-1: waiting on a future for %d+%.%d s at program:%d+ in ", lines[2])
      assert.matches("^%* waiter: waiting for %d+%.%d s at program:%d+ in ", lines[3])
      local since = lines[4]:match(
        "^  %* fetcher: sleeping for (%d+%.%d) s at program:%d+ in fetch$")
      assert.is_true(tonumber(since) > 0)
      assert.same({"went on", "ended"}, {lines[5], lines[6]})
    end)

    it("works in each loop that runs later, and in the one that runs", function()
      local lines = run [[
        local function main() await(asyncio.wait_for(ask(), 60)) end
        asyncio.run(function()
          asyncio.install_dump_signal("SIGUSR1")
          asyncio.install_dump_signal("SIGUSR1")
          await(main)
        end)
        asyncio.run(main)
        local loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop:run_until_complete(main)
        local task = loop:create_task(main)
        task:add_done_callback(function() loop:stop() end)
        loop:run_forever()
        loop:close()
      ]]
      local heads = {}
      for _, line in ipairs(lines) do
        if line:find("^1 task of <EventLoop running=true") then heads[#heads + 1] = line end
      end
      assert.equal(4, #heads, table.concat(lines, "\n"))
      assert.equal(8, #lines, table.concat(lines, "\n"))
    end)

    it("takes other signals, several of them", function()
      local lines = run([[
        asyncio.install_dump_signal("SIGUSR1")
        asyncio.install_dump_signal("SIGHUP")
        asyncio.run(function() await(asyncio.wait_for(ask(), 60)) end)
      ]], "HUP")
      assert.matches("^1 task of ", lines[1])
      assert.equal(2, #lines)
    end)

    it("keeps no loop alive, hides no deadlock, and changes no error", function()
      local lines = run [[
        local function check(...) print((tostring(select(2, pcall(...))):match("[^\n]*"))) end
        asyncio.install_dump_signal("SIGUSR1")
        check(asyncio.run, function() await(asyncio.Future()) end)
        local loop = asyncio.new_event_loop()
        loop:call_soon(function()
          check(function() loop:run_forever() end)
          check(function() asyncio.new_event_loop():run_forever() end)
          loop:stop()
        end)
        loop:run_forever()
        loop:close()
        check(function() loop:run_forever() end)
        check(function() loop.run_forever() end)
        check(function() loop:run_until_complete(asyncio.sleep(0)) end)
      ]]
      for i, line in ipairs(lines) do lines[i] = line:gsub("program:%d+", "program") end
      assert.equal("DeadlockError: nothing can wake the loop; waiting are:", lines[1])
      assert.matches("^program: This event loop is already running$", lines[2])
      assert.matches("^program: Cannot run the event loop while another loop is running$", lines[3])
      assert.matches("^program: Event loop is closed$", lines[4])
      assert.matches("^program: bad argument #1 to 'run_forever' %(Loop expected", lines[5])
      assert.matches("^program: Event loop is closed$", lines[6])
    end)

    it("refuses what is no signal", function()
      raises("unknown or unsupported signal 'SIGNAL'", asyncio.install_dump_signal, "SIGNAL")
      raises("unknown or unsupported signal 'SIGKILL'", asyncio.install_dump_signal, "SIGKILL")
      raises("name of a signal expected, got number", asyncio.install_dump_signal, 10)
    end)
  end)
end)
