#include "lookup/lookup.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text_file.h"
#include "lookup/applications.h"
#include "lookup/assets.h"
#include "lookup/custom_functions.h"
#include "lookup/deployment.h"
#include "lookup/domains.h"
#include "lookup/networks.h"
#include "lookup/geo_database.h"
#include "lookup/offenses.h"
#include "lookup/reference_data.h"
#include "lookup/rules.h"
#include "lookup/saved_searches.h"
#include "lookup/url_lists.h"
#include "lookup/xforce.h"

static const char *const file_names[LOOKUP_COUNT] = {[LOOKUP_NONE] = "",
#define FILE_NAME(id, name, file) [LOOKUP_##id] = (file),
                                                     LOOKUP_FILE_LIST(FILE_NAME) LOOKUP_FOLDER_LIST(FILE_NAME)
#undef FILE_NAME
};

const char *lookup_file_name(enum lookup_id id)
{
    return file_names[id];
}

tocsin_status lookup_tables_create(struct lookup_tables **ret_tables, struct error *err)
{
    struct lookup_tables *tables = memory_allocate_zeroed(1, sizeof(*tables));
    tocsin_status status = tables ? TOCSIN_OK : error_memory(err);
#define CREATE(id, name, file) status = status == TOCSIN_OK ? name##_create(&tables->name, err) : status;
    LOOKUP_FILE_LIST(CREATE)
    LOOKUP_FOLDER_LIST(CREATE)
#undef CREATE
    if (status != TOCSIN_OK) {
        lookup_tables_free(tables);
        return status;
    }
    *ret_tables = tables;
    return TOCSIN_OK;
}

void lookup_tables_free(struct lookup_tables *tables)
{
    if (!tables) {
        return;
    }
#define FREE(id, name, file) name##_free(tables->name);
    LOOKUP_FILE_LIST(FREE)
    LOOKUP_FOLDER_LIST(FREE)
#undef FREE
    memory_free(tables);
}

bool lookup_folder_has(const char *folder_path, const char *file_name, char ret_path[PATH_MAX])
{
    int length = snprintf(ret_path, PATH_MAX, "%s/%s", folder_path, file_name);
    return length > 0 && length < PATH_MAX && access(ret_path, F_OK) == 0;
}

#define LOAD_TEXT(id, name, file)                                                                                      \
    static tocsin_status load_text_of_##name(struct lookup_tables *tables, str text, const char *path,                 \
                                             struct error *err)                                                        \
    {                                                                                                                  \
        return name##_load_text(tables->name, text, path, err);                                                        \
    }
LOOKUP_FILE_LIST(LOAD_TEXT)
#undef LOAD_TEXT

static const struct {
    enum lookup_id id;
    tocsin_status (*load_text)(struct lookup_tables *tables, str text, const char *path, struct error *err);
} files[] = {
#define LOAD_ENTRY(id, name, file) {LOOKUP_##id, load_text_of_##name},
    LOOKUP_FILE_LIST(LOAD_ENTRY)
#undef LOAD_ENTRY
};

static tocsin_status load_files(struct lookup_tables *tables, const char *folder_path, struct error *err)
{
    for (size_t i = 0; i < countof(files); i++) {
        char path[PATH_MAX];
        if (!lookup_folder_has(folder_path, file_names[files[i].id], path)) {
            continue;
        }
        str text;
        tocsin_status status = text_file_read(path, LIMIT_CONFIG_BYTES, &text, err);
        if (status == TOCSIN_OK) {
            status = files[i].load_text(tables, text, path, err);
            memory_free((char *)text.data);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
        tables->is_loaded[files[i].id] = true;
    }
    return TOCSIN_OK;
}

tocsin_status lookup_tables_load(struct lookup_tables *tables, const char *folder_path, struct error *err)
{
    DIR *folder = opendir(folder_path);
    if (!folder) {
        return error_system(err, TOCSIN_ERROR_CONFIG, errno, "cannot open the configuration folder '%s'", folder_path);
    }
    (void)closedir(folder);
    tocsin_status status = load_files(tables, folder_path, err);
#define LOAD_FOLDER(id, name, file)                                                                                    \
    status = status == TOCSIN_OK ? name##_load_folder(tables->name, folder_path, &tables->is_loaded[LOOKUP_##id], err) \
                                 : status;
    LOOKUP_FOLDER_LIST(LOAD_FOLDER)
#undef LOAD_FOLDER
    return status;
}
