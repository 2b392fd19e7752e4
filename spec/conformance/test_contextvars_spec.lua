-- CPython's own tests of contextvars in Lua: variables, tokens, contexts, and
-- the map that holds the values. That map is found by the number of a variable
-- here, so that there are no hashes to collide; numbers that are close share a
-- node, numbers that are far apart share the root only.
local asyncio = require "asyncio"
local support = require "spec.support"

local ContextVar, Token = asyncio.ContextVar, asyncio.Token
local Context, copy_context = asyncio.Context, asyncio.copy_context
local raises = support.raises

-- The body runs in a context of its own.
local function isolated(body)
  return function() Context():run(body) end
end

-- Is the variable set in the context? Its value may be nil.
local function has(ctx, var)
  for key in pairs(ctx) do
    if rawequal(key, var) then return true end
  end
  return false
end

-- The names of what is set in the context, sorted.
local function names(ctx)
  local list = {}
  for var in pairs(ctx) do list[#list + 1] = var.name end
  table.sort(list)
  return table.concat(list, " ")
end

describe("test_contextvars ContextTest", function()
  it("test_context_var_new_1 (adapted) takes a name and its options", function()
    raises("context variable name must be a str", ContextVar)
    raises("context variable name must be a str", ContextVar, 1)
    raises("context variable name must be a str", ContextVar, nil, {default = 1})
    assert.equal("aaa", ContextVar("aaa").name)
    -- A name is not an identity.
    assert.is_false(rawequal(ContextVar("aaa"), ContextVar("aaa")))
    assert.are_not.equal(ContextVar("aaa"), ContextVar("aaa"))
  end)

  it("test_context_var_repr_1", isolated(function()
    assert.equal("<ContextVar name='a'>", tostring(ContextVar("a")))
    assert.equal("<ContextVar name='a' default=123>",
                 tostring(ContextVar("a", {default = 123})))

    local list = {}
    local c = ContextVar("a", {default = list})
    list[1] = c
    assert.matches("^<ContextVar name='a' default=.+>$", tostring(c))

    local t = c:set(1)
    assert.matches(tostring(c), tostring(t), 1, true)
    assert.equal("<Token var=" .. tostring(c) .. ">", tostring(t))
    c:reset(t)
    assert.equal("<Token used var=" .. tostring(c) .. ">", tostring(t))
  end))

  it("test_context_new_1 (adapted) makes an empty context", function()
    local ctx = Context()
    assert.equal(0, #ctx)
    assert.is_nil(next({pairs(ctx)(nil)}))
    assert.are_not.equal(ctx, Context())
  end)

  it("test_context_typerrors_1 (adapted) refuses what is no ContextVar", function()
    local ctx = Context()
    raises("bad argument #1 to 'get' %(ContextVar expected, got number%)", ctx.get, ctx, 1)
    raises("bad argument #1 to 'get' %(ContextVar expected, got nil%)", ctx.get, ctx)
    raises("Context expected", ctx.run, 1, print)
    raises("Context expected", ctx.copy, {})
    -- What is no variable is the name of a method, or of nothing.
    assert.is_nil(ctx[1])
    assert.is_function(ctx.run)
    raises("cannot be written to", function() ctx[1] = 2 end)
    raises("cannot be written to", function() ctx[ContextVar("c")] = 2 end)
  end)

  it("test_context_get_context_1", isolated(function()
    local var = ContextVar("var")
    var:set(1)
    local ctx = copy_context()
    assert.equal(1, #ctx)
    assert.equal(1, ctx[var])
    assert.are_not.equal(ctx, copy_context())
  end))

  it("test_context_run_1", function()
    local ctx = Context()
    raises("a callable object was expected by Context:run%(%), got no value", ctx.run, ctx)
    raises("a callable object was expected by Context:run%(%), got 42", ctx.run, ctx, 42)
  end)

  it("test_context_run_2", function()
    local ctx = Context()
    local function func(...)
      local list = table.pack(...)
      return list.n, list, "bar", nil
    end
    local callable = setmetatable({}, {__call = function(_, ...) return func(...) end})
    for _, f in ipairs {func, callable} do
      assert.same({n = 4, 0, {n = 0}, "bar", nil}, table.pack(ctx:run(f)))
      assert.same({n = 4, 1, {n = 1, 1}, "bar", nil}, table.pack(ctx:run(f, 1)))
      assert.same({n = 4, 3, {n = 3, nil, 2, nil}, "bar", nil},
                  table.pack(ctx:run(f, nil, 2, nil)))
    end
    assert.equal(0, select("#", ctx:run(function() end)))
    local a = {}
    ctx:run(rawset, a, "spam", "foo")
    assert.same({spam = "foo"}, a)
  end)

  it("test_context_run_3", function()
    local ctx = Context()
    local made = asyncio.Exception("1 / 0")
    for n = 0, 2 do
      local err = raises(asyncio.Exception, function()
        ctx:run(function(...)
          assert.equal(n, select("#", ...))
          error(made)
        end, table.unpack({1, 2}, 1, n))
      end)
      assert.is_true(rawequal(made, err))
    end
  end)

  it("test_context_run_4", isolated(function()
    local ctx1, ctx2 = Context(), Context()
    local var = ContextVar("var")

    local cur = ctx1:run(function()
      assert.is_nil(var:get(nil))
      var:set("spam")
      ctx2:run(function() assert.is_nil(var:get(nil)) end)
      assert.equal("spam", var:get(nil))
      local copy = copy_context()
      assert.equal(1, #copy)
      assert.equal("spam", copy[var])
      return copy
    end)
    assert.equal(#ctx1, #cur)
    assert.equal("spam", ctx1[var])
    assert.equal("spam", cur[var])
    assert.is_true(has(cur, var))
    assert.is_false(has(ctx2, var))
  end))

  it("test_context_run_5", isolated(function()
    local ctx = Context()
    local var = ContextVar("var")
    raises("1 / 0", ctx.run, ctx, function()
      assert.is_nil(var:get(nil))
      var:set("spam")
      error("1 / 0")
    end)
    assert.is_nil(var:get(nil))
    assert.equal("spam", ctx[var])
  end))

  it("test_context_run_6", function()
    local ctx = Context()
    local c = ContextVar("a", {default = 0})
    ctx:run(function()
      assert.equal(0, c:get())
      assert.is_nil(ctx:get(c))
      c:set(42)
      assert.equal(42, c:get())
      assert.equal(42, ctx:get(c))
    end)
  end)

  it("test_context_run_7", function()
    local ctx = Context()
    local calls = 0
    local function fun()
      calls = calls + 1
      raises("cannot enter context: .* is already entered", ctx.run, ctx, fun)
    end
    ctx:run(fun)
    assert.equal(1, calls)
    ctx:run(fun) -- it has been left
    assert.equal(2, calls)
  end)

  it("test_context_getset_1", isolated(function()
    local c = ContextVar("c")
    raises("^.*: <ContextVar name='c'> has no value in this context, and no default$",
           function()
             local _ = c:get()
           end)
    assert.is_nil(c:get(nil))

    local t0 = c:set(42)
    assert.equal(42, c:get())
    assert.equal(42, c:get(nil))
    assert.is_true(rawequal(Token.MISSING, t0.old_value))
    assert.is_true(rawequal(t0.MISSING, t0.old_value))
    assert.is_true(rawequal(c, t0.var))

    local t = c:set("spam")
    assert.equal("spam", c:get())
    assert.equal("spam", c:get(nil))
    assert.equal(42, t.old_value)
    c:reset(t)

    assert.equal(42, c:get())
    assert.equal(42, c:get(nil))

    c:set("spam2")
    raises("has already been used once", c.reset, c, t)
    assert.equal("spam2", c:get())

    local ctx1 = copy_context()
    assert.is_true(has(ctx1, c))

    c:reset(t0)
    raises("has already been used once", c.reset, c, t0)
    assert.is_nil(c:get(nil))

    assert.is_true(has(ctx1, c))
    assert.equal("spam2", ctx1[c])
    assert.equal("spam2", ctx1:get(c, "aa"))
    assert.equal(1, #ctx1)
    local items = {}
    for var, value in pairs(ctx1) do items[#items + 1] = {var, value} end
    assert.equal(1, #items)
    assert.is_true(rawequal(c, items[1][1]))
    assert.equal("spam2", items[1][2])

    local ctx2 = copy_context()
    assert.is_false(has(ctx2, c))
    assert.is_nil(ctx2[c])
    assert.equal("aa", ctx2:get(c, "aa"))
    assert.equal(0, #ctx2)
  end))

  it("test_context_getset_2", isolated(function()
    local v1, v2 = ContextVar("v1"), ContextVar("v2")
    local t1 = v1:set(42)
    raises("was created by a different ContextVar", v2.reset, v2, t1)
    assert.is_nil(v2:get(nil))
    v1:reset(t1) -- the token is still good
    assert.is_nil(v1:get(nil))
  end))

  it("test_context_getset_3", isolated(function()
    local c = ContextVar("c", {default = 42})
    local ctx = Context()
    ctx:run(function()
      assert.equal(42, c:get())
      assert.is_nil(ctx[c])
      assert.is_nil(ctx:get(c))
      assert.equal("spam", ctx:get(c, "spam"))
      assert.is_false(has(ctx, c))
      assert.equal("", names(ctx))

      local t = c:set(1)
      assert.equal("c", names(ctx))
      assert.equal(1, ctx[c])

      c:reset(t)
      assert.equal("", names(ctx))
      assert.is_nil(ctx[c])
      assert.equal(42, c:get())
    end)
  end))

  it("test_context_getset_4", isolated(function()
    local c = ContextVar("c", {default = 42})
    local ctx = Context()
    local tok = ctx:run(c.set, c, 1)
    raises("was created in a different Context", c.reset, c, tok)
    assert.equal(42, c:get())
    ctx:run(c.reset, c, tok) -- it is good where it was made
    assert.equal(0, #ctx)
  end))

  it("test_context_getset_5", isolated(function()
    local c = ContextVar("c", {default = 42})
    c:set({})
    copy_context():run(function()
      c:set({})
      table.insert(c:get(), 42)
      assert.same({42}, c:get())
    end)
    assert.same({}, c:get())
  end))

  it("test_context_copy_1", function()
    local ctx1 = Context()
    local c = ContextVar("c", {default = 42})
    ctx1:run(function()
      c:set(10)
      local ctx2 = ctx1:copy()
      assert.equal(10, ctx2[c])

      c:set(20)
      assert.equal(20, ctx1[c])
      assert.equal(10, ctx2[c])

      ctx2:run(function()
        assert.equal(10, c:get())
        c:set(30)
        assert.equal(30, c:get())
      end)
      assert.equal(20, ctx1[c])
      assert.equal(30, ctx2[c])
    end)
  end)

  it("test_context_threads_1", function()
    local cvar = ContextVar("cvar")
    local function sub(num)
      for i = 0, 9 do
        cvar:set(num + i)
        asyncio.run(function() asyncio.await(asyncio.sleep(0.001 * (num % 3 + 1))) end)
        if cvar:get() ~= num + i then return "another thread's value" end
      end
      return num
    end
    local ex <close> = asyncio.ThreadPoolExecutor {max_workers = 10}
    local results = {}
    for result in ex:map(sub, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) do
      results[#results + 1] = result
    end
    assert.same({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, results)
    assert.is_nil(cvar:get(nil))
  end)
end)

describe("test_contextvars HamtTest", function()
  -- Variables whose numbers follow one another, more of them than a node, or
  -- eight nodes, have room for.
  local vars = {}
  for i = 1, 700 do vars[i] = ContextVar("v" .. i) end

  -- Five variables, close together or far apart.
  local function five(step)
    return vars[1], vars[1 + step], vars[1 + 2 * step], vars[1 + 3 * step],
      vars[1 + 4 * step]
  end

  -- A context like ctx but for the variable, which has the value.
  local function with(ctx, var, value)
    local copy = ctx:copy()
    copy:run(var.set, var, value)
    return copy
  end

  local function same_items(want, ctx)
    local n = 0
    for var, value in pairs(ctx) do
      n = n + 1
      if want[var] ~= value then error(("%s is %s"):format(var, value)) end
    end
    for _ in pairs(want) do n = n - 1 end
    assert.equal(0, n)
  end

  it("test_hamt_basics_2", function()
    local a, b = ContextVar("a"), ContextVar("b")
    local h = Context()
    assert.equal(0, #h)

    local h2 = with(h, a, "b")
    assert.equal(0, #h)
    assert.equal(1, #h2)
    assert.is_nil(h:get(a))
    assert.equal(42, h:get(a, 42))
    assert.equal("b", h2:get(a))

    local h3 = with(h2, b, 10)
    assert.equal(0, #h)
    assert.equal(1, #h2)
    assert.equal(2, #h3)
    assert.equal("b", h3:get(a))
    assert.equal(10, h3:get(b))
    assert.is_nil(h:get(b))
    assert.is_nil(h2:get(b))
    assert.is_nil(h:get(a))
    assert.equal("b", h2:get(a))
  end)

  it("test_hamt_basics_4", function()
    local key = ContextVar("key")
    local h1 = with(Context(), key, {})
    local h2 = with(h1, key, {})
    assert.equal(1, #h1)
    assert.equal(1, #h2)
    assert.is_false(rawequal(h1:get(key), h2:get(key)))
  end)

  it("test_hamt_stress (adapted) holds 7000 variables, set and reset in any order", function()
    local SIZE = support.many(7000)
    local EVERY = SIZE // 11
    local random = 1
    local function less_than(n) -- the same program every time
      random = (random * 1103515245 + 12345) % 2147483648
      return random // 65536 % n + 1
    end

    for _ = 1, 2 do
      local h, d, keys, tokens = Context(), {}, {}, {}
      for i = 1, SIZE do
        keys[i] = ContextVar("k" .. i)
        tokens[keys[i]] = h:run(keys[i].set, keys[i], i)
        d[keys[i]] = i
        assert.equal(i, #h)
        if i % EVERY == 0 then same_items(d, h) end
      end
      for i = 1, SIZE do assert.equal(i, h:get(keys[i], "not found")) end

      for i = SIZE, 2, -1 do
        local j = less_than(i)
        keys[i], keys[j] = keys[j], keys[i]
      end
      local hm, dm
      for i, key in ipairs(keys) do
        h:run(key.reset, key, tokens[key])
        assert.equal("not found", h:get(key, "not found"))
        d[key] = nil
        assert.equal(SIZE - i, #h)
        if i == SIZE // 2 then
          hm, dm = h:copy(), {}
          for var, value in pairs(d) do dm[var] = value end
        end
        if i % EVERY == 0 then same_items(d, h) end
      end
      assert.is_nil(next(d))
      same_items({}, h)

      -- The copy from half-way has seen none of it.
      assert.equal(SIZE - SIZE // 2, #hm)
      same_items(dm, hm)
      for var, value in pairs(dm) do assert.equal(value, hm:get(var)) end
    end
  end)

  -- Sets five variables and one that stays; resets them one by one.
  local function delete(step)
    local A, B, C, D, E = five(step)
    local Z = vars[#vars]
    local h, tokens = Context(), {}
    h:run(function()
      for _, var in ipairs {A, B, C, D, E} do tokens[var] = var:set(var.name) end
    end)
    local function reset(var) h:run(var.reset, var, tokens[var]) end
    assert.equal(5, #h)

    reset(C)
    assert.equal(4, #h)
    raises("has already been used once", reset, C)
    reset(D)
    assert.equal(3, #h)
    raises("was created by a different ContextVar", h.run, h, Z.reset, Z, tokens[A])
    assert.equal(3, #h)
    reset(A)
    assert.equal(2, #h)
    assert.equal(42, h:get(A, 42))
    assert.equal(B.name, h:get(B))
    assert.equal(E.name, h:get(E))
    reset(B)
    reset(E)
    assert.equal(0, #h)
    assert.equal("", names(h))
  end

  it("test_hamt_delete_1 (adapted): variables of one node", function() delete(1) end)

  it("test_hamt_delete_2 (adapted): variables far apart", function() delete(160) end)

  it("test_hamt_delete_5 (adapted): more than two nodes full", function()
    local h, tokens = Context(), {}
    for i = 1, 17 do tokens[i] = h:run(vars[i].set, vars[i], "val-" .. i) end
    assert.equal(17, #h)
    for n, i in ipairs {3, 17, 2, 1, 9, 8, 16} do
      h:run(vars[i].reset, vars[i], tokens[i])
      assert.equal(17 - n, #h)
      assert.is_nil(h[vars[i]])
      assert.equal("val-4", h[vars[4]])
    end
    for _, i in ipairs {4, 5, 6, 7, 10, 11, 12, 13, 14, 15} do
      h:run(vars[i].reset, vars[i], tokens[i])
    end
    assert.equal(0, #h)
  end)

  it("test_hamt_items_1", function()
    local h, want = Context(), {}
    for i = 1, #vars, 97 do
      h:run(vars[i].set, vars[i], i)
      want[vars[i]] = i
    end
    same_items(want, h)
  end)

  it("test_hamt_keys_1", function()
    local A, B, C, D, E = five(1)
    local h = Context()
    for _, var in ipairs {E, A, D, B, C} do h:run(var.set, var, false) end
    assert.equal("v1 v2 v3 v4 v5", names(h))
  end)

  it("test_hamt_items_3", function()
    for _ in pairs(Context()) do error("there is nothing") end
    assert.equal(0, #Context())
  end)

  it("test_hamt_gc_1 lets a map go that is in a circle", function()
    local A = ContextVar("A")
    local weak = setmetatable({}, {__mode = "k"})
    do
      local h = Context()
      local a = {h}
      a[2] = {a}
      h:run(A.set, A, a)
      weak[h] = true
      assert.is_true(rawequal(a, h[A]))
    end
    support.gc_collect()
    assert.is_nil(next(weak))
  end)

  it("test_hamt_gc_2 lets a context go that is a value of its own", function()
    local A = ContextVar("A")
    local weak = setmetatable({}, {__mode = "k"})
    do
      local h = Context()
      h:run(A.set, A, h)
      weak[h] = true
      local iterate = pairs(h)
      local _, value = iterate()
      assert.is_true(rawequal(h, value))
    end
    support.gc_collect()
    assert.is_nil(next(weak))
  end)

  it("test_hamt_in_1", function()
    local A, B = five(160)
    local h = with(Context(), A, 1)
    assert.is_true(has(h, A))
    assert.is_false(has(h, B))
    assert.is_false(has(h, ContextVar(A.name)))
  end)

  it("test_hamt_getitem_1", function()
    local A, B = five(160)
    local h = with(Context(), A, 1)
    assert.equal(1, h[A])
    assert.is_nil(h[B])
    assert.is_nil(h[ContextVar(A.name)])
  end)
end)
