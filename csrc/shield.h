/*
** shield: a future that can be cancelled without what it stands for.
*/
#ifndef ASYNCIO_SHIELD_H
#define ASYNCIO_SHIELD_H

#include "glue.h"

void shield_open(lua_State *L);

#endif
