/* What a name means: field, alias or column of the answer; and what to say when it means nothing. */
#include "base/strbuf.h"
#include "lookup/custom_functions.h"
#include "plan/binder.h"
#include "plan/sql_functions.h"

field_id find_field(const struct binder *binder, str name)
{
    field_id field = schema_find_in(binder->schema, binder->catalog, name);
    bool is_hidden = field == FIELD_SESSIONID && binder->plan->source.kind == PLAN_SOURCE_LOG &&
                     (!binder->select->session.is_present || binder->clause == CLAUSE_WHERE ||
                      binder->clause == CLAUSE_SESSION || binder->clause == CLAUSE_TIME);
    return is_hidden ? FIELD_NONE : field;
}

static uint32_t find_item(const struct binder *binder, str name)
{
    const struct name_entry *entry = name_table_find(&binder->aliases, name);
    return entry && entry->value < binder->items_visible ? entry->value : UINT32_MAX;
}

static bool sees_aliases_first(const struct binder *binder)
{
    return binder->call_depth == 0 &&
           (binder->clause == CLAUSE_GROUP || binder->clause == CLAUSE_HAVING || binder->clause == CLAUSE_ORDER);
}

struct resolution resolve_name(const struct binder *binder, str name)
{
    if (find_parameter(binder, name)) {
        return (struct resolution){.kind = RESOLVED_PARAMETER};
    }
    uint32_t item = find_item(binder, name);
    field_id field = find_field(binder, name);
    /* An aggregate is no key: where a field has the same name, that one is meant. */
    bool is_useless = item != UINT32_MAX && field != FIELD_NONE && binder->clause == CLAUSE_GROUP &&
                      binder->items[item].has_aggregate;
    if (item != UINT32_MAX && !is_useless && (field == FIELD_NONE || sees_aliases_first(binder))) {
        return (struct resolution){.kind = RESOLVED_ITEM, .item = item};
    }
    if (field != FIELD_NONE) {
        return (struct resolution){.kind = RESOLVED_FIELD, .field = field};
    }
    bool sees_outputs = binder->clause == CLAUSE_HAVING || binder->clause == CLAUSE_ORDER;
    if (sees_outputs && !binder->expansion) { /* ORDER BY "SUM_sourcebytes" */
        const struct name_entry *output = name_table_find(&binder->outputs, name);
        if (output) {
            return (struct resolution){.kind = RESOLVED_OUTPUT, .item = output->value};
        }
    }
    return (struct resolution){.kind = RESOLVED_NOTHING};
}

const struct syntax_node *resolve_quoted_alias(struct binder *binder, const struct syntax_node *node)
{
    if (node->kind != SYNTAX_STRING ||
        (find_item(binder, node->text) == UINT32_MAX && !name_table_find(&binder->outputs, node->text))) {
        return node;
    }
    struct syntax_node *name = arena_new(binder->arena, struct syntax_node);
    if (name) {
        *name = *node;
        name->kind = SYNTAX_NAME;
        name->is_quoted = true;
    }
    return name;
}

/* The guide writes property names with hyphens unquoted (Bluecoat-cs-host). It is a - b when a is a name, else the
   property whose name is the whole text (aql-reference 1.4). */
bool resolve_hyphenated_property(const struct binder *binder, const struct syntax_node *node, field_id *ret_field)
{
    const struct syntax_node *left = node;
    while (left->kind == SYNTAX_BINARY) {
        left = left->operands[0];
    }
    if (left->kind != SYNTAX_NAME || resolve_name(binder, left->text).kind != RESOLVED_NOTHING) {
        return false;
    }
    str text = str_slice(binder->text, node->offset_start, node->offset_end);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '_' && c != '-') {
            return false;
        }
    }
    *ret_field = find_field(binder, text);
    return *ret_field != FIELD_NONE;
}

/* ---- names that mean nothing ------------------------------------------------------------------------------------- */

static bool needs_quotes(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!ascii_is_alpha(name.data[i]) && !ascii_is_digit(name.data[i]) && name.data[i] != '_') {
            return true;
        }
    }
    return name.len == 0 || ascii_is_digit(name.data[0]);
}

/* The nearest known name of a kind so far, and how far it is. */
struct nearest {
    str name;
    size_t distance;
};

static void consider(struct nearest *nearest, str wanted, str candidate)
{
    if (candidate.len == 0 || nearest->distance == 0) {
        return;
    }
    size_t distance = str_edit_distance(wanted, candidate, nearest->distance - 1);
    if (distance < nearest->distance) {
        *nearest = (struct nearest){candidate, distance};
    }
}

/* The nearest of fields, custom properties, aliases, columns and functions; fields win where functions are as near. */
static str find_nearest(const struct binder *binder, str name, bool is_function)
{
    struct nearest nearest = {STR_EMPTY, name.len / 3 + 1};
    const struct lookup_tables *lookups = binder->options->lookups;
    for (int pass = 0; pass < 2; pass++) {
        if ((pass == 0) == is_function) {
            consider(&nearest, name, function_suggest(name));
            if (lookups) {
                consider(&nearest, name, custom_function_suggest(lookups->custom_functions, name));
            }
            continue;
        }
        consider(&nearest, name, schema_suggest_in(binder->schema, binder->catalog, name));
        for (uint32_t i = 0; i < binder->items_visible; i++) {
            consider(&nearest, name, binder->items[i].syntax->alias);
        }
    }
    return nearest.name;
}

/* The same, remembered. Nobody reads more remarks than are kept, so no more names are looked for. */
static str suggest(struct binder *binder, str name, bool is_function, bool *ret_is_new)
{
    struct binding *shared = binder->shared;
    const struct name_entry *known = name_table_find(&shared->unknown_names, name);
    *ret_is_new = known == NULL;
    if (known) {
        return known->value < LIMIT_DIAGNOSTICS ? shared->nearest[known->value] : STR_EMPTY;
    }
    uint32_t index = shared->unknown_names.count;
    if (!shared->nearest) {
        shared->nearest = arena_array(shared->arena, str, LIMIT_DIAGNOSTICS);
    }
    if (!shared->nearest || !name_table_add(&shared->unknown_names, shared->arena, name, index) ||
        index >= LIMIT_DIAGNOSTICS) {
        return STR_EMPTY; /* without a suggestion, then */
    }
    shared->nearest[index] = find_nearest(binder, name, is_function);
    return shared->nearest[index];
}

/* SELECT DISTINCT x is the column DISTINCT under the alias x: null in its place would give wrong rows. */
static bool is_distinct(const struct syntax_node *node)
{
    return !node->is_quoted && str_eq_ignore_case(node->text, STR("DISTINCT"));
}

/* The columns of a sub-select, as far as there is room. */
static void hint_columns(struct binder *binder)
{
    struct strbuf names;
    strbuf_init(&names, ERROR_HINT_BYTES);
    size_t count = schema_field_count(binder->schema);
    for (size_t i = 0; i < count && names.len < ERROR_HINT_BYTES / 2; i++) {
        strbuf_append(&names, i > 0 ? STR(", ") : STR(""));
        strbuf_append(&names, str_slice(schema_field(binder->schema, (field_id)i)->name, 0, 60));
    }
    str list = strbuf_str(&names);
    error_hint(binder->err, "the source has the columns %.*s", STR_ARG(list));
    strbuf_release(&names);
}

static void hint_field(struct binder *binder, const struct syntax_node *node, str nearest)
{
    str name = node->text;
    bool is_log = binder->plan->source.kind == PLAN_SOURCE_LOG;
    field_id other = is_log ? schema_find_in(binder->schema, CATALOG_ALL & ~binder->catalog, name) : FIELD_NONE;
    if (is_distinct(node)) {
        error_hint(binder->err,
                   "AQL has no SELECT DISTINCT; GROUP BY gives each value once, UNIQUECOUNT(x) counts them");
    } else if (str_eq_ignore_case(name, STR("sessionid"))) {
        error_hint(binder->err, binder->select->session.is_present
                                    ? "sessionid is known behind WHERE: filter it in HAVING, or around a sub-select"
                                    : "sessionid is there with SESSION BY starttime KEY BEGIN CONDITION");
    } else if (other != FIELD_NONE && schema_field(binder->schema, other)->kind == FIELD_BUILT_IN) {
        error_hint(binder->err, "it is a field of %s",
                   schema_find_in(binder->schema, CATALOG_EVENTS, name) == other  ? "events"
                   : schema_find_in(binder->schema, CATALOG_FLOWS, name) == other ? "flows"
                                                                                  : "simarc");
    } else if (node->is_quoted && node == binder->value) {
        error_hint(binder->err, "double quotes name a field; a text value takes single quotes: '%.*s'",
                   STR_ARG(str_slice(name, 0, 120)));
    } else if (nearest.len > 0) {
        error_hint(binder->err,
                   function_find(nearest)  ? "did you mean the function %.*s(..)?"
                   : needs_quotes(nearest) ? "did you mean \"%.*s\"?"
                                           : "did you mean %.*s?",
                   STR_ARG(nearest));
    } else if (!is_log) {
        hint_columns(binder);
    } else if (node->is_quoted && !binder->options->has_null_unknown_fields) { /* a property of other log sources */
        error_hint(binder->err, "`tocsin formats` lists the fields, properties.yaml defines more; --unknown-fields "
                                "null takes unknown ones as null");
    } else {
        error_hint(binder->err, node->is_quoted
                                    ? "`tocsin formats` lists the fields, properties.yaml defines more; a text "
                                      "value takes single quotes"
                                    : "`tocsin formats` lists the fields; a name with blanks takes "
                                      "double quotes");
    }
}

/* The error that is set, as a warning, and null in the place of what is unknown. */
static tocsin_status null_instead(struct binder *binder, const struct syntax_node *node, bool is_new,
                                  const struct expression **ret_expression)
{
    if (is_new) {
        struct diagnostic *remark = bind_remark(binder, binder->error_code, DIAGNOSTIC_WARNING, node,
                                                "%s: it is null in every row", binder->err->message);
        diagnostic_hint(binder->diagnostics, remark, "%s", binder->err->hint);
    }
    *binder->err = (struct error){0};
    binder->is_provisional = false;
    return bind_constant(binder, (struct value){.type = TYPE_NULL}, ret_expression);
}

static bool is_remarked(const struct binder *binder, str name)
{
    return binder->options->has_null_unknown_fields && name_table_find(&binder->shared->unknown_names, name);
}

static tocsin_status unknown_field(struct binder *binder, const struct syntax_node *node,
                                   const struct expression **ret_expression)
{
    if (is_remarked(binder, node->text) && !is_distinct(node)) {
        return bind_constant(binder, (struct value){.type = TYPE_NULL}, ret_expression);
    }
    bool is_null = binder->options->has_null_unknown_fields && !is_distinct(node);
    binder->is_provisional = is_null;
    tocsin_status status =
        bind_error(binder, TOCSIN_ERROR_NAME, node->offset, "Field \"%.*s\" does not exist in catalog \"%.*s\"",
                   STR_ARG(str_slice(node->text, 0, 120)), STR_ARG(str_slice(binder->source_label, 0, 120)));
    bool is_new;
    str nearest = suggest(binder, node->text, false, &is_new);
    binder->error_code = "unknown-field";
    hint_field(binder, node, nearest);
    return is_null ? null_instead(binder, node, is_new, ret_expression) : status;
}

tocsin_status bind_unknown_function(struct binder *binder, const struct syntax_node *node, str name,
                                    const struct expression **ret_expression)
{
    if (node->name_space.len > 0 && is_remarked(binder, name)) {
        return bind_constant(binder, (struct value){.type = TYPE_NULL}, ret_expression);
    }
    /* Content comes with functions of extensions; a mistyped name of AQL's own is no such. */
    bool is_null = binder->options->has_null_unknown_fields && node->name_space.len > 0;
    binder->is_provisional = is_null;
    tocsin_status status = bind_error(binder, TOCSIN_ERROR_NAME, node->offset, "Function \"%.*s\" does not exist",
                                      STR_ARG(str_slice(name, 0, 120)));
    bool is_new;
    str nearest = suggest(binder, name, true, &is_new);
    binder->error_code = "unknown-function";
    const char *instead = node->name_space.len == 0 ? sql_function_hint(name) : NULL;
    if (instead) {
        error_hint(binder->err, "%s", instead);
    } else if (nearest.len > 0) {
        error_hint(binder->err,
                   needs_quotes(nearest) && !function_find(nearest) ? "did you mean \"%.*s\"?" : "did you mean %.*s?",
                   STR_ARG(nearest));
    } else {
        error_hint(binder->err, node->name_space.len > 0
                                    ? "functions of extensions are defined in functions.yaml, see docs/lookups.md"
                                    : "`tocsin functions` lists them");
    }
    return is_null ? null_instead(binder, node, is_new, ret_expression) : status;
}

/* ---- names that mean something ----------------------------------------------------------------------------------- */

/* Of an alias: WHERE comes before sessions are known. */
static bool reads_session(const struct binder *binder, const struct expression *expression)
{
    bool does_read = binder->plan->source.kind == PLAN_SOURCE_LOG && expression->kind == EXPRESSION_FIELD &&
                     expression->field == FIELD_SESSIONID;
    for (uint32_t i = 0; !does_read && i < expression->operand_count && binder->select->session.is_present; i++) {
        does_read = reads_session(binder, expression->operands[i]);
    }
    return does_read;
}

static tocsin_status bind_item(struct binder *binder, const struct syntax_node *node, uint32_t item,
                               const struct expression **ret_expression)
{
    const struct bound_item *bound = &binder->items[item];
    if ((binder->clause == CLAUSE_WHERE || binder->clause == CLAUSE_SESSION) && bound->source &&
        reads_session(binder, bound->source)) {
        struct syntax_node name = *node;
        name.text = STR("sessionid");
        return unknown_field(binder, &name, ret_expression);
    }
    *ret_expression = binder->rows == ROWS_GROUPED ? bound->grouped : bound->source;
    return *ret_expression ? TOCSIN_OK : bind_misplaced_aggregate(binder, bound->syntax->alias, node->offset);
}

tocsin_status bind_name(struct binder *binder, const struct syntax_node *node, const struct expression **ret_expression)
{
    struct resolution meaning = resolve_name(binder, node->text);
    switch (meaning.kind) {
    case RESOLVED_PARAMETER:
        *ret_expression = find_parameter(binder, node->text);
        return TOCSIN_OK;
    case RESOLVED_FIELD:
        return binder->rows == ROWS_GROUPED ? bind_grouped_field(binder, meaning.field, ret_expression)
                                            : bind_field(binder, meaning.field, ret_expression);
    case RESOLVED_ITEM:
        return bind_item(binder, node, meaning.item, ret_expression);
    case RESOLVED_OUTPUT:
        if (binder->grouping && binder->rows == ROWS_SOURCE) {
            return bind_misplaced_aggregate(binder, node->text, node->offset);
        }
        *ret_expression = binder->plan->outputs[meaning.item].expression;
        return TOCSIN_OK;
    case RESOLVED_NOTHING:
        break;
    }
    return unknown_field(binder, node, ret_expression);
}
