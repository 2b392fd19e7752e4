/*
** What travels between threads: bytes, and shared things.
*/
#include "parcel.h"

#include <string.h>

#include "mem.h"

void parcel_drop(Parcel *parcel) {
  uint32_t i;
  for (i = 0; i < parcel->nshared; i++) shared_release(parcel->shared[i]);
  mem_free(parcel->shared);
  mem_free(parcel->bytes);
  memset(parcel, 0, sizeof(*parcel));
}

/* A copy of `size` bytes in *to; none of none. */
static bool copy(void **to, const void *from, size_t size) {
  *to = NULL;
  if (size == 0) return true;
  *to = mem_realloc(NULL, size);
  if (*to == NULL) return false;
  memcpy(*to, from, size);
  return true;
}

bool parcel_copy(Parcel *to, const Parcel *from) {
  void *bytes, *shared;
  uint32_t i;
  if (!copy(&bytes, from->bytes, from->size)) return false;
  if (!copy(&shared, from->shared, from->nshared * sizeof(Shared *))) {
    mem_free(bytes);
    return false;
  }
  to->bytes = bytes;
  to->size = from->size;
  to->shared = shared;
  to->nshared = from->nshared;
  for (i = 0; i < to->nshared; i++) shared_retain(to->shared[i]);
  return true;
}
