/*
** The functions of executors that Lua calls: ThreadPoolExecutor,
** run_in_executor, to_thread. A state owns the executors it has made until
** their threads are joined, at the latest when it closes.
*/
#include "executors.h"

#include <math.h>

#include "await.h"
#include "call_future.h"
#include "concurrent.h"
#include "context.h"
#include "executor.h"
#include "identity.h"
#include "loops.h"
#include "outcome.h"
#include "transfer.h"

typedef struct Handle {
  Executor *executor; /* counted; NULL until made */
} Handle;

/* The executors of a state; each counted. */
typedef struct Owner {
  List executors;
} Owner;

/* Keys of the registry: the metatable of Handle; the Owner. */
static const char class_key = 0, owner_key = 0;

/* {=== Ownership === */

static Executor *executor_at(ListNode *node) {
  return (Executor *)(void *)((char *)node - offsetof(Executor, node));
}

static void disown(Owner *owner, Executor *e) {
  list_remove(&owner->executors, &e->node);
  shared_release(&e->shared);
}

static bool has_ended(Executor *e) {
  return call_state(e->ended) >= CALL_CANCELLED;
}

/* Joins those that were shut down and have ended meanwhile. */
static void reap(Owner *owner) {
  ListNode *node = owner->executors, *last = node ? node->prev : NULL, *next;
  for (; node != NULL; node = next) {
    Executor *e = executor_at(node);
    next = node == last ? NULL : node->next;
    if (!has_ended(e)) continue;
    executor_join(e);
    disown(owner, e);
  }
}

enum { PATIENCE_MS = 5000 };

/* The state closes: what was submitted is done, as Python does it at exit,
** unless the program chose not to wait. */
static void see_out(Executor *e) {
  const uint64_t patience = (uint64_t)PATIENCE_MS * 1000000;
  executor_shutdown(e, false);
  if (e->is_left && executor_is_busy(e)) return;
  if (!call_wait(e->ended, patience, NULL)) {
    lua_writestringerror("%s", "asyncio: waiting for threads to end\n");
    while (!call_wait(e->ended, patience, NULL))
      ;
  }
  executor_join(e);
}

static int Owner_gc(lua_State *L) {
  Owner *owner = lua_touserdata(L, 1);
  while (owner->executors != NULL) {
    Executor *e = executor_at(owner->executors);
    see_out(e);
    disown(owner, e);
  }
  return 0;
}

/* Made when the module is opened: finalized after the loops and the rest. */
static void open_owner(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &owner_key) == LUA_TNIL) {
    Owner *owner = lua_newuserdatauv(L, sizeof(Owner), 0);
    owner->executors = NULL;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, Owner_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &owner_key);
  }
  lua_pop(L, 1);
}

static Owner *owner_of(lua_State *L) {
  Owner *owner;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &owner_key);
  owner = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return owner;
}

/* ===} {=== Making === */

static const Route initializer_route = {"to a thread", "option 'initializer'",
                                        0, 0};

/* core.new_executor(max_workers, prefix, path, cpath, preload, initializer) */
static int core_new_executor(lua_State *L) {
  unsigned max_workers = (unsigned)luaL_checkinteger(L, 1);
  const char *prefix = luaL_checkstring(L, 2);
  Owner *owner = owner_of(L);
  Executor *e;
  Handle *handle;
  lua_settop(L, 6);
  reap(owner);
  handle = lua_newuserdatauv(L, sizeof(Handle), 0);
  handle->executor = NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_setmetatable(L, -2);
  e = handle->executor = executor_new(max_workers, prefix);
  if (e == NULL) return luaL_error(L, "not enough memory");
  transfer_encode(L, 3, 3, &initializer_route);
  transfer_take(L, &e->setup.search);
  transfer_encode(L, 6, 1, &initializer_route);
  transfer_take(L, &e->setup.initializer);
  shared_retain(&e->shared);
  list_append(&owner->executors, &e->node);
  return 1;
}

static Executor *check_executor(lua_State *L, int idx) {
  Handle *handle = lua_touserdata(L, idx);
  if (!is_of_class(L, idx, &class_key) || handle->executor == NULL)
    luaL_typeerror(L, idx, "ThreadPoolExecutor");
  return handle->executor;
}

/* core.stay(path): the module stays loaded when the state closes, since
** threads may run in it that nobody waits for. */
static int core_stay(lua_State *L) {
  static atomic_bool stays;
  static uv_lib_t library;
  const char *path = luaL_checkstring(L, 1);
  if (!atomic_exchange(&stays, true) && uv_dlopen(path, &library) != 0)
    uv_dlclose(&library);
  return 0;
}

/* core.c_function(f) -> its bytes, for a C function without upvalues */
static int core_c_function(lua_State *L) {
  lua_CFunction function = lua_tocfunction(L, 1);
  if (function == NULL || lua_getupvalue(L, 1, 1) != NULL) return 0;
  lua_pushlstring(L, (const char *)&function, sizeof(function));
  return 1;
}

/* core.can_cross(v): raises if not */
static int core_can_cross(lua_State *L) {
  static const Route route = {"to a thread", "value", 0, 0};
  Parcel parcel = {NULL, 0, NULL, 0};
  transfer_encode(L, 1, 1, &route);
  transfer_take(L, &parcel);
  parcel_drop(&parcel);
  return 0;
}

/* ===} {=== Submitting === */

/* Raises what a refused submission means. */
static int refuse(lua_State *L, Executor *e, Submission why) {
  switch (why) {
    case EXECUTOR_SHUT_DOWN:
      return luaL_error(L, "cannot schedule new futures after shutdown");
    case EXECUTOR_BROKEN:
      if (e->broken_reason != NULL)
        return luaL_error(L, "%s", e->broken_reason);
      transfer_decode(L, &e->broken);
      lua_pop(L, 1);
      return lua_error(L);
    default:
      return luaL_error(L, "cannot start a new thread: not enough memory, "
                           "or too many threads");
  }
}

/* Makes the call whose input was encoded last. Raises for want of memory. */
static Call *make_call(lua_State *L) {
  Call *call = call_new(sizeof(Call));
  if (call == NULL) luaL_error(L, "not enough memory");
  transfer_take(L, &call->input);
  return call;
}

/* ThreadPoolExecutor:submit(fn, ...) -> ConcurrentFuture */
static int ThreadPoolExecutor_submit(lua_State *L) {
  static const Route route = {"to a thread", "argument", 1, 0};
  Executor *e = check_executor(L, 1);
  int n = lua_gettop(L) - 1;
  Concurrent *cf;
  Submission result;
  check_callable(L, 2, "submit");
  cf = concurrent_new(L);
  transfer_encode(L, 2, n, &route);
  cf->call = make_call(L);
  result = executor_submit(e, cf->call);
  return result == SUBMITTED ? 1 : refuse(L, e, result);
}

/* Submits a call, of which it takes a count, for the future on top, of the
** loop at loop_idx; a slot is reserved. */
static void submit_for(lua_State *L, int loop_idx, Executor *e, Call *call) {
  Submission result = EXECUTOR_NO_THREAD;
  if (call_future_attach(L, loop_idx, call)) {
    result = executor_submit(e, call);
    if (result == SUBMITTED)
      call_future_start(to_future(L, -1));
    else
      call_future_detach(L, loop_idx);
  }
  shared_release(&call->shared);
  if (result != SUBMITTED) refuse(L, e, result);
}

/* Pushes the default executor of the loop at loop_idx; made if there is none
** yet. */
static Executor *push_default(lua_State *L, int loop_idx) {
  loop_idx = lua_absindex(L, loop_idx);
  lua_getiuservalue(L, loop_idx, LOOP_STATE);
  lua_getfield(L, -1, "default_executor");
  lua_replace(L, -2);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    core_push(L, CORE_MAKE_EXECUTOR);
    lua_pushvalue(L, loop_idx);
    lua_call(L, 1, 1);
  }
  return check_executor(L, -1);
}

/* An executor of the user's own: its submit returns a ConcurrentFuture.
** stack: 1 loop, 2 executor, 3 function, ... */
static int run_in_other(lua_State *L) {
  if (!lua_istable(L, 2) && !lua_isuserdata(L, 2))
    return luaL_typeerror(L, 2, "executor");
  if (lua_getfield(L, 2, "submit") == LUA_TNIL)
    return luaL_argerror(L, 2, "executor expected: it has no submit");
  lua_insert(L, 2);
  lua_call(L, lua_gettop(L) - 2, 1);
  return call_future_wrap(L, 2, 1, false);
}

/* Loop:run_in_executor(executor or nil, fn, ...) -> Future */
static int Loop_run_in_executor(lua_State *L) {
  static const Route route = {"to a thread", "argument", 2, 0};
  Loop *loop = check_open_loop(L, 1);
  int n = lua_gettop(L) - 2;
  Executor *e;
  check_callable(L, 3, "run_in_executor");
  if (lua_isnil(L, 2)) {
    push_default(L, 1);
    lua_replace(L, 2);
  } else if (!is_of_class(L, 2, &class_key))
    return run_in_other(L);
  e = check_executor(L, 2);
  call_future_new(L, 1);
  do { /* a finalizer that runs meanwhile may take the slot */
    loop_reserve_slot(L, loop, 1);
    transfer_encode(L, 3, n, &route);
  } while (loop->free_slot == 0);
  submit_for(L, 1, e, make_call(L));
  return 1;
}

/* ===} {=== to_thread === */

enum { TO_THREAD_CALL = 1, TO_THREAD_USERVALUES = TO_THREAD_CALL };

/* stack: 1 the object */
static int ToThread_await(lua_State *L) {
  Task *task = await_begin(L);
  Loop *loop = task->future.loop;
  Concurrent *cf;
  Executor *e;
  lua_settop(L, 1);
  core_push(L, CORE_RUNNING);
  e = push_default(L, 2);
  lua_getiuservalue(L, 1, TO_THREAD_CALL);
  cf = lua_touserdata(L, -1);
  call_future_new(L, 2);
  loop_reserve_slot(L, loop, 2);
  shared_retain(&cf->call->shared);
  submit_for(L, 2, e, cf->call);
  lua_replace(L, 1);
  lua_settop(L, 1);
  return await_future(L);
}

static const CoroutineKind to_thread_kind = {.name = "to_thread",
                                             .await = ToThread_await};

/* asyncio.to_thread(fn, ...) -> coroutine object. The arguments are copied
** here and now. */
static int asyncio_to_thread(lua_State *L) {
  static const Route route = {"to a thread", "argument", 1, 0};
  int nargs = lua_gettop(L), n = nargs;
  Concurrent *cf;
  check_callable(L, 1, "to_thread");
  n += context_append(L);
  coroutine_new(L, &to_thread_kind, sizeof(Coroutine), TO_THREAD_USERVALUES);
  cf = concurrent_new(L);
  transfer_encode(L, 1, n, &route);
  cf->call = make_call(L);
  cf->call->has_context = n > nargs;
  cf->call->is_apart = true;
  lua_setiuservalue(L, -2, TO_THREAD_CALL);
  return 1;
}

/* ===} {=== The class === */

/* ThreadPoolExecutor:shutdown({wait=, cancel_futures=}) */
static int ThreadPoolExecutor_shutdown(lua_State *L) {
  static const char *const options[] = {"wait", "cancel_futures", NULL};
  Executor *e = check_executor(L, 1);
  bool waits;
  lua_settop(L, 2);
  check_options(L, 2, "shutdown", options);
  waits = option_get(L, 2, "wait") == LUA_TNIL ||
          option_bool(L, 2, "shutdown", "wait");
  executor_shutdown(e, option_bool(L, 2, "shutdown", "cancel_futures"));
  e->is_left = !waits;
  if (!waits) return 0;
  blocking_wait(L, e->ended, HUGE_VAL);
  executor_join(e);
  concurrent_run_callbacks(L);
  return 0;
}

/* The end of its scope, as Python's `with`: waits. */
static int ThreadPoolExecutor_close(lua_State *L) {
  lua_settop(L, 1);
  return ThreadPoolExecutor_shutdown(L);
}

/* Its threads do what was submitted, and then leave; the Owner joins them. */
static int ThreadPoolExecutor_gc(lua_State *L) {
  Handle *handle = lua_touserdata(L, 1);
  Executor *e = is_of_class(L, 1, &class_key) ? handle->executor : NULL;
  if (e == NULL) return 0;
  handle->executor = NULL;
  executor_shutdown(e, false);
  shared_release(&e->shared);
  return 0;
}

/* ThreadPoolExecutor:_ended() -> ConcurrentFuture: the last thread has left */
static int ThreadPoolExecutor_ended(lua_State *L) {
  Executor *e = check_executor(L, 1);
  Concurrent *cf = concurrent_new(L);
  cf->call = e->ended;
  shared_retain(&e->ended->shared);
  return 1;
}

static int ThreadPoolExecutor_tostring(lua_State *L) {
  Executor *e = check_executor(L, 1);
  unsigned alive, queued;
  uv_mutex_lock(&e->mutex);
  alive = e->alive;
  queued = e->queued;
  uv_mutex_unlock(&e->mutex);
  lua_pushfstring(L, "<ThreadPoolExecutor max_workers=%d threads=%d queued=%d>",
                  (int)e->max_workers, (int)alive, (int)queued);
  return 1;
}

/* core.is_executor(v) */
static int core_is_executor(lua_State *L) {
  lua_pushboolean(L, is_of_class(L, 1, &class_key));
  return 1;
}

/* core.on_default_executor(fn): fn(loop) makes a loop's default executor */
static int core_on_default_executor(lua_State *L) {
  lua_settop(L, 1);
  core_set(L, CORE_MAKE_EXECUTOR);
  return 0;
}

/* core.identify(table) -> a number: it is the same table in every thread */
static int core_identify(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_pushinteger(L, (lua_Integer)identity_give(L, 1));
  return 1;
}

/* core.available_parallelism() -> how many threads can run at once */
static int core_available_parallelism(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)uv_available_parallelism());
  return 1;
}

void executors_open(lua_State *L) {
  static const luaL_Reg metamethods[] = {
      {"__gc", ThreadPoolExecutor_gc},
      {"__close", ThreadPoolExecutor_close},
      {"__tostring", ThreadPoolExecutor_tostring},
      {NULL, NULL}};
  static const luaL_Reg methods[] = {{"submit", ThreadPoolExecutor_submit},
                                     {"shutdown", ThreadPoolExecutor_shutdown},
                                     {"_ended", ThreadPoolExecutor_ended},
                                     {NULL, NULL}};
  static const luaL_Reg loop_methods[] = {
      {"run_in_executor", Loop_run_in_executor}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"to_thread", asyncio_to_thread},
      {"new_executor", core_new_executor},
      {"is_executor", core_is_executor},
      {"on_default_executor", core_on_default_executor},
      {"available_parallelism", core_available_parallelism},
      {"stay", core_stay},
      {"c_function", core_c_function},
      {"identify", core_identify},
      {"can_cross", core_can_cross},
      {NULL, NULL}};
  open_owner(L);
  glue_private_class(L, &class_key, metamethods, methods);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_pushliteral(L, "ThreadPoolExecutor");
  lua_setfield(L, -2, "__name");
  lua_setfield(L, -2, "ThreadPoolExecutor");
  glue_class(L, UP_LOOP, NULL, loop_methods);
  glue_setfuncs(L, functions);
  coroutine_function(L, "to_thread");
}

/* ===} */
