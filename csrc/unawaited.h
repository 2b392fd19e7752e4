/*
** Debug mode: coroutine objects that were collected without having been
** awaited are reported.
*/
#ifndef ASYNCIO_UNAWAITED_H
#define ASYNCIO_UNAWAITED_H

#include "loop.h"

/* Watches over the object on top, made while the loop runs, whose user value n
** is free for that: it is reported if *state, a part of it, is `fresh` when it
** is collected. */
void unawaited_watch(lua_State *L, int n, const uint8_t *state, uint8_t fresh);

void unawaited_open(lua_State *L);

#endif
