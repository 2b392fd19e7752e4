/*
** Futures: a result to come, and the Jobs that wait for it. Everything that
** completes ends in future_complete, which splices the waiting Jobs onto the
** loop's ready list. Cancelling walks chains of waiters in a loop, without
** recursion.
*/
#include "future.h"

#include <string.h>

#include "errors.h"

/* {=== Making === */

/* Debug mode: the future on top notes where it was made. */
static void note_source(lua_State *L) {
  luaL_traceback(L, L, NULL, 1);
  extra_set(L, -2, EXTRA_SOURCE);
}

Future *future_new(lua_State *L, int loop_idx, const FutureOps *ops,
                   size_t size, int cls, bool own) {
  Loop *loop = lua_touserdata(L, loop_idx);
  Future *f;
  loop_idx = lua_absindex(L, loop_idx);
  f = lua_newuserdatauv(L, size, own ? UV_OWN : UV_EXTRA);
  memset(f, 0, size);
  f->ops = ops;
  f->loop = loop;
  lua_pushvalue(L, loop_idx);
  lua_setiuservalue(L, -2, UV_EXTRA);
  lua_pushvalue(L, lua_upvalueindex(cls));
  lua_setmetatable(L, -2);
  if (loop->watch != NULL) note_source(L);
  return f;
}

/* ===} {=== Extras === */

void extra_push(lua_State *L, int idx, int field) {
  if (lua_getiuservalue(L, idx, UV_EXTRA) == LUA_TTABLE)
    lua_rawgeti(L, -1, field);
  else if (field == EXTRA_LOOP)
    return;
  else
    lua_pushnil(L);
  lua_replace(L, -2);
}

void future_push_loop(lua_State *L, int idx) {
  extra_push(L, idx, EXTRA_LOOP);
}

void extra_set(lua_State *L, int idx, int field) {
  idx = lua_absindex(L, idx);
  if (lua_getiuservalue(L, idx, UV_EXTRA) != LUA_TTABLE) {
    if (lua_isnil(L, -2)) {
      lua_pop(L, 2);
      return;
    }
    lua_createtable(L, EXTRA_LAST, 0); /* a field set never allocates */
    lua_insert(L, -2);
    lua_rawseti(L, -2, EXTRA_LOOP);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, idx, UV_EXTRA);
  }
  lua_insert(L, -2);
  lua_rawseti(L, -2, field);
  lua_pop(L, 1);
}

/* ===} {=== Completing === */

void future_complete(Future *f, FutureState state) {
  f->state = state;
  if (f->loop->closed)
    f->callbacks = NULL; /* whose they were is gone */
  else
    list_splice(&f->loop->ready, &f->callbacks);
}

/* stack: v1 ... vn -> table */
static void pack(lua_State *L, int n) {
  lua_createtable(L, n, 0);
  lua_insert(L, -n - 1);
  for (; n > 0; n--) lua_rawseti(L, -n - 1, n);
}

void future_resolve(lua_State *L, int idx, int n) {
  Future *f = to_future(L, idx);
  idx = lua_absindex(L, idx);
  if (n > 1) pack(L, n);
  if (n > 0) lua_setiuservalue(L, idx, UV_RESULT);
  f->nresults = (uint32_t)n & 0xFFFFFF;
  future_complete(f, FUTURE_DONE);
}

/* ===} {=== Outcomes === */

void future_materialize(lua_State *L, int idx) {
  Future *f = to_future(L, idx);
  if (!(f->flags & FUTURE_LAZY)) return;
  f->ops->materialize(L, f, lua_absindex(L, idx));
  f->flags &= (uint16_t)~FUTURE_LAZY;
}

void future_push_error(lua_State *L, int idx) {
  future_materialize(L, idx);
  to_future(L, idx)->flags &= (uint16_t)~FUTURE_UNRETRIEVED;
  lua_getiuservalue(L, idx, UV_RESULT);
}

void future_push_cancelled(lua_State *L, int idx) {
  const Future *f = to_future(L, idx);
  lua_getiuservalue(L, idx, UV_RESULT);
  if (f->flags & FUTURE_CANCEL_ERROR) return;
  exception_new(L, CANCELLED_ERROR, lua_isnil(L, -1) ? 0 : -1);
  lua_replace(L, -2);
}

static int push_results(lua_State *L, int idx, const Future *f) {
  int i, table, n;
  if (f->flags & FUTURE_LAZY) future_materialize(L, idx);
  n = (int)f->nresults;
  if (n == 0) return 0;
  if (n == 1) {
    lua_getiuservalue(L, idx, UV_RESULT);
    return 1;
  }
  luaL_checkstack(L, n + 1, "too many results");
  lua_getiuservalue(L, idx, UV_RESULT);
  table = lua_gettop(L);
  for (i = 1; i <= n; i++) lua_rawgeti(L, table, i);
  return n;
}

int future_push_results(lua_State *L, int idx) {
  return push_results(L, idx, to_future(L, idx));
}

void future_push_first(lua_State *L, int idx) {
  Future *f = to_future(L, idx);
  future_materialize(L, idx);
  if (f->nresults == 0) {
    lua_pushnil(L);
    return;
  }
  lua_getiuservalue(L, idx, UV_RESULT);
  if (f->nresults == 1) return;
  lua_rawgeti(L, -1, 1);
  lua_replace(L, -2);
}

void future_copy_traceback(lua_State *L, int from, int to) {
  to = lua_absindex(L, to);
  extra_push(L, from, EXTRA_TRACEBACK);
  extra_set(L, to, EXTRA_TRACEBACK);
}

/* Raises the error; the traceback of where it came from goes along. */
static int raise_error(lua_State *L, int idx) {
  future_push_error(L, idx);
  extra_push(L, idx, EXTRA_TRACEBACK);
  if (lua_isnil(L, -1))
    lua_pop(L, 1);
  else
    traceback_continue(L, -2);
  return lua_error(L);
}

int future_outcome(lua_State *L, int idx) {
  const Future *f = to_future(L, idx);
  switch ((FutureState)f->state) {
    case FUTURE_DONE:
      return push_results(L, idx, f);
    case FUTURE_FAILED:
      return raise_error(L, idx);
    case FUTURE_CANCELLED:
      future_push_cancelled(L, idx);
      return lua_error(L);
    default:
      return exception_raise(L, INVALID_STATE_ERROR, "Result is not set.");
  }
}

/* ===} {=== Plain futures === */

static bool plain_cancel(lua_State *L, Future *f, int msg) {
  if (msg != 0) {
    lua_pushvalue(L, msg);
    lua_setiuservalue(L, -2, UV_RESULT);
  }
  lua_pop(L, 1);
  future_complete(f, FUTURE_CANCELLED);
  return false;
}

const FutureOps future_ops = {"Future", NULL, plain_cancel, NULL, NULL, NULL};

/* ===} */
