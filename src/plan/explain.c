#include "plan/explain.h"

#include "base/limits.h"
#include "plan/expression_text.h"
#include "plan/literals.h"

struct explainer {
    struct arena *arena;
    const struct time_zone *zone;
    struct strbuf text; /* of the line being made */
    bool is_failed;     /* memory is out */
    struct error *err;
};

/* Adds the collected text as a line. */
static struct explain_node *add_text(struct explainer *explainer, struct explain_node *parent, const char *kind)
{
    struct explain_node *node = explain_add(explainer->arena, parent, kind, strbuf_str(&explainer->text));
    explainer->is_failed |= !node || explainer->text.is_failed;
    strbuf_clear(&explainer->text);
    return node;
}

static struct explain_node *add(struct explainer *explainer, struct explain_node *parent, const char *kind, str text)
{
    strbuf_clear(&explainer->text);
    strbuf_append(&explainer->text, text);
    return add_text(explainer, parent, kind);
}

static void append_expression(struct explainer *explainer, const struct expression *expression,
                              const struct schema *schema)
{
    expression_append_text(&explainer->text, expression, schema);
}

/* ---- filters ---- */

static void add_expression(struct explainer *explainer, struct explain_node *parent, const char *kind,
                           const struct expression *expression, const struct schema *schema)
{
    if (explainer->is_failed) {
        return;
    }
    bool is_junction = expression->kind == EXPRESSION_AND || expression->kind == EXPRESSION_OR;
    if (!is_junction) {
        append_expression(explainer, expression, schema);
        add_text(explainer, parent, kind);
        return;
    }
    struct explain_node *node = add(explainer, parent, expression->kind == EXPRESSION_AND ? "and" : "or",
                                    expression->kind == EXPRESSION_AND ? STR("all of") : STR("any of"));
    for (uint32_t i = 0; node && i < expression->operand_count; i++) {
        add_expression(explainer, node, kind, expression->operands[i], schema);
    }
}

static void add_conjuncts(struct explainer *explainer, struct explain_node *parent, const char *kind, str title,
                          const struct expression *const *parts, uint32_t count, const struct schema *schema)
{
    if (count == 0) {
        return;
    }
    struct explain_node *node = add(explainer, parent, kind, title);
    for (uint32_t i = 0; node && i < count; i++) {
        add_expression(explainer, node, "test", parts[i], schema);
    }
}

static void append_literal(struct explainer *explainer, const struct literal *literal, const struct schema *schema)
{
    struct value value = {.type = TYPE_STRING, .text = literal->text};
    strbuf_append(&explainer->text, schema_field(schema, literal->field)->name);
    strbuf_append(&explainer->text, literal->is_whole ? STR(" = ") : STR(" holds "));
    value_append_text(&explainer->text, &value);
    strbuf_append(&explainer->text, literal->ignores_case ? STR(" in any case") : STR_EMPTY);
}

static void add_literals(struct explainer *explainer, struct explain_node *parent, const struct plan *plan)
{
    struct literal_cover *covers = NULL;
    uint32_t count = 0;
    if (plan_literal_covers(plan, explainer->arena, &covers, &count, explainer->err) != TOCSIN_OK) {
        explainer->is_failed = true;
        return;
    }
    const struct literal_cover *best = literal_covers_best(covers, count);
    if (!best) {
        return;
    }
    strbuf_append_format(&explainer->text, "literals for the matcher: a row that passes has one of %u", best->count);
    struct explain_node *node = add_text(explainer, parent, "literals");
    for (uint32_t i = 0; node && i < best->count; i++) {
        append_literal(explainer, &best->literals[i], plan->schema);
        add_text(explainer, node, "literal");
    }
}

/* ---- stages ---- */

static void append_time(struct explainer *explainer, int64_t ms)
{
    char text[TIME_TEXT_BYTES];
    strbuf_append(&explainer->text, (str){text, time_format_iso8601(ms, text)});
}

static void add_window(struct explainer *explainer, struct explain_node *parent, const struct plan *plan)
{
    if (!plan->has_window) {
        return;
    }
    strbuf_append(&explainer->text, STR("time range: starttime from "));
    if (plan->window_min_ms == INT64_MIN) {
        strbuf_append(&explainer->text, STR("the beginning"));
    } else {
        append_time(explainer, plan->window_min_ms);
    }
    strbuf_append(&explainer->text, STR(" to "));
    if (plan->window_max_ms == INT64_MAX) {
        strbuf_append(&explainer->text, STR("the end"));
    } else {
        append_time(explainer, plan->window_max_ms);
    }
    add_text(explainer, parent, "time-range");
}

static void add_fields(struct explainer *explainer, struct explain_node *parent, const struct field_set *fields,
                       const struct schema *schema)
{
    strbuf_append(&explainer->text, STR("fields read: "));
    bool is_first = true;
    for (size_t field = 0; field < schema_field_count(schema); field++) {
        if (field_set_has(fields, (field_id)field)) {
            strbuf_append(&explainer->text, is_first ? STR_EMPTY : STR(", "));
            strbuf_append(&explainer->text, schema_field(schema, (field_id)field)->name);
            is_first = false;
        }
    }
    strbuf_append(&explainer->text, is_first ? STR("none") : STR_EMPTY);
    add_text(explainer, parent, "fields");
}

static struct explain_node *explain_stage(struct explainer *explainer, struct explain_node *parent,
                                          const struct plan *plan);

static void add_source(struct explainer *explainer, struct explain_node *parent, const struct plan *plan)
{
    struct explain_node *node = NULL;
    switch (plan->source.kind) {
    case PLAN_SOURCE_LOG:
        node = add(explainer, parent, "scan", STR("scan the input once"));
        break;
    case PLAN_SOURCE_CURSOR:
        strbuf_append(&explainer->text, STR("read the cursor "));
        strbuf_append(&explainer->text, plan->source.cursor);
        node = add_text(explainer, parent, "cursor");
        break;
    case PLAN_SOURCE_PLAN:
        node = add(explainer, parent, "sub-select", STR("rows of the sub-select"));
        explain_stage(explainer, node, plan->source.inner);
        break;
    }
    if (node && plan->source.kind != PLAN_SOURCE_PLAN) {
        add_fields(explainer, node, &plan->fields, plan->schema);
        add_window(explainer, node, plan);
        add_literals(explainer, node, plan);
    }
}

static void add_filters(struct explainer *explainer, struct explain_node *parent, const struct plan *plan)
{
    add_conjuncts(explainer, parent, "filter-late", STR("filter, once the input has ended (NOW(), sub-selects)"),
                  plan->late, plan->late_count, plan->schema);
    add_conjuncts(explainer, parent, "filter-now",
                  STR("prune while reading, with the newest time so far (the same tests follow at the end)"),
                  plan->late_monotone, plan->late_monotone_count, plan->schema);
    add_conjuncts(explainer, parent, "filter", STR("filter, cheapest test first"), plan->early, plan->early_count,
                  plan->schema);
}

static void add_session(struct explainer *explainer, struct explain_node *parent, const struct plan *plan)
{
    const struct plan_session *session = plan->session;
    if (!session) {
        return;
    }
    struct explain_node *node = add(explainer, parent, "session", STR("number sessions, in the order of time"));
    for (uint32_t i = 0; node && i < session->key_count; i++) {
        strbuf_append(&explainer->text, STR("key: "));
        append_expression(explainer, session->keys[i], plan->schema);
        add_text(explainer, node, "key");
    }
    const struct {
        const struct expression *condition;
        str text;
    } conditions[] = {{session->begin, session->is_begin_explicit ? STR("only begins with: ") : STR("begins with: ")},
                      {session->end, session->is_end_explicit ? STR("only ends with: ") : STR("ends with: ")}};
    for (size_t i = 0; node && i < countof(conditions); i++) {
        if (conditions[i].condition) {
            strbuf_append(&explainer->text, conditions[i].text);
            append_expression(explainer, conditions[i].condition, plan->schema);
            add_text(explainer, node, "condition");
        }
    }
    if (node && session->has_timeout) {
        strbuf_append_format(&explainer->text, "ends when nothing came for %lld ms", (long long)session->timeout_ms);
        add_text(explainer, node, "timeout");
    }
    if (node && session->has_window) {
        strbuf_append_format(&explainer->text, "ends %lld ms after its first event", (long long)session->window_ms);
        add_text(explainer, node, "time-window");
    }
}

static void append_aggregate(struct explainer *explainer, const struct plan_aggregate *aggregate,
                             const struct schema *schema)
{
    static const char *const names[] = {
        [AGGREGATE_COUNT_ROWS] = "COUNT",   [AGGREGATE_COUNT] = "COUNT",
        [AGGREGATE_SUM] = "SUM",            [AGGREGATE_AVG] = "AVG",
        [AGGREGATE_MIN] = "MIN",            [AGGREGATE_MAX] = "MAX",
        [AGGREGATE_STDEV] = "STDEV",        [AGGREGATE_STDEVP] = "STDEVP",
        [AGGREGATE_UNIQUECOUNT] = "UNIQUECOUNT", [AGGREGATE_DISTINCTCOUNT] = "DISTINCTCOUNT",
        [AGGREGATE_FIRST] = "FIRST",        [AGGREGATE_LAST] = "LAST"};
    strbuf_append(&explainer->text, str_from_cstring(names[aggregate->kind]));
    strbuf_append_char(&explainer->text, '(');
    if (aggregate->argument) {
        append_expression(explainer, aggregate->argument, schema);
    } else {
        strbuf_append_char(&explainer->text, '*');
    }
    strbuf_append_char(&explainer->text, ')');
}

static void add_group(struct explainer *explainer, struct explain_node *parent, const struct plan *plan)
{
    const struct plan_group *group = plan->group;
    if (!group) {
        return;
    }
    if (group->having) {
        add_conjuncts(explainer, parent, "having", STR("keep groups with"), &group->having, 1, group->schema);
    }
    struct explain_node *node = add(explainer, parent, "group",
                                    group->key_count > 0 ? STR("group (hash table; spills to disk)")
                                                         : STR("one group of all rows"));
    for (uint32_t i = 0; node && i < group->key_count; i++) {
        strbuf_append(&explainer->text, STR("key: "));
        append_expression(explainer, group->keys[i], plan->schema);
        add_text(explainer, node, "key");
    }
    for (uint32_t i = 0; node && i < group->aggregate_count; i++) {
        append_aggregate(explainer, &group->aggregates[i], plan->schema);
        add_text(explainer, node, "aggregate");
    }
}

static void add_order(struct explainer *explainer, struct explain_node *parent, const struct plan *plan)
{
    if (plan->has_limit) {
        strbuf_append_format(&explainer->text, "first %llu rows", (unsigned long long)plan->limit);
        add_text(explainer, parent, "limit");
    }
    if (plan->order_count == 0) {
        add(explainer, parent, "order",
            plan->group                              ? STR("groups by their first row, newest first")
            : plan->source.kind == PLAN_SOURCE_LOG ? STR("newest first")
                                                   : STR("as the rows come"));
        return;
    }
    const struct schema *schema = plan->group ? plan->group->schema : plan->schema;
    strbuf_append(&explainer->text, STR("sort by "));
    for (uint32_t i = 0; i < plan->order_count; i++) {
        strbuf_append(&explainer->text, i > 0 ? STR(", ") : STR_EMPTY);
        append_expression(explainer, plan->orders[i].expression, schema);
        strbuf_append(&explainer->text, plan->orders[i].is_descending ? STR(" DESC") : STR_EMPTY);
        if (plan->orders[i].collation.len > 0) {
            strbuf_append(&explainer->text, STR(" COLLATE "));
            strbuf_append(&explainer->text, plan->orders[i].collation);
        }
    }
    add_text(explainer, parent, "sort");
}

static void add_outputs(struct explainer *explainer, struct explain_node *parent, const struct plan *plan)
{
    strbuf_append_format(&explainer->text, "%u column%s", plan->output_count, plan->output_count == 1 ? "" : "s");
    struct explain_node *node = add_text(explainer, parent, "columns");
    const struct schema *schema = plan->group ? plan->group->schema : plan->schema;
    for (uint32_t i = 0; node && i < plan->output_count; i++) {
        const struct plan_output *output = &plan->outputs[i];
        strbuf_append(&explainer->text, output->name);
        strbuf_append_format(&explainer->text, " (%.*s): ", STR_ARG(value_type_name(output->expression->type)));
        append_expression(explainer, output->expression, schema);
        add_text(explainer, node, "column");
    }
}

static struct explain_node *explain_stage(struct explainer *explainer, struct explain_node *parent,
                                          const struct plan *plan)
{
    struct explain_node *node = add(explainer, parent, "query", STR("query"));
    if (!node) {
        return NULL;
    }
    if (plan->into.len > 0) {
        strbuf_append(&explainer->text, STR("keep the answer as cursor "));
        strbuf_append(&explainer->text, plan->into);
        add_text(explainer, node, "into");
    }
    add_order(explainer, node, plan);
    add_outputs(explainer, node, plan);
    add_group(explainer, node, plan);
    add_session(explainer, node, plan);
    add_filters(explainer, node, plan);
    for (uint32_t i = 0; i < plan->subquery_count; i++) {
        strbuf_append_format(&explainer->text, "sub-select %u, answered first, in the same pass", i + 1);
        struct explain_node *subquery = add_text(explainer, node, "sub-select");
        explain_stage(explainer, subquery, plan->subqueries[i].plan);
    }
    add_source(explainer, node, plan);
    return node;
}

tocsin_status plan_explain(const struct plan *plan, const struct time_zone *zone, struct arena *arena,
                           struct explain_node **ret_tree, struct error *err)
{
    struct explainer explainer = {.arena = arena, .zone = zone, .err = err};
    strbuf_init(&explainer.text, LIMIT_QUERY_RUN_BYTES);
    struct explain_node *tree = explain_stage(&explainer, NULL, plan);
    bool is_failed = explainer.is_failed || !tree;
    strbuf_release(&explainer.text);
    if (is_failed) {
        return error_memory(err);
    }
    *ret_tree = tree;
    return TOCSIN_OK;
}
