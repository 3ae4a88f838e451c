/* sql_known.c - functions the server does not have: what they give for each value that is known, worked out here, as a
 * list for transform(). Values that are not on it are in doubt. Known are the values of the column, if somebody asked
 * for them; else, of integers, those that ids have as a rule. */
#include "base/limits.h"
#include "base/memory.h"
#include "clickhouse/known_values.h"
#include "clickhouse/sql_writer.h"

enum { KNOWN_IDS = 65536 };

struct known {
    struct sql_writer *writer;
    const struct expression *expression;
    uint32_t varying; /* the operand that varies */
    struct sql_value key;
    const struct column *values; /* NULL: ids from 0 */
    uint32_t value_count;
    str keys;    /* of the lists */
    str results; /* as SQL */
    struct strbuf key_list;
    struct strbuf result_list;
    struct strbuf null_list;
    struct strbuf known_list; /* of `values`, all */
    str other;                /* the result of what is not on the list */
    bool has_other;
    bool is_cut; /* a value of a list has no text */
};

/* Of an address as a key of transform(), which takes no FixedString: what the server's hex() gives. */
static str hex_text(struct sql_writer *writer, const struct ip *ip)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_CLICKHOUSE_PART_BYTES);
    for (size_t i = 0; i < sizeof(ip->bytes); i++) {
        strbuf_append_format(&text, "%02X", ip->bytes[i]);
    }
    writer->is_failed |= text.is_failed;
    str result = sql_string(writer, strbuf_str(&text));
    strbuf_release(&text);
    return result;
}

static str key_text(struct known *known, const struct column *column, uint32_t row)
{
    switch (column->type) {
    case TYPE_INT64: /* literals of more than 32 bits are UInt64, which an array does not mix with negative ones */
        return column_integer(column, row) > INT32_MAX ? sql_long(known->writer, column_integer(column, row))
                                                       : sql_integer(known->writer, column_integer(column, row));
    case TYPE_STRING:
    case TYPE_BYTES:
        return sql_string(known->writer, column_string(column, row));
    case TYPE_IP:
        return sql_ip(known->writer, column_ip(column, row));
    default:
        return STR_EMPTY;
    }
}

static str result_text(struct known *known, const struct column *column, uint32_t row)
{
    struct sql_writer *writer = known->writer;
    switch (column->type) {
    case TYPE_INT64:
        return sql_long(writer, column_integer(column, row));
    case TYPE_BOOL:
        return column_bool(column, row) ? STR("toUInt8(1)") : STR("toUInt8(0)");
    case TYPE_DOUBLE:
        return sql_double(writer, column_double(column, row));
    case TYPE_STRING:
        return sql_string(writer, column_string(column, row));
    default:
        return STR_EMPTY;
    }
}

static void list_add(struct known *known, struct strbuf *list, str item)
{
    strbuf_append(list, list->len > 0 ? STR(", ") : STR_EMPTY);
    strbuf_append(list, item);
    known->is_cut |= item.len == 0;
}

/* The rows of the result, with those of the keys, to the lists. */
static void take_results(struct known *known, const struct column *keys, const struct column *results, uint32_t count)
{
    for (uint32_t row = 0; row < count; row++) {
        str key = key_text(known, keys, row);
        if (known->values) {
            list_add(known, &known->known_list, key);
        }
        if (!column_is_valid(results, row)) {
            list_add(known, &known->null_list, key);
            continue;
        }
        str result = result_text(known, results, row);
        if (!known->has_other) {
            known->other = arena_copy(known->writer->arena, result);
            known->writer->is_failed |= !known->other.data;
            known->has_other = true;
        }
        if (!str_eq(result, known->other)) {
            bool is_ip = keys->type == TYPE_IP;
            list_add(known, &known->key_list, is_ip ? hex_text(known->writer, column_ip(keys, row)) : key);
            list_add(known, &known->result_list, result);
        }
    }
}

static bool run_kernel(struct known *known, struct arena *arena, const struct column *keys, uint32_t count,
                       struct column *ret_results)
{
    const struct expression *expression = known->expression;
    const struct clickhouse_target *target = known->writer->target;
    const struct function_environment environment = {.now_ms = target->now_ms,
                                                     .zone = target->zone,
                                                     .log_sources = target->log_sources,
                                                     .lookups = target->lookups};
    const struct function_call call = {.environment = &environment, .arena = arena, .prepared = expression->prepared};
    struct column *columns = arena_array(arena, struct column, expression->operand_count);
    const struct column **arguments = arena_array(arena, const struct column *, expression->operand_count);
    uint16_t *rows = arena_array(arena, uint16_t, BATCH_ROWS_MAX);
    if (!columns || !arguments || !rows || !column_init(ret_results, expression->type, arena)) {
        return false;
    }
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        arguments[i] = i == known->varying ? keys : &columns[i];
        const struct expression *operand = expression->operands[i];
        if (i != known->varying && !column_from_value(&operand->constant, operand->type, arena, &columns[i])) {
            return false;
        }
    }
    for (uint32_t row = 0; row < count; row++) {
        rows[row] = (uint16_t)row;
        column_set_valid(ret_results, row);
    }
    struct error err;
    return expression->signature->kernel(&call, arguments, expression->operand_count, rows, count, ret_results,
                                         &err) == TOCSIN_OK;
}

/* Rows [first, first + count) of what is known, as a column of their own. */
static bool keys_of(struct known *known, struct arena *arena, uint32_t first, uint32_t count, struct column *ret_keys)
{
    enum value_type type = known->expression->operands[known->varying]->type;
    if (!column_init(ret_keys, type, arena)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = first + i;
        if (!known->values) {
            column_set_integer(ret_keys, i, row);
        } else if (type == TYPE_INT64) {
            column_set_integer(ret_keys, i, column_integer(known->values, row));
        } else if (type == TYPE_IP) {
            column_set_ip(ret_keys, i, *column_ip(known->values, row));
        } else {
            column_set_string(ret_keys, i, column_string(known->values, row));
        }
    }
    return true;
}

static bool work_out(struct known *known)
{
    struct arena arena;
    bool is_done = true;
    for (uint32_t first = 0; is_done && first < known->value_count; first += BATCH_ROWS_MAX) {
        uint32_t left = known->value_count - first;
        uint32_t count = left < BATCH_ROWS_MAX ? left : BATCH_ROWS_MAX;
        struct column keys;
        struct column results;
        arena_init(&arena, LIMIT_BATCH_BYTES);
        is_done = keys_of(known, &arena, first, count, &keys) && run_kernel(known, &arena, &keys, count, &results);
        if (is_done) {
            take_results(known, &keys, &results, count);
        }
        arena_release(&arena);
    }
    known->writer->is_failed |= !is_done;
    return is_done;
}

/* What ids give that mean nothing: the other result. */
static bool work_out_other(struct known *known)
{
    struct arena arena;
    struct column keys;
    struct column results;
    arena_init(&arena, LIMIT_BATCH_BYTES);
    bool is_done = column_init(&keys, TYPE_INT64, &arena);
    if (is_done) {
        column_set_integer(&keys, 0, -1);
        is_done = run_kernel(known, &arena, &keys, 1, &results);
    }
    if (is_done && column_is_valid(&results, 0)) {
        known->other = arena_copy(known->writer->arena, result_text(known, &results, 0));
        known->has_other = known->other.len > 0;
    }
    arena_release(&arena);
    known->writer->is_failed |= !is_done;
    return is_done;
}

static str kept(struct known *known, struct strbuf *list)
{
    str text = arena_copy(known->writer->arena, strbuf_str(list));
    known->writer->is_failed |= !text.data;
    return text.data ? text : STR_EMPTY;
}

/* What a null gives, for functions that see it. */
static bool result_of_null(struct known *known, str *ret_text)
{
    struct arena arena;
    struct column keys;
    struct column results;
    arena_init(&arena, LIMIT_BATCH_BYTES);
    enum value_type type = known->expression->operands[known->varying]->type;
    bool is_done = column_init(&keys, type, &arena) && run_kernel(known, &arena, &keys, 1, &results);
    if (is_done) {
        *ret_text = column_is_valid(&results, 0) ? result_text(known, &results, 0) : STR("NULL");
    }
    arena_release(&arena);
    known->writer->is_failed |= !is_done;
    return is_done && ret_text->len > 0;
}

static bool write_lists(struct known *known, struct sql_value *ret_value)
{
    struct sql_writer *writer = known->writer;
    const struct strbuf *const lists[] = {&known->key_list, &known->result_list, &known->null_list,
                                          &known->known_list};
    bool is_long = false;
    for (size_t i = 0; i < countof(lists); i++) {
        writer->is_failed |= text_lacks_memory(lists[i]);
        is_long |= text_is_too_long(lists[i]);
    }
    if (writer->is_failed || known->is_cut || is_long) {
        return sql_refuse(writer, "the list of what it gives is longer than %d KiB",
                          (int)(LIMIT_CLICKHOUSE_PART_BYTES / 1024));
    }
    enum value_type type = known->expression->operands[known->varying]->type;
    bool is_ip = type == TYPE_IP;
    str plain = known->key.text;
    if (known->key.may_be_null) {
        plain = SQL(writer, is_ip ? "ifNull($1, toFixedString('', 16))" : "ifNull($1, $2)", plain,
                    type == TYPE_INT64 ? STR("0") : STR("''"));
    }
    const char *doubt = known->values ? "(isNotNull($1) AND NOT ifNull($1 IN ($2), 0))"
                                      : "ifNull($1 < 0 OR $1 >= 65536, 0)";
    if (!sql_doubt(writer, SQL(writer, doubt, known->key.text,
                               known->values ? kept(known, &known->known_list) : STR("0")))) {
        return false;
    }
    bool has_nulls = known->null_list.len > 0;
    str text = known->has_other ? known->other : STR("NULL");
    if (known->key_list.len > 0) {
        const char *template = is_ip ? "transform(hex($1), [$2], [$3], $4)"
                                     : "transform($1, [$2], [$3], $4)";
        text = SQL(writer, template, plain, kept(known, &known->key_list), kept(known, &known->result_list), text);
    }
    if (has_nulls && known->has_other) {
        text = SQL(writer, "if($1 IN ($2), NULL, $3)", plain, kept(known, &known->null_list), text);
    }
    bool may_be_null = has_nulls;
    if (known->key.may_be_null) {
        str of_null = STR("NULL");
        if (known->expression->function->sees_nulls && !result_of_null(known, &of_null)) {
            return false;
        }
        text = SQL(writer, "if(isNull($1), $2, $3)", known->key.text, of_null, text);
        may_be_null |= str_eq(of_null, STR("NULL"));
    }
    *ret_value = (struct sql_value){text, may_be_null};
    return text.len > 0;
}

/* Finds the one operand that varies, and the values it has. */
static bool find_values(struct known *known)
{
    struct sql_writer *writer = known->writer;
    const struct expression *expression = known->expression;
    const char *name = expression->function->names[0];
    uint32_t varying_count = 0;
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        if (expression->operands[i]->kind != EXPRESSION_CONSTANT) {
            known->varying = i;
            varying_count++;
        }
    }
    if (varying_count != 1) {
        return sql_refuse(writer, "%s of several values is worked out here", name);
    }
    const struct expression *operand = expression->operands[known->varying];
    const struct clickhouse_target *target = writer->target;
    if (operand->kind == EXPRESSION_FIELD && target->values &&
        target->values(target->values_context, operand->field, &known->values, &known->value_count) &&
        known->value_count > 0 && known->value_count <= KNOWN_VALUES_MAX) {
        return true;
    }
    known->values = NULL;
    known->value_count = KNOWN_IDS;
    return operand->type == TYPE_INT64 || sql_refuse(writer, "the server does not have %s", name);
}

bool sql_known_write(struct sql_writer *writer, const struct expression *expression, struct sql_value *ret_value)
{
    struct known known = {.writer = writer, .expression = expression};
    const struct function_def *function = expression->function;
    if ((function->depends_on_now || expression->signature->depends_on_now) && !expression->ignores_now &&
        !writer->target->has_now) {
        return sql_refuse(writer, "%s depends on NOW(), which is not known before the run", function->names[0]);
    }
    if (!writer->target->log_sources || !writer->target->lookups) {
        return sql_refuse(writer, "the names behind ids are not known");
    }
    if (!expression->signature->kernel || !find_values(&known) ||
        !sql_value_write(writer, expression->operands[known.varying], &known.key)) {
        return false;
    }
    struct strbuf *const lists[] = {&known.key_list, &known.result_list, &known.null_list, &known.known_list};
    for (size_t i = 0; i < countof(lists); i++) {
        strbuf_init(lists[i], 2 * LIMIT_CLICKHOUSE_PART_BYTES);
    }
    bool is_written = (known.values || work_out_other(&known)) && work_out(&known) && write_lists(&known, ret_value);
    for (size_t i = 0; i < countof(lists); i++) {
        strbuf_release(lists[i]);
    }
    return is_written;
}
