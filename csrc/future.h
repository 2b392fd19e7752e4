/*
** Futures: a result to come, and the Jobs that wait for it. Everything that
** completes ends in future_complete, which splices the waiting Jobs onto the
** loop's ready list. Cancelling walks chains of waiters in a loop, without
** recursion.
*/
#ifndef ASYNCIO_FUTURE_H
#define ASYNCIO_FUTURE_H

#include "loop.h"

typedef struct Future Future;

typedef enum FutureState {
  FUTURE_PENDING,
  FUTURE_DONE,
  FUTURE_FAILED,
  FUTURE_CANCELLED
} FutureState;

/* Bits of Future.flags; those of tasks are in task.h, from 1 << 8 on. */
enum {
  FUTURE_UNRETRIEVED = 1 << 0, /* failed, and nobody has looked yet */
  FUTURE_LAZY = 1 << 1,        /* the result is made when asked for */
  FUTURE_CANCEL_ERROR = 1 << 2 /* cancelled, with the CancelledError itself */
};

typedef struct FutureOps {
  const char *name; /* class name in reports */
  /* Would cancel do anything? NULL: as long as it is pending. */
  bool (*can_cancel)(const Future *f);
  /* Cancels; can_cancel has said yes. The future is on top of the stack;
  ** msg is the index of the message, 0 for none. Either pops it, or puts the
  ** future in its place that is to be cancelled next, and returns true.
  ** Raises only for want of memory for the message. */
  bool (*cancel)(lua_State *L, Future *f, int msg);
  /* For a Group, NULL for others: pushes its child numbered i, from 0, which
  ** is to be cancelled too, or returns false. */
  bool (*child)(lua_State *L, Future *f, int loop_idx, uint32_t i);
  /* Of tasks, NULL for others: raises CancelledError in it without cancelling
  ** what it waits for, which waits for it in a circle. */
  void (*interrupt)(Future *f);
  /* Sets the result of a FUTURE_LAZY; stack as it was. May raise. */
  void (*materialize)(lua_State *L, Future *f, int idx);
} FutureOps;

/* Invariant: `callbacks` is empty unless pending; void once the loop is
** closed, since the Jobs on it may be gone. */
struct Future {
  const FutureOps *ops;
  Loop *loop; /* kept alive by UV_EXTRA */
  List callbacks;
  uint32_t nresults : 24, state : 8;
  uint16_t flags;
  uint16_t requests; /* of cancellation; tasks only */
};

/* A future of several futures (gather), with what cancelling writes while it
** walks through them. */
typedef struct Group {
  Future future;
  struct Group *outer;
  uint32_t next, epoch;
} Group;

/* User values. */
enum {
  UV_RESULT = 1, /* one result, or a table of several; error; cancel message */
  UV_EXTRA,      /* the loop, or a table with these fields: */
  UV_OWN         /* what the kind of future needs */
};

/* Fields of the table of extras. */
enum {
  EXTRA_LOOP = 1,
  EXTRA_TRACEBACK,  /* of a failed task */
  EXTRA_SENTINEL,   /* reports an error that nobody has seen */
  EXTRA_MESSAGE,    /* of a cancellation that is still to be raised */
  EXTRA_NAME,       /* of a task, when given */
  EXTRA_COROUTINES, /* awaited by the task's own, outermost first */
  EXTRA_THROW,      /* message of an error to raise at the next step */
  EXTRA_CONTEXT,    /* of a task: its place; context.h */
  EXTRA_SINCE,      /* of a task: when it began to wait, ns */
  EXTRA_SOURCE,     /* where it was made, in debug mode: a traceback */
  EXTRA_LAST = EXTRA_SOURCE
};

extern const FutureOps future_ops;

static inline Future *to_future(lua_State *L, int idx) {
  return (Future *)lua_touserdata(L, idx);
}

/* Pushes a future (userdata) of this size, with UV_OWN when own. */
Future *future_new(lua_State *L, int loop_idx, const FutureOps *ops,
                   size_t size, int cls, bool own);
/* Pushes the future's loop. Cannot raise. */
void future_push_loop(lua_State *L, int idx);

/* Pushes a field of the extras, nil when there is none. Cannot raise. */
void extra_push(lua_State *L, int idx, int field);
/* Pops a value into a field. May raise, unless it is nil. */
void extra_set(lua_State *L, int idx, int field);

/* Pending until now: sets the state and makes the waiting Jobs ready. */
void future_complete(Future *f, FutureState state);
/* Takes the n values on top as results. May raise first, if n > 1. */
void future_resolve(lua_State *L, int idx, int n);

/* A failure is passed on: so is the traceback of a task. May raise. */
void future_copy_traceback(lua_State *L, int from, int to);

/* Pushes the results and returns how many, or raises the error. */
int future_outcome(lua_State *L, int idx);
/* Pushes the error of a failed future. May raise if it is lazy. */
void future_push_error(lua_State *L, int idx);
/* Pushes the CancelledError of a cancelled future. May raise. */
void future_push_cancelled(lua_State *L, int idx);
/* Pushes the first result of a finished future, nil for none. */
void future_push_first(lua_State *L, int idx);

/* Makes the result of a FUTURE_LAZY, if it is one. May raise. */
void future_materialize(lua_State *L, int idx);
/* Pushes the results of one that is DONE; returns how many. */
int future_push_results(lua_State *L, int idx);

#endif
