/* cli/file_replace.h
 * A new text for a file, all of it or nothing.
 */
#ifndef CLI_FILE_REPLACE_H
#define CLI_FILE_REPLACE_H

#include "tocsin/tocsin.h"

/* "cannot WHAT 'PATH': reason", with this status. */
tocsin_status file_problem(struct tocsin_error *err, tocsin_status status, const char *what, const char *path,
                           int failure);
/* The text is written beside the file, with the file's mode; then it takes the file's place. Nobody ever sees half of
 * it. `path` is no link. */
tocsin_status file_replace(const char *path, const char *bytes, size_t byte_count, struct tocsin_error *err);

#endif
