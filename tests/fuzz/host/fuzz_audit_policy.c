/* fuzz_audit_policy.c - audit policies: reading ends, and an answer names a rule that there is. */
#include <stdlib.h>

#include "base/limits.h"
#include "host/audit_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct error err = {0};
    struct audit_policy *policy;
    arena_init(&arena, 64 * MEBI);
    if (audit_policy_read(str_from((const char *)data, size), &arena, &policy, &err) == TOCSIN_OK) {
        struct policy_answer answer = audit_policy_level(policy, STR_EMPTY, STR("pods/exec"), STR("create"));
        if (answer.rule == 0 && answer.level != POLICY_NONE) {
            abort();
        }
    }
    arena_release(&arena);
    return 0;
}
