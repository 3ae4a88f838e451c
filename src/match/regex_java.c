#include "match/regex_java.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/utf8.h"

enum { FLAG_DOTALL = 1, FLAG_MULTILINE = 2, FLAG_COMMENTS = 4, FLAG_IGNORE_CASE = 8 };

/* The line ends that Java knows and PCRE2's PCRE2_NEWLINE_ANYCRLF does not. */
#define OTHER_LINE_ENDS "[\\x{85}\\x{2028}\\x{2029}]"
/* Between \r and \n no line starts or ends. */
#define NOT_WITHIN_CRLF "(?!(?<=\\r)\\n)"

struct translator {
    str in;
    size_t at;
    size_t token; /* where the piece in work begins */
    struct regex_java java;
    unsigned flags;
    unsigned depth;
    bool can_repeat;  /* something to repeat stands in front */
    bool has_content; /* more than flags has been read */
    unsigned flags_outside[LIMIT_REGEX_DEPTH];
    struct error *err;
};

/* ---- errors and output ------------------------------------------------------------------------------------------ */

tocsin_status regex_java_error(struct error *err, str pattern, size_t offset, const char *reason)
{
    str shown = str_slice(pattern, 0, 300);
    return error_set(err, TOCSIN_ERROR_SYNTAX, "regular expression '%.*s'%s, offset %zu: %s", STR_ARG(shown),
                     shown.len < pattern.len ? "..." : "", offset, reason);
}

static tocsin_status fail(struct translator *t, size_t offset, const char *reason)
{
    return regex_java_error(t->err, t->in, offset, reason);
}

static void emit(struct translator *t, str text)
{
    uint32_t origin = (uint32_t)t->token;
    t->has_content = true;
    strbuf_append(&t->java.text, text);
    for (size_t i = 0; i < text.len; i++) {
        strbuf_append(&t->java.origins, str_from((const char *)&origin, sizeof(origin)));
    }
}

/* A character that stands for itself, inside and outside of a class. */
static void append_literal(struct strbuf *buffer, uint32_t code_point)
{
    char bytes[4];
    bool is_plain = code_point < 0x80 && (ascii_is_alpha((char)code_point) || ascii_is_digit((char)code_point));
    if (is_plain || code_point >= 0x80) {
        strbuf_append(buffer, str_from(bytes, utf8_encode(code_point, bytes)));
    } else {
        strbuf_append_format(buffer, "\\x{%x}", code_point);
    }
}

static void emit_literal(struct translator *t, uint32_t code_point)
{
    struct strbuf text;
    strbuf_init(&text, 64);
    append_literal(&text, code_point);
    emit(t, strbuf_str(&text));
    t->java.text.is_failed |= text.is_failed;
    strbuf_release(&text);
    t->can_repeat = true;
}

/* ---- input ------------------------------------------------------------------------------------------------------ */

static bool at_end(const struct translator *t)
{
    return t->at >= t->in.len;
}

/* The byte at `at` + ahead, or NUL. */
static char peek(const struct translator *t, size_t ahead)
{
    return t->in.len - t->at > ahead ? t->in.data[t->at + ahead] : '\0';
}

static bool looking_at(const struct translator *t, str text)
{
    return str_starts_with(str_skip(t->in, t->at), text);
}

static bool take(struct translator *t, str text)
{
    bool is_there = looking_at(t, text);
    t->at += is_there ? text.len : 0;
    return is_there;
}

static uint32_t take_code_point(struct translator *t)
{
    uint32_t code_point = 0;
    t->at += utf8_decode(str_skip(t->in, t->at), &code_point);
    return code_point;
}

/* With (?x), Java skips blanks and comments everywhere, in classes too. */
static void skip_comments(struct translator *t)
{
    while ((t->flags & FLAG_COMMENTS) && !at_end(t)) {
        if (peek(t, 0) == '#') {
            while (!at_end(t) && peek(t, 0) != '\n' && peek(t, 0) != '\r') {
                t->at++;
            }
        } else if (ascii_is_blank(peek(t, 0))) {
            t->at++;
        } else {
            return;
        }
    }
}

/* ---- escapes ---------------------------------------------------------------------------------------------------- */

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
        return fail(t, t->token, "\\x{...} wants a hexadecimal code point");
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
        return fail(t, t->token, "\\u wants four hexadecimal digits");
    }
    if (unit >= 0xD800 && unit <= 0xDBFF && take(t, STR("\\u")) && take_hex(t, 4, &low) && low >= 0xDC00 &&
        low <= 0xDFFF) {
        *ret = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        return TOCSIN_OK;
    }
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        return fail(t, t->token, "half of a surrogate pair matches nothing");
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
    return digits > 0 ? TOCSIN_OK : fail(t, t->token, "\\0 wants octal digits");
}

/* An escape that stands for one character, `letter` being taken already. *ret_known: it is one. */
static tocsin_status take_character_escape(struct translator *t, char letter, uint32_t *ret, bool *ret_known)
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
        return take_hex(t, 2, ret) ? TOCSIN_OK : fail(t, t->token, "\\x wants two hexadecimal digits");
    case 'u':
        return take_utf16(t, ret);
    case 'c':
        if (at_end(t) || (unsigned char)peek(t, 0) >= 0x80) {
            return fail(t, t->token, "\\c wants a character");
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
static tocsin_status take_property(struct translator *t, bool is_negated, struct strbuf *set)
{
    str name = str_slice(t->in, t->at, t->at + 1);
    size_t end = t->at + 1;
    if (take(t, STR("{"))) {
        end = str_find_char(t->in, '}', t->at);
        name = str_slice(t->in, t->at, end);
        end = end == SIZE_MAX ? end : end + 1;
    }
    if (end == SIZE_MAX || name.len == 0) {
        return fail(t, t->token, "unfinished \\p{...}");
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
        return fail(t, t->token, "Unicode blocks are not supported; name the script, or a range");
    }
    if (str_starts_with(name, STR("java"))) {
        return fail(t, t->token, "\\p{java...} is not supported");
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
            return fail(t, t->token, "no such \\p{...}");
        }
    }
    if (name.len == 0 || (name.data[0] | 0x20) == 'x') { /* PCRE2's own Xan, Xps, Xsp, Xuc, Xwd */
        return fail(t, t->token, "no such \\p{...}");
    }
    strbuf_append_format(set, "\\%c{%.*s}", is_negated ? 'P' : 'p', STR_ARG(name));
    return TOCSIN_OK;
}

/* ---- classes ---------------------------------------------------------------------------------------------------- */

/* What stands between two && of a class: `items` fit between brackets, `others` are expressions for one character,
   joined by |. */
struct operand {
    struct strbuf items;
    struct strbuf others;
};

static void operand_init(struct operand *operand)
{
    strbuf_init(&operand->items, LIMIT_REGEX_BYTES * 16);
    strbuf_init(&operand->others, LIMIT_REGEX_BYTES * 16);
}

static void operand_release(struct operand *operand)
{
    strbuf_release(&operand->items);
    strbuf_release(&operand->others);
}

static void operand_clear(struct operand *operand)
{
    strbuf_clear(&operand->items);
    strbuf_clear(&operand->others);
}

/* A buffer that ran out of memory may have missed something. */
static bool operand_is_empty(const struct operand *operand)
{
    return !operand->items.is_failed && !operand->others.is_failed && operand->items.len == 0 &&
           operand->others.len == 0;
}

static void operand_add_other(struct operand *operand, str expression)
{
    strbuf_append(&operand->others, operand->others.len > 0 ? STR("|") : STR_EMPTY);
    strbuf_append(&operand->others, expression);
}

/* The operand as an expression for one character. */
static void append_operand(struct strbuf *target, const struct operand *operand)
{
    bool has_both = operand->items.len > 0 && operand->others.len > 0;
    if (operand->others.len == 0) {
        strbuf_append(target, STR("["));
        strbuf_append(target, strbuf_str(&operand->items));
        strbuf_append(target, STR("]"));
        return;
    }
    strbuf_append(target, STR("(?:"));
    if (has_both) {
        strbuf_append(target, STR("["));
        strbuf_append(target, strbuf_str(&operand->items));
        strbuf_append(target, STR("]|"));
    }
    strbuf_append(target, strbuf_str(&operand->others));
    strbuf_append(target, STR(")"));
}

/* One character or one set (\d, \p{L}, \Q..\E) written as an escape. *ret_is_set: it went into `items`. */
static tocsin_status take_class_escape(struct translator *t, struct strbuf *items, uint32_t *ret, bool *ret_is_set)
{
    t->token = t->at++;
    if (at_end(t)) {
        return fail(t, t->token, "nothing behind the backslash");
    }
    uint32_t letter = take_code_point(t);
    *ret_is_set = false;
    if (letter >= 0x80 || !(ascii_is_alpha((char)letter) || ascii_is_digit((char)letter))) {
        *ret = letter;
        return TOCSIN_OK;
    }
    bool is_known = false;
    tocsin_status status = take_character_escape(t, (char)letter, ret, &is_known);
    if (status != TOCSIN_OK || is_known) {
        return status;
    }
    *ret_is_set = true;
    if (memchr("dDwWsShHvV", (int)letter, 10)) {
        strbuf_append_format(items, "\\%c", (char)letter);
        return TOCSIN_OK;
    }
    if (letter == 'p' || letter == 'P') {
        return take_property(t, letter == 'P', items);
    }
    if (letter == 'Q') {
        while (!at_end(t) && !looking_at(t, STR("\\E"))) {
            append_literal(items, take_code_point(t));
        }
        take(t, STR("\\E"));
        return TOCSIN_OK;
    }
    return fail(t, t->token, "this escape does not exist within a class");
}

/* A character, a range, or an escaped set. */
static tocsin_status take_class_item(struct translator *t, struct strbuf *items)
{
    size_t start = t->at;
    uint32_t first;
    uint32_t last;
    bool is_set = false;
    tocsin_status status = TOCSIN_OK;
    if (peek(t, 0) == '\\') {
        status = take_class_escape(t, items, &first, &is_set);
    } else {
        first = take_code_point(t);
    }
    if (status != TOCSIN_OK || is_set) {
        return status;
    }
    skip_comments(t);
    char behind = peek(t, 1);
    if (peek(t, 0) != '-' || behind == ']' || behind == '[' || t->in.len - t->at < 2) {
        append_literal(items, first);
        return TOCSIN_OK;
    }
    t->at++;
    skip_comments(t);
    if (at_end(t)) {
        return fail(t, start, "unfinished range");
    }
    if (peek(t, 0) == '\\') {
        status = take_class_escape(t, items, &last, &is_set);
    } else {
        last = take_code_point(t);
    }
    if (status == TOCSIN_OK && (is_set || last < first)) {
        status = fail(t, start, "bad range of characters");
    }
    if (status == TOCSIN_OK) {
        append_literal(items, first);
        strbuf_append_char(items, '-');
        append_literal(items, last);
    }
    return status;
}

/* A class being read: operands in front of the last && as lookaheads, and the operand in work. */
struct class_parts {
    bool is_negated;
    struct operand operand;
    struct strbuf lookaheads;
};

static tocsin_status class_parse(struct translator *t, unsigned depth, struct operand *target);

static tocsin_status class_parse_operator(struct translator *t, struct class_parts *parts)
{
    if (operand_is_empty(&parts->operand)) {
        return fail(t, t->at, "nothing in front of &&");
    }
    take(t, STR("&&"));
    skip_comments(t);
    if (peek(t, 0) == '&') {
        return fail(t, t->at, "& behind && means different things to different versions of Java");
    }
    strbuf_append(&parts->lookaheads, STR("(?="));
    append_operand(&parts->lookaheads, &parts->operand);
    strbuf_append(&parts->lookaheads, STR(")"));
    operand_clear(&parts->operand);
    return TOCSIN_OK;
}

/* Up to and with the closing bracket. */
static tocsin_status class_parse_parts(struct translator *t, unsigned depth, struct class_parts *parts)
{
    size_t start = t->at - 1;
    parts->is_negated = take(t, STR("^"));
    for (tocsin_status status = TOCSIN_OK; status == TOCSIN_OK;) {
        skip_comments(t);
        bool is_first = operand_is_empty(&parts->operand) && parts->lookaheads.len == 0;
        if (at_end(t)) {
            return fail(t, start, "class without a closing ]");
        }
        if (peek(t, 0) == ']' && !is_first) {
            t->at++;
            return operand_is_empty(&parts->operand) ? fail(t, t->at - 1, "nothing behind &&") : TOCSIN_OK;
        }
        if (looking_at(t, STR("[:"))) {
            status = fail(t, t->at, "[:name:] is not Java; write \\p{Alpha}, \\p{Digit}, ...");
        } else if (take(t, STR("["))) {
            status = class_parse(t, depth + 1, &parts->operand);
        } else if (looking_at(t, STR("&&"))) {
            status = class_parse_operator(t, parts);
        } else {
            status = take_class_item(t, &parts->operand.items);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

/* A class whose [ is taken; it is added to `target`. */
static tocsin_status class_parse(struct translator *t, unsigned depth, struct operand *target)
{
    if (depth > LIMIT_REGEX_DEPTH) {
        return fail(t, t->at, "classes are nested too deeply");
    }
    struct class_parts parts = {0};
    operand_init(&parts.operand);
    strbuf_init(&parts.lookaheads, LIMIT_REGEX_BYTES * 16);
    tocsin_status status = class_parse_parts(t, depth, &parts);
    struct strbuf expression;
    strbuf_init(&expression, LIMIT_REGEX_BYTES * 16);
    bool is_set = parts.lookaheads.len == 0 && parts.operand.others.len == 0;
    if (status == TOCSIN_OK && is_set && !parts.is_negated) {
        strbuf_append(&target->items, strbuf_str(&parts.operand.items));
    } else if (status == TOCSIN_OK && is_set) {
        strbuf_append(&expression, STR("[^"));
        strbuf_append(&expression, strbuf_str(&parts.operand.items));
        strbuf_append(&expression, STR("]"));
        operand_add_other(target, strbuf_str(&expression));
    } else if (status == TOCSIN_OK) {
        strbuf_append(&expression, parts.is_negated ? STR("(?:(?!") : STR("(?:"));
        strbuf_append(&expression, strbuf_str(&parts.lookaheads));
        append_operand(&expression, &parts.operand);
        strbuf_append(&expression, parts.is_negated ? STR(")(?s:.))") : STR(")"));
        operand_add_other(target, strbuf_str(&expression));
    }
    target->items.is_failed |= parts.operand.items.is_failed || parts.operand.others.is_failed ||
                               parts.lookaheads.is_failed || expression.is_failed || target->others.is_failed;
    operand_release(&parts.operand);
    strbuf_release(&parts.lookaheads);
    strbuf_release(&expression);
    return status;
}

static tocsin_status translate_class(struct translator *t)
{
    size_t start = t->at++;
    struct operand whole;
    operand_init(&whole);
    tocsin_status status = class_parse(t, 1, &whole);
    struct strbuf text;
    strbuf_init(&text, LIMIT_REGEX_BYTES * 16);
    if (status == TOCSIN_OK) {
        append_operand(&text, &whole);
        t->token = start;
        emit(t, strbuf_str(&text));
        t->can_repeat = true;
    }
    t->java.text.is_failed |= whole.items.is_failed || text.is_failed;
    operand_release(&whole);
    strbuf_release(&text);
    return status;
}

/* ---- groups, flags, quantifiers --------------------------------------------------------------------------------- */

static tocsin_status group_open(struct translator *t, str emitted, unsigned flags_inside)
{
    if (t->depth == LIMIT_REGEX_DEPTH) {
        return fail(t, t->token, "groups are nested too deeply");
    }
    t->flags_outside[t->depth++] = t->flags;
    t->flags = flags_inside;
    t->can_repeat = false;
    emit(t, emitted);
    return TOCSIN_OK;
}

static tocsin_status capture_open(struct translator *t, str emitted)
{
    if (++t->java.group_count > LIMIT_REGEX_GROUPS) {
        return fail(t, t->token, "too many groups");
    }
    return group_open(t, emitted, t->flags);
}

/* (?<name>, of which (?< is taken. */
static tocsin_status translate_named_group(struct translator *t)
{
    size_t start = t->at;
    while (ascii_is_alpha(peek(t, 0)) || (t->at > start && ascii_is_digit(peek(t, 0)))) {
        t->at++;
    }
    if (t->at == start || !take(t, STR(">"))) {
        return fail(t, t->token, "a group's name is a letter and letters or digits, with > behind");
    }
    return capture_open(t, str_slice(t->in, t->token, t->at));
}

static unsigned flag_of(char letter)
{
    switch (letter) {
    case 'i':
        return FLAG_IGNORE_CASE;
    case 's':
        return FLAG_DOTALL;
    case 'm':
        return FLAG_MULTILINE;
    case 'x':
        return FLAG_COMMENTS;
    default:
        return 0;
    }
}

/* (?ims-x) or (?ims-x:, of which (? is taken. */
static tocsin_status translate_flags(struct translator *t)
{
    char emitted[16] = "(?";
    size_t used = 2;
    unsigned flags = t->flags;
    bool is_off = false;
    bool is_global = false;
    for (; !at_end(t) && peek(t, 0) != ')' && peek(t, 0) != ':'; t->at++) {
        char letter = peek(t, 0);
        unsigned flag = flag_of(letter);
        if (letter == '-' && !is_off) {
            is_off = true;
        } else if (flag) {
            flags = is_off ? flags & ~flag : flags | flag;
        } else if ((letter == 'U' || letter == 'd') && !is_off && !t->has_content) {
            is_global = true;
            t->java.is_unicode |= letter == 'U';
            t->java.is_unix_lines |= letter == 'd';
        } else if (letter == 'U' || letter == 'd') {
            return fail(t, t->at, "the flags U and d are supported at the very start only");
        } else if (letter != 'u') {
            return fail(t, t->at, "Java has no such group or flag");
        }
    }
    if (at_end(t)) {
        return fail(t, t->token, "unfinished flags");
    }
    bool is_group = peek(t, 0) == ':';
    if (is_group && is_global) {
        return fail(t, t->token, "the flags U and d are supported for the whole pattern only");
    }
    t->at++;
    /* All three flags are said anew, so that what was left out changes nothing. Comments are removed here. */
    static const char letters[] = "ism";
    for (int wanted = 1; wanted >= 0; wanted--) {
        for (size_t i = 0; i < 3; i++) {
            if (((flags & flag_of(letters[i])) != 0) == wanted) {
                emitted[used++] = letters[i];
            }
        }
        if (wanted) {
            emitted[used++] = '-';
        }
    }
    used -= emitted[used - 1] == '-';
    emitted[used++] = is_group ? ':' : ')';
    if (is_group) {
        return group_open(t, str_from(emitted, used), flags);
    }
    bool has_content = t->has_content;
    emit(t, str_from(emitted, used));
    t->has_content = has_content;
    t->flags = flags;
    t->can_repeat = false;
    return TOCSIN_OK;
}

static tocsin_status translate_open(struct translator *t)
{
    static const str plain[] = {STR("(?:"), STR("(?="), STR("(?!"), STR("(?>"), STR("(?<="), STR("(?<!")};
    for (size_t i = 0; i < countof(plain); i++) {
        if (take(t, plain[i])) {
            return group_open(t, plain[i], t->flags);
        }
    }
    if (take(t, STR("(?<"))) {
        return translate_named_group(t);
    }
    if (take(t, STR("(?"))) {
        return translate_flags(t);
    }
    t->at++;
    return capture_open(t, STR("("));
}

static tocsin_status translate_close(struct translator *t)
{
    if (t->depth == 0) {
        return fail(t, t->token, "unmatched )");
    }
    t->at++;
    t->flags = t->flags_outside[--t->depth];
    t->can_repeat = true;
    emit(t, STR(")"));
    return TOCSIN_OK;
}

/* Behind { */
static bool take_count(struct translator *t)
{
    size_t start = t->at;
    while (ascii_is_digit(peek(t, 0))) {
        t->at++;
    }
    return t->at > start;
}

static bool is_quantifier(char c)
{
    return c == '*' || c == '+' || c == '?' || c == '{';
}

static tocsin_status translate_quantifier(struct translator *t)
{
    if (!t->can_repeat) {
        return fail(t, t->token, "nothing to repeat in front");
    }
    if (peek(t, 0) == '{') {
        t->at++;
        bool is_good = take_count(t);
        if (is_good && take(t, STR(","))) {
            (void)take_count(t);
        }
        if (!is_good || !take(t, STR("}"))) {
            return fail(t, t->token, "{ begins a repetition like {2,5}; write \\{ for the character");
        }
    } else {
        t->at++;
    }
    emit(t, str_slice(t->in, t->token, t->at));
    skip_comments(t);
    if (peek(t, 0) == '?' || peek(t, 0) == '+') {
        t->at++;
        emit(t, str_slice(t->in, t->at - 1, t->at));
    }
    t->can_repeat = false;
    return TOCSIN_OK;
}

/* ---- the rest --------------------------------------------------------------------------------------------------- */

/* \1: digits are taken as long as there are that many groups. One to a group that never comes is mended at the end. */
static void translate_back_reference(struct translator *t)
{
    unsigned number = (unsigned)(peek(t, 0) - '0');
    t->at++;
    while (ascii_is_digit(peek(t, 0)) && number * 10 + (unsigned)(peek(t, 0) - '0') <= t->java.group_count) {
        number = number * 10 + (unsigned)(peek(t, 0) - '0');
        t->at++;
    }
    char text[16];
    emit(t, str_from(text, (size_t)snprintf(text, sizeof(text), "\\g{%u}", number)));
}

static tocsin_status translate_name_reference(struct translator *t)
{
    size_t start = t->at - 2;
    size_t end = str_find_char(t->in, '>', t->at);
    if (peek(t, 0) != '<' || end == SIZE_MAX) {
        return fail(t, start, "\\k wants <name>");
    }
    for (size_t i = t->at + 1; i < end; i++) {
        if (!ascii_is_alpha(t->in.data[i]) && !ascii_is_digit(t->in.data[i])) {
            return fail(t, start, "\\k wants <name>");
        }
    }
    t->at = end + 1;
    emit(t, str_slice(t->in, start, t->at));
    return TOCSIN_OK;
}

static void translate_quote(struct translator *t)
{
    while (!at_end(t) && !looking_at(t, STR("\\E"))) {
        t->token = t->at;
        emit_literal(t, take_code_point(t));
    }
    take(t, STR("\\E"));
}

static tocsin_status translate_property(struct translator *t, bool is_negated)
{
    struct strbuf set;
    strbuf_init(&set, LIMIT_REGEX_BYTES * 2);
    strbuf_append_char(&set, '[');
    tocsin_status status = take_property(t, is_negated, &set);
    strbuf_append_char(&set, ']');
    if (status == TOCSIN_OK) {
        emit(t, strbuf_str(&set));
    }
    t->java.text.is_failed |= set.is_failed;
    strbuf_release(&set);
    return status;
}

/* ^, \b and so on: PCRE2 wants parentheses round them where they are repeated. */
static void emit_assertion(struct translator *t, str text)
{
    t->can_repeat = true;
    skip_comments(t);
    bool is_repeated = is_quantifier(peek(t, 0));
    emit(t, is_repeated ? STR("(?:") : STR_EMPTY);
    emit(t, text);
    emit(t, is_repeated ? STR(")") : STR_EMPTY);
}

static void translate_start(struct translator *t, bool is_multiline)
{
    if (!is_multiline) {
        emit_assertion(t, STR("^"));
        return;
    }
    /* A line never starts at the end of the text. */
    emit(t, t->java.is_unix_lines ? STR("(?:^(?!\\z))")
                                  : STR("(?:(?:^" NOT_WITHIN_CRLF "|(?<=" OTHER_LINE_ENDS "))(?!\\z))"));
    t->can_repeat = true;
}

static void translate_end(struct translator *t, bool is_multiline, str end)
{
    t->can_repeat = true;
    if (t->java.is_unix_lines) {
        emit_assertion(t, end);
        return;
    }
    emit(t, STR("(?:" NOT_WITHIN_CRLF));
    emit(t, end);
    emit(t, is_multiline ? STR("|(?=" OTHER_LINE_ENDS "))") : STR("|(?=" OTHER_LINE_ENDS "\\z))"));
}

static tocsin_status translate_escape(struct translator *t)
{
    t->at++;
    if (at_end(t)) {
        return fail(t, t->token, "nothing behind the backslash");
    }
    char letter = peek(t, 0);
    if (letter >= '1' && letter <= '9') {
        t->can_repeat = true;
        translate_back_reference(t);
        return TOCSIN_OK;
    }
    uint32_t code_point = take_code_point(t);
    if (code_point >= 0x80 || !(ascii_is_alpha(letter) || ascii_is_digit(letter))) {
        emit_literal(t, code_point);
        return TOCSIN_OK;
    }
    bool is_known = false;
    tocsin_status status = take_character_escape(t, letter, &code_point, &is_known);
    if (is_known || status != TOCSIN_OK) {
        if (status == TOCSIN_OK) {
            emit_literal(t, code_point);
        }
        return status;
    }
    if (letter == 'Q') {
        translate_quote(t);
        return TOCSIN_OK;
    }
    t->can_repeat = true;
    if (letter == 'b' && peek(t, 0) == '{') {
        return fail(t, t->token, "\\b{g} is not supported");
    }
    if (letter == 'Z') {
        translate_end(t, false, STR("\\Z"));
    } else if (memchr("bBAGz", letter, 5)) {
        emit_assertion(t, str_slice(t->in, t->token, t->at));
    } else if (memchr("dDwWsShHvVRX", letter, 12)) {
        emit(t, str_slice(t->in, t->token, t->at));
    } else if (letter == 'p' || letter == 'P') {
        status = translate_property(t, letter == 'P');
    } else if (letter == 'k') {
        status = translate_name_reference(t);
    } else {
        status = fail(t, t->token, "Java has no such escape, or it is not supported");
    }
    return status;
}

static tocsin_status translate_one(struct translator *t)
{
    t->token = t->at;
    bool is_multiline = (t->flags & FLAG_MULTILINE) != 0;
    switch (peek(t, 0)) {
    case '\\':
        return translate_escape(t);
    case '[':
        return translate_class(t);
    case '(':
        return translate_open(t);
    case ')':
        return translate_close(t);
    case '*':
    case '+':
    case '?':
    case '{':
        return translate_quantifier(t);
    case '|':
        t->at++;
        t->can_repeat = false;
        emit(t, STR("|"));
        return TOCSIN_OK;
    case '.':
        t->at++;
        t->can_repeat = true;
        emit(t, STR("."));
        return TOCSIN_OK;
    case '^':
        t->at++;
        translate_start(t, is_multiline);
        return TOCSIN_OK;
    case '$':
        t->at++;
        translate_end(t, is_multiline, STR("$"));
        return TOCSIN_OK;
    default:
        emit_literal(t, take_code_point(t));
        return TOCSIN_OK;
    }
}

/* In Java a reference to a group that does not exist compiles and never matches. */
static void mend_back_references(struct translator *t)
{
    char *text = t->java.text.data;
    for (size_t at = 0; at + 5 <= t->java.text.len; at++) {
        /* only references have this shape: a backslash of the user's becomes \x{5c} */
        if (memcmp(text + at, "\\g{", 3) == 0 && text[at + 4] == '}' &&
            (unsigned)(text[at + 3] - '0') > t->java.group_count) {
            memcpy(text + at, "(?!|)", 5);
        }
    }
}

tocsin_status regex_java_translate(str pattern, bool ignores_case, struct regex_java *ret, struct error *err)
{
    if (pattern.len > LIMIT_REGEX_BYTES) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "regular expression of %zu bytes; at most %zu are taken", pattern.len,
                         LIMIT_REGEX_BYTES);
    }
    if (!utf8_is_valid(pattern)) {
        return regex_java_error(err, pattern, 0, "not valid UTF-8");
    }
    struct translator t = {.in = pattern, .flags = ignores_case ? FLAG_IGNORE_CASE : 0, .err = err};
    strbuf_init(&t.java.text, LIMIT_REGEX_BYTES * 16);
    strbuf_init(&t.java.origins, LIMIT_REGEX_BYTES * 64);
    tocsin_status status = TOCSIN_OK;
    for (skip_comments(&t); status == TOCSIN_OK && !at_end(&t); skip_comments(&t)) {
        status = translate_one(&t);
    }
    if (status == TOCSIN_OK && t.depth > 0) {
        status = fail(&t, pattern.len, "a group is not closed");
    }
    /* PCRE2 does not try a match between \r and \n, where `\sfoo` on "\r\nfoo" begins, unless the pattern names one of
       the two. This names one and matches nothing. */
    emit(&t, STR("(?:\\n){0}"));
    if (status == TOCSIN_OK && (t.java.text.is_failed || t.java.origins.is_failed)) {
        status = error_memory(err);
    }
    if (status != TOCSIN_OK) {
        regex_java_release(&t.java);
        return status;
    }
    mend_back_references(&t);
    *ret = t.java;
    return TOCSIN_OK;
}

void regex_java_release(struct regex_java *java)
{
    strbuf_release(&java->text);
    strbuf_release(&java->origins);
}
