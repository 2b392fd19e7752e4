/*
** Signals of the process that call a Lua function from a loop, by libuv. Of
** the interrupt, Ctrl-C, see interrupt.h.
*/
#ifndef ASYNCIO_SIGNALS_H
#define ASYNCIO_SIGNALS_H

#include "glue.h"

void signals_open(lua_State *L);

#endif
