/*
** The functions of loops that Lua calls: opening, closing, the class Loop, the
** running loop. Loops themselves are in loop.c.
*/
#ifndef ASYNCIO_LOOPS_H
#define ASYNCIO_LOOPS_H

#include "loop.h"

/* The loop at idx, or raises. */
Loop *check_loop(lua_State *L, int idx);
/* The same, and open: else raises 'Event loop is closed'. */
Loop *check_open_loop(lua_State *L, int idx);
/* Raises 'Event loop is closed' if it is. */
void check_open(lua_State *L, const Loop *loop);
/* The same, and no loop runs in this state. */
Loop *check_idle_loop(lua_State *L, int idx);
/* Pushes the running loop and returns it, or raises. */
Loop *running_loop(lua_State *L);
/* Pushes the running loop, or the one of set_event_loop, or raises. */
Loop *event_loop(lua_State *L);
/* Pushes options.loop, or else the event_loop. */
Loop *option_loop(lua_State *L, int idx, const char *fname);

void loops_open(lua_State *L);

#endif
