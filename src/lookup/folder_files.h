/* lookup/folder_files.h
 * The files of a folder inside of the configuration folder, such as reference/, in the order of their names.
 * Memory: names in the arena given. Hidden files are passed.
 */
#ifndef LOOKUP_FOLDER_FILES_H
#define LOOKUP_FOLDER_FILES_H

#include "base/arena.h"

struct folder_file {
    str name;         /* without the folder */
    str stem;         /* without its ending, too */
    const char *path; /* NUL-terminated */
};

/* Files whose name ends in one of the endings (".csv"). A folder that is not there has none; more than count_max are
 * TOCSIN_ERROR_CONFIG. */
tocsin_status folder_files_list(const char *folder_path, const char *inner_folder, const str *endings,
                                size_t ending_count, size_t count_max, struct arena *arena,
                                struct folder_file **ret_files, size_t *ret_count, struct error *err)
    __attribute__((warn_unused_result));

/* folder/name, NUL-terminated; a name that begins with a slash stands alone. NULL: memory is out. */
char *folder_files_path(const char *folder_path, str name, struct arena *arena);

#endif
