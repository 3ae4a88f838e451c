/* to_elastic_esql.c - Elasticsearch's piped query language (ES|QL) over ECS. Three-valued: under NOT a test that may be
 * null is made false. */
#include "base/limits.h"
#include "convert/conversion.h"

static void field(struct strbuf *target, str name)
{
    bool is_plain =
        name_is_plain(name, ".") || (str_starts_with(name, STR("@")) && name_is_plain(str_skip(name, 1), "."));
    strbuf_append(target, is_plain ? STR_EMPTY : STR("`"));
    for (size_t i = 0; i < name.len; i++) {
        strbuf_append(target, name.data[i] == '`' ? STR("``") : str_slice(name, i, i + 1));
    }
    strbuf_append(target, is_plain ? STR_EMPTY : STR("`"));
}

static tocsin_status need_ascii(struct conversion *conversion, const struct condition *test, str text)
{
    return !test->ignores_case || text_is_ascii(text)
               ? TOCSIN_OK
               : convert_refuse(conversion, test->place, "letters beyond ASCII where case is ignored");
}

static tocsin_status regex(struct conversion *conversion, const struct condition *test, str name)
{
    static const struct pattern_style style = {.dialect = PATTERN_LUCENE};
    struct strbuf text;
    strbuf_init(&text, LIMIT_CONVERSION_BYTES);
    tocsin_status status = need_ascii(conversion, test, test->text);
    status = status == TOCSIN_OK ? convert_subject(conversion, test, name) : status;
    status = status == TOCSIN_OK ? convert_regex(conversion, test, &style, &text) : status;
    OUT(conversion, " RLIKE ");
    string_write_escaped(conversion->out, strbuf_str(&text));
    strbuf_release(&text);
    return status;
}

static tocsin_status subject(struct conversion *conversion, const struct condition *test, str name)
{
    strbuf_append(conversion->out, test->ignores_case ? STR("TO_LOWER(") : STR_EMPTY);
    tocsin_status status = convert_subject(conversion, test, name);
    strbuf_append(conversion->out, test->ignores_case ? STR(")") : STR_EMPTY);
    return status;
}

/* % and _ become * and ?, and what is * or ? or \ gets a backslash. */
static tocsin_status like(struct conversion *conversion, const struct condition *test, str name)
{
    struct strbuf pattern;
    str text = test->ignores_case ? convert_lower(conversion, test->text) : test->text;
    strbuf_init(&pattern, LIMIT_CONVERSION_BYTES);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '*' || c == '?' || c == '\\') {
            strbuf_append_char(&pattern, '\\');
        }
        strbuf_append_char(&pattern, c == '%' ? '*' : c == '_' ? '?' : c);
    }
    tocsin_status status = need_ascii(conversion, test, text);
    status = status == TOCSIN_OK ? subject(conversion, test, name) : status;
    OUT(conversion, " LIKE ");
    string_write_escaped(conversion->out, strbuf_str(&pattern));
    strbuf_release(&pattern);
    return status;
}

static tocsin_status text_in(struct conversion *conversion, const struct condition *test, str name)
{
    tocsin_status status = subject(conversion, test, name);
    strbuf_append(conversion->out, test->count > 1 ? STR(" IN (") : STR(" == "));
    for (uint32_t i = 0; status == TOCSIN_OK && i < test->count; i++) {
        status = need_ascii(conversion, test, test->texts[i]);
        strbuf_append(conversion->out, i > 0 ? STR(", ") : STR_EMPTY);
        string_write_escaped(conversion->out,
                             test->ignores_case ? convert_lower(conversion, test->texts[i]) : test->texts[i]);
    }
    strbuf_append(conversion->out, test->count > 1 ? STR(")") : STR_EMPTY);
    return status;
}

static str comparison(enum syntax_operator operator)
{
    return operator== OPERATOR_EQUAL ? STR("==") : operator_text(operator);
}

static tocsin_status order(struct conversion *conversion, const struct condition *test, str name)
{
    tocsin_status status = convert_subject(conversion, test, name);
    if (test->kind == CONDITION_NUMBER_IN && test->count > 1) {
        convert_number_list(conversion, test, " IN (", ", ", ")");
        return status;
    }
    strbuf_append(conversion->out, STR(" "));
    strbuf_append(conversion->out, comparison(test->operator));
    strbuf_append(conversion->out, STR(" "));
    if (test->kind == CONDITION_TEXT_ORDER) {
        string_write_escaped(conversion->out, test->text);
    } else {
        number_write(conversion->out, test->numbers[0]);
    }
    return status;
}

static tocsin_status time_test(struct conversion *conversion, const struct condition *test, str name)
{
    field(conversion->out, name);
    strbuf_append(conversion->out, STR(" "));
    strbuf_append(conversion->out, comparison(test->operator));
    bool is_whole = test->time_ms % 1000 == 0;
    if (!test->is_relative) {
        strbuf_append_format(conversion->out, " TO_DATETIME(%lld)", (long long)test->time_ms);
    } else if (test->time_ms == 0) {
        OUT(conversion, " NOW()");
    } else {
        int64_t amount = test->time_ms < 0 ? -test->time_ms : test->time_ms;
        strbuf_append_format(conversion->out, " NOW() %c %lld %s", test->time_ms < 0 ? '+' : '-',
                             (long long)(is_whole ? amount / 1000 : amount), is_whole ? "seconds" : "milliseconds");
    }
    return TOCSIN_OK;
}

static tocsin_status network(struct conversion *conversion, const struct condition *test, str name)
{
    OUT(conversion, "CIDR_MATCH(");
    tocsin_status status = convert_subject(conversion, test, name);
    for (uint32_t i = 0; i < test->count; i++) { /* addresses */
        OUT(conversion, ", ");
        struct strbuf one;
        strbuf_init(&one, IP_TEXT_BYTES + 8);
        strbuf_append(&one, test->texts[i]);
        strbuf_append(&one, STR("/32"));
        string_write_escaped(conversion->out, strbuf_str(&one));
        strbuf_release(&one);
    }
    if (test->kind == CONDITION_NETWORK) {
        OUT(conversion, ", ");
        string_write_escaped(conversion->out, test->text);
    }
    OUT(conversion, ")");
    return status;
}

static tocsin_status compare(struct conversion *conversion, const struct condition *test)
{
    tocsin_status status = value_write(conversion, test->value);
    strbuf_append(conversion->out, STR(" "));
    strbuf_append(conversion->out, comparison(test->operator));
    strbuf_append(conversion->out, STR(" "));
    return status == TOCSIN_OK ? value_write(conversion, test->other) : status;
}

static tocsin_status bare_test(struct conversion *conversion, const struct condition *test, str name)
{
    switch (test->kind) {
    case CONDITION_TEXT_IN:
        return text_in(conversion, test, name);
    case CONDITION_LIKE:
        return like(conversion, test, name);
    case CONDITION_REGEX:
        return regex(conversion, test, name);
    case CONDITION_TEXT_ORDER:
    case CONDITION_NUMBER_IN:
    case CONDITION_NUMBER_ORDER:
        return order(conversion, test, name);
    case CONDITION_TIME:
        return time_test(conversion, test, name);
    case CONDITION_COMPARE:
        return compare(conversion, test);
    default:
        return network(conversion, test, name);
    }
}

static tocsin_status test(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    tocsin_status status;
    if (test->kind == CONDITION_IS_NULL) {
        status = convert_subject(conversion, test, name);
        OUT(conversion, " IS NULL");
        return status;
    }
    strbuf_append(conversion->out, is_negative ? STR("COALESCE(") : STR_EMPTY);
    status = bare_test(conversion, test, name);
    strbuf_append(conversion->out, is_negative ? STR(", false)") : STR_EMPTY);
    return status;
}

static void time_value(struct strbuf *target, str name)
{
    strbuf_append(target, STR("TO_LONG("));
    field(target, name);
    strbuf_append(target, STR(")"));
}

/* ---- the query ---- */

static void pipe(struct conversion *conversion, const char *command)
{
    strbuf_append_format(conversion->out, "\n| %s ", command);
}

static void assign(struct conversion *conversion, str name, str text, bool is_first)
{
    strbuf_append(conversion->out, is_first ? STR_EMPTY : STR(",\n    "));
    strbuf_append(conversion->out, name);
    OUT(conversion, " = ");
    strbuf_append(conversion->out, text);
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
    pipe(conversion, "STATS");
    for (uint32_t i = key_count; i < count; i++) {
        assign(conversion, columns[i].name, columns[i].aggregate, i == key_count);
    }
    if (key_count > 0) {
        OUT(conversion, " BY ");
    }
    for (uint32_t i = 0; i < key_count; i++) {
        assign(conversion, columns[i].name, columns[i].text, i == 0);
    }
    conversion->is_grouped = true;
    status = convert_having(conversion, &having);
    return status == TOCSIN_OK ? condition_write_step(conversion, "WHERE", having) : status;
}

enum { ROWS_MAX = 10000 };

static tocsin_status finish(struct conversion *conversion)
{
    struct convert_column *columns = NULL;
    struct convert_order *orders = NULL;
    uint32_t count = 0;
    uint32_t order_count = 0;
    bool is_first = true;
    const struct plan *plan = conversion->plan;
    tocsin_status status = columns_of_outputs(conversion, &columns, &count);
    status = status == TOCSIN_OK ? columns_of_orders(conversion, columns, count, &orders, &order_count) : status;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count + order_count; i++) {
        bool is_column = i < count;
        if (is_column ? str_eq(columns[i].name, columns[i].text) : !orders[i - count].is_new) {
            continue;
        }
        if (is_first) {
            pipe(conversion, "EVAL");
        }
        assign(conversion, is_column ? columns[i].name : orders[i - count].name,
               is_column ? columns[i].text : orders[i - count].text, is_first);
        is_first = false;
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    if (order_count > 0) {
        pipe(conversion, "SORT");
    }
    for (uint32_t i = 0; i < order_count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(", ") : STR_EMPTY);
        field(conversion->out, orders[i].name);
        strbuf_append(conversion->out, orders[i].is_descending ? STR(" DESC") : STR(" ASC"));
    }
    pipe(conversion, "LIMIT");
    bool is_cut = !plan->has_limit || plan->limit > ROWS_MAX;
    strbuf_append_u64(conversion->out, is_cut ? ROWS_MAX : plan->limit);
    if (is_cut) {
        status = convert_note(conversion, CONVERT_EXACT, "no more than %d rows are given", ROWS_MAX);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0) {
            pipe(conversion, "KEEP");
        }
        strbuf_append(conversion->out, i > 0 ? STR(", ") : STR_EMPTY);
        field(conversion->out, columns[i].name);
    }
    OUT(conversion, "\n");
    return status;
}

static tocsin_status write(struct conversion *conversion)
{
    const char *from = convert_from(conversion);
    OUT(conversion, "FROM ");
    strbuf_append(conversion->out, from ? str_from_cstring(from) : STR("logs-*"));
    tocsin_status status = condition_write_step(conversion, "WHERE", conversion->filter);
    if (status == TOCSIN_OK && conversion->plan->group) {
        status = group(conversion);
    }
    return status == TOCSIN_OK ? finish(conversion) : status;
}

static const struct convert_function functions[] = {
    {"LOWER", "TO_LOWER($1)"},   {"UPPER", "TO_UPPER($1)"},
    {"STRLEN", "LENGTH($1)"},    {"CONCAT", "CONCAT($*)"},
    {"STR", "TO_STRING($1)"},    {"LONG", "TO_LONG($1)"},
    {"DOUBLE", "TO_DOUBLE($1)"}, {"BASE64", "TO_BASE64($1)"},
    {"NOW", "TO_LONG(NOW())"},   {NULL, NULL},
};

const struct convert_dialect dialect_elastic_esql = {
    .target = {"elastic-esql", "Elastic ES|QL", "esql"},
    .comment = "// ",
    .comment_end = "",
    .and_text = "AND ",
    .or_text = "OR ",
    .not_open = "NOT (",
    .not_close = ")",
    .true_text = "true",
    .false_text = "false",
    .has_time = true,
    .has_values = true,
    .values = {.null = "null",
               .to_number = "TO_DOUBLE($1)",
               .to_integer = "TO_LONG($1)",
               .is_null = "$1 IS NULL",
               .coalesce = "COALESCE($*)",
               .divide = "($1 / $2)",
               .remainder = "($1 % $2)",
               .case_open = "CASE(",
               .case_else = ", ",
               .functions = functions,
               .aggregates = {[AGGREGATE_COUNT_ROWS] = "COUNT(*)",
                              [AGGREGATE_COUNT] = "COUNT($1)",
                              [AGGREGATE_SUM] = "SUM($1)",
                              [AGGREGATE_AVG] = "AVG($1)",
                              [AGGREGATE_MIN] = "MIN($1)",
                              [AGGREGATE_MAX] = "MAX($1)",
                              [AGGREGATE_UNIQUECOUNT] = "COUNT_DISTINCT($1)",
                              [AGGREGATE_DISTINCTCOUNT] = "COUNT_DISTINCT($1)",
                              [AGGREGATE_FIRST] = "MIN($1)",
                              [AGGREGATE_LAST] = "MAX($1)"}},
    .string = string_write_escaped,
    .field = field,
    .test = test,
    .time_value = time_value,
    .date_format = {"DATE_FORMAT($2, $1)", false},
    .write = write,
};
