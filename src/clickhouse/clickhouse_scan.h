/* clickhouse/clickhouse_scan.h
 * The rows of a SELECT over the table of events, as batches like those that a log or a store gives.
 * Not for grouped rows. The SELECT is made by plan_split.h.
 * Memory: a block of the answer and a batch; names of inputs. Threads: one.
 */
#ifndef CLICKHOUSE_CLICKHOUSE_SCAN_H
#define CLICKHOUSE_CLICKHOUSE_SCAN_H

#include "clickhouse/clickhouse_layout.h"
#include "clickhouse/clickhouse_session.h"
#include "column/stream.h"

struct clickhouse_scan_options {
    const struct schema *schema;
    struct field_set fields;    /* of the batches */
    str sql;                    /* without FORMAT */
    const field_id *sql_fields; /* those that it selects, in their order; the others have their filler, or null */
    uint32_t sql_field_count;
    const str *sql_columns; /* names of all columns of the answer */
    uint32_t sql_column_count;
    bool has_places;      /* behind the fields come _line and _input, */
    bool has_evidence;    /* and then _source and _evidence; without them a row has the line at its place alone */
    /* Behind these comes _block: told the id of each block that rows come from, LAYOUT_BLOCK_ID_BYTES, maybe more than
       once. NULL: there is no such column. */
    void (*see_block)(void *context, const uint8_t *id);
    void *see_context;
    bool wants_raw;       /* raw lines of the evidence, which needs FIELD_PAYLOAD among sql_fields */
    const char *settings; /* see struct clickhouse_query */
    uint32_t row_max;     /* of a batch; 0: as many as fit */
    const struct layout_inputs *inputs;
};

/* What the options point to outlives the source, and the session is its own until it is closed. A batch has no rows now
 * and then, when none came for a tenth of a second. */
tocsin_status clickhouse_scan(struct clickhouse_session *session, const struct clickhouse_scan_options *options,
                              struct batch_source *ret_source, struct error *err) __attribute__((warn_unused_result));

/* The columns of a table, from system.columns. No such table is TOCSIN_ERROR_CONFIG. `table` is initialised. */
tocsin_status clickhouse_read_table(struct clickhouse_session *session, str table_name, struct layout_table *table,
                                    struct error *err) __attribute__((warn_unused_result));

#endif
