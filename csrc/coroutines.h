/*
** asyncio.coroutine: Lua's coroutine library, for coroutines that may await in
** a task.
*/
#ifndef ASYNCIO_COROUTINES_H
#define ASYNCIO_COROUTINES_H

#include "glue.h"

void coroutines_open(lua_State *L);

#endif
