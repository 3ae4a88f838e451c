#include "match/collation.h"

#include <unicode/ucol.h>
#include <unicode/uloc.h>
#include <unicode/ustring.h>

#include "base/late_library.h"
#include "base/memory.h"

/* ---- ICU ---- */

/* Loaded by the first COLLATE: it takes longer to load than most queries take in all. */
static struct {
    __typeof__(uloc_forLanguageTag) *for_language_tag;
    __typeof__(uloc_getCountry) *get_country;
    __typeof__(uloc_getISO3Language) *get_iso3_language;
    __typeof__(uloc_getISO3Country) *get_iso3_country;
    __typeof__(ucol_open) *open;
    __typeof__(ucol_close) *close;
    __typeof__(ucol_getSortKey) *get_sort_key;
    __typeof__(u_strFromUTF8WithSub) *from_utf8;
    __typeof__(u_errorName) *error_name;
} icu;
static const struct late_function icu_functions[] = {
    {LATE_NAME(uloc_forLanguageTag), LATE_FUNCTION(icu.for_language_tag)},
    {LATE_NAME(uloc_getCountry), LATE_FUNCTION(icu.get_country)},
    {LATE_NAME(uloc_getISO3Language), LATE_FUNCTION(icu.get_iso3_language)},
    {LATE_NAME(uloc_getISO3Country), LATE_FUNCTION(icu.get_iso3_country)},
    {LATE_NAME(ucol_open), LATE_FUNCTION(icu.open)},
    {LATE_NAME(ucol_close), LATE_FUNCTION(icu.close)},
    {LATE_NAME(ucol_getSortKey), LATE_FUNCTION(icu.get_sort_key)},
    {LATE_NAME(u_strFromUTF8WithSub), LATE_FUNCTION(icu.from_utf8)},
    {LATE_NAME(u_errorName), LATE_FUNCTION(icu.error_name)},
};
#define ICU_FILE "libicui18n.so." U_ICU_VERSION_SHORT
static struct late_library icu_library = LATE_LIBRARY(ICU_FILE, icu_functions);

static tocsin_status load_icu(struct error *err)
{
    if (late_library_load(&icu_library)) {
        return TOCSIN_OK;
    }
    tocsin_status status = error_set(err, TOCSIN_ERROR_CONFIG, "COLLATE needs ICU, and " ICU_FILE " cannot be loaded");
    error_hint(err, "install it (Debian: libicu" U_ICU_VERSION_SHORT "), or leave COLLATE out");
    return status;
}

/* ---- languages ---- */

enum { TAG_BYTES_MAX = 100, KEY_BYTES_FIRST = 256 };

struct collation {
    UCollator *collator;
    UChar *text;
    size_t text_capacity;
};

static tocsin_status unknown_tag(str tag, struct error *err)
{
    tocsin_status status = error_set(err, TOCSIN_ERROR_NAME, "'%.*s' is no language for COLLATE",
                                     STR_ARG(str_slice(tag, 0, TAG_BYTES_MAX)));
    error_hint(err, "a language tag like 'de', 'de-CH' or 'sv-SE'");
    return status;
}

/* ICU takes any tag and falls back to the root order, so the parts are looked up one by one. */
static bool to_locale(str tag, char ret_locale[ULOC_FULLNAME_CAPACITY])
{
    char text[TAG_BYTES_MAX + 1];
    if (tag.len == 0 || tag.len > TAG_BYTES_MAX) {
        return false;
    }
    memcpy(text, tag.data, tag.len);
    text[tag.len] = '\0';
    UErrorCode error = U_ZERO_ERROR;
    int32_t parsed = 0;
    int32_t length = icu.for_language_tag(text, ret_locale, ULOC_FULLNAME_CAPACITY, &parsed, &error);
    if (U_FAILURE(error) || parsed != (int32_t)tag.len || length >= ULOC_FULLNAME_CAPACITY) {
        return false;
    }
    char country[ULOC_COUNTRY_CAPACITY];
    error = U_ZERO_ERROR;
    int32_t country_length = icu.get_country(ret_locale, country, sizeof(country), &error);
    bool is_root = str_eq_ignore_case(str_slice(tag, 0, 3), STR("und"));
    return U_SUCCESS(error) && (is_root || icu.get_iso3_language(ret_locale)[0] != '\0') &&
           (country_length == 0 || ascii_is_digit(country[0]) || icu.get_iso3_country(ret_locale)[0] != '\0');
}

tocsin_status collation_check(str tag, struct error *err)
{
    char locale[ULOC_FULLNAME_CAPACITY];
    tocsin_status status = load_icu(err);
    if (status != TOCSIN_OK) {
        return status;
    }
    return to_locale(tag, locale) ? TOCSIN_OK : unknown_tag(tag, err);
}

tocsin_status collation_open(str tag, struct collation **ret_collation, struct error *err)
{
    char locale[ULOC_FULLNAME_CAPACITY];
    tocsin_status status = load_icu(err);
    if (status != TOCSIN_OK) {
        return status;
    }
    if (!to_locale(tag, locale)) {
        return unknown_tag(tag, err);
    }
    struct collation *collation = memory_allocate_zeroed(1, sizeof(*collation));
    if (!collation) {
        return error_memory(err);
    }
    UErrorCode error = U_ZERO_ERROR;
    collation->collator = icu.open(locale, &error);
    if (U_FAILURE(error)) {
        collation_close(collation);
        return error == U_MEMORY_ALLOCATION_ERROR ? error_memory(err)
                                                  : error_set(err, TOCSIN_ERROR_CONFIG, "ICU cannot sort by '%.*s': %s",
                                                              STR_ARG(tag), icu.error_name(error));
    }
    *ret_collation = collation;
    return TOCSIN_OK;
}

void collation_close(struct collation *collation)
{
    if (collation) {
        icu.close(collation->collator);
        memory_free(collation->text);
        memory_free(collation);
    }
}

/* A text of n bytes has at most n UTF-16 units. */
static tocsin_status to_utf16(struct collation *collation, str text, int32_t *ret_length, struct error *err)
{
    if (text.len > INT32_MAX / 8) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "a text of %zu bytes is too long for COLLATE", text.len);
    }
    if (text.len > collation->text_capacity || !collation->text) {
        size_t capacity = text.len > KEY_BYTES_FIRST ? text.len : KEY_BYTES_FIRST;
        UChar *grown = memory_resize(collation->text, capacity * sizeof(*grown));
        if (!grown) {
            return error_memory(err);
        }
        collation->text = grown;
        collation->text_capacity = capacity;
    }
    UErrorCode error = U_ZERO_ERROR;
    icu.from_utf8(collation->text, (int32_t)collation->text_capacity, ret_length, text.data ? text.data : "",
                  (int32_t)text.len, 0xFFFD, NULL, &error);
    return U_SUCCESS(error) ? TOCSIN_OK : error_set(err, TOCSIN_ERROR_INTERNAL, "ICU: %s", icu.error_name(error));
}

tocsin_status collation_append_key(struct collation *collation, str text, struct strbuf *buffer, struct error *err)
{
    int32_t length;
    tocsin_status status = to_utf16(collation, text, &length, err);
    if (status != TOCSIN_OK) {
        return status;
    }
    int32_t room = KEY_BYTES_FIRST;
    for (;;) {
        uint8_t *place = (uint8_t *)strbuf_reserve(buffer, (size_t)room);
        if (!place) {
            return error_memory(err);
        }
        int32_t needed = icu.get_sort_key(collation->collator, collation->text, length, place, room);
        if (needed <= 0) {
            return error_memory(err);
        }
        if (needed <= room) {
            buffer->len += (size_t)needed;
            return TOCSIN_OK;
        }
        room = needed;
    }
}
