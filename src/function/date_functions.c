/* DATEFORMAT and PARSETIMESTAMP (by pattern) and PARSEDATETIME (as people write times). A constant pattern, the usual
   case, is compiled once, and rows of one second, which come in runs, are formatted once. */
#include "function/function.h"

#include <math.h>

#include "function/date_pattern.h"

/* Doubles below it fit an int64_t. */
#define TIME_DOUBLE_MAX 9.2e18

/* Compiles the pattern in argument `index`, if it is constant. */
static tocsin_status prepare_pattern(struct function_prepare *prepare, const struct value *constant,
                                     const void **ret_prepared, struct error *err)
{
    *ret_prepared = NULL;
    if (!constant) {
        return TOCSIN_OK;
    }
    const struct date_pattern *pattern;
    tocsin_status status = date_pattern_compile(constant->text, prepare->arena, &pattern, err);
    if (status == TOCSIN_OK) {
        *ret_prepared = pattern;
    }
    return status;
}

/* The pattern of a row, where it is not constant: compiled when it changes. A pattern from the data that means nothing
   is NULL: its rows are null. */
struct row_pattern {
    const struct date_pattern *pattern;
    str text;
    bool is_set;
};

static tocsin_status row_pattern_set(struct row_pattern *current, str text, struct arena *arena, struct error *err)
{
    if (current->is_set && str_eq(current->text, text)) {
        return TOCSIN_OK;
    }
    *current = (struct row_pattern){.text = text, .is_set = true};
    struct error local;
    tocsin_status status = date_pattern_compile(text, arena, &current->pattern, &local);
    return status == TOCSIN_ERROR_MEMORY ? error_memory(err) : TOCSIN_OK;
}

/* ---- DATEFORMAT ---- */

/* The last text made. */
struct format_memo {
    const struct date_pattern *pattern; /* NULL: nothing yet */
    int64_t second;
    struct date_moment moment;
    str text;
};

static int64_t second_of(int64_t time_ms)
{
    return time_ms / 1000 - (time_ms % 1000 < 0);
}

static bool format_time(struct format_memo *memo, const struct date_pattern *pattern, int64_t time_ms,
                        const struct function_call *call)
{
    int64_t second = second_of(time_ms);
    bool is_same_second = memo->pattern && memo->second == second;
    if (is_same_second && memo->pattern == pattern && !date_pattern_shows_milliseconds(pattern)) {
        return true;
    }
    if (is_same_second) {
        memo->moment.civil.millisecond = (int)((time_ms % 1000 + 1000) % 1000);
    } else {
        date_moment_set(&memo->moment, time_ms, call->environment->zone);
    }
    char *text = arena_reserve(call->arena, date_pattern_bytes_max(pattern) + 1);
    if (!text) {
        return false;
    }
    memo->text = str_from(text, date_pattern_format(pattern, &memo->moment, text));
    arena_commit(call->arena, memo->text.len);
    memo->pattern = pattern;
    memo->second = second;
    return true;
}

/* False: a double that is no time. */
static bool time_of_row(const struct column *times, uint32_t row, int64_t *ret_ms)
{
    if (times->type == TYPE_INT64) {
        *ret_ms = column_integer(times, row);
        return true;
    }
    double time_ms = column_double(times, row);
    if (!(fabs(time_ms) < TIME_DOUBLE_MAX)) {
        return false;
    }
    *ret_ms = (int64_t)time_ms;
    return true;
}

static tocsin_status run_dateformat(const struct function_call *call, const struct column *const *arguments,
                                    uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                    struct column *ret, struct error *err)
{
    struct format_memo memo = {0};
    struct row_pattern current = {.pattern = call->prepared};
    for (uint32_t i = 0; i < row_count; i++) {
        if (!call->prepared) {
            tocsin_status status = row_pattern_set(&current, column_string(arguments[1], rows[i]), call->arena, err);
            if (status != TOCSIN_OK) {
                return status;
            }
        }
        int64_t time_ms;
        if (!current.pattern || !time_of_row(arguments[0], rows[i], &time_ms)) {
            column_set_null(ret, rows[i]);
        } else if (!format_time(&memo, current.pattern, time_ms, call)) {
            return error_memory(err);
        } else {
            ret->strings[rows[i]] = memo.text;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status prepare_dateformat(struct function_prepare *prepare, const struct value *const *arguments,
                                        uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    return prepare_pattern(prepare, arguments[1], ret_prepared, err);
}

static const struct function_signature dateformat_signature = {
    .result = TYPE_STRING,
    .required_count = 2,
    .argument_count = 2,
    .arguments = {{.types = TYPES_NUMBER}, {.types = TYPES(TYPE_STRING)}},
    .kernel = run_dateformat,
};

const struct function_def function_dateformat = {
    .names = {"DATEFORMAT"},
    .signatures = &dateformat_signature,
    .signature_count = 1,
    .prepare = prepare_dateformat,
    .family = FUNCTION_FAMILY_TIME,
    .clickhouse =
        "parts of `toString(toDateTime())` in UTC, of the letters y, M, d, H, m, s and S; days that its DateTime "
        "lacks are looked at here",
    .description =
        "A time in milliseconds since 1970 as text in the zone of the query. The pattern has Java's letters: "
        "yyyy year, MM month, dd day, HH hour, mm minute, ss second, SSS millisecond, Z offset, EEE weekday; "
        "quoted text stands for itself. Beware of YYYY (year of the week, differs around New Year) and hh "
        "without a.",
    .example = "DATEFORMAT(1735599909007, 'yyyy-MM-dd''T''HH:mm:ss.SSSX')",
    .example_result = "2024-12-30T23:05:09.007Z",
};

/* ---- PARSETIMESTAMP ---- */

static tocsin_status run_parsetimestamp(const struct function_call *call, const struct column *const *arguments,
                                        uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                        struct column *ret, struct error *err)
{
    const struct function_environment *environment = call->environment;
    struct row_pattern current = {.pattern = call->prepared};
    for (uint32_t i = 0; i < row_count; i++) {
        if (!call->prepared) {
            tocsin_status status = row_pattern_set(&current, column_string(arguments[0], rows[i]), call->arena, err);
            if (status != TOCSIN_OK) {
                return status;
            }
        }
        if (!current.pattern || !date_pattern_parse(current.pattern, column_string(arguments[1], rows[i]),
                                                    environment->zone, environment->now_ms, &ret->integers[rows[i]])) {
            column_set_null(ret, rows[i]);
        }
    }
    return TOCSIN_OK;
}

static tocsin_status prepare_parsetimestamp(struct function_prepare *prepare, const struct value *const *arguments,
                                            uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    return prepare_pattern(prepare, arguments[0], ret_prepared, err);
}

static const struct function_signature parsetimestamp_signature = {
    .result = TYPE_INT64,
    .result_domain = DOMAIN_TIME_MS,
    .required_count = 2,
    .argument_count = 2,
    .arguments = {{.types = TYPES(TYPE_STRING)}, {.types = TYPES(TYPE_STRING)}},
    .kernel = run_parsetimestamp,
};

const struct function_def function_parsetimestamp = {
    .names = {"PARSETIMESTAMP"},
    .signatures = &parsetimestamp_signature,
    .signature_count = 1,
    .depends_on_now = true, /* the century of yy */
    .prepare = prepare_parsetimestamp,
    .family = FUNCTION_FAMILY_TIME,
    .description = "A text as time in milliseconds since 1970; the pattern, which comes first, has the letters of "
                   "DATEFORMAT. What the pattern leaves out is taken from 1970-01-01 00:00 in the zone of the query. "
                   "Null if the text does not fit.",
    .example = "PARSETIMESTAMP('yyyy-MM-dd HH:mm:ss Z', '2024-12-31 00:05:09 +0100')",
    .example_result = "1735599909000",
};

/* ---- PARSEDATETIME ---- */

static tocsin_status run_parsedatetime(const struct function_call *call, const struct column *const *arguments,
                                       uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                       struct column *ret, struct error *err)
{
    const struct function_environment *environment = call->environment;
    for (uint32_t i = 0; i < row_count; i++) {
        if (!time_parse_query(column_string(arguments[0], rows[i]), environment->zone, environment->now_ms,
                              &ret->integers[rows[i]])) {
            column_set_null(ret, rows[i]);
        }
    }
    return TOCSIN_OK;
}

/* Whether a text is a time does not depend on the zone or on now, so a mistake can be told before the run. */
static tocsin_status prepare_parsedatetime(struct function_prepare *prepare, const struct value *const *arguments,
                                           uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    int64_t time_ms;
    *ret_prepared = NULL;
    if (arguments[0] && !time_parse_query(arguments[0]->text, NULL, clock_wall_ms(), &time_ms)) {
        tocsin_status status =
            error_set(err, TOCSIN_ERROR_SYNTAX, "\"%.*s\" is no time", STR_ARG(str_slice(arguments[0]->text, 0, 100)));
        error_hint(err, "examples: '2024-12-31 23:59:00', '3 hours ago', 'now'");
        return status;
    }
    return TOCSIN_OK;
}

static const struct function_signature parsedatetime_signature = {
    .result = TYPE_INT64,
    .result_domain = DOMAIN_TIME_MS,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_parsedatetime,
};

const struct function_def function_parsedatetime = {
    .names = {"PARSEDATETIME"},
    .signatures = &parsedatetime_signature,
    .signature_count = 1,
    .depends_on_now = true,
    .prepare = prepare_parsedatetime,
    .family = FUNCTION_FAMILY_TIME,
    .description =
        "A time as START and STOP take it, absolute or relative ('3 hours ago'), in milliseconds since 1970.",
    .example = "PARSEDATETIME('2024-12-31T00:05:09Z')",
    .example_result = "1735603509000",
};
