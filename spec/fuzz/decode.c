/*
** Fuzz target: any bytes as the bytes of a parcel. Decoding them gives values
** or an error, and no more.
*/
#include <string.h>

#include "chunk.h"
#include "fuzz.h"
#include "mem.h"
#include "parcel.h"
#include "transfer.h"

enum { CHUNKS = 3, SHARED = CHUNKS + 2, RUNS = 500 };

/* {=== Shared things === */

static void thing_destroy(Shared *shared) {
  mem_free(shared);
}

static void thing_push(lua_State *L, Shared *shared) {
  lua_pushlightuserdata(L, shared);
}

/* One that is a value, and one that is not. */
static const SharedKind kinds[] = {{thing_destroy, thing_push},
                                   {thing_destroy, NULL}};

static Shared *thing_new(const SharedKind *kind) {
  Shared *shared = mem_realloc(NULL, sizeof(Shared));
  if (shared == NULL) abort();
  shared_init(shared, kind);
  return shared;
}

/* Of functions with none, one and three upvalues. */
static void add_chunks(lua_State *L, Shared **shared) {
  static const char code[] =
      "local a, b, c = 1, 2, 3 "
      "return function() return 1 end, function() return a end, "
      "function(x) a = x + b + c end";
  int i;
  if (luaL_dostring(L, code)) abort();
  for (i = 0; i < CHUNKS; i++) {
    shared[i] = chunk_push_of(L, -CHUNKS + i);
    shared_retain(shared[i]);
    lua_pop(L, 1);
  }
  lua_settop(L, 0);
}

/* ===} */

static lua_State *L;
static Shared *shared[SHARED];

static void open(void) {
  L = fuzz_state();
  add_chunks(L, shared);
  shared[CHUNKS] = thing_new(&kinds[0]);
  shared[CHUNKS + 1] = thing_new(&kinds[1]);
}

static void close(void) {
  int i;
  for (i = 0; i < SHARED; i++) shared_release(shared[i]);
  lua_close(L);
  L = NULL;
}

static int decode(lua_State *state) {
  int top = lua_gettop(state);
  int n = transfer_decode(state, lua_touserdata(state, 1));
  if (lua_gettop(state) != top + n) abort();
  return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static int runs = 0;
  Parcel parcel = {malloc(size > 0 ? size : 1), size, shared, SHARED};
  if (L == NULL) open();
  if (size > 0) memcpy(parcel.bytes, data, size);
  lua_pushcfunction(L, decode);
  lua_pushlightuserdata(L, &parcel);
  lua_pcall(L, 1, LUA_MULTRET, 0);
  lua_settop(L, 0);
  free(parcel.bytes);
  if (++runs % RUNS == 0) close();
  return 0;
}
