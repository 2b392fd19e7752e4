/*
** For the specs: values there and back again.
*/
#include "transfer.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "mem.h"

static const Route route = {"to a thread", "argument", 1, 0};

/* {=== Boxes: what must not be lost when something raises === */

static int parcel_gc(lua_State *L) {
  parcel_drop(lua_touserdata(L, 1));
  return 0;
}

static int state_gc(lua_State *L) {
  lua_State **state = lua_touserdata(L, 1);
  lua_State *other = *state;
  *state = NULL;
  if (other != NULL) lua_close(other);
  return 0;
}

/* Pushes a userdata, all zero. */
static void *push_box(lua_State *L, size_t size, lua_CFunction gc) {
  void *box = lua_newuserdatauv(L, size, 0);
  memset(box, 0, size);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  return box;
}

/* ===} {=== There === */

/* Copies package[field] to the other state. */
static void copy_path(lua_State *L, lua_State *to, const char *field) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, field);
  lua_getglobal(to, "package");
  lua_pushstring(to, lua_tostring(L, -1));
  lua_setfield(to, -2, field);
  lua_pop(to, 1);
  lua_pop(L, 2);
}

static void copy_preload(lua_State *L, lua_State *to) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_getsubtable(to, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    if (lua_iscfunction(L, -1)) {
      lua_pushcfunction(to, lua_tocfunction(L, -1));
      lua_setfield(to, -2, lua_tostring(L, -2));
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  lua_pop(to, 1);
}

static lua_State *push_state(lua_State *L) {
  lua_State **box = push_box(L, sizeof(lua_State *), state_gc);
  lua_State *to = luaL_newstate();
  if (to == NULL) luaL_error(L, "not enough memory");
  *box = to;
  luaL_openlibs(to);
  copy_path(L, to, "path");
  copy_path(L, to, "cpath");
  copy_preload(L, to);
  return to;
}

/* parcel -> parcel of what was in it */
static int pass_on(lua_State *L) {
  Parcel *parcel = lua_touserdata(L, 1);
  int n = transfer_decode(L, parcel);
  transfer_encode(L, 2, n, &route);
  parcel_drop(parcel);
  transfer_take(L, parcel);
  return 0;
}

/* ===} */

/* stack: values -> the same, a box of their parcel */
static Parcel *push_parcel(lua_State *L) {
  int n = lua_gettop(L);
  Parcel *parcel = push_box(L, sizeof(Parcel), parcel_gc);
  transfer_encode(L, 1, n, &route);
  transfer_take(L, parcel);
  return parcel;
}

/* _transfer_copy(...) -> copies of the values */
static int core_transfer_copy(lua_State *L) {
  return transfer_decode(L, push_parcel(L));
}

/* _transfer_into(...) -> copies, that were in another state for a while */
static int core_transfer_into(lua_State *L) {
  Parcel *parcel = push_parcel(L);
  lua_State *other = push_state(L);
  lua_pushcfunction(other, pass_on);
  lua_pushlightuserdata(other, parcel);
  if (lua_pcall(other, 1, 0, 0) != LUA_OK)
    return luaL_error(L, "%s", lua_tostring(other, -1));
  return transfer_decode(L, parcel);
}

/* _transfer_bytes(...) -> what the bytes of their parcel are */
static int core_transfer_bytes(lua_State *L) {
  const Parcel *parcel = push_parcel(L);
  lua_pushlstring(L, (const char *)parcel->bytes, parcel->size);
  return 1;
}

/* _transfer_decode(bytes, ...) -> what these bytes say, with the shared things
** that are in a parcel of the values */
static int core_transfer_decode(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  Parcel *parcel;
  parcel = push_parcel(L);
  mem_free(parcel->bytes);
  parcel->size = 0;
  parcel->bytes = mem_realloc(NULL, size + 1);
  if (parcel->bytes == NULL) return luaL_error(L, "not enough memory");
  memcpy(parcel->bytes, bytes, size);
  parcel->size = size;
  return transfer_decode(L, parcel);
}

void transfer_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"_transfer_copy", core_transfer_copy},
      {"_transfer_into", core_transfer_into},
      {"_transfer_bytes", core_transfer_bytes},
      {"_transfer_decode", core_transfer_decode},
      {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
