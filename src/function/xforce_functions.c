/* XFORCE_IP_CONFIDENCE, XFORCE_IP_CATEGORY and XFORCE_URL_CATEGORY, over a file of the user's. */
#include "base/limits.h"
#include "base/strbuf.h"
#include "function/function.h"
#include "lookup/reference_key.h"
#include "lookup/xforce.h"

/* ---- XFORCE_IP_CONFIDENCE ---- */

static tocsin_status run_confidence(const struct function_call *call, const struct column *const *arguments,
                                    uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                    struct column *ret, struct error *err)
{
    const struct xforce *xforce = call->environment->lookups->xforce;
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    bool is_failed = false;
    uint32_t category = XFORCE_NO_CATEGORY;
    for (uint32_t i = 0; i < row_count && !is_failed; i++) {
        uint32_t row = rows[i];
        struct ip ip;
        ret->integers[row] = 0;
        if (!column_is_valid(arguments[0], row) || !column_is_valid(arguments[1], row)) {
            continue;
        }
        if (i == 0 || arguments[0]->kind != COLUMN_CONSTANT) {
            category = xforce_category_find(xforce, column_string(arguments[0], row), &scratch);
            is_failed = scratch.is_failed;
        }
        if (category != XFORCE_NO_CATEGORY && reference_address(arguments[1], row, &ip)) {
            ret->integers[row] = xforce_ip_confidence(xforce, category, &ip);
        }
    }
    strbuf_release(&scratch);
    return is_failed ? error_memory(err) : TOCSIN_OK;
}

static const struct function_signature confidence_signature = {
    .result = TYPE_INT64,
    .required_count = 2,
    .argument_count = 2,
    .arguments = {{.types = TYPES(TYPE_STRING)}, {.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)}},
    .kernel = run_confidence,
};

const struct function_def function_xforce_ip_confidence = {
    .names = {"XFORCE_IP_CONFIDENCE"},
    .signatures = &confidence_signature,
    .signature_count = 1,
    .sees_nulls = true,
    .null_rule = "Null gives 0.",
    .lookup = LOOKUP_XFORCE,
    .without_lookup = "XFORCE_IP_CONFIDENCE gives 0, the others null",
    .family = FUNCTION_FAMILY_INTELLIGENCE,
    .description =
        "How sure it is that the address belongs to the category, from 0 to 100, by xforce.csv; 0 if it is not "
        "known, and for null.",
    .example = "XFORCE_IP_CONFIDENCE('Bots', '192.0.2.77')",
    .example_result = "85",
};

/* ---- XFORCE_IP_CATEGORY ---- */

static tocsin_status run_ip_category(const struct function_call *call, const struct column *const *arguments,
                                     uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                     struct column *ret, struct error *err)
{
    const struct xforce *xforce = call->environment->lookups->xforce;
    for (uint32_t i = 0; i < row_count; i++) {
        struct ip ip;
        str category = reference_address(arguments[0], rows[i], &ip) ? xforce_ip_category(xforce, &ip) : STR_EMPTY;
        ret->strings[rows[i]] = category;
        if (category.len == 0) {
            column_set_null(ret, rows[i]);
        }
    }
    return TOCSIN_OK;
}

static const struct function_signature ip_category_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_IP) | TYPES(TYPE_STRING)}},
    .kernel = run_ip_category,
};

const struct function_def function_xforce_ip_category = {
    .names = {"XFORCE_IP_CATEGORY"},
    .signatures = &ip_category_signature,
    .signature_count = 1,
    .lookup = LOOKUP_XFORCE,
    .without_lookup = "XFORCE_IP_CATEGORY gives null",
    .family = FUNCTION_FAMILY_INTELLIGENCE,
    .description =
        "The category of the address, by xforce.csv; of several the one with the highest confidence. Null if "
        "there is none.",
    .example = "XFORCE_IP_CATEGORY('192.0.2.77')",
    .example_result = "Bots",
};

/* ---- XFORCE_URL_CATEGORY ---- */

static tocsin_status run_url_category(const struct function_call *call, const struct column *const *arguments,
                                      uint32_t argument_count, const uint16_t *rows, uint32_t row_count,
                                      struct column *ret, struct error *err)
{
    const struct xforce *xforce = call->environment->lookups->xforce;
    struct strbuf scratch;
    strbuf_init(&scratch, LIMIT_BATCH_BYTES);
    bool is_failed = false;
    for (uint32_t i = 0; i < row_count && !is_failed; i++) {
        str category = xforce_url_category(xforce, column_string(arguments[0], rows[i]), &scratch);
        ret->strings[rows[i]] = category;
        if (category.len == 0) {
            column_set_null(ret, rows[i]);
        }
        is_failed = scratch.is_failed;
    }
    strbuf_release(&scratch);
    return is_failed ? error_memory(err) : TOCSIN_OK;
}

static const struct function_signature url_category_signature = {
    .result = TYPE_STRING,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES(TYPE_STRING)}},
    .kernel = run_url_category,
};

const struct function_def function_xforce_url_category = {
    .names = {"XFORCE_URL_CATEGORY"},
    .signatures = &url_category_signature,
    .signature_count = 1,
    .lookup = LOOKUP_XFORCE,
    .without_lookup = "XFORCE_URL_CATEGORY gives null",
    .family = FUNCTION_FAMILY_INTELLIGENCE,
    .description =
        "The category of the URL, by xforce.csv: that of the longest path or else of the nearest domain that "
        "stands there. Null if there is none.",
    .example = "XFORCE_URL_CATEGORY('https://www.bad.example/x')",
    .example_result = "Malware",
};
