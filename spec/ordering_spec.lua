-- Longer programs that mix tasks, gather, shield, wait_for, wait, as_completed,
-- timers and cancellation. Each logs what happens; the list beside it is the log
-- of the same program in CPython 3.13, on a clock that jumps as ours, with timers
-- of equal deadlines and the tasks that run() cancels in the order of creation.
local asyncio = require "asyncio"
local support = require "spec.support"

local await, sleep, create_task = asyncio.await, asyncio.sleep, asyncio.create_task
local gather, shield, wait = asyncio.gather, asyncio.shield, asyncio.wait
local wait_for, as_completed = asyncio.wait_for, asyncio.as_completed

local events, origin

local function log(...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  events[#events + 1] = table.concat(parts, " ")
end

local function now()
  return ("%gs"):format(asyncio.get_running_loop():time() - origin)
end

local function is_cancelled(err)
  return asyncio.isinstance(err, asyncio.CancelledError)
end

--- An error by its class, or as the text it is.
local function kind(err)
  if asyncio.isinstance(err, asyncio.Exception) then return err.name end
  return tostring(err)
end

--- A result as text: gather's lists between brackets.
local function show(value)
  if type(value) == "table" and value.n then
    local parts = {}
    for i = 1, value.n do parts[i] = show(value[i]) end
    return "[" .. table.concat(parts, " ") .. "]"
  end
  return kind(value)
end

local function turns(n)
  for _ = 1, n do await(sleep(0)) end
end

--- Takes n turns and returns its name, or fails at the end.
local function worker(name, n, fails)
  return function()
    log(name, "starts")
    local ok, err = pcall(turns, n or 0)
    if not ok then
      log(name, "cancelled")
      error(err, 0)
    end
    if fails then
      log(name, "fails")
      error(name .. " failed", 0)
    end
    log(name, "ends")
    return name
  end
end

--- Sleeps; when it is cancelled takes n turns before it goes.
local function sleeper(name, delay, n)
  return function()
    log(name, "starts")
    local ok, err = pcall(await, sleep(delay))
    if not ok then
      log(name, "cancelled")
      turns(n or 0)
      log(name, "cleaned up")
      error(err, 0)
    end
    log(name, "ends", now())
    return name
  end
end

--- Sleeps; when it is cancelled takes n turns and returns nevertheless.
local function stubborn(name, delay, n)
  return function()
    log(name, "starts")
    if not pcall(await, sleep(delay)) then
      log(name, "refuses")
      turns(n or 0)
    end
    log(name, "ends")
    return name
  end
end

--- Awaits and says how it went.
local function waiter(name, aw)
  return function()
    local ok, value = pcall(await, aw)
    log(name, ok and "got" or "raised", show(value))
    if not ok then error(value, 0) end
    return value
  end
end

--- Logs the next n iterations of the loop.
local function ticker(n)
  local loop = asyncio.get_running_loop()
  local function tick(i)
    log("tick", i)
    if i < n then loop:call_soon(tick, i + 1) end
  end
  loop:call_soon(tick, 1)
end

--- Awaits what must raise, and logs it.
local function catch(aw)
  local ok, err = pcall(await, aw)
  assert.is_false(ok)
  log("main caught", kind(err))
end

--- A test: the program, run in a task, must leave the recorded log.
local function scenario(name, program, recorded)
  it(name, function()
    local loop = support.new_loop()
    events, origin = {}, loop:time()
    loop:run_until_complete(function() program(loop) end)
    assert.same(recorded, events)
  end)
end

after_each(support.close_loops)

describe("the order of events is CPython's:", function()
  scenario("gather of workers", function()
    ticker(6)
    log("main got", show(await(gather(worker("a", 2), worker("b"), worker("c", 1)))))
  end, {
    "tick 1", "a starts", "b starts", "b ends", "c starts", "tick 2", "c ends",
    "tick 3", "a ends", "tick 4", "tick 5", "main got [a b c]", "tick 6",
  })

  scenario("the first error leaves gather, the others go on", function()
    local c = create_task(worker("c", 4))
    local g = gather(worker("a", 1, true), worker("b", 2), c, worker("d", 1, true))
    g:add_done_callback(function() log("gather done") end)
    c:add_done_callback(function() log("c done") end)
    catch(g)
    log("cancel", g:cancel())
    await(c)
    log("main ends")
  end, {
    "c starts", "a starts", "b starts", "d starts", "a fails", "d fails",
    "b ends", "gather done", "main caught a failed", "cancel false", "c ends",
    "c done", "main ends",
  })

  scenario("gather cancelled, children slow and stubborn", function()
    local a, b = create_task(sleeper("a", 5)), create_task(sleeper("b", 5, 3))
    local c = create_task(stubborn("c", 5, 1))
    a:add_done_callback(function() log("a done") end)
    b:add_done_callback(function() log("b done") end)
    c:add_done_callback(function() log("c done") end)
    local w = create_task(waiter("w", gather(a, b, c)))
    await(sleep(1))
    log("cancel", w:cancel("stop"))
    ticker(6)
    catch(w)
    await(wait {b})
    log("w cancelled", w:cancelled(), w:cancelling())
  end, {
    "a starts", "b starts", "c starts", "cancel true", "a cancelled",
    "a cleaned up", "b cancelled", "c refuses", "tick 1", "a done", "c ends",
    "tick 2", "w raised CancelledError", "c done", "tick 3",
    "main caught CancelledError", "b cleaned up", "tick 4", "b done", "tick 5",
    "w cancelled true 1", "tick 6",
  })

  scenario("gather cancelled, with return_exceptions", function()
    local a, b = create_task(sleeper("a", 5)), create_task(sleeper("b", 5, 3))
    local c = create_task(stubborn("c", 5, 1))
    local w = create_task(waiter("w", gather(a, b, c, {return_exceptions = true})))
    await(sleep(1))
    log("cancel", w:cancel("stop"))
    ticker(6)
    catch(w)
    log(a:cancelled(), b:cancelled(), c:cancelled())
  end, {
    "a starts", "b starts", "c starts", "cancel true", "a cancelled",
    "a cleaned up", "b cancelled", "c refuses", "tick 1", "c ends", "tick 2",
    "tick 3", "b cleaned up", "tick 4", "tick 5", "w raised CancelledError",
    "tick 6", "main caught CancelledError", "true true false",
  })

  scenario("shields beside a plain await of the same task", function()
    local inner = create_task(sleeper("inner", 3, 1))
    local p = create_task(waiter("p", shield(inner)))
    local q = create_task(waiter("q", inner))
    local r = create_task(waiter("r", shield(inner)))
    await(sleep(1))
    p:cancel()
    log("inner cancelling", inner:cancelling())
    await(sleep(0))
    log("p done", p:done())
    await(sleep(1))
    q:cancel()
    ticker(5)
    log(show(await(gather(p, q, r, inner, {return_exceptions = true}))))
  end, {
    "inner starts", "inner cancelling 0", "p raised CancelledError",
    "p done true", "inner cancelled", "tick 1", "inner cleaned up", "tick 2",
    "q raised CancelledError", "tick 3", "r raised CancelledError", "tick 4",
    "tick 5", "[CancelledError CancelledError CancelledError CancelledError]",
  })

  scenario("shields in gathers in a shield", function()
    local a, b = create_task(sleeper("a", 2)), create_task(sleeper("b", 3))
    local c = create_task(sleeper("c", 9, 2))
    local g = gather(shield(a), gather(shield(b), c))
    local w = create_task(waiter("w", shield(g)))
    local v = create_task(waiter("v", g))
    await(sleep(1))
    w:cancel()
    await(sleep(0))
    await(sleep(0))
    log("g done", g:done())
    v:cancel()
    ticker(6)
    catch(w)
    catch(v)
    log(show(await(gather(a, b))), c:cancelled())
  end, {
    "a starts", "b starts", "c starts", "w raised CancelledError",
    "g done false", "main caught CancelledError", "c cancelled", "tick 1",
    "v raised CancelledError", "tick 2", "main caught CancelledError",
    "c cleaned up", "tick 3", "tick 4", "tick 5", "tick 6", "a ends 2s",
    "b ends 3s", "[a b] true",
  })

  scenario("a timeout over a gather", function()
    local function job()
      return await(gather(sleeper("a", 1), sleeper("b", 4, 2), stubborn("c", 4, 4)))
    end
    catch(create_task(waiter("w", wait_for(job, 2))))
    log(now())
    for i = 1, 5 do
      await(sleep(0))
      log("turn", i)
    end
  end, {
    "a starts", "b starts", "c starts", "a ends 1s", "b cancelled", "c refuses",
    "b cleaned up", "w raised TimeoutError", "c ends",
    "main caught TimeoutError", "2s", "turn 1", "turn 2", "turn 3", "turn 4",
    "turn 5",
  })

  scenario("timeouts in timeouts", function()
    local function both(name, inner)
      return function()
        local ok, err = pcall(await, wait_for(sleeper(name, 9, 1), inner))
        if not ok and is_cancelled(err) then
          log(name, "inner cancelled", now())
          log(name, "leaves")
          error(err, 0)
        end
        log(name, "inner timeout", now())
        await(sleep(0))
        log(name, "leaves")
        return "went on"
      end
    end
    local function run(name, inner, outer)
      return function()
        local ok, value = asyncio.pcall(await, wait_for(both(name, inner), outer))
        if ok then log(name, value) else log(name, "outer timeout", now()) end
        log(name, "cancelling", asyncio.current_task():cancelling())
      end
    end
    await(gather(run("x", 1, 2), run("y", 2, 1), run("z", 3, 3),
      run("u", nil, 4), run("v", 4, nil)))
  end, {
    "x starts", "y starts", "z starts", "u starts", "v starts", "x cancelled",
    "y cancelled", "x cleaned up", "x inner timeout 1s", "y cleaned up",
    "y inner cancelled 1s", "y leaves", "y outer timeout 1s", "y cancelling 0",
    "x leaves", "x went on", "x cancelling 0", "z cancelled", "z cleaned up",
    "z inner cancelled 3s", "z leaves", "z outer timeout 3s", "z cancelling 0",
    "u cancelled", "v cancelled", "u cleaned up", "u inner cancelled 4s",
    "u leaves", "u outer timeout 4s", "u cancelling 0", "v cleaned up",
    "v inner timeout 4s", "v leaves", "v went on", "v cancelling 0",
  })

  scenario("as_completed over values, an error and a cancellation", function(loop)
    local a, b = create_task(worker("a", 3)), create_task(worker("b", 1, true))
    local c, d = create_task(sleeper("c", 9, 1)), create_task(worker("d"))
    loop:call_soon(function()
      log("cancel c")
      c:cancel()
    end)
    for co in as_completed {a, b, c, d} do
      local ok, value = pcall(await, co)
      log(ok and "item" or "item raised", kind(value))
    end
    log(now())
  end, {
    "a starts", "b starts", "c starts", "d starts", "d ends", "cancel c",
    "b fails", "c cancelled", "item d", "item raised b failed", "c cleaned up",
    "a ends", "item raised CancelledError", "item a", "0s",
  })

  scenario("wait in rounds, with a task more", function()
    local function names(set)
      local list = {}
      for i, task in ipairs(set) do list[i] = task:get_name() end
      return table.concat(list, " ")
    end
    local left = {
      create_task(worker("a", 3), {name = "a"}),
      create_task(worker("b", 1), {name = "b"}),
      create_task(worker("c", 5), {name = "c"}),
    }
    local spawned = false
    while #left > 0 do
      local done, pending = await(wait(left, {return_when = asyncio.FIRST_COMPLETED}))
      log((("done %s pending %s"):format(names(done), names(pending)):gsub(" $", "")))
      left = {table.unpack(pending)}
      if not spawned then
        spawned = true
        left[#left + 1] = create_task(worker("d", 1), {name = "d"})
      end
    end
  end, {
    "a starts", "b starts", "c starts", "b ends", "a ends",
    "done a b pending c", "d starts", "d ends", "c ends", "done c d pending",
  })

  scenario("a chain of tasks is cancelled, its middle refuses", function()
    local inner = create_task(sleeper("inner", 9, 1))
    local middle = create_task(function()
      if not pcall(await, inner) then log("middle refuses") end
      turns(2)
      return "middle"
    end)
    local first = create_task(waiter("out1", middle))
    local second = create_task(waiter("out2", middle))
    local beside = create_task(waiter("beside", inner))
    await(sleep(1))
    log("cancel", first:cancel())
    ticker(7)
    log(show(await(gather(first, second, beside, inner, middle,
      {return_exceptions = true}))))
    log(first:cancelling(), middle:cancelling(), inner:cancelling())
  end, {
    "inner starts", "cancel true", "inner cancelled", "tick 1",
    "inner cleaned up", "tick 2", "middle refuses",
    "beside raised CancelledError", "tick 3", "tick 4", "tick 5",
    "out1 got middle", "out2 got middle", "tick 6", "tick 7",
    "[middle middle CancelledError CancelledError middle]", "1 1 1",
  })

  scenario("done callbacks that schedule, create and cancel", function(loop)
    local fut = loop:create_future()
    local victim = create_task(waiter("victim", fut))
    await(sleep(0))
    fut:add_done_callback(function()
      log("one")
      loop:call_soon(log, "soon from one")
      fut:add_done_callback(function() log("late") end)
      loop:create_task(worker("child", 1))
    end)
    local witness = create_task(waiter("witness", fut))
    await(sleep(0))
    fut:add_done_callback(function()
      log("two, victim done", victim:done(), "cancel", victim:cancel())
    end)
    fut:set_result("value")
    log("set")
    ticker(4)
    log(show(await(gather(victim, witness, {return_exceptions = true}))))
  end, {
    "set", "victim got value", "one", "witness got value",
    "two, victim done true cancel false", "tick 1", "soon from one", "late",
    "child starts", "tick 2", "child ends", "[value value]", "tick 3", "tick 4",
  })

  scenario("a result and a cancellation in one tick", function(loop)
    local fut, other = loop:create_future(), loop:create_future()
    local a = create_task(waiter("a", fut))
    local b = create_task(waiter("b", wait_for(fut, 5)))
    local c = create_task(waiter("c", shield(fut)))
    local d = create_task(waiter("d", gather(fut, other)))
    local e = create_task(waiter("e", fut))
    await(sleep(0))
    fut:set_result("value")
    other:set_result("more")
    log("cancel a", a:cancel())
    log("cancel b", b:cancel())
    log("cancel c", c:cancel())
    log("cancel d", d:cancel())
    ticker(4)
    log(show(await(gather(a, b, c, d, e, {return_exceptions = true}))))
  end, {
    "cancel a true", "cancel b true", "cancel c true", "cancel d true",
    "a raised CancelledError", "b raised CancelledError", "e got value",
    "c raised CancelledError", "tick 1", "d raised CancelledError", "tick 2",
    "tick 3",
    "[CancelledError CancelledError CancelledError CancelledError value]",
    "tick 4",
  })

  scenario("cancellations during the clean-up", function()
    local function job()
      local ok, err = pcall(function()
        local slept, first = pcall(await, sleep(9))
        log("first clean-up")
        local cleaned, second = pcall(await, sleep(1))
        if not cleaned then log("clean-up interrupted") end
        log("first clean-up left")
        if not cleaned then error(second, 0) end
        if not slept then error(first, 0) end
      end)
      log("second clean-up")
      await(sleep(0))
      log("second clean-up done")
      if not ok then error(err, 0) end
    end
    local task = create_task(job)
    await(sleep(1))
    log(task:cancel("one"), task:cancel("two"), task:cancelling())
    await(sleep(0))
    log("cancel again", task:cancel("three"), task:cancelling())
    ticker(5)
    local _, err = pcall(await, task)
    log("main caught", err.message, now())
    log(task:cancelled(), task:cancelling(), task:cancel())
  end, {
    "true true 2", "first clean-up", "cancel again true 3",
    "clean-up interrupted", "first clean-up left", "second clean-up", "tick 1",
    "second clean-up done", "tick 2", "main caught three 1s", "true 3 false",
    "tick 3", "tick 4",
  })

  scenario("a timeout and a cancellation in one tick", function(loop)
    local function job(name)
      return function()
        local ok, err = pcall(await, wait_for(sleeper(name, 9), 2))
        if not ok and is_cancelled(err) then
          log(name, "cancelled outside")
          error(err, 0)
        end
        log(name, "timeout")
      end
    end
    local a = create_task(job "a")
    await(sleep(0))
    loop:call_later(2, function() log("cancel a", a:cancel()) end)
    local early = create_task(function()
      local b = create_task(job "b")
      loop:call_later(2, function() log("cancel b", b:cancel()) end)
      await(wait {b})
    end)
    await(gather(a, early, {return_exceptions = true}))
    log("a cancelled", a:cancelled(), a:cancelling())
  end, {
    "a starts", "b starts", "cancel a true", "cancel b true", "a cancelled",
    "a cleaned up", "a cancelled outside", "b cancelled", "b cleaned up",
    "b cancelled outside", "a cancelled true 1",
  })

  scenario("ping and pong over futures", function(loop)
    local box = {ping = loop:create_future(), pong = loop:create_future()}
    local function player(me, other, n)
      return function()
        for i = 1, n do
          local v = await(box[me])
          log(me, v)
          box[me] = loop:create_future()
          if not box[other]:done() then box[other]:set_result(v + 1) end
          if i == 2 then await(sleep(0)) end
        end
        log(me, "stops")
      end
    end
    local ping = create_task(player("ping", "pong", 4))
    local pong = create_task(player("pong", "ping", 3))
    box.ping:set_result(1)
    ticker(12)
    await(gather(ping, pong))
  end, {
    "ping 1", "pong 2", "tick 1", "ping 3", "tick 2", "pong 4", "ping 5",
    "tick 3", "pong 6", "pong stops", "tick 4", "ping 7", "ping stops",
    "tick 5", "tick 6", "tick 7", "tick 8",
  })

  scenario("uncancel by hand", function(loop)
    local function block(name, own)
      return function()
        local task = asyncio.current_task()
        if own then loop:call_later(1, task.cancel, task) end
        local ok, err = pcall(await, sleeper(name, 3))
        if not ok then
          log(name, "count", task:cancelling())
          if own and task:uncancel() == 0 then
            log(name, "swallowed")
          else
            log(name, "passes on")
            error(err, 0)
          end
        end
        await(sleep(0))
        log(name, "continues")
        await(sleep(1))
        log(name, "ends", now())
        return name
      end
    end
    local a, b = create_task(block("a", true)), create_task(block("b", true))
    local c = create_task(block("c", false))
    await(sleep(0.5))
    loop:call_later(0.5, b.cancel, b)
    c:cancel()
    local r = await(gather(a, b, c, {return_exceptions = true}))
    log(show(r), a:cancelling(), b:cancelling(), c:cancelling())
  end, {
    "a starts", "b starts", "c starts", "c cancelled", "c cleaned up",
    "c count 1", "c passes on", "a cancelled", "a cleaned up", "a count 1",
    "a swallowed", "b cancelled", "b cleaned up", "b count 2", "b passes on",
    "a continues", "a ends 2s", "[a CancelledError CancelledError] 0 1 1",
  })

  scenario("tasks that cancel themselves", function(loop)
    local done = loop:create_future()
    done:set_result("done")
    local shared = create_task(sleeper("shared", 9))
    await(sleep(0))
    local tasks = {}
    local function job(name, act)
      tasks[#tasks + 1] = create_task(function()
        asyncio.current_task():cancel(name)
        log(name, "requested")
        return act()
      end)
    end
    job("ret", function() return 1 end)
    job("err", function() error("own error", 0) end)
    job("adone", waiter("adone", done))
    job("aturn", waiter("aturn", sleep(0)))
    job("ashield", function() return waiter("ashield", shield(worker("kept", 2)))() end)
    job("atask", waiter("atask", shared))
    ticker(5)
    local all = {table.unpack(tasks)}
    all[#all + 1] = shared
    log(show(await(gather(all, {return_exceptions = true}))))
    for i, task in ipairs(tasks) do tasks[i] = tostring(task:cancelled()) end
    log(table.concat(tasks, " "))
  end, {
    "shared starts", "ret requested", "err requested", "adone requested",
    "adone got done", "aturn requested", "ashield requested", "atask requested",
    "tick 1", "aturn raised CancelledError", "kept starts",
    "ashield raised CancelledError", "shared cancelled", "shared cleaned up",
    "tick 2", "atask raised CancelledError", "tick 3", "kept ends", "tick 4",
    "[CancelledError own error CancelledError CancelledError "
      .. "CancelledError CancelledError CancelledError]",
    "true false true true true true", "tick 5",
  })

  scenario("gather with duplicates and gathers", function()
    local t = create_task(worker("t", 2))
    local g = gather(t, worker("co", 1))
    local h = gather(g, t, worker("co2"), g)
    h:add_done_callback(function() log("h done") end)
    g:add_done_callback(function() log("g done") end)
    ticker(7)
    log(show(await(h)))
  end, {
    "t starts", "co starts", "co2 starts", "co2 ends", "tick 1", "co ends",
    "tick 2", "t ends", "tick 3", "tick 4", "g done", "tick 5", "h done",
    "[[t co] t co2 [t co]]", "tick 6", "tick 7",
  })

  scenario("wait sees what finished meanwhile", function()
    local tasks, name = {}, {}
    for i, n in ipairs {"a", "b", "c", "d"} do
      tasks[i] = create_task(worker(n, i))
      name[tasks[i]] = n
    end
    ticker(6)
    local function say(done)
      local list = {}
      for i, task in ipairs(done) do list[i] = name[task] end
      log("done", table.concat(list, " "))
    end
    say((await(wait(tasks, {return_when = asyncio.FIRST_COMPLETED}))))
    say((await(wait(tasks, {timeout = 0}))))
    say((await(wait(tasks))))
  end, {
    "a starts", "b starts", "c starts", "d starts", "tick 1", "a ends",
    "tick 2", "b ends", "tick 3", "done a b", "c ends", "tick 4", "d ends",
    "tick 5", "tick 6", "done a b c d", "done a b c d",
  })

  scenario("eager tasks beside lazy ones", function(loop)
    local fut = loop:create_future()
    local lazy = create_task(worker("lazy", 1))
    loop:set_task_factory(asyncio.eager_task_factory)
    ticker(5)
    local parent = create_task(function()
      log("parent starts")
      local child, quick = create_task(worker("child", 1)), create_task(worker("quick"))
      log("quick done", quick:done(), "child done", child:done())
      log("parent got", show(await(gather(child, quick, shield(fut)))))
      return "parent"
    end)
    local bad = create_task(worker("bad", 0, true))
    log("bad done", bad:done())
    local w = create_task(waiter("w", wait_for(parent, 5)))
    await(sleep(0))
    fut:set_result("set")
    log(show(await(gather(lazy, parent, bad, w, {return_exceptions = true}))))
  end, {
    "parent starts", "child starts", "quick starts", "quick ends",
    "quick done true child done false", "bad starts", "bad fails",
    "bad done true", "lazy starts", "tick 1", "child ends", "lazy ends",
    "tick 2", "tick 3", "tick 4", "parent got [child quick set]", "tick 5",
    "w got parent", "[lazy parent bad failed parent]",
  })

  scenario("sleepers, timers and turns", function(loop)
    local function walker(name, step, n)
      return function()
        for i = 1, n do
          await(sleep(step))
          log(name, i, now())
          await(sleep(0))
          if i == 2 then loop:call_soon(log, name, "soon") end
        end
        log(name, "ends")
      end
    end
    loop:call_later(3, log, "timer 3")
    local never = loop:call_later(2, log, "never")
    loop:call_later(1, log, "timer 1")
    loop:call_later(1, never.cancel, never)
    local a, b = create_task(walker("a", 1, 4)), create_task(walker("b", 2, 2))
    local c = create_task(walker("c", 0.5, 5))
    loop:call_at(origin + 2, log, "timer 2")
    await(gather(a, b, c))
    log("main", now())
  end, {
    "c 1 0.5s", "timer 1", "a 1 1s", "c 2 1s", "c soon", "c 3 1.5s", "timer 2",
    "b 1 2s", "a 2 2s", "c 4 2s", "a soon", "c 5 2.5s", "c ends", "timer 3",
    "a 3 3s", "b 2 4s", "a 4 4s", "b ends", "a ends", "b soon", "main 4s",
  })

  scenario("one task, awaited in every way", function()
    local t = create_task(sleeper("t", 2))
    local all = {
      create_task(waiter("plain", t)),
      create_task(waiter("shield", shield(t))),
      create_task(waiter("gather", gather(t))),
      create_task(waiter("wait_for", wait_for(t, 5))),
      create_task(waiter("short", wait_for(shield(t), 1))),
      create_task(function()
        local done, pending = await(wait({t}, {timeout = 1}))
        log("wait", #done, #pending)
        done, pending = await(wait {t})
        log("wait", #done, #pending)
      end),
      create_task(function()
        for co in as_completed({t}, {timeout = 1}) do
          local ok, err = asyncio.pcall(await, co)
          log(ok and "as_completed" or "as_completed raised", kind(err))
        end
        for fut in as_completed({t}):futures() do log("as_completed", fut == t) end
      end),
      {return_exceptions = true},
    }
    t:add_done_callback(function()
      log("callback")
      ticker(4)
    end)
    log(show(await(gather(table.unpack(all)))))
  end, {
    "t starts", "short raised TimeoutError", "wait 0 1",
    "as_completed raised TimeoutError", "t ends 2s", "callback", "plain got t",
    "wait_for got t", "shield got t", "gather got [t]", "tick 1", "wait 1 0",
    "as_completed true", "tick 2", "tick 3", "[t t [t] t TimeoutError nil nil]",
    "tick 4",
  })

  scenario("cancelled in the tick in which its sleep is due", function(loop)
    local b, c
    loop:call_later(1, function() log("cancel c", c:cancel()) end)
    local a = create_task(sleeper("a", 1))
    b, c = create_task(sleeper("b", 1)), create_task(sleeper("c", 1))
    loop:call_later(1, function() log("cancel b", b:cancel()) end)
    local d = create_task(function()
      local ok, err = asyncio.pcall(await, wait_for(sleeper("d", 1), 1))
      if not ok and asyncio.isinstance(err, asyncio.TimeoutError) then
        log("d timeout")
      end
    end)
    log(show(await(gather(a, b, c, d, {return_exceptions = true}))))
  end, {
    "a starts", "b starts", "c starts", "d starts", "cancel c true",
    "cancel b true", "c cancelled", "c cleaned up", "b cancelled",
    "b cleaned up", "a ends 1s", "d cancelled", "d cleaned up", "d timeout",
    "[a CancelledError CancelledError nil]",
  })

  scenario("gathers that hold one task twice", function()
    local t, u = create_task(sleeper("t", 9)), create_task(sleeper("u", 9))
    local g, h = gather(t, u, t), gather(u, gather(u, gather(u)))
    await(sleep(0))
    log("cancel g", g:cancel(), t:cancelling(), u:cancelling())
    log("cancel h", h:cancel(), t:cancelling(), u:cancelling())
    catch(g)
    catch(h)
  end, {
    "t starts", "u starts", "cancel g true 2 1", "cancel h true 2 4",
    "t cancelled", "t cleaned up", "u cancelled", "u cleaned up",
    "main caught CancelledError", "main caught CancelledError",
  })

  it("run cleans up", function()
    events = {}
    local function tidy(name, n, fails)
      return function()
        log(name, "starts")
        local ok, err = pcall(await, sleep(9))
        if not ok then
          log(name, "cancelled")
          turns(n)
          await(sleep(1))
          log(name, "tidy", now())
          error(fails and name .. " failed" or err, 0)
        end
      end
    end
    local result = asyncio.run(function()
      local loop = asyncio.get_running_loop()
      origin = loop:time()
      loop:set_exception_handler(function(_, context)
        log("report", context.message, "-", kind(context.exception))
      end)
      local a = create_task(tidy("a", 3))
      create_task(tidy("b", 0, true))
      create_task(tidy("c", 1, true))
      create_task(waiter("s", shield(a)))
      await(sleep(1))
      create_task(worker("last", 2))
      create_task(sleeper("never", 5)):cancel()
      loop:call_soon(log, "soon")
      loop:call_later(0.5, log, "timer")
      log("main ends")
      return "result"
    end, {clock = "virtual"})
    log("run returned", result)
    assert.same({
    "a starts", "b starts", "c starts", "main ends", "last starts", "soon",
    "last cancelled", "a cancelled", "b cancelled", "c cancelled",
    "s raised CancelledError", "timer", "b tidy 2s", "c tidy 2s", "a tidy 2s",
    "report unhandled exception during asyncio.run() shutdown - b failed",
    "report unhandled exception during asyncio.run() shutdown - c failed",
    "run returned result",
  }, events)
  end)
end)
