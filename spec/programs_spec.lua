-- A few of the random programs of spec/stress/programs.lua.
local asyncio = require "asyncio"
local programs = require "spec.stress.programs"
local support = require "spec.support"

local PROGRAMS = support.many(300)

describe("random programs", function()
  it("do the same each time and lose nothing", function()
    for seed = 1, PROGRAMS do
      local err = programs.check(seed)
      if err then error(("seed %d: %s"):format(seed, err), 0) end
    end
  end)

  it("differ", function()
    assert.are_not.same((programs.run(1)), (programs.run(2)))
  end)

  -- A driver that overlooks what is wrong would be right always.
  describe("notice", function()
    local methods, name, original

    local function replace(object, key, fn)
      methods, name = getmetatable(object), key
      original = methods[key]
      methods[key] = fn(original)
    end

    after_each(function()
      methods[name] = original
    end)

    local function find_fault()
      for seed = 1, PROGRAMS do
        local err = programs.check(seed)
        if err then return err end
      end
    end

    it("a lock that forgets who waits", function()
      replace(asyncio.Lock(), "release", function()
        return function(self) self._is_locked = false end
      end)
      assert.matches("wait for lock %d, which is free", find_fault())
    end)

    it("a queue that loses an item", function()
      replace(asyncio.Queue(), "put_nowait", function()
        return function() end
      end)
      assert.is_string(find_fault())
    end)

    it("a semaphore with a share too many", function()
      replace(asyncio.Semaphore(), "release", function(release)
        return function(self)
          release(self)
          self._value = self._value + 1
        end
      end)
      assert.matches("semaphore", find_fault())
    end)
  end)
end)
