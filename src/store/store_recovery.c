#include "store/store_recovery.h"

#include "base/memory.h"

/* ---- sealing ---- */

static tocsin_status rename_sealed(const char *folder, const char *path, const struct segment_name *sealed,
                                   struct error *err)
{
    char target[STORE_PATH_BYTES];
    tocsin_status status = segment_name_path(folder, sealed, target, err);
    status = status == TOCSIN_OK ? store_file_rename(path, target, err) : status;
    return status == TOCSIN_OK ? store_file_sync_folder(folder, err) : status;
}

tocsin_status segment_seal(const char *folder, struct store_file *file, const struct segment_name *sealed,
                           struct store_problems *problems, struct error *err)
{
    struct segment_map map;
    tocsin_status status = segment_map_scan(file, &map, problems, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (map.blocks_end < map.file_bytes) {
        store_problem_add(problems, file->path, 0, "the last %llu bytes were never acknowledged, and are cut off",
                          (unsigned long long)(map.file_bytes - map.blocks_end));
        status = store_file_truncate(file, map.blocks_end, err);
    }
    status = status == TOCSIN_OK ? segment_footer_write(file, &map, err) : status;
    status = status == TOCSIN_OK ? store_file_sync(file, err) : status;
    bool is_empty = map.block_count + map.note_block_count == 0;
    segment_map_release(&map);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (is_empty) {
        status = store_file_unlink(file->path, err);
        return status == TOCSIN_OK ? store_file_sync_folder(folder, err) : status;
    }
    return rename_sealed(folder, file->path, sealed, err);
}

/* ---- recovery ---- */

/* A header that never became whole: nothing was acknowledged in such a file (S4). */
static bool is_stillborn(const struct store_file *file)
{
    uint64_t bytes;
    struct error ignored = {0};
    return store_file_size(file, &bytes, &ignored) == TOCSIN_OK && bytes <= SEGMENT_HEADER_BYTES;
}

static tocsin_status recover_open(const char *folder, const struct segment_name *name, struct store_problems *problems,
                                  struct error *err)
{
    char path[STORE_PATH_BYTES];
    struct store_file file = {.descriptor = -1};
    tocsin_status status = segment_name_path(folder, name, path, err);
    status = status == TOCSIN_OK ? store_file_open_for_writing(path, &file, err) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    if (is_stillborn(&file)) {
        status = store_file_unlink(path, err);
        status = status == TOCSIN_OK ? store_file_sync_folder(folder, err) : status;
    } else {
        struct error damage = {0};
        const struct segment_name sealed = segment_name_first(name->sequence, true);
        status = segment_seal(folder, &file, &sealed, problems, &damage);
        if (status == TOCSIN_ERROR_INPUT) {
            /* Damaged beyond reading. It stays, the store goes on, and readers name it, too. */
            store_problem_add(problems, path, 0, "%s", damage.message);
            status = TOCSIN_OK;
        } else if (status != TOCSIN_OK && err) {
            *err = damage;
        }
    }
    store_file_close(&file);
    return status;
}

tocsin_status segment_delete(const char *folder, const struct segment_name *name, struct error *err)
{
    char path[STORE_PATH_BYTES];
    tocsin_status status = segment_name_path(folder, name, path, err);
    return status == TOCSIN_OK ? store_file_unlink(path, err) : status;
}

/* Whether what replaces others can be read, and says itself that it does. */
static tocsin_status check_replacing(const char *folder, const struct segment_name *name, bool *ret_is_sound,
                                     struct store_problems *problems, struct error *err)
{
    char path[STORE_PATH_BYTES];
    struct error damage = {0};
    struct store_file file = {.descriptor = -1};
    struct segment_map map;
    *ret_is_sound = false;
    tocsin_status status = segment_name_path(folder, name, path, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = store_file_open(path, &file, &damage);
    status = status == TOCSIN_OK ? segment_map_load(&file, &map, problems, &damage) : status;
    if (status == TOCSIN_OK) {
        *ret_is_sound = map.has_footer && map.sequence == name->sequence && map.generation == name->generation &&
                        map.last_sequence == name->last_sequence;
        segment_map_release(&map);
    }
    store_file_close(&file);
    return status == TOCSIN_ERROR_MEMORY ? error_memory(err) : TOCSIN_OK;
}

/* S14: first what was replaced goes, for good; only then may what replaced it be touched. */
static tocsin_status delete_leftovers(const char *folder, const struct segment_name *names, size_t count,
                                      struct store_problems *problems, struct error *err)
{
    const struct segment_name *replacing = NULL;
    bool is_checked = true;
    bool is_sound = false;
    size_t deleted = 0;
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        const struct segment_name *name = &names[i];
        if (name->state == SEGMENT_LIVE && name->generation > 0) {
            replacing = name;
            is_checked = false;
        }
        if (name->state == SEGMENT_REPLACED && !is_checked) {
            status = check_replacing(folder, replacing, &is_sound, problems, err);
            is_checked = true;
        }
        if (status == TOCSIN_OK && (name->state == SEGMENT_MAKING || (name->state == SEGMENT_REPLACED && is_sound))) {
            status = segment_delete(folder, name, err);
            deleted++;
        }
    }
    return status == TOCSIN_OK && deleted > 0 ? store_file_sync_folder(folder, err) : status;
}

tocsin_status store_recover(const char *folder, struct store_problems *problems, uint64_t *ret_last_sequence,
                            struct error *err)
{
    struct segment_name *names = NULL;
    size_t count = 0;
    uint64_t last = 0;
    tocsin_status status = store_folder_list_all(folder, &names, &count, err);
    status = status == TOCSIN_OK ? delete_leftovers(folder, names, count, problems, err) : status;
    for (size_t i = 0; status == TOCSIN_OK && i < count; i++) {
        last = names[i].last_sequence > last ? names[i].last_sequence : last;
        if (!names[i].is_sealed && names[i].state == SEGMENT_LIVE) {
            status = recover_open(folder, &names[i], problems, err);
        }
    }
    memory_free(names);
    if (status == TOCSIN_OK) {
        *ret_last_sequence = last;
    }
    return status;
}
