/* SESSION BY: every rule of the AQL reference (2.14) on small tables, the two readings of the keys, and the limit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/str.h"
#include "execute/session.h"

enum { BEGIN = 16001, OTHER = 16002, END = 16003, NO_END = 0 };

struct event {
    int64_t time_ms;
    const char *key;
    int category;
    uint64_t id; /* expected; 0 = dropped */
};

static void check_events(const struct session_options *options, int end_category, const struct event *events,
                         size_t count)
{
    struct session_tracker *tracker = NULL;
    assert_int_equal(session_tracker_create(options, &tracker, NULL), TOCSIN_OK);
    for (size_t i = 0; i < count; i++) {
        struct session_row row = {
            .time_ms = events[i].time_ms,
            .key = str_from_cstring(events[i].key),
            .begins = events[i].category == BEGIN,
            .ends = events[i].category == end_category,
        };
        uint64_t id = 99;
        assert_int_equal(session_tracker_next(tracker, &row, &id, NULL), TOCSIN_OK);
        assert_int_equal(id, events[i].id);
    }
    session_tracker_free(tracker);
}

#define CHECK(options, end_category, ...)                                                                              \
    check_events(&(options), end_category, (const struct event[]){__VA_ARGS__},                                        \
                 sizeof((const struct event[]){__VA_ARGS__}) / sizeof(struct event))

static struct session_options plain(void)
{
    return (struct session_options){.bytes_max = MEBI, .hash_seed = 7};
}

static void begin_alone_cuts_sessions(void **state)
{
    (void)state;
    struct session_options options = plain();
    CHECK(options, NO_END, {1, "a", OTHER, 1}, {2, "a", OTHER, 1}, {3, "a", BEGIN, 2}, {4, "a", OTHER, 2},
          {5, "a", BEGIN, 3});
    options.is_begin_explicit = true;
    CHECK(options, NO_END, {1, "a", OTHER, 0}, {2, "a", BEGIN, 1}, {3, "a", OTHER, 1}, {4, "a", BEGIN, 2});
}

static void keys_have_sessions_of_their_own(void **state)
{
    (void)state;
    struct session_options options = plain();
    CHECK(options, NO_END, {1, "a", OTHER, 1}, {2, "b", OTHER, 2}, {3, "a", OTHER, 1}, {4, "b", BEGIN, 3},
          {5, "a", OTHER, 1}, {6, "", OTHER, 4}, {7, "", OTHER, 4});
    options.is_sequential = true;
    CHECK(options, NO_END, {1, "a", OTHER, 1}, {2, "b", OTHER, 2}, {3, "a", OTHER, 3}, {4, "b", BEGIN, 4},
          {5, "b", OTHER, 4}, {6, "", OTHER, 5}, {7, "", OTHER, 5});
    options.is_begin_explicit = true;
    CHECK(options, NO_END, {1, "a", BEGIN, 1}, {2, "b", OTHER, 0}, {3, "a", OTHER, 0}, {4, "a", BEGIN, 2});
}

/* The worked check of the reference, and its variant. */
static void explicit_end(void **state)
{
    (void)state;
    struct session_options options = plain();
    options.is_end_explicit = true;
    CHECK(options, END, {1, "u", BEGIN, 1}, {2, "u", END, 1}, {3, "u", END, 2}, {4, "u", BEGIN, 2}, {5, "u", END, 2});
    options.is_begin_explicit = true;
    CHECK(options, END, {1, "u", BEGIN, 1}, {2, "u", END, 1}, {3, "u", END, 0}, {4, "u", BEGIN, 2}, {5, "u", BEGIN, 2},
          {6, "u", END, 2}, {7, "u", OTHER, 0});
}

static void end_closes_or_the_next_begin_does(void **state)
{
    (void)state;
    struct session_options options = plain();
    CHECK(options, END, {1, "u", BEGIN, 1}, {2, "u", OTHER, 1}, {3, "u", END, 1}, {4, "u", OTHER, 2},
          {5, "u", BEGIN, 3}, {6, "u", BEGIN, 4}, {7, "u", END, 4}, {8, "u", END, 5}, {9, "u", END, 5});
    options.is_begin_explicit = true;
    CHECK(options, END, {1, "u", OTHER, 0}, {2, "u", BEGIN, 1}, {3, "u", END, 1}, {4, "u", END, 0}, {5, "u", BEGIN, 2},
          {6, "u", BEGIN, 3});
}

static void timeout_counts_from_the_row_before(void **state)
{
    (void)state;
    struct session_options options = plain();
    options.has_timeout = true;
    options.timeout_ms = 10;
    CHECK(options, NO_END, {0, "u", OTHER, 1}, {10, "u", OTHER, 1}, {20, "u", OTHER, 1}, {31, "u", OTHER, 2},
          {INT64_MAX, "u", OTHER, 3});
    options.is_begin_explicit = true;
    CHECK(options, NO_END, {0, "u", BEGIN, 1}, {11, "u", OTHER, 0}, {12, "u", BEGIN, 2}, {22, "u", OTHER, 2});
    /* A dropped row does not keep a session alive. */
    CHECK(options, NO_END, {INT64_MIN, "u", BEGIN, 1}, {INT64_MAX, "u", OTHER, 0});
}

static void window_counts_from_the_first_row(void **state)
{
    (void)state;
    struct session_options options = plain();
    options.has_window = true;
    options.window_ms = 10;
    CHECK(options, NO_END, {0, "u", OTHER, 1}, {6, "u", OTHER, 1}, {10, "u", OTHER, 1}, {11, "u", OTHER, 2},
          {21, "u", OTHER, 2}, {22, "u", OTHER, 3});
    options.is_end_explicit = true;
    CHECK(options, END, {0, "u", BEGIN, 1}, {11, "u", END, 2}, {12, "u", END, 2});
}

static tocsin_status open_many(struct session_options *options, uint64_t *ret_last, struct error *err)
{
    struct session_tracker *tracker = NULL;
    tocsin_status status = session_tracker_create(options, &tracker, err);
    for (int i = 0; status == TOCSIN_OK && i < 50000; i++) {
        char key[32];
        int len = snprintf(key, sizeof(key), "user-%d", i);
        struct session_row row = {.time_ms = i, .key = {key, (size_t)len}};
        status = session_tracker_next(tracker, &row, ret_last, err);
    }
    session_tracker_free(tracker);
    return status;
}

static void open_sessions_are_limited(void **state)
{
    (void)state;
    struct session_options options = plain();
    struct error err = {0};
    uint64_t last;
    assert_int_equal(open_many(&options, &last, &err), TOCSIN_ERROR_LIMIT);
    assert_non_null(strstr(err.message, "SESSION BY"));
    assert_non_null(strstr(err.hint, "TIMEOUT"));
    /* Those that are over need no memory. */
    options.has_timeout = true;
    options.timeout_ms = 500;
    assert_int_equal(open_many(&options, &last, &err), TOCSIN_OK);
    assert_int_equal(last, 50000);
    options.has_timeout = false;
    options.is_sequential = true;
    assert_int_equal(open_many(&options, &last, &err), TOCSIN_OK);
    assert_int_equal(last, 50000);
}

static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    struct session_options options = plain();
    options.has_timeout = true;
    options.timeout_ms = 500;
    uint64_t failures = 0;
    for (uint64_t n = 1;; n++) {
        uint64_t last;
        struct error err = {0};
        memory_fail_at(n, 0);
        tocsin_status status = open_many(&options, &last, &err);
        memory_fail_at(0, 0);
        if (status == TOCSIN_OK) {
            break;
        }
        assert_int_equal(status, TOCSIN_ERROR_MEMORY);
        failures++;
    }
    assert_true(failures >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begin_alone_cuts_sessions),
        cmocka_unit_test(keys_have_sessions_of_their_own),
        cmocka_unit_test(explicit_end),
        cmocka_unit_test(end_closes_or_the_next_begin_does),
        cmocka_unit_test(timeout_counts_from_the_row_before),
        cmocka_unit_test(window_counts_from_the_first_row),
        cmocka_unit_test(open_sessions_are_limited),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
