#include "cli/query_folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/file_replace.h"

enum { DEPTH_MAX = 64 };

bool query_folder_is(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool is_query_file(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".aql") == 0;
}

static bool visit(const struct query_folder_visitor *visitor, const char *path, int depth)
{
    if (visitor->visit_folder && visitor->visit_folder(visitor->context, path)) {
        return true;
    }
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_shown, alphasort);
    if (count < 0) {
        struct tocsin_error err;
        file_problem(&err, TOCSIN_ERROR_INPUT, "read", path, errno);
        visitor->fail(visitor->context, &err);
        return true;
    }
    bool goes_on = true;
    for (int i = 0; i < count; i++) {
        char name[PATH_MAX];
        struct stat status;
        bool fits = snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name) < (int)sizeof(name);
        free(entries[i]);
        if (!fits || !goes_on || lstat(name, &status) != 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode) && depth < DEPTH_MAX) {
            goes_on = visit(visitor, name, depth + 1);
        } else if (S_ISREG(status.st_mode) && is_query_file(name)) {
            goes_on = visitor->visit_file(visitor->context, name);
        }
    }
    free(entries);
    return goes_on;
}

void query_folder_visit(const struct query_folder_visitor *visitor, const char *path)
{
    visit(visitor, path, 0);
}
