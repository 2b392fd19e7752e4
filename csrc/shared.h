/*
** What several threads hold: counted, and destroyed by whoever lets go last.
** Plain C; nothing here can fail.
*/
#ifndef ASYNCIO_SHARED_H
#define ASYNCIO_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>

struct lua_State;

typedef struct Shared Shared;

typedef struct SharedKind {
  /* Nobody holds it any more. In any thread; without Lua. */
  void (*destroy)(Shared *shared);
  /* For what crosses in a parcel as a value of Lua: pushes what it is in this
  ** state. Takes no count. May raise. NULL: it is no value of its own. */
  void (*push)(struct lua_State *L, Shared *shared);
} SharedKind;

/* The head of each. */
struct Shared {
  const SharedKind *kind;
  atomic_uint count;
};

static inline void shared_init(Shared *shared, const SharedKind *kind) {
  shared->kind = kind;
  atomic_init(&shared->count, 1);
}

static inline void shared_retain(Shared *shared) {
  atomic_fetch_add_explicit(&shared->count, 1, memory_order_relaxed);
}

/* Was it the last? Then it is gone. */
static inline bool shared_release(Shared *shared) {
  if (atomic_fetch_sub_explicit(&shared->count, 1, memory_order_acq_rel) != 1)
    return false;
  shared->kind->destroy(shared);
  return true;
}

#endif
