#include "match/regex_java_internal.h"

/* Hex digits, exactly `count`. */
static bool take_hex(struct translator *t, size_t count, uint32_t *ret)
{
    uint64_t value;
    if (t->in.len - t->at < count || !str_hex_to_u64(str_slice(t->in, t->at, t->at + count), &value)) {
        return false;
    }
    t->at += count;
    *ret = (uint32_t)value;
    return true;
}

static tocsin_status take_braced_hex(struct translator *t, uint32_t *ret)
{
    size_t end = str_find_char(t->in, '}', t->at);
    uint64_t value;
    if (end == SIZE_MAX || !str_hex_to_u64(str_slice(t->in, t->at, end), &value) || value > 0x10FFFF) {
        return java_fail(t, t->token, "\\x{...} wants a hexadecimal code point");
    }
    t->at = end + 1;
    *ret = (uint32_t)value;
    return TOCSIN_OK;
}

/* \uhhhh; two of them for a character outside the basic plane. */
static tocsin_status take_utf16(struct translator *t, uint32_t *ret)
{
    uint32_t unit;
    uint32_t low;
    if (!take_hex(t, 4, &unit)) {
        return java_fail(t, t->token, "\\u wants four hexadecimal digits");
    }
    if (unit >= 0xD800 && unit <= 0xDBFF && take(t, STR("\\u")) && take_hex(t, 4, &low) && low >= 0xDC00 &&
        low <= 0xDFFF) {
        *ret = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        return TOCSIN_OK;
    }
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        return java_fail(t, t->token, "half of a surrogate pair matches nothing");
    }
    *ret = unit;
    return TOCSIN_OK;
}

static tocsin_status take_octal(struct translator *t, uint32_t *ret)
{
    uint32_t value = 0;
    size_t digits = 0;
    while (digits < 3 && peek(t, 0) >= '0' && peek(t, 0) <= '7' && value * 8 + (uint32_t)(peek(t, 0) - '0') <= 0377) {
        value = value * 8 + (uint32_t)(peek(t, 0) - '0');
        t->at++;
        digits++;
    }
    *ret = value;
    return digits > 0 ? TOCSIN_OK : java_fail(t, t->token, "\\0 wants octal digits");
}

/* An escape that stands for one character, `letter` being taken already. *ret_known: it is one. */
tocsin_status java_take_character_escape(struct translator *t, char letter, uint32_t *ret, bool *ret_known)
{
    static const struct {
        char letter;
        char value;
    } simple[] = {{'t', '\t'}, {'n', '\n'}, {'r', '\r'}, {'f', '\f'}, {'a', '\a'}, {'e', 0x1B}};
    *ret_known = true;
    for (size_t i = 0; i < countof(simple); i++) {
        if (letter == simple[i].letter) {
            *ret = (uint32_t)simple[i].value;
            return TOCSIN_OK;
        }
    }
    switch (letter) {
    case '0':
        return take_octal(t, ret);
    case 'x':
        if (take(t, STR("{"))) {
            return take_braced_hex(t, ret);
        }
        return take_hex(t, 2, ret) ? TOCSIN_OK : java_fail(t, t->token, "\\x wants two hexadecimal digits");
    case 'u':
        return take_utf16(t, ret);
    case 'c':
        if (at_end(t) || (unsigned char)peek(t, 0) >= 0x80) {
            return java_fail(t, t->token, "\\c wants a character");
        }
        *ret = (uint32_t)peek(t, 0) ^ 64;
        t->at++;
        return TOCSIN_OK;
    default:
        *ret_known = false;
        return TOCSIN_OK;
    }
}

/* Java's ASCII classes, and PCRE2's names for them. */
static const struct {
    str java;
    const char *pcre2;
} ascii_properties[] = {
    {STR("Lower"), "lower"}, {STR("Upper"), "upper"}, {STR("ASCII"), "ascii"}, {STR("Alpha"), "alpha"},
    {STR("Digit"), "digit"}, {STR("Alnum"), "alnum"}, {STR("Punct"), "punct"}, {STR("Graph"), "graph"},
    {STR("Print"), "print"}, {STR("Blank"), "blank"}, {STR("Cntrl"), "cntrl"}, {STR("XDigit"), "xdigit"},
    {STR("Space"), "space"},
};

/* Java's names of binary properties that PCRE2 calls otherwise. */
static const struct {
    str java;
    str pcre2;
} unicode_properties[] = {
    {STR("Letter"), STR("L")},   {STR("Titlecase"), STR("Lt")}, {STR("Punctuation"), STR("P")},
    {STR("Control"), STR("Cc")}, {STR("Digit"), STR("Nd")},
};

static bool property_prefix(str *name, str prefix)
{
    bool has = name->len > prefix.len && str_eq_ignore_case(str_slice(*name, 0, prefix.len), prefix);
    *name = has ? str_skip(*name, prefix.len) : *name;
    return has;
}

/* \p or \P, taken already; what follows goes into `set`, as an item of a class. */
tocsin_status java_take_property(struct translator *t, bool is_negated, struct strbuf *set)
{
    str name = str_slice(t->in, t->at, t->at + 1);
    size_t end = t->at + 1;
    if (take(t, STR("{"))) {
        end = str_find_char(t->in, '}', t->at);
        name = str_slice(t->in, t->at, end);
        end = end == SIZE_MAX ? end : end + 1;
    }
    if (end == SIZE_MAX || name.len == 0) {
        return java_fail(t, t->token, "unfinished \\p{...}");
    }
    t->at = end;
    for (size_t i = 0; i < countof(ascii_properties); i++) {
        if (str_eq(name, ascii_properties[i].java)) {
            strbuf_append_format(set, "[:%s%s:]", is_negated ? "^" : "", ascii_properties[i].pcre2);
            return TOCSIN_OK;
        }
    }
    if (str_starts_with(name, STR("In")) || property_prefix(&name, STR("block=")) ||
        property_prefix(&name, STR("blk="))) {
        return java_fail(t, t->token, "Unicode blocks are not supported; name the script, or a range");
    }
    if (str_starts_with(name, STR("java"))) {
        return java_fail(t, t->token, "\\p{java...} is not supported");
    }
    bool has_prefix = property_prefix(&name, STR("script=")) || property_prefix(&name, STR("sc=")) ||
                      property_prefix(&name, STR("general_category=")) || property_prefix(&name, STR("gc="));
    if (!has_prefix && str_starts_with(name, STR("Is"))) {
        name = str_skip(name, 2);
        for (size_t i = 0; i < countof(unicode_properties); i++) {
            name = str_eq_ignore_case(name, unicode_properties[i].java) ? unicode_properties[i].pcre2 : name;
        }
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!ascii_is_alpha(name.data[i]) && name.data[i] != '_') {
            return java_fail(t, t->token, "no such \\p{...}");
        }
    }
    if (name.len == 0 || (name.data[0] | 0x20) == 'x') { /* PCRE2's own Xan, Xps, Xsp, Xuc, Xwd */
        return java_fail(t, t->token, "no such \\p{...}");
    }
    strbuf_append_format(set, "\\%c{%.*s}", is_negated ? 'P' : 'p', STR_ARG(name));
    return TOCSIN_OK;
}
