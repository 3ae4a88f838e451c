/* convert/condition.h
 * What WHERE (or HAVING) asks of a row, in terms that other systems have: a tree of tests of one field or value each,
 * with QRadar's two-valued logic. A test of nothing (null) is false, and NOT makes it true.
 * Built from the plan's bound expressions: aliases, custom functions and properties are what they stand for.
 * Memory: in the conversion's arena. Threads: one.
 */
#ifndef CONVERT_CONDITION_H
#define CONVERT_CONDITION_H

#include "convert/text_pattern.h"
#include "plan/plan.h"

enum condition_kind {
    CONDITION_TRUE,
    CONDITION_FALSE,
    CONDITION_AND,
    CONDITION_OR,
    CONDITION_NOT,
    CONDITION_SOURCE, /* the event is of one of the log source types .texts */
    /* Tests of .field, or of .value where there is no field */
    CONDITION_TEXT_IN,    /* one of .texts */
    CONDITION_LIKE,       /* .text is the pattern of LIKE */
    CONDITION_REGEX,      /* .pattern */
    CONDITION_TEXT_ORDER, /* .operator .text */
    CONDITION_NUMBER_IN,  /* one of .numbers */
    CONDITION_NUMBER_ORDER,
    CONDITION_ADDRESS_IN, /* one of .texts, addresses */
    CONDITION_NETWORK,    /* in the network .text, in CIDR notation */
    CONDITION_IS_NULL,
    CONDITION_TIME,       /* .operator: a time, in milliseconds; or (.is_relative) this long before now */
    CONDITION_LIKE_VALUE, /* .value like .other, a pattern that is not constant */
    CONDITION_COMPARE     /* .value .operator .other: two values, whatever they are */
};

struct condition {
    enum condition_kind kind;
    enum syntax_operator operator;
    bool ignores_case;
    bool is_relative;
    const struct syntax_node *place; /* in the query; NULL: not known */
    field_id field;                  /* FIELD_NONE: .value */
    const struct expression *value;
    const struct expression *other;
    str name; /* the target's own, where a test tells one log source type from others; else empty */
    str text;
    str *texts;
    double *numbers;
    uint32_t count; /* of texts or numbers */
    int64_t time_ms;
    const struct text_pattern *pattern;
    const struct condition **parts;
    uint32_t part_count;
};

struct conversion;

/* `expression` is a predicate of the plan. TOCSIN_ERROR_UNSUPPORTED, with the place: there are no such terms for it. */
tocsin_status condition_build(struct conversion *conversion, const struct expression *expression,
                              const struct condition **ret_condition);
/* The same, of a list that is joined by AND. */
tocsin_status condition_build_all(struct conversion *conversion, const struct expression *const *expressions,
                                  uint32_t count, const struct condition **ret_condition);

/* What is left when the log source types are known: CONDITION_SOURCE becomes true or false. `type` empty: they stay,
 * only TRUE and FALSE are taken out of the tree. */
tocsin_status condition_for_type(struct conversion *conversion, const struct condition *condition, str type,
                                 const struct condition **ret_condition);
bool condition_has_source(const struct condition *condition);
bool condition_accepts_type(const struct condition *source, str type);

/* Fields that it tests. */
void condition_add_fields(const struct condition *condition, struct field_set *set);

/* Is it true of a row that has nothing in the field or value it tests? Only of tests. */
bool condition_holds_for_empty(const struct condition *condition);

#endif
