/*
** Values of Lua, and back from a parcel, in the same state or another. Knows
** neither libuv nor the loop. A parcel never leaves the process: compiled
** functions are in it.
*/
#ifndef ASYNCIO_TRANSFER_H
#define ASYNCIO_TRANSFER_H

#include <lua.h>

#include "parcel.h"

/* How an error that refuses a value names its place:
** "cannot pass a FILE* to a thread (argument #2, field 'log.out')". */
typedef struct Route {
  const char *to;   /* "to a thread" */
  const char *what; /* "argument", "result", "error value" */
  int first;        /* number of the first value; 0: `what` has no number */
  int skipped;      /* arguments after the first that are not among the values:
                    ** the second is number first + 1 + skipped */
} Route;

/* Makes a parcel of the n values from index `first` on, for transfer_take.
** The stack is left as it was. Raises, and keeps nothing, for what cannot
** cross, with its place. */
void transfer_encode(lua_State *L, int first, int n, const Route *route);

/* Moves the parcel that transfer_encode made last into *parcel, which is
** empty. To be called before anything that may collect: a finalizer that
** encodes would drop it. Cannot raise. */
void transfer_take(lua_State *L, Parcel *parcel);

/* Pushes the values of a parcel, and returns how many; the parcel stays.
** Raises for a corrupt one, for a module that cannot be required here. */
int transfer_decode(lua_State *L, const Parcel *parcel);

/* A userdata of a class that crosses: pushes nothing, returns a new count of
** what stands for the userdata at idx. May raise. */
typedef Shared *(*TransferFunction)(lua_State *L, int idx);

/* From now on the userdata with the metatable on top cross so. */
void transfer_class(lua_State *L, TransferFunction function);

/* Adds functions for the specs to the table on top. */
void transfer_open(lua_State *L);

/* C functions that wrap another: pushes that one, or returns false. Cannot
** raise. */
typedef bool (*UnwrapFunction)(lua_State *L, int idx);

/* Those that `unwrap` knows cross as what the function on top, which is found
** by name, makes of the other. One kind for each state. */
void transfer_wrapper(lua_State *L, UnwrapFunction unwrap);
/* Pushes that function, for transfer's own use. */
void transfer_push_maker(lua_State *L);

#endif
