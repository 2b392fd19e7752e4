/*
** A line of futures, first come, first served: what tasks wait in for a lock,
** an event or a queue. Waiting in it is one yield; what to do when it ends is
** the caller's, in lua/asyncio/locks.lua and queues.lua.
*/
#include "waiters.h"

#include "errors.h"
#include "futures.h"
#include "task.h"

/* Invariant: first .. last are the places of futures in the table, user value
** 1, with holes where one left, but none at first. Before the place `pending`
** none is pending, and before `wanted` all were cancelled: what one is it
** stays, so each is looked at once. */
typedef struct Waiters {
  lua_Integer first, last, pending, wanted;
  uint32_t missed; /* wakes for which there was nobody, or not enough */
} Waiters;

/* Key of the registry: the metatable of lines. */
static const char class_key = 0;

static Waiters *check_waiters(lua_State *L) {
  if (!has_metatable(L, 1, core_of(L)->waiters_class))
    luaL_typeerror(L, 1, "line of waiters");
  return lua_touserdata(L, 1);
}

/* {=== Places === */

/* Pushes what is at the place of the table on top, and returns the future;
** NULL for none. */
static Future *push_at(lua_State *L, lua_Integer place) {
  return lua_rawgeti(L, -1, place) == LUA_TNIL ? NULL : to_future(L, -1);
}

static void reset(Waiters *w) {
  w->first = w->pending = w->wanted = 1;
  w->last = 0;
}

/* Takes what is at the place out. stack: ..., table. Cannot raise. */
static void take_out(lua_State *L, Waiters *w, lua_Integer place) {
  bool is_there = false;
  lua_pushnil(L);
  lua_rawseti(L, -2, place);
  if (place != w->first) return;
  while (!is_there && ++w->first <= w->last) {
    is_there = push_at(L, w->first) != NULL;
    lua_pop(L, 1);
  }
  if (!is_there) reset(w);
}

/* Moves the cursor, `pending` or `wanted`, to the first future that will do,
** and pushes that; or returns NULL and pushes nothing. stack: ..., table */
static Future *find(lua_State *L, Waiters *w, lua_Integer *cursor,
                    bool (*will_do)(const Future *f)) {
  if (*cursor < w->first) *cursor = w->first;
  for (; *cursor <= w->last; ++*cursor) {
    Future *f = push_at(L, *cursor);
    if (f != NULL && will_do(f)) return f;
    lua_pop(L, 1);
  }
  return NULL;
}

static bool is_pending(const Future *f) {
  return f->state == FUTURE_PENDING;
}
static bool is_uncancelled(const Future *f) {
  return f->state != FUTURE_CANCELLED;
}

/* ===} {=== Waiting === */

enum { WAIT_FUTURE = 1, WAIT_LINE, WAIT_PLACE }; /* the frame of wait */

/* Takes the future out, unless who woke it has: then another may be there. */
static void leave(lua_State *L) {
  Waiters *w = lua_touserdata(L, WAIT_LINE);
  lua_Integer place = lua_tointeger(L, WAIT_PLACE);
  lua_getiuservalue(L, WAIT_LINE, 1);
  if (push_at(L, place) == to_future(L, WAIT_FUTURE)) {
    lua_pop(L, 1);
    take_out(L, w, place);
    lua_pop(L, 1);
  } else
    lua_pop(L, 2);
}

/* A light C function: raises why the wait failed. stack: future, task */
static int raise_reason(lua_State *L) {
  raise_if_cancelled(L, lua_touserdata(L, 2), to_future(L, 1));
  return future_outcome(L, 1);
}

static int wait_failed(lua_State *L, Task *task, const Future *f) {
  bool is_woken = f->state == FUTURE_DONE || f->state == FUTURE_FAILED;
  lua_pushboolean(L, 0);
  lua_pushcfunction(L, raise_reason);
  lua_pushvalue(L, WAIT_FUTURE);
  lua_pushlightuserdata(L, task);
  lua_pcall(L, 2, 1, 0);
  lua_pushboolean(L, is_woken);
  return 3;
}

static int wait_resumed(lua_State *L, int status, lua_KContext context) {
  const Future *f = to_future(L, WAIT_FUTURE);
  Task *task;
  (void)status;
  (void)context;
  leave(L);
  task = resumed_task(L);
  if (f->state != FUTURE_DONE || has_flag(task, TASK_MUST_CANCEL))
    return wait_failed(L, task, f);
  lua_pushboolean(L, 1);
  return 1;
}

/* Waiters:wait() -> true, was it woken before it stood in the line?; or false,
** error, was it woken all the same? Waits at the end of the line. Making the
** future may run finalizers, and one may do what is waited for: release a lock,
** put an item. */
static int Waiters_wait(lua_State *L) {
  Waiters *w = check_waiters(L);
  Task *task = awaiting_task(L);
  uint32_t missed = w->missed;
  Future *f;
  lua_settop(L, 1);
  core_push(L, CORE_RUNNING);
  f = future_new(L, 2, &future_ops, sizeof(Future), UP_FUTURE, false);
  if (w->missed != missed) {
    lua_pushboolean(L, 1);
    lua_pushboolean(L, 1);
    return 2;
  }
  lua_getiuservalue(L, 1, 1);
  lua_pushvalue(L, 3);
  lua_rawseti(L, 4, w->last + 1);
  /* cannot fail from here */
  w->last++;
  lua_copy(L, 1, WAIT_LINE);
  lua_copy(L, 3, WAIT_FUTURE);
  lua_settop(L, WAIT_LINE);
  lua_pushinteger(L, w->last);
  return task_park(L, task, f, 0, wait_resumed);
}

/* ===} {=== Waking === */

/* Waiters:wake(value, n): the first n that wait get the value; n is 1 if it is
** absent -> was there one? */
static int Waiters_wake(lua_State *L) {
  Waiters *w = check_waiters(L);
  lua_Number n = luaL_optnumber(L, 3, 1);
  bool is_one = false;
  lua_settop(L, 2);
  lua_getiuservalue(L, 1, 1);
  for (; n > 0 && find(L, w, &w->pending, is_pending); n--) {
    is_one = true;
    lua_pushvalue(L, 2);
    future_resolve(L, -2, 1);
    lua_pop(L, 1);
  }
  if (n > 0) w->missed++;
  lua_pushboolean(L, is_one);
  return 1;
}

/* Waiters:wake_first(value): the first in the line, unless it was woken
** already */
static int Waiters_wake_first(lua_State *L) {
  Waiters *w = check_waiters(L);
  const Future *f;
  lua_settop(L, 2);
  lua_getiuservalue(L, 1, 1);
  f = push_at(L, w->first);
  if (f == NULL) w->missed++;
  if (f == NULL || !is_pending(f)) return 0;
  lua_pushvalue(L, 2);
  future_resolve(L, -2, 1);
  return 0;
}

/* Waiters:wake_out() -> is there another? The first that waits is woken, and
** taken out of the line. */
static int Waiters_wake_out(lua_State *L) {
  Waiters *w = check_waiters(L);
  bool is_woken = false;
  lua_settop(L, 1);
  lua_getiuservalue(L, 1, 1);
  while (!is_woken && w->first <= w->last) {
    is_woken = is_pending(push_at(L, w->first));
    lua_pushvalue(L, 2);
    take_out(L, w, w->first);
    if (is_woken) future_resolve(L, 3, 0);
    lua_settop(L, 2);
  }
  if (!is_woken) w->missed++;
  lua_pushboolean(L, w->first <= w->last);
  return 1;
}

/* ===} {=== Looking === */

/* Waiters:is_wanted() -> is there one that was not cancelled? */
static int Waiters_is_wanted(lua_State *L) {
  Waiters *w = check_waiters(L);
  lua_getiuservalue(L, 1, 1);
  lua_pushboolean(L, find(L, w, &w->wanted, is_uncancelled) != NULL);
  return 1;
}

/* Waiters:count() */
static int Waiters_count(lua_State *L) {
  const Waiters *w = check_waiters(L);
  lua_Integer place, n = 0;
  lua_getiuservalue(L, 1, 1);
  for (place = w->first; place <= w->last; place++) {
    if (push_at(L, place) != NULL) n++;
    lua_pop(L, 1);
  }
  lua_pushinteger(L, n);
  return 1;
}

/* core.waiters() -> an empty line */
static int core_waiters(lua_State *L) {
  Waiters *w = new_userdata(L, sizeof(Waiters), 1);
  w->missed = 0;
  reset(w);
  lua_newtable(L);
  lua_setiuservalue(L, -2, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_setmetatable(L, -2);
  return 1;
}

void waiters_open(lua_State *L) {
  static const luaL_Reg metamethods[] = {{NULL, NULL}};
  static const luaL_Reg methods[] = {{"wait", Waiters_wait},
                                     {"wake", Waiters_wake},
                                     {"wake_first", Waiters_wake_first},
                                     {"wake_out", Waiters_wake_out},
                                     {"is_wanted", Waiters_is_wanted},
                                     {"count", Waiters_count},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"waiters", core_waiters}, {NULL, NULL}};
  core_get(L)->waiters_class =
      glue_private_class(L, &class_key, metamethods, methods);
  glue_setfuncs(L, functions);
}

/* ===} */
