#include "clickhouse/known_values.h"

#include <stdio.h>

#include "base/limits.h"
#include "clickhouse/clickhouse_scan.h"

struct known_column {
    field_id field;
    const struct column *values; /* NULL: not known */
    uint32_t count;
    size_t text_bytes;
    struct known_column *next;
};

struct known_values {
    struct clickhouse_session *session;
    const struct layout_table *table;
    str table_name;
    const struct schema *schema;
    struct arena *arena;
    struct known_column *columns;
};

struct known_values *known_values_create(struct clickhouse_session *session, const struct layout_table *table,
                                         str table_name, const struct schema *schema, struct arena *arena)
{
    struct known_values *values = arena_new(arena, struct known_values);
    if (values) {
        *values = (struct known_values){session, table, table_name, schema, arena, NULL};
    }
    return values;
}

/* A column of room for all, not only for a batch. */
static struct column *column_create(struct arena *arena, enum value_type type)
{
    struct column *column = arena_new(arena, struct column);
    if (!column) {
        return NULL;
    }
    *column = (struct column){.type = type, .kind = COLUMN_FLAT, .row_mask = UINT32_MAX};
    column->validity = arena_array(arena, uint64_t, KNOWN_VALUES_MAX / 64 + 1);
    column->data = arena_allocate_zeroed(arena, KNOWN_VALUES_MAX + 1, value_type_bytes(type), 16);
    return column->validity && column->data ? column : NULL;
}

static bool keep_value(struct known_values *values, const struct column *from, uint32_t row, struct column *to,
                       uint32_t index)
{
    str text;
    switch (from->type) {
    case TYPE_INT64:
        column_set_integer(to, index, column_integer(from, row));
        return true;
    case TYPE_IP:
        column_set_ip(to, index, *column_ip(from, row));
        return true;
    default:
        text = arena_copy(values->arena, column_string(from, row));
        column_set_string(to, index, text);
        return text.data != NULL;
    }
}

/* False: too many, or memory is out. */
static bool take_batch(struct known_values *values, struct batch *batch, struct known_column *known,
                       struct column *target)
{
    const struct column *column = batch_column(batch, known->field);
    for (uint32_t row = 0; column && row < batch->row_count; row++) {
        if (!column_is_valid(column, row)) {
            continue;
        }
        bool is_text = column->type == TYPE_STRING || column->type == TYPE_BYTES;
        known->text_bytes += is_text ? column_string(column, row).len : 0;
        if (known->count == KNOWN_VALUES_MAX || known->text_bytes > KNOWN_TEXT_BYTES ||
            !keep_value(values, column, row, target, known->count)) {
            return false;
        }
        known->count++;
    }
    return column != NULL;
}

/* A server that fails here fails again for the query itself, which tells. */
static bool ask(struct known_values *values, struct known_column *known, str column_name, str sql)
{
    char settings[128];
    struct batch_source source;
    struct error err;
    struct batch *batch = NULL;
    struct column *target = column_create(values->arena, schema_field(values->schema, known->field)->type);
    snprintf(settings, sizeof(settings), "max_execution_time=%d&timeout_overflow_mode=break", KNOWN_VALUES_SECONDS);
    struct clickhouse_scan_options options = {.schema = values->schema,
                                              .sql = sql,
                                              .sql_fields = &known->field,
                                              .sql_field_count = 1,
                                              .sql_columns = &column_name,
                                              .sql_column_count = 1,
                                              .settings = settings};
    field_set_add(&options.fields, known->field);
    if (!target || clickhouse_scan(values->session, &options, &source, &err) != TOCSIN_OK) {
        return false;
    }
    tocsin_status status;
    bool is_known = true;
    while (is_known && (status = source.ops->next(source.state, &batch, &err)) == TOCSIN_OK) {
        is_known = take_batch(values, batch, known, target);
    }
    is_known = is_known && status == TOCSIN_END;
    source.ops->close(source.state);
    known->values = is_known ? target : NULL;
    return is_known;
}

static void find(struct known_values *values, struct known_column *known)
{
    const struct layout_column *column = NULL;
    struct error err;
    enum value_type type = schema_field(values->schema, known->field)->type;
    bool has_type = type == TYPE_INT64 || type == TYPE_IP || type == TYPE_STRING || type == TYPE_BYTES;
    if (!has_type ||
        layout_table_field(values->table, values->schema, known->field, &column, &err) != TOCSIN_OK || !column) {
        return;
    }
    struct strbuf sql;
    strbuf_init(&sql, LIMIT_CLICKHOUSE_PART_BYTES);
    strbuf_append(&sql, STR("SELECT DISTINCT "));
    layout_append_name(&sql, column->name);
    strbuf_append(&sql, STR(" FROM "));
    strbuf_append(&sql, values->table_name);
    strbuf_append_format(&sql, " LIMIT %d", KNOWN_VALUES_MAX + 2);
    if (!sql.is_failed && !ask(values, known, column->name, strbuf_str(&sql))) {
        known->count = 0;
    }
    strbuf_release(&sql);
}

bool known_values_find(void *context, field_id field, const struct column **ret_values, uint32_t *ret_count)
{
    struct known_values *values = context;
    struct known_column *known = values->columns;
    while (known && known->field != field) {
        known = known->next;
    }
    if (!known) {
        known = arena_new(values->arena, struct known_column);
        if (!known) {
            return false;
        }
        *known = (struct known_column){.field = field, .next = values->columns};
        values->columns = known;
        find(values, known);
    }
    *ret_values = known->values;
    *ret_count = known->count;
    return known->values != NULL;
}
