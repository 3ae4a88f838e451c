/* LONG, DOUBLE and PORT: values as numbers; null where there is no number. */
#include "function/function.h"

#include <math.h>

/* 2^63: the first double that no int64_t holds. */
#define INT64_END 9223372036854775808.0

/* Towards zero. False for NaN and what does not fit. */
static bool truncate_double(double value, int64_t *ret)
{
    if (!(value >= -INT64_END && value < INT64_END)) {
        return false;
    }
    *ret = (int64_t)value;
    return true;
}

static bool long_of_text(str text, int64_t *ret)
{
    text = str_trim(text);
    double number;
    return str_to_i64(text, ret) || (str_to_double(text, &number) && truncate_double(number, ret));
}

/* IPv4 as its 32 bits; an IPv6 address fits no integer. */
static bool long_of_ip(const struct ip *ip, int64_t *ret)
{
    if (!ip_is_v4(ip)) {
        return false;
    }
    const uint8_t *bytes = ip->bytes + 12;
    *ret = (int64_t)((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3]);
    return true;
}

static bool long_of(const struct column *values, uint32_t row, int64_t *ret)
{
    switch (values->type) {
    case TYPE_BOOL:
        *ret = column_bool(values, row);
        return true;
    case TYPE_INT64:
        *ret = column_integer(values, row);
        return true;
    case TYPE_DOUBLE:
        return truncate_double(column_double(values, row), ret);
    case TYPE_STRING:
        return long_of_text(column_string(values, row), ret);
    case TYPE_IP:
        return long_of_ip(column_ip(values, row), ret);
    case TYPE_NULL:
    case TYPE_BYTES:
    case TYPE_COUNT:
        break;
    }
    return false;
}

static tocsin_status run_long(const struct function_call *call, const struct column *const *arguments,
                              uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                              struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        if (!long_of(arguments[0], rows[i], &ret->integers[rows[i]])) {
            column_set_null(ret, rows[i]);
        }
    }
    return TOCSIN_OK;
}

static const struct function_signature long_signature = {
    .result = TYPE_INT64,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES_ANY & ~TYPES(TYPE_BYTES)}},
    .kernel = run_long,
};

const struct function_def function_long = {
    .names = {"LONG"},
    .signatures = &long_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_NUMBER,
    .clickhouse = "`toInt64()`; texts that hold digits, but are no plain integers, are looked at here",
    .description =
        "The value as an integer: a fraction is cut off, a text is read as a number, an IPv4 address gives its "
        "32 bits. Null for what is no number, fits no 64 bits, or is an IPv6 address.",
    .example = "LONG('-3.9')",
    .example_result = "-3",
};

static bool double_of(const struct column *values, uint32_t row, double *ret)
{
    int64_t integer;
    switch (values->type) {
    case TYPE_DOUBLE:
        *ret = column_double(values, row);
        return true;
    case TYPE_STRING:
        return str_to_double(str_trim(column_string(values, row)), ret) && isfinite(*ret);
    default:
        if (!long_of(values, row, &integer)) {
            return false;
        }
        *ret = (double)integer;
        return true;
    }
}

static tocsin_status run_double(const struct function_call *call, const struct column *const *arguments,
                                uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                                struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        if (!double_of(arguments[0], rows[i], &ret->doubles[rows[i]])) {
            column_set_null(ret, rows[i]);
        }
    }
    return TOCSIN_OK;
}

static const struct function_signature double_signature = {
    .result = TYPE_DOUBLE,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES_ANY & ~TYPES(TYPE_BYTES)}},
    .kernel = run_double,
};

const struct function_def function_double = {
    .names = {"DOUBLE"},
    .signatures = &double_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_NUMBER,
    .clickhouse = "`toFloat64()`; texts that hold digits, but are no plain integers, are looked at here",
    .description = "The value as a double; a text is read as a number. Null for what is no number.",
    .example = "DOUBLE('12')",
    .example_result = "12.0",
};

enum { PORT_MAX = 65535 };

static tocsin_status run_port(const struct function_call *call, const struct column *const *arguments,
                              uint32_t argument_count, const uint16_t *rows, uint32_t row_count, struct column *ret,
                              struct error *err)
{
    for (uint32_t i = 0; i < row_count; i++) {
        int64_t *port = &ret->integers[rows[i]];
        if (!long_of(arguments[0], rows[i], port) || *port < 0 || *port > PORT_MAX) {
            column_set_null(ret, rows[i]);
        }
    }
    return TOCSIN_OK;
}

static const struct function_signature port_signature = {
    .result = TYPE_INT64,
    .result_domain = DOMAIN_PORT,
    .required_count = 1,
    .argument_count = 1,
    .arguments = {{.types = TYPES_NUMBER | TYPES(TYPE_STRING)}},
    .kernel = run_port,
};

const struct function_def function_port = {
    .names = {"PORT"},
    .signatures = &port_signature,
    .signature_count = 1,
    .family = FUNCTION_FAMILY_NUMBER,
    .clickhouse = "as LONG",
    .description = "The value as a port: a number, or a text that is one, from 0 to 65535. Null for anything else.",
    .example = "PORT('443')",
    .example_result = "443",
};
