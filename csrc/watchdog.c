/*
** Debug mode's watch over what keeps the loop busy: the stack is taken while
** it does, by a count hook, not after. No thread and no signal is needed; Lua
** code that calls a slow C function is seen when that returns. A hook of the
** user's stays.
*/
#include "watchdog.h"

#include "errors.h"
#include "loops.h"

enum { TICK = 100 /* instructions of Lua */ };

/* After this, and then twice as long and so on, it is said at once. */
#define ALARM_NS INT64_C(1000000000)

/* {=== While it runs === */

/* traceback: a light C function, so that no error leaves the hook */
static int take_sample(lua_State *L) {
  lua_State *co = lua_touserdata(L, 1);
  luaL_traceback(L, co, NULL, 1);
  core_set(L, CORE_SAMPLE);
  return 0;
}

static void sample(lua_State *L) {
  lua_pushcfunction(L, take_sample);
  lua_pushlightuserdata(L, L);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) lua_pop(L, 1);
}

/* An endless loop would never be reported else. */
static void say(lua_State *L, int64_t elapsed) {
  const char *text;
  sample(L);
  core_push_any(L, CORE_SAMPLE);
  text = lua_tostring(L, -1);
  lua_writestringerror("asyncio: the loop has been blocked for %.1f seconds, ",
                       (double)elapsed / 1e9);
  lua_writestringerror("and still is:\n%s\n", text != NULL ? text : "");
  lua_pop(L, 1);
}

static void watch_hook(lua_State *L, lua_Debug *ar) {
  Loop *loop = core_get(L)->running;
  int64_t elapsed;
  (void)ar;
  if (loop == NULL || loop->watch == NULL || loop->began == 0) {
    lua_sethook(L, NULL, 0, 0);
    return;
  }
  elapsed = (int64_t)(uv_hrtime() - loop->began);
  if (elapsed < loop->slow || !lua_checkstack(L, 4)) return;
  if (!loop->sampled) sample(L);
  loop->sampled = true;
  if (elapsed < loop->alarm_at) return;
  while (loop->alarm_at <= elapsed) loop->alarm_at *= 2;
  say(L, elapsed);
}

void watchdog_guard(lua_State *co) {
  if (lua_gethook(co) == NULL) lua_sethook(co, watch_hook, LUA_MASKCOUNT, TICK);
}

static void watch_leave(lua_State *co) {
  if (lua_gethook(co) == watch_hook) lua_sethook(co, NULL, 0, 0);
}

/* ===} {=== Afterwards === */

/* stack: ..., owner or nil */
static void report(lua_State *L, Loop *loop, int64_t elapsed) {
  int owner = lua_gettop(L);
  const char *key = "handle", *text = "a callback";
  lua_createtable(L, 0, 4);
  if (!lua_isnil(L, owner)) {
    if (loop->core->metatables[UP_HANDLE] != NULL &&
        lua_getmetatable(L, owner)) {
      if (lua_topointer(L, -1) != loop->core->metatables[UP_HANDLE])
        key = "task";
      lua_pop(L, 1);
    }
    lua_pushvalue(L, owner);
    lua_setfield(L, -2, key);
    text = luaL_tolstring(L, owner, NULL);
    lua_insert(L, -2);
  }
  lua_pushfstring(L,
                  "Executing %s took %f seconds: it kept the loop from all "
                  "else; do it in pieces, or in a thread (to_thread)",
                  text, (double)(elapsed / 1000000) / 1e3);
  lua_setfield(L, -2, "message");
  if (loop->sampled) {
    core_push_any(L, CORE_SAMPLE);
    lua_setfield(L, -2, "traceback");
  }
  loop_report(L, loop, JOB_LOOP);
}

static void watch_run(lua_State *L, Loop *loop) {
  const Job *job = loop->job;
  int top = lua_gettop(L);
  uint32_t slot = job->kind->owner == NULL ? 0 : job->kind->owner(job, 0);
  int64_t elapsed;
  if (slot != 0)
    job_push_retained(L, slot);
  else
    lua_pushnil(L);
  loop->sampled = false;
  loop->alarm_at = ALARM_NS;
  loop->began = uv_hrtime();
  watchdog_guard(L);
  loop->job->kind->run(L, loop, loop->job);
  elapsed = (int64_t)(uv_hrtime() - loop->began);
  loop->began = 0;
  if (elapsed >= loop->slow) report(L, loop, elapsed);
  lua_settop(L, top);
}

/* What raised may have been slow too. stack: ..., owner or nil */
static void watch_failed(lua_State *L, Loop *loop) {
  int64_t elapsed = (int64_t)(uv_hrtime() - loop->began);
  bool is_watched = loop->began != 0;
  int top = lua_gettop(L);
  loop->began = 0;
  if (is_watched && elapsed >= loop->slow) report(L, loop, elapsed);
  lua_settop(L, top);
}

static const LoopWatch watch = {watch_run, watch_failed, watch_leave};

/* Loop:_set_debug(boolean) */
static int Loop_set_debug(lua_State *L) {
  check_loop(L, 1)->watch = lua_toboolean(L, 2) ? &watch : NULL;
  return 0;
}

void watchdog_open(lua_State *L) {
  static const luaL_Reg loop_methods[] = {{"_set_debug", Loop_set_debug},
                                          {NULL, NULL}};
  glue_class(L, UP_LOOP, NULL, loop_methods);
}

/* ===} */
