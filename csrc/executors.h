/*
** The functions of executors that Lua calls: ThreadPoolExecutor,
** run_in_executor, to_thread. Executors themselves are in executor.c.
*/
#ifndef ASYNCIO_EXECUTORS_H
#define ASYNCIO_EXECUTORS_H

#include "glue.h"

void executors_open(lua_State *L);

#endif
