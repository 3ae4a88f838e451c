/* verify/rule_cases.h
 * The cases of a rule, tests/ID.yaml of a pack: what it must find, what it must not find, and how one might slip past
 * it (docs/testing-packs.md). Read and checked here; nothing is run.
 * Memory: the file owns all text. Threads: one at a time. Limits: LIMIT_CONFIG_BYTES, LIMIT_RULE_CASES.
 */
#ifndef VERIFY_RULE_CASES_H
#define VERIFY_RULE_CASES_H

#include "base/arena.h"
#include "base/yaml_document.h"

enum case_kind { CASE_POSITIVE, CASE_NEGATIVE, CASE_EVASION, CASE_KIND_COUNT };
/* What a case's events are made of. One line of the first five is one item. */
enum case_source {
    SOURCE_COMMANDS,
    SOURCE_REQUESTS,
    SOURCE_DOCKER_REQUESTS,
    SOURCE_READS,
    SOURCE_CONNECTS,
    SOURCE_EVENTS,
    SOURCE_FILE,
    SOURCE_COUNT
};
/* In which logs an item is written; a bit each. */
enum case_form { FORM_AUDIT = 1, FORM_JSON = 2, FORM_DAEMON = 4, FORM_PLUGIN = 8 };

struct case_texts {
    char *const *items;
    size_t count;
};

struct case_range {
    int64_t min;
    int64_t max; /* INT64_MAX: no end */
};

/* What is expected of each item, or of the whole case where its items belong together. */
struct case_expectation {
    struct case_range rows;
    struct case_range level; /* 0 informational to 4 critical; of every row */
    struct case_range risk;
    const char *act; /* or NULL; of every row */
    const char *identity;
    const char *target;
};

struct rule_case {
    enum case_kind kind;
    unsigned index; /* among those of its kind */
    const char *name;
    struct case_texts texts[SOURCE_EVENTS]; /* by source */
    const char *events;
    const char *file; /* path in the pack */
    struct case_range lines;
    unsigned forms;
    const char *who; /* or NULL: each item has a user of its own */
    const char *exe; /* or NULL */
    bool is_in_container;
    bool is_together;
    int64_t apart_s;
    struct case_expectation expected;
};

struct rule_cases {
    struct yaml_document document;
    struct arena arena;
    struct rule_case *cases; /* positive, negative, evasion */
    size_t case_count;
    size_t counts[CASE_KIND_COUNT];
};

/* "positive", "negative", "evasion". */
const char *case_kind_name(enum case_kind kind);
/* The key of a source: "commands". */
const char *case_source_name(enum case_source source);

/* `source_name` is for errors. Release it whether it could be loaded or not. */
tocsin_status rule_cases_load(struct rule_cases *file, str text, const char *source_name, const char *rule_id,
                              struct error *err);
void rule_cases_release(struct rule_cases *file);
/* Gives an error about a case the line of it, or of one of its items. */
void rule_cases_position(const struct rule_cases *file, const struct rule_case *rule_case, enum case_source source,
                         size_t item, struct error *err);

#endif
