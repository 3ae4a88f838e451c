/* pack/pack_files.h
 * Where the files of a pack are: a directory, or the program itself. Paths are relative, with '/', and stay inside.
 * Memory: the caller's arena. Threads: one at a time.
 */
#ifndef PACK_PACK_FILES_H
#define PACK_PACK_FILES_H

#include "pack/pack.h"

struct pack_files {
    const char *directory; /* NULL: built in, below `name` */
    str name;
};

/* The error says that there is no such pack. */
tocsin_status pack_files_find(struct arena *arena, str path_or_name, struct pack_files *ret_files, struct error *err);
/* TOCSIN_END: there is no such file. */
tocsin_status pack_files_read(struct arena *arena, const struct pack_files *files, str file, size_t bytes_max,
                              str *ret_text, const char **ret_path, struct error *err);
tocsin_status pack_files_list(struct arena *arena, const struct pack_files *files, str folder, str ending,
                              struct pack_texts *ret_paths, struct error *err);
/* Any file at all. */
tocsin_status pack_file_read(struct arena *arena, const char *path, size_t bytes_max, str *ret_text, struct error *err);

#endif
