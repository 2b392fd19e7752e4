/*
** wait: until some or all of several futures are done, or for a time.
*/
#ifndef ASYNCIO_WAIT_H
#define ASYNCIO_WAIT_H

#include "glue.h"

void wait_open(lua_State *L);

#endif
