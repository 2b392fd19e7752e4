/*
** The loop: what is ready, what waits for time, and when to poll libuv.
** It knows Jobs and Timers, not who owns them. Laws (docs/design.md): Lua
** runs only while a Job runs, never under uv_run; a pass runs only what was
** ready when it began.
*/
#ifndef ASYNCIO_LOOP_H
#define ASYNCIO_LOOP_H

#include <uv.h>

#include "glue.h"
#include "heap.h"
#include "list.h"
#include "mailbox.h"

typedef struct Loop Loop;
typedef struct Job Job;

/* A Job runs in a C frame with these at the bottom of its stack. */
enum { JOB_LOOP = 1, JOB_RETAINED = 2 };

typedef struct JobKind {
  /* May raise. Leaves the stack as high as it found it. */
  void (*run)(lua_State *L, Loop *loop, Job *job);
  /* After `run` raised: adds who it was to the report (a table on top) and
  ** lets go of it. NULL when there is nothing to add. */
  void (*failed)(lua_State *L, Loop *loop, Job *job);
  /* The loop closes and will not run it. Without Lua. NULL for the Jobs in
  ** memory of Lua's. */
  void (*drop)(Job *job);
  /* The slot of who waits by means of the Job; the i-th of them, from 0; 0:
  ** there are no more. NULL: nobody of the loop's own. */
  uint32_t (*owner)(const Job *job, uint32_t i);
} JobKind;

/* Something the loop will run once. On one list at most. */
struct Job {
  ListNode node; /* the loop's ready list, or a future's callbacks */
  const JobKind *kind;
};

/* A Job that can also wait for a time. In the heap or on a list, not both. */
typedef struct Timer {
  Job job;
  HeapNode node; /* written by the loop only */
  uint32_t slot; /* where the loop retains the owner; 0: it does not */
} Timer;

/* Debug mode, which is above the loop: watchdog.c. */
typedef struct LoopWatch {
  void (*run)(lua_State *L, Loop *loop); /* runs loop->job; may raise */
  /* `run` raised. stack: ..., the task or handle, or nil. May raise. */
  void (*failed)(lua_State *L, Loop *loop);
  void (*leave)(lua_State *L); /* the loop stops; cannot raise */
} LoopWatch;

struct Loop {
  Core *core;
  List ready; /* Jobs of the next pass */
  List batch; /* Jobs of this pass still to run */
  Heap timers;
  struct Task *current;  /* the task being stepped, or NULL */
  Job *job;              /* the Job being run, or NULL */
  lua_State *L;          /* the state inside loop_run, or NULL */
  int64_t now;           /* the virtual clock, ns */
  uint64_t polled;       /* real time of the last poll, ns */
  uint32_t free_slot;    /* first free place among the retained, or 0 */
  uint32_t slots;        /* places used so far */
  uint32_t passes;       /* since the last poll */
  uint32_t cancel_epoch; /* of the last call of cancel; future.c */
  uint32_t reports;      /* failures noted so far; unretrieved.c */
  uint32_t holds;        /* that this state has made for others; remote.c */
  uint32_t holds_known;  /* those made before the last collection for them */
  uint32_t signals;      /* watches of signals; signals.c */
  bool has_factory;      /* the Lua side has set a task factory */
  int depth;             /* awaits nested on the C stack; await.c */
  int request;           /* why the coroutine yields; task.h */
  lua_State *pushed;     /* the coroutine to resume on REQUEST_PUSH */
  int pushed_values;     /* ... with so many values, on its stack */
  int eager;             /* eager first steps nested on the C stack */
  Job *bell;             /* run when the loop was rung, or NULL */
  Job until;             /* stops the loop; on the future run for; future.c */
  struct Future *until_done; /* that future, or NULL when `until` is idle */
  Mailbox *mailbox;          /* where others reach it; NULL once closed */
  List closers;              /* Closers: who must know that it closes */
  bool running, stopping, closed, is_virtual, waits_for_result;
  bool in_pass;           /* `batch` is begun and not yet ended */
  const LoopWatch *watch; /* in debug mode, else NULL; it has what follows: */
  bool sampled;           /* CORE_SAMPLE is of the Job that runs */
  int64_t slow;           /* ns; what takes longer is reported */
  int64_t alarm_at;       /* ns; what takes longer is said at once */
  uint64_t began;         /* when the Job began, 0 when none is watched */
  uv_thread_t thread;     /* that runs it; set in debug mode */
  uv_timer_t alarm;       /* bounds the poll; its callback only stops it */
  uv_async_t wakeup;      /* ends a poll from a signal or another thread */
  uv_loop_t uv;
};

/* Somebody who must know, once, that the loop closes. Without Lua. */
typedef struct Closer {
  ListNode node; /* on Loop.closers */
  void (*close)(struct Closer *closer);
} Closer;

/* User values of a loop. */
enum {
  LOOP_RETAINED = 1, /* slot -> what the loop keeps alive */
  LOOP_UNRETRIEVED,  /* weak: errors that nobody has seen yet */
  LOOP_STATE,        /* fields of the Lua side: handlers, factory, ... */
  LOOP_USERVALUES = LOOP_STATE
};

/* Keeps the value at idx alive until loop_release; returns its slot, never 0.
** `loop_idx` is the loop's own place on the stack. May raise. */
uint32_t loop_retain(lua_State *L, Loop *loop, int loop_idx, int idx);
/* The next loop_retain cannot raise, if `free_slot` is still not 0 then: a
** finalizer may take it. May raise. */
void loop_reserve_slot(lua_State *L, Loop *loop, int loop_idx);
/* Pushes what is retained there. Cannot raise. */
void loop_push_retained(lua_State *L, int loop_idx, uint32_t slot);
/* Lets go; slot 0 is nothing. Cannot raise. */
void loop_release(lua_State *L, Loop *loop, int loop_idx, uint32_t slot);

/* The same in a Job's frame. */
static inline void job_push_retained(lua_State *L, uint32_t slot) {
  lua_rawgeti(L, JOB_RETAINED, slot);
}

static inline void job_release(lua_State *L, Loop *loop, uint32_t slot) {
  if (slot == 0) return;
  lua_pushinteger(L, loop->free_slot);
  lua_rawseti(L, JOB_RETAINED, slot);
  loop->free_slot = slot;
}

static inline void loop_ready(Loop *loop, Job *job) {
  list_append(&loop->ready, &job->node);
}

/* Times are nanoseconds on the loop's clock. */
#define NEVER INT64_MAX
int64_t loop_now(const Loop *loop);
/* The moment `seconds` from now; NEVER for math.huge. */
int64_t loop_deadline(const Loop *loop, double seconds);
int64_t seconds_to_ns(double seconds);

/* Room for one more timer, or raises "not enough memory". */
void loop_reserve_timer(lua_State *L, Loop *loop);
/* After a reserve: makes the timer's Job ready when the time has come.
** Cannot fail. */
void loop_start_timer(Loop *loop, Timer *timer, int64_t when);
/* Takes it off the heap if it is there. */
void loop_stop_timer(Loop *loop, Timer *timer);

/* Can anything but a timer ever make a Job ready? */
bool loop_can_be_woken(const Loop *loop);

/* Runs the loop at index 1 until it is stopped. Returns a status of Lua:
** LUA_OK with false on top on a deadlock, else true; or with the error. */
int loop_run(lua_State *L, Loop *loop, bool waits_for_result);

/* Reports through the loop's exception handler. stack: context table, which
** is popped. Never raises but the fatal. */
void loop_report(lua_State *L, Loop *loop, int loop_idx);

/* Lets go of what it would have run, and tells its Closers. */
void loop_drop(Loop *loop);

#endif
