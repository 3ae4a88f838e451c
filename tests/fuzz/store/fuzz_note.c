/* Notes of a block of any bytes: taken as far as they make sense, and then put down again as they were; a set of their
 * marks has the last one of each input. And Bloom filters of any bytes, which never rule out what was added to one. */
#include <stdlib.h>

#include "store/segment_bloom.h"
#include "store/store_note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static void check_set(const struct segment_note *note)
{
    struct mark_set set;
    mark_set_init(&set, note->mark_count);
    for (uint32_t i = 0; i < note->mark_count; i++) {
        check(mark_set_put(&set, &note->marks[i]));
    }
    for (uint32_t i = note->mark_count; i-- > 0;) {
        const struct store_mark *found = mark_set_find(&set, note->marks[i].input, note->marks[i].identity);
        check(found != NULL);
        bool is_last = true;
        for (uint32_t k = i + 1; k < note->mark_count && is_last; k++) {
            is_last = memcmp(note->marks[k].identity, note->marks[i].identity, STORE_IDENTITY_BYTES) != 0 ||
                      !str_eq(note->marks[k].input, note->marks[i].input);
        }
        check(!is_last || (found->bytes == note->marks[i].bytes && found->safe_line == note->marks[i].safe_line &&
                           found->rows == note->marks[i].rows));
    }
    mark_set_release(&set);
}

static void parse(str bytes)
{
    struct arena arena;
    struct segment_note note;
    arena_init(&arena, ARENA_NO_LIMIT);
    if (segment_note_parse(bytes, &arena, &note) == TOCSIN_OK) {
        struct strbuf again;
        strbuf_init(&again, 64 * MEBI);
        segment_note_put(&again, &note);
        check(str_eq(strbuf_str(&again), bytes));
        strbuf_release(&again);
        if (note.mark_count < 1000) {
            check_set(&note);
        }
    }
    arena_release(&arena);
}

/* The input in two, as values; each part of them may be held. */
static void filter(str bytes)
{
    struct bloom_builder builder = {0};
    struct strbuf raw;
    strbuf_init(&raw, MEBI);
    check(bloom_builder_init(&builder));
    str first = str_slice(bytes, 0, bytes.len / 3);
    str second = str_skip(bytes, bytes.len / 3);
    bloom_builder_add(&builder, first);
    bloom_builder_add(&builder, second);
    if (bloom_builder_put(&builder, &raw)) {
        struct segment_bloom bloom = segment_bloom_parse(strbuf_str(&raw));
        for (size_t at = 0; at + 8 < second.len; at += 5) {
            const struct scan_literal literal = {str_slice(second, at, at + 4 + at % 5), at % 2, false};
            check(segment_bloom_may_hold(&bloom, &literal));
        }
    }
    bloom_builder_release(&builder);
    strbuf_release(&raw);
    struct segment_bloom any = segment_bloom_parse(bytes);
    const struct scan_literal literal = {second, false, true};
    (void)(second.len > 0 && segment_bloom_may_hold(&any, &literal));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str bytes = {(const char *)data, size};
    parse(bytes);
    filter(bytes);
    return 0;
}
