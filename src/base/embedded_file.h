/* base/embedded_file.h
 * Files of the source tree built into the program by tools/embed.c (built-in pack, default properties).
 */
#ifndef BASE_EMBEDDED_FILE_H
#define BASE_EMBEDDED_FILE_H

#include "base/str.h"

struct embedded_file {
    const char *path; /* as given to the tool's second argument of each pair */
    str text;
};

struct embedded_files {
    const struct embedded_file *files;
    size_t count;
};

#endif
