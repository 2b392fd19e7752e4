/*
** Which modules another state can require.
*/
#ifndef ASYNCIO_REQUIRABLE_H
#define ASYNCIO_REQUIRABLE_H

#include <lua.h>
#include <stdbool.h>

/* Can another state require it? The name is anchored by the caller; "" stands
** for what needs no module. Not before the first requirable_forget. */
bool is_requirable(lua_State *L, const char *module);

/* Forgets all answers. */
void requirable_forget(lua_State *L);

/* Pushes a table of the registry; an empty one if there is none. */
void push_registry_table(lua_State *L, const char *name);

#endif
