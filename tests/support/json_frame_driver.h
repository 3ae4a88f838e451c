/* json_frame_driver.h - what a reader of lines does with json_frame.h, for its unit test and its fuzz target.
 * Writes values as "V:...", damaged lines as "D:...", other lines as "L:...", each with a newline behind it. */
#ifndef TESTS_JSON_FRAME_DRIVER_H
#define TESTS_JSON_FRAME_DRIVER_H

#include <stdlib.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "format/json_frame.h"

struct frame_driver {
    struct json_frame frame;
    str text;
    size_t piece; /* bytes that come at a time; 0 = all */
    size_t front;
    size_t memory_end; /* bytes before it have come */
    bool is_inside;
    struct strbuf out;
};

static inline void driver_require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static inline void driver_emit(struct frame_driver *driver, const char *what, str text)
{
    strbuf_append(&driver->out, str_from_cstring(what));
    strbuf_append(&driver->out, text);
    strbuf_append_char(&driver->out, '\n');
}

static inline void driver_more(struct frame_driver *driver)
{
    size_t left = driver->text.len - driver->memory_end;
    driver->memory_end += driver->piece < left ? driver->piece : left;
}

/* In front of a line. */
static inline void driver_line(struct frame_driver *driver, str bytes, bool at_end)
{
    size_t first = 0;
    while (first < bytes.len && (bytes.data[first] == ' ' || bytes.data[first] == '\t')) {
        first++;
    }
    if (first < bytes.len && (bytes.data[first] == '{' || bytes.data[first] == '[')) {
        driver->front += first;
        driver->is_inside = true;
        return;
    }
    size_t line_end = str_find_char(bytes, '\n', 0);
    if ((first == bytes.len || line_end == SIZE_MAX) && !at_end) {
        driver_more(driver);
        return;
    }
    line_end = line_end == SIZE_MAX ? bytes.len : line_end;
    str line = str_trim(str_slice(bytes, 0, line_end));
    if (line.len > 0) {
        driver_emit(driver, "L:", line);
    }
    driver->front += line_end + (line_end < bytes.len);
}

/* The rest of a damaged line that was not in memory. Gives its length. */
static inline size_t driver_rest_of_line(struct frame_driver *driver, size_t from)
{
    size_t line_end = str_find_char(driver->text, '\n', from);
    line_end = line_end == SIZE_MAX ? driver->text.len : line_end;
    driver->out.len--; /* the newline */
    strbuf_append(&driver->out, str_slice(driver->text, from, line_end));
    if (driver->out.data[driver->out.len - 1] == '\r') {
        driver->out.len--;
    }
    strbuf_append_char(&driver->out, '\n');
    return line_end + (line_end < driver->text.len) - from;
}

static inline void driver_json(struct frame_driver *driver, str bytes, bool at_end)
{
    size_t consumed = SIZE_MAX;
    str value = STR_EMPTY;
    enum json_frame_result result = json_frame_next(&driver->frame, bytes, at_end, &consumed, &value);
    driver_require(consumed <= bytes.len);
    switch (result) {
    case JSON_FRAME_VALUE:
    case JSON_FRAME_DAMAGED:
        driver_require(value.data >= bytes.data && value.data + value.len <= bytes.data + consumed && consumed > 0);
        driver_emit(driver, result == JSON_FRAME_VALUE ? "V:" : "D:", value);
        if (result == JSON_FRAME_DAMAGED) {
            driver->is_inside = false;
            if (bytes.data[consumed - 1] != '\n' && !at_end) {
                consumed += driver_rest_of_line(driver, driver->front + consumed);
            }
        }
        break;
    case JSON_FRAME_MORE:
        driver_require(!at_end);
        driver_more(driver);
        break;
    case JSON_FRAME_END:
        driver->is_inside = false;
        break;
    }
    driver->front += consumed;
    driver->memory_end = driver->memory_end < driver->front ? driver->front : driver->memory_end;
}

/* The result is the caller's to release. Of short texts each call sees a copy of exactly what is in memory, so that
 * AddressSanitizer sees a read behind it, and nothing survives that should not. */
static inline struct strbuf driver_run(str text, size_t piece)
{
    struct frame_driver driver = {.text = text, .piece = piece, .memory_end = piece ? 0 : text.len};
    strbuf_init(&driver.out, 256 * MEBI);
    json_frame_init(&driver.frame);
    while (driver.front < text.len || driver.is_inside) {
        bool at_end = driver.memory_end == text.len;
        str bytes = str_slice(text, driver.front, driver.memory_end);
        if (!driver.is_inside) {
            driver_line(&driver, bytes, at_end);
            continue;
        }
        char *exact = NULL;
        if (text.len < 64 * KIBI) {
            exact = memory_allocate(bytes.len ? bytes.len : 1);
            driver_require(exact);
            memcpy(exact, bytes.data, bytes.len);
            bytes.data = exact;
        }
        driver_json(&driver, bytes, at_end);
        memory_free(exact);
    }
    driver_require(!driver.out.is_failed);
    return driver.out;
}

#endif
