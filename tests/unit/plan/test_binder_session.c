/* SESSION BY, and what is known before and behind it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan_fixture.h"

static void all_of_it(void **state)
{
    (void)state;
    bind("SELECT sessionid, starttime, QIDNAME(qid) AS what FROM events WHERE devicetype = 11 "
         "SESSION BY starttime \"Process Name\", username "
         "EXPLICIT BEGIN what ILIKE '%opened%' EXPLICIT END QIDNAME(qid) ILIKE '%closed%' "
         "TIMEOUT 900000 TIMEWINDOW 8 HOURS START '2026-11-22 08:00'");
    const struct plan_session *session = plan->session;
    assert_int_equal(session->time->field, FIELD_STARTTIME);
    assert_int_equal(session->key_count, 2);
    assert_true(session->is_begin_explicit && session->is_end_explicit);
    assert_int_equal(session->begin->kind, EXPRESSION_LIKE);
    assert_int_equal(session->end->kind, EXPRESSION_LIKE);
    assert_true(session->has_timeout && session->has_window);
    assert_int_equal(session->timeout_ms, 900000);
    assert_int_equal(session->window_ms, 8 * 3600000);
    assert_int_equal(plan->outputs[0].expression->field, FIELD_SESSIONID);
    assert_true(field_set_has(&plan->fields, FIELD_USERNAME));
    bind("SELECT username FROM events SESSION BY devicetime username BEGIN category = 16001 TIMEWINDOW 3000");
    assert_null(plan->session->end);
    assert_false(plan->session->is_begin_explicit || plan->session->has_timeout);
    assert_int_equal(plan->session->window_ms, 3000);
    assert_false(plan_needs_now(plan));
    bind("SELECT username FROM events SESSION BY starttime username BEGIN starttime < NOW() - 5");
    assert_true(plan->outputs_need_now);
}

static void with_groups_and_sub_selects(void **state)
{
    (void)state;
    bind("SELECT sessionid AS s, COUNT(*) AS n, MAX(starttime) - MIN(starttime) FROM events GROUP BY s "
         "HAVING n > 1 AND sessionid > 1 SESSION BY starttime username BEGIN category = 16001 ORDER BY s");
    assert_int_equal(plan->group->key_count, 1);
    assert_int_equal(plan->group->keys[0]->field, FIELD_SESSIONID);
    bind("SELECT * FROM (SELECT sessionid, username FROM events SESSION BY starttime username BEGIN qid = 1) "
         "WHERE sessionid = 7");
    assert_int_equal(plan->output_count, 2);
}

static const struct mistake mistakes[] = {
    {"SELECT sessionid FROM events", TOCSIN_ERROR_NAME, 8, "Field \"sessionid\" does not exist in catalog \"events\"",
     "SESSION BY starttime"},
    {"SELECT qid FROM events WHERE sessionid = 1 SESSION BY starttime username BEGIN qid = 1", TOCSIN_ERROR_NAME, 30,
     "\"sessionid\"", "behind WHERE"},
    {"SELECT sessionid + 1 AS s FROM events WHERE s = 1 SESSION BY starttime username BEGIN qid = 1", TOCSIN_ERROR_NAME,
     45, "\"sessionid\"", "behind WHERE"},
    {"SELECT qid FROM events SESSION BY username qid BEGIN qid = 1", TOCSIN_ERROR_TYPE, 35,
     "SESSION BY begins with the time", "SESSION BY starttime username"},
    {"SELECT qid FROM events SESSION BY starttime username BEGIN COUNT(*) > 1", TOCSIN_ERROR_TYPE, 60,
     "the aggregate COUNT cannot stand in SESSION BY", "HAVING"},
    {"SELECT qid FROM events SESSION BY starttime username BEGIN qid", TOCSIN_ERROR_TYPE, 60, "a condition is needed",
     ""},
    {"SELECT qid FROM events SESSION BY starttime usrename BEGIN qid = 1", TOCSIN_ERROR_NAME, 45, "\"usrename\"",
     "username"},
    {"SELECT u FROM (SELECT username AS u, starttime FROM events) SESSION BY starttime u BEGIN u = 'x'",
     TOCSIN_ERROR_UNSUPPORTED, 0, "not the rows of a sub-select", "inside the parentheses"},
};

static void errors(void **state)
{
    (void)state;
    expect_mistakes(mistakes, countof(mistakes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(all_of_it), TEST(with_groups_and_sub_selects), TEST(errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
