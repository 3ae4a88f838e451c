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

/* Where JSON begins behind a few words ("audit: {...}"), if it goes to the end of the text; else SIZE_MAX. */
static size_t find_embedded_json(str text)
{
    enum { PREFIX_BYTES_MAX = 256 };
    str trimmed = str_trim(text);
    if (trimmed.len < 2 || trimmed.data[trimmed.len - 1] != '}') {
        return SIZE_MAX;
    }
    size_t at = str_find(str_slice(text, 0, PREFIX_BYTES_MAX), STR("{\""), 0);
    return at != SIZE_MAX && at > 0 && ascii_is_blank(text.data[at - 1]) ? at : SIZE_MAX;
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
    for (size_t i = 0; i < UNIVERSAL_PARTS_MAX; i++) {
        message_init(&line->parts[i].message);
    }
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
    for (size_t i = 0; i < UNIVERSAL_PARTS_MAX; i++) {
        if (!allocate_part(&line->parts[i], line, arena)) {
            return error_memory(err);
        }
    }
    return TOCSIN_OK;
}

void universal_line_release(struct universal_line *line)
{
    for (size_t i = 0; i < UNIVERSAL_PARTS_MAX; i++) {
        message_release(&line->parts[i].message);
    }
}

/* The text that a JSON object wraps, or empty. */
static bool read_inner_text(const struct universal_line *line, const struct universal_part *part, struct arena *arena,
                            str *ret_text)
{
    const struct json_value *json = part->json;
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

/* The message that `outer` wraps, as the next part. */
static void read_inner(struct universal_line *line, const struct universal_part *outer, str text,
                       const struct time_zone *zone, int64_t reference_ms)
{
    struct universal_part *inner = &line->parts[line->part_count++];
    inner->payload = text;
    inner->text = text;
    inner->frame = (struct log_frame){.priority = -1,
                                      .host = STR_EMPTY,
                                      .application = STR_EMPTY,
                                      .process_id = STR_EMPTY,
                                      .structured_data = STR_EMPTY};
    (void)syslog_frame_parse(text, zone, reference_ms, &inner->frame, &inner->text);
    if (inner->frame.application.len == 0) {
        const struct json_value *identifier = &outer->json[line->identifier_id];
        inner->frame.application = identifier->kind == JSON_STRING ? identifier->text : outer->frame.application;
    }
    read_part(line, inner);
}

/* JSON behind words is a part of its own behind the text, which is asked first: the JSON may be an argument in a
 * command line, and then the text tells what was run. False if there is none. */
static bool read_embedded_json(struct universal_line *line, const struct universal_part *outer)
{
    size_t at = find_embedded_json(outer->text);
    if (at == SIZE_MAX) {
        return false;
    }
    struct universal_part *inner = &line->parts[line->part_count];
    inner->payload = outer->payload;
    inner->frame = outer->frame;
    inner->text = str_skip(outer->text, at);
    read_part(line, inner);
    if (inner->message.is_damaged || inner->message.kind != MESSAGE_JSON) {
        return false; /* only looked like it */
    }
    line->part_count++;
    return true;
}

/* The next part, inside `part`. *ret_is_read: there is one. False: out of memory. */
static bool read_next(struct universal_line *line, const struct universal_part *part, const struct time_zone *zone,
                      int64_t reference_ms, struct arena *arena, bool *ret_is_read)
{
    *ret_is_read = false;
    if (part->message.kind == MESSAGE_TEXT || part->message.kind == MESSAGE_KEY_VALUE) {
        *ret_is_read = read_embedded_json(line, part);
        return true;
    }
    str text = STR_EMPTY;
    if (part->message.kind == MESSAGE_JSON && !read_inner_text(line, part, arena, &text)) {
        return false;
    }
    if (text.len > 0) {
        read_inner(line, part, text, zone, reference_ms);
        *ret_is_read = true;
    }
    return true;
}

bool universal_line_read(struct universal_line *line, const struct log_line *from, const struct time_zone *zone,
                         int64_t reference_ms, struct arena *arena)
{
    struct universal_part *part = &line->parts[0];
    line->part_count = 1;
    part->frame = from->frame;
    part->payload = from->raw;
    part->text = from->text;
    read_part(line, part);
    bool is_read = true;
    while (is_read && line->part_count < UNIVERSAL_PARTS_MAX) {
        if (!read_next(line, &line->parts[line->part_count - 1], zone, reference_ms, arena, &is_read)) {
            return false;
        }
    }
    for (size_t i = 0; i < line->part_count; i++) {
        if (line->parts[i].message.is_failed) {
            return false;
        }
    }
    return true;
}
