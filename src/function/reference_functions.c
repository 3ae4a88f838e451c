/* Reference sets, maps, maps of sets and tables. */
#include "lookup/reference_data.h"

#include "base/limits.h"
#include "function/function.h"

enum { TYPES_ELEMENT = TYPES_ANY & ~TYPES(TYPE_BYTES) & ~TYPES(TYPE_NULL) };

/* ---- which collection ---- */

struct prepared_reference {
    const struct reference *reference; /* NULL: there is none, and that is accepted */
};

static tocsin_status no_such_collection(const struct function_prepare *prepare, enum reference_kind kind, str name,
                                        struct error *err)
{
    struct error problem = {0};
    str kind_name = reference_kind_name(kind);
    str nearest = reference_suggest(prepare->lookups->reference_data, kind, name);
    error_set(&problem, TOCSIN_ERROR_NAME, "there is no %.*s \"%.*s\"", STR_ARG(kind_name), STR_ARG(name));
    if (nearest.len > 0) {
        error_hint(&problem, "did you mean '%.*s'?", STR_ARG(nearest));
    } else if (kind == REFERENCE_MAP_OF_SETS) {
        error_hint(&problem, "describe it in %s of the configuration folder (--config)",
                   lookup_file_name(LOOKUP_REFERENCE_DATA));
    } else {
        error_hint(&problem, "put it into the configuration folder (--config): reference/%.*s.%s, or an entry of %s",
                   STR_ARG(name), kind == REFERENCE_SET ? "txt" : "csv", lookup_file_name(LOOKUP_REFERENCE_DATA));
    }
    return function_unknown_name(prepare, &problem, err);
}

static tocsin_status prepare_collection(struct function_prepare *prepare, enum reference_kind kind,
                                        const struct value *name, const void **ret_prepared, struct error *err)
{
    *ret_prepared = NULL;
    if (!name) {
        return TOCSIN_OK;
    }
    struct prepared_reference *prepared = arena_new(prepare->arena, struct prepared_reference);
    if (!prepared) {
        return error_memory(err);
    }
    prepared->reference = reference_find(prepare->lookups->reference_data, kind, name->text);
    *ret_prepared = prepared;
    return prepared->reference ? TOCSIN_OK : no_such_collection(prepare, kind, name->text, err);
}

/* Of a row: known from `prepare`, or named by the row. NULL: there is none. */
static const struct reference *reference_of_row(const struct function_call *call, enum reference_kind kind,
                                                const struct column *names, uint32_t row)
{
    const struct prepared_reference *prepared = call->prepared;
    if (prepared) {
        return prepared->reference;
    }
    return column_is_valid(names, row)
               ? reference_find(call->environment->lookups->reference_data, kind, column_string(names, row))
               : NULL;
}

/* The domain is the argument at that place, if it is given and not null. */
static struct reference_scope scope_of_row(const struct column *const *arguments, uint32_t argument_count,
                                           uint32_t place, uint32_t row)
{
    if (argument_count <= place || !column_is_valid(arguments[place], row)) {
        return (struct reference_scope){.has_domain = false};
    }
    return (struct reference_scope){.has_domain = true, .domain = column_integer(arguments[place], row)};
}

/* ---- REFERENCESETCONTAINS ---- */

static tocsin_status prepare_set(struct function_prepare *prepare, const struct value *const *arguments,
                                 uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    return prepare_collection(prepare, REFERENCE_SET, arguments[0], ret_prepared, err);
}

static tocsin_status run_set(const struct function_call *call, const struct column *const *arguments,
                             uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                             struct error *err)
{
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    bool is_failed = false;
    for (uint32_t i = 0; i < row_count && !is_failed; i++) {
        uint32_t row = rows[i];
        const struct reference *set = reference_of_row(call, REFERENCE_SET, arguments[0], row);
        ret->bools[row] =
            set && column_is_valid(arguments[1], row) &&
            reference_set_contains(set, scope_of_row(arguments, argument_count, 2, row), arguments[1], row, &scratch);
        is_failed = scratch.is_failed;
    }
    strbuf_release(&scratch);
    return is_failed ? error_memory(err) : TOCSIN_OK;
}

static const struct function_signature set_signature = {
    .result = TYPE_BOOL,
    .required_count = 2,
    .argument_count = 3,
    .arguments = {{.types = TYPES(TYPE_STRING)}, {.types = TYPES_ELEMENT}, {.types = TYPES(TYPE_INT64)}},
    .kernel = run_set,
};

const struct function_def function_referencesetcontains = {
    .names = {"REFERENCESETCONTAINS"},
    .signatures = &set_signature,
    .signature_count = 1,
    .prepare = prepare_set,
    .sees_nulls = true,
    .null_rule = "Null gives false.",
    .family = FUNCTION_FAMILY_REFERENCE,
    .description = "True if the reference set holds the value: an equal one, in a set of blocks (CIDR) one around the "
                   "address. False for null. A third argument is a domain, whose own set is asked before everybody's. "
                   "A set that is not there is an error.",
    .example = "REFERENCESETCONTAINS('Tor exits', '192.0.2.7')",
    .example_result = "true",
};

/* ---- REFERENCEMAP ---- */

static tocsin_status prepare_map(struct function_prepare *prepare, const struct value *const *arguments,
                                 uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    return prepare_collection(prepare, REFERENCE_MAP, arguments[0], ret_prepared, err);
}

static tocsin_status run_map(const struct function_call *call, const struct column *const *arguments,
                             uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                             struct error *err)
{
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    bool is_failed = false;
    for (uint32_t i = 0; i < row_count && !is_failed; i++) {
        uint32_t row = rows[i];
        const struct reference *map = reference_of_row(call, REFERENCE_MAP, arguments[0], row);
        if (!map || !reference_map_get(map, scope_of_row(arguments, argument_count, 2, row), arguments[1], row,
                                       &scratch, &ret->strings[row])) {
            column_set_null(ret, row);
        }
        is_failed = scratch.is_failed;
    }
    strbuf_release(&scratch);
    return is_failed ? error_memory(err) : TOCSIN_OK;
}

static const struct function_signature map_signature = {
    .result = TYPE_STRING,
    .required_count = 2,
    .argument_count = 3,
    .arguments = {{.types = TYPES(TYPE_STRING)}, {.types = TYPES_ELEMENT}, {.types = TYPES(TYPE_INT64)}},
    .kernel = run_map,
};

const struct function_def function_referencemap = {
    .names = {"REFERENCEMAP"},
    .signatures = &map_signature,
    .signature_count = 1,
    .prepare = prepare_map,
    .family = FUNCTION_FAMILY_REFERENCE,
    .description = "What the reference map holds for the key, as text; null if there is nothing. A third argument is a "
                   "domain, whose own map is asked before everybody's. A map that is not there is an error.",
    .example = "REFERENCEMAP('Owner', 'fd00::9')",
    .example_result = "Ann",
};

/* ---- REFERENCEMAPSETCONTAINS ---- */

static tocsin_status prepare_map_of_sets(struct function_prepare *prepare, const struct value *const *arguments,
                                         uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    return prepare_collection(prepare, REFERENCE_MAP_OF_SETS, arguments[0], ret_prepared, err);
}

static tocsin_status run_map_of_sets(const struct function_call *call, const struct column *const *arguments,
                                     uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                     struct column *ret, struct error *err)
{
    struct strbuf scratch;
    struct strbuf pair;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    strbuf_init(&pair, LIMIT_BATCH_BYTES);
    bool is_failed = false;
    for (uint32_t i = 0; i < row_count && !is_failed; i++) {
        uint32_t row = rows[i];
        const struct reference *map = reference_of_row(call, REFERENCE_MAP_OF_SETS, arguments[0], row);
        ret->bools[row] = map && column_is_valid(arguments[1], row) && column_is_valid(arguments[2], row) &&
                          reference_map_of_sets_contains(map, scope_of_row(arguments, argument_count, 3, row),
                                                         arguments[1], arguments[2], row, &scratch, &pair);
        is_failed = scratch.is_failed || pair.is_failed;
    }
    strbuf_release(&scratch);
    strbuf_release(&pair);
    return is_failed ? error_memory(err) : TOCSIN_OK;
}

static const struct function_signature map_of_sets_signature = {
    .result = TYPE_BOOL,
    .required_count = 3,
    .argument_count = 4,
    .arguments = {{.types = TYPES(TYPE_STRING)},
                  {.types = TYPES_ELEMENT},
                  {.types = TYPES_ELEMENT},
                  {.types = TYPES(TYPE_INT64)}},
    .kernel = run_map_of_sets,
};

const struct function_def function_referencemapsetcontains = {
    .names = {"REFERENCEMAPSETCONTAINS"},
    .signatures = &map_of_sets_signature,
    .signature_count = 1,
    .prepare = prepare_map_of_sets,
    .sees_nulls = true,
    .null_rule = "Null gives false.",
    .family = FUNCTION_FAMILY_REFERENCE,
    .description =
        "True if the set that the reference map of sets has under the key holds the value. False for null. A "
        "fourth argument is a domain. A map that is not there is an error.",
    .example = "REFERENCEMAPSETCONTAINS('Allowed hosts', 'joe', '10.0.0.10')",
    .example_result = "true",
};

/* ---- REFERENCETABLE ---- */

static tocsin_status prepare_table(struct function_prepare *prepare, const struct value *const *arguments,
                                   uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    tocsin_status status = prepare_collection(prepare, REFERENCE_TABLE, arguments[0], ret_prepared, err);
    const struct prepared_reference *prepared = status == TOCSIN_OK ? *ret_prepared : NULL;
    const struct value *column = arguments[1];
    if (!prepared || !prepared->reference || !column || reference_has_column(prepared->reference, column->text)) {
        return status;
    }
    str nearest = reference_suggest_column(prepared->reference, column->text);
    struct error problem = {0};
    error_set(&problem, TOCSIN_ERROR_NAME, "the reference table \"%.*s\" has no column \"%.*s\"",
              STR_ARG(arguments[0]->text), STR_ARG(column->text));
    if (nearest.len > 0) {
        error_hint(&problem, "did you mean '%.*s'?", STR_ARG(nearest));
    }
    return function_unknown_name(prepare, &problem, err);
}

static tocsin_status run_table(const struct function_call *call, const struct column *const *arguments,
                               uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                               struct error *err)
{
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    bool is_failed = false;
    for (uint32_t i = 0; i < row_count && !is_failed; i++) {
        uint32_t row = rows[i];
        const struct reference *table = reference_of_row(call, REFERENCE_TABLE, arguments[0], row);
        if (!table ||
            !reference_table_get(table, scope_of_row(arguments, argument_count, 3, row),
                                 column_string(arguments[1], row), arguments[2], row, &scratch, &ret->strings[row])) {
            column_set_null(ret, row);
        }
        is_failed = scratch.is_failed;
    }
    strbuf_release(&scratch);
    return is_failed ? error_memory(err) : TOCSIN_OK;
}

static const struct function_signature table_signature = {
    .result = TYPE_STRING,
    .required_count = 3,
    .argument_count = 4,
    .arguments = {{.types = TYPES(TYPE_STRING)},
                  {.types = TYPES(TYPE_STRING)},
                  {.types = TYPES_ELEMENT},
                  {.types = TYPES(TYPE_INT64)}},
    .kernel = run_table,
};

const struct function_def function_referencetable = {
    .names = {"REFERENCETABLE"},
    .signatures = &table_signature,
    .signature_count = 1,
    .prepare = prepare_table,
    .family = FUNCTION_FAMILY_REFERENCE,
    .description =
        "What the reference table holds in the column for the key, as text; null if there is nothing. A fourth "
        "argument is a domain. A table or a column that is not there is an error.",
    .example = "REFERENCETABLE('HR', 'team', 'joe')",
    .example_result = "Ops",
};
