/* S1, S2, S4, S5, S12 to S17: whichever operation fails, and wherever the power goes, while rows are written, segments
 * sealed, made into one, or deleted: what was acknowledged is there, once, its marks are right, and the store goes on.
 * The power cut is played: every operation on a file is watched, and behind each of them the files are made as a disk
 * may hold them then: what was synced, and of the rest any sectors. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../support/store_rows.h"
#include "base/memory.h"
#include "store/store_folder.h"
#include "store/store_maintenance.h"

enum { ROWS = 330, COMMIT_ROWS = 30, BLOCK_ROWS = 50, SEGMENT_ROWS = 100, SECTOR = 512 };
enum { MERGED_ROWS = 220, OLD_ROWS = 170 /* that retention may delete */ };

static char parent[64]; /* in memory if possible: real syncs would only take time here */
static char folder[256];
static struct store_rows rows;

static void empty_folder(const char *path)
{
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char name[STORE_PATH_BYTES];
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.') {
            unlink(name);
        }
    }
    if (directory) {
        closedir(directory);
    }
}

/* ---- what a store is used for ---- */

static struct store_writer *writer;
static uint64_t base; /* of them, by those before */

static uint64_t acknowledged(void)
{
    return writer ? base + store_writer_acknowledged(writer) : base;
}

static tocsin_status open_writer(struct error *err)
{
    struct store_problems problems;
    store_problems_init(&problems);
    struct store_writer_options options = {
        .folder = folder, .schema = rows.schema, .block_rows = BLOCK_ROWS, .segment_rows = SEGMENT_ROWS};
    tocsin_status status = store_writer_open(&options, &writer, &problems, err);
    store_problems_release(&problems);
    return status;
}

static void close_writer(void)
{
    base = acknowledged();
    store_writer_free(writer);
    writer = NULL;
}

/* Rows from `first` to `end`, each push with its mark, committed now and then. */
static tocsin_status write_rows(uint64_t first, uint64_t end, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (uint64_t n = first; status == TOCSIN_OK && n < end; n += COMMIT_ROWS) {
        uint32_t count = end - n < COMMIT_ROWS ? (uint32_t)(end - n) : COMMIT_ROWS;
        const struct store_mark mark = {.input = STR("rows"), .bytes = n + count};
        assert_true(store_rows_fill(&rows, n, count));
        status = store_writer_push(writer, &rows.batch, store_rows_inputs, STORE_ROWS_INPUTS, err);
        status = status == TOCSIN_OK ? store_writer_mark(writer, &mark, 1, err) : status;
        status = status == TOCSIN_OK && n % 4 != 1 ? store_writer_commit(writer, err) : status;
    }
    return status;
}

static tocsin_status compact(uint32_t segment_rows, struct error *err)
{
    struct store_changes changes;
    struct store_problems problems;
    const struct store_compact_options options = {.common = {.folder = folder}, .segment_rows = segment_rows};
    store_problems_init(&problems);
    tocsin_status status = store_compact(&options, &changes, &problems, err);
    store_problems_release(&problems);
    return status;
}

static bool may_be_deleted; /* the old rows, from now on */

static tocsin_status retain(struct error *err)
{
    struct store_changes changes;
    struct store_problems problems;
    const struct store_retain_options options = {
        .common = {.folder = folder}, .has_old = true, .old_before_ms = 1700000000000 + OLD_ROWS * 17};
    store_problems_init(&problems);
    may_be_deleted = true;
    tocsin_status status = store_retain(&options, &changes, &problems, err);
    store_problems_release(&problems);
    return status;
}

static tocsin_status write_some(uint64_t first, uint64_t end, bool seals, struct error *err)
{
    tocsin_status status = open_writer(err);
    status = status == TOCSIN_OK ? write_rows(first, end, err) : status;
    status = status == TOCSIN_OK && seals ? store_writer_seal(writer, err) : status;
    if (writer) {
        close_writer();
    }
    return status;
}

/* Two writers, the first of which does not seal; small segments made into larger ones, old ones deleted. */
static tocsin_status use_store(struct error *err)
{
    base = 0;
    may_be_deleted = false;
    tocsin_status status = write_some(0, ROWS / 2, false, err);
    status = status == TOCSIN_OK ? compact(MERGED_ROWS, err) : status;
    status = status == TOCSIN_OK ? write_some(ROWS / 2, ROWS, true, err) : status;
    status = status == TOCSIN_OK ? retain(err) : status;
    return status == TOCSIN_OK ? compact(MERGED_ROWS, err) : status;
}

/* The row that a time belongs to. */
static uint64_t first_row(struct store_reader *reader)
{
    struct store_segment_info info;
    for (size_t i = 0; i < store_reader_segments(reader); i++) {
        store_reader_segment_info(reader, i, &info);
        if (info.rows > 0) {
            return (uint64_t)(info.time_min_ms - 1700000000000) / 17;
        }
    }
    return UINT64_MAX;
}

/* All rows right and in their order, from the first or from one that is old, and as many as the mark says. How many
 * there are, with those deleted. */
static uint64_t count_rows(void)
{
    static const uint8_t identity[STORE_IDENTITY_BYTES];
    struct error err = {0};
    struct store_reader *reader = NULL;
    tocsin_status status = store_reader_open(folder, &reader, &err);
    if (status == TOCSIN_ERROR_INPUT && strstr(err.message, "there is no event store in")) {
        return 0; /* it broke before anything was there */
    }
    assert_int_equal(status, TOCSIN_OK);
    const struct store_mark *mark = store_reader_find_mark(reader, STR("rows"), identity);
    uint64_t marked = mark ? mark->bytes : 0;
    uint64_t first = first_row(reader);
    first = first == UINT64_MAX ? marked : first;
    assert_true(first == 0 || (may_be_deleted && first <= OLD_ROWS));
    uint64_t count = store_rows_check(&rows, reader, &rows.fields, first, true, 0);
    assert_int_not_equal(count, UINT64_MAX);
    assert_int_equal(first + count, marked);
    assert_int_equal(store_reader_problems(reader)->count, 0); /* a torn tail is no damage */
    store_reader_free(reader);
    return marked;
}

static void no_leftovers(void)
{
    struct error err = {0};
    struct segment_name *names = NULL;
    size_t count = 0;
    assert_int_equal(store_folder_list_all(folder, &names, &count, &err), TOCSIN_OK);
    for (size_t i = 0; i < count; i++) {
        assert_true(names[i].state == SEGMENT_LIVE && names[i].is_sealed);
    }
    memory_free(names);
}

/* Another writer adds what is missing. */
static void go_on(uint64_t count)
{
    struct error err = {0};
    assert_int_equal(open_writer(&err), TOCSIN_OK);
    no_leftovers();
    assert_int_equal(count_rows(), count);
    assert_int_equal(write_rows(count, ROWS, &err), TOCSIN_OK);
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    close_writer();
    assert_int_equal(count_rows(), ROWS);
    assert_int_equal(compact(0, &err), TOCSIN_OK);
    assert_int_equal(count_rows(), ROWS);
}

/* ---- failures ---- */

struct fault {
    uint64_t countdown;
    int failure;
    bool is_short;
    bool repeats;
};

static int make_fail(void *context, const struct file_event *event, bool *ret_is_short)
{
    (void)event;
    struct fault *fault = context;
    if (fault->countdown > 1) {
        fault->countdown--;
        return 0;
    }
    if (fault->countdown == 0 && !fault->repeats) {
        return 0;
    }
    fault->countdown = fault->repeats ? 1 : 0;
    *ret_is_short = fault->is_short;
    return fault->failure;
}

static void every_operation_fails(void **state)
{
    (void)state;
    static const struct fault faults[] = {
        {0, EIO, false, false}, {0, EIO, true, false}, {0, ENOSPC, true, true}, {0, EIO, false, true}};
    uint64_t failures = 0;
    for (size_t kind = 0; kind < countof(faults); kind++) {
        for (uint64_t at = 1;; at++) {
            struct fault fault = faults[kind];
            struct error err = {0};
            fault.countdown = at;
            empty_folder(folder);
            store_file_set_hook(make_fail, &fault);
            tocsin_status status = use_store(&err);
            store_file_set_hook(NULL, NULL);
            if (status == TOCSIN_OK) {
                assert_int_equal(count_rows(), ROWS);
                break;
            }
            failures++;
            assert_int_equal(status, TOCSIN_ERROR_OUTPUT);
            uint64_t count = count_rows();
            assert_true(count >= base);
            /* One failure alone is undone; when the undoing fails, too, the whole block may be there. */
            assert_true(count == base || (fault.repeats && count <= base + BLOCK_ROWS + COMMIT_ROWS));
            go_on(count);
        }
    }
    assert_true(failures > 100);
    print_message("%llu operations failed\n", (unsigned long long)failures);
}

/* S13: the system itself refuses to let files become longer. */
static void files_may_not_grow(void **state)
{
    (void)state;
    struct rlimit before;
    uint64_t refused = 0;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    for (rlim_t bytes = 10; bytes < 200 * 1024; bytes += bytes / 9 + 1) {
        struct error err = {0};
        struct rlimit limit = {.rlim_cur = bytes, .rlim_max = before.rlim_max};
        empty_folder(folder);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        tocsin_status status = use_store(&err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_true(status == TOCSIN_OK || status == TOCSIN_ERROR_OUTPUT);
        refused += status != TOCSIN_OK;
        uint64_t count = count_rows();
        assert_true(count == base && (status != TOCSIN_OK || count == ROWS));
        go_on(count);
    }
    (void)signal(SIGXFSZ, handler);
    assert_true(refused > 20);
    print_message("%llu limits were hit\n", (unsigned long long)refused);
}

/* ---- memory ---- */

enum { BATCH = 120 }; /* rows: two blocks, and a part of one */

static tocsin_status write_batch(const struct batch *batch, struct error *err)
{
    base = 0;
    tocsin_status status = open_writer(err);
    const struct store_mark mark = {.input = STR("rows"), .bytes = batch->row_count};
    status = status == TOCSIN_OK ? store_writer_push(writer, batch, store_rows_inputs, STORE_ROWS_INPUTS, err) : status;
    status = status == TOCSIN_OK ? store_writer_mark(writer, &mark, 1, err) : status;
    status = status == TOCSIN_OK ? store_writer_seal(writer, err) : status;
    if (writer) {
        close_writer();
    }
    return status;
}

/* Lack of memory must not pass for damage. */
static tocsin_status read_all(uint64_t *ret_count, struct error *err)
{
    struct store_reader *reader = NULL;
    struct batch_source source;
    struct store_scan_options options = {.schema = rows.schema, .request = {.fields = rows.fields}, .wants_raw = true};
    struct store_statistics statistics;
    *ret_count = 0;
    tocsin_status status = store_reader_open(folder, &reader, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = store_reader_scan(reader, &options, &source, err);
    if (status == TOCSIN_OK) {
        struct batch *batch;
        while ((status = source.ops->next(source.state, &batch, err)) == TOCSIN_OK) {
            *ret_count += batch->row_count;
        }
        source.ops->close(source.state);
    }
    status = status == TOCSIN_END ? store_reader_verify(reader, &statistics, err) : status;
    assert_int_equal(store_reader_problems(reader)->count, 0);
    assert_int_equal(store_reader_problems(reader)->more, 0);
    store_reader_free(reader);
    return status;
}

static void every_allocation_fails(void **state)
{
    (void)state;
    uint64_t failures = 0;
    for (uint64_t at = 1, used = UINT64_MAX; at <= used; at++) {
        struct error err = {0};
        empty_folder(folder);
        assert_true(store_rows_fill(&rows, 0, BATCH));
        uint64_t before = memory_statistics_get().allocation_count;
        memory_fail_at(at, 0);
        tocsin_status status = write_batch(&rows.batch, &err);
        memory_fail_at(0, 0);
        uint64_t allocations = memory_statistics_get().allocation_count - before;
        assert_true(status == TOCSIN_OK || status == TOCSIN_ERROR_MEMORY);
        failures += status != TOCSIN_OK;
        used = at > allocations ? allocations : UINT64_MAX;
        uint64_t acknowledged_rows = base;
        uint64_t count = count_rows();
        assert_int_equal(count, acknowledged_rows);
        assert_true(status != TOCSIN_OK || count == BATCH);
    }
    assert_true(failures > 100);
    uint64_t failed_reads = 0;
    for (uint64_t at = 1, used = UINT64_MAX; at <= used; at++) {
        struct error err = {0};
        uint64_t count;
        uint64_t before = memory_statistics_get().allocation_count;
        memory_fail_at(at, 0);
        tocsin_status status = read_all(&count, &err);
        memory_fail_at(0, 0);
        uint64_t allocations = memory_statistics_get().allocation_count - before;
        assert_true(status == TOCSIN_ERROR_MEMORY || (status == TOCSIN_OK && count == BATCH));
        failed_reads += status != TOCSIN_OK;
        used = at > allocations ? allocations : UINT64_MAX;
    }
    assert_true(failed_reads > 50);
    print_message("%llu allocations failed\n", (unsigned long long)(failures + failed_reads));
}

enum upkeep { COMPACT, RETAIN, REPAIR, UPKEEPS };

static tocsin_status keep_up(enum upkeep what, struct error *err)
{
    struct store_changes changes;
    struct store_problems problems;
    const struct store_maintenance_options options = {.folder = folder};
    if (what != REPAIR) {
        return what == COMPACT ? compact(0, err) : retain(err);
    }
    store_problems_init(&problems);
    tocsin_status status = store_repair(&options, &changes, &problems, err);
    store_problems_release(&problems);
    return status;
}

/* A bit of the last chunk of the first segment's footer, so that there is something to repair. */
static void damage_footer(void)
{
    char path[STORE_PATH_BYTES];
    struct error err = {0};
    struct store_file file;
    uint64_t bytes;
    assert_int_equal(segment_path(folder, 1, true, path, &err), TOCSIN_OK);
    assert_int_equal(store_file_open_for_writing(path, &file, &err), TOCSIN_OK);
    assert_int_equal(store_file_size(&file, &bytes, &err), TOCSIN_OK);
    assert_int_equal(store_file_write(&file, bytes - 5, STR("x"), &err), TOCSIN_OK);
    store_file_close(&file);
}

/* Segments of rows 0 to 250, to be made into one, of which the first goes, or is damaged. */
static void prepare_for_upkeep(enum upkeep what)
{
    struct error err = {0};
    empty_folder(folder);
    base = 0;
    may_be_deleted = false;
    assert_int_equal(write_some(0, 170, true, &err), TOCSIN_OK);
    assert_int_equal(write_some(170, 250, true, &err), TOCSIN_OK);
    if (what == REPAIR) {
        damage_footer();
    }
}

static void every_allocation_of_upkeep_fails(void **state)
{
    (void)state;
    uint64_t failures = 0;
    for (enum upkeep what = COMPACT; what < UPKEEPS; what++) {
        bool is_done = true;
        for (uint64_t at = 1, used = UINT64_MAX; at <= used; at++) {
            struct error err = {0};
            if (is_done) {
                prepare_for_upkeep(what);
            }
            uint64_t before = memory_statistics_get().allocation_count;
            memory_fail_at(at, 0);
            tocsin_status status = keep_up(what, &err);
            memory_fail_at(0, 0);
            uint64_t allocations = memory_statistics_get().allocation_count - before;
            used = at > allocations ? allocations : UINT64_MAX;
            assert_true(status == TOCSIN_ERROR_MEMORY || status == TOCSIN_OK);
            failures += status != TOCSIN_OK;
            char path[STORE_PATH_BYTES];
            assert_int_equal(segment_path(folder, 1, true, path, &err), TOCSIN_OK);
            is_done = access(path, F_OK) != 0;
            if (is_done) {
                assert_int_equal(count_rows(), 250);
            }
        }
        assert_int_equal(count_rows(), 250);
    }
    print_message("%llu allocations failed\n", (unsigned long long)failures);
    assert_true(failures > 500);
}

/* ---- power cuts ---- */

enum { EVENTS_MAX = 1000, FILES_MAX = 64, PENDING_MAX = 256, FILE_BYTES_MAX = 1 << 20 };

struct watched {
    enum file_action action;
    char path[64];
    char target[64];
    uint64_t offset;
    char *bytes;
    size_t byte_count;
    uint64_t acknowledged; /* before it */
    bool may_be_deleted;
};
static struct watched events[EVENTS_MAX];
static uint32_t event_count;

static void base_name(const char *path, char ret_name[64])
{
    const char *slash = strrchr(path, '/');
    snprintf(ret_name, 64, "%s", slash ? slash + 1 : path);
}

static int watch(void *context, const struct file_event *event, bool *ret_is_short)
{
    (void)context;
    (void)ret_is_short;
    assert_true(event_count < EVENTS_MAX);
    struct watched *entry = &events[event_count++];
    *entry = (struct watched){.action = event->action,
                              .offset = event->offset,
                              .acknowledged = acknowledged(),
                              .may_be_deleted = may_be_deleted};
    base_name(event->path, entry->path);
    if (event->target) {
        base_name(event->target, entry->target);
    }
    entry->byte_count = event->bytes.len;
    entry->bytes = malloc(event->bytes.len + 1);
    memcpy(entry->bytes, event->bytes.data, event->bytes.len);
    return 0;
}

struct disk_file {
    char durable[FILE_BYTES_MAX];
    size_t durable_bytes;
    const struct watched *pending[PENDING_MAX]; /* writes and truncations since the last sync */
    uint32_t pending_count;
};
struct disk_name {
    char name[64];
    int file; /* -1: none */
};
static struct disk_file disk_files[FILES_MAX];
static int disk_file_count;
static struct disk_name durable_names[FILES_MAX];
static struct disk_name current_names[FILES_MAX];
static const struct watched *pending_names[PENDING_MAX];
static uint32_t pending_name_count;

static struct disk_name *name_of(struct disk_name *names, const char *name)
{
    int free_slot = -1;
    for (int i = 0; i < FILES_MAX; i++) {
        if (names[i].file >= 0 && strcmp(names[i].name, name) == 0) {
            return &names[i];
        }
        free_slot = names[i].file < 0 ? i : free_slot;
    }
    assert_true(free_slot >= 0);
    snprintf(names[free_slot].name, sizeof(names[free_slot].name), "%s", name);
    return &names[free_slot];
}

/* `file` of a creation; the names are changed as the operation says. */
static void apply_name(struct disk_name *names, const struct watched *event, int file)
{
    struct disk_name *name = name_of(names, event->path);
    if (event->action == FILE_RENAME) {
        int moved = name->file;
        name->file = -1;
        name_of(names, event->target)->file = moved;
    } else {
        name->file = event->action == FILE_UNLINK ? -1 : file;
    }
}

static void apply_bytes(char *content, size_t *size, const struct watched *event, size_t from, size_t to)
{
    if (event->action == FILE_TRUNCATE) {
        if (event->offset > *size) {
            memset(content + *size, 0, event->offset - *size);
        }
        *size = event->offset;
        return;
    }
    size_t end = event->offset + to;
    assert_true(end <= FILE_BYTES_MAX);
    if (event->offset + from > *size) {
        memset(content + *size, 0, event->offset + from - *size);
    }
    memcpy(content + event->offset + from, event->bytes + from, to - from);
    *size = end > *size ? end : *size;
}

/* The disk behind the first `count` operations. */
static void play(uint32_t count)
{
    disk_file_count = 0;
    pending_name_count = 0;
    for (int i = 0; i < FILES_MAX; i++) {
        durable_names[i].file = current_names[i].file = -1;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct watched *event = &events[i];
        if (event->action == FILE_SYNC_FOLDER) {
            memcpy(durable_names, current_names, sizeof(durable_names));
            pending_name_count = 0;
            continue;
        }
        if (event->action == FILE_CREATE || event->action == FILE_RENAME || event->action == FILE_UNLINK) {
            if (event->action == FILE_CREATE) {
                assert_true(disk_file_count < FILES_MAX);
                disk_files[disk_file_count].durable_bytes = 0;
                disk_files[disk_file_count++].pending_count = 0;
            }
            pending_names[pending_name_count++] = event;
            apply_name(current_names, event, disk_file_count - 1);
            continue;
        }
        struct disk_file *file = &disk_files[name_of(current_names, event->path)->file];
        if (event->action != FILE_SYNC) {
            assert_true(file->pending_count < PENDING_MAX);
            file->pending[file->pending_count++] = event;
            continue;
        }
        for (uint32_t k = 0; k < file->pending_count; k++) {
            apply_bytes(file->durable, &file->durable_bytes, file->pending[k], 0, file->pending[k]->byte_count);
        }
        file->pending_count = 0;
    }
}

static uint64_t random_state = 1;
static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

/* What may be left of a file: the durable bytes, and of what came later some sectors. `chance` of 8. */
static void write_left(int index, const char *name, uint32_t chance)
{
    static char content[FILE_BYTES_MAX];
    char path[2 * STORE_PATH_BYTES];
    struct disk_file *file = &disk_files[index];
    size_t size = file->durable_bytes;
    memcpy(content, file->durable, size);
    for (uint32_t i = 0; i < file->pending_count; i++) {
        const struct watched *event = file->pending[i];
        if (event->action == FILE_TRUNCATE) {
            if (random_below(8) < chance) {
                apply_bytes(content, &size, event, 0, 0);
            }
            continue;
        }
        for (size_t from = 0; from < event->byte_count; from += SECTOR) {
            size_t to = from + SECTOR < event->byte_count ? from + SECTOR : event->byte_count;
            if (random_below(8) < chance) {
                apply_bytes(content, &size, event, from, to);
            }
        }
    }
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int target = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(target >= 0 && write(target, content, size) == (ssize_t)size);
    close(target);
}

/* The folder as a disk may hold it: names go in their order, as file systems keep journals of them. */
static void cut_power(uint32_t chance)
{
    struct disk_name names[FILES_MAX];
    memcpy(names, durable_names, sizeof(names));
    int next_file = disk_file_count;
    for (uint32_t i = 0; i < pending_name_count; i++) {
        next_file -= pending_names[i]->action == FILE_CREATE;
    }
    uint32_t kept = random_below(pending_name_count + 1);
    for (uint32_t i = 0; i < kept; i++) {
        apply_name(names, pending_names[i], pending_names[i]->action == FILE_CREATE ? next_file++ : -1);
    }
    empty_folder(folder);
    for (int i = 0; i < FILES_MAX; i++) {
        if (names[i].file >= 0) {
            write_left(names[i].file, names[i].name, chance);
        }
    }
}

/* What of others' names a cut left. */
static uint64_t count_state(enum segment_state state)
{
    struct error err = {0};
    struct segment_name *names = NULL;
    size_t count = 0;
    uint64_t found = 0;
    assert_int_equal(store_folder_list_all(folder, &names, &count, &err), TOCSIN_OK);
    for (size_t i = 0; i < count; i++) {
        found += names[i].state == state;
    }
    memory_free(names);
    return found;
}

static void the_power_goes_anywhere(void **state)
{
    (void)state;
    struct error err = {0};
    empty_folder(folder);
    event_count = 0;
    store_file_set_hook(watch, NULL);
    assert_int_equal(use_store(&err), TOCSIN_OK);
    store_file_set_hook(NULL, NULL);
    assert_int_equal(count_rows(), ROWS);
    uint64_t cuts = 0;
    uint64_t torn = 0;
    uint64_t making = 0;
    uint64_t replaced = 0;
    for (uint32_t at = 0; at <= event_count; at++) {
        play(at);
        for (uint32_t chance = 0; chance <= 8; chance += 2, cuts++) {
            uint64_t kept = at < event_count ? events[at].acknowledged : ROWS;
            may_be_deleted = at == event_count || events[at].may_be_deleted;
            cut_power(chance);
            making += count_state(SEGMENT_MAKING) > 0;
            replaced += count_state(SEGMENT_REPLACED) > 0;
            uint64_t count = count_rows(); /* a reader, before any writer mends */
            assert_true(count >= kept && count <= ROWS);
            torn += count > kept;
            go_on(count);
        }
    }
    print_message("%llu power cuts, %llu in a half-made segment, %llu before what it replaced was gone\n",
                  (unsigned long long)cuts, (unsigned long long)making, (unsigned long long)replaced);
    assert_true(cuts > 500 && torn > 0 && making > 50 && replaced > 10);
    for (uint32_t i = 0; i < event_count; i++) {
        free(events[i].bytes);
    }
}

static int make_parent(void **state)
{
    (void)state;
    snprintf(parent, sizeof(parent), "/dev/shm/tocsin-faults-XXXXXX");
    bool is_made = mkdtemp(parent) != NULL;
    if (!is_made) {
        snprintf(parent, sizeof(parent), "/tmp/tocsin-faults-XXXXXX");
        is_made = mkdtemp(parent) != NULL;
    }
    if (!is_made || !store_rows_init(&rows, false)) {
        return -1;
    }
    snprintf(folder, sizeof(folder), "%s/store", parent);
    return mkdir(folder, 0700);
}

static int remove_parent(void **state)
{
    (void)state;
    empty_folder(folder);
    store_rows_release(&rows);
    return rmdir(folder) + rmdir(parent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_fails),   cmocka_unit_test(files_may_not_grow),
        cmocka_unit_test(every_allocation_fails),  cmocka_unit_test(every_allocation_of_upkeep_fails),
        cmocka_unit_test(the_power_goes_anywhere),
    };
    return cmocka_run_group_tests(tests, make_parent, remove_parent);
}
