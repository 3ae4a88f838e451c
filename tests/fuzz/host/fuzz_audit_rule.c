/* fuzz_audit_rule.c - sets of audit rules: reading ends, and a set whose first rule is one that records covers that
 * rule, unless another silences the record types. */
#include <stdlib.h>

#include "base/limits.h"
#include "host/audit_rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct error err = {0};
    struct audit_rules rules = {.enabled = -1};
    arena_init(&arena, 64 * MEBI);
    str text = arena_copy(&arena, str_from((const char *)data, size));
    if (text.data && audit_rules_read(&rules, text, &arena, &err) == TOCSIN_OK) {
        for (size_t i = 0; i < rules.rule_count && i < 20; i++) {
            const struct audit_rule *by = NULL;
            enum audit_cover cover = audit_rules_cover(&rules, &rules.rules[i], &by);
            bool is_first = i == 0 && !rules.rules[0].is_never && rules.rules[0].list == AUDIT_LIST_EXIT;
            if (is_first && rules.rules[0].arch.len > 0 && cover != AUDIT_COVER_FULL && cover != AUDIT_COVER_HIDDEN) {
                abort();
            }
        }
    }
    arena_release(&arena);
    return 0;
}
