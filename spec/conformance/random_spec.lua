-- Random programs, each of which must log here what it logs in CPython 3.13.
-- random_programs.lua holds them with those logs. They were recorded on a virtual
-- clock, with timers of equal deadlines in first-in-first-out order, and with the
-- sets inside of asyncio in order of insertion: CPython leaves both orders open.
--
-- A program is a list of statements, a statement a list of its name and operands:
--   {"log", text}                  writes text
--   {"await", e}                   awaits e, logs the result
--   {"try", e}                     the same, and catches and logs any error
--   {"try_cancellable", e}         the same, but lets a cancellation pass
--   {"spawn", name, body, eager}   a task that runs body
--   {"fut", name}                  a future
--   {"let", name, e}               keeps e, a gather or shield, unawaited
--   {"finally", body, body}        the second runs whatever the first does
--   {"as_completed", es, timeout, futures}   logs each as it completes
--   {"later", delay, actions}, {"soon", actions}   call_later, call_soon
--   {"ticker", n, name}            a callback that schedules itself n times
--   {"cancel", name}, {"set", name, text}, {"fail", name, text},
--   {"callback", name, text}       acts on a future or task
--   {"state", name}                logs the state of one
--   {"cancel_self"}, {"uncancel"}  acts on the current task
--   {"return", text}, {"raise", text}
-- An expression is {"var", name}, {"sleep", delay, text}, {"coro", name, body},
-- {"gather", es, return_exceptions}, {"shield", e}, {"wait_for", e, timeout} or
-- {"wait", names, timeout, return_when}. A timeout of false is none. The log of
-- a body begins with the name of its task or coroutine. A name may have no value
-- yet: an expression of it is left out, or logged as missing.
local asyncio = require "asyncio"
local support = require "spec.support"
local programs = require "spec.conformance.random_programs"

local await, sleep, create_task = asyncio.await, asyncio.sleep, asyncio.create_task

local PER_TEST = 25
local LOG_LIMIT = 1000

local Failure = asyncio.Exception:subclass("Failure")

--- What becomes of the futures that nothing has set: at 50 s, and at the end.
local SETTLE_AT, SETTLED = 50, "settled"

-- The state of the program that runs.
local loop, origin, log, vars, tasks

local function say(...)
  assert(#log < LOG_LIMIT, "the program does not end")
  log[#log + 1] = table.concat({...}, " ")
end

local function now()
  return ("%g"):format(loop:time() - origin)
end

local function is_cancelled(err)
  return asyncio.isinstance(err, asyncio.CancelledError)
end

--- An error as the logs name it.
local function kind(err)
  if is_cancelled(err) then return "Cancelled" end
  if asyncio.isinstance(err, asyncio.TimeoutError) then return "Timeout" end
  if asyncio.isinstance(err, Failure) then return err.message end
  return "unexpected error: " .. tostring(err)
end

--- A result as the logs show it: gather's lists between brackets.
local function show(value)
  if asyncio.isinstance(value, asyncio.Exception) then return kind(value) end
  if type(value) ~= "table" or not value.n then return tostring(value) end
  local parts = {}
  for i = 1, value.n do parts[i] = show(value[i]) end
  return "[" .. table.concat(parts, " ") .. "]"
end

--- How a future or task ended: "Cancelled", its error, or its result.
local function outcome(future)
  if future:cancelled() then return "Cancelled" end
  local err = future:exception()
  if err ~= nil then return kind(err) end
  return show((future:result()))
end

local function is_task(name)
  return name:sub(1, 1) == "t"
end

--- One of the three ways to hand over a coroutine, by the number in its name.
local function awaitable(name, fn)
  local way = tonumber(name:match("%d+")) % 3
  if way == 0 then return fn end
  if way == 1 then return coroutine.create(fn) end
  return asyncio.async(fn)()
end

-- ---- expressions ----------------------------------------------------------

local run_body

--- By name: functions that give an awaitable, or nil where a name has no value.
local expressions = {}

local function eval(e)
  return expressions[e[1]](table.unpack(e, 2))
end

local function eval_all(es)
  local values = {}
  for _, e in ipairs(es) do values[#values + 1] = eval(e) end
  return values
end

function expressions.var(name)
  return vars[name]
end

expressions.sleep = sleep

function expressions.coro(name, body)
  return awaitable(name, function() return run_body(name, body) end)
end

function expressions.gather(es, return_exceptions)
  return asyncio.gather(eval_all(es), {return_exceptions = return_exceptions})
end

function expressions.shield(e)
  local value = eval(e)
  return value and asyncio.shield(value)
end

function expressions.wait_for(e, timeout)
  local value = eval(e)
  return value and asyncio.wait_for(value, timeout or nil)
end

--- Those of the names that have a value, each once, and the values.
local function known(names)
  local list, values, seen = {}, {}, {}
  for _, name in ipairs(names) do
    if vars[name] and not seen[name] then
      seen[name] = true
      list[#list + 1], values[#values + 1] = name, vars[name]
    end
  end
  return list, values
end

function expressions.wait(all, timeout, return_when)
  return function()
    local names, futures = known(all)
    if #names == 0 then return "empty" end
    local opts = {timeout = timeout or nil, return_when = asyncio[return_when]}
    local done, pending = await(asyncio.wait(futures, opts))
    local function those_in(set)
      local out = {}
      for i, name in ipairs(names) do
        if set[futures[i]] then out[#out + 1] = name end
      end
      return table.concat(out, ",")
    end
    return "d:" .. those_in(done) .. " p:" .. those_in(pending)
  end
end

-- ---- actions: what callbacks do too ---------------------------------------

local actions = {}

local function act(me, statement)
  local name, operand, text = table.unpack(statement)
  if name == "log" then return say(me, operand) end
  local future = vars[operand]
  if not future then return say(me, "missing") end
  actions[name](me, future, operand, text)
end

local function callback(me, list)
  return function()
    for _, statement in ipairs(list) do act(me, statement) end
  end
end

function actions.cancel(me, future, name)
  say(me, "cancel", name, tostring(future:cancel()))
end

function actions.set(_, future, _, text)
  if not future:done() then future:set_result(text) end
end

function actions.fail(_, future, _, text)
  if not future:done() then future:set_exception(Failure(text)) end
end

function actions.callback(_, future, _, text)
  future:add_done_callback(function() say("callback", text) end)
end

-- ---- statements -----------------------------------------------------------

--- By name: functions of the name of who runs it, and the operands. A true result
--- ends the body; the one behind it is what the body returns.
local statements = {}

local function run_block(me, body)
  for _, statement in ipairs(body) do
    local fn = statements[statement[1]]
    if not fn then
      act(me, statement)
    else
      local returns, value = fn(me, table.unpack(statement, 2))
      if returns then return value end
    end
  end
end

function run_body(me, body)
  say(me, "starts")
  local ok, res = pcall(run_block, me, body)
  if not ok then
    say(me, "raises", kind(res))
    error(res, 0)
  end
  say(me, "ends")
  return res
end

statements["return"] = function(_, text)
  return true, text
end

function statements.raise(_, text)
  error(Failure(text))
end

function statements.spawn(_, name, body, eager)
  local body_of_task = awaitable(name, function() return run_body(name, body) end)
  local task = create_task(body_of_task, eager and {eager_start = true} or nil)
  vars[name] = task
  tasks[#tasks + 1] = task
end

function statements.fut(_, name)
  vars[name] = loop:create_future()
end

function statements.let(_, name, e)
  vars[name] = eval(e) or vars[name]
end

function statements.await(me, e)
  local value = eval(e)
  if not value then return say(me, "missing") end
  say(me, "got", show((await(value))))
end

local function try(me, e, catches)
  local value = eval(e)
  if not value then return say(me, "missing") end
  local ok, res = pcall(await, value)
  if ok then
    say(me, "got", show(res))
  elseif catches(res) then
    say(me, "caught", kind(res), now())
  else
    error(res, 0)
  end
end

statements["try"] = function(me, e)
  return try(me, e, function() return true end)
end

function statements.try_cancellable(me, e)
  return try(me, e, function(err) return not is_cancelled(err) end)
end

statements["finally"] = function(me, body, cleanup)
  local ok, err = pcall(run_block, me, body)
  say(me, "finally")
  run_block(me, cleanup)
  if not ok then error(err, 0) end
end

--- as_completed as an iterator of the futures themselves.
local function log_futures(me, iterator)
  local ok, err = asyncio.pcall(function()
    for future in iterator:futures() do say(me, "item", outcome(future)) end
  end)
  if ok then return end
  if not asyncio.isinstance(err, asyncio.TimeoutError) then error(err, 0) end
  say(me, "items Timeout")
end

--- as_completed as an iterator of coroutines.
local function log_items(me, iterator)
  for coro in iterator do
    local ok, res = asyncio.pcall(await, coro)
    if ok then say(me, "item", show(res)) else say(me, "item raised", kind(res)) end
  end
end

function statements.as_completed(me, es, timeout, futures)
  local iterator = asyncio.as_completed(eval_all(es), {timeout = timeout or nil})
  if futures then log_futures(me, iterator) else log_items(me, iterator) end
end

function statements.later(_, delay, list)
  loop:call_later(delay, callback("timer", list))
end

function statements.soon(_, list)
  loop:call_soon(callback("soon", list))
end

function statements.ticker(_, n, name)
  local function tick(i)
    say(name, "tick", tostring(i))
    if i < n then loop:call_soon(tick, i + 1) end
  end
  loop:call_soon(tick, 1)
end

function statements.uncancel(me)
  say(me, "uncancel", tostring(asyncio.current_task():uncancel()))
end

function statements.cancel_self(me)
  say(me, "self cancel", tostring(asyncio.current_task():cancel()))
end

local function state(name)
  local future = vars[name]
  if not future then return "missing" end
  local text
  if not future:done() then text = "pending"
  elseif future:cancelled() then text = "cancelled"
  elseif future:exception() ~= nil then text = "failed " .. outcome(future)
  else text = "result " .. outcome(future) end
  return is_task(name) and text .. " " .. future:cancelling() or text
end

function statements.state(me, name)
  say(me, name, state(name))
end

-- ---- a program from its start to its end ----------------------------------

local function sorted_names()
  local names = {}
  for name in pairs(vars) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- Sets the futures that are pending, in the order of the numbers in their names.
local function settle()
  local names = {}
  for name in pairs(vars) do
    if name:sub(1, 1) == "f" then names[#names + 1] = name end
  end
  table.sort(names, function(a, b) return tonumber(a:sub(2)) < tonumber(b:sub(2)) end)
  for _, name in ipairs(names) do
    if not vars[name]:done() then vars[name]:set_result(SETTLED) end
  end
end

--- Waits until the spawned tasks have ended, with those that they spawn.
local function wait_for_tasks()
  for _ = 1, 20 do
    local left = {}
    for _, task in ipairs(tasks) do
      if not task:done() then left[#left + 1] = task end
    end
    if #left == 0 then break end
    await(asyncio.wait(left))
    settle()
  end
end

--- Lets what is left end: sleeps behind a shield, tasks that waited for futures.
local function drain()
  for _ = 1, 20 do
    if #asyncio.all_tasks() == 1 then break end
    settle()
    await(sleep(SETTLE_AT))
  end
end

local function main(program)
  local root = create_task(function() return run_body("root", program) end)
  await(asyncio.wait {root})
  settle()
  wait_for_tasks()
  settle()
  for _, name in ipairs(sorted_names()) do say(name, state(name)) end
  say("root", outcome(root), now())
end

--- How many tasks have not ended: of those that were spawned, or all that the loop
--- knows of.
local function unended()
  local count = 0
  for _, task in ipairs(tasks) do
    if not task:done() then count = count + 1 end
  end
  return math.max(count, #asyncio.all_tasks(loop))
end

--- Runs a program; returns its log, and how many of its tasks did not end.
local function execute(program)
  loop = support.new_loop()
  loop:set_exception_handler(function() end)
  origin, log, vars, tasks = loop:time(), {}, {}, {}
  loop:call_later(SETTLE_AT, settle)
  loop:run_until_complete(function() main(program) end)
  local lines = table.move(log, 1, #log, 1, {})
  loop:run_until_complete(drain)
  return lines, unended()
end

--- The lines of a recorded log.
local function lines_of(text)
  local lines = {}
  for line in text:gmatch("[^;\n]+") do lines[#lines + 1] = line:match("^ ?(.*)$") end
  return lines
end

--- Where two logs differ first, or nil.
local function difference(want, got)
  for i = 1, math.max(#want, #got) do
    if want[i] ~= got[i] then
      return ("line %d: expected %q, got %q"):format(i, want[i] or "the end", got[i] or "the end")
    end
  end
end

--- What is wrong with a program, or nil.
local function complaint(number)
  local ok, log_or_error, left = pcall(execute, programs[number].program)
  support.close_loops()
  if not ok then
    return ("program %d: %s"):format(number, tostring(log_or_error))
  end
  local where = difference(lines_of(programs[number].log), log_or_error)
  if where then return ("program %d, %s"):format(number, where) end
  if left > 0 then return ("program %d: %d tasks did not end"):format(number, left) end
end

describe("random programs", function()
  after_each(support.close_loops)

  for first = 1, #programs, PER_TEST do
    local last = math.min(first + PER_TEST - 1, #programs)

    it(("%d to %d log what CPython's do, and leave no task"):format(first, last), function()
      local complaints = {}
      for number = first, last do
        complaints[#complaints + 1] = complaint(number)
      end
      assert.equal("", table.concat(complaints, "\n"))
    end)
  end
end)
