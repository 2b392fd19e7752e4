/*
** The step of a task: its coroutines are resumed until it waits or has ended.
*/
#ifndef ASYNCIO_STEP_H
#define ASYNCIO_STEP_H

#include "task.h"

/* The first step of the task on top, on the spot. */
void task_start_eagerly(lua_State *L, Loop *loop, int loop_idx);

#endif
