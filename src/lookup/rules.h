/* lookup/rules.h
 * Names of correlation rules: what RULENAME gives for a rule's id. Nothing is built in; ids are of the user's QRadar.
 * Memory: one arena inside. Threads: any may read once loaded.
 */
#ifndef LOOKUP_RULES_H
#define LOOKUP_RULES_H

#include "base/error.h"

struct rules;

tocsin_status rules_create(struct rules **ret_rules, struct error *err) __attribute__((warn_unused_result));
void rules_free(struct rules *rules);

/*     rules:
 *       - {id: 100205, name: Many failed logons} */
tocsin_status rules_load_text(struct rules *rules, str text, const char *source_name, struct error *err)
    __attribute__((warn_unused_result));

/* Empty if there is no such rule. */
str rules_name(const struct rules *rules, int64_t id);

#endif
