#include "output/json_rows.h"

#include <assert.h>

#include "base/utf8.h"
#include "column/value_text.h"
#include "output/text_escape.h"

void json_rows_init(struct json_rows *rows, const struct output_options *options, bool is_pretty)
{
    *rows = (struct json_rows){0};
    output_buffer_init(&rows->out, options->sink);
    json_writer_init(&rows->writer, &rows->out.text, is_pretty);
    arena_init(&rows->arena, ARENA_NO_LIMIT); /* names are parts of the query, which has its own limit */
}

void json_rows_release(struct json_rows *rows)
{
    arena_release(&rows->arena);
    output_buffer_release(&rows->out);
}

/* ---- names ---- */

static bool is_taken(const str *names, size_t count, str name)
{
    static const str reserved[] = {STR("\"@rule\""),     STR("\"@risk\""),          STR("\"@level\""),
                                   STR("\"@evidence\""), STR("\"@evidence_more\""), STR("\"@acts\"")};
    for (size_t i = 0; i < countof(reserved); i++) {
        if (str_eq(name, reserved[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (str_eq(name, names[i])) {
            return true;
        }
    }
    return false;
}

/* Names are compared as rendered: two that differ in invalid bytes only are the same in the output. `earlier` columns
   had the same name in the query, so the search for a suffix starts behind theirs. */
static str unique_name(struct json_rows *rows, size_t index, size_t earlier, struct strbuf *text)
{
    const struct result_column *column = &rows->header->columns[index];
    json_append_string(text, column->name);
    size_t base = text->len - 1;
    for (uint64_t suffix = earlier + 2; !text->is_failed && is_taken(rows->names, index, strbuf_str(text)); suffix++) {
        text->len = base;
        strbuf_append_char(text, '_');
        strbuf_append_u64(text, suffix);
        strbuf_append_char(text, '"');
    }
    return text->is_failed ? (str){0} : arena_copy(&rows->arena, strbuf_str(text));
}

static size_t count_earlier(const struct result_header *header, size_t index)
{
    size_t count = 0;
    for (size_t i = 0; i < index; i++) {
        count += str_eq(header->columns[i].name, header->columns[index].name);
    }
    return count > 0 ? count - 1 : 0;
}

tocsin_status json_rows_begin(struct json_rows *rows, const struct result_header *header, struct error *err)
{
    rows->header = header;
    arena_clear(&rows->arena);
    rows->names = arena_array(&rows->arena, str, header->column_count > 0 ? header->column_count : 1);
    if (!rows->names) {
        return error_memory(err);
    }
    struct strbuf text;
    strbuf_init(&text, 8 * LIMIT_QUERY_BYTES); /* escapes take six bytes for one */
    for (size_t i = 0; i < header->column_count; i++) {
        strbuf_clear(&text);
        rows->names[i] = unique_name(rows, i, count_earlier(header, i), &text);
        if (!rows->names[i].data) {
            strbuf_release(&text);
            return error_memory(err);
        }
    }
    strbuf_release(&text);
    return TOCSIN_OK;
}

/* ---- values ---- */

static tocsin_status write_text(struct json_rows *rows, str text, bool is_base64, struct error *err)
{
    static_assert(LIMIT_OUTPUT_PART_BYTES / 4 * 3 % 3 == 0, "a part of Base64 needs no padding");
    json_string_begin(&rows->writer);
    while (text.len > 0) {
        size_t part = is_base64 ? LIMIT_OUTPUT_PART_BYTES / 4 * 3 : utf8_part_length(text, LIMIT_OUTPUT_PART_BYTES);
        str piece = str_slice(text, 0, part);
        if (is_base64) {
            json_append_base64(rows->writer.buffer, piece);
        } else {
            json_string_part(&rows->writer, piece);
        }
        tocsin_status status = output_buffer_spill(&rows->out, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        text = str_skip(text, part);
    }
    json_string_end(&rows->writer);
    return TOCSIN_OK;
}

static void write_ip(struct json_writer *writer, const struct ip *ip)
{
    char text[IP_TEXT_BYTES];
    json_string(writer, (str){text, ip_format(ip, text)});
}

static tocsin_status write_value(struct json_rows *rows, const struct column *column, uint32_t row, struct error *err)
{
    struct json_writer *writer = &rows->writer;
    if (!column_is_valid(column, row)) {
        json_null(writer);
        return TOCSIN_OK;
    }
    switch (column->type) {
    case TYPE_BOOL:
        json_bool(writer, column_bool(column, row));
        break;
    case TYPE_INT64:
        json_i64(writer, column_integer(column, row));
        break;
    case TYPE_DOUBLE:
        json_double(writer, column_double(column, row));
        break;
    case TYPE_IP:
        write_ip(writer, column_ip(column, row));
        break;
    case TYPE_STRING:
    case TYPE_BYTES:
        return write_text(rows, column_string(column, row), column->type == TYPE_BYTES, err);
    case TYPE_NULL:
    case TYPE_COUNT:
        json_null(writer);
    }
    return TOCSIN_OK;
}

static tocsin_status write_evidence(struct json_rows *rows, const struct result_evidence *evidence, struct error *err)
{
    struct json_writer *writer = &rows->writer;
    json_key(writer, STR("@evidence"));
    json_begin_array(writer);
    for (uint32_t i = 0; i < evidence->count; i++) {
        const struct evidence *line = &evidence->lines[i];
        json_begin_object(writer);
        json_key(writer, STR("file"));
        json_string(writer, result_input_name(rows->header, line->input));
        json_key(writer, STR("line"));
        json_u64(writer, line->line);
        json_key(writer, STR("raw"));
        tocsin_status status = write_text(rows, line->raw, false, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        json_end_object(writer);
    }
    json_end_array(writer);
    if (evidence->more > 0) {
        json_key(writer, STR("@evidence_more"));
        json_u64(writer, evidence->more);
    }
    return TOCSIN_OK;
}

/* ---- findings ---- */

static tocsin_status write_member(struct json_rows *rows, str key, str text, struct error *err)
{
    json_key(&rows->writer, key);
    if (!text.data) {
        json_null(&rows->writer);
        return TOCSIN_OK;
    }
    return write_text(rows, text, false, err);
}

static void write_lines(struct json_rows *rows, const struct result_act *act)
{
    json_key(&rows->writer, STR("evidence"));
    json_begin_array(&rows->writer);
    for (uint32_t i = 0; i < act->line_count; i++) {
        json_u64(&rows->writer, act->lines[i]);
    }
    json_end_array(&rows->writer);
}

/* One row of a rule; "evidence" are places in "@evidence", from 0. */
static tocsin_status write_act(struct json_rows *rows, const struct result_act *act, struct error *err)
{
    struct json_writer *writer = &rows->writer;
    const struct {
        str key;
        str text;
    } texts[] = {
        {STR("act"), act->act},         {STR("target"), act->target},        {STR("detail"), act->detail},
        {STR("outcome"), act->outcome}, {STR("namespace"), act->name_space}, {STR("process"), act->process},
        {STR("client"), act->client},   {STR("session"), act->session},
    };
    tocsin_status status = TOCSIN_OK;
    json_begin_object(writer);
    json_key(writer, STR("rule"));
    json_string(writer, act->rule_id);
    json_key(writer, STR("time"));
    json_i64(writer, act->time_ms);
    json_key(writer, STR("risk"));
    json_i64(writer, act->risk);
    json_key(writer, STR("level"));
    json_string(writer, act->level);
    for (size_t i = 0; status == TOCSIN_OK && i < countof(texts); i++) {
        status = write_member(rows, texts[i].key, texts[i].text, err);
    }
    json_key(writer, STR("columns"));
    json_begin_array(writer);
    for (uint32_t i = 0; status == TOCSIN_OK && i < act->field_count; i++) {
        json_begin_object(writer);
        status = write_member(rows, STR("name"), act->fields[i].name, err);
        status = status == TOCSIN_OK ? write_member(rows, STR("value"), act->fields[i].value, err) : status;
        json_end_object(writer);
    }
    json_end_array(writer);
    write_lines(rows, act);
    json_end_object(writer);
    return status == TOCSIN_OK ? output_buffer_spill(&rows->out, err) : status;
}

static tocsin_status write_acts(struct json_rows *rows, const struct result_finding *finding, struct error *err)
{
    tocsin_status status = TOCSIN_OK;
    json_key(&rows->writer, STR("@acts"));
    json_begin_array(&rows->writer);
    for (uint32_t i = 0; status == TOCSIN_OK && i < finding->item_count; i++) {
        status = write_act(rows, &finding->items[i], err);
    }
    json_end_array(&rows->writer);
    return status;
}

tocsin_status json_rows_write(struct json_rows *rows, const struct result_batch *batch, uint32_t row, struct error *err)
{
    struct json_writer *writer = &rows->writer;
    json_begin_object(writer);
    for (uint32_t i = 0; i < rows->header->column_count; i++) {
        json_key_rendered(writer, rows->names[i]);
        tocsin_status status = write_value(rows, &batch->columns[i], row, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    if (batch->risks) {
        json_key(writer, STR("@rule"));
        json_string(writer, batch->rule_ids ? batch->rule_ids[row] : rows->header->rule_id);
        json_key(writer, STR("@risk"));
        json_i64(writer, batch->risks[row]);
        json_key(writer, STR("@level"));
        json_string(writer, batch->levels ? batch->levels[row] : STR_EMPTY);
    }
    tocsin_status status = batch->findings ? write_acts(rows, &batch->findings[row], err) : TOCSIN_OK;
    if (status == TOCSIN_OK && batch->evidence) {
        status = write_evidence(rows, &batch->evidence[row], err);
    }
    if (status == TOCSIN_OK) {
        json_end_object(writer);
        status = output_buffer_spill(&rows->out, err);
    }
    return status;
}
