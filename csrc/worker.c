/*
** A worker: a Lua state of a thread's own, in which the functions of calls
** run, one after the other. Used by that thread only.
*/
#include "worker.h"

#include <lualib.h>
#include <string.h>

#include "context.h"
#include "errors.h"
#include "outcome.h"
#include "transfer.h"

/* Keys of the registry: the Worker; the traceback of the last error. */
static const char worker_key = 0, traceback_key = 0;

static Worker *worker_of(lua_State *L) {
  Worker *worker;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &worker_key);
  worker = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return worker;
}

Call *worker_call(lua_State *L) {
  const Worker *worker = worker_of(L);
  return worker == NULL ? NULL : worker->call;
}

/* {=== Errors === */

/* The traceback that is known of an error raised again: of a string, or an
** exception object's own; or nil. */
static void push_known(lua_State *L) {
  const Core *core = core_get(L);
  if (core != NULL && core->is_continued)
    traceback_push(L, 1);
  else
    lua_pushnil(L);
  if (!lua_isnil(L, -1) || !lua_istable(L, 1)) return;
  lua_pushliteral(L, "traceback");
  if (lua_rawget(L, 1) != LUA_TSTRING) lua_pop(L, 1);
}

/* Message handler: keeps the traceback, with the name of the thread. */
static int keep_traceback(lua_State *L) {
  const char *known;
  lua_settop(L, 1);
  push_known(L);
  known = lua_tostring(L, -1);
  luaL_traceback(L, L, NULL, 1);
  lua_pushfstring(L, "%s%s[in thread %s]\n%s", known != NULL ? known : "",
                  known != NULL ? "\n" : "", worker_of(L)->name,
                  lua_tostring(L, -1));
  lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
  lua_settop(L, 1);
  return 1;
}

/* stack: 1 the error, which is packed; or returns a reason. */
static const char *pack_error(lua_State *L, Parcel *outcome) {
  lua_settop(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &traceback_key);
  return outcome_pack_error(L, outcome);
}

/* ===} {=== The state === */

/* os.exit in a worker ends the call, with SystemExit: it is raised where the
** call is awaited, and leaves that loop. */
static int worker_exit(lua_State *L) {
  lua_Integer code =
      lua_isboolean(L, 1) ? !lua_toboolean(L, 1) : luaL_optinteger(L, 1, 0);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "asyncio.exceptions");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "SystemExit");
  lua_pushinteger(L, code);
  lua_call(L, 1, 1);
  return lua_error(L);
}

/* stack: ..., entries of package.preload: a C function is its bytes */
static void fill_preload(lua_State *L) {
  int entries = lua_gettop(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushnil(L);
  while (lua_next(L, entries) != 0) {
    lua_CFunction function;
    if (lua_type(L, -1) == LUA_TSTRING) {
      memcpy(&function, lua_tostring(L, -1), sizeof(function));
      lua_pop(L, 1);
      lua_pushcfunction(L, function);
    }
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, entries + 1);
  }
  lua_pop(L, 1);
}

/* Copies the string at idx to package[field]. */
static void set_path(lua_State *L, int idx, const char *field) {
  lua_getglobal(L, "package");
  lua_pushvalue(L, idx);
  lua_setfield(L, -2, field);
  lua_pop(L, 1);
}

enum {
  SETUP_WORKER = 1,
  SETUP_PARCELS,
  SETUP_PATH,
  SETUP_CPATH,
  SETUP_PRELOAD
};

/* Modules are found as where the executor was made. */
static void set_search(lua_State *L, const Parcel *search) {
  transfer_decode(L, search);
  set_path(L, SETUP_PATH, "path");
  set_path(L, SETUP_CPATH, "cpath");
  lua_pushvalue(L, SETUP_PRELOAD);
  fill_preload(L);
  lua_settop(L, SETUP_PARCELS);
}

/* It may need modules: the search is set. */
static void call_initializer(lua_State *L, const Parcel *initializer) {
  lua_pushcfunction(L, keep_traceback);
  transfer_decode(L, initializer);
  if (!lua_isnil(L, -1) && lua_pcall(L, 0, 0, -2) != LUA_OK) lua_error(L);
}

/* stack: worker, its setup */
static int prepare(lua_State *L) {
  const WorkerSetup *setup = lua_touserdata(L, SETUP_PARCELS);
  luaL_openlibs(L);
  lua_pushvalue(L, SETUP_WORKER);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &worker_key);
  glue_mark_worker(L);
  lua_getglobal(L, "os");
  lua_pushcfunction(L, worker_exit);
  lua_setfield(L, -2, "exit");
  lua_settop(L, SETUP_PARCELS);
  set_search(L, &setup->search);
  call_initializer(L, &setup->initializer);
  return 0;
}

/* error -> BrokenThreadPool, whose cause it is */
static int make_broken(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "asyncio.exceptions");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "BrokenThreadPool");
  lua_pushfstring(L, "a thread could not be set up: %s",
                  luaL_tolstring(L, 1, NULL));
  lua_remove(L, -2);
  lua_call(L, 1, 1);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "cause");
  return 1;
}

bool worker_open(Worker *worker, WorkerSetup *setup, Parcel *error,
                 const char **reason) {
  lua_State *L = worker->L = luaL_newstate();
  if (L == NULL) {
    *reason = "cannot start a thread: not enough memory";
    return false;
  }
  lua_pushcfunction(L, prepare);
  lua_pushlightuserdata(L, worker);
  lua_pushlightuserdata(L, setup);
  if (lua_pcall(L, 2, 0, 0) == LUA_OK) return true;
  lua_pushcfunction(L, make_broken);
  lua_pushvalue(L, 1);
  if (lua_pcall(L, 1, 1, 0) == LUA_OK) lua_replace(L, 1);
  *reason = pack_error(L, error);
  lua_settop(L, 0);
  return false;
}

void worker_close(Worker *worker) {
  if (worker->L != NULL) lua_close(worker->L);
  worker->L = NULL;
}

/* Garbage is worth a collection when there is as much of it as of the rest. */
enum { REST_SPARE = 1024 };

void worker_rest(Worker *worker) {
  lua_State *L = worker->L;
  bool must = worker->has_littered;
  if (!must && lua_gc(L, LUA_GCCOUNT) <= 2 * worker->kept + REST_SPARE) return;
  lua_gc(L, LUA_GCCOLLECT);
  worker->kept = lua_gc(L, LUA_GCCOUNT);
  worker->has_littered = false;
}

void worker_litter(lua_State *L) {
  Worker *worker = worker_of(L);
  if (worker != NULL) worker->has_littered = true;
}

/* ===} {=== Calls === */

/* Makes the caller's context current. stack: ..., its variables, if any are
** set; returns how many values it has popped. */
static int adopt_context(lua_State *L, const Call *call) {
  if (call->has_context) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "asyncio");
    lua_call(L, 1, 0);
  }
  return core_get(L) != NULL ? context_adopt(L, call->has_context) : 0;
}

/* stack: 1 the call, 2 its outcome */
static int perform(lua_State *L) {
  Call *call = lua_touserdata(L, 1);
  int n;
  lua_pushcfunction(L, keep_traceback);
  n = transfer_decode(L, &call->input);
  parcel_drop(&call->input);
  if (call->is_apart) n -= adopt_context(L, call);
  if (lua_pcall(L, n - 1, LUA_MULTRET, 3) != LUA_OK) return lua_error(L);
  transfer_encode(L, 4, lua_gettop(L) - 3, &result_route);
  transfer_take(L, lua_touserdata(L, 2));
  return 0;
}

/* Pushes the place of the thread's context. Cannot raise. */
static void push_place(lua_State *L) {
  if (core_get(L) != NULL)
    core_push_any(L, CORE_CONTEXT);
  else
    lua_pushnil(L);
}

/* Takes the place at index 1 out; it is the thread's context again if the call
** had one of its own. Cannot raise. */
static void take_place(lua_State *L, const Call *call) {
  lua_pushvalue(L, 1);
  lua_remove(L, 1);
  if (call->is_apart && core_get(L) != NULL)
    core_set(L, CORE_CONTEXT);
  else
    lua_pop(L, 1);
}

void worker_perform(Worker *worker, Call *call) {
  lua_State *L = worker->L;
  Parcel outcome = {NULL, 0, NULL, 0};
  const char *reason = NULL;
  CallState state = CALL_DONE;
  int status;
  worker->call = call;
  push_place(L);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
  lua_pushcfunction(L, perform);
  lua_pushlightuserdata(L, call);
  lua_pushlightuserdata(L, &outcome);
  status = lua_pcall(L, 2, 0, 0);
  take_place(L, call);
  if (status != LUA_OK) {
    state = CALL_FAILED;
    reason = pack_error(L, &outcome);
  }
  lua_settop(L, 0);
  worker->call = NULL;
  call_end(call, state, &outcome, reason);
}

/* ===} */
