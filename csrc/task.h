/*
** Tasks: a coroutine, or a stack of them, that the loop steps. How one waits
** and is cancelled; the one place where coroutines yield is task_yield.
*/
#ifndef ASYNCIO_TASK_H
#define ASYNCIO_TASK_H

#include "future.h"

/* Bits of Future.flags. */
enum {
  TASK_MUST_CANCEL = 1 << 8, /* raise CancelledError at the next step */
  TASK_PARKED = 1 << 9,    /* `step` is on the callbacks of what it waits for */
  TASK_SLEEPING = 1 << 10, /* `step` is in the heap, or due */
  TASK_YIELDED = 1 << 11,  /* by a bare coroutine.yield() */
  TASK_QUIET = 1 << 12,    /* pending at the end is no news */
  TASK_VISIBLE = 1 << 13,  /* others know its coroutine: keep it */
  TASK_STACKED = 1 << 14,  /* it awaits coroutines: EXTRA_COROUTINES */
  TASK_AWAKENED = 1 << 15  /* its sleep was cancelled: raise it there */
};

/* Why a coroutine yields: Loop.request. */
enum {
  REQUEST_NONE, /* somebody else's yield */
  REQUEST_WAIT, /* its step is on some list, or in the heap */
  REQUEST_PUSH  /* resume Loop.pushed first, and then this one */
};

/* Invariant: pending tasks are retained by their loop at `step.slot`. While
** PARKED, the future waited for is index 1 of the frame where `co` yielded,
** which keeps it alive (task_waiting_on). */
typedef struct Task {
  Future future;
  Timer step;      /* awaiting, sleeping and waking allocate nothing */
  lua_State *co;   /* the innermost coroutine; anchored, see UV_OWN */
  uint32_t id;     /* order of creation */
  uint32_t number; /* its name is Task-number; 0 when one was given */
} Task;

/* UV_OWN of a task: the outermost coroutine, of a finished task its function
** (the coroutine if it is VISIBLE). The others are in EXTRA_COROUTINES. */

/* The task that runs on L, or a clear error: await cannot work here. */
Task *awaiting_task(lua_State *L);
/* The future it is parked on, or NULL. */
Future *task_waiting_on(const Task *task);

/* Will it raise CancelledError at its next step? */
bool task_is_due_to_raise(const Task *task);

/* Yields until the future, which is at index 1, is done, then calls k with
** ctx. */
int task_park(lua_State *L, Task *task, Future *f, lua_KContext ctx,
              lua_KFunction k);
/* Yields for one turn of the loop, or until the timer, then calls k. */
int task_sleep(lua_State *L, Task *task, double delay, lua_KFunction k);
/* Is L the coroutine of the running task, which can yield? */
bool task_can_wait(lua_State *L);
/* The only yield of the core; `request` is for step.c. */
int task_yield(lua_State *L, Loop *loop, int request, lua_KContext ctx,
               lua_KFunction k);
/* For continuations of park and sleep: the task, which was stepped by its
** loop; raises if somebody else resumed the coroutine. */
Task *resumed_task(lua_State *L);
/* For continuations of park: raises CancelledError if the task is to be
** cancelled, or the future, which is at index 1, was. */
void raise_if_cancelled(lua_State *L, Task *task, const Future *f);
/* Raises the CancelledError of a cancellation that must be raised now. */
int task_raise_cancelled(lua_State *L, Task *task);

extern const FutureOps task_ops;

/* What a task's Timer does, in step.c: its next step; and that of one that
** sleeps, the pass before. */
extern const JobKind step_job, sleep_job;

static inline void set_flag(Task *task, int flag) {
  task->future.flags |= (uint16_t)flag;
}

static inline void clear_flag(Task *task, int flag) {
  task->future.flags &= (uint16_t)~flag;
}

static inline bool has_flag(const Task *task, int flag) {
  return (task->future.flags & flag) != 0;
}

static inline Task *task_of(Job *job) {
  return (Task *)(void *)((char *)job - offsetof(Task, step));
}

/* Pushes a task without coroutine, id or slot: tasks.c sets them. */
Task *task_new(lua_State *L, int loop_idx);

#endif
