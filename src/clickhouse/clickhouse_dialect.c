#include "clickhouse/clickhouse_dialect.h"

#include <limits.h>

/* The number in front of the next dot, or at the end. */
static bool take_number(str *text, int64_t *ret)
{
    size_t dot = str_find_char(*text, '.', 0);
    size_t end = dot == SIZE_MAX ? text->len : dot;
    bool is_number = str_to_i64(str_slice(*text, 0, end), ret) && *ret >= 0 && *ret < INT_MAX;
    *text = str_skip(*text, end + 1);
    return is_number;
}

tocsin_status clickhouse_dialect_find(str version, enum clickhouse_dialect *ret_dialect, struct error *err)
{
    str rest = str_trim(version);
    int64_t major;
    int64_t minor;
    if (!take_number(&rest, &major) || !take_number(&rest, &minor)) {
        return error_set(err, TOCSIN_ERROR_INPUT, "the server's version is no version of ClickHouse");
    }
    if (major >= 24) {
        *ret_dialect = CLICKHOUSE_MODERN;
        return TOCSIN_OK;
    }
    if (major == 18 && minor == 16) {
        *ret_dialect = CLICKHOUSE_18;
        return TOCSIN_OK;
    }
    tocsin_status status =
        error_set(err, TOCSIN_ERROR_UNSUPPORTED, "the server is ClickHouse %lld.%lld, which Tocsin does not speak to",
                  (long long)major, (long long)minor);
    error_hint(err, "18.16 is understood, and 24.1 and later");
    return status;
}

str clickhouse_dialect_name(enum clickhouse_dialect dialect)
{
    return dialect == CLICKHOUSE_18 ? STR("18.16") : STR("24");
}
