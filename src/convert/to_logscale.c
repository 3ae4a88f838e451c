/* to_logscale.c - CrowdStrike Falcon LogScale. Its filters are two-valued as AQL's: what a field lacks is no match, and
 * NOT of it is one. Scores are made by case statements in front of the columns. */
#include "base/limits.h"
#include "base/memory.h"
#include "convert/conversion.h"

struct prelude {
    struct strbuf text;
    unsigned count;
};

static void field(struct strbuf *target, str name)
{
    bool is_plain = name_is_plain(
        str_starts_with(name, STR("@")) || str_starts_with(name, STR("#")) ? str_skip(name, 1) : name, ".");
    if (is_plain) {
        strbuf_append(target, name);
    } else {
        string_write_escaped(target, name);
    }
}

static tocsin_status match(struct conversion *conversion, const struct condition *test, str name, const str *exact)
{
    static const struct pattern_style style = {.dialect = PATTERN_RE2, .has_no_flag = true, .escaped = '/'};
    struct strbuf regex;
    strbuf_init(&regex, LIMIT_CONVERSION_BYTES);
    field(conversion->out, name);
    tocsin_status status = exact ? convert_exact_regex(conversion, test, *exact, &style, &regex)
                                 : convert_regex(conversion, test, &style, &regex);
    if (regex.len == 0) { /* two slashes are a comment; what any value fits is that there is one */
        OUT(conversion, "=*");
    } else {
        OUT(conversion, "=/");
        strbuf_append(conversion->out, strbuf_str(&regex));
        strbuf_append(conversion->out, test->ignores_case ? STR("/i") : STR("/"));
    }
    strbuf_release(&regex);
    return status;
}

static tocsin_status text_in(struct conversion *conversion, const struct condition *test, str name)
{
    tocsin_status status = TOCSIN_OK;
    strbuf_append(conversion->out, test->count > 1 ? STR("(") : STR_EMPTY);
    for (uint32_t i = 0; status == TOCSIN_OK && i < test->count; i++) {
        str text = test->texts[i];
        strbuf_append(conversion->out, i > 0 ? STR(" or ") : STR_EMPTY);
        if (test->ignores_case || text.len == 0 || str_find_char(text, '*', 0) != SIZE_MAX) {
            status = match(conversion, test, name, &text);
        } else {
            field(conversion->out, name);
            OUT(conversion, "=");
            string_write_escaped(conversion->out, text);
        }
    }
    strbuf_append(conversion->out, test->count > 1 ? STR(")") : STR_EMPTY);
    return status;
}

static void numbers(struct conversion *conversion, const struct condition *test, str name)
{
    strbuf_append(conversion->out, test->count > 1 ? STR("(") : STR_EMPTY);
    for (uint32_t i = 0; i < test->count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(" or ") : STR_EMPTY);
        field(conversion->out, name);
        strbuf_append_format(conversion->out, " %s ", operator_text(test->operator).data);
        number_write(conversion->out, test->numbers[i]);
    }
    strbuf_append(conversion->out, test->count > 1 ? STR(")") : STR_EMPTY);
}

static str comparison(enum syntax_operator operator)
{
    return operator== OPERATOR_EQUAL ? STR("==") : operator_text(operator);
}

static tocsin_status time_test(struct conversion *conversion, const struct condition *test, str name)
{
    OUT(conversion, "test(");
    field(conversion->out, name);
    strbuf_append_format(conversion->out, " %s ", comparison(test->operator).data);
    if (test->is_relative) {
        strbuf_append_format(conversion->out, "(now() - %lld))", (long long)test->time_ms);
    } else {
        strbuf_append_format(conversion->out, "%lld)", (long long)test->time_ms);
    }
    return TOCSIN_OK;
}

static void network(struct conversion *conversion, const struct condition *test, str name)
{
    uint32_t count = test->kind == CONDITION_NETWORK ? 1 : test->count;
    strbuf_append(conversion->out, count > 1 ? STR("(") : STR_EMPTY);
    for (uint32_t i = 0; i < count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(" or ") : STR_EMPTY);
        if (test->kind == CONDITION_NETWORK) {
            OUT(conversion, "cidr(");
            field(conversion->out, name);
            OUT(conversion, ", subnet=");
            string_write_escaped(conversion->out, test->text);
            OUT(conversion, ")");
        } else {
            field(conversion->out, name);
            OUT(conversion, "=");
            string_write_escaped(conversion->out, test->texts[i]);
        }
    }
    strbuf_append(conversion->out, count > 1 ? STR(")") : STR_EMPTY);
}

static tocsin_status compare(struct conversion *conversion, const struct condition *test)
{
    OUT(conversion, "test(");
    tocsin_status status = value_write(conversion, test->value);
    strbuf_append_format(conversion->out, " %s ", comparison(test->operator).data);
    status = status == TOCSIN_OK ? value_write(conversion, test->other) : status;
    OUT(conversion, ")");
    return status;
}

static tocsin_status test(struct conversion *conversion, const struct condition *test, str name, bool is_negative)
{
    if (test->kind == CONDITION_COMPARE) {
        return compare(conversion, test);
    }
    if (name.len == 0) {
        return convert_refuse(conversion, test->place, "a function or a computed value in a condition");
    }
    switch (test->kind) {
    case CONDITION_TEXT_IN:
        return text_in(conversion, test, name);
    case CONDITION_LIKE:
    case CONDITION_REGEX:
        return match(conversion, test, name, NULL);
    case CONDITION_NUMBER_IN:
    case CONDITION_NUMBER_ORDER:
        numbers(conversion, test, name);
        return TOCSIN_OK;
    case CONDITION_TIME:
        return time_test(conversion, test, name);
    case CONDITION_IS_NULL:
        field(conversion->out, name);
        OUT(conversion, "!=*");
        return TOCSIN_OK;
    case CONDITION_TEXT_ORDER:
        return convert_refuse(conversion, test->place, "texts compared by order");
    default:
        network(conversion, test, name);
        return TOCSIN_OK;
    }
}

/* ---- values ---- */

/* case { condition | case_1 := 1; * | case_1 := 0 }, and case_1 is the value. */
static tocsin_status case_value(struct conversion *conversion, const struct expression *value)
{
    struct prelude *prelude = conversion->own;
    struct strbuf *outer = conversion->out;
    struct strbuf text;
    unsigned number = ++prelude->count;
    tocsin_status status = TOCSIN_OK;
    strbuf_init(&text, LIMIT_CONVERSION_BYTES);
    conversion->out = &text;
    OUT(conversion, "\n| case {");
    for (uint32_t i = 0; status == TOCSIN_OK && i < value->operand_count; i += 2) {
        bool is_else = i + 1 == value->operand_count;
        const struct condition *condition = NULL;
        OUT(conversion, "\n    ");
        if (is_else) {
            OUT(conversion, "*");
        } else {
            status = condition_build(conversion, value->operands[i], &condition);
            status = status == TOCSIN_OK ? condition_for_type(conversion, condition, STR_EMPTY, &condition) : status;
            conversion->indent = 2;
            status = status == TOCSIN_OK ? condition_write(conversion, condition, false) : status;
            conversion->indent = 0;
        }
        strbuf_append_format(conversion->out, " | case_%u := ", number);
        status = status == TOCSIN_OK ? value_write(conversion, value->operands[is_else ? i : i + 1]) : status;
        OUT(conversion, ";");
    }
    OUT(conversion, "\n}");
    conversion->out = outer;
    strbuf_append(&prelude->text, strbuf_str(&text));
    strbuf_release(&text);
    strbuf_append_format(conversion->out, "case_%u", number);
    return status;
}

static void time_value(struct strbuf *target, str name)
{
    field(target, name); /* milliseconds already */
}

/* ---- the query ---- */

static void flush_prelude(struct conversion *conversion)
{
    struct prelude *prelude = conversion->own;
    strbuf_append(conversion->out, strbuf_str(&prelude->text));
    strbuf_clear(&prelude->text);
}

static void assigns(struct conversion *conversion, const struct convert_column *columns, uint32_t count)
{
    flush_prelude(conversion);
    for (uint32_t i = 0; i < count; i++) {
        if (!str_eq(columns[i].name, columns[i].text)) {
            OUT(conversion, "\n| ");
            strbuf_append(conversion->out, columns[i].name);
            OUT(conversion, " := ");
            strbuf_append(conversion->out, columns[i].text);
        }
    }
}

static tocsin_status where(struct conversion *conversion, const struct condition *condition, const char *front)
{
    if (!condition || condition->kind == CONDITION_TRUE) {
        return TOCSIN_OK;
    }
    strbuf_append(conversion->out, str_from_cstring(front));
    struct strbuf *outer = conversion->out;
    struct strbuf text;
    strbuf_init(&text, LIMIT_CONVERSION_BYTES);
    conversion->out = &text;
    tocsin_status status = condition_write(conversion, condition, false);
    conversion->out = outer;
    flush_prelude(conversion); /* scores that the condition asks for */
    strbuf_append(conversion->out, front[0] == '\0' && outer->len > 0 ? STR("\n| ") : STR_EMPTY);
    strbuf_append(conversion->out, strbuf_str(&text));
    strbuf_release(&text);
    return status;
}

static void names(struct conversion *conversion, const struct convert_column *columns, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(", ") : STR_EMPTY);
        field(conversion->out, columns[i].name);
    }
}

static tocsin_status group(struct conversion *conversion)
{
    struct convert_column *columns = NULL;
    uint32_t key_count = 0;
    uint32_t count = 0;
    const struct condition *having = NULL;
    const struct plan_group *plan_group = conversion->plan->group;
    for (uint32_t i = 0; i < plan_group->aggregate_count; i++) {
        const struct expression *argument = plan_group->aggregates[i].argument;
        str several[CONVERT_NAMES_MAX];
        uint32_t several_count = 1;
        if (argument && argument->kind != EXPRESSION_FIELD) {
            return convert_refuse(conversion, plan_group->aggregates[i].syntax, "an aggregate of a computed value");
        }
        if (argument) {
            tocsin_status named = convert_field_names(conversion, argument->field, several, &several_count);
            if (named != TOCSIN_OK) {
                return named;
            }
        }
        if (several_count != 1) {
            return convert_refuse(conversion, plan_group->aggregates[i].syntax,
                                  "an aggregate of a field with several names there");
        }
    }
    tocsin_status status = columns_of_group(conversion, &columns, &key_count, &count);
    if (status != TOCSIN_OK) {
        return status;
    }
    assigns(conversion, columns, key_count);
    if (key_count > 0) {
        OUT(conversion, "\n| default(value=\"\", field=[");
        names(conversion, columns, key_count);
        OUT(conversion, "])\n| groupBy([");
        names(conversion, columns, key_count);
        OUT(conversion, "], function=[");
    } else {
        OUT(conversion, "\n| [");
    }
    for (uint32_t i = key_count; i < count; i++) {
        strbuf_append(conversion->out, i > key_count ? STR(", ") : STR_EMPTY);
        strbuf_append(conversion->out, columns[i].aggregate);
        OUT(conversion, "as=");
        strbuf_append(conversion->out, columns[i].name);
        OUT(conversion, ")");
    }
    strbuf_append(conversion->out, key_count > 0 ? STR("], limit=max)") : STR("]"));
    conversion->is_grouped = true;
    status = convert_having(conversion, &having);
    return status == TOCSIN_OK ? where(conversion, having, "\n| ") : status;
}

enum { ROWS_MAX = 20000 };

static void sort(struct conversion *conversion, const struct convert_order *orders, uint32_t order_count)
{
    const struct plan *plan = conversion->plan;
    uint64_t limit = plan->has_limit && plan->limit < ROWS_MAX ? plan->limit : ROWS_MAX;
    if (order_count == 0) {
        if (plan->has_limit) {
            strbuf_append_format(conversion->out, "\n| head(%llu)", (unsigned long long)limit);
        }
        return;
    }
    OUT(conversion, "\n| sort([");
    for (uint32_t i = 0; i < order_count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(", ") : STR_EMPTY);
        field(conversion->out, orders[i].name);
    }
    OUT(conversion, "], order=[");
    for (uint32_t i = 0; i < order_count; i++) {
        strbuf_append(conversion->out, i > 0 ? STR(", ") : STR_EMPTY);
        strbuf_append(conversion->out, orders[i].is_descending ? STR("desc") : STR("asc"));
    }
    strbuf_append_format(conversion->out, "], limit=%llu)", (unsigned long long)limit);
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
    assigns(conversion, columns, count);
    for (uint32_t i = 0; i < order_count; i++) {
        if (orders[i].is_new) {
            OUT(conversion, "\n| ");
            strbuf_append(conversion->out, orders[i].name);
            OUT(conversion, " := ");
            strbuf_append(conversion->out, orders[i].text);
        }
    }
    sort(conversion, orders, order_count);
    if (count > 0) {
        OUT(conversion, "\n| select([");
        names(conversion, columns, count);
        OUT(conversion, "])");
    }
    OUT(conversion, "\n");
    bool is_cut = order_count > 0 && (!conversion->plan->has_limit || conversion->plan->limit > ROWS_MAX);
    return is_cut ? convert_note(conversion, CONVERT_EXACT, "no more than %d rows are given", ROWS_MAX) : TOCSIN_OK;
}

static tocsin_status write(struct conversion *conversion)
{
    struct prelude prelude = {.count = 0};
    strbuf_init(&prelude.text, LIMIT_CONVERSION_BYTES);
    conversion->own = &prelude;
    const char *from = convert_from(conversion);
    if (from) {
        strbuf_append(conversion->out, str_from_cstring(from));
        OUT(conversion, "\n");
    }
    tocsin_status status = where(conversion, conversion->filter, from ? "| " : "");
    if (status == TOCSIN_OK && conversion->filter->kind == CONDITION_TRUE && !from) {
        OUT(conversion, "*");
    }
    if (status == TOCSIN_OK && conversion->plan->group) {
        status = group(conversion);
    }
    status = status == TOCSIN_OK ? finish(conversion) : status;
    strbuf_release(&prelude.text);
    conversion->own = NULL;
    return status;
}

static const struct convert_function functions[] = {{"NOW", "now()"}, {NULL, NULL}};

const struct convert_dialect dialect_logscale = {
    .target = {"logscale", "CrowdStrike LogScale", "logscale"},
    .comment = "// ",
    .comment_end = "",
    .and_text = "and ",
    .or_text = "or ",
    .not_open = "not (",
    .not_close = ")",
    .true_text = "test(1 == 1)",
    .false_text = "test(1 == 0)",
    .has_time = true,
    .has_values = true,
    .values = {.null = "\"\"",
               .coalesce = "coalesce([$*])",
               .functions = functions,
               .needs_key = true,
               .aggregates = {[AGGREGATE_COUNT_ROWS] = "count(",
                              [AGGREGATE_COUNT] = "count(field=$1, ",
                              [AGGREGATE_SUM] = "sum($1, ",
                              [AGGREGATE_AVG] = "avg($1, ",
                              [AGGREGATE_MIN] = "min($1, ",
                              [AGGREGATE_MAX] = "max($1, ",
                              [AGGREGATE_UNIQUECOUNT] = "count(field=$1, distinct=true, ",
                              [AGGREGATE_DISTINCTCOUNT] = "count(field=$1, distinct=true, ",
                              [AGGREGATE_FIRST] = "collect($1, limit=1, ",
                              [AGGREGATE_LAST] = "collect($1, limit=1, "}},
    .string = string_write_escaped,
    .field = field,
    .test = test,
    .time_value = time_value,
    .case_value = case_value,
    .date_format = {"formatTime($2, field=$1)", true},
    .write = write,
};
