/* Compaction, retention and repair: rows, marks and times stay, but for those that were to go or are lost; a reader
 * sees what was before or what is behind (S14 to S17). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../support/store_rows.h"
#include "store/segment_bloom.h"
#include "store/store_folder.h"
#include "store/store_maintenance.h"

static char folder[64];
static struct store_rows rows;
static struct store_problems problems;

static int begin(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/tocsin-keep-XXXXXX", sizeof("/tmp/tocsin-keep-XXXXXX"));
    store_problems_init(&problems);
    return mkdtemp(folder) && store_rows_init(&rows, false) ? 0 : -1;
}

static void empty_folder(const char *name)
{
    DIR *directory = opendir(name);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char path[STORE_PATH_BYTES];
        snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
        if (entry->d_name[0] != '.') {
            unlink(path);
        }
    }
    closedir(directory);
}

static int end(void **state)
{
    (void)state;
    empty_folder(folder);
    store_problems_release(&problems);
    store_rows_release(&rows);
    return rmdir(folder);
}

/* Files of the folder but the lock. */
static int count_files(void)
{
    int count = 0;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        count += entry->d_name[0] != '.' && strcmp(entry->d_name, "LOCK") != 0;
    }
    closedir(directory);
    return count;
}

struct part {
    uint32_t row_count;
    uint32_t block_rows;
    enum chunk_codec codec;
    bool is_left_open;
};

/* A segment or more, by a writer of its own, with a mark of its end. */
static void write_part(uint64_t first, const struct part *part)
{
    struct error err = {0};
    struct store_writer *writer = NULL;
    struct store_writer_options options = {.folder = folder,
                                           .schema = rows.schema,
                                           .block_rows = part->block_rows,
                                           .codec = part->codec,
                                           .has_blooms = true,
                                           .hash_seed = first,
                                           .now_ms = 1700000000000 + (int64_t)first * 17};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    for (uint64_t n = first; n < first + part->row_count; n += 500) {
        uint64_t left = first + part->row_count - n;
        assert_true(store_rows_fill(&rows, n, left < 500 ? (uint32_t)left : 500));
        assert_int_equal(store_writer_push(writer, &rows.batch, store_rows_inputs, STORE_ROWS_INPUTS, &err), TOCSIN_OK);
    }
    char name[20];
    snprintf(name, sizeof(name), "part %u", part->row_count % 7);
    const struct store_mark mark = {.input = str_from_cstring(name), .bytes = first + part->row_count};
    const struct store_newest newest = {.by_trust = {[0] = {true, (int64_t)first}}};
    assert_int_equal(store_writer_mark(writer, &mark, 1, &err), TOCSIN_OK);
    store_writer_set_newest(writer, &newest);
    assert_int_equal((part->is_left_open ? store_writer_commit : store_writer_seal)(writer, &err), TOCSIN_OK);
    store_writer_free(writer);
}

static const struct part parts[] = {
    {700, 100, CHUNK_LZ4, false},   {1, 100, CHUNK_PLAIN, false}, {2345, 0, CHUNK_ZSTD, false},
    {5000, 2000, CHUNK_LZ4, false}, {30, 0, CHUNK_LZ4, false},    {3000, 1500, CHUNK_LZ4, true},
    {1, 0, CHUNK_LZ4, false},       {800, 100, CHUNK_LZ4, false},
};

static uint64_t write_parts(void)
{
    uint64_t count = 0;
    for (size_t i = 0; i < countof(parts); i++) {
        write_part(count, &parts[i]);
        count += parts[i].row_count;
    }
    return count;
}

static struct store_reader *open_reader(void)
{
    struct error err = {0};
    struct store_reader *reader = NULL;
    assert_int_equal(store_reader_open(folder, &reader, &err), TOCSIN_OK);
    return reader;
}

/* Rows `first` to `end`, whole; nothing damaged. */
static void check_rows(uint64_t first, uint64_t end_row)
{
    struct error err = {0};
    struct store_statistics statistics;
    struct store_reader *reader = open_reader();
    assert_int_equal(store_rows_check(&rows, reader, &rows.fields, first, true, 0), end_row - first);
    assert_int_equal(store_rows_check(&rows, reader, &rows.fields, first, false, 100), end_row - first);
    assert_int_equal(store_reader_verify(reader, &statistics, &err), TOCSIN_OK);
    assert_int_equal(statistics.damaged, 0);
    assert_int_equal(store_reader_problems(reader)->count, 0);
    store_reader_free(reader);
}

/* The latest marks of write_parts. */
static void check_marks(uint64_t end_row)
{
    static const uint8_t identity[STORE_IDENTITY_BYTES];
    struct store_reader *reader = open_reader();
    size_t count;
    (void)store_reader_marks(reader, &count);
    assert_int_equal(count, 4);
    for (uint64_t i = 0, at = 0; i < countof(parts); i++) {
        char name[20];
        at += parts[i].row_count;
        uint64_t latest = at;
        for (uint64_t k = i + 1, then = at; k < countof(parts); k++) {
            then += parts[k].row_count;
            latest = parts[k].row_count % 7 == parts[i].row_count % 7 ? then : latest;
        }
        snprintf(name, sizeof(name), "part %u", parts[i].row_count % 7);
        const struct store_mark *mark = store_reader_find_mark(reader, str_from_cstring(name), identity);
        assert_non_null(mark);
        assert_int_equal(mark->bytes, latest);
    }
    int64_t ms;
    struct store_newest newest = store_reader_newest(reader);
    assert_true(store_newest_time(&newest, &ms));
    assert_int_equal(ms, end_row - 800);
    store_reader_free(reader);
}

static struct store_changes compact(const struct store_compact_options *wanted)
{
    struct error err = {0};
    struct store_changes changes;
    struct store_compact_options options = *wanted;
    options.common.folder = folder;
    options.common.hash_seed = 3;
    tocsin_status status = store_compact(&options, &changes, &problems, &err);
    if (status != TOCSIN_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(status, TOCSIN_OK);
    return changes;
}

/* ---- compaction ---- */

static void many_become_one(void **state)
{
    (void)state;
    uint64_t count = write_parts();
    check_marks(count);
    struct store_reader *before = open_reader();
    assert_int_equal(store_reader_segments(before), countof(parts));
    struct store_changes changes = compact(&(struct store_compact_options){0});
    assert_int_equal(changes.segments_before, countof(parts));
    assert_int_equal(changes.segments_after, 1);
    assert_int_equal(changes.segments_rewritten, countof(parts));
    assert_int_equal(changes.rows_before, count);
    assert_int_equal(changes.rows_after, count);
    assert_true(changes.bytes_after < changes.bytes_before);
    assert_int_equal(count_files(), 1);
    check_rows(0, count);
    check_marks(count);
    assert_int_equal(store_rows_check(&rows, before, &rows.fields, 0, true, 0), count); /* deleted, and read on */
    store_reader_free(before);
    changes = compact(&(struct store_compact_options){0});
    assert_int_equal(changes.segments_rewritten, 0);
    static const struct part more = {700, 300, CHUNK_LZ4, true};
    write_part(count, &more);
    check_rows(0, count + 700);
    changes = compact(&(struct store_compact_options){0}); /* of one that is made of others */
    assert_int_equal(changes.segments_rewritten, 2);
    assert_int_equal(count_files(), 1);
    check_rows(0, count + 700);
    assert_int_equal(problems.count, 0);
}

static void segments_have_their_size(void **state)
{
    (void)state;
    uint64_t count = write_parts();
    struct store_changes changes = compact(&(struct store_compact_options){.segment_rows = 3100});
    assert_int_equal(changes.segments_after, 4); /* 3046, 5000, 3031, 800 */
    check_rows(0, count);
    check_marks(count);
    struct store_reader *reader = open_reader();
    struct store_segment_info info;
    store_reader_segment_info(reader, 0, &info);
    assert_true(str_eq(info.file, STR("0000000000000001-0000000000000003-00000001.segment")));
    assert_int_equal(info.rows, 3046);
    store_reader_segment_info(reader, 1, &info);
    assert_true(str_eq(info.file, STR("0000000000000004.segment")));
    store_reader_segment_info(reader, 3, &info);
    assert_int_equal(info.rows, 800);
    store_reader_free(reader);
    changes = compact(&(struct store_compact_options){.segment_rows = 100000});
    assert_int_equal(changes.segments_after, 1);
    reader = open_reader();
    store_reader_segment_info(reader, 0, &info);
    assert_true(str_eq(info.file, STR("0000000000000001-0000000000000008-00000002.segment")));
    store_reader_free(reader);
    check_rows(0, count);
}

static bool has_codec(const struct segment_map *map, enum chunk_codec codec)
{
    bool is_found = false;
    for (uint32_t b = 0; b < map->block_count; b++) {
        for (uint32_t i = 0; i < map->blocks[b].column_count; i++) {
            for (uint32_t k = 0; k < map->blocks[b].columns[i].chunk_count; k++) {
                is_found = is_found || map->blocks[b].columns[i].chunks[k].codec == codec;
            }
        }
    }
    return is_found;
}

static uint32_t count_blooms(const struct segment_map *map)
{
    uint32_t count = 0;
    for (uint32_t b = 0; b < map->block_count; b++) {
        for (uint32_t i = 0; i < map->blocks[b].column_count; i++) {
            count += segment_column_bloom(&map->blocks[b].columns[i]) != NULL;
        }
    }
    return count;
}

static void old_ones_are_pressed_harder(void **state)
{
    (void)state;
    uint64_t count = write_parts();
    uint64_t first = 700 + 1 + 2345 + 5000; /* rows of the first four */
    const struct store_compact_options options = {.has_old = true,
                                                  .old_before_ms = 1700000000000 + (int64_t)first * 17};
    struct store_changes changes = compact(&options);
    assert_int_equal(changes.segments_after, 2);
    check_rows(0, count);
    struct error err = {0};
    for (size_t i = 0; i < 2; i++) {
        struct store_file file;
        struct segment_map map;
        char path[STORE_PATH_BYTES];
        const struct segment_name name = {
            .sequence = i == 0 ? 1 : 5, .last_sequence = i == 0 ? 4 : 8, .generation = 1, .is_sealed = true};
        assert_int_equal(segment_name_path(folder, &name, path, &err), TOCSIN_OK);
        assert_int_equal(store_file_open(path, &file, &err), TOCSIN_OK);
        assert_int_equal(segment_map_load(&file, &map, &problems, &err), TOCSIN_OK);
        assert_int_equal(has_codec(&map, CHUNK_ZSTD), i == 0);
        assert_int_equal(has_codec(&map, CHUNK_LZ4), i == 1);
        assert_true(count_blooms(&map) > 0);
        segment_map_release(&map);
        store_file_close(&file);
    }
    assert_int_equal(compact(&options).segments_rewritten, 0);
    const struct store_compact_options all = {.has_old = true, .old_before_ms = INT64_MAX};
    changes = compact(&all); /* both are old now, and fit into one */
    assert_int_equal(changes.segments_after, 1);
    assert_int_equal(compact(&all).segments_rewritten, 0);
    check_rows(0, count);
    check_marks(count);
}

/* What this program's configuration does not know, or knows as another type, is moved like the rest. */
static void unknown_columns_stay(void **state)
{
    (void)state;
    struct error err = {0};
    static const struct part part = {300, 100, CHUNK_LZ4, false};
    write_part(0, &part);
    struct schema *other;
    field_id number;
    struct field_set fields = {0};
    struct batch batch;
    struct store_writer *writer = NULL;
    assert_int_equal(schema_create(&other, &err), TOCSIN_OK);
    assert_int_equal(schema_add_property(other, STR("Number"), TYPE_STRING, STR(""), &number, &err), TOCSIN_OK);
    field_set_add(&fields, number);
    assert_int_equal(batch_init(&batch, other, &fields, &err), TOCSIN_OK);
    uint32_t row = batch_add_row(&batch);
    column_set_string(batch_column(&batch, number), row, STR("seven"));
    assert_int_equal(batch_finish(&batch, &err), TOCSIN_OK);
    struct store_writer_options options = {.folder = folder, .schema = other};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    assert_int_equal(store_writer_push(writer, &batch, NULL, 0, &err), TOCSIN_OK);
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    store_writer_free(writer);
    assert_int_equal(compact(&(struct store_compact_options){0}).segments_after, 1);
    struct store_reader *reader = open_reader();
    struct batch_source source;
    struct batch *got;
    uint64_t integers = 0;
    struct store_scan_options scan = {.schema = rows.schema, .request = {.fields = rows.fields}};
    assert_int_equal(store_reader_scan(reader, &scan, &source, &err), TOCSIN_OK);
    while (source.ops->next(source.state, &got, &err) == TOCSIN_OK) {
        for (uint32_t i = 0; i < got->row_count; i++) {
            integers += column_is_valid(batch_column(got, rows.number), i);
        }
    }
    source.ops->close(source.state);
    assert_int_equal(integers, 3 * 90 + 9); /* n % 97 < 90, of 300 */
    scan = (struct store_scan_options){.schema = other, .request = {.fields = fields}};
    uint64_t texts = 0;
    assert_int_equal(store_reader_scan(reader, &scan, &source, &err), TOCSIN_OK);
    while (source.ops->next(source.state, &got, &err) == TOCSIN_OK) {
        for (uint32_t i = 0; i < got->row_count; i++) {
            if (column_is_valid(batch_column(got, number), i)) {
                assert_true(str_eq(column_string(batch_column(got, number), i), STR("seven")));
                texts++;
            }
        }
    }
    source.ops->close(source.state);
    assert_int_equal(texts, 1);
    store_reader_free(reader);
    batch_release(&batch);
    schema_free(other);
}

static bool stop_soon(void *context, const struct store_progress *progress)
{
    uint64_t *calls = context;
    assert_true(progress->rows_done <= progress->rows_total);
    assert_true(progress->segments_done <= progress->segments_total);
    return ++*calls < 5;
}

static void it_can_be_stopped(void **state)
{
    (void)state;
    struct error err = {0};
    struct store_changes changes;
    uint64_t calls = 0;
    uint64_t count = write_parts();
    const struct store_compact_options options = {
        .common = {.folder = folder, .progress = stop_soon, .progress_context = &calls}};
    assert_int_equal(store_compact(&options, &changes, &problems, &err), TOCSIN_ERROR_CANCELLED);
    assert_int_equal(calls, 5);
    assert_int_equal(count_files(), countof(parts));
    check_rows(0, count);
}

static void there_is_one_at_a_time(void **state)
{
    (void)state;
    struct error err = {0};
    struct store_changes changes;
    struct store_writer *writer = NULL;
    static const struct part part = {300, 100, CHUNK_LZ4, false};
    write_part(0, &part);
    struct store_writer_options options = {.folder = folder, .schema = rows.schema, .who = "the test"};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    const struct store_compact_options wanted = {.common = {.folder = folder}};
    assert_int_equal(store_compact(&wanted, &changes, &problems, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "the test"));
    store_writer_free(writer);
    const struct store_compact_options nowhere = {.common = {.folder = "/tmp/tocsin-there-is-no-such-folder"}};
    assert_int_equal(store_compact(&nowhere, &changes, &problems, &err), TOCSIN_ERROR_INPUT);
    assert_int_equal(access("/tmp/tocsin-there-is-no-such-folder", F_OK), -1);
}

/* ---- names ---- */

static void put_file(const char *name)
{
    char path[STORE_PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(file >= 0);
    close(file);
}

static void names_say_who_stands_for_whom(void **state)
{
    (void)state;
    static const char *const files[] = {
        "0000000000000001.segment",
        "0000000000000002.segment",
        "0000000000000002-0000000000000004-00000001.segment",
        "0000000000000003.segment",
        "0000000000000004-0000000000000004-00000001.segment", /* not of a later generation: stays */
        "0000000000000005-0000000000000006-00000001.segment",
        "0000000000000005-0000000000000007-00000002.segment",
        "0000000000000007.segment",
        "0000000000000007.open",
        "0000000000000008-0000000000000009-00000001.making",
        "0000000000000008.open",
        /* not names of segments */
        "0000000000000009-0000000000000008-00000001.segment",
        "0000000000000009-0000000000000009-00000000.segment",
        "0000000000000009-0000000000000009-0000001.segment",
        "000000000000000A.segment",
        "0000000000000000.segment",
        "0000000000000001.making",
        "0000000000000009-0000000000000009-00000001.open",
        "0000000000000003.segment.damaged",
    };
    static const uint64_t live[][2] = {{1, 0}, {2, 1}, {4, 1}, {5, 2}, {7, 0}, {8, 0}};
    struct error err = {0};
    struct segment_name *names = NULL;
    size_t count = 0;
    for (size_t i = 0; i < countof(files); i++) {
        put_file(files[i]);
    }
    assert_int_equal(store_folder_list(folder, &names, &count, &err), TOCSIN_OK);
    assert_int_equal(count, countof(live));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(names[i].sequence, live[i][0]);
        assert_int_equal(names[i].generation, live[i][1]);
    }
    free(names);
    assert_int_equal(store_folder_list_all(folder, &names, &count, &err), TOCSIN_OK);
    assert_int_equal(count, 11);
    free(names);
}

/* Hard links of all segments of one folder in another. */
static void link_segments(const char *from, const char *to)
{
    DIR *directory = opendir(from);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char path[STORE_PATH_BYTES];
        char target[STORE_PATH_BYTES];
        snprintf(path, sizeof(path), "%s/%s", from, entry->d_name);
        snprintf(target, sizeof(target), "%s/%s", to, entry->d_name);
        if (strstr(entry->d_name, ".segment")) {
            assert_int_equal(link(path, target), 0);
        }
    }
    closedir(directory);
}

/* A crash before what was replaced was deleted, or before what was to replace others got its name. */
static void what_a_crash_leaves_is_cleared(void **state)
{
    (void)state;
    struct error err = {0};
    char kept[80];
    uint64_t count = write_parts();
    struct store_writer *writer = NULL; /* seals what is open */
    struct store_writer_options options = {.folder = folder, .schema = rows.schema};
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    store_writer_free(writer);
    snprintf(kept, sizeof(kept), "%s.kept", folder);
    assert_int_equal(mkdir(kept, 0700), 0);
    link_segments(folder, kept);
    assert_int_equal(compact(&(struct store_compact_options){0}).segments_after, 1);
    link_segments(kept, folder);
    empty_folder(kept);
    assert_int_equal(rmdir(kept), 0);
    put_file("0000000000000009-0000000000000009-00000001.making");
    assert_int_equal(count_files(), countof(parts) + 2);
    check_rows(0, count);
    check_marks(count);
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    store_writer_free(writer);
    assert_int_equal(count_files(), 1);
    check_rows(0, count);
    assert_int_equal(problems.count, 0);
}

/* ---- retention ---- */

static struct store_changes retain(const struct store_retain_options *wanted)
{
    struct error err = {0};
    struct store_changes changes;
    struct store_retain_options options = *wanted;
    options.common.folder = folder;
    assert_int_equal(store_retain(&options, &changes, &problems, &err), TOCSIN_OK);
    assert_int_equal(problems.count, 0);
    return changes;
}

static void the_old_go(void **state)
{
    (void)state;
    uint64_t count = write_parts();
    uint64_t first = 700 + 1; /* of the third part */
    struct store_retain_options options = {
        .has_old = true, .old_before_ms = 1700000000000 + (int64_t)first * 17, .is_dry_run = true};
    struct store_changes changes = retain(&options);
    assert_true(changes.segments_deleted == 2 && changes.rows_after == count - first);
    assert_true(changes.segments_after == countof(parts) - 2 && changes.bytes_after < changes.bytes_before);
    check_rows(0, count);
    struct store_reader *before = open_reader();
    options.is_dry_run = false;
    changes = retain(&options);
    assert_true(changes.segments_deleted == 2 && changes.rows_before == count && changes.rows_after == count - first);
    assert_int_equal(count_files(), countof(parts) - 2 + 1); /* and one with the notes */
    check_rows(first, count);
    check_marks(count);
    assert_int_equal(store_rows_check(&rows, before, &rows.fields, 0, true, 0), count);
    store_reader_free(before);
    changes = retain(&options);
    assert_true(changes.segments_deleted == 0 && changes.segments_before == changes.segments_after);
    options.old_before_ms = 1700000000000 + (int64_t)(count - 1) * 17;
    changes = retain(&options);
    assert_int_equal(changes.segments_deleted, countof(parts) - 3);
    assert_int_equal(count_files(), 2); /* the last part, and one with the notes of all others */
    check_rows(count - 800, count);
    check_marks(count);
    options.old_before_ms++;
    changes = retain(&options);
    assert_true(changes.rows_after == 0 && changes.segments_deleted == 1);
    assert_int_equal(count_files(), 1);
    check_rows(0, 0);
    check_marks(count);
    assert_int_equal(retain(&options).segments_deleted, 0);
    static const struct part more = {50, 300, CHUNK_LZ4, false};
    write_part(count, &more); /* and the store goes on */
    check_rows(count, count + 50);
}

static void what_is_too_much_goes(void **state)
{
    (void)state;
    uint64_t count = write_parts();
    struct store_retain_options options = {.bytes_max = UINT64_MAX};
    struct store_changes changes = retain(&options);
    assert_int_equal(changes.segments_deleted, 0);
    uint64_t bytes = changes.bytes_before;
    options.bytes_max = bytes - 1;
    changes = retain(&options);
    assert_int_equal(changes.segments_deleted, 1);
    check_rows(700, count);
    options.bytes_max = bytes / 2;
    changes = retain(&options);
    assert_true(changes.rows_after > 0 && changes.segments_deleted > 0);
    assert_true(changes.bytes_after <= bytes / 2 + 2000); /* the notes come on top */
    check_rows(count - changes.rows_after, count);
    options.bytes_max = 1;
    changes = retain(&options);
    assert_int_equal(changes.rows_after, 0);
    check_marks(count);
}

/* ---- repair ---- */

static struct store_changes repair(void)
{
    struct error err = {0};
    struct store_changes changes;
    const struct store_maintenance_options options = {.folder = folder};
    tocsin_status status = store_repair(&options, &changes, &problems, &err);
    if (status != TOCSIN_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(status, TOCSIN_OK);
    return changes;
}

static void flip(const char *name, size_t at)
{
    char path[STORE_PATH_BYTES];
    unsigned char byte = 0;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int file = open(path, O_RDWR);
    assert_true(file >= 0 && pread(file, &byte, 1, (off_t)at) == 1);
    byte ^= (unsigned char)(1u << at % 8);
    assert_int_equal(pwrite(file, &byte, 1, (off_t)at), 1);
    close(file);
}

static size_t size_of(const char *name)
{
    char path[STORE_PATH_BYTES];
    struct stat status;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return stat(path, &status) == 0 ? (size_t)status.st_size : 0;
}

/* Rows that are whole, of a store in which values may be missing; and how many there are at all. Time says which row.
 */
static uint64_t count_whole(uint64_t *ret_all)
{
    struct error err = {0};
    struct store_reader *reader = open_reader();
    struct batch_source source;
    struct batch *got;
    uint64_t whole = 0;
    size_t input_count;
    const str *inputs = store_reader_inputs(reader, &input_count);
    struct store_scan_options scan = {.schema = rows.schema, .request = {.fields = rows.fields}, .wants_raw = true};
    *ret_all = 0;
    assert_int_equal(store_reader_scan(reader, &scan, &source, &err), TOCSIN_OK);
    tocsin_status status;
    while ((status = source.ops->next(source.state, &got, &err)) == TOCSIN_OK) {
        for (uint32_t i = 0; i < got->row_count; i++) {
            assert_true(store_rows_fill(&rows, *ret_all + i, 1));
            for (uint32_t c = 0; c < got->column_count; c++) { /* a value is right, or is not there */
                const struct column *right = batch_column(&rows.batch, got->fields[c]);
                assert_true(!column_is_valid(&got->columns[c], i) ||
                            schema_field(rows.schema, got->fields[c])->has_filler ||
                            store_rows_same_value(&got->columns[c], right, i, 0));
            }
            whole += store_rows_same(got, i, &rows.batch, 0, inputs, true);
        }
        *ret_all += got->row_count;
    }
    assert_int_equal(status, TOCSIN_END);
    source.ops->close(source.state);
    assert_int_equal(store_reader_problems(reader)->count, 0);
    struct store_statistics statistics;
    assert_int_equal(store_reader_verify(reader, &statistics, &err), TOCSIN_OK);
    assert_int_equal(statistics.damaged, 0);
    assert_int_equal(store_reader_problems(reader)->count, 0);
    store_reader_free(reader);
    return whole;
}

/* Bits are flipped all over a segment, one after the other; after each a repaired store is sound, and has all rows, of
 * which those of one block at most lost a value. */
static void damage_is_cut_out(void **state)
{
    (void)state;
    static const char name[] = "0000000000000001.segment";
    static const struct part part = {400, 100, CHUNK_LZ4, false};
    uint64_t losses = 0;
    uint64_t repairs = 0;
    for (size_t at = 0;; at += at < 200 ? 9 : 389) {
        write_part(0, &part);
        size_t bytes = size_of(name);
        if (at >= bytes) {
            break;
        }
        flip(name, at);
        struct store_changes changes = repair();
        uint64_t all;
        uint64_t whole = count_whole(&all);
        repairs += changes.segments_rewritten;
        assert_int_equal(all, 400);
        assert_true(whole >= 300);
        assert_int_equal(problems.rows_lost > 0, whole < 400);
        assert_true(problems.rows_lost >= 400 - whole);
        losses += whole < 400;
        assert_int_equal(repair().segments_rewritten, 0); /* nothing is left to do */
        assert_int_equal(count_files(), 1);
        store_problems_release(&problems);
        store_problems_init(&problems);
        empty_folder(folder);
    }
    assert_true(losses > 10 && repairs > losses);
    print_message("%llu repairs, %llu with losses\n", (unsigned long long)repairs, (unsigned long long)losses);
}

/* Records that fill several chunks of a block: a damaged one costs its own values, and the raw lines in them. */
static void a_chunk_costs_its_values(void **state)
{
    (void)state;
    enum { RECORDS = 400, RECORD_BYTES = 3000 };
    static char record[RECORD_BYTES];
    struct error err = {0};
    struct store_writer *writer = NULL;
    struct store_writer_options options = {.folder = folder, .schema = rows.schema};
    struct field_set fields = {0};
    struct batch batch;
    uint64_t random = 1;
    field_set_add(&fields, FIELD_PAYLOAD);
    field_set_add(&fields, rows.number);
    assert_int_equal(batch_init(&batch, rows.schema, &fields, &err), TOCSIN_OK);
    for (int64_t n = 0; n < RECORDS; n++) {
        for (size_t i = 0; i < sizeof(record); i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            record[i] = (char)('!' + (random >> 33) % 90);
        }
        uint32_t row = batch_add_row(&batch);
        str copy = batch_copy(&batch, (str){record, sizeof(record)});
        column_set_string(batch_column(&batch, FIELD_PAYLOAD), row, copy);
        column_set_integer(batch_column(&batch, rows.number), row, n);
        batch_add_evidence(&batch, (struct evidence){.line = (uint64_t)n + 1, .line_count = 1, .raw = copy});
    }
    assert_int_equal(batch_finish(&batch, &err), TOCSIN_OK);
    assert_int_equal(store_writer_open(&options, &writer, &problems, &err), TOCSIN_OK);
    assert_int_equal(store_writer_push(writer, &batch, store_rows_inputs, STORE_ROWS_INPUTS, &err), TOCSIN_OK);
    assert_int_equal(store_writer_seal(writer, &err), TOCSIN_OK);
    store_writer_free(writer);
    batch_release(&batch);
    static const char name[] = "0000000000000001.segment";
    flip(name, size_of(name) / 2);
    assert_int_equal(repair().rows_after, RECORDS);
    struct store_reader *reader = open_reader();
    struct batch_source source;
    struct batch *got;
    uint64_t lost = 0;
    int64_t n = 0;
    struct store_scan_options scan = {.schema = rows.schema, .request = {.fields = fields}, .wants_raw = true};
    assert_int_equal(store_reader_scan(reader, &scan, &source, &err), TOCSIN_OK);
    while (source.ops->next(source.state, &got, &err) == TOCSIN_OK) {
        for (uint32_t i = 0; i < got->row_count; i++, n++) {
            const struct evidence *line = &got->evidence[got->rows[i].evidence_first];
            bool is_lost = !column_is_valid(batch_column(got, FIELD_PAYLOAD), i);
            assert_int_equal(column_integer(batch_column(got, rows.number), i), n);
            assert_true(got->rows[i].evidence_count == 1 && line->line == (uint64_t)n + 1);
            assert_int_equal(line->raw.len, is_lost ? 0 : RECORD_BYTES);
            lost += is_lost;
        }
    }
    source.ops->close(source.state);
    store_reader_free(reader);
    assert_int_equal(n, RECORDS);
    assert_true(lost > 0 && lost <= LIMIT_STORE_RECORD_CHUNK_BYTES / RECORD_BYTES);
    assert_int_equal(problems.count, 1);
    assert_int_equal(problems.rows_lost, lost);
}

static void what_cannot_be_read_is_set_aside(void **state)
{
    (void)state;
    uint64_t count = write_parts();
    char path[STORE_PATH_BYTES];
    static const char name[] = "0000000000000002.segment";
    size_t bytes = size_of(name);
    for (size_t at = 0; at < bytes; at++) {
        flip(name, at);
    }
    put_file("000000000000000f.segment");
    struct store_changes changes = repair();
    assert_int_equal(changes.segments_after, countof(parts) - 1);
    assert_int_equal(changes.rows_after, count - 1);
    assert_true(size_of("0000000000000002.segment.damaged") == bytes);
    snprintf(path, sizeof(path), "%s/000000000000000f.segment.damaged", folder);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(problems.count, 2);
    assert_int_equal(repair().segments_after, countof(parts) - 1);
    assert_int_equal(problems.count, 2);
    /* A second one of the same name is not written over the first. */
    flip("0000000000000002.segment.damaged", 0);
    put_file(name);
    assert_int_equal(repair().segments_after, countof(parts));
    assert_int_equal(problems.count, 3);
    assert_true(size_of("0000000000000002.segment.damaged") == bytes);
}

/* A newer program's segments are none of our business. */
static void what_is_newer_stays(void **state)
{
    (void)state;
    char path[STORE_PATH_BYTES];
    struct strbuf header;
    strbuf_init(&header, KIBI);
    struct segment_map map = {.sequence = 1, .last_sequence = 1};
    segment_header_put(&header, &map);
    header.data[8]++;
    uint64_t sum = htole64(chunk_checksum((str){header.data, 56}));
    memcpy(header.data + 56, &sum, sizeof(sum));
    snprintf(path, sizeof(path), "%s/0000000000000001.segment", folder);
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(file, header.data, header.len), header.len);
    close(file);
    strbuf_release(&header);
    struct store_changes changes = repair();
    assert_int_equal(changes.segments_after, 1);
    assert_int_equal(problems.count, 1);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(
        compact(&(struct store_compact_options){.has_old = true, .old_before_ms = INT64_MAX}).segments_after, 1);
}

/* What is damaged is not moved, and what is moved around it keeps its order. */
static void damage_is_left_alone_by_compaction(void **state)
{
    (void)state;
    uint64_t count = write_parts();
    static const char name[] = "0000000000000003.segment";
    flip(name, size_of(name) / 3);
    struct store_changes changes = compact(&(struct store_compact_options){.segment_rows = 4000});
    assert_true(changes.segments_after < changes.segments_before);
    assert_int_equal(changes.rows_after, count);
    assert_true(problems.count > 0);
    assert_true(size_of(name) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_become_one, begin, end),
        cmocka_unit_test_setup_teardown(segments_have_their_size, begin, end),
        cmocka_unit_test_setup_teardown(old_ones_are_pressed_harder, begin, end),
        cmocka_unit_test_setup_teardown(unknown_columns_stay, begin, end),
        cmocka_unit_test_setup_teardown(it_can_be_stopped, begin, end),
        cmocka_unit_test_setup_teardown(there_is_one_at_a_time, begin, end),
        cmocka_unit_test_setup_teardown(names_say_who_stands_for_whom, begin, end),
        cmocka_unit_test_setup_teardown(what_a_crash_leaves_is_cleared, begin, end),
        cmocka_unit_test_setup_teardown(the_old_go, begin, end),
        cmocka_unit_test_setup_teardown(what_is_too_much_goes, begin, end),
        cmocka_unit_test_setup_teardown(damage_is_cut_out, begin, end),
        cmocka_unit_test_setup_teardown(a_chunk_costs_its_values, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_set_aside, begin, end),
        cmocka_unit_test_setup_teardown(what_is_newer_stays, begin, end),
        cmocka_unit_test_setup_teardown(damage_is_left_alone_by_compaction, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
