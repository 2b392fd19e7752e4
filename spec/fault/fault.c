/*
** Runs each scenario of a script again and again, with another allocation
** failing each time: of Lua's, of the core's (mem.c counts them in test
** builds) or of libuv's. A run is right when it ends in a memory error or in
** success, its loop still works and closes, and nothing is left allocated;
** the sanitizers see to the rest.
**   [FAULT="lua once 12"] fault scenario.lua [name of a scenario ...]
** The script returns a list of scenarios, {name=, prepare=, run=, finish=}:
** prepare() -> state and finish(state, ok, error) run with all the memory
** there is, run(state) with the fault. finish raises what was wrong.
** Each scenario has a process of its own. FAULT, as it stands in a failure's
** message, does that run alone and shows where the memory was asked for.
*/
#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_do_recoverable_leak_check() 0
#define __sanitizer_print_stack_trace() (void)0
#endif

#include "mem.h"

int luaopen_asyncio_core(lua_State *L);

enum { MAX_RUNS = 20000, MAX_SCENARIOS = 500, SLOTS = 2 };

/* Which allocations of a source fail: the k-th only; the k-th, but not when
** it is tried again after the collection that Lua then makes; all from the
** k-th on. */
typedef enum Mode { MODE_ONCE, MODE_COLLECT, MODE_FROM } Mode;

typedef struct Source {
  const char *name;
  bool armed;
  bool failed; /* the k-th allocation was asked for */
  Mode mode;
  long k;
  long count; /* allocations since armed */
  void *retry_block;
  size_t retry_size; /* the request that failed, if it is to fail again */
  atomic_long live;  /* blocks (libuv) or bytes (Lua) that are allocated */
} Source;

/* Allocations fail in the main thread only: workers run meanwhile, and what
** they allocate would make the count another each time. */
static _Thread_local bool is_main;

static const char *only_run; /* the value of FAULT, or NULL */
static Source lua_source = {.name = "lua"};
static Source uv_source = {.name = "uv"};

/* Lua asks a second time after a full collection. */
static bool is_retry(Source *source, void *block, size_t size) {
  bool same = source->retry_size == size && source->retry_block == block;
  source->retry_size = 0;
  return same;
}

static bool must_fail(Source *source, void *block, size_t size) {
  if (!is_main || !source->armed) return false;
  if (source->retry_size != 0 && is_retry(source, block, size)) return true;
  source->count++;
  if (source->count < source->k) return false;
  if (!source->failed && only_run != NULL) __sanitizer_print_stack_trace();
  source->failed = true;
  if (source->mode == MODE_FROM) return true;
  if (source->count > source->k) return false;
  if (source->mode == MODE_ONCE) {
    source->retry_block = block;
    source->retry_size = size;
  }
  return true;
}

static void *lua_allocate(void *ud, void *block, size_t old, size_t size) {
  Source *source = ud;
  size_t had = block == NULL ? 0 : old;
  if (size == 0) {
    source->live -= (long)had;
    free(block);
    return NULL;
  }
  if (size > had && must_fail(source, block, size)) return NULL;
  void *moved = realloc(block, size);
  if (moved != NULL) source->live += (long)size - (long)had;
  return moved;
}

static void *uv_allocated(void *block) {
  if (block != NULL) uv_source.live++;
  return block;
}

static void *uv_fault_malloc(size_t size) {
  if (must_fail(&uv_source, NULL, size)) return NULL;
  return uv_allocated(malloc(size));
}

static void *uv_fault_calloc(size_t count, size_t size) {
  if (must_fail(&uv_source, NULL, count * size)) return NULL;
  return uv_allocated(calloc(count, size));
}

/* Never fails: where libuv reallocates (its table of watchers) it aborts
** the process when there is no memory. */
static void *uv_fault_realloc(void *block, size_t size) {
  void *moved = realloc(block, size);
  return block == NULL ? uv_allocated(moved) : moved;
}

static void uv_fault_free(void *block) {
  if (block != NULL) uv_source.live--;
  free(block);
}

static void disarm(void) {
  lua_source.armed = false;
  uv_source.armed = false;
  mem_fail_at = 0;
}

/* The core's own source, whose counter is in mem.c. */
static Source core_source = {.name = "core"};

static void arm(Source *source, Mode mode, long k) {
  source->mode = mode;
  source->k = k;
  source->count = 0;
  source->failed = false;
  source->retry_size = 0;
  source->armed = true;
  if (source == &core_source) mem_fail_at = k;
}

/* True if the fault happened; call before disarm. */
static bool has_failed(Source *source) {
  if (source == &core_source) return mem_fail_at <= 0;
  return source->failed;
}

static const char *script;
static int last_status; /* of the last run */

/* For scenarios: interrupt() is the user's Ctrl-C. */
static int scenario_interrupt(lua_State *L) {
  (void)L;
  raise(SIGINT);
  return 0;
}

static int add_traceback(lua_State *L) {
  const char *message = luaL_tolstring(L, 1, NULL);
  luaL_traceback(L, L, message, 1);
  return 1;
}

/* With all the memory there is: leaves the scenario's table on the stack. */
static int open_scenario(lua_State *L) {
  luaL_openlibs(L);
  lua_register(L, "interrupt", scenario_interrupt);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_asyncio_core);
  lua_setfield(L, -2, "asyncio.core");
  if (luaL_loadfile(L, script) != LUA_OK) return lua_error(L);
  lua_call(L, 0, 1);
  lua_geti(L, -1, lua_tointeger(L, 1));
  return 1;
}

static void must_call(lua_State *L, int nargs, int nresults, const char *what) {
  int handler = lua_gettop(L) - nargs;
  lua_pushcfunction(L, add_traceback);
  lua_insert(L, handler);
  if (lua_pcall(L, nargs, nresults, handler) != LUA_OK) {
    printf("%s: %s\n", what, lua_tostring(L, -1));
    fflush(stdout);
    _exit(EXIT_FAILURE);
  }
  lua_remove(L, handler);
}

static lua_State *new_scenario(int index) {
  lua_State *L = lua_newstate(lua_allocate, &lua_source);
  if (L == NULL) _exit(EXIT_FAILURE);
  lua_pushcfunction(L, open_scenario);
  lua_pushinteger(L, index);
  must_call(L, 1, 1, "loading");
  return L;
}

/* One run with one fault; false when the scenario asked for fewer than k
** allocations, so that nothing failed. */
static bool run_with_fault(int index, Source *source, Mode mode, long k) {
  char what[100];
  snprintf(what, sizeof what, "%s %s %ld", source->name,
           mode == MODE_ONCE      ? "once"
           : mode == MODE_COLLECT ? "collect"
                                  : "from",
           k);
  if (only_run != NULL && strcmp(only_run, what) != 0) return true;
  lua_State *L = new_scenario(index);
  lua_getfield(L, 1, "prepare");
  must_call(L, 0, 1, what);
  lua_getfield(L, 1, "finish");
  lua_pushvalue(L, 2);
  lua_getfield(L, 1, "run");
  lua_pushvalue(L, 2);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  /* stack: scenario state finish state run state */
  arm(source, mode, k);
  int status = lua_pcall(L, 1, 0, 0);
  bool failed = has_failed(source);
  disarm();
  last_status = status;
  if (status == LUA_OK) lua_pushnil(L);
  lua_pushboolean(L, status == LUA_OK);
  lua_insert(L, -2);
  must_call(L, 3, 0, what);
  lua_close(L);
  if (lua_source.live != 0) {
    printf("%s: %ld bytes of Lua's left\n", what, lua_source.live);
    _exit(EXIT_FAILURE);
  }
  return failed;
}

/* Without a fault a scenario has to succeed. */
static void run_without_fault(int index) {
  if (only_run != NULL) return;
  run_with_fault(index, &lua_source, MODE_ONCE, LONG_MAX);
  if (last_status == LUA_OK) return;
  printf("it fails without a fault\n");
  fflush(stdout);
  _exit(EXIT_FAILURE);
}

/* Returns the number of runs with a fault. */
static long run_all_faults(int index, Source *source, Mode mode) {
  long k = 1;
  while (k < MAX_RUNS && run_with_fault(index, source, mode, k)) k++;
  return k - 1;
}

/* In a process of its own: never returns. */
static void run_scenario(int index) {
  run_without_fault(index);
  long blocks = uv_source.live;
  long once = run_all_faults(index, &lua_source, MODE_ONCE);
  blocks = uv_source.live > blocks ? uv_source.live : blocks;
  run_all_faults(index, &lua_source, MODE_COLLECT);
  run_all_faults(index, &lua_source, MODE_FROM);
  long core = run_all_faults(index, &core_source, MODE_ONCE);
  long uv = run_all_faults(index, &uv_source, MODE_ONCE);
  run_all_faults(index, &uv_source, MODE_FROM);
  if (uv_source.live > blocks) {
    printf("%ld blocks of libuv's left\n", uv_source.live - blocks);
    exit(EXIT_FAILURE);
  }
  if (__lsan_do_recoverable_leak_check()) _exit(EXIT_FAILURE);
  printf("lua %ld, core %ld, uv %ld\n", once, core, uv);
  fflush(stdout);
  _exit(EXIT_SUCCESS);
}

/* What a child writes goes to a file of its own, shown when it fails. */
typedef struct Child {
  pid_t pid;
  int index;
  FILE *output;
} Child;

static const char *names[MAX_SCENARIOS];
static int passed = 0, failed = 0;

static Child start_child(int index) {
  Child child = {.index = index, .output = tmpfile()};
  if (child.output == NULL) exit(EXIT_FAILURE);
  fflush(stdout);
  child.pid = fork();
  if (child.pid < 0) exit(EXIT_FAILURE);
  if (child.pid == 0) {
    dup2(fileno(child.output), STDOUT_FILENO);
    dup2(fileno(child.output), STDERR_FILENO);
    run_scenario(index);
  }
  return child;
}

/* Success shows the last line only. */
static void show_output(Child *child, bool ok) {
  char line[1000];
  rewind(child->output);
  line[0] = '\0';
  while (fgets(line, sizeof line, child->output) != NULL) {
    if (!ok) printf("    %s", line);
  }
  if (ok) printf("%s", line);
  fclose(child->output);
}

static void end_child(Child *child) {
  int status = 0;
  while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
  }
  bool ok = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
  *(ok ? &passed : &failed) += 1;
  printf("%s %s%s", ok ? "ok    " : "FAILED", names[child->index],
         ok ? ": " : "\n");
  show_output(child, ok);
  if (WIFSIGNALED(status)) printf("    signal %d\n", WTERMSIG(status));
}

static bool is_wanted(const char *name, int argc, char **argv) {
  if (argc <= 2) return true;
  for (int i = 2; i < argc; i++) {
    if (strcmp(argv[i], name) == 0) return true;
  }
  return false;
}

/* Reads the names of the scenarios; returns their number. */
static int read_names(lua_State *L) {
  luaL_openlibs(L);
  if (luaL_loadfile(L, script) != LUA_OK || lua_pcall(L, 0, 1, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    exit(EXIT_FAILURE);
  }
  int count = (int)luaL_len(L, 1);
  if (count >= MAX_SCENARIOS) exit(EXIT_FAILURE);
  for (int i = 1; i <= count; i++) {
    lua_geti(L, 1, i);
    lua_getfield(L, -1, "name");
    names[i] = luaL_checkstring(L, -1);
    lua_pop(L, 2);
  }
  return count;
}

int main(int argc, char **argv) {
  is_main = true;
  uv_replace_allocator(uv_fault_malloc, uv_fault_realloc, uv_fault_calloc,
                       uv_fault_free);
  only_run = getenv("FAULT");
  script = argc > 1 ? argv[1] : "spec/fault/scenario.lua";
  lua_State *L = luaL_newstate();
  int count = read_names(L);
  Child children[SLOTS];
  int first = 0, running = 0;
  for (int i = 1; i <= count; i++) {
    if (!is_wanted(names[i], argc, argv)) continue;
    if (running == SLOTS) {
      end_child(&children[first]);
      first = (first + 1) % SLOTS;
      running--;
    }
    children[(first + running++) % SLOTS] = start_child(i);
  }
  for (; running > 0; running--, first = (first + 1) % SLOTS) {
    end_child(&children[first]);
  }
  lua_close(L);
  printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
