/*
** Debug mode's watch over what keeps the loop busy: the stack is taken while
** it does, by a count hook, not after.
*/
#ifndef ASYNCIO_WATCHDOG_H
#define ASYNCIO_WATCHDOG_H

#include "glue.h"

/* The coroutine is about to run: watch it, unless it has a hook. */
void watchdog_guard(lua_State *co);

void watchdog_open(lua_State *L);

#endif
