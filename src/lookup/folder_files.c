#include "lookup/folder_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"

char *folder_files_path(const char *folder_path, str name, struct arena *arena)
{
    if (str_starts_with(name, STR("/"))) {
        return arena_copy_cstring(arena, name);
    }
    size_t folder_bytes = strlen(folder_path);
    char *path = arena_allocate(arena, folder_bytes + 1 + name.len + 1, 1);
    if (path) {
        memcpy(path, folder_path, folder_bytes);
        path[folder_bytes] = '/';
        memcpy(path + folder_bytes + 1, name.data, name.len);
        path[folder_bytes + 1 + name.len] = '\0';
    }
    return path;
}

static size_t ending_bytes(str name, const str *endings, size_t ending_count)
{
    for (size_t i = 0; i < ending_count; i++) {
        if (name.len > endings[i].len && str_ends_with(name, endings[i])) {
            return endings[i].len;
        }
    }
    return 0;
}

struct listing {
    struct folder_file *files; /* from memory.h, while it grows */
    size_t count;
    size_t capacity;
};

static bool listing_add(struct listing *listing, const struct folder_file *file)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity ? listing->capacity * 2 : 16;
        struct folder_file *wider = memory_resize(listing->files, capacity * sizeof(*wider));
        if (!wider) {
            return false;
        }
        listing->files = wider;
        listing->capacity = capacity;
    }
    listing->files[listing->count++] = *file;
    return true;
}

static int compare_files(const void *a, const void *b)
{
    return str_compare(((const struct folder_file *)a)->name, ((const struct folder_file *)b)->name);
}

/* Of an open folder, in no order. */
static tocsin_status read_folder(DIR *folder, const char *inner_path, const str *endings, size_t ending_count,
                                 size_t count_max, struct arena *arena, struct listing *listing, struct error *err)
{
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        str name = str_from_cstring(entry->d_name);
        size_t ending = ending_bytes(name, endings, ending_count);
        if (name.data[0] == '.' || ending == 0) {
            continue;
        }
        if (listing->count == count_max) {
            return error_set(err, TOCSIN_ERROR_CONFIG, "'%s' holds more than %zu files", inner_path, count_max);
        }
        struct folder_file file = {.name = arena_copy(arena, name)};
        file.path = folder_files_path(inner_path, name, arena);
        file.stem = str_slice(file.name, 0, name.len - ending);
        if (!file.name.data || !file.path || !listing_add(listing, &file)) {
            return error_memory(err);
        }
    }
    return TOCSIN_OK;
}

static tocsin_status keep_sorted(const struct listing *listing, struct arena *arena, struct folder_file **ret_files,
                                 size_t *ret_count, struct error *err)
{
    struct folder_file *files = arena_array(arena, struct folder_file, listing->count + 1);
    if (!files) {
        return error_memory(err);
    }
    if (listing->count > 0) {
        memcpy(files, listing->files, listing->count * sizeof(*files));
        qsort(files, listing->count, sizeof(*files), compare_files);
    }
    *ret_files = files;
    *ret_count = listing->count;
    return TOCSIN_OK;
}

tocsin_status folder_files_list(const char *folder_path, const char *inner_folder, const str *endings,
                                size_t ending_count, size_t count_max, struct arena *arena,
                                struct folder_file **ret_files, size_t *ret_count, struct error *err)
{
    char *inner_path = folder_files_path(folder_path, str_from_cstring(inner_folder), arena);
    if (!inner_path) {
        return error_memory(err);
    }
    DIR *folder = opendir(inner_path);
    if (!folder && errno == ENOENT) {
        *ret_files = NULL;
        *ret_count = 0;
        return TOCSIN_OK;
    }
    if (!folder) {
        return error_system(err, TOCSIN_ERROR_CONFIG, errno, "cannot open the folder '%s'", inner_path);
    }
    struct listing listing = {0};
    tocsin_status status = read_folder(folder, inner_path, endings, ending_count, count_max, arena, &listing, err);
    (void)closedir(folder);
    status = status == TOCSIN_OK ? keep_sorted(&listing, arena, ret_files, ret_count, err) : status;
    memory_free(listing.files);
    return status;
}
