/*
** The stores of queues: first in first out, last in first out, or a heap in
** the order of CPython's heapq. A queue (lua/asyncio/queues.lua) has its store
** at index 1. When nobody has to wait or to be woken, awaiting its put or get
** needs no Lua: attempt_put, attempt_get.
*/
#include "queue.h"

#include "coroutine.h"
#include "glue.h"

typedef enum Order { FIFO, LIFO, HEAP } Order;

/* Invariant: item i, from 0, is in the table of items at place(i); the table
** has room for `capacity`, a power of two. In a heap `first` is 0. */
typedef struct Store {
  double maxsize; /* 0 or less: any number */
  uint64_t unfinished;
  uint32_t first, count, capacity;
  uint32_t changes; /* a comparison must not change what is being ordered */
  uint8_t order;
  bool is_shut_down;
  /* May somebody stand in that line, by GETTERS ...? Then put, or get, has to
  ** wake one; in Lua. */
  bool is_awaited[2];
} Store;

enum { GETTERS, PUTTERS };
enum { UV_ITEMS = 1, UV_LESS, STORE_USERVALUES = UV_LESS };
enum { MIN_CAPACITY = 8, KEPT_CAPACITY = 1024, MAX_CAPACITY = 1 << 30 };

/* Key of the registry: the metatable of stores. */
static const char class_key = 0;

static bool is_store(lua_State *L, int idx) {
  return has_metatable(L, idx, core_of(L)->queue_class);
}

static Store *check_store(lua_State *L) {
  if (!is_store(L, 1)) luaL_typeerror(L, 1, "queue's store");
  return lua_touserdata(L, 1);
}

static bool is_full(const Store *s) {
  return s->maxsize > 0 && s->count >= s->maxsize;
}

static bool can_put(const Store *s) {
  return !s->is_shut_down && !is_full(s);
}

/* {=== Items === */

static lua_Integer place(const Store *s, uint32_t i) {
  return (lua_Integer)((s->first + i) & (s->capacity - 1)) + 1;
}

/* A table for n items takes the place of the one that is full. Making it may
** run finalizers, and they may use this queue: then it need not be full any
** more. */
static void set_capacity(lua_State *L, int store, Store *s, uint32_t n) {
  uint32_t i;
  lua_createtable(L, (int)n, 0);
  lua_getiuservalue(L, store, UV_ITEMS);
  for (i = 0; i < s->count && s->count < n; i++) {
    lua_rawgeti(L, -1, place(s, i));
    lua_rawseti(L, -3, (lua_Integer)i + 1);
  }
  lua_pop(L, 1);
  if (s->count < n) {
    lua_setiuservalue(L, store, UV_ITEMS);
    s->first = 0;
    s->capacity = n;
  } else
    lua_pop(L, 1);
}

/* Makes room for one more item. May run finalizers. */
static void reserve(lua_State *L, int store, Store *s) {
  if (s->count == MAX_CAPACITY) luaL_error(L, "too many items in the queue");
  while (s->count == s->capacity)
    set_capacity(L, store, s, s->count == 0 ? MIN_CAPACITY : 2 * s->count);
}

/* Is there room for an item, in the queue and in its table? */
static bool has_room(lua_State *L, int store, Store *s) {
  if (!can_put(s)) return false;
  if (s->count < s->capacity) return true;
  reserve(L, store, s);
  return can_put(s);
}

/* stack: ..., items, item -> ..., items */
static void append(lua_State *L, Store *s) {
  lua_rawseti(L, -2, place(s, s->count));
  s->count++;
  s->changes++;
}

/* Pushes the item number i, which is no longer there. stack: ..., items */
static void take_at(lua_State *L, const Store *s, uint32_t i) {
  lua_rawgeti(L, -1, place(s, i));
  lua_pushnil(L);
  lua_rawseti(L, -3, place(s, i));
}

/* Pushes the first or the last item. stack: ..., items */
static void take_end(lua_State *L, Store *s) {
  s->count--;
  s->changes++;
  if (s->order == LIFO)
    take_at(L, s, s->count);
  else {
    take_at(L, s, 0);
    s->first++;
  }
}

/* A burst leaves no room behind. Cannot raise. */
static void release_room(lua_State *L, int store, Store *s) {
  if (s->count > 0 || s->capacity <= KEPT_CAPACITY) return;
  s->first = s->capacity = 0;
  lua_pushnil(L);
  lua_setiuservalue(L, store, UV_ITEMS);
}

/* ===} {=== The heap === */

/* All comparisons come first, so that one that fails loses nothing. */

enum { HEAP_ITEMS = 3, HEAP_LESS = 4, HEAP_ITEM = 5 }; /* in the functions */

/* Is the value at a less than the one at b? */
static bool is_less(lua_State *L, int a, int b) {
  bool is_one;
  if (lua_isnil(L, HEAP_LESS)) return lua_compare(L, a, b, LUA_OPLT);
  lua_pushvalue(L, HEAP_LESS);
  lua_pushvalue(L, a);
  lua_pushvalue(L, b);
  lua_call(L, 2, 1);
  is_one = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return is_one;
}

static void check_unchanged(lua_State *L, const Store *s, uint32_t changes) {
  if (s->changes != changes)
    luaL_error(L, "PriorityQueue changed while its items were compared");
}

/* items[to] = items[from] */
static void move(lua_State *L, lua_Integer from, lua_Integer to) {
  lua_rawgeti(L, HEAP_ITEMS, from);
  lua_rawseti(L, HEAP_ITEMS, to);
}

/* Is the item less than the one at the place? */
static bool belongs_above(lua_State *L, lua_Integer at) {
  bool is_one;
  lua_rawgeti(L, HEAP_ITEMS, at);
  is_one = is_less(L, HEAP_ITEM, HEAP_ITEM + 1);
  lua_pop(L, 1);
  return is_one;
}

/* stack: 1 store, 2 item, 3 items, 4 comparator, 5 item */
static void heap_put(lua_State *L, Store *s) {
  uint32_t hole, last = s->count + 1, at = last, changes = s->changes;
  while (at > 1 && belongs_above(L, at / 2)) at /= 2;
  check_unchanged(L, s, changes);
  for (hole = last; hole > at; hole /= 2) move(L, hole / 2, hole);
  lua_pushvalue(L, HEAP_ITEM);
  lua_rawseti(L, HEAP_ITEMS, at);
  s->count++;
  s->changes++;
}

/* The child that is not greater. */
static uint32_t lesser_child(lua_State *L, uint32_t at, uint32_t n) {
  uint32_t child = 2 * at;
  if (child >= n) return child;
  lua_rawgeti(L, HEAP_ITEMS, child);
  lua_rawgeti(L, HEAP_ITEMS, child + 1);
  if (!is_less(L, HEAP_ITEM + 1, HEAP_ITEM + 2)) child++;
  lua_pop(L, 2);
  return child;
}

/* The item goes down from the root of a heap of n. */
static void sink(lua_State *L, const Store *s, uint32_t n) {
  uint32_t path[33] = {1}, at, changes = s->changes;
  int i, depth = 0;
  for (at = 1; 2 * at <= n; path[++depth] = at) at = lesser_child(L, at, n);
  while (depth > 0 && belongs_above(L, path[depth])) depth--;
  check_unchanged(L, s, changes);
  for (i = 0; i < depth; i++) move(L, path[i + 1], path[i]);
  lua_pushvalue(L, HEAP_ITEM);
  lua_rawseti(L, HEAP_ITEMS, path[depth]);
}

/* Pushes the least item. stack: 1 store, 2 nil, 3 items, 4 comparator */
static void heap_take(lua_State *L, Store *s) {
  uint32_t n = s->count - 1;
  lua_rawgeti(L, HEAP_ITEMS, n + 1);
  lua_rawgeti(L, HEAP_ITEMS, 1);
  lua_replace(L, 2);
  if (n > 0) sink(L, s, n);
  lua_pushnil(L);
  lua_rawseti(L, HEAP_ITEMS, n + 1);
  s->count = n;
  s->changes++;
  lua_pushvalue(L, 2);
}

/* ===} {=== The store, for Lua === */

/* Pushes whether somebody is in the line, where from now on nobody is: who
** called wakes one, and says so if there are more. */
static void push_awaited(lua_State *L, Store *s, int line) {
  lua_pushboolean(L, s->is_awaited[line]);
  s->is_awaited[line] = false;
}

/* Nothing was put or taken: false, is it shut down? Who called will stand in
** the line. */
static int refuse(lua_State *L, Store *s, int line) {
  s->is_awaited[line] = true;
  lua_pushboolean(L, 0);
  lua_pushboolean(L, s->is_shut_down);
  return 2;
}

/* Store:put(item) -> true, is a getter to be woken?; or false, is it shut
** down? */
static int Store_put(lua_State *L) {
  Store *s = check_store(L);
  lua_settop(L, 2);
  if (!has_room(L, 1, s)) return refuse(L, s, PUTTERS);
  lua_getiuservalue(L, 1, UV_ITEMS);
  if (s->order == HEAP) lua_getiuservalue(L, 1, UV_LESS);
  lua_pushvalue(L, 2);
  if (s->order == HEAP)
    heap_put(L, s);
  else
    append(L, s);
  s->unfinished++;
  lua_pushboolean(L, 1);
  push_awaited(L, s, GETTERS);
  return 2;
}

/* Store:take() -> true, is a putter to be woken?, item; or false, is it shut
** down? */
static int Store_take(lua_State *L) {
  Store *s = check_store(L);
  int item;
  if (s->count == 0) return refuse(L, s, GETTERS);
  lua_settop(L, 2);
  lua_getiuservalue(L, 1, UV_ITEMS);
  if (s->order == HEAP) {
    lua_getiuservalue(L, 1, UV_LESS);
    heap_take(L, s);
  } else
    take_end(L, s);
  item = lua_gettop(L);
  release_room(L, 1, s);
  lua_pushboolean(L, 1);
  push_awaited(L, s, PUTTERS);
  lua_pushvalue(L, item);
  return 3;
}

/* Store:peek() -> the item that take would return; nil for none */
static int Store_peek(lua_State *L) {
  Store *s = check_store(L);
  if (s->count == 0) return 0;
  lua_getiuservalue(L, 1, UV_ITEMS);
  lua_rawgeti(L, -1, place(s, s->order == LIFO ? s->count - 1 : 0));
  return 1;
}

/* Store:items() -> a list of them, with n */
static int Store_items(lua_State *L) {
  Store *s = check_store(L);
  uint32_t i;
  lua_settop(L, 1);
  lua_createtable(L, (int)s->count, 1);
  lua_getiuservalue(L, 1, UV_ITEMS);
  for (i = 0; i < s->count; i++) {
    lua_rawgeti(L, 3, place(s, i));
    lua_rawseti(L, 2, (lua_Integer)i + 1);
  }
  lua_pop(L, 1);
  lua_pushinteger(L, s->count);
  lua_setfield(L, 2, "n");
  return 1;
}

/* Store:count() */
static int Store_count(lua_State *L) {
  lua_pushinteger(L, check_store(L)->count);
  return 1;
}

static int Store_is_full(lua_State *L) {
  lua_pushboolean(L, is_full(check_store(L)));
  return 1;
}

/* Store:shut_down(): from now on nothing is put */
static int Store_shut_down(lua_State *L) {
  check_store(L)->is_shut_down = true;
  return 0;
}

static int Store_is_shut_down(lua_State *L) {
  lua_pushboolean(L, check_store(L)->is_shut_down);
  return 1;
}

/* Store:unfinished() -> how many were put and not yet finished */
static int Store_unfinished(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_store(L)->unfinished);
  return 1;
}

/* Store:finish(): one less is unfinished -> how many still are; nil if none
** was */
static int Store_finish(lua_State *L) {
  Store *s = check_store(L);
  if (s->unfinished == 0) return 0;
  lua_pushinteger(L, (lua_Integer)--s->unfinished);
  return 1;
}

/* Store:expect(line): somebody stands in it, GETTERS or PUTTERS */
static int Store_expect(lua_State *L) {
  Store *s = check_store(L);
  lua_Integer line = luaL_checkinteger(L, 2);
  luaL_argcheck(L, line == GETTERS || line == PUTTERS, 2, "no such line");
  s->is_awaited[line] = true;
  return 0;
}

/* core.queue_store(order, maxsize, comparator) -> store */
static int core_queue_store(lua_State *L) {
  static const char *const orders[] = {"fifo", "lifo", "priority", NULL};
  int order = luaL_checkoption(L, 1, NULL, orders);
  double maxsize = luaL_checknumber(L, 2);
  Store *s;
  lua_settop(L, 3);
  s = new_userdata(L, sizeof(Store), STORE_USERVALUES);
  *s = (Store){.maxsize = maxsize, .order = (uint8_t)order};
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, -2, UV_LESS);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_setmetatable(L, -2);
  return 1;
}

/* ===} {=== Without waiting === */

/* User values of the coroutine object of put and get. */
enum { CALL_QUEUE = 2, CALL_ITEM };

/* Pushes the queue and its store; NULL for a heap, whose comparisons may fail,
** and if somebody has put something else in the store's place. */
static Store *push_store(lua_State *L) {
  Store *s;
  if (lua_getiuservalue(L, 1, CALL_QUEUE) != LUA_TTABLE) return NULL;
  lua_rawgeti(L, 2, 1);
  if (!is_store(L, 3)) return NULL;
  s = lua_touserdata(L, 3);
  return s->order == HEAP ? NULL : s;
}

static int give_up(lua_State *L) {
  lua_settop(L, 1);
  return ATTEMPT_FAILED;
}

/* CoroutineKind.attempt of queue:put(item) */
static int attempt_put(lua_State *L) {
  Store *s = push_store(L);
  if (s == NULL || !has_room(L, 3, s) || s->is_awaited[GETTERS])
    return give_up(L);
  lua_getiuservalue(L, 3, UV_ITEMS);
  lua_getiuservalue(L, 1, CALL_ITEM);
  append(L, s);
  s->unfinished++;
  return 0;
}

/* The same of queue:get() */
static int attempt_get(lua_State *L) {
  Store *s = push_store(L);
  if (s == NULL || s->count == 0 || s->is_awaited[PUTTERS]) return give_up(L);
  lua_getiuservalue(L, 3, UV_ITEMS);
  take_end(L, s);
  release_room(L, 3, s);
  return 1;
}

static const CoroutineKind put_kind = {.attempt = attempt_put},
                           get_kind = {.attempt = attempt_get};

/* core.queue_method(fn, class, name), name "put" or "get": as core.method */
static int core_queue_method(lua_State *L) {
  static const char *const names[] = {"put", "get", NULL};
  bool is_get = luaL_checkoption(L, 3, NULL, names);
  lua_settop(L, 3);
  coroutine_method(L, is_get ? &get_kind : &put_kind);
  return 1;
}

void queue_open(lua_State *L) {
  static const luaL_Reg metamethods[] = {{NULL, NULL}};
  static const luaL_Reg methods[] = {{"put", Store_put},
                                     {"take", Store_take},
                                     {"peek", Store_peek},
                                     {"items", Store_items},
                                     {"count", Store_count},
                                     {"is_full", Store_is_full},
                                     {"shut_down", Store_shut_down},
                                     {"is_shut_down", Store_is_shut_down},
                                     {"unfinished", Store_unfinished},
                                     {"finish", Store_finish},
                                     {"expect", Store_expect},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"queue_store", core_queue_store},
                                       {"queue_method", core_queue_method},
                                       {NULL, NULL}};
  core_get(L)->queue_class =
      glue_private_class(L, &class_key, metamethods, methods);
  glue_setfuncs(L, functions);
}

/* ===} */
