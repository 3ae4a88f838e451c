#include "lookup/custom_functions.h"
#include "plan/binder.h"

#include <stdio.h>

static const struct function_argument *argument_of(const struct function_signature *signature, uint32_t index)
{
    uint32_t last = signature->argument_count - 1u;
    return &signature->arguments[index < last ? index : last];
}

/* How far an argument may be bent to fit: aggregates give doubles, so MAX(starttime) has to go where a time does. */
enum fit { FIT_USUAL, FIT_TRUNCATED };

static bool argument_accepts(const struct function_argument *argument, const struct expression *expression,
                             enum fit fit)
{
    if (expression->type == TYPE_NULL) {
        return true;
    }
    if (argument->domain != DOMAIN_NONE && expression->domain != argument->domain) {
        return false;
    }
    if ((argument->types & TYPES(expression->type)) != 0) {
        return true;
    }
    if (expression->type == TYPE_DOUBLE) {
        return fit == FIT_TRUNCATED && (argument->types & TYPES(TYPE_INT64)) != 0;
    }
    /* Integers go where doubles are wanted; quoted constants where numbers or addresses are. */
    if (expression->type == TYPE_INT64) {
        return (argument->types & TYPES(TYPE_DOUBLE)) != 0;
    }
    return expression->type == TYPE_STRING && expression->kind == EXPRESSION_CONSTANT &&
           (argument->types & (TYPES_NUMBER | TYPES(TYPE_IP))) != 0;
}

static bool count_fits(const struct function_signature *signature, uint32_t count)
{
    return count >= signature->required_count && (signature->is_variadic || count <= signature->argument_count);
}

static bool signature_fits(const struct function_signature *signature, const struct expression **arguments,
                           uint32_t count, enum fit fit)
{
    if (!count_fits(signature, count)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!argument_accepts(argument_of(signature, i), arguments[i], fit)) {
            return false;
        }
    }
    return true;
}

/* "takes 1 argument", "takes 1 to 3 arguments", "takes at least 1 argument". */
static tocsin_status wrong_count(struct binder *binder, const struct function_def *function, uint32_t count,
                                 size_t offset)
{
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    bool is_variadic = false;
    for (size_t i = 0; i < function->signature_count; i++) {
        const struct function_signature *signature = &function->signatures[i];
        least = signature->required_count < least ? signature->required_count : least;
        most = signature->argument_count > most ? signature->argument_count : most;
        is_variadic |= signature->is_variadic;
    }
    char range[64];
    if (most == 0) {
        snprintf(range, sizeof(range), "no argument");
    } else if (is_variadic) {
        snprintf(range, sizeof(range), "at least %u argument%s", least, least == 1 ? "" : "s");
    } else if (least == most) {
        snprintf(range, sizeof(range), "%u argument%s", least, least == 1 ? "" : "s");
    } else {
        snprintf(range, sizeof(range), "%u %s %u arguments", least, most == least + 1 ? "or" : "to", most);
    }
    tocsin_status status =
        bind_error(binder, TOCSIN_ERROR_TYPE, offset, "%s takes %s, not %u", function->names[0], range, count);
    error_hint(binder->err, "example: %s", function->example);
    return status;
}

static tocsin_status no_signature(struct binder *binder, const struct function_def *function,
                                  const struct expression **arguments, uint32_t count, size_t offset)
{
    const struct function_signature *nearest = NULL;
    for (size_t i = 0; i < function->signature_count; i++) {
        if (count_fits(&function->signatures[i], count)) {
            nearest = &function->signatures[i];
        }
    }
    if (!nearest) {
        return wrong_count(binder, function, count, offset);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct function_argument *argument = argument_of(nearest, i);
        if (!argument_accepts(argument, arguments[i], FIT_TRUNCATED)) {
            bool is_address = (argument->types & TYPES(TYPE_IP)) && !(argument->types & TYPES_NUMBER);
            enum value_type required = is_address ? TYPE_IP : TYPE_STRING; /* where it is accepted, the one to name */
            while ((argument->types & TYPES(required)) == 0) {
                required = (required + 1) % TYPE_COUNT;
            }
            bool is_list = argument->domain == DOMAIN_RULE_LIST || argument->domain == DOMAIN_LOG_SOURCE_GROUP_LIST;
            tocsin_status status = bind_wrong_type(binder, offset, arguments[i]->type,
                                                   is_list ? "list of ids" : value_type_name(required).data);
            error_hint(binder->err, "argument %u of %s; example: %s", i + 1, function->names[0], function->example);
            return status;
        }
    }
    return bind_error(binder, TOCSIN_ERROR_TYPE, offset, "these arguments do not fit %s", function->names[0]);
}

static tocsin_status convert_argument(struct binder *binder, const struct function_argument *argument,
                                      const struct expression **expression, size_t offset)
{
    enum value_type type = (*expression)->type;
    if (type != TYPE_NULL && (argument->types & TYPES(type)) != 0) {
        return TOCSIN_OK;
    }
    static const enum value_type wanted[] = {TYPE_INT64, TYPE_DOUBLE, TYPE_IP, TYPE_STRING, TYPE_BYTES, TYPE_BOOL};
    for (size_t i = 0; i < countof(wanted); i++) {
        if (argument->types & TYPES(wanted[i])) {
            tocsin_status status = bind_convert(binder, *expression, wanted[i], offset, expression);
            /* '1.5' as an integer is 1.5 at first */
            bool is_wanted = status != TOCSIN_OK || (argument->types & TYPES((*expression)->type)) != 0;
            return is_wanted ? status : bind_convert(binder, *expression, wanted[i], offset, expression);
        }
    }
    return TOCSIN_OK;
}

static tocsin_status call_prepare(struct binder *binder, struct expression *call, size_t offset)
{
    const struct value **constants = arena_array(binder->arena, const struct value *, call->operand_count);
    if (!constants) {
        return error_memory(binder->err);
    }
    for (uint32_t i = 0; i < call->operand_count; i++) {
        const struct expression *operand = call->operands[i];
        bool is_constant = operand->kind == EXPRESSION_CONSTANT && operand->constant.type != TYPE_NULL;
        if (argument_of(call->signature, i)->must_be_constant && !is_constant) {
            return bind_error(binder, TOCSIN_ERROR_TYPE, offset, "argument %u of %s must be a constant", i + 1,
                              call->function->names[0]);
        }
        constants[i] = is_constant ? &call->operands[i]->constant : NULL;
    }
    if (!call->function->prepare) {
        return TOCSIN_OK;
    }
    struct error remark = {0};
    binder->prepare.remark = &remark;
    binder->prepare.accepts_unknown_names = binder->options->has_null_unknown_fields || binder->options->is_tolerant;
    binder->prepare.ignores_now = false;
    tocsin_status status =
        call->function->prepare(&binder->prepare, constants, call->operand_count, &call->prepared, binder->err);
    call->ignores_now = binder->prepare.ignores_now;
    if (remark.message[0]) {
        bool is_error = remark.status != TOCSIN_OK && binder->options->is_tolerant;
        struct diagnostic *diagnostic =
            bind_remark_at(binder, "unknown-reference", is_error ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING,
                           offset, offset + strlen(call->function->names[0]), "%s", remark.message);
        diagnostic_hint(binder->diagnostics, diagnostic, "%s", remark.hint);
    }
    if (status != TOCSIN_OK) {
        error_position(binder->err, binder->source_name, binder->text, offset);
    }
    return status;
}

/* Once for each table: the query runs, and gives what QRadar shows for things it does not know. */
static void warn_of_missing_lookup(struct binder *binder, const struct function_def *function, size_t offset)
{
    enum lookup_id lookup = function->lookup;
    const struct lookup_tables *lookups = binder->options->lookups;
    if (lookup == LOOKUP_NONE || !lookups || lookups->is_loaded[lookup] || binder->shared->is_lookup_warned[lookup]) {
        return;
    }
    binder->shared->is_lookup_warned[lookup] = true;
    const char *file = lookup_file_name(lookup);
    struct diagnostic *remark =
        bind_remark_at(binder, "missing-lookup", DIAGNOSTIC_WARNING, offset, offset + strlen(function->names[0]),
                       "no %s: %s", file, function->without_lookup);
    diagnostic_hint(binder->diagnostics, remark, "put %s into the configuration folder; --config DIR names another",
                    file);
}

tocsin_status bind_function(struct binder *binder, const struct function_def *function,
                            const struct expression **arguments, uint32_t argument_count, size_t offset,
                            const struct expression **ret_expression)
{
    const struct function_signature *signature = NULL;
    for (enum fit fit = FIT_USUAL; fit <= FIT_TRUNCATED; fit++) {
        for (size_t i = 0; i < function->signature_count && !signature; i++) {
            if (signature_fits(&function->signatures[i], arguments, argument_count, fit)) {
                signature = &function->signatures[i];
            }
        }
    }
    if (!signature) {
        return no_signature(binder, function, arguments, argument_count, offset);
    }
    warn_of_missing_lookup(binder, function, offset);
    struct expression *call = expression_new(binder, EXPRESSION_CALL, signature->result, argument_count);
    if (!call) {
        return error_memory(binder->err);
    }
    call->function = function;
    call->signature = signature;
    call->domain = signature->result_domain;
    for (uint32_t i = 0; i < argument_count; i++) {
        call->operands[i] = arguments[i];
        binder->argument_of = function->names[0];
        tocsin_status status = convert_argument(binder, argument_of(signature, i), &call->operands[i], offset);
        binder->argument_of = NULL;
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    tocsin_status status = call_prepare(binder, call, offset);
    if (status != TOCSIN_OK) {
        return status;
    }
    expression_seal(call);
    *ret_expression = call;
    return TOCSIN_OK;
}

static uint32_t count_arguments(const struct binder *binder, const struct syntax_node *node)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < node->operand_count; i++) {
        uint32_t all;
        count += find_all_arguments(binder, node->operands[i], &all) ? all : 1;
    }
    return count;
}

static tocsin_status bind_arguments(struct binder *binder, const struct syntax_node *node, str name,
                                    const struct expression ***ret_arguments, uint32_t *ret_count)
{
    const struct expression **arguments =
        arena_array(binder->arena, const struct expression *, count_arguments(binder, node));
    if (!arguments) {
        return error_memory(binder->err);
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < node->operand_count; i++) {
        const struct syntax_node *operand = node->operands[i];
        if (operand->kind == SYNTAX_STAR) {
            return bind_error(binder, TOCSIN_ERROR_TYPE, operand->offset, "%.*s(*) has no meaning",
                              STR_ARG(str_slice(name, 0, 120)));
        }
        uint32_t all = 0;
        const struct expression **passed_on = find_all_arguments(binder, operand, &all);
        for (uint32_t k = 0; k < all; k++) {
            arguments[count++] = passed_on[k];
        }
        tocsin_status status = passed_on ? TOCSIN_OK : bind_expression(binder, operand, &arguments[count++]);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    *ret_arguments = arguments;
    *ret_count = count;
    return TOCSIN_OK;
}

tocsin_status bind_call(struct binder *binder, const struct syntax_node *node, const struct expression **ret_expression)
{
    str name = node->text;
    if (node->name_space.len > 0) {
        size_t bytes = node->name_space.len + 2 + name.len;
        char *full = arena_allocate(binder->arena, bytes, 1);
        if (!full) {
            return error_memory(binder->err);
        }
        memcpy(full, node->name_space.data, node->name_space.len);
        memcpy(full + node->name_space.len, "::", 2);
        memcpy(full + node->name_space.len + 2, name.data, name.len);
        name = (str){full, bytes};
    }
    const struct function_def *function = function_find(name);
    if (!function && str_eq_ignore_case(name, STR("INOFFENSE"))) {
        return bind_in_offense(binder, node, ret_expression);
    }
    const struct lookup_tables *lookups = binder->options->lookups;
    const struct custom_function *custom =
        !function && lookups ? custom_function_find(lookups->custom_functions, name) : NULL;
    if (!function && !custom) {
        return bind_unknown_function(binder, node, name, ret_expression);
    }
    if (function && function->aggregate != AGGREGATE_NONE) {
        return bind_misplaced_aggregate(binder, name, node->offset);
    }
    const struct expression **arguments = NULL;
    uint32_t count = 0;
    binder->call_depth++;
    tocsin_status status = bind_arguments(binder, node, name, &arguments, &count);
    binder->call_depth--;
    if (status != TOCSIN_OK) {
        return status;
    }
    return function ? bind_function(binder, function, arguments, count, node->offset, ret_expression)
                    : bind_custom_function(binder, custom, arguments, count, node->offset, ret_expression);
}
