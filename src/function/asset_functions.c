/* ASSETHOSTNAME, ASSETUSER, ASSETPROPERTY and MATCHESASSETSEARCH: what is known of the machine behind an address. */
#include "function/argument_ip.h"
#include "function/argument_number.h"
#include "function/function.h"
#include "lookup/assets.h"

#define NO_TEXT_WITHOUT_FILE(name) name " gives null"

/* The domain in that argument, if it is there. */
static int64_t domain_argument(const struct column *const *arguments, uint32_t argument_count, uint32_t index,
                               uint32_t row)
{
    int64_t id;
    return argument_count > index && argument_integer(arguments[index], row, &id) ? id : ASSETS_NO_DOMAIN;
}

static void set_text(struct column *ret, uint32_t row, str text)
{
    ret->strings[row] = text;
    if (text.len == 0) {
        column_set_null(ret, row);
    }
}

/* Waiting for NOW() costs a pass over what waits; without any time in the file every time gives the same. */
static tocsin_status prepare_times(struct function_prepare *prepare, const struct value *const *arguments,
                                   uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    *ret_prepared = NULL;
    prepare->ignores_now = prepare->lookups && !assets_have_times(prepare->lookups->assets);
    return TOCSIN_OK;
}

/* ---- ASSETHOSTNAME, ASSETUSER: (address, time, domain) ---- */

typedef str text_of_asset(const struct asset *asset, int64_t time_ms);

static void asset_rows(text_of_asset *text_of, const struct function_call *call, const struct column *const *arguments,
                       uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret)
{
    const struct assets *assets = call->environment->lookups->assets;
    for (uint32_t i = 0; i < row_count; i++) {
        struct ip ip;
        int64_t time_ms = call->environment->now_ms;
        int64_t domain_id = domain_argument(arguments, argument_count, 2, rows[i]);
        bool is_known = argument_ip(arguments[0], rows[i], &ip) &&
                        (argument_count < 2 || argument_integer(arguments[1], rows[i], &time_ms));
        const struct asset *asset = is_known ? assets_find(assets, &ip, domain_id, time_ms) : NULL;
        set_text(ret, rows[i], asset ? text_of(asset, time_ms) : STR_EMPTY);
    }
}

static tocsin_status run_assethostname(const struct function_call *call, const struct column *const *arguments,
                                       uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                       struct column *ret, struct error *err)
{
    asset_rows(asset_hostname, call, arguments, argument_count, rows, row_count, ret);
    return TOCSIN_OK;
}

static tocsin_status run_assetuser(const struct function_call *call, const struct column *const *arguments,
                                   uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                   struct column *ret, struct error *err)
{
    asset_rows(asset_user, call, arguments, argument_count, rows, row_count, ret);
    return TOCSIN_OK;
}

/* Without a time it is NOW(). */
static const struct function_signature assethostname_signatures[] = {
    {
        .result = TYPE_STRING,
        .required_count = 1,
        .argument_count = 1,
        .arguments = {{.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)}},
        .kernel = run_assethostname,
        .depends_on_now = true,
    },
    {
        .result = TYPE_STRING,
        .required_count = 2,
        .argument_count = 3,
        .arguments = {{.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)}, {.types = TYPES_NUMBER}, {.types = TYPES_NUMBER}},
        .kernel = run_assethostname,
    },
};

const struct function_def function_assethostname = {
    .names = {"ASSETHOSTNAME"},
    .signatures = assethostname_signatures,
    .signature_count = countof(assethostname_signatures),
    .prepare = prepare_times,
    .lookup = LOOKUP_ASSETS,
    .without_lookup = NO_TEXT_WITHOUT_FILE("ASSETHOSTNAME"),
    .family = FUNCTION_FAMILY_NETWORK,
    .description = "The host name of the asset that had the address at that time (NOW() if none is given), in that "
                   "domain. Null if nothing is known.",
    .example = "ASSETHOSTNAME('10.1.7.20', 1700000000000)",
    .example_result = "printer-9.example.com",
};

static const struct function_signature assetuser_signatures[] = {
    {
        .result = TYPE_STRING,
        .required_count = 1,
        .argument_count = 1,
        .arguments = {{.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)}},
        .kernel = run_assetuser,
        .depends_on_now = true,
    },
    {
        .result = TYPE_STRING,
        .required_count = 2,
        .argument_count = 3,
        .arguments = {{.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)}, {.types = TYPES_NUMBER}, {.types = TYPES_NUMBER}},
        .kernel = run_assetuser,
    },
};

const struct function_def function_assetuser = {
    .names = {"ASSETUSER"},
    .signatures = assetuser_signatures,
    .signature_count = countof(assetuser_signatures),
    .prepare = prepare_times,
    .lookup = LOOKUP_ASSETS,
    .without_lookup = NO_TEXT_WITHOUT_FILE("ASSETUSER"),
    .family = FUNCTION_FAMILY_NETWORK,
    .description = "The user of the asset that had the address at that time (NOW() if none is given), in that domain. "
                   "Null if nothing is known.",
    .example = "ASSETUSER('10.2.0.10', 1600000000000)",
    .example_result = "ann",
};

/* ---- ASSETPROPERTY: (name, address, domain) ---- */

static tocsin_status run_assetproperty(const struct function_call *call, const struct column *const *arguments,
                                       uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                       struct column *ret, struct error *err)
{
    const struct assets *assets = call->environment->lookups->assets;
    int64_t now_ms = call->environment->now_ms;
    for (uint32_t i = 0; i < row_count; i++) {
        struct ip ip;
        int64_t domain_id = domain_argument(arguments, argument_count, 2, rows[i]);
        const struct asset *asset =
            argument_ip(arguments[1], rows[i], &ip) ? assets_find(assets, &ip, domain_id, now_ms) : NULL;
        set_text(ret, rows[i], asset ? asset_property(asset, column_string(arguments[0], rows[i]), now_ms) : STR_EMPTY);
    }
    return TOCSIN_OK;
}

static const struct function_signature assetproperty_signature = {
    .result = TYPE_STRING,
    .required_count = 2,
    .argument_count = 3,
    .arguments = {{.types = TYPES(TYPE_STRING)},
                  {.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)},
                  {.types = TYPES_NUMBER}},
    .kernel = run_assetproperty,
};

const struct function_def function_assetproperty = {
    .names = {"ASSETPROPERTY"},
    .signatures = &assetproperty_signature,
    .signature_count = 1,
    .depends_on_now = true, /* whose the address is */
    .prepare = prepare_times,
    .lookup = LOOKUP_ASSETS,
    .without_lookup = NO_TEXT_WITHOUT_FILE("ASSETPROPERTY"),
    .family = FUNCTION_FAMILY_NETWORK,
    .description = "A property of the asset that has the address, such as 'Location', in that domain; names ignore "
                   "case. 'Unified Name' is the host name where assets.yaml gives no other. Null if nothing is known.",
    .example = "ASSETPROPERTY('Location', '10.2.0.10')",
    .example_result = "Berlin",
};

/* ---- MATCHESASSETSEARCH: (name, address) ---- */

/* A constant name that no search has is a mistake; without a file nothing is known, and nothing can be wrong. */
static tocsin_status prepare_search(struct function_prepare *prepare, const struct value *const *arguments,
                                    uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    (void)prepare_times(prepare, arguments, argument_count, ret_prepared, err);
    if (!arguments[0] || !function_lookup_is_loaded(prepare, LOOKUP_ASSETS)) {
        return TOCSIN_OK;
    }
    const struct assets *assets = prepare->lookups->assets;
    *ret_prepared = assets_find_search(assets, arguments[0]->text);
    if (*ret_prepared) {
        return TOCSIN_OK;
    }
    struct error problem = {0};
    error_set(&problem, TOCSIN_ERROR_NAME, "there is no asset search '%.*s' in assets.yaml",
              STR_ARG(arguments[0]->text));
    str nearest = assets_suggest_search(assets, arguments[0]->text);
    if (nearest.len > 0) {
        error_hint(&problem, "did you mean '%.*s'?", STR_ARG(nearest));
    }
    return function_unknown_name(prepare, &problem, err);
}

/* Null, and a text that is no address, match nothing. */
static tocsin_status run_matchesassetsearch(const struct function_call *call, const struct column *const *arguments,
                                            uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                            struct column *ret, struct error *err)
{
    const struct assets *assets = call->environment->lookups->assets;
    for (uint32_t i = 0; i < row_count; i++) {
        struct ip ip;
        const struct asset_search *search = call->prepared;
        if (!search && column_is_valid(arguments[0], rows[i])) {
            search = assets_find_search(assets, column_string(arguments[0], rows[i]));
        }
        ret->bools[rows[i]] = search && column_is_valid(arguments[1], rows[i]) &&
                              argument_ip(arguments[1], rows[i], &ip) &&
                              assets_search_matches(assets, search, &ip, call->environment->now_ms);
    }
    return TOCSIN_OK;
}

static const struct function_signature matchesassetsearch_signature = {
    .result = TYPE_BOOL,
    .required_count = 2,
    .argument_count = 2,
    .arguments = {{.types = TYPES(TYPE_STRING)}, {.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)}},
    .kernel = run_matchesassetsearch,
};

const struct function_def function_matchesassetsearch = {
    .names = {"MATCHESASSETSEARCH"},
    .signatures = &matchesassetsearch_signature,
    .signature_count = 1,
    .sees_nulls = true,
    .null_rule = "Null gives false.",
    .depends_on_now = true,
    .prepare = prepare_search,
    .lookup = LOOKUP_ASSETS,
    .without_lookup = "MATCHESASSETSEARCH gives false",
    .family = FUNCTION_FAMILY_NETWORK,
    .description = "True if the address fits the saved asset search of that name. A constant name that assets.yaml "
                   "does not have is an error. False for null.",
    .example = "MATCHESASSETSEARCH('Domain controllers', '10.2.0.3')",
    .example_result = "true",
};
