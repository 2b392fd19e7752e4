/*
** await, and what waits in the simplest ways: a future, a turn of the loop,
** a time. Also the protected calls that let cancellation pass.
*/
#ifndef ASYNCIO_AWAIT_H
#define ASYNCIO_AWAIT_H

#include "coroutine.h"
#include "task.h"

/* asyncio.await(aw): awaits the value at index 1; all above it is dropped. */
int asyncio_await(lua_State *L);
/* Awaits the future at index 1, which is nothing's coroutine object. */
int await_future(lua_State *L);
/* Marks the coroutine object at index 1 as begun by the running task, which
** is returned; raises where it cannot be awaited. */
Task *await_begin(lua_State *L);

void await_open(lua_State *L);

#endif
