/* NETWORKNAME and FULLNETWORKNAME: where in the network hierarchy an address lies. */
#include "function/argument_ip.h"
#include "function/argument_number.h"
#include "function/function.h"
#include "lookup/networks.h"

/* What QRadar shows for an address that lies in no network. */
#define OTHER_NETWORK STR("other")

static const struct network *find_network(const struct function_call *call, const struct column *const *arguments,
                                          uint32_t argument_count, uint32_t row)
{
    struct ip ip;
    int64_t domain_id = NETWORKS_NO_DOMAIN;
    if (argument_count > 1 && !argument_integer(arguments[1], row, &domain_id)) {
        domain_id = NETWORKS_NO_DOMAIN;
    }
    return argument_ip(arguments[0], row, &ip) ? networks_find(call->environment->lookups->networks, &ip, domain_id)
                                               : NULL;
}

static tocsin_status run_networkname(const struct function_call *call, const struct column *const *arguments,
                                     uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                     struct column *ret, struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        const struct network *network = find_network(call, arguments, argument_count, rows[i]);
        ret->strings[rows[i]] = network ? network->name : OTHER_NETWORK;
    }
    return TOCSIN_OK;
}

static tocsin_status run_fullnetworkname(const struct function_call *call, const struct column *const *arguments,
                                         uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                         struct column *ret, struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        const struct network *network = find_network(call, arguments, argument_count, rows[i]);
        ret->strings[rows[i]] = network ? network->full_name : OTHER_NETWORK;
    }
    return TOCSIN_OK;
}

static const struct function_signature networkname_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 2,
    .arguments = {{.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)}, {.types = TYPES_NUMBER}},
    .kernel = run_networkname,
};

const struct function_def function_networkname = {
    .names = {"NETWORKNAME"},
    .signatures = &networkname_signature,
    .signature_count = 1,
    .lookup = LOOKUP_NETWORKS,
    .without_lookup = "NETWORKNAME gives 'other'",
    .family = FUNCTION_FAMILY_NETWORK,
    .description = "The name of the network in which the address lies; of several, the smallest. Networks of a domain "
                   "are seen with its id as second argument. 'other' if there is none.",
    .example = "NETWORKNAME('10.1.7.20')",
    .example_result = "Printers",
};

static const struct function_signature fullnetworkname_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 2,
    .arguments = {{.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)}, {.types = TYPES_NUMBER}},
    .kernel = run_fullnetworkname,
};

const struct function_def function_fullnetworkname = {
    .names = {"FULLNETWORKNAME"},
    .signatures = &fullnetworkname_signature,
    .signature_count = 1,
    .lookup = LOOKUP_NETWORKS,
    .without_lookup = "FULLNETWORKNAME gives 'other'",
    .family = FUNCTION_FAMILY_NETWORK,
    .description = "As NETWORKNAME, with the groups of the network in front: 'Berlin.Office.Printers'.",
    .example = "FULLNETWORKNAME('10.2.0.10', 3)",
    .example_result = "Plant.Machines",
};
