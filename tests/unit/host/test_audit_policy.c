/* The level at which an audit policy records a request. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "host/audit_policy.h"

static struct arena arena;

static const struct audit_policy *read_policy(const char *text)
{
    struct audit_policy *policy = NULL;
    struct error err = {0};
    if (audit_policy_read(str_from_cstring(text), &arena, &policy, &err) != TOCSIN_OK) {
        fail_msg("%s", err.message);
    }
    return policy;
}

static void assert_level(const struct audit_policy *policy, const char *group, const char *resource, const char *verb,
                         enum policy_level level, size_t rule)
{
    struct policy_answer answer =
        audit_policy_level(policy, str_from_cstring(group), str_from_cstring(resource), str_from_cstring(verb));
    if (answer.level != level || answer.rule != rule) {
        fail_msg("%s %s/%s: %s by rule %zu", verb, group, resource, policy_level_name(answer.level), answer.rule);
    }
}

static const char mixed[] = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n"
                            "- level: None\n  users: [kube-proxy]\n  resources: [{group: '', resources: [secrets]}]\n"
                            "- level: None\n  nonResourceURLs: ['/healthz*']\n"
                            "- level: Metadata\n  verbs: [get]\n  resources: [{group: '', resources: [secrets]}]\n"
                            "- level: Request\n  resources: [{group: '', resources: ['pods/*']}]\n"
                            "- level: RequestResponse\n  resources: [{group: '*', resources: ['*/token']}]\n"
                            "- level: Metadata\n  resources:\n  - group: ''\n    resources: [configmaps]\n"
                            "    resourceNames: [one]\n"
                            "- level: Metadata\n  resources: [{group: apps}]\n";

static void the_first_rule_that_fits_decides(void **state)
{
    (void)state;
    const struct audit_policy *policy = read_policy(mixed);
    assert_level(policy, "", "secrets", "get", POLICY_METADATA, 3);
    assert_level(policy, "", "secrets", "list", POLICY_NONE, 0);
    assert_level(policy, "", "pods/exec", "create", POLICY_REQUEST, 4);
    assert_level(policy, "", "pods", "create", POLICY_NONE, 0);
    assert_level(policy, "", "serviceaccounts/token", "create", POLICY_REQUEST_RESPONSE, 5);
    assert_level(policy, "", "configmaps", "get", POLICY_NONE, 0);
    assert_level(policy, "apps", "deployments", "get", POLICY_METADATA, 7);
    struct policy_answer answer = audit_policy_level(policy, STR_EMPTY, STR("secrets"), STR("get"));
    assert_int_equal(answer.exceptions, 1);
    assert_int_equal(answer.exception, 1);
}

static void a_rule_without_resources_fits_all(void **state)
{
    (void)state;
    const struct audit_policy *policy = read_policy("kind: Policy\nrules: [{level: Metadata}]");
    assert_level(policy, "", "secrets", "watch", POLICY_METADATA, 1);
    assert_level(policy, "any.group", "things/status", "patch", POLICY_METADATA, 1);
}

static void the_shipped_policy_shows_what_is_needed_and_no_secrets(void **state)
{
    (void)state;
    char text[16 * 1024];
    FILE *file = fopen(TOCSIN_SOURCE_ROOT "/packs/container-api/telemetry/audit-policy.yaml", "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    const struct audit_policy *policy = read_policy(text);
    static const char *const verbs[] = {"get", "list", "watch", "create", "update", "delete"};
    static const char *const resources[] = {"secrets", "configmaps", "serviceaccounts/token", "pods/exec",
                                            "nodes/proxy"};
    for (size_t r = 0; r < countof(resources); r++) {
        for (size_t v = 0; v < countof(verbs); v++) {
            struct policy_answer answer =
                audit_policy_level(policy, STR_EMPTY, str_from_cstring(resources[r]), str_from_cstring(verbs[v]));
            assert_int_equal(answer.level, POLICY_METADATA);
            assert_int_equal(answer.exceptions, 0);
        }
    }
    assert_int_equal(audit_policy_level(policy, STR_EMPTY, STR("pods"), STR("create")).level, POLICY_REQUEST);
    assert_int_equal(audit_policy_level(policy, STR_EMPTY, STR("events"), STR("create")).level, POLICY_NONE);
}

static void what_is_no_policy_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "a: b",
                                        "kind: Policy",
                                        "kind: Policy\nrules: []",
                                        "kind: [",
                                        "kind: Policy\nrules: [{level: Loud}]",
                                        "kind: Policy\nrules: [1]",
                                        "\xff\xfe"};
    for (size_t i = 0; i < countof(texts); i++) {
        struct audit_policy *policy;
        struct error err = {0};
        assert_int_equal(audit_policy_read(str_from_cstring(texts[i]), &arena, &policy, &err), TOCSIN_ERROR_CONFIG);
    }
}

/* An alias costs its list each time it is named. */
static void limits_hold(void **state)
{
    (void)state;
    struct strbuf text;
    struct audit_policy *policy;
    struct error err = {0};
    strbuf_init(&text, 8 * MEBI);
    strbuf_append(&text, STR("kind: Policy\nv: &v [get"));
    for (int i = 0; i < 1000; i++) {
        strbuf_append(&text, STR(", get"));
    }
    strbuf_append(&text, STR("]\nrules:\n"));
    for (int i = 0; i < LIMIT_POLICY_NODES / 1000; i++) {
        strbuf_append(&text, STR("- {level: None, verbs: *v}\n"));
    }
    assert_int_equal(audit_policy_read(strbuf_str(&text), &arena, &policy, &err), TOCSIN_ERROR_LIMIT);
    while (text.len <= LIMIT_CONFIG_BYTES) {
        strbuf_append(&text, STR("# a comment\n"));
    }
    assert_int_equal(audit_policy_read(strbuf_str(&text), &arena, &policy, &err), TOCSIN_ERROR_LIMIT);
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rule_that_fits_decides),
        cmocka_unit_test(a_rule_without_resources_fits_all),
        cmocka_unit_test(the_shipped_policy_shows_what_is_needed_and_no_secrets),
        cmocka_unit_test(what_is_no_policy_is_refused),
        cmocka_unit_test(limits_hold),
    };
    arena_init(&arena, ARENA_NO_LIMIT);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
