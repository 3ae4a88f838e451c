/* Log lines made of commands and requests: what real logs have there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "verify/command_words.h"
#include "verify/event_maker.h"

static const struct event_actor actor = {.number = 7, .time_ms = 1795400000123};

struct made {
    struct event_log log;
    struct arena scratch;
    struct error err;
};

static void begin(struct made *made)
{
    *made = (struct made){0};
    event_log_init(&made->log);
    arena_init(&made->scratch, ARENA_NO_LIMIT);
}

static void end(struct made *made)
{
    event_log_release(&made->log);
    arena_release(&made->scratch);
}

static void assert_has(struct made *made, const char *text)
{
    if (!str_contains(strbuf_str(&made->log.text), str_from_cstring(text))) {
        fail_msg("no '%s' in:\n%.*s", text, STR_ARG(strbuf_str(&made->log.text)));
    }
}

static void words_are_a_shells(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *words; /* joined by | */
        bool is_simple;
    } cases[] = {
        {"kubectl get secret", "kubectl|get|secret", true},
        {"a 'b c' \"d \\\" e\" f\\ g ''", "a|b c|d \" e|f g|", true},
        {"a -f{{.Env}} x=y", "a|-f{{.Env}}|x=y", true},
        {"a b'c'd", "a|bcd", true},
        {"a | b", NULL, false},
        {"a 'x | y'", "a|x | y", true},
        {"a \"$X\"", NULL, false},
        {"X=1 a", NULL, false},
        {"a > b", NULL, false},
        {"a\nb", NULL, false},
        {"a # b", NULL, false},
        {"a b#c", "a|b#c", true},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct arena arena;
        struct command_words words;
        struct strbuf joined;
        arena_init(&arena, ARENA_NO_LIMIT);
        strbuf_init(&joined, 1000);
        assert_int_equal(command_words_split(&arena, str_from_cstring(cases[i].line), &words, NULL), TOCSIN_OK);
        assert_int_equal(words.is_simple, cases[i].is_simple);
        for (size_t word = 0; cases[i].words && word < words.count; word++) {
            strbuf_append_format(&joined, "%s%.*s", word > 0 ? "|" : "", STR_ARG(words.items[word]));
        }
        if (cases[i].words && !str_eq(strbuf_str(&joined), str_from_cstring(cases[i].words))) {
            fail_msg("%s gives %.*s", cases[i].line, STR_ARG(strbuf_str(&joined)));
        }
        strbuf_release(&joined);
        arena_release(&arena);
    }
    struct arena arena;
    struct command_words words;
    arena_init(&arena, ARENA_NO_LIMIT);
    assert_int_equal(command_words_split(&arena, STR("a 'b"), &words, NULL), TOCSIN_ERROR_CONFIG);
    assert_int_equal(command_words_split(&arena, STR("  "), &words, NULL), TOCSIN_ERROR_CONFIG);
    assert_int_equal(command_words_join_split(&arena, STR("a  b"), &words, NULL), TOCSIN_OK);
    assert_int_equal(words.count, 3);
    arena_release(&arena);
}

static void commands_become_audit_records(void **state)
{
    (void)state;
    struct made made;
    begin(&made);
    assert_int_equal(event_make_command(&made.log, &actor, STR("kubectl get secret 'a b'"), &made.scratch, &made.err),
                     TOCSIN_OK);
    assert_int_equal(made.log.line_count, 5);
    assert_has(&made, "node=host-7 type=EXECVE msg=audit(1795400000.123:1000): argc=4 a0=\"kubectl\" a1=\"get\" "
                      "a2=\"secret\" a3=612062\n");
    assert_has(&made, "auid=1007 uid=1007");
    assert_has(&made, "comm=\"kubectl\" exe=\"/usr/bin/kubectl\"");
    assert_has(&made, "AUID=\"user-7\"");
    assert_has(&made, "proctitle=6B75626563746C006765740073656372657400612062\n");
    assert_int_equal(event_make_command(&made.log, &actor, STR("a | b"), &made.scratch, &made.err), TOCSIN_OK);
    assert_has(&made, "argc=3 a0=\"bash\" a1=\"-c\" a2=61207C2062\n");
    struct event_actor inside = {.number = 9, .is_in_container = true, .exe = "/usr/bin/kubectl"};
    assert_int_equal(event_make_command(&made.log, &inside, STR("k get secret"), &made.scratch, &made.err), TOCSIN_OK);
    assert_has(&made, "auid=4294967295 uid=10001");
    assert_has(&made, "comm=\"k\" exe=\"/usr/bin/kubectl\"");
    assert_int_equal(event_make_json_command(&made.log, &actor, STR("a \"b\""), &made.err), TOCSIN_OK);
    assert_has(&made,
               "{\"time\":1795400000123,\"host\":\"host-7\",\"user\":\"user-7\",\"command\":\"a \\\"b\\\"\"}\n");
    end(&made);
}

static void reads_and_connects_become_audit_records(void **state)
{
    (void)state;
    struct made made;
    begin(&made);
    assert_int_equal(event_make_read(&made.log, &actor, STR("cat /run/secrets/token"), &made.err), TOCSIN_OK);
    assert_has(&made, "syscall=257 success=yes exit=3");
    assert_has(&made, "type=PATH msg=audit(1795400000.123:1000): item=0 name=\"/run/secrets/token\" ");
    assert_int_equal(event_make_connect(&made.log, &actor, STR("curl /var/run/docker.sock"), &made.err), TOCSIN_OK);
    assert_has(&made, "saddr=01002F7661722F72756E2F646F636B65722E736F636B00\x1dSADDR={ saddr_fam=local "
                      "path=/var/run/docker.sock }\n");
    assert_int_equal(event_make_connect(&made.log, &actor, STR("curl ../run/docker.sock"), &made.err), TOCSIN_OK);
    assert_has(&made, "saddr_fam=local path=../run/docker.sock }");
    assert_int_equal(event_make_connect(&made.log, &actor, STR("curl 127.0.0.1:2375"), &made.err), TOCSIN_OK);
    assert_has(&made, "success=no exit=-115");
    assert_has(&made, "saddr=020009477F0000010000000000000000\x1d");
    assert_int_equal(event_make_connect(&made.log, &actor, STR("curl [::1]:10250"), &made.err), TOCSIN_OK);
    assert_has(&made, "saddr=0A00280A000000000000000000000000000000000000000100000000\x1d");
    assert_int_equal(event_make_connect(&made.log, &actor, STR("curl nowhere"), &made.err), TOCSIN_ERROR_CONFIG);
    assert_int_equal(event_make_connect(&made.log, &actor, STR("curl 1.2.3.4:99999"), &made.err), TOCSIN_ERROR_CONFIG);
    assert_int_equal(event_make_connect(&made.log, &actor, STR("curl 1.2.3.400:99"), &made.err), TOCSIN_ERROR_CONFIG);
    assert_int_equal(event_make_read(&made.log, &actor, STR("cat"), &made.err), TOCSIN_ERROR_CONFIG);
    assert_int_equal(event_make_connect(&made.log, &actor, STR("x /a\n/b"), &made.err), TOCSIN_ERROR_CONFIG);
    end(&made);
}

static void requests_become_kubernetes_events(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        const char *expected;
    } cases[] = {
        {"GET /api/v1/secrets", "\"verb\":\"list\""},
        {"GET /api/v1/secrets", "\"objectRef\":{\"resource\":\"secrets\",\"apiVersion\":\"v1\"}"},
        {"GET /api/v1/secrets?watch=true", "\"verb\":\"watch\""},
        {"GET /api/v1/namespaces/shop/secrets/db", "\"verb\":\"get\""},
        {"GET /api/v1/namespaces/shop/secrets/db",
         "\"objectRef\":{\"resource\":\"secrets\",\"namespace\":\"shop\",\"name\":\"db\",\"apiVersion\":\"v1\"}"},
        {"GET /api/v1/namespaces/shop", "\"objectRef\":{\"resource\":\"namespaces\",\"namespace\":\"shop\","},
        {"POST /api/v1/namespaces/a/pods/w/exec?command=env", "\"subresource\":\"exec\""},
        {"POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews", "\"apiGroup\":\"authorization.k8s.io\""},
        {"DELETE /api/v1/namespaces/a/secrets", "\"verb\":\"deletecollection\""},
        {"list /api/v1/secrets", "\"verb\":\"list\""},
        {"GET /version", "\"verb\":\"get\",\"user\""},
        {"GET /api/v1/secrets user=system:serviceaccount:dev:web",
         "[\"system:serviceaccounts\",\"system:serviceaccounts:dev\",\"system:authenticated\"]"},
        {"GET /api/v1/secrets as=admin", "\"impersonatedUser\":{\"username\":\"admin\""},
        {"GET /api/v1/secrets code=403", "\"authorization.k8s.io/decision\":\"forbid\""},
        {"GET /api/v1/secrets from=10.1.1.1 agent=\"curl 8 x\"",
         "\"sourceIPs\":[\"10.1.1.1\"],\"userAgent\":\"curl 8 x\""},
        {"POST /api/v1/namespaces/a/pods body={\"spec\":{\"x\": [1, 2]}}",
         "\"requestObject\":{\"spec\":{\"x\": [1, 2]}},"},
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct made made;
        begin(&made);
        assert_int_equal(event_make_request(&made.log, &actor, str_from_cstring(cases[i].request), &made.err),
                         TOCSIN_OK);
        assert_has(&made, cases[i].expected);
        end(&made);
    }
    static const char *const wrong[] = {
        "/api/v1/secrets", "GET secrets", "GET /api/v1/secrets usr=x", "GET /x code=9999", "GET /x agent=\"a",
        "GET /x after=-1", "POST /x body={", "GET /x\ny",
    };
    for (size_t i = 0; i < countof(wrong); i++) {
        struct made made;
        begin(&made);
        assert_int_equal(event_make_request(&made.log, &actor, str_from_cstring(wrong[i]), &made.err),
                         TOCSIN_ERROR_CONFIG);
        end(&made);
    }
    assert_int_equal(event_request_after(STR("GET /x after=30")), 30);
    assert_int_equal(event_request_after(STR("GET /x")), 0);
}

static void docker_requests_become_lines_of_daemon_and_plugin(void **state)
{
    (void)state;
    struct made made;
    begin(&made);
    str request = STR("POST /v1.41/containers/web/exec body={\"Cmd\":[\"env\"]}");
    assert_int_equal(event_make_docker_daemon(&made.log, &actor, request, &made.err), TOCSIN_OK);
    assert_int_equal(made.log.line_count, 2);
    assert_has(&made, " host-7 dockerd[812]: time=\"");
    assert_has(&made, "level=debug msg=\"Calling POST /v1.41/containers/web/exec\"\n");
    assert_has(&made, "msg=\"form data: {\\\"Cmd\\\":[\\\"env\\\"]}\"\n");
    assert_int_equal(event_make_docker_plugin(&made.log, &actor, request, &made.err), TOCSIN_OK);
    assert_has(&made, "{\"RequestMethod\":\"POST\",\"RequestUri\":\"/v1.41/containers/web/exec\","
                      "\"RequestBody\":\"eyJDbWQiOlsiZW52Il19\",");
    end(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_a_shells),
        cmocka_unit_test(commands_become_audit_records),
        cmocka_unit_test(reads_and_connects_become_audit_records),
        cmocka_unit_test(requests_become_kubernetes_events),
        cmocka_unit_test(docker_requests_become_lines_of_daemon_and_plugin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
