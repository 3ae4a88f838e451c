#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "language/syntax.h"

static void test_flagship_parses(void **state)
{
    static char text[1 << 16];
    FILE *file = fopen(TOCSIN_SOURCE_ROOT "/packs/container-api/rules/t1552_007_qradar.aql", "rb");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof(text), file);
    fclose(file);
    struct arena arena;
    arena_init(&arena, ARENA_NO_LIMIT);
    struct syntax_select *select;
    struct error err;
    assert_int_equal(aql_parse(&arena, str_from(text, length), NULL, &select, &err), TOCSIN_OK);
    assert_int_equal(select->item_count, 8);
    assert_int_equal(select->order_count, 2);
    assert_int_equal(select->limit, 1000);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flagship_parses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
