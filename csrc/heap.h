/*
** The heap of timers: a 4-ary heap ordered by (when, seq), with the keys in
** the array, so that a comparison touches no node. A node knows its place
** and can be removed in O(log n). Only heap_reserve can fail; who calls it
** first may push once.
*/
#ifndef ASYNCIO_HEAP_H
#define ASYNCIO_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"

typedef struct HeapNode {
  uint32_t place; /* index in the array + 1, or 0 when on no heap */
} HeapNode;

typedef struct HeapEntry {
  int64_t when;
  uint64_t seq; /* equal times leave in the order of arrival */
  HeapNode *node;
} HeapEntry;

typedef struct Heap {
  HeapEntry *entries;
  uint32_t size, capacity;
  uint64_t seq; /* of the next entry */
} Heap;

static inline bool heap_before(const HeapEntry *a, const HeapEntry *b) {
  return a->when < b->when || (a->when == b->when && a->seq < b->seq);
}

static inline void heap_put(Heap *heap, uint32_t i, HeapEntry entry) {
  heap->entries[i] = entry;
  entry.node->place = i + 1;
}

static inline void heap_sift_up(Heap *heap, uint32_t i, HeapEntry entry) {
  while (i > 0) {
    uint32_t parent = (i - 1) / 4;
    if (!heap_before(&entry, &heap->entries[parent])) break;
    heap_put(heap, i, heap->entries[parent]);
    i = parent;
  }
  heap_put(heap, i, entry);
}

static inline uint32_t heap_least_child(const Heap *heap, uint32_t i) {
  uint32_t least = 4 * i + 1, last = least + 3, c;
  if (last >= heap->size) last = heap->size - 1;
  for (c = least + 1; c <= last; c++)
    if (heap_before(&heap->entries[c], &heap->entries[least])) least = c;
  return least;
}

static inline void heap_sift_down(Heap *heap, uint32_t i, HeapEntry entry) {
  while (4 * i + 1 < heap->size) {
    uint32_t child = heap_least_child(heap, i);
    if (!heap_before(&heap->entries[child], &entry)) break;
    heap_put(heap, i, heap->entries[child]);
    i = child;
  }
  heap_put(heap, i, entry);
}

/* Makes room for one more entry; false when there is no memory. */
static inline bool heap_reserve(Heap *heap) {
  uint32_t capacity;
  HeapEntry *entries;
  if (heap->size < heap->capacity) return true;
  capacity = heap->capacity ? 2 * heap->capacity : 16;
  if (capacity < heap->capacity) return false;
  entries = mem_realloc(heap->entries, capacity * sizeof(HeapEntry));
  if (entries == NULL) return false;
  heap->entries = entries;
  heap->capacity = capacity;
  return true;
}

static inline void heap_push(Heap *heap, HeapNode *node, int64_t when) {
  HeapEntry entry = {when, heap->seq++, node};
  heap_sift_up(heap, heap->size++, entry);
}

static inline void heap_remove(Heap *heap, HeapNode *node) {
  uint32_t i = node->place - 1;
  HeapEntry last = heap->entries[--heap->size];
  node->place = 0;
  if (i == heap->size) return;
  if (i > 0 && heap_before(&last, &heap->entries[(i - 1) / 4]))
    heap_sift_up(heap, i, last);
  else
    heap_sift_down(heap, i, last);
}

#endif
