/*
** Callbacks: a Lua function and its arguments, to be called once by the loop:
** soon, at a time, or when a future is done. Lua holds them as Handles.
** The loop retains a callback from its scheduling until it has run; one that
** was cancelled before may stay on the ready list and is skipped.
*/
#include "callback.h"

#include <math.h>
#include <string.h>

#include "context.h"
#include "coroutine.h"
#include "errors.h"
#include "futures.h"
#include "loops.h"

typedef struct Callback {
  Timer timer;
  Loop *loop; /* kept alive by UV_LOOP */
  int64_t when;
  int nargs;
  bool cancelled, timed;
  bool has_context; /* its place is behind the arguments */
  bool has_source;  /* the last user value: where it was made */
} Callback;

/* User values: the loop, the function, its arguments; a place. */
enum { UV_LOOP = 1, UV_FUNCTION, UV_ARGUMENTS };

static Callback *to_callback(Job *job) {
  return (Callback *)(void *)job;
}

/* {=== Running === */

/* stack: ..., callback -> ..., which is popped */
static void let_go(lua_State *L, Callback *cb) {
  job_release(L, cb->loop, cb->timer.slot);
  cb->timer.slot = 0;
  lua_pop(L, 1);
}

static int place_of(const Callback *cb) {
  return UV_FUNCTION + cb->nargs + 1;
}

static int source_of(const Callback *cb) {
  return place_of(cb) + cb->has_context;
}

/* stack: ..., callback */
static void call(lua_State *L, const Callback *cb) {
  int i, self = lua_gettop(L);
  for (i = 0; i <= cb->nargs; i++) lua_getiuservalue(L, self, UV_FUNCTION + i);
  lua_call(L, cb->nargs, 0);
}

/* A callback that was made before there were variables has an empty context.
** stack: ..., callback */
static void call_in_context(lua_State *L, const Callback *cb) {
  if (cb->has_context)
    lua_getiuservalue(L, -1, place_of(cb));
  else
    lua_pushnil(L);
  context_swap(L);
  lua_insert(L, -2); /* previous, callback */
  call(L, cb);
  lua_insert(L, -2);
  context_swap(L); /* callback, what the context has become */
  if (cb->has_context)
    lua_setiuservalue(L, -2, place_of(cb));
  else
    lua_pop(L, 1);
}

static void callback_run(lua_State *L, Loop *loop, Job *job) {
  Callback *cb = to_callback(job);
  luaL_checkstack(L, cb->nargs + 5, "too many arguments");
  job_push_retained(L, cb->timer.slot);
  if (!cb->cancelled) {
    if (loop->core->extras & HAS_CONTEXTS)
      call_in_context(L, cb);
    else {
      call(L, cb);
      if (loop->core->extras & HAS_CONTEXTS) context_leave_all(L);
    }
  }
  let_go(L, cb);
}

/* stack: ..., report */
static void callback_failed(lua_State *L, Loop *loop, Job *job) {
  Callback *cb = to_callback(job);
  int report = lua_gettop(L);
  (void)loop;
  job_push_retained(L, cb->timer.slot);
  if (cb->has_context) { /* the handler of the error runs in it */
    core_push_any(L, CORE_FAILED_CONTEXT);
    lua_setiuservalue(L, -2, place_of(cb));
  }
  lua_pushvalue(L, -1);
  lua_setfield(L, report, "handle");
  lua_pushfstring(L, "Exception in callback %s", luaL_tolstring(L, -1, NULL));
  lua_setfield(L, report, "message");
  lua_pop(L, 1);
  let_go(L, cb);
}

static uint32_t callback_owner(const Job *job, uint32_t i) {
  return i == 0 ? ((const Callback *)(const void *)job)->timer.slot : 0;
}

static const JobKind callback_job = {callback_run, callback_failed, NULL,
                                     callback_owner};

/* ===} {=== Scheduling === */

/* The callback on top gets the Context at idx; for 0 a copy of the current
** one. */
static void set_context(lua_State *L, Callback *cb, int idx) {
  cb->has_context = true;
  if (idx == 0)
    context_copy(L);
  else
    lua_pushvalue(L, idx);
  lua_setiuservalue(L, -2, place_of(cb));
}

/* Makes a callback of the function at fn and all above it, on the loop at
** loop_idx, with the Context at `context` or 0; leaves it on top, retained.
** May raise. */
static Callback *callback_new(lua_State *L, int loop_idx, int fn, int context) {
  Loop *loop = lua_touserdata(L, loop_idx);
  int i, nargs = lua_gettop(L) - fn;
  bool has_context = (loop->core->extras & HAS_CONTEXTS) != 0;
  bool is_debug = loop->watch != NULL;
  Callback *cb = new_userdata(L, sizeof(Callback),
                              UV_FUNCTION + nargs + has_context + is_debug);
  memset(cb, 0, sizeof(Callback));
  cb->timer.job.kind = &callback_job;
  cb->loop = loop;
  cb->nargs = nargs;
  lua_pushvalue(L, loop_idx);
  lua_setiuservalue(L, -2, UV_LOOP);
  for (i = 0; i <= nargs; i++) {
    lua_pushvalue(L, fn + i);
    lua_setiuservalue(L, -2, UV_FUNCTION + i);
  }
  if (has_context) set_context(L, cb, context);
  if (loop->watch != NULL) {
    cb->has_source = true;
    luaL_traceback(L, L, NULL, 1);
    lua_setiuservalue(L, -2, source_of(cb));
  }
  lua_pushvalue(L, lua_upvalueindex(UP_HANDLE));
  lua_setmetatable(L, -2);
  cb->timer.slot = loop_retain(L, loop, loop_idx, -1);
  return cb;
}

/* In debug mode: is it the loop's own thread, and no coroutine? */
static void check_call(lua_State *L, const Loop *loop, int fn,
                       const char *method) {
  uv_thread_t self = uv_thread_self();
  if (is_coroutine_function(L, fn))
    luaL_error(L, "coroutines cannot be used with %s()", method);
  if (loop->running && !uv_thread_equal(&self, &loop->thread))
    luaL_error(L, "Non-thread-safe operation invoked on an event loop other "
                  "than the current one: use loop:call_soon_threadsafe");
}

/* Loop:call_soon(fn, ...) -> Handle */
static int Loop_call_soon(lua_State *L) {
  Loop *loop = check_open_loop(L, 1);
  check_callable(L, 2, "call_soon");
  if (loop->watch != NULL) check_call(L, loop, 2, "call_soon");
  loop_ready(loop, &callback_new(L, 1, 2, 0)->timer.job);
  return 1;
}

static int schedule_at(lua_State *L, Loop *loop, int64_t when,
                       const char *method) {
  Callback *cb;
  if (loop->watch != NULL) check_call(L, loop, 3, method);
  loop_reserve_timer(L, loop);
  cb = callback_new(L, 1, 3, 0);
  cb->timed = true;
  cb->when = when;
  loop_start_timer(loop, &cb->timer, when);
  return 1;
}

static double check_time(lua_State *L, const char *none) {
  if (lua_isnoneornil(L, 2)) luaL_error(L, "%s", none);
  luaL_checknumber(L, 2);
  return check_seconds(L, 2);
}

/* Loop:call_later(delay, fn, ...) -> TimerHandle */
static int Loop_call_later(lua_State *L) {
  Loop *loop = check_open_loop(L, 1);
  double delay = check_time(L, "delay must not be None");
  check_callable(L, 3, "call_later");
  return schedule_at(L, loop, loop_deadline(loop, delay), "call_later");
}

/* Loop:call_at(when, fn, ...) -> TimerHandle */
static int Loop_call_at(lua_State *L) {
  Loop *loop = check_open_loop(L, 1);
  double when = check_time(L, "when cannot be None");
  check_callable(L, 3, "call_at");
  return schedule_at(L, loop, seconds_to_ns(when), "call_at");
}

/* ===} {=== A future's callbacks === */

/* Future:add_done_callback(fn, {context=}) */
static int Future_add_done_callback(lua_State *L) {
  static const char *const options[] = {"context", NULL};
  Future *f = check_future(L, 1);
  Callback *cb;
  bool has_context;
  check_callable(L, 2, "add_done_callback");
  lua_settop(L, 3);
  check_options(L, 3, "add_done_callback", options);
  check_open(L, f->loop);
  has_context = option_context(L, 3, "add_done_callback") != LUA_TNIL;
  lua_replace(L, 3);
  future_push_loop(L, 1);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 1);
  cb = callback_new(L, 4, 5, has_context ? 3 : 0);
  list_append(f->state == FUTURE_PENDING ? &f->callbacks : &f->loop->ready,
              &cb->timer.job.node);
  return 0;
}

/* stack: future, fn, loop. Takes the callback off if its function is fn. */
static bool remove_if_equal(lua_State *L, Future *f, Job *job) {
  Callback *cb = to_callback(job);
  bool equal;
  if (job->kind != &callback_job) return false;
  loop_push_retained(L, 3, cb->timer.slot);
  lua_getiuservalue(L, -1, UV_FUNCTION);
  equal = lua_rawequal(L, -1, 2);
  lua_pop(L, 2);
  if (!equal) return false;
  list_remove(&f->callbacks, &job->node);
  loop_release(L, f->loop, 3, cb->timer.slot);
  cb->timer.slot = 0;
  return true;
}

/* Future:remove_done_callback(fn) -> how many there were */
static int Future_remove_done_callback(lua_State *L) {
  Future *f = check_future(L, 1);
  lua_Integer removed = 0;
  ListNode *last, *node, *next;
  lua_settop(L, 2);
  future_push_loop(L, 1);
  if (f->callbacks != NULL && !f->loop->closed) {
    last = f->callbacks->prev;
    for (node = f->callbacks;; node = next) {
      next = node->next;
      removed += remove_if_equal(L, f, (Job *)(void *)node);
      if (node == last) break;
    }
  }
  lua_pushinteger(L, removed);
  return 1;
}

/* stack: ..., 3 loop. Pushes the function of a callback, false for others. */
static void push_function(lua_State *L, Job *job) {
  if (job->kind != &callback_job) {
    lua_pushboolean(L, 0);
    return;
  }
  loop_push_retained(L, 3, to_callback(job)->timer.slot);
  lua_getiuservalue(L, -1, UV_FUNCTION);
  lua_replace(L, -2);
}

/* Future:_callbacks() -> the functions waiting, in order; tasks as `false` */
static int Future_callbacks(lua_State *L) {
  Future *f = check_future(L, 1);
  ListNode *node;
  int n = 0;
  lua_settop(L, 1);
  lua_newtable(L);
  future_push_loop(L, 1);
  if (f->callbacks != NULL && !f->loop->closed) {
    node = f->callbacks;
    do {
      push_function(L, (Job *)(void *)node);
      lua_rawseti(L, 2, ++n);
      node = node->next;
    } while (node != f->callbacks);
  }
  lua_settop(L, 2);
  return 1;
}

/* ===} {=== Handles === */

static Callback *check_handle(lua_State *L) {
  if (class_of(L, 1) != UP_HANDLE) luaL_typeerror(L, 1, "Handle");
  return lua_touserdata(L, 1);
}

/* Handle:cancel(): lets go of function and arguments at once. One that is
** ready stays on its list; callback_run sees to it. */
static int Handle_cancel(lua_State *L) {
  Callback *cb = check_handle(L);
  int i;
  if (cb->cancelled) return 0;
  cb->cancelled = true;
  if (cb->timer.node.place != 0 && !cb->loop->closed) {
    loop_stop_timer(cb->loop, &cb->timer);
    lua_getiuservalue(L, 1, UV_LOOP);
    loop_release(L, cb->loop, -1, cb->timer.slot);
    cb->timer.slot = 0;
  }
  for (i = 0; i <= cb->nargs; i++) {
    lua_pushnil(L);
    lua_setiuservalue(L, 1, UV_FUNCTION + i);
  }
  return 0;
}

static int Handle_cancelled(lua_State *L) {
  lua_pushboolean(L, check_handle(L)->cancelled);
  return 1;
}

/* TimerHandle:when() -> seconds on the loop's clock */
static int Handle_when(lua_State *L) {
  Callback *cb = check_handle(L);
  if (!cb->timed) return luaL_error(L, "this Handle has no time");
  if (cb->when == NEVER)
    lua_pushnumber(L, HUGE_VAL);
  else
    lua_pushnumber(L, (lua_Number)cb->when / 1e9);
  return 1;
}

/* Handle:get_context() -> its Context */
static int Handle_get_context(lua_State *L) {
  const Callback *cb = check_handle(L);
  if (cb->has_context)
    lua_getiuservalue(L, 1, place_of(cb));
  else
    lua_pushnil(L);
  context_make(L);
  lua_pushvalue(L, -1);
  if (cb->has_context) lua_setiuservalue(L, 1, place_of(cb));
  lua_settop(L, 2);
  return 1;
}

/* Handle:_source() -> where it was made, a traceback, or nil */
static int Handle_source(lua_State *L) {
  const Callback *cb = check_handle(L);
  if (!cb->has_source) return 0;
  lua_getiuservalue(L, 1, source_of(cb));
  return 1;
}

/* Handle:_describe() -> function or nil, is it a TimerHandle? */
static int Handle_describe(lua_State *L) {
  Callback *cb = check_handle(L);
  lua_getiuservalue(L, 1, UV_FUNCTION);
  lua_pushboolean(L, cb->timed);
  return 2;
}

void callback_open(lua_State *L) {
  static const luaL_Reg loop_methods[] = {{"call_soon", Loop_call_soon},
                                          {"call_later", Loop_call_later},
                                          {"call_at", Loop_call_at},
                                          {NULL, NULL}};
  static const luaL_Reg future_methods[] = {
      {"add_done_callback", Future_add_done_callback},
      {"remove_done_callback", Future_remove_done_callback},
      {"_callbacks", Future_callbacks},
      {NULL, NULL}};
  static const luaL_Reg methods[] = {{"cancel", Handle_cancel},
                                     {"cancelled", Handle_cancelled},
                                     {"when", Handle_when},
                                     {"get_context", Handle_get_context},
                                     {"_source", Handle_source},
                                     {"_describe", Handle_describe},
                                     {NULL, NULL}};
  glue_class(L, UP_LOOP, NULL, loop_methods);
  glue_class(L, UP_FUTURE, NULL, future_methods);
  glue_class(L, UP_TASK, NULL, future_methods);
  glue_class(L, UP_HANDLE, NULL, methods);
}

/* ===} */
