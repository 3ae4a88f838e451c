#include "store/segment_bloom.h"

#include "base/memory.h"
#include "store/store_bytes.h"

enum {
    BLOOM_BEYOND_ASCII = 1,
    WORDS_MAX = BLOOM_BYTES_MAX / 8,
    CHECK_BYTES = 256 * 1024, /* of text, after which a look is taken whether the filter is full */
    TEXT_BYTES_MIN = 8,       /* on average: shorter ones are hardly searched for parts */
};

/* Two places for each gram, from one product. */
struct gram_places {
    uint32_t first;
    uint32_t second;
};

static inline struct gram_places places_of(uint32_t gram)
{
    uint64_t hash = gram * UINT64_C(0x9E3779B97F4A7C15);
    hash ^= hash >> 32;
    hash *= UINT64_C(0xD6E8FEB86659FD93);
    return (struct gram_places){(uint32_t)(hash >> 40), (uint32_t)(hash >> 13)};
}

static inline unsigned char folded(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static bool is_beyond_ascii(str text)
{
    unsigned char all = 0;
    for (size_t i = 0; i < text.len; i++) {
        all |= (unsigned char)text.data[i];
    }
    return all & 0x80;
}

/* ---- reading ---- */

const struct segment_chunk *segment_column_bloom(const struct segment_column *column)
{
    const struct segment_chunk *last = column->chunk_count > 0 ? &column->chunks[column->chunk_count - 1] : NULL;
    return last && last->role == ROLE_BLOOM ? last : NULL;
}

struct segment_bloom segment_bloom_parse(str raw)
{
    struct byte_taker taker = {.rest = raw};
    uint32_t flags = bytes_take_u32(&taker);
    uint32_t zero = bytes_take_u32(&taker);
    size_t bytes = taker.rest.len;
    if (taker.is_bad || flags > BLOOM_BEYOND_ASCII || zero != 0 || bytes < BLOOM_BYTES_MIN || bytes > BLOOM_BYTES_MAX ||
        (bytes & (bytes - 1)) != 0) {
        return (struct segment_bloom){0};
    }
    return (struct segment_bloom){(const unsigned char *)taker.rest.data, (uint32_t)bytes * 8 - 1, flags != 0};
}

tocsin_status segment_bloom_read(const struct store_file *file, const struct segment_column *column,
                                 struct strbuf *buffer, struct segment_bloom *ret_bloom, struct error *err)
{
    const struct segment_chunk *chunk = segment_column_bloom(column);
    *ret_bloom = (struct segment_bloom){0};
    if (!chunk || chunk->codec != CHUNK_PLAIN || chunk->stored_bytes > BLOOM_STORED_BYTES_MAX) {
        return TOCSIN_OK;
    }
    tocsin_status status = segment_chunk_read(file, chunk, buffer, err);
    if (status == TOCSIN_OK) {
        *ret_bloom = segment_bloom_parse(strbuf_str(buffer));
    }
    return status == TOCSIN_END ? TOCSIN_OK : status;
}

static bool has_bit(const struct segment_bloom *bloom, uint32_t place)
{
    place &= bloom->mask;
    return bloom->bits[place / 8] >> place % 8 & 1;
}

bool segment_bloom_knows(const struct scan_literal *literal, bool has_beyond_ascii)
{
    return literal->text.len >= BLOOM_GRAM_BYTES &&
           !(literal->ignores_case && (has_beyond_ascii || is_beyond_ascii(literal->text)));
}

void segment_bloom_places(const char *gram, uint32_t ret_places[2])
{
    uint32_t bytes = 0;
    for (int i = 0; i < BLOOM_GRAM_BYTES; i++) {
        bytes |= (uint32_t)folded((unsigned char)gram[i]) << 8 * i;
    }
    struct gram_places places = places_of(bytes);
    ret_places[0] = places.first;
    ret_places[1] = places.second;
}

bool segment_bloom_may_hold(const struct segment_bloom *bloom, const struct scan_literal *literal)
{
    if (!bloom->bits || !segment_bloom_knows(literal, bloom->has_beyond_ascii)) {
        return true;
    }
    uint32_t gram = 0;
    for (size_t i = 0; i < literal->text.len; i++) {
        gram = gram >> 8 | (uint32_t)folded((unsigned char)literal->text.data[i]) << 24;
        struct gram_places places = places_of(gram);
        if (i >= BLOOM_GRAM_BYTES - 1 && (!has_bit(bloom, places.first) || !has_bit(bloom, places.second))) {
            return false;
        }
    }
    return true;
}

/* ---- writing ---- */

bool bloom_builder_init(struct bloom_builder *builder)
{
    builder->words = memory_allocate_zeroed(WORDS_MAX, sizeof(*builder->words));
    return builder->words != NULL;
}

void bloom_builder_release(struct bloom_builder *builder)
{
    memory_free(builder->words);
    *builder = (struct bloom_builder){0};
}

void bloom_builder_clear(struct bloom_builder *builder)
{
    uint64_t *words = builder->words;
    if (words && builder->bytes > 0) {
        memset(words, 0, BLOOM_BYTES_MAX);
    }
    *builder = (struct bloom_builder){.words = words};
}

static uint32_t count_bits(const uint64_t *words, uint32_t word_count)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < word_count; i++) {
        bits += (uint32_t)__builtin_popcountll(words[i]);
    }
    return bits;
}

/* More than three of five bits: a literal of eight bytes would pass once in fourteen blocks that do not have it. */
static bool is_saturated(const uint64_t *words)
{
    return count_bits(words, WORDS_MAX) > BLOOM_BYTES_MAX * 8 / 5 * 3;
}

static void set_bit(struct bloom_builder *builder, uint32_t place)
{
    place &= BLOOM_BYTES_MAX * 8 - 1;
    builder->words[place / 64] |= UINT64_C(1) << place % 64;
}

void bloom_builder_add(struct bloom_builder *builder, str text)
{
    if (builder->is_saturated) {
        return;
    }
    builder->texts++;
    builder->bytes += text.len;
    builder->has_beyond_ascii = builder->has_beyond_ascii || is_beyond_ascii(text);
    uint32_t gram = 0;
    for (size_t i = 0; i < text.len; i++) {
        gram = gram >> 8 | (uint32_t)folded((unsigned char)text.data[i]) << 24;
        if (i >= BLOOM_GRAM_BYTES - 1) {
            struct gram_places places = places_of(gram);
            set_bit(builder, places.first);
            set_bit(builder, places.second);
        }
    }
    builder->unchecked_bytes += text.len;
    if (builder->unchecked_bytes >= CHECK_BYTES) {
        builder->unchecked_bytes = 0;
        builder->is_saturated = is_saturated(builder->words);
    }
}

/* A place in half the filter is the place in the whole one without its greatest bit, so the halves are laid on each
 * other, as long as at most two of five bits are set. */
static uint32_t fold(uint64_t *words)
{
    uint32_t word_count = WORDS_MAX;
    while (word_count > BLOOM_BYTES_MIN / 8) {
        uint32_t half = word_count / 2;
        uint32_t bits = 0;
        for (uint32_t i = 0; i < half; i++) {
            bits += (uint32_t)__builtin_popcountll(words[i] | words[half + i]);
        }
        if (bits > half * 64 / 5 * 2) {
            break;
        }
        for (uint32_t i = 0; i < half; i++) {
            words[i] |= words[half + i];
        }
        word_count = half;
    }
    return word_count;
}

bool bloom_builder_put(struct bloom_builder *builder, struct strbuf *target)
{
    bool is_worth_it = !builder->is_saturated && builder->texts > 0 &&
                       builder->bytes / builder->texts >= TEXT_BYTES_MIN && !is_saturated(builder->words);
    if (is_worth_it) {
        uint32_t word_count = fold(builder->words);
        bytes_put_u32(target, builder->has_beyond_ascii ? BLOOM_BEYOND_ASCII : 0);
        bytes_put_u32(target, 0);
        for (uint32_t i = 0; i < word_count; i++) {
            bytes_put_u64(target, builder->words[i]);
        }
    }
    bloom_builder_clear(builder);
    return is_worth_it;
}
