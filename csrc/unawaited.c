/*
** Debug mode: coroutine objects that were collected without having been
** awaited are reported. Each holds a sentinel, which holds it: they are
** garbage together, and the sentinel's finalizer still finds the object.
*/
#include "unawaited.h"

#include <string.h>

typedef struct Sentinel {
  Job job;
  uint32_t slot;
  uint8_t fresh;
  const uint8_t *state;
} Sentinel;

enum { SENTINEL_OBJECT = 1, SENTINEL_SOURCE, SENTINEL_LOOP };

/* Its address is the registry's key of the metatable. */
static const char sentinel_key = 0;

static void sentinel_run(lua_State *L, Loop *loop, Job *job) {
  Sentinel *s = (Sentinel *)(void *)job;
  job_push_retained(L, s->slot);
  job_release(L, loop, s->slot);
  lua_createtable(L, 0, 3);
  lua_getiuservalue(L, -2, SENTINEL_SOURCE);
  lua_setfield(L, -2, "source_traceback");
  lua_getiuservalue(L, -2, SENTINEL_OBJECT);
  lua_pushfstring(L, "%s was never awaited: await it, or make a task of it",
                  luaL_tolstring(L, -1, NULL));
  lua_setfield(L, -4, "message");
  lua_pop(L, 1);
  lua_setfield(L, -2, "coroutine");
  loop_report(L, loop, JOB_LOOP);
  lua_pop(L, 1);
}

static const JobKind sentinel_job = {sentinel_run, NULL, NULL, NULL};

static int Sentinel_gc(lua_State *L) {
  Sentinel *s = lua_touserdata(L, 1);
  Loop *loop;
  lua_getiuservalue(L, 1, SENTINEL_OBJECT);
  lua_getiuservalue(L, 1, SENTINEL_LOOP);
  loop = lua_touserdata(L, 3);
  if (loop == NULL || loop->closed || *s->state != s->fresh) return 0;
  s->slot = loop_retain(L, loop, 3, 1);
  loop_ready(loop, &s->job);
  return 0;
}

void unawaited_watch(lua_State *L, int n, const uint8_t *state, uint8_t fresh) {
  int object = lua_gettop(L);
  Sentinel *s = lua_newuserdatauv(L, sizeof(Sentinel), SENTINEL_LOOP);
  memset(s, 0, sizeof(Sentinel));
  s->job.kind = &sentinel_job;
  s->state = state;
  s->fresh = fresh;
  luaL_traceback(L, L, NULL, 1);
  lua_setiuservalue(L, -2, SENTINEL_SOURCE);
  core_push_any(L, CORE_RUNNING);
  lua_setiuservalue(L, -2, SENTINEL_LOOP);
  lua_pushvalue(L, object);
  lua_setiuservalue(L, -2, SENTINEL_OBJECT);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &sentinel_key);
  lua_setmetatable(L, -2);
  lua_setiuservalue(L, object, n);
}

void unawaited_open(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, Sentinel_gc);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &sentinel_key);
}
