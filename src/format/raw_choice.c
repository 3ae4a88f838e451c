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

static bool is_known(const struct raw_finder *finder, const struct raw_finder *twin)
{
    const struct raw_pattern *pattern = &twin->patterns[0];
    for (uint32_t i = 0; i < finder->count; i++) {
        const struct raw_pattern *other = &finder->patterns[i];
        if (other->length == pattern->length && memcmp(other->bytes, pattern->bytes, pattern->length) == 0 &&
            memcmp(other->masks, pattern->masks, pattern->length) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_once(struct raw_finder *finder, str text, bool ignores_case, bool is_hex)
{
    struct raw_finder alone;
    raw_finder_init(&alone);
    if (is_hex ? !raw_finder_add_hex(&alone, text, ignores_case) : !raw_finder_add(&alone, text, ignores_case)) {
        return false;
    }
    if (is_known(finder, &alone)) {
        return true;
    }
    return is_hex ? raw_finder_add_hex(finder, text, ignores_case) : raw_finder_add(finder, text, ignores_case);
}

/* Letters outside ASCII that are the same as one in ASCII but for their case (match/letter_case.h), and stand as hex:
 * the Kelvin sign, the long s, the Turkish i with a dot and without. */
static bool add_hex_of_variants(struct raw_finder *finder, str text)
{
    static const struct {
        char letter;
        str variant;
    } variants[] = {{'k', {"\xE2\x84\xAA", 3}}, {'s', {"\xC5\xBF", 2}}, {'i', {"\xC4\xB0", 2}}, {'i', {"\xC4\xB1", 2}}};
    bool has_room = true;
    for (size_t i = 0; i < text.len; i++) {
        for (size_t j = 0; j < countof(variants) && has_room; j++) {
            if (ascii_lower(text.data[i]) == variants[j].letter) {
                has_room = add_once(finder, variants[j].variant, false, true);
            }
        }
    }
    return has_room;
}

static bool add_literal(const struct raw_choice *choice, const struct raw_literal *literal, struct raw_finder *finder)
{
    str part = part_of(choice, literal);
    finder->finds_high_byte |= literal->ignores_case;
    if (!add_once(finder, part, literal->ignores_case, false)) {
        return false;
    }
    if (!choice->finds_hex) {
        return true;
    }
    return add_once(finder, part, literal->ignores_case, true) &&
           (!literal->ignores_case || add_hex_of_variants(finder, part));
}

bool raw_choice_make(const struct raw_choice *choice, const struct raw_prefilter *prefilter,
                     struct raw_finder *ret_finder)
{
    raw_finder_init(ret_finder);
    if (!prefilter || prefilter->count == 0) {
        return false;
    }
    for (uint32_t i = 0; i < prefilter->count; i++) {
        const struct raw_query *query = &prefilter->queries[i];
        const struct raw_cover *best = NULL;
        size_t best_worth = 0;
        for (uint32_t j = 0; j < query->count; j++) {
            size_t worth = worth_of(choice, &query->covers[j]);
            if (worth > best_worth || (worth > 0 && worth == best_worth && query->covers[j].count < best->count)) {
                best = &query->covers[j];
                best_worth = worth;
            }
        }
        for (uint32_t j = 0; best && j < best->count; j++) {
            if (!add_literal(choice, &best->literals[j], ret_finder)) {
                return false;
            }
        }
        if (!best) {
            return false;
        }
    }
    return true;
}
