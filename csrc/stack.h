/*
** A task's stack of coroutines: those that it awaits on threads of their own,
** and the user's that it has resumed.
*/
#ifndef ASYNCIO_STACK_H
#define ASYNCIO_STACK_H

#include "task.h"

/* Puts the coroutine on top on the running task's stack; pushes the list. */
void stack_push(lua_State *L, Task *task);
/* The innermost is one that the user has resumed? For a TASK_STACKED. */
bool stack_is_resumed(lua_State *L, const Task *task);
/* An awaited coroutine has ended: what it left goes to the one that awaits
** it. Returns how many values. stack: ..., task */
int stack_end_awaited(lua_State *L, Task *task);
/* The user's coroutine has yielded n values, ended with them, or failed: they
** go to the one that resumed it, after a boolean. stack: ..., task */
int stack_end_resumed(lua_State *L, Task *task, bool ok, int n);

#endif
