/* The configuration folder as a whole: which files are read, and what is said when one cannot be. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "lookup/domains.h"
#include "lookup/lookup.h"

#define FOLDER_TEMPLATE "/tmp/tocsin-lookup-XXXXXX"
static char folder[sizeof(FOLDER_TEMPLATE)];

static void place(const char *name, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void take_away(const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    (void)unlink(path);
}

static int set_up(void **state)
{
    memcpy(folder, FOLDER_TEMPLATE, sizeof(folder));
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    take_away("domains.yaml");
    return rmdir(folder);
}

static tocsin_status load(struct lookup_tables **ret_tables, struct error *err)
{
    assert_int_equal(lookup_tables_create(ret_tables, NULL), TOCSIN_OK);
    return lookup_tables_load(*ret_tables, folder, err);
}

static void an_empty_folder_leaves_the_defaults(void **state)
{
    struct lookup_tables *tables;
    assert_int_equal(load(&tables, NULL), TOCSIN_OK);
    for (enum lookup_id id = LOOKUP_NONE; id < LOOKUP_COUNT; id++) {
        assert_false(tables->is_loaded[id]);
        assert_non_null(lookup_file_name(id));
    }
    assert_true(str_eq(domains_name(tables->domains, 0), STR("Default Domain")));
    lookup_tables_free(tables);
    lookup_tables_free(NULL);
}

static void a_file_that_is_there_is_read(void **state)
{
    struct lookup_tables *tables;
    place("domains.yaml", "domains:\n  - {id: 7, name: Plant}\n");
    place("unknown.txt", "whatever");
    assert_int_equal(load(&tables, NULL), TOCSIN_OK);
    assert_true(tables->is_loaded[LOOKUP_DOMAINS]);
    assert_true(str_eq(domains_name(tables->domains, 7), STR("Plant")));
    assert_int_equal(domains_name(tables->domains, 8).len, 0);
    int64_t id;
    assert_true(domains_find(tables->domains, STR("PLANT"), &id));
    assert_int_equal(id, 7);
    assert_true(domains_find(tables->domains, STR("default domain"), &id));
    assert_int_equal(id, 0);
    assert_false(domains_find(tables->domains, STR("Office"), &id));
    lookup_tables_free(tables);
    take_away("unknown.txt");
}

static void mistakes_name_the_file_and_the_place(void **state)
{
    struct lookup_tables *tables;
    struct error err = {0};
    place("domains.yaml", "domains:\n  - id: x\n    name: Plant\n");
    assert_int_equal(load(&tables, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.source, "/domains.yaml"));
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 5);
    lookup_tables_free(tables);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
    struct lookup_tables *tables;
    struct error err = {0};
    assert_int_equal(lookup_tables_create(&tables, NULL), TOCSIN_OK);
    assert_int_equal(lookup_tables_load(tables, "/nonexistent/folder", &err), TOCSIN_ERROR_CONFIG);
    assert_string_equal(err.message,
                        "cannot open the configuration folder '/nonexistent/folder': No such file or directory");
    lookup_tables_free(tables);
}

static void a_file_that_is_too_large_is_an_error(void **state)
{
    char *text = memory_allocate(LIMIT_CONFIG_BYTES + 2);
    assert_non_null(text);
    memset(text, '#', LIMIT_CONFIG_BYTES + 1);
    text[LIMIT_CONFIG_BYTES + 1] = '\0';
    place("domains.yaml", text);
    struct lookup_tables *tables;
    struct error err = {0};
    assert_int_equal(load(&tables, &err), TOCSIN_ERROR_CONFIG);
    assert_non_null(strstr(err.message, "larger than 4 MiB"));
    lookup_tables_free(tables);
    memory_free(text);
}

static void a_file_that_is_a_folder_is_an_error(void **state)
{
    char path[PATH_MAX];
    take_away("domains.yaml");
    snprintf(path, sizeof(path), "%s/domains.yaml", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    struct lookup_tables *tables;
    struct error err = {0};
    assert_int_equal(load(&tables, &err), TOCSIN_ERROR_CONFIG);
    lookup_tables_free(tables);
    assert_int_equal(rmdir(path), 0);
}

static void lack_of_memory_is_told(void **state)
{
    place("domains.yaml", "domains:\n  - {id: 7, name: Plant}\n  - {id: 8, name: Office}\n");
    tocsin_status status = TOCSIN_ERROR_MEMORY;
    for (uint64_t n = 1; status != TOCSIN_OK; n++) {
        struct lookup_tables *tables = NULL;
        memory_fail_at(n, 0);
        status = lookup_tables_create(&tables, NULL);
        status = status == TOCSIN_OK ? lookup_tables_load(tables, folder, NULL) : status;
        memory_fail_at(0, 0);
        assert_true(status == TOCSIN_OK || status == TOCSIN_ERROR_MEMORY);
        assert_true(status == TOCSIN_OK || n < 10000);
        lookup_tables_free(tables);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_folder_leaves_the_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_there_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mistakes_name_the_file_and_the_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_too_large_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_a_folder_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lack_of_memory_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
