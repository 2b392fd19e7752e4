/*
** From a parcel to values. First all objects are made, empty, then they are
** filled, so nothing recurses. Nothing is believed: whatever the bytes are,
** the worst is an error. All there is while it works is on Lua's stack.
*/
#include <lauxlib.h>
#include <limits.h>
#include <string.h>

#include "chunk.h"
#include "format.h"
#include "identity.h"
#include "names.h"
#include "transfer.h"

/* So many objects are on the stack, more are in a list. */
enum { OBJECT_SLOTS = 16 };

typedef struct Decoder {
  const Parcel *parcel;
  const unsigned char *at, *end; /* what is left to be read now */
  const unsigned char *names, *entries;
  uint32_t count; /* of objects */
  int base;       /* index of the first object, or of the list of them */
} Decoder;

static int corrupt(lua_State *L) {
  return luaL_error(L, "corrupt parcel");
}

/* {=== Bytes === */

static const unsigned char *take(lua_State *L, Decoder *d, uint64_t n) {
  const unsigned char *bytes = d->at;
  if (n > (uint64_t)(d->end - d->at)) corrupt(L);
  d->at += n;
  return bytes;
}

static void take_into(lua_State *L, Decoder *d, void *to, size_t n) {
  memcpy(to, take(L, d, n), n);
}

static uint32_t take_uint32(lua_State *L, Decoder *d) {
  uint32_t n;
  take_into(L, d, &n, sizeof(n));
  return n;
}

static ParcelEntry entry_of(const Decoder *d, uint32_t number) {
  ParcelEntry entry;
  memcpy(&entry, d->entries + number * sizeof(entry), sizeof(entry));
  return entry;
}

static uint64_t identity_in(const ParcelEntry *entry) {
  return entry->a | (uint64_t)entry->b << 32;
}

/* ===} {=== Objects === */

static void push_object(lua_State *L, const Decoder *d, uint32_t number) {
  if (number >= d->count) corrupt(L);
  if (d->count <= OBJECT_SLOTS)
    lua_pushvalue(L, d->base + (int)number);
  else
    lua_rawgeti(L, d->base, (lua_Integer)number + 1);
}

/* Of the bytes of bodies each is good for one value at most. */
static void push_table(lua_State *L, const ParcelEntry *entry, uint64_t *left) {
  uint64_t n = (uint64_t)entry->a + entry->b;
  if (n > *left || n > INT_MAX / 2) corrupt(L);
  *left -= n;
  lua_createtable(L, (int)entry->a, (int)entry->b);
}

static void push_identified(lua_State *L, const ParcelEntry *entry) {
  if (identity_push(L, identity_in(entry)) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
}

static Shared *shared_at(lua_State *L, const Decoder *d, uint32_t number) {
  if (number >= d->parcel->nshared) corrupt(L);
  return d->parcel->shared[number];
}

static void push_function(lua_State *L, const Decoder *d,
                          const ParcelEntry *entry) {
  Shared *chunk = shared_at(L, d, entry->a);
  if (!is_chunk(chunk)) corrupt(L);
  chunk_push_function(L, chunk, entry->b != 0);
}

static void push_shared(lua_State *L, const Decoder *d,
                        const ParcelEntry *entry) {
  Shared *shared = shared_at(L, d, entry->a);
  if (shared->kind->push == NULL) corrupt(L);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  shared->kind->push(L, shared);
}

/* d is at the names. */
static void push_named(lua_State *L, Decoder *d) {
  uint32_t size = take_uint32(L, d);
  const char *name = (const char *)take(L, d, size);
  if (size == 0) corrupt(L);
  names_find(L, name, size);
}

/* Nothing but the function that is known to wrap is called. */
static void push_wrapped(lua_State *L, const Decoder *d, uint32_t number,
                         const ParcelEntry *entry) {
  if (entry->a >= number || entry->b >= number) corrupt(L);
  push_object(L, d, entry->a);
  transfer_push_maker(L);
  if (!lua_isfunction(L, -1) || !lua_rawequal(L, -1, -2)) corrupt(L);
  lua_pop(L, 1);
  push_object(L, d, entry->b);
  if (!lua_isfunction(L, -1)) corrupt(L);
  lua_call(L, 1, 1);
}

static void push_new(lua_State *L, Decoder *d, uint32_t number,
                     const ParcelEntry *entry, uint64_t *left) {
  switch (entry->kind) {
    case ENTRY_TABLE:
      push_table(L, entry, left);
      break;
    case ENTRY_IDENTIFIED:
      push_identified(L, entry);
      break;
    case ENTRY_FUNCTION:
      push_function(L, d, entry);
      break;
    case ENTRY_NAMED:
      push_named(L, d);
      break;
    case ENTRY_SHARED:
      push_shared(L, d, entry);
      break;
    case ENTRY_WRAPPED:
      push_wrapped(L, d, number, entry);
      break;
    default:
      corrupt(L);
  }
}

/* Pushes all objects, or a list of them. Tables are empty. */
static void make_objects(lua_State *L, Decoder *d) {
  uint64_t left = (uint64_t)(d->names - d->at);
  bool in_list = d->count > OBJECT_SLOTS;
  uint32_t i;
  Decoder names = *d;
  names.at = d->names;
  names.end = d->entries;
  if (in_list) lua_createtable(L, (int)d->count, 0);
  for (i = 0; i < d->count; i++) {
    ParcelEntry entry = entry_of(d, i);
    push_new(L, &names, i, &entry, &left);
    if (in_list) lua_rawseti(L, d->base, (lua_Integer)i + 1);
  }
}

/* A table that is here already stays as it is. */
static bool is_here(lua_State *L, const Decoder *d, uint32_t number,
                    const ParcelEntry *entry) {
  bool here = false;
  if (entry->kind != ENTRY_IDENTIFIED) return false;
  if (identity_push(L, identity_in(entry)) == LUA_TTABLE) {
    push_object(L, d, number);
    here = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return here;
}

/* While all tables are empty: a __gc that comes in a parcel does not act. */
static void set_metatables(lua_State *L, const Decoder *d) {
  uint32_t i;
  for (i = 0; i < d->count; i++) {
    ParcelEntry entry = entry_of(d, i);
    if (entry.kind > ENTRY_IDENTIFIED || entry.meta == 0) continue;
    if (is_here(L, d, i, &entry)) continue;
    push_object(L, d, i);
    push_object(L, d, entry.meta - 1);
    if (!lua_istable(L, -1)) corrupt(L);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
  }
}

/* ===} {=== Items === */

static void push_integer(lua_State *L, Decoder *d) {
  lua_Integer n;
  take_into(L, d, &n, sizeof(n));
  lua_pushinteger(L, n);
}

static void push_float(lua_State *L, Decoder *d) {
  lua_Number n;
  take_into(L, d, &n, sizeof(n));
  lua_pushnumber(L, n);
}

static void push_string(lua_State *L, Decoder *d, uint64_t size) {
  const unsigned char *bytes = take(L, d, size);
  lua_pushlstring(L, (const char *)bytes, (size_t)size);
}

static void push_long(lua_State *L, Decoder *d) {
  uint64_t size;
  take_into(L, d, &size, sizeof(size));
  push_string(L, d, size);
}

static void push_light(lua_State *L, Decoder *d) {
  void *light;
  take_into(L, d, &light, sizeof(light));
  lua_pushlightuserdata(L, light);
}

/* Pushes the value of an item whose tag was read. */
static void push_item(lua_State *L, Decoder *d, Tag tag) {
  switch (tag) {
    case TAG_NIL:
      lua_pushnil(L);
      break;
    case TAG_FALSE:
    case TAG_TRUE:
      lua_pushboolean(L, tag == TAG_TRUE);
      break;
    case TAG_BYTE:
      lua_pushinteger(L, *take(L, d, 1));
      break;
    case TAG_INTEGER:
      push_integer(L, d);
      break;
    case TAG_FLOAT:
      push_float(L, d);
      break;
    case TAG_SHORT:
      push_string(L, d, *take(L, d, 1));
      break;
    case TAG_LONG:
      push_long(L, d);
      break;
    case TAG_LIGHT:
      push_light(L, d);
      break;
    case TAG_GLOBALS:
      lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
      break;
    case TAG_OBJECT:
      push_object(L, d, take_uint32(L, d));
      break;
    default:
      corrupt(L);
  }
}

static Tag take_tag(lua_State *L, Decoder *d) {
  return (Tag)*take(L, d, 1);
}

/* Pushes the value of the next item; at an END nothing. */
static bool push_next(lua_State *L, Decoder *d) {
  Tag tag = take_tag(L, d);
  if (tag == TAG_END) return false;
  push_item(L, d, tag);
  return true;
}

/* ===} {=== Bodies === */

static bool is_nan(lua_State *L, int idx) {
  return lua_type(L, idx) == LUA_TNUMBER && !lua_rawequal(L, idx, idx);
}

/* The table is on top. */
static void fill_table(lua_State *L, Decoder *d) {
  lua_Integer n;
  for (n = 1; push_next(L, d); n++) lua_rawseti(L, -2, n);
  while (push_next(L, d)) {
    if (lua_isnil(L, -1) || is_nan(L, -1) || !push_next(L, d)) corrupt(L);
    lua_rawset(L, -3);
  }
}

/* Has the function on top so many upvalues? */
static bool has_upvalue(lua_State *L, int i) {
  if (lua_getupvalue(L, -1, i) == NULL) return false;
  lua_pop(L, 1);
  return true;
}

/* The i-th upvalue of the function on top is that of another. */
static void join(lua_State *L, Decoder *d, int i) {
  uint32_t number = take_uint32(L, d);
  int other = *take(L, d, 1);
  push_object(L, d, number);
  if (!lua_isfunction(L, -1) || lua_iscfunction(L, -1) || other == 0 ||
      !has_upvalue(L, other))
    corrupt(L);
  lua_upvaluejoin(L, -2, i, -1, other);
  lua_pop(L, 1);
}

/* The function is on top. */
static void fill_function(lua_State *L, Decoder *d) {
  int i;
  Tag tag;
  for (i = 1; (tag = take_tag(L, d)) != TAG_END; i++) {
    if (!has_upvalue(L, i)) corrupt(L);
    if (tag == TAG_JOINED)
      join(L, d, i);
    else {
      push_item(L, d, tag);
      lua_setupvalue(L, -2, i);
    }
  }
  if (has_upvalue(L, i)) corrupt(L);
}

/* The table is on top, or another that is not looked at. */
static void fill_identified(lua_State *L, Decoder *d, uint32_t number,
                            const ParcelEntry *entry) {
  bool here = is_here(L, d, number, entry);
  if (here) lua_newtable(L);
  fill_table(L, d);
  if (here)
    lua_pop(L, 1);
  else
    identity_set(L, -1, identity_in(entry));
}

static void fill_objects(lua_State *L, Decoder *d) {
  uint32_t i;
  for (i = 0; i < d->count; i++) {
    ParcelEntry entry = entry_of(d, i);
    if (entry.kind > ENTRY_FUNCTION) continue;
    push_object(L, d, i);
    if (entry.kind == ENTRY_FUNCTION)
      fill_function(L, d);
    else if (entry.kind == ENTRY_IDENTIFIED)
      fill_identified(L, d, i, &entry);
    else
      fill_table(L, d);
    lua_pop(L, 1);
  }
}

/* ===} {=== The whole === */

/* Finds the parts. Returns how many roots there are. */
static uint32_t open(lua_State *L, Decoder *d, const Parcel *parcel) {
  ParcelHead head;
  uint64_t size;
  d->parcel = parcel;
  d->at = parcel->bytes;
  d->end = parcel->bytes + parcel->size;
  take_into(L, d, &head, sizeof(head));
  size = (uint64_t)(d->end - d->at);
  if (head.entries > size / sizeof(ParcelEntry) || head.entries > INT_MAX / 2)
    corrupt(L);
  size -= head.entries * sizeof(ParcelEntry);
  if (head.names > size || head.roots > size - head.names) corrupt(L);
  d->end = d->names = d->at + (size - head.names);
  d->entries = d->names + head.names;
  d->count = head.entries;
  if (head.roots > INT_MAX / 2) corrupt(L);
  return head.roots;
}

int transfer_decode(lua_State *L, const Parcel *parcel) {
  Decoder d;
  uint32_t i, roots;
  int objects;
  luaL_checkstack(L, OBJECT_SLOTS + 20, NULL);
  roots = open(L, &d, parcel);
  luaL_checkstack(L, (int)roots + OBJECT_SLOTS + 20, "too many values");
  d.base = lua_gettop(L) + 1;
  make_objects(L, &d);
  set_metatables(L, &d);
  objects = lua_gettop(L) + 1 - d.base;
  for (i = 0; i < roots; i++)
    if (!push_next(L, &d)) corrupt(L);
  fill_objects(L, &d);
  if (objects > 0) lua_rotate(L, d.base, (int)roots);
  lua_pop(L, objects);
  return (int)roots;
}

/* ===} */
