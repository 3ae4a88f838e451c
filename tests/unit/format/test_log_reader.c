#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "format/log_reader.h"

static const int64_t WALL_CLOCK_MS = INT64_C(1800000000000);

/* ---- formats of this test ---- */

/* "pair KEY open" and "pair KEY close" make one event; the second may come in a later chunk. */
struct pair {
    str key;
    str raw;
    uint64_t line;
    uint32_t input;
    char *copy; /* owns what key and raw point into; NULL = the chunk does */
};

enum { PAIRS_MAX = 8 };

struct pairs {
    struct pair open[PAIRS_MAX];
    size_t count;
};

static int starts_sure(const struct log_line *line, str prefix)
{
    return str_starts_with(line->text, prefix) ? 95 : 0;
}

static int pair_detect(const struct log_line *line)
{
    return starts_sure(line, STR("pair "));
}

static tocsin_status pair_open(const struct format_context *context, void **ret_state, struct error *err)
{
    *ret_state = memory_allocate_zeroed(1, sizeof(struct pairs));
    return *ret_state ? TOCSIN_OK : error_memory(err);
}

static void pair_close(void *state)
{
    struct pairs *pairs = state;
    for (size_t i = 0; i < pairs->count; i++) {
        memory_free(pairs->open[i].copy);
    }
    memory_free(pairs);
}

static void pair_write(struct pair *pair, struct row_writer *writer, const struct log_line *closing)
{
    uint32_t row;
    struct event_header header = {.log_source_type = LOG_SOURCE_TYPE_LINUX_OS, .is_truncated = closing == NULL};
    struct batch *batch = row_writer_begin(writer, &header, NULL, &row);
    assert_non_null(batch);
    str raw = pair->copy ? batch_copy(batch, pair->raw) : pair->raw;
    row_set_string(batch, row, FIELD_USERNAME, pair->copy ? batch_copy(batch, pair->key) : pair->key);
    row_writer_evidence(writer, pair->input, pair->line, 1, raw);
    if (closing) {
        row_writer_evidence(writer, closing->input, closing->line, closing->line_count, closing->raw);
    }
    memory_free(pair->copy);
}

static tocsin_status pair_parse(void *state, const struct log_line *line, struct row_writer *writer, struct error *err)
{
    struct pairs *pairs = state;
    size_t end = str_find_char(line->text, ' ', 5);
    str key = str_slice(line->text, 5, end);
    for (size_t i = 0; i < pairs->count; i++) {
        if (str_eq(pairs->open[i].key, key)) {
            pair_write(&pairs->open[i], writer, line);
            pairs->open[i] = pairs->open[--pairs->count];
            return TOCSIN_OK;
        }
    }
    if (pairs->count == PAIRS_MAX) {
        row_writer_dropped(writer, "too many pairs", 1);
        return TOCSIN_OK;
    }
    pairs->open[pairs->count++] = (struct pair){.key = key, .raw = line->raw, .line = line->line, .input = line->input};
    return TOCSIN_OK;
}

static tocsin_status pair_release_chunk(void *state, struct error *err)
{
    struct pairs *pairs = state;
    for (size_t i = 0; i < pairs->count; i++) {
        struct pair *pair = &pairs->open[i];
        if (!pair->copy) {
            pair->copy = memory_allocate(pair->raw.len);
            assert_non_null(pair->copy);
            memcpy(pair->copy, pair->raw.data, pair->raw.len);
            pair->key.data = pair->copy + (pair->key.data - pair->raw.data);
            pair->raw.data = pair->copy;
        }
    }
    return TOCSIN_OK;
}

static tocsin_status pair_finish(void *state, struct row_writer *writer, struct error *err)
{
    struct pairs *pairs = state;
    for (size_t i = 0; i < pairs->count; i++) {
        pair_write(&pairs->open[i], writer, NULL);
    }
    pairs->count = 0;
    return TOCSIN_OK;
}

static const struct format_def format_pair = {.name = "pair",
                                              .detect = pair_detect,
                                              .open = pair_open,
                                              .close = pair_close,
                                              .parse_line = pair_parse,
                                              .release_chunk = pair_release_chunk,
                                              .finish = pair_finish};

/* One row for each line; "object" takes JSON, "text" anything. */
static tocsin_status stateless_open(const struct format_context *context, void **ret_state, struct error *err)
{
    *ret_state = NULL;
    return TOCSIN_OK;
}

static void stateless_close(void *state)
{
}

static tocsin_status line_parse(const struct log_line *line, struct row_writer *writer, int64_t type)
{
    uint32_t row;
    struct event_header header = {.log_source_type = type, .is_truncated = line->is_truncated};
    struct batch *batch = row_writer_begin(writer, &header, &line->frame, &row);
    if (batch) {
        row_set_string(batch, row, FIELD_USERNAME, line->text);
        row_writer_evidence(writer, line->input, line->line, line->line_count, line->raw);
    }
    return TOCSIN_OK;
}

static int object_detect(const struct log_line *line)
{
    return starts_sure(line, STR("{"));
}

static tocsin_status object_parse(void *state, const struct log_line *line, struct row_writer *writer,
                                  struct error *err)
{
    return line_parse(line, writer, LOG_SOURCE_TYPE_KUBERNETES);
}

static int text_detect(const struct log_line *line)
{
    return 1;
}

static tocsin_status text_parse(void *state, const struct log_line *line, struct row_writer *writer, struct error *err)
{
    return line_parse(line, writer, LOG_SOURCE_TYPE_UNIVERSAL);
}

static const struct format_def format_object = {.name = "object",
                                                .detect = object_detect,
                                                .open = stateless_open,
                                                .close = stateless_close,
                                                .parse_line = object_parse};
static const struct format_def format_text = {
    .name = "text", .detect = text_detect, .open = stateless_open, .close = stateless_close, .parse_line = text_parse};

static const struct format_def *const test_formats[] = {&format_pair, &format_object, &format_text};

/* ---- fixture ---- */

struct fixture {
    struct schema *schema;
    struct log_source_table *sources;
    struct field_set wanted;
    struct format_context context;
    char directory[64];
    struct log_reader_options options;
    /* Of the last run: */
    struct strbuf rows; /* a line for each */
    struct log_reader_statistics statistics;
    char problem[ERROR_MESSAGE_BYTES]; /* the first one */
    size_t problem_count;
    bool has_newest;
    int64_t newest_ms;
    size_t batch_rows_max;
};

static int set_up(void **state)
{
    struct fixture *f = memory_allocate_zeroed(1, sizeof(*f));
    assert_non_null(f);
    assert_int_equal(schema_create(&f->schema, NULL), TOCSIN_OK);
    assert_int_equal(log_source_table_create(&f->sources, NULL), TOCSIN_OK);
    for (size_t field = 0; field < BUILT_IN_FIELD_COUNT; field++) {
        field_set_add(&f->wanted, (field_id)field);
    }
    f->context = (struct format_context){.schema = f->schema, .wanted = &f->wanted, .log_sources = f->sources};
    f->options = (struct log_reader_options){.context = &f->context,
                                             .wall_clock_ms = WALL_CLOCK_MS,
                                             .formats = test_formats,
                                             .format_count = countof(test_formats)};
    strbuf_init(&f->rows, 64 * MEBI);
    memcpy(f->directory, "/tmp/tocsin_log_reader_XXXXXX", 30);
    assert_non_null(mkdtemp(f->directory));
    *state = f;
    return 0;
}

static const char *path_of(struct fixture *f, const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", f->directory, name);
    return path;
}

static void write_file(struct fixture *f, const char *name, str text)
{
    int fd = open(path_of(f, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.data, text.len), text.len);
    struct timespec times[2] = {{.tv_sec = 1600000000}, {.tv_sec = 1600000000}};
    assert_int_equal(futimens(fd, times), 0);
    assert_int_equal(close(fd), 0);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    DIR *directory = opendir(f->directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    }
    (void)closedir(directory);
    assert_int_equal(rmdir(f->directory), 0);
    strbuf_release(&f->rows);
    log_source_table_free(f->sources);
    schema_free(f->schema);
    memory_free(f);
    return 0;
}

static void append_printable(struct strbuf *rows, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '\n') {
            strbuf_append(rows, STR("\\n"));
        } else if (c < ' ' || c > '~') {
            strbuf_append_format(rows, "<%02x>", c);
        } else {
            strbuf_append_char(rows, (char)c);
        }
    }
}

static str text_at(struct batch *batch, field_id field, uint32_t row)
{
    struct column *column = batch_column(batch, field);
    return column_is_valid(column, row) ? column_string(column, row) : STR_EMPTY;
}

/* A row: type, flags, input, its lines, host, user, payload. Adjacent lines read the same whether the writer could join
 * them or not. */
static void append_row(struct fixture *f, struct batch *batch, uint32_t row)
{
    struct strbuf *rows = &f->rows;
    int64_t type = column_integer(batch_column(batch, FIELD_DEVICETYPE), row);
    strbuf_append_char(rows, type == LOG_SOURCE_TYPE_LINUX_OS ? 'L' : type == LOG_SOURCE_TYPE_KUBERNETES ? 'K' : 'U');
    strbuf_append(rows, column_bool(batch_column(batch, FIELD_ISUNPARSED), row) ? STR("?") : STR_EMPTY);
    strbuf_append(rows, column_bool(batch_column(batch, FIELD_ISTRUNCATED), row) ? STR("!") : STR_EMPTY);
    const struct evidence *evidence = &batch->evidence[batch->rows[row].evidence_first];
    for (uint32_t i = 0; i < batch->rows[row].evidence_count; i++) {
        for (uint32_t line = 0; line < evidence[i].line_count; line++) {
            strbuf_append_format(rows, "%c%u:%u", i + line > 0 ? ',' : ' ', evidence[i].input,
                                 (unsigned)(evidence[i].line + line));
        }
    }
    strbuf_append_format(rows, " %lld", (long long)(column_integer(batch_column(batch, FIELD_STARTTIME), row) / 1000));
    strbuf_append_char(rows, ' ');
    append_printable(rows, text_at(batch, FIELD_HOSTNAME, row));
    strbuf_append_char(rows, '|');
    append_printable(rows, text_at(batch, FIELD_USERNAME, row));
    strbuf_append_char(rows, '|');
    append_printable(rows, text_at(batch, FIELD_PAYLOAD, row));
    strbuf_append_char(rows, '\n');
}

static void drain(struct fixture *f, struct log_reader *reader)
{
    struct batch *batch;
    struct error err;
    tocsin_status status;
    strbuf_clear(&f->rows);
    f->batch_rows_max = 0;
    while ((status = log_reader_next(reader, &batch, &err)) == TOCSIN_OK) {
        for (uint32_t row = 0; row < batch->row_count; row++) {
            append_row(f, batch, row);
        }
        f->batch_rows_max = batch->row_count > f->batch_rows_max ? batch->row_count : f->batch_rows_max;
    }
    assert_int_equal(status, TOCSIN_END);
    assert_int_equal(log_reader_next(reader, &batch, &err), TOCSIN_END);
    assert_false(f->rows.is_failed);
}

static void note_account(struct fixture *f, const struct log_reader *reader)
{
    log_reader_statistics(reader, &f->statistics);
    uint64_t more;
    const struct log_reader_problem *problems = log_reader_problems(reader, &f->problem_count, &more);
    memset(f->problem, 0, sizeof(f->problem));
    if (f->problem_count > 0) {
        memcpy(f->problem, problems[0].error.message, sizeof(f->problem));
    }
    f->has_newest = log_reader_newest_time(reader, &f->newest_ms);
    uint64_t typed = 0;
    for (size_t i = 0; i < f->statistics.type_count; i++) {
        typed += f->statistics.events_by_type[i].count;
    }
    assert_int_equal(typed, f->statistics.events);
}

static void run_list(struct fixture *f, const struct input_list *list)
{
    f->options.inputs = list;
    struct log_reader *reader;
    assert_int_equal(log_reader_create(&f->options, &reader, NULL), TOCSIN_OK);
    drain(f, reader);
    note_account(f, reader);
    struct log_reader_progress progress;
    log_reader_progress(reader, &progress);
    assert_true(f->problem_count > 0 || progress.bytes == list->bytes_total || list->bytes_total == 0);
    log_reader_free(reader);
}

/* Reads the given files (or all of the directory) and leaves rows and account in the fixture. */
static void run(struct fixture *f, const char *first, const char *second)
{
    struct input_list list;
    const char *arguments[2] = {first ? path_of(f, first) : f->directory, second ? path_of(f, second) : NULL};
    assert_int_equal(input_list_expand(&list, arguments, second ? 2 : 1, NULL), TOCSIN_OK);
    run_list(f, &list);
    input_list_release(&list);
}

static void assert_rows(struct fixture *f, const char *expected)
{
    strbuf_append_char(&f->rows, '\0');
    assert_string_equal(f->rows.data, expected);
    f->rows.len--;
}

/* ---- tests ---- */

static void lines_and_line_ends(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a", STR("one\ntwo\r\n\n \t\r\nthree\r\r\nno end"));
    run(f, "a", NULL);
    assert_rows(f, "U 0:1 1600000000 |one|one\n"
                   "U 0:2 1600000000 |two|two\n"
                   "U 0:5 1600000000 |three<0d>|three<0d>\n"
                   "U 0:6 1600000000 |no end|no end\n");
    assert_int_equal(f->statistics.lines, 6);
    assert_int_equal(f->statistics.blank_lines, 2);
    assert_int_equal(f->statistics.bytes, 28);
    assert_int_equal(f->statistics.inputs, 1);
    assert_false(f->has_newest);
}

static void empty_files(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a", STR_EMPTY);
    write_file(f, "b", STR("\n"));
    write_file(f, "c", STR("\xEF\xBB\xBF"));
    run(f, NULL, NULL);
    assert_rows(f, "");
    assert_int_equal(f->statistics.inputs, 3);
    assert_int_equal(f->statistics.blank_lines, 1);
    assert_int_equal(f->problem_count, 0);
}

static void no_inputs(void **state)
{
    struct fixture *f = *state;
    struct input_list list = {0};
    run_list(f, &list);
    assert_rows(f, "");
}

static void binary_junk_is_lines(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a", STR("\0\0a\0\n\x1b[31m\xff\xfe\n\0"));
    run(f, "a", NULL);
    assert_rows(f, "U 0:1 1600000000 |<00><00>a<00>|<00><00>a<00>\n"
                   "U 0:2 1600000000 |<1b>[31m<ff><fe>|<1b>[31m<ff><fe>\n"
                   "U 0:3 1600000000 |<00>|<00>\n");
}

static void byte_order_marks(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a", STR("\xEF\xBB\xBFpair 1 x\npair 1 y\n"));
    write_file(f, "b", STR("\xFF\xFEo\0n\0e\0\n\0"));
    write_file(f, "c", STR("\xFE\xFF\0o\0n\0e\0\n"));
    write_file(f, "d", STR("\xEF\xBB\xBF{\"a\":\n1}"));
    run(f, NULL, NULL);
    assert_rows(f, "L 0:1,0:2 1600000000 |1|pair 1 x\\npair 1 y\n"
                   "K 3:1,3:2 1600000000 |{\"a\":\\n1}|{\"a\":\\n1}\n");
    assert_int_equal(f->problem_count, 2);
    assert_int_equal(f->statistics.inputs_failed, 2);
    assert_non_null(strstr(f->problem, "UTF-16"));
}

static void joined_records_never_cross_files(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a", STR("pair 1 open\n"));
    write_file(f, "b", STR("pair 1 close\npair 2 open\nother\npair 2 close\n"));
    run(f, NULL, NULL);
    assert_rows(f, "L! 0:1 1600000000 |1|pair 1 open\n"
                   "U 1:3 1600000000 |other|other\n"
                   "L 1:2,1:4 1600000000 |2|pair 2 open\\npair 2 close\n"
                   "L! 1:1 1600000000 |1|pair 1 close\n");
    assert_int_equal(f->statistics.truncated_events, 2);
}

static void dropped_records_are_counted(void **state)
{
    struct fixture *f = *state;
    struct strbuf text;
    strbuf_init(&text, MEBI);
    for (int i = 0; i < PAIRS_MAX + 3; i++) {
        strbuf_append_format(&text, "pair %d open\n", i);
    }
    write_file(f, "a", strbuf_str(&text));
    strbuf_release(&text);
    struct input_list list;
    const char *argument = path_of(f, "a");
    assert_int_equal(input_list_expand(&list, &argument, 1, NULL), TOCSIN_OK);
    f->options.inputs = &list;
    struct log_reader *reader;
    assert_int_equal(log_reader_create(&f->options, &reader, NULL), TOCSIN_OK);
    drain(f, reader);
    struct log_reader_statistics statistics;
    log_reader_statistics(reader, &statistics);
    assert_int_equal(statistics.events, PAIRS_MAX);
    assert_int_equal(statistics.dropped_count, 1);
    assert_int_equal(statistics.dropped[0].count, 3);
    assert_string_equal(statistics.dropped[0].reason, "too many pairs");
    log_reader_free(reader);
    input_list_release(&list);
}

/* Everything at once, in one file. */
static const char mixed[] = "\xEF\xBB\xBF"
                            "pair 1 open\r\n"
                            "{\"a\":1}\n"
                            "<13>Feb  5 10:00:00 host1 tag: pair 2 open\n"
                            "\n"
                            "pair 1 close\n"
                            "{\"pretty\": {\r\n  \"b\": [1, 2]\r\n }\r\n}\r\n"
                            "some text, with \0 in it\n"
                            "[{\"x\":1},\n {\"x\":2}]\n"
                            "<13>Feb  5 10:00:01 host1 tag: {\"wrapped\":true}\n"
                            "<13>Feb  5 10:00:02 host2 tag: [{\"x\":1},{\"x\":2}] behind\n"
                            "<13>Feb  5 10:00:02 host2 tag: {\"cut\":tr\n"
                            "{\"cut\":{\"in\n"
                            "{\"whole\":1} {\"second\":2} rest\n"
                            "[text] in brackets\n"
                            "   indented\n"
                            "{\"kind\":\"EventList\",\"apiVersion\":\"v1\",\"items\":[{\"i\":1},\n\n{\"i\":2}\n]}\n"
                            "pair 2 close\n"
                            "pair 3 open\n"
                            "last line";

static const char mixed_rows[] =
    "K 0:2 1600000000 |{\"a\":1}|{\"a\":1}\n"
    "L 0:1,0:5 1600000000 |1|pair 1 open\\npair 1 close\n"
    "K 0:6,0:7,0:8,0:9 1600000000 |{\"pretty\": {<0d>\\n  \"b\": [1, 2]<0d>\\n }<0d>\\n}|"
    "{\"pretty\": {<0d>\\n  \"b\": [1, 2]<0d>\\n }<0d>\\n}\n"
    "U 0:10 1600000000 |some text, with <00> in it|some text, with <00> in it\n"
    "K 0:11 1600000000 |{\"x\":1}|{\"x\":1}\n"
    "K 0:12 1600000000 |{\"x\":2}|{\"x\":2}\n"
    "K 0:13 1580896801 host1|{\"wrapped\":true}|<13>Feb  5 10:00:01 host1 tag: {\"wrapped\":true}\n"
    "K 0:14 1580896802 host2|{\"x\":1}|<13>Feb  5 10:00:02 host2 tag: [{\"x\":1},{\"x\":2}] behind\n"
    "K 0:14 1580896802 host2|{\"x\":2}|<13>Feb  5 10:00:02 host2 tag: [{\"x\":1},{\"x\":2}] behind\n"
    "U 0:14 1580896802 host2| behind|<13>Feb  5 10:00:02 host2 tag: [{\"x\":1},{\"x\":2}] behind\n"
    "K 0:15 1580896802 host2|{\"cut\":tr|<13>Feb  5 10:00:02 host2 tag: {\"cut\":tr\n"
    "K 0:16 1580896802 |{\"cut\":{\"in|{\"cut\":{\"in\n"
    "K 0:17 1580896802 |{\"whole\":1}|{\"whole\":1}\n"
    "K 0:17 1580896802 |{\"second\":2}|{\"second\":2}\n"
    "U 0:17 1580896802 | rest| rest\n"
    "U 0:18 1580896802 |[text] in brackets|[text] in brackets\n"
    "U 0:19 1580896802 |   indented|   indented\n"
    "K 0:20 1580896802 |{\"i\":1}|{\"i\":1}\n"
    "K 0:22 1580896802 |{\"i\":2}|{\"i\":2}\n"
    "L 0:3,0:24 1580896802 |2|<13>Feb  5 10:00:00 host1 tag: pair 2 open\\npair 2 close\n"
    "U 0:26 1580896802 |last line|last line\n"
    "L! 0:25 1580896802 |3|pair 3 open\n";

static void mixed_formats_in_one_file(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a", str_from(mixed, sizeof(mixed) - 1));
    run(f, "a", NULL);
    assert_rows(f, mixed_rows);
    assert_int_equal(f->statistics.lines, 26);
    assert_int_equal(f->statistics.blank_lines, 1);
    assert_true(f->has_newest);
    assert_int_equal(f->newest_ms, INT64_C(1580896802000));
}

static void chunk_border_at_every_offset(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a", str_from(mixed, sizeof(mixed) - 1));
    write_file(f, "b", STR("{\"a\":1}\npair 9 open\npair 9 close\n{\"last\":1}"));
    run(f, NULL, NULL);
    struct strbuf expected = f->rows;
    struct log_reader_statistics statistics = f->statistics;
    strbuf_init(&f->rows, MEBI);
    for (size_t chunk = 1; chunk <= 4096; chunk += chunk < 1200 ? 1 : 97) {
        f->options.chunk_bytes = chunk;
        run(f, NULL, NULL);
        assert_int_equal(f->rows.len, expected.len);
        assert_memory_equal(f->rows.data, expected.data, expected.len);
        assert_int_equal(f->statistics.lines, statistics.lines);
        assert_int_equal(f->statistics.blank_lines, statistics.blank_lines);
        assert_int_equal(f->statistics.bytes, statistics.bytes);
    }
    strbuf_release(&expected);
}

static void forced_format(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a", STR("{\"a\":1}\n<13>Feb  5 10:00:00 h tag: text\npair 1 open\n"));
    f->options.format = &format_text;
    run(f, "a", NULL);
    assert_rows(f, "U 0:1 1600000000 |{\"a\":1}|{\"a\":1}\n"
                   "U 0:2 1580896800 h|text|<13>Feb  5 10:00:00 h tag: text\n"
                   "U 0:3 1580896800 |pair 1 open|pair 1 open\n");
}

static void line_nobody_wants_is_a_row(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a", STR("pair 1 open\nwhat is this\npair 1 close\n"));
    f->options.format_count = 1;
    run(f, "a", NULL);
    assert_rows(f, "U? 0:2 1600000000 ||what is this\n"
                   "L 0:1,0:3 1600000000 |1|pair 1 open\\npair 1 close\n");
    assert_int_equal(f->statistics.unparsed_events, 1);
}

/* A line of 100 MB, and one just at the limit. */
static void very_long_lines(void **state)
{
    struct fixture *f = *state;
    size_t len = 100 * MEBI;
    char *text = memory_allocate(len + 2 * LIMIT_LINE_BYTES + 64);
    assert_non_null(text);
    memcpy(text, "first\n", 6);
    memset(text + 6, 'x', len);
    size_t end = 6 + len;
    memcpy(text + end, "\nsecond\n", 8);
    end += 8;
    memset(text + end, 'y', LIMIT_LINE_BYTES);
    end += LIMIT_LINE_BYTES;
    memcpy(text + end, "\nthird\n", 7);
    write_file(f, "a", str_from(text, end + 7));
    struct input_list list;
    const char *argument = path_of(f, "a");
    assert_int_equal(input_list_expand(&list, &argument, 1, NULL), TOCSIN_OK);
    f->options.inputs = &list;
    struct log_reader *reader;
    assert_int_equal(log_reader_create(&f->options, &reader, NULL), TOCSIN_OK);
    struct batch *batch;
    static const struct {
        uint64_t line;
        size_t len;
        bool is_truncated;
    } expected[] = {{1, 5, false}, {2, LIMIT_LINE_BYTES, true}, {3, 6, false}, {4, LIMIT_LINE_BYTES, false}, {5, 5, 0}};
    size_t rows = 0;
    while (log_reader_next(reader, &batch, NULL) == TOCSIN_OK) {
        for (uint32_t row = 0; row < batch->row_count; row++, rows++) {
            const struct evidence *evidence = &batch->evidence[batch->rows[row].evidence_first];
            assert_true(rows < countof(expected));
            assert_int_equal(evidence->line, expected[rows].line);
            assert_int_equal(evidence->raw.len, expected[rows].len);
            assert_int_equal(column_bool(batch_column(batch, FIELD_ISTRUNCATED), row), expected[rows].is_truncated);
        }
    }
    assert_int_equal(rows, 5);
    struct log_reader_statistics statistics;
    log_reader_statistics(reader, &statistics);
    assert_int_equal(statistics.truncated_lines, 1);
    assert_int_equal(statistics.skipped_bytes, len - LIMIT_LINE_BYTES);
    assert_int_equal(statistics.lines, 5);
    log_reader_free(reader);
    input_list_release(&list);
    memory_free(text);
}

/* A list in a message that is longer than a line may be: its rows do not bring back the part that is skipped. */
static void long_line_with_a_list_in_a_frame(void **state)
{
    struct fixture *f = *state;
    static const char head[] = "<13>Feb  5 10:00:00 h tag: [{\"x\":1},{\"x\":2},";
    size_t len = LIMIT_LINE_BYTES + MEBI;
    char *text = memory_allocate(len);
    assert_non_null(text);
    memset(text, ' ', len);
    memcpy(text, head, sizeof(head) - 1);
    memcpy(text + len - 17, "pair skipped\nend\n", 17);
    write_file(f, "a", str_from(text, len));
    memory_free(text);
    memset(&f->wanted, 0, sizeof(f->wanted));
    static const field_id fields[] = {FIELD_DEVICETYPE, FIELD_ISUNPARSED, FIELD_ISTRUNCATED, FIELD_STARTTIME};
    for (size_t i = 0; i < countof(fields); i++) {
        field_set_add(&f->wanted, fields[i]);
    }
    struct input_list list;
    const char *argument = path_of(f, "a");
    assert_int_equal(input_list_expand(&list, &argument, 1, NULL), TOCSIN_OK);
    f->options.inputs = &list;
    struct log_reader *reader;
    assert_int_equal(log_reader_create(&f->options, &reader, NULL), TOCSIN_OK);
    struct batch *batch;
    while (log_reader_next(reader, &batch, NULL) == TOCSIN_OK) {
    }
    struct log_reader_statistics statistics;
    log_reader_statistics(reader, &statistics);
    assert_int_equal(statistics.lines, 2);
    assert_int_equal(statistics.truncated_lines, 1);
    assert_true(statistics.events >= 3 && statistics.events <= 4);
    log_reader_free(reader);
    input_list_release(&list);
}

/* Five million elements on one line: rows come batch by batch. */
static void one_line_of_many_rows(void **state)
{
    struct fixture *f = *state;
    size_t count = 200000;
    static const char *const heads[] = {"[", "<13>Feb  5 10:00:00 h tag: ["};
    for (size_t h = 0; h < countof(heads); h++) {
        struct strbuf text;
        strbuf_init(&text, 8 * MEBI);
        strbuf_append(&text, str_from_cstring(heads[h]));
        for (size_t i = 0; i < count; i++) {
            strbuf_append(&text, i + 1 < count ? STR("{\"a\":1},") : STR("{\"a\":1}]\nend\n"));
        }
        write_file(f, "a", strbuf_str(&text));
        strbuf_release(&text);
        struct input_list list;
        const char *argument = path_of(f, "a");
        assert_int_equal(input_list_expand(&list, &argument, 1, NULL), TOCSIN_OK);
        f->options.inputs = &list;
        struct log_reader *reader;
        assert_int_equal(log_reader_create(&f->options, &reader, NULL), TOCSIN_OK);
        struct batch *batch;
        size_t rows = 0;
        uint64_t allocations_before = 0;
        while (log_reader_next(reader, &batch, NULL) == TOCSIN_OK) {
            rows += batch->row_count;
            if (rows > count / 2 && allocations_before == 0) {
                allocations_before = memory_statistics_get().allocation_count;
            }
        }
        assert_int_equal(rows, count + 1);
        /* The same few batches are used over and over. */
        assert_true(memory_statistics_get().allocation_count - allocations_before < 100);
        log_reader_free(reader);
        input_list_release(&list);
    }
}

static void gzip_file(struct fixture *f, const char *name, str text, size_t cut)
{
    static unsigned char compressed[65536];
    z_stream zlib = {0};
    assert_int_equal(deflateInit2(&zlib, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    zlib.next_in = (Bytef *)(uintptr_t)text.data;
    zlib.avail_in = (uInt)text.len;
    zlib.next_out = compressed;
    zlib.avail_out = sizeof(compressed);
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    size_t len = zlib.total_out;
    assert_int_equal(deflateEnd(&zlib), Z_OK);
    write_file(f, name, str_from((char *)compressed, len - cut));
}

static void cut_gzip_gives_rows_and_a_problem(void **state)
{
    struct fixture *f = *state;
    str text = str_from(mixed, sizeof(mixed) - 1);
    gzip_file(f, "a.gz", text, 0);
    run(f, "a.gz", NULL);
    assert_rows(f, mixed_rows);
    assert_int_equal(f->problem_count, 0);
    gzip_file(f, "a.gz", text, 4); /* without its length: all text is there */
    write_file(f, "b", STR("goes on\n"));
    run(f, NULL, NULL);
    assert_true(str_starts_with(strbuf_str(&f->rows), str_from(mixed_rows, sizeof(mixed_rows) - 1)));
    assert_true(str_ends_with(strbuf_str(&f->rows), STR("|goes on|goes on\n")));
    assert_int_equal(f->problem_count, 1);
    assert_non_null(strstr(f->problem, "is cut"));
    assert_int_equal(f->statistics.inputs, 2);
    assert_int_equal(f->statistics.inputs_failed, 1);
}

static void vanished_and_unreadable_files(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a", STR("one\n"));
    write_file(f, "b", STR("two\n"));
    write_file(f, "c", STR("three\n"));
    struct input_list list;
    const char *argument = f->directory;
    assert_int_equal(input_list_expand(&list, &argument, 1, NULL), TOCSIN_OK);
    assert_int_equal(unlink(path_of(f, "a")), 0);
    assert_int_equal(unlink(path_of(f, "b")), 0);
    assert_int_equal(symlink("b", path_of(f, "b")), 0); /* ELOOP */
    run_list(f, &list);
    assert_rows(f, "U 2:1 1600000000 |three|three\n");
    assert_int_equal(f->problem_count, 2);
    assert_int_equal(f->statistics.inputs, 3);
    assert_int_equal(f->statistics.inputs_failed, 2);
    assert_non_null(strstr(f->problem, "No such file"));
    input_list_release(&list);
}

static void many_problems_are_counted(void **state)
{
    struct fixture *f = *state;
    struct input_file files[LIMIT_INPUT_PROBLEMS + 7];
    for (size_t i = 0; i < countof(files); i++) {
        files[i] = (struct input_file){.path = STR("/nonexistent/log")};
    }
    struct input_list list = {.files = files, .count = countof(files)};
    f->options.inputs = &list;
    struct log_reader *reader;
    assert_int_equal(log_reader_create(&f->options, &reader, NULL), TOCSIN_OK);
    drain(f, reader);
    size_t count;
    uint64_t more;
    assert_non_null(log_reader_problems(reader, &count, &more));
    assert_int_equal(count, LIMIT_INPUT_PROBLEMS);
    assert_int_equal(more, 7);
    note_account(f, reader);
    assert_int_equal(f->statistics.inputs_failed, countof(files));
    log_reader_free(reader);
}

static void file_that_shrinks(void **state)
{
    struct fixture *f = *state;
    struct strbuf text;
    strbuf_init(&text, MEBI);
    for (int i = 0; i < 50000; i++) {
        strbuf_append(&text, STR("a line\n"));
    }
    write_file(f, "a", strbuf_str(&text));
    strbuf_release(&text);
    f->options.chunk_bytes = 4096;
    struct input_list list;
    const char *argument = path_of(f, "a");
    assert_int_equal(input_list_expand(&list, &argument, 1, NULL), TOCSIN_OK);
    f->options.inputs = &list;
    struct log_reader *reader;
    struct batch *batch;
    assert_int_equal(log_reader_create(&f->options, &reader, NULL), TOCSIN_OK);
    assert_int_equal(log_reader_next(reader, &batch, NULL), TOCSIN_OK);
    assert_int_equal(truncate(argument, 0), 0);
    while (log_reader_next(reader, &batch, NULL) == TOCSIN_OK) {
    }
    note_account(f, reader);
    assert_int_equal(f->problem_count, 1);
    assert_non_null(strstr(f->problem, "shrank"));
    log_reader_free(reader);
    input_list_release(&list);
}

static void many_small_files_share_batches(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%03d", i);
        write_file(f, name, STR("a line\nanother\n"));
    }
    run(f, NULL, NULL);
    assert_int_equal(f->statistics.events, 600);
    assert_true(f->batch_rows_max > 100);
}

static void nothing_on_signal(int number)
{
}

/* What was read before a signal is parsed and given; the reader goes on if asked to, or ends if told to. */
static void signal_while_waiting_for_standard_input(void **state)
{
    struct fixture *f = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int saved = dup(STDIN_FILENO);
    assert_true(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    struct sigaction action = {.sa_handler = nothing_on_signal};
    struct sigaction before;
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    struct input_list list;
    const char *argument = "-";
    assert_int_equal(input_list_expand(&list, &argument, 1, NULL), TOCSIN_OK);
    f->options.inputs = &list;
    struct log_reader *reader;
    assert_int_equal(log_reader_create(&f->options, &reader, NULL), TOCSIN_OK);
    struct batch *batch;
    struct itimerval timer = {.it_value = {.tv_usec = 20000}};
    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
    assert_int_equal(log_reader_next(reader, &batch, NULL), TOCSIN_OK);
    assert_int_equal(batch->row_count, 0);
    assert_int_equal(write(ends[1], "one\ntwo\npair 1 open\nto", 22), 22);
    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
    assert_int_equal(log_reader_next(reader, &batch, NULL), TOCSIN_OK);
    assert_int_equal(batch->row_count, 2);
    log_reader_stop(reader);
    drain(f, reader);
    assert_rows(f, "L! 0:3 1800000000 |1|pair 1 open\n");
    log_reader_free(reader);
    input_list_release(&list);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    assert_true(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
    assert_int_equal(close(saved) + close(ends[0]) + close(ends[1]), 0);
}

static void memory_running_out(void **state)
{
    struct fixture *f = *state;
    write_file(f, "a", STR("{\"a\":1}\ntext\n<13>Feb  5 10:00:00 h tag: [{\"x\":1}]\n"));
    struct input_list list;
    const char *argument = path_of(f, "a");
    assert_int_equal(input_list_expand(&list, &argument, 1, NULL), TOCSIN_OK);
    f->options.inputs = &list;
    f->options.chunk_bytes = 16;
    for (uint64_t number = 1;; number++) {
        struct log_reader *reader = NULL;
        struct batch *batch;
        uint32_t rows = 0;
        memory_fail_at(number, 0);
        tocsin_status status = log_reader_create(&f->options, &reader, NULL);
        while (status == TOCSIN_OK) {
            status = log_reader_next(reader, &batch, NULL);
            rows += status == TOCSIN_OK ? batch->row_count : 0;
        }
        memory_fail_at(0, 0);
        log_reader_free(reader);
        if (status == TOCSIN_END) {
            assert_int_equal(rows, 3);
            break;
        }
        assert_int_equal(status, TOCSIN_ERROR_MEMORY);
        assert_true(number < 200);
    }
    input_list_release(&list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_and_line_ends),
        TEST(empty_files),
        TEST(no_inputs),
        TEST(binary_junk_is_lines),
        TEST(byte_order_marks),
        TEST(joined_records_never_cross_files),
        TEST(dropped_records_are_counted),
        TEST(mixed_formats_in_one_file),
        TEST(chunk_border_at_every_offset),
        TEST(forced_format),
        TEST(line_nobody_wants_is_a_row),
        TEST(very_long_lines),
        TEST(long_line_with_a_list_in_a_frame),
        TEST(one_line_of_many_rows),
        TEST(cut_gzip_gives_rows_and_a_problem),
        TEST(vanished_and_unreadable_files),
        TEST(many_problems_are_counted),
        TEST(file_that_shrinks),
        TEST(many_small_files_share_batches),
        TEST(signal_while_waiting_for_standard_input),
        TEST(memory_running_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
