#include "verify/found_rows.h"

#include <errno.h>

#include "base/json_reader.h"
#include "base/limits.h"
#include "base/memory.h"

void found_rows_init(struct found_rows *rows)
{
    *rows = (struct found_rows){0};
    arena_init(&rows->arena, ARENA_NO_LIMIT);
    strbuf_init(&rows->line, LIMIT_MADE_LOG_BYTES);
}

void found_rows_clear(struct found_rows *rows)
{
    arena_clear(&rows->arena);
    strbuf_clear(&rows->line);
    rows->count = 0;
    rows->more = 0;
    rows->status = TOCSIN_OK;
}

void found_rows_release(struct found_rows *rows)
{
    arena_release(&rows->arena);
    strbuf_release(&rows->line);
    memory_free(rows->rows);
    *rows = (struct found_rows){0};
}

/* ---- one row ----------------------------------------------------------------------------------------------------- */

static int find_level(str name)
{
    for (int level = 0; level < TOCSIN_LEVEL_COUNT; level++) {
        if (str_eq(name, str_from_cstring(tocsin_level_name(level)))) {
            return level;
        }
    }
    return 0;
}

static str read_text(struct arena *arena, const struct json_value *value)
{
    if (value->kind == JSON_NULL) {
        return (str){0};
    }
    str text = json_text(value, arena);
    return text.data ? arena_copy(arena, text) : text; /* the line it points into is cleared */
}

static void read_evidence_line(struct found_rows *rows, struct json_reader *reader, struct found_line *to)
{
    struct arena *arena = &rows->arena;
    struct json_member member;
    struct json_value value;
    while (json_next_member(reader, &member)) {
        int64_t line = 0;
        if (!json_read(reader, &value)) {
            break;
        }
        if (str_eq(member.key, STR("file"))) {
            to->file = read_text(arena, &value);
        } else if (str_eq(member.key, STR("line")) && json_to_i64(&value, &line)) {
            to->line = (uint64_t)line;
        } else if (rows->keeps_raw && str_eq(member.key, STR("raw"))) {
            to->raw = read_text(arena, &value);
        }
    }
}

/* Elements of an array; 0 for any other value. */
static size_t count_elements(str text)
{
    struct json_reader reader;
    size_t count = 0;
    json_reader_init(&reader, text);
    if (!json_enter_array(&reader)) {
        return 0;
    }
    while (json_next_element(&reader) && json_skip(&reader)) {
        count++;
    }
    return count;
}

static bool read_evidence(struct found_rows *rows, str text, struct found_row *row)
{
    struct arena *arena = &rows->arena;
    struct json_reader reader;
    size_t count = count_elements(text);
    struct found_line *lines = arena_array(arena, struct found_line, count + 1);
    if (!lines) {
        return false;
    }
    row->evidence = lines;
    json_reader_init(&reader, text);
    if (json_enter_array(&reader)) {
        while (row->evidence_count < count && json_next_element(&reader) && json_enter_object(&reader)) {
            read_evidence_line(rows, &reader, &lines[row->evidence_count++]);
        }
    }
    return true;
}

static void read_act(struct arena *arena, struct json_reader *reader, struct found_act *to)
{
    const struct {
        str key;
        str *to;
    } texts[] = {
        {STR("rule"), &to->rule},       {STR("act"), &to->act},         {STR("target"), &to->target},
        {STR("detail"), &to->detail},   {STR("outcome"), &to->outcome}, {STR("namespace"), &to->namespace},
        {STR("process"), &to->process}, {STR("client"), &to->client},
    };
    struct json_member member;
    struct json_value value;
    while (json_next_member(reader, &member) && json_read(reader, &value)) {
        for (size_t i = 0; i < countof(texts); i++) {
            if (str_eq(member.key, texts[i].key)) {
                *texts[i].to = read_text(arena, &value);
            }
        }
    }
}

static bool read_acts(struct arena *arena, str text, struct found_row *row)
{
    struct json_reader reader;
    size_t count = count_elements(text);
    struct found_act *acts = arena_array(arena, struct found_act, count + 1);
    if (!acts) {
        return false;
    }
    row->acts = acts;
    json_reader_init(&reader, text);
    if (json_enter_array(&reader)) {
        while (row->act_count < count && json_next_element(&reader) && json_enter_object(&reader)) {
            read_act(arena, &reader, &acts[row->act_count++]);
        }
    }
    return true;
}

/* `own` is what the row itself did, if it is no finding. */
static bool read_member(struct found_rows *rows, str key, const struct json_value *value, struct found_row *row,
                        struct found_act *own)
{
    struct arena *arena = &rows->arena;
    const struct {
        str key;
        str *to;
    } texts[] = {
        {STR("@rule"), &row->rule},    {STR("Identity"), &row->identity}, {STR("Host"), &row->host},
        {STR("Source"), &row->source}, {STR("Act"), &own->act},           {STR("Target"), &own->target},
    };
    for (size_t i = 0; i < countof(texts); i++) {
        if (str_eq(key, texts[i].key)) {
            *texts[i].to = read_text(arena, value);
            return value->kind == JSON_NULL || texts[i].to->data;
        }
    }
    if (str_eq(key, STR("LastTime"))) {
        (void)json_to_i64(value, &row->last_ms);
    } else if (str_eq(key, STR("@risk"))) {
        (void)json_to_i64(value, &row->risk);
    } else if (str_eq(key, STR("@level"))) {
        row->level = find_level(value->text);
    } else if (str_eq(key, STR("@evidence_more"))) {
        row->has_more_evidence = true;
    } else if (str_eq(key, STR("@acts"))) {
        return read_acts(arena, value->text, row);
    } else if (str_eq(key, STR("@evidence"))) {
        return read_evidence(rows, value->text, row);
    }
    return true;
}

static tocsin_status add_row(struct found_rows *rows, const struct found_row *row)
{
    if (rows->count == LIMIT_FOUND_ROWS) {
        rows->more++;
        return TOCSIN_OK;
    }
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity > 0 ? rows->capacity * 2 : 64;
        struct found_row *wider = memory_resize(rows->rows, capacity * sizeof(*wider));
        if (!wider) {
            return TOCSIN_ERROR_MEMORY;
        }
        rows->rows = wider;
        rows->capacity = capacity;
    }
    rows->rows[rows->count++] = *row;
    return TOCSIN_OK;
}

static tocsin_status read_row(struct found_rows *rows, str line)
{
    struct found_row row = {0};
    struct found_act *own = arena_new(&rows->arena, struct found_act);
    struct json_reader reader;
    struct json_member member;
    struct json_value value;
    json_reader_init(&reader, line);
    if (!own) {
        return TOCSIN_ERROR_MEMORY;
    }
    if (!json_enter_object(&reader)) {
        return TOCSIN_OK;
    }
    while (json_next_member(&reader, &member)) {
        if (!json_read(&reader, &value)) {
            break;
        }
        if (!read_member(rows, member.key, &value, &row, own)) {
            return TOCSIN_ERROR_MEMORY;
        }
    }
    own->rule = row.rule;
    if (row.act_count == 0) {
        row.acts = own;
        row.act_count = 1;
    }
    return add_row(rows, &row);
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

int found_rows_write(void *context, const char *bytes, size_t byte_count)
{
    struct found_rows *rows = context;
    str text = str_from(bytes, byte_count);
    while (text.len > 0 && rows->status == TOCSIN_OK) {
        size_t end = str_find_char(text, '\n', 0);
        strbuf_append(&rows->line, str_slice(text, 0, end == SIZE_MAX ? text.len : end));
        text = str_skip(text, end == SIZE_MAX ? text.len : end + 1);
        if (end != SIZE_MAX) {
            rows->status = rows->line.is_failed ? TOCSIN_ERROR_MEMORY : read_row(rows, strbuf_str(&rows->line));
            strbuf_clear(&rows->line);
        }
    }
    return rows->status == TOCSIN_OK ? 0 : ENOMEM;
}
