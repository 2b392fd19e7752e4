/*
** A call of a function in another thread, from its submission to its outcome:
** what a ConcurrentFuture is made of. Any thread may look at it, wait for it,
** cancel it. Plain C over libuv; values of Lua are parcels here.
*/
#ifndef ASYNCIO_CALL_H
#define ASYNCIO_CALL_H

#include "loop.h"
#include "parcel.h"

typedef enum CallState {
  CALL_QUEUED,
  CALL_RUNNING,
  CALL_CANCELLED,
  CALL_DONE,
  CALL_FAILED
} CallState;

typedef struct Call Call;

/* Somebody who is told, by a Job of a loop, that the call has ended. The loop
** waits for that, or is at an end when it waits for nothing else. */
typedef struct Watcher {
  Job job;          /* on Call.watchers, then posted, then ready */
  Mailbox *mailbox; /* of the loop; counted */
  Call *call;       /* counted */
  uint32_t slot;    /* for the Job: what the loop retains for it */
  bool expects;     /* it is counted in the mailbox's at_work, ... */
  bool is_home;     /* ... as Call.work says */
} Watcher;

/* `state`, `outcome`, `watchers`, `waiters` are guarded until it has ended;
** then state and outcome do not change any more. */
struct Call {
  Shared shared;
  ListNode node;     /* the performer's: its queue */
  Shared *performer; /* executor or mailbox, or NULL yet; counted */
  /* Was cancelled while pending; in any thread. NULL: nobody to tell. */
  void (*cancelled)(Call *call);
  uv_mutex_t mutex;
  uv_cond_t ended;
  CallState state;
  bool has_context;   /* the last value of the input is a list of variables */
  bool is_apart;      /* runs in a context of its own, not in the thread's */
  Parcel input;       /* function and arguments; whoever begins it has it */
  Parcel outcome;     /* results; or error, traceback */
  const char *reason; /* or a static text: why it failed without an error */
  List watchers, waiters;
  _Atomic(Mailbox *) home; /* of the loop that waits for it, or NULL; counted */
  atomic_int work;         /* does it count in home->at_work? */
};

/* A pending one, of `size` bytes; NULL for want of memory. */
Call *call_new(size_t size);

/* PENDING -> RUNNING; false if it was cancelled. */
bool call_begin(Call *call);
/* Ends it with the outcome, which is moved in, or with a reason; dropped when
** it was cancelled meanwhile. */
void call_end(Call *call, CallState state, Parcel *outcome, const char *reason);
/* False if it runs or has ended with something else. */
bool call_cancel(Call *call);
CallState call_state(Call *call);
/* Waits for at most so many ns; has it ended? `within` is the call that the
** waiting thread performs, or NULL. */
bool call_wait(Call *call, uint64_t ns, Call *within);

/* The Job will be posted when it has ended, with a call and a mailbox that
** are counted; NULL for want of memory. */
Watcher *watcher_new(const JobKind *kind, Call *call, Mailbox *mailbox);
void watcher_free(Watcher *watcher);
/* From now on; if it has ended the Job is posted at once. Does the loop wait
** for what others do? */
void call_watch(Watcher *watcher, bool expects);
/* The loop does not wait for it any more. */
void watcher_settle(Watcher *watcher);

#endif
