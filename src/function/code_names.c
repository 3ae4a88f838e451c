/* Names behind numbers that are the same everywhere: CATEGORYNAME and PROTOCOLNAME. */
#include "function/id_name_rows.h"
#include "function/protocol_list.h"
#include "lookup/categories.h"
#include "lookup/id_names.h"

#define PROTOCOL(code, name) {(code), {(name), sizeof(name) - 1}},
static const struct id_name protocols[] = {PROTOCOL_LIST(PROTOCOL)};
#undef PROTOCOL

static str find_category(const struct function_environment *environment, int64_t id)
{
    return category_name(id);
}

static str find_protocol(const struct function_environment *environment, int64_t id)
{
    const struct id_names names = {(struct id_name *)protocols, countof(protocols)};
    const struct id_name *found = id_names_find(&names, id);
    return found ? found->name : STR_EMPTY;
}

static tocsin_status run_categoryname(const struct function_call *call, const struct column *const *arguments,
                                      uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                      struct column *ret, struct error *err)
{
    return id_name_rows(find_category, UNKNOWN_NAME, call, arguments[0], rows, row_count, ret);
}

static const struct function_signature categoryname_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES_NUMBER}},
    .kernel = run_categoryname,
};

const struct function_def function_categoryname = {
    .names = {"CATEGORYNAME"},
    .signatures = &categoryname_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_EVENT,
    .description = "The name of a low-level or high-level category; 'unknown' if there is none.",
    .example = "CATEGORYNAME(3003)",
    .example_result = "Host Login Failed",
};

static tocsin_status run_protocolname(const struct function_call *call, const struct column *const *arguments,
                                      uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                      struct column *ret, struct error *err)
{
    return id_name_rows(find_protocol, UNKNOWN_NAME, call, arguments[0], rows, row_count, ret);
}

static const struct function_signature protocolname_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES_NUMBER}},
    .kernel = run_protocolname,
};

const struct function_def function_protocolname = {
    .names = {"PROTOCOLNAME"},
    .signatures = &protocolname_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_EVENT,
    .description = "The name of an IP protocol number, such as protocolid; 'Reserved' for 255, which stands for no "
                   "protocol, 'unknown' if the number has no name.",
    .example = "PROTOCOLNAME(6)",
    .example_result = "tcp_ip",
};
