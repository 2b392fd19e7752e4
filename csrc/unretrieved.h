/*
** Errors that nobody has seen: a failed future carries a sentinel; when the
** sentinel is collected before anyone looked at the error, the loop reports
** it in its next pass, or at the latest when it closes.
*/
#ifndef ASYNCIO_UNRETRIEVED_H
#define ASYNCIO_UNRETRIEVED_H

#include "future.h"

/* Fails the future at idx with the value on top. Cannot raise: without memory
** for the sentinel there is a warning. */
void future_reject(lua_State *L, int idx);

void unretrieved_open(lua_State *L);

#endif
