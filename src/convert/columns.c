/* columns.c - SELECT, GROUP BY and ORDER BY for targets that have columns. */
#include <stdio.h>

#include "base/limits.h"
#include "convert/conversion.h"

/* Only letters, digits and what every system takes in a quoted name. */
static str column_name(struct conversion *conversion, str name)
{
    char *bytes = arena_allocate(conversion->arena, name.len + 3, 1);
    size_t length = 0;
    if (!bytes) {
        return (str){NULL, 0};
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_good = ascii_is_alpha(c) || ascii_is_digit(c) || c == '_';
        bool was_good = length > 0 && bytes[length - 1] != '_';
        if (is_good || was_good) {
            bytes[length++] = is_good ? c : '_';
        }
    }
    while (length > 1 && bytes[length - 1] == '_' && name.data[name.len - 1] != '_') {
        length--;
    }
    if (length == 0 || ascii_is_digit(bytes[0])) {
        memmove(bytes + 1, bytes, length++);
        bytes[0] = '_';
    }
    return str_from(bytes, length);
}

static bool is_taken(const struct conversion *conversion, const struct convert_column *columns, uint32_t count,
                     str name, str text)
{
    bool has_fields = !conversion->dialect->has_parallel_columns && !conversion->is_grouped;
    for (size_t i = 0; has_fields && i < conversion->field_count; i++) {
        str field = conversion->fields[i].name;
        if (str_eq_ignore_case(field, name) && !(str_eq(field, text) && str_eq(name, text))) {
            return true; /* columns may be made one after the other: a later one must still find the field */
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq_ignore_case(columns[i].name, name)) {
            return true;
        }
    }
    return false;
}

static tocsin_status name_columns(struct conversion *conversion, struct convert_column *columns, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        str base = column_name(conversion, columns[i].name);
        str name = base;
        if (!base.data) {
            return error_memory(conversion->err);
        }
        for (unsigned number = 2; is_taken(conversion, columns, i, name, columns[i].text); number++) {
            struct strbuf longer;
            strbuf_init(&longer, 2 * LIMIT_IDENTIFIER_BYTES);
            strbuf_append(&longer, base);
            strbuf_append_format(&longer, "_%u", number);
            name = arena_copy(conversion->arena, strbuf_str(&longer));
            strbuf_release(&longer);
            if (!name.data) {
                return error_memory(conversion->err);
            }
        }
        columns[i].name = name;
    }
    return TOCSIN_OK;
}

static tocsin_status text_of(struct conversion *conversion, const struct expression *value, str *ret_text)
{
    struct strbuf part;
    struct strbuf *outer = conversion->out;
    strbuf_init(&part, LIMIT_CONVERSION_BYTES);
    conversion->out = &part;
    tocsin_status status = value_write(conversion, value);
    conversion->out = outer;
    if (status == TOCSIN_OK) {
        *ret_text = arena_copy(conversion->arena, strbuf_str(&part));
        status = ret_text->data ? TOCSIN_OK : error_memory(conversion->err);
    }
    strbuf_release(&part);
    return status;
}

/* Left out, with the reason. */
static tocsin_status note_column(struct conversion *conversion, str name)
{
    struct error reason = *conversion->err;
    *conversion->err = (struct error){0};
    str message = str_from_cstring(reason.message);
    size_t colon = str_find(message, STR(": "), 0);
    str what = colon == SIZE_MAX ? message : str_skip(message, colon + 2);
    return convert_note(conversion, CONVERT_EXACT, "the column \"%.*s\" is left out: no words for %.*s", STR_ARG(name),
                        STR_ARG(what));
}

tocsin_status columns_of_outputs(struct conversion *conversion, struct convert_column **ret_columns,
                                 uint32_t *ret_count)
{
    const struct plan *plan = conversion->plan;
    struct convert_column *columns = arena_array(conversion->arena, struct convert_column, plan->output_count + 1);
    uint32_t count = 0;
    if (!columns) {
        return error_memory(conversion->err);
    }
    for (uint32_t i = 0; i < plan->output_count; i++) {
        const struct plan_output *output = &plan->outputs[i];
        struct convert_column column = {.name = output->name, .expression = output->expression};
        tocsin_status status = text_of(conversion, output->expression, &column.text);
        bool is_left_out = status == TOCSIN_ERROR_UNSUPPORTED;
        if (is_left_out) {
            status = note_column(conversion, output->name);
        }
        if (status != TOCSIN_OK) {
            return status;
        }
        if (!is_left_out) {
            columns[count++] = column;
        }
    }
    *ret_columns = columns;
    *ret_count = count;
    return name_columns(conversion, columns, count);
}

static tocsin_status numbered(struct conversion *conversion, const char *prefix, uint32_t number, str *ret_name)
{
    char name[32];
    int length = snprintf(name, sizeof(name), "%s%u", prefix, number + 1);
    *ret_name = arena_copy(conversion->arena, str_from(name, (size_t)length));
    return ret_name->data ? TOCSIN_OK : error_memory(conversion->err);
}

static tocsin_status aggregate_text(struct conversion *conversion, const struct plan_aggregate *aggregate,
                                    str *ret_text)
{
    static const char *const names[] = {[AGGREGATE_COUNT_ROWS] = "COUNT(*)",
                                        [AGGREGATE_COUNT] = "COUNT",
                                        [AGGREGATE_SUM] = "SUM",
                                        [AGGREGATE_AVG] = "AVG",
                                        [AGGREGATE_MIN] = "MIN",
                                        [AGGREGATE_MAX] = "MAX",
                                        [AGGREGATE_STDEV] = "STDEV",
                                        [AGGREGATE_STDEVP] = "STDEVP",
                                        [AGGREGATE_UNIQUECOUNT] = "UNIQUECOUNT",
                                        [AGGREGATE_DISTINCTCOUNT] = "DISTINCTCOUNT",
                                        [AGGREGATE_FIRST] = "FIRST",
                                        [AGGREGATE_LAST] = "LAST"};
    const char *text = conversion->dialect->values.aggregates[aggregate->kind];
    if (!text) {
        return convert_refuse(conversion, aggregate->syntax, "%s", names[aggregate->kind]);
    }
    str argument = STR_EMPTY;
    tocsin_status status = aggregate->argument ? text_of(conversion, aggregate->argument, &argument) : TOCSIN_OK;
    if (status != TOCSIN_OK) {
        return status;
    }
    struct strbuf whole;
    strbuf_init(&whole, LIMIT_CONVERSION_BYTES);
    template_write(&whole, text, &argument, 1);
    *ret_text = arena_copy(conversion->arena, strbuf_str(&whole));
    strbuf_release(&whole);
    bool is_any = aggregate->kind == AGGREGATE_FIRST || aggregate->kind == AGGREGATE_LAST;
    status = ret_text->data ? TOCSIN_OK : error_memory(conversion->err);
    return status == TOCSIN_OK && is_any
               ? convert_note(conversion, CONVERT_EXACT,
                              "a group may show another row's value of a column that is no key")
               : status;
}

tocsin_status columns_of_group(struct conversion *conversion, struct convert_column **ret_columns,
                               uint32_t *ret_key_count, uint32_t *ret_count)
{
    const struct plan_group *group = conversion->plan->group;
    uint32_t count = group->key_count + group->aggregate_count;
    struct convert_column *columns = arena_array(conversion->arena, struct convert_column, count + 1);
    tocsin_status status = columns ? TOCSIN_OK : error_memory(conversion->err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < group->key_count; i++) {
        status = text_of(conversion, group->keys[i], &columns[i].text);
        status = status == TOCSIN_OK ? numbered(conversion, "group_", i, &columns[i].name) : status;
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < group->aggregate_count; i++) {
        struct convert_column *column = &columns[group->key_count + i];
        status = aggregate_text(conversion, &group->aggregates[i], &column->aggregate);
        status = status == TOCSIN_OK ? numbered(conversion, "value_", i, &column->name) : status;
    }
    if (status == TOCSIN_OK && conversion->dialect->values.needs_key && group->key_count > 0) {
        status = convert_note(conversion, CONVERT_EXACT, "a group whose key is missing shows the empty text there");
    }
    *ret_columns = columns;
    *ret_key_count = group->key_count;
    *ret_count = count;
    return status;
}

static bool is_same(const struct expression *a, const struct expression *b)
{
    return a == b || (a->kind == EXPRESSION_FIELD && b->kind == EXPRESSION_FIELD && a->field == b->field);
}

tocsin_status columns_of_orders(struct conversion *conversion, const struct convert_column *columns,
                                uint32_t column_count, struct convert_order **ret_orders, uint32_t *ret_count)
{
    const struct plan *plan = conversion->plan;
    struct convert_order *orders = arena_array(conversion->arena, struct convert_order, plan->order_count + 1);
    tocsin_status status = orders ? TOCSIN_OK : error_memory(conversion->err);
    uint32_t count = 0;
    for (uint32_t i = 0; status == TOCSIN_OK && i < plan->order_count; i++) {
        struct convert_order order = {.is_descending = plan->orders[i].is_descending};
        str names[CONVERT_NAMES_MAX];
        uint32_t name_count = 0;
        const struct expression *expression = plan->orders[i].expression;
        for (uint32_t c = 0; order.name.len == 0 && c < column_count; c++) {
            if (is_same(expression, columns[c].expression)) {
                order.name = columns[c].name;
                order.is_column = true;
            }
        }
        if (order.name.len == 0 && expression->kind == EXPRESSION_FIELD) {
            status = convert_field_names(conversion, expression->field, names, &name_count);
            order.name = status == TOCSIN_OK && name_count == 1 ? names[0] : STR_EMPTY;
        }
        if (status == TOCSIN_OK && order.name.len == 0) {
            order.is_new = true;
            status = numbered(conversion, "order_", i, &order.name);
            status = status == TOCSIN_OK ? text_of(conversion, expression, &order.text) : status;
        }
        if (status == TOCSIN_ERROR_UNSUPPORTED && !plan->has_limit) {
            *conversion->err = (struct error){0};
            status = convert_note(conversion, CONVERT_EXACT, "ORDER BY is left out");
            continue;
        }
        if (status == TOCSIN_OK && plan->orders[i].collation.len > 0) {
            status = convert_note(conversion, CONVERT_EXACT, "COLLATE is left out");
        }
        orders[count++] = order;
    }
    *ret_orders = orders;
    *ret_count = count;
    return status;
}

tocsin_status convert_having(struct conversion *conversion, const struct condition **ret_condition)
{
    *ret_condition = NULL;
    const struct expression *having = conversion->plan->group->having;
    if (!having) {
        return TOCSIN_OK;
    }
    tocsin_status status = condition_build(conversion, having, ret_condition);
    return status == TOCSIN_OK ? condition_for_type(conversion, *ret_condition, STR_EMPTY, ret_condition) : status;
}
