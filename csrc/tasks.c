/*
** The functions of tasks that Lua calls: create_task, ensure_future, the class
** Task, who runs. Tasks themselves are in task.c.
*/
#include "tasks.h"

#include <stdlib.h>

#include "context.h"
#include "coroutine.h"
#include "loops.h"
#include "step.h"

/* Eager tasks step on the C stack of who makes them: no deeper than this,
** since Lua allows 200 nested C calls; beyond it they start lazily. */
enum { EAGER_DEPTH = 20 };

Task *check_task(lua_State *L, int idx) {
  if (class_of(L, idx) != UP_TASK) luaL_typeerror(L, idx, "Task");
  return lua_touserdata(L, idx);
}

/* {=== Making === */

/* The task on top gets the Context at idx; a copy of the current one for 0. */
static void set_context(lua_State *L, int idx) {
  if (idx == 0)
    context_copy(L);
  else
    lua_pushvalue(L, idx);
  extra_set(L, -2, EXTRA_CONTEXT);
}

/* Pushes a new task of the awaitable, retained, not yet to be stepped.
** `name` and `context` are the indices of these, or 0. */
static Task *push_task(lua_State *L, int loop_idx, int aw, int name,
                       int context) {
  Loop *loop = lua_touserdata(L, loop_idx);
  Task *task;
  bool is_users, is_function = lua_isfunction(L, aw);
  check_open(L, loop);
  if (!is_function) awaitable_check(L, aw, 0);
  task = task_new(L, loop_idx);
  if (name != 0) {
    luaL_tolstring(L, name, NULL);
    extra_set(L, -2, EXTRA_NAME);
  }
  if (loop->core->extras & HAS_CONTEXTS) set_context(L, context);
  task->co = awaitable_thread(L, aw, &is_users);
  lua_setiuservalue(L, -2, UV_OWN);
  task->step.slot = loop_retain(L, loop, loop_idx, -1);
  /* cannot fail from here */
  if (is_users) task->future.flags |= TASK_VISIBLE;
  task->id = ++loop->core->task_count;
  if (name == 0) task->number = ++loop->core->task_names;
  if (!is_function) awaitable_claim(L, aw, task->id);
  if (is_users) coroutine_enter(task->co);
  return task;
}

/* stack: ..., task */
static void start(lua_State *L, int loop_idx, bool is_eager) {
  Task *task = lua_touserdata(L, -1);
  Loop *loop = task->future.loop;
  if (is_eager && loop->running && loop->eager < EAGER_DEPTH)
    task_start_eagerly(L, loop, loop_idx);
  else
    loop_ready(loop, &task->step.job);
}

static const char *const task_options[] = {"name", "eager_start", "context",
                                           "loop", NULL};

static void check_coroutine(lua_State *L, int idx) {
  int cls;
  if (lua_isfunction(L, idx)) return;
  cls = class_of(L, idx);
  if (cls != UP_FUTURE && cls != UP_TASK && is_awaitable(L, idx)) return;
  luaL_error(L, "a coroutine was expected, got %s",
             luaL_tolstring(L, idx, NULL));
}

/* Pushes a task of the awaitable at aw with the options at opts. */
static void make_task(lua_State *L, const char *fname, int loop_idx, int aw,
                      int opts) {
  bool is_eager = false;
  int name = 0, context = 0;
  check_coroutine(L, aw);
  if (!lua_isnoneornil(L, opts)) {
    check_options(L, opts, fname, task_options);
    is_eager = option_bool(L, opts, fname, "eager_start");
    name = option_get(L, opts, "name") == LUA_TNIL ? 0 : lua_gettop(L);
    context = option_context(L, opts, fname) == LUA_TNIL ? 0 : lua_gettop(L);
  }
  push_task(L, loop_idx, aw, name, context);
  start(L, loop_idx, is_eager);
}

/* The same by way of the loop's task factory, if it has one. What is left
** under the task is the caller's to drop. */
static int create_task(lua_State *L, int loop_idx, int aw, int opts) {
  Loop *loop = lua_touserdata(L, loop_idx);
  if (!loop->has_factory) {
    make_task(L, "create_task", loop_idx, aw, opts);
    return 1;
  }
  lua_getiuservalue(L, loop_idx, LOOP_STATE);
  lua_getfield(L, -1, "task_factory");
  lua_pushvalue(L, loop_idx);
  lua_pushvalue(L, aw);
  if (lua_isnoneornil(L, opts))
    lua_newtable(L);
  else
    lua_pushvalue(L, opts);
  lua_call(L, 3, 1);
  return 1;
}

/* asyncio.create_task(aw, {name=, eager_start=}) -> Task */
static int asyncio_create_task(lua_State *L) {
  lua_settop(L, 2);
  running_loop(L);
  return create_task(L, 3, 1, 2);
}

/* Loop:create_task(aw, opts) -> Task */
static int Loop_create_task(lua_State *L) {
  check_open_loop(L, 1);
  lua_settop(L, 3);
  return create_task(L, 1, 2, 3);
}

/* asyncio.Task(coro, {loop=, name=, eager_start=}), called as __call of the
** class: it is at 1. */
static int asyncio_Task(lua_State *L) {
  lua_remove(L, 1);
  lua_settop(L, 2);
  check_options(L, 2, "Task", task_options);
  option_loop(L, 2, "Task");
  make_task(L, "Task", 3, 1, 2);
  return 1;
}

/* asyncio.spawn(fn, ...) -> Task running fn(...) */
static int asyncio_spawn(lua_State *L) {
  int n = lua_gettop(L);
  check_callable(L, 1, "spawn");
  running_loop(L);
  lua_insert(L, 1);
  if (is_coroutine_function(L, 2))
    lua_call(L, n - 1, 1);
  else
    coroutine_bind(L, 2, 3, n - 1);
  lua_pushnil(L);
  return create_task(L, 1, lua_gettop(L) - 1, lua_gettop(L));
}

/* What a task factory returned, on top, or the core itself made. */
static void check_made(lua_State *L) {
  int cls = class_of(L, -1);
  if (cls != UP_FUTURE && cls != UP_TASK)
    luaL_error(L, "the task factory must return a Task or Future, not %s",
               luaL_typename(L, -1));
}

static void check_awaitable(lua_State *L, int idx) {
  if (!is_awaitable(L, idx))
    luaL_error(L,
               "An asyncio.Future, a coroutine or an awaitable is "
               "required, got %s",
               luaL_tolstring(L, idx, NULL));
}

void ensure_future(lua_State *L, int loop_idx, int idx, bool is_quiet) {
  Loop *loop = lua_touserdata(L, loop_idx);
  int top, cls = class_of(L, idx);
  idx = lua_absindex(L, idx);
  loop_idx = lua_absindex(L, loop_idx);
  if (cls == UP_FUTURE || cls == UP_TASK) {
    if (to_future(L, idx)->loop != loop)
      luaL_error(L, "The future belongs to a different loop than the one "
                    "specified as the loop argument");
    lua_pushvalue(L, idx);
    return;
  }
  check_awaitable(L, idx);
  if (loop->closed) awaitable_close(L, idx);
  top = lua_gettop(L);
  lua_pushnil(L);
  create_task(L, loop_idx, idx, top + 1);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  check_made(L);
  if (is_quiet && class_of(L, -1) == UP_TASK)
    to_future(L, -1)->flags |= TASK_QUIET;
}

static const char *const loop_option[] = {"loop", NULL};

/* asyncio.ensure_future(aw, {loop=}) -> Future */
static int asyncio_ensure_future(lua_State *L) {
  int cls = class_of(L, 1);
  lua_settop(L, 2);
  check_options(L, 2, "ensure_future", loop_option);
  check_awaitable(L, 1);
  if ((cls == UP_FUTURE || cls == UP_TASK) &&
      option_get(L, 2, "loop") == LUA_TNIL) {
    lua_pushvalue(L, 1);
    return 1;
  }
  lua_settop(L, 2);
  option_loop(L, 2, "ensure_future");
  ensure_future(L, 3, 1, false);
  return 1;
}

/* ===} {=== Methods === */

/* Task:cancelling() -> requests of cancellation so far */
static int Task_cancelling(lua_State *L) {
  lua_pushinteger(L, check_task(L, 1)->future.requests);
  return 1;
}

/* Task:uncancel() -> requests that remain */
static int Task_uncancel(lua_State *L) {
  Task *task = check_task(L, 1);
  if (task->future.requests > 0) task->future.requests--;
  if (task->future.requests == 0)
    task->future.flags &= (uint16_t)~TASK_MUST_CANCEL;
  return Task_cancelling(L);
}

/* Task:get_coro() -> its Lua coroutine; nil once it is done, unless somebody
** had asked for it before or made it. */
static int Task_get_coro(lua_State *L) {
  Task *task = check_task(L, 1);
  lua_getiuservalue(L, 1, UV_OWN);
  if (lua_isthread(L, -1))
    task->future.flags |= TASK_VISIBLE;
  else
    lua_pushnil(L);
  return 1;
}

static int Task_get_name(lua_State *L) {
  Task *task = check_task(L, 1);
  if (task->number != 0)
    lua_pushfstring(L, "Task-%d", (int)task->number);
  else
    extra_push(L, 1, EXTRA_NAME);
  return 1;
}

static int Task_set_name(lua_State *L) {
  Task *task = check_task(L, 1);
  luaL_checkany(L, 2);
  luaL_tolstring(L, 2, NULL);
  extra_set(L, 1, EXTRA_NAME);
  task->number = 0;
  return 0;
}

/* Task:_quiet(): nobody wants to hear that it was pending at the end. */
static int Task_quiet(lua_State *L) {
  check_task(L, 1)->future.flags |= TASK_QUIET;
  return 0;
}

/* Task:_is_quiet() */
static int Task_is_quiet(lua_State *L) {
  lua_pushboolean(L, (check_task(L, 1)->future.flags & TASK_QUIET) != 0);
  return 1;
}

/* Task:_fut_waiter() -> what it waits for, or nil; is it sleeping? */
static int Task_fut_waiter(lua_State *L) {
  Task *task = check_task(L, 1);
  if (task->co != NULL && task_waiting_on(task) != NULL) {
    lua_pushvalue(task->co, 1);
    lua_xmove(task->co, L, 1);
  } else
    lua_pushnil(L);
  lua_pushboolean(L, (task->future.flags & TASK_SLEEPING) != 0);
  return 2;
}

/* Task:_coroutines() -> its threads, outermost first; empty when done. */
static int Task_coroutines(lua_State *L) {
  Task *task = check_task(L, 1);
  lua_Integer i, n;
  lua_newtable(L);
  if (task->co == NULL) return 1;
  lua_getiuservalue(L, 1, UV_OWN);
  lua_rawseti(L, -2, 1);
  extra_push(L, 1, EXTRA_COROUTINES);
  if (lua_istable(L, -1)) {
    n = (lua_Integer)lua_rawlen(L, -1);
    for (i = 1; i <= n; i++) {
      lua_rawgeti(L, -1, i);
      lua_rawseti(L, -3, i + 1);
    }
  }
  lua_pop(L, 1);
  return 1;
}

/* core.keep_time(): from now on tasks know since when they wait */
static int core_keep_time(lua_State *L) {
  core_of(L)->extras |= KEEPS_TIME;
  return 0;
}

/* Task:_since() -> seconds it has waited for, nil when that is not known */
static int Task_since(lua_State *L) {
  const Task *task = check_task(L, 1);
  extra_push(L, 1, EXTRA_SINCE);
  if (task->future.state != FUTURE_PENDING || !lua_isinteger(L, -1)) return 0;
  lua_pushnumber(
      L,
      (lua_Number)(loop_now(task->future.loop) - lua_tointeger(L, -1)) / 1e9);
  return 1;
}

/* Task:_traceback() -> string of a failed task, or nil */
static int Task_traceback(lua_State *L) {
  check_task(L, 1);
  extra_push(L, 1, EXTRA_TRACEBACK);
  return 1;
}

/* Task:_function() -> the function of an unstarted or finished task; nil for
** one that runs, whose frames tell it */
static int Task_function(lua_State *L) {
  const Task *task = check_task(L, 1);
  lua_State *co;
  lua_Debug ar;
  lua_getiuservalue(L, 1, UV_OWN);
  co = lua_tothread(L, -1);
  if (co == NULL) return 1;
  lua_pushnil(L);
  if (task->co == co && !lua_getstack(co, 0, &ar) && lua_gettop(co) > 1) {
    lua_pushvalue(co, UNSTARTED_FUNCTION);
    lua_xmove(co, L, 1);
  }
  return 1;
}

/* Task:_abandon(): its loop closes. Its coroutines are closed, innermost
** first; returns a list of the errors of their to-be-closed variables. */
static int Task_abandon(lua_State *L) {
  lua_Integer i, errors = 0;
  check_task(L, 1);
  lua_settop(L, 1);
  Task_coroutines(L);
  lua_newtable(L);
  for (i = (lua_Integer)lua_rawlen(L, 2); i > 0; i--) {
    lua_State *co;
    lua_rawgeti(L, 2, i);
    co = lua_tothread(L, -1);
    if (lua_status(co) == LUA_YIELD && coroutine_close(co, L) != LUA_OK) {
      lua_xmove(co, L, 1);
      lua_rawseti(L, 3, ++errors);
    }
    lua_settop(L, 3);
  }
  return 1;
}

/* Task:get_context() -> its Context */
static int Task_get_context(lua_State *L) {
  const Task *task = check_task(L, 1);
  lua_settop(L, 1);
  if (task->future.loop->current == task) {
    context_push_current(L);
    return 1;
  }
  extra_push(L, 1, EXTRA_CONTEXT);
  context_make(L);
  lua_pushvalue(L, -1);
  extra_set(L, 1, EXTRA_CONTEXT);
  return 1;
}

static int not_supported(lua_State *L, const char *method) {
  check_task(L, 1);
  return luaL_error(L, "Task does not support %s operation", method);
}

static int Task_set_result(lua_State *L) {
  return not_supported(L, "set_result");
}

static int Task_set_exception(lua_State *L) {
  return not_supported(L, "set_exception");
}

/* ===} {=== Who runs === */

/* The loop at idx or the running one; pushed. */
static Loop *optional_loop(lua_State *L, int idx) {
  if (lua_isnoneornil(L, idx)) return running_loop(L);
  lua_pushvalue(L, idx);
  return check_loop(L, idx);
}

/* asyncio.current_task([loop]) -> Task or nil */
static int asyncio_current_task(lua_State *L) {
  const Loop *loop = optional_loop(L, 1);
  if (loop->current == NULL)
    lua_pushnil(L);
  else
    loop_push_retained(L, -1, loop->current->step.slot);
  return 1;
}

typedef struct Entry {
  uint32_t id, slot;
} Entry;

static int compare_entries(const void *a, const void *b) {
  const Entry *x = a, *y = b;
  return x->id < y->id ? -1 : x->id > y->id;
}

/* Fills in the loop's unfinished tasks; returns how many. stack: ..., loop */
static uint32_t collect_tasks(lua_State *L, const Loop *loop, Entry *entries) {
  uint32_t slot, n = 0;
  for (slot = 1; slot <= loop->slots; slot++) {
    loop_push_retained(L, -2, slot);
    if (class_of(L, -1) == UP_TASK) {
      const Task *task = lua_touserdata(L, -1);
      if (task->future.state == FUTURE_PENDING) {
        entries[n].id = task->id;
        entries[n++].slot = slot;
      }
    }
    lua_pop(L, 1);
  }
  return n;
}

/* asyncio.all_tasks([loop]) -> list and set, in order of creation */
static int asyncio_all_tasks(lua_State *L) {
  const Loop *loop = optional_loop(L, 1);
  Entry *entries = lua_newuserdatauv(L, (loop->slots + 1) * sizeof(Entry), 0);
  uint32_t i, n = loop->closed ? 0 : collect_tasks(L, loop, entries);
  qsort(entries, n, sizeof(Entry), compare_entries);
  lua_createtable(L, (int)n, (int)n);
  for (i = 0; i < n; i++) {
    loop_push_retained(L, -3, entries[i].slot);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, (lua_Integer)i + 1);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
  }
  return 1;
}

/* Task:_is_due_to_raise() -> is a CancelledError due at its next step? */
static int Task_is_due_to_raise(lua_State *L) {
  lua_pushboolean(L, task_is_due_to_raise(check_task(L, 1)));
  return 1;
}

/* Loop:_set_has_factory(boolean) */
static int Loop_set_has_factory(lua_State *L) {
  check_loop(L, 1)->has_factory = lua_toboolean(L, 2);
  return 0;
}

void tasks_open(lua_State *L) {
  static const luaL_Reg methods[] = {{"cancelling", Task_cancelling},
                                     {"uncancel", Task_uncancel},
                                     {"get_coro", Task_get_coro},
                                     {"get_name", Task_get_name},
                                     {"set_name", Task_set_name},
                                     {"get_context", Task_get_context},
                                     {"set_result", Task_set_result},
                                     {"set_exception", Task_set_exception},
                                     {"_quiet", Task_quiet},
                                     {"_is_quiet", Task_is_quiet},
                                     {"_fut_waiter", Task_fut_waiter},
                                     {"_coroutines", Task_coroutines},
                                     {"_traceback", Task_traceback},
                                     {"_since", Task_since},
                                     {"_function", Task_function},
                                     {"_abandon", Task_abandon},
                                     {"_is_due_to_raise", Task_is_due_to_raise},
                                     {NULL, NULL}};
  static const luaL_Reg loop_methods[] = {
      {"create_task", Loop_create_task},
      {"_set_has_factory", Loop_set_has_factory},
      {NULL, NULL}};
  static const luaL_Reg functions[] = {{"create_task", asyncio_create_task},
                                       {"Task", asyncio_Task},
                                       {"spawn", asyncio_spawn},
                                       {"ensure_future", asyncio_ensure_future},
                                       {"current_task", asyncio_current_task},
                                       {"keep_time", core_keep_time},
                                       {"all_tasks", asyncio_all_tasks},
                                       {NULL, NULL}};
  glue_class(L, UP_TASK, NULL, methods);
  glue_class(L, UP_LOOP, NULL, loop_methods);
  glue_setfuncs(L, functions);
}

/* ===} */
