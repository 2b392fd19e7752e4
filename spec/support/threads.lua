-- Helpers of the specs with threads: signals and gates, by which a test and a
-- thread wait for each other, and programs of their own. Threads find this
-- module by its name, so it may be an upvalue of what is sent to them.
local asyncio = require "asyncio"
local support = require "spec.support"

local threads = {}

--- What threads have noted, in the test's own state.
threads.log = {}

-- Name -> future, in the test's own state.
threads.signals = {}

--- For `before_each`.
function threads.reset()
  threads.log, threads.signals, threads.arrived = {}, {}, 0
end

-- After so many seconds a thread waits no more: the test has failed.
local PATIENCE = 60

-- With a loop that runs ----------------------------------------------------

--- In the test: a future of the running loop that `tell` completes, or that
--- lets a thread go on in `wait`.
function threads.signal(name)
  threads.signals[name] = asyncio.get_running_loop():create_future()
  return threads.signals[name]
end

--- In a thread: appends to the log of the test.
function threads.note(loop, what)
  loop:call_soon_threadsafe(function() table.insert(threads.log, what) end)
end

--- In a thread: completes a signal.
function threads.tell(loop, name, ...)
  loop:call_soon_threadsafe(function(...)
    threads.signals[name]:set_result(...)
  end, ...)
end

--- In a thread: blocks until the test has completed the signal.
function threads.wait(loop, name)
  return asyncio.run_coroutine_threadsafe(function()
    return asyncio.await(threads.signals[name])
  end, loop):result(PATIENCE)
end

-- Without one --------------------------------------------------------------

--- In the test: a gate is a loop that runs only to hear of arrivals.
function threads.gate()
  local gate = support.new_loop {clock = "real"}
  gate:set_exception_handler(function() end)
  return gate
end

--- In a thread: arrives at the gate, and waits there until it is opened.
function threads.pass(gate)
  gate:call_soon_threadsafe(function()
    threads.arrived = threads.arrived + 1
    gate:stop()
  end)
  pcall(function()
    asyncio.run_coroutine_threadsafe(function()
      asyncio.await(asyncio.get_running_loop():create_future())
    end, gate):result(PATIENCE)
  end)
end

--- In the test: waits until n threads have arrived, since the last reset.
function threads.await_arrivals(gate, n)
  while threads.arrived < n do gate:run_forever() end
end

--- In the test: those at the gate pass, and those to come.
function threads.open(gate) gate:close() end

-- Programs of their own ----------------------------------------------------

-- The program that runs these specs: the words before the script.
local function interpreter()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end

--- Runs the chunk as a program of its own; returns its status and its output.
function threads.program(chunk)
  local file = os.tmpname()
  local out = assert(io.open(file, "w"))
  out:write("local asyncio = require 'asyncio'\n",
    "local await, sleep = asyncio.await, asyncio.sleep\n", chunk)
  out:close()
  local pipe = io.popen(("LUA_PATH='%s' LUA_CPATH='%s' '%s' %s 2>&1"):format(
    package.path, package.cpath, interpreter(), file))
  local output = pipe:read("a")
  local _, how, status = pipe:close()
  os.remove(file)
  if how ~= "exit" then error(how .. " " .. status .. "\n" .. output, 2) end
  return status, output
end

return threads
