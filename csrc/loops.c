/*
** The functions of loops that Lua calls: opening, closing, the class Loop, the
** running loop. Loops themselves are in loop.c.
*/
#include "loops.h"

#include <math.h>
#include <string.h>

#include "errors.h"

/* {=== Checks === */

Loop *check_loop(lua_State *L, int idx) {
  if (class_of(L, idx) != UP_LOOP) luaL_typeerror(L, idx, "Loop");
  return lua_touserdata(L, idx);
}

void check_open(lua_State *L, const Loop *loop) {
  if (loop->closed) luaL_error(L, "Event loop is closed");
}

Loop *check_open_loop(lua_State *L, int idx) {
  Loop *loop = check_loop(L, idx);
  check_open(L, loop);
  return loop;
}

Loop *running_loop(lua_State *L) {
  Loop *loop = core_of(L)->running;
  if (loop == NULL) luaL_error(L, "no running event loop");
  core_push(L, CORE_RUNNING);
  return loop;
}

Loop *event_loop(lua_State *L) {
  core_push(L, CORE_RUNNING);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    core_push(L, CORE_EVENT_LOOP);
  }
  if (lua_isnil(L, -1)) luaL_error(L, "There is no current event loop");
  return lua_touserdata(L, -1);
}

Loop *option_loop(lua_State *L, int idx, const char *fname) {
  if (option_get(L, idx, "loop") == LUA_TNIL) {
    lua_pop(L, 1);
    return event_loop(L);
  }
  if (class_of(L, -1) != UP_LOOP)
    luaL_error(L, "option 'loop' of '%s' must be a Loop, not %s", fname,
               luaL_typename(L, -1));
  return lua_touserdata(L, -1);
}

Loop *check_idle_loop(lua_State *L, int idx) {
  Loop *loop = check_open_loop(L, idx);
  if (loop->running) luaL_error(L, "This event loop is already running");
  if (loop->core->running != NULL)
    luaL_error(L, "Cannot run the event loop while another loop is running");
  return loop;
}

static void on_wakeup(uv_async_t *wakeup) {
  (void)wakeup; /* the poll has ended: that was all */
}

/* ===} {=== Opening and closing === */

/* Only the two handles of the loop's own are open, or there would be owners
** that keep the loop from being closed: this ends after a turn or two. */
static void close_uv(Loop *loop) {
  uv_close((uv_handle_t *)&loop->alarm, NULL);
  uv_close((uv_handle_t *)&loop->wakeup, NULL);
  while (uv_loop_close(&loop->uv) == UV_EBUSY) uv_run(&loop->uv, UV_RUN_NOWAIT);
}

static void loop_close(Loop *loop) {
  if (loop->closed) return;
  loop->closed = true;
  loop_drop(loop);
  close_uv(loop);
  loop->bell = NULL;
  mem_free(loop->timers.entries);
  memset(&loop->timers, 0, sizeof(Heap));
}

/* Loop:_close(): what is pending was reported before. */
static int Loop_close(lua_State *L) {
  Loop *loop = check_loop(L, 1);
  if (loop->running) return luaL_error(L, "Cannot close a running event loop");
  loop_close(loop);
  lua_newtable(L);
  lua_setiuservalue(L, 1, LOOP_RETAINED);
  lua_pushnil(L);
  core_set(L, CORE_ERROR);
  return 0;
}

/* A loop that runs is collected only when its state is closed, in a task; then
** nobody is below on the stack, as there is in a call by hand. */
static int Loop_gc(lua_State *L) {
  lua_Debug caller;
  Loop *loop = lua_touserdata(L, 1);
  if (class_of(L, 1) != UP_LOOP || loop->closed) return 0;
  if (loop->running && lua_getstack(L, 1, &caller)) return 0;
  lua_warning(L, "unclosed event loop", 0);
  loop_close(loop);
  return 0;
}

/* Without `wakeup`, which could not be made. */
static void undo_uv(Loop *loop) {
  uv_close((uv_handle_t *)&loop->alarm, NULL);
  uv_run(&loop->uv, UV_RUN_NOWAIT);
  uv_loop_close(&loop->uv);
}

static void loop_init_uv(lua_State *L, Loop *loop) {
  int status = uv_loop_init(&loop->uv);
  if (status == 0) {
    uv_timer_init(&loop->uv, &loop->alarm);
    status = uv_async_init(&loop->uv, &loop->wakeup, on_wakeup);
    if (status != 0)
      undo_uv(loop);
    else if ((loop->mailbox = mailbox_new(&loop->wakeup)) == NULL) {
      close_uv(loop);
      status = UV_ENOMEM;
    }
  }
  if (status != 0)
    luaL_error(L, "cannot make an event loop: %s", uv_strerror(status));
  uv_unref((uv_handle_t *)&loop->wakeup);
  loop->closed = false;
}

static void push_weak_table(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
}

enum { SLOW_NS = 100000000 }; /* as in asyncio */

/* core.new_loop(is_virtual) -> Loop. Closed until nothing can raise. */
static int core_new_loop(lua_State *L) {
  bool is_virtual = lua_toboolean(L, 1);
  Loop *loop = lua_newuserdatauv(L, sizeof(Loop), LOOP_USERVALUES);
  memset(loop, 0, sizeof(Loop));
  loop->core = core_of(L);
  loop->closed = true;
  loop->is_virtual = is_virtual;
  loop->slow = SLOW_NS;
  lua_pushvalue(L, lua_upvalueindex(UP_LOOP));
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lua_setiuservalue(L, -2, LOOP_RETAINED);
  push_weak_table(L);
  lua_setiuservalue(L, -2, LOOP_UNRETRIEVED);
  lua_newtable(L);
  lua_setiuservalue(L, -2, LOOP_STATE);
  loop_init_uv(L, loop);
  return 1;
}

/* ===} {=== The class === */

/* Loop:run_forever(), until `stop` is called. */
static int Loop_run_forever(lua_State *L) {
  Loop *loop = check_idle_loop(L, 1);
  lua_settop(L, 1);
  if (loop_run(L, loop, false) != LUA_OK) return lua_error(L);
  return 0;
}

static int Loop_stop(lua_State *L) {
  check_loop(L, 1)->stopping = true;
  return 0;
}

static int Loop_time(lua_State *L) {
  lua_pushnumber(L, (lua_Number)loop_now(check_loop(L, 1)) / 1e9);
  return 1;
}

static int Loop_is_running(lua_State *L) {
  lua_pushboolean(L, check_loop(L, 1)->running);
  return 1;
}

static int Loop_is_closed(lua_State *L) {
  lua_pushboolean(L, check_loop(L, 1)->closed);
  return 1;
}

/* Fields: slow_callback_duration, seconds. All else is a method. */
static int Loop_index(lua_State *L) {
  const char *key;
  const Loop *loop;
  core_push(L, CORE_LOOP_METHODS);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  loop = check_loop(L, 1);
  key = lua_tostring(L, 2);
  if (key == NULL || strcmp(key, "slow_callback_duration") != 0) return 1;
  lua_pushnumber(L,
                 loop->slow == NEVER ? HUGE_VAL : (lua_Number)loop->slow / 1e9);
  return 1;
}

static int Loop_newindex(lua_State *L) {
  Loop *loop = check_loop(L, 1);
  const char *key = luaL_tolstring(L, 2, NULL);
  double seconds;
  if (strcmp(key, "slow_callback_duration") != 0)
    return luaL_error(L, "a Loop has no field '%s' to set", key);
  seconds = luaL_checknumber(L, 3);
  if (!(seconds >= 0))
    return luaL_error(L, "slow_callback_duration must not be negative");
  loop->slow = seconds_to_ns(seconds);
  return 0;
}

/* Loop:_state() -> the Lua side's own table. */
static int Loop_state(lua_State *L) {
  check_loop(L, 1);
  lua_getiuservalue(L, 1, LOOP_STATE);
  return 1;
}

static lua_Integer count_list(List list) {
  const ListNode *node = list;
  lua_Integer n = 0;
  if (list == NULL) return 0;
  do n++;
  while ((node = node->next) != list);
  return n;
}

/* stack: 1 the loop. What it keeps alive; a free place has a number. */
static lua_Integer count_retained(lua_State *L, const Loop *loop) {
  lua_Integer n = 0;
  uint32_t slot;
  for (slot = 1; slot <= loop->slots; slot++) {
    loop_push_retained(L, 1, slot);
    n += lua_isuserdata(L, -1);
    lua_pop(L, 1);
  }
  return n;
}

/* Loop:_counts() -> ready Jobs, timers, retained values, is its clock virtual,
** can anything but a timer wake it? */
static int Loop_counts(lua_State *L) {
  const Loop *loop = check_loop(L, 1);
  lua_pushinteger(L, count_list(loop->ready) + count_list(loop->batch));
  lua_pushinteger(L, (lua_Integer)loop->timers.size);
  lua_pushinteger(L, loop->closed ? 0 : count_retained(L, loop));
  lua_pushboolean(L, loop->is_virtual);
  lua_pushboolean(L, !loop->closed && loop_can_be_woken(loop));
  return 5;
}

static int asyncio_get_running_loop(lua_State *L) {
  running_loop(L);
  return 1;
}

static int asyncio_get_event_loop(lua_State *L) {
  event_loop(L);
  return 1;
}

static int asyncio_set_event_loop(lua_State *L) {
  if (!lua_isnoneornil(L, 1)) check_loop(L, 1);
  lua_settop(L, 1);
  core_set(L, CORE_EVENT_LOOP);
  return 0;
}

/* core.is_loop_running() -> boolean */
static int core_is_loop_running(lua_State *L) {
  lua_pushboolean(L, core_of(L)->running != NULL);
  return 1;
}

void loops_open(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", Loop_gc},
                                         {"__index", Loop_index},
                                         {"__newindex", Loop_newindex},
                                         {NULL, NULL}};
  static const luaL_Reg methods[] = {{"run_forever", Loop_run_forever},
                                     {"_close", Loop_close},
                                     {"_state", Loop_state},
                                     {"_counts", Loop_counts},
                                     {"stop", Loop_stop},
                                     {"time", Loop_time},
                                     {"is_running", Loop_is_running},
                                     {"is_closed", Loop_is_closed},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"new_loop", core_new_loop},
      {"get_running_loop", asyncio_get_running_loop},
      {"get_event_loop", asyncio_get_event_loop},
      {"set_event_loop", asyncio_set_event_loop},
      {"is_loop_running", core_is_loop_running},
      {NULL, NULL}};
  glue_class(L, UP_LOOP, metamethods, methods);
  glue_push_class(L, UP_LOOP);
  lua_getfield(L, -1, "__methods");
  core_set(L, CORE_LOOP_METHODS);
  lua_pop(L, 1);
  glue_setfuncs(L, functions);
}

/* ===} */
