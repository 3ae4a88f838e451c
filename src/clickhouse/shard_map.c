#include "clickhouse/shard_map.h"

#include <endian.h>

/* ---- SipHash-2-4, with a key of zeros ---- */

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static void mix(uint64_t state[4])
{
    state[0] += state[1];
    state[1] = rotate(state[1], 13) ^ state[0];
    state[0] = rotate(state[0], 32);
    state[2] += state[3];
    state[3] = rotate(state[3], 16) ^ state[2];
    state[0] += state[3];
    state[3] = rotate(state[3], 21) ^ state[0];
    state[2] += state[1];
    state[1] = rotate(state[1], 17) ^ state[2];
    state[2] = rotate(state[2], 32);
}

static void take_word(uint64_t state[4], uint64_t word)
{
    state[3] ^= word;
    mix(state);
    mix(state);
    state[0] ^= word;
}

uint64_t shard_hash(const uint8_t id[LAYOUT_BLOCK_ID_BYTES])
{
    uint64_t state[4] = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261, 0x7465646279746573};
    for (size_t i = 0; i < LAYOUT_BLOCK_ID_BYTES; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, id + i, sizeof(word));
        take_word(state, le64toh(word));
    }
    take_word(state, (uint64_t)LAYOUT_BLOCK_ID_BYTES << 56);
    state[2] ^= 0xff;
    for (int i = 0; i < 4; i++) {
        mix(state);
    }
    return state[0] ^ state[1] ^ state[2] ^ state[3];
}

/* ---- the map ---- */

uint32_t shard_map_find(const struct shard_map *map, const uint8_t id[LAYOUT_BLOCK_ID_BYTES])
{
    uint64_t place = shard_hash(id) % map->ends[map->count - 1];
    uint32_t i = 0;
    while (map->ends[i] <= place) {
        i++;
    }
    return map->numbers[i];
}

static bool take_number(str *line, uint64_t *ret_number)
{
    str field;
    return clickhouse_text_field(line, &field) && str_to_u64(field, ret_number);
}

/* Lines of a shard's number and weight, and what the server makes of a hash. */
static bool read_shards(str answer, struct shard_map *map)
{
    static const uint8_t probe[LAYOUT_BLOCK_ID_BYTES] = "block of a shard";
    uint64_t total = 0;
    str line;
    while (clickhouse_text_line(&answer, &line)) {
        uint64_t number;
        uint64_t weight;
        uint64_t hash;
        if (map->count == LIMIT_CLICKHOUSE_SHARDS || !take_number(&line, &number) || !take_number(&line, &weight) ||
            !take_number(&line, &hash) || hash != shard_hash(probe) || number == 0 || number > UINT32_MAX ||
            weight > UINT32_MAX) {
            return false;
        }
        if (weight > 0) {
            total += weight;
            map->numbers[map->count] = (uint32_t)number;
            map->ends[map->count++] = total;
        }
    }
    return true;
}

static tocsin_status ask(struct clickhouse_session *session, const char *head, const char *cluster, const char *tail,
                         struct strbuf *answer, struct error *err)
{
    struct strbuf sql;
    strbuf_init(&sql, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    strbuf_append(&sql, str_from_cstring(head));
    layout_append_string(&sql, str_from_cstring(cluster));
    strbuf_append(&sql, str_from_cstring(tail));
    tocsin_status status = sql.is_failed ? error_memory(err) : clickhouse_ask(session, strbuf_str(&sql), answer, err);
    strbuf_release(&sql);
    return status;
}

tocsin_status shard_map_read(struct clickhouse_session *session, const char *cluster, struct shard_map *ret_map,
                             struct error *err)
{
    struct strbuf answer;
    strbuf_init(&answer, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    ret_map->count = 0;
    tocsin_status status = ask(session,
                               "SELECT shard_num, max(shard_weight), sipHash64(toFixedString('block of a shard', 16)) "
                               "FROM system.clusters WHERE cluster = ",
                               cluster, " GROUP BY shard_num ORDER BY shard_num", &answer, err);
    if (status == TOCSIN_OK && !read_shards(strbuf_str(&answer), ret_map)) {
        ret_map->count = 0;
    }
    strbuf_release(&answer);
    return status;
}

tocsin_status shard_of_server(struct clickhouse_session *session, const char *cluster, uint32_t *ret_shard,
                              struct error *err)
{
    struct strbuf answer;
    uint64_t number = 0;
    str line = STR_EMPTY;
    strbuf_init(&answer, LIMIT_CLICKHOUSE_STATEMENT_BYTES);
    tocsin_status status = ask(session, "SELECT DISTINCT shard_num FROM system.clusters WHERE is_local AND cluster = ",
                               cluster, "", &answer, err);
    str rest = strbuf_str(&answer);
    bool is_one = clickhouse_text_line(&rest, &line) && rest.len == 0 && take_number(&line, &number);
    *ret_shard = status == TOCSIN_OK && is_one && number <= UINT32_MAX ? (uint32_t)number : 0;
    strbuf_release(&answer);
    return status;
}
