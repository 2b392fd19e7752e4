/*
** The functions of tasks that Lua calls: create_task, ensure_future, the class
** Task, who runs. Tasks themselves are in task.c.
*/
#ifndef ASYNCIO_TASKS_H
#define ASYNCIO_TASKS_H

#include "task.h"

/* The Task at idx, or raises. */
Task *check_task(lua_State *L, int idx);

/* Makes the awaitable at idx a Future: itself, or a new Task of it; on top.
** Raises for another loop's future. A quiet task may be pending at the end;
** a coroutine that cannot be made a task any more is closed. */
void ensure_future(lua_State *L, int loop_idx, int idx, bool is_quiet);

void tasks_open(lua_State *L);

#endif
