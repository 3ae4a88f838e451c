/* clickhouse/known_values.h
 * The different values of columns, for clickhouse_target.values: what functions that the server does not have give for
 * each of them is worked out here, and asked for as a list. A column is asked about once, when the first such function
 * of it comes; one with more values than KNOWN_VALUES_MAX, or texts of more than KNOWN_TEXT_BYTES, counts as not known;
 * what the server can't tell in a short time is known in part. The lists are in every condition: they must be short.
 * Memory: the arena given. Threads: one.
 */
#ifndef CLICKHOUSE_KNOWN_VALUES_H
#define CLICKHOUSE_KNOWN_VALUES_H

#include "clickhouse/clickhouse_layout.h"
#include "clickhouse/clickhouse_session.h"

enum { KNOWN_VALUES_MAX = 1024, KNOWN_TEXT_BYTES = 16 * 1024, KNOWN_VALUES_SECONDS = 2 };

struct known_values;

/* All must outlive it. NULL: memory is out. */
struct known_values *known_values_create(struct clickhouse_session *session, const struct layout_table *table,
                                         str table_name, const struct schema *schema, struct arena *arena);

/* For clickhouse_target.values, with what known_values_create gave as the context. */
bool known_values_find(void *context, field_id field, const struct column **ret_values, uint32_t *ret_count);

#endif
