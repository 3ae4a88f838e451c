/* The functions that make one value of a group of rows. The plan's groups compute them; here is what the binder and the
 * reader need to know. Examples are run by the golden cases of tests/cases/aggregate. */
#include "function/function.h"

#define VALUE_TYPES (TYPES_ANY & ~TYPES(TYPE_NULL))

#define TAKES(mask, result_type)                                                                                       \
    {                                                                                                                  \
        .result = (result_type), .required_count = 1, .argument_count = 1, .arguments = { {.types = (mask)} }          \
    }

static const struct function_signature number_signature[] = {TAKES(TYPES_NUMBER | TYPES(TYPE_BOOL), TYPE_DOUBLE)};
static const struct function_signature any_signature[] = {TAKES(VALUE_TYPES, TYPE_DOUBLE)};
static const struct function_signature order_signatures[] = {
    TAKES(TYPES_NUMBER, TYPE_DOUBLE),
    TAKES(TYPES(TYPE_STRING), TYPE_STRING),
    TAKES(TYPES(TYPE_IP), TYPE_IP),
    TAKES(TYPES(TYPE_BOOL), TYPE_BOOL),
};
static const struct function_signature same_signatures[] = {
    TAKES(TYPES(TYPE_BOOL), TYPE_BOOL),     TAKES(TYPES(TYPE_INT64), TYPE_INT64),
    TAKES(TYPES(TYPE_DOUBLE), TYPE_DOUBLE), TAKES(TYPES(TYPE_STRING), TYPE_STRING),
    TAKES(TYPES(TYPE_BYTES), TYPE_BYTES),   TAKES(TYPES(TYPE_IP), TYPE_IP),
};

const struct function_def function_avg = {
    .names = {"AVG"},
    .signatures = number_signature,
    .signature_count = countof(number_signature),
    .aggregate = AGGREGATE_AVG,
    .family = FUNCTION_FAMILY_AGGREGATE,
    .clickhouse = "of integers `count()` and `sum()` of three parts, put together here; of doubles how often each "
                  "value is there",
    .description = "The mean of the values that are not null.",
    .example = "AVG(eventcount)",
};

const struct function_def function_count = {
    .names = {"COUNT"},
    .signatures = any_signature,
    .signature_count = countof(any_signature),
    .aggregate = AGGREGATE_COUNT,
    .family = FUNCTION_FAMILY_AGGREGATE,
    .clickhouse = "`count()`",
    .description = "The number of rows, COUNT(*), or of rows where the argument is not null.",
    .example = "COUNT(*)",
};

const struct function_def function_distinctcount = {
    .names = {"DISTINCTCOUNT"},
    .signatures = any_signature,
    .signature_count = countof(any_signature),
    .aggregate = AGGREGATE_DISTINCTCOUNT,
    .family = FUNCTION_FAMILY_AGGREGATE,
    .clickhouse = "the different values, of which it is made here",
    .description = "About how many different values there are, in constant memory; UNIQUECOUNT counts exactly.",
    .example = "DISTINCTCOUNT(sourceip)",
};

const struct function_def function_first = {
    .names = {"FIRST"},
    .signatures = same_signatures,
    .signature_count = countof(same_signatures),
    .aggregate = AGGREGATE_FIRST,
    .family = FUNCTION_FAMILY_AGGREGATE,
    .clickhouse = "`argMin()` of the row's place",
    .description = "The value of the group's first row in the order of the answer, which is newest first.",
    .example = "FIRST(username)",
};

const struct function_def function_last = {
    .names = {"LAST"},
    .signatures = same_signatures,
    .signature_count = countof(same_signatures),
    .aggregate = AGGREGATE_LAST,
    .family = FUNCTION_FAMILY_AGGREGATE,
    .clickhouse = "`argMax()` of the row's place",
    .description = "The value of the group's last row in the order of the answer, which is newest first.",
    .example = "LAST(username)",
};

const struct function_def function_max = {
    .names = {"MAX"},
    .signatures = order_signatures,
    .signature_count = countof(order_signatures),
    .aggregate = AGGREGATE_MAX,
    .family = FUNCTION_FAMILY_AGGREGATE,
    .clickhouse = "`max()`; NaN is greater than all numbers",
    .description = "The largest value; a number becomes a Double, and texts compare letter by letter.",
    .example = "MAX(starttime)",
};

const struct function_def function_min = {
    .names = {"MIN"},
    .signatures = order_signatures,
    .signature_count = countof(order_signatures),
    .aggregate = AGGREGATE_MIN,
    .family = FUNCTION_FAMILY_AGGREGATE,
    .clickhouse = "`min()`; NaN is greater than all numbers",
    .description = "The smallest value; a number becomes a Double, and texts compare letter by letter.",
    .example = "MIN(starttime)",
};

const struct function_def function_stdev = {
    .names = {"STDEV"},
    .signatures = number_signature,
    .signature_count = countof(number_signature),
    .aggregate = AGGREGATE_STDEV,
    .family = FUNCTION_FAMILY_AGGREGATE,
    .clickhouse = "how often each value is there, of which it is made here",
    .description = "The standard deviation of a sample (n-1); 0 for a single value.",
    .example = "STDEV(magnitude)",
};

const struct function_def function_stdevp = {
    .names = {"STDEVP"},
    .signatures = number_signature,
    .signature_count = countof(number_signature),
    .aggregate = AGGREGATE_STDEVP,
    .family = FUNCTION_FAMILY_AGGREGATE,
    .clickhouse = "how often each value is there, of which it is made here",
    .description = "The standard deviation of a whole population (n).",
    .example = "STDEVP(magnitude)",
};

const struct function_def function_sum = {
    .names = {"SUM"},
    .signatures = number_signature,
    .signature_count = countof(number_signature),
    .aggregate = AGGREGATE_SUM,
    .family = FUNCTION_FAMILY_AGGREGATE,
    .clickhouse = "of integers `sum()` of three parts, put together here; of doubles how often each value is there",
    .description = "The sum of the values that are not null.",
    .example = "SUM(eventcount)",
};

const struct function_def function_uniquecount = {
    .names = {"UNIQUECOUNT"},
    .signatures = any_signature,
    .signature_count = countof(any_signature),
    .aggregate = AGGREGATE_UNIQUECOUNT,
    .family = FUNCTION_FAMILY_AGGREGATE,
    .clickhouse = "`uniqExact()`; where groups are finer on the server, the different values",
    .description = "How many different values there are, null aside.",
    .example = "UNIQUECOUNT(username)",
};
