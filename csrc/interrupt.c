/*
** Ctrl-C while a loop runs: SIGINT calls a Lua function from the loop; the
** second one also interrupts Lua code that keeps the loop busy, with a
** KeyboardInterrupt raised at its next instruction, as lua.c does it.
** A process has one SIGINT: the first loop to ask has it, until it stops.
*/
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "errors.h"
#include "task.h"
#include "loops.h"

/* Kept by the Lua side and retained by its loop until that closes, since its
** Job may be ready. User values: the loop, the function. */
typedef struct Interrupt {
  Job job;
  Loop *loop;
  uint32_t slot;
  uv_thread_t thread; /* of the loop */
  int seen;           /* signals the loop knows of */
#ifdef _WIN32
  void (*previous)(int);
#else
  struct sigaction previous;
#endif
} Interrupt;

enum { UV_LOOP = 1, UV_FUNCTION };

/* Written by start and stop, read by the signal handler, which may run in any
** thread: they belong to the process and not to a Lua state. */
static _Atomic(Interrupt *) active;
static atomic_int count; /* signals since `start` */

/* {=== The signal === */

static void raise_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  count = 0;
  exception_new(L, KEYBOARD_INTERRUPT, 0);
  lua_error(L);
}

static void on_sigint(int signal_number);

/* Is it another thread's turn? Then it has been told. (On Windows the handler
** has a thread of its own.) */
static bool is_elsewhere(const Interrupt *i, int signal_number) {
#ifdef _WIN32
  (void)i;
  signal(signal_number, on_sigint);
  return false;
#else
  uv_thread_t self = uv_thread_self();
  return !uv_thread_equal(&self, &i->thread) &&
         pthread_kill(i->thread, signal_number) == 0;
#endif
}

/* Of all the Lua API only lua_sethook may be called in a signal handler. */
static void on_sigint(int signal_number) {
  const Interrupt *i = active;
  lua_State *L;
  if (i == NULL || is_elsewhere(i, signal_number)) return;
  count++;
  mailbox_ring(i->loop->mailbox);
  L = i->loop->current != NULL ? i->loop->current->co : i->loop->L;
  if (count > 1 && L != NULL)
    lua_sethook(L, raise_hook,
                LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static bool install(Interrupt *i) {
#ifdef _WIN32
  i->previous = signal(SIGINT, on_sigint);
  return i->previous != SIG_ERR;
#else
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_sigint;
  sigemptyset(&action.sa_mask);
  return sigaction(SIGINT, &action, &i->previous) == 0;
#endif
}

static void restore(Interrupt *i) {
#ifdef _WIN32
  signal(SIGINT, i->previous);
#else
  sigaction(SIGINT, &i->previous, NULL);
#endif
}

/* ===} {=== In the loop === */

/* Calls the function with the number of signals so far. Others ring too. */
static void bell_run(lua_State *L, Loop *loop, Job *job) {
  Interrupt *i = (Interrupt *)(void *)job;
  (void)loop;
  if (i->seen == count) return;
  i->seen = count;
  job_push_retained(L, i->slot);
  lua_getiuservalue(L, -1, UV_FUNCTION);
  lua_pushinteger(L, i->seen);
  lua_call(L, 1, 0);
  lua_pop(L, 1);
}

/* Even then Ctrl-C ends the run: who called it finds that it has stopped. */
static void bell_failed(lua_State *L, Loop *loop, Job *job) {
  (void)L;
  (void)job;
  loop->stopping = true;
}

static const JobKind bell_job = {bell_run, bell_failed, NULL, NULL};

static const char interrupt_key = 0; /* of the metatable */

/* core.new_interrupt(loop, fn) -> Interrupt: fn(count) on SIGINT */
static int core_new_interrupt(lua_State *L) {
  Loop *loop = check_open_loop(L, 1);
  Interrupt *i;
  check_callable(L, 2, "new_interrupt");
  i = lua_newuserdatauv(L, sizeof(Interrupt), UV_FUNCTION);
  memset(i, 0, sizeof(Interrupt));
  i->job.kind = &bell_job;
  i->loop = loop;
  i->thread = uv_thread_self();
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, UV_LOOP);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, UV_FUNCTION);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &interrupt_key);
  lua_setmetatable(L, -2);
  i->slot = loop_retain(L, loop, 1, -1);
  return 1;
}

static void stop(Interrupt *i) {
  if (active != i) return;
  restore(i);
  active = NULL;
  i->loop->bell = NULL;
}

/* Takes SIGINT, unless another loop has it: of this or another thread. */
static bool start(Interrupt *i) {
  Interrupt *nobody = NULL;
  if (i->loop->closed) return false;
  if (!atomic_compare_exchange_strong(&active, &nobody, i)) return false;
  count = i->seen = 0;
  i->loop->bell = &i->job;
  if (install(i)) return true;
  active = NULL;
  return false;
}

/* Interrupt:start() -> did it get SIGINT? Never in a worker thread. */
static int Interrupt_start(lua_State *L) {
  lua_pushboolean(L, !glue_is_worker(L) && start(lua_touserdata(L, 1)));
  return 1;
}

/* Interrupt:stop() -> signals since start; SIGINT does again what it did
** before. */
static int Interrupt_stop(lua_State *L) {
  bool was_active = active == (Interrupt *)lua_touserdata(L, 1);
  stop(lua_touserdata(L, 1));
  if (lua_gethook(L) == raise_hook) lua_sethook(L, NULL, 0, 0);
  lua_pushinteger(L, was_active ? count : 0);
  return 1;
}

static int Interrupt_gc(lua_State *L) {
  if (is_of_class(L, 1, &interrupt_key)) stop(lua_touserdata(L, 1));
  return 0;
}

void interrupt_open(lua_State *L) {
  static const luaL_Reg metamethods[] = {{"__gc", Interrupt_gc}, {NULL, NULL}};
  static const luaL_Reg methods[] = {
      {"start", Interrupt_start}, {"stop", Interrupt_stop}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"new_interrupt", core_new_interrupt},
                                       {NULL, NULL}};
  glue_private_class(L, &interrupt_key, metamethods, methods);
  glue_setfuncs(L, functions);
}

/* ===} */
