/*
** What few programs ask for around a step of a task, and the others do not
** pay: its context, since when it waits, debug mode's watch.
*/
#ifndef ASYNCIO_EXTRAS_H
#define ASYNCIO_EXTRAS_H

#include "task.h"

/* Beside the bits of Core.extras: the loop is in debug mode. */
enum { IN_DEBUG = 1 };

/* For programs with Core.extras or in debug mode. The stack is higher after
** the first, and as it was after the second; `before` is what Core.extras was
** then. May raise. */
void extras_before_step(lua_State *L, const Loop *loop, const Task *task);
void extras_after_step(lua_State *L, Loop *loop, const Task *task,
                       unsigned before);

#endif
