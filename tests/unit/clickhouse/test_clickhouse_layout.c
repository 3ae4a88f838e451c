#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "clickhouse/clickhouse_layout.h"

static struct schema *new_schema(void)
{
    struct schema *schema = NULL;
    struct error err = {0};
    assert_int_equal(schema_create(&schema, &err), TOCSIN_OK);
    return schema;
}

static field_id add(struct schema *schema, uint8_t catalogs, const char *name, enum value_type type)
{
    struct error err = {0};
    field_id field = FIELD_NONE;
    assert_int_equal(
        schema_add_property_in(schema, catalogs, str_from_cstring(name), type, STR(""), &field, &err), TOCSIN_OK);
    return field;
}

static void check_name(const struct schema *schema, field_id field, const char *expected)
{
    struct strbuf name;
    strbuf_init(&name, LIMIT_CLICKHOUSE_NAME_BYTES);
    layout_column_name(schema, field, &name);
    strbuf_append_char(&name, '\0');
    assert_string_equal(name.data, expected);
    strbuf_release(&name);
}

/* Names of columns differ from each other, whatever the properties are called. */
static void test_names(void **state)
{
    struct schema *schema = new_schema();
    check_name(schema, FIELD_USERNAME, "username");
    check_name(schema, FIELD_RECORD_KIND, "_kind");
    check_name(schema, add(schema, CATALOG_EVENTS, "Process Path", TYPE_STRING), "Process Path");
    check_name(schema, add(schema, CATALOG_EVENTS, "_block", TYPE_STRING), "events:_block");
    check_name(schema, add(schema, CATALOG_EVENTS, "sourcebytes", TYPE_STRING), "events:sourcebytes");
    check_name(schema, add(schema, CATALOG_EVENTS, "events:sourcebytes", TYPE_STRING), "events:events:sourcebytes");
    check_name(schema, add(schema, CATALOG_FLOWS, "Tunnel", TYPE_INT64), "flows:Tunnel");
    check_name(schema, add(schema, CATALOG_SIMARC, "Depth", TYPE_INT64), "simarc:Depth");
    check_name(schema, add(schema, CATALOG_EVENTS, "a.b`c\\d%e\"f", TYPE_STRING), "a%2Eb%60c%5Cd%25e%22f");
    schema_free(schema);
}

static void test_types(void **state)
{
    struct schema *schema = new_schema();
    struct strbuf sql;
    strbuf_init(&sql, 4096);
    static const field_id fields[] = {FIELD_STARTTIME, FIELD_USERNAME, FIELD_SOURCEIP, FIELD_ISUNPARSED,
                                      FIELD_DEVICETIME};
    for (size_t i = 0; i < countof(fields); i++) {
        layout_column_type(schema, fields[i], &sql);
        strbuf_append_char(&sql, ' ');
    }
    layout_filler(schema, FIELD_PROTOCOLID, &sql);
    layout_filler(schema, FIELD_SOURCEIP, &sql);
    layout_filler(schema, FIELD_SOURCEMAC, &sql);
    layout_append_name(&sql, STR("a`b\\c\n"));
    layout_append_string(&sql, STR("it's \\ \0"));
    strbuf_append_char(&sql, '\0');
    assert_string_equal(sql.data, "Int64 Nullable(String) FixedString(16) UInt8 Nullable(Int64) "
                                  "255toFixedString(unhex('00000000000000000000FFFF00000000'), 16)"
                                  "'00:00:00:00:00:00'`a\\`b\\\\c\\x0A`'it\\'s \\\\ \\x00'");
    strbuf_release(&sql);
    schema_free(schema);
}

static void test_days(void **state)
{
    assert_int_equal(layout_day(INT64_MIN), 0);
    assert_int_equal(layout_day(-1), 0);
    assert_int_equal(layout_day(86399999), 0);
    assert_int_equal(layout_day(86400000), 1);
    assert_int_equal(layout_day(INT64_MAX), 49672);
}

/* ---- tables ---- */

static void test_table(void **state)
{
    struct schema *schema = new_schema();
    struct arena arena;
    struct layout_table table;
    struct error err = {0};
    const struct layout_column *column = NULL;
    field_id path = add(schema, CATALOG_EVENTS, "Process Path", TYPE_STRING);
    field_id size = add(schema, CATALOG_EVENTS, "Size", TYPE_INT64);
    arena_init(&arena, 1 << 20);
    layout_table_init(&table, &arena);
    assert_int_equal(layout_table_check(&table, STR("events"), &err), TOCSIN_ERROR_CONFIG);
    for (enum layout_hidden i = 0; i < LAYOUT_HIDDEN_COUNT; i++) {
        assert_int_equal(layout_table_add(&table, layout_hidden_name(i), layout_hidden_type(i), &err), TOCSIN_OK);
    }
    assert_int_equal(layout_table_check(&table, STR("events"), &err), TOCSIN_OK);
    assert_int_equal(layout_table_add(&table, STR("_day"), STR("Date"), &err), TOCSIN_ERROR_INPUT);
    assert_int_equal(layout_table_add(&table, STR("process path"), STR("Nullable(String)"), &err), TOCSIN_OK);
    assert_int_equal(layout_table_add(&table, STR("Size"), STR("Nullable(String)"), &err), TOCSIN_OK);
    assert_int_equal(layout_table_add(&table, STR("flows:Far%2EAway"), STR("Nullable(Int64)"), &err), TOCSIN_OK);
    assert_int_equal(layout_table_add(&table, STR("Other"), STR("Array(String)"), &err), TOCSIN_OK);
    assert_int_equal(layout_table_add(&table, STR("Bad%"), STR("Nullable(Int64)"), &err), TOCSIN_OK);

    assert_int_equal(layout_table_field(&table, schema, path, &column, &err), TOCSIN_OK);
    assert_true(column && str_eq(column->name, STR("process path")));
    assert_int_equal(layout_table_field(&table, schema, FIELD_USERNAME, &column, &err), TOCSIN_OK);
    assert_null(column);
    assert_int_equal(layout_table_field(&table, schema, size, &column, &err), TOCSIN_ERROR_CONFIG);

    assert_int_equal(layout_table_add_properties(&table, schema, &err), TOCSIN_OK);
    field_id far = schema_find_in(schema, CATALOG_FLOWS, STR("far.away"));
    assert_int_not_equal(far, FIELD_NONE);
    assert_int_equal(schema_field(schema, far)->type, TYPE_INT64);
    assert_int_equal(schema_find_in(schema, CATALOG_EVENTS, STR("far.away")), FIELD_NONE);
    assert_int_equal(schema_find_in(schema, CATALOG_EVENTS, STR("Other")), FIELD_NONE);
    assert_int_equal(layout_table_field(&table, schema, far, &column, &err), TOCSIN_OK);
    assert_true(column && str_eq(column->name, STR("flows:Far%2EAway")));
    arena_release(&arena);
    schema_free(schema);
}

static void test_table_limit(void **state)
{
    struct arena arena;
    struct layout_table table;
    struct error err = {0};
    char name[32];
    arena_init(&arena, ARENA_NO_LIMIT);
    layout_table_init(&table, &arena);
    for (int i = 0; i < LIMIT_CLICKHOUSE_COLUMNS; i++) {
        int len = snprintf(name, sizeof(name), "c%d", i);
        assert_int_equal(layout_table_add(&table, (str){name, (size_t)len}, STR("Int64"), &err), TOCSIN_OK);
    }
    assert_int_equal(layout_table_add(&table, STR("more"), STR("Int64"), &err), TOCSIN_ERROR_LIMIT);
    arena_release(&arena);
}

/* ---- evidence ---- */

static const str inputs[] = {{"a.log", 5}, {"b.log", 5}};

static bool number(void *context, int64_t input, str name, uint32_t *ret)
{
    assert_int_equal(input, 77);
    *ret = 7 + (str_eq(name, inputs[1]) ? 1 : 0);
    return true;
}

static void round_trip(const struct evidence *lines, uint32_t count, uint64_t more, str payload, size_t expected_bytes)
{
    struct schema *schema = new_schema();
    struct field_set fields = {{0}};
    struct batch batch;
    struct batch back;
    struct error err = {0};
    struct strbuf bytes;
    const struct layout_inputs numbers = {number, NULL};
    field_set_add(&fields, FIELD_PAYLOAD);
    assert_int_equal(batch_init(&batch, schema, &fields, &err), TOCSIN_OK);
    assert_int_equal(batch_init(&back, schema, &fields, &err), TOCSIN_OK);
    strbuf_init(&bytes, 1 << 20);
    uint32_t row = batch_add_row(&batch);
    for (uint32_t i = 0; i < count; i++) {
        batch_add_evidence(&batch, lines[i]);
    }
    batch.rows[row].evidence_more = more;
    layout_evidence_append(&bytes, &batch, row, payload, inputs, countof(inputs));
    assert_int_equal(bytes.len, expected_bytes);
    (void)batch_add_row(&back);
    int64_t line = count > 0 ? (int64_t)lines[0].line : 0;
    str source = count > 0 ? inputs[lines[0].input] : STR_EMPTY;
    struct layout_place place = {77, source, line, strbuf_str(&bytes)};
    assert_int_equal(layout_evidence_take(&back, &place, &payload, &numbers, &err), TOCSIN_OK);
    assert_int_equal(back.rows[0].evidence_more, more);
    assert_int_equal(back.rows[0].evidence_count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(back.evidence[i].input, lines[i].input + 7);
        assert_int_equal(back.evidence[i].line, lines[i].line);
        assert_int_equal(back.evidence[i].line_count, lines[i].line_count);
        assert_int_equal(back.evidence[i].is_joined, lines[i].is_joined);
        assert_true(str_eq(back.evidence[i].raw, lines[i].raw));
    }
    for (size_t cut = 1; cut < bytes.len; cut++) { /* every beginning of it is refused */
        batch_clear(&back);
        (void)batch_add_row(&back);
        place.evidence = str_slice(strbuf_str(&bytes), 0, cut);
        assert_int_equal(layout_evidence_take(&back, &place, &payload, &numbers, &err), TOCSIN_ERROR_INPUT);
    }
    strbuf_release(&bytes);
    batch_release(&batch);
    batch_release(&back);
    schema_free(schema);
}

static void test_evidence(void **state)
{
    const struct evidence plain = {.input = 1, .line = 99, .line_count = 1, .raw = STR("a line")};
    round_trip(NULL, 0, 0, STR("anything"), 0);
    round_trip(NULL, 0, 5, STR("anything"), 2);
    round_trip(&plain, 1, 0, STR("a line"), 0);
    round_trip(&plain, 1, 0, STR("another"), 12);
    round_trip(&plain, 1, 3, STR("a line"), 6);
    const struct evidence parts[] = {
        {.input = 0, .line = 1000000, .line_count = 2, .is_joined = true, .raw = STR("one\ntwo")},
        {.input = 0, .line = 5, .line_count = 1, .raw = STR("three")},
        {.input = 1, .line = UINT64_C(1) << 62, .line_count = UINT32_MAX, .raw = STR("else\0where")},
    };
    round_trip(parts, 2, 0, STR("one\ntwo\nthree"), 12);
    round_trip(parts, 3, 0, STR("one\ntwo\nthree"), 44);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),       cmocka_unit_test(test_types),    cmocka_unit_test(test_days),
        cmocka_unit_test(test_table),       cmocka_unit_test(test_table_limit),
        cmocka_unit_test(test_evidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
