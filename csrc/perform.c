/*
** run_coroutine_threadsafe: calls that a loop performs, as tasks, for other
** threads. After CPython 3.13: the task is made in the loop, one tick before
** its first step; its outcome is passed on one tick after its end.
*/
#include "perform.h"

#include <string.h>

#include "cancel.h"
#include "concurrent.h"
#include "context.h"
#include "coroutine.h"
#include "errors.h"
#include "outcome.h"
#include "remote.h"
#include "tasks.h"

#define CLOSED "Event loop is closed"

/* The performer is the loop's mailbox. */
typedef struct LoopCall {
  Call call;
  Job start, cancel; /* posted; each has a count of the call */
  uint32_t slot;     /* of its Performance; the loop's */
} LoopCall;

/* A task that performs a call. Retained by the loop until its end. */
typedef struct Performance {
  Job job;       /* of its start in its own thread; then of the task's end */
  Closer closer; /* on Loop.closers from the start on */
  LoopCall *call;
} Performance;

enum {
  PERFORMANCE_TASK = 1, /* the awaitable, until it is one */
  PERFORMANCE_FUTURE,   /* the ConcurrentFuture if that is in this state */
  PERFORMANCE_PLACE,    /* the context that is copied; context.h */
  PERFORMANCE_USERVALUES = PERFORMANCE_PLACE
};

static Call *call_of(Performance *p) {
  return &p->call->call;
}

static void release(LoopCall *lc) {
  shared_release(&lc->call.shared);
}

/* {=== The end === */

/* stack: 1 task, 2 performance, 3 its future or nil. Packs the results. */
static int pack_results(lua_State *L) {
  Call *call = call_of(lua_touserdata(L, 2));
  Parcel outcome = {NULL, 0, NULL, 0};
  int n = future_push_results(L, 1);
  if (lua_isnil(L, 3)) {
    transfer_encode(L, lua_gettop(L) - n + 1, n, &result_route);
    transfer_take(L, &outcome);
  } else
    concurrent_keep(L, 3, n);
  call_end(call, CALL_DONE, &outcome, NULL);
  return 0;
}

/* The same of an error. */
static int pack_error(lua_State *L) {
  Call *call = call_of(lua_touserdata(L, 2));
  Parcel outcome = {NULL, 0, NULL, 0};
  const char *reason = NULL;
  future_push_error(L, 1);
  extra_push(L, 1, EXTRA_TRACEBACK);
  if (lua_isnil(L, 3))
    reason = outcome_pack_error(L, &outcome);
  else
    concurrent_keep(L, 3, -1);
  call_end(call, CALL_FAILED, &outcome, reason);
  return 0;
}

/* stack: ..., error, which is popped: why there is no outcome */
static void end_failed(lua_State *L, Call *call) {
  Parcel outcome = {NULL, 0, NULL, 0};
  const char *reason;
  lua_pushvalue(L, -1);
  traceback_push(L, -1);
  reason = outcome_pack_error(L, &outcome);
  call_end(call, CALL_FAILED, &outcome, reason);
  lua_pop(L, 1);
}

/* stack: ..., performance */
static void pass_on(lua_State *L, Performance *p) {
  int performance = lua_gettop(L);
  FutureState state;
  lua_getiuservalue(L, performance, PERFORMANCE_TASK);
  state = (FutureState)to_future(L, -1)->state;
  if (state == FUTURE_CANCELLED)
    call_end(call_of(p), CALL_CANCELLED, NULL, NULL);
  else if (call_state(call_of(p)) != CALL_CANCELLED) {
    lua_pushcfunction(L, state == FUTURE_DONE ? pack_results : pack_error);
    lua_insert(L, -2);
    lua_pushvalue(L, performance);
    lua_getiuservalue(L, performance, PERFORMANCE_FUTURE);
    if (lua_pcall(L, 3, 0, 0) != LUA_OK) end_failed(L, call_of(p));
  }
  lua_settop(L, performance);
}

static void end_run(lua_State *L, Loop *loop, Job *job) {
  Performance *p = (Performance *)(void *)job;
  job_push_retained(L, p->call->slot);
  pass_on(L, p);
  list_remove(&loop->closers, &p->closer.node);
  job_release(L, loop, p->call->slot);
  p->call->slot = 0;
  release(p->call);
  lua_pop(L, 1);
}

static const JobKind end_job = {end_run, NULL, NULL, NULL};

/* The task will never end. */
static void on_loop_closed(Closer *closer) {
  Performance *p =
      (Performance *)(void *)((char *)closer - offsetof(Performance, closer));
  call_end(call_of(p), CALL_FAILED, NULL, CLOSED);
  release(p->call);
}

/* ===} {=== The start === */

/* Pushes the coroutine that the function at fn makes or is, with the n values
** from first on as arguments. */
static void push_coroutine(lua_State *L, int fn, int first, int n) {
  int i;
  if (!is_coroutine_function(L, fn)) {
    coroutine_bind(L, fn, first, n);
    return;
  }
  luaL_checkstack(L, n + 1, "too many arguments");
  lua_pushvalue(L, fn);
  for (i = 0; i < n; i++) lua_pushvalue(L, first + i);
  lua_call(L, n, 1);
}

/* Pushes a performance of the awaitable on top, which is popped; the loop at
** 1 retains it. */
static void retain_performance(lua_State *L, Loop *loop, LoopCall *lc) {
  Performance *p =
      lua_newuserdatauv(L, sizeof(Performance), PERFORMANCE_USERVALUES);
  memset(p, 0, sizeof(Performance));
  p->closer.close = on_loop_closed;
  p->call = lc;
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, PERFORMANCE_TASK);
  lc->slot = loop_retain(L, loop, 1, -1);
}

/* core.perform(loop, call, performance or nil): makes the task. It is in the
** Core, since it needs our upvalues and runs from a Job. */
static int core_perform(lua_State *L) {
  Loop *loop = lua_touserdata(L, 1);
  LoopCall *lc = lua_touserdata(L, 2);
  Performance *p;
  Future *task;
  if (lua_isnil(L, 3)) {
    int n = transfer_decode(L, &lc->call.input);
    parcel_drop(&lc->call.input);
    n -= context_adopt(L, lc->call.has_context);
    push_coroutine(L, 4, 5, n - 1);
    retain_performance(L, loop, lc);
    lua_replace(L, 3);
  } else {
    lua_getiuservalue(L, 3, PERFORMANCE_PLACE);
    context_swap(L);
  }
  p = lua_touserdata(L, 3);
  lua_getiuservalue(L, 3, PERFORMANCE_TASK);
  ensure_future(L, 1, lua_gettop(L), false);
  /* cannot fail from here */
  task = to_future(L, -1);
  lua_setiuservalue(L, 3, PERFORMANCE_TASK);
  shared_retain(&lc->call.shared);
  list_append(&loop->closers, &p->closer.node);
  p->job.kind = &end_job;
  list_append(task->state == FUTURE_PENDING ? &task->callbacks : &loop->ready,
              &p->job.node);
  return 0;
}

static void forget(lua_State *L, Loop *loop, LoopCall *lc) {
  job_release(L, loop, lc->slot);
  lc->slot = 0;
}

/* stack: ..., report */
static void start_failed(lua_State *L, Loop *loop, Job *job) {
  (void)loop;
  (void)job;
  lua_pushliteral(L, "Exception in callback run_coroutine_threadsafe()");
  lua_setfield(L, -2, "message");
}

/* Stands for the Job of a start that has failed. Never written. */
static const JobKind failed_start_job = {NULL, start_failed, NULL, NULL};
static Job failed_start = {{NULL, NULL}, &failed_start_job};

/* What prevents the task is the outcome, and is reported too. */
static void start(lua_State *L, Loop *loop, LoopCall *lc) {
  int status;
  if (call_state(&lc->call) == CALL_CANCELLED) {
    parcel_drop(&lc->call.input);
    forget(L, loop, lc);
    return;
  }
  lua_pushcfunction(L, traceback_handler);
  core_push_any(L, CORE_PERFORM);
  lua_pushvalue(L, JOB_LOOP);
  lua_pushlightuserdata(L, lc);
  if (lc->slot != 0)
    job_push_retained(L, lc->slot);
  else
    lua_pushnil(L);
  status = lua_pcall(L, 3, 0, -5);
  if (loop->core->extras & HAS_CONTEXTS) context_leave_all(L);
  if (status != LUA_OK) {
    lua_pushvalue(L, -1);
    end_failed(L, &lc->call);
    forget(L, loop, lc);
    release(lc);
    loop->job = &failed_start; /* the call may be gone */
    lua_error(L);
  }
  lua_pop(L, 1);
}

static void start_drop(LoopCall *lc) {
  call_end(&lc->call, CALL_FAILED, NULL, CLOSED);
  release(lc);
}

static LoopCall *of_start(Job *job) {
  return (LoopCall *)(void *)((char *)job - offsetof(LoopCall, start));
}

static void remote_start_run(lua_State *L, Loop *loop, Job *job) {
  start(L, loop, of_start(job));
  release(of_start(job));
}

static void remote_start_drop(Job *job) {
  start_drop(of_start(job));
}

static const JobKind remote_start_job = {remote_start_run, NULL,
                                         remote_start_drop, NULL};

static void local_start_run(lua_State *L, Loop *loop, Job *job) {
  LoopCall *lc = ((Performance *)(void *)job)->call;
  start(L, loop, lc);
  release(lc);
}

static void local_start_drop(Job *job) {
  start_drop(((Performance *)(void *)job)->call);
}

static const JobKind local_start_job = {local_start_run, NULL, local_start_drop,
                                        NULL};

/* ===} {=== Cancelling === */

static LoopCall *of_cancel(Job *job) {
  return (LoopCall *)(void *)((char *)job - offsetof(LoopCall, cancel));
}

static void cancel_run(lua_State *L, Loop *loop, Job *job) {
  LoopCall *lc = of_cancel(job);
  (void)loop;
  if (lc->slot != 0) {
    job_push_retained(L, lc->slot);
    lua_getiuservalue(L, -1, PERFORMANCE_TASK);
    future_cancel(L, lua_gettop(L), 0);
    lua_pop(L, 2);
  }
  release(lc);
}

/* For want of memory even to cancel: the task goes on. */
static void cancel_failed(lua_State *L, Loop *loop, Job *job) {
  (void)L;
  (void)loop;
  release(of_cancel(job));
}

static void cancel_drop(Job *job) {
  release(of_cancel(job));
}

static const JobKind cancel_job = {cancel_run, cancel_failed, cancel_drop,
                                   NULL};

/* Call.cancelled: in any thread. */
static void cancel_in_loop(Call *call) {
  LoopCall *lc = (LoopCall *)(void *)call;
  shared_retain(&call->shared);
  if (!mailbox_post((Mailbox *)(void *)call->performer, &lc->cancel.node))
    release(lc);
}

/* ===} {=== run_coroutine_threadsafe === */

/* NULL for want of memory. */
static LoopCall *loop_call_new(Mailbox *mailbox) {
  LoopCall *lc = (LoopCall *)(void *)call_new(sizeof(LoopCall));
  if (lc == NULL) return NULL;
  lc->call.performer = &mailbox->shared;
  lc->call.cancelled = cancel_in_loop;
  shared_retain(&mailbox->shared);
  lc->start.kind = &remote_start_job;
  lc->cancel.kind = &cancel_job;
  return lc;
}

/* Makes sure of a coroutine that has not begun, or a function. */
static void check_coroutine(lua_State *L, int idx) {
  if (class_of(L, idx) == UP_COROUTINE || lua_isthread(L, idx))
    awaitable_check(L, idx, 0);
  else if (!lua_isfunction(L, idx))
    luaL_error(L, "A coroutine object is required");
}

/* Only a function takes the arguments that may be above it. */
static void check_arguments(lua_State *L, int idx) {
  if (!lua_isfunction(L, idx) && lua_gettop(L) > 2)
    luaL_error(L, "a coroutine object takes no arguments");
}

/* A coroutine cannot leave its state, but what it would call can.
** stack: 1 loop, 2 coro, arguments */
static void unbind(lua_State *L) {
  int n;
  if (is_coroutine_function(L, 2)) {
    coroutine_function_push(L, 2);
    lua_replace(L, 2);
    return;
  }
  if (lua_isfunction(L, 2)) return;
  if (lua_gettop(L) > 2) luaL_error(L, "a coroutine object takes no arguments");
  n = coroutine_unbind(L, 2);
  if (n == 0)
    luaL_error(L, "this coroutine cannot leave its thread; pass a function "
                  "and its arguments");
  lua_remove(L, 2);
}

static const Route route = {"to another thread", "argument", 1, 1};

/* stack: 1 coro, 2 loop, arguments */
static int submit_remote(lua_State *L) {
  Mailbox *mailbox = remote_mailbox(L, 2);
  bool has_context;
  Concurrent *cf;
  LoopCall *lc;
  lua_pushvalue(L, 2);
  lua_remove(L, 2);
  lua_insert(L, 1);
  unbind(L);
  if (mailbox == NULL) return luaL_error(L, CLOSED);
  has_context = context_append(L) > 0;
  cf = concurrent_new(L);
  transfer_encode(L, 2, lua_gettop(L) - 2, &route);
  lc = loop_call_new(mailbox);
  if (lc == NULL) return luaL_error(L, "not enough memory");
  transfer_take(L, &lc->call.input);
  lc->call.has_context = has_context;
  cf->call = &lc->call;
  shared_retain(&lc->call.shared);
  if (mailbox_post(mailbox, &lc->start.node)) return 1;
  release(lc);
  return luaL_error(L, CLOSED);
}

/* The same in the loop's own thread: nothing has to cross. */
static int submit_local(lua_State *L) {
  Loop *loop = check_open_loop(L, 2);
  Concurrent *cf;
  LoopCall *lc;
  if (lua_isfunction(L, 1))
    push_coroutine(L, 1, 3, lua_gettop(L) - 2);
  else
    lua_pushvalue(L, 1);
  lua_replace(L, 1);
  lua_settop(L, 2);
  lua_insert(L, 1); /* loop, coro */
  cf = concurrent_new(L);
  lc = loop_call_new(loop->mailbox);
  if (lc == NULL) return luaL_error(L, "not enough memory");
  cf->call = &lc->call;
  lua_insert(L, 2); /* loop, cf, coro */
  retain_performance(L, loop, lc);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, 3, PERFORMANCE_FUTURE);
  context_copy(L);
  lua_setiuservalue(L, 3, PERFORMANCE_PLACE);
  shared_retain(&lc->call.shared);
  ((Performance *)lua_touserdata(L, 3))->job.kind = &local_start_job;
  loop_ready(loop, &((Performance *)lua_touserdata(L, 3))->job);
  lua_settop(L, 2);
  return 1;
}

/* asyncio.run_coroutine_threadsafe(coro, loop, ...) -> ConcurrentFuture */
static int asyncio_run_coroutine_threadsafe(lua_State *L) {
  luaL_checkany(L, 2);
  check_coroutine(L, 1);
  check_arguments(L, 1);
  if (class_of(L, 2) == UP_LOOP) return submit_local(L);
  return submit_remote(L);
}

void perform_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"run_coroutine_threadsafe", asyncio_run_coroutine_threadsafe},
      {"perform", core_perform},
      {NULL, NULL}};
  glue_setfuncs(L, functions);
  lua_getfield(L, -1, "async");
  transfer_wrapper(L, coroutine_unwrap);
  lua_pop(L, 1);
  lua_getfield(L, -1, "perform");
  core_set(L, CORE_PERFORM);
}

/* ===} */
