#include "base/error.h"

#include <stdio.h>

#include "base/utf8.h"

const char *tocsin_status_name(tocsin_status status)
{
    switch (status) {
#define STATUS_NAME(symbol, number, name, exit_code)                                                                   \
    case symbol:                                                                                                       \
        return name;
        TOCSIN_STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
    }
    return "unknown status";
}

size_t tocsin_escape_text(const char *bytes, size_t byte_count, char *target, size_t target_bytes)
{
    return utf8_escape_controls((str){bytes, byte_count}, target, target_bytes);
}

size_t tocsin_text_width(const char *bytes, size_t byte_count)
{
    return utf8_text_width((str){bytes, byte_count});
}

/* Messages are built by printf into raw text and made printable as a whole: our own format strings hold nothing that
   escaping would change. */
__attribute__((format(printf, 3, 0))) static void write_printable(char *target, size_t target_bytes,
                                                                  const char *format, va_list arguments)
{
    char raw[ERROR_MESSAGE_BYTES];
    int length = vsnprintf(raw, sizeof(raw), format, arguments);
    size_t raw_len = length < 0 ? 0 : (size_t)length < sizeof(raw) ? (size_t)length : sizeof(raw) - 1;
    utf8_escape_controls((str){raw, raw_len}, target, target_bytes);
}

tocsin_status error_set_va(struct error *err, tocsin_status status, const char *format, va_list arguments)
{
    if (err) {
        *err = (struct error){.status = status};
        write_printable(err->message, sizeof(err->message), format, arguments);
    }
    return status;
}

tocsin_status error_set(struct error *err, tocsin_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_set_va(err, status, format, arguments);
    va_end(arguments);
    return status;
}

tocsin_status error_memory(struct error *err)
{
    return error_set(err, TOCSIN_ERROR_MEMORY, "out of memory");
}

tocsin_status error_system(struct error *err, tocsin_status status, int system_errno, const char *format, ...)
{
    if (!err) {
        return status;
    }
    va_list arguments;
    va_start(arguments, format);
    error_set_va(err, status, format, arguments);
    va_end(arguments);
    char reason[128];
    const char *text = strerror_r(system_errno, reason, sizeof(reason)); /* GNU flavour */
    size_t used = strlen(err->message);
    snprintf(err->message + used, sizeof(err->message) - used, ": %s", text);
    return status;
}

void error_position(struct error *err, const char *source, str text, size_t offset)
{
    if (!err) {
        return;
    }
    offset = offset < text.len ? offset : text.len;
    uint32_t line = 1;
    uint32_t column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (text.data[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text.data[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    utf8_escape_controls(str_from_cstring(source), err->source, sizeof(err->source));
    err->line = line;
    err->column = column;
    err->offset = offset;
}

void error_hint(struct error *err, const char *format, ...)
{
    if (!err) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    write_printable(err->hint, sizeof(err->hint), format, arguments);
    va_end(arguments);
}

void error_context(struct error *err, const char *format, ...)
{
    if (!err) {
        return;
    }
    char context[ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    write_printable(context, sizeof(context), format, arguments);
    va_end(arguments);
    char message[ERROR_MESSAGE_BYTES];
    memcpy(message, err->message, sizeof(message));
    /* Both parts are printable, and escaping leaves printable text as it is: it serves to copy, and to cut a message
       that outgrows its room at a whole character. */
    size_t length = utf8_escape_controls(str_from_cstring(context), err->message, sizeof(err->message));
    length += utf8_escape_controls(STR(": "), err->message + length, sizeof(err->message) - length);
    utf8_escape_controls(str_from_cstring(message), err->message + length, sizeof(err->message) - length);
}
