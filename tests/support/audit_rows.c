/* audit_rows.c - prints the rows that the linux_audit format makes of a log, one JSON object a line, for the oracle and
 * for looking. Usage: audit_rows [-c CHUNK_BYTES] FILE [FIELD...]
 */
#include "audit_harness.h"

#include "base/strbuf.h"

static void print_bytes(str text)
{
    putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '"' || c == '\\') {
            printf("\\%c", c);
        } else if (c < 0x20 || c >= 0x7F) {
            printf("\\u%04x", c); /* bytes as Latin-1: exact for any input */
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

static void print_value(const struct column *column, uint32_t row)
{
    switch (column->type) {
    case TYPE_BOOL:
        fputs(column_bool(column, row) ? "true" : "false", stdout);
        break;
    case TYPE_INT64:
        printf("%lld", (long long)column_integer(column, row));
        break;
    case TYPE_IP: {
        char text[IP_TEXT_BYTES];
        print_bytes(str_from(text, ip_format(column_ip(column, row), text)));
        break;
    }
    case TYPE_STRING:
    case TYPE_BYTES:
        print_bytes(column_string(column, row));
        break;
    default:
        fputs("null", stdout);
    }
}

static void print_batch(void *context, struct batch *batch)
{
    (void)context;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        const char *separator = "{";
        for (uint32_t i = 0; i < batch->column_count; i++) {
            if (!column_is_valid(&batch->columns[i], row)) {
                continue;
            }
            fputs(separator, stdout);
            print_bytes(schema_field(batch->schema, batch->fields[i])->name);
            putchar(':');
            print_value(&batch->columns[i], row);
            separator = ",";
        }
        printf("%s\"@lines\":[", separator);
        for (uint32_t i = 0; i < batch->rows[row].evidence_count; i++) {
            const struct evidence *evidence = &batch->evidence[batch->rows[row].evidence_first + i];
            for (uint32_t line = 0; line < evidence->line_count; line++) {
                printf("%s%llu", i + line > 0 ? "," : "", (unsigned long long)(evidence->line + line));
            }
        }
        puts("]}");
    }
}

int main(int argc, char **argv)
{
    size_t chunk_bytes = LIMIT_CHUNK_BYTES;
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "-c") == 0) {
        chunk_bytes = strtoul(argv[2], NULL, 10);
        first = 3;
    }
    if (first >= argc) {
        fprintf(stderr, "usage: %s [-c CHUNK_BYTES] FILE [FIELD...]\n", argv[0]);
        return 2;
    }
    str text = audit_harness_load(argv[first]);
    if (!text.data) {
        perror(argv[first]);
        return 1;
    }
    struct audit_harness harness = {.on_batch = print_batch};
    bool has_fields = first + 1 < argc;
    audit_harness_open(&harness, has_fields ? (const char *const *)argv + first + 1 : NULL,
                       has_fields ? (size_t)(argc - first - 1) : 0);
    audit_harness_feed(&harness, text, chunk_bytes, 0);
    struct row_statistics statistics = row_writer_statistics(harness.writer);
    fprintf(stderr, "lines=%llu foreign=%llu events=%llu unparsed=%llu truncated=%llu\n",
            (unsigned long long)harness.lines, (unsigned long long)harness.foreign_lines,
            (unsigned long long)statistics.events, (unsigned long long)statistics.unparsed,
            (unsigned long long)statistics.truncated);
    for (size_t i = 0; i < statistics.dropped_count; i++) {
        fprintf(stderr, "dropped: %llu %s\n", (unsigned long long)statistics.dropped[i].count,
                statistics.dropped[i].reason);
    }
    audit_harness_close(&harness);
    free((char *)(uintptr_t)text.data);
    return 0;
}
