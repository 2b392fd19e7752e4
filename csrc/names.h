/*
** What another state finds by its name: modules, the C functions and the
** classes in them, metatables of luaL_newmetatable. A name is that of a
** module and up to two fields, with zeros in between; "\0name" is the
** metatable of that name.
*/
#ifndef ASYNCIO_NAMES_H
#define ASYNCIO_NAMES_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Pushes this state's index of names, which is true to package.loaded now. */
void names_push_index(lua_State *L);

/* Pushes the name of the value at idx, if another state can find it so; does
** nothing if not. */
bool names_push(lua_State *L, int index, int idx);

/* The same after the index was made anew. */
bool names_push_anew(lua_State *L, int index, int idx);

/* Pushes what has that name here, of a module that is required if need be.
** Raises if there is none. */
void names_find(lua_State *L, const char *name, size_t size);

#endif
