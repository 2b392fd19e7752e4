/*
** Context variables: what a variable is in the context that is current.
** A map is a trie of tables of eight, by the number of the variable; the path
** to what is set is copied, the rest is shared.
*/
#include "context.h"

#include "errors.h"

/* Has one user value, the map, or nil. */
typedef struct Context {
  bool is_outer; /* current but for a Context:run that is inside */
} Context;

/* Key of the registry: the metatable of Context. */
static const char class_key = 0;
/* Its address stands for nil in a map. */
static const char nil_value = 0;

enum { BITS = 3, WIDTH = 1 << BITS };

/* Fields of a node. Below the lowest level they are values and variables. */
enum {
  NODE_VARS = WIDTH,         /* + slot: the variable whose value is at slot */
  MAP_LEVEL = 2 * WIDTH + 1, /* of the root: how many levels are below it */
  MAP_COUNT
};

/* {=== Maps === */

static int slot_of(lua_Integer number, int level) {
  return (int)((lua_Unsigned)number >> BITS * level) % WIDTH + 1;
}

static int level_of(lua_State *L, int map) {
  int level;
  lua_rawgeti(L, map, MAP_LEVEL);
  level = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return level;
}

static bool fits(lua_Integer number, int level) {
  return (level + 1) * BITS >= 63 || number >> (level + 1) * BITS == 0;
}

/* Replaces the map on top by what it has for the number, nil for nothing; or
** says that it does not have it. */
static bool map_get(lua_State *L, lua_Integer number) {
  int level = lua_istable(L, -1) ? level_of(L, lua_gettop(L)) : 0;
  if (!lua_istable(L, -1) || !fits(number, level)) return false;
  for (; level >= 0 && lua_istable(L, -1); level--) {
    lua_rawgeti(L, -1, slot_of(number, level));
    lua_replace(L, -2);
  }
  if (lua_isnil(L, -1)) return false;
  if (lua_touserdata(L, -1) == &nil_value) {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
  return true;
}

/* Pushes a copy of the node at idx, an empty one if that is nil. */
static void push_node(lua_State *L, int idx) {
  int i;
  lua_createtable(L, MAP_COUNT, 0);
  for (i = 1; i <= MAP_COUNT && lua_istable(L, idx); i++) {
    lua_rawgeti(L, idx, i);
    lua_rawseti(L, -2, i);
  }
}

/* The map on top, or nil, becomes one in which the number has a place. */
static void raise_map(lua_State *L, lua_Integer number) {
  int level = lua_istable(L, -1) ? level_of(L, lua_gettop(L)) : -1;
  lua_Integer count = 0;
  if (level >= 0) {
    lua_rawgeti(L, -1, MAP_COUNT);
    count = lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  if (level < 0) level = 0;
  while (!fits(number, level)) {
    lua_createtable(L, MAP_COUNT, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1);
    level++;
  }
  push_node(L, lua_gettop(L));
  lua_replace(L, -2);
  lua_pushinteger(L, level);
  lua_rawseti(L, -2, MAP_LEVEL);
  lua_pushinteger(L, count);
  lua_rawseti(L, -2, MAP_COUNT);
}

/* stack: ..., map, lowest node. Sets the values of a slot; adjusts the count.
** `value` 0: it is taken out. */
static void set_slot(lua_State *L, int slot, int var, int value) {
  int was_set = lua_rawgeti(L, -1, slot) != LUA_TNIL;
  lua_pop(L, 1);
  if (value == 0)
    lua_pushnil(L);
  else if (lua_isnil(L, value))
    lua_pushlightuserdata(L, (void *)(uintptr_t)&nil_value);
  else
    lua_pushvalue(L, value);
  lua_rawseti(L, -2, slot);
  if (value == 0)
    lua_pushnil(L);
  else
    lua_pushvalue(L, var);
  lua_rawseti(L, -2, NODE_VARS + slot);
  lua_rawgeti(L, -2, MAP_COUNT);
  lua_pushinteger(L, lua_tointeger(L, -1) + (value != 0) - was_set);
  lua_rawseti(L, -4, MAP_COUNT);
  lua_pop(L, 1);
}

/* Replaces the map on top, or nil, by one in which the variable at index var
** with the number has the value at that index, or none for 0. */
static void map_set(lua_State *L, lua_Integer number, int var, int value) {
  int map, level;
  raise_map(L, number);
  map = lua_gettop(L);
  level = level_of(L, map);
  lua_pushvalue(L, map);
  for (; level > 0; level--) {
    int slot = slot_of(number, level);
    lua_rawgeti(L, -1, slot);
    push_node(L, lua_gettop(L));
    lua_replace(L, -2);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, slot);
    lua_replace(L, -2);
  }
  set_slot(L, slot_of(number, 0), var, value);
  lua_settop(L, map);
}

/* Appends variable, value, variable, ... of the node on top, which is popped,
** to the list at idx. */
static void append_node(lua_State *L, int level, int list) {
  int i, node = lua_gettop(L);
  luaL_checkstack(L, 10, NULL);
  for (i = 1; i <= WIDTH; i++, lua_settop(L, node)) {
    lua_Integer n = (lua_Integer)lua_rawlen(L, list);
    if (lua_rawgeti(L, node, i) == LUA_TNIL) continue;
    if (level > 0) {
      append_node(L, level - 1, list);
      continue;
    }
    lua_rawgeti(L, node, NODE_VARS + i);
    lua_rawseti(L, list, n + 1);
    lua_rawseti(L, list, n + 2);
  }
  lua_pop(L, 1);
}

/* Pushes a list of what is in the map on top, which is popped. A nil is
** nil_value. */
static void push_list(lua_State *L) {
  lua_newtable(L);
  lua_insert(L, -2);
  if (lua_istable(L, -1))
    append_node(L, level_of(L, lua_gettop(L)), lua_gettop(L) - 1);
  else
    lua_pop(L, 1);
}

/* ===} {=== Places === */

static Context *to_context(lua_State *L, int idx) {
  return is_of_class(L, idx, &class_key) ? lua_touserdata(L, idx) : NULL;
}

/* Replaces the place on top by its map. */
static void to_map(lua_State *L) {
  if (!lua_isuserdata(L, -1)) return;
  lua_getiuservalue(L, -1, 1);
  lua_replace(L, -2);
}

void context_copy(lua_State *L) {
  core_push_any(L, CORE_CONTEXT);
  to_map(L);
}

void context_swap(lua_State *L) {
  core_push_any(L, CORE_CONTEXT);
  lua_insert(L, -2);
  core_set(L, CORE_CONTEXT);
}

void context_leave_all(lua_State *L) {
  core_push_any(L, CORE_BASE_CONTEXT);
  core_set(L, CORE_CONTEXT);
}

/* Pushes a Context with the map on top, which is popped. */
static void push_context(lua_State *L) {
  Context *context = lua_newuserdatauv(L, sizeof(Context), 1);
  context->is_outer = false;
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_setmetatable(L, -2);
  core_get(L)->extras |= HAS_CONTEXTS;
}

void context_make(lua_State *L) {
  if (!lua_isuserdata(L, -1)) push_context(L);
}

void context_push_current(lua_State *L) {
  core_push_any(L, CORE_CONTEXT);
  if (lua_isuserdata(L, -1)) return;
  push_context(L);
  lua_pushvalue(L, -1);
  core_set(L, CORE_CONTEXT);
}

int option_context(lua_State *L, int idx, const char *fname) {
  int type = option_get(L, idx, "context");
  if (type != LUA_TNIL && to_context(L, -1) == NULL)
    luaL_error(L, "option 'context' of '%s' must be a Context, not %s", fname,
               luaL_typename(L, -1));
  return type;
}

/* ===} {=== Variables, for contexts.lua === */

/* core.context_get(number) -> has it a value?, the value */
static int core_context_get(lua_State *L) {
  lua_Integer number = luaL_checkinteger(L, 1);
  core_push(L, CORE_CONTEXT);
  to_map(L);
  lua_pushboolean(L, map_get(L, number));
  lua_insert(L, -2);
  return 2;
}

/* core.context_set(number, var, value) -> the Context; without a value it is
** taken out */
static int core_context_set(lua_State *L) {
  lua_Integer number = luaL_checkinteger(L, 1);
  int value = lua_gettop(L) >= 3 ? 3 : 0;
  lua_settop(L, 3);
  context_push_current(L);
  lua_getiuservalue(L, 4, 1);
  map_set(L, number, 2, value);
  lua_setiuservalue(L, 4, 1);
  return 1;
}

/* core.current_context() -> the Context */
static int core_current_context(lua_State *L) {
  context_push_current(L);
  return 1;
}

static int asyncio_copy_context(lua_State *L) {
  context_copy(L);
  push_context(L);
  return 1;
}

/* asyncio.Context() -> an empty one */
static int asyncio_Context(lua_State *L) {
  lua_pushnil(L);
  push_context(L);
  return 1;
}

/* core.use_contexts(): from now on places are kept */
static int core_use_contexts(lua_State *L) {
  core_of(L)->extras |= HAS_CONTEXTS;
  return 0;
}

/* core.has_contexts() */
static int core_has_contexts(lua_State *L) {
  lua_pushboolean(L, (core_of(L)->extras & HAS_CONTEXTS) != 0);
  return 1;
}

/* ===} {=== The class === */

static Context *check_context(lua_State *L, int idx) {
  Context *context = to_context(L, idx);
  if (context == NULL) luaL_typeerror(L, idx, "Context");
  return context;
}

/* The context at index 1 is not current, here or further out. */
static void check_enterable(lua_State *L) {
  const Context *context = check_context(L, 1);
  core_push(L, CORE_CONTEXT);
  if (context->is_outer || lua_touserdata(L, -1) == context)
    luaL_error(L, "cannot enter context: %s is already entered",
               luaL_tolstring(L, 1, NULL));
  lua_pop(L, 1);
}

/* Context:run(fn, ...): calls it with the context as the current one. It
** cannot await. */
static int Context_run(lua_State *L) {
  int status;
  Context *outer;
  check_enterable(L);
  check_callable(L, 2, "Context:run");
  lua_pushcfunction(L, traceback_handler);
  lua_insert(L, 2);
  lua_pushvalue(L, 1);
  context_swap(L);
  outer = lua_touserdata(L, -1);
  if (outer != NULL) outer->is_outer = true;
  lua_insert(L, 2); /* context, previous, handler, function, ... */
  status = lua_pcall(L, lua_gettop(L) - 4, LUA_MULTRET, 3);
  lua_pushvalue(L, 2);
  core_set(L, CORE_CONTEXT);
  if (outer != NULL) outer->is_outer = false;
  if (status == LUA_OK) return lua_gettop(L) - 3;
  traceback_keep(L);
  return lua_error(L);
}

static int Context_copy(lua_State *L) {
  check_context(L, 1);
  lua_getiuservalue(L, 1, 1);
  push_context(L);
  return 1;
}

/* Context:_get(number) -> has it a value?, the value */
static int Context_get(lua_State *L) {
  lua_Integer number = luaL_checkinteger(L, 2);
  check_context(L, 1);
  lua_getiuservalue(L, 1, 1);
  lua_pushboolean(L, map_get(L, number));
  lua_insert(L, -2);
  return 2;
}

static int Context_len(lua_State *L) {
  check_context(L, 1);
  if (lua_getiuservalue(L, 1, 1) == LUA_TNIL)
    lua_pushinteger(L, 0);
  else
    lua_rawgeti(L, -1, MAP_COUNT);
  return 1;
}

/* list, i -> variable, value */
static int next_variable(lua_State *L) {
  lua_Integer i = lua_tointeger(L, lua_upvalueindex(2));
  if (lua_rawgeti(L, lua_upvalueindex(1), i + 1) == LUA_TNIL) return 1;
  lua_rawgeti(L, lua_upvalueindex(1), i + 2);
  if (lua_touserdata(L, -1) == &nil_value) {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
  lua_pushinteger(L, i + 2);
  lua_replace(L, lua_upvalueindex(2));
  return 2;
}

static int Context_pairs(lua_State *L) {
  check_context(L, 1);
  lua_getiuservalue(L, 1, 1);
  push_list(L);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, next_variable, 2);
  return 1;
}

/* ===} {=== To another state === */

int context_append(lua_State *L) {
  core_push_any(L, CORE_CONTEXT);
  to_map(L);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return 0;
  }
  core_push_any(L, CORE_PORTABLE);
  lua_insert(L, -2);
  push_list(L);
  lua_call(L, 1, 1);
  return 1;
}

/* A variable is a table with its number. stack: ..., list -> ..., map */
static void list_to_map(lua_State *L) {
  int list = lua_gettop(L);
  lua_Integer i, n = (lua_Integer)lua_rawlen(L, list);
  lua_pushnil(L);
  for (i = 1; i < n; i += 2) {
    lua_Integer number;
    lua_rawgeti(L, list, i);
    lua_rawgeti(L, list, i + 1);
    lua_getfield(L, -2, "_number");
    number = lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_pushvalue(L, list + 1);
    map_set(L, number, list + 2, list + 3);
    lua_replace(L, list + 1);
    lua_settop(L, list + 1);
  }
  lua_replace(L, list);
}

int context_adopt(lua_State *L, bool has_list) {
  if (has_list) {
    core_get(L)->extras |= HAS_CONTEXTS;
    list_to_map(L);
  } else
    lua_pushnil(L);
  core_set(L, CORE_CONTEXT);
  return has_list;
}

/* core.on_portable(fn): fn(list) -> a list that can cross */
static int core_on_portable(lua_State *L) {
  lua_settop(L, 1);
  core_set(L, CORE_PORTABLE);
  return 0;
}

void context_open(lua_State *L) {
  static const luaL_Reg metamethods[] = {
      {"__len", Context_len}, {"__pairs", Context_pairs}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"run", Context_run},
                                     {"copy", Context_copy},
                                     {"_get", Context_get},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"context_get", core_context_get},
      {"context_set", core_context_set},
      {"current_context", core_current_context},
      {"copy_context", asyncio_copy_context},
      {"Context", asyncio_Context},
      {"use_contexts", core_use_contexts},
      {"has_contexts", core_has_contexts},
      {"on_portable", core_on_portable},
      {NULL, NULL}};
  glue_private_class(L, &class_key, metamethods, methods);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_pushliteral(L, "Context");
  lua_setfield(L, -2, "__name");
  lua_pop(L, 1);
  glue_setfuncs(L, functions);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_setfield(L, -2, "context_class");
}

/* ===} */
