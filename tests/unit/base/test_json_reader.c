#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/json_reader.h"
#include "base/limits.h"
#include "base/memory.h"

/* A copy of exactly the text's size, so that AddressSanitizer sees a read one byte behind it. */
static str exact(str text)
{
    char *copy = memory_allocate(text.len ? text.len : 1);
    assert_non_null(copy);
    memcpy(copy, text.data, text.len);
    return (str){copy, text.len};
}

static void assert_str(str got, str want)
{
    if (!str_eq(got, want)) {
        fail_msg("got \"%.*s\", want \"%.*s\"", STR_ARG(got), STR_ARG(want));
    }
}

static void walks_an_object(void **state)
{
    str text = exact(STR(" { \"verb\" : \"get\", \"user\":{\"username\":\"a\",\"groups\":[\"x\",\"y\"]},\n"
                         "\"code\":-1.5e3,\"ok\":true,\"none\":null, \"list\":[1,[2,{\"z\":[]}],3] } tail"));
    struct json_reader reader;
    struct json_member member;
    struct json_value value;
    json_reader_init(&reader, text);
    assert_int_equal(json_peek(&reader), JSON_OBJECT);
    assert_false(json_enter_array(&reader));
    assert_true(json_enter_object(&reader));

    assert_true(json_next_member(&reader, &member));
    assert_str(member.key, STR("verb"));
    assert_true(json_read(&reader, &value));
    assert_int_equal(value.kind, JSON_STRING);
    assert_str(value.text, STR("get"));

    assert_true(json_next_member(&reader, &member));
    assert_str(member.key, STR("user"));
    assert_true(json_enter_object(&reader));
    assert_true(json_next_member(&reader, &member));
    assert_true(json_skip(&reader));
    assert_true(json_next_member(&reader, &member));
    assert_true(json_enter_array(&reader));
    int count = 0;
    while (json_next_element(&reader)) {
        assert_true(json_read(&reader, &value));
        count++;
    }
    assert_int_equal(count, 2);
    assert_false(json_next_member(&reader, &member));
    assert_false(reader.is_failed);

    assert_true(json_next_member(&reader, &member));
    assert_true(json_read(&reader, &value));
    double number;
    int64_t integer;
    assert_true(json_to_double(&value, &number));
    assert_true(number == -1500.0);
    assert_true(json_to_i64(&value, &integer));
    assert_int_equal(integer, -1500);

    bool is_true = false;
    assert_true(json_next_member(&reader, &member));
    assert_true(json_read(&reader, &value));
    assert_true(json_to_bool(&value, &is_true));
    assert_true(is_true);
    assert_true(json_next_member(&reader, &member));
    assert_int_equal(json_peek(&reader), JSON_NULL);
    assert_true(json_skip(&reader));
    assert_true(json_next_member(&reader, &member));
    assert_true(json_read(&reader, &value));
    assert_str(value.text, STR("[1,[2,{\"z\":[]}],3]"));
    assert_false(json_next_member(&reader, &member));
    assert_false(reader.is_failed);
    assert_int_equal(reader.depth, 0);
    assert_str(json_rest(&reader), STR(" tail"));
    assert_false(json_is_at_end(&reader));
    memory_free((char *)(uintptr_t)text.data);
}

/* What is written, and where reading it stops. */
static void reports_damage_with_its_place(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        {"{", 1},
        {"{\"a\"", 4},
        {"{\"a\":", 5},
        {"{\"a\":1", 6},
        {"{\"a\":1,", 7},
        {"{\"a\":1,}", 7},
        {"{\"a\" 1}", 5},
        {"{a:1}", 1},
        {"{\"a\":\"x", 7},
        {"{\"a\":\"x\\", 8},
        {"{\"a\":[}", 6},
        {"{\"a\":[1}", 7},
        {"{\"a\":tru}", 5},
        {"{\"a\":@}", 5},
        {"{\"a\":{\"b\":[1,2}", 14},
        {"{,\"a\":1}", 1},
        {"{\"a\":1 \"b\":2}", 7},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        str text = exact(str_from_cstring(cases[i].text));
        struct json_reader reader;
        struct json_member member;
        json_reader_init(&reader, text);
        assert_true(json_enter_object(&reader));
        while (json_next_member(&reader, &member)) {
            (void)json_skip(&reader);
        }
        assert_true(reader.is_failed);
        if (json_error_offset(&reader) != cases[i].offset) {
            fail_msg("%s: offset %zu, want %zu", cases[i].text, json_error_offset(&reader), cases[i].offset);
        }
        memory_free((char *)(uintptr_t)text.data);
    }
}

static void resolves_escapes(void **state)
{
    static const struct {
        str raw;
        str text;
    } cases[] = {
        {{"plain", 5}, {"plain", 5}},
        {{"a\\u0026b", 8}, {"a&b", 3}},
        {{"\\\"\\\\\\/\\b\\f\\n\\r\\t", 16}, {"\"\\/\b\f\n\r\t", 8}},
        {{"\\u00e9\\u20AC", 12}, {"\xC3\xA9\xE2\x82\xAC", 5}},
        {{"\\uD83D\\uDE00", 12}, {"\xF0\x9F\x98\x80", 4}},
        {{"\\uD83D", 6}, {"\xEF\xBF\xBD", 3}},
        {{"\\uDE00\\uD83D", 12}, {"\xEF\xBF\xBD\xEF\xBF\xBD", 6}},
        {{"\\uD83Dx\\uDE00", 13}, {"\xEF\xBF\xBDx\xEF\xBF\xBD", 7}},
        {{"\\uD83D\\u0041", 12},
         {"\xEF\xBF\xBD"
          "A",
          4}},
        {{"\\u0000", 6}, {"\0", 1}},
        {{"\\u12", 4}, {"\\u12", 4}},
        {{"\\uZZZZ", 6}, {"\\uZZZZ", 6}},
        {{"\\x41", 4}, {"\\x41", 4}},
        {{"\\", 1}, {"\\", 1}},
        {{"", 0}, {"", 0}},
    };
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    for (size_t i = 0; i < countof(cases); i++) {
        str raw = exact(cases[i].raw);
        struct json_value value = {JSON_STRING, true, raw};
        assert_str(json_text(&value, &arena), cases[i].text);
        size_t len = json_unescape(raw, (char *)(uintptr_t)raw.data);
        assert_str((str){raw.data, len}, cases[i].text);
        memory_free((char *)(uintptr_t)raw.data);
    }
    struct json_member member = {STR("verb\\u0062"), true};
    assert_true(json_key_eq(&member, STR("verbb")));
    assert_false(json_key_eq(&member, STR("verb")));
    arena_release(&arena);
}

/* Every position of quotes, escapes and brackets relative to the 16 and 64 byte blocks. */
static void finds_ends_at_every_block_position(void **state)
{
    for (size_t pad = 0; pad < 150; pad++) {
        for (size_t slashes = 0; slashes < 6; slashes++) {
            char buffer[512];
            size_t n = 0;
            buffer[n++] = '[';
            buffer[n++] = '"';
            memset(buffer + n, 'x', pad);
            n += pad;
            memset(buffer + n, '\\', slashes * 2);
            n += slashes * 2;
            memcpy(buffer + n, "\\\"]}", 4);
            n += 4;
            size_t quote = n;
            buffer[n++] = '"';
            memcpy(buffer + n, ",{}]  ", 6);
            str text = exact((str){buffer, n + 6});
            struct json_reader reader;
            struct json_value value;
            json_reader_init(&reader, text);
            assert_true(json_read(&reader, &value));
            assert_int_equal(value.text.len, n + 4);
            json_reader_init(&reader, text);
            assert_true(json_enter_array(&reader) && json_next_element(&reader) && json_read(&reader, &value));
            assert_int_equal(value.text.len, quote - 2);
            assert_true(value.has_escape);
            json_reader_init(&reader, text);
            assert_true(json_enter_array(&reader) && json_leave(&reader));
            assert_true(json_is_at_end(&reader));
            /* Cut anywhere, it fails without reading on. */
            for (size_t cut = 0; cut < n + 4; cut++) {
                str part = exact((str){buffer, cut});
                json_reader_init(&reader, part);
                assert_false(json_skip(&reader));
                assert_true(json_error_offset(&reader) <= cut);
                memory_free((char *)(uintptr_t)part.data);
            }
            memory_free((char *)(uintptr_t)text.data);
        }
    }
}

static str nested(size_t depth, char open, char close)
{
    char *text = memory_allocate(2 * depth);
    assert_non_null(text);
    memset(text, open, depth);
    memset(text + depth, close, depth);
    return (str){text, 2 * depth};
}

static void stops_at_the_depth_limit(void **state)
{
    struct json_reader reader;
    for (int over = 0; over < 2; over++) {
        str text = nested(LIMIT_JSON_DEPTH + (size_t)over, '[', ']');
        json_reader_init(&reader, text);
        assert_int_equal(json_skip(&reader), !over);
        assert_int_equal(json_validate(text, NULL), !over);
        json_reader_init(&reader, text);
        size_t depth = 0;
        while (json_enter_array(&reader)) {
            depth++;
            if (!json_next_element(&reader)) {
                break;
            }
        }
        assert_int_equal(depth, LIMIT_JSON_DEPTH);
        assert_int_equal(reader.is_failed, over);
        memory_free((char *)(uintptr_t)text.data);
    }
}

static void reads_numbers(void **state)
{
    static const struct {
        const char *text;
        bool is_integer;
        int64_t value;
    } cases[] = {
        {"0", true, 0},       {"-7", true, -7},  {"9223372036854775807", true, INT64_MAX}, {"3.0", true, 3},
        {"1e3", true, 1000},  {"3.5", false, 0}, {"9223372036854775808", false, 0},        {"1e400", false, 0},
        {"-1e400", false, 0}, {"1-1", false, 0},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct json_value value = {JSON_NUMBER, false, str_from_cstring(cases[i].text)};
        int64_t got = 0;
        assert_int_equal(json_to_i64(&value, &got), cases[i].is_integer);
        assert_int_equal(got, cases[i].value);
    }
    int64_t got;
    struct json_value text = {JSON_STRING, false, STR("403")};
    assert_true(json_to_i64(&text, &got));
    struct json_value no = {JSON_BOOL, false, STR("true")};
    assert_false(json_to_i64(&no, &got));
}

static void validates(void **state)
{
    static const struct {
        const char *text;
        int error; /* -1: valid */
    } cases[] = {
        {"{}", -1},
        {" [ ] ", -1},
        {"0", -1},
        {"\"\"", -1},
        {"null", -1},
        {"{\"a\":[1,2.5,-0,1E+2,true]}", -1},
        {"\"\\uD800\"", -1},
        {"\"\xF0\x9F\x98\x80 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xC3\xA9\"", -1},
        {"", 0},
        {" ", 1},
        {"{", 1},
        {"[1,]", 3},
        {"{\"a\":1,}", 7},
        {"01", 1},
        {"-", 1},
        {"1.", 2},
        {"1e", 2},
        {".5", 0},
        {"+1", 0},
        {"nul", 0},
        {"\"\t\"", 1},
        {"\"\\x\"", 1},
        {"\"\\u12G4\"", 1},
        {"\"a", 2},
        {"[1}", 2},
        {"{}}", 2},
        {"[1 2]", 3},
        {"\"\x80\"", 1},
        {"\"aaaaaaaa\xC0\xAF\"", 9},
        {"\"\xED\xA0\x80\"", 1},
        {"NaN", 0},
        {"{1:2}", 1},
        {"{\"a\"}", 4},
        {"[,1]", 1},
        {"'a'", 0},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        str text = exact(str_from_cstring(cases[i].text));
        size_t offset = 99;
        bool is_valid = json_validate(text, &offset);
        assert_int_equal(is_valid, cases[i].error < 0);
        if (!is_valid && offset != (size_t)cases[i].error) {
            fail_msg("%s: offset %zu, want %d", cases[i].text, offset, cases[i].error);
        }
        memory_free((char *)(uintptr_t)text.data);
    }
}

static void finds_paths(void **state)
{
    str json =
        STR("{\"a\":{\"b\":[{\"c\":\"first\"},{\"c\":\"x\\u0041\"}],\"d e\":7,\"b\\u0062\":1},\"a.b\":true,\"n\":null,"
            "\"dup\":1,\"dup\":2}");
    static const struct {
        const char *path;
        const char *want; /* NULL: not there */
    } cases[] = {
        {"$.a.b[0].c", "first"},
        {"a.b[1].c", "x\\u0041"},
        {"/\"a\"/\"b\"[0]/\"c\"", "first"},
        {"/a/b[0]/c", "first"},
        {"$['a']['d e']", "7"},
        {"$[\"a\"].bb", "1"},
        {"/\"a.b\"", "true"},
        {"$['a.b']", "true"},
        {"n", "null"},
        {"dup", "2"},
        {"a.b[2].c", NULL},
        {"a.x", NULL},
        {"a.b.c", NULL},
        {"a[0]", NULL},
        {"n.x", NULL},
        {"$.a.b", "[{\"c\":\"first\"},{\"c\":\"x\\u0041\"}]"},
    };
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct error err;
    for (size_t i = 0; i < countof(cases); i++) {
        struct json_path path;
        struct json_value value;
        assert_int_equal(json_path_parse(str_from_cstring(cases[i].path), &arena, &path, &err), TOCSIN_OK);
        bool is_found = json_find_path(json, &path, &value);
        if (is_found != (cases[i].want != NULL)) {
            fail_msg("%s: found %d", cases[i].path, is_found);
        }
        if (is_found) {
            assert_str(value.text, str_from_cstring(cases[i].want));
        }
    }
    struct json_path path;
    struct json_value value;
    assert_int_equal(json_path_parse(STR("$"), &arena, &path, &err), TOCSIN_OK);
    assert_true(json_find_path(STR(" 12 "), &path, &value));
    assert_str(value.text, STR("12"));
    /* In front of a cut everything is found. */
    assert_int_equal(json_path_parse(STR("a.b[0].c"), &arena, &path, &err), TOCSIN_OK);
    assert_true(json_find_path(STR("{\"x\":1,\"a\":{\"b\":[{\"c\":\"hit\",\"d\":\"cu"), &path, &value));
    assert_str(value.text, STR("hit"));
    static const char *const bad[] = {
        "",     " ",    "$.", "a..b", "a[",    "a[]",   "a[-1]",   "a[1",
        "a['x", "a[x]", "$a", "/",    "/a//b", "a[1]b", "/\"a\"b", "a[99999999999999999999]"};
    for (size_t i = 0; i < countof(bad); i++) {
        if (json_path_parse(str_from_cstring(bad[i]), &arena, &path, &err) != TOCSIN_ERROR_CONFIG) {
            fail_msg("'%s' was taken", bad[i]);
        }
    }
    arena_release(&arena);
}

static void survives_running_out_of_memory(void **state)
{
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct json_value value = {JSON_STRING, true, STR("\\n")};
    memory_fail_at(1, 1);
    str text = json_text(&value, &arena);
    struct json_path path;
    struct error err;
    tocsin_status status = json_path_parse(STR("a.b"), &arena, &path, &err);
    memory_fail_at(0, 0);
    assert_null(text.data);
    assert_int_equal(status, TOCSIN_ERROR_MEMORY);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_an_object),
        cmocka_unit_test(reports_damage_with_its_place),
        cmocka_unit_test(resolves_escapes),
        cmocka_unit_test(finds_ends_at_every_block_position),
        cmocka_unit_test(stops_at_the_depth_limit),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(validates),
        cmocka_unit_test(finds_paths),
        cmocka_unit_test(survives_running_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
