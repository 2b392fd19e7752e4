/*
** A call of a function in another thread, from its submission to its outcome:
** what a ConcurrentFuture is made of. Any thread may look at it, wait for it,
** cancel it. Under its lock no other is taken but that of a mailbox.
*/
#include "call.h"

#include <string.h>

/* Does a call count among those that its home waits for? While its thread waits
** for the home itself to do something, it does not. */
enum { WORK_NONE, WORK_COUNTED, WORK_SUSPENDED };

/* A thread that waits; on its stack. */
typedef struct Waiter {
  ListNode node;
  Call *within; /* the call that it performs, or NULL */
} Waiter;

/* {=== Making === */

static void call_destroy(Shared *shared) {
  Call *call = (Call *)(void *)shared;
  Mailbox *home = call->home;
  parcel_drop(&call->input);
  parcel_drop(&call->outcome);
  if (home != NULL) shared_release(&home->shared);
  if (call->performer != NULL) shared_release(call->performer);
  uv_cond_destroy(&call->ended);
  uv_mutex_destroy(&call->mutex);
  mem_free(call);
}

static const SharedKind call_kind = {call_destroy, NULL};

static bool init_locks(Call *call) {
  if (uv_mutex_init(&call->mutex) != 0) return false;
  if (uv_cond_init(&call->ended) == 0) return true;
  uv_mutex_destroy(&call->mutex);
  return false;
}

Call *call_new(size_t size) {
  Call *call = mem_realloc(NULL, size);
  if (call == NULL) return NULL;
  memset(call, 0, size);
  if (!init_locks(call)) {
    mem_free(call);
    return NULL;
  }
  shared_init(&call->shared, &call_kind);
  atomic_init(&call->work, WORK_NONE);
  return call;
}

/* ===} {=== At work for a loop === */

/* True: counted from now on, as `call->work` says. The state that watches a
** call is one, and so is its thread. */
static bool take_home(Call *call, Mailbox *mailbox) {
  int none = WORK_NONE;
  if (call->home == NULL) {
    shared_retain(&mailbox->shared);
    call->home = mailbox;
  }
  return call->home == mailbox &&
         atomic_compare_exchange_strong(&call->work, &none, WORK_COUNTED);
}

static void expect(Watcher *watcher) {
  watcher->expects = true;
  watcher->is_home = take_home(watcher->call, watcher->mailbox);
  mailbox_count(watcher->mailbox, &watcher->mailbox->at_work, 1);
}

void watcher_settle(Watcher *watcher) {
  bool counts = watcher->expects;
  if (counts && watcher->is_home)
    counts = atomic_exchange(&watcher->call->work, WORK_NONE) == WORK_COUNTED;
  if (counts) mailbox_count(watcher->mailbox, &watcher->mailbox->at_work, -1);
  watcher->expects = false;
}

static void change_work(Call *call, int from, int to, int n) {
  Mailbox *home = call->home;
  if (atomic_compare_exchange_strong(&call->work, &from, to))
    mailbox_count(home, &home->at_work, n);
}

static void suspend(Call *call, const Call *awaited) {
  Mailbox *home = call == NULL ? NULL : call->home;
  if (home != NULL && awaited->performer == &home->shared)
    change_work(call, WORK_COUNTED, WORK_SUSPENDED, -1);
}

static void resume(Call *call) {
  if (call != NULL) change_work(call, WORK_SUSPENDED, WORK_COUNTED, 1);
}

/* ===} {=== Beginning and ending === */

static bool has_ended(const Call *call) {
  return call->state >= CALL_CANCELLED;
}

bool call_begin(Call *call) {
  bool begins;
  uv_mutex_lock(&call->mutex);
  begins = call->state == CALL_QUEUED;
  if (begins) call->state = CALL_RUNNING;
  uv_mutex_unlock(&call->mutex);
  return begins;
}

static void post(Watcher *watcher) {
  if (!mailbox_post(watcher->mailbox, &watcher->job.node))
    watcher_free(watcher);
}

/* Locked -> unlocked: the call has just ended. Who waits is at work again
** before any loop can see that it has. */
static void tell_watchers(Call *call) {
  List watchers = call->watchers;
  ListNode *node = call->waiters;
  call->watchers = NULL;
  if (node != NULL) {
    do {
      resume(((Waiter *)(void *)node)->within);
      node = node->next;
    } while (node != call->waiters);
    uv_cond_broadcast(&call->ended);
  }
  uv_mutex_unlock(&call->mutex);
  while ((node = list_pop(&watchers)) != NULL) post((Watcher *)(void *)node);
}

void call_end(Call *call, CallState state, Parcel *outcome,
              const char *reason) {
  uv_mutex_lock(&call->mutex);
  if (has_ended(call)) {
    uv_mutex_unlock(&call->mutex);
    if (outcome != NULL) parcel_drop(outcome);
    return;
  }
  call->state = state;
  call->reason = reason;
  if (outcome != NULL) {
    call->outcome = *outcome;
    memset(outcome, 0, sizeof(Parcel));
  }
  tell_watchers(call);
}

bool call_cancel(Call *call) {
  bool is_pending;
  uv_mutex_lock(&call->mutex);
  is_pending = call->state == CALL_QUEUED;
  if (!is_pending) {
    bool was_cancelled = call->state == CALL_CANCELLED;
    uv_mutex_unlock(&call->mutex);
    return was_cancelled;
  }
  call->state = CALL_CANCELLED;
  tell_watchers(call);
  if (call->cancelled != NULL) call->cancelled(call);
  return true;
}

CallState call_state(Call *call) {
  CallState state;
  uv_mutex_lock(&call->mutex);
  state = call->state;
  uv_mutex_unlock(&call->mutex);
  return state;
}

/* ===} {=== Waiting === */

/* Locked. A wake-up without an end happens. */
static bool wait_until(Call *call, uint64_t deadline) {
  while (!has_ended(call)) {
    uint64_t now = uv_hrtime();
    if (now >= deadline) return false;
    uv_cond_timedwait(&call->ended, &call->mutex, deadline - now);
  }
  return true;
}

bool call_wait(Call *call, uint64_t ns, Call *within) {
  Waiter waiter;
  bool ended;
  waiter.within = within;
  uv_mutex_lock(&call->mutex);
  ended = has_ended(call);
  if (!ended && ns > 0) {
    list_append(&call->waiters, &waiter.node);
    suspend(within, call);
    ended = wait_until(call, uv_hrtime() + ns);
    list_remove(&call->waiters, &waiter.node);
    resume(within);
  }
  uv_mutex_unlock(&call->mutex);
  return ended;
}

/* ===} {=== Watching === */

Watcher *watcher_new(const JobKind *kind, Call *call, Mailbox *mailbox) {
  Watcher *watcher = mem_realloc(NULL, sizeof(Watcher));
  if (watcher == NULL) return NULL;
  memset(watcher, 0, sizeof(Watcher));
  watcher->job.kind = kind;
  watcher->call = call;
  watcher->mailbox = mailbox;
  shared_retain(&call->shared);
  shared_retain(&mailbox->shared);
  return watcher;
}

void watcher_free(Watcher *watcher) {
  shared_release(&watcher->call->shared);
  shared_release(&watcher->mailbox->shared);
  mem_free(watcher);
}

void call_watch(Watcher *watcher, bool expects) {
  Call *call = watcher->call;
  bool ended;
  if (expects) expect(watcher);
  uv_mutex_lock(&call->mutex);
  ended = has_ended(call);
  if (!ended) list_append(&call->watchers, &watcher->job.node);
  uv_mutex_unlock(&call->mutex);
  if (ended) post(watcher);
}

/* ===} */
