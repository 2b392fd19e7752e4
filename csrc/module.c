/*
** luaopen_asyncio_core: opens the others, in order; nothing else. The module
** is private: lua/asyncio/init.lua says what is public.
*/
#include "as_completed.h"
#include "await.h"
#include "call_future.h"
#include "callback.h"
#include "concurrent.h"
#include "context.h"
#include "coroutine.h"
#include "coroutines.h"
#include "errors.h"
#include "executors.h"
#include "futures.h"
#include "gather.h"
#include "interrupt.h"
#include "loops.h"
#include "perform.h"
#include "queue.h"
#include "remote.h"
#include "shield.h"
#include "signals.h"
#include "tasks.h"
#include "timeout.h"
#include "transfer.h"
#include "unawaited.h"
#include "wait.h"
#include "waiters.h"
#include "watchdog.h"

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define EXPORT __attribute__((visibility("default")))
#else
#define EXPORT
#endif

/* The metatables, for the Lua side to add to: core.classes.Loop ... */
static void open_classes(lua_State *L) {
  static const struct {
    const char *name;
    int cls;
  } classes[] = {{"Loop", UP_LOOP},
                 {"Future", UP_FUTURE},
                 {"Task", UP_TASK},
                 {"Coroutine", UP_COROUTINE},
                 {"Handle", UP_HANDLE}};
  size_t i;
  lua_newtable(L);
  for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
    glue_push_class(L, classes[i].cls);
    lua_setfield(L, -2, classes[i].name);
  }
  lua_setfield(L, -2, "classes");
}

EXPORT int luaopen_asyncio_core(lua_State *L);

EXPORT int luaopen_asyncio_core(lua_State *L) {
  luaL_checkversion(L);
  glue_open(L);
  lua_newtable(L);
  errors_open(L);
  loops_open(L);
  context_open(L);
  futures_open(L);
  callback_open(L);
  unawaited_open(L);
  coroutine_open(L);
  tasks_open(L);
  await_open(L);
  coroutines_open(L);
  gather_open(L);
  wait_open(L);
  as_completed_open(L);
  shield_open(L);
  timeout_open(L);
  waiters_open(L);
  queue_open(L);
  interrupt_open(L);
  signals_open(L);
  watchdog_open(L);
  concurrent_open(L);
  call_future_open(L);
  executors_open(L);
  remote_open(L);
  perform_open(L);
  transfer_open(L);
  open_classes(L);
  return 1;
}
