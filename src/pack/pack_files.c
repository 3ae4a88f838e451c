#include "pack/pack_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/embedded_file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "pack/pack_builtin.h"

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static tocsin_status read_all(int fd, const char *path, size_t bytes_max, struct strbuf *text, struct error *err)
{
    for (;;) {
        size_t room = 4096 < bytes_max + 1 - text->len ? 4096 : bytes_max + 1 - text->len;
        char *target = strbuf_reserve(text, room);
        if (!target || text->len > bytes_max) {
            break;
        }
        ssize_t got = read(fd, target, room);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return error_system(err, TOCSIN_ERROR_CONFIG, errno, "cannot read '%s'", path);
        }
        if (got == 0) {
            break;
        }
        text->len += (size_t)got;
    }
    if (text->len > bytes_max) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "'%s' is larger than %zu bytes", path, bytes_max);
    }
    return text->is_failed ? error_memory(err) : TOCSIN_OK;
}

static tocsin_status read_open_file(struct arena *arena, int fd, const char *path, size_t bytes_max, str *ret_text,
                                    struct error *err)
{
    struct strbuf text;
    strbuf_init(&text, bytes_max + 1);
    tocsin_status status = read_all(fd, path, bytes_max, &text, err);
    (void)close(fd);
    if (status == TOCSIN_OK) {
        char *copy = arena_copy_cstring(arena, strbuf_str(&text));
        status = copy ? TOCSIN_OK : error_memory(err);
        *ret_text = copy ? str_from(copy, text.len) : *ret_text;
    }
    strbuf_release(&text);
    return status;
}

tocsin_status pack_file_read(struct arena *arena, const char *path, size_t bytes_max, str *ret_text, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return error_system(err, TOCSIN_ERROR_CONFIG, errno, "cannot open '%s'", path);
    }
    return read_open_file(arena, fd, path, bytes_max, ret_text, err);
}

/* ---- built in ---------------------------------------------------------------------------------------------------- */

/* The path behind "PACK/", or empty. */
static str path_in_pack(const struct embedded_file *file, str pack)
{
    str path = str_from_cstring(file->path);
    bool is_inside = pack.len > 0 && str_starts_with(path, pack) && path.len > pack.len && path.data[pack.len] == '/';
    return is_inside ? str_skip(path, pack.len + 1) : STR_EMPTY;
}

static const struct embedded_file *find_builtin(str pack, str file)
{
    for (size_t i = 0; i < builtin_packs.count; i++) {
        if (file.len > 0 && str_eq(path_in_pack(&builtin_packs.files[i], pack), file)) {
            return &builtin_packs.files[i];
        }
    }
    return NULL;
}

tocsin_status pack_files_find(struct arena *arena, str path_or_name, struct pack_files *ret_files, struct error *err)
{
    char *directory = arena_copy_cstring(arena, path_or_name);
    if (!directory) {
        return error_memory(err);
    }
    struct stat info;
    if (stat(directory, &info) == 0 && S_ISDIR(info.st_mode)) {
        *ret_files = (struct pack_files){.directory = directory, .name = path_or_name};
        return TOCSIN_OK;
    }
    if (find_builtin(path_or_name, STR("pack.yaml"))) {
        *ret_files = (struct pack_files){.name = str_from(directory, path_or_name.len)};
        return TOCSIN_OK;
    }
    tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "there is no pack '%.*s'", STR_ARG(path_or_name));
    error_hint(err, "give a directory with a pack.yaml, or the built-in pack container-api");
    return status;
}

/* ---- one file ---------------------------------------------------------------------------------------------------- */

static bool is_safe_relative_path(str path)
{
    return path.len > 0 && path.data[0] != '/' && !str_contains(path, STR("..")) &&
           str_find_char(path, '\0', 0) == SIZE_MAX;
}

static tocsin_status make_path(struct arena *arena, const struct pack_files *files, str file, char **ret_path,
                               struct error *err)
{
    char path[4096];
    int length = snprintf(path, sizeof(path), "%s/%.*s", files->directory, STR_ARG(file));
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the path of '%.*s' is too long", STR_ARG(file));
    }
    *ret_path = arena_copy_cstring(arena, str_from_cstring(path));
    return *ret_path ? TOCSIN_OK : error_memory(err);
}

tocsin_status pack_files_read(struct arena *arena, const struct pack_files *files, str file, size_t bytes_max,
                              str *ret_text, const char **ret_path, struct error *err)
{
    if (!is_safe_relative_path(file)) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "a file of a pack is a path inside it: '%.*s'", STR_ARG(file));
    }
    if (!files->directory) {
        const struct embedded_file *embedded = find_builtin(files->name, file);
        if (!embedded) {
            return TOCSIN_END;
        }
        *ret_text = embedded->text;
        if (ret_path) {
            *ret_path = embedded->path;
        }
        return TOCSIN_OK;
    }
    char *path = NULL;
    tocsin_status status = make_path(arena, files, file, &path, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? TOCSIN_END
                   : error_system(err, TOCSIN_ERROR_CONFIG, errno, "cannot open '%s'", path);
    }
    status = read_open_file(arena, fd, path, bytes_max, ret_text, err);
    if (status == TOCSIN_OK && ret_path) {
        *ret_path = path;
    }
    return status;
}

/* ---- folders ----------------------------------------------------------------------------------------------------- */

struct name_list {
    struct arena *arena;
    str folder;
    str ending;
    str *items;
    size_t count;
};

/* Of "tests/a.yaml" in the folder "tests": not what lies deeper. */
static bool is_in_folder(const struct name_list *list, str path)
{
    return path.len > list->folder.len + 1 && str_starts_with(path, list->folder) &&
           path.data[list->folder.len] == '/' && str_ends_with(path, list->ending) &&
           str_find_char(path, '/', list->folder.len + 1) == SIZE_MAX;
}

static tocsin_status list_builtin(struct name_list *list, const struct pack_files *files, struct error *err)
{
    list->items = arena_array(list->arena, str, builtin_packs.count);
    if (!list->items) {
        return error_memory(err);
    }
    for (size_t i = 0; i < builtin_packs.count; i++) {
        str path = path_in_pack(&builtin_packs.files[i], files->name);
        if (is_in_folder(list, path)) {
            list->items[list->count++] = path;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status add_name(struct name_list *list, const char *name, size_t *capacity, struct error *err)
{
    char path[4096];
    int length = snprintf(path, sizeof(path), "%.*s/%s", STR_ARG(list->folder), name);
    if (name[0] == '.' || length < 0 || (size_t)length >= sizeof(path) ||
        !is_in_folder(list, str_from(path, (size_t)length))) {
        return TOCSIN_OK;
    }
    if (list->count == LIMIT_PACK_RULES) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "'%.*s' of the pack has more than %d files", STR_ARG(list->folder),
                         LIMIT_PACK_RULES);
    }
    if (list->count == *capacity) {
        size_t more = *capacity > 0 ? *capacity * 2 : 64;
        str *items = arena_array(list->arena, str, more);
        if (!items) {
            return error_memory(err);
        }
        for (size_t i = 0; i < list->count; i++) {
            items[i] = list->items[i];
        }
        list->items = items;
        *capacity = more;
    }
    char *kept = arena_copy_cstring(list->arena, str_from(path, (size_t)length));
    if (!kept) {
        return error_memory(err);
    }
    list->items[list->count++] = str_from(kept, (size_t)length);
    return TOCSIN_OK;
}

static tocsin_status list_directory(struct name_list *list, const struct pack_files *files, struct error *err)
{
    char *path = NULL;
    tocsin_status status = make_path(list->arena, files, list->folder, &path, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    DIR *directory = opendir(path);
    if (!directory) {
        return errno == ENOENT || errno == ENOTDIR
                   ? TOCSIN_OK
                   : error_system(err, TOCSIN_ERROR_CONFIG, errno, "cannot open '%s'", path);
    }
    size_t capacity = 0;
    const struct dirent *entry;
    while (status == TOCSIN_OK && (entry = readdir(directory)) != NULL) {
        status = add_name(list, entry->d_name, &capacity, err);
    }
    (void)closedir(directory);
    return status;
}

static int compare_texts(const void *a, const void *b)
{
    return str_compare(*(const str *)a, *(const str *)b);
}

tocsin_status pack_files_list(struct arena *arena, const struct pack_files *files, str folder, str ending,
                              struct pack_texts *ret_paths, struct error *err)
{
    if (!is_safe_relative_path(folder)) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "a folder of a pack is a path inside it: '%.*s'", STR_ARG(folder));
    }
    struct name_list list = {.arena = arena, .folder = folder, .ending = ending};
    tocsin_status status = files->directory ? list_directory(&list, files, err) : list_builtin(&list, files, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (list.count > 1) {
        qsort(list.items, list.count, sizeof(*list.items), compare_texts);
    }
    *ret_paths = (struct pack_texts){list.items, list.count};
    return TOCSIN_OK;
}
