-- Construction, ensure_future, names, texts and single steps of tasks.
local asyncio = require "asyncio"
local support = require "spec.support"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep
local run_briefly, raises = support.run_briefly, support.raises

local SRC = debug.getinfo(1, "S").short_src

local function here() return debug.getinfo(2, "l").currentline end

local function escape(text) return (text:gsub("%p", "%%%0")) end

local function defined_at(fn)
  return ("%s:%d"):format(SRC, debug.getinfo(fn, "S").linedefined)
end

local function new_task(loop, coro, name)
  return asyncio.Task(coro, {loop = loop, name = name or "TestTask"})
end

describe("test_tasks BaseTaskTests", function()
  local loop

  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  local notmuch = async(function() return "ok" end)

  it("test_other_loop_future", function()
    local other = support.new_loop()
    local fut = other:create_future()
    local seen = {}
    local run = async(function()
      local ok, err = pcall(await, fut)
      seen[#seen + 1] = ok
      error(err, 0)
    end)
    raises("Task .* got Future .* attached to a different loop",
      loop.run_until_complete, loop, run())
    assert.same({false}, seen)
    assert.is_false(fut:done())
  end)

  it("test_task_awaits_on_itself", function()
    local task
    local ticks = 0
    local function count()
      ticks = ticks + 1
      if not task:done() then loop:call_soon(count) end
    end
    local caught_at
    task = asyncio.ensure_future(async(function()
      local ok, err = pcall(await, task)
      caught_at = ticks
      assert.is_false(ok)
      error(err, 0)
    end)(), {loop = loop})
    loop:call_soon(count)
    raises("Task cannot await on itself: <Task .*>",
      loop.run_until_complete, loop, task)
    assert.equal(1, caught_at)
  end)

  it("test_task_class", function()
    local t = new_task(loop, notmuch())
    loop:run_until_complete(t)
    assert.is_true(t:done())
    assert.equal("ok", t:result())
    assert.equal(loop, t:get_loop())

    local second = support.new_loop()
    t = new_task(second, notmuch())
    assert.equal(second, t:get_loop())
    assert.equal("ok", second:run_until_complete(t))
  end)

  it("test_ensure_future_coroutine", function()
    local t = asyncio.ensure_future(notmuch(), {loop = loop})
    assert.equal(loop, t:get_loop())
    loop:run_until_complete(t)
    assert.is_true(t:done())
    assert.equal("ok", t:result())

    raises("no current event loop", asyncio.ensure_future, notmuch())

    t = loop:run_until_complete(function()
      return asyncio.ensure_future(notmuch())
    end)
    assert.equal(loop, t:get_loop())
    loop:run_until_complete(t)
    assert.is_true(t:done())
    assert.equal("ok", t:result())

    asyncio.set_event_loop(loop)
    t = asyncio.ensure_future(notmuch())
    assert.equal(loop, t:get_loop())
    loop:run_until_complete(t)
    assert.is_true(t:done())
    assert.equal("ok", t:result())
  end)

  it("test_ensure_future_future", function()
    local orig = loop:create_future()
    orig:set_result("ko")

    local f = asyncio.ensure_future(orig)
    loop:run_until_complete(f)
    assert.is_true(f:done())
    assert.equal("ko", f:result())
    assert.is_true(rawequal(f, orig))

    local other = support.new_loop()
    raises("different loop", asyncio.ensure_future, orig, {loop = other})
    other:close()

    assert.is_true(rawequal(orig, asyncio.ensure_future(orig, {loop = loop})))
  end)

  it("test_ensure_future_task", function()
    local orig = new_task(loop, notmuch())
    local t = asyncio.ensure_future(orig)
    loop:run_until_complete(t)
    assert.is_true(t:done())
    assert.equal("ok", t:result())
    assert.is_true(rawequal(t, orig))

    local other = support.new_loop()
    raises("different loop", asyncio.ensure_future, orig, {loop = other})
    other:close()

    assert.is_true(rawequal(orig, asyncio.ensure_future(orig, {loop = loop})))
  end)

  it("test_ensure_future_awaitable", function()
    local aw = setmetatable({coro = notmuch()}, {
      __await = function(self) return await(self.coro) end,
    })
    local fut = asyncio.ensure_future(aw, {loop = loop})
    assert.is_true(asyncio.isfuture(fut))
    loop:run_until_complete(fut)
    assert.equal("ok", fut:result())
  end)

  it("test_ensure_future_task_awaitable (adapted)", function()
    local aw = setmetatable({}, {
      __await = function() return await(sleep(0, "ok")) end,
    })
    local task = asyncio.ensure_future(aw, {loop = loop})
    local coro = task:get_coro()
    assert.equal("thread", type(coro))
    loop:run_until_complete(task)
    assert.is_true(task:done())
    assert.equal("ok", task:result())
    assert.equal(coro, task:get_coro())
  end)

  it("test_ensure_future_neither", function()
    raises("An asyncio.Future, a coroutine or an awaitable is required",
      asyncio.ensure_future, "ok")
  end)

  it("test_ensure_future_error_msg", function()
    local other = support.new_loop()
    local f = loop:create_future()
    raises("The future belongs to a different loop than the one specified " ..
      "as the loop argument", asyncio.ensure_future, f, {loop = other})
  end)

  it("test_task_repr (adapted)", function()
    local function notmuch_here() return "abc" end
    local make = async(notmuch_here)
    local function on_done() end
    local where = defined_at(notmuch_here)

    local t = new_task(loop, make())
    t:add_done_callback(on_done)
    local rest = (" name='TestTask' coro=<notmuch_here() running at %s> cb=[on_done() at %s]>")
      :format(where, defined_at(on_done))
    assert.equal("<Task pending" .. rest, tostring(t))

    t:cancel()
    assert.equal("<Task cancelling" .. rest, tostring(t))

    raises(asyncio.CancelledError, loop.run_until_complete, loop, t)
    rest = (" name='TestTask' coro=<notmuch_here() done, defined at %s>"):format(where)
    assert.equal("<Task cancelled" .. rest .. ">", tostring(t))

    t = new_task(loop, make())
    loop:run_until_complete(t)
    assert.equal("<Task finished" .. rest .. " result='abc'>", tostring(t))

    local function failing() error(asyncio.Exception("broken")) end
    t = new_task(loop, async(failing)())
    raises(asyncio.Exception, loop.run_until_complete, loop, t)
    assert.equal(("<Task finished name='TestTask' coro=<failing() done, defined at %s>" ..
      " exception=Exception('broken')>"):format(defined_at(failing)), tostring(t))
  end)

  it("test_task_repr_autogenerated (adapted)", function()
    local t1 = asyncio.Task(notmuch(), {loop = loop})
    local t2 = asyncio.Task(notmuch(), {loop = loop})
    local n1 = tostring(t1):match("^<Task pending name='Task%-(%d+)'")
    local n2 = tostring(t2):match("^<Task pending name='Task%-(%d+)'")
    assert.equal(tonumber(n1) + 1, tonumber(n2))
    assert.equal("Task-" .. n1, t1:get_name())

    local named = new_task(loop, notmuch(), "x")
    local t3 = asyncio.Task(notmuch(), {loop = loop})
    assert.equal("Task-" .. (math.tointeger(tonumber(n2)) + 1), t3:get_name())
    for _, t in ipairs {t1, t2, named, t3} do loop:run_until_complete(t) end
  end)

  it("test_task_set_name_pylong", function()
    local t = new_task(loop, notmuch(), 987654321)
    assert.equal("987654321", t:get_name())
    t:set_name(123456789)
    assert.equal("123456789", t:get_name())
    loop:run_until_complete(t)
  end)

  it("test_task_repr_name_not_str", function()
    local t = new_task(loop, notmuch())
    t:set_name(setmetatable({6}, {__tostring = function() return "{6}" end}))
    assert.equal("{6}", t:get_name())
    assert.truthy(tostring(t):find("name='{6}'", 1, true))
    loop:run_until_complete(t)
  end)

  it("test_task_repr_wait_for (adapted)", function()
    local fut = loop:create_future()
    local line
    local function waiting()
      line = here() + 1
      return await(fut)
    end
    local task = new_task(loop, async(waiting)())
    run_briefly(loop)
    assert.equal(("<Task pending name='TestTask' coro=<waiting() running at %s:%d>" ..
      " wait_for=<Future pending>>"):format(SRC, line), tostring(task))

    fut:set_result(nil)
    loop:run_until_complete(task)
    assert.is_nil(tostring(task):find("wait_for", 1, true))
  end)

  it("test_task_basics", function()
    local inner1 = async(function() return 42 end)
    local inner2 = async(function() return 1000 end)
    local outer = async(function()
      local a = await(inner1())
      local b = await(inner2())
      return a + b
    end)
    assert.equal(1042, loop:run_until_complete(outer()))
  end)

  it("test_stop_while_run_in_complete", function()
    local x = 0
    local start = loop:time()
    local t = new_task(loop, async(function()
      while x < 10 do
        await(sleep(0.1))
        x = x + 1
        if x == 2 then loop:stop() end
      end
    end)())
    raises("Event loop stopped before Future completed%.$",
      loop.run_until_complete, loop, t)
    assert.is_false(t:done())
    assert.equal(2, x)
    assert.near(0.2, loop:time() - start, 1e-8)

    t:cancel()
    raises(asyncio.CancelledError, loop.run_until_complete, loop, t)
    assert.equal(2, x)
  end)

  it("test_task_set_methods", function()
    local task = new_task(loop, notmuch())
    raises("Task does not support set_result operation",
      task.set_result, task, "ko")
    raises("Task does not support set_exception operation",
      task.set_exception, task, asyncio.Exception())
    assert.equal("ok", loop:run_until_complete(task))
  end)

  it("test_step_result_future", function()
    local fut = loop:create_future()
    local events = {}
    local result
    fut:add_done_callback(function() events[#events + 1] = "before" end)
    local t = new_task(loop, async(function()
      result = await(fut)
      events[#events + 1] = "resumed"
    end)())
    run_briefly(loop)
    fut:add_done_callback(function() events[#events + 1] = "after" end)
    assert.is_false(t:done())

    local res = {}
    fut:set_result(res)
    run_briefly(loop)
    assert.is_true(rawequal(res, result))
    assert.same({"before", "resumed", "after"}, events)
    assert.is_true(t:done())
    assert.is_nil(t:result())
  end)

  it("test_iscoroutinefunction (adapted)", function()
    local function fn() end
    assert.is_false(asyncio.iscoroutinefunction(fn))
    assert.is_true(asyncio.iscoroutinefunction(async(fn)))
    assert.is_true(asyncio.iscoroutinefunction(asyncio.coroutine(fn)))
    assert.is_true(asyncio.iscoroutinefunction(asyncio.sleep))
    assert.is_false(asyncio.iscoroutinefunction(async(fn)()))
    assert.is_false(asyncio.iscoroutinefunction(print))
    assert.is_false(asyncio.iscoroutinefunction({}))
    assert.is_false(asyncio.iscoroutinefunction(nil))
  end)

  it("test_coroutine_non_gen_function (adapted)", function()
    local func = async(function() return "test" end)
    assert.is_true(asyncio.iscoroutinefunction(func))
    local coro = func()
    assert.is_true(asyncio.iscoroutine(coro))
    assert.equal("test", loop:run_until_complete(coro))
  end)

  it("test_coroutine_non_gen_function_return_future", function()
    local fut = loop:create_future()
    local t1 = new_task(loop, async(function() return fut end)())
    local t2 = new_task(loop, async(function() fut:set_result("test") end)())
    assert.is_true(rawequal(fut, loop:run_until_complete(t1)))
    assert.is_nil(t2:result())
  end)

  it("test_current_task", function()
    assert.is_nil(asyncio.current_task(loop))
    local task
    task = new_task(loop, async(function()
      assert.is_true(rawequal(task, asyncio.current_task(loop)))
      assert.is_true(rawequal(task, asyncio.current_task(nil)))
      assert.is_true(rawequal(task, asyncio.current_task()))
      return "checked"
    end)())
    assert.equal("checked", loop:run_until_complete(task))
    assert.is_nil(asyncio.current_task(loop))
  end)

  it("test_current_task_with_interleaving_tasks", function()
    assert.is_nil(asyncio.current_task(loop))
    local fut1, fut2 = loop:create_future(), loop:create_future()
    local names, seen = {}, {}
    local function note(what)
      seen[#seen + 1] = what .. " in " .. names[asyncio.current_task()]
    end
    local task1 = new_task(loop, async(function()
      note("start")
      await(fut1)
      note("resume")
      fut2:set_result(true)
    end)())
    local task2 = new_task(loop, async(function()
      note("start")
      fut1:set_result(true)
      await(fut2)
      note("resume")
    end)())
    names[task1], names[task2] = "task1", "task2"
    loop:run_until_complete(asyncio.wait({task1, task2}))
    assert.same({"start in task1", "start in task2", "resume in task1",
      "resume in task2"}, seen)
    assert.is_nil(asyncio.current_task(loop))
  end)

  it("test_log_destroyed_pending_task (adapted)", function()
    local reports = support.record_reports(loop)
    local function start()
      local task = asyncio.ensure_future(async(function()
        await(loop:create_future())
        error("code never reached")
      end)(), {loop = loop})
      task:set_name("kill me")
      local tasks = asyncio.all_tasks(loop)
      assert.equal(1, #tasks)
      assert.is_true(rawequal(task, tasks[1]))
      assert.is_true(tasks[task])
      support.run_once(loop)
    end
    start()
    support.gc_collect()
    assert.equal(1, #asyncio.all_tasks(loop))
    assert.same({}, reports)

    loop:close()
    assert.equal(1, #reports)
    assert.equal("Task was destroyed but it is pending!", reports[1].message)
    assert.equal("kill me", reports[1].task:get_name())
    assert.is_nil(reports[1].exception)
    assert.equal(0, #asyncio.all_tasks(loop))
    support.gc_collect()
    assert.equal(1, #reports)
  end)

  it("test_exception_traceback (adapted)", function()
    local line
    local foo = async(function()
      line = here() + 1
      error(asyncio.Exception("broken"))
    end)
    loop:run_until_complete(function()
      local task = new_task(loop, foo())
      await(sleep(0))
      assert.matches(escape(SRC) .. ":" .. line .. ":", task:exception().traceback)
    end)
  end)

  it("test_error_in_call_soon (adapted)", function()
    local closed = support.new_loop()
    local reports = support.record_reports(closed)
    closed:close()
    local co = coroutine.create(function() return "later" end)
    raises("Event loop is closed", new_task, closed, co)
    support.gc_collect()
    assert.equal(0, #asyncio.all_tasks(closed))
    assert.same({}, reports)
    assert.equal("later", loop:run_until_complete(new_task(loop, co)))
  end)

  it("test_create_task_with_noncoroutine", function()
    for _ = 1, 2 do
      raises("a coroutine was expected, got 123", new_task, loop, 123)
    end
    assert.equal(0, #asyncio.all_tasks(loop))
  end)

  it("test_create_task_with_async_function", function()
    local coro = async(function() return "done" end)
    for _ = 1, 2 do
      local task = new_task(loop, coro())
      assert.is_true(asyncio.isfuture(task))
      assert.equal("done", loop:run_until_complete(task))
    end
  end)

  it("test_create_task_with_asynclike_function (adapted)", function()
    local like = setmetatable({}, {__await = function() return 42 end})
    for _ = 1, 2 do
      local task = loop:create_task(like)
      assert.is_true(asyncio.isfuture(task))
      assert.equal(42, loop:run_until_complete(task))
    end
  end)

  it("test_bare_create_task", function()
    loop:run_until_complete(function()
      local task = asyncio.create_task(async(function() return 1 end)())
      assert.is_true(asyncio.isfuture(task))
      assert.equal(loop, task:get_loop())
      assert.equal(1, await(task))
    end)
  end)

  it("test_bare_create_named_task", function()
    loop:run_until_complete(function()
      local task = asyncio.create_task(notmuch(), {name = "No-op"})
      assert.equal("No-op", task:get_name())
      await(task)
    end)
  end)

  it("test_get_coro", function()
    local co = coroutine.create(function() await(sleep(0)) end)
    local task = new_task(loop, co)
    assert.is_true(rawequal(co, task:get_coro()))
    loop:run_until_complete(task)
    assert.is_true(rawequal(co, task:get_coro()))
  end)
end)

describe("test_tasks SetMethodsTest", function()
  local loop, reports

  before_each(function()
    loop = support.new_loop()
    reports = support.record_reports(loop)
  end)
  after_each(support.close_loops)

  -- A setter borrowed from a Future must not get a task into a state that its
  -- next step would find done already.
  local function borrowed_setter_refused(name, value)
    local task = new_task(loop, async(function()
      await(sleep(0.1))
      return 10
    end)())
    local setter = loop:create_future()[name]
    raises(("Task does not support %s operation"):format(name), setter, task, value)
    assert.is_false(task:done())
    assert.equal(10, loop:run_until_complete(task))
    assert.same({}, reports)
  end

  it("test_set_result_causes_invalid_state (adapted)", function()
    borrowed_setter_refused("set_result", "spam")
  end)

  it("test_set_exception_causes_invalid_state (adapted)", function()
    borrowed_setter_refused("set_exception", asyncio.Exception("spam"))
  end)
end)

describe("test_tasks BaseTaskIntrospectionTests", function()
  after_each(support.close_loops)

  it("test__enter_task (adapted)", function()
    local loop, other = support.new_loop(), support.new_loop()
    local seen = {}
    assert.is_nil(asyncio.current_task(loop))
    local task = loop:create_task(function()
      seen.own = asyncio.current_task(loop)
      seen.other = asyncio.current_task(other)
    end)
    loop:run_until_complete(task)
    assert.is_true(rawequal(task, seen.own))
    assert.is_nil(seen.other)
  end)

  it("test__leave_task (adapted)", function()
    local loop = support.new_loop()
    local seen = {}
    local fut = loop:create_future()
    local task = loop:create_task(function() await(fut) end)
    loop:call_soon(function() seen[1] = asyncio.current_task(loop) == nil end)
    fut:add_done_callback(function() seen[2] = asyncio.current_task(loop) == nil end)
    run_briefly(loop)
    assert.is_nil(asyncio.current_task(loop))
    fut:set_result(nil)
    loop:run_until_complete(task)
    assert.same({true, true}, seen)
    assert.is_nil(asyncio.current_task(loop))
  end)
end)

describe("test_tasks BaseCurrentLoopTests", function()
  local loop

  before_each(function() loop = support.new_loop() end)
  after_each(support.close_loops)

  it("test_current_task_no_running_loop", function()
    assert.is_nil(asyncio.current_task(loop))
  end)

  it("test_current_task_no_running_loop_implicit", function()
    raises("no running event loop", asyncio.current_task)
  end)

  it("test_current_task_with_implicit_loop", function()
    local task
    task = new_task(loop, async(function()
      assert.is_true(rawequal(task, asyncio.current_task(loop)))
      assert.is_true(rawequal(task, asyncio.current_task(nil)))
      assert.is_true(rawequal(task, asyncio.current_task()))
      await(sleep(0))
      assert.is_true(rawequal(task, asyncio.current_task()))
      return "checked"
    end)())
    assert.equal("checked", loop:run_until_complete(task))
    assert.is_nil(asyncio.current_task(loop))
  end)
end)

describe("test_tasks GenericTaskTests", function()
  after_each(support.close_loops)

  it("test_future_subclass (adapted)", function()
    local loop = support.new_loop()
    local task, fut = loop:create_task(function() end), loop:create_future()
    assert.is_true(asyncio.isfuture(task))
    for _, name in ipairs {"result", "exception", "done", "cancelled", "cancel",
      "add_done_callback", "remove_done_callback", "get_loop", "await"} do
      assert.equal("function", type(fut[name]), name)
      assert.equal("function", type(task[name]), name)
    end
    loop:run_until_complete(task)
  end)
end)
