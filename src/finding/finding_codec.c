#include "finding/finding_codec.h"

/* ---- writing ---- */

static void put(struct strbuf *buffer, const void *bytes, size_t count)
{
    strbuf_append(buffer, (str){bytes, count});
}

static void put_text(struct strbuf *buffer, str text)
{
    uint32_t length = text.data ? (uint32_t)text.len : UINT32_MAX;
    put(buffer, &length, sizeof(length));
    if (text.data) {
        strbuf_append(buffer, text);
    }
}

static void put_evidence(struct strbuf *buffer, const struct result_evidence *evidence)
{
    put(buffer, &evidence->count, sizeof(evidence->count));
    put(buffer, &evidence->more, sizeof(evidence->more));
    for (uint32_t i = 0; i < evidence->count; i++) {
        const struct evidence *line = &evidence->lines[i];
        put(buffer, &line->input, sizeof(line->input));
        put(buffer, &line->line_count, sizeof(line->line_count));
        put(buffer, &line->line, sizeof(line->line));
        put_text(buffer, line->raw.data ? line->raw : STR_EMPTY);
    }
}

void finding_row_encode(struct strbuf *buffer, const struct finding_row *row)
{
    put(buffer, &row->rule, sizeof(row->rule));
    put(buffer, &row->level, sizeof(row->level));
    put(buffer, &row->risk, sizeof(row->risk));
    put(buffer, &row->time_ms, sizeof(row->time_ms));
    put(buffer, row->has_part, sizeof(row->has_part));
    put(buffer, row->parts, sizeof(row->parts));
    put(buffer, row->indicators, sizeof(row->indicators));
    for (size_t i = 0; i < ROW_TEXT_COUNT; i++) {
        put_text(buffer, row->texts[i]);
    }
    put(buffer, &row->field_count, sizeof(row->field_count));
    for (uint32_t i = 0; i < row->field_count; i++) {
        put_text(buffer, row->fields[i].name);
        put_text(buffer, row->fields[i].value);
    }
    put_evidence(buffer, &row->evidence);
}

void finding_key_u32(struct strbuf *buffer, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        strbuf_append_char(buffer, (char)(value >> shift));
    }
}

void finding_key_u64(struct strbuf *buffer, uint64_t value)
{
    finding_key_u32(buffer, (uint32_t)(value >> 32));
    finding_key_u32(buffer, (uint32_t)value);
}

void finding_key_i64(struct strbuf *buffer, int64_t value)
{
    finding_key_u64(buffer, (uint64_t)value ^ UINT64_C(1) << 63);
}

/* ---- reading ---- */

static void take(str *bytes, void *ret, size_t count)
{
    memcpy(ret, bytes->data, count);
    *bytes = str_skip(*bytes, count);
}

static str take_text(str *bytes)
{
    uint32_t length;
    take(bytes, &length, sizeof(length));
    if (length == UINT32_MAX) {
        return (str){0};
    }
    str text = str_slice(*bytes, 0, length);
    *bytes = str_skip(*bytes, length);
    return text;
}

static bool take_evidence(str *bytes, struct arena *arena, struct result_evidence *evidence)
{
    take(bytes, &evidence->count, sizeof(evidence->count));
    take(bytes, &evidence->more, sizeof(evidence->more));
    struct evidence *lines = arena_array(arena, struct evidence, evidence->count + 1);
    if (!lines) {
        return false;
    }
    for (uint32_t i = 0; i < evidence->count; i++) {
        take(bytes, &lines[i].input, sizeof(lines[i].input));
        take(bytes, &lines[i].line_count, sizeof(lines[i].line_count));
        take(bytes, &lines[i].line, sizeof(lines[i].line));
        lines[i].raw = take_text(bytes);
    }
    evidence->lines = lines;
    return true;
}

bool finding_row_decode(str *bytes, struct arena *arena, struct finding_row *ret_row)
{
    struct finding_row row = {0};
    str rest = *bytes;
    take(&rest, &row.rule, sizeof(row.rule));
    take(&rest, &row.level, sizeof(row.level));
    take(&rest, &row.risk, sizeof(row.risk));
    take(&rest, &row.time_ms, sizeof(row.time_ms));
    take(&rest, row.has_part, sizeof(row.has_part));
    take(&rest, row.parts, sizeof(row.parts));
    take(&rest, row.indicators, sizeof(row.indicators));
    for (size_t i = 0; i < ROW_TEXT_COUNT; i++) {
        row.texts[i] = take_text(&rest);
    }
    take(&rest, &row.field_count, sizeof(row.field_count));
    struct result_field *fields = arena_array(arena, struct result_field, row.field_count + 1);
    if (!fields) {
        return false;
    }
    for (uint32_t i = 0; i < row.field_count; i++) {
        fields[i].name = take_text(&rest);
        fields[i].value = take_text(&rest);
    }
    row.fields = fields;
    if (!take_evidence(&rest, arena, &row.evidence)) {
        return false;
    }
    *bytes = rest;
    *ret_row = row;
    return true;
}
