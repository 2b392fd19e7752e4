/*
** The outcome of a call as Lua sees it: results, or an error and its
** traceback, into a parcel in the one thread and out of it in the other.
*/
#ifndef ASYNCIO_OUTCOME_H
#define ASYNCIO_OUTCOME_H

#include "call.h"
#include "transfer.h"

extern const Route result_route;

/* stack: ..., error, traceback; both are popped. An error that cannot cross is
** replaced by a text that says so. Returns NULL, or a reason. Cannot raise. */
const char *outcome_pack_error(lua_State *L, Parcel *outcome);

/* Of a call that has failed: pushes the error and the traceback, or nil. One
** that cannot be decoded here is replaced by what says so. May raise. */
void outcome_push_error(lua_State *L, Call *call);

#endif
