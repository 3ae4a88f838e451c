#include <stdio.h>

#include "match/regex_block_list.h"
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

/* ---- sets ------------------------------------------------------------------------------------------------------- */

/* A name of Java's and what stands for it between the brackets of a class. */
struct set_name {
    str name;
    str items;
    bool is_complement; /* it is all characters but those */
};

/* \p{Lower} and its kin: ASCII, unless (?U). */
static const struct set_name ascii_sets[] = {
    {STR("Lower"), STR("[:lower:]")}, {STR("Upper"), STR("[:upper:]")}, {STR("ASCII"), STR("[:ascii:]")},
    {STR("Alpha"), STR("[:alpha:]")}, {STR("Digit"), STR("[:digit:]")}, {STR("Alnum"), STR("[:alnum:]")},
    {STR("Punct"), STR("[:punct:]")}, {STR("Graph"), STR("[:graph:]")}, {STR("Print"), STR("[:print:]")},
    {STR("Blank"), STR("[:blank:]")}, {STR("Cntrl"), STR("[:cntrl:]")}, {STR("XDigit"), STR("[:xdigit:]")},
    {STR("Space"), STR("[:space:]")},
};

static const struct set_name unicode_sets[] = {
    {STR("Lower"), STR("\\p{Lowercase}")},
    {STR("Upper"), STR("\\p{Uppercase}")},
    {STR("ASCII"), STR("[:ascii:]")},
    {STR("Alpha"), STR("\\p{Alphabetic}")},
    {STR("Digit"), STR("\\p{Nd}")},
    {STR("Alnum"), STR("\\p{Alphabetic}\\p{Nd}")},
    {STR("Punct"), STR("\\p{P}")},
    {STR("Blank"), STR("\\p{Zs}\\t")},
    {STR("Cntrl"), STR("\\p{Cc}")},
    {STR("XDigit"), STR("\\p{Nd}\\p{Hex_Digit}")},
    {STR("Space"), STR("\\p{White_Space}")},
    {STR("Graph"), STR("\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}"), true},
    {STR("Print"), STR("\\p{Cc}\\p{Cs}\\p{Cn}\\x{2028}\\x{2029}"), true},
};

/* Behind Is, in any case. */
static const struct set_name binary_sets[] = {
    {STR("Alphabetic"), STR("\\p{Alphabetic}")},
    {STR("Assigned"), STR("\\P{Cn}")},
    {STR("Control"), STR("\\p{Cc}")},
    {STR("HexDigit"), STR("\\p{Nd}\\p{Hex_Digit}")},
    {STR("Hex_Digit"), STR("\\p{Nd}\\p{Hex_Digit}")},
    {STR("Ideographic"), STR("\\p{Ideographic}")},
    {STR("JoinControl"), STR("\\x{200c}\\x{200d}")},
    {STR("Join_Control"), STR("\\x{200c}\\x{200d}")},
    {STR("Letter"), STR("\\p{L}")},
    {STR("Lowercase"), STR("\\p{Lowercase}")},
    {STR("NoncharacterCodePoint"), STR("\\p{NChar}")},
    {STR("Noncharacter_Code_Point"), STR("\\p{NChar}")},
    {STR("Titlecase"), STR("\\p{Lt}")},
    {STR("Punctuation"), STR("\\p{P}")},
    {STR("Uppercase"), STR("\\p{Uppercase}")},
    {STR("WhiteSpace"), STR("\\p{White_Space}")},
    {STR("White_Space"), STR("\\p{White_Space}")},
    {STR("Word"), STR(UNICODE_WORD_ITEMS)},
    {STR("Digit"), STR("\\p{Nd}")},
    {STR("Alnum"), STR("\\p{Alphabetic}\\p{Nd}")},
    {STR("Blank"), STR("\\p{Zs}\\t")},
    {STR("Graph"), STR("\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}"), true},
    {STR("Print"), STR("\\p{Cc}\\p{Cs}\\p{Cn}\\x{2028}\\x{2029}"), true},
};

/* Alone, or behind Is or gc=. */
static const struct set_name category_sets[] = {
    {STR("LC"), STR("\\p{L&}")},
    {STR("LD"), STR("\\p{L}\\p{Nd}")},
    {STR("L1"), STR("\\x00-\\xff")},
    {STR("all"), STR("\\x00-\\x{10ffff}")},
    {STR("javaLowerCase"), STR("\\p{Lowercase}")},
    {STR("javaUpperCase"), STR("\\p{Uppercase}")},
    {STR("javaTitleCase"), STR("\\p{Lt}")},
    {STR("javaAlphabetic"), STR("\\p{Alphabetic}")},
    {STR("javaIdeographic"), STR("\\p{Ideographic}")},
    {STR("javaDigit"), STR("\\p{Nd}")},
    {STR("javaDefined"), STR("\\P{Cn}")},
    {STR("javaLetter"), STR("\\p{L}")},
    {STR("javaLetterOrDigit"), STR("\\p{L}\\p{Nd}")},
    {STR("javaSpaceChar"), STR("\\p{Z}")},
    {STR("javaWhitespace"),
     STR("\\x09-\\x0d\\x1c-\\x20\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{2028}\\x{2029}\\x{205f}\\x{3000}")},
    {STR("javaISOControl"), STR("\\x00-\\x1f\\x7f-\\x9f")},
    {STR("javaMirrored"), STR("\\p{Bidi_M}")},
};

static const char category_letters[] = "Cn Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No Zs Zl Zp Cc Cf Co Cs Pd Ps Pe Pc Po Sm Sc "
                                       "Sk So Pi Pf L M N Z C P S ";

static const struct {
    str name; /* lower case, letters and digits only */
    uint32_t first;
    uint32_t last;
} blocks[] = {
#define BLOCK(name, first, last) {STR(name), first, last},
    REGEX_BLOCK_LIST(BLOCK)
#undef BLOCK
};

/* Adds a set, or the complement of one. */
static void append_items(struct strbuf *target, str items, bool is_negated, bool *ret_is_complement)
{
    bool is_escape = items.len > 3 && str_find_char(items, '}', 0) == items.len - 1;
    bool is_posix = str_starts_with(items, STR("[:"));
    if (is_negated && is_escape && (items.data[1] | 0x20) == 'p') {
        strbuf_append(target, items.data[1] == 'p' ? STR("\\P") : STR("\\p"));
        strbuf_append(target, str_skip(items, 2));
    } else if (is_negated && is_posix) {
        strbuf_append(target, STR("[:^"));
        strbuf_append(target, str_skip(items, 2));
    } else {
        strbuf_append(target, items);
        *ret_is_complement = is_negated;
    }
}

void java_append_set(const struct translator *t, char letter, struct strbuf *items, bool *ret_is_complement)
{
    *ret_is_complement = false;
    char set = (char)(letter | 0x20);
    if (!t->is_exact || !(t->flags & FLAG_UNICODE_CLASS) || set == 'h' || set == 'v') {
        strbuf_append_format(items, "\\%c", letter);
        return;
    }
    str unicode = set == 'd' ? STR("\\p{Nd}") : set == 's' ? STR("\\p{White_Space}") : STR(UNICODE_WORD_ITEMS);
    append_items(items, unicode, letter != set, ret_is_complement);
}

static const struct set_name *find_set(const struct set_name *sets, size_t count, str name, bool ignores_case)
{
    for (size_t i = 0; i < count; i++) {
        if (ignores_case ? str_eq_ignore_case(name, sets[i].name) : str_eq(name, sets[i].name)) {
            return &sets[i];
        }
    }
    return NULL;
}

/* Under (?i), what tells the cases apart takes all of them. */
static str without_case(const struct translator *t, str items)
{
    static const struct set_name cases[] = {
        {STR("[:lower:]"), STR("[:alpha:]")},
        {STR("[:upper:]"), STR("[:alpha:]")},
        {STR("\\p{Lu}"), STR("\\p{L&}")},
        {STR("\\p{Ll}"), STR("\\p{L&}")},
        {STR("\\p{Lt}"), STR("\\p{L&}")},
        {STR("\\p{Lowercase}"), STR("\\p{Lowercase}\\p{Uppercase}\\p{Lt}")},
        {STR("\\p{Uppercase}"), STR("\\p{Lowercase}\\p{Uppercase}\\p{Lt}")},
    };
    const struct set_name *found = t->flags & FLAG_IGNORE_CASE ? find_set(cases, countof(cases), items, false) : NULL;
    return found ? found->items : items;
}

/* A category, as Java names them: with case. */
static bool find_category(str name, char buffer[8], str *ret_items)
{
    const struct set_name *set = find_set(category_sets, countof(category_sets), name, false);
    if (set) {
        *ret_items = set->items;
        return true;
    }
    char wanted[4] = {0};
    if (name.len == 0 || name.len > 2) {
        return false;
    }
    memcpy(wanted, name.data, name.len);
    wanted[name.len] = ' ';
    const char *hit = strstr(category_letters, wanted);
    if (!hit || (hit != category_letters && hit[-1] != ' ')) {
        return false;
    }
    *ret_items = str_from(buffer, (size_t)snprintf(buffer, 8, "\\p{%.*s}", STR_ARG(name)));
    return true;
}

static bool append_block(str name, bool is_negated, struct strbuf *items, bool *ret_is_complement)
{
    char plain[64];
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < sizeof(plain); i++) {
        if (ascii_is_alpha(name.data[i]) || ascii_is_digit(name.data[i])) {
            plain[len++] = ascii_lower(name.data[i]);
        } else if (name.data[i] != ' ' && name.data[i] != '_' && name.data[i] != '-') {
            return false;
        }
    }
    for (size_t i = 0; i < countof(blocks); i++) {
        if (str_eq(blocks[i].name, str_from(plain, len))) {
            strbuf_append_format(items, "\\x{%x}-\\x{%x}", blocks[i].first, blocks[i].last);
            *ret_is_complement = is_negated;
            return true;
        }
    }
    return false;
}

static tocsin_status append_script(struct translator *t, str name, bool is_negated, struct strbuf *items)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!ascii_is_alpha(name.data[i]) && name.data[i] != '_') {
            return java_fail(t, t->token, "Java has no such \\p{...}");
        }
    }
    if (name.len == 0) {
        return java_fail(t, t->token, "Java has no such \\p{...}");
    }
    strbuf_append_format(items, "\\%c{sc:%.*s}", is_negated ? 'P' : 'p', STR_ARG(name));
    return TOCSIN_OK;
}

static bool take_prefix(str *name, str prefix)
{
    bool has = name->len > prefix.len && str_eq_ignore_case(str_slice(*name, 0, prefix.len), prefix);
    *name = has ? str_skip(*name, prefix.len) : *name;
    return has;
}

/* The name between the braces, or the one letter without them. */
static tocsin_status take_property_name(struct translator *t, str *ret_name)
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
    *ret_name = name;
    return TOCSIN_OK;
}

tocsin_status java_take_property(struct translator *t, bool is_negated, struct strbuf *items, bool *ret_is_complement)
{
    str name;
    *ret_is_complement = false;
    tocsin_status status = take_property_name(t, &name);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (take_prefix(&name, STR("block=")) || take_prefix(&name, STR("blk=")) ||
        (str_starts_with(name, STR("In")) && take_prefix(&name, STR("In")))) {
        return append_block(name, is_negated, items, ret_is_complement)
                   ? TOCSIN_OK
                   : java_fail(t, t->token, "Java has no such block of characters");
    }
    if (take_prefix(&name, STR("script=")) || take_prefix(&name, STR("sc="))) {
        return append_script(t, name, is_negated, items);
    }
    bool is_category = take_prefix(&name, STR("general_category=")) || take_prefix(&name, STR("gc="));
    bool is_behind_is = !is_category && str_starts_with(name, STR("Is")) && take_prefix(&name, STR("Is"));
    bool is_unicode = (t->flags & FLAG_UNICODE_CLASS) != 0;
    const struct set_name *set = NULL;
    if (is_behind_is) {
        set = find_set(binary_sets, countof(binary_sets), name, true);
    } else if (!is_category && is_unicode) {
        set = find_set(unicode_sets, countof(unicode_sets), name, true);
    }
    if (!set) {
        set = find_set(ascii_sets, countof(ascii_sets), name, false);
    }
    char buffer[8];
    str text;
    if (set) {
        text = set->items;
        is_negated ^= set->is_complement;
    } else if (!find_category(name, buffer, &text)) {
        return is_behind_is ? append_script(t, name, is_negated, items)
                            : java_fail(t, t->token, "Java has no such \\p{...}, or it is not supported");
    }
    append_items(items, without_case(t, text), is_negated, ret_is_complement);
    return TOCSIN_OK;
}
