/* convert/text_pattern.h
 * What LIKE and MATCHES ask of a text, as a tree that can be written as a regular expression of other systems. Holds
 * what all of them have: characters, sets of characters, sequences, choices, repetition, both ends, word edges. Not for
 * matching (match/ does that).
 * A pattern is looked for anywhere in the text; what must be the whole of it begins with PATTERN_START and ends with
 * PATTERN_END.
 * Memory: in the arena given. Threads: a finished tree is immutable. Limits: LIMIT_REGEX_DEPTH, LIMIT_QUERY_BYTES.
 */
#ifndef CONVERT_TEXT_PATTERN_H
#define CONVERT_TEXT_PATTERN_H

#include "base/arena.h"
#include "base/strbuf.h"

enum pattern_kind {
    PATTERN_TEXT,     /* .text, as it is; may be empty */
    PATTERN_SET,      /* one character of the ranges, or (is_negated) one that is in none */
    PATTERN_SEQUENCE, /* the parts, one behind the other */
    PATTERN_CHOICE,   /* one of the parts */
    PATTERN_REPEAT,   /* parts[0], min to max times */
    PATTERN_START,
    PATTERN_END,
    PATTERN_LAST_LINE_END, /* Java's $: the end, or in front of a line end that is the last thing */
    PATTERN_LOOK,          /* parts[0] stands (or not) at this place; .text is how PCRE opens it */
    PATTERN_EDGE,          /* of a word */
    PATTERN_NO_EDGE
};

struct pattern_range {
    uint32_t first;
    uint32_t last;
};

enum { PATTERN_NO_MAX = UINT32_MAX };

struct text_pattern {
    enum pattern_kind kind;
    bool is_negated;
    uint32_t range_count;
    uint32_t part_count;
    uint32_t min;
    uint32_t max;
    str text;
    struct pattern_range *ranges;
    struct text_pattern **parts;
};

/* A regular expression of Java. (?i) and (?s) at its front are understood; *ret_ignores_case becomes true for (?i) and
 * is left alone otherwise. TOCSIN_ERROR_UNSUPPORTED, with the name of the construct: back-references and whatever else
 * not all systems have. `is_full`: it must match the whole text. */
tocsin_status text_pattern_parse(struct arena *arena, str regex, bool is_full, bool *ret_ignores_case,
                                 const struct text_pattern **ret_pattern, struct error *err);

/* ---- LIKE ---- */

enum like_shape { LIKE_EXACT, LIKE_CONTAINS, LIKE_STARTS, LIKE_ENDS, LIKE_ANYTHING, LIKE_OTHER };
/* What a pattern of LIKE asks; *ret_text is its text for the first four. */
enum like_shape like_shape_of(str pattern, str *ret_text);
/* NULL when memory is out. */
const struct text_pattern *text_pattern_of_like(struct arena *arena, str pattern);
/* A text that is looked for as it is. */
const struct text_pattern *text_pattern_of_text(struct arena *arena, str text);

/* Does the empty text fit? */
bool text_pattern_fits_empty(const struct text_pattern *pattern);
/* Capital letters somewhere in it: then it can't be asked of LOWER(x) ignoring case. */
bool text_pattern_has_case(const struct text_pattern *pattern, bool is_upper);

/* ---- writing ---- */

enum pattern_dialect { PATTERN_PCRE, PATTERN_RE2, PATTERN_LUCENE };

struct pattern_style {
    enum pattern_dialect dialect;
    bool ignores_case; /* written with (?i) in front; in Lucene as [kK] for each letter */
    bool has_no_flag;  /* the caller writes that case is ignored in another way */
    bool is_whole;     /* all of the text must match: .* is added where it may begin or end anywhere; Lucene
                          always does so */
    char escaped;      /* a further character to put a \ in front of, such as /; or NUL */
    char hex;          /* a character that is written \xNN, such as a quote; or NUL */
};

/* False if the dialect has no words for it: in Lucene word edges, and ends that stand inside. */
bool text_pattern_write(const struct text_pattern *pattern, const struct pattern_style *style, struct strbuf *target);

#endif
