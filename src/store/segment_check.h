/* store/segment_check.h
 * Whether every byte of a segment's file is what it was when it was written: each is in a part that has a checksum, or
 * is padding, and that is zero.
 * Of a sealed segment heads and directories are held against the footer, from which the map was made.
 * Memory: what the chunks of one block take. Threads: any that has the file to itself.
 */
#ifndef STORE_SEGMENT_CHECK_H
#define STORE_SEGMENT_CHECK_H

#include "store/segment_map.h"

/* Of what the map knows; what loading or scanning it found was noted then. How many places are damaged; they are noted
 * unless problems is NULL. */
tocsin_status segment_check(const struct store_file *file, const struct segment_map *map,
                            struct store_problems *problems, uint64_t *ret_bad, struct error *err);

#endif
