#include "match/collation.h"

#include <unicode/ucol.h>
#include <unicode/uloc.h>
#include <unicode/ustring.h>

#include "base/memory.h"

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
    int32_t length = uloc_forLanguageTag(text, ret_locale, ULOC_FULLNAME_CAPACITY, &parsed, &error);
    if (U_FAILURE(error) || parsed != (int32_t)tag.len || length >= ULOC_FULLNAME_CAPACITY) {
        return false;
    }
    char country[ULOC_COUNTRY_CAPACITY];
    error = U_ZERO_ERROR;
    int32_t country_length = uloc_getCountry(ret_locale, country, sizeof(country), &error);
    bool is_root = str_eq_ignore_case(str_slice(tag, 0, 3), STR("und"));
    return U_SUCCESS(error) && (is_root || uloc_getISO3Language(ret_locale)[0] != '\0') &&
           (country_length == 0 || ascii_is_digit(country[0]) || uloc_getISO3Country(ret_locale)[0] != '\0');
}

tocsin_status collation_check(str tag, struct error *err)
{
    char locale[ULOC_FULLNAME_CAPACITY];
    return to_locale(tag, locale) ? TOCSIN_OK : unknown_tag(tag, err);
}

tocsin_status collation_open(str tag, struct collation **ret_collation, struct error *err)
{
    char locale[ULOC_FULLNAME_CAPACITY];
    if (!to_locale(tag, locale)) {
        return unknown_tag(tag, err);
    }
    struct collation *collation = memory_allocate_zeroed(1, sizeof(*collation));
    if (!collation) {
        return error_memory(err);
    }
    UErrorCode error = U_ZERO_ERROR;
    collation->collator = ucol_open(locale, &error);
    if (U_FAILURE(error)) {
        collation_close(collation);
        return error == U_MEMORY_ALLOCATION_ERROR ? error_memory(err)
                                                  : error_set(err, TOCSIN_ERROR_CONFIG, "ICU cannot sort by '%.*s': %s",
                                                              STR_ARG(tag), u_errorName(error));
    }
    *ret_collation = collation;
    return TOCSIN_OK;
}

void collation_close(struct collation *collation)
{
    if (collation) {
        ucol_close(collation->collator);
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
    u_strFromUTF8WithSub(collation->text, (int32_t)collation->text_capacity, ret_length, text.data ? text.data : "",
                         (int32_t)text.len, 0xFFFD, NULL, &error);
    return U_SUCCESS(error) ? TOCSIN_OK : error_set(err, TOCSIN_ERROR_INTERNAL, "ICU: %s", u_errorName(error));
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
        int32_t needed = ucol_getSortKey(collation->collator, collation->text, length, place, room);
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
