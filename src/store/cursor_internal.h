/* store/cursor_internal.h - what the files that write and read cursors share. */
#ifndef STORE_CURSOR_INTERNAL_H
#define STORE_CURSOR_INTERNAL_H

#include "base/limits.h"
#include "store/cursor.h"

#define CURSOR_MAGIC "TOCSINCU"
#define CURSOR_BLOCK "BLCK"
#define CURSOR_DONE  "DONE"

enum { CURSOR_VERSION = 2, CURSOR_HEADER_HEAD = 24, CURSOR_BLOCK_HEAD = 20, CURSOR_PATH_BYTES = 4096 };

/* Path of a cursor's file; an error if the name is empty or too long. */
tocsin_status cursor_path(const char *folder, str name, char ret_path[CURSOR_PATH_BYTES], struct error *err);
uint64_t cursor_checksum(str bytes);

#endif
