/* Addresses of any bytes, and versions: what is taken is whole, and has nothing in it that would change a request. */
#include <stdlib.h>

#include "clickhouse/clickhouse_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, bool may_be_empty)
{
    if (!text || (!may_be_empty && !*text)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct error err = {0};
    struct clickhouse_address address = {.host = NULL};
    enum clickhouse_dialect dialect = CLICKHOUSE_MODERN;
    arena_init(&arena, ARENA_NO_LIMIT);
    str bytes = {(const char *)data, size};
    const char *text = arena_copy_cstring(&arena, bytes);
    if (!text) {
        abort();
    }
    if (clickhouse_address_read(text, &arena, &address, &err) == TOCSIN_OK) {
        check_text(address.host, false);
        check_text(address.user, false);
        check_text(address.database, false);
        check_text(address.cluster, true);
        check_text(address.ca_file, true);
        check_text(address.password_file, true);
        for (const char *c = address.host; *c; c++) { /* it becomes part of a URL as it is */
            if (*c <= ' ' || *c == '/' || *c == '?' || *c == '#' || *c == '@' || *c == '\\') {
                abort();
            }
        }
        for (const char *c = address.user; *c; c++) { /* and this of a head */
            if (*c == '\r' || *c == '\n') {
                abort();
            }
        }
        if (address.port == 0 || !clickhouse_is_address(text)) {
            abort();
        }
    } else if (err.message[0] == '\0') {
        abort();
    }
    if (clickhouse_dialect_find(bytes, &dialect, &err) == TOCSIN_OK) {
        check_text(clickhouse_dialect_name(dialect).data, false);
    }
    arena_release(&arena);
    return 0;
}
