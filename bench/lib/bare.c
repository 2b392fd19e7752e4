/*
** What a Lua program cannot go below: threads made, switched and kept by
** Lua's C interface alone, with no loop, future or task. `require "bare"`.
*/
#include <lauxlib.h>
#include <lua.h>

/* Runs the thread at `index` until it yields or ends; true if it yielded. */
static int resume(lua_State *L, int index, int nargs) {
  lua_State *co = lua_tothread(L, index);
  int nresults;
  int status = lua_resume(co, L, nargs, &nresults);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    lua_error(L);
  }
  lua_pop(co, nresults);
  return status == LUA_YIELD;
}

/* A new thread on top of the stack, with the function at `fn` to run. */
static void push_thread(lua_State *L, int fn) {
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, fn);
  lua_xmove(L, co, 1);
}

/* yield() */
static int bare_yield(lua_State *L) {
  return lua_yield(L, 0);
}

/* call(fn): a new thread that runs fn to its end. */
static int bare_call(lua_State *L) {
  lua_settop(L, 1);
  push_thread(L, 1);
  while (resume(L, 2, 0)) continue;
  return 0;
}

/* start(fn): a new thread that runs fn to its first yield. */
static int bare_start(lua_State *L) {
  lua_settop(L, 1);
  push_thread(L, 1);
  resume(L, 2, 0);
  return 1;
}

/* ring(list): runs the threads in turn until all have ended. */
static int bare_ring(lua_State *L) {
  lua_Integer alive = luaL_len(L, 1);
  lua_settop(L, 1);
  while (alive > 0) {
    lua_Integer i, left = 0;
    for (i = 1; i <= alive; i++) {
      lua_rawgeti(L, 1, i);
      if (resume(L, 2, 0)) left++;
      lua_settop(L, 1);
    }
    alive = left == alive ? alive : 0;
  }
  return 0;
}

int luaopen_bare(lua_State *L);
int luaopen_bare(lua_State *L) {
  static const luaL_Reg functions[] = {{"yield", bare_yield},
                                       {"call", bare_call},
                                       {"start", bare_start},
                                       {"ring", bare_ring},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
