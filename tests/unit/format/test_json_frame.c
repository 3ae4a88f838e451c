#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../../support/json_frame_driver.h"

static void assert_frames(const char *text, const char *want)
{
    str in = str_from_cstring(text);
    str expected = str_from_cstring(want);
    for (size_t piece = 0; piece <= in.len && piece < 200; piece++) {
        struct strbuf got = driver_run(in, piece);
        if (!str_eq(strbuf_str(&got), expected)) {
            fail_msg("in pieces of %zu of\n%s\ngot:\n%.*s\nwant:\n%s", piece, text, STR_ARG(strbuf_str(&got)), want);
        }
        strbuf_release(&got);
    }
}

static void one_object_a_line(void **state)
{
    assert_frames("{\"a\":1}\n{\"b\":\"}\\\"{\"}\r\n\n{\"c\":{\"d\":[1,2,{}]}}",
                  "V:{\"a\":1}\nV:{\"b\":\"}\\\"{\"}\nV:{\"c\":{\"d\":[1,2,{}]}}\n");
    assert_frames("{}\n", "V:{}\n");
    assert_frames("  {\"a\":1}  \nplain text\n{\"b\":2}\n", "V:{\"a\":1}\nL:plain text\nV:{\"b\":2}\n");
    assert_frames("{\"a\":1}{\"b\":2} rest\n", "V:{\"a\":1}\nV:{\"b\":2}\nL:rest\n");
}

static void values_spread_over_lines(void **state)
{
    assert_frames("{\n  \"a\": 1,\n  \"b\": [\n    \"x\",\n    {\"y\": null}\n  ]\n}\n{\"c\":2}\n",
                  "V:{\n  \"a\": 1,\n  \"b\": [\n    \"x\",\n    {\"y\": null}\n  ]\n}\nV:{\"c\":2}\n");
    assert_frames("{\n}\n{ \"a\" :\n1.5e3\n}\n", "V:{\n}\nV:{ \"a\" :\n1.5e3\n}\n");
}

static void arrays_give_their_elements(void **state)
{
    assert_frames("[{\"a\":1},{\"b\":[{}]}]\n{\"c\":1}\n", "V:{\"a\":1}\nV:{\"b\":[{}]}\nV:{\"c\":1}\n");
    assert_frames("[\n  {\"a\":1},\n  {\n\"b\":2}\n]\n", "V:{\"a\":1}\nV:{\n\"b\":2}\n");
    assert_frames("[[{\"a\":1}],[{\"b\":2},{\"c\":3}]]", "V:{\"a\":1}\nV:{\"b\":2}\nV:{\"c\":3}\n");
    /* No element is lost, whatever it is. */
    assert_frames("[{\"a\":1},5,\"x]\",null,[],[1]]\n", "V:{\"a\":1}\nV:5\nV:\"x]\"\nV:null\nV:[]\nV:[1]\n");
    assert_frames("[{\"a\":1},]\n", "V:{\"a\":1}\n");
}

static void lists_give_their_items(void **state)
{
    assert_frames(
        "{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"metadata\":{},\"items\":[{\"a\":1},{\"b\":2}]}\n",
        "V:{\"a\":1}\nV:{\"b\":2}\n");
    assert_frames("{\"apiVersion\":\"v1\",\"items\":[{\"a\":1}, "
                  "{\"b\":2}],\"kind\":\"EventList\",\"metadata\":{\"x\":[1]}}\n{\"c\":1}",
                  "V:{\"a\":1}\nV:{\"b\":2}\nV:{\"c\":1}\n");
    /* kind at the very end, and no apiVersion: known only when the object is complete */
    assert_frames("{\"items\":[{\"a\":1},{\"b\":2}],\"kind\":\"EventList\"}\n{\"c\":1}",
                  "V:{\"a\":1}\nV:{\"b\":2}\nV:{\"c\":1}\n");
    assert_frames("{\"items\":[{\"sku\":1}],\"user\":\"u\"}\n", "V:{\"items\":[{\"sku\":1}],\"user\":\"u\"}\n");
    assert_frames("{\"kind\":\"Order\",\"items\":[{\"sku\":1}]}\n", "V:{\"kind\":\"Order\",\"items\":[{\"sku\":1}]}\n");
    assert_frames("{\n \"kind\": \"EventList\",\n \"items\": [\n {\n\"a\":1\n},\n {\"b\":2}\n ]\n}\n",
                  "V:{\n\"a\":1\n}\nV:{\"b\":2}\n");
    /* A list inside an event is the event's. */
    assert_frames("{\"kind\":\"Event\",\"responseObject\":{\"kind\":\"SecretList\",\"items\":[{\"s\":1}]}}\n",
                  "V:{\"kind\":\"Event\",\"responseObject\":{\"kind\":\"SecretList\",\"items\":[{\"s\":1}]}}\n");
    assert_frames("{\"kind\":\"EventList\",\"items\":[]}\n", "V:{\"kind\":\"EventList\",\"items\":[]}\n");
}

static void cloud_exports_give_their_records(void **state)
{
    assert_frames("{\"records\": [{\"a\":1},{\"b\":2}]}\n", "V:{\"a\":1}\nV:{\"b\":2}\n");
    assert_frames("{\"Records\":[{\"a\":1}]}{\"Records\" : [ {\"b\":2}]}", "V:{\"a\":1}\nV:{\"b\":2}\n");
    assert_frames("{\"owner\":\"1\",\"logEvents\":[{\"message\":\"m\"}],\"x\":{\"y\":[1]}}\n",
                  "V:{\"message\":\"m\"}\n");
    assert_frames("{\"events\":[{\"message\":\"m\"}],\"searchedLogStreams\":[]}\n", "V:{\"message\":\"m\"}\n");
    assert_frames("{\"user\":\"u\",\"events\":[{\"a\":1}]}\n", "V:{\"user\":\"u\",\"events\":[{\"a\":1}]}\n");
    assert_frames("{\"records\":[\"a\"]}\n{\"records\":7}\n", "V:{\"records\":[\"a\"]}\nV:{\"records\":7}\n");
    assert_frames("[{\"records\":[{\"a\":1}]},{\"records\":[{\"b\":2}]}]\n", "V:{\"a\":1}\nV:{\"b\":2}\n");
    assert_frames(
        "{\"records\":[{\"kind\":\"EventList\",\"items\":[{\"a\":1},{\"b\":1}]},{\"c\":1}],\"records\":[{\"d\":1}]}",
        "V:{\"a\":1}\nV:{\"b\":1}\nV:{\"c\":1}\nV:{\"d\":1}\n");
}

static void results_of_searches_say_what_they_list(void **state)
{
    assert_frames("{\"flows\":[{\"a\":1},{\"b\":2}]}\n", "V:{\"a\":1}\nV:{\"b\":2}\n");
    assert_frames("{\"simarc\": [\n{\"a\":1}\n]}\n", "V:{\"a\":1}\n");
    assert_frames("{\"cursor\":[{\"a\":1}]}", "V:{\"a\":1}\n");
    assert_frames("{\"rule\":\"r\",\"flows\":[{\"a\":1}]}\n", "V:{\"rule\":\"r\",\"flows\":[{\"a\":1}]}\n");
    static const struct {
        const char *text;
        enum json_list lists[4]; /* of the values */
    } cases[] = {
        {"{\"a\":1}", {JSON_LIST_NONE}},
        {"[{\"a\":1}]", {JSON_LIST_NONE}},
        {"{\"events\":[{\"a\":1},{\"b\":1}]}", {JSON_LIST_EVENTS, JSON_LIST_EVENTS}},
        {"{\"flows\":[{\"a\":1}],\"records\":[{\"b\":1}]}", {JSON_LIST_FLOWS, JSON_LIST_NONE}},
        {"{\"simarc\":[{\"a\":1}]}{\"cursor\":[{\"b\":1}]}{\"c\":1}",
         {JSON_LIST_SIMARC, JSON_LIST_CURSOR, JSON_LIST_NONE}},
        {"[{\"flows\":[{\"a\":1}]},{\"b\":1}]", {JSON_LIST_FLOWS, JSON_LIST_NONE}},
        {"{\"records\":[{\"events\":[{\"a\":1}]},{\"b\":1}]}", {JSON_LIST_EVENTS, JSON_LIST_NONE}},
        {"{\"items\":[{\"a\":1}],\"kind\":\"List\"}", {JSON_LIST_NONE}},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct json_frame frame;
        str rest = str_from_cstring(cases[i].text);
        str value;
        size_t consumed;
        size_t values = 0;
        json_frame_init(&frame);
        while (rest.len > 0) {
            enum json_frame_result result = json_frame_next(&frame, rest, true, &consumed, &value);
            if (result == JSON_FRAME_VALUE) {
                assert_int_equal(json_frame_list(&frame), cases[i].lists[values]);
                values++;
            }
            rest = str_skip(rest, consumed);
        }
        assert_true(values > 0 && (values == 4 || cases[i].lists[values] == JSON_LIST_NONE));
    }
}

static void a_cut_line_damages_only_itself(void **state)
{
    assert_frames("{\"a\":{\"b\":\"cut\n{\"c\":1}\n", "D:{\"a\":{\"b\":\"cut\nV:{\"c\":1}\n");
    assert_frames("{\"a\":{\"b\":1}\n{\"c\":1}\n{\"d\":1}\n", "D:{\"a\":{\"b\":1}\nV:{\"c\":1}\nV:{\"d\":1}\n");
    assert_frames("{\"a\":1,\n{\"c\":1}\n", "D:{\"a\":1,\nV:{\"c\":1}\n");
    assert_frames("{\"a\":\n{\"c\":1}\n{\"d\":1}\n", "D:{\"a\":\nV:{\"c\":1}\nV:{\"d\":1}\n");
    assert_frames("{\"a\":[1,\n{\"c\":1}\n{\"d\":1}\n", "D:{\"a\":[1,\nV:{\"c\":1}\nV:{\"d\":1}\n");
    assert_frames("{\"a\":tr\n{\"c\":1}\n", "D:{\"a\":tr\nV:{\"c\":1}\n");
    assert_frames("{\"a\\\n{\"c\":1}\n", "D:{\"a\\\nV:{\"c\":1}\n");
    assert_frames("{\"a\":1}\n{\"b\":\"x", "V:{\"a\":1}\nD:{\"b\":\"x\n");
    assert_frames("{\"a\":\n\n{\"b\":1}", "D:{\"a\":\nV:{\"b\":1}\n");
    assert_frames("{\"a\":]}\n{\"b\":1}", "D:{\"a\":]}\nV:{\"b\":1}\n");
    /* In a list: what was whole stays, and so does what comes behind. */
    assert_frames("[\n{\"a\":1},\n  {\"b\":2,\n{\"c\":3},\n]\n", "V:{\"a\":1}\nD:{\"b\":2,\nV:{\"c\":3}\nL:]\n");
    assert_frames("{\"kind\":\"EventList\",\"items\":[{\"a\":1},{\"b\":2},{\"c", "V:{\"a\":1}\nV:{\"b\":2}\nD:{\"c\n");
    assert_frames("{\"kind\":\"EventList\",\"items\":[{\"a\":1},{\"b\":2},", "V:{\"a\":1}\nV:{\"b\":2}\n");
    assert_frames("{\"kind\":\"EventList\",\"items\":[{\"a\":1}]", "V:{\"a\":1}\n");
    assert_frames("{\"kind\":\"EventList\",\"items\":[{\"a\n{\"b\":1}",
                  "D:{\"kind\":\"EventList\",\"items\":[{\"a\nV:{\"b\":1}\n");
}

static void text_in_brackets_is_text(void **state)
{
    assert_frames("[12345.678] kernel: hello\n", "D:[12345.678] kernel: hello\n");
    assert_frames("[error] [client ::1] x\n{\"a\":1}\n", "D:[error] [client ::1] x\nV:{\"a\":1}\n");
    assert_frames("[[x]] text\n", "D:[[x]] text\n");
    assert_frames("{x} text\n{ }\n", "D:{x} text\nV:{ }\n");
    assert_frames("[]\n[1,2]\n[", "D:[]\nD:[1,2]\nD:[\n");
    assert_frames("[\n\n", "D:[\n");
}

static char *repeat(str head, str part, size_t count, str tail, size_t *ret_len)
{
    size_t len = head.len + part.len * count + tail.len;
    char *text = memory_allocate(len);
    assert_non_null(text);
    memcpy(text, head.data, head.len);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + head.len + i * part.len, part.data, part.len);
    }
    memcpy(text + head.len + count * part.len, tail.data, tail.len);
    *ret_len = len;
    return text;
}

/* Lines that begin like this; every line has its newline. */
static size_t count_of(const struct strbuf *out, str prefix)
{
    size_t count = 0;
    str lines = strbuf_str(out);
    while (lines.len > 0) {
        count += str_starts_with(lines, prefix);
        lines = str_skip(lines, str_find_char(lines, '\n', 0) + 1);
    }
    return count;
}

/* 100 bytes with its quotes. */
#define TEN         "0123456789"
#define LONG_STRING "\"" TEN TEN TEN TEN TEN TEN TEN TEN TEN "01234567\""

static void a_document_over_the_limit_is_damaged(void **state)
{
    size_t len;
    char *text = repeat(STR("{\"a\":\""), STR("x"), LIMIT_JSON_DOCUMENT_BYTES, STR("\"}\n{\"b\":1}\n"), &len);
    struct strbuf got = driver_run((str){text, len}, 1 * MEBI);
    assert_int_equal(count_of(&got, STR("D:")), 1);
    assert_true(str_ends_with(strbuf_str(&got), STR("\nV:{\"b\":1}\n")));
    strbuf_release(&got);
    memory_free(text);
    text = repeat(STR("{\"a\":[\n"), STR(LONG_STRING ",\n"), LIMIT_JSON_DOCUMENT_BYTES / 100, STR("1]}\n{\"b\":1}\n"),
                  &len);
    got = driver_run((str){text, len}, 1 * MEBI);
    assert_int_equal(count_of(&got, STR("D:")), 1);
    assert_true(str_ends_with(strbuf_str(&got), STR("\nV:{\"b\":1}\n")));
    strbuf_release(&got);
    memory_free(text);
    /* A list may be longer than any value in it. */
    text = repeat(STR("{\"records\":[{}"), STR(",{\"abc\":" LONG_STRING "}"), LIMIT_JSON_DOCUMENT_BYTES / 100,
                  STR("]}"), &len);
    got = driver_run((str){text, len}, 1 * MEBI);
    assert_int_equal(count_of(&got, STR("V:")), LIMIT_JSON_DOCUMENT_BYTES / 100 + 1);
    assert_int_equal(count_of(&got, STR("D:")), 0);
    strbuf_release(&got);
    memory_free(text);
}

/* Every line may be the begin of a value that goes on through all the others: without the credit this is quadratic, and
 * the test would run for hours. */
static void hostile_lines_take_linear_time(void **state)
{
    static const struct {
        str part;
        size_t count;
    } cases[] = {
        {{"{\"a\":[\n", 7}, 100000},
        {{"{\"a\":[\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n1,\n", 55}, 20000},
        {{"[\n", 2}, 100000},
        {{"{\"items\":[{\"a\":\n", 16}, 100000},
        {{"[{\"records\":[\n", 14}, 100000},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        size_t len;
        char *text = repeat(STR_EMPTY, cases[i].part, cases[i].count, STR_EMPTY, &len);
        struct strbuf got = driver_run((str){text, len}, 0);
        assert_true(got.len >= len / 2);
        strbuf_release(&got);
        memory_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_object_a_line),
        cmocka_unit_test(values_spread_over_lines),
        cmocka_unit_test(arrays_give_their_elements),
        cmocka_unit_test(lists_give_their_items),
        cmocka_unit_test(cloud_exports_give_their_records),
        cmocka_unit_test(results_of_searches_say_what_they_list),
        cmocka_unit_test(a_cut_line_damages_only_itself),
        cmocka_unit_test(text_in_brackets_is_text),
        cmocka_unit_test(a_document_over_the_limit_is_damaged),
        cmocka_unit_test(hostile_lines_take_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
