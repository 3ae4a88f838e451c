/* sql_call.c - functions: by the spelling in their descriptor, or by what stands here; the names behind ids by a list
 * of what the function gives for each id (sql_known.c). */
#include "base/limits.h"
#include "clickhouse/sql_writer.h"
#include "column/cidr.h"
#include "function/date_pattern.h"

enum { CALL_ARGUMENTS_MAX = 16 };

struct call {
    struct sql_writer *writer;
    const struct expression *expression;
    struct sql_value arguments[CALL_ARGUMENTS_MAX];
    uint32_t count;
    bool may_be_null; /* an argument may */
};

typedef bool call_writer(struct call *call, struct sql_value *ret_value);

static bool give(struct sql_value *ret_value, str text, bool may_be_null)
{
    *ret_value = (struct sql_value){text, may_be_null};
    return text.len > 0;
}

static enum value_type type_of(const struct call *call, uint32_t argument)
{
    return call->expression->operands[argument]->type;
}

/* The argument, if it is a constant of that type; else NULL. */
static const struct value *constant_of(const struct call *call, uint32_t argument, enum value_type type)
{
    const struct expression *operand = argument < call->count ? call->expression->operands[argument] : NULL;
    bool is_constant = operand && operand->kind == EXPRESSION_CONSTANT && operand->constant.type == type;
    return is_constant ? &operand->constant : NULL;
}

/* ---- text ---- */

/* First twelve bytes of an IPv4 address. */
#define IS_V4        "substring($1, 1, 12) = '\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\xFF\\xFF'"
#define V4_NUMBER    "reinterpretAsUInt32(reverse(substring($1, 13, 4)))"
#define V6_TEXT                                                                                                        \
    "substring(replaceRegexpAll(replaceRegexpAll(lower(hex($1)), '(....)', '\\\\1:'), '\\\\b0{1,3}([0-9a-f])', "       \
    "'\\\\1'), 1, length(replaceRegexpAll(replaceRegexpAll(lower(hex($1)), '(....)', '\\\\1:'), "                      \
    "'\\\\b0{1,3}([0-9a-f])', '\\\\1')) - 1)"

/* As STR gives it. */
static bool text_of(struct call *call, uint32_t argument, struct sql_value *ret_value)
{
    struct sql_writer *writer = call->writer;
    const struct sql_value *value = &call->arguments[argument];
    switch (type_of(call, argument)) {
    case TYPE_STRING:
        *ret_value = *value;
        return true;
    case TYPE_INT64:
        return give(ret_value, SQL(writer, "toString($1)", value->text), value->may_be_null);
    case TYPE_BOOL:
        return give(ret_value,
                    SQL(writer,
                        value->may_be_null ? "multiIf(isNull($1), NULL, ifNull($1, 0), 'true', 'false')"
                                           : "if($1, 'true', 'false')",
                        value->text),
                    value->may_be_null);
    case TYPE_IP: {
        str plain = value->may_be_null
                        ? SQL(writer, "ifNull($1, toFixedString('', 16))", value->text)
                        : value->text;
        str text = SQL(writer, "if(" IS_V4 ", IPv4NumToString(" V4_NUMBER "), " V6_TEXT ")", plain);
        text = value->may_be_null ? SQL(writer, "if(isNull($1), NULL, $2)", value->text, text) : text;
        return give(ret_value, text, value->may_be_null);
    }
    case TYPE_DOUBLE:
        return sql_refuse(writer, "the server writes doubles with other digits");
    default:
        return sql_refuse(writer, "bytes as text are written in Base64");
    }
}

static bool write_str(struct call *call, struct sql_value *ret_value)
{
    return text_of(call, 0, ret_value);
}

static bool write_concat(struct call *call, struct sql_value *ret_value)
{
    str all = STR("''");
    for (uint32_t i = 0; i < call->count; i++) {
        struct sql_value text = {STR("''"), false};
        if (type_of(call, i) != TYPE_NULL && !text_of(call, i, &text)) {
            return false;
        }
        str part = text.may_be_null ? SQL(call->writer, "ifNull($1, '')", text.text) : text.text;
        all = SQL(call->writer, "concat($1, $2)", all, part);
    }
    return give(ret_value, all, false);
}

static bool write_strlen(struct call *call, struct sql_value *ret_value)
{
    struct sql_value text = call->arguments[0];
    if (type_of(call, 0) != TYPE_BYTES && !text_of(call, 0, &text)) {
        return false;
    }
    return sql_doubt_not_ascii(call->writer, text.text) &&
           give(ret_value, SQL(call->writer, "toInt64(length($1))", text.text), text.may_be_null);
}

static bool write_utf8(struct call *call, struct sql_value *ret_value)
{
    *ret_value = call->arguments[0];
    return sql_doubt_not_ascii(call->writer, ret_value->text);
}

static bool write_base64(struct call *call, struct sql_value *ret_value)
{
    if (call->writer->target->dialect == CLICKHOUSE_18) {
        return sql_refuse(call->writer, "ClickHouse 18.16 has no Base64");
    }
    return give(ret_value, SQL(call->writer, "base64Encode($1)", call->arguments[0].text), call->may_be_null);
}

static bool write_letters(struct call *call, const char *template, struct sql_value *ret_value)
{
    str text = call->arguments[0].text;
    return sql_doubt_not_ascii(call->writer, text) &&
           give(ret_value, SQL(call->writer, template, text), call->may_be_null);
}

static bool write_lower(struct call *call, struct sql_value *ret_value)
{
    return write_letters(call, "lower($1)", ret_value);
}

static bool write_upper(struct call *call, struct sql_value *ret_value)
{
    return write_letters(call, "upper($1)", ret_value);
}

/* Positions beyond are like the end. */
enum { POSITION_MAX = 1 << 30 };

static int64_t clamp_position(int64_t position)
{
    return position < 0 ? 0 : position > POSITION_MAX ? POSITION_MAX : position;
}

static bool write_substring(struct call *call, struct sql_value *ret_value)
{
    struct sql_writer *writer = call->writer;
    const struct value *start = constant_of(call, 1, TYPE_INT64);
    const struct value *end = constant_of(call, 2, TYPE_INT64);
    struct sql_value text = {STR_EMPTY, false};
    if (!start || (call->count > 2 && !end)) {
        return sql_refuse(writer, "a position is no constant");
    }
    if (!text_of(call, 0, &text)) {
        return false;
    }
    int64_t from = clamp_position(start->integer);
    int64_t to = call->count > 2 ? clamp_position(end->integer) : POSITION_MAX;
    str length = sql_integer(writer, to > from ? to - from : 0);
    const char *template = to > from ? "substring($1, $2, $3)" : "substring($1, 1, 0)";
    return sql_doubt_not_ascii(writer, text.text) &&
           give(ret_value, SQL(writer, template, text.text, sql_integer(writer, from + 1), length), text.may_be_null);
}

static bool write_strpos(struct call *call, struct sql_value *ret_value)
{
    struct sql_writer *writer = call->writer;
    const struct value *part = constant_of(call, 1, TYPE_STRING);
    const struct value *from = constant_of(call, 2, TYPE_INT64);
    struct sql_value text = {STR_EMPTY, false};
    if (!part || part->text.len == 0 || (call->count > 2 && !from)) {
        return sql_refuse(writer, "the text that is looked for, or the position, is no constant");
    }
    if (!text_of(call, 0, &text) || !sql_doubt_not_ascii(writer, text.text)) {
        return false;
    }
    int64_t first = from ? clamp_position(from->integer) : 0;
    str wanted = sql_string(writer, part->text);
    str result = SQL(writer, "(toInt64(position($1, $2)) - 1)", text.text, wanted);
    if (first > 0) {
        str rest = SQL(writer, "substring($1, $2, 1073741824)", text.text, sql_integer(writer, first + 1));
        result = SQL(writer, "if(position($1, $2) = 0, toInt64(-1), toInt64(position($1, $2)) + toInt64($3))", rest,
                     wanted, sql_integer(writer, first - 1));
        result = text.may_be_null ? SQL(writer, "if(isNull($1), NULL, $2)", text.text, result) : result;
    }
    return give(ret_value, result, text.may_be_null);
}

static bool write_replace(struct call *call, const char *template, struct sql_value *ret_value)
{
    struct sql_writer *writer = call->writer;
    const struct value *pattern = constant_of(call, 0, TYPE_STRING);
    const struct value *replacement = constant_of(call, 2, TYPE_STRING);
    str regex;
    if (!pattern || !replacement || str_find_char(replacement->text, '$', 0) != SIZE_MAX ||
        str_find_char(replacement->text, '\\', 0) != SIZE_MAX) {
        return sql_refuse(writer, "a replacement that is no constant, or has $ or \\, is written otherwise there");
    }
    const struct sql_value *value = &call->arguments[1];
    if (!sql_regex_of_replace(writer, value, pattern->text, &regex)) {
        return false;
    }
    return give(ret_value, SQL(writer, template, value->text, regex, sql_string(writer, replacement->text)),
                call->may_be_null);
}

static bool write_replaceall(struct call *call, struct sql_value *ret_value)
{
    return write_replace(call, "replaceRegexpAll($1, $2, $3)", ret_value);
}

static bool write_replacefirst(struct call *call, struct sql_value *ret_value)
{
    return write_replace(call, "replaceRegexpOne($1, $2, $3)", ret_value);
}

/* ---- numbers ---- */

static bool write_long(struct call *call, struct sql_value *ret_value)
{
    struct sql_writer *writer = call->writer;
    const struct sql_value *value = &call->arguments[0];
    if (type_of(call, 0) == TYPE_IP) {
        str plain = value->may_be_null ? SQL(writer, "ifNull($1, toFixedString('', 16))", value->text)
                                       : value->text;
        return give(ret_value, SQL(writer, "if(" IS_V4 ", toInt64(" V4_NUMBER "), NULL)", plain), true);
    }
    return sql_convert(writer, type_of(call, 0), TYPE_INT64, value, ret_value);
}

static bool write_double(struct call *call, struct sql_value *ret_value)
{
    struct sql_value number = {STR_EMPTY, false};
    if (type_of(call, 0) == TYPE_STRING || type_of(call, 0) == TYPE_DOUBLE) {
        return sql_convert(call->writer, type_of(call, 0), TYPE_DOUBLE, &call->arguments[0], ret_value);
    }
    return write_long(call, &number) &&
           give(ret_value, SQL(call->writer, "toFloat64($1)", number.text), number.may_be_null);
}

static bool write_port(struct call *call, struct sql_value *ret_value)
{
    struct sql_value number = {STR_EMPTY, false};
    return write_long(call, &number) &&
           give(ret_value, SQL(call->writer, "if(ifNull($1 >= 0 AND $1 <= 65535, 0), $1, NULL)", number.text), true);
}

static bool write_now(struct call *call, struct sql_value *ret_value)
{
    const struct clickhouse_target *target = call->writer->target;
    if (!target->has_now) {
        return sql_refuse(call->writer, "NOW() is not known before the run");
    }
    return give(ret_value, sql_long(call->writer, target->now_ms), false);
}

/* ---- addresses ---- */

static bool write_incidr(struct call *call, struct sql_value *ret_value)
{
    struct sql_writer *writer = call->writer;
    const struct value *text = constant_of(call, 0, TYPE_STRING);
    struct cidr cidr;
    if (!text || type_of(call, 1) != TYPE_IP || !cidr_parse(text->text, &cidr)) {
        return sql_refuse(writer, "the block is no constant, or the address is a text");
    }
    struct ip last = cidr.network;
    for (uint32_t bit = cidr.prefix; bit < 128; bit++) {
        last.bytes[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
    }
    const struct sql_value *value = &call->arguments[1];
    const char *template = cidr.is_v4 || cidr.prefix >= 96 ? "($1 >= $2 AND $1 <= $3)"
                                                           : "($1 >= $2 AND $1 <= $3 AND NOT (" IS_V4 "))";
    str test = SQL(writer, template, value->text, sql_ip(writer, &cidr.network), sql_ip(writer, &last));
    return give(ret_value, value->may_be_null ? SQL(writer, "ifNull($1, 0)", test) : test, false);
}

/* ---- times ---- */

/* The server's DateTime knows the days to the end of 2105, and 18.16 shows the first one as one that is none. */
#define DATE_TIME_DOUBT "ifNull(NOT ($1 >= 86400000 AND $1 < 4291747200000), 0)"

static str date_piece(struct sql_writer *writer, const struct date_pattern_part *part, str moment, str time)
{
    static const struct {
        char letter;
        uint32_t count;
        const char *sql;
    } pieces[] = {
        {'y', 4, "substring($1, 1, 4)"},  {'y', 2, "substring($1, 3, 2)"},  {'M', 2, "substring($1, 6, 2)"},
        {'d', 2, "substring($1, 9, 2)"},  {'H', 2, "substring($1, 12, 2)"}, {'m', 2, "substring($1, 15, 2)"},
        {'s', 2, "substring($1, 18, 2)"}, {'S', 3, "substring(toString(1000 + modulo($2, 1000)), 2, 3)"},
    };
    if (part->letter == '\0') {
        return sql_string(writer, part->literal);
    }
    for (size_t i = 0; i < countof(pieces); i++) {
        if (pieces[i].letter == part->letter && pieces[i].count == part->count) {
            return SQL(writer, pieces[i].sql, moment, time);
        }
    }
    sql_refuse(writer, "the server does not write the pattern's '%c' as here", part->letter);
    return STR_EMPTY;
}

static bool write_dateformat(struct call *call, struct sql_value *ret_value)
{
    struct sql_writer *writer = call->writer;
    const struct date_pattern *pattern = call->expression->prepared;
    str time = call->arguments[0].text;
    if (writer->target->zone) {
        return sql_refuse(writer, "the server may know other changes of the clock in a zone other than UTC");
    }
    if (!pattern || type_of(call, 0) != TYPE_INT64) {
        return sql_refuse(writer, "the pattern is no constant, or the time no integer");
    }
    str moment = SQL(writer, "toString(toDateTime(toUInt32(intDiv($1, 1000)), 'UTC'))", time);
    str text = STR("''");
    struct date_pattern_part part;
    for (size_t i = 0; date_pattern_part_at(pattern, i, &part); i++) {
        text = SQL(writer, "concat($1, $2)", text, date_piece(writer, &part, moment, time));
    }
    return text.len > 0 && sql_doubt(writer, SQL(writer, DATE_TIME_DOUBT, time)) &&
           give(ret_value, text, call->may_be_null);
}

/* ---- all ---- */

static const struct {
    const char *name;
    call_writer *write;
} call_writers[] = {
    {"STR", write_str},           {"CONCAT", write_concat},         {"STRLEN", write_strlen},
    {"UTF8", write_utf8},         {"BASE64", write_base64},         {"LOWER", write_lower},
    {"UPPER", write_upper},       {"SUBSTRING", write_substring},   {"STRPOS", write_strpos},
    {"LONG", write_long},         {"DOUBLE", write_double},         {"PORT", write_port},
    {"NOW", write_now},           {"INCIDR", write_incidr},         {"DATEFORMAT", write_dateformat},
    {"REPLACEALL", write_replaceall}, {"REPLACEFIRST", write_replacefirst},
};

static call_writer *find_writer(const struct function_def *function)
{
    for (size_t i = 0; i < countof(call_writers); i++) {
        if (strcmp(call_writers[i].name, function->names[0]) == 0) {
            return call_writers[i].write;
        }
    }
    return NULL;
}

bool sql_call_is_written(const struct function_def *function)
{
    return find_writer(function) != NULL;
}

bool sql_call_write(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value)
{
    struct call call = {.writer = writer, .expression = expression, .count = expression->operand_count};
    call_writer *write = find_writer(expression->function);
    if (!write) {
        return sql_known_write(writer, expression, ret_value);
    }
    if (call.count > countof(call.arguments)) {
        return sql_refuse(writer, "%s of so many arguments", expression->function->names[0]);
    }
    for (uint32_t i = 0; i < call.count; i++) {
        if (!sql_value_write(writer, expression->operands[i], &call.arguments[i])) {
            return false;
        }
        call.may_be_null |= call.arguments[i].may_be_null;
    }
    return write(&call, ret_value);
}
