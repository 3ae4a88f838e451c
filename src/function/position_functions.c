/* STRPOS and SUBSTRING: positions are characters, counted from 0; an invalid part of a text counts as one. */
#include "base/limits.h"
#include "base/utf8.h"
#include "function/argument_text.h"
#include "function/function.h"

enum { TYPES_WITH_TEXT = TYPES_ANY & ~TYPES(TYPE_BYTES) };

/* Where the character starts; the end if the text is shorter. Before the first is the first. */
static size_t byte_of_character(str text, int64_t character)
{
    size_t at = 0;
    uint32_t code_point;
    for (int64_t i = 0; i < character && at < text.len; i++) {
        at += utf8_decode(str_skip(text, at), &code_point);
    }
    return at;
}

/* ---- STRPOS ---- */

static int64_t find_position(str text, str part, int64_t from)
{
    size_t at = str_find(text, part, byte_of_character(text, from));
    return at == SIZE_MAX ? -1 : (int64_t)utf8_length(str_slice(text, 0, at));
}

static tocsin_status run_strpos(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        str text;
        int64_t from = argument_count > 2 ? column_integer(arguments[2], rows[i]) : 0;
        if (argument_text(arguments[0], rows[i], &scratch, &text)) {
            ret->integers[rows[i]] = find_position(text, column_string(arguments[1], rows[i]), from);
        } else {
            status = error_memory(err);
        }
    }
    strbuf_release(&scratch);
    return status;
}

static const struct function_signature strpos_signature = {
    .result = TYPE_INT64,
    .required_count = 2,
    .argument_count = 3,
    .arguments = {{.types = TYPES_WITH_TEXT}, {.types = TYPES(TYPE_STRING)}, {.types = TYPES(TYPE_INT64)}},
    .kernel = run_strpos,
};

const struct function_def function_strpos = {
    .names = {"STRPOS"},
    .signatures = &strpos_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_TEXT,
    .clickhouse = "`position()` of a constant text; texts that are not all ASCII are looked at here",
    .description = "The position of the first occurrence of a text in another, from 0; -1 if there is none. A third "
                   "argument is the position to start at.",
    .example = "STRPOS('/bin/sh', '/', 1)",
    .example_result = "4",
};

/* ---- SUBSTRING ---- */

static str part_of(str text, int64_t start, int64_t end)
{
    size_t from = byte_of_character(text, start);
    int64_t first = start > 0 ? start : 0;
    str rest = str_skip(text, from);
    return end <= first ? STR_EMPTY : str_slice(rest, 0, byte_of_character(rest, end - first));
}

static tocsin_status run_substring(const struct function_call *call, const struct column *const *arguments,
                                   uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                   struct column *ret, struct error *err)
{
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    tocsin_status status = TOCSIN_OK;
    for (uint32_t i = 0; i < row_count && status == TOCSIN_OK; i++) {
        str text = argument_text_keep(arguments[0], rows[i], &scratch, call->arena);
        int64_t start = column_integer(arguments[1], rows[i]);
        int64_t end = argument_count > 2 ? column_integer(arguments[2], rows[i]) : INT64_MAX;
        if (text.data) {
            ret->strings[rows[i]] = part_of(text, start, end);
        } else {
            status = error_memory(err);
        }
    }
    strbuf_release(&scratch);
    return status;
}

static const struct function_signature substring_signature = {
    .result = TYPE_STRING,
    .required_count = 2,
    .argument_count = 3,
    .arguments = {{.types = TYPES_WITH_TEXT}, {.types = TYPES(TYPE_INT64)}, {.types = TYPES(TYPE_INT64)}},
    .kernel = run_substring,
};

const struct function_def function_substring = {
    .names = {"SUBSTRING"},
    .signatures = &substring_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_TEXT,
    .clickhouse = "`substring()` with constant positions; texts that are not all ASCII are looked at here",
    .description =
        "The characters from a position (the first is 0) to the one before the end position, or to the end of "
        "the text. The third argument is a position, not a length. Positions outside are moved to the ends.",
    .example = "SUBSTRING('/usr/bin/curl', 5, 8)",
    .example_result = "bin",
};
