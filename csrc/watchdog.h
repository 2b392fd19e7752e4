/*
** Debug mode's watch over what keeps the loop busy: the stack is taken while
** it does, by a count hook, not after.
*/
#ifndef ASYNCIO_WATCHDOG_H
#define ASYNCIO_WATCHDOG_H

#include "loop.h"

/* Runs loop->job; reports it if it took too long. */
void watchdog_run(lua_State *L, Loop *loop);
/* The coroutine is about to run: watch it, unless it has a hook. */
void watchdog_guard(lua_State *co);
void watchdog_unguard(lua_State *co);

#endif
