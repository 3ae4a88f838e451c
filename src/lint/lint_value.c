/* What an expression is, as far as the syntax tree and the catalogue of fields tell. */
#include "language/lexer.h"
#include "lint/lint_internal.h"

enum { ALIAS_CHAIN_MAX = 8, VALUE_DEPTH_MAX = 16, SHOWN_BYTES_MAX = 80 };

const struct field *lint_field(const struct lint *lint, field_id field)
{
    return field == FIELD_NONE ? NULL : schema_field(lint->options->schema, field);
}

field_id lint_find_field(const struct lint *lint, const struct lint_scope *scope, str name)
{
    return scope->catalog ? schema_find_in(lint->options->schema, scope->catalog, name) : FIELD_NONE;
}

const struct syntax_item *lint_find_alias(const struct lint_scope *scope, str name)
{
    for (uint32_t i = 0; i < scope->select->item_count; i++) {
        const struct syntax_item *item = &scope->select->items[i];
        if (item->alias.len > 0 && str_eq_ignore_case(item->alias, name)) {
            return item;
        }
    }
    return NULL;
}

/* GROUP BY, HAVING and ORDER BY see aliases first (aql-reference 2.5). */
static bool sees_aliases_first(const struct lint *lint)
{
    return lint->clause == LINT_GROUP || lint->clause == LINT_HAVING || lint->clause == LINT_ORDER;
}

const struct syntax_node *lint_resolve(const struct lint *lint, const struct lint_scope *scope,
                                       const struct syntax_node *node)
{
    bool aliases_first = sees_aliases_first(lint);
    for (int i = 0; i < ALIAS_CHAIN_MAX && node->kind == SYNTAX_NAME; i++) {
        bool is_field = lint_find_field(lint, scope, node->text) != FIELD_NONE;
        const struct syntax_item *item = is_field && !aliases_first ? NULL : lint_find_alias(scope, node->text);
        if (!item || item->expression == node || item->expression->kind == SYNTAX_STAR) {
            break;
        }
        node = item->expression;
        aliases_first = false;
    }
    return node;
}

bool lint_is_call(const struct syntax_node *node, const char *name)
{
    return node->kind == SYNTAX_CALL && node->name_space.len == 0 &&
           str_eq_ignore_case(node->text, str_from_cstring(name));
}

bool lint_is_aggregate(const struct syntax_node *node)
{
    static const char *const names[] = {"AVG", "COUNT", "DISTINCTCOUNT", "UNIQUECOUNT", "FIRST", "LAST",
                                        "MIN", "MAX",   "STDEV",         "STDEVP",      "SUM"};
    for (size_t i = 0; i < countof(names); i++) {
        if (lint_is_call(node, names[i])) {
            return true;
        }
    }
    return false;
}

bool lint_has_aggregate(const struct syntax_node *node)
{
    bool has = lint_is_aggregate(node);
    for (uint32_t i = 0; i < node->operand_count && !has; i++) {
        has = lint_has_aggregate(node->operands[i]);
    }
    return has;
}

bool lint_constant_integer(const struct syntax_node *node, int64_t *ret)
{
    switch (node->kind) {
    case SYNTAX_INTEGER:
        *ret = node->integer;
        return true;
    case SYNTAX_STRING:
        return str_to_i64(str_trim(node->text), ret);
    case SYNTAX_UNARY:
        return (node->operator == OPERATOR_NEGATE || node->operator == OPERATOR_PLUS) &&
               node->operands[0]->kind == SYNTAX_INTEGER && lint_constant_integer(node->operands[0], ret) &&
               (node->operator == OPERATOR_PLUS || !__builtin_sub_overflow(0, *ret, ret));
    default:
        return false;
    }
}

/* A product of constants: 24 * 60 * 60 * 1000. */
static bool constant_product(const struct syntax_node *node, int64_t *ret)
{
    int64_t left;
    int64_t right;
    if (node->kind == SYNTAX_BINARY && node->operator == OPERATOR_MULTIPLY) {
        return constant_product(node->operands[0], &left) && constant_product(node->operands[1], &right) &&
               !__builtin_mul_overflow(left, right, ret);
    }
    return node->kind == SYNTAX_INTEGER && lint_constant_integer(node, ret);
}

bool lint_time_back(const struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                    int64_t *ret_ms)
{
    node = lint_resolve(lint, scope, node);
    return node->kind == SYNTAX_BINARY &&
           node->operator == OPERATOR_SUBTRACT && lint_is_call(node->operands[0], "NOW") &&
           constant_product(node->operands[1], ret_ms) && *ret_ms > 0;
}

/* ---- values ---- */

static const struct {
    const char *name;
    int64_t min;
    int64_t max;
} field_bounds[] = {
    {"severity", 0, 10},        {"credibility", 0, 10},     {"relevance", 0, 10},
    {"magnitude", 0, 10},       {"protocolid", 0, 255},     {"eventcount", 1, INT64_MAX},
    {"icmpcode", 0, 255},       {"icmptype", 0, 255},       {"flowcount", 0, INT64_MAX},
    {"qid", 0, INT64_MAX},      {"category", 0, INT64_MAX}, {"highlevelcategory", 0, INT64_MAX},
    {"domainid", 0, INT64_MAX},
};

static void set_bounds(struct lint_value *value, int64_t min, int64_t max)
{
    value->has_bounds = true;
    value->min = min;
    value->max = max;
}

static struct lint_value field_value(const struct lint *lint, const struct syntax_node *node, field_id id)
{
    const struct field *field = lint_field(lint, id);
    struct lint_value value = {.node = node, .type = field->type, .domain = field->domain, .field = id};
    if (field->kind == FIELD_EXPRESSION) {
        value.type = TYPE_NULL; /* only the binder knows */
    } else if (field->kind == FIELD_BUILT_IN && field->type == TYPE_INT64) {
        for (size_t i = 0; i < countof(field_bounds); i++) {
            if (str_eq(field->name, str_from_cstring(field_bounds[i].name))) {
                set_bounds(&value, field_bounds[i].min, field_bounds[i].max);
            }
        }
        if (field->domain == DOMAIN_PORT) {
            set_bounds(&value, 0, 65535);
        }
    }
    return value;
}

/* The type that all signatures of a function have in common. */
static enum value_type result_type(const struct function_def *function)
{
    enum value_type type = function->signatures[0].result;
    for (size_t i = 1; i < function->signature_count; i++) {
        type = function->signatures[i].result == type ? type : TYPE_NULL;
    }
    return type;
}

static struct lint_value call_value(const struct syntax_node *node)
{
    struct lint_value value = {.node = node, .field = FIELD_NONE};
    const struct function_def *function = node->name_space.len == 0 ? function_find(node->text) : NULL;
    if (function && function->signature_count > 0 && !lint_is_aggregate(node)) {
        value.type = result_type(function);
    }
    if (lint_is_call(node, "STRLEN")) {
        set_bounds(&value, 0, INT64_MAX);
    } else if (lint_is_call(node, "STRPOS")) {
        set_bounds(&value, -1, INT64_MAX);
    }
    return value;
}

/* A column of FROM (SELECT ...). */
static struct lint_value inner_value(const struct lint *lint, const struct lint_scope *scope,
                                     const struct syntax_node *node, int depth);

static struct lint_value value_at(const struct lint *lint, const struct lint_scope *scope,
                                  const struct syntax_node *node, int depth)
{
    node = lint_resolve(lint, scope, node);
    struct lint_value value = {.node = node, .field = FIELD_NONE};
    switch (node->kind) {
    case SYNTAX_NAME: {
        field_id field = lint_find_field(lint, scope, node->text);
        return field != FIELD_NONE ? field_value(lint, node, field) : inner_value(lint, scope, node, depth);
    }
    case SYNTAX_CALL:
        return call_value(node);
    case SYNTAX_STRING:
        value.type = TYPE_STRING;
        return value;
    case SYNTAX_INTEGER:
        value.type = TYPE_INT64;
        return value;
    case SYNTAX_DOUBLE:
        value.type = TYPE_DOUBLE;
        return value;
    case SYNTAX_BOOLEAN:
        value.type = TYPE_BOOL;
        return value;
    default:
        return value;
    }
}

static struct lint_value inner_value(const struct lint *lint, const struct lint_scope *scope,
                                     const struct syntax_node *node, int depth)
{
    struct lint_value unknown = {.node = node, .field = FIELD_NONE};
    if (!scope->inner || depth > VALUE_DEPTH_MAX) {
        return unknown;
    }
    const struct syntax_select *select = scope->inner->select;
    for (uint32_t i = 0; i < select->item_count; i++) {
        const struct syntax_item *item = &select->items[i];
        bool is_named = item->alias.len == 0 && item->expression->kind == SYNTAX_NAME &&
                        str_eq_ignore_case(item->expression->text, node->text);
        if (is_named || (item->alias.len > 0 && str_eq_ignore_case(item->alias, node->text))) {
            struct lint inside = *lint;
            inside.clause = LINT_SELECT;
            struct lint_value value = value_at(&inside, scope->inner, item->expression, depth + 1);
            value.node = node;
            return value;
        }
    }
    return unknown;
}

struct lint_value lint_value_of(const struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    return value_at(lint, scope, node, 0);
}

bool lint_never_null(const struct lint *lint, field_id id)
{
    const struct field *field = lint_field(lint, id);
    return field && field->kind == FIELD_BUILT_IN && (field->has_filler || id == FIELD_PAYLOAD);
}

/* ---- keys ---- */

static void key_number(struct strbuf *key, char kind, int64_t number)
{
    strbuf_append_char(key, kind);
    strbuf_append_i64(key, number);
}

static void key_lower(struct strbuf *key, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        strbuf_append_char(key, ascii_lower(text.data[i]));
    }
}

/* Length first, so that no text can pass for another. */
static void key_text(struct strbuf *key, char kind, str text)
{
    key_number(key, kind, (int64_t)text.len);
    strbuf_append_char(key, ':');
    strbuf_append(key, text);
}

static void append_key(const struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
                       struct strbuf *key, int depth)
{
    if (key->len > LINT_KEY_BYTES_MAX || depth > 2 * VALUE_DEPTH_MAX || node->select) {
        key->is_failed = true;
        return;
    }
    node = lint_resolve(lint, scope, node);
    switch (node->kind) {
    case SYNTAX_NAME: {
        field_id field = lint_find_field(lint, scope, node->text);
        if (field != FIELD_NONE) {
            key_number(key, 'f', field);
        } else {
            key_number(key, 'n', (int64_t)node->text.len);
            strbuf_append_char(key, ':');
            key_lower(key, node->text);
        }
        return;
    }
    case SYNTAX_STRING:
        key_text(key, 's', node->text);
        return;
    case SYNTAX_TEXT_SEARCH:
        key_text(key, 't', node->text);
        return;
    case SYNTAX_INTEGER:
        key_number(key, 'i', node->integer);
        return;
    case SYNTAX_BOOLEAN:
        key_number(key, 'b', node->integer);
        return;
    case SYNTAX_DOUBLE:
        strbuf_append_char(key, 'd');
        strbuf_append_double(key, node->number);
        return;
    case SYNTAX_CALL:
        strbuf_append_char(key, 'c');
        key_lower(key, node->name_space);
        strbuf_append_char(key, ':');
        key_lower(key, node->text);
        break;
    default:
        key_number(key, 'k', node->kind);
        key_number(key, 'o', node->operator);
        strbuf_append_char(key, node->is_negated ? '!' : '.');
        strbuf_append_char(key, node->has_operand ? '!' : '.');
        strbuf_append_char(key, node->has_else ? '!' : '.');
        break;
    }
    strbuf_append_char(key, '(');
    for (uint32_t i = 0; i < node->operand_count && !key->is_failed; i++) {
        append_key(lint, scope, node->operands[i], key, depth + 1);
        strbuf_append_char(key, ',');
    }
    strbuf_append_char(key, ')');
}

bool lint_key(const struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node,
              struct strbuf *key)
{
    append_key(lint, scope, node, key, 0);
    return !key->is_failed && key->len <= LINT_KEY_BYTES_MAX;
}

/* ---- text ---- */

size_t lint_token_end(const struct lint *lint, const struct syntax_node *node)
{
    struct lexer lexer;
    lexer_init(&lexer, lint->text);
    lexer.at = node->offset;
    return lexer_next(&lexer).offset_end;
}

str lint_shown(const struct lint *lint, const struct syntax_node *node)
{
    str text = str_slice(lint->text, node->offset_start, node->offset_end);
    if (text.len <= SHOWN_BYTES_MAX && str_find_char(text, '\n', 0) == SIZE_MAX) {
        return text;
    }
    size_t end = str_find_char(str_slice(text, 0, SHOWN_BYTES_MAX), '\n', 0);
    text = str_slice(text, 0, end != SIZE_MAX ? end : SHOWN_BYTES_MAX);
    while (text.len > 0 && ((unsigned char)text.data[text.len] & 0xC0) == 0x80) {
        text.len--; /* no half of a character */
    }
    char *cut = arena_allocate(lint->arena, text.len + 3, 1);
    if (!cut) {
        return text;
    }
    memcpy(cut, text.data, text.len);
    memcpy(cut + text.len, "...", 3);
    return (str){cut, text.len + 3};
}

str lint_quote(struct lint *lint, str text, char quote)
{
    struct strbuf quoted;
    strbuf_init(&quoted, 2 * text.len + 2);
    strbuf_append_char(&quoted, quote);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == quote) {
            strbuf_append_char(&quoted, quote);
        }
        strbuf_append_char(&quoted, text.data[i]);
    }
    strbuf_append_char(&quoted, quote);
    str copy = quoted.is_failed ? (str){NULL, 0} : arena_copy(lint->arena, strbuf_str(&quoted));
    strbuf_release(&quoted);
    lint->is_out_of_memory |= copy.data == NULL;
    return copy;
}
