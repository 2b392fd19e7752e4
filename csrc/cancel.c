/*
** Cancelling: a walk from a future to what it waits for, in a loop and without
** recursion, since chains may be of any length. From task to task along the
** chain; through the children of a Group with a cursor kept in it.
*/
#include "cancel.h"

bool future_can_cancel(const Future *f) {
  if (f->state != FUTURE_PENDING) return false;
  return f->ops->can_cancel == NULL || f->ops->can_cancel(f);
}

typedef struct Walk {
  int msg, loop_idx;
  Group *group; /* innermost of the groups that are being walked */
  uint32_t epoch;
  /* Brent's check for tasks that wait in a circle */
  const Future *mark;
  uint32_t steps, limit;
} Walk;

static bool is_circle(Walk *walk, const Future *f) {
  if (f == walk->mark) return true;
  if (++walk->steps < walk->limit) return false;
  walk->mark = f;
  walk->steps = 0;
  walk->limit *= 2;
  return false;
}

static bool is_walked(const Walk *walk, const Group *group) {
  const Group *g;
  for (g = walk->group; g != NULL && g != group; g = g->outer)
    ;
  return g != NULL;
}

/* `waiter` waits for it, or is NULL. One that has been seen is not entered
** again; if a child of it waits for it, that is a circle too. */
static void enter_group(Walk *walk, Group *group, Future *waiter) {
  if (group->epoch == walk->epoch) {
    if (waiter != NULL && waiter->ops->interrupt != NULL &&
        is_walked(walk, group))
      waiter->ops->interrupt(waiter);
    return;
  }
  group->epoch = walk->epoch;
  group->next = 0;
  group->outer = walk->group;
  walk->group = group;
}

/* Pushes the next child of the innermost group, or returns false. */
static bool next_child(lua_State *L, Walk *walk) {
  while (walk->group != NULL) {
    Group *group = walk->group;
    Future *f = &group->future;
    walk->mark = NULL;
    walk->steps = 0;
    walk->limit = 2;
    if (f->ops->child(L, f, walk->loop_idx, group->next++)) return true;
    walk->group = group->outer;
  }
  return false;
}

/* Cancels the future on top, which is popped, and what it waits for. */
static void walk_chain(lua_State *L, Walk *walk) {
  Future *waiter = NULL; /* whose cancelling has led to this one */
  do {
    Future *f = to_future(L, -1);
    f->flags &= (uint16_t)~FUTURE_UNRETRIEVED;
    if (!future_can_cancel(f))
      lua_pop(L, 1);
    else if (is_circle(walk, f)) {
      if (f->ops->interrupt != NULL) f->ops->interrupt(f);
      lua_pop(L, 1);
    } else {
      bool has_next = f->ops->cancel(L, f, walk->msg);
      if (f->ops->child != NULL) enter_group(walk, (Group *)(void *)f, waiter);
      waiter = f;
      if (has_next) continue;
    }
    waiter = NULL;
    if (!next_child(L, walk)) return;
  } while (true);
}

/* Of a closed loop: what it waits for and who waits for it may be gone. */
static bool cancel_alone(lua_State *L, Future *f, int idx, int msg) {
  lua_pushvalue(L, idx);
  future_ops.cancel(L, f, msg);
  return true;
}

bool future_cancel(lua_State *L, int idx, int msg) {
  Future *f = to_future(L, idx);
  Walk walk = {0, 0, NULL, 0, NULL, 0, 2};
  f->flags &= (uint16_t)~FUTURE_UNRETRIEVED;
  if (f->state != FUTURE_PENDING) return false;
  if (f->loop->closed) return cancel_alone(L, f, idx, msg);
  if (!future_can_cancel(f)) return false;
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  walk.epoch = ++f->loop->cancel_epoch;
  walk.msg = msg;
  idx = lua_absindex(L, idx);
  future_push_loop(L, idx);
  walk.loop_idx = lua_gettop(L);
  lua_pushvalue(L, idx);
  walk_chain(L, &walk);
  lua_pop(L, 1);
  return true;
}
