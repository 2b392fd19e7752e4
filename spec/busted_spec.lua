-- asyncio.busted: small specs run by busted in processes of their own, and what
-- it says of each of their tests.

-- The program that runs these specs.
local function host()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- Runs the text as a spec; returns {file =, output =, tests =}, of each test
-- what TAP says: full name -> {ok =, text =}.
local function run_spec(text, options)
  local name = os.tmpname()
  local file = name .. ".lua"
  local out = assert(io.open(file, "w"))
  out:write(text)
  out:close()
  local pipe = io.popen(("LUA_PATH=%s LUA_CPATH=%s %s .ci/busted.lua "
    .. "-o TAP %s %s 2>&1"):format(quote(package.path),
    quote(package.cpath), quote(host()), options or "", file))
  local output = pipe:read("a")
  pipe:close()
  os.remove(file)
  os.remove(name)
  local tests, last = {}, nil
  for line in output:gmatch("[^\n]+") do
    local ok, title = line:match("^(n?o?t? ?ok) %d+ %- (.*)$")
    if ok then
      last = {ok = ok == "ok", text = ""}
      tests[title] = last
    elseif last then
      last.text = last.text .. line:gsub("^# ?", "") .. "\n"
    end
  end
  return {tests = tests, output = output, file = file}
end

local HEAD = [[
local asyncio = require "asyncio"
local await, sleep, spawn = asyncio.await, asyncio.sleep, asyncio.spawn
local function never() return asyncio.Future() end
]]

local function line_of(text, wanted)
  local number = 1
  for line in text:gmatch("([^\n]*)\n") do
    if line:find(wanted, 1, true) then return number end
    number = number + 1
  end
end

describe("asyncio.busted", function()
  local text = 'require "asyncio.busted"\n' .. HEAD .. [[
describe("t", function()
  local log, server = {}, nil
  setup(function() await(sleep(1)) log[#log + 1] = "setup" end)
  lazy_setup(function() await(sleep(1)) log[#log + 1] = "lazy_setup" end)
  before_each(function()
    await(sleep(1))
    server = spawn(function() while true do await(sleep(1)) end end)
  end)
  after_each(function() await(sleep(1)) server:cancel() end)
  it("waits an hour", function()
    assert.has_error(function() await(asyncio.wait_for(never(), 3600)) end)
    assert.is_false(server:done())
  end)
  it("leaks", function()
    asyncio.create_task(function() await(never()) end, {name = "leaky"}) --leak
    await(sleep(0))
  end)
  it("loses an error", function() spawn(function() error("lost") end) end)
  it("is a deadlock", function() server:cancel() await(never()) end)
  it("takes too long", function() await(never()) end)
  it("swallows it", function() server:cancel() pcall(await, never()) end)
  it("never ends", function() while true do pcall(await, never()) end end)
  it("fails late", function()
    await(sleep(1))
    assert.equal(1, 2) --late
  end)
  it("fails by an object", function()
    await(sleep(1))
    error(asyncio.TimeoutError("slow")) --object
  end)
  it("fails and leaks", function() spawn(never) error("first") end)
  it("turns pending", function() await(sleep(1)) pending("later") end)
  it("has finally", function()
    finally(function() await(sleep(1)) log[#log + 1] = "finally" end)
    await(sleep(1))
  end)
  it("fails in finally", function() finally(function() error("final") end) end)
  test("is a test", function() await(sleep(1)) end)
  spec("is a spec", function() await(sleep(1)) end)
  pending("is pending")
  describe("nested", function()
    it("ran", function()
      await(sleep(1))
      assert.same({"setup", "lazy_setup", "finally"}, log)
    end)
  end)
  it("is plain", require("asyncio.busted").plain(function()
    assert.equal(4, asyncio.run(function() return 4 end))
  end))
end)
describe("s", function()
  local var = asyncio.ContextVar("var")
  before_each(function() var:set(1) end)
  it("has variables", function() assert.equal(1, var:get()) end)
  insulate("settings", function()
    require("asyncio.busted").configure {clock = "real"}
    it("cross threads", function()
      assert.equal(3, await(asyncio.to_thread(function() return 3 end)))
    end)
    describe("short", function()
      require("asyncio.busted").configure {timeout = 0.05}
      it("stop", function() await(sleep(100)) end)
    end)
  end)
  describe("one", function()
    setup(function() spawn(function() await(never()) end) end)
    it("does not run", function() end)
  end)
  describe("two", function()
    teardown(function() spawn(function() error("lost") end) end)
    it("runs", function() end)
  end)
  describe("three", function()
    after_each(function() spawn(function() await(never()) end) end)
    it("leaks after", function() end)
  end)
end)
]]
  local result

  setup(function() result = run_spec(text) end)

  local function passes(name)
    local test = result.tests[name]
    assert(test, result.output)
    assert.is_true(test.ok, test.text)
  end

  local function fails(name, ...)
    local test = result.tests[name]
    assert(test, result.output)
    assert.is_false(test.ok)
    for _, part in ipairs {...} do
      assert.truthy(test.text:find(part, 1, true), test.text)
    end
    return test
  end

  local function at(mark)
    return ("%s:%d: "):format(result.file, line_of(text, mark))
  end

  it("runs bodies as tasks on the virtual clock", function()
    passes("t waits an hour")
    passes("t has finally")
    passes("t is a test")
    passes("t is a spec")
    passes("t nested ran")
  end)

  it("fails the test that left a task running", function()
    fails("t leaks", "left a task running: <Task pending name='leaky'", at("--leak"):sub(1, -3))
    fails("s three leaks after", "left a task running: ")
  end)

  it("fails the test that lost an error", function()
    fails("t loses an error", "Task exception was never retrieved", "lost")
  end)

  it("ends what waits for ever", function()
    fails("t is a deadlock", at('"is a deadlock"'), "deadlock: nothing can wake")
    fails("t takes too long", at('"takes too long"'), "86400 s of virtual time")
    fails("t swallows it", at('"swallows it"'), "deadlock")
    fails("t never ends", at('"never ends"'), "time limit")
  end)

  it("leaves failures as they are", function()
    fails("t fails late", "message: " .. at("--late") .. "Expected objects to be equal.")
    fails("t fails by an object", "message: " .. at("--object") .. "TimeoutError: slow")
    fails("t fails in finally", "final")
    local test = fails("t fails and leaks", "first")
    assert.falsy(test.text:find("left a task", 1, true))
  end)

  it("leaves pending as it is", function()
    passes("# SKIP t is pending")
    passes("# SKIP " .. at('"turns pending"') .. "later")
  end)

  it("has settings, and bodies outside of a loop", function()
    passes("t is plain")
    passes("s settings cross threads")
    fails("s settings short stop", "time limit: it took more than 0.05 s")
  end)

  it("keeps setups and teardowns apart from tests", function()
    passes("s has variables")
    fails("s one setup", "left a task running")
    assert.is_nil(result.tests["s one does not run"])
    passes("s two runs")
    fails("s two teardown", "never retrieved", "lost")
  end)

  it("ends what gives time no turn", function()
    local spec = 'require("asyncio.busted").configure {timeout = 0.05}\n' .. HEAD .. [[
      it("spins", function() while true do await(sleep(0)) end end)
      it("blocks", function() --blocks
        while true do end
      end)
      it("spins on", function() while true do pcall(await, sleep(0)) end end)
      it("leaves a spinner", function() --leaves
        spawn(function() while true do pcall(await, sleep(0)) end end)
      end)
      it("waits for what spins", function()
        local task = spawn(function() while true do await(sleep(0, {})) end end)
        await(sleep(1))
        task:cancel()
      end)
      it("lets itself be told", function()
        local log = {}
        finally(function() assert.same({"told"}, log) end)
        while #log == 0 do
          if not pcall(await, sleep(0)) then log[1] = "told" end
        end
      end)
      it("takes its turn", function() for _ = 1, 100 do await(sleep(0)) end end)
    ]]
    result = run_spec(spec)
    local limit = "time limit: it took more than 0.05 s\n"
    fails("spins", limit)
    fails("blocks", limit, (":%d: time limit"):format(line_of(spec, "--blocks") + 1))
    fails("spins on", limit)
    fails("leaves a spinner", "left a task running",
          ("%s:%d"):format(result.file, line_of(spec, "--leaves") + 1))
    fails("waits for what spins", limit)
    fails("lets itself be told", limit)
    passes("takes its turn")
  end)

  it("finds deadlocks on the real clock", function()
    result = run_spec('require("asyncio.busted").configure {clock = "real"}\n' .. HEAD .. [[
      it("waits", function() await(never()) end)
      it("waits later", function() await(sleep(0.06)) await(never()) end)
      it("has a thread", function()
        assert.equal(3, await(asyncio.to_thread(function()
          for _ = 1, 1e7 do end
          return 3
        end)))
      end)
    ]])
    fails("waits", "deadlock: nothing can wake the loop")
    fails("waits later", "deadlock: nothing can wake the loop")
    passes("has a thread")
  end)

  it("is a helper, and changes only what it is for", function()
    local plain = HEAD .. [[
      it("a", function() assert.is_true(pcall(await, sleep(3600))) end)
      it("b", function() require("asyncio.busted") end)
      it("c", function() assert.is_nil(await(sleep(3600))) end)
    ]]
    local helped = run_spec(plain, "--helper=asyncio.busted --shuffle-tests").tests
    assert.same({true, true, true}, {helped.a.ok, helped.b.ok, helped.c.ok})
    local bare = run_spec(HEAD .. [[
      it("a", function() assert.is_false(pcall(await, sleep(3600))) end)
    ]]).tests
    assert.is_true(bare.a.ok)
  end)
end)
