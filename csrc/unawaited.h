/*
** Debug mode: coroutine objects that were collected without having been
** awaited are reported.
*/
#ifndef ASYNCIO_UNAWAITED_H
#define ASYNCIO_UNAWAITED_H

#include "loop.h"

/* Watches over the coroutine object on top, made while the loop runs; its user
** value n is free for that. */
void unawaited_watch(lua_State *L, int n);

void unawaited_open(lua_State *L);

#endif
