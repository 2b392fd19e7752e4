-- Helpers of the specs: loops on the virtual clock that are closed after each
-- test, ticks by number, and errors as values.
local asyncio = require "asyncio"

local support = {}

local opened = {}

--- A loop on the virtual clock (or opts.clock = "real"), closed by `close_loops`.
function support.new_loop(opts)
  local loop = asyncio.new_event_loop(opts or {clock = "virtual"})
  opened[#opened + 1] = loop
  return loop
end

--- For `after_each`: closes every loop made by `new_loop`.
function support.close_loops()
  asyncio.set_event_loop(nil)
  local loops = opened
  opened = {}
  for _, loop in ipairs(loops) do
    if not loop:is_closed() then loop:close() end
  end
end

--- Two ticks: all that is ready now, and what that makes ready.
function support.run_briefly(loop)
  loop:run_until_complete(function() end)
end

--- One tick.
function support.run_once(loop)
  loop:call_soon(loop.stop, loop)
  loop:run_forever()
end

--- Calls fn(...), which must raise; returns the value it raised. `want` is a
--- class of exceptions, or a pattern for an error string.
function support.raises(want, fn, ...)
  local res = table.pack(pcall(fn, ...))
  if res[1] then
    error("expected an error, but the call returned", 2)
  end
  local err = res[2]
  if type(want) == "string" then
    if not tostring(err):find(want, 1, false) then
      error(("expected an error like %q, got: %s"):format(want, tostring(err)), 2)
    end
  elseif want ~= nil and not asyncio.isinstance(err, want) then
    error(("expected %s, got: %s"):format(want.name, tostring(err)), 2)
  end
  return err
end

--- Collects what a loop reports: returns a list that grows with each context.
function support.record_reports(loop)
  local reports = {}
  loop:set_exception_handler(function(_, context)
    reports[#reports + 1] = context
  end)
  return reports
end

local scale = tonumber(os.getenv "SPEC_SCALE" or 1)

--- So many, or less where a sanitizer makes everything slow: a part of them, by
--- SPEC_SCALE.
function support.many(n) return math.max(10, math.floor(n * scale)) end

--- Calls the finalizer while the C function, called next in this coroutine, makes
--- its first object; in between nothing is collected. Returns the collector's mode.
function support.finalize_within(fn, finalizer)
  local mode = collectgarbage("generational")
  collectgarbage()
  collectgarbage("stop")
  debug.sethook(function()
    if debug.getinfo(2, "f").func ~= fn then return end
    debug.sethook()
    setmetatable({}, {__gc = finalizer})
    collectgarbage("restart")
  end, "c")
  return mode
end

--- Full collection, finalizers included, and what only these kept.
function support.gc_collect()
  for _ = 1, 3 do collectgarbage() end
end

--- Calls the finalizer of all that is unreachable.
function support.finalize() collectgarbage() end

return support
