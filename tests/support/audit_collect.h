/* audit_collect.h - the rows that the linux_audit format makes of a text, rendered as text, for tests: a row is
 * "\1field\2value\1field\2value...\1@lines\2 1 2 3\1\n", fields without a value left out.
 */
#ifndef SUPPORT_AUDIT_COLLECT_H
#define SUPPORT_AUDIT_COLLECT_H

#include "audit_harness.h"
#include "base/strbuf.h"

enum { AUDIT_COLLECT_ROWS_MAX = 8192 };

struct audit_collect {
    struct strbuf text;
    size_t row_starts[AUDIT_COLLECT_ROWS_MAX + 1];
    size_t row_count;
    uint64_t foreign_lines;
    uint64_t dropped; /* records */
};

static inline void audit_collect_value(struct strbuf *text, const struct column *column, uint32_t row)
{
    char ip[IP_TEXT_BYTES];
    switch (column->type) {
    case TYPE_BOOL:
        strbuf_append(text, column_bool(column, row) ? STR("true") : STR("false"));
        break;
    case TYPE_INT64:
        strbuf_append_i64(text, column_integer(column, row));
        break;
    case TYPE_IP:
        strbuf_append(text, str_from(ip, ip_format(column_ip(column, row), ip)));
        break;
    default:
        strbuf_append(text, column_string(column, row));
    }
}

static inline void audit_collect_batch(void *context, struct batch *batch)
{
    struct audit_collect *collect = context;
    struct strbuf *text = &collect->text;
    for (uint32_t row = 0; row < batch->row_count && collect->row_count < AUDIT_COLLECT_ROWS_MAX; row++) {
        collect->row_starts[collect->row_count++] = text->len;
        for (uint32_t i = 0; i < batch->column_count; i++) {
            if (column_is_valid(&batch->columns[i], row)) {
                strbuf_append_char(text, 1);
                strbuf_append(text, schema_field(batch->schema, batch->fields[i])->name);
                strbuf_append_char(text, 2);
                audit_collect_value(text, &batch->columns[i], row);
            }
        }
        strbuf_append(text, STR("\1@lines\2"));
        for (uint32_t i = 0; i < batch->rows[row].evidence_count; i++) {
            const struct evidence *evidence = &batch->evidence[batch->rows[row].evidence_first + i];
            for (uint32_t line = 0; line < evidence->line_count; line++) {
                strbuf_append_format(text, "%s%llu", i + line > 0 ? " " : "",
                                     (unsigned long long)(evidence->line + line));
            }
        }
        strbuf_append(text, STR("\1\n"));
        collect->row_starts[collect->row_count] = text->len;
    }
}

static inline void audit_collect_release(struct audit_collect *collect)
{
    strbuf_release(&collect->text);
}

static inline uint64_t audit_collect_dropped(const struct audit_harness *harness)
{
    uint64_t dropped = 0;
    struct row_statistics statistics = row_writer_statistics(harness->writer);
    for (size_t i = 0; i < statistics.dropped_count; i++) {
        dropped += statistics.dropped[i].count;
    }
    return dropped;
}

/* All rows of a text, fed in chunks of at least chunk_bytes to an open harness. */
static inline void audit_collect_feed(struct audit_collect *collect, struct audit_harness *harness, str log,
                                      size_t chunk_bytes)
{
    memset(collect, 0, sizeof(*collect));
    strbuf_init(&collect->text, 256 * MEBI);
    harness->on_batch = audit_collect_batch;
    harness->batch_context = collect;
    uint64_t dropped = audit_collect_dropped(harness);
    audit_harness_feed(harness, log, chunk_bytes, 0);
    collect->dropped = audit_collect_dropped(harness) - dropped;
    collect->foreign_lines = harness->foreign_lines;
    if (collect->text.is_failed) {
        abort();
    }
}

/* The same with a harness of its own. `fields` as for audit_harness_open. */
static inline void audit_collect_run(struct audit_collect *collect, str log, size_t chunk_bytes,
                                     const char *const *fields, size_t field_count)
{
    struct audit_harness harness = {0};
    audit_harness_open(&harness, fields, field_count);
    audit_collect_feed(collect, &harness, log, chunk_bytes);
    audit_harness_close(&harness);
}

static inline str audit_collect_row(const struct audit_collect *collect, size_t row)
{
    return str_slice(strbuf_str(&collect->text), collect->row_starts[row], collect->row_starts[row + 1]);
}

/* The value of a field of a row, or a str with NULL data. */
static inline str audit_collect_get(const struct audit_collect *collect, size_t row, const char *field)
{
    char key[128];
    int length = snprintf(key, sizeof(key), "\1%s\2", field);
    str text = audit_collect_row(collect, row);
    size_t at = str_find(text, str_from(key, (size_t)length), 0);
    if (at == SIZE_MAX) {
        return (str){NULL, 0};
    }
    at += (size_t)length;
    return str_slice(text, at, str_find_char(text, 1, at));
}

#endif
