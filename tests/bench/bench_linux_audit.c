/* bench_linux_audit.c - CPU time of the linux_audit format over a log that is in memory.
 * Usage: bench_linux_audit FILE [MEBIBYTES] [REPEATS] [hunt|all]
 */
#include <time.h>

#include "audit_harness.h"

static const char *const hunt_fields[] = {"starttime", "sourceip",    "username", "Process Name",
                                          "Command",   "logsourceid", "hostname"};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct tally {
    uint64_t rows;
    uint64_t command_bytes;
    uint64_t lines;
};

static void count_batch(void *context, struct batch *batch)
{
    struct tally *tally = context;
    field_id command = schema_find(batch->schema, STR("Command"));
    struct column *column = command == FIELD_NONE ? NULL : batch_column(batch, command);
    for (uint32_t row = 0; row < batch->row_count; row++) {
        tally->rows++;
        tally->command_bytes += column && column_is_valid(column, row) ? column_string(column, row).len : 0;
        for (uint32_t i = 0; i < batch->rows[row].evidence_count; i++) {
            tally->lines += batch->evidence[batch->rows[row].evidence_first + i].line_count;
        }
    }
}

/* Lines as the reader hands them over: many at once, and those that are not taken so, alone. */
static void parse_piece(struct audit_harness *harness, str piece, uint64_t *number)
{
    struct error err = {0};
    for (size_t at = 0; at < piece.len;) {
        struct log_block block = {.text = str_skip(piece, at), .line = *number + 1};
        size_t bytes = 0;
        uint64_t lines = 0;
        audit_harness_check(
            format_linux_audit.parse_lines(harness->format, &block, harness->writer, &bytes, &lines, &err), &err);
        at += bytes;
        *number += lines;
        audit_harness_drain(harness, false);
        if (bytes == 0) {
            size_t newline = str_find_char(piece, '\n', at);
            size_t end = newline == SIZE_MAX ? piece.len : newline;
            audit_harness_line(harness, str_slice(piece, at, end), 0, ++*number);
            at = end + 1;
        }
    }
}

/* Chunks are fed in place: what is measured is the format and its rows, not reading. */
static double run(str text, const char *const *fields, size_t field_count, struct tally *tally)
{
    struct audit_harness harness = {.on_batch = count_batch, .batch_context = tally};
    struct error err = {0};
    audit_harness_open(&harness, fields, field_count);
    double start = cpu_seconds();
    uint64_t number = 0;
    for (size_t from = 0; from < text.len;) {
        size_t end = from + audit_harness_piece(text, from, LIMIT_CHUNK_BYTES);
        parse_piece(&harness, str_slice(text, from, end), &number);
        from = end;
        audit_harness_drain(&harness, true);
        audit_harness_check(format_linux_audit.release_chunk(harness.format, &err), &err);
    }
    audit_harness_check(format_linux_audit.finish(harness.format, harness.writer, &err), &err);
    audit_harness_drain(&harness, true);
    double seconds = cpu_seconds() - start;
    audit_harness_close(&harness);
    return seconds;
}

static void measure(const char *name, str text, const char *const *fields, size_t field_count, int repeats)
{
    for (int i = 0; i < repeats; i++) {
        struct tally tally = {0};
        double seconds = run(text, fields, field_count, &tally);
        printf("%-6s cpu=%.3f s  %.2f GB/s  %.2f M events/s  (%llu events, %llu lines, %llu command bytes)\n", name,
               seconds, (double)text.len / seconds / 1e9, (double)tally.rows / seconds / 1e6,
               (unsigned long long)tally.rows, (unsigned long long)tally.lines,
               (unsigned long long)tally.command_bytes);
    }
}

int main(int argc, char **argv)
{
    str text = argc > 1 ? audit_harness_load(argv[1]) : (str){NULL, 0};
    if (!text.data) {
        fprintf(stderr, "usage: %s FILE [MEBIBYTES] [REPEATS]\n", argv[0]);
        return 2;
    }
    size_t bytes_max = argc > 2 ? strtoul(argv[2], NULL, 10) * MEBI : text.len;
    str part = str_slice(text, 0, bytes_max);
    int repeats = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3;
    const char *only = argc > 4 ? argv[4] : "";
    if (strcmp(only, "all") != 0) {
        measure("hunt", part, hunt_fields, countof(hunt_fields), repeats);
    }
    if (strcmp(only, "hunt") != 0) {
        measure("all", part, NULL, 0, repeats);
    }
    free((char *)(uintptr_t)text.data);
    return 0;
}
