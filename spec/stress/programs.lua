-- Random programs on the virtual clock: trees of tasks, groups, timeouts,
-- shields, gathers, locks, queues and cancellations, with a model beside them.
-- Whatever happens, every task ends, every outcome is seen once, nobody waits
-- for what is there, no lock is left held, and cancellations are balanced. A
-- program is made from a number, its seed, and does the same each time.
--   lua5.4 spec/stress/programs.lua SEED   the log of one program
--   PROGRAMS=10000   how many are run without SEED
--   PROGRAMS_SEED=1  the first seed
-- Run it from the project's root. As a module: `run(seed)`, `check(seed)`.
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path

local asyncio = require "asyncio"
local testing = require "asyncio.testing"

local await, sleep, isinstance = asyncio.await, asyncio.sleep, asyncio.isinstance
local current_task = asyncio.current_task
local CancelledError, TimeoutError = asyncio.CancelledError, asyncio.TimeoutError

local Failure = asyncio.Exception:subclass("Failure")

local SUPPRESSED = "cancel%(%) interrupted the body of a <close> scope"
local DELAYS = {0, 0, 0.25, 0.5, 0.5, 1, 1, 1.5, 2, 3}
local DEPTH, STATEMENTS = 6, 150
local EPSILON = 1e-6

-- The program that runs.
local world

-- A generator of its own: math.random's numbers are another Lua's as well.
local function new_random(seed)
  local state = seed * 0x9E3779B97F4A7C15 + 1
  local function random(n) -- 1 .. n
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
  random(1)
  return random
end

local function random(n) return world.random(n) end
local function chance(percent) return world.random(100) <= percent end

local function now() return world.loop:time() - world.begin end

local function note(rec, text, ...)
  world.log[#world.log + 1] = ("%6.2f T%d %s"):format(now(), rec and rec.id or 0,
    text:format(...))
end

local function fault(text, ...)
  text = text:format(...)
  world.faults[#world.faults + 1] = text
  world.log[#world.log + 1] = "FAULT: " .. text
end

local function is_cancel(ok, err) return not ok and isinstance(err, CancelledError) end

-- An error without anything that differs between two runs.
local function describe(err)
  if isinstance(err, asyncio.ExceptionGroup) then
    local texts = {}
    for i, inner in ipairs(err.exceptions) do texts[i] = describe(inner) end
    return "group of " .. table.concat(texts, ", ")
  end
  return (tostring(err):gsub("0x%x+", "0x"))
end

local function rethrow(ok, err)
  if not ok then error(err, 0) end
end

-- Tasks --------------------------------------------------------------------
-- A record of each: its task, how it ended (`outcome`: value, error, cancelled;
-- `err`), as how many others had before (`order`). `swallowed` counts where a
-- cancellation was lost on purpose: then its requests need not be balanced. One
-- that nobody waits for `is_alone`: it is cancelled by name only, `cancels` times.

local run_block

-- Where the task is now, for check_balance.
local function requests(rec)
  return {count = current_task():cancelling(), swallowed = rec.swallowed}
end

-- Whoever was interrupted says so, or takes the request back.
local function check_balance(rec, before, ok, err, what)
  if is_cancel(ok, err) or rec.swallowed ~= before.swallowed then return end
  local count = current_task():cancelling()
  if count ~= before.count then
    fault("T%d: cancelling() is %d before %s and %d after", rec.id, before.count, what,
      count)
  end
end

local function check_kind(rec, err)
  if type(err) == "string" and not err:find(SUPPRESSED)
      or isinstance(err, asyncio.InvalidStateError) then
    fault("T%d: %s", rec.id, err)
  end
end

local function new_record(block, ctx)
  local rec = {id = #world.records + 1, starts = 0, swallowed = 0, cancels = 0}
  world.records[rec.id] = rec
  function rec.body()
    rec.task = current_task()
    rec.starts = rec.starts + 1
    note(rec, "begins")
    local before = requests(rec)
    if before.count ~= 0 then fault("T%d begins cancelled", rec.id) end
    local ok, err = pcall(run_block, block,
      {rec = rec, group = ctx.group, timeout = ctx.timeout})
    world.ended = world.ended + 1
    rec.order, rec.err = world.ended, err
    rec.outcome = ok and "value" or is_cancel(ok, err) and "cancelled" or "error"
    check_balance(rec, before, ok, err, "its body")
    if rec.is_alone and current_task():cancelling() > rec.cancels then
      fault("T%d: cancelling() is %d after %d", rec.id, current_task():cancelling(),
        rec.cancels)
    end
    if not ok then check_kind(rec, err) end
    note(rec, "ends: %s %s", rec.outcome, ok and "" or describe(err))
    rethrow(ok, err)
    return rec.id
  end
  return rec
end

-- Starts a child; `create` is of create_task's kind, and may refuse.
local function start(child, ctx, create)
  local rec, parent = new_record(child.block, ctx), ctx.rec
  rec.is_alone = child.is_alone
  local creators = world.creators
  creators[#creators + 1] = parent -- it runs, and is not current in an eager start
  local ok, task = pcall(create or asyncio.create_task, rec.body,
    {name = "T" .. rec.id, eager_start = child.is_eager})
  creators[#creators] = nil
  if not ok then
    note(parent, "T%d refused", rec.id)
    rec.is_refused = true
    if not create or not tostring(task):find("^TaskGroup .* is [sf]") then
      fault("T%d: %s", parent.id, describe(task))
    end
    return nil
  end
  if rec.task and rec.task ~= task then fault("T%d has two tasks", rec.id) end
  rec.task = task
  return rec
end

local function start_all(children, ctx)
  local recs, tasks = {}, {}
  for i, child in ipairs(children) do
    recs[i] = start(child, ctx)
    tasks[i] = recs[i].task
  end
  return recs, tasks
end

-- How the child of a finished wait ended.
local function outcome_of(rec)
  local task = rec.task
  if not task then return "cancelled" end -- it never began
  if not task:done() then return "none" end
  if task:cancelled() then return "cancelled" end
  return task:exception() == nil and "value" or "error"
end

-- Does what an await gave tell of this child?
local function tells(rec, ok, value)
  local outcome = outcome_of(rec)
  if ok then return outcome == "value" and value == rec.id end
  if outcome == "cancelled" then return isinstance(value, CancelledError) end
  return outcome == "error" and rawequal(value, rec.err)
end

local function any_tells(recs, ok, value)
  for i, rec in ipairs(recs) do
    if tells(rec, ok, value) then return i end
  end
end

-- pcall(await, aw). What is awaited may swallow the task's cancellation.
local function join(rec, aw)
  local before = current_task():cancelling()
  local ok, value = pcall(await, aw)
  if not is_cancel(ok, value) and current_task():cancelling() > before then
    rec.swallowed = rec.swallowed + 1
  end
  return ok, value
end

-- Calls cancel(...). What is cancelled may be, or wait for, the task itself: then
-- it is interrupted at once. Or a task around an eager start, which may leave
-- scopes before it is.
local function by_task(cancel, ...)
  local task, counts = current_task(), {}
  local count = task:cancelling()
  for i, rec in ipairs(world.creators) do
    counts[i] = rec.task and rec.task:cancelling() or 0
  end
  cancel(...)
  for i, rec in ipairs(world.creators) do
    if rec.task and rec.task:cancelling() > counts[i] then
      rec.swallowed = rec.swallowed + 1
    end
  end
  if task:cancelling() > count then await(sleep(0)) end
end

local function cancel_some(by, number)
  local rec = world.records[number % #world.records + 1]
  if rec.task then
    rec.cancels = rec.cancels + 1
    note(by, "cancels T%d: %s", rec.id, rec.task:cancel())
  end
end

-- Statements ---------------------------------------------------------------
-- make[name](depth, held) -> a node; run[name](node, ctx). `held`: locks of a
-- lower number are not taken inside, so that few programs are stuck.

local make, run = {}, {}
local build_block

function run_block(block, ctx)
  for _, node in ipairs(block) do run[node.name](node, ctx) end
end

local function delay() return DELAYS[random(#DELAYS)] end

local function build_child(depth, held)
  return {block = build_block(depth + 1, held), is_eager = chance(20)}
end

local function build_children(depth, held)
  local children = {}
  for i = 1, random(4) - (chance(5) and 1 or 0) do
    children[i] = build_child(depth, held)
  end
  return children
end

function make.sleep() return {delay = delay()} end
function run.sleep(node) await(sleep(node.delay)) end

make.pass = make.sleep
function run.pass(_, ctx)
  note(ctx.rec, "passes")
  coroutine.yield()
end

function make.fail() return {} end
function run.fail(_, ctx)
  world.failures = world.failures + 1
  error(Failure(("%d of T%d"):format(world.failures, ctx.rec.id)), 0)
end

function make.cancel() return {number = random(1000)} end
function run.cancel(node, ctx)
  by_task(cancel_some, ctx.rec, node.number)
end

-- Goes on after any error, or after those that are no cancellation.
function make.catch(depth, held)
  return {block = build_block(depth + 1, held), swallows = chance(40),
          uncancels = chance(50)}
end
function run.catch(node, ctx)
  local rec = ctx.rec
  if not node.swallows then
    local ok, err = asyncio.pcall(run_block, node.block, ctx)
    if ok then return end
    if isinstance(err, CancelledError) then fault("asyncio.pcall caught a cancellation") end
    return note(rec, "caught %s", describe(err))
  end
  local ok, err = pcall(run_block, node.block, ctx)
  if ok then return end
  note(rec, "swallowed %s", describe(err))
  if not is_cancel(ok, err) then return end
  rec.swallowed = rec.swallowed + 1
  if node.uncancels and current_task():cancelling() > 0 then current_task():uncancel() end
end

function make.finally(depth, held)
  return {block = build_block(depth + 1, held), delay = delay(), fails = chance(10)}
end
function run.finally(node, ctx)
  local times = 0
  local ok, err = pcall(function()
    local _ <close> = setmetatable({}, {__close = function(_, err)
      times = times + 1
      await(sleep(node.delay))
      note(ctx.rec, "cleaned up")
      if node.fails then
        if isinstance(err, CancelledError) then ctx.rec.swallowed = ctx.rec.swallowed + 1 end
        run.fail(node, ctx)
      end
    end})
    run_block(node.block, ctx)
  end)
  if times ~= 1 then fault("T%d cleaned up %d times", ctx.rec.id, times) end
  rethrow(ok, err)
end

function make.call(depth, held) return {block = build_block(depth + 1, held)} end
function run.call(node, ctx)
  await(asyncio.async(run_block)(node.block, ctx))
end

-- Scopes -------------------------------------------------------------------

-- Runs body(scope) in a scope, in one of its two forms. Returns as pcall, and
-- as pcall of the body.
local function in_scope(form, new, body)
  local body_ok, body_err
  local function wrapped(scope)
    body_ok, body_err = pcall(body, scope)
    rethrow(body_ok, body_err)
    return "left", nil
  end
  local ok, err = pcall(function()
    if form == "with" then return asyncio.with(new(), wrapped) end
    local scope <close> = new()
    return wrapped(scope)
  end)
  if ok and err ~= "left" and body_ok then fault("the results of a scope are lost") end
  return ok, err, body_ok, body_err
end

local function form() return chance(50) and "with" or "close" end

function make.group(depth, held)
  return {form = form(), before = build_children(depth, held),
          block = build_block(depth + 1, held), after = build_children(depth + 1, held),
          probes = chance(50)}
end

-- The errors that the group has to raise, in order.
local function errors_of(group, body_ok, body_err)
  local failed, errors = {}, {}
  for _, rec in ipairs(group.recs) do
    if not rec.task:done() then fault("T%d outlives its group", rec.id) end
    if outcome_of(rec) == "error" then failed[#failed + 1] = rec end
  end
  table.sort(failed, function(a, b) return a.order < b.order end)
  for i, rec in ipairs(failed) do errors[i] = rec.err end
  if not body_ok and not is_cancel(body_ok, body_err) then
    errors[#errors + 1] = body_err
  end
  return errors
end

local function is_group_of(err, errors)
  if not isinstance(err, asyncio.ExceptionGroup) or #err.exceptions ~= #errors then
    return false
  end
  for i, inner in ipairs(errors) do
    if not rawequal(inner, err.exceptions[i]) then return false end
  end
  return true
end

-- May a group without failures have ended so?
local function is_quiet_end(group, ok, err, body_ok)
  if ok then return body_ok or group.is_cancelled end
  if isinstance(err, CancelledError) then
    return not body_ok or current_task():cancelling() > 0
  end
  return group.is_cancelled and group.form == "close" and not body_ok
    and tostring(err):find(SUPPRESSED)
end

local function start_in(group, child, ctx)
  local rec = start(child, ctx, function(...) return group.scope:create_task(...) end)
  group.recs[#group.recs + 1] = rec
end

function run.group(node, ctx)
  local rec, before = ctx.rec, requests(ctx.rec)
  local group = {rec = rec, form = node.form, recs = {}, is_open = true}
  local ended
  local ok, err, body_ok, body_err = in_scope(node.form, asyncio.TaskGroup, function(scope)
    group.scope = scope
    local _ <close> = setmetatable({}, {__close = function() ended = world.ended end})
    local inner = {rec = rec, group = group, timeout = ctx.timeout}
    for _, child in ipairs(node.before) do start_in(group, child, inner) end
    run_block(node.block, inner)
    for _, child in ipairs(node.after) do start_in(group, child, inner) end
  end)
  group.is_open = false
  local errors = errors_of(group, body_ok, body_err)
  for _, child in ipairs(not body_ok and group.recs or {}) do
    if child.outcome == "value" and child.swallowed == 0 and child.order > ended then
      fault("T%d: a group whose body failed has not cancelled T%d", rec.id, child.id)
    end
  end
  if #group.scope:tasks() > 0 then fault("T%d: a group has tasks at its end", rec.id) end
  note(rec, "leaves a group: %s", ok and "well" or describe(err))
  if #errors == 0 then
    if not is_quiet_end(group, ok, err, body_ok) then
      fault("T%d: a group without failures: %s", rec.id, describe(err))
    end
    check_balance(rec, before, ok, err, "a group")
  else
    if ok or not is_group_of(err, errors) then
      fault("T%d: a group raises %s, not its %d failures", rec.id, describe(err), #errors)
    end
    if current_task():cancelling() == before.count then
      check_balance(rec, before, ok, err, "a group")
    else -- the cancellation is due again
      rec.swallowed = rec.swallowed + 1
      if node.probes and not is_cancel(pcall(await, sleep(0))) then
        fault("T%d: a group has lost a cancellation", rec.id)
      end
    end
  end
  rethrow(ok, err)
end

-- In the group around, maybe of another task.
function make.spawn(depth, held) return {child = build_child(depth, held)} end
function run.spawn(node, ctx)
  local group = ctx.group
  if group and group.is_open then start_in(group, node.child, ctx) end
end

function make.group_cancel() return {} end
function run.group_cancel(_, ctx)
  local group = ctx.group
  if not group or not group.is_open then return end
  note(ctx.rec, "cancels the group of T%d", group.rec.id)
  group.is_cancelled = true
  by_task(group.scope.cancel, group.scope)
end

function make.timeout(depth, held)
  return {form = form(), delay = not chance(10) and delay() or nil, is_at = chance(30),
          block = build_block(depth + 1, held)}
end
function run.timeout(node, ctx)
  local rec, before = ctx.rec, requests(ctx.rec)
  local scope
  local ok, err, body_ok, body_err = in_scope(node.form, function()
    if not node.is_at then return asyncio.timeout(node.delay) end
    return asyncio.timeout_at(node.delay and world.loop:time() + node.delay)
  end, function(timeout)
    scope = timeout
    run_block(node.block, {rec = rec, group = ctx.group, timeout = scope})
  end)
  local is_own = not ok and isinstance(err, TimeoutError) and not rawequal(err, body_err)
  note(rec, "leaves a timeout: %s", ok and "well" or describe(err))
  if is_own then
    if not is_cancel(body_ok, body_err) then fault("T%d: TimeoutError of nothing", rec.id) end
    if not scope:expired() or world.loop:time() < scope:when() - EPSILON then
      fault("T%d: TimeoutError of a timeout that has not expired", rec.id)
    end
  elseif ok ~= body_ok or not ok and not rawequal(err, body_err) then
    fault("T%d: a timeout makes %s of %s", rec.id, describe(err), describe(body_err))
  end
  check_balance(rec, before, ok, err, "a timeout")
  rethrow(ok, err)
end

function make.reschedule() return {delay = delay()} end
function run.reschedule(node, ctx)
  local scope = ctx.timeout
  if not scope then return end
  local ok, err = pcall(scope.reschedule, scope, world.loop:time() + node.delay)
  note(ctx.rec, "reschedules: %s", ok)
  if not ok and not err:find("Cannot change state") then fault("reschedule: %s", err) end
end

function make.move_on(depth, held)
  return {delay = delay(), block = build_block(depth + 1, held)}
end
function run.move_on(node, ctx)
  local rec, before, begin = ctx.rec, requests(ctx.rec), now()
  local body_ok, body_err
  local ok, moved, value = pcall(asyncio.move_on_after, node.delay, function()
    body_ok, body_err = pcall(run_block, node.block, ctx)
    rethrow(body_ok, body_err)
    return "value"
  end)
  note(rec, "moves on: %s", ok and moved or describe(moved))
  if ok and moved and (not body_ok or value ~= "value") then
    fault("T%d: move_on_after has ended well", rec.id)
  elseif ok and not moved and (not is_cancel(body_ok, body_err)
      or now() < begin + node.delay - EPSILON) then
    fault("T%d: move_on_after has moved on", rec.id)
  elseif not ok and (body_ok or not rawequal(moved, body_err)) then
    fault("T%d: move_on_after raises %s", rec.id, describe(moved))
  end
  check_balance(rec, before, ok, moved, "move_on_after")
  rethrow(ok, moved)
end

-- Waiting for tasks --------------------------------------------------------

function make.await(depth, held) return {child = build_child(depth, held)} end
function run.await(node, ctx)
  local child = start(node.child, ctx)
  local ok, value = join(ctx.rec, child.task)
  if not is_cancel(ok, value) and not tells(child, ok, value) then
    fault("T%d: await T%d: %s", ctx.rec.id, child.id, describe(value))
  end
  rethrow(ok, value)
end

function make.background(depth, held)
  local child = build_child(depth, held)
  child.is_alone = true
  return {child = child}
end
function run.background(node, ctx) start(node.child, ctx) end

function make.shield(depth, held)
  return {child = build_child(depth, held), delay = chance(50) and delay() or nil}
end
function run.shield(node, ctx)
  local child, rec, before = start(node.child, ctx), ctx.rec, requests(ctx.rec)
  local outer = asyncio.shield(child.task)
  if node.delay then outer = asyncio.wait_for(outer, node.delay) end
  local ok, value = join(rec, outer)
  note(rec, "unshielded: %s", describe(value))
  if not is_cancel(ok, value) and not tells(child, ok, value)
      and not (node.delay and isinstance(value, TimeoutError)) then
    fault("T%d: shield(T%d): %s", rec.id, child.id, describe(value))
  end
  check_balance(rec, before, ok, value, "a shield")
  rethrow(ok, value)
end

function make.wait_for(depth, held)
  return {child = build_child(depth, held), delay = delay(), is_task = chance(60)}
end
function run.wait_for(node, ctx)
  local rec, before, begin = ctx.rec, requests(ctx.rec), now()
  if not node.is_task then
    local ok, err = join(rec, asyncio.wait_for(function()
      run_block(node.child.block, ctx)
    end, node.delay))
    note(rec, "waited: %s", describe(err))
    check_balance(rec, before, ok, err, "wait_for")
    return rethrow(ok, err)
  end
  local child = start(node.child, ctx)
  local ok, value = join(rec, asyncio.wait_for(child.task, node.delay))
  note(rec, "waited for T%d: %s", child.id, describe(value))
  if not is_cancel(ok, value) and not child.task:done() then
    fault("T%d: wait_for leaves T%d behind", rec.id, child.id)
  end
  if not is_cancel(ok, value) and not tells(child, ok, value)
      and not (isinstance(value, TimeoutError) and now() >= begin + node.delay - EPSILON) then
    fault("T%d: wait_for(T%d): %s", rec.id, child.id, describe(value))
  end
  check_balance(rec, before, ok, value, "wait_for")
  rethrow(ok, value)
end

function make.gather(depth, held)
  return {children = build_children(depth, held), keeps = chance(50), twice = chance(15),
          starts = chance(60)}
end

local function check_slot(rec, list, i, keeps)
  local err = keeps and list.exceptions[i] or nil
  if err ~= nil and not rawequal(err, list[i]) or not tells(rec, err == nil, list[i]) then
    fault("T%d: gather has %s of it", rec.id, describe(list[i]))
  end
end

function run.gather(node, ctx)
  local rec, recs, aws = ctx.rec, {}, {}
  if node.starts then
    recs, aws = start_all(node.children, ctx)
  else
    for i, child in ipairs(node.children) do
      recs[i] = new_record(child.block, ctx)
      aws[i] = recs[i].body
    end
  end
  if node.twice and node.starts and #aws > 0 then
    recs[#recs + 1], aws[#aws + 1] = recs[1], aws[1]
  end
  local before = requests(rec)
  local ok, list = join(rec, asyncio.gather(aws, {return_exceptions = node.keeps}))
  note(rec, "gathered: %s", ok and #recs or describe(list))
  if ok then
    if list.n ~= #recs then fault("gather of %d has %d slots", #recs, list.n) end
    for i, child in ipairs(recs) do check_slot(child, list, i, node.keeps) end
  elseif not is_cancel(ok, list) and not any_tells(recs, ok, list) then
    fault("T%d: gather raises %s", rec.id, describe(list))
  end
  check_balance(rec, before, ok, list, "gather")
  rethrow(ok, list)
end

local WHEN = {asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION, asyncio.ALL_COMPLETED}

function make.wait(depth, held)
  local children = build_children(depth, held)
  children[1] = children[1] or build_child(depth, held)
  return {children = children, delay = chance(50) and delay() or nil,
          return_when = random(3), cancels = chance(50)}
end

-- Is it right that wait returned?
local function may_return(node, tasks, done, begin)
  if node.delay and now() >= begin + node.delay - EPSILON then return true end
  if #done == #tasks then return true end
  if node.return_when == 1 then return #done > 0 end
  for _, task in ipairs(done) do
    if node.return_when == 2 and not task:cancelled() and task:exception() ~= nil then
      return true
    end
  end
  return false
end

function run.wait(node, ctx)
  local rec, begin = ctx.rec, now()
  local recs, tasks = start_all(node.children, ctx)
  local done, pending = await(asyncio.wait(tasks,
    {timeout = node.delay, return_when = WHEN[node.return_when]}))
  note(rec, "waited: %d done, %d pending", #done, #pending)
  if #done + #pending ~= #tasks or not may_return(node, tasks, done, begin) then
    fault("T%d: wait has %d done and %d pending of %d", rec.id, #done, #pending, #tasks)
  end
  for _, child in ipairs(recs) do
    local task = child.task
    if not done[task] == not pending[task] or done[task] and not task:done() then
      fault("T%d is done and pending", child.id)
    end
  end
  if not node.cancels then return end
  for _, task in ipairs(pending) do task:cancel() end
  if #pending > 0 then done, pending = await(asyncio.wait(pending)) end
  for _, child in ipairs(recs) do
    if not child.task:done() then fault("wait has left T%d", child.id) end
  end
  note(rec, "waited again: %d done, %d pending", #done, #pending)
end

function make.as_completed(depth, held)
  return {children = build_children(depth, held), delay = chance(30) and delay() or nil,
          futures = chance(40)}
end
function run.as_completed(node, ctx)
  local rec, begin = ctx.rec, now()
  local recs, tasks = start_all(node.children, ctx)
  local left, n = {table.unpack(recs)}, 0
  local function check(ok, value)
    n = n + 1
    if is_cancel(ok, value) and not any_tells(left, ok, value) then error(value, 0) end
    local i = any_tells(left, ok, value)
    note(rec, "next: %s", describe(value))
    if i then
      table.remove(left, i)
    elseif not (node.delay and isinstance(value, TimeoutError)
        and now() >= begin + node.delay - EPSILON) then
      fault("T%d: as_completed gives %s", rec.id, describe(value))
    end
  end
  local each = asyncio.as_completed(tasks, {timeout = node.delay})
  if not node.futures then
    for co in each do
      local count = current_task():cancelling()
      local ok, value = pcall(await, co)
      -- An interruption of this task is not a child's end.
      if is_cancel(ok, value) and current_task():cancelling() > count then
        error(value, 0)
      end
      check(ok, value)
    end
    if n ~= #tasks then fault("T%d: as_completed gives %d of %d", rec.id, n, #tasks) end
    return
  end
  local ok, err = pcall(function()
    for task in each:futures() do
      if not task:done() then fault("T%d: as_completed is early", rec.id) end
      check(pcall(task.result, task))
    end
  end)
  if ok and #left > 0 then fault("T%d: as_completed lacks %d", rec.id, #left) end
  rethrow(ok, err)
end

function make.generator(depth, held)
  return {n = random(4), delay = delay(), stop = random(5), cleanup = delay(),
          block = build_block(depth + 1, held)}
end

local count_up = asyncio.generator(function(yield, node, seen)
  seen.opened = seen.opened + 1
  local _ <close> = setmetatable({}, {__close = function()
    seen.closed = seen.closed + 1
    await(sleep(node.cleanup))
  end})
  for i = 1, node.n do
    await(sleep(node.delay))
    yield(i)
  end
end)

function run.generator(node, ctx)
  local seen, last = {opened = 0, closed = 0}, 0
  local ok, err = pcall(function()
    for i in count_up(node, seen) do
      if i ~= last + 1 then fault("a generator gives %d after %d", i, last) end
      last = i
      note(ctx.rec, "got %d of %d", i, node.n)
      if i == node.stop then break end
      run_block(node.block, ctx)
    end
  end)
  if seen.opened ~= 1 or seen.closed ~= 1 then
    fault("a generator was opened %d times, closed %d times", seen.opened, seen.closed)
  end
  if ok and last ~= math.min(node.n, node.stop) then fault("a generator ends early") end
  rethrow(ok, err)
end

-- Locks and queues ---------------------------------------------------------
-- What each is modelled by: `waiting`, how many tasks are in its acquire, wait,
-- ...; `inside`, how many hold it.

local LOCKS, QUEUES = 3, 3

-- Holds the thing while the block runs.
local function hold(node, ctx, thing, limit)
  local rec, is_inside = ctx.rec, false
  local function section()
    is_inside = true
    thing.waiting = thing.waiting - 1
    thing.inside = thing.inside + 1
    note(rec, "holds %s", thing.name)
    if thing.inside > limit then fault("%d tasks hold %s", thing.inside, thing.name) end
    local ok, err = pcall(run_block, node.block, ctx)
    if not thing.it:locked() and thing.inside == limit then
      fault("%s was released by another", thing.name)
    end
    thing.inside = thing.inside - 1
    note(rec, "releases %s", thing.name)
    rethrow(ok, err)
  end
  thing.waiting = thing.waiting + 1
  local ok, err = pcall(function()
    if node.form == "with" then return asyncio.with(thing.it, section) end
    local _ <close> = await(thing.it:acquire())
    section()
  end)
  if not is_inside then thing.waiting = thing.waiting - 1 end
  rethrow(ok, err)
end

function make.lock(depth, held)
  if held >= LOCKS then return nil end
  local index = held + random(LOCKS - held)
  return {index = index, form = form(), block = build_block(depth + 1, index)}
end
function run.lock(node, ctx) hold(node, ctx, world.locks[node.index], 1) end

function make.semaphore(depth, held)
  return {form = form(), block = build_block(depth + 1, held)}
end
function run.semaphore(node, ctx)
  hold(node, ctx, world.semaphore, world.semaphore.limit)
end

-- With the condition's lock held: fn(), with an eye on who else holds it.
local function in_condition(ctx, fn)
  local cond = world.condition
  local _ <close> = await(cond.it:acquire())
  cond.inside = cond.inside + 1
  if cond.inside ~= 1 then fault("T%d is not alone in the condition", ctx.rec.id) end
  local ok, err = pcall(fn, cond)
  cond.inside = cond.inside - 1
  rethrow(ok, err)
end

function make.take() return {} end
function run.take(_, ctx)
  in_condition(ctx, function(cond)
    cond.inside, cond.waiting = cond.inside - 1, cond.waiting + 1
    local ok, err = pcall(await, cond.it:wait_for(function() return cond.tokens > 0 end))
    cond.inside, cond.waiting = cond.inside + 1, cond.waiting - 1
    if not cond.it:locked() or cond.inside ~= 1 then
      fault("T%d waited without the lock in the end", ctx.rec.id)
    end
    rethrow(ok, err)
    if cond.tokens <= 0 then fault("T%d takes a token that is not there", ctx.rec.id) end
    cond.tokens = cond.tokens - 1
    note(ctx.rec, "takes a token")
  end)
end

function make.give() return {n = random(2), pause = chance(30) and delay() or nil} end
function run.give(node, ctx)
  in_condition(ctx, function(cond)
    cond.tokens = cond.tokens + node.n
    note(ctx.rec, "gives %d tokens", node.n)
    cond.it:notify(node.n)
    if node.pause then await(sleep(node.pause)) end
  end)
end

function make.event_wait() return {} end
function run.event_wait(_, ctx)
  local event = world.event
  event.waiting = event.waiting + 1
  local ok, err = pcall(await, event.it:wait())
  event.waiting = event.waiting - 1
  rethrow(ok, err)
  if err ~= true then fault("Event:wait gives %s", describe(err)) end
  note(ctx.rec, "has the event")
end

function make.event_set() return {clears = chance(60)} end
function run.event_set(node, ctx)
  note(ctx.rec, "sets the event")
  world.event.it:set()
  if node.clears then world.event.it:clear() end
end

local EXPECTED = {
  Queue = function(items) return 1, items[1] end,
  LifoQueue = function(items) return #items, items[#items] end,
  PriorityQueue = function(items)
    local least = 1
    for i, item in ipairs(items) do
      if item < items[least] then least = i end
    end
    return least, items[least]
  end,
}

local function has_put(rec, queue, item)
  local items = queue.items
  items[#items + 1] = item
  queue.unfinished = queue.unfinished + 1
  note(rec, "puts %d", item)
  if queue.limit > 0 and #items > queue.limit then fault("%s is too long", queue.name) end
  if queue.it:qsize() ~= #items then fault("%s:qsize() is wrong", queue.name) end
end

local function has_got(rec, queue, item)
  if #queue.items == 0 then return fault("%s gives what it has not", queue.name) end
  local place, expected = EXPECTED[queue.name](queue.items)
  table.remove(queue.items, place)
  note(rec, "gets %s", item)
  if item ~= expected then
    fault("%s gives %s, not %s", queue.name, tostring(item), tostring(expected))
  end
end

local function has_finished(queue)
  queue.unfinished = queue.unfinished - 1
  queue.it:task_done()
end

-- What an operation of the queue raises must be true.
local function check_queue_error(queue, err)
  local n = #queue.items
  if isinstance(err, asyncio.QueueShutDown) and not queue.is_shutdown
      or isinstance(err, asyncio.QueueEmpty) and n > 0
      or isinstance(err, asyncio.QueueFull) and (queue.limit == 0 or n < queue.limit) then
    fault("%s of %d items: %s", queue.name, n, describe(err))
  end
end

function make.put() return {index = random(QUEUES), item = random(9), waits = chance(80)} end
function run.put(node, ctx)
  local queue = world.queues[node.index]
  world.items = world.items + 1
  local item = 1000 * node.item + world.items
  queue.putting = queue.putting + 1
  local ok, err
  if node.waits then
    ok, err = pcall(await, queue.it:put(item))
  else
    ok, err = pcall(queue.it.put_nowait, queue.it, item)
  end
  queue.putting = queue.putting - 1
  if ok then return has_put(ctx.rec, queue, item) end
  check_queue_error(queue, err)
  if node.waits then error(err, 0) end
end

function make.get()
  return {index = random(QUEUES), waits = chance(80), delay = chance(50) and delay() or nil}
end
function run.get(node, ctx)
  local queue = world.queues[node.index]
  queue.getting = queue.getting + 1
  local ok, item
  if node.waits then
    ok, item = pcall(await, queue.it:get())
  else
    ok, item = pcall(queue.it.get_nowait, queue.it)
  end
  queue.getting = queue.getting - 1
  if ok then
    has_got(ctx.rec, queue, item)
    if node.delay then await(sleep(node.delay)) end
    return has_finished(queue)
  end
  check_queue_error(queue, item)
  if isinstance(item, asyncio.QueueShutDown) and #queue.items > 0 then
    fault("%s is shut down before it is empty", queue.name)
  end
  if node.waits then error(item, 0) end
end

function make.iterate() return {index = random(QUEUES), n = random(4)} end
function run.iterate(node, ctx)
  local queue, n = world.queues[node.index], 0
  queue.getting = queue.getting + 1
  local ok, err = pcall(function()
    for item in queue.it:iter() do
      n = n + 1
      has_got(ctx.rec, queue, item)
      has_finished(queue)
      if n == node.n then break end
    end
  end)
  queue.getting = queue.getting - 1
  if ok and n < node.n and not (queue.is_shutdown and #queue.items == 0) then
    fault("%s:iter ends early", queue.name)
  end
  rethrow(ok, err)
end

function make.join() return {index = random(QUEUES)} end
function run.join(node, ctx)
  local queue = world.queues[node.index]
  queue.joining = queue.joining + 1
  local ok, err = pcall(await, queue.it:join())
  queue.joining = queue.joining - 1
  rethrow(ok, err)
  note(ctx.rec, "has joined %s", queue.name)
end

function make.shutdown() return {index = random(QUEUES), immediate = chance(50)} end
function run.shutdown(node, ctx)
  local queue = world.queues[node.index]
  note(ctx.rec, "shuts %s down", queue.name)
  queue.is_shutdown = true
  if node.immediate then
    queue.unfinished = queue.unfinished - #queue.items
    queue.items = {}
  end
  queue.it:shutdown(node.immediate)
end

-- Several tasks that want the same, some of them for a short time only, and one
-- that has it: often just when another stops waiting.
local WANTED = {"take", "get", "put", "event_wait", "lock", "semaphore"}
local GIVER = {take = "give", get = "put", put = "get", event_wait = "event_set"}

local function build_wish(name, depth, held, index)
  local node = make[name](depth, held)
  if not node then name, node = "take", make.take() end
  node.name, node.index, node.waits = name, node.index and index, true
  if chance(40) then return node end
  return {name = "move_on", delay = random(2) / 2, block = {node}}
end

function make.crowd(depth, held)
  local children, name = {}, WANTED[random(#WANTED)]
  local index = (name == "lock" and held or 0) + 1
  if name ~= "lock" then index = random(QUEUES) end
  local place = random(4)
  for i = 1, 2 + random(3) do
    local block = {build_wish(name, depth, held, index)}
    if i == place and GIVER[name] then
      block = {{name = "sleep", delay = random(2) / 2},
        build_wish(GIVER[name], depth, held, index)}
    end
    children[i] = {block = block, is_alone = true}
  end
  return {children = children}
end
function run.crowd(node, ctx) start_all(node.children, ctx) end

-- Building -----------------------------------------------------------------

local function choices(weights)
  local list = {}
  for _, pair in ipairs(weights) do
    for _ = 1, pair[2] do list[#list + 1] = pair[1] end
  end
  return list
end

local LEAVES = {
  {"sleep", 12}, {"pass", 2}, {"fail", 3}, {"cancel", 2}, {"group_cancel", 1},
  {"reschedule", 1}, {"take", 3}, {"give", 6}, {"event_wait", 2}, {"event_set", 2},
  {"put", 6}, {"get", 5}, {"iterate", 1}, {"join", 1},
}
local LEAF = choices(LEAVES)
local ANY = choices {
  {"sleep", 5}, {"fail", 2}, {"cancel", 2}, {"group_cancel", 2}, {"reschedule", 2},
  {"take", 1}, {"give", 2}, {"event_wait", 1}, {"event_set", 1}, {"put", 3}, {"get", 2},
  {"iterate", 1}, {"join", 1}, {"shutdown", 1},
  {"catch", 6}, {"finally", 4}, {"call", 2}, {"group", 10}, {"spawn", 4}, {"timeout", 8},
  {"move_on", 4}, {"await", 4}, {"background", 3}, {"shield", 4}, {"wait_for", 5},
  {"gather", 5}, {"wait", 4}, {"as_completed", 4}, {"generator", 3}, {"lock", 6},
  {"semaphore", 4}, {"crowd", 6},
}

local function build_statement(depth, held)
  world.statements = world.statements + 1
  local is_leaf = depth >= DEPTH or world.statements > STATEMENTS
  local list = is_leaf and LEAF or ANY
  local name = list[random(#list)]
  local node = make[name](depth, held)
  if not node then name, node = "sleep", make.sleep() end
  node.name = name
  return node
end

function build_block(depth, held)
  local block = {}
  local n = depth == 1 and 4 or random(3) - (chance(10) and 1 or 0)
  if world.statements > STATEMENTS then n = math.min(n, 1) end
  for i = 1, n do block[i] = build_statement(depth, held) end
  return block
end

local function build_world(seed)
  world = {random = new_random(seed), log = {}, faults = {}, records = {}, ended = 0,
           creators = {}, failures = 0, items = 0, statements = 0, begin = 0, locks = {},
           queues = {}}
  for i = 1, LOCKS do
    world.locks[i] = {name = "lock " .. i, it = asyncio.Lock(), waiting = 0, inside = 0}
  end
  local n = random(3)
  world.semaphore = {name = "semaphore", waiting = 0, inside = 0, limit = n,
    it = chance(50) and asyncio.Semaphore(n) or asyncio.BoundedSemaphore(n)}
  world.condition = {it = asyncio.Condition(), waiting = 0, inside = 0, tokens = 0}
  world.event = {it = asyncio.Event(), waiting = 0}
  for i, name in ipairs {"Queue", "LifoQueue", "PriorityQueue"} do
    local limit = random(4) - 1
    world.queues[i] = {name = name, it = asyncio[name](limit), limit = limit, items = {},
      unfinished = 0, getting = 0, putting = 0, joining = 0}
  end
end

-- Running ------------------------------------------------------------------

-- When nothing happens any more, nobody may wait for what is there.
local function check_waits()
  for _, lock in ipairs(world.locks) do
    if lock.waiting > 0 and not lock.it:locked() then
      fault("%d tasks wait for %s, which is free", lock.waiting, lock.name)
    end
  end
  local semaphore, cond, event = world.semaphore, world.condition, world.event
  if semaphore.waiting > 0 and semaphore.inside < semaphore.limit then
    fault("%d tasks wait for a semaphore that is free", semaphore.waiting)
  end
  if cond.waiting > 0 and cond.tokens > 0 and not cond.it:locked() then
    fault("%d tasks wait for %d tokens", cond.waiting, cond.tokens)
  end
  if event.waiting > 0 and event.it:is_set() then
    fault("%d tasks wait for an event that is set", event.waiting)
  end
  for _, queue in ipairs(world.queues) do
    local n, is_shutdown = #queue.items, queue.is_shutdown
    if queue.getting > 0 and (n > 0 or is_shutdown)
        or queue.putting > 0 and (queue.limit == 0 or n < queue.limit or is_shutdown)
        or queue.joining > 0 and queue.unfinished == 0 then
      fault("%s of %d items: %d get, %d put, %d join", queue.name, n, queue.getting,
        queue.putting, queue.joining)
    end
  end
end

local function check_free(thing, name)
  if thing.waiting ~= 0 or thing.inside ~= 0 or thing.it:locked() then
    fault("%s is left held", name)
  end
  if tostring(thing.it):find("waiters") then fault("%s has waiters", name) end
end

local function check_queue(queue)
  local it = queue.it
  if it:qsize() ~= #queue.items then fault("%s:qsize() is wrong", queue.name) end
  while not it:empty() do has_got(nil, queue, it:get_nowait()) end
  if #queue.items > 0 then fault("%s has lost %d items", queue.name, #queue.items) end
  for _ = 1, queue.unfinished do it:task_done() end
  if pcall(it.task_done, it) then fault("%s has unfinished items left", queue.name) end
  await(it:join())
  if tostring(it):find("etters") then fault("%s has waiters: %s", queue.name, it) end
end

-- After the last task: what is left of locks and queues.
local function check_things()
  for _, lock in ipairs(world.locks) do check_free(lock, lock.name) end
  check_free(world.condition, "the condition")
  local semaphore = world.semaphore
  check_free(semaphore, "the semaphore")
  for _ = 1, semaphore.limit do
    if semaphore.it:locked() then return fault("the semaphore has lost a share") end
    await(semaphore.it:acquire())
  end
  if not semaphore.it:locked() then fault("the semaphore has a share too many") end
  for _, queue in ipairs(world.queues) do check_queue(queue) end
end

local function check_record(rec)
  if rec.is_refused then
    if rec.starts > 0 then fault("T%d was refused and has begun", rec.id) end
    return
  end
  if rec.starts > 1 then fault("T%d has begun %d times", rec.id, rec.starts) end
  if not rec.task then return end
  local outcome = outcome_of(rec)
  if outcome == rec.outcome then
    if outcome == "value" and rec.task:result() ~= rec.id
        or outcome == "error" and not rawequal(rec.task:exception(), rec.err) then
      fault("T%d has another's outcome", rec.id)
    end
  elseif outcome ~= "cancelled" or rec.outcome == "error"
      or rec.outcome == "value" and rec.swallowed == 0 then
    fault("T%d has ended with %s, its task with %s", rec.id, tostring(rec.outcome), outcome)
  end
end

local function others()
  local list = {}
  for _, task in ipairs(asyncio.all_tasks()) do
    if task ~= current_task() then list[#list + 1] = task end
  end
  return list
end

local ROOTS, ROUNDS = 4, 100

local function main(roots)
  world.begin = world.loop:time()
  local nobody = {id = 0, swallowed = 0}
  for _, root in ipairs(roots) do start(root, {rec = nobody}) end
  local killers = {}
  for i = 1, random(4) - 1 do
    killers[i] = world.loop:call_later(delay() + delay(), cancel_some, nil, random(1000))
  end
  local rounds, left = 0, others()
  while #left > 0 and rounds < ROUNDS do
    local n = #world.log
    await(asyncio.wait(left, {timeout = 100}))
    left = others()
    if #left > 0 and n == #world.log then
      check_waits()
      rounds = rounds + 1
      note(nil, "cancels all")
      for _, rec in ipairs(world.records) do rec.cancels = rec.cancels + 1 end
      for _, task in ipairs(left) do task:cancel() end
    end
  end
  for _, task in ipairs(left) do fault("%s does not end", task:get_name()) end
  for _, killer in ipairs(killers) do killer:cancel() end
  await(sleep(0))
  await(sleep(0))
  for _, rec in ipairs(world.records) do check_record(rec) end
  check_things()
  local left_over = testing.counters()
  if left_over.tasks ~= 1 or left_over.timers ~= 0 or left_over.ready ~= 0 then
    fault("%d tasks, %d timers and %d callbacks are left", left_over.tasks,
      left_over.timers, left_over.ready)
  end
end

local programs = {}

--- Runs one program. Returns its log, and what was wrong, two lists of lines.
function programs.run(seed)
  build_world(seed)
  local roots = {}
  for i = 1, ROOTS do roots[i] = make.background(0, 0).child end
  local loop = asyncio.new_event_loop({clock = "virtual"})
  world.loop = loop
  loop:set_exception_handler(function(_, context)
    fault("report: %s: %s", context.message, describe(context.exception))
  end)
  local ok, err = xpcall(loop.run_until_complete, debug.traceback, loop,
    function() main(roots) end)
  if not ok then fault("the program itself: %s", describe(err)) end
  loop:close()
  return world.log, world.faults
end

--- Runs a program twice. Returns what was wrong, or nil.
function programs.check(seed)
  local log, faults = programs.run(seed)
  if #faults > 0 then return faults[1] end
  local again = programs.run(seed)
  for i = 1, math.max(#log, #again) do
    if log[i] ~= again[i] then
      return ("line %d of the log is %s, then %s"):format(i, log[i], again[i])
    end
  end
end

if ... == "spec.stress.programs" then return programs end

local function replay(seed)
  local log, faults = programs.run(seed)
  for _, line in ipairs(log) do print(line) end
  print(("seed %d: %s"):format(seed, #faults == 0 and "right" or #faults .. " faults"))
  return #faults == 0
end

local function main_program(seed)
  if seed then return replay(tonumber(seed)) end
  local n = tonumber(os.getenv "PROGRAMS" or 10000)
  local first = tonumber(os.getenv "PROGRAMS_SEED" or 1)
  local failed = 0
  for i = first, first + n - 1 do
    local err = programs.check(i)
    if err then
      failed = failed + 1
      io.stderr:write(("programs: seed %d: %s\n"):format(i, err))
      if failed == 20 then break end
    end
  end
  print(("programs: %d from seed %d, %d failed, in %.1f s of CPU time"):format(n, first,
    failed, os.clock()))
  return failed == 0
end

os.exit(main_program(...), true)
