/*
** as_completed: several futures one at a time, as they finish.
*/
#ifndef ASYNCIO_AS_COMPLETED_H
#define ASYNCIO_AS_COMPLETED_H

#include "glue.h"

void as_completed_open(lua_State *L);

#endif
