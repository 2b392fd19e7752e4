/*
** A mailbox: where any thread, or a signal handler, reaches a loop. Jobs are
** posted into it, and a ring has the loop look before it sleeps again. It
** lives as long as somebody may post; the loop closes it.
*/
#include "mailbox.h"

#include <string.h>

#include "mem.h"

static void mailbox_destroy(Shared *shared) {
  Mailbox *mailbox = (Mailbox *)(void *)shared;
  uv_mutex_destroy(&mailbox->mutex);
  mem_free(mailbox);
}

static const SharedKind mailbox_kind = {mailbox_destroy, NULL};

Mailbox *mailbox_new(uv_async_t *wakeup) {
  Mailbox *mailbox = mem_realloc(NULL, sizeof(Mailbox));
  if (mailbox == NULL) return NULL;
  memset(mailbox, 0, sizeof(Mailbox));
  if (uv_mutex_init(&mailbox->mutex) != 0) {
    mem_free(mailbox);
    return NULL;
  }
  shared_init(&mailbox->shared, &mailbox_kind);
  mailbox->wakeup = wakeup;
  return mailbox;
}

/* Of the loop and the one who rings, each writes its flag before it reads the
** other's: one of them at least sees both. */
void mailbox_ring(Mailbox *mailbox) {
  if (atomic_exchange(&mailbox->rung, true)) return;
  if (atomic_load(&mailbox->polling)) uv_async_send(mailbox->wakeup);
}

bool mailbox_begin_poll(Mailbox *mailbox) {
  atomic_store(&mailbox->polling, true);
  return !atomic_load(&mailbox->rung);
}

void mailbox_end_poll(Mailbox *mailbox) {
  atomic_store(&mailbox->polling, false);
}

/* Rings under the lock: the loop cannot close meanwhile. */
bool mailbox_post(Mailbox *mailbox, ListNode *job) {
  bool is_open;
  uv_mutex_lock(&mailbox->mutex);
  is_open = mailbox->wakeup != NULL;
  if (is_open) {
    list_append(&mailbox->posted, job);
    mailbox_ring(mailbox);
  }
  uv_mutex_unlock(&mailbox->mutex);
  return is_open;
}

void mailbox_nudge(Mailbox *mailbox) {
  uv_mutex_lock(&mailbox->mutex);
  if (mailbox->wakeup != NULL) mailbox_ring(mailbox);
  uv_mutex_unlock(&mailbox->mutex);
}

void mailbox_count(Mailbox *mailbox, atomic_int *counter, int n) {
  if (atomic_fetch_add(counter, n) + n == 0) mailbox_nudge(mailbox);
}

void mailbox_take(Mailbox *mailbox, List *jobs) {
  atomic_store(&mailbox->rung, false);
  uv_mutex_lock(&mailbox->mutex);
  list_splice(jobs, &mailbox->posted);
  uv_mutex_unlock(&mailbox->mutex);
}

void mailbox_close(Mailbox *mailbox, List *jobs) {
  uv_mutex_lock(&mailbox->mutex);
  mailbox->wakeup = NULL;
  list_splice(jobs, &mailbox->posted);
  uv_mutex_unlock(&mailbox->mutex);
  shared_release(&mailbox->shared);
}
