/*
** wait_for: an awaitable, for a limited time.
*/
#ifndef ASYNCIO_TIMEOUT_H
#define ASYNCIO_TIMEOUT_H

#include "glue.h"

void timeout_open(lua_State *L);

#endif
