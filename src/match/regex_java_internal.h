/* match/regex_java_internal.h - shared by the files of the translator: regex_java.c (structure), regex_java_escape.c
 * (escapes, properties), regex_java_class.c (classes). */
#ifndef MATCH_REGEX_JAVA_INTERNAL_H
#define MATCH_REGEX_JAVA_INTERNAL_H

#include "base/limits.h"
#include "match/regex_java.h"

/* Tells regex.c that work is done. Stands wherever a match may be continued in more than a few ways: in front of what
 * is repeated, in repeated groups, and behind alternatives once there are many ways through the pattern. What lies
 * between two of them takes a time linear in the value. */
#define BUDGET_CHECK STR("(?C1)")
#define NO_GROUP     SIZE_MAX
/* Words under (?U). */
#define UNICODE_WORD_ITEMS "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200c}\\x{200d}"

enum {
    FLAG_DOTALL = 1,
    FLAG_MULTILINE = 2,
    FLAG_COMMENTS = 4,
    FLAG_IGNORE_CASE = 8,
    FLAG_UNICODE_CASE = 16,
    FLAG_UNIX_LINES = 32,
    FLAG_UNICODE_CLASS = 64
};

struct translator {
    str in;
    size_t at;
    size_t token; /* where the piece in work begins */
    struct regex_java java;
    struct strbuf names; /* of the groups so far: <name> each */
    unsigned flags;
    bool is_exact;      /* for values beyond ASCII */
    bool class_is_wide; /* the class in work names a character beyond ASCII */
    unsigned depth;
    bool can_repeat;  /* something to repeat stands in front */
    unsigned flags_outside[LIMIT_REGEX_DEPTH];
    size_t group_outside[LIMIT_REGEX_DEPTH]; /* number of the group, in the order of opening, captures or not */
    unsigned branches[LIMIT_REGEX_DEPTH];
    /* Whether a group is repeated is known only behind it, so the pattern is translated twice. */
    char *is_repeated; /* of each group, '\1' if so; written by the first pass */
    bool is_first_pass;
    size_t groups_opened;
    size_t group_closed; /* it stands right in front; or NO_GROUP */
    uint32_t paths;      /* ways through the alternatives of all groups; saturates */
    struct error *err;
};

static inline bool at_end(const struct translator *t)
{
    return t->at >= t->in.len;
}

/* The byte at `at` + ahead, or NUL. */
static inline char peek(const struct translator *t, size_t ahead)
{
    return t->in.len - t->at > ahead ? t->in.data[t->at + ahead] : '\0';
}

static inline bool looking_at(const struct translator *t, str text)
{
    return str_starts_with(str_skip(t->in, t->at), text);
}

static inline bool take(struct translator *t, str text)
{
    bool is_there = looking_at(t, text);
    t->at += is_there ? text.len : 0;
    return is_there;
}

/* (?i) without (?u): only ASCII letters have two cases. PCRE2 folds all letters. */
static inline bool folds_ascii(const struct translator *t)
{
    return (t->flags & FLAG_IGNORE_CASE) && !(t->flags & FLAG_UNICODE_CASE);
}

uint32_t java_take_code_point(struct translator *t);
/* With (?x), Java skips blanks and comments everywhere, in classes too. */
void java_skip_comments(struct translator *t);

/* In front of an item for one character (or a reference), whose text in the pattern is taken: if it is repeated, the
 * budget is checked. */
void java_check_repeated(struct translator *t);

/* The error for that offset of the pattern. */
tocsin_status java_fail(struct translator *t, size_t offset, const char *reason);
void java_emit(struct translator *t, str text);
/* A character that stands for itself, inside and outside of a class. */
void java_append_literal(struct strbuf *buffer, uint32_t code_point);
void java_emit_literal(struct translator *t, uint32_t code_point);

/* An escape that stands for one character, `letter` being taken already. *ret_known: it is one. */
tocsin_status java_take_character_escape(struct translator *t, char letter, uint32_t *ret, bool *ret_known);
/* \p or \P, taken already; what follows goes into `items`, as items of a class. *ret_is_complement: the set is all
 * characters but those. */
tocsin_status java_take_property(struct translator *t, bool is_negated, struct strbuf *items, bool *ret_is_complement);
/* \w and its kin (`letter` of dDwWsShHvV), in the same way. */
void java_append_set(const struct translator *t, char letter, struct strbuf *items, bool *ret_is_complement);
tocsin_status java_translate_class(struct translator *t);

#endif
