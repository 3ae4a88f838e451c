/* ICU4JSEARCH: where a text stands in another, in any case of letters. */
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "function/function.h"
#include "match/letter_case.h"
#include "match/needle.h"

/* A constant text, folded. */
struct prepared_search {
    bool is_empty;
    struct needle needle;
};

static tocsin_status prepare_search(struct function_prepare *prepare, const struct value *const *arguments,
                                    uint32_t argument_count, const void **ret_prepared, struct error *err)
{
    *ret_prepared = NULL;
    if (!arguments[0]) {
        return TOCSIN_OK;
    }
    struct prepared_search *search = arena_new(prepare->arena, struct prepared_search);
    struct strbuf folded;
    strbuf_init(&folded, LIMIT_BATCH_BYTES);
    case_fold_append(&folded, arguments[0]->text);
    bool is_good = search && !folded.is_failed;
    if (is_good) {
        search->is_empty = folded.len == 0;
        str text = arena_copy(prepare->arena, strbuf_str(&folded));
        is_good = text.data && (search->is_empty || needle_compile(prepare->arena, text, false, &search->needle));
    }
    strbuf_release(&folded);
    if (!is_good) {
        return error_memory(err);
    }
    *ret_prepared = search;
    return TOCSIN_OK;
}

/* Folding keeps the number of characters, so that positions in the folded text are positions in the text. */
static int64_t position_of(size_t at, str folded)
{
    return at == SIZE_MAX ? -1 : (int64_t)utf8_length(str_slice(folded, 0, at));
}

static int64_t find_in(const struct prepared_search *search, str folded)
{
    return search->is_empty ? 0 : position_of(needle_find(&search->needle, folded, 0), folded);
}

static tocsin_status run_search(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    struct strbuf text;
    struct strbuf wanted;
    strbuf_init(&text, LIMIT_BATCH_BYTES);
    strbuf_init(&wanted, LIMIT_BATCH_BYTES);
    bool is_failed = false;
    for (uint32_t i = 0; i < row_count && !is_failed; i++) {
        uint32_t row = rows[i];
        strbuf_clear(&text);
        case_fold_append(&text, column_string(arguments[1], row));
        if (call->prepared) {
            ret->integers[row] = find_in(call->prepared, strbuf_str(&text));
        } else {
            strbuf_clear(&wanted);
            case_fold_append(&wanted, column_string(arguments[0], row));
            ret->integers[row] = position_of(str_find(strbuf_str(&text), strbuf_str(&wanted), 0), strbuf_str(&text));
        }
        is_failed = text.is_failed || wanted.is_failed;
    }
    strbuf_release(&text);
    strbuf_release(&wanted);
    return is_failed ? error_memory(err) : TOCSIN_OK;
}

static const struct function_signature search_signature = {
    .result = TYPE_INT64,
    .required_count = 2,
    .argument_count = 2,
    .arguments = {{.types = TYPES(TYPE_STRING)}, {.types = TYPES(TYPE_BYTES) | TYPES(TYPE_STRING)}},
    .kernel = run_search,
};

const struct function_def function_icu4jsearch = {
    .names = {"ICU4JSEARCH"},
    .signatures = &search_signature,
    .signature_count = 1,
    .prepare = prepare_search,
    .family = FUNCTION_FAMILY_TEXT,
    .description =
        "The position of a text in bytes (the payload) or in another text, in any case of letters, from 0 in "
        "characters; -1 if it is not there.",
    .example = "ICU4JSEARCH('CURL', '/usr/bin/curl')",
    .example_result = "9",
};
