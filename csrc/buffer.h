/*
** A block of bytes that grows. Plain C; only buffer_reserve can fail, for want
** of memory.
*/
#ifndef ASYNCIO_BUFFER_H
#define ASYNCIO_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mem.h"

enum { BUFFER_KEPT = 65536 }; /* what an idle one may hold */

/* All zero: an empty one, that holds no memory. */
typedef struct Buffer {
  unsigned char *bytes;
  size_t size, capacity;
} Buffer;

/* Room for n bytes more; false, and all is as it was, for want of memory. */
static inline bool buffer_reserve(Buffer *buffer, size_t n) {
  size_t capacity = buffer->capacity;
  unsigned char *bytes;
  if (n <= capacity - buffer->size) return true;
  if (n > SIZE_MAX / 4 - buffer->size) return false;
  capacity = capacity < 256 ? 256 : capacity + capacity / 2;
  if (capacity < buffer->size + n) capacity = buffer->size + n;
  bytes = mem_realloc(buffer->bytes, capacity);
  if (bytes == NULL) return false;
  buffer->bytes = bytes;
  buffer->capacity = capacity;
  return true;
}

/* There is room. */
static inline void buffer_put(Buffer *buffer, const void *bytes, size_t n) {
  if (n > 0) memcpy(buffer->bytes + buffer->size, bytes, n);
  buffer->size += n;
}

static inline void buffer_free(Buffer *buffer) {
  mem_free(buffer->bytes);
  memset(buffer, 0, sizeof(*buffer));
}

/* Empties it, and keeps what is not too large. */
static inline void buffer_reset(Buffer *buffer) {
  buffer->size = 0;
  if (buffer->capacity > BUFFER_KEPT) buffer_free(buffer);
}

#endif
