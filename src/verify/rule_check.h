/* verify/rule_check.h
 * What the files of a pack say of each other: fields that a rule requires exist, its group has a guide, cases are those
 * of a rule. A slip of the pen there would otherwise switch something off, and nobody would notice.
 * Threads: one at a time.
 */
#ifndef VERIFY_RULE_CHECK_H
#define VERIFY_RULE_CHECK_H

#include "verify/pack_run.h"

/* TOCSIN_ERROR_CONFIG, with the line of the rule's header: a field that is not known, or a group without its guide (in
 * a pack that has guides). */
tocsin_status rule_check(const struct pack_context *context, const struct tocsin_rule *rule, struct error *err);
/* TOCSIN_ERROR_CONFIG: a file tests/ID.yaml, and no rule of that id. */
tocsin_status rule_check_cases(const struct pack_context *context, struct error *err);

#endif
