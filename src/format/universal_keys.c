#include "format/universal_keys.h"

#include <assert.h>

static const struct key_row {
    enum universal_target target;
    enum message_kind kind;
    const char *key;
} key_rows[] = {
#define KEY_ROW(target, kind, key) {TARGET_##target, MESSAGE_##kind, key},
    UNIVERSAL_KEY_LIST(KEY_ROW)
#undef KEY_ROW
};

enum { ROW_COUNT = UNIVERSAL_KEY_COUNT };

/* ---- the fields as `tocsin formats` lists them ---- */

#define TARGET_CONSTANTS(symbol, name, type, description)                                                              \
    static const char target_name_##symbol[] = name;                                                                   \
    static const char target_description_##symbol[] = description;                                                     \
    enum { TARGET_TYPE_##symbol = type };
UNIVERSAL_TARGET_LIST(TARGET_CONSTANTS)
#undef TARGET_CONSTANTS

#define NATIVE_LEEF      "LEEF "
#define NATIVE_CEF       "CEF "
#define NATIVE_JSON      "JSON "
#define NATIVE_KEY_VALUE "key=value "

const struct format_field universal_fields[UNIVERSAL_FIELD_COUNT] = {
    {"syslog TIMESTAMP", "devicetime", TYPE_INT64, "time of the event, if the message has none"},
    {"syslog HOSTNAME", "hostname", TYPE_STRING, "host that the event is from, if the message names none"},
    {"syslog HOSTNAME", "logsourceidentifier", TYPE_STRING, ""},
    {"syslog APP-NAME", "qideventcategory", TYPE_STRING, "if the message names no category"},
    {"LEEF and CEF EventID", "qideventid", TYPE_STRING, ""},
    {"CEF Severity", "severity", TYPE_INT64, "0 to 10, or Low, Medium, High, Very-High"},
#define FIELD_ROW(target, kind, key)                                                                                   \
    {NATIVE_##kind key, target_name_##target, (enum value_type)TARGET_TYPE_##target, target_description_##target},
    UNIVERSAL_KEY_LIST(FIELD_ROW)
#undef FIELD_ROW
        {"(properties)", "Command", TYPE_STRING,
         "and all other properties of the built-in and the user's property file"},
};

/* ---- looking keys up ---- */

struct universal_keys {
    /* Rows sorted by target and kind; those of a pair are ids[first] to ids[end - 1]. */
    struct {
        uint16_t first;
        uint16_t end;
    } ranges[TARGET_COUNT_OF_ALL][MESSAGE_KIND_COUNT];
    size_t ids[ROW_COUNT]; /* of the JSON pick or of the key pick */
};

struct universal_keys *universal_keys_create(struct arena *arena, uint64_t targets, struct json_pick *json_pick,
                                             struct key_pick *key_pick)
{
    struct universal_keys *keys = arena_new(arena, struct universal_keys);
    if (!keys) {
        return NULL;
    }
    uint16_t used = 0;
    for (size_t target = 0; target < TARGET_COUNT_OF_ALL; target++) {
        for (size_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
            keys->ranges[target][kind].first = used;
            for (size_t i = 0; i < ROW_COUNT; i++) {
                const struct key_row *row = &key_rows[i];
                if (row->target != target || row->kind != kind || !(targets >> target & 1)) {
                    continue;
                }
                str key = str_from_cstring(row->key);
                if (row->kind == MESSAGE_JSON ? json_pick_add(json_pick, key, &keys->ids[used], NULL)
                                              : key_pick_add(key_pick, key, &keys->ids[used], NULL)) {
                    return NULL; /* the keys are ours, so it is memory */
                }
                used++;
            }
            keys->ranges[target][kind].end = used;
        }
    }
    assert(used <= ROW_COUNT);
    return keys;
}

/* Objects are no values of these fields: "host": {...} stands beside "host": "name" in the list. */
static bool is_plain(const struct json_value *value)
{
    return value->kind == JSON_STRING || value->kind == JSON_NUMBER;
}

static str row_text(const struct universal_part *part, size_t id, struct arena *arena)
{
    if (part->message.kind == MESSAGE_JSON) {
        return is_plain(&part->json[id]) ? json_pick_text(&part->json[id], arena) : STR_EMPTY;
    }
    return part->fields[id] ? message_value(part->fields[id], arena) : STR_EMPTY;
}

bool universal_keys_next(const struct universal_keys *keys, const struct universal_part *part,
                         enum universal_target target, struct arena *arena, size_t *cursor, str *ret_text)
{
    /* Prose with pairs in it is read as key=value. */
    enum message_kind kind = part->message.kind == MESSAGE_TEXT ? MESSAGE_KEY_VALUE : part->message.kind;
    if (kind == MESSAGE_KEY_VALUE && part->message.field_count == 0) {
        return false;
    }
    for (size_t row = keys->ranges[target][kind].first + *cursor; row < keys->ranges[target][kind].end; row++) {
        str text = row_text(part, keys->ids[row], arena);
        if (text.data && text.len > 0) {
            *cursor = row + 1 - keys->ranges[target][kind].first;
            *ret_text = text;
            return true;
        }
    }
    return false;
}
