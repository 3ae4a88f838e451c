/* Kubernetes audit lines, many at once as the quick walk takes them, against the same lines one by one as the plain
 * reader takes them: odd, damaged and hostile ones give the same rows. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "../../support/reader_digest.h"
#include "base/json_compact.h"
#include "base/strbuf.h"

static uint64_t random_state = 4711;

static size_t pick(size_t count)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(random_state >> 33) % count;
}

/* ---- lines ---- */

static const char *const values[] = {
    "\"plain\"",
    "\"a \\\"quoted\\\" one\"",
    "\"\\u00e9\\ud83d\\ude00\\ud800 lone\"",
    "\"\xC3\xA9\xE2\x82\xAC\"",
    "\"bad \xC3 utf8 \xED\xA0\x80\"",
    "\"\"",
    "null",
    "true",
    "200",
    "-1.5e3",
    "01",
    "nul",
    "[\"a\",\"b\"]",
    "[\"a\",{\"b\":[null]},3]",
    "[]",
    "{}",
    "{\"a\":{\"b\":[1,2,{\"c\":\"}]\"}]}}",
    "{\"username\":\"eve\",\"groups\":[\"x\\/y\",\"z\"],\"extra\":{\"k\":[\"v\"]}}",
    "{\"resource\":\"pods\",\"namespace\":\"n\",\"name\":\"p\",\"subresource\":\"exec\"}",
    "{\"code\":403,\"status\":\"Failure\",\"reason\":\"Forbidden\",\"metadata\":{}}",
    "{\"authorization.k8s.io/decision\":\"forbid\",\"authorization.k8s.io/reason\":\"\"}",
    "{\"command\":[\"sh\",\"-c\",\"id\"],\"container\":\"web\"}",
    "\"/api/v1/namespaces/n/pods/p/exec?command=sh&command=-c&container=c\"",
    "\"2026-11-21T22:26:40.061721Z\"",
    "\"2026-11-21T22:26:40Z\"",
    "\"10.0.0.1\"",
    "[\"10.0.0.1\",\"fe80::1\"]",
    "[\"fe80::1\"",
    "[\"10.0.0.1\"}"};
static const char *const keys[] = {"level",
                                   "auditID",
                                   "stage",
                                   "requestURI",
                                   "verb",
                                   "user",
                                   "impersonatedUser",
                                   "sourceIPs",
                                   "userAgent",
                                   "objectRef",
                                   "responseStatus",
                                   "requestObject",
                                   "annotations",
                                   "responseObject",
                                   "stageTimestamp",
                                   "requestReceivedTimestamp",
                                   "unknown",
                                   "a\\u0062",
                                   "verb",
                                   "message",
                                   "items",
                                   "a key of more than thirty-two bytes, which no rule has"};

static void add(struct strbuf *out, const char *text)
{
    strbuf_append(out, str_from_cstring(text));
}

static void add_whole_line(struct strbuf *out)
{
    add(out, ",\"level\":\"Metadata\",\"auditID\":\"7f3f4fa5\",\"stage\":\"ResponseComplete\",\"requestURI\":"
             "\"/api/v1/namespaces/n/pods/p?timeout=10s\",\"verb\":\"get\",\"user\":{\"username\":"
             "\"system:serviceaccount:n:s\",\"uid\":\"65fd\",\"groups\":[\"a\",\"b\"],\"extra\":{\"k\":[\"v\"]}},"
             "\"sourceIPs\":[\"10.2.5.9\"],\"userAgent\":\"s/v0\",\"objectRef\":{\"resource\":\"pods\",\"namespace\":"
             "\"n\",\"name\":\"p\",\"apiVersion\":\"v1\"},\"responseStatus\":{\"metadata\":{},\"code\":200},"
             "\"stageTimestamp\":\"2026-11-21T22:26:40.061721Z\",\"annotations\":{\"authorization.k8s.io/decision\":"
             "\"allow\",\"authorization.k8s.io/reason\":\"RBAC: \\\"x\\\"\"}");
}

static void add_line(struct strbuf *out)
{
    size_t begin = out->len;
    add(out, pick(16) ? "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\""
                      : "{\"kind\": \"Event\", \"apiVersion\": \"audit.k8s.io/v1\"");
    if (pick(3) == 0) {
        add_whole_line(out);
    }
    for (size_t count = pick(12); count > 0; count--) {
        add(out, pick(40) ? ",\"" : ", \"");
        add(out, keys[pick(countof(keys))]);
        add(out, pick(40) ? "\":" : "\" : ");
        add(out, values[pick(countof(values))]);
    }
    add(out, "}");
    static const char bytes[] = "\"\\{}[]:,0 \t\0\x80\xFF";
    if (pick(3) == 0) {
        size_t at = begin + 46 + pick(out->len - begin - 46);
        switch (pick(3)) {
        case 0:
            out->data[at] = bytes[pick(sizeof(bytes) - 1)];
            break;
        case 1:
            out->len = at;
            break;
        default:
            memmove(out->data + at, out->data + at + 1, out->len - at - 1);
            out->len--;
        }
    }
    add(out, "\n");
}

static void add_hostile_lines(struct strbuf *out)
{
    static const char front[] =
        "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"h\",\"verb\":\"get\",";
    for (size_t depth = 50; depth < 1200; depth += depth < 70 ? 1 : 113) {
        for (int is_closed = 0; is_closed < 2; is_closed++) {
            add(out, front);
            add(out, "\"requestObject\":");
            for (size_t i = 0; i < depth; i++) {
                add(out, i % 2 ? "[" : "{\"a\":");
            }
            add(out, "0");
            for (size_t i = is_closed ? depth : 3; i-- > 0;) {
                add(out, i % 2 ? "]" : "}");
            }
            add(out, "}\n");
        }
    }
    add(out, front);
    add(out, "\"userAgent\":\"");
    for (size_t i = 0; i < 300000; i++) {
        strbuf_append_char(out, i % 1000 == 7 ? '\\' : 'n');
    }
    add(out, "\"}\n");
}

/* ---- both ways ---- */

static struct digest read_all(const struct digest_context *context, int fd, bool takes_many)
{
    extern const struct format_def format_kubernetes_audit;
    extern const struct format_def format_universal;
    struct format_def copies[] = {format_kubernetes_audit, format_universal};
    const struct format_def *formats[] = {&copies[0], &copies[1]};
    char path[64];
    int path_bytes = snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct input_file file = {.path = {path, (size_t)path_bytes}, .kind = INPUT_FILE, .modified_ms = 1600000000000};
    struct input_list list = {.files = &file, .count = 1};
    struct log_reader_options options = {.context = &context->context,
                                         .inputs = &list,
                                         .wall_clock_ms = INT64_C(1800000000000),
                                         .formats = formats,
                                         .format_count = countof(formats)};
    struct digest digest = {0};
    struct log_reader *reader;
    struct batch *batch;
    copies[0].parse_lines = takes_many ? copies[0].parse_lines : NULL;
    assert_int_equal(log_reader_create(&options, &reader, NULL), TOCSIN_OK);
    tocsin_status status;
    while ((status = log_reader_next(reader, &batch, NULL)) == TOCSIN_OK) {
        for (uint32_t row = 0; row < batch->row_count; row++) {
            digest.rows++;
            for (uint32_t i = 0; i < batch->column_count; i++) {
                digest_value(&digest, &batch->columns[i], row);
            }
            digest_evidence(&digest, &batch->evidence[batch->rows[row].evidence_first],
                            batch->rows[row].evidence_count);
        }
    }
    assert_int_equal(status, TOCSIN_END);
    log_reader_statistics(reader, &digest.statistics);
    log_reader_free(reader);
    return digest;
}

static void compare(const struct digest_context *context, str log, size_t rows_min)
{
    int fd = memfd_create("log", MFD_CLOEXEC);
    assert_true(fd >= 0 && write(fd, log.data, log.len) == (ssize_t)log.len);
    struct digest one = read_all(context, fd, false);
    for (int is_portable = 0; is_portable < 2; is_portable++) {
        json_compact_use_portable(is_portable);
        struct digest many = read_all(context, fd, true);
        if (many.rows != one.rows || many.hash != one.hash) {
            print_error("other rows of: %.*s\n", (int)(log.len < 4000 ? log.len : 4000), log.data);
        }
        assert_int_equal(many.rows, one.rows);
        assert_int_equal(many.hash, one.hash);
        assert_int_equal(many.statistics.lines, one.statistics.lines);
        assert_int_equal(many.statistics.unparsed_events, one.statistics.unparsed_events);
        assert_int_equal(many.statistics.truncated_events, one.statistics.truncated_events);
    }
    json_compact_use_portable(false);
    assert_true(one.rows >= rows_min);
    (void)close(fd);
}

static void same_rows(void **state)
{
    enum { LOGS = 150, LINES = 8 };
    struct digest_context context;
    struct strbuf log;
    (void)state;
    digest_context_init(&context);
    strbuf_init(&log, 16 * 1024 * 1024);
    for (int i = 0; i < LOGS; i++) {
        log.len = 0;
        add(&log, "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\"");
        add_whole_line(&log);
        add(&log, "}\n"); /* so that this format is asked first */
        for (int k = 0; k < LINES; k++) {
            add_line(&log);
        }
        if (pick(2)) {
            log.len--; /* the last line has no end */
        }
        compare(&context, strbuf_str(&log), 1);
    }
    log.len = 0;
    add_hostile_lines(&log);
    compare(&context, strbuf_str(&log), 50);
    strbuf_release(&log);
    digest_context_release(&context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
