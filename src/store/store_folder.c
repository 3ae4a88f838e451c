#include "store/store_folder.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum { SEQUENCE_DIGITS = 16, LISTINGS_MAX = 100 };

tocsin_status segment_path(const char *folder, uint64_t sequence, bool is_sealed, char ret_path[STORE_PATH_BYTES],
                           struct error *err)
{
    char name[40];
    (void)snprintf(name, sizeof(name), "%016" PRIx64 ".%s", sequence, is_sealed ? "segment" : "open");
    return store_path(folder, name, ret_path, err);
}

static bool parse_name(const char *text, struct segment_name *ret_name)
{
    str name = str_from_cstring(text);
    bool is_sealed = str_eq(str_skip(name, SEQUENCE_DIGITS), STR(".segment"));
    uint64_t sequence;
    if (name.len < SEQUENCE_DIGITS || (!is_sealed && !str_eq(str_skip(name, SEQUENCE_DIGITS), STR(".open"))) ||
        !str_hex_to_u64(str_slice(name, 0, SEQUENCE_DIGITS), &sequence) || sequence == 0) {
        return false;
    }
    char canonical[SEQUENCE_DIGITS + 1];
    (void)snprintf(canonical, sizeof(canonical), "%016" PRIx64, sequence);
    *ret_name = (struct segment_name){sequence, is_sealed};
    return memcmp(canonical, text, SEQUENCE_DIGITS) == 0;
}

/* By sequence; of one sequence the sealed one first. */
static int compare_names(const void *a, const void *b)
{
    const struct segment_name *x = a;
    const struct segment_name *y = b;
    if (x->sequence != y->sequence) {
        return x->sequence < y->sequence ? -1 : 1;
    }
    return (int)y->is_sealed - (int)x->is_sealed;
}

static tocsin_status read_names(DIR *directory, struct segment_name **names, size_t *count, struct error *err)
{
    size_t capacity = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        struct segment_name name;
        if (!parse_name(entry->d_name, &name)) {
            continue;
        }
        if (*count == LIMIT_STORE_SEGMENTS) {
            return error_set(err, TOCSIN_ERROR_LIMIT, "a store has more than %d segments", LIMIT_STORE_SEGMENTS);
        }
        if (*count == capacity) {
            capacity = capacity ? capacity * 2 : 64;
            struct segment_name *grown = memory_resize(*names, capacity * sizeof(*grown));
            if (!grown) {
                return error_memory(err);
            }
            *names = grown;
        }
        (*names)[(*count)++] = name;
    }
    return TOCSIN_OK;
}

static tocsin_status list_once(const char *folder, struct segment_name **ret_names, size_t *ret_count,
                               struct error *err)
{
    struct segment_name *names = NULL;
    size_t count = 0;
    DIR *directory = opendir(folder);
    if (!directory) {
        tocsin_status status = error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot open the store %s", folder);
        error_hint(err, "`tocsin ingest --store DIR LOG` makes one");
        return status;
    }
    tocsin_status status = read_names(directory, &names, &count, err);
    (void)closedir(directory);
    if (status != TOCSIN_OK) {
        memory_free(names);
        return status;
    }
    if (count > 1) {
        qsort(names, count, sizeof(*names), compare_names);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || names[kept - 1].sequence != names[i].sequence) {
            names[kept++] = names[i];
        }
    }
    *ret_names = names;
    *ret_count = kept;
    return TOCSIN_OK;
}

tocsin_status store_folder_list(const char *folder, struct segment_name **ret_names, size_t *ret_count,
                                struct error *err)
{
    struct segment_name *before = NULL;
    size_t before_count = 0;
    tocsin_status status = list_once(folder, &before, &before_count, err);
    for (int i = 0; status == TOCSIN_OK && i < LISTINGS_MAX; i++) {
        struct segment_name *now = NULL;
        size_t now_count = 0;
        status = list_once(folder, &now, &now_count, err);
        bool is_same = status == TOCSIN_OK && now_count == before_count;
        for (size_t k = 0; is_same && k < now_count; k++) {
            is_same = now[k].sequence == before[k].sequence;
        }
        memory_free(before);
        before = now;
        before_count = now_count;
        if (is_same) {
            break;
        }
    }
    if (status != TOCSIN_OK) {
        memory_free(before);
        return status;
    }
    *ret_names = before;
    *ret_count = before_count;
    return TOCSIN_OK;
}
