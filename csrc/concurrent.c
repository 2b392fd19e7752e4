/*
** ConcurrentFuture: a call in another thread as Lua holds it. Its methods
** block the calling thread, not a task. After concurrent.futures.Future.
*/
#include "concurrent.h"

#include <math.h>
#include <string.h>

#include "errors.h"
#include "outcome.h"
#include "worker.h"

/* Keys of the registry: the metatable; set of those with callbacks. */
static const char class_key = 0, waiting_key = 0;

/* {=== Making === */

Concurrent *concurrent_new(lua_State *L) {
  Concurrent *cf = lua_newuserdatauv(L, sizeof(Concurrent), CF_USERVALUES);
  memset(cf, 0, sizeof(Concurrent));
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_setmetatable(L, -2);
  return cf;
}

Concurrent *check_concurrent(lua_State *L, int idx) {
  Concurrent *cf = lua_touserdata(L, idx);
  if (!is_of_class(L, idx, &class_key) || cf->call == NULL)
    luaL_typeerror(L, idx, "ConcurrentFuture");
  return cf;
}

static int ConcurrentFuture_gc(lua_State *L) {
  Concurrent *cf = lua_touserdata(L, 1);
  Call *call = is_of_class(L, 1, &class_key) ? cf->call : NULL;
  if (call != NULL) cf->call = NULL;
  if (call != NULL) shared_release(&call->shared);
  return 0;
}

/* ===} {=== The outcome === */

void concurrent_keep(lua_State *L, int idx, int n) {
  Concurrent *cf = lua_touserdata(L, idx);
  idx = lua_absindex(L, idx);
  cf->nresults = n;
  if (n < 0)
    lua_setiuservalue(L, idx, CF_TRACEBACK);
  else {
    lua_createtable(L, n, 0);
    lua_insert(L, -n - 1);
    for (; n > 0; n--) lua_rawseti(L, -n - 1, n);
  }
  lua_setiuservalue(L, idx, CF_VALUE);
  cf->is_known = true;
}

/* Decodes the outcome once, of one that has not been cancelled. */
static void know_outcome(lua_State *L, int idx, Concurrent *cf) {
  if (cf->is_known) return;
  if (cf->call->state == CALL_DONE)
    concurrent_keep(L, idx, transfer_decode(L, &cf->call->outcome));
  else {
    outcome_push_error(L, cf->call);
    concurrent_keep(L, idx, -1);
  }
}

int concurrent_push_outcome(lua_State *L, int idx) {
  Concurrent *cf = lua_touserdata(L, idx);
  int i;
  know_outcome(L, idx, cf);
  lua_getiuservalue(L, idx, CF_VALUE);
  if (cf->nresults < 0)
    lua_getiuservalue(L, idx, CF_TRACEBACK);
  else {
    luaL_checkstack(L, cf->nresults, "too many results");
    for (i = 1; i <= cf->nresults; i++) lua_rawgeti(L, -i, i);
  }
  return cf->nresults;
}

/* ===} {=== Waiting === */

/* A wait is a row of short ones: in between, hooks can raise. */
static const double slice = 0.1;

static int do_nothing(lua_State *L) {
  (void)L;
  return 0;
}

bool blocking_wait(lua_State *L, Call *call, double seconds) {
  Call *within = worker_call(L);
  uint64_t start = uv_hrtime();
  for (;;) {
    double left = seconds - (double)(uv_hrtime() - start) / 1e9;
    double ns = (left < slice ? left : slice) * 1e9;
    if (call_wait(call, ns > 0 ? (uint64_t)ns : 0, within)) return true;
    if (left <= slice) return false;
    lua_pushcfunction(L, do_nothing);
    lua_call(L, 0, 0);
  }
}

/* Would its own thread wait for it? */
static bool is_own_loops(lua_State *L, const Call *call) {
  const Loop *loop = core_of(L)->running;
  return loop != NULL && call->performer == &loop->mailbox->shared;
}

/* Waits for the end of the one at 1, for the seconds at 2; returns its state.
** Raises TimeoutError, and CancelledError. */
static Concurrent *wait_for_end(lua_State *L, const char *method) {
  Concurrent *cf = check_concurrent(L, 1);
  double seconds = check_seconds(L, 2);
  CallState state = call_state(cf->call);
  if (state < CALL_CANCELLED && is_own_loops(L, cf->call))
    luaL_error(L,
               "ConcurrentFuture:%s would wait for this thread's own loop for "
               "ever; await asyncio.wrap_future of it",
               method);
  if (state < CALL_CANCELLED && !blocking_wait(L, cf->call, seconds))
    exception_raise(L, TIMEOUT_ERROR, NULL);
  concurrent_run_callbacks(L);
  if (call_state(check_concurrent(L, 1)->call) == CALL_CANCELLED)
    exception_raise(L, CANCELLED_ERROR, NULL);
  return cf;
}

/* ConcurrentFuture:result([timeout]) -> results; blocks the thread */
static int ConcurrentFuture_result(lua_State *L) {
  int n;
  wait_for_end(L, "result");
  n = concurrent_push_outcome(L, 1);
  if (n >= 0) return n;
  traceback_continue(L, -2);
  return lua_error(L);
}

/* ConcurrentFuture:exception([timeout]) -> error or nil; blocks */
static int ConcurrentFuture_exception(lua_State *L) {
  Concurrent *cf = wait_for_end(L, "exception");
  know_outcome(L, 1, cf);
  if (cf->nresults >= 0)
    lua_pushnil(L);
  else
    lua_getiuservalue(L, 1, CF_VALUE);
  return 1;
}

/* ===} {=== Callbacks without a loop === */

/* stack: ..., cf. Calls them; what they raise is printed. */
static void run_callbacks(lua_State *L) {
  int cf = lua_gettop(L);
  lua_Integer i;
  lua_getiuservalue(L, cf, CF_CALLBACKS);
  lua_pushnil(L);
  lua_setiuservalue(L, cf, CF_CALLBACKS);
  for (i = 1; lua_istable(L, cf + 1); i++) {
    lua_pushcfunction(L, traceback_handler);
    if (lua_rawgeti(L, cf + 1, i) == LUA_TNIL) break;
    lua_pushvalue(L, cf);
    if (lua_pcall(L, 1, 0, cf + 2) != LUA_OK) {
      traceback_push(L, -1);
      lua_writestringerror("exception calling callback: %s\n",
                           luaL_tolstring(L, cf + 3, NULL));
      lua_writestringerror("%s\n", luaL_tolstring(L, cf + 4, NULL));
    }
    lua_settop(L, cf + 1);
  }
  lua_settop(L, cf);
}

/* stack: ..., set. Pushes one that has ended, taken out of it, or nil. One
** whose finalizer has run has ended. */
static bool push_ended(lua_State *L) {
  int set = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, set) != 0) {
    Concurrent *cf = lua_touserdata(L, -2);
    lua_pop(L, 1);
    if (cf->call != NULL && call_state(cf->call) < CALL_CANCELLED) continue;
    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_rawset(L, set);
    return true;
  }
  return false;
}

void concurrent_run_callbacks(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &waiting_key);
  while (push_ended(L)) {
    run_callbacks(L);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* ConcurrentFuture:_add_callback(fn): for when no loop runs here */
static int ConcurrentFuture_add_callback(lua_State *L) {
  check_concurrent(L, 1);
  lua_settop(L, 2);
  if (lua_getiuservalue(L, 1, CF_CALLBACKS) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  lua_pushvalue(L, 2);
  lua_rawseti(L, 3, luaL_len(L, 3) + 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &waiting_key);
  lua_pushvalue(L, 1);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  lua_settop(L, 3);
  lua_setiuservalue(L, 1, CF_CALLBACKS);
  concurrent_run_callbacks(L);
  return 0;
}

/* ===} {=== The class === */

static int ConcurrentFuture_cancel(lua_State *L) {
  lua_pushboolean(L, call_cancel(check_concurrent(L, 1)->call));
  return 1;
}

static int ConcurrentFuture_cancelled(lua_State *L) {
  const CallState state = call_state(check_concurrent(L, 1)->call);
  lua_pushboolean(L, state == CALL_CANCELLED);
  return 1;
}

static int ConcurrentFuture_running(lua_State *L) {
  const CallState state = call_state(check_concurrent(L, 1)->call);
  lua_pushboolean(L, state == CALL_RUNNING);
  return 1;
}

static int ConcurrentFuture_done(lua_State *L) {
  const CallState state = call_state(check_concurrent(L, 1)->call);
  lua_pushboolean(L, state >= CALL_CANCELLED);
  return 1;
}

static int ConcurrentFuture_tostring(lua_State *L) {
  static const char *const names[] = {"pending", "running", "cancelled",
                                      "finished", "finished with an error"};
  lua_pushfstring(L, "<ConcurrentFuture %s>",
                  names[call_state(check_concurrent(L, 1)->call)]);
  return 1;
}

/* core.is_concurrent_future(v) */
static int core_is_concurrent_future(lua_State *L) {
  lua_pushboolean(L, is_of_class(L, 1, &class_key));
  return 1;
}

void concurrent_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"is_concurrent_future", core_is_concurrent_future}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__gc", ConcurrentFuture_gc},
      {"__tostring", ConcurrentFuture_tostring},
      {NULL, NULL}};
  static const luaL_Reg methods[] = {
      {"result", ConcurrentFuture_result},
      {"exception", ConcurrentFuture_exception},
      {"cancel", ConcurrentFuture_cancel},
      {"cancelled", ConcurrentFuture_cancelled},
      {"running", ConcurrentFuture_running},
      {"done", ConcurrentFuture_done},
      {"_add_callback", ConcurrentFuture_add_callback},
      {NULL, NULL}};
  glue_private_class(L, &class_key, metamethods, methods);
  glue_setfuncs(L, functions);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_pushliteral(L, "ConcurrentFuture");
  lua_setfield(L, -2, "__name");
  lua_setfield(L, -2, "ConcurrentFuture");
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &waiting_key) == LUA_TNIL) {
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &waiting_key);
  }
  lua_pop(L, 1);
}

/* ===} */
