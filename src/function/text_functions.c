/* STR, CONCAT, BASE64 and STRLEN: values of any type as text. */
#include "function/argument_text.h"
#include "function/function.h"

#include "base/json_writer.h"
#include "base/limits.h"
#include "base/utf8.h"

/* ---- STR ---- */

static tocsin_status run_str(const struct function_call *call, const struct column *const *arguments,
                             uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                             struct error *err)
{
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count; i++) {
        str text = argument_text_keep(arguments[0], rows[i], &scratch, call->arena);
        if (!text.data) {
            status = error_memory(err);
            break;
        }
        ret->strings[rows[i]] = text;
    }
    strbuf_release(&scratch);
    return status;
}

static const struct function_signature str_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES_ANY}},
    .kernel = run_str,
};

const struct function_def function_str = {
    .names = {"STR"},
    .signatures = &str_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_TEXT,
    .clickhouse = "`toString()`, of addresses as here; of doubles and bytes it is worked out here",
    .description = "The value as text: addresses as they are written (IPv6 with all eight groups), numbers in decimal "
                   "(doubles always with a fraction), true or false, bytes as Base64.",
    .example = "STR(15270 / 2.0)",
    .example_result = "7635.0",
};

/* ---- CONCAT ---- */

static tocsin_status run_concat(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    struct strbuf scratch;
    struct strbuf joined;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    strbuf_init(&joined, LIMIT_BATCH_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        strbuf_clear(&joined);
        for (uint32_t a = 0; a < argument_count; a++) {
            str text;
            if (column_is_valid(arguments[a], rows[i]) && argument_text(arguments[a], rows[i], &scratch, &text)) {
                strbuf_append(&joined, text);
            }
        }
        str result = arena_copy(call->arena, strbuf_str(&joined));
        if (!result.data || joined.is_failed || scratch.is_failed) {
            status = error_memory(err);
        } else {
            ret->strings[rows[i]] = result;
        }
    }
    strbuf_release(&joined);
    strbuf_release(&scratch);
    return status;
}

static const struct function_signature concat_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .is_variadic = true,
    .arguments = {{.types = TYPES_ANY}},
    .kernel = run_concat,
};

const struct function_def function_concat = {
    .names = {"CONCAT"},
    .signatures = &concat_signature,
    .signature_count = 1,
    .sees_nulls = true,
    .null_rule = "Null counts as empty text.",
    .family = FUNCTION_FAMILY_TEXT,
    .clickhouse = "`concat()` of what STR gives",
    .description = "The texts of all arguments (see STR), one behind the other. A null counts as empty text.",
    .example = "CONCAT('root', '@', 22, NULL)",
    .example_result = "root@22",
};

/* ---- BASE64 ---- */

static tocsin_status run_base64(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        strbuf_clear(&scratch);
        json_append_base64(&scratch, column_string(arguments[0], rows[i]));
        str text = arena_copy(call->arena, strbuf_str(&scratch));
        if (!text.data || scratch.is_failed) {
            status = error_memory(err);
        } else {
            ret->strings[rows[i]] = text;
        }
    }
    strbuf_release(&scratch);
    return status;
}

static const struct function_signature base64_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_BYTES) | TYPES(TYPE_STRING)}},
    .kernel = run_base64,
};

const struct function_def function_base64 = {
    .names = {"BASE64"},
    .signatures = &base64_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_TEXT,
    .clickhouse = "`base64Encode()`; 18.16 has none, and there it is worked out here",
    .description = "Bytes, such as the payload, or the bytes of a text, in Base64.",
    .example = "BASE64('id; uname')",
    .example_result = "aWQ7IHVuYW1l",
};

/* ---- STRLEN ---- */

static tocsin_status run_strlen(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        str text;
        if (arguments[0]->type == TYPE_BYTES) {
            ret->integers[rows[i]] = (int64_t)utf8_length(column_string(arguments[0], rows[i]));
        } else if (argument_text(arguments[0], rows[i], &scratch, &text)) {
            ret->integers[rows[i]] = (int64_t)utf8_length(text);
        } else {
            status = error_memory(err);
        }
    }
    strbuf_release(&scratch);
    return status;
}

static const struct function_signature strlen_signature = {
    .result = TYPE_INT64,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES_ANY}},
    .kernel = run_strlen,
};

const struct function_def function_strlen = {
    .names = {"STRLEN"},
    .signatures = &strlen_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_TEXT,
    .clickhouse = "`length()`; texts that are not all ASCII are looked at here",
    .description =
        "The number of characters of the text; of bytes, such as the payload, read as UTF-8; of other values, of "
        "their text (see STR).",
    .example = "STRLEN('Zoë')",
    .example_result = "3",
};
