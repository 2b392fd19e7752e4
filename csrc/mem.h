/*
** The one place where the core allocates C memory. Test builds
** (-DASYNCIO_TEST) can make an allocation fail.
*/
#ifndef ASYNCIO_MEM_H
#define ASYNCIO_MEM_H

#include <stddef.h>

/* As realloc; NULL on failure, the old block is then still there. */
void *mem_realloc(void *block, size_t size);
void mem_free(void *block);

#ifdef ASYNCIO_TEST
/* The allocation of this thread with this number fails, counted down; 0 is
** off. */
extern _Thread_local long mem_fail_at;
#endif

#endif
