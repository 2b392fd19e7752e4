/*
** Tasks: a coroutine, or a stack of them, that the loop steps. The one resume
** site of the core; the one place where coroutines yield is task_yield.
*/
#include "task.h"

#include <stdlib.h>
#include <string.h>

#include "coroutine.h"
#include "errors.h"

/* Eager tasks step on the C stack of who makes them: no deeper than this,
** since Lua allows 200 nested C calls; beyond it they start lazily. */
enum { EAGER_DEPTH = 20 };

static void set_flag(Task *task, int flag) {
  task->future.flags |= (uint16_t)flag;
}

static void clear_flag(Task *task, int flag) {
  task->future.flags &= (uint16_t)~flag;
}

static bool has_flag(const Task *task, int flag) {
  return (task->future.flags & flag) != 0;
}

Task *check_task(lua_State *L, int idx) {
  if (class_of(L, idx) != UP_TASK) luaL_typeerror(L, idx, "Task");
  return lua_touserdata(L, idx);
}

static Task *task_of(Job *job) {
  return (Task *)(void *)((char *)job - offsetof(Task, step));
}

/* {=== Ending === */

/* The task is over: its thread goes, unless others know it; its function
** stays, for its name. stack: ..., task, function */
static void task_end(lua_State *L, Loop *loop, Task *task) {
  if (has_flag(task, TASK_VISIBLE))
    lua_pop(L, 1);
  else
    lua_setiuservalue(L, -2, UV_OWN);
  task->co = NULL;
  job_release(L, loop, task->step.slot);
  task->step.slot = 0;
}

/* Cancelled by request: with the message. stack: ..., task */
static void end_cancelled(lua_State *L, Task *task) {
  clear_flag(task, TASK_MUST_CANCEL);
  extra_push(L, -1, EXTRA_MESSAGE);
  lua_setiuservalue(L, -2, UV_RESULT);
  future_complete(&task->future, FUTURE_CANCELLED);
}

/* stack: ..., task, error, which is popped */
static void end_failed(lua_State *L, Task *task) {
  if (is_exception(L, -1, CANCELLED_ERROR)) {
    lua_setiuservalue(L, -2, UV_RESULT);
    task->future.flags |= FUTURE_CANCEL_ERROR;
    future_complete(&task->future, FUTURE_CANCELLED);
    return;
  }
  traceback_push(L, -1);
  extra_set(L, -3, EXTRA_TRACEBACK);
  future_reject(L, -2);
}

/* A light C function. stack: task, results */
static int resolve(lua_State *L) {
  future_resolve(L, 1, lua_gettop(L) - 1);
  return 0;
}

/* stack: ..., task; n results on co. */
static void end_returned(lua_State *L, Task *task, int n) {
  lua_State *co = task->co;
  if (n <= 1) {
    lua_xmove(co, L, n);
    future_resolve(L, -1 - n, n);
    return;
  }
  lua_pushcfunction(L, resolve);
  lua_pushvalue(L, -2);
  if (lua_checkstack(L, n)) {
    lua_xmove(co, L, n);
    if (lua_pcall(L, n + 1, 0, 0) == LUA_OK) return;
  } else {
    lua_pop(L, 2);
    lua_pushliteral(L, "stack overflow (too many results)");
  }
  end_failed(L, task);
}

/* Fatal errors leave the loop as well. stack: ..., task */
static void pass_on_fatal(lua_State *L, Task *task) {
  if (task->future.state != FUTURE_FAILED) return;
  lua_getiuservalue(L, -1, UV_RESULT);
  if (is_fatal(L, -1)) lua_error(L);
  lua_pop(L, 1);
}

/* The outermost coroutine has ended; its stack: ok, function, results or
** error. stack: ..., task */
static void end(lua_State *L, Loop *loop, Task *task) {
  lua_State *co = task->co;
  if (!lua_toboolean(co, ENTRY_OK)) {
    lua_xmove(co, L, 1);
    end_failed(L, task);
  } else if (has_flag(task, TASK_MUST_CANCEL))
    end_cancelled(L, task);
  else
    end_returned(L, task, lua_gettop(co) - ENTRY_FUNCTION);
  lua_settop(co, ENTRY_FUNCTION);
  lua_xmove(co, L, 1);
  lua_settop(co, 0); /* dead, and not unstarted */
  task_end(L, loop, task);
  pass_on_fatal(L, task);
}

/* Cancelled before its first step: the body never runs. stack: ..., task */
static void end_unstarted(lua_State *L, Loop *loop, Task *task) {
  end_cancelled(L, task);
  lua_pushvalue(task->co, UNSTARTED_FUNCTION);
  lua_xmove(task->co, L, 1);
  coroutine_close(task->co, L);
  task_end(L, loop, task);
}

/* ===} {=== Stepping === */

/* The thread died without its entry's protection (no memory, or an outsider
** closed it), with an error on top: makes it look like a failed entry. */
static void bury(lua_State *L, lua_State *co) {
  lua_Debug ar;
  lua_xmove(co, L, 1);
  if (lua_status(co) != LUA_OK || !lua_getstack(co, 0, &ar))
    coroutine_close(co, L);
  lua_settop(co, 0);
  lua_pushboolean(co, 0);
  lua_pushnil(co);
  lua_xmove(L, co, 1);
}

/* An awaited coroutine has ended: what it left goes to the one that awaits
** it. Returns how many values. stack: ..., task */
static int pop_coroutine(lua_State *L, Task *task) {
  lua_State *from = task->co, *to;
  int n = lua_gettop(from);
  lua_Integer depth;
  extra_push(L, -1, EXTRA_COROUTINES);
  depth = (lua_Integer)lua_rawlen(L, -1);
  lua_pushnil(L);
  lua_rawseti(L, -2, depth);
  if (depth > 1)
    lua_rawgeti(L, -1, depth - 1);
  else {
    clear_flag(task, TASK_STACKED);
    lua_getiuservalue(L, -2, UV_OWN);
  }
  to = lua_tothread(L, -1);
  task->co = to;
  check_room(L, to, n);
  lua_xmove(from, to, n);
  lua_pop(L, 2);
  return n;
}

/* A coroutine.yield of the user's: bare, it is a turn of the loop; with
** values it is an error, raised at the next step. */
static void foreign_yield(lua_State *L, Loop *loop, Task *task, int n) {
  set_flag(task, TASK_YIELDED);
  if (n > 0) {
    lua_State *co = task->co;
    const char *value = lua_type(co, -n) == LUA_TSTRING ||
                                lua_type(co, -n) == LUA_TNUMBER
                            ? lua_tostring(co, -n)
                            : luaL_typename(co, -n);
    job_push_retained(L, task->step.slot);
    lua_pushfstring(L, "Task got bad yield: %s", value);
    extra_set(L, -2, EXTRA_THROW);
    lua_pop(L, 1);
    lua_pop(co, n);
  }
  loop_ready(loop, &task->step.job);
}

/* Resumes the task's coroutines until it waits or has ended. */
static void run(lua_State *L, Loop *loop, Task *task, int n) {
  for (;;) {
    int results, status;
    loop->request = REQUEST_NONE;
    loop->depth = 0;
    status = lua_resume(task->co, L, n, &results);
    if (status == LUA_YIELD) {
      if (loop->request == REQUEST_WAIT) return;
      if (loop->request == REQUEST_NONE) {
        foreign_yield(L, loop, task, results);
        return;
      }
      task->co = loop->pushed;
      n = lua_gettop(task->co) - 1;
      continue;
    }
    if (status != LUA_OK) bury(L, task->co);
    job_push_retained(L, task->step.slot);
    if (!has_flag(task, TASK_STACKED)) break;
    n = pop_coroutine(L, task);
    lua_pop(L, 1);
  }
  end(L, loop, task);
  lua_pop(L, 1);
}

/* Called at the first instruction after a coroutine.yield. */
static void throw_hook(lua_State *co, lua_Debug *ar) {
  Core *core = core_get(co);
  Task *task = core->running->current;
  (void)ar;
  lua_sethook(co, core->hook, core->hook_mask, core->hook_count);
  if (has_flag(task, TASK_MUST_CANCEL)) task_raise_cancelled(co, task);
  luaL_where(co, 0);
  core_push_any(co, CORE_RUNNING);
  loop_push_retained(co, -1, task->step.slot);
  extra_push(co, -1, EXTRA_THROW);
  lua_pushnil(co);
  extra_set(co, -3, EXTRA_THROW);
  lua_replace(co, -3);
  lua_pop(co, 1);
  lua_concat(co, 2);
  lua_error(co);
}

/* Nothing of ours is in the way where a coroutine yielded by itself: an error
** can only be raised there by a hook, which is lent for one instruction. */
static void throw_if_due(lua_State *L, Task *task) {
  bool is_due = has_flag(task, TASK_MUST_CANCEL);
  clear_flag(task, TASK_YIELDED);
  if (!is_due) {
    job_push_retained(L, task->step.slot);
    extra_push(L, -1, EXTRA_THROW);
    is_due = !lua_isnil(L, -1);
    lua_pop(L, 2);
  }
  if (is_due) {
    Core *core = task->future.loop->core;
    core->hook = lua_gethook(task->co);
    core->hook_mask = lua_gethookmask(task->co);
    core->hook_count = lua_gethookcount(task->co);
    lua_sethook(task->co, throw_hook, LUA_MASKCOUNT, 1);
  }
}

static void step_run(lua_State *L, Loop *loop, Job *job) {
  Task *task = task_of(job), *previous = loop->current;
  int n = 0;
  if (task->future.state != FUTURE_PENDING) return; /* it was stranded */
  clear_flag(task, TASK_PARKED | TASK_SLEEPING);
  if (lua_status(task->co) == LUA_OK && lua_gettop(task->co) > 0) {
    if (has_flag(task, TASK_MUST_CANCEL)) {
      job_push_retained(L, task->step.slot);
      end_unstarted(L, loop, task);
      lua_pop(L, 1);
      return;
    }
    n = lua_gettop(task->co) - 1;
  }
  if (has_flag(task, TASK_YIELDED)) throw_if_due(L, task);
  loop->current = task;
  run(L, loop, task, n);
  loop->current = previous;
}

/* The step itself raised, not the coroutine: there was no memory, or the
** error is fatal. stack: ..., error, report */
static void step_failed(lua_State *L, Loop *loop, Job *job) {
  Task *task = task_of(job);
  if (task->future.state != FUTURE_PENDING || task->step.slot == 0) return;
  job_push_retained(L, task->step.slot);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "task");
  lua_pushvalue(L, -3);
  future_reject(L, -2);
  if (lua_status(task->co) == LUA_YIELD) coroutine_close(task->co, L);
  lua_pushnil(L);
  task_end(L, loop, task);
  lua_pop(L, 1);
}

static const JobKind step_job = {step_run, step_failed};

/* The sleep is over: the task goes on in the next pass. */
static void sleep_due(lua_State *L, Loop *loop, Job *job) {
  (void)L;
  clear_flag(task_of(job), TASK_SLEEPING);
  job->kind = &step_job;
  loop_ready(loop, job);
}

static const JobKind sleep_job = {sleep_due, NULL};

/* ===} {=== Waiting === */

static int misplaced_await(lua_State *L, const Loop *loop) {
  if (loop == NULL || loop->current == NULL)
    return luaL_error(L, "await outside a task: start one with asyncio.run "
                         "or asyncio.create_task");
  if (loop->current->co != L)
    return luaL_error(L, "await inside a coroutine that is not the task's own: "
                         "coroutine.wrap and coroutine.resume cannot pass an "
                         "await on, asyncio.coroutine.wrap will");
  return luaL_error(L, "await across a C call (table.sort, string.gsub, "
                       "require, a metamethod of a C function ...), which "
                       "cannot be suspended");
}

Task *awaiting_task(lua_State *L) {
  const Loop *loop = core_of(L)->running;
  if (loop != NULL && loop->current != NULL && loop->current->co == L &&
      lua_isyieldable(L))
    return loop->current;
  misplaced_await(L, loop);
  return NULL;
}

Future *task_waiting_on(const Task *task) {
  if (!has_flag(task, TASK_PARKED) || lua_status(task->co) != LUA_YIELD)
    return NULL;
  return lua_touserdata(task->co, 1);
}

/* The only yield of the core. */
static int task_yield(lua_State *L, Loop *loop, int request, lua_KContext ctx,
                      lua_KFunction k) {
  loop->request = request;
  return lua_yieldk(L, 0, ctx, k);
}

/* A pending cancellation lands on what the task has just begun to wait for.
** stack: 1 future */
static void cancel_at_once(lua_State *L, Task *task) {
  core_push(L, CORE_RUNNING);
  loop_push_retained(L, -1, task->step.slot);
  extra_push(L, -1, EXTRA_MESSAGE);
  if (future_cancel(L, 1, lua_isnil(L, -1) ? 0 : lua_gettop(L)))
    clear_flag(task, TASK_MUST_CANCEL);
  lua_pop(L, 3);
}

/* A future of another loop, or the task itself, is an error at the next
** step; task_park's continuation finds it pending then. */
int task_park(lua_State *L, Task *task, lua_KContext ctx, lua_KFunction k) {
  Future *f = to_future(L, 1);
  Loop *loop = task->future.loop;
  if (f == &task->future || f->loop != loop)
    loop_ready(loop, &task->step.job);
  else {
    list_append(&f->callbacks, &task->step.job.node);
    set_flag(task, TASK_PARKED);
    if (has_flag(task, TASK_MUST_CANCEL)) cancel_at_once(L, task);
  }
  return task_yield(L, loop, REQUEST_WAIT, ctx, k);
}

int task_sleep(lua_State *L, Task *task, double delay, lua_KFunction k) {
  Loop *loop = task->future.loop;
  if (delay <= 0 || has_flag(task, TASK_MUST_CANCEL))
    loop_ready(loop, &task->step.job);
  else {
    loop_reserve_timer(L, loop);
    task->step.job.kind = &sleep_job;
    set_flag(task, TASK_SLEEPING);
    loop_start_timer(loop, &task->step, loop_deadline(loop, delay));
  }
  return task_yield(L, loop, REQUEST_WAIT, 0, k);
}

/* Somebody else resumed the coroutine that is parked on the future at 1, or
** sleeps: its task must not go on waiting there. */
static void unpark(lua_State *L) {
  Future *f = to_future(L, 1);
  uint32_t slot;
  int cls = class_of(L, 1);
  if ((cls != UP_FUTURE && cls != UP_TASK) || f->loop->closed) return;
  future_push_loop(L, 1);
  for (slot = 1; slot <= f->loop->slots; slot++) {
    Task *task;
    loop_push_retained(L, -1, slot);
    task = lua_touserdata(L, -1);
    if (class_of(L, -1) == UP_TASK && task->co == L &&
        has_flag(task, TASK_PARKED)) {
      if (f->state == FUTURE_PENDING) {
        list_remove(&f->callbacks, &task->step.job.node);
        loop_ready(f->loop, &task->step.job);
      }
      clear_flag(task, TASK_PARKED);
    }
    lua_pop(L, 1);
  }
}

Task *resumed_task(lua_State *L) {
  const Loop *loop = core_of(L)->running;
  if (loop != NULL && loop->current != NULL && loop->current->co == L)
    return loop->current;
  unpark(L);
  luaL_error(L, "await wasn't used with future");
  return NULL;
}

int task_raise_cancelled(lua_State *L, Task *task) {
  clear_flag(task, TASK_MUST_CANCEL | TASK_AWAKENED);
  core_push_any(L, CORE_RUNNING);
  loop_push_retained(L, -1, task->step.slot);
  extra_push(L, -1, EXTRA_MESSAGE);
  exception_new(L, CANCELLED_ERROR, lua_isnil(L, -1) ? 0 : -1);
  lua_pushnil(L);
  extra_set(L, -4, EXTRA_MESSAGE);
  return lua_error(L);
}

/* An awaited coroutine on a thread of its own has ended; `first` is where it
** left ok, function, results or error. */
static int popped(lua_State *L, int status, lua_KContext first) {
  (void)status;
  resumed_task(L);
  if (lua_toboolean(L, (int)first))
    return lua_gettop(L) - (int)first - 1;
  return lua_error(L);
}

int task_push(lua_State *L) {
  Task *task = awaiting_task(L);
  Loop *loop = task->future.loop;
  lua_State *co = lua_tothread(L, -1);
  core_push(L, CORE_RUNNING);
  loop_push_retained(L, -1, task->step.slot);
  extra_push(L, -1, EXTRA_COROUTINES);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    extra_set(L, -3, EXTRA_COROUTINES);
  }
  lua_pushvalue(L, -4);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 3);
  set_flag(task, TASK_STACKED);
  loop->pushed = co;
  return task_yield(L, loop, REQUEST_PUSH, lua_gettop(L) + 1, popped);
}

/* ===} {=== Cancelling === */

/* The sleep is cancelled: what it waits for, and not the task, so that
** uncancel does not take it back. */
static void awaken(Task *task) {
  Loop *loop = task->future.loop;
  clear_flag(task, TASK_SLEEPING);
  set_flag(task, TASK_AWAKENED);
  if (task->step.node.place != 0)
    loop_stop_timer(loop, &task->step);
  else /* due in this pass */
    list_remove(loop->in_pass ? &loop->batch : &loop->ready,
                &task->step.job.node);
  task->step.job.kind = &step_job;
  loop_ready(loop, &task->step.job);
}

/* An outsider closed its coroutine while it waited: it will never be stepped,
** but its step is on some list for good, so it stays retained. */
static bool is_stranded(const Task *task) {
  return has_flag(task, TASK_PARKED) && lua_status(task->co) != LUA_YIELD;
}

static bool task_cancel(lua_State *L, Future *f, int msg) {
  Task *task = (Task *)(void *)f;
  Future *awaited = task_waiting_on(task);
  if (f->requests < UINT16_MAX) f->requests++;
  if (is_stranded(task)) return future_ops.cancel(L, f, msg);
  if (awaited != NULL && future_can_cancel(awaited)) {
    lua_pop(L, 1);
    lua_pushvalue(task->co, 1);
    lua_xmove(task->co, L, 1);
    return true;
  }
  if (!has_flag(task, TASK_AWAKENED)) {
    if (msg == 0)
      lua_pushnil(L);
    else
      lua_pushvalue(L, msg);
    extra_set(L, -2, EXTRA_MESSAGE);
  }
  if (has_flag(task, TASK_SLEEPING))
    awaken(task);
  else
    set_flag(task, TASK_MUST_CANCEL);
  lua_pop(L, 1);
  return false;
}

static void task_interrupt(Future *f) {
  Task *task = (Task *)(void *)f;
  Future *awaited = task_waiting_on(task);
  if (awaited == NULL || awaited->state != FUTURE_PENDING) return;
  list_remove(&awaited->callbacks, &task->step.job.node);
  clear_flag(task, TASK_PARKED);
  set_flag(task, TASK_MUST_CANCEL);
  loop_ready(f->loop, &task->step.job);
}

static const FutureOps task_ops = {"Task", NULL, task_cancel, NULL,
                                   task_interrupt, NULL};

/* ===} {=== Making === */

/* Pushes a new task of the awaitable, retained, not yet to be stepped.
** `name` is the index of its name (any value), or 0. */
static Task *task_new(lua_State *L, int loop_idx, int aw, int name) {
  Loop *loop = lua_touserdata(L, loop_idx);
  Task *task;
  bool is_users, is_function = lua_isfunction(L, aw);
  if (loop->closed) luaL_error(L, "Event loop is closed");
  if (!is_function) awaitable_check(L, aw, 0);
  task = (Task *)(void *)future_new(L, loop_idx, &task_ops, sizeof(Task),
                                    UP_TASK, true);
  task->step.job.kind = &step_job;
  if (name != 0) {
    luaL_tolstring(L, name, NULL);
    extra_set(L, -2, EXTRA_NAME);
  }
  task->co = awaitable_thread(L, aw, &is_users);
  lua_setiuservalue(L, -2, UV_OWN);
  task->step.slot = loop_retain(L, loop, loop_idx, -1);
  /* cannot fail from here */
  if (is_users) set_flag(task, TASK_VISIBLE);
  task->id = ++loop->core->task_count;
  if (name == 0) task->number = ++loop->core->task_names;
  if (!is_function) awaitable_claim(L, aw, task->id);
  if (is_users) coroutine_enter(task->co);
  return task;
}

/* A light C function. stack: loop, retained, task */
static int step_now(lua_State *L) {
  Loop *loop = lua_touserdata(L, JOB_LOOP);
  Task *task = lua_touserdata(L, 3), *current = loop->current;
  int depth = loop->depth;
  step_run(L, loop, &task->step.job);
  loop->current = current;
  loop->depth = depth;
  return 0;
}

/* The first step of the task on top, on the spot. */
static void start_eagerly(lua_State *L, Loop *loop, int loop_idx) {
  Task *current = loop->current;
  loop_idx = lua_absindex(L, loop_idx);
  lua_pushcfunction(L, step_now);
  lua_pushvalue(L, loop_idx);
  lua_getiuservalue(L, loop_idx, LOOP_RETAINED);
  lua_pushvalue(L, -4);
  loop->eager++;
  if (lua_pcall(L, 3, 0, 0) == LUA_OK) {
    loop->eager--;
    return;
  }
  loop->eager--;
  loop->current = current;
  lua_error(L);
}

/* stack: ..., task */
static void task_start(lua_State *L, int loop_idx, bool is_eager) {
  Task *task = lua_touserdata(L, -1);
  Loop *loop = task->future.loop;
  if (is_eager && loop->running && loop->eager < EAGER_DEPTH)
    start_eagerly(L, loop, loop_idx);
  else
    loop_ready(loop, &task->step.job);
}

static const char *const task_options[] = {"name", "eager_start", "loop",
                                           NULL};

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
  int name = 0;
  check_coroutine(L, aw);
  if (!lua_isnoneornil(L, opts)) {
    check_options(L, opts, fname, task_options);
    is_eager = option_bool(L, opts, fname, "eager_start");
    name = option_get(L, opts, "name") == LUA_TNIL ? 0 : lua_gettop(L);
  }
  task_new(L, loop_idx, aw, name);
  task_start(L, loop_idx, is_eager);
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
  int i, n = lua_gettop(L);
  check_callable(L, 1, "spawn");
  running_loop(L);
  lua_insert(L, 1);
  coroutine_new(L, NULL, sizeof(Coroutine), n);
  for (i = 1; i <= n; i++) {
    lua_pushvalue(L, i + 1);
    lua_setiuservalue(L, -2, i);
  }
  return create_task(L, 1, lua_gettop(L), lua_gettop(L) + 1);
}

static void check_awaitable(lua_State *L, int idx) {
  if (!is_awaitable(L, idx))
    luaL_error(L, "An asyncio.Future, a coroutine or an awaitable is "
                  "required, got %s", luaL_tolstring(L, idx, NULL));
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
  if (is_quiet && class_of(L, -1) == UP_TASK)
    set_flag(lua_touserdata(L, -1), TASK_QUIET);
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
  if (task->future.requests == 0) clear_flag(task, TASK_MUST_CANCEL);
  return Task_cancelling(L);
}

/* Task:get_coro() -> its Lua coroutine; nil once it is done, unless somebody
** had asked for it before or made it. */
static int Task_get_coro(lua_State *L) {
  Task *task = check_task(L, 1);
  lua_getiuservalue(L, 1, UV_OWN);
  if (lua_isthread(L, -1))
    set_flag(task, TASK_VISIBLE);
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
  set_flag(check_task(L, 1), TASK_QUIET);
  return 0;
}

/* Task:_is_quiet() */
static int Task_is_quiet(lua_State *L) {
  lua_pushboolean(L, has_flag(check_task(L, 1), TASK_QUIET));
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
  lua_pushboolean(L, has_flag(task, TASK_SLEEPING));
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

/* Loop:_set_has_factory(boolean) */
static int Loop_set_has_factory(lua_State *L) {
  check_loop(L, 1)->has_factory = lua_toboolean(L, 2);
  return 0;
}

void task_open(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"cancelling", Task_cancelling},   {"uncancel", Task_uncancel},
      {"get_coro", Task_get_coro},       {"get_name", Task_get_name},
      {"set_name", Task_set_name},       {"set_result", Task_set_result},
      {"set_exception", Task_set_exception},
      {"_quiet", Task_quiet},            {"_is_quiet", Task_is_quiet},
      {"_fut_waiter", Task_fut_waiter},  {"_coroutines", Task_coroutines},
      {"_traceback", Task_traceback},    {"_function", Task_function},
      {"_abandon", Task_abandon},        {NULL, NULL}};
  static const luaL_Reg loop_methods[] = {
      {"create_task", Loop_create_task},
      {"_set_has_factory", Loop_set_has_factory},
      {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"create_task", asyncio_create_task},
      {"Task", asyncio_Task},
      {"spawn", asyncio_spawn},
      {"ensure_future", asyncio_ensure_future},
      {"current_task", asyncio_current_task},
      {"all_tasks", asyncio_all_tasks},
      {NULL, NULL}};
  glue_class(L, UP_TASK, NULL, methods);
  glue_class(L, UP_LOOP, NULL, loop_methods);
  glue_setfuncs(L, functions);
}

/* ===} */
