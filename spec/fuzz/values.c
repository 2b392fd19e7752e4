/*
** Fuzz target: the bytes choose values, which values.lua makes; what is
** decoded from what was encoded of them is equal to them. The first two bytes
** tell which allocation fails, if any.
*/
#include <string.h>

#include "fuzz.h"
#include "mem.h"
#include "transfer.h"

enum { RUNS = 100 };

static lua_State *L;

static void must(int status) {
  if (status == LUA_OK) return;
  fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
  abort();
}

/* stack: 1 the module values, 2 the functions of transfer_open */
static void open(void) {
  L = fuzz_state();
  must(luaL_dofile(L, "spec/fuzz/values.lua"));
  lua_newtable(L);
  transfer_open(L);
}

/* bytes -> list of values */
static void make(const uint8_t *data, size_t size) {
  lua_getfield(L, 1, "make");
  lua_getfield(L, 1, "picker");
  lua_pushlstring(L, (const char *)data, size);
  must(lua_pcall(L, 1, 1, 0));
  must(lua_pcall(L, 1, 1, 0));
}

/* list -> list of copies */
static int copy(lua_State *state) {
  int i, n;
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_getfield(state, 1, "n");
  n = (int)lua_tointeger(state, -1);
  lua_pop(state, 1);
  for (i = 1; i <= n; i++) lua_rawgeti(state, 1, i);
  lua_call(state, n, LUA_MULTRET);
  n = lua_gettop(state) - 1;
  lua_createtable(state, n, 1);
  lua_insert(state, 2);
  for (i = n; i >= 1; i--) lua_rawseti(state, 2, i);
  lua_pushinteger(state, n);
  lua_setfield(state, 2, "n");
  return 1;
}

/* stack: ..., list -> the same, copies; or false when memory failed */
static int push_copies(unsigned fail_at) {
  int status;
  lua_getfield(L, 2, "_transfer_copy");
  lua_pushcclosure(L, copy, 1);
  lua_pushvalue(L, -2);
  mem_fail_at = fail_at % 2 ? (long)(fail_at / 2 % 64) : 0;
  allocations_left = fail_at > 0 && fail_at % 2 == 0 ? (long)(fail_at / 2) : -1;
  status = lua_pcall(L, 1, 1, 0);
  mem_fail_at = 0;
  allocations_left = -1;
  if (status == LUA_OK) return 1;
  if (fail_at > 0 && strstr(lua_tostring(L, -1), "not enough memory")) return 0;
  must(status);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static int runs = 0;
  unsigned fail_at = 0;
  if (L == NULL) open();
  if (size >= 2 && data[0] < 64) fail_at = data[0] * 256u + data[1];
  if (size >= 2) make(data + 2, size - 2);
  if (size >= 2 && push_copies(fail_at)) {
    lua_getfield(L, 1, "compare");
    lua_insert(L, -3);
    must(lua_pcall(L, 2, 0, 0));
  }
  lua_settop(L, 2);
  if (++runs % RUNS == 0) {
    lua_close(L);
    L = NULL;
  }
  return 0;
}
