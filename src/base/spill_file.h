/* base/spill_file.h
 * Bytes that do not fit in memory: written once from front to back, then read at any place. The file has no name, so
 * it is gone with the process whatever happens. It lies in $TMPDIR, else /tmp.
 */
#ifndef EXECUTE_SPILL_FILE_H
#define EXECUTE_SPILL_FILE_H

#include "base/error.h"

struct spill_file {
    int fd; /* -1 while nothing was written */
    uint64_t bytes;
};

#define SPILL_FILE_INIT ((struct spill_file){.fd = -1})

tocsin_status spill_file_append(struct spill_file *file, str bytes, struct error *err);
/* Reads up to `bytes` at `offset`; *ret_bytes is less only at the end. */
tocsin_status spill_file_read(const struct spill_file *file, uint64_t offset, char *buffer, size_t bytes,
                              size_t *ret_bytes, struct error *err);
void spill_file_close(struct spill_file *file);

#endif
