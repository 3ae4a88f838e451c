#include "output/delimited_rows.h"

#include "base/json_writer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

struct delimited_rows {
    const struct delimited_style *style;
    struct output_buffer out;
    const struct result_header *header;
    struct strbuf scratch; /* one value */
    struct strbuf titles;  /* the header line last written */
};

tocsin_status delimited_open(const struct delimited_style *style, const struct output_options *options,
                             void **ret_state, struct error *err)
{
    struct delimited_rows *rows = memory_allocate_zeroed(1, sizeof(*rows));
    if (!rows) {
        return error_memory(err);
    }
    rows->style = style;
    output_buffer_init(&rows->out, options->sink);
    strbuf_init(&rows->scratch, LIMIT_OUTPUT_PART_BYTES);
    strbuf_init(&rows->titles, 16 * LIMIT_QUERY_BYTES);
    *ret_state = rows;
    return TOCSIN_OK;
}

void delimited_close(void *state)
{
    struct delimited_rows *rows = state;
    output_buffer_release(&rows->out);
    strbuf_release(&rows->scratch);
    strbuf_release(&rows->titles);
    memory_free(rows);
}

/* RFC 4180, and a little more: an empty string is quoted (null is not), and so are blanks at the ends, which some
   readers trim. */
static bool needs_quotes(const struct delimited_style *style, str text)
{
    if (!style->has_quotes) {
        return false;
    }
    if (text.len == 0 || ascii_is_blank(text.data[0]) || ascii_is_blank(text.data[text.len - 1])) {
        return true;
    }
    return memchr(text.data, style->separator, text.len) || memchr(text.data, '"', text.len) ||
           memchr(text.data, '\n', text.len);
}

static tocsin_status write_text(struct delimited_rows *rows, str text, struct error *err)
{
    struct strbuf *out = &rows->out.text;
    bool has_quotes = needs_quotes(rows->style, text);
    if (has_quotes) {
        strbuf_append_char(out, '"');
    }
    while (text.len > 0) {
        size_t part = utf8_part_length(text, LIMIT_OUTPUT_PART_BYTES);
        text_append_escaped(out, str_slice(text, 0, part), rows->style->escape);
        tocsin_status status = output_buffer_spill(&rows->out, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        text = str_skip(text, part);
    }
    if (has_quotes) {
        strbuf_append_char(out, '"');
    }
    return TOCSIN_OK;
}

static tocsin_status write_base64(struct delimited_rows *rows, str bytes, struct error *err)
{
    while (bytes.len > 0) {
        str part = str_slice(bytes, 0, LIMIT_OUTPUT_PART_BYTES / 4 * 3);
        json_append_base64(&rows->out.text, part);
        tocsin_status status = output_buffer_spill(&rows->out, err);
        if (status != TOCSIN_OK) {
            return status;
        }
        bytes = str_skip(bytes, part.len);
    }
    return TOCSIN_OK;
}

static tocsin_status write_value(struct delimited_rows *rows, const struct column *column, uint32_t row,
                                 struct error *err)
{
    if (column->type == TYPE_NULL || !column_is_valid(column, row)) {
        strbuf_append(&rows->out.text, rows->style->null_text);
        return TOCSIN_OK;
    }
    str text = value_text(column, row, &rows->scratch);
    return column->type == TYPE_BYTES && text.len > 0 ? write_base64(rows, text, err) : write_text(rows, text, err);
}

static void append_title(struct delimited_rows *rows, struct strbuf *titles, str name)
{
    if (titles->len > 0) {
        strbuf_append_char(titles, rows->style->separator);
    }
    bool has_quotes = needs_quotes(rows->style, name);
    if (has_quotes) {
        strbuf_append_char(titles, '"');
    }
    text_append_escaped(titles, name, rows->style->escape);
    if (has_quotes) {
        strbuf_append_char(titles, '"');
    }
}

tocsin_status delimited_begin(void *state, const struct result_header *header, struct error *err)
{
    struct delimited_rows *rows = state;
    rows->header = header;
    struct strbuf titles;
    strbuf_init(&titles, rows->titles.bytes_max);
    for (uint32_t i = 0; i < header->column_count; i++) {
        append_title(rows, &titles, header->columns[i].name);
    }
    if (header->rule_id.len > 0 || header->is_findings) {
        append_title(rows, &titles, STR("@rule"));
        append_title(rows, &titles, STR("@risk"));
        append_title(rows, &titles, STR("@level"));
    }
    strbuf_append(&titles, rows->style->line_end);
    bool is_failed = titles.is_failed;
    if (!is_failed && !str_eq(strbuf_str(&titles), strbuf_str(&rows->titles))) {
        if (rows->titles.len > 0) {
            strbuf_append(&rows->out.text, rows->style->line_end);
        }
        strbuf_append(&rows->out.text, strbuf_str(&titles));
        strbuf_clear(&rows->titles);
        strbuf_append(&rows->titles, strbuf_str(&titles));
        is_failed = rows->titles.is_failed;
    }
    strbuf_release(&titles);
    return is_failed ? error_memory(err) : output_buffer_spill(&rows->out, err);
}

static tocsin_status write_rule(struct delimited_rows *rows, const struct result_batch *batch, uint32_t row,
                                struct error *err)
{
    struct strbuf *out = &rows->out.text;
    strbuf_append_char(out, rows->style->separator);
    tocsin_status status = write_text(rows, batch->rule_ids ? batch->rule_ids[row] : rows->header->rule_id, err);
    strbuf_append_char(out, rows->style->separator);
    strbuf_append_i64(out, batch->risks ? batch->risks[row] : 0);
    strbuf_append_char(out, rows->style->separator);
    return status == TOCSIN_OK ? write_text(rows, batch->levels ? batch->levels[row] : STR_EMPTY, err) : status;
}

tocsin_status delimited_push(void *state, const struct result_batch *batch, struct error *err)
{
    struct delimited_rows *rows = state;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        for (uint32_t i = 0; i < rows->header->column_count; i++) {
            if (i > 0) {
                strbuf_append_char(&rows->out.text, rows->style->separator);
            }
            tocsin_status status = write_value(rows, &batch->columns[i], row, err);
            if (status != TOCSIN_OK) {
                return status;
            }
        }
        bool has_rule = rows->header->rule_id.len > 0 || batch->findings;
        tocsin_status status = has_rule ? write_rule(rows, batch, row, err) : TOCSIN_OK;
        if (status != TOCSIN_OK) {
            return status;
        }
        strbuf_append(&rows->out.text, rows->style->line_end);
        status = output_buffer_spill(&rows->out, err);
        if (status != TOCSIN_OK) {
            return status;
        }
    }
    return output_buffer_flush(&rows->out, err);
}

tocsin_status delimited_end(void *state, struct error *err)
{
    return TOCSIN_OK;
}

tocsin_status delimited_finish(void *state, struct error *err)
{
    struct delimited_rows *rows = state;
    return output_buffer_flush(&rows->out, err);
}
