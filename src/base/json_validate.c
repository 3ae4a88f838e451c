/* The check of a whole text against RFC 8259: one pass, a bit a level for the nesting, no recursion. */
#include "base/json_reader.h"
#include "base/limits.h"
#include "base/utf8.h"

struct validation {
    const char *at;
    const char *end;
    uint64_t kinds[(LIMIT_JSON_DEPTH + 63) / 64]; /* 1 = object */
    uint32_t depth;
};

static void pass_blanks(struct validation *v)
{
    while (v->at < v->end && (*v->at == ' ' || *v->at == '\t' || *v->at == '\n' || *v->at == '\r')) {
        v->at++;
    }
}

static bool pass_char(struct validation *v, char c)
{
    if (v->at < v->end && *v->at == c) {
        v->at++;
        return true;
    }
    return false;
}

/* `at` stands on the backslash; stays there if the escape is none. */
static bool pass_escape(struct validation *v)
{
    if (v->end - v->at < 2) {
        return false;
    }
    switch (v->at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        v->at += 2;
        return true;
    case 'u':
        if (v->end - v->at < 6) {
            return false;
        }
        for (int i = 2; i < 6; i++) {
            if (!ascii_is_hex_digit(v->at[i])) {
                return false;
            }
        }
        v->at += 6;
        return true;
    default:
        return false;
    }
}

/* Plain ASCII of a string, eight bytes at a time: stops in front of a block with anything else in it. */
static void pass_plain(struct validation *v)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = ones << 7;
    uint64_t word;
    while (v->end - v->at >= (ptrdiff_t)sizeof(word)) {
        memcpy(&word, v->at, sizeof(word));
        uint64_t quote = word ^ ones * '"';
        uint64_t backslash = word ^ ones * '\\';
        /* Top bits of bytes that are not ASCII, below 0x20, a quote or a backslash. False alarms cost only time. */
        if ((word | (word - ones * 0x20) | (quote - ones) | (backslash - ones)) & tops) {
            return;
        }
        v->at += sizeof(word);
    }
}

static bool pass_string(struct validation *v)
{
    if (!pass_char(v, '"')) {
        return false;
    }
    while (pass_plain(v), v->at < v->end) {
        unsigned char c = (unsigned char)*v->at;
        if (c == '"') {
            v->at++;
            return true;
        }
        if (c == '\\') {
            if (!pass_escape(v)) {
                return false;
            }
        } else if (c < 0x20) {
            return false;
        } else {
            uint32_t code_point;
            size_t taken = utf8_decode((str){v->at, (size_t)(v->end - v->at)}, &code_point);
            if (code_point == UTF8_INVALID) {
                return false;
            }
            v->at += taken;
        }
    }
    return false;
}

static bool pass_digits(struct validation *v)
{
    const char *start = v->at;
    while (v->at < v->end && ascii_is_digit(*v->at)) {
        v->at++;
    }
    return v->at > start;
}

static bool pass_number(struct validation *v)
{
    (void)pass_char(v, '-');
    if (!pass_char(v, '0') && !pass_digits(v)) {
        return false;
    }
    if (pass_char(v, '.') && !pass_digits(v)) {
        return false;
    }
    if (pass_char(v, 'e') || pass_char(v, 'E')) {
        if (!pass_char(v, '+')) {
            (void)pass_char(v, '-');
        }
        return pass_digits(v);
    }
    return true;
}

static bool pass_word(struct validation *v, str word)
{
    if (!str_starts_with((str){v->at, (size_t)(v->end - v->at)}, word)) {
        return false;
    }
    v->at += word.len;
    return true;
}

static bool pass_scalar(struct validation *v)
{
    switch (v->at < v->end ? *v->at : '\0') {
    case '"':
        return pass_string(v);
    case 't':
        return pass_word(v, STR("true"));
    case 'f':
        return pass_word(v, STR("false"));
    case 'n':
        return pass_word(v, STR("null"));
    default:
        return pass_number(v);
    }
}

static bool open_container(struct validation *v, bool is_object)
{
    if (v->depth == LIMIT_JSON_DEPTH) {
        return false;
    }
    uint64_t bit = UINT64_C(1) << v->depth % 64;
    uint64_t *word = &v->kinds[v->depth / 64];
    *word = is_object ? *word | bit : *word & ~bit;
    v->depth++;
    v->at++;
    return true;
}

static bool is_in_object(const struct validation *v)
{
    uint32_t level = v->depth - 1;
    return v->kinds[level / 64] >> level % 64 & 1;
}

static bool pass_key(struct validation *v)
{
    pass_blanks(v);
    if (!pass_string(v)) {
        return false;
    }
    pass_blanks(v);
    return pass_char(v, ':');
}

/* Behind a value: closes what closes here, up to the comma in front of the next value or the end of the outermost. */
static bool pass_ends(struct validation *v)
{
    while (v->depth > 0) {
        pass_blanks(v);
        if (pass_char(v, ',')) {
            return !is_in_object(v) || pass_key(v);
        }
        if (!pass_char(v, is_in_object(v) ? '}' : ']')) {
            return false;
        }
        v->depth--;
    }
    return true;
}

static bool pass_value(struct validation *v)
{
    do {
        pass_blanks(v);
        char c = v->at < v->end ? *v->at : '\0';
        if (c != '{' && c != '[') {
            if (!pass_scalar(v) || !pass_ends(v)) {
                return false;
            }
            continue;
        }
        if (!open_container(v, c == '{')) {
            return false;
        }
        pass_blanks(v);
        if (pass_char(v, c == '{' ? '}' : ']')) {
            v->depth--;
            if (!pass_ends(v)) {
                return false;
            }
        } else if (c == '{' && !pass_key(v)) {
            return false;
        }
    } while (v->depth > 0);
    return true;
}

bool json_validate(str text, size_t *ret_error_offset)
{
    struct validation v = {.at = text.data, .end = text.data + text.len};
    bool is_valid = pass_value(&v);
    if (is_valid) {
        pass_blanks(&v);
        is_valid = v.at == v.end;
    }
    if (!is_valid && ret_error_offset) {
        *ret_error_offset = (size_t)(v.at - text.data);
    }
    return is_valid;
}
