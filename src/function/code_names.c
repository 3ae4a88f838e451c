/* Names behind numbers that are the same everywhere: CATEGORYNAME and PROTOCOLNAME. */
#include "function/category_list.h"
#include "function/function.h"
#include "function/protocol_list.h"

struct code_name {
    int64_t code;
    str name;
};

#define CODE_NAME(code, name) {(code), {(name), sizeof(name) - 1}},
static const struct code_name categories[] = {CATEGORY_LIST(CODE_NAME)};
static const struct code_name protocols[] = {PROTOCOL_LIST(CODE_NAME)};
#undef CODE_NAME

/* The tables are ordered by code. */
static str find_name(const struct code_name *table, size_t count, int64_t code)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table[middle].code < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && table[low].code == code ? table[low].name : STR("unknown");
}

static tocsin_status run_categoryname(const struct function_call *call, const struct column *const *arguments,
                                      uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                      struct column *ret, struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        ret->strings[rows[i]] = find_name(categories, countof(categories), column_integer(arguments[0], rows[i]));
    }
    return TOCSIN_OK;
}

static const struct function_signature categoryname_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_INT64)}},
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
    for (uint32_t i = 0; i < row_count; i++) {
        ret->strings[rows[i]] = find_name(protocols, countof(protocols), column_integer(arguments[0], rows[i]));
    }
    return TOCSIN_OK;
}

static const struct function_signature protocolname_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_INT64)}},
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
