/* A gate in front of a regular expression never turns a value away that the expression matches. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "execute/literal_gate.h"

static uint64_t random_state = 7;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

static void random_value(struct strbuf *value)
{
    static const char *const parts[] = {
        "/etc/",        "kubernetes/", "KUBELET", "kubelet", "k0s", "K0S/pki", ".conf", "admin",
        ".key",         "/tmp/",       "x",       "/",       "foo", "FOO",     "bar",   "\xc5\xbf",
        "\xe2\x84\xaa", "ecret",       "Secret",  "to",      "ken", "TOKEN",   "@[`{",  "?"};
    strbuf_clear(value);
    for (uint32_t i = random_below(7); i > 0; i--) {
        strbuf_append(value, str_from_cstring(parts[random_below(countof(parts))]));
    }
}

/* Gives how many values matched, and how many were turned away. */
static void compare(const char *regex, uint32_t *matched, uint32_t *turned_away)
{
    struct error err = {0};
    struct schema *schema = NULL;
    struct arena arena;
    struct log_source_table *log_sources = NULL;
    struct syntax_select *select = NULL;
    struct plan *plan = NULL;
    struct regex_scratch *scratch = NULL;
    const struct literal_gate *gate = NULL;
    struct strbuf text;
    struct strbuf value;
    arena_init(&arena, ARENA_NO_LIMIT);
    strbuf_init(&text, 100000);
    strbuf_init(&value, 100000);
    strbuf_append_format(&text, "SELECT qid FROM events WHERE %s", regex);
    assert_int_equal(schema_create(&schema, &err), TOCSIN_OK);
    assert_int_equal(log_source_table_create(&log_sources, &err), TOCSIN_OK);
    assert_int_equal(regex_scratch_create(&scratch, &err), TOCSIN_OK);
    struct plan_options options = {.log_sources = log_sources};
    assert_int_equal(aql_parse(&arena, strbuf_str(&text), NULL, &select, &err), TOCSIN_OK);
    assert_int_equal(plan_bind(select, strbuf_str(&text), "query", schema, &options, NULL, &plan, &err), TOCSIN_OK);
    const struct expression *test = plan->early[plan->early_count - 1]; /* the costliest */
    assert_int_equal(test->kind, EXPRESSION_REGEX);
    assert_int_equal(literal_gate_create(&arena, test, &gate, &err), TOCSIN_OK);
    for (int i = 0; gate && i < 20000; i++) {
        random_value(&value);
        bool matches = regex_matches(test->regex, scratch, strbuf_str(&value));
        bool is_admitted = literal_gate_admits(gate, strbuf_str(&value));
        if (matches && !is_admitted) {
            fail_msg("%s turns '%.*s' away", regex, STR_ARG(strbuf_str(&value)));
        }
        *matched += matches;
        *turned_away += !is_admitted;
    }
    strbuf_release(&value);
    strbuf_release(&text);
    regex_scratch_free(scratch);
    plan_free(plan);
    log_source_table_free(log_sources);
    schema_free(schema);
    arena_release(&arena);
}

static void what_matches_is_admitted(void **state)
{
    static const char *const tests[] = {
        "username MATCHES '.*kubelet.*'",
        "username IMATCHES '.*(kubelet|admin\\.conf|secret).*'",
        "username IMATCHES '^.*(/+(\\./+)*kubernetes/+.*|k0s).*$'",
        "username MATCHES '^/etc/.*(\\.key|\\.conf)$'",
        "username IMATCHES '.*(foo|bar|token)$'",
        "username MATCHES 'k0s/?.*'",
        "username IMATCHES '.*@\\[`\\{.*'",
    };
    for (size_t i = 0; i < countof(tests); i++) {
        uint32_t matched = 0;
        uint32_t turned_away = 0;
        compare(tests[i], &matched, &turned_away);
        if (matched < 20 || turned_away < 100) {
            fail_msg("%s: %u matched, %u turned away", tests[i], matched, turned_away);
        }
    }
}

static void without_literals_there_is_no_gate(void **state)
{
    static const char *const tests[] = {"username MATCHES '.*ab.*'", "username MATCHES '.*'",
                                        "username MATCHES '.*(kubelet|[a-z]+).*'",
                                        "LOWER(username) MATCHES '.*kubelet.*'"};
    for (size_t i = 0; i < countof(tests); i++) {
        uint32_t matched = 0;
        uint32_t turned_away = 0;
        compare(tests[i], &matched, &turned_away);
        assert_int_equal(matched + turned_away, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_matches_is_admitted),
        cmocka_unit_test(without_literals_there_is_no_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
