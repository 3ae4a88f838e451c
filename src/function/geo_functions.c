/* GEO::LOOKUP, GEO::LOOKUP_TEXT, GEO::DISTANCE and their namesakes for domains, over a MaxMind database of the user's.
 */
#include "base/limits.h"
#include "base/strbuf.h"
#include "function/function.h"
#include "lookup/geo_database.h"
#include "lookup/reference_key.h"

enum { TYPES_ADDRESS = TYPES(TYPE_IP) | TYPES(TYPE_STRING) };

#define WITHOUT_DATABASE "the functions of GEO give null"

static tocsin_status no_such_field(str name, const char *names, struct error *err)
{
    error_set(err, TOCSIN_ERROR_NAME, "there is no geographic field \"%.*s\"", STR_ARG(name));
    error_hint(err, "one of: %s", names + 2);
    return TOCSIN_ERROR_NAME;
}

/* Which of the arguments, behind the address, are names: integers are domains, and all domains have one database. */
static bool is_name(const struct column *argument)
{
    return argument->type == TYPE_STRING;
}

/* ---- GEO::LOOKUP ---- */

/* Each with a comma in front, which is left out for the first. */
#define FIELD_NAME(symbol, name, key) ", " name

static tocsin_status prepare_lookup(struct function_prepare *prepare, const struct value *const *arguments,
                                    uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    *ret_prepared = NULL;
    for (uint32_t i = 1; i < argument_count; i++) {
        if (arguments[i] && arguments[i]->type == TYPE_STRING &&
            geo_field_find(arguments[i]->text) == GEO_FIELD_COUNT) {
            return no_such_field(arguments[i]->text, GEO_FIELD_LIST(FIELD_NAME), err);
        }
    }
    return TOCSIN_OK;
}

/* The bits of the fields that the row asks for. */
static uint32_t fields_of_row(const struct column *const *arguments, uint32_t argument_count, uint32_t row)
{
    uint32_t fields = 0;
    for (uint32_t i = 1; i < argument_count; i++) {
        enum geo_field field =
            is_name(arguments[i]) ? geo_field_find(column_string(arguments[i], row)) : GEO_FIELD_COUNT;
        fields |= field < GEO_FIELD_COUNT ? 1u << field : 0;
    }
    return fields;
}

static tocsin_status run_lookup(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    const struct geo_database *database = call->environment->lookups->geo_database;
    struct strbuf json;
    strbuf_init(&json, LIMIT_BATCH_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        struct ip ip;
        uint32_t row = rows[i];
        strbuf_clear(&json);
        if (reference_address(arguments[0], row, &ip) &&
            geo_append_json(database, &ip, fields_of_row(arguments, argument_count, row), &json)) {
            ret->strings[row] = json.is_failed ? (str){NULL, 0} : arena_copy(call->arena, strbuf_str(&json));
            status = ret->strings[row].data ? TOCSIN_OK : error_memory(err);
        } else {
            column_set_null(ret, row);
        }
    }
    strbuf_release(&json);
    return status;
}

static const struct function_signature lookup_signature = {
    .result = TYPE_STRING,
    .required_count = 2,
    .argument_count = 2,
    .is_variadic = true,
    .arguments = {{.types = TYPES_ADDRESS}, {.types = TYPES(TYPE_STRING)}},
    .kernel = run_lookup,
};

const struct function_def function_geo_lookup = {
    .names = {"GEO::LOOKUP"},
    .signatures = &lookup_signature,
    .signature_count = 1,
    .prepare = prepare_lookup,
    .lookup = LOOKUP_GEO_DATABASE,
    .without_lookup = WITHOUT_DATABASE,
    .family = FUNCTION_FAMILY_GEOGRAPHY,
    .description = "What the database knows about an address, as a JSON object with the fields that are named: city, "
                   "continent, physical_country, registered_country, represented_country, location, postal, "
                   "subdivisions, traits, geo_json. Null if it knows none of them.",
    .example = "GEO::LOOKUP(sourceip, 'city', 'location')",
    .example_result = "null",
};

static const struct function_signature lookup_by_domain_signature = {
    .result = TYPE_STRING,
    .required_count = 3,
    .argument_count = 2,
    .is_variadic = true,
    .arguments = {{.types = TYPES_ADDRESS}, {.types = TYPES(TYPE_STRING) | TYPES(TYPE_INT64)}},
    .kernel = run_lookup,
};

const struct function_def function_geo_lookup_by_domain = {
    .names = {"GEO::LOOKUP_BY_DOMAIN"},
    .signatures = &lookup_by_domain_signature,
    .signature_count = 1,
    .prepare = prepare_lookup,
    .lookup = LOOKUP_GEO_DATABASE,
    .without_lookup = WITHOUT_DATABASE,
    .family = FUNCTION_FAMILY_GEOGRAPHY,
    .description = "As GEO::LOOKUP, with the number of a domain anywhere behind the address. All domains have the same "
                   "database.",
    .example = "GEO::LOOKUP_BY_DOMAIN(sourceip, domainid, 'city')",
    .example_result = "null",
};

/* ---- GEO::LOOKUP_TEXT ---- */

static tocsin_status prepare_text(struct function_prepare *prepare, const struct value *const *arguments,
                                  uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    *ret_prepared = NULL;
    for (uint32_t i = 1; i < argument_count; i++) {
        if (arguments[i] && arguments[i]->type == TYPE_STRING && geo_text_find(arguments[i]->text) == GEO_TEXT_COUNT) {
            return no_such_field(arguments[i]->text, GEO_TEXT_LIST(FIELD_NAME), err);
        }
    }
    return TOCSIN_OK;
}

static tocsin_status run_text(const struct function_call *call, const struct column *const *arguments,
                              uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                              struct error *err)
{
    const struct column *names = is_name(arguments[1]) ? arguments[1] : arguments[argument_count - 1];
    for (uint32_t i = 0; i < row_count; i++) {
        struct ip ip;
        uint32_t row = rows[i];
        enum geo_text text = geo_text_find(column_string(names, row));
        if (text == GEO_TEXT_COUNT || !reference_address(arguments[0], row, &ip) ||
            !geo_find_text(call->environment->lookups->geo_database, &ip, text, &ret->strings[row])) {
            column_set_null(ret, row);
        }
    }
    return TOCSIN_OK;
}

static const struct function_signature text_signature = {
    .result = TYPE_STRING,
    .required_count = 2,
    .argument_count = 2,
    .arguments = {{.types = TYPES_ADDRESS}, {.types = TYPES(TYPE_STRING)}},
    .kernel = run_text,
};

const struct function_def function_geo_lookup_text = {
    .names = {"GEO::LOOKUP_TEXT"},
    .signatures = &text_signature,
    .signature_count = 1,
    .prepare = prepare_text,
    .lookup = LOOKUP_GEO_DATABASE,
    .without_lookup = WITHOUT_DATABASE,
    .family = FUNCTION_FAMILY_GEOGRAPHY,
    .description = "The English name of the country_name, city_name or continent_name of an address; null if the "
                   "database does not know it.",
    .example = "GEO::LOOKUP_TEXT(sourceip, 'country_name')",
    .example_result = "null",
};

static const struct function_signature text_by_domain_signatures[] = {
    {
        .result = TYPE_STRING,
        .required_count = 3,
        .argument_count = 3,
        .arguments = {{.types = TYPES_ADDRESS}, {.types = TYPES(TYPE_INT64)}, {.types = TYPES(TYPE_STRING)}},
        .kernel = run_text,
    },
    {
        .result = TYPE_STRING,
        .required_count = 3,
        .argument_count = 3,
        .arguments = {{.types = TYPES_ADDRESS}, {.types = TYPES(TYPE_STRING)}, {.types = TYPES(TYPE_INT64)}},
        .kernel = run_text,
    },
};

const struct function_def function_geo_lookup_text_by_domain = {
    .names = {"GEO::LOOKUP_TEXT_BY_DOMAIN"},
    .signatures = text_by_domain_signatures,
    .signature_count = countof(text_by_domain_signatures),
    .prepare = prepare_text,
    .lookup = LOOKUP_GEO_DATABASE,
    .without_lookup = WITHOUT_DATABASE,
    .family = FUNCTION_FAMILY_GEOGRAPHY,
    .description =
        "As GEO::LOOKUP_TEXT, with the number of a domain behind the address or at the end. All domains have "
        "the same database.",
    .example = "GEO::LOOKUP_TEXT_BY_DOMAIN(sourceip, domainid, 'city_name')",
    .example_result = "null",
};

/* ---- GEO::DISTANCE ---- */

static tocsin_status run_distance(const struct function_call *call, const struct column *const *arguments,
                                  uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                  struct error *err)
{
    const struct geo_database *database = call->environment->lookups->geo_database;
    for (uint32_t i = 0; i < row_count; i++) {
        struct ip ips[2];
        struct geo_point points[2];
        uint32_t row = rows[i];
        if (reference_address(arguments[0], row, &ips[0]) && reference_address(arguments[1], row, &ips[1]) &&
            geo_find_point(database, &ips[0], &points[0]) && geo_find_point(database, &ips[1], &points[1])) {
            ret->doubles[row] = geo_distance(&points[0], &points[1]);
        } else {
            column_set_null(ret, row);
        }
    }
    return TOCSIN_OK;
}

static const struct function_signature distance_signature = {
    .result = TYPE_DOUBLE,
    .required_count = 2,
    .argument_count = 2,
    .arguments = {{.types = TYPES_ADDRESS}, {.types = TYPES_ADDRESS}},
    .kernel = run_distance,
};

const struct function_def function_geo_distance = {
    .names = {"GEO::DISTANCE"},
    .signatures = &distance_signature,
    .signature_count = 1,
    .lookup = LOOKUP_GEO_DATABASE,
    .without_lookup = WITHOUT_DATABASE,
    .family = FUNCTION_FAMILY_GEOGRAPHY,
    .description =
        "The distance between two addresses in kilometres, on the great circle; null if the database does not "
        "know where one of them is.",
    .example = "GEO::DISTANCE(sourceip, destinationip)",
    .example_result = "null",
};

static const struct function_signature distance_by_domain_signature = {
    .result = TYPE_DOUBLE,
    .required_count = 3,
    .argument_count = 4,
    .arguments = {{.types = TYPES_ADDRESS},
                  {.types = TYPES_ADDRESS},
                  {.types = TYPES(TYPE_INT64)},
                  {.types = TYPES(TYPE_INT64)}},
    .kernel = run_distance,
};

const struct function_def function_geo_distance_by_domain = {
    .names = {"GEO::DISTANCE_BY_DOMAIN"},
    .signatures = &distance_by_domain_signature,
    .signature_count = 1,
    .lookup = LOOKUP_GEO_DATABASE,
    .without_lookup = WITHOUT_DATABASE,
    .family = FUNCTION_FAMILY_GEOGRAPHY,
    .description =
        "As GEO::DISTANCE, with the number of one domain or of two behind the addresses. All domains have the "
        "same database.",
    .example = "GEO::DISTANCE_BY_DOMAIN(sourceip, destinationip, domainid)",
    .example_result = "null",
};
