/*
** A pool of worker threads and the queue of calls they take from. Threads
** start on demand, up to a number, and end after the shutdown.
*/
#include "executor.h"

#include <stdio.h>
#include <string.h>

typedef struct Thread {
  ListNode node; /* on Executor.threads */
  Executor *executor;
  uv_thread_t id;
  Worker worker;
} Thread;

/* {=== Making === */

/* Its threads are joined, or nobody will ever do that. */
static void executor_destroy(Shared *shared) {
  Executor *e = (Executor *)(void *)shared;
  ListNode *node;
  while ((node = list_pop(&e->threads)) != NULL) mem_free(node);
  parcel_drop(&e->setup.search);
  parcel_drop(&e->setup.initializer);
  parcel_drop(&e->broken);
  if (e->ended != NULL) shared_release(&e->ended->shared);
  uv_cond_destroy(&e->wake);
  uv_mutex_destroy(&e->mutex);
  mem_free(e);
}

static const SharedKind executor_kind = {executor_destroy, NULL};

static bool init_locks(Executor *e) {
  if (uv_mutex_init(&e->mutex) != 0) return false;
  if (uv_cond_init(&e->wake) == 0) return true;
  uv_mutex_destroy(&e->mutex);
  return false;
}

Executor *executor_new(unsigned max_workers, const char *prefix) {
  Executor *e = mem_realloc(NULL, sizeof(Executor));
  if (e == NULL) return NULL;
  memset(e, 0, sizeof(Executor));
  if (!init_locks(e)) {
    mem_free(e);
    return NULL;
  }
  shared_init(&e->shared, &executor_kind);
  e->max_workers = max_workers;
  snprintf(e->prefix, sizeof(e->prefix), "%s", prefix);
  e->ended = call_new(sizeof(Call));
  if (e->ended == NULL) {
    shared_release(&e->shared);
    return NULL;
  }
  return e;
}

/* ===} {=== The queue === */

/* Locked. */
static Call *pop_call(Executor *e) {
  ListNode *node = list_pop(&e->queue);
  Call *call;
  if (node == NULL) return NULL;
  call = (Call *)(void *)((char *)node - offsetof(Call, node));
  node->next = NULL;
  e->queued--;
  return call;
}

/* Locked. One thread is woken at a time, and wakes the next one when there is
** more to do: a burst of calls costs one signal. */
static void wake_one(Executor *e) {
  if (e->idle == 0 || e->waking) return;
  e->waking = true;
  uv_cond_signal(&e->wake);
}

/* Locked. */
static void sleep_once(Executor *e, Worker *worker) {
  uv_mutex_unlock(&e->mutex);
  worker_rest(worker);
  uv_mutex_lock(&e->mutex);
  if (e->queue != NULL || e->is_shut_down) return;
  e->idle++;
  uv_cond_wait(&e->wake, &e->mutex);
  e->idle--;
  e->waking = false;
}

/* The next call, with the count of the queue; NULL: leave. `was_busy`: there
** was one before. */
static Call *next_call(Executor *e, Worker *worker, bool was_busy) {
  Call *call;
  uv_mutex_lock(&e->mutex);
  e->busy -= was_busy;
  while ((call = pop_call(e)) == NULL && !e->is_shut_down)
    sleep_once(e, worker);
  if (e->queue != NULL) wake_one(e);
  e->busy += call != NULL;
  uv_mutex_unlock(&e->mutex);
  return call;
}

/* A call that was cancelled before a thread took it. */
static void forget_call(Call *call) {
  Executor *e = (Executor *)(void *)call->performer;
  bool was_queued;
  uv_mutex_lock(&e->mutex);
  was_queued = call->node.next != NULL;
  if (was_queued) {
    list_remove(&e->queue, &call->node);
    call->node.next = NULL;
    e->queued--;
  }
  uv_mutex_unlock(&e->mutex);
  parcel_drop(&call->input); /* nobody will begin it */
  if (was_queued) shared_release(&call->shared);
}

/* ===} {=== Threads === */

/* Every call that waits fails as the setup did; so do later ones. */
static void fail_calls(Executor *e) {
  Call *call;
  uv_mutex_lock(&e->mutex);
  while ((call = pop_call(e)) != NULL) {
    Parcel outcome = {NULL, 0, NULL, 0};
    const char *reason = e->broken_reason;
    if (!parcel_copy(&outcome, &e->broken)) reason = "not enough memory";
    uv_mutex_unlock(&e->mutex);
    call_end(call, CALL_FAILED, &outcome, reason);
    shared_release(&call->shared);
    uv_mutex_lock(&e->mutex);
  }
  uv_mutex_unlock(&e->mutex);
}

static bool open_worker(Executor *e, Worker *worker) {
  Parcel error = {NULL, 0, NULL, 0};
  const char *reason;
  bool was_broken;
  if (worker_open(worker, &e->setup, &error, &reason)) return true;
  uv_mutex_lock(&e->mutex);
  was_broken = e->is_broken;
  if (!was_broken) {
    e->broken = error;
    e->broken_reason = reason;
    e->is_broken = true;
  }
  uv_mutex_unlock(&e->mutex);
  if (was_broken) parcel_drop(&error);
  fail_calls(e);
  return false;
}

static void leave(Executor *e) {
  bool was_last;
  uv_mutex_lock(&e->mutex);
  was_last = --e->alive == 0 && e->is_shut_down;
  uv_mutex_unlock(&e->mutex);
  if (was_last) call_end(e->ended, CALL_DONE, NULL, NULL);
  shared_release(&e->shared);
}

static void thread_main(void *arg) {
  Thread *thread = arg;
  Executor *e = thread->executor;
  Call *call = NULL;
  if (open_worker(e, &thread->worker)) {
    while ((call = next_call(e, &thread->worker, call != NULL)) != NULL) {
      if (call_begin(call)) worker_perform(&thread->worker, call);
      shared_release(&call->shared);
    }
  }
  worker_close(&thread->worker);
  leave(e);
}

/* Locked. */
static bool start_thread(Executor *e) {
  Thread *thread = mem_realloc(NULL, sizeof(Thread));
  if (thread == NULL) return false;
  memset(thread, 0, sizeof(Thread));
  thread->executor = e;
  snprintf(thread->worker.name, sizeof(thread->worker.name), "%s_%u", e->prefix,
           e->started);
  shared_retain(&e->shared);
  if (uv_thread_create(&thread->id, thread_main, thread) != 0) {
    shared_release(&e->shared);
    mem_free(thread);
    return false;
  }
  e->started++;
  e->alive++;
  list_append(&e->threads, &thread->node);
  return true;
}

/* Locked: there is a call more. False if nobody can ever take it. */
static bool find_thread(Executor *e) {
  if (e->queued > e->idle && e->alive < e->max_workers && start_thread(e))
    return true;
  wake_one(e);
  return e->alive > 0;
}

Submission executor_submit(Executor *e, Call *call) {
  Submission result = SUBMITTED;
  call->performer = &e->shared;
  call->cancelled = forget_call;
  shared_retain(&e->shared);
  uv_mutex_lock(&e->mutex);
  if (e->is_broken)
    result = EXECUTOR_BROKEN;
  else if (e->is_shut_down)
    result = EXECUTOR_SHUT_DOWN;
  else {
    shared_retain(&call->shared);
    list_append(&e->queue, &call->node);
    e->queued++;
    if (!find_thread(e)) {
      list_remove(&e->queue, &call->node);
      call->node.next = NULL;
      e->queued--;
      shared_release(&call->shared);
      result = EXECUTOR_NO_THREAD;
    }
  }
  uv_mutex_unlock(&e->mutex);
  return result;
}

/* ===} {=== Ending === */

/* One call is taken at a time: cancelling it tells others. */
static void cancel_queue(Executor *e) {
  Call *call;
  do {
    uv_mutex_lock(&e->mutex);
    call = pop_call(e);
    uv_mutex_unlock(&e->mutex);
    if (call == NULL) return;
    call_cancel(call);
    shared_release(&call->shared);
  } while (true);
}

void executor_shutdown(Executor *e, bool cancel) {
  bool is_empty;
  uv_mutex_lock(&e->mutex);
  e->is_shut_down = true;
  is_empty = e->alive == 0;
  uv_cond_broadcast(&e->wake);
  uv_mutex_unlock(&e->mutex);
  if (cancel) cancel_queue(e);
  if (is_empty) call_end(e->ended, CALL_DONE, NULL, NULL);
}

bool executor_is_busy(Executor *e) {
  bool busy;
  uv_mutex_lock(&e->mutex);
  busy = e->busy > 0 || e->queued > 0;
  uv_mutex_unlock(&e->mutex);
  return busy;
}

void executor_join(Executor *e) {
  ListNode *node;
  do {
    uv_mutex_lock(&e->mutex);
    node = list_pop(&e->threads);
    uv_mutex_unlock(&e->mutex);
    if (node != NULL) {
      uv_thread_join(&((Thread *)(void *)node)->id);
      mem_free(node);
    }
  } while (node != NULL);
}

/* ===} */
