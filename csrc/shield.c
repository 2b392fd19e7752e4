/*
** shield: a future that can be cancelled without what it stands for. It has a
** Job on the inner future's callbacks; the loop retains it until that has run.
** After CPython 3.13's tasks.shield; an inner failure that nobody sees because
** the outer was cancelled stays unretrieved, and is reported as such.
*/
#include "shield.h"

#include "errors.h"
#include "tasks.h"
#include "unretrieved.h"
#include "loops.h"

typedef struct Shield {
  Future future;
  Job job;       /* on the inner future */
  Future *inner; /* kept alive by UV_OWN */
  uint32_t slot;
} Shield;

static Shield *shield_of(Job *job) {
  return (Shield *)(void *)((char *)job - offsetof(Shield, job));
}

/* The inner future's outcome becomes the outer's. stack: ..., shield */
static void copy_outcome(lua_State *L, Shield *s) {
  lua_getiuservalue(L, -1, UV_OWN);
  switch ((FutureState)s->inner->state) {
    case FUTURE_FAILED:
      future_push_error(L, -1);
      future_reject(L, -3);
      future_copy_traceback(L, -1, -2);
      break;
    case FUTURE_CANCELLED:
      lua_getiuservalue(L, -1, UV_RESULT);
      lua_setiuservalue(L, -3, UV_RESULT);
      s->future.flags |= s->inner->flags & FUTURE_CANCEL_ERROR;
      future_complete(&s->future, FUTURE_CANCELLED);
      break;
    default: {
      int n, inner = lua_gettop(L);
      lua_pushvalue(L, -2);
      n = future_outcome(L, inner);
      future_resolve(L, inner + 1, n);
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

static void shield_run(lua_State *L, Loop *loop, Job *job) {
  Shield *s = shield_of(job);
  job_push_retained(L, s->slot);
  job_release(L, loop, s->slot);
  s->slot = 0;
  if (s->future.state == FUTURE_PENDING) copy_outcome(L, s);
  lua_pop(L, 1);
}

static uint32_t shield_owner(const Job *job, uint32_t i) {
  const Shield *s =
      (const Shield *)(const void *)((const char *)job - offsetof(Shield, job));
  return i == 0 ? s->slot : 0;
}

static const JobKind shield_job = {shield_run, NULL, NULL, shield_owner};

/* Only the outer; it lets go of the inner at once, if that is pending. */
static bool shield_cancel(lua_State *L, Future *f, int msg) {
  Shield *s = (Shield *)(void *)f;
  if (s->inner->state == FUTURE_PENDING) {
    list_remove(&s->inner->callbacks, &s->job.node);
    future_push_loop(L, -1);
    loop_release(L, f->loop, -1, s->slot);
    s->slot = 0;
    lua_pop(L, 1);
  }
  return future_ops.cancel(L, f, msg);
}

static const FutureOps shield_ops = {"Future", NULL, shield_cancel,
                                     NULL,     NULL, NULL};

/* asyncio.shield(aw) -> future; a finished one itself */
static int asyncio_shield(lua_State *L) {
  Shield *s;
  Future *inner;
  int cls = class_of(L, 1);
  lua_settop(L, 1);
  if (cls == UP_FUTURE || cls == UP_TASK)
    future_push_loop(L, 1);
  else
    event_loop(L);
  ensure_future(L, 2, 1, false);
  inner = to_future(L, 3);
  if (inner->state != FUTURE_PENDING) return 1;
  check_open(L, inner->loop);
  s = (Shield *)(void *)future_new(L, 2, &shield_ops, sizeof(Shield), UP_FUTURE,
                                   true);
  s->job.kind = &shield_job;
  s->inner = inner;
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, -2, UV_OWN);
  s->slot = loop_retain(L, s->future.loop, 2, -1);
  /* cannot fail from here */
  list_append(&inner->callbacks, &s->job.node);
  return 1;
}

void shield_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"shield", asyncio_shield},
                                       {NULL, NULL}};
  glue_setfuncs(L, functions);
}
