/* DOMAINNAME: the tenant behind domainid. */
#include "function/argument_number.h"
#include "function/function.h"
#include "lookup/domains.h"

static tocsin_status run_domainname(const struct function_call *call, const struct column *const *arguments,
                                    uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                    struct column *ret, struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        int64_t id;
        str name = argument_integer(arguments[0], rows[i], &id) ? domains_name(call->environment->lookups->domains, id)
                                                                : STR_EMPTY;
        ret->strings[rows[i]] = name;
        if (name.len == 0) {
            column_set_null(ret, rows[i]);
        }
    }
    return TOCSIN_OK;
}

static const struct function_signature domainname_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES_NUMBER}},
    .kernel = run_domainname,
};

const struct function_def function_domainname = {
    .names = {"DOMAINNAME"},
    .signatures = &domainname_signature,
    .signature_count = 1,
    .lookup = LOOKUP_DOMAINS,
    .without_lookup = "DOMAINNAME knows the default domain only",
    .family = FUNCTION_FAMILY_DEPLOYMENT,
    .description = "The name of the domain with that id (domainid); id 0 is the default domain. Null if there is none.",
    .example = "DOMAINNAME(0)",
    .example_result = "Default Domain",
};
