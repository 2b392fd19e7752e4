/*
** ConcurrentFuture: a call in another thread as Lua holds it. Its methods
** block the calling thread, not a task.
*/
#ifndef ASYNCIO_CONCURRENT_H
#define ASYNCIO_CONCURRENT_H

#include "call.h"

typedef struct Concurrent {
  Call *call;    /* counted; NULL until set */
  int nresults;  /* in CF_VALUE, a table of them; -1: it is the error */
  bool is_known; /* the outcome is in the user values */
} Concurrent;

enum {
  CF_VALUE = 1, /* the results, a table; or the error */
  CF_TRACEBACK, /* of the error, or nil */
  CF_CALLBACKS, /* those added while no loop ran here: a table, or nil */
  CF_USERVALUES = CF_CALLBACKS
};

/* Pushes one without a call. */
Concurrent *concurrent_new(lua_State *L);
/* The one at idx, or raises. */
Concurrent *check_concurrent(lua_State *L, int idx);
/* Of one that has ended, and was not cancelled: pushes the results and returns
** how many; or the error and its traceback, and returns -1. May raise. */
int concurrent_push_outcome(lua_State *L, int idx);
/* Takes the n values on top as the outcome, of a call in this thread that is
** about to end; or an error and its traceback when n is -1. */
void concurrent_keep(lua_State *L, int idx, int n);
/* Blocks until the call has ended; false when the seconds have passed. Raises
** what a hook does, so that Ctrl-C ends it. */
bool blocking_wait(lua_State *L, Call *call, double seconds);
/* Calls the callbacks of those that have ended, which were added while no loop
** ran in this state. */
void concurrent_run_callbacks(lua_State *L);

void concurrent_open(lua_State *L);

#endif
