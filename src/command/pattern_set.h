/* command/pattern_set.h
 * The patterns of one condition, ready to be compared with many lines: which of them a line could match at all is known
 * from the tools that it runs and from the bytes of the paths that it reads, so that most are never compared. The
 * answer is that of command_patterns_match.
 * Not a cache: what was found out of a line is kept in its facts, and who keeps those is the caller's business
 * (command_cache.h).
 * Memory: a set lives in the arena that it was made in, facts in theirs. Threads: a set is read by any; facts are of
 * one.
 */
#ifndef COMMAND_PATTERN_SET_H
#define COMMAND_PATTERN_SET_H

#include "command/command.h"

struct command_pattern_set; /* immutable */

/* TOCSIN_ERROR_SYNTAX says what is wrong with one of the patterns. */
tocsin_status command_pattern_set_compile(struct arena *arena, enum command_pattern_kind kind, const str *texts,
                                          uint32_t count, const struct command_pattern_set **ret, struct error *err);
/* The kind and the texts: the same for sets that are the same. */
str command_pattern_set_key(const struct command_pattern_set *set);

struct command_path_fact;
struct command_request;

/* A line, and what was worked out of it for the sets it was compared with. */
struct command_facts {
    struct command_line line;
    uint64_t *tools; /* a hash of each command's tool; NULL: not worked out */
    struct command_path_fact *paths;
    uint32_t path_count;
    size_t path_bytes;
    bool has_paths;
    struct command_request *requests;
    uint32_t request_count;
    bool has_requests;
};

/* Whether the line matches the set. `arena` is that of the facts; `scratch`, empty, serves where that has no room. */
bool command_pattern_set_matches(const struct command_pattern_set *set, struct command_facts *facts,
                                 struct arena *arena, struct arena *scratch);

#endif
