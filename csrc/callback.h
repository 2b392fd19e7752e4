/*
** Callbacks: a Lua function and its arguments, to be called once by the loop:
** soon, at a time, or when a future is done. Lua holds them as Handles.
*/
#ifndef ASYNCIO_CALLBACK_H
#define ASYNCIO_CALLBACK_H

#include "future.h"

void callback_open(lua_State *L);

#endif
