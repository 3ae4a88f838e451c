/* to_sumo.c - Sumo Logic's search language. */
#include "base/limits.h"
#include "convert/conversion.h"

static void field(struct strbuf *target, str name)
{
    if (name_is_plain(name, "")) {
        strbuf_append(target, name);
        return;
    }
    strbuf_append_char(target, '%');
    string_write_escaped(target, name);
}

/* The whole value, so that it means the same whether a regular expression is looked for or must fit. */
static const struct pattern_style style = {.dialect = PATTERN_RE2, .escaped = '/', .is_whole = true};

static tocsin_status match(struct conversion *conversion, const struct condition *test, str name, const str *exact)
{
    tocsin_status status = convert_subject(conversion, test, name);
    OUT(conversion, " matches /");
    if (status == TOCSIN_OK) {
        status = exact ? convert_exact_regex(conversion, test, *exact, &style, conversion->out)
                       : convert_regex(conversion, test, &style, conversion->out);
    }
    OUT(conversion, "/");
    return status;
}

static tocsin_status text_in(struct conversion *conversion, const struct condition *test, str name)
{
    tocsin_status status = TOCSIN_OK;
    bool is_list = test->count > 1 && !test->ignores_case;
    if (is_list) {
        status = convert_subject(conversion, test, name);
        convert_text_list(conversion, test, " in (", ", ", ")");
        return status;
    }
    strbuf_append(conversion->out, test->count > 1 ? STR("(") : STR_EMPTY);
    for (uint32_t i = 0; status == TOCSIN_OK && i < test->count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(" or ") : STR_EMPTY);
        if (test->ignores_case) {
            status = match(conversion, test, name, &test->texts[i]);
            continue;
        }
        status = convert_subject(conversion, test, name);
        OUT(conversion, " = ");
        string_write_escaped(conversion->out, test->texts[i]);
    }
    strbuf_append(conversion->out, test->count > 1 ? STR(")") : STR_EMPTY);
    return status;
}

static bool is_simple(const struct condition *test)
{
    for (size_t i = 0; i < test->text.len; i++) {
        if (strchr("*?\\\"_", test->text.data[i])) {
            return false;
        }
    }
    return !test->ignores_case || text_is_ascii(test->text);
}

static tocsin_status like(struct conversion *conversion, const struct condition *test, str name)
{
    struct strbuf pattern;
    if (!is_simple(test)) {
        return match(conversion, test, name, NULL);
    }
    str text = test->ignores_case ? convert_lower(conversion, test->text) : test->text;
    strbuf_init(&pattern, LIMIT_CONVERSION_BYTES);
    for (size_t i = 0; i < text.len; i++) {
        strbuf_append_char(&pattern, text.data[i] == '%' ? '*' : text.data[i]);
    }
    strbuf_append(conversion->out, test->ignores_case ? STR("toLowerCase(") : STR_EMPTY);
    tocsin_status status = convert_subject(conversion, test, name);
    strbuf_append(conversion->out, test->ignores_case ? STR(") matches ") : STR(" matches "));
    string_write_escaped(conversion->out, strbuf_str(&pattern));
    strbuf_release(&pattern);
    return status;
}

static tocsin_status numbers(struct conversion *conversion, const struct condition *test, str name)
{
    tocsin_status status = convert_subject(conversion, test, name);
    if (test->count > 1) {
        convert_number_list(conversion, test, " in (", ", ", ")");
        return status;
    }
    strbuf_append_format(conversion->out, " %s ", operator_text(test->operator).data);
    number_write(conversion->out, test->numbers[0]);
    return status;
}

static tocsin_status time_test(struct conversion *conversion, const struct condition *test, str name)
{
    field(conversion->out, name);
    strbuf_append_format(conversion->out, " %s ", operator_text(test->operator).data);
    if (test->is_relative) {
        strbuf_append_format(conversion->out, "now() - %lld", (long long)test->time_ms);
    } else {
        strbuf_append_format(conversion->out, "%lld", (long long)test->time_ms);
    }
    return TOCSIN_OK;
}

static tocsin_status network(struct conversion *conversion, const struct condition *test, str name)
{
    size_t slash = str_find_char(test->text, '/', 0);
    if (str_find_char(test->text, ':', 0) != SIZE_MAX) {
        return convert_refuse(conversion, test->place, "an IPv6 network");
    }
    OUT(conversion, "compareCIDRPrefix(");
    string_write_escaped(conversion->out, str_slice(test->text, 0, slash));
    OUT(conversion, ", ");
    tocsin_status status = convert_subject(conversion, test, name);
    OUT(conversion, ", toInt(");
    strbuf_append(conversion->out, slash == SIZE_MAX ? STR("32") : str_skip(test->text, slash + 1));
    OUT(conversion, "))");
    return status;
}

static tocsin_status compare(struct conversion *conversion, const struct condition *test)
{
    tocsin_status status = value_write(conversion, test->value);
    strbuf_append_format(conversion->out, " %s ", operator_text(test->operator).data);
    return status == TOCSIN_OK ? value_write(conversion, test->other) : status;
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
        return match(conversion, test, name, NULL);
    case CONDITION_NUMBER_IN:
    case CONDITION_NUMBER_ORDER:
        return numbers(conversion, test, name);
    case CONDITION_TIME:
        return time_test(conversion, test, name);
    case CONDITION_COMPARE:
        return compare(conversion, test);
    case CONDITION_TEXT_ORDER:
        return convert_refuse(conversion, test->place, "texts compared by order");
    default:
        return network(conversion, test, name);
    }
}

static tocsin_status test(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    tocsin_status status;
    bool is_general = test->kind == CONDITION_COMPARE || test->kind == CONDITION_TIME;
    if (test->kind == CONDITION_IS_NULL) {
        OUT(conversion, "isNull(");
        status = convert_subject(conversion, test, name);
        OUT(conversion, ")");
        return status;
    }
    if (!is_negative || (is_general && test->kind == CONDITION_TIME)) {
        return bare_test(conversion, test, name);
    }
    if (is_general) {
        OUT(conversion, "if(");
        status = bare_test(conversion, test, name);
        OUT(conversion, ", 1, 0) = 1");
        return status;
    }
    OUT(conversion, "(!isNull(");
    status = convert_subject(conversion, test, name);
    OUT(conversion, ") and ");
    status = status == TOCSIN_OK ? bare_test(conversion, test, name) : status;
    OUT(conversion, ")");
    return status;
}

static void time_value(struct strbuf *target, str name)
{
    field(target, name);
}

/* ---- the query ---- */

static void assigns(struct conversion *conversion, const struct convert_column *columns, uint32_t count, bool is_key)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(columns[i].name, columns[i].text)) {
            continue;
        }
        OUT(conversion, "\n| ");
        if (is_key) {
            OUT(conversion, "if(isNull(");
            strbuf_append(conversion->out, columns[i].text);
            OUT(conversion, "), \"\", ");
        }
        strbuf_append(conversion->out, columns[i].text);
        strbuf_append(conversion->out, is_key ? STR(") as ") : STR(" as "));
        strbuf_append(conversion->out, columns[i].name);
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
    assigns(conversion, columns, key_count, true);
    OUT(conversion, "\n| ");
    for (uint32_t i = key_count; i < count; i++) {
        strbuf_append(conversion->out, i > key_count ? STR(", ") : STR_EMPTY);
        strbuf_append(conversion->out, columns[i].aggregate);
        OUT(conversion, " as ");
        strbuf_append(conversion->out, columns[i].name);
    }
    strbuf_append(conversion->out, count == key_count ? STR("count") : STR_EMPTY);
    for (uint32_t i = 0; i < key_count; i++) {
        strbuf_append(conversion->out, i == 0 ? STR(" by ") : STR(", "));
        strbuf_append(conversion->out, columns[i].name);
    }
    conversion->is_grouped = true;
    status = convert_having(conversion, &having);
    return status == TOCSIN_OK ? condition_write_step(conversion, "where", having) : status;
}

static tocsin_status finish(struct conversion *conversion)
{
    struct convert_column *columns = NULL;
    struct convert_order *orders = NULL;
    uint32_t count = 0;
    uint32_t order_count = 0;
    tocsin_status status = columns_of_outputs(conversion, &columns, &count);
    status = status == TOCSIN_OK ? columns_of_orders(conversion, columns, count, &orders, &order_count) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    assigns(conversion, columns, count, false);
    for (uint32_t i = 0; i < order_count; i++) {
        if (orders[i].is_new) {
            OUT(conversion, "\n| ");
            strbuf_append(conversion->out, orders[i].text);
            OUT(conversion, " as ");
            strbuf_append(conversion->out, orders[i].name);
        }
    }
    for (uint32_t i = 0; i < order_count; i++) {
        strbuf_append(conversion->out, i == 0 ? STR("\n| sort by ") : STR(", "));
        field(conversion->out, orders[i].name);
        strbuf_append(conversion->out, orders[i].is_descending ? STR(" desc") : STR(" asc"));
    }
    if (conversion->plan->has_limit) {
        strbuf_append_format(conversion->out, "\n| limit %llu", (unsigned long long)conversion->plan->limit);
    }
    for (uint32_t i = 0; i < count; i++) {
        strbuf_append(conversion->out, i == 0 ? STR("\n| fields ") : STR(", "));
        field(conversion->out, columns[i].name);
    }
    OUT(conversion, "\n");
    return TOCSIN_OK;
}

static tocsin_status write(struct conversion *conversion)
{
    const char *from = convert_from(conversion);
    strbuf_append(conversion->out, from ? str_from_cstring(from) : STR("*"));
    tocsin_status status = condition_write_step(conversion, "where", conversion->filter);
    if (status == TOCSIN_OK && conversion->plan->group) {
        status = group(conversion);
    }
    return status == TOCSIN_OK ? finish(conversion) : status;
}

static const struct convert_function functions[] = {
    {"LOWER", "toLowerCase($1)"}, {"UPPER", "toUpperCase($1)"}, {"STRLEN", "length($1)"}, {"CONCAT", "concat($*)"},
    {"LONG", "toLong($1)"},       {"DOUBLE", "num($1)"},        {"NOW", "now()"},         {NULL, NULL},
};

const struct convert_dialect dialect_sumo = {
    .target = {"sumo", "Sumo Logic", "sumo"},
    .comment = "// ",
    .comment_end = "",
    .and_text = "and ",
    .or_text = "or ",
    .not_open = "!(",
    .not_close = ")",
    .true_text = "true",
    .false_text = "false",
    .has_time = true,
    .has_values = true,
    .values = {.null = "null",
               .to_number = "num($1)",
               .to_integer = "toLong($1)",
               .is_null = "isNull($1)",
               .coalesce = "if(isNull($1), $2, $1)",
               .case_open = "if(",
               .case_else = ", ",
               .has_nested_case = true,
               .functions = functions,
               .needs_key = true,
               .aggregates = {[AGGREGATE_COUNT_ROWS] = "count",
                              [AGGREGATE_COUNT] = "count($1)",
                              [AGGREGATE_SUM] = "sum($1)",
                              [AGGREGATE_AVG] = "avg($1)",
                              [AGGREGATE_MIN] = "min($1)",
                              [AGGREGATE_MAX] = "max($1)",
                              [AGGREGATE_STDEV] = "stddev($1)",
                              [AGGREGATE_UNIQUECOUNT] = "count_distinct($1)",
                              [AGGREGATE_DISTINCTCOUNT] = "count_distinct($1)",
                              [AGGREGATE_FIRST] = "first($1)",
                              [AGGREGATE_LAST] = "last($1)"}},
    .string = string_write_escaped,
    .field = field,
    .test = test,
    .time_value = time_value,
    .date_format = {"formatDate(fromMillis($1), $2)", false},
    .write = write,
};
