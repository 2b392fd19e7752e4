/*
** The step of a task: its coroutines are resumed until it waits or has ended.
** The one resume site of the core.
*/
#include "step.h"

#include <string.h>

#include "coroutine.h"
#include "errors.h"
#include "extras.h"
#include "stack.h"
#include "unretrieved.h"

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

/* A coroutine.yield of the user's: bare, it is a turn of the loop; with
** values it is an error, raised at the next step. */
static void foreign_yield(lua_State *L, Loop *loop, Task *task, int n) {
  set_flag(task, TASK_YIELDED);
  if (n > 0) {
    lua_State *co = task->co;
    const char *value =
        lua_type(co, -n) == LUA_TSTRING || lua_type(co, -n) == LUA_TNUMBER
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

/* The innermost coroutine has yielded or ended by itself. Returns with how
** many values the next one goes on, or -1: the task waits, or has ended. */
static int go_on(lua_State *L, Loop *loop, Task *task, int status, int n) {
  if (has_flag(task, TASK_STACKED) && stack_is_resumed(L, task)) {
    bool ok = status == LUA_OK || status == LUA_YIELD;
    if (status == LUA_OK) n = lua_gettop(task->co);
    job_push_retained(L, task->step.slot);
    n = stack_end_resumed(L, task, ok, ok ? n : 1);
    lua_pop(L, 1);
    return n;
  }
  if (status == LUA_YIELD) {
    foreign_yield(L, loop, task, n);
    return -1;
  }
  if (status != LUA_OK) bury(L, task->co);
  job_push_retained(L, task->step.slot);
  if (has_flag(task, TASK_STACKED))
    n = stack_end_awaited(L, task);
  else {
    end(L, loop, task);
    n = -1;
  }
  lua_pop(L, 1);
  return n;
}

/* Resumes the task's coroutines until it waits or has ended. */
static void run(lua_State *L, Loop *loop, Task *task, int n) {
  do {
    int results, status;
    loop->request = REQUEST_NONE;
    loop->depth = 0;
    status = lua_resume(task->co, L, n, &results);
    if (status == LUA_YIELD && loop->request == REQUEST_WAIT) return;
    if (status == LUA_YIELD && loop->request == REQUEST_PUSH) {
      task->co = loop->pushed;
      n = loop->pushed_values;
    } else
      n = go_on(L, loop, task, status, results);
  } while (n >= 0);
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
  unsigned extras = loop->core->extras | (loop->watch != NULL ? IN_DEBUG : 0);
  int n = 0;
  if (task->future.state != FUTURE_PENDING) return; /* it was stranded */
  loop->core->is_continued = false;
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
  if (extras != 0) extras_before_step(L, loop, task);
  run(L, loop, task, n);
  loop->current = previous;
  if ((extras | loop->core->extras) != 0)
    extras_after_step(L, loop, task, extras);
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

static uint32_t step_owner(const Job *job, uint32_t i) {
  const Task *task =
      (const Task *)(const void *)((const char *)job - offsetof(Task, step));
  return i == 0 ? task->step.slot : 0;
}

const JobKind step_job = {step_run, step_failed, NULL, step_owner};

/* The sleep is over: the task goes on in the next pass. */
static void sleep_due(lua_State *L, Loop *loop, Job *job) {
  (void)L;
  clear_flag(task_of(job), TASK_SLEEPING);
  job->kind = &step_job;
  loop_ready(loop, job);
}

const JobKind sleep_job = {sleep_due, NULL, NULL, NULL};

/* ===} {=== Eager tasks === */

/* A light C function. stack: loop, retained, task */
static int step_now(lua_State *L) {
  Loop *loop = lua_touserdata(L, JOB_LOOP);
  Task *task = lua_touserdata(L, 3), *current = loop->current;
  int depth = loop->depth;
  step_run(L, loop, &task->step.job);
  loop->current = current;
  loop->depth = depth;
  loop->request = REQUEST_NONE; /* the step's was not ours */
  return 0;
}

/* The first step of the task on top, on the spot. */
void task_start_eagerly(lua_State *L, Loop *loop, int loop_idx) {
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
  loop->request = REQUEST_NONE;
  lua_error(L);
}

/* ===} */
