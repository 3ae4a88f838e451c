#include "format/ariel_name.h"

#include <sys/random.h>
#include <threads.h>

/* ---- names alone --------------------------------------------------------------------------------------------------
 * Asked for each JSON object of a log, so a look-up has to be quick: a table by hash, made once.
 */

#define NAME_ROW(symbol, name, ...) {name, sizeof(name) - 1},
static const str native_names[] = {BUILT_IN_FIELD_LIST(NAME_ROW)};

enum { NAME_SLOTS = 1024 }; /* a power of two, much more than names */
_Static_assert(NAME_SLOTS >= 4 * BUILT_IN_FIELD_COUNT, "searches end soon");
_Static_assert(BUILT_IN_FIELD_COUNT < UINT8_MAX, "a number fits a slot");
static uint8_t name_slots[NAME_SLOTS]; /* number of the name, from 1; 0 = free */
static once_flag name_slots_once = ONCE_FLAG_INIT;

static unsigned name_slot(str name)
{
    unsigned hash = (unsigned)name.len;
    const size_t places[] = {0, name.len / 3, name.len / 2, name.len - 1};
    for (size_t i = 0; i < countof(places); i++) {
        hash = hash * 31 + (unsigned char)ascii_lower(name.data[places[i]]);
    }
    return (hash ^ hash >> 9) % NAME_SLOTS;
}

static void fill_name_slots(void)
{
    for (size_t i = 0; i < countof(native_names); i++) {
        unsigned slot = name_slot(native_names[i]);
        while (name_slots[slot]) {
            slot = (slot + 1) % NAME_SLOTS;
        }
        name_slots[slot] = (uint8_t)(i + 1);
    }
}

/* FIELD_NONE if it is none of QRadar's. */
static field_id native_name_find(str name)
{
    if (name.len == 0) {
        return FIELD_NONE;
    }
    call_once(&name_slots_once, fill_name_slots);
    for (unsigned slot = name_slot(name); name_slots[slot]; slot = (slot + 1) % NAME_SLOTS) {
        if (str_eq_ignore_case(native_names[name_slots[slot] - 1], name)) {
            return (field_id)(name_slots[slot] - 1);
        }
    }
    return FIELD_NONE;
}

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

int ariel_name_points(str key)
{
    bool is_text;
    switch (native_name_find(column_name(key, &is_text))) {
    case FIELD_NONE:
    case FIELD_HOSTNAME:
    case FIELD_RECORD_KIND:
        return 0;
    /* Words that logs of all kinds have. */
    case FIELD_CATEGORY:
    case FIELD_CREDIBILITY:
    case FIELD_DESTINATIONADDRESS:
    case FIELD_DESTINATIONIP:
    case FIELD_DESTINATIONMAC:
    case FIELD_DESTINATIONPORT:
    case FIELD_DURATION:
    case FIELD_ENDTIME:
    case FIELD_EVENTCOUNT:
    case FIELD_FLOWID:
    case FIELD_FLOW_CONTENT_TYPE:
    case FIELD_FLOW_FILE_NAME:
    case FIELD_FLOW_HTTP_HOST:
    case FIELD_GEOGRAPHIC:
    case FIELD_PAYLOAD:
    case FIELD_RELEVANCE:
    case FIELD_SESSIONID:
    case FIELD_SEVERITY:
    case FIELD_SIMARC_DESTINATION:
    case FIELD_SIMARC_DESTINATIONTYPE:
    case FIELD_SIMARC_DIRECTION:
    case FIELD_SIMARC_SOURCE:
    case FIELD_SIMARC_SOURCETYPE:
    case FIELD_SOURCEADDRESS:
    case FIELD_SOURCEIP:
    case FIELD_SOURCEMAC:
    case FIELD_SOURCEPORT:
    case FIELD_STARTTIME:
    case FIELD_USERNAME:
        return 1;
    default:
        return 2;
    }
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

struct ariel_name_slot *ariel_names_find(struct ariel_names *names, str key)
{
    size_t at = (size_t)str_hash(key, names->seed) % SLOTS;
    while (names->slots[at].key.data && !str_eq(names->slots[at].key, key)) {
        at = (at + 1) % SLOTS;
    }
    struct ariel_name_slot *slot = &names->slots[at];
    if (slot->key.data) {
        return slot;
    }
    struct ariel_name_slot found = {
        .key = key, .name = resolve(names->schema, key), .points = ariel_name_points(key)};
    if (names->count < ARIEL_NAMES_MAX && key.len <= LIMIT_IDENTIFIER_BYTES) {
        found.key = arena_copy(names->arena, key);
        if (found.key.data) { /* else it is only slower */
            *slot = found;
            names->count++;
            return slot;
        }
    }
    names->other = found;
    return &names->other;
}
