#include "function/function.h"

static tocsin_status run_now(const struct function_call *call, const struct column *const *arguments,
                             uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                             struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        ret->integers[rows[i]] = call->environment->now_ms;
    }
    return TOCSIN_OK;
}

static const struct function_signature now_signature = {
    .result = TYPE_INT64,
    .result_domain = DOMAIN_TIME_MS,
    .kernel = run_now,
};

const struct function_def function_now = {
    .names = {"NOW"},
    .signatures = &now_signature,
    .signature_count = 1,
    .depends_on_now = true,
    .family = FUNCTION_FAMILY_TIME,
    .clickhouse = "the time that the run has",
    .description = "The time at which the query started, in milliseconds since 1970; the same for all rows.",
    .example = "NOW() > 1700000000000",
    .example_result = "true",
};
