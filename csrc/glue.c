/*
** What every floor above needs of Lua: the state's Core, the metatables as
** upvalues of every C function, argument checks, options tables.
*/
#include "glue.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* Their addresses are the registry's keys of the Core, and of a table of all
** that the functions have as upvalues, the Core too. */
static const char core_key = 0, upvalues_key = 0;
static const char worker_key = 0; /* true in the states of workers */

static const char *const class_names[CLASS_COUNT + 1] = {
    NULL, NULL, "Loop", "Future", "Task", "coroutine", "Handle"};

/* Pushes a new metatable, with its table of methods as __index. */
static void push_metatable(lua_State *L, const char *name) {
  lua_createtable(L, 0, 6);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__methods");
  lua_setfield(L, -2, "__index");
}

/* A module that is loaded anew finds what there was the first time. */
void glue_open(lua_State *L) {
  Core *core;
  int i;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &upvalues_key) != LUA_TNIL) {
    lua_pop(L, 1);
    return;
  }
  lua_pop(L, 1);
  lua_createtable(L, CLASS_COUNT, 0);
  core = lua_newuserdatauv(L, sizeof(Core), CORE_USERVALUES);
  memset(core, 0, sizeof(Core));
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &core_key);
  lua_rawseti(L, -2, UP_CORE);
  for (i = UP_LOOP; i <= CLASS_COUNT; i++) {
    push_metatable(L, class_names[i]);
    core->metatables[i] = lua_topointer(L, -1);
    lua_rawseti(L, -2, i);
  }
  lua_rawsetp(L, LUA_REGISTRYINDEX, &upvalues_key);
}

static void push_upvalues(lua_State *L) {
  int i, anchor;
  luaL_checkstack(L, CLASS_COUNT + 1, NULL);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &upvalues_key);
  anchor = lua_gettop(L);
  for (i = 1; i <= CLASS_COUNT; i++) lua_rawgeti(L, anchor, i);
  lua_remove(L, anchor);
}

void glue_setfuncs(lua_State *L, const luaL_Reg *functions) {
  push_upvalues(L);
  luaL_setfuncs(L, functions, CLASS_COUNT);
}

void glue_push_class(lua_State *L, int cls) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &upvalues_key);
  lua_rawgeti(L, -1, cls);
  lua_replace(L, -2);
}

void glue_class(lua_State *L, int cls, const luaL_Reg *metamethods,
                const luaL_Reg *methods) {
  glue_push_class(L, cls);
  if (metamethods != NULL) glue_setfuncs(L, metamethods);
  lua_getfield(L, -1, "__methods");
  glue_setfuncs(L, methods);
  lua_pop(L, 2);
}

const void *glue_private_class(lua_State *L, const void *key,
                               const luaL_Reg *metamethods,
                               const luaL_Reg *methods) {
  const void *address;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    glue_setfuncs(L, metamethods);
    lua_newtable(L);
    glue_setfuncs(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
  }
  address = lua_topointer(L, -1);
  lua_pop(L, 1);
  return address;
}

bool is_of_class(lua_State *L, int idx, const void *key) {
  bool is_one;
  if (!lua_isuserdata(L, idx) || !lua_getmetatable(L, idx)) return false;
  lua_rawgetp(L, LUA_REGISTRYINDEX, key);
  is_one = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return is_one;
}

bool glue_is_worker(lua_State *L) {
  bool is_one = lua_rawgetp(L, LUA_REGISTRYINDEX, &worker_key) != LUA_TNIL;
  lua_pop(L, 1);
  return is_one;
}

void glue_mark_worker(lua_State *L) {
  lua_pushboolean(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &worker_key);
}

Core *core_get(lua_State *L) {
  Core *core;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &core_key);
  core = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return core;
}

void core_push_any(lua_State *L, int uservalue) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &core_key);
  lua_getiuservalue(L, -1, uservalue);
  lua_replace(L, -2);
}

void core_set(lua_State *L, int uservalue) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &core_key);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, uservalue);
  lua_pop(L, 1);
}

bool has_metatable(lua_State *L, int idx, const void *mt) {
  bool is_one;
  if (lua_type(L, idx) != LUA_TUSERDATA || !lua_getmetatable(L, idx))
    return false;
  is_one = lua_topointer(L, -1) == mt;
  lua_pop(L, 1);
  return is_one;
}

int class_of(lua_State *L, int idx) {
  const Core *core = core_of(L);
  const void *mt;
  int i;
  if (lua_type(L, idx) != LUA_TUSERDATA || !lua_getmetatable(L, idx)) return 0;
  mt = lua_topointer(L, -1);
  lua_pop(L, 1);
  for (i = CLASS_COUNT; i > UP_CORE && core->metatables[i] != mt; i--)
    ;
  return i == UP_CORE ? 0 : i;
}

static bool is_listed(const char *key, const char *const *keys) {
  for (; *keys != NULL; keys++)
    if (strcmp(key, *keys) == 0) return true;
  return false;
}

void check_options(lua_State *L, int idx, const char *fname,
                   const char *const *keys) {
  if (lua_isnoneornil(L, idx)) return;
  if (!lua_istable(L, idx))
    luaL_error(L, "options of '%s' must be a table, not %s", fname,
               luaL_typename(L, idx));
  lua_pushnil(L);
  while (lua_next(L, idx) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING ||
        !is_listed(lua_tostring(L, -1), keys)) {
      const char *key = luaL_tolstring(L, -1, NULL);
      luaL_error(L, "unknown option '%s' of '%s'", key, fname);
    }
  }
}

void check_callable(lua_State *L, int idx, const char *fname) {
  if (lua_isfunction(L, idx)) return;
  if (luaL_getmetafield(L, idx, "__call") != LUA_TNIL) {
    lua_pop(L, 1);
    return;
  }
  luaL_error(L, "a callable object was expected by %s(), got %s", fname,
             lua_isnone(L, idx) ? "no value" : luaL_tolstring(L, idx, NULL));
}

double check_seconds(lua_State *L, int idx) {
  double seconds = luaL_optnumber(L, idx, HUGE_VAL);
  if (isnan(seconds)) luaL_argerror(L, idx, NAN_DELAY);
  return seconds;
}

int option_get(lua_State *L, int idx, const char *key) {
  if (lua_isnoneornil(L, idx)) {
    lua_pushnil(L);
    return LUA_TNIL;
  }
  return lua_getfield(L, idx, key);
}

static int wrong_option(lua_State *L, const char *fname, const char *key,
                        const char *expected) {
  return luaL_error(L, "option '%s' of '%s' must be a %s, not %s", key, fname,
                    expected, luaL_typename(L, -1));
}

bool option_bool(lua_State *L, int idx, const char *fname, const char *key) {
  int type = option_get(L, idx, key);
  bool value = lua_toboolean(L, -1);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN)
    wrong_option(L, fname, key, "boolean");
  lua_pop(L, 1);
  return value;
}

double option_seconds(lua_State *L, int idx, const char *fname,
                      const char *key) {
  int type = option_get(L, idx, key);
  double value = HUGE_VAL;
  if (type == LUA_TNUMBER)
    value = lua_tonumber(L, -1);
  else if (type != LUA_TNIL)
    wrong_option(L, fname, key, "number");
  if (isnan(value)) luaL_error(L, "option '%s' of '%s' is NaN", key, fname);
  lua_pop(L, 1);
  return value;
}

bool is_plain_table(lua_State *L, int idx) {
  if (!lua_istable(L, idx)) return false;
  if (luaL_getmetafield(L, idx, "__await") == LUA_TNIL) return true;
  lua_pop(L, 1);
  return false;
}

/* stack: ..., list. A table with a list part counts as a list. */
static void append_table(lua_State *L, int idx) {
  lua_Integer i, n = luaL_len(L, idx);
  for (i = 1; i <= n; i++) {
    if (lua_geti(L, idx, i) == LUA_TNIL)
      luaL_error(L, "a list without nil was expected, item %I is nil", i);
    lua_rawseti(L, -2, i);
  }
  if (n > 0) return;
  lua_pushnil(L);
  while (lua_next(L, idx) != 0) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, ++n);
  }
}

static void append_iterator(lua_State *L, int idx) {
  lua_Integer n = 0;
  for (;;) {
    lua_pushvalue(L, idx);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) break;
    lua_rawseti(L, -2, ++n);
  }
  lua_pop(L, 1);
}

void push_list_of(lua_State *L, int idx, const char *expected) {
  idx = lua_absindex(L, idx);
  lua_newtable(L);
  if (lua_isfunction(L, idx))
    append_iterator(L, idx);
  else if (is_plain_table(L, idx))
    append_table(L, idx);
  else
    luaL_error(L, "%s, not %s", expected, luaL_tolstring(L, idx, NULL));
}

void *new_userdata(lua_State *L, size_t size, int nvalues) {
  if (nvalues > USHRT_MAX)
    luaL_error(L, "too many arguments (%d): pass them in a table", nvalues);
  return lua_newuserdatauv(L, size, nvalues);
}

void check_room(lua_State *L, lua_State *co, int n) {
  if (!lua_checkstack(co, n)) luaL_error(L, "stack overflow (too many values)");
}
