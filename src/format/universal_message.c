#include "format/universal_message.h"

#include <assert.h>

#include "format/syslog_frame.h"

/* ---- the shape ---- */

/* '{' and what can follow it in JSON; "{{.Name}}" is no JSON. */
static bool is_json_object(str text)
{
    if (text.len < 2 || text.data[0] != '{') {
        return false;
    }
    size_t at = 1;
    while (at < text.len && ascii_is_blank(text.data[at])) {
        at++;
    }
    return at < text.len && (text.data[at] == '"' || text.data[at] == '}');
}

/* "@cee: {" and "@cee:{" stand in front of JSON in syslog messages. */
static size_t skip_to_json(str text)
{
    size_t at = 0;
    while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t')) {
        at++;
    }
    if (str_starts_with(str_skip(text, at), STR("@cee:"))) {
        at += 5;
        at += at < text.len && text.data[at] == ' ';
    }
    return at;
}

enum message_kind universal_guess_kind(str text, size_t *ret_begin)
{
    *ret_begin = skip_to_json(text);
    if (is_json_object(str_skip(text, *ret_begin))) {
        return MESSAGE_JSON;
    }
    return message_find_header(text, ret_begin);
}

/* ---- parts ---- */

static void read_json(const struct universal_line *line, struct universal_part *part, str text)
{
    part->message.kind = MESSAGE_JSON;
    part->message.text = text;
    struct json_pick_result result = json_pick_run(line->pick, text, part->json);
    part->message.is_damaged = result.is_damaged;
    part->message.is_cut = result.is_cut;
}

static void read_part(const struct universal_line *line, struct universal_part *part)
{
    message_clear(&part->message);
    size_t begin;
    switch (universal_guess_kind(part->text, &begin)) {
    case MESSAGE_JSON:
        read_json(line, part, str_skip(part->text, begin));
        break;
    case MESSAGE_LEEF:
        leef_parse(str_skip(part->text, begin), &part->message);
        break;
    case MESSAGE_CEF:
        cef_parse(str_skip(part->text, begin), &part->message);
        break;
    default:
        key_value_parse(part->text, &part->message);
        break;
    }
    key_pick_run(line->key_pick, &part->message, part->fields);
}

/* ---- wrappers ---- */

static const char *const inner_paths[] = {"$.log", "$.MESSAGE",     "$.event.original", "$.message",
                                          "$.msg", "$.Message",     "$['@message']",    "$._raw",
                                          "$.raw", "$.full_message"};
static_assert(countof(inner_paths) <= countof(((struct universal_line *)NULL)->inner_ids), "room for all");

tocsin_status universal_line_init(struct universal_line *line, struct key_pick *key_pick, struct json_pick *pick,
                                  struct error *err)
{
    *line = (struct universal_line){.key_pick = key_pick, .pick = pick};
    message_init(&line->outer.message);
    message_init(&line->inner.message);
    tocsin_status status = json_pick_add(pick, STR("$.stream"), &line->stream_id, err);
    status = status ? status : json_pick_add(pick, STR("$.SYSLOG_IDENTIFIER"), &line->identifier_id, err);
    for (size_t i = 0; !status && i < countof(inner_paths); i++) {
        status = json_pick_add(pick, str_from_cstring(inner_paths[i]), &line->inner_ids[i], err);
    }
    line->inner_id_count = countof(inner_paths);
    return status;
}

static bool allocate_part(struct universal_part *part, const struct universal_line *line, struct arena *arena)
{
    part->json = arena_array(arena, struct json_value, line->pick->path_count);
    part->fields = arena_array(arena, const struct message_field *, line->key_pick->key_count);
    return part->json && part->fields;
}

tocsin_status universal_line_allocate(struct universal_line *line, struct arena *arena, struct error *err)
{
    return allocate_part(&line->outer, line, arena) && allocate_part(&line->inner, line, arena) ? TOCSIN_OK
                                                                                                : error_memory(err);
}

void universal_line_release(struct universal_line *line)
{
    message_release(&line->outer.message);
    message_release(&line->inner.message);
}

/* The text that a JSON object wraps, or empty. */
static bool read_inner_text(const struct universal_line *line, struct arena *arena, str *ret_text)
{
    const struct json_value *json = line->outer.json;
    *ret_text = STR_EMPTY;
    for (size_t i = 0; i < line->inner_id_count; i++) {
        const struct json_value *value = &json[line->inner_ids[i]];
        bool is_log = i == 0; /* "log" is docker's only beside "stream"; elsewhere it is an object or a logger's name */
        if (value->kind != JSON_STRING || value->text.len == 0 ||
            (is_log && json[line->stream_id].kind != JSON_STRING)) {
            continue;
        }
        str text = json_text(value, arena);
        while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r')) {
            text.len--;
        }
        *ret_text = text;
        return text.data != NULL;
    }
    return true;
}

bool universal_line_read(struct universal_line *line, const struct log_line *from, const struct time_zone *zone,
                         int64_t reference_ms, struct arena *arena)
{
    struct universal_part *outer = &line->outer;
    outer->frame = from->frame;
    outer->payload = from->raw;
    outer->text = from->text;
    read_part(line, outer);
    line->has_inner = false;
    if (outer->message.kind == MESSAGE_JSON) {
        struct universal_part *inner = &line->inner;
        if (!read_inner_text(line, arena, &inner->payload)) {
            return false;
        }
        if (inner->payload.len > 0) {
            line->has_inner = true;
            inner->frame = (struct log_frame){.priority = -1,
                                              .host = STR_EMPTY,
                                              .application = STR_EMPTY,
                                              .process_id = STR_EMPTY,
                                              .structured_data = STR_EMPTY};
            inner->text = inner->payload;
            (void)syslog_frame_parse(inner->payload, zone, reference_ms, &inner->frame, &inner->text);
            const struct json_value *identifier = &outer->json[line->identifier_id];
            if (inner->frame.application.len == 0) {
                inner->frame.application =
                    identifier->kind == JSON_STRING ? identifier->text : outer->frame.application;
            }
            read_part(line, inner);
        }
    }
    return !outer->message.is_failed && !line->inner.message.is_failed;
}
