#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "clickhouse/shard_map.h"
#include "scripted_server.h"

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

static int tell_shards(void *context, str query, struct strbuf *reply)
{
    const uint32_t *count = context;
    const uint8_t probe[LAYOUT_BLOCK_ID_BYTES] = "block of a shard";
    if (str_contains(query, STR("SELECT version()"))) {
        strbuf_append(reply, STR("24.8.1\tUTC\n"));
        return 200;
    }
    for (uint32_t i = 1; i <= *count; i++) {
        strbuf_append_format(reply, "%u\t1\t%llu\n", i, (unsigned long long)shard_hash(probe));
    }
    return 200;
}

/* With more shards than a map has, blocks go through the Distributed table. */
static void test_limit(void **state)
{
    static const uint32_t counts[] = {LIMIT_CLICKHOUSE_SHARDS, LIMIT_CLICKHOUSE_SHARDS + 1};
    struct clickhouse_address node = {
        .host = "127.0.0.1", .database = "d", .user = "u", .cluster = "c", .ca_file = "", .password_file = ""};
    struct clickhouse_session *session = NULL;
    struct error err = {0};
    static struct shard_map map;
    uint32_t count;
    struct scripted_server server = {.answer = tell_shards, .context = &count};
    scripted_start(&server);
    node.port = server.port;
    assert_int_equal(clickhouse_session_open(&node, NULL, &session, &err), TOCSIN_OK);
    for (size_t i = 0; i < countof(counts); i++) {
        count = counts[i];
        assert_int_equal(shard_map_read(session, "c", &map, &err), TOCSIN_OK);
        assert_int_equal(map.count, i == 0 ? LIMIT_CLICKHOUSE_SHARDS : 0);
    }
    clickhouse_session_free(session);
    scripted_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_is_the_servers),
        cmocka_unit_test(test_shards_by_weight),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
