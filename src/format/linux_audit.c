/* format/linux_audit.c - the log of Linux audit (auditd): records of one event are joined to one row.
 * audit_header and audit_value read a line, audit_event_table joins lines, audit_event reads what an event's lines say
 * together, audit_row writes the row.
 */
#include "base/memory.h"
#include "format/audit_event_names.h"
#include "format/audit_row.h"

struct linux_audit {
    struct audit_index index;
    struct audit_header_reader headers;
    struct audit_scanner scanner;
    struct audit_row_plan plan;
    struct audit_details details;
    struct audit_event_table *table;
};

static int linux_audit_detect(const struct log_line *line)
{
    return audit_header_detect(line->text);
}

static void linux_audit_close(void *state)
{
    struct linux_audit *audit = state;
    if (audit) {
        audit_event_table_free(audit->table);
        audit_details_release(&audit->details);
        memory_free(audit);
    }
}

static tocsin_status linux_audit_open(const struct format_context *context, void **ret_state, struct error *err)
{
    struct linux_audit *audit = memory_allocate_zeroed(1, sizeof(*audit));
    if (!audit) {
        return error_memory(err);
    }
    audit_index_init(&audit->index);
    audit_header_reader_init(&audit->headers, &audit->index);
    audit_scanner_init(&audit->scanner, &audit->index);
    audit_row_plan_init(&audit->plan, context);
    audit_details_init(&audit->details);
    tocsin_status status = audit_event_table_create(&audit->table, err);
    if (status != TOCSIN_OK) {
        linux_audit_close(audit);
        return status;
    }
    *ret_state = audit;
    return TOCSIN_OK;
}

static tocsin_status write_ready(struct linux_audit *audit, struct row_writer *writer, bool all, struct error *err)
{
    struct audit_event *event;
    while ((event = audit_event_table_ready(audit->table, all))) {
        if (!audit_details_read(&audit->details, &audit->scanner, event, &audit->plan.needs)) {
            return error_memory(err);
        }
        audit_row_write(&audit->plan, writer, &audit->details);
        audit_event_table_remove(audit->table);
    }
    return TOCSIN_OK;
}

static tocsin_status linux_audit_parse_line(void *state, const struct log_line *line, struct row_writer *writer,
                                            struct error *err)
{
    struct linux_audit *audit = state;
    struct audit_header header;
    if (!audit_header_parse(&audit->headers, line->text, &header)) {
        row_writer_unparsed(writer, line, LOG_SOURCE_TYPE_LINUX_OS,
                            audit_event_qid(AUDIT_EVENT_NOT_UNDERSTOOD, AUDIT_OUTCOME_UNKNOWN), line->is_truncated);
        return TOCSIN_OK;
    }
    switch (audit_event_table_add(audit->table, &header, line)) {
    case AUDIT_ADDED:
        return TOCSIN_OK;
    case AUDIT_BEGUN:
        return write_ready(audit, writer, false, err);
    case AUDIT_REFUSED:
        row_writer_dropped(writer, "audit records beyond the limits of one event", 1);
        return TOCSIN_OK;
    case AUDIT_ORPHAN_END:
        row_writer_dropped(writer, "audit end-of-event records without an event", 1);
        return TOCSIN_OK;
    case AUDIT_OUT_OF_MEMORY:
        break;
    }
    return error_memory(err);
}

static tocsin_status linux_audit_release_chunk(void *state, struct error *err)
{
    struct linux_audit *audit = state;
    return audit_event_table_keep(audit->table, err);
}

static tocsin_status linux_audit_finish(void *state, struct row_writer *writer, struct error *err)
{
    struct linux_audit *audit = state;
    return write_ready(audit, writer, true, err);
}

const struct format_def format_linux_audit = {
    .name = "linux_audit",
    .description = "Linux audit (auditd), raw and enriched, also through syslog",
    .log_source_type = LOG_SOURCE_TYPE_LINUX_OS,
    .fields = audit_fields,
    .field_count = AUDIT_FIELD_COUNT,
    .event_names = audit_event_names,
    .event_name_count = AUDIT_EVENT_NAME_COUNT,
    .detect = linux_audit_detect,
    .open = linux_audit_open,
    .close = linux_audit_close,
    .parse_line = linux_audit_parse_line,
    .release_chunk = linux_audit_release_chunk,
    .finish = linux_audit_finish,
};
