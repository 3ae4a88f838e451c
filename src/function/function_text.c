#include "function/function_text.h"

#define ANY_TYPES (TYPES_ANY & ~TYPES(TYPE_NULL))

static void append_types(uint32_t types, struct strbuf *text)
{
    types &= ANY_TYPES;
    if (types == ANY_TYPES || types == (ANY_TYPES & ~TYPES(TYPE_BYTES))) {
        strbuf_append(text, types == ANY_TYPES ? STR("any") : STR("any but byte[]"));
        return;
    }
    if (types == TYPES_NUMBER) {
        strbuf_append(text, STR("Number"));
        return;
    }
    bool is_first = true;
    for (enum value_type type = TYPE_BOOL; type < TYPE_COUNT; type++) {
        if (types & TYPES(type)) {
            strbuf_append(text, is_first ? STR("") : STR(" or "));
            strbuf_append(text, value_type_name(type));
            is_first = false;
        }
    }
}

static str domain_text(enum value_domain domain)
{
    switch (domain) {
    case DOMAIN_LOG_SOURCE:
        return STR(" (log source id)");
    case DOMAIN_LOG_SOURCE_TYPE:
        return STR(" (log source type)");
    case DOMAIN_LOG_SOURCE_GROUP_LIST:
        return STR(" (list of groups)");
    case DOMAIN_RULE_LIST:
        return STR(" (list of rules)");
    case DOMAIN_TIME_MS:
        return STR(" (time)");
    case DOMAIN_PORT:
        return STR(" (port)");
    default:
        return STR_EMPTY;
    }
}

void function_append_signature(const struct function_def *function, const struct function_signature *signature,
                               struct strbuf *text)
{
    strbuf_append(text, str_from_cstring(function->names[0]));
    strbuf_append_char(text, '(');
    if (function->aggregate == AGGREGATE_COUNT) {
        strbuf_append(text, STR("* or "));
    }
    for (uint32_t i = 0; i < signature->argument_count; i++) {
        const struct function_argument *argument = &signature->arguments[i];
        bool is_optional = i >= signature->required_count;
        strbuf_append(text, is_optional ? STR(" [") : STR(""));
        strbuf_append(text, i > 0 ? STR(", ") : STR(""));
        append_types(argument->types, text);
        strbuf_append(text, argument->must_be_constant ? STR(" constant") : STR(""));
        strbuf_append(text, domain_text(argument->domain));
        strbuf_append(text, is_optional ? STR("]") : STR(""));
    }
    strbuf_append(text, signature->is_variadic ? STR(", ...) -> ") : STR(") -> "));
    strbuf_append(text, value_type_name(signature->result));
    strbuf_append(text, domain_text(signature->result_domain));
}

const char *function_null_rule(const struct function_def *function)
{
    if (function->null_rule) {
        return function->null_rule;
    }
    switch (function->aggregate) {
    case AGGREGATE_NONE:
        break;
    case AGGREGATE_FIRST:
    case AGGREGATE_LAST:
        return "A null is a value as any other.";
    case AGGREGATE_COUNT_ROWS:
    case AGGREGATE_COUNT:
    case AGGREGATE_UNIQUECOUNT:
    case AGGREGATE_DISTINCTCOUNT:
        return "Nulls are not counted.";
    default:
        return "Nulls are left out; null if there is nothing else.";
    }
    for (size_t i = 0; i < function->signature_count; i++) {
        if (function->signatures[i].argument_count > 0) {
            return "An argument that is null gives null.";
        }
    }
    return "Never null.";
}

const char *const *function_families(size_t *ret_count)
{
    static const char *const families[] = {
        FUNCTION_FAMILY_AGGREGATE,  FUNCTION_FAMILY_TEXT,         FUNCTION_FAMILY_NUMBER,     FUNCTION_FAMILY_TIME,
        FUNCTION_FAMILY_EVENT,      FUNCTION_FAMILY_NETWORK,      FUNCTION_FAMILY_GEOGRAPHY,  FUNCTION_FAMILY_REFERENCE,
        FUNCTION_FAMILY_RULE,       FUNCTION_FAMILY_INTELLIGENCE, FUNCTION_FAMILY_DEPLOYMENT, FUNCTION_FAMILY_COMMAND,
        FUNCTION_FAMILY_KUBERNETES, FUNCTION_FAMILY_CUSTOM,
    };
    *ret_count = countof(families);
    return families;
}
