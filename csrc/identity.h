/*
** Tables that are somebody, wherever they are: one that comes back to a state
** where it has been is the same table again.
*/
#ifndef ASYNCIO_IDENTITY_H
#define ASYNCIO_IDENTITY_H

#include <lua.h>
#include <stdint.h>

/* The identity of the table at idx; 0 for none. Classes of exceptions that
** are in no module get one when they are asked for it. */
uint64_t identity_of(lua_State *L, int idx);

/* Gives the table at idx an identity of its own, unless it has one. */
uint64_t identity_give(lua_State *L, int idx);

/* The table at idx is the one with this identity here. */
void identity_set(lua_State *L, int idx, uint64_t id);

/* Pushes the table that has the identity here, or nil. Returns its type. */
int identity_push(lua_State *L, uint64_t id);

#endif
