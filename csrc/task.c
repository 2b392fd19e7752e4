/*
** Tasks: how one waits and is cancelled. The one place where coroutines yield
** is task_yield; step.c resumes them, tasks.c makes tasks.
*/
#include "task.h"

#include "cancel.h"
#include "errors.h"

/* {=== Waiting === */

static int misplaced_await(lua_State *L, const Loop *loop) {
  if (loop == NULL || loop->current == NULL)
    return luaL_error(L, "await outside a task: start one with asyncio.run "
                         "or asyncio.create_task");
  if (loop->current->co != L && lua_isyieldable(L) &&
      lua_isyieldable(loop->current->co))
    return luaL_error(L, "await inside a coroutine that is not the task's own: "
                         "coroutine.wrap and coroutine.resume cannot pass an "
                         "await on, asyncio.coroutine.wrap will");
  return luaL_error(L, "await across a C call (table.sort, string.gsub, "
                       "require, a metamethod of a C function ...), which "
                       "cannot be suspended");
}

/* Is L the coroutine that runs now, and can it yield? */
static bool can_wait(lua_State *L, const Loop *loop) {
  return loop != NULL && loop->current != NULL && loop->current->co == L &&
         lua_isyieldable(L);
}

bool task_can_wait(lua_State *L) {
  return can_wait(L, core_of(L)->running);
}

Task *awaiting_task(lua_State *L) {
  const Loop *loop = core_of(L)->running;
  if (!can_wait(L, loop)) misplaced_await(L, loop);
  return loop->current;
}

Future *task_waiting_on(const Task *task) {
  if (!has_flag(task, TASK_PARKED) || lua_status(task->co) != LUA_YIELD)
    return NULL;
  return lua_touserdata(task->co, 1);
}

int task_yield(lua_State *L, Loop *loop, int request, lua_KContext ctx,
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
int task_park(lua_State *L, Task *task, Future *f, lua_KContext ctx,
              lua_KFunction k) {
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

bool task_is_due_to_raise(const Task *task) {
  const Future *awaited = task_waiting_on(task);
  return has_flag(task, TASK_MUST_CANCEL | TASK_AWAKENED) ||
         (awaited != NULL && awaited->state == FUTURE_CANCELLED);
}

int task_sleep(lua_State *L, Task *task, double delay, lua_KFunction k) {
  Loop *loop = task->future.loop;
  if (delay > 0 && has_flag(task, TASK_MUST_CANCEL)) {
    clear_flag(task, TASK_MUST_CANCEL);
    set_flag(task, TASK_AWAKENED);
    delay = 0;
  }
  if (delay <= 0)
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

void raise_if_cancelled(lua_State *L, Task *task, const Future *f) {
  FutureState state = (FutureState)f->state;
  bool is_cancelled = state == FUTURE_CANCELLED;
  if (has_flag(task, TASK_MUST_CANCEL) && !is_cancelled) {
    if (state == FUTURE_FAILED) future_push_error(L, 1); /* it is seen */
    task_raise_cancelled(L, task);
  }
  clear_flag(task, TASK_MUST_CANCEL);
  if (is_cancelled) future_outcome(L, 1);
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

const FutureOps task_ops = {"Task", NULL,           task_cancel,
                            NULL,   task_interrupt, NULL};

/* ===} */

Task *task_new(lua_State *L, int loop_idx) {
  Task *task = (Task *)(void *)future_new(L, loop_idx, &task_ops, sizeof(Task),
                                          UP_TASK, true);
  task->step.job.kind = &step_job;
  return task;
}
