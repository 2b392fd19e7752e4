-- Twenty-four hours of a server, on the virtual clock: clients connect, ask and
-- leave; a cache of 100,000 entries, each with its timer; a pool, a ledger that
-- must not be interrupted, workers that crash and are started again, somebody who
-- cancels at random. Every hour all requests come to rest, and what there is is
-- counted: tasks, timers, requests, entries, locks, reports, memory.
--   STRESS_SCALE=1   1,000 clients, 100,000 entries; always 24 hours
--   STRESS_SEED=1    the same day again
-- Run it from the project's root.
package.path = "lua/?.lua;lua/?/init.lua;./?.lua;" .. package.path

local asyncio = require "asyncio"
local testing = require "asyncio.testing"
local support = require "spec.stress.support"

local await, sleep = asyncio.await, asyncio.sleep
local isinstance = asyncio.isinstance
local check, equal, say, count = support.check, support.equal, support.say, support.count
local random = math.random

local HOURS, HOUR = 24, 3600
local CLIENTS = support.scaled(1000, 10)
local ENTRIES = support.scaled(100000, 100)
local WORKERS, POOL, JOBS = 8, 16, 32
local IDLE = 40        -- seconds after which a silent connection is closed
local PATIENCE = 120   -- seconds after which a request counts as lost
local WARM_UP = 4      -- hours
local NS = 1e-9        -- the loop counts in these

local Failure = asyncio.Exception:subclass("Failure")
local ConnectionLost = asyncio.Exception:subclass("ConnectionLost")

-- The day. `n` has numbers of what has happened, by name.
local day

local function tally(name, by) day.n[name] = (day.n[name] or 0) + (by or 1) end
local function number(name) return day.n[name] or 0 end
local function chance(percent) return random(1000) <= percent * 10 end

-- Runs fn(...), counting in day.n[name] how many do so now.
local function counted(name, fn, ...)
  tally(name)
  local _ <close> = setmetatable({}, {__close = function() tally(name, -1) end})
  return fn(...)
end

local function pause(seconds) await(sleep(seconds)) end

-- A sleep outside of a request.
local function nap(most) counted("napping", pause, random() * most) end

-- The cache ----------------------------------------------------------------
-- An entry lives for five minutes to two hours; then, or when it is touched, a
-- new one takes its place: there are always as many.

local expire

local function store(i)
  local lifetime = random(300, 7200)
  day.expiry[i] = day.loop:time() + lifetime
  day.entries[i] = day.loop:call_later(lifetime, expire, i)
  tally "stored"
end

function expire(i)
  local late = day.loop:time() - day.expiry[i]
  check(math.abs(late) <= NS, "entry %d expires %g s late", i, late)
  tally "expired"
  store(i)
end

local function touch()
  local i = random(ENTRIES)
  day.entries[i]:cancel()
  tally "touched"
  store(i)
end

-- What requests do ---------------------------------------------------------

local handle = {}

function handle.read()
  touch()
  return "read"
end

-- A share of the pool, for two seconds at most; some are slow.
function handle.query()
  local ok = asyncio.move_on_after(30, function()
    local _ <close> = await(day.pool:acquire())
    counted("in_pool", function()
      check(number "in_pool" <= POOL, "%d are in the pool", number "in_pool")
      local _ <close> = asyncio.timeout(2)
      pause(chance(2) and 5 or random() * 0.3)
    end)
  end)
  return ok and "queried" or "busy"
end

local function part(fails)
  pause(random() * 0.2)
  if fails then error(Failure "a part", 0) end
end

-- A group of parts, of which one may fail.
function handle.fan()
  local failing = chance(20) and random(3)
  local group <close> = asyncio.TaskGroup()
  for i = 1, 3 do group:spawn(part, i == failing) end
end

-- The same, without giving up.
function handle.collect()
  local parts = {}
  for i = 1, 3 do parts[i] = asyncio.async(part)(chance(10)) end
  local res = await(asyncio.gather(parts, {return_exceptions = true}))
  equal(res.n, 3, "results of a gather")
  for _, err in pairs(res.exceptions) do
    check(isinstance(err, Failure), "%s", err)
  end
  return "collected"
end

-- One of the ledger at a time, and to the end, whoever is cancelled.
local function commit()
  local _ <close> = await(day.ledger:acquire())
  check(not day.is_writing, "two write the ledger")
  day.is_writing = true
  pause(0.001)
  day.is_writing = false
  tally "committed"
end

function handle.commit()
  tally "commits"
  await(asyncio.shield(asyncio.create_task(commit)))
  return "committed"
end

-- By a worker.
function handle.job()
  local job = {reply = day.loop:create_future(), times = 0}
  tally "jobs"
  await(day.jobs:put(job))
  tally "put"
  return await(asyncio.wait_for(job.reply, 60))
end

-- The quicker of two, and the other is cancelled.
function handle.hedge()
  local both = {asyncio.create_task(sleep(random(), "one")),
                asyncio.create_task(sleep(random(), "two"))}
  local _ <close> = setmetatable({}, {__close = function()
    for _, task in ipairs(both) do task:cancel() end
  end})
  local done = await(asyncio.wait(both, {return_when = asyncio.FIRST_COMPLETED}))
  return done[1]:result()
end

-- Ends the connection.
function handle.crash() error(Failure "a connection", 0) end

local KINDS = {"read", "read", "read", "query", "query", "query", "fan", "collect",
               "commit", "job", "job", "hedge"}

-- Supervision --------------------------------------------------------------

-- Runs the service as a task of its own, again and again, whatever ends it: its
-- failure, or somebody who cancels it. `place` is the service's, and has its task.
local function supervise(name, place, service)
  while true do
    place.task = asyncio.spawn(service, place)
    local _ <close> = setmetatable({}, {__close = function() place.task:cancel() end})
    await(asyncio.wait({place.task}))
    if place.task:cancelled() then
      tally(name .. " cancelled")
    elseif place.task:exception() then
      check(isinstance(place.task:exception(), Failure), "%s: %s", name,
        place.task:exception())
      tally(name .. " failed")
    end
    tally(name .. " restarted")
  end
end

-- Workers ------------------------------------------------------------------

local function work_on(job)
  pause(random() * 0.1)
  if chance(1) then error(Failure "a worker", 0) end
  job.times = job.times + 1
  equal(job.times, 1, "times that a job was done")
  if not job.reply:done() then job.reply:set_result("worked") end
end

-- Who was interrupted takes up the same job again.
local function worker(place)
  while true do
    tally(place.job and "taken up again" or "taken")
    place.job = place.job or await(day.jobs:get())
    work_on(place.job)
    place.job = nil
    day.jobs:task_done()
    tally "worked"
  end
end

-- Connections --------------------------------------------------------------

-- The answer to a request; one that fails is an answer too.
local function answer(request)
  local ok, reply = asyncio.pcall(handle[request.kind])
  if request.kind == "crash" then error(reply, 0) end
  if not ok then
    local is_known = isinstance(reply, Failure) or isinstance(reply, asyncio.TimeoutError)
      or isinstance(reply, asyncio.ExceptionGroup)
    check(is_known, "%s: %s", request.kind, reply)
  end
  tally(ok and "good" or "bad")
  if request.reply:done() then
    tally "unwanted"
  elseif ok then
    request.reply:set_result(reply)
  else
    request.reply:set_exception(reply)
  end
end

local function lose(request)
  tally "dropped"
  if not request.reply:done() then request.reply:set_exception(ConnectionLost()) end
end

-- However it ends, who waits learns it.
local function hang_up(conn)
  conn.is_closed = true
  if conn.request then lose(conn.request) end
  while not conn.inbox:empty() do lose(conn.inbox:get_nowait()) end
  conn.inbox:shutdown()
end

local function next_request(conn)
  return counted("listening", function()
    return await(asyncio.wait_for(conn.inbox:get(), IDLE))
  end)
end

local function serve(conn)
  local _ <close> = setmetatable({}, {__close = function() hang_up(conn) end})
  while true do
    conn.request = next_request(conn)
    answer(conn.request)
    conn.request = nil
  end
end

-- As a task: a connection from its first request to its end.
local function connection(conn)
  return counted("connections", function()
    local ok, err = asyncio.pcall(serve, conn)
    if not ok and isinstance(err, asyncio.TimeoutError) then
      tally "idle"
    elseif not ok and isinstance(err, asyncio.QueueShutDown) then
      tally "left"
    else
      check(isinstance(err, Failure), "a connection: %s", err)
      tally "crashed"
    end
  end)
end

local function connect()
  local conn = {inbox = asyncio.Queue(2)}
  conn.task = day.group:spawn(connection, conn)
  day.open[#day.open + 1] = conn
  tally "connects"
  return conn
end

-- Clients ------------------------------------------------------------------

-- Which of its ends has the request? Each has one.
local function outcome(ok, err)
  if ok then return "answered" end
  if isinstance(err, ConnectionLost) or isinstance(err, asyncio.QueueShutDown) then
    return "refused"
  end
  if isinstance(err, asyncio.CancelledError) then return "abandoned" end
  local is_known = isinstance(err, Failure) or isinstance(err, asyncio.ExceptionGroup)
    or isinstance(err, asyncio.TimeoutError)
  check(is_known, "a request: %s", err)
  return "failed"
end

local function exchange(conn, request)
  await(conn.inbox:put(request))
  tally "received"
  local done, pending = await(asyncio.wait({request.reply}, {timeout = PATIENCE}))
  check(#done == 1 and #pending == 0, "a request (%s) was lost", request.kind)
  return request.reply:result()
end

local function ask(conn, place, kind)
  local request = {kind = kind, reply = day.loop:create_future()}
  return counted("in flight", function()
    tally "asked"
    place.request = request
    local ok, err = pcall(exchange, conn, request)
    place.request = nil
    local name = outcome(ok, err)
    tally(name)
    if name == "abandoned" then
      request.reply:cancel()
      error(err, 0)
    end
  end)
end

-- Asks n things at once: not all find room in the inbox.
local function ask_some(conn, place, n)
  local asks = {}
  for i = 1, n do
    local kind = chance(0.5) and "crash" or KINDS[random(#KINDS)]
    asks[i] = asyncio.async(ask)(conn, place, kind)
  end
  await(asyncio.gather(asks))
end

-- Nobody begins anything while the day's books are made.
local function wait_for_gate() await(day.gate:wait()) end

local function session(place)
  wait_for_gate()
  local conn = connect()
  local _ <close> = setmetatable({}, {__close = function() conn.inbox:shutdown() end})
  for _ = 1, random(8) do
    wait_for_gate()
    if conn.is_closed then return end
    ask_some(conn, place, chance(10) and 4 or 1)
    nap(chance(10) and 90 or 20)
  end
end

local function client(place)
  while true do
    nap(60)
    session(place)
    if chance(1) then error(Failure "a client", 0) end
  end
end

-- Somebody who cancels -----------------------------------------------------

-- The connections that are still open, without those that have ended.
local function pick_connection()
  local open = day.open
  while #open > 0 do
    local i = random(#open)
    if not open[i].task:done() then return open[i] end
    open[i] = open[#open]
    open[#open] = nil
  end
end

local function pick_client() return day.clients[random(CLIENTS)] end
local function pick_worker() return day.workers[random(WORKERS)] end

-- One that is at work, if there is one among ten.
local function cancel_one()
  local what, victim = random(10), nil
  local pick = what == 1 and pick_worker or what <= 5 and pick_client or pick_connection
  for _ = 1, 10 do
    victim = pick()
    if victim and (victim.request or victim.job) then break end
  end
  if victim then victim.task:cancel() end
  tally "cancels"
end

local function monkey()
  while true do
    nap(1000 / CLIENTS)
    cancel_one()
  end
end

-- The books ----------------------------------------------------------------

-- Lets all that was begun come to its end.
local function come_to_rest()
  local limit = day.loop:time() + PATIENCE
  day.gate:clear()
  repeat
    check(day.loop:time() < limit, "%d requests do not end", number "in flight")
    pause(0.5)
    await(day.jobs:join())
    await(testing.wait_until_blocked())
  until number "in flight" == 0 and number "listening" == number "connections"
    and number "committed" == number "commits"
end

local function check_requests()
  local ended = number "answered" + number "refused" + number "failed"
    + number "abandoned"
  equal(number "asked", ended, "requests that were asked and those that have ended")
  equal(number "received", number "good" + number "bad" + number "dropped",
    "requests that came and those that went")
end

local function check_things()
  equal(number "stored", ENTRIES + number "expired" + number "touched", "entries")
  equal(day.jobs:qsize(), 0, "jobs in the queue")
  equal(number "put", number "worked", "jobs that were put and those that were done")
  check(not day.pool:locked() and day.pool._value == POOL, "the pool: %s", day.pool)
  check(not day.ledger:locked() and not day.is_writing, "the ledger: %s", day.ledger)
end

-- Who is alive: the books, the monkey, each client and worker with its
-- supervisor, the connections. What has a timer: entries, naps, connections. What
-- the loop keeps: the tasks, the entries, each wait that has a limit or is for a
-- list, and the group's callback of each of its tasks.
local function check_counters()
  local left = testing.counters(day.loop)
  equal(left.tasks, 2 + 2 * CLIENTS + 2 * WORKERS + number "connections", "tasks")
  equal(left.timers, ENTRIES + number "napping" + number "listening", "timers")
  local most = ENTRIES + left.tasks + number "listening" + CLIENTS + WORKERS
    + CLIENTS + WORKERS + 1 + number "connections"
  check(left.retained <= most, "the loop keeps %d objects, not %d", left.retained, most)
end

-- One task fails each hour and is forgotten: that is reported, and nothing else.
local function check_reports(hour)
  day.expects_report = true
  asyncio.create_task(function() error(Failure("of hour " .. hour), 0) end)
  await(sleep(0))
  await(sleep(0))
  support.lua_memory()
  await(sleep(0))
  day.expects_report = false
  equal(#day.reports, hour, "reports")
  check(day.reports[hour].message == "Task exception was never retrieved"
    and tostring(day.reports[hour].exception) == "Failure: of hour " .. hour,
    "a report: %s: %s", day.reports[hour].message, day.reports[hour].exception)
end

-- As many clients and entries as before are as many bytes; connections come and
-- go, and each with a task and a queue takes 6 KB.
local function check_memory(hour)
  for i = #day.open, 1, -1 do
    if day.open[i].task:done() then table.remove(day.open, i) end
  end
  local bytes = support.lua_memory() - 6000 * number "connections"
  local rss = support.rss()
  day.bytes[hour], day.rss[hour] = bytes, rss
  if hour <= WARM_UP then return end
  local first = day.bytes[WARM_UP]
  check(bytes <= first * 1.02 + support.MB / 4, "Lua's memory: %s, and %s in hour %d",
    support.mb(bytes), support.mb(first), WARM_UP)
  first = day.rss[WARM_UP]
  check(not rss or rss <= first * 1.03 + 2 * support.MB,
    "resident: %s, and %s in hour %d", support.mb(rss), support.mb(first), WARM_UP)
end

local function make_books(hour)
  come_to_rest()
  check_requests()
  check_things()
  check_counters()
  check_reports(hour)
  check_memory(hour)
  day.gate:set()
end

-- The day ------------------------------------------------------------------

local function new_day(loop)
  day = {loop = loop, n = {}, entries = {}, expiry = {}, open = {},
         workers = {}, clients = {}, reports = {}, bytes = {}, rss = {},
         pool = asyncio.Semaphore(POOL), ledger = asyncio.Lock(),
         jobs = asyncio.Queue(JOBS), gate = asyncio.Event()}
  loop:set_exception_handler(function(_, context)
    if not day.expects_report then support.no_reports(loop, context) end
    day.reports[#day.reports + 1] = context
  end)
end

local function start_server(group)
  day.group = group
  for i = 1, ENTRIES do store(i) end
  for i = 1, WORKERS do
    day.workers[i] = {}
    group:spawn(supervise, "worker", day.workers[i], worker)
  end
  for i = 1, CLIENTS do
    day.clients[i] = {}
    group:spawn(supervise, "client", day.clients[i], client)
  end
  group:spawn(monkey)
  day.gate:set()
end

local function say_hour(hour)
  say("hour " .. hour, "%s requests, %s abandoned, %s refused, %s connections, %s restarts; "
    .. "%s of Lua's, resident %s", count(number "asked"), count(number "abandoned"),
    count(number "refused"), count(number "connects"),
    count(number "client restarted" + number "worker restarted"),
    support.mb(day.bytes[hour]), support.mb(day.rss[hour]))
end

local function watch_day()
  local begin = day.loop:time()
  for hour = 1, HOURS do
    await(sleep(begin + hour * HOUR - day.loop:time()))
    make_books(hour)
    if hour % 6 == 0 then
      say_hour(hour)
    end
  end
end

local function main()
  asyncio.with(asyncio.TaskGroup(), function(group)
    start_server(group)
    watch_day()
    group:cancel()
  end)
  for _, handle_of in ipairs(day.entries) do handle_of:cancel() end
  equal(number "connections", 0, "connections that outlive the server")
end

-- Of everything that can happen something has.
local function check_coverage()
  for _, name in ipairs {"expired", "touched", "idle", "left", "crashed", "refused", "failed",
      "abandoned", "dropped", "unwanted", "taken up again", "worker failed",
      "client failed", "worker cancelled", "client cancelled"} do
    check(number(name) > 0, "nothing was ever %s", name)
  end
end

support.main("day", function()
  collectgarbage "incremental" -- as is advised where much waits
  local before = support.lua_memory()
  local loop = asyncio.new_event_loop {clock = "virtual"}
  new_day(loop)
  loop:run_until_complete(main)
  local left = testing.counters(loop)
  check(left.tasks + left.timers + left.ready + left.retained == 0,
    "left: %d tasks, %d timers, %d ready, %d retained", left.tasks, left.timers,
    left.ready, left.retained)
  loop:close()
  equal(#day.reports, HOURS, "reports at the end")
  check_coverage()
  local rest = ("%s entries expired and %s were renewed"):format(count(number "expired"),
    count(number "touched"))
  day = nil
  left = support.lua_memory() - before
  check(left < 64 * 1024, "%d bytes are left of the day", left)
  say("end", "%s; %d bytes of Lua's left", rest, left)
end)
