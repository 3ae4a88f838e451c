/* JSON text: structure, escapes, numbers, and strings in parts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/json_writer.h"
#include "base/utf8.h"

static void assert_text(struct strbuf *buffer, const char *expected)
{
    assert_false(buffer->is_failed);
    strbuf_append_char(buffer, '\0');
    assert_string_equal(buffer->data, expected);
    strbuf_clear(buffer);
}

static void write_sample(struct json_writer *writer)
{
    json_begin_object(writer);
    json_key(writer, STR("a"));
    json_i64(writer, INT64_MIN);
    json_key_rendered(writer, STR("\"b\""));
    json_begin_array(writer);
    json_null(writer);
    json_bool(writer, true);
    json_begin_object(writer);
    json_end_object(writer);
    json_begin_array(writer);
    json_end_array(writer);
    json_u64(writer, UINT64_MAX);
    json_end_array(writer);
    json_key(writer, STR("c"));
    json_string(writer, STR(""));
    json_end_object(writer);
}

static void test_structure(void **state)
{
    struct strbuf buffer;
    struct json_writer writer;
    strbuf_init(&buffer, 1 << 16);
    json_writer_init(&writer, &buffer, false);
    write_sample(&writer);
    assert_text(&buffer, "{\"a\":-9223372036854775808,\"b\":[null,true,{},[],18446744073709551615],\"c\":\"\"}");
    json_writer_init(&writer, &buffer, true);
    write_sample(&writer);
    assert_text(&buffer, "{\n  \"a\": -9223372036854775808,\n  \"b\": [\n    null,\n    true,\n    {},\n    [],\n"
                         "    18446744073709551615\n  ],\n  \"c\": \"\"\n}");
    strbuf_release(&buffer);
}

static void test_escapes(void **state)
{
    static const struct {
        str value;
        const char *expected;
    } cases[] = {
        {STR("plain / text"), "\"plain / text\""},
        {STR("\"\\"), "\"\\\"\\\\\""},
        {STR("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\""},
        {STR("\0\x01\x1b[31m\x7f"), "\"\\u0000\\u0001\\u001b[31m\\u007f\""},
        {STR("\xC2\x9B"), "\"\\u009b\""},                               /* C1: an 8-bit CSI */
        {STR("\xE2\x80\xA8\xE2\x80\xA9"), "\"\\u2028\\u2029\""},        /* line, paragraph separator */
        {STR("\xE2\x80\xAE\xE2\x81\xA6"), "\"\\u202e\\u2066\""},        /* bidirectional controls */
        {STR("\xF3\xA0\x81\x81"), "\"\\udb40\\udc41\""},                /* a tag character, as a pair */
        {STR("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"), "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\""},
        {STR("a\xFF" "b\xC3"), "\"a\xEF\xBF\xBD" "b\xEF\xBF\xBD\""},
        {STR("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}, /* a surrogate */
    };
    struct strbuf buffer;
    strbuf_init(&buffer, 1 << 16);
    for (size_t i = 0; i < countof(cases); i++) {
        json_append_string(&buffer, cases[i].value);
        assert_text(&buffer, cases[i].expected);
    }
    strbuf_release(&buffer);
}

static void test_doubles(void **state)
{
    struct strbuf buffer;
    struct json_writer writer;
    strbuf_init(&buffer, 1 << 16);
    json_writer_init(&writer, &buffer, false);
    json_begin_array(&writer);
    json_double(&writer, 15270);
    json_double(&writer, -0.1);
    json_double(&writer, 1e300);
    json_double(&writer, NAN);
    json_double(&writer, -INFINITY);
    json_end_array(&writer);
    assert_text(&buffer, "[15270.0,-0.1,1.0E300,null,null]");
    strbuf_release(&buffer);
}

static void test_base64(void **state)
{
    /* The vectors of RFC 4648, section 10, and bytes that are no text. */
    static const str values[] = {STR(""),     STR("f"),     STR("fo"),          STR("foo"),
                                 STR("foob"), STR("fooba"), STR("\0\xFF\xFE")};
    static const char *const expected[] = {"\"\"", "\"Zg==\"", "\"Zm8=\"", "\"Zm9v\"", "\"Zm9vYg==\"", "\"Zm9vYmE=\"",
                                           "\"AP/+\""};
    struct strbuf buffer;
    struct json_writer writer;
    strbuf_init(&buffer, 1 << 16);
    for (size_t i = 0; i < countof(values); i++) {
        json_writer_init(&writer, &buffer, false);
        json_base64(&writer, values[i]);
        assert_text(&buffer, expected[i]);
    }
    strbuf_release(&buffer);
}

/* Cut anywhere, the parts give the same text as the whole. */
static void test_parts(void **state)
{
    str value = STR("ab\xE2\x82\xAC\xF0\x9F\x98\x80\x80\x80\x80\x80\x80\xE2\x82\xFF\xC3\xA9\"\n\xF0\x9F\x98");
    struct strbuf whole;
    struct strbuf parts;
    struct json_writer writer;
    strbuf_init(&whole, 1 << 16);
    strbuf_init(&parts, 1 << 16);
    json_append_string(&whole, value);
    for (size_t bytes_max = 4; bytes_max <= value.len + 1; bytes_max++) {
        strbuf_clear(&parts);
        json_writer_init(&writer, &parts, false);
        json_string_begin(&writer);
        for (str rest = value; rest.len > 0;) {
            size_t cut = utf8_part_length(rest, bytes_max);
            assert_in_range(cut, 1, bytes_max);
            json_string_part(&writer, str_slice(rest, 0, cut));
            rest = str_skip(rest, cut);
        }
        json_string_end(&writer);
        assert_true(str_eq(strbuf_str(&whole), strbuf_str(&parts)));
    }
    strbuf_release(&whole);
    strbuf_release(&parts);
}

static void test_limit_sticks(void **state)
{
    struct strbuf buffer;
    struct json_writer writer;
    strbuf_init(&buffer, 8);
    json_writer_init(&writer, &buffer, false);
    json_string(&writer, STR("0123456789"));
    assert_true(buffer.is_failed);
    strbuf_release(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure), cmocka_unit_test(test_escapes), cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_base64),    cmocka_unit_test(test_parts),   cmocka_unit_test(test_limit_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
