/* DOMAINNAME: the tenant behind domainid. */
#include "function/id_name_rows.h"
#include "lookup/domains.h"

static str find_domain(const struct function_environment *environment, int64_t id)
{
    return domains_name(environment->lookups->domains, id);
}

static tocsin_status run_domainname(const struct function_call *call, const struct column *const *arguments,
                                    uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                    struct column *ret, struct error *err)
{
    return id_name_rows(find_domain, STR_EMPTY, call, arguments[0], rows, row_count, ret);
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
    .example = "DOMAINNAME(3)",
    .example_result = "Plant",
};
