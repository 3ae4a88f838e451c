/* UTF8: bytes as text. */
#include "function/function.h"

#include "base/utf8.h"

/* Invalid parts become U+FFFD, so the result has at most three bytes for each. NULL data: memory is out. */
static str replace_invalid(str bytes, struct arena *arena)
{
    size_t need = 0;
    uint32_t code_point;
    for (size_t at = 0, taken; at < bytes.len; at += taken) {
        taken = utf8_decode(str_skip(bytes, at), &code_point);
        need += code_point == UTF8_INVALID ? 3 : taken;
    }
    char *text = arena_allocate(arena, need, 1);
    if (!text) {
        return (str){NULL, 0};
    }
    size_t len = 0;
    for (size_t at = 0, taken; at < bytes.len; at += taken) {
        taken = utf8_decode(str_skip(bytes, at), &code_point);
        if (code_point == UTF8_INVALID) {
            len += utf8_encode(0xFFFD, text + len);
        } else {
            memcpy(text + len, bytes.data + at, taken);
            len += taken;
        }
    }
    return (str){text, len};
}

static tocsin_status run_utf8(const struct function_call *call, const struct column *const *arguments,
                              uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                              struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        str text = column_string(arguments[0], rows[i]);
        if (!utf8_is_valid(text)) {
            text = replace_invalid(text, call->arena);
            if (!text.data) {
                return error_memory(err);
            }
        }
        ret->strings[rows[i]] = text;
    }
    return TOCSIN_OK;
}

static const struct function_signature utf8_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_BYTES)}},
    .kernel = run_utf8,
};

const struct function_def function_utf8 = {
    .names = {"UTF8"},
    .signatures = &utf8_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_TEXT,
    .clickhouse = "the bytes themselves; those that are not all ASCII are looked at here",
    .description = "Bytes, such as the payload, as text. Bytes that are not UTF-8 become U+FFFD.",
    .example = "UTF8(payload)",
    .example_result = "the log line",
};
