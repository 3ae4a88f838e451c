#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "column/cidr.h"

static bool is_inside(const char *block, const char *address)
{
    struct cidr cidr;
    struct ip ip;
    assert_true(cidr_parse(str_from_cstring(block), &cidr));
    assert_true(ip_parse(str_from_cstring(address), &ip));
    return cidr_contains(&cidr, &ip);
}

static void blocks_end_where_their_bits_end(void **state)
{
    assert_true(is_inside("10.0.0.0/8", "10.255.255.255"));
    assert_false(is_inside("10.0.0.0/8", "11.0.0.0"));
    assert_true(is_inside("192.0.2.128/25", "192.0.2.128"));
    assert_false(is_inside("192.0.2.128/25", "192.0.2.127"));
    assert_true(is_inside("192.0.2.7/32", "192.0.2.7"));
    assert_false(is_inside("192.0.2.7/32", "192.0.2.6"));
    assert_true(is_inside("192.0.2.7", "192.0.2.7"));
    assert_false(is_inside("192.0.2.7", "192.0.2.8"));
    assert_true(is_inside("192.0.2.0/4", "207.1.2.3")); /* host bits are masked */
    assert_true(is_inside(" 10.0.0.0/8 ", "10.0.0.1"));
    assert_true(is_inside("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(is_inside("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(is_inside("::1", "::1"));
}

static void families_do_not_mix(void **state)
{
    assert_true(is_inside("0.0.0.0/0", "255.0.0.1"));
    assert_false(is_inside("0.0.0.0/0", "fd00::1"));
    assert_false(is_inside("::/0", "10.0.0.1"));
    assert_true(is_inside("::/0", "fd00::1"));
    assert_true(is_inside("::ffff:10.0.0.0/104", "10.200.0.1")); /* an IPv4 block as IPv6 writes it */
    assert_false(is_inside("::ffff:10.0.0.0/104", "11.0.0.1"));
}

static void what_is_no_block_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "/",
                                        "/8",
                                        "10.0.0.0/",
                                        "10.0.0.0/33",
                                        "10.0.0.0/-1",
                                        "10.0.0.0/+8",
                                        "10.0.0.0/8/8",
                                        "10.0.0.0/ 8",
                                        "10.0.0/8",
                                        "fd00::/129",
                                        "fd00::/0128",
                                        "x",
                                        "10.0.0.0/99999999999999999999"};
    for (size_t i = 0; i < countof(texts); i++) {
        struct cidr cidr;
        if (cidr_parse(str_from_cstring(texts[i]), &cidr)) {
            fail_msg("'%s' was taken", texts[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_end_where_their_bits_end),
        cmocka_unit_test(families_do_not_mix),
        cmocka_unit_test(what_is_no_block_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
