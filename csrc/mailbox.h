/*
** A mailbox: where any thread, or a signal handler, reaches a loop. Jobs are
** posted into it, and a ring has the loop look before it sleeps again. It
** lives as long as somebody may post; the loop closes it. Knows libuv, not
** Lua.
*/
#ifndef ASYNCIO_MAILBOX_H
#define ASYNCIO_MAILBOX_H

#include <uv.h>

#include "list.h"
#include "shared.h"

typedef struct Mailbox {
  Shared shared; /* counted by the loop, and by each who may post */
  uv_mutex_t mutex;
  List posted;        /* nodes of Jobs; guarded */
  uv_async_t *wakeup; /* ends the loop's poll; NULL once closed; guarded */
  atomic_bool rung;
  atomic_bool polling; /* the loop sleeps or is about to: send `wakeup` */
  atomic_int at_work;  /* calls in other threads that the loop waits for */
  atomic_int abroad;   /* holds that other threads have on the loop */
} Mailbox;

/* NULL for want of memory. */
Mailbox *mailbox_new(uv_async_t *wakeup);

/* Hands a Job to the loop, which runs it in its next pass; false if the loop
** has closed. */
bool mailbox_post(Mailbox *mailbox, ListNode *job);
/* The loop looks around once more. For its own thread and signal handlers,
** while the loop is open; async-signal-safe. */
void mailbox_ring(Mailbox *mailbox);
/* The same from anywhere. */
void mailbox_nudge(Mailbox *mailbox);
/* Adds to one of the counters; the loop is nudged when it comes to 0. */
void mailbox_count(Mailbox *mailbox, atomic_int *counter, int n);

static inline bool mailbox_is_rung(const Mailbox *mailbox) {
  return atomic_load_explicit(&mailbox->rung, memory_order_relaxed);
}

/* For the loop's thread, when it was rung: appends what was posted. */
void mailbox_take(Mailbox *mailbox, List *jobs);
/* For the loop's thread: from now on a ring ends the poll that follows; false
** when it was rung already. */
bool mailbox_begin_poll(Mailbox *mailbox);
void mailbox_end_poll(Mailbox *mailbox);
/* Nothing can be posted any more; appends what was, and lets go of it. */
void mailbox_close(Mailbox *mailbox, List *jobs);

#endif
