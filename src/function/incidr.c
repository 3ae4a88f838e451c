/* INCIDR: is an address in a block? */
#include "column/cidr.h"
#include "function/argument_ip.h"
#include "function/function.h"

static tocsin_status prepare_incidr(struct function_prepare *prepare, const struct value *const *arguments,
                                    uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    *ret_prepared = NULL;
    if (!arguments[0]) {
        return TOCSIN_OK;
    }
    str text = arguments[0]->text;
    struct cidr *cidr = arena_new(prepare->arena, struct cidr);
    if (!cidr) {
        return error_memory(err);
    }
    if (!cidr_parse(text, cidr)) {
        tocsin_status status = error_set(err, TOCSIN_ERROR_SYNTAX, "\"%.*s\" is no block of addresses", STR_ARG(text));
        error_hint(err, "example: INCIDR('10.0.0.0/8', sourceip)");
        return status;
    }
    *ret_prepared = cidr;
    return TOCSIN_OK;
}

/* A text that is no address is in no block, and neither is null. */
static bool row_is_inside(const struct cidr *cidr, const struct column *addresses, uint32_t row)
{
    struct ip ip;
    return column_is_valid(addresses, row) && argument_ip(addresses, row, &ip) && cidr_contains(cidr, &ip);
}

static tocsin_status run_incidr(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    const struct cidr *prepared = call->prepared;
    for (uint32_t i = 0; i < row_count; i++) {
        struct cidr of_row;
        const struct cidr *cidr = prepared;
        if (!prepared && column_is_valid(arguments[0], rows[i]) &&
            cidr_parse(column_string(arguments[0], rows[i]), &of_row)) {
            cidr = &of_row;
        }
        ret->bools[rows[i]] = cidr && row_is_inside(cidr, arguments[1], rows[i]);
    }
    return TOCSIN_OK;
}

static const struct function_signature incidr_signature = {
    .result = TYPE_BOOL,
    .required_count = 2,
    .argument_count = 2,
    .arguments = {{.types = TYPES(TYPE_STRING)}, {.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)}},
    .kernel = run_incidr,
};

const struct function_def function_incidr = {
    .names = {"INCIDR"},
    .signatures = &incidr_signature,
    .signature_count = 1,
    .prepare = prepare_incidr,
    .sees_nulls = true,
    .null_rule = "Null is in no block: false.",
    .family = FUNCTION_FAMILY_NETWORK,
    .clickhouse = "two comparisons of addresses; addresses in texts are worked out here",
    .description = "True if the address lies in the block: '10.0.0.0/8', 'fd00::/8', or one address alone. Bits behind "
                   "the prefix are ignored. False for null and for text that is no address.",
    .example = "INCIDR('10.1.2.3/8', '10.200.0.1')",
    .example_result = "true",
};
