/* LOWER and UPPER: Unicode's simple mapping, one character to one character, no locale. */
#include "function/function.h"

#include "match/letter_case.h"

typedef str map_text(struct arena *arena, str s);

static tocsin_status map_rows(map_text *map, const struct function_call *call, const struct column *values,
                              const uint16_t *rows, uint32_t row_count, struct column *ret, struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        str value = column_string(values, rows[i]);
        str text = value.len > 0 ? map(call->arena, value) : STR_EMPTY;
        if (!text.data) {
            return error_memory(err);
        }
        ret->strings[rows[i]] = text;
    }
    return TOCSIN_OK;
}

static tocsin_status run_lower(const struct function_call *call, const struct column *const *arguments,
                               uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                               struct error *err)
{
    return map_rows(case_lower_text, call, arguments[0], rows, row_count, ret, err);
}

static tocsin_status run_upper(const struct function_call *call, const struct column *const *arguments,
                               uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                               struct error *err)
{
    return map_rows(case_upper_text, call, arguments[0], rows, row_count, ret, err);
}

static const struct function_signature lower_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_lower,
};

const struct function_def function_lower = {
    .names = {"LOWER"},
    .signatures = &lower_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_TEXT,
    .clickhouse = "`lower()`; texts that are not all ASCII are looked at here",
    .description = "The text in lower case.",
    .example = "LOWER('Ärger.EXE')",
    .example_result = "ärger.exe",
};

static const struct function_signature upper_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_upper,
};

const struct function_def function_upper = {
    .names = {"UPPER"},
    .signatures = &upper_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_TEXT,
    .clickhouse = "`upper()`; texts that are not all ASCII are looked at here",
    .description = "The text in upper case.",
    .example = "UPPER('root')",
    .example_result = "ROOT",
};
