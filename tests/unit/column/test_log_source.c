#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/memory.h"
#include "column/log_source.h"

static struct log_source_table *create_table(void)
{
    struct log_source_table *table = NULL;
    assert_int_equal(log_source_table_create(&table, NULL), TOCSIN_OK);
    return table;
}

static void types_are_found_by_name_and_alias(void **state)
{
    (void)state;
    struct log_source_table *table = create_table();
    assert_int_equal(log_source_type_find_name(table, STR("Linux OS"))->id, 11);
    assert_int_equal(log_source_type_find_name(table, STR("linux os"))->id, 11);
    assert_int_equal(log_source_type_find_name(table, STR("Linux"))->id, 11);
    assert_int_equal(log_source_type_find_name(table, STR("Universal DSM"))->id, 4001);
    assert_int_equal(log_source_type_find_name(table, STR("UDSM"))->id, 4001);
    assert_int_equal(log_source_type_find_name(table, STR("Kubernetes Auditing"))->id, 4002);
    assert_int_equal(log_source_type_find_name(table, STR("Kubernetes Audit Log"))->id, 4002);
    assert_null(log_source_type_find_name(table, STR("Windows 3.11")));
    assert_null(log_source_type_find_name(table, STR_EMPTY));
    assert_true(str_eq(log_source_type_find(table, 4002)->name, STR("Kubernetes Auditing")));
    assert_null(log_source_type_find(table, 1));
    log_source_table_free(table);
}

static void every_builtin_type_of_a_format_has_a_source(void **state)
{
    (void)state;
    struct log_source_table *table = create_table();
    assert_int_equal(log_source_count(table), 4);
    const int64_t types[] = {LOG_SOURCE_TYPE_LINUX_OS, LOG_SOURCE_TYPE_UNIVERSAL, LOG_SOURCE_TYPE_KUBERNETES,
                             LOG_SOURCE_TYPE_DOCKER};
    for (size_t i = 0; i < countof(types); i++) {
        const struct log_source *source = log_source_resolve(table, types[i], STR("any.host"));
        assert_non_null(source);
        assert_int_equal(source->type_id, types[i]);
        assert_ptr_equal(source, log_source_find(table, source->id));
        assert_ptr_equal(source, log_source_resolve(table, types[i], STR_EMPTY));
        assert_int_equal(source->group_count, 1);
    }
    assert_null(log_source_resolve(table, 12, STR("any.host")));
    log_source_table_free(table);
}

static void a_listed_host_picks_its_source(void **state)
{
    (void)state;
    struct log_source_table *table = create_table();
    str hosts[] = {STR("Web-1.example.com"), STR("10.0.0.7")};
    struct log_source web = {.id = 2001,
                             .name = STR("web"),
                             .type_id = LOG_SOURCE_TYPE_LINUX_OS,
                             .identifiers = hosts,
                             .identifier_count = 2,
                             .credibility = 7};
    assert_int_equal(log_source_table_add(table, &web, NULL), TOCSIN_OK);
    web.id = 2002; /* lists the same hosts: the first keeps them */
    assert_int_equal(log_source_table_add(table, &web, NULL), TOCSIN_OK);
    assert_int_equal(log_source_resolve(table, LOG_SOURCE_TYPE_LINUX_OS, STR("web-1.EXAMPLE.com"))->id, 2001);
    assert_int_equal(log_source_resolve(table, LOG_SOURCE_TYPE_LINUX_OS, STR("10.0.0.7"))->id, 2001);
    assert_int_equal(log_source_resolve(table, LOG_SOURCE_TYPE_LINUX_OS, STR("10.0.0.8"))->id, 1001);
    assert_int_equal(log_source_resolve(table, LOG_SOURCE_TYPE_UNIVERSAL, STR("10.0.0.7"))->id, 1002);
    assert_int_equal(log_source_find_host(table, STR("WEB-1.example.com"))->id, 2001);
    assert_null(log_source_find_host(table, STR("web-2.example.com")));
    assert_null(log_source_find_host(table, STR_EMPTY));
    log_source_table_free(table);
}

static void replacing_a_source_moves_its_hosts(void **state)
{
    (void)state;
    struct log_source_table *table = create_table();
    str first[] = {STR("a")};
    str second[] = {STR("b")};
    struct log_source source = {
        .id = 2001, .name = STR("x"), .type_id = LOG_SOURCE_TYPE_LINUX_OS, .identifiers = first, .identifier_count = 1};
    assert_int_equal(log_source_table_add(table, &source, NULL), TOCSIN_OK);
    assert_int_equal(log_source_resolve(table, LOG_SOURCE_TYPE_LINUX_OS, STR("a"))->id, 2001);
    source.identifiers = second;
    assert_int_equal(log_source_table_add(table, &source, NULL), TOCSIN_OK);
    assert_int_equal(log_source_resolve(table, LOG_SOURCE_TYPE_LINUX_OS, STR("a"))->id, 1001);
    assert_int_equal(log_source_resolve(table, LOG_SOURCE_TYPE_LINUX_OS, STR("b"))->id, 2001);
    /* The built-in source of the type narrowed to one host: others still resolve. */
    source.id = 1001;
    assert_int_equal(log_source_table_add(table, &source, NULL), TOCSIN_OK);
    assert_non_null(log_source_resolve(table, LOG_SOURCE_TYPE_LINUX_OS, STR("c")));
    assert_int_equal(log_source_count(table), 5);
    log_source_table_free(table);
}

static void hosts_out_of_bounds_are_refused_or_ignored(void **state)
{
    (void)state;
    struct log_source_table *table = create_table();
    char longest[256];
    memset(longest, 'h', sizeof(longest));
    str too_long = str_from(longest, 256);
    struct log_source source = {.id = 2001,
                                .name = STR("x"),
                                .type_id = LOG_SOURCE_TYPE_LINUX_OS,
                                .identifiers = &too_long,
                                .identifier_count = 1};
    struct error err = {0};
    assert_int_equal(log_source_table_add(table, &source, &err), TOCSIN_ERROR_CONFIG);
    too_long.len = 255;
    assert_int_equal(log_source_table_add(table, &source, &err), TOCSIN_OK);
    assert_int_equal(log_source_resolve(table, LOG_SOURCE_TYPE_LINUX_OS, str_from(longest, 255))->id, 2001);
    assert_int_equal(log_source_resolve(table, LOG_SOURCE_TYPE_LINUX_OS, str_from(longest, 256))->id, 1001);
    log_source_table_free(table);
}

static void groups_get_ids_and_keep_them(void **state)
{
    (void)state;
    struct log_source_table *table = create_table();
    assert_int_equal(log_source_group_count(table), 4);
    assert_int_equal(log_source_group_find_name(table, STR("LINUX"))->id, LOG_SOURCE_GROUP_ID_FIRST);
    assert_true(str_eq(log_source_find(table, 1003)->group_list, STR("100003")));
    assert_true(str_eq(log_source_find(table, 1004)->group_list, STR("100000")));
    str groups[] = {STR("Web"), STR("linux"), STR("DMZ")};
    struct log_source source = {
        .id = 2001, .name = STR("x"), .type_id = LOG_SOURCE_TYPE_LINUX_OS, .groups = groups, .group_count = 3};
    const struct log_source_group web = {7, STR("Web")};
    assert_int_equal(log_source_table_add_group(table, &web, NULL), TOCSIN_OK);
    assert_int_equal(log_source_table_add(table, &source, NULL), TOCSIN_OK);
    assert_true(str_eq(log_source_find(table, 2001)->group_list, STR("7,100001,100004")));
    /* Another id for a group that is in use. */
    const struct log_source_group linux_group = {8, STR("Linux")};
    assert_int_equal(log_source_table_add_group(table, &linux_group, NULL), TOCSIN_OK);
    assert_true(str_eq(log_source_find(table, 2001)->group_list, STR("7,8,100004")));
    assert_true(str_eq(log_source_find(table, 1001)->group_list, STR("8")));
    assert_null(log_source_group_find(table, 100001));
    assert_true(str_eq(log_source_group_find(table, 8)->name, STR("Linux")));
    assert_int_equal(log_source_group_count(table), 6);
    assert_int_equal(log_source_group_at(table, 4)->id, 7);
    struct error err = {0};
    const struct log_source_group taken = {8, STR("Other")};
    assert_int_equal(log_source_table_add_group(table, &taken, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "belongs to the group 'Linux'"));
    const struct log_source_group wrong = {0, STR("Other")};
    assert_int_equal(log_source_table_add_group(table, &wrong, &err), TOCSIN_ERROR_CONFIG);
    log_source_table_free(table);
}

static void many_sources_and_event_names(void **state)
{
    (void)state;
    struct log_source_table *table = create_table();
    for (int64_t i = 0; i < 5000; i++) {
        char name[32];
        str host = str_from(name, (size_t)snprintf(name, sizeof(name), "host-%d", (int)i));
        struct log_source source = {
            .id = 10000 + i, .name = host, .type_id = 11, .identifiers = &host, .identifier_count = 1};
        assert_int_equal(log_source_table_add(table, &source, NULL), TOCSIN_OK);
        struct event_name event = {.qid = i, .name = host, .category = i % 7, .severity = 3};
        assert_int_equal(log_source_table_add_event_name(table, &event, NULL), TOCSIN_OK);
    }
    for (int64_t i = 0; i < 5000; i++) {
        char name[32];
        str host = str_from(name, (size_t)snprintf(name, sizeof(name), "HOST-%d", (int)i));
        assert_int_equal(log_source_resolve(table, 11, host)->id, 10000 + i);
        assert_true(str_eq_ignore_case(event_name_find(table, i)->name, host));
    }
    assert_null(event_name_find(table, 5000));
    assert_null(log_source_find(table, 9999));
    struct event_name renamed = {.qid = 17, .name = STR("other"), .category = 1, .severity = 9};
    assert_int_equal(log_source_table_add_event_name(table, &renamed, NULL), TOCSIN_OK);
    assert_int_equal(event_name_find(table, 17)->severity, 9);
    log_source_table_free(table);
}

static void out_of_memory_leaves_no_leak(void **state)
{
    (void)state;
    str host = STR("h");
    struct log_source source = {.id = 1, .name = host, .type_id = 11, .identifiers = &host, .identifier_count = 1};
    bool succeeded = false;
    for (uint64_t n = 1; !succeeded && n < 1000; n++) {
        memory_fail_at(n, 0);
        struct log_source_table *table = NULL;
        struct error err = {0};
        tocsin_status status = log_source_table_create(&table, &err);
        if (status == TOCSIN_OK) {
            status = log_source_table_add(table, &source, &err);
        }
        memory_fail_at(0, 0);
        log_source_table_free(table);
        succeeded = status == TOCSIN_OK;
        assert_true(succeeded || err.status == TOCSIN_ERROR_MEMORY);
    }
    assert_true(succeeded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_found_by_name_and_alias),
        cmocka_unit_test(every_builtin_type_of_a_format_has_a_source),
        cmocka_unit_test(a_listed_host_picks_its_source),
        cmocka_unit_test(replacing_a_source_moves_its_hosts),
        cmocka_unit_test(hosts_out_of_bounds_are_refused_or_ignored),
        cmocka_unit_test(groups_get_ids_and_keep_them),
        cmocka_unit_test(many_sources_and_event_names),
        cmocka_unit_test(out_of_memory_leaves_no_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
