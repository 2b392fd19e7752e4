/*
** The functions of futures that Lua calls: the class Future, running a loop
** until one is done. Futures themselves are in future.c.
*/
#ifndef ASYNCIO_FUTURES_H
#define ASYNCIO_FUTURES_H

#include "future.h"

/* The Future (or Task) at idx, or raises. */
Future *check_future(lua_State *L, int idx);

void futures_open(lua_State *L);

#endif
