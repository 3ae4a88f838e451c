#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/memory.h"
#include "lookup/key_table.h"

static void keys_have_the_numbers_of_their_order(void **state)
{
    enum { KEYS = 100000, KEY_BYTES = 8 };
    static char texts[KEYS][KEY_BYTES];
    struct key_table table;
    key_table_init(&table);
    assert_int_equal(key_table_find(&table, STR("0")), KEY_NONE);
    for (uint32_t i = 0; i < KEYS; i++) {
        int length = snprintf(texts[i], KEY_BYTES, "%u", i);
        assert_int_equal(key_table_add(&table, str_from(texts[i], (size_t)length)), i);
    }
    assert_int_equal(table.count, KEYS);
    for (uint32_t i = 0; i < KEYS; i++) {
        assert_int_equal(key_table_find(&table, str_from_cstring(texts[i])), i);
        assert_int_equal(key_table_add(&table, str_from_cstring(texts[i])), i);
    }
    assert_int_equal(table.count, KEYS);
    assert_int_equal(key_table_find(&table, STR("100000")), KEY_NONE);
    assert_int_equal(key_table_find(&table, STR("")), KEY_NONE);
    assert_int_equal(key_table_add(&table, STR("")), KEYS);
    assert_int_equal(key_table_find(&table, STR("")), KEYS);
    assert_int_equal(key_table_add(&table, STR("a\0b")), KEYS + 1);
    assert_int_equal(key_table_find(&table, STR("a\0c")), KEY_NONE);
    key_table_release(&table);
}

static void lack_of_memory_loses_nothing(void **state)
{
    static char texts[200][4];
    struct key_table table;
    key_table_init(&table);
    for (uint32_t i = 0; i < countof(texts); i++) {
        snprintf(texts[i], sizeof(texts[i]), "%u", i);
        memory_fail_at(1, 1);
        uint32_t number = key_table_add(&table, str_from_cstring(texts[i]));
        memory_fail_at(0, 0);
        if (number == KEY_NONE) {
            number = key_table_add(&table, str_from_cstring(texts[i]));
        }
        assert_int_equal(number, i);
    }
    for (uint32_t i = 0; i < countof(texts); i++) {
        assert_int_equal(key_table_find(&table, str_from_cstring(texts[i])), i);
    }
    key_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_the_numbers_of_their_order),
        cmocka_unit_test(lack_of_memory_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
