/* format/audit_group.h
 * Lines of an audit log that follow each other and are of one event, told by their bytes once they were searched: whose
 * they are, and whether the event has to be read because of them. For raw_finder.group.
 * Memory: none but the scratch. Threads: any; a scratch belongs to one at a time.
 */
#ifndef FORMAT_AUDIT_GROUP_H
#define FORMAT_AUDIT_GROUP_H

#include "base/limits.h"
#include "format/audit_header.h"
#include "format/raw_condition.h"
#include "format/raw_finder.h"

/* What a struct raw_group says of audit lines, in its flags. */
enum audit_group_flag {
    AUDIT_GROUP_FOREIGN = 1,   /* one line, which the reader of lines has to see; nothing else is known */
    AUDIT_GROUP_WANTED = 2,    /* something in them says that the event has to be read, or may say so */
    AUDIT_GROUP_ARGUMENTS = 4, /* one of them holds arguments */
    AUDIT_GROUP_COMPLETE = 8,  /* one of them completes the event */
    AUDIT_GROUP_NODE = 16,     /* they name a node, and it is one line */
};

struct audit_grouping {
    const struct audit_index *index;
    bool needs_arguments;
    const struct raw_test *command_test; /* NULL: commands are not asked */
};

/* Commands up to this are told from the rest of an event. */
enum { AUDIT_TESTED_BYTES_MAX = 16 * 1024 };

struct audit_group_scratch {
    struct audit_header_reader headers;
    char command[AUDIT_TESTED_BYTES_MAX];
};

/* A raw_grouping: the context is a struct audit_grouping, the scratch a struct audit_group_scratch. */
void audit_group_lines(const void *grouping, void *scratch, const char *end, struct raw_lines *lines);

/* The reader of lines would hand it over as it stands. */
static inline bool audit_is_line_plain(str text)
{
    return text.len <= LIMIT_LINE_BYTES && (text.len == 0 || text.data[text.len - 1] != '\r');
}

#endif
