#include "finding/finding_columns.h"

#include "base/utf8.h"
#include "column/value_text.h"

#define NAME_OF(symbol, name) STR(name),
static const str text_names[] = {ROW_TEXT_LIST(NAME_OF)};
static const str part_names[] = {ROW_PART_LIST(NAME_OF)};
static const str indicator_names[] = {ROW_INDICATOR_LIST(NAME_OF)};

static bool is_number(enum value_type type)
{
    return type == TYPE_INT64 || type == TYPE_DOUBLE || type == TYPE_BOOL;
}

static bool place(str name, const str *names, size_t count, uint32_t index, uint32_t *places)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_ignore_case(name, names[i]) && places[i] == FINDING_NO_COLUMN) {
            places[i] = index;
            return true;
        }
    }
    return false;
}

bool finding_columns_find(const struct result_column *columns, uint32_t column_count,
                          struct finding_columns *ret_columns)
{
    struct finding_columns found = {.time = FINDING_NO_COLUMN};
    memset(found.texts, 0xFF, sizeof(found.texts));
    memset(found.parts, 0xFF, sizeof(found.parts));
    memset(found.indicators, 0xFF, sizeof(found.indicators));
    for (uint32_t i = 0; i < column_count; i++) {
        str name = columns[i].name;
        bool has_number = is_number(columns[i].type);
        if (str_eq_ignore_case(name, STR("Time")) && has_number && found.time == FINDING_NO_COLUMN) {
            found.time = i;
        } else if (!place(name, text_names, ROW_TEXT_COUNT, i, found.texts) &&
                   !(has_number && place(name, part_names, ROW_PART_COUNT, i, found.parts)) &&
                   !(has_number && place(name, indicator_names, ROW_INDICATOR_COUNT, i, found.indicators)) &&
                   !str_eq_ignore_case(name, STR("Risk")) && found.field_count < LIMIT_FINDING_FIELDS) {
            found.fields[found.field_count++] = i;
        }
    }
    if (found.time == FINDING_NO_COLUMN || found.texts[ROW_ACT] == FINDING_NO_COLUMN ||
        found.texts[ROW_IDENTITY] == FINDING_NO_COLUMN) {
        return false;
    }
    *ret_columns = found;
    return true;
}

static int64_t number_at(const struct column *column, uint32_t row)
{
    if (column->type == TYPE_BOOL) {
        return column_bool(column, row);
    }
    if (column->type == TYPE_INT64) {
        return column_integer(column, row);
    }
    double number = column_double(column, row);
    return number >= -9e18 && number <= 9e18 ? (int64_t)number : 0;
}

/* A copy, since the scratch of value_text is used again; without data if there is no value. */
static bool read_text(const struct column *column, uint32_t row, struct arena *arena, str *ret_text)
{
    *ret_text = (str){0};
    if (column->type == TYPE_NULL || !column_is_valid(column, row)) {
        return true;
    }
    struct strbuf scratch;
    strbuf_init(&scratch, 4096);
    str text = value_text(column, row, &scratch);
    text.len = utf8_part_length(text, LIMIT_FINDING_TEXT_BYTES);
    str copy = scratch.is_failed ? (str){0} : arena_copy(arena, text);
    strbuf_release(&scratch);
    *ret_text = copy;
    return copy.data != NULL;
}

/* What stands in an event where there is no address. */
static bool is_filler(str address)
{
    return str_eq(address, STR("0.0.0.0")) || str_eq(address, STR("0:0:0:0:0:0:0:0"));
}

static bool read_fields(const struct finding_columns *columns, const struct result_column *names,
                        const struct column *values, uint32_t row, struct arena *arena, struct finding_row *ret_row)
{
    struct result_field *fields = arena_array(arena, struct result_field, columns->field_count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; fields && i < columns->field_count; i++) {
        str value;
        if (!read_text(&values[columns->fields[i]], row, arena, &value)) {
            return false;
        }
        if (value.data) {
            fields[count++] = (struct result_field){names[columns->fields[i]].name, value};
        }
    }
    ret_row->fields = fields;
    ret_row->field_count = count;
    return fields != NULL;
}

bool finding_columns_read(const struct finding_columns *columns, const struct result_column *names,
                          const struct column *values, uint32_t row, struct arena *scratch, struct finding_row *ret_row)
{
    struct finding_row result = {0};
    if (column_is_valid(&values[columns->time], row)) {
        result.time_ms = number_at(&values[columns->time], row);
    }
    for (size_t i = 0; i < ROW_TEXT_COUNT; i++) {
        if (columns->texts[i] != FINDING_NO_COLUMN &&
            !read_text(&values[columns->texts[i]], row, scratch, &result.texts[i])) {
            return false;
        }
    }
    if (is_filler(result.texts[ROW_SOURCE])) {
        result.texts[ROW_SOURCE] = (str){0};
    }
    for (size_t i = 0; i < ROW_PART_COUNT; i++) {
        uint32_t column = columns->parts[i];
        result.has_part[i] = column != FINDING_NO_COLUMN && column_is_valid(&values[column], row);
        result.parts[i] = result.has_part[i] ? number_at(&values[column], row) : 0;
    }
    for (size_t i = 0; i < ROW_INDICATOR_COUNT; i++) {
        uint32_t column = columns->indicators[i];
        result.indicators[i] =
            column != FINDING_NO_COLUMN && column_is_valid(&values[column], row) && number_at(&values[column], row) > 0;
    }
    if (!read_fields(columns, names, values, row, scratch, &result)) {
        return false;
    }
    *ret_row = result;
    return true;
}
