/*
** Futures: a result to come, and the Jobs that wait for it. Everything that
** completes ends in future_complete, which splices the waiting Jobs onto the
** loop's ready list. Cancelling walks chains of waiters in a loop, without
** recursion.
*/
#include "future.h"

#include <string.h>

#include "cancel.h"
#include "errors.h"
#include "unretrieved.h"

/* {=== Making === */

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
  return f;
}

Future *check_future(lua_State *L, int idx) {
  int cls = class_of(L, idx);
  if (cls != UP_FUTURE && cls != UP_TASK) luaL_typeerror(L, idx, "Future");
  return to_future(L, idx);
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

void future_reject(lua_State *L, int idx) {
  Future *f = to_future(L, idx);
  idx = lua_absindex(L, idx);
  lua_setiuservalue(L, idx, UV_RESULT);
  future_complete(f, FUTURE_FAILED);
  unretrieved_note(L, idx);
}

/* ===} {=== Outcomes === */

static void materialize(lua_State *L, int idx) {
  Future *f = to_future(L, idx);
  if (!(f->flags & FUTURE_LAZY)) return;
  f->ops->materialize(L, f, lua_absindex(L, idx));
  f->flags &= (uint16_t)~FUTURE_LAZY;
}

void future_push_error(lua_State *L, int idx) {
  materialize(L, idx);
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

static int push_results(lua_State *L, int idx) {
  Future *f = to_future(L, idx);
  int i, table, n = (int)f->nresults;
  materialize(L, idx);
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

void future_push_first(lua_State *L, int idx) {
  Future *f = to_future(L, idx);
  materialize(L, idx);
  if (f->nresults == 0) {
    lua_pushnil(L);
    return;
  }
  lua_getiuservalue(L, idx, UV_RESULT);
  if (f->nresults == 1) return;
  lua_rawgeti(L, -1, 1);
  lua_replace(L, -2);
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
  switch ((FutureState)to_future(L, idx)->state) {
    case FUTURE_DONE:
      return push_results(L, idx);
    case FUTURE_FAILED:
      return raise_error(L, idx);
    case FUTURE_CANCELLED:
      future_push_cancelled(L, idx);
      return lua_error(L);
    default:
      return exception_raise(L, INVALID_STATE_ERROR, "Result is not set.");
  }
}

/* ===} {=== The class === */

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

/* asyncio.Future({loop=}), called as __call of the class: it is at 1. */
static int asyncio_Future(lua_State *L) {
  static const char *const options[] = {"loop", NULL};
  lua_remove(L, 1);
  lua_settop(L, 1);
  check_options(L, 1, "Future", options);
  option_loop(L, 1, "Future");
  future_new(L, -1, &future_ops, sizeof(Future), UP_FUTURE, false);
  return 1;
}

static int Loop_create_future(lua_State *L) {
  check_loop(L, 1);
  future_new(L, 1, &future_ops, sizeof(Future), UP_FUTURE, false);
  return 1;
}

static int Future_done(lua_State *L) {
  lua_pushboolean(L, check_future(L, 1)->state != FUTURE_PENDING);
  return 1;
}

static int Future_cancelled(lua_State *L) {
  lua_pushboolean(L, check_future(L, 1)->state == FUTURE_CANCELLED);
  return 1;
}

static int Future_result(lua_State *L) {
  check_future(L, 1);
  return future_outcome(L, 1);
}

static int Future_exception(lua_State *L) {
  switch ((FutureState)check_future(L, 1)->state) {
    case FUTURE_FAILED:
      future_push_error(L, 1);
      return 1;
    case FUTURE_CANCELLED:
      future_push_cancelled(L, 1);
      return lua_error(L);
    case FUTURE_DONE:
      lua_pushnil(L);
      return 1;
    default:
      return exception_raise(L, INVALID_STATE_ERROR, "Exception is not set.");
  }
}

/* The future at 1, plain and pending, or raises. */
static Future *check_settable(lua_State *L, const char *method) {
  Future *f = check_future(L, 1);
  if (f->ops != &future_ops)
    luaL_error(L, "%s does not support %s operation", f->ops->name, method);
  if (f->state != FUTURE_PENDING)
    exception_raise(L, INVALID_STATE_ERROR, "invalid state");
  return f;
}

/* Future:set_result(...) */
static int Future_set_result(lua_State *L) {
  check_settable(L, "set_result");
  future_resolve(L, 1, lua_gettop(L) - 1);
  return 0;
}

/* A class of exceptions is made an instance. */
static void instantiate(lua_State *L, int idx) {
  bool is_class;
  if (!lua_istable(L, idx)) return;
  lua_rawgeti(L, idx, 2);
  is_class = lua_isboolean(L, -1) && lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (!is_class) return;
  lua_pushvalue(L, idx);
  lua_call(L, 0, 1);
  lua_replace(L, idx);
}

/* Future:set_exception(err) */
static int Future_set_exception(lua_State *L) {
  check_settable(L, "set_exception");
  if (lua_isnoneornil(L, 2))
    return luaL_argerror(L, 2, "invalid exception object: nil");
  lua_settop(L, 2);
  instantiate(L, 2);
  check_settable(L, "set_exception");
  future_reject(L, 1);
  return 0;
}

/* Future:cancel([msg]) -> boolean */
static int Future_cancel(lua_State *L) {
  check_future(L, 1);
  lua_settop(L, 2);
  lua_pushboolean(L, future_cancel(L, 1, lua_isnil(L, 2) ? 0 : 2));
  return 1;
}

static int Future_get_loop(lua_State *L) {
  check_future(L, 1);
  future_push_loop(L, 1);
  return 1;
}

/* ===} {=== Running until a future is done === */

static void until_run(lua_State *L, Loop *loop, Job *job) {
  (void)job;
  (void)L;
  if (loop->until_done != NULL) loop->stopping = true;
  loop->until_done = NULL;
}

static const JobKind until_job = {until_run, NULL};

static void until_start(Loop *loop, Future *f) {
  loop->until.kind = &until_job;
  loop->until_done = f;
  list_append(f->state == FUTURE_PENDING ? &f->callbacks : &loop->ready,
              &loop->until.node);
}

/* The loop may have ended for another reason. */
static void until_stop(Loop *loop) {
  Future *f = loop->until_done;
  if (f == NULL) return;
  list_remove(f->state == FUTURE_PENDING ? &f->callbacks : &loop->ready,
              &loop->until.node);
  loop->until_done = NULL;
}

/* Loop:_run_until(future) -> false on a deadlock; raises what leaves the loop */
static int Loop_run_until(lua_State *L) {
  Loop *loop = check_idle_loop(L, 1);
  Future *f = check_future(L, 2);
  int status;
  until_start(loop, f);
  status = loop_run(L, loop, true);
  until_stop(loop);
  return status == LUA_OK ? 1 : lua_error(L);
}

/* ===} {=== For the Lua side === */

/* Future:_state() -> "pending", "finished" or "cancelled" */
static int Future_state(lua_State *L) {
  static const char *const names[] = {"pending", "finished", "finished",
                                      "cancelled"};
  lua_pushstring(L, names[check_future(L, 1)->state]);
  return 1;
}

/* Future:_peek() of a finished one -> true, results or false, error; it does
** not count as seen. */
static int Future_peek(lua_State *L) {
  const Future *f = check_future(L, 1);
  bool ok = f->state == FUTURE_DONE;
  lua_settop(L, 1);
  lua_pushboolean(L, ok);
  if (ok) return 1 + push_results(L, 1);
  materialize(L, 1);
  lua_getiuservalue(L, 1, UV_RESULT);
  return 2;
}

/* Future:_class() -> its name */
static int Future_class(lua_State *L) {
  lua_pushstring(L, check_future(L, 1)->ops->name);
  return 1;
}

static int asyncio_isfuture(lua_State *L) {
  int cls = class_of(L, 1);
  lua_pushboolean(L, cls == UP_FUTURE || cls == UP_TASK);
  return 1;
}

void future_open(lua_State *L) {
  static const luaL_Reg methods[] = {{"done", Future_done},
                                     {"cancelled", Future_cancelled},
                                     {"result", Future_result},
                                     {"exception", Future_exception},
                                     {"set_result", Future_set_result},
                                     {"set_exception", Future_set_exception},
                                     {"cancel", Future_cancel},
                                     {"get_loop", Future_get_loop},
                                     {"_state", Future_state},
                                     {"_peek", Future_peek},
                                     {"_class", Future_class},
                                     {NULL, NULL}};
  static const luaL_Reg loop_methods[] = {{"create_future", Loop_create_future},
                                          {"_run_until", Loop_run_until},
                                          {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"Future", asyncio_Future}, {"isfuture", asyncio_isfuture}, {NULL, NULL}};
  unretrieved_open(L);
  glue_class(L, UP_FUTURE, NULL, methods);
  glue_class(L, UP_TASK, NULL, methods);
  glue_class(L, UP_LOOP, NULL, loop_methods);
  glue_setfuncs(L, functions);
}

/* ===} */
