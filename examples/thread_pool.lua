-- A pool of threads that look for primes: each prepares itself once, and map
-- gives the results in the order of the list.
local asyncio = require "asyncio"
local await = asyncio.await

-- Every thread calls this when it starts. What is global there stays for all
-- calls that the thread performs.
local function find_small_primes()
  local primes = {}
  for n = 2, 1000 do
    local is_prime = true
    for _, p in ipairs(primes) do is_prime = is_prime and n % p ~= 0 end
    if is_prime then primes[#primes + 1] = n end
  end
  _G.small_primes = primes
end

--- Performed in the threads: how many primes are there from first to last? (Up
--- to a million.)
local function count_primes(first, last)
  local count = 0
  for n = first, last do
    local is_prime = n > 1
    for _, p in ipairs(_G.small_primes) do
      if p * p > n then break end
      if n % p == 0 then
        is_prime = false
        break
      end
    end
    if is_prime then count = count + 1 end
  end
  return count
end

-- Its threads end, when they have done all, at the end of this block: the file.
local pool <close> = asyncio.ThreadPoolExecutor {
  max_workers = 4,
  thread_name_prefix = "primes",
  initializer = find_small_primes,
}

local function count_in_block(i)
  return count_primes((i - 1) * 50000 + 1, i * 50000)
end

-- Without a loop: here map, and result, block until there is one.
local block = 0
for count in pool:map(count_in_block, {1, 2, 3, 4}) do
  block = block + 1
  print(("primes in block %d: %d"):format(block, count))
end
print("primes below 1000: " .. pool:submit(count_primes, 1, 1000):result())

-- In a loop: the task waits, and others go on.
asyncio.run(function()
  local loop = asyncio.get_running_loop()
  local counts = await(asyncio.gather(
    loop:run_in_executor(pool, count_primes, 1, 100000),
    loop:run_in_executor(pool, count_primes, 100001, 200000)
  ))
  print(("primes below 200000: %d + %d"):format(counts[1], counts[2]))
end)
