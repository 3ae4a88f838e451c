/* What is known of alerts: lines of the table that make no sense, and more of them than a run may know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "engine/alerts.h"

static tocsin_status take_rows(void *context, str rows, struct error *err)
{
    return TOCSIN_OK;
}

static struct alerts *create(void)
{
    const struct alerts_options options = {.hunt = STR("h"), .send = take_rows};
    struct alerts *alerts = NULL;
    struct error err = {0};
    assert_int_equal(alerts_create(&options, &alerts, &err), TOCSIN_OK);
    alerts_begin(alerts, 0, 1000, 1000);
    return alerts;
}

static void lines_that_make_no_sense(void **state)
{
    static const char *const wrong[] = {"",
                                        "r",
                                        "r\ti\th\t1\t0",
                                        "r\ti\th\tx\t0\t[]",
                                        "r\ti\th\t99999999999999999999\t0\t[]",
                                        "r\ti\th\t1\tx\t[]",
                                        "r\ti\th\t1\t0\t",
                                        "r\ti\th\t1\t0\t[",
                                        "r\ti\th\t1\t0\t]",
                                        "r\ti\th\t1\t0\t[a]",
                                        "r\ti\th\t1\t0\t[1,,2]",
                                        "r\ti\th\t1\t0\t[18446744073709551616]"};
    struct alerts *alerts = create();
    for (size_t i = 0; i < countof(wrong); i++) {
        struct error err = {0};
        if (alerts_learn(alerts, str_from_cstring(wrong[i]), &err) != TOCSIN_ERROR_INPUT ||
            !strstr(err.message, "makes no sense")) {
            fail_msg("'%s': %s", wrong[i], err.message);
        }
    }
    struct error err = {0};
    assert_int_equal(alerts_learn(alerts, STR("r\ti\th\t-9223372036854775808\t1\t[1,18446744073709551615]"), &err),
                     TOCSIN_OK);
    alerts_free(alerts);
}

/* Says so, and does not go on as if nothing were known. */
static void more_events_than_a_run_may_know(void **state)
{
    enum { KEYS_OF_LINE = 100000 };
    struct alerts *alerts = create();
    struct strbuf line;
    struct error err = {0};
    tocsin_status status = TOCSIN_OK;
    strbuf_init(&line, 8 * MEBI);
    uint64_t key = 1;
    uint64_t lines = 0;
    for (; status == TOCSIN_OK && lines <= LIMIT_ALERT_KEYS / KEYS_OF_LINE; lines++) {
        strbuf_clear(&line);
        strbuf_append(&line, STR("r\ti\th\t1\t0\t["));
        for (uint32_t i = 0; i < KEYS_OF_LINE; i++, key += 2) {
            strbuf_append_u64(&line, key);
            strbuf_append(&line, i + 1 < KEYS_OF_LINE ? STR(",") : STR("]"));
        }
        assert_false(line.is_failed);
        status = alerts_learn(alerts, strbuf_str(&line), &err);
    }
    assert_int_equal(lines, LIMIT_ALERT_KEYS / KEYS_OF_LINE + 1);
    assert_int_equal(status, TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.hint, "--look-back"));
    alerts_begin(alerts, 0, 1000, 1000);
    assert_int_equal(alerts_learn(alerts, strbuf_str(&line), &err), TOCSIN_OK);
    strbuf_release(&line);
    alerts_free(alerts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_make_no_sense),
        cmocka_unit_test(more_events_than_a_run_may_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
