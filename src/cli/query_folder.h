/* cli/query_folder.h
 * The queries of a folder: its .aql files and those of the folders in it, by name. Hidden ones and links are left out.
 */
#ifndef CLI_QUERY_FOLDER_H
#define CLI_QUERY_FOLDER_H

#include "tocsin/tocsin.h"

struct query_folder_visitor {
    /* Asked for every folder, the first one included: true if it is dealt with as a whole. NULL: none is. */
    bool (*visit_folder)(void *context, const char *path);
    /* False: no more. */
    bool (*visit_file)(void *context, const char *path);
    /* A folder that cannot be read; the others go on. */
    void (*fail)(void *context, const struct tocsin_error *err);
    void *context;
};

void query_folder_visit(const struct query_folder_visitor *visitor, const char *path);
bool query_folder_is(const char *path);

#endif
