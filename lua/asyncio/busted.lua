-- For busted: the bodies of tests and of their support functions run as tasks,
-- and a test that leaves something behind fails.
--
-- Loaded by `busted --helper=asyncio.busted` it is for all specs; required in a
-- spec, for that file. Hooks stand in busted's core, once; the core asks them
-- to run each body (`safe`) and to tell how each test ended (`safe_publish`).
-- A hook asks the driver of the place: there is one for each time this module
-- is loaded, as busted forgets modules from file to file.

local asyncio = require "asyncio"

local await, sleep = asyncio.await, asyncio.sleep

local busted = {}

-- The core of busted ---------------------------------------------------------

-- What `require "busted"` returns has the core for an upvalue of its __index.
local function find_core()
  local mt = getmetatable(require "busted")
  local index = type(mt) == "table" and mt.__index
  for i = 1, 255 do
    local name, value
    if type(index) == "function" then name, value = debug.getupvalue(index, i) end
    if not name then break end
    if type(value) == "table" and value.safe and value.context then return value end
  end
  error("asyncio.busted: busted does not run here: load it by "
        .. "'busted --helper=asyncio.busted', or in a spec", 0)
end

local core = find_core()

-- Elements, the suite and the files, describes and tests in it, are what
-- drivers and settings are for. The suite is another one in each repetition.
local SUITE = "suite"

local function key_of(element)
  return core.context.parent(element) and element or SUITE
end

-- The value of the innermost element that has one.
local function lookup(map, element)
  while element do
    local value = map[key_of(element)]
    if value ~= nil then return value end
    element = core.context.parent(element)
  end
end

-- Settings -------------------------------------------------------------------

local DEFAULTS = {clock = "virtual", timeout = 60, virtual_timeout = 24 * 3600}

-- Element -> the settings that are its own.
local settings = setmetatable({[SUITE] = DEFAULTS}, {__mode = "k"})

local HAS_SETTINGS = {suite = true, file = true, describe = true}

local function check_setting(key, value)
  if DEFAULTS[key] == nil then
    error(("unknown option '%s' of 'configure'"):format(tostring(key)), 3)
  elseif key == "clock" then
    if value ~= "real" and value ~= "virtual" then
      error("option 'clock' of 'configure' must be \"real\" or \"virtual\"", 3)
    end
  elseif type(value) ~= "number" or value <= 0 or value ~= value then
    error(("option '%s' of 'configure' must be a number of seconds above 0")
          :format(key), 3)
  end
end

--- Settings for the file or the describe that calls it, or, in a helper, for
--- all: clock ("virtual"); timeout, how many seconds a body may take (60);
--- virtual_timeout, how many of them on the virtual clock (a day).
function busted.configure(opts)
  if type(opts) ~= "table" then
    error("options of 'configure' must be a table, not " .. type(opts), 2)
  end
  for key, value in pairs(opts) do check_setting(key, value) end
  local element = core.context.get()
  if not HAS_SETTINGS[element.descriptor] then
    error("configure: call it in a file or a describe, not in the body of "
          .. element.descriptor, 2)
  end
  local merged = {}
  for key, value in pairs(lookup(settings, element)) do merged[key] = value end
  for key, value in pairs(opts) do merged[key] = value end
  settings[key_of(element)] = merged
end

local plain = setmetatable({}, {__mode = "k"})

--- Returns fn, which as a body is called outside of any loop, as busted does.
function busted.plain(fn)
  if type(fn) ~= "function" then
    error(("bad argument #1 to 'plain' (function expected, got %s)")
          :format(type(fn)), 2)
  end
  plain[fn] = true
  return fn
end

-- Loops ----------------------------------------------------------------------

-- A place for the bodies that share a loop: a test with its support functions,
-- or one setup. Its loop is made by the first of them.
local function new_place(element)
  return {element = element, settings = lookup(settings, element), reports = {}}
end

local function is_warning(context)
  return context.exception == nil
    and tostring(context.message):find("^Executing ") ~= nil
end

local function open(place)
  if place.loop then return end
  place.loop = asyncio.new_event_loop {clock = place.settings.clock}
  place.context = asyncio.copy_context()
  place.reporter = place.loop -- also when it has been given up
  place.loop:set_exception_handler(function(loop, context)
    if is_warning(context) then
      return loop:default_exception_handler(context)
    end
    place.reports[#place.reports + 1] = context
  end)
end

-- Real time ------------------------------------------------------------------

local INSTRUCTIONS = 1000 -- of Lua, between two looks at the real time

local PATIENCE = 5 -- seconds for what ignores that its time is over

local function interrupted(text)
  local info = debug.getinfo(3, "Sl") -- what the hook interrupts
  return asyncio.TimeoutError(("%s:%d: %s"):format(
    info.short_src, info.currentline, text))
end

local looks = setmetatable({}, {__mode = "k"}) -- the hooks of guards

-- A hook that looks at the real time, for what gives no timer a turn. When it
-- is over `notice` is called in the loop; if the loop had no turn for that
-- since the last time, the running code is interrupted by an error.
local function new_guard(loop, limit, notice, text)
  local guard = {deadline = core.monotime() + limit}
  function guard.look()
    if guard.is_stopped then return debug.sethook() end
    if core.monotime() < guard.deadline then return end
    guard.deadline = core.monotime() + math.min(PATIENCE, limit)
    if guard.is_asking then error(interrupted(text), 0) end
    guard.is_asking = true
    loop:call_soon(function()
      guard.is_asking = false
      if not guard.is_stopped then notice() end
    end)
  end
  looks[guard.look] = true
  return guard
end

-- A hook of the user's stays.
local function watch(guard, co)
  local hook = debug.gethook(co)
  if hook == nil or looks[hook] and hook ~= guard.look then
    debug.sethook(co, guard.look, "", INSTRUCTIONS) -- begins to count anew
  end
end

-- Watches the coroutine that runs when Lua has collected garbage.
local function watch_others(guard)
  setmetatable({}, {__gc = function()
    if guard.is_stopped then return end
    local co, is_main = coroutine.running()
    if not is_main and core.monotime() >= guard.deadline then
      watch(guard, co)
    end
    watch_others(guard)
  end})
end

-- Watches the task, and those that there are already.
local function watch_tasks(guard, task)
  watch(guard, task:get_coro())
  for _, other in ipairs(asyncio.all_tasks(task:get_loop())) do
    for _, co in ipairs(other:_coroutines()) do watch(guard, co) end
  end
end

-- Time limits ----------------------------------------------------------------
-- A run is a task on its way to the end: loop, task, verdict (why it was told to
-- end, if it was), timer, patience (how long it then may take).

local function seconds(n) return ("%.14g s"):format(n) end

-- A loop that was left without the result, and why.
local function reason_of(err)
  if asyncio.isinstance(err, asyncio.DeadlockError) then
    return "deadlock: " .. err.message
  end
  return tostring(err)
end

local function give_up(run, reason)
  run.verdict = run.verdict or reason
  run.task:cancel(run.verdict)
end

-- The task is told to end, and the second time the loop.
local function over(run, text)
  if run.task:done() then return end
  if run.verdict then return run.loop:stop() end
  give_up(run, text)
  run.timer:cancel()
  run.timer = run.loop:call_later(run.patience, over, run)
end

local GLANCE = 0.05 -- seconds of real time between two looks for a deadlock

-- Is nothing left that could wake the loop? It sees that by itself as soon as
-- it has no timer.
local function is_stuck(loop)
  local ready, timers, _, _, can_be_woken = loop:_counts()
  return ready == 0 and timers == 0 and not can_be_woken
end

-- Comes when the time is over on the loop's clock; on the real one also before.
local function expire(run)
  if is_stuck(run.loop) then return end
  if run.loop:time() >= run.deadline then return over(run, run.text) end
  run.timer = run.loop:call_later(GLANCE, expire, run)
end

local function start_timer(run)
  local delay = run.verdict and run.patience or run.limit
  run.deadline = run.loop:time() + delay
  if not run.is_virtual then delay = math.min(delay, GLANCE) end
  run.timer = run.loop:call_later(delay, expire, run)
end

local function new_run(place, task)
  local set = place.settings
  local run = {loop = place.loop, task = task, limit = set.timeout,
               is_virtual = set.clock == "virtual", patience = PATIENCE}
  run.text = "time limit: it took more than " .. seconds(run.limit)
  local real_text = run.text
  if run.is_virtual then
    run.limit, run.patience = set.virtual_timeout, set.virtual_timeout
    run.text = "time limit: it took more than " .. seconds(run.limit)
      .. " of virtual time"
  end
  -- A timer on the real clock is as good as a notice, and comes first.
  run.guard = new_guard(run.loop, set.timeout + (run.is_virtual and 0 or 1),
    function() if run.is_virtual then over(run, real_text) end end, real_text)
  if set.timeout < math.huge then
    watch_others(run.guard)
    watch_tasks(run.guard, task)
  end
  return run
end

-- How often a body is told to end.
local ATTEMPTS = 3

-- Runs the loop until the task is done, or has not ended though it was told
-- to. Returns why it was told to, if it was.
local function drive(place, task)
  local run = new_run(place, task)
  local _ <close> = setmetatable({}, {__close = function()
    run.guard.is_stopped = true
  end})
  for _ = 1, ATTEMPTS do
    start_timer(run)
    local ok, err = pcall(run.loop.run_until_complete, run.loop, task)
    run.timer:cancel()
    if task:done() then
      if not ok and not run.verdict then error(err, 0) end
      break
    end
    give_up(run, reason_of(err))
  end
  return run.verdict
end

-- Runs fn in a task of the place; returns as `drive` does, and the task.
local function perform(place, name, fn)
  local task = place.loop:create_task(fn, {name = name, context = place.context})
  return drive(place, task), task
end

-- What is left ---------------------------------------------------------------

local TURNS = 16 -- of the loop, for what is about to end

-- A task that was cancelled may end in its own time.
local function settle(loop)
  local me = asyncio.current_task()
  local function others(is_wanted)
    local found = {}
    for _, task in ipairs(asyncio.all_tasks(loop)) do
      if task ~= me and is_wanted(task) then found[#found + 1] = task end
    end
    return found
  end
  local function any() return true end
  local function is_cancelled(task) return task:cancelling() > 0 end
  for _ = 1, TURNS do
    if #others(any) == 0 then return end
    await(sleep(0))
  end
  local ending = others(is_cancelled)
  if #ending > 0 then await(asyncio.wait(ending)) end
end

local function indented(text)
  return "  " .. text:gsub("\n", "\n  ")
end

local function task_text(task)
  local ok, traceback = pcall(task.traceback, task)
  local text = "left a task running: " .. tostring(task)
  if ok and traceback then text = text .. "\n" .. indented(traceback) end
  return text
end

local function report_text(context)
  local lines = {tostring(context.message)}
  if context.exception ~= nil then
    lines[1] = lines[1] .. ": " .. tostring(context.exception)
  end
  local owner = context.task or context.future or context.handle
  if owner then lines[#lines + 1] = "  " .. tostring(owner) end
  local err = context.exception
  local traceback = context.traceback
    or asyncio.isinstance(err, asyncio.Exception) and err.traceback
  if type(traceback) == "string" then lines[#lines + 1] = indented(traceback) end
  return table.concat(lines, "\n")
end

-- What nobody waited for ends, in the order in which `run` ends it.
local function shut_down(place, left)
  local loop = place.loop
  if #left > 0 then
    for _, task in ipairs(left) do task:cancel() end
    perform(place, "clean-up", function()
      await(asyncio.wait(left))
      for _, task in ipairs(left) do -- it is left running: that is reported
        if not task:cancelled() then task:exception() end
      end
    end)
  end
  perform(place, "clean-up", function()
    await(loop:shutdown_asyncgens())
    await(loop:shutdown_default_executor(place.settings.timeout))
  end)
end

local DESTROYED = "Task was destroyed but it is pending!"

-- Ends the loop; returns the texts of what was left, and the reports.
local function close(place)
  local loop = place.loop
  if not loop then return {} end
  local texts, is_known = {}, {}
  perform(place, "clean-up", function() settle(loop) end)
  local left = {}
  for _, task in ipairs(asyncio.all_tasks(loop)) do
    left[#left + 1], is_known[task] = task, true
    texts[#texts + 1] = task_text(task)
  end
  local ok, err = pcall(shut_down, place, left)
  loop:close()
  if not ok then texts[#texts + 1] = tostring(err) end
  for _, context in ipairs(place.reports) do
    if not (context.message == DESTROYED and is_known[context.task]) then
      texts[#texts + 1] = report_text(context)
    end
  end
  return texts
end

-- As busted's `safe` does it for an error in a body, at the body's line.
local function publish_error(element, message)
  local trace = element.trace
  if trace then
    message = ("%s:%d: %s"):format(trace.short_src, trace.currentline, message)
  end
  core.publish({"error", element.descriptor}, element,
               core.context.parent(element), message, trace)
end

-- Closes the place; returns whether it is clean. What it has left behind is an
-- error of its element. After another failure it is not, as that explains what
-- is left; reports are printed then, since they may explain the failure.
local function finish(place)
  local texts = close(place)
  if place.failed then
    for _, context in ipairs(place.reports) do
      if context.message ~= DESTROYED then
        place.reporter:default_exception_handler(context)
      end
    end
    return true
  end
  if #texts == 0 then return true end
  publish_error(place.element, table.concat(texts, "\n"))
  return false
end

-- Bodies ---------------------------------------------------------------------

local function pop_to(element)
  while core.context.get() ~= element do core.context.pop() end
end

-- Runs a body as a task of the place; returns what busted's `safe` does.
local function run_body(place, safe, descriptor, run, element)
  open(place)
  local outside = core.context.get()
  local res
  local name = descriptor .. (element.name and " " .. element.name or "")
  local verdict, task = perform(place, name, function()
    res = table.pack(safe(descriptor, run, element))
  end)
  if not task:done() then -- it will not run again: its loop is given up
    place.loop:close()
    place.loop = nil
    pop_to(outside)
  end
  res = res or table.pack(core.status("success"))
  if verdict and res[1]:success() then -- it did not end by the cancellation
    publish_error(element, verdict)
    res[1] = core.status("error")
  end
  if not res[1]:success() then place.failed = true end
  return table.unpack(res, 1, res.n)
end

-- The driver -----------------------------------------------------------------

local IN_TEST = {it = true, finally = true, before_each = true,
                 after_each = true}
local ALONE = {setup = true, teardown = true, lazy_setup = true,
               lazy_teardown = true, strict_setup = true,
               strict_teardown = true}

local driver = {}

-- The place of the test that runs.
local test

-- How a test ended is told when its after_each functions have ended too.
local function run_test(safe, descriptor, run, element)
  return safe(descriptor, function()
    local place = new_place(element)
    test = place
    local ok, err = pcall(run)
    test = nil
    local ending = place.ending
    if not ending then place.failed = true end
    local is_clean = finish(place)
    if ending then
      if not is_clean then ending.status = "error" end
      ending.publish(ending.status)
    end
    if not ok then error(err, 0) end
  end, element)
end

-- As busted's `safe`, which is given.
function driver.safe(safe, descriptor, run, element)
  if descriptor == "it" and not test then
    return run_test(safe, descriptor, run, element)
  end
  local is_alone = ALONE[descriptor]
  if plain[run] or not is_alone and not (IN_TEST[descriptor] and test) then
    return safe(descriptor, run, element)
  end
  if not is_alone then
    return run_body(test, safe, descriptor, run, element)
  end
  local place = new_place(element)
  local res = table.pack(run_body(place, safe, descriptor, run, element))
  if not finish(place) then res[1] = core.status("error") end
  return table.unpack(res, 1, res.n)
end

-- As busted's `safe_publish`, which is given.
function driver.safe_publish(publish, descriptor, channel, element, parent, ...)
  local is_end = channel[1] == "test" and channel[2] == "end"
  if not (is_end and test and test.element == element) then
    return publish(descriptor, channel, element, parent, ...)
  end
  element.endtime = core.gettime()
  element.endtick = core.monotime()
  element.duration = element.starttick and element.endtick - element.starttick
  test.ending = {status = ..., publish = function(status)
    core.safe(descriptor, function()
      core.publish(channel, element, parent, status)
    end, element)
  end}
  return true
end

-- Hooks ----------------------------------------------------------------------

-- Element -> the driver of what is in it, for all loads of this module.
local drivers = rawget(core, "asyncio_drivers")

local function install()
  drivers = setmetatable({}, {__mode = "k"})
  core.asyncio_drivers = drivers
  local map, safe, safe_publish = drivers, core.safe, core.safe_publish
  function core.safe(descriptor, run, element)
    local found = lookup(map, element)
    if not found then return safe(descriptor, run, element) end
    return found.safe(safe, descriptor, run, element)
  end
  function core.safe_publish(descriptor, channel, element, ...)
    local found = lookup(map, element)
    if not found then return safe_publish(descriptor, channel, element, ...) end
    return found.safe_publish(safe_publish, descriptor, channel, element, ...)
  end
end

-- What busted will forget this module with: the file, unless it is told to
-- remember.
local function insulated()
  local element = core.context.get()
  while element do
    if element.attributes and element.attributes.envmode == "insulate" then
      return element
    end
    element = core.context.parent(element)
  end
end

if not drivers then install() end
drivers[insulated() or SUITE] = driver

return busted
