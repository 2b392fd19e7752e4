/*
** What every floor above needs of Lua: the state's Core, the metatables as
** upvalues of every C function, argument checks, options tables.
** Knows no class of ours but by its metatable.
*/
#ifndef ASYNCIO_GLUE_H
#define ASYNCIO_GLUE_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct Loop;

/* Upvalues of every C function of the module. */
enum { UP_CORE = 1, UP_LOOP, UP_FUTURE, UP_TASK, UP_COROUTINE, UP_HANDLE };
enum { CLASS_COUNT = UP_HANDLE, EXCEPTION_COUNT = 6 };

/* Bits of Core.extras. Bit 0 is debug mode's, of the loop. */
enum {
  HAS_CONTEXTS = 1 << 1, /* there are context variables; context.h */
  KEEPS_TIME = 1 << 2    /* tasks know since when they wait; task.c */
};

/* One per Lua state, in the registry; its user values are CORE_... below.
** Several states of a process share nothing. */
typedef struct Core {
  struct Loop *running; /* the loop inside loop_run, or NULL */
  const void *metatables[CLASS_COUNT + 1];     /* by UP_..., to compare with */
  const void *exceptions[EXCEPTION_COUNT + 1]; /* the classes; errors.h */
  const void *queue_class, *waiters_class; /* metatables; queue.c, waiters.c */
  uint32_t task_count; /* tasks ever made: order of creation */
  uint32_t task_names; /* names "Task-N" ever given */
  uint8_t extras;      /* HAS_CONTEXTS ...: what the program has asked for */
  bool is_continued;   /* the last error is being raised again; errors.h */
  lua_Hook hook;       /* the user's, while task.c borrows the hook */
  int hook_mask, hook_count;
} Core;

enum {
  CORE_RUNNING = 1,    /* the running loop */
  CORE_EVENT_LOOP,     /* the loop of set_event_loop */
  CORE_CLASSES,        /* the exception classes, by number */
  CORE_EXCEPTIONS,     /* the module they came from */
  CORE_ERROR,          /* the error a traceback was taken for last, ... */
  CORE_TRACEBACK,      /* ... and that traceback (string) */
  CORE_SLEEP,          /* the coroutine object of sleep(0) */
  CORE_AWAIT,          /* the function await */
  CORE_SLEEP_FUNCTION, /* the function sleep */
  CORE_FUNCTIONS,      /* set of the module's coroutine functions */
  CORE_MAKE_EXECUTOR,  /* a Lua function: loop -> its default executor */
  CORE_PERFORM,        /* begins a call in its loop; perform.c */
  CORE_CONTEXT,        /* the place of the current context; context.h */
  CORE_BASE_CONTEXT,   /* the one in which the loop was run */
  CORE_FAILED_CONTEXT, /* the one in which a Job has just failed */
  CORE_SAMPLE,         /* a traceback taken while a Job ran; watchdog.c */
  CORE_PORTABLE,       /* a Lua function: list of variables -> one to send */
  CORE_LOOP_METHODS,   /* the table of them */
  CORE_USERVALUES = CORE_LOOP_METHODS
};

static inline Core *core_of(lua_State *L) {
  return (Core *)lua_touserdata(L, lua_upvalueindex(UP_CORE));
}

/* Makes the Core and the metatables, unless they are there. */
void glue_open(lua_State *L);

/* The Core, in a function without our upvalues. */
Core *core_get(lua_State *L);

/* Pushes a user value of the Core. Needs our upvalues. Cannot raise. */
static inline void core_push(lua_State *L, int uservalue) {
  lua_getiuservalue(L, lua_upvalueindex(UP_CORE), uservalue);
}

/* Is this the state of a worker thread, and the mark that makes it one. */
bool glue_is_worker(lua_State *L);
void glue_mark_worker(lua_State *L);

/* The same without our upvalues. */
void core_push_any(lua_State *L, int uservalue);
/* Pops a value into a user value of the Core. Cannot raise. */
void core_set(lua_State *L, int uservalue);

/* Adds functions, with the module's upvalues, to the table on top. */
void glue_setfuncs(lua_State *L, const luaL_Reg *functions);
/* Pushes the metatable of a class (UP_LOOP ...). Cannot raise. */
void glue_push_class(lua_State *L, int cls);
/* Adds metamethods (or NULL) and methods to a class. */
void glue_class(lua_State *L, int cls, const luaL_Reg *metamethods,
                const luaL_Reg *methods);

/* Makes a class of one file only, whose metatable the registry has at key,
** unless it is there. Returns the address, for has_metatable. */
const void *glue_private_class(lua_State *L, const void *key,
                               const luaL_Reg *metamethods,
                               const luaL_Reg *methods);

/* Is the value of the private class with this key? Cannot raise. */
bool is_of_class(lua_State *L, int idx, const void *key);

/* Is it a full userdata with this metatable, by its address? Cannot raise. */
bool has_metatable(lua_State *L, int idx, const void *mt);

/* Which of our classes a value is of (UP_...), 0 for none. Cannot raise. */
int class_of(lua_State *L, int idx);

/* Raises unless the options at idx (nil or table) have only these keys;
** `keys` ends with NULL. */
void check_options(lua_State *L, int idx, const char *fname,
                   const char *const *keys);
/* Raises unless the value can be called. */
void check_callable(lua_State *L, int idx, const char *fname);
#define NAN_DELAY "Invalid delay: NaN (not a number)"

/* A number of seconds that is not NaN; math.huge for nil or none. */
double check_seconds(lua_State *L, int idx);
/* Pushes options[key], nil when there are no options. Returns its type. */
int option_get(lua_State *L, int idx, const char *key);
/* A boolean option; raises on another type. */
bool option_bool(lua_State *L, int idx, const char *fname, const char *key);
/* An option of seconds, math.huge when absent. */
double option_seconds(lua_State *L, int idx, const char *fname,
                      const char *key);
/* Is it a table of options: no metatable, or none that can be awaited? */
bool is_plain_table(lua_State *L, int idx);

/* Pushes a new list of what is in the value at idx: a list, a set (keys), or
** an iterator function. Raises for other values: `expected` is the text. */
void push_list_of(lua_State *L, int idx, const char *expected);

/* lua_newuserdatauv, which does not look at how many values it is asked for. */
void *new_userdata(lua_State *L, size_t size, int nvalues);

/* Makes sure of n slots on another thread's stack, or raises on L. */
void check_room(lua_State *L, lua_State *co, int n);

#endif
