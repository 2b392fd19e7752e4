/*
** gather: many futures into one list of results.
*/
#ifndef ASYNCIO_GATHER_H
#define ASYNCIO_GATHER_H

#include "glue.h"

void gather_open(lua_State *L);

#endif
