/*
** A task's stack of coroutines: those that it awaits on threads of their own,
** and the user's that it has resumed. A list in the task's extras, outermost
** first, without the task's own; the resumed ones are keys of it too.
*/
#include "stack.h"

#include "errors.h"

/* Pushes the list of the coroutines of the running task. */
static void push_list(lua_State *L, const Task *task) {
  core_push(L, CORE_RUNNING);
  loop_push_retained(L, -1, task->step.slot);
  extra_push(L, -1, EXTRA_COROUTINES);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    extra_set(L, -3, EXTRA_COROUTINES);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/* Appends the coroutine, which is under the list on top, and pops the list.
** May raise, and then has changed nothing. */
static void append(lua_State *L, Task *task) {
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  task->future.flags |= TASK_STACKED;
  lua_pop(L, 1);
}

/* Takes the innermost coroutine off the stack; the one below is innermost
** then. Returns the one taken off. stack: ..., task */
static lua_State *pop_coroutine(lua_State *L, Task *task) {
  lua_State *from = task->co;
  lua_Integer depth;
  extra_push(L, -1, EXTRA_COROUTINES);
  depth = (lua_Integer)lua_rawlen(L, -1);
  lua_pushnil(L);
  lua_rawseti(L, -2, depth);
  if (depth > 1)
    lua_rawgeti(L, -1, depth - 1);
  else {
    task->future.flags &= (uint16_t)~TASK_STACKED;
    lua_getiuservalue(L, -2, UV_OWN);
  }
  task->co = lua_tothread(L, -1);
  lua_pop(L, 2);
  return from;
}

int stack_end_awaited(lua_State *L, Task *task) {
  lua_State *from = pop_coroutine(L, task);
  int n = lua_gettop(from);
  check_room(L, task->co, n);
  lua_xmove(from, task->co, n);
  return n;
}

int stack_end_resumed(lua_State *L, Task *task, bool ok, int n) {
  lua_State *from = pop_coroutine(L, task), *to = task->co;
  extra_push(L, -1, EXTRA_COROUTINES);
  lua_pushnil(L);
  lua_rawsetp(L, -2, from);
  lua_pop(L, 1);
  if (!lua_checkstack(to, n + 1)) {
    lua_pop(from, n);
    lua_pushboolean(to, 0);
    lua_pushnil(to);
    return 2;
  }
  lua_pushboolean(to, ok);
  lua_xmove(from, to, n);
  return n + 1;
}

bool stack_is_resumed(lua_State *L, const Task *task) {
  bool resumed;
  job_push_retained(L, task->step.slot);
  extra_push(L, -1, EXTRA_COROUTINES);
  resumed = lua_rawgetp(L, -1, task->co) != LUA_TNIL;
  lua_pop(L, 3);
  return resumed;
}

/* An awaited coroutine on a thread of its own has ended; `first` is where it
** left ok, function, results or error. */
static int popped(lua_State *L, int status, lua_KContext first) {
  (void)status;
  resumed_task(L);
  if (lua_toboolean(L, (int)first)) return lua_gettop(L) - (int)first - 1;
  traceback_keep(L);
  return lua_error(L);
}

int task_push(lua_State *L) {
  Task *task = awaiting_task(L);
  Loop *loop = task->future.loop;
  loop->pushed = lua_tothread(L, -1);
  loop->pushed_values = lua_gettop(loop->pushed) - 1;
  push_list(L, task);
  append(L, task);
  return task_yield(L, loop, REQUEST_PUSH, lua_gettop(L) + 1, popped);
}

int task_resume(lua_State *L, int n, lua_KContext ctx, lua_KFunction k) {
  Task *task = core_of(L)->running->current;
  Loop *loop = task->future.loop;
  lua_State *co = lua_tothread(L, -1);
  check_room(L, co, n);
  push_list(L, task);
  lua_pushboolean(L, 1);
  lua_rawsetp(L, -2, co); /* it is the user's: step.c */
  append(L, task);
  lua_pop(L, 1);
  lua_xmove(L, co, n);
  loop->pushed = co;
  loop->pushed_values = n;
  return task_yield(L, loop, REQUEST_PUSH, ctx, k);
}
