#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "column/value.h"

static void check(const char *text, const char *expected)
{
    struct ip ip;
    bool is_parsed = ip_parse(str_from_cstring(text), &ip);
    if (!expected) {
        assert_false(is_parsed);
        return;
    }
    assert_true(is_parsed);
    char printed[IP_TEXT_BYTES];
    assert_int_equal(ip_format(&ip, printed), strlen(expected));
    assert_string_equal(printed, expected);
}

static void addresses_parse_and_print(void **state)
{
    (void)state;
    check("10.1.2.3", "10.1.2.3");
    check("255.255.255.255", "255.255.255.255");
    check("0.0.0.0", "0.0.0.0");
    check("::1", "0:0:0:0:0:0:0:1");
    check("::", "0:0:0:0:0:0:0:0");
    check("fe80::1:2", "fe80:0:0:0:0:0:1:2");
    check("2001:DB8::", "2001:db8:0:0:0:0:0:0");
    check("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8");
    check("::ffff:10.1.2.3", "10.1.2.3");
    check("1:2:3:4:5:6:10.1.2.3", "1:2:3:4:5:6:a01:203");
    check("1::8", "1:0:0:0:0:0:0:8");
}

static void wrong_addresses_are_refused(void **state)
{
    (void)state;
    const char *const wrong[] = {"",
                                 "1.2.3",
                                 "1.2.3.4.5",
                                 "256.1.1.1",
                                 "01.2.3.4",
                                 "1.2.3.4 ",
                                 ":::",
                                 "1:2:3",
                                 "1::2::3",
                                 ":1",
                                 "1:",
                                 "1:2:3:4:5:6:7:8:9",
                                 "12345::",
                                 "fe80::1%eth0",
                                 "::g",
                                 "1.2.3.-4",
                                 "1:2:3:4:5:6:7::8:9",
                                 "::1/64"};
    for (size_t i = 0; i < countof(wrong); i++) {
        check(wrong[i], NULL);
    }
}

static void hardware_addresses_have_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected; /* NULL: refused */
    } cases[] = {
        {"00:1b:44:11:3a:b7", "00:1B:44:11:3A:B7"},
        {"00-1B-44-11-3A-B7", "00:1B:44:11:3A:B7"},
        {"001b.4411.3ab7", "00:1B:44:11:3A:B7"},
        {"001b44113ab7", "00:1B:44:11:3A:B7"},
        {"ff:ff:ff:ff:ff:ff", "FF:FF:FF:FF:FF:FF"},
        {"", NULL},
        {"00:1b:44:11:3a", NULL},
        {"00:1b:44:11:3a:b", NULL},
        {"00:1b:44:11:3a:bg", NULL},
        {"00:1b-44:11:3a:b7", NULL},
        {"00.1b.44.11.3a.b7", NULL},
        {"001b:4411:3ab7", NULL},
        {"001b.44113ab.7", NULL},
        {"00:1b:44:11:3a:b7:00", NULL},
        {"0:01b:44:11:3a:b7", NULL},
        {"001b44113ab7 ", NULL},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        char text[MAC_TEXT_BYTES];
        bool is_parsed = mac_parse(str_from_cstring(cases[i].text), text);
        if (is_parsed != (cases[i].expected != NULL)) {
            fail_msg("%s", cases[i].text);
        }
        if (is_parsed) {
            assert_string_equal(text, cases[i].expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_parse_and_print),
        cmocka_unit_test(wrong_addresses_are_refused),
        cmocka_unit_test(hardware_addresses_have_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
