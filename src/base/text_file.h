/* base/text_file.h
 * A whole configuration file into memory, with a limit. For files that people write; logs are read by input/.
 * Memory: the caller frees the text's data with memory_free. Threads: any.
 */
#ifndef BASE_TEXT_FILE_H
#define BASE_TEXT_FILE_H

#include "base/error.h"

/* Errors are TOCSIN_ERROR_CONFIG. A NUL stands behind the text. */
tocsin_status text_file_read(const char *path, size_t bytes_max, str *ret_text, struct error *err);

#endif
