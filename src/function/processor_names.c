/* HOSTNAME, PROCESSORNAME, COMPONENTID, ARIELSERVERS4EPID and ARIELSERVERS4EPNAME: the parts of the deployment. */
#include "base/limits.h"
#include "base/strbuf.h"
#include "function/argument_number.h"
#include "function/id_name_rows.h"
#include "lookup/deployment.h"

static const struct deployment *deployment_of(const struct function_call *call)
{
    return call->environment->lookups->deployment;
}

/* ---- PROCESSORNAME ---- */

static str find_processor_name(const struct function_environment *environment, int64_t id)
{
    const struct processor *processor = deployment_find(environment->lookups->deployment, id);
    return processor ? processor->name : STR_EMPTY;
}

static tocsin_status run_processorname(const struct function_call *call, const struct column *const *arguments,
                                       uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                       struct column *ret, struct error *err)
{
    return id_name_rows(find_processor_name, UNKNOWN_NAME, call, arguments[0], rows, row_count, ret);
}

static const struct function_signature processorname_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES_NUMBER}},
    .kernel = run_processorname,
};

const struct function_def function_processorname = {
    .names = {"PROCESSORNAME"},
    .signatures = &processorname_signature,
    .signature_count = 1,
    .lookup = LOOKUP_DEPLOYMENT,
    .without_lookup = "PROCESSORNAME gives 'unknown'",
    .family = FUNCTION_FAMILY_DEPLOYMENT,
    .description = "The name of the processor with that id (processorid); 'unknown' if there is none.",
    .example = "PROCESSORNAME(8)",
    .example_result = "eventprocessor0",
};

/* ---- HOSTNAME ---- */

static str unknown_host(struct arena *arena, const struct column *ids, uint32_t row)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_IDENTIFIER_BYTES);
    strbuf_append(&text, STR("Unknown Host "));
    int64_t id;
    if (argument_integer(ids, row, &id)) {
        strbuf_append_i64(&text, id);
    } else {
        strbuf_append_double(&text, column_double(ids, row));
    }
    str copy = text.is_failed ? (str){NULL, 0} : arena_copy(arena, strbuf_str(&text));
    strbuf_release(&text);
    return copy;
}

static tocsin_status run_hostname(const struct function_call *call, const struct column *const *arguments,
                                  uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                  struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        int64_t id;
        const struct processor *processor =
            argument_integer(arguments[0], rows[i], &id) ? deployment_find(deployment_of(call), id) : NULL;
        str host = processor ? processor->host : unknown_host(call->arena, arguments[0], rows[i]);
        if (!host.data) {
            return error_memory(err);
        }
        ret->strings[rows[i]] = host;
    }
    return TOCSIN_OK;
}

static const struct function_signature hostname_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES_NUMBER}},
    .kernel = run_hostname,
};

const struct function_def function_hostname = {
    .names = {"HOSTNAME"},
    .signatures = &hostname_signature,
    .signature_count = 1,
    .lookup = LOOKUP_DEPLOYMENT,
    .without_lookup = "HOSTNAME gives 'Unknown Host' and the id",
    .family = FUNCTION_FAMILY_DEPLOYMENT,
    .description = "The host of the processor with that id (processorid); 'Unknown Host' and the id if there is none.",
    .example = "HOSTNAME(8)",
    .example_result = "ep-berlin.example.com",
};

/* ---- names as constants ---- */

/* A constant name that no processor has is a mistake; without a file nothing is known, and nothing can be wrong. */
static tocsin_status check_names(struct function_prepare *prepare, const struct value *const *arguments,
                                 uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    *ret_prepared = NULL;
    for (uint32_t i = 0; i < argument_count && function_lookup_is_loaded(prepare, LOOKUP_DEPLOYMENT); i++) {
        if (!arguments[i] || deployment_find_name(prepare->lookups->deployment, arguments[i]->text)) {
            continue;
        }
        struct error problem = {0};
        error_set(&problem, TOCSIN_ERROR_NAME, "there is no processor '%.*s' in deployment.yaml",
                  STR_ARG(arguments[i]->text));
        str nearest = deployment_suggest(prepare->lookups->deployment, arguments[i]->text);
        if (nearest.len > 0) {
            error_hint(&problem, "did you mean '%.*s'?", STR_ARG(nearest));
        }
        return function_unknown_name(prepare, &problem, err);
    }
    return TOCSIN_OK;
}

/* The same for ids. */
static tocsin_status check_ids(struct function_prepare *prepare, const struct value *const *arguments,
                               uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    *ret_prepared = NULL;
    for (uint32_t i = 0; i < argument_count && function_lookup_is_loaded(prepare, LOOKUP_DEPLOYMENT); i++) {
        if (arguments[i] && arguments[i]->type == TYPE_INT64 &&
            !deployment_find(prepare->lookups->deployment, arguments[i]->integer)) {
            struct error problem = {0};
            error_set(&problem, TOCSIN_ERROR_NAME, "there is no processor %lld in deployment.yaml",
                      (long long)arguments[i]->integer);
            return function_unknown_name(prepare, &problem, err);
        }
    }
    return TOCSIN_OK;
}

/* ---- COMPONENTID ---- */

static tocsin_status run_componentid(const struct function_call *call, const struct column *const *arguments,
                                     uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                     struct column *ret, struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        const struct processor *processor =
            deployment_find_name(deployment_of(call), column_string(arguments[0], rows[i]));
        if (processor) {
            ret->integers[rows[i]] = processor->id;
        } else {
            column_set_null(ret, rows[i]);
        }
    }
    return TOCSIN_OK;
}

static const struct function_signature componentid_signature = {
    .result = TYPE_INT64,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_componentid,
};

const struct function_def function_componentid = {
    .names = {"COMPONENTID"},
    .signatures = &componentid_signature,
    .signature_count = 1,
    .prepare = check_names,
    .lookup = LOOKUP_DEPLOYMENT,
    .without_lookup = "COMPONENTID gives null",
    .family = FUNCTION_FAMILY_DEPLOYMENT,
    .description = "The id of the processor with that name, to compare processorid with. A constant name that "
                   "deployment.yaml does not have is an error; any other that is unknown gives null.",
    .example = "COMPONENTID('eventprocessor0')",
    .example_result = "8",
};

/* ---- ARIELSERVERS4EPID, ARIELSERVERS4EPNAME ---- */

typedef const struct processor *processor_of(const struct deployment *deployment, const struct column *column,
                                             uint32_t row);

static const struct processor *processor_of_id(const struct deployment *deployment, const struct column *column,
                                               uint32_t row)
{
    int64_t id;
    return argument_integer(column, row, &id) ? deployment_find(deployment, id) : NULL;
}

static const struct processor *processor_of_name(const struct deployment *deployment, const struct column *column,
                                                 uint32_t row)
{
    return deployment_find_name(deployment, column_string(column, row));
}

/* The servers of all arguments, joined by commas; null if one is not known. */
static tocsin_status server_rows(processor_of *find, const struct function_call *call,
                                 const struct column *const *arguments, uint32_t argument_count, const uint16_t *rows,
                                 uint32_t row_count, struct column *ret, struct error *err)
{
    struct strbuf joined;
    strbuf_init(&joined, LIMIT_BATCH_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        strbuf_clear(&joined);
        bool is_known = true;
        for (uint32_t a = 0; a < argument_count && is_known; a++) {
            const struct processor *processor = find(deployment_of(call), arguments[a], rows[i]);
            is_known = processor != NULL;
            if (processor) {
                strbuf_append(&joined, a > 0 ? STR(",") : STR(""));
                strbuf_append(&joined, processor->server);
            }
        }
        if (!is_known) {
            column_set_null(ret, rows[i]);
            continue;
        }
        ret->strings[rows[i]] = joined.is_failed ? (str){NULL, 0} : arena_copy(call->arena, strbuf_str(&joined));
        status = ret->strings[rows[i]].data ? TOCSIN_OK : error_memory(err);
    }
    strbuf_release(&joined);
    return status;
}

static tocsin_status run_servers_of_ids(const struct function_call *call, const struct column *const *arguments,
                                        uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                        struct column *ret, struct error *err)
{
    return server_rows(processor_of_id, call, arguments, argument_count, rows, row_count, ret, err);
}

static tocsin_status run_servers_of_names(const struct function_call *call, const struct column *const *arguments,
                                          uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                          struct column *ret, struct error *err)
{
    return server_rows(processor_of_name, call, arguments, argument_count, rows, row_count, ret, err);
}

static const struct function_signature servers_of_ids_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .is_variadic = true,
    .arguments = {{.types = TYPES_NUMBER}},
    .kernel = run_servers_of_ids,
};

const struct function_def function_arielservers4epid = {
    .names = {"ARIELSERVERS4EPID"},
    .signatures = &servers_of_ids_signature,
    .signature_count = 1,
    .prepare = check_ids,
    .lookup = LOOKUP_DEPLOYMENT,
    .without_lookup = "ARIELSERVERS4EPID gives null",
    .family = FUNCTION_FAMILY_DEPLOYMENT,
    .description = "Host and port of the processors with these ids, joined by commas. A constant id that "
                   "deployment.yaml does not have is an error; any other that is unknown gives null.",
    .example = "ARIELSERVERS4EPID(8, 12)",
    .example_result = "ep-berlin.example.com:32006,10.9.0.12:32010",
};

static const struct function_signature servers_of_names_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .is_variadic = true,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_servers_of_names,
};

const struct function_def function_arielservers4epname = {
    .names = {"ARIELSERVERS4EPNAME"},
    .signatures = &servers_of_names_signature,
    .signature_count = 1,
    .prepare = check_names,
    .lookup = LOOKUP_DEPLOYMENT,
    .without_lookup = "ARIELSERVERS4EPNAME gives null",
    .family = FUNCTION_FAMILY_DEPLOYMENT,
    .description = "As ARIELSERVERS4EPID, for processors by name.",
    .example = "ARIELSERVERS4EPNAME('eventprocessor1')",
    .example_result = "10.9.0.12:32010",
};
