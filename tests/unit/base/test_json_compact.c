/* Compact JSON passed quickly against the plain check, over texts made at random and damaged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../support/json_compact_check.h"
#include "base/strbuf.h"

static uint64_t random_state = 88172645463325252u;

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 11) % limit;
}

static void check(str text)
{
    const char *wrong = compact_check(text);
    if (wrong) {
        print_error("%s: %.*s\n", wrong, (int)text.len, text.data);
    }
    assert_null(wrong);
}

static const struct {
    const char *text;
    bool is_taken;
} cases[] = {
    {"{}", true},
    {"[]", true},
    {"{\"a\":1}", true},
    {"{\"a\":1}\nbehind", true},
    {"{\"a\":{\"b\":[1,\"c\",null,true,false,-0.5e+10,[],{}]},\"\":\"\"}", true},
    {"[[{\"a\":[{}]},{\"b\":\"c\"}],[\"d\",\"e\"]]", true},
    {"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud800\"}", true},
    {"{\"\xC3\xA9\":\"\xF0\x9F\x98\x80\"}", true},
    {"", false},
    {"\n", false},
    {"1", false},
    {"\"a\"", false},
    {"null", false},
    {"{", false},
    {"}", false},
    {"{}}", false},
    {"{}{}", false},
    {"{},{}", false},
    {"{},", false},
    {"[}", false},
    {"{\"a\":1]", false},
    {"{\"a\"}", false},
    {"{\"a\":}", false},
    {"{\"a\":1,}", false},
    {"{,\"a\":1}", false},
    {"{\"a\":1,,\"b\":2}", false},
    {"{\"a\"::1}", false},
    {"{\"a\":1:2}", false},
    {"{\"a\":\"b\":\"c\"}", false},
    {"{\"a\":1 }", false},
    {"{\"a\": 1}", false},
    {"{1:2}", false},
    {"{[]:2}", false},
    {"{\"a\":1,2}", false},
    {"{\"a\":1,[]}", false},
    {"{\"a\":1,\"b\"}", false},
    {"{\"a\",\"b\":1}", false},
    {"[\"a\":1]", false},
    {"[\"a\",\"b\":1]", false},
    {"[1,]", false},
    {"[,1]", false},
    {"[1 2]", false},
    {"[\"a\"\"b\"]", false},
    {"[\"a\"1]", false},
    {"[1\"a\"]", false},
    {"[[]1]", false},
    {"[[][]]", false},
    {"[{}[]]", false},
    {"[01]", false},
    {"[-]", false},
    {"[1.]", false},
    {"[1e]", false},
    {"[+1]", false},
    {"[.5]", false},
    {"[1x]", false},
    {"[nul]", false},
    {"[nulll]", false},
    {"[NaN]", false},
    {"[true", false},
    {"[\"a]", false},
    {"[\"a\\\"]", false},
    {"[\"\\x\"]", false},
    {"[\"\\u12g4\"]", false},
    {"[\"\\u12\"]", false},
    {"[\\\"a\"]", false},
    {"[\"\t\"]", false},
    {"[\"\x7F\"]", true},
    {"[\"\x80\"]", false},
    {"[\"\xC3\"]", false},
    {"[\"\xED\xA0\x80\"]", false},
    {"[\"\xF5\x80\x80\x80\"]", false},
};

static void refused_and_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(cases); i++) {
        str text = str_from_cstring(cases[i].text);
        if (compact_expect(text).is_taken != cases[i].is_taken) {
            fail_msg("the test itself: %s", cases[i].text);
        }
        check(text);
    }
    check(STR("[\"a\0b\"]"));
    check(STR("{\"a\0\":1}"));
    check(STR("{\"a\":1}\0"));
}

/* ---- random texts ---- */

static void add(struct strbuf *out, const char *text)
{
    strbuf_append(out, str_from_cstring(text));
}

static void add_string(struct strbuf *out)
{
    static const char *const parts[] = {"a",
                                        "verb",
                                        "\\\"",
                                        "\\\\",
                                        "\\n",
                                        "\\u0041",
                                        "{",
                                        "]",
                                        ",",
                                        ":",
                                        "\":",
                                        "\xC3\xA9",
                                        "\\/",
                                        " ",
                                        "\\ud83d",
                                        "0123456789",
                                        "[",
                                        "}",
                                        "audit.k8s.io/",
                                        "\xF0\x9F\x98\x80"};
    add(out, "\"");
    for (size_t count = random_below(8) * random_below(5); count > 0; count--) {
        const char *part = parts[random_below(countof(parts))];
        add(out, part[0] == '"' ? "x" : part);
    }
    add(out, "\"");
}

static void add_value(struct strbuf *out, int level)
{
    static const char *const scalars[] = {"0", "-1", "200", "1.5", "1e3", "-0.0E-7", "true", "false", "null"};
    size_t choice = random_below(level < 6 ? 6 : 3);
    if (choice < 2) {
        add_string(out);
    } else if (choice == 2) {
        add(out, scalars[random_below(countof(scalars))]);
    } else {
        bool is_object = choice > 3;
        add(out, is_object ? "{" : "[");
        for (size_t i = 0, count = random_below(6); i < count; i++) {
            add(out, i > 0 ? "," : "");
            if (is_object) {
                add_string(out);
                add(out, ":");
            }
            add_value(out, level + 1);
        }
        add(out, is_object ? "}" : "]");
    }
}

static void damage(struct strbuf *text)
{
    static const char bytes[] = "\"\\{}[]:,0-e. \n\t\r\0\x80\xC3\xFFntfu/";
    if (text->len == 0) {
        return;
    }
    size_t at = random_below(text->len);
    switch (random_below(4)) {
    case 0:
        text->data[at] = bytes[random_below(sizeof(bytes) - 1)];
        break;
    case 1:
        memmove(text->data + at, text->data + at + 1, text->len - at - 1);
        text->len--;
        break;
    case 2:
        text->len = at;
        break;
    default: { /* two bytes change places */
        size_t other = random_below(text->len);
        char kept = text->data[at];
        text->data[at] = text->data[other];
        text->data[other] = kept;
    }
    }
}

static void random_texts(void **state)
{
    enum { TEXTS = 30000 };
    struct strbuf text;
    size_t taken = 0;
    (void)state;
    strbuf_init(&text, 16 * 1024 * 1024);
    for (int i = 0; i < TEXTS; i++) {
        text.len = 0;
        add(&text, "{");
        add_string(&text);
        add(&text, ":");
        add_value(&text, 0);
        add(&text, "}");
        for (size_t damages = random_below(3); damages > 0; damages--) {
            damage(&text);
        }
        if (random_below(2)) {
            add(&text, "\n{\"next\":[\"line\"]}\n");
        }
        taken += compact_expect(strbuf_str(&text)).is_taken;
        check(strbuf_str(&text));
    }
    strbuf_release(&text);
    assert_in_range(taken, TEXTS / 4, TEXTS * 3 / 4);
}

/* A token at every place of a block, and across two. */
static void places_in_blocks(void **state)
{
    static const char *const tails[] = {"\"}",
                                        "\",\"b\":[1,{\"c\":\"\\\\\"}]}",
                                        "\\\\\\\"\",\"\":null}",
                                        "\\\\\"\"}",
                                        "\\u12fF\"}",
                                        "\\u12f\"}",
                                        "\xE2\x82\xAC\"}",
                                        "\xE2\x82\"}",
                                        "\",\"b\":12345678}",
                                        "\",\"b\":1234567x}",
                                        "\",\"b\"}",
                                        "\",\"k\":\"v\":1}",
                                        "\",true}"};
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 4096);
    for (size_t fill = 0; fill < 140; fill++) {
        for (size_t i = 0; i < countof(tails); i++) {
            text.len = 0;
            add(&text, "{\"a\":\"");
            for (size_t j = 0; j < fill; j++) {
                add(&text, "x");
            }
            add(&text, tails[i]);
            check(strbuf_str(&text));
            add(&text, "\n");
            check(strbuf_str(&text));
        }
    }
    strbuf_release(&text);
}

/* ---- limits ---- */

static bool takes(const struct strbuf *text)
{
    assert_null(compact_check(strbuf_str(text)));
    return compact_expect(strbuf_str(text)).is_taken;
}

static void limits(void **state)
{
    (void)state;
    struct strbuf text;
    strbuf_init(&text, 4 * 1024 * 1024);
    for (size_t depth = JSON_COMPACT_DEPTH_MAX - 1; depth <= JSON_COMPACT_DEPTH_MAX + 1; depth++) {
        text.len = 0;
        for (size_t i = 0; i < depth; i++) {
            add(&text, i % 3 ? "[" : "{\"a\":");
        }
        add(&text, "1");
        for (size_t i = depth; i-- > 0;) {
            add(&text, i % 3 ? "]" : "}");
        }
        assert_int_equal(takes(&text), depth <= JSON_COMPACT_DEPTH_MAX);
    }
    text.len = 0; /* brackets that nobody opened, and that nobody closes */
    for (size_t i = 0; i < 100000; i++) {
        add(&text, "]");
    }
    assert_false(takes(&text));
    memset(text.data, '[', text.len);
    assert_false(takes(&text));
    memset(text.data, '"', text.len);
    assert_false(takes(&text));
    memset(text.data, '\\', text.len);
    assert_false(takes(&text));
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_and_taken),
        cmocka_unit_test(random_texts),
        cmocka_unit_test(places_in_blocks),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
