/* fuzz_raw_lines.c - any bytes as a log file: taking many lines at once gives the rows that taking one line after the
 * other gives, and with a search in front no row is missed whose value holds the literal. The first bytes choose the
 * size of chunks, the field and the literal; the log stands behind them. */
#include <sys/mman.h>
#include <unistd.h>

#include "../../support/reader_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FORMATS_MAX = 32, LITERAL_BYTES_MAX = 24 };

static const char *const searched_fields[] = {
    "Command",  "username", "Process Name",   "File Path", "Audit Key", "Process Title", "User Agent", "Request URI",
    "Resource", "Groups",   "Request Object", "payload",   "Object Name"};

struct search {
    field_id field;
    str literal;
    bool ignores_case;
};

static bool is_at(const struct search *search, str value, size_t at)
{
    str part = str_slice(value, at, at + search->literal.len);
    return part.len == search->literal.len &&
           (search->ignores_case ? str_eq_ignore_case(part, search->literal) : str_eq(part, search->literal));
}

static bool is_wanted(const struct search *search, struct batch *batch, uint32_t row)
{
    struct column *column = batch_column(batch, search->field);
    if (!column_is_valid(column, row)) {
        return false;
    }
    str value = column_string(column, row);
    for (size_t at = 0; at + search->literal.len <= value.len; at++) {
        if (is_at(search, value, at)) {
            return true;
        }
    }
    return false;
}

/* Of all rows, or of those that are wanted. */
static struct digest read_all(const struct format_context *context, const struct input_list *inputs,
                              const struct format_def *const *formats, size_t format_count, size_t chunk_bytes,
                              const struct search *search)
{
    struct log_reader_options options = {.context = context,
                                         .inputs = inputs,
                                         .wall_clock_ms = INT64_C(1800000000000),
                                         .chunk_bytes = chunk_bytes,
                                         .formats = formats,
                                         .format_count = format_count};
    struct digest digest = {0};
    struct log_reader *reader;
    struct batch *batch;
    struct error err = {0};
    digest_check(log_reader_create(&options, &reader, &err) == TOCSIN_OK, err.message);
    tocsin_status status;
    while ((status = log_reader_next(reader, &batch, &err)) == TOCSIN_OK) {
        for (uint32_t row = 0; row < batch->row_count; row++) {
            if (search && !is_wanted(search, batch, row)) {
                continue;
            }
            digest.rows++;
            for (uint32_t i = 0; i < batch->column_count; i++) {
                digest_value(&digest, &batch->columns[i], row);
            }
            digest_evidence(&digest, &batch->evidence[batch->rows[row].evidence_first],
                            batch->rows[row].evidence_count);
        }
    }
    digest_check(status == TOCSIN_END, err.message);
    log_reader_statistics(reader, &digest.statistics);
    log_reader_free(reader);
    return digest;
}

static void compare(struct digest_context *context, const struct input_list *inputs, size_t chunk_bytes,
                    const struct search *search)
{
    static struct format_def copies[FORMATS_MAX];
    static const struct format_def *single[FORMATS_MAX];
    size_t count;
    const struct format_def *const *formats = format_list(&count);
    digest_check(count <= FORMATS_MAX, "more formats than this test has room for");
    for (size_t i = 0; i < count; i++) {
        copies[i] = *formats[i];
        copies[i].parse_lines = NULL;
        single[i] = &copies[i];
    }
    struct digest one = read_all(&context->context, inputs, single, count, chunk_bytes, NULL);
    struct digest many = read_all(&context->context, inputs, formats, count, chunk_bytes, NULL);
    digest_check(one.rows == many.rows && one.hash == many.hash, "many lines at once give other rows");
    digest_check(one.statistics.lines == many.statistics.lines, "many lines at once count other lines");
    digest_check(one.statistics.truncated_events == many.statistics.truncated_events, "other events are cut");

    struct raw_literal literal = {search->field, search->ignores_case, search->literal};
    struct raw_cover cover = {&literal, 1};
    struct raw_query query = {&cover, 1};
    struct raw_prefilter prefilter = {&query, 1};
    struct format_context searched = context->context;
    searched.prefilter = &prefilter;
    struct digest all = read_all(&context->context, inputs, formats, count, chunk_bytes, search);
    struct digest found = read_all(&searched, inputs, formats, count, chunk_bytes, search);
    digest_check(all.rows == found.rows && all.hash == found.hash, "the search in front misses a row");
    digest_check(all.statistics.lines == found.statistics.lines, "the search in front loses lines");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct digest_context context;
    if (!context.schema) {
        digest_context_init(&context);
    }
    if (size < 3) {
        return 0;
    }
    size_t literal_bytes = 1 + data[2] % LITERAL_BYTES_MAX;
    if (size < 3 + literal_bytes) {
        return 0;
    }
    str name = str_from_cstring(searched_fields[(data[1] >> 1) % countof(searched_fields)]);
    struct search search = {schema_find(context.schema, name), {(const char *)data + 3, literal_bytes}, data[1] & 1};
    digest_check(search.field != FIELD_NONE, "a field is gone");
    const uint8_t *log = data + 3 + literal_bytes;
    size_t log_bytes = size - 3 - literal_bytes;
    int fd = memfd_create("log", MFD_CLOEXEC);
    digest_check(fd >= 0 && write(fd, log, log_bytes) == (ssize_t)log_bytes, "memfd");
    char path[64];
    int path_bytes = snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct input_file file = {.path = {path, (size_t)path_bytes}, .kind = INPUT_FILE, .modified_ms = 1600000000000};
    struct input_list list = {.files = &file, .count = 1};
    compare(&context, &list, data[0] & 1 ? size + 64 : (size_t)data[0] + 1, &search);
    (void)close(fd);
    return 0;
}
