#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "lookup/csv_reader.h"

static struct csv_reader reader;

/* Fields joined by |, records by /; or the error. */
static void expect(str text, const char *expected)
{
    struct arena arena;
    struct strbuf all;
    struct error err = {0};
    bool has_record = false;
    arena_init(&arena, ARENA_NO_LIMIT);
    strbuf_init(&all, 1 << 20);
    csv_reader_init(&reader, text, "f.csv", &arena);
    tocsin_status status;
    while ((status = csv_next(&reader, &has_record, &err)) == TOCSIN_OK && has_record) {
        for (uint32_t i = 0; i < reader.field_count; i++) {
            strbuf_append(&all, i > 0 ? STR("|") : STR(""));
            strbuf_append(&all, reader.fields[i]);
        }
        strbuf_append_char(&all, '/');
    }
    if (status != TOCSIN_OK) {
        assert_int_equal(status, TOCSIN_ERROR_CONFIG);
        strbuf_append_format(&all, "%s:%u:%u: %s", err.source, err.line, err.column, err.message);
    }
    strbuf_append_char(&all, '\0');
    assert_false(all.is_failed);
    assert_string_equal(all.data, expected);
    strbuf_release(&all);
    arena_release(&arena);
}

static void records_and_fields(void **state)
{
    expect(STR(""), "");
    expect(STR("\n \r\n\t\n"), "");
    expect(STR("a"), "a/");
    expect(STR("a,b\nc,d\n"), "a|b/c|d/");
    expect(STR("a,b\r\nc,d\r\n"), "a|b/c|d/");
    expect(STR(" a , b c \n\n"), "a|b c/");
    expect(STR("a,,\n,\n"), "a||/|/");
    expect(STR("\xEF\xBB\xBFkey,value\n"), "key|value/");
    expect(STR("a\rb,c"), "a\rb|c/");
    expect(STR("a\xFF,\x01\n"), "a\xFF|\x01/");
}

static void quotes(void **state)
{
    expect(STR("\"a,b\",\"c\nd\" , \" e \"\n"), "a,b|c\nd| e /");
    expect(STR("\"say \"\"yes\"\"\",\"\"\n"), "say \"yes\"|/");
    expect(STR("\"\"\"\"\n"), "\"/");
    expect(STR("a\"b,c\n"), "a\"b|c/");
    expect(STR("x\n a,\"b\n\n"), "x/f.csv:2:4: the quote that opens here is never closed");
    expect(STR("\"a\"b\n"), "f.csv:1:4: behind a closing quote stands a comma or the end of the line");
}

static void a_record_has_so_many_fields(void **state)
{
    struct strbuf text;
    strbuf_init(&text, 1 << 16);
    for (int i = 0; i < LIMIT_REFERENCE_COLUMNS - 1; i++) {
        strbuf_append_char(&text, ',');
    }
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    bool has_record = false;
    csv_reader_init(&reader, strbuf_str(&text), "f.csv", &arena);
    assert_int_equal(csv_next(&reader, &has_record, NULL), TOCSIN_OK);
    assert_true(has_record);
    assert_int_equal(reader.field_count, LIMIT_REFERENCE_COLUMNS);
    strbuf_append_char(&text, ',');
    expect(strbuf_str(&text), "f.csv:1:1: a line has at most 256 fields");
    arena_release(&arena);
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_and_fields),
        cmocka_unit_test(quotes),
        cmocka_unit_test(a_record_has_so_many_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
