/*
** gather: many futures into one list of results. A future with a Job on each
** child's callbacks; the loop retains it until the last child has reported.
** Its result is made only when somebody asks, so that reporting cannot fail.
** After CPython 3.13's tasks.gather.
*/
#include "gather.h"

#include <string.h>

#include "cancel.h"
#include "errors.h"
#include "coroutine.h"
#include "tasks.h"
#include "unretrieved.h"
#include "loops.h"

typedef struct Gather Gather;

typedef struct Child {
  Job job;
  Gather *owner;
  Future *future; /* kept alive by the list of children */
} Child;

struct Gather {
  Group group;
  uint32_t slot;
  uint32_t count, finished;
  uint32_t culprit; /* failed or was cancelled: the outcome; from 1, or 0 */
  bool return_exceptions, cancel_requested;
  Child children[];
};

/* UV_OWN is the list of the children, futures. */

static Gather *to_gather(Future *f) {
  return (Gather *)(void *)f;
}

/* {=== Results === */

/* Pushes what return_exceptions puts in the slot of a child: its error. */
static bool push_exception(lua_State *L, int child) {
  switch ((FutureState)to_future(L, child)->state) {
    case FUTURE_FAILED:
      future_push_error(L, child);
      return true;
    case FUTURE_CANCELLED:
      future_push_cancelled(L, child);
      return true;
    default:
      return false;
  }
}

/* Pushes the list: values, n and exceptions. stack: ..., children */
static void push_list(lua_State *L, const Gather *g) {
  int children = lua_gettop(L), list = children + 1, errors = list + 1;
  lua_Integer i;
  lua_createtable(L, (int)g->count, 2);
  lua_newtable(L);
  for (i = 1; i <= (lua_Integer)g->count; i++) {
    lua_rawgeti(L, children, i);
    if (push_exception(L, errors + 1)) {
      lua_pushvalue(L, -1);
      lua_rawseti(L, errors, i);
    } else
      future_push_first(L, errors + 1);
    lua_rawseti(L, list, i);
    lua_settop(L, errors);
  }
  lua_setfield(L, list, "exceptions");
  lua_pushinteger(L, (lua_Integer)g->count);
  lua_setfield(L, list, "n");
}

/* Sets the result: the list, or the CancelledError of the culprit. */
static void gather_materialize(lua_State *L, Future *f, int idx) {
  Gather *g = to_gather(f);
  int top = lua_gettop(L);
  lua_getiuservalue(L, idx, UV_OWN);
  if (f->state == FUTURE_DONE)
    push_list(L, g);
  else {
    lua_rawgeti(L, -1, g->culprit);
    if (g->children[g->culprit - 1].future->state == FUTURE_CANCELLED)
      future_push_cancelled(L, -1);
    else
      exception_new(L, CANCELLED_ERROR, 0);
  }
  lua_setiuservalue(L, idx, UV_RESULT);
  lua_settop(L, top);
}

/* ===} {=== Completing === */

/* The outcome is the error of the i-th child, from 1. stack: ..., gather */
static void fail(lua_State *L, uint32_t i) {
  int gather = lua_gettop(L);
  lua_getiuservalue(L, gather, UV_OWN);
  lua_rawgeti(L, -1, i);
  lua_getiuservalue(L, -1, UV_RESULT);
  future_reject(L, gather);
  future_copy_traceback(L, -1, gather);
  lua_settop(L, gather);
}

/* The outcome is the CancelledError of the i-th child; a new one if it has
** none. stack: ..., gather */
static void fail_cancelled(lua_State *L, Gather *g, uint32_t i) {
  g->culprit = i;
  g->group.future.flags |= FUTURE_LAZY;
  lua_pushnil(L);
  future_reject(L, -2);
}

static void succeed(Gather *g) {
  g->group.future.nresults = 1;
  g->group.future.flags |= FUTURE_LAZY;
  future_complete(&g->group.future, FUTURE_DONE);
}

/* One more child is done. stack: ..., gather */
static void child_done(lua_State *L, Gather *g, const Child *child) {
  Future *f = child->future;
  uint32_t i = (uint32_t)(child - g->children) + 1;
  g->finished++;
  if (f->state == FUTURE_FAILED) {
    if (f->flags & FUTURE_LAZY) {
      lua_getiuservalue(L, -1, UV_OWN);
      lua_rawgeti(L, -1, i);
      future_push_error(L, -1);
      lua_pop(L, 3);
    }
    f->flags &= (uint16_t)~FUTURE_UNRETRIEVED;
  }
  if (g->group.future.state != FUTURE_PENDING) return;
  if (!g->return_exceptions && f->state == FUTURE_FAILED)
    fail(L, i);
  else if (!g->return_exceptions && f->state == FUTURE_CANCELLED)
    fail_cancelled(L, g, i);
  else if (g->finished == g->count) {
    if (g->cancel_requested)
      fail_cancelled(L, g, i);
    else
      succeed(g);
  }
}

static void gather_run(lua_State *L, Loop *loop, Job *job) {
  const Child *child = (Child *)(void *)job;
  Gather *g = child->owner;
  job_push_retained(L, g->slot);
  child_done(L, g, child);
  if (g->finished == g->count) {
    job_release(L, loop, g->slot);
    g->slot = 0;
  }
  lua_pop(L, 1);
}

static uint32_t gather_owner(const Job *job, uint32_t i) {
  return i == 0 ? ((const Child *)(const void *)job)->owner->slot : 0;
}

static const JobKind gather_job = {gather_run, NULL, NULL, gather_owner};

/* ===} {=== Cancelling === */

static bool gather_can_cancel(const Future *f) {
  const Gather *g = (const Gather *)(const void *)f;
  uint32_t i;
  for (i = 0; i < g->count; i++)
    if (future_can_cancel(g->children[i].future)) return true;
  return false;
}

/* The children are cancelled by the walk; they complete this. */
static bool gather_cancel(lua_State *L, Future *f, int msg) {
  (void)msg;
  to_gather(f)->cancel_requested = true;
  lua_pop(L, 1);
  return false;
}

static bool gather_child(lua_State *L, Future *f, int loop_idx, uint32_t i) {
  const Gather *g = to_gather(f);
  if (i >= g->count) return false;
  loop_push_retained(L, loop_idx, g->slot);
  lua_getiuservalue(L, -1, UV_OWN);
  lua_rawgeti(L, -1, (lua_Integer)i + 1);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return true;
}

static const FutureOps gather_ops = {
    "_GatheringFuture", gather_can_cancel, gather_cancel, gather_child, NULL,
    gather_materialize};

/* ===} {=== Making === */

enum { LIST = 1, OPTIONS, LOOP, FUTURES, SEEN };

/* Leaves the awaitables as a list at 1 and the options at 2, from
** gather(a, b, ..., opts) or gather(list, opts). */
static void collect_arguments(lua_State *L) {
  int i, n = lua_gettop(L);
  if (n > 0 && is_plain_table(L, 1)) {
    lua_settop(L, 2);
    return;
  }
  if (n > 0 && is_plain_table(L, n))
    lua_insert(L, 1);
  else {
    lua_pushnil(L);
    lua_insert(L, 1);
    n++;
  }
  lua_createtable(L, n - 1, 0);
  lua_insert(L, 2);
  for (i = n - 1; i > 0; i--) lua_rawseti(L, 2, i);
  lua_insert(L, 1);
}

/* Pushes the loop: of the first awaitable if it is a future, or of here. */
static void push_loop(lua_State *L) {
  int cls;
  lua_rawgeti(L, LIST, 1);
  cls = class_of(L, -1);
  if (cls == UP_FUTURE || cls == UP_TASK) {
    future_push_loop(L, -1);
    lua_replace(L, -2);
  } else {
    lua_pop(L, 1);
    event_loop(L);
  }
}

/* Replaces the awaitable on top by its future. The same coroutine object
** again has the same future; a function is run anew each time. */
static void to_child(lua_State *L) {
  int cls = class_of(L, -1);
  bool is_own = cls == UP_FUTURE || cls == UP_TASK || is_reusable(L, -1);
  if (!is_own) {
    lua_pushvalue(L, -1);
    if (lua_rawget(L, SEEN) != LUA_TNIL) {
      lua_replace(L, -2);
      return;
    }
    lua_pop(L, 1);
  }
  ensure_future(L, LOOP, -1, true);
  if (!is_own) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, SEEN);
  }
  lua_replace(L, -2);
}

/* Raises before any task is made of the others. */
static void check_list(lua_State *L, lua_Integer n) {
  lua_Integer i;
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, LIST, i);
    if (!is_awaitable(L, -1))
      luaL_error(L, "bad argument #%d to 'gather' (awaitable expected, got %s)",
                 (int)i, luaL_typename(L, -1));
    lua_pop(L, 1);
  }
}

static Gather *gather_new(lua_State *L, uint32_t count) {
  Gather *g = (Gather *)(void *)future_new(
      L, LOOP, &gather_ops, sizeof(Gather) + count * sizeof(Child), UP_FUTURE,
      true);
  g->count = count;
  lua_pushvalue(L, FUTURES);
  lua_setiuservalue(L, -2, UV_OWN);
  return g;
}

/* Hooks the i-th child (from 1) up. stack: list of futures ..., gather */
static void watch_child(lua_State *L, Gather *g, uint32_t i) {
  Child *child = &g->children[i - 1];
  lua_rawgeti(L, FUTURES, i);
  child->job.kind = &gather_job;
  child->owner = g;
  child->future = to_future(L, -1);
  lua_pop(L, 1);
  if (child->future->state == FUTURE_PENDING)
    list_append(&child->future->callbacks, &child->job.node);
}

/* Children that were done before report on the spot. stack: ..., gather */
static void count_done(lua_State *L, Gather *g) {
  uint32_t i;
  for (i = 0; i < g->count; i++)
    if (g->children[i].future->state != FUTURE_PENDING)
      child_done(L, g, &g->children[i]);
}

/* asyncio.gather(a, b, ..., {return_exceptions=}) or gather(list, opts) */
static int asyncio_gather(lua_State *L) {
  static const char *const options[] = {"return_exceptions", NULL};
  lua_Integer i, n;
  Gather *g;
  bool return_exceptions;
  collect_arguments(L);
  check_options(L, OPTIONS, "gather", options);
  return_exceptions = option_bool(L, OPTIONS, "gather", "return_exceptions");
  n = (lua_Integer)lua_rawlen(L, LIST);
  check_list(L, n);
  push_loop(L);
  check_open(L, lua_touserdata(L, LOOP));
  lua_createtable(L, (int)n, 0);
  lua_newtable(L);
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, LIST, i);
    to_child(L);
    lua_rawseti(L, FUTURES, i);
  }
  g = gather_new(L, (uint32_t)n);
  g->return_exceptions = return_exceptions;
  g->slot = loop_retain(L, g->group.future.loop, LOOP, -1);
  /* cannot fail from here */
  for (i = 1; i <= n; i++) watch_child(L, g, (uint32_t)i);
  count_done(L, g);
  if (n == 0) succeed(g);
  if (g->finished == g->count) {
    loop_release(L, g->group.future.loop, LOOP, g->slot);
    g->slot = 0;
  }
  return 1;
}

void gather_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"gather", asyncio_gather},
                                       {NULL, NULL}};
  glue_setfuncs(L, functions);
}

/* ===} */
