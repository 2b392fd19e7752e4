/*
** The one place where the core allocates C memory.
*/
#include "mem.h"

#include <stdlib.h>

#ifdef ASYNCIO_TEST
_Thread_local long mem_fail_at = 0;

static int must_fail(void) {
  return mem_fail_at > 0 && --mem_fail_at == 0;
}
#else
static int must_fail(void) {
  return 0;
}
#endif

void *mem_realloc(void *block, size_t size) {
  return must_fail() ? NULL : realloc(block, size);
}

void mem_free(void *block) {
  free(block);
}
