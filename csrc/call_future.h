/*
** A future of this loop for a call in another thread: what run_in_executor
** and wrap_future return, and to_thread awaits.
*/
#ifndef ASYNCIO_CALL_FUTURE_H
#define ASYNCIO_CALL_FUTURE_H

#include "call.h"
#include "future.h"

/* Pushes a future of the loop at loop_idx, which must be open. It is to be
** attached to a call and started. May raise. */
Future *call_future_new(lua_State *L, int loop_idx);
/* stack: ..., the future; the loop has a slot reserved. False for want of
** memory. Cannot raise. */
bool call_future_attach(lua_State *L, int loop_idx, Call *call);
/* From now on it follows the call. Cannot raise. */
void call_future_start(Future *f);
/* Takes the attaching back. stack: ..., the future. Cannot raise. */
void call_future_detach(lua_State *L, int loop_idx);

/* Pushes a started future for the ConcurrentFuture at idx; a signal has no
** result, however that ends. */
int call_future_wrap(lua_State *L, int idx, int loop_idx, bool is_signal);

void call_future_open(lua_State *L);

#endif
