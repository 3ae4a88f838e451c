/* Cursors: what is written is read, names are taken for a day, and no damaged file is believed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/cursor.h"

enum { NOW_MS = 1000000000, COLUMNS = 5 };

static char folder[] = "/tmp/tocsin-cursors-XXXXXX/deep";

static const struct result_column columns[COLUMNS] = {
    {{"who", sizeof("who") - 1}, TYPE_STRING, DOMAIN_NONE},
    {{"n", sizeof("n") - 1}, TYPE_INT64, DOMAIN_TIME_MS},
    {{"share", sizeof("share") - 1}, TYPE_DOUBLE, DOMAIN_NONE},
    {{"is it", sizeof("is it") - 1}, TYPE_BOOL, DOMAIN_NONE},
    {{"from", sizeof("from") - 1}, TYPE_IP, DOMAIN_NONE}};
static const str inputs[] = {{"a.log", sizeof("a.log") - 1}, {"b\n.log", sizeof("b\n.log") - 1}};

static int make_folder(void **state)
{
    char *last = strrchr(folder, '/');
    *last = '\0';
    bool is_made = mkdtemp(folder) != NULL;
    *last = '/';
    return is_made ? 0 : -1;
}

/* Rows 0 .. count - 1; every third value is null. */
static tocsin_status write_cursor(const char *name, uint32_t count, int64_t now_ms, bool replaces, struct error *err)
{
    struct result_header header = {
        .columns = columns, .column_count = COLUMNS, .input_names = inputs, .input_count = countof(inputs)};
    struct cursor_writer_options options = {
        .folder = folder, .name = str_from_cstring(name), .query = STR("SELECT x"), .now_ms = now_ms,
        .replaces = replaces};
    struct cursor_writer *writer = NULL;
    tocsin_status status = cursor_writer_create(&options, &header, &writer, err);
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    for (uint32_t first = 0; status == TOCSIN_OK && first < count; first += BATCH_ROWS_MAX) {
        struct column values[COLUMNS];
        struct result_evidence *evidence = arena_array(&arena, struct result_evidence, BATCH_ROWS_MAX);
        uint32_t rows = count - first < BATCH_ROWS_MAX ? count - first : BATCH_ROWS_MAX;
        for (uint32_t i = 0; i < COLUMNS; i++) {
            assert_true(column_init(&values[i], columns[i].type, &arena));
        }
        for (uint32_t row = 0; row < rows; row++) {
            uint32_t n = first + row;
            struct evidence *line = arena_new(&arena, struct evidence);
            *line = (struct evidence){.input = n % 2, .line_count = 1, .line = n + 1, .raw = STR("raw \x01")};
            evidence[row] = (struct result_evidence){line, 1, n % 4};
            if (n % 3 == 0) {
                continue;
            }
            column_set_string(&values[0], row, n % 2 ? STR("bob") : STR_EMPTY);
            column_set_integer(&values[1], row, -(int64_t)n);
            column_set_double(&values[2], row, n / 8.0);
            column_set_bool(&values[3], row, n % 2);
            column_set_ip(&values[4], row, IP_V4_NONE);
        }
        struct result_batch batch = {.columns = values, .row_count = rows, .evidence = evidence};
        status = cursor_writer_push(writer, &batch, err);
    }
    status = status == TOCSIN_OK ? cursor_writer_finish(writer, NOW_MS - 5, err) : status;
    cursor_writer_free(writer);
    arena_release(&arena);
    return status;
}

static void check_row(struct batch *batch, uint32_t row, uint32_t n)
{
    const struct evidence *line = &batch->evidence[batch->rows[row].evidence_first];
    assert_int_equal(batch->rows[row].evidence_count, 1);
    assert_int_equal(batch->rows[row].evidence_more, n % 4);
    assert_true(line->input == 7 + n % 2 && line->line == n + 1 && str_eq(line->raw, STR("raw \x01")));
    for (field_id i = 0; i < COLUMNS; i++) {
        assert_int_equal(column_is_valid(batch_column(batch, i), row), n % 3 != 0);
    }
    if (n % 3 != 0) {
        assert_true(str_eq(column_string(batch_column(batch, 0), row), n % 2 ? STR("bob") : STR_EMPTY));
        assert_int_equal(column_integer(batch_column(batch, 1), row), -(int64_t)n);
        assert_true(column_double(batch_column(batch, 2), row) == n / 8.0);
        assert_int_equal(column_bool(batch_column(batch, 3), row), n % 2);
    }
}

/* Reads all rows; how many there were, or the failure. */
static tocsin_status read_cursor(const char *name, int64_t now_ms, bool checks, uint32_t *ret_rows, struct error *err)
{
    struct cursor_reader *reader = NULL;
    struct schema *schema = NULL;
    struct batch batch;
    *ret_rows = 0;
    tocsin_status status = cursor_reader_open(folder, str_from_cstring(name), now_ms, &reader, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    assert_true(cursor_reader_now(reader) == NOW_MS - 5);
    status = cursor_reader_schema(reader, &schema, err);
    if (status != TOCSIN_OK) {
        cursor_reader_free(reader);
        return status;
    }
    struct field_set fields = {0};
    for (size_t i = 0; i < schema_field_count(schema); i++) {
        field_set_add(&fields, (field_id)i);
    }
    assert_int_equal(batch_init(&batch, schema, &fields, err), TOCSIN_OK);
    while (status == TOCSIN_OK) {
        status = cursor_reader_next(reader, 7, &batch, err);
        for (uint32_t row = 0; status == TOCSIN_OK && row < batch.row_count; row++) {
            if (checks) {
                check_row(&batch, row, *ret_rows);
            }
            (*ret_rows)++;
        }
    }
    batch_release(&batch);
    schema_free(schema);
    cursor_reader_free(reader);
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static void rows_come_back(void **state)
{
    (void)state;
    const uint32_t counts[] = {0, 1, 7, BATCH_ROWS_MAX, 3 * BATCH_ROWS_MAX + 5};
    for (size_t i = 0; i < countof(counts); i++) {
        struct error err = {0};
        uint32_t rows;
        assert_int_equal(write_cursor("Round Trip/..", counts[i], NOW_MS, true, &err), TOCSIN_OK);
        assert_int_equal(read_cursor("round trip/..", NOW_MS, true, &rows, &err), TOCSIN_OK);
        assert_int_equal(rows, counts[i]);
    }
}

static void a_name_is_taken_for_a_day(void **state)
{
    (void)state;
    struct error err = {0};
    uint32_t rows;
    assert_int_equal(write_cursor("daily", 3, NOW_MS, false, &err), TOCSIN_OK);
    assert_int_equal(write_cursor("DAILY", 4, NOW_MS + CURSOR_LIFETIME_MS, false, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "\"DAILY\" is already in use"));
    assert_int_equal(write_cursor("daily", 5, NOW_MS, true, &err), TOCSIN_OK);
    assert_int_equal(read_cursor("daily", NOW_MS + CURSOR_LIFETIME_MS, false, &rows, &err), TOCSIN_OK);
    assert_int_equal(rows, 5);
    assert_int_equal(read_cursor("daily", NOW_MS + CURSOR_LIFETIME_MS + 1, false, &rows, &err), TOCSIN_END);
    assert_int_equal(read_cursor("nobody", NOW_MS, false, &rows, &err), TOCSIN_END);
}

static void folder_is_listed_and_emptied(void **state)
{
    (void)state;
    struct error err = {0};
    struct arena arena;
    struct cursor_info *cursors = NULL;
    size_t count = 0;
    arena_init(&arena, ARENA_NO_LIMIT);
    assert_int_equal(write_cursor("listed", 3, NOW_MS + 5000, true, &err), TOCSIN_OK);
    assert_int_equal(write_cursor("old", 3, 1, true, &err), TOCSIN_OK);
    assert_int_equal(cursor_list(folder, NOW_MS + CURSOR_LIFETIME_MS + 5000, &arena, &cursors, &count, &err),
                     TOCSIN_OK);
    assert_int_equal(count, 1);
    assert_true(str_eq(cursors[0].name, STR("listed")) && cursors[0].rows == 3 && !cursors[0].is_damaged);
    assert_int_equal(cursor_delete(folder, STR("Listed"), &err), TOCSIN_OK);
    assert_int_equal(cursor_delete(folder, STR("listed"), &err), TOCSIN_END);
    char path[4200];
    assert_int_equal(write_cursor("my Löst %41", 1, NOW_MS, true, &err), TOCSIN_OK);
    snprintf(path, sizeof(path), "%s/my%%20l%%c3%%b6st%%20%%2541.cursor", folder);
    assert_int_equal(truncate(path, 10), 0);
    assert_int_equal(cursor_list(folder, NOW_MS, &arena, &cursors, &count, &err), TOCSIN_OK);
    assert_int_equal(count, 1);
    assert_true(cursors[0].is_damaged && str_eq(cursors[0].name, STR("my löst %41")));
    assert_int_equal(cursor_delete(folder, cursors[0].name, &err), TOCSIN_OK);
    assert_int_equal(cursor_list("/nonexistent/folder", 0, &arena, &cursors, &count, &err), TOCSIN_OK);
    assert_int_equal(count, 0);
    arena_release(&arena);
}

static void names_are_bounded(void **state)
{
    (void)state;
    struct error err = {0};
    char name[LIMIT_CURSOR_NAME_BYTES + 2];
    memset(name, '/', sizeof(name));
    name[LIMIT_CURSOR_NAME_BYTES + 1] = '\0';
    assert_int_equal(write_cursor(name, 1, NOW_MS, false, &err), TOCSIN_ERROR_LIMIT);
    name[LIMIT_CURSOR_NAME_BYTES] = '\0';
    assert_int_equal(write_cursor(name, 1, NOW_MS, false, &err), TOCSIN_OK);
    assert_int_equal(write_cursor("", 1, NOW_MS, false, &err), TOCSIN_ERROR_LIMIT);
}

/* Every byte flipped, every length cut: an error, never other rows. */
static void damage_is_found(void **state)
{
    (void)state;
    struct error err = {0};
    uint32_t rows;
    assert_int_equal(write_cursor("hurt", 5, NOW_MS, true, &err), TOCSIN_OK);
    char path[4200];
    snprintf(path, sizeof(path), "%s/hurt.cursor", folder);
    int file = open(path, O_RDWR);
    char bytes[8192];
    ssize_t length = read(file, bytes, sizeof(bytes));
    assert_true(length > 100 && length < (ssize_t)sizeof(bytes));
    for (ssize_t i = 0; i < length; i++) {
        char flipped = (char)(bytes[i] ^ (1 << i % 8));
        assert_int_equal(pwrite(file, &flipped, 1, i), 1);
        assert_int_equal(read_cursor("hurt", NOW_MS, false, &rows, &err), TOCSIN_ERROR_INPUT);
        assert_int_equal(pwrite(file, &bytes[i], 1, i), 1);
    }
    assert_int_equal(read_cursor("hurt", NOW_MS, true, &rows, &err), TOCSIN_OK);
    for (ssize_t i = length - 1; i >= 0; i--) {
        assert_int_equal(ftruncate(file, i), 0);
        assert_int_equal(read_cursor("hurt", NOW_MS, false, &rows, &err), TOCSIN_ERROR_INPUT);
    }
    assert_non_null(strstr(err.message, "is damaged: it is too short"));
    unlink(path);
    close(file);
}

static void a_full_disk_leaves_nothing(void **state)
{
    (void)state;
    struct error err = {0};
    struct cursor_writer_options options = {.folder = "/proc/nowhere", .name = STR("x"), .now_ms = NOW_MS};
    struct result_header header = {.columns = columns, .column_count = COLUMNS};
    struct cursor_writer *writer = NULL;
    assert_int_equal(cursor_writer_create(&options, &header, &writer, &err), TOCSIN_ERROR_OUTPUT);
    assert_null(writer);
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    return remove(path);
}

static int remove_folder(void **state)
{
    *strrchr(folder, '/') = '\0';
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back),      cmocka_unit_test(a_name_is_taken_for_a_day),
        cmocka_unit_test(damage_is_found),     cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(folder_is_listed_and_emptied), cmocka_unit_test(a_full_disk_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
