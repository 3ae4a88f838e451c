/* command/command_pattern_internal.h
 * A pattern as it was read, and one pattern compared with one thing that a line does: between command_pattern.c, which
 * does both, and pattern_set.c, which finds out which patterns are worth comparing.
 */
#ifndef COMMAND_COMMAND_PATTERN_INTERNAL_H
#define COMMAND_COMMAND_PATTERN_INTERNAL_H

#include "command/command_internal.h"

enum word_kind {
    WORD_OPERAND,  /* the next operands, in order */
    WORD_ARGUMENT, /* ~x: any argument */
    WORD_OPTION,
    WORD_END /* . : no operand behind those named */
};

struct pattern_word {
    enum word_kind kind;
    bool is_negated;
    bool has_value;
    struct str_list names;  /* alternatives: of the operand or argument, or of the option's name */
    struct str_list values; /* of the option */
};

struct pattern_part {
    struct str_list tools;
    bool is_inside;
    struct pattern_word words[LIMIT_COMMAND_PATTERN_WORDS];
    uint32_t word_count;
};

struct command_pattern {
    enum command_pattern_kind kind;
    bool is_excluding;          /* what matches it does not count */
    struct pattern_part *parts; /* each fed by the one before */
    uint32_t part_count;
    str path;   /* READS: the glob; REQUESTS: of the path, or empty */
    str host;   /* REQUESTS, or empty */
    str socket; /* REQUESTS: a glob */
    bool has_socket;
    uint32_t port; /* 0: any */
};

/* One thing that the line does. */
struct subject {
    const struct command_line *line;
    const struct simple_command *command; /* of RUNS */
    str path;                             /* of READS */
    bool is_recursive;
    size_t *work;                          /* what may still be compared */
    const struct command_request *request; /* of REQUESTS */
};

bool pattern_matches(const struct command_pattern *pattern, const struct subject *subject);

#endif
