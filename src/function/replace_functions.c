/* REPLACEALL and REPLACEFIRST: regular expressions as in MATCHES, but found anywhere in the text. */
#include "function/function.h"

#include "match/regex.h"

static void release_regex(void *object)
{
    regex_free(object);
}

static tocsin_status prepare_replace(struct function_prepare *prepare, const struct value *const *arguments,
                                     uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    struct regex *regex;
    struct regex_options options = {.ignores_case = false, .is_full = false};
    tocsin_status status = regex_compile(arguments[0]->text, options, &regex, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    status = prepare->defer_free(prepare, release_regex, regex);
    if (status != TOCSIN_OK) {
        regex_free(regex);
        return status;
    }
    if (arguments[2]) {
        status = regex_check_replacement(regex, arguments[2]->text, err);
    }
    if (status == TOCSIN_OK) {
        *ret_prepared = regex;
    }
    return status;
}

static tocsin_status replace_rows(bool all, const struct function_call *call, const struct column *const *arguments,
                                  const uint16_t *rows, uint32_t row_count, struct column *ret, struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        str value = column_string(arguments[1], rows[i]);
        str text = regex_replace(call->prepared, call->scratch, value.data ? value : STR_EMPTY,
                                 column_string(arguments[2], rows[i]), all, call->arena);
        if (!text.data) {
            return error_memory(err);
        }
        ret->strings[rows[i]] = text;
    }
    return TOCSIN_OK;
}

static tocsin_status run_replaceall(const struct function_call *call, const struct column *const *arguments,
                                    uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                    struct column *ret, struct error *err)
{
    return replace_rows(true, call, arguments, rows, row_count, ret, err);
}

static tocsin_status run_replacefirst(const struct function_call *call, const struct column *const *arguments,
                                      uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                      struct column *ret, struct error *err)
{
    return replace_rows(false, call, arguments, rows, row_count, ret, err);
}

static const struct function_signature replaceall_signature = {
    .result = TYPE_STRING,
    .required_count = 3,
    .argument_count = 3,
    .arguments = {{.types = TYPES(TYPE_STRING), .must_be_constant = true},
                  {.types = TYPES(TYPE_STRING)},
                  {.types = TYPES(TYPE_STRING)}},
    .kernel = run_replaceall,
};

const struct function_def function_replaceall = {
    .names = {"REPLACEALL"},
    .signatures = &replaceall_signature,
    .signature_count = 1,
    .prepare = prepare_replace,
    .family = FUNCTION_FAMILY_TEXT,
    .clickhouse =
        "`replaceRegexpAll()` where pattern and replacement mean the same there; texts that are long or not all "
        "ASCII are looked at here",
    .description = "The text with every match of the regular expression, which comes first, replaced; $1 in the "
                   "replacement is the first group.",
    .example = "REPLACEALL('[0-9]+', 'pts/12 from 10.0.0.7', '#')",
    .example_result = "pts/# from #.#.#.#",
};

static const struct function_signature replacefirst_signature = {
    .result = TYPE_STRING,
    .required_count = 3,
    .argument_count = 3,
    .arguments = {{.types = TYPES(TYPE_STRING), .must_be_constant = true},
                  {.types = TYPES(TYPE_STRING)},
                  {.types = TYPES(TYPE_STRING)}},
    .kernel = run_replacefirst,
};

const struct function_def function_replacefirst = {
    .names = {"REPLACEFIRST"},
    .signatures = &replacefirst_signature,
    .signature_count = 1,
    .prepare = prepare_replace,
    .family = FUNCTION_FAMILY_TEXT,
    .clickhouse = "`replaceRegexpOne()`, as REPLACEALL",
    .description = "The text with the first match of the regular expression, which comes first, replaced; $1 in the "
                   "replacement is the first group.",
    .example = "REPLACEFIRST('(\\w+)@(\\w+)', 'root@web1', '$2: $1')",
    .example_result = "web1: root",
};
