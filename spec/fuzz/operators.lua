-- What else than calling a function or method can be done to a value: a list of
-- {name, function}.

local asyncio = require "asyncio"

return {
  {"index", function(a, b) return a[b] end},
  {"call", function(a, ...) return a(...) end},
  {"#", function(a) return #a end},
  {"..", function(a, b) return a .. b end},
  {"==", function(a, b) return a == b end},
  {"<", function(a, b) return a < b end},
  {"-", function(a) return -a end},
  {"tostring", tostring},
  {"set", function(a, b, c)
    if type(a) == "userdata" then a[b] = c end
  end},
  {"close", function(a) local _ <close> = a end},
  {"pairs", function(a)
    local following, state, first = pairs(a)
    return following(state, first)
  end},
  {"for", function(a)
    local n = 0
    for _ in a, nil, nil, type(a) == "table" and a or nil do
      n = n + 1
      if n > 2 then break end
    end
  end},
  {"resume", coroutine.resume}, {"await", asyncio.await},
  {"coroutine.close", coroutine.close}, {"create_task", asyncio.create_task},
  {"yield", coroutine.yield}, {"cancel", function()
    return asyncio.current_task():cancel()
  end},
}
