/* format/linux_audit.c - the log of Linux audit (auditd): records of one event are joined to one row.
 * audit_header and audit_value read a line, audit_event_table joins lines, audit_event reads what an event's lines say
 * together, audit_row writes the row.
 */
#include <assert.h>

#include "base/memory.h"
#include "format/audit_event_names.h"
#include "format/audit_group.h"
#include "format/audit_row.h"
#include "format/raw_choice.h"

struct linux_audit {
    struct audit_index index;
    struct audit_header_reader headers;
    struct audit_scanner scanner;
    struct audit_row_plan plan;
    struct audit_details details;
    struct audit_event_table *table;
    /* Events none of whose records holds a text that somebody looks for are counted, not read. */
    bool has_finder;
    struct raw_finder finder;
    struct raw_search search; /* in this chunk */
    struct arena arena;       /* for the grouping */
    struct audit_grouping grouping;
    struct audit_group_scratch scratch;
};

static int linux_audit_detect(const struct log_line *line)
{
    return audit_header_detect(line->text);
}

static void linux_audit_close(void *state)
{
    struct linux_audit *audit = state;
    if (audit) {
        audit_event_table_free(audit->table);
        audit_details_release(&audit->details);
        arena_release(&audit->arena);
        memory_free(audit);
    }
}

/* False: memory is out. */
static bool prepare_grouping(struct linux_audit *audit, const struct raw_prefilter *prefilter)
{
    field_id command = audit->plan.fields[AUDIT_FIELD_COMMAND];
    struct raw_test *test = NULL;
    bool is_good = command == FIELD_NONE || raw_test_compile(prefilter, command, &audit->arena, &test);
    audit->grouping = (struct audit_grouping){&audit->index, audit->plan.needs.arguments, test};
    audit->finder.group = audit_group_lines;
    audit->finder.group_context = &audit->grouping;
    audit->finder.scratch_bytes = sizeof(audit->scratch);
    audit->search.scratch = &audit->scratch;
    return is_good;
}

static tocsin_status linux_audit_open(const struct format_context *context, void **ret_state, struct error *err)
{
    struct linux_audit *audit = memory_allocate_zeroed(1, sizeof(*audit));
    if (!audit) {
        return error_memory(err);
    }
    audit_index_init(&audit->index);
    audit_header_reader_init(&audit->headers, &audit->index);
    audit_scanner_init(&audit->scanner, &audit->index);
    audit_row_plan_init(&audit->plan, context);
    audit_details_init(&audit->details);
    struct raw_choice choice = {.breaks = audit_row_breaks, .context = &audit->plan, .forms = raw_choice_hex};
    audit->has_finder = raw_choice_make(&choice, context->prefilter, &audit->finder);
    arena_init(&audit->arena, ARENA_NO_LIMIT); /* it is small */
    tocsin_status status = audit_event_table_create(&audit->table, err);
    if (status == TOCSIN_OK && audit->has_finder && !prepare_grouping(audit, context->prefilter)) {
        status = error_memory(err);
    }
    if (status != TOCSIN_OK) {
        linux_audit_close(audit);
        return status;
    }
    *ret_state = audit;
    return TOCSIN_OK;
}

/* Counts an event as it would be counted if it was read. It is complete: what is odd was marked as wanted. */
static void pass_event(struct row_writer *writer, const struct audit_event *event)
{
    struct event_header header = {
        .log_source_type = LOG_SOURCE_TYPE_LINUX_OS, .host = event->node, .has_time = true, .time_ms = event->time_ms};
    row_writer_pass(writer, &header, &event->frame);
}

static tocsin_status write_ready(struct linux_audit *audit, struct row_writer *writer, bool all, struct error *err)
{
    struct audit_event *event;
    while ((event = audit_event_table_ready(audit->table, all))) {
        if (audit->has_finder && !event->is_wanted && !event->has_overflown) {
            pass_event(writer, event);
        } else {
            if (!audit_event_unpack(event) ||
                !audit_details_read(&audit->details, &audit->scanner, event, &audit->plan.needs)) {
                return error_memory(err);
            }
            audit_row_write(&audit->plan, writer, &audit->details);
        }
        audit_event_table_remove(audit->table);
    }
    return TOCSIN_OK;
}

/* Of the event that got the record: must it be read? */
static inline void mark_event(struct linux_audit *audit, const struct audit_header *header, str text, bool is_hit)
{
    struct audit_event *event = audit_event_table_newest(audit->table);
    if (!event || event->is_wanted) {
        return;
    }
    event->is_wanted = is_hit;
    if (header->type == AUDIT_TYPE_EXECVE && audit->plan.needs.arguments) {
        event->is_wanted |= event->has_arguments || !audit_arguments_are_plain(text, header->body);
        event->has_arguments = true;
    }
}

static tocsin_status add_record(struct linux_audit *audit, const struct audit_header *header,
                                const struct log_line *line, bool is_hit, struct row_writer *writer, struct error *err)
{
    enum audit_add_result result = audit_event_table_add(audit->table, header, line);
    if (audit->has_finder && (result == AUDIT_ADDED || result == AUDIT_BEGUN)) {
        mark_event(audit, header, line->text, is_hit);
    }
    switch (result) {
    case AUDIT_ADDED:
        return TOCSIN_OK;
    case AUDIT_BEGUN:
        return write_ready(audit, writer, false, err);
    case AUDIT_REFUSED:
        row_writer_dropped(writer, "audit records beyond the limits of one event", 1);
        return TOCSIN_OK;
    case AUDIT_ORPHAN_END:
        row_writer_dropped(writer, "audit end-of-event records without an event", 1);
        return TOCSIN_OK;
    case AUDIT_OUT_OF_MEMORY:
        break;
    }
    return error_memory(err);
}

/* A line that did not come with others: cut, framed, of an unusual form, or the first one. */
static bool is_line_wanted(const struct linux_audit *audit, const struct log_line *line)
{
    const char *end = line->raw.data + line->raw.len;
    bool is_inside = line->text.data >= line->raw.data && line->text.data + line->text.len <= end;
    return line->is_truncated || !is_inside || line->line_count != 1 ||
           raw_finder_next(&audit->finder, line->raw.data, end) != end;
}

static tocsin_status linux_audit_parse_line(void *state, const struct log_line *line, struct row_writer *writer,
                                            struct error *err)
{
    struct linux_audit *audit = state;
    struct audit_header header;
    if (!audit_header_parse(&audit->headers, line->text, &header)) {
        row_writer_unparsed(writer, line, LOG_SOURCE_TYPE_LINUX_OS,
                            audit_event_qid(AUDIT_EVENT_NOT_UNDERSTOOD, AUDIT_OUTCOME_UNKNOWN), line->is_truncated);
        return TOCSIN_OK;
    }
    bool is_hit = audit->has_finder && is_line_wanted(audit, line);
    return add_record(audit, &header, line, is_hit, writer, err);
}

/* ---- many lines ----------------------------------------------------------------------------------------------------
 */

/* Most records are of the event of the record before: takes those lines from `at` on that are, as long as nothing about
 * them is unusual. Gives where it stopped; line->line is then the number of the last line taken. */
static const char *add_repeats(struct linux_audit *audit, struct log_line *line, const char *at, const char *end)
{
    struct audit_event *event = audit_event_table_newest(audit->table);
    const struct audit_stamp *stamp = &audit->headers.stamp;
    size_t bytes_max;
    if (!event || event->time_ms != stamp->time_ms || event->serial != stamp->serial) {
        return at;
    }
    uint32_t room = audit_event_table_room(audit->table, event, &bytes_max);
    size_t bytes = 0;
    uint32_t body;
    const struct audit_prefix *prefix;
    while (room > 0 && (prefix = audit_header_repeats(&audit->headers, at, end, &body))) {
        const char *newline = memchr(at + body, '\n', (size_t)(end - at) - body);
        size_t length = newline ? (size_t)(newline - at) : SIZE_MAX;
        if (length > LIMIT_LINE_BYTES || newline[-1] == '\r' || length > bytes_max - bytes) {
            break;
        }
        audit_event_append_next(event, str_from(at, length), body, prefix->type);
        event->is_complete |= prefix->completes;
        bytes += length;
        room--;
        line->line++;
        at = newline + 1;
    }
    audit_event_table_note(audit->table, event, bytes);
    return at;
}

static tocsin_status parse_each(struct linux_audit *audit, const struct log_block *block, struct row_writer *writer,
                                size_t *ret_bytes, uint64_t *ret_lines, struct error *err)
{
    const char *at = block->text.data;
    const char *end = at + block->text.len;
    struct log_line line = {.input = block->input, .line = block->line, .line_count = 1, .frame = {.priority = -1}};
    tocsin_status status = TOCSIN_OK;
    while (at < end && status == TOCSIN_OK && !row_writer_has_full(writer)) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        struct audit_header header;
        line.text = line.raw = str_from(at, newline ? (size_t)(newline - at) : SIZE_MAX);
        if (!audit_is_line_plain(line.text) || !audit_header_parse_usual(&audit->headers, line.text, end, &header)) {
            break;
        }
        status = add_record(audit, &header, &line, false, writer, err);
        at = newline + 1;
        if (status == TOCSIN_OK) {
            at = add_repeats(audit, &line, at, end);
        }
        line.line++;
    }
    *ret_bytes = (size_t)(at - block->text.data);
    *ret_lines = line.line - block->line;
    return status;
}

/* Adds them by their bytes alone. *ret_is_added false: some of their event was there before, or there are limits. */
static tocsin_status add_unread(struct linux_audit *audit, const struct raw_group *group, const struct log_line *line,
                                bool *ret_is_added, struct error *err)
{
    const struct raw_lines *lines = audit->search.lines;
    const char *start = lines->from + raw_lines_bytes(lines, group->first);
    const char *stop = lines->from + lines->ends[group->first + group->count - 1];
    struct audit_span span = {.raw = str_from(start, (size_t)(stop - start)),
                              .line = line->line,
                              .line_count = group->count,
                              .input = line->input,
                              .is_complete = group->flags & AUDIT_GROUP_COMPLETE,
                              .headers = &audit->headers};
    struct audit_header header = {.node = STR_EMPTY, .time_ms = group->time_ms, .serial = group->serial};
    if (group->flags & AUDIT_GROUP_NODE) {
        bool is_record = audit_header_parse(&audit->headers, span.raw, &header);
        assert(is_record);
        (void)is_record;
    }
    if (!audit_event_table_add_span(audit->table, &header, &span, ret_is_added)) {
        return error_memory(err);
    }
    if (*ret_is_added) {
        audit_event_table_newest(audit->table)->has_arguments = group->flags & AUDIT_GROUP_ARGUMENTS;
    }
    return TOCSIN_OK;
}

/* `line` has the number of the first one and stands for each of them in turn. */
static tocsin_status add_group(struct linux_audit *audit, const struct raw_group *group, struct log_line *line,
                               struct row_writer *writer, struct error *err)
{
    const struct raw_lines *lines = audit->search.lines;
    tocsin_status status = TOCSIN_OK;
    bool is_added = false;
    if (!(group->flags & AUDIT_GROUP_WANTED)) {
        status = add_unread(audit, group, line, &is_added, err);
    }
    if (is_added) {
        line->line += group->count;
        return write_ready(audit, writer, false, err);
    }
    for (uint32_t i = group->first; i < (uint32_t)group->first + group->count && status == TOCSIN_OK; i++) {
        struct audit_header header;
        line->text = line->raw = raw_lines_text(lines, i);
        bool is_record = audit_header_parse(&audit->headers, line->text, &header);
        assert(is_record);
        (void)is_record;
        status = add_record(audit, &header, line, raw_lines_has_hit(lines, i), writer, err);
        line->line++;
    }
    return status;
}

/* Adds the lines from *at on that were searched, up to one that the reader of lines has to see: then *ret_is_stuck is
 * true. */
static tocsin_status add_lines(struct linux_audit *audit, const char *end, struct log_line *line, const char **at,
                               struct row_writer *writer, bool *ret_is_stuck, struct error *err)
{
    struct raw_search *search = &audit->search;
    const struct raw_lines *lines = search->lines;
    const char *searched_end = lines->from + raw_lines_bytes(lines, lines->count);
    const char *first = *at;
    tocsin_status status = TOCSIN_OK;
    while (search->next < lines->count && status == TOCSIN_OK && !row_writer_has_full(writer)) {
        const struct raw_group *group = &lines->groups[search->next_group];
        if (group->flags & AUDIT_GROUP_FOREIGN) {
            *ret_is_stuck = true;
            break;
        }
        bool is_last = search->next + group->count == lines->count;
        if (is_last && *at != first && searched_end < end) {
            raw_search_forget(search); /* more of its lines may stand behind these: they are searched again */
            break;
        }
        status = add_group(audit, group, line, writer, err);
        search->next += group->count;
        search->next_group++;
        *at = lines->from + raw_lines_bytes(lines, search->next);
    }
    return status;
}

/* With a search in front: what holds no hit is joined to events by its bytes alone. */
static tocsin_status parse_searched(struct linux_audit *audit, const struct log_block *block, struct row_writer *writer,
                                    size_t *ret_bytes, uint64_t *ret_lines, struct error *err)
{
    const char *at = block->text.data;
    const char *end = at + block->text.len;
    struct log_line line = {.input = block->input, .line = block->line, .line_count = 1, .frame = {.priority = -1}};
    tocsin_status status = TOCSIN_OK;
    bool is_stuck = false;
    while (at < end && !is_stuck && status == TOCSIN_OK && !row_writer_has_full(writer)) {
        raw_search_go(&audit->search, &audit->finder, block->searched, at, end);
        status = add_lines(audit, end, &line, &at, writer, &is_stuck, err);
    }
    *ret_bytes = (size_t)(at - block->text.data);
    *ret_lines = line.line - block->line;
    return status;
}

static tocsin_status linux_audit_parse_lines(void *state, const struct log_block *block, struct row_writer *writer,
                                             size_t *ret_bytes, uint64_t *ret_lines, struct error *err)
{
    struct linux_audit *audit = state;
    return (audit->has_finder ? parse_searched : parse_each)(audit, block, writer, ret_bytes, ret_lines, err);
}

static const struct raw_finder *linux_audit_finder(void *state)
{
    const struct linux_audit *audit = state;
    return audit->has_finder ? &audit->finder : NULL;
}

static tocsin_status linux_audit_release_chunk(void *state, struct error *err)
{
    struct linux_audit *audit = state;
    raw_search_forget(&audit->search);
    return audit_event_table_keep(audit->table, err);
}

static tocsin_status linux_audit_finish(void *state, struct row_writer *writer, struct error *err)
{
    struct linux_audit *audit = state;
    return write_ready(audit, writer, true, err);
}

const struct format_def format_linux_audit = {
    .name = "linux_audit",
    .description = "Linux audit (auditd), raw and enriched, also through syslog",
    .log_source_type = LOG_SOURCE_TYPE_LINUX_OS,
    .fields = audit_fields,
    .field_count = AUDIT_FIELD_COUNT,
    .event_names = audit_event_names,
    .event_name_count = AUDIT_EVENT_NAME_COUNT,
    .detect = linux_audit_detect,
    .open = linux_audit_open,
    .close = linux_audit_close,
    .parse_line = linux_audit_parse_line,
    .parse_lines = linux_audit_parse_lines,
    .finder = linux_audit_finder,
    .release_chunk = linux_audit_release_chunk,
    .finish = linux_audit_finish,
};
