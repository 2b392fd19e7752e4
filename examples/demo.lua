-- A tour in some seconds: `make demo`. The figures are seconds since the start.
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local began

local function say(text, ...)
  local seconds = asyncio.get_running_loop():time() - began
  print(("  %4.1f  "):format(seconds) .. text:format(...))
end

local function title(text)
  print("\n" .. text)
end

-- Stands for any work that takes its time.
local brew = asyncio.async(function(what, seconds)
  say("%s: begun", what)
  await(sleep(seconds))
  say("%s: ready", what)
  return what
end)

local function tasks()
  title "Tasks run side by side"
  local tea = asyncio.create_task(brew("tea", 0.3))
  local coffee = asyncio.create_task(brew("coffee", 0.2))
  say("%s and %s, in 0.3 s instead of 0.5 s", await(tea), await(coffee))
end

local function gathering()
  title "gather: results in the order of the calls, errors among them if asked for"
  local results = await(asyncio.gather(
    brew("cocoa", 0.2),
    function() error("out of milk", 0) end,
    brew("water", 0.1),
    {return_exceptions = true}))
  for i = 1, results.n do
    local failed = results.exceptions[i] ~= nil
    say("%d: %s%s", i, failed and "error: " or "", results[i])
  end
end

local function time_limit()
  title "wait_for: a time limit"
  local ok, err = asyncio.pcall(await, asyncio.wait_for(brew("stew", 3600), 0.2))
  say("ok = %s, error = %s", ok, err)
end

local function cancellation()
  title "Cancellation: clean-up runs, and may wait"
  local baking = asyncio.create_task(function()
    local oven <close> = setmetatable({}, {__close = function()
      await(sleep(0.1))
      say("bread: the oven is off")
    end})
    say("bread: the oven is on, %s", type(oven))
    await(sleep(3600))
  end)
  await(sleep(0.1))
  baking:cancel("lunch is over")
  local _, err = pcall(await, baking)
  say("bread: %s; the task is cancelled: %s", err, baking:cancelled())
end

local function shielding()
  title "shield: who waits is cancelled, the work is not"
  local dough = asyncio.create_task(brew("dough", 0.2))
  local guest = asyncio.create_task(function() await(asyncio.shield(dough)) end)
  await(sleep(0.1))
  guest:cancel()
  pcall(await, guest)
  say("the guest has left: %s", guest:cancelled())
  say("the %s is finished", await(dough))
end

local function as_they_come()
  title "as_completed: what is ready first comes first"
  for co in asyncio.as_completed {brew("soup", 0.3), brew("salad", 0.1)} do
    say("served: %s", await(co))
  end
end

-- Runs in other threads: what it needs goes along, results and errors come back.
local function count_primes(first, last)
  local count = 0
  for n = first, last do
    local divisor = 2
    while divisor * divisor <= n and n % divisor ~= 0 do divisor = divisor + 1 end
    if divisor * divisor > n then count = count + 1 end
  end
  return count
end

local function threads()
  title "to_thread: two threads compute in parallel, and the loop goes on"
  local to_thread = asyncio.to_thread
  local counts = await(asyncio.gather(
    to_thread(count_primes, 2, 300000),
    to_thread(count_primes, 300001, 500000),
    brew("an egg", 0.1)))
  say("primes up to 500000: %d + %d", counts[1], counts[2])
  local ok, err = asyncio.pawait(to_thread(count_primes, 2, "many"))
  say("ok = %s, error = %s", ok, err)
end

local function failing()
  title "No error is lost: a task that nobody awaits is reported with its traceback"
  local function count_forks(drawer) return #drawer.forks end
  asyncio.create_task(function()
    local forks = count_forks({})
    say("%d forks", forks)
  end, {name = "lay the table"})
  await(sleep(0))
  collectgarbage()
end

local function report(_, context)
  say("%s", context.message)
  say("%s: %s", context.task:get_name(), context.exception)
  print((context.traceback:gsub("%f[^\n\0]", "        ")))
end

asyncio.run(function()
  local loop = asyncio.get_running_loop()
  loop:set_exception_handler(report)
  began = loop:time()
  tasks()
  gathering()
  time_limit()
  cancellation()
  shielding()
  as_they_come()
  threads()
  failing()
end)
print "\nThat was all."
