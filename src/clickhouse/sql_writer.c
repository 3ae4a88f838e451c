/* sql_writer.c - values: fields, constants, arithmetic, conversions, CASE. */
#include "clickhouse/sql_writer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"

/* ---- texts ---- */

void sql_writer_reset(struct sql_writer *writer)
{
    writer->doubt_count = 0;
    writer->is_superset = false;
    writer->reason[0] = '\0';
}

bool sql_refuse(struct sql_writer *writer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(writer->reason, sizeof(writer->reason), format, arguments);
    va_end(arguments);
    return false;
}

static str keep(struct sql_writer *writer, struct strbuf *text)
{
    str kept = STR_EMPTY;
    if (text_lacks_memory(text)) {
        writer->is_failed = true;
    } else if (text_is_too_long(text)) {
        sql_refuse(writer, "its SQL is longer than %d KiB", (int)(LIMIT_CLICKHOUSE_PART_BYTES / 1024));
    } else {
        kept = arena_copy(writer->arena, strbuf_str(text));
        writer->is_failed |= !kept.data;
    }
    strbuf_release(text);
    return kept.data ? kept : STR_EMPTY;
}

str sql_format(struct sql_writer *writer, const char *template, const str *arguments, uint32_t count)
{
    struct strbuf text;
    strbuf_init(&text, 2 * LIMIT_CLICKHOUSE_PART_BYTES);
    for (const char *at = template; *at; at++) {
        if (at[0] != '$' || !ascii_is_digit(at[1])) {
            strbuf_append_char(&text, *at);
            continue;
        }
        uint32_t index = (uint32_t)(at[1] - '1');
        if (index >= count || arguments[index].len == 0 || arguments[index].len > LIMIT_CLICKHOUSE_PART_BYTES) {
            strbuf_release(&text); /* an argument that failed, or will not fit */
            return STR_EMPTY;
        }
        strbuf_append(&text, arguments[index]);
        at++;
    }
    return keep(writer, &text);
}

str sql_string(struct sql_writer *writer, str value)
{
    struct strbuf text;
    strbuf_init(&text, 2 * LIMIT_CLICKHOUSE_PART_BYTES);
    layout_append_string(&text, value);
    return keep(writer, &text);
}

str sql_integer(struct sql_writer *writer, int64_t value)
{
    if (value == INT64_MIN) {
        return STR("toInt64('-9223372036854775808')");
    }
    struct strbuf text;
    strbuf_init(&text, 2 * LIMIT_CLICKHOUSE_PART_BYTES);
    strbuf_append_i64(&text, value);
    return keep(writer, &text);
}

str sql_long(struct sql_writer *writer, int64_t value)
{
    return value == INT64_MIN ? sql_integer(writer, value) : SQL(writer, "toInt64($1)", sql_integer(writer, value));
}

str sql_double(struct sql_writer *writer, double value)
{
    if (isnan(value)) {
        return STR("nan");
    }
    if (isinf(value)) {
        return value > 0 ? STR("inf") : STR("(-inf)");
    }
    struct strbuf text;
    strbuf_init(&text, 2 * LIMIT_CLICKHOUSE_PART_BYTES);
    char digits[40];
    double read;
    snprintf(digits, sizeof(digits), "%.15g", value);
    if (!str_to_double(str_from_cstring(digits), &read) || read != value) {
        snprintf(digits, sizeof(digits), "%.17g", value);
    }
    bool is_whole = strspn(digits, "-0123456789") == strlen(digits);
    strbuf_append_format(&text, signbit(value) ? "(%s%s)" : "%s%s", digits, is_whole ? ".0" : "");
    return keep(writer, &text);
}

str sql_ip(struct sql_writer *writer, const struct ip *ip)
{
    char address[IP_TEXT_BYTES];
    str text = {address, ip_format(ip, address)};
    return SQL(writer, ip_is_v4(ip) ? "IPv6StringToNum('::ffff:$1')" : "IPv6StringToNum('$1')", text);
}

bool sql_doubt(struct sql_writer *writer, str condition)
{
    if (condition.len == 0) {
        return false;
    }
    for (uint32_t i = 0; i < writer->doubt_count; i++) {
        if (str_eq(writer->doubts[i], condition)) {
            return true;
        }
    }
    if (writer->doubt_count == SQL_DOUBTS_MAX) {
        return sql_refuse(writer, "it differs on the server for too many kinds of values");
    }
    writer->doubts[writer->doubt_count++] = condition;
    return true;
}

bool sql_doubt_not_ascii(struct sql_writer *writer, str text)
{
    /* RE2 reads UTF-8: a byte that is none of it fits nothing. */
    return sql_doubt(writer, SQL(writer, "NOT ifNull(match($1, '^[\\\\x00-\\\\x7F]*\\\\z'), 1)", text));
}

str sql_with_doubts(struct sql_writer *writer, str condition)
{
    for (uint32_t i = 0; i < writer->doubt_count; i++) {
        condition = SQL(writer, "$1 OR $2", condition, writer->doubts[i]);
    }
    return condition;
}

str sql_not_null(struct sql_writer *writer, const struct sql_value *value, str test)
{
    return value->may_be_null ? SQL(writer, "ifNull($1, 0)", test) : test;
}

/* ---- values ---- */

static bool give(struct sql_value *ret_value, str text, bool may_be_null)
{
    *ret_value = (struct sql_value){text, may_be_null};
    return text.len > 0;
}

static const char *const type_names[TYPE_COUNT] = {
    [TYPE_NULL] = "UInt8",       [TYPE_BOOL] = "UInt8",    [TYPE_INT64] = "Int64",       [TYPE_DOUBLE] = "Float64",
    [TYPE_STRING] = "String", [TYPE_BYTES] = "String", [TYPE_IP] = "FixedString(16)"};

static bool write_null(struct sql_writer *writer, enum value_type type, struct sql_value *ret_value)
{
    str name = str_from_cstring(type_names[type]);
    return give(ret_value, SQL(writer, "CAST(NULL AS Nullable($1))", name), true);
}

static bool write_constant(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value)
{
    const struct value *value = &expression->constant;
    switch (value->type) {
    case TYPE_BOOL:
        return give(ret_value, value->boolean ? STR("toUInt8(1)") : STR("toUInt8(0)"), false);
    case TYPE_INT64:
        return give(ret_value, sql_long(writer, value->integer), false);
    case TYPE_DOUBLE:
        return give(ret_value, sql_double(writer, value->number), false);
    case TYPE_STRING:
    case TYPE_BYTES:
        return give(ret_value, sql_string(writer, value->text), false);
    case TYPE_IP:
        return give(ret_value, sql_ip(writer, &value->ip), false);
    default:
        return write_null(writer, expression->type, ret_value);
    }
}

static bool write_field(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value)
{
    const struct field *field = schema_field(writer->schema, expression->field);
    const struct layout_column *column = NULL;
    struct error err;
    if (!layout_is_stored(writer->schema, expression->field)) {
        return sql_refuse(writer, "%.*s is no column of the table", STR_ARG(field->name));
    }
    if (writer->target->table && layout_table_field(writer->target->table, writer->schema, expression->field, &column,
                                                    &err) != TOCSIN_OK) {
        return sql_refuse(writer, "the column of %.*s has another type", STR_ARG(field->name));
    }
    struct strbuf text;
    strbuf_init(&text, 2 * LIMIT_CLICKHOUSE_PART_BYTES);
    if (column) {
        layout_append_name(&text, column->name);
        return give(ret_value, keep(writer, &text), str_starts_with(column->type, STR("Nullable(")));
    }
    if (writer->target->table && !field->has_filler) {
        strbuf_release(&text);
        return write_null(writer, field->type, ret_value);
    }
    if (writer->target->table) {
        layout_filler(writer->schema, expression->field, &text);
        return give(ret_value, keep(writer, &text), false);
    }
    struct strbuf name;
    strbuf_init(&name, LIMIT_CLICKHOUSE_PART_BYTES);
    layout_column_name(writer->schema, expression->field, &name);
    layout_append_name(&text, strbuf_str(&name));
    text.is_failed |= name.is_failed;
    strbuf_release(&name);
    return give(ret_value, keep(writer, &text), !field->has_filler);
}

/* ---- arithmetic ---- */

static const char *double_template(enum syntax_operator operator)
{
    switch (operator) {
    case OPERATOR_ADD:
        return "($1 + $2)";
    case OPERATOR_SUBTRACT:
        return "($1 - $2)";
    case OPERATOR_MULTIPLY:
        return "($1 * $2)";
    case OPERATOR_DIVIDE:
        return "($1 / $2)";
    case OPERATOR_NEGATE:
        return "negate($1)";
    default:
        return NULL;
    }
}

/* All keep 64 bits and wrap, as here. */
static const char *integer_template(enum syntax_operator operator)
{
    switch (operator) {
    case OPERATOR_ADD:
        return "($1 + $2)";
    case OPERATOR_SUBTRACT:
        return "($1 - $2)";
    case OPERATOR_MULTIPLY:
        return "($1 * $2)";
    case OPERATOR_NEGATE:
        return "negate($1)";
    case OPERATOR_COMPLEMENT:
        return "bitNot($1)";
    case OPERATOR_BIT_AND:
        return "bitAnd($1, $2)";
    case OPERATOR_BIT_OR:
        return "bitOr($1, $2)";
    case OPERATOR_BIT_XOR:
        return "bitXor($1, $2)";
    case OPERATOR_SHIFT_LEFT:
        return "bitShiftLeft($1, toUInt8(bitAnd($2, 63)))";
    case OPERATOR_SHIFT_RIGHT:
        return "bitShiftRight($1, toUInt8(bitAnd($2, 63)))";
    case OPERATOR_SHIFT_RIGHT_LOGICAL:
        return "toInt64(bitShiftRight(toUInt64($1), toUInt8(bitAnd($2, 63))))";
    default:
        return NULL;
    }
}

static bool write_division(struct sql_writer *writer, const struct expression *expression,
                           const struct sql_value *values, struct sql_value *ret_value)
{
    const struct expression *divisor = expression->operands[1];
    bool is_division = expression->operator == OPERATOR_DIVIDE;
    bool may_be_null = values[0].may_be_null || values[1].may_be_null;
    if (divisor->kind == EXPRESSION_CONSTANT && divisor->constant.type == TYPE_INT64) {
        int64_t number = divisor->constant.integer;
        const char *template = number == 0    ? "CAST(NULL AS Nullable(Int64))"
                               : number == -1 ? (is_division ? "negate($1)" : "($1 - $1)")
                               : is_division  ? "intDiv($1, $2)"
                                              : "modulo($1, $2)";
        return give(ret_value, SQL(writer, template, values[0].text, values[1].text), may_be_null || number == 0);
    }
    const char *template = is_division ? "multiIf($2 = 0, NULL, $2 = -1, negate($1), "
                                         "intDiv($1, if($2 IN (0, -1), toInt64(1), $2)))"
                                       : "multiIf($2 = 0, NULL, $2 = -1, $1 - $1, "
                                         "modulo($1, if($2 IN (0, -1), toInt64(1), $2)))";
    str right = values[1].text; /* never null: a null divisor is like 0 */
    right = values[1].may_be_null ? SQL(writer, "ifNull($1, toInt64(0))", right) : right;
    return give(ret_value, SQL(writer, template, values[0].text, right), true);
}

enum { POWER_MAX = 4 };

static bool write_power(struct sql_writer *writer, const struct expression *expression, const struct sql_value *values,
                        struct sql_value *ret_value)
{
    static const char *const powers[POWER_MAX + 1] = {"($1 - $1 + toInt64(1))", "$1", "($1 * $1)", "($1 * $1 * $1)",
                                                      "($1 * $1 * $1 * $1)"};
    const struct expression *exponent = expression->operands[1];
    if (exponent->kind != EXPRESSION_CONSTANT || exponent->constant.type != TYPE_INT64 ||
        exponent->constant.integer < 0 || exponent->constant.integer > POWER_MAX) {
        return sql_refuse(writer, "the server raises to powers in floating point");
    }
    str text = SQL(writer, powers[exponent->constant.integer], values[0].text);
    return give(ret_value, text, values[0].may_be_null);
}

static bool write_arithmetic(struct sql_writer *writer, const struct expression *expression,
                             struct sql_value *ret_value)
{
    struct sql_value values[2] = {{STR("0"), false}, {STR("0"), false}};
    for (uint32_t i = 0; i < expression->operand_count && i < countof(values); i++) {
        if (!sql_value_write(writer, expression->operands[i], &values[i])) {
            return false;
        }
    }
    if (expression->type == TYPE_INT64 &&
        (expression->operator== OPERATOR_DIVIDE || expression->operator== OPERATOR_REMAINDER)) {
        return write_division(writer, expression, values, ret_value);
    }
    if (expression->type == TYPE_INT64 && expression->operator== OPERATOR_POWER) {
        return write_power(writer, expression, values, ret_value);
    }
    const char *template = expression->type == TYPE_INT64    ? integer_template(expression->operator)
                           : expression->type == TYPE_DOUBLE ? double_template(expression->operator)
                                                             : NULL;
    if (!template) {
        return sql_refuse(writer, "%.*s of doubles may be rounded otherwise there",
                          STR_ARG(syntax_operator_text(expression->operator)));
    }
    return give(ret_value, SQL(writer, template, values[0].text, values[1].text),
                values[0].may_be_null || values[1].may_be_null);
}

/* ---- conversions ---- */

/* Texts that are plain integers convert as here, those without a digit to null; all others are in doubt. */
static bool convert_text(struct sql_writer *writer, enum value_type to, const struct sql_value *value,
                         struct sql_value *ret_value)
{
    str text = value->text;
    if (to != TYPE_INT64 && to != TYPE_DOUBLE) {
        return sql_refuse(writer, "the server reads %s in texts otherwise", type_names[to]);
    }
    str plain = value->may_be_null ? SQL(writer, "ifNull($1, '')", text) : text;
    /* As a double -0 and 007 are left to us, too. */
    const char *doubt = to == TYPE_INT64
                            ? "(match($1, '[0-9nN]') AND NOT match($1, '^-?[0-9]{1,15}\\\\z'))"
                            : "(match($1, '[0-9nN]') AND NOT match($1, '^(-?[1-9][0-9]{0,14}|0)\\\\z'))";
    const char *template = to == TYPE_INT64
                               ? "if(match($1, '^-?[0-9]{1,15}\\\\z'), toInt64OrZero($1), NULL)"
                               : "if(match($1, '^(-?[1-9][0-9]{0,14}|0)\\\\z'), toFloat64(toInt64OrZero($1)), NULL)";
    return sql_doubt(writer, SQL(writer, doubt, plain)) && give(ret_value, SQL(writer, template, plain), true);
}

bool sql_convert(struct sql_writer *writer, enum value_type from, enum value_type to, const struct sql_value *value,
                 struct sql_value *ret_value)
{
    if (from == to) {
        *ret_value = *value;
        return true;
    }
    if (from == TYPE_INT64 && to == TYPE_DOUBLE) {
        return give(ret_value, SQL(writer, "toFloat64($1)", value->text), value->may_be_null);
    }
    if (from == TYPE_BOOL && to == TYPE_INT64) {
        return give(ret_value, SQL(writer, "toInt64($1)", value->text), value->may_be_null);
    }
    if (from == TYPE_DOUBLE && to == TYPE_INT64) {
        str plain = value->may_be_null ? SQL(writer, "ifNull($1, nan)", value->text) : value->text;
        const char *template = "if($1 >= -9223372036854775808.0 AND $1 < 9223372036854775808.0, toInt64(if("
                               "$1 >= -9223372036854775808.0 AND $1 < 9223372036854775808.0, $1, 0.0)), NULL)";
        return give(ret_value, SQL(writer, template, plain), true);
    }
    return from == TYPE_STRING ? convert_text(writer, to, value, ret_value)
           : from == TYPE_NULL ? write_null(writer, to, ret_value)
                               : sql_refuse(writer, "the server converts %s to %s otherwise", type_names[from],
                                            type_names[to]);
}

static bool write_convert(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value)
{
    struct sql_value value = {STR_EMPTY, false};
    return sql_value_write(writer, expression->operands[0], &value) &&
           sql_convert(writer, expression->operands[0]->type, expression->type, &value, ret_value);
}

/* ---- CASE ---- */

static bool write_case(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value)
{
    str list = STR_EMPTY;
    bool may_be_null = false;
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        const struct expression *operand = expression->operands[i];
        bool is_condition = i % 2 == 0 && i + 1 < expression->operand_count;
        struct sql_value part = {STR_EMPTY, false};
        if (!(is_condition ? sql_condition_write(writer, operand, false, false, &part.text)
                           : sql_value_write(writer, operand, &part))) {
            return false;
        }
        may_be_null |= part.may_be_null;
        list = i == 0 ? part.text : SQL(writer, "$1, $2", list, part.text);
    }
    return give(ret_value, SQL(writer, expression->operand_count > 1 ? "multiIf($1)" : "$1", list), may_be_null);
}

/* A predicate as a value. */
static bool write_boolean(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value)
{
    str is_true;
    str is_false;
    if (!sql_condition_write(writer, expression, false, false, &is_true)) {
        return false;
    }
    if (!writer->is_null_sql) {
        return give(ret_value, SQL(writer, "toUInt8($1)", is_true), false);
    }
    return sql_condition_write(writer, expression, true, false, &is_false) &&
           give(ret_value, SQL(writer, "multiIf($1, toUInt8(1), $2, toUInt8(0), NULL)", is_true, is_false), true);
}

bool sql_value_write(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value)
{
    if (expression->has_subquery) {
        return sql_refuse(writer, "the answer of a sub-select is not known before the end");
    }
    switch (expression->kind) {
    case EXPRESSION_CONSTANT:
        return write_constant(writer, expression, ret_value);
    case EXPRESSION_FIELD:
        return write_field(writer, expression, ret_value);
    case EXPRESSION_CALL:
        return sql_call_write(writer, expression, ret_value);
    case EXPRESSION_ARITHMETIC:
        return write_arithmetic(writer, expression, ret_value);
    case EXPRESSION_CONVERT:
        return write_convert(writer, expression, ret_value);
    case EXPRESSION_CASE:
        return write_case(writer, expression, ret_value);
    default:
        return write_boolean(writer, expression, ret_value);
    }
}
