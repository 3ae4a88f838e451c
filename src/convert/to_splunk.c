/* to_splunk.c - Splunk's search language (SPL): search, where, eval, stats, sort, table. */
#include "base/limits.h"
#include "convert/conversion.h"

/* In an expression; ' itself can't be in a name. */
static void field(struct strbuf *target, str name)
{
    bool is_plain = name_is_plain(name, "");
    strbuf_append(target, is_plain ? STR_EMPTY : STR("'"));
    for (size_t i = 0; i < name.len; i++) {
        strbuf_append_char(target, strchr("'\"`\\|", name.data[i]) ? '_' : name.data[i]);
    }
    strbuf_append(target, is_plain ? STR_EMPTY : STR("'"));
}

static const struct pattern_style style = {.dialect = PATTERN_PCRE, .hex = '`'};

/* What LIKE can't say: \ may escape there, and a ` begins a macro. */
static bool needs_regex(const struct condition *test, str text)
{
    return str_find_char(text, '\\', 0) != SIZE_MAX || str_find_char(text, '`', 0) != SIZE_MAX ||
           str_find_char(text, '%', 0) != SIZE_MAX || str_find_char(text, '_', 0) != SIZE_MAX ||
           (test->ignores_case && !text_is_ascii(text));
}

/* The subject, and "" for it where it is missing. */
static tocsin_status subject(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    const char *open = is_negative ? "coalesce(" : "";
    strbuf_append(conversion->out, str_from_cstring(open));
    tocsin_status status = convert_subject(conversion, test, name);
    bool is_number = test->kind == CONDITION_NUMBER_IN || test->kind == CONDITION_NUMBER_ORDER;
    strbuf_append(conversion->out, !is_negative ? STR_EMPTY : is_number ? STR(",0)") : STR(",\"\")"));
    return status;
}

static tocsin_status match(struct conversion *conversion, const struct condition *test, str name, bool is_negative,
                           const str *exact)
{
    struct strbuf regex;
    strbuf_init(&regex, LIMIT_CONVERSION_BYTES);
    OUT(conversion, "match(");
    tocsin_status status = subject(conversion, test, name, is_negative);
    if (status == TOCSIN_OK) {
        status = exact ? convert_exact_regex(conversion, test, *exact, &style, &regex)
                       : convert_regex(conversion, test, &style, &regex);
    }
    OUT(conversion, ",");
    string_write_quoted(conversion->out, strbuf_str(&regex));
    OUT(conversion, ")");
    strbuf_release(&regex);
    return status;
}

static tocsin_status text_in(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    tocsin_status status = TOCSIN_OK;
    bool is_list = test->count > 1;
    bool is_plain = is_list && !test->ignores_case;
    for (uint32_t i = 0; is_plain && i < test->count; i++) {
        is_plain = str_find_char(test->texts[i], '`', 0) == SIZE_MAX;
    }
    if (is_plain) {
        OUT(conversion, "in(");
        status = subject(conversion, test, name, is_negative);
        convert_text_list(conversion, test, ", ", ", ", ")");
        return status;
    }
    strbuf_append(conversion->out, is_list ? STR("(") : STR_EMPTY);
    for (uint32_t i = 0; status == TOCSIN_OK && i < test->count; i++) {
        str text = test->texts[i];
        strbuf_append(conversion->out, i > 0 ? STR(" OR ") : STR_EMPTY);
        bool is_odd = str_find_char(text, '`', 0) != SIZE_MAX || (test->ignores_case && !text_is_ascii(text));
        if (is_odd) {
            status = match(conversion, test, name, is_negative, &test->texts[i]);
            continue;
        }
        strbuf_append(conversion->out, test->ignores_case ? STR("lower(") : STR_EMPTY);
        status = subject(conversion, test, name, is_negative);
        strbuf_append(conversion->out, test->ignores_case ? STR(")=") : STR("="));
        string_write_quoted(conversion->out, test->ignores_case ? convert_lower(conversion, text) : text);
    }
    strbuf_append(conversion->out, is_list ? STR(")") : STR_EMPTY);
    return status;
}

static tocsin_status like(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    str text;
    enum like_shape shape = like_shape_of(test->text, &text);
    if (shape == LIKE_OTHER || needs_regex(test, text)) {
        return match(conversion, test, name, is_negative, NULL);
    }
    strbuf_append(conversion->out, test->ignores_case ? STR("like(lower(") : STR("like("));
    tocsin_status status = subject(conversion, test, name, is_negative);
    strbuf_append(conversion->out, test->ignores_case ? STR("),") : STR(","));
    string_write_quoted(conversion->out, test->ignores_case ? convert_lower(conversion, test->text) : test->text);
    OUT(conversion, ")");
    return status;
}

static tocsin_status numbers(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    if (test->kind == CONDITION_NUMBER_IN && test->count > 1) {
        OUT(conversion, "in(");
        tocsin_status status = subject(conversion, test, name, is_negative);
        convert_number_list(conversion, test, ", ", ", ", ")");
        return status;
    }
    tocsin_status status = subject(conversion, test, name, is_negative);
    strbuf_append(conversion->out, operator_text(test->operator));
    number_write(conversion->out, test->numbers[0]);
    return status;
}

static tocsin_status time_test(struct conversion *conversion, const struct condition *test, str name)
{
    field(conversion->out, name);
    strbuf_append(conversion->out, operator_text(test->operator));
    double seconds = (double)test->time_ms / 1000;
    if (!test->is_relative) {
        number_write(conversion->out, seconds);
        return TOCSIN_OK;
    }
    OUT(conversion, "now()");
    if (seconds != 0) {
        OUT(conversion, "-");
        number_write(conversion->out, seconds);
    }
    return TOCSIN_OK;
}

static tocsin_status compare(struct conversion *conversion, const struct condition *test, bool is_negative)
{
    strbuf_append(conversion->out, is_negative ? STR("if(") : STR_EMPTY);
    tocsin_status status = value_write(conversion, test->value);
    strbuf_append(conversion->out, operator_text(test->operator));
    status = status == TOCSIN_OK ? value_write(conversion, test->other) : status;
    strbuf_append(conversion->out, is_negative ? STR(",1,0)=1") : STR_EMPTY);
    return status;
}

/* The pattern is text of the row. */
static tocsin_status like_value(struct conversion *conversion, const struct condition *test, bool is_negative)
{
    const char *fold = test->ignores_case ? "lower(" : "";
    const char *end = test->ignores_case ? ")" : "";
    strbuf_append(conversion->out, is_negative ? STR("if(") : STR_EMPTY);
    strbuf_append_format(conversion->out, "like(%s", fold);
    tocsin_status status = value_write(conversion, test->value);
    strbuf_append_format(conversion->out, "%s,%s", end, fold);
    status = status == TOCSIN_OK ? value_write(conversion, test->other) : status;
    strbuf_append_format(conversion->out, "%s)", end);
    strbuf_append(conversion->out, is_negative ? STR(",1,0)=1") : STR_EMPTY);
    return status == TOCSIN_OK ? convert_note(conversion, CONVERT_EXACT,
                                              "a backslash in a pattern that comes from the event may be an escape")
                               : status;
}

static tocsin_status text_order(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    tocsin_status status = subject(conversion, test, name, is_negative);
    strbuf_append(conversion->out, operator_text(test->operator));
    string_write_quoted(conversion->out, test->text);
    return status;
}

static tocsin_status bare_test(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    tocsin_status status;
    switch (test->kind) {
    case CONDITION_TEXT_IN:
    case CONDITION_ADDRESS_IN:
        return text_in(conversion, test, name, is_negative);
    case CONDITION_LIKE:
        return like(conversion, test, name, is_negative);
    case CONDITION_REGEX:
        return match(conversion, test, name, is_negative, NULL);
    case CONDITION_TEXT_ORDER:
        return text_order(conversion, test, name, is_negative);
    case CONDITION_NUMBER_IN:
    case CONDITION_NUMBER_ORDER:
        return numbers(conversion, test, name, is_negative);
    case CONDITION_TIME:
        return time_test(conversion, test, name);
    case CONDITION_LIKE_VALUE:
        return like_value(conversion, test, is_negative);
    case CONDITION_COMPARE:
        return compare(conversion, test, is_negative);
    default:
        OUT(conversion, "cidrmatch(");
        string_write_quoted(conversion->out, test->text);
        OUT(conversion, ",");
        status = subject(conversion, test, name, is_negative);
        OUT(conversion, ")");
        return status;
    }
}

/* A missing field gives null, and NOT null is null: under NOT "" or 0 stand in, and where those would fit, the field
   must be there. */
static tocsin_status test(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    bool is_text_equal = test->kind == CONDITION_TEXT_IN || test->kind == CONDITION_ADDRESS_IN ||
                         test->kind == CONDITION_LIKE || test->kind == CONDITION_REGEX;
    bool is_safe = test->kind == CONDITION_COMPARE || test->kind == CONDITION_LIKE_VALUE ||
                   test->kind == CONDITION_TIME || (is_text_equal && !condition_holds_for_empty(test));
    tocsin_status status;
    if (test->kind == CONDITION_IS_NULL) {
        OUT(conversion, "isnull(");
        status = convert_subject(conversion, test, name);
        OUT(conversion, ")");
        return status;
    }
    if (!is_negative || is_safe) {
        return bare_test(conversion, test, name, is_negative);
    }
    OUT(conversion, "(isnotnull(");
    status = convert_subject(conversion, test, name);
    OUT(conversion, ") AND ");
    status = status == TOCSIN_OK ? bare_test(conversion, test, name, is_negative) : status;
    OUT(conversion, ")");
    return status;
}

static void time_value(struct strbuf *target, str name)
{
    OUT(&(struct conversion){.out = target}, "(");
    field(target, name);
    strbuf_append(target, STR("*1000)"));
}

/* ---- the query ---- */

static void pipe(struct conversion *conversion, const char *command)
{
    strbuf_append_format(conversion->out, "\n| %s ", command);
}

static void name_list(struct conversion *conversion, const struct convert_column *columns, uint32_t count,
                      const char *between)
{
    for (uint32_t i = 0; i < count; i++) {
        strbuf_append(conversion->out, i > 0 ? str_from_cstring(between) : STR_EMPTY);
        field(conversion->out, columns[i].name);
    }
}

static void evals(struct conversion *conversion, const struct convert_column *columns, uint32_t count, bool is_key)
{
    bool is_first = true;
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(columns[i].name, columns[i].text)) {
            continue;
        }
        if (is_first) {
            pipe(conversion, "eval");
        } else {
            OUT(conversion, ",\n    ");
        }
        is_first = false;
        strbuf_append(conversion->out, columns[i].name);
        OUT(conversion, "=");
        strbuf_append(conversion->out, is_key ? STR("coalesce(") : STR_EMPTY);
        strbuf_append(conversion->out, columns[i].text);
        strbuf_append(conversion->out, is_key ? STR(",\"\")") : STR_EMPTY);
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
    evals(conversion, columns, key_count, true);
    pipe(conversion, "stats");
    for (uint32_t i = key_count; i < count; i++) {
        strbuf_append(conversion->out, i > key_count ? STR(", ") : STR_EMPTY);
        strbuf_append(conversion->out, columns[i].aggregate);
        OUT(conversion, " AS ");
        strbuf_append(conversion->out, columns[i].name);
    }
    if (count == key_count) {
        OUT(conversion, "count");
    }
    if (key_count > 0) {
        OUT(conversion, " BY ");
        name_list(conversion, columns, key_count, " ");
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
    evals(conversion, columns, count, false);
    for (uint32_t i = 0; i < order_count; i++) {
        if (orders[i].is_new) {
            pipe(conversion, "eval");
            strbuf_append(conversion->out, orders[i].name);
            OUT(conversion, "=");
            strbuf_append(conversion->out, orders[i].text);
        }
    }
    if (order_count > 0) {
        pipe(conversion, "sort 0");
    }
    for (uint32_t i = 0; i < order_count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(", ") : STR_EMPTY);
        strbuf_append(conversion->out, orders[i].is_descending ? STR("-") : STR_EMPTY);
        bool is_plain = name_is_plain(orders[i].name, "");
        strbuf_append(conversion->out, is_plain ? STR_EMPTY : STR("\""));
        strbuf_append(conversion->out, orders[i].name);
        strbuf_append(conversion->out, is_plain ? STR_EMPTY : STR("\""));
    }
    if (conversion->plan->has_limit) {
        pipe(conversion, "head");
        strbuf_append_u64(conversion->out, conversion->plan->limit);
    }
    if (count > 0) {
        pipe(conversion, "table");
        name_list(conversion, columns, count, " ");
    }
    OUT(conversion, "\n");
    return TOCSIN_OK;
}

static tocsin_status write(struct conversion *conversion)
{
    const char *from = convert_from(conversion);
    OUT(conversion, "search ");
    strbuf_append(conversion->out, from ? str_from_cstring(from) : STR("index=*"));
    tocsin_status status = condition_write_step(conversion, "where", conversion->filter);
    if (status == TOCSIN_OK && conversion->plan->group) {
        status = group(conversion);
    }
    return status == TOCSIN_OK ? finish(conversion) : status;
}

static const struct convert_function functions[] = {
    {"LOWER", "lower($1)"},
    {"UPPER", "upper($1)"},
    {"STRLEN", "len($1)"},
    {"CONCAT", "mvjoin(mvappend($*),\"\")"},
    {"STR", "tostring($1)"},
    {"LONG", "tonumber($1)"},
    {"DOUBLE", "tonumber($1)"},
    {"NOW", "(now()*1000)"},
    {NULL, NULL},
};

const struct convert_dialect dialect_splunk = {
    .target = {"splunk", "Splunk", "spl"},
    .comment = "``` ",
    .comment_end = " ```",
    .and_text = "AND ",
    .or_text = "OR ",
    .not_open = "NOT (",
    .not_close = ")",
    .true_text = "true()",
    .false_text = "false()",
    .has_time = true,
    .has_like_values = true,
    .has_values = true,
    .values = {.null = "null()",
               .to_number = "tonumber($1)",
               .is_null = "isnull($1)",
               .coalesce = "coalesce($*)",
               .case_open = "case(",
               .case_else = ", true(), ",
               .functions = functions,
               .needs_key = true,
               .aggregates = {[AGGREGATE_COUNT_ROWS] = "count",
                              [AGGREGATE_COUNT] = "count(eval(isnotnull($1)))",
                              [AGGREGATE_SUM] = "sum(eval($1))",
                              [AGGREGATE_AVG] = "avg(eval($1))",
                              [AGGREGATE_MIN] = "min(eval($1))",
                              [AGGREGATE_MAX] = "max(eval($1))",
                              [AGGREGATE_STDEV] = "stdev(eval($1))",
                              [AGGREGATE_STDEVP] = "stdevp(eval($1))",
                              [AGGREGATE_UNIQUECOUNT] = "dc(eval($1))",
                              [AGGREGATE_DISTINCTCOUNT] = "dc(eval($1))",
                              [AGGREGATE_FIRST] = "earliest(eval($1))",
                              [AGGREGATE_LAST] = "latest(eval($1))"}},
    .string = string_write_quoted,
    .field = field,
    .test = test,
    .time_value = time_value,
    .date_format = {"strftime($1,$2)", true},
    .write = write,
};
