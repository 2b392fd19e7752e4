/*
** run_coroutine_threadsafe: calls that a loop performs, as tasks, for other
** threads.
*/
#ifndef ASYNCIO_PERFORM_H
#define ASYNCIO_PERFORM_H

#include "glue.h"

void perform_open(lua_State *L);

#endif
