#include "input/input.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/strbuf.h"

/* Paths are longer than the system opens only deep in a tree; opening says so then. */
enum { PATH_BYTES_MAX = 64 * 1024 };

struct file_identity {
    uint64_t device;
    uint64_t inode;
};

struct found_file {
    struct input_file file;
    struct file_identity identity;
};

/* Open addressing; capacity is a power of two, at most half full. */
struct identity_set {
    struct file_identity *slots;
    bool *is_used;
    size_t count;
    size_t capacity;
    uint64_t seed;
};

struct expansion {
    struct input_list *list;
    struct identity_set seen;
    struct found_file *found; /* by the current argument */
    size_t found_count;
    size_t found_capacity;
    size_t file_capacity;
    size_t problem_capacity;
    struct strbuf path; /* of what is being looked at below a directory */
    bool has_unknown_size;
};

/* glob's error callback has no context argument. */
static _Thread_local struct expansion *glob_expansion;

/* ---- files seen ---- */

static size_t identity_slot(const struct identity_set *set, struct file_identity identity)
{
    uint64_t hash = str_hash_mix(str_hash_mix(identity.inode ^ set->seed) + identity.device);
    return (size_t)hash & (set->capacity - 1);
}

static bool identity_put(struct identity_set *set, struct file_identity identity)
{
    size_t slot = identity_slot(set, identity);
    for (; set->is_used[slot]; slot = (slot + 1) & (set->capacity - 1)) {
        if (set->slots[slot].device == identity.device && set->slots[slot].inode == identity.inode) {
            return false;
        }
    }
    set->is_used[slot] = true;
    set->slots[slot] = identity;
    set->count++;
    return true;
}

static void identity_set_release(struct identity_set *set)
{
    memory_free(set->slots);
    memory_free(set->is_used);
}

static bool identity_set_grow(struct identity_set *set)
{
    struct identity_set wider = {.capacity = set->capacity ? set->capacity * 2 : 64, .seed = set->seed};
    wider.slots = memory_allocate(wider.capacity * sizeof(*wider.slots));
    wider.is_used = memory_allocate_zeroed(wider.capacity, sizeof(*wider.is_used));
    if (!wider.slots || !wider.is_used) {
        identity_set_release(&wider);
        return false;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->is_used[i]) {
            (void)identity_put(&wider, set->slots[i]);
        }
    }
    identity_set_release(set);
    *set = wider;
    return true;
}

/* *ret_is_new false: the file is there under another name. */
static bool identity_add(struct identity_set *set, struct file_identity identity, bool *ret_is_new)
{
    if (set->count * 2 >= set->capacity && !identity_set_grow(set)) {
        return false;
    }
    *ret_is_new = identity_put(set, identity);
    return true;
}

/* ---- what was found ---- */

static bool grow_array(void *array_of_anything, size_t count, size_t *capacity, size_t bytes_each)
{
    if (count < *capacity) {
        return true;
    }
    void **array = array_of_anything;
    size_t wider = *capacity ? *capacity * 2 : 16;
    void *grown = memory_resize(*array, wider * bytes_each);
    if (!grown) {
        return false;
    }
    *array = grown;
    *capacity = wider;
    return true;
}

static tocsin_status add_problem(struct expansion *expansion, str path, const struct error *problem, struct error *err)
{
    struct input_list *list = expansion->list;
    if (list->problem_count == LIMIT_INPUT_PROBLEMS) {
        list->problems_more++;
        return TOCSIN_OK;
    }
    str copy = arena_copy(&list->arena, path);
    if (!copy.data ||
        !grow_array(&list->problems, list->problem_count, &expansion->problem_capacity, sizeof(*list->problems))) {
        return error_memory(err);
    }
    list->problems[list->problem_count++] = (struct input_problem){copy, *problem};
    return TOCSIN_OK;
}

static tocsin_status add_system_problem(struct expansion *expansion, str path, int system_errno, struct error *err)
{
    struct error problem;
    error_system(&problem, TOCSIN_ERROR_INPUT, system_errno, "cannot read '%.*s'", STR_ARG(path));
    if (system_errno == EACCES) {
        error_hint(&problem, "run it as a user who may read it, for example with sudo");
    }
    return add_problem(expansion, path, &problem, err);
}

static tocsin_status add_file(struct expansion *expansion, str path, enum input_kind kind, const struct stat *st,
                              struct error *err)
{
    if (expansion->list->count + expansion->found_count >= LIMIT_INPUT_FILES) {
        error_set(err, TOCSIN_ERROR_LIMIT, "more than %d input files", LIMIT_INPUT_FILES);
        error_hint(err, "read them in several runs");
        return TOCSIN_ERROR_LIMIT;
    }
    const char *copy = arena_copy_cstring(&expansion->list->arena, path);
    if (!copy ||
        !grow_array(&expansion->found, expansion->found_count, &expansion->found_capacity, sizeof(*expansion->found))) {
        return error_memory(err);
    }
    bool is_regular = S_ISREG(st->st_mode);
    expansion->found[expansion->found_count++] = (struct found_file){
        .file = {.path = {copy, path.len},
                 .kind = kind,
                 .bytes = is_regular && st->st_size > 0 ? (uint64_t)st->st_size : 0,
                 .modified_ms = is_regular ? (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000 : 0},
        .identity = {st->st_dev, st->st_ino},
    };
    expansion->has_unknown_size |= !is_regular;
    return TOCSIN_OK;
}

static int compare_found(const void *a, const void *b)
{
    return str_compare(((const struct found_file *)a)->file.path, ((const struct found_file *)b)->file.path);
}

/* The argument is done: its files go to the list in order, those already there under another name do not. */
static tocsin_status take_found(struct expansion *expansion, struct error *err)
{
    struct input_list *list = expansion->list;
    if (expansion->found_count > 1) {
        qsort(expansion->found, expansion->found_count, sizeof(*expansion->found), compare_found);
    }
    for (size_t i = 0; i < expansion->found_count; i++) {
        bool is_new;
        if (!identity_add(&expansion->seen, expansion->found[i].identity, &is_new) ||
            !grow_array(&list->files, list->count, &expansion->file_capacity, sizeof(*list->files))) {
            return error_memory(err);
        }
        if (is_new) {
            list->files[list->count++] = expansion->found[i].file;
            list->bytes_total += expansion->found[i].file.bytes;
        }
    }
    expansion->found_count = 0;
    return TOCSIN_OK;
}

/* ---- directories ---- */

static tocsin_status walk_directory(struct expansion *expansion, int parent, const char *name, int depth,
                                    struct error *err);

static tocsin_status add_depth_problem(struct expansion *expansion, struct error *err)
{
    struct error problem;
    str path = strbuf_str(&expansion->path);
    error_set(&problem, TOCSIN_ERROR_LIMIT, "'%.*s' lies more than %d directories deep", STR_ARG(path),
              LIMIT_DIRECTORY_DEPTH);
    error_hint(&problem, "name it as an input of its own");
    return add_problem(expansion, path, &problem, err);
}

/* expansion->path is the entry's. */
static tocsin_status visit_entry(struct expansion *expansion, int directory, const char *name, int depth,
                                 struct error *err)
{
    struct stat st;
    str path = strbuf_str(&expansion->path);
    if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return add_system_problem(expansion, path, errno, err);
    }
    bool is_link = S_ISLNK(st.st_mode);
    if (is_link && fstatat(directory, name, &st, 0) != 0) {
        return add_system_problem(expansion, path, errno, err);
    }
    if (S_ISREG(st.st_mode)) {
        return add_file(expansion, path, INPUT_FILE, &st, err);
    }
    if (S_ISDIR(st.st_mode) && !is_link) {
        return depth < LIMIT_DIRECTORY_DEPTH ? walk_directory(expansion, directory, name, depth + 1, err)
                                             : add_depth_problem(expansion, err);
    }
    return TOCSIN_OK;
}

static tocsin_status visit_entries(struct expansion *expansion, DIR *stream, int depth, struct error *err)
{
    size_t directory_len = expansion->path.len;
    for (;;) {
        expansion->path.len = directory_len;
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (!entry) {
            return errno ? add_system_problem(expansion, strbuf_str(&expansion->path), errno, err) : TOCSIN_OK;
        }
        str name = str_from_cstring(entry->d_name);
        if (str_eq(name, STR(".")) || str_eq(name, STR(".."))) {
            continue;
        }
        if (directory_len == 0 || expansion->path.data[directory_len - 1] != '/') {
            strbuf_append_char(&expansion->path, '/');
        }
        strbuf_append(&expansion->path, name);
        if (expansion->path.is_failed) {
            return error_memory(err);
        }
        tocsin_status status = visit_entry(expansion, dirfd(stream), entry->d_name, depth, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
}

/* expansion->path is the directory's, and is so again when this returns TOCSIN_OK. */
static tocsin_status walk_directory(struct expansion *expansion, int parent, const char *name, int depth,
                                    struct error *err)
{
    assert(depth <= LIMIT_DIRECTORY_DEPTH);
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (depth > 0 ? O_NOFOLLOW : 0);
    int fd = openat(parent, name, flags);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (!stream) {
        int system_errno = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return add_system_problem(expansion, strbuf_str(&expansion->path), system_errno, err);
    }
    tocsin_status status = visit_entries(expansion, stream, depth, err);
    (void)closedir(stream);
    return status;
}

static tocsin_status add_directory(struct expansion *expansion, const char *path, struct error *err)
{
    strbuf_clear(&expansion->path);
    strbuf_append(&expansion->path, str_from_cstring(path));
    if (expansion->path.is_failed) {
        return error_memory(err);
    }
    return walk_directory(expansion, AT_FDCWD, path, 0, err);
}

/* ---- arguments ---- */

static tocsin_status add_standard_input(struct expansion *expansion, struct error *err)
{
    struct stat st;
    if (fstat(STDIN_FILENO, &st) != 0) {
        return error_system(err, TOCSIN_ERROR_INPUT, errno, "cannot read standard input");
    }
    if (S_ISDIR(st.st_mode)) {
        return error_set(err, TOCSIN_ERROR_INPUT, "standard input is a directory");
    }
    off_t position = S_ISREG(st.st_mode) ? lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;
    st.st_size = position > 0 && position < st.st_size ? st.st_size - position : st.st_size;
    return add_file(expansion, STR("-"), INPUT_STANDARD, &st, err);
}

static const char *kind_name(mode_t mode)
{
    return S_ISBLK(mode) ? "a block device" : S_ISSOCK(mode) ? "a socket" : "no file";
}

static tocsin_status add_named(struct expansion *expansion, const char *path, const struct stat *st, struct error *err)
{
    if (S_ISDIR(st->st_mode)) {
        return add_directory(expansion, path, err);
    }
    if (S_ISREG(st->st_mode)) {
        return add_file(expansion, str_from_cstring(path), INPUT_FILE, st, err);
    }
    if (S_ISFIFO(st->st_mode) || S_ISCHR(st->st_mode)) {
        return add_file(expansion, str_from_cstring(path), INPUT_PIPE, st, err);
    }
    error_set(err, TOCSIN_ERROR_INPUT, "'%s' is %s, not a log", path, kind_name(st->st_mode));
    error_hint(err, "standard input is read with -");
    return TOCSIN_ERROR_INPUT;
}

static int glob_failed(const char *path, int system_errno)
{
    /* Out of memory here loses a message only; what follows meets it again. */
    (void)add_system_problem(glob_expansion, str_from_cstring(path), system_errno, NULL);
    return 0;
}

static tocsin_status visit_match(struct expansion *expansion, const char *path, struct error *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return add_system_problem(expansion, str_from_cstring(path), errno, err);
    }
    /* Nobody named it, so nothing that may block: as in a directory. */
    return S_ISDIR(st.st_mode) || S_ISREG(st.st_mode) ? add_named(expansion, path, &st, err) : TOCSIN_OK;
}

static tocsin_status add_glob(struct expansion *expansion, const char *pattern, struct error *err)
{
    glob_t matches = {0};
    glob_expansion = expansion;
    int result = glob(pattern, GLOB_NOSORT, glob_failed, &matches);
    glob_expansion = NULL;
    tocsin_status status = TOCSIN_OK;
    if (result == GLOB_NOMATCH) {
        status = error_set(err, TOCSIN_ERROR_INPUT, "no file matches '%s'", pattern);
    } else if (result != 0) {
        status = result == GLOB_NOSPACE
                     ? error_memory(err)
                     : error_set(err, TOCSIN_ERROR_INPUT, "cannot read what '%s' may match", pattern);
    }
    for (size_t i = 0; status == TOCSIN_OK && i < matches.gl_pathc; i++) {
        status = visit_match(expansion, matches.gl_pathv[i], err);
    }
    globfree(&matches);
    return status;
}

static tocsin_status add_argument(struct expansion *expansion, const char *argument, struct error *err)
{
    str name = str_from_cstring(argument);
    if (str_eq(name, STR("-"))) {
        return add_standard_input(expansion, err);
    }
    struct stat st;
    if (stat(argument, &st) == 0) {
        return add_named(expansion, argument, &st, err);
    }
    int system_errno = errno;
    bool is_pattern = str_find_char(name, '*', 0) != SIZE_MAX || str_find_char(name, '?', 0) != SIZE_MAX ||
                      str_find_char(name, '[', 0) != SIZE_MAX;
    if (system_errno == ENOENT && is_pattern) {
        return add_glob(expansion, argument, err);
    }
    error_system(err, TOCSIN_ERROR_INPUT, system_errno, "cannot read '%s'", argument);
    if (system_errno == ENOENT) {
        error_hint(err,
                   "an input is a file, a directory, a pattern such as '/var/log/audit/*', or - for standard input");
    }
    return TOCSIN_ERROR_INPUT;
}

tocsin_status input_list_expand(struct input_list *list, const char *const *arguments, size_t argument_count,
                                struct error *err)
{
    *list = (struct input_list){0};
    arena_init(&list->arena, ARENA_NO_LIMIT);
    /* The seed differs from run to run by address space randomisation: enough against prepared inode numbers. */
    struct expansion expansion = {.list = list, .seen = {.seed = str_hash_mix((uintptr_t)list)}};
    strbuf_init(&expansion.path, PATH_BYTES_MAX);
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < argument_count; i++) {
        status = add_argument(&expansion, arguments[i], err);
        if (status == TOCSIN_OK) {
            status = take_found(&expansion, err);
        }
    }
    if (expansion.has_unknown_size) {
        list->bytes_total = 0;
    }
    identity_set_release(&expansion.seen);
    memory_free(expansion.found);
    strbuf_release(&expansion.path);
    if (status != TOCSIN_OK) {
        input_list_release(list);
    }
    return status;
}

void input_list_release(struct input_list *list)
{
    memory_free(list->files);
    memory_free(list->problems);
    arena_release(&list->arena);
    *list = (struct input_list){0};
}
