/*
** as_completed: several futures one at a time, as they finish. The iterator
** has a Job on each future and a queue of those that are done; who awaits an
** item while the queue is empty waits as a Getter. Nothing here is ever
** cancelled. After CPython 3.13's tasks.as_completed.
*/
#include "as_completed.h"

#include <math.h>
#include <string.h>

#include "await.h"
#include "errors.h"
#include "tasks.h"
#include "loops.h"

typedef struct AsCompleted AsCompleted;

typedef struct Watch {
  Job job;
  AsCompleted *owner;
  Future *future; /* kept alive by the list, ITER_FUTURES */
  bool is_on;     /* on a list: the future's, or the loop's */
} Watch;

struct AsCompleted {
  Loop *loop; /* kept alive by ITER_LOOP */
  Timer timer;
  bool expired;
  uint32_t slot, count;
  uint32_t items; /* still to be given out by the iteration */
  uint32_t on;    /* Jobs on lists and the timer: retained while > 0 */
  uint32_t tail;  /* of the queue: finished futures in `finished` */
  uint32_t head;
  uint32_t late;      /* behind these, items that are TimeoutErrors */
  List getters;       /* who waits for an item, oldest first */
  uint32_t *finished; /* numbers of futures, from 1, in order */
  Watch watches[];
};

/* User values of the iterator. */
enum { ITER_LOOP = 1, ITER_FUTURES };

/* Waiting for an item. On `getters` while pending, and retained then. */
typedef struct Getter {
  Future future;
  ListNode node;
  AsCompleted *owner; /* kept alive by UV_OWN */
  uint32_t slot;
} Getter;

/* The coroutine object of an item; user value 1 is the iterator. */

/* Its address is the registry's key of the metatable. */
static const char iterator_key = 0;

/* {=== Getters === */

static Getter *getter_of(ListNode *node) {
  return (Getter *)(void *)((char *)node - offsetof(Getter, node));
}

static void getter_off(lua_State *L, Getter *g, int loop_idx) {
  list_remove(&g->owner->getters, &g->node);
  loop_release(L, g->future.loop, loop_idx, g->slot);
  g->slot = 0;
}

static bool getter_cancel(lua_State *L, Future *f, int msg) {
  future_push_loop(L, -1);
  getter_off(L, (Getter *)(void *)f, -1);
  lua_pop(L, 1);
  return future_ops.cancel(L, f, msg);
}

static const FutureOps getter_ops = {"Future", NULL, getter_cancel,
                                     NULL,     NULL, NULL};

/* There is one more item: the oldest getter looks again. */
static void wake_getter(lua_State *L, AsCompleted *it, int loop_idx) {
  Getter *g;
  if (it->getters == NULL) return;
  g = getter_of(it->getters);
  getter_off(L, g, loop_idx);
  future_complete(&g->future, FUTURE_DONE);
}

/* ===} {=== Futures that finish === */

static void job_off(lua_State *L, Loop *loop, int loop_idx, AsCompleted *it) {
  if (--it->on > 0) return;
  loop_release(L, loop, loop_idx, it->slot);
  it->slot = 0;
}

static void watch_run(lua_State *L, Loop *loop, Job *job) {
  Watch *watch = (Watch *)(void *)job;
  AsCompleted *it = watch->owner;
  watch->is_on = false;
  if (!it->expired) {
    it->finished[it->tail++] = (uint32_t)(watch - it->watches) + 1;
    wake_getter(L, it, JOB_LOOP);
    if (it->tail == it->count && it->timer.node.place != 0) {
      loop_stop_timer(loop, &it->timer);
      job_off(L, loop, JOB_LOOP, it);
    }
  }
  job_off(L, loop, JOB_LOOP, it);
}

/* Those who wait for an item. */
static uint32_t watch_owner(const Job *job, uint32_t i) {
  ListNode *first = ((const Watch *)(const void *)job)->owner->getters;
  ListNode *node = first;
  for (; i > 0 && node != NULL; i--)
    node = node->next == first ? NULL : node->next;
  return node == NULL ? 0 : getter_of(node)->slot;
}

static const JobKind watch_job = {watch_run, NULL, NULL, watch_owner};

/* What is not done by now will be so many TimeoutErrors. */
static void timeout_run(lua_State *L, Loop *loop, Job *job) {
  AsCompleted *it =
      (AsCompleted *)(void *)((char *)job - offsetof(AsCompleted, timer));
  uint32_t i;
  if (it->tail < it->count) {
    it->expired = true;
    it->late = it->count - it->tail;
    for (i = 0; i < it->count; i++) {
      Watch *watch = &it->watches[i];
      if (!watch->is_on || watch->future->state != FUTURE_PENDING) continue;
      list_remove(&watch->future->callbacks, &watch->job.node);
      watch->is_on = false;
      it->on--;
    }
    for (i = 0; i < it->late; i++) wake_getter(L, it, JOB_LOOP);
  }
  job_off(L, loop, JOB_LOOP, it);
}

static const JobKind timeout_job = {timeout_run, NULL, NULL, NULL};

/* ===} {=== Awaiting an item === */

enum { WANT_RESULT, WANT_FUTURE };

static bool has_item(const AsCompleted *it) {
  return it->head < it->tail || it->late > 0;
}

/* stack: 1 iterator or getter, 2 iterator, 3 loop. Returns or raises it. */
static int take_item(lua_State *L, AsCompleted *it, int want) {
  if (it->head == it->tail) {
    it->late--;
    exception_new(L, TIMEOUT_ERROR, 0);
    return lua_error(L);
  }
  lua_getiuservalue(L, 2, ITER_FUTURES);
  lua_rawgeti(L, -1, it->finished[it->head++]);
  return want == WANT_FUTURE ? 1 : future_outcome(L, lua_gettop(L));
}

static int item_resumed(lua_State *L, int status, lua_KContext want);

/* stack: anything at 1, 2 iterator, 3 loop */
static int await_item(lua_State *L, Task *task, int want) {
  AsCompleted *it = lua_touserdata(L, 2);
  Getter *g;
  if (has_item(it)) return take_item(L, it, want);
  g = (Getter *)(void *)future_new(L, 3, &getter_ops, sizeof(Getter), UP_FUTURE,
                                   true);
  g->owner = it;
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, UV_OWN);
  g->slot = loop_retain(L, it->loop, 3, -1);
  /* cannot fail from here */
  list_append(&it->getters, &g->node);
  lua_replace(L, 1);
  return task_park(L, task, &g->future, want, item_resumed);
}

/* A getter that was woken and then cancelled passes the item on. */
static int item_resumed(lua_State *L, int status, lua_KContext want) {
  Task *task = resumed_task(L);
  AsCompleted *it = lua_touserdata(L, 2);
  (void)status;
  if (task->future.flags & TASK_MUST_CANCEL && has_item(it))
    wake_getter(L, it, 3);
  raise_if_cancelled(L, task, to_future(L, 1));
  return await_item(L, task, (int)want);
}

static int Item_await(lua_State *L) {
  Task *task = await_begin(L);
  lua_settop(L, 1);
  lua_getiuservalue(L, 1, 1);
  lua_getiuservalue(L, 2, ITER_LOOP);
  return await_item(L, task, WANT_RESULT);
}

static const CoroutineKind item_kind = {.name = "as_completed",
                                        .await = Item_await};

/* ===} {=== The iterator === */

static AsCompleted *check_iterator(lua_State *L, int idx) {
  bool is_one = lua_getmetatable(L, idx);
  if (is_one) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &iterator_key);
    is_one = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
  }
  if (!is_one) luaL_typeerror(L, idx, "as_completed iterator");
  return lua_touserdata(L, idx);
}

/* Takes one off what is still to be given out; false at the end. */
static bool next_item(AsCompleted *it) {
  if (it->items == 0) return false;
  it->items--;
  return true;
}

/* iterator() -> coroutine object of the next item, or nil */
static int Iterator_call(lua_State *L) {
  AsCompleted *it = check_iterator(L, 1);
  if (!next_item(it)) {
    lua_pushnil(L);
    return 1;
  }
  coroutine_new(L, &item_kind, sizeof(Coroutine), 1);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  return 1;
}

/* Waits in the `for` itself. */
static int next_future(lua_State *L) {
  AsCompleted *it = check_iterator(L, 1);
  Task *task = awaiting_task(L);
  if (!next_item(it)) {
    lua_pushnil(L);
    return 1;
  }
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_getiuservalue(L, 1, ITER_LOOP);
  return await_item(L, task, WANT_FUTURE);
}

/* iterator:futures() -> iterator of the futures themselves */
static int Iterator_futures(lua_State *L) {
  int i;
  check_iterator(L, 1);
  for (i = 1; i <= CLASS_COUNT; i++) lua_pushvalue(L, lua_upvalueindex(i));
  lua_pushcclosure(L, next_future, CLASS_COUNT);
  lua_pushvalue(L, 1);
  return 2;
}

/* ===} {=== The function === */

enum { AWAITABLES = 1, OPTIONS, LOOP, FUTURES, SEEN };

/* Makes the futures; equal awaitables count once, but for functions. */
static void make_futures(lua_State *L) {
  lua_Integer i, n = (lua_Integer)lua_rawlen(L, AWAITABLES), kept = 0;
  for (i = 1; i <= n; i++) {
    bool is_new = true;
    lua_rawgeti(L, AWAITABLES, i);
    if (!is_reusable(L, -1)) {
      lua_pushvalue(L, -1);
      is_new = lua_rawget(L, SEEN) == LUA_TNIL;
      lua_pushvalue(L, -2);
      lua_pushboolean(L, 1);
      lua_rawset(L, SEEN);
    }
    if (is_new) {
      lua_settop(L, SEEN);
      lua_rawgeti(L, AWAITABLES, i);
      ensure_future(L, LOOP, -1, false);
      lua_rawseti(L, FUTURES, ++kept);
    }
    lua_settop(L, SEEN);
  }
}

static size_t iterator_size(uint32_t count) {
  return sizeof(AsCompleted) + count * (sizeof(Watch) + sizeof(uint32_t));
}

/* Pushes the iterator, retained. */
static AsCompleted *iterator_new(lua_State *L, uint32_t count) {
  AsCompleted *it = lua_newuserdatauv(L, iterator_size(count), 2);
  memset(it, 0, iterator_size(count));
  it->loop = lua_touserdata(L, LOOP);
  it->count = it->items = count;
  it->finished = (uint32_t *)(void *)&it->watches[count];
  it->timer.job.kind = &timeout_job;
  lua_pushvalue(L, LOOP);
  lua_setiuservalue(L, -2, ITER_LOOP);
  lua_pushvalue(L, FUTURES);
  lua_setiuservalue(L, -2, ITER_FUTURES);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &iterator_key);
  lua_setmetatable(L, -2);
  loop_reserve_timer(L, it->loop);
  it->slot = loop_retain(L, it->loop, LOOP, -1);
  return it;
}

static void watch(AsCompleted *it, uint32_t i, Future *f) {
  Watch *one = &it->watches[i];
  one->job.kind = &watch_job;
  one->owner = it;
  one->future = f;
  one->is_on = true;
  it->on++;
  list_append(f->state == FUTURE_PENDING ? &f->callbacks : &it->loop->ready,
              &one->job.node);
}

/* asyncio.as_completed(aws, {timeout=}) -> iterator */
static int asyncio_as_completed(lua_State *L) {
  static const char *const options[] = {"timeout", NULL};
  double timeout;
  AsCompleted *it;
  uint32_t i;
  lua_settop(L, 2);
  check_options(L, OPTIONS, "as_completed", options);
  timeout = option_seconds(L, OPTIONS, "as_completed", "timeout");
  if (lua_isfunction(L, 1) || is_awaitable(L, 1))
    return luaL_error(L, "expects an iterable of awaitables, not %s",
                      luaL_tolstring(L, 1, NULL));
  push_list_of(L, 1, "expects an iterable of awaitables");
  lua_replace(L, AWAITABLES);
  check_open(L, event_loop(L));
  lua_newtable(L);
  lua_newtable(L);
  make_futures(L);
  it = iterator_new(L, (uint32_t)lua_rawlen(L, FUTURES));
  /* cannot fail from here */
  for (i = 0; i < it->count; i++) {
    lua_rawgeti(L, FUTURES, (lua_Integer)i + 1);
    watch(it, i, to_future(L, -1));
    lua_pop(L, 1);
  }
  it->on++;
  if (it->count > 0 && timeout != HUGE_VAL) {
    it->on++;
    loop_start_timer(it->loop, &it->timer, loop_deadline(it->loop, timeout));
  }
  job_off(L, it->loop, LOOP, it);
  return 1;
}

void as_completed_open(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__call", Iterator_call},
                                         {NULL, NULL}};
  static const luaL_Reg methods[] = {{"futures", Iterator_futures},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"as_completed", asyncio_as_completed},
                                       {NULL, NULL}};
  glue_private_class(L, &iterator_key, metamethods, methods);
  glue_setfuncs(L, functions);
}

/* ===} */
