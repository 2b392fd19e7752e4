/*
** wait: until some or all of several futures are done, or for a time.
** The coroutine object holds the futures; awaiting it makes a Waiter, a
** future with a Job on each of them and a timer. The loop retains the Waiter
** until none of these can run any more. After CPython 3.13's tasks.wait.
*/
#include "wait.h"

#include <math.h>
#include <string.h>

#include "await.h"
#include "errors.h"
#include "loops.h"

typedef enum ReturnWhen {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION
} ReturnWhen;

static const char *const return_when_names[] = {
    "ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION", NULL};

typedef struct Waiter Waiter;

typedef struct Watch {
  Job job;
  Waiter *owner;
  Future *future; /* kept alive by the list, UV_OWN of the waiter */
  bool is_on;     /* on a list: the future's, or the loop's */
} Watch;

struct Waiter {
  Future future;
  Timer timer;
  bool timer_is_on; /* in the heap, or on the ready list */
  ReturnWhen when;
  uint32_t slot, count;
  uint32_t left; /* futures not known to be done */
  uint32_t on;   /* Jobs on lists and the timer: retained while > 0 */
  Watch watches[];
};

/* The coroutine object; user value 1 is the list of futures. */
typedef struct Wait {
  Coroutine coroutine;
  double timeout;
  ReturnWhen when;
} Wait;

/* {=== Waiting === */

/* One Job less; the last to go lets go of the waiter. */
static void job_off(lua_State *L, Loop *loop, int loop_idx, Waiter *w) {
  if (--w->on > 0) return;
  loop_release(L, loop, loop_idx, w->slot);
  w->slot = 0;
}

static void wake(Waiter *w) {
  if (w->future.state == FUTURE_PENDING)
    future_complete(&w->future, FUTURE_DONE);
}

static bool is_enough(Waiter *w, Future *f) {
  if (w->left == 0 || w->when == FIRST_COMPLETED) return true;
  if (w->when != FIRST_EXCEPTION || f->state != FUTURE_FAILED) return false;
  f->flags &= (uint16_t)~FUTURE_UNRETRIEVED;
  return true;
}

static void watch_run(lua_State *L, Loop *loop, Job *job) {
  Watch *watch = (Watch *)(void *)job;
  Waiter *w = watch->owner;
  watch->is_on = false;
  w->left--;
  if (is_enough(w, watch->future)) wake(w);
  job_off(L, loop, JOB_LOOP, w);
}

static uint32_t watch_owner(const Job *job, uint32_t i) {
  return i == 0 ? ((const Watch *)(const void *)job)->owner->slot : 0;
}

static const JobKind watch_job = {watch_run, NULL, NULL, watch_owner};

static void timeout_run(lua_State *L, Loop *loop, Job *job) {
  Waiter *w = (Waiter *)(void *)((char *)job - offsetof(Waiter, timer));
  w->timer_is_on = false;
  wake(w);
  job_off(L, loop, JOB_LOOP, w);
}

static const JobKind timeout_job = {timeout_run, NULL, NULL, NULL};

/* Takes every Job off that has not begun. stack: 1 waiter, 2 loop */
static void stop_watching(lua_State *L, Waiter *w) {
  Loop *loop = w->future.loop;
  uint32_t i;
  w->on++; /* or the loop below might see it go */
  if (w->timer_is_on && w->timer.node.place != 0) {
    loop_stop_timer(loop, &w->timer);
    w->timer_is_on = false;
    w->on--;
  }
  for (i = 0; i < w->count; i++) {
    Watch *watch = &w->watches[i];
    if (!watch->is_on || watch->future->state != FUTURE_PENDING) continue;
    list_remove(&watch->future->callbacks, &watch->job.node);
    watch->is_on = false;
    w->on--;
  }
  job_off(L, loop, 2, w);
}

/* ===} {=== Results === */

/* Appends the future on top, popped, to the list and set at idx. */
static void add(lua_State *L, int idx, lua_Integer n) {
  lua_pushvalue(L, -1);
  lua_rawseti(L, idx, n);
  lua_pushboolean(L, 1);
  lua_rawset(L, idx);
}

/* stack: 1 waiter; pushes done and pending, as of now */
static int push_sets(lua_State *L, const Waiter *w) {
  lua_Integer ndone = 0, npending = 0;
  uint32_t i;
  int list, done, pending;
  lua_getiuservalue(L, 1, UV_OWN);
  list = lua_gettop(L);
  lua_newtable(L);
  lua_newtable(L);
  done = list + 1;
  pending = list + 2;
  for (i = 1; i <= w->count; i++) {
    lua_rawgeti(L, list, i);
    if (w->watches[i - 1].future->state == FUTURE_PENDING)
      add(L, pending, ++npending);
    else
      add(L, done, ++ndone);
  }
  return 2;
}

static int wait_resumed(lua_State *L, int status, lua_KContext context) {
  Task *task = resumed_task(L);
  Waiter *w = lua_touserdata(L, 1);
  (void)status;
  (void)context;
  stop_watching(L, w);
  raise_if_cancelled(L, task, &w->future);
  return push_sets(L, w);
}

/* ===} {=== Awaiting it === */

static void watch(Waiter *w, uint32_t i, Future *f) {
  Watch *one = &w->watches[i];
  one->job.kind = &watch_job;
  one->owner = w;
  one->future = f;
  one->is_on = true;
  list_append(f->state == FUTURE_PENDING ? &f->callbacks
                                         : &w->future.loop->ready,
              &one->job.node);
}

/* stack: 1 wait, 2 loop, 3 list -> and the waiter, retained */
static Waiter *waiter_new(lua_State *L, uint32_t count) {
  Waiter *w = (Waiter *)(void *)future_new(
      L, 2, &future_ops, sizeof(Waiter) + count * sizeof(Watch), UP_FUTURE,
      true);
  w->count = w->left = count;
  w->timer.job.kind = &timeout_job;
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, -2, UV_OWN);
  loop_reserve_timer(L, w->future.loop);
  w->slot = loop_retain(L, w->future.loop, 2, -1);
  return w;
}

/* stack: 1 wait, 2 loop, 3 list */
static void check_loops(lua_State *L, const Loop *loop) {
  lua_Integer i, n = (lua_Integer)lua_rawlen(L, 3);
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, 3, i);
    if (to_future(L, -1)->loop != loop)
      luaL_error(L, "wait: future #%d belongs to a different loop", (int)i);
    lua_pop(L, 1);
  }
}

static int Wait_await(lua_State *L) {
  Task *task = await_begin(L);
  const Wait *call = lua_touserdata(L, 1);
  Loop *loop = task->future.loop;
  uint32_t i;
  Waiter *w;
  lua_settop(L, 1);
  running_loop(L);
  lua_getiuservalue(L, 1, 1);
  check_loops(L, loop);
  w = waiter_new(L, (uint32_t)lua_rawlen(L, 3));
  /* cannot fail from here */
  w->when = call->when;
  for (i = 0; i < w->count; i++) {
    lua_rawgeti(L, 3, (lua_Integer)i + 1);
    watch(w, i, to_future(L, -1));
    lua_pop(L, 1);
  }
  w->on = w->count;
  if (call->timeout != HUGE_VAL) {
    loop_start_timer(loop, &w->timer, loop_deadline(loop, call->timeout));
    w->timer_is_on = true;
    w->on++;
  }
  lua_replace(L, 1);
  lua_settop(L, 2);
  return task_park(L, task, &w->future, 0, wait_resumed);
}

static const CoroutineKind wait_kind = {.name = "wait", .await = Wait_await};

/* ===} {=== The function === */

/* stack: ..., list of futures -> list without the second of equals */
static void check_futures(lua_State *L) {
  lua_Integer i, n = (lua_Integer)lua_rawlen(L, -1), kept = 0;
  int list = lua_gettop(L), unique = list + 1, seen = list + 2;
  lua_createtable(L, (int)n, 0);
  lua_newtable(L);
  for (i = 1; i <= n; i++) {
    int cls;
    lua_rawgeti(L, list, i);
    cls = class_of(L, -1);
    if (cls != UP_FUTURE && cls != UP_TASK)
      luaL_error(L,
                 is_awaitable(L, -1)
                     ? "Passing coroutines is forbidden, use tasks "
                       "explicitly."
                     : "bad argument #1 to 'wait' (futures expected, got "
                       "a %s)",
                 luaL_typename(L, -1));
    lua_pushvalue(L, -1);
    if (lua_rawget(L, seen) == LUA_TNIL) {
      lua_pushvalue(L, -2);
      lua_rawseti(L, unique, ++kept);
      lua_pushvalue(L, -2);
      lua_pushboolean(L, 1);
      lua_rawset(L, seen);
    }
    lua_settop(L, seen);
  }
  lua_settop(L, unique);
  lua_replace(L, list);
  if (kept == 0) luaL_error(L, "Set of Tasks/Futures is empty.");
}

static ReturnWhen option_return_when(lua_State *L, int idx) {
  int i;
  if (option_get(L, idx, "return_when") == LUA_TNIL) {
    lua_pop(L, 1);
    return ALL_COMPLETED;
  }
  for (i = 0; return_when_names[i] != NULL; i++)
    if (lua_isstring(L, -1) &&
        strcmp(lua_tostring(L, -1), return_when_names[i]) == 0) {
      lua_pop(L, 1);
      return (ReturnWhen)i;
    }
  return luaL_error(L, "Invalid return_when value: %s",
                    luaL_tolstring(L, -1, NULL));
}

/* asyncio.wait(aws, {timeout=, return_when=}) -> coroutine object */
static int asyncio_wait(lua_State *L) {
  static const char *const options[] = {"timeout", "return_when", NULL};
  Wait *call;
  double timeout;
  ReturnWhen when;
  lua_settop(L, 2);
  check_options(L, 2, "wait", options);
  timeout = option_seconds(L, 2, "wait", "timeout");
  when = option_return_when(L, 2);
  if (is_coroutine_function(L, 1))
    return luaL_error(L, "expect a list of futures, not %s",
                      luaL_tolstring(L, 1, NULL));
  push_list_of(L, 1, "expect a list of futures");
  check_futures(L);
  call = (Wait *)(void *)coroutine_new(L, &wait_kind, sizeof(Wait), 1);
  call->timeout = timeout;
  call->when = when;
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, -2, 1);
  return 1;
}

void wait_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"wait", asyncio_wait}, {NULL, NULL}};
  int i;
  glue_setfuncs(L, functions);
  coroutine_function(L, "wait");
  for (i = 0; return_when_names[i] != NULL; i++) {
    lua_pushstring(L, return_when_names[i]);
    lua_setfield(L, -2, return_when_names[i]);
  }
}

/* ===} */
