/*
** asyncio.coroutine: Lua's coroutine library, for coroutines that may await in
** a task. There a resume puts the coroutine on the task's stack: an await in
** it suspends the task, and what it yields goes to who resumed it. Elsewhere a
** resume is Lua's own. After lcorolib.c.
*/
#include "coroutines.h"

#include "coroutine.h"
#include "errors.h"
#include "stack.h"

static lua_State *check_thread(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co != NULL, 1, "coroutine");
  return co;
}

/* {=== Status === */

/* Has it yielded to the core? Then it waits in a task, or for a coroutine that
** it has resumed. Every function of ours that yields has the Core. */
static bool is_engaged(lua_State *L, lua_State *co) {
  lua_Debug ar;
  bool engaged;
  if (lua_status(co) != LUA_YIELD || !lua_getstack(co, 0, &ar)) return false;
  if (!lua_checkstack(co, 2)) luaL_error(L, "stack overflow");
  lua_getinfo(co, "f", &ar);
  engaged = lua_iscfunction(co, -1) && lua_getupvalue(co, -1, 1) != NULL;
  if (engaged) {
    engaged = lua_touserdata(co, -1) == core_of(L);
    lua_pop(co, 1);
  }
  lua_pop(co, 1);
  return engaged;
}

enum { RUNNING, DEAD, SUSPENDED, NORMAL };

static int status_of(lua_State *L, lua_State *co) {
  lua_Debug ar;
  if (L == co) return RUNNING;
  if (is_engaged(L, co)) return NORMAL;
  if (lua_status(co) == LUA_YIELD) return SUSPENDED;
  if (lua_status(co) != LUA_OK) return DEAD;
  if (lua_getstack(co, 0, &ar)) return NORMAL;
  if (coroutine_is_entered(co)) return NORMAL; /* a task's, by and by */
  return lua_gettop(co) == 0 ? DEAD : SUSPENDED;
}

static const char *const status_names[] = {"running", "dead", "suspended",
                                           "normal"};

/* coroutine.status(co): one that awaits is "normal" */
static int coroutine_status(lua_State *L) {
  lua_pushstring(L, status_names[status_of(L, check_thread(L))]);
  return 1;
}

/* ===} {=== Resuming === */

/* What is to be done with what came back: stack: ..., ok, values or error */
typedef int (*Receiver)(lua_State *L, int first);

/* Closes a coroutine that has failed: its error, which is on top, becomes that
** of closing if that fails. Returns the status. */
static int close_failed(lua_State *L, lua_State *co) {
  int status = lua_status(co);
  if (status == LUA_OK || status == LUA_YIELD) return status;
  status = coroutine_close(co, L);
  if (status != LUA_OK) {
    lua_xmove(co, L, 1);
    lua_remove(L, -2);
  }
  return status;
}

/* A resume catches every error but those that are meant to pass: then nobody
** else can close the coroutine. */
static int receive(lua_State *L, int first) {
  if (!lua_toboolean(L, first) && is_uncatchable(L, -1)) {
    close_failed(L, lua_tothread(L, 1));
    return lua_error(L);
  }
  return lua_gettop(L) - first + 1;
}

static int resume_done(lua_State *L, int status, lua_KContext first) {
  (void)status;
  resumed_task(L);
  return receive(L, (int)first);
}

/* Raises the error of the coroutine, upvalue of the function that runs. */
static int pass_error(lua_State *L, lua_State *co) {
  int status = close_failed(L, co);
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

/* What a wrapped coroutine is called with. */
enum { UP_WRAPPED = CLASS_COUNT + 1 };

static int receive_wrapped(lua_State *L, int first) {
  if (lua_toboolean(L, first)) return lua_gettop(L) - first;
  return pass_error(L, lua_tothread(L, lua_upvalueindex(UP_WRAPPED)));
}

static int wrapped_done(lua_State *L, int status, lua_KContext first) {
  (void)status;
  resumed_task(L);
  return receive_wrapped(L, (int)first);
}

/* Pushes false and why the coroutine cannot be resumed. */
static int refuse(lua_State *L, int status) {
  lua_pushboolean(L, 0);
  lua_pushliteral(L, "cannot resume dead coroutine");
  if (status != DEAD) {
    lua_pushliteral(L, "cannot resume non-suspended coroutine");
    lua_replace(L, -2);
  }
  return 2;
}

/* Lua's own resume. stack: ..., n arguments -> ..., ok, values or error */
static void resume_nested(lua_State *L, lua_State *co, int n) {
  int results, status;
  check_room(L, co, n);
  lua_xmove(L, co, n);
  status = lua_resume(co, L, n, &results);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_pushboolean(L, 0);
    lua_xmove(co, L, 1);
    return;
  }
  if (!lua_checkstack(L, results + 1)) {
    lua_pop(co, results);
    lua_pushboolean(L, 0);
    lua_pushliteral(L, "too many results to resume");
    return;
  }
  lua_pushboolean(L, 1);
  lua_xmove(co, L, results);
}

/* The coroutine is at idx (or an upvalue), its n arguments are on top, and
** all else that is on the stack is to be kept. */
static int resume(lua_State *L, int idx, int n, Receiver receiver,
                  lua_KFunction done) {
  lua_State *co = lua_tothread(L, idx);
  int first = lua_gettop(L) - n + 1, status = status_of(L, co);
  if (status != SUSPENDED) {
    lua_pop(L, n);
    refuse(L, status);
    return receiver(L, first);
  }
  if (task_can_wait(L)) {
    lua_pushvalue(L, idx);
    return task_resume(L, n, first, done);
  }
  resume_nested(L, co, n);
  return receiver(L, first);
}

/* coroutine.resume(co, ...) -> true, values or false, error */
static int coroutine_resume(lua_State *L) {
  check_thread(L);
  return resume(L, 1, lua_gettop(L) - 1, receive, resume_done);
}

static int body_done(lua_State *L, int status, lua_KContext context) {
  (void)context;
  if (status != LUA_OK && status != LUA_YIELD) return lua_error(L);
  return lua_gettop(L);
}

/* The body of a wrapped coroutine runs under a protected call inside it, in a
** task: so its to-be-closed variables run when it fails, and may await. */
static int call_body(lua_State *L) {
  int n = lua_gettop(L);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  return body_done(L, lua_pcallk(L, n, LUA_MULTRET, 0, 0, body_done), 0);
}

/* Has it not begun? Then only its function is on its stack. */
static bool is_new(lua_State *co) {
  lua_Debug ar;
  return lua_status(co) == LUA_OK && lua_gettop(co) == 1 &&
         !lua_getstack(co, 0, &ar);
}

static int call_wrapped(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(UP_WRAPPED));
  if (co != L && is_new(co) && task_can_wait(L)) {
    check_room(L, co, 1);
    lua_pushvalue(co, 1);
    lua_xmove(co, L, 1);
    lua_pushcclosure(L, call_body, 1);
    lua_xmove(L, co, 1);
    lua_replace(co, 1);
  }
  return resume(L, lua_upvalueindex(UP_WRAPPED), lua_gettop(L), receive_wrapped,
                wrapped_done);
}

/* ===} {=== Making and closing === */

/* coroutine.create(fn) -> co */
static int coroutine_create(lua_State *L) {
  lua_State *co;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  return 1;
}

/* coroutine.wrap(fn) -> function */
static int coroutine_wrap(lua_State *L) {
  int i;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  for (i = 1; i <= CLASS_COUNT; i++) lua_pushvalue(L, lua_upvalueindex(i));
  coroutine_create(L);
  lua_pushcclosure(L, call_wrapped, UP_WRAPPED);
  return 1;
}

/* coroutine.close(co) -> true or false, error */
static int coroutine_close_any(lua_State *L) {
  lua_State *co = check_thread(L);
  int status = status_of(L, co);
  if (status == RUNNING || status == NORMAL)
    return luaL_error(L, "cannot close a %s coroutine", status_names[status]);
  if (coroutine_close(co, L) == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushboolean(L, 0);
  lua_xmove(co, L, 1);
  return 2;
}

void coroutines_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"create", coroutine_create},   {"resume", coroutine_resume},
      {"status", coroutine_status},   {"wrap", coroutine_wrap},
      {"close", coroutine_close_any}, {NULL, NULL}};
  lua_newtable(L);
  glue_setfuncs(L, functions);
  lua_setfield(L, -2, "coroutines");
}

/* ===} */
