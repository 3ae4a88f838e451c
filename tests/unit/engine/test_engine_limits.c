/* Limits of base/limits.h as a caller of the library meets them: a clear error, or the same answer from disk. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "tocsin/tocsin.h"

enum { LINES = 520, LINE_BYTES = 100 * 1024 }; /* more than LIMIT_SPOOL_BYTES together */

struct fixture {
    tocsin_engine *engine;
    char log[40];
    struct strbuf text;
    struct tocsin_error err;
};

static struct fixture fixture;

static int set_up_all(void **state)
{
    (void)state;
    fixture = (struct fixture){.log = "/tmp/test_engine_limits_XXXXXX"};
    assert_int_equal(tocsin_engine_create(&(struct tocsin_engine_options){.time_zone = "UTC"}, &fixture.engine, NULL),
                     TOCSIN_OK);
    int fd = mkstemp(fixture.log);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    char *filler = malloc(LINE_BYTES);
    assert_non_null(filler);
    memset(filler, 'x', LINE_BYTES);
    for (int i = 0; i < LINES; i++) {
        fprintf(file, "line %03d %.*s\n", (i * 7) % LINES, LINE_BYTES, filler);
    }
    free(filler);
    return fclose(file);
}

static int tear_down_all(void **state)
{
    (void)state;
    tocsin_engine_free(fixture.engine);
    return unlink(fixture.log);
}

static int set_up(void **state)
{
    (void)state;
    fixture.err = (struct tocsin_error){0};
    strbuf_init(&fixture.text, 16 * MEBI);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    strbuf_release(&fixture.text);
    return 0;
}

/* "a0 b, a1 b, ..." */
static void append_list(const char *before, const char *behind, const char *separator, int count)
{
    for (int i = 0; i < count; i++) {
        strbuf_append(&fixture.text, str_from_cstring(i > 0 ? separator : ""));
        strbuf_append_format(&fixture.text, "%s%d%s", before, i, behind);
    }
}

static tocsin_status prepare(tocsin_query **ret_query)
{
    assert_false(fixture.text.is_failed);
    return tocsin_query_prepare(fixture.engine, fixture.text.data, fixture.text.len, "query", ret_query, &fixture.err);
}

static void assert_refused(const char *message)
{
    tocsin_query *query = NULL;
    tocsin_status status = prepare(&query);
    if ((status != TOCSIN_ERROR_LIMIT && status != TOCSIN_ERROR_SYNTAX) || query || !fixture.err.message[0] ||
        !strstr(fixture.err.message, message)) {
        fail_msg("%s: %s", tocsin_status_name(status), fixture.err.message);
    }
}

static void assert_accepted(void)
{
    tocsin_query *query = NULL;
    if (prepare(&query) != TOCSIN_OK) {
        fail_msg("%s", fixture.err.message);
    }
    tocsin_query_free(query);
}

struct answer {
    size_t bytes;
    int lines;
    bool is_sorted;
    char start[9]; /* of the newest line */
    size_t start_bytes;
};

static int collect(void *context, const char *bytes, size_t byte_count)
{
    struct answer *answer = context;
    for (size_t i = 0; i < byte_count; i++) {
        if (answer->start_bytes < 8) {
            answer->start[answer->start_bytes++] = bytes[i];
        }
        if (bytes[i] == '\n') {
            char expected[20];
            snprintf(expected, sizeof(expected), "line %03d", answer->lines - 1);
            answer->is_sorted &= answer->lines == 0 || strcmp(answer->start, expected) == 0;
            answer->lines++;
            answer->start_bytes = 0;
        }
    }
    answer->bytes += byte_count;
    return 0;
}

static tocsin_status run(struct answer *answer)
{
    *answer = (struct answer){.is_sorted = true};
    tocsin_query *query = NULL;
    tocsin_run *handle = NULL;
    tocsin_status status = prepare(&query);
    assert_int_equal(status, TOCSIN_OK);
    const char *inputs[] = {fixture.log};
    struct tocsin_run_options options = {
        .inputs = inputs, .input_count = 1, .output = "tsv", .write = collect, .write_context = answer};
    status = tocsin_run_query(fixture.engine, query, &options, &handle, &fixture.err);
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(handle, &fixture.err);
    }
    tocsin_run_free(handle);
    tocsin_query_free(query);
    return status;
}

static void query_text(void **state)
{
    (void)state;
    str head = STR("SELECT username FROM events ");
    strbuf_append(&fixture.text, head);
    while (fixture.text.len < LIMIT_QUERY_BYTES) {
        strbuf_append_char(&fixture.text, ' ');
    }
    assert_accepted();
    strbuf_append_char(&fixture.text, ' ');
    assert_refused("1048576 bytes");
}

static void lists(void **state)
{
    (void)state;
    for (int over = 0; over <= 1; over++) {
        strbuf_clear(&fixture.text);
        strbuf_append(&fixture.text, STR("SELECT username FROM events WHERE qid IN ("));
        append_list("", "", ",", LIMIT_IN_LIST + over);
        strbuf_append_char(&fixture.text, ')');
        if (over) {
            assert_refused("more than 10000 values in the IN list");
        } else {
            assert_accepted();
        }
        strbuf_clear(&fixture.text);
        strbuf_append(&fixture.text, STR("SELECT "));
        append_list("qid AS a", "", ",", LIMIT_SELECT_ITEMS + over);
        strbuf_append(&fixture.text, STR(" FROM events"));
        if (over) {
            assert_refused("more than 1000 items after SELECT");
        } else {
            assert_accepted();
        }
    }
}

static void parts_of_a_query(void **state)
{
    (void)state;
    strbuf_append(&fixture.text, STR("SELECT username FROM events WHERE "));
    append_list("qid!=", "", " AND ", LIMIT_EXPRESSION_NODES / 3 + 1);
    assert_refused("more than 200000 parts");
}

static void columns_of_the_result(void **state)
{
    (void)state;
    strbuf_append(&fixture.text, STR("SELECT *"));
    for (int i = 1; i < LIMIT_SELECT_ITEMS; i++) {
        strbuf_append(&fixture.text, STR(",*"));
    }
    strbuf_append(&fixture.text, STR(" FROM events"));
    assert_refused("more than 4096 columns");
}

/* Texts of 2,000 columns for a whole batch are more than LIMIT_QUERY_RUN_BYTES. */
static void memory_of_a_program(void **state)
{
    (void)state;
    strbuf_append(&fixture.text, STR("SELECT "));
    append_list("CONCAT(username, 'a", "')", ",", 1000);
    strbuf_append(&fixture.text, STR(" FROM events ORDER BY "));
    append_list("CONCAT(username, 'b", "')", ",", 1000);
    struct answer answer;
    assert_int_equal(run(&answer), TOCSIN_ERROR_LIMIT);
    assert_string_equal(fixture.err.message, "the program of the query needs more than 64 MiB");
}

/* The values of one row that are too large together; large values of many rows are taken in parts. */
static void values_of_a_batch(void **state)
{
    (void)state;
    enum { PAYLOADS = LIMIT_BATCH_BYTES / LINE_BYTES / 2 + 10 };
    for (int column = 0; column < 2; column++) {
        strbuf_append(&fixture.text, column == 0 ? STR("SELECT CONCAT(payload") : STR("), CONCAT(payload"));
        for (int i = 0; i < PAYLOADS; i++) {
            strbuf_append(&fixture.text, STR(",payload"));
        }
    }
    strbuf_append(&fixture.text, STR(") FROM events"));
    struct answer answer;
    assert_int_equal(run(&answer), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(fixture.err.message, "needs more than 128 MiB"));
}

static void rows_beyond_memory_go_to_disk(void **state)
{
    (void)state;
    assert_true((size_t)LINES * LINE_BYTES > LIMIT_SPOOL_BYTES);
    static const char *const queries[] = {
        "SELECT UTF8(payload) FROM events ORDER BY payload",                            /* the sorter */
        "SELECT UTF8(payload) FROM events WHERE NOW() > 0 OR qid = 1 ORDER BY payload", /* the spool as well */
    };
    for (size_t i = 0; i < countof(queries); i++) {
        strbuf_clear(&fixture.text);
        strbuf_append(&fixture.text, str_from_cstring(queries[i]));
        struct answer answer;
        tocsin_status status = run(&answer);
        if (status != TOCSIN_END) {
            fail_msg("%s: %s", tocsin_status_name(status), fixture.err.message);
        }
        assert_int_equal(answer.lines, LINES + 1);
        assert_true(answer.is_sorted);
        assert_true(answer.bytes > (size_t)LINES * LINE_BYTES);
    }
}

/* Many columns without a name: each gets its own, and that takes no time. */
static void names_of_equal_columns(void **state)
{
    (void)state;
    strbuf_append(&fixture.text, STR("SELECT UPPER(username) AS upper_username_2"));
    for (int i = 1; i < LIMIT_SELECT_ITEMS; i++) {
        strbuf_append(&fixture.text, STR(", UPPER(username)"));
    }
    strbuf_append(&fixture.text, STR(" FROM events"));
    assert_accepted();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(query_text),
        TEST(lists),
        TEST(parts_of_a_query),
        TEST(columns_of_the_result),
        TEST(memory_of_a_program),
        TEST(values_of_a_batch),
        TEST(names_of_equal_columns),
        TEST(rows_beyond_memory_go_to_disk),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
