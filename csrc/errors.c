/*
** Exceptions as the core needs them: the classes of asyncio.exceptions by
** number, making and telling instances, tracebacks that are joined across
** coroutines and tasks.
*/
#include "errors.h"

/* Beyond this a joined traceback does not grow: a failure that passes a long
** chain of tasks would cost its square. */
enum { TRACEBACK_LIMIT = 16384 };

static void push_class(lua_State *L, ExceptionClass cls) {
  core_push_any(L, CORE_CLASSES);
  lua_rawgeti(L, -1, cls);
  lua_replace(L, -2);
}

void exception_new(lua_State *L, ExceptionClass cls, int msg) {
  msg = msg != 0 ? lua_absindex(L, msg) : 0;
  lua_createtable(L, 0, 2);
  if (msg != 0) {
    lua_pushvalue(L, msg);
    lua_setfield(L, -2, "message");
  }
  push_class(L, cls);
  lua_setmetatable(L, -2);
}

int exception_raise(lua_State *L, ExceptionClass cls, const char *message) {
  lua_pushstring(L, message);
  exception_new(L, cls, -1);
  return lua_error(L);
}

/* A class is the metatable of its instances; its [1] is the parent class.
** Does one of the classes above the value's come from the set? */
static bool is_one_of(lua_State *L, int idx, unsigned set) {
  const Core *core;
  bool found = false;
  if (!lua_istable(L, idx) || !lua_getmetatable(L, idx)) return false;
  core = core_get(L);
  while (!found && lua_istable(L, -1)) {
    const void *cls = lua_topointer(L, -1);
    int i;
    for (i = 1; i <= EXCEPTION_COUNT; i++)
      found = found || (set & 1u << i && core->exceptions[i] == cls);
    lua_rawgeti(L, -1, 1);
    lua_replace(L, -2);
  }
  lua_pop(L, 1);
  return found;
}

bool is_exception(lua_State *L, int idx, ExceptionClass cls) {
  return is_one_of(L, idx, 1u << cls);
}

bool is_fatal(lua_State *L, int idx) {
  return is_one_of(L, idx, 1u << KEYBOARD_INTERRUPT | 1u << SYSTEM_EXIT);
}

bool is_uncatchable(lua_State *L, int idx) {
  return is_one_of(L, idx,
                   1u << CANCELLED_ERROR | 1u << KEYBOARD_INTERRUPT |
                       1u << SYSTEM_EXIT);
}

void traceback_push(lua_State *L, int idx) {
  idx = lua_absindex(L, idx);
  core_push_any(L, CORE_ERROR);
  if (lua_rawequal(L, -1, idx))
    core_push_any(L, CORE_TRACEBACK);
  else
    lua_pushnil(L);
  lua_replace(L, -2);
}

void traceback_continue(lua_State *L, int idx) {
  lua_pushvalue(L, idx);
  core_set(L, CORE_ERROR);
  core_set(L, CORE_TRACEBACK);
  traceback_keep(L);
}

void traceback_keep(lua_State *L) {
  core_get(L)->is_continued = true;
}

/* Pushes what is known of an error that was raised again, else nil: equal
** strings may be two errors. */
static void push_known(lua_State *L, int idx) {
  Core *core = core_get(L);
  if (core->is_continued)
    traceback_push(L, idx);
  else
    lua_pushnil(L);
  core->is_continued = false;
}

/* stack: error, known traceback or nil -> error, joined traceback */
static void join_traceback(lua_State *L) {
  size_t len = 0;
  if (lua_tolstring(L, -1, &len) != NULL && len > TRACEBACK_LIMIT) return;
  luaL_traceback(L, L, NULL, 1);
  if (len == 0)
    lua_replace(L, -2);
  else {
    lua_pushliteral(L, "\n[awaited from]\n");
    lua_insert(L, -2);
    lua_concat(L, 3);
  }
}

/* An exception object keeps the traceback itself. stack: error, traceback */
static void keep_traceback(lua_State *L) {
  if (!is_exception(L, -2, EXCEPTION)) return;
  lua_pushliteral(L, "traceback");
  lua_pushvalue(L, -2);
  lua_rawset(L, -4);
}

int traceback_handler(lua_State *L) {
  lua_settop(L, 1);
  if (lua_isnil(L, 1)) {
    lua_pushliteral(L, "nil");
    exception_new(L, EXCEPTION, -1);
    lua_replace(L, 1);
    lua_settop(L, 1);
  }
  if (is_exception(L, 1, CANCELLED_ERROR)) return 1;
  push_known(L, 1);
  join_traceback(L);
  keep_traceback(L);
  core_set(L, CORE_TRACEBACK);
  lua_pushvalue(L, 1);
  core_set(L, CORE_ERROR);
  return 1;
}

/* stack: ..., list of the classes */
static void note_classes(lua_State *L) {
  Core *core = core_get(L);
  int i;
  for (i = 1; i <= EXCEPTION_COUNT; i++) {
    lua_rawgeti(L, -1, i);
    core->exceptions[i] = lua_topointer(L, -1);
    lua_pop(L, 1);
  }
}

/* The module was loaded anew: others are to find the classes there are.
** stack: ..., their module */
static void share_classes(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "asyncio.exceptions");
  lua_pop(L, 1);
}

/* core.raise_again(err): with the traceback that is known of it */
static int core_raise_again(lua_State *L) {
  lua_settop(L, 1);
  traceback_keep(L);
  return lua_error(L);
}

/* core.keep_traceback(err) -> err, for xpcall */
static int core_keep_traceback(lua_State *L) {
  return traceback_handler(L);
}

void errors_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"raise_again", core_raise_again},
                                       {"keep_traceback", core_keep_traceback},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  core_push_any(L, CORE_EXCEPTIONS);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, "asyncio.exceptions");
    lua_replace(L, -2);
    if (!lua_istable(L, -1)) {
      lua_pop(L, 1);
      lua_getglobal(L, "require");
      lua_pushliteral(L, "asyncio.exceptions");
      lua_call(L, 1, 1);
    }
    lua_getfield(L, -1, "core_classes");
    note_classes(L);
    core_set(L, CORE_CLASSES);
    lua_pushvalue(L, -1);
    core_set(L, CORE_EXCEPTIONS);
  } else
    share_classes(L);
  lua_setfield(L, -2, "exceptions");
}
