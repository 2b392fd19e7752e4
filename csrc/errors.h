/*
** Exceptions as the core needs them: the classes of asyncio.exceptions by
** number, making and telling instances, tracebacks that are joined across
** coroutines and tasks.
*/
#ifndef ASYNCIO_ERRORS_H
#define ASYNCIO_ERRORS_H

#include "glue.h"

/* Places in the list of asyncio.exceptions. */
typedef enum ExceptionClass {
  EXCEPTION = 1,
  CANCELLED_ERROR,
  TIMEOUT_ERROR,
  INVALID_STATE_ERROR,
  KEYBOARD_INTERRUPT,
  SYSTEM_EXIT
} ExceptionClass;

/* Pushes a new instance; its message is the value at msg, none for 0. */
void exception_new(lua_State *L, ExceptionClass cls, int msg);
/* Raises a new instance with this message. */
int exception_raise(lua_State *L, ExceptionClass cls, const char *message);

/* Is the value an instance of the class? Any value will do. Cannot raise. */
bool is_exception(lua_State *L, int idx, ExceptionClass cls);
/* KeyboardInterrupt and SystemExit leave the loop. Cannot raise. */
bool is_fatal(lua_State *L, int idx);
/* What pcall of ours lets pass: CancelledError and the fatal ones. */
bool is_uncatchable(lua_State *L, int idx);

/* Message handler for protected calls: takes the traceback, appends it to
** the one known of the same error, and makes an error of nil an Exception. */
int traceback_handler(lua_State *L);
/* Pushes the traceback taken for the error at idx, or nil. Cannot raise. */
void traceback_push(lua_State *L, int idx);
/* The error at idx is about to be raised again; pops its traceback or nil. */
void traceback_continue(lua_State *L, int idx);
/* The same of the error that the handler saw last. */
void traceback_keep(lua_State *L);

/* Takes the classes from package.loaded["asyncio.exceptions"], the first time;
** puts their module into the table on top, as `exceptions`. */
void errors_open(lua_State *L);

#endif
