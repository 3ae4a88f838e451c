/* bench_ingest.c - CPU time from a log to segments of an event store, on one thread.
 * Usage: bench_ingest LOG [FOLDER] [REPEATS] [read|lean|whole]
 *
 * read: the log is read, nothing is stored; lean: all fields, without payload and raw lines; whole: with them.
 * The store is made in FOLDER (/tmp), and deleted. Reading and writing are timed apart. Rows are counted: all three
 * give the same number, or the program fails.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine_internal.h"
#include "format/log_reader.h"
#include "store/event_store.h"

enum mode { MODE_READ, MODE_LEAN, MODE_WHOLE, MODE_COUNT };
static const char *const mode_names[MODE_COUNT] = {"read", "lean", "whole"};

struct figures {
    double reading;
    double writing;
    uint64_t rows;
    uint64_t bytes;
};

static void stop(const struct error *err)
{
    fprintf(stderr, "bench_ingest: %s\n", err->message);
    exit(1);
}

static void check(tocsin_status status, const struct error *err)
{
    if (status != TOCSIN_OK) {
        stop(err);
    }
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- the store's folder ---- */

static uint64_t delete_store(const char *folder)
{
    uint64_t bytes = 0;
    DIR *open_folder = opendir(folder);
    for (struct dirent *entry; open_folder && (entry = readdir(open_folder));) {
        char path[STORE_PATH_BYTES];
        struct stat info;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
            bytes += strcmp(entry->d_name, "LOCK") == 0 ? 0 : (uint64_t)info.st_size;
            (void)unlink(path);
        }
    }
    if (open_folder) {
        (void)closedir(open_folder);
    }
    (void)rmdir(folder);
    return bytes;
}

/* ---- one run ---- */

static void wanted_fields(const struct schema *schema, bool has_payload, struct field_set *ret_wanted)
{
    for (size_t i = 0; i < schema_field_count(schema); i++) {
        bool is_wanted = schema_field(schema, (field_id)i)->kind != FIELD_EXPRESSION;
        if (is_wanted && (has_payload || i != FIELD_PAYLOAD)) {
            field_set_add(ret_wanted, (field_id)i);
        }
    }
}

static struct figures run(tocsin_engine *engine, const char *log_path, const char *folder, enum mode mode)
{
    struct error err = {0};
    struct figures figures = {0};
    struct input_list inputs = {0};
    struct field_set wanted = {0};
    struct log_reader *reader = NULL;
    struct store_writer *writer = NULL;
    struct store_problems problems;
    store_problems_init(&problems);
    check(input_list_expand(&inputs, &log_path, 1, &err), &err);
    wanted_fields(engine->schema, mode != MODE_LEAN, &wanted);
    struct format_context context = {.schema = engine->schema,
                                     .wanted = &wanted,
                                     .log_sources = engine->log_sources,
                                     .properties = engine->properties,
                                     .zone = engine->zone};
    struct log_reader_options reader_options = {
        .context = &context, .inputs = &inputs, .wall_clock_ms = clock_wall_ms()};
    check(log_reader_create(&reader_options, &reader, &err), &err);
    struct store_writer_options options = {.folder = folder,
                                           .schema = engine->schema,
                                           .codec = CHUNK_LZ4,
                                           .leaves_out_payload = mode == MODE_LEAN,
                                           .hash_seed = UINT64_C(0x5851f42d4c957f2d)};
    if (mode != MODE_READ) {
        check(store_writer_open(&options, &writer, &problems, &err), &err);
    }
    str names[1] = {inputs.files[0].path};
    double then = cpu_seconds();
    for (struct batch *batch; log_reader_next(reader, &batch, &err) == TOCSIN_OK;) {
        double now = cpu_seconds();
        figures.reading += now - then;
        figures.rows += batch->row_count;
        if (writer) {
            check(store_writer_push(writer, batch, names, countof(names), &err), &err);
        }
        then = cpu_seconds();
        figures.writing += then - now;
    }
    figures.reading += cpu_seconds() - then;
    if (writer) {
        then = cpu_seconds();
        check(store_writer_seal(writer, &err), &err);
        figures.writing += cpu_seconds() - then;
        if (store_writer_acknowledged(writer) != figures.rows) {
            fprintf(stderr, "bench_ingest: rows are missing in the store\n");
            exit(1);
        }
        store_writer_free(writer);
        figures.bytes = delete_store(folder);
    }
    log_reader_free(reader);
    input_list_release(&inputs);
    store_problems_release(&problems);
    return figures;
}

static void print(enum mode mode, const struct figures *figures)
{
    double seconds = figures->reading + figures->writing;
    double rows = (double)figures->rows;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%-6s %7.3f s CPU (reading %.3f, writing %.3f)  %.3f M events/s  writing alone %.3f M events/s  "
           "%.1f bytes an event  (%llu events, peak %ld MiB)\n",
           mode_names[mode], seconds, figures->reading, figures->writing, rows / seconds / 1e6,
           mode == MODE_READ ? 0 : rows / figures->writing / 1e6, (double)figures->bytes / rows,
           (unsigned long long)figures->rows, usage.ru_maxrss / 1024);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s LOG [FOLDER] [REPEATS] [read|lean|whole]\n", argv[0]);
        return 2;
    }
    char folder[STORE_PATH_BYTES / 2];
    snprintf(folder, sizeof(folder), "%s/tocsin-bench-XXXXXX", argc > 2 ? argv[2] : "/tmp");
    int repeats = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3;
    const char *only = argc > 4 ? argv[4] : "";
    tocsin_engine *engine;
    const struct tocsin_engine_options options = {.time_zone = "UTC"};
    struct tocsin_error err;
    if (tocsin_engine_create(&options, &engine, &err) != TOCSIN_OK || !mkdtemp(folder)) {
        fprintf(stderr, "bench_ingest: no engine, or no folder\n");
        return 1;
    }
    uint64_t rows = 0;
    for (int i = 0; i < repeats; i++) {
        for (enum mode mode = MODE_READ; mode < MODE_COUNT; mode++) {
            if (only[0] && strcmp(only, mode_names[mode]) != 0) {
                continue;
            }
            struct figures figures = run(engine, argv[1], folder, mode);
            if (rows != 0 && rows != figures.rows) {
                fprintf(stderr, "bench_ingest: the runs disagree about the number of rows\n");
                return 1;
            }
            rows = figures.rows;
            print(mode, &figures);
        }
    }
    (void)rmdir(folder);
    tocsin_engine_free(engine);
    return 0;
}
