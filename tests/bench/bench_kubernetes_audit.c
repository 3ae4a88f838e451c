/* bench_kubernetes_audit.c - CPU time of the kubernetes_audit format over a log that is in memory, all fields, as a
 * reader of lines hands it over.
 * Usage: bench_kubernetes_audit FILE [MEBIBYTES] [REPEATS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/memory.h"
#include "format/row_writer_internal.h"

extern const struct format_def format_kubernetes_audit;

struct bench {
    struct schema *schema;
    struct log_source_table *sources;
    struct field_set wanted;
    struct format_context context;
    struct row_writer *writer;
    void *state;
    uint64_t rows;
    uint64_t value_bytes;
};

static void check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "bench_kubernetes_audit: %s\n", what);
        exit(1);
    }
}

static void set_up(struct bench *bench)
{
    const struct format_def *def = &format_kubernetes_audit;
    check(!schema_create(&bench->schema, NULL) && !log_source_table_create(&bench->sources, NULL), "no memory");
    for (size_t i = 0; i < def->field_count; i++) {
        str name = str_from_cstring(def->fields[i].name);
        field_id field;
        if (schema_find(bench->schema, name) == FIELD_NONE) {
            check(!schema_add_property(bench->schema, name, def->fields[i].type, STR("x"), &field, NULL), "no memory");
        }
    }
    for (size_t i = 0; i < schema_field_count(bench->schema); i++) {
        field_set_add(&bench->wanted, (field_id)i);
    }
    bench->context =
        (struct format_context){.schema = bench->schema, .wanted = &bench->wanted, .log_sources = bench->sources};
    check(!row_writer_create(&bench->context, INT64_C(1800000000000), &bench->writer, NULL), "no memory");
    check(!def->open(&bench->context, &bench->state, NULL), "no memory");
}

static void drain(struct bench *bench, bool takes_partial)
{
    struct batch *batch;
    while (row_writer_take(bench->writer, takes_partial, &batch, NULL) == TOCSIN_OK && batch) {
        field_id user = FIELD_USERNAME;
        struct column *column = batch_column(batch, user);
        for (uint32_t row = 0; row < batch->row_count; row++) {
            bench->value_bytes += column_is_valid(column, row) ? column_string(column, row).len : 0;
        }
        bench->rows += batch->row_count;
        row_writer_recycle(bench->writer);
    }
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void parse(struct bench *bench, str text)
{
    uint64_t number = 1;
    for (size_t at = 0; at < text.len;) {
        size_t bytes = 0;
        uint64_t lines = 0;
        size_t limit = text.len - at < LIMIT_CHUNK_BYTES ? text.len - at : LIMIT_CHUNK_BYTES;
        const char *last = memrchr(text.data + at, '\n', limit);
        check(last != NULL, "a line of over a mebibyte");
        struct log_block block = {.text = str_from(text.data + at, (size_t)(last - text.data) + 1 - at),
                                  .line = number};
        check(!format_kubernetes_audit.parse_lines(bench->state, &block, bench->writer, &bytes, &lines, NULL),
              "failed");
        if (bytes == 0) {
            const char *newline = memchr(text.data + at, '\n', text.len - at);
            bytes = (size_t)(newline - text.data) + 1 - at;
            lines = 1;
            str raw = str_from(text.data + at, bytes - 1);
            struct log_line line = {
                .text = raw, .raw = raw, .line = number, .line_count = 1, .frame = {.priority = -1}};
            check(!format_kubernetes_audit.parse_line(bench->state, &line, bench->writer, NULL), "failed");
        }
        at += bytes;
        number += lines;
        drain(bench, false);
    }
    drain(bench, true);
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    size_t bytes_max = (argc > 2 ? strtoul(argv[2], NULL, 10) : 512) * MEBI;
    int repeats = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3;
    check(file != NULL, "usage: bench_kubernetes_audit FILE [MEBIBYTES] [REPEATS]");
    char *bytes = malloc(bytes_max);
    check(bytes != NULL, "no memory");
    size_t got = fread(bytes, 1, bytes_max, file);
    const char *last = memrchr(bytes, '\n', got);
    check(last != NULL, "no lines");
    str text = str_from(bytes, (size_t)(last - bytes) + 1);
    struct bench bench = {0};
    set_up(&bench);
    for (int i = 0; i < repeats; i++) {
        bench.rows = bench.value_bytes = 0;
        double start = cpu_seconds();
        parse(&bench, text);
        double seconds = cpu_seconds() - start;
        printf("%.3f s  %.2f GB/s  %.2f M events/s  (%llu events, %llu bytes of names)\n", seconds,
               (double)text.len / seconds / 1e9, (double)bench.rows / seconds / 1e6, (unsigned long long)bench.rows,
               (unsigned long long)bench.value_bytes);
    }
    format_kubernetes_audit.close(bench.state);
    row_writer_free(bench.writer);
    log_source_table_free(bench.sources);
    schema_free(bench.schema);
    (void)fclose(file);
    free(bytes);
    return 0;
}
