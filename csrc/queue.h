/*
** What a queue holds, and the put and get that need not wait. Waiting is in
** lua/asyncio/queues.lua.
*/
#ifndef ASYNCIO_QUEUE_H
#define ASYNCIO_QUEUE_H

#include <lua.h>

void queue_open(lua_State *L);

#endif
