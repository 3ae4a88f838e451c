#include "plan/binder.h"

#include <assert.h>

tocsin_status bind_constant(struct binder *binder, struct value value, const struct expression **ret_expression)
{
    struct expression *node = expression_new(binder, EXPRESSION_CONSTANT, value.type, 0);
    if (!node) {
        return error_memory(binder->err);
    }
    node->constant = value;
    node->domain = value.domain;
    *ret_expression = node;
    return TOCSIN_OK;
}

tocsin_status bind_integer(struct binder *binder, int64_t value, const struct expression **ret_expression)
{
    return bind_constant(binder, (struct value){.type = TYPE_INT64, .integer = value}, ret_expression);
}

tocsin_status bind_wrong_type(struct binder *binder, size_t offset, enum value_type found, const char *required)
{
    str name = value_type_name(found);
    tocsin_status status = bind_error(binder, TOCSIN_ERROR_TYPE, offset,
                                      "Wrong argument type: \"%.*s\". \"%s\" is required.", STR_ARG(name), required);
    if (found == TYPE_BYTES) {
        error_hint(binder->err, "raw bytes need UTF8(payload) to become text");
    } else if (found == TYPE_IP && strcmp(required, "Long") == 0) {
        error_hint(binder->err, "LONG(address) is an IPv4 address as a number");
    } else if (found == TYPE_IP) {
        error_hint(binder->err, "use STR(address) for its text, or INCIDR('10.0.0.0/8', address)");
    }
    return status;
}

/* 'text' # what others write a comment with. */
static bool is_before_hash(const struct binder *binder, str text, size_t offset)
{
    str behind = str_skip(binder->text, offset);
    size_t quoted = text.len + 2;
    return behind.len > quoted && behind.data[0] == '\'' && str_eq(str_slice(behind, 1, quoted - 1), text) &&
           str_starts_with(str_trim(str_skip(behind, quoted)), STR("#"));
}

/* A constant that is no `what` ("a number"), beside one or where a function wants one. */
static tocsin_status not_convertible(struct binder *binder, str text, const char *what, size_t offset)
{
    str shown = str_slice(text, 0, 60);
    tocsin_status status =
        binder->argument_of
            ? bind_error(binder, TOCSIN_ERROR_TYPE, offset, "'%.*s' is not %s, and %s takes one there", STR_ARG(shown),
                         what, binder->argument_of)
            : bind_error(binder, TOCSIN_ERROR_TYPE, offset, "'%.*s' is not %s, and the other side is one",
                         STR_ARG(shown), what);
    if (is_before_hash(binder, text, offset)) {
        error_hint(binder->err,
                   "# is the exclusive or of bits; a comment is written /* .. */, or -- with a blank after it");
    } else if (resolve_name(binder, text).kind != RESOLVED_NOTHING) {
        error_hint(binder->err, "single quotes make a text; the field or alias is written \"%.*s\"", STR_ARG(shown));
    }
    return status;
}

static tocsin_status text_to_number(struct binder *binder, str text, enum value_type type, size_t offset,
                                    struct value *ret_value)
{
    struct value value = {.type = type};
    str trimmed = str_trim(text);
    double number;
    if (type == TYPE_INT64 && str_to_i64(trimmed, &value.integer)) {
        *ret_value = value;
        return TOCSIN_OK;
    }
    if (!str_to_double(trimmed, &number)) {
        return not_convertible(binder, text, "a number", offset);
    }
    value.type = TYPE_DOUBLE;
    value.number = number;
    *ret_value = value;
    return TOCSIN_OK;
}

static tocsin_status convert_text_constant(struct binder *binder, str text, enum value_type type, size_t offset,
                                           struct value *ret_value)
{
    struct value value = {.type = type};
    switch (type) {
    case TYPE_INT64:
    case TYPE_DOUBLE:
        return text_to_number(binder, text, type, offset, ret_value);
    case TYPE_IP:
        if (!ip_parse(str_trim(text), &value.ip)) {
            return not_convertible(binder, text, "an IP address", offset);
        }
        break;
    case TYPE_BOOL:
        value.boolean = str_eq_ignore_case(text, STR("true"));
        if (!value.boolean && !str_eq_ignore_case(text, STR("false"))) {
            return bind_error(binder, TOCSIN_ERROR_TYPE, offset, "'%.*s' is neither 'true' nor 'false'",
                              (int)(text.len < 60 ? text.len : 60), text.data);
        }
        break;
    default:
        return bind_wrong_type(binder, offset, TYPE_STRING, value_type_name(type).data);
    }
    *ret_value = value;
    return TOCSIN_OK;
}

static bool types_convert(enum value_type from, enum value_type to)
{
    static const struct {
        enum value_type from, to;
    } pairs[] = {{TYPE_INT64, TYPE_DOUBLE}, {TYPE_STRING, TYPE_DOUBLE}, {TYPE_STRING, TYPE_INT64},
                 {TYPE_STRING, TYPE_IP},    {TYPE_STRING, TYPE_BOOL},   {TYPE_BOOL, TYPE_INT64},
                 {TYPE_DOUBLE, TYPE_INT64}};
    for (size_t i = 0; i < countof(pairs); i++) {
        if (pairs[i].from == from && pairs[i].to == to) {
            return true;
        }
    }
    return false;
}

tocsin_status bind_convert(struct binder *binder, const struct expression *expression, enum value_type type,
                           size_t offset, const struct expression **ret_expression)
{
    if (expression->type == type) {
        *ret_expression = expression;
        return TOCSIN_OK;
    }
    bool is_constant = expression->kind == EXPRESSION_CONSTANT;
    if (expression->type == TYPE_NULL) { /* NULL takes any type */
        struct expression *node = expression_new(binder, EXPRESSION_CONSTANT, type, 0);
        if (!node) {
            return error_memory(binder->err);
        }
        node->syntax = expression->syntax;
        node->constant = (struct value){.type = TYPE_NULL};
        *ret_expression = node;
        return TOCSIN_OK;
    }
    if (is_constant && expression->type == TYPE_STRING && expression->constant.type == TYPE_STRING) {
        struct value value;
        tocsin_status status = convert_text_constant(binder, expression->constant.text, type, offset, &value);
        return status == TOCSIN_OK ? bind_constant(binder, value, ret_expression) : status;
    }
    if (is_constant && expression->constant.type == TYPE_INT64 && type == TYPE_DOUBLE) {
        return bind_constant(binder, (struct value){.type = type, .number = (double)expression->constant.integer},
                             ret_expression);
    }
    if (is_constant && expression->constant.type == TYPE_DOUBLE && type == TYPE_INT64 &&
        expression->constant.number > -9e18 && expression->constant.number < 9e18) {
        return bind_integer(binder, (int64_t)expression->constant.number, ret_expression);
    }
    if (!types_convert(expression->type, type)) {
        return bind_wrong_type(binder, offset, expression->type, value_type_name(type).data);
    }
    struct expression *node = expression_new(binder, EXPRESSION_CONVERT, type, 1);
    if (!node) {
        return error_memory(binder->err);
    }
    node->operands[0] = expression;
    expression_seal(node);
    *ret_expression = node;
    return TOCSIN_OK;
}

tocsin_status bind_to_string(struct binder *binder, const struct expression *expression, size_t offset,
                             const struct expression **ret_expression)
{
    if (expression->type == TYPE_STRING || expression->type == TYPE_NULL) {
        return bind_convert(binder, expression, TYPE_STRING, offset, ret_expression);
    }
    const struct function_def *to_string = function_find(STR("STR"));
    assert(to_string);
    return bind_function(binder, to_string, &expression, 1, offset, ret_expression);
}

static bool is_number(enum value_type type)
{
    return type == TYPE_INT64 || type == TYPE_DOUBLE;
}

/* The type both sides are compared in, or TYPE_COUNT if there is none. */
static enum value_type common_type(enum value_type left, enum value_type right)
{
    if (left == right) {
        return left;
    }
    if (left == TYPE_NULL || right == TYPE_NULL) {
        return left == TYPE_NULL ? right : left;
    }
    if (is_number(left) && is_number(right)) {
        return TYPE_DOUBLE;
    }
    if ((left == TYPE_BOOL && right == TYPE_INT64) || (left == TYPE_INT64 && right == TYPE_BOOL)) {
        return TYPE_INT64; /* isunparsed = 1 */
    }
    enum value_type other = left == TYPE_STRING ? right : right == TYPE_STRING ? left : TYPE_COUNT;
    if (is_number(other) || other == TYPE_IP || other == TYPE_BOOL) {
        return other;
    }
    return TYPE_COUNT;
}

/* A hardware address is a text in one form; a constant compared with it takes that form. */
static tocsin_status unify_mac(struct binder *binder, const struct expression *field,
                               const struct expression **constant)
{
    char mac[MAC_TEXT_BYTES];
    if (field->domain != DOMAIN_MAC || (*constant)->kind != EXPRESSION_CONSTANT || (*constant)->type != TYPE_STRING ||
        !mac_parse(str_trim((*constant)->constant.text), mac)) {
        return TOCSIN_OK;
    }
    str copy = arena_copy(binder->arena, str_from(mac, MAC_TEXT_BYTES - 1));
    return copy.data ? bind_constant(binder, (struct value){.type = TYPE_STRING, .text = copy}, constant)
                     : error_memory(binder->err);
}

/* A text that is no value of the other side's type never equals it. That is a mistake, but none that keeps content for
   other log sources from running. */
static tocsin_status convert_side(struct binder *binder, const struct expression **side, enum value_type wanted,
                                  size_t offset)
{
    bool goes_on = binder->options->has_null_unknown_fields && (*side)->kind == EXPRESSION_CONSTANT &&
                   (*side)->constant.type == TYPE_STRING;
    binder->is_provisional = goes_on;
    tocsin_status status = bind_convert(binder, *side, wanted, offset, side);
    binder->is_provisional = false;
    if (status != TOCSIN_ERROR_TYPE || !goes_on) {
        return status;
    }
    bind_remark_at(binder, "never-equal", DIAGNOSTIC_WARNING, offset, offset, "%s", binder->err->message);
    *binder->err = (struct error){0};
    const struct expression *null = NULL;
    status = bind_constant(binder, (struct value){.type = TYPE_NULL}, &null);
    return status == TOCSIN_OK ? bind_convert(binder, null, wanted, offset, side) : status;
}

tocsin_status bind_comparable(struct binder *binder, const struct expression **left, const struct expression **right,
                              size_t offset)
{
    enum value_type type = common_type((*left)->type, (*right)->type);
    if (type == TYPE_BYTES && ((*left)->type != (*right)->type)) {
        return TOCSIN_OK; /* payload against NULL */
    }
    if (type == TYPE_COUNT) {
        bool is_bytes = (*left)->type == TYPE_BYTES || (*right)->type == TYPE_BYTES;
        enum value_type found = is_bytes ? TYPE_BYTES : (*right)->type;
        str required = is_bytes ? value_type_name(TYPE_STRING) : value_type_name((*left)->type);
        return bind_wrong_type(binder, offset, found, required.data);
    }
    /* A text column against a number compares as numbers; text that is none is null there. A quoted number that does
       not fit an integer ('1.5') turns the comparison into one of doubles. */
    tocsin_status status = unify_mac(binder, *left, right);
    status = status == TOCSIN_OK ? unify_mac(binder, *right, left) : status;
    for (int i = 0; status == TOCSIN_OK && i < 2; i++) {
        const struct expression **side = i == 0 ? left : right;
        bool is_text_as_number =
            (*side)->kind != EXPRESSION_CONSTANT && (*side)->type == TYPE_STRING && is_number(type);
        enum value_type wanted = is_text_as_number ? TYPE_DOUBLE : type;
        if (is_text_as_number && (*side)->has_field) {
            struct diagnostic *remark =
                bind_remark(binder, "text-as-number", DIAGNOSTIC_WARNING, binder->node,
                            "text compared with a number: they compare as numbers, and text that is none is no match");
            diagnostic_hint(binder->diagnostics, remark, "write LONG(x) or DOUBLE(x), or put the number in quotes");
        }
        status = convert_side(binder, side, wanted, offset);
    }
    if (status == TOCSIN_OK && (*left)->type != (*right)->type) {
        status = bind_convert(binder, *left, TYPE_DOUBLE, offset, left);
        if (status == TOCSIN_OK) {
            status = bind_convert(binder, *right, TYPE_DOUBLE, offset, right);
        }
    }
    return status;
}
