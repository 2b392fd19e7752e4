-- Makes sure that nothing waits for ever, leaves the process or writes to the
-- screen, whatever is called.

local core = require "asyncio.core"

local FAR = 1e9 -- seconds on the virtual clock
local MOMENT = 0.01 -- in real time

-- Every loop has the virtual clock, and is known to its program.
local function tame_new_loop(get_program)
  local new_loop = core.new_loop
  function core.new_loop()
    local loop = new_loop(true)
    local program = get_program()
    if program then program.loops[#program.loops + 1] = loop end
    return loop
  end
end

-- Stops the loop at a time far away.
local function stopped(run, loop, ...)
  local armed, handle = pcall(loop.call_later, loop, FAR, loop.stop, loop)
  local res = table.pack(pcall(run, loop, ...))
  if armed then handle:cancel() end
  if not res[1] then error(res[2], 0) end
  return table.unpack(res, 2, res.n)
end

local function is_loop(v) return debug.getmetatable(v) == core.classes.Loop end

local function tame_runs(get_program)
  local methods = core.classes.Loop.__methods
  local run_forever, run_until = methods.run_forever, methods._run_until
  function methods.run_forever(loop, ...)
    if not is_loop(loop) then return run_forever(loop, ...) end
    return stopped(run_forever, loop, ...)
  end
  function methods._run_until(loop, ...)
    local program = get_program()
    if not (program and program.has_threads) then return run_until(loop, ...) end
    return stopped(run_until, loop, ...)
  end
end

-- Without a limit, a wait in real time gets one.
local function tame_waits()
  local methods = core.ConcurrentFuture.__index
  for _, name in ipairs {"result", "exception"} do
    local wait = methods[name]
    methods[name] = function(cf, timeout, ...)
      if timeout == nil or type(timeout) == "number" and timeout > MOMENT then
        timeout = MOMENT
      end
      return wait(cf, timeout, ...)
    end
  end
end

--- `get_program` returns the program that runs, or nil.
return function(get_program)
  tame_new_loop(get_program)
  tame_runs(get_program)
  tame_waits()
  rawset(os, "exit", function() error("deliberate exit", 0) end)
  local null = assert(io.open("/dev/null", "w"))
  rawset(io, "stderr", null)
  rawset(io, "stdout", null)
end
