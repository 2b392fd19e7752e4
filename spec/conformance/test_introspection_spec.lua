-- CPython's tests of stacks of tasks and of call graphs, in Lua. Those of the
-- graphs are of CPython 3.14 (test_graph), which the inventory does not list:
-- their names lack the "test_".
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep = asyncio.await, asyncio.sleep

-- Collects what is written to it.
local function new_file()
  local file = {text = ""}
  function file:write(...) self.text = self.text .. table.concat({...}) end
  return file
end

local function names_of(frames)
  local names = {}
  for i, frame in ipairs(frames) do names[i] = frame.name or "function" end
  return names
end

local loop
local function new_loop() loop = support.new_loop() end

describe("test_tasks BaseTaskTests", function()
  before_each(new_loop)
  after_each(support.close_loops)

  it("test_get_stack (adapted) has all frames, the newest last", function()
    local t, stack, newest
    local file = new_file()
    local function bar()
      stack = t:get_stack()
      newest = t:get_stack {limit = 1}
      t:print_stack {limit = 1, file = file}
    end
    local function foo() await(bar) end
    local function runner()
      t = asyncio.ensure_future(foo, {loop = loop})
      await(t)
    end
    loop:run_until_complete(runner)
    assert.same({"foo", "bar"}, names_of(stack))
    assert.same({"bar"}, names_of(newest))
    assert.matches("coro=<foo() running at ", file.text, 1, true)
    assert.matches("\n    t:print_stack {limit = 1, file = file}\n", file.text, 1, true)
  end)
end)

describe("test_pep492 CoroutineTests", function()
  before_each(new_loop)
  after_each(support.close_loops)

  it("test_task_print_stack (adapted)", function()
    local t, stack
    local function foo() stack = t:get_stack {limit = 1} end
    local function runner()
      t = asyncio.ensure_future(foo, {loop = loop})
      await(t)
    end
    loop:run_until_complete(runner)
    assert.same({"foo"}, names_of(stack))
  end)
end)

-- The graph of a future, or of the running task, as nested lists: "T<name>" or
-- "F", the stack ("s" called, "a" awaited, "ag" an async generator), and the
-- graphs of what awaits it. And the printed form.
local MARKS = {async = "a ", ["async generator"] = "ag ", generator = "g "}

local function walk(node)
  local is_task = node.future.get_name ~= nil
  local name = is_task and node.future:get_name()
  local stack, awaited_by = {}, {}
  for i, entry in ipairs(node.call_stack) do
    stack[i] = (MARKS[entry.frame.kind] or "s ") .. (entry.frame.name or "function")
  end
  for i, above in ipairs(node.awaited_by) do awaited_by[i] = walk(above) end
  name = is_task and ("T<%s>"):format(name:find("^Task%-") and "anon" or name) or "F"
  return {name, stack, awaited_by}
end

local function capture(fut)
  local file = new_file()
  asyncio.print_call_graph(fut, {file = file, depth = 2})
  return walk(asyncio.capture_call_graph(fut)), file.text
end

describe("CPython 3.14: test_graph", function()
  before_each(new_loop)
  after_each(support.close_loops)

  it("stack_tgroup (adapted), without the group", function()
    local found
    local function c5() found = walk(asyncio.capture_call_graph(nil, {depth = 2})) end
    local function c4()
      await(sleep(0))
      c5()
    end
    local function c3() await(c4) end
    local function c2() await(c3) end
    local function c1(task) await(task) end
    local function main()
      local task = asyncio.create_task(c2, {name = "c2_root"})
      local one = asyncio.create_task(asyncio.async(c1)(task), {name = "sub_main_1"})
      local two = asyncio.create_task(asyncio.async(c1)(task), {name = "sub_main_2"})
      await(asyncio.gather(task, one, two))
    end
    loop:run_until_complete(main)
    local root = {"T<anon>", {"a main"}, {}}
    assert.equal("T<c2_root>", found[1])
    assert.same({"a c4", "a c3", "a c2"}, found[2])
    assert.same({
      root,
      {"T<sub_main_1>", {"a c1"}, {root}},
      {"T<sub_main_2>", {"a c1"}, {root}},
    }, {table.unpack(found[3])})
  end)

  it("stack_async_gen", function()
    local found, text
    local function gen_nested_call() found, text = capture() end
    local function gen(yield)
      for num = 1, 2 do
        yield(num)
        if num == 2 then await(gen_nested_call) end
      end
    end
    local function main()
      for _ in asyncio.generator(gen)() do await(sleep(0)) end
    end
    loop:run_until_complete(main)
    assert.same({"T<anon>",
      {"s capture", "a gen_nested_call", "ag gen", "a main"}, {}}, found)
    assert.matches("in async generator gen()", text, 1, true)
  end)

  it("stack_gather", function()
    local found
    local function deep()
      await(sleep(0))
      found = capture()
    end
    local function c1()
      await(sleep(0))
      await(deep)
    end
    local function c2() await(sleep(0)) end
    local function main() await(asyncio.gather(c1, c2)) end
    loop:run_until_complete(main)
    assert.same({"T<anon>", {"s capture", "a deep", "a c1"},
      {{"T<anon>", {"a main"}, {}}}}, found)
  end)

  it("stack_shield", function()
    local found
    local function deep()
      await(sleep(0))
      found = capture()
    end
    local function c1()
      await(sleep(0))
      await(deep)
    end
    local function main() await(asyncio.shield(c1)) end
    loop:run_until_complete(main)
    assert.same({"T<anon>", {"s capture", "a deep", "a c1"},
      {{"T<anon>", {"a main"}, {}}}}, found)
  end)

  it("stack_timeout (adapted) with wait_for", function()
    local found
    local function inner()
      await(sleep(0))
      found = capture()
    end
    local function c1()
      await(asyncio.wait_for(function()
        await(sleep(0))
        await(inner)
      end, 1))
    end
    local function main() await(asyncio.shield(c1)) end
    loop:run_until_complete(main)
    assert.same({"T<anon>", {"s capture", "a inner", "a function", "a c1"},
      {{"T<anon>", {"a main"}, {}}}}, found)
  end)

  it("stack_wait", function()
    local found
    local function inner()
      await(sleep(0))
      found = capture()
    end
    local function c1()
      await(sleep(0))
      await(inner)
    end
    local function c2()
      for _ = 1, 3 do await(sleep(0)) end
    end
    local function main()
      local both = {asyncio.create_task(c1), asyncio.create_task(c2)}
      local _, pending
      repeat _, pending = await(asyncio.wait(both)) until #pending == 0
    end
    loop:run_until_complete(main)
    assert.same({"T<anon>", {"s capture", "a inner", "a c1"},
      {{"T<anon>", {"a main"}, {}}}}, found)
  end)

  it("stack_task", function()
    local found
    local function inner()
      await(sleep(0))
      found = capture()
    end
    local function c1() await(inner) end
    local function c2() await(asyncio.create_task(c1, {name = "there there"})) end
    local function main() await(c2) end
    loop:run_until_complete(main)
    assert.same({"T<there there>", {"s capture", "a inner", "a c1"},
      {{"T<anon>", {"a c2", "a main"}, {}}}}, found)
  end)

  it("stack_future", function()
    local found, text
    local fut = loop:create_future()
    local function a2() await(fut) end
    local function a1() await(a2) end
    local function b1() await(fut) end
    local function main()
      local a = asyncio.create_task(a1, {name = "task A"})
      local b = asyncio.create_task(b1, {name = "task B"})
      for _ = 1, 5 do await(sleep(0)) end
      found, text = capture(fut)
      fut:set_result(nil)
      await(asyncio.gather(a, b))
    end
    loop:run_until_complete(main)
    assert.same({"F", {}, {
      {"T<task A>", {"a a2", "a a1"}, {}},
      {"T<task B>", {"a b1"}, {}},
    }}, found)
    assert.matches("^%* Future%(id=0x%x+%)\n", text)
  end)

  it("captures nothing where no task runs, and raises outside of a loop", function()
    local graph, text = "unset", "unset"
    local file = new_file()
    loop:call_soon(function()
      graph, text = asyncio.capture_call_graph(), asyncio.format_call_graph()
      asyncio.print_call_graph {file = file}
    end)
    support.run_briefly(loop)
    assert.is_nil(graph)
    assert.equal("", text)
    assert.equal("\n", file.text)
    support.raises("outside of a running event loop and no future to introspect",
      asyncio.capture_call_graph)
    support.raises("^42 object does not appear to be compatible with asyncio.Future$",
      asyncio.capture_call_graph, 42)
  end)

  it("keeps as many frames as the limit says", function()
    local found = {}
    local function c3()
      for _, limit in ipairs {2, -2, 0, 9, -9} do
        found[#found + 1] = walk(asyncio.capture_call_graph({limit = limit}))
      end
    end
    local function c2() await(c3) end
    local function c1() await(c2) end
    local task
    local function outer() await(task) end
    local function outermost() await(outer) end
    loop:run_until_complete(function()
      task = asyncio.create_task(c1, {name = "c1"})
      await(asyncio.create_task(outermost, {name = "o"}))
    end)
    local stacks = {}
    for i, graph in ipairs(found) do stacks[i] = graph[2] end
    assert.same({
      {"a c2", "a c1"}, {"a c3", "a c2"}, {},
      {"a c3", "a c2", "a c1"}, {"a c3", "a c2", "a c1"},
    }, stacks)

    found = {}
    local fut = loop:create_future()
    local function c3_waits() await(fut) end
    local function c2_waits() await(c3_waits) end
    local waits = loop:create_task(c2_waits)
    support.run_briefly(loop)
    for i, limit in ipairs {1, -1, 0, 5} do
      found[i] = walk(asyncio.capture_call_graph(fut, {limit = limit}))[3][1][2]
    end
    assert.same({{"a c2_waits"}, {"a c3_waits"}, {}, {"a c3_waits", "a c2_waits"}}, found)
    fut:set_result()
    loop:run_until_complete(waits)
  end)
end)
