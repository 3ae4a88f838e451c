#include "format/raw_choice.h"

/* The part that is looked for: the longest one of ASCII without a break. Empty if there is none. */
static str part_of(const struct raw_choice *choice, const struct raw_literal *literal)
{
    const char *breaks = choice->breaks(choice->context, literal->field);
    str best = STR_EMPTY;
    size_t start = 0;
    for (size_t i = 0; breaks && i <= literal->text.len; i++) {
        char c = i < literal->text.len ? literal->text.data[i] : '\0';
        bool is_break = (uint8_t)c < ' ' || (uint8_t)c >= 0x7F || strchr(breaks, c);
        if (is_break) {
            str part = str_slice(literal->text, start, i);
            best = part.len > best.len ? part : best;
            start = i + 1;
        }
    }
    return best;
}

/* Bytes of the shortest part of the cover; 0: it cannot be searched. */
static size_t worth_of(const struct raw_choice *choice, const struct raw_cover *cover)
{
    size_t shortest = SIZE_MAX;
    for (uint32_t i = 0; i < cover->count; i++) {
        size_t length = part_of(choice, &cover->literals[i]).len;
        shortest = length < shortest ? length : shortest;
    }
    return cover->count > 0 && shortest >= RAW_PART_BYTES_MIN ? shortest : 0;
}

static bool keep_new(struct raw_finder *finder, const struct raw_finder *alone)
{
    const struct raw_pattern *pattern = &alone->patterns[0];
    for (uint32_t i = 0; i < finder->count; i++) {
        const struct raw_pattern *other = &finder->patterns[i];
        if (other->length == pattern->length && memcmp(other->bytes, pattern->bytes, pattern->length) == 0 &&
            memcmp(other->masks, pattern->masks, pattern->length) == 0) {
            return true;
        }
    }
    return raw_finder_add_pattern(finder, pattern);
}

bool raw_choice_add(struct raw_finder *finder, str text, bool ignores_case)
{
    struct raw_finder alone;
    raw_finder_init(&alone);
    return raw_finder_add(&alone, text, ignores_case) && keep_new(finder, &alone);
}

bool raw_choice_add_masked(struct raw_finder *finder, str text, const char *masks)
{
    struct raw_finder alone;
    raw_finder_init(&alone);
    return raw_finder_add_masked(&alone, text, masks) && keep_new(finder, &alone);
}

static bool add_hex(struct raw_finder *finder, str text, bool ignores_case)
{
    struct raw_finder alone;
    raw_finder_init(&alone);
    return raw_finder_add_hex(&alone, text, ignores_case) && keep_new(finder, &alone);
}

const char *const *raw_variants_of(char letter)
{
    /* The Kelvin sign, the long s, the Turkish i with a dot and without. */
    static const char *const of_k[] = {"\xE2\x84\xAA", NULL};
    static const char *const of_s[] = {"\xC5\xBF", NULL};
    static const char *const of_i[] = {"\xC4\xB0", "\xC4\xB1", NULL};
    static const char *const none[] = {NULL};
    char lower = ascii_lower(letter);
    return lower == 'k' ? of_k : lower == 's' ? of_s : lower == 'i' ? of_i : none;
}

bool raw_choice_hex(const void *context, const struct raw_literal *literal, str part, struct raw_finder *finder)
{
    bool has_room = add_hex(finder, part, literal->ignores_case);
    for (size_t i = 0; literal->ignores_case && i < part.len; i++) {
        for (const char *const *variant = raw_variants_of(part.data[i]); has_room && *variant; variant++) {
            has_room = add_hex(finder, str_from_cstring(*variant), false);
        }
    }
    return has_room;
}

static bool add_literal(const struct raw_choice *choice, const struct raw_literal *literal, struct raw_finder *finder)
{
    str part = part_of(choice, literal);
    finder->finds_high_byte |= literal->ignores_case;
    return raw_choice_add(finder, part, literal->ignores_case) && choice->forms(choice->context, literal, part, finder);
}

/* The cover that is looked for; NULL if none can be. */
static const struct raw_cover *best_cover(const struct raw_choice *choice, const struct raw_query *query)
{
    const struct raw_cover *best = NULL;
    size_t best_worth = 0;
    for (uint32_t i = 0; i < query->count; i++) {
        size_t worth = worth_of(choice, &query->covers[i]);
        if (worth > best_worth || (worth > 0 && worth == best_worth && query->covers[i].count < best->count)) {
            best = &query->covers[i];
            best_worth = worth;
        }
    }
    return best;
}

static bool add_cover(const struct raw_choice *choice, const struct raw_cover *cover, struct raw_finder *finder)
{
    for (uint32_t i = 0; i < cover->count; i++) {
        if (!add_literal(choice, &cover->literals[i], finder)) {
            return false;
        }
    }
    return true;
}

bool raw_choice_make(const struct raw_choice *choice, const struct raw_prefilter *prefilter,
                     struct raw_finder *ret_finder)
{
    raw_finder_init(ret_finder);
    if (!prefilter || prefilter->count == 0) {
        return false;
    }
    for (uint32_t i = 0; i < prefilter->count; i++) {
        const struct raw_cover *best = best_cover(choice, &prefilter->queries[i]);
        if (!best || !add_cover(choice, best, ret_finder)) {
            return false;
        }
    }
    return true;
}

void raw_choice_confirm(const struct raw_choice *choice, const struct raw_prefilter *prefilter,
                        struct raw_confirmation *ret_confirmation)
{
    ret_confirmation->count = 0;
    if (prefilter->count != 1) {
        return; /* which of the queries a hit is for is not known */
    }
    const struct raw_query *query = &prefilter->queries[0];
    const struct raw_cover *best = best_cover(choice, query);
    for (uint32_t i = 0; i < query->count && ret_confirmation->count < RAW_CONFIRMED_MAX; i++) {
        struct raw_finder *finder = &ret_confirmation->finders[ret_confirmation->count];
        raw_finder_init(finder);
        if (&query->covers[i] != best && worth_of(choice, &query->covers[i]) > 0 &&
            add_cover(choice, &query->covers[i], finder)) {
            ret_confirmation->count++;
        }
    }
}

bool raw_confirm(const struct raw_confirmation *confirmation, str line)
{
    const char *end = line.data + line.len;
    for (uint32_t i = 0; i < confirmation->count; i++) {
        if (raw_finder_next(&confirmation->finders[i], line.data, end) == end) {
            return false;
        }
    }
    return true;
}
