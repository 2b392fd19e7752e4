/*
** Tables that are somebody, wherever they are. Identities are numbers of the
** process; each state knows which of its tables has which.
*/
#include "identity.h"

#include <lauxlib.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Keys of the registry: table -> identity, weak keys; and back, weak values. */
static const char ids_key = 0, tables_key = 0;

/* The last one given. Of the process: that is the point. */
static atomic_uint_least64_t last_id;

/* Beyond this many parents it is no class but a circle. */
enum { MOST_PARENTS = 200 };

static void push_weak(lua_State *L, const char *key, const char *mode) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) != LUA_TNIL) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushstring(L, mode);
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void identity_set(lua_State *L, int idx, uint64_t id) {
  idx = lua_absindex(L, idx);
  push_weak(L, &tables_key, "v");
  lua_pushvalue(L, idx);
  lua_rawseti(L, -2, (lua_Integer)id);
  push_weak(L, &ids_key, "k");
  lua_pushvalue(L, idx);
  lua_pushinteger(L, (lua_Integer)id);
  lua_rawset(L, -3);
  lua_pop(L, 2);
}

int identity_push(lua_State *L, uint64_t id) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &tables_key) == LUA_TNIL)
    return LUA_TNIL;
  lua_rawgeti(L, -1, (lua_Integer)id);
  lua_replace(L, -2);
  return lua_type(L, -1);
}

static uint64_t find(lua_State *L, int idx) {
  uint64_t id = 0;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &ids_key) != LUA_TNIL) {
    lua_pushvalue(L, idx);
    lua_rawget(L, -2);
    id = (uint64_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return id;
}

static uint64_t give(lua_State *L, int idx) {
  uint64_t id = atomic_fetch_add(&last_id, 1) + 1;
  identity_set(L, idx, id);
  return id;
}

uint64_t identity_give(lua_State *L, int idx) {
  uint64_t id;
  luaL_checkstack(L, 6, NULL);
  id = find(L, idx);
  return id != 0 ? id : give(L, idx);
}

/* Pushes asyncio.Exception, or what is not a table when there is none. */
static void push_root(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "asyncio.exceptions");
  lua_replace(L, -2);
  if (!lua_istable(L, -1)) return;
  lua_pushliteral(L, "Exception");
  lua_rawget(L, -2);
  lua_replace(L, -2);
}

/* A class is marked by its [2]; its [1] is the parent class. */
static bool is_marked(lua_State *L, int idx) {
  bool marked = lua_rawgeti(L, idx, 2) == LUA_TBOOLEAN && lua_toboolean(L, -1);
  lua_pop(L, 1);
  return marked;
}

static bool is_exception_class(lua_State *L, int idx) {
  int i;
  bool is_one = false;
  push_root(L);
  lua_pushvalue(L, idx);
  for (i = 0; i < MOST_PARENTS && lua_istable(L, -1) && !is_one; i++) {
    is_one = lua_rawequal(L, -1, -2);
    lua_rawgeti(L, -1, 1);
    lua_replace(L, -2);
  }
  lua_pop(L, 2);
  return is_one;
}

uint64_t identity_of(lua_State *L, int idx) {
  uint64_t id;
  luaL_checkstack(L, 6, NULL);
  id = find(L, idx);
  if (id == 0 && is_marked(L, idx) && is_exception_class(L, idx))
    id = give(L, idx);
  return id;
}
