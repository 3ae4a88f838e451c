#include "format/ariel_name.h"

#include <sys/random.h>

/* ---- names alone --------------------------------------------------------------------------------------------------
 */

#define NAME_ROW(symbol, name, ...)   {name, sizeof(name) - 1},
#define NAME_BYTES(symbol, name, ...) sizeof(name) - 1,
static const str native_names[] = {BUILT_IN_FIELD_LIST(NAME_ROW)};
static const uint8_t native_name_bytes[] = {BUILT_IN_FIELD_LIST(NAME_BYTES)};

/* Words that logs of all kinds have. */
static const char *const common_names[] = {
    "category", "content type",  "credibility",     "destination", "destinationip", "destinationport", "direction",
    "duration", "endtime",       "file name",       "flowid",      "geographic",    "http host",       "payload",
    "severity", "relevance",     "sessionid",       "source",      "sourceip",      "sourceport",      "starttime",
    "username", "sourceaddress", "destinationtype", "sourcetype",  "sourcemac",     "destinationmac",  "eventcount",
};

static str without_prefix(str key, str prefix)
{
    bool has_prefix = key.len > prefix.len && str_eq_ignore_case(str_slice(key, 0, prefix.len), prefix);
    return has_prefix ? str_skip(key, prefix.len) : key;
}

/* The field's name in the default name of a column (aql-reference 6.2). */
static str column_name(str key, bool *ret_is_text)
{
    static const str payloads[] = {{"payload", 7}, {"sourcepayload", 13}, {"destinationpayload", 18}};
    key = without_prefix(key, STR("first_"));
    str inner = without_prefix(key, STR("utf8_"));
    *ret_is_text = false;
    for (size_t i = 0; inner.len < key.len && i < countof(payloads); i++) {
        if (str_eq_ignore_case(inner, payloads[i])) {
            *ret_is_text = true;
            return inner;
        }
    }
    return key;
}

static bool is_common(str name)
{
    for (size_t i = 0; i < countof(common_names); i++) {
        if (str_eq_ignore_case(name, str_from_cstring(common_names[i]))) {
            return true;
        }
    }
    return false;
}

int ariel_name_points(str key)
{
    bool is_text;
    str name = column_name(key, &is_text);
    if (name.len > UINT8_MAX) {
        return 0;
    }
    const uint8_t *at = native_name_bytes;
    const uint8_t *end = native_name_bytes + countof(native_name_bytes);
    while ((at = memchr(at, (int)name.len, (size_t)(end - at)))) {
        size_t index = (size_t)(at - native_name_bytes);
        if (str_eq_ignore_case(native_names[index], name)) {
            return index == FIELD_HOSTNAME || index == FIELD_RECORD_KIND ? 0 : is_common(name) ? 1 : 2;
        }
        at++;
    }
    return 0;
}

/* ---- fields -------------------------------------------------------------------------------------------------------
 */

enum { SLOTS = 2 * ARIEL_NAMES_MAX };

bool ariel_names_init(struct ariel_names *names, const struct schema *schema, struct arena *arena)
{
    *names = (struct ariel_names){.schema = schema, .arena = arena};
    if (getrandom(&names->seed, sizeof(names->seed), GRND_NONBLOCK) != (ssize_t)sizeof(names->seed)) {
        names->seed = (uint64_t)(uintptr_t)names; /* address space randomisation is better than nothing */
    }
    names->slots = arena_array(arena, struct ariel_name_slot, SLOTS);
    return names->slots != NULL;
}

static field_id find_field(const struct schema *schema, uint8_t catalog, str key, str name)
{
    field_id field = schema_find_in(schema, catalog, key);
    field = field == FIELD_NONE && name.len < key.len ? schema_find_in(schema, catalog, name) : field;
    /* A property that stands for an expression is computed, never stored. */
    return field != FIELD_NONE && schema_field(schema, field)->kind == FIELD_EXPRESSION ? FIELD_NONE : field;
}

static struct ariel_name resolve(const struct schema *schema, str key)
{
    struct ariel_name found = {.catalogs = 0};
    str name = column_name(key, &found.is_text);
    const struct {
        uint8_t catalog;
        field_id *field;
    } places[] = {{CATALOG_EVENTS, &found.events}, {CATALOG_FLOWS, &found.flows}, {CATALOG_SIMARC, &found.simarc}};
    for (size_t i = 0; i < countof(places); i++) {
        field_id field = find_field(schema, places[i].catalog, key, name);
        *places[i].field = field;
        if (field != FIELD_NONE && schema_field(schema, field)->kind == FIELD_BUILT_IN) {
            found.catalogs |= places[i].catalog;
        }
    }
    return found;
}

struct ariel_name ariel_names_find(struct ariel_names *names, str key)
{
    size_t at = (size_t)str_hash(key, names->seed) % SLOTS;
    while (names->slots[at].key.data && !str_eq(names->slots[at].key, key)) {
        at = (at + 1) % SLOTS;
    }
    struct ariel_name_slot *slot = &names->slots[at];
    if (slot->key.data) {
        return slot->name;
    }
    struct ariel_name name = resolve(names->schema, key);
    if (names->count < ARIEL_NAMES_MAX && key.len <= LIMIT_IDENTIFIER_BYTES) {
        str copy = arena_copy(names->arena, key);
        if (copy.data) { /* else it is only slower */
            *slot = (struct ariel_name_slot){copy, name};
            names->count++;
        }
    }
    return name;
}
