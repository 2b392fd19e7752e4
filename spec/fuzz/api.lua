-- Random programs over the whole API: every function, class and method, with
-- arguments of wrong and right types, in wrong states and in wrong places. Each
-- call ends in a result or in a clean error; nothing crashes, hangs or is left
-- over. A program is made from a number, its seed, and does the same each time
-- unless it has threads (one in eight).
--   FUZZ_PROGRAMS=2000   how many
--   FUZZ_SEED=1          the first seed; with FUZZ_PROGRAMS=1 it replays one
--   FUZZ_VERBOSE=1       each seed before its program: the last one crashed
--   FUZZ_LOG=1           each call before it is made, and how it ended
--   FUZZ_ALL=1           also what is left out for the time being (LEFT_OUT)
-- Run it from the project's root. Not here, and why:
--   install_dump_signal  it changes what signals do to the process
--   os.exit              raises instead: main is called like the others
--   real time            loops get the virtual clock, so that nothing waits
--   endless waits        run_forever and, with threads, other runs are stopped
--                        at a time that is far away; a ConcurrentFuture is
--                        waited for a moment at most: nobody else may be there
--                        to end them
--   loops left open      not where there are ConcurrentFutures: their callbacks
--                        are kept until the loop ends or closes
--   endless iterators    only a function that comes to an end is given to wait
--                        and as_completed as the iterator that they exhaust

-- What is left out until it is corrected: methods, by class or in every class,
-- and kinds of arguments, each with the reason.
local LEFT_OUT = {}
if os.getenv "FUZZ_ALL" then LEFT_OUT = {} end

package.path = "lua/?.lua;lua/?/init.lua;spec/fuzz/?.lua;" .. package.path

local asyncio = require "asyncio"
local core = require "asyncio.core"
local operators = require "operators"
local process = require "process"
local repair = require "repair"
local surface = require "api_surface"
local tame = require "tame"
local values = require "api_values"
local where = require "api_places"

local isinstance = asyncio.isinstance

local PROGRAMS = tonumber(os.getenv "FUZZ_PROGRAMS") or 2000
local FIRST = tonumber(os.getenv "FUZZ_SEED") or 1
local LOG = os.getenv "FUZZ_LOG" ~= nil
local VERBOSE = LOG or os.getenv "FUZZ_VERBOSE" ~= nil
local COLLECTS = os.getenv "ASYNCIO_GC" == nil -- else the host's collector does

local STEPS = 170 -- of a program: calls, and functions that act
local POOL = 40 -- values it remembers
local THREADS = 8 -- one program in so many has some

local exit, stderr, stdout = os.exit, io.stderr, io.stdout

-- What starts a thread costs as much as a hundred other calls.
local STARTS_THREADS = {ThreadPoolExecutor = true, to_thread = true,
                        run_in_executor = true, map = true, submit = true}
local EXHAUSTS = {wait = true, as_completed = true}

local function last_word(name) return name:match "[%w_]+$" end

local function last_two_words(name)
  return (name:gsub(":", "."):match "[%w_]+%.[%w_]+$")
end

-- The program that runs.
local program

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

tame(function() return program end)

local exports = surface.exports {
  asyncio = asyncio, ["asyncio.coroutine"] = asyncio.coroutine,
  ["asyncio.direct"] = require "asyncio.direct",
  ["asyncio.testing"] = require "asyncio.testing",
}

local makers = surface.makers(exports)

local total, calls, oks = 0, {}, {} -- exported function -> how many
for _, entry in ipairs(exports) do calls[entry.fn], oks[entry.fn] = 0, 0 end

-- A program ------------------------------------------------------------------

local Program = {random = new_random, exports = exports, left_out = LEFT_OUT}
Program.__index = Program

local function collect() for _ = 1, 2 do collectgarbage() end end
Program.collect = collect

local function new_program(seed)
  local p = setmetatable({
    seed = seed, steps = STEPS, pool = {}, loops = {}, faults = {},
    raised = {true}, alive = setmetatable({}, {__mode = "k"}), value_depth = 0,
    actors = setmetatable({}, {__mode = "k"}),
    has_threads = seed % THREADS == 0, null = io.stderr}, Program)
  p.closed_file = assert(io.open("/dev/null"))
  p.closed_file:close()
  p.errors = {"deliberate", asyncio.CancelledError(), asyncio.Exception("x"),
              asyncio.TimeoutError, asyncio.KeyboardInterrupt(),
              asyncio.SystemExit(1), {}, 0, false}
  return p
end

function Program:fault(text, ...)
  self.faults[#self.faults + 1] = text:format(...)
end

function Program:make_function(r) return values.callable(self, r) end

local function log(text, ...)
  if not LOG then return end
  stderr:write(text:format(...), "\n")
end

local permanent = surface.permanent()
permanent[asyncio.sleep(0)] = true -- one for all

-- One that came back from a thread: the core keeps it for the next time.
local function is_portable(value)
  return type(value) == "function"
    and debug.getinfo(value, "S").source:find("portable.lua", 1, true) ~= nil
end

--- Remembers a value for later calls.
function Program:keep(value)
  local kind = type(value)
  if kind ~= "table" and kind ~= "userdata" and kind ~= "thread"
     and kind ~= "function" or permanent[value] then
    return
  end
  self.alive[value] = not is_portable(value) or nil
  local pool = self.pool
  if #pool < POOL then
    pool[#pool + 1] = value
  else
    self.kept = (self.kept or 0) % POOL + 1
    pool[self.kept] = value
  end
end

function Program:recall(r) return self.pool[r(math.max(1, #self.pool))] end

local key_of = values.key_of

local function is_clean(p, err)
  if type(err) == "string" then
    return p.raised[err]
      or err ~= "" and not err:find "^spec/fuzz/api[%w_]*%.lua:%d+: attempt"
  end
  return isinstance(err, asyncio.Exception) or p.raised[key_of(err)]
end

-- Without a call of any metamethod: they may act.
local function describe(value)
  local kind = type(value)
  if kind == "string" then return ("%q"):format(value:sub(1, 200)) end
  if kind == "number" or kind == "boolean" or kind == "nil" then
    return tostring(value)
  end
  local mt = debug.getmetatable(value)
  local class = type(mt) == "table" and (rawget(mt, "name") or rawget(mt, "__name"))
  return ("%s %p"):format(type(class) == "string" and class or kind, value)
end

-- What came of a call. Some cancellations are passed on.
function Program:settle(r, name, fn, ok, ...)
  log("  %s %s: %s", name, ok and "returned" or "raised", describe((...)))
  if ok then
    if oks[fn] then oks[fn] = oks[fn] + 1 end
    for i = 1, math.min(select("#", ...), 4) do self:keep((select(i, ...))) end
    return
  end
  local err = ...
  if not is_clean(self, err) then self:fault("%s raised %s", name, describe(err)) end
  self:keep(err)
  if isinstance(err, asyncio.CancelledError) and r(3) == 1 then error(err, 0) end
  return err
end

function Program:call(r, name, fn, args)
  total = total + 1
  if calls[fn] then calls[fn] = calls[fn] + 1 end
  for i = 1, math.min(args.n, 8) do self.raised[key_of(args[i])] = true end
  if LOG then
    local texts = {}
    for i = 1, math.min(args.n, 8) do texts[i] = describe(args[i]) end
    log("%s(%s)", name, table.concat(texts, ", "))
  end
  return self:settle(r, name, fn, pcall(fn, table.unpack(args, 1, args.n)))
end

-- Acts -----------------------------------------------------------------------

local function may_call(p, name, args)
  local word = last_word(name)
  if LEFT_OUT[word] or LEFT_OUT[last_two_words(name)] then return false end
  if STARTS_THREADS[word] and not p.has_threads then return false end
  return not (EXHAUSTS[word] and type(args[1]) == "function"
              and not p.actors[args[1]])
end

-- One that is refused may be made again as its error says.
local function call_entry(p, r, entry, args)
  local tries = r(4)
  repeat
    if not may_call(p, entry.name, args) then return end
    local err = p:call(r, entry.name, entry.fn, args)
    tries = tries - 1
  until tries == 0 or not repair(p, r, args, err)
end

local function call_export(p, r)
  call_entry(p, r, exports[r(#exports)], values.arguments(p, r))
end

-- Makes an object, or whatever a function at the top makes.
local function call_maker(p, r)
  call_entry(p, r, makers[r(#makers)], values.arguments(p, r))
end

-- A method of the value; now and then with another one in its place.
local function call_method(p, r, value, methods)
  local args = values.arguments(p, r)
  table.insert(args, 1, value)
  args.n = args.n + 1
  if r(12) == 1 then args[1] = values.any(p, r) end
  call_entry(p, r, methods[r(#methods)], args)
end

-- Some methods of a value that is remembered.
local function call_methods(p, r)
  local value = p:recall(r)
  local methods = surface.methods_of(value)
  if #methods == 0 then return call_export(p, r) end
  for _ = 1, r(4) do call_method(p, r, value, methods) end
end

local function operate(p, r)
  local operator = operators[r(#operators)]
  local args = values.arguments(p, r)
  table.insert(args, 1, (p:recall(r)))
  args.n = args.n + 1
  p:call(r, operator[1], operator[2], args)
end

local function visit(p, r)
  local name = where.names[r(#where.names)]
  p:call(r, "in " .. name, where.places[name],
         {n = 3, p, r, values.actor(p, r)})
end

local ACTS = {{4, call_export}, {4, call_maker}, {8, call_methods}, {4, operate}, {3, visit},
              {1, collect}}

--- One call, somewhere.
function Program:act(r)
  if self.steps <= 0 then return end
  self.steps = self.steps - 1
  local place = r(24)
  for _, act in ipairs(ACTS) do
    place = place - act[1]
    if place <= 0 then return act[2](self, r) end
  end
end

-- Running --------------------------------------------------------------------

local function has_concurrent_futures(p)
  for value in pairs(p.alive) do
    if core.is_concurrent_future(value) then return true end
  end
  return false
end

-- Some loops are left open, for the collector to close.
local function close_loops(p, r)
  local must_close = has_concurrent_futures(p)
  for _, loop in ipairs(p.loops) do
    if not loop:is_closed() and (must_close or r(4) > 1) then
      p:call(r, "at the end", loop.close, {n = 1, loop})
      if not loop:is_closed() then p:fault("a loop cannot be closed") end
    end
  end
end

local function shut_down_executors(p, r)
  for value in pairs(p.alive) do
    if core.is_executor(value) then
      p:call(r, "at the end", value.shutdown, {n = 1, value})
    end
  end
end

local function act_out(p, r)
  while p.steps > 0 do
    if r(3) == 1 then p:act(r) else visit(p, r) end
  end
end

-- What is passed on may come up to here.
local function act_protected(p, r)
  local ok, err = pcall(act_out, p, r)
  if not ok and not is_clean(p, err) then p:fault("raised %s", describe(err)) end
end

-- To where everything was before it.
local function finish(p, r)
  p.steps = 0
  debug.sethook()
  if pcall(asyncio.get_running_loop) then p:fault("a loop still runs") end
  shut_down_executors(p, r)
  close_loops(p, r)
  asyncio.set_event_loop(nil)
end

-- A run that ends well forgets the last error; a callback that fails, the
-- context of the one before.
local function forget()
  asyncio.run(function()
    local loop = asyncio.get_running_loop()
    if LEFT_OUT.failed_context then loop:call_soon(error, "deliberate") end
    asyncio.await(asyncio.sleep(0))
  end)
end

-- Nothing that the program had may be left.
local function check_leaks(p)
  local alive = p.alive
  local faults = p.faults
  for key in pairs(p) do p[key] = nil end
  p.steps, p.faults, p.loops, program = 0, faults, {}, nil
  forget()
  for _ = 1, 4 do
    collect()
    asyncio.ThreadPoolExecutor():shutdown() -- calls what waits for calls that ended
  end
  local left = next(alive)
  if left ~= nil then p:fault("left over: %s", describe(left)) end
end

local function run_program(seed)
  local r = new_random(seed)
  local p = new_program(seed)
  program = p
  if COLLECTS then collectgarbage("stop") end
  asyncio.Context():run(function() -- variables that are set end with it
    repeat act_protected(p, r) until p.steps <= 0
    finish(p, r)
  end)
  check_leaks(p)
  if COLLECTS then collectgarbage("restart") end
  return p.faults
end

local function report(seed, faults)
  for _, fault in ipairs(faults) do stderr:write("fault: ", fault, "\n") end
  stderr:write(("seed %d failed; FUZZ_SEED=%d FUZZ_PROGRAMS=1 replays it\n")
    :format(seed, seed))
end

-- Each name was called, if there were programs enough.
local function check_coverage()
  local missing, failed = {}, {}
  for _, entry in ipairs(exports) do
    local name = entry.name
    if calls[entry.fn] == 0 and may_call({has_threads = true}, name, {}) then
      missing[#missing + 1] = name
    end
    if oks[entry.fn] == 0 then failed[#failed + 1] = name end
  end
  stdout:write(("%d names exported, never called: %s; never with success: %s\n")
    :format(#exports, table.concat(missing, " "), table.concat(failed, " ")))
  return #missing == 0
end

local function main()
  local failures, samples = 0, {}
  for seed = FIRST, FIRST + PROGRAMS - 1 do
    if VERBOSE then stderr:write("seed ", seed, "\n") end
    local faults = run_program(seed)
    if #faults > 0 then
      report(seed, faults)
      failures = failures + 1
    end
    if (seed - FIRST) % (PROGRAMS // 20 + 1) == 0 then
      samples[#samples + 1] = process.measure()
    end
  end
  local ok = process.compare(samples, stderr)
  local covered = PROGRAMS < 1000 or check_coverage()
  stdout:write(("%d programs from seed %d, %d calls, %d failed\n")
    :format(PROGRAMS, FIRST, total, failures))
  return ok and covered and failures == 0
end

local ok = main()
if not ok then exit(1) end
