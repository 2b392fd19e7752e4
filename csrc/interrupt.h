/*
** Ctrl-C while a loop runs: SIGINT calls a Lua function from the loop; the
** second one also interrupts Lua code that keeps the loop busy.
*/
#ifndef ASYNCIO_INTERRUPT_H
#define ASYNCIO_INTERRUPT_H

#include "glue.h"

void interrupt_open(lua_State *L);

#endif
