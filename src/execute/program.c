#include "execute/program.h"

#include <assert.h>

#include "base/memory.h"
#include "execute/literal_gate.h"
#include "execute/program_internal.h"

/* ---- running ---- */

static const struct column *register_view(const struct program *program, uint16_t index)
{
    return program->registers[index].view;
}

static uint32_t select_valid(const struct program *program, const struct step *step, uint16_t *ret_rows)
{
    const struct selection *in = &program->selections[step->in];
    uint32_t count = kernel_valid(register_view(program, step->operands[0]), in->rows, in->count, ret_rows);
    for (uint32_t i = 1; i < step->operand_count; i++) {
        count = kernel_valid(register_view(program, step->operands[i]), ret_rows, count, ret_rows);
    }
    return count;
}

/* LIKE with a pattern that is not constant: compiled again when it changes. */
static tocsin_status select_dynamic_like(struct program *program, const struct step *step, const uint16_t *rows,
                                         uint32_t row_count, uint16_t *ret_rows, uint32_t *ret_count, struct error *err)
{
    const struct column *values = register_view(program, step->operands[0]);
    const struct column *patterns = register_view(program, step->operands[1]);
    const struct like_pattern *like = NULL;
    str compiled = STR_EMPTY;
    uint32_t hits = 0;
    for (uint32_t i = 0; i < row_count; i++) {
        uint16_t row = rows[i];
        str pattern = column_string(patterns, row);
        if (pattern.len > LIMIT_PATTERN_FROM_LOG_BYTES) {
            continue;
        }
        if (!like || !str_eq(pattern, compiled)) {
            arena_clear(&program->patterns);
            like = like_compile(&program->patterns, pattern, step->expression->ignores_case);
            compiled = pattern;
            if (!like) {
                return error_memory(err);
            }
        }
        ret_rows[hits] = row;
        hits += like_matches(like, column_string(values, row));
    }
    *ret_count = hits;
    return TOCSIN_OK;
}

static uint32_t select_like(const struct like_pattern *like, const struct column *column, const uint16_t *rows,
                            uint32_t row_count, uint16_t *ret_rows)
{
    if (column->kind == COLUMN_FLAT) {
        return (uint32_t)like_select(like, column->strings, rows, row_count, ret_rows);
    }
    uint32_t hits = 0;
    bool matches = row_count > 0 && like_matches(like, column_string(column, 0));
    for (uint32_t i = 0; i < row_count; i++) {
        ret_rows[hits] = rows[i];
        hits += matches;
    }
    return hits;
}

static uint32_t select_text_search(const struct text_search *search, const struct column *column, const uint16_t *rows,
                                   uint32_t row_count, uint16_t *ret_rows)
{
    if (column->kind == COLUMN_FLAT) {
        return (uint32_t)text_search_select(search, column->strings, rows, row_count, ret_rows);
    }
    bool matches = row_count > 0 && text_search_matches(search, column_string(column, 0));
    uint32_t hits = matches ? row_count : 0;
    memmove(ret_rows, rows, hits * sizeof(*rows));
    return hits;
}

static uint32_t select_regex(const struct program *program, const struct step *step, const struct column *column,
                             const uint16_t *rows, uint32_t row_count, uint16_t *ret_rows)
{
    uint32_t hits = 0;
    for (uint32_t i = 0; i < row_count; i++) {
        uint16_t row = rows[i];
        str value = column_string(column, row);
        ret_rows[hits] = row;
        hits += (!step->gate || literal_gate_admits(step->gate, value)) &&
                regex_matches(step->expression->regex, program->environment->scratch, value);
    }
    return hits;
}

/* The constants, or the answer of the sub-select. Nothing is in an answer that is not known: it is asked for only by
   EXPLAIN, before the input was read. */
static const struct value_set *in_set(const struct program *program, const struct expression *expression)
{
    static const struct value_set empty = {.type = TYPE_INT64};
    const struct value_set *const *answers = program->environment->subqueries;
    if (expression->set) {
        return expression->set;
    }
    return answers && answers[expression->subquery] ? answers[expression->subquery] : &empty;
}

/* Rows of `rows` (all operands have values) for which the step's test holds. */
static tocsin_status select_positive(struct program *program, const struct step *step, const uint16_t *rows,
                                     uint32_t row_count, uint16_t *ret_rows, uint32_t *ret_count, struct error *err)
{
    const struct column *left = register_view(program, step->operands[0]);
    const struct expression *expression = step->expression;
    switch (expression->kind) {
    case EXPRESSION_COMPARE:
        *ret_count = kernel_compare(expression->operator, left, register_view(program, step->operands[1]), rows,
                                    row_count, ret_rows);
        return TOCSIN_OK;
    case EXPRESSION_IN:
        *ret_count = kernel_in(in_set(program, expression), left, rows, row_count, ret_rows);
        return TOCSIN_OK;
    case EXPRESSION_TRUTH:
        *ret_count = kernel_truth(left, rows, row_count, ret_rows);
        return TOCSIN_OK;
    case EXPRESSION_LIKE:
        if (!expression->like) {
            return select_dynamic_like(program, step, rows, row_count, ret_rows, ret_count, err);
        }
        *ret_count = select_like(expression->like, left, rows, row_count, ret_rows);
        return TOCSIN_OK;
    case EXPRESSION_REGEX:
        *ret_count = select_regex(program, step, left, rows, row_count, ret_rows);
        return TOCSIN_OK;
    case EXPRESSION_TEXT_SEARCH:
        *ret_count = select_text_search(expression->text_search, left, rows, row_count, ret_rows);
        return TOCSIN_OK;
    default:
        assert(false && "no test");
        return TOCSIN_ERROR_INTERNAL;
    }
}

/* Both sides null: equal in two-valued logic (aql-reference 3.3). */
static uint32_t select_both_null(const struct program *program, const struct step *step, const struct selection *in,
                                 uint16_t *ret_rows)
{
    const struct column *left = register_view(program, step->operands[0]);
    const struct column *right = register_view(program, step->operands[1]);
    uint32_t count = 0;
    for (uint32_t i = 0; i < in->count; i++) {
        ret_rows[count] = in->rows[i];
        count += !column_is_valid(left, in->rows[i]) && !column_is_valid(right, in->rows[i]);
    }
    return count;
}

/* One operand column for the whole batch: the test runs on one row and holds for all or none. */
static bool operands_are_constant(const struct program *program, const struct step *step)
{
    for (uint32_t i = 0; i < step->operand_count; i++) {
        if (register_view(program, step->operands[i])->kind != COLUMN_CONSTANT) {
            return false;
        }
    }
    return true;
}

static tocsin_status run_test(struct program *program, const struct step *step, struct error *err)
{
    struct selection *in = &program->selections[step->in];
    struct selection *out = &program->selections[step->out];
    uint16_t valid[BATCH_ROWS_MAX];
    uint16_t hits[BATCH_ROWS_MAX];
    uint16_t both_null[BATCH_ROWS_MAX];
    uint32_t valid_count = select_valid(program, step, valid);
    uint32_t hit_count = 0;
    if (valid_count > 0) {
        uint32_t tested = operands_are_constant(program, step) ? 1 : valid_count;
        tocsin_status status = select_positive(program, step, valid, tested, hits, &hit_count, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        if (tested < valid_count && hit_count > 0) {
            memcpy(hits, valid, valid_count * sizeof(*hits));
            hit_count = valid_count;
        }
    }
    const uint16_t *positive = hits;
    uint16_t united[BATCH_ROWS_MAX];
    bool is_sql = program->environment->is_null_sql;
    const struct value_set *set = step->expression->kind == EXPRESSION_IN ? in_set(program, step->expression) : NULL;
    bool has_null = set && set->has_null;
    if (set && is_sql && step->is_negated && (has_null || set->count == 0)) {
        /* Whether a null in the set differs is not known; nothing is in an empty set, not even a null. */
        out->count = has_null ? 0 : in->count;
        memmove(out->rows, in->rows, out->count * sizeof(*out->rows));
        return TOCSIN_OK;
    }
    if (has_null && !is_sql && valid_count < in->count) { /* null equals null */
        uint32_t null_count = rows_minus(in->rows, in->count, valid, valid_count, both_null);
        hit_count = rows_unite(hits, hit_count, both_null, null_count, united);
        positive = united;
    }
    if (!is_sql && step->expression->kind == EXPRESSION_COMPARE &&
        step->expression->operator == OPERATOR_EQUAL && valid_count<in->count) {
        uint32_t null_count = select_both_null(program, step, in, both_null);
        hit_count = rows_unite(hits, hit_count, both_null, null_count, united);
        positive = united;
    }
    if (!step->is_negated) {
        memcpy(out->rows, positive, hit_count * sizeof(*positive));
        out->count = hit_count;
    } else if (is_sql) {
        out->count = rows_minus(valid, valid_count, positive, hit_count, out->rows);
    } else {
        out->count = rows_minus(in->rows, in->count, positive, hit_count, out->rows);
    }
    return TOCSIN_OK;
}

static void run_is_null(struct program *program, const struct step *step)
{
    const struct selection *in = &program->selections[step->in];
    struct selection *out = &program->selections[step->out];
    uint16_t valid[BATCH_ROWS_MAX];
    uint32_t valid_count = select_valid(program, step, valid);
    if (step->is_negated) {
        memcpy(out->rows, valid, valid_count * sizeof(*valid));
        out->count = valid_count;
    } else {
        out->count = rows_minus(in->rows, in->count, valid, valid_count, out->rows);
    }
}

/* Where rows of a value step are: those of its selection, or row 0 alone if all operands are constant. */
static struct selection value_rows(struct program *program, const struct step *step, struct column *target)
{
    static const uint16_t row_zero[1] = {0};
    struct selection in = program->selections[step->in];
    bool is_constant = step->operand_count > 0 && operands_are_constant(program, step);
    target->kind = is_constant ? COLUMN_CONSTANT : COLUMN_FLAT;
    target->row_mask = is_constant ? 0 : UINT32_MAX;
    if (is_constant && in.count > 0) {
        in = (struct selection){.rows = (uint16_t *)(uintptr_t)row_zero, .count = 1}; /* only read */
    }
    return in;
}

static tocsin_status run_call(struct program *program, const struct step *step, struct error *err)
{
    struct column *target = &program->registers[step->target].column;
    struct selection in = value_rows(program, step, target);
    const struct column *arguments[64];
    const struct column **list = step->operand_count <= countof(arguments)
                                     ? arguments
                                     : arena_array(&program->text, const struct column *, step->operand_count);
    if (!list) {
        return error_memory(err);
    }
    uint16_t rows[BATCH_ROWS_MAX];
    uint32_t count = in.count;
    memcpy(rows, in.rows, count * sizeof(*rows));
    for (uint32_t i = 0; i < in.count; i++) {
        column_set_null(target, in.rows[i]);
    }
    for (uint32_t i = 0; i < step->operand_count; i++) {
        list[i] = register_view(program, step->operands[i]);
        if (!step->expression->function->sees_nulls) {
            count = kernel_valid(list[i], rows, count, rows);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        column_set_valid(target, rows[i]);
    }
    struct function_call call = {
        .environment = &program->environment->functions,
        .arena = program->is_in_prologue ? &program->prologue_text : &program->text,
        .prepared = step->expression->prepared,
        .scratch = program->environment->scratch,
        .commands = program->environment->commands,
        .texts = program->environment->texts,
    };
    return count == 0 ? TOCSIN_OK
                      : step->expression->signature->kernel(&call, list, step->operand_count, rows, count, target, err);
}

static void run_arithmetic(struct program *program, const struct step *step)
{
    struct column *target = &program->registers[step->target].column;
    struct selection in = value_rows(program, step, target);
    const struct column *left = register_view(program, step->operands[0]);
    const struct column *right = step->operand_count > 1 ? register_view(program, step->operands[1]) : NULL;
    uint16_t rows[BATCH_ROWS_MAX];
    uint32_t count = kernel_valid(left, in.rows, in.count, rows);
    count = right ? kernel_valid(right, rows, count, rows) : count;
    for (uint32_t i = 0; count < in.count && i < in.count; i++) {
        column_set_null(target, in.rows[i]);
    }
    kernel_arithmetic(step->expression->operator, left, right, rows, count, target);
}

static void run_convert(struct program *program, const struct step *step)
{
    struct column *target = &program->registers[step->target].column;
    struct selection in = value_rows(program, step, target);
    const struct column *from = register_view(program, step->operands[0]);
    uint16_t rows[BATCH_ROWS_MAX];
    uint32_t count = kernel_valid(from, in.rows, in.count, rows);
    for (uint32_t i = 0; count < in.count && i < in.count; i++) {
        column_set_null(target, in.rows[i]);
    }
    kernel_convert(from, rows, count, target);
}

static void run_fill(struct program *program, const struct step *step, uint8_t value)
{
    struct column *target = &program->registers[step->target].column;
    const struct selection *in = &program->selections[step->in];
    target->kind = COLUMN_FLAT;
    target->row_mask = UINT32_MAX;
    for (uint32_t i = 0; i < in->count; i++) {
        if (value == FILL_NULL) {
            column_set_null(target, in->rows[i]);
        } else {
            column_set_bool(target, in->rows[i], value == FILL_TRUE);
        }
    }
}

static void run_merge(struct program *program, const struct step *step)
{
    struct column *target = &program->registers[step->target].column;
    const struct selection *in = &program->selections[step->in];
    target->kind = COLUMN_FLAT;
    target->row_mask = UINT32_MAX;
    kernel_copy(register_view(program, step->operands[0]), in->rows, in->count, target);
}

static void run_unite(struct program *program, const struct step *step)
{
    struct selection *out = &program->selections[step->out];
    const struct selection *in = &program->selections[step->in];
    uint16_t united[BATCH_ROWS_MAX];
    if (in->count == 0) {
        return;
    }
    uint32_t count = rows_unite(out->rows, out->count, in->rows, in->count, united);
    memcpy(out->rows, united, count * sizeof(*united));
    out->count = count;
}

static tocsin_status run_steps(struct program *program, const struct step_list *list, struct error *err)
{
    for (uint32_t at = 0; at < list->count; at++) {
        const struct step *step = &list->steps[at];
        struct selection *in = &program->selections[step->in];
        struct selection *out = &program->selections[step->out];
        tocsin_status status = TOCSIN_OK;
        switch (step->code) {
        case STEP_TEST:
            status = run_test(program, step, err);
            break;
        case STEP_IS_NULL:
            run_is_null(program, step);
            break;
        case STEP_COPY_ROWS:
            memcpy(out->rows, in->rows, in->count * sizeof(*in->rows));
            out->count = in->count;
            break;
        case STEP_CLEAR_ROWS:
            out->count = 0;
            break;
        case STEP_UNITE_ROWS:
            run_unite(program, step);
            break;
        case STEP_MINUS_ROWS:
            out->count = rows_minus(out->rows, out->count, in->rows, in->count, out->rows);
            break;
        case STEP_JUMP_IF_EMPTY:
            at = in->count == 0 ? step->jump - 1 : at;
            break;
        case STEP_CALL:
            status = run_call(program, step, err);
            break;
        case STEP_ARITHMETIC:
            run_arithmetic(program, step);
            break;
        case STEP_CONVERT:
            run_convert(program, step);
            break;
        case STEP_MERGE:
            run_merge(program, step);
            break;
        case STEP_FILL_NULL:
            run_fill(program, step, FILL_NULL);
            break;
        case STEP_FILL_FALSE:
            run_fill(program, step, FILL_FALSE);
            break;
        case STEP_FILL_TRUE:
            run_fill(program, step, FILL_TRUE);
            break;
        }
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

/* What reads no field is computed once, as constant columns. */
static tocsin_status run_prologue(struct program *program, struct error *err)
{
    if (program->is_prologue_done) {
        return TOCSIN_OK;
    }
    arena_clear(&program->prologue_text);
    program->selections[SELECTION_PROLOGUE].rows[0] = 0;
    program->selections[SELECTION_PROLOGUE].count = 1;
    program->is_in_prologue = true;
    tocsin_status status = run_steps(program, &program->prologue, err);
    program->is_in_prologue = false;
    for (uint32_t i = 0; i < program->register_count; i++) {
        if (program->registers[i].is_constant) {
            program->registers[i].column.kind = COLUMN_CONSTANT;
            program->registers[i].column.row_mask = 0;
        }
    }
    program->is_prologue_done = status == TOCSIN_OK;
    return status;
}

void program_now_changed(struct program *program)
{
    program->is_prologue_done = false;
}

static const char values_of_a_batch[] = "what the query's functions make of a piece of the log";

static tocsin_status program_run(struct program *program, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                                 struct error *err)
{
    assert(row_count <= BATCH_ROWS_MAX);
    tocsin_status status = arena_explain(&program->prologue_text, run_prologue(program, err), values_of_a_batch, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    arena_clear(&program->text);
    for (uint32_t i = 0; i < program->field_count; i++) {
        struct value_register *field = &program->registers[program->fields[i].index];
        field->view = batch_column(batch, program->fields[i].field);
        assert(field->view && "the source delivers every field of the plan");
    }
    memcpy(program->selections[SELECTION_INPUT].rows, rows, row_count * sizeof(*rows));
    program->selections[SELECTION_INPUT].count = row_count;
    return arena_explain(&program->text, run_steps(program, &program->body, err), values_of_a_batch, err);
}

tocsin_status program_filter(struct program *program, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                             uint16_t *ret_rows, uint32_t *ret_count, struct error *err)
{
    tocsin_status status = program_run(program, batch, rows, row_count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    const struct selection *out = &program->selections[SELECTION_OUTPUT];
    memcpy(ret_rows, out->rows, out->count * sizeof(*ret_rows));
    *ret_count = out->count;
    return TOCSIN_OK;
}

tocsin_status program_project(struct program *program, struct batch *batch, const uint16_t *rows, uint32_t row_count,
                              const struct column *const **ret_columns, struct error *err)
{
    tocsin_status status = program_run(program, batch, rows, row_count, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    for (uint32_t i = 0; i < program->value_count; i++) {
        program->value_views[i] = register_view(program, program->values[i]);
    }
    *ret_columns = program->value_views;
    return TOCSIN_OK;
}

void program_free(struct program *program)
{
    if (!program) {
        return;
    }
    arena_release(&program->text);
    arena_release(&program->prologue_text);
    arena_release(&program->patterns);
    arena_release(&program->arena);
    memory_free(program->registers);
    memory_free(program->selections);
    memory_free(program->body.steps);
    memory_free(program->prologue.steps);
    memory_free(program->fields);
    memory_free(program);
}
