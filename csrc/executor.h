/*
** A pool of worker threads and the queue of calls they take from. Threads
** start on demand, up to a number, and end after the shutdown. Plain C over
** libuv's threads; what a thread does with a call is the worker's.
*/
#ifndef ASYNCIO_EXECUTOR_H
#define ASYNCIO_EXECUTOR_H

#include "worker.h"

/* Guarded by `mutex`, but for what never changes. */
typedef struct Executor {
  Shared shared; /* counted by its owner, its threads, its calls */
  ListNode node; /* its owner's */
  uv_mutex_t mutex;
  uv_cond_t wake;
  List queue;   /* calls to take */
  List threads; /* those started and not yet joined */
  unsigned queued, idle, busy, started, alive, max_workers;
  bool is_shut_down, waking;
  Call *ended; /* ends when it is shut down and the last thread has left */
  WorkerSetup setup;
  Parcel broken;             /* why no thread can be set up: an error */
  const char *broken_reason; /* or a static text */
  bool is_broken, is_left;   /* left: by its owner, unended */
  char prefix[48];
} Executor;

/* Its setup is empty yet. NULL for want of memory. */
Executor *executor_new(unsigned max_workers, const char *prefix);

typedef enum Submission {
  SUBMITTED,
  EXECUTOR_SHUT_DOWN,
  EXECUTOR_BROKEN,
  EXECUTOR_NO_THREAD
} Submission;

/* Queues a call that has no performer yet, and counts it. */
Submission executor_submit(Executor *executor, Call *call);

/* Takes no calls any more; `cancel`: those not begun are cancelled. */
void executor_shutdown(Executor *executor, bool cancel);
/* Is a call being performed, or still to be? */
bool executor_is_busy(Executor *executor);
/* Joins the threads; after `ended`. */
void executor_join(Executor *executor);

#endif
