/*
** Coroutine objects and awaitables: what can be awaited or made a task, and
** the threads that run them. A coroutine object is light: its Lua coroutine
** is made only when it must be. Knows nothing of tasks.
*/
#ifndef ASYNCIO_COROUTINE_H
#define ASYNCIO_COROUTINE_H

#include "glue.h"

/* What a coroutine object is: a call of a Lua function, or one of a function of
** the module's own, which has `await`. */
typedef struct CoroutineKind {
  const char *name;
  lua_CFunction await; /* awaits the object at index 1; upvalues as await */
  bool nests;          /* `await` calls await again, on the C stack */
  /* Pushes the function that made the object at index idx, and its arguments;
  ** returns how many values. NULL: it cannot be made anew elsewhere. */
  int (*unbind)(lua_State *L, int idx);
  /* Of a call of a Lua function, or NULL: does what the function would, if it
  ** need not wait. The object is at index 1 and alone; pushes the results and
  ** returns how many, or ATTEMPT_FAILED. */
  lua_CFunction attempt;
} CoroutineKind;

enum { ATTEMPT_FAILED = -1 };

extern const CoroutineKind call_kind; /* a call of any Lua function */

/* The head of every coroutine object. Of a call of a Lua function, user values:
** the function, its arguments. */
typedef struct Coroutine {
  const CoroutineKind *kind;
  uint32_t owner;   /* id of the task that claimed or began it */
  uint32_t nvalues; /* the function and its arguments */
  uint8_t state;
  bool reusable; /* sleep(0): without a state, any number may await it */
} Coroutine;

enum {
  COROUTINE_NEW,
  COROUTINE_CLAIMED, /* a task was made of it, which has not yet begun it */
  COROUTINE_STARTED,
  COROUTINE_DONE
};

/* Pushes a new object of `size` bytes with n user values. */
Coroutine *coroutine_new(lua_State *L, const CoroutineKind *kind, size_t size,
                         int n);

static inline bool is_call(const Coroutine *c) {
  return c->kind->await == NULL;
}

/* Pushes the call of the function at fn with the n values from first on. */
Coroutine *coroutine_bind(lua_State *L, int fn, int first, int n);
/* Function, class and name, the only values on the stack, become the coroutine
** function that is the method of that name of the class. */
void coroutine_method(lua_State *L, const CoroutineKind *kind);
/* Pushes the function and the arguments that would make the same object, which
** has not begun and will not be awaited any more; returns how many values, 0
** if that cannot be. */
int coroutine_unbind(lua_State *L, int idx);
/* Was the function at idx made by async? Then the one given to it is pushed.
** Cannot raise. */
bool coroutine_unwrap(lua_State *L, int idx);
/* Pushes what a coroutine function calls: the function given to async, or the
** coroutine function itself if it is the module's. */
void coroutine_function_push(lua_State *L, int idx);
/* Was it made by async, or is it a coroutine function of the module's? */
bool is_coroutine_function(lua_State *L, int idx);

/* A function, or sleep(0): each use of it is another coroutine. */
bool is_reusable(lua_State *L, int idx);
bool is_awaitable(lua_State *L, int idx);
/* Raises for what has been awaited before; `owner` is who asks now, and may
** begin what it has claimed. Cannot raise for futures and functions. */
void awaitable_check(lua_State *L, int idx, uint32_t owner);
/* Pushes the function and the arguments of a call of a Lua function. */
int coroutine_push(lua_State *L, int idx, const Coroutine *c);
/* Pushes the function of an awaitable that is no future and no thread, and
** its arguments; returns how many values. Raises for what is none. */
int awaitable_push(lua_State *L, int idx);
/* The same on a thread of its own, which is pushed; *is_users when the
** awaitable was a thread. May raise, changes no awaitable. */
lua_State *awaitable_thread(lua_State *L, int idx, bool *is_users);
/* From here on it is `owner`'s. Cannot raise. */
void awaitable_claim(lua_State *L, int idx, uint32_t owner);
/* It will never be awaited: a thread is closed. Cannot raise. */
void awaitable_close(lua_State *L, int idx);
/* Makes a user's thread one as awaitable_thread makes them: all on its stack
** but the lowest is what it is to be resumed with first. Cannot raise. */
void coroutine_enter(lua_State *co);

/* Where the function of such a thread is until then. */
enum { UNSTARTED_FUNCTION = 3 };

/* How a thread that was started so ends: these, and then its results. */
enum { ENTRY_OK = 1, ENTRY_FUNCTION, ENTRY_RESULTS };

/* Is it a thread that a task or an await will start? */
bool coroutine_is_entered(lua_State *co);

/* Resets a thread: its to-be-closed variables run, and cannot await. Returns
** its status; an error is left on its stack. */
int coroutine_close(lua_State *co, lua_State *from);

/* The function of this name in the table on top returns coroutine objects. */
void coroutine_function(lua_State *L, const char *name);

void coroutine_open(lua_State *L);

#endif
