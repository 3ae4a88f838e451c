#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "function/pod_text.h"

typedef bool read_pod(str json, struct arena *scratch, struct strbuf *ret);

static void check(read_pod *read, const char *json, const char *expected)
{
    struct arena scratch;
    struct strbuf text;
    arena_init(&scratch, ARENA_NO_LIMIT);
    strbuf_init(&text, LIMIT_BATCH_BYTES);
    assert_true(read(str_from_cstring(json), &scratch, &text));
    if (!str_eq(strbuf_str(&text), str_from_cstring(expected))) {
        fail_msg("%s: %.*s, not %s", json, STR_ARG(strbuf_str(&text)), expected);
    }
    strbuf_release(&text);
    arena_release(&scratch);
}

static void test_commands(void **state)
{
    check(pod_text_commands, "{\"spec\":{\"containers\":[{\"args\":[\"-c\",\"cat /x\"],\"command\":[\"sh\"]}]}}",
          "sh -c cat /x");
    check(pod_text_commands,
          "{\"spec\":{\"jobTemplate\":{\"spec\":{\"template\":{\"spec\":{\"initContainers\":[{\"command\":[\"a\"]}],"
          "\"containers\":[{\"args\":[\"b\"],\"livenessProbe\":{\"exec\":{\"command\":[\"c\"]}}}]}}}}}}",
          "a\nc\nb");
    check(pod_text_commands, "[{\"op\":\"add\",\"path\":\"/x\",\"value\":{\"command\":[\"env\"]}}]", "env");
    check(pod_text_commands, "{\"command\":\"x\",\"args\":{\"a\":[1]}}", "");
    check(pod_text_commands, "{\"command\":[1,null,\"a\\n\",[\"x\"],\"b\"]}", "a\n b");
    check(pod_text_commands, "", "");
    check(pod_text_commands, "\"x\"", "");
    check(pod_text_commands, "{\"a\":{\"command\":[\"x\"],\"b\":", "x");
}

static void test_access(void **state)
{
    check(
        pod_text_access,
        "{\"spec\":{\"serviceAccountName\":\"web\",\"hostPID\":true,\"hostNetwork\":false,\"containers\":[{\"env\":[{"
        "\"valueFrom\":{\"secretKeyRef\":{\"name\":\"db\",\"key\":\"k\"}}}],\"envFrom\":[{\"secretRef\":{\"name\":\"e\""
        "}}],\"securityContext\":{\"privileged\":true}}],\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/\"}},{"
        "\"secret\":{\"secretName\":\"s\"}},{\"projected\":{\"sources\":[{\"serviceAccountToken\":{\"path\":\"t\"}},{"
        "\"secret\":{\"name\":\"p\"}}]}}]}}",
        "account web, host processes, secret db, secret e, privileged, host /, secret s, token, secret p");
    check(pod_text_access, "{\"path\":\"/\",\"name\":\"x\"}", "");
    check(pod_text_access, "{\"serviceAccountName\":\"\"}", "");
}

static void test_deep(void **state)
{
    enum { DEEP = LIMIT_JSON_DEPTH + 10 };
    char json[2 * DEEP + 1];
    for (size_t i = 0; i < DEEP; i++) {
        json[i] = '[';
        json[DEEP + i] = ']';
    }
    json[2 * DEEP] = 0;
    check(pod_text_access, json, "");
    check(pod_text_commands, json, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
