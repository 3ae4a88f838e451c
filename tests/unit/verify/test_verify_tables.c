/* What tests and tuning read, and its limits: labelled rows, findings, labels of logs, groups of findings. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/limits.h"
#include "base/memory.h"
#include "verify/event_maker.h"
#include "verify/labelled_rows.h"
#include "verify/measures.h"
#include "verify/tuning.h"

/* ---- labelled rows ----------------------------------------------------------------------------------------------- */

static void labelled_rows_are_read(void **state)
{
    (void)state;
    struct arena arena;
    struct labelled_rows rows = {0};
    arena_init(&arena, ARENA_NO_LIMIT);
    str table =
        STR("label\ttechnique_variant\ttelemetry\ttext\r\nattack\ta\texecve\tx  y\r\n\nbenign\tb\tk8s-audit\t{}\n"
            "gray\tc\tshell\tq\tr");
    assert_int_equal(labelled_rows_read(&rows, table, "t.tsv", &arena, NULL), TOCSIN_OK);
    assert_int_equal(rows.count, 3);
    assert_true(str_eq(rows.rows[0].text, STR("x  y")));
    assert_int_equal(rows.rows[1].line, 4);
    assert_int_equal(rows.rows[1].telemetry, ROW_KUBERNETES);
    assert_true(str_eq(rows.rows[2].text, STR("q\tr")));
    rows.rows[0].runs = 2;
    rows.rows[0].runs_hit = 1;
    rows.rows[1].runs = 1;
    rows.rows[1].runs_hit = 1;
    assert_false(labelled_row_is_found(&rows.rows[0])); /* an attack: both ways */
    assert_true(labelled_row_is_found(&rows.rows[1]));  /* benign: either way */
    rows.rows[0].runs_hit = 2;
    assert_int_equal(labelled_rows_count(&rows, LABEL_ATTACK).found, 1);
    struct variant_count *variants;
    size_t count;
    assert_int_equal(labelled_rows_variants(&rows, &arena, &variants, &count, NULL), TOCSIN_OK);
    assert_int_equal(count, 3);
    assert_true(str_eq(variants[0].variant, STR("a")));
    arena_release(&arena);
}

static void too_many_labelled_rows_are_refused(void **state)
{
    (void)state;
    struct arena arena;
    struct labelled_rows rows = {0};
    struct error err = {0};
    struct strbuf table;
    arena_init(&arena, ARENA_NO_LIMIT);
    strbuf_init(&table, 16 * MEBI);
    for (int i = 0; i < LIMIT_LABELLED_ROWS; i++) {
        strbuf_append(&table, STR("attack\ta\texecve\tx\n"));
    }
    assert_int_equal(labelled_rows_read(&rows, strbuf_str(&table), "t.tsv", &arena, &err), TOCSIN_OK);
    assert_int_equal(labelled_rows_read(&rows, STR("attack\ta\texecve\tx\n"), "t.tsv", &arena, &err),
                     TOCSIN_ERROR_LIMIT);
    strbuf_release(&table);
    arena_release(&arena);
}

/* ---- findings ---------------------------------------------------------------------------------------------------- */

static void write_rows(struct found_rows *rows, const char *text)
{
    /* In two parts: a line may come in pieces. */
    size_t half = strlen(text) / 2;
    assert_int_equal(found_rows_write(rows, text, half), 0);
    assert_int_equal(found_rows_write(rows, text + half, strlen(text) - half), 0);
}

static void findings_and_rows_are_read(void **state)
{
    (void)state;
    struct found_rows rows;
    found_rows_init(&rows);
    write_rows(
        &rows,
        "{\"Identity\":\"a\\u00e9\",\"Host\":\"h\",\"LastTime\":5,\"@rule\":\"r\",\"@risk\":70,\"@level\":\"high\","
        "\"@acts\":[{\"rule\":\"r\",\"act\":\"x\",\"target\":\"t\",\"client\":null},{\"rule\":\"s\",\"act\":\"y\"}],"
        "\"@evidence\":[{\"file\":\"f\",\"line\":3,\"raw\":\"z\"},{\"file\":\"f\",\"line\":4,\"raw\":\"z\"}]}\n"
        "{\"Act\":\"q\",\"@rule\":\"own\",\"@risk\":1,\"@level\":\"low\",\"@evidence\":[],\"@evidence_more\":2}\n");
    assert_int_equal(rows.count, 2);
    const struct found_row *finding = &rows.rows[0];
    assert_true(str_eq(finding->identity, STR("a\xC3\xA9")));
    assert_int_equal(finding->level, 3);
    assert_int_equal(finding->act_count, 2);
    assert_true(str_eq(finding->acts[1].rule, STR("s")));
    assert_null(finding->acts[0].client.data);
    assert_int_equal(finding->evidence_count, 2);
    assert_int_equal(finding->evidence[1].line, 4);
    assert_null(finding->evidence[0].raw.data);
    const struct found_row *row = &rows.rows[1];
    assert_int_equal(row->act_count, 1);
    assert_true(str_eq(row->acts[0].act, STR("q")));
    assert_true(row->has_more_evidence);
    found_rows_release(&rows);
}

static void findings_beyond_the_limit_are_counted(void **state)
{
    (void)state;
    struct found_rows rows;
    found_rows_init(&rows);
    for (int i = 0; i < LIMIT_FOUND_ROWS; i++) {
        assert_int_equal(found_rows_write(&rows, "{}\n", 3), 0);
    }
    assert_int_equal(rows.count, LIMIT_FOUND_ROWS);
    assert_int_equal(found_rows_write(&rows, "{}\n{}\n", 6), 0);
    assert_int_equal(rows.count, LIMIT_FOUND_ROWS);
    assert_int_equal(rows.more, 2);
    found_rows_release(&rows);
}

static void a_log_that_grows_too_large_is_refused(void **state)
{
    (void)state;
    struct event_log log;
    struct error err = {0};
    const struct event_actor actor = {.number = 1};
    size_t bytes = LIMIT_MADE_LOG_BYTES / 3;
    char *text = memory_allocate(bytes);
    assert_non_null(text);
    memset(text, 'x', bytes);
    event_log_init(&log);
    tocsin_status status = TOCSIN_OK;
    for (int i = 0; i < 4 && status == TOCSIN_OK; i++) {
        status = event_make_json_command(&log, &actor, str_from(text, bytes), &err);
    }
    assert_int_equal(status, TOCSIN_ERROR_LIMIT);
    memory_free(text);
    event_log_release(&log);
}

/* ---- tuning ------------------------------------------------------------------------------------------------------ */

static const char finding[] =
    "{\"Identity\":\"ci\",\"Host\":\"h1\",\"Source\":null,\"LastTime\":5,\"@rule\":\"r\",\"@risk\":70,\"@level\":"
    "\"high\","
    "\"@acts\":[{\"rule\":\"r\",\"act\":\"read\",\"target\":\"t1\",\"detail\":\"get t1\",\"outcome\":\"success\","
    "\"client\":\"kubectl/v1.30\"}],\"@evidence\":[]}\n";

static void see(struct tuning *tuning, const struct found_act *act, const char *identity)
{
    const struct found_row row = {
        .identity = str_from_cstring(identity), .host = STR("h1"), .acts = act, .act_count = 1};
    tuning_see_attack(tuning, "tests/r.yaml", 7, STR("an attack"), &row);
}

static void exceptions_are_as_narrow_as_attacks_demand(void **state)
{
    (void)state;
    struct tuning tuning;
    bool marks[] = {true};
    tuning_init(&tuning);
    write_rows(&tuning.found, finding);
    assert_int_equal(tuning_group(&tuning, marks, NULL), TOCSIN_OK);
    assert_int_equal(tuning.group_count, 1);
    const struct tuning_group *group = &tuning.groups[0];
    assert_null(tuning_refusal(group));
    assert_true(str_eq(group->client, STR("kubectl/*")));
    struct found_act act = {.rule = STR("r"),
                            .act = STR("read"),
                            .target = STR("t2"),
                            .detail = STR("get t2"),
                            .outcome = STR("success"),
                            .client = STR("kubectl/v1.99")};
    see(&tuning, &act, "mallory"); /* another target */
    assert_int_equal(tuning_choose(&tuning, group), STEP_TARGET);
    assert_true(tuning_hides(group, STEP_SCOPE, &tuning.attacks[0], true));
    assert_false(tuning_hides(group, STEP_SCOPE, &tuning.attacks[0], false));
    act.target = STR("t1");
    see(&tuning, &act, "mallory"); /* the same target */
    assert_int_equal(tuning_choose(&tuning, group), STEP_DETAIL);
    act.detail = STR("get t1");
    act.outcome = STR("denied");
    see(&tuning, &act, "mallory"); /* all the same but for the outcome */
    assert_int_equal(tuning_choose(&tuning, group), STEP_DETAIL);
    act.outcome = STR("success");
    see(&tuning, &act, "mallory"); /* all the same */
    assert_int_equal(tuning_choose(&tuning, group), STEP_COUNT);
    tuning_release(&tuning);
}

static void empty_texts_are_no_scope(void **state)
{
    (void)state;
    struct tuning tuning;
    struct strbuf out;
    bool marks[] = {true};
    tuning_init(&tuning);
    strbuf_init(&out, KIBI * 10);
    write_rows(&tuning.found, "{\"Identity\":\"ci\",\"Host\":\"\",\"@rule\":\"r\",\"@acts\":[{\"rule\":\"r\",\"act\":"
                              "\"x\",\"target\":\"it's\",\"namespace\":\"\",\"client\":\"\",\"outcome\":\"\"}]}\n");
    assert_int_equal(tuning_group(&tuning, marks, NULL), TOCSIN_OK);
    tuning_write(&out, &tuning.groups[0], tuning_choose(&tuning, &tuning.groups[0]), "one", "2027-01-01");
    assert_true(str_eq(strbuf_str(&out), STR("  - id: one\n    knob: [UserContext]\n    rules: ['r']\n    acts: ['x']\n"
                                             "    scope:\n      identity: ['ci']\n      target: ['it''s']\n"
                                             "    reason: TO FILL IN (why this is harmless)\n"
                                             "    owner: TO FILL IN (who answers for it)\n"
                                             "    expires: 2027-01-01\n")));
    strbuf_release(&out);
    tuning_release(&tuning);
}

static void too_many_kinds_of_acts_are_refused(void **state)
{
    (void)state;
    struct tuning tuning;
    struct error err = {0};
    bool *marks = memory_allocate(LIMIT_TUNING_GROUPS + 1);
    assert_non_null(marks);
    memset(marks, 1, LIMIT_TUNING_GROUPS + 1);
    tuning_init(&tuning);
    for (int i = 0; i < LIMIT_TUNING_GROUPS + 1; i++) {
        char line[200];
        snprintf(line, sizeof(line), "{\"Identity\":\"u%d\",\"Act\":\"a\",\"@rule\":\"r\"}\n", i);
        write_rows(&tuning.found, line);
    }
    assert_int_equal(tuning_group(&tuning, marks, &err), TOCSIN_ERROR_LIMIT);
    memory_free(marks);
    tuning_release(&tuning);
}

static void measures_have_sense(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
    } wrong[] = {
        {"thresholds: {recall_min: 101}\n", 1},
        {"labelled: []\nthresholds:\n  benign_max: -1\n", 3},
        {"thresholds:\n  per_day_max: -0.5\n", 2},
        {"logs:\n  - {labels: x}\n", 2},
        {"log: x\n", 1},
    };
    for (size_t i = 0; i < countof(wrong); i++) {
        struct measures measures;
        struct error err = {0};
        assert_int_equal(measures_load(&measures, str_from_cstring(wrong[i].text), "measures.yaml", &err),
                         TOCSIN_ERROR_CONFIG);
        assert_int_equal(err.line, wrong[i].line);
        measures_release(&measures);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labelled_rows_are_read),
        cmocka_unit_test(too_many_labelled_rows_are_refused),
        cmocka_unit_test(findings_and_rows_are_read),
        cmocka_unit_test(findings_beyond_the_limit_are_counted),
        cmocka_unit_test(a_log_that_grows_too_large_is_refused),
        cmocka_unit_test(exceptions_are_as_narrow_as_attacks_demand),
        cmocka_unit_test(empty_texts_are_no_scope),
        cmocka_unit_test(too_many_kinds_of_acts_are_refused),
        cmocka_unit_test(measures_have_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
