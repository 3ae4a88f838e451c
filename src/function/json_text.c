/* JSONTEXT: one value out of a JSON text. */
#include "base/json_reader.h"
#include "function/function.h"

static tocsin_status prepare_json_text(struct function_prepare *prepare, const struct value *const *arguments,
                                       uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    *ret_prepared = NULL;
    if (!arguments[1]) {
        return TOCSIN_OK; /* NULL as path */
    }
    struct json_path *path = arena_new(prepare->arena, struct json_path);
    if (!path) {
        return error_memory(err);
    }
    tocsin_status status = json_path_parse(arguments[1]->text, prepare->arena, path, err);
    if (status == TOCSIN_ERROR_CONFIG) { /* here it is part of the query */
        err->status = TOCSIN_ERROR_SYNTAX;
        error_hint(err, "example: JSONTEXT(\"Request Object\", '$.spec.nodeName')");
        return TOCSIN_ERROR_SYNTAX;
    }
    *ret_prepared = path;
    return status;
}

static tocsin_status run_json_text(const struct function_call *call, const struct column *const *arguments,
                                   uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                   struct column *ret, struct error *err)
{
    const struct json_path *path = call->prepared;
    for (uint32_t i = 0; i < row_count; i++) {
        struct json_value value;
        if (!path || !json_find_path(column_string(arguments[0], rows[i]), path, &value) || value.kind == JSON_NULL ||
            value.kind == JSON_NONE) {
            column_set_null(ret, rows[i]);
            continue;
        }
        str text = json_text(&value, call->arena);
        if (!text.data) {
            return error_memory(err);
        }
        ret->strings[rows[i]] = text;
    }
    return TOCSIN_OK;
}

static const struct function_signature json_text_signature = {
    .result = TYPE_STRING,
    .required_count = 2,
    .argument_count = 2,
    .arguments = {{.types = TYPES(TYPE_STRING)}, {.types = TYPES(TYPE_STRING), .must_be_constant = true}},
    .kernel = run_json_text,
};

const struct function_def function_json_text = {
    .names = {"JSONTEXT"},
    .signatures = &json_text_signature,
    .signature_count = 1,
    .prepare = prepare_json_text,
    .is_own = true,
    .family = FUNCTION_FAMILY_TEXT,
    .description =
        "The value at a path ('$.a.b[0]', '$[''a key'']') of a JSON text, as text; objects and arrays as they are "
        "written. Null if there is none, or if it is null there.",
    .example = "JSONTEXT('{\"spec\": {\"nodes\": [\"n1\", \"n2\"]}}', '$.spec.nodes[1]')",
    .example_result = "n2",
};
