-- A pool of workers over a queue, with a rate limit: three workers share the
-- jobs, and no more than four requests begin in any one second. The queue is
-- bounded, so whoever fills it waits while the workers are behind; shutting it
-- down ends their loops when it is empty.
--
-- The time is virtual: the program ends at once. With the real clock it takes
-- less than three seconds.
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local WORKERS, REQUESTS, SECONDS = 3, 4, 1

local loop, started

local function say(text, ...)
  print(("%4.1f s  %s"):format(loop:time() - started, text:format(...)))
end

--- Returns a function that waits until one more request may begin. What it
--- takes is given back after some seconds, not when the request ends.
local function new_rate(n, seconds)
  local free = asyncio.BoundedSemaphore(n)
  return function()
    await(free:acquire())
    loop:call_later(seconds, free.release, free)
  end
end

-- In place of a request that takes its time.
local function fetch(page)
  await(sleep(page % 3 == 0 and 0.6 or 0.2))
  if page == 5 then error("page 5 is missing", 0) end
  return ("%d words"):format(100 * page)
end

local function work(name, pages, may_begin, results)
  for page in pages:iter() do
    may_begin()
    say("%s begins page %d", name, page)
    local ok, result = asyncio.pcall(fetch, page)
    if not ok then say("%s failed: %s", name, result) end
    results[page] = ok and result or "nothing"
  end
  say("%s is done", name)
end

asyncio.run(function()
  loop = asyncio.get_running_loop()
  started = loop:time()
  local results = {}
  do
    local pages = asyncio.Queue(2)
    local may_begin = new_rate(REQUESTS, SECONDS)
    local pool <close> = asyncio.TaskGroup() -- waits for its workers
    for i = 1, WORKERS do
      pool:spawn(work, "worker " .. i, pages, may_begin, results)
    end
    for page = 1, 10 do await(pages:put(page)) end
    say("all pages are in the queue")
    pages:shutdown()
  end
  for page, result in ipairs(results) do print(page, result) end
end, {clock = "virtual"})
