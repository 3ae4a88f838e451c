#include "execute/why.h"

#include "base/strbuf.h"
#include "column/value_text.h"
#include "plan/expression_text.h"

/* Of one value in a line. */
enum { VALUE_TEXT_BYTES = 4096 };

struct why {
    const struct plan *plan;
    const struct program_environment *environment;
    struct batch *batch;
    uint16_t row;
    struct arena *arena;
    struct strbuf text;    /* of the line being made */
    struct strbuf scratch; /* of a value being printed */
    struct error *err;
};

static tocsin_status passes(struct why *why, const struct expression *test, bool *ret_passes)
{
    struct program *program = NULL;
    uint16_t rows[1];
    uint32_t count = 0;
    tocsin_status status = program_create_filter(why->environment, &test, 1, &program, why->err);
    if (status == TOCSIN_OK) {
        status = program_filter(program, why->batch, &why->row, 1, rows, &count, why->err);
    }
    program_free(program);
    *ret_passes = count == 1;
    return status;
}

/* In three-valued logic a test and its negation can both fail: then it is unknown. */
static tocsin_status judge(struct why *why, const struct expression *test, enum explain_mark *ret_mark)
{
    bool is_true = false;
    bool is_false = true;
    tocsin_status status = passes(why, test, &is_true);
    if (status == TOCSIN_OK && !is_true && why->environment->is_null_sql) {
        struct expression negation = *test;
        const struct expression *operands[1] = {test};
        negation.kind = EXPRESSION_NOT;
        negation.operands = operands;
        negation.operand_count = 1;
        status = passes(why, &negation, &is_false);
    }
    *ret_mark = is_true ? MARK_PASS : is_false ? MARK_FAIL : MARK_UNKNOWN;
    return status;
}

/* Milliseconds mean little to a reader. */
static void append_time(struct strbuf *text, int64_t ms)
{
    char iso[TIME_TEXT_BYTES];
    strbuf_append(text, STR(" ("));
    strbuf_append(text, (str){iso, time_format_iso8601(ms, iso)});
    strbuf_append_char(text, ')');
}

/* "expression is value" under `parent`. */
static tocsin_status add_value(struct why *why, struct explain_node *parent, const char *kind, str name,
                               const struct expression *expression)
{
    struct program *program = NULL;
    const struct column *const *columns = NULL;
    tocsin_status status = program_create_projection(why->environment, &expression, 1, &program, why->err);
    if (status == TOCSIN_OK) {
        status = program_project(program, why->batch, &why->row, 1, &columns, why->err);
    }
    if (status == TOCSIN_OK) {
        strbuf_clear(&why->text);
        strbuf_append(&why->text, name);
        strbuf_append(&why->text, STR(" is "));
        if (!column_is_valid(columns[0], why->row)) {
            strbuf_append(&why->text, STR("null"));
        } else {
            str value = value_text(columns[0], why->row, &why->scratch);
            bool is_text = expression->type == TYPE_STRING || expression->type == TYPE_BYTES;
            strbuf_append(&why->text, is_text ? STR("'") : STR_EMPTY);
            strbuf_append(&why->text, str_slice(value, 0, VALUE_TEXT_BYTES));
            strbuf_append(&why->text, value.len > VALUE_TEXT_BYTES ? STR("...") : STR_EMPTY);
            strbuf_append(&why->text, is_text ? STR("'") : STR_EMPTY);
            if (expression->type == TYPE_INT64 && expression->domain == DOMAIN_TIME_MS) {
                append_time(&why->text, column_integer(columns[0], why->row));
            }
        }
        if (why->text.is_failed || !explain_add(why->arena, parent, kind, strbuf_str(&why->text))) {
            status = error_memory(why->err);
        }
    }
    program_free(program);
    return status;
}

static tocsin_status add_named_value(struct why *why, struct explain_node *parent, const struct expression *expression)
{
    struct strbuf name;
    strbuf_init(&name, LIMIT_QUERY_BYTES);
    expression_append_text(&name, expression, why->plan->schema);
    tocsin_status status =
        name.is_failed ? error_memory(why->err) : add_value(why, parent, "value", strbuf_str(&name), expression);
    strbuf_release(&name);
    return status;
}

/* What a test saw: its operands, and the fields inside of those. */
static tocsin_status add_values(struct why *why, struct explain_node *parent, const struct expression *expression)
{
    for (uint32_t i = 0; i < expression->operand_count; i++) {
        const struct expression *operand = expression->operands[i];
        bool is_condition = operand->type == TYPE_BOOL && operand->kind != EXPRESSION_FIELD &&
                            operand->kind != EXPRESSION_CALL && operand->kind != EXPRESSION_CASE;
        bool is_hidden = operand->kind == EXPRESSION_FIELD && operand->field == FIELD_RECORD_KIND &&
                         why->plan->source.kind == PLAN_SOURCE_LOG; /* the test says it */
        if ((!operand->has_field && !operand->has_now) || is_hidden) {
            continue;
        }
        tocsin_status status = is_condition || operand->kind == EXPRESSION_CONVERT
                                   ? TOCSIN_OK
                                   : add_named_value(why, parent, operand);
        status = status == TOCSIN_OK ? add_values(why, parent, operand) : status;
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return TOCSIN_OK;
}

static bool is_inner(const struct expression *test)
{
    return test->kind == EXPRESSION_AND || test->kind == EXPRESSION_OR ||
           (test->kind == EXPRESSION_NOT &&
            (test->operands[0]->kind == EXPRESSION_AND || test->operands[0]->kind == EXPRESSION_OR));
}

static tocsin_status add_test(struct why *why, struct explain_node *parent, const struct expression *test)
{
    enum explain_mark mark = MARK_NONE;
    tocsin_status status = judge(why, test, &mark);
    if (status != TOCSIN_OK) {
        return status;
    }
    strbuf_clear(&why->text);
    if (is_inner(test)) {
        strbuf_append(&why->text, test->kind == EXPRESSION_AND  ? STR("all of")
                                  : test->kind == EXPRESSION_OR ? STR("any of")
                                                                : STR("not"));
    } else {
        expression_append_text(&why->text, test, why->plan->schema);
    }
    struct explain_node *node =
        why->text.is_failed ? NULL : explain_add(why->arena, parent, "test", strbuf_str(&why->text));
    if (!node) {
        return error_memory(why->err);
    }
    node->mark = mark;
    if (!is_inner(test)) {
        return add_values(why, node, test);
    }
    for (uint32_t i = 0; status == TOCSIN_OK && i < test->operand_count; i++) {
        status = add_test(why, node, test->operands[i]);
    }
    return status;
}

static tocsin_status add_tests(struct why *why, struct explain_node *node, bool *ret_passes)
{
    const struct expression *const *parts[] = {why->plan->early, why->plan->late};
    const uint32_t counts[] = {why->plan->early_count, why->plan->late_count};
    *ret_passes = true;
    for (size_t i = 0; i < countof(parts); i++) {
        for (uint32_t j = 0; j < counts[i]; j++) {
            tocsin_status status = add_test(why, node, parts[i][j]);
            if (status != TOCSIN_OK) {
                return status;
            }
            *ret_passes &= node->last_child->mark == MARK_PASS;
        }
    }
    return TOCSIN_OK;
}

/* What the row gives to the answer; of a grouped query, what it gives to its group. */
static tocsin_status add_outputs(struct why *why, struct explain_node *node)
{
    const struct plan *plan = why->plan;
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; !plan->group && status == TOCSIN_OK && i < plan->output_count; i++) {
        status = add_value(why, node, "column", plan->outputs[i].name, plan->outputs[i].expression);
    }
    for (uint32_t i = 0; plan->group && status == TOCSIN_OK && i < plan->group->key_count; i++) {
        status = add_named_value(why, node, plan->group->keys[i]);
    }
    for (uint32_t i = 0; plan->group && status == TOCSIN_OK && i < plan->group->aggregate_count; i++) {
        const struct expression *argument = plan->group->aggregates[i].argument;
        status = argument ? add_named_value(why, node, argument) : TOCSIN_OK;
    }
    return status;
}

tocsin_status why_row(const struct plan *plan, const struct program_environment *environment, struct batch *batch,
                      uint16_t row, struct arena *arena, struct explain_node *parent, bool *ret_passes,
                      struct error *err)
{
    struct why why = {.plan = plan,
                      .environment = environment,
                      .batch = batch,
                      .row = row,
                      .arena = arena,
                      .err = err};
    strbuf_init(&why.text, LIMIT_QUERY_RUN_BYTES);
    strbuf_init(&why.scratch, LIMIT_QUERY_RUN_BYTES);
    struct explain_node *tests = explain_add(arena, parent, "filter", STR("WHERE and time clause"));
    struct explain_node *columns = explain_add(arena, parent, "columns",
                                               plan->group ? STR("what it gives to its group") : STR("columns"));
    tocsin_status status = tests && columns ? add_tests(&why, tests, ret_passes) : error_memory(err);
    if (status == TOCSIN_OK) {
        tests->mark = *ret_passes ? MARK_PASS : MARK_FAIL;
        status = add_outputs(&why, columns);
    }
    strbuf_release(&why.text);
    strbuf_release(&why.scratch);
    return status;
}
