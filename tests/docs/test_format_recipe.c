/* The format that CONTRIBUTING.md shows reads the log that it is for, bare and behind a syslog header, found by content
 * among the other formats. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/log_reader.h"
#include "format_recipe.h" /* cut out of the document */

enum { FORMATS_MAX = 16 };

static const char proxy_log[] =
    "bob 10.1.1.1 GET http://x/y 2026-11-23T03:10:00Z\n"
    "<13>Nov 23 03:10:54 web-1 proxy[3]: bob 10.1.1.1 GET http://x/y 2026-11-23T03:10:00Z\n";

static void recipe_reads_its_log(void **state)
{
    (void)state;
    struct schema *schema;
    struct log_source_table *sources;
    field_id url;
    assert_int_equal(schema_create(&schema, NULL), TOCSIN_OK);
    assert_int_equal(log_source_table_create(&sources, NULL), TOCSIN_OK);
    assert_int_equal(schema_add_property(schema, STR("URL"), TYPE_STRING, STR_EMPTY, &url, NULL), TOCSIN_OK);
    struct field_set wanted = {0};
    for (size_t field = 0; field < schema_field_count(schema); field++) {
        field_set_add(&wanted, (field_id)field);
    }
    size_t count;
    const struct format_def *formats[FORMATS_MAX] = {&format_proxy};
    const struct format_def *const *others = format_list(&count);
    assert_true(count < FORMATS_MAX);
    memcpy(formats + 1, others, count * sizeof(*formats));

    int fd = memfd_create("log", MFD_CLOEXEC);
    assert_int_equal(write(fd, proxy_log, sizeof(proxy_log) - 1), sizeof(proxy_log) - 1);
    char path[64];
    int path_bytes = snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct input_file file = {.path = {path, (size_t)path_bytes}, .kind = INPUT_FILE};
    struct input_list list = {.files = &file, .count = 1};
    struct format_context context = {.schema = schema, .log_sources = sources, .wanted = &wanted};
    struct log_reader *reader;
    assert_int_equal(log_reader_create(&(struct log_reader_options){.context = &context, .inputs = &list,
                                           .formats = formats, .format_count = count + 1}, &reader, NULL), TOCSIN_OK);
    struct batch *batch;
    uint32_t rows = 0;
    while (log_reader_next(reader, &batch, NULL) == TOCSIN_OK) {
        for (uint32_t row = 0; row < batch->row_count; row++, rows++) {
            assert_true(str_eq(column_string(batch_column(batch, FIELD_USERNAME), row), STR("bob")));
            assert_true(str_eq(column_string(batch_column(batch, url), row), STR("http://x/y")));
        }
    }
    assert_int_equal(rows, 2);
    log_reader_free(reader);
    (void)close(fd);
    log_source_table_free(sources);
    schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(recipe_reads_its_log)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
