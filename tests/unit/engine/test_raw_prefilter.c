/* Queries over raw logs with the search in front of the parser and without it: the same rows and the same account,
 * whatever encoding, joining, damage or order of lines stands between a literal and its bytes in the log. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "tocsin/tocsin.h"

static struct {
    tocsin_engine *engine;
    char folder[48];
    char log[64];
    const char *input; /* the log, unless a test has another one */
} fixture;

static int set_up(void **state)
{
    (void)state;
    snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/test_raw_prefilter_XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    snprintf(fixture.log, sizeof(fixture.log), "%s/some.log", fixture.folder);
    fixture.input = fixture.log;
    struct tocsin_engine_options options = {.time_zone = "UTC"};
    assert_int_equal(tocsin_engine_create(&options, &fixture.engine, NULL), TOCSIN_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tocsin_engine_free(fixture.engine);
    (void)unlink(fixture.log);
    return rmdir(fixture.folder);
}

/* ---- one run ---- */

struct result {
    struct strbuf output;
    struct strbuf account;
    uint64_t rows;
};

static int collect(void *context, const char *bytes, size_t byte_count)
{
    strbuf_append(context, str_from(bytes, byte_count));
    return 0;
}

static void keep_account(const tocsin_run *run, struct result *result)
{
    struct tocsin_summary summary;
    tocsin_run_summary(run, &summary);
    result->rows = summary.rows;
    strbuf_append_format(&result->account, "%llu bytes, %llu lines, %llu blank, %llu events, %llu unparsed, %llu cut",
                         (unsigned long long)summary.bytes, (unsigned long long)summary.lines,
                         (unsigned long long)summary.blank_lines, (unsigned long long)summary.events,
                         (unsigned long long)summary.unparsed_lines, (unsigned long long)summary.truncated_lines);
    strbuf_append_format(&result->account, ", now %d %lld from %s", summary.has_now, (long long)summary.now_ms,
                         summary.now_source ? summary.now_source : "");
    for (size_t i = 0; i < summary.type_count; i++) {
        strbuf_append_format(&result->account, ", %llu of %s", (unsigned long long)summary.events_by_type[i].count,
                             summary.events_by_type[i].name);
    }
    for (size_t i = 0; i < summary.dropped_count; i++) {
        strbuf_append_format(&result->account, ", %llu %s", (unsigned long long)summary.dropped[i].count,
                             summary.dropped[i].name);
    }
}

static void run(const char *text, bool parses_all, unsigned threads, struct result *result)
{
    const char *inputs[] = {fixture.input};
    struct tocsin_run_options options = {.inputs = inputs,
                                         .input_count = 1,
                                         .output = "ndjson",
                                         .shows_evidence = true,
                                         .threads = threads,
                                         .parses_all = parses_all,
                                         .keeps_input_order = true,
                                         .write = collect,
                                         .write_context = &result->output};
    struct tocsin_error err = {0};
    tocsin_query *query = NULL;
    tocsin_run *one = NULL;
    strbuf_init(&result->output, 64 * 1024 * 1024);
    strbuf_init(&result->account, 1024 * 1024);
    if (tocsin_query_prepare(fixture.engine, text, strlen(text), "query", &query, &err) != TOCSIN_OK ||
        tocsin_run_query(fixture.engine, query, &options, &one, &err) != TOCSIN_OK) {
        fail_msg("%s: %s", text, err.message);
    }
    tocsin_status status;
    while ((status = tocsin_run_step(one, &err)) == TOCSIN_OK) {
    }
    assert_int_equal(status, TOCSIN_END);
    keep_account(one, result);
    tocsin_run_free(one);
    tocsin_query_free(query);
}

static void release(struct result *result)
{
    strbuf_release(&result->output);
    strbuf_release(&result->account);
}

static void assert_text_equal(const struct strbuf *a, const struct strbuf *b, const char *query, str log)
{
    if (!str_eq(strbuf_str(a), strbuf_str(b))) {
        fail_msg("%s\nall parsed:\n%.*s\nsearched first:\n%.*s\nlog:\n%.*s", query, STR_ARG(strbuf_str(a)),
                 STR_ARG(strbuf_str(b)), STR_ARG(log));
    }
}

static void write_log(str log)
{
    FILE *file = fopen(fixture.log, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(log.data, 1, log.len, file), log.len);
    assert_int_equal(fclose(file), 0);
}

/* Rows of the answer, which is the same in all ways. */
static uint64_t ask(const char *query, str log)
{
    struct result all;
    run(query, true, 1, &all);
    for (unsigned threads = 1; threads <= 2; threads++) {
        struct result searched;
        run(query, false, threads, &searched);
        assert_text_equal(&all.output, &searched.output, query, log);
        assert_text_equal(&all.account, &searched.account, query, log);
        release(&searched);
    }
    release(&all);
    return all.rows;
}

/* ---- forms ---- */

#define STAMP(serial) "msg=audit(1700000000.100:" serial "): "
#define CALL(serial)                                                                                                   \
    "type=SYSCALL " STAMP(serial) "arch=c000003e syscall=59 success=yes exit=0 comm=\"sh\" exe=\"/bin/sh\"\n"

struct form {
    const char *name;
    const char *query;
    const char *log;
    uint64_t rows;
};

#define KUBECTL    "SELECT \"Command\", username FROM events WHERE \"Command\" ILIKE '%kubectl%'"
#define GET_SECRET "SELECT \"Command\" FROM events WHERE \"Command\" ILIKE '%get secret%'"

static const struct form audit_forms[] = {
    {"plain", KUBECTL, CALL("1") "type=EXECVE " STAMP("1") "argc=1 a0=\"kubectl\"\n" CALL("2"), 1},
    {"other case", KUBECTL, CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=1 a0=\"KubeCTL\"\n", 1},
    {"hex", KUBECTL, CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=2 a0=\"a\" a1=206B75626563746C20\n", 1},
    {"hex, other case", KUBECTL, CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=1 a0=204B75426543744C20\n", 1},
    {"lower-case hex is a word", KUBECTL, CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=1 a0=6b75626563746c\n",
     0},
    {"hex by half a byte", KUBECTL, CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=1 a0=26B75626563746C2\n", 0},
    {"Kelvin sign", KUBECTL, CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=1 a0=E284AA75626563746C\n", 1},
    {"Kelvin sign as it is", KUBECTL,
     CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=1 a0=\"\xE2\x84\xAA"
                                                   "ubectl\"\n",
     1},
    {"long s", GET_SECRET, CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=2 a0=\"get\" a1=C5BF6563726574\n", 1},
    {"two arguments", GET_SECRET, CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=2 a0=\"get\" a1=\"secrets\"\n",
     1},
    {"one argument", GET_SECRET, CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=1 a0=67657420736563726574\n", 1},
    {"parts of an argument", KUBECTL,
     CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=1 a0_len=7 a0[0]=6B756265 a0[1]=63746C\n", 1},
    {"parts in two records", KUBECTL,
     CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=1 a0_len=7 a0[0]=\"kube\"\n" CALL("3") "type=EXECVE " STAMP(
         "2") "a0[1]=\"ctl\"\n",
     1},
    {"parts without the words", KUBECTL,
     CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=1 a0[0]=\"kube\" a0[1]=\"ctl\"\n", 1},
    {"interleaved", KUBECTL,
     CALL("1") CALL("2") "type=EXECVE " STAMP("1") "argc=1 a0=\"ls\"\ntype=EXECVE " STAMP(
         "2") "argc=1 a0=\"kubectl\"\n"
              "type=PROCTITLE " STAMP("1") "proctitle=6C73\ntype=PROCTITLE " STAMP("2") "proctitle=6B\n",
     1},
    {"process title", KUBECTL, CALL("1") CALL("2") "type=PROCTITLE " STAMP("2") "proctitle=73683B6B75626563746C\n", 1},
    {"NUL in a process title", GET_SECRET,
     CALL("1") CALL("2") "type=PROCTITLE " STAMP("2") "proctitle=67657400736563726574\n", 1},
    {"sudo", KUBECTL,
     CALL("1") "type=USER_CMD " STAMP("2") "pid=1 uid=1000 auid=1000 ses=2 msg='cwd=\"/\" "
                                           "cmd=6B75626563746C20676574 terminal=pts/0 res=success'\n",
     1},
    {"only by another record", KUBECTL,
     CALL("1") "type=SYSCALL " STAMP("2") "arch=c000003e syscall=59 success=yes exit=0 "
                                          "comm=\"kubectl\" exe=\"/usr/bin/kubectl\"\ntype=EXECVE " STAMP(
                                              "2") "argc=1 a0=\"k\"\n",
     0},
    {"cut argument", KUBECTL, CALL("1") CALL("2") "type=EXECVE " STAMP("2") "argc=2 a0=\"kubectl\" a1=\"get", 1},
    {"cut elsewhere", KUBECTL,
     CALL("1") "type=EXECVE " STAMP("1") "argc=2 a0=\"ls\" a1=\"-l\n" CALL("2") "type=EXECVE " STAMP(
         "2") "argc=1 a0=\"kubectl\"\n",
     1},
    {"arguments missing", KUBECTL, CALL("1") "type=EXECVE " STAMP("1") "argc=3 a0=\"ls\" a2=\"-l\"\n", 0},
    {"node and syslog", KUBECTL,
     "<13>Nov 14 22:13:20 web-1 audispd: node=web-1 type=SYSCALL " STAMP(
         "1") "arch=c000003e syscall=59\n"
              "<13>Nov 14 22:13:20 web-1 audispd: node=web-1 type=EXECVE " STAMP(
                  "1") "argc=1 a0=\"kubectl\"\n"
                       "<13>Nov 14 22:13:20 web-1 audispd: node=web-1 type=SYSCALL " STAMP(
                           "2") "arch=c000003e syscall=59\n",
     1},
    {"line ends of Windows", KUBECTL,
     "type=EXECVE " STAMP("1") "argc=1 a0=\"ls\"\r\ntype=EXECVE " STAMP("2") "argc=1 a0=\"kubectl\"\r\n", 1},
    {"lines of others", KUBECTL,
     "hello kubectl\n" CALL("1") "\n\nhello\n{\"command\":\"kubectl\"}\n" CALL("2") "type=EXECVE " STAMP(
         "2") "argc=1 a0=\"kubectl\"\n",
     2},
    {"enriched tail", "SELECT username FROM events WHERE username ILIKE '%alice%'",
     "type=SYSCALL " STAMP("1") "arch=c000003e syscall=59 auid=1000 uid=0\x1D"
                                "ARCH=x86_64 AUID=\"alice\" UID=\"root\"\n"
                                "type=SYSCALL " STAMP("2") "arch=c000003e syscall=59 auid=1001 uid=0\x1D"
                                                           "ARCH=x86_64 AUID=\"bob\" UID=\"root\"\n",
     1},
    {"an account as hex", "SELECT username FROM events WHERE username ILIKE '%alice%'",
     "type=USER_LOGIN " STAMP("1") "pid=1 uid=0 auid=4294967295 msg='op=login acct=20616C69636520 res=failed'\n" CALL(
         "2"),
     1},
    {"a path put together", "SELECT \"File Path\" FROM events WHERE \"File Path\" ILIKE '%/etc/shadow%'",
     "type=SYSCALL " STAMP("1") "arch=c000003e syscall=2 success=yes exit=3 a1=0\ntype=CWD " STAMP(
         "1") "cwd=\"/etc\"\n"
              "type=PATH " STAMP("1") "item=0 name=\"x/../shadow\" nametype=NORMAL\n" CALL("2"),
     1},
    {"keys joined", "SELECT \"Audit Key\" FROM events WHERE \"Audit Key\" ILIKE '%docker,socket%'",
     "type=SYSCALL " STAMP("1") "arch=c000003e syscall=59 key=646F636B657201736F636B6574\n" CALL("2"), 1},
    {"a name that is looked up", "SELECT \"System Call\" FROM events WHERE \"System Call\" = 'execve'", CALL("1"), 1},
    {"the payload", "SELECT qid FROM events WHERE UTF8(payload) ILIKE '%exit=0 comm%'", CALL("1") CALL("2"), 2},
    {"records of two lines", "SELECT qid FROM events WHERE UTF8(payload) ILIKE '%sh\"\ntype=EOE%'",
     CALL("1") "type=EOE " STAMP("1") "\n" CALL("2"), 1},
    {"too short a literal", "SELECT qid FROM events WHERE \"Command\" ILIKE '%ls%'",
     CALL("1") "type=EXECVE " STAMP("1") "argc=1 a0=\"ls\"\n", 1},
    {"two conditions", "SELECT qid FROM events WHERE \"Command\" ILIKE '%get%' AND \"Process Name\" = 'kubectl'",
     "type=SYSCALL " STAMP("1") "arch=c000003e syscall=59 exe=\"/usr/bin/kubectl\"\ntype=EXECVE " STAMP(
         "1") "argc=2 a0=\"k\" a1=\"get\"\n" CALL("2"),
     1},
    {"a sub-select",
     "SELECT \"Command\" FROM events WHERE username IN (SELECT username FROM events WHERE \"Command\" ILIKE "
     "'%kubectl%')",
     "type=SYSCALL " STAMP("1") "arch=c000003e syscall=59 auid=7\ntype=EXECVE " STAMP(
         "1") "argc=1 a0=\"kubectl\"\n"
              "type=SYSCALL " STAMP("2") "arch=c000003e syscall=59 auid=7\ntype=EXECVE " STAMP(
                  "2") "argc=1 a0=\"ls\"\n",
     2},
    {"newer events nobody wants",
     "SELECT \"Command\" FROM events WHERE \"Command\" ILIKE '%kubectl%' AND starttime > NOW() - 60000",
     "type=EXECVE msg=audit(1700000000.000:1): argc=1 a0=\"kubectl\"\ntype=EXECVE msg=audit(1700000090.000:2): argc=1 "
     "a0=\"ls\"\n",
     0},
};

static void all_forms(const struct form *forms, size_t count)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        str log = str_from_cstring(forms[i].log);
        write_log(log);
        uint64_t rows = ask(forms[i].query, log);
        if (rows != forms[i].rows) {
            print_error("%s: %llu rows\n", forms[i].name, (unsigned long long)rows);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

#define EVENT(fields)                                                                                                  \
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\",\"auditID\":\"1\",\"stage\":"       \
    "\"ResponseComplete\"," fields ",\"stageTimestamp\":\"2026-11-21T22:26:40.061721Z\",\"annotations\":{"             \
    "\"authorization.k8s.io/reason\":\"RBAC \\\"x\\\"\"}}\n"
#define OTHER       EVENT("\"requestURI\":\"/api/v1/namespaces/a/pods?limit=5\\u0026watch=true\",\"verb\":\"list\"")
#define SECRETS     "SELECT Verb, \"Object Name\" FROM events WHERE Resource = 'secrets'"
#define COMMANDS    "SELECT \"Command\" FROM events WHERE \"Command\" ILIKE '%get secrets%'"
#define EXEC(query) "\"requestURI\":\"/api/v1/namespaces/a/pods/b/exec?" query "\",\"verb\":\"create\""

static const struct form kubernetes_forms[] = {
    {"plain", SECRETS, OTHER OTHER EVENT("\"verb\":\"get\",\"objectRef\":{\"resource\":\"secrets\"}") OTHER, 1},
    {"escaped letter", SECRETS,
     OTHER OTHER EVENT("\"verb\":\"get\",\"objectRef\":{\"resource\":\"\\u0073ecrets\"}") OTHER, 1},
    {"escaped letters in a name", "SELECT Verb FROM events WHERE \"Object Name\" ILIKE '%docker-token%'",
     OTHER OTHER EVENT("\"verb\":\"get\",\"objectRef\":{\"name\":\"x-\\u0044oc\\u006Ber-token\"}") OTHER, 1},
    {"escaped hyphen", "SELECT Verb FROM events WHERE \"Object Name\" ILIKE '%docker-token%'",
     OTHER OTHER EVENT("\"verb\":\"get\",\"objectRef\":{\"name\":\"docker\\u002Dtoken\"}") OTHER, 1},
    {"escaped Kelvin sign", "SELECT Verb FROM events WHERE \"Object Name\" ILIKE '%docker%'",
     OTHER OTHER EVENT("\"verb\":\"get\",\"objectRef\":{\"name\":\"doc\\u212Aer\"}") OTHER, 1},
    {"Kelvin sign", "SELECT Verb FROM events WHERE \"Object Name\" ILIKE '%docker%'",
     OTHER OTHER EVENT("\"verb\":\"get\",\"objectRef\":{\"name\":\"doc\xE2\x84\xAA"
                       "er\"}") OTHER,
     1},
    {"Turkish i", "SELECT Verb FROM events WHERE LOWER(\"Object Name\") = 'istio'",
     OTHER OTHER EVENT("\"verb\":\"get\",\"objectRef\":{\"name\":\"\\u0130STIO\"}") OTHER, 1},
    {"escaped slash", "SELECT Verb FROM events WHERE \"Request URI\" ILIKE '%/api/v1/secrets%'",
     OTHER OTHER EVENT("\"verb\":\"get\",\"requestURI\":\"\\/api\\/v1\\/secrets\"") OTHER, 1},
    {"escaped ampersand", "SELECT Verb FROM events WHERE \"Request URI\" ILIKE '%limit=5&watch%'", OTHER OTHER OTHER,
     3},
    {"from the path", SECRETS, OTHER EVENT("\"verb\":\"get\",\"requestURI\":\"/api/v1/namespaces/a/secrets/b\"") OTHER,
     1},
    {"an account", "SELECT Verb FROM events WHERE \"Service Account\" = 'web/default'",
     OTHER OTHER EVENT("\"verb\":\"get\",\"user\":{\"username\":\"system:serviceaccount:web:default\"}") OTHER, 1},
    {"groups", "SELECT Verb FROM events WHERE \"Groups\" ILIKE '%masters,system:auth%'",
     OTHER OTHER EVENT("\"verb\":\"get\",\"user\":{\"groups\":[\"system:masters\",\"system:authenticated\"]}") OTHER,
     1},
    {"a command in parts", COMMANDS, OTHER OTHER EVENT(EXEC("command=get\\u0026command=secrets")) OTHER, 1},
    {"a command with codes", COMMANDS, OTHER OTHER EVENT(EXEC("command=get+%73ecr%45ts")) OTHER, 1},
    {"a command with another code", "SELECT \"Command\" FROM events WHERE \"Command\" ILIKE '%a-b.c%'",
     OTHER OTHER EVENT(EXEC("command=a%2Db%2ec")) OTHER, 1},
    {"a command of other letters", COMMANDS, OTHER OTHER EVENT(EXEC("command=get\\u0026command=%c5%BFecrets")) OTHER,
     1},
    {"a command in the body", COMMANDS,
     OTHER OTHER EVENT(
         "\"verb\":\"create\",\"objectRef\":{\"resource\":\"pods\",\"subresource\":\"exec\"},"
         "\"requestURI\":\"/api/v1/namespaces/a/pods/b/exec\",\"requestObject\":{\"command\":[\"get\",\"secrets\"]}")
         OTHER,
     1},
    {"an object", "SELECT Verb FROM events WHERE \"Request Object\" ILIKE '%\"hostPID\":true%'",
     OTHER OTHER EVENT("\"verb\":\"create\",\"requestObject\":{\"spec\":{\"hostPID\":true}}") OTHER, 1},
    {"cut", SECRETS,
     OTHER OTHER "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"2\",\"verb\":\"get\","
                 "\"objectRef\":{\"resource\":\"secrets\"},\"user\":{}\n" OTHER OTHER,
     1},
    {"spread over lines", SECRETS,
     OTHER OTHER "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"2\",\"user\":{}\n"
                 ",\"verb\":\"get\",\"objectRef\":{\"resource\":\"secrets\"}}\n" OTHER OTHER,
     1},
    {"damaged", SECRETS,
     OTHER OTHER "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"2\",\"user\":}\n" OTHER EVENT(
         "\"verb\":\"get\",\"objectRef\":{\"resource\":\"secrets\"}"),
     1},
    {"in a string of a collector", SECRETS,
     OTHER OTHER
     "{\"log\":\"{\\\"kind\\\":\\\"Event\\\",\\\"auditID\\\":\\\"3\\\",\\\"verb\\\":\\\"get\\\",\\\"objectRef\\\":"
     "{\\\"resource\\\":\\\"secrets\\\"}}\"}\n" OTHER OTHER,
     1},
    {"newer events nobody wants", SECRETS " AND starttime > NOW() - 60000",
     OTHER EVENT(
         "\"verb\":\"get\",\"objectRef\":{\"resource\":\"secrets\"}") "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s."
                                                                      "io/"
                                                                      "v1\",\"auditID\":\"9\",\"verb\":\"get\","
                                                                      "\"stageTimestamp\":"
                                                                      "\"2026-11-21T22:36:40.061721Z\"}\n" OTHER,
     0},
    {"a time without a fraction", SECRETS " AND starttime > NOW() - 60000",
     OTHER EVENT("\"verb\":\"get\",\"objectRef\":{\"resource\":\"secrets\"}") "{\"kind\":\"Event\",\"apiVersion\":"
                                                                              "\"audit.k8s.io/"
                                                                              "v1\",\"auditID\":\"9\",\"verb\":\"get\","
                                                                              "\"stageTimestamp\":"
                                                                              "\"2026-11-21T22:36:40Z\"}\n" OTHER,
     0},
};

static void forms_of_kubernetes(void **state)
{
    (void)state;
    all_forms(kubernetes_forms, countof(kubernetes_forms));
}

static void forms_of_audit(void **state)
{
    (void)state;
    all_forms(audit_forms, countof(audit_forms));
}

/* ---- generated logs ---- */

static uint64_t random_state;

static uint32_t pick(uint32_t count)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % count;
}

static const char *const words[] = {
    "kubectl",
    "get",
    "secrets",
    "Kube",
    "ctl",
    "kubectl get secrets",
    "ls",
    "-la",
    "docker",
    "/var/run/docker.sock",
    "x",
    ("\xE2\x84\xAA"
     "ubectl"),
    "\xC3\xA9t\xC3\xA9",
    "a/../b",
    "exec",
    "env",
    "",
    "KUBECTL",
    "secret",
    "%73ecrets",
};

static void add_hex(struct strbuf *log, str word)
{
    static const char upper[] = "0123456789ABCDEF";
    static const char lower[] = "0123456789abcdef";
    const char *digits = pick(5) == 0 ? lower : upper;
    for (size_t i = 0; i < word.len; i++) {
        strbuf_append_char(log, digits[(uint8_t)word.data[i] >> 4]);
        strbuf_append_char(log, digits[(uint8_t)word.data[i] & 15]);
    }
}

static void add_value(struct strbuf *log)
{
    str word = str_from_cstring(words[pick(countof(words))]);
    if (pick(2) == 0) {
        add_hex(log, word);
    } else {
        strbuf_append_format(log, "\"%.*s\"", STR_ARG(word));
    }
}

static void add_arguments(struct strbuf *log)
{
    uint32_t count = pick(4);
    strbuf_append_format(log, "argc=%u", pick(8) == 0 ? pick(6) : count);
    for (uint32_t i = 0; i < count; i++) {
        if (pick(10) == 0) {
            strbuf_append_format(log, " a%u_len=9 a%u[0]=", i, i);
            add_value(log);
            strbuf_append_format(log, " a%u[1]=", i);
        } else {
            strbuf_append_format(log, " a%u=", i);
        }
        add_value(log);
    }
}

static void add_record(struct strbuf *log, uint32_t serial)
{
    static const char *const types[] = {"SYSCALL", "EXECVE", "EXECVE",   "PROCTITLE", "CWD",
                                        "PATH",    "EOE",    "USER_CMD", "1309"};
    uint32_t type = pick(countof(types));
    if (pick(20) == 0) {
        strbuf_append_format(log, "node=n%u ", pick(2));
    }
    strbuf_append_format(log, "type=%s msg=audit(%u.000:%u): ", types[type], 1700000000 + serial / 4, serial);
    switch (type) {
    case 0:
        strbuf_append_format(log, "arch=c000003e syscall=%u success=yes exit=0 auid=%u comm=", pick(2) ? 59 : 2,
                             pick(3));
        add_value(log);
        break;
    case 1:
    case 2:
    case 8:
        add_arguments(log);
        break;
    case 3:
        strbuf_append_format(log, "proctitle=");
        add_value(log);
        break;
    case 4:
        strbuf_append_format(log, "cwd=");
        add_value(log);
        break;
    case 5:
        strbuf_append_format(log, "item=%u name=", pick(2));
        add_value(log);
        strbuf_append_format(log, " nametype=NORMAL");
        break;
    case 7:
        strbuf_append_format(log, "pid=1 msg='cmd=");
        add_value(log);
        strbuf_append_format(log, " res=success'");
        break;
    default:
        break;
    }
    if (pick(10) == 0) {
        strbuf_append_format(log,
                             "\x1D"
                             "AUID=\"%s\"",
                             words[pick(3)]);
    }
}

static void make_audit(struct strbuf *log, uint32_t lines)
{
    uint32_t serial = 1;
    for (uint32_t i = 0; i < lines; i++) {
        serial += pick(3) == 0;
        size_t start = log->len;
        add_record(log, serial - (pick(6) == 0 ? pick(3) : 0));
        if (pick(30) == 0) { /* cut */
            log->len = start + pick((uint32_t)(log->len - start));
        }
        strbuf_append_format(log, "%s", pick(40) == 0 ? "\r\n" : pick(60) == 0 ? "\n\n{\"a\":1}\n" : "\n");
    }
}

static const char *const generated_queries[] = {
    "SELECT * FROM events WHERE \"Command\" ILIKE '%kubectl%'",
    "SELECT * FROM events WHERE \"Command\" LIKE '%kubectl%' OR \"Process Title\" ILIKE '%docker.sock%'",
    "SELECT * FROM events WHERE \"Command\" ILIKE '%get secrets%'",
    ("SELECT * FROM events WHERE \"File Path\" ILIKE '%run/docker.sock%' OR \"Working Directory\" = "
     "'/var/run/docker.sock'"),
    "SELECT username, COUNT(*) FROM events WHERE \"Command\" ILIKE '%secret%' GROUP BY username",
    "SELECT * FROM events WHERE LOWER(\"Command Name\") = 'kubectl' AND starttime > NOW() - 20000",
    "SELECT * FROM events WHERE username ILIKE '%secrets%'",
};

static void generated_audit(void **state)
{
    (void)state;
    uint64_t rows = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct strbuf log;
        strbuf_init(&log, 64 * 1024 * 1024);
        random_state = seed;
        make_audit(&log, 100 + pick(400));
        write_log(strbuf_str(&log));
        for (size_t i = 0; i < countof(generated_queries); i++) {
            rows += ask(generated_queries[i], STR("(generated)"));
        }
        strbuf_release(&log);
    }
    assert_true(rows > 300); /* it is no test without them */
}

static void add_json_text(struct strbuf *log, str word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = word.data[i];
        if (pick(25) == 0 && (uint8_t)c < 0x80) {
            strbuf_append_format(log, pick(2) ? "\\u%04x" : "\\u%04X", (unsigned)c);
        } else if (c == '/' && pick(3) == 0) {
            strbuf_append_format(log, "\\/");
        } else {
            strbuf_append_char(log, c);
        }
    }
}

static void add_member(struct strbuf *log, const char *key)
{
    strbuf_append_format(log, "\"%s\":\"", key);
    add_json_text(log, str_from_cstring(words[pick(countof(words))]));
    strbuf_append_format(log, "\"%s", pick(30) == 0 ? " , " : ",");
}

static void add_event(struct strbuf *log, uint32_t number)
{
    strbuf_append_format(log, pick(12) == 0 ? "{\"apiVersion\":\"audit.k8s.io/v1\",\"kind\":\"Event\","
                                            : "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",");
    add_member(log, "auditID");
    add_member(log, "userAgent");
    strbuf_append_format(log, "\"requestURI\":\"/api/v1/namespaces/a/pods/b/exec?command=");
    add_json_text(log, str_from_cstring(words[pick(countof(words))]));
    strbuf_append_format(log, "\\u0026command=%s\",\"verb\":\"get\",\"objectRef\":{",
                         pick(2) ? "%6Bubectl" : "get%20se%43rets");
    add_member(log, "resource");
    strbuf_append_format(log, "\"apiVersion\":\"v1\",\"subresource\":\"%s\"},", pick(2) ? "exec" : "x");
    if (pick(6) == 0) {
        strbuf_append_format(log, "\"requestObject\":{\"stageTimestamp\":\"2031-01-01T00:00:00.000000Z\",");
        add_member(log, "a");
        strbuf_append_format(log, "\"items\":[{}]},");
    }
    strbuf_append_format(log, "\"stageTimestamp\":\"2026-11-21T22:%02u:%02u%s\"", number / 60 % 60, number % 60,
                         pick(8) == 0 ? "Z" : ".123456Z");
    if (pick(3) > 0) {
        strbuf_append_format(log, ",\"annotations\":{\"a\":\"%s\"}", pick(8) == 0 ? "}}" : "b");
    }
    strbuf_append_format(log, pick(20) == 0 ? ",\"host\":\"h\"}" : "}");
}

static void make_kubernetes(struct strbuf *log, uint32_t lines)
{
    for (uint32_t i = 0; i < lines; i++) {
        size_t start = log->len;
        add_event(log, i);
        if (pick(25) == 0) { /* cut */
            log->len = start + pick((uint32_t)(log->len - start));
        }
        strbuf_append_format(log, "%s", pick(40) == 0 ? "\r\n" : pick(60) == 0 ? "\n\nno JSON\n" : "\n");
    }
}

static void generated_kubernetes(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "SELECT * FROM events WHERE \"Command\" ILIKE '%kubectl%'",
        "SELECT * FROM events WHERE \"Command\" ILIKE '%get secrets%' AND starttime > NOW() - 30000",
        "SELECT * FROM events WHERE \"User Agent\" ILIKE '%kubectl%' OR Resource = 'secrets'",
        "SELECT * FROM events WHERE \"User Agent\" LIKE '%/var/run/docker.sock%'",
        "SELECT COUNT(*), Resource FROM events WHERE LOWER(Resource) = 'docker' GROUP BY Resource",
        "SELECT * FROM events WHERE \"Request Object\" ILIKE '%secret%'",
    };
    uint64_t rows = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct strbuf log;
        strbuf_init(&log, 64 * 1024 * 1024);
        random_state = seed;
        make_kubernetes(&log, 50 + pick(200));
        write_log(strbuf_str(&log));
        for (size_t i = 0; i < countof(queries); i++) {
            rows += ask(queries[i], STR("(generated)"));
        }
        strbuf_release(&log);
    }
    assert_true(rows > 300);
}

/* ---- conditions ---- */

static const char *searched_word(void)
{
    static const char *const searched[] = {"kubectl", "get secret", "secret", "docker", "docker.sock", "ctl get",
                                           "exec",    "kubectl",    "get",    "ls",     "env",         "\xC3\xA9t"};
    return searched[pick(countof(searched))];
}

static const char *searched_field(void)
{
    static const char *const fields[] = {"\"Process Title\"", "username",         "\"Process Name\"",
                                         "\"File Path\"",     "\"Command Name\"", "\"File Action\""};
    return pick(4) ? "\"Command\"" : fields[pick(countof(fields))];
}

static void add_test(struct strbuf *query)
{
    const char *field = searched_field();
    const char *word = searched_word();
    switch (pick(16)) {
    case 0:
        strbuf_append_format(query, "%s = '%s'", field, words[pick(countof(words))]);
        return;
    case 1:
        strbuf_append_format(query, "%s IN ('%s', '%s')", field, word, words[pick(countof(words))]);
        return;
    case 2:
        strbuf_append_format(query, "%s %s '(%s|%s).?%s'", field, pick(2) ? "MATCHES" : "IMATCHES", word,
                             searched_word(), pick(2) ? "" : word);
        return;
    case 3:
        strbuf_append_format(query, "%s IS %sNULL", field, pick(2) ? "NOT " : "");
        return;
    case 4:
        strbuf_append_format(query, "%s <> '%s'", field, word);
        return;
    case 5:
        strbuf_append_format(query, "%s(%s) LIKE '%%%s%%'", pick(2) ? "LOWER" : "UPPER", field, word);
        return;
    case 6:
        strbuf_append_format(query, "UTF8(payload) ILIKE '%%%s%%'", word);
        return;
    case 7:
        strbuf_append_format(query, "%s NOT ILIKE '%%%s%%'", field, word);
        return;
    case 8:
        strbuf_append_format(query, "%s LIKE '%s%%_%s'", field, word, searched_word());
        return;
    case 9:
        strbuf_append_format(query, "starttime > NOW() - %u", 1000 * (1 + pick(100)));
        return;
    default:
        strbuf_append_format(query, "%s %s '%%%s%%'", field, pick(3) ? "ILIKE" : "LIKE", word);
    }
}

static void add_condition(struct strbuf *query, uint32_t depth)
{
    if (depth == 0 || pick(4) == 0) {
        add_test(query);
        return;
    }
    bool is_negated = pick(8) == 0;
    const char *operator= pick(2) ? " AND " : " OR ";
    strbuf_append_format(query, is_negated ? "NOT (" : "(");
    for (uint32_t i = 0, count = 1 + pick(4); i < count; i++) {
        strbuf_append_format(query, "%s", i > 0 ? operator: "");
        add_condition(query, depth - 1);
    }
    strbuf_append_format(query, ")");
}

/* Half of them begin with what is looked for in the bytes, so that the rest is asked of what is found. */
static void make_query(struct strbuf *query)
{
    query->len = 0;
    strbuf_append_format(query, "SELECT %s FROM events WHERE ", pick(3) ? "\"Command\" AS c, *" : "\"Audit Serial\"");
    if (pick(2)) {
        strbuf_append_format(query, "(\"Command\" ILIKE '%%%s%%' OR \"Command\" ILIKE '%%docker%%') AND ",
                             searched_word());
    }
    add_condition(query, 3);
    strbuf_append_char(query, '\0');
}

static uint64_t ask_random_queries(uint32_t count, str log)
{
    struct strbuf query;
    uint64_t answered = 0;
    strbuf_init(&query, 64 * 1024);
    for (uint32_t i = 0; i < count; i++) {
        make_query(&query);
        answered += ask(query.data, log) > 0;
    }
    strbuf_release(&query);
    return answered;
}

static void conditions_of_audit(void **state)
{
    (void)state;
    uint64_t answered = 0;
    for (uint64_t seed = 100; seed < 110; seed++) {
        struct strbuf log;
        strbuf_init(&log, 64 * 1024 * 1024);
        random_state = seed;
        make_audit(&log, 100 + pick(400));
        write_log(strbuf_str(&log));
        answered += ask_random_queries(30, seed < 102 ? strbuf_str(&log) : STR("(generated)"));
        strbuf_release(&log);
    }
    assert_in_range(answered, 100, 250);
}

/* Arguments that are long, many, or in many records, as the kernel parts them: the words at the end of them. */
static void add_long_event(struct strbuf *log, uint32_t serial)
{
    char stamp[48];
    snprintf(stamp, sizeof(stamp), "msg=audit(17000000%02u.000:%u): ", serial % 90, serial);
    strbuf_append_format(log, "type=SYSCALL %sarch=c000003e syscall=59 success=yes exit=0 comm=\"docker\"\n", stamp);
    uint32_t count = pick(3) == 0 ? 1000 + pick(9000) : 2 + pick(6);
    strbuf_append_format(log, "type=EXECVE %sargc=%u a0=\"docker\"", stamp, count);
    for (uint32_t i = 1; i < count; i++) {
        if (pick(count > 100 ? 500 : 5) == 0) {
            strbuf_append_format(log, "\ntype=EXECVE %s", stamp);
        } else {
            strbuf_append_char(log, ' ');
        }
        if (i + 1 == count && pick(2) == 0) {
            strbuf_append_format(log, "a%u=\"get secrets\"", i);
        } else if (count > 100 || pick(2)) {
            strbuf_append_format(log, "a%u=\"x\"", i);
        } else {
            bool is_in_parts = pick(2) == 0;
            strbuf_append_format(log, is_in_parts ? "a%u_len=32768 a%u[0]=\"" : "a%u=\"", i, i);
            for (uint32_t k = 2000 + pick(2000); k > 0; k--) {
                strbuf_append_format(log, "%s", pick(2000) == 0 ? "get secret" : "abcdef");
            }
            if (is_in_parts) {
                strbuf_append_format(log, "get\"\ntype=EXECVE %sa%u[1]=20736563726574", stamp, i);
            } else {
                strbuf_append_char(log, '"');
            }
        }
    }
    strbuf_append_format(log, "\ntype=PROCTITLE %sproctitle=646F636B6572\n", stamp);
}

static void long_commands(void **state)
{
    (void)state;
    static const char query[] = "SELECT * FROM events WHERE \"Command\" ILIKE '%docker%' AND \"Command\" ILIKE "
                                "'%get secret%' AND \"Argument Count\" > 1";
    struct strbuf log;
    strbuf_init(&log, 64 * 1024 * 1024);
    random_state = 5;
    for (uint32_t serial = 1; serial <= 120; serial++) {
        add_long_event(&log, serial);
    }
    write_log(strbuf_str(&log));
    assert_in_range(ask(query, STR("(generated)")), 20, 100);
    (void)ask_random_queries(20, STR("(generated)"));
    strbuf_release(&log);
}

/* ---- recorded logs ---- */

static const char *const recorded_queries[] = {
    "SELECT * FROM events WHERE \"Command\" ILIKE '%/bin/%' AND (\"Command\" ILIKE '%bash%' OR \"Command\" LIKE '% -c "
    "%')",
    "SELECT * FROM events WHERE (\"Command\" ILIKE '%docker%' AND \"Command\" ILIKE '%exec%') OR \"Command\" ILIKE "
    "'%curl%'",
    "SELECT * FROM events WHERE \"Command\" MATCHES '(sudo|wget|python|kubectl).* ' AND NOT \"Command\" ILIKE '%apt%'",
    "SELECT * FROM events WHERE \"Command\" ILIKE '%sh%c%' AND \"Process Name\" <> 'cron' AND username = 'root'",
    "SELECT * FROM events WHERE LOWER(\"Command\") LIKE '%secret%' OR \"Command\" IN ('whoami', 'id', 'ls "
    "--color=auto')",
    "SELECT * FROM events WHERE \"Command\" ILIKE '%etc%' AND (\"File Path\" ILIKE '%bin%' OR \"Command\" ILIKE "
    "'%passwd%')",
};

static uint64_t ask_recorded(const char *folder)
{
    uint64_t rows = 0;
    char path[512];
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (!strstr(entry->d_name, ".log")) {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        fixture.input = path;
        for (size_t i = 0; i < countof(recorded_queries); i++) {
            rows += ask(recorded_queries[i], STR("(recorded)"));
        }
    }
    if (entries) {
        (void)closedir(entries);
    }
    fixture.input = fixture.log;
    return rows;
}

static void recorded_audit(void **state)
{
    (void)state;
    assert_true(ask_recorded(TOCSIN_SOURCE_ROOT "/tests/data") > 100);
}

static void corpus_of_audit(void **state)
{
    (void)state;
    const char *folder = TOCSIN_SOURCE_ROOT "/../shared/corpus/auditd";
    if (access(folder, R_OK) != 0) {
        print_message("skipped: there is no ../shared/corpus\n");
        skip();
    }
    assert_true(ask_recorded(folder) > 100);
}

/* ---- pieces ---- */

static void add_usual_event(struct strbuf *log, uint32_t serial, const char *command, bool is_split)
{
    static const char *const types[] = {"USER_ACCT", "CRED_ACQ", "SERVICE_START", "1309", "AVC", "NETFILTER_CFG"};
    char stamp[48];
    snprintf(stamp, sizeof(stamp), "msg=audit(%u.%03u:%u):", 1700000000 + serial / 10, serial % 1000, serial);
    if (pick(20) == 0) {
        strbuf_append_format(log, "type=%s %s pid=1 uid=0 msg='op=x acct=\"root\" res=success'\n",
                             types[pick(countof(types))], stamp);
        return;
    }
    strbuf_append_format(log, "type=SYSCALL %s arch=c000003e syscall=59 success=yes exit=0 auid=%u comm=\"sh\"\n",
                         stamp, serial % 7);
    strbuf_append_format(log, "type=EXECVE %s argc=2 a0=\"%s\" a1=\"x\"\n", stamp, command);
    if (is_split) {
        add_usual_event(log, serial + 1000000, "between", false);
    }
    for (uint32_t i = pick(3); i > 0; i--) {
        strbuf_append_format(log, "type=PATH %s item=%u name=\"/usr/bin/sh\" nametype=NORMAL\n", stamp, i);
    }
    strbuf_append_format(log, pick(9) ? "type=PROCTITLE %s proctitle=7368\n" : "type=EOE %s \n", stamp);
}

/* More bytes than are read, searched and kept at once, so that events lie over all those borders; among them lines that
 * are not of the usual form, events that go on later, and events with more lines than are taken together. */
static void borders_of_pieces(void **state)
{
    (void)state;
    static const char *const commands[] = {"ls", "cat", "sleep", "KubeCtl", "docker"};
    uint64_t rows = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct strbuf log;
        strbuf_init(&log, 64 * 1024 * 1024);
        random_state = seed;
        for (uint32_t serial = 1; log.len < (seed == 1 ? 7000 : 2500) * 1024; serial++) { /* read ahead, too */
            add_usual_event(&log, serial, commands[pick(pick(8) ? 3 : countof(commands))], pick(15) == 0);
            if (pick(200) == 0) {
                strbuf_append_format(&log, "%s\n", pick(2) ? "node=a type=EOE msg=audit(1700000001.001:11): " : "lost");
            }
            if (pick(300) == 0) { /* late */
                strbuf_append_format(&log, "type=EXECVE msg=audit(%u.%03u:%u): argc=1 a0=\"kubectl\"\n",
                                     1700000000 + (serial - 3) / 10, (serial - 3) % 1000, serial - 3);
            }
            for (uint32_t i = pick(2000) == 0 ? 300 : 0; i > 0; i--) {
                strbuf_append_format(&log, "type=PATH msg=audit(1600000000.000:%u): item=%u name=\"/%.*s\"\n", serial,
                                     i, (int)pick(200),
                                     "ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss");
            }
        }
        for (size_t at = 0; seed == 4 && (at = str_find_char(strbuf_str(&log), '\n', at)) != SIZE_MAX; at++) {
            log.data[at - 1] = '\r'; /* line ends of Windows, in the place of a byte */
        }
        write_log(strbuf_str(&log));
        for (size_t i = 0; i < countof(generated_queries); i++) {
            rows += ask(generated_queries[i], STR("(generated)"));
        }
        strbuf_release(&log);
    }
    assert_true(rows > 300);
}

/* ---- files that change ---- */

enum { CHANGED_EVENTS = 40000 };

static void write_events(struct strbuf *log)
{
    strbuf_init(log, 64 * 1024 * 1024);
    random_state = 9;
    for (uint32_t serial = 1; serial <= CHANGED_EVENTS; serial++) {
        add_usual_event(log, serial, serial % 500 == 0 ? "kubectl" : "ls", false);
    }
    write_log(strbuf_str(log));
}

/* Rows of the answer if the file changes when so much of it was read that a first row came. */
static uint64_t rows_of_changed(unsigned threads, bool grows, size_t *ret_problems)
{
    struct strbuf output;
    strbuf_init(&output, 64 * 1024 * 1024);
    const char *inputs[] = {fixture.log};
    struct tocsin_run_options options = {.inputs = inputs,
                                         .input_count = 1,
                                         .output = "csv",
                                         .threads = threads,
                                         .keeps_input_order = true,
                                         .write = collect,
                                         .write_context = &output};
    struct tocsin_error err = {0};
    tocsin_query *query = NULL;
    tocsin_run *one = NULL;
    assert_int_equal(tocsin_query_prepare(fixture.engine, KUBECTL, strlen(KUBECTL), "query", &query, &err), TOCSIN_OK);
    assert_int_equal(tocsin_run_query(fixture.engine, query, &options, &one, &err), TOCSIN_OK);
    tocsin_status status = tocsin_run_step(one, &err);
    assert_int_equal(status, TOCSIN_OK);
    FILE *file = fopen(fixture.log, grows ? "a" : "r+");
    assert_non_null(file);
    if (grows) {
        assert_true(fprintf(file, "type=EXECVE msg=audit(1700000900.000:7): argc=1 a0=\"kubectl\"\n") > 0);
    } else {
        assert_int_equal(ftruncate(fileno(file), 3 * 1024 * 1024), 0);
    }
    assert_int_equal(fclose(file), 0);
    while ((status = tocsin_run_step(one, &err)) == TOCSIN_OK) {
    }
    assert_int_equal(status, TOCSIN_END);
    struct tocsin_summary summary;
    tocsin_run_summary(one, &summary);
    *ret_problems = summary.problem_count;
    uint64_t rows = summary.rows;
    tocsin_run_free(one);
    tocsin_query_free(query);
    strbuf_release(&output);
    return rows;
}

static void files_that_change(void **state)
{
    (void)state;
    struct strbuf log;
    size_t problems;
    for (unsigned threads = 1; threads <= 2; threads++) {
        write_events(&log);
        assert_true(log.len > 6 * 1024 * 1024);
        uint64_t rows = ask(KUBECTL, STR("(generated)"));
        assert_in_range(rows, CHANGED_EVENTS / 500 - 20, CHANGED_EVENTS / 500);
        assert_int_equal(rows_of_changed(threads, true, &problems), rows); /* as far as it went when it was opened */
        assert_int_equal(problems, 0);
        strbuf_release(&log);
        write_events(&log);
        uint64_t fewer = rows_of_changed(threads, false, &problems);
        assert_true(fewer > 0 && fewer < rows);
        assert_int_equal(problems, 1);
        strbuf_release(&log);
    }
}

/* A run that ends before its input does. */
static void limits_and_two_threads(void **state)
{
    (void)state;
    static const char query[] = "SELECT \"Command\", username FROM events WHERE \"Command\" ILIKE '%kubectl%' LIMIT 3";
    struct strbuf log;
    write_events(&log);
    struct result one;
    struct result two;
    run(query, false, 1, &one);
    run(query, false, 2, &two);
    assert_int_equal(one.rows, 3);
    assert_text_equal(&one.output, &two.output, query, STR("(generated)"));
    release(&one);
    release(&two);
    strbuf_release(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_of_audit),         cmocka_unit_test(forms_of_kubernetes),
        cmocka_unit_test(generated_audit),        cmocka_unit_test(generated_kubernetes),
        cmocka_unit_test(conditions_of_audit),    cmocka_unit_test(long_commands),
        cmocka_unit_test(recorded_audit),         cmocka_unit_test(corpus_of_audit),
        cmocka_unit_test(borders_of_pieces),      cmocka_unit_test(files_that_change),
        cmocka_unit_test(limits_and_two_threads),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
