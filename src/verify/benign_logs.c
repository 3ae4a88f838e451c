#include "verify/benign_logs.h"

#include <stdlib.h>

#include "base/json_reader.h"
#include "base/limits.h"

enum { DAY_MS = 86400000 };

double benign_log_days(const struct benign_log *log)
{
    double days = (double)(log->last_ms - log->first_ms) / DAY_MS;
    return days > 1 ? days : 1;
}

/* ---- labels ------------------------------------------------------------------------------------------------------ */

struct line_range {
    uint64_t first;
    uint64_t last;
};

struct line_ranges {
    struct line_range *items;
    size_t count;
};

static bool read_range(str text, struct line_range *ret)
{
    size_t dash = str_find_char(text, '-', 0);
    str first = str_slice(text, 0, dash == SIZE_MAX ? text.len : dash);
    str last = dash == SIZE_MAX ? first : str_skip(text, dash + 1);
    return str_to_u64(first, &ret->first) && str_to_u64(last, &ret->last) && ret->first > 0 && ret->first <= ret->last;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct line_range *left = a;
    const struct line_range *right = b;
    return left->first < right->first ? -1 : left->first > right->first;
}

static tocsin_status label_error(struct error *err, const char *source, uint32_t line, str text)
{
    error_set(err, TOCSIN_ERROR_CONFIG, "this is no line of labels: '%.*s'", STR_ARG(str_slice(text, 0, 80)));
    error_hint(err, "two columns, parted by a tab: lines (5 or 5-9) and label (attack, helper, ..)");
    error_context(err, "%s:%u", source, line);
    return TOCSIN_ERROR_CONFIG;
}

static tocsin_status read_labels(str text, const char *source, struct arena *arena, struct line_ranges *ret,
                                 struct error *err)
{
    size_t capacity = 1;
    for (size_t at = str_find_char(text, '\n', 0); at != SIZE_MAX; at = str_find_char(text, '\n', at + 1)) {
        capacity++;
    }
    if (capacity > LIMIT_LABELLED_RANGES) {
        return error_set(err, TOCSIN_ERROR_LIMIT, "%s: more than %d lines of labels", source, LIMIT_LABELLED_RANGES);
    }
    struct line_ranges ranges = {arena_array(arena, struct line_range, capacity), 0};
    if (!ranges.items) {
        return error_memory(err);
    }
    uint32_t number = 0;
    while (text.len > 0) {
        size_t end = str_find_char(text, '\n', 0);
        str line = str_slice(text, 0, end == SIZE_MAX ? text.len : end);
        size_t tab = str_find_char(line, '\t', 0);
        text = str_skip(text, end == SIZE_MAX ? text.len : end + 1);
        number++;
        if (line.len == 0 || (number == 1 && str_starts_with(line, STR("lines\t")))) {
            continue;
        }
        if (tab == SIZE_MAX || !read_range(str_slice(line, 0, tab), &ranges.items[ranges.count])) {
            return label_error(err, source, number, line);
        }
        ranges.count += !str_eq(str_skip(line, tab + 1), STR("benign"));
    }
    if (ranges.count > 1) {
        qsort(ranges.items, ranges.count, sizeof(*ranges.items), compare_ranges);
    }
    *ret = ranges;
    return TOCSIN_OK;
}

static bool has_line(const struct line_ranges *ranges, uint64_t line)
{
    for (size_t i = 0; i < ranges->count && ranges->items[i].first <= line; i++) {
        if (line <= ranges->items[i].last) {
            return true;
        }
    }
    return false;
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

static tocsin_status read_file(const struct pack_context *context, const char *file, str *ret_text, struct error *err)
{
    const char *text = NULL;
    size_t bytes = 0;
    struct tocsin_error error = {0};
    tocsin_status status = tocsin_pack_file(context->pack, file, &text, &bytes, &error);
    if (status == TOCSIN_END) {
        return error_set(err, TOCSIN_ERROR_CONFIG, "the pack has no file '%s', which measures.yaml names", file);
    }
    if (status != TOCSIN_OK) {
        return pack_error(err, &error);
    }
    *ret_text = str_from(text, bytes);
    return TOCSIN_OK;
}

/* The first value of a JSON object's member, a whole number. */
static int64_t number_of(str row, str key)
{
    struct json_reader reader;
    struct json_member member;
    struct json_value value;
    int64_t number = 0;
    json_reader_init(&reader, row);
    if (json_enter_object(&reader)) {
        while (json_next_member(&reader, &member) && json_read(&reader, &value)) {
            if (str_eq(member.key, key) && json_to_i64(&value, &number)) {
                return number;
            }
        }
    }
    return 0;
}

static tocsin_status measure_span(const struct pack_context *context, const char *path, struct benign_log *log,
                                  struct error *err)
{
    static const char query[] =
        "SELECT COUNT(*) AS events, MIN(starttime) AS first, MAX(starttime) AS last FROM events";
    struct strbuf row;
    strbuf_init(&row, LIMIT_MADE_LOG_BYTES);
    tocsin_status status = pack_ask(context, query, &path, 1, &row, err);
    log->events = (uint64_t)number_of(strbuf_str(&row), STR("events"));
    log->first_ms = number_of(strbuf_str(&row), STR("first"));
    log->last_ms = number_of(strbuf_str(&row), STR("last"));
    strbuf_release(&row);
    return status;
}

static str keep(struct arena *arena, str text)
{
    return text.data ? arena_copy(arena, text) : text;
}

static tocsin_status sort_findings(const struct found_rows *rows, const struct line_ranges *ranges, struct arena *arena,
                                   struct benign_log *log, struct error *err)
{
    log->findings = arena_array(arena, struct benign_finding, rows->count + 1);
    if (!log->findings) {
        return error_memory(err);
    }
    for (size_t i = 0; i < rows->count; i++) {
        const struct found_row *row = &rows->rows[i];
        bool is_attack = false;
        for (size_t k = 0; k < row->evidence_count; k++) {
            is_attack |= has_line(ranges, row->evidence[k].line);
        }
        log->attack_findings += is_attack;
        if (!is_attack) {
            log->findings[log->finding_count++] = (struct benign_finding){
                .rule = keep(arena, row->rule),
                .act = keep(arena, row->acts[0].act),
                .identity = keep(arena, row->identity),
                .level = row->level,
                .risk = row->risk,
                .line = row->evidence_count > 0 ? row->evidence[0].line : 0,
            };
        }
    }
    return TOCSIN_OK;
}

static tocsin_status run_log(const struct pack_context *context, const char *path, const struct line_ranges *ranges,
                             const char *const *rules, size_t rule_count, struct arena *arena, struct benign_log *log,
                             struct error *err)
{
    struct found_rows rows;
    found_rows_init(&rows);
    tocsin_status status = measure_span(context, path, log, err);
    status = status == TOCSIN_OK ? pack_run(context, rules, rule_count, &path, 1, &rows, err) : status;
    status = status == TOCSIN_OK ? sort_findings(&rows, ranges, arena, log, err) : status;
    found_rows_release(&rows);
    return status;
}

tocsin_status benign_log_run(const struct pack_context *context, const struct measured_log *measured,
                             const char *const *rules, size_t rule_count, struct arena *arena,
                             struct benign_log *ret_log, struct error *err)
{
    struct benign_log log = {.log = measured->log};
    struct line_ranges ranges = {0};
    struct memory_log memory = {.fd = -1};
    str text = STR_EMPTY;
    str labels = STR_EMPTY;
    tocsin_status status = read_file(context, measured->log, &text, err);
    status = status == TOCSIN_OK && measured->labels ? read_file(context, measured->labels, &labels, err) : status;
    status = status == TOCSIN_OK ? read_labels(labels, measured->labels ? measured->labels : "", arena, &ranges, err)
                                 : status;
    status = status == TOCSIN_OK ? memory_log_open(text, &memory, err) : status;
    status = status == TOCSIN_OK ? run_log(context, memory.path, &ranges, rules, rule_count, arena, &log, err) : status;
    memory_log_close(&memory);
    if (status == TOCSIN_OK) {
        *ret_log = log;
    }
    return status;
}
