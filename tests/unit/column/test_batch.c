#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "column/batch.h"

struct fixture {
    struct schema *schema;
    struct batch batch;
    field_id command;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    assert_int_equal(schema_create(&fixture.schema, NULL), TOCSIN_OK);
    assert_int_equal(
        schema_add_property(fixture.schema, STR("Command"), TYPE_STRING, STR("command line"), &fixture.command, NULL),
        TOCSIN_OK);
    struct field_set wanted = {0};
    field_set_add(&wanted, FIELD_SOURCEIP);
    field_set_add(&wanted, FIELD_SEVERITY);
    field_set_add(&wanted, FIELD_SOURCEV6);
    field_set_add(&wanted, fixture.command);
    assert_int_equal(batch_init(&fixture.batch, fixture.schema, &wanted, NULL), TOCSIN_OK);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    batch_release(&fixture->batch);
    schema_free(fixture->schema);
    return 0;
}

static void fields_nobody_wants_have_no_column(void **state)
{
    struct fixture *fixture = *state;
    assert_null(batch_column(&fixture->batch, FIELD_USERNAME));
    assert_non_null(batch_column(&fixture->batch, fixture->command));
    column_set_integer(batch_column(&fixture->batch, FIELD_QID), 0, 1); /* a no-op, not a crash */
}

static void fillers_go_where_no_value_was_written(void **state)
{
    struct fixture *fixture = *state;
    struct batch *batch = &fixture->batch;
    for (int i = 0; i < 130; i++) {
        uint32_t row = batch_add_row(batch);
        if (i == 129) {
            column_set_integer(batch_column(batch, FIELD_SEVERITY), row, 9);
            column_set_string(batch_column(batch, fixture->command), row, STR("ls"));
        }
    }
    assert_int_equal(batch_finish(batch, NULL), TOCSIN_OK);
    const struct column *severity = batch_column(batch, FIELD_SEVERITY);
    assert_int_equal(severity->kind, COLUMN_FLAT);
    assert_int_equal(column_integer(severity, 0), 5);
    assert_int_equal(column_integer(severity, 128), 5);
    assert_int_equal(column_integer(severity, 129), 9);
    const struct column *source = batch_column(batch, FIELD_SOURCEIP);
    assert_int_equal(source->kind, COLUMN_CONSTANT);
    assert_true(ip_is_v4(column_ip(source, 77)));
    assert_false(ip_is_v4(column_ip(batch_column(batch, FIELD_SOURCEV6), 77)));
    const struct column *command = batch_column(batch, fixture->command);
    assert_false(column_is_valid(command, 128));
    assert_true(column_is_valid(command, 129));
}

static void equal_integers_become_a_constant(void **state)
{
    struct fixture *fixture = *state;
    struct batch *batch = &fixture->batch;
    for (int i = 0; i < 3; i++) {
        column_set_integer(batch_column(batch, FIELD_SEVERITY), batch_add_row(batch), 7);
    }
    assert_int_equal(batch_finish(batch, NULL), TOCSIN_OK);
    assert_int_equal(batch_column(batch, FIELD_SEVERITY)->kind, COLUMN_CONSTANT);
    assert_int_equal(column_integer(batch_column(batch, FIELD_SEVERITY), 2), 7);
    batch_clear(batch);
    assert_int_equal(batch_column(batch, FIELD_SEVERITY)->kind, COLUMN_FLAT);
}

static void names_are_found_in_any_case_and_suggested(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(schema_find(fixture->schema, STR("QiD")), FIELD_QID);
    assert_int_equal(schema_find(fixture->schema, STR("command")), fixture->command);
    assert_int_equal(schema_find(fixture->schema, STR("nothing")), FIELD_NONE);
    assert_true(str_eq(schema_suggest(fixture->schema, STR("usrname")), STR("username")));
    assert_true(str_eq(schema_suggest(fixture->schema, STR("Comand")), STR("Command")));
    assert_int_equal(schema_suggest(fixture->schema, STR("zzzzzzzz")).len, 0);
}

static void one_name_has_one_type(void **state)
{
    struct fixture *fixture = *state;
    field_id field = FIELD_NONE;
    struct error err;
    assert_int_equal(schema_add_property(fixture->schema, STR("COMMAND"), TYPE_INT64, STR(""), &field, &err),
                     TOCSIN_ERROR_CONFIG);
    assert_int_equal(schema_add_property(fixture->schema, STR("COMMAND"), TYPE_STRING, STR(""), &field, &err),
                     TOCSIN_OK);
    assert_int_equal(field, fixture->command);
}

static void each_catalog_has_names_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    const struct schema *schema = fixture->schema;
    assert_int_equal(schema_find_in(schema, CATALOG_FLOWS, STR("SourceBytes")), FIELD_SOURCEBYTES);
    assert_int_equal(schema_find_in(schema, CATALOG_SIMARC, STR("sourcebytes")), FIELD_SOURCEBYTES);
    assert_int_equal(schema_find_in(schema, CATALOG_EVENTS, STR("sourcebytes")), FIELD_NONE);
    assert_int_equal(schema_find_in(schema, CATALOG_FLOWS, STR("starttime")), FIELD_STARTTIME);
    assert_int_equal(schema_find_in(schema, CATALOG_SIMARC, STR("starttime")), FIELD_NONE);
    assert_int_equal(schema_find_in(schema, CATALOG_ALL, STR("@record_kind")), FIELD_NONE);
    assert_true(str_eq(schema_suggest_in(schema, CATALOG_FLOWS, STR("sourcebyte")), STR("sourcebytes")));
    assert_true(str_eq(schema_suggest_in(schema, CATALOG_EVENTS, STR("flowtypes")), STR_EMPTY));
    assert_true(schema_field(schema, FIELD_HOSTNAME)->is_own);
    assert_false(schema_field(schema, FIELD_USERNAME)->is_own);
    size_t count;
    const field_id *fields = catalog_default_fields(CATALOG_FLOWS, &count);
    assert_int_equal(count, 14);
    assert_int_equal(fields[0], FIELD_DESTINATIONFLAGS);
    assert_int_equal(fields[13], FIELD_CATEGORY);
    (void)catalog_default_fields(CATALOG_EVENTS, &count);
    assert_int_equal(count, 13);
    assert_int_equal(catalog_find(STR("SimArc")), CATALOG_SIMARC);
    assert_int_equal(catalog_find(STR("logs")), 0);
    /* All that simarc has, in the order of names. */
    fields = catalog_default_fields(CATALOG_SIMARC, &count);
    size_t simarc = 0;
    for (field_id id = 0; id < BUILT_IN_FIELD_COUNT; id++) {
        simarc += (schema_field(schema, id)->catalogs & CATALOG_SIMARC) != 0;
    }
    assert_int_equal(count, simarc);
    for (size_t i = 0; i < count; i++) {
        assert_true(schema_field(schema, fields[i])->catalogs & CATALOG_SIMARC);
        assert_true(i == 0 ||
                    str_compare(schema_field(schema, fields[i - 1])->name, schema_field(schema, fields[i])->name) < 0);
    }
}

static void properties_join_catalogs_and_leave_fields_alone(void **state)
{
    struct fixture *fixture = *state;
    struct schema *schema = fixture->schema;
    field_id both;
    field_id again;
    /* flows have a number flowtype of their own: this text is in events only. */
    assert_int_equal(schema_add_property_in(schema, CATALOG_EVENTS | CATALOG_FLOWS, STR("FlowType"), TYPE_STRING,
                                            STR(""), &both, NULL),
                     TOCSIN_OK);
    assert_int_equal(schema_find(schema, STR("flowtype")), both);
    assert_int_equal(schema_find_in(schema, CATALOG_FLOWS, STR("flowtype")), FIELD_FLOWTYPE);
    /* A property of events becomes one of flows, too. */
    assert_int_equal(schema_find_in(schema, CATALOG_FLOWS, STR("command")), FIELD_NONE);
    assert_int_equal(schema_add_property_in(schema, CATALOG_FLOWS, STR("Command"), TYPE_STRING, STR(""), &again, NULL),
                     TOCSIN_OK);
    assert_int_equal(again, fixture->command);
    assert_int_equal(schema_find_in(schema, CATALOG_FLOWS, STR("command")), fixture->command);
    assert_int_equal(schema_find(schema, STR("command")), fixture->command);
    /* With another type it is another one. */
    assert_int_equal(schema_add_property_in(schema, CATALOG_SIMARC, STR("Command"), TYPE_INT64, STR(""), &again, NULL),
                     TOCSIN_OK);
    assert_int_not_equal(again, fixture->command);
    assert_int_equal(schema_find_in(schema, CATALOG_SIMARC, STR("command")), again);
    /* The first catalog's own field with another type cannot be meant. */
    assert_int_equal(
        schema_add_property_in(schema, CATALOG_EVENTS | CATALOG_FLOWS, STR("qid"), TYPE_STRING, STR(""), &again, NULL),
        TOCSIN_ERROR_CONFIG);
    assert_int_equal(schema_add_property(schema, STR("qid"), TYPE_INT64, STR(""), &again, NULL), TOCSIN_OK);
    assert_int_equal(again, FIELD_QID);
}

static void fillers_may_be_texts(void **state)
{
    struct fixture *fixture = *state;
    struct field_set wanted = {0};
    struct batch batch;
    field_set_add(&wanted, FIELD_SOURCEMAC);
    field_set_add(&wanted, FIELD_GEOGRAPHICLOCATION);
    field_set_add(&wanted, FIELD_CREEVENTLIST);
    field_set_add(&wanted, FIELD_RECORD_KIND);
    assert_int_equal(batch_init(&batch, fixture->schema, &wanted, NULL), TOCSIN_OK);
    column_set_string(batch_column(&batch, FIELD_SOURCEMAC), batch_add_row(&batch), STR("00:1B:44:11:3A:B7"));
    (void)batch_add_row(&batch);
    assert_int_equal(batch_finish(&batch, NULL), TOCSIN_OK);
    assert_true(str_eq(column_string(batch_column(&batch, FIELD_SOURCEMAC), 1), STR("00:00:00:00:00:00")));
    assert_true(str_eq(column_string(batch_column(&batch, FIELD_GEOGRAPHICLOCATION), 1), STR("other")));
    assert_false(column_is_valid(batch_column(&batch, FIELD_CREEVENTLIST), 1));
    assert_int_equal(column_integer(batch_column(&batch, FIELD_RECORD_KIND), 1), RECORD_EVENT);
    batch_release(&batch);
}

static void the_schema_has_a_limit(void **state)
{
    struct fixture *fixture = *state;
    tocsin_status status = TOCSIN_OK;
    for (int i = 0; i < LIMIT_SCHEMA_FIELDS && status == TOCSIN_OK; i++) {
        char name[] = {'p', (char)('a' + i % 26), (char)('a' + i / 26 % 26), (char)('a' + i / 676 % 26), 'x'};
        field_id field;
        status = schema_add_property(fixture->schema, str_from(name, sizeof(name)), TYPE_STRING, STR(""), &field, NULL);
    }
    assert_int_equal(status, TOCSIN_ERROR_LIMIT);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(fields_nobody_wants_have_no_column),
        WITH_FIXTURE(fillers_go_where_no_value_was_written),
        WITH_FIXTURE(equal_integers_become_a_constant),
        WITH_FIXTURE(names_are_found_in_any_case_and_suggested),
        WITH_FIXTURE(one_name_has_one_type),
        WITH_FIXTURE(each_catalog_has_names_of_its_own),
        WITH_FIXTURE(properties_join_catalogs_and_leave_fields_alone),
        WITH_FIXTURE(fillers_may_be_texts),
        WITH_FIXTURE(the_schema_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
