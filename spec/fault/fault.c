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
** Each scenario has a process of its own, each run a Lua state. FAULT, as it
** stands in a failure's message, does that run alone and shows where the
** memory was asked for.
** One run without a fault notes which public functions it calls, the list of
** which is made by spec/fault/names.lua. When all scenarios were run, one that
** none of them has called is a failure.
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
#include <sys/mman.h>
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

#define LIBRARY_SCRIPT "spec/fault/library.lua"

enum { MAX_RUNS = 20000, MAX_SCENARIOS = 500, MAX_NAMES = 2000, SLOTS = 2 };

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

/* The state of main. What library.lua has returned is at LIBRARY: the modules,
** compiled once, so that a run does not spend its time in Lua's parser. */
static lua_State *library;
enum { LIBRARY = 1 };

/* Loads the function of a module or of the script; false: it is not known. */
static bool load_chunk(lua_State *L, const char *name) {
  size_t size;
  lua_getfield(library, LIBRARY, "chunks");
  lua_getfield(library, -1, name);
  const char *chunk = lua_tolstring(library, -1, &size);
  int status = chunk == NULL ? LUA_OK : luaL_loadbuffer(L, chunk, size, name);
  lua_pop(library, 2);
  if (status != LUA_OK) lua_error(L);
  return chunk != NULL;
}

/* The second of package.searchers: a loader, or nothing. */
static int scenario_searcher(lua_State *L) {
  return load_chunk(L, luaL_checkstring(L, 1)) ? 1 : 0;
}

static void add_searcher(lua_State *L) {
  lua_getglobal(L, "table");
  lua_getfield(L, -1, "insert");
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  lua_replace(L, -2);
  lua_pushinteger(L, 2);
  lua_pushcfunction(L, scenario_searcher);
  lua_call(L, 3, 0);
  lua_pop(L, 1);
}

static void open_libraries(lua_State *L) {
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_asyncio_core);
  lua_setfield(L, -2, "asyncio.core");
  lua_pop(L, 1);
}

/* With all the memory there is: leaves the scenario's table on the stack. */
static int open_scenario(lua_State *L) {
  open_libraries(L);
  add_searcher(L);
  lua_register(L, "interrupt", scenario_interrupt);
  if (!load_chunk(L, script)) return luaL_error(L, "no %s", script);
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

/* stack: scenario -> scenario state finish state run state */
static void prepare_run(lua_State *L, const char *what) {
  lua_getfield(L, 1, "prepare");
  must_call(L, 0, 1, what);
  lua_getfield(L, 1, "finish");
  lua_pushvalue(L, 2);
  lua_getfield(L, 1, "run");
  lua_pushvalue(L, 2);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
}

/* After lua_pcall(L, 1, 0, 0). */
static void finish_run(lua_State *L, int status, const char *what) {
  if (status == LUA_OK) lua_pushnil(L);
  lua_pushboolean(L, status == LUA_OK);
  lua_insert(L, -2);
  must_call(L, 3, 0, what);
  lua_close(L);
  if (lua_source.live == 0) return;
  printf("%s: %ld bytes of Lua's left\n", what, lua_source.live);
  fflush(stdout);
  _exit(EXIT_FAILURE);
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
  prepare_run(L, what);
  arm(source, mode, k);
  int status = lua_pcall(L, 1, 0, 0);
  bool has_fault = has_failed(source);
  disarm();
  finish_run(L, status, what);
  return has_fault;
}

/* By the number of a public name: has a scenario called it? The processes
** share it. */
static unsigned char *called;
static const char note_key = 0; /* registry: the function names.note */

static int scenario_mark(lua_State *L) {
  lua_Integer number = luaL_checkinteger(L, 1);
  if (number > 0 && number < MAX_NAMES) called[number] = 1;
  return 0;
}

/* note(the function that is called, its first argument) */
static void note_hook(lua_State *L, lua_Debug *ar) {
  if (lua_getlocal(L, ar, 1) == NULL) lua_pushnil(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &note_key);
  lua_insert(L, -2);
  lua_getinfo(L, "f", ar);
  lua_insert(L, -2);
  lua_call(L, 2, 0);
}

/* Pushes a function of names.lua. */
static void push_of_names(lua_State *L, const char *key) {
  lua_getglobal(L, "require");
  lua_pushstring(L, "spec.fault.names");
  must_call(L, 1, 1, "names");
  lua_getfield(L, -1, key);
  lua_remove(L, -2);
}

/* Runs with all the memory there is; notes the calls of public functions, in
** all coroutines that are made. A scenario has to succeed. */
static void run_without_fault(int index) {
  const char *what = "without a fault";
  lua_State *L = new_scenario(index);
  prepare_run(L, what);
  push_of_names(L, "note");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &note_key);
  lua_sethook(L, note_hook, LUA_MASKCALL, 0);
  int status = lua_pcall(L, 1, 0, 0);
  lua_sethook(L, NULL, 0, 0);
  if (status != LUA_OK) {
    printf("%s: %s\n", what, luaL_tolstring(L, -1, NULL));
    fflush(stdout);
    _exit(EXIT_FAILURE);
  }
  push_of_names(L, "report");
  lua_pushcfunction(L, scenario_mark);
  must_call(L, 1, 0, "names");
  finish_run(L, status, what);
}

/* Returns the number of runs with a fault. */
static long run_all_faults(int index, Source *source, Mode mode) {
  long k = 1;
  while (k < MAX_RUNS && run_with_fault(index, source, mode, k)) k++;
  return k - 1;
}

/* In a process of its own: never returns. */
static void run_scenario(int index) {
  if (only_run == NULL) run_without_fault(index);
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
  if (only_run == NULL) printf("lua %ld, core %ld, uv %ld\n", once, core, uv);
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

/* Success shows the last line only, but of a run that was asked for all. */
static void show_output(Child *child, bool ok) {
  char line[1000];
  bool shows_all = !ok || only_run != NULL;
  rewind(child->output);
  line[0] = '\0';
  while (fgets(line, sizeof line, child->output) != NULL) {
    if (shows_all) printf("    %s", line);
  }
  if (!shows_all) printf("%s", line);
  fclose(child->output);
}

static void end_child(Child *child, int status) {
  bool ok = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
  *(ok ? &passed : &failed) += 1;
  printf("%s %s%s", ok ? "ok    " : "FAILED", names[child->index],
         ok && only_run == NULL ? ": " : "\n");
  show_output(child, ok);
  if (WIFSIGNALED(status)) printf("    signal %d\n", WTERMSIG(status));
  child->pid = 0;
}

static Child children[SLOTS]; /* those that run have a pid */

/* Waits for one of them; returns its slot, SLOTS if none runs. */
static int wait_for_child(void) {
  int status = 0;
  pid_t pid;
  do pid = wait(&status);
  while (pid < 0 && errno == EINTR);
  if (pid < 0) return SLOTS;
  int slot = 0;
  while (slot < SLOTS && children[slot].pid != pid) slot++;
  if (slot < SLOTS) end_child(&children[slot], status);
  return slot;
}

/* Waits for one to become free. */
static int free_slot(void) {
  for (int slot = 0; slot < SLOTS; slot++) {
    if (children[slot].pid == 0) return slot;
  }
  return wait_for_child();
}

static bool is_wanted(const char *name, int argc, char **argv) {
  if (argc <= 2) return true;
  for (int i = 2; i < argc; i++) {
    if (strcmp(argv[i], name) == 0) return true;
  }
  return false;
}

/* What library.lua returns of a key stands on top of the library. */
static int open_list(const char *key) {
  lua_getfield(library, LIBRARY, key);
  return (int)luaL_len(library, -1);
}

static const char *item_of_list(int i) {
  lua_geti(library, -1, i);
  const char *item = luaL_checkstring(library, -1);
  lua_pop(library, 1); /* the list has it */
  return item;
}

/* Runs library.lua(script). */
static int read_library(lua_State *L) {
  open_libraries(L);
  if (luaL_loadfile(L, LIBRARY_SCRIPT) != LUA_OK) return lua_error(L);
  lua_pushstring(L, script);
  lua_call(L, 1, 1);
  return 1;
}

static void open_library(void) {
  library = luaL_newstate();
  lua_pushcfunction(library, read_library);
  must_call(library, 0, 1, "loading");
}

/* Reads the names of the scenarios; returns their number. */
static int read_names(void) {
  int count = open_list("scenarios");
  if (count >= MAX_SCENARIOS) exit(EXIT_FAILURE);
  for (int i = 1; i <= count; i++) names[i] = item_of_list(i);
  lua_pop(library, 1);
  return count;
}

/* Is every public name called by a scenario, or excluded, and not both? */
static void check_called(void) {
  int count = open_list("public"), number = 0;
  if (count >= MAX_NAMES) exit(EXIT_FAILURE);
  lua_getfield(library, LIBRARY, "excluded");
  for (int i = 1; i <= count; i++) {
    lua_geti(library, -2, i);
    const char *name = lua_tostring(library, -1);
    bool is_excluded = lua_rawget(library, -2) != LUA_TNIL;
    lua_pop(library, 1);
    number += called[i];
    if (is_excluded != (called[i] != 0)) continue;
    printf("FAILED %s: %s\n", name,
           is_excluded ? "is excluded, but called" : "no scenario calls it");
    failed++;
  }
  lua_pop(library, 2);
  printf("%d of %d public functions called\n", number, count);
}

/* What library.lua itself has found wrong. */
static void show_problems(void) {
  int count = open_list("problems");
  for (int i = 1; i <= count; i++) printf("FAILED %s\n", item_of_list(i));
  lua_pop(library, 1);
  failed += count;
}

int main(int argc, char **argv) {
  is_main = true;
  uv_replace_allocator(uv_fault_malloc, uv_fault_realloc, uv_fault_calloc,
                       uv_fault_free);
  only_run = getenv("FAULT");
  script = argc > 1 ? argv[1] : "spec/fault/scenario.lua";
  called = mmap(NULL, MAX_NAMES, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (called == MAP_FAILED) return EXIT_FAILURE;
  open_library();
  int count = read_names();
  for (int i = 1; i <= count; i++) {
    if (!is_wanted(names[i], argc, argv)) continue;
    int slot = free_slot();
    children[slot] = start_child(i);
  }
  while (wait_for_child() < SLOTS) {
  }
  show_problems();
  if (argc <= 2 && only_run == NULL) check_called();
  lua_close(library);
  printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
