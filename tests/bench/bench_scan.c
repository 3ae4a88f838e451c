/* bench_scan.c - what scans of an event store cost: CPU and wall time of the store's reader alone.
 *
 *     generate_logs flat -n 10000000 -v high | bench_scan make STORE
 *     bench_scan STORE [THREADS] [REPEATS] [NAME]
 *
 * The rows are those of the flat table; each has one line of evidence.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "match/needle.h"
#include "store/event_store.h"

enum { FLAT_COLUMNS = 7, LITERALS_MAX = 8 };

static struct schema *schema;
static field_id process;
static field_id command;
static field_id source_type;

static void stop(const char *what, const struct error *err)
{
    fprintf(stderr, "bench_scan: %s%s%s\n", what, err ? ": " : "", err ? err->message : "");
    exit(1);
}

static void make_schema(void)
{
    struct error err = {0};
    if (schema_create(&schema, &err) != TOCSIN_OK ||
        schema_add_property(schema, STR("Process Name"), TYPE_STRING, STR(""), &process, &err) != TOCSIN_OK ||
        schema_add_property(schema, STR("Command"), TYPE_STRING, STR(""), &command, &err) != TOCSIN_OK ||
        schema_add_property(schema, STR("Source Type"), TYPE_STRING, STR(""), &source_type, &err) != TOCSIN_OK) {
        stop("no schema", &err);
    }
}

/* ---- writing ---- */

static void put_line(struct batch *batch, str line, uint64_t number)
{
    str parts[FLAT_COLUMNS];
    for (int i = 0; i < FLAT_COLUMNS; i++) {
        size_t end = str_find_char(line, '\t', 0);
        parts[i] = str_slice(line, 0, end);
        line = end == SIZE_MAX ? STR_EMPTY : str_skip(line, end + 1);
    }
    uint32_t row = batch_add_row(batch);
    int64_t time_ms;
    struct ip ip;
    if (str_to_i64(parts[0], &time_ms)) {
        column_set_integer(batch_column(batch, FIELD_STARTTIME), row, time_ms);
    }
    if (ip_parse(parts[1], &ip)) {
        column_set_ip(batch_column(batch, FIELD_SOURCEIP), row, ip);
    }
    column_set_string(batch_column(batch, FIELD_USERNAME), row, batch_copy(batch, parts[2]));
    column_set_string(batch_column(batch, process), row, batch_copy(batch, parts[3]));
    if (parts[4].len > 0) {
        column_set_string(batch_column(batch, command), row, batch_copy(batch, parts[4]));
    }
    column_set_string(batch_column(batch, source_type), row, batch_copy(batch, parts[5]));
    column_set_string(batch_column(batch, FIELD_HOSTNAME), row, batch_copy(batch, parts[6]));
    batch_add_evidence(batch, (struct evidence){.line = number, .line_count = 1, .raw = STR_EMPTY});
}

static void make_store(const char *folder)
{
    static const str input = {"flat.tsv", sizeof("flat.tsv") - 1};
    const field_id fields[] = {FIELD_STARTTIME, FIELD_SOURCEIP, FIELD_USERNAME, FIELD_HOSTNAME,
                               process,         command,        source_type};
    struct error err = {0};
    struct store_problems problems;
    struct store_writer *writer = NULL;
    struct batch batch;
    struct field_set set = {0};
    for (size_t i = 0; i < countof(fields); i++) {
        field_set_add(&set, fields[i]);
    }
    store_problems_init(&problems);
    struct store_writer_options options = {
        .folder = folder, .schema = schema, .who = "bench_scan", .codec = CHUNK_LZ4, .has_blooms = true};
    if (store_writer_open(&options, &writer, &problems, &err) != TOCSIN_OK ||
        batch_init(&batch, schema, &set, &err) != TOCSIN_OK) {
        stop("no store", &err);
    }
    char *line = NULL;
    size_t capacity = 0;
    uint64_t number = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, stdin)) > 0 || batch.row_count > 0) {
        if (length > 0) {
            put_line(&batch, (str){line, (size_t)length - 1}, ++number);
        }
        if (length <= 0 || batch_is_full(&batch)) {
            if (batch_finish(&batch, &err) != TOCSIN_OK ||
                store_writer_push(writer, &batch, &input, 1, &err) != TOCSIN_OK) {
                stop("cannot write", &err);
            }
            batch_clear(&batch);
        }
    }
    if (store_writer_seal(writer, &err) != TOCSIN_OK) {
        stop("cannot write", &err);
    }
    free(line);
    store_writer_free(writer);
    store_problems_release(&problems);
    batch_release(&batch);
    printf("%llu rows\n", (unsigned long long)number);
}

/* ---- scans ---- */

struct texts_wanted {
    uint32_t count;
    struct needle needles[LITERALS_MAX];
};

static tocsin_status select_texts(void *context, struct column *values, const uint16_t *rows, uint32_t row_count,
                                  uint16_t *ret_rows, uint32_t *ret_count, struct error *err)
{
    const struct texts_wanted *wanted = context;
    uint32_t count = 0;
    (void)err;
    for (uint32_t i = 0; i < row_count; i++) {
        uint16_t row = rows[i];
        bool is_met = false;
        for (uint32_t k = 0; !is_met && k < wanted->count; k++) {
            is_met = needle_find(&wanted->needles[k], values->strings[row], 0) != SIZE_MAX;
        }
        ret_rows[count] = row;
        count += is_met;
    }
    *ret_count = count;
    return TOCSIN_OK;
}

struct work {
    const char *name;
    const char *texts[LITERALS_MAX]; /* of the command; none: all rows */
    const char *user;                /* and this user */
    field_id fields[8];
    bool has_evidence;
};

static const char *const *figure_names(size_t *ret_count)
{
#define NAME(name, what) #name,
    static const char *const names[] = {SCAN_STATISTICS_LIST(NAME)};
#undef NAME
    *ret_count = countof(names);
    return names;
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A test that a value holds one of these. */
static struct scan_filter *text_test(struct arena *arena, field_id field, const char *const *texts, bool is_whole)
{
    struct scan_filter *filter = arena_new(arena, struct scan_filter);
    struct scan_literal *literals = arena_array(arena, struct scan_literal, LITERALS_MAX);
    struct texts_wanted *wanted = arena_new(arena, struct texts_wanted);
    if (!filter || !literals || !wanted) {
        stop("out of memory", NULL);
    }
    for (; wanted->count < LITERALS_MAX && texts[wanted->count]; wanted->count++) {
        str text = str_from_cstring(texts[wanted->count]);
        literals[wanted->count] = (struct scan_literal){text, !is_whole, is_whole};
        if (!needle_compile(arena, text, !is_whole, &wanted->needles[wanted->count])) {
            stop("out of memory", NULL);
        }
    }
    filter->test = (struct scan_test){.field = field,
                                      .literals = literals,
                                      .literal_count = wanted->count,
                                      .select = select_texts,
                                      .context = wanted};
    return filter;
}

static const struct scan_filter *make_filter(struct arena *arena, const struct work *work)
{
    const char *const user[2] = {work->user, NULL};
    struct scan_filter *filter = arena_new(arena, struct scan_filter);
    const struct scan_filter **parts = arena_array(arena, const struct scan_filter *, 2);
    if (!filter || !parts) {
        stop("out of memory", NULL);
    }
    filter->kind = SCAN_AND;
    filter->parts = parts;
    if (work->texts[0]) {
        parts[filter->part_count++] = text_test(arena, command, work->texts, false);
    }
    if (work->user) {
        parts[filter->part_count++] = text_test(arena, FIELD_USERNAME, user, true);
    }
    return filter;
}

static uint64_t scan(const char *folder, const struct work *work, uint32_t threads,
                     struct store_scan_statistics *statistics)
{
    struct error err = {0};
    struct arena arena;
    struct store_reader *reader = NULL;
    struct batch_source source;
    struct batch *batch;
    arena_init(&arena, ARENA_NO_LIMIT);
    const struct scan_filter *filters[2] = {make_filter(&arena, work), make_filter(&arena, work)};
    struct store_scan_options options = {.schema = schema, .statistics = statistics, .threads = threads};
    options.request.filters = filters;
    options.request.filter_count = filters[0]->part_count > 0 ? 2 : 0;
    options.request.leaves_out_evidence = !work->has_evidence;
    for (int i = 0; work->fields[i] != FIELD_NONE; i++) {
        field_set_add(&options.request.fields, work->fields[i]);
    }
    if (store_reader_open(folder, &reader, &err) != TOCSIN_OK ||
        store_reader_scan(reader, &options, &source, &err) != TOCSIN_OK) {
        stop("cannot read", &err);
    }
    uint64_t rows = 0;
    tocsin_status status;
    while ((status = source.ops->next(source.state, &batch, &err)) == TOCSIN_OK) {
        rows += batch->row_count;
    }
    if (status != TOCSIN_END || store_reader_problems(reader)->count > 0) {
        stop("cannot read", &err);
    }
    source.ops->close(source.state);
    store_reader_free(reader);
    arena_release(&arena);
    return rows;
}

static void measure(const char *folder, const struct work *work, uint32_t threads, int repeats)
{
    size_t count;
    const char *const *names = figure_names(&count);
    for (int i = 0; i < repeats; i++) {
        struct store_scan_statistics statistics = {0};
        double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        double wall = seconds_of(CLOCK_MONOTONIC);
        uint64_t rows = scan(folder, work, threads, &statistics);
        cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        wall = seconds_of(CLOCK_MONOTONIC) - wall;
        printf("%-28s %9llu rows  CPU %7.1f ms  wall %7.1f ms\n", work->name, (unsigned long long)rows, cpu * 1e3,
               wall * 1e3);
        if (i + 1 == repeats) {
            for (size_t k = 0; k < count; k++) {
                uint64_t figure;
                memcpy(&figure, (const char *)&statistics + k * sizeof(figure), sizeof(figure));
                printf("%s%s %llu", k % 6 == 0 ? "\n    " : "  ", names[k], (unsigned long long)figure);
            }
            printf("\n\n");
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_scan make STORE < flat.tsv | bench_scan STORE [THREADS] [REPEATS] [NAME]\n");
        return 2;
    }
    make_schema();
    if (argc == 3 && strcmp(argv[1], "make") == 0) {
        make_store(argv[2]);
        return 0;
    }
    const struct work works[] = {
        {"a text that is not there", {"xyzzy plugh"}, NULL, {command, FIELD_NONE}, true},
        {"one text", {"docker.sock"}, NULL, {FIELD_STARTTIME, FIELD_USERNAME, command, FIELD_NONE}, true},
        {"two texts",
         {"kubectl", "docker"},
         NULL,
         {FIELD_STARTTIME, FIELD_USERNAME, FIELD_HOSTNAME, process, command, FIELD_NONE},
         true},
        {"seven texts",
         {"docker.sock", "get secret", "describe secret", "nc -e /bin", "unix-socket", "xmrig", "-o yaml"},
         NULL,
         {FIELD_STARTTIME, FIELD_USERNAME, FIELD_HOSTNAME, process, command, FIELD_NONE},
         true},
        {"one text of one user", {"docker.sock"}, "root", {FIELD_STARTTIME, command, FIELD_NONE}, true},
        {"all: two columns of texts", {NULL}, NULL, {FIELD_USERNAME, FIELD_HOSTNAME, FIELD_NONE}, false},
        {"the same with evidence", {NULL}, NULL, {FIELD_USERNAME, FIELD_HOSTNAME, FIELD_NONE}, true},
        {"all: commands", {NULL}, NULL, {command, FIELD_NONE}, false},
        {"all: times and addresses", {NULL}, NULL, {FIELD_STARTTIME, FIELD_SOURCEIP, FIELD_NONE}, false},
    };
    uint32_t threads = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
    int repeats = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3;
    for (size_t i = 0; i < countof(works); i++) {
        if (argc < 5 || strcmp(argv[4], works[i].name) == 0) {
            measure(argv[1], &works[i], threads, repeats);
        }
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak %ld MiB\n", usage.ru_maxrss / 1024);
    schema_free(schema);
    return 0;
}
