/*
** The loop: what is ready, what waits for time, and when to poll libuv.
** It knows Jobs and Timers, not who owns them. Laws (docs/design.md): Lua
** runs only while a Job runs, never under uv_run; a pass runs only what was
** ready when it began.
*/
#include "loop.h"

#include <math.h>
#include <string.h>

#include "context.h"
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

void loop_reserve_slot(lua_State *L, Loop *loop, int loop_idx) {
  if (loop->free_slot != 0) return;
  lua_getiuservalue(L, loop_idx, LOOP_RETAINED);
  lua_pushinteger(L, 0);
  lua_rawseti(L, -2, loop->slots + 1);
  loop->free_slot = ++loop->slots;
  lua_pop(L, 1);
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

/* Is there a handle or a request of libuv's to poll for? */
static bool is_watching(const Loop *loop) {
  return uv_loop_alive(&loop->uv) != 0;
}

static bool has_threads_at_work(const Loop *loop) {
  return atomic_load(&loop->mailbox->at_work) > 0;
}

bool loop_can_be_woken(const Loop *loop) {
  return is_watching(loop) || has_threads_at_work(loop) ||
         atomic_load(&loop->mailbox->abroad) > 0;
}

/* Blocks until something happens. */
static void poll_once(Loop *loop) {
  if (mailbox_begin_poll(loop->mailbox)) uv_run(&loop->uv, UV_RUN_ONCE);
  mailbox_end_poll(loop->mailbox);
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
  poll_once(loop);
  uv_timer_stop(&loop->alarm);
}

static void poll_forever(Loop *loop) {
  uv_ref((uv_handle_t *)&loop->wakeup);
  poll_once(loop);
  uv_unref((uv_handle_t *)&loop->wakeup);
}

/* With work at hand: polls only now and then, if there is what to poll. */
static void poll_sometimes(Loop *loop) {
  if (!is_watching(loop) && loop->signals == 0) return;
  if (++loop->passes >= POLL_PASSES || loop->stopping ||
      uv_hrtime() - loop->polled > POLL_NS)
    poll_now(loop);
}

/* On the virtual clock time stands still while threads are at work, for as
** long as it would take in real time; then it jumps. */
static void poll_virtual(Loop *loop, int64_t deadline) {
  uint64_t start = uv_hrtime();
  int64_t ns = deadline - loop->now;
  if (has_threads_at_work(loop)) {
    poll_until(loop, deadline);
    if ((int64_t)(uv_hrtime() - start) < ns) return;
  } else if (is_watching(loop))
    poll_now(loop);
  if (loop->ready == NULL && !mailbox_is_rung(loop->mailbox) && ns > 0)
    loop->now = deadline;
}

static void poll_timers(Loop *loop) {
  int64_t deadline = loop->timers.entries[0].when;
  if (loop->is_virtual)
    poll_virtual(loop, deadline);
  else
    poll_until(loop, deadline);
}

static bool has_deadline(const Loop *loop) {
  return loop->timers.size > 0 && loop->timers.entries[0].when != NEVER;
}

/* Takes what others have posted; the bell goes before all that is ready. */
static void look_around(Loop *loop) {
  mailbox_take(loop->mailbox, &loop->ready);
  if (loop->bell != NULL) list_prepend(&loop->ready, &loop->bell->node);
}

/* Nothing but what others have of the loop can wake it: parcels that were not
** sent are holds too, and may be garbage here. True if it may be otherwise
** now. */
static bool collect_holds(lua_State *L, Loop *loop) {
  if (loop->holds == loop->holds_known || is_watching(loop) ||
      has_threads_at_work(loop))
    return false;
  loop->holds_known = loop->holds;
  lua_gc(L, LUA_GCCOLLECT);
  return true;
}

/* Waits until there is something to do. False: that can never be. */
static bool loop_wait(lua_State *L, Loop *loop) {
  if (mailbox_is_rung(loop->mailbox)) look_around(loop);
  if (loop->ready != NULL || loop->stopping)
    poll_sometimes(loop);
  else if (has_deadline(loop))
    poll_timers(loop);
  else if (loop->waits_for_result && !loop_can_be_woken(loop))
    return false;
  else if (!loop->waits_for_result || !collect_holds(L, loop))
    poll_forever(loop);
  return true;
}

/* ===} {=== Running === */

void loop_report(lua_State *L, Loop *loop, int loop_idx) {
  lua_getfield(L, loop_idx, "call_exception_handler");
  lua_pushvalue(L, loop_idx);
  lua_pushvalue(L, -3);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
    if (is_fatal(L, -1)) {
      loop->job = NULL; /* who reports may have let go of it */
      lua_error(L);
    }
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
  core_push_any(L, CORE_CONTEXT);
  core_set(L, CORE_FAILED_CONTEXT);
  context_leave_all(L);
  if (job == NULL) lua_error(L); /* no memory even to begin */
  lua_createtable(L, 0, 4);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "exception");
  traceback_push(L, -2);
  lua_setfield(L, -2, "traceback");
  if (job->kind->failed != NULL) job->kind->failed(L, loop, job);
  lua_pushnil(L);
  core_set(L, CORE_FAILED_CONTEXT);
  if (is_fatal(L, -2)) {
    lua_pop(L, 1);
    lua_error(L);
  }
  if (lua_getfield(L, -1, "handle") == LUA_TNIL) {
    lua_pop(L, 1);
    lua_getfield(L, -1, "task");
  }
  if (loop->watch != NULL) loop->watch->failed(L, loop); /* before it waits */
  lua_insert(L, -2);
  loop_report(L, loop, JOB_LOOP);
  lua_pop(L, 2);
}

/* Waits for what is next and makes it the batch; false on a deadlock. */
static bool begin_pass(lua_State *L, Loop *loop) {
  if (!loop_wait(L, loop)) return false;
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
    if (!loop->in_pass && !(is_alive = begin_pass(L, loop))) break;
    loop->in_pass = true;
    while ((node = list_pop(&loop->batch)) != NULL) {
      loop->job = (Job *)(void *)node;
      if (loop->watch != NULL)
        loop->watch->run(L, loop);
      else
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
  loop->thread = uv_thread_self();
  loop->running = true;
  loop->L = L;
  loop->core->running = loop;
  lua_pushvalue(L, 1);
  core_set(L, CORE_RUNNING);
  core_push_any(L, CORE_CONTEXT);
  core_set(L, CORE_BASE_CONTEXT);
}

static void loop_leave(lua_State *L, Loop *loop) {
  loop->began = 0;
  if (loop->watch != NULL) loop->watch->leave(L);
  list_splice(&loop->batch, &loop->ready); /* an error left it early */
  loop->ready = loop->batch;
  loop->batch = NULL;
  loop->running = loop->stopping = loop->in_pass = false;
  loop->L = NULL;
  loop->current = NULL;
  loop->core->running = NULL;
  lua_pushnil(L);
  core_set(L, CORE_RUNNING);
  context_leave_all(L);
}

void loop_drop(Loop *loop) {
  ListNode *node;
  list_splice(&loop->batch, &loop->ready);
  mailbox_close(loop->mailbox, &loop->batch);
  loop->mailbox = NULL;
  while ((node = list_pop(&loop->batch)) != NULL) {
    Job *job = (Job *)(void *)node;
    if (job->kind->drop != NULL) job->kind->drop(job);
  }
  while ((node = list_pop(&loop->closers)) != NULL) {
    Closer *closer = (Closer *)(void *)node;
    closer->close(closer);
  }
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

/* ===} */
