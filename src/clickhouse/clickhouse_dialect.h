/* clickhouse/clickhouse_dialect.h
 * The two kinds of ClickHouse that are spoken to: 18.16, which Debian has, and those of today. Found by asking the
 * server for its version; another one is refused.
 */
#ifndef CLICKHOUSE_CLICKHOUSE_DIALECT_H
#define CLICKHOUSE_CLICKHOUSE_DIALECT_H

#include "base/error.h"
#include "base/str.h"

enum clickhouse_dialect { CLICKHOUSE_18, CLICKHOUSE_MODERN };

/* Of what `SELECT version()` gives: "18.16.1", "24.8.4.13". Before 18.16 and from there to 24.0 it is
 * TOCSIN_ERROR_UNSUPPORTED; text that is no version is TOCSIN_ERROR_INPUT. */
tocsin_status clickhouse_dialect_find(str version, enum clickhouse_dialect *ret_dialect, struct error *err)
    __attribute__((warn_unused_result));
/* "18.16", "24" */
str clickhouse_dialect_name(enum clickhouse_dialect dialect);

#endif
