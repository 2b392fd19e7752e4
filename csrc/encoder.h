/*
** What is at work while values become a parcel: the memory of an encoder, and
** the objects it has met. Used by
** encoder.c, encode.c and refuse.c only.
*/
#ifndef ASYNCIO_ENCODER_H
#define ASYNCIO_ENCODER_H

#include <lua.h>

#include "buffer.h"
#include "format.h"
#include "map.h"
#include "transfer.h"

/* Stack slots, after the one of the encoder itself. The first few objects are
** in slots, the others in a list, which small parcels do not make. */
enum {
  SLOT_INDEX = 1, /* of names, or nil */
  SLOT_OBJECTS,
  SLOT_LIST = SLOT_OBJECTS + 8,
  SLOT_END
};
enum { OBJECT_SLOTS = SLOT_LIST - SLOT_OBJECTS };

/* A table, function or userdata that was met. */
typedef struct Object {
  ParcelEntry entry;
  uint32_t parent; /* in which it was met: number of an object, or a root */
} Object;

#define ROOT UINT32_C(0x80000000) /* plus the number of the root, from 0 */

/* A userdata. While it works it is nobody's but the stack's: an encoding that
** a finalizer begins meanwhile has another, and one that raises is garbage. */
typedef struct Encoder {
  Buffer out, names, objects; /* objects: Object[] */
  Buffer shared;              /* Shared *[], each counted */
  PointerMap numbers;         /* of objects */
  PointerMap chunks;          /* their numbers in `shared` */
  PointerMap cells;           /* of upvalues: the function where met first */
  const Route *route;
  const void *globals;
  uint32_t count;   /* of objects */
  uint32_t current; /* what is being encoded, as Object.parent */
  int slots;        /* index of the encoder; the slots are behind it */
  Parcel parcel;    /* finished, for transfer_take */
  bool is_closed;   /* finalized: nothing would free what it allocates */
} Encoder;

static inline Object *encoder_object(const Encoder *e, uint32_t number) {
  return (Object *)(void *)e->objects.bytes + number;
}

/* Pushes an encoder and its slots. It is empty. */
Encoder *encoder_begin(lua_State *L, const Route *route);
/* Makes the parcel; pops the encoder and its slots. */
void encoder_finish(lua_State *L, Encoder *e);

/* From now on a slot holds the object at idx, which is to be number e->count:
** so its address stays its own. */
void encoder_anchor(lua_State *L, const Encoder *e, int idx);
/* Pushes the object with the number. */
void encoder_push_object(lua_State *L, const Encoder *e, uint32_t number);

int encoder_no_memory(lua_State *L);

/* Raises: the value at idx, met in e->current, cannot cross. */
int encoder_refuse(lua_State *L, const Encoder *e, int idx);

#endif
