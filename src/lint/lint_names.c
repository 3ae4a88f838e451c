/* Names: quotes of the wrong kind, names that QRadar does not have, ids of the wrong kind, names of log source types.
 */
#include "language/lexer.h"
#include "lint/lint_internal.h"

/* ---- quotes ---- */

static bool columns_are_known(const struct lint_scope *scope)
{
    return scope->catalog != 0;
}

static bool is_known_name(struct lint *lint, const struct lint_scope *scope, str name)
{
    return lint_find_field(lint, scope, name) != FIELD_NONE || lint_find_alias(scope, name);
}

/* username = "admin" */
static void check_double_quoted(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *operand)
{
    if (operand->kind != SYNTAX_NAME || !operand->is_quoted || !columns_are_known(scope) ||
        is_known_name(lint, scope, operand->text)) {
        return;
    }
    str quoted = lint_quote(lint, operand->text, '\'');
    struct diagnostic *found = lint_add(lint, "double-quoted-value", operand->offset, lint_token_end(lint, operand),
                                        "double quotes name a field, and there is none called \"%.*s\"",
                                        STR_ARG(str_slice(operand->text, 0, 60)));
    lint_hint(lint, found, "a text takes single quotes");
    lint_fix(lint, found, operand->offset, lint_token_end(lint, operand), quoted);
}

/* 'username' = 'admin' */
static void check_single_quoted(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *operand)
{
    if (operand->kind != SYNTAX_STRING || lint_find_field(lint, scope, operand->text) == FIELD_NONE) {
        return;
    }
    str name = name_is_bare(operand->text) ? operand->text : lint_quote(lint, operand->text, '"');
    struct diagnostic *found = lint_add(lint, "single-quoted-name", operand->offset, lint_token_end(lint, operand),
                                        "'%.*s' is a text, not the field of that name", STR_ARG(operand->text));
    lint_hint(lint, found, "a field takes no quotes, or double ones");
    lint_fix(lint, found, operand->offset, lint_token_end(lint, operand), name);
}

static bool is_literal(const struct syntax_node *node)
{
    return node->kind == SYNTAX_STRING || node->kind == SYNTAX_INTEGER || node->kind == SYNTAX_DOUBLE ||
           node->kind == SYNTAX_BOOLEAN;
}

static void check_na(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *value,
                     const struct syntax_node *constant)
{
    if (constant->kind != SYNTAX_STRING || !str_eq_ignore_case(constant->text, STR("N/A")) ||
        lint_value_of(lint, scope, value).field == FIELD_NONE) {
        return;
    }
    struct diagnostic *found = lint_add(lint, "null-shown-as-text", constant->offset, lint_token_end(lint, constant),
                                        "N/A is how QRadar shows null, and no value that a field has");
    lint_hint(lint, found, "write IS NULL, or IS NOT NULL");
}

static void check_predicate_quotes(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    bool is_comparison =
        node->kind == SYNTAX_BINARY && node->operator >= OPERATOR_EQUAL && node->operator <= OPERATOR_IMATCHES;
    if (is_comparison) {
        check_double_quoted(lint, scope, node->operands[1]);
        if (is_literal(node->operands[1]) || node->operator >= OPERATOR_LIKE) {
            check_single_quoted(lint, scope, node->operands[0]);
        }
        if (node->operator == OPERATOR_EQUAL || node->operator == OPERATOR_NOT_EQUAL) {
            check_na(lint, scope, node->operands[0], node->operands[1]);
        }
    } else if (node->kind == SYNTAX_IN) {
        check_single_quoted(lint, scope, node->operands[0]);
        for (uint32_t i = 1; i < node->operand_count; i++) {
            check_double_quoted(lint, scope, node->operands[i]);
            check_na(lint, scope, node->operands[0], node->operands[i]);
        }
    } else if (node->kind == SYNTAX_IS_NULL) {
        check_single_quoted(lint, scope, node->operands[0]);
    } else if (node->kind == SYNTAX_CALL && node->operand_count == 1) {
        check_single_quoted(lint, scope, node->operands[0]);
    }
}

/* ---- what QRadar has ---- */

static void check_own_field(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    const struct field *field = lint_field(lint, lint_find_field(lint, scope, node->text));
    bool is_alias = (lint->clause == LINT_GROUP || lint->clause == LINT_HAVING || lint->clause == LINT_ORDER) &&
                    lint_find_alias(scope, node->text);
    if (!field || !field->is_own || is_alias || node->is_quoted) { /* "Hostname" is a custom property */
        return;
    }
    struct diagnostic *found = lint_add(lint, "not-a-qradar-field", node->offset, lint_token_end(lint, node),
                                        "QRadar's %s have no column %.*s; it is Tocsin's own",
                                        catalog_name(scope->catalog).data, STR_ARG(field->name));
    if (str_eq(field->name, STR("hostname"))) {
        lint_hint(
            lint, found,
            "there, logsourceidentifier is the host that sent the log; else define a custom property \"hostname\"");
    } else {
        lint_hint(lint, found, "to run the query there, define a custom property of this name");
    }
}

/* The functions of QRadar's guides and of the extensions that it names. */
static const char *const qradar_functions[] = {
    "BASE64",
    "CONCAT",
    "DATEFORMAT",
    "DOUBLE",
    "LONG",
    "LOWER",
    "UPPER",
    "NOW",
    "PARSEDATETIME",
    "PARSETIMESTAMP",
    "REPLACEALL",
    "REPLACEFIRST",
    "STR",
    "STRLEN",
    "STRPOS",
    "SUBSTRING",
    "UTF8",
    "PORT",
    "AVG",
    "COUNT",
    "DISTINCTCOUNT",
    "UNIQUECOUNT",
    "FIRST",
    "LAST",
    "MIN",
    "MAX",
    "STDEV",
    "STDEVP",
    "SUM",
    "APPLICATIONNAME",
    "ARIELSERVERS4EPID",
    "ARIELSERVERS4EPNAME",
    "ASSETHOSTNAME",
    "ASSETPROPERTY",
    "ASSETUSER",
    "CATEGORYNAME",
    "COMPONENTID",
    "DOMAINNAME",
    "FULLNETWORKNAME",
    "GEO::LOOKUP",
    "GEO::LOOKUP_TEXT",
    "GEO::DISTANCE",
    "GEO::LOOKUP_BY_DOMAIN",
    "GEO::LOOKUP_TEXT_BY_DOMAIN",
    "GEO::DISTANCE_BY_DOMAIN",
    "GLOBALVIEW",
    "HOSTNAME",
    "INCIDR",
    "INOFFENSE",
    "LOGSOURCENAME",
    "LOGSOURCEGROUPNAME",
    "LOGSOURCETYPENAME",
    "MATCHESASSETSEARCH",
    "NETWORKNAME",
    "OFFENSE_TIME",
    "PROCESSORNAME",
    "PROTOCOLNAME",
    "QIDNAME",
    "QIDDESCRIPTION",
    "REFERENCEMAP",
    "REFERENCEMAPSETCONTAINS",
    "REFERENCESETCONTAINS",
    "REFERENCETABLE",
    "RULENAME",
    "XFORCE_IP_CONFIDENCE",
    "XFORCE_IP_CATEGORY",
    "XFORCE_URL_CATEGORY",
    "LOOKUPS::CONTAINS",
    "ICU4JSEARCH",
};

static bool function_is_named(const struct syntax_node *call, const char *full_name)
{
    str name = str_from_cstring(full_name);
    size_t colons = str_find(name, STR("::"), 0);
    str name_space = colons == SIZE_MAX ? STR_EMPTY : str_slice(name, 0, colons);
    name = colons == SIZE_MAX ? name : str_skip(name, colons + 2);
    return str_eq_ignore_case(call->text, name) && str_eq_ignore_case(call->name_space, name_space);
}

static void check_own_function(struct lint *lint, const struct syntax_node *call)
{
    if (call->name_space.len > 0 || !function_find(call->text)) {
        return; /* somebody's own, or an error of the binder */
    }
    for (size_t i = 0; i < countof(qradar_functions); i++) {
        if (function_is_named(call, qradar_functions[i])) {
            return;
        }
    }
    struct diagnostic *found = lint_add(lint, "not-a-qradar-function", call->offset, call->offset + call->text.len,
                                        "QRadar has no function %.*s", STR_ARG(call->text));
    if (str_eq_ignore_case(call->text, STR("QIDESCRIPTION"))) {
        lint_hint(lint, found, "it is QIDDESCRIPTION; an index of the guide misspells it");
    } else {
        lint_hint(lint, found, "the query runs in Tocsin only");
    }
}

void lint_names(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    if (node->kind == SYNTAX_NAME) {
        check_own_field(lint, scope, node);
    } else if (node->kind == SYNTAX_CALL) {
        check_own_function(lint, node);
    }
    check_predicate_quotes(lint, scope, node);
}

/* ---- ids ---- */

static const struct id_argument {
    const char *function;
    const char *wants;
    const char *fields[4]; /* those that hold such an id; the first is suggested */
} id_arguments[] = {
    {"LOGSOURCETYPENAME", "the id of a log source type", {"devicetype"}},
    {"LOGSOURCENAME", "the id of a log source", {"logsourceid"}},
    {"LOGSOURCEGROUPNAME", "the log source groups", {"devicegrouplist"}},
    {"QIDNAME", "a QID", {"qid"}},
    {"QIDDESCRIPTION", "a QID", {"qid"}},
    {"CATEGORYNAME", "the id of a category", {"category", "highlevelcategory"}},
    {"PROTOCOLNAME", "the number of an IP protocol", {"protocolid"}},
    {"APPLICATIONNAME", "the id of an application", {"applicationid"}},
    {"HOSTNAME", "the id of a processor", {"processorid", "collectorid"}},
    {"PROCESSORNAME", "the id of a processor", {"processorid"}},
    {"DOMAINNAME", "the id of a domain", {"domainid"}},
    {"RULENAME", "ids of rules", {"creeventlist", "partialmatchlist", "partialormatchlist", "fullmatchlist"}},
};

static bool is_field_of(const struct id_argument *wanted, str name)
{
    for (size_t i = 0; i < countof(wanted->fields) && wanted->fields[i]; i++) {
        if (str_eq_ignore_case(name, str_from_cstring(wanted->fields[i]))) {
            return true;
        }
    }
    return false;
}

/* What another function would make of it. */
static const char *kind_of_field(str name)
{
    for (size_t i = 0; i < countof(id_arguments); i++) {
        if (is_field_of(&id_arguments[i], name)) {
            return id_arguments[i].wants;
        }
    }
    return NULL;
}

static void check_id(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *call,
                     const struct id_argument *wanted)
{
    const struct syntax_node *argument = call->operands[0];
    const struct field *field = lint_field(lint, lint_value_of(lint, scope, argument).field);
    if (!field || field->kind != FIELD_BUILT_IN || field->type != TYPE_INT64 || is_field_of(wanted, field->name)) {
        return;
    }
    const char *other = kind_of_field(field->name);
    struct diagnostic *found = lint_add(lint, "wrong-id", argument->offset, argument->offset_end,
                                        other ? "%s takes %s; %.*s is %s" : "%s takes %s, which %.*s%s is not",
                                        wanted->function, wanted->wants, STR_ARG(field->name), other ? other : "");
    lint_hint(lint, found, "write %s(%s)", wanted->function, wanted->fields[0]);
    /* Tocsin gives the type of that log source, and so does the right argument. */
    if (lint_is_call(call, "LOGSOURCETYPENAME") && str_eq(field->name, STR("logsourceid")) &&
        argument->kind == SYNTAX_NAME) {
        lint_fix(lint, found, argument->offset_start, argument->offset_end, STR("devicetype"));
    }
}

void lint_arguments(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    if (node->kind != SYNTAX_CALL || node->operand_count == 0 || scope->catalog == CATALOG_SIMARC) {
        return;
    }
    for (size_t i = 0; i < countof(id_arguments); i++) {
        if (lint_is_call(node, id_arguments[i].function)) {
            check_id(lint, scope, node, &id_arguments[i]);
            return;
        }
    }
    if (lint_is_call(node, "DATEFORMAT")) {
        const struct field *field = lint_field(lint, lint_value_of(lint, scope, node->operands[0]).field);
        if (field && field->kind == FIELD_BUILT_IN && field->type == TYPE_INT64 && field->domain != DOMAIN_TIME_MS) {
            struct diagnostic *found =
                lint_add(lint, "wrong-id", node->operands[0]->offset, node->operands[0]->offset_end,
                         "DATEFORMAT takes a time, which %.*s is not", STR_ARG(field->name));
            lint_hint(lint, found, "times are starttime, devicetime and endtime");
        }
    }
    int64_t from;
    int64_t to;
    if (lint_is_call(node, "SUBSTRING") && node->operand_count == 3 &&
        lint_constant_integer(node->operands[1], &from) && lint_constant_integer(node->operands[2], &to) &&
        from >= to) {
        struct diagnostic *found =
            lint_add(lint, "substring-range", node->operands[2]->offset, node->operands[2]->offset_end,
                     "SUBSTRING from %lld to %lld is empty: the third argument is where it ends, not how long it is",
                     (long long)from, (long long)to);
        lint_hint(lint, found, "for %lld characters write SUBSTRING(.., %lld, %lld)", (long long)to, (long long)from,
                  (long long)(from <= INT64_MAX - (to > 0 ? to : 0) ? from + (to > 0 ? to : 0) : from));
    }
}

/* ---- names of log source types ---- */

static str nearest_type(const struct log_source_table *table, str name)
{
    str best = STR_EMPTY;
    size_t distance = name.len / 4 + 1;
    for (size_t i = 0; i < log_source_type_count(table); i++) {
        const struct log_source_type *type = log_source_type_at(table, i);
        size_t own = str_edit_distance(type->name, name, distance);
        if (own < distance) {
            best = type->name;
            distance = own;
        }
        for (size_t j = 0; j < type->alias_count; j++) {
            own = str_edit_distance(type->aliases[j], name, distance);
            if (own < distance) {
                best = type->name;
                distance = own;
            }
        }
    }
    return best;
}

static void check_type_name(struct lint *lint, const struct syntax_node *constant)
{
    const struct log_source_table *table = lint->options->log_sources;
    if (constant->kind != SYNTAX_STRING || !table) {
        return;
    }
    str name = constant->text;
    const struct log_source_type *type = log_source_type_find_name(table, name);
    if (type && str_eq(type->name, name)) {
        return;
    }
    str near = type ? type->name : nearest_type(table, name);
    if (near.len > 0) {
        struct diagnostic *found =
            lint_add(lint, "log-source-type-name", constant->offset, lint_token_end(lint, constant),
                     "QRadar has no log source type '%.*s'", STR_ARG(str_slice(name, 0, 80)));
        lint_hint(lint, found, type ? "it is called '%.*s' there" : "did you mean '%.*s'?", STR_ARG(near));
        if (type) {
            lint_fix(lint, found, constant->offset, lint_token_end(lint, constant), lint_quote(lint, near, '\''));
        }
        return;
    }
    struct diagnostic *found =
        lint_add(lint, "unknown-log-source-type", constant->offset, lint_token_end(lint, constant),
                 "no log source type known here is called '%.*s'", STR_ARG(str_slice(name, 0, 80)));
    lint_hint(lint, found, "if it is one of your own, list it in log_sources.yaml");
}

void lint_type_names(struct lint *lint, const struct lint_scope *scope, const struct syntax_node *node)
{
    bool is_equality =
        node->kind == SYNTAX_BINARY && (node->operator == OPERATOR_EQUAL || node->operator == OPERATOR_NOT_EQUAL);
    if ((!is_equality && node->kind != SYNTAX_IN) ||
        !lint_is_call(lint_resolve(lint, scope, node->operands[0]), "LOGSOURCETYPENAME")) {
        return;
    }
    for (uint32_t i = 1; i < node->operand_count; i++) {
        check_type_name(lint, node->operands[i]);
    }
}
