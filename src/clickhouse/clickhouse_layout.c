#include "clickhouse/clickhouse_layout.h"

#include <assert.h>
#include <stdio.h>

#include "base/limits.h"

/* ---- hidden columns ---- */

static const struct {
    str name;
    str type;
} hidden_columns[LAYOUT_HIDDEN_COUNT] = {
#define LAYOUT_HIDDEN_ROW(symbol, column_name, column_type)                                                            \
    [symbol] = {{column_name, sizeof(column_name) - 1}, {column_type, sizeof(column_type) - 1}},
    LAYOUT_HIDDEN_LIST(LAYOUT_HIDDEN_ROW)
#undef LAYOUT_HIDDEN_ROW
};

str layout_hidden_name(enum layout_hidden column)
{
    return hidden_columns[column].name;
}

str layout_hidden_type(enum layout_hidden column)
{
    return hidden_columns[column].type;
}

enum { LAST_DAY = 49672 }; /* 2105-12-31: 18.16 has no day behind it */

uint16_t layout_day(int64_t starttime_ms)
{
    if (starttime_ms < 0) {
        return 0;
    }
    int64_t day = starttime_ms / LAYOUT_MS_PER_DAY;
    return (uint16_t)(day < LAST_DAY ? day : LAST_DAY);
}

/* ---- columns of fields ---- */

bool layout_is_stored(const struct schema *schema, field_id field)
{
    return schema_field(schema, field)->kind != FIELD_EXPRESSION;
}

static bool is_built_in_name(const struct schema *schema, str name)
{
    for (field_id i = 0; i < BUILT_IN_FIELD_COUNT; i++) {
        if (str_eq(schema_field(schema, i)->name, name)) {
            return true;
        }
    }
    return false;
}

static const uint8_t all_catalogs[] = {CATALOG_EVENTS, CATALOG_FLOWS, CATALOG_SIMARC};

/* "flows:" */
static bool takes_prefix(str name, uint8_t catalog, str *ret_rest)
{
    str database = catalog_name(catalog);
    if (!str_starts_with(name, database) || name.len <= database.len || name.data[database.len] != ':') {
        return false;
    }
    *ret_rest = str_skip(name, database.len + 1);
    return true;
}

static bool has_prefix(str name)
{
    str rest;
    return takes_prefix(name, CATALOG_EVENTS, &rest) || takes_prefix(name, CATALOG_FLOWS, &rest) ||
           takes_prefix(name, CATALOG_SIMARC, &rest);
}

static void append_escaped(struct strbuf *name, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c == 0x7F || c == '.' || c == '`' || c == '\\' || c == '%' || c == '"') {
            strbuf_append_format(name, "%%%02X", c);
        } else {
            strbuf_append_char(name, (char)c);
        }
    }
}

void layout_column_name(const struct schema *schema, field_id field, struct strbuf *name)
{
    const struct field *info = schema_field(schema, field);
    if (field == FIELD_RECORD_KIND) {
        strbuf_append(name, STR("_kind"));
        return;
    }
    bool is_property = info->kind == FIELD_CUSTOM_PROPERTY;
    if (is_property && (!(info->catalogs & CATALOG_EVENTS) || str_starts_with(info->name, STR("_")) ||
                        has_prefix(info->name) || is_built_in_name(schema, info->name))) {
        uint8_t catalog = info->catalogs & CATALOG_EVENTS  ? CATALOG_EVENTS
                          : info->catalogs & CATALOG_FLOWS ? CATALOG_FLOWS
                                                           : CATALOG_SIMARC;
        strbuf_append(name, catalog_name(catalog));
        strbuf_append_char(name, ':');
    }
    append_escaped(name, info->name);
}

static const char *plain_type(enum value_type type)
{
    switch (type) {
    case TYPE_INT64:
        return "Int64";
    case TYPE_DOUBLE:
        return "Float64";
    case TYPE_BOOL:
        return "UInt8";
    case TYPE_IP:
        return "FixedString(16)";
    default:
        return "String";
    }
}

void layout_column_type(const struct schema *schema, field_id field, struct strbuf *type)
{
    const struct field *info = schema_field(schema, field);
    strbuf_append_format(type, info->has_filler ? "%s" : "Nullable(%s)", plain_type(info->type));
}

void layout_filler(const struct schema *schema, field_id field, struct strbuf *sql)
{
    const struct field *info = schema_field(schema, field);
    assert(info->has_filler);
    if (info->type == TYPE_STRING || info->type == TYPE_BYTES) {
        layout_append_string(sql, info->filler_text);
    } else if (info->type == TYPE_IP) {
        const struct ip ip = info->filler == 4 ? IP_V4_NONE : IP_V6_NONE;
        strbuf_append(sql, STR("toFixedString(unhex('"));
        for (size_t i = 0; i < sizeof(ip.bytes); i++) {
            strbuf_append_format(sql, "%02X", ip.bytes[i]);
        }
        strbuf_append(sql, STR("'), 16)"));
    } else {
        strbuf_append_i64(sql, info->filler);
    }
}

/* ---- SQL text ---- */

static void append_quoted(struct strbuf *sql, str text, char quote)
{
    strbuf_append_char(sql, quote);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == (unsigned char)quote || c == '\\') {
            strbuf_append_char(sql, '\\');
            strbuf_append_char(sql, (char)c);
        } else if (c < 0x20 || c == 0x7F) { /* logs of the server stay one line a query */
            strbuf_append_format(sql, "\\x%02X", c);
        } else {
            strbuf_append_char(sql, (char)c);
        }
    }
    strbuf_append_char(sql, quote);
}

void layout_append_name(struct strbuf *sql, str name)
{
    append_quoted(sql, name, '`');
}

void layout_append_string(struct strbuf *sql, str value)
{
    append_quoted(sql, value, '\'');
}

/* ---- a table as it is ---- */

void layout_table_init(struct layout_table *table, struct arena *arena)
{
    *table = (struct layout_table){.arena = arena};
}

static bool grow(struct layout_table *table)
{
    size_t capacity = table->capacity ? table->capacity * 2 : 256;
    struct layout_column *columns = arena_array(table->arena, struct layout_column, capacity);
    if (!columns) {
        return false;
    }
    if (table->count > 0) {
        memcpy(columns, table->columns, table->count * sizeof(*columns));
    }
    table->columns = columns;
    table->capacity = capacity;
    return true;
}

tocsin_status layout_table_add(struct layout_table *table, str name, str type, struct error *err)
{
    if (table->count == LIMIT_CLICKHOUSE_COLUMNS) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "a table of more than %d columns", LIMIT_CLICKHOUSE_COLUMNS);
    }
    if (layout_table_find(table, name)) {
        return error_set(err, TOCSIN_ERROR_INPUT, "column \"%.*s\" is there twice", STR_ARG(name));
    }
    if (table->count == table->capacity && !grow(table)) {
        return error_memory(err);
    }
    struct layout_column column = {arena_copy(table->arena, name), arena_copy(table->arena, type)};
    if (!column.name.data || !column.type.data) {
        return error_memory(err);
    }
    table->columns[table->count++] = column;
    return TOCSIN_OK;
}

const struct layout_column *layout_table_find(const struct layout_table *table, str name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (str_eq(table->columns[i].name, name)) {
            return &table->columns[i];
        }
    }
    return NULL;
}

static const struct layout_column *find_in_any_case(const struct layout_table *table, const struct schema *schema,
                                                    str name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (str_eq_ignore_case(table->columns[i].name, name) &&
            !is_built_in_name(schema, table->columns[i].name)) {
            return &table->columns[i];
        }
    }
    return NULL;
}

tocsin_status layout_table_field(const struct layout_table *table, const struct schema *schema, field_id field,
                                 const struct layout_column **ret_column, struct error *err)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_CLICKHOUSE_NAME_BYTES);
    layout_column_name(schema, field, &text);
    const struct layout_column *column = text.is_failed ? NULL : layout_table_find(table, strbuf_str(&text));
    if (!column && !text.is_failed && schema_field(schema, field)->kind == FIELD_CUSTOM_PROPERTY) {
        column = find_in_any_case(table, schema, strbuf_str(&text));
    }
    bool is_failed = text.is_failed;
    strbuf_clear(&text);
    layout_column_type(schema, field, &text);
    tocsin_status status = is_failed || text.is_failed ? error_memory(err) : TOCSIN_OK;
    if (status == TOCSIN_OK && column && !str_eq(column->type, strbuf_str(&text))) {
        status = error_set(err, TOCSIN_ERROR_CONFIG, "column \"%.*s\" is %.*s in the table, and %.*s here",
                           STR_ARG(column->name), STR_ARG(column->type), STR_ARG(strbuf_str(&text)));
        error_hint(err, "rename the property here, or the column there");
    }
    strbuf_release(&text);
    if (status == TOCSIN_OK) {
        *ret_column = column;
    }
    return status;
}

tocsin_status layout_table_check(const struct layout_table *table, str table_name, struct error *err)
{
    for (enum layout_hidden i = 0; i < LAYOUT_HIDDEN_COUNT; i++) {
        const struct layout_column *column = layout_table_find(table, hidden_columns[i].name);
        if (!column || !str_eq(column->type, hidden_columns[i].type)) {
            tocsin_status status =
                error_set(err, TOCSIN_ERROR_CONFIG, "table \"%.*s\" is not one of Tocsin's: it has no column %.*s %.*s",
                          STR_ARG(table_name), STR_ARG(hidden_columns[i].name), STR_ARG(hidden_columns[i].type));
            error_hint(err, "tocsin schema --clickhouse --apply URL makes the tables");
            return status;
        }
    }
    return TOCSIN_OK;
}

/* False: no property of ours has it. */
static bool type_of_column(str type, enum value_type *ret)
{
    static const struct {
        const char *text;
        enum value_type type;
    } types[] = {{"Nullable(Int64)", TYPE_INT64},
                 {"Nullable(Float64)", TYPE_DOUBLE},
                 {"Nullable(UInt8)", TYPE_BOOL},
                 {"Nullable(String)", TYPE_STRING},
                 {"Nullable(FixedString(16))", TYPE_IP}};
    for (size_t i = 0; i < countof(types); i++) {
        if (str_eq(type, str_from_cstring(types[i].text))) {
            *ret = types[i].type;
            return true;
        }
    }
    return false;
}

/* False: no property of ours is written so. */
static bool unescape(str text, struct strbuf *name)
{
    for (size_t i = 0; i < text.len; i++) {
        uint64_t byte;
        if (text.data[i] != '%') {
            strbuf_append_char(name, text.data[i]);
        } else if (i + 2 < text.len && str_hex_to_u64(str_slice(text, i + 1, i + 3), &byte)) {
            strbuf_append_char(name, (char)byte);
            i += 2;
        } else {
            return false;
        }
    }
    return name->len > 0;
}

static tocsin_status add_property(const struct layout_column *column, struct schema *schema, struct error *err)
{
    uint8_t catalogs = CATALOG_EVENTS;
    str rest = column->name;
    enum value_type type;
    struct strbuf name;
    field_id field;
    if (str_starts_with(column->name, STR("_")) || is_built_in_name(schema, column->name) ||
        !type_of_column(column->type, &type)) {
        return TOCSIN_OK;
    }
    for (size_t i = 0; i < countof(all_catalogs); i++) {
        if (takes_prefix(column->name, all_catalogs[i], &rest)) {
            catalogs = all_catalogs[i];
        }
    }
    strbuf_init(&name, LIMIT_CLICKHOUSE_NAME_BYTES);
    tocsin_status status = TOCSIN_OK;
    if (unescape(rest, &name) && !name.is_failed &&
        schema_find_in(schema, catalogs, strbuf_str(&name)) == FIELD_NONE) {
        status = schema_add_property_in(schema, catalogs, strbuf_str(&name), type, STR("a column of the table"),
                                        &field, err);
    }
    status = status == TOCSIN_OK && name.is_failed ? error_memory(err) : status;
    strbuf_release(&name);
    return status;
}

tocsin_status layout_table_add_properties(const struct layout_table *table, struct schema *schema, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    for (size_t i = 0; status == TOCSIN_OK && i < table->count; i++) {
        status = add_property(&table->columns[i], schema, err);
    }
    return status;
}
