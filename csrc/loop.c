/*
** The loop: what is ready, what waits for time, and when to poll libuv.
** It knows Jobs and Timers, not who owns them. Laws (docs/design.md): Lua
** runs only while a Job runs, never under uv_run; a pass runs only what was
** ready when it began.
*/
#include "loop.h"

#include <math.h>
#include <string.h>

#include "errors.h"

/* While there is work, libuv is polled every so many passes or nanoseconds:
** an idle poll costs as much as three switches of tasks. */
enum { POLL_PASSES = 16, POLL_NS = 100000 };

enum { NS_PER_MS = 1000000 };

/* {=== Clock and timers === */

int64_t loop_now(const Loop *loop) {
  return loop->is_virtual ? loop->now : (int64_t)uv_hrtime();
}

int64_t seconds_to_ns(double seconds) {
  double ns = seconds * 1e9;
  if (ns >= 9.2e18) return NEVER;
  if (ns <= -9.2e18) return -NEVER;
  return (int64_t)llround(ns);
}

int64_t loop_deadline(const Loop *loop, double seconds) {
  int64_t now = loop_now(loop), delay = seconds_to_ns(seconds);
  return delay >= NEVER - now ? NEVER : now + delay;
}

void loop_reserve_timer(lua_State *L, Loop *loop) {
  if (!heap_reserve(&loop->timers)) luaL_error(L, "not enough memory");
}

void loop_start_timer(Loop *loop, Timer *timer, int64_t when) {
  heap_push(&loop->timers, &timer->node, when);
}

void loop_stop_timer(Loop *loop, Timer *timer) {
  if (timer->node.place != 0) heap_remove(&loop->timers, &timer->node);
}

static Timer *timer_of(HeapNode *node) {
  return (Timer *)(void *)((char *)node - offsetof(Timer, node));
}

static void fire_timers(Loop *loop) {
  Heap *timers = &loop->timers;
  int64_t now;
  if (timers->size == 0) return;
  now = loop_now(loop);
  while (timers->size > 0 && timers->entries[0].when <= now) {
    Timer *timer = timer_of(timers->entries[0].node);
    heap_remove(timers, &timer->node);
    loop_ready(loop, &timer->job);
  }
}

/* ===} {=== What the loop keeps alive === */

/* Free slots hold the number of the next free one, as luaL_ref does it. */
uint32_t loop_retain(lua_State *L, Loop *loop, int loop_idx, int idx) {
  uint32_t slot = loop->free_slot;
  idx = lua_absindex(L, idx);
  lua_getiuservalue(L, loop_idx, LOOP_RETAINED);
  if (slot != 0) {
    lua_rawgeti(L, -1, slot);
    loop->free_slot = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
  } else
    slot = loop->slots + 1;
  lua_pushvalue(L, idx);
  lua_rawseti(L, -2, slot);
  if (slot > loop->slots) loop->slots = slot;
  lua_pop(L, 1);
  return slot;
}

void loop_push_retained(lua_State *L, int loop_idx, uint32_t slot) {
  lua_getiuservalue(L, loop_idx, LOOP_RETAINED);
  lua_rawgeti(L, -1, slot);
  lua_replace(L, -2);
}

void loop_release(lua_State *L, Loop *loop, int loop_idx, uint32_t slot) {
  if (slot == 0 || loop->closed) return;
  lua_getiuservalue(L, loop_idx, LOOP_RETAINED);
  lua_pushinteger(L, loop->free_slot);
  lua_rawseti(L, -2, slot);
  lua_pop(L, 1);
  loop->free_slot = slot;
}

/* ===} {=== Polling === */

static void on_alarm(uv_timer_t *alarm) {
  uv_stop(alarm->loop);
}

static void on_wakeup(uv_async_t *wakeup) {
  (void)wakeup; /* the poll has ended: that was all */
}

void loop_ring(Loop *loop) {
  loop->rung = 1;
  uv_async_send(&loop->wakeup);
}

/* Is there a handle or a request that can wake the loop? */
static bool is_watching(const Loop *loop) {
  return uv_loop_alive(&loop->uv) != 0;
}

static void poll_now(Loop *loop) {
  loop->passes = 0;
  loop->polled = uv_hrtime();
  uv_run(&loop->uv, UV_RUN_NOWAIT);
}

/* Blocks until something happens or the deadline has come; later by less
** than a millisecond, never earlier. */
static void poll_until(Loop *loop, int64_t deadline) {
  int64_t ns = deadline - loop_now(loop);
  if (ns <= 0) return;
  uv_update_time(&loop->uv);
  uv_timer_start(&loop->alarm, on_alarm,
                 (uint64_t)(ns / NS_PER_MS + (ns % NS_PER_MS != 0)), 0);
  uv_run(&loop->uv, UV_RUN_ONCE);
  uv_timer_stop(&loop->alarm);
}

static void poll_forever(Loop *loop) {
  uv_ref((uv_handle_t *)&loop->wakeup);
  uv_run(&loop->uv, UV_RUN_ONCE);
  uv_unref((uv_handle_t *)&loop->wakeup);
}

/* With work at hand: polls only now and then, if there is what to poll. */
static void poll_sometimes(Loop *loop) {
  if (!is_watching(loop)) return;
  if (++loop->passes >= POLL_PASSES || loop->stopping ||
      uv_hrtime() - loop->polled > POLL_NS)
    poll_now(loop);
}

static void poll_timers(Loop *loop) {
  int64_t deadline = loop->timers.entries[0].when;
  if (!loop->is_virtual)
    poll_until(loop, deadline);
  else {
    if (is_watching(loop)) poll_now(loop);
    if (loop->ready == NULL && deadline > loop->now) loop->now = deadline;
  }
}

static bool has_deadline(const Loop *loop) {
  return loop->timers.size > 0 && loop->timers.entries[0].when != NEVER;
}

/* Waits until there is something to do. False: that can never be. */
static bool loop_wait(Loop *loop) {
  if (loop->rung) {
    loop->rung = 0;
    if (loop->bell != NULL) list_prepend(&loop->ready, &loop->bell->node);
  }
  if (loop->ready != NULL || loop->stopping)
    poll_sometimes(loop);
  else if (has_deadline(loop))
    poll_timers(loop);
  else if (loop->waits_for_result && !is_watching(loop))
    return false;
  else
    poll_forever(loop);
  return true;
}

/* ===} {=== Running === */

void loop_report(lua_State *L, Loop *loop, int loop_idx) {
  (void)loop;
  lua_getfield(L, loop_idx, "call_exception_handler");
  lua_pushvalue(L, loop_idx);
  lua_pushvalue(L, -3);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
    if (is_fatal(L, -1)) lua_error(L);
    lua_warning(L, "asyncio: error in the exception handler: ", 1);
    lua_warning(L, luaL_tolstring(L, -1, NULL), 0);
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
}

/* stack: loop, retained, ..., error, which is popped */
static void job_failed(lua_State *L, Loop *loop) {
  Job *job = loop->job;
  loop->job = NULL;
  loop->current = NULL;
  if (job == NULL) lua_error(L); /* no memory even to begin */
  lua_createtable(L, 0, 4);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "exception");
  traceback_push(L, -2);
  lua_setfield(L, -2, "traceback");
  if (job->kind->failed != NULL) job->kind->failed(L, loop, job);
  if (is_fatal(L, -2)) {
    lua_pop(L, 1);
    lua_error(L);
  }
  loop_report(L, loop, JOB_LOOP);
  lua_pop(L, 1);
}

/* Waits for what is next and makes it the batch; false on a deadlock. */
static bool begin_pass(Loop *loop) {
  if (!loop_wait(loop)) return false;
  fire_timers(loop);
  list_splice(&loop->batch, &loop->ready);
  return true;
}

/* stack: loop, retained. Returns false on a deadlock. When a Job raises, it
** is called anew for the rest of the batch. */
static int run_passes(lua_State *L) {
  Loop *loop = lua_touserdata(L, JOB_LOOP);
  ListNode *node;
  bool is_alive = true;
  do {
    if (!loop->in_pass && !(is_alive = begin_pass(loop))) break;
    loop->in_pass = true;
    while ((node = list_pop(&loop->batch)) != NULL) {
      loop->job = (Job *)(void *)node;
      loop->job->kind->run(L, loop, loop->job);
    }
    loop->in_pass = false;
    loop->job = NULL;
  } while (!loop->stopping);
  lua_pushboolean(L, is_alive);
  return 1;
}

/* stack: loop, retained. Raises the fatal errors. */
static int run_until_stopped(lua_State *L) {
  Loop *loop = lua_touserdata(L, JOB_LOOP);
  for (;;) {
    lua_pushcfunction(L, traceback_handler);
    lua_pushcfunction(L, run_passes);
    lua_pushvalue(L, JOB_LOOP);
    lua_pushvalue(L, JOB_RETAINED);
    if (lua_pcall(L, 2, 1, -4) == LUA_OK) return 1;
    job_failed(L, loop);
    lua_settop(L, JOB_RETAINED);
  }
}

static void loop_enter(lua_State *L, Loop *loop) {
  loop->running = true;
  loop->L = L;
  loop->core->running = loop;
  lua_pushvalue(L, 1);
  core_set(L, CORE_RUNNING);
}

static void loop_leave(lua_State *L, Loop *loop) {
  list_splice(&loop->batch, &loop->ready); /* an error left it early */
  loop->ready = loop->batch;
  loop->batch = NULL;
  loop->running = loop->stopping = loop->in_pass = false;
  loop->L = NULL;
  loop->current = NULL;
  loop->core->running = NULL;
  lua_pushnil(L);
  core_set(L, CORE_RUNNING);
}

Loop *check_idle_loop(lua_State *L, int idx) {
  Loop *loop = check_open_loop(L, idx);
  if (loop->running) luaL_error(L, "This event loop is already running");
  if (loop->core->running != NULL)
    luaL_error(L, "Cannot run the event loop while another loop is running");
  return loop;
}

int loop_run(lua_State *L, Loop *loop, bool waits_for_result) {
  int status;
  loop->waits_for_result = waits_for_result;
  loop_enter(L, loop);
  lua_pushcfunction(L, run_until_stopped);
  lua_pushvalue(L, 1);
  lua_getiuservalue(L, 1, LOOP_RETAINED);
  status = lua_pcall(L, 2, 1, 0);
  loop_leave(L, loop);
  return status;
}

/* Loop:run_forever(), until `stop` is called. */
static int Loop_run_forever(lua_State *L) {
  Loop *loop = check_idle_loop(L, 1);
  lua_settop(L, 1);
  if (loop_run(L, loop, false) != LUA_OK) return lua_error(L);
  return 0;
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
  close_uv(loop);
  loop->ready = loop->batch = NULL;
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
  return 0;
}

static int Loop_gc(lua_State *L) {
  Loop *loop = lua_touserdata(L, 1);
  if (loop->closed) return 0;
  lua_warning(L, "unclosed event loop", 0);
  loop_close(loop);
  return 0;
}

static void loop_init_uv(lua_State *L, Loop *loop) {
  int status = uv_loop_init(&loop->uv);
  if (status == 0) {
    uv_timer_init(&loop->uv, &loop->alarm);
    status = uv_async_init(&loop->uv, &loop->wakeup, on_wakeup);
    if (status != 0) {
      uv_close((uv_handle_t *)&loop->alarm, NULL);
      uv_run(&loop->uv, UV_RUN_NOWAIT);
      uv_loop_close(&loop->uv);
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

/* core.new_loop(is_virtual) -> Loop. Closed until nothing can raise. */
static int core_new_loop(lua_State *L) {
  bool is_virtual = lua_toboolean(L, 1);
  Loop *loop = lua_newuserdatauv(L, sizeof(Loop), LOOP_USERVALUES);
  memset(loop, 0, sizeof(Loop));
  loop->core = core_of(L);
  loop->closed = true;
  loop->is_virtual = is_virtual;
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

/* ===} {=== The rest of the class === */

Loop *check_loop(lua_State *L, int idx) {
  if (class_of(L, idx) != UP_LOOP) luaL_typeerror(L, idx, "Loop");
  return lua_touserdata(L, idx);
}

Loop *check_open_loop(lua_State *L, int idx) {
  Loop *loop = check_loop(L, idx);
  if (loop->closed) luaL_error(L, "Event loop is closed");
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

/* Loop:_state() -> the Lua side's own table. */
static int Loop_state(lua_State *L) {
  check_loop(L, 1);
  lua_getiuservalue(L, 1, LOOP_STATE);
  return 1;
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

void loop_open(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", Loop_gc}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"run_forever", Loop_run_forever},
                                     {"_close", Loop_close},
                                     {"_state", Loop_state},
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
  glue_setfuncs(L, functions);
}

/* ===} */
