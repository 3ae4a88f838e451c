#include "format/message.h"

#include <assert.h>

#include "base/json_reader.h"
#include "base/limits.h"
#include "base/memory.h"

str message_kind_name(enum message_kind kind)
{
    static const char *const names[] = {"text", "leef", "cef", "json", "key_value"};
    static_assert(countof(names) == MESSAGE_KIND_COUNT, "ORDER message_kind");
    return str_from_cstring(names[kind]);
}

void message_init(struct message *message)
{
    *message = (struct message){.kind = MESSAGE_TEXT};
    message_clear(message);
}

void message_release(struct message *message)
{
    memory_free(message->fields);
    message->fields = NULL;
    message->field_count = 0;
    message->field_capacity = 0;
}

void message_clear(struct message *message)
{
    struct message_field *fields = message->fields;
    size_t capacity = message->field_capacity;
    *message = (struct message){.kind = MESSAGE_TEXT,
                                .text = STR_EMPTY,
                                .vendor = STR_EMPTY,
                                .product = STR_EMPTY,
                                .version = STR_EMPTY,
                                .event_id = STR_EMPTY,
                                .name = STR_EMPTY,
                                .severity = STR_EMPTY,
                                .fields = fields,
                                .field_capacity = capacity};
}

static bool message_grow(struct message *message)
{
    size_t capacity = message->field_capacity ? message->field_capacity * 2 : 64;
    struct message_field *fields = memory_resize(message->fields, capacity * sizeof(*fields));
    if (!fields) {
        message->is_failed = true;
        return false;
    }
    message->fields = fields;
    message->field_capacity = capacity;
    return true;
}

void message_add(struct message *message, struct message_field field)
{
    if (field.key.len == 0) {
        return;
    }
    if (message->field_count == LIMIT_MESSAGE_FIELDS) {
        message->is_damaged = true;
        return;
    }
    if (message->field_count == message->field_capacity && !message_grow(message)) {
        return;
    }
    message->fields[message->field_count++] = field;
}

/* A header that a relay pushed further back than this is not looked for. */
enum { HEADER_SEARCH_BYTES = 512 };

enum message_kind message_find_header(str text, size_t *ret_begin)
{
    str front = str_slice(text, 0, HEADER_SEARCH_BYTES);
    /* A colon is a rare byte that the C library finds quickly. */
    for (size_t at = str_find_char(front, ':', 0); at != SIZE_MAX; at = str_find_char(front, ':', at + 1)) {
        if (at < 3 || text.data[at - 1] != 'F' || text.data[at - 2] != 'E') {
            continue;
        }
        if (at >= 4 && memcmp(text.data + at - 4, "LEEF", 4) == 0 && leef_is_header_at(text, at - 4)) {
            *ret_begin = at - 4;
            return MESSAGE_LEEF;
        }
        if (text.data[at - 3] == 'C' && cef_is_header_at(text, at - 3)) {
            *ret_begin = at - 3;
            return MESSAGE_CEF;
        }
    }
    *ret_begin = 0;
    return text.len > 0 && ascii_is_digit(text.data[0]) && cef_is_bare_header(text) ? MESSAGE_CEF : MESSAGE_TEXT;
}

const struct message_field *message_find(const struct message *message, str key)
{
    for (size_t i = 0; i < message->field_count; i++) {
        const struct message_field *field = &message->fields[i];
        if (field->value.len > 0 &&
            (str_eq_ignore_case(field->key, key) || (field->label.len > 0 && str_eq_ignore_case(field->label, key)))) {
            return field;
        }
    }
    return NULL;
}

/* \n and \r are line ends; a backslash in front of anything else that needs no escape stays, since Windows paths come
   unescaped more often than not. */
static size_t unescape_cef(str text, char *target)
{
    size_t used = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '\\' && i + 1 < text.len) {
            char next = text.data[i + 1];
            bool is_escape = next == '\\' || next == '=' || next == '|' || next == 'n' || next == 'r' || next == '"';
            if (is_escape) {
                c = next == 'n' ? '\n' : next == 'r' ? '\r' : next;
                i++;
            }
        }
        target[used++] = c;
    }
    return used;
}

str message_unescape(str text, enum value_escape escape, struct arena *arena)
{
    if (escape == VALUE_PLAIN || str_find_char(text, '\\', 0) == SIZE_MAX) {
        return text;
    }
    char *target = arena_reserve(arena, text.len);
    if (!target) {
        return (str){NULL, 0};
    }
    size_t bytes = escape == VALUE_CEF ? unescape_cef(text, target) : json_unescape(text, target);
    assert(bytes <= text.len);
    arena_commit(arena, bytes);
    return str_from(target, bytes);
}

str message_value(const struct message_field *field, struct arena *arena)
{
    return message_unescape(field->value, field->escape, arena);
}
