/* to_sentinel.c - Microsoft Sentinel: the Kusto query language (KQL). Each log source type has a table of its own, so
 * that a query over several is a union of parts. */
#include <stdio.h>

#include "base/limits.h"
#include "convert/conversion.h"

/* A column, a path into a dynamic one, or a call such as tostring(ObjectRef.name), as the mapping has it. */
static void field(struct strbuf *target, str name)
{
    bool is_plain = name_is_plain(name, ".()[]");
    strbuf_append(target, is_plain ? STR_EMPTY : STR("['"));
    for (size_t i = 0; i < name.len; i++) {
        strbuf_append_char(target, strchr("'\"\\", name.data[i]) ? '_' : name.data[i]);
    }
    strbuf_append(target, is_plain ? STR_EMPTY : STR("']"));
}

static tocsin_status match(struct conversion *conversion, const struct condition *test, str name)
{
    static const struct pattern_style style = {.dialect = PATTERN_RE2, .hex = '"'};
    struct strbuf regex;
    strbuf_init(&regex, LIMIT_CONVERSION_BYTES);
    tocsin_status status = convert_subject(conversion, test, name);
    OUT(conversion, " matches regex @\"");
    status = status == TOCSIN_OK ? convert_regex(conversion, test, &style, &regex) : status;
    strbuf_append(conversion->out, strbuf_str(&regex));
    OUT(conversion, "\"");
    strbuf_release(&regex);
    return status;
}

/* ~ and the operators without _cs fold ASCII only: other letters go through a regular expression. */
static tocsin_status exact_matches(struct conversion *conversion, const struct condition *test, str name)
{
    static const struct pattern_style style = {.dialect = PATTERN_RE2, .hex = '"'};
    tocsin_status status = TOCSIN_OK;
    OUT(conversion, "(");
    for (uint32_t i = 0; status == TOCSIN_OK && i < test->count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(" or ") : STR_EMPTY);
        status = convert_subject(conversion, test, name);
        OUT(conversion, " matches regex @\"");
        status = status == TOCSIN_OK ? convert_exact_regex(conversion, test, test->texts[i], &style, conversion->out)
                                     : status;
        OUT(conversion, "\"");
    }
    OUT(conversion, ")");
    return status;
}

static tocsin_status text_in(struct conversion *conversion, const struct condition *test, str name)
{
    for (uint32_t i = 0; test->ignores_case && i < test->count; i++) {
        if (!text_is_ascii(test->texts[i])) {
            return exact_matches(conversion, test, name);
        }
    }
    tocsin_status status = convert_subject(conversion, test, name);
    if (test->count > 1) {
        convert_text_list(conversion, test, test->ignores_case ? " in~ (" : " in (", ", ", ")");
    } else {
        convert_text_list(conversion, test, test->ignores_case ? " =~ " : " == ", "", "");
    }
    return status;
}

static tocsin_status like(struct conversion *conversion, const struct condition *test, str name)
{
    static const char *const operators[][2] = {[LIKE_CONTAINS] = {" contains_cs ", " contains "},
                                               [LIKE_STARTS] = {" startswith_cs ", " startswith "},
                                               [LIKE_ENDS] = {" endswith_cs ", " endswith "},
                                               [LIKE_ANYTHING] = {" contains_cs ", " contains "}};
    str text;
    enum like_shape shape = like_shape_of(test->text, &text);
    if (shape == LIKE_OTHER || (test->ignores_case && !text_is_ascii(text))) {
        return match(conversion, test, name);
    }
    tocsin_status status = convert_subject(conversion, test, name);
    strbuf_append(conversion->out, str_from_cstring(operators[shape][test->ignores_case]));
    string_write_escaped(conversion->out, text);
    return status;
}

static str comparison(enum syntax_operator operator)
{
    return operator== OPERATOR_EQUAL ? STR(" == ") : operator_text(operator);
}

static tocsin_status numbers(struct conversion *conversion, const struct condition *test, str name)
{
    tocsin_status status = convert_subject(conversion, test, name);
    if (test->kind == CONDITION_NUMBER_IN && test->count > 1) {
        convert_number_list(conversion, test, " in (", ", ", ")");
        return status;
    }
    strbuf_append(conversion->out, STR(" "));
    strbuf_append(conversion->out, test->operator== OPERATOR_EQUAL ? STR("==") : operator_text(test->operator));
    strbuf_append(conversion->out, STR(" "));
    number_write(conversion->out, test->numbers[0]);
    return status;
}

static tocsin_status time_test(struct conversion *conversion, const struct condition *test, str name)
{
    field(conversion->out, name);
    strbuf_append(conversion->out, STR(" "));
    strbuf_append(conversion->out, test->operator== OPERATOR_EQUAL ? STR("==") : operator_text(test->operator));
    if (!test->is_relative) {
        strbuf_append_format(conversion->out, " unixtime_milliseconds_todatetime(%lld)", (long long)test->time_ms);
    } else if (test->time_ms % 1000 == 0) {
        strbuf_append_format(conversion->out, " ago(%llds)", (long long)(test->time_ms / 1000));
    } else {
        strbuf_append_format(conversion->out, " ago(%lldms)", (long long)test->time_ms);
    }
    return TOCSIN_OK;
}

static tocsin_status compare(struct conversion *conversion, const struct condition *test)
{
    tocsin_status status = value_write(conversion, test->value);
    strbuf_append(conversion->out, comparison(test->operator));
    return status == TOCSIN_OK ? value_write(conversion, test->other) : status;
}

static tocsin_status network(struct conversion *conversion, const struct condition *test, str name)
{
    bool is_v6 = str_find_char(test->text, ':', 0) != SIZE_MAX;
    strbuf_append(conversion->out, is_v6 ? STR("ipv6_is_in_range(") : STR("ipv4_is_in_range("));
    tocsin_status status = convert_subject(conversion, test, name);
    OUT(conversion, ", ");
    string_write_escaped(conversion->out, test->text);
    OUT(conversion, ")");
    return status;
}

static tocsin_status text_order(struct conversion *conversion, const struct condition *test, str name)
{
    OUT(conversion, "strcmp(");
    tocsin_status status = convert_subject(conversion, test, name);
    OUT(conversion, ", ");
    string_write_escaped(conversion->out, test->text);
    OUT(conversion, ") ");
    strbuf_append(conversion->out, operator_text(test->operator));
    OUT(conversion, " 0");
    return status;
}

static tocsin_status bare_test(struct conversion *conversion, const struct condition *test, str name)
{
    switch (test->kind) {
    case CONDITION_TEXT_IN:
    case CONDITION_ADDRESS_IN:
        return text_in(conversion, test, name);
    case CONDITION_LIKE:
        return like(conversion, test, name);
    case CONDITION_REGEX:
        return match(conversion, test, name);
    case CONDITION_TEXT_ORDER:
        return text_order(conversion, test, name);
    case CONDITION_NUMBER_IN:
    case CONDITION_NUMBER_ORDER:
        return numbers(conversion, test, name);
    case CONDITION_TIME:
        return time_test(conversion, test, name);
    case CONDITION_COMPARE:
        return compare(conversion, test);
    default:
        return network(conversion, test, name);
    }
}

/* Texts are never null there: what is missing is empty. */
static tocsin_status is_null(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    bool is_text = test->value->type == TYPE_STRING || test->value->type == TYPE_BYTES || test->value->type == TYPE_IP;
    strbuf_append(conversion->out, is_text ? STR("isempty(") : STR("isnull("));
    tocsin_status status = convert_subject(conversion, test, name);
    OUT(conversion, ")");
    return status == TOCSIN_OK && is_text ? convert_note(conversion, is_negative ? CONVERT_NARROWER : CONVERT_BROADER,
                                                         "an empty text counts as missing")
                                          : status;
}

static tocsin_status test(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    bool is_text = test->kind == CONDITION_TEXT_IN || test->kind == CONDITION_ADDRESS_IN ||
                   test->kind == CONDITION_LIKE || test->kind == CONDITION_REGEX;
    bool is_order = test->kind == CONDITION_TEXT_ORDER;
    tocsin_status status;
    if (test->kind == CONDITION_IS_NULL) {
        return is_null(conversion, test, name, is_negative);
    }
    if ((is_text && condition_holds_for_empty(test)) || is_order) {
        OUT(conversion, "(isnotempty(");
        status = convert_subject(conversion, test, name);
        OUT(conversion, ") and ");
        status = status == TOCSIN_OK ? bare_test(conversion, test, name) : status;
        OUT(conversion, ")");
        return status == TOCSIN_OK ? convert_note(conversion, is_negative ? CONVERT_BROADER : CONVERT_NARROWER,
                                                  "an empty text counts as missing")
                                   : status;
    }
    if (is_text || !is_negative) {
        return bare_test(conversion, test, name);
    }
    OUT(conversion, "coalesce(");
    status = bare_test(conversion, test, name);
    OUT(conversion, ", false)");
    return status;
}

static void time_value(struct strbuf *target, str name)
{
    strbuf_append(target, STR("tolong(("));
    field(target, name);
    strbuf_append(target, STR(" - datetime(1970-01-01)) / 1ms)"));
}

/* ---- the query ---- */

static void new_line(struct conversion *conversion)
{
    OUT(conversion, "\n");
    for (unsigned i = 0; i < conversion->indent; i++) {
        OUT(conversion, "    ");
    }
}

static void pipe(struct conversion *conversion, const char *command)
{
    new_line(conversion);
    strbuf_append_format(conversion->out, "| %s ", command);
}

static void assign(struct conversion *conversion, str name, str text, bool is_first)
{
    strbuf_append(conversion->out, is_first ? STR_EMPTY : STR(","));
    if (!is_first) {
        conversion->indent++;
        new_line(conversion);
        conversion->indent--;
    }
    strbuf_append(conversion->out, name);
    if (!str_eq(name, text)) {
        OUT(conversion, " = ");
        strbuf_append(conversion->out, text);
    }
}

static tocsin_status group(struct conversion *conversion)
{
    struct convert_column *columns = NULL;
    uint32_t key_count = 0;
    uint32_t count = 0;
    const struct condition *having = NULL;
    tocsin_status status = columns_of_group(conversion, &columns, &key_count, &count);
    if (status != TOCSIN_OK) {
        return status;
    }
    pipe(conversion, "summarize");
    for (uint32_t i = key_count; i < count; i++) {
        assign(conversion, columns[i].name, columns[i].aggregate, i == key_count);
    }
    if (key_count > 0) {
        OUT(conversion, " by ");
    }
    for (uint32_t i = 0; i < key_count; i++) {
        assign(conversion, columns[i].name, columns[i].text, i == 0);
    }
    conversion->is_grouped = true;
    status = convert_having(conversion, &having);
    return status == TOCSIN_OK ? condition_write_step(conversion, "where", having) : status;
}

/* project: all at once, so that names can't get into each other's way. Orders that are no columns go along. */
static tocsin_status project(struct conversion *conversion, struct convert_order **ret_orders,
                             uint32_t *ret_order_count)
{
    struct convert_column *columns = NULL;
    uint32_t count = 0;
    tocsin_status status = columns_of_outputs(conversion, &columns, &count);
    status = status == TOCSIN_OK ? columns_of_orders(conversion, columns, count, ret_orders, ret_order_count) : status;
    if (status != TOCSIN_OK || count == 0) {
        return status;
    }
    pipe(conversion, "project");
    for (uint32_t i = 0; i < count; i++) {
        assign(conversion, columns[i].name, columns[i].text, i == 0);
    }
    for (uint32_t i = 0; i < *ret_order_count; i++) {
        struct convert_order *order = &(*ret_orders)[i];
        char name[32];
        if (order->is_column) {
            continue;
        }
        str text = order->text;
        if (!order->is_new) {
            struct strbuf quoted;
            strbuf_init(&quoted, 4 * LIMIT_IDENTIFIER_BYTES);
            field(&quoted, order->name);
            text = arena_copy(conversion->arena, strbuf_str(&quoted));
            strbuf_release(&quoted);
        }
        int length = snprintf(name, sizeof(name), "order_%u", i + 1);
        order->name = arena_copy(conversion->arena, str_from(name, (size_t)length));
        order->is_new = true;
        if (!text.data || !order->name.data) {
            return error_memory(conversion->err);
        }
        assign(conversion, order->name, text, false);
    }
    return TOCSIN_OK;
}

static void sort(struct conversion *conversion, const struct convert_order *orders, uint32_t count)
{
    bool has_new = false;
    if (count > 0) {
        pipe(conversion, "sort by");
    }
    for (uint32_t i = 0; i < count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(", ") : STR_EMPTY);
        strbuf_append(conversion->out, orders[i].name);
        strbuf_append(conversion->out, orders[i].is_descending ? STR(" desc") : STR(" asc"));
        has_new = has_new || orders[i].is_new;
    }
    if (conversion->plan->has_limit) {
        pipe(conversion, "take");
        strbuf_append_u64(conversion->out, conversion->plan->limit);
    }
    if (has_new) {
        pipe(conversion, "project-away");
    }
    bool is_first = true;
    for (uint32_t i = 0; i < count; i++) {
        if (orders[i].is_new) {
            strbuf_append(conversion->out, is_first ? STR_EMPTY : STR(", "));
            strbuf_append(conversion->out, orders[i].name);
            is_first = false;
        }
    }
}

static tocsin_status part(struct conversion *conversion, const struct condition *condition,
                          struct convert_order **ret_orders, uint32_t *ret_order_count)
{
    const struct condition *sources = NULL;
    const char *from = convert_from(conversion);
    if (!from) {
        return convert_refuse(conversion, NULL, "a log source type whose mapping has no table (from)");
    }
    strbuf_append(conversion->out, str_from_cstring(from));
    tocsin_status status = condition_of_sources(conversion, NULL, &sources);
    status = status == TOCSIN_OK ? condition_write_step(conversion, "where", sources) : status;
    status = status == TOCSIN_OK ? condition_write_step(conversion, "where", condition) : status;
    if (status == TOCSIN_OK && conversion->plan->group) {
        status = group(conversion);
    }
    return status == TOCSIN_OK ? project(conversion, ret_orders, ret_order_count) : status;
}

static tocsin_status write(struct conversion *conversion)
{
    uint32_t count = conversion->all.count;
    struct convert_order *orders = NULL;
    uint32_t order_count = 0;
    if (count > 1 && conversion->plan->group) {
        return convert_refuse(conversion, NULL, "GROUP BY over log source types that have tables of their own");
    }
    if (count > 1) {
        OUT(conversion, "union");
        conversion->indent = 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct condition *condition = NULL;
        bool is_there = false;
        tocsin_status status = convert_enter_type(conversion, i, &condition, &is_there);
        if (status == TOCSIN_OK && is_there) {
            strbuf_append(conversion->out, count > 1 && i > 0 ? STR(",") : STR_EMPTY);
            if (count > 1) {
                new_line(conversion);
                OUT(conversion, "(");
            }
            status = part(conversion, condition, &orders, &order_count);
            strbuf_append(conversion->out, count > 1 ? STR(")") : STR_EMPTY);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    conversion->indent = 0;
    sort(conversion, orders, order_count);
    OUT(conversion, "\n");
    return TOCSIN_OK;
}

static const struct convert_function functions[] = {
    {"LOWER", "tolower($1)"},
    {"UPPER", "toupper($1)"},
    {"STRLEN", "strlen($1)"},
    {"CONCAT", "strcat($*)"},
    {"STR", "tostring($1)"},
    {"LONG", "tolong($1)"},
    {"DOUBLE", "todouble($1)"},
    {"BASE64", "base64_encode_tostring($1)"},
    {"NOW", "tolong((now() - datetime(1970-01-01)) / 1ms)"},
    {NULL, NULL},
};

const struct convert_dialect dialect_sentinel = {
    .target = {"sentinel", "Microsoft Sentinel", "kql"},
    .comment = "// ",
    .comment_end = "",
    .and_text = "and ",
    .or_text = "or ",
    .not_open = "not(",
    .not_close = ")",
    .true_text = "true",
    .false_text = "false",
    .has_parallel_columns = true,
    .is_partitioned = true,
    .has_time = true,
    .has_values = true,
    .values = {.null = "\"\"",
               .to_number = "todouble($1)",
               .to_integer = "tolong($1)",
               .is_null = "isnull($1)",
               .coalesce = "coalesce($*)",
               .divide = "($1 / $2)",
               .case_open = "case(",
               .case_else = ", ",
               .functions = functions,
               .aggregates = {[AGGREGATE_COUNT_ROWS] = "count()",
                              [AGGREGATE_COUNT] = "countif(isnotempty($1))",
                              [AGGREGATE_SUM] = "sum($1)",
                              [AGGREGATE_AVG] = "avg($1)",
                              [AGGREGATE_MIN] = "min($1)",
                              [AGGREGATE_MAX] = "max($1)",
                              [AGGREGATE_STDEV] = "stdev($1)",
                              [AGGREGATE_STDEVP] = "stdevp($1)",
                              [AGGREGATE_UNIQUECOUNT] = "count_distinctif($1, isnotempty($1))",
                              [AGGREGATE_DISTINCTCOUNT] = "count_distinctif($1, isnotempty($1))",
                              [AGGREGATE_FIRST] = "take_any($1)",
                              [AGGREGATE_LAST] = "take_any($1)"}},
    .string = string_write_escaped,
    .field = field,
    .test = test,
    .time_value = time_value,
    .date_format = {"format_datetime($1, $2)", false},
    .write = write,
};
