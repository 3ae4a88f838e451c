/* fuzz_raw_lines.c - any bytes as a log file: taking many lines at once gives the rows that taking one line after the
 * other gives, and with a search in front no row is missed whose value holds the literal. The first bytes choose the
 * size of chunks, the field and the literal; the log stands behind them. A literal like "get&secret|docker" is a
 * condition: all parts of one alternative. */
#include <sys/mman.h>
#include <unistd.h>

#include "../../support/reader_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FORMATS_MAX = 32, LITERAL_BYTES_MAX = 24, PARTS_MAX = LITERAL_BYTES_MAX };

static const char *const searched_fields[] = {"Command",        "username",   "Process Name", "File Path", "Audit Key",
                                              "Process Title",  "User Agent", "Request URI",  "Resource",  "Groups",
                                              "Request Object", "payload",    "Object Name"};

/* What a value of the field has to hold: one of the parts, or all parts of one of the alternatives. */
struct search {
    field_id field;
    bool ignores_case;
    uint32_t alternative_count;
    struct alternative {
        const struct raw_condition *parts[PARTS_MAX];
        uint32_t count;
        struct raw_condition condition;
    } alternatives[PARTS_MAX];
    const struct raw_condition *joined[PARTS_MAX];
    struct raw_condition parts[PARTS_MAX];
    struct raw_condition condition;
    struct raw_literal cover[PARTS_MAX]; /* the first part of each alternative */
};

/* False: a part is empty. */
static bool make_search(struct search *search, str text)
{
    uint32_t count = 0;
    for (size_t at = 0; at <= text.len; count++) {
        struct alternative *alternative = &search->alternatives[search->alternative_count];
        size_t end = at;
        while (end < text.len && text.data[end] != '|' && text.data[end] != '&') {
            end++;
        }
        if (end == at) {
            return false;
        }
        struct raw_condition *part = &search->parts[count];
        part->kind = RAW_LITERAL;
        part->literal = (struct raw_literal){search->field, search->ignores_case, str_slice(text, at, end)};
        if (alternative->count == 0) {
            search->cover[search->alternative_count] = part->literal;
        }
        alternative->parts[alternative->count++] = part;
        search->alternative_count += end == text.len || text.data[end] == '|';
        at = end + 1;
    }
    for (uint32_t i = 0; i < search->alternative_count; i++) {
        struct alternative *alternative = &search->alternatives[i];
        alternative->condition =
            (struct raw_condition){.kind = RAW_ALL, .parts = alternative->parts, .count = alternative->count};
        search->joined[i] = &alternative->condition;
    }
    search->condition =
        (struct raw_condition){.kind = RAW_ANY, .parts = search->joined, .count = search->alternative_count};
    return true;
}

static bool is_in(const struct raw_literal *literal, str value)
{
    for (size_t at = 0; at + literal->text.len <= value.len; at++) {
        str part = str_slice(value, at, at + literal->text.len);
        if (literal->ignores_case ? str_eq_ignore_case(part, literal->text) : str_eq(part, literal->text)) {
            return true;
        }
    }
    return false;
}

static bool holds_all(const struct alternative *alternative, str value)
{
    for (uint32_t i = 0; i < alternative->count; i++) {
        if (!is_in(&alternative->parts[i]->literal, value)) {
            return false;
        }
    }
    return true;
}

static bool is_wanted(const struct search *search, struct batch *batch, uint32_t row)
{
    struct column *column = batch_column(batch, search->field);
    bool is_wanted = false;
    for (uint32_t i = 0; column_is_valid(column, row) && i < search->alternative_count; i++) {
        is_wanted = is_wanted || holds_all(&search->alternatives[i], column_string(column, row));
    }
    return is_wanted;
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

    struct raw_cover cover = {search->cover, search->alternative_count};
    struct raw_query query = {&cover, 1, &search->condition};
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
    struct search search = {.field = schema_find(context.schema, name), .ignores_case = data[1] & 1};
    digest_check(search.field != FIELD_NONE, "a field is gone");
    if (!make_search(&search, str_from((const char *)data + 3, literal_bytes))) {
        return 0;
    }
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
