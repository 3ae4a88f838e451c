/* group_split.c - the SELECT of groups: a GROUP BY of the server whose rows each stand for many, and the plan that
 * makes the answer of them.
 *
 * A key, an aggregate or its argument is asked of the server if SQL says exactly what the plan says; then a field of
 * our own ("given") holds it. Otherwise the server groups by the fields that it reads, and it is worked out here, once
 * for all rows that are equal in these. The same goes for conditions that are not exact. So the server's groups are as
 * fine as ours or finer, and what it gives of them can be merged. */
#include "clickhouse/plan_split_internal.h"

#include "plan/expression_text.h"

#define OUTPUTS "for csv, tsv and table; outputs that show lines read the rows"

/* Names of the answer's columns that are no field of the log begin with this. */
#define GIVEN_PREFIX "_given"

/* Rows as they were read, as texts whose order is that of the rows: see plan_given. Each number gets an offset that
 * makes its greatest byte, and with it its length, the same for all values. */
#define PLACE_TIME                                                                                                     \
    "reverse(reinterpretAsString(bitShiftRight(bitNot($1), 32) + toInt64(140739635838976))), "                         \
    "reverse(reinterpretAsString(bitAnd(bitNot($1), 4294967295) + toInt64(140737488355328)))"
#define PLACE_PART(column) "reverse(reinterpretAsString(" column " + toInt64(4611686018427387904)))"

struct group_splitter {
    struct splitter base;
    const struct plan *plan; /* that groups rows of the log */
    struct plan *copy;       /* of it */
    struct plan_group *group;
    struct plan_given *given;
    struct plan_given_parts *parts;
    struct field_set fields; /* of the log, by which the server groups */
    bool is_fine;            /* the server's groups may be finer than the plan's */
    bool keeps_input_order;
    bool has_place;   /* _place has been written */
    bool is_too_long; /* some SQL is */
    struct strbuf select;
    struct strbuf keys;
    struct field *more; /* given fields */
    uint32_t more_count;
    uint32_t more_capacity;
    size_t field_count; /* of the log's schema */
    field_id *sql_fields;
    str *names;
    uint32_t sql_count;
    const char *reason; /* why groups are made here after all; NULL so far */
};

/* ---- columns of the answer ---- */

static bool select_column(struct group_splitter *split, str sql, str name, field_id field)
{
    strbuf_append(&split->select, split->sql_count > 0 ? STR(",\n    ") : STR_EMPTY);
    strbuf_append(&split->select, sql);
    split->sql_fields[split->sql_count] = field;
    split->names[split->sql_count] = name;
    split->sql_count++;
    return sql.len > 0 && name.data;
}

static void add_key(struct group_splitter *split, str key)
{
    strbuf_append(&split->keys, split->keys.len > 0 ? STR(", ") : STR_EMPTY);
    strbuf_append(&split->keys, key);
}

/* A column of the type's own that `sql` gives; FIELD_NONE if memory is out, or `sql` was too long. */
static field_id give_field(struct group_splitter *split, enum value_type type, str sql, bool is_key)
{
    static const char *const templates[TYPE_COUNT] = {
        [TYPE_BOOL] = "toUInt8($1) AS $2", [TYPE_INT64] = "toInt64($1) AS $2", [TYPE_DOUBLE] = "toFloat64($1) AS $2"};
    struct sql_writer *writer = &split->base.writer;
    field_id field = (field_id)(split->field_count + split->more_count);
    if (split->more_count == split->more_capacity || sql.len == 0) {
        split->is_too_long |= sql.len == 0;
        return FIELD_NONE;
    }
    struct strbuf text;
    strbuf_init(&text, LIMIT_CLICKHOUSE_NAME_BYTES);
    strbuf_append_format(&text, GIVEN_PREFIX "%u", split->more_count);
    str name = arena_copy(split->base.arena, strbuf_str(&text));
    bool is_failed = text.is_failed || !name.data;
    strbuf_release(&text);
    if (is_failed) {
        return FIELD_NONE;
    }
    split->more[split->more_count++] = (struct field){.name = name, .type = type, .kind = FIELD_BUILT_IN};
    str column = SQL(writer, templates[type] ? templates[type] : "$1 AS $2", sql, name);
    if (is_key) {
        add_key(split, name);
    }
    return select_column(split, column, name, field) ? field : FIELD_NONE;
}

static const struct expression *given_expression(struct group_splitter *split, const struct expression *of,
                                                 field_id field)
{
    struct expression *expression = field == FIELD_NONE ? NULL : arena_new(split->base.arena, struct expression);
    if (expression) {
        *expression = (struct expression){.kind = EXPRESSION_FIELD,
                                          .type = of->type,
                                          .syntax = of->syntax,
                                          .domain = of->domain,
                                          .field = field,
                                          .has_field = true};
    }
    return expression;
}

static void collect_fields(const struct expression *expression, struct field_set *fields)
{
    if (expression->kind == EXPRESSION_FIELD) {
        field_set_add(fields, expression->field);
    }
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        collect_fields(expression->operands[i], fields);
    }
}

/* SQL that says exactly what the expression says. */
static bool write_exact(struct group_splitter *split, const struct expression *expression, struct sql_value *ret_value)
{
    struct sql_writer *writer = &split->base.writer;
    sql_writer_reset(writer);
    bool is_written = sql_value_write(writer, expression, ret_value);
    if (is_written && (writer->doubt_count > 0 || writer->is_superset)) {
        return sql_refuse(writer, "the server may see some values otherwise");
    }
    return is_written;
}

/* ---- what became of the parts, for explain ---- */

static tocsin_status tell(struct group_splitter *split, const char *what, const struct expression *expression,
                          enum clickhouse_push push, const char *reason)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_QUERY_RUN_BYTES);
    strbuf_append(&text, str_from_cstring(what));
    if (expression) {
        strbuf_append(&text, STR(" "));
        expression_append_text(&text, expression, split->base.target->schema);
    }
    tocsin_status status =
        text.is_failed ? error_memory(split->base.err)
                       : split_add_named(&split->base, split->plan, strbuf_str(&text), push, reason);
    strbuf_release(&text);
    return status;
}

static tocsin_status tell_left(struct group_splitter *split, const char *what, const struct expression *expression)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_QUERY_RUN_BYTES);
    const char *reason = split->base.writer.reason;
    strbuf_append_format(&text, "%s%sworked out here, once for all rows that are equal in what it reads", reason,
                         reason[0] ? ": " : "");
    strbuf_append_char(&text, '\0');
    tocsin_status status =
        text.is_failed ? error_memory(split->base.err) : tell(split, what, expression, PUSH_WEAKER, text.data);
    strbuf_release(&text);
    return status;
}

/* ---- groups as fine as an expression needs ---- */

/* Values that hardly two rows share: to group by them is to send all rows. */
static bool is_hardly_shared(const struct schema *schema, field_id id)
{
    const struct field *field = schema_field(schema, id);
    return field->domain == DOMAIN_TIME_MS || field->type == TYPE_BYTES;
}

/* The server groups by all that the expression reads, unless hardly two rows are equal in that. */
static void need_fields(struct group_splitter *split, const struct expression *expression, bool is_key)
{
    struct field_set fields = {{0}};
    const struct schema *schema = split->base.target->schema;
    collect_fields(expression, &fields);
    for (size_t id = 0; id < split->field_count; id++) {
        if (!field_set_has(&fields, (field_id)id) || field_set_has(&split->fields, (field_id)id)) {
            continue;
        }
        bool is_plain_key = is_key && expression->kind == EXPRESSION_FIELD;
        if (!is_plain_key && is_hardly_shared(schema, (field_id)id)) {
            split->reason = "it would take groups of values that hardly two rows share";
        }
        split->is_fine |= !is_plain_key;
        field_set_add(&split->fields, (field_id)id);
    }
}

/* The value of the expression, or all that it reads, becomes a key of the server's groups. */
static tocsin_status need_value(struct group_splitter *split, const char *what, const struct expression *expression,
                                bool is_key, const struct expression **ret_expression)
{
    struct sql_value value = {STR_EMPTY, false};
    *ret_expression = expression;
    split->base.writer.reason[0] = '\0';
    if (!expression->has_field) {
        return tell(split, what, expression, PUSH_EXACT, ""); /* the same in all rows */
    }
    if (expression->kind == EXPRESSION_FIELD) {
        need_fields(split, expression, is_key);
        return tell(split, what, expression, PUSH_EXACT, "");
    }
    if (!write_exact(split, expression, &value)) {
        need_fields(split, expression, is_key);
        return split->base.writer.is_failed ? error_memory(split->base.err) : tell_left(split, what, expression);
    }
    split->is_fine |= !is_key;
    *ret_expression = given_expression(split, expression, give_field(split, expression->type, value.text, true));
    return *ret_expression ? tell(split, what, expression, PUSH_EXACT, "") : error_memory(split->base.err);
}

/* ---- conditions ---- */

static tocsin_status take_conjuncts(struct group_splitter *split, const struct expression *const *conjuncts,
                                    uint32_t count, const struct expression ***ret_kept, uint32_t *ret_count,
                                    struct strbuf *where)
{
    const struct expression **kept = arena_array(split->base.arena, const struct expression *, count + 1);
    uint32_t kept_count = 0;
    tocsin_status status = kept ? TOCSIN_OK : error_memory(split->base.err);
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        str text = STR_EMPTY;
        split->base.is_exact = true;
        status = split_write_conjunct(&split->base, split->plan, conjuncts[i], &text);
        strbuf_append(where, text.len > 0 && where->len > 0 ? STR(" AND ") : STR_EMPTY);
        strbuf_append(where, text);
        if (status == TOCSIN_OK && !split->base.is_exact) {
            need_fields(split, conjuncts[i], false);
            kept[kept_count++] = conjuncts[i];
        }
    }
    *ret_kept = kept;
    *ret_count = kept_count;
    return status;
}

static tocsin_status write_conditions(struct group_splitter *split, struct strbuf *where)
{
    const struct plan *plan = split->plan;
    struct plan *copy = split->copy;
    split->base.writer.is_null_sql = plan->is_null_sql;
    strbuf_append(where, split_write_days(&split->base, plan));
    tocsin_status status =
        take_conjuncts(split, plan->early, plan->early_count, &copy->early, &copy->early_count, where);
    if (status == TOCSIN_OK) {
        status = take_conjuncts(split, plan->late, plan->late_count, &copy->late, &copy->late_count, where);
    }
    copy->late_monotone = NULL;
    copy->late_monotone_count = 0;
    if (status == TOCSIN_OK && text_lacks_memory(where)) {
        status = error_memory(split->base.err);
    } else if (status == TOCSIN_OK && text_is_too_long(where)) {
        split->reason = "its conditions are too long for a query of ClickHouse";
    }
    return status;
}

/* ---- places ---- */

/* The place of a row; with its name the first time, later only that. */
static str write_place(struct group_splitter *split)
{
    struct sql_writer *writer = &split->base.writer;
    if (split->has_place) {
        return STR("_place");
    }
    const struct expression time = {.kind = EXPRESSION_FIELD, .type = TYPE_INT64, .field = FIELD_STARTTIME};
    struct sql_value value = {STR_EMPTY, false};
    sql_writer_reset(writer);
    if (split->keeps_input_order) {
        value.text = STR("toInt64(0)");
    } else if (!sql_value_write(writer, &time, &value)) {
        split->reason = "the table has no column of starttime";
        return STR("''");
    }
    split->has_place = true;
    str text = value.may_be_null ? SQL(writer, "ifNull($1, $2)", value.text, sql_long(writer, INT64_MIN)) : value.text;
    return SQL(writer, split->keeps_input_order
                   ? "concat(" PLACE_TIME ", " PLACE_PART("_input") ", " PLACE_PART("toInt64(0)") ", " PLACE_PART(
                         "_row") ") AS _place"
                   : "concat(" PLACE_TIME ", " PLACE_PART("_input") ", " PLACE_PART("_line") ", " PLACE_PART(
                         "_row") ") AS _place",
               text);
}

static field_id give_place(struct group_splitter *split, const char *template)
{
    struct sql_writer *writer = &split->base.writer;
    return give_field(split, TYPE_BYTES, SQL(writer, template, write_place(split)), false);
}

/* The order says of any two groups which is first. */
static bool is_order_total(const struct plan *plan)
{
    for (uint32_t key = 0; key < plan->group->key_count; key++) {
        bool is_ordered = false;
        for (uint32_t i = 0; i < plan->order_count; i++) {
            const struct plan_order *order = &plan->orders[i];
            is_ordered |= order->expression->kind == EXPRESSION_FIELD && order->expression->field == key &&
                          order->collation.len == 0;
        }
        if (!is_ordered) {
            return false;
        }
    }
    return true;
}

static bool has_kind(const struct plan_group *group, enum aggregate_kind kind)
{
    for (uint32_t i = 0; i < group->aggregate_count; i++) {
        if (group->aggregates[i].kind == kind) {
            return true;
        }
    }
    return false;
}

static tocsin_status write_places(struct group_splitter *split)
{
    const struct plan_group *group = split->plan->group;
    split->given->first = FIELD_NONE;
    split->given->last = FIELD_NONE;
    if (!is_order_total(split->plan) || has_kind(group, AGGREGATE_FIRST)) {
        split->given->first = give_place(split, "min($1)");
        if (split->given->first == FIELD_NONE) {
            return error_memory(split->base.err);
        }
    }
    if (has_kind(group, AGGREGATE_LAST)) {
        split->given->last = give_place(split, "max($1)");
        if (split->given->last == FIELD_NONE) {
            return error_memory(split->base.err);
        }
    }
    return TOCSIN_OK;
}

/* ---- aggregates ---- */

/* MIN and MAX, as SQL; empty: memory is out. A NaN is greater than every number. */
static str write_extreme(struct group_splitter *split, const struct plan_aggregate *aggregate,
                         const struct sql_value *value)
{
    struct sql_writer *writer = &split->base.writer;
    bool is_max = aggregate->kind == AGGREGATE_MAX;
    if (aggregate->argument->type == TYPE_INT64 && aggregate->argument->kind != EXPRESSION_FIELD) {
        /* A recent server makes min(x) * 3 of min(x * 3), which is something else where that wraps. */
        return SQL(writer, is_max ? "max(bitOr($1, 0))" : "min(bitOr($1, 0))", value->text);
    }
    if (aggregate->argument->type != TYPE_DOUBLE) {
        return SQL(writer, is_max ? "max($1)" : "min($1)", value->text);
    }
    str plain = value->may_be_null ? SQL(writer, "ifNull($1, toFloat64(0))", value->text) : value->text;
    str is_nan = SQL(writer, "ifNull(isNaN($1), 0)", value->text);
    str is_number = SQL(writer, "ifNull(NOT isNaN($1), 0)", value->text);
    return is_max ? SQL(writer, "multiIf(countIf($2) > 0, nan, countIf($3) > 0, maxIf($1, $3), NULL)", plain, is_nan,
                        is_number)
                  : SQL(writer, "multiIf(countIf($3) > 0, minIf($1, $3), countIf($2) > 0, nan, NULL)", plain, is_nan,
                        is_number);
}

/* FIRST and LAST: the value, or the null, of the row whose place is least or greatest. */
static str write_placed(struct group_splitter *split, const struct plan_aggregate *aggregate,
                        const struct sql_value *value)
{
    static const char *const fillers[TYPE_COUNT] = {[TYPE_BOOL] = "toUInt8(0)",    [TYPE_INT64] = "toInt64(0)",
                                                    [TYPE_DOUBLE] = "toFloat64(0)", [TYPE_STRING] = "''",
                                                    [TYPE_BYTES] = "''",            [TYPE_IP] = "''"};
    struct sql_writer *writer = &split->base.writer;
    enum value_type type = aggregate->argument->type;
    str choose = aggregate->kind == AGGREGATE_FIRST ? STR("argMin") : STR("argMax");
    str text = type == TYPE_IP ? SQL(writer, "concat($1, '')", value->text) : value->text;
    text = value->may_be_null ? SQL(writer, "ifNull($1, $2)", text, str_from_cstring(fillers[type])) : text;
    text = SQL(writer, "$1($2, _place)", choose, text);
    text = type == TYPE_IP ? SQL(writer, "toFixedString($1, 16)", text) : text;
    return value->may_be_null
               ? SQL(writer, "if($1(toUInt8(isNull($2)), _place) = 1, NULL, $3)", choose, value->text, text)
               : text;
}

static bool is_wanted_whole(const struct group_splitter *split, const struct plan_aggregate *aggregate)
{
    switch (aggregate->kind) {
    case AGGREGATE_COUNT:
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST:
        return true;
    case AGGREGATE_SUM:
    case AGGREGATE_AVG:
        return aggregate->argument->type == TYPE_INT64;
    case AGGREGATE_UNIQUECOUNT:
        return !split->is_fine; /* counts of values that are in several groups can't be added */
    default:
        return false;
    }
}

static bool give_parts(struct group_splitter *split, uint32_t index, const char *const *templates, uint32_t count,
                       str value)
{
    struct plan_given_parts *parts = &split->parts[index];
    parts->count = count;
    for (uint32_t i = 0; i < count; i++) {
        str sql = SQL(&split->base.writer, templates[i], value);
        parts->fields[i] = give_field(split, TYPE_INT64, sql, false);
        if (parts->fields[i] == FIELD_NONE) {
            return false;
        }
    }
    return true;
}

/* The aggregate of a value that SQL says exactly. */
static bool give_aggregate(struct group_splitter *split, uint32_t index, const struct sql_value *value)
{
    static const char *const counts[] = {"count($1)"};
    static const char *const uniques[] = {"uniqExact($1)"};
    static const char *const sums[PLAN_GIVEN_PARTS] = {"count($1)", "sum(bitAnd($1, 2097151))",
                                                       "sum(bitAnd(bitShiftRight($1, 21), 2097151))",
                                                       "sum(bitShiftRight($1, 42))"};
    struct sql_writer *writer = &split->base.writer;
    struct plan_aggregate *aggregate = &split->group->aggregates[index];
    str text = value->text;
    switch (aggregate->kind) {
    case AGGREGATE_COUNT:
        return give_parts(split, index, counts, 1, text);
    case AGGREGATE_UNIQUECOUNT:
        if (aggregate->argument->type == TYPE_DOUBLE) { /* one NaN, one zero */
            text = SQL(writer, "multiIf(isNaN($1), nan, $1 = 0, toFloat64(0), $1)", text);
        }
        aggregate->kind = AGGREGATE_COUNT; /* that is what it is now */
        return give_parts(split, index, uniques, 1, text);
    case AGGREGATE_SUM:
    case AGGREGATE_AVG:
        return give_parts(split, index, sums, PLAN_GIVEN_PARTS, text);
    default:
        break;
    }
    bool is_extreme = aggregate->kind == AGGREGATE_MIN || aggregate->kind == AGGREGATE_MAX;
    text = is_extreme ? write_extreme(split, aggregate, value) : write_placed(split, aggregate, value);
    field_id field = give_field(split, aggregate->argument->type, text, false);
    aggregate->argument = given_expression(split, aggregate->argument, field);
    return aggregate->argument != NULL;
}

static tocsin_status tell_aggregate(struct group_splitter *split, uint32_t index, bool is_pushed)
{
    const struct plan_group *group = split->plan->group;
    const struct field *field = schema_field(group->schema, (field_id)(group->key_count + index));
    str name = field->description.len > 0 ? field->description : field->name;
    return is_pushed ? split_add_named(&split->base, split->plan, name, PUSH_EXACT, "")
                     : split_add_named(&split->base, split->plan, name, PUSH_WEAKER,
                                       "it is made here, of the values and how often they are there");
}

static tocsin_status add_aggregate(struct group_splitter *split, uint32_t index)
{
    struct plan_aggregate *aggregate = &split->group->aggregates[index];
    struct sql_value value = {STR_EMPTY, false};
    if (!aggregate->argument || !aggregate->argument->has_field) {
        return tell_aggregate(split, index, true); /* how many rows there are is known */
    }
    if (is_wanted_whole(split, aggregate) && write_exact(split, aggregate->argument, &value)) {
        return give_aggregate(split, index, &value) ? tell_aggregate(split, index, true)
                                                    : error_memory(split->base.err);
    }
    tocsin_status status = need_value(split, "values of", aggregate->argument, false, &aggregate->argument);
    return status == TOCSIN_OK ? tell_aggregate(split, index, false) : status;
}

/* Those that make groups finer first, as UNIQUECOUNT wants to know whether they are. */
static tocsin_status add_aggregates(struct group_splitter *split)
{
    tocsin_status status = TOCSIN_OK;
    const struct plan_group *group = split->plan->group;
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; status == TOCSIN_OK && i < group->aggregate_count; i++) {
            if ((group->aggregates[i].kind == AGGREGATE_UNIQUECOUNT) == (round == 1)) {
                status = add_aggregate(split, i);
            }
        }
    }
    return status;
}

/* ---- the SELECT ---- */

/* Columns of the log's fields by which the server groups; what the table lacks is the same in all rows. */
static tocsin_status add_fields(struct group_splitter *split)
{
    const struct clickhouse_target *target = split->base.target;
    for (size_t id = 0; id < split->field_count; id++) {
        const struct layout_column *column = NULL;
        if (!field_set_has(&split->fields, (field_id)id) || !layout_is_stored(target->schema, (field_id)id)) {
            continue;
        }
        if (target->table) {
            tocsin_status status =
                layout_table_field(target->table, target->schema, (field_id)id, &column, split->base.err);
            if (status != TOCSIN_OK) {
                return status;
            }
            if (!column) {
                continue;
            }
        }
        struct strbuf name;
        struct strbuf quoted;
        strbuf_init(&name, LIMIT_CLICKHOUSE_NAME_BYTES);
        strbuf_init(&quoted, LIMIT_CLICKHOUSE_SQL_BYTES);
        if (column) {
            strbuf_append(&name, column->name);
        } else {
            layout_column_name(target->schema, (field_id)id, &name);
        }
        layout_append_name(&quoted, strbuf_str(&name));
        str copy = arena_copy(split->base.arena, strbuf_str(&name));
        add_key(split, strbuf_str(&quoted));
        bool is_failed = name.is_failed || quoted.is_failed ||
                         !select_column(split, strbuf_str(&quoted), copy, (field_id)id);
        strbuf_release(&name);
        strbuf_release(&quoted);
        if (is_failed) {
            return error_memory(split->base.err);
        }
    }
    return TOCSIN_OK;
}

static tocsin_status write_sql(struct group_splitter *split, str where, struct clickhouse_rows *rows)
{
    struct splitter *base = &split->base;
    str prewhere = STR_EMPTY;
    struct strbuf sql;
    if (where.len > 0) {
        tocsin_status status = split_write_prewhere(base, &split->plan, 1, &prewhere);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    strbuf_init(&sql, 8 * LIMIT_CLICKHOUSE_SQL_BYTES);
    const struct {
        const char *word;
        str text;
    } clauses[] = {{"SELECT ", strbuf_str(&split->select)}, {"\nFROM ", base->target->table_name},
                   {"\nPREWHERE ", prewhere},               {"\nWHERE ", where},
                   {"\nGROUP BY ", strbuf_str(&split->keys)}};
    for (size_t i = 0; i < countof(clauses); i++) {
        if (clauses[i].text.len > 0) {
            strbuf_append(&sql, str_from_cstring(clauses[i].word));
            strbuf_append(&sql, clauses[i].text);
        }
    }
    rows->sql = arena_copy(base->arena, strbuf_str(&sql));
    bool is_failed = sql.is_failed || split->select.is_failed || split->keys.is_failed || !rows->sql.data;
    bool is_too_long = text_is_too_long(&split->select) || text_is_too_long(&split->keys) ||
                       sql.len > 2 * LIMIT_CLICKHOUSE_SQL_BYTES;
    strbuf_release(&sql);
    rows->fields = split->sql_fields;
    rows->field_count = split->sql_count;
    split->is_too_long |= is_too_long;
    return is_failed || is_too_long || base->writer.is_failed ? error_memory(base->err) : TOCSIN_OK;
}

/* HAVING, columns, order and limit. */
static tocsin_status tell_rest(struct group_splitter *split)
{
    const struct plan *plan = split->plan;
    tocsin_status status = TOCSIN_OK;
    if (plan->group->having) {
        status = tell(split, "HAVING", NULL, PUSH_NONE, "groups are tested here, when they are whole");
    }
    if (status == TOCSIN_OK && plan->order_count > 0) {
        status = tell(split, "ORDER BY", NULL, PUSH_NONE, "groups are sorted here, when they are whole");
    }
    if (status == TOCSIN_OK && plan->has_limit) {
        status = tell(split, "LIMIT", NULL, PUSH_NONE, "it is for groups in their order");
    }
    return status;
}

static tocsin_status begin(struct group_splitter *split)
{
    struct arena *arena = split->base.arena;
    const struct plan_group *group = split->plan->group;
    uint32_t most = group->key_count + group->aggregate_count * PLAN_GIVEN_PARTS + 3;
    split->field_count = schema_field_count(split->base.target->schema);
    split->copy = arena_new(arena, struct plan);
    split->group = arena_new(arena, struct plan_group);
    split->given = arena_new(arena, struct plan_given);
    split->parts = arena_array(arena, struct plan_given_parts, group->aggregate_count + 1);
    split->more = arena_array(arena, struct field, most);
    split->sql_fields = arena_array(arena, field_id, split->field_count + most);
    split->names = arena_array(arena, str, split->field_count + most);
    if (!split->copy || !split->group || !split->given || !split->parts || !split->more || !split->sql_fields ||
        !split->names) {
        return error_memory(split->base.err);
    }
    split->more_capacity = most;
    *split->copy = *split->plan;
    *split->group = *group;
    split->group->keys = arena_array(arena, const struct expression *, group->key_count + 1);
    split->group->aggregates = arena_array(arena, struct plan_aggregate, group->aggregate_count + 1);
    if (!split->group->keys || !split->group->aggregates) {
        return error_memory(split->base.err);
    }
    for (uint32_t i = 0; i < group->aggregate_count; i++) {
        split->group->aggregates[i] = group->aggregates[i];
    }
    split->copy->group = split->group;
    split->group->given = split->given;
    split->given->parts = split->parts;
    return TOCSIN_OK;
}

static tocsin_status split_plan(struct group_splitter *split, struct strbuf *where, struct clickhouse_rows *rows)
{
    const struct plan_group *group = split->plan->group;
    tocsin_status status = begin(split);
    status = status == TOCSIN_OK ? write_conditions(split, where) : status;
    status = status == TOCSIN_OK ? tell(split, "GROUP BY", NULL, PUSH_EXACT, OUTPUTS) : status;
    for (uint32_t i = 0; status == TOCSIN_OK && i < group->key_count; i++) {
        status = need_value(split, "key", group->keys[i], true, &split->group->keys[i]);
        split->is_fine |= group->keys[i]->type == TYPE_DOUBLE; /* zeros and NaNs are several there */
    }
    status = status == TOCSIN_OK ? write_places(split) : status;
    status = status == TOCSIN_OK ? add_aggregates(split) : status;
    if (status == TOCSIN_OK) {
        split->given->rows = give_field(split, TYPE_INT64, STR("count()"), false);
        status = split->given->rows == FIELD_NONE ? error_memory(split->base.err) : add_fields(split);
    }
    if (status != TOCSIN_OK || split->reason) {
        return status;
    }
    status = write_sql(split, strbuf_str(where), rows);
    return status == TOCSIN_OK ? tell_rest(split) : status;
}

/* ---- the plan ---- */

/* The plan in `plan` that groups rows of the log, if nothing else reads it; else NULL with the reason. */
static const struct plan *find_grouping(const struct plan *plan, const char **ret_reason)
{
    for (;; plan = plan->source.inner) {
        if (plan->subquery_count > 0) {
            *ret_reason = "a sub-select reads the same rows";
            return NULL;
        }
        if (plan->source.kind != PLAN_SOURCE_PLAN || !plan->source.inner) {
            break;
        }
    }
    *ret_reason = plan->source.kind != PLAN_SOURCE_LOG ? "a cursor is read"
                  : !plan->group                       ? "there are no groups"
                  : plan->session                      ? "sessions are numbered here, in the order of time"
                                                       : NULL;
    return *ret_reason ? NULL : plan;
}

/* The whole query around the copy. */
static const struct plan *wrap(struct group_splitter *split, const struct plan *whole)
{
    if (whole == split->plan) {
        return split->copy;
    }
    struct plan *copy = arena_new(split->base.arena, struct plan);
    const struct plan *inner = copy ? wrap(split, whole->source.inner) : NULL;
    if (!inner) {
        return NULL;
    }
    *copy = *whole;
    copy->source.inner = (struct plan *)(uintptr_t)inner; /* owned by the arena */
    return copy;
}

static tocsin_status give_groups(struct group_splitter *split, const struct plan *whole,
                                 struct clickhouse_groups *groups)
{
    tocsin_status status = schema_create_wider(split->base.target->schema, split->more, split->more_count,
                                               &groups->schema, split->base.err);
    if (status != TOCSIN_OK) {
        return status;
    }
    groups->fields = split->fields;
    for (uint32_t i = 0; i < split->more_count; i++) {
        field_set_add(&groups->fields, (field_id)(split->field_count + i));
    }
    split->copy->schema = groups->schema;
    split->copy->fields = groups->fields;
    groups->columns = split->names;
    groups->plan = wrap(split, whole);
    if (!groups->plan) {
        schema_free(groups->schema);
        groups->schema = NULL;
        return error_memory(split->base.err);
    }
    return TOCSIN_OK;
}

tocsin_status clickhouse_split_groups(const struct plan *plan, const struct clickhouse_target *target,
                                      bool keeps_input_order, struct arena *arena,
                                      struct clickhouse_groups *ret_groups, struct error *err)
{
    *ret_groups = (struct clickhouse_groups){0};
    struct group_splitter split = {
        .base = {.target = target,
                 .arena = arena,
                 .writer = {.target = target, .arena = arena, .schema = target->schema},
                 .err = err},
        .keeps_input_order = keeps_input_order,
    };
    split.plan = find_grouping(plan, &ret_groups->reason);
    if (!split.plan) {
        return TOCSIN_OK;
    }
    struct strbuf where;
    strbuf_init(&where, 2 * LIMIT_CLICKHOUSE_SQL_BYTES);
    strbuf_init(&split.select, 2 * LIMIT_CLICKHOUSE_SQL_BYTES);
    strbuf_init(&split.keys, 2 * LIMIT_CLICKHOUSE_SQL_BYTES);
    tocsin_status status = split_plan(&split, &where, &ret_groups->rows);
    strbuf_release(&where);
    strbuf_release(&split.select);
    strbuf_release(&split.keys);
    ret_groups->reason = split.reason;
    ret_groups->rows.parts = split.base.parts;
    ret_groups->rows.part_count = split.base.part_count;
    if (status == TOCSIN_ERROR_MEMORY && split.is_too_long && !split.base.writer.is_failed) {
        ret_groups->reason = "what would be asked for is too long for a query of ClickHouse";
        return TOCSIN_OK;
    }
    if (status == TOCSIN_OK && split.base.writer.is_failed) { /* then something was left out */
        return error_memory(err);
    }
    return status == TOCSIN_OK && !split.reason ? give_groups(&split, plan, ret_groups) : status;
}
