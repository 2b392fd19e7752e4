/*
** Which modules another state can require: those that come with Lua, those
** in package.preload, and those that are in a file. The answers are kept until
** they are forgotten.
*/
#include "requirable.h"

#include <lauxlib.h>
#include <stddef.h>
#include <string.h>

/* Key of the registry: name -> answer. */
static const char answers_key = 0;

void push_registry_table(lua_State *L, const char *name) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, name) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
}

static bool is_standard(const char *module) {
  static const char *const standard[] = {
      "_G", "package", "coroutine", "table", "io",
      "os", "string",  "math",      "utf8",  "debug"};
  size_t i;
  for (i = 0; i < sizeof(standard) / sizeof(standard[0]); i++)
    if (strcmp(module, standard[i]) == 0) return true;
  return false;
}

static bool is_preloaded(lua_State *L, const char *module) {
  bool found;
  push_registry_table(L, LUA_PRELOAD_TABLE);
  lua_pushstring(L, module);
  found = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  return found;
}

/* Pushes package[field]. Returns its type. */
static int push_package(lua_State *L, const char *field) {
  push_registry_table(L, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "package");
  if (!lua_istable(L, -1)) {
    lua_replace(L, -2);
    return LUA_TNIL;
  }
  lua_getfield(L, -1, field);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return lua_type(L, -1);
}

/* stack: ..., function, two arguments -> ..., result. Was there no error? */
static bool call(lua_State *L) {
  int status = lua_pcall(L, 2, 1, 0);
  if (status == LUA_ERRMEM) lua_error(L);
  return status == LUA_OK;
}

/* Pushes the file that package.searchpath finds, or nothing. */
static bool push_file(lua_State *L, const char *module, const char *path) {
  int top = lua_gettop(L);
  if (push_package(L, "searchpath") == LUA_TFUNCTION) {
    lua_pushstring(L, module);
    if (push_package(L, path) == LUA_TSTRING && call(L) && lua_isstring(L, -1))
      return true;
  }
  lua_settop(L, top);
  return false;
}

/* Has the library of the package a.b.c belongs to, a, its opener? */
static bool is_in_root(lua_State *L, const char *module) {
  const char *dot = strchr(module, '.');
  int top = lua_gettop(L);
  bool found = false;
  if (dot == NULL) return false;
  lua_pushlstring(L, module, (size_t)(dot - module));
  if (push_file(L, lua_tostring(L, -1), "cpath") &&
      push_package(L, "loadlib") == LUA_TFUNCTION) {
    lua_insert(L, -2);
    luaL_gsub(L, module, ".", "_");
    lua_pushfstring(L, "luaopen_%s", lua_tostring(L, -1));
    lua_replace(L, -2);
    found = call(L) && lua_isfunction(L, -1);
  }
  lua_settop(L, top);
  return found;
}

static bool find(lua_State *L, const char *module) {
  if (is_standard(module) || is_preloaded(L, module)) return true;
  if (push_file(L, module, "path") || push_file(L, module, "cpath")) {
    lua_pop(L, 1);
    return true;
  }
  return is_in_root(L, module);
}

bool is_requirable(lua_State *L, const char *module) {
  bool found;
  if (*module == 0) return true;
  luaL_checkstack(L, 10, NULL);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &answers_key);
  lua_pushstring(L, module);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushboolean(L, find(L, module));
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  found = lua_toboolean(L, -1);
  lua_pop(L, 3);
  return found;
}

void requirable_forget(lua_State *L) {
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &answers_key);
}
