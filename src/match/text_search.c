#include "match/text_search.h"

#include <assert.h>

#include "base/utf8.h"
#include "match/letter_case.h"
#include "match/text_search_internal.h"

/* ---- tokens ----------------------------------------------------------------------------------------------------- */

enum token_class text_search_class(str rest, size_t *ret_bytes)
{
    unsigned char first = (unsigned char)rest.data[0];
    *ret_bytes = 1;
    if (first < 0x80) {
        if (ascii_is_alpha((char)first) || ascii_is_digit((char)first)) {
            return TOKEN_LETTER;
        }
        return first == '.' || first == '_' || first == '-' || first == '@' ? TOKEN_JOINER : TOKEN_PARTS;
    }
    uint32_t code_point;
    *ret_bytes = utf8_decode(rest, &code_point);
    return code_point != UTF8_INVALID && case_is_word(code_point) ? TOKEN_LETTER : TOKEN_PARTS;
}

bool text_search_next_token(str text, size_t *at, str *ret_token)
{
    size_t bytes;
    size_t start = *at;
    while (start < text.len && text_search_class(str_skip(text, start), &bytes) != TOKEN_LETTER) {
        start += bytes;
    }
    size_t end = start;
    size_t behind = start;
    while (behind < text.len) {
        enum token_class class = text_search_class(str_skip(text, behind), &bytes);
        if (class == TOKEN_PARTS) {
            break;
        }
        behind += bytes;
        end = class == TOKEN_LETTER ? behind : end;
    }
    *at = behind;
    *ret_token = str_slice(text, start, end);
    return end > start;
}

/* ---- matching --------------------------------------------------------------------------------------------------- */

static bool word_matches(const struct search_term *term, str payload)
{
    str token;
    for (size_t at = 0; text_search_next_token(payload, &at, &token);) {
        if (like_matches(term->patterns[0], token)) {
            return true;
        }
    }
    return false;
}

/* Bit i of the state: the last i + 1 tokens fit the first i + 1 patterns. */
static bool phrase_matches(const struct search_term *term, str payload)
{
    assert(term->count <= 64);
    uint64_t goal = UINT64_C(1) << (term->count - 1);
    uint64_t state = 0;
    str token;
    for (size_t at = 0; text_search_next_token(payload, &at, &token);) {
        uint64_t next = 0;
        for (uint64_t left = state << 1 | 1; left != 0; left &= left - 1) {
            unsigned i = (unsigned)__builtin_ctzll(left);
            if (i >= term->count) {
                break;
            }
            if (like_matches(term->patterns[i], token)) {
                next |= UINT64_C(1) << i;
            }
        }
        state = next;
        if (state & goal) {
            return true;
        }
    }
    return false;
}

static bool term_matches(const struct search_term *term, str payload)
{
    if (term->is_everything) {
        return true;
    }
    if (term->required && !like_matches(term->required, payload)) {
        return false;
    }
    return term->count == 1 ? word_matches(term, payload) : phrase_matches(term, payload);
}

bool text_search_matches(const struct text_search *search, str payload)
{
    bool is_true = false;
    for (uint32_t at = 0; at < search->step_count; at++) {
        const struct search_step *step = &search->steps[at];
        switch (step->code) {
        case SEARCH_TERM:
            is_true = term_matches(&search->terms[step->argument], payload);
            break;
        case SEARCH_NOT:
            is_true = !is_true;
            break;
        case SEARCH_JUMP_IF_FALSE:
        case SEARCH_JUMP_IF_TRUE:
            if (is_true == (step->code == SEARCH_JUMP_IF_TRUE)) {
                assert(step->argument > at);
                at = step->argument - 1;
            }
            break;
        }
    }
    return is_true;
}

size_t text_search_select(const struct text_search *search, const str *payloads, const uint16_t *rows, size_t row_count,
                          uint16_t *ret_rows)
{
    if (search->required) {
        row_count = like_select(search->required, payloads, rows, row_count, ret_rows);
        rows = ret_rows;
    }
    size_t hits = 0;
    for (size_t i = 0; i < row_count; i++) {
        uint16_t row = rows[i];
        bool is_hit = text_search_matches(search, payloads[row]);
        ret_rows[hits] = row;
        hits += is_hit;
    }
    return hits;
}
