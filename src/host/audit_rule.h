/* host/audit_rule.h
 * Rules of the Linux audit system as people write them (files of /etc/audit/rules.d, auditctl's arguments) and as
 * `auditctl -l` prints them, and what they mean: whether a set of rules records all that one rule would.
 * Not for the kernel's binary form.
 * Memory: the caller's arena; words are views into the text. Threads: any. Limits: LIMIT_AUDIT_RULES of a set,
 * AUDIT_FIELDS_MAX conditions of a rule (the kernel's own limit), AUDIT_SYSCALLS_MAX calls.
 */
#ifndef HOST_AUDIT_RULE_H
#define HOST_AUDIT_RULE_H

#include "base/arena.h"

enum { AUDIT_FIELDS_MAX = 64, AUDIT_SYSCALLS_MAX = 512 };

enum audit_list { AUDIT_LIST_EXIT, AUDIT_LIST_EXCLUDE, AUDIT_LIST_TASK, AUDIT_LIST_OTHER };

struct audit_field {
    str name;
    str operation; /* "=", "!=", ">=" and so on */
    str value;
};

struct audit_rule {
    str text; /* the line */
    enum audit_list list;
    bool is_never;
    bool is_watch; /* written as -w, or printed so: its folder or file is the field "watch" */
    str arch;      /* "b64", "b32" or empty: any */
    str *syscalls; /* none: all */
    size_t syscall_count;
    struct audit_field *fields; /* without arch and key */
    size_t field_count;
    str key; /* the first one, or empty */
};

struct audit_rules {
    struct audit_rule *rules; /* in their order */
    size_t rule_count;
    size_t unknown_count; /* lines that are no rule, no comment and no known control option */
    str unknown;          /* the first of those */
    int64_t enabled;      /* what -e said last; -1: nothing */
};

/* Reads lines, and adds to the set (which begins zeroed, with `enabled` -1). -D empties it. */
tocsin_status audit_rules_read(struct audit_rules *rules, str text, struct arena *arena, struct error *err);

enum audit_cover {
    AUDIT_COVER_FULL,
    AUDIT_COVER_NARROWER, /* some of it is recorded: `by` has conditions of its own */
    AUDIT_COVER_HIDDEN,   /* it would be, but for `by`, which says never or leaves the records out */
    AUDIT_COVER_WATCH,    /* there is only a watch, which does not see that call */
    AUDIT_COVER_NONE
};

/* How much of what `wanted` records (always, on exit) the set records. *ret_by (may be NULL): the rule that decided, or
 * NULL. Deliberate exclusions of programs (never with exe=) leave it full. */
enum audit_cover audit_rules_cover(const struct audit_rules *rules, const struct audit_rule *wanted,
                                   const struct audit_rule **ret_by);

#endif
