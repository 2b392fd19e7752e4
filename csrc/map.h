/*
** A map from pointers to numbers. It grows, is asked, and is emptied; nothing
** is taken out. The first few are looked for one by one. Only map_add can
** fail, for want of memory.
*/
#ifndef ASYNCIO_MAP_H
#define ASYNCIO_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mem.h"

enum { MAP_FEW = 8, MAP_KEPT = 1024 };
#define MAP_NONE UINT32_MAX /* no number of the map's */

typedef struct MapEntry {
  const void *key; /* NULL: free */
  uint32_t value;
} MapEntry;

/* All zero: an empty one, that holds no memory. */
typedef struct PointerMap {
  MapEntry few[MAP_FEW];    /* all of them, as long as there is no table */
  MapEntry *table;          /* open addressing; at most half full */
  uint32_t count, capacity; /* the capacity is 0 or a power of two */
} PointerMap;

/* The place of a key in the table, or where it would be. */
static inline MapEntry *map_slot(const PointerMap *map, const void *key) {
  uint64_t hash = (uint64_t)(uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15);
  uint32_t mask = map->capacity - 1, i = (uint32_t)(hash >> 32) & mask;
  while (map->table[i].key != NULL && map->table[i].key != key)
    i = (i + 1) & mask;
  return &map->table[i];
}

/* The key's number, or MAP_NONE. */
static inline uint32_t map_find(const PointerMap *map, const void *key) {
  uint32_t i;
  if (map->count > MAP_FEW) {
    const MapEntry *entry = map_slot(map, key);
    return entry->key == NULL ? MAP_NONE : entry->value;
  }
  for (i = 0; i < map->count; i++)
    if (map->few[i].key == key) return map->few[i].value;
  return MAP_NONE;
}

/* Into a table of at least twice as many; the entries are in `old`. */
static inline bool map_rehash(PointerMap *map, const MapEntry *old,
                              uint32_t size) {
  MapEntry *previous = map->table, *table;
  uint32_t i, capacity = 4 * map->count;
  if (map->count > UINT32_MAX / 8) return false;
  for (i = 64; i < capacity;) i *= 2;
  capacity = i;
  table = mem_realloc(NULL, capacity * sizeof(MapEntry));
  if (table == NULL) return false;
  memset(table, 0, capacity * sizeof(MapEntry));
  map->table = table;
  map->capacity = capacity;
  for (i = 0; i < size; i++)
    if (old[i].key != NULL) *map_slot(map, old[i].key) = old[i];
  mem_free(previous);
  return true;
}

/* Makes sure that the table, if it is used for one more, has a place. */
static inline bool map_reserve(PointerMap *map) {
  if (map->count < MAP_FEW) return true;
  if (map->count == MAP_FEW)
    return map->table != NULL || map_rehash(map, map->few, 0);
  if (map->count < map->capacity / 2) return true;
  return map_rehash(map, map->table, map->capacity);
}

/* The key, not NULL, is not there yet. False for want of memory. */
static inline bool map_add(PointerMap *map, const void *key, uint32_t value) {
  MapEntry entry = {key, value};
  uint32_t i;
  if (!map_reserve(map)) return false;
  if (map->count < MAP_FEW)
    map->few[map->count] = entry;
  else if (map->count == MAP_FEW)
    for (i = 0; i < MAP_FEW; i++) *map_slot(map, map->few[i].key) = map->few[i];
  if (map->count >= MAP_FEW) *map_slot(map, key) = entry;
  map->count++;
  return true;
}

static inline void map_free(PointerMap *map) {
  mem_free(map->table);
  map->table = NULL;
  map->count = map->capacity = 0;
}

/* Empties it, and keeps a table that is not too large. */
static inline void map_reset(PointerMap *map) {
  if (map->capacity > MAP_KEPT)
    map_free(map);
  else if (map->count > MAP_FEW)
    memset(map->table, 0, map->capacity * sizeof(MapEntry));
  map->count = 0;
}

#endif
