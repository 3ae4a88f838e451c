#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "clickhouse/shard_map.h"

/* What servers of both kinds say to SELECT sipHash64(toFixedString(unhex('..'), 16)). */
static void test_hash_is_the_servers(void **state)
{
    uint8_t id[LAYOUT_BLOCK_ID_BYTES] = {0};
    assert_int_equal(shard_hash(id), UINT64_C(3659997967308761462));
    for (uint8_t i = 0; i < LAYOUT_BLOCK_ID_BYTES; i++) {
        id[i] = i;
    }
    assert_int_equal(shard_hash(id), UINT64_C(14484248404429867391));
}

/* As the Distributed table shares hashes out: by the remainder, in the order of the shards, each as often as its
 * weight says. */
static void test_shards_by_weight(void **state)
{
    const struct shard_map map = {.count = 3, .numbers = {1, 2, 7}, .ends = {1, 4, 6}};
    static const uint32_t wanted[] = {1, 2, 2, 2, 7, 7};
    uint8_t id[LAYOUT_BLOCK_ID_BYTES] = {0};
    unsigned found[8] = {0};
    for (unsigned i = 0; i < 600; i++) {
        id[0] = (uint8_t)i;
        id[1] = (uint8_t)(i >> 8);
        uint32_t shard = shard_map_find(&map, id);
        assert_int_equal(shard, wanted[shard_hash(id) % 6]);
        found[shard]++;
    }
    assert_true(found[1] > 60 && found[2] > 240 && found[7] > 140);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_is_the_servers),
        cmocka_unit_test(test_shards_by_weight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
