/*
** A loop as other threads see it: what crosses when a Loop does, and the
** callbacks that come back. A state sees one loop as one userdata: its own as
** the Loop, another's as a RemoteLoop.
*/
#include "remote.h"

#include <string.h>

#include "context.h"
#include "errors.h"
#include "parcel.h"
#include "transfer.h"
#include "worker.h"

/* A hold on a loop that is abroad: in a parcel, or in another state. While
** there are any the loop may still be woken by them. */
typedef struct Hold {
  Shared shared;
  Mailbox *mailbox; /* counted; NULL: the loop was closed already */
} Hold;

typedef struct RemoteLoop {
  Hold *hold; /* counted; NULL until made */
} RemoteLoop;

/* Keys of the registry: the metatable of RemoteLoop; mailbox -> userdata of
** this state, weak. */
static const char class_key = 0, loops_key = 0;

/* {=== Crossing === */

static void hold_destroy(Shared *shared) {
  Hold *hold = (Hold *)(void *)shared;
  if (hold->mailbox != NULL) {
    mailbox_count(hold->mailbox, &hold->mailbox->abroad, -1);
    shared_release(&hold->mailbox->shared);
  }
  mem_free(hold);
}

/* Pushes this state's userdata of the mailbox, or nil. */
static void push_known(lua_State *L, const Mailbox *mailbox) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &loops_key);
  lua_rawgetp(L, -1, mailbox);
  lua_replace(L, -2);
}

static void note_known(lua_State *L, int idx, const Mailbox *mailbox) {
  idx = lua_absindex(L, idx);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &loops_key);
  lua_pushvalue(L, idx);
  lua_rawsetp(L, -2, mailbox);
  lua_pop(L, 1);
}

static void push_remote(lua_State *L, Hold *hold) {
  RemoteLoop *remote = lua_newuserdatauv(L, sizeof(RemoteLoop), 0);
  remote->hold = NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_setmetatable(L, -2);
  shared_retain(&hold->shared);
  remote->hold = hold;
  worker_litter(L);
}

/* A state that knows no loops yet loads the module for their class. */
static void require_asyncio(lua_State *L) {
  bool is_there = lua_rawgetp(L, LUA_REGISTRYINDEX, &loops_key) != LUA_TNIL;
  lua_pop(L, 1);
  if (is_there) return;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "asyncio");
  lua_call(L, 1, 0);
}

/* Is it the loop that has the mailbox now? An old one's may have had its
** address. */
static bool is_current(lua_State *L, const Mailbox *mailbox) {
  void *loop = lua_touserdata(L, -1);
  const RemoteLoop *remote = loop;
  if (loop == NULL) return false;
  if (!is_of_class(L, -1, &class_key))
    return ((Loop *)loop)->mailbox == mailbox;
  return remote->hold != NULL && remote->hold->mailbox == mailbox;
}

static void hold_push(lua_State *L, Shared *shared) {
  Hold *hold = (Hold *)(void *)shared;
  require_asyncio(L);
  if (hold->mailbox == NULL) {
    push_remote(L, hold);
    return;
  }
  push_known(L, hold->mailbox);
  if (is_current(L, hold->mailbox)) return;
  lua_pop(L, 1);
  push_remote(L, hold);
  note_known(L, -1, hold->mailbox);
}

static const SharedKind hold_kind = {hold_destroy, hold_push};

/* TransferFunction of Loop. */
static Shared *loop_share(lua_State *L, int idx) {
  Loop *loop = lua_touserdata(L, idx);
  Hold *hold;
  if (loop->mailbox != NULL) note_known(L, idx, loop->mailbox);
  loop->holds++;
  hold = mem_realloc(NULL, sizeof(Hold));
  if (hold == NULL) luaL_error(L, "not enough memory");
  shared_init(&hold->shared, &hold_kind);
  hold->mailbox = loop->mailbox;
  if (hold->mailbox != NULL) {
    shared_retain(&hold->mailbox->shared);
    mailbox_count(hold->mailbox, &hold->mailbox->abroad, 1);
  }
  return &hold->shared;
}

/* TransferFunction of RemoteLoop. */
static Shared *remote_share(lua_State *L, int idx) {
  const RemoteLoop *remote = lua_touserdata(L, idx);
  if (remote->hold == NULL) luaL_error(L, "the loop was finalized");
  shared_retain(&remote->hold->shared);
  return &remote->hold->shared;
}

/* ===} {=== Callbacks === */

/* A callback on its way to a loop. */
typedef struct Letter {
  Job job;
  Parcel parcel;    /* function, arguments; */
  bool has_context; /* then a list of context variables */
} Letter;

static void letter_free(Job *job) {
  Letter *letter = (Letter *)(void *)job;
  parcel_drop(&letter->parcel);
  mem_free(letter);
}

/* stack: 1 the letter */
static int open_letter(lua_State *L) {
  const Letter *letter = lua_touserdata(L, 1);
  int n = transfer_decode(L, &letter->parcel);
  n -= context_adopt(L, letter->has_context);
  lua_call(L, n - 1, 0);
  return 0;
}

/* stack: ..., report */
static void callback_failed(lua_State *L, Loop *loop, Job *job) {
  (void)loop;
  (void)job;
  lua_pushliteral(L, "Exception in callback from another thread");
  lua_setfield(L, -2, "message");
}

/* Stands for the Job of a letter that has failed. Never written. */
static const JobKind failed_letter_job = {NULL, callback_failed, NULL, NULL};
static Job failed_letter = {{NULL, NULL}, &failed_letter_job};

static void letter_run(lua_State *L, Loop *loop, Job *job) {
  int status;
  lua_pushcfunction(L, traceback_handler);
  lua_pushcfunction(L, open_letter);
  lua_pushlightuserdata(L, job);
  status = lua_pcall(L, 1, 0, -3);
  letter_free(job);
  loop->job = &failed_letter;
  if (status != LUA_OK) {
    traceback_keep(L);
    lua_error(L);
  }
  if (loop->core->extras & HAS_CONTEXTS) context_leave_all(L);
  lua_pop(L, 1);
}

static const JobKind letter_job = {letter_run, NULL, letter_free, NULL};

static const Route callback_route = {"to another thread", "argument", 1, 0};

/* RemoteLoop:call_soon_threadsafe(fn, ...) */
static int RemoteLoop_call_soon_threadsafe(lua_State *L) {
  Mailbox *mailbox = remote_mailbox(L, 1);
  Letter *letter;
  bool has_context;
  check_callable(L, 2, "call_soon_threadsafe");
  if (mailbox == NULL) return luaL_error(L, "Event loop is closed");
  has_context = context_append(L) > 0;
  transfer_encode(L, 2, lua_gettop(L) - 1, &callback_route);
  letter = mem_realloc(NULL, sizeof(Letter));
  if (letter == NULL) return luaL_error(L, "not enough memory");
  memset(letter, 0, sizeof(Letter));
  letter->job.kind = &letter_job;
  letter->has_context = has_context;
  transfer_take(L, &letter->parcel);
  if (mailbox_post(mailbox, &letter->job.node)) return 0;
  letter_free(&letter->job);
  return luaL_error(L, "Event loop is closed");
}

/* Loop:call_soon_threadsafe(fn, ...) -> Handle: in its own thread. */
static int Loop_call_soon_threadsafe(lua_State *L) {
  check_open_loop(L, 1);
  check_callable(L, 2, "call_soon_threadsafe");
  lua_getfield(L, 1, "call_soon");
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

/* ===} {=== The class === */

Mailbox *remote_mailbox(lua_State *L, int idx) {
  const RemoteLoop *remote = lua_touserdata(L, idx);
  if (!is_of_class(L, idx, &class_key)) return check_loop(L, idx)->mailbox;
  return remote->hold == NULL ? NULL : remote->hold->mailbox;
}

static bool is_open(Mailbox *mailbox) {
  bool open;
  if (mailbox == NULL) return false;
  uv_mutex_lock(&mailbox->mutex);
  open = mailbox->wakeup != NULL;
  uv_mutex_unlock(&mailbox->mutex);
  return open;
}

static int RemoteLoop_is_closed(lua_State *L) {
  lua_pushboolean(L, !is_open(remote_mailbox(L, 1)));
  return 1;
}

static int RemoteLoop_tostring(lua_State *L) {
  lua_pushfstring(L, "<Loop of another thread%s>",
                  is_open(remote_mailbox(L, 1)) ? "" : ", closed");
  return 1;
}

static int RemoteLoop_gc(lua_State *L) {
  RemoteLoop *remote = lua_touserdata(L, 1);
  Hold *hold = is_of_class(L, 1, &class_key) ? remote->hold : NULL;
  if (hold == NULL) return 0;
  remote->hold = NULL;
  shared_release(&hold->shared);
  return 0;
}

/* The other methods of a Loop are there to be sent to it, and refuse to be
** called here. stack: ..., the module; they are found by name in it. */
static void inherit_methods(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  lua_pushliteral(L, "Loop of another thread");
  lua_setfield(L, -2, "__name");
  lua_getfield(L, -1, "__index");
  lua_createtable(L, 0, 1);
  glue_push_class(L, UP_LOOP);
  lua_getfield(L, -1, "__methods");
  lua_pushvalue(L, -1);
  lua_setfield(L, -4, "__index");
  lua_setfield(L, -6, "Loop");
  lua_pop(L, 1);
  lua_setmetatable(L, -2);
  lua_pop(L, 2);
}

static void open_known(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &loops_key) == LUA_TNIL) {
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &loops_key);
  }
  lua_pop(L, 1);
}

void remote_open(lua_State *L) {
  static const luaL_Reg loop_methods[] = {
      {"call_soon_threadsafe", Loop_call_soon_threadsafe}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", RemoteLoop_gc},
                                         {"__tostring", RemoteLoop_tostring},
                                         {NULL, NULL}};
  static const luaL_Reg methods[] = {
      {"call_soon_threadsafe", RemoteLoop_call_soon_threadsafe},
      {"is_closed", RemoteLoop_is_closed},
      {NULL, NULL}};
  open_known(L);
  glue_class(L, UP_LOOP, NULL, loop_methods);
  glue_private_class(L, &class_key, metamethods, methods);
  inherit_methods(L);
  glue_push_class(L, UP_LOOP);
  transfer_class(L, loop_share);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &class_key);
  transfer_class(L, remote_share);
  lua_pop(L, 2);
}

/* ===} */
