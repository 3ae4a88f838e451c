#include "format/audit_group.h"

#include "format/audit_event.h"
#include "format/format.h"

enum { GROUP_LINES_MAX = 64 };

struct run {
    const struct audit_grouping *grouping;
    struct audit_group_scratch *scratch;
    struct raw_lines *lines;
    const char *end;
};

/* A group being made. */
struct making {
    struct raw_group group;
    bool has_hit;
    bool is_odd;   /* it is wanted without a hit, too */
    str arguments; /* the line with them */
    size_t arguments_body;
};

static inline void add_line(const struct run *run, struct making *making, str text, uint16_t type, bool completes,
                            size_t body)
{
    struct raw_group *group = &making->group;
    making->has_hit |= raw_lines_has_hit(run->lines, (uint32_t)group->first + group->count);
    group->count++;
    group->flags |= completes ? AUDIT_GROUP_COMPLETE : 0;
    if (type == AUDIT_TYPE_EXECVE && run->grouping->needs_arguments) {
        making->is_odd =
            making->is_odd || group->flags & AUDIT_GROUP_ARGUMENTS || !audit_arguments_are_plain(text, body);
        group->flags |= AUDIT_GROUP_ARGUMENTS;
        making->arguments = text;
        making->arguments_body = body;
    }
}

/* A hit is somewhere in the lines of an event, but its command, which its arguments alone make, is none that anybody
 * takes. */
static bool is_refuted(const struct run *run, const struct making *making)
{
    str arguments = making->arguments;
    if (!run->grouping->command_test || !(making->group.flags & AUDIT_GROUP_ARGUMENTS) ||
        arguments.len > AUDIT_TESTED_BYTES_MAX ||
        str_starts_with(str_skip(arguments, making->arguments_body), STR("argc=0"))) {
        return false;
    }
    size_t bytes = audit_arguments_join(arguments, making->arguments_body, run->scratch->command);
    return !raw_test_run(run->grouping->command_test, run->scratch->command, bytes);
}

/* The first line. False: it is for the reader of lines. */
static bool begin(const struct run *run, struct making *making)
{
    struct audit_header_reader *headers = &run->scratch->headers;
    struct audit_header header;
    str text = raw_lines_text(run->lines, making->group.first);
    bool is_plain = audit_is_line_plain(text);
    if (is_plain && !audit_header_parse_usual(headers, text, run->end, &header)) {
        /* One that the reader of lines would hand over as it stands. */
        is_plain = audit_header_detect(text) >= FORMAT_SURE && audit_header_parse(headers, text, &header);
        making->is_odd = is_plain;
    }
    if (!is_plain) {
        making->group.flags = AUDIT_GROUP_FOREIGN;
        making->group.count = 1;
        return false;
    }
    making->group.time_ms = header.time_ms;
    making->group.serial = header.serial;
    making->group.flags |= header.node.len > 0 ? AUDIT_GROUP_NODE : 0;
    making->is_odd |= header.type == AUDIT_TYPE_EOE; /* one that ends nothing is counted as such */
    add_line(run, making, text, header.type, audit_type_completes_event(header.type), header.body);
    return true;
}

static struct raw_group read_group(const struct run *run, uint32_t first)
{
    struct making making = {.group = {.first = (uint16_t)first}};
    if (!begin(run, &making)) {
        return making.group;
    }
    uint32_t body;
    const struct audit_prefix *prefix;
    for (uint32_t next = first + 1;
         !(making.group.flags & AUDIT_GROUP_NODE) && making.group.count < GROUP_LINES_MAX && next < run->lines->count;
         next++) {
        str text = raw_lines_text(run->lines, next);
        if (!audit_is_line_plain(text) ||
            !(prefix = audit_header_repeats(&run->scratch->headers, text.data, run->end, &body))) {
            break;
        }
        add_line(run, &making, text, prefix->type, prefix->completes, body);
    }
    bool is_wanted = making.is_odd || (making.has_hit && !is_refuted(run, &making));
    making.group.flags |= is_wanted ? AUDIT_GROUP_WANTED : 0;
    return making.group;
}

void audit_group_lines(const void *grouping, void *scratch, const char *end, struct raw_lines *lines)
{
    struct run run = {.grouping = grouping, .scratch = scratch, .lines = lines, .end = end};
    if (!run.scratch->headers.index) {
        audit_header_reader_init(&run.scratch->headers, run.grouping->index);
    }
    lines->group_count = 0;
    for (uint32_t next = 0; next < lines->count;) {
        struct raw_group group = read_group(&run, next);
        lines->groups[lines->group_count++] = group;
        next += group.count;
    }
}
