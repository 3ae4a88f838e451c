/* Names that nobody knows: errors with a way out, null where that is asked for, and all of them for a check. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan_fixture.h"

/* "code start-end message (hint)" of each remark, in the order of arrival. */
static void expect_remarks(const char *query, const char *expected)
{
    tocsin_status status = bind_text(str_from_cstring(query));
    struct strbuf text;
    strbuf_init(&text, 100000);
    for (size_t i = 0; i < diagnostics.count; i++) {
        const struct diagnostic *item = &diagnostics.items[i];
        strbuf_append_format(&text, "%s%s %s %zu-%zu %.*s (%.*s)", i > 0 ? "\n" : "", item->code,
                             diagnostic_severity_name(item->severity), item->offset, item->offset_end,
                             STR_ARG(item->message), STR_ARG(item->hint));
    }
    if (status != TOCSIN_OK || !str_eq(strbuf_str(&text), str_from_cstring(expected))) {
        fail_msg("%s\n%s %s\n%.*s", query, tocsin_status_name(status), err.message, STR_ARG(strbuf_str(&text)));
    }
    strbuf_release(&text);
}

static void unknown_fields_are_null(void **state)
{
    (void)state;
    options.has_null_unknown_fields = true;
    expect_remarks(
        "SELECT \"Logon Type\" AS t FROM events WHERE \"Logon Type\" = 3 OR \"logon type\" IN ('a', 'b')",
        "unknown-field warning 7-19 Field \"Logon Type\" does not exist in catalog \"events\": it is null in "
        "every row (`tocsin formats` lists the fields, properties.yaml defines more; a text value takes "
        "single quotes)");
    expect_remarks("SELECT usrename FROM events",
                   "unknown-field warning 7-15 Field \"usrename\" does not exist in catalog \"events\": it is null in "
                   "every row (did you mean username?)");
    assert_int_equal(plan->outputs[0].expression->type, TYPE_STRING);
    expect_remarks("SELECT DETECT::LOG4J(UTF8(payload)), detect::log4j(qid) FROM events",
                   "unknown-function warning 7-35 Function \"DETECT::LOG4J\" does not exist: it is null in every row "
                   "(functions of extensions are defined in functions.yaml, see docs/lookups.md)");
    /* Every place that takes a value takes them. */
    bind("SELECT a1 + 1, -a2, a3 & 1, CONCAT(a4, 'x'), SUM(a5), MAX(a6), COUNT(a7), CASE a8 WHEN 1 THEN 2 ELSE a9 END, "
         "DATEFORMAT(b1, 'HH'), LOGSOURCETYPENAME(b2), SUBSTRING(b3, b4, b5), UTF8(b6), STRPOS(b7, 'x') FROM events "
         "WHERE c1 > 5 AND c2 LIKE '%x%' AND c3 MATCHES 'y' AND c4 BETWEEN 1 AND 3 AND c5 IN (1, 'x', NULL) AND "
         "INCIDR('10.0.0.0/8', c6) AND c7 AND NOT c8 AND c9 = sourceip AND d1 = payload AND d2 = d3 AND "
         "username ILIKE d4 AND d5 IS NOT NULL AND d6 = NULL AND d7 != 'x' AND hasoffense = d8 AND qid IN (d9, 1) AND "
         "e1 IN (SELECT qid FROM events) AND qid IN (SELECT e2 FROM events) AND IF e3 THEN e4 = 1 ELSE e5 = 2 "
         "GROUP BY f1, username HAVING f2 > 3 OR COUNT(*) > f3 ORDER BY f4, MAX(f5)");
    bind("SELECT sessionid FROM events SESSION BY starttime g1 BEGIN g2 = 'x' END g3");
    /* But a word that is meant otherwise would give wrong rows. */
    assert_int_equal(bind_text(STR("SELECT DISTINCT username FROM events")), TOCSIN_ERROR_NAME);
    assert_int_equal(bind_text(STR("SELECT LOWRE(username) FROM events")), TOCSIN_ERROR_NAME);
}

static void all_errors_are_told(void **state)
{
    (void)state;
    options.is_tolerant = true;
    expect_remarks(
        "SELECT usrename, LOWRE(username), QIDNAME(username) FROM events WHERE nosuch1 = 1 AND\n"
        "sourceip LIKE '1%' AND severity GROUP BY 1, MAX(qid) HAVING qid ORDER BY 3",
        "unknown-field error 7-15 Field \"usrename\" does not exist in catalog \"events\" (did you mean "
        "username?)\n"
        "unknown-function error 17-32 Function \"LOWRE\" does not exist (did you mean LOWER?)\n"
        "wrong-type error 34-51 Wrong argument type: \"String\". \"Long\" is required. (argument 1 of "
        "QIDNAME; example: QIDNAME(0))\n"
        "unknown-field error 70-77 Field \"nosuch1\" does not exist in catalog \"events\" (`tocsin formats` "
        "lists the fields; a name with blanks takes double quotes)\n"
        "wrong-type error 86-94 Wrong argument type: \"Host\". \"String\" is required. (use STR(address) "
        "for its text, or INCIDR('10.0.0.0/8', address))\n"
        "wrong-type error 109-117 a condition is needed here, and this is a value of type Long (compare it "
        "with something: ... = 1, ... IS NOT NULL)\n"
        "wrong-type error 127-128 GROUP BY a constant groups nothing (name a column or an alias; AQL does "
        "not count columns by position)\n"
        "misplaced-aggregate error 130-138 the aggregate MAX cannot stand in GROUP BY: it is known only when "
        "rows are grouped (group by fields, or by functions of fields; HAVING tests aggregates)\n"
        "wrong-type error 146-149 a condition is needed here, and this is a value of type Long (compare it "
        "with something: ... = 1, ... IS NOT NULL)\n"
        "wrong-type error 159-160 ORDER BY a constant orders nothing (name a column or an alias; AQL does "
        "not count columns by position)");
    expect_remarks(
        "SELECT a FROM (SELECT usrename AS a, 1 AS b FROM events) WHERE c = 1",
        "unknown-field error 22-30 Field \"usrename\" does not exist in catalog \"events\" (did you mean "
        "username?)\n"
        "unknown-field error 63-64 Field \"c\" does not exist in catalog \"(SELECT ...)\" (the source has the "
        "columns a, b)");
    /* What cannot be gone on after is an error still, at its place. */
    struct strbuf deep;
    strbuf_init(&deep, 10000);
    for (int i = 0; i <= LIMIT_SUBQUERY_DEPTH; i++) {
        strbuf_append(&deep, STR("SELECT nosuch FROM\n("));
    }
    strbuf_append(&deep, STR("SELECT qid FROM events"));
    for (int i = 0; i <= LIMIT_SUBQUERY_DEPTH; i++) {
        strbuf_append_char(&deep, ')');
    }
    assert_int_equal(bind_text(strbuf_str(&deep)), TOCSIN_ERROR_LIMIT);
    assert_int_equal(err.line, LIMIT_SUBQUERY_DEPTH + 2);
    assert_int_equal(err.column, 2);
    strbuf_release(&deep);
}

static const struct mistake mistakes[] = {
    {"SELECT qid FROM events WHERE username = \"admin\"", TOCSIN_ERROR_NAME, 41, "\"admin\"", "single quotes: 'admin'"},
    {"SELECT qid FROM events WHERE username = \"usernam\"", TOCSIN_ERROR_NAME, 41, "\"usernam\"", "'usernam'"},
    {"SELECT qid FROM events WHERE username IN ('x', \"usernam\")", TOCSIN_ERROR_NAME, 48, "\"usernam\"", "'usernam'"},
    {"SELECT qid FROM events WHERE username LIKE \"usernam%\"", TOCSIN_ERROR_NAME, 44, "", "'usernam%'"},
    {"SELECT \"usernam\" FROM events", TOCSIN_ERROR_NAME, 8, "", "did you mean username?"},
    {"SELECT QIDNAM FROM events", TOCSIN_ERROR_NAME, 8, "", "did you mean the function QIDNAME(..)?"},
    {"SELECT usernme(1) FROM events", TOCSIN_ERROR_NAME, 8, "Function \"usernme\"", "did you mean username?"},
    {"SELECT qid AS verylongalias FROM events ORDER BY verylongalais", TOCSIN_ERROR_NAME, 50, "",
     "did you mean verylongalias?"},
    {"SELECT flowdirection FROM events", TOCSIN_ERROR_NAME, 8, "catalog \"events\"", "it is a field of flows"},
    {"SELECT eventdirection FROM flows", TOCSIN_ERROR_NAME, 8, "catalog \"flows\"", "it is a field of events"},
    {"SELECT NO::SUCH(qid) FROM events", TOCSIN_ERROR_NAME, 8, "Function \"NO::SUCH\"", "functions.yaml"},
};

static void errors(void **state)
{
    (void)state;
    expect_mistakes(mistakes, countof(mistakes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(unknown_fields_are_null), TEST(all_errors_are_told), TEST(errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
