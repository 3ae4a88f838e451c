/* Texts that a query refers to and that are bound in its place: AQL-based properties, custom functions, offenses.
 * Errors inside them are placed in the text they stand in; remarks stand where the query refers to it. */
#include <stdio.h>

#include "base/strbuf.h"
#include "lookup/custom_functions.h"
#include "lookup/offenses.h"
#include "plan/binder.h"

/* What is being expanded, for recursion and for the names of parameters. */
struct expansion {
    const struct expansion *outer;
    const void *object;                     /* a custom function, or the text of a property or an offense */
    const struct custom_function *function; /* NULL: no parameters */
    const struct expression **arguments;
    uint32_t argument_count;
};

/* The parsed text of an object, kept: a function may be called often. */
struct foreign_text {
    struct foreign_text *next;
    const void *object;
    const struct syntax_node *node;
    const char *source_name;
};

static tocsin_status parse_foreign(struct binder *binder, const void *object, str text, const char *kind, str name,
                                   const struct foreign_text **ret_foreign)
{
    struct binding *shared = binder->shared;
    for (struct foreign_text *known = shared->foreign; known; known = known->next) {
        if (known->object == object) {
            *ret_foreign = known;
            return TOCSIN_OK;
        }
    }
    struct strbuf source;
    strbuf_init(&source, 2 * LIMIT_IDENTIFIER_BYTES);
    strbuf_append_format(&source, "%s \"", kind);
    strbuf_append(&source, str_slice(name, 0, 120));
    strbuf_append_char(&source, '"');
    struct foreign_text *foreign = arena_new(shared->arena, struct foreign_text);
    char *source_name = source.is_failed ? NULL : arena_copy_cstring(shared->arena, strbuf_str(&source));
    strbuf_release(&source);
    if (!foreign || !source_name) {
        return error_memory(binder->err);
    }
    struct syntax_node *node = NULL;
    tocsin_status status = aql_parse_expression(shared->arena, text, source_name, &node, binder->err);
    if (status != TOCSIN_OK) {
        return status;
    }
    *foreign = (struct foreign_text){shared->foreign, object, node, source_name};
    shared->foreign = foreign;
    *ret_foreign = foreign;
    return TOCSIN_OK;
}

/* Binds the node of a foreign text. Its names are fields and parameters, not the query's aliases. */
static tocsin_status bind_text(struct binder *binder, const struct foreign_text *foreign, str text,
                               struct expansion *expansion, const struct expression **ret_expression)
{
    str own_text = binder->text;
    const char *source_name = binder->source_name;
    bool is_foreign = binder->is_foreign;
    const struct syntax_node *reference = binder->reference;
    uint32_t items_visible = binder->items_visible;
    uint32_t call_depth = binder->call_depth;
    const struct expansion *outer = binder->expansion;
    expansion->outer = outer;
    binder->reference = is_foreign ? reference : binder->node;
    binder->text = text;
    binder->source_name = foreign->source_name;
    binder->is_foreign = true;
    binder->items_visible = 0;
    binder->call_depth = 1; /* no columns of the answer either */
    binder->expansion = expansion;
    tocsin_status status = bind_expression(binder, foreign->node, ret_expression);
    binder->text = own_text;
    binder->source_name = source_name;
    binder->is_foreign = is_foreign;
    binder->reference = reference;
    binder->items_visible = items_visible;
    binder->call_depth = call_depth;
    binder->expansion = outer;
    return status;
}

static bool is_being_expanded(const struct binder *binder, const void *object)
{
    for (const struct expansion *expansion = binder->expansion; expansion; expansion = expansion->outer) {
        if (expansion->object == object) {
            return true;
        }
    }
    return false;
}

/* Functions of functions of functions could make a small query large. */
static tocsin_status count_expansion(struct binder *binder, str name)
{
    if (binder->shared->expansion_count++ < LIMIT_EXPANSIONS) {
        return TOCSIN_OK;
    }
    size_t offset = binder->node && !binder->is_foreign ? binder->node->offset_start : 0;
    return bind_error(binder, TOCSIN_ERROR_LIMIT, offset,
                      "the query uses custom functions and properties more than %d times, the last is \"%.*s\"",
                      LIMIT_EXPANSIONS, STR_ARG(str_slice(name, 0, 120)));
}

/* ---- properties that stand for an expression --------------------------------------------------------------------- */

tocsin_status bind_property_expression(struct binder *binder, field_id id, const struct expression **ret_expression)
{
    const struct field *field = schema_field(binder->schema, id);
    size_t offset = binder->node && !binder->is_foreign ? binder->node->offset : 0;
    for (const struct expansion *outer = binder->expansion; outer; outer = outer->outer) {
        if (!outer->function) {
            tocsin_status status = bind_error(binder, TOCSIN_ERROR_NAME, 0,
                                              "\"%.*s\" is an AQL-based property, and cannot stand in another",
                                              STR_ARG(str_slice(field->name, 0, 120)));
            error_hint(binder->err, "write out what it stands for");
            return status;
        }
    }
    const struct foreign_text *foreign = NULL;
    tocsin_status status = count_expansion(binder, field->name);
    status = status == TOCSIN_OK ? parse_foreign(binder, field, field->expression, "property", field->name, &foreign)
                                 : status;
    if (status == TOCSIN_OK && syntax_has_aggregate(foreign->node)) {
        status = bind_error(binder, TOCSIN_ERROR_TYPE, offset, "the AQL-based property \"%.*s\" has an aggregate",
                            STR_ARG(str_slice(field->name, 0, 120)));
        error_hint(binder->err, "a property is computed for each event; aggregate in the query: SUM(\"%.*s\")",
                   STR_ARG(str_slice(field->name, 0, 120)));
    }
    struct expansion expansion = {.object = field};
    return status == TOCSIN_OK ? bind_text(binder, foreign, field->expression, &expansion, ret_expression) : status;
}

/* ---- custom functions -------------------------------------------------------------------------------------------- */

const struct expression *find_parameter(const struct binder *binder, str name)
{
    const struct expansion *expansion = binder->expansion;
    if (!expansion || !expansion->function) {
        return NULL;
    }
    for (uint32_t i = 0; i < expansion->function->parameter_count; i++) {
        if (str_eq_ignore_case(expansion->function->parameters[i].name, name)) {
            return expansion->arguments[i];
        }
    }
    return NULL;
}

const struct expression **find_all_arguments(const struct binder *binder, const struct syntax_node *node,
                                             uint32_t *ret_count)
{
    const struct expansion *expansion = binder->expansion;
    if (!expansion || !expansion->function || !expansion->function->is_variadic || node->kind != SYNTAX_NAME) {
        return NULL;
    }
    uint32_t last = expansion->function->parameter_count - 1;
    if (!str_eq_ignore_case(expansion->function->parameters[last].name, node->text)) {
        return NULL;
    }
    *ret_count = expansion->argument_count - last;
    return expansion->arguments + last;
}

static tocsin_status check_argument_count(struct binder *binder, const struct custom_function *function, uint32_t count,
                                          size_t offset)
{
    bool is_good = function->is_variadic ? count >= function->parameter_count : count == function->parameter_count;
    if (is_good) {
        return TOCSIN_OK;
    }
    tocsin_status status = bind_error(binder, TOCSIN_ERROR_TYPE, offset, "%.*s takes %s%u argument%s, not %u",
                                      STR_ARG(function->name), function->is_variadic ? "at least " : "",
                                      function->parameter_count, function->parameter_count == 1 ? "" : "s", count);
    if (function->description.len > 0) {
        error_hint(binder->err, "%.*s", STR_ARG(str_slice(function->description, 0, 200)));
    }
    return status;
}

/* To the type of the parameter, as arguments of AQL's own functions are. */
static tocsin_status convert_custom_argument(struct binder *binder, const struct custom_function *function,
                                             uint32_t index, const struct expression **argument, size_t offset)
{
    uint32_t last = function->parameter_count - 1;
    const struct custom_parameter *parameter = &function->parameters[index < last ? index : last];
    enum value_type wanted = custom_type_value(parameter->type);
    enum value_type found = (*argument)->type;
    bool are_numbers = (found == TYPE_INT64 || found == TYPE_DOUBLE) && (wanted == TYPE_INT64 || wanted == TYPE_DOUBLE);
    bool is_text = found == TYPE_STRING && (*argument)->kind == EXPRESSION_CONSTANT;
    if (found != wanted && found != TYPE_NULL && !are_numbers && !is_text) {
        tocsin_status status = bind_wrong_type(binder, offset, found, value_type_name(wanted).data);
        error_hint(binder->err, "argument %u of %.*s, %.*s", index + 1, STR_ARG(function->name),
                   STR_ARG(str_slice(parameter->name, 0, 120)));
        return status;
    }
    return bind_convert(binder, *argument, wanted, offset, argument);
}

static tocsin_status convert_result(struct binder *binder, const struct custom_function *function, size_t offset,
                                    const struct expression **expression)
{
    enum value_type wanted = custom_type_value(function->result);
    return wanted == TYPE_STRING ? bind_to_string(binder, *expression, offset, expression)
                                 : bind_convert(binder, *expression, wanted, offset, expression);
}

tocsin_status bind_custom_function(struct binder *binder, const struct custom_function *function,
                                   const struct expression **arguments, uint32_t argument_count, size_t offset,
                                   const struct expression **ret_expression)
{
    if (is_being_expanded(binder, function)) {
        tocsin_status status = bind_error(binder, TOCSIN_ERROR_NAME, offset, "the custom function %.*s calls itself",
                                          STR_ARG(function->name));
        error_hint(binder->err, "a custom function is put in the place of its call, so it would never end");
        return status;
    }
    tocsin_status status = check_argument_count(binder, function, argument_count, offset);
    for (uint32_t i = 0; status == TOCSIN_OK && i < argument_count; i++) {
        status = convert_custom_argument(binder, function, i, &arguments[i], offset);
    }
    status = status == TOCSIN_OK ? count_expansion(binder, function->name) : status;
    const struct foreign_text *foreign = NULL;
    if (status == TOCSIN_OK) {
        status = parse_foreign(binder, function, function->expression, "function", function->name, &foreign);
    }
    if (status == TOCSIN_OK && syntax_has_aggregate(foreign->node)) {
        status = bind_error(binder, TOCSIN_ERROR_TYPE, offset, "the custom function %.*s has an aggregate",
                            STR_ARG(function->name));
        error_hint(binder->err, "a custom function is computed for each row; put the aggregate into its argument");
    }
    struct expansion expansion = {
        .object = function, .function = function, .arguments = arguments, .argument_count = argument_count};
    if (status == TOCSIN_OK) {
        status = bind_text(binder, foreign, function->expression, &expansion, ret_expression);
    }
    return status == TOCSIN_OK ? convert_result(binder, function, offset, ret_expression) : status;
}

/* ---- offenses ---------------------------------------------------------------------------------------------------- */

tocsin_status find_offense(struct binder *binder, int64_t id, size_t offset, const struct offense **ret_offense)
{
    const struct lookup_tables *lookups = binder->options->lookups;
    *ret_offense = lookups ? offense_find(lookups->offenses, id) : NULL;
    if (*ret_offense) {
        return TOCSIN_OK;
    }
    if (binder->options->has_null_unknown_fields) {
        struct diagnostic *remark = bind_remark_at(binder, "unknown-offense", DIAGNOSTIC_WARNING, offset, offset,
                                                   binder->clause == CLAUSE_TIME
                                                       ? "offense %lld is not known: all times are searched"
                                                       : "offense %lld is not known: no event belongs to it",
                                                   (long long)id);
        diagnostic_hint(binder->diagnostics, remark, "offenses.yaml of the configuration folder tells of offenses");
        return TOCSIN_OK;
    }
    tocsin_status status = bind_error(binder, TOCSIN_ERROR_NAME, offset, "InOffense function: Error loading Offense");
    error_hint(binder->err, "there is no offense %lld in offenses.yaml of the configuration folder", (long long)id);
    return status;
}

/* In the words of AQL: its time, and the rules that saw the event. */
static void append_offense(struct strbuf *text, const struct offense *offense)
{
    strbuf_append_format(text, "starttime >= %lld", (long long)offense->start_ms);
    if (offense->has_stop) {
        strbuf_append_format(text, " AND starttime <= %lld", (long long)offense->stop_ms);
    }
    for (size_t i = 0; i < offense->rule_count; i++) {
        strbuf_append_format(text, "%s CONCAT(',', creeventlist, ',') LIKE '%%,%lld,%%'", i == 0 ? " AND (" : " OR",
                             (long long)offense->rule_ids[i]);
    }
    strbuf_append(text, offense->rule_count > 0 ? STR(")") : STR(""));
}

static tocsin_status bind_offense_part(struct binder *binder, const struct offense *offense, const void *object,
                                       str text, const struct expression **ret_part)
{
    char name[24];
    int bytes = snprintf(name, sizeof(name), "%lld", (long long)offense->id);
    const struct foreign_text *foreign = NULL;
    struct expansion expansion = {.object = object};
    tocsin_status status = parse_foreign(binder, object, text, "offense", str_from(name, (size_t)bytes), &foreign);
    const struct expression *part = NULL;
    status = status == TOCSIN_OK ? bind_text(binder, foreign, text, &expansion, &part) : status;
    return status == TOCSIN_OK ? bind_truth(binder, part, 0, ret_part) : status;
}

tocsin_status bind_in_offense(struct binder *binder, const struct syntax_node *node,
                              const struct expression **ret_expression)
{
    int64_t id = 0;
    const struct syntax_node *number = node->operand_count == 1 ? node->operands[0] : NULL;
    bool is_number = number && (number->kind == SYNTAX_INTEGER ||
                                (number->kind == SYNTAX_STRING && str_to_i64(str_trim(number->text), &id)));
    if (!is_number) {
        tocsin_status status =
            bind_error(binder, TOCSIN_ERROR_TYPE, node->offset, "INOFFENSE takes the number of an offense");
        error_hint(binder->err, "example: INOFFENSE(42)");
        return status;
    }
    const struct offense *offense = NULL;
    const struct expression *parts[2] = {NULL, NULL};
    tocsin_status status =
        find_offense(binder, number->kind == SYNTAX_INTEGER ? number->integer : id, node->offset, &offense);
    if (status == TOCSIN_OK && !offense) {
        return bind_constant(binder, (struct value){.type = TYPE_NULL}, ret_expression);
    }
    if (status != TOCSIN_OK) {
        return status;
    }
    struct strbuf text;
    strbuf_init(&text, LIMIT_QUERY_BYTES);
    append_offense(&text, offense);
    str copy = text.is_failed ? (str){NULL, 0} : arena_copy(binder->shared->arena, strbuf_str(&text));
    strbuf_release(&text);
    status = copy.data ? bind_offense_part(binder, offense, offense, copy, &parts[0]) : error_memory(binder->err);
    if (status == TOCSIN_OK && offense->where.len > 0) {
        status = bind_offense_part(binder, offense, &offense->where, offense->where, &parts[1]);
    }
    return status == TOCSIN_OK ? bind_conjunction(binder, EXPRESSION_AND, parts, parts[1] ? 2 : 1, ret_expression)
                               : status;
}
