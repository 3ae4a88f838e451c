/* query_fixture.h - what fuzz targets of queries run over: a log with some rows of each format and with nulls, engines
 * of all options with the configuration folder docs/lookups, and a folder for cursors. All of it is made once. */
#ifndef TESTS_FUZZ_ENGINE_QUERY_FIXTURE_H
#define TESTS_FUZZ_ENGINE_QUERY_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "tocsin/tocsin.h"

enum { OUTPUT_BYTES_MAX = 16 * 1024 * 1024, ENGINES = 16 };

static inline void check(bool is_right, const char *what, const struct tocsin_error *err)
{
    if (!is_right) {
        fprintf(stderr, "%s: %s: %s (%s)\n", what, err ? tocsin_status_name(err->status) : "-",
                err ? err->message : "-", err ? err->hint : "-");
        abort();
    }
}

/* ---- the fixture: a log, a folder of cursors, engines ---- */

static const char linux_log[] =
    "type=SYSCALL msg=audit(1795403414.390:388): arch=c000003e syscall=59 success=yes exit=0 a0=7fbee0d6b6e0 items=2 "
    "ppid=32032 pid=32065 auid=1000 uid=0 gid=0 euid=0 tty=pts1 ses=5 comm=\"bash\" exe=\"/usr/bin/bash\" "
    "key=\"exec\"\n"
    "type=EXECVE msg=audit(1795403414.390:388): argc=3 a0=\"kubectl\" a1=\"get\" a2=\"secrets\"\n"
    "type=CWD msg=audit(1795403414.390:388): cwd=\"/root\"\n"
    "type=PATH msg=audit(1795403414.390:388): item=0 name=\"/usr/bin/bash\" inode=247101 nametype=NORMAL\n"
    "type=SYSCALL msg=audit(1795403414.390:389): arch=c000003e syscall=42 success=no exit=-2 ppid=1 pid=2 "
    "auid=4294967295"
    " uid=0 comm=\"curl\" exe=\"/usr/bin/curl\" key=(null)\n"
    "type=SOCKADDR msg=audit(1795403414.390:389): saddr=02000050CB0071090000000000000000\n"
    "type=USER_LOGIN msg=audit(1795403500.001:400): pid=9 uid=0 auid=4294967295 ses=4294967295 msg='op=login "
    "acct=\"jsmith\" exe=\"/usr/sbin/sshd\" hostname=? addr=203.0.113.9 terminal=ssh res=failed'\n"
    "type=USER_LOGIN msg=audit(1795403560.001:401): pid=9 uid=0 auid=1000 ses=6 msg='op=login id=1000 "
    "exe=\"/usr/sbin/sshd\" hostname=h addr=10.0.0.1 terminal=ssh res=success'\n"
    "type=EXECVE msg=audit(1795403560.500:402): argc=2 a0=\"CURL\" a1=687474703A2F2F312E322E332E342FC3A4\n";

static const char kubernetes_log[] =
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\",\"auditID\":\"be23\",\"stage\":"
    "\"ResponseComplete\",\"requestURI\":\"/api/v1/namespaces/kube-system/"
    "secrets?limit=500\",\"verb\":\"list\",\"user\":{"
    "\"username\":\"system:serviceaccount:a:b\",\"groups\":[\"system:authenticated\"]},\"sourceIPs\":[\"10.0.0.1\"],"
    "\"userAgent\":\"kubectl/v1.29\",\"objectRef\":{\"resource\":\"secrets\",\"namespace\":\"kube-system\"},"
    "\"responseStatus\":{\"code\":200},\"requestReceivedTimestamp\":\"2026-11-23T03:14:33.120575Z\",\"stageTimestamp\":"
    "\"2026-11-23T03:14:33.220575Z\"}\n"
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Request\",\"auditID\":\"be24\",\"stage\":"
    "\"ResponseComplete\",\"requestURI\":\"/api/v1/namespaces/default/pods/web/exec?command=sh\",\"verb\":\"create\","
    "\"user\":{\"username\":\"Alice\"},\"sourceIPs\":[\"2001:db8::1\"],\"objectRef\":{\"resource\":\"pods\",\"name\":"
    "\"web\",\"subresource\":\"exec\"},\"responseStatus\":{\"code\":403},\"requestReceivedTimestamp\":"
    "\"2026-11-23T03:15:00Z\"}\n"
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\",\"auditID\":\"be25\",\"stage\":"
    "\"RequestReceived\",\"verb\":\"get\",\"user\":{},\"requestReceivedTimestamp\":\"2026-11-23T03:15:00Z\"}\n";

static const char universal_log[] =
    "<14>Nov 23 03:10:14 node-01 CEF:0|Linux|auditd|3.0.9|EXECVE|Process executed|5|rt=1795403414402 dvchost=node-01 "
    "suser=jsmith suid=1000 dproc=kubectl msg=kubectl get secrets --all-namespaces cs1Label=key cs1=exec\n"
    "<13>1 2026-11-23T03:10:14Z node-01 auditd - - - LEEF:1.0|Linux|auditd|3.0.9|EXECVE|devTime=1795403414402\t"
    "src=10.20.4.17\tdst=203.0.113.9\tsrcPort=50000\tdstPort=443\tproto=TCP\tusrName=jsmith\tsev=5\tcat=Process "
    "Create\n"
    "<30>Nov 23 03:10:20 node-02 sshd[77]: Failed password for invalid user \xC3\xA4\xE2\x82\xAC from 10.0.0.7 port "
    "22\n"
    "plain text without a time, \xFF\xFE bytes that are no UTF-8 and 100% _wild_ 'quotes' \\ \"double\"\n"
    "\n"
    "<30>Nov 23 03:10:21 node-02 app: url=http://example.com/a?b=c&d=%20 size=1024 eMail=Bob@Example.COM\n";

static const char ariel_log[] =
    "{\"events\":[\n"
    "{\"starttime\":1795403400000,\"endtime\":1795403400500,\"sourceip\":\"10.0.0.1\",\"destinationip\":\"10.0.0.2\","
    "\"sourceport\":1,\"destinationport\":65535,\"username\":\"admin\",\"qid\":28250369,\"category\":3011,\"severity\":"
    "10,\"magnitude\":9,\"eventcount\":7,\"logsourceid\":63,\"devicetype\":11,\"domainid\":1,\"protocolid\":17,"
    "\"identityip\":\"0.0.0.0\",\"utf8_payload\":\"one\",\"Command\":\"curl -s http://x\",\"Process Name\":\"curl\","
    "\"URL\":\"http://example.com/a?b=c\",\"creeventlist\":\"[100001,100002]\",\"hasOffense\":true},\n"
    "{\"starttime\":1795403400000,\"sourceip\":\"fd00::1\",\"username\":null,\"qid\":28250369,\"category\":-1,"
    "\"eventcount\":9223372036854775807,\"utf8_payload\":\"\"},\n"
    "{\"starttime\":-1,\"sourceip\":\"192.168.0.1\",\"username\":\"ADMIN\",\"eventcount\":0,\"utf8_payload\":\"two\","
    "\"Command\":\"kubectl get secrets\"}\n"
    "]}\n"
    "{\"flows\":[\n"
    "{\"starttime\":1795403400000,\"sourceip\":\"10.1.0.5\",\"destinationip\":\"203.0.113.9\",\"sourcebytes\":5120,"
    "\"destinationbytes\":900123,\"sourcepackets\":14,\"protocolid\":6,\"applicationid\":1019,\"flowtype\":0,"
    "\"firstpackettime\":1795403400000,\"lastpackettime\":1795403460000,\"sourceflags\":\"S,A,P\",\"category\":18448},"
    "\n"
    "{\"starttime\":1795403461000,\"sourceip\":\"10.1.0.6\",\"sourcebytes\":60,\"protocolid\":17,\"flowtype\":3,"
    "\"sourceflags\":null}\n"
    "]}\n"
    "{\"simarc\":[{\"starttime\":1795403400000,\"sourceip\":\"10.0.0.9\",\"eventcount\":3}]}\n";

static char folder[] = "/tmp/tocsin_fuzz_query_XXXXXX";
static char paths[4][64];
static const char *inputs[4];
static char cursors_folder[64];
static tocsin_engine *engines[ENGINES];

/* The time of a file counts where lines have none, so it is fixed. */
static inline void write_log(size_t index, const char *name, const char *text, size_t bytes)
{
    snprintf(paths[index], sizeof(paths[index]), "%s/%s", folder, name);
    inputs[index] = paths[index];
    int fd = open(paths[index], O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    struct timespec times[2] = {{1795404000, 0}, {1795404000, 0}};
    check(fd >= 0 && write(fd, text, bytes) == (ssize_t)bytes && futimens(fd, times) == 0 && close(fd) == 0,
          "the log is written", NULL);
}

static inline void empty_folder(const char *path)
{
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (entry->d_name[0] != '.') {
            (void)unlinkat(dirfd(directory), entry->d_name, 0);
        }
    }
    if (directory) {
        (void)closedir(directory);
    }
}

static inline void clean_up(void)
{
    for (size_t i = 0; i < ENGINES; i++) {
        tocsin_engine_free(engines[i]);
    }
    empty_folder(cursors_folder);
    (void)rmdir(cursors_folder);
    empty_folder(folder);
    (void)rmdir(folder);
}

static inline void prepare_once(void)
{
    static bool is_prepared;
    if (is_prepared) {
        return;
    }
    is_prepared = true;
    check(mkdtemp(folder) != NULL, "a temporary folder", NULL);
    write_log(3, "audit.log", linux_log, sizeof(linux_log) - 1);
    write_log(1, "kubernetes.log", kubernetes_log, sizeof(kubernetes_log) - 1);
    write_log(2, "universal.log", universal_log, sizeof(universal_log) - 1);
    write_log(0, "ariel.json", ariel_log, sizeof(ariel_log) - 1);
    snprintf(cursors_folder, sizeof(cursors_folder), "%s/cursors", folder);
    check(mkdir(cursors_folder, 0700) == 0, "a folder for cursors", NULL);
    (void)atexit(clean_up);
}

static inline tocsin_engine *engine_of(unsigned bits)
{
    if (!engines[bits]) {
        struct tocsin_engine_options options = {
            .config_path = TOCSIN_SOURCE_ROOT "/docs/lookups",
            .cursors_path = cursors_folder,
            .time_zone = "Europe/Berlin",
            .is_null_sql = (bits & 1) != 0,
            .matches_full = (bits & 2) != 0,
            .has_null_unknown_fields = (bits & 4) != 0,
            .selects_all = (bits & 8) != 0,
            .has_qradar_window = (bits & 8) != 0,
            .has_exact_time_bounds = (bits & 8) != 0,
        };
        struct tocsin_error err = {0};
        check(tocsin_engine_create(&options, &engines[bits], &err) == TOCSIN_OK, "an engine", &err);
    }
    return engines[bits];
}

/* A tocsin_write into a strbuf. */
static inline int collect(void *context, const char *bytes, size_t byte_count)
{
    strbuf_append(context, str_from(bytes, byte_count));
    return 0;
}

static inline bool is_printable(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) {
            return false;
        }
    }
    return true;
}

/* ---- queries made of a part ---- */

enum { PART_BYTES_MAX = 16 * 1024 };

struct selection {
    struct strbuf rows;
    uint64_t count;
    bool is_whole; /* it ran, and no value was given up */
};

/* Runs a query over the first log in the order of its rows; each @ of the pattern stands for `part`. */
static inline void select_rows(tocsin_engine *engine, const char *pattern, str part, struct selection *ret)
{
    struct strbuf text;
    struct tocsin_error err = {0};
    tocsin_query *query = NULL;
    tocsin_run *run = NULL;
    *ret = (struct selection){.count = 0};
    strbuf_init(&ret->rows, OUTPUT_BYTES_MAX);
    strbuf_init(&text, 4 * PART_BYTES_MAX);
    for (; *pattern; pattern++) {
        strbuf_append(&text, *pattern == '@' ? part : str_from(pattern, 1));
    }
    struct tocsin_run_options options = {
        .inputs = inputs,
        .input_count = 1,
        .now = "2026-11-23T03:16:00Z",
        .output = "csv",
        .keeps_input_order = true,
        .write = collect,
        .write_context = &ret->rows,
    };
    tocsin_status status = tocsin_query_prepare(engine, text.data, text.len, "query", &query, &err);
    status = status == TOCSIN_OK ? tocsin_run_query(engine, query, &options, &run, &err) : status;
    while (status == TOCSIN_OK) {
        status = tocsin_run_step(run, &err);
    }
    if (status == TOCSIN_END) {
        struct tocsin_summary summary;
        tocsin_run_summary(run, &summary);
        ret->count = summary.rows;
        ret->is_whole = summary.regex_given_up == 0;
    }
    check(status != TOCSIN_ERROR_INTERNAL, "an internal error", &err);
    tocsin_run_free(run);
    tocsin_query_free(query);
    strbuf_release(&text);
}

static inline void check_same_rows(const struct selection *one, const struct selection *other, const char *what)
{
    if (one->is_whole && other->is_whole && !str_eq(strbuf_str(&one->rows), strbuf_str(&other->rows))) {
        fprintf(stderr, "%s\n%.*s---\n%.*s", what, STR_ARG(strbuf_str(&one->rows)), STR_ARG(strbuf_str(&other->rows)));
        abort();
    }
}

/* One expression, in parentheses too: not the end of one query and the beginning of another. */
static inline bool is_expression(str part)
{
    struct tocsin_error err = {0};
    struct strbuf laid_out;
    struct strbuf text;
    strbuf_init(&laid_out, OUTPUT_BYTES_MAX);
    strbuf_init(&text, 2 * PART_BYTES_MAX);
    strbuf_append_char(&text, '(');
    strbuf_append(&text, part);
    strbuf_append(&text, STR("\n)"));
    bool is_alone = tocsin_format_query(part.data, part.len, "part", collect, &laid_out, &err) == TOCSIN_OK;
    strbuf_clear(&laid_out);
    bool is_enclosed = tocsin_format_query(text.data, text.len, "part", collect, &laid_out, &err) == TOCSIN_OK;
    strbuf_release(&laid_out);
    strbuf_release(&text);
    return is_alone && is_enclosed;
}

#endif
