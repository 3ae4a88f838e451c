/* clickhouse/session_internal.h - what a server's exceptions and libcurl's failures become. */
#ifndef CLICKHOUSE_SESSION_INTERNAL_H
#define CLICKHOUSE_SESSION_INTERNAL_H

#include "clickhouse/clickhouse_session.h"

/* "127.0.0.1:8123", for messages. */
void clickhouse_place(const struct clickhouse_address *address, char *target, size_t target_bytes);
/* The error for the text of an exception, with its number. `http_status` is 200 for one that stands behind rows. */
tocsin_status clickhouse_exception_error(const struct clickhouse_address *address, str text, long http_status,
                                         unsigned *ret_code, struct error *err);
/* Where the last exception in a text begins: "Code: 395", in the words of either dialect. SIZE_MAX: there is none. */
size_t clickhouse_exception_find(str text);
/* CURLcode and curl's text. */
tocsin_status clickhouse_transfer_error(const struct clickhouse_address *address, int curl_code, const char *text,
                                        struct error *err);

#endif
