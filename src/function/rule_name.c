/* RULENAME: the names of rules behind an id, or behind the list of ids of an event. */
#include "base/limits.h"
#include "base/strbuf.h"
#include "function/argument_number.h"
#include "function/function.h"
#include "lookup/rules.h"

static tocsin_status run_one(const struct function_call *call, const struct column *const *arguments,
                             uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                             struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        int64_t id;
        str name = argument_integer(arguments[0], rows[i], &id) ? rules_name(call->environment->lookups->rules, id)
                                                                : STR_EMPTY;
        ret->strings[rows[i]] = name;
        if (name.len == 0) {
            column_set_null(ret, rows[i]);
        }
    }
    return TOCSIN_OK;
}

/* ['A', 'B'] for "1,2", as QRadar prints a list. Ids without a name are left out. */
static void append_names(struct strbuf *names, const struct rules *rules, str ids)
{
    strbuf_clear(names);
    strbuf_append_char(names, '[');
    for (size_t at = 0; at < ids.len;) {
        size_t comma = str_find_char(ids, ',', at);
        size_t end = comma == SIZE_MAX ? ids.len : comma;
        int64_t id;
        str name = str_to_i64(str_trim(str_slice(ids, at, end)), &id) ? rules_name(rules, id) : STR_EMPTY;
        if (name.len > 0) {
            strbuf_append(names, names->len > 1 ? STR(", '") : STR("'"));
            strbuf_append(names, name);
            strbuf_append_char(names, '\'');
        }
        at = end + 1;
    }
    strbuf_append_char(names, ']');
}

static tocsin_status run_list(const struct function_call *call, const struct column *const *arguments,
                              uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                              struct error *err)
{
    struct strbuf names;
    strbuf_init(&names, LIMIT_BATCH_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        append_names(&names, call->environment->lookups->rules, column_string(arguments[0], rows[i]));
        str kept = names.is_failed ? (str){NULL, 0} : arena_copy(call->arena, strbuf_str(&names));
        ret->strings[rows[i]] = kept;
        status = kept.data ? TOCSIN_OK : error_memory(err);
    }
    strbuf_release(&names);
    return status;
}

static const struct function_signature rulename_signatures[] = {
    {
        .result = TYPE_STRING,
        .required_count = 1,
        .argument_count = 1,
        .arguments = {{.types = TYPES_NUMBER}},
        .kernel = run_one,
    },
    {
        .result = TYPE_STRING,
        .required_count = 1,
        .argument_count = 1,
        .arguments = {{.types = TYPES(TYPE_STRING), .domain = DOMAIN_RULE_LIST}},
        .kernel = run_list,
    },
};

const struct function_def function_rulename = {
    .names = {"RULENAME"},
    .signatures = rulename_signatures,
    .signature_count = countof(rulename_signatures),
    .lookup = LOOKUP_RULES,
    .without_lookup = "RULENAME gives null, and [] for a list",
    .family = FUNCTION_FAMILY_RULE,
    .description =
        "The name of the rule with that id, null if it has none; of a list of rules (creeventlist) the names "
        "as ['A', 'B'], without those that have none.",
    .example = "RULENAME(100205)",
    .example_result = "Many failed logons",
};
