/*
** Context variables: what a variable is in the context that is current. A
** context's variables are a map that never changes, so that a copy costs
** nothing; a map with one more is a new one. A program without variables pays
** one test per step.
*/
#ifndef ASYNCIO_CONTEXT_H
#define ASYNCIO_CONTEXT_H

#include "glue.h"

/* What a task, a callback or the Core has of its context, its *place*: nil (no
** variable is set), a map, or a Context, once somebody could tell. */

/* Pushes the place of a copy of the current context. Cannot raise. */
void context_copy(lua_State *L);
/* Swaps the place on top and the current one. Cannot raise. */
void context_swap(lua_State *L);
/* What was current when the loop was run is so again, as when no Job runs.
** Cannot raise. */
void context_leave_all(lua_State *L);
/* Pushes the current context, as a Context from now on. */
void context_push_current(lua_State *L);
/* Makes the place on top a Context, if it is none. */
void context_make(lua_State *L);

/* Raises unless options[key] is nil or a Context; pushes it. */
int option_context(lua_State *L, int idx, const char *fname);

/* Pushes a list of the current variables and their values, for another
** state, if any is set; returns how many values it has pushed. May raise. */
int context_append(lua_State *L);
/* Makes a new context current, of such a list, which is popped, or an empty
** one; returns how many values it has popped. May raise if it has a list. */
int context_adopt(lua_State *L, bool has_list);

void context_open(lua_State *L);

#endif
