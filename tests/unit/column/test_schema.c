#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "column/schema.h"

static struct schema *create(void)
{
    struct schema *schema = NULL;
    assert_int_equal(schema_create(&schema, NULL), TOCSIN_OK);
    return schema;
}

static void an_expression_has_a_name_of_its_own(void **state)
{
    (void)state;
    struct schema *schema = create();
    struct error err = {0};
    field_id field = FIELD_NONE;
    char text[] = "LOWER(username)";
    assert_int_equal(
        schema_add_expression(schema, STR("Who"), str_from_cstring(text), STR("the account"), &field, &err), TOCSIN_OK);
    memset(text, 'x', sizeof(text) - 1); /* it was copied */
    assert_int_equal(schema_find(schema, STR("wHO")), field);
    assert_int_equal(schema_field(schema, field)->kind, FIELD_EXPRESSION);
    assert_true(str_eq(schema_field(schema, field)->expression, STR("LOWER(username)")));
    assert_int_equal(schema_field(schema, FIELD_USERNAME)->expression.len, 0);

    assert_int_equal(schema_add_expression(schema, STR("who"), STR("1"), STR_EMPTY, &field, &err), TOCSIN_ERROR_CONFIG);
    assert_int_equal(schema_add_expression(schema, STR("UserName"), STR("1"), STR_EMPTY, &field, &err),
                     TOCSIN_ERROR_CONFIG);
    assert_string_equal(err.message,
                        "\"UserName\" is the name of a field already, so it cannot stand for an expression");
    assert_int_equal(schema_add_property(schema, STR("Who"), TYPE_STRING, STR_EMPTY, &field, &err),
                     TOCSIN_ERROR_CONFIG);
    assert_string_equal(err.message, "property \"Who\" stands for an expression elsewhere");
    assert_int_equal(schema_add_expression(schema, STR_EMPTY, STR("1"), STR_EMPTY, &field, &err), TOCSIN_ERROR_CONFIG);
    schema_free(schema);
}

static void there_are_so_many_fields(void **state)
{
    (void)state;
    struct schema *schema = create();
    struct error err = {0};
    field_id field = FIELD_NONE;
    for (size_t i = schema_field_count(schema); i < LIMIT_SCHEMA_FIELDS; i++) {
        char name[] = "p0000";
        for (size_t rest = i, at = 4; at > 0; at--, rest /= 10) {
            name[at] = (char)('0' + rest % 10);
        }
        assert_int_equal(schema_add_property(schema, str_from_cstring(name), TYPE_INT64, STR_EMPTY, &field, &err),
                         TOCSIN_OK);
    }
    assert_int_equal(schema_add_property(schema, STR("more"), TYPE_INT64, STR_EMPTY, &field, &err), TOCSIN_ERROR_LIMIT);
    assert_int_equal(schema_add_expression(schema, STR("more"), STR("1"), STR_EMPTY, &field, &err), TOCSIN_ERROR_LIMIT);
    schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_expression_has_a_name_of_its_own),
        cmocka_unit_test(there_are_so_many_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
