/* ADDRESSKIND: does an address belong to this machine, to a private network, or to the world? */
#include "column/cidr.h"
#include "function/argument_ip.h"
#include "function/function.h"

static const struct {
    const char *block;
    const char *kind;
} blocks[] = {
    {"127.0.0.0/8", "loopback"},
    {"::1/128", "loopback"},
    {"169.254.0.0/16", "link local"},
    {"fe80::/10", "link local"},
    {"10.0.0.0/8", "private"},
    {"172.16.0.0/12", "private"},
    {"192.168.0.0/16", "private"},
    {"100.64.0.0/10", "private"},
    {"fc00::/7", "private"},
    {"224.0.0.0/4", "multicast"},
    {"ff00::/8", "multicast"},
    {"0.0.0.0/8", "none"},
    {"::/128", "none"},
};

struct block_list {
    struct cidr items[countof(blocks)];
};

static tocsin_status prepare_address_kind(struct function_prepare *prepare, const struct value *const *arguments,
                                          uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    struct block_list *list = arena_new(prepare->arena, struct block_list);
    if (!list) {
        return error_memory(err);
    }
    for (size_t i = 0; i < countof(blocks); i++) {
        if (!cidr_parse(str_from_cstring(blocks[i].block), &list->items[i])) {
            return error_set(err, TOCSIN_ERROR_INTERNAL, "\"%s\" is no block of addresses", blocks[i].block);
        }
    }
    *ret_prepared = list;
    return TOCSIN_OK;
}

static str kind_of(const struct block_list *list, const struct column *addresses, uint32_t row)
{
    struct ip ip;
    if (!column_is_valid(addresses, row) || !argument_ip(addresses, row, &ip)) {
        return STR("none");
    }
    for (size_t i = 0; i < countof(blocks); i++) {
        if (cidr_contains(&list->items[i], &ip)) {
            return str_from_cstring(blocks[i].kind);
        }
    }
    return STR("public");
}

static tocsin_status run_address_kind(const struct function_call *call, const struct column *const *arguments,
                                      uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                      struct column *ret, struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        ret->strings[rows[i]] = kind_of(call->prepared, arguments[0], rows[i]);
    }
    return TOCSIN_OK;
}

static const struct function_signature address_kind_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)}},
    .kernel = run_address_kind,
};

const struct function_def function_address_kind = {
    .names = {"ADDRESSKIND"},
    .signatures = &address_kind_signature,
    .signature_count = 1,
    .prepare = prepare_address_kind,
    .sees_nulls = true,
    .null_rule = "Null is 'none'.",
    .is_own = true,
    .family = FUNCTION_FAMILY_NETWORK,
    .description = "'loopback', 'link local', 'private' (with the carriers' 100.64.0.0/10 and fc00::/7), 'multicast', "
                   "'public', or "
                   "'none' for null, for an address of zeros and for text that is no address.",
    .example = "ADDRESSKIND('172.20.1.9')",
    .example_result = "private",
};
