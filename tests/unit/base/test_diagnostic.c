/* Remarks: once each, in order, bounded, printable. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/diagnostic.h"
#include "base/limits.h"

static void remarks_are_kept_once_and_sorted(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct diagnostic_list list;
    diagnostic_list_init(&list, &arena);
    assert_non_null(diagnostic_add(&list, "late", DIAGNOSTIC_WARNING, 20, 25, "second %s", "\x1b[1m"));
    assert_null(diagnostic_add(&list, "late", DIAGNOSTIC_WARNING, 20, 25, "second %s", "\x1b[1m"));
    assert_non_null(diagnostic_add(&list, "early", DIAGNOSTIC_NOTE, 3, 4, "first"));
    struct diagnostic *worst = diagnostic_add(&list, "worst", DIAGNOSTIC_ERROR, 20, 25, "before");
    diagnostic_hint(&list, worst, "do %d things", 2);
    diagnostic_fix(&list, worst, 20, 25, STR("x"));
    diagnostic_list_sort(&list);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].code, "early");
    assert_string_equal(list.items[1].code, "worst");
    assert_true(str_eq(list.items[1].hint, STR("do 2 things")));
    assert_true(list.items[1].has_fix && str_eq(list.items[1].fix_text, STR("x")));
    assert_true(str_eq(list.items[2].message, STR("second \\x1B[1m")));
    arena_release(&arena);
}

static void list_is_bounded(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct diagnostic_list list;
    diagnostic_list_init(&list, &arena);
    for (size_t i = 0; i < LIMIT_DIAGNOSTICS + 5; i++) {
        diagnostic_add(&list, "x", DIAGNOSTIC_NOTE, i, i, "remark");
    }
    assert_true(list.count <= list.capacity && list.count >= LIMIT_DIAGNOSTICS);
    assert_true(list.count + list.more == LIMIT_DIAGNOSTICS + 5);
    assert_null(diagnostic_add(NULL, "x", DIAGNOSTIC_NOTE, 0, 0, "nobody listens"));
    diagnostic_hint(&list, NULL, "nothing");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remarks_are_kept_once_and_sorted),
        cmocka_unit_test(list_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
