-- A pipeline of async generators: a sensor's lines -> numbers -> a running mean ->
-- batches. Each stage awaits for itself; a value goes through all of them as soon
-- as it comes. Leaving the loop at the end ends every stage, the sensor too.
--
-- The time is virtual: the program computes when it would have printed each line.
-- Without {clock = "virtual"} it prints the same, in three seconds.
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local started

local function say(text, ...)
  local seconds = asyncio.get_running_loop():time() - started
  print(("%.1f s  %s"):format(seconds, text:format(...)))
end

-- ---- the source -------------------------------------------------------------

-- What the sensor sends, and how many seconds it takes for each line.
local LINES = {
  {0.2, "20.0"}, {0.2, "20.6"}, {0.2, "20.9"}, {0.2, "21.2"}, {0.2, "no signal"},
  {0.8, "21.8"}, {0.2, "22.1"}, {0.2, "21.8"}, {0.2, "21.5"}, {0.2, "21.2"},
}

--- Yields lines as they come, for ever.
local sensor = asyncio.generator(function(yield)
  say("the sensor is on")
  -- However the generator ends; it may await.
  local _ <close> = setmetatable({}, {__close = function()
    await(sleep(0.3))
    say("the sensor is off")
  end})
  while true do
    for _, line in ipairs(LINES) do
      await(sleep(line[1]))
      yield(line[2])
    end
  end
end)

-- ---- the stages -------------------------------------------------------------

-- Each takes the generator before it, and ends it when it ends itself.

--- The lines that are numbers.
local numbers = asyncio.generator(function(yield, lines)
  local _ <close> = lines
  for line in lines do
    local number = tonumber(line)
    if number then
      yield(number)
    else
      say("left out: %s", line)
    end
  end
end)

--- The mean of the last n numbers.
local means = asyncio.generator(function(yield, source, n)
  local _ <close> = source
  local last, sum = {}, 0
  for number in source do
    last[#last + 1] = number
    sum = sum + number
    if #last > n then sum = sum - table.remove(last, 1) end
    yield(sum / #last)
  end
end)

--- Lists of at most n values; none waits longer than so many seconds for the
--- list to become full.
local batches = asyncio.generator(function(yield, source, n, seconds)
  local _ <close> = source
  local loop = asyncio.get_running_loop()
  -- The next value is asked for by a task, which goes on when we stop waiting.
  local asking = asyncio.create_task(source:next())
  local _ <close> = setmetatable({}, {__close = function()
    asking:cancel()
    await(asyncio.wait({asking}))
  end})
  local batch, deadline = {}, math.huge
  while true do
    local done = await(asyncio.wait({asking}, {timeout = deadline - loop:time()}))
    local value = done[asking] and asking:result()
    if value then
      batch[#batch + 1] = value
      if #batch == 1 then deadline = loop:time() + seconds end
      asking = asyncio.create_task(source:next())
    end
    local is_over = done[asking] and not value
    if #batch > 0 and (#batch == n or not value) then
      yield(batch)
      batch, deadline = {}, math.huge
    end
    if is_over then return end
  end
end)

-- ---- the program ------------------------------------------------------------

asyncio.main(function()
  started = asyncio.get_running_loop():time()
  local received = 0
  for batch in batches(means(numbers(sensor()), 3), 3, 0.6) do
    received = received + 1
    for i, mean in ipairs(batch) do batch[i] = ("%.1f"):format(mean) end
    say("batch %d: %s", received, table.concat(batch, " "))
    if received == 4 then break end
  end
  say("done")
end, {clock = "virtual"})
