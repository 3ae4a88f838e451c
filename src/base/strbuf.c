#include "base/strbuf.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

void strbuf_init(struct strbuf *buffer, size_t bytes_max)
{
    *buffer = (struct strbuf){.bytes_max = bytes_max};
}

void strbuf_release(struct strbuf *buffer)
{
    memory_free(buffer->data);
    *buffer = (struct strbuf){.bytes_max = buffer->bytes_max};
}

void strbuf_clear(struct strbuf *buffer)
{
    buffer->len = 0;
    buffer->is_failed = false;
}

char *strbuf_reserve(struct strbuf *buffer, size_t bytes)
{
    if (buffer->is_failed || bytes > buffer->bytes_max - buffer->len) {
        buffer->is_failed = true;
        return NULL;
    }
    size_t needed = buffer->len + bytes;
    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity + buffer->capacity / 2;
        capacity = capacity > buffer->bytes_max ? buffer->bytes_max : capacity;
        capacity = capacity < needed ? needed : capacity;
        char *data = memory_resize(buffer->data, capacity);
        if (!data) {
            buffer->is_failed = true;
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->len;
}

void strbuf_append(struct strbuf *buffer, str s)
{
    char *room = s.len > 0 ? strbuf_reserve(buffer, s.len) : NULL;
    if (room) {
        memcpy(room, s.data, s.len);
        buffer->len += s.len;
    }
}

void strbuf_append_char(struct strbuf *buffer, char c)
{
    strbuf_append(buffer, (str){&c, 1});
}

void strbuf_append_format(struct strbuf *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    char *room = strbuf_reserve(buffer, (size_t)length + 1);
    if (room) {
        vsnprintf(room, (size_t)length + 1, format, again);
        buffer->len += (size_t)length;
    }
    va_end(again);
}

void strbuf_append_u64(struct strbuf *buffer, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    strbuf_append(buffer, (str){digits + at, sizeof(digits) - at});
}

void strbuf_append_i64(struct strbuf *buffer, int64_t value)
{
    if (value < 0) {
        strbuf_append_char(buffer, '-');
    }
    strbuf_append_u64(buffer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* 0.000ddd, ddd.ddd or d.dddE5 from the digits and the exponent of the first one. */
static void append_digits(struct strbuf *buffer, str digits, long exponent)
{
    long point = exponent + 1; /* digits in front of the point */
    bool is_scientific = exponent < -3 || exponent >= 17;
    if (is_scientific) {
        point = 1;
    } else if (point <= 0) {
        strbuf_append(buffer, str_slice(STR("0.000"), 0, (size_t)(2 - point)));
        strbuf_append(buffer, digits);
        return;
    }
    strbuf_append(buffer, str_slice(digits, 0, (size_t)point));
    for (size_t i = digits.len; i < (size_t)point; i++) {
        strbuf_append_char(buffer, '0');
    }
    strbuf_append_char(buffer, '.');
    strbuf_append(buffer, digits.len > (size_t)point ? str_skip(digits, (size_t)point) : STR("0"));
    if (is_scientific) {
        strbuf_append_char(buffer, 'E');
        strbuf_append_i64(buffer, exponent);
    }
}

void strbuf_append_double(struct strbuf *buffer, double value)
{
    if (!isfinite(value)) {
        strbuf_append(buffer, isnan(value) ? STR("NaN") : value < 0 ? STR("-Infinity") : STR("Infinity"));
        return;
    }
    /* The fewest digits, but two, that read back as the same number; then digits only, as the point is the locale's. */
    char text[64];
    for (int precision = 2; precision <= 17; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision - 1, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    char digits[17];
    size_t count = 0;
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (ascii_is_digit(*at)) {
            digits[count++] = *at;
        }
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    if (signbit(value)) {
        strbuf_append_char(buffer, '-');
    }
    append_digits(buffer, (str){digits, count}, strtol(at + 1, NULL, 10));
}
