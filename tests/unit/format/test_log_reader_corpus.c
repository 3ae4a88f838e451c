/* The logs of the corpus through the reader with all formats: how many events of which type each file gives, and that
 * the rows do not depend on where chunks end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "../../support/reader_digest.h"

#define CORPUS TOCSIN_SOURCE_ROOT "/../shared/corpus"

struct expectation {
    const char *path;
    uint64_t linux_os;
    uint64_t kubernetes;
    uint64_t docker;
    uint64_t universal;
    uint64_t unparsed; /* of all of them */
};

/* Counts of the corpus' own description; where ours differ, the reason. */
static const struct expectation expectations[] = {
    {"auditd/auditdparser-synthetic.log", 1, 0, 0, 2, 2}, /* two comments between the records */
    {"auditd/crowdsec-auditd-base64-exec.log", 4, 0, 0, 0, 0},
    {"auditd/crowdsec-auditd-postexploit-exec-from-net.log", 3, 0, 0, 0, 0},
    {"auditd/crowdsec-auditd-suid-crash.log", 3, 0, 0, 0, 0},
    {"auditd/golibaudit-audit-rhel7.log", 47, 0, 0, 0, 1}, /* 46, and a record whose header is "msg=?" */
    {"auditd/golibaudit-audit-ubuntu16.log", 3, 0, 0, 0, 0},
    {"auditd/golibaudit-audit-ubuntu17.log", 1, 0, 0, 0, 0},
    {"auditd/golibaudit-coalesce-rhel-7-linux-3.10.0.log", 10, 0, 0, 0, 0},
    {"auditd/golibaudit-coalesce-ubuntu-16.10-linux-4.8.0.log", 14, 0, 0, 0, 0},
    {"auditd/golibaudit-coalesce-ubuntu-20.04.6-linux-5.15.0-1034-gcp.log", 1, 0, 0, 0, 0},
    {"auditd/golibaudit-coalesce-ubuntu-24.04-linux-6.8.0.log", 1, 0, 0, 0, 0},
    {"auditd/golibaudit-lost_messages.log", 5, 0, 0, 0, 0},
    {"auditd/golibaudit-normal.log", 5, 0, 0, 0, 0},
    {"auditd/golibaudit-out_of_order.log", 5, 0, 0, 0, 0},
    {"auditd/golibaudit-rollover.log", 5, 0, 0, 0, 0},
    {"auditd/live-enriched.log", 680, 0, 0, 0, 0},
    {"auditd/live-raw.log", 184, 0, 0, 0, 0},
    {"auditd/live-watch-rules.log", 28, 0, 0, 0, 0},
    {"auditd/oms-auditd-raw-a.log", 6, 0, 0, 0, 0},
    {"auditd/sc4s-nutanix-audispd-syslog.log", 1, 0, 0, 0, 0},
    {"auditd/splunk-security-content-examples.log", 6, 0, 0, 0, 0},
    {"docker/crowdsec-docker-logs.log", 0, 0, 3, 0, 0},
    {"docker/live-authz-requests.jsonl", 0, 0, 34, 0, 0},
    {"docker/live-docker-events.jsonl", 0, 0, 25, 0, 0},
    {"docker/live-docker-events.txt", 0, 0, 11, 0, 0},
    {"docker/live-dockerd-debug.log", 0, 0, 126, 0, 0}, /* 135 lines; 9 are bodies of requests */
    {"docker/live-dockerd-info.log", 0, 0, 10, 0, 0},
    {"docker/live-dockerd-startup-2375.log", 0, 0, 94, 1, 0},
    {"docker/live-json-file-driver.log", 0, 0, 6, 0, 0},
    {"k8s-audit/afcollins-single-event.json", 0, 1, 0, 0, 0},
    {"k8s-audit/crowdsec-k8s-audit-pod-exec-file.log", 0, 1, 0, 0, 0},
    {"k8s-audit/derived-truncated-lines.log", 0, 4, 0, 0, 1},
    {"k8s-audit/derived-webhook-eventlist.json", 0, 25, 0, 0, 0},
    {"k8s-audit/falco-k8saudit-a.jsonl", 0, 25, 0, 1, 0}, /* 26, but one is {"kind": 0} */
    {"k8s-audit/live-boot-a.log", 0, 900, 0, 0, 0},
    {"k8s-audit/live-huge-event.log", 0, 1, 0, 0, 0},
    {"k8s-audit/live-k8s.log", 0, 1481, 0, 0, 0},
    {"k8s-audit/live-labs.log", 0, 1112, 0, 0, 0},
    {"k8s-audit/live-legacy-format.log", 0, 8, 0, 0, 0},
    {"k8s-audit/packt-kind-secrets-a.log", 0, 34, 0, 0, 0},
    {"k8s-audit/panther-rule-tests.jsonl", 0, 99, 0, 0, 0},
    {"k8s-audit/stackdriver-k8saudit-a.jsonl", 0, 13, 0, 0, 0},
    {"leef-cef/crowdsec-cef-logs.log", 0, 0, 0, 4, 0},
    {"leef-cef/derived-auditd-cef.log", 0, 0, 0, 166, 0},
    {"leef-cef/derived-auditd-leef.log", 0, 0, 0, 166, 0},
    {"leef-cef/sc4s-cef-a.log", 0, 0, 0, 28, 0},
    {"leef-cef/sc4s-leef-a.log", 0, 0, 0, 9, 0},
    {"other/aks-event.json", 0, 22, 0, 0, 0},
    {"other/panther-rule-tests-aks-gke.jsonl", 0, 47, 0, 4, 0}, /* four are of other services than Kubernetes */
    {"other/stackdriver-gke-logentries-a.jsonl", 0, 13, 0, 0, 0},
    {"syslog/crowdsec-asterisk-syslogs.log", 0, 0, 0, 6, 0},
    {"syslog/crowdsec-pam-logs.log", 0, 0, 0, 2, 0},
    {"syslog/crowdsec-sshd-bad-keyexchange-bf.log", 0, 0, 0, 19, 0},
    {"syslog/crowdsec-sshd-logs.log", 0, 0, 0, 24, 0},
    {"syslog/crowdsec-syslog-logs.log", 0, 0, 0, 3, 0},
    {"syslog/derived-syslog-wrapped.log", 10, 18, 14, 0, 0}, /* 79 lines are records of 10 audit events */
};

static struct digest read_file(const struct digest_context *context, const char *path, size_t chunk_bytes)
{
    struct input_list list;
    assert_int_equal(input_list_expand(&list, &path, 1, NULL), TOCSIN_OK);
    struct digest digest = digest_inputs(context, &list, NULL, chunk_bytes);
    input_list_release(&list);
    return digest;
}

static bool is_skipped(void)
{
    if (access(CORPUS, R_OK) == 0) {
        return false;
    }
    print_message("skipped: there is no ../shared/corpus\n");
    return true;
}

static void events_by_type(void **state)
{
    if (is_skipped()) {
        skip();
    }
    struct digest_context context;
    digest_context_init(&context);
    size_t wrong = 0;
    for (size_t i = 0; i < countof(expectations); i++) {
        const struct expectation *expected = &expectations[i];
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", CORPUS, expected->path);
        struct digest digest = read_file(&context, path, 0);
        if (digest.linux_os != expected->linux_os || digest.kubernetes != expected->kubernetes ||
            digest.docker != expected->docker || digest.universal != expected->universal ||
            digest.statistics.unparsed_events != expected->unparsed || digest.problems != 0) {
            wrong++;
            print_message("%s: Linux OS %llu, Kubernetes %llu, Docker %llu, universal %llu, unparsed %llu, "
                          "problems %zu\n",
                          expected->path, (unsigned long long)digest.linux_os, (unsigned long long)digest.kubernetes,
                          (unsigned long long)digest.docker, (unsigned long long)digest.universal,
                          (unsigned long long)digest.statistics.unparsed_events, digest.problems);
        }
    }
    digest_context_release(&context);
    assert_int_equal(wrong, 0);
}

static bool is_expected(str path)
{
    for (size_t i = 0; i < countof(expectations); i++) {
        if (str_ends_with(path, str_from_cstring(expectations[i].path))) {
            return true;
        }
    }
    return false;
}

static void every_log_is_expected(void **state)
{
    if (is_skipped()) {
        skip();
    }
    struct input_list list;
    const char *path = CORPUS;
    assert_int_equal(input_list_expand(&list, &path, 1, NULL), TOCSIN_OK);
    for (size_t i = 0; i < list.count; i++) {
        str file = list.files[i].path;
        bool is_log = !str_ends_with(file, STR(".tsv")) && !str_ends_with(file, STR(".md")) &&
                      !str_contains(file, STR("/LICENSES/"));
        if (is_log && !is_expected(file)) {
            fail_msg("%s is not in the table", file.data);
        }
    }
    input_list_release(&list);
}

static void rows_do_not_depend_on_chunks(void **state)
{
    if (is_skipped()) {
        skip();
    }
    static const size_t chunks[] = {100, 4096, 65536};
    struct digest_context context;
    digest_context_init(&context);
    struct input_list list;
    const char *path = CORPUS;
    assert_int_equal(input_list_expand(&list, &path, 1, NULL), TOCSIN_OK);
    struct digest whole = digest_inputs(&context, &list, NULL, 0);
    assert_int_equal(whole.statistics.inputs, list.count);
    assert_int_equal(whole.problems, 0);
    for (size_t i = 0; i < countof(chunks); i++) {
        struct digest pieces = digest_inputs(&context, &list, NULL, chunks[i]);
        assert_int_equal(pieces.rows, whole.rows);
        assert_true(pieces.hash == whole.hash);
        assert_int_equal(pieces.statistics.lines, whole.statistics.lines);
    }
    input_list_release(&list);
    digest_context_release(&context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_by_type),
        cmocka_unit_test(every_log_is_expected),
        cmocka_unit_test(rows_do_not_depend_on_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
