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
    uint64_t universal;
    uint64_t unparsed; /* of all of them */
};

/* Counts of the corpus' own description; where ours differ, the reason. */
static const struct expectation expectations[] = {
    {"auditd/auditdparser-synthetic.log", 1, 0, 2, 2}, /* two comments between the records */
    {"auditd/crowdsec-auditd-base64-exec.log", 4, 0, 0, 0},
    {"auditd/crowdsec-auditd-postexploit-exec-from-net.log", 3, 0, 0, 0},
    {"auditd/crowdsec-auditd-suid-crash.log", 3, 0, 0, 0},
    {"auditd/golibaudit-audit-rhel7.log", 47, 0, 0, 1}, /* 46, and a record whose header is "msg=?" */
    {"auditd/golibaudit-audit-ubuntu16.log", 3, 0, 0, 0},
    {"auditd/golibaudit-audit-ubuntu17.log", 1, 0, 0, 0},
    {"auditd/golibaudit-coalesce-rhel-7-linux-3.10.0.log", 10, 0, 0, 0},
    {"auditd/golibaudit-coalesce-ubuntu-16.10-linux-4.8.0.log", 14, 0, 0, 0},
    {"auditd/golibaudit-coalesce-ubuntu-20.04.6-linux-5.15.0-1034-gcp.log", 1, 0, 0, 0},
    {"auditd/golibaudit-coalesce-ubuntu-24.04-linux-6.8.0.log", 1, 0, 0, 0},
    {"auditd/golibaudit-lost_messages.log", 5, 0, 0, 0},
    {"auditd/golibaudit-normal.log", 5, 0, 0, 0},
    {"auditd/golibaudit-out_of_order.log", 5, 0, 0, 0},
    {"auditd/golibaudit-rollover.log", 5, 0, 0, 0},
    {"auditd/live-enriched.log", 680, 0, 0, 0},
    {"auditd/live-raw.log", 184, 0, 0, 0},
    {"auditd/live-watch-rules.log", 28, 0, 0, 0},
    {"auditd/oms-auditd-raw-a.log", 6, 0, 0, 0},
    {"auditd/sc4s-nutanix-audispd-syslog.log", 1, 0, 0, 0},
    {"auditd/splunk-security-content-examples.log", 6, 0, 0, 0},
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
            digest.universal != expected->universal || digest.statistics.unparsed_events != expected->unparsed ||
            digest.problems != 0) {
            wrong++;
            print_message("%s: Linux OS %llu, Kubernetes %llu, universal %llu, unparsed %llu, problems %zu\n",
                          expected->path, (unsigned long long)digest.linux_os, (unsigned long long)digest.kubernetes,
                          (unsigned long long)digest.universal, (unsigned long long)digest.statistics.unparsed_events,
                          digest.problems);
        }
    }
    digest_context_release(&context);
    assert_int_equal(wrong, 0);
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
        cmocka_unit_test(rows_do_not_depend_on_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
