/*
** Intrusive doubly linked lists. A list is the pointer to its first node,
** NULL when empty; nodes form a circle, so `first->prev` is the last.
** Nothing here allocates or can fail. A node is on one list at most.
*/
#ifndef ASYNCIO_LIST_H
#define ASYNCIO_LIST_H

#include <stddef.h>

typedef struct ListNode {
  struct ListNode *next, *prev;
} ListNode;

typedef ListNode *List;

static inline void list_append(List *list, ListNode *node) {
  ListNode *first = *list;
  if (first == NULL) {
    node->next = node->prev = node;
    *list = node;
  } else {
    ListNode *last = first->prev;
    node->next = first;
    node->prev = last;
    last->next = first->prev = node;
  }
}

static inline void list_prepend(List *list, ListNode *node) {
  list_append(list, node);
  *list = node;
}

/* The node must be on this list, and no other. */
static inline void list_remove(List *list, ListNode *node) {
  if (node->next == node)
    *list = NULL;
  else {
    node->prev->next = node->next;
    node->next->prev = node->prev;
    if (*list == node) *list = node->next;
  }
}

/* Takes the first node off, or returns NULL. */
static inline ListNode *list_pop(List *list) {
  ListNode *first = *list;
  if (first != NULL) list_remove(list, first);
  return first;
}

/* Moves all of `from` behind the last of `to`. */
static inline void list_splice(List *to, List *from) {
  ListNode *tail = *from;
  *from = NULL;
  if (tail == NULL) return;
  if (*to == NULL)
    *to = tail;
  else {
    ListNode *first = *to, *last = first->prev, *end = tail->prev;
    last->next = tail;
    tail->prev = last;
    end->next = first;
    first->prev = end;
  }
}

#endif
