/*
** Signals of the process that call a Lua function from a loop, by libuv. A
** watch keeps no loop alive; it ends when it is stopped or its loop closes.
*/
#include "signals.h"

#include <signal.h>
#include <string.h>

#include "loops.h"

/* Libuv's until its close callback. */
typedef struct SignalWatch {
  uv_signal_t handle; /* data: the loop */
  Job job;
  Closer closer;
  uint32_t slot; /* of its userdata; 0: stopped */
  bool is_ready; /* the job is on a list */
} SignalWatch;

/* The userdata; its user value 1 is the function. */
typedef struct SignalHandle {
  SignalWatch *watch; /* NULL: stopped, or the loop has closed */
} SignalHandle;

static const char class_key = 0;

static SignalWatch *watch_of(Job *job) {
  return (SignalWatch *)(void *)((char *)job - offsetof(SignalWatch, job));
}

/* {=== The signal === */

static void on_signal(uv_signal_t *handle, int number) {
  SignalWatch *watch = (SignalWatch *)(void *)handle;
  (void)number;
  if (watch->is_ready || watch->slot == 0) return;
  watch->is_ready = true;
  loop_ready(handle->data, &watch->job);
}

static void on_signal_closed(uv_handle_t *handle) {
  mem_free(handle);
}

/* Its Job is on no list. */
static void close_watch(SignalWatch *watch) {
  ((Loop *)watch->handle.data)->signals--;
  uv_close((uv_handle_t *)&watch->handle, on_signal_closed);
}

static void signal_run(lua_State *L, Loop *loop, Job *job) {
  SignalWatch *watch = watch_of(job);
  (void)loop;
  watch->is_ready = false;
  if (watch->slot == 0) {
    close_watch(watch);
    return;
  }
  job_push_retained(L, watch->slot);
  lua_getiuservalue(L, -1, 1);
  lua_call(L, 0, 0);
  lua_pop(L, 1);
}

static void signal_drop(Job *job) {
  SignalWatch *watch = watch_of(job);
  watch->is_ready = false;
  if (watch->slot == 0) close_watch(watch);
}

static const JobKind signal_job = {signal_run, NULL, signal_drop, NULL};

/* ===} {=== Ending === */

static void on_loop_closed(Closer *closer) {
  close_watch(
      (SignalWatch *)(void *)((char *)closer - offsetof(SignalWatch, closer)));
}

/* SignalHandle:stop() */
static int SignalHandle_stop(lua_State *L) {
  SignalHandle *handle = lua_touserdata(L, 1);
  SignalWatch *watch;
  Loop *loop;
  if (!is_of_class(L, 1, &class_key)) return luaL_typeerror(L, 1, "signal");
  watch = handle->watch;
  handle->watch = NULL;
  lua_getiuservalue(L, 1, 2);
  loop = lua_touserdata(L, -1);
  if (watch == NULL || loop->closed) return 0;
  list_remove(&loop->closers, &watch->closer.node);
  loop_release(L, loop, -1, watch->slot);
  watch->slot = 0;
  if (!watch->is_ready) close_watch(watch); /* else its Job does */
  return 0;
}

/* ===} {=== Beginning === */

static int start(Loop *loop, SignalWatch *watch, int number) {
  int status = uv_signal_init(&loop->uv, &watch->handle);
  if (status != 0) {
    mem_free(watch);
    return status;
  }
  watch->handle.data = loop;
  uv_unref((uv_handle_t *)&watch->handle);
  status = uv_signal_start(&watch->handle, on_signal, number);
  if (status != 0) uv_close((uv_handle_t *)&watch->handle, on_signal_closed);
  return status;
}

/* core.watch_signal(loop, number, fn) -> handle with stop(); fn() is called
** from the loop */
static int core_watch_signal(lua_State *L) {
  Loop *loop = check_open_loop(L, 1);
  int number = (int)luaL_checkinteger(L, 2), status;
  SignalHandle *handle;
  SignalWatch *watch;
  check_callable(L, 3, "watch_signal");
  handle = lua_newuserdatauv(L, sizeof(SignalHandle), 2);
  handle->watch = NULL;
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 2);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_setmetatable(L, -2);
  loop_reserve_slot(L, loop, 1);
  watch = mem_realloc(NULL, sizeof(SignalWatch));
  if (watch == NULL) return luaL_error(L, "not enough memory");
  memset(watch, 0, sizeof(SignalWatch));
  status = start(loop, watch, number);
  if (status != 0)
    return luaL_error(L, "cannot watch signal %d: %s", number,
                      uv_strerror(status));
  watch->job.kind = &signal_job;
  watch->closer.close = on_loop_closed;
  watch->slot = loop_retain(L, loop, 1, -1);
  list_append(&loop->closers, &watch->closer.node);
  loop->signals++;
  handle->watch = watch;
  return 1;
}

/* core.signal_number(name) -> the number of a signal that can be watched, or
** nil */
static int core_signal_number(lua_State *L) {
  static const struct {
    const char *name;
    int number;
  } signals[] = {
#ifdef SIGHUP
      {"SIGHUP", SIGHUP},
#endif
#ifdef SIGUSR1
      {"SIGUSR1", SIGUSR1},
#endif
#ifdef SIGUSR2
      {"SIGUSR2", SIGUSR2},
#endif
#ifdef SIGQUIT
      {"SIGQUIT", SIGQUIT},
#endif
#ifdef SIGBREAK
      {"SIGBREAK", SIGBREAK},
#endif
      {"SIGTERM", SIGTERM}};
  const char *name = luaL_checkstring(L, 1);
  size_t i;
  for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
    if (strcmp(signals[i].name, name) != 0) continue;
    lua_pushinteger(L, signals[i].number);
    return 1;
  }
  return 0;
}

void signals_open(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg methods[] = {{"stop", SignalHandle_stop}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"watch_signal", core_watch_signal},
                                       {"signal_number", core_signal_number},
                                       {NULL, NULL}};
  glue_private_class(L, &class_key, none, methods);
  glue_setfuncs(L, functions);
}

/* ===} */
