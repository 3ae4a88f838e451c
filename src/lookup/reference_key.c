#include "lookup/reference_key.h"

#include "column/value_text.h"
#include "match/letter_case.h"

enum { PORT_MAX = 65535 };

static str key_of_bytes(struct strbuf *scratch, const void *bytes, size_t count)
{
    strbuf_clear(scratch);
    strbuf_append(scratch, str_from(bytes, count));
    return strbuf_str(scratch);
}

/* A whole number as such, any other by its bits. */
static str key_of_integer(struct strbuf *scratch, int64_t integer)
{
    return key_of_bytes(scratch, &integer, sizeof(integer));
}

static str key_of_double(struct strbuf *scratch, double number)
{
    if (number >= -9223372036854775808.0 && number < 9223372036854775808.0 && number == (double)(int64_t)number) {
        return key_of_integer(scratch, (int64_t)number);
    }
    char bytes[sizeof(number) + 1] = {'d'};
    memcpy(bytes + 1, &number, sizeof(number));
    return key_of_bytes(scratch, bytes, sizeof(bytes));
}

/* A view if nothing changes. `text` must not lie in the scratch buffer. */
static str fold(str text, struct strbuf *scratch)
{
    size_t at = 0;
    while (at < text.len && (unsigned char)text.data[at] < 0x80 && !(text.data[at] >= 'A' && text.data[at] <= 'Z')) {
        at++;
    }
    if (at == text.len) {
        return text;
    }
    strbuf_clear(scratch);
    strbuf_append(scratch, str_slice(text, 0, at));
    case_fold_append(scratch, str_skip(text, at));
    return strbuf_str(scratch);
}

bool reference_key_of_text(enum reference_type type, str text, struct strbuf *scratch, str *ret_key)
{
    int64_t integer;
    double number;
    struct ip ip;
    switch (type) {
    case REFERENCE_ALN:
        *ret_key = text;
        return true;
    case REFERENCE_ALNIC:
        *ret_key = fold(text, scratch);
        return true;
    case REFERENCE_NUM:
        text = str_trim(text);
        if (str_to_i64(text, &integer)) {
            *ret_key = key_of_integer(scratch, integer);
            return true;
        }
        if (!str_to_double(text, &number) || number != number) {
            return false;
        }
        *ret_key = key_of_double(scratch, number);
        return true;
    case REFERENCE_PORT:
    case REFERENCE_DATE:
        if (!str_to_i64(str_trim(text), &integer) || (type == REFERENCE_PORT && (integer < 0 || integer > PORT_MAX))) {
            return false;
        }
        *ret_key = key_of_integer(scratch, integer);
        return true;
    case REFERENCE_IP:
        if (!ip_parse(str_trim(text), &ip)) {
            return false;
        }
        *ret_key = key_of_bytes(scratch, ip.bytes, sizeof(ip.bytes));
        return true;
    default:
        return false;
    }
}

bool reference_address(const struct column *column, uint32_t row, struct ip *ret_ip)
{
    if (column->type == TYPE_IP) {
        *ret_ip = *column_ip(column, row);
        return true;
    }
    return column->type == TYPE_STRING && ip_parse(str_trim(column_string(column, row)), ret_ip);
}

/* Digits, signs, dots and letters of a value's text: numbers and addresses are short. */
enum { VALUE_TEXT_BYTES = 64 };

bool reference_key_of_value(enum reference_type type, const struct column *column, uint32_t row, struct strbuf *scratch,
                            str *ret_key)
{
    if (column->type == TYPE_STRING) {
        return reference_key_of_text(type, column_string(column, row), scratch, ret_key);
    }
    bool is_text = type == REFERENCE_ALN || type == REFERENCE_ALNIC;
    if (column->type == TYPE_IP && type == REFERENCE_IP) {
        *ret_key = key_of_bytes(scratch, column_ip(column, row)->bytes, sizeof(struct ip));
        return true;
    }
    if (column->type == TYPE_INT64 && !is_text) {
        *ret_key = key_of_integer(scratch, column_integer(column, row));
        return type != REFERENCE_IP;
    }
    if (column->type == TYPE_DOUBLE && !is_text) {
        *ret_key = key_of_double(scratch, column_double(column, row));
        return type != REFERENCE_IP;
    }
    if (!is_text) {
        return false;
    }
    str text = value_text(column, row, scratch);
    char copy[VALUE_TEXT_BYTES];
    if (text.len > sizeof(copy)) { /* bytes are no text */
        return false;
    }
    memcpy(copy, text.data, text.len);
    *ret_key = text;
    if (type == REFERENCE_ALNIC) {
        str folded = fold(str_from(copy, text.len), scratch);
        *ret_key = folded.data == copy ? key_of_bytes(scratch, copy, text.len) : folded;
    }
    return true;
}
