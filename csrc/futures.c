/*
** The functions of futures that Lua calls: the class Future, running a loop
** until one is done. Futures themselves are in future.c.
*/
#include "futures.h"

#include "cancel.h"
#include "errors.h"
#include "unretrieved.h"
#include "loops.h"

/* {=== The class === */

Future *check_future(lua_State *L, int idx) {
  int cls = class_of(L, idx);
  if (cls != UP_FUTURE && cls != UP_TASK) luaL_typeerror(L, idx, "Future");
  return to_future(L, idx);
}

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

static const JobKind until_job = {until_run, NULL, NULL, NULL};

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

/* Loop:_run_until(future) -> false on a deadlock; raises what leaves it */
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
  if (ok) return 1 + future_push_results(L, 1);
  future_materialize(L, 1);
  lua_getiuservalue(L, 1, UV_RESULT);
  return 2;
}

/* Appends the futures that wait by means of the job. stack: 1 future, 2 list,
** 3 loop */
static void append_waiters(lua_State *L, const Job *job) {
  uint32_t i, slot;
  if (job->kind->owner == NULL) return;
  for (i = 0; (slot = job->kind->owner(job, i)) != 0; i++) {
    int cls;
    loop_push_retained(L, 3, slot);
    cls = class_of(L, -1);
    if (cls == UP_FUTURE || cls == UP_TASK)
      lua_rawseti(L, 2, (lua_Integer)lua_rawlen(L, 2) + 1);
    else
      lua_pop(L, 1);
  }
}

/* Future:_waiters() -> list of the futures and tasks that wait for it */
static int Future_waiters(lua_State *L) {
  const Future *f = check_future(L, 1);
  const ListNode *node;
  lua_settop(L, 1);
  lua_newtable(L);
  future_push_loop(L, 1);
  if (f->callbacks != NULL && !f->loop->closed) {
    node = f->callbacks;
    do {
      append_waiters(L, (const Job *)(const void *)node);
      node = node->next;
    } while (node != f->callbacks);
  }
  lua_settop(L, 2);
  return 1;
}

/* Future:_source() -> where it was made, a traceback, or nil */
static int Future_source(lua_State *L) {
  check_future(L, 1);
  extra_push(L, 1, EXTRA_SOURCE);
  return 1;
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

void futures_open(lua_State *L) {
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
                                     {"_waiters", Future_waiters},
                                     {"_source", Future_source},
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
