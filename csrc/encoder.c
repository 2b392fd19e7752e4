/*
** The memory of an encoder, which outlives what it encodes: each state has an
** idle one, whose buffers are warm. It also keeps the finished parcel.
*/
#include "encoder.h"

#include <lauxlib.h>
#include <string.h>

/* Keys of the registry: the idle Encoder, or false; the metatable of all. */
static const char encoder_key = 0, metatable_key = 0;

int encoder_no_memory(lua_State *L) {
  return luaL_error(L, "not enough memory");
}

/* {=== Its life === */

static void let_go(Encoder *e) {
  size_t i, n = e->shared.size / sizeof(Shared *);
  Shared **shared = (Shared **)(void *)e->shared.bytes;
  for (i = 0; i < n; i++) shared_release(shared[i]);
  e->shared.size = 0;
  parcel_drop(&e->parcel);
}

static int encoder_gc(lua_State *L) {
  Encoder *e = lua_touserdata(L, 1);
  let_go(e);
  e->is_closed = true;
  buffer_free(&e->out);
  buffer_free(&e->names);
  buffer_free(&e->objects);
  buffer_free(&e->shared);
  map_free(&e->numbers);
  map_free(&e->chunks);
  map_free(&e->cells);
  return 0;
}

static void push_metatable(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key) != LUA_TNIL) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, encoder_gc);
  lua_setfield(L, -2, "__gc");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}

static Encoder *push_new(lua_State *L) {
  Encoder *e = lua_newuserdatauv(L, sizeof(Encoder), 0);
  memset(e, 0, sizeof(Encoder));
  push_metatable(L);
  lua_setmetatable(L, -2);
  return e;
}

static void set_idle(lua_State *L) {
  lua_rawsetp(L, LUA_REGISTRYINDEX, &encoder_key);
}

/* Pushes the idle encoder, which is not there for others now, or a new one;
** it is empty. */
static Encoder *push_empty(lua_State *L) {
  Encoder *e;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &encoder_key);
  e = lua_touserdata(L, -1);
  lua_pushboolean(L, 0);
  set_idle(L);
  if (e == NULL) {
    lua_pop(L, 1);
    e = push_new(L);
  }
  if (e->is_closed) luaL_error(L, "the Lua state is being closed");
  let_go(e);
  buffer_reset(&e->out);
  buffer_reset(&e->names);
  buffer_reset(&e->objects);
  buffer_reset(&e->shared);
  map_reset(&e->numbers);
  map_reset(&e->chunks);
  map_reset(&e->cells);
  e->count = 0;
  return e;
}

/* ===} {=== Its slots === */

void encoder_push_object(lua_State *L, const Encoder *e, uint32_t number) {
  if (number < OBJECT_SLOTS)
    lua_pushvalue(L, e->slots + SLOT_OBJECTS + (int)number);
  else
    lua_rawgeti(L, e->slots + SLOT_LIST, (lua_Integer)number);
}

void encoder_anchor(lua_State *L, const Encoder *e, int idx) {
  uint32_t number = e->count;
  if (number < OBJECT_SLOTS) {
    lua_copy(L, idx, e->slots + SLOT_OBJECTS + (int)number);
    return;
  }
  if (number == OBJECT_SLOTS) {
    lua_createtable(L, 4 * OBJECT_SLOTS, 0);
    lua_replace(L, e->slots + SLOT_LIST);
  }
  lua_pushvalue(L, idx);
  lua_rawseti(L, e->slots + SLOT_LIST, (lua_Integer)number);
}

Encoder *encoder_begin(lua_State *L, const Route *route) {
  Encoder *e;
  luaL_checkstack(L, SLOT_END, NULL);
  e = push_empty(L);
  e->route = route;
  e->slots = lua_gettop(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  e->globals = lua_topointer(L, -1);
  lua_settop(L, e->slots);
  lua_settop(L, e->slots + SLOT_END - 1);
  return e;
}

/* ===} {=== Its parcel === */

/* A copy of the bytes, unless there are so many that they are not worth
** keeping the buffer. */
static void *own_bytes(Buffer *buffer) {
  unsigned char *bytes = mem_realloc(
      buffer->capacity > BUFFER_KEPT ? buffer->bytes : NULL, buffer->size);
  if (bytes == NULL) return NULL;
  if (buffer->capacity > BUFFER_KEPT)
    memset(buffer, 0, sizeof(*buffer));
  else
    memcpy(bytes, buffer->bytes, buffer->size);
  return bytes;
}

void encoder_finish(lua_State *L, Encoder *e) {
  uint32_t nshared = (uint32_t)(e->shared.size / sizeof(Shared *));
  size_t size = e->out.size;
  if (nshared > 0) {
    e->parcel.shared = own_bytes(&e->shared);
    if (e->parcel.shared == NULL) encoder_no_memory(L);
    e->parcel.nshared = nshared;
    e->shared.size = 0;
  }
  e->parcel.bytes = own_bytes(&e->out);
  if (e->parcel.bytes == NULL) encoder_no_memory(L);
  e->parcel.size = size;
  lua_settop(L, e->slots);
  set_idle(L);
}

void transfer_take(lua_State *L, Parcel *parcel) {
  Encoder *e;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &encoder_key);
  e = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (e == NULL) return;
  *parcel = e->parcel;
  memset(&e->parcel, 0, sizeof(Parcel));
}

/* ===} */
