/*
** Errors that nobody has seen: a failed future carries a sentinel; when the
** sentinel is collected before anyone looked at the error, the loop reports
** it in its next pass, or at the latest when it closes. Only failures pay.
*/
#include "unretrieved.h"

#include <string.h>

#include "errors.h"
#include "loops.h"

/* Its user value 1 is the future, whose extras hold the sentinel: they are
** collected together, and the finalizer sees both. */
typedef struct Sentinel {
  Job job;
  Future *future;
  uint32_t slot; /* while the report is ready */
  uint32_t number;
} Sentinel;

enum { SENTINEL_FUTURE = 1 };

/* Its address is the registry's key of the metatable. */
static const char sentinel_key = 0;

/* Adds message and future (or task) of the future on top to the report at
** report_idx; the future is popped. */
static void describe(lua_State *L, int report_idx) {
  Future *f = to_future(L, -1);
  bool is_task = strcmp(f->ops->name, "Task") == 0;
  lua_pushfstring(L, "%s exception was never retrieved", f->ops->name);
  lua_setfield(L, report_idx, "message");
  extra_push(L, -1, EXTRA_TRACEBACK);
  lua_setfield(L, report_idx, "traceback");
  future_push_error(L, -1);
  lua_setfield(L, report_idx, "exception");
  lua_setfield(L, report_idx, is_task ? "task" : "future");
}

static void sentinel_run(lua_State *L, Loop *loop, Job *job) {
  Sentinel *s = (Sentinel *)(void *)job;
  job_push_retained(L, s->slot);
  job_release(L, loop, s->slot);
  if (s->future->flags & FUTURE_UNRETRIEVED) {
    lua_createtable(L, 0, 4);
    lua_getiuservalue(L, -2, SENTINEL_FUTURE);
    describe(L, lua_absindex(L, -2));
    loop_report(L, loop, JOB_LOOP);
  }
  lua_pop(L, 1);
}

static const JobKind sentinel_job = {sentinel_run, NULL, NULL, NULL};

/* Kept in the weak table too, where the closing loop finds it. */
static int Sentinel_gc(lua_State *L) {
  Sentinel *s = lua_touserdata(L, 1);
  Loop *loop = s->future != NULL ? s->future->loop : NULL;
  if (loop == NULL || loop->closed) return 0;
  if (!(s->future->flags & FUTURE_UNRETRIEVED)) return 0;
  lua_getiuservalue(L, 1, SENTINEL_FUTURE);
  future_push_loop(L, -1);
  lua_getiuservalue(L, -1, LOOP_UNRETRIEVED);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, s->number);
  s->slot = loop_retain(L, loop, -2, 1);
  loop_ready(loop, &s->job);
  return 0;
}

/* A light C function: stack: future */
static int note(lua_State *L) {
  Future *f = to_future(L, 1);
  Sentinel *s = lua_newuserdatauv(L, sizeof(Sentinel), 1);
  memset(s, 0, sizeof(Sentinel));
  s->job.kind = &sentinel_job;
  s->number = ++f->loop->reports;
  s->future = f;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &sentinel_key);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, SENTINEL_FUTURE);
  future_push_loop(L, 1);
  lua_getiuservalue(L, -1, LOOP_UNRETRIEVED);
  lua_pushvalue(L, -3);
  lua_rawseti(L, -2, s->number);
  lua_settop(L, 2);
  extra_set(L, 1, EXTRA_SENTINEL);
  f->flags |= FUTURE_UNRETRIEVED;
  return 0;
}

static void note_failure(lua_State *L, int idx) {
  lua_pushvalue(L, idx);
  lua_pushcfunction(L, note);
  lua_insert(L, -2);
  if (lua_pcall(L, 1, 0, 0) == LUA_OK) return;
  lua_pop(L, 1);
  lua_warning(L, "asyncio: no memory to watch over a failed future", 0);
}

void future_reject(lua_State *L, int idx) {
  Future *f = to_future(L, idx);
  idx = lua_absindex(L, idx);
  lua_setiuservalue(L, idx, UV_RESULT);
  future_complete(f, FUTURE_FAILED);
  note_failure(L, idx);
}

/* Loop:_unretrieved() -> table of reports by number, in order of failure;
** the errors count as seen from now on. */
static int Loop_unretrieved(lua_State *L) {
  check_loop(L, 1);
  lua_settop(L, 1);
  lua_newtable(L);
  lua_getiuservalue(L, 1, LOOP_UNRETRIEVED);
  lua_pushnil(L);
  while (lua_next(L, 3) != 0) {
    Sentinel *s = lua_touserdata(L, -1);
    if (s->future->flags & FUTURE_UNRETRIEVED) {
      lua_createtable(L, 0, 4);
      lua_getiuservalue(L, -2, SENTINEL_FUTURE);
      describe(L, lua_absindex(L, -2));
      lua_rawseti(L, 2, s->number);
    }
    lua_settop(L, 4);
  }
  lua_settop(L, 2);
  return 1;
}

/* Loop:_has_failures() -> has a future of the loop ever failed? */
static int Loop_has_failures(lua_State *L) {
  lua_pushboolean(L, check_loop(L, 1)->reports > 0);
  return 1;
}

void unretrieved_open(lua_State *L) {
  static const luaL_Reg loop_methods[] = {{"_unretrieved", Loop_unretrieved},
                                          {"_has_failures", Loop_has_failures},
                                          {NULL, NULL}};
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, Sentinel_gc);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &sentinel_key);
  glue_class(L, UP_LOOP, NULL, loop_methods);
}
