#include "match/regex_java.h"

#include <stdio.h>

#include "base/utf8.h"
#include "match/letter_case.h"
#include "match/regex_java_internal.h"

/* The line ends that Java knows and PCRE2's PCRE2_NEWLINE_ANYCRLF does not. */
#define OTHER_LINE_ENDS "[\\x{85}\\x{2028}\\x{2029}]"
/* Between \r and \n no line starts or ends. */
#define NOT_WITHIN_CRLF "(?!(?<=\\r)\\n)"
/* Alternatives that may be combined without a check of the budget. */
enum { PATHS_FREE = 64 };
/* Bytes that one of the pattern may become: \b is the worst. */
enum { EXPANSION_MAX = 128 };

/* ---- errors and output ------------------------------------------------------------------------------------------ */

tocsin_status regex_java_error(struct error *err, str pattern, size_t offset, const char *reason)
{
    str shown = str_slice(pattern, 0, 300);
    return error_set(err, TOCSIN_ERROR_SYNTAX, "regular expression '%.*s'%s, offset %zu: %s", STR_ARG(shown),
                     shown.len < pattern.len ? "..." : "", offset, reason);
}

tocsin_status java_fail(struct translator *t, size_t offset, const char *reason)
{
    return regex_java_error(t->err, t->in, offset, reason);
}

void java_emit(struct translator *t, str text)
{
    uint32_t origin = (uint32_t)t->token;
    strbuf_append(&t->java.text, text);
    for (size_t i = 0; i < text.len; i++) {
        strbuf_append(&t->java.origins, str_from((const char *)&origin, sizeof(origin)));
    }
}

static bool is_quantifier(char c)
{
    return c == '*' || c == '+' || c == '?' || c == '{';
}

void java_check_repeated(struct translator *t)
{
    java_skip_comments(t);
    if (is_quantifier(peek(t, 0))) {
        java_emit(t, BUDGET_CHECK);
    }
}

/* A character that stands for itself, inside and outside of a class. */
void java_append_literal(struct strbuf *buffer, uint32_t code_point)
{
    char bytes[4];
    bool is_plain = code_point < 0x80 && (ascii_is_alpha((char)code_point) || ascii_is_digit((char)code_point));
    if (is_plain || code_point >= 0x80) {
        strbuf_append(buffer, str_from(bytes, utf8_encode(code_point, bytes)));
    } else {
        strbuf_append_format(buffer, "\\x{%x}", code_point);
    }
}

/* Under (?i), PCRE2 would take letters for the same that Java does not: k and the Kelvin sign, or any beyond ASCII. */
static bool literal_folds_too_far(const struct translator *t, uint32_t code_point)
{
    if (!folds_ascii(t)) {
        return false;
    }
    uint32_t fold = case_fold(code_point);
    if (code_point < 0x80) {
        return t->is_exact && (fold == 'k' || fold == 's');
    }
    return fold < 0x80 || (t->is_exact && case_has_variants(code_point));
}

void java_emit_literal(struct translator *t, uint32_t code_point)
{
    struct strbuf text;
    strbuf_init(&text, 64);
    if (literal_folds_too_far(t, code_point)) {
        strbuf_append(&text, STR("(?-i:["));
        java_append_literal(&text, code_point);
        if (code_point < 0x80) {
            java_append_literal(&text, code_point ^ 0x20);
        }
        strbuf_append(&text, STR("])"));
    } else {
        java_append_literal(&text, code_point);
    }
    java_emit(t, strbuf_str(&text));
    t->java.text.is_failed |= text.is_failed;
    strbuf_release(&text);
    t->can_repeat = true;
}

/* ---- input ------------------------------------------------------------------------------------------------------ */

uint32_t java_take_code_point(struct translator *t)
{
    uint32_t code_point = 0;
    t->at += utf8_decode(str_skip(t->in, t->at), &code_point);
    return code_point;
}

/* With (?x), Java skips blanks and comments everywhere, in classes too. */
void java_skip_comments(struct translator *t)
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

/* ---- groups, flags, quantifiers --------------------------------------------------------------------------------- */

static tocsin_status group_open(struct translator *t, str emitted, unsigned flags_inside)
{
    if (t->depth == LIMIT_REGEX_DEPTH) {
        return java_fail(t, t->token, "groups are nested too deeply");
    }
    t->group_outside[t->depth] = t->groups_opened;
    t->branches[t->depth] = 1;
    t->flags_outside[t->depth++] = t->flags;
    t->flags = flags_inside;
    t->can_repeat = false;
    java_emit(t, emitted);
    if (t->is_repeated[t->groups_opened++]) {
        java_emit(t, BUDGET_CHECK);
    }
    return TOCSIN_OK;
}

static tocsin_status capture_open(struct translator *t, str emitted)
{
    if (++t->java.group_count > LIMIT_REGEX_GROUPS) {
        return java_fail(t, t->token, "too many groups");
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
        return java_fail(t, t->token, "a group's name is a letter and letters or digits, with > behind");
    }
    strbuf_append_char(&t->names, '<');
    strbuf_append(&t->names, str_slice(t->in, start, t->at));
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
    case 'u':
        return FLAG_UNICODE_CASE;
    case 'd':
        return FLAG_UNIX_LINES;
    case 'U':
        return FLAG_UNICODE_CLASS;
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
    for (; !at_end(t) && peek(t, 0) != ')' && peek(t, 0) != ':'; t->at++) {
        char letter = peek(t, 0);
        unsigned flag = flag_of(letter);
        if (letter == '-' && !is_off) {
            is_off = true;
        } else if (flag) {
            flags = is_off ? flags & ~flag : flags | flag | (letter == 'U' ? FLAG_UNICODE_CASE : 0);
        } else {
            return java_fail(t, t->at, "Java has no such group or flag");
        }
    }
    if (at_end(t)) {
        return java_fail(t, t->token, "unfinished flags");
    }
    bool is_group = peek(t, 0) == ':';
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
    java_emit(t, str_from(emitted, used));
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
        return java_fail(t, t->token, "unmatched )");
    }
    t->at++;
    t->flags = t->flags_outside[--t->depth];
    t->can_repeat = true;
    t->group_closed = t->group_outside[t->depth];
    java_emit(t, STR(")"));
    if (__builtin_mul_overflow(t->paths, t->branches[t->depth], &t->paths)) {
        t->paths = UINT32_MAX;
    }
    if (!t->is_first_pass && !t->is_repeated[t->group_closed] && t->branches[t->depth] > 1 && t->paths > PATHS_FREE) {
        java_emit(t, BUDGET_CHECK);
    }
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

static tocsin_status translate_quantifier(struct translator *t, size_t group_in_front)
{
    if (!t->can_repeat) {
        return java_fail(t, t->token, "nothing to repeat in front");
    }
    if (group_in_front != NO_GROUP) {
        t->is_repeated[group_in_front] = '\1';
    }
    if (peek(t, 0) == '{') {
        t->at++;
        bool is_good = take_count(t);
        size_t comma = t->at;
        if (is_good && take(t, STR(","))) {
            (void)take_count(t);
        }
        size_t end = t->at;
        if (!is_good || !take(t, STR("}"))) {
            return java_fail(t, t->token, "{ begins a repetition like {2,5}; write \\{ for the character");
        }
        /* PCRE2 counts to 65,535; more than a value can hold is no bound. */
        uint64_t most;
        bool is_unbounded =
            str_to_u64(str_slice(t->in, comma + 1, end), &most) && most >= LIMIT_LINE_BYTES && most <= INT32_MAX;
        java_emit(t, str_slice(t->in, t->token, is_unbounded ? comma + 1 : end));
        java_emit(t, STR("}"));
    } else {
        t->at++;
        java_emit(t, str_slice(t->in, t->token, t->at));
    }
    java_skip_comments(t);
    if (peek(t, 0) == '?' || peek(t, 0) == '+') {
        t->at++;
        java_emit(t, str_slice(t->in, t->at - 1, t->at));
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
    java_check_repeated(t);
    java_emit(t, str_from(text, (size_t)snprintf(text, sizeof(text), "\\g{%u}", number)));
}

static tocsin_status translate_name_reference(struct translator *t)
{
    size_t start = t->at - 2;
    size_t end = str_find_char(t->in, '>', t->at);
    if (peek(t, 0) != '<' || end == SIZE_MAX) {
        return java_fail(t, start, "\\k wants <name>");
    }
    for (size_t i = t->at + 1; i < end; i++) {
        if (!ascii_is_alpha(t->in.data[i]) && !ascii_is_digit(t->in.data[i])) {
            return java_fail(t, start, "\\k wants <name>");
        }
    }
    if (!str_contains(strbuf_str(&t->names), str_slice(t->in, t->at, end + 1))) {
        return java_fail(t, start, "there is no group of that name in front");
    }
    t->at = end + 1;
    java_check_repeated(t);
    java_emit(t, str_slice(t->in, start, end + 1));
    return TOCSIN_OK;
}

static void translate_quote(struct translator *t)
{
    while (!at_end(t) && !looking_at(t, STR("\\E"))) {
        t->token = t->at;
        uint32_t code_point = java_take_code_point(t);
        if (looking_at(t, STR("\\E")) && is_quantifier(peek(t, 2))) {
            java_emit(t, BUDGET_CHECK);
        }
        java_emit_literal(t, code_point);
    }
    take(t, STR("\\E"));
}

/* \p{..}, \w and so on, of which the letter is taken. */
static tocsin_status translate_set(struct translator *t, char letter)
{
    struct strbuf set;
    strbuf_init(&set, LIMIT_REGEX_BYTES * 2);
    bool is_complement = false;
    tocsin_status status = TOCSIN_OK;
    if (letter == 'p' || letter == 'P') {
        status = java_take_property(t, letter == 'P', &set, &is_complement);
    } else {
        java_append_set(t, letter, &set, &is_complement);
    }
    if (status == TOCSIN_OK) {
        bool is_bare = set.len == 2; /* \d */
        java_check_repeated(t);
        java_emit(t, is_bare ? STR_EMPTY : is_complement ? STR("[^") : STR("["));
        java_emit(t, strbuf_str(&set));
        java_emit(t, is_bare ? STR_EMPTY : STR("]"));
    }
    t->java.text.is_failed |= set.is_failed;
    strbuf_release(&set);
    return status;
}

/* ^, \b and so on: PCRE2 wants parentheses round them where they are repeated. */
static void emit_assertion(struct translator *t, str text)
{
    t->can_repeat = true;
    java_skip_comments(t);
    bool is_repeated = is_quantifier(peek(t, 0));
    java_emit(t, is_repeated ? STR("(?:") : STR_EMPTY);
    java_emit(t, text);
    java_emit(t, is_repeated ? STR(")") : STR_EMPTY);
}

static void translate_start(struct translator *t, bool is_multiline)
{
    if (!is_multiline) {
        emit_assertion(t, STR("^"));
        return;
    }
    t->can_repeat = true;
    /* A line never starts at the end of the text. */
    if (t->flags & FLAG_UNIX_LINES) {
        java_emit(t, STR("(?:(?:\\A|(?<=\\n))(?!\\z))"));
    } else if (!t->is_exact) {
        java_emit(t, STR("(?:^" NOT_WITHIN_CRLF "(?!\\z))"));
    } else {
        java_emit(t, STR("(?:(?:^" NOT_WITHIN_CRLF "|(?<=" OTHER_LINE_ENDS "))(?!\\z))"));
    }
}

static void translate_end(struct translator *t, bool is_multiline, str end)
{
    t->can_repeat = true;
    if (t->flags & FLAG_UNIX_LINES) {
        java_emit(t, is_multiline ? STR("(?=\\n|\\z)") : STR("(?=\\n?\\z)"));
        return;
    }
    java_emit(t, STR("(?:" NOT_WITHIN_CRLF));
    java_emit(t, end);
    if (t->is_exact) {
        java_emit(t, is_multiline ? STR("|(?=" OTHER_LINE_ENDS ")") : STR("|(?=" OTHER_LINE_ENDS "\\z)"));
    }
    java_emit(t, STR(")"));
}

static void translate_dot(struct translator *t)
{
    t->can_repeat = true;
    java_check_repeated(t);
    if (t->flags & FLAG_DOTALL) {
        java_emit(t, STR("."));
    } else if (t->flags & FLAG_UNIX_LINES) {
        java_emit(t, STR("[^\\n]"));
    } else {
        java_emit(t, t->is_exact ? STR("[^\\n\\r\\x{85}\\x{2028}\\x{2029}]") : STR("."));
    }
}

/* Words as they were up to JDK 18: letters and digits of any script, and the marks that combine with one of them (here:
   up to three). */
#define BASE         "[\\p{L}\\p{Nd}]"
#define MARK         "\\p{Mn}"
#define BEHIND_BASE  "(?<=" BASE "|" BASE MARK "|" BASE MARK MARK ")"
#define LEFT_WORD    "[\\p{L}\\p{Nd}_]|" BASE MARK "|" BASE MARK MARK "|" BASE MARK MARK MARK
#define RIGHT_WORD   "[\\p{L}\\p{Nd}_]|" BEHIND_BASE MARK
#define UNICODE_WORD "[" UNICODE_WORD_ITEMS "]"
static void translate_boundary(struct translator *t, char letter)
{
    if (!t->is_exact) {
        emit_assertion(t, letter == 'b' ? STR("\\b") : STR("\\B"));
        return;
    }
    bool is_unicode = (t->flags & FLAG_UNICODE_CLASS) != 0;
    java_emit(t, is_unicode ? STR("(?(?<=" UNICODE_WORD ")") : STR("(?(?<=" LEFT_WORD ")"));
    if (letter == 'b') {
        java_emit(t, is_unicode ? STR("(?!" UNICODE_WORD ")|(?=" UNICODE_WORD "))")
                                : STR("(?!" RIGHT_WORD ")|(?=" RIGHT_WORD "))"));
    } else {
        java_emit(t, is_unicode ? STR("(?=" UNICODE_WORD ")|(?!" UNICODE_WORD "))")
                                : STR("(?=" RIGHT_WORD ")|(?!" RIGHT_WORD "))"));
    }
    t->can_repeat = true;
}

static tocsin_status translate_escape(struct translator *t)
{
    t->at++;
    if (at_end(t)) {
        return java_fail(t, t->token, "nothing behind the backslash");
    }
    char letter = peek(t, 0);
    if (letter >= '1' && letter <= '9') {
        t->can_repeat = true;
        translate_back_reference(t);
        return TOCSIN_OK;
    }
    uint32_t code_point = java_take_code_point(t);
    if (code_point >= 0x80 || !(ascii_is_alpha(letter) || ascii_is_digit(letter))) {
        java_check_repeated(t);
        java_emit_literal(t, code_point);
        return TOCSIN_OK;
    }
    bool is_known = false;
    tocsin_status status = java_take_character_escape(t, letter, &code_point, &is_known);
    if (is_known || status != TOCSIN_OK) {
        if (status == TOCSIN_OK) {
            java_check_repeated(t);
            java_emit_literal(t, code_point);
        }
        return status;
    }
    if (letter == 'Q') {
        translate_quote(t);
        return TOCSIN_OK;
    }
    t->can_repeat = true;
    if (letter == 'b' && peek(t, 0) == '{') {
        return java_fail(t, t->token, "\\b{g} is not supported");
    }
    if (letter == 'Z') {
        translate_end(t, false, STR("\\Z"));
    } else if (letter == 'b' || letter == 'B') {
        translate_boundary(t, letter);
    } else if (memchr("AGz", letter, 3)) {
        emit_assertion(t, str_slice(t->in, t->token, t->at));
    } else if (letter == 'R' || letter == 'X') {
        str escape = str_slice(t->in, t->token, t->at);
        java_check_repeated(t);
        java_emit(t, escape);
    } else if (memchr("dDwWsShHvVpP", letter, 12)) {
        status = translate_set(t, letter);
    } else if (letter == 'k') {
        status = translate_name_reference(t);
    } else {
        status = java_fail(t, t->token,
                           letter == 'N' ? "\\N{name} is not supported; write the character itself, or \\x{code}"
                                         : "Java has no such escape");
    }
    return status;
}

static tocsin_status translate_one(struct translator *t)
{
    t->token = t->at;
    size_t group_in_front = t->group_closed;
    t->group_closed = NO_GROUP;
    bool is_multiline = (t->flags & FLAG_MULTILINE) != 0;
    switch (peek(t, 0)) {
    case '\\':
        return translate_escape(t);
    case '[':
        return java_translate_class(t);
    case '(':
        return translate_open(t);
    case ')':
        return translate_close(t);
    case '*':
    case '+':
    case '?':
    case '{':
        return translate_quantifier(t, group_in_front);
    case '|':
        t->at++;
        t->can_repeat = false;
        if (t->depth > 0) {
            t->branches[t->depth - 1]++;
        }
        java_emit(t, STR("|"));
        return TOCSIN_OK;
    case '.':
        t->at++;
        translate_dot(t);
        return TOCSIN_OK;
    case '^':
        t->at++;
        translate_start(t, is_multiline);
        return TOCSIN_OK;
    case '$':
        t->at++;
        translate_end(t, is_multiline, STR("$"));
        return TOCSIN_OK;
    default: {
        uint32_t code_point = java_take_code_point(t);
        java_check_repeated(t);
        java_emit_literal(t, code_point);
        return TOCSIN_OK;
    }
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

struct pass {
    str pattern;
    bool ignores_case;
    char *is_repeated;
    bool is_first;
    bool is_exact;
};

static tocsin_status translate_pass(const struct pass *pass, struct regex_java *ret, struct error *err)
{
    struct translator t = {
        .in = pass->pattern,
        .flags = pass->ignores_case ? FLAG_IGNORE_CASE | FLAG_UNICODE_CASE : 0,
        .is_exact = pass->is_exact,
        .is_repeated = pass->is_repeated,
        .is_first_pass = pass->is_first,
        .group_closed = NO_GROUP,
        .paths = 1,
        .err = err,
    };
    strbuf_init(&t.names, LIMIT_REGEX_BYTES);
    strbuf_init(&t.java.text, LIMIT_REGEX_BYTES * EXPANSION_MAX);
    strbuf_init(&t.java.origins, LIMIT_REGEX_BYTES * EXPANSION_MAX * sizeof(uint32_t));
    tocsin_status status = TOCSIN_OK;
    for (java_skip_comments(&t); status == TOCSIN_OK && !at_end(&t); java_skip_comments(&t)) {
        status = translate_one(&t);
    }
    if (status == TOCSIN_OK && t.depth > 0) {
        status = java_fail(&t, t.in.len, "a group is not closed");
    }
    /* PCRE2 does not try a match between \r and \n, where `\sfoo` on "\r\nfoo" begins, unless the pattern names one of
       the two. This names one and matches nothing. */
    java_emit(&t, STR("(?:\\n){0}"));
    if (status == TOCSIN_OK && (t.java.text.is_failed || t.java.origins.is_failed || t.names.is_failed)) {
        status = error_memory(err);
    }
    strbuf_release(&t.names);
    if (status != TOCSIN_OK) {
        regex_java_release(&t.java);
        return status;
    }
    mend_back_references(&t);
    *ret = t.java;
    return TOCSIN_OK;
}

static tocsin_status translate_passes(struct pass *pass, struct regex_java *ret_quick, struct regex_java *ret_exact,
                                      struct error *err)
{
    struct regex_java first;
    struct regex_java quick;
    struct regex_java exact;
    tocsin_status status = translate_pass(pass, &first, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    regex_java_release(&first);
    pass->is_first = false;
    status = translate_pass(pass, &quick, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    pass->is_exact = true;
    status = translate_pass(pass, &exact, err);
    if (status != TOCSIN_OK) {
        regex_java_release(&quick);
        return status;
    }
    if (str_eq(strbuf_str(&quick.text), strbuf_str(&exact.text))) {
        regex_java_release(&exact);
    }
    *ret_quick = quick;
    *ret_exact = exact;
    return TOCSIN_OK;
}

tocsin_status regex_java_translate(str pattern, bool ignores_case, struct regex_java *ret_quick,
                                   struct regex_java *ret_exact, struct error *err)
{
    if (pattern.len > LIMIT_REGEX_BYTES) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "regular expression of %zu bytes; at most %zu are taken", pattern.len,
                         LIMIT_REGEX_BYTES);
    }
    if (!utf8_is_valid(pattern)) {
        return regex_java_error(err, pattern, 0, "not valid UTF-8");
    }
    struct strbuf groups;
    strbuf_init(&groups, LIMIT_REGEX_BYTES + 1);
    size_t group_count = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        group_count += pattern.data[i] == '(';
    }
    char *is_repeated = strbuf_reserve(&groups, group_count + 1);
    if (!is_repeated) {
        return error_memory(err);
    }
    memset(is_repeated, 0, group_count);
    struct pass pass = {.pattern = pattern, .ignores_case = ignores_case, .is_repeated = is_repeated, .is_first = true};
    tocsin_status status = translate_passes(&pass, ret_quick, ret_exact, err);
    strbuf_release(&groups);
    return status;
}

void regex_java_release(struct regex_java *java)
{
    strbuf_release(&java->text);
    strbuf_release(&java->origins);
}
