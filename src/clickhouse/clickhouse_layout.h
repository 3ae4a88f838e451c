/* clickhouse/clickhouse_layout.h
 * How rows lie in ClickHouse: tables, columns, their types, and which field is which column. Whoever makes tables,
 * inserts, writes SQL or reads rows back goes by this file.
 *
 * Table `events` has events, flows and simarc records together, `_kind` says which. On one server it is a MergeTree; in
 * a cluster it is a Distributed table over `events_local`, a ReplicatedMergeTree.
 *
 * A field's column has the field's name (layout_column_name says what of it is escaped), and its type:
 *     TYPE_INT64 Int64 (times too: milliseconds since 1970), TYPE_DOUBLE Float64, TYPE_BOOL UInt8 of 0 and 1,
 *     TYPE_STRING and TYPE_BYTES String (any bytes), TYPE_IP FixedString(16) as struct ip has it, so that the order of
 *     bytes is the order of addresses. Nullable(...) if the field has no filler: only then can a row be without a
 *     value. A field with a filler has it as the column's DEFAULT.
 * A table may lack columns of fields (they are null, or the filler, in all rows), and have columns that are no field.
 *
 * Columns of our own begin with an underscore, and never are Nullable: see LAYOUT_HIDDEN_LIST.
 * Rows as they were read: ORDER BY `_input`, `_row`.
 * Memory: names are views into the arena that is given. Threads: any.
 */
#ifndef CLICKHOUSE_CLICKHOUSE_LAYOUT_H
#define CLICKHOUSE_CLICKHOUSE_LAYOUT_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "column/batch.h"
#include "column/schema.h"

/* Of the tables; kept in the table `tocsin_schema`. A table of a later version is refused. */
enum { LAYOUT_VERSION = 2 };

#define LAYOUT_EVENTS       "events"
#define LAYOUT_EVENTS_LOCAL "events_local"
#define LAYOUT_SCHEMA       "tocsin_schema"
#define LAYOUT_ALERTS       "alerts"
#define LAYOUT_LEASES       "tocsin_leases"
#define LAYOUT_EXAMINED     "tocsin_examined"

/* X(symbol, name, type)
 * _day:      of starttime in UTC, the partition; times before 1970 are 1970-01-01, those behind 2105-12-31 are that day
 * _block:    of the insert that the row came with: the same for all its rows. Blocks are there whole or not at all
 * _arrived:  milliseconds since 1970 when the block was sent, by the server's clock; the same for all its rows
 * _input:    number of the input (a file, a pipe), greater for those that were read later
 * _row:      number of the row in its input, from 0
 * _source:   name of the input of the row's first line; empty if it has no lines
 * _line:     number of that line, from 1; 0 if there is none. `_source` and `_line` are the row's place (batch_place)
 * _evidence: the lines that the row was made from: see layout_evidence_append. Empty: the one line `_source`, `_line`,
 *            which is the payload
 * _kind:     FIELD_RECORD_KIND */
#define LAYOUT_HIDDEN_LIST(X)                                                                                          \
    X(LAYOUT_DAY, "_day", "Date")                                                                                      \
    X(LAYOUT_BLOCK, "_block", "FixedString(16)")                                                                       \
    X(LAYOUT_ARRIVED, "_arrived", "Int64")                                                                             \
    X(LAYOUT_INPUT, "_input", "Int64")                                                                                 \
    X(LAYOUT_ROW, "_row", "Int64")                                                                                     \
    X(LAYOUT_SOURCE, "_source", "String")                                                                              \
    X(LAYOUT_LINE, "_line", "Int64")                                                                                   \
    X(LAYOUT_EVIDENCE, "_evidence", "String")

enum layout_hidden {
#define LAYOUT_HIDDEN_ENUM(symbol, name, type) symbol,
    LAYOUT_HIDDEN_LIST(LAYOUT_HIDDEN_ENUM)
#undef LAYOUT_HIDDEN_ENUM
        LAYOUT_HIDDEN_COUNT
};
str layout_hidden_name(enum layout_hidden column);
str layout_hidden_type(enum layout_hidden column);

enum { LAYOUT_BLOCK_ID_BYTES = 16, LAYOUT_MS_PER_DAY = 24 * 60 * 60 * 1000 };

/* The number of the day that `_day` has, days since 1970. */
uint16_t layout_day(int64_t starttime_ms);

/* ---- columns of fields ---- */

/* False for fields that stand for an expression. */
bool layout_is_stored(const struct schema *schema, field_id field);
/* Appends the name of the field's column, not quoted. Of the field's name the bytes . ` \ % " and those below 0x20 are
 * written %XX. A property that a built-in field has the name of, or that events do not have, or whose name begins with
 * an underscore or with such a prefix, has its database in front: events:NAME, flows:NAME. */
void layout_column_name(const struct schema *schema, field_id field, struct strbuf *name);
/* Appends it, "Nullable(Int64)". */
void layout_column_type(const struct schema *schema, field_id field, struct strbuf *type);
/* Appends the SQL text of the filler, toFixedString(unhex('..'), 16) for example. The field has one. */
void layout_filler(const struct schema *schema, field_id field, struct strbuf *sql);

/* ---- SQL text ---- */

/* Appends the name between backticks; any name is safe. */
void layout_append_name(struct strbuf *sql, str name);
/* Appends a string literal, any bytes; the same for both dialects. */
void layout_append_string(struct strbuf *sql, str value);

/* ---- a table as it is ----
 * Filled from system.columns, row by row. Custom properties that the schema lacks are of no interest here, but for
 * layout_table_add_properties. */

struct layout_column {
    str name;
    str type;
};

struct layout_table {
    struct arena *arena;
    struct layout_column *columns;
    size_t count;
    size_t capacity;
};

void layout_table_init(struct layout_table *table, struct arena *arena);
/* Copies both. More than LIMIT_CLICKHOUSE_COLUMNS are an error, and so is a name that is there already. */
tocsin_status layout_table_add(struct layout_table *table, str name, str type, struct error *err);
/* NULL: the table has no such column. */
const struct layout_column *layout_table_find(const struct layout_table *table, str name);
/* The column of a field: by its name, for properties in any case of letters. *ret_column NULL: the table lacks it. A
 * column of another type than the field's is TOCSIN_ERROR_CONFIG. */
tocsin_status layout_table_field(const struct layout_table *table, const struct schema *schema, field_id field,
                                 const struct layout_column **ret_column, struct error *err);
/* Hidden columns are there with their types; else TOCSIN_ERROR_CONFIG: the table is not ours. */
tocsin_status layout_table_check(const struct layout_table *table, str table_name, struct error *err);
/* Properties that the table has and the schema lacks are added to the schema, so that queries can name them. */
tocsin_status layout_table_add_properties(const struct layout_table *table, struct schema *schema, struct error *err);

/* ---- evidence ---- */

/* Appends what `_evidence` has for a row. Nothing if the row has the one line `_source`, `_line`, whose bytes are the
 * payload, or no line (`_line` is 0). Else numbers, as LEB128: evidence_more, the count of entries, and of each entry
 *     flags    1 joined; 2 its bytes are here; 4 its bytes are the payload's next, and a line end is behind them;
 *              8 its input is not `_source`
 *     line     less that of the entry before, the first less `_line`; zigzag
 *     lines    line_count
 *     8: length and name of the input;  2: length and bytes;  4: length */
void layout_evidence_append(struct strbuf *target, const struct batch *batch, uint32_t row, str payload,
                            const str *input_names, size_t input_count);

/* Numbers of inputs for the rows of a batch. Files of two machines may have one name: `input` is the row's `_input`. */
struct layout_inputs {
    /* False: memory is out. */
    bool (*number)(void *context, int64_t input, str name, uint32_t *ret_number);
    void *context;
};

struct layout_place {
    int64_t input;
    str source;
    int64_t line;
    str evidence;
};

/* Adds to the newest row of the batch the lines that these columns say. `payload` NULL: raw lines are not wanted. Raw
 * lines are views into `evidence` and `payload`. TOCSIN_ERROR_INPUT: they make no sense. */
tocsin_status layout_evidence_take(struct batch *batch, const struct layout_place *place, const str *payload,
                                   const struct layout_inputs *inputs, struct error *err);

#endif
