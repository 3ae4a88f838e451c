/* LOOKUPS::CONTAINS: is a value in a list that an address in the network names? A local file stands for it; nothing is
 * fetched. */
#include "base/limits.h"
#include "function/argument_text.h"
#include "function/function.h"
#include "lookup/url_lists.h"

enum { TYPES_ELEMENT = TYPES_ANY & ~TYPES(TYPE_BYTES) & ~TYPES(TYPE_NULL) };

static tocsin_status prepare_contains(struct function_prepare *prepare, const struct value *const *arguments,
                                      uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    *ret_prepared = NULL;
    if (arguments[0] && prepare->remark && !url_list_find(prepare->lookups->url_lists, arguments[0]->text)) {
        error_set(prepare->remark, TOCSIN_OK, "no file stands for \"%.*s\": LOOKUPS::CONTAINS gives false",
                  STR_ARG(arguments[0]->text));
        error_hint(prepare->remark, "name one in %s of the configuration folder (--config); nothing is fetched",
                   lookup_file_name(LOOKUP_URL_LISTS));
    }
    return TOCSIN_OK;
}

static tocsin_status run_contains(const struct function_call *call, const struct column *const *arguments,
                                  uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                  struct error *err)
{
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    const struct url_list *list = NULL;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        uint32_t row = rows[i];
        str text;
        ret->bools[row] = false;
        if (!column_is_valid(arguments[0], row) || !column_is_valid(arguments[1], row)) {
            continue;
        }
        if (i == 0 || arguments[0]->kind != COLUMN_CONSTANT) {
            list = url_list_find(call->environment->lookups->url_lists, column_string(arguments[0], row));
        }
        if (!list) {
            continue;
        }
        if (argument_text(arguments[1], row, &scratch, &text)) {
            ret->bools[row] = url_list_contains(list, text);
        } else {
            status = error_memory(err);
        }
    }
    strbuf_release(&scratch);
    return status;
}

static const struct function_signature contains_signature = {
    .result = TYPE_BOOL,
    .required_count = 2,
    .argument_count = 3,
    .arguments = {{.types = TYPES(TYPE_STRING)}, {.types = TYPES_ELEMENT}, {.types = TYPES(TYPE_STRING)}},
    .kernel = run_contains,
};

const struct function_def function_lookups_contains = {
    .names = {"LOOKUPS::CONTAINS"},
    .signatures = &contains_signature,
    .signature_count = 1,
    .prepare = prepare_contains,
    .sees_nulls = true,
    .null_rule = "Null gives false.",
    .family = FUNCTION_FAMILY_INTELLIGENCE,
    .description = "True if the list at that URL holds the value. Nothing is fetched: lookups.yaml names the file that "
                   "stands for the URL, and what is not named there gives false. The third argument, headers of the "
                   "request, is not used.",
    .example = "LOOKUPS::CONTAINS('https://intel.example/ips.txt', '192.0.2.7', '{}')",
    .example_result = "true",
};
