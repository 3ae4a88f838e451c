#include "match/match_set.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "match/letter_case.h"
#include "match/match_internal.h"
#include "match/needle.h"

enum { BYTE_ENTRIES_MAX = 2 }; /* one byte can be two entries: itself, and its letter in any case */

/* From so many literals on the library's compiling costs more than its scanning spares. */
enum { GRAMS_MIN = 64 };
/* Up to so many short ones among them are left to it. */
enum { SHORT_MAX = 256 };

enum { BYTE_ANY = 0xFF };

struct match_set {
    struct arena arena;
    struct match_entry *entries; /* those of one byte in front, then short ones */
    uint32_t entry_count;
    uint32_t short_count;
    uint32_t *members; /* literals of the entries */
    uint32_t *high;    /* literals that only a value with bytes outside ASCII can hold */
    uint32_t high_count;
    uint32_t *always; /* literals of which nothing can be looked for */
    uint32_t always_count;
    bool has_variants;                            /* letters outside ASCII may stand for some of the entries' */
    uint32_t byte_count;                          /* entries of one byte, if they are looked for apart */
    uint32_t byte_entries[256][BYTE_ENTRIES_MAX]; /* 1 + the entry; 0: none */
    bool has_any; /* entries with bytes that fit any other */
    bool has_first; /* entries that begin a value */
    struct match_pairs pairs;
    struct match_grams *grams;
    struct match_automaton *automaton;
    struct match_hyperscan *hyperscan;
};

struct match_scratch {
    struct match_hyperscan_scratch *hyperscan;
    uint64_t *stamps;
    uint32_t stamp_count;
    uint32_t pass;
    struct match_hit *hits;
    size_t hit_capacity;
    struct match_hit *arranged;
    size_t arranged_capacity;
    uint64_t *every;  /* bits of values, then those of values with bytes outside ASCII */
    uint32_t *starts; /* of a value's hits */
    uint32_t value_capacity;
};

static enum match_code code_wanted = MATCH_BEST;

void match_use_code(enum match_code code)
{
    code_wanted = code;
}

/* ---- compiling: what is looked for of a literal ------------------------------------------------------------------ */

/* A literal on its way to an entry. */
struct spelled {
    uint8_t bytes[LIMIT_MATCH_LITERAL_BYTES];
    uint8_t is_any[LIMIT_MATCH_LITERAL_BYTES]; /* the byte is BYTE_ANY then */
    uint32_t len;
    uint32_t sure_at;
    uint32_t sure_len;
    uint32_t literal;
    uint8_t kind; /* of length, see kind_of */
    bool ignores_case;
};

/* The longest part that a value holds as these bytes, but for ASCII case, if it holds the literal. */
static str searchable_part(str text, bool ignores_case)
{
    str best = STR_EMPTY;
    size_t start = 0;
    for (size_t at = 0; at < text.len;) {
        uint32_t code_point;
        size_t taken = utf8_decode(str_skip(text, at), &code_point);
        bool is_same = code_point == UTF8_INVALID || code_point < 0x80 || !ignores_case;
        if (code_point == '\n' || !(is_same || !case_has_variants(code_point))) {
            start = at + taken;
        } else if (at + taken - start > best.len) {
            best = str_slice(text, start, at + taken);
        }
        at += taken;
    }
    return str_slice(best, 0, best.len < LIMIT_MATCH_LITERAL_BYTES ? best.len : LIMIT_MATCH_LITERAL_BYTES);
}

/* A value that holds the text in any case has bytes outside ASCII. */
static bool needs_high_byte(str text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t code_point;
        at += utf8_decode(str_skip(text, at), &code_point);
        if (code_point >= 0x80 && (code_point == UTF8_INVALID || case_fold(code_point) >= 0x80)) {
            return true;
        }
    }
    return false;
}

/* Letters with a partner outside ASCII: the Kelvin sign is a k, the long s an s, and UPPER and LOWER take the dotless
   and the dotted i for an i. */
static bool has_foreign_partner(uint8_t letter)
{
    return letter == 'k' || letter == 's' || letter == 'i';
}

static void spell(str part, bool ignores_case, uint32_t literal, struct spelled *ret)
{
    *ret = (struct spelled){.len = (uint32_t)part.len, .sure_len = (uint32_t)part.len, .literal = literal};
    for (size_t i = 0; i < part.len; i++) {
        ret->bytes[i] = (uint8_t)(ignores_case ? ascii_lower(part.data[i]) : part.data[i]);
        ret->ignores_case |= ignores_case && ascii_is_alpha(part.data[i]);
    }
}

/* How many bytes that stand beside the text may be looked for with it: `step` 1 of what stands behind, -1 in front.
 * Characters that fit any at the far end say nothing. */
static size_t near_length(str text, int step)
{
    size_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[step > 0 ? i : text.len - 1 - i];
        if (c >= 0x80 || c == '\n') {
            break;
        }
        length = c == '_' ? length : i + 1;
    }
    return length;
}

static void spell_beside(struct spelled *spelled, uint32_t at, str text, bool ignores_case)
{
    for (uint32_t i = 0; i < text.len; i++) {
        bool is_any = text.data[i] == '_';
        spelled->is_any[at + i] = is_any;
        spelled->bytes[at + i] =
            is_any ? BYTE_ANY : (uint8_t)(ignores_case ? ascii_lower(text.data[i]) : text.data[i]);
        spelled->ignores_case |= !is_any && ignores_case && ascii_is_alpha(text.data[i]);
    }
}

/* Adds what stands beside the whole text, as far as there is room; the ends of a value are line ends. */
static void spell_surroundings(const struct match_literal *literal, struct spelled *spelled)
{
    size_t before_len = near_length(literal->before, -1);
    size_t behind_len = near_length(literal->behind, 1);
    bool is_first = literal->is_first && before_len == literal->before.len;
    bool is_last = literal->is_last && behind_len == literal->behind.len;
    str before = str_skip(literal->before, literal->before.len - before_len);
    str behind = str_slice(literal->behind, 0, behind_len);
    bool has_any = str_find_char(before, '_', 0) != SIZE_MAX || str_find_char(behind, '_', 0) != SIZE_MAX;
    size_t len = spelled->len + before_len + behind_len + is_first + is_last;
    if (len > LIMIT_MATCH_LITERAL_BYTES || (has_any && spelled->len < 2)) {
        return;
    }
    uint32_t front = (uint32_t)before_len + is_first;
    memmove(spelled->bytes + front, spelled->bytes, spelled->len);
    spelled->sure_at = front;
    spelled->len += front;
    spell_beside(spelled, is_first, before, literal->ignores_case);
    spell_beside(spelled, spelled->len, behind, literal->ignores_case);
    spelled->len += (uint32_t)behind_len;
    if (is_first) {
        spelled->bytes[0] = '\n';
    }
    if (is_last) {
        spelled->bytes[spelled->len++] = '\n';
    }
}

static bool is_same_text(const struct spelled *a, const struct spelled *b)
{
    return a->len == b->len && a->ignores_case == b->ignores_case && a->sure_at == b->sure_at &&
           a->sure_len == b->sure_len && memcmp(a->bytes, b->bytes, a->len) == 0 &&
           memcmp(a->is_any, b->is_any, a->len) == 0;
}

/* One byte, few, or many: entries come in this order. */
enum { KIND_BYTE, KIND_SHORT, KIND_LONG };

static uint8_t kind_of(const struct spelled *spelled)
{
    bool has_any = memchr(spelled->is_any, 1, spelled->len);
    uint32_t sure_bytes = has_any ? spelled->sure_len : spelled->len;
    return spelled->len == 1 ? KIND_BYTE : sure_bytes < MATCH_LONG_BYTES ? KIND_SHORT : KIND_LONG;
}

/* Twins side by side. */
static int compare_spelled(const void *left, const void *right)
{
    const struct spelled *a = left;
    const struct spelled *b = right;
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    int order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
    if (order != 0) {
        return order;
    }
    if (a->len != b->len) {
        return a->len < b->len ? -1 : 1;
    }
    if (a->ignores_case != b->ignores_case) {
        return a->ignores_case ? 1 : -1;
    }
    order = memcmp(a->is_any, b->is_any, sizeof(a->is_any));
    if (order != 0) {
        return order;
    }
    if (a->sure_at != b->sure_at || a->sure_len != b->sure_len) {
        return a->sure_at < b->sure_at || (a->sure_at == b->sure_at && a->sure_len < b->sure_len) ? -1 : 1;
    }
    return a->literal < b->literal ? -1 : a->literal > b->literal;
}

static void make_entry(const struct spelled *spelled, uint32_t member_start, struct match_entry *ret)
{
    *ret = (struct match_entry){.len = spelled->len,
                                .sure_at = spelled->sure_at,
                                .sure_len = spelled->sure_len,
                                .ignores_case = spelled->ignores_case,
                                .member_start = member_start};
    memcpy(ret->bytes, spelled->bytes, sizeof(ret->bytes));
    for (uint32_t i = 0; i < spelled->len; i++) {
        bool is_letter = spelled->ignores_case && ascii_is_alpha((char)spelled->bytes[i]);
        ret->masks[i] = spelled->is_any[i] ? BYTE_ANY : is_letter ? 0x20 : 0;
        ret->has_any |= spelled->is_any[i] != 0;
    }
}

static bool make_entries(struct match_set *set, struct spelled *spelled, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        spelled[i].kind = kind_of(&spelled[i]);
    }
    qsort(spelled, count, sizeof(*spelled), compare_spelled);
    set->entries = arena_array(&set->arena, struct match_entry, count);
    set->members = arena_array(&set->arena, uint32_t, count);
    if (!set->entries || !set->members) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || !is_same_text(&spelled[i - 1], &spelled[i])) {
            make_entry(&spelled[i], i, &set->entries[set->entry_count++]);
            set->short_count += spelled[i].kind == KIND_SHORT;
            set->has_any |= set->entries[set->entry_count - 1].has_any;
            set->has_first |= spelled[i].bytes[0] == '\n';
        }
        set->members[i] = spelled[i].literal;
        set->entries[set->entry_count - 1].member_count++;
        for (uint32_t j = 0; spelled[i].ignores_case && j < spelled[i].len; j++) {
            set->has_variants |= has_foreign_partner(spelled[i].bytes[j]);
        }
    }
    return true;
}

static bool spell_literals(struct match_set *set, const struct match_literal *literals, uint32_t count,
                           bool has_surroundings)
{
    struct spelled *spelled = memory_allocate_zeroed(count, sizeof(*spelled));
    set->high = arena_array(&set->arena, uint32_t, count);
    set->always = arena_array(&set->arena, uint32_t, count);
    uint32_t spelled_count = 0;
    bool is_good = spelled && set->high && set->always;
    for (uint32_t i = 0; is_good && i < count; i++) {
        str part = searchable_part(literals[i].text, literals[i].ignores_case);
        if (part.len > 0) {
            struct spelled *next = &spelled[spelled_count++];
            spell(part, literals[i].ignores_case, i, next);
            if (has_surroundings && part.len == literals[i].text.len) {
                spell_surroundings(&literals[i], next);
            }
        } else if (needs_high_byte(literals[i].text)) {
            set->high[set->high_count++] = i;
        } else {
            set->always[set->always_count++] = i;
        }
    }
    is_good = is_good && make_entries(set, spelled, spelled_count);
    memory_free(spelled);
    return is_good;
}

/* ---- compiling: the way ------------------------------------------------------------------------------------------ */

static void split_off_bytes(struct match_set *set)
{
    while (set->byte_count < set->entry_count && set->entries[set->byte_count].len == 1) {
        uint32_t entry = set->byte_count++;
        uint8_t byte = set->entries[entry].bytes[0];
        uint8_t forms[] = {byte, (uint8_t)(byte & ~0x20)}; /* itself, and the capital of a letter without case */
        for (int i = 0; i < (set->entries[entry].ignores_case ? 2 : 1); i++) {
            uint32_t *slots = set->byte_entries[forms[i]];
            slots[slots[0] != 0] = entry + 1;
        }
    }
}

/* Whether grams are tried; entries may then be more than plain texts. */
static bool wants_grams(uint32_t literal_count)
{
    return code_wanted == MATCH_GRAMS || (code_wanted == MATCH_BEST && literal_count >= GRAMS_MIN);
}

/* Short entries, for which grams would look at every place, are left to the library if there are some dozens of them,
   which it compiles quickly. False when memory is out, or the entries are too much alike. */
static bool use_grams(struct match_set *set, const struct match_heap *sample)
{
    split_off_bytes(set);
    uint32_t first = set->byte_count;
    if (code_wanted == MATCH_BEST && set->short_count > 0 && set->short_count <= SHORT_MAX) {
        set->hyperscan = match_hyperscan_compile(set->entries, first, set->short_count);
    }
    first += set->hyperscan ? set->short_count : 0;
    uint32_t count = set->entry_count - first;
    if (count > 0) {
        set->grams = match_grams_compile(set->entries, first, count, sample);
    }
    return count == 0 || set->grams;
}

static bool choose_way(struct match_set *set)
{
    uint32_t pairs_max = code_wanted == MATCH_BEST ? MATCH_PAIRS_MAX : 0;
    if (set->entry_count > pairs_max) {
        split_off_bytes(set);
    }
    uint32_t first = set->byte_count;
    uint32_t count = set->entry_count - first;
    if (count == 0) {
        return true;
    }
    if (count <= pairs_max) {
        return match_pairs_compile(&set->pairs, &set->arena, set->entries, first, count);
    }
    if (code_wanted != MATCH_AUTOMATON) {
        set->hyperscan = match_hyperscan_compile(set->entries, first, count);
    }
    if (!set->hyperscan) {
        set->automaton = match_automaton_compile(set->entries, first, count);
    }
    return set->hyperscan || set->automaton;
}

/* Nothing of what was compiled stays. */
static void set_begin(struct match_set *set)
{
    match_hyperscan_free(set->hyperscan);
    arena_release(&set->arena);
    *set = (struct match_set){0};
    arena_init(&set->arena, ARENA_NO_LIMIT);
}

static bool compile(struct match_set *set, const struct match_literal *literals, uint32_t count,
                    const struct match_heap *sample)
{
    if (wants_grams(count) && spell_literals(set, literals, count, true) && use_grams(set, sample)) {
        return true;
    }
    set_begin(set);
    return spell_literals(set, literals, count, false) && choose_way(set);
}

tocsin_status match_set_compile(const struct match_literal *literals, uint32_t count, struct match_set **ret_set,
                                struct error *err)
{
    return match_set_compile_like(literals, count, NULL, ret_set, err);
}

tocsin_status match_set_compile_like(const struct match_literal *literals, uint32_t count,
                                     const struct match_heap *sample, struct match_set **ret_set, struct error *err)
{
    if (count > LIMIT_MATCH_LITERALS) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "%u literals are more than can be looked for at once (%d)", count,
                         LIMIT_MATCH_LITERALS);
    }
    struct match_set *set = memory_allocate_zeroed(1, sizeof(*set));
    if (!set) {
        return error_memory(err);
    }
    arena_init(&set->arena, ARENA_NO_LIMIT);
    if (count > 0 && !compile(set, literals, count, sample)) {
        match_set_free(set);
        return error_memory(err);
    }
    *ret_set = set;
    return TOCSIN_OK;
}

void match_set_free(struct match_set *set)
{
    if (set) {
        match_grams_free(set->grams);
        match_automaton_free(set->automaton);
        match_hyperscan_free(set->hyperscan);
        arena_release(&set->arena);
        memory_free(set);
    }
}

const char *match_set_code(const struct match_set *set)
{
    return set->grams ? "grams" : set->hyperscan ? "hyperscan" : set->automaton ? "automaton" : "pairs";
}

/* ---- scratch ----------------------------------------------------------------------------------------------------- */

tocsin_status match_scratch_create(const struct match_set *set, struct match_scratch **ret_scratch, struct error *err)
{
    struct match_scratch *scratch = memory_allocate_zeroed(1, sizeof(*scratch));
    if (!scratch) {
        return error_memory(err);
    }
    scratch->stamp_count = set->entry_count;
    scratch->stamps = memory_allocate_zeroed(set->entry_count + 1u, sizeof(*scratch->stamps));
    bool is_good = scratch->stamps;
    if (is_good && set->hyperscan) {
        scratch->hyperscan = match_hyperscan_scratch_create(set->hyperscan);
        is_good = scratch->hyperscan;
    }
    if (!is_good) {
        match_scratch_free(scratch);
        return error_memory(err);
    }
    *ret_scratch = scratch;
    return TOCSIN_OK;
}

void match_scratch_free(struct match_scratch *scratch)
{
    if (scratch) {
        match_hyperscan_scratch_free(scratch->hyperscan);
        memory_free(scratch->stamps);
        memory_free(scratch->hits);
        memory_free(scratch->arranged);
        memory_free(scratch->every);
        memory_free(scratch->starts);
        memory_free(scratch);
    }
}

static size_t word_count(uint32_t values)
{
    return (values + (size_t)63) / 64;
}

static bool reserve_values(struct match_scratch *scratch, uint32_t count)
{
    if (count > scratch->value_capacity || !scratch->every) {
        uint64_t *every = memory_allocate(word_count(count) * 2 * sizeof(*every) + sizeof(*every));
        uint32_t *starts = memory_allocate(((size_t)count + 1) * sizeof(*starts));
        if (!every || !starts) {
            memory_free(every);
            memory_free(starts);
            return false;
        }
        memory_free(scratch->every);
        memory_free(scratch->starts);
        scratch->every = every;
        scratch->starts = starts;
        scratch->value_capacity = count;
    }
    memset(scratch->every, 0, word_count(count) * 2 * sizeof(*scratch->every));
    return true;
}

/* ---- the sink ---------------------------------------------------------------------------------------------------- */

static bool has_bit(const uint64_t *bits, uint32_t value)
{
    return bits[value / 64] >> value % 64 & 1;
}

static void set_bit(uint64_t *bits, uint32_t value)
{
    bits[value / 64] |= UINT64_C(1) << value % 64;
}

uint32_t match_sink_seek(struct match_sink *sink, uint32_t at)
{
    uint32_t low = 0;
    uint32_t high = sink->heap->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (sink->heap->offsets[middle] <= at) {
            low = middle;
        } else {
            high = middle;
        }
    }
    sink->value = low;
    sink->is_unsorted = true;
    return low;
}

bool match_sink_confirm(struct match_sink *sink, uint32_t index, uint32_t sure)
{
    const struct match_entry *entry = &sink->entries[index];
    const struct match_heap *heap = sink->heap;
    uint32_t lowest = heap->offsets[0] > 0 ? heap->offsets[0] - 1 : 0;
    bool fits = sure >= lowest + entry->sure_at &&
                sure - entry->sure_at + entry->len <= heap->offsets[heap->count] &&
                match_entry_is_at(entry, heap->bytes + sure - entry->sure_at);
    if (!fits && !(entry->has_any && sink->high)) {
        return false;
    }
    uint32_t value = match_sink_value(sink, sure);
    if (!fits) { /* a character may have more bytes than one */
        fits = has_bit(sink->high, value) && sure + entry->sure_len < heap->offsets[value + 1] &&
               match_entry_sure_is_at(entry, heap->bytes + sure);
    }
    if (fits) {
        match_sink_add(sink, index, value);
    }
    return fits;
}

static bool sink_grow(struct match_sink *sink)
{
    size_t capacity = sink->capacity ? sink->capacity * 2 : 256;
    struct match_hit *hits = memory_resize(sink->hits, capacity * sizeof(*hits));
    if (!hits) {
        sink->is_out_of_memory = true;
        return false;
    }
    sink->hits = hits;
    sink->capacity = capacity;
    return true;
}

void match_sink_add_members(struct match_sink *sink, const struct match_entry *entry, uint32_t value)
{
    for (uint32_t i = 0; i < entry->member_count; i++) {
        if (sink->count >= LIMIT_MATCH_HITS) {
            set_bit(sink->every, value);
            sink->is_every = true;
            return;
        }
        if (sink->count == sink->capacity && !sink_grow(sink)) {
            return;
        }
        sink->hits[sink->count++] = (struct match_hit){value, sink->members[entry->member_start + i]};
    }
}

/* ---- passes ------------------------------------------------------------------------------------------------------ */

static void scan_bytes(const struct match_set *set, struct match_sink *sink)
{
    const uint8_t *bytes = (const uint8_t *)sink->heap->bytes;
    uint32_t end = sink->heap->offsets[sink->heap->count];
    for (uint32_t at = sink->heap->offsets[0]; at < end; at++) {
        const uint32_t *slots = set->byte_entries[bytes[at]];
        if (!slots[0]) {
            continue;
        }
        uint32_t value = match_sink_value(sink, at);
        match_sink_add(sink, slots[0] - 1, value);
        if (sink->bits) {
            at = sink->heap->offsets[value + 1] - 1;
        } else if (slots[1]) {
            match_sink_add(sink, slots[1] - 1, value);
        }
    }
    sink->value = 0;
}

/* Values that hold the letter, one outside ASCII that may stand for an ASCII one. */
static void mark_letter(struct match_sink *sink, const uint8_t *letter, size_t len, uint64_t *bits)
{
    const char *bytes = sink->heap->bytes;
    const uint32_t *offsets = sink->heap->offsets;
    size_t end = offsets[sink->heap->count];
    sink->value = 0;
    for (size_t at = offsets[0]; at + len < end;) {
        const char *found = memchr(bytes + at, letter[0], end - at);
        if (!found) {
            break;
        }
        at = (size_t)(found - bytes);
        if (end - at > len && memcmp(found, letter, len) == 0) {
            uint32_t value = match_sink_value(sink, (uint32_t)at);
            set_bit(bits, value);
            sink->is_every = true;
            at = offsets[value + 1];
        } else {
            at++;
        }
    }
    sink->value = 0;
}

static void mark_variants(struct match_sink *sink, uint64_t *bits)
{
    static const uint8_t letters[][3] = {{0xE2, 0x84, 0xAA}, {0xC5, 0xBF}, {0xC4, 0xB0}, {0xC4, 0xB1}};
    for (size_t i = 0; i < countof(letters); i++) {
        mark_letter(sink, letters[i], letters[i][2] ? 3 : 2, bits);
    }
}

static void mark_high_values(const struct match_heap *heap, uint64_t *bits)
{
    for (uint32_t i = 0; i < heap->count; i++) {
        if (text_has_high_byte(str_from(heap->bytes + heap->offsets[i], heap->offsets[i + 1] - heap->offsets[i] - 1))) {
            set_bit(bits, i);
        }
    }
}

static bool heap_has_high_byte(const struct match_heap *heap)
{
    uint32_t start = heap->offsets[0];
    return !heap->is_ascii && text_has_high_byte(str_from(heap->bytes + start, heap->offsets[heap->count] - start));
}

/* In front of the pass, if it wants to know: in such values a character may have more bytes than one. */
static void note_high_values(const struct match_set *set, struct match_sink *sink, uint64_t *high)
{
    if (set->has_any && sink->heap->count > 0 && heap_has_high_byte(sink->heap)) {
        mark_high_values(sink->heap, high);
        sink->high = high;
    }
}

static tocsin_status scan(const struct match_set *set, struct match_scratch *scratch, struct match_sink *sink,
                          struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    if (set->byte_count > 0) {
        scan_bytes(set, sink);
        sink->is_unsorted = set->byte_count < set->entry_count;
    }
    assert(!set->has_first || sink->heap->offsets[0] > 0);
    if (set->grams) {
        match_grams_scan(set->grams, sink);
        sink->is_unsorted |= set->hyperscan != NULL;
    }
    if (set->pairs.count > 0) {
        match_pairs_scan(&set->pairs, sink);
    } else if (set->automaton) {
        match_automaton_scan(set->automaton, sink);
    } else if (set->hyperscan) {
        status = match_hyperscan_scan(set->hyperscan, scratch->hyperscan, sink, err);
    }
    return status == TOCSIN_OK && sink->is_out_of_memory ? error_memory(err) : status;
}

/* Bits of what cannot be looked for as bytes. */
static void mark_unsearchable(const struct match_set *set, struct match_sink *sink, uint64_t *every, uint64_t *high)
{
    bool wants = set->has_variants || set->high_count > 0;
    if (wants && heap_has_high_byte(sink->heap)) {
        if (set->has_variants) {
            mark_variants(sink, every);
        }
        if (set->high_count > 0) {
            mark_high_values(sink->heap, high);
        }
    }
}

tocsin_status match_set_select(const struct match_set *set, struct match_scratch *scratch,
                               const struct match_heap *heap, uint64_t *bits, struct error *err)
{
    bool is_always = set->always_count > 0;
    memset(bits, is_always ? 0xFF : 0, word_count(heap->count) * sizeof(*bits));
    if (is_always && heap->count % 64 > 0) {
        bits[heap->count / 64] = (UINT64_C(1) << heap->count % 64) - 1;
    }
    if (is_always || heap->count == 0) {
        return TOCSIN_OK;
    }
    struct match_sink sink = {.heap = heap, .bits = bits, .entries = set->entries};
    if (set->has_any) {
        if (!reserve_values(scratch, heap->count)) {
            return error_memory(err);
        }
        note_high_values(set, &sink, scratch->every + word_count(heap->count));
    }
    tocsin_status status = scan(set, scratch, &sink, err);
    mark_unsearchable(set, &sink, bits, bits);
    return status;
}

/* ---- hits in order ----------------------------------------------------------------------------------------------- */

/* Sorts by value, and adds what was not found by bytes. */
static bool arrange(const struct match_set *set, struct match_scratch *scratch, const struct match_sink *sink,
                    const uint64_t *high, size_t *ret_count)
{
    uint32_t values = sink->heap->count;
    uint32_t *starts = scratch->starts;
    memset(starts, 0, ((size_t)values + 1) * sizeof(*starts));
    for (size_t i = 0; i < sink->count; i++) {
        starts[sink->hits[i].value]++;
    }
    size_t total = 0;
    for (uint32_t i = 0; i < values; i++) {
        size_t count = starts[i] + set->always_count + (has_bit(high, i) ? set->high_count : 0);
        if (has_bit(sink->every, i) || total + count > LIMIT_MATCH_HITS) {
            set_bit(sink->every, i);
            count = 1;
        }
        starts[i] = (uint32_t)total;
        total += count;
    }
    if (total > scratch->arranged_capacity) {
        memory_free(scratch->arranged);
        scratch->arranged_capacity = 0;
        scratch->arranged = memory_allocate(total * sizeof(*scratch->arranged));
        if (!scratch->arranged) {
            return false;
        }
        scratch->arranged_capacity = total;
    }
    struct match_hit *arranged = scratch->arranged;
    for (uint32_t i = 0; i < values; i++) {
        if (has_bit(sink->every, i)) {
            arranged[starts[i]] = (struct match_hit){i, MATCH_EVERY_LITERAL};
            continue;
        }
        for (uint32_t j = 0; j < set->always_count; j++) {
            arranged[starts[i]++] = (struct match_hit){i, set->always[j]};
        }
        for (uint32_t j = 0; has_bit(high, i) && j < set->high_count; j++) {
            arranged[starts[i]++] = (struct match_hit){i, set->high[j]};
        }
    }
    for (size_t i = 0; i < sink->count; i++) {
        if (!has_bit(sink->every, sink->hits[i].value)) {
            arranged[starts[sink->hits[i].value]++] = sink->hits[i];
        }
    }
    *ret_count = total;
    return true;
}

static void next_pass(struct match_scratch *scratch)
{
    scratch->pass++;
    if (scratch->pass == 0) {
        memset(scratch->stamps, 0, scratch->stamp_count * sizeof(*scratch->stamps));
        scratch->pass = 1;
    }
}

tocsin_status match_set_hits(const struct match_set *set, struct match_scratch *scratch, const struct match_heap *heap,
                             const struct match_hit **ret_hits, size_t *ret_count, struct error *err)
{
    if (!reserve_values(scratch, heap->count)) {
        return error_memory(err);
    }
    next_pass(scratch);
    uint64_t *high = scratch->every + word_count(heap->count);
    struct match_sink sink = {
        .heap = heap,
        .stamps = scratch->stamps,
        .pass = (uint64_t)scratch->pass << 32,
        .hits = scratch->hits,
        .capacity = scratch->hit_capacity,
        .every = scratch->every,
        .entries = set->entries,
        .members = set->members,
    };
    note_high_values(set, &sink, high);
    tocsin_status status = heap->count > 0 ? scan(set, scratch, &sink, err) : TOCSIN_OK;
    scratch->hits = sink.hits;
    scratch->hit_capacity = sink.capacity;
    if (status != TOCSIN_OK) {
        return status;
    }
    if (heap->count > 0) {
        mark_unsearchable(set, &sink, sink.every, high);
    }
    *ret_hits = sink.hits;
    *ret_count = sink.count;
    if (sink.is_unsorted || sink.is_every || set->high_count + set->always_count > 0) {
        if (!arrange(set, scratch, &sink, high, ret_count)) {
            return error_memory(err);
        }
        *ret_hits = scratch->arranged;
    }
    return TOCSIN_OK;
}
