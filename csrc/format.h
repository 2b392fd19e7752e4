/*
** The bytes of a parcel of values. They never leave the process, so numbers
** are as this machine has them.
**
**   ParcelHead
**   roots     an item each
**   bodies    one for each ParcelEntry that has one, in order
**   names     of the entries that are NAMED, in order: uint32 length, bytes
**   entries   ParcelEntry[head.entries]
**
** An item is a tag and what the tag says; it speaks of tables, functions and
** userdata (objects) by the number of their entry. So shared and cyclic
** references are kept, and no value is inside another: neither side recurses.
** The body of a table: items of its list, END, keys and values, END.
** The body of a function: for each upvalue an item, or JOINED; END.
*/
#ifndef ASYNCIO_FORMAT_H
#define ASYNCIO_FORMAT_H

#include <stdint.h>

typedef struct ParcelHead {
  uint32_t roots, entries;
  uint64_t names; /* bytes */
} ParcelHead;

typedef enum EntryKind {
  ENTRY_TABLE,      /* a, b: how many in its list, how many other keys */
  ENTRY_IDENTIFIED, /* a, b: halves of its identity; a table */
  ENTRY_FUNCTION,   /* a: number of its Chunk; b: is it reusable? */
  ENTRY_NAMED,      /* found by name; has no body */
  ENTRY_SHARED,     /* a: number of a shared thing; has no body */
  ENTRY_WRAPPED     /* a, b: functions, of a lower number: what the first
                    ** makes of the second; has no body */
} EntryKind;

typedef struct ParcelEntry {
  uint32_t kind, a, b;
  uint32_t meta; /* of a table: number of its metatable + 1, or 0 */
} ParcelEntry;

typedef enum Tag {
  TAG_END,
  TAG_NIL,
  TAG_FALSE,
  TAG_TRUE,
  TAG_BYTE,    /* an integer of 0 to 255: 1 byte */
  TAG_INTEGER, /* lua_Integer */
  TAG_FLOAT,   /* lua_Number */
  TAG_SHORT,   /* a string: 1 byte length, bytes */
  TAG_LONG,    /* a string: uint64 length, bytes */
  TAG_LIGHT,   /* light userdata: void * */
  TAG_GLOBALS, /* the globals table of whoever receives */
  TAG_OBJECT,  /* uint32 number of an entry */
  TAG_JOINED   /* the upvalue of another: uint32 function, 1 byte upvalue */
} Tag;

#endif
