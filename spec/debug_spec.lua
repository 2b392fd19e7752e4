-- Debug mode: what keeps the loop busy, where things were made, what was never
-- awaited, who swallows a cancellation, what is used from a wrong thread; and
-- that nothing of it is there without it. Slow code is a short busy loop: by the
-- clock on the wall, since the processor's counts the time of other threads.
local asyncio = require "asyncio"
local support = require "spec.support"
local threads = require "spec.support.threads"

local async, await, sleep = asyncio.async, asyncio.await, asyncio.sleep
local raises = support.raises

local SRC = debug.getinfo(1, "S").short_src
local NEVER = 3600 -- seconds: nothing takes so long

-- The line it is called from.
local function here() return debug.getinfo(2, "l").currentline end

local function at(line) return SRC .. ":" .. line .. ":" end

local clock -- a loop on the real clock

local function busy(seconds)
  local start = clock:time()
  while clock:time() - start < seconds do end
end

-- Asserts that the text contains the other.
local function has(text, part)
  assert(type(text) == "string", "no text, but " .. type(text))
  if not text:find(part, 1, true) then
    error(("%q is not in:\n%s"):format(part, text), 2)
  end
end

-- Runs fn with a file in place of io.stderr; returns what was written.
local function stderr_of(fn)
  local file, saved = assert(io.tmpfile()), io.stderr
  rawset(io, "stderr", file)
  local ok, err = pcall(fn)
  rawset(io, "stderr", saved)
  file:seek("set")
  local text = file:read("a")
  file:close()
  if not ok then error(err, 0) end
  return text
end

-- Runs a program of its own, which must end well; returns what it printed.
local function output_of(chunk, ...)
  local status, output = threads.program(chunk:format(...))
  assert.equal(0, status, output)
  return output
end

-- What programs begin with.
local BUSY = [[
local clock <close> = setmetatable({loop = asyncio.new_event_loop()},
  {__close = function(self) self.loop:close() end})
local function busy(seconds)
  local start = clock.loop:time()
  while clock.loop:time() - start < seconds do end
end
]]

describe("debug mode", function()
  local loop, reports

  -- Notes the reports. Only the Job that calls `block` is slow.
  local function watch(a_loop)
    a_loop.slow_callback_duration = NEVER
    a_loop:set_exception_handler(function(_, context)
      a_loop.slow_callback_duration = NEVER
      reports[#reports + 1] = context
    end)
  end

  before_each(function()
    threads.reset()
    reports = {}
    clock = support.new_loop {clock = "real"}
    loop = support.new_loop()
    loop:set_debug(true)
    watch(loop)
  end)
  after_each(support.close_loops)

  -- Long enough after the time is over that it is seen here, and not elsewhere,
  -- even if others have run meanwhile.
  local function goes_on(state)
    loop.slow_callback_duration = 0.001
    if clock:time() - state.start < 0.003 then return true end
    state.late = state.late + 1
    return state.late < 100
  end

  -- Keeps the loop busy for longer than it likes.
  local BUSY_LINE = here() + 3
  local function block()
    local state = {start = clock:time(), late = 0}
    while goes_on(state) do end
  end

  local function run(main) return loop:run_until_complete(main) end

  local function messages()
    local list = {}
    for i, report in ipairs(reports) do
      list[i] = report.message:match("^<?[%w ]+")
    end
    return list
  end

  -- The one report there is.
  local function report()
    if #reports ~= 1 then
      error(#reports .. " reports: " .. table.concat(messages(), "; "), 2)
    end
    return reports[1]
  end

  -- Where the loop knows that the object was made.
  local function source_of(field, object)
    local context = {message = "where was it made", [field] = object}
    loop:call_exception_handler(context)
    assert.equal(context, table.remove(reports))
    return context.source_traceback
  end

  -- Makes rubbish of what fn leaves; then the loop reports.
  local function drop(fn)
    fn()
    support.gc_collect()
    await(sleep(0))
  end

  -- The same for a main function.
  local function dropping(fn)
    return function() drop(fn) end
  end

  -- How it is switched on --------------------------------------------------

  describe("is off", function()
    local quiet

    before_each(function()
      quiet = support.new_loop()
      watch(quiet)
      quiet.slow_callback_duration = 0
    end)

    it("unless it is asked for", function()
      assert.is_false(quiet:get_debug())
    end)

    it("and then nothing is slow", function()
      quiet:call_soon(busy, 0.002)
      quiet:run_until_complete(function() busy(0.002) end)
      assert.same({}, reports)
    end)

    it("and then there are no hooks", function()
      local hooks = {}
      local function note() hooks[#hooks + 1] = tostring(debug.gethook()) end
      quiet:call_soon(note)
      quiet:run_until_complete(function()
        note()
        await(sleep(0))
        note()
        coroutine.wrap(note)()
        await(async(note)())
      end)
      assert.same({"nil", "nil", "nil", "nil", "nil"}, hooks)
    end)

    it("and then nothing remembers where it was made", function()
      local handle = quiet:call_soon(function() end)
      local future = quiet:create_future()
      local task = quiet:create_task(function() end)
      assert.is_nil(source_of("handle", handle))
      assert.is_nil(source_of("future", future))
      assert.is_nil(source_of("task", task))
      support.run_briefly(quiet)
      quiet:call_soon(error, "fails")
      support.run_once(quiet)
      assert.same({"Exception in callback "}, messages())
      assert.is_nil(report().source_traceback)
    end)

    it("and then coroutine objects may be dropped", function()
      quiet:run_until_complete(dropping(function()
        async(function() end)()
        sleep(1)
      end))
      assert.same({}, reports)
    end)

    it("and then a task may swallow a cancellation", function()
      quiet:run_until_complete(function()
        local task = asyncio.create_task(function() pcall(await, sleep(1)) end)
        await(sleep(0))
        task:cancel()
        await(task)
      end)
      assert.same({}, reports)
    end)

    it("for one loop while it is on for another", function()
      loop:call_soon(block)
      quiet:run_until_complete(function() busy(0.002) end)
      assert.same({}, reports)
      support.run_once(loop)
      has(report().message, "Executing <Handle ")
    end)
  end)

  describe("is switched on", function()
    it("and off by set_debug, also while the loop runs", function()
      loop:set_debug(false)
      run(function()
        block()
        await(sleep(0))
        assert.same({}, reports)
        assert.is_nil((debug.gethook()))

        loop:set_debug(true)
        assert.is_true(loop:get_debug())
        await(sleep(0))
        block()
        await(sleep(0))
        assert.equal(1, #reports)

        loop:set_debug(false)
        await(sleep(0))
        block()
        await(sleep(0))
        assert.is_nil((debug.gethook()))
        assert.equal(1, #reports)
      end)
    end)

    it("by asyncio.run", function()
      local hook
      asyncio.run(function()
        watch(asyncio.get_running_loop())
        hook = debug.gethook()
        async(function() end)()
      end, {debug = true, clock = "virtual"})
      assert.equal("external hook", hook)
      has(report().message, "was never awaited")
    end)

    it("by a Runner, for all that it runs", function()
      local runner <close> = asyncio.Runner {debug = true, clock = "virtual"}
      watch(runner:get_loop())
      for _ = 1, 2 do
        runner:run(dropping(function() sleep(1) end))
      end
      assert.equal(2, #reports)
    end)

    it("by ASYNCIO_DEBUG, unless the program says otherwise", function()
      local function debugged(value)
        return output_of([[
          if not os.getenv("AGAIN") then
            local first = 0
            while arg[first - 1] do first = first - 1 end
            os.execute(("AGAIN=1 ASYNCIO_DEBUG='%s' '%%s' '%%s'"):format(
              arg[first], arg[0]))
            return
          end
          local function main()
            return asyncio.get_running_loop():get_debug()
          end
          print(asyncio.new_event_loop():get_debug(), asyncio.run(main),
            asyncio.run(main, {debug = false}), asyncio.run(main, {debug = true}))
          os.exit(true, false)
        ]], value)
      end
      assert.equal("true\ttrue\tfalse\ttrue\n", debugged "1")
      assert.equal("true\ttrue\tfalse\ttrue\n", debugged "yes")
      assert.equal("false\tfalse\tfalse\ttrue\n", debugged "0")
      assert.equal("false\tfalse\tfalse\ttrue\n", debugged "")
    end)
  end)

  -- Slow callbacks and steps -------------------------------------------------

  describe("slow_callback_duration", function()
    it("is 0.1 until it is set, for each loop", function()
      local other = support.new_loop()
      assert.equal(0.1, other.slow_callback_duration)
      other.slow_callback_duration = 2
      assert.equal(2.0, other.slow_callback_duration)
      assert.equal(NEVER, loop.slow_callback_duration)
    end)

    it("of 0 reports all, of math.huge nothing", function()
      loop:set_exception_handler(function(_, context)
        reports[#reports + 1] = context
      end)
      loop.slow_callback_duration = 0
      local handle = loop:call_soon(function() end)
      support.run_once(loop)
      assert.equal(handle, reports[1].handle)
      assert.equal(2, #reports) -- and loop.stop

      loop.slow_callback_duration = math.huge
      loop:call_soon(busy, 0.002)
      support.run_once(loop)
      assert.equal(2, #reports)
    end)

    it("of math.huge is math.huge", function()
      loop.slow_callback_duration = math.huge
      assert.equal(math.huge, loop.slow_callback_duration)
    end)

    it("is a number of seconds", function()
      local function set(value)
        return function() loop.slow_callback_duration = value end
      end
      raises("must not be negative", set(-0.1))
      raises("must not be negative", set(0 / 0))
      raises("number expected, got nil", set(nil))
      raises("number expected, got table", set {})
      assert.equal(NEVER, loop.slow_callback_duration)
    end)

    it("is the only field of a loop", function()
      raises("a Loop has no field 'slow_callback' to set", function()
        loop.slow_callback = 1
      end)
      raises("a Loop has no field 'call_soon' to set", function()
        loop.call_soon = print
      end)
      assert.is_nil(loop.slow_callback)
      assert.is_nil(loop[1])
    end)
  end)

  describe("reports what kept the loop busy:", function()
    it("a callback", function()
      local line = here() + 1
      local handle = loop:call_soon(function() block() end)
      support.run_once(loop)
      local context = report()
      assert.matches("^Executing <Handle function%(%) at .+> took 0%.%d+ seconds: ",
        context.message)
      has(context.message, ("at %s:%d>"):format(SRC, line))
      has(context.message, "do it in pieces, or in a thread")
      assert.equal(handle, context.handle)
      assert.is_nil(context.task)
      assert.is_nil(context.exception)
      has(context.traceback, at(BUSY_LINE))
      has(context.traceback, at(line))
      has(context.source_traceback, at(line))
    end)

    it("by the time it took", function()
      loop:call_soon(block)
      support.run_once(loop)
      local seconds = tonumber(report().message:match("took (%S+) seconds"))
      assert.is_true(seconds >= 0.003)
      assert.is_true(seconds < 60)
    end)

    it("by the real clock, whatever the loop's own is", function()
      local start = loop:time()
      run(function() block() end)
      assert.equal(start, loop:time())
      has(report().message, "Executing <Task ")
    end)

    it("a timer's callback", function()
      local handle = loop:call_later(5, block)
      run(sleep(6))
      has(report().message, "Executing <TimerHandle when=")
      assert.equal(handle, report().handle)
    end)

    it("a callback of a future", function()
      run(function()
        local future = loop:create_future()
        future:add_done_callback(function() block() end)
        future:set_result(1)
        await(sleep(0))
      end)
      has(report().message, "Executing <Handle function() at " .. SRC)
      has(report().traceback, at(BUSY_LINE))
    end)

    it("a callback sent by a thread", function()
      run(function()
        local done = threads.signal("done")
        threads.block = block
        await(asyncio.to_thread(function(there)
          there:call_soon_threadsafe(function() threads.block() end)
          threads.tell(there, "done")
        end, loop))
        await(done)
      end)
      has(report().message, "Executing a callback took ")
      has(report().traceback, at(BUSY_LINE))
    end)

    it("a step of a task, the first and any later one", function()
      local task, lines
      run(function()
        task = asyncio.create_task(function()
          block()
          await(sleep(1))
          block()
          await(sleep(1))
        end, {name = "worker"})
        lines = {here() - 5, here() - 3}
        await(task)
      end)
      assert.equal(2, #reports)
      for i, context in ipairs(reports) do
        assert.matches("^Executing <Task pending name='worker' .+> took ", context.message)
        assert.equal(task, context.task)
        assert.is_nil(context.handle)
        has(context.traceback, at(BUSY_LINE))
        has(context.traceback, at(lines[i]))
        has(context.source_traceback, at(lines[1] - 1))
      end
    end)

    it("the last step of a task", function()
      local task = loop:create_task(function()
        await(sleep(1))
        block()
        return "made it"
      end)
      assert.equal("made it", run(task))
      has(report().message, "Executing <Task finished name='")
      has(report().message, "result='made it'")
      has(report().traceback, at(BUSY_LINE))
    end)

    it("a step that fails", function()
      local task = loop:create_task(function()
        block()
        error("fails", 0)
      end)
      assert.equal("fails", raises(nil, run, task))
      has(report().message, "exception='fails'> took ")
      has(report().traceback, at(BUSY_LINE))
      assert.is_nil(report().exception)
    end)

    it("a callback that fails, beside its error", function()
      local handle = loop:call_soon(function()
        block()
        error("fails", 0)
      end)
      support.run_once(loop)
      local found = {}
      for _, context in ipairs(reports) do
        assert.equal(handle, context.handle)
        found[#found + 1] = context.message:match("^%w+")
      end
      table.sort(found)
      assert.same({"Exception", "Executing"}, found)
    end)

    it("a step that catches a cancellation and then is slow", function()
      run(function()
        local task = asyncio.create_task(function()
          local ok, err = pcall(await, sleep(1))
          assert(not ok)
          block()
          error(err, 0)
        end)
        await(sleep(0))
        task:cancel()
        raises(asyncio.CancelledError, await, task)
      end)
      has(report().message, "Executing <Task cancelled name='")
    end)

    it("the step that makes an eager task", function()
      loop:set_task_factory(asyncio.eager_task_factory)
      local task = loop:create_task(function()
        asyncio.create_task(function() block() end)
        await(sleep(0))
      end)
      run(task)
      assert.equal(task, report().task)
      has(report().traceback, at(BUSY_LINE))
    end)

    it("a coroutine that is awaited", function()
      local line
      local inner = async(function()
        await(sleep(1))
        block()
        line = here() - 1
      end)
      run(function() await(inner()) end)
      has(report().traceback, at(BUSY_LINE))
      has(report().traceback, at(line))
    end)

    it("the coroutine that goes on after it", function()
      local line
      local inner = async(function() await(sleep(1)) end)
      run(function()
        await(inner())
        block()
        line = here() - 1
      end)
      has(report().traceback, at(BUSY_LINE))
      has(report().traceback, at(line))
    end)

    it("a coroutine of Lua's within the task", function()
      run(function()
        local co = coroutine.wrap(function()
          block()
          coroutine.yield(1)
        end)
        assert.equal(1, co())
      end)
      has(report().traceback, at(BUSY_LINE))
    end)

    it("a coroutine within the task that may await", function()
      run(function()
        local co = asyncio.coroutine.wrap(function()
          await(sleep(1))
          block()
          coroutine.yield(1)
        end)
        assert.equal(1, co())
      end)
      has(report().traceback, at(BUSY_LINE))
    end)

    it("a generator", function()
      local counted = {}
      run(function()
        local count = asyncio.generator(function(yield)
          for i = 1, 3 do
            await(sleep(1))
            if i == 2 then block() end
            yield(i)
          end
        end)
        for i in count() do counted[#counted + 1] = i end
      end)
      assert.same({1, 2, 3}, counted)
      has(report().message, "Executing <Task ")
      has(report().traceback, at(BUSY_LINE))
    end)

    it("a call of C, by the line after it", function()
      local line
      run(function()
        loop.slow_callback_duration = 0.001
        os.execute("sleep 0.005")
        for _ = 1, 200 do line = here() end
      end)
      has(report().traceback, at(line))
    end)

    it("without a place, when no Lua code was in the way", function()
      local handle
      run(function()
        loop:call_soon(function() loop.slow_callback_duration = 0.1 end)
        handle = loop:call_soon(os.execute, "sleep 0.12")
        loop:call_soon(function() loop.slow_callback_duration = NEVER end)
        await(sleep(0))
      end)
      local found
      for _, context in ipairs(reports) do
        if context.handle == handle then found = context end
      end
      assert.matches("^Executing <Handle .*> took 0%.%d+ seconds", found.message)
      assert.is_nil(found.traceback)
    end)

    it("each time anew, with the place of that time", function()
      local first, second
      run(function()
        block()
        first = here() - 1
        await(sleep(0))
        block()
        second = here() - 1
      end)
      assert.equal(2, #reports)
      has(reports[1].traceback, at(first))
      has(reports[2].traceback, at(second))
    end)
  end)

  describe("does not report", function()
    it("that a task waits", function()
      loop.slow_callback_duration = 1
      run(function()
        await(sleep(1000))
        await(asyncio.gather(sleep(5), sleep(10)))
        pcall(await, asyncio.wait_for(sleep(1000), 100))
      end)
      assert.same({}, reports)
    end)

    it("that many steps take long together", function()
      loop.slow_callback_duration = 0.5
      run(function()
        for _ = 1, 12 do
          busy(0.05)
          await(sleep(0))
        end
      end)
      assert.same({}, reports)
    end)

    it("that its handler is slow", function()
      loop:set_exception_handler(function(_, context)
        reports[#reports + 1] = context
        busy(0.005)
      end)
      local handle = loop:call_soon(function() block() end)
      loop:call_soon(function() loop.slow_callback_duration = NEVER end)
      support.run_once(loop)
      for _, context in ipairs(reports) do
        if context.handle == handle then
          local seconds = tonumber(context.message:match("took (%S+) seconds"))
          assert.is_true(seconds >= 0.003)
          handle = nil
        end
      end
      assert.is_nil(handle)
      local seen = #reports
      support.run_briefly(loop)
      assert.equal(seen, #reports)
    end)
  end)

  describe("says that the loop is blocked", function()
    local function alarms_of(chunk)
      local output = output_of(BUSY .. [[
        asyncio.run(function()
          asyncio.get_running_loop():set_exception_handler(function() end)
          %s
        end, {debug = true})
      ]], chunk)
      local _, count = output:gsub("asyncio: the loop has been blocked for", "%0")
      return count, output
    end

    it("while it is, after one second, two and so on", function()
      local count, output = alarms_of [[
        busy(2.3)
        io.stderr:write("the step ends\n")
      ]]
      assert.equal(2, count, output)
      local alarm = "asyncio: the loop has been blocked for (%S+) seconds, and still is:\n"
        .. "(stack traceback:\n\t[^\n]+:%d+: in [^\n]+'busy'\n.-)"
      local first, traceback, second, again, after = output:match(
        "^" .. alarm .. alarm .. "the step ends\n(.*)$")
      assert.equal("", after, output)
      assert.is_true(tonumber(first) >= 1)
      assert.is_true(tonumber(second) >= 2)
      assert.equal(traceback, again)
    end)

    it("once, when a call of C has taken long", function()
      local count, output = alarms_of [[
        os.execute("sleep 2.1")
        busy(0.01)
      ]]
      assert.equal(1, count, output)
    end)

    it("not before slow_callback_duration", function()
      local count, output = alarms_of [[
        asyncio.get_running_loop().slow_callback_duration = 3600
        busy(1.1)
      ]]
      assert.equal(0, count, output)
    end)
  end)

  it("leaves Ctrl-C as it is", function()
    local output = output_of(BUSY .. [[
      local shell = io.popen("echo $PPID")
      local pid = shell:read("n")
      shell:close()
      local ok, err = pcall(asyncio.run, function()
        local loop = asyncio.get_running_loop()
        loop.slow_callback_duration = 3600
        for _ = 1, 2 do io.popen("kill -INT " .. pid):close() end
        busy(20)
        print("not interrupted")
      end, {debug = true})
      print(ok, asyncio.isinstance(err, asyncio.KeyboardInterrupt))
    ]])
    assert.equal("false\ttrue\n", output)
  end)

  -- Hooks --------------------------------------------------------------------

  describe("and hooks:", function()
    after_each(function() debug.sethook() end)

    it("there is none before and after a run", function()
      assert.is_nil((debug.gethook()))
      loop:call_soon(function() block() end)
      run(function() block() end)
      assert.is_nil((debug.gethook()))
      raises("leaves", function()
        run(function() error("leaves", 0) end)
      end)
      assert.is_nil((debug.gethook()))
      raises(asyncio.SystemExit, function()
        loop:call_soon(error, asyncio.SystemExit(1))
        run(sleep(1))
      end)
      assert.is_nil((debug.gethook()))
    end)

    it("there is none after a run in which it was switched off", function()
      loop:call_soon(function() loop:set_debug(false) end)
      run(function() await(sleep(0)) end)
      assert.is_nil((debug.gethook()))
    end)

    it("a coroutine made by a task loses its own when it runs later", function()
      local co
      run(function()
        co = coroutine.create(function()
          coroutine.yield((debug.gethook()))
          for _ = 1, 200 do assert(true) end
          return (debug.gethook())
        end)
        assert.same({true, "external hook"}, {coroutine.resume(co)})
      end)
      assert.same({true, nil}, {coroutine.resume(co)})
      assert.is_nil((debug.gethook(co)))
    end)

    it("the user's own stays, and nothing is sampled there", function()
      local calls = 0
      local function hook() calls = calls + 1 end
      local task = loop:create_task(function()
        debug.sethook(hook, "", 50)
        block()
        await(sleep(1))
        assert(debug.gethook() == hook)
        block()
        debug.sethook()
      end)
      run(task)
      assert.is_true(calls > 0)
      assert.equal(2, #reports)
      for _, context in ipairs(reports) do
        assert.equal(task, context.task)
        assert.is_nil(context.traceback)
      end
    end)

    it("the user's own in one task does not hinder another", function()
      run(function()
        local one = asyncio.create_task(function()
          debug.sethook(function() end, "l")
          await(sleep(2))
          debug.sethook()
        end)
        local other = asyncio.create_task(function()
          await(sleep(1))
          block()
        end)
        await(asyncio.gather(one, other))
        assert.equal(other, report().task)
      end)
      has(report().traceback, at(BUSY_LINE))
    end)

    it("sampling is back in the step after the user's own is gone", function()
      run(function()
        debug.sethook(function() end, "l")
        await(sleep(0))
        debug.sethook()
        await(sleep(0))
        block()
      end)
      has(report().traceback, at(BUSY_LINE))
    end)

    it("the user's own around a run stays around it", function()
      local lines = 0
      local function hook() lines = lines + 1 end
      debug.sethook(hook, "l")
      loop:call_soon(function() block() end)
      run(function() await(sleep(0)) end)
      local found = debug.gethook()
      debug.sethook()
      assert.equal(hook, found)
      assert.is_true(lines > 10)
      has(report().message, "Executing <Handle ")
      assert.is_nil(report().traceback)
    end)

    it("errors are raised in coroutines that yield by themselves", function()
      local task = loop:create_task(function()
        repeat coroutine.yield() until false
      end)
      support.run_briefly(loop)
      task:cancel("enough")
      local err = raises(asyncio.CancelledError, run, task)
      assert.equal("enough", err.message)
      local slow = loop:create_task(function()
        raises("Task got bad yield: 5", function()
          local back = coroutine.yield(5)
          return back
        end)
        block()
      end)
      run(slow)
      has(report().traceback, at(BUSY_LINE))
    end)
  end)

  -- Where things were made ---------------------------------------------------

  describe("remembers where it was made:", function()
    it("a Future", function()
      local future = loop:create_future()
      local line = here() - 1
      assert.matches("^stack traceback:\n\t%S+:" .. line .. ": in ",
        source_of("future", future))
      has(source_of("future", asyncio.Future {loop = loop}), at(here()))
    end)

    it("a Task", function()
      local line = here() + 1
      local task = loop:create_task(function() end)
      has(source_of("task", task), at(line))
      run(function()
        has(source_of("task", asyncio.create_task(sleep(0))), at(line + 3))
        has(source_of("task", asyncio.spawn(function() end)), at(line + 4))
        has(source_of("task", asyncio.ensure_future(sleep(0))), at(line + 5))
      end)
    end)

    it("a Task made by a factory of the user's", function()
      loop:set_task_factory(function(lp, aw, opts)
        return asyncio.Task(aw, {loop = lp, name = opts and opts.name})
      end)
      local task = loop:create_task(function() end)
      has(source_of("task", task), at(here() - 1))
      run(task)
    end)

    it("a Handle and a TimerHandle", function()
      local function noop() end
      local line = here()
      local handles = {
        loop:call_soon(noop),
        loop:call_later(1, noop),
        loop:call_at(2, noop, "with", nil, "arguments"),
        loop:call_soon_threadsafe(noop),
      }
      for i, handle in ipairs(handles) do
        has(source_of("handle", handle), at(line + 1 + i))
        handle:cancel()
        has(source_of("handle", handle), at(line + 1 + i))
      end
    end)

    it("the Future of a gather, a shield and a thread", function()
      run(function()
        local line = here()
        local made = {
          asyncio.gather(sleep(0), sleep(0)),
          asyncio.shield(loop:create_task(sleep(0))),
          loop:run_in_executor(nil, function() end),
        }
        for i, future in ipairs(made) do
          has(source_of("future", future), at(line + 1 + i))
          await(future)
        end
      end)
    end)

    it("not what was made before", function()
      loop:set_debug(false)
      local future = loop:create_future()
      local handle = loop:call_soon(function() end)
      loop:set_debug(true)
      assert.is_nil(source_of("future", future))
      assert.is_nil(source_of("handle", handle))
    end)

    it("still, what was made before it was switched off", function()
      local future = loop:create_future()
      local line = here() - 1
      loop:set_debug(false)
      has(source_of("future", future), at(line))
    end)

    it("and says so when a callback fails", function()
      local handle = loop:call_soon(function() error("fails") end)
      local line = here() - 1
      support.run_once(loop)
      assert.equal(handle, report().handle)
      has(report().source_traceback, at(line))
      has(report().exception, "fails")
    end)

    it("and says so when nobody asks for an error", function()
      local line = here() + 3
      run(dropping(function()
        loop:create_future():set_exception("of a future")
        asyncio.create_task(function() error("of a task", 0) end)
        await(sleep(0))
      end))
      local found = {}
      for _, context in ipairs(reports) do
        found[context.exception] = context.source_traceback
      end
      has(found["of a future"], at(line - 1))
      has(found["of a task"], at(line))
    end)

    it("and says so when a pending task is destroyed", function()
      loop:create_task(function() await(loop:create_future()) end)
      local line = here() - 1
      support.run_briefly(loop)
      loop:close()
      assert.equal("Task was destroyed but it is pending!", report().message)
      has(report().source_traceback, at(line))
    end)

    it("but a report of the user's keeps what it says itself", function()
      local context = {message = "mine", source_traceback = "over there",
                       future = loop:create_future()}
      loop:call_exception_handler(context)
      assert.equal("over there", report().source_traceback)
    end)
  end)

  it("takes any value for the task, future or handle of a report", function()
    for _, debugging in ipairs {true, false} do
      loop:set_debug(debugging)
      for _, value in ipairs {io.stdout, loop, sleep(0), "text", 5, {}, print} do
        for _, field in ipairs {"task", "future", "handle"} do
          loop:call_exception_handler {message = "mine", [field] = value}
          assert.equal(value, table.remove(reports)[field])
        end
      end
    end
    local variable = asyncio.ContextVar("variable")
    variable:set(1)
    loop:call_exception_handler {message = "mine", handle = io.stdout}
    assert.equal(io.stdout, report().handle)
  end)

  -- What is printed ----------------------------------------------------------

  describe("prints", function()
    before_each(function() loop:set_exception_handler(nil) end)

    it("where a slow callback was made, and where it was", function()
      local line
      local text = stderr_of(function()
        loop:call_soon(function() block() end)
        line = here() - 1
        loop:call_soon(function() loop.slow_callback_duration = NEVER end)
        support.run_once(loop)
      end)
      local place = SRC:gsub("%p", "%%%0") .. ":"
      assert.matches("^Executing <Handle function%(%) at [^\n]+ seconds: [^\n]+\n"
        .. "handle: <Handle function%(%) at [^\n]+>\n"
        .. "Object created at %(most recent call first%):\n"
        .. "stack traceback:\n\t" .. place .. line .. ": in .+\n"
        .. "While it ran:\nstack traceback:\n.-" .. place .. BUSY_LINE .. ": in ", text)
    end)

    it("where a failed callback was made, and its error last", function()
      local text = stderr_of(function()
        loop:call_soon(function() error("fails", 0) end)
        support.run_once(loop)
      end)
      assert.matches("^Exception in callback <Handle .->\nhandle: <Handle .->\n"
        .. "Object created at %(most recent call first%):\nstack traceback:\n.-\n"
        .. "fails\nstack traceback:\n", text)
      assert.is_nil(text:find("While it ran:", 1, true))
    end)

    it("where a coroutine that was never awaited was made", function()
      local function fetch() end
      local text = stderr_of(function()
        run(dropping(function() async(fetch)() end))
      end)
      assert.matches("^<coroutine object fetch at [^>]+> was never awaited: "
        .. "await it, or make a task of it\n"
        .. "coroutine: <coroutine object fetch at [^>]+>\n"
        .. "Object created at %(most recent call first%):\nstack traceback:\n\t"
        .. SRC:gsub("%p", "%%%0") .. ":%d+: in ", text)
    end)

    it("nothing more about what it does not know", function()
      local text = stderr_of(function()
        loop:call_exception_handler {message = "only this"}
      end)
      assert.equal("only this\n", text)
    end)
  end)

  -- Coroutine objects --------------------------------------------------------

  describe("reports a coroutine object that was never awaited,", function()
    local foo = async(function(...)
      await(sleep(0))
      return ...
    end)

    it("with the object and where it was made", function()
      local line = here() + 1
      run(dropping(function() foo(1, 2) end))
      local context = report()
      assert.matches("^<coroutine object foo at %S+> was never awaited: "
        .. "await it, or make a task of it$", context.message)
      assert.matches("^<coroutine object foo at ", tostring(context.coroutine))
      assert.is_true(asyncio.iscoroutine(context.coroutine))
      has(context.source_traceback, at(line))
      assert.is_nil(context.exception)
      assert.is_nil(context.task)
    end)

    it("once", function()
      run(function()
        drop(function() foo() end)
        reports = {}
        for _ = 1, 3 do drop(function() end) end
      end)
      assert.same({}, reports)
    end)

    it("which can still be awaited then", function()
      run(function()
        drop(function() foo("late", nil, "but whole") end)
        assert.same({n = 3, "late", nil, "but whole"},
          table.pack(await(report().coroutine)))
      end)
    end)

    it("each of many", function()
      run(dropping(function()
        for _ = 1, 500 do foo() end
      end))
      assert.equal(500, #reports)
    end)

    it("whatever made it", function()
      run(dropping(function()
        sleep(1)
        asyncio.wait_for(loop:create_future(), 1)
        asyncio.wait {loop:create_future()}
        asyncio.to_thread(print)
        loop:shutdown_asyncgens()
        asyncio.generator(function(yield) yield(1) end)():next()
      end))
      assert.equal(6, #reports)
      for _, context in ipairs(reports) do
        has(context.message, "was never awaited")
        has(context.source_traceback, "stack traceback:")
      end
    end)

    it("at the latest at the end of asyncio.run", function()
      asyncio.run(function()
        watch(asyncio.get_running_loop())
        foo()
      end, {debug = true, clock = "virtual"})
      has(report().message, "<coroutine object foo at ")
    end)

    it("also from a callback", function()
      loop:call_soon(function() foo() end)
      loop:call_soon(support.gc_collect)
      support.run_briefly(loop)
      has(report().message, "<coroutine object foo at ")
    end)

    it("not one that was awaited, in whatever way", function()
      run(function()
        drop(function()
          await(foo())
          foo():await()
          asyncio.pawait(foo())
          await(asyncio.create_task(foo()))
          await(asyncio.ensure_future(foo()))
          await(asyncio.gather(foo(), foo()))
          await(asyncio.shield(foo()))
          await(asyncio.wait_for(foo(), 1))
          await(asyncio.wait {asyncio.create_task(foo())})
          for next_one in asyncio.as_completed {foo(), foo()} do
            await(next_one)
          end
          await(asyncio.to_thread(function() end))
          local call = asyncio.run_coroutine_threadsafe(foo(), loop)
          await(asyncio.wrap_future(call))
          await(sleep(1))
          await(setmetatable({}, {__await = function() return await(foo()) end}))
          for value in asyncio.generator(function(yield) yield(1) end)() do
            assert(value == 1)
          end
        end)
      end)
      assert.same({}, messages())
    end)

    it("not one that failed, or was cancelled before it began", function()
      run(dropping(function()
        pcall(await, async(error)("fails"))
        local task = asyncio.create_task(foo())
        task:cancel()
        raises(asyncio.CancelledError, await, task)
        raises(asyncio.TimeoutError, await, asyncio.wait_for(foo(), 0))
      end))
      assert.same({}, messages())
    end)

    it("not one that is refused, but was awaited before", function()
      run(dropping(function()
        local coro = foo()
        await(coro)
        raises("cannot reuse already awaited coroutine", await, coro)
      end))
      assert.same({}, messages())
    end)

    it("not one that somebody still has", function()
      local kept
      run(function()
        drop(function() kept = foo("kept") end)
        assert.same({}, messages())
        assert.equal("kept", await(kept))
      end)
    end)

    it("not sleep(0), a function or a coroutine of Lua's", function()
      run(dropping(function()
        sleep(0)
        coroutine.create(function() end)
        async(function() end)
      end))
      assert.same({}, messages())
    end)

    it("not one that was made while no loop ran", function()
      foo()
      run(dropping(function() end))
      assert.same({}, messages())
    end)

    it("not to a loop that has been closed", function()
      local other = support.new_loop()
      other:set_debug(true)
      watch(other)
      local kept
      other:run_until_complete(function() kept = foo() end)
      other:close()
      assert.equal("userdata", type(kept))
      kept = nil
      run(dropping(function() end))
      assert.is_nil(kept)
      assert.same({}, messages())
    end)

    it("to the loop that ran when it was made", function()
      local other = support.new_loop()
      local kept
      run(function() kept = foo() end)
      other:run_until_complete(dropping(function() kept = nil end))
      assert.same({}, messages())
      assert.is_nil(kept)
      support.run_once(loop)
      has(report().message, "<coroutine object foo at ")
    end)

    it("and lets go of loops, of which none is left", function()
      local loops = setmetatable({}, {__mode = "k"})
      for _ = 1, 3 do
        asyncio.run(function()
          loops[asyncio.get_running_loop()] = true
          watch(asyncio.get_running_loop())
          foo()
          await(sleep(0))
        end, {debug = true, clock = "virtual"})
      end
      assert.equal(3, #reports)
      reports = {}
      support.gc_collect()
      assert.is_nil(next(loops))
    end)
  end)

  -- Cancellations ------------------------------------------------------------

  describe("reports a task that swallowed a cancellation,", function()
    -- Cancels a task of the body once it waits; returns how it ends.
    local function cancelled(body)
      return run(function()
        local task
        task = asyncio.create_task(function() return body(task) end,
          {name = "swallower"})
        await(sleep(0))
        task:cancel()
        return pcall(await, task)
      end)
    end

    it("when it returns after all", function()
      local ok, value = cancelled(function()
        pcall(await, sleep(10))
        return "kept on"
      end)
      assert.is_true(ok)
      assert.equal("kept on", value)
      local context = report()
      assert.matches("^Task swallowed a cancellation: ", context.message)
      has(context.message, "asyncio.pcall")
      has(context.message, "uncancel()")
      has(tostring(context.task), "<Task finished name='swallower' ")
      has(context.source_traceback, SRC)
      assert.is_nil(context.exception)
    end)

    it("however much later that is, and once", function()
      cancelled(function()
        for _ = 1, 3 do pcall(await, sleep(10)) end
      end)
      has(report().message, "Task swallowed a cancellation")
    end)

    it("not when it ends cancelled", function()
      local ok, err = cancelled(function() await(sleep(10)) end)
      assert.is_false(ok)
      assert.is_true(asyncio.isinstance(err, asyncio.CancelledError))
      cancelled(function()
        local _, caught = pcall(await, sleep(10))
        await(sleep(1))
        error(caught, 0)
      end)
      cancelled(function() asyncio.pcall(await, sleep(10)) end)
      assert.same({}, messages())
    end)

    it("not when it fails with something else", function()
      local ok, err = cancelled(function()
        pcall(await, sleep(10))
        error("something else", 0)
      end)
      assert.is_false(ok)
      assert.equal("something else", err)
      assert.same({}, messages())
    end)

    it("not when it has called uncancel", function()
      local ok = cancelled(function(task)
        pcall(await, sleep(10))
        assert.equal(0, task:uncancel())
        return "handled"
      end)
      assert.is_true(ok)
      assert.same({}, messages())
    end)

    it("unless it was cancelled more often than that", function()
      run(function()
        local task
        task = asyncio.create_task(function()
          pcall(await, sleep(10))
          pcall(await, sleep(10))
          task:uncancel()
        end)
        for _ = 1, 2 do
          await(sleep(0))
          task:cancel()
        end
        await(task)
      end)
      has(report().message, "Task swallowed a cancellation")
    end)

    it("not when a time limit has cancelled what it waited for", function()
      run(function()
        raises(asyncio.TimeoutError, await, asyncio.wait_for(sleep(10), 1))
        await(asyncio.create_task(function()
          raises(asyncio.TimeoutError, await, asyncio.wait_for(sleep(10), 1))
          return "went on"
        end))
        local nested = asyncio.wait_for(function()
          raises(asyncio.TimeoutError, await, asyncio.wait_for(sleep(10), 1))
          return "went on"
        end, 5)
        assert.equal("went on", await(nested))
      end)
      assert.same({}, messages())
    end)

    it("not when a group of tasks cancels its parent and goes on", function()
      run(function()
        local parent = asyncio.current_task()
        local child = asyncio.create_task(function()
          await(sleep(1))
          parent:cancel()
        end)
        raises(asyncio.CancelledError, await, sleep(10))
        parent:uncancel()
        await(child)
        return "went on"
      end)
      assert.same({}, messages())
    end)

    it("not when only what it awaited was cancelled", function()
      run(function()
        local inner = asyncio.create_task(sleep(10))
        local outer = asyncio.create_task(function()
          raises(asyncio.CancelledError, await, inner)
          return "went on"
        end)
        await(sleep(0))
        inner:cancel()
        assert.equal("went on", await(outer))
      end)
      assert.same({}, messages())
    end)

    it("not when it was done before", function()
      run(function()
        local task = asyncio.create_task(function() end)
        await(task)
        assert.is_false(task:cancel())
      end)
      assert.same({}, messages())
    end)

    it("also when run ends it", function()
      asyncio.run(function()
        watch(asyncio.get_running_loop())
        asyncio.create_task(function() pcall(await, sleep(10)) end)
        await(sleep(0))
      end, {debug = true, clock = "virtual"})
      has(report().message, "Task swallowed a cancellation")
    end)
  end)

  -- Callbacks ----------------------------------------------------------------

  it("refuses coroutine functions as callbacks", function()
    local foo = async(function() end)
    local refused = "coroutines cannot be used with call_"
    raises(refused .. "soon%(%)", loop.call_soon, loop, foo)
    raises(refused .. "later%(%)", loop.call_later, loop, 1, foo)
    raises(refused .. "at%(%)", loop.call_at, loop, 1, foo)
    loop:set_debug(false)
    loop:call_soon(foo):cancel()
  end)

  -- Threads ------------------------------------------------------------------

  describe("with threads:", function()
    it("another thread cannot use the loop's own functions", function()
      run(function()
        local ran = false
        for _, name in ipairs {"call_soon", "call_later", "call_at"} do
          local ok, err = pcall(await, asyncio.to_thread(function(there, method)
            there[method](there, 0, function() end)
          end, loop, name))
          assert.is_false(ok)
          has(err, "Loop of another thread")
        end
        threads.ran = function() ran = true end
        await(asyncio.to_thread(function(there)
          there:call_soon_threadsafe(function() threads.ran() end)
        end, loop))
        await(sleep(0))
        assert.is_true(ran)
      end)
      assert.same({}, messages())
    end)

    it("a busy thread does not make the loop slow", function()
      loop.slow_callback_duration = 0.5
      run(function()
        local begun = threads.signal("begun")
        local go = threads.signal("go")
        local call = loop:run_in_executor(nil, function(there)
          threads.tell(there, "begun")
          threads.wait(there, "go")
          local hook = debug.gethook()
          local start = os.clock()
          while os.clock() - start < 0.6 do end
          return hook, "done"
        end, loop)
        await(begun)
        go:set_result()
        assert.same({n = 2, nil, "done"}, table.pack(await(call)))
      end)
      assert.same({}, messages())
    end)

    it("errors of a thread arrive as they do without it", function()
      run(function()
        assert.equal("there", raises(nil, await, asyncio.to_thread(error, "there", 0)))
      end)
      assert.same({}, messages())
    end)

    it("a loop of a thread's own is debugged by itself", function()
      local found = run(function()
        return await(asyncio.to_thread(function()
          local message
          local function main()
            local own = asyncio.get_running_loop()
            own.slow_callback_duration = 3600
            own:set_exception_handler(function(_, context)
              message = context.message
            end)
            asyncio.sleep(1)
          end
          asyncio.run(main, {debug = true})
          assert(debug.gethook() == nil)
          return message
        end))
      end)
      has(found, "<coroutine object sleep at ")
      assert.same({}, messages())
    end)

    it("a call that a thread sends is a task with all that belongs to it", function()
      run(function()
        threads.block = block
        local result = await(asyncio.to_thread(function(there)
          return asyncio.run_coroutine_threadsafe(function(value)
            threads.block()
            return value
          end, there, "sent"):result(60)
        end, loop))
        assert.equal("sent", result)
      end)
      has(report().message, "Executing <Task ")
      has(report().traceback, at(BUSY_LINE))
    end)
  end)

  -- Contexts and generators --------------------------------------------------

  describe("with context variables:", function()
    local variable = asyncio.ContextVar("variable", {default = "none"})

    it("reports are made in the context of what they are about", function()
      local seen = {}
      loop:set_exception_handler(function(_, context)
        loop.slow_callback_duration = NEVER
        seen[#seen + 1] = context.message:match("^%w+ %W*%w+") .. " in " .. variable:get()
      end)
      run(function()
        variable:set("main")
        local task = asyncio.create_task(function()
          variable:set("task")
          block()
          await(sleep(1))
          pcall(await, sleep(10))
        end)
        await(sleep(2))
        variable:set("callback")
        loop:call_soon(function() block() end)
        variable:set("main")
        await(sleep(0))
        task:cancel()
        await(task)
      end)
      assert.same({"Executing <Task in task", "Executing <Handle in callback",
                   "Task swallowed in task"}, seen)
    end)

    it("a slow step keeps its own, and leaves the others theirs", function()
      run(function()
        variable:set("main")
        local task = asyncio.create_task(function()
          variable:set("task")
          block()
          await(sleep(0))
          return variable:get()
        end)
        await(sleep(0))
        assert.equal("main", variable:get())
        assert.equal("task", await(task))
        assert.equal("main", variable:get())
      end)
      assert.equal(1, #reports)
    end)
  end)

  describe("with generators:", function()
    it("they work as without it, and leave no report", function()
      local events = {}
      run(function()
        local gen = asyncio.generator(function(yield)
          local guard <close> = setmetatable({}, {__close = function()
            await(sleep(1))
            events[#events + 1] = "closed"
          end})
          assert(guard)
          for i = 1, 5 do
            await(sleep(1))
            yield(i)
          end
        end)
        for i in gen() do
          events[#events + 1] = i
          if i == 2 then break end
        end
        drop(function() gen() end)
      end)
      assert.same({1, 2, "closed"}, events)
      assert.same({}, messages())
    end)
  end)

  -- The handler --------------------------------------------------------------

  describe("when the exception handler", function()
    it("fails, the loop goes on and says so", function()
      local result
      local text = stderr_of(function()
        loop:set_exception_handler(function()
          loop.slow_callback_duration = NEVER
          error("the handler fails", 0)
        end)
        result = run(function()
          block()
          await(sleep(0))
          drop(function() sleep(1) end)
          local task = asyncio.create_task(function() pcall(await, sleep(1)) end)
          await(sleep(0))
          task:cancel()
          await(task)
          return "went on"
        end)
      end)
      assert.equal("went on", result)
      local _, count = text:gsub("Unhandled error in exception handler", "%0")
      assert.equal(3, count)
      has(text, "while it handled: Executing <Task ")
      has(text, "while it handled: <coroutine object sleep at ")
      has(text, "while it handled: Task swallowed a cancellation")
    end)

    it("schedules and makes things, they are run", function()
      local ran = {}
      loop:set_exception_handler(function(_, context)
        loop.slow_callback_duration = NEVER
        loop:call_soon(function() ran[#ran + 1] = context.message:match("^%w+") end)
        loop:create_task(function() ran[#ran + 1] = "a task" end)
      end)
      loop:call_soon(function() block() end)
      support.run_briefly(loop)
      assert.same({"Executing", "a task"}, ran)
    end)

    it("switches debug mode off, it is off", function()
      loop:set_exception_handler(function()
        loop:set_debug(false)
        reports[#reports + 1] = {message = "seen"}
      end)
      loop:call_soon(function() block() end)
      loop:call_soon(function() block() end)
      support.run_briefly(loop)
      assert.equal(1, #reports)
      assert.is_nil((debug.gethook()))
    end)

    -- In a program of its own, with a collector that leaves nothing in place.
    local function fatal(pattern, chunk)
      local output = output_of([[
        collectgarbage("incremental")
        collectgarbage("setpause", 0)
        collectgarbage("setstepmul", 1000)
        local loop = asyncio.new_event_loop()
        loop:set_debug(true)
        loop.slow_callback_duration = 0
        loop:set_exception_handler(function(_, context)
          collectgarbage()
          if context.message:find(%q) then error(asyncio.SystemExit(3)) end
        end)
        %s
        local ok, err = pcall(loop.run_until_complete, loop, function()
          for _ = 1, 5 do
            await(sleep(0))
            collectgarbage()
          end
        end)
        print(ok, asyncio.isinstance(err, asyncio.SystemExit))
        loop:set_exception_handler(function() end)
        print(loop:run_until_complete(function() return "goes on" end))
        loop:close()
      ]], pattern, chunk)
      assert.equal("false\ttrue\ngoes on\n", output)
    end

    it("exits for a slow callback, that leaves the loop", function()
      fatal("^Executing <Handle", [[loop:call_soon(function() end)]])
    end)

    it("exits for a slow step, that leaves the loop", function()
      fatal("^Executing <Task finished", [[loop:create_task(function() end)]])
    end)

    it("exits for a coroutine object, that leaves the loop", function()
      fatal("was never awaited", [[loop:call_soon(function() sleep(1) end)]])
    end)

    it("exits for a swallowed cancellation, that leaves the loop", function()
      fatal("^Task swallowed", [[
        local task = loop:create_task(function() pcall(await, sleep(1)) end)
        loop:call_soon(function()
          task:cancel()
          task = nil
        end)
      ]])
    end)

    it("exits for an error that nobody saw, that leaves the loop", function()
      fatal("was never retrieved", [[
        loop:set_debug(false)
        loop:create_task(function() error("unseen") end)
      ]])
    end)
  end)
end)
