#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "column/log_source_file.h"

static struct log_source_table *create_table(void)
{
    struct log_source_table *table = NULL;
    assert_int_equal(log_source_table_create(&table, NULL), TOCSIN_OK);
    return table;
}

/* Reads a document of the project; the examples in it must stay true. */
static str read_document(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t bytes = fread(text, 1, sizeof(text), file);
    fclose(file);
    assert_true(bytes > 0 && bytes < sizeof(text));
    return str_from(text, bytes);
}

static void the_documented_example_works(void **state)
{
    (void)state;
    str text = read_document(TOCSIN_SOURCE_ROOT "/docs/log-sources.md");
    size_t begin = str_find(text, STR("```yaml\n"), 0);
    assert_true(begin != SIZE_MAX);
    begin += 8;
    str example = str_slice(text, begin, str_find(text, STR("\n```"), begin) + 1);

    struct log_source_table *table = create_table();
    struct error err = {0};
    struct event_name built_in = {2000101, STR("Process Execution"), 8110, 4, STR("As before.")};
    assert_int_equal(log_source_table_add_event_name(table, &built_in, NULL), TOCSIN_OK);
    if (log_source_file_load_text(table, example, "log_sources.yaml", &err)) {
        fail_msg("%s:%u:%u: %s", err.source, err.line, err.column, err.message);
    }
    const struct log_source *web = log_source_resolve(table, LOG_SOURCE_TYPE_LINUX_OS, STR("WEB-1.example.com"));
    assert_int_equal(web->id, 2001);
    assert_int_equal(web->credibility, 7);
    assert_int_equal(web->group_count, 2);
    assert_true(str_eq(web->group_list, STR("12,100004")));
    assert_int_equal(log_source_find_host(table, STR("pay-2"))->id, 2002);
    assert_int_equal(log_source_find_host(table, STR("pay-2"))->type_id, 5001);
    /* Renumbered: both ids lead to it, under the new one. */
    assert_int_equal(log_source_type_find_name(table, STR("Kubernetes Audit Log"))->id, 4102);
    assert_int_equal(log_source_resolve(table, LOG_SOURCE_TYPE_KUBERNETES, STR("x"))->type_id, 4102);
    assert_int_equal(log_source_type_find(table, LOG_SOURCE_TYPE_KUBERNETES)->id, 4102);
    assert_true(str_eq(log_source_find(table, 1002)->name, STR("Everything else")));
    assert_int_equal(event_name_find(table, 2100001)->severity, 3);
    assert_true(str_eq(event_name_find(table, 2100001)->description, STR("The bank refused a payment.")));
    const struct event_name *changed = event_name_find(table, 2000101);
    assert_true(str_eq(changed->name, STR("Program started")));
    assert_true(str_eq(changed->description, built_in.description));
    assert_int_equal(changed->category, 8110);
    assert_int_equal(changed->severity, 4);
    log_source_table_free(table);
}

static void the_documented_types_are_the_built_in_ones(void **state)
{
    (void)state;
    str text = read_document(TOCSIN_SOURCE_ROOT "/docs/log-sources.md");
    struct log_source_table *table = create_table();
    const int64_t ids[] = {LOG_SOURCE_TYPE_LINUX_OS, LOG_SOURCE_TYPE_UNIVERSAL, LOG_SOURCE_TYPE_KUBERNETES};
    for (size_t i = 0; i < countof(ids); i++) {
        const struct log_source_type *type = log_source_type_find(table, ids[i]);
        char row[512];
        int bytes = snprintf(row, sizeof(row), "| %d | %.*s |", (int)ids[i], STR_ARG(type->name));
        for (size_t k = 0; k < type->alias_count; k++) {
            bytes +=
                snprintf(row + bytes, sizeof(row) - (size_t)bytes, "%s %.*s", k ? "," : "", STR_ARG(type->aliases[k]));
        }
        bytes += snprintf(row + bytes, sizeof(row) - (size_t)bytes, " | %d |",
                          (int)log_source_resolve(table, ids[i], STR_EMPTY)->id);
        if (!str_contains(text, str_from(row, (size_t)bytes))) {
            fail_msg("docs/log-sources.md lacks: %s", row);
        }
    }
    log_source_table_free(table);
}

static void renaming_a_type_keeps_its_old_names(void **state)
{
    (void)state;
    struct log_source_table *table = create_table();
    assert_int_equal(
        log_source_file_load_text(table, STR("types: [{id: 4001, name: Custom, aliases: [Foo]}]"), "f", NULL),
        TOCSIN_OK);
    assert_int_equal(log_source_type_find_name(table, STR("custom"))->id, 4001);
    assert_int_equal(log_source_type_find_name(table, STR("foo"))->id, 4001);
    assert_int_equal(log_source_type_find_name(table, STR("Universal DSM"))->id, 4001);
    assert_int_equal(log_source_type_find_name(table, STR("UDSM"))->id, 4001);
    log_source_table_free(table);
}

struct bad_file {
    const char *text;
    uint32_t line;
    const char *message;
    const char *hint;
};

static const struct bad_file bad_files[] = {
    {"log_sources:\n - id: 1\n   name: x\n   type: Linux SO\n", 2, "there is no log source type 'Linux SO'",
     "Linux OS"},
    {"log_sources:\n - id: 1\n   name: x\n", 2, "'type' is missing", "allowed here: id, name, type"},
    {"log_sources:\n - {id: 1, name: x, type: 11}\n - {id: 1, name: y, type: 11}\n", 3, "the id 1 stands here twice",
     ""},
    {"log_sources:\n - {id: 0, name: x, type: 11}\n", 2, "the id of a log source is 1 or more", ""},
    {"log_sources:\n - {id: 5, name: x, type: 11, credibility: 11}\n", 2, "the credibility is 0 to 10, not 11", ""},
    {"log_sources:\n - {id: 5, name: x, type: 11, host: a}\n", 2, "unknown key 'host'", "identifiers"},
    {"types:\n - {id: 5001, name: UDSM}\n", 2, "'UDSM' is a name of the log source type 'Universal DSM'", ""},
    {"types:\n - {id: 5001, name: A, aliases: [linux os]}\n", 2, "'linux os' is a name of", ""},
    {"types:\n - {id: 11, name: Universal DSM}\n", 2, "the id 11 belongs to the log source type 'Linux OS'", ""},
    {"types:\n - {id: -1, name: A}\n", 2, "the id of a log source type is 1 or more", ""},
    {"types:\n - {id: 4102, name: Kubernetes Auditing}\n - {id: 4002, name: A}\n", 3, "belonged to another", ""},
    {"event_names:\n - {qid: 7, name: A, severity: 12}\n", 2, "the severity is 0 to 10, not 12", ""},
    {"event_names:\n - {qid: 0, name: A}\n", 2, "a qid is 1 or more", ""},
};

static void mistakes_are_reported_with_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(bad_files); i++) {
        const struct bad_file *bad = &bad_files[i];
        struct log_source_table *table = create_table();
        struct error err = {0};
        tocsin_status status = log_source_file_load_text(table, str_from_cstring(bad->text), "f.yaml", &err);
        if (status != TOCSIN_ERROR_CONFIG || err.line != bad->line || !strstr(err.message, bad->message) ||
            !strstr(err.hint, bad->hint)) {
            fail_msg("case %zu: %d %s:%u:%u: %s (%s)", i, (int)status, err.source, err.line, err.column, err.message,
                     err.hint);
        }
        log_source_table_free(table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documented_example_works),
        cmocka_unit_test(the_documented_types_are_the_built_in_ones),
        cmocka_unit_test(renaming_a_type_keeps_its_old_names),
        cmocka_unit_test(mistakes_are_reported_with_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
