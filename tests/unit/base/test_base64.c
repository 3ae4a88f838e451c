#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/base64.h"

static void vectors_of_the_standard_decode(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *bytes;
    } cases[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"Zm9v\nYmFy", "foobar"},
        {"Zm9vYg", "foob"},
        {"_-_-", "\xff\xef\xfe"},
        {"/+/+", "\xff\xef\xfe"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        char target[32];
        str text = str_from_cstring(cases[i].text);
        size_t len = base64_decode(text, target);
        assert_true(len <= base64_bytes_max(text));
        assert_true(str_eq(str_from(target, len), str_from_cstring(cases[i].bytes)));
    }
}

static void strict_text_is_told_from_words(void **state)
{
    (void)state;
    static const char *const strict[] = {"Zg==", "Zm8=", "Zm9v", "/+/+", "AAAA"};
    static const char *const loose[] = {"",     "Z",     "Zm9",  "Zm9vY",     "Zm9v\nYmFy", "_-_-", "Zg=a",
                                        "Z===", "a b c", "====", "Zm9v Zm9v", "<34>"};
    for (size_t i = 0; i < countof(strict); i++) {
        assert_true(base64_is_strict(str_from_cstring(strict[i])));
    }
    for (size_t i = 0; i < countof(loose); i++) {
        if (base64_is_strict(str_from_cstring(loose[i]))) {
            fail_msg("%s", loose[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_standard_decode),
        cmocka_unit_test(strict_text_is_told_from_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
