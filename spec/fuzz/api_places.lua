-- Where a program acts: outside a loop and in tasks, callbacks, finalizers,
-- closing handlers, hooks, comparators and the rest. Each place is a function
-- of the program, its numbers and a body to call there; what it raises is an
-- outcome like any other.

local asyncio = require "asyncio"

local await, sleep = asyncio.await, asyncio.sleep

local function new_loop() return asyncio.new_event_loop {clock = "virtual"} end

local function closing(body) return setmetatable({}, {__close = body}) end

local function open_loop(p, r)
  local loop = p.loops[r(#p.loops + 1)]
  return loop and not loop:is_closed() and loop or new_loop()
end

-- A task factory may return anything.
local function start(body)
  local task = asyncio.create_task(body)
  if not asyncio.isfuture(task) then error("deliberate", 0) end
  return task
end

-- Once only, whatever calls it again.
local function once(body)
  local is_done = false
  return function(...)
    if is_done then return end
    is_done = true
    return body(...)
  end
end

local places = {}

-- Loops ----------------------------------------------------------------------

function places.here(_, _, body) return body() end

function places.run(_, r, body)
  return asyncio.run(body, {debug = r(8) == 1 or nil})
end

function places.run_until_complete(p, r, body)
  return open_loop(p, r):run_until_complete(body)
end

function places.run_forever(p, r, body)
  local loop = open_loop(p, r)
  loop:call_soon(body)
  loop:call_later(r(3) - 1, loop.stop, loop)
  return loop:run_forever()
end

function places.runner(_, _, body)
  local runner = asyncio.Runner {clock = "virtual"}
  runner:run(body)
  body()
  runner:close()
  return body()
end

function places.closed_loop(_, r, body)
  local loop = new_loop()
  if r(2) == 1 then loop:call_soon(body) end
  loop:create_task(body)
  if r(2) == 1 then loop:run_until_complete(sleep(0)) end
  loop:close()
  return body(loop)
end

function places.main(_, _, body) return asyncio.main(body) end

function places.two_loops(_, _, body)
  local one, other = new_loop(), new_loop()
  other:create_task(body)
  one:run_until_complete(function()
    body(other)
    other:close()
  end)
end

-- Callbacks and tasks --------------------------------------------------------

function places.callback(p, r, body)
  return open_loop(p, r):call_soon(body)
end

function places.task(_, r, body)
  local task = start(body)
  if r(2) == 1 then await(sleep(r(3) - 1)) end
  if r(2) == 1 then task:cancel() end
  return await(task)
end

function places.eager_task(_, _, body)
  return asyncio.create_task(body, {eager_start = true})
end

function places.done_callback(p, r, body)
  local fut = open_loop(p, r):create_future()
  fut:add_done_callback(body)
  fut:set_result(fut)
  return await(fut)
end

function places.exception_handler(p, r, body)
  local loop = open_loop(p, r)
  loop:set_exception_handler(once(body))
  loop:call_soon(error, "deliberate")
  loop:call_exception_handler {message = "x"}
end

function places.task_factory(p, r, body)
  local loop = open_loop(p, r)
  loop:set_task_factory(function(...)
    body()
    return asyncio.Task(...)
  end)
  return loop:create_task(body)
end

function places.generator(_, r, body)
  local gen = asyncio.generator(function(yield)
    body(yield)
    yield(1)
    body()
  end)()
  await(gen:next())
  if r(2) == 1 then await(gen:aclose()) end
  return gen
end

function places.context(_, _, body)
  return asyncio.copy_context():run(body)
end

-- While something ends -------------------------------------------------------

function places.close_error(_, _, body)
  local _ <close> = closing(body)
  error("deliberate", 0)
end

function places.close_cancel(_, r, body)
  local task = start(function()
    local _ <close> = closing(body)
    await(sleep(100))
  end)
  await(sleep(0))
  task:cancel()
  if r(2) == 1 then task:cancel() end
  return await(task)
end

function places.close_coroutine(_, r, body)
  local library = r(2) == 1 and coroutine or asyncio.coroutine
  local co = library.create(function()
    local _ <close> = closing(body)
    coroutine.yield()
  end)
  library.resume(co)
  return library.close(co)
end

function places.finalizer(p, _, body)
  setmetatable({}, {__gc = function() pcall(body) end})
  p.collect()
end

function places.message_handler(_, r, body)
  local call = r(2) == 1 and xpcall or asyncio.xpcall
  return call(error, once(body), "deliberate")
end

function places.scope(_, r, body)
  local scope = r(2) == 1 and asyncio.TaskGroup() or asyncio.timeout(r(3) - 1)
  return asyncio.with(scope, body)
end

function places.lock(_, _, body)
  return asyncio.with(asyncio.Lock(), body)
end

-- In coroutines of the user's ------------------------------------------------

local function drive(library, body)
  local co = library.create(body)
  for _ = 1, 3 do
    if library.status(co) ~= "suspended" then break end
    library.resume(co)
  end
  return co
end

function places.native_coroutine(p, _, body)
  local before = p.normal
  p.normal = coroutine.running()
  local co = drive(coroutine, body)
  p.normal = before
  return co
end

function places.coroutine(_, _, body) return drive(asyncio.coroutine, body) end

function places.wrapped(_, r, body)
  local library = r(2) == 1 and coroutine or asyncio.coroutine
  return library.wrap(body)()
end

-- In the middle of a function of C, a metamethod, a hook ---------------------

function places.comparator(_, _, body)
  body = once(body)
  table.sort({3, 1, 2}, function(a, b)
    body()
    return a < b
  end)
end

function places.gsub(_, _, body) return (string.gsub("x", "x", body)) end

function places.reader(_, _, body)
  return load(function()
    body()
  end)
end

function places.metamethod(_, r, body)
  local object = setmetatable({}, {__index = body, __lt = body, __tostring = body,
                                   __concat = body, __call = body})
  local how = r(5)
  if how == 1 then return object.x end
  if how == 2 then return object < {} end
  if how == 3 then return tostring(object) end
  if how == 4 then return object .. "" end
  return object()
end

function places.hook(_, r, body)
  local function hook()
    debug.sethook()
    body()
  end
  debug.sethook(hook, r(2) == 1 and "c" or "", r(20))
  for _ = 1, 10 do tostring(_) end
  debug.sethook()
end

local names = {}
for name in pairs(places) do names[#names + 1] = name end
table.sort(names)

return {names = names, places = places}
