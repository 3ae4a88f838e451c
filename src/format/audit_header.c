#include "format/audit_header.h"

#include <assert.h>

enum { PREFIX_BYTES_MAX = 128, PREFIX_WORDS_MAX = 4, TYPE_NAME_BYTES_MAX = 64, NODE_NAME_BYTES_MAX = 256 };

void audit_header_reader_init(struct audit_header_reader *reader, const struct audit_index *index)
{
    *reader = (struct audit_header_reader){.index = index};
}

/* ---- where it begins ---- */

static bool is_record_start(str text, size_t from)
{
    return text.len - from > 5 &&
           (memcmp(text.data + from, "type=", 5) == 0 || memcmp(text.data + from, "node=", 5) == 0);
}

/* Where "type=" or "node=" is, behind words that end in a colon and bracketed numbers; SIZE_MAX if something else
 * stands before it. Anything laxer would let a program's own text pose as an audit record. */
static size_t skip_prefixes(str text)
{
    size_t at = 0;
    for (int word = 0; word <= PREFIX_WORDS_MAX && at < text.len && at < PREFIX_BYTES_MAX; word++) {
        while (at < text.len && text.data[at] == ' ') {
            at++;
        }
        if (at < text.len && is_record_start(text, at)) {
            return at;
        }
        bool is_bracketed = at < text.len && text.data[at] == '[';
        size_t end = str_find_char(str_slice(text, 0, PREFIX_BYTES_MAX), is_bracketed ? ']' : ' ', at);
        if (end == SIZE_MAX || (!is_bracketed && text.data[end - 1] != ':')) {
            return SIZE_MAX;
        }
        at = end + 1;
    }
    return SIZE_MAX;
}

static inline size_t record_start(str text)
{
    return is_record_start(text, 0) ? 0 : skip_prefixes(text);
}

/* ---- time and serial ---- */

/* Digits from *at on. False if there are none, or more than `digits_max` (at most 19, which fit 64 bits). */
static bool read_digits(str text, size_t *at, size_t digits_max, uint64_t *ret)
{
    uint64_t value = 0;
    size_t start = *at;
    size_t i = start;
    while (i < text.len && ascii_is_digit(text.data[i])) {
        value = value * 10 + (uint64_t)(text.data[i] - '0');
        i++;
        if (i - start > digits_max) {
            return false;
        }
    }
    *at = i;
    *ret = value;
    return i > start;
}

/* The stamp before had the same seconds. */
static inline bool has_seconds_of(const struct audit_stamp *stamp, str text, size_t at)
{
    enum { BEHIND = AUDIT_SECONDS_BYTES - 8 };
    const char *p = text.data + at;
    return stamp->seconds > 0 && text.len - at > AUDIT_SECONDS_BYTES && bytes_load8(p) == bytes_load8(stamp->text) &&
           bytes_load8(p + BEHIND) == bytes_load8(stamp->text + BEHIND);
}

/* "SEC.FRACTION:SERIAL)" from *at on. */
static bool read_stamp(const struct audit_stamp *before, str text, size_t *at, uint64_t *ret_seconds,
                       int64_t *ret_time_ms, uint64_t *ret_serial)
{
    uint64_t seconds = before->seconds;
    uint64_t fraction = 0;
    size_t i = *at;
    if (has_seconds_of(before, text, i)) {
        i += AUDIT_SECONDS_BYTES - 1;
    } else if (!read_digits(text, &i, 12, &seconds)) {
        return false;
    }
    *ret_seconds = i - *at == AUDIT_SECONDS_BYTES - 1 && i < text.len && text.data[i] == '.' ? seconds : 0;
    if (i < text.len && text.data[i] == '.') {
        i++;
        size_t start = i;
        if (!read_digits(text, &i, 9, &fraction)) {
            return false;
        }
        for (size_t digits = i - start; digits > 3; digits--) {
            fraction /= 10;
        }
    }
    if (i >= text.len || text.data[i] != ':') {
        return false;
    }
    i++;
    if (!read_digits(text, &i, 19, ret_serial) || i >= text.len || text.data[i] != ')') {
        return false;
    }
    *at = i + 1;
    *ret_time_ms = (int64_t)(seconds * 1000 + fraction);
    return true;
}

static inline bool parse_stamp(str text, const char *readable_end, size_t *at, struct audit_stamp *stamp)
{
    if (readable_end - (text.data + *at) >= 32 && audit_is_stamp(stamp, text.data + *at)) {
        *at += stamp->length;
        return true;
    }
    size_t start = *at;
    stamp->bits = 0;
    uint64_t seconds;
    if (!read_stamp(stamp, text, at, &seconds, &stamp->time_ms, &stamp->serial)) {
        return false;
    }
    stamp->seconds = seconds;
    stamp->length = *at - start;
    assert(stamp->length <= sizeof(stamp->text)); /* by the digits that read_stamp takes */
    memcpy(stamp->text, text.data + start, stamp->length);
    stamp->bits = stamp->length <= 32 ? bytes_bits(stamp->length) : 0;
    return true;
}

/* ---- type ---- */

static uint16_t type_number(const struct audit_index *index, str name)
{
    uint16_t type = audit_type_find(index, name);
    if (type != AUDIT_TYPE_UNKNOWN) {
        return type;
    }
    if (str_starts_with(name, STR("UNKNOWN[")) && name.data[name.len - 1] == ']') {
        name = str_slice(name, 8, name.len - 1);
    }
    uint64_t number;
    if (name.len <= 5 && str_to_u64(name, &number) && number <= UINT16_MAX) {
        return (uint16_t)number;
    }
    return AUDIT_TYPE_UNKNOWN;
}

/* Length of the name that begins at `at`; TYPE_NAME_BYTES_MAX or more is none. */
static inline size_t name_length(str text, size_t at)
{
    size_t length = 0;
    while (at + length < text.len && text.data[at + length] != ' ' && length < TYPE_NAME_BYTES_MAX) {
        length++;
    }
    return length;
}

/* Length of "msg=audit(" or "audit(" at `at`; 0 if neither is there. */
static inline size_t opening_length(str text, size_t at)
{
    if (text.len > at && text.len - at > 10 && memcmp(text.data + at, "msg=audit(", 10) == 0) {
        return 10;
    }
    return text.len > at && text.len - at > 6 && memcmp(text.data + at, "audit(", 6) == 0 ? 6 : 0;
}

/* "type=T msg=audit(" from *at on. */
static inline bool parse_type(struct audit_header_reader *reader, str text, size_t *at, struct audit_header *header)
{
    struct audit_prefix *prefix = NULL;
    if (text.len - *at >= AUDIT_PREFIX_BYTES) {
        prefix = audit_prefix_slot(reader, text.data + *at + 5);
        if (audit_is_prefix(prefix, text.data + *at)) {
            header->type = prefix->type;
            header->type_name = str_from(text.data + *at + 5, prefix->name_length);
            *at += prefix->length;
            return true;
        }
    }
    size_t name = *at + 5;
    size_t length = name_length(text, name);
    size_t opening = length > 0 && length < TYPE_NAME_BYTES_MAX ? opening_length(text, name + length + 1) : 0;
    if (opening == 0) {
        return false;
    }
    header->type_name = str_from(text.data + name, length);
    header->type = type_number(reader->index, header->type_name);
    size_t bytes = 5 + length + 1 + opening;
    if (prefix && bytes <= AUDIT_PREFIX_BYTES) {
        *prefix = (struct audit_prefix){
            .bits = bytes_bits(bytes), .length = (uint8_t)bytes, .name_length = (uint8_t)length, .type = header->type};
        prefix->completes = audit_type_completes_event(header->type);
        memcpy(prefix->text, text.data + *at, bytes);
    }
    *at += bytes;
    return true;
}

/* Behind ")" stand a colon and a blank, but old records of the daemon have no colon. */
static inline size_t body_start(str text, size_t at)
{
    at += at < text.len && text.data[at] == ':';
    at += at < text.len && text.data[at] == ' ';
    return at;
}

/* The usual record: nothing before it, no node, and a type seen before. */
static inline bool parse_as_before(struct audit_header_reader *reader, str text, const char *readable_end,
                                   struct audit_header *ret_header)
{
    /* What is remembered holds no line end, so what is equal to it lies within the text. */
    if (readable_end - text.data < AUDIT_PREFIX_BYTES + 32) {
        return false;
    }
    const struct audit_prefix *prefix = audit_prefix_slot(reader, text.data + 5);
    const struct audit_stamp *stamp = &reader->stamp;
    size_t at = prefix->length;
    if (!audit_is_prefix(prefix, text.data) || !parse_stamp(text, readable_end, &at, &reader->stamp)) {
        return false;
    }
    *ret_header = (struct audit_header){
        .node = STR_EMPTY,
        .type_name = str_from(text.data + 5, prefix->name_length),
        .type = prefix->type,
        .time_ms = stamp->time_ms,
        .serial = stamp->serial,
        .body = body_start(text, at),
    };
    return true;
}

static bool parse_with_care(struct audit_header_reader *reader, str text, struct audit_header *ret_header)
{
    struct audit_header header = {.node = STR_EMPTY};
    size_t at = record_start(text);
    if (at == SIZE_MAX) {
        return false;
    }
    if (text.data[at] == 'n') {
        at += 5;
        size_t end = str_find_char(str_slice(text, 0, at + NODE_NAME_BYTES_MAX), ' ', at);
        if (end == SIZE_MAX || text.len - end < 7 || memcmp(text.data + end + 1, "type=", 5) != 0) {
            return false;
        }
        header.node = str_slice(text, at, end);
        at = end + 1;
    }
    if (!parse_type(reader, text, &at, &header) || !parse_stamp(text, text.data + text.len, &at, &reader->stamp)) {
        return false;
    }
    header.time_ms = reader->stamp.time_ms;
    header.serial = reader->stamp.serial;
    header.body = body_start(text, at);
    *ret_header = header;
    return true;
}

bool audit_header_parse_usual(struct audit_header_reader *reader, str text, const char *readable_end,
                              struct audit_header *ret_header)
{
    return parse_as_before(reader, text, readable_end, ret_header);
}

bool audit_header_parse(struct audit_header_reader *reader, str text, struct audit_header *ret_header)
{
    return parse_as_before(reader, text, text.data + text.len, ret_header) || parse_with_care(reader, text, ret_header);
}

int audit_header_detect(str text)
{
    if (text.len > 32 && memcmp(text.data, "type=", 5) == 0) {
        const char *blank = bytes_find_either(text.data + 5, text.data + 21, ' ', ' ');
        if (memcmp(blank, " msg=audit(", 11) == 0) {
            return 100;
        }
    }
    size_t at = record_start(text);
    if (at == SIZE_MAX) {
        return 0;
    }
    if (text.data[at] == 'n') {
        at = str_find(str_slice(text, 0, at + 5 + NODE_NAME_BYTES_MAX), STR(" type="), at);
        if (at == SIZE_MAX) {
            return 0;
        }
        at++;
    }
    at += 5;
    at += name_length(text, at) + 1;
    if (opening_length(text, at) > 0) {
        return 100;
    }
    return str_starts_with(str_skip(text, at), STR("msg=")) ? 40 : 0;
}
