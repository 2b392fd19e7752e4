/*
** What both fuzz targets need: a Lua state whose allocator can fail.
*/
#ifndef ASYNCIO_FUZZ_H
#define ASYNCIO_FUZZ_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static long allocations_left = -1; /* negative: as many as it likes */

static void *allocate(void *ud, void *block, size_t old, size_t size) {
  (void)ud;
  (void)old;
  if (size == 0) {
    free(block);
    return NULL;
  }
  if (allocations_left == 0 && (block == NULL || size > old)) return NULL;
  if (allocations_left > 0) allocations_left--;
  return realloc(block, size);
}

/* A new state, that finds no module in any file. */
static lua_State *fuzz_state(void) {
  lua_State *L = lua_newstate(allocate, NULL);
  if (L == NULL) abort();
  luaL_openlibs(L);
  if (luaL_dostring(L, "package.path, package.cpath = '', ''")) abort();
  return L;
}

#endif
