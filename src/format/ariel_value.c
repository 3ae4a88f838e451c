#include "format/ariel_value.h"

#include "base/base64.h"

/* The text of a value, decoded; of arrays and objects the JSON. */
static str text_of(struct ariel_reading *reading, const struct json_value *value)
{
    str text = json_text(value, reading->decoded);
    reading->is_out_of_memory |= !text.data;
    return text;
}

bool ariel_time(const struct ariel_reading *reading, const struct json_value *value, int64_t *ret_ms)
{
    return json_to_i64(value, ret_ms) ||
           (value->kind == JSON_STRING && log_time_parse(value->text, &reading->time, ret_ms));
}

str ariel_bytes(struct ariel_reading *reading, const struct json_value *value, bool is_text)
{
    str text = text_of(reading, value);
    if (!text.data || is_text || value->kind != JSON_STRING || !base64_is_strict(text)) {
        return text;
    }
    char *bytes = arena_allocate(reading->decoded, base64_bytes_max(text), 1);
    if (!bytes) {
        reading->is_out_of_memory = true;
        return (str){NULL, 0};
    }
    return str_from(bytes, base64_decode(text, bytes));
}

static bool to_bool(const struct json_value *value, bool *ret)
{
    int64_t number;
    if (json_to_bool(value, ret)) {
        return true;
    }
    if (json_to_i64(value, &number)) {
        *ret = number != 0;
        return number == 0 || number == 1;
    }
    *ret = str_eq_ignore_case(value->text, STR("true"));
    return *ret || str_eq_ignore_case(value->text, STR("false"));
}

static bool to_ip(const struct json_value *value, struct ip *ret)
{
    return value->kind == JSON_STRING && ip_parse(str_trim(value->text), ret);
}

/* Numbers and what stands between them: [1, 2], "1,2", "[1 2]". As text: 1,2. Empty where there is no number, or
 * anything else. */
static str to_list(struct ariel_reading *reading, const struct json_value *value)
{
    str text = text_of(reading, value);
    char *list = text.data ? arena_allocate(reading->decoded, text.len + 1, 1) : NULL;
    if (!list) {
        reading->is_out_of_memory = true;
        return STR_EMPTY;
    }
    size_t len = 0;
    bool is_inside = false; /* of a number */
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool is_digit = ascii_is_digit(c) || (c == '-' && !is_inside);
        if (is_digit) {
            if (!is_inside && len > 0) {
                list[len++] = ',';
            }
            list[len++] = c;
        } else if (c != ',' && c != ' ' && c != '[' && c != ']' && c != '"') {
            return STR_EMPTY;
        }
        is_inside = is_digit;
    }
    return str_from(list, len);
}

static void set_string(struct ariel_reading *reading, const struct field *field, const struct json_value *value,
                       struct column *column, uint32_t row)
{
    str text = STR_EMPTY;
    if (field->domain == DOMAIN_MAC) {
        char mac[MAC_TEXT_BYTES];
        if (value->kind != JSON_STRING || !mac_parse(str_trim(value->text), mac)) {
            return;
        }
        text = arena_copy(reading->decoded, str_from(mac, MAC_TEXT_BYTES - 1));
    } else if (field->domain == DOMAIN_RULE_LIST || field->domain == DOMAIN_LOG_SOURCE_GROUP_LIST) {
        text = to_list(reading, value);
        if (text.len == 0) {
            return;
        }
    } else {
        text = text_of(reading, value);
    }
    if (!text.data) {
        reading->is_out_of_memory = true;
        return;
    }
    column_set_string(column, row, text);
}

static void set_integer(const struct ariel_reading *reading, const struct field *field, const struct json_value *value,
                        struct column *column, uint32_t row)
{
    int64_t number;
    bool is_true;
    if (field->domain == DOMAIN_TIME_MS ? ariel_time(reading, value, &number) : json_to_i64(value, &number)) {
        column_set_integer(column, row, number);
    } else if (field->domain == DOMAIN_NONE && json_to_bool(value, &is_true)) {
        column_set_integer(column, row, is_true);
    }
}

void ariel_value_set(struct ariel_reading *reading, const struct field *field, const struct json_value *value,
                     bool is_text, struct column *column, uint32_t row)
{
    double fraction;
    bool is_true;
    struct ip ip;
    if (!column || value->kind == JSON_NONE || value->kind == JSON_NULL) {
        return;
    }
    switch (field->type) {
    case TYPE_BOOL:
        if (to_bool(value, &is_true)) {
            column_set_bool(column, row, is_true);
        }
        break;
    case TYPE_INT64:
        set_integer(reading, field, value, column, row);
        break;
    case TYPE_DOUBLE:
        if (json_to_double(value, &fraction)) {
            column_set_double(column, row, fraction);
        }
        break;
    case TYPE_IP:
        if (to_ip(value, &ip)) {
            column_set_ip(column, row, ip);
        }
        break;
    case TYPE_BYTES: {
        str bytes = ariel_bytes(reading, value, is_text);
        if (bytes.data) {
            column_set_string(column, row, bytes);
        }
        break;
    }
    case TYPE_STRING:
        set_string(reading, field, value, column, row);
        break;
    case TYPE_NULL:
    case TYPE_COUNT:
        break;
    }
}
