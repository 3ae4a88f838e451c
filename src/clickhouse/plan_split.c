/* plan_split.c - the SELECT of rows: WHERE of what can be written of the plans' conditions, PREWHERE of the literals
 * that rows must hold, and the first rows only where that is exact. */
#include "clickhouse/plan_split.h"

#include "clickhouse/plan_split_internal.h"
#include "plan/expression_text.h"
#include "plan/literals.h"

enum { PREWHERE_LITERALS_MAX = 64 };

tocsin_status split_add_part(struct splitter *splitter, struct clickhouse_part part)
{
    if (splitter->part_count == splitter->part_capacity) {
        uint32_t capacity = splitter->part_capacity ? splitter->part_capacity * 2 : 16;
        struct clickhouse_part *grown = arena_array(splitter->arena, struct clickhouse_part, capacity);
        if (!grown) {
            return error_memory(splitter->err);
        }
        if (splitter->part_count > 0) {
            memcpy(grown, splitter->parts, splitter->part_count * sizeof(*grown));
        }
        splitter->parts = grown;
        splitter->part_capacity = capacity;
    }
    splitter->parts[splitter->part_count++] = part;
    return TOCSIN_OK;
}

tocsin_status split_add_named(struct splitter *splitter, const struct plan *plan, str name, enum clickhouse_push push,
                              const char *reason)
{
    str text = arena_copy(splitter->arena, str_from_cstring(reason));
    const char *copy = arena_copy_cstring(splitter->arena, name);
    return text.data && copy
               ? split_add_part(splitter,
                                (struct clickhouse_part){
                                    .plan = plan, .name = copy, .push = push, .sql = STR_EMPTY, .reason = text})
               : error_memory(splitter->err);
}

/* ---- literals that rows must hold ---- */

/* Letters outside ASCII that become one of it in another case. */
static bool doubt_letters(struct sql_writer *writer, str value, str text)
{
    static const struct {
        char letter;
        const char *bytes;
    } letters[] = {{'k', "\\xE2\\x84\\xAA"}, {'s', "\\xC5\\xBF"}, {'i', "\\xC4\\xB0"}, {'i', "\\xC4\\xB1"}};
    for (size_t i = 0; i < countof(letters); i++) {
        bool has_letter = false;
        for (size_t j = 0; j < text.len; j++) {
            has_letter |= ascii_lower(text.data[j]) == letters[i].letter;
        }
        str bytes = str_from_cstring(letters[i].bytes);
        if (has_letter && !sql_doubt(writer, SQL(writer, "position($1, '$2') > 0", value, bytes))) {
            return false;
        }
    }
    return true;
}

/* A field's text, empty for null. */
static bool write_plain(struct sql_writer *writer, field_id field, str *ret_text)
{
    const struct expression expression = {
        .kind = EXPRESSION_FIELD, .field = field, .type = schema_field(writer->schema, field)->type};
    struct sql_value value = {STR_EMPTY, false};
    if ((expression.type != TYPE_STRING && expression.type != TYPE_BYTES) ||
        !sql_value_write(writer, &expression, &value)) {
        return false;
    }
    *ret_text = value.may_be_null ? SQL(writer, "ifNull($1, '')", value.text) : value.text;
    return ret_text->len > 0;
}

static bool write_literal(struct sql_writer *writer, const struct literal *literal, str *ret_text)
{
    str plain;
    if (!write_plain(writer, literal->field, &plain)) {
        return false;
    }
    str text = sql_string(writer, literal->text);
    *ret_text = literal->is_whole && !literal->ignores_case ? SQL(writer, "$1 = $2", plain, text)
                : literal->ignores_case ? SQL(writer, "positionCaseInsensitive($1, $2) > 0", plain, text)
                                        : SQL(writer, "position($1, $2) > 0", plain, text);
    return ret_text->len > 0 && (!literal->ignores_case || doubt_letters(writer, plain, literal->text));
}

/* How many literals, from the first on, are words of one field, which the server can look for at once. */
static uint32_t count_words(const struct sql_writer *writer, const struct literal *literals, uint32_t count)
{
    uint32_t words = 0;
    while (words < count && words < SQL_WORDS_MAX && literals[words].ignores_case &&
           literals[words].field == literals[0].field && sql_is_word(writer, literals[words].text)) {
        words++;
    }
    return words;
}

static bool write_words(struct sql_writer *writer, const struct literal *literals, uint32_t count, str *ret_text)
{
    str words[SQL_WORDS_MAX];
    str plain;
    for (uint32_t i = 0; i < count; i++) {
        words[i] = literals[i].text;
        if (!write_plain(writer, literals[i].field, &plain) || !doubt_letters(writer, plain, words[i])) {
            return false;
        }
    }
    *ret_text = sql_any_word(writer, plain, words, count);
    return ret_text->len > 0;
}

/* The literals by OR, each doubt once. False: they can't be asked for. */
static bool write_cover(struct sql_writer *writer, const struct literal *literals, uint32_t count, str *ret_text)
{
    str text = STR_EMPTY;
    for (uint32_t i = 0; i < count;) {
        str part;
        uint32_t words = count_words(writer, literals + i, count - i);
        if (words > 1 ? !write_words(writer, literals + i, words, &part)
                      : !write_literal(writer, &literals[i], &part)) {
            return false;
        }
        i += words > 1 ? words : 1;
        text = text.len > 0 ? SQL(writer, "$1 OR $2", text, part) : part;
    }
    *ret_text = text;
    return text.len > 0;
}

tocsin_status split_write_prewhere(struct splitter *splitter, const struct plan *const *plans, uint32_t plan_count,
                                    str *ret_text)
{
    struct sql_writer *writer = &splitter->writer;
    uint32_t total = 0;
    *ret_text = STR_EMPTY;
    str text = STR_EMPTY;
    sql_writer_reset(writer);
    for (uint32_t i = 0; i < plan_count; i++) {
        struct literal_cover *covers = NULL;
        uint32_t count = 0;
        str part;
        tocsin_status status = plan_literal_covers(plans[i], splitter->arena, &covers, &count, splitter->err);
        if (status != TOCSIN_OK) {
            return status;
        }
        const struct literal_cover *best = literal_covers_best(covers, count);
        total += best ? best->count : 0;
        if (!best || total > PREWHERE_LITERALS_MAX || !write_cover(writer, best->literals, best->count, &part)) {
            return writer->is_failed ? error_memory(splitter->err) : TOCSIN_OK;
        }
        text = text.len > 0 ? SQL(writer, "$1 OR $2", text, part) : part;
    }
    *ret_text = sql_with_doubts(writer, text);
    return writer->is_failed ? error_memory(splitter->err) : TOCSIN_OK;
}

/* ---- conditions ---- */

static const char *weaker_reason(const struct sql_writer *writer, bool is_whole)
{
    if (!is_whole) {
        return writer->reason[0] ? writer->reason : "the server may find more";
    }
    return "values that the server may see otherwise come, too, and are looked at here";
}

/* The literals that a value has to hold, where the condition itself can't be written. */
static tocsin_status write_by_literals(struct splitter *splitter, const struct expression *conjunct, str *ret_text)
{
    struct sql_writer *writer = &splitter->writer;
    struct literal *literals = NULL;
    uint32_t count = 0;
    char reason[SQL_REASON_BYTES];
    memcpy(reason, writer->reason, sizeof(reason));
    *ret_text = STR_EMPTY;
    tocsin_status status = expression_literals(conjunct, splitter->arena, &literals, &count, splitter->err);
    sql_writer_reset(writer);
    if (status == TOCSIN_OK && count > 0 && !write_cover(writer, literals, count, ret_text)) {
        *ret_text = STR_EMPTY;
    }
    memcpy(writer->reason, reason, sizeof(reason));
    return writer->is_failed ? error_memory(splitter->err) : status;
}

tocsin_status split_write_conjunct(struct splitter *splitter, const struct plan *plan,
                                    const struct expression *conjunct, str *ret_text)
{
    struct sql_writer *writer = &splitter->writer;
    bool is_whole = false;
    str text = STR_EMPTY;
    sql_writer_reset(writer);
    bool is_written = sql_weaker_write(writer, conjunct, false, &text, &is_whole);
    if (writer->is_failed) {
        return error_memory(splitter->err);
    }
    if (!is_written) {
        is_whole = false;
        tocsin_status status = write_by_literals(splitter, conjunct, &text);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    bool is_exact = is_whole && writer->doubt_count == 0;
    enum clickhouse_push push = text.len == 0 ? PUSH_NONE : is_exact ? PUSH_EXACT : PUSH_WEAKER;
    str reason = push == PUSH_EXACT ? STR_EMPTY : str_from_cstring(weaker_reason(writer, is_whole));
    reason = arena_copy(splitter->arena, reason);
    if (push != PUSH_NONE && writer->doubt_count > 0) {
        text = SQL(writer, "($1)", sql_with_doubts(writer, text));
    }
    if (!reason.data || writer->is_failed) {
        return error_memory(splitter->err);
    }
    splitter->is_exact &= push == PUSH_EXACT;
    splitter->is_but_doubts &= is_whole;
    for (uint32_t i = 0; is_whole && i < writer->doubt_count; i++) {
        splitter->doubts = splitter->doubts.len > 0 ? SQL(writer, "$1 OR $2", splitter->doubts, writer->doubts[i])
                                                    : writer->doubts[i];
        splitter->is_but_doubts &= splitter->doubts.len > 0; /* not too long */
    }
    *ret_text = text;
    return split_add_part(splitter,
                    (struct clickhouse_part){
                        .plan = plan, .expression = conjunct, .push = push, .sql = text, .reason = reason});
}

/* A time that is known before the run: a constant, NOW(), and sums and differences of these. */
static bool known_time(const struct clickhouse_target *target, const struct expression *expression, int64_t *ret_ms)
{
    int64_t left;
    int64_t right;
    if (expression->kind == EXPRESSION_CONSTANT && expression->constant.type == TYPE_INT64) {
        *ret_ms = expression->constant.integer;
        return true;
    }
    if (expression->kind == EXPRESSION_CALL && strcmp(expression->function->names[0], "NOW") == 0) {
        *ret_ms = target->now_ms;
        return target->has_now;
    }
    bool is_sum = expression->operator== OPERATOR_ADD;
    if (expression->kind != EXPRESSION_ARITHMETIC || expression->operand_count != 2 ||
        (!is_sum && expression->operator!= OPERATOR_SUBTRACT) ||
        !known_time(target, expression->operands[0], &left) || !known_time(target, expression->operands[1], &right)) {
        return false;
    }
    return is_sum ? !__builtin_add_overflow(left, right, ret_ms) : !__builtin_sub_overflow(left, right, ret_ms);
}

struct time_range {
    int64_t min_ms;
    int64_t max_ms;
};

static void narrow_range(const struct clickhouse_target *target, const struct expression *conjunct,
                         struct time_range *range)
{
    int64_t time_ms;
    if (conjunct->kind != EXPRESSION_COMPARE || conjunct->operands[0]->kind != EXPRESSION_FIELD ||
        conjunct->operands[0]->field != FIELD_STARTTIME || !known_time(target, conjunct->operands[1], &time_ms)) {
        return;
    }
    enum syntax_operator operator= conjunct->operator;
    if ((operator== OPERATOR_GREATER || operator== OPERATOR_GREATER_EQUAL || operator== OPERATOR_EQUAL) &&
        time_ms > range->min_ms) {
        range->min_ms = time_ms;
    }
    if ((operator== OPERATOR_LESS || operator== OPERATOR_LESS_EQUAL || operator== OPERATOR_EQUAL) &&
        time_ms < range->max_ms) {
        range->max_ms = time_ms;
    }
}

str split_write_days(struct splitter *splitter, const struct plan *plan)
{
    struct sql_writer *writer = &splitter->writer;
    struct time_range range = {INT64_MIN, INT64_MAX};
    if (plan->has_window) {
        range = (struct time_range){plan->window_min_ms, plan->window_max_ms};
    }
    for (uint32_t i = 0; i < plan->early_count; i++) {
        narrow_range(splitter->target, plan->early[i], &range);
    }
    for (uint32_t i = 0; i < plan->late_count; i++) {
        narrow_range(splitter->target, plan->late[i], &range);
    }
    str text = STR_EMPTY;
    if (range.min_ms != INT64_MIN) {
        text = SQL(writer, "_day >= toDate($1)", sql_integer(writer, layout_day(range.min_ms)));
    }
    if (range.max_ms != INT64_MAX) {
        str last = SQL(writer, "_day <= toDate($1)", sql_integer(writer, layout_day(range.max_ms)));
        text = text.len > 0 ? SQL(writer, "$1 AND $2", text, last) : last;
    }
    return text;
}

/* All conditions of one plan; empty: it wants every row. */
static tocsin_status write_plan(struct splitter *splitter, const struct plan *plan, str *ret_text)
{
    const struct expression *const *lists[] = {plan->early, plan->late};
    const uint32_t counts[] = {plan->early_count, plan->late_count};
    struct strbuf all;
    strbuf_init(&all, 2 * LIMIT_CLICKHOUSE_SQL_BYTES);
    strbuf_append(&all, split_write_days(splitter, plan));
    splitter->is_exact = true;
    splitter->is_but_doubts = true;
    splitter->doubts = STR_EMPTY;
    splitter->writer.is_null_sql = plan->is_null_sql;
    tocsin_status status = TOCSIN_OK;
    for (size_t list = 0; list < countof(lists); list++) {
        for (uint32_t i = 0; status == TOCSIN_OK && i < counts[list]; i++) {
            str text = STR_EMPTY;
            status = split_write_conjunct(splitter, plan, lists[list][i], &text);
            strbuf_append(&all, text.len > 0 && all.len > 0 ? STR(" AND ") : STR_EMPTY);
            strbuf_append(&all, text);
        }
    }
    if (status == TOCSIN_OK) {
        *ret_text = arena_copy(splitter->arena, strbuf_str(&all));
        bool is_failed = !ret_text->data || splitter->writer.is_failed || text_lacks_memory(&all);
        status = is_failed ? error_memory(splitter->err) : TOCSIN_OK;
    }
    if (status == TOCSIN_OK && text_is_too_long(&all)) {
        *ret_text = STR_EMPTY;
        splitter->is_exact = false;
        splitter->is_but_doubts = false;
    }
    strbuf_release(&all);
    return status;
}

static tocsin_status write_where(struct splitter *splitter, const struct plan *const *plans, uint32_t plan_count,
                                 struct strbuf *where)
{
    bool wants_all = false;
    for (uint32_t i = 0; i < plan_count; i++) {
        str text = STR_EMPTY;
        tocsin_status status = write_plan(splitter, plans[i], &text);
        if (status != TOCSIN_OK) {
            return status;
        }
        wants_all |= text.len == 0;
        strbuf_append(where, i > 0 ? STR("\n   OR ") : STR_EMPTY);
        strbuf_append(where, plan_count > 1 ? STR("(") : STR_EMPTY);
        strbuf_append(where, text);
        strbuf_append(where, plan_count > 1 ? STR(")") : STR_EMPTY);
    }
    bool is_too_long = text_is_too_long(where);
    if (text_lacks_memory(where)) {
        return error_memory(splitter->err);
    }
    if (wants_all || is_too_long) { /* too long: all rows come */
        splitter->is_exact &= !is_too_long;
        splitter->is_but_doubts &= !is_too_long;
        strbuf_release(where);
    }
    return TOCSIN_OK;
}

/* The plans of one kind: (condition AND (one of them)). */
static tocsin_status write_scoped_kind(struct splitter *splitter, const struct plan *const *plans, uint32_t plan_count,
                                       const struct clickhouse_rows_options *options, bool looks_around,
                                       struct strbuf *where)
{
    struct strbuf part;
    uint32_t count = 0;
    const struct plan **chosen = arena_array(splitter->arena, const struct plan *, plan_count + 1);
    if (!chosen) {
        return error_memory(splitter->err);
    }
    for (uint32_t i = 0; i < plan_count; i++) {
        if (options->looks_around[i] == looks_around) {
            chosen[count++] = plans[i];
        }
    }
    if (count == 0) {
        return TOCSIN_OK;
    }
    strbuf_init(&part, LIMIT_CLICKHOUSE_SQL_BYTES / 2); /* it may have half of that: both kinds, and which rows */
    tocsin_status status = write_where(splitter, chosen, count, &part);
    strbuf_append(where, STR("("));
    strbuf_append(where, looks_around ? options->scope->around : options->scope->arrived);
    strbuf_append(where, part.len > 0 ? STR(" AND (") : STR_EMPTY);
    strbuf_append(where, strbuf_str(&part));
    strbuf_append(where, part.len > 0 ? STR("))\nOR ") : STR(")\nOR "));
    strbuf_release(&part);
    return status;
}

static tocsin_status write_scoped_where(struct splitter *splitter, const struct plan *const *plans,
                                        uint32_t plan_count, const struct clickhouse_rows_options *options,
                                        struct strbuf *where)
{
    tocsin_status status = write_scoped_kind(splitter, plans, plan_count, options, false, where);
    status = status == TOCSIN_OK ? write_scoped_kind(splitter, plans, plan_count, options, true, where) : status;
    strbuf_append(where, STR("("));
    strbuf_append(where, options->scope->witnesses);
    strbuf_append(where, STR(")"));
    if (status == TOCSIN_OK && where->is_failed) {
        status = error_memory(splitter->err);
    }
    return status;
}

/* ---- columns ---- */

static tocsin_status write_columns(struct splitter *splitter, const struct clickhouse_rows_options *options,
                                   struct strbuf *sql, struct clickhouse_rows *rows)
{
    const struct schema *schema = splitter->target->schema;
    size_t field_count = schema_field_count(schema);
    field_id *fields = arena_array(splitter->arena, field_id, field_count + 1);
    if (!fields) {
        return error_memory(splitter->err);
    }
    for (size_t id = 0; id < field_count; id++) {
        field_id field = (field_id)id;
        const struct layout_column *column = NULL;
        if (!field_set_has(&options->fields, field) || !layout_is_stored(schema, field)) {
            continue;
        }
        if (splitter->target->table) {
            tocsin_status status =
                layout_table_field(splitter->target->table, schema, field, &column, splitter->err);
            if (status != TOCSIN_OK) {
                return status;
            }
            if (!column) {
                continue;
            }
        }
        struct strbuf name;
        strbuf_init(&name, LIMIT_CLICKHOUSE_NAME_BYTES);
        if (!column) {
            layout_column_name(schema, field, &name);
        }
        strbuf_append(sql, sql->len > 0 ? STR(", ") : STR_EMPTY);
        layout_append_name(sql, column ? column->name : strbuf_str(&name));
        sql->is_failed |= name.is_failed;
        strbuf_release(&name);
        fields[rows->field_count++] = field;
    }
    rows->fields = fields;
    rows->has_places = options->wants_places;
    rows->has_evidence = options->wants_evidence;
    rows->has_blocks = options->scope != NULL;
    const char *places = options->scope            ? "_line, _input, _source, _evidence, _block"
                         : options->wants_evidence ? "_line, _input, _source, _evidence"
                         : options->wants_places   ? "_line, _input"
                         : rows->field_count == 0  ? "_line"
                                                   : "";
    strbuf_append(sql, *places && rows->field_count > 0 ? STR(", ") : STR_EMPTY);
    strbuf_append(sql, str_from_cstring(places));
    return TOCSIN_OK;
}

/* ---- the first rows ---- */

static tocsin_status refuse_order(struct splitter *splitter, const struct plan *plan, const char *reason)
{
    return split_add_named(splitter, plan, STR("first rows"), PUSH_NONE, reason);
}

/* One key of ORDER BY; false with the reason. */
static bool write_order(struct sql_writer *writer, const struct plan_order *order, struct strbuf *sql)
{
    struct sql_value value = {STR_EMPTY, false};
    if (order->collation.len > 0) {
        return sql_refuse(writer, "the server may collate otherwise");
    }
    if (order->expression->type == TYPE_DOUBLE) {
        return sql_refuse(writer, "the server may place doubles that are no number otherwise");
    }
    if (!sql_value_write(writer, order->expression, &value)) {
        return false;
    }
    if (writer->doubt_count > 0) {
        return sql_refuse(writer, "the server may see some values of ORDER BY otherwise");
    }
    strbuf_append(sql, value.text);
    strbuf_append(sql, order->is_descending ? STR(" DESC NULLS LAST, ") : STR(" ASC NULLS FIRST, "));
    return true;
}

/* The keys, and behind them what equal rows go by here. */
static bool write_orders(struct splitter *splitter, const struct plan *plan, bool keeps_input_order,
                         struct strbuf *order)
{
    sql_writer_reset(&splitter->writer);
    for (uint32_t i = 0; i < plan->order_count; i++) {
        if (!write_order(&splitter->writer, &plan->orders[i], order)) {
            return false;
        }
    }
    if (plan->order_count == 0 && keeps_input_order) {
        strbuf_append(order, STR("_input, _row"));
    } else {
        strbuf_append(order, plan->order_count == 0 ? STR("starttime DESC, ") : STR_EMPTY);
        strbuf_append(order, STR("_input, _line, _row"));
    }
    strbuf_append_format(order, " LIMIT %llu", (unsigned long long)plan->limit);
    return true;
}

/* The SELECT of rows, in its parts. */
struct select_parts {
    str columns;
    str source; /* FROM, PREWHERE */
    str where;  /* empty: all rows */
};

static void append_where(struct strbuf *sql, str where, const char *more, str doubts)
{
    strbuf_append(sql, where.len > 0 || doubts.len > 0 ? STR("\nWHERE ") : STR_EMPTY);
    if (doubts.len == 0) {
        strbuf_append(sql, where);
        return;
    }
    strbuf_append_format(sql, "(%.*s) AND %sifNull(%.*s, 0)", STR_ARG(where), more, STR_ARG(doubts));
}

/* Of the rows without a doubt the first, and all of the others, in the order in which all rows come. */
static void append_first_rows(const struct splitter *splitter, const struct select_parts *parts, str order,
                              struct strbuf *sql)
{
    strbuf_append_format(sql, "SELECT %.*s\nFROM (\nSELECT %.*s, _input, _row", STR_ARG(parts->columns),
                         STR_ARG(parts->columns));
    strbuf_append(sql, parts->source);
    append_where(sql, parts->where, "NOT ", splitter->doubts);
    strbuf_append(sql, STR("\nORDER BY "));
    strbuf_append(sql, order);
    if (splitter->doubts.len > 0) {
        strbuf_append(sql, STR("\nUNION ALL\nSELECT "));
        strbuf_append(sql, parts->columns);
        strbuf_append(sql, STR(", _input, _row"));
        strbuf_append(sql, parts->source);
        append_where(sql, parts->where, "", splitter->doubts);
    }
    strbuf_append(sql, STR("\n)\nORDER BY _input, _row"));
}

/* LIMIT is asked for if the server's order of rows is ours. */
static tocsin_status write_limit(struct splitter *splitter, const struct plan *plan, bool keeps_input_order,
                                 const struct select_parts *parts, struct strbuf *sql)
{
    if (!plan->has_limit || plan->group) {
        return TOCSIN_OK;
    }
    size_t bytes = 2 * (parts->columns.len + parts->source.len + parts->where.len + splitter->doubts.len);
    const char *reason = !splitter->is_exact && !splitter->is_but_doubts ? "not all conditions are exact"
                         : bytes > LIMIT_CLICKHOUSE_SQL_BYTES            ? "it would be too long to be asked for"
                         : plan->session                                 ? "sessions need all rows"
                         : plan->limit > (uint64_t)INT64_MAX             ? "the limit is no limit"
                                                                         : NULL;
    if (reason) {
        return refuse_order(splitter, plan, reason);
    }
    struct strbuf order;
    strbuf_init(&order, LIMIT_CLICKHOUSE_PART_BYTES);
    bool is_written = write_orders(splitter, plan, keeps_input_order, &order);
    tocsin_status status = TOCSIN_OK;
    if (splitter->writer.is_failed || order.is_failed) {
        status = error_memory(splitter->err);
    } else if (!is_written) {
        status = refuse_order(splitter, plan, splitter->writer.reason);
    } else {
        str text = arena_copy(splitter->arena, strbuf_str(&order));
        append_first_rows(splitter, parts, text, sql);
        status = text.data ? split_add_part(splitter, (struct clickhouse_part){.plan = plan,
                                                                               .name = "first rows",
                                                                               .push = PUSH_EXACT,
                                                                               .sql = text,
                                                                               .reason = STR_EMPTY})
                           : error_memory(splitter->err);
    }
    strbuf_release(&order);
    return status;
}

/* ---- all ---- */

static tocsin_status write_parts(struct splitter *splitter, const struct plan *const *plans, uint32_t plan_count,
                                 const struct clickhouse_rows_options *options, struct strbuf *where,
                                 struct clickhouse_rows *rows, struct select_parts *ret_parts)
{
    struct strbuf columns;
    str prewhere = STR_EMPTY;
    strbuf_init(&columns, LIMIT_CLICKHOUSE_SQL_BYTES);
    tocsin_status status = write_columns(splitter, options, &columns, rows);
    bool filters = status == TOCSIN_OK && !options->is_counting;
    if (filters) {
        status = options->scope ? write_scoped_where(splitter, plans, plan_count, options, where)
                                : write_where(splitter, plans, plan_count, where);
    }
    if (filters && status == TOCSIN_OK && where->len > 0) {
        status = split_write_prewhere(splitter, plans, plan_count, &prewhere);
    }
    if (status == TOCSIN_OK && prewhere.len > 0 && options->scope) {
        prewhere = SQL(&splitter->writer, "$1 OR ($2)", prewhere, options->scope->witnesses);
    }
    if (status == TOCSIN_OK) {
        struct sql_writer *writer = &splitter->writer;
        ret_parts->columns = arena_copy(splitter->arena, strbuf_str(&columns));
        ret_parts->source = prewhere.len > 0
                                ? SQL(writer, "\nFROM $1\nPREWHERE $2", splitter->target->table_name, prewhere)
                                : STR_EMPTY;
        if (ret_parts->source.len == 0) { /* or that is too long */
            ret_parts->source = SQL(writer, "\nFROM $1", splitter->target->table_name);
        }
        ret_parts->where = strbuf_str(where);
        bool is_failed =
            writer->is_failed || columns.is_failed || !ret_parts->columns.data || ret_parts->source.len == 0;
        status = is_failed ? error_memory(splitter->err) : TOCSIN_OK;
    }
    strbuf_release(&columns);
    return status;
}

static tocsin_status write_select(struct splitter *splitter, const struct plan *const *plans, uint32_t plan_count,
                                  const struct clickhouse_rows_options *options, struct strbuf *sql,
                                  struct strbuf *where, struct clickhouse_rows *rows)
{
    struct select_parts parts;
    tocsin_status status = write_parts(splitter, plans, plan_count, options, where, rows, &parts);
    if (status == TOCSIN_OK && plan_count == 1 && plans[0]->group && options->group_reason) {
        status = split_add_named(splitter, plans[0], STR("GROUP BY"), PUSH_NONE, options->group_reason);
    }
    if (status == TOCSIN_OK && plan_count == 1 && !options->is_counting && !options->scope) {
        status = write_limit(splitter, plans[0], options->keeps_input_order, &parts, sql);
    }
    if (status == TOCSIN_OK && sql->len == 0) {
        strbuf_append(sql, STR("SELECT "));
        strbuf_append(sql, parts.columns);
        strbuf_append(sql, parts.source);
        append_where(sql, parts.where, "", STR_EMPTY);
        strbuf_append(sql, options->is_ordered ? STR("\nORDER BY _input, _row") : STR_EMPTY);
    }
    return status;
}

tocsin_status clickhouse_split_rows(const struct plan *const *plans, uint32_t plan_count,
                                    const struct clickhouse_target *target,
                                    const struct clickhouse_rows_options *options, struct arena *arena,
                                    struct clickhouse_rows *ret_rows, struct error *err)
{
    struct splitter splitter = {
        .target = target,
        .arena = arena,
        .writer = {.target = target, .arena = arena, .schema = target->schema},
        .is_exact = true,
        .err = err,
    };
    struct strbuf sql;
    struct strbuf where;
    strbuf_init(&sql, 2 * LIMIT_CLICKHOUSE_SQL_BYTES);
    strbuf_init(&where, 2 * LIMIT_CLICKHOUSE_SQL_BYTES);
    *ret_rows = (struct clickhouse_rows){.sql = STR_EMPTY};
    tocsin_status status = write_select(&splitter, plans, plan_count, options, &sql, &where, ret_rows);
    if (status == TOCSIN_OK) {
        ret_rows->sql = arena_copy(arena, strbuf_str(&sql));
        ret_rows->parts = splitter.parts;
        ret_rows->part_count = splitter.part_count;
        status = sql.is_failed || !ret_rows->sql.data ? error_memory(err) : TOCSIN_OK;
    }
    strbuf_release(&where);
    strbuf_release(&sql);
    return status;
}

/* ---- explain ---- */

static tocsin_status explain_part(const struct clickhouse_target *target, const struct clickhouse_part *part,
                                  struct arena *arena, struct explain_node *parent, struct error *err)
{
    static const char *const verdicts[] = {
        [PUSH_NONE] = "left here", [PUSH_WEAKER] = "pushed, and tested again here", [PUSH_EXACT] = "pushed"};
    struct strbuf text;
    strbuf_init(&text, LIMIT_QUERY_RUN_BYTES);
    bool is_prepared = part->push == PUSH_WEAKER && !part->expression;
    strbuf_append_format(&text, "%s: ", is_prepared ? "prepared there, made here" : verdicts[part->push]);
    if (part->expression) {
        expression_append_text(&text, part->expression, target->schema);
    } else {
        strbuf_append(&text, str_from_cstring(part->name));
    }
    const char *kind = part->push == PUSH_NONE ? "local" : "pushed";
    struct explain_node *node = explain_add(arena, parent, kind, strbuf_str(&text));
    bool is_failed = text.is_failed || !node;
    strbuf_release(&text);
    if (!is_failed && part->reason.len > 0) {
        is_failed = !explain_add(arena, node, "reason", part->reason);
    }
    return is_failed ? error_memory(err) : TOCSIN_OK;
}

tocsin_status clickhouse_explain(const struct clickhouse_target *target, const struct clickhouse_rows *rows,
                                 struct arena *arena, struct explain_node *parent, struct error *err)
{
    str dialect = clickhouse_dialect_name(target->dialect);
    struct explain_node *node = explain_add_format(arena, parent, "clickhouse", "ClickHouse %.*s%s", STR_ARG(dialect),
                                                   target->dialect == CLICKHOUSE_MODERN ? " and later" : "");
    if (!node) {
        return error_memory(err);
    }
    str rest = rows->sql;
    while (rest.len > 0) {
        size_t end = str_find_char(rest, '\n', 0);
        if (!explain_add(arena, node, "sql", str_slice(rest, 0, end))) {
            return error_memory(err);
        }
        rest = end == SIZE_MAX ? STR_EMPTY : str_skip(rest, end + 1);
    }
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; status == TOCSIN_OK && i < rows->part_count; i++) {
        status = explain_part(target, &rows->parts[i], arena, node, err);
    }
    return status;
}
