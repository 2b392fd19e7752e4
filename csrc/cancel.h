/*
** Cancelling: a walk from a future to what it waits for, in a loop and without
** recursion, since chains may be of any length.
*/
#ifndef ASYNCIO_CANCEL_H
#define ASYNCIO_CANCEL_H

#include "future.h"

/* Would it do anything? */
bool future_can_cancel(const Future *f);
/* Future.cancel: false if there was nothing to cancel. `msg` is the index of
** the message, 0 for none. Raises only for want of memory for the message. */
bool future_cancel(lua_State *L, int idx, int msg);

#endif
