/*
** Why a value cannot cross, and where it was. No places are kept while values
** are encoded, but who was met in whom: the way is looked for when it is asked
** for.
*/
#include <lauxlib.h>
#include <string.h>

#include "encoder.h"

enum { MOST_STEPS = 16, MOST_KEY = 60 };

/* The way from a root to the value that is refused, found from its end.
** Stack slots of two strings, the second with the steps before `fields`. */
typedef struct Way {
  int fields; /* "log.out": steps by fields, which are shown as one */
  int rest;   /* ", upvalue 'f'": what comes after them */
  bool is_key;
} Way;

/* {=== Steps === */

static bool is_identifier(const char *s, size_t size) {
  size_t i;
  for (i = 0; i < size; i++) {
    bool is_digit = s[i] >= '0' && s[i] <= '9';
    bool is_letter = (s[i] >= 'a' && s[i] <= 'z') ||
                     (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_';
    if (!is_letter && !(is_digit && i > 0)) return false;
  }
  return size > 0;
}

/* Pushes the key at idx as it would be written: .out, [3], ["a b"]. */
static void push_key(lua_State *L, int key) {
  size_t size;
  const char *s;
  switch (lua_type(L, key)) {
    case LUA_TSTRING:
      s = lua_tolstring(L, key, &size);
      lua_pushlstring(L, s, size < MOST_KEY ? size : MOST_KEY);
      s = is_identifier(s, size) ? ".%s" : "[\"%s\"]";
      lua_pushfstring(L, s, lua_tostring(L, -1));
      lua_remove(L, -2);
      break;
    case LUA_TNUMBER:
    case LUA_TBOOLEAN:
      lua_pushfstring(L, "[%s]", luaL_tolstring(L, key, NULL));
      lua_remove(L, -2);
      break;
    default:
      lua_pushfstring(L, "[%s]", luaL_typename(L, key));
  }
}

/* What is on top comes before the string at idx. */
static void prepend(lua_State *L, int idx) {
  lua_pushvalue(L, idx);
  lua_concat(L, 2);
  lua_replace(L, idx);
}

/* Moves the fields to the rest. */
static void end_fields(lua_State *L, const Way *way) {
  const char *fields = lua_tostring(L, way->fields);
  if (*fields == 0) return;
  lua_pushfstring(L, ", field '%s'", fields + (*fields == '.'));
  prepend(L, way->rest);
  lua_pushliteral(L, "");
  lua_replace(L, way->fields);
}

/* A step that is no field. It is on top, and popped. */
static void add_step(lua_State *L, const Way *way) {
  end_fields(L, way);
  prepend(L, way->rest);
}

/* ===} {=== Looking for a value in what has it === */

/* Is it the metatable of the value at idx? */
static bool is_metatable(lua_State *L, int child, int idx) {
  bool is_one = false;
  if (lua_getmetatable(L, idx)) {
    is_one = lua_rawequal(L, -1, child);
    lua_pop(L, 1);
  }
  return is_one;
}

/* Pushes the key of a value of the table, ... */
static bool push_key_of(lua_State *L, int child, int table) {
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    bool found = lua_rawequal(L, -1, child);
    lua_pop(L, 1);
    if (found) return true;
  }
  return false;
}

/* ... or tells whether it is a key. */
static bool is_key_of(lua_State *L, int child, int table) {
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    lua_pop(L, 1);
    if (lua_rawequal(L, -1, child)) {
      lua_pop(L, 1);
      return true;
    }
  }
  return false;
}

static void step_of_table(lua_State *L, Way *way, int child, int table) {
  if (push_key_of(L, child, table)) {
    push_key(L, lua_gettop(L));
    prepend(L, way->fields);
    lua_pop(L, 1);
  } else if (is_metatable(L, child, table)) {
    lua_pushliteral(L, ", metatable");
    add_step(L, way);
  } else if (is_key_of(L, child, table)) {
    bool is_last =
        *lua_tostring(L, way->rest) == 0 && *lua_tostring(L, way->fields) == 0;
    way->is_key = way->is_key || is_last;
    lua_pushstring(L, is_last ? "" : ", a key");
    add_step(L, way);
  }
}

static void step_of_function(lua_State *L, Way *way, int child, int function) {
  const char *name;
  int i;
  for (i = 1; (name = lua_getupvalue(L, function, i)) != NULL; i++) {
    bool found = lua_rawequal(L, -1, child);
    lua_pop(L, 1);
    if (!found) continue;
    lua_pushfstring(L, ", upvalue '%s'", name);
    add_step(L, way);
    return;
  }
}

/* stack: ..., child -> ..., the object it was met in */
static void step_up(lua_State *L, const Encoder *e, Way *way, uint32_t number) {
  int child = lua_gettop(L);
  encoder_push_object(L, e, number);
  if (lua_istable(L, -1))
    step_of_table(L, way, child, child + 1);
  else
    step_of_function(L, way, child, child + 1);
  lua_replace(L, child);
}

/* ===} */

/* Pushes what the root is called. */
static void push_root(lua_State *L, const Route *route, uint32_t root) {
  int number = route->first + (int)root + (root > 0 ? route->skipped : 0);
  if (route->first == 0)
    lua_pushstring(L, route->what);
  else
    lua_pushfstring(L, "%s #%d", route->what, number);
}

/* stack: ..., value -> ..., the way to it */
static void push_way(lua_State *L, const Encoder *e) {
  int steps = 0, child = lua_gettop(L);
  Way way = {child + 1, child + 2, false};
  uint32_t at = e->current;
  lua_pushliteral(L, "");
  lua_pushliteral(L, "");
  lua_pushvalue(L, child);
  for (; (at & ROOT) == 0; at = encoder_object(e, at)->parent)
    if (steps++ < MOST_STEPS) step_up(L, e, &way, at);
  lua_pop(L, 1);
  if (steps > MOST_STEPS) {
    lua_pushliteral(L, "...");
    prepend(L, way.fields);
  }
  end_fields(L, &way);
  push_root(L, e->route, at & ~ROOT);
  lua_pushfstring(L, "%s%s%s", way.is_key ? "a key of " : "",
                  lua_tostring(L, -1), lua_tostring(L, way.rest));
}

/* Pushes what the value at idx is called. */
static const char *push_type(lua_State *L, int idx) {
  if (lua_iscfunction(L, idx)) return lua_pushliteral(L, "C function");
  if (lua_isthread(L, idx)) return lua_pushliteral(L, "coroutine");
  if (lua_getmetatable(L, idx)) {
    lua_pushliteral(L, "__name");
    if (lua_rawget(L, -2) == LUA_TSTRING) return lua_tostring(L, -1);
  }
  return lua_pushstring(L, luaL_typename(L, idx));
}

/* Pushes what else there is to say of the value at idx. */
static const char *push_reason(lua_State *L, const Encoder *e, int idx) {
  if (!lua_iscfunction(L, idx)) return lua_pushliteral(L, "");
  if (lua_istable(L, e->slots + SLOT_INDEX)) {
    lua_pushvalue(L, idx);
    if (lua_rawget(L, e->slots + SLOT_INDEX) == LUA_TSTRING)
      return lua_pushfstring(L, ": another thread cannot require '%s'",
                             lua_tostring(L, -1));
  }
  return lua_pushliteral(L, ": it is not a field of a loaded module");
}

int encoder_refuse(lua_State *L, const Encoder *e, int idx) {
  const char *type, *way, *reason;
  idx = lua_absindex(L, idx);
  luaL_checkstack(L, 20, NULL);
  type = push_type(L, idx);
  lua_pushvalue(L, idx);
  push_way(L, e);
  way = lua_tostring(L, -1);
  reason = push_reason(L, e, idx);
  return luaL_error(L, "cannot pass a%s %s %s (%s)%s",
                    strchr("AEIOaeio", *type) != NULL ? "n" : "", type,
                    e->route->to, way, reason);
}
