/*
** The outcome of a call as Lua sees it: results, or an error and its
** traceback, into a parcel in the one thread and out of it in the other.
*/
#include "outcome.h"

#include "errors.h"

const Route result_route = {"to another thread", "result", 1, 0};
static const Route error_route = {"to another thread", "error value", 0, 0};

/* error, traceback -> their parcel */
static int encode_error(lua_State *L) {
  transfer_encode(L, 1, 2, &error_route);
  return 0;
}

/* error, traceback, why it cannot cross -> a parcel of a text of both */
static int encode_text(lua_State *L) {
  lua_pushfstring(L, "%s: %s", luaL_tolstring(L, 3, NULL),
                  luaL_tolstring(L, 1, NULL));
  lua_replace(L, 1);
  lua_settop(L, 2);
  return encode_error(L);
}

/* error, traceback, why it cannot cross -> a parcel of why; what the error
** says of itself is not to be had */
static int encode_why(lua_State *L) {
  lua_settop(L, 3);
  lua_pushstring(L, luaL_tolstring(L, 3, NULL));
  lua_replace(L, 1);
  lua_settop(L, 2);
  return encode_error(L);
}

/* stack: error, traceback, ... Calls function(error, traceback, ...). */
static bool encode_with(lua_State *L, lua_CFunction function, int first) {
  int i, n = lua_gettop(L) - first + 1;
  lua_pushcfunction(L, function);
  for (i = 0; i < n; i++) lua_pushvalue(L, first + i);
  return lua_pcall(L, n, 0, 0) == LUA_OK;
}

const char *outcome_pack_error(lua_State *L, Parcel *outcome) {
  int first = lua_gettop(L) - 1;
  const char *reason = NULL;
  if (encode_with(L, encode_error, first) ||
      encode_with(L, encode_text, first) || encode_with(L, encode_why, first))
    transfer_take(L, outcome);
  else
    reason = "not enough memory";
  lua_settop(L, first - 1);
  return reason;
}

/* the call -> error, traceback */
static int decode_error(lua_State *L) {
  const Call *call = lua_touserdata(L, 1);
  return transfer_decode(L, &call->outcome);
}

/* stack: ..., error, traceback. An exception object keeps it, as it does
** in its own thread. */
static void keep_traceback(lua_State *L) {
  if (!lua_isstring(L, -1) || !is_exception(L, -2, EXCEPTION)) return;
  lua_pushliteral(L, "traceback");
  lua_pushvalue(L, -2);
  lua_rawset(L, -4);
}

void outcome_push_error(lua_State *L, Call *call) {
  if (call->reason != NULL) {
    lua_pushstring(L, call->reason);
    lua_pushnil(L);
    return;
  }
  lua_pushcfunction(L, decode_error);
  lua_pushlightuserdata(L, call);
  if (lua_pcall(L, 1, 2, 0) != LUA_OK) lua_pushnil(L);
  if (lua_isnil(L, -2)) {
    lua_pushliteral(L, "nil");
    exception_new(L, EXCEPTION, -1);
    lua_replace(L, -4);
    lua_pop(L, 1);
  }
  keep_traceback(L);
}
