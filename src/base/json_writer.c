#include "base/json_writer.h"

#include <assert.h>

#include "base/utf8.h"

void json_writer_init(struct json_writer *writer, struct strbuf *buffer, bool is_pretty)
{
    *writer = (struct json_writer){.buffer = buffer, .is_pretty = is_pretty};
}

static void append_line_end(struct json_writer *writer)
{
    strbuf_append_char(writer->buffer, '\n');
    for (unsigned i = 0; i < writer->depth; i++) {
        strbuf_append(writer->buffer, STR("  "));
    }
}

/* What stands in front of an element: the comma and, if pretty, the line end. */
static void begin_element(struct json_writer *writer)
{
    uint64_t bit = UINT64_C(1) << (writer->depth % JSON_WRITER_DEPTH);
    if (writer->is_filled & bit) {
        strbuf_append_char(writer->buffer, ',');
    }
    writer->is_filled |= bit;
    if (writer->is_pretty && writer->depth > 0) {
        append_line_end(writer);
    }
}

static void begin_value(struct json_writer *writer)
{
    if (writer->has_key) {
        writer->has_key = false;
    } else {
        begin_element(writer);
    }
}

static void begin_container(struct json_writer *writer, char bracket)
{
    begin_value(writer);
    strbuf_append_char(writer->buffer, bracket);
    assert(writer->depth + 1 < JSON_WRITER_DEPTH);
    writer->depth++;
    writer->is_filled &= ~(UINT64_C(1) << writer->depth);
}

static void end_container(struct json_writer *writer, char bracket)
{
    assert(writer->depth > 0 && !writer->has_key);
    bool was_filled = writer->is_filled >> writer->depth & 1;
    writer->depth--;
    if (writer->is_pretty && was_filled) {
        append_line_end(writer);
    }
    strbuf_append_char(writer->buffer, bracket);
}

void json_begin_object(struct json_writer *writer)
{
    begin_container(writer, '{');
}

void json_end_object(struct json_writer *writer)
{
    end_container(writer, '}');
}

void json_begin_array(struct json_writer *writer)
{
    begin_container(writer, '[');
}

void json_end_array(struct json_writer *writer)
{
    end_container(writer, ']');
}

void json_key_rendered(struct json_writer *writer, str quoted)
{
    assert(!writer->has_key);
    begin_element(writer);
    strbuf_append(writer->buffer, quoted);
    strbuf_append(writer->buffer, writer->is_pretty ? STR(": ") : STR(":"));
    writer->has_key = true;
}

/* 0: copied as it is; 1: needs a look (quote, backslash, control, DEL, or part of a longer UTF-8 sequence). */
static const uint8_t needs_look[256] = {
    [0x00 ... 0x1F] = 1, ['"'] = 1, ['\\'] = 1, [0x7F ... 0xFF] = 1,
};

static void append_u_escape(struct strbuf *buffer, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', digits[unit >> 12 & 15], digits[unit >> 8 & 15], digits[unit >> 4 & 15],
                    digits[unit & 15]};
    strbuf_append(buffer, (str){text, sizeof(text)});
}

static void append_escaped(struct strbuf *buffer, uint32_t code_point)
{
    static const char short_names[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    if (code_point == '"' || code_point == '\\' || (code_point < 0x20 && short_names[code_point])) {
        char text[2] = {'\\', code_point < 0x20 ? short_names[code_point] : (char)code_point};
        strbuf_append(buffer, (str){text, sizeof(text)});
    } else if (code_point > 0xFFFF) {
        append_u_escape(buffer, 0xD800 + ((code_point - 0x10000) >> 10));
        append_u_escape(buffer, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
    } else {
        append_u_escape(buffer, code_point);
    }
}

static void append_text(struct strbuf *buffer, str s)
{
    size_t from = 0; /* start of the run that can be copied */
    size_t at = 0;
    while (at < s.len) {
        if (!needs_look[(unsigned char)s.data[at]]) {
            at++;
            continue;
        }
        uint32_t code_point;
        size_t taken = utf8_decode(str_skip(s, at), &code_point);
        bool is_escaped = code_point == '"' || code_point == '\\' || utf8_is_control(code_point);
        if (is_escaped || code_point == UTF8_INVALID) {
            strbuf_append(buffer, str_slice(s, from, at));
            if (is_escaped) {
                append_escaped(buffer, code_point);
            } else {
                strbuf_append(buffer, STR("\xEF\xBF\xBD"));
            }
            from = at + taken;
        }
        at += taken;
    }
    strbuf_append(buffer, str_skip(s, from));
}

void json_append_string(struct strbuf *buffer, str value)
{
    strbuf_append_char(buffer, '"');
    append_text(buffer, value);
    strbuf_append_char(buffer, '"');
}

void json_key(struct json_writer *writer, str name)
{
    assert(!writer->has_key);
    begin_element(writer);
    json_append_string(writer->buffer, name);
    strbuf_append(writer->buffer, writer->is_pretty ? STR(": ") : STR(":"));
    writer->has_key = true;
}

void json_null(struct json_writer *writer)
{
    begin_value(writer);
    strbuf_append(writer->buffer, STR("null"));
}

void json_bool(struct json_writer *writer, bool value)
{
    begin_value(writer);
    strbuf_append(writer->buffer, value ? STR("true") : STR("false"));
}

void json_i64(struct json_writer *writer, int64_t value)
{
    begin_value(writer);
    strbuf_append_i64(writer->buffer, value);
}

void json_u64(struct json_writer *writer, uint64_t value)
{
    begin_value(writer);
    strbuf_append_u64(writer->buffer, value);
}

void json_double(struct json_writer *writer, double value)
{
    begin_value(writer);
    if (__builtin_isfinite(value)) {
        strbuf_append_double(writer->buffer, value);
    } else {
        strbuf_append(writer->buffer, STR("null"));
    }
}

void json_string(struct json_writer *writer, str value)
{
    begin_value(writer);
    json_append_string(writer->buffer, value);
}

void json_string_begin(struct json_writer *writer)
{
    begin_value(writer);
    strbuf_append_char(writer->buffer, '"');
}

void json_string_part(struct json_writer *writer, str part)
{
    append_text(writer->buffer, part);
}

void json_string_end(struct json_writer *writer)
{
    strbuf_append_char(writer->buffer, '"');
}

void json_append_base64(struct strbuf *buffer, str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t encoded = (bytes.len + 2) / 3 * 4;
    char *to = encoded > 0 ? strbuf_reserve(buffer, encoded) : NULL;
    if (!to) {
        return;
    }
    const unsigned char *from = (const unsigned char *)bytes.data;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t bits = (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                        (left > 2 ? (uint32_t)from[i + 2] : 0);
        *to++ = digits[bits >> 18];
        *to++ = digits[bits >> 12 & 63];
        *to++ = left > 1 ? digits[bits >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[bits & 63] : '=';
    }
    buffer->len += encoded;
}

void json_base64(struct json_writer *writer, str bytes)
{
    json_string_begin(writer);
    json_append_base64(writer->buffer, bytes);
    json_string_end(writer);
}
