/*
** Coroutine objects and awaitables: what can be awaited or made a task, and
** the threads that run them. A coroutine object is light: its Lua coroutine
** is made only when it must be. Knows nothing of tasks.
*/
#include "coroutine.h"

#include <string.h>

#include "errors.h"
#include "loop.h"
#include "unawaited.h"

/* {=== The entry of every thread === */

/* stack: handler, function, results or error -> ok, function, ... */
static int entry_done(lua_State *L, int status, lua_KContext context) {
  (void)context;
  lua_pushboolean(L, status == LUA_OK || status == LUA_YIELD);
  lua_replace(L, ENTRY_OK);
  return lua_gettop(L);
}

/* The body runs under a protected call inside its own coroutine: so its
** to-be-closed variables run when it fails, and may await.
** stack: handler, function, function again, arguments */
static int entry(lua_State *L) {
  int n = lua_gettop(L) - ENTRY_FUNCTION - 1;
  return entry_done(L, lua_pcallk(L, n, LUA_MULTRET, 1, 0, entry_done), 0);
}

int coroutine_close(lua_State *co, lua_State *from) {
#if LUA_VERSION_RELEASE_NUM >= 50406
  return lua_closethread(co, from);
#else
  (void)from;
  return lua_resetthread(co);
#endif
}

bool coroutine_is_entered(lua_State *co) {
  lua_Debug ar;
  return lua_status(co) == LUA_OK && lua_gettop(co) > 0 &&
         !lua_getstack(co, 0, &ar) && lua_tocfunction(co, 1) == entry;
}

/* ===} {=== Coroutine objects === */

Coroutine *coroutine_new(lua_State *L, const CoroutineKind *kind, size_t size,
                         int n) {
  const Loop *loop = core_of(L)->running;
  bool is_watched = loop != NULL && loop->watch != NULL;
  Coroutine *c = new_userdata(L, size, n + is_watched);
  memset(c, 0, size);
  c->kind = kind;
  c->nvalues = (uint32_t)n;
  lua_pushvalue(L, lua_upvalueindex(UP_COROUTINE));
  lua_setmetatable(L, -2);
  if (is_watched) unawaited_watch(L, n + 1, &c->state, COROUTINE_NEW);
  return c;
}

const CoroutineKind call_kind = {0};

static Coroutine *bind_call(lua_State *L, const CoroutineKind *kind, int fn,
                            int first, int n) {
  Coroutine *c = coroutine_new(L, kind, sizeof(Coroutine), n + 1);
  int i;
  lua_pushvalue(L, fn);
  lua_setiuservalue(L, -2, 1);
  for (i = 0; i < n; i++) {
    lua_pushvalue(L, first + i);
    lua_setiuservalue(L, -2, i + 2);
  }
  return c;
}

Coroutine *coroutine_bind(lua_State *L, int fn, int first, int n) {
  return bind_call(L, &call_kind, fn, first, n);
}

enum { UP_FUNCTION = CLASS_COUNT + 1, UP_CLASS, UP_METHOD, UP_KIND };

/* What async(fn) returns: binds its arguments. */
static int call_function(lua_State *L) {
  coroutine_bind(L, lua_upvalueindex(UP_FUNCTION), 1, lua_gettop(L));
  return 1;
}

/* asyncio.async(fn) -> coroutine function */
static int asyncio_async(lua_State *L) {
  int i;
  check_callable(L, 1, "async");
  for (i = 1; i <= CLASS_COUNT; i++) lua_pushvalue(L, lua_upvalueindex(i));
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, call_function, UP_FUNCTION);
  return 1;
}

/* Is index 1 of the method's class? */
static bool is_self(lua_State *L) {
  bool is_one;
  if (!lua_getmetatable(L, 1)) return false;
  is_one = lua_topointer(L, -1) == lua_topointer(L, lua_upvalueindex(UP_CLASS));
  lua_pop(L, 1);
  return is_one;
}

static int wrong_self(lua_State *L) {
  lua_getfield(L, lua_upvalueindex(UP_CLASS), "__name");
  return luaL_error(L, "bad argument #1 to '%s' (%s expected, got %s)",
                    lua_tostring(L, lua_upvalueindex(UP_METHOD)),
                    lua_tostring(L, -1), luaL_typename(L, 1));
}

/* What method(...) returns: binds the object and its arguments. */
static int call_method(lua_State *L) {
  if (!is_self(L)) return wrong_self(L);
  bind_call(L, lua_touserdata(L, lua_upvalueindex(UP_KIND)),
            lua_upvalueindex(UP_FUNCTION), 1, lua_gettop(L));
  return 1;
}

void coroutine_method(lua_State *L, const CoroutineKind *kind) {
  int i;
  for (i = 1; i <= CLASS_COUNT; i++) lua_pushvalue(L, lua_upvalueindex(i));
  for (i = 1; i <= 3; i++) lua_pushvalue(L, i);
  lua_pushlightuserdata(L, (void *)(uintptr_t)kind);
  lua_pushcclosure(L, call_method, UP_KIND);
}

/* core.method(fn, class, name) -> coroutine_method */
static int core_method(lua_State *L) {
  lua_settop(L, 3);
  coroutine_method(L, &call_kind);
  return 1;
}

static bool is_bound(lua_State *L, int idx) {
  lua_CFunction fn = lua_tocfunction(L, idx);
  return fn == call_function || fn == call_method;
}

bool is_coroutine_function(lua_State *L, int idx) {
  bool is_one = is_bound(L, idx);
  if (!is_one && lua_iscfunction(L, idx)) {
    lua_pushvalue(L, idx);
    core_push(L, CORE_FUNCTIONS);
    lua_insert(L, -2);
    is_one = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
  }
  return is_one;
}

/* asyncio.iscoroutinefunction(v) */
static int asyncio_iscoroutinefunction(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, is_coroutine_function(L, 1));
  return 1;
}

void coroutine_function(lua_State *L, const char *name) {
  core_push_any(L, CORE_FUNCTIONS);
  lua_getfield(L, -2, name);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

static int asyncio_iscoroutine(lua_State *L) {
  lua_pushboolean(L, lua_isthread(L, 1) || class_of(L, 1) == UP_COROUTINE);
  return 1;
}

/* Coroutine:_describe() -> name or function, is it done? */
static int Coroutine_describe(lua_State *L) {
  Coroutine *c = lua_touserdata(L, 1);
  if (class_of(L, 1) != UP_COROUTINE) return luaL_typeerror(L, 1, "coroutine");
  if (is_call(c))
    lua_getiuservalue(L, 1, 1);
  else
    lua_pushstring(L, c->kind->name);
  lua_pushboolean(L, c->state == COROUTINE_DONE);
  return 2;
}

/* ===} {=== Awaitables === */

bool is_reusable(lua_State *L, int idx) {
  const Coroutine *c = lua_touserdata(L, idx);
  if (lua_isfunction(L, idx)) return true;
  return class_of(L, idx) == UP_COROUTINE && c->reusable;
}

bool is_awaitable(lua_State *L, int idx) {
  int cls;
  if (lua_isfunction(L, idx) || lua_isthread(L, idx)) return true;
  cls = class_of(L, idx);
  if (cls != 0) return cls != UP_LOOP && cls != UP_HANDLE;
  if (luaL_getmetafield(L, idx, "__await") == LUA_TNIL) return false;
  lua_pop(L, 1);
  return true;
}

static int asyncio_isawaitable(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, is_awaitable(L, 1));
  return 1;
}

/* Has it not begun, with its function on the stack and no frame? */
static bool is_unstarted(lua_State *co) {
  lua_Debug ar;
  return lua_status(co) == LUA_OK && lua_gettop(co) > 0 &&
         !lua_getstack(co, 0, &ar) && lua_tocfunction(co, 1) != entry;
}

static void check_thread(lua_State *L, lua_State *co) {
  bool is_dead = co != L && lua_status(co) != LUA_YIELD && lua_gettop(co) == 0;
  if (is_unstarted(co)) return;
  luaL_error(L, is_dead || lua_status(co) > LUA_YIELD
                    ? "cannot reuse already awaited coroutine"
                    : "coroutine is being awaited already");
}

void awaitable_check(lua_State *L, int idx, uint32_t owner) {
  Coroutine *c = lua_touserdata(L, idx);
  if (lua_isthread(L, idx)) {
    check_thread(L, lua_tothread(L, idx));
    return;
  }
  if (class_of(L, idx) != UP_COROUTINE || c->state == COROUTINE_NEW) return;
  if (c->state == COROUTINE_CLAIMED && c->owner == owner) return;
  luaL_error(L, c->state == COROUTINE_DONE || c->owner == owner
                    ? "cannot reuse already awaited coroutine"
                    : "coroutine is being awaited already");
}

int coroutine_push(lua_State *L, int idx, const Coroutine *c) {
  int i, n = (int)c->nvalues;
  if (n > LUA_MINSTACK / 2) luaL_checkstack(L, n, "too many arguments");
  for (i = 1; i <= n; i++) lua_getiuservalue(L, idx, i);
  return n;
}

int coroutine_unbind(lua_State *L, int idx) {
  Coroutine *c = lua_touserdata(L, idx);
  int n;
  if (class_of(L, idx) != UP_COROUTINE || c->state != COROUTINE_NEW) return 0;
  if (is_call(c))
    n = coroutine_push(L, idx, c);
  else
    n = c->kind->unbind == NULL ? 0 : c->kind->unbind(L, idx);
  if (n > 0 && !c->reusable) c->state = COROUTINE_DONE;
  return n;
}

bool coroutine_unwrap(lua_State *L, int idx) {
  if (lua_tocfunction(L, idx) != call_function) return false;
  lua_getupvalue(L, idx, UP_FUNCTION);
  return true;
}

void coroutine_function_push(lua_State *L, int idx) {
  if (!coroutine_unwrap(L, idx)) lua_pushvalue(L, idx);
}

int awaitable_push(lua_State *L, int idx) {
  idx = lua_absindex(L, idx);
  if (lua_isfunction(L, idx)) {
    coroutine_function_push(L, idx); /* the coroutine it would return */
    return 1;
  }
  if (class_of(L, idx) == UP_COROUTINE) {
    const Coroutine *c = lua_touserdata(L, idx);
    if (is_call(c)) return coroutine_push(L, idx, c);
    core_push(L, CORE_AWAIT);
  } else if (luaL_getmetafield(L, idx, "__await") == LUA_TNIL)
    return luaL_error(
        L,
        "An asyncio.Future, a coroutine or an awaitable is required, "
        "got %s",
        luaL_tolstring(L, idx, NULL));
  lua_pushvalue(L, idx);
  return 2;
}

lua_State *awaitable_thread(lua_State *L, int idx, bool *is_users) {
  lua_State *co = lua_tothread(L, idx);
  int n;
  *is_users = co != NULL;
  idx = lua_absindex(L, idx);
  if (co != NULL) {
    lua_pushvalue(L, idx);
    check_room(L, co, 3);
    return co;
  }
  co = lua_newthread(L);
  lua_pushcfunction(co, entry);
  lua_pushcfunction(co, traceback_handler);
  n = awaitable_push(L, idx);
  check_room(L, co, n + 1);
  lua_pushvalue(L, -n);
  lua_xmove(L, co, 1);
  lua_xmove(L, co, n);
  return co;
}

void awaitable_claim(lua_State *L, int idx, uint32_t owner) {
  Coroutine *c = lua_touserdata(L, idx);
  if (class_of(L, idx) != UP_COROUTINE || c->reusable) return;
  c->state = COROUTINE_CLAIMED;
  c->owner = owner;
}

void awaitable_close(lua_State *L, int idx) {
  lua_State *co = lua_tothread(L, idx);
  if (co != NULL) {
    if (is_unstarted(co)) coroutine_close(co, L);
  } else if (class_of(L, idx) == UP_COROUTINE)
    ((Coroutine *)lua_touserdata(L, idx))->state = COROUTINE_DONE;
}

/* core.close_awaitable(aw): it will not be awaited */
static int core_close_awaitable(lua_State *L) {
  luaL_checkany(L, 1);
  awaitable_close(L, 1);
  return 0;
}

void coroutine_enter(lua_State *co) {
  lua_pushcfunction(co, entry);
  lua_insert(co, 1);
  lua_pushcfunction(co, traceback_handler);
  lua_insert(co, 2);
  lua_pushvalue(co, UNSTARTED_FUNCTION);
}

void coroutine_open(lua_State *L) {
  static const luaL_Reg methods[] = {{"_describe", Coroutine_describe},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"async", asyncio_async},
      {"method", core_method},
      {"iscoroutine", asyncio_iscoroutine},
      {"iscoroutinefunction", asyncio_iscoroutinefunction},
      {"isawaitable", asyncio_isawaitable},
      {"close_awaitable", core_close_awaitable},
      {NULL, NULL}};
  glue_class(L, UP_COROUTINE, NULL, methods);
  glue_setfuncs(L, functions);
  lua_newtable(L);
  core_set(L, CORE_FUNCTIONS);
}

/* ===} */
