/* store/store_recovery.h
 * Sealing, and the same once more: what a crash left is sealed, thrown away, or finished. For whoever holds the lock.
 * Memory: the map of one segment. Threads: one.
 */
#ifndef STORE_STORE_RECOVERY_H
#define STORE_STORE_RECOVERY_H

#include "store/store_folder.h"

/* S5: the file is read again from its first byte, and its footer made of that; then it gets its name. A segment without
 * a block is deleted. */
tocsin_status segment_seal(const char *folder, struct store_file *file, const struct segment_name *sealed,
                           struct store_problems *problems, struct error *err);
/* S14: segments that were replaced are deleted, half-made ones, too; open ones are sealed. Afterwards everything in the
 * folder is live but what is damaged. */
tocsin_status store_recover(const char *folder, struct store_problems *problems, uint64_t *ret_last_sequence,
                            struct error *err);
/* Unlinks it; the folder is not synced. */
tocsin_status segment_delete(const char *folder, const struct segment_name *name, struct error *err);

#endif
