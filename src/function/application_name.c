/* APPLICATIONNAME: the application of a flow. */
#include "function/id_name_rows.h"
#include "lookup/applications.h"

static str find_application(const struct function_environment *environment, int64_t id)
{
    return applications_name(environment->lookups->applications, id);
}

static tocsin_status run_applicationname(const struct function_call *call, const struct column *const *arguments,
                                         uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                         struct column *ret, struct error *err)
{
    return id_name_rows(find_application, UNKNOWN_NAME, call, arguments[0], rows, row_count, ret);
}

static const struct function_signature applicationname_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES_NUMBER}},
    .kernel = run_applicationname,
};

const struct function_def function_applicationname = {
    .names = {"APPLICATIONNAME"},
    .signatures = &applicationname_signature,
    .signature_count = 1,
    .lookup = LOOKUP_APPLICATIONS,
    .without_lookup = "APPLICATIONNAME knows few of QRadar's ids, and gives 'unknown' for the others",
    .family = FUNCTION_FAMILY_NETWORK,
    .description = "The name of the flow application with that id (applicationid); 'unknown' if there is none.",
    .example = "APPLICATIONNAME(15001)",
    .example_result = "Payments.Gateway",
};
