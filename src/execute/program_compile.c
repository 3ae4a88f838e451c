#include "execute/program_internal.h"

#include <assert.h>

#include "base/memory.h"
#include "execute/literal_gate.h"

/* While compiling: where steps go. Failures are out of memory or too many registers. */
struct compiler {
    struct program *program;
    struct step_list *steps;
    struct error *err;
};

enum { REGISTERS_MAX = UINT16_MAX };

static void *grow(void *array, uint32_t *capacity, size_t bytes_each)
{
    uint32_t wanted = *capacity ? *capacity * 2 : 16;
    void *grown = memory_resize(array, wanted * bytes_each);
    if (grown) {
        *capacity = wanted;
    }
    return grown;
}

static struct step *emit(struct compiler *compiler, enum step_code code)
{
    struct step_list *list = compiler->steps;
    if (list->count == list->capacity) {
        struct step *grown = grow(list->steps, &list->capacity, sizeof(*grown));
        if (!grown) {
            return NULL;
        }
        list->steps = grown;
    }
    struct step *step = &list->steps[list->count++];
    *step = (struct step){.code = code};
    return step;
}

static tocsin_status emit_rows(struct compiler *compiler, enum step_code code, uint16_t in, uint16_t out)
{
    struct step *step = emit(compiler, code);
    if (!step) {
        return error_memory(compiler->err);
    }
    step->in = in;
    step->out = out;
    return TOCSIN_OK;
}

/* ---- registers ---- */

static tocsin_status selection_push(struct compiler *compiler, uint16_t *ret_selection)
{
    struct program *program = compiler->program;
    uint32_t index = SELECTION_FIRST_FREE + program->selection_depth;
    if (index >= REGISTERS_MAX) {
        return error_set(compiler->err, TOCSIN_ERROR_LIMIT, "the query needs more than %d row lists", REGISTERS_MAX);
    }
    while (program->selection_count <= index) {
        if (program->selection_count == program->selection_capacity) {
            struct selection *grown = grow(program->selections, &program->selection_capacity, sizeof(*grown));
            if (!grown) {
                return error_memory(compiler->err);
            }
            program->selections = grown;
        }
        uint16_t *rows = arena_array(&program->arena, uint16_t, BATCH_ROWS_MAX + 1);
        if (!rows) {
            return error_memory(compiler->err);
        }
        program->selections[program->selection_count++] = (struct selection){rows, 0};
    }
    program->selection_depth++;
    *ret_selection = (uint16_t)index;
    return TOCSIN_OK;
}

static void selection_pop(struct compiler *compiler)
{
    assert(compiler->program->selection_depth > 0);
    compiler->program->selection_depth--;
}

static tocsin_status register_add(struct compiler *compiler, uint16_t *ret_register)
{
    struct program *program = compiler->program;
    if (program->register_count == REGISTERS_MAX) {
        return error_set(compiler->err, TOCSIN_ERROR_LIMIT, "the query needs more than %d values at once",
                         REGISTERS_MAX);
    }
    if (program->register_count == program->register_capacity) {
        struct value_register *grown = grow(program->registers, &program->register_capacity, sizeof(*grown));
        if (!grown) {
            return error_memory(compiler->err);
        }
        program->registers = grown;
    }
    program->registers[program->register_count] = (struct value_register){0};
    *ret_register = (uint16_t)program->register_count++;
    return TOCSIN_OK;
}

static tocsin_status register_take(struct compiler *compiler, enum value_type type, uint16_t *ret_register)
{
    struct program *program = compiler->program;
    bool is_constant = compiler->steps == &program->prologue;
    for (uint32_t i = 0; !is_constant && i < program->register_count; i++) {
        if (program->registers[i].is_free && program->registers[i].type == type) {
            program->registers[i].is_free = false;
            *ret_register = (uint16_t)i;
            return TOCSIN_OK;
        }
    }
    uint16_t index;
    tocsin_status status = register_add(compiler, &index);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct value_register *value = &program->registers[index];
    value->type = type;
    value->is_constant = is_constant;
    if (!column_init(&value->column, type, &program->arena)) {
        return error_memory(compiler->err);
    }
    *ret_register = index;
    return TOCSIN_OK;
}

/* Field and constant registers are never given back: they are not in `is_free` use. */
static void register_give_back(struct compiler *compiler, const struct expression *expression, uint16_t index)
{
    struct value_register *value = &compiler->program->registers[index];
    if (expression->kind != EXPRESSION_FIELD && expression->has_field && !value->is_constant) {
        value->is_free = true;
    }
}

static tocsin_status field_register(struct compiler *compiler, field_id field, uint16_t *ret_register)
{
    struct program *program = compiler->program;
    for (uint32_t i = 0; i < program->field_count; i++) {
        if (program->fields[i].field == field) {
            *ret_register = program->fields[i].index;
            return TOCSIN_OK;
        }
    }
    if (program->field_count == program->field_capacity) {
        struct field_register *grown = grow(program->fields, &program->field_capacity, sizeof(*grown));
        if (!grown) {
            return error_memory(compiler->err);
        }
        program->fields = grown;
    }
    tocsin_status status = register_add(compiler, ret_register);
    if (status == TOCSIN_OK) {
        program->fields[program->field_count++] = (struct field_register){field, *ret_register};
    }
    return status;
}

static tocsin_status constant_register(struct compiler *compiler, const struct expression *expression,
                                       uint16_t *ret_register)
{
    struct program *program = compiler->program;
    tocsin_status status = register_add(compiler, ret_register);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct value_register *target = &program->registers[*ret_register];
    if (!column_from_value(&expression->constant, expression->type, &program->arena, &target->column)) {
        return error_memory(compiler->err);
    }
    target->is_constant = true;
    return TOCSIN_OK;
}

/* ---- predicates ---- */

static tocsin_status compile_value(struct compiler *compiler, const struct expression *expression, uint16_t selection,
                                   uint16_t *ret_register);
static tocsin_status compile_select(struct compiler *compiler, const struct expression *expression, bool is_negated,
                                    uint16_t in, uint16_t out);

static tocsin_status compile_operands(struct compiler *compiler, const struct expression *expression,
                                      uint16_t selection, uint16_t **ret_operands)
{
    uint16_t *operands = arena_array(&compiler->program->arena, uint16_t, expression->operand_count);
    if (!operands) {
        return error_memory(compiler->err);
    }
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        tocsin_status status = compile_value(compiler, expression->operands[i], selection, &operands[i]);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    *ret_operands = operands;
    return TOCSIN_OK;
}

static void give_back_operands(struct compiler *compiler, const struct expression *expression, const uint16_t *operands)
{
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        register_give_back(compiler, expression->operands[i], operands[i]);
    }
}

static tocsin_status compile_test(struct compiler *compiler, const struct expression *expression, bool is_negated,
                                  uint16_t in, uint16_t out)
{
    uint16_t *operands = NULL;
    const struct literal_gate *gate = NULL;
    tocsin_status status = compile_operands(compiler, expression, in, &operands);
    if (status == TOCSIN_OK && expression->kind == EXPRESSION_REGEX) {
        status = literal_gate_create(&compiler->program->arena, expression, &gate, compiler->err);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    struct step *step = emit(compiler, expression->kind == EXPRESSION_IS_NULL ? STEP_IS_NULL : STEP_TEST);
    if (!step) {
        return error_memory(compiler->err);
    }
    step->in = in;
    step->out = out;
    step->is_negated = is_negated;
    step->expression = expression;
    step->gate = gate;
    step->operands = operands;
    step->operand_count = expression->operand_count;
    give_back_operands(compiler, expression, operands);
    return TOCSIN_OK;
}

/* Jumps emitted before their target is known: each is patched to the end of the construct. */
static void patch_jumps(struct compiler *compiler, uint32_t from, uint16_t selection)
{
    struct step_list *list = compiler->steps;
    for (uint32_t i = from; i < list->count; i++) {
        struct step *step = &list->steps[i];
        if (step->code == STEP_JUMP_IF_EMPTY && step->in == selection && step->jump == UINT32_MAX) {
            step->jump = list->count;
        }
    }
}

static tocsin_status emit_jump(struct compiler *compiler, uint16_t selection)
{
    struct step *step = emit(compiler, STEP_JUMP_IF_EMPTY);
    if (!step) {
        return error_memory(compiler->err);
    }
    step->in = selection;
    step->jump = UINT32_MAX;
    return TOCSIN_OK;
}

/* All of the parts: each narrows what the ones before it left. */
static tocsin_status compile_all(struct compiler *compiler, const struct expression *const *parts, uint32_t count,
                                 bool is_negated, uint16_t in, uint16_t out)
{
    uint16_t narrowed;
    tocsin_status status = selection_push(compiler, &narrowed);
    uint32_t start = compiler->steps->count;
    uint16_t from = in;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        status = compile_select(compiler, parts[i], is_negated, from, narrowed);
        from = narrowed;
        if (status == TOCSIN_OK && i + 1 < count) {
            status = emit_jump(compiler, narrowed);
        }
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    patch_jumps(compiler, start, narrowed);
    status = emit_rows(compiler, STEP_COPY_ROWS, from, out);
    selection_pop(compiler);
    return status;
}

/* Any of the parts: each looks only at rows that no part before it has taken. */
static tocsin_status compile_any(struct compiler *compiler, const struct expression *const *parts, uint32_t count,
                                 bool is_negated, uint16_t in, uint16_t out)
{
    uint16_t rest;
    uint16_t taken;
    uint16_t hits;
    tocsin_status status = selection_push(compiler, &rest);
    status = status == TOCSIN_OK ? selection_push(compiler, &taken) : status;
    status = status == TOCSIN_OK ? selection_push(compiler, &hits) : status;
    status = status == TOCSIN_OK ? emit_rows(compiler, STEP_COPY_ROWS, in, rest) : status;
    status = status == TOCSIN_OK ? emit_rows(compiler, STEP_CLEAR_ROWS, in, hits) : status;
    uint32_t start = compiler->steps->count;
    for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
        status = compile_select(compiler, parts[i], is_negated, rest, taken);
        if (status == TOCSIN_OK) {
            status = emit_rows(compiler, STEP_UNITE_ROWS, taken, hits);
        }
        if (status == TOCSIN_OK && i + 1 < count) {
            status = emit_rows(compiler, STEP_MINUS_ROWS, taken, rest);
            status = status == TOCSIN_OK ? emit_jump(compiler, rest) : status;
        }
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    patch_jumps(compiler, start, rest);
    status = emit_rows(compiler, STEP_COPY_ROWS, hits, out);
    for (int i = 0; i < 3; i++) {
        selection_pop(compiler);
    }
    return status;
}

/* Rows of `in` for which the expression is true (or false, if negated) go to `out`, which may be `in`. NOT is pushed
   down to the tests: with De Morgan's laws the set of true rows is exact in two- and in three-valued logic. */
static tocsin_status compile_select(struct compiler *compiler, const struct expression *expression, bool is_negated,
                                    uint16_t in, uint16_t out)
{
    switch (expression->kind) {
    case EXPRESSION_NOT:
        return compile_select(compiler, expression->operands[0], !is_negated, in, out);
    case EXPRESSION_AND:
    case EXPRESSION_OR:
        if ((expression->kind == EXPRESSION_AND) != is_negated) {
            return compile_all(compiler, expression->operands, expression->operand_count, is_negated, in, out);
        }
        return compile_any(compiler, expression->operands, expression->operand_count, is_negated, in, out);
    default:
        return compile_test(compiler, expression, is_negated, in, out);
    }
}

/* ---- values ---- */

static tocsin_status emit_fill(struct compiler *compiler, enum step_code code, uint16_t selection, uint16_t target)
{
    struct step *step = emit(compiler, code);
    if (!step) {
        return error_memory(compiler->err);
    }
    step->in = selection;
    step->target = target;
    return TOCSIN_OK;
}

/* A predicate as a value: true, false, or in three-valued logic null. */
static tocsin_status compile_boolean(struct compiler *compiler, const struct expression *expression, uint16_t selection,
                                     uint16_t target)
{
    bool is_sql = compiler->program->environment->is_null_sql;
    uint16_t rows;
    tocsin_status status = selection_push(compiler, &rows);
    status = status == TOCSIN_OK ? emit_fill(compiler, is_sql ? STEP_FILL_NULL : STEP_FILL_FALSE, selection, target)
                                 : status;
    if (status == TOCSIN_OK && is_sql) {
        status = compile_select(compiler, expression, true, selection, rows);
        status = status == TOCSIN_OK ? emit_fill(compiler, STEP_FILL_FALSE, rows, target) : status;
    }
    status = status == TOCSIN_OK ? compile_select(compiler, expression, false, selection, rows) : status;
    status = status == TOCSIN_OK ? emit_fill(compiler, STEP_FILL_TRUE, rows, target) : status;
    selection_pop(compiler);
    return status;
}

static tocsin_status compile_branch(struct compiler *compiler, const struct expression *value, uint16_t rows,
                                    uint16_t target)
{
    uint16_t source;
    tocsin_status status = compile_value(compiler, value, rows, &source);
    if (status != TOCSIN_OK) {
        return status;
    }
    struct step *step = emit(compiler, STEP_MERGE);
    uint16_t *operands = arena_array(&compiler->program->arena, uint16_t, 1);
    if (!step || !operands) {
        return error_memory(compiler->err);
    }
    operands[0] = source;
    step->in = rows;
    step->target = target;
    step->operands = operands;
    step->operand_count = 1;
    register_give_back(compiler, value, source);
    return TOCSIN_OK;
}

static tocsin_status compile_case(struct compiler *compiler, const struct expression *expression, uint16_t selection,
                                  uint16_t target)
{
    uint16_t rest;
    uint16_t taken;
    tocsin_status status = selection_push(compiler, &rest);
    status = status == TOCSIN_OK ? selection_push(compiler, &taken) : status;
    status = status == TOCSIN_OK ? emit_rows(compiler, STEP_COPY_ROWS, selection, rest) : status;
    uint32_t start = compiler->steps->count;
    uint32_t else_index = expression->operand_count - 1;
    for (uint32_t i = 0; status == TOCSIN_OK && i < else_index; i += 2) {
        status = compile_select(compiler, expression->operands[i], false, rest, taken);
        if (status == TOCSIN_OK) {
            status = compile_branch(compiler, expression->operands[i + 1], taken, target);
        }
        status = status == TOCSIN_OK ? emit_rows(compiler, STEP_MINUS_ROWS, taken, rest) : status;
        status = status == TOCSIN_OK ? emit_jump(compiler, rest) : status;
    }
    status = status == TOCSIN_OK ? compile_branch(compiler, expression->operands[else_index], rest, target) : status;
    if (status != TOCSIN_OK) {
        return status;
    }
    patch_jumps(compiler, start, rest);
    selection_pop(compiler);
    selection_pop(compiler);
    return TOCSIN_OK;
}

static tocsin_status compile_into_target(struct compiler *compiler, const struct expression *expression,
                                         uint16_t selection, uint16_t *ret_register)
{
    tocsin_status status;
    if (expression->kind == EXPRESSION_CASE || expression->kind >= EXPRESSION_COMPARE) {
        status = register_take(compiler, expression->type, ret_register);
        if (status != TOCSIN_OK) {
            return status;
        }
        return expression->kind == EXPRESSION_CASE ? compile_case(compiler, expression, selection, *ret_register)
                                                   : compile_boolean(compiler, expression, selection, *ret_register);
    }
    uint16_t *operands = NULL;
    status = compile_operands(compiler, expression, selection, &operands);
    if (status == TOCSIN_OK) {
        status = register_take(compiler, expression->type, ret_register);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    enum step_code code = expression->kind == EXPRESSION_CALL         ? STEP_CALL
                          : expression->kind == EXPRESSION_ARITHMETIC ? STEP_ARITHMETIC
                                                                      : STEP_CONVERT;
    struct step *step = emit(compiler, code);
    if (!step) {
        return error_memory(compiler->err);
    }
    step->in = selection;
    step->target = *ret_register;
    step->expression = expression;
    step->operands = operands;
    step->operand_count = expression->operand_count;
    give_back_operands(compiler, expression, operands);
    return TOCSIN_OK;
}

static tocsin_status compile_value(struct compiler *compiler, const struct expression *expression, uint16_t selection,
                                   uint16_t *ret_register)
{
    if (expression->kind == EXPRESSION_FIELD) {
        return field_register(compiler, expression->field, ret_register);
    }
    if (expression->kind == EXPRESSION_CONSTANT) {
        return constant_register(compiler, expression, ret_register);
    }
    if (expression->has_field) {
        return compile_into_target(compiler, expression, selection, ret_register);
    }
    /* No field below: computed once a run (or once for each NOW()), on row 0. */
    struct step_list *steps = compiler->steps;
    compiler->steps = &compiler->program->prologue;
    tocsin_status status = compile_into_target(compiler, expression, SELECTION_PROLOGUE, ret_register);
    compiler->steps = steps;
    return status;
}

/* ---- entry points ---- */

static tocsin_status program_begin(const struct program_environment *environment, struct compiler *compiler)
{
    struct program *program = memory_allocate_zeroed(1, sizeof(*program));
    if (!program) {
        return error_memory(compiler->err);
    }
    program->environment = environment;
    arena_init(&program->arena, LIMIT_QUERY_RUN_BYTES);
    arena_init(&program->text, LIMIT_BATCH_BYTES);
    arena_init(&program->prologue_text, LIMIT_BATCH_BYTES);
    arena_init(&program->patterns, LIMIT_PATTERN_FROM_LOG_MEMORY);
    compiler->program = program;
    compiler->steps = &program->body;
    for (int i = 0; i < SELECTION_FIRST_FREE; i++) {
        uint16_t ignored;
        tocsin_status status = selection_push(compiler, &ignored);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    program->selection_depth = 0;
    return TOCSIN_OK;
}

/* Views of registers point into the register array, which no longer moves. */
static tocsin_status program_end(struct compiler *compiler, tocsin_status status, struct program **ret_program)
{
    struct program *program = compiler->program;
    if (status != TOCSIN_OK) {
        status = program ? arena_explain(&program->arena, status, "the program of the query", compiler->err) : status;
        program_free(program);
        return status;
    }
    for (uint32_t i = 0; i < program->register_count; i++) {
        program->registers[i].view = &program->registers[i].column;
    }
    *ret_program = program;
    return TOCSIN_OK;
}

tocsin_status program_create_filter(const struct program_environment *environment,
                                    const struct expression *const *conjuncts, uint32_t count,
                                    struct program **ret_program, struct error *err)
{
    struct compiler compiler = {.err = err};
    tocsin_status status = program_begin(environment, &compiler);
    if (status == TOCSIN_OK) {
        status = compile_all(&compiler, conjuncts, count, false, SELECTION_INPUT, SELECTION_OUTPUT);
    }
    return program_end(&compiler, status, ret_program);
}

tocsin_status program_create_projection(const struct program_environment *environment,
                                        const struct expression *const *values, uint32_t count,
                                        struct program **ret_program, struct error *err)
{
    struct compiler compiler = {.err = err};
    tocsin_status status = program_begin(environment, &compiler);
    if (status == TOCSIN_OK) {
        struct program *program = compiler.program;
        program->values = arena_array(&program->arena, uint16_t, count);
        program->value_views = arena_array(&program->arena, const struct column *, count);
        program->value_count = count;
        if (!program->values || !program->value_views) {
            status = error_memory(err);
        }
        for (uint32_t i = 0; status == TOCSIN_OK && i < count; i++) {
            status = compile_value(&compiler, values[i], SELECTION_INPUT, &program->values[i]);
        }
    }
    return program_end(&compiler, status, ret_program);
}
