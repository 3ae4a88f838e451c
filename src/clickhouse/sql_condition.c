/* sql_condition.c - predicates. NOT is pushed down to the tests, as execute/program_compile.c does, so that every test
 * is written once as 1 or 0 and null means what it means here: in two-valued logic a test of null is false and its
 * negation true, but null = null; in SQL's logic neither is true. */
#include "clickhouse/sql_writer.h"

/* The value, with a constant in its plain form. */
static bool write_operand(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value)
{
    if (expression->kind == EXPRESSION_CONSTANT && expression->constant.type == TYPE_INT64) {
        *ret_value = (struct sql_value){sql_integer(writer, expression->constant.integer), false};
        return ret_value->text.len > 0;
    }
    return sql_value_write(writer, expression, ret_value);
}

/* ---- tests: *ret_test may be null where an operand is ---- */

static bool write_compare(struct sql_writer *writer, const struct expression *expression, str *ret_test,
                          bool *ret_may_be_null)
{
    struct sql_value left = {STR_EMPTY, false};
    struct sql_value right = {STR_EMPTY, false};
    if (!write_operand(writer, expression->operands[0], &left) ||
        !write_operand(writer, expression->operands[1], &right)) {
        return false;
    }
    if (left.text.len > 0 && expression->operands[0]->type == TYPE_NULL) {
        return sql_refuse(writer, "null is compared with null");
    }
    const char *template = expression->operator== OPERATOR_LESS            ? "$1 < $2"
                           : expression->operator== OPERATOR_LESS_EQUAL    ? "$1 <= $2"
                           : expression->operator== OPERATOR_GREATER       ? "$1 > $2"
                           : expression->operator== OPERATOR_GREATER_EQUAL ? "$1 >= $2"
                                                                           : "$1 = $2";
    const struct value *constant = &expression->operands[1]->constant;
    bool is_zero = expression->operands[1]->kind == EXPRESSION_CONSTANT && constant->type == TYPE_DOUBLE &&
                   constant->number == 0;
    if (is_zero && expression->operator== OPERATOR_EQUAL) {
        /* The server makes IN of = and OR, and IN tells 0.0 from -0.0. */
        template = "($1 >= $2 AND $1 <= $2)";
    }
    *ret_test = SQL(writer, template, left.text, right.text);
    *ret_may_be_null = left.may_be_null || right.may_be_null;
    if (expression->operator== OPERATOR_EQUAL && left.may_be_null && right.may_be_null && !writer->is_null_sql) {
        *ret_test = SQL(writer, "ifNull($1, isNull($2) AND isNull($3))", *ret_test, left.text, right.text);
        *ret_may_be_null = false;
    }
    return ret_test->len > 0;
}

static str set_item(struct sql_writer *writer, const struct value_set *set, uint32_t index)
{
    switch (set->type) {
    case TYPE_BOOL:
    case TYPE_INT64:
        return sql_integer(writer, set->integers[index]);
    case TYPE_DOUBLE:
        return sql_double(writer, set->doubles[index]);
    case TYPE_IP:
        return sql_ip(writer, &set->ips[index]);
    default:
        return sql_string(writer, set->strings[index]);
    }
}

static str set_list(struct sql_writer *writer, const struct value_set *set)
{
    struct strbuf list;
    bool is_whole = true;
    strbuf_init(&list, 2 * LIMIT_CLICKHOUSE_PART_BYTES);
    for (uint32_t i = 0; i < set->count; i++) {
        str item = set_item(writer, set, i);
        strbuf_append(&list, i > 0 ? STR(", ") : STR_EMPTY);
        strbuf_append(&list, item);
        is_whole &= item.len > 0;
    }
    str text = STR_EMPTY;
    writer->is_failed |= text_lacks_memory(&list);
    if (!is_whole || list.is_failed || text_is_too_long(&list)) {
        sql_refuse(writer, "its list is longer than %d KiB of SQL", (int)(LIMIT_CLICKHOUSE_PART_BYTES / 1024));
    } else {
        text = arena_copy(writer->arena, strbuf_str(&list));
        writer->is_failed |= !text.data;
    }
    strbuf_release(&list);
    return text;
}

static bool set_has_zero(const struct value_set *set)
{
    bool has_zero = false;
    for (uint32_t i = 0; set->type == TYPE_DOUBLE && i < set->count; i++) {
        has_zero |= set->doubles[i] == 0;
    }
    return has_zero;
}

/* The value is one of the set; null for null, or 0. */
static str set_test(struct sql_writer *writer, const struct value_set *set, const struct sql_value *value)
{
    str list = set_list(writer, set);
    if (set_has_zero(set)) { /* IN tells 0.0 from -0.0 */
        return SQL(writer, "($1 IN ($2) OR ($1 >= 0.0 AND $1 <= 0.0))", value->text, list);
    }
    return SQL(writer, set->count == 1 ? "$1 = $2" : "$1 IN ($2)", value->text, list);
}

/* The whole of it, null and negation included. NULL IN (..) is null in some versions and 0 in others. */
static bool write_in(struct sql_writer *writer, const struct expression *expression, bool is_negated, str *ret_text)
{
    const struct value_set *set = expression->set;
    struct sql_value value = {STR_EMPTY, false};
    if (!set) {
        return sql_refuse(writer, "the answer of a sub-select is not known before the end");
    }
    if (!sql_value_write(writer, expression->operands[0], &value)) {
        return false;
    }
    if (writer->is_null_sql && is_negated && (set->has_null || set->count == 0)) {
        *ret_text = set->has_null ? STR("0") : STR("1");
        return true;
    }
    bool takes_null = !writer->is_null_sql && set->has_null;
    str test = set->count > 0 ? set_test(writer, set, &value) : STR("0");
    test = value.may_be_null ? SQL(writer, "ifNull($1, 0)", test) : test;
    const char *template = is_negated ? "(NOT $1)" : "$1";
    if (value.may_be_null && is_negated && (writer->is_null_sql || takes_null)) {
        template = "(isNotNull($2) AND NOT $1)";
    } else if (value.may_be_null && !is_negated && takes_null) {
        template = "(isNull($2) OR $1)";
    }
    *ret_text = SQL(writer, template, test, value.text);
    return ret_text->len > 0;
}

static bool write_is_null(struct sql_writer *writer, const struct expression *expression, bool is_negated,
                          str *ret_text)
{
    struct sql_value value = {STR_EMPTY, false};
    if (!sql_value_write(writer, expression->operands[0], &value)) {
        return false;
    }
    *ret_text = !value.may_be_null ? (is_negated ? STR("1") : STR("0"))
                                   : SQL(writer, is_negated ? "isNotNull($1)" : "isNull($1)", value.text);
    return ret_text->len > 0;
}

static bool write_pattern(struct sql_writer *writer, const struct expression *expression, str *ret_test,
                          bool *ret_may_be_null)
{
    struct sql_value value = {STR_EMPTY, false};
    if (!sql_value_write(writer, expression->operands[0], &value)) {
        return false;
    }
    *ret_may_be_null = value.may_be_null;
    return expression->kind == EXPRESSION_LIKE ? sql_like_write(writer, &value, expression, ret_test)
                                               : sql_regex_write(writer, &value, expression, ret_test);
}

static bool write_test(struct sql_writer *writer, const struct expression *expression, str *ret_test,
                       bool *ret_may_be_null)
{
    struct sql_value value = {STR_EMPTY, false};
    switch (expression->kind) {
    case EXPRESSION_COMPARE:
        return write_compare(writer, expression, ret_test, ret_may_be_null);
    case EXPRESSION_LIKE:
    case EXPRESSION_REGEX:
        return write_pattern(writer, expression, ret_test, ret_may_be_null);
    case EXPRESSION_TEXT_SEARCH:
        return sql_refuse(writer, "the server parts texts into other words");
    case EXPRESSION_TRUTH:
        if (!sql_value_write(writer, expression->operands[0], &value)) {
            return false;
        }
        *ret_test = value.text;
        *ret_may_be_null = value.may_be_null;
        return true;
    case EXPRESSION_CONSTANT:
        *ret_test = expression->constant.type == TYPE_BOOL && expression->constant.boolean ? STR("1") : STR("0");
        *ret_may_be_null = false;
        return expression->constant.type == TYPE_BOOL || sql_refuse(writer, "it is null");
    default:
        return sql_refuse(writer, "it is no test that the server knows");
    }
}

static bool write_leaf(struct sql_writer *writer, const struct expression *expression, bool is_negated,
                       bool may_be_superset, str *ret_text)
{
    if (expression->has_subquery) {
        return sql_refuse(writer, "the answer of a sub-select is not known before the end");
    }
    if (expression->kind == EXPRESSION_IN) {
        return write_in(writer, expression, is_negated, ret_text);
    }
    if (expression->kind == EXPRESSION_IS_NULL) {
        return write_is_null(writer, expression, is_negated, ret_text);
    }
    bool was_superset = writer->is_superset;
    bool may_be_null = false;
    str test;
    writer->is_superset = false;
    if (!write_test(writer, expression, &test, &may_be_null)) {
        writer->is_superset = was_superset;
        return false;
    }
    bool is_superset = writer->is_superset;
    writer->is_superset |= was_superset;
    if (is_superset && (is_negated || !may_be_superset)) {
        writer->is_superset = was_superset;
        return sql_refuse(writer, "the server may find more, and what it finds is left out here");
    }
    const char *template = !is_negated          ? (may_be_null ? "ifNull($1, 0)" : "($1)")
                           : !may_be_null       ? "(NOT ($1))"
                           : writer->is_null_sql ? "ifNull(NOT ($1), 0)"
                                                 : "ifNull(NOT ($1), 1)";
    *ret_text = SQL(writer, template, test);
    return ret_text->len > 0;
}

/* ---- trees ---- */

/* `ret_is_whole` NULL: all parts are wanted, or it is refused. */
static bool write_tree(struct sql_writer *writer, const struct expression *expression, bool is_negated,
                       bool may_be_superset, str *ret_text, bool *ret_is_whole)
{
    if (expression->kind == EXPRESSION_NOT) {
        return write_tree(writer, expression->operands[0], !is_negated, may_be_superset, ret_text, ret_is_whole);
    }
    if (expression->kind != EXPRESSION_AND && expression->kind != EXPRESSION_OR) {
        return write_leaf(writer, expression, is_negated, may_be_superset, ret_text);
    }
    bool is_and = (expression->kind == EXPRESSION_AND) != is_negated;
    str text = STR_EMPTY;
    for (uint32_t i = 0; i < expression->operand_count;) {
        str part;
        uint32_t doubt_count = writer->doubt_count;
        bool was_superset = writer->is_superset;
        const struct expression *const *operands = expression->operands + i;
        uint32_t words = is_and || is_negated ? 0 : sql_words_count(writer, operands, expression->operand_count - i);
        i += words > 1 ? words : 1;
        if (words > 1 ? !sql_words_write(writer, operands, words, &part)
                      : !write_tree(writer, operands[0], is_negated, may_be_superset, &part, ret_is_whole)) {
            if (!is_and || !ret_is_whole || writer->is_failed) {
                return false;
            }
            writer->doubt_count = doubt_count;
            writer->is_superset = was_superset;
            *ret_is_whole = false;
            continue;
        }
        text = text.len == 0 ? part : SQL(writer, is_and ? "$1 AND $2" : "$1 OR $2", text, part);
    }
    if (text.len == 0) { /* of AND, no part can be written */
        return false;
    }
    *ret_text = expression->operand_count > 1 ? SQL(writer, "($1)", text) : text;
    return ret_text->len > 0;
}

bool sql_condition_write(struct sql_writer *writer, const struct expression *expression, bool is_negated,
                         bool may_be_superset, str *ret_text)
{
    return write_tree(writer, expression, is_negated, may_be_superset, ret_text, NULL);
}

bool sql_weaker_write(struct sql_writer *writer, const struct expression *expression, bool is_negated, str *ret_text,
                      bool *ret_is_whole)
{
    *ret_is_whole = true;
    bool is_written = write_tree(writer, expression, is_negated, true, ret_text, ret_is_whole);
    *ret_is_whole &= !writer->is_superset;
    return is_written;
}
