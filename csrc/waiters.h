/*
** A line of futures, first come, first served: what tasks wait in for a lock,
** an event or a queue. What they wait for is in lua/asyncio.
*/
#ifndef ASYNCIO_WAITERS_H
#define ASYNCIO_WAITERS_H

#include <lua.h>

void waiters_open(lua_State *L);

#endif
