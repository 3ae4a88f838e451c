/* The parts of a simulation that need no audit system: dummy token, cutting of a log, stand-ins. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "host/audit_stream.h"
#include "host/http_stand_in.h"
#include "host/simulate_internal.h"

static struct arena arena;

static void the_token_names_the_dummy(void **state)
{
    (void)state;
    struct strbuf token;
    str subject;
    strbuf_init(&token, 4 * KIBI);
    simulate_token(&token);
    assert_false(token.is_failed);
    assert_true(str_starts_with(strbuf_str(&token), STR("eyJ"))); /* as every JWT begins */
    assert_true(simulate_token_subject(strbuf_str(&token), &arena, &subject));
    assert_true(str_eq(subject, STR(SIMULATE_ACCOUNT)));
    assert_false(simulate_token_subject(STR("a.b"), &arena, &subject));
    assert_false(simulate_token_subject(STR("a.e30.c"), &arena, &subject));
    assert_false(simulate_token_subject(STR(""), &arena, &subject));
    strbuf_release(&token);
}

#define RECORD(serial, pid, ppid)                                                                                      \
    "type=SYSCALL msg=audit(1.000:" #serial "): arch=c000003e ppid=" #ppid " pid=" #pid " auid=0\n"

/* 10 is the test, 11 its child, 12 a grandchild; 20 and 21 are others, whose records lie between. */
static const char log_text[] =
    RECORD(1, 9, 1) RECORD(2, 10, 9) "type=EXECVE msg=audit(1.000:2): argc=1 a0=\"a\"\n" RECORD(
        3, 20, 1) "type=PATH msg=audit(1.000:2): name=\"x\"\n" RECORD(4, 11, 10)
        RECORD(5, 21, 20) "type=EXECVE msg=audit(1.000:5): argc=1 a0=\"b\"\n" RECORD(
            6, 12, 11) "nonsense\n"
                       "type=EXECVE msg=audit(1.000:6): argc=1 a0=\"c\"\ntype=PATH msg=audit(1.000:66): name=\"y\"\n";

static void a_log_is_cut_to_a_test(void **state)
{
    (void)state;
    str lines;
    assert_true(capture_cut(str_from_cstring(log_text), 10, &arena, &lines));
    str wanted = STR(RECORD(2, 10, 9) "type=EXECVE msg=audit(1.000:2): argc=1 a0=\"a\"\n"
                                      "type=PATH msg=audit(1.000:2): name=\"x\"\n" RECORD(4, 11, 10)
                                          RECORD(6, 12, 11) "type=EXECVE msg=audit(1.000:6): argc=1 a0=\"c\"\n");
    assert_true(str_eq(lines, wanted));
    assert_true(capture_cut(str_from_cstring(log_text), 77, &arena, &lines));
    assert_int_equal(lines.len, 0);
    assert_true(capture_cut(STR_EMPTY, 10, &arena, &lines));
    assert_int_equal(lines.len, 0);
}

static void assert_answer(enum stand_in_kind kind, const char *request, const char *status, const char *part)
{
    struct strbuf answer;
    strbuf_init(&answer, MEBI);
    stand_in_answer(kind, str_from_cstring(request), &answer);
    if (!str_starts_with(strbuf_str(&answer), str_from_cstring(status)) ||
        !str_contains(strbuf_str(&answer), str_from_cstring(part))) {
        fail_msg("%s: %.*s", request, (int)answer.len, answer.data);
    }
    strbuf_release(&answer);
}

static void stand_ins_answer(void **state)
{
    (void)state;
    assert_answer(STAND_IN_DOCKER, "HEAD /_ping HTTP/1.1\r\n\r\n", "HTTP/1.1 200", "\r\n\r\n");
    assert_answer(STAND_IN_DOCKER, "GET /v1.41/containers/json?all=1 HTTP/1.1\r\n\r\n", "HTTP/1.1 200", "/stand-in");
    assert_answer(STAND_IN_DOCKER, "GET /v1.50/containers/5f0c1d2e3a4b/json HTTP/1.1\r\n\r\n", "HTTP/1.1 200",
                  "DB_PASSWORD=dummy");
    assert_answer(STAND_IN_DOCKER, "GET /containers/5f/json HTTP/1.1\r\n\r\n", "HTTP/1.1 404", "not found");
    assert_answer(STAND_IN_DOCKER, "POST /containers/create HTTP/1.1\r\n\r\n", "HTTP/1.1 405", "only answers");
    assert_answer(STAND_IN_KUBERNETES, "GET /api/v1/secrets?limit=500 HTTP/1.1\r\n\r\n", "HTTP/1.1 200", "SecretList");
    assert_answer(STAND_IN_KUBERNETES, "GET /containers/json HTTP/1.1\r\n\r\n", "HTTP/1.1 404", "not found");
    assert_answer(STAND_IN_DOCKER, "", "HTTP/1.1 405", "");
    assert_answer(STAND_IN_DOCKER, "\r\n\r\n", "HTTP/1.1 405", "");
}

static void records_have_names(void **state)
{
    (void)state;
    assert_string_equal(audit_stream_type_name(1309), "EXECVE");
    assert_string_equal(audit_stream_type_name(1306), "SOCKADDR");
    assert_null(audit_stream_type_name(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_token_names_the_dummy),
        cmocka_unit_test(a_log_is_cut_to_a_test),
        cmocka_unit_test(stand_ins_answer),
        cmocka_unit_test(records_have_names),
    };
    arena_init(&arena, ARENA_NO_LIMIT);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
