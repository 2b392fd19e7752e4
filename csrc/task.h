/*
** Tasks: a coroutine, or a stack of them, that the loop steps. The one resume
** site of the core; the one place where coroutines yield is task_yield.
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

/* Yields until the future at index 1 is done, then calls k with ctx. */
int task_park(lua_State *L, Task *task, lua_KContext ctx, lua_KFunction k);
/* Yields for one turn of the loop, or until the timer, then calls k. */
int task_sleep(lua_State *L, Task *task, double delay, lua_KFunction k);
/* Yields until the coroutine on top, prepared, has ended, and returns or
** raises what it did. Keeps index 1. */
int task_push(lua_State *L);
/* Yields until the user's coroutine on top, a suspended one, has yielded or
** ended; it goes on with the n values under it. Calls k with ctx; on the stack
** are then a boolean, and what it has yielded or returned, or its error. */
int task_resume(lua_State *L, int n, lua_KContext ctx, lua_KFunction k);
/* Can it be done here? Else lua_resume is the way. */
bool task_can_resume(lua_State *L);
/* For continuations of park and sleep: the task, which was stepped by its
** loop; raises if somebody else resumed the coroutine. */
Task *resumed_task(lua_State *L);
/* For continuations of park: raises CancelledError if the task is to be
** cancelled, or the future at index 1 was. */
void raise_if_cancelled(lua_State *L, Task *task);
/* Raises the CancelledError of a cancellation that must be raised now. */
int task_raise_cancelled(lua_State *L, Task *task);

extern const FutureOps task_ops;

/* Pushes a task without coroutine, id or slot: tasks.c sets them. */
Task *task_new(lua_State *L, int loop_idx);
/* The first step of the task on top, on the spot. */
void task_start_eagerly(lua_State *L, Loop *loop, int loop_idx);

#endif
