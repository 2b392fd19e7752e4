-- A job runner to start from: jobs wait for those they need, only so many run at
-- a time, each has a time limit and is tried again after a pause that doubles.
-- What needs a failed job is skipped. Ctrl-C cancels what runs, waits for its
-- clean-up and exits with status 130.
--
-- The jobs at the end of the file only sleep: replace them by your own.
local asyncio = require "asyncio"
local await, sleep = asyncio.await, asyncio.sleep

local function say(job, text, ...)
  print(("%-8s %s"):format(job.name, text:format(...)))
end

--- Runs the job until it succeeds or has no attempt left; returns its result or
--- raises its last error. Cancellation passes through asyncio.pcall.
local function attempt(job)
  local pause, attempts = job.pause or 0.1, 1 + (job.retries or 0)
  for n = 1, attempts do
    local ok, result = asyncio.pcall(await, asyncio.wait_for(job.run, job.timeout))
    if ok then
      return result
    elseif n == attempts then
      error(result, 0)
    end
    say(job, "failed (%s), again in %g s", result, pause)
    await(sleep(pause))
    pause = pause * 2
  end
end

--- What keeps a job from running: "failed" when something it needs has not
--- succeeded and never will, "waiting" when it may yet, or else nil.
local function obstacle(job, state)
  local found
  for _, name in ipairs(job.needs or {}) do
    if state[name] == "failed" or state[name] == "skipped" then return "failed" end
    if state[name] ~= "done" then found = "waiting" end
  end
  return found
end

local function check(jobs)
  local known = {}
  for _, job in ipairs(jobs) do
    assert(not known[job.name], "two jobs have the name " .. job.name)
    known[job.name] = true
  end
  for _, job in ipairs(jobs) do
    for _, name in ipairs(job.needs or {}) do
      assert(known[name], job.name .. " needs an unknown job: " .. name)
    end
  end
end

--- Runs the jobs, `limit` at a time, in the order of the list where there is a
--- choice. Returns by name what became of each, "done", "failed" or "skipped"
--- ("waiting": the jobs need one another in a circle), and the results or errors.
local function run_jobs(jobs, limit)
  check(jobs)
  local state, results, job_of = {}, {}, {}
  local running = {}

  -- However this function is left, nothing stays behind.
  local _ <close> = setmetatable({}, {__close = function()
    if #running == 0 then return end
    print(("cancelling what runs: %d"):format(#running))
    for _, task in ipairs(running) do task:cancel() end
    await(asyncio.gather(running, {return_exceptions = true}))
  end})

  local function start_what_can()
    for _, job in ipairs(jobs) do
      if not state[job.name] then
        local found = obstacle(job, state)
        if found == "failed" then
          state[job.name] = "skipped"
          say(job, "skipped")
          return start_what_can()
        elseif not found and #running < limit then
          local task = asyncio.create_task(function() return attempt(job) end,
            {name = job.name})
          state[job.name] = "running"
          say(job, "started")
          job_of[task] = job
          running[#running + 1] = task
        end
      end
    end
  end

  local function settle(task)
    local job = job_of[task]
    local ok, result = pcall(task.result, task)
    state[job.name] = ok and "done" or "failed"
    results[job.name] = result
    say(job, ok and "done: %s" or "failed for good: %s", result)
  end

  start_what_can()
  while #running > 0 do
    local done, pending = await(asyncio.wait(running,
      {return_when = asyncio.FIRST_COMPLETED}))
    running = {table.unpack(pending)}
    for _, task in ipairs(done) do settle(task) end
    start_what_can()
  end

  for _, job in ipairs(jobs) do
    state[job.name] = state[job.name] or "waiting"
  end
  return state, results
end

-- ---- the jobs ---------------------------------------------------------------

--- A job that sleeps, fails so many times, and then returns its result.
local function pretend(seconds, result, failures)
  local left = failures or 0
  return function()
    await(sleep(seconds))
    if left > 0 then
      left = left - 1
      error("try again", 0)
    end
    return result
  end
end

--- A job that hangs the first time.
local function pretend_to_hang(seconds, result)
  local hangs = true
  return function()
    if hangs then
      hangs = false
      await(sleep(3600))
    end
    await(sleep(seconds))
    return result
  end
end

local jobs = {
  {name = "fetch", run = pretend(0.1, "3 archives", 1), retries = 2},
  {name = "compile", run = pretend(0.3, "12 files"), needs = {"fetch"}, timeout = 2},
  {name = "docs", run = pretend_to_hang(0.1, "7 pages"), needs = {"fetch"},
   timeout = 0.5, retries = 1},
  {name = "lint", run = pretend(0.1, nil, 99), needs = {"fetch"}},
  {name = "test", run = pretend(0.5, "141 passed"), needs = {"compile"}},
  {name = "publish", run = pretend(0.1, "online"), needs = {"test", "docs", "lint"}},
}

asyncio.main(function()
  local state = run_jobs(jobs, 2)
  print()
  for _, job in ipairs(jobs) do say(job, "%s", state[job.name]) end
end)
