/*
** A loop as other threads see it: what crosses when a Loop does, and the
** callbacks that come back.
*/
#ifndef ASYNCIO_REMOTE_H
#define ASYNCIO_REMOTE_H

#include "loops.h"

/* The mailbox of the loop at idx, one of this state's or another's; NULL when
** it is known to be closed. Raises for other values. */
Mailbox *remote_mailbox(lua_State *L, int idx);

void remote_open(lua_State *L);

#endif
