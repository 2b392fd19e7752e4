/*
** A small `lua` with the core linked in, for runs under sanitizers: a module
** that is unloaded when the state closes leaves leak reports without names.
**   host [-e chunk | script] [argument ...]
** ASYNCIO_GC=step collects a little at every allocation, ASYNCIO_GC=gen makes
** the generational collector run as often as it can.
** An error in a finalizer reaches nobody: here it is printed and the program
** fails, unless its message contains the word "deliberate".
*/
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int luaopen_asyncio_core(lua_State *L);

#if defined(__SANITIZE_THREAD__)
#define HAS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_TSAN 1
#endif
#endif

#ifdef HAS_TSAN
/* The sanitizer knows longjmp, and not the names by which Lua calls it: every
** error would leave its frames on the stack that it keeps. */
void __longjmp_chk(jmp_buf env, int value);

void _longjmp(jmp_buf env, int value) {
  longjmp(env, value);
}

void __longjmp_chk(jmp_buf env, int value) {
  longjmp(env, value);
}
#endif

enum { EXIT_WARNED = 70 };

static bool warned = false;

/* The pieces of one warning, put together: lua_WarnFunction's `ud`. */
typedef struct Warning {
  char text[1024];
  size_t length;
  bool shown; /* as `@on` and `@off` say */
} Warning;

static void warning_end(Warning *warning) {
  bool in_finalizer = strncmp(warning->text, "error in ", 9) == 0 &&
                      strstr(warning->text, "deliberate") == NULL;
  if (in_finalizer) warned = true;
  if (warning->shown || in_finalizer) {
    fprintf(stderr, "Lua warning: %s\n", warning->text);
  }
  warning->length = 0;
}

static void on_warning(void *ud, const char *message, int to_continue) {
  Warning *warning = ud;
  if (warning->length == 0 && !to_continue && *message == '@') {
    if (strcmp(message, "@on") == 0) warning->shown = true;
    if (strcmp(message, "@off") == 0) warning->shown = false;
    return;
  }
  size_t room = sizeof(warning->text) - warning->length;
  int wrote = snprintf(warning->text + warning->length, room, "%s", message);
  warning->length += (size_t)wrote < room ? (size_t)wrote : room - 1;
  if (!to_continue) warning_end(warning);
}

/* Also when the program leaves by os.exit. */
static void fail_if_warned(void) {
  if (!warned) return;
  fprintf(stderr, "host: an error in a finalizer fails the run\n");
  fflush(NULL);
  _exit(EXIT_WARNED);
}

/* Ctrl-C where nobody else handles it, as in the stock program. */
static lua_State *interrupted = NULL;

static void stop_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  luaL_error(L, "interrupted!");
}

static void on_interrupt(int number) {
  int mask = LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT;
  signal(number, SIG_DFL);
  lua_sethook(interrupted, stop_hook, mask, 1);
}

static int add_traceback(lua_State *L) {
  const char *message = luaL_tolstring(L, 1, NULL);
  luaL_traceback(L, L, message, 1);
  return 1;
}

static void set_collector(lua_State *L) {
  const char *mode = getenv("ASYNCIO_GC");
  if (mode == NULL) return;
  if (strcmp(mode, "step") == 0) {
    lua_gc(L, LUA_GCINC, 0, 400, 8);
    lua_gc(L, LUA_GCSETPAUSE, 0);
  } else if (strcmp(mode, "gen") == 0) {
    lua_gc(L, LUA_GCGEN, 1, 20);
  }
}

static void set_arguments(lua_State *L, int argc, char **argv, int script) {
  lua_createtable(L, argc, script + 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
}

/* Runs the program in protected mode: upvalues would cost an allocation. */
static int run(lua_State *L) {
  int argc = (int)lua_tointeger(L, 1);
  char **argv = lua_touserdata(L, 2);
  bool chunk = argc > 2 && strcmp(argv[1], "-e") == 0;
  int script = chunk ? 2 : 1;
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_asyncio_core);
  lua_setfield(L, -2, "asyncio.core");
  set_arguments(L, argc, argv, script);
  set_collector(L);
  lua_pushcfunction(L, add_traceback);
  int handler = lua_gettop(L);
  int status = chunk ? luaL_loadbuffer(L, argv[2], strlen(argv[2]), "=-e")
                     : luaL_loadfile(L, argc > 1 ? argv[1] : NULL);
  if (status == LUA_OK) {
    luaL_checkstack(L, argc, "too many arguments");
    for (int i = script + 1; i < argc; i++) lua_pushstring(L, argv[i]);
    status = lua_pcall(L, lua_gettop(L) - handler - 1, 0, handler);
  }
  if (status != LUA_OK) return lua_error(L);
  return 0;
}

int main(int argc, char **argv) {
  static Warning warning;
  lua_State *L = luaL_newstate();
  if (L == NULL) return EXIT_FAILURE;
  atexit(fail_if_warned);
  lua_setwarnf(L, on_warning, &warning);
  interrupted = L;
  signal(SIGINT, on_interrupt);
  lua_pushcfunction(L, run);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  int status = lua_pcall(L, 2, 0, 0);
  if (status != LUA_OK) {
    fprintf(stderr, "%s: %s\n", argv[0], luaL_tolstring(L, -1, NULL));
  }
  lua_close(L);
  return status == LUA_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
