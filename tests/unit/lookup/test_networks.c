/* The network hierarchy against a look at every block, and as large as a file can be. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "column/cidr.h"
#include "lookup/networks.h"

static struct networks *networks_of(const struct strbuf *text)
{
    struct networks *networks = NULL;
    struct error err = {0};
    assert_int_equal(networks_create(&networks, NULL), TOCSIN_OK);
    tocsin_status status = networks_load_text(networks, strbuf_str(text), "networks.yaml", &err);
    if (status != TOCSIN_OK) {
        print_error("%u: %s\n", (unsigned)err.line, err.message);
    }
    assert_int_equal(status, TOCSIN_OK);
    return networks;
}

/* Blocks of three domains and of none, of both families; few distinct bytes, so that they nest and repeat. */
static void it_agrees_with_a_plain_search(void **state)
{
    enum { BLOCKS = 400, ADDRESSES = 5000, DOMAINS = 3 };
    static struct {
        struct cidr cidr;
        int domain; /* -1: none */
    } blocks[BLOCKS];
    struct strbuf text;
    strbuf_init(&text, LIMIT_CONFIG_BYTES);
    strbuf_append(&text, STR("networks:\n"));
    uint64_t random = 7;
    int count = 0;
    for (int tries = 0; count < BLOCKS && tries < 100000; tries++) {
        random = str_hash_mix(random + 1);
        char block[64];
        if (random & 1) {
            snprintf(block, sizeof(block), "10.%u.%u.%u/%u", (unsigned)(random >> 8) & 3, (unsigned)(random >> 16) & 3,
                     (unsigned)(random >> 24) & 255, (unsigned)(random >> 32) % 33);
        } else {
            snprintf(block, sizeof(block), "fd00:%x:%x::/%u", (unsigned)(random >> 8) & 3, (unsigned)(random >> 16) & 3,
                     (unsigned)(random >> 32) % 129);
        }
        struct cidr cidr;
        assert_true(cidr_parse(str_from_cstring(block), &cidr));
        int domain = (int)(random >> 48) % (DOMAINS + 1) - 1;
        bool is_new = true;
        for (int i = 0; i < count && is_new; i++) {
            is_new = blocks[i].domain != domain || blocks[i].cidr.prefix != cidr.prefix ||
                     memcmp(&blocks[i].cidr.network, &cidr.network, sizeof(cidr.network)) != 0;
        }
        if (is_new) {
            blocks[count].cidr = cidr;
            blocks[count].domain = domain;
            strbuf_append_format(&text, "  - {name: n%d, cidr: '%s'", count++, block);
            if (domain >= 0) {
                strbuf_append_format(&text, ", domain: %d", domain);
            }
            strbuf_append(&text, STR("}\n"));
        }
    }
    assert_int_equal(count, BLOCKS);
    struct networks *networks = networks_of(&text);
    for (int i = 0; i < ADDRESSES; i++) {
        random = str_hash_mix(random + 1);
        struct ip ip = blocks[random % BLOCKS].cidr.network;
        ip.bytes[15] ^= (uint8_t)(random >> 16);
        ip.bytes[14] ^= (uint8_t)(random >> 24) & 1;
        int domain = (int)(random >> 40) % (DOMAINS + 1) - 1;
        int own = domain < 0 ? 0 : domain;
        int best = -1;
        for (int k = 0; k < BLOCKS; k++) {
            bool is_seen = blocks[k].domain == own || blocks[k].domain == -1;
            bool is_better = best < 0 || blocks[k].cidr.prefix > blocks[best].cidr.prefix ||
                             (blocks[k].cidr.prefix == blocks[best].cidr.prefix && blocks[k].domain == own);
            if (is_seen && is_better && cidr_contains(&blocks[k].cidr, &ip)) {
                best = k;
            }
        }
        char expected[16];
        snprintf(expected, sizeof(expected), best < 0 ? "none" : "n%d", best);
        const struct network *found = networks_find(networks, &ip, domain);
        str name = found ? found->name : STR("none");
        if (!str_eq(name, str_from_cstring(expected))) {
            fail_msg("address %d: %.*s instead of %s", i, STR_ARG(name), expected);
        }
    }
    networks_free(networks);
    strbuf_release(&text);
}

/* Every one of many is found; and a file can be too large. */
static void large_files_are_loaded(void **state)
{
    enum { NETWORKS = 10000 };
    struct strbuf text;
    strbuf_init(&text, LIMIT_CONFIG_BYTES);
    strbuf_append(&text, STR("networks:\n"));
    for (unsigned i = 0; i < NETWORKS; i++) {
        strbuf_append_format(&text, "  - {name: n%u, cidr: 10.%u.%u.%u}\n", i, i >> 16, i >> 8 & 255, i & 255);
    }
    struct networks *networks = networks_of(&text);
    for (unsigned i = 0; i < NETWORKS; i += 97) {
        struct ip ip = ip_from_v4_bytes((const uint8_t[]){10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
        const struct network *found = networks_find(networks, &ip, NETWORKS_NO_DOMAIN);
        char expected[16];
        snprintf(expected, sizeof(expected), "n%u", i);
        assert_non_null(found);
        assert_true(str_eq(found->name, str_from_cstring(expected)));
    }
    networks_free(networks);
    struct error err = {0};
    char *copy = test_malloc(LIMIT_CONFIG_BYTES + 1);
    memset(copy, '#', LIMIT_CONFIG_BYTES + 1);
    str too_large = {copy, LIMIT_CONFIG_BYTES + 1};
    assert_int_equal(networks_create(&networks, NULL), TOCSIN_OK);
    assert_int_equal(networks_load_text(networks, too_large, "networks.yaml", &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "larger than 4 MiB"));
    networks_free(networks);
    test_free(copy);
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_a_plain_search),
        cmocka_unit_test(large_files_are_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
