/* Names behind ids of log sources and event names: LOGSOURCENAME, LOGSOURCETYPENAME, QIDNAME. */
#include "function/function.h"

/* What QRadar shows for an id that it does not know. */
#define UNKNOWN_NAME STR("unknown")

typedef str name_of(const struct log_source_table *table, int64_t id);

/* Neighbouring rows mostly have the same id. */
static tocsin_status name_rows(name_of *find, const struct function_call *call, const struct column *ids,
                               const uint16_t *rows, uint32_t row_count, struct column *ret)
{
    str name = STR_EMPTY;
    int64_t last_id = 0;
    for (uint32_t i = 0; i < row_count; i++) {
        int64_t id = column_integer(ids, rows[i]);
        if (i == 0 || id != last_id) {
            name = find(call->environment->log_sources, id);
            last_id = id;
        }
        ret->strings[rows[i]] = name;
    }
    return TOCSIN_OK;
}

static str name_of_type(const struct log_source_table *table, int64_t id)
{
    const struct log_source_type *type = log_source_type_find(table, id);
    return type ? type->name : UNKNOWN_NAME;
}

static str name_of_type_of_source(const struct log_source_table *table, int64_t id)
{
    const struct log_source *source = log_source_find(table, id);
    return source ? name_of_type(table, source->type_id) : UNKNOWN_NAME;
}

static str name_of_source(const struct log_source_table *table, int64_t id)
{
    const struct log_source *source = log_source_find(table, id);
    return source ? source->name : UNKNOWN_NAME;
}

static str name_of_event(const struct log_source_table *table, int64_t qid)
{
    const struct event_name *event = event_name_find(table, qid);
    return event ? event->name : UNKNOWN_NAME;
}

static tocsin_status run_type_of_source(const struct function_call *call, const struct column *const *arguments,
                                        uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                        struct column *ret, struct error *err)
{
    return name_rows(name_of_type_of_source, call, arguments[0], rows, row_count, ret);
}

static tocsin_status run_type(const struct function_call *call, const struct column *const *arguments,
                              uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                              struct error *err)
{
    return name_rows(name_of_type, call, arguments[0], rows, row_count, ret);
}

static tocsin_status run_source(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    return name_rows(name_of_source, call, arguments[0], rows, row_count, ret);
}

static tocsin_status run_event(const struct function_call *call, const struct column *const *arguments,
                               uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                               struct error *err)
{
    return name_rows(name_of_event, call, arguments[0], rows, row_count, ret);
}

/* Queries in the wild give it devicetype or logsourceid; the field's domain tells which. */
static const struct function_signature type_signatures[] = {
    {
        .result = TYPE_STRING,
        .required_count = 1,
        .argument_count = 1,
        .arguments = {{.types = TYPES(TYPE_INT64), .domain = DOMAIN_LOG_SOURCE}},
        .kernel = run_type_of_source,
    },
    {
        .result = TYPE_STRING,
        .required_count = 1,
        .argument_count = 1,
        .arguments = {{.types = TYPES(TYPE_INT64)}},
        .kernel = run_type,
    },
};

const struct function_def function_logsourcetypename = {
    .names = {"LOGSOURCETYPENAME"},
    .signatures = type_signatures,
    .signature_count = countof(type_signatures),
    .family = FUNCTION_FAMILY_EVENT,
    .description = "The name of the log source type with that id (devicetype), or of the type of the log source with "
                   "that id (logsourceid); 'unknown' if there is none.",
    .example = "LOGSOURCETYPENAME(11)",
    .example_result = "Linux OS",
};

static const struct function_signature source_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_INT64)}},
    .kernel = run_source,
};

const struct function_def function_logsourcename = {
    .names = {"LOGSOURCENAME"},
    .signatures = &source_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_EVENT,
    .description = "The name of the log source with that id; 'unknown' if there is none.",
    .example = "LOGSOURCENAME(0)",
    .example_result = "unknown",
};

static const struct function_signature event_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_INT64)}},
    .kernel = run_event,
};

const struct function_def function_qidname = {
    .names = {"QIDNAME"},
    .signatures = &event_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_EVENT,
    .description = "The name of the event with that qid; 'unknown' if there is none.",
    .example = "QIDNAME(0)",
    .example_result = "unknown",
};
