/* EXECUTIONTIMELIMIT: when it is over, and that each part of a query that may take long looks at it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "base/limits.h"
#include "execute/execution.h"
#include "language/syntax.h"

static struct schema *schema;

static int set_up(void **state)
{
    (void)state;
    return schema_create(&schema, NULL) == TOCSIN_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    schema_free(schema);
    return 0;
}

static void sleep_ms(long ms)
{
    struct timespec rest = {.tv_nsec = ms * 1000000};
    while (nanosleep(&rest, &rest) != 0) {
    }
}

static void is_over_when_its_time_is(void **state)
{
    (void)state;
    struct error err = {0};
    struct time_limit limit = time_limit_start(1);
    sleep_ms(2);
    assert_int_equal(time_limit_check(&limit, &err), TOCSIN_ERROR_LIMIT);
    assert_string_equal(err.message, "the query has run longer than its EXECUTIONTIMELIMIT of 1 ms");
    assert_non_null(strstr(err.hint, "EXECUTIONTIMELIMIT"));
    limit = time_limit_start(3600000);
    assert_int_equal(time_limit_check(&limit, &err), TOCSIN_OK);
    static const int64_t never[] = {0, -1, INT64_MIN, INT64_MAX, INT64_MAX / 1000000};
    for (size_t i = 0; i < countof(never); i++) {
        limit = time_limit_start(never[i]);
        sleep_ms(1);
        assert_int_equal(time_limit_check(&limit, &err), TOCSIN_OK);
    }
}

/* ---- the parts of a query ---- */

struct query {
    struct arena arena;
    struct plan *plan;
    struct program_environment environment;
    struct batch batch;
    uint32_t rows_out;
};

static tocsin_status count_rows(void *state, const struct result_batch *result, struct error *err)
{
    uint32_t *rows = state;
    *rows += result->row_count;
    return TOCSIN_OK;
}

static const struct result_sink_ops sink_ops = {.push = count_rows};

/* The query, and a batch of three rows for it. */
static void prepare(struct query *query, const char *text)
{
    struct syntax_select *select = NULL;
    struct error err = {0};
    str aql = str_from_cstring(text);
    *query = (struct query){.environment.functions.now_ms = 5000};
    arena_init(&query->arena, ARENA_NO_LIMIT);
    assert_int_equal(aql_parse(&query->arena, aql, "query", &select, &err), TOCSIN_OK);
    assert_int_equal(
        plan_bind(select, aql, "query", schema, &(struct plan_options){0}, NULL, &query->plan, &err), TOCSIN_OK);
    assert_int_equal(regex_scratch_create(&query->environment.scratch, NULL), TOCSIN_OK);
    struct field_set fields = {0};
    execution_fields(query->plan, &fields);
    assert_int_equal(batch_init(&query->batch, schema, &fields, NULL), TOCSIN_OK);
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t row = batch_add_row(&query->batch);
        column_set_integer(batch_column(&query->batch, FIELD_STARTTIME), row, 1000 * (int64_t)(i + 1));
        column_set_integer(batch_column(&query->batch, FIELD_EVENTCOUNT), row, 1);
        batch_add_evidence(&query->batch, (struct evidence){.line = i + 1, .line_count = 1, .raw = STR("raw")});
    }
    assert_int_equal(batch_finish(&query->batch, NULL), TOCSIN_OK);
}

static void release(struct query *query)
{
    batch_release(&query->batch);
    regex_scratch_free(query->environment.scratch);
    plan_free(query->plan);
    arena_release(&query->arena);
}

/* Rows go in while there is time; then there is none. */
static tocsin_status finish_late(const char *text, bool is_late, uint32_t *ret_rows)
{
    struct query query;
    prepare(&query, text);
    struct time_limit limit = {0};
    struct pipeline_options options = {.bytes_max = MEBI, .group_bytes_max = MEBI, .time_limit = &limit};
    struct pipeline *pipeline = NULL;
    struct error err = {0};
    static const uint16_t rows[] = {0, 1, 2};
    assert_int_equal(pipeline_create(query.plan, &query.environment, NULL, &options,
                                     (struct result_sink){&sink_ops, &query.rows_out}, &pipeline, &err),
                     TOCSIN_OK);
    assert_int_equal(pipeline_push(pipeline, &query.batch, rows, 3, &err), TOCSIN_OK);
    if (is_late) {
        limit = (struct time_limit){.limit_ms = 1, .ends_ns = 1};
        assert_int_equal(pipeline_push(pipeline, &query.batch, rows, 3, &err), TOCSIN_ERROR_LIMIT);
    }
    tocsin_status status = pipeline_finish(pipeline, &err);
    *ret_rows = query.rows_out;
    pipeline_free(pipeline);
    release(&query);
    return status;
}

static void every_part_looks_at_it(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t rows; /* in time */
    } queries[] = {
        {"SELECT eventcount FROM events ORDER BY starttime", 3},            /* rows that come out */
        {"SELECT eventcount FROM events WHERE starttime > NOW() - 4500", 3},  /* the replay */
        {"SELECT eventcount FROM events WHERE starttime < NOW() - 90000", 0}, /* also one that gives nothing */
        {"SELECT eventcount, COUNT(*) FROM events GROUP BY starttime", 3},  /* groups */
        {"SELECT sessionid FROM events SESSION BY starttime eventcount BEGIN eventcount = 1", 3},
        {"SELECT sessionid, COUNT(*) FROM events GROUP BY sessionid HAVING COUNT(*) > 9 "
         "SESSION BY starttime eventcount BEGIN eventcount = 1", 0},
    };
    for (size_t i = 0; i < countof(queries); i++) {
        uint32_t rows;
        if (finish_late(queries[i].text, false, &rows) != TOCSIN_OK || rows != queries[i].rows) {
            fail_msg("%s: %u rows", queries[i].text, rows);
        }
        if (finish_late(queries[i].text, true, &rows) != TOCSIN_ERROR_LIMIT || rows != 0) {
            fail_msg("%s: it goes on, with %u rows", queries[i].text, rows);
        }
    }
}

/* ---- the whole ---- */

static tocsin_status run_slowly(const char *text, struct error *err)
{
    struct query query;
    prepare(&query, text);
    struct execution *execution = NULL;
    struct execution_options options = {.bytes_max = MEBI, .is_now_known = true};
    assert_int_equal(execution_create(query.plan, &query.environment, &options,
                                      (struct result_sink){&sink_ops, &query.rows_out}, &execution, err),
                     TOCSIN_OK);
    tocsin_status status = execution_push(execution, &query.batch, err);
    sleep_ms(5);
    status = status == TOCSIN_OK ? execution_push(execution, &query.batch, err) : status;
    status = status == TOCSIN_OK ? execution_finish(execution, err) : status;
    execution_free(execution);
    release(&query);
    return status;
}

static void the_least_limit_holds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *limit; /* NULL: in time */
    } queries[] = {
        {"SELECT eventcount FROM events", NULL},
        {"SELECT eventcount FROM events PARAMETERS EXECUTIONTIMELIMIT=3600000", NULL},
        {"SELECT eventcount FROM events PARAMETERS EXECUTIONTIMELIMIT=0", NULL},
        {"SELECT eventcount FROM events PARAMETERS EXECUTIONTIMELIMIT=1", "of 1 ms"},
        {"SELECT eventcount FROM (SELECT eventcount FROM events PARAMETERS EXECUTIONTIMELIMIT=2) "
         "PARAMETERS EXECUTIONTIMELIMIT=3600000",
         "of 2 ms"},
        {"SELECT eventcount FROM events WHERE eventcount IN (SELECT eventcount FROM events "
         "PARAMETERS EXECUTIONTIMELIMIT=3)",
         "of 3 ms"},
        {"SELECT eventcount FROM (SELECT eventcount FROM events PARAMETERS EXECUTIONTIMELIMIT=3600000) "
         "PARAMETERS EXECUTIONTIMELIMIT=4",
         "of 4 ms"},
    };
    for (size_t i = 0; i < countof(queries); i++) {
        struct error err = {0};
        tocsin_status status = run_slowly(queries[i].text, &err);
        bool is_right = queries[i].limit ? status == TOCSIN_ERROR_LIMIT && strstr(err.message, queries[i].limit)
                                         : status == TOCSIN_OK;
        if (!is_right) {
            fail_msg("%s: %s", queries[i].text, err.message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_over_when_its_time_is),
        cmocka_unit_test(every_part_looks_at_it),
        cmocka_unit_test(the_least_limit_holds),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
