/* Names behind ids of log sources and events: LOGSOURCENAME, LOGSOURCETYPENAME, LOGSOURCEGROUPNAME, QIDNAME,
 * QIDDESCRIPTION. */
#include "base/limits.h"
#include "base/strbuf.h"
#include "function/argument_number.h"
#include "function/id_name_rows.h"

/* ---- LOGSOURCETYPENAME, LOGSOURCENAME, QIDNAME, QIDDESCRIPTION ---- */

static str find_type(const struct function_environment *environment, int64_t id)
{
    const struct log_source_type *type = log_source_type_find(environment->log_sources, id);
    return type ? type->name : STR_EMPTY;
}

static str find_type_of_source(const struct function_environment *environment, int64_t id)
{
    const struct log_source *source = log_source_find(environment->log_sources, id);
    return source ? find_type(environment, source->type_id) : STR_EMPTY;
}

static str find_source(const struct function_environment *environment, int64_t id)
{
    const struct log_source *source = log_source_find(environment->log_sources, id);
    return source ? source->name : STR_EMPTY;
}

static str find_event(const struct function_environment *environment, int64_t qid)
{
    const struct event_name *event = event_name_find(environment->log_sources, qid);
    return event ? event->name : STR_EMPTY;
}

static str find_event_description(const struct function_environment *environment, int64_t qid)
{
    const struct event_name *event = event_name_find(environment->log_sources, qid);
    return event ? event->description : STR_EMPTY;
}

static tocsin_status run_type_of_source(const struct function_call *call, const struct column *const *arguments,
                                        uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                        struct column *ret, struct error *err)
{
    return id_name_rows(find_type_of_source, UNKNOWN_NAME, call, arguments[0], rows, row_count, ret);
}

static tocsin_status run_type(const struct function_call *call, const struct column *const *arguments,
                              uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                              struct error *err)
{
    return id_name_rows(find_type, UNKNOWN_NAME, call, arguments[0], rows, row_count, ret);
}

static tocsin_status run_source(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    return id_name_rows(find_source, UNKNOWN_NAME, call, arguments[0], rows, row_count, ret);
}

static tocsin_status run_event(const struct function_call *call, const struct column *const *arguments,
                               uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                               struct error *err)
{
    return id_name_rows(find_event, UNKNOWN_NAME, call, arguments[0], rows, row_count, ret);
}

static tocsin_status run_event_description(const struct function_call *call, const struct column *const *arguments,
                                           uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                           struct column *ret, struct error *err)
{
    return id_name_rows(find_event_description, UNKNOWN_NAME, call, arguments[0], rows, row_count, ret);
}

/* Queries in the wild give it devicetype or logsourceid; the field's domain tells which. */
static const struct function_signature type_signatures[] = {
    {
        .result = TYPE_STRING,
        .required_count = 1,
        .argument_count = 1,
        .arguments = {{.types = TYPES_NUMBER, .domain = DOMAIN_LOG_SOURCE}},
        .kernel = run_type_of_source,
    },
    {
        .result = TYPE_STRING,
        .required_count = 1,
        .argument_count = 1,
        .arguments = {{.types = TYPES_NUMBER}},
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

#define ID_SIGNATURE(kernel_)                                                                                          \
    {                                                                                                                  \
        .result = TYPE_STRING, .required_count = 1, .argument_count = 1, .arguments = {{.types = TYPES_NUMBER}},       \
        .kernel = (kernel_),                                                                                           \
    }

static const struct function_signature source_signature = ID_SIGNATURE(run_source);

const struct function_def function_logsourcename = {
    .names = {"LOGSOURCENAME"},
    .signatures = &source_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_EVENT,
    .description = "The name of the log source with that id; 'unknown' if there is none.",
    .example = "LOGSOURCENAME(1003)",
    .example_result = "Kubernetes Auditing",
};

static const struct function_signature event_signature = ID_SIGNATURE(run_event);

const struct function_def function_qidname = {
    .names = {"QIDNAME"},
    .signatures = &event_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_EVENT,
    .description = "The name of the event with that qid; 'unknown' if there is none.",
    .example = "QIDNAME(0)",
    .example_result = "unknown",
};

static const struct function_signature event_description_signature = ID_SIGNATURE(run_event_description);

const struct function_def function_qiddescription = {
    .names = {"QIDDESCRIPTION", "QIDESCRIPTION"},
    .signatures = &event_description_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_EVENT,
    .description = "What the event with that qid is, in a sentence; 'unknown' if nobody says.",
    .example = "QIDDESCRIPTION(0)",
    .example_result = "unknown",
};

/* ---- LOGSOURCEGROUPNAME ---- */

/* What QRadar shows for a log source that is in no group. */
#define OTHER_GROUP STR("Other")

/* "Web, Production" for "3,7"; groups without a name are left out. */
static void append_groups(struct strbuf *names, const struct log_source_table *table, str ids)
{
    strbuf_clear(names);
    for (size_t at = 0; at < ids.len;) {
        size_t comma = str_find_char(ids, ',', at);
        size_t end = comma == SIZE_MAX ? ids.len : comma;
        int64_t id;
        const struct log_source_group *group =
            str_to_i64(str_trim(str_slice(ids, at, end)), &id) ? log_source_group_find(table, id) : NULL;
        if (group) {
            strbuf_append(names, names->len > 0 ? STR(", ") : STR(""));
            strbuf_append(names, group->name);
        }
        at = end + 1;
    }
}

static tocsin_status run_groups(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    struct strbuf names;
    strbuf_init(&names, LIMIT_BATCH_BYTES);
    str last_ids = STR_EMPTY;
    str last_names = OTHER_GROUP;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        str ids = column_is_valid(arguments[0], rows[i]) ? column_string(arguments[0], rows[i]) : STR_EMPTY;
        if (!str_eq(ids, last_ids)) { /* neighbouring rows mostly have the same groups */
            append_groups(&names, call->environment->log_sources, ids);
            last_ids = ids;
            last_names = names.len > 0 ? arena_copy(call->arena, strbuf_str(&names)) : OTHER_GROUP;
            status = names.is_failed || !last_names.data ? error_memory(err) : TOCSIN_OK;
        }
        ret->strings[rows[i]] = last_names;
    }
    strbuf_release(&names);
    return status;
}

static tocsin_status run_group(const struct function_call *call, const struct column *const *arguments,
                               uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                               struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        int64_t id;
        const struct log_source_group *group =
            column_is_valid(arguments[0], rows[i]) && argument_integer(arguments[0], rows[i], &id)
                ? log_source_group_find(call->environment->log_sources, id)
                : NULL;
        ret->strings[rows[i]] = group ? group->name : OTHER_GROUP;
    }
    return TOCSIN_OK;
}

static const struct function_signature group_signatures[] = {
    {
        .result = TYPE_STRING,
        .required_count = 1,
        .argument_count = 1,
        .arguments = {{.types = TYPES_NUMBER}},
        .kernel = run_group,
    },
    {
        .result = TYPE_STRING,
        .required_count = 1,
        .argument_count = 1,
        .arguments = {{.types = TYPES(TYPE_STRING), .domain = DOMAIN_LOG_SOURCE_GROUP_LIST}},
        .kernel = run_groups,
    },
};

const struct function_def function_logsourcegroupname = {
    .names = {"LOGSOURCEGROUPNAME"},
    .signatures = group_signatures,
    .signature_count = countof(group_signatures),
    .sees_nulls = true,
    .null_rule = "Null gives 'Other'.",
    .family = FUNCTION_FAMILY_EVENT,
    .description = "The names of the log source groups in a list of ids (devicegrouplist), joined by ', ', or of one "
                   "group by its id. 'Other' if there is none, also for null.",
    .example = "LOGSOURCEGROUPNAME(0)",
    .example_result = "Other",
};
