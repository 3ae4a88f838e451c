#include "execute/row_codec.h"

#include <assert.h>

#include "base/limits.h"

static void put(struct strbuf *buffer, const void *bytes, size_t count)
{
    strbuf_append(buffer, (str){bytes, count});
}

static void put_text(struct strbuf *buffer, str text)
{
    uint32_t length = (uint32_t)text.len;
    put(buffer, &length, sizeof(length));
    strbuf_append(buffer, text);
}

static void encode_value(struct strbuf *buffer, const struct column *column, uint32_t row)
{
    uint8_t is_valid = column_is_valid(column, row);
    put(buffer, &is_valid, 1);
    if (!is_valid) {
        return;
    }
    if (column->type == TYPE_STRING || column->type == TYPE_BYTES) {
        put_text(buffer, column_string(column, row));
        return;
    }
    size_t bytes = value_type_bytes(column->type);
    put(buffer, (const char *)column->data + (row & column->row_mask) * bytes, bytes);
}

static void encode_line(struct strbuf *buffer, uint32_t input, uint64_t line, uint32_t line_count, str raw)
{
    put(buffer, &input, sizeof(input));
    put(buffer, &line_count, sizeof(line_count));
    put(buffer, &line, sizeof(line));
    put_text(buffer, str_slice(raw, 0, LIMIT_EVIDENCE_LINE_BYTES));
}

void row_encode_lines(struct strbuf *buffer, const struct evidence *lines, uint32_t count, uint64_t more)
{
    put(buffer, &more, sizeof(more));
    put(buffer, &count, sizeof(count));
    for (uint32_t i = 0; i < count; i++) {
        encode_line(buffer, lines[i].input, lines[i].line, lines[i].line_count, lines[i].raw);
    }
}

void row_encode_evidence(struct strbuf *buffer, const struct batch *batch, uint32_t row)
{
    const struct batch_row *info = &batch->rows[row];
    size_t place = buffer->len; /* of more and count, filled in at the end */
    uint64_t more = info->evidence_more;
    uint32_t count = 0;
    put(buffer, &more, sizeof(more));
    put(buffer, &count, sizeof(count));
    for (uint32_t i = 0; i < info->evidence_count; i++) {
        const struct evidence *span = &batch->evidence[info->evidence_first + i];
        if (!span->is_joined) {
            if (count < LIMIT_EVIDENCE_LINES) {
                encode_line(buffer, span->input, span->line, span->line_count, span->raw);
                count++;
            } else {
                more += span->line_count;
            }
            continue;
        }
        str rest = span->raw;
        for (uint32_t n = 0; n < span->line_count; n++) {
            if (count == LIMIT_EVIDENCE_LINES) {
                more += span->line_count - n;
                break;
            }
            size_t end = str_find_char(rest, '\n', 0);
            str line = str_slice(rest, 0, end);
            rest = end == SIZE_MAX ? STR_EMPTY : str_skip(rest, end + 1);
            if (str_ends_with(line, STR("\r"))) {
                line.len--;
            }
            encode_line(buffer, span->input, span->line + n, 1, line);
            count++;
        }
    }
    if (!buffer->is_failed) {
        memcpy(buffer->data + place, &more, sizeof(more));
        memcpy(buffer->data + place + sizeof(more), &count, sizeof(count));
    }
}

void row_encode_values(struct strbuf *buffer, const struct column *const *columns, uint32_t column_count, uint32_t row)
{
    for (uint32_t i = 0; i < column_count; i++) {
        encode_value(buffer, columns[i], row);
    }
}

void row_encode(struct strbuf *buffer, const struct column *const *columns, uint32_t column_count,
                const struct batch *batch, uint32_t row)
{
    row_encode_values(buffer, columns, column_count, row);
    row_encode_evidence(buffer, batch, row);
}

/* The bytes come from row_encode, never from outside: lengths are asserted. */
static const char *take(str *bytes, size_t count)
{
    assert(bytes->len >= count);
    const char *at = bytes->data;
    *bytes = str_skip(*bytes, count);
    return at;
}

static uint32_t take_u32(str *bytes)
{
    uint32_t value;
    memcpy(&value, take(bytes, sizeof(value)), sizeof(value));
    return value;
}

static uint64_t take_u64(str *bytes)
{
    uint64_t value;
    memcpy(&value, take(bytes, sizeof(value)), sizeof(value));
    return value;
}

static str take_text(str *bytes)
{
    uint32_t length = take_u32(bytes);
    return (str){take(bytes, length), length};
}

str row_decode_values(str bytes, struct column *const *columns, uint32_t column_count, uint32_t row)
{
    for (uint32_t i = 0; i < column_count; i++) {
        struct column *column = columns[i];
        if (!*take(&bytes, 1)) {
            column_set_null(column, row);
        } else if (column->type == TYPE_STRING || column->type == TYPE_BYTES) {
            column_set_string(column, row, take_text(&bytes));
        } else {
            size_t size = value_type_bytes(column->type);
            memcpy((char *)column->data + row * size, take(&bytes, size), size);
            column_set_valid(column, row);
        }
    }
    return bytes;
}

uint32_t row_decode_evidence(str bytes, struct evidence *lines, uint64_t *ret_more)
{
    *ret_more = take_u64(&bytes);
    uint32_t count = take_u32(&bytes);
    for (uint32_t i = 0; i < count; i++) {
        lines[i] = (struct evidence){0};
        lines[i].input = take_u32(&bytes);
        lines[i].line_count = take_u32(&bytes);
        lines[i].line = take_u64(&bytes);
        lines[i].raw = take_text(&bytes);
    }
    return count;
}

void row_append_evidence(str bytes, struct evidence *lines, uint32_t *count, uint64_t *shown)
{
    struct evidence of_row[LIMIT_EVIDENCE_LINES];
    uint64_t more;
    uint32_t row_count = row_decode_evidence(bytes, of_row, &more);
    for (uint32_t i = 0; i < row_count && *count < LIMIT_EVIDENCE_LINES; i++) {
        *shown += of_row[i].line_count;
        lines[(*count)++] = of_row[i];
    }
}

uint32_t row_columns(const struct batch *batch, const struct field_set *fields, const struct column **ret_columns)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < batch->column_count; i++) {
        if (field_set_has(fields, batch->fields[i])) {
            ret_columns[count++] = &batch->columns[i];
        }
    }
    return count;
}

tocsin_status row_decode_into(struct batch *batch, str encoded, struct error *err)
{
    struct column *columns[LIMIT_SCHEMA_FIELDS];
    for (uint32_t i = 0; i < batch->column_count; i++) {
        columns[i] = &batch->columns[i];
    }
    str copy = batch_copy(batch, encoded);
    if (batch->is_failed) {
        return error_memory(err);
    }
    uint32_t row = batch_add_row(batch);
    str rest = row_decode_values(copy, columns, batch->column_count, row);
    struct evidence lines[LIMIT_EVIDENCE_LINES];
    uint64_t more;
    uint32_t count = row_decode_evidence(rest, lines, &more);
    for (uint32_t i = 0; i < count; i++) {
        batch_add_evidence(batch, lines[i]);
    }
    batch->rows[row].evidence_more = more;
    return TOCSIN_OK;
}

/* ---- keys ---- */

void row_encode_key_number(struct strbuf *buffer, uint64_t value)
{
    uint64_t big_endian = __builtin_bswap64(value);
    put(buffer, &big_endian, sizeof(big_endian));
}

static void encode_key_value(struct strbuf *buffer, const struct column *column, uint32_t row)
{
    switch (column->type) {
    case TYPE_BOOL:
        strbuf_append_char(buffer, column_bool(column, row));
        break;
    case TYPE_INT64:
        row_encode_key_number(buffer, (uint64_t)column_integer(column, row) ^ UINT64_C(1) << 63);
        break;
    case TYPE_DOUBLE: {
        double number = column_double(column, row);
        number = number == 0 ? 0 : number; /* -0.0 and 0.0 are equal */
        uint64_t bits;
        memcpy(&bits, &number, sizeof(bits));
        row_encode_key_number(buffer, bits >> 63 ? ~bits : bits | UINT64_C(1) << 63);
        break;
    }
    case TYPE_IP:
        put(buffer, column_ip(column, row), sizeof(struct ip));
        break;
    case TYPE_STRING:
    case TYPE_BYTES: {
        /* 00 becomes 00 FF, the end is 00 00: a prefix sorts before its continuations. */
        str text = column_string(column, row);
        for (size_t start = 0;;) {
            size_t nul = str_find_char(text, '\0', start);
            strbuf_append(buffer, str_slice(text, start, nul));
            if (nul == SIZE_MAX) {
                break;
            }
            put(buffer, "\0\xFF", 2);
            start = nul + 1;
        }
        put(buffer, "\0\0", 2);
        break;
    }
    default:
        break;
    }
}

void row_encode_key(struct strbuf *buffer, const struct column *column, uint32_t row, bool is_descending)
{
    size_t start = buffer->len;
    bool is_valid = column_is_valid(column, row);
    strbuf_append_char(buffer, is_valid);
    if (is_valid) {
        encode_key_value(buffer, column, row);
    }
    if (is_descending && !buffer->is_failed) {
        for (size_t i = start; i < buffer->len; i++) {
            buffer->data[i] = (char)~buffer->data[i];
        }
    }
}

tocsin_status row_encode_collated_key(struct strbuf *buffer, const struct column *column, uint32_t row,
                                      bool is_descending, struct collation *collation, struct error *err)
{
    if (column->type != TYPE_STRING || !column_is_valid(column, row)) {
        row_encode_key(buffer, column, row, is_descending);
        return TOCSIN_OK;
    }
    size_t start = buffer->len;
    strbuf_append_char(buffer, 1);
    tocsin_status status = collation_append_key(collation, column_string(column, row), buffer, err);
    for (size_t i = start; status == TOCSIN_OK && is_descending && i < buffer->len; i++) {
        buffer->data[i] = (char)~buffer->data[i];
    }
    return status;
}

static bool is_text(enum value_type type)
{
    return type == TYPE_STRING || type == TYPE_BYTES;
}

/* ---- keys of groups ---- */

/* A value of a key: 0 for null; else 1 and the value, which begins with its length if it has no fixed size. Equal
   values give equal bytes. */
void row_encode_group_key(struct strbuf *buffer, const struct column *column, uint32_t row)
{
    if (!column_is_valid(column, row)) {
        strbuf_append_char(buffer, 0);
        return;
    }
    str value;
    double number;
    char head[1 + sizeof(uint32_t)] = {1};
    size_t head_bytes = 1;
    switch (column->type) {
    case TYPE_STRING:
    case TYPE_BYTES: {
        value = column_text(column, row);
        uint32_t length = (uint32_t)value.len;
        memcpy(head + 1, &length, sizeof(length));
        head_bytes = sizeof(head);
        break;
    }
    case TYPE_DOUBLE:
        number = column_double(column, row);
        number = number != number ? __builtin_nan("") : number == 0 ? 0 : number;
        value = (str){(const char *)&number, sizeof(number)};
        break;
    default: {
        size_t bytes = value_type_bytes(column->type);
        value = (str){(const char *)column->data + (row & column->row_mask) * bytes, bytes};
    }
    }
    char *place = strbuf_reserve(buffer, head_bytes + value.len);
    if (place) {
        memcpy(place, head, head_bytes);
        memcpy(place + head_bytes, value.data ? value.data : "", value.len);
        buffer->len += head_bytes + value.len;
    }
}

void row_decode_group_key(str *bytes, enum value_type type, struct column *column, uint32_t row)
{
    bool is_valid = *take(bytes, 1) != 0;
    uint32_t length = 0;
    if (is_valid && is_text(type)) {
        length = take_u32(bytes);
    } else if (is_valid) {
        length = (uint32_t)value_type_bytes(type);
    }
    const char *value = take(bytes, length);
    if (!column) {
        return;
    }
    if (!is_valid) {
        column_set_null(column, row);
    } else if (is_text(type)) {
        column_set_string(column, row, (str){value, length});
    } else {
        memcpy((char *)column->data + row * length, value, length);
        column_set_valid(column, row);
    }
}
