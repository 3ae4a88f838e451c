/* Answers of servers that say too much. What is read of real ones: tests/clickhouse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "clickhouse/clickhouse_scan.h"
#include "scripted_server.h"

static int tell_columns(void *context, str query, struct strbuf *reply)
{
    size_t bytes = *(const size_t *)context;
    if (str_contains(query, STR("SELECT version()"))) {
        strbuf_append(reply, STR("24.8.1\tUTC\n"));
        return 200;
    }
    strbuf_append(reply, STR("a\tInt64\nb\t"));
    char *room = strbuf_reserve(reply, bytes);
    assert_non_null(room);
    memset(room, 'x', bytes);
    reply->len += bytes;
    return 200;
}

static void test_answer_limit(void **state)
{
    static const size_t counts[] = {100, LIMIT_CLICKHOUSE_ANSWER_BYTES};
    struct clickhouse_address node = {
        .host = "127.0.0.1", .database = "d", .user = "u", .cluster = "", .ca_file = "", .password_file = ""};
    struct clickhouse_session *session = NULL;
    struct layout_table table;
    struct arena arena;
    struct error err = {0};
    size_t bytes = 0;
    struct scripted_server server = {.answer = tell_columns, .context = &bytes};
    scripted_start(&server);
    node.port = server.port;
    assert_int_equal(clickhouse_session_open(&node, NULL, &session, &err), TOCSIN_OK);
    for (size_t i = 0; i < countof(counts); i++) {
        bytes = counts[i];
        arena_init(&arena, ARENA_NO_LIMIT);
        layout_table_init(&table, &arena);
        assert_int_equal(clickhouse_read_table(session, STR("events"), &table, &err),
                         i == 0 ? TOCSIN_OK : TOCSIN_ERROR_LIMIT);
        assert_int_equal(table.count, i == 0 ? 2 : 0);
        arena_release(&arena);
    }
    clickhouse_session_free(session);
    scripted_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answer_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
