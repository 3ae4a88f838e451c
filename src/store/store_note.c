#include "store/store_note.h"

#include "base/memory.h"
#include "store/store_bytes.h"

enum { MARK_IS_COMPLETE = 1, NOTE_IS_PARTIAL = 1, FIRST_MARKS = 16 };

/* ---- the newest time ---- */

bool store_newest_merge(struct store_newest *newest, const struct store_newest *other)
{
    bool is_changed = false;
    for (int trust = 0; trust < STORE_TRUSTS; trust++) {
        if (other->by_trust[trust].is_set &&
            (!newest->by_trust[trust].is_set || other->by_trust[trust].ms > newest->by_trust[trust].ms)) {
            newest->by_trust[trust] = other->by_trust[trust];
            is_changed = true;
        }
    }
    return is_changed;
}

bool store_newest_time(const struct store_newest *newest, int64_t *ret_ms)
{
    for (int trust = 0; trust < STORE_TRUSTS; trust++) {
        if (newest->by_trust[trust].is_set) {
            *ret_ms = newest->by_trust[trust].ms;
            return true;
        }
    }
    return false;
}

/* ---- notes ---- */

void segment_note_put(struct strbuf *target, const struct segment_note *note)
{
    unsigned known = 0;
    for (int trust = 0; trust < STORE_TRUSTS; trust++) {
        known |= note->newest.by_trust[trust].is_set ? 1u << trust : 0;
    }
    bytes_put_u32(target, note->mark_count);
    bytes_put_u16(target, (uint16_t)known);
    bytes_put_u16(target, note->is_partial ? NOTE_IS_PARTIAL : 0);
    for (int trust = 0; trust < STORE_TRUSTS; trust++) {
        if (note->newest.by_trust[trust].is_set) {
            bytes_put_u64(target, (uint64_t)note->newest.by_trust[trust].ms);
        }
    }
    for (uint32_t i = 0; i < note->mark_count; i++) {
        const struct store_mark *mark = &note->marks[i];
        bytes_put_u16(target, (uint16_t)mark->input.len);
        bytes_put_u16(target, mark->is_complete ? MARK_IS_COMPLETE : 0);
        strbuf_append(target, (str){(const char *)mark->identity, sizeof(mark->identity)});
        bytes_put_u64(target, mark->bytes);
        bytes_put_u64(target, mark->safe_line);
        bytes_put_u64(target, mark->rows);
        strbuf_append(target, mark->input);
    }
}

static tocsin_status take_mark(struct byte_taker *taker, struct arena *arena, struct store_mark *mark)
{
    uint16_t input_bytes = bytes_take_u16(taker);
    uint16_t flags = bytes_take_u16(taker);
    str identity = bytes_take(taker, sizeof(mark->identity));
    mark->bytes = bytes_take_u64(taker);
    mark->safe_line = bytes_take_u64(taker);
    mark->rows = bytes_take_u64(taker);
    str input = bytes_take(taker, input_bytes);
    if (taker->is_bad || flags > MARK_IS_COMPLETE || input_bytes > LIMIT_STORE_INPUT_BYTES) {
        return TOCSIN_END;
    }
    memcpy(mark->identity, identity.data, sizeof(mark->identity));
    mark->is_complete = flags == MARK_IS_COMPLETE;
    mark->input = arena_copy(arena, input);
    return mark->input.data ? TOCSIN_OK : TOCSIN_ERROR_MEMORY;
}

tocsin_status segment_note_parse(str bytes, struct arena *arena, struct segment_note *ret_note)
{
    struct byte_taker taker = {.rest = bytes};
    struct segment_note note = {.mark_count = bytes_take_u32(&taker)};
    unsigned known = bytes_take_u16(&taker);
    uint16_t flags = bytes_take_u16(&taker);
    note.is_partial = flags == NOTE_IS_PARTIAL;
    for (int trust = 0; trust < STORE_TRUSTS; trust++) {
        if (known >> trust & 1) {
            note.newest.by_trust[trust].is_set = true;
            note.newest.by_trust[trust].ms = (int64_t)bytes_take_u64(&taker);
        }
    }
    if (taker.is_bad || known >> STORE_TRUSTS || flags > NOTE_IS_PARTIAL ||
        note.mark_count > taker.rest.len / MARK_HEAD_BYTES) {
        return TOCSIN_END;
    }
    note.marks = arena_array(arena, struct store_mark, note.mark_count);
    if (!note.marks) {
        return TOCSIN_ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < note.mark_count; i++) {
        tocsin_status status = take_mark(&taker, arena, &note.marks[i]);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    *ret_note = note;
    return taker.rest.len == 0 ? TOCSIN_OK : TOCSIN_END;
}

/* ---- sets of marks ---- */

void mark_set_init(struct mark_set *set, uint64_t hash_seed)
{
    *set = (struct mark_set){.hash_seed = hash_seed};
    arena_init(&set->arena, ARENA_NO_LIMIT);
}

void mark_set_release(struct mark_set *set)
{
    memory_free(set->marks);
    memory_free(set->slots);
    arena_release(&set->arena);
    *set = (struct mark_set){0};
}

void mark_set_clear(struct mark_set *set)
{
    set->count = 0;
    set->bytes = 0;
    if (set->slots) {
        memset(set->slots, 0, set->slot_count * sizeof(*set->slots));
    }
    arena_clear(&set->arena);
}

/* Where it is, or where it would be. */
static uint32_t find_slot(const struct mark_set *set, str input, const uint8_t *identity)
{
    str bytes = {(const char *)identity, STORE_IDENTITY_BYTES};
    uint32_t at = (uint32_t)str_hash(input, set->hash_seed ^ str_hash(bytes, set->hash_seed)) & (set->slot_count - 1);
    for (; set->slots[at]; at = (at + 1) & (set->slot_count - 1)) {
        const struct store_mark *mark = &set->marks[set->slots[at] - 1];
        if (memcmp(mark->identity, identity, STORE_IDENTITY_BYTES) == 0 && str_eq(mark->input, input)) {
            break;
        }
    }
    return at;
}

static bool grow_marks(struct mark_set *set)
{
    if (set->count < set->capacity) {
        return true;
    }
    uint32_t capacity = set->capacity ? set->capacity * 2 : FIRST_MARKS;
    uint32_t *slots = memory_allocate_zeroed((size_t)capacity * 2, sizeof(*slots));
    struct store_mark *marks = slots ? memory_resize(set->marks, capacity * sizeof(*marks)) : NULL;
    if (!marks) {
        memory_free(slots);
        return false;
    }
    memory_free(set->slots);
    set->slots = slots;
    set->slot_count = capacity * 2;
    set->marks = marks;
    set->capacity = capacity;
    for (uint32_t i = 0; i < set->count; i++) {
        set->slots[find_slot(set, marks[i].input, marks[i].identity)] = i + 1;
    }
    return true;
}

bool mark_set_put(struct mark_set *set, const struct store_mark *mark)
{
    if (!grow_marks(set)) {
        return false;
    }
    uint32_t at = find_slot(set, mark->input, mark->identity);
    if (set->slots[at]) {
        struct store_mark *old = &set->marks[set->slots[at] - 1];
        str input = old->input;
        *old = *mark;
        old->input = input;
        return true;
    }
    str input = arena_copy(&set->arena, mark->input);
    if (!input.data) {
        return false;
    }
    set->marks[set->count] = *mark;
    set->marks[set->count].input = input;
    set->slots[at] = ++set->count;
    set->bytes += MARK_HEAD_BYTES + input.len;
    return true;
}

const struct store_mark *mark_set_find(const struct mark_set *set, str input, const uint8_t *identity)
{
    uint32_t at = set->count > 0 ? find_slot(set, input, identity) : 0;
    return set->count > 0 && set->slots[at] ? &set->marks[set->slots[at] - 1] : NULL;
}
