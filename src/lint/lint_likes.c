/* One LIKE, ILIKE, MATCHES or IMATCHES on its own; and bytes and addresses where text is wanted. */
#include "language/lexer.h"
#include "lint/lint_internal.h"

static bool is_like(const struct syntax_node *node)
{
    return node->kind == SYNTAX_BINARY && (node->operator == OPERATOR_LIKE || node->operator == OPERATOR_ILIKE);
}

static bool is_regex(const struct syntax_node *node)
{
    return node->kind == SYNTAX_BINARY && (node->operator == OPERATOR_MATCHES || node->operator == OPERATOR_IMATCHES);
}

/* The operator's words, NOT included. */
static struct lint_span operator_span(const struct lint *lint, const struct syntax_node *node)
{
    struct lint_span span = {node->offset, node->offset + syntax_operator_text(node->operator).len};
    if (node->is_negated) {
        struct lexer lexer;
        lexer_init(&lexer, lint->text);
        lexer.at = node->operands[0]->offset_end;
        struct token token = lexer_next(&lexer);
        span.offset = token.kind == TOKEN_NOT && token.offset < span.offset ? token.offset : span.offset;
    }
    return span;
}

/* ---- text wanted ---- */

static void check_bytes(struct lint *lint, const struct syntax_node *operand)
{
    struct diagnostic *found =
        lint_add(lint, "payload-without-utf8", operand->offset_start, operand->offset_end,
                 "%.*s is bytes, and QRadar compares text only", STR_ARG(lint_shown(lint, operand)));
    lint_hint(lint, found, "write UTF8(%.*s)", STR_ARG(lint_shown(lint, operand)));
    struct strbuf text;
    strbuf_init(&text, LIMIT_QUERY_BYTES + 16);
    strbuf_append(&text, STR("UTF8("));
    strbuf_append(&text, aql_expression_text(lint->text, operand));
    strbuf_append_char(&text, ')');
    if (!text.is_failed) {
        lint_fix(lint, found, operand->offset_start, operand->offset_end, strbuf_str(&text));
    }
    strbuf_release(&text);
}

/* '10.1.%' is 10.1.0.0/16: the number of whole octets, or 0. */
static int octets_of(str pattern)
{
    int octets = 0;
    size_t from = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] == '.') {
            uint64_t octet;
            str digits = str_slice(pattern, from, i);
            if (digits.len > 3 || !str_to_u64(digits, &octet) || octet > 255 || octets == 3) {
                return 0;
            }
            octets++;
            from = i + 1;
        }
    }
    return octets > 0 && str_eq(str_skip(pattern, from), STR("%")) ? octets : 0;
}

static void check_address(struct lint *lint, const struct syntax_node *node)
{
    const struct syntax_node *operand = node->operands[0];
    struct diagnostic *found =
        lint_add(lint, "address-as-text", operand->offset_start, operand->offset_end,
                 "%.*s is an address, and patterns are for text", STR_ARG(lint_shown(lint, operand)));
    const struct syntax_node *pattern = node->operands[1];
    int octets = is_like(node) && pattern->kind == SYNTAX_STRING ? octets_of(pattern->text) : 0;
    if (octets == 0 || operand->offset_end - operand->offset_start > 200) {
        lint_hint(lint, found, "INCIDR('10.0.0.0/8', %.*s) tests for a network; STR(%.*s) is its text",
                  STR_ARG(lint_shown(lint, operand)), STR_ARG(lint_shown(lint, operand)));
        return;
    }
    struct strbuf text;
    strbuf_init(&text, 1024);
    strbuf_append(&text, node->is_negated ? STR("NOT INCIDR('") : STR("INCIDR('"));
    strbuf_append(&text, str_slice(pattern->text, 0, pattern->text.len - 2));
    for (int i = octets; i < 4; i++) {
        strbuf_append(&text, STR(".0"));
    }
    strbuf_append_format(&text, "/%d', ", octets * 8);
    strbuf_append(&text, aql_expression_text(lint->text, operand));
    strbuf_append_char(&text, ')');
    if (!text.is_failed) {
        lint_hint(lint, found, "write %.*s", STR_ARG(strbuf_str(&text)));
        if (!node->is_parenthesized) { /* else the span has parentheses that must stay */
            lint_fix(lint, found, node->offset_start, node->offset_end, strbuf_str(&text));
        }
    }
    strbuf_release(&text);
}

static void check_operand_type(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    bool is_comparison =
        node->kind == SYNTAX_BINARY && node->operator >= OPERATOR_EQUAL && node->operator <= OPERATOR_IMATCHES;
    bool is_letter_case = lint_is_call(node, "LOWER") || lint_is_call(node, "UPPER");
    if ((!is_comparison && node->kind != SYNTAX_IN && !is_letter_case) || node->operand_count == 0) {
        return;
    }
    enum value_type type = lint_value_of(lint, scope, node->operands[0]).type;
    bool is_null_test = is_comparison && node->operands[1]->kind == SYNTAX_NULL;
    if (type == TYPE_BYTES && !is_null_test) {
        check_bytes(lint, node->operands[0]);
    } else if (type == TYPE_IP && (is_like(node) || is_regex(node))) {
        check_address(lint, node);
    }
}

/* ---- patterns ---- */

static void check_no_wildcard(struct lint *lint, const struct syntax_node *node, str pattern)
{
    if (node->operator != OPERATOR_LIKE || pattern_has_wildcard(pattern)) {
        return;
    }
    struct lint_span span = operator_span(lint, node);
    struct diagnostic *found = lint_add(lint, "like-without-wildcard", span.offset, span.offset_end,
                                        "LIKE without a wildcard compares the whole value");
    lint_hint(lint, found, "write %s; to find it anywhere, LIKE '%%..%%'", node->is_negated ? "!=" : "=");
    lint_fix(lint, found, span.offset, span.offset_end, node->is_negated ? STR("!=") : STR("="));
}

static bool is_everything(str pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] != '%') {
            return false;
        }
    }
    return pattern.len > 0;
}

static void check_everything(struct lint *lint, const struct syntax_node *node)
{
    struct diagnostic *found =
        lint_add(lint, "like-everything", node->operands[1]->offset, lint_token_end(lint, node->operands[1]),
                 "every value that is not null fits this pattern");
    lint_hint(lint, found, "write %s", node->is_negated ? "IS NULL" : "IS NOT NULL");
    struct lint_span span = operator_span(lint, node);
    if (!node->operands[1]->is_parenthesized) {
        lint_fix(lint, found, span.offset, node->operands[1]->offset_end,
                 node->is_negated ? STR("IS NULL") : STR("IS NOT NULL"));
    }
}

static bool is_word_byte(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || ((unsigned char)c & 0x80);
}

/* An underscore inside a name was hardly meant as a wildcard. */
static void check_underscore(struct lint *lint, const struct syntax_node *node, str pattern)
{
    for (size_t i = 1; i + 1 < pattern.len; i++) {
        if (pattern.data[i] == '_' && is_word_byte(pattern.data[i - 1]) && is_word_byte(pattern.data[i + 1])) {
            struct diagnostic *found =
                lint_add(lint, "underscore-wildcard", node->operands[1]->offset,
                         lint_token_end(lint, node->operands[1]), "_ fits any character, not only an underscore");
            lint_hint(lint, found, "to insist on it, add AND STRPOS(.., '_') >= 0, or use MATCHES");
            return;
        }
    }
}

/* \( and C:\\x come from languages where a backslash escapes; here it is a character. */
static void check_backslash(struct lint *lint, const struct syntax_node *node, str pattern)
{
    for (size_t i = 0; i + 1 < pattern.len; i++) {
        if (pattern.data[i] != '\\') {
            continue;
        }
        char next = pattern.data[i + 1];
        bool is_path = next == '\\' && i >= 1 && (ascii_is_alpha(pattern.data[i - 1]) || pattern.data[i - 1] == ':') &&
                       i + 2 < pattern.len && is_word_byte(pattern.data[i + 2]);
        if (is_path || (next != '\0' && strchr("()[]+|^", next))) {
            struct diagnostic *found = lint_add(
                lint, "backslash-in-pattern", node->operands[1]->offset, lint_token_end(lint, node->operands[1]),
                is_path ? "a backslash is no escape: this looks for two of them"
                        : "a backslash is no escape: this looks for the backslash, too");
            lint_hint(lint, found, is_path ? "write one backslash" : "leave the backslash away");
            return;
        }
    }
}

/* '%.(exe|dll)%', '%a.*b%' and '%[0-9]%' look for these very characters. */
static void check_regex_signs(struct lint *lint, const struct syntax_node *node, str pattern)
{
    size_t open = str_find_char(pattern, '(', 0);
    size_t bar = open == SIZE_MAX ? SIZE_MAX : str_find_char(pattern, '|', open);
    bool has_choice = bar != SIZE_MAX && str_find_char(pattern, ')', bar) != SIZE_MAX;
    size_t run = str_find(pattern, STR(".*"), 0);
    bool has_run = run != SIZE_MAX && run > 0 && pattern.data[run - 1] != '*' && run + 2 < pattern.len;
    bool has_class = str_find(pattern, STR("[0-9]"), 0) != SIZE_MAX || str_find(pattern, STR("[a-z]"), 0) != SIZE_MAX ||
                     str_find(pattern, STR("[A-Z]"), 0) != SIZE_MAX;
    if (!has_choice && !has_run && !has_class) {
        return;
    }
    struct diagnostic *found =
        lint_add(lint, "regex-in-like", node->operands[1]->offset, lint_token_end(lint, node->operands[1]),
                 "LIKE knows no regular expressions: it looks for these very characters");
    lint_hint(lint, found, "use %s for a regular expression",
              node->operator == OPERATOR_ILIKE ? "IMATCHES" : "MATCHES");
}

static bool is_payload_text(const struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    node = lint_resolve(lint, scope, node);
    while (node->kind == SYNTAX_CALL && node->operand_count == 1) {
        node = lint_resolve(lint, scope, node->operands[0]);
    }
    return node->kind == SYNTAX_NAME && lint_find_field(lint, scope, node->text) == FIELD_PAYLOAD;
}

static bool is_plain_words(str literal)
{
    bool has_word = false;
    for (size_t i = 0; i < literal.len; i++) {
        char c = literal.data[i];
        has_word |= is_word_byte(c);
        if (!is_word_byte(c) && !(c != '\0' && strchr(" ._-@", c))) {
            return false;
        }
    }
    return has_word;
}

/* Once a query: hundreds of terms say no more than one. */
static void check_payload_search(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                                 str pattern)
{
    if (lint->has_warned_of_payload_search || lint->clause != LINT_WHERE || node->is_negated || pattern.len == 0 ||
        pattern.data[0] != '%' || !is_payload_text(lint, scope, node->operands[0])) {
        return;
    }
    lint->has_warned_of_payload_search = true;
    struct diagnostic *found =
        lint_add(lint, "payload-search", node->operands[1]->offset, lint_token_end(lint, node->operands[1]),
                 "a pattern that starts with %% reads the whole payload of every event");
    str literal;
    if (pattern_contained_literal(pattern, &literal) && is_plain_words(literal)) {
        lint_hint(lint, found, "an indexed property, or TEXT SEARCH '%.*s' first in WHERE, finds whole words by index",
                  STR_ARG(str_slice(literal, 0, 60)));
    } else {
        lint_hint(lint, found, "an indexed property, or TEXT SEARCH first in WHERE, finds whole words by index");
    }
}

static bool starts_with_any_run(str pattern)
{
    return str_starts_with(pattern, STR(".*")) || str_starts_with(pattern, STR("^"));
}

/* Behind inline flags such as (?i). */
static str skip_flags(str pattern)
{
    if (!str_starts_with(pattern, STR("(?"))) {
        return pattern;
    }
    size_t i = 2;
    while (i < pattern.len && (ascii_is_alpha(pattern.data[i]) || pattern.data[i] == '-')) {
        i++;
    }
    return i < pattern.len && pattern.data[i] == ')' ? str_skip(pattern, i + 1) : pattern;
}

/* Nothing public says whether MATCHES wants a part or the whole: such a pattern depends on it. */
static void check_anchors(struct lint *lint, const struct syntax_node *node, str pattern)
{
    str body = skip_flags(pattern);
    bool has_start = starts_with_any_run(body) || str_starts_with(body, STR("\\A"));
    bool has_end = str_ends_with(body, STR(".*")) || str_ends_with(body, STR("$")) || str_ends_with(body, STR("\\z"));
    if (has_start || has_end || body.len == 0) {
        return;
    }
    struct diagnostic *found =
        lint_add(lint, "regex-unanchored", node->operands[1]->offset, lint_token_end(lint, node->operands[1]),
                 "a pattern with neither anchors nor .* may have to match the whole value");
    lint_hint(lint, found, "write '.*(..).*' for a part, '^(..)$' for the whole: both mean the same everywhere");
}

void lint_likes(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    check_operand_type(lint, scope, node);
    if ((!is_like(node) && !is_regex(node)) || node->operands[1]->kind != SYNTAX_STRING) {
        return;
    }
    str pattern = node->operands[1]->text;
    if (is_regex(node)) {
        check_anchors(lint, node, pattern);
        return;
    }
    if (is_everything(pattern)) {
        check_everything(lint, node);
        return;
    }
    check_no_wildcard(lint, node, pattern);
    check_underscore(lint, node, pattern);
    check_backslash(lint, node, pattern);
    check_regex_signs(lint, node, pattern);
    check_payload_search(lint, scope, node, pattern);
}
