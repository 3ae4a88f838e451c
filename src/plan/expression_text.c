#include "plan/expression_text.h"

#include "language/syntax_printer.h"

void value_append_text(struct strbuf *text, const struct value *value)
{
    switch (value->type) {
    case TYPE_BOOL:
        strbuf_append(text, value->boolean ? STR("true") : STR("false"));
        return;
    case TYPE_INT64:
        strbuf_append_i64(text, value->integer);
        return;
    case TYPE_DOUBLE:
        strbuf_append_double(text, value->number);
        return;
    case TYPE_STRING:
    case TYPE_BYTES:
        aql_print_string(value->text, text);
        return;
    case TYPE_IP:
        strbuf_append_char(text, '\'');
        ip_append(text, &value->ip);
        strbuf_append_char(text, '\'');
        return;
    default:
        strbuf_append(text, STR("NULL"));
        return;
    }
}

static void append_list(struct strbuf *text, const struct expression *expression, const struct schema *schema,
                        str separator)
{
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        const struct expression *operand = expression->operands[i];
        bool is_or_in_and = expression->kind == EXPRESSION_AND && operand->kind == EXPRESSION_OR;
        strbuf_append(text, i > 0 ? separator : STR_EMPTY);
        strbuf_append(text, is_or_in_and ? STR("(") : STR_EMPTY);
        expression_append_text(text, operand, schema);
        strbuf_append(text, is_or_in_and ? STR(")") : STR_EMPTY);
    }
}

static void append_set(struct strbuf *text, const struct expression *expression)
{
    const struct value_set *set = expression->set;
    if (!set) {
        strbuf_append_format(text, " IN (sub-select %u)", expression->subquery + 1);
        return;
    }
    strbuf_append(text, STR(" IN ("));
    for (uint32_t i = 0; i < set->count; i++) {
        struct value value = {.type = set->type};
        switch (set->type) {
        case TYPE_INT64:
            value.integer = set->integers[i];
            break;
        case TYPE_DOUBLE:
            value.number = set->doubles[i];
            break;
        case TYPE_IP:
            value.ip = set->ips[i];
            break;
        default:
            value.text = set->strings[i];
            break;
        }
        strbuf_append(text, i > 0 ? STR(", ") : STR_EMPTY);
        value_append_text(text, &value);
    }
    strbuf_append_char(text, ')');
}

static void append_case(struct strbuf *text, const struct expression *expression, const struct schema *schema)
{
    strbuf_append(text, STR("CASE"));
    for (uint32_t i = 0; i + 1 < expression->operand_count; i++) {
        strbuf_append(text, i % 2 == 0 ? STR(" WHEN ") : STR(" THEN "));
        expression_append_text(text, expression->operands[i], schema);
    }
    strbuf_append(text, STR(" ELSE "));
    expression_append_text(text, expression->operands[expression->operand_count - 1], schema);
    strbuf_append(text, STR(" END"));
}

/* In parentheses unless it binds by itself. */
static void append_operand(struct strbuf *text, const struct expression *expression, const struct schema *schema)
{
    bool is_simple = expression->kind == EXPRESSION_FIELD || expression->kind == EXPRESSION_CONSTANT ||
                     expression->kind == EXPRESSION_CALL;
    strbuf_append(text, is_simple ? STR_EMPTY : STR("("));
    expression_append_text(text, expression, schema);
    strbuf_append(text, is_simple ? STR_EMPTY : STR(")"));
}

static void append_binary(struct strbuf *text, const struct expression *expression, const struct schema *schema)
{
    str operator = syntax_operator_text(expression->operator);
    if (expression->operand_count == 1) {
        strbuf_append(text, operator);
        append_operand(text, expression->operands[0], schema);
        return;
    }
    append_operand(text, expression->operands[0], schema);
    strbuf_append_char(text, ' ');
    strbuf_append(text, operator);
    strbuf_append_char(text, ' ');
    append_operand(text, expression->operands[1], schema);
}

static void append_pattern(struct strbuf *text, const struct expression *expression, const struct schema *schema)
{
    bool is_like = expression->kind == EXPRESSION_LIKE;
    append_operand(text, expression->operands[0], schema);
    strbuf_append(text, is_like ? expression->ignores_case ? STR(" ILIKE ") : STR(" LIKE ")
                                : expression->ignores_case ? STR(" IMATCHES ") : STR(" MATCHES "));
    if (expression->operand_count > 1) {
        append_operand(text, expression->operands[1], schema);
    } else {
        aql_print_string(expression->pattern, text);
    }
}

/* The test that FROM stands for. */
static bool append_record_test(struct strbuf *text, const struct expression *expression)
{
    static const char *const records[] = {
        [RECORD_EVENT] = "an event", [RECORD_FLOW] = "a flow", [RECORD_SIMARC] = "a simarc record"};
    if (expression->kind != EXPRESSION_COMPARE || expression->operands[0]->kind != EXPRESSION_FIELD ||
        expression->operands[0]->field != FIELD_RECORD_KIND || expression->operands[1]->kind != EXPRESSION_CONSTANT) {
        return false;
    }
    strbuf_append_format(text, "the record is %s", records[expression->operands[1]->constant.integer]);
    return true;
}

static void append_field(struct strbuf *text, const struct field *field)
{
    if (field->is_unnamed && field->description.len > 0) {
        strbuf_append(text, field->description);
    } else {
        aql_print_name(field->name, text);
    }
}

/* One of the comparisons that BETWEEN or IN stands for, or a constant in it: the whole would be shown for each. */
static bool is_part_of_syntax(const struct expression *expression)
{
    return (expression->kind == EXPRESSION_COMPARE || expression->kind == EXPRESSION_CONSTANT) &&
           (expression->syntax->kind == SYNTAX_BETWEEN || expression->syntax->kind == SYNTAX_IN);
}

/* What it is, where no text of the query says it better. */
static void append_structure(struct strbuf *text, const struct expression *expression, const struct schema *schema)
{
    switch (expression->kind) {
    case EXPRESSION_CONSTANT:
        value_append_text(text, &expression->constant);
        return;
    case EXPRESSION_FIELD:
        append_field(text, schema_field(schema, expression->field));
        return;
    case EXPRESSION_CALL:
        strbuf_append(text, str_from_cstring(expression->function->names[0]));
        strbuf_append_char(text, '(');
        append_list(text, expression, schema, STR(", "));
        strbuf_append_char(text, ')');
        return;
    case EXPRESSION_ARITHMETIC:
    case EXPRESSION_COMPARE:
        append_binary(text, expression, schema);
        return;
    case EXPRESSION_CASE:
        append_case(text, expression, schema);
        return;
    case EXPRESSION_LIKE:
    case EXPRESSION_REGEX:
        append_pattern(text, expression, schema);
        return;
    case EXPRESSION_IN:
        append_operand(text, expression->operands[0], schema);
        append_set(text, expression);
        return;
    case EXPRESSION_IS_NULL:
        append_operand(text, expression->operands[0], schema);
        strbuf_append(text, STR(" IS NULL"));
        return;
    case EXPRESSION_TEXT_SEARCH:
        strbuf_append(text, STR("TEXT SEARCH"));
        return;
    case EXPRESSION_NOT:
        strbuf_append(text, STR("NOT "));
        append_operand(text, expression->operands[0], schema);
        return;
    case EXPRESSION_AND:
        append_list(text, expression, schema, STR(" AND "));
        return;
    case EXPRESSION_OR:
        append_list(text, expression, schema, STR(" OR "));
        return;
    case EXPRESSION_CONVERT:
    case EXPRESSION_TRUTH:
        expression_append_text(text, expression->operands[0], schema);
        return;
    }
}

void expression_append_text(struct strbuf *text, const struct expression *expression, const struct schema *schema)
{
    if (append_record_test(text, expression)) {
        return;
    }
    bool is_name = expression->kind == EXPRESSION_FIELD; /* an alias may stand for it: say which field is read */
    if (expression->syntax && !is_name && !is_part_of_syntax(expression)) {
        aql_print_expression(expression->syntax, text);
    } else {
        append_structure(text, expression, schema);
    }
}
