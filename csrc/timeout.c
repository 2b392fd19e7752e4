/*
** wait_for: an awaitable, for a limited time. It arms a timer that cancels
** the current task and awaits in that same task; on the way out the
** CancelledError becomes a TimeoutError, if it was the timer's. With no time
** left (timeout <= 0) the awaitable is cancelled and waited for.
** After CPython 3.13's timeouts.Timeout and tasks.wait_for.
*/
#include "timeout.h"

#include <math.h>

#include "await.h"
#include "cancel.h"
#include "errors.h"
#include "tasks.h"

typedef enum State { CREATED, ACTIVE, EXPIRING, EXPIRED, FINISHED } State;

/* The coroutine object. Retained while its timer's Job is in the heap or on
** a list, since its task's stack might go before. */
typedef struct WaitFor {
  Coroutine coroutine;
  Timer timer;
  double timeout;
  State state;
  uint32_t task;     /* where its task is retained; coroutine.owner is its id */
  uint16_t requests; /* of cancellation, when it began */
  bool was_due;      /* from the beginning to expiry a CancelledError was */
} WaitFor;

enum { WAIT_AWAITABLE = 1 }; /* its user value */

/* {=== In time === */

static void let_go(lua_State *L, Loop *loop, int loop_idx, WaitFor *w) {
  loop_release(L, loop, loop_idx, w->timer.slot);
  w->timer.slot = 0;
}

/* Pushes what is retained in the task's place, and returns the task; NULL if
** somebody closed its coroutine, and it is gone. */
static Task *push_task(lua_State *L, const WaitFor *w) {
  Task *task;
  job_push_retained(L, w->task);
  task = lua_touserdata(L, -1);
  if (!has_metatable(L, -1, core_get(L)->metatables[UP_TASK])) return NULL;
  return task->id == w->coroutine.owner ? task : NULL;
}

static void expire(lua_State *L, Loop *loop, Job *job) {
  WaitFor *w = (WaitFor *)(void *)((char *)job - offsetof(WaitFor, timer));
  const Task *task;
  int top = lua_gettop(L);
  job_push_retained(L, w->timer.slot);
  let_go(L, loop, JOB_LOOP, w);
  if (w->state == ACTIVE && (task = push_task(L, w)) != NULL) {
    w->state = EXPIRING;
    w->was_due = w->was_due && task_is_due_to_raise(task);
    future_cancel(L, -1, 0);
  }
  lua_settop(L, top);
}

static const JobKind expire_job = {expire, NULL, NULL, NULL};

/* The timer will not cancel any more. stack: 1 the object */
static void disarm(lua_State *L, Loop *loop, WaitFor *w) {
  if (w->timer.node.place == 0) return;
  loop_stop_timer(loop, &w->timer);
  core_push(L, CORE_RUNNING);
  let_go(L, loop, -1, w);
  lua_pop(L, 1);
}

/* The timer's request of cancellation is taken back. True: it was the only
** one, and the CancelledError is to become a TimeoutError. */
static bool take_back(Task *task, WaitFor *w) {
  Future *f = &task->future;
  if (f->requests > 0) f->requests--;
  if (f->requests == 0) f->flags &= (uint16_t)~TASK_MUST_CANCEL;
  return f->requests <= w->requests && !w->was_due;
}

/* stack: ..., CancelledError */
static int raise_timeout(lua_State *L) {
  exception_new(L, TIMEOUT_ERROR, 0);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "cause");
  return lua_error(L);
}

/* stack: 1 the object, 2 handler, results or error */
static int inner_done(lua_State *L, int status, lua_KContext context) {
  WaitFor *w = lua_touserdata(L, 1);
  Task *task = awaiting_task(L);
  bool failed = status != LUA_OK && status != LUA_YIELD;
  bool is_mine = false;
  (void)context;
  disarm(L, task->future.loop, w);
  if (w->state == EXPIRING) is_mine = take_back(task, w);
  w->state = w->state == EXPIRING ? EXPIRED : FINISHED;
  w->coroutine.state = COROUTINE_DONE;
  if (!failed) return lua_gettop(L) - 2;
  if (is_mine && is_exception(L, -1, CANCELLED_ERROR)) return raise_timeout(L);
  traceback_keep(L);
  return lua_error(L);
}

/* stack: 1 the object, 2 loop */
static void arm(lua_State *L, const Task *task, WaitFor *w) {
  Loop *loop = task->future.loop;
  loop_reserve_timer(L, loop);
  w->task = task->step.slot;
  w->timer.slot = loop_retain(L, loop, 2, 1);
  /* cannot fail from here */
  w->timer.job.kind = &expire_job;
  w->state = ACTIVE;
  w->requests = task->future.requests;
  w->was_due = task_is_due_to_raise(task);
  loop_start_timer(loop, &w->timer, loop_deadline(loop, w->timeout));
}

static int await_in_time(lua_State *L, Task *task, WaitFor *w) {
  Loop *loop = task->future.loop;
  int status;
  core_push(L, CORE_RUNNING);
  arm(L, task, w);
  lua_settop(L, 1);
  lua_pushcfunction(L, traceback_handler);
  core_push(L, CORE_AWAIT);
  lua_getiuservalue(L, 1, WAIT_AWAITABLE);
  loop->depth += 2;
  status = lua_pcallk(L, 1, LUA_MULTRET, 2, 0, inner_done);
  loop->depth -= 2;
  return inner_done(L, status, 0);
}

/* ===} {=== Out of time === */

/* Done one tick after another future. Retained until that is done. */
typedef struct Release {
  Future future;
  Job job;
  uint32_t slot;
} Release; /* UV_OWN: the other future */

static void release_run(lua_State *L, Loop *loop, Job *job) {
  Release *r = (Release *)(void *)((char *)job - offsetof(Release, job));
  if (r->future.state == FUTURE_PENDING)
    future_complete(&r->future, FUTURE_DONE);
  job_release(L, loop, r->slot);
}

static uint32_t release_owner(const Job *job, uint32_t i) {
  const Release *r = (const Release *)(const void *)((const char *)job -
                                                     offsetof(Release, job));
  return i == 0 ? r->slot : 0;
}

static const JobKind release_job = {release_run, NULL, NULL, release_owner};

/* Did the future on top end with CancelledError? Pushes it then. */
static bool is_cancelled(lua_State *L) {
  switch ((FutureState)to_future(L, -1)->state) {
    case FUTURE_CANCELLED:
      future_push_cancelled(L, -1);
      return true;
    case FUTURE_FAILED: /* as a gather does */
      future_push_error(L, -1);
      if (is_exception(L, -1, CANCELLED_ERROR)) return true;
      lua_pop(L, 1);
      return false;
    default:
      return false;
  }
}

/* stack: 1 release */
static int cancelled_done(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  raise_if_cancelled(L, resumed_task(L), to_future(L, 1));
  lua_getiuservalue(L, 1, UV_OWN);
  if (!is_cancelled(L)) return future_outcome(L, lua_gettop(L));
  return raise_timeout(L);
}

/* stack: 1 the object */
static int await_too_late(lua_State *L, Task *task) {
  Release *r;
  Future *f;
  lua_settop(L, 1);
  core_push(L, CORE_RUNNING);
  lua_getiuservalue(L, 1, WAIT_AWAITABLE);
  ensure_future(L, 2, 3, false);
  f = to_future(L, 4);
  if (f->state != FUTURE_PENDING) return future_outcome(L, 4);
  r = (Release *)(void *)future_new(L, 2, &future_ops, sizeof(Release),
                                    UP_FUTURE, true);
  r->job.kind = &release_job;
  lua_pushvalue(L, 4);
  lua_setiuservalue(L, -2, UV_OWN);
  r->slot = loop_retain(L, task->future.loop, 2, -1);
  /* cannot fail from here */
  list_append(&f->callbacks, &r->job.node);
  lua_replace(L, 1);
  future_cancel(L, 4, 0);
  return task_park(L, task, &r->future, 0, cancelled_done);
}

/* ===} */

static int WaitFor_await(lua_State *L) {
  Task *task = await_begin(L);
  WaitFor *w = lua_touserdata(L, 1);
  if (w->timeout <= 0) return await_too_late(L, task);
  if (w->timeout != HUGE_VAL) return await_in_time(L, task, w);
  lua_getiuservalue(L, 1, WAIT_AWAITABLE);
  lua_replace(L, 1);
  return asyncio_await(L);
}

static const CoroutineKind wait_for_kind = {
    .name = "wait_for", .await = WaitFor_await, .nests = true};

/* asyncio.wait_for(aw, timeout) -> coroutine object */
static int asyncio_wait_for(lua_State *L) {
  double timeout = check_seconds(L, 2);
  WaitFor *w;
  if (!is_awaitable(L, 1)) return luaL_typeerror(L, 1, "awaitable");
  w = (WaitFor *)(void *)coroutine_new(L, &wait_for_kind, sizeof(WaitFor), 1);
  w->timeout = timeout;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, WAIT_AWAITABLE);
  return 1;
}

void timeout_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"wait_for", asyncio_wait_for},
                                       {NULL, NULL}};
  glue_setfuncs(L, functions);
  coroutine_function(L, "wait_for");
}
