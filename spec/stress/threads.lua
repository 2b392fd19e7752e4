-- Many jobs between eight threads and loops that close meanwhile, some of them
-- cancelled at random: none may be lost, none done twice, and all has to end.
-- Run it from the project's root.
--   STRESS_JOBS=100000   about how many
--   STRESS_SEED=...      the seed of a run before: the same choices again
-- luacheck: globals ran last noted limit
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path

local asyncio = require "asyncio"

local await = asyncio.await

local THREADS, PATIENCE = 8, 60
local CLOSED = "Event loop is closed"

local jobs = tonumber(os.getenv "STRESS_JOBS" or 100000)
local seed = tonumber(os.getenv "STRESS_SEED" or os.time())
math.randomseed(seed)
print(("stress: %d jobs, STRESS_SEED=%d"):format(jobs, seed))

local function check(condition, ...)
  if not condition then error(string.format(...), 2) end
end

local function chance(p) return math.random() < p end

-- What is done where -------------------------------------------------------

-- Globals, so that a function that comes from a thread finds them in this one:
ran = {}   -- id -> how often it was done
last = {}  -- thread -> the id of the callback that it had called last
noted = 0  -- how many jobs were done, ...
limit = -1 -- and when the loop stops

local function note(id)
  ran[id] = (ran[id] or 0) + 1
  noted = noted + 1
  if noted == limit then asyncio.get_running_loop():stop() end
end

local function note_in_order(id, thread)
  if id <= (last[thread] or 0) then error("callbacks out of order") end
  last[thread] = id
  note(id)
end

-- As a task of the loop that is called from a thread.
local function perform(id, how)
  note(id)
  if how == "waits" then await(asyncio.sleep(0.001 * math.random())) end
  if how == "hangs" then await(asyncio.get_running_loop():create_future()) end
  return 2 * id
end

local last_id = 0

-- Reserves n ids; returns the first.
local function new_ids(n)
  last_id = last_id + n
  return last_id - n + 1
end

-- Threads post into a loop -------------------------------------------------

-- In a thread: posts the jobs first, first + 1, ..., and waits for those that
-- have an end. Returns a letter for each: Called, Refused since the loop is
-- closed, Done, Cancelled, Failed since the loop was closed.
local function post(loop, thread, first, n, thread_seed)
  math.randomseed(thread_seed)
  local letters, calls = {}, {}
  local function start(i)
    local id, how = first + i - 1, math.random(6)
    if how <= 3 then
      local ok, err = pcall(loop.call_soon_threadsafe, loop, note_in_order, id, thread)
      if not ok and err ~= CLOSED then error(err) end
      letters[i] = ok and "C" or "R"
      return
    end
    how = how == 4 and "hangs" or how == 5 and "waits" or nil
    local ok, cf = pcall(asyncio.run_coroutine_threadsafe, perform, loop, id, how)
    if not ok and cf ~= CLOSED then error(cf) end
    letters[i] = not ok and "R" or nil
    calls[i] = ok and {cf = cf, cancel = how == "hangs" or chance(0.2)} or nil
  end
  local function finish(i, call)
    if call.cancel then call.cf:cancel() end
    local ok, value = pcall(call.cf.result, call.cf, PATIENCE)
    if ok then
      if value ~= 2 * (first + i - 1) then error("the result of another job") end
      letters[i] = "D"
    elseif asyncio.isinstance(value, asyncio.CancelledError) then
      if not call.cancel then error("cancelled by nobody") end
      letters[i] = "K"
    elseif value == CLOSED then
      letters[i] = "F"
    else
      error(value, 0)
    end
  end
  for i = 1, n do
    start(i)
    -- Some are cancelled before they can begin, some after.
    if calls[i] and chance(0.1) then
      finish(i, calls[i])
      calls[i] = nil
    end
  end
  for i = 1, n do
    if calls[i] then finish(i, calls[i]) end
  end
  return table.concat(letters)
end

-- May a job with this letter have been done so often, in a loop that was (not)
-- closed meanwhile?
local function is_right(letter, times, closes)
  if letter == "C" then return times == 1 or closes and times == 0 end
  if letter == "D" then return times == 1 end
  if letter == "K" then return times <= 1 end
  if letter == "F" then return closes and times <= 1 end
  return closes and times == 0 -- R
end

-- What came of a thread's jobs. Those that a closing loop drops are the last.
local function check_letters(letters, first, n, closes)
  check(#letters == n, "%d letters of %d jobs", #letters, n)
  local dropped, refused = false, false
  for i = 1, n do
    local letter, times = letters:sub(i, i), ran[first + i - 1] or 0
    check(is_right(letter, times, closes), "job %d, %s, was done %d times", first + i - 1,
      letter, times)
    check(not refused or letter == "R", "a closed loop has taken job %d", first + i - 1)
    refused = letter == "R"
    if letter == "C" then
      check(not dropped or times == 0, "a job before %d was lost", first + i - 1)
      dropped = times == 0
    end
  end
end

-- A loop's reports: of the tasks that its closing leaves, and no other.
local function check_report(_, context)
  if context.message ~= "Task was destroyed but it is pending!" then
    print(context.message, context.exception)
    os.exit(1, false)
  end
end

-- Eight threads post n jobs each into one loop, which is closed when so many
-- of them are done, or after all.
local function post_round(executor, n, closes)
  local loop = asyncio.new_event_loop()
  loop:set_exception_handler(check_report)
  noted, limit = 0, closes and math.random(0, THREADS * n) or -1
  local first, calls, ends = new_ids(THREADS * n), {}, {}
  for thread = 1, THREADS do
    calls[thread] = executor:submit(post, loop, thread, first + (thread - 1) * n, n,
      math.random(0))
    ends[thread] = asyncio.wrap_future(calls[thread], {loop = loop})
  end
  if limit ~= 0 then
    loop:call_soon(function()
      local all = asyncio.gather(ends)
      all:add_done_callback(function() loop:stop() end)
    end)
    loop:run_forever()
  end
  if closes then loop:close() end
  for thread = 1, THREADS do
    check_letters(calls[thread]:result(PATIENCE), first + (thread - 1) * n, n, closes)
  end
  loop:close()
end

-- A loop calls threads -----------------------------------------------------

local function work(loop, id)
  loop:call_soon_threadsafe(note, id)
  return id + 1
end

local function check_done(id, times)
  check(ran[id] == times, "job %d was done %s times, not %s", id, ran[id], times)
end

-- Tasks that await to_thread, a part of them cancelled.
local function task_round(loop, n)
  local first, tasks, cancelled = new_ids(n), {}, {}
  loop:run_until_complete(function()
    for i = 1, n do
      tasks[i] = asyncio.create_task(asyncio.to_thread(work, loop, first + i - 1))
      if chance(0.2) then await(asyncio.sleep(0)) end
      local victim = math.random(i)
      if chance(0.2) then cancelled[victim] = tasks[victim]:cancel() or cancelled[victim] end
    end
    await(asyncio.wait(tasks, {timeout = PATIENCE}))
  end)
  for i = 1, n do
    check(tasks[i]:done(), "job %d has no end", first + i - 1)
    if not tasks[i]:cancelled() then
      check(tasks[i]:result() == first + i, "the result of another job")
    else
      check(cancelled[i], "job %d was cancelled by nobody", first + i - 1)
    end
  end
  return function() -- when all that was abandoned has ended too
    for i = 1, n do
      local id = first + i - 1
      check_done(id, tasks[i]:cancelled() and ran[id] and 1
        or not tasks[i]:cancelled() and 1 or nil)
    end
  end
end

-- ConcurrentFutures, a part of them cancelled: then they have not begun.
local function submit_round(loop, n)
  local first, calls, cancelled, called = new_ids(n), {}, {}, {}
  do
    local executor <close> = asyncio.ThreadPoolExecutor {max_workers = THREADS}
    for i = 1, n do
      calls[i] = executor:submit(work, loop, first + i - 1)
      if chance(0.5) then
        calls[i]:add_done_callback(function() called[i] = (called[i] or 0) + 1 end)
      else
        called[i] = 1
      end
      local victim = math.random(i)
      if chance(0.2) then
        cancelled[victim] = calls[victim]:cancel() or cancelled[victim]
      end
    end
    for i = 1, n, 10 do pcall(calls[i].result, calls[i], PATIENCE) end
  end
  loop:run_until_complete(asyncio.sleep(0))
  for i = 1, n do
    check(calls[i]:done() and called[i] == 1, "job %d has no end", first + i - 1)
    check(calls[i]:cancelled() == (cancelled[i] or false), "job %d is cancelled: %s",
      first + i - 1, calls[i]:cancelled())
    check_done(first + i - 1, not cancelled[i] and 1 or nil)
    check(cancelled[i] or calls[i]:result() == first + i, "the result of another job")
  end
end

-- Loops call each other ----------------------------------------------------

local function reply(id) return id + 1 end

-- In the loop of the program: calls back into the thread's loop.
local function serve(theirs, id)
  note(id)
  return await(asyncio.wrap_future(asyncio.run_coroutine_threadsafe(reply, theirs, id)))
end

-- In a thread, with a loop of its own.
local function call_often(loop, first, n)
  asyncio.run(function()
    local mine = asyncio.get_running_loop()
    local calls = {}
    for i = 1, n do
      calls[i] = asyncio.wrap_future(
        asyncio.run_coroutine_threadsafe(serve, loop, mine, first + i - 1))
    end
    local results = await(asyncio.wait_for(asyncio.gather(calls), PATIENCE))
    for i = 1, n do
      if results[i] ~= first + i then error("the result of another job") end
    end
  end)
end

local function mutual_round(loop, executor, n)
  local first, calls = new_ids(THREADS * n), {}
  loop:run_until_complete(function()
    for thread = 1, THREADS do
      calls[thread] = loop:run_in_executor(executor, call_often, loop,
        first + (thread - 1) * n, n)
    end
    await(asyncio.wait_for(asyncio.gather(calls), PATIENCE))
  end)
  for id = first, first + THREADS * n - 1 do check_done(id, 1) end
end

-- All of it ----------------------------------------------------------------

local function repeat_until(id, round)
  while last_id < id do round() end
end

local function main()
  local home = asyncio.new_event_loop()
  home:set_exception_handler(check_report)
  local checks = {}
  do
    local executor <close> = asyncio.ThreadPoolExecutor {max_workers = THREADS}
    repeat_until(jobs * 0.5, function()
      post_round(executor, math.random(1, 200), chance(0.7))
    end)
    limit = -1
    repeat_until(jobs * 0.7, function()
      checks[#checks + 1] = task_round(home, math.random(1, 1000))
    end)
    repeat_until(jobs * 0.9, function() submit_round(home, math.random(1, 1000)) end)
    repeat_until(jobs, function() mutual_round(home, executor, math.random(1, 50)) end)
  end
  home:run_until_complete(home:shutdown_default_executor(PATIENCE))
  home:run_until_complete(asyncio.sleep(0))
  for _, check_tasks in ipairs(checks) do check_tasks() end
  -- No thread works for the loop, and none has a hold on it.
  local ok, err = pcall(home.run_until_complete, home, home:create_future())
  check(not ok and asyncio.isinstance(err, asyncio.DeadlockError),
    "the loop waits for threads that have left: %s", err)
  home:close()
end

local ok, err = xpcall(main, debug.traceback)
if not ok then
  io.stderr:write(("stress: STRESS_SEED=%d: %s\n"):format(seed, tostring(err)))
  os.exit(1, false) -- a thread that never ends is not waited for
end
local done = 0
for _ in pairs(ran) do done = done + 1 end
print(("stress: %d jobs, %d of them done, in %.1f s of CPU time"):format(last_id, done,
  os.clock()))
