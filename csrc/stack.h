/*
** A task's stack of coroutines: those that it awaits on threads of their own,
** and the user's that it has resumed.
*/
#ifndef ASYNCIO_STACK_H
#define ASYNCIO_STACK_H

#include "task.h"

/* Yields until the coroutine on top, prepared, has ended, and returns or
** raises what it did. Keeps index 1. */
int task_push(lua_State *L);
/* Yields until the user's coroutine on top, a suspended one, has yielded or
** ended; it goes on with the n values under it. Calls k with ctx; on the stack
** are then a boolean, and what it has yielded or returned, or its error. */
int task_resume(lua_State *L, int n, lua_KContext ctx, lua_KFunction k);
/* The innermost is one that the user has resumed? For a TASK_STACKED. */
bool stack_is_resumed(lua_State *L, const Task *task);
/* An awaited coroutine has ended: what it left goes to the one that awaits
** it. Returns how many values. stack: ..., task */
int stack_end_awaited(lua_State *L, Task *task);
/* The user's coroutine has yielded n values, ended with them, or failed: they
** go to the one that resumed it, after a boolean. stack: ..., task */
int stack_end_resumed(lua_State *L, Task *task, bool ok, int n);

#endif
