/*
** A future of this loop for a call in another thread: what run_in_executor
** and wrap_future return, and to_thread awaits. The loop retains it until the
** news of the call's end has come, even when it was cancelled before.
*/
#include "call_future.h"

#include "concurrent.h"
#include "loops.h"
#include "outcome.h"
#include "unretrieved.h"

typedef struct CallFuture {
  Future future;    /* UV_OWN: the ConcurrentFuture that it wraps, or nil */
  Watcher *watcher; /* NULL when the news has come; void once closed */
  bool is_signal;   /* its result is nothing, however the call ends */
} CallFuture;

/* {=== The outcome === */

/* Pushes the results and returns how many, or the error and its traceback. A
** ConcurrentFuture may have them already. stack: 1 future */
static int push_outcome(lua_State *L, Call *call) {
  if (lua_getiuservalue(L, 1, UV_OWN) != LUA_TNIL)
    return concurrent_push_outcome(L, lua_gettop(L));
  if (call->state == CALL_DONE) return transfer_decode(L, &call->outcome);
  outcome_push_error(L, call);
  return -1;
}

/* stack: 1 future, 2 call. Completes the future; may raise before. */
static int deliver(lua_State *L) {
  Call *call = lua_touserdata(L, 2);
  int n;
  if (call->state == CALL_CANCELLED) {
    future_complete(to_future(L, 1), FUTURE_CANCELLED);
    return 0;
  }
  n = push_outcome(L, call);
  if (n >= 0)
    future_resolve(L, 1, n);
  else {
    extra_set(L, 1, EXTRA_TRACEBACK);
    future_reject(L, 1);
  }
  return 0;
}

/* stack: ..., future. What prevents the delivery is the outcome then. */
static void complete(lua_State *L, Call *call) {
  Future *f = to_future(L, -1);
  if (f->state != FUTURE_PENDING) return;
  if (((CallFuture *)(void *)f)->is_signal) {
    future_complete(f, FUTURE_DONE);
    return;
  }
  lua_pushcfunction(L, deliver);
  lua_pushvalue(L, -2);
  lua_pushlightuserdata(L, call);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) future_reject(L, -2);
}

static void news_run(lua_State *L, Loop *loop, Job *job) {
  Watcher *watcher = (Watcher *)(void *)job;
  job_push_retained(L, watcher->slot);
  job_release(L, loop, watcher->slot);
  ((CallFuture *)lua_touserdata(L, -1))->watcher = NULL;
  watcher_settle(watcher);
  complete(L, watcher->call);
  watcher_free(watcher);
  lua_pop(L, 1);
}

static void news_drop(Job *job) {
  watcher_free((Watcher *)(void *)job);
}

static const JobKind news_job = {news_run, NULL, news_drop, NULL};

/* ===} {=== The future === */

/* The call is cancelled if it has not begun; else abandoned. */
static bool call_future_cancel(lua_State *L, Future *f, int msg) {
  CallFuture *cf = (CallFuture *)(void *)f;
  if (!f->loop->closed && cf->watcher != NULL) {
    watcher_settle(cf->watcher);
    if (!cf->is_signal) call_cancel(cf->watcher->call);
  }
  return future_ops.cancel(L, f, msg);
}

static const FutureOps call_future_ops = {"Future", NULL, call_future_cancel,
                                          NULL,     NULL, NULL};

Future *call_future_new(lua_State *L, int loop_idx) {
  return future_new(L, loop_idx, &call_future_ops, sizeof(CallFuture),
                    UP_FUTURE, true);
}

bool call_future_attach(lua_State *L, int loop_idx, Call *call) {
  CallFuture *cf = lua_touserdata(L, -1);
  Loop *loop = cf->future.loop;
  cf->watcher = watcher_new(&news_job, call, loop->mailbox);
  if (cf->watcher == NULL) return false;
  cf->watcher->slot = loop_retain(L, loop, loop_idx, -1);
  return true;
}

/* A call that the loop itself performs is no reason to wait for others. */
void call_future_start(Future *f) {
  Watcher *watcher = ((CallFuture *)(void *)f)->watcher;
  call_watch(watcher, watcher->call->performer != &f->loop->mailbox->shared);
}

void call_future_detach(lua_State *L, int loop_idx) {
  CallFuture *cf = lua_touserdata(L, -1);
  loop_release(L, cf->future.loop, loop_idx, cf->watcher->slot);
  watcher_free(cf->watcher);
  cf->watcher = NULL;
}

/* ===} {=== For Lua === */

int call_future_wrap(lua_State *L, int idx, int loop_idx, bool is_signal) {
  const Concurrent *concurrent = check_concurrent(L, idx);
  Loop *loop = check_open_loop(L, loop_idx);
  Future *f = call_future_new(L, loop_idx);
  ((CallFuture *)(void *)f)->is_signal = is_signal;
  lua_pushvalue(L, idx);
  lua_setiuservalue(L, -2, UV_OWN);
  loop_reserve_slot(L, loop, loop_idx);
  if (!call_future_attach(L, loop_idx, concurrent->call))
    return luaL_error(L, "not enough memory");
  call_future_start(f);
  return 1;
}

/* core.wrap_future(cf, loop) -> Future */
static int core_wrap_future(lua_State *L) {
  return call_future_wrap(L, 1, 2, false);
}

/* core.when_ended(cf, loop) -> Future: without a result when cf has ended */
static int core_when_ended(lua_State *L) {
  return call_future_wrap(L, 1, 2, true);
}

void call_future_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"wrap_future", core_wrap_future},
                                       {"when_ended", core_when_ended},
                                       {NULL, NULL}};
  glue_setfuncs(L, functions);
}

/* ===} */
