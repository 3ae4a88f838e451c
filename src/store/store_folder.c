#include "store/store_folder.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/memory.h"

#define STORE_HINT "`tocsin ingest --store DIR LOG` makes one"

enum { SEQUENCE_DIGITS = 16, GENERATION_DIGITS = 8, RANGE_NAME_BYTES = 42, LISTINGS_MAX = 100 };

tocsin_status segment_name_path(const char *folder, const struct segment_name *name, char ret_path[STORE_PATH_BYTES],
                                struct error *err)
{
    char text[64];
    if (name->generation == 0) {
        (void)snprintf(text, sizeof(text), "%016" PRIx64 ".%s", name->sequence, name->is_sealed ? "segment" : "open");
    } else {
        (void)snprintf(text, sizeof(text), "%016" PRIx64 "-%016" PRIx64 "-%08" PRIx32 ".%s", name->sequence,
                       name->last_sequence, name->generation, name->state == SEGMENT_MAKING ? "making" : "segment");
    }
    return store_path(folder, text, ret_path, err);
}

tocsin_status segment_path(const char *folder, uint64_t sequence, bool is_sealed, char ret_path[STORE_PATH_BYTES],
                           struct error *err)
{
    const struct segment_name name = segment_name_first(sequence, is_sealed);
    return segment_name_path(folder, &name, ret_path, err);
}

/* SEQUENCE, or FIRST-LAST-GENERATION. */
static bool parse_numbers(str stem, struct segment_name *name)
{
    uint64_t generation;
    if (stem.len == SEQUENCE_DIGITS) {
        name->generation = 0;
        bool is_read = str_hex_to_u64(stem, &name->sequence);
        name->last_sequence = name->sequence;
        return is_read;
    }
    size_t at = SEQUENCE_DIGITS + 1;
    if (stem.len != RANGE_NAME_BYTES || !str_hex_to_u64(str_slice(stem, 0, SEQUENCE_DIGITS), &name->sequence) ||
        !str_hex_to_u64(str_slice(stem, at, at + SEQUENCE_DIGITS), &name->last_sequence) ||
        !str_hex_to_u64(str_skip(stem, stem.len - GENERATION_DIGITS), &generation)) {
        return false;
    }
    name->generation = (uint32_t)generation;
    return generation > 0 && name->sequence <= name->last_sequence;
}

/* Only names as segment_name_path makes them. */
static bool parse_name(const char *text, struct segment_name *ret_name)
{
    str file = str_from_cstring(text);
    size_t dot = str_find_char(file, '.', 0);
    struct segment_name name = {.state = SEGMENT_LIVE};
    if (dot == SIZE_MAX || !parse_numbers(str_slice(file, 0, dot), &name) || name.sequence == 0) {
        return false;
    }
    str kind = str_skip(file, dot + 1);
    name.is_sealed = str_eq(kind, STR("segment"));
    name.state = name.generation > 0 && str_eq(kind, STR("making")) ? SEGMENT_MAKING : SEGMENT_LIVE;
    char path[STORE_PATH_BYTES];
    struct error ignored = {0};
    *ret_name = name;
    return segment_name_path("", &name, path, &ignored) == TOCSIN_OK && strcmp(path + 1, text) == 0;
}

/* By sequence; what may stand for others before them. */
static int compare_names(const void *a, const void *b)
{
    const struct segment_name *x = a;
    const struct segment_name *y = b;
    if (x->sequence != y->sequence) {
        return x->sequence < y->sequence ? -1 : 1;
    }
    if (x->last_sequence != y->last_sequence) {
        return x->last_sequence > y->last_sequence ? -1 : 1;
    }
    if (x->generation != y->generation) {
        return x->generation > y->generation ? -1 : 1;
    }
    return (int)y->is_sealed - (int)x->is_sealed;
}

/* S14: a sealed segment is replaced if one of a later generation stands for all that it stands for. */
static void find_replaced(struct segment_name *names, size_t count)
{
    const struct segment_name *cover = NULL;
    for (size_t i = 0; i < count; i++) {
        struct segment_name *name = &names[i];
        if (name->state == SEGMENT_MAKING || !name->is_sealed) {
            continue;
        }
        if (cover && name->last_sequence <= cover->last_sequence && name->generation < cover->generation) {
            name->state = SEGMENT_REPLACED;
        } else if (!cover || name->last_sequence > cover->last_sequence) {
            cover = name;
        }
    }
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

static tocsin_status no_folder(const char *folder, struct error *err)
{
    tocsin_status status = error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot open the store %s", folder);
    error_hint(err, STORE_HINT);
    return status;
}

tocsin_status store_folder_list_all(const char *folder, struct segment_name **ret_names, size_t *ret_count,
                                    struct error *err)
{
    struct segment_name *names = NULL;
    size_t count = 0;
    DIR *directory = opendir(folder);
    if (!directory) {
        return no_folder(folder, err);
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
    find_replaced(names, count);
    *ret_names = names;
    *ret_count = count;
    return TOCSIN_OK;
}

static tocsin_status list_once(const char *folder, struct segment_name **ret_names, size_t *ret_count,
                               struct error *err)
{
    tocsin_status status = store_folder_list_all(folder, ret_names, ret_count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct segment_name *names = *ret_names;
    size_t kept = 0;
    for (size_t i = 0; i < *ret_count; i++) {
        bool is_again = kept > 0 && names[kept - 1].sequence == names[i].sequence &&
                        names[kept - 1].generation == names[i].generation;
        if (names[i].state == SEGMENT_LIVE && !is_again) {
            names[kept++] = names[i];
        }
    }
    *ret_count = kept;
    return TOCSIN_OK;
}

/* An empty store still has what its writers lock. Another folder, of logs perhaps, must not pass for a store without
 * events: "nothing found" would be said of what nobody looked at. */
static tocsin_status check_is_store(const char *folder, struct error *err)
{
    char path[STORE_PATH_BYTES];
    struct stat ignored;
    tocsin_status status = store_path(folder, "LOCK", path, err);
    if (status != TOCSIN_OK || stat(path, &ignored) == 0) {
        return status;
    }
    status = error_set(err, TOCSIN_ERROR_INPUT, "there is no event store in %s", folder);
    error_hint(err, STORE_HINT);
    return status;
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
            is_same = now[k].sequence == before[k].sequence && now[k].generation == before[k].generation;
        }
        memory_free(before);
        before = now;
        before_count = now_count;
        if (is_same) {
            break;
        }
    }
    if (status == TOCSIN_OK && before_count == 0) {
        status = check_is_store(folder, err);
    }
    if (status != TOCSIN_OK) {
        memory_free(before);
        return status;
    }
    *ret_names = before;
    *ret_count = before_count;
    return TOCSIN_OK;
}
