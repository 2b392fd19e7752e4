/*
** What travels between threads: bytes, and the shared things that the bytes
** speak of by number. It has one owner at a time. Plain C.
*/
#ifndef ASYNCIO_PARCEL_H
#define ASYNCIO_PARCEL_H

#include <stddef.h>
#include <stdint.h>

#include "shared.h"

/* All zero: an empty one, that holds no memory. */
typedef struct Parcel {
  unsigned char *bytes; /* of mem_realloc */
  size_t size;
  Shared **shared; /* each counted once; of mem_realloc, NULL for none */
  uint32_t nshared;
} Parcel;

/* Lets go of what it holds and makes it empty. */
void parcel_drop(Parcel *parcel);
/* Makes `to`, which is empty, another of the same; false for want of memory. */
bool parcel_copy(Parcel *to, const Parcel *from);

#endif
