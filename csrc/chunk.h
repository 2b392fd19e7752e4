/*
** Compiled functions: what a parcel holds of a function besides its upvalues.
** Never bytes of the parcel, so no bytes can make Lua load what Lua did not
** compile.
*/
#ifndef ASYNCIO_CHUNK_H
#define ASYNCIO_CHUNK_H

#include <lua.h>
#include <stdbool.h>

#include "shared.h"

/* Pushes what holds the chunk of the Lua function at idx, and returns it: the
** same one for the same function, and for another of the same code. */
Shared *chunk_push_of(lua_State *L, int idx);

/* Is it one? */
bool is_chunk(const Shared *shared);

/* Pushes a function of the chunk. If it is reusable that may be the function
** that was pushed for it before. */
void chunk_push_function(lua_State *L, Shared *chunk, bool reusable);

#endif
