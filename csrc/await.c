/*
** await, and what waits in the simplest ways: a future, a turn of the loop,
** a time. Also the protected calls that let cancellation pass.
**
** A coroutine object or function runs on the awaiting coroutine's own stack,
** by lua_callk, up to INLINE_DEPTH calls deep on the C stack; beyond it on a
** thread of its own, on the task's stack of coroutines. A yield unwinds the C
** stack, so the count begins anew with every step.
*/
#include "await.h"

#include <math.h>

#include "errors.h"
#include "futures.h"
#include "stack.h"

/* Lua allows 200 nested C calls in all, the user's own included. */
enum { INLINE_DEPTH = 48 };

/* {=== Futures === */

static int wrong_loop(lua_State *L, const Task *task) {
  const char *self;
  core_push(L, CORE_RUNNING);
  loop_push_retained(L, -1, task->step.slot);
  self = luaL_tolstring(L, -1, NULL);
  return luaL_error(L, "Task %s got Future %s attached to a different loop",
                    self, luaL_tolstring(L, 1, NULL));
}

static int await_resumed(lua_State *L, int status, lua_KContext context) {
  Task *task = resumed_task(L);
  const Future *f = to_future(L, 1);
  (void)status;
  (void)context;
  raise_if_cancelled(L, task, f);
  if (f == &task->future)
    return luaL_error(L, "Task cannot await on itself: %s",
                      luaL_tolstring(L, 1, NULL));
  if (f->loop != task->future.loop) return wrong_loop(L, task);
  return future_outcome(L, 1);
}

int await_future(lua_State *L) {
  Task *task = awaiting_task(L);
  Future *f = to_future(L, 1);
  if (f->state != FUTURE_PENDING) return future_outcome(L, 1);
  return task_park(L, task, f, 0, await_resumed);
}

/* Future:await() */
static int Future_await(lua_State *L) {
  check_future(L, 1);
  lua_settop(L, 1);
  return await_future(L);
}

/* ===} {=== Coroutine objects and functions === */

Task *await_begin(lua_State *L) {
  Task *task = awaiting_task(L);
  Coroutine *c = lua_touserdata(L, 1);
  if (c->state != COROUTINE_NEW) awaitable_check(L, 1, task->id);
  if (!c->reusable) {
    c->owner = task->id;
    c->state = COROUTINE_STARTED;
  }
  return task;
}

enum { IS_FUNCTION, IS_COROUTINE }; /* what index 1 is, as a context */

static int call_done(lua_State *L, int status, lua_KContext what) {
  (void)status;
  if (what == IS_COROUTINE)
    ((Coroutine *)lua_touserdata(L, 1))->state = COROUTINE_DONE;
  return lua_gettop(L) - 1;
}

/* Calls the function on top with its n - 1 arguments. stack: 1 awaitable */
static int call_inline(lua_State *L, Loop *loop, int n, lua_KContext what) {
  loop->depth++;
  lua_callk(L, n - 1, LUA_MULTRET, what, call_done);
  loop->depth--;
  return call_done(L, LUA_OK, what);
}

/* The same on a thread of its own. stack: 1 awaitable */
static int call_on_thread(lua_State *L) {
  bool is_users;
  lua_State *co = awaitable_thread(L, 1, &is_users);
  if (is_users) coroutine_enter(co);
  return task_push(L);
}

/* A function, or an object with __await. */
static int await_call(lua_State *L) {
  Loop *loop = awaiting_task(L)->future.loop;
  if (loop->depth >= INLINE_DEPTH) return call_on_thread(L);
  return call_inline(L, loop, awaitable_push(L, 1), IS_FUNCTION);
}

/* A coroutine object of a Lua function. */
static int await_function(lua_State *L, Coroutine *c) {
  Loop *loop = await_begin(L)->future.loop;
  if (c->kind->attempt != NULL) {
    int n = c->kind->attempt(L);
    if (n != ATTEMPT_FAILED) {
      c->state = COROUTINE_DONE;
      return n;
    }
  }
  if (loop->depth >= INLINE_DEPTH) return call_on_thread(L);
  return call_inline(L, loop, coroutine_push(L, 1, c), IS_COROUTINE);
}

/* One of the module's own that would go too deep on the C stack. */
static int await_elsewhere(lua_State *L, const Task *task) {
  awaitable_check(L, 1, task->id);
  awaitable_claim(L, 1, task->id);
  return call_on_thread(L);
}

static int await_coroutine(lua_State *L) {
  Coroutine *c = lua_touserdata(L, 1);
  if (is_call(c)) return await_function(L, c);
  if (c->kind->nests) {
    const Task *task = awaiting_task(L);
    if (task->future.loop->depth >= INLINE_DEPTH)
      return await_elsewhere(L, task);
  }
  return c->kind->await(L);
}

static int await_thread(lua_State *L) {
  awaitable_check(L, 1, awaiting_task(L)->id);
  return call_on_thread(L);
}

int asyncio_await(lua_State *L) {
  lua_settop(L, 1);
  switch (class_of(L, 1)) {
    case UP_FUTURE:
    case UP_TASK:
      return await_future(L);
    case UP_COROUTINE:
      return await_coroutine(L);
  }
  if (lua_isthread(L, 1)) return await_thread(L);
  return await_call(L);
}

/* coroutine:await() */
static int Coroutine_await(lua_State *L) {
  if (class_of(L, 1) != UP_COROUTINE) return luaL_typeerror(L, 1, "coroutine");
  lua_settop(L, 1);
  return await_coroutine(L);
}

/* ===} {=== sleep === */

typedef struct SleepCoroutine {
  Coroutine coroutine;
  double delay;
} SleepCoroutine; /* user values: the results */

static int sleep_resumed(lua_State *L, int status, lua_KContext context) {
  Task *task = resumed_task(L);
  (void)status;
  (void)context;
  if (task->future.flags & (TASK_MUST_CANCEL | TASK_AWAKENED))
    return task_raise_cancelled(L, task);
  return coroutine_push(L, 1, lua_touserdata(L, 1));
}

static int Sleep_await(lua_State *L) {
  Task *task = await_begin(L);
  return task_sleep(L, task, ((SleepCoroutine *)lua_touserdata(L, 1))->delay,
                    sleep_resumed);
}

static int sleep_ended(lua_State *L, int status, lua_KContext context) {
  Task *task = resumed_task(L);
  (void)status;
  (void)context;
  if (task->future.flags & (TASK_MUST_CANCEL | TASK_AWAKENED))
    return task_raise_cancelled(L, task);
  return lua_gettop(L) - 1;
}

/* core.sleep_now(delay, ...) -> ...: await(sleep(delay, ...)), without the
** object */
static int core_sleep_now(lua_State *L) {
  double delay = luaL_checknumber(L, 1);
  if (isnan(delay)) return luaL_argerror(L, 1, NAN_DELAY);
  return task_sleep(L, awaiting_task(L), delay, sleep_ended);
}

/* CoroutineKind.unbind */
static int sleep_unbind(lua_State *L, int idx) {
  const SleepCoroutine *s = lua_touserdata(L, idx);
  core_push(L, CORE_SLEEP_FUNCTION);
  lua_pushnumber(L, s->delay);
  return 2 + coroutine_push(L, idx, &s->coroutine);
}

static const CoroutineKind sleep_kind = {
    .name = "sleep", .await = Sleep_await, .unbind = sleep_unbind};

static void push_sleep(lua_State *L, double delay, int n) {
  SleepCoroutine *s = (SleepCoroutine *)(void *)coroutine_new(
      L, &sleep_kind, sizeof(SleepCoroutine), n);
  s->delay = delay;
}

/* asyncio.sleep(delay, ...) -> coroutine object, which returns ... */
static int asyncio_sleep(lua_State *L) {
  double delay = luaL_checknumber(L, 1);
  int i, n = lua_gettop(L) - 1;
  if (isnan(delay)) return luaL_argerror(L, 1, NAN_DELAY);
  if (delay <= 0 && n == 0) {
    core_push(L, CORE_SLEEP);
    return 1;
  }
  push_sleep(L, delay, n);
  for (i = 1; i <= n; i++) {
    lua_pushvalue(L, i + 1);
    lua_setiuservalue(L, -2, i);
  }
  return 1;
}

/* ===} {=== Protected calls === */

static int protected_done(lua_State *L, int status, lua_KContext context) {
  (void)context;
  if (status == LUA_OK || status == LUA_YIELD) {
    lua_pushboolean(L, 1);
    lua_replace(L, 1);
    return lua_gettop(L);
  }
  if (is_uncatchable(L, -1)) return lua_error(L);
  lua_pushboolean(L, 0);
  lua_insert(L, -2);
  return 2;
}

/* An awaitable that raised nil. */
static int pawait_done(lua_State *L, int status, lua_KContext context) {
  if (status != LUA_OK && status != LUA_YIELD && lua_isnil(L, -1)) {
    lua_pushliteral(L, "nil");
    exception_new(L, EXCEPTION, -1);
  }
  return protected_done(L, status, context);
}

/* asyncio.pawait(aw) -> true, results or false, error */
static int asyncio_pawait(lua_State *L) {
  lua_settop(L, 1);
  lua_pushnil(L);
  lua_insert(L, 1);
  core_push(L, CORE_AWAIT);
  lua_insert(L, 2);
  return pawait_done(L, lua_pcallk(L, 1, LUA_MULTRET, 0, 0, pawait_done), 0);
}

/* asyncio.pcall(f, ...) */
static int asyncio_pcall(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushnil(L);
  lua_insert(L, 1);
  return protected_done(
      L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, protected_done),
      0);
}

/* The user's handler, for errors that xpcall catches. */
static int xpcall_handler(lua_State *L) {
  if (is_uncatchable(L, 1)) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

/* asyncio.xpcall(f, handler, ...) */
static int asyncio_xpcall(lua_State *L) {
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, xpcall_handler, 1);
  lua_copy(L, 1, 2);
  lua_replace(L, 1);
  return protected_done(
      L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, protected_done),
      0);
}

/* The coroutine object of sleep(0): one for all, since it has no state. */
static int make_sleep_zero(lua_State *L) {
  push_sleep(L, 0, 0);
  ((Coroutine *)lua_touserdata(L, -1))->reusable = true;
  core_set(L, CORE_SLEEP);
  return 0;
}

void await_open(lua_State *L) {
  static const luaL_Reg coroutine_methods[] = {{"await", Coroutine_await},
                                               {NULL, NULL}};
  static const luaL_Reg future_methods[] = {{"await", Future_await},
                                            {NULL, NULL}};
  static const luaL_Reg functions[] = {{"await", asyncio_await},
                                       {"sleep", asyncio_sleep},
                                       {"sleep_now", core_sleep_now},
                                       {"pawait", asyncio_pawait},
                                       {"pcall", asyncio_pcall},
                                       {"xpcall", asyncio_xpcall},
                                       {"_make_sleep_zero", make_sleep_zero},
                                       {NULL, NULL}};
  glue_class(L, UP_COROUTINE, NULL, coroutine_methods);
  glue_class(L, UP_FUTURE, NULL, future_methods);
  glue_class(L, UP_TASK, NULL, future_methods);
  glue_setfuncs(L, functions);
  coroutine_function(L, "sleep");
  lua_getfield(L, -1, "await");
  core_set(L, CORE_AWAIT);
  lua_getfield(L, -1, "sleep");
  core_set(L, CORE_SLEEP_FUNCTION);
  lua_getfield(L, -1, "_make_sleep_zero");
  lua_call(L, 0, 0);
}
