/*
** What few programs ask for around a step of a task, and the others do not
** pay: its context, since when it waits, debug mode's watch. Apart from task.c
** so that a step without them stays short.
*/
#include "extras.h"

#include "context.h"
#include "watchdog.h"

/* From here to leave_context the task's context is current.
** stack: ... -> ..., task, place, previous */
static void enter_context(lua_State *L, const Task *task) {
  job_push_retained(L, task->step.slot);
  extra_push(L, -1, EXTRA_CONTEXT);
  lua_pushvalue(L, -1);
  context_swap(L);
}

/* What the context has become is kept. */
static void leave_context(lua_State *L) {
  context_swap(L); /* stack: ..., task, place, place now */
  if (lua_rawequal(L, -1, -2))
    lua_pop(L, 1);
  else
    extra_set(L, -3, EXTRA_CONTEXT);
  lua_pop(L, 2);
}

/* The program's first variable was made in this step: what is current now is
** the task's. */
static void begin_context(lua_State *L, const Task *task) {
  if (task->future.state == FUTURE_PENDING) {
    job_push_retained(L, task->step.slot);
    core_push_any(L, CORE_CONTEXT);
    extra_set(L, -2, EXTRA_CONTEXT);
    lua_pop(L, 1);
  }
  context_leave_all(L);
}

/* It waits from now on, if it has not ended. */
static void note_time(lua_State *L, const Loop *loop, const Task *task) {
  if (task->future.state != FUTURE_PENDING) return;
  job_push_retained(L, task->step.slot);
  lua_pushinteger(L, loop_now(loop));
  extra_set(L, -2, EXTRA_SINCE);
  lua_pop(L, 1);
}

/* Debug mode: it was cancelled, and returned all the same. stack: ..., task */
static void report_swallowed(lua_State *L, Loop *loop, const Task *task) {
  if (task->future.state != FUTURE_DONE || task->future.requests == 0) return;
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, "Task swallowed a cancellation: it was cancelled and "
                     "returned all the same; raise the CancelledError again "
                     "(asyncio.pcall does), or call task:uncancel()");
  lua_setfield(L, -2, "message");
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "task");
  loop_report(L, loop, JOB_LOOP);
}

void extras_before_step(lua_State *L, const Loop *loop, const Task *task) {
  if (loop->watch != NULL) {
    watchdog_guard(task->co);
    job_push_retained(L, task->step.slot);
  }
  if (loop->core->extras & HAS_CONTEXTS) enter_context(L, task);
}

void extras_after_step(lua_State *L, Loop *loop, const Task *task,
                       unsigned before) {
  if (before & HAS_CONTEXTS)
    leave_context(L);
  else if (loop->core->extras & HAS_CONTEXTS)
    begin_context(L, task);
  if (loop->core->extras & KEEPS_TIME) note_time(L, loop, task);
  if (before & IN_DEBUG) {
    report_swallowed(L, loop, task);
    lua_pop(L, 1);
  }
}
