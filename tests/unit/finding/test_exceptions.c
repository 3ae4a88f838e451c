/* Exceptions: what an entry fits, what makes it too wide, and where mistakes are. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "finding/exceptions.h"
#include "lookup/lookup.h"
#include "lookup/reference_data.h"

static const struct exceptions_options strict = {0};

static struct exceptions *load(const char *text, const struct reference_data *references, struct error *err)
{
    struct exceptions *exceptions = NULL;
    assert_int_equal(exceptions_create(NULL, references, &exceptions, NULL), TOCSIN_OK);
    tocsin_status status = exceptions_load_text(exceptions, str_from_cstring(text), "e.yaml", &strict, err);
    if (status != TOCSIN_OK) {
        assert_int_equal(status, err->status);
        exceptions_free(exceptions);
        return NULL;
    }
    return exceptions;
}

static struct exceptions *load_good(const char *text)
{
    struct error err = {0};
    struct exceptions *exceptions = load(text, NULL, &err);
    if (!exceptions) {
        fail_msg("%s:%u: %s", err.source, err.line, err.message);
    }
    return exceptions;
}

#define ENTRY(rest) "exceptions:\n  - id: a\n    reason: r\n    owner: o\n    acts: [read secrets]\n" rest

/* A row of jane, who reads secrets of shop on Monday, 23 November 2026, 10:00 UTC. */
static struct finding_row make_row(void)
{
    struct finding_row row = {.time_ms = INT64_C(1795428000000)};
    row.texts[ROW_IDENTITY] = STR("jane@corp");
    row.texts[ROW_ACT] = STR("read secrets");
    row.texts[ROW_NAMESPACE] = STR("shop");
    row.texts[ROW_SOURCE] = STR("10.1.2.3");
    row.texts[ROW_CLIENT] = STR("kubectl/v1.29");
    return row;
}

static bool fits(const struct exceptions *exceptions, const struct finding_row *row)
{
    struct strbuf scratch;
    uint32_t expired = 0;
    strbuf_init(&scratch, 1000);
    uint32_t found = exceptions_find(exceptions, STR("kube_secrets"), row, &scratch, &expired);
    assert_true(found == EXCEPTION_NONE || expired == EXCEPTION_NONE);
    strbuf_release(&scratch);
    return found != EXCEPTION_NONE;
}

static bool text_fits(const char *text)
{
    struct exceptions *exceptions = load_good(text);
    struct finding_row row = make_row();
    bool result = fits(exceptions, &row);
    exceptions_free(exceptions);
    return result;
}

static void every_key_must_fit(void **state)
{
    assert_true(text_fits(ENTRY("    scope: {identity: [jane@corp]}\n")));
    assert_true(text_fits(ENTRY("    scope: {identity: ['jane@*'], namespace: [pay, shop]}\n")));
    assert_false(text_fits(ENTRY("    scope: {identity: ['jane@*'], namespace: [pay]}\n")));
    assert_false(text_fits(ENTRY("    scope: {identity: [Jane@corp]}\n"))); /* names of Kubernetes have a case */
    assert_false(text_fits(ENTRY("    scope: {identity: [jane]}\n")));      /* the whole text */
    assert_false(text_fits(ENTRY("    scope: {identity: ['jane@*'], host: [node1]}\n"))); /* the row has no host */
    assert_false(
        text_fits("exceptions:\n  - {id: a, reason: r, owner: o, acts: [exec], scope: {identity: [jane@corp]}}\n"));
    assert_true(
        text_fits("exceptions:\n  - {id: a, reason: r, owner: o, rules: [kube_*], scope: {identity: [jane@corp]}}\n"));
    assert_false(text_fits(
        "exceptions:\n  - {id: a, reason: r, owner: o, rules: [docker_*], scope: {identity: [jane@corp]}}\n"));
}

static void sources_are_blocks(void **state)
{
    assert_true(text_fits(ENTRY("    scope: {source: [10.1.0.0/16]}\n")));
    assert_true(text_fits(ENTRY("    scope: {source: [10.1.2.3]}\n")));
    assert_false(text_fits(ENTRY("    scope: {source: [10.2.0.0/16, 'fd00::/16']}\n")));
}

static void hours_are_of_a_zone_and_of_days(void **state)
{
    assert_true(text_fits(ENTRY("    scope: {identity: [jane@corp]}\n    hours: {from: '9:00', to: '17:00'}\n")));
    assert_false(text_fits(ENTRY("    scope: {identity: [jane@corp]}\n    hours: {from: '10:01', to: '17:00'}\n")));
    assert_false(text_fits(ENTRY("    scope: {identity: [jane@corp]}\n    hours: {from: '9:00', to: '10:00'}\n")));
    assert_true(
        text_fits(ENTRY("    scope: {identity: [jane@corp]}\n    hours: {from: '9:00', to: '17:00', days: [Mon]}\n")));
    assert_false(text_fits(
        ENTRY("    scope: {identity: [jane@corp]}\n    hours: {from: '9:00', to: '17:00', days: [tue, sun]}\n")));
    /* Over midnight: Monday 10:00 belongs to the night that began on Sunday. */
    assert_true(
        text_fits(ENTRY("    scope: {identity: [jane@corp]}\n    hours: {from: '22:00', to: '11:00', days: [sun]}\n")));
    assert_false(
        text_fits(ENTRY("    scope: {identity: [jane@corp]}\n    hours: {from: '22:00', to: '11:00', days: [mon]}\n")));
}

static void hours_follow_the_zone(void **state)
{
    struct time_zone *zone = NULL;
    struct exceptions *exceptions = NULL;
    assert_int_equal(time_zone_open(STR("+02:00"), &zone, NULL), TOCSIN_OK);
    assert_int_equal(exceptions_create(zone, NULL, &exceptions, NULL), TOCSIN_OK);
    str text = str_from_cstring(ENTRY("    scope: {identity: [jane@corp]}\n    hours: {from: '12:00', to: '12:01'}\n"));
    assert_int_equal(exceptions_load_text(exceptions, text, "e.yaml", &strict, NULL), TOCSIN_OK);
    struct finding_row row = make_row();
    assert_true(fits(exceptions, &row));
    exceptions_free(exceptions);
    time_zone_close(zone);
}

static void an_entry_expires_at_the_end_of_its_day(void **state)
{
    struct exceptions *exceptions = load_good(ENTRY("    scope: {identity: [jane@corp]}\n    expires: 2026-11-23\n"));
    struct finding_row row = make_row();
    struct strbuf scratch;
    strbuf_init(&scratch, 100);
    uint32_t expired = 7;
    assert_int_equal(exceptions_find(exceptions, STR("x"), &row, &scratch, &expired), 0);
    assert_int_equal(expired, EXCEPTION_NONE);
    row.time_ms += INT64_C(14) * 3600 * 1000 - 1;
    assert_int_equal(exceptions_find(exceptions, STR("x"), &row, &scratch, &expired), 0);
    row.time_ms++;
    assert_int_equal(exceptions_find(exceptions, STR("x"), &row, &scratch, &expired), EXCEPTION_NONE);
    assert_int_equal(expired, 0);
    strbuf_release(&scratch);
    exceptions_free(exceptions);
}

static void reference_sets_are_asked(void **state)
{
    struct lookup_tables *tables = NULL;
    assert_int_equal(lookup_tables_create(&tables, NULL), TOCSIN_OK);
    str yaml = STR("reference_data:\n  - {name: Pipelines, values: [jane@corp]}\n");
    char folder[] = "/tmp";
    struct error err = {0};
    if (reference_data_load_text(tables->reference_data, yaml, "reference_data.yaml", folder, &err) != TOCSIN_OK) {
        fail_msg("%s", err.message);
    }
    const char *text = ENTRY("    scope: {identity: ['reference_set:pipelines']}\n");
    struct exceptions *exceptions = load(text, tables->reference_data, &err);
    assert_non_null(exceptions);
    struct finding_row row = make_row();
    assert_true(fits(exceptions, &row));
    row.texts[ROW_IDENTITY] = STR("joe@corp");
    assert_false(fits(exceptions, &row));
    exceptions_free(exceptions);
    assert_null(load(ENTRY("    scope: {identity: ['reference_set:pipeline']}\n"), tables->reference_data, &err));
    assert_string_equal(err.message, "there is no reference set 'pipeline'");
    assert_string_equal(err.hint, "did you mean 'Pipelines'?");
    lookup_tables_free(tables);
}

static void mistakes_have_their_place(void **state)
{
    static const struct {
        const char *text;
        uint32_t line;
        const char *message;
    } mistakes[] = {
        {ENTRY("    scope: {identity: ['*']}\n"), 6, "too wide: its scope fits everybody"},
        {ENTRY("    scope: {identity: [jane, '*a*']}\n"), 6, "too wide"},
        {ENTRY("    scope: {source: [0.0.0.0/0]}\n"), 6, "too wide"},
        {ENTRY("    scope: {outcome: [success]}\n"), 6, "too wide"},
        {ENTRY("    scope: {}\n"), 6, "too wide"},
        {"exceptions:\n  - id: a\n    reason: r\n    owner: o\n    scope: {identity: [jane]}\n", 2,
         "names neither rules nor acts"},
        {"exceptions:\n  - id: a\n    reason: r\n    owner: o\n    rules: ['*']\n    scope: {identity: [jane]}\n", 5,
         "names neither rules nor acts"},
        {ENTRY("    scope: {identity: [jane]}\n    knob: [SourceIP]\n"), 7, "does not turn it"},
        {ENTRY("    scope: {identity: [jane]}\n    knob: [Userkontext]\n"), 7, "is no knob"},
        {ENTRY("    scope: {identity: [jane]}\n    expires: tomorrow\n"), 7, "is no date"},
        {ENTRY("    scope: {identity: [jane]}\n    expires: 2026-02-30\n"), 7, "is no date"},
        {ENTRY("    scope: {identity: [jane]}\n    hours: {from: '25:00', to: '1:00'}\n"), 7, "no time of day"},
        {ENTRY("    scope: {identity: [jane]}\n    hours: {from: '1:00', to: '1:00'}\n"), 7, "empty"},
        {ENTRY("    scope: {identity: [jane]}\n    hours: {from: '1:00', to: '2:00', days: [may]}\n"), 7,
         "no day of the week"},
        {ENTRY("    scope: {source: [10.0.0.0/99]}\n"), 6, "no block of addresses"},
        {ENTRY("    scope: {identity: ['']}\n"), 6, "must not be empty"},
        {ENTRY("    scope: {identity: [' ']}\n"), 6, "fits nothing"},
        {ENTRY("    scope: {user: [jane]}\n"), 6, "user"},
        {ENTRY("    scope: {identity: [jane]}\n") "  - id: A\n    reason: r\n    owner: o\n    acts: [exec]\n"
                                                  "    scope: {identity: [joe]}\n",
         7, "already"},
        {"exceptions:\n  - id: a\n    owner: o\n    acts: [exec]\n    scope: {identity: [jane]}\n", 2, "reason"},
    };
    for (size_t i = 0; i < countof(mistakes); i++) {
        struct error err = {0};
        struct exceptions *exceptions = load(mistakes[i].text, NULL, &err);
        if (exceptions || !strstr(err.message, mistakes[i].message) || err.line != mistakes[i].line) {
            fail_msg("%zu: line %u: %s", i, err.line, err.message);
        }
    }
}

static void there_is_a_limit(void **state)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_CONFIG_BYTES);
    strbuf_append(&text, STR("exceptions:\n"));
    for (unsigned i = 0; i <= LIMIT_EXCEPTIONS; i++) {
        strbuf_append_format(&text, "- {id: e%u, reason: r, owner: o, acts: [exec], scope: {identity: [jane]}}\n", i);
    }
    strbuf_append_char(&text, '\0');
    struct error err = {0};
    assert_false(text.is_failed);
    assert_null(load(text.data, NULL, &err));
    assert_int_equal(err.status, TOCSIN_ERROR_LIMIT);
    strbuf_release(&text);
}

/* The shipped list loads without any set, and no entry fits a person with kubectl. */
static void shipped_list_is_narrow(void **state)
{
    static char text[1 << 20];
    FILE *file = fopen(TOCSIN_SOURCE_ROOT "/packs/container-api/exceptions.yaml", "r");
    assert_non_null(file);
    size_t bytes = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    struct exceptions *exceptions = NULL;
    struct exceptions_options options = {.allows_missing_sets = true};
    struct error err = {0};
    assert_int_equal(exceptions_create(NULL, NULL, &exceptions, NULL), TOCSIN_OK);
    if (exceptions_load_text(exceptions, (str){text, bytes}, "exceptions.yaml", &options, &err) != TOCSIN_OK) {
        fail_msg("line %u: %s", err.line, err.message);
    }
    assert_true(exceptions_count(exceptions) > 20);
    static const char *const stolen[] = {"system:serviceaccount:cert-manager:cert-manager", "system:node:worker-1",
                                         "system:kube-controller-manager", "system:serviceaccount:ci:deployer",
                                         "system:serviceaccount:datadog:datadog-cluster-agent"};
    for (size_t i = 0; i < countof(stolen); i++) {
        struct finding_row row = make_row();
        row.texts[ROW_IDENTITY] = str_from_cstring(stolen[i]);
        assert_false(fits(exceptions, &row)); /* with kubectl */
        row.texts[ROW_CLIENT] = STR("curl/8.5.0");
        assert_false(fits(exceptions, &row));
        row.texts[ROW_CLIENT] = (str){0};
        assert_false(fits(exceptions, &row));
    }
    struct finding_row row = make_row();
    row.texts[ROW_IDENTITY] = STR("system:serviceaccount:cert-manager:cert-manager");
    row.texts[ROW_CLIENT] = STR("cert-manager-controller/v1.14.4 (linux/amd64) cert-manager/9");
    assert_true(fits(exceptions, &row));
    row.texts[ROW_ACT] = STR("exec"); /* what it never does */
    assert_false(fits(exceptions, &row));
    row = make_row();
    row.texts[ROW_ACT] = STR("docker socket");
    row.texts[ROW_PROCESS] = STR("/opt/datadog-agent/bin/agent/agent");
    assert_true(fits(exceptions, &row));
    row.texts[ROW_PROCESS] = STR("/opt/datadog-agent/embedded/bin/python3"); /* anybody may run that */
    assert_false(fits(exceptions, &row));
    row.texts[ROW_PROCESS] = STR("/tmp/opt/datadog-agent/bin/agent/agent");
    assert_false(fits(exceptions, &row));
    exceptions_free(exceptions);
}

static void what_the_pack_does_not_have_is_told(void **state)
{
    (void)state;
    static const str ids[] = {STR("kube_secrets"), STR("docker_exec")};
    static const str texts[] = {STR("SELECT 'read secrets' AS Act"), STR("SELECT 'exec' AS Act")};
    static const char list[] = "exceptions:\n  - id: a\n    reason: r\n    owner: o\n"
                               "    rules: [kube_secrets, 'docker_*', kube_secret, 'cube_*']\n"
                               "    acts: [read secrets, reed secrets, 'r*s', secrets]\n"
                               "    scope: {identity: [jane]}\n";
    struct exceptions_options options = {.rule_ids = ids, .rule_texts = texts, .rule_count = countof(ids)};
    static const char *const wanted[] = {"'kube_secret'", "'cube_*'", "'reed secrets'", "'secrets'"};
    struct exceptions *exceptions = NULL;
    struct error err = {0};
    assert_int_equal(exceptions_create(NULL, NULL, &exceptions, &err), TOCSIN_OK);
    assert_int_equal(exceptions_load_text(exceptions, str_from_cstring(list), "e.yaml", &options, &err), TOCSIN_OK);
    assert_int_equal(exceptions_remark_count(exceptions), countof(wanted));
    for (size_t i = 0; i < countof(wanted); i++) {
        const struct error *remark = exceptions_remark(exceptions, i);
        assert_non_null(strstr(remark->message, wanted[i]));
        assert_string_equal(remark->source, "e.yaml");
        assert_int_equal(remark->line, i < 2 ? 5 : 6);
    }
    exceptions_free(exceptions);

    struct strbuf many;
    strbuf_init(&many, 64 * KIBI);
    strbuf_append(&many, STR("exceptions:\n  - {id: a, reason: r, owner: o, scope: {identity: [jane]}, rules: [none"));
    for (int i = 0; i < EXCEPTION_REMARKS_MAX; i++) {
        strbuf_append(&many, STR(", none"));
    }
    strbuf_append(&many, STR("]}\n"));
    assert_int_equal(exceptions_create(NULL, NULL, &exceptions, &err), TOCSIN_OK);
    assert_int_equal(exceptions_load_text(exceptions, strbuf_str(&many), "e.yaml", &options, &err), TOCSIN_OK);
    assert_int_equal(exceptions_remark_count(exceptions), EXCEPTION_REMARKS_MAX);
    strbuf_release(&many);
    exceptions_free(exceptions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_must_fit),
        cmocka_unit_test(sources_are_blocks),
        cmocka_unit_test(hours_are_of_a_zone_and_of_days),
        cmocka_unit_test(hours_follow_the_zone),
        cmocka_unit_test(an_entry_expires_at_the_end_of_its_day),
        cmocka_unit_test(reference_sets_are_asked),
        cmocka_unit_test(mistakes_have_their_place),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(what_the_pack_does_not_have_is_told),
        cmocka_unit_test(shipped_list_is_narrow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
