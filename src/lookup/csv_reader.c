#include "lookup/csv_reader.h"

#include <stdarg.h>

static const str byte_order_mark = {"\xEF\xBB\xBF", 3};

void csv_reader_init(struct csv_reader *reader, str text, const char *source, struct arena *arena)
{
    reader->text = text;
    reader->at = str_starts_with(text, byte_order_mark) ? byte_order_mark.len : 0;
    reader->source = source;
    reader->arena = arena;
    reader->offset = 0;
    reader->field_count = 0;
}

static tocsin_status error_at(const struct csv_reader *reader, size_t offset, struct error *err, const char *message)
{
    error_set(err, TOCSIN_ERROR_CONFIG, "%s", message);
    error_position(err, reader->source, reader->text, offset);
    return TOCSIN_ERROR_CONFIG;
}

tocsin_status csv_error(const struct csv_reader *reader, struct error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_set_va(err, TOCSIN_ERROR_CONFIG, format, arguments);
    va_end(arguments);
    error_position(err, reader->source, reader->text, reader->offset);
    return TOCSIN_ERROR_CONFIG;
}

static bool is_line_end(const struct csv_reader *reader, size_t at)
{
    str text = reader->text;
    return at >= text.len || text.data[at] == '\n' ||
           (text.data[at] == '\r' && (at + 1 == text.len || text.data[at + 1] == '\n'));
}

static void pass_blanks(struct csv_reader *reader)
{
    while (reader->at < reader->text.len &&
           (reader->text.data[reader->at] == ' ' || reader->text.data[reader->at] == '\t')) {
        reader->at++;
    }
}

static void pass_line_end(struct csv_reader *reader)
{
    if (reader->at < reader->text.len && reader->text.data[reader->at] == '\r') {
        reader->at++;
    }
    if (reader->at < reader->text.len) {
        reader->at++;
    }
}

/* Two quotes stand for one. */
static bool undouble(const struct csv_reader *reader, str *field)
{
    char *copy = arena_allocate(reader->arena, field->len, 1);
    if (!copy) {
        return false;
    }
    size_t length = 0;
    for (size_t i = 0; i < field->len; i++) {
        copy[length++] = field->data[i];
        i += field->data[i] == '"';
    }
    *field = str_from(copy, length);
    return true;
}

/* The reader stands behind the opening quote. */
static tocsin_status read_quoted(struct csv_reader *reader, str *ret_field, struct error *err)
{
    size_t begin = reader->at;
    bool has_doubled = false;
    for (;;) {
        size_t quote = str_find_char(reader->text, '"', reader->at);
        if (quote == SIZE_MAX) {
            return error_at(reader, begin - 1, err, "the quote that opens here is never closed");
        }
        reader->at = quote + 1;
        if (reader->at == reader->text.len || reader->text.data[reader->at] != '"') {
            break;
        }
        has_doubled = true;
        reader->at++;
    }
    *ret_field = str_slice(reader->text, begin, reader->at - 1);
    if (has_doubled && !undouble(reader, ret_field)) {
        return error_memory(err);
    }
    pass_blanks(reader);
    if (!is_line_end(reader, reader->at) && reader->text.data[reader->at] != ',') {
        error_at(reader, reader->at, err, "behind a closing quote stands a comma or the end of the line");
        error_hint(err, "a quote inside of quotes is written twice: \"say \"\"yes\"\"\"");
        return TOCSIN_ERROR_CONFIG;
    }
    return TOCSIN_OK;
}

static tocsin_status read_field(struct csv_reader *reader, str *ret_field, struct error *err)
{
    pass_blanks(reader);
    if (reader->at < reader->text.len && reader->text.data[reader->at] == '"') {
        reader->at++;
        return read_quoted(reader, ret_field, err);
    }
    size_t begin = reader->at;
    while (!is_line_end(reader, reader->at) && reader->text.data[reader->at] != ',') {
        reader->at++;
    }
    *ret_field = str_trim(str_slice(reader->text, begin, reader->at));
    return TOCSIN_OK;
}

tocsin_status csv_next(struct csv_reader *reader, bool *ret_has_record, struct error *err)
{
    pass_blanks(reader);
    while (reader->at < reader->text.len && is_line_end(reader, reader->at)) {
        pass_line_end(reader);
        pass_blanks(reader);
    }
    if (reader->at >= reader->text.len) {
        *ret_has_record = false;
        return TOCSIN_OK;
    }
    reader->offset = reader->at;
    reader->field_count = 0;
    for (;;) {
        if (reader->field_count == LIMIT_REFERENCE_COLUMNS) {
            return csv_error(reader, err, "a line has at most %d fields", LIMIT_REFERENCE_COLUMNS);
        }
        tocsin_status status = read_field(reader, &reader->fields[reader->field_count], err);
        if (status != TOCSIN_OK) {
            return status;
        }
        reader->field_count++;
        if (is_line_end(reader, reader->at)) {
            pass_line_end(reader);
            *ret_has_record = true;
            return TOCSIN_OK;
        }
        reader->at++; /* the comma */
    }
}
