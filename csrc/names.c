/*
** What another state finds by its name. Each state has an index, from values
** to their names, which is made when it is first needed, and anew when
** package.loaded has changed. It is only a guess: a name is tried before it
** is given away.
*/
#include "names.h"

#include <lauxlib.h>
#include <stdint.h>
#include <string.h>

#include "requirable.h"

/* Key of the registry: the index. Key of the index: what package.loaded was
** like then. */
static const char index_key = 0, stamp_key = 0;

enum { NAME_PARTS = 3 };

/* {=== Looking a name up === */

typedef struct Name {
  const char *bytes, *end;
} Name;

/* Pushes the next part of the name. */
static void push_part(lua_State *L, Name *name) {
  const char *zero = memchr(name->bytes, 0, (size_t)(name->end - name->bytes));
  const char *end = zero != NULL ? zero : name->end;
  lua_pushlstring(L, name->bytes, (size_t)(end - name->bytes));
  name->bytes = zero != NULL ? zero + 1 : name->end;
}

/* stack: ..., table -> ..., what the rest of the name is in it, or nil */
static void follow(lua_State *L, Name *name) {
  while (name->bytes < name->end && lua_istable(L, -1)) {
    push_part(L, name);
    lua_rawget(L, -2);
    lua_replace(L, -2);
  }
  if (name->bytes < name->end) {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
}

static void push_loaded(lua_State *L) {
  push_registry_table(L, LUA_LOADED_TABLE);
}

/* Pushes what has the name here already, or nil. */
static void push_present(lua_State *L, Name name) {
  if (name.bytes < name.end && *name.bytes == 0) {
    name.bytes++;
    push_part(L, &name);
    lua_rawget(L, LUA_REGISTRYINDEX);
    return;
  }
  push_loaded(L);
  follow(L, &name);
}

/* Replaces the zeros by dots. */
static const char *push_shown(lua_State *L, Name name) {
  luaL_Buffer b;
  const char *c;
  if (name.bytes < name.end && *name.bytes == 0) name.bytes++;
  luaL_buffinit(L, &b);
  for (c = name.bytes; c < name.end; c++) luaL_addchar(&b, *c == 0 ? '.' : *c);
  luaL_pushresult(&b);
  return lua_tostring(L, -1);
}

/* Pushes the module with the name, after requiring it. */
static void push_required(lua_State *L, Name *name) {
  Name whole = *name;
  lua_getglobal(L, "require");
  push_part(L, name);
  if (lua_pcall(L, 1, 1, 0) == LUA_OK) return;
  luaL_tolstring(L, -1, NULL);
  luaL_error(L, "cannot find '%s' in this thread: %s", push_shown(L, whole),
             lua_tostring(L, -2));
}

void names_find(lua_State *L, const char *bytes, size_t size) {
  Name name = {bytes, bytes + size}, rest = name;
  push_present(L, name);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  if (size > 0 && *bytes == 0)
    luaL_error(L, "cannot find '%s' in this thread: no metatable of that name",
               push_shown(L, name));
  push_required(L, &rest);
  follow(L, &rest);
  if (lua_isnil(L, -1))
    luaL_error(L,
               "cannot find '%s' in this thread: the module has no such "
               "field",
               push_shown(L, name));
}

/* ===} {=== The index === */

/* Of two names of a value, in the order of what counts most. The strings are
** modules; lua_tolstring has their zeros. */
static bool is_better(lua_State *L, int name, int than) {
  size_t size, other_size;
  const char *a = lua_tolstring(L, name, &size);
  const char *b = lua_tolstring(L, than, &other_size);
  bool is_global = strcmp(a, "_G") == 0;
  if (is_global != (strcmp(b, "_G") == 0)) return !is_global;
  if (strcmp(a, b) != 0 && is_requirable(L, a) != is_requirable(L, b))
    return is_requirable(L, a);
  if (size != other_size) return size < other_size;
  return memcmp(a, b, size) < 0;
}

/* stack: ..., value, name -> ..., value */
static void add_name(lua_State *L, int index) {
  lua_pushvalue(L, -2);
  if (lua_rawget(L, index) == LUA_TNIL ||
      is_better(L, lua_gettop(L) - 1, lua_gettop(L))) {
    lua_pushvalue(L, -3);
    lua_pushvalue(L, -3);
    lua_rawset(L, index);
  }
  lua_pop(L, 2);
}

/* The type of a raw field of the table on top. */
static int field_type(lua_State *L, const char *field) {
  int type;
  lua_pushstring(L, field);
  type = lua_rawget(L, -2);
  lua_pop(L, 1);
  return type;
}

/* Does the table on top look like a class? */
static bool is_class(lua_State *L) {
  bool is_exception;
  if (field_type(L, "__index") != LUA_TNIL ||
      field_type(L, "__name") == LUA_TSTRING)
    return true;
  is_exception = lua_rawgeti(L, -1, 2) == LUA_TBOOLEAN && lua_toboolean(L, -1);
  lua_pop(L, 1);
  return is_exception && field_type(L, "name") == LUA_TSTRING;
}

/* stack: ..., key, value -> the same, and the name module\0key */
static void push_name(lua_State *L, int module) {
  lua_pushvalue(L, module);
  lua_pushlstring(L, "", 1);
  lua_pushvalue(L, -4);
  lua_concat(L, 3);
}

/* Is the table on top a module, or package.loaded? They have names, and are
** not looked through again. */
static bool is_module(lua_State *L, int index) {
  const char *name;
  size_t size;
  bool is_one;
  lua_pushvalue(L, -1);
  lua_rawget(L, index);
  name = lua_tolstring(L, -1, &size);
  is_one = name != NULL && memchr(name, 0, size) == NULL;
  lua_pop(L, 1);
  push_loaded(L);
  is_one = is_one || lua_rawequal(L, -1, -2);
  lua_pop(L, 1);
  return is_one;
}

static void add_fields(lua_State *L, int index, int levels);

/* stack: ..., key, value -> the same. Of the globals only the functions have
** names: what else is there belongs to a script. */
static void add_field(lua_State *L, int index, int module, int levels) {
  bool is_global = strcmp(lua_tostring(L, module), "_G") == 0;
  if (lua_iscfunction(L, -1)) {
    push_name(L, module);
    add_name(L, index);
  } else if (lua_istable(L, -1) && !is_global && !is_module(L, index)) {
    push_name(L, module);
    if (levels > 1) {
      lua_pushvalue(L, -2);
      add_fields(L, index, levels - 1);
    }
    lua_insert(L, -2);
    if (is_class(L)) {
      lua_pushvalue(L, -2);
      add_name(L, index);
    }
    lua_remove(L, -2);
  }
}

/* stack: ..., name, table -> ..., name */
static void add_fields(lua_State *L, int index, int levels) {
  int table = lua_gettop(L);
  luaL_checkstack(L, 20, NULL);
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    if (lua_type(L, -2) == LUA_TSTRING) add_field(L, index, table - 1, levels);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* The metatables of luaL_newmetatable. */
static void add_registered(lua_State *L, int index) {
  lua_pushnil(L);
  while (lua_next(L, LUA_REGISTRYINDEX) != 0) {
    if (lua_type(L, -2) == LUA_TSTRING && lua_istable(L, -1)) {
      lua_pushliteral(L, "__name");
      lua_rawget(L, -2);
      if (lua_rawequal(L, -1, -3)) {
        lua_pop(L, 1);
        lua_pushlstring(L, "", 1);
        lua_pushvalue(L, -3);
        lua_concat(L, 2);
        add_name(L, index);
      } else
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
}

/* stack: ..., index, loaded. Adds what `add` adds of each module. */
static void each_module(lua_State *L, int index,
                        void (*add)(lua_State *L, int index)) {
  int loaded = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, loaded) != 0) {
    if (lua_type(L, -2) == LUA_TSTRING) add(L, index);
    lua_pop(L, 1);
  }
}

/* stack: ..., key, value -> the same */
static void add_module(lua_State *L, int index) {
  if (!lua_istable(L, -1) && !lua_iscfunction(L, -1)) return;
  lua_pushvalue(L, -2);
  add_name(L, index);
}

/* stack: ..., key, value -> the same */
static void add_contents(lua_State *L, int index) {
  if (!lua_istable(L, -1)) return;
  lua_pushvalue(L, -2);
  lua_pushvalue(L, -2);
  add_fields(L, index, NAME_PARTS - 1);
  lua_pop(L, 1);
}

/* Something that is another when a module was loaded, or loaded again. */
static lua_Integer stamp_of(lua_State *L, int loaded) {
  lua_Unsigned stamp = 0;
  lua_pushnil(L);
  while (lua_next(L, loaded) != 0) {
    stamp += (lua_Unsigned)(uintptr_t)lua_topointer(L, -1) * 3 + 1;
    lua_pop(L, 1);
  }
  return (lua_Integer)stamp;
}

/* Pushes a new index. */
static void push_new_index(lua_State *L) {
  int index;
  luaL_checkstack(L, 20, NULL);
  requirable_forget(L);
  lua_newtable(L);
  index = lua_gettop(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, index);
  push_loaded(L);
  lua_pushinteger(L, stamp_of(L, index + 1));
  lua_rawsetp(L, index, &stamp_key);
  each_module(L, index, add_module);
  each_module(L, index, add_contents);
  lua_pop(L, 1);
  add_registered(L, index);
  lua_pushvalue(L, index);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &index_key);
}

void names_push_index(lua_State *L) {
  bool is_true = false;
  luaL_checkstack(L, 6, NULL);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &index_key) == LUA_TTABLE) {
    push_loaded(L);
    lua_rawgetp(L, -2, &stamp_key);
    is_true = lua_tointeger(L, -1) == stamp_of(L, lua_gettop(L) - 1);
    lua_pop(L, 2);
  }
  if (is_true) return;
  lua_pop(L, 1);
  push_new_index(L);
}

/* ===} */

/* stack: ..., the name that the index has of the value at idx. Is it (still)
** true, and of use elsewhere? */
static bool is_of_use(lua_State *L, int idx) {
  Name name;
  size_t size;
  bool is_same;
  name.bytes = lua_tolstring(L, -1, &size);
  name.end = name.bytes + size;
  push_present(L, name);
  is_same = lua_rawequal(L, -1, idx);
  lua_pop(L, 1);
  return is_same && is_requirable(L, name.bytes);
}

bool names_push(lua_State *L, int index, int idx) {
  idx = lua_absindex(L, idx);
  lua_pushvalue(L, idx);
  if (lua_rawget(L, index) == LUA_TSTRING && is_of_use(L, idx)) return true;
  lua_pop(L, 1);
  return false;
}

bool names_push_anew(lua_State *L, int index, int idx) {
  idx = lua_absindex(L, idx);
  push_new_index(L);
  lua_replace(L, index);
  return names_push(L, index, idx);
}
