/*
** Compiled functions. Each state remembers the chunk of a function (its code
** never changes), the chunks there are by what is in them, and functions that
** it made of chunks and may use again.
*/
#include "chunk.h"

#include <lauxlib.h>
#include <string.h>

#include "mem.h"

typedef struct Chunk {
  Shared shared;
  size_t size;
  char bytes[];
} Chunk;

/* Keys of the registry. A box is a userdata that holds a chunk. */
static const char box_key = 0;       /* the metatable of boxes */
static const char functions_key = 0; /* function -> box; weak keys */
static const char contents_key = 0;  /* string -> box; weak values */
static const char loaded_key = 0;    /* chunk -> function -> box */

enum { LOADED_LIMIT = 512 };

static void chunk_destroy(Shared *shared) {
  mem_free(shared);
}

static const SharedKind chunk_kind = {chunk_destroy, NULL};

bool is_chunk(const Shared *shared) {
  return shared->kind == &chunk_kind;
}

/* {=== Boxes === */

static int box_gc(lua_State *L) {
  Shared **box = lua_touserdata(L, 1);
  Shared *chunk = *box;
  *box = NULL;
  if (chunk != NULL) shared_release(chunk);
  return 0;
}

/* Pushes a new and empty box. */
static Shared **push_box(lua_State *L) {
  Shared **box = lua_newuserdatauv(L, sizeof(Shared *), 0);
  *box = NULL;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &box_key) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, box_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &box_key);
  }
  lua_setmetatable(L, -2);
  return box;
}

/* Pushes the table that the registry has at key; mode may be NULL. */
static void push_table(lua_State *L, const char *key, const char *mode) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) != LUA_TNIL) return;
  lua_pop(L, 1);
  lua_newtable(L);
  if (mode != NULL) {
    lua_createtable(L, 0, 1);
    lua_pushstring(L, mode);
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
  }
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

/* ===} {=== From a function === */

/* The buffer is begun when the function is off the top already. */
typedef struct Dump {
  bool is_begun;
  luaL_Buffer buffer;
} Dump;

static int write_dump(lua_State *L, const void *bytes, size_t size, void *ud) {
  Dump *dump = ud;
  if (!dump->is_begun) luaL_buffinit(L, &dump->buffer);
  dump->is_begun = true;
  luaL_addlstring(&dump->buffer, bytes, size);
  return 0;
}

/* Pushes the code of the function at idx, as a string. */
static void push_dump(lua_State *L, int idx) {
  Dump dump;
  dump.is_begun = false;
  lua_pushvalue(L, idx);
  lua_dump(L, write_dump, &dump, 0);
  luaL_pushresult(&dump.buffer);
  lua_remove(L, -2);
}

/* stack: ..., code -> ..., code, box of a new chunk */
static void push_new(lua_State *L) {
  size_t size;
  const char *bytes = lua_tolstring(L, -1, &size);
  Shared **box = push_box(L);
  Chunk *chunk = mem_realloc(NULL, sizeof(Chunk) + size);
  if (chunk == NULL) luaL_error(L, "not enough memory");
  shared_init(&chunk->shared, &chunk_kind);
  chunk->size = size;
  memcpy(chunk->bytes, bytes, size);
  *box = &chunk->shared;
}

/* stack: ..., code -> ..., box */
static void push_by_contents(lua_State *L) {
  push_table(L, &contents_key, "v");
  lua_insert(L, -2);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) == LUA_TNIL) {
    lua_pop(L, 1);
    push_new(L);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/* The chunk of the box on top, whose finalizer has run only if all do. */
static Shared *chunk_in_box(lua_State *L) {
  Shared *chunk = *(Shared **)lua_touserdata(L, -1);
  if (chunk == NULL) luaL_error(L, "the Lua state is being closed");
  return chunk;
}

Shared *chunk_push_of(lua_State *L, int idx) {
  idx = lua_absindex(L, idx);
  luaL_checkstack(L, 10, NULL);
  push_table(L, &functions_key, "k");
  lua_pushvalue(L, idx);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    push_dump(L, idx);
    push_by_contents(L);
    lua_pushvalue(L, idx);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  lua_replace(L, -2);
  return chunk_in_box(L);
}

/* ===} {=== To a function === */

typedef struct Reading {
  const Chunk *chunk;
  bool is_over;
} Reading;

static const char *read_chunk(lua_State *L, void *ud, size_t *size) {
  Reading *reading = ud;
  (void)L;
  *size = reading->is_over ? 0 : reading->chunk->size;
  reading->is_over = true;
  return reading->chunk->bytes;
}

static void push_loaded(lua_State *L, const Shared *chunk) {
  Reading reading = {(const Chunk *)(const void *)chunk, false};
  if (lua_load(L, read_chunk, &reading, "=?", "b") != LUA_OK) lua_error(L);
}

/* The table of functions that are used again, emptied when it is full. Its
** [1] is how many there are. */
static void push_reusable(lua_State *L) {
  lua_Integer n;
  push_table(L, &loaded_key, NULL);
  lua_rawgeti(L, -1, 1);
  n = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (n >= LOADED_LIMIT) {
    lua_pop(L, 1);
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &loaded_key);
    push_table(L, &loaded_key, NULL);
    n = 0;
  }
  lua_pushinteger(L, n + 1);
  lua_rawseti(L, -2, 1);
}

/* stack: ..., function, box -> the same. The box keeps the chunk's address from
** becoming another's. */
static void use_again(lua_State *L, const Shared *chunk) {
  push_reusable(L);
  lua_pushvalue(L, -3);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pushvalue(L, -3);
  lua_rawsetp(L, -2, chunk);
  lua_pop(L, 1);
}

/* stack: ..., function -> the same. Sent on or back, it is this chunk. */
static void remember(lua_State *L, Shared *chunk, bool reusable) {
  *push_box(L) = chunk;
  shared_retain(chunk);
  if (reusable) use_again(L, chunk);
  push_table(L, &functions_key, "k");
  lua_pushvalue(L, -3);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 2);
}

void chunk_push_function(lua_State *L, Shared *chunk, bool reusable) {
  luaL_checkstack(L, 10, NULL);
  if (reusable) {
    push_table(L, &loaded_key, NULL);
    lua_rawgetp(L, -1, chunk);
    lua_replace(L, -2);
    if (!lua_isnil(L, -1)) return;
    lua_pop(L, 1);
  }
  push_loaded(L, chunk);
  remember(L, chunk, reusable);
}

/* ===} */
