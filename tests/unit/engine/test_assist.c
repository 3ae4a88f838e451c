/* Completion and help at places of unfinished queries; `^` marks the place. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "tocsin/tocsin.h"

static tocsin_engine *engine;

static int make_engine(void **state)
{
    struct tocsin_error err;
    return tocsin_engine_create(NULL, &engine, &err) == TOCSIN_OK ? 0 : -1;
}

static int free_engine(void **state)
{
    tocsin_engine_free(engine);
    return 0;
}

/* The text without its mark. */
static size_t place_of(const char *marked, char *ret_text)
{
    size_t place = strcspn(marked, "^");
    memcpy(ret_text, marked, place);
    const char *rest = marked[place] ? marked + place + 1 : "";
    memcpy(ret_text + place, rest, strlen(rest) + 1);
    return place;
}

static int collect(void *context, const char *bytes, size_t byte_count)
{
    strbuf_append(context, str_from(bytes, byte_count));
    return 0;
}

/* The next of names parted by '|'. */
static bool next_name(const char **names, char *ret_name)
{
    size_t bytes = strcspn(*names, "|");
    memcpy(ret_name, *names, bytes);
    ret_name[bytes] = '\0';
    *names += bytes + ((*names)[bytes] == '|');
    return bytes > 0;
}

/* The first completions that are inserted, parted by '|'; with '!' in front one that must not be offered. */
static void assert_completions(const char *marked, const char *expected)
{
    char text[1000];
    size_t place = place_of(marked, text);
    tocsin_completions *completions = NULL;
    struct tocsin_error err;
    assert_int_equal(tocsin_complete(engine, text, strlen(text), place, &completions, &err), TOCSIN_OK);
    size_t index = 0;
    char name[1000];
    for (const char *next = expected; next_name(&next, name);) {
        struct tocsin_completion completion = {.insert = "nothing"};
        if (name[0] == '!') {
            for (size_t i = 0; i < tocsin_completion_count(completions); i++) {
                tocsin_completion_get(completions, i, &completion);
                assert_string_not_equal(completion.insert, name + 1);
            }
            continue;
        }
        if (index < tocsin_completion_count(completions)) {
            tocsin_completion_get(completions, index, &completion);
        }
        if (strcmp(completion.insert, name) != 0) {
            fail_msg("%s: number %zu is %s, expected %s", marked, index, completion.insert, name);
        }
        index++;
    }
    if (expected[0] == '\0') {
        assert_int_equal(tocsin_completion_count(completions), 0);
    }
    tocsin_completions_free(completions);
}

static void assert_replaced(const char *marked, const char *word)
{
    char text[1000];
    size_t place = place_of(marked, text);
    size_t start;
    size_t end;
    tocsin_completions *completions = NULL;
    struct tocsin_error err;
    assert_int_equal(tocsin_complete(engine, text, strlen(text), place, &completions, &err), TOCSIN_OK);
    tocsin_completion_range(completions, &start, &end);
    assert_int_equal(end - start, strlen(word));
    assert_memory_equal(text + start, word, end - start);
    tocsin_completions_free(completions);
}

static int discard(void *context, const char *bytes, size_t byte_count)
{
    return 0;
}

static void keep_cursor(const char *aql)
{
    struct tocsin_error err;
    tocsin_query *query = NULL;
    tocsin_run *run = NULL;
    static const char *const inputs[] = {"/dev/null"};
    struct tocsin_run_options options = {.inputs = inputs, .input_count = 1, .output = "csv", .write = discard};
    assert_int_equal(tocsin_query_prepare(engine, aql, strlen(aql), "query", &query, &err), TOCSIN_OK);
    tocsin_status status = tocsin_run_query(engine, query, &options, &run, &err);
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, &err);
    }
    assert_int_equal(status, TOCSIN_END);
    tocsin_run_free(run);
    tocsin_query_free(query);
}

static void cursors_are_offered_as_sources(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_assist_XXXXXX";
    struct tocsin_error err;
    tocsin_engine *shared = engine;
    assert_non_null(mkdtemp(folder));
    struct tocsin_engine_options options = {.cursors_path = folder};
    assert_int_equal(tocsin_engine_create(&options, &engine, &err), TOCSIN_OK);
    assert_completions("SELECT qid FROM ^", "events|flows|simarc|GLOBALVIEW");
    keep_cursor("SELECT username FROM events INTO logins");
    keep_cursor("SELECT username FROM events INTO 'my logins'");
    assert_completions("SELECT qid FROM ^", "events|flows|simarc|logins|\"my logins\"|GLOBALVIEW");
    assert_completions("SELECT qid FROM log^", "logins|\"my logins\"|!events");
    assert_completions("SELECT qid FROM \"my^", "\"my logins\"|!logins");
    assert_completions("SELECT log^ FROM logins", "!logins");
    assert_int_equal(tocsin_cursor_delete(engine, "logins", &err), TOCSIN_OK);
    assert_int_equal(tocsin_cursor_delete(engine, "my logins", &err), TOCSIN_OK);
    tocsin_engine_free(engine);
    engine = shared;
    assert_int_equal(rmdir(folder), 0);
}

static void clauses_are_offered_where_they_fit(void **state)
{
    (void)state;
    assert_completions("^", "SELECT");
    assert_completions("sel^", "SELECT");
    assert_completions("SELECT qid ^", "AS|FROM|!WHERE");
    assert_completions("SELECT qid FROM ^", "events|flows|simarc|GLOBALVIEW");
    assert_completions("SELECT qid FROM events ^", "GROUP BY|HAVING|INTO|LAST|LIMIT|ORDER BY|PARAMETERS|SESSION BY");
    assert_completions("SELECT qid FROM events WH^", "WHERE");
    assert_completions("SELECT qid FROM events WHERE qid = 1 OR^", "OR|ORDER BY|!WHERE|!FROM");
    assert_completions("SELECT qid FROM events WHERE qid = 1 GROUP ^", "BY");
    assert_completions("SELECT qid FROM events LAST 5 ^", "DAYS|HOURS|MINUTES");
    assert_completions("SELECT qid FROM events LAST ^", "");
    assert_completions("SELECT qid FROM events LIMIT ^", "");
    assert_completions("SELECT qid FROM events ORDER BY qid de^", "DESC");
    assert_completions("SELECT qid FROM events WHERE username IS ^", "NOT|NULL");
    assert_completions("SELECT qid FROM events WHERE username NOT L^", "LIKE");
}

static void names_are_offered_and_quoted(void **state)
{
    (void)state;
    assert_completions("SELECT usern^", "username");
    assert_completions("SELECT process n^", "!process");
    assert_completions("SELECT \"process n^", "\"Process Name\"");
    assert_completions("SELECT proc^ FROM events", "processorid");
    assert_completions("SELECT LOGSOURCET^ FROM events", "LOGSOURCETYPENAME(");
    assert_completions("SELECT flowty^ FROM flows", "flowtype");
    assert_completions("SELECT flowty^ FROM events", "!flowtype");
    assert_completions("SELECT UTF8(payload) AS \"Raw Text\" FROM events WHERE raw^", "\"Raw Text\"");
    assert_completions("SELECT qid AS a FROM (SELECT username AS inner_name FROM events WHERE inn^)", "inner_name");
    assert_completions("SELECT qid AS outer_name FROM (SELECT username FROM events WHERE outer_n^)", "!outer_name");
    assert_completions("SELECT qid FROM events WHERE LOGSOURCETYPENAME(devicetype) = 'linux^", "'Linux OS'");
    assert_completions("SELECT qid FROM events WHERE LOGSOURCETYPENAME(devicetype) IN ('x', 'linux o^", "'Linux OS'");
    assert_completions("SELECT qid FROM events WHERE username = 'linux^", "");
    assert_completions("SELECT /* us^", "");
}

static void whole_word_is_replaced(void **state)
{
    (void)state;
    assert_replaced("SELECT user^name FROM events", "username");
    assert_replaced("SELECT user^", "user");
    assert_replaced("SELECT \"Process^ Name\" FROM events", "\"Process Name\"");
    assert_replaced("SELECT \"Process^ FROM events", "\"Process");
    assert_replaced("SELECT (^", "");
}

static void assert_described(const char *marked, const char *part)
{
    char text[1000];
    size_t place = place_of(marked, text);
    struct strbuf markdown;
    strbuf_init(&markdown, 1 << 20);
    size_t start;
    size_t end;
    struct tocsin_error err;
    tocsin_status status = tocsin_describe(engine, text, strlen(text), place, collect, &markdown, &start, &end, &err);
    if (!part) {
        assert_int_equal(status, TOCSIN_END);
        assert_int_equal(markdown.len, 0);
        return;
    }
    assert_int_equal(status, TOCSIN_OK);
    strbuf_append_char(&markdown, '\0');
    if (!strstr(markdown.data, part)) {
        fail_msg("%s: %s", marked, markdown.data);
    }
    strbuf_release(&markdown);
}

static void names_are_described(void **state)
{
    (void)state;
    assert_described("SELECT user^name FROM events", "(String)");
    assert_described("SELECT STR^LEN(username) FROM events", "**STRLEN**");
    assert_described("SELECT \"Process^ Name\" FROM events", "custom property");
    assert_described("SELECT host^name FROM events", "QRadar does not have it");
    assert_described("SELECT qid + 1 AS next FROM events WHERE ne^xt > 3", "qid + 1");
    assert_described("SEL^ECT qid FROM events", NULL);
    assert_described("SELECT nob^ody FROM events", NULL);
    assert_described("SELECT 'user^name' FROM events", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clauses_are_offered_where_they_fit),
        cmocka_unit_test(cursors_are_offered_as_sources),
        cmocka_unit_test(names_are_offered_and_quoted),
        cmocka_unit_test(whole_word_is_replaced),
        cmocka_unit_test(names_are_described),
    };
    return cmocka_run_group_tests(tests, make_engine, free_engine);
}
