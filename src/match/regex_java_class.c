#include "match/regex_java_internal.h"

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

static char other_case(uint32_t letter)
{
    return (char)(letter ^ 0x20);
}

static bool is_ascii_letter(uint32_t code_point)
{
    return code_point < 0x80 && ascii_is_alpha((char)code_point);
}

/* The part of first..last within from..to, in the other case. */
static void append_other_case(struct strbuf *items, uint32_t first, uint32_t last, uint32_t from, uint32_t to)
{
    first = first < from ? from : first;
    last = last > to ? to : last;
    if (first <= last) {
        strbuf_append_format(items, "%c-%c", other_case(first), other_case(last));
    }
}

/* A character, or a range of them. Where ASCII alone has cases, both are named. */
static void append_range(struct translator *t, struct strbuf *items, uint32_t first, uint32_t last)
{
    t->class_is_wide |= last >= 0x80;
    java_append_literal(items, first);
    if (last != first) {
        strbuf_append_char(items, '-');
        java_append_literal(items, last);
    }
    if (!folds_ascii(t)) {
        return;
    }
    if (first == last && is_ascii_letter(first)) {
        strbuf_append_char(items, other_case(first));
    } else if (first != last) {
        append_other_case(items, first, last, 'A', 'Z');
        append_other_case(items, first, last, 'a', 'z');
    }
}

/* \d, \p{..}, of which the letter is taken. */
static tocsin_status take_class_set(struct translator *t, char letter, struct operand *operand)
{
    struct strbuf set;
    strbuf_init(&set, LIMIT_REGEX_BYTES * 2);
    bool is_complement = false;
    tocsin_status status = TOCSIN_OK;
    strbuf_append(&set, STR("[^"));
    if (letter == 'p' || letter == 'P') {
        status = java_take_property(t, letter == 'P', &set, &is_complement);
    } else {
        java_append_set(t, letter, &set, &is_complement);
    }
    if (status == TOCSIN_OK && is_complement) {
        strbuf_append_char(&set, ']');
        operand_add_other(operand, strbuf_str(&set));
    } else if (status == TOCSIN_OK) {
        strbuf_append(&operand->items, str_skip(strbuf_str(&set), 2));
    }
    operand->items.is_failed |= set.is_failed;
    strbuf_release(&set);
    return status;
}

/* One character or one set (\d, \p{L}, \Q..\E) written as an escape. *ret_is_set: it went into `operand`. */
static tocsin_status take_class_escape(struct translator *t, struct operand *operand, uint32_t *ret, bool *ret_is_set)
{
    t->token = t->at++;
    if (at_end(t)) {
        return java_fail(t, t->token, "nothing behind the backslash");
    }
    uint32_t letter = java_take_code_point(t);
    *ret_is_set = false;
    if (letter >= 0x80 || !(ascii_is_alpha((char)letter) || ascii_is_digit((char)letter))) {
        *ret = letter;
        return TOCSIN_OK;
    }
    bool is_known = false;
    tocsin_status status = java_take_character_escape(t, (char)letter, ret, &is_known);
    if (status != TOCSIN_OK || is_known) {
        return status;
    }
    *ret_is_set = true;
    if (memchr("dDwWsShHvVpP", (int)letter, 12)) {
        return take_class_set(t, (char)letter, operand);
    }
    if (letter == 'Q') {
        while (!at_end(t) && !looking_at(t, STR("\\E"))) {
            uint32_t code_point = java_take_code_point(t);
            append_range(t, &operand->items, code_point, code_point);
        }
        take(t, STR("\\E"));
        return TOCSIN_OK;
    }
    return java_fail(t, t->token, "this escape does not exist within a class");
}

/* A character, a range, or an escaped set. */
static tocsin_status take_class_item(struct translator *t, struct operand *operand)
{
    size_t start = t->at;
    uint32_t first;
    uint32_t last;
    bool is_set = false;
    tocsin_status status = TOCSIN_OK;
    if (peek(t, 0) == '\\') {
        status = take_class_escape(t, operand, &first, &is_set);
    } else {
        first = java_take_code_point(t);
    }
    if (status != TOCSIN_OK || is_set) {
        return status;
    }
    java_skip_comments(t);
    char behind = peek(t, 1);
    if (peek(t, 0) != '-' || behind == ']' || behind == '[' || t->in.len - t->at < 2) {
        append_range(t, &operand->items, first, first);
        return TOCSIN_OK;
    }
    t->at++;
    java_skip_comments(t);
    if (at_end(t)) {
        return java_fail(t, start, "unfinished range");
    }
    if (peek(t, 0) == '\\') {
        status = take_class_escape(t, operand, &last, &is_set);
    } else {
        last = java_take_code_point(t);
    }
    if (status == TOCSIN_OK && (is_set || last < first)) {
        status = java_fail(t, start, "bad range of characters");
    }
    if (status == TOCSIN_OK) {
        append_range(t, &operand->items, first, last);
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
        return java_fail(t, t->at, "nothing in front of &&");
    }
    take(t, STR("&&"));
    java_skip_comments(t);
    if (peek(t, 0) == '&') {
        return java_fail(t, t->at, "& behind && means different things to different versions of Java");
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
        java_skip_comments(t);
        bool is_first = operand_is_empty(&parts->operand) && parts->lookaheads.len == 0;
        if (at_end(t)) {
            return java_fail(t, start, "class without a closing ]");
        }
        if (peek(t, 0) == ']' && !is_first) {
            t->at++;
            return operand_is_empty(&parts->operand) ? java_fail(t, t->at - 1, "nothing behind &&") : TOCSIN_OK;
        }
        if (looking_at(t, STR("[:"))) {
            status = java_fail(t, t->at, "[:name:] is not Java; write \\p{Alpha}, \\p{Digit}, ...");
        } else if (take(t, STR("["))) {
            status = class_parse(t, depth + 1, &parts->operand);
        } else if (looking_at(t, STR("&&"))) {
            status = class_parse_operator(t, parts);
        } else {
            status = take_class_item(t, &parts->operand);
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
        return java_fail(t, t->at, "classes are nested too deeply");
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

tocsin_status java_translate_class(struct translator *t)
{
    size_t start = t->at++;
    struct operand whole;
    operand_init(&whole);
    t->class_is_wide = false;
    tocsin_status status = class_parse(t, 1, &whole);
    struct strbuf text;
    strbuf_init(&text, LIMIT_REGEX_BYTES * 16);
    if (status == TOCSIN_OK) {
        /* Both cases are named: PCRE2 must not add others. */
        bool is_caseful = folds_ascii(t) && (t->is_exact || t->class_is_wide);
        strbuf_append(&text, is_caseful ? STR("(?-i:") : STR_EMPTY);
        append_operand(&text, &whole);
        strbuf_append(&text, is_caseful ? STR(")") : STR_EMPTY);
        t->token = start;
        java_check_repeated(t);
        java_emit(t, strbuf_str(&text));
        t->can_repeat = true;
    }
    t->java.text.is_failed |= whole.items.is_failed || text.is_failed;
    operand_release(&whole);
    strbuf_release(&text);
    return status;
}
