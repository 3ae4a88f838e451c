#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "lookup/cidr_index.h"

static struct ip ip_of(const char *text)
{
    struct ip ip;
    assert_true(ip_parse(str_from_cstring(text), &ip));
    return ip;
}

static struct cidr_index index_of(const char *const *blocks, uint32_t count, struct cidr_entry *entries)
{
    struct cidr_index index;
    for (uint32_t i = 0; i < count; i++) {
        assert_true(cidr_parse(str_from_cstring(blocks[i]), &entries[i].block));
        entries[i].value = i;
    }
    cidr_index_build(entries, count, &index);
    return index;
}

/* The values of the blocks around the address, the innermost first: "3,1,0,". */
static void expect_blocks(const struct cidr_index *index, const char *address, const char *expected)
{
    char found[256] = "";
    struct ip ip = ip_of(address);
    size_t bytes = 0;
    for (uint32_t at = cidr_index_find(index, &ip); at != CIDR_NO_ENTRY; at = cidr_index_find_around(index, at, &ip)) {
        found[bytes++] = (char)('0' + index->entries[at].value);
        found[bytes++] = ',';
        found[bytes] = '\0';
    }
    assert_string_equal(found, expected);
}

static void the_innermost_block_is_found_first(void **state)
{
    static const char *const blocks[] = {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3",    "::/0",
                                         "fd00::/8",   "0.0.0.0/0",   "10.1.2.0/24", "10.0.0.0/8"};
    struct cidr_entry entries[countof(blocks)];
    struct cidr_index index = index_of(blocks, countof(blocks), entries);
    assert_int_equal(index.count, 7); /* one stood there twice */
    expect_blocks(&index, "10.1.2.3", "2,6,1,0,5,");
    expect_blocks(&index, "10.1.2.4", "6,1,0,5,");
    expect_blocks(&index, "10.1.3.0", "1,0,5,");
    expect_blocks(&index, "10.255.255.255", "0,5,");
    expect_blocks(&index, "11.0.0.0", "5,");
    expect_blocks(&index, "0.0.0.0", "5,");
    expect_blocks(&index, "255.255.255.255", "5,");
    expect_blocks(&index, "::", "3,");
    expect_blocks(&index, "fd00::1", "4,3,");
    expect_blocks(&index, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3,");
    index = index_of(blocks, 0, entries);
    expect_blocks(&index, "10.1.2.3", "");
}

/* Against a look at every block. */
static void random_blocks_agree_with_a_plain_search(void **state)
{
    enum { BLOCKS = 500, ADDRESSES = 4000 };
    static struct cidr_entry entries[BLOCKS];
    static struct cidr blocks[BLOCKS];
    uint64_t random = 42;
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < BLOCKS; i++) {
            random = str_hash_mix(random + 1);
            /* Few distinct bytes, so that blocks nest. */
            uint8_t bytes[4] = {10, (uint8_t)(random & 3), (uint8_t)(random >> 8 & 7), (uint8_t)(random >> 16)};
            char text[32];
            snprintf(text, sizeof(text), "%u.%u.%u.%u/%u", bytes[0], bytes[1], bytes[2], bytes[3],
                     (unsigned)(random >> 24) % 33);
            assert_true(cidr_parse(str_from_cstring(text), &blocks[i]));
            entries[i] = (struct cidr_entry){.block = blocks[i], .value = i};
        }
        struct cidr_index index;
        cidr_index_build(entries, BLOCKS, &index);
        for (uint32_t i = 0; i < ADDRESSES; i++) {
            random = str_hash_mix(random + 1);
            uint8_t bytes[4] = {(uint8_t)(random >> 40 & 1 ? 10 : random >> 41), (uint8_t)(random & 3),
                                (uint8_t)(random >> 8 & 7), (uint8_t)(random >> 16)};
            struct ip ip = ip_from_v4_bytes(bytes);
            uint32_t best = CIDR_NO_ENTRY;
            for (uint32_t b = 0; b < BLOCKS; b++) {
                if (cidr_contains(&blocks[b], &ip) &&
                    (best == CIDR_NO_ENTRY || blocks[b].prefix > blocks[best].prefix)) {
                    best = b;
                }
            }
            uint32_t found = cidr_index_find(&index, &ip);
            assert_int_equal(found == CIDR_NO_ENTRY ? CIDR_NO_ENTRY : index.entries[found].value, best);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_innermost_block_is_found_first),
        cmocka_unit_test(random_blocks_agree_with_a_plain_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
