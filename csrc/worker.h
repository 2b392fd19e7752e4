/*
** A worker: a Lua state of a thread's own, in which the functions of calls
** run, one after the other. Used by that thread only.
*/
#ifndef ASYNCIO_WORKER_H
#define ASYNCIO_WORKER_H

#include "call.h"

typedef struct Worker {
  lua_State *L;
  Call *call; /* which it performs now, or NULL */
  int kept;   /* KB in use after the last collection at rest */
  bool has_littered;
  char name[64];
} Worker;

/* What each worker of an executor begins with. */
typedef struct WorkerSetup {
  Parcel search;      /* package.path, .cpath, the entries of .preload */
  Parcel initializer; /* a function, or nil */
} WorkerSetup;

/* Opens the state. False if that failed: with an error as
** the outcome of a call has it, or with a reason. */
bool worker_open(Worker *worker, WorkerSetup *setup, Parcel *error,
                 const char **reason);
/* Runs a call that has begun, and ends it. */
void worker_perform(Worker *worker, Call *call);
/* There is nothing to do: lets go of the garbage. */
void worker_rest(Worker *worker);
void worker_close(Worker *worker);
/* Something was made in this state that should not outlive its use: the next
** rest collects. Does nothing in other states. */
void worker_litter(lua_State *L);

/* The call that this thread performs, NULL in other states. Cannot raise. */
Call *worker_call(lua_State *L);

#endif
