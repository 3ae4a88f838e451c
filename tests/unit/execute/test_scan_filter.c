/* What a source may leave out: conditions made at random over rows made at random. A row that the filter of a query
 * selects must pass the scan filter; a value that meets a test lies in its range and holds one of its literals. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "execute/scan_filter.h"
#include "language/syntax.h"

enum { ROWS = 300, PLANS_MAX = 40 };

struct fixture {
    struct schema *schema;
    struct log_source_table *log_sources;
    struct arena arena;
    struct plan_options options;
    struct program_environment environment;
    struct plan *plans[PLANS_MAX];
    str texts[PLANS_MAX];
    size_t plan_count;
    struct scan_filters *filters;
    struct scan_request request;
    field_id number;
    field_id text;
};

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture = (struct fixture){0};
    assert_int_equal(schema_create(&fixture.schema, NULL), TOCSIN_OK);
    assert_int_equal(schema_add_property(fixture.schema, STR("number"), TYPE_INT64, STR(""), &fixture.number, NULL),
                     TOCSIN_OK);
    assert_int_equal(schema_add_property(fixture.schema, STR("text"), TYPE_STRING, STR(""), &fixture.text, NULL),
                     TOCSIN_OK);
    assert_int_equal(log_source_table_create(&fixture.log_sources, NULL), TOCSIN_OK);
    arena_init(&fixture.arena, ARENA_NO_LIMIT);
    fixture.options.log_sources = fixture.log_sources;
    fixture.environment.functions.log_sources = fixture.log_sources;
    fixture.environment.functions.now_ms = 100000; /* rows are of its first seconds */
    assert_int_equal(regex_scratch_create(&fixture.environment.scratch, NULL), TOCSIN_OK);
    return 0;
}

static void forget(void)
{
    scan_filters_free(fixture.filters);
    fixture.filters = NULL;
    fixture.request = (struct scan_request){0};
    for (size_t i = 0; i < fixture.plan_count; i++) {
        plan_free(fixture.plans[i]);
    }
    fixture.plan_count = 0;
    arena_clear(&fixture.arena);
}

static int tear_down(void **state)
{
    (void)state;
    forget();
    regex_scratch_free(fixture.environment.scratch);
    log_source_table_free(fixture.log_sources);
    schema_free(fixture.schema);
    arena_release(&fixture.arena);
    return 0;
}

static bool add_plan(str text)
{
    struct syntax_select *select = NULL;
    struct error err = {0};
    assert_true(fixture.plan_count < PLANS_MAX);
    text = arena_copy(&fixture.arena, text);
    tocsin_status status = aql_parse(&fixture.arena, text, "query", &select, &err);
    if (status == TOCSIN_OK) {
        status = plan_bind(select, text, "query", fixture.schema, &fixture.options, NULL,
                           &fixture.plans[fixture.plan_count], &err);
    }
    if (status != TOCSIN_OK) {
        fail_msg("%.*s: %s", STR_ARG(text), err.message);
    }
    fixture.texts[fixture.plan_count++] = text;
    return true;
}

static void make_filters(bool is_now_known)
{
    struct error err = {0};
    struct scan_filter_options options = {.plans = (const struct plan *const *)fixture.plans,
                                          .plan_count = fixture.plan_count,
                                          .is_now_known = is_now_known,
                                          .thread_count = 2};
    fixture.environment.is_null_sql = fixture.options.is_null_sql;
    if (scan_filters_create(&fixture.environment, &options, &fixture.filters, &err) != TOCSIN_OK) {
        fail_msg("%s", err.message);
    }
    scan_filters_request(fixture.filters, &fixture.request);
}

/* ---- what a filter looks like ---- */

static void show_filter(struct strbuf *out, const struct scan_filter *filter)
{
    const struct scan_test *test = &filter->test;
    if (filter->kind != SCAN_TEST) {
        strbuf_append(out, filter->kind == SCAN_AND ? STR("and(") : STR("or("));
        for (uint32_t i = 0; i < filter->part_count; i++) {
            strbuf_append(out, i > 0 ? STR(" ") : STR_EMPTY);
            show_filter(out, filter->parts[i]);
        }
        strbuf_append(out, STR(")"));
        return;
    }
    strbuf_append(out, schema_field(fixture.schema, test->field)->name);
    if (test->has_range) {
        strbuf_append_format(out, "[%lld..%lld]", (long long)test->least, (long long)test->greatest);
        strbuf_append(out, test->is_range ? STR_EMPTY : STR("+"));
    }
    for (uint32_t i = 0; i < test->literal_count; i++) {
        const struct scan_literal *literal = &test->literals[i];
        strbuf_append(out, literal->is_whole ? STR("=") : literal->ignores_case ? STR("~~") : STR("~"));
        strbuf_append(out, literal->text);
    }
    strbuf_append(out, test->meets_null ? STR("?") : STR_EMPTY);
}

static void expect(const char *rest, bool is_now_known, const char *expected)
{
    struct strbuf out;
    strbuf_init(&out, 100000);
    strbuf_append_format(&out, "SELECT qid FROM events %s", rest);
    add_plan(strbuf_str(&out));
    strbuf_clear(&out);
    make_filters(is_now_known);
    strbuf_append(&out, fixture.request.filter_count == 0 ? STR("all") : STR_EMPTY);
    if (fixture.request.filter_count > 0) {
        show_filter(&out, fixture.request.filters[0]);
    }
    if (fixture.request.has_time_range) {
        strbuf_append_format(&out, " time %lld..%lld", (long long)fixture.request.time_min_ms,
                             (long long)fixture.request.time_max_ms);
    }
    if (!str_eq(strbuf_str(&out), str_from_cstring(expected))) {
        fail_msg("%s: %.*s, expected %s", rest, STR_ARG(strbuf_str(&out)), expected);
    }
    strbuf_release(&out);
    forget();
}

#define KIND "@record_kind[0..0]?"

static void conditions_become_tests(void **state)
{
    (void)state;
    expect("", true, KIND);
    expect("WHERE severity = 3", true, "and(" KIND " severity[3..3])");
    expect("WHERE severity BETWEEN 3 AND 5 AND severity <> 4", true, "and(" KIND " severity[3..5]+?)");
    expect("WHERE NOT severity > 3", true, "and(" KIND " severity[-9223372036854775808..3])");
    expect("WHERE severity IN (7, 3, 9)", true, "and(" KIND " severity[3..9]+)");
    expect("WHERE username ILIKE '%bob%' AND hostname = username", true, "and(" KIND " username~~bob)");
    expect("WHERE username ILIKE '%bob%' OR hostname = username", true, KIND);
    expect("WHERE username = 'a' OR hostname LIKE 'web%'", true, "and(" KIND " or(username=a hostname~web))");
    expect("WHERE NOT (username <> 'a' AND severity <= 3)", true,
           "and(" KIND " or(severity[4..9223372036854775807]? username))");
    expect("WHERE username = 'a' AND (username LIKE '%b%' OR username MATCHES 'cd+e')", true,
           "and(" KIND " username=a)");
    expect("WHERE username IS NULL", true, "and(username? " KIND ")");
    expect("WHERE text IN (SELECT username FROM events WHERE severity = 2)", true,
           "or(" KIND " and(" KIND " severity[2..2]))");
    expect("WHERE username NOT LIKE '%a%'", true, "and(" KIND " username?)");
}

static void time_is_known_with_now(void **state)
{
    (void)state;
    expect("START 5000 STOP 9000", true, "and(" KIND " starttime[5000..9000]) time 5000..9001");
    expect("LAST 1 MINUTES", true, "and(" KIND " starttime[40000..100000]) time 40000..100001");
    expect("LAST 1 MINUTES", false, KIND);
    expect("WHERE starttime > NOW() - 1000", true,
           "and(" KIND " starttime[99001..9223372036854775807]) time 99001..9223372036854775807");
    expect("WHERE starttime > 5 OR severity = 3", true,
           "and(" KIND " or(starttime[6..9223372036854775807] severity[3..3]))");
}

static void plans_are_parts_of_an_or(void **state)
{
    (void)state;
    add_plan(STR("SELECT qid FROM events WHERE username = 'a' START 1000 STOP 2000"));
    expect("WHERE username = 'b' START 3000 STOP 4000", true,
           "or(and(" KIND " username=a starttime[1000..2000]) and(" KIND
           " username=b starttime[3000..4000])) time 1000..4001");
    add_plan(STR("SELECT qid FROM (SELECT qid FROM events WHERE username = 'a')"));
    add_plan(STR("SELECT qid FROM (SELECT qid, username FROM events) WHERE username = 'a'"));
    expect("WHERE username = 'a'", true, "or(" KIND " and(" KIND " username=a) and(" KIND " username=a))");
}

static void many_plans_have_tests_in_common(void **state)
{
    (void)state;
    for (int i = 0; i < PLANS_MAX - 1; i++) {
        char text[200];
        (void)snprintf(text, sizeof(text), "SELECT qid FROM events WHERE text ILIKE '%%w%dx%%' AND severity > %d",
                       i % 12, i);
        add_plan(str_from_cstring(text));
    }
    expect("WHERE text = 'q' AND username = 'r' AND severity < 2", true,
           "and(" KIND " severity? text~~w0x~~w1x~~w2x~~w3x~~w4x~~w5x~~w6x~~w7x~~w8x~~w9x~~w10x~~w11x=q)");
}

static void what_takes_too_long_has_no_filter(void **state)
{
    (void)state;
    /* Each OR has two tests of its own, which cannot be merged. */
    struct strbuf text;
    strbuf_init(&text, MEBI);
    strbuf_append(&text, STR("SELECT qid FROM events WHERE severity = 1"));
    for (int i = 0; i < LIMIT_SCAN_FILTER_TESTS / 2; i++) {
        strbuf_append_format(&text, " AND (severity = %d OR username = 'u%d')", i, i);
    }
    add_plan(strbuf_str(&text));
    make_filters(true);
    assert_int_equal(fixture.request.filter_count, 0);
    strbuf_release(&text);
}

/* ---- at random ---- */

static uint64_t random_state;

static uint32_t roll(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

static void make_condition(struct strbuf *text, int depth)
{
    static const char *const tests[] = {
        "username = 'bob'",
        "username ILIKE '%o%'",
        "username ILIKE '%\xC5\xBF%k%'",
        "username LIKE 'a_b%'",
        "username NOT LIKE '%b%'",
        "username IS NULL",
        "username IS NOT NULL",
        "username IN ('a', 'bob', 'Bob')",
        "username IN ('a', NULL)",
        "username NOT IN ('a', NULL)",
        "username <> 'a'",
        "LOWER(username) = 'bob'",
        "UPPER(username) LIKE '%OB'",
        "username MATCHES 'a[bB]|bo+b'",
        "username IMATCHES 'b.b'",
        "username MATCHES '(?i)K'",
        "STRLEN(username) > 2",
        "username = hostname",
        "CONCAT(username, hostname) LIKE '%ab%'",
        "text = username",
        "text ILIKE '%b%' ",
        "hostname LIKE '%a%'",
        "severity = 3",
        "severity > 3",
        "3 >= severity",
        "severity BETWEEN 2 AND 5",
        "severity NOT BETWEEN 2 AND 5",
        "severity IN (1, 5, 9)",
        "severity NOT IN (1, 5)",
        "severity % 2 = 0",
        "severity > number",
        "number = 3",
        "number <> 3",
        "number < 4",
        "NOT number < 4",
        "number IS NULL",
        "number + 1 > 3",
        "number > 2.5",
        "number = NULL",
        "starttime > 1500",
        "starttime < NOW() - 98000",
        "NOT starttime > 1500",
        "CASE WHEN username = 'a' THEN 1 ELSE 0 END = 1",
        "CASE WHEN username = 'a' THEN severity ELSE 0 END = 1",
        "LOGSOURCETYPENAME(devicetype) ILIKE '%linux%'",
        "UTF8(payload) ILIKE '%b%'",
        "UTF8(payload) LIKE '%\xEF\xBF\xBD%'",
        "UTF8(payload) MATCHES 'a.b'",
        "sourceip = '10.1.1.5'",
        "INCIDR('10.0.0.0/8', sourceip)",
        "isunparsed",
        "isunparsed = TRUE",
        "NOT isunparsed",
        "1 = 1",
        "severity IN (SELECT severity FROM events WHERE username = 'bob')",
    };
    uint32_t kind = depth < 4 ? roll(5) : 4;
    if (kind == 4) {
        strbuf_append(text, str_from_cstring(tests[roll(countof(tests))]));
        return;
    }
    strbuf_append(text, kind == 0 ? STR("NOT (") : STR("("));
    uint32_t count = 1 + roll(4);
    bool is_and = roll(2) == 0;
    for (uint32_t i = 0; i < count; i++) {
        strbuf_append(text, i == 0 ? STR_EMPTY : is_and ? STR(" AND ") : STR(" OR "));
        make_condition(text, depth + 1);
    }
    strbuf_append(text, STR(")"));
}

static void make_rows(struct batch *batch)
{
    static const char *const texts[] = {"bob",
                                        "Bob",
                                        "a",
                                        "ab",
                                        "aXb",
                                        "",
                                        "BOB kk",
                                        "\xC5\xBFk",
                                        "b\xFF\xC3k",
                                        "o",
                                        "\xE2\x84\xAA",
                                        "abc\nabc",
                                        "a\xC3\xA4\x62"};
    for (size_t i = 0; i < ROWS; i++) {
        uint32_t row = batch_add_row(batch);
        field_id fields[] = {FIELD_USERNAME, FIELD_HOSTNAME, FIELD_PAYLOAD, fixture.text};
        for (size_t n = 0; n < countof(fields); n++) {
            if (roll(4) > 0) {
                column_set_string(batch_column(batch, fields[n]), row, str_from_cstring(texts[roll(countof(texts))]));
            }
        }
        field_id numbers[] = {FIELD_SEVERITY, fixture.number, FIELD_DEVICETYPE};
        for (size_t n = 0; n < countof(numbers); n++) {
            if (roll(4) > 0) {
                column_set_integer(batch_column(batch, numbers[n]), row, roll(10));
            }
        }
        if (roll(9) > 0) {
            column_set_integer(batch_column(batch, FIELD_STARTTIME), row, roll(3000));
        }
        if (roll(3) > 0) {
            struct ip ip = ip_from_v4_bytes((const uint8_t[]){10, 1, 1, (uint8_t)roll(8)});
            column_set_ip(batch_column(batch, FIELD_SOURCEIP), row, roll(2) ? ip : IP_V6_NONE);
        }
        if (roll(3) > 0) {
            column_set_bool(batch_column(batch, FIELD_ISUNPARSED), row, roll(2));
        }
        batch_add_evidence(batch, (struct evidence){.line = i + 1, .line_count = 1, .raw = STR("raw")});
    }
}

/* The batch as a source would know it: values before fillers, flat. */
struct known {
    struct batch raw;
    struct batch finished;
};

static bool holds_literal(const struct scan_test *test, str value)
{
    bool is_held = test->literal_count == 0;
    for (uint32_t i = 0; i < test->literal_count && !is_held; i++) {
        const struct scan_literal *literal = &test->literals[i];
        str text = literal->text;
        assert_true(text.len > 0);
        for (size_t at = 0; at < value.len; at++) {
            is_held |= literal->ignores_case && (unsigned char)value.data[at] >= 0x80;
        }
        for (size_t at = 0; at + text.len <= value.len; at++) {
            str part = str_slice(value, at, at + text.len);
            bool is_equal = literal->ignores_case ? str_eq_ignore_case(part, text) : str_eq(part, text);
            is_held |= is_equal && (!literal->is_whole || value.len == text.len);
        }
    }
    return is_held;
}

static bool passes(struct known *known, const struct scan_filter *filter, uint16_t row)
{
    if (filter->kind != SCAN_TEST) {
        bool passed = filter->kind == SCAN_AND;
        for (uint32_t i = 0; i < filter->part_count; i++) {
            bool part = passes(known, filter->parts[i], row);
            passed = filter->kind == SCAN_AND ? passed && part : passed || part;
        }
        return passed;
    }
    const struct scan_test *test = &filter->test;
    struct column *column = batch_column(&known->raw, test->field);
    if (!column_is_valid(column, row)) {
        return test->meets_null;
    }
    uint32_t count = 0;
    uint16_t selected = 0;
    struct error err = {0};
    assert_int_equal(test->select(test->context, column, &row, 1, &selected, &count, &err), TOCSIN_OK);
    if (test->has_range) {
        int64_t value = column->type == TYPE_BOOL ? column_bool(column, row) : column_integer(column, row);
        bool is_within = value >= test->least && value <= test->greatest;
        assert_true(is_within || count == 0);
        assert_true(!test->is_range || is_within == (count > 0));
    }
    if (count > 0 && (column->type == TYPE_STRING || column->type == TYPE_BYTES)) {
        assert_true(holds_literal(test, column_string(column, row)));
    }
    return count > 0;
}

static size_t check_rows(struct known *known, size_t *passed_count)
{
    /* Of the sub-select, which the scan filter does not ask. */
    static int64_t answer[] = {2, 3, 5};
    static const struct value_set set = {.type = TYPE_INT64, .count = countof(answer), .integers = answer};
    static const struct value_set *const answers[20] = {&set, &set, &set, &set, &set, &set, &set, &set, &set, &set,
                                                        &set, &set, &set, &set, &set, &set, &set, &set, &set, &set};
    struct program_environment environment = fixture.environment;
    environment.subqueries = answers;
    size_t selected = 0;
    bool wanted[ROWS] = {false};
    for (size_t i = 0; i < fixture.plan_count; i++) {
        const struct plan *plan = fixture.plans[i];
        struct program *program = NULL;
        const struct expression *parts[100];
        uint32_t part_count = 0;
        for (uint32_t n = 0; n < plan->early_count + plan->late_count; n++) {
            const struct expression *part = n < plan->early_count ? plan->early[n] : plan->late[n - plan->early_count];
            assert_true(part_count < countof(parts));
            parts[part_count++] = part;
        }
        uint16_t rows[ROWS];
        uint32_t count = 0;
        for (uint16_t row = 0; row < ROWS; row++) {
            rows[row] = row;
        }
        assert_int_equal(program_create_filter(&environment, parts, part_count, &program, NULL), TOCSIN_OK);
        assert_int_equal(program_filter(program, &known->finished, rows, ROWS, rows, &count, NULL), TOCSIN_OK);
        for (uint32_t n = 0; n < count; n++) {
            wanted[rows[n]] = true;
        }
        program_free(program);
    }
    for (uint16_t row = 0; row < ROWS; row++) {
        bool passed = true;
        for (uint32_t i = 0; i < fixture.request.filter_count; i++) {
            bool is_same = i > 0 && passed;
            passed = passes(known, fixture.request.filters[i], row);
            assert_true(i == 0 || passed == is_same);
        }
        const struct column *starttime = batch_column(&known->finished, FIELD_STARTTIME);
        if (fixture.request.has_time_range && wanted[row]) {
            assert_true(column_is_valid(starttime, row));
            int64_t time = column_integer(starttime, row);
            assert_true(time >= fixture.request.time_min_ms && time < fixture.request.time_max_ms);
        }
        if (wanted[row] && !passed) {
            struct strbuf shown;
            strbuf_init(&shown, MEBI);
            show_filter(&shown, fixture.request.filters[0]);
            for (size_t i = 0; i < fixture.plan_count; i++) {
                print_error("%.*s\n", STR_ARG(fixture.texts[i]));
            }
            fail_msg("row %u is left out by %.*s", row, STR_ARG(strbuf_str(&shown)));
        }
        selected += wanted[row];
        *passed_count += passed;
    }
    return selected;
}

static void no_row_that_is_wanted_is_left_out(void **state)
{
    (void)state;
    enum { ROUNDS = 1500 };
    const char *seed = getenv("TOCSIN_TEST_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 42;
    struct strbuf text;
    struct known known;
    struct field_set all = {{0}};
    size_t wanted = 0;
    size_t passed = 0;
    size_t with_filter = 0;
    strbuf_init(&text, MEBI);
    for (size_t field = 0; field < schema_field_count(fixture.schema); field++) {
        field_set_add(&all, (field_id)field);
    }
    assert_int_equal(batch_init(&known.raw, fixture.schema, &all, NULL), TOCSIN_OK);
    assert_int_equal(batch_init(&known.finished, fixture.schema, &all, NULL), TOCSIN_OK);
    uint64_t rows_state = random_state;
    make_rows(&known.raw);
    random_state = rows_state;
    make_rows(&known.finished);
    assert_int_equal(batch_finish(&known.finished, NULL), TOCSIN_OK);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t plans = roll(12) == 0 ? SCAN_FILTER_PLANS_EXACT + 2 : 1 + roll(2);
        fixture.options.is_null_sql = roll(2);
        for (uint32_t i = 0; i < plans; i++) {
            strbuf_clear(&text);
            strbuf_append(&text, STR("SELECT qid FROM events WHERE "));
            strbuf_append(&text, roll(9) == 0 ? STR("TEXT SEARCH 'abc' AND ") : STR_EMPTY);
            make_condition(&text, roll(2) ? 0 : 2);
            strbuf_append(&text, roll(4) > 0 ? STR_EMPTY : roll(2) ? STR(" LAST 1 MINUTES") : STR(" START 500"));
            add_plan(strbuf_str(&text));
        }
        make_filters(roll(3) > 0);
        with_filter += fixture.request.filter_count > 0;
        wanted += check_rows(&known, &passed);
        forget();
    }
    print_message("%zu of %d with a filter, %zu of %zu rows passed, %zu are wanted\n", with_filter, ROUNDS, passed,
                  (size_t)ROUNDS * ROWS, wanted);
    assert_true(with_filter == ROUNDS && wanted > ROUNDS * 10 && passed < (size_t)ROUNDS * ROWS / 4 * 3);
    batch_release(&known.raw);
    batch_release(&known.finished);
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(conditions_become_tests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(time_is_known_with_now, set_up, tear_down),
        cmocka_unit_test_setup_teardown(plans_are_parts_of_an_or, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_plans_have_tests_in_common, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_takes_too_long_has_no_filter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_row_that_is_wanted_is_left_out, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
