/*
** From values to a parcel. Objects are numbered as they are met and encoded in
** that order, so nothing recurses. Whatever raises leaves an encoder that is
** garbage, and its finalizer lets go of all.
*/
#include <lauxlib.h>
#include <string.h>

#include "chunk.h"
#include "encoder.h"
#include "identity.h"
#include "names.h"

/* Key of a metatable: its TransferFunction, in a userdata. */
static const char class_key = 0;
/* Key of the registry: the UnwrapFunction, in a userdata with the maker. */
static const char wrapper_key = 0;

/* {=== Bytes === */

static void reserve(lua_State *L, Buffer *buffer, size_t n) {
  if (!buffer_reserve(buffer, n)) encoder_no_memory(L);
}

static void put_tag(lua_State *L, Encoder *e, Tag tag) {
  unsigned char byte = (unsigned char)tag;
  reserve(L, &e->out, 1);
  buffer_put(&e->out, &byte, 1);
}

/* A tag and n bytes. */
static void put(lua_State *L, Encoder *e, Tag tag, const void *bytes,
                size_t n) {
  unsigned char byte = (unsigned char)tag;
  reserve(L, &e->out, n + 1);
  buffer_put(&e->out, &byte, 1);
  buffer_put(&e->out, bytes, n);
}

static void put_number(lua_State *L, Encoder *e, int idx) {
  if (lua_isinteger(L, idx)) {
    lua_Integer n = lua_tointeger(L, idx);
    unsigned char byte = (unsigned char)n;
    if (n >= 0 && n <= 255)
      put(L, e, TAG_BYTE, &byte, 1);
    else
      put(L, e, TAG_INTEGER, &n, sizeof(n));
  } else {
    lua_Number n = lua_tonumber(L, idx);
    put(L, e, TAG_FLOAT, &n, sizeof(n));
  }
}

static void put_string(lua_State *L, Encoder *e, int idx) {
  size_t size;
  const char *s = lua_tolstring(L, idx, &size);
  unsigned char byte = (unsigned char)size;
  uint64_t size64 = size;
  reserve(L, &e->out, size < SIZE_MAX / 2 ? size + 9 : size);
  if (size <= 255)
    put(L, e, TAG_SHORT, &byte, 1);
  else
    put(L, e, TAG_LONG, &size64, sizeof(size64));
  buffer_put(&e->out, s, size);
}

/* ===} {=== Objects === */

/* Returns the number of what is met at idx for the first time. */
static uint32_t add_object(lua_State *L, Encoder *e, int idx,
                           const ParcelEntry *entry) {
  Object object = {*entry, e->current};
  if (e->count >= ROOT - 1) luaL_error(L, "too many objects");
  reserve(L, &e->objects, sizeof(Object));
  encoder_anchor(L, e, idx);
  if (!map_add(&e->numbers, lua_topointer(L, idx), e->count))
    encoder_no_memory(L);
  buffer_put(&e->objects, &object, sizeof(Object));
  return e->count++;
}

/* stack: ..., name -> ... */
static uint32_t add_named(lua_State *L, Encoder *e, int idx) {
  static const ParcelEntry entry = {ENTRY_NAMED, 0, 0, 0};
  size_t size;
  const char *name = lua_tolstring(L, -1, &size);
  uint32_t size32 = (uint32_t)size, number;
  if (size > UINT32_MAX) encoder_no_memory(L);
  number = add_object(L, e, idx, &entry);
  reserve(L, &e->names, size + sizeof(size32));
  buffer_put(&e->names, &size32, sizeof(size32));
  buffer_put(&e->names, name, size);
  lua_pop(L, 1);
  return number;
}

void transfer_wrapper(lua_State *L, UnwrapFunction unwrap) {
  void *place = lua_newuserdatauv(L, sizeof(unwrap), 1);
  memcpy(place, &unwrap, sizeof(unwrap));
  lua_pushvalue(L, -2);
  lua_setiuservalue(L, -2, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &wrapper_key);
}

void transfer_push_maker(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &wrapper_key) == LUA_TNIL) return;
  lua_getiuservalue(L, -1, 1);
  lua_replace(L, -2);
}

/* Does the function at idx wrap another? Then that is pushed. */
static bool push_unwrapped(lua_State *L, int idx) {
  UnwrapFunction unwrap = NULL;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &wrapper_key) != LUA_TNIL)
    memcpy(&unwrap, lua_touserdata(L, -1), sizeof(unwrap));
  lua_pop(L, 1);
  return unwrap != NULL && unwrap(L, idx);
}

/* Has the value at idx a name? Then it is pushed. */
static bool push_name(lua_State *L, const Encoder *e, int idx) {
  int index = e->slots + SLOT_INDEX;
  if (lua_isnil(L, index)) {
    names_push_index(L);
    lua_replace(L, index);
  }
  return names_push(L, index, idx);
}

static uint32_t add_table(lua_State *L, Encoder *e, int idx) {
  ParcelEntry entry = {ENTRY_TABLE, 0, 0, 0};
  uint64_t id;
  if (push_name(L, e, idx)) return add_named(L, e, idx);
  id = identity_of(L, idx);
  if (id != 0) {
    entry.kind = ENTRY_IDENTIFIED;
    entry.a = (uint32_t)id;
    entry.b = (uint32_t)(id >> 32);
  }
  return add_object(L, e, idx, &entry);
}

static uint32_t number_of(lua_State *L, Encoder *e, int idx);

/* stack: ..., the wrapped function, which is popped */
static uint32_t add_wrapped(lua_State *L, Encoder *e, int idx) {
  ParcelEntry entry = {ENTRY_WRAPPED, 0, 0, 0};
  if (lua_iscfunction(L, -1) && push_unwrapped(L, lua_gettop(L)))
    encoder_refuse(L, e, idx); /* twice: this would recurse */
  entry.b = number_of(L, e, lua_gettop(L));
  transfer_push_maker(L);
  entry.a = number_of(L, e, lua_gettop(L));
  lua_pop(L, 2);
  return add_object(L, e, idx, &entry);
}

static uint32_t add_c_function(lua_State *L, Encoder *e, int idx) {
  if (push_unwrapped(L, idx)) return add_wrapped(L, e, idx);
  if (!push_name(L, e, idx) && !names_push_anew(L, e->slots + SLOT_INDEX, idx))
    encoder_refuse(L, e, idx);
  return add_named(L, e, idx);
}

/* There is room in e->shared; takes the count. */
static uint32_t add_shared(Encoder *e, Shared *shared) {
  uint32_t number = (uint32_t)(e->shared.size / sizeof(Shared *));
  buffer_put(&e->shared, &shared, sizeof(Shared *));
  return number;
}

/* It may be received as a function that was made before. But two of the same
** chunk are two, so the second may not; others see entry.b set to 0 below. */
static uint32_t add_function(lua_State *L, Encoder *e, int idx) {
  ParcelEntry entry = {ENTRY_FUNCTION, 0, 1, 0};
  Shared *chunk;
  reserve(L, &e->shared, sizeof(Shared *));
  chunk = chunk_push_of(L, idx);
  entry.a = map_find(&e->chunks, chunk);
  if (entry.a != MAP_NONE)
    entry.b = 0;
  else {
    shared_retain(chunk);
    entry.a = add_shared(e, chunk);
    if (!map_add(&e->chunks, chunk, entry.a)) encoder_no_memory(L);
  }
  lua_pop(L, 1);
  return add_object(L, e, idx, &entry);
}

/* Pushes what transfer_class has noted of the userdata at idx; raises if there
** is nothing. */
static TransferFunction function_of(lua_State *L, const Encoder *e, int idx) {
  TransferFunction function = NULL;
  if (lua_getmetatable(L, idx)) {
    if (lua_rawgetp(L, -1, &class_key) == LUA_TUSERDATA)
      memcpy(&function, lua_touserdata(L, -1), sizeof(function));
    lua_pop(L, 2);
  }
  if (function == NULL) encoder_refuse(L, e, idx);
  return function;
}

static uint32_t add_userdata(lua_State *L, Encoder *e, int idx) {
  ParcelEntry entry = {ENTRY_SHARED, 0, 0, 0};
  TransferFunction function = function_of(L, e, idx);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  reserve(L, &e->shared, sizeof(Shared *));
  entry.a = add_shared(e, function(L, idx));
  return add_object(L, e, idx, &entry);
}

void transfer_class(lua_State *L, TransferFunction function) {
  void *place = lua_newuserdatauv(L, sizeof(function), 0);
  memcpy(place, &function, sizeof(function));
  lua_rawsetp(L, -2, &class_key);
}

/* ===} {=== Values === */

static uint32_t add_new(lua_State *L, Encoder *e, int idx) {
  switch (lua_type(L, idx)) {
    case LUA_TTABLE:
      return add_table(L, e, idx);
    case LUA_TFUNCTION:
      return lua_iscfunction(L, idx) ? add_c_function(L, e, idx)
                                     : add_function(L, e, idx);
    case LUA_TUSERDATA:
      return add_userdata(L, e, idx);
    default:
      encoder_refuse(L, e, idx);
      return 0;
  }
}

/* The number of the object at idx. */
static uint32_t number_of(lua_State *L, Encoder *e, int idx) {
  uint32_t number = map_find(&e->numbers, lua_topointer(L, idx));
  return number != MAP_NONE ? number : add_new(L, e, idx);
}

static bool is_globals(lua_State *L, const Encoder *e, int idx) {
  return lua_istable(L, idx) && lua_topointer(L, idx) == e->globals;
}

static void put_object(lua_State *L, Encoder *e, int idx) {
  uint32_t number;
  if (is_globals(L, e, idx)) {
    put_tag(L, e, TAG_GLOBALS);
    return;
  }
  number = number_of(L, e, idx);
  put(L, e, TAG_OBJECT, &number, sizeof(number));
}

/* An item; idx is absolute. */
static void put_value(lua_State *L, Encoder *e, int idx) {
  const void *light;
  switch (lua_type(L, idx)) {
    case LUA_TNIL:
      put_tag(L, e, TAG_NIL);
      break;
    case LUA_TBOOLEAN:
      put_tag(L, e, lua_toboolean(L, idx) ? TAG_TRUE : TAG_FALSE);
      break;
    case LUA_TNUMBER:
      put_number(L, e, idx);
      break;
    case LUA_TSTRING:
      put_string(L, e, idx);
      break;
    case LUA_TLIGHTUSERDATA:
      light = lua_touserdata(L, idx);
      put(L, e, TAG_LIGHT, &light, sizeof(light));
      break;
    default:
      put_object(L, e, idx);
  }
}

/* ===} {=== Bodies === */

static uint32_t capped(lua_Integer n) {
  return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* The values of the keys 1, 2, ... for as long as they come in order.
** stack: ..., table, nil -> ..., table [, key, value of the rest] */
static lua_Integer put_list(lua_State *L, Encoder *e, int table) {
  lua_Integer n = 0;
  while (lua_next(L, table) != 0) {
    if (!lua_isinteger(L, table + 1) || lua_tointeger(L, table + 1) != n + 1)
      return n;
    put_value(L, e, table + 2);
    lua_pop(L, 1);
    n++;
  }
  return n;
}

/* stack: ..., table [, key, value] -> ..., table */
static lua_Integer put_pairs(lua_State *L, Encoder *e, int table) {
  lua_Integer n = 0;
  if (lua_gettop(L) == table) return 0;
  do {
    put_value(L, e, table + 1);
    put_value(L, e, table + 2);
    lua_pop(L, 1);
    n++;
  } while (lua_next(L, table) != 0);
  return n;
}

/* The table is on top. Without metamethods. */
static void put_table(lua_State *L, Encoder *e, uint32_t number) {
  int table = lua_gettop(L);
  lua_Integer n, pairs;
  Object *object;
  lua_pushnil(L);
  n = put_list(L, e, table);
  put_tag(L, e, TAG_END);
  pairs = put_pairs(L, e, table);
  put_tag(L, e, TAG_END);
  object = encoder_object(e, number);
  if (object->entry.kind == ENTRY_IDENTIFIED) return;
  object->entry.a = capped(n);
  object->entry.b = capped(pairs);
}

/* The metatable that the table on top may have. */
static void note_metatable(lua_State *L, Encoder *e, uint32_t number) {
  uint32_t meta;
  if (!lua_getmetatable(L, -1)) return;
  meta = number_of(L, e, lua_gettop(L));
  encoder_object(e, number)->entry.meta = meta + 1;
  lua_pop(L, 1);
}

/* Which upvalue of the function with the number is this cell? 0 for none. */
static int find_cell(lua_State *L, const Encoder *e, uint32_t number,
                     const void *cell) {
  int i, found = 0;
  encoder_push_object(L, e, number);
  for (i = 1; found == 0 && lua_getupvalue(L, -1, i) != NULL; i++) {
    lua_pop(L, 1);
    if (lua_upvalueid(L, -1, i) == cell) found = i;
  }
  lua_pop(L, 1);
  return found;
}

/* The two with an upvalue in common have it with each other only, so neither
** is received as a function that was made before. */
static void put_joined(lua_State *L, Encoder *e, uint32_t number,
                       uint32_t other, int i) {
  unsigned char bytes[sizeof(other) + 1];
  memcpy(bytes, &other, sizeof(other));
  bytes[sizeof(other)] = (unsigned char)i;
  put(L, e, TAG_JOINED, bytes, sizeof(bytes));
  encoder_object(e, number)->entry.b = 0;
  encoder_object(e, other)->entry.b = 0;
}

/* Is the value on top always the same for who receives the function? */
static bool is_constant(lua_State *L, const Encoder *e, uint32_t number) {
  uint32_t other;
  if (is_globals(L, e, -1)) return true;
  other = map_find(&e->numbers, lua_topointer(L, -1));
  return other != MAP_NONE &&
         (other == number ||
          encoder_object(e, other)->entry.kind == ENTRY_NAMED);
}

/* The value of the upvalue is on top, and has not been met. */
static void put_upvalue(lua_State *L, Encoder *e, uint32_t number,
                        const void *cell) {
  if (!map_add(&e->cells, cell, number)) encoder_no_memory(L);
  put_value(L, e, lua_gettop(L));
  if (!is_constant(L, e, number)) encoder_object(e, number)->entry.b = 0;
}

/* The function is on top. */
static void put_function(lua_State *L, Encoder *e, uint32_t number) {
  int i, function = lua_gettop(L);
  const char *name;
  for (i = 1; (name = lua_getupvalue(L, function, i)) != NULL; i++) {
    const void *cell = lua_upvalueid(L, function, i);
    uint32_t owner = map_find(&e->cells, cell);
    int joined = owner == MAP_NONE ? 0 : find_cell(L, e, owner, cell);
    if (strcmp(name, "_ENV") == 0)
      put_tag(L, e, TAG_GLOBALS);
    else if (joined != 0)
      put_joined(L, e, number, owner, joined);
    else
      put_upvalue(L, e, number, cell);
    lua_pop(L, 1);
  }
  put_tag(L, e, TAG_END);
}

static void put_body(lua_State *L, Encoder *e, uint32_t number) {
  uint32_t kind = encoder_object(e, number)->entry.kind;
  e->current = number;
  if (kind >= ENTRY_NAMED) return;
  encoder_push_object(L, e, number);
  if (kind == ENTRY_FUNCTION)
    put_function(L, e, number);
  else {
    put_table(L, e, number);
    note_metatable(L, e, number);
  }
  lua_pop(L, 1);
}

/* ===} {=== The whole === */

/* Names and entries come last; then the head is known. */
static void put_tail(lua_State *L, Encoder *e, int n) {
  ParcelHead head = {(uint32_t)n, e->count, e->names.size};
  uint32_t i;
  reserve(L, &e->out, e->names.size + e->count * sizeof(ParcelEntry));
  buffer_put(&e->out, e->names.bytes, e->names.size);
  for (i = 0; i < e->count; i++)
    buffer_put(&e->out, &encoder_object(e, i)->entry, sizeof(ParcelEntry));
  memcpy(e->out.bytes, &head, sizeof(head));
}

/* Room for the head, which is known at the end. */
static void put_head(lua_State *L, Encoder *e) {
  static const ParcelHead head = {0, 0, 0};
  reserve(L, &e->out, sizeof(head));
  buffer_put(&e->out, &head, sizeof(head));
}

void transfer_encode(lua_State *L, int first, int n, const Route *route) {
  int i, top = lua_gettop(L);
  uint32_t number;
  Encoder *e;
  first = lua_absindex(L, first);
  e = encoder_begin(L, route);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  put_head(L, e);
  for (i = 0; i < n; i++) {
    e->current = ROOT + (uint32_t)i;
    put_value(L, e, first + i);
  }
  for (number = 0; number < e->count; number++) put_body(L, e, number);
  put_tail(L, e, n);
  encoder_finish(L, e);
  lua_settop(L, top);
}

/* ===} */
